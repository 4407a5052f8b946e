"""Calibration of every method's probabilities on training tasks, for each number of labels.

Of two classes it is Platt's scaling (1999, in Advances in Large Margin Classifiers), which keeps their order; of more
it is Dirichlet calibration (Kull et al. 2019, NeurIPS 32), which can also correct a class that is predicted too often.
Both are fitted for each of SHOTS, the published numbers of labels.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from scenarios.episode import Episode
from scenarios.learner import Learner
from scenarios.learners import tuning
from scenarios.meta_learner.gradient import identity
from scenarios.meta_learner.weights import Checkpoint, Report
from scenarios.protocol import SHOTS
from scenarios.scenario import Scenario
from scenarios.task import Array, Labels

_CAUTION = 1e-6  # no probability is taken to be nearer to 0 or 1 than this
_PENALTY = 1e-5  # penalty on the squared distance from the identity, which keeps certain predictions finite
Calibrate = Callable[[int, Array], Array]  # shots, probabilities -> probabilities


@dataclass(frozen=True)
class Calibrated:
    """A learner with calibrated probabilities."""

    learner: Learner
    calibrate: Calibrate

    def predict(self, episode: Episode) -> Array:
        """Return calibrated probabilities (tasks, queries, ways); in a regression, the learner's predictions."""
        return self.calibrate(episode.shots, self.learner.predict(episode))


def arrays_for(
    scenario: Scenario, learner: Learner, seed: int, report: Report = lambda done, word: None
) -> dict[str, Array]:
    """Return the arrays of a checkpoint that calibrate a learner at each of SHOTS; none in a regression."""
    if scenario.regression:
        report(1.0, "numbers: not calibrated")
        return {}
    found = []
    for done, (shots, episode) in enumerate(tuning.tuning_episodes(scenario, seed, SHOTS), start=1):
        found.append(fit_calibration(learner.predict(episode), episode.query.y))
        report(done / len(SHOTS), f"{shots} shots: calibration")
    return {"calibrated_shots": np.array(SHOTS), "calibration": np.array(found)}


def of(scenario: Scenario, checkpoint: Checkpoint, *, is_required: bool = True) -> Calibrate:
    """Return the calibration of a checkpoint; none in a regression, or if there is none and it is not required.

    Raises
    ------
    KeyError, ValueError
        If it is missing or of another scenario.
    """
    arrays, ways = checkpoint.arrays, scenario.ways
    if scenario.regression or not (is_required or "calibration" in arrays):
        return identity
    found = arrays["calibration"]
    # Earlier versions calibrated at the numbers of labels of the settings, and by Platt's scaling always.
    fitted_at = np.array(arrays["calibrated_shots" if "calibrated_shots" in arrays else "shots"])
    if found.shape[1:] not in {(1 + ways,), (ways, ways + 1)} or fitted_at.shape != found.shape[:1]:
        raise ValueError("calibrated for other classes")
    return lambda shots, answer: calibrated(found[_nearest(fitted_at, shots)], answer)


def _nearest(fitted_at: Array, shots: int) -> int:
    """Return the place of the nearest number of labels on a log scale, of those with the same settings if there are."""
    away = np.abs(np.log(fitted_at / shots))
    other_settings = np.array([tuning.place(int(each)) != tuning.place(shots) for each in fitted_at])
    return int(np.lexsort((away, other_settings))[0])


def fit_calibration(probabilities: Array, y: Labels) -> Array:
    """Fit the settings that calibrate probabilities (..., ways) to the labels y (...), by maximum likelihood.

    Of two classes they are a scale and class shifts, (1 + ways,): log p' = scale log p + shift, renormalised; the order
    of the examples stays, and with it the AUROC. Of more they are weights and shifts, (ways, ways + 1):
    log p' = weights log p + shift, renormalised.
    """
    ways = probabilities.shape[-1]
    log_p, labels = np.log(np.clip(probabilities, _CAUTION, 1)).reshape(-1, ways).astype(float), y.reshape(-1)
    return _scaling(log_p, labels) if ways == 2 else _dirichlet(log_p, labels)


def _scaling(log_p: Array, labels: Labels) -> Array:
    rows = np.arange(len(labels))

    def loss(settings: Array) -> float:
        logits = np.exp(settings[0]) * log_p + [0, settings[1]]
        return -float(np.mean(log_softmax(logits, axis=1)[rows, labels]))

    solution = minimize(loss, np.zeros(2), method="L-BFGS-B", bounds=[(-5, 8), (-5, 5)]).x
    settings: Array = np.array([np.exp(solution[0]), 0, solution[1]])
    return settings


def _dirichlet(log_p: Array, labels: Labels) -> Array:
    """Every class but the first has weights and a shift; the first one's logit is 0."""
    ways, known = log_p.shape[1], np.eye(log_p.shape[1])[labels]
    seen = np.concatenate([log_p, np.ones_like(log_p[:, :1])], axis=1)
    as_said = np.concatenate([-np.ones((ways - 1, 1)), np.eye(ways - 1), np.zeros((ways - 1, 1))], axis=1)

    def loss(settings: Array) -> tuple[float, Array]:
        weights = settings.reshape(ways - 1, ways + 1)
        logits = np.concatenate([np.zeros_like(log_p[:, :1]), seen @ weights.T], axis=1)
        log_likely = log_softmax(logits, axis=1)
        gradient = (np.exp(log_likely) - known)[:, 1:].T @ seen / len(seen) + 2 * _PENALTY * (weights - as_said)
        return -(log_likely * known).sum() / len(seen) + _PENALTY * ((weights - as_said) ** 2).sum(), gradient.ravel()

    found = minimize(loss, as_said.ravel(), jac=True, method="L-BFGS-B").x.reshape(as_said.shape)
    return np.concatenate([np.zeros((1, ways + 1)), found])


def calibrated(settings: Array, probabilities: Array) -> Array:
    """Apply a calibration of `fit_calibration` to probabilities (..., ways)."""
    log_p = np.log(np.clip(probabilities, _CAUTION, 1))
    is_scale = settings.ndim == 1
    logits = settings[0] * log_p + settings[1:] if is_scale else log_p @ settings[:, :-1].T + settings[:, -1]
    come_true: Array = softmax(logits, axis=-1)
    return come_true
