"""What meta-learning has to beat, each at its best.

Rates, numbers of steps, regularisation and calibration are chosen for every number of labels separately, by the
scenario's own metric, on meta-training tasks only: the same right that meta-learning has.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp

from scenarios.episode import Episode, draw_examples, open_episode, standardise
from scenarios.learner import Learner
from scenarios.scenario import Scenario
from scenarios.task import Array, Labels, rng_for

TUNING_SHOTS = (1, 2, 5, 10, 20, 50)
TUNING_TASKS = 200
INNER_LRS = (0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.4)  # for classes
SMALL_INNER_LRS = (0.001, 0.003, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2)  # for squared errors, whose gradients are longer
_CAUTION = 1e-6  # no probability is taken to be nearer to 0 or 1 than this


@dataclass(frozen=True)
class Standardised:
    """A learner that sees every task's inputs as z-scores against the task's own unlabelled examples."""

    learner: Learner

    def predict(self, episode: Episode) -> Array:
        """Predict from inputs that are z-scored per task: see `Learner.predict`."""
        return self.learner.predict(standardise(episode))


@dataclass(frozen=True)
class Calibrated:
    """A learner whose probabilities are made to come true."""

    learner: Learner
    calibrate: Callable[[int, Array], Array]  # shots, probabilities -> probabilities

    def predict(self, episode: Episode) -> Array:
        """Return calibrated probabilities (tasks, queries, ways)."""
        return self.calibrate(episode.shots, self.learner.predict(episode))


@dataclass(frozen=True)
class Rule:
    """The trade's own fixed rule, which learns nothing."""

    scenario: Scenario

    def predict(self, episode: Episode) -> Array:
        """Return the rule's probabilities (tasks, queries, ways). Raises ValueError if the scenario has no rule."""
        if self.scenario.rule is None:
            raise ValueError(f"{self.scenario.name} has no rule")
        return self.scenario.rule(episode.raw.query.x)


@dataclass(frozen=True)
class Bayes:
    """The scenario's own exact answer, as a learner."""

    scenario: Scenario

    def predict(self, episode: Episode) -> Array:
        """Return the Bayes-optimal predictions: see `BayesAnswer.prediction`."""
        return self.scenario.bayes(episode.raw.support, episode.raw.query.x).prediction


def tuning_episodes(scenario: Scenario, seed: int) -> Iterable[tuple[int, Episode]]:
    """(shots, episode) on meta-training tasks, for choosing a baseline's settings."""
    for shots in TUNING_SHOTS:
        rng = rng_for("train", seed, 2)
        tasks = scenario.sample_tasks(rng, TUNING_TASKS)
        draw = draw_examples(tasks, rng, shots=shots, queries=100, most_shots=scenario.max_shots)
        yield shots, open_episode(scenario, draw)


def quality(scenario: Scenario, predictions: Array, episode: Episode) -> Array:
    """Return the mean metric over tasks, signed so that more is better: (..., tasks, queries, ways) -> (...)."""
    mean: Array = scenario.metric.compute(predictions, episode.query.y).mean(-1)
    return scenario.metric.sign * mean


def fit_calibration(probabilities: Array, y: Labels) -> Array:
    """Fit the scale and class shifts, (1 + ways,), that calibrate probabilities (..., ways) to the labels y (...).

    log p' = scale log p + shift, renormalised: Platt's scaling (1999) for several classes, by maximum likelihood. For
    two classes the order of the examples stays, and with it the AUROC.
    """
    ways = probabilities.shape[-1]
    log_p, labels = np.log(np.clip(probabilities, _CAUTION, 1)).reshape(-1, ways), y.reshape(-1)
    rows = np.arange(len(labels))

    def loss(settings: Array) -> float:
        logits = np.exp(settings[0]) * log_p + np.r_[0, settings[1:]]
        return float(np.mean(logsumexp(logits, axis=1) - logits[rows, labels]))

    solution = minimize(loss, np.zeros(ways), method="L-BFGS-B", bounds=[(-5, 2), *[(-5, 5)] * (ways - 1)]).x
    settings: Array = np.r_[np.exp(solution[0]), 0, solution[1:]]
    return settings


def calibrated(settings: Array, probabilities: Array) -> Array:
    """Apply what `fit_calibration` found to probabilities (..., ways)."""
    logits = settings[0] * np.log(np.clip(probabilities, _CAUTION, 1)) + settings[1:]
    likely = np.exp(logits - logits.max(-1, keepdims=True))
    come_true: Array = likely / likely.sum(-1, keepdims=True)
    return come_true


def nearest(shots: int, tuned_at: Array) -> int:
    """Return the index of the tuned number of labels that is nearest to `shots` on a log scale."""
    return int(np.abs(np.log(tuned_at / shots)).argmin())
