"""Means with 95% intervals, always over tasks, and comparisons paired over the same episodes."""

from functools import lru_cache

import numpy as np
from scipy.stats import t as student

from scenarios.evaluation.estimate import Estimate
from scenarios.task import Array, Labels

_SKEWED = range(10, 100)  # numbers of tasks: fewer do not show how skewed they are, and with more it hardly matters


def mean_with_interval(values: Array) -> Estimate:
    """95% CI of the mean over tasks; values (tasks,). One task has no interval: low = high = mean.

    Student's interval. Scores of 10 to 99 tasks have their skewness removed first, by a cubic transformation (Hall
    1992, J. R. Stat. Soc. B 54:221-228): a few tasks are much worse than the others, and Student's interval of so few
    then covers the mean in 87-94% of cases. BCa bootstrap intervals cover less, as they do without Student's quantile.
    """
    tasks, mean = len(values), float(np.mean(values))
    deviation = float(np.std(values, ddof=1)) if tasks > 1 else 0.0
    if not deviation:
        return Estimate(mean, mean, mean)
    ends = np.array([1.0, -1.0]) * student.ppf(0.975, tasks - 1) / np.sqrt(tasks)
    if tasks in _SKEWED:
        ends = _with_skewness(ends, values)
    low, high = mean - deviation * ends
    return Estimate(mean, float(low), float(high))


def _with_skewness(transformed: Array, values: Array) -> Array:
    """Return t for which the transformation t + g t^2 / 3 + g^2 t^3 / 27 + g / 6n is as given; g is the skewness."""
    skewness = float(np.mean((values - values.mean()) ** 3) / np.std(values) ** 3)
    if abs(skewness) < 1e-6:
        return transformed
    found: Array = (np.cbrt(1 + skewness * (transformed - skewness / 6 / len(values))) - 1) * 3 / skewness
    return found


def range_over_tasks(values: Array) -> Array:
    """Return the 5th and the 95th percentile over tasks, between which nine tasks in ten lie: (tasks, n) -> (n, 2)."""
    ends: Array = np.quantile(values, [0.05, 0.95], axis=0).T
    return ends


def gap_closed(learner: Array, baseline: Array, ceiling: Array, *, resamples: int = 2000, seed: int = 0) -> Estimate:
    """Return the fraction of the gap from a baseline to the ceiling that a learner closes: a ratio of means.

    All three (tasks,), scores on the same episodes. NaN if there is no gap.
    """
    tasks = np.random.default_rng(seed).integers(len(learner), size=(resamples, len(learner)))
    sampled = [scores[tasks].mean(1) for scores in (learner, baseline, ceiling)]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # of curves that cross nowhere
        shares = (sampled[0] - sampled[1]) / (sampled[2] - sampled[1])
        mean = (learner.mean() - baseline.mean()) / (ceiling.mean() - baseline.mean())
        return Estimate(float(mean), *map(float, np.quantile(shares, [0.025, 0.975])))


def labels_worth(learner: Array, baseline: Array, shots: Labels, *, resamples: int = 2000, seed: int = 0) -> Estimate:
    """How many labels per class a baseline needs to reach the learner's score.

    learner (tasks,) at some number of shots; baseline (tasks, shots) on the same tasks at rising `shots` (shots,).
    Read off the baseline's mean curve, linear in log shots, bootstrapped over tasks; infinite where the curve ends
    below the learner.
    """
    weights = _resampled(len(learner), resamples, seed)
    worth = _reach(weights @ learner, weights @ baseline, shots)
    return Estimate(float(worth[0]), *map(float, np.quantile(worth[1:], [0.025, 0.975], method="nearest")))


@lru_cache(maxsize=4)  # the same for every comparison
def _resampled(tasks: int, resamples: int, seed: int) -> Array:
    """Return each task's weight in the mean of all, and in that of each bootstrap sample: (1 + resamples, tasks)."""
    drawn = np.random.default_rng(seed).integers(tasks, size=(resamples, tasks))
    counts = [np.bincount(each, minlength=tasks) for each in drawn]
    weights: Array = np.stack([np.ones(tasks), *counts]) / tasks
    weights.setflags(write=False)
    return weights


def _reach(score: Array, curve: Array, shots: Labels) -> Array:
    """Return the first number of shots at which rising curves (samples, shots) reach scores (samples,), or infinity."""
    curve, log_shots = np.maximum.accumulate(curve, axis=1), np.log(shots)
    there = (curve < score[:, None] - 1e-12).sum(1)  # as sums are rounded
    after = np.clip(there, 1, len(shots) - 1)  # whether the curve crosses between the previous point and this one
    rows = np.arange(len(score))
    low, high = curve[rows, after - 1], curve[rows, after]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # of curves that cross nowhere
        share = (score - low) / (high - low)
        reached = np.exp(log_shots[after - 1] + share * (log_shots[after] - log_shots[after - 1]))
    reached = np.where(there == 0, float(shots[0]), reached)
    return np.where(there == len(shots), np.inf, reached)
