"""Compare methods on tables whose answer is known from elsewhere: `python -m tests.benchmarks.own_tables TABLE TASKS`.

TABLE is `medical` or `sine`, sampled from a scenario, whose answer `evaluate --other-tasks` or `plan` tells, or
`digits`: pairs of digits, no image in two of them. Minutes to an hour; measurements are kept in .study.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd

from scenarios.catalog import scenario_named
from scenarios.command_line import own_report
from scenarios.own_tasks import experiment
from scenarios.own_tasks.source import of_frame
from scenarios.publication import executors
from tests.own_tasks.tables import digit_pairs, in_this_process

SCENARIOS = {"medical": "medical_diagnosis", "sine": "sine"}


def sampled(name: str, tasks: int, each: int, seed: int) -> pd.DataFrame:
    """Return tasks of a scenario as a table, with `each` labelled rows of each class, or in all."""
    scenario, rng = scenario_named(SCENARIOS[name]), np.random.default_rng([77, seed])
    drawn = scenario.sample_tasks(rng, tasks).support(rng, each)
    columns = [feature.name for feature in scenario.features]
    frame = pd.DataFrame(drawn.x.reshape(-1, drawn.x.shape[-1]), columns=columns)
    return frame.assign(site=np.repeat(np.arange(tasks), drawn.y.shape[1]), label=drawn.y.ravel())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("table", choices=(*SCENARIOS, "digits"))
    parser.add_argument("tasks", type=int)
    parser.add_argument("--each", type=int, default=30, help="rows of each class in a task (default: %(default)s)")
    parser.add_argument("--learners", nargs="*", default=())
    parser.add_argument("--shots", nargs="*", type=int, default=())
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, help="processes (default: none, all in this one)")
    parser.add_argument("--quick", action="store_true", help="do not learn from fewer tasks, too")
    options = parser.parse_args()
    if options.table == "digits":
        frame = digit_pairs(options.tasks, options.each, options.seed)
    else:
        frame = sampled(options.table, options.tasks, options.each, options.seed)
    table = of_frame(frame, task="site", label="label")
    asked = experiment.plan(
        table, shots=options.shots, methods=options.learners, seed=options.seed, fewer_tasks=not options.quick
    )
    print(own_report.heading(table, asked), flush=True)
    began, shown = time.perf_counter(), set[str]()
    where = executors.processes(options.workers) if options.workers else in_this_process()
    with where as executor:
        for found in experiment.run(table, asked, executor, Path(".study"), lambda *_: None):
            for name in found.methods:
                if name not in shown:
                    shown.add(name)
                    seconds = time.perf_counter() - began
                    print(f"{seconds:6.0f} s  {own_report.line(found, name)}", flush=True)
    for name, each in found.methods.items():
        for entry in each.by_tasks or ():
            ahead = entry.ahead_of_simple
            print(
                f"{name:24} from {entry.training_tasks:5} tasks {entry.score.mean:.4f}, ahead of simple methods "
                f"by {ahead.mean:+.4f} [{ahead.low:+.4f}, {ahead.high:+.4f}]"
            )
    print(own_report.advice_of(found))
    for text in (found.advice.answer, *found.advice.reasons, *found.advice.more):
        print(text.zh)


if __name__ == "__main__":
    main()
