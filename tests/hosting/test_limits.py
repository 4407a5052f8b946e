"""Promise: one client cannot exhaust the server, whatever it sends or leaves unsent, and nobody else notices."""

import asyncio
import http.client
import os
import platform
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from streamlit import file_util
from streamlit.proto.BackMsg_pb2 import BackMsg
from uvicorn.protocols.utils import ClientDisconnected
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from dashboard.hosting import limits
from dashboard.hosting.client_limits import ClientLimits
from dashboard.hosting.connections import SocketConnection
from dashboard.hosting.limits import Capacity
from dashboard.token_bucket import TokenBucket
from tests.live_server import OURS, ROOT, LiveServer, wait_until
from tests.raw_sockets import closing_reason, flood, frame, raw_socket
from tests.visitor import Visitor, stream

MEGABYTE = 2**20
# The product's own entry, with times that a test can wait for.
IMPATIENT = (
    "-c",
    "import sys; from dashboard.hosting import limits; limits.HEADER_SECONDS = limits.STALLED_SECONDS = 1.0; "
    "from dashboard.hosting import ended_visits; ended_visits.EVERY = 0.5; "
    "from functools import partialmethod; from dashboard.hosting.connections import AnonymousConfig as uvicorns; "
    "uvicorns.__init__ = partialmethod(uvicorns.__init__, timeout_keep_alive=1); "
    "from dashboard.hosting.command_line import main; sys.exit(main(['serve']))",
)
SOCKETS = 12


@pytest.fixture(scope="module")
def hosted() -> Iterator[LiveServer]:
    server = LiveServer(command=OURS)
    yield server
    server.close()


@pytest.fixture(scope="module")
def impatient() -> Iterator[LiveServer]:
    """A server with small limits, started under a low limit of open files."""
    lowered = ["prlimit", "--nofile=200:2000"] if sys.platform == "linux" else []
    server = LiveServer(
        command=IMPATIENT,
        settings={"QUICK_STUDY_SOCKETS_PER_CLIENT": str(SOCKETS), "STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": "1"},
        prefix=lambda command: [*lowered, *command],
    )
    yield server
    server.close()


@pytest.fixture(scope="module")
def honest(hosted: LiveServer) -> Iterator[Visitor]:
    with Visitor(hosted.address) as visitor:
        visitor.open("glossary", seed=11)
        yield visitor
    with Visitor(hosted.address) as newcomer:
        assert newcomer.open("glossary").errors() == []


@pytest.fixture
def bystander(honest: Visitor) -> Iterator[None]:
    """A visitor who is served after each attack on other sockets as before it."""
    yield
    assert honest.write("glossary_search", "task").errors() == []
    assert honest.address()["seed"] == "11"


RERUN = BackMsg()
RERUN.rerun_script.query_string = "seed=1"


def test_messages_that_are_never_finished_take_no_memory(hosted: LiveServer, bystander: None):
    before = hosted.process.memory_info().rss
    with ExitStack() as leaving:
        for _ in range(60):
            raw = leaving.enter_context(raw_socket(hosted.port))
            flood(raw, frame(bytes(MEGABYTE), length=19 * MEGABYTE))
            assert closing_reason(raw)[0] in (1009, 0)
        assert hosted.process.memory_info().rss - before < 60 * MEGABYTE


def test_unfinished_messages_within_the_limit_stay_small_together(hosted: LiveServer, bystander: None):
    before = hosted.process.memory_info().rss
    with ExitStack() as leaving:
        for _ in range(100):
            raw = leaving.enter_context(raw_socket(hosted.port))
            flood(raw, frame(bytes(limits.MESSAGE_BYTES - 20), length=limits.MESSAGE_BYTES - 10))
        time.sleep(1)  # until the server has read them
        assert hosted.process.memory_info().rss - before < 160 * MEGABYTE


def test_a_message_in_endless_fragments_closes_its_socket(hosted: LiveServer, bystander: None):
    with raw_socket(hosted.port) as raw:
        flood(raw, frame(b"x", final=False) + frame(b"", opcode=0, final=False) * 200)
        assert closing_reason(raw) == (1008, "a message in too many fragments")


@pytest.mark.parametrize("opcode", [2, 9, 10])
def test_a_storm_of_messages_closes_its_socket_with_a_reason(hosted: LiveServer, bystander: None, opcode: int):
    message = frame(RERUN.SerializeToString() if opcode == 2 else b"", opcode=opcode)
    with raw_socket(hosted.port) as raw:
        raw.settimeout(60)
        for _ in range(100):
            flood(raw, message * 500)
        assert closing_reason(raw)[1] in ("more messages than a page sends", "")
        wait_until(lambda: ready_seconds(hosted) < 1, "the server stays busy", 20)


def ready_seconds(server: LiveServer) -> float:
    began = time.perf_counter()
    with urllib.request.urlopen(f"{server.address}/_stcore/health", timeout=20):
        return time.perf_counter() - began


def test_a_burst_of_messages_that_a_hand_can_make_is_answered(hosted: LiveServer, bystander: None):
    with Visitor(hosted.address) as visitor:
        visitor.open("glossary", seed=3)
        for _ in range(60):
            visitor.begin(page_script_hash=visitor.hash_of("glossary"))
        assert visitor.again().errors() == []
        assert visitor.address()["seed"] == "3"


def test_a_flood_of_data_closes_its_socket(hosted: LiveServer, bystander: None):
    with raw_socket(hosted.port) as raw:
        for _ in range(40):
            flood(raw, frame(bytes(100_000)))
        closing_reason(raw)  # at all


def test_a_page_that_is_sent_to_a_socket_just_closed_by_the_server_meets_a_client_that_left():
    """The moment between the close and the end of the connection, which no visit can be sure to meet."""
    just_closed = object.__new__(SocketConnection)
    just_closed.close_sent = just_closed.handshake_complete = True
    with ThreadPoolExecutor(1) as apart, pytest.raises(ClientDisconnected):  # a browser's tests leave a loop behind
        apart.submit(asyncio.run, just_closed.send({"type": "websocket.send", "bytes": b"page"})).result()


def test_sockets_that_are_closed_while_a_page_is_sent_leave_no_traceback(hosted: LiveServer, bystander: None):
    too_large = bytes(limits.MESSAGE_BYTES + 1)
    with Visitor(hosted.address) as visitor:
        visitor.open("glossary")
        usual = visitor.open("glossary").seconds
    for turn in range(8):
        with Visitor(hosted.address) as visitor:
            visitor.connect()
            visitor.begin(page_name="glossary")
            time.sleep(usual * turn / 6)  # at another moment of the page each time, and soon after it
            with pytest.raises(ConnectionClosed):
                visitor.send_and_listen(too_large)
    assert "Error sending" not in hosted.log()


def test_a_file_that_is_larger_than_a_table_may_be_is_refused_unread(hosted: LiveServer):
    with Visitor(hosted.address) as visitor:
        visitor.open("glossary")
        address = urllib.parse.urlsplit(hosted.address)
        for method in ("PUT", "POST"):
            connection = http.client.HTTPConnection(address.hostname, address.port, timeout=20)
            connection.putrequest(method, f"/_stcore/upload_file/{visitor.session}/anything")
            connection.putheader("Content-Length", str(51_000_000))
            connection.endheaders()
            assert connection.getresponse().status == 413
            connection.close()


def test_who_first_sends_all_of_a_file_that_is_too_large_still_sees_the_answer(hosted: LiveServer):
    size = 60 * MEGABYTE
    with Visitor(hosted.address) as visitor:
        visitor.open("glossary")
        head = f"PUT /_stcore/upload_file/{visitor.session}/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        for pause in (0.0, 0.5):  # so that the answer is there before the rest is sent
            with socket.create_connection(("127.0.0.1", hosted.port), timeout=20) as raw:
                raw.sendall(f"{head}Content-Length: {size}\r\n\r\n".encode() + bytes(MEGABYTE))
                time.sleep(pause)
                raw.sendall(bytes(size - MEGABYTE))
                assert read_to_the_end(raw).startswith(b"HTTP/1.1 413 ")


def test_refused_uploads_hold_few_connections_and_none_for_long(monkeypatch: pytest.MonkeyPatch):
    """Whether nothing comes any more or a byte now and then."""
    monkeypatch.setattr(limits, "REFUSAL_SECONDS", 0.2)
    monkeypatch.setattr(limits, "REFUSALS_PER_CLIENT", 3)
    ended: list[bool] = []

    async def trickle():
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def nothing():
        await asyncio.Event().wait()

    async def send(message):
        if message["type"] == "http.response.body" and not message.get("more_body"):
            ended.append(True)

    async def upload_all() -> list[int]:
        limited = ClientLimits(trickle, 2, "/upload", 1)
        scope = {"type": "http", "method": "PUT", "path": "/upload/a/b", "headers": [], "client": ("10.0.0.1", 1)}
        tasks = [asyncio.create_task(limited(scope, receive, send)) for receive in 2 * (trickle, nothing)]
        await asyncio.sleep(0)
        at_once = len(ended)
        await asyncio.gather(*tasks)
        return [at_once, len(ended), len(limited._refusing)]

    with ThreadPoolExecutor(1) as apart:  # a browser's tests leave a loop behind in this thread
        assert apart.submit(asyncio.run, upload_all()).result() == [1, 4, 0]


@pytest.mark.parametrize(
    ("most", "held", "length", "expected"),
    [
        (0, 0, b"10", [404, 404]),
        (5_000_000, 0, b"", [413, 413]),
        (5_000_000, 0, b"6000000", [413, 413]),
        (5_000_000, limits.HELD_UPLOAD_BYTES, b"5000000", [429, 429]),
        (100_000_000, 0, b"100000000", [200, 429]),  # the second one is too much at once
    ],
)
def test_uploads_are_bounded_one_by_one_and_together(most: int, held: int, length: bytes, expected: list[int]):
    answered = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive():
        return {"type": "http.request"}

    async def send(message):
        if message["type"] == "http.response.start":
            answered.append(message["status"])

    async def upload() -> None:
        limited = ClientLimits(app, 2, "/upload", most, lambda: held)
        headers = [(b"content-length", length)] if length else []
        for _ in expected:
            scope = {
                "type": "http",
                "method": "PUT",
                "path": "/upload/a/b",
                "headers": headers,
                "client": ("10.0.0.1", 1),
            }
            await limited(scope, receive, send)

    with ThreadPoolExecutor(1) as apart:  # a browser's tests leave a loop behind in this thread
        apart.submit(asyncio.run, upload()).result()
    assert answered == expected


def test_an_address_has_so_many_tabs_and_one_more_once_one_is_closed(impatient: LiveServer):
    with ExitStack() as leaving:
        tabs = [leaving.enter_context(open_socket(impatient)) for _ in range(SOCKETS)]
        with pytest.raises(InvalidStatus) as refusal:
            open_socket(impatient)
        assert refusal.value.response.status_code == 503
        assert b"no room for another tab" in refusal.value.response.body
        tabs[0].close()

        def has_room() -> bool:
            try:
                leaving.enter_context(open_socket(impatient))
            except InvalidStatus:
                return False
            return True

        wait_until(has_room, "a closed tab leaves no room", 20)


def open_socket(server: LiveServer):  # the library's type is long
    return connect(stream(server.address), subprotocols=["streamlit"], close_timeout=1)  # type: ignore[list-item]


def test_connections_that_do_not_become_a_request_are_closed(impatient: LiveServer):
    """Each by itself, though they wait together."""
    body_to_come = b"POST / HTTP/1.1\r\nContent-Length: 9\r\nHost: x\r\n\r\n"
    with ExitStack() as leaving:
        waiting = []
        for sent in (b"", b"G", b"GET / HTTP/1.1\r\nHost: x\r\n", body_to_come):
            raw = socket.create_connection(("127.0.0.1", impatient.port), timeout=20)
            waiting.append(leaving.enter_context(raw))
            raw.sendall(sent)
        for raw in waiting:
            read_to_the_end(raw)


def test_a_request_that_comes_a_byte_at_a_time_is_closed(impatient: LiveServer):
    with socket.create_connection(("127.0.0.1", impatient.port), timeout=20) as raw:
        raw.sendall(b"GET /_stcore/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET")  # the second request is the slow one
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            dribble(raw)


def dribble(raw: socket.socket) -> None:
    for _ in range(100):
        raw.sendall(b"x")
        time.sleep(0.1)


def read_to_the_end(raw: socket.socket) -> bytes:
    """Return what comes until the connection is closed, or reset."""
    found = b""
    with suppress(ConnectionResetError):
        while part := raw.recv(2**16):
            found += part
    return found


def test_an_answer_that_nobody_takes_is_given_up(impatient: LiveServer):
    folder = Path(file_util.get_static_dir())
    largest = max(folder.rglob("*.js"), key=lambda path: path.stat().st_size).relative_to(folder).as_posix()
    request = f"GET /{largest} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    with ExitStack() as leaving:
        before = impatient.process.num_fds()
        for _ in range(5):
            raw = leaving.enter_context(socket.socket())
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            raw.connect(("127.0.0.1", impatient.port))
            raw.sendall(request * 10)  # more than any buffer on the way holds, and not one byte is read
        wait_until(lambda: impatient.process.num_fds() >= before + 5, "they are not connected")
        wait_until(lambda: impatient.process.num_fds() <= before + 2, "connections stay")


def test_a_crowd_of_silent_connections_keeps_nobody_out(impatient: LiveServer):
    if sys.platform == "linux":  # where any address from 127.0.0.0/8 is this machine's
        with ExitStack() as leaving:
            for _ in range(400):
                raw = leaving.enter_context(socket.socket())
                raw.bind(("127.0.0.66", 0))
                raw.connect(("127.0.0.1", impatient.port))
            with Visitor(impatient.address) as visitor:
                assert visitor.open("glossary").errors() == []


def test_visits_that_ended_give_their_files_back_when_their_time_is_up(impatient: LiveServer):
    with Visitor(impatient.address) as visitor:
        visitor.open("glossary")
        before = impatient.process.num_fds()
        for _ in range(20):
            with open_socket(impatient):
                pass
        wait_until(lambda: impatient.process.num_fds() <= before + 2, "files stay open", 30)
        assert visitor.again().errors() == [], "who is there stays"


@pytest.mark.skipif(sys.platform != "linux", reason="prlimit is for Linux")
def test_the_server_raises_its_limit_of_open_files(impatient: LiveServer):
    assert impatient.process.rlimit(7) == (2000, 2000)  # RLIMIT_NOFILE


# -- the arithmetic -------------------------------------------------------------------------------------------------


def test_a_bucket_gives_its_burst_and_then_its_rate():
    now = [0.0]
    bucket = TokenBucket(rate=10, burst=5, clock=lambda: now[0])
    assert [bucket.take() for _ in range(7)] == pytest.approx([0, 0, 0, 0, 0, 0.1, 0.2])
    now[0] = 0.2
    assert bucket.take() == pytest.approx(0.1)
    now[0] = 100
    assert [bucket.take_if_any() for _ in range(6)] == [True] * 5 + [False]
    now[0] = 100.2
    assert bucket.take_if_any(), "a refusal costs nothing"


def test_a_usual_limit_of_open_files_is_a_hundred_tabs():
    assert Capacity(1024).visits >= 100
    assert Capacity(1024).connections < 1024 - 100
    assert Capacity(10).visits > 0


def test_addresses_that_left_are_forgotten_in_the_end():
    async def app(scope, receive, send):
        await receive()

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        pass

    async def visit() -> ClientLimits:
        limited = ClientLimits(app, 2, "/upload")
        for number in range(5000):
            scope = {"type": "websocket", "client": (f"10.0.{number // 256}.{number % 256}", 1)}
            await limited(scope, receive, send)
        return limited

    with ThreadPoolExecutor(1) as apart:  # a browser's tests leave a loop behind in this thread
        limited = apart.submit(asyncio.run, visit()).result()
    assert len(limited._messages) <= 1001
    assert len(limited._handshakes) <= 1001
    assert limited._sockets.total() == 0


_ARENAS_OF_MANY_THREADS = """
import ctypes, threading
from dashboard.hosting import memory

memory.limit_arenas()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
together = threading.Barrier(20)


def allocate():
    together.wait()
    libc.malloc(100_000)
    together.wait()


for _ in range(20):
    threading.Thread(target=allocate).start()
libc.fdopen.restype, libc.malloc_info.argtypes = ctypes.c_void_p, (ctypes.c_int, ctypes.c_void_p)
out = libc.fdopen(1, b"w")
libc.malloc_info(0, out)
libc.fflush.argtypes = (ctypes.c_void_p,)
libc.fflush(out)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other systems' allocators have no arenas to limit")
@pytest.mark.parametrize(("setting", "arenas"), [({}, 2), ({"MALLOC_ARENA_MAX": "1"}, 1)])
def test_many_threads_share_a_few_heaps(setting: dict[str, str], arenas: int):
    environment = {name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"}
    found = subprocess.run(
        [sys.executable, "-c", _ARENAS_OF_MANY_THREADS],
        cwd=ROOT, env={**environment, **setting}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert found.stdout.count("<heap nr=") == arenas
