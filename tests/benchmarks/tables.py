"""A hundred visitors with a table each while thirty train: `python -m tests.benchmarks.tables [--seconds N]`.

A real server; every table is uploaded as a browser does it, and compared; every training is looked at. Beside them,
others click through the pages: before the tables come, while they are compared, and after all have left. Times depend
on the machine and on who else uses it: the ratio to the run without tables counts. The exit code is 0 if nobody saw an
error, the others' pages took less than a second or not much longer than without tables, and memory stayed bounded.
"""

import argparse
import csv
import io
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from scenarios.catalog import SCENARIOS
from tests.benchmarks.crowd import Account, Crowd, send
from tests.benchmarks.process_samples import is_ready, machine_load
from tests.benchmarks.serving import _memory, _percentiles, _Watch
from tests.live_server import OURS, LiveServer, wait_until

OTHERS = 20  # who have no table
GOAL, RATIO = 1.0, 3.0  # seconds of the others' pages (95%), and times the run without tables
WEB_MB, WORKER_MB = 1500, 2500  # at most
_SETTINGS = {"QUICK_STUDY_SOCKETS_PER_CLIENT": "1000"}  # all come from one address


@dataclass(frozen=True)
class Outcome:
    """What was found. Memory in MB: web process and worker, at most; times in seconds."""

    others: dict[str, Account]  # before, during, after
    guests: dict[str, Account]  # with a table, training
    most: list[int]
    at_rest: dict[str, tuple[int, int]]  # before and after
    is_ready: bool

    @property
    def p95(self) -> dict[str, float]:
        return {when: _percentiles([run.seconds for run in each.during()])[1] for when, each in self.others.items()}

    @property
    def is_well(self) -> bool:
        """Whether the server stood it."""
        p95, errors = self.p95, [t for each in (*self.others.values(), *self.guests.values()) for t in each.troubles]
        is_quick = p95["during"] < max(GOAL, RATIO * p95["before"])
        return not errors and is_quick and self.most[0] < WEB_MB and self.most[1] < WORKER_MB and self.is_ready

    def report(self) -> str:
        lines = [machine_load(), f"{'who':28} {'deeds':>7} {'p50':>7} {'p95':>7} {'worst':>7} {'errors':>7}"]
        for who, account in ((f"others {when}", each) for when, each in self.others.items()):
            lines.append(_line(who, account, account.during()))
        for who, account in self.guests.items():
            lines += [
                _line(f"{who}: {deed}", account, [run for run in account.runs if run.what == deed])
                for deed in dict.fromkeys(run.what for run in account.runs)
            ]
        for who, account in {**self.others, **self.guests}.items():
            lines += [f"an error ({who}): {account.troubles[0]}"] if account.troubles else []
        p95 = self.p95
        lines += [
            f"memory at most: web process {self.most[0]} MB, worker {self.most[1]} MB",
            *(
                f"memory {when}: web process {web} MB, worker {worker} MB"
                for when, (web, worker) in self.at_rest.items()
            ),
            f"others' pages, 95%: {p95['during']:.2f} s, {p95['during'] / p95['before']:.1f} times that without tables",
            f"ready at the end: {'yes' if self.is_ready else 'NO'}",
            f"the server stood it: {'yes' if self.is_well else 'NO'}",
        ]
        return "\n".join(lines)


def _line(who: str, account: Account, runs: list) -> str:  # type: ignore[type-arg]
    seconds = [run.seconds for run in runs]
    p50, p95 = _percentiles(seconds)
    errors = sum(bool(run.trouble) for run in runs)
    return f"{who:28} {len(runs):7} {p50:7.2f} {p95:7.2f} {max(seconds, default=0.0):7.2f} {errors:7}"


def made_up(megabytes: float, tasks: int = 40, columns: int = 20) -> bytes:
    """Return a CSV file of about that size."""
    dice, file = random.Random(1), io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["site", "label", *(f"value {place}" for place in range(columns))])
    while file.tell() < 1e6 * megabytes:
        x = [round(dice.gauss(0, 1), 2) for _ in range(columns)]
        task = dice.randrange(tasks)
        writer.writerow([f"site {task}", "yes" if x[task % 3] + x[3] + dice.gauss(0, 1) > 0 else "no", *x])
    return file.getvalue().encode()


def measure(seconds: float, visitors: int, training: int, megabytes: float) -> Outcome:
    server = LiveServer(command=OURS, settings=_SETTINGS)
    try:
        wait_until(lambda: is_ready(server.address), "the worker does not start")
        others = Crowd(server.address, OTHERS, "attend", tuple(SCENARIOS), seconds / 2, fresh=False)
        stay = Crowd(server.address, visitors, "stay", ("own",), 1.5 * seconds, table=made_up(megabytes))
        found, at_rest = {"before": send(others)}, {"before": _memory(server)}
        watch = _Watch(server)
        with ThreadPoolExecutor() as apart:
            guests = {
                "table": apart.submit(send, stay),
                "training": apart.submit(send, replace(stay, sessions=training, pages=("train",), table=b"")),
            }
            time.sleep(seconds / 4)  # until many have brought theirs
            found["during"] = send(replace(others, seconds=seconds))
            accounts = {who: each.result() for who, each in guests.items()}
        watch.stop()
        found["after"] = send(others)
        at_rest["after"] = _memory(server)
        return Outcome(found, accounts, watch.most, at_rest, is_ready(server.address))
    finally:
        server.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.tables", description=__doc__)
    parser.add_argument(
        "--seconds", type=float, default=120.0, help="for which others are watched (default: %(default)g)"
    )
    parser.add_argument("--visitors", type=int, default=100, help="with a table each (default: %(default)s)")
    parser.add_argument("--training", type=int, default=30, help="who train (default: %(default)s)")
    parser.add_argument("--mb", type=float, default=1.0, help="size of a table (default: %(default)g)")
    options = parser.parse_args()
    outcome = measure(options.seconds, options.visitors, options.training, options.mb)
    print(outcome.report())
    return 0 if outcome.is_well else 1


if __name__ == "__main__":
    sys.exit(main())
