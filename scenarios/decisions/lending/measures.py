"""A lender's measures of scores: arrays with a task axis in, one value per task out."""

from typing import NamedTuple

import numpy as np

from scenarios.decisions.decision import Measures
from scenarios.decisions.lending.assumptions import (
    APPROVAL_CHOICES,
    APPROVALS,
    CUT_OFF,
    FAR_OFF,
    LOSS_GIVEN_DEFAULT,
    MARGIN,
)
from scenarios.metrics import auroc, carried_thresholds
from scenarios.task import Array, Labels


def measure(probabilities: Array, y: Labels) -> Measures:
    """Return a lender's measures from probabilities (tasks, queries, 2) and y (tasks, queries), 1 for default.

    Rates and profits count applicants at their natural mix. Profit is per 100 applicants, in units of one loan's
    amount, which is the same for all. Of equal risks, the first to come is approved first in `bad_rate` and
    `profit_by_approval`, which approve exactly their shares of each task. The `carried_` measures are at a cut-off that
    was set on other tasks: see `_carried`.

    Raises
    ------
    ValueError
        If there are fewer than two tasks.
    """
    risk = np.nan_to_num(probabilities[..., 1], nan=0.5)
    order = np.argsort(risk, axis=-1, kind="stable")
    bad = np.take_along_axis(y, order, axis=-1)  # safest applicant first
    goods_below = np.cumsum(1 - bad, axis=-1) / (1 - bad).sum(-1, keepdims=True)
    bads_below = np.cumsum(bad, axis=-1) / bad.sum(-1, keepdims=True)
    ends = np.diff(np.take_along_axis(risk, order, axis=-1), axis=-1, append=2.0) != 0  # no threshold parts equal risks
    approved = _approved_counts(y.shape[-1])
    approved_bad = np.cumsum(bad, axis=-1)[..., approved - 1]
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
        **_carried(risk, y),
    }


def profit_at(profit: Array, queries: int, margin: float, lgd: float) -> Array:
    """Return `profit_by_approval` (..., approvals) for another margin and another loss given default.

    Profit is linear in the bads among the approved, whose number neither changes: means over tasks follow exactly, and
    so do the ends of their intervals, which stay in their order.

    Parameters
    ----------
    profit : array (..., approvals)
        At MARGIN and LOSS_GIVEN_DEFAULT.
    queries : int
        Applicants per task.
    margin, lgd : float
        In amounts of the loan.
    """
    share = _approved_counts(queries) / queries
    lost = 100 * MARGIN * share - profit  # by the bads, of what all approved would earn if good
    changed: Array = 100 * margin * share - lost * (margin + lgd) / (MARGIN + LOSS_GIVEN_DEFAULT)
    return changed


def _approved_counts(applicants: int) -> Labels:
    """Return how many APPROVALS of the applicants are, rounded up."""
    counts: Labels = np.ceil(np.round(np.array(APPROVALS) * applicants, 6)).astype(int)  # .55 of 200 are 110, not 111
    return counts


_DRAWS = 400  # draws of the number of accounts for each segment


class Approved(NamedTuple):
    """Applicants below each cut-off, of all tasks together; all (cut-offs,).

    Parameters
    ----------
    share : array
        Of all applicants.
    bad_rate, predicted : array
        Among them, the share of bads and the mean predicted PD; 0 if there are none.
    """

    share: Array
    bad_rate: Array
    predicted: Array

    def profit(self, margin: float, lgd: float) -> Array:
        """Return the profit per 100 applicants, in loan amounts, for a margin and a loss given default.

        That is also the profit in per cent of the amount applied for. It is largest at the cut-off margin / (margin +
        lgd) if PDs come true; how much it depends on the two is why a scorecard is judged by it (Verbraken, Bravo,
        Weber and Baesens 2014, Eur J Oper Res 238:505-513).
        """
        earned: Array = 100 * self.share * (margin - (margin + lgd) * self.bad_rate)
        return earned


def approved_below(counts: Labels | Array, sums: Array) -> Approved:
    """Return whom cut-offs at the edges between bins of predicted PDs approve, at the applicants' natural mix.

    Parameters
    ----------
    counts : array (2, bins)
        Applicants by predicted PD, goods and bads.
    sums : array (bins,)
        The sum of the predicted PDs.
    """
    below = counts.cumsum(1)[:, :-1]
    approved = below.sum(0)
    some = np.maximum(approved, 1)
    return Approved(approved / counts.sum(), below[1] / some, sums.cumsum()[:-1] / some)


def at_default_rate(counts: Labels, sums: Array, rate: float, offset: float = 0.0) -> tuple[Array, Array]:
    """Return the arguments of `approved_below` if goods and bads came in other proportions.

    Predicted PDs within goods and within bads stay as they are, but for an offset of their log odds, which moves the
    level of all (Saerens, Latinne and Decaestecker 2002, Neural Computation 14:21-41).

    Parameters
    ----------
    counts, sums : arrays
        As of `approved_below`.
    rate : float
        The share of bads, in (0, 1).
    offset : float
        Of the log odds of predicted PDs. The edges between bins move along.
    """
    weight = np.array([1 - rate, rate]) / counts.sum(1) * counts.sum()
    moved = counts * weight[:, None]
    pd = sums / np.maximum(counts.sum(0), 1)
    odds = pd / np.maximum(1 - pd, 1e-9) * np.exp(offset)
    return moved, moved.sum(0) * odds / (1 + odds)


def accounts_for(bads: int, rates: Array) -> Array:
    """Return how many accounts yield a number of bads: median over segments and chance, and the central 90%.

    Negative binomial at each segment's default rate: rates (segments,) -> (3,).
    """
    rng = np.random.default_rng(0)
    accounts = bads + rng.negative_binomial(bads, rates, (_DRAWS, len(rates)))
    found: Array = np.quantile(accounts, [0.5, 0.05, 0.95])
    return found


def break_even(margin: float, lgd: float) -> float:
    """Return the break-even PD: loans below it have a positive expected profit."""
    return margin / (margin + lgd)


def _carried(risk: Array, y: Labels) -> Measures:
    """Return the effect of cut-offs that approve APPROVAL_CHOICES of the applicants of other tasks.

    Applicants at or below the cut-off are approved, equal risks together.

    Parameters
    ----------
    risk : array (tasks, queries)
        Predicted probability of default.
    y : array (tasks, queries)
        1 for default.

    Returns
    -------
    dict of arrays (tasks, choices)
        `carried_approval`, the share approved; `carried_bad_rate`, the share of bads among the approved, 0 if there are
        none; `carried_far_off`, 1 if the share approved is more than FAR_OFF from the planned one.
    """
    cut_offs = carried_thresholds(risk, np.ones_like(risk), APPROVAL_CHOICES)
    approved = risk[:, None] <= cut_offs[..., None]  # (tasks, choices, queries)
    rate = approved.mean(-1)
    bads = (approved & (y == 1)[:, None]).sum(-1)
    return {
        "carried_approval": rate,
        "carried_bad_rate": bads / np.maximum(approved.sum(-1), 1),
        "carried_far_off": (np.abs(rate - APPROVAL_CHOICES) > FAR_OFF + 1e-9).astype(float),  # as shares are rounded
    }
