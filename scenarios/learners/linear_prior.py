"""Random effects for linear models: a Gaussian prior of a task's weights, learned from other tasks.

Each task's weights are a draw from one Gaussian, whose mean and covariance are found by expectation maximisation (Laird
and Ware 1982, Biometrics 38:963-974). If labels are classes, this is random-effects logistic regression, and a task's
posterior is approximated at its mode (Laplace); if they are numbers, the posterior is exact.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax, softmax

from scenarios.episode import class_weights
from scenarios.task import Array

_ROUNDS = 30  # rounds of expectation maximisation
_NEWTON_STEPS = 50  # at most; five are usual
_CLOSE = 1e-9  # tolerance of a mode: the gain of one more step, in nats
_HALVINGS = 12
_RIDGE = 1e-4  # keeps the covariance invertible
_PRIOR_TASKS = 1.0  # weight, in tasks, of a round covariance to which the estimate is shrunk; matters if tasks are few


@dataclass(frozen=True)
class LinearPrior:
    """Of the weights of one task's linear model: for each input and a constant, for each class but the first."""

    mean: Array  # (weights,)
    covariance: Array  # (weights, weights)
    noise: float  # variance of a label around the line; 1 where labels are classes
    classes: int  # 1 for regression

    def arrays(self) -> dict[str, Array]:
        """Return the arrays of a weights file."""
        return {"mean": self.mean, "covariance": self.covariance, "noise": np.array(self.noise)}


def restored(arrays: Mapping[str, Array], size: int, classes: int) -> LinearPrior:
    """Return the prior in `LinearPrior.arrays`, for a number of inputs and of classes.

    Raises
    ------
    KeyError, ValueError
        If it is another one.
    """
    weights = (size + 1) * max(classes - 1, 1)
    noise = float(arrays["noise"]) if classes == 1 else 1.0
    prior = LinearPrior(arrays["mean"], arrays["covariance"], noise, classes)
    if prior.mean.shape != (weights,) or prior.covariance.shape != (weights, weights):
        raise ValueError("a prior of another size")
    return prior


def learn(inputs: Array, y: Array, mask: Array, classes: int) -> LinearPrior:
    """Return the prior that maximises the likelihood of the labels of other tasks.

    inputs (tasks, n, d); y and mask (tasks, n); classes is 1 if labels are numbers.
    """
    x = with_one(inputs)
    weights = x.shape[-1] * max(classes - 1, 1)
    prior, mode = LinearPrior(np.zeros(weights), np.eye(weights), 1.0, classes), None
    for _ in range(_ROUNDS):
        mode, covariance = _posterior(prior, x, y, mask, start=mode)
        centre = mode.mean(0)
        away = mode - centre
        spread = away.T @ away + covariance.sum(0)
        spread += _PRIOR_TASKS * np.trace(spread) / len(mode) / weights * np.eye(weights)
        spread = spread / (len(mode) + _PRIOR_TASKS) + _RIDGE * np.eye(weights)
        noise = 1.0
        if classes == 1:
            missed = np.square(y - np.einsum("tnd,td->tn", x, mode)) + np.einsum("tnd,tde,tne->tn", x, covariance, x)
            noise = float((missed * mask).sum() / mask.sum()) + 1e-6
        prior = LinearPrior(centre, spread, noise, classes)
    return prior


def posterior(
    prior: LinearPrior, inputs: Array, y: Array, mask: Array, offset: Array | float = 0.0
) -> tuple[Array, Array]:
    """Return the posterior of each task's weights: mode (tasks, weights), covariance (tasks, weights, weights).

    inputs (tasks, n, d); y and mask (tasks, n); offset (tasks, 1, classes) is what the choice of examples has added to
    the logits of their classes. A class's weights end with its constant.
    """
    return _posterior(prior, with_one(inputs), y, mask, offset)


def _posterior(
    prior: LinearPrior, x: Array, y: Array, mask: Array, offset: Array | float = 0.0, start: Array | None = None
) -> tuple[Array, Array]:
    """As `posterior`; x ends with a constant. Newton's method begins at `start`."""
    precision = np.linalg.inv(prior.covariance)
    kept = x * mask[..., None]
    if prior.classes == 1:
        bend = kept.swapaxes(1, 2) @ x / prior.noise + precision
        pull = np.einsum("tnd,tn->td", kept, y) / prior.noise + precision @ prior.mean
        return np.linalg.solve(bend, pull[..., None])[..., 0], np.linalg.inv(bend)
    known = np.eye(prior.classes)[y][..., 1:]
    mode = np.array(np.broadcast_to(prior.mean if start is None else start, (len(x), len(prior.mean))))
    offset = np.broadcast_to(offset, (len(x), 1, prior.classes))
    bend = np.empty((*mode.shape, mode.shape[1]))
    moving = np.arange(len(x))  # the tasks whose mode is not found yet
    for _ in range(_NEWTON_STEPS):
        logits = _logits(prior, x[moving], mode[moving]) + offset[moving]
        chance = softmax(logits, axis=-1)[..., 1:]  # (tasks, n, classes - 1)
        slope = np.einsum("tnc,tnd->tcd", known[moving] - chance, kept[moving]).reshape(len(moving), -1)
        slope -= (mode[moving] - prior.mean) @ precision
        bend[moving] = _curvature(chance, kept[moving], x[moving]) + precision
        step = np.linalg.solve(bend[moving], slope[..., None])[..., 0]
        gain = 0.5 * (slope * step).sum(1)
        far = ~(gain < _CLOSE)
        if not far.any():
            break
        moving, step = moving[far], step[far]
        known_of = x[moving], y[moving], mask[moving], offset[moving]
        mode[moving] = _downhill(prior, precision, known_of, mode[moving], step)
    return mode, np.linalg.inv(bend)


def _downhill(prior: LinearPrior, precision: Array, known: tuple[Array, ...], mode: Array, step: Array) -> Array:
    """Return damped Newton steps: halved for the tasks whose objective would increase.

    A task that no such step improves stays unchanged.
    """
    step = np.where(np.isfinite(step), step, 0.0)
    length, before = np.ones((len(mode), 1)), _surprise(prior, precision, known, mode)
    for halvings in range(_HALVINGS + 1):
        uphill = _surprise(prior, precision, known, mode + length * step) > before + 1e-9
        if not uphill.any():
            break
        length[uphill] = length[uphill] / 2 if halvings < _HALVINGS else 0.0
    return mode + length * step


def _surprise(prior: LinearPrior, precision: Array, known: tuple[Array, ...], weights: Array) -> Array:
    """Return the negative log of prior times likelihood up to a constant, (tasks,); known: x, y, mask and offset."""
    x, y, mask, offset = known
    away = weights - prior.mean
    log_p = log_softmax(_logits(prior, x, weights) + offset, axis=-1)
    of_labels: Array = (np.take_along_axis(log_p, y[..., None].astype(int), axis=-1)[..., 0] * mask).sum(1)
    surprise: Array = 0.5 * (away * (away @ precision)).sum(1) - of_labels
    return surprise


def _curvature(chance: Array, kept: Array, x: Array) -> Array:
    """Of minus the log likelihood of classes: (tasks, weights, weights)."""
    tasks, _, others = chance.shape
    d = x.shape[-1]
    bend = np.empty((tasks, others, d, others, d))
    for one in range(others):
        for other in range(others):
            between = chance[..., one] * ((one == other) - chance[..., other])
            bend[:, one, :, other] = (kept * between[..., None]).swapaxes(1, 2) @ x
    return bend.reshape(tasks, others * d, others * d)


def _logits(prior: LinearPrior, x: Array, weights: Array) -> Array:
    """Of all classes, the first of which has 0: (tasks, n, classes)."""
    others = x @ weights.reshape(len(x), prior.classes - 1, -1).swapaxes(1, 2)
    return np.concatenate([np.zeros_like(others[..., :1]), others], axis=-1)


def with_one(x: Array) -> Array:
    """Return inputs with a constant at their end: (..., d) -> (..., d + 1)."""
    x = x.astype(float)
    return np.concatenate([x, np.ones_like(x[..., :1])], axis=-1)


def predict_evened(prior: LinearPrior, inputs: Array, y: NDArray[Any], mask: Array, query_inputs: Array) -> Array:
    """Predict like `predict`, for a support set whose class sizes were chosen.

    The prior was learned from as many of each. More of one class say nothing about the task then, which the likelihood
    allows for by an offset (Prentice and Pyke 1979, Biometrika 66:403-411).
    """
    offset = 0.0 if prior.classes == 1 else -np.log(class_weights(y, mask, prior.classes))[:, None]
    return predict(prior, inputs, y, mask, query_inputs, offset)


def predict(
    prior: LinearPrior, inputs: Array, y: Array, mask: Array, query_inputs: Array, offset: Array | float = 0.0
) -> Array:
    """Class probabilities (tasks, queries, classes), as frequent as in the support set; or mean and deviation.

    inputs (tasks, n, d), y and mask (tasks, n) are the support sets, query_inputs (tasks, queries, d) the questions;
    `offset` is that of `posterior`.
    """
    mode, covariance = posterior(prior, inputs, y, mask, offset)
    query_x = with_one(query_inputs)
    if prior.classes <= 2:
        variance = np.einsum("tqd,tqd->tq", query_x @ covariance, query_x)
    if prior.classes == 1:
        mean = np.einsum("tqd,td->tq", query_x, mode)
        return np.stack([mean, np.sqrt(variance + prior.noise)], axis=-1)
    logits = _logits(prior, query_x, mode)
    if prior.classes == 2:  # uncertainty draws the probability towards one half (MacKay 1992)
        logits = logits / np.sqrt(1 + np.pi * variance / 8)[..., None]
    likely: Array = softmax(logits, axis=-1)
    return likely
