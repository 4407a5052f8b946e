"""Ranking of trips by the mean risk of their windows: how often the worse of two trips scores higher.

A trip is drawn with replacement from the windows of a task, a fixed number of each style: given a trip's mix, its
windows are assumed to be independent.
"""

import numpy as np

from scenarios.decisions.alarms.assumptions import (
    STYLE_MIX,
    TRIP_MINUTES,
    TRIP_SHARE,
    WINDOWS_PER_HOUR,
    WORSE_TRIP_SHARES,
)
from scenarios.decisions.alarms.measures import moved_to_mix
from scenarios.task import Array, Labels

_TRIPS = 200  # trips of each kind drawn from each task
_SEED = 0


def rank_trips(probabilities: Array, y: Labels) -> tuple[Array, Array]:
    """Return the share of pairs of trips in which the one with more windows of the last class scores higher.

    Equal scores count one half.

    Parameters
    ----------
    probabilities : array (tasks, queries, 3)
    y : array (tasks, queries)
        Each task has as many windows of a style as the others.

    Returns
    -------
    two arrays (tasks, worse shares, minutes)
        Of pairs within each task; and of pairs of two tasks, as `_between` has it.

    Raises
    ------
    ValueError
        If tasks have different numbers of windows of a style, or if there are fewer than two.
    """
    if len(y) < 2:
        raise ValueError("trips of two tasks need two tasks or more")
    risk = moved_to_mix(probabilities)[..., -1]
    pools = [risk[y == style].reshape(len(y), -1) for style in range(len(STYLE_MIX))]
    within = np.empty((len(y), len(WORSE_TRIP_SHARES), len(TRIP_MINUTES)))
    between = np.empty_like(within)
    rng = np.random.default_rng(_SEED)
    for place, minutes in enumerate(TRIP_MINUTES):
        windows = WINDOWS_PER_HOUR * minutes // 60
        better = _scores(pools, TRIP_SHARE, windows, rng)
        for at, share in enumerate(WORSE_TRIP_SHARES):
            worse = _scores(pools, share, windows, rng)
            within[:, at, place] = [_ranked(one, other) for one, other in zip(worse, better, strict=True)]
            between[:, at, place] = _between(worse, better, within[:, at, place])
    return within, between


def windows_of_trip(share: float, windows: int) -> tuple[int, ...]:
    """Return how many windows of each style make a trip with a share of the last; the others keep their proportion."""
    last = round(share * windows)
    first = round((windows - last) * STYLE_MIX[0] / sum(STYLE_MIX[:-1]))
    return first, windows - last - first, last


def _scores(pools: list[Array], share: float, windows: int, rng: np.random.Generator) -> Array:
    """Return the scores of trips of each task: pools of (tasks, windows of a style) -> (tasks, trips)."""
    total = np.zeros((len(pools[0]), _TRIPS))
    for pool, count in zip(pools, windows_of_trip(share, windows), strict=True):
        drawn = rng.integers(pool.shape[1], size=(_TRIPS, count))  # the same places in all tasks
        total += np.stack([task[drawn].sum(-1) for task in pool])
    scores: Array = (total / windows).round(9)  # as sums are rounded
    return scores


def _ranked(worse: Array, better: Array) -> float:
    """Return the share of all pairs of two sets of scores in which the first is higher."""
    return float(_below(worse, np.sort(better)).mean())


def _below(scores: Array, others: Array) -> Array:
    """Return the share of sorted `others` that lie below each score; equal ones count one half."""
    below: Array = (np.searchsorted(others, scores, "left") + np.searchsorted(others, scores, "right")) / 2
    return below / len(others)


def _between(worse: Array, better: Array, within: Array) -> Array:
    """Return the share of pairs ranked right of which one trip is of each task, and the other of any other task.

    Scores (tasks, trips); within (tasks,), the same within tasks. A task is in many pairs, once with its worse trips
    and once with its better ones: the values (tasks,) have the mean over all pairs, and scatter so that the error of
    their mean is that of the share (Hoeffding 1948, Annals of Mathematical Statistics 19:293-325).
    """
    tasks = len(worse)
    as_worse = _below(worse, np.sort(better, axis=None)).mean(-1)
    as_better = 1 - _below(better, np.sort(worse, axis=None)).mean(-1)
    as_worse, as_better = ((tasks * each - within) / (tasks - 1) for each in (as_worse, as_better))
    values: Array = as_worse + as_better - as_worse.mean()
    return values
