"""Test whether a task resembles the training tasks, from its labelled examples alone, before any prediction.

The random effects of the simple statistical methods describe how class means, or curves, differ between tasks. Labelled
examples that are improbable under them come from another kind of task. For classes, the statistic is the log
likelihood ratio of a prior with the same spread in no particular direction; for numbers, the squared Mahalanobis
distance of the labels from their prior mean. The reference distribution is that of held-out training tasks.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import helmert

from scenarios.episode import Episode, draw_examples, open_episode
from scenarios.learners import hierarchical
from scenarios.learners.discriminant import ClassMeansPrior
from scenarios.learners.hierarchical import Hierarchical
from scenarios.learners.linear_prior import LinearPrior, with_one
from scenarios.meta_learner.weights import Checkpoint, Fit, Report
from scenarios.protocol import SHOTS, nearest_place
from scenarios.scenario import Scenario
from scenarios.task import Array, rng_for

_TASKS = 2000  # training tasks of the reference distribution
_STREAM = 5  # a stream of random numbers used nowhere else
_QUANTILES = np.linspace(0, 1, 201)


@dataclass(frozen=True)
class FamiliarityTest:
    """The test for one number of labels.

    Parameters
    ----------
    model : Hierarchical
        A method with the random effects of other tasks.
    usual : (201,)
        Quantiles of the statistic over training tasks, from the least to the largest.
    """

    model: Hierarchical
    usual: Array

    def p_values(self, episode: Episode) -> Array:
        """Return for each task the share of training tasks that look stranger, in steps of 0.5%: (tasks,)."""
        below = np.searchsorted(self.usual, statistic(self.model, episode), side="right")
        p: Array = 1 - np.minimum(below, len(self.usual) - 1) / len(self.usual)
        return p


def fit(name: str) -> Fit:
    """Return the function that fits a hierarchical method and then learns the distribution of its test statistic."""

    def fit_both(scenario: Scenario, seed: int, report: Report) -> Checkpoint:
        checkpoint = hierarchical.fit(name)(scenario, seed, lambda done, word: report(0.8 * done, word))
        learner = hierarchical.uncalibrated(scenario, name, checkpoint)
        rows: list[Array] = []
        for shots in SHOTS:
            rng = rng_for("train", seed, _STREAM)
            tasks = scenario.sample_tasks(rng, _TASKS)
            draw = draw_examples(tasks, rng, shots=shots, queries=2, most_shots=shots)
            found = statistic(learner.at(shots), open_episode(scenario, draw, room=shots))
            rows.append(np.quantile(found, _QUANTILES))
            report(0.8 + 0.2 * len(rows) / len(SHOTS), f"{shots} shots")
        return Checkpoint(checkpoint.arrays | {"usual": np.array(rows)}, checkpoint.metadata)

    return fit_both


def restored(scenario: Scenario, name: str, checkpoint: Checkpoint, shots: int) -> FamiliarityTest:
    """Return the test for tasks with `shots` labels per class, or the nearest published number.

    Raises
    ------
    KeyError, ValueError
        If the checkpoint is of another learner.
    """
    usual = checkpoint.arrays["usual"]
    if usual.shape != (len(SHOTS), len(_QUANTILES)):
        raise ValueError("quantiles of other numbers of shots")
    return FamiliarityTest(
        hierarchical.uncalibrated(scenario, name, checkpoint).at(shots), usual[nearest_place(SHOTS, shots)]
    )


def statistic(model: Hierarchical, episode: Episode) -> Array:
    """Return how strange each task's labelled examples are: (tasks,), more is stranger."""
    x, _ = model.inputs.of(episode)
    rows = episode.raw.support.y.shape[1]
    known = x[:, :rows], episode.support.y[:, :rows]
    if isinstance(model.prior, LinearPrior):
        return _of_numbers(model.prior, *known)
    if not isinstance(model.prior, ClassMeansPrior) or model.prior.between is None:
        raise ValueError("a prior without random effects of class means")
    return _of_classes(model.prior, model.prior.between, *known)


def _of_numbers(prior: LinearPrior, x: Array, y: Array) -> Array:
    x = with_one(x)
    expected = x @ prior.covariance @ x.swapaxes(1, 2) + prior.noise * np.eye(x.shape[1])
    off = (y - x @ prior.mean)[..., None]
    distance: Array = (off * np.linalg.solve(expected, off)).sum((1, 2))
    return distance


def _of_classes(prior: ClassMeansPrior, between: Array, x: Array, y: Array) -> Array:
    within, d, ways = prior.within, len(prior.within), prior.ways
    members = np.eye(ways)[y]  # (tasks, rows, classes)
    counts = members.sum(1)
    means = np.einsum("tnc,tnd->tcd", members, x) / counts[..., None]
    contrast = helmert(ways)  # (classes - 1, classes)
    turn = np.kron(contrast, np.eye(d))
    off = np.einsum("kc,tcd->tkd", contrast, means).reshape(len(x), -1) - turn @ prior.mean
    effects = turn @ between @ turn.T
    spread = np.trace(np.linalg.solve(np.kron(np.eye(ways - 1), within), effects)) / len(effects)
    anywhere = spread * np.kron(np.eye(ways - 1), within)
    ratio = np.empty(len(x))
    for count in np.unique(counts, axis=0):
        noise = np.kron(contrast @ np.diag(1 / count) @ contrast.T, within)
        these = (counts == count).all(1)
        ratio[these] = _surprise(off[these], effects + noise) - _surprise(off[these], anywhere + noise)
    return ratio


def _surprise(off: Array, covariance: Array) -> Array:
    """Return minus the log density of a Gaussian, up to a constant: off (tasks, k) -> (tasks,)."""
    root = np.linalg.cholesky(covariance)
    surprise: Array = 0.5 * np.square(np.linalg.solve(root, off.T)).sum(0) + np.log(np.diag(root)).sum()
    return surprise
