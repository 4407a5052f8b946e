"""The test tasks and sizes of an evaluation, shared by published figures and pages."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scenarios.scenario import DEFAULT_WORLD, MAX_SHOTS, Scenario

SHOTS = (
    *range(1, 21),
    25,
    30,
    40,
    MAX_SHOTS,
)  # labelled examples per class of published figures and of pages
WORLD_SHOTS = (1, 2, 3, 5, 7, 10, 15, 20, 30, MAX_SHOTS)  # the entries of SHOTS that are measured in all worlds
QUERIES = 200  # query examples of a task on pages
OTHER_LABELS_EACH = (5, 15, 30)  # labels per class in each other task, of which the last is the usual
LABEL_ERRORS = (0, 10, 20)  # percentages of wrong labels
OTHER_SITUATIONS = tuple(  # labels in each other task and the share of wrong labels, but for the usual pair
    (labels, percent / 100)
    for labels in OTHER_LABELS_EACH
    for percent in LABEL_ERRORS
    if (labels, percent) != (OTHER_LABELS_EACH[-1], 0)
)
QUANTILES = tuple(percent / 100 for percent in range(5, 100, 5))  # quantiles of a score's distribution over test tasks
MOST_OTHER_TASKS = 5_000  # most other tasks for the command `plan`


@dataclass(frozen=True)
class EvaluationProtocol:
    """The test tasks behind published figures; with the scenario and the weights, it decides every score.

    Parameters
    ----------
    tasks : int
        The number of test tasks, the same ones for all learners.
    queries : int or None
        The query examples of each task; None for as many as it has labelled examples.
    seed : int
        The seed from which tasks and examples are drawn.
    """

    tasks: int
    queries: int | None = QUERIES
    seed: int = 0


def published_shots(scenario: Scenario) -> tuple[int, ...]:
    """Return the numbers of labels at which a scenario's figures are published, fewer in its other worlds."""
    return SHOTS if scenario.world == DEFAULT_WORLD else WORLD_SHOTS


def nearest_place(offered: Sequence[int], count: int) -> int:
    """Return the place of the offered number of labels, or of tasks, that is the nearest on a log scale."""
    return int(np.abs(np.log(np.array(offered) / count)).argmin())


def nearest(offered: Sequence[int], count: int) -> int:
    """Return the offered number of labels, or of tasks, that is the nearest on a log scale."""
    return offered[nearest_place(offered, count)]
