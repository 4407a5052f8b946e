"""A real server for tests: `streamlit run`, started on a free port and ended with the processes that it started."""

import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 120.0  # seconds, for what takes a few on a machine that is not busy


def streamlit(script: str = "dashboard/app.py") -> tuple[str, ...]:
    """Python's arguments to serve a script with Streamlit."""
    return ("-m", "streamlit", "run", script, "--server.headless", "true")


STREAMLIT = streamlit()
OURS = ("-m", "dashboard", "serve")


class LiveServer:
    """`streamlit run` in `folder`, or our own entry, until `close`. `prefix` may have another command run that."""

    def __init__(
        self,
        folder: Path = ROOT,
        command: Sequence[str] = STREAMLIT,
        settings: Mapping[str, str] | None = None,
        prefix: Callable[[list[str]], list[str]] = lambda command: command,
        port: int | None = None,
        is_detached: bool = False,
    ) -> None:
        self.port = port or free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._log = tempfile.TemporaryFile()  # noqa: SIM115
        where = {"STREAMLIT_SERVER_PORT": str(self.port), "STREAMLIT_SERVER_ADDRESS": "127.0.0.1"}
        self.process = psutil.Popen(
            prefix([sys.executable, *command]),
            cwd=folder,
            env={**os.environ, **where, **(settings or {})},
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=is_detached,  # an interrupt from the terminal then does not reach it
        )
        try:
            wait_until(self._healthy, "the server does not start")
        except BaseException:
            self.close()
            raise

    def _healthy(self) -> bool:
        assert self.process.poll() is None, f"the server ended at once:\n{self.log()}"
        try:
            with urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def workers(self) -> list[psutil.Process]:
        """The processes for models. (loky keeps another one, which only counts resources.)"""
        return [child for child in self.computing() if not _is_for_tables(child)]

    def table_process(self) -> psutil.Process:
        """Return the process for users' tables, which starts when somebody opens their page."""
        wait_until(lambda: any(map(_is_for_tables, self.computing())), "there is no process for tables")
        return next(filter(_is_for_tables, self.computing()))

    def computing(self) -> list[psutil.Process]:
        """Return the processes for models and for tables."""
        return [child for child in self.process.children(recursive=True) if "popen_loky" in " ".join(_words(child))]

    def worker(self) -> psutil.Process:
        wait_until(lambda: len(self.workers()) == 1, "there is not one worker")
        return self.workers()[0]

    def log(self) -> str:
        self._log.seek(0)
        return self._log.read().decode(errors="replace")

    def log_bytes(self) -> int:
        """Return the size of the log, without moving the place at which the server writes."""
        return os.fstat(self._log.fileno()).st_size

    def close(self) -> None:
        """End the server and all that it started, by process id."""
        family = [*_children(self.process), self.process]
        for process in family:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs([self.process], timeout=20)
        with suppress(AssertionError):  # what a test is to complain of is not how its server ends
            wait_until(lambda: all(map(has_ended, family)), "they do not end", 20)
        self._log.close()


def copy_house(to: Path) -> Path:
    """A copy of the product for a test to damage or to add to.

    Compiled modules come along: they hold the time and size of their source, and what a test changes is compiled anew.
    """
    for name in ("dashboard", "scenarios", "assets", ".streamlit"):
        shutil.copytree(ROOT / name, to / name, ignore=shutil.ignore_patterns("*.part"))
    return to


_NO_MODEL = '''"""Nothing to import, and one thing to wait for."""
import time
from pathlib import Path

while not Path({path!r}).exists():
    time.sleep(0.05)


def self_test():
    pass
'''


_NO_REASONS = '''"""Nothing moves any probability."""
import numpy as np

from scenarios.catalog import scenario_named
from scenarios.demo.explanations import Contributions, Ranges


def contributions(scenario_name, *_):
    return Contributions(np.zeros(len(scenario_named(scenario_name).explained_by)), 0.0)


def ranges(*_):
    return Ranges({})
'''


def without_model(house: Path) -> Path:
    """The same copy, for tests of what is around the model: its worker wakes as soon as there is a file `awake`."""
    (house / "awake").touch()
    program = _NO_MODEL.format(path=str(house / "awake"))
    (house / "scenarios" / "demo" / "demo_task.py").write_text(program, encoding="utf-8")
    (house / "scenarios" / "demo" / "one_example.py").write_text(_NO_REASONS, encoding="utf-8")
    return house


def wait_until(true: Callable[[], bool], complaint: str, patience: float = PATIENCE) -> None:
    """Look again and again until something holds."""
    end = time.monotonic() + patience
    while not true():
        assert time.monotonic() < end, complaint
        time.sleep(0.05)


def has_ended(process: psutil.Process) -> bool:
    """Whether a process has ended, even if it has not been waited for.

    Who is left without a parent is the system's first process's, which may take a second or two to look.
    """
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def free_port() -> int:
    """Return a port that is free now, and below those that systems give to outgoing connections at any moment."""
    while True:
        port = random.randrange(20_000, 32_768)  # at random, since several processes need one
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _is_for_tables(process: psutil.Process) -> bool:
    try:
        return process.environ().get("QUICK_STUDY_PROCESS") == "tables"
    except psutil.Error:
        return False


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return []
