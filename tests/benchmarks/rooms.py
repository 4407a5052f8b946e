"""How a room of phones holds: `python -m tests.benchmarks.rooms [--phones N] [--faults] [--slow-phone] [--all]`.

Real servers in processes of their own and, with --faults or --replicas 2, a PostgreSQL; phones and the presenter share
another process. Phones do over HTTP what the page's script does: they wait for the next step, guess at a random moment
of ten seconds, and send a guess again until it is acknowledged. The slow phone is a browser behind a
relay. Whatever else runs on the machine makes times longer: its load is printed.
"""

import argparse
import asyncio
import gzip
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pg8000.native
import psutil
from playwright.sync_api import sync_playwright

from dashboard.rooms import Question, Rooms
from scenarios.text import Text
from tests.benchmarks.in_browser import DELAY, KILOBITS
from tests.benchmarks.serving_report import Goal
from tests.benchmarks.slow_link import SlowLink
from tests.browser.conftest import chromium
from tests.browser.tab import PHONE
from tests.live_server import OURS, LiveServer
from tests.postgresql import PostgreSQL, programs
from tests.visitor import Visitor

ANSWERING = 10.0  # seconds in which all guess
QUESTION = Question("number", Text(en="How often?", zh="多大比例？"), truth=92)
PAGE = ("/join", "/rooms/light/light.css", "/rooms/light/light.js", "/rooms/light/join.js")
GIVE_UP = 60.0  # seconds without an answer


@dataclass
class Log:
    """What the phones saw. Times in seconds."""

    requests: dict[str, list[float]] = field(default_factory=dict)
    failures: int = 0

    def note(self, what: str, seconds: float) -> None:
        self.requests.setdefault(what, []).append(seconds)


class Phone:
    """One connection that is kept, to one replica until that does not answer."""

    def __init__(self, ports: list[int], at: int, log: Log) -> None:
        self._ports, self._at, self._log = ports, at, log
        self._stream: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, what: str, method: str, path: str, token: str = "", body: object = None) -> tuple[int, Any]:
        """Send a request until a server answers it."""
        content = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(content)}\r\n"
        head += f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\nAccept-Encoding: gzip\r\n\r\n"
        end = time.monotonic() + GIVE_UP
        while time.monotonic() < end:
            began = time.monotonic()
            try:
                status, answer = await asyncio.wait_for(self._exchange(head.encode() + content), 16)
            except (OSError, asyncio.IncompleteReadError, TimeoutError):
                status, answer = 0, None
                self._stream = None
            if status and status < 500 and status != 429:
                self._log.note(what, time.monotonic() - began)
                return status, answer
            self._log.failures += 1
            if not status:
                self._at += 1  # as a proxy does, which knows the other replicas
            await asyncio.sleep(random.uniform(0.2, 0.6))
        raise TimeoutError(f"{method} {path}: no answer in {GIVE_UP:g} s")

    async def _exchange(self, sent: bytes) -> tuple[int, Any]:
        if self._stream is None:
            self._stream = await asyncio.open_connection("127.0.0.1", self._ports[self._at % len(self._ports)])
        reader, writer = self._stream
        writer.write(sent)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = next((int(line.split(":")[1]) for line in head.split("\r\n") if line.startswith("content-length:")), 0)
        body = await reader.readexactly(length)
        if "content-encoding: gzip" in head:
            body = gzip.decompress(body)
        is_json = "content-type: application/json" in head
        return int(head.split()[1]), json.loads(body) if is_json else body

    def close(self) -> None:
        if self._stream is not None:
            self._stream[1].close()


@dataclass
class Result:
    """What one room found. Times in seconds."""

    joined: float = 0.0
    followed: float = 0.0  # until the last phone showed the question
    lost: int = 0
    histogram: float = 0.0  # after the last guess was sent, until the presenter saw all
    revealed: float = 0.0  # until the last phone showed the answer
    back: int = 0  # phones that showed it
    log: Log = field(default_factory=Log)
    home: list[float] = field(
        default_factory=list
    )  # seconds of Home, opened meanwhile by a visitor of Streamlit's pages


async def play(servers: list[LiveServer], rooms: Rooms, phones: int, faults: list[Callable[[], None]]) -> Result:
    """Let phones join, guess and see, while `faults` happen in turn."""
    result, opened = Result(), rooms.open()
    ports = [server.port for server in servers]
    path, shown = f"/rooms/{opened.code}", asyncio.Event()
    seen: dict[str, dict[int, float]] = {"asked": {}, "revealed": {}}
    acknowledged: dict[int, float] = {}
    sent_last = 0.0
    tokens: list[str] = []
    loop = asyncio.get_running_loop()

    async def join(at: int) -> str:
        phone = Phone(ports, at, result.log)
        for file in PAGE:
            assert (await phone.ask("page", "GET", file))[0] == 200
        status, me = await phone.ask("join", "POST", f"{path}/participants", body={})
        phone.close()
        assert status == 201, me
        return str(me["token"])

    async def follow(at: int) -> None:
        phone, version = Phone(ports, at, result.log), ""
        while True:
            status, body = await phone.ask("follow", "GET", f"{path}{version}", tokens[at])
            if status == 200:
                version = f"?after={body['version']}"
                seen.setdefault(body["state"], {}).setdefault(at, time.monotonic())
                if body["state"] == "revealed":
                    values = body["distribution"]["values"]
                    assert len(values) == phones, f"{len(values)} guesses are shown"
                    return phone.close()

    async def guess(at: int) -> None:
        nonlocal sent_last
        await asyncio.sleep(random.uniform(0, ANSWERING))
        phone = Phone(ports, at, result.log)
        sent_last = time.monotonic()
        status, body = await phone.ask("guess", "PUT", f"{path}/guesses/1", tokens[at], {"value": at % 101})
        phone.close()
        assert status == 200, body
        acknowledged[at] = body["value"]

    async def present(until: int) -> float:
        """Look as the presenter's page does, until so many guesses are there."""
        phone = Phone(ports, 0, result.log)
        while True:
            _, body = await phone.ask("presenter", "GET", f"{path}/speaker", opened.secret)
            if sum(body["distribution"]["counts"]) == until:
                phone.close()
                return time.monotonic()
            await asyncio.sleep(0.25)

    def visit() -> None:
        while not shown.is_set():
            began = time.monotonic()
            with Visitor(servers[-1].address) as visitor:
                visitor.open("")
            result.home.append(time.monotonic() - began)
            time.sleep(1)

    async def hurt() -> None:
        for fault in faults:
            await asyncio.sleep(ANSWERING / (len(faults) + 1))
            await asyncio.to_thread(fault)

    presenter = Phone(ports, 0, result.log)
    began = time.monotonic()
    tokens += await asyncio.gather(*(join(at) for at in range(phones)))
    result.joined = time.monotonic() - began
    following = [loop.create_task(follow(at)) for at in range(phones)]
    await asyncio.sleep(2)
    visiting = loop.run_in_executor(None, visit)
    try:
        asked = time.monotonic()
        await presenter.ask(
            "command", "POST", f"{path}/speaker", opened.secret, {"do": "ask", "question": QUESTION.as_json()}
        )
        hurting = loop.create_task(hurt())
        complete = loop.create_task(present(phones))
        await asyncio.gather(*(guess(at) for at in range(phones)))
        result.histogram = await complete - sent_last
    finally:
        shown.set()
    await hurting
    await visiting
    result.followed = max(seen["asked"].values()) - asked if len(seen["asked"]) == phones else float("inf")
    revealing = time.monotonic()
    await presenter.ask("command", "POST", f"{path}/speaker", opened.secret, {"do": "reveal"})
    await asyncio.gather(*following)
    result.revealed = max(seen["revealed"].values()) - revealing
    result.back = len(seen["revealed"])
    counted = dict(rooms.overview(opened.code, opened.secret).participants)
    result.lost = phones - sum(value is not None for value in counted.values())
    assert sorted(acknowledged.values()) == sorted(value for value in counted.values() if value is not None)
    rooms.end(opened.code, opened.secret)
    presenter.close()
    return result


def report(result: Result, phones: int, *, with_faults: bool) -> str:
    """Return the figures and the goals."""
    slowest = max(max(times) for what, times in result.log.requests.items() if what != "follow")
    goals = [
        Goal("guesses lost", result.lost, 0),
        Goal("phones that showed the answer in the end", result.back, phones, at_least=True),
        Goal("histogram complete after the last guess was sent, s", result.histogram, 2),
        Goal("last phone shows the answer after Reveal, s", result.revealed, 2),
    ]
    if not with_faults:
        goals += [
            Goal("last phone shows the question, s", result.followed, 2),
            Goal("slowest request of any phone, s", slowest, 1),
            Goal("slowest opening of Home meanwhile, s", max(result.home, default=0.0), 1),
        ]
    lines = [f"{phones} phones joined in {result.joined:.1f} s; requests sent again: {result.log.failures}"]
    for what, times in sorted(result.log.requests.items()):
        if what != "follow":
            lines.append(f"  {what:10} {len(times):5}  p50 {statistics.median(times):.3f}  slowest {max(times):.3f} s")
    return "\n".join(
        [*lines, *(f"  {goal.what}: {goal.found:.2f} (goal {goal.limit:g}): {goal.verdict}" for goal in goals)]
    )


def notices(database: str, seconds: float = 10.0) -> str:
    """Compare polling twice a second with PostgreSQL's LISTEN: delay of changes, and CPU of the waiting process."""
    rooms = Rooms(database)
    room = rooms.open()
    process = psutil.Process()

    def spent() -> float:
        times = process.cpu_times()
        return times.user + times.system

    before, began = spent(), time.monotonic()
    while time.monotonic() - began < seconds:
        rooms.versions([room.code])
        time.sleep(0.5)
    polling = (spent() - before) / seconds
    one = []
    for _ in range(100):
        began = time.monotonic()
        rooms.versions([room.code])
        one.append(time.monotonic() - began)
    rooms.end(room.code, room.secret)
    rooms.close_database()
    port = int(database.rpartition(":")[2].partition("/")[0])
    listener, speaker = (pg8000.native.Connection("postgres", "127.0.0.1", "postgres", port) for _ in range(2))
    listener.run("LISTEN rooms")
    delays = []
    for _ in range(50):
        began = time.monotonic()
        speaker.run("NOTIFY rooms")
        while not listener.notifications:
            listener.run("SELECT 1")  # pg8000 receives a notice with the next response
        listener.notifications.clear()
        delays.append(time.monotonic() - began)
    for connection in (listener, speaker):
        connection.close()
    return (
        f"a look every 0.5 s: {100 * polling:.2f}% of a core, {1000 * statistics.median(one):.1f} ms each; news after "
        f"0.25 s on average, 0.5 s at most\nLISTEN: news after {1000 * statistics.median(delays):.1f} ms"
    )


def _spent(servers: list[LiveServer]) -> float:
    times = [server.process.cpu_times() for server in servers]
    return sum(each.user + each.system for each in times)


def _postgresql(leaving: ExitStack) -> PostgreSQL:
    folder = programs()
    if folder is None:
        raise SystemExit("there is no PostgreSQL")
    server = PostgreSQL(folder)
    leaving.callback(server.close)
    return server


def crowd(phones: int, replicas: int, *, with_faults: bool) -> str:
    """Let a crowd of phones guess; with faults, a replica and the database are killed and started again meanwhile."""
    with ExitStack() as leaving:
        database = _postgresql(leaving) if replicas > 1 else None
        address = database.address if database else leaving.enter_context(tempfile.TemporaryDirectory())
        settings = {"QUICK_STUDY_DATABASE": address, "QUICK_STUDY_WAKE": "no"}
        servers = [LiveServer(command=OURS, settings=settings) for _ in range(replicas)]
        leaving.callback(lambda: [each.close() for each in servers])
        rooms = Rooms(address)
        leaving.callback(rooms.close_database)

        def restart_replica() -> None:
            servers[0].close()
            servers[0] = LiveServer(command=OURS, settings=settings, port=servers[0].port)

        def restart_database() -> None:
            assert database is not None
            database.crash()
            database.start()

        before, began = _spent(servers), time.monotonic()
        result = asyncio.run(play(servers, rooms, phones, [restart_replica, restart_database] if with_faults else []))
        told = report(result, phones, with_faults=with_faults)
        if with_faults:  # a process that was killed took its account along
            return told
        spent = (_spent(servers) - before) / (time.monotonic() - began)
        return f"{told}\nCPU of the servers: {100 * spent:.0f}% of one core, with the visitor of Home"


def slow_phone() -> str:
    """Join, read the question and guess in Chromium, over a slow link."""
    with ExitStack() as leaving:
        database = leaving.enter_context(tempfile.TemporaryDirectory())
        server = LiveServer(command=OURS, settings={"QUICK_STUDY_DATABASE": database, "QUICK_STUDY_WAKE": "no"})
        leaving.callback(server.close)
        rooms = Rooms(database)
        leaving.callback(rooms.close_database)
        room = rooms.open()
        rooms.ask(room.code, room.secret, QUESTION)
        link = SlowLink(server.port, KILOBITS, DELAY)
        leaving.callback(link.close)
        browser = leaving.enter_context(sync_playwright()).chromium.launch(executable_path=chromium())
        leaving.callback(browser.close)
        size = {"width": PHONE[0], "height": PHONE[1]}
        page = browser.new_context(viewport=size, locale="en-GB", has_touch=True).new_page()  # type: ignore[arg-type]
        began = time.monotonic()
        page.goto(f"{link.address}/join/{room.code}", wait_until="commit")
        page.get_by_role("heading", name=QUESTION.text.en).wait_for()
        readable = time.monotonic() - began
        page.get_by_role("slider").focus()
        page.keyboard.press("ArrowRight")
        page.locator("button.main").tap()
        page.get_by_text("Your guess counts").wait_for()
        committed, size_sent = time.monotonic() - began, link.bytes_down
    goals = (
        Goal("question to read, s", readable, 5),
        Goal("guess counts, s", committed, 20),
        Goal("before that, kB", size_sent / 1000, 600),
    )
    told = (f"  {goal.what}: {goal.found:.1f} (goal {goal.limit:g}): {goal.verdict}" for goal in goals)
    return "\n".join([f"a phone's first visit over {KILOBITS} kbit/s and {DELAY:g} s each way", *told])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.rooms", description=__doc__)
    parser.add_argument("--phones", type=int, default=200, help="how many (default: 200)")
    parser.add_argument(
        "--replicas", type=int, default=1, help="servers that share a PostgreSQL (default: 1, with SQLite)"
    )
    parser.add_argument("--faults", action="store_true", help="kill one of two replicas, and the database")
    parser.add_argument("--slow-phone", action="store_true", help="one phone over a slow link, and nothing else")
    parser.add_argument("--notices", action="store_true", help="compare looking with LISTEN, and nothing else")
    parser.add_argument("--all", action="store_true", help="the crowd, the crowd with faults, the slow phone, in turn")
    options = parser.parse_args()
    parts: list[Callable[[], str]] = []
    if options.all or not (options.faults or options.slow_phone or options.notices):
        parts.append(lambda: crowd(options.phones, options.replicas, with_faults=False))
    if options.all or options.faults:
        parts.append(lambda: crowd(options.phones, 2, with_faults=True))
    if options.all or options.slow_phone:
        parts.append(slow_phone)
    if options.notices:
        parts.append(_notices)
    for part in parts:
        print(f"load of this machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        print(part())
        print(f"load of this machine after: {os.getloadavg()[0]:.1f}", flush=True)


def _notices() -> str:
    with ExitStack() as leaving:
        return notices(_postgresql(leaving).address)


if __name__ == "__main__":
    main()
