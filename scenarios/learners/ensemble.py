"""Ensembles: a weighted product of several methods' probabilities.

This is the logarithmic opinion pool (Genest & Zidek 1986, Statistical Science 1) with weights that are learned by
stacking (Wolpert 1992, Neural Networks 5): for each number of labels, on training tasks, by maximum likelihood. Weights
are not negative (Breiman 1996, Machine Learning 24), so that a method which adds nothing is left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from scenarios.episode import Episode
from scenarios.learner import Learner
from scenarios.learners import calibration, tuning
from scenarios.learners.calibration import Calibrated
from scenarios.learners.experience import Experience
from scenarios.meta_learner.weights import Checkpoint, Report
from scenarios.scenario import Scenario
from scenarios.task import Array, Labels

_CAUTION = 1e-6  # no probability is taken to be nearer to 0 than this
_MOST = 10.0  # weight of a method


@dataclass(frozen=True)
class Ensemble:
    """Several learners, and their weights at each of TUNING_SHOTS: (numbers of labels, learners)."""

    members: tuple[Learner, ...]
    weights: Array

    def predict(self, episode: Episode) -> Array:
        """Return class probabilities (tasks, queries, ways)."""
        weights = self.weights[tuning.place(episode.shots)]
        used = [(learner, weight) for learner, weight in zip(self.members, weights, strict=True) if weight]
        return pooled(np.stack([learner.predict(episode) for learner, _ in used]), np.array([each for _, each in used]))


def pooled(probabilities: Array, weights: Array) -> Array:
    """Return the weighted product of probabilities (methods, ..., ways), normalised: (..., ways)."""
    together: Array = softmax(np.tensordot(weights, _log(probabilities), axes=1), axis=-1)
    return together


def stacked(probabilities: Array, y: Labels) -> Array:
    """Return the weights (methods,) with which the product of probabilities (methods, ..., ways) predicts y (...) best.

    They are the most likely ones that are not negative; the problem is convex.
    """
    count, ways = len(probabilities), probabilities.shape[-1]
    log_p, labels = _log(probabilities).reshape(count, -1, ways), y.reshape(-1)
    rows = np.arange(len(labels))

    def loss(weights: Array) -> tuple[float, Array]:
        log_likely = log_softmax(np.tensordot(weights, log_p, axes=1), axis=-1)
        miss = np.exp(log_likely)
        miss[rows, labels] -= 1
        return -float(log_likely[rows, labels].mean()), np.einsum("mnc,nc->m", log_p, miss) / len(labels)

    found = minimize(loss, np.full(count, 1 / count), jac=True, method="L-BFGS-B", bounds=[(0, _MOST)] * count).x
    weights: Array = np.where(found < 0.01 * found.sum(), 0.0, found)
    return weights


def _log(probabilities: Array) -> Array:
    clipped: Array = np.log(np.clip(probabilities, _CAUTION, 1))
    return clipped


def fit(
    scenario: Scenario, members: Mapping[str, Learner], seen: Sequence[Experience], seed: int, report: Report
) -> Checkpoint:
    """Learn the weights of fitted learners, of which some have `seen` other tasks, and calibrate their ensemble."""
    learners, found = tuple(members.values()), []
    for done, (shots, episode) in enumerate(tuning.tuning_episodes(scenario, seed), start=1):
        found.append(stacked(np.stack([each.predict(episode) for each in learners]), episode.query.y))
        report(0.5 * done / len(tuning.TUNING_SHOTS), f"{shots} shots")
    arrays = {"shots": np.array(tuning.TUNING_SHOTS), "weights": np.array(found)}
    calibrations = calibration.arrays_for(
        scenario, Ensemble(learners, arrays["weights"]), seed, lambda done, word: report(0.5 + 0.5 * done, word)
    )
    most = max(seen, key=lambda each: each.tasks)
    experience = {"other_tasks": most.tasks, "labels_each": most.labels // (most.tasks * scenario.ways)}
    return Checkpoint(arrays | calibrations, {"members": list(members), **experience})


def restore(scenario: Scenario, checkpoint: Checkpoint, members: Mapping[str, Learner]) -> Learner:
    """Return the ensemble of fitted learners.

    Raises
    ------
    KeyError, ValueError
        If the checkpoint is of other members.
    """
    if checkpoint.metadata["members"] != list(members):
        raise ValueError("weights of other methods")
    weights = tuning.settings(checkpoint, "weights", (len(members),))
    if (weights < 0).any() or not weights.any(axis=1).all():
        raise ValueError("no weights")
    return Calibrated(Ensemble(tuple(members.values()), weights), calibration.of(scenario, checkpoint))
