"""Episodes: conversion from domain units to encoded, padded model inputs.

A `Draw` is shown to users: patients in mmol/L. An `Episode` is the input of learners: the same rows encoded, the
support set padded to a fixed size and masked, so that code is compiled once for all numbers of shots.
"""

from dataclasses import dataclass, replace

import numpy as np

from scenarios.scenario import Scenario
from scenarios.task import Array, Examples, Labels, Tasks

MOST_UNLABELLED = 200  # examples of a task up to which pools are nested


@dataclass(frozen=True)
class Draw:
    """Support and query examples of several tasks, in the domain's units."""

    support: Examples
    query: Examples
    unlabelled: Array | None = None  # x (tasks, m, ...features) of further examples, if there are any


@dataclass(frozen=True)
class Episode:
    """One draw as learners see it; all arrays have a leading task axis."""

    support: Examples  # encoded, padded: x (tasks, rows, inputs), y (tasks, rows)
    mask: Array  # (tasks, rows): 1 for an example, 0 for padding
    query: Examples  # encoded: x (tasks, queries, inputs)
    raw: Draw  # the same examples in units, unpadded
    ways: int  # classes, or 1
    unlabelled: Array | None = None  # encoded: (tasks, m, inputs)

    @property
    def tasks(self) -> int:
        """Number of tasks."""
        return len(self.mask)

    @property
    def shots(self) -> int:
        """Labelled examples per class, rounded up if the classes are unequal: settings go by the number of all."""
        return int(-(-self.raw.support.y.shape[1] // self.ways))

    def first(self, shots: int) -> "Episode":
        """Return the episode with the first labelled examples alone: at most `shots` of each class."""
        rows = shots * self.ways
        mask = self.mask * (np.arange(self.mask.shape[1]) < rows).astype(np.float32)
        support = Examples(self.support.x * mask[..., None], self.support.y * mask.astype(self.support.y.dtype))
        return replace(self, support=support, mask=mask, raw=replace(self.raw, support=self.raw.support.first(rows)))

    def evened(self, probabilities: Array) -> Array:
        """Return class probabilities (..., tasks, queries, ways) that follow the support set's shares, without them."""
        even = probabilities * class_weights(self.support.y, self.mask, self.ways)[:, None]
        evened: Array = even / even.sum(-1, keepdims=True)
        return evened


def class_weights(y: Labels, mask: Array, ways: int) -> Array:
    """Return weights that balance the classes, (tasks, ways): 1 for each if they are equally frequent in a support set.

    y and mask (tasks, rows) -> n / (C n_c) for a class with n_c of n examples, and 1 for one without any. Class
    shares among labelled examples are a choice of the labelling, without information about the query examples: an
    answer that follows these shares is to be multiplied by the weights (Saerens, Latinne and Decaestecker 2002, Neural
    Computation 14:21-41).
    """
    counts = (np.eye(ways)[y] * mask[..., None]).sum(1)
    weights: Array = np.where(counts > 0, counts.sum(1, keepdims=True) / ways / np.maximum(counts, 1), 1.0)
    return weights


def draw_examples(
    tasks: Tasks,
    rng: np.random.Generator,
    *,
    shots: int,
    queries: int,
    most_shots: int,
    unlabelled: int = 0,
    in_use: Tasks | None = None,
) -> Draw:
    """Draw each task's support and query sets, and a pool of unlabelled examples.

    Support sets are nested: with the same rng, k shots are the first k of `most_shots`, and the query set does not
    depend on k. A slider that adds labels therefore adds patients and keeps those already there. The pool changes
    neither of them; it is nested too, up to MOST_UNLABELLED, and has the classes in the shares of the query set. The
    query examples are those of the tasks `in_use`, if something has changed since the others were labelled.
    """
    support_rng, query_rng, pool_rng = rng.spawn(3)
    most = max(shots, most_shots)
    support = tasks.support(support_rng, most)
    rows = support.y.shape[1] // most * shots
    query = (in_use or tasks).query(query_rng, queries)
    pool = tasks.query(pool_rng, max(unlabelled, MOST_UNLABELLED)).x[:, :unlabelled] if unlabelled else None
    return Draw(support.first(rows), query, pool)


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
        unlabelled=None if draw.unlabelled is None else scenario.encode(draw.unlabelled).astype(np.float32),
    )


def standardise(episode: Episode) -> Episode:
    """Return every task's inputs as z-scores against its own unlabelled examples, which takes no label.

    These are the query examples, if there are no others.
    """
    seen = episode.query.x if episode.unlabelled is None else episode.unlabelled
    centre, spread = seen.mean(1, keepdims=True), seen.std(1, keepdims=True) + 1e-3
    support = (episode.support.x - centre) / spread * episode.mask[..., None]
    return replace(
        episode,
        support=Examples(support, episode.support.y),
        query=Examples((episode.query.x - centre) / spread, episode.query.y),
    )


def _pad(array: np.ndarray, rows: int) -> np.ndarray:
    return np.pad(array, [(0, 0), (0, rows)] + [(0, 0)] * (array.ndim - 2))
