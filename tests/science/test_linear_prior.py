"""Promise: the linear model with random effects is the empirical Bayes answer that its name claims."""

import numpy as np
import pytest
from scipy.special import softmax

from scenarios.episode import Draw, Episode
from scenarios.learners import linear_prior
from scenarios.learners.linear_prior import LinearPrior, posterior
from scenarios.task import Examples

MEAN = np.array([1.0, -0.5, 0.3])
COVARIANCE = np.array([[0.5, 0.2, 0.0], [0.2, 0.4, -0.1], [0.0, -0.1, 0.3]])


def tasks_of(count: int, rows: int, classes: int, seed: int = 0) -> Episode:
    """Linear tasks of two inputs, whose weights are drawn from a known Gaussian (for each class but the first)."""
    rng = np.random.default_rng(seed)
    weights = rng.multivariate_normal(MEAN, COVARIANCE, (count, max(classes - 1, 1)))
    x = rng.standard_normal((count, rows + 40, 2))
    said = np.einsum("tnd,tcd->tnc", np.concatenate([x, np.ones_like(x[..., :1])], -1), weights)
    if classes == 1:
        y = said[..., 0] + 0.5 * rng.standard_normal(said.shape[:2])
    else:
        chance = softmax(np.concatenate([np.zeros_like(said[..., :1]), said], -1), -1)
        y = (chance.cumsum(-1) < rng.random((count, rows + 40, 1))).sum(-1)
    support, query = Examples(x[:, :rows], y[:, :rows]), Examples(x[:, rows:], y[:, rows:])
    return Episode(support, np.ones((count, rows)), query, Draw(support, query), classes)


def known_prior(classes: int) -> LinearPrior:
    others = max(classes - 1, 1)
    return LinearPrior(np.tile(MEAN, others), np.kron(np.eye(others), COVARIANCE), 0.25 if classes == 1 else 1, classes)


@pytest.mark.parametrize("classes", [1, 2])
def test_the_prior_of_many_tasks_is_found(classes):
    known = tasks_of(300, 60, classes)
    found, true = linear_prior.learn(known.support.x, known.support.y, known.mask, classes), known_prior(classes)
    np.testing.assert_allclose(found.mean, true.mean, atol=0.1)
    np.testing.assert_allclose(found.covariance, true.covariance, atol=0.13)
    assert found.noise == pytest.approx(true.noise, rel=0.1)


def test_of_a_number_it_is_the_exact_posterior():
    prior, x = known_prior(1), np.array([[[1.0, 2.0, 1.0], [0.5, -1.0, 1.0], [9.0, 9.0, 1.0]]])
    y, mask = np.array([[0.3, -0.2, 77.0]]), np.array([[1.0, 1.0, 0.0]])
    mode, covariance = posterior(prior, x[..., :2], y, mask)
    joint = x[0, :2] @ COVARIANCE @ x[0, :2].T + 0.25 * np.eye(2)  # by conditioning the joint Gaussian instead
    gain = COVARIANCE @ x[0, :2].T @ np.linalg.inv(joint)
    np.testing.assert_allclose(mode[0], MEAN + gain @ (y[0, :2] - x[0, :2] @ MEAN), atol=1e-10)
    np.testing.assert_allclose(covariance[0], COVARIANCE - gain @ x[0, :2] @ COVARIANCE, atol=1e-10)


@pytest.mark.parametrize("classes", [2, 3])
def test_of_classes_it_is_the_mode_of_the_posterior_and_its_curvature(classes):
    episode, prior = tasks_of(1, 9, classes, seed=3), known_prior(classes)
    x = np.concatenate([episode.support.x, np.ones((1, 9, 1))], -1)
    y, mask = episode.support.y, np.array([[1.0] * 7 + [0.0] * 2])
    [mode], [covariance] = posterior(prior, episode.support.x, y, mask)

    def surprise(weights: np.ndarray) -> float:
        logits = np.c_[np.zeros(7), x[0, :7] @ weights.reshape(classes - 1, 3).T]
        away = weights - prior.mean
        likely = np.log(softmax(logits, 1)[np.arange(7), y[0, :7]]).sum()
        return 0.5 * away @ np.linalg.solve(prior.covariance, away) - likely

    steps = 1e-3 * np.eye(len(mode))
    slope = [(surprise(mode + step) - surprise(mode - step)) / 2e-3 for step in steps]
    np.testing.assert_allclose(slope, 0, atol=1e-4)
    bend = [
        [
            (surprise(mode + a + b) - surprise(mode + a - b) - surprise(mode - a + b) + surprise(mode - a - b)) / 4e-6
            for b in steps
        ]
        for a in steps
    ]
    np.testing.assert_allclose(np.linalg.inv(covariance), bend, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("classes", [1, 2, 3])
def test_with_the_right_prior_what_it_says_comes_true(classes):
    episode = tasks_of(500, 4, classes, seed=5)
    known = episode.support.x, episode.support.y, episode.mask
    answer = linear_prior.predict(known_prior(classes), *known, episode.query.x)
    if classes == 1:
        missed = (episode.query.y - answer[..., 0]) / answer[..., 1]
        assert (missed**2).mean() == pytest.approx(1, abs=0.06)
        return
    assert answer.shape == (500, 40, classes)
    np.testing.assert_allclose(answer.sum(-1), 1)
    for label in range(classes):
        order = np.argsort(answer[..., label].ravel())
        for rows in np.array_split(order, 5):
            came = (episode.query.y.ravel()[rows] == label).mean()
            assert came == pytest.approx(answer[..., label].ravel()[rows].mean(), abs=0.06)


@pytest.mark.parametrize("worst", [1.0, np.inf, np.nan])
def test_a_task_that_no_step_brings_down_stays_where_it_is(worst):
    """One step uphill in thirty rounds is enough for the prior of all tasks to run away."""
    episode, prior = tasks_of(2, 9, 3, seed=3), known_prior(3)
    x = np.concatenate([episode.support.x, np.ones((2, 9, 1))], -1)
    y, mask = episode.support.y, np.ones((2, 9))
    goal, _ = posterior(prior, x[..., :2], y, mask)
    away = goal - [[0.5], [0.0]]  # the second is there already
    step = np.stack([goal[0] - away[0], np.full(len(goal[1]), worst)])
    there = linear_prior._downhill(
        prior, np.linalg.inv(prior.covariance), (x, y, mask, np.zeros((2, 1, 3))), away, step
    )
    np.testing.assert_allclose(there[0], goal[0])
    np.testing.assert_array_equal(there[1], goal[1])


def test_newton_finds_the_mode_of_tasks_that_are_far_from_the_prior():
    """One that stopped on the way answered at random, in 11 of 600 tasks with many labels."""
    episode, prior = tasks_of(40, 150, 3, seed=8), known_prior(3)
    far = LinearPrior(prior.mean * 30, prior.covariance, 1.0, 3)
    mode, _ = posterior(far, episode.support.x, episode.support.y, episode.mask)
    x = np.concatenate([episode.support.x, np.ones((40, 150, 1))], -1)
    chance = softmax(linear_prior._logits(far, x, mode), -1)[..., 1:]
    slope = np.einsum("tnc,tnd->tcd", np.eye(3)[episode.support.y][..., 1:] - chance, x).reshape(mode.shape)
    slope -= (mode - far.mean) @ np.linalg.inv(far.covariance)
    np.testing.assert_allclose(slope, 0, atol=1e-3)
