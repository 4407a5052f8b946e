"""What scores mean for decisions, in the measures of the trade: arrays with a task axis in, one value per task out."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from scenarios.evaluation.decision_assumptions import (
    APPROVALS,
    BUDGETS,
    CUT_OFF,
    LOSS_GIVEN_DEFAULT,
    MARGIN,
    SPECIFICITY,
    STYLE_MIX,
    WINDOWS_PER_HOUR,
)
from scenarios.metrics import auroc, sensitivity_at
from scenarios.task import Array, Labels

Measures = dict[str, Array]  # name -> (tasks, ...)


def screening(probabilities: Array, y: Labels) -> Measures:
    """probabilities (tasks, queries, 2), y (tasks, queries)."""
    return {"sensitivity": sensitivity_at(SPECIFICITY, probabilities, y)}


def lending(probabilities: Array, y: Labels) -> Measures:
    """probabilities (tasks, queries, 2) of repayment and default, y (tasks, queries) 1 for default.

    Rates and profits count applicants at their natural mix. Profit is per 100 applicants, in units of one loan's
    amount, which is the same for all. Where risks are equal, whoever comes first is approved first.
    """
    risk = np.nan_to_num(probabilities[..., 1], nan=0.5)
    order = np.argsort(risk, axis=-1, kind="stable")
    bad = np.take_along_axis(y, order, axis=-1)  # safest applicant first
    goods_below = np.cumsum(1 - bad, axis=-1) / (1 - bad).sum(-1, keepdims=True)
    bads_below = np.cumsum(bad, axis=-1) / bad.sum(-1, keepdims=True)
    ends = np.diff(np.take_along_axis(risk, order, axis=-1), axis=-1, append=2.0) != 0  # no threshold parts equal risks
    last = np.ceil(np.round(np.array(APPROVALS) * y.shape[-1], 6)).astype(int) - 1  # .55 of 200 are 110, not 111
    approved_bad = np.cumsum(bad, axis=-1)[..., last]
    approved = last + 1
    gain = MARGIN * (approved - approved_bad) - LOSS_GIVEN_DEFAULT * approved_bad
    taken = risk < CUT_OFF
    outcome = np.where(y == 1, -LOSS_GIVEN_DEFAULT, MARGIN)
    lent = np.maximum(taken.sum(-1), 1)
    return {
        "gini": 2 * auroc(probabilities, y) - 1,
        "ks": ((goods_below - bads_below) * ends).max(-1),  # a score that ranks the wrong way round separates nothing
        "bad_rate": approved_bad / approved,
        "profit_by_approval": 100 * gain / y.shape[-1],
        "profit": 100 * (taken * outcome).mean(-1),
        "approved": taken.mean(-1),
        "expected_loss": 100 * LOSS_GIVEN_DEFAULT * (taken * risk).sum(-1) / lent,  # per 100 lent, as predicted
        "realised_loss": 100 * LOSS_GIVEN_DEFAULT * (taken * y).sum(-1) / lent,  # and as it came
    }


def alarms(probabilities: Array, y: Labels) -> Measures:
    """probabilities (tasks, queries, 3), y (tasks, queries): the last class is what alarms are for.

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


DECISIONS: dict[str, Callable[[Array, Labels], Measures]] = {
    "screening": screening,
    "lending": lending,
    "alarms": alarms,
    "": lambda predictions, y: {},
}
