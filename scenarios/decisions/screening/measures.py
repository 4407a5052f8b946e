"""Measures of screening: sensitivity at a stated specificity."""

from scenarios.decisions.decision import Measures
from scenarios.decisions.screening.assumptions import FAR_OFF, SPECIFICITY
from scenarios.metrics import carried_over, sensitivity_at
from scenarios.task import Array, Labels


def after_a_change(before: Array, before_y: Labels, after: Array, after_y: Labels) -> Measures:
    """Return sensitivity and specificity after a change, at a threshold set before it on other tasks.

    Parameters
    ----------
    before, after : array (tasks, queries, 2)
        Probabilities.
    before_y, after_y : array (tasks, queries)
        1 for a case.

    Returns
    -------
    dict of arrays (tasks,)
        `specificity`, which was to be SPECIFICITY, and `sensitivity`.
    """
    sensitivity, specificity = carried_over(SPECIFICITY, after, after_y, (before, before_y))
    return {"specificity": specificity, "sensitivity": sensitivity}


def measure(probabilities: Array, y: Labels) -> Measures:
    """Return sensitivities at a threshold of the task's own, and at one set on other tasks.

    Parameters
    ----------
    probabilities : array (tasks, queries, 2)
    y : array (tasks, queries)
        1 for a case.

    Returns
    -------
    dict of arrays (tasks,)
        `sensitivity` at SPECIFICITY on the same examples; `carried_sensitivity` and `carried_specificity` at the
        threshold of others; `carried_far_off`, 1 where that specificity is below FAR_OFF.
    """
    sensitivity, specificity = carried_over(SPECIFICITY, probabilities, y)
    return {
        "sensitivity": sensitivity_at(SPECIFICITY, probabilities, y),
        "carried_sensitivity": sensitivity,
        "carried_specificity": specificity,
        "carried_far_off": (specificity < FAR_OFF).astype(float),
    }
