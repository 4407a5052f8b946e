"""Episodes, and the one door where units end.

A `Draw` is what a reader sees: patients in mmol/L. An `Episode` is what a learner sees: the same rows encoded, the
support set padded to a fixed size and masked, so that no number of shots is a new shape to compile for.
"""

from dataclasses import dataclass, replace

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

    support: Examples  # encoded, padded: x (tasks, rows, inputs), y (tasks, rows)
    mask: Array  # (tasks, rows): 1 for an example, 0 for padding
    query: Examples  # encoded: x (tasks, queries, inputs)
    raw: Draw  # the same examples in units, unpadded
    ways: int  # classes, or 1

    @property
    def tasks(self) -> int:
        """Number of tasks."""
        return len(self.mask)

    @property
    def shots(self) -> int:
        """Labelled examples per class, rounded up where the classes are unequal."""
        return int(-(-self.raw.support.y.shape[1] // self.ways))


def draw_examples(tasks: Tasks, rng: np.random.Generator, *, shots: int, queries: int, most_shots: int) -> Draw:
    """Draw each task's support and query sets.

    Support sets are nested: with the same rng, k shots are the first k of `most_shots`, and the query set does not
    depend on k. A slider that adds labels therefore adds patients and keeps those already there.
    """
    support_rng, query_rng = rng.spawn(2)
    most = max(shots, most_shots)
    support = tasks.support(support_rng, most)
    rows = support.y.shape[1] // most * shots
    return Draw(support=support.first(rows), query=tasks.query(query_rng, queries))


def open_episode(scenario: Scenario, draw: Draw, *, room: int | None = None) -> Episode:
    """Encode a draw and pad its support set: the only way from units to learners.

    There is room for the scenario's `max_shots`, or for `room` shots, or for as many as there are.
    """
    rows = max(draw.support.y.shape[1], (room or scenario.max_shots) * scenario.ways)
    padding = rows - draw.support.y.shape[1]
    kind = np.float32 if scenario.regression else np.int32
    x = scenario.encode(draw.support.x).astype(np.float32)
    return Episode(
        support=Examples(_pad(x, padding), _pad(draw.support.y.astype(kind), padding)),
        mask=_pad(np.ones(draw.support.y.shape, np.float32), padding),
        query=Examples(scenario.encode(draw.query.x).astype(np.float32), draw.query.y.astype(kind)),
        raw=draw,
        ways=scenario.ways,
    )


def standardise(episode: Episode) -> Episode:
    """Every task's inputs as z-scores against its own unlabelled examples: what one can do without any label."""
    centre, spread = episode.query.x.mean(1, keepdims=True), episode.query.x.std(1, keepdims=True) + 1e-3
    support = (episode.support.x - centre) / spread * episode.mask[..., None]
    return replace(
        episode,
        support=Examples(support, episode.support.y),
        query=Examples((episode.query.x - centre) / spread, episode.query.y),
    )


def _pad(array: np.ndarray, rows: int) -> np.ndarray:
    return np.pad(array, [(0, 0), (0, rows)] + [(0, 0)] * (array.ndim - 2))
