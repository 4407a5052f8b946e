"""Probabilities that come true: every method's get the same calibration on training tasks, for each number of labels.

Platt's scaling (1999, in Advances in Large Margin Classifiers), for several classes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp

from scenarios.episode import Episode
from scenarios.learner import Learner
from scenarios.learners import tuning
from scenarios.meta_learner.gradient import identity
from scenarios.meta_learner.weights import Checkpoint, Report
from scenarios.scenario import Scenario
from scenarios.task import Array, Labels

_CAUTION = 1e-6  # no probability is taken to be nearer to 0 or 1 than this
Calibrate = Callable[[int, Array], Array]  # shots, probabilities -> probabilities


@dataclass(frozen=True)
class Calibrated:
    """A learner whose probabilities are made to come true."""

    learner: Learner
    calibrate: Calibrate

    def predict(self, episode: Episode) -> Array:
        """Return calibrated probabilities (tasks, queries, ways); in a regression, what the learner predicts."""
        return self.calibrate(episode.shots, self.learner.predict(episode))


def arrays_for(
    scenario: Scenario, learner: Learner, seed: int, report: Report = lambda done, word: None
) -> dict[str, Array]:
    """Return the arrays of a checkpoint that calibrate a learner; none in a regression."""
    if scenario.regression:
        return {}
    arrays = choose(scenario, [learner], seed, report)
    return {name: arrays[name] for name in ("shots", "calibration")}


def choose(scenario: Scenario, tried: Sequence[Learner], seed: int, report: Report) -> dict[str, Array]:
    """Return the arrays of a checkpoint with the place of the best learner, "chosen", at each of TUNING_SHOTS.

    With its calibration, unless in a regression.
    """
    chosen, calibrations = [], []
    for done, (shots, episode) in enumerate(tuning.tuning_episodes(scenario, seed)):
        answers = []
        for learner in tried:
            answers.append(learner.predict(episode))
            report((done + len(answers) / len(tried)) / len(tuning.TUNING_SHOTS), f"{shots} shots")
        best = int(np.argmax([tuning.quality(scenario, answer, episode) for answer in answers]))
        chosen.append(best)
        if not scenario.regression:
            calibrations.append(fit_calibration(answers[best], episode.query.y))
    return arrays_of(calibrations, chosen=np.array(chosen))


def arrays_of(calibrations: Sequence[Array], **settings: Array) -> dict[str, Array]:
    """Return the arrays of a checkpoint with settings at each of TUNING_SHOTS, and calibrations if there are any."""
    calibration = {"calibration": np.array(calibrations)} if calibrations else {}
    return {"shots": np.array(tuning.TUNING_SHOTS), **settings, **calibration}


def of(scenario: Scenario, checkpoint: Checkpoint, *, is_required: bool = True) -> Calibrate:
    """Return the calibration of a checkpoint; none in a regression, or if there is none and it is not required.

    Raises
    ------
    KeyError, ValueError
        If it is missing or of another scenario.
    """
    if scenario.regression or not (is_required or "calibration" in checkpoint.arrays):
        return identity
    found = tuning.settings(checkpoint, "calibration", (1 + scenario.ways,))
    return lambda shots, answer: calibrated(found[tuning.place(shots)], answer)


def fit_calibration(probabilities: Array, y: Labels) -> Array:
    """Fit the scale and class shifts, (1 + ways,), that calibrate probabilities (..., ways) to the labels y (...).

    log p' = scale log p + shift, renormalised, by maximum likelihood. For two classes the order of the examples stays,
    and with it the AUROC.
    """
    ways = probabilities.shape[-1]
    log_p, labels = np.log(np.clip(probabilities, _CAUTION, 1)).reshape(-1, ways).astype(float), y.reshape(-1)
    rows = np.arange(len(labels))

    def loss(settings: Array) -> float:
        logits = np.exp(settings[0]) * log_p + np.r_[0, settings[1:]]
        return float(np.mean(logsumexp(logits, axis=1) - logits[rows, labels]))

    solution = minimize(loss, np.zeros(ways), method="L-BFGS-B", bounds=[(-5, 8), *[(-5, 5)] * (ways - 1)]).x
    settings: Array = np.r_[np.exp(solution[0]), 0, solution[1:]]
    return settings


def calibrated(settings: Array, probabilities: Array) -> Array:
    """Apply what `fit_calibration` found to probabilities (..., ways)."""
    logits = settings[0] * np.log(np.clip(probabilities, _CAUTION, 1)) + settings[1:]
    likely = np.exp(logits - logits.max(-1, keepdims=True))
    come_true: Array = likely / likely.sum(-1, keepdims=True)
    return come_true
