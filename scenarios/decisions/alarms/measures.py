"""Measures of alarms: arrays with a task axis in, one value per task out."""

import numpy as np
from numpy.typing import NDArray

from scenarios.decisions.alarms.assumptions import BUDGETS, STYLE_MIX, WINDOWS_PER_HOUR
from scenarios.decisions.decision import Measures
from scenarios.metrics import carried_thresholds, log_odds
from scenarios.task import Array, Labels


def measure(probabilities: Array, y: Labels) -> Measures:
    """Return the measures of alarms for the last class, from probabilities (tasks, queries, 3) and y (tasks, queries).

    Query windows are balanced; everything here is for a drive with STYLE_MIX, by weighting the classes. The threshold
    of `recall_at_budget` is read off each task's own windows. That of the `carried_` measures was set on other tasks:
    see `_carried`.

    Raises
    ------
    ValueError
        If there are fewer than two tasks.
    """
    ways, mix, likely = probabilities.shape[-1], np.array(STYLE_MIX), moved_to_mix(probabilities)
    truth = np.eye(ways)[y]  # (tasks, queries, ways)
    called = np.eye(ways)[likely.argmax(-1)]
    confusion = np.einsum("tqi,tqj->tij", truth, called) / truth.sum(1)[..., None]  # rows: truth
    joint = confusion * mix[:, None]
    hit = np.diagonal(joint, axis1=1, axis2=2)
    f1 = 2 * hit / (joint.sum(1) + mix)
    weight, risk = _shares(truth), log_odds(likely)
    return {
        "confusion": confusion,
        "macro_f1": f1.mean(-1),
        "recall": confusion[:, -1, -1],
        "false_alarms": WINDOWS_PER_HOUR * joint[:, :-1, -1].sum(-1),
        "recall_at_budget": _recall_within(risk, y == ways - 1, weight),
        **_carried(risk, y == ways - 1, weight),
    }


def moved_to_mix(probabilities: Array) -> Array:
    """Return probabilities (..., 3) of equally frequent styles as they are where styles have STYLE_MIX."""
    unknown = np.isnan(probabilities).any(-1, keepdims=True)
    likely = np.where(unknown, 1 / probabilities.shape[-1], probabilities) * np.array(STYLE_MIX)  # diverged
    moved: Array = likely / likely.sum(-1, keepdims=True)
    return moved


def alarm_rates(probabilities: Array, y: Labels) -> Array:
    """Return the share of the windows of each style that raise an alarm, at the thresholds of `_carried`.

    probabilities (tasks, queries, 3) and y (tasks, queries) -> (tasks, budgets, styles). With any mix of styles in a
    drive, alarms follow from these while the thresholds stay.
    """
    risk, truth = log_odds(moved_to_mix(probabilities)), np.eye(probabilities.shape[-1])[y]
    alarm = risk[:, None] > _thresholds(risk, y == probabilities.shape[-1] - 1, _shares(truth))[..., None]
    rates: Array = np.einsum("tbq,tqs->tbs", alarm, truth) / truth.sum(1)[:, None]
    return rates


def alarms_per_hour(recall: float, false_alarms: float, share: float = STYLE_MIX[-1]) -> tuple[float, float | None]:
    """Return the true alarms in an hour of a drive, and their share of all alarms (precision).

    `recall` is of the last class, which has a `share` of the drive; `false_alarms` per hour. Means over tasks give the
    precision of all tasks' alarms together; without any alarm there is none.
    """
    true_alarms = WINDOWS_PER_HOUR * share * recall
    every = true_alarms + false_alarms
    return true_alarms, true_alarms / every if every else None


def _shares(truth: Array) -> Array:
    """Return each window's share of a drive with STYLE_MIX, summing to 1: truth (tasks, queries, 3)."""
    shares: Array = (truth * (np.array(STYLE_MIX) / truth.sum(1))[:, None]).sum(-1)
    return shares


def _thresholds(risk: Array, wanted: NDArray[np.bool_], weight: Array) -> Array:
    """Return thresholds (tasks, budgets) set on other tasks, for the arguments of `_carried`."""
    every = WINDOWS_PER_HOUR * sum(STYLE_MIX[:-1])  # false alarms per hour if each window raises an alarm
    return carried_thresholds(risk, WINDOWS_PER_HOUR * weight * ~wanted, [1 - budget / every for budget in BUDGETS])


def _carried(risk: Array, wanted: NDArray[np.bool_], weight: Array) -> Measures:
    """Return the effect of thresholds at which the false alarms of other tasks average each budget, or just less.

    Windows above the threshold raise an alarm, equal risks together.

    Parameters
    ----------
    risk : array (tasks, queries)
        Predicted log odds of the last class.
    wanted : array (tasks, queries)
        Whether a window is of that class.
    weight : array (tasks, queries)
        The window's share of a drive, summing to 1.

    Returns
    -------
    dict of arrays (tasks, budgets)
        `carried_recall`, the share of the wanted windows found; `carried_false_alarms`, per hour;
        `carried_above_budget` and `carried_above_twice_budget`, 1 if they are more than the budget or twice the budget.
    """
    false, budgets = WINDOWS_PER_HOUR * weight * ~wanted, np.array(BUDGETS, float)
    alarm = risk[:, None] > _thresholds(risk, wanted, weight)[..., None]  # (tasks, budgets, queries)
    false_alarms = (alarm * false[:, None]).sum(-1)
    return {
        "carried_recall": (alarm & wanted[:, None]).sum(-1) / wanted.sum(-1)[:, None],
        "carried_false_alarms": false_alarms,
        "carried_above_budget": (false_alarms > budgets + 1e-9).astype(float),  # as sums are rounded
        "carried_above_twice_budget": (false_alarms > 2 * budgets + 1e-9).astype(float),
    }


def _recall_within(risk: Array, wanted: NDArray[np.bool_], weight: Array) -> Array:
    """Share of the wanted windows above the lowest threshold that keeps false alarms within each budget.

    risk, wanted, weight (tasks, queries) -> (tasks, budgets).
    """
    order = np.argsort(-risk, axis=-1, kind="stable")
    wanted = np.take_along_axis(wanted, order, axis=-1)
    weight, risk = (np.take_along_axis(array, order, axis=-1) for array in (weight, risk))
    false_alarms = WINDOWS_PER_HOUR * np.cumsum(weight * ~wanted, axis=-1)
    found = np.cumsum(wanted, axis=-1) / wanted.sum(-1, keepdims=True)
    ends = np.diff(risk, axis=-1, append=-np.inf) != 0  # ties are called together or not at all
    allowed = [ends & (false_alarms <= budget) for budget in BUDGETS]
    return np.stack([np.where(each, found, 0.0).max(-1) for each in allowed], axis=-1)
