"""A real Dask cluster for tests: a scheduler and workers, each started by its own command, ended by process id."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from distributed import Client

from tests.live_server import ROOT, wait_until


@dataclass(frozen=True)
class DaskCluster:
    """Where the scheduler answers, and the processes that work for it: a test may kill one."""

    address: str  # tcp://127.0.0.1:port
    workers: tuple[psutil.Popen, ...]


@contextmanager
def dask_cluster(workers: int = 2) -> Iterator[DaskCluster]:
    """So many workers of one thread each, all of which the scheduler knows."""
    started: list[psutil.Popen] = []
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log").open("wb") as log:

        def start(*words: str) -> psutil.Popen:
            command = [sys.executable, "-m", "dask", *words, "--no-dashboard"]
            started.append(psutil.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT))
            return started[-1]

        def log_ends() -> str:
            return (Path(folder) / "log").read_text(errors="replace")[-3000:]

        def alive() -> bool:
            assert all(process.poll() is None for process in started), f"a process of the cluster ended:\n{log_ends()}"
            return True

        try:
            note = Path(folder) / "scheduler.json"
            start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", f"{note}")
            wait_until(lambda: alive() and bool(_read(note)), "the scheduler does not start")
            address = _read(note)["address"]
            own = ("--nthreads", "1", "--no-nanny", "--host", "127.0.0.1", "--local-directory", folder)
            working = tuple(start("worker", address, *own) for _ in range(workers))
            with Client(address, set_as_default=False) as client:
                known = client.scheduler_info
                wait_until(lambda: alive() and len(known(n_workers=-1)["workers"]) == workers, "a worker does not come")
            yield DaskCluster(address, working)
        finally:
            for process in started:
                if process.is_running():
                    process.kill()
            psutil.wait_procs(started, timeout=20)


def _read(note: Path) -> dict[str, Any]:
    """What the scheduler has noted about itself: nothing before it runs, or while it writes."""
    try:
        return dict(json.loads(note.read_text()))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
