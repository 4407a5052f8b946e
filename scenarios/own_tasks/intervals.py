"""Intervals of means over tested tasks, if tasks were divided into folds more than once.

A method that is tested on one part has learned from the others. Were these other tasks, its scores would be others too,
all at once, which the spread over tasks does not show. Several divisions show it: each task is tested by methods that
learned from different others.

    score of task j in division r = mean + effect of j + effect of what was learned from + rest

The variance of the mean is that of the tasks' means over divisions, divided by their number, and the variance of the
middle effect. Parts share most of what they learned from, by which the latter is scaled up: sampled n of J without
replacement, a sum over tasks varies by 1 - n / J of what it varies by between samples of other tasks.
"""

import numpy as np
from scipy.stats import t as student

from scenarios.evaluation.estimate import Estimate
from scenarios.evaluation.statistics import mean_with_interval
from scenarios.own_tasks.results import Point
from scenarios.task import Array, Labels


def over_divisions(scores: Array, part: Labels, share: float) -> Estimate:
    """Return the mean score and its 95% CI.

    Parameters
    ----------
    scores : (divisions, tasks)
        With one division, the interval covers the choice of the tested tasks alone.
    part : (divisions, tasks)
        The part to which each task belongs.
    share : float
        Share of all tasks that a method learned from.
    """
    by_task, divisions = scores.mean(0), len(scores)
    spread = learned_variance(scores, part) * share / (1 - share)
    if not spread:
        return mean_with_interval(by_task)
    tasks, parts = len(by_task), len(np.unique(part[0]))
    ordinary = float(by_task.var(ddof=1)) / tasks
    total = ordinary + spread
    # Welch and Satterthwaite, as for any sum of two estimated variances
    degrees = total**2 / (ordinary**2 / (tasks - 1) + spread**2 / ((divisions - 1) * (parts - 1)))
    mean, half = float(by_task.mean()), float(student.ppf(0.975, degrees) * np.sqrt(total))
    return Estimate(mean, mean - half, mean + half)


def learned_variance(scores: Array, part: Labels) -> float:
    """Return the variance between folds due to the choice of training tasks, by the method of moments.

    Scores and parts as in `over_divisions`. 0 if there is one division, or parts of one task: no two tasks share it.
    """
    divisions = len(scores)
    away = scores - scores.mean(0)
    excess = []
    for values, parts in zip(away, part, strict=True):
        for each in np.unique(parts):
            within = values[parts == each]
            if len(within) > 1:
                excess.append(within.mean() ** 2 - within.var(ddof=1) / len(within))
    if divisions < 2 or not excess:
        return 0.0
    return max(0.0, float(np.mean(excess))) * (divisions / (divisions - 1)) ** 2


def difference(one: Point, other: Point, share: float, sign: int = 1) -> Estimate:
    """Return the mean of the differences between two methods, paired by task and division, and its 95% CI.

    A method with one division is paired with every one of another. `share` is as in `over_divisions`, and sign is -1
    for errors: more is better for `one`.
    """
    (first, part), (second, other_part) = _divided(one), _divided(other)
    return over_divisions(sign * (first - second), part if len(part) >= len(other_part) else other_part, share)


def _divided(point: Point) -> tuple[Array, Labels]:
    if point.by_division is None or point.parts is None:
        return point.scores[None], np.zeros((1, len(point.scores)), int)
    return point.by_division, point.parts.astype(int)
