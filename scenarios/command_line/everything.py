"""`study --all`: the commands that make every file of weights and results, in an order in which each finds its own."""

from argparse import Namespace

from scenarios.catalog import SCENARIOS
from scenarios.decisions.catalog import decision_named


def commands(options: Namespace, *, tables: bool) -> list[list[str]]:
    """Return the arguments of each command.

    Parameters
    ----------
    options : argparse.Namespace
        Those of `study --all`, which are handed on.
    tables : bool
        Whether the tables of the documents are written at the end.
    """
    workers = _option("--workers", options.workers)
    shared = [*_option("--seed", options.seed), *_option("--kept", options.kept)]
    published = [*shared, *_option("--out", options.out)]
    study = [
        *published, *workers, *_option("--tasks", options.tasks), *_option("--seeds", options.seeds),
        *_option("--scheduler", options.scheduler),
    ]  # fmt: skip
    applications = [scenario for scenario in SCENARIOS.values() if not scenario.regression]
    quickest = min(applications, key=lambda scenario: scenario.recipe.inner_steps)  # challenges train it many times
    return [
        *(["train", name, "--all", *shared, *workers] for name in SCENARIOS),
        *(["study", name, *study] for name in SCENARIOS),
        *(["other-tasks", scenario.name, *published, *workers] for scenario in applications),
        *(["calibration", scenario.name, *published, *workers] for scenario in applications),
        *(["situations", scenario.name, *published, *workers] for scenario in applications),
        *(["worlds", scenario.name, *published, *workers] for scenario in applications if scenario.worlds),
        *(
            ["trips", scenario.name, *published, *workers]
            for scenario in applications
            if decision_named(scenario.decision).trips
        ),
        *(["robustness", scenario.name, *published, *workers] for scenario in applications),
        *(
            ["unlabelled", scenario.name, *published, *workers]
            for scenario in SCENARIOS.values()
            if scenario.bayes_with_unlabelled
        ),
        ["challenges", quickest.name, *published, *workers],
        *(["curvature", scenario.name, *published, *workers] for scenario in applications if scenario.decode),
        *(
            ["benchmark", scenario.name, *_option("--seed", options.seed), *_option("--out", options.out)]
            for scenario in SCENARIOS.values()
            if scenario.benchmark
        ),
        *([["tables"]] if tables else []),
    ]


def _option(flag: str, value: object) -> list[str]:
    return [] if value is None else [flag, str(value)]
