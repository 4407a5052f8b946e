"""Executors for a server's jobs: processes of this machine, or a Dask cluster."""

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import psutil
from loky import ProcessPoolExecutor
from loky.backend.context import get_context
from loky.process_executor import ShutdownExecutorError

from scenarios import tensorflow_settings
from scenarios.errors import UserError
from scenarios.publication import executors
from scenarios.text import Text

_PATIENCE = "5s"  # time limit for a scheduler's answer: users are waiting
_COUNTED_EVERY = 5.0  # seconds between two checks of a cluster's size
_UNUSED = 300.0  # seconds without a table after which the process for tables ends
_SETTINGS = {
    "OMP_NUM_THREADS": "1",
    "QUICK_STUDY_METRICS_TOKEN": "",  # a process that only computes does not need it
    # Bytes above its first job's (some 650 MB) at which loky replaces a worker between two jobs. All pages of all
    # scenarios compile 510 MB, which is no leak. Each kind of training takes up to 370 MB more, which only the end of
    # the process gives back: TensorFlow never forgets what it has compiled.
    "LOKY_MAX_MEMORY_LEAK_SIZE": "6e8",
}
_MODEL_SETTINGS = {**_SETTINGS, **tensorflow_settings.SETTINGS}
_TABLE_SETTINGS = {**_SETTINGS, "QUICK_STUDY_PROCESS": "tables"}  # distinguishes the two kinds of processes
_NO_MEMORY = Text(
    en="The server ran out of memory on this request. Please try other settings, or contact the operator of this site.",
    zh="服务器内存不足，无法完成该请求。请更换设置重试，或联系网站管理员。",
)


def start(scheduler: str, workers: int) -> Executor:
    """Connect to the cluster at a scheduler's address; without one, start processes.

    Raises
    ------
    UserError
        If no scheduler answers.
    """
    return Cluster(scheduler) if scheduler else worker_processes(workers)


def worker_processes(count: int = 1) -> Executor:
    """Return an executor of processes for models."""
    return _processes_with(_MODEL_SETTINGS, count)


def table_process(unused: float = _UNUSED) -> Executor:
    """Return an executor of one process for users' tables, which ends after `unused` seconds without one.

    The next table starts another.
    """
    return _processes_with(_TABLE_SETTINGS, 1, unused)


def _processes_with(settings: dict[str, str], count: int, unused: float | None = None) -> Executor:
    """Return an executor of new interpreters, which do not run the page's script as a plain `spawn` would."""
    executor: Executor = _Processes(
        max_workers=count,
        timeout=unused,
        context=get_context("loky"),
        env=settings,
        initializer=_end_with,
        initargs=(os.getpid(),),
    )
    return executor


class _Processes(ProcessPoolExecutor):  # type: ignore[misc]
    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = super().submit(with_portable_errors, function, *args, **kwargs)
        return future


def _end_with(server: int) -> None:
    """Run in the worker: exit when the server has ended. A server that was killed cannot stop its worker."""

    def watch() -> None:
        while os.getppid() == server:
            time.sleep(1)
        os._exit(1)

    if os.name == "posix":  # elsewhere the parent's number stays the same
        threading.Thread(target=watch, name="end with the server", daemon=True).start()


class Idleness:
    """Idle time of each worker process of an executor, by its CPU time and its context switches.

    A process that is stopped or deadlocked has neither; one that compiles or imports has both, even on the slowest
    machine. A heartbeat thread would be blocked by a compiler, and would outlive a deadlock. Polls are counted instead
    of seconds: if the server itself was frozen for a minute, its worker's minute counts as one poll.
    """

    def __init__(self) -> None:
        self._activity: dict[int, tuple[float, ...]] = {}
        self._looks: dict[int, int] = {}

    def look(self, executor: Executor | None) -> list[int]:
        """Compare with the last poll: return how many polls in a row found each process idle.

        Empty if the executor has no processes on this machine.
        """
        before, self._activity = self._activity, {pid: _activity(pid) for pid in _processes(executor)}
        self._looks = {
            pid: self._looks.get(pid, 0) + 1 if activity == before.get(pid) else 0
            for pid, activity in self._activity.items()
        }
        return list(self._looks.values())


def _activity(pid: int) -> tuple[float, ...]:
    """Figures that grow while a process does anything."""
    try:
        process = psutil.Process(pid)
        with process.oneshot():
            return (*process.cpu_times()[:2], *process.num_ctx_switches())
    except (psutil.Error, OSError):  # it has ended, or may not be inspected: it does not count as stalled
        return (time.monotonic(),)


def _processes(executor: Executor | None) -> dict[int, Any]:
    processes = getattr(executor, "_processes", None)
    return dict(processes) if isinstance(processes, dict) else {}


class Cluster(Executor):
    """The workers of a Dask scheduler, which have this version of the product and its assets."""

    def __init__(self, address: str) -> None:
        self._client = executors.connect(address, _PATIENCE)
        self._executor = self._client.get_executor(pure=False)
        self._counted, self.last_count = -_COUNTED_EVERY, 0

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = self._executor.submit(with_portable_errors, function, *args, **kwargs)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002  # an Executor's
        self._client.close(_PATIENCE)

    def threads(self) -> int:
        """Return how many jobs run at a time; 1 while there is no worker."""
        now = time.monotonic()
        if now - self._counted > _COUNTED_EVERY:
            self._counted = now
            try:
                known = self._client.sync(self._client.scheduler.ncores, callback_timeout=_PATIENCE)
            except (OSError, TimeoutError, RuntimeError):  # if it is broken, the job itself will fail
                known = {}
            self.last_count = sum(known.values())
        return max(1, self.last_count)


def with_portable_errors(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """Run in the worker: return the answer, or an error that unpickles in the web process without TensorFlow.

    Unpickling one of TensorFlow's errors would import TensorFlow into the web process, and slow down every page.
    """
    try:
        return function(*args, **kwargs)
    except Exception as error:
        if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":  # TensorFlow's
            raise UserError(_NO_MEMORY) from error
        if type(error).__module__.partition(".")[0] in ("builtins", "scenarios"):
            raise
        raise RuntimeError(f"{type(error).__name__}: {error}") from error


def slots(executor: Executor) -> int:
    """Return how many jobs an executor runs at a time."""
    if isinstance(executor, Cluster):
        return executor.threads()
    count: int = getattr(executor, "_max_workers", 1)  # as every executor of the standard library calls it
    return count


def alive(executor: Executor | None) -> int:
    """Return the number of running workers: 0 before the first job and after shutdown. Never waits."""
    if isinstance(executor, Cluster):
        return executor.last_count
    if isinstance(executor, ProcessPoolExecutor):
        return sum(process.is_alive() for process in _processes(executor).values())
    return 0 if executor is None else slots(executor)


def broke(error: BaseException | None) -> bool:
    """Whether an error means the end of an executor or a worker, rather than a fault in the job."""
    from_dask = type(error).__module__.startswith("distributed.")  # KilledWorker, CommClosedError...
    return from_dask or isinstance(error, BrokenProcessPool | ShutdownExecutorError | CancelledError)


def end(executor: Executor) -> None:
    """Shut down an executor and its processes."""
    try:
        executor.shutdown(wait=False, kill_workers=True)  # type: ignore[call-arg]
    except TypeError:  # an executor that has no workers of its own to kill
        executor.shutdown(wait=False, cancel_futures=True)
