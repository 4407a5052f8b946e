"""Calibration over all tasks and within each: calibration slope, and observed to expected events.

The slope is that of a logistic regression of the outcome on the log odds of the predicted risk (Cox 1958, Biometrika
45:562-565): 1 is right, less is too extreme, more is too cautious. Over all tasks every query example counts the same,
and the standard error allows for examples of one task being alike (the sandwich of clustered data).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scenarios.evaluation.estimate import Estimate
from scenarios.task import Array

_CAUTION = 1e-6  # no risk is taken to be nearer to 0 or 1 than this
_STEPS = 30  # steps of Newton's method
_STEEPEST = 10.0  # the slope of a task whose outcomes the risks separate completely has no end
_NORMAL = 1.959963984540054  # 97.5% quantile


class Calibration(NamedTuple):
    """Calibration of one method's risks.

    Parameters
    ----------
    slope, ratio : Estimate
        The calibration slope, and observed to expected events, over the examples of all tasks.
    slopes, ratios : (tasks,)
        The same within each task.
    """

    slope: Estimate
    ratio: Estimate
    slopes: Array
    ratios: Array


def calibration_of(risk: Array, came: NDArray[np.bool_]) -> Calibration:
    """Return the calibration of risks (tasks, queries) of an event that occurred or not (tasks, queries)."""
    log_odds = np.log(np.clip(risk, _CAUTION, 1 - _CAUTION) / np.clip(1 - risk, _CAUTION, 1 - _CAUTION)).astype(float)
    true = came.astype(float)
    expected = risk.mean(1)
    return Calibration(
        slope=_overall(log_odds, true),
        ratio=_ratio(true.mean(1), expected),
        slopes=_fit(log_odds, true)[:, 1],
        ratios=true.mean(1) / expected,
    )


def _fit(log_odds: Array, true: Array) -> Array:
    """Return intercept and slope (sets, 2) of logistic regressions, one for each of (sets, examples)."""
    found = np.tile([0.0, 1.0], (len(log_odds), 1))
    for _ in range(_STEPS):
        gradient, curvature = _derivatives(found, log_odds, true)
        step = np.linalg.solve(curvature + 1e-9 * np.eye(2), gradient.sum(1)[..., None])[..., 0]
        found = found + np.clip(step, -1, 1)
        found[:, 1] = np.clip(found[:, 1], -_STEEPEST, _STEEPEST)
    return found


def _derivatives(at: Array, log_odds: Array, true: Array) -> tuple[Array, Array]:
    """Return each example's part of the gradient (sets, examples, 2), and minus the second derivative (sets, 2, 2)."""
    x = np.stack([np.ones_like(log_odds), log_odds], axis=-1)
    risk = 1 / (1 + np.exp(-(x @ at[:, :, None])[..., 0]))
    curvature = np.einsum("sei,se,sej->sij", x, risk * (1 - risk), x)
    return (true - risk)[..., None] * x, curvature


def _overall(log_odds: Array, true: Array) -> Estimate:
    """Return the slope over the examples of all tasks with its 95% interval."""
    at = _fit(log_odds.reshape(1, -1), true.reshape(1, -1))
    gradient, curvature = _derivatives(np.tile(at, (len(log_odds), 1)), log_odds, true)
    by_task, inverse = gradient.sum(1), np.linalg.inv(curvature.sum(0))
    error = float(np.sqrt((inverse @ by_task.T @ by_task @ inverse)[1, 1]))
    slope = float(at[0, 1])
    return Estimate(slope, slope - _NORMAL * error, slope + _NORMAL * error)


def _ratio(observed: Array, expected: Array) -> Estimate:
    """Return a ratio of means over tasks with its 95% interval (the delta method); both (tasks,)."""
    ratio = float(observed.mean() / expected.mean())
    deviations = (observed - ratio * expected) / expected.mean()
    error = float(deviations.std(ddof=1) / np.sqrt(len(observed)))
    return Estimate(ratio, ratio - _NORMAL * error, ratio + _NORMAL * error)
