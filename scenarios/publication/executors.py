"""Executors of a study: processes of this machine, or a Dask cluster. Results are the same."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Any

from loky import ProcessPoolExecutor

from scenarios import tensorflow_settings
from scenarios.errors import UserError
from scenarios.text import Text

_PATIENCE = "20s"  # for a scheduler to answer
# One thread each: the processes share the cores among themselves.
_SETTINGS = {
    **tensorflow_settings.SETTINGS,
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    # Bytes above its first job's at which loky replaces a process, which then imports and compiles everything again.
    # What TensorFlow compiles for a comparison of methods takes 400 MB, which is no leak.
    "LOKY_MAX_MEMORY_LEAK_SIZE": "6e8",
    "JOBLIB_MULTIPROCESSING": "0",  # scikit-learn starts no processes here; ended early, its tracker would complain
}


@contextmanager
def processes(workers: int | None = None) -> Iterator[Executor]:
    """Return processes of this machine, by default one per core; they end with the block."""
    executor = _Pool(max_workers=workers or os.cpu_count(), env=_SETTINGS)
    try:
        yield executor
    finally:
        executor.shutdown(wait=True, kill_workers=True)


class _Pool(ProcessPoolExecutor):  # type: ignore[misc]  # loky has no types
    """Processes that leave Ctrl-C to the one that started them, and whose work ends with their shutdown alone."""

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        with _interrupts_ignored():  # which a process that starts now inherits, before it can install a handler
            future: Future[Any] = super().submit(function, *arguments, **named)
        # The shutdown fails with a traceback on work that was cancelled; it ends all work anyway.
        future.cancel = lambda: False  # type: ignore[method-assign]
        return future


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():  # only the main thread may set handlers
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """Yield the workers of a Dask scheduler. Raises UserError as `connect` does."""
    with connect(address, _PATIENCE) as client:
        yield client.get_executor(pure=False)


def connect(address: str, patience: str) -> Any:
    """Return a client of a Dask scheduler, whose workers have this version of the product and its assets.

    Raises UserError if Dask is not installed, or `address` does not respond within `patience`, such as "5s".
    """
    try:
        from distributed import Client
    except ImportError as error:
        text = Text(
            en="A cluster needs Dask: python -m pip install -r .hosting/cluster-requirements.txt",
            zh="在集群上运行需要 Dask：python -m pip install -r .hosting/cluster-requirements.txt",
        )
        raise UserError(text) from error
    try:
        return Client(address, timeout=patience, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TypeError) as error:
        text = Text(
            en=f"No Dask scheduler answers at {address}. Check that it is running, and that the address has the form "
            "tcp://host:8786.",
            zh=f"{address} 处没有 Dask 调度器响应。请确认它已启动，且地址形如 tcp://host:8786。",
        )
        raise UserError(text) from error
