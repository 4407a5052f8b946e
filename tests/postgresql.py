"""A real PostgreSQL of one's own: a fresh cluster in a temporary folder, which can be killed and started again."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pg8000.dbapi
import pytest

from tests.live_server import free_port, wait_until

_ACCOUNT = "postgres"  # of the system: PostgreSQL does not run as root


class PostgreSQL:
    """A server at 127.0.0.1, until `close`."""

    def __init__(self, programs: Path) -> None:
        self._programs, self._folder = programs, Path(tempfile.mkdtemp(prefix="quick-study-postgresql-"))
        self._user = _ACCOUNT if os.name == "posix" and os.geteuid() == 0 else None
        if self._user:
            shutil.chown(self._folder, self._user)
        self._data = self._folder / "data"
        self.port = free_port()
        self.address = f"postgresql://{_ACCOUNT}@127.0.0.1:{self.port}/postgres"
        self._server: subprocess.Popen[bytes] | None = None
        self._run("initdb", "-U", _ACCOUNT, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        self.start()

    def _run(self, program: str, *arguments: str) -> None:
        command = [self._programs / program, "-D", self._data, *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd=self._folder, user=self._user)

    def start(self) -> None:
        given = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": "", "fsync": "off"}
        options = [part for name, value in given.items() for part in ("-c", f"{name}={value}")]
        log = (self._folder / "log").open("ab")
        self._server = subprocess.Popen(
            [self._programs / "postgres", "-D", self._data, *options], cwd=self._folder, user=self._user, stdout=log,
            stderr=log,
        )  # fmt: skip
        log.close()
        wait_until(self._answers, "PostgreSQL does not start")

    def _answers(self) -> bool:
        assert self._server is not None
        assert self._server.poll() is None, (self._folder / "log").read_text()
        try:
            self.query("SELECT 1")
        except (pg8000.dbapi.Error, OSError):
            return False
        return True

    def query(self, statement: str) -> list[list[object]]:
        connection = pg8000.dbapi.connect(_ACCOUNT, "127.0.0.1", "postgres", self.port, timeout=10)
        connection.autocommit = True
        try:
            cursor = connection.cursor()
            cursor.execute(statement)
            return [list(row) for row in cursor.fetchall()] if cursor.description else []
        finally:
            connection.close()

    def crash(self) -> None:
        """Kill it: its next start recovers from its log."""
        assert self._server is not None
        self._server.send_signal(signal.SIGQUIT)
        self._server.wait()

    def close(self) -> None:
        if self._server is not None and self._server.poll() is None:
            self.crash()
        shutil.rmtree(self._folder, ignore_errors=True)


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, which Debian keeps out of users' PATH; None without them."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(shutil.which("initdb") or "/")]
    folder = found[-1].resolve().parent
    return folder if (folder / "postgres").exists() else None


@contextmanager
def running() -> Iterator[PostgreSQL]:
    """A server for a test, which is skipped with the reason if there is none."""
    folder = programs()
    if folder is None:
        reason = "there is no PostgreSQL"
        if os.environ.get("QUICK_STUDY_POSTGRESQL") == "required":
            pytest.fail(f"QUICK_STUDY_POSTGRESQL=required, but {reason}")
        pytest.skip(reason)
    server = PostgreSQL(folder)
    try:
        yield server
    finally:
        server.close()
