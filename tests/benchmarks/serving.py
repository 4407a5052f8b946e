"""How this dashboard serves a class: `python -m tests.benchmarks.serving [--quick] [--json FILE]`.

Real servers, driven over their WebSocket as browsers drive them, by a crowd in a process of its own. Beside ours, in
the same run, a page with one slider: with Streamlit's default settings ("bare"), and with ours ("bare-tuned"). Times
depend on the machine and on who else uses it: the ratios of one run count.
"""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:  # where this file is run by its name
    sys.path.insert(0, str(ROOT))

from scenarios.catalog import SCENARIOS  # noqa: E402
from tests.benchmarks.crowd import Account, Crowd, send  # noqa: E402
from tests.benchmarks.page_weight import weight  # noqa: E402
from tests.benchmarks.serving_report import Found, Load, Page, goals, report  # noqa: E402
from tests.live_server import OURS, LiveServer, streamlit  # noqa: E402
from tests.visitor import Visitor  # noqa: E402

BARE = 'import streamlit as st\n\nst.slider("labels", 1, 50, 5, key="choose_shots")\n'
HOME = ""
A_CLASS = 30  # who pause between clicks, as people do, beside the largest crowd that does
BETWEEN_LOOKS = 0.25  # seconds, at the memory of the processes


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    seconds: float = 12.0  # for which a crowd goes on
    workshop: float = 60.0
    sessions: tuple[int, ...] = (1, 20, 50, 100)
    cold: int = 3  # fresh processes for each first paint that a goal is about
    visits: int = 1000


QUICK = Plan(seconds=5.0, workshop=20.0, sessions=(1, 50, 100), cold=1, visits=200)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.serving", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter, fewer sessions")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was found there")
    parser.add_argument("--scenario", choices=SCENARIOS, default=next(iter(SCENARIOS)), help="whose slider is moved")
    options = parser.parse_args()
    found = measure(QUICK if options.quick else Plan(), options.scenario)
    print(report(found))
    if options.json:
        options.json.write_text(json.dumps(_plain(found), indent=1) + "\n", encoding="utf-8")


def measure(plan: Plan, scenario: str) -> Found:
    found = Found()
    bare_cold = {}
    for name, tuned in (("bare", False), ("bare-tuned", True)):
        with _bare_folder(tuned=tuned) as folder:
            bare_cold[name] = statistics.median(_cold_paint(HOME, "bare.py", folder) for _ in range(plan.cold))
            with _server("bare.py", folder) as server:
                found.pages.append(_page(server, HOME, bare_cold[name], name))
                for sessions in plan.sessions:
                    found.loads.append(
                        _load(name, server, Crowd(server.address, sessions, "slide", (HOME,), plan.seconds))
                    )
    cold = {page: _cold_paint(page) for page in SCENARIOS}
    cold[HOME] = statistics.median(_cold_paint(HOME) for _ in range(plan.cold))
    with _server() as server:
        found.pages += [_page(server, page, cold[page], page or "home") for page in (HOME, *SCENARIOS)]
        found.memory["all pages seen"] = _memory(server)
        first = 0
        for sessions in plan.sessions:
            crowd = Crowd(server.address, sessions, "slide", (scenario,), plan.seconds, first=first)
            found.loads.append(_load("ours, fresh tasks", server, crowd))
            first += sessions
        for sessions in plan.sessions:
            crowd = Crowd(server.address, sessions, "slide", (scenario,), plan.seconds, fresh=False)
            found.loads.append(_load("ours, preset", server, crowd))
        found.memory["after the sliders"] = _memory(server)
        for sessions in (A_CLASS, plan.sessions[-1]):
            workshop = Crowd(server.address, sessions, "attend", tuple(SCENARIOS), plan.workshop, first=first)
            found.loads.append(_load("ours, workshop", server, workshop))
            first += sessions
        found.memory["after the workshop"] = _memory(server)
    with _server() as server:
        with Visitor(server.address) as visitor:
            for page in SCENARIOS:  # a task that nobody made beforehand: what is loaded and compiled once is no growth
                visitor.open(page, seed=999)
        _first_paint(server, HOME)
        found.memory["before the visits"] = _memory(server)
        pages = (HOME, *SCENARIOS)
        visits = Crowd(server.address, 10, "come and go", pages, fresh=False, visits=plan.visits)
        found.loads.append(replace(_load("ours, come and go", server, visits), sessions=plan.visits))
        found.memory[f"after {plan.visits} visits"] = _memory(server)
    found.goals = goals(found, plan.sessions[-1], plan.visits)
    return found


@contextmanager
def _bare_folder(*, tuned: bool) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "bare.py").write_text(BARE, encoding="utf-8")
        if tuned:
            shutil.copytree(ROOT / ".streamlit", Path(folder, ".streamlit"))
        yield Path(folder)


@contextmanager
def _server(script: str = "", folder: Path = ROOT) -> Iterator[LiveServer]:
    """Somebody's script as Streamlit serves it, or ours as its own entry does."""
    server = LiveServer(folder, streamlit(script) if script else OURS)
    try:
        yield server
    finally:
        server.close()


def _cold_paint(page: str, script: str = "", folder: Path = ROOT) -> float:
    """Seconds to the first page that a fresh process shows."""
    with _server(script, folder) as server:
        return _first_paint(server, page)


def _first_paint(server: LiveServer, page: str) -> float:
    """Seconds from connecting to the last message of the first run."""
    with Visitor(server.address) as visitor:
        began = time.perf_counter()
        screen = visitor.open(page)
        seconds = time.perf_counter() - began
        assert not screen.errors() + screen.crashes(), screen.errors() + screen.crashes()
    return seconds


def _page(server: LiveServer, page: str, cold: float, name: str) -> Page:
    _first_paint(server, page)
    warm = statistics.median(_first_paint(server, page) for _ in range(3))
    with Visitor(server.address) as visitor:
        opened = visitor.open(page)
        rerun = None
        if opened.elements("slider"):
            rerun = statistics.mean(visitor.slide("choose_shots", shots).bytes for shots in (10, 2, 20)) / 1000
    files = weight(server.address, opened)
    largest = {file: size / 1000 for file, size in sorted(files.items(), key=lambda pair: -pair[1])[:5]}
    _say(f"{name}: cold {cold:.2f} s, warm {warm:.2f} s")
    return Page(name, cold, warm, opened.bytes / 1000, sum(files.values()) / 1000, len(files), rerun, largest)


class _Watch:
    """Looks at the processes of a server again and again, until it is stopped."""

    def __init__(self, server: LiveServer) -> None:
        self._server, self._stop = server, threading.Event()
        self.most = [0, 0]
        self._cpu = self._spent()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> tuple[float, float]:
        """Returns the seconds of CPU that the web process and the computing ones spent meanwhile."""
        self._stop.set()
        self._thread.join()
        web, worker = (now - before for now, before in zip(self._spent(), self._cpu, strict=True))
        return web, worker

    def _look(self) -> None:
        while not self._stop.wait(BETWEEN_LOOKS):
            self.most = [max(pair) for pair in zip(self.most, _memory(self._server), strict=True)]

    def _spent(self) -> tuple[float, float]:
        times = self._server.process.cpu_times()
        return times.user + times.system, sum(sum(worker.cpu_times()[:2]) for worker in self._server.computing())


def _load(name: str, server: LiveServer, crowd: Crowd) -> Load:
    watch = _Watch(server)
    account = send(crowd)
    spent = watch.stop()
    load = _summed_up(name, crowd, account, spent, watch.most)
    _say(
        f"{name}, {crowd.sessions} sessions: {load.per_second:.1f} a second, p95 {load.p95:.2f} s, {load.errors} errors"
    )
    return load


def _summed_up(name: str, crowd: Crowd, account: Account, spent: tuple[float, float], memory: list[int]) -> Load:
    runs = account.during()
    arrived = [run.seconds for run in account.runs if run.what in ("arrive", "visit")]
    kinds = sorted({run.what for run in runs})
    by_deed = {
        kind: (len(account.during(kind)), *_percentiles([r.seconds for r in account.during(kind)])) for kind in kinds
    }
    p50, p95 = _percentiles([run.seconds for run in runs])
    return Load(
        server=name,
        sessions=crowd.sessions,
        per_second=account.per_second,
        p50=p50,
        p95=p95,
        kilobytes=statistics.mean(run.bytes for run in runs) / 1000,
        errors=len(account.troubles),
        arrived_p95=_percentiles(arrived)[1],
        web_cpu=1000 * spent[0] / len(account.runs),
        worker_cpu=1000 * spent[1] / len(account.runs),
        web_memory=memory[0],
        worker_memory=memory[1],
        client_share=account.cpu_share,
        error=next(iter(account.troubles), ""),
        by_deed=by_deed,
    )


def _percentiles(seconds: list[float]) -> tuple[float, float]:
    """The median, and what nineteen in twenty stay below."""
    if len(seconds) < 2:
        return (seconds or [0.0])[0], (seconds or [0.0])[0]
    return statistics.median(seconds), statistics.quantiles(seconds, n=20, method="inclusive")[-1]


def _memory(server: LiveServer) -> tuple[int, int]:
    """MB resident, of the web process and of the computing ones."""
    sizes = [server.process.memory_info().rss, sum(_rss(worker) for worker in server.computing())]
    return round(sizes[0] / 2**20), round(sizes[1] / 2**20)


def _rss(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def _plain(found: Found) -> dict[str, object]:
    goals = [asdict(goal) | {"verdict": goal.verdict} for goal in found.goals]
    return asdict(found) | {"goals": goals}


def _say(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
