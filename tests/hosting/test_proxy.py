"""Promise: nginx holds off a client that asks for too much, and logs nothing about visitors.

nginx is real, with .hosting/nginx.conf. The replicas are three small servers, so that every request can be counted.
"""

import asyncio
import contextlib
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPMessage, HTTPSConnection
from pathlib import Path

import psutil
import pytest

from dashboard.hosting.safe_headers import SafeHeaders
from tests.hosting.test_replicas import nginx
from tests.live_server import ROOT, free_port, wait_until

POLICY = "default-src 'self'"
UPGRADE = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}
CHOICES = "seed=777&points=1~2"


@dataclass
class Stub:
    """A replica that answers every request at once, holds sockets open, and has some files."""

    files: set[str] = field(default_factory=set)
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)  # paths and headers
    port: int = 0
    writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def start(self) -> None:
        self.server = await asyncio.start_server(self._answer, "127.0.0.1", self.port, backlog=1024)
        self.port = self.server.sockets[0].getsockname()[1]

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.add(writer)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                first, *lines = head.strip().split("\r\n")
                headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
                path = first.split()[1]
                self.seen.append((path, headers))
                await reader.readexactly(int(headers.get("content-length", 0)))
                if path.startswith("/_stcore/stream") and headers.get("upgrade") == "websocket":
                    writer.write(
                        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
                    )
                    await reader.read()
                    break
                is_missing = path.startswith("/static/") and path not in self.files
                own = "".join(f"{name}: {value}\r\n" for name, value in safe_headers().items())
                status = "404 Not Found" if is_missing else "200 OK"
                caching = "Cache-Control: max-age=60\r\n" if path in self.files else ""
                policy = f"Content-Security-Policy: {POLICY}\r\n"
                answer = (
                    f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: 2\r\n{policy}{caching}{own}\r\nok"
                )
                writer.write(answer.encode())
                await writer.drain()
        self.writers.discard(writer)
        writer.close()


def safe_headers() -> dict[str, str]:
    """The security headers of replicas, without the policy, which operators may set."""
    headers = dict(SafeHeaders(None)._headers)  # type: ignore[arg-type]
    return {name: value for name, value in headers.items() if name != "Content-Security-Policy"}


class Replicas:
    """Three stubs on one event loop in a thread. `stop` ends some of them."""

    def __init__(self) -> None:
        self.stubs = (Stub(), Stub(), Stub())
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        for stub in self.stubs:
            asyncio.run_coroutine_threadsafe(stub.start(), self.loop).result(20)

    def stop(self, *stubs: Stub) -> None:
        """Have these refuse connections, as a replica that has died does."""

        async def close() -> None:
            for stub in stubs:
                stub.server.close()
                for writer in stub.writers:
                    writer.transport.abort()
            while any(stub.writers for stub in stubs):
                await asyncio.sleep(0.01)

        asyncio.run_coroutine_threadsafe(close(), self.loop).result(20)

    def close(self) -> None:
        self.stop(*self.stubs)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(20)
        self.loop.close()

    def seen(self) -> list[tuple[str, dict[str, str]]]:
        return [request for stub in self.stubs for request in stub.seen]


@dataclass
class Proxy:
    """A running nginx."""

    port: int
    replicas: Replicas
    log: Path
    certificate: Path | None = None

    def connection(self) -> HTTPConnection:
        if self.certificate:
            context = ssl.create_default_context(cafile=str(self.certificate))
            return HTTPSConnection("localhost", self.port, timeout=20, context=context)
        return HTTPConnection("127.0.0.1", self.port, timeout=20)

    def ask(self, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> tuple[int, HTTPMessage]:
        connection = self.connection()
        try:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.headers
        finally:
            connection.close()

    def open_socket(self) -> tuple[int, socket.socket]:
        """Shake hands for a visitor's socket: the status, and the socket, which stays open."""
        sock = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        lines = "".join(f"{name}: {value}\r\n" for name, value in UPGRADE.items())
        sock.sendall(f"GET /_stcore/stream HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n{lines}\r\n".encode())
        return int(sock.recv(4096).split()[1]), sock


Start = Callable[..., Proxy]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start nginx with the shipped configuration, in which some texts are replaced."""
    program = nginx()
    with contextlib.ExitStack() as leaving:

        def run(certificate: Path | None = None, **replaced: str) -> Proxy:
            replicas = Replicas()
            leaving.callback(replicas.close)
            port = free_port()
            conf = (ROOT / ".hosting" / "nginx.conf").read_text(encoding="utf-8")
            listen = f"listen 127.0.0.1:{port}"
            if certificate:
                listen += f" ssl; ssl_certificate {certificate}; ssl_certificate_key {certificate}"
            ports = {f"127.0.0.1:{8501 + n}": f"127.0.0.1:{stub.port}" for n, stub in enumerate(replicas.stubs)}
            for old, new in (ports | {"listen 8080": listen} | replaced).items():
                assert conf.count(old) == 1, old
                conf = conf.replace(old, new)
            (tmp_path / "nginx.conf").write_text(conf, encoding="utf-8")
            # As root, nginx would otherwise run as a user who may not open this folder.
            more = "daemon off;" + (" user root;" if os.name == "posix" and os.geteuid() == 0 else "")
            log = tmp_path / "log"
            with log.open("wb") as stderr:
                process = psutil.Popen(
                    [program, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"), "-g", more], stderr=stderr
                )
            leaving.callback(end, process)
            proxy = Proxy(port, replicas, log, certificate)
            wait_until(lambda: answers(proxy, process), "nginx does not start", patience=20)
            return proxy

        yield run


def end(process: psutil.Popen) -> None:
    family = [process, *process.children()]
    process.terminate()
    assert psutil.wait_procs(family, timeout=20)[1] == []


def answers(proxy: Proxy, process: psutil.Popen) -> bool:
    assert process.poll() is None, proxy.log.read_text()
    try:
        return proxy.ask("/metrics")[0] == 404  # answered by nginx itself
    except OSError:
        return False


def test_two_hundred_people_at_one_address_get_in_and_one_client_cannot_take_all_sockets(start: Start):
    proxy = start()
    with contextlib.ExitStack() as leaving:

        def open_one() -> tuple[int, socket.socket]:
            status, sock = proxy.open_socket()
            leaving.callback(sock.close)
            return status, sock

        assert Counter(open_one()[0] for _ in range(200)) == {101: 200}, "a workshop gets in"
        assert Counter(proxy.ask("/")[0] for _ in range(200)) == {200: 200}
        statuses = [open_one() for _ in range(150)]
        assert Counter(status for status, _ in statuses) == {101: 100, 429: 50}
        statuses[0][1].close()
        wait_until(lambda: open_one()[0] == 101, "a closed socket makes no room", patience=20)


def test_a_storm_of_handshakes_is_held_off_before_it_reaches_a_replica(start: Start):
    proxy = start()
    began = time.monotonic()

    def shake_hands(_: int) -> int:
        status, sock = proxy.open_socket()
        sock.close()
        return status

    with ThreadPoolExecutor(4) as pool:
        statuses = Counter(pool.map(shake_hands, range(1000)))
    seconds = time.monotonic() - began
    assert statuses.keys() <= {101, 429}
    assert statuses[101] >= 200, "those who come first get in"
    assert statuses[101] <= 400 + 20 * seconds + 2
    assert len(proxy.replicas.seen()) == statuses[101]


def test_a_storm_of_requests_is_held_off_and_a_workshops_first_pages_are_not(start: Start):
    proxy = start()

    def load(count: int) -> Counter[int]:
        connection, statuses = proxy.connection(), Counter[int]()
        for _ in range(count):
            connection.request("GET", "/faq")
            answer = connection.getresponse()
            answer.read()
            statuses[answer.status] += 1
        connection.close()
        return statuses

    began = time.monotonic()
    assert load(1500) == {200: 1500}, "200 people's first requests"
    statuses = load(3000)
    assert statuses.keys() <= {200, 429}
    assert 1500 + statuses[200] <= 1600 + 60 * (time.monotonic() - began) + 2
    status, sock = proxy.open_socket()
    sock.close()
    assert status == 101, "pages that are open or opening have a limit of their own"


def test_a_client_that_does_not_finish_its_header_is_cut_off(start: Start):
    proxy = start(**{"client_header_timeout 10s": "client_header_timeout 1s"})
    with contextlib.ExitStack() as leaving:
        slow = []
        for _ in range(50):
            sock = leaving.enter_context(socket.create_connection(("127.0.0.1", proxy.port), timeout=20))
            sock.sendall(b"GET / HTTP/1.1\r\nHost:")
            slow.append(sock)
        for sock in slow:
            with contextlib.suppress(ConnectionResetError):
                while sock.recv(100):  # an answer such as 408, then the end; a timeout fails the test
                    continue
        assert proxy.ask("/")[0] == 200


def test_a_table_is_passed_on_up_to_its_limit_and_no_other_body_is(start: Start):
    proxy = start()
    for path in ("/_stcore/upload_file/a/b", "//_stcore/upload_file/a/b", "/_stcore/%75pload_file/a/b"):
        assert proxy.ask(path, "PUT", b"x" * 5_300_000)[0] == 413, path
    assert proxy.ask("/", "POST", b"x" * 20_000)[0] == 413
    assert proxy.replicas.seen() == []
    proxy.ask("/_stcore/upload_file/a/b", "PUT", b"x" * 50_000)
    assert len(proxy.replicas.seen()) == 1


def test_only_cookies_that_nginx_may_have_set_choose_a_replica(start: Start):
    proxy = start()
    for forged in ("attacker", "A" * 32, "0" * 31, "0" * 33, f"x{'0' * 32}"):
        before = [len(stub.seen) for stub in proxy.replicas.stubs]
        headers = [proxy.ask("/", Cookie=f"quick_study={forged}")[1] for _ in range(40)]
        new = [len(stub.seen) - count for stub, count in zip(proxy.replicas.stubs, before, strict=True)]
        assert min(new) > 0, (forged, new)
        assert all(re.match(r"quick_study=[0-9a-f]{32}; ", header["Set-Cookie"]) for header in headers)
    own = headers[-1]["Set-Cookie"].split(";")[0]
    before = [len(stub.seen) for stub in proxy.replicas.stubs]
    assert [proxy.ask("/", Cookie=own)[1]["Set-Cookie"] for _ in range(20)] == [None] * 20
    assert sorted(len(stub.seen) - count for stub, count in zip(proxy.replicas.stubs, before, strict=True)) == [
        0,
        0,
        20,
    ]


def test_a_missing_file_stays_missing_while_replicas_are_down_and_an_existing_one_is_found(start: Start):
    proxy = start()
    first, second, third = proxy.replicas.stubs
    for name in range(20):
        third.files.add(f"/static/js/newer-{name}.js")
    proxy.replicas.stop(first)
    assert Counter(proxy.ask(f"/static/js/none-{n}.js")[0] for n in range(40)) == {404: 40}
    assert Counter(proxy.ask(f"/static/js/newer-{n}.js")[0] for n in range(20)) == {200: 20}
    proxy.replicas.stop(second)
    assert Counter(proxy.ask(f"/static/js/none-{n}.js")[0] for n in range(40)) == {404: 40}
    assert Counter(proxy.ask("/faq")[0] for _ in range(40)) == {200: 40}
    proxy.replicas.stop(third)
    assert proxy.ask("/static/js/newer-0.js")[0] == 200, "from the cache"
    assert proxy.ask("/static/js/none-0.js")[0] == 502, "nobody knows whether it exists"


def test_the_log_has_no_choices_and_no_addresses_of_visitors_while_replicas_are_down(start: Start):
    proxy = start()
    proxy.replicas.stop(*proxy.replicas.stubs[:2])
    for n in range(20):
        assert proxy.ask(f"/medical_diagnosis?{CHOICES}&draw={n}")[0] == 200
    proxy.ask(f"/?{CHOICES}", "POST", b"x" * 15_000)
    proxy.ask(f"/?{CHOICES}", "POST", b"x" * 20_000)
    proxy.ask(f"/static/none.js?{CHOICES}")
    proxy.replicas.stop(proxy.replicas.stubs[2])
    assert proxy.ask(f"/medical_diagnosis?{CHOICES}")[0] == 502
    for _ in range(2000):
        if proxy.ask(f"/faq?{CHOICES}")[0] == 429:
            break
    else:
        raise AssertionError("the limit is not reached")
    log = proxy.log.read_text(encoding="utf-8")
    assert [
        line for line in log.splitlines() if "setrlimit" not in line and "worker_connections exceed" not in line
    ] == []


def test_answers_of_replicas_and_of_nginx_itself_have_each_security_header_once(start: Start):
    proxy = start()
    proxy.replicas.stubs[0].files.add("/static/a.js")
    answers = {
        "page": proxy.ask("/"),
        "file": proxy.ask("/static/a.js"),
        "cached": proxy.ask("/static/a.js"),
        "missing": proxy.ask("/static/none.js"),
        "metrics": proxy.ask("/metrics"),
        "large": proxy.ask("/", "POST", b"x" * 20_000),
    }
    proxy.replicas.stop(*proxy.replicas.stubs)
    answers |= {"down": proxy.ask("/"), "missing and down": proxy.ask("/static/none.js")}
    assert {name: status for name, (status, _) in answers.items()} == {
        "page": 200, "file": 200, "cached": 200, "missing": 404, "metrics": 404, "large": 413,
        "down": 502, "missing and down": 502,
    }  # fmt: skip
    for answer, (_, headers) in answers.items():
        for name, value in safe_headers().items():
            assert headers.get_all(name) == [value], (answer, name)
        assert headers["Strict-Transport-Security"] is None, "not over HTTP"
        assert headers["Server"] == "nginx", answer
    for answer in ("page", "file", "cached"):
        assert answers[answer][1].get_all("Content-Security-Policy") == [POLICY], answer


def test_over_https_browsers_are_told_to_stay_there(start: Start, tmp_path: Path):
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to make a certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    make = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject, "-keyout", key, "-out")
    subprocess.run([*make, certificate], check=True, capture_output=True)
    with certificate.open("ab") as file:
        file.write(key.read_bytes())
    proxy = start(certificate)
    for path in ("/", "/metrics", "/static/none.js"):
        assert proxy.ask(path)[1].get_all("Strict-Transport-Security") == ["max-age=31536000"], path
    assert "; Secure" in proxy.ask("/")[1]["Set-Cookie"]


def test_replicas_are_only_asked_for_websockets_and_know_who_asked(start: Start):
    proxy = start()
    proxy.ask("/", Upgrade="h2c", Connection="Upgrade, HTTP2-Settings")
    proxy.ask("/static/none.js")
    status, sock = proxy.open_socket()
    sock.close()
    assert status == 101
    for path, headers in proxy.replicas.seen():
        assert headers.get("upgrade") == ("websocket" if path == "/_stcore/stream" else None), path
        assert headers["x-forwarded-for"] == "127.0.0.1", path
        assert headers["host"] == f"127.0.0.1:{proxy.port}", path


def test_no_spelling_and_no_header_opens_the_metrics(start: Start):
    proxy = start()
    spellings = (
        "/metrics", "/metrics/", "//metrics", "/./metrics", "/x/../metrics", "/%6Detrics", "/metric%73", "/metrics?a=b",
        "/metrics%2f", "/_stcore/metrics", "/_stcore/metrics/", "//_stcore//metrics", "/_stcore/./metrics",
        "/_stcore/x/../metrics", "/%5Fstcore/metrics", "/_stcore/metrics?families=x", "/study/metrics",
    )  # fmt: skip
    for path in spellings:
        for name, value in (("X-Forwarded-For", "127.0.0.1"), ("Via", ""), ("Authorization", "Bearer x")):
            assert proxy.ask(path, **{name: value})[0] == 404, (path, name)
    assert proxy.replicas.seen() == []
