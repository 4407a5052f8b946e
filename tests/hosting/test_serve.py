"""Promise: `serve` refuses a senseless command in one line, and its sockets are for its own pages only."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.hosting.test_hosting import ask
from tests.live_server import OURS, ROOT, LiveServer, copy_house, without_model

TAKEN = socket.socket()
TAKEN.bind(("127.0.0.1", 0))
TAKEN.listen()
PORT = str(TAKEN.getsockname()[1])


def serve(*arguments: str, settings: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run `serve` with a command that it refuses."""
    unset = {name: value for name, value in os.environ.items() if not name.startswith("STREAMLIT_SERVER")}
    return subprocess.run(
        [sys.executable, *OURS, *arguments], cwd=ROOT, env=unset | dict(settings or {}),
        capture_output=True, text=True, encoding="utf-8", timeout=120,
    )  # fmt: skip


REFUSED: dict[str, tuple[tuple[str, ...], dict[str, str], str]] = {
    "a port beyond all": (("--port", "99999999"), {}, "--port"),
    "a negative port": (("--port", "-1"), {}, "--port"),
    "a port beyond all in the environment": ((), {"STREAMLIT_SERVER_PORT": "70000"}, "STREAMLIT_SERVER_PORT"),
    "a port that is taken": (("--port", PORT), {}, f"port {PORT} is taken"),
    "a port that is taken, in the environment": ((), {"STREAMLIT_SERVER_PORT": PORT}, f"port {PORT} is taken"),
    "no address": (("--address", "not-an-address"), {}, "not-an-address"),
    "an empty address": (("--host", ""), {}, "--host"),
    "another machine's address": (("--host", "192.0.2.1"), {}, "192.0.2.1"),
    "another machine's address in the environment": (
        (),
        {"STREAMLIT_SERVER_ADDRESS": "192.0.2.1"},
        "STREAMLIT_SERVER_ADDRESS: '192.0.2.1'",
    ),
    "a name of visitors after --host, as in older versions": (("--host", "study.example.org"), {}, "--allowed-host"),
    "every name after --host, as in older versions": (("--address", "127.0.0.1", "--host", "*"), {}, "--allowed-host"),
    "a name of visitors for a room, as in older versions": (("--public", "--host", "study.org"), {}, "--allowed-host"),
    "an option that there is not": (("--adress", "127.0.0.1\nx"), {}, "--adress"),
    "a weak token": ((), {"QUICK_STUDY_METRICS_TOKEN": "a"}, "QUICK_STUDY_METRICS_TOKEN"),
    "half the internet": ((), {"QUICK_STUDY_METRICS_PEERS": "0.0.0.0/0"}, "QUICK_STUDY_METRICS_PEERS"),
    "too many workers": ((), {"QUICK_STUDY_WORKERS": "100000"}, "QUICK_STUDY_WORKERS"),
}


@pytest.mark.parametrize("mistake", REFUSED)
def test_a_mistake_is_refused_in_one_line_with_exit_code_2(mistake: str):
    arguments, settings, named = REFUSED[mistake]
    done = serve(*arguments, settings=settings)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert line.startswith("quick-study: ")
    assert named in line


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return without_model(copy_house(tmp_path_factory.mktemp("house")))


def start(
    house: Path, *arguments: str, prefix: Callable[[list[str]], list[str]] = lambda command: command, **settings: str
) -> LiveServer:
    """A server without a model whose address is given on the command line, as on a laptop."""
    environment = {"PYTHONPATH": str(house), "STREAMLIT_SERVER_ADDRESS": "", "QUICK_STUDY_WAKE": "no", **settings}
    return LiveServer(house, (*OURS, *arguments), environment, prefix)


@pytest.fixture(scope="module")
def laptop(house: Path) -> Iterator[LiveServer]:
    server = start(house, "--allowed-host", "study.example.org", QUICK_STUDY_WORKER="2", PYTHONIOENCODING="ascii")
    yield server
    server.close()


def status_of_socket(server: LiveServer, host: str, origin: str | None) -> int:
    """The status of a handshake; 101 if a socket opens."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
    headers = {
        "Host": host, "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "streamlit",
    } | ({"Origin": origin} if origin else {})  # fmt: skip
    connection.request("GET", "/_stcore/stream", headers=headers)
    try:
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_misspelt_setting_gets_one_warning(laptop: LiveServer):
    [line] = [line for line in laptop.log().splitlines() if "QUICK_STUDY_WORKER" in line]
    assert "warning" in line
    assert "Traceback" not in laptop.log(), "nor does a console of ASCII matter"


def test_a_laptops_server_answers_to_its_own_names_only(laptop: LiveServer):
    for host in ("localhost", "127.0.0.1", "[::1]", "study.example.org"):
        for name in (host, f"{host}:{laptop.port}"):
            assert ask(laptop.address, Host=name)[0] == 200, name
            assert status_of_socket(laptop, name, f"http://{name}") == 101, name
    for host in ("evil.example", "127.0.0.1.evil.example", "192.168.1.5", "evil@localhost"):
        assert ask(laptop.address, Host=host)[0] == 400, host
        assert ask(f"{laptop.address}/faq", Host=host)[0] == 400, host
        assert ask(f"{laptop.address}/ready", Host=host)[0] in (200, 503), "a health check names what it likes"
        assert status_of_socket(laptop, host, f"http://{host}") == 403, host


def test_a_socket_is_for_a_page_of_the_same_origin(laptop: LiveServer):
    own = f"127.0.0.1:{laptop.port}"
    assert status_of_socket(laptop, own, f"http://{own}") == 101
    assert status_of_socket(laptop, own, None) == 101, "no browser"
    for origin in (
        "http://localhost:3000",
        "http://127.0.0.1",
        "http://127.0.0.1.anything",
        f"http://127.0.0.1.anything:{laptop.port}",
        f"http://localhost:{laptop.port}",
        "http://evil.example",
        f"file://{own}",
        "null",
        "http://[",
    ):
        assert status_of_socket(laptop, own, origin) == 403, origin


def test_a_host_may_allow_other_names_and_origins(house: Path):
    server = start(
        house,
        STREAMLIT_SERVER_ALLOWED_HOSTS="study.example.org",
        STREAMLIT_SERVER_CORS_ALLOWED_ORIGINS="https://slides.example.org",
    )
    try:
        assert ask(server.address)[0] == 400
        assert ask(server.address, Host="study.example.org")[0] == 200
        assert status_of_socket(server, "study.example.org", "https://slides.example.org") == 101
        assert status_of_socket(server, "study.example.org", "https://other.example.org") == 403
    finally:
        server.close()


@pytest.fixture(scope="module")
def public(house: Path) -> Iterator[LiveServer]:
    """A server for a room, whose output is closed where there is a POSIX shell. The last test ends it."""

    def close_output(command: list[str]) -> list[str]:
        return command if os.name == "nt" else ["sh", "-c", 'exec "$0" "$@" >&-', *command]

    server = start(house, "--public", prefix=close_output)
    yield server
    server.close()


def test_a_public_server_answers_to_any_name_because_a_room_types_an_address(public: LiveServer):
    assert ask(public.address, Host="192.168.1.5:8501")[0] == 200
    assert status_of_socket(public, "192.168.1.5:8501", "http://192.168.1.5:8501") == 101


@pytest.mark.skipif(os.name == "nt", reason="no such signal there")
def test_ctrl_c_ends_it_with_130_although_its_output_is_closed(public: LiveServer):
    public.process.send_signal(signal.SIGINT)
    assert public.process.wait(60) == 130
    assert "Traceback" not in public.log()
