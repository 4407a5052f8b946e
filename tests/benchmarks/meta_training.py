"""Time one meta-training step, ours and others': `python -m tests.benchmarks.meta_training`.

The classic sine set-up: a network 1-40-40-1, 25 tasks a step, 10 points to learn from and 10 to be judged by, one inner
step, second derivatives included. Ours is the product's own compiled loop. Beside it, in the same run: JAX (`jit` and
`scan`), PyTorch with all tasks at once (`torch.func.vmap`), and PyTorch task by task. The data are drawn in the loop,
by everybody as ours does it: each step picks its tasks from the same pool.

Before anything is timed, all show that they learn the same thing: the same weights from the same batches, and the same
loss on fresh tasks when each picks its own. Each has a process of its own, and they take turns, so that whatever else
the machine does is borne by all alike. Medians over the turns are compared.
"""

import argparse
import json
import os
import random
import statistics
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:  # where this file is run by its name
    sys.path.insert(0, str(ROOT))

from scenarios.task import Array  # noqa: E402
from tests.benchmarks.contenders.problem import Problem, multiply_adds  # noqa: E402
from tests.benchmarks.contenders.process import Process  # noqa: E402


@dataclass(frozen=True)
class Entry:
    """One implementation that takes part."""

    package: str  # that it needs
    module: str  # in tests.benchmarks.contenders
    kind: str  # class in there
    turn: int  # steps between two readings of the clock


OURS = "ours"
ENTRIES = {
    OURS: Entry("tensorflow", "ours", "Contender", 250),
    "JAX, jit + scan": Entry("jax", "in_jax", "Contender", 250),
    "PyTorch, vmap": Entry("torch", "in_torch", "AllAtOnce", 50),
    "PyTorch, task by task": Entry("torch", "in_torch", "TaskByTask", 10),
}
CLASSIC = {"tasks": 25, "shots": 10, "inner_steps": 1, "width": 40}
LARGER = (2, 4)  # times as many tasks, shots, inner steps or neurons

SAME_BATCHES = 10  # steps on given batches
WEIGHTS_APART = 1e-4  # at most, after them
OWN_BATCHES = 300  # steps on batches that each picks
LOSS_APART = 0.1  # at most after them, of ours: other batches lead elsewhere
FRESH_TASKS = 2000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.meta_training", description=__doc__)
    parser.add_argument("--turns", type=int, default=15, metavar="N", help="of each, in the comparison (default 15)")
    parser.add_argument("--no-growth", action="store_true", help="leave out how cost grows")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # the processes inherit it

    with ExitStack() as stack:
        here = {name: entry for name, entry in ENTRIES.items() if find_spec(entry.package)}
        for name in [name for name in ENTRIES if name not in here]:
            print(
                f"{name}: left out, since {ENTRIES[name].package} is not installed."
                " It comes with `python -m pip install -e .[benchmark]`.",
                file=sys.stderr,
            )
        running = {name: stack.enter_context(Process(entry.module, entry.kind)) for name, entry in here.items()}
        agreement = check(running)
        steps = measure(running, running[OURS].ask("classic_sine", **CLASSIC), options.turns)
        found = {"agreement": agreement, "step": steps, "growth": [] if options.no_growth else growth(running)}
    if options.json:
        print(json.dumps(found, indent=2))
    else:
        show(found)


def check(running: Mapping[str, Process], own: int = OWN_BATCHES) -> dict[str, object]:
    """Let all learn from the same start, and raise AssertionError unless they learn the same thing.

    Ours goes first in its own loop, and the others are given the batches that it picked.
    """
    problem: Problem = running[OURS].ask("classic_sine", **CLASSIC)
    picks = running[OURS].ask("picks", problem, SAME_BATCHES)
    for process in running.values():
        process.open(problem)
    expected, _ = running[OURS].train(SAME_BATCHES)
    apart = {name: _apart(process.follow(picks), expected) for name, process in running.items() if name != OURS}
    learned = _apart(problem.start, expected)
    assert learned > 10 * WEIGHTS_APART, "ours has not learned anything"
    for name, distance in apart.items():
        assert distance < WEIGHTS_APART, f"{name}: from the same batches, a weight is {distance:.1e} from ours"

    fresh = running[OURS].ask("fresh", problem, FRESH_TASKS)
    losses = {"before": running[OURS].ask("loss", fresh, problem.start)}
    losses |= {name: running[OURS].ask("loss", fresh, process.train(own)[0]) for name, process in running.items()}
    assert losses[OURS] < (1 - 2 * LOSS_APART) * losses["before"], f"ours has not learned anything: {losses}"
    for name in running:
        distance = abs(losses[name] / losses[OURS] - 1)
        assert distance < LOSS_APART, (
            f"{name}: the loss after {own} steps is {losses[name]:.3f}, ours {losses[OURS]:.3f}"
        )
    return {"same_batches": SAME_BATCHES, "learned": learned, "apart": apart, "own_batches": own, "losses": losses}


def _apart(weights: tuple[Array, ...], others: tuple[Array, ...]) -> float:
    """The largest difference of any weight."""
    return max(float(np.abs(one - other).max()) for one, other in zip(weights, others, strict=True))


def measure(
    running: Mapping[str, Process], problem: Problem, turns: int, share: float = 1
) -> dict[str, dict[str, float]]:
    """Milliseconds of one step, when all take turns of their usual number of steps or a `share` of it."""
    taken: dict[str, list[float]] = {name: [] for name in running}
    steps = {name: max(1, round(share * ENTRIES[name].turn)) for name in running}
    for name, process in running.items():
        process.open(problem)
        process.train(steps[name])  # compiles, and warms up
    for turn in range(turns):
        for name in random.Random(turn).sample(list(running), len(running)):  # so that the order changes
            taken[name].append(running[name].train(steps[name])[1])
    ours = statistics.median(taken[OURS])
    gigaflop = 2 * multiply_adds(problem) / 1e9
    return {
        name: {
            "median_ms": statistics.median(times),
            "lowest_ms": min(times),
            "times_ours": statistics.median(times) / ours,
            "gigaflop_per_second": 1000 * gigaflop / statistics.median(times),
        }
        for name, times in taken.items()
    }


def growth(running: Mapping[str, Process], turns: int = 5) -> list[dict[str, object]]:
    """The time of a step when one of its sizes grows, next to its arithmetic."""
    sizes = [("classic", 1, CLASSIC)]
    sizes += [(what, times, CLASSIC | {what: times * CLASSIC[what]}) for what in CLASSIC for times in LARGER]
    rows: list[dict[str, object]] = []
    for what, times, size in sizes:
        problem: Problem = running[OURS].ask("classic_sine", **size)
        steps = measure(running, problem, turns, share=0.2)
        rows.append({"what": what, "times": times, "multiply_adds": multiply_adds(problem), "step": steps})
    return rows


def show(found: Mapping[str, Any]) -> None:
    """Print the results: the agreement, the time of one step for each, and its growth."""
    agreement, steps = found["agreement"], found["step"]
    apart = ", ".join(f"{name} {distance:.0e}" for name, distance in agreement["apart"].items())
    print(f"The same {agreement['same_batches']} batches move weights by up to {agreement['learned']:.3f}.")
    print(f"  Apart from ours at most: {apart or 'nobody else is here'}")
    losses = ", ".join(f"{name} {loss:.3f}" for name, loss in agreement["losses"].items())
    print(f"Mean squared error on {FRESH_TASKS} fresh tasks after {agreement['own_batches']} steps on own batches:")
    print(f"  {losses}")

    print(f"\n{'one step':24}{'median ms':>11}{'lowest ms':>11}{'times ours':>12}{'GFLOP/s':>9}")
    for name, step in steps.items():
        print(
            f"{name:24}{step['median_ms']:11.3f}{step['lowest_ms']:11.3f}"
            f"{step['times_ours']:12.2f}{step['gigaflop_per_second']:9.1f}"
        )
    if found["growth"]:
        print(f"\n{'ms per step, GFLOP/s':22}{'multiply-adds':>15}" + "".join(f"{name:>23}" for name in steps))
    for row in found["growth"]:
        size = row["what"] if row["times"] == 1 else f"{row['times']} x {row['what'].replace('_', ' ')}"
        cells = (f"{s['median_ms']:15.2f}{s['gigaflop_per_second']:8.1f}" for s in row["step"].values())
        print(f"{size:22}{row['multiply_adds'] / 1e6:13.2f} M" + "".join(cells))


if __name__ == "__main__":
    main()
