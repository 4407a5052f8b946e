"""Differences between one task's examples and those of other tasks, before any label is known.

A standardised mean shift for each feature: the task's mean minus that of the training tasks, in standard deviations
over all their examples. The population stability index and the information value of a feature (Siddiqi 2006, Credit
Risk Scorecards) are over bins of ten equal shares of the training tasks' examples. Nothing here needs TensorFlow or
SciPy.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from scenarios.protocol import QUERIES
from scenarios.scenario import Scenario
from scenarios.task import Array, rng_for

OTHER_TASKS = 200
BINS = 10  # bins of the stability index and the information value
_MIDDLE = (0.1, 0.9)  # four in five of the other tasks lie between these


@dataclass(frozen=True)
class Drift:
    """One number for each feature, (features,) each.

    Parameters
    ----------
    shift : array
        In standard deviations of the encoded inputs.
    usual : tuple of two arrays
        The shifts between which four in five of the training tasks lie.
    here, elsewhere : array
        Medians, in units.
    psi : array
        Population stability index: of this task's examples against those of the training tasks.
    information_value : array
        Information value of the feature alone for the last class against the others, over all training tasks.
    """

    shift: Array
    usual: tuple[Array, Array]
    here: Array
    elsewhere: Array
    psi: Array
    information_value: Array


@dataclass(frozen=True)
class _Others:
    centre: Array
    spread: Array
    shifts: Array  # (tasks, features)
    medians: Array
    edges: tuple[Array, ...]  # of the bins of each feature, in units; fewer where many values are the same
    shares: tuple[Array, ...]  # shares of examples in these bins
    information_value: Array
    rates: Array  # (tasks,)


def drift_of(scenario: Scenario, x: Array) -> Drift:
    """Return the drift of one task's examples x (examples, features), in units."""
    others = _others(scenario)
    low, high = np.quantile(others.shifts, _MIDDLE, axis=0)
    shift = (scenario.encode(x).mean(0) - others.centre) / others.spread
    psi = [
        _divergence(_shares(column, edges), elsewhere)
        for column, edges, elsewhere in zip(x.T, others.edges, others.shares, strict=True)
    ]
    return Drift(shift, (low, high), np.median(x, axis=0), others.medians, np.array(psi), others.information_value)


def rates_of_last_class(scenario: Scenario) -> Array:
    """Return the share of the last class among the examples of training tasks: (OTHER_TASKS,).

    Each is counted on a task's own examples, and drawn towards the mean of all so that chance adds nothing to their
    variance.
    """
    return _others(scenario).rates


def _without_chance(counted: Array, examples: int) -> Array:
    """Return shares (tasks,), each of a number of examples, whose variance is that of the tasks alone."""
    mean, chance = counted.mean(), (counted * (1 - counted)).mean() / (examples - 1)
    own = np.sqrt(max(0.0, 1 - chance / max(counted.var(), 1e-12)))
    rates: Array = mean + own * (counted - mean)
    return rates


def _shares(values: Array, edges: Array) -> Array:
    """Return the share of values (n,) in each bin, of which none counts as less than half an example."""
    counts = np.bincount(np.searchsorted(edges, values, side="right"), minlength=len(edges) + 1)
    shares: Array = np.maximum(counts, 0.5) / len(values)
    return shares


def _divergence(one: Array, other: Array) -> float:
    return float(((one - other) * np.log(one / other)).sum())


@lru_cache(maxsize=8)
def _others(scenario: Scenario) -> _Others:
    """Training tasks with as many examples each as a page shows of one."""
    rng = rng_for("train", 0, 3)
    examples = scenario.sample_tasks(rng, OTHER_TASKS).query(rng, QUERIES)
    x, is_last = examples.x, examples.y.ravel() == scenario.ways - 1
    encoded = scenario.encode(x)
    inputs = encoded.reshape(-1, encoded.shape[-1])
    centre, spread = inputs.mean(0), np.maximum(inputs.std(0), 1e-6)
    shifts = (encoded.mean(1) - centre) / spread
    columns = x.reshape(-1, x.shape[-1]).T
    edges = tuple(np.unique(np.quantile(column, np.arange(1, BINS) / BINS)) for column in columns)
    known = [
        _divergence(_shares(column[is_last], each), _shares(column[~is_last], each))
        for column, each in zip(columns, edges, strict=True)
    ]
    shares = tuple(_shares(column, each) for column, each in zip(columns, edges, strict=True))
    rates = _without_chance((examples.y == scenario.ways - 1).mean(1), QUERIES)
    return _Others(centre, spread, shifts, np.median(columns, axis=1), edges, shares, np.array(known), rates)
