"""How many tasks of 100 examples each scenario draws in a second, in units. `python -m tests.benchmarks.sampling`"""

import time

import numpy as np

from scenarios.catalog import SCENARIOS

TASKS, EXAMPLES, REPEATS = 5000, 100, 5


def main() -> None:
    for name, scenario in SCENARIOS.items():
        rng = np.random.default_rng(0)
        seconds = []
        for _ in range(REPEATS):
            began = time.perf_counter()
            scenario.sample_tasks(rng, TASKS).query(rng, EXAMPLES)
            seconds.append(time.perf_counter() - began)
        print(f"{name}: {TASKS / np.median(seconds):,.0f} tasks of {EXAMPLES} examples a second (median of {REPEATS})")


if __name__ == "__main__":
    main()
