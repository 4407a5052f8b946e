"""Means with 95 % intervals, always over tasks, and comparisons paired over the same episodes."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from scenarios.task import Array, Labels


@dataclass(frozen=True)
class Estimate:
    """A figure and its 95 % interval."""

    mean: float
    low: float
    high: float

    def rounded(self, digits: int) -> list[float | None]:
        """[mean, low, high] for a file; None stands for "more than was measured"."""
        return [round(x, digits) if np.isfinite(x) else None for x in (self.mean, self.low, self.high)]


def mean_with_interval(values: Array) -> Estimate:
    """Student's interval for the mean over tasks; values (tasks,). One task has no interval: low = high = mean."""
    mean = float(np.mean(values))
    if len(values) < 2:
        return Estimate(mean, mean, mean)
    half = float(student.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values)))
    return Estimate(mean, mean - half, mean + half)


def gap_closed(learner: Array, baseline: Array, ceiling: Array, *, resamples: int = 2000, seed: int = 0) -> Estimate:
    """Share of the way from a baseline to the ceiling that a learner goes: a ratio of means, bootstrapped over tasks.

    All three (tasks,), scores on the same episodes. Not a number where there is no gap.
    """
    tasks = np.random.default_rng(seed).integers(len(learner), size=(resamples, len(learner)))
    sampled = [scores[tasks].mean(1) for scores in (learner, baseline, ceiling)]
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = (sampled[0] - sampled[1]) / (sampled[2] - sampled[1])
        mean = (learner.mean() - baseline.mean()) / (ceiling.mean() - baseline.mean())
        return Estimate(float(mean), *map(float, np.quantile(shares, [0.025, 0.975])))


def labels_worth(learner: Array, baseline: Array, shots: Labels, *, resamples: int = 2000, seed: int = 0) -> Estimate:
    """How many labels per class a baseline needs to reach the learner's score.

    learner (tasks,) at some number of shots; baseline (tasks, shots) on the same tasks at rising `shots` (shots,).
    Read off the baseline's mean curve, linear in log shots, bootstrapped over tasks; infinite where the curve ends
    below the learner.
    """
    tasks = np.random.default_rng(seed).integers(len(learner), size=(resamples, len(learner)))
    tasks = np.concatenate([np.arange(len(learner))[None], tasks])
    worth = [_reach(learner[pick].mean(), baseline[pick].mean(0), shots) for pick in tasks]
    return Estimate(worth[0], *map(float, np.quantile(worth[1:], [0.025, 0.975], method="nearest")))


def _reach(score: float, curve: Array, shots: Labels) -> float:
    """The first number of shots at which a rising curve reaches a score."""
    curve, log_shots = np.maximum.accumulate(curve), np.log(shots)
    there = int(np.searchsorted(curve, score))
    if there == 0:
        return float(shots[0])
    if there == len(curve):
        return np.inf
    share = (score - curve[there - 1]) / (curve[there] - curve[there - 1])
    return float(np.exp(log_shots[there - 1] + share * (log_shots[there] - log_shots[there - 1])))
