"""Episodes, and the one door where units end.

A `Draw` is what a reader sees: patients in mmol/L. An `Episode` is what a learner sees: the same rows scaled, the
support set padded to a fixed size and masked, so that no number of shots is a new shape to compile for.
"""

from dataclasses import dataclass

import numpy as np

from scenarios.scenario import Scenario
from scenarios.task import Array, Examples, Tasks


@dataclass(frozen=True)
class Draw:
    """Support and query examples of several tasks, in the domain's units."""

    support: Examples
    query: Examples


@dataclass(frozen=True)
class Episode:
    """One draw as learners see it; all arrays have a leading task axis."""

    support: Examples  # scaled, padded: x (tasks, rows, ...), y (tasks, rows)
    mask: Array  # (tasks, rows): 1 for an example, 0 for padding
    query: Examples  # scaled: x (tasks, queries, ...)
    raw: Draw  # the same examples in units, unpadded

    @property
    def tasks(self) -> int:
        return len(self.mask)

    @property
    def shots(self) -> int:
        """Labelled examples per class, rounded up where the classes are unequal."""
        ways = int(self.raw.support.y.max()) + 1
        return int(-(-self.raw.support.y.shape[1] // ways))


def draw_examples(tasks: Tasks, rng: np.random.Generator, *, shots: int, queries: int, most_shots: int) -> Draw:
    """Draw each task's support and query sets.

    Support sets are nested: with the same rng, k shots are the first k of `most_shots`, and the query set does not
    depend on k. A slider that adds labels therefore adds patients and keeps those already there.
    """
    support_rng, query_rng = rng.spawn(2)
    support = tasks.support(support_rng, max(shots, most_shots))
    ways = int(support.y.max()) + 1
    return Draw(support=support.first(shots * ways), query=tasks.query(query_rng, queries))


def open_episode(scenario: Scenario, draw: Draw) -> Episode:
    """Scale a draw and pad its support set: the only way from units to learners."""
    rows = max(draw.support.y.shape[1], scenario.max_shots * scenario.ways)
    padding = rows - draw.support.y.shape[1]
    x = scenario.scale(draw.support.x).astype(np.float32)
    return Episode(
        support=Examples(_pad(x, padding), _pad(draw.support.y.astype(np.int32), padding)),
        mask=_pad(np.ones(draw.support.y.shape, np.float32), padding),
        query=Examples(scenario.scale(draw.query.x).astype(np.float32), draw.query.y.astype(np.int32)),
        raw=draw,
    )


def _pad(array: np.ndarray, rows: int) -> np.ndarray:
    return np.pad(array, [(0, 0), (0, rows)] + [(0, 0)] * (array.ndim - 2))
