"""Promise: the model of reduced rank finds the few directions in which tasks differ, and borrows the right examples."""

import numpy as np
import pytest

from scenarios.credit_risk.scenario import SCENARIO as CREDIT
from scenarios.learners import hierarchical, reduced_rank
from scenarios.metrics import auroc

MEAN, DIRECTION = np.array([0.0, 0.0, 1.0, 0.0, 0.0, 0.0]), np.array([1.5, -1.5, 0.0, 0.0, 0.0, 0.0])


def tasks_of(count: int, rows: int, seed: int, effects: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Tasks whose log odds are (MEAN + effect DIRECTION) x, as many examples of each class."""
    rng = np.random.default_rng(seed)
    effects = rng.standard_normal(count) if effects is None else effects
    x = rng.standard_normal((count, 20 * rows, 6))
    y = rng.random(x.shape[:2]) < 1 / (1 + np.exp(-np.einsum("tnd,td->tn", x, MEAN + effects[:, None] * DIRECTION)))
    chosen = np.stack(
        [np.stack([np.flatnonzero(y[t] == c)[: rows // 2] for c in (0, 1)], 1).ravel() for t in range(count)]
    )
    return np.take_along_axis(x, chosen[..., None], axis=1), np.take_along_axis(y, chosen, axis=1).astype(int)


def test_mean_and_direction_are_those_of_the_tasks():
    prior = reduced_rank.learn(*tasks_of(400, 40, seed=0), plain=6)
    mean, *directions = prior.loadings[:, :-1]
    np.testing.assert_allclose(mean, MEAN, atol=0.15)
    size = np.linalg.norm(directions, axis=1)
    strongest = directions[int(size.argmax())]
    assert abs(strongest @ DIRECTION) / np.linalg.norm(strongest) / np.linalg.norm(DIRECTION) > 0.98
    assert size.max() == pytest.approx(np.linalg.norm(DIRECTION), rel=0.15)
    assert np.sort(size)[-2] < 0.3 * size.max()


def test_a_few_labels_tell_where_along_the_direction_a_task_lies():
    prior = reduced_rank.learn(*tasks_of(400, 40, seed=0), plain=6)
    x, y = tasks_of(200, 60, seed=1, effects=np.tile([1.0, -1.0], 100))
    scores = []
    for labels in (0, 10):
        mask = np.ones((200, 10)) * (labels > 0)
        answer = reduced_rank.predict(prior, x[:, :10], y[:, :10], mask, x[:, 10:])
        np.testing.assert_allclose(answer.sum(-1), 1)
        scores.append(auroc(answer, y[:, 10:]).mean())
    assert scores[1] > scores[0] + 0.1


def test_controls_come_from_tasks_whose_class_zero_has_about_the_same_mean():
    x, y = tasks_of(300, 40, seed=0)
    shift = np.linspace(-3, 3, 300)
    x[..., 3] += shift[:, None]  # all examples of a task, along an input that says nothing of the classes
    prior = reduced_rank.learn(x, y, plain=6)
    assert abs(prior.axis[3]) > 0.95
    for at in (-2.0, 2.0):
        own, labels = tasks_of(1, 20, seed=3)
        own[..., 3] += at
        mean, deviation = reduced_rank._shift(prior, own, labels, np.ones(labels.shape))
        assert mean[0] * np.sign(prior.axis[3]) == pytest.approx(at, abs=4 * deviation[0])
        assert deviation[0] < 0.7


def test_a_prior_of_another_scenario_is_refused():
    x, y = tasks_of(20, 20, seed=0)
    prior = reduced_rank.learn(x, y, plain=6)
    again = reduced_rank.restored(prior.arrays(), 6, 2)
    np.testing.assert_allclose(again.loadings, prior.loadings, atol=1e-5)
    with pytest.raises(ValueError, match="another scenario"):
        reduced_rank.restored(prior.arrays(), 7, 2)
    with pytest.raises(ValueError, match="another size"):
        reduced_rank.restored(prior.arrays() | {"controls": prior.controls[:-1]}, 6, 2)


def test_three_other_tasks_are_enough_to_answer():
    known = hierarchical.other_tasks(CREDIT, 3, 3, 10)
    learner = hierarchical.fit_from(CREDIT, "reduced_rank_logistic", known, lambda done, word: None)
    episode = hierarchical._split(CREDIT, hierarchical.other_tasks(CREDIT, 4, 20, 20), 5)
    answer = learner.predict(episode)
    assert np.isfinite(answer).all()
    assert auroc(answer, episode.query.y).mean() > 0.6
