"""How one task's examples differ from those of other tasks, before anybody knows a single label.

A standardised mean shift for each feature: the task's mean minus that of the training tasks, in standard deviations
over all their examples. Nothing here needs TensorFlow or SciPy.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from scenarios.protocol import QUERIES
from scenarios.scenario import Scenario
from scenarios.task import Array, rng_for

OTHER_TASKS = 200
_MIDDLE = (0.1, 0.9)  # four in five of the other tasks lie between these


@dataclass(frozen=True)
class Drift:
    """One number for each feature, in standard deviations of what networks read; medians in units."""

    shift: Array
    usual: tuple[Array, Array]  # between which four in five of the training tasks lie
    here: Array
    elsewhere: Array


@dataclass(frozen=True)
class _Others:
    centre: Array
    spread: Array
    shifts: Array  # (tasks, features)
    medians: Array


def drift_of(scenario: Scenario, x: Array) -> Drift:
    """Return the drift of one task's examples x (examples, features), in units."""
    others = _others(scenario)
    low, high = np.quantile(others.shifts, _MIDDLE, axis=0)
    shift = (scenario.encode(x).mean(0) - others.centre) / others.spread
    return Drift(shift, (low, high), np.median(x, axis=0), others.medians)


@lru_cache(maxsize=8)
def _others(scenario: Scenario) -> _Others:
    """Training tasks with as many examples each as a page shows of one."""
    rng = rng_for("train", 0, 3)
    x = scenario.sample_tasks(rng, OTHER_TASKS).query(rng, QUERIES).x
    encoded = scenario.encode(x)
    inputs = encoded.reshape(-1, encoded.shape[-1])
    centre, spread = inputs.mean(0), np.maximum(inputs.std(0), 1e-6)
    shifts = (encoded.mean(1) - centre) / spread
    return _Others(centre, spread, shifts, np.median(x.reshape(-1, x.shape[-1]), axis=0))
