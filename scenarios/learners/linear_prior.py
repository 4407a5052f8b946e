"""Empirical Bayes for linear models: a Gaussian prior of the weights, learned from the training tasks.

A random-effects model (Laird and Ware 1982): each task's weights are a draw from one Gaussian, whose mean and
covariance are found by expectation maximisation. Where a task's labels are classes, its posterior is approximated at
its mode (Laplace). Where tasks are linear this is the best there is, without any network.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import log_softmax, softmax

from scenarios.episode import Episode
from scenarios.task import Array

_ROUNDS = 30  # of expectation maximisation
_NEWTON_STEPS = 12
_HALVINGS = 6
_RIDGE = 1e-4  # that keeps the covariance invertible


@dataclass(frozen=True)
class LinearPrior:
    """Of the weights of one task's linear model: for each input and a constant, for each class but the first."""

    mean: Array  # (weights,)
    covariance: Array  # (weights, weights)
    noise: float  # variance of a label around the line; 1 where labels are classes
    classes: int  # 1 where a number is predicted


def learn(episode: Episode) -> LinearPrior:
    """Return the prior that maximises the likelihood of the labels of many training tasks."""
    x, y, mask = _examples(episode)
    classes = episode.ways
    weights = x.shape[-1] * max(classes - 1, 1)
    prior = LinearPrior(np.zeros(weights), np.eye(weights), 1.0, classes)
    for _ in range(_ROUNDS):
        mode, covariance = posterior(prior, x, y, mask)
        centre = mode.mean(0)
        away = mode - centre
        spread = (away.T @ away + covariance.sum(0)) / len(mode) + _RIDGE * np.eye(weights)
        noise = 1.0
        if classes == 1:
            missed = np.square(y - np.einsum("tnd,td->tn", x, mode)) + np.einsum("tnd,tde,tne->tn", x, covariance, x)
            noise = float((missed * mask).sum() / mask.sum()) + 1e-6
        prior = LinearPrior(centre, spread, noise, classes)
    return prior


def posterior(prior: LinearPrior, x: Array, y: Array, mask: Array) -> tuple[Array, Array]:
    """Of each task's weights: the mode (tasks, weights) and the covariance there (tasks, weights, weights).

    x (tasks, n, inputs + 1) ends with a constant; y and mask (tasks, n).
    """
    precision = np.linalg.inv(prior.covariance)
    kept = x * mask[..., None]
    if prior.classes == 1:
        bend = np.einsum("tnd,tne->tde", kept, x) / prior.noise + precision
        pull = np.einsum("tnd,tn->td", kept, y) / prior.noise + precision @ prior.mean
        return np.linalg.solve(bend, pull[..., None])[..., 0], np.linalg.inv(bend)
    known = np.eye(prior.classes)[y][..., 1:]
    mode = np.broadcast_to(prior.mean, (len(x), len(prior.mean)))
    for _ in range(_NEWTON_STEPS):
        chance = softmax(_logits(prior, x, mode), axis=-1)[..., 1:]  # (tasks, n, classes - 1)
        slope = np.einsum("tnc,tnd->tcd", known - chance, kept).reshape(mode.shape) - (mode - prior.mean) @ precision
        bend = _curvature(chance, kept, x) + precision
        mode = _downhill(prior, x, y, mask, mode, np.linalg.solve(bend, slope[..., None])[..., 0])
    return mode, np.linalg.inv(bend)


def _downhill(prior: LinearPrior, x: Array, y: Array, mask: Array, mode: Array, step: Array) -> Array:
    """Newton's step, halved for the tasks that it would lead uphill: far from its goal it oversteps.

    A task that no such step brings down stays where it is.
    """
    step = np.where(np.isfinite(step), step, 0.0)
    length, before = np.ones((len(mode), 1)), _surprise(prior, x, y, mask, mode)
    for halvings in range(_HALVINGS + 1):
        uphill = _surprise(prior, x, y, mask, mode + length * step) > before + 1e-9
        if not uphill.any():
            break
        length[uphill] = length[uphill] / 2 if halvings < _HALVINGS else 0.0
    return mode + length * step


def _surprise(prior: LinearPrior, x: Array, y: Array, mask: Array, weights: Array) -> Array:
    """Return the negative log of prior times likelihood up to a constant: (tasks,)."""
    away = weights - prior.mean
    log_p = log_softmax(_logits(prior, x, weights), axis=-1)
    of_labels: Array = (np.take_along_axis(log_p, y[..., None].astype(int), axis=-1)[..., 0] * mask).sum(1)
    surprise: Array = 0.5 * (away * np.linalg.solve(prior.covariance, away.T).T).sum(1) - of_labels
    return surprise


def _curvature(chance: Array, kept: Array, x: Array) -> Array:
    """Of minus the log likelihood of classes: (tasks, weights, weights)."""
    tasks, _, others = chance.shape
    between = chance[..., :, None] * (np.eye(others) - chance[..., None, :])  # (tasks, n, classes - 1, classes - 1)
    bend: Array = np.einsum("tncb,tnd,tne->tcdbe", between, kept, x, optimize=True)
    return bend.reshape(tasks, others * x.shape[-1], -1)


def _logits(prior: LinearPrior, x: Array, weights: Array) -> Array:
    """Of all classes, the first of which has 0: (tasks, n, classes)."""
    others = np.einsum("tnd,tcd->tnc", x, weights.reshape(len(x), prior.classes - 1, -1))
    return np.concatenate([np.zeros_like(others[..., :1]), others], axis=-1)


def _examples(episode: Episode) -> tuple[Array, Array, Array]:
    return _with_one(episode.support.x), episode.support.y, episode.mask.astype(float)


def _with_one(x: Array) -> Array:
    x = x.astype(float)
    return np.concatenate([x, np.ones_like(x[..., :1])], axis=-1)


@dataclass(frozen=True)
class LinearModel:
    """Each task's linear model, by its posterior under a prior."""

    prior: LinearPrior

    def predict(self, episode: Episode) -> Array:
        """Probabilities, for classes as frequent as in the support set; or mean and standard deviation."""
        mode, covariance = posterior(self.prior, *_examples(episode))
        query_x = _with_one(episode.query.x)
        if self.prior.classes == 1:
            mean = np.einsum("tqd,td->tq", query_x, mode)
            variance = np.einsum("tqd,tde,tqe->tq", query_x, covariance, query_x) + self.prior.noise
            return np.stack([mean, np.sqrt(variance)], axis=-1)
        logits = _logits(self.prior, query_x, mode)
        if self.prior.classes == 2:  # what one does not know draws the answer towards one half (MacKay 1992)
            variance = np.einsum("tqd,tde,tqe->tq", query_x, covariance, query_x)
            logits = logits / np.sqrt(1 + np.pi * variance / 8)[..., None]
        likely: Array = softmax(logits, axis=-1)
        return likely
