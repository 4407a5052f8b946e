"""What scores mean where money is lent, in a lender's measures: arrays with a task axis in, one value per task out."""

import numpy as np

from scenarios.decisions.decision import Measures
from scenarios.decisions.lending.assumptions import APPROVALS, CUT_OFF, LOSS_GIVEN_DEFAULT, MARGIN
from scenarios.metrics import auroc
from scenarios.task import Array, Labels


def measure(probabilities: Array, y: Labels) -> Measures:
    """Return a lender's measures from probabilities (tasks, queries, 2) and y (tasks, queries), 1 for default.

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
