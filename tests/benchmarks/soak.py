"""Run the product for a long time under changing load and faults: `python -m tests.benchmarks.soak --minutes N`.

Visitors come and go, train, lose their connection and return; workers (and, with --replicas, a replica) are killed or
stopped. The report compares the start, the end of the warm-up and the end. The exit code is 0 if nothing grew, nothing
was lost and no visitor saw an error that no fault explains.

It measures itself too: run it beside nothing else. All connections go to 127.0.0.1.
"""

import argparse
import csv
import itertools
import math
import random
import signal
import statistics
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter, deque
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from dataclasses import astuple, dataclass, field
from pathlib import Path

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import WebSocketException

from dashboard import engine, pages
from scenarios.catalog import SCENARIOS
from tests.benchmarks.process_samples import (
    COLUMNS,
    Sample,
    find_worker,
    is_ready,
    machine_load,
    percentile,
    take_sample,
)
from tests.live_server import ROOT, LiveServer, free_port
from tests.raw_sockets import flood, frame, raw_socket
from tests.visitor import Screen, Visitor

APPLICATIONS = tuple(name for name, scenario in SCENARIOS.items() if not scenario.regression)
QUICKEST = min(APPLICATIONS, key=lambda name: SCENARIOS[name].recipe.inner_steps)  # trains soonest
PAGES = tuple(pages.PAGES)
SHOTS = (1, 5, 10, 20)  # those that every page has: the league moves any other to the nearest of these
SLIDER, SEARCHES = "choose_shots", {"faq": "faq_search", "glossary": "glossary_search"}
THINKING = (2.0, 8.0)  # seconds between what one visitor does and does next
SESSION_TTL = 300.0  # seconds: the product's own, unless the run is too short to reach a steady state with it
AFTERMATH = (
    150.0  # seconds after a fault in which its errors are expected: PATIENCE for a run, and a start of the worker
)
RECOVERY = 120.0  # seconds within which a server must be ready at the start, and again at the end
WARM_UP = 1 / 5  # of the run
QUIET = (1 / 2, 3 / 4)  # of the run: no faults, so that one worker lives long enough to be judged
NEVER = -math.inf
FEWEST = 8  # samples after the warm-up without which no growth can be judged
_FAULT_SENTENCES = tuple(
    text.split("{")[0]
    for sentence in (engine._TOO_LONG, engine._DIED_TWICE, engine._WAITED, engine._NOT_THERE, engine._FULL)
    for text in (sentence.en, sentence.zh)
)
_CONNECTION_ERRORS = (WebSocketException, OSError, TimeoutError)

# How much a series may grow over the part after the warm-up, by its linear fit: a floor and a share of its median,
# whichever is more. A smaller slope cannot be told from the load's own changes.
TOLERANCES: dict[str, tuple[float, float, str]] = {
    "web_rss_mb": (48, 0.15, "the heap's free lists, and 128 kept sessions of up to 0.3 MB"),
    "web_descriptors": (40, 0.20, "3 for each visit that ended within the session TTL: a random number"),
    "web_threads": (10, 0.20, "one for each script that runs now"),
    "worker_rss_mb": (
        150,
        0.15,
        "one worker's longest life, or the highest value in each tenth",
    ),
    "worker_descriptors": (6, 0.10, "one worker's longest life, or the highest value in each tenth"),
    "worker_threads": (8, 0.20, "one worker's longest life, or the highest value in each tenth"),
    "sessions": (4, 0.30, "as many as there are visitors, and some malformed ones"),
    "jobs_waiting": (4, 0.50, "visitors that ask at the same time, each for a page and what it may ask for next"),
}
LOG_KB_PER_MINUTE = 64.0  # faults and malformed messages are logged; more would be a flood: 90 MB a day


@dataclass
class Ledger:
    """Everything that visitors report, from many threads."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    latencies: list[tuple[float, float]] = field(default_factory=list)  # (when, seconds)
    acts: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    fault_errors: Counter[str] = field(default_factory=Counter)  # those that a fault explains
    losses: Counter[str] = field(default_factory=Counter)
    returns: Counter[str] = field(default_factory=Counter)  # checks of a returned visitor that held
    faults: Counter[str] = field(default_factory=Counter)

    def count(self, counter: Counter[str], kind: str) -> None:
        with self.lock:
            counter[kind[:200]] += 1

    def add_error(self, kind: str, began: float, fault: float) -> None:
        """Count an error; `fault` is when its server had its last fault of a kind that can cause it, or -inf."""
        self.count(self.fault_errors if began - fault < AFTERMATH else self.errors, kind)

    def add_run(self, screen: Screen, began: float, fault: float) -> None:
        with self.lock:
            self.latencies.append((time.monotonic(), screen.seconds))
        for text in (*screen.errors(), *screen.crashes()):
            self.add_error(f"page: {text}", began, fault if text.startswith(_FAULT_SENTENCES) else NEVER)

    def take_latencies(self, since: float) -> list[float]:
        with self.lock:
            return [seconds for when, seconds in self.latencies if when >= since]


@dataclass
class Replica:
    """One server of the product, which can be killed and started again on its port."""

    settings: dict[str, str]
    folder: Path = ROOT
    port: int = field(default_factory=free_port)
    killed: int = 0
    is_down: bool = False  # on purpose
    last_fault: float = NEVER  # in seconds of the monotonic clock
    _earlier_log: int = 0  # bytes, of servers before this one

    def __post_init__(self) -> None:
        self.address = f"http://127.0.0.1:{self.port}"
        self.server = self._start()

    def _start(self) -> LiveServer:
        command = ("-m", "dashboard", "serve", "--address", "127.0.0.1", "--port", f"{self.port}")
        return LiveServer(self.folder, command, self.settings, port=self.port, is_detached=True)

    def restart(self, pause: float) -> None:
        """Kill the server and start it again."""
        self._earlier_log = self.log_bytes()
        self.killed += 1
        self.is_down = True
        self.server.close()
        time.sleep(pause)
        self.server = self._start()
        self.is_down = False

    def log_bytes(self) -> int:
        return self._earlier_log + self.server.log_bytes()


@dataclass
class Soak:
    """One run: its servers, its visitors and the samples so far."""

    seconds: float
    seed: int
    visitors: int
    replicas: list[Replica]
    ledger: Ledger = field(default_factory=Ledger)
    samples: list[Sample] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    out: Path | None = None  # gets the samples as they come: a run that is killed keeps them
    began: float = field(default_factory=time.monotonic)
    ttl: float = SESSION_TTL
    cpu_began: float = field(default_factory=time.process_time)
    ended: float = 0.0  # seconds after the start, when the visitors left
    unfinished: list[float] = field(default_factory=list)  # seconds that a visitor had waited for a run then

    @property
    def passed(self) -> float:
        return time.monotonic() - self.began

    def run(self) -> None:
        """Have everything happen until the time is over. An interrupt ends it early."""
        guests = [Guest(self, number) for number in range(self.visitors)]
        threads = [threading.Thread(target=guest.live, daemon=True) for guest in guests]
        faults = threading.Thread(target=self._break_things, daemon=True)
        every = min(30.0, self.seconds / 40)
        is_interrupted = False
        try:
            self._wait_until_ready()
            self.began, self.cpu_began = time.monotonic(), time.process_time()
            self._take_samples(self.began)
            for thread in (*threads, faults):
                thread.start()
            looked = self.began
            while self.passed < self.seconds:
                self.over.wait(min(every, max(0.05, self.seconds - self.passed)))
                self._take_samples(looked)
                looked = time.monotonic()
        except KeyboardInterrupt:
            is_interrupted = True
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # the rest takes seconds, and ends the servers
            print("interrupted: the report so far", file=sys.stderr)
        finally:
            self.over.set()
            self.ended = self.passed
            if faults.ident:
                faults.join(timeout=180)  # a replica that is being started must be known before it is ended
            now = time.monotonic()
            self.unfinished = [now - guest.asked for guest in guests if not math.isnan(guest.asked)]
            for guest in guests:
                guest.hang_up()
            end = time.monotonic() + 15
            for thread in [each for each in threads if each.ident]:
                thread.join(timeout=max(0.0, end - time.monotonic()))
            if not is_interrupted:
                self._wait_until_ready()
            self._take_samples(time.monotonic())

    def _wait_until_ready(self) -> None:
        """Wait until all workers have started, or have recovered from the last fault."""
        end = time.monotonic() + RECOVERY
        while time.monotonic() < end and not all(is_ready(replica.address) for replica in self.replicas):
            time.sleep(0.5)

    def _take_samples(self, since: float) -> None:
        latencies = self.ledger.take_latencies(since)
        for replica in [each for each in self.replicas if not each.is_down]:
            with suppress(psutil.Error, ValueError):  # it has just been killed, and its log is closed
                sample = take_sample(self.passed, replica.address, replica.server.process, replica.log_bytes, latencies)
                self.samples.append(sample)
        if self.out:
            write_csv(self.samples, self.out)

    def _break_things(self) -> None:
        """Kill or stop workers, and replicas if there are several, every few minutes."""
        dice = random.Random(f"{self.seed} faults")
        every = min(180.0, max(20.0, self.seconds / 6))
        kinds = ["kill the worker", "stop the worker", *(["kill a replica"] if len(self.replicas) > 1 else [])]
        for kind in itertools.cycle(kinds):
            pause = every * dice.uniform(0.7, 1.3)
            if QUIET[0] * self.seconds < self.passed + pause < QUIET[1] * self.seconds:
                pause = QUIET[1] * self.seconds - self.passed
            if self.over.wait(pause) or self.passed > self.seconds - every / 2:
                return  # the end of a run shows the state after recovery
            replica = dice.choice(self.replicas)
            replica.last_fault = time.monotonic()
            try:
                self._break(kind, replica, dice)
            except (psutil.Error, AssertionError) as error:  # the worker was being replaced, or a start failed
                self.ledger.count(self.ledger.faults, f"{kind}: not done, {type(error).__name__}")
            else:
                self.ledger.count(self.ledger.faults, kind)

    def _break(self, kind: str, replica: Replica, dice: random.Random) -> None:
        if kind == "kill a replica":
            replica.restart(pause=dice.uniform(1, 10))
            replica.last_fault = time.monotonic()
            return
        worker = find_worker(replica.server.process)
        if worker is None:
            raise psutil.NoSuchProcess(0)
        if kind == "kill the worker":
            worker.kill()
            return
        worker.send_signal(signal.SIGSTOP)
        self.over.wait(60)  # the next question has the server replace it
        with suppress(psutil.Error):
            worker.send_signal(signal.SIGCONT)
        replica.last_fault = time.monotonic()


class Guest:
    """One visitor after another in the same seat: each stays for some minutes, and another one comes."""

    def __init__(self, soak: Soak, number: int) -> None:
        self.soak, self.ledger = soak, soak.ledger
        self.dice = random.Random(f"{soak.seed} {number}")
        self.replica = soak.replicas[number % len(soak.replicas)]
        self.lang = "en"
        self.visitor: Visitor | None = None
        self.asked = math.nan  # when the run began that is under way
        self.recent: deque[str] = deque(maxlen=5)  # the last acts, to find the cause of a loss

    def hang_up(self) -> None:
        """End a wait for the server from another thread."""
        if self.visitor is not None:
            with suppress(OSError, AttributeError):  # closed already, or never connected
                self.visitor.drop()

    def live(self) -> None:
        self.pause(self.dice.uniform(0, THINKING[1]))
        while not self.soak.over.is_set():
            began = time.monotonic()
            self.replica = self._one_of(self.soak.replicas)
            try:
                with Visitor(self.replica.address) as visitor:
                    self.visitor = visitor
                    self._visit(visitor)
            except _CONNECTION_ERRORS as error:
                if not self.soak.over.is_set():
                    self.ledger.add_error(f"connection: {_name(error)}", time.monotonic(), self.replica.last_fault)
                self.asked = math.nan
                self.pause(1)
            except Exception as error:  # a page without its widgets: an error of the product or of this script
                self.ledger.add_error(f"visit: {_name(error)}", began, NEVER)
                self.pause(1)

    def _one_of(self, replicas: list[Replica]) -> Replica:
        """Return the replica to which a proxy would send a visitor: any that is up."""
        return self.dice.choice([replica for replica in replicas if not replica.is_down] or replicas)

    def _another(self) -> Replica:
        others = [replica for replica in self.soak.replicas if replica is not self.replica]
        return self._one_of(others or self.soak.replicas)

    def pause(self, seconds: float) -> None:
        self.soak.over.wait(seconds)

    def think(self) -> bool:
        """Wait as long as a person does. Returns whether there is time for more."""
        self.pause(self.dice.uniform(*THINKING))
        return not self.soak.over.is_set()

    def _visit(self, visitor: Visitor) -> None:
        """Open a page with a new task, do some things there, leave."""
        self.lang = self.dice.choice(("en", "zh"))
        seed, shots = self.dice.randrange(1, 999_999), self.dice.choice(SHOTS)
        page = self.dice.choice(PAGES)
        self.chosen = {"seed": f"{seed}", "shots": f"{shots}"}
        self._run(f"open {page} {seed} {shots}", lambda: visitor.open(page, lang=self.lang, seed=seed, shots=shots))
        self.check(visitor, "after opening")
        acts: dict[str, tuple[int, Callable[[Visitor], None]]] = {
            "move the slider": (40, self._slide),
            "change the page": (24, self._change_page),
            "search": (8, self._search),
            "switch the language": (4, self._switch_language),
            "come back": (8, self._come_back),
            "train": (6, self._train),
            "upload": (2, self._upload),
            "send nonsense": (2, self._send_nonsense),
        }
        for _ in range(self.dice.randint(3, 20)):
            if not self.think():
                return
            [name] = self.dice.choices(list(acts), [weight for weight, _ in acts.values()])
            self.ledger.count(self.ledger.acts, name)
            acts[name][1](visitor)
        if self.dice.random() < 0.3:
            visitor.drop()  # and never come back

    def _run(self, name: str, act: Callable[[], Screen]) -> Screen:
        self.recent.append(name)
        self.asked = began = time.monotonic()
        screen = act()
        self.asked = math.nan
        self.ledger.add_run(screen, began, self.replica.last_fault)
        return screen

    def check(self, visitor: Visitor, when: str) -> None:
        """Compare the address with the visitor's choices."""
        address = visitor.address()
        lost = [name for name, value in self.chosen.items() if address.get(name) != value]
        for name in lost:
            self.lose(f"{name} {when}: {address.get(name)} for {self.chosen[name]}")
            self.chosen[name] = address.get(name, "")  # counted once
        if not lost:
            self.ledger.count(self.ledger.returns, f"seed and shots {when}")

    def lose(self, kind: str) -> None:
        self.ledger.count(self.ledger.losses, f"{kind} ({' > '.join(self.recent)})")

    def _slide(self, visitor: Visitor) -> None:
        if not any(slider.id.endswith(f"-{SLIDER}") for slider in visitor.screen.elements("slider")):
            page = self.dice.choice(tuple(SCENARIOS))
            self._run(f"page {page}", lambda: visitor.go_to(page))
        if not any(slider.id.endswith(f"-{SLIDER}") for slider in visitor.screen.elements("slider")):
            return  # the page shows an error instead, which is counted
        shots = self.dice.choice(SHOTS)
        self._run(f"slide {shots}", lambda: visitor.slide(SLIDER, shots))
        self.chosen["shots"] = f"{shots}"
        self.check(visitor, "after moving the slider")

    def _change_page(self, visitor: Visitor) -> None:
        page = self.dice.choice(PAGES)
        self._run(f"page {page}", lambda: visitor.go_to(page))
        self.check(visitor, "after changing the page")

    def _search(self, visitor: Visitor) -> None:
        page = self.dice.choice(tuple(SEARCHES))
        self._run(f"page {page}", lambda: visitor.go_to(page))
        word = self.dice.choice(("task", "loss", "任务", "x" * 2000, "MAML", ""))
        self._run("search", lambda: visitor.write(SEARCHES[page], word))

    def _switch_language(self, visitor: Visitor) -> None:
        self.lang = {"en": "zh", "zh": "en"}[self.lang]
        [switch] = [each for each in visitor.screen.elements("button_group") if each.id.endswith("_lang")]
        state = WidgetState(id=switch.id)
        state.string_array_value.data.append({"en": "English", "zh": "中文"}[self.lang])
        self._run("language", lambda: visitor.again(state))
        if visitor.address().get("lang") != self.lang:
            self.lose("the language after switching it")
        self.check(visitor, "after switching the language")

    def _come_back(self, visitor: Visitor) -> None:
        """Lose the connection without a word and return within the time that sessions are kept."""
        self._return(visitor)
        self.check(visitor, "after coming back")

    def _return(self, visitor: Visitor) -> bool:
        """Drop the connection, wait, connect again. Returns whether the server still had the session."""
        session, killed = visitor.session, self.replica.killed
        visitor.drop()
        self.pause(min(self.dice.expovariate(1 / 10), self.soak.ttl / 3))
        query = visitor.query
        try:
            self._run("come back", visitor.come_back)
        except _CONNECTION_ERRORS:
            if self.replica.killed == killed and len(self.soak.replicas) == 1:
                raise
            # A proxy sends the visitor to another replica, which has nothing but the address in the browser.
            self.replica = self._another()
            visitor._address = self.replica.address
            page = next((name for name, hash_ in visitor._hashes.items() if hash_ == visitor._page), "")
            self._run(
                "move", lambda: visitor.open(page, **dict(pair.split("=", 1) for pair in query.split("&") if pair))
            )
            self.ledger.count(self.ledger.returns, "moved to another replica")
            return False
        has_session = visitor.session == session
        if not has_session and self.replica.killed == killed:
            self.lose("a session within its TTL")
        return has_session

    def _train(self, visitor: Visitor) -> None:
        """Start a training, look at it, pause, perhaps return to it after a lost connection; then leave or cancel."""
        self._run("page train", lambda: visitor.go_to("train"))
        if not has_button(visitor, "start_training"):
            if has_button(visitor, "cancel_training"):  # that of an earlier turn
                self._run("cancel", lambda: visitor.press("cancel_training"))
            return
        self._run("start", lambda: visitor.press("start_training"))
        for _ in range(self.dice.randint(1, 6)):
            if not self.think():
                return
            self._run("look", visitor.again)
        if self.dice.random() < 0.2:
            return  # leave in the middle
        if not has_button(visitor, "pause_training"):  # a fault ended it, or it is done
            return
        self._run("pause", lambda: visitor.press("pause_training"))
        if self.dice.random() < 0.5 and self.think():
            self._run("page glossary", lambda: visitor.go_to("glossary"))
            kept = self._return(visitor)
            self._run("page train", lambda: visitor.go_to("train"))
            if kept and not has_button(visitor, "cancel_training"):  # there as long as a training is, finished or not
                self.lose("a paused training")
            elif kept:
                state = "is still there" if has_button(visitor, "resume_training") else "ended with its last chunk"
                self.ledger.count(self.ledger.returns, f"a paused training {state}")
        if has_button(visitor, "resume_training") and self.dice.random() < 0.5:
            self._run("resume", lambda: visitor.press("resume_training"))
            self.think()
            self._run("look", visitor.again)
        if has_button(visitor, "cancel_training") and self.dice.random() < 0.7:
            self._run("cancel", lambda: visitor.press("cancel_training"))

    def _upload(self, visitor: Visitor) -> None:
        path = f"/_stcore/upload_file/{visitor.session}/{self.dice.getrandbits(32):x}"
        request = urllib.request.Request(self.replica.address + path, data=bytes(60_000_000), method="PUT")
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                self.ledger.add_error(f"too large an upload accepted: {answer.status}", time.monotonic(), NEVER)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code != 413:
                self.ledger.add_error(f"upload answered: {error.code}", time.monotonic(), NEVER)

    def _send_nonsense(self, visitor: Visitor) -> None:
        """Send something that no browser sends, over a socket of its own."""
        rerun = BackMsg()
        rerun.rerun_script.query_string = "seed=1"
        unknown = BackMsg()
        unknown.rerun_script.widget_states.widgets.extend(
            WidgetState(id=f"$$ID-{number:032x}-unknown", string_value="x") for number in range(2000)
        )
        sent = self.dice.choice(
            (
                frame(b"hello", opcode=1),
                frame(bytes(range(256))),
                frame(rerun.SerializeToString()[:-1]),
                frame(bytes(100_000), length=19 * 2**20),
                frame(bytes(3 * 2**20)),
                frame(b"x", final=False) + frame(b"", opcode=0, final=False) * 200,
                frame(unknown.SerializeToString()),
                frame(BackMsg(clear_cache=True).SerializeToString()),
                frame(BackMsg(debug_shutdown_runtime=True).SerializeToString()),
            )
        )
        with raw_socket(self.replica.port) as raw:
            raw.settimeout(5)
            flood(raw, sent)
            with suppress(OSError):
                raw.recv(2**16)


def has_button(visitor: Visitor, key: str) -> bool:
    return any(button.id.endswith(f"-{key}") for button in visitor.screen.elements("button"))


def _name(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]


# -- the report -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verdict:
    """Whether one series of one server grew."""

    server: str
    series: str
    start: float
    warm: float
    end: float
    growth: float  # over the part after the warm-up, by the linear fit
    tolerance: float
    judged: bool  # whether there were samples enough
    reason: str

    @property
    def ok(self) -> bool:
        return self.judged and self.growth <= self.tolerance


def judge(samples: Iterable[Sample], seconds: float, visitors: int = 1) -> list[Verdict]:
    """Fit a line to each series after the warm-up, and compare its growth with the tolerance.

    The series of a process are judged over the longest life of one such process, without a warm-up of its own: one that
    was started again is small, and would hide the growth of the one before. A worker is replaced whenever training has
    made it large, which under this load is every quarter of an hour. If none lives long enough, the highest value in
    each tenth of the run is judged: whether workers become larger, one after the other, before they are replaced.
    """
    verdicts = []
    for server, own in itertools.groupby(sorted(samples, key=lambda s: (s.server, s.seconds)), lambda s: s.server):
        rows = list(own)
        for series in (*TOLERANCES, "log_kb"):
            points = [(row.seconds, getattr(row, series)) for row in rows if not math.isnan(getattr(row, series))]
            if not points:
                continue
            late = [point for point in points if point[0] >= seconds * WARM_UP]
            process = series.partition("_")[0]
            if process in ("web", "worker"):
                life = _longest_life(rows, process, seconds * WARM_UP / 2)
                late = [(row.seconds, getattr(row, series)) for row in life]
                if process == "worker" and len(late) < FEWEST:
                    late = _peaks(points, seconds)
            slope = _slope(late)
            span = late[-1][0] - late[0][0] if late else 0.0
            if series == "log_kb":
                tolerance = max(LOG_KB_PER_MINUTE * span / 60, LOG_KB_PER_MINUTE)
                reason = f"{LOG_KB_PER_MINUTE:g} kB a minute: faults and malformed messages are logged"
            else:
                floor, share, reason = TOLERANCES[series]
                if series in ("sessions", "jobs_waiting"):
                    floor = max(floor, visitors)
                tolerance = max(floor, share * statistics.median(value for _, value in late or points))
            ends = [value for _, value in points]
            warm = late[0][1] if late else ends[-1]
            is_judged = len(late) >= FEWEST
            verdicts.append(
                Verdict(server, series, ends[0], warm, ends[-1], slope * span, tolerance, is_judged, reason)
            )
    return verdicts


def _longest_life(rows: list[Sample], process: str, warm_up: float) -> list[Sample]:
    """Return the samples of the process seen longest, from `warm_up` seconds after it was first seen.

    A web process without a visitor has just begun or lost them to another replica: with visitors, it begins anew.
    """
    lives: dict[tuple[float, int], list[Sample]] = {}
    stretch = 0
    for row in rows:
        if process == "web" and row.sessions == 0:
            stretch += 1
        elif not math.isnan(getattr(row, f"{process}_rss_mb")):
            lives.setdefault((getattr(row, process), stretch), []).append(row)
    if not lives:
        return []
    longest = max(lives.values(), key=lambda life: life[-1].seconds - life[0].seconds)
    return [row for row in longest if row.seconds - longest[0].seconds >= warm_up]


def _peaks(points: list[tuple[float, float]], seconds: float) -> list[tuple[float, float]]:
    """Return the highest point of each tenth of the run after the warm-up."""
    highest: dict[int, tuple[float, float]] = {}
    for point in points:
        tenth = int(10 * point[0] / seconds)
        if WARM_UP <= tenth / 10 < 1 and point[1] >= highest.get(tenth, (0.0, NEVER))[1]:
            highest[tenth] = point
    return list(highest.values())


def _slope(points: list[tuple[float, float]]) -> float:
    if len({time for time, _ in points}) < 2:
        return 0.0
    times, values = zip(*points, strict=True)
    return statistics.linear_regression(times, values).slope


def report(soak: Soak) -> tuple[str, bool]:
    """Return the report, and whether nothing grew, nothing was lost and nobody saw an unexplained error."""
    ledger, verdicts = (
        soak.ledger,
        judge([each for each in soak.samples if each.seconds <= soak.ended], soak.ended, soak.visitors),
    )
    latencies = [seconds for _, seconds in list(ledger.latencies)] + soak.unfinished
    busy = (time.process_time() - soak.cpu_began) / soak.passed  # of this process, the samples included
    lines = [
        f"soak: {soak.ended / 60:.1f} min, seed {soak.seed}, {soak.visitors} visitors, {len(soak.replicas)} "
        f"server(s), session TTL {soak.ttl:.0f} s, {len(soak.samples)} samples; the visitors took {busy:.0%} of "
        f"a core; {machine_load()}",
        f"runs: {len(latencies)}, latency p50 {percentile(latencies, 50):.3f} s, p95 "
        f"{percentile(latencies, 95):.3f} s, worst {max(latencies, default=math.nan):.3f} s; "
        f"{len(soak.unfinished)} unfinished at the end, counted with their wait so far",
        "",
        f"{'server':>6} {'series':<20}{'start':>10}{'warm':>10}{'end':>10}{'growth':>10}{'allowed':>10}  verdict",
    ]
    for each in verdicts:
        verdict = ("ok" if each.ok else "GROWS") if each.judged else "too few samples"
        figures = "".join(f"{value:>10.1f}" for value in (each.start, each.warm, each.end, each.growth, each.tolerance))
        lines.append(f"{each.server:>6} {each.series:<20}{figures}  {verdict} ({each.reason})")
    lines += [
        f"{row.server:>6} at the end: ready {row.ready:.0f}, jobs answered {row.jobs_answered:.0f}, failed "
        f"{row.jobs_failed:.0f}, refused {row.jobs_refused:.0f}, left {row.jobs_left:.0f}, workers replaced "
        f"{row.workers_replaced:.0f}"
        for row in _last_rows(soak.samples)
    ]
    for title, counter in (
        ("acts", ledger.acts),
        ("faults", ledger.faults),
        ("checks that held", ledger.returns),
        ("errors that a fault explains", ledger.fault_errors),
        ("ERRORS", ledger.errors),
        ("LOST", ledger.losses),
    ):
        lines += ["", f"{title}: {sum(counter.values())}"]
        lines += [f"  {count:>7}  {kind}" for kind, count in counter.most_common()]
    grows = [f"{each.server} {each.series}" for each in verdicts if each.judged and not each.ok]
    unjudged = [f"{each.server} {each.series}" for each in verdicts if not each.judged]
    most_explained = soak.visitors * sum(ledger.faults.values())  # each visitor may see each fault once
    is_explained = sum(ledger.fault_errors.values()) <= most_explained
    is_served = bool(latencies) and all(row.ready for row in _last_rows(soak.samples))
    is_well = (
        all(each.ok for each in verdicts) and not ledger.errors and not ledger.losses and is_explained and is_served
    )
    lines += [
        "",
        f"nothing grows: {'yes' if not grows + unjudged else 'NO: ' + ', '.join(grows) if grows else 'NOT JUDGED'}",
        *([f"not judged, for want of samples: {', '.join(unjudged)}"] if unjudged else []),
        f"nothing is lost: {'yes' if not ledger.losses else 'NO'}",
        f"no unexplained errors: {'yes' if not ledger.errors else 'NO'}",
        f"no more explained errors than faults x visitors ({most_explained}): {'yes' if is_explained else 'NO'}",
        f"served to the end: {'yes' if is_served else 'NO'}",
    ]
    return "\n".join(lines), is_well


def _last_rows(samples: list[Sample]) -> list[Sample]:
    return list({sample.server: sample for sample in samples}.values())


def write_csv(samples: Iterable[Sample], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(astuple(sample) for sample in samples)


def soak_for(
    seconds: float, seed: int = 1, visitors: int = 16, replicas: int = 1, out: Path | None = None, folder: Path = ROOT
) -> tuple[str, bool]:
    """Start the servers, let the visitors live there, and return the report and whether all is well."""
    ttl = max(5.0, min(SESSION_TTL, seconds * WARM_UP / 2))  # a steady state begins when kept sessions expire
    settings = {"STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": f"{ttl:.0f}"}
    with ExitStack() as leaving:
        started: list[Replica] = []
        for _ in range(replicas):
            replica = Replica(settings, folder)
            leaving.callback(lambda replica=replica: replica.server.close())  # the one that runs then
            started.append(replica)
        soak = Soak(seconds, seed, visitors, started, ttl=ttl, out=out)
        soak.run()
        return report(soak)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, required=True, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="of the visitors' choices (default: 1)")
    parser.add_argument("--visitors", type=int, default=16, metavar="M", help="at a time (default: 16)")
    parser.add_argument("--replicas", action="store_true", help="run two servers, and kill one now and then")
    parser.add_argument("--out", type=Path, metavar="FILE.csv", help="write all samples to a file")
    options = parser.parse_args(arguments)
    if not 0 < options.minutes <= 24 * 60 or not 1 <= options.visitors <= 200:
        parser.error("--minutes must be above 0 and at most 1440, --visitors from 1 to 200")
    text, is_well = soak_for(
        options.minutes * 60, options.seed, options.visitors, 2 if options.replicas else 1, options.out
    )
    print(text)
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
