"""What scores mean where alarms are raised: arrays with a task axis in, one value per task out."""

import numpy as np
from numpy.typing import NDArray

from scenarios.decisions.alarms.assumptions import BUDGETS, STYLE_MIX, WINDOWS_PER_HOUR
from scenarios.decisions.decision import Measures
from scenarios.task import Array, Labels


def measure(probabilities: Array, y: Labels) -> Measures:
    """Return the measures of alarms for the last class, from probabilities (tasks, queries, 3) and y (tasks, queries).

    Query windows are balanced; everything here is for a drive with STYLE_MIX, by weighting the classes.
    """
    ways, mix = probabilities.shape[-1], np.array(STYLE_MIX)
    likely = probabilities * mix
    likely = likely / likely.sum(-1, keepdims=True)
    truth = np.eye(ways)[y]  # (tasks, queries, ways)
    called = np.eye(ways)[likely.argmax(-1)]
    confusion = np.einsum("tqi,tqj->tij", truth, called) / truth.sum(1)[..., None]  # rows: truth
    joint = confusion * mix[:, None]
    hit = np.diagonal(joint, axis1=1, axis2=2)
    f1 = 2 * hit / (joint.sum(1) + mix)
    weight = (truth * (mix / truth.sum(1))[:, None]).sum(-1)  # of each window, summing to 1
    return {
        "confusion": confusion,
        "macro_f1": f1.mean(-1),
        "recall": confusion[:, -1, -1],
        "false_alarms": WINDOWS_PER_HOUR * joint[:, :-1, -1].sum(-1),
        "recall_at_budget": _recall_within(likely[..., -1], y == ways - 1, weight),
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
    ends = np.diff(risk, axis=-1, append=-1.0) != 0  # ties are called together or not at all
    allowed = [ends & (false_alarms <= budget) for budget in BUDGETS]
    return np.stack([np.where(each, found, 0.0).max(-1) for each in allowed], axis=-1)
