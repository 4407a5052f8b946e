"""Explanations of one query example: the effect of the labels, and of each of its values.

Nothing here needs TensorFlow or SciPy: the worker fills these in (`one_example.py`), and pages read them.
"""

from dataclasses import dataclass

import numpy as np

from scenarios.scenario import Feature
from scenarios.task import Array

REDRAWS = 30  # other draws of a task's labelled examples
BAND = 0.05, 0.95  # quantiles over them
LEAST = float(np.log(1.05))  # log odds that a contribution has at least to be named


@dataclass(frozen=True, eq=False)  # one object per answer
class Ranges:
    """Between which probabilities of the last class a task's answers lie over other draws of its labelled examples."""

    bands: dict[str, Array]  # learner -> quantiles BAND over REDRAWS (2, queries); only learners that use local labels

    def of(self, learner: str, row: int) -> tuple[float, float] | None:
        """Return the range of one query example, or None if there is none."""
        if learner not in self.bands:
            return None
        low, high = self.bands[learner][:, row]
        return float(low), float(high)


@dataclass(frozen=True, eq=False)
class Contributions:
    """The meta-learned log odds of the last class of one query example, as a sum."""

    adds: Array  # (quantities,): Shapley values, in log odds
    usual: float  # log odds, on average over the task's query examples: with `adds`, the example's own


def against_custom(features: tuple[Feature, ...], values: Array, others: Array, adds: Array) -> list[bool]:
    """Return the contributions that contradict the usual direction of their quantity (`Feature.direction`).

    A value that is higher than usual in its task is expected to raise the odds if higher values usually mean more of
    the last class, and to lower them if they mean less. The reference is the median, or the mean for values that
    equal it, such as a count of zero.

    Parameters
    ----------
    features : tuple of Feature
        The quantities.
    values : Array
        Of one example (quantities,), in units.
    others : Array
        Of the task's query examples (examples, quantities), in units.
    adds : Array
        Contributions (quantities,), in log odds. One that is too small to be named contradicts nothing.
    """
    above = values - np.median(others, axis=0)
    above = np.where(above == 0, values - others.mean(0), above)
    expected = np.array([feature.direction for feature in features]) * np.sign(above)
    contradicts: list[bool] = ((np.abs(adds) >= LEAST) & (expected * adds < 0)).tolist()
    return contradicts
