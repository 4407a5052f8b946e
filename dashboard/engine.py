"""Where work runs: one `concurrent.futures.Executor`, in another process, which alone imports TensorFlow.

A page asks for a plain function of plain arguments and gets a job. Askers of the same thing share one job, and recent
answers are kept. A worker that dies is replaced and its job is tried once more; a job that takes too long ends.
"""

import logging
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import CancelledError, Executor, Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any

from loky import ProcessPoolExecutor
from loky.backend.context import get_context
from loky.process_executor import ShutdownExecutorError

from scenarios.errors import ReaderError
from scenarios.text import Text

TIME_LIMIT = 90.0  # seconds, the worker's own start included
MUCH_LONGER = 3  # times that, for what may have to compile behind others who do
KEPT_ANSWERS = 512
_WORKER_SETTINGS = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "OMP_NUM_THREADS": "1",
    # Bytes above its first job's at which loky replaces a worker. What several scenarios compile is no leak, and is
    # dear to lose in the middle of a reader's training.
    "LOKY_MAX_MEMORY_LEAK_SIZE": "8e8",
}

_TOO_LONG = Text(
    en="The model did not answer in time. It has been started again: please try once more.",
    zh="模型未能及时响应，现已重新启动，请再试一次。",
)
_DIED_TWICE = Text(
    en="The model process stopped twice while it worked on this. Please try other settings, or tell the host.",
    zh="模型进程在处理该请求时两次中断。请更换设置重试，或告知部署者。",
)

_DIED = (BrokenProcessPool, ShutdownExecutorError, CancelledError)  # of the worker, not of the work

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Census:
    """How the engine is and what it has done since it began."""

    waiting: int = 0
    running: int = 0
    workers: int = 0  # that are alive
    answered: int = 0
    failed: int = 0
    refused: int = 0
    joined: int = 0
    replaced: int = 0  # workers that died or hung
    seconds_waited: float = 0.0
    seconds_worked: float = 0.0


class Engine:
    """One executor, its current jobs and its latest answers. Safe to use from many threads."""

    def __init__(self, start_executor: Callable[[], Executor], time_limit: float = TIME_LIMIT) -> None:
        self._start_executor = start_executor
        self._time_limit = time_limit
        self._lock = threading.RLock()
        self._executor: Executor | None = None
        self._jobs: OrderedDict[Hashable, Job] = OrderedDict()

    def ask(self, function: Callable[..., Any], *arguments: Hashable) -> "Job":
        """Have `function(*arguments)` computed, or join those who already wait for it, or take the answer kept."""
        key = (function.__module__, function.__qualname__, arguments)
        with self._lock:
            job = self._jobs.get(key)
            if job is None or job.failed:
                job = self._jobs[key] = Job(self, function, arguments, self._time_limit)
                while len(self._jobs) > KEPT_ANSWERS:
                    self._jobs.popitem(last=False)
            self._jobs.move_to_end(key)
        return job

    def start(self, function: Callable[..., Any], *arguments: Any) -> "Job":
        """Have something long computed for one asker alone, who waits for MUCH_LONGER than others would.

        Nobody else joins in, and the answer is kept by its job only.
        """
        return Job(self, function, arguments, self._time_limit * MUCH_LONGER)

    def submit(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[Executor, Future[Any]]:
        """Hand work to the executor, starting one where there is none or the last one broke."""
        with self._lock:
            if self._executor is None:
                self._executor = self._start_executor()
            try:
                return self._executor, self._executor.submit(function, *arguments)
            except (BrokenProcessPool, RuntimeError):  # it died while nobody looked, or was shut down
                self._executor = self._start_executor()
                return self._executor, self._executor.submit(function, *arguments)

    def census(self) -> Census:
        with self._lock:
            workers = getattr(self._executor, "_processes", None) or {}
            return Census(workers=sum(each.is_alive() for each in list(workers.values())))

    def replace(self, broken: Executor) -> bool:
        """End an executor that broke or hangs; the next job starts another. True for the first who noticed."""
        with self._lock:
            if self._executor is not broken:
                return False
            self._executor = None
        log.warning("the model process is replaced")
        threading.Thread(target=_end, args=(broken,), daemon=True).start()
        return True

    def close(self) -> None:
        """End the worker process."""
        with self._lock:
            executor, self._executor = self._executor, None
            self._jobs.clear()
        if executor is not None:
            _end(executor)


class Job:
    """One piece of work that one or more pages wait for."""

    def __init__(
        self, engine: Engine, function: Callable[..., Any], arguments: tuple[Any, ...], time_limit: float
    ) -> None:
        self._engine, self._time_limit = engine, time_limit
        self._work = function, arguments
        self._lock = threading.Lock()
        self._tried_again = False
        self._overdue = False
        self._began = time.monotonic()
        self._executor, self._future = engine.submit(function, arguments)

    @property
    def failed(self) -> bool:
        """Whether this job ended without an answer, so that the next one who asks should start another."""
        return self._overdue or (self._future.done() and _error_of(self._future) is not None)

    def wait(self, seconds: float) -> bool:
        """Wait at most this long. True when `answer` will return at once, with an answer or an error."""
        executor, future = self._executor, self._future
        try:
            error = _error_of(future, seconds)
        except TimeoutError:
            return self._give_up(executor)
        return not (isinstance(error, _DIED) and self._try_again(executor, future))

    def answer(self) -> Any:
        """The answer; raises what the work raised. Call it after `wait` returned True."""
        if self._overdue:
            raise ReaderError(_TOO_LONG)
        error = _error_of(self._future)
        if isinstance(error, _DIED):
            raise ReaderError(_DIED_TWICE) from error
        return self._future.result()

    def _give_up(self, executor: Executor) -> bool:
        """Whether the time limit is over, for all who wait for this job; its worker is then replaced.

        What only waited behind work that hangs is not given up: it finds its worker gone, and is tried again.
        """
        with self._lock:
            if time.monotonic() - self._began > self._time_limit:
                self._overdue = self._overdue or self._engine.replace(executor)
            return self._overdue

    def _try_again(self, executor: Executor, dead: Future[Any]) -> bool:
        """The worker died under this job: once more, in a new one. False when that has been done already."""
        with self._lock:
            if self._future is not dead:  # somebody else who waits for this job was quicker
                return True
            if self._tried_again or self._overdue:
                return False
            self._tried_again = True
            self._began = time.monotonic()
            self._engine.replace(executor)
            self._executor, self._future = self._engine.submit(*self._work)
            return True


def _error_of(future: Future[Any], timeout: float | None = None) -> BaseException | None:
    """The error that a future ended with. Raises TimeoutError while it has not ended."""
    try:
        return future.exception(timeout)
    except CancelledError as error:
        return error


def _end(executor: Executor) -> None:
    try:
        executor.shutdown(wait=False, kill_workers=True)  # type: ignore[call-arg]
    except TypeError:  # an executor that has no workers of its own to kill
        executor.shutdown(wait=False, cancel_futures=True)


def one_worker_process() -> Executor:
    """A fresh interpreter that does not run the page's script again, as a plain `spawn` from a page would."""
    executor: Executor = ProcessPoolExecutor(
        max_workers=1,
        context=get_context("loky"),
        env=_WORKER_SETTINGS,
        initializer=_end_with,
        initargs=(os.getpid(),),
    )
    return executor


def _end_with(server: int) -> None:
    """In the worker: end when the server is gone. One that was killed cannot say so, and its worker would stay."""

    def watch() -> None:
        while os.getppid() == server:
            time.sleep(1)
        os._exit(1)

    if os.name == "posix":  # elsewhere the parent's number stays the same
        threading.Thread(target=watch, name="end with the server", daemon=True).start()


ENGINE = Engine(one_worker_process)
