"""Promise: a learner is a starting point and a rule for moving from it; moving is plain gradient descent."""

from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace
from itertools import pairwise

import numpy as np
import pytest
import tensorflow as tf

from scenarios.episode import Episode, open_episode
from scenarios.learner import MOMENTS, Learner, Walker
from scenarios.meta_learner.gradient import GradientLearner, adapt, inner_step, trajectory
from scenarios.meta_learner.network import cross_entropy, logits, random_start
from scenarios.scenario import Scenario
from scenarios.study import curves
from scenarios.task import Examples

TASKS, ROWS, INPUTS, HIDDEN, WAYS = 3, 7, 5, 4, 2  # all different, so that no axis can be taken for another
Shipped = Callable[[Scenario], dict[str, Learner]]


@pytest.fixture
def weights() -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(1)
    return tuple(
        w + 0.1 * rng.standard_normal(w.shape, np.float32) for w in random_start(rng, (INPUTS, HIDDEN, WAYS), TASKS)
    )


@pytest.fixture
def support() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x (tasks, rows, inputs), y and mask (tasks, rows): 7, 4 and 2 examples."""
    rng = np.random.default_rng(2)
    mask = (np.arange(ROWS)[None] < np.array([[7], [4], [2]])).astype(np.float32)
    return rng.standard_normal((TASKS, ROWS, INPUTS)).astype(np.float32), rng.integers(0, WAYS, (TASKS, ROWS)), mask


@pytest.fixture(scope="module")
def episodes(scenario: Scenario) -> dict[int, Episode]:
    return {k: curves.fresh_episode(scenario, tasks=3, shots=k, queries=11, seed=77) for k in (1, 4, 9)}


def by_hand(weights, x, y, mask):
    """Loss and gradient of a network with one hidden layer, worked out for one task at a time in 64 bits."""
    losses, gradients = [], [[], [], [], []]
    for task in range(TASKS):
        w1, b1, w2, b2 = (w[task].astype(np.float64) for w in weights)
        keep = mask[task] > 0
        inputs, onehot = x[task][keep].astype(np.float64), np.eye(WAYS)[y[task][keep]]
        before = inputs @ w1 + b1
        hidden = np.maximum(before, 0)
        out = hidden @ w2 + b2
        p = np.exp(out) / np.exp(out).sum(1, keepdims=True)
        losses.append(-np.log((p * onehot).sum(1)).mean())
        d_out = (p - onehot) / len(inputs)
        d_before = (d_out @ w2.T) * (before > 0)
        each = (inputs.T @ d_before, d_before.sum(0, keepdims=True), hidden.T @ d_out, d_out.sum(0, keepdims=True))
        for column, gradient in zip(gradients, each, strict=True):
            column.append(gradient)
    return np.array(losses), [np.stack(column) for column in gradients]


def test_the_loss_is_the_one_worked_out_by_hand(weights, support):
    np.testing.assert_allclose(cross_entropy(weights, *support), by_hand(weights, *support)[0], rtol=1e-5)


def test_one_inner_step_is_the_gradient_worked_out_by_hand(weights, support):
    rate = 0.3
    stepped = inner_step(tuple(map(tf.constant, weights)), *support, tf.constant(rate))
    _, gradients = by_hand(weights, *support)
    for after, before, gradient in zip(stepped, weights, gradients, strict=True):
        np.testing.assert_allclose(after, before - rate * gradient, atol=1e-6)
        assert np.abs(gradient).max() > 1e-3


def test_a_walk_is_that_step_again_and_again(weights, support):
    walk = adapt(tuple(map(tf.constant, weights)), *support, steps=3, rate=tf.constant(0.3))
    assert len(walk) == 4
    for before, after in pairwise(walk):
        _, gradients = by_hand([w.numpy() for w in before], *support)
        for w, stepped, gradient in zip(before, after, gradients, strict=True):
            np.testing.assert_allclose(stepped, w - 0.3 * gradient, atol=1e-6)


def test_what_the_mask_hides_never_changes_a_step(weights, support):
    x, y, mask = support
    noise = np.where(mask[..., None] > 0, x, 1e3).astype(np.float32)
    start = tuple(map(tf.constant, weights))
    for clean, noisy in zip(
        inner_step(start, x, y, mask, tf.constant(0.3)),
        inner_step(start, noise, np.where(mask > 0, y, 1 - y), mask, tf.constant(0.3)),
        strict=True,
    ):
        np.testing.assert_array_equal(clean, noisy)


def test_many_tasks_at_once_are_many_tasks_one_at_a_time(weights, support):
    x, y, mask = support
    query = np.random.default_rng(3).standard_normal((TASKS, 6, INPUTS)).astype(np.float32)
    moments, rate = tf.constant([0, 1, 5]), tf.constant(0.3)
    y = y.astype(np.int32)
    together = trajectory(tuple(map(tf.constant, weights)), *map(tf.constant, (x, y, mask, query)), rate, moments)
    assert together.shape == (3, TASKS, 6, WAYS)
    for task in range(TASKS):
        one = slice(task, task + 1)
        start = tuple(tf.constant(w[one]) for w in weights)
        alone = trajectory(start, *(tf.constant(a[one]) for a in (x, y, mask, query)), rate, moments)
        np.testing.assert_allclose(alone[:, 0], together[:, task], atol=1e-5)


def test_a_trajectory_is_looked_at_after_the_steps_it_names(weights, support):
    x, y, mask = support
    query = np.random.default_rng(3).standard_normal((TASKS, 6, INPUTS)).astype(np.float32)
    start = tuple(map(tf.constant, weights))
    walk = adapt(start, x, y, mask, steps=5, rate=tf.constant(0.3))
    y = y.astype(np.int32)
    seen = trajectory(start, *map(tf.constant, (x, y, mask, query)), tf.constant(0.3), tf.constant([0, 2, 5]))
    for answer, steps in zip(seen, (0, 2, 5), strict=True):
        np.testing.assert_allclose(answer, tf.nn.softmax(logits(walk[steps], query)), atol=1e-5)


def test_a_shared_start_is_each_tasks_own_copy(support):
    x, y, mask = support
    shared = random_start(np.random.default_rng(5), (INPUTS, HIDDEN, WAYS))
    own = tuple(np.repeat(w, TASKS, axis=0) for w in shared)
    for one, each in zip(
        adapt(tuple(map(tf.constant, shared)), x, y, mask, steps=2, rate=tf.constant(0.3))[-1],
        adapt(tuple(map(tf.constant, own)), x, y, mask, steps=2, rate=tf.constant(0.3))[-1],
        strict=True,
    ):
        np.testing.assert_allclose(one, each, atol=1e-6)


def test_more_padding_never_changes_an_answer(scenario: Scenario, shipped: Shipped, episodes):
    roomier = replace(scenario, max_shots=scenario.max_shots + 9)
    for name, learner in shipped(scenario).items():
        for episode in episodes.values():
            padded = open_episode(roomier, episode.raw)
            assert padded.mask.shape[1] > episode.mask.shape[1]
            np.testing.assert_allclose(learner.predict(padded), learner.predict(episode), atol=1e-5, err_msg=name)


def test_nothing_is_compiled_when_shots_or_rate_or_moments_change(scenario: Scenario, shipped: Shipped, episodes):
    walkers = [learner for learner in shipped(scenario).values() if isinstance(learner, Walker)]
    assert len(walkers) >= 2
    for learner in walkers:
        learner.walk(episodes[1]), learner.predict(episodes[1])
    compiled = trajectory.experimental_get_tracing_count()
    for learner in walkers:
        for episode in episodes.values():
            learner.walk(episode), learner.predict(episode)
            for rate, steps in ((0.01, 1), (1.5, 7), (0.2, 200)):
                GradientLearner(learner.start, lambda shots, rule=(rate, steps): rule).predict(episode)
    assert trajectory.experimental_get_tracing_count() == compiled


def test_meta_learned_and_from_scratch_are_one_code_from_two_starts(scenario: Scenario, shipped: Shipped):
    learners = shipped(scenario)
    assert type(learners["maml"]) is type(learners["scratch"]) is GradientLearner


def test_a_walk_begins_at_the_start_and_passes_where_it_is_judged(scenario: Scenario, shipped: Shipped, episodes):
    for name, learner in shipped(scenario).items():
        if not isinstance(learner, Walker):
            continue
        for shots, episode in episodes.items():
            walk = learner.walk(episode)
            assert walk.shape == (len(MOMENTS), 3, 11, scenario.ways)
            judged = walk[MOMENTS.index(learner.judged_after(shots))]
            np.testing.assert_allclose(judged, learner.predict(episode), atol=1e-5, err_msg=name)
            start = tuple(map(tf.constant, learner.start(3)))
            np.testing.assert_allclose(walk[0], tf.nn.softmax(logits(start, episode.query.x)), atol=1e-5)


def test_nothing_is_changed_in_place(scenario: Scenario, shipped: Shipped, episodes):
    episode = episodes[4]
    arrays = (
        episode.support.x, episode.support.y, episode.mask, episode.query.x, episode.query.y,
        episode.raw.support.x, episode.raw.support.y, episode.raw.query.x, episode.raw.query.y,
    )  # fmt: skip
    before = [array.copy() for array in arrays]
    for learner in shipped(scenario).values():
        start = [w.copy() for w in learner.start(3)] if isinstance(learner, GradientLearner) else []
        first = learner.predict(episode)
        np.testing.assert_array_equal(learner.predict(episode), first)
        for was, now in zip(start, learner.start(3) if start else [], strict=True):
            np.testing.assert_array_equal(now, was)
    for was, now in zip(before, arrays, strict=True):
        np.testing.assert_array_equal(now, was)


def test_episodes_and_examples_are_frozen(episodes):
    with pytest.raises(FrozenInstanceError):
        episodes[4].mask = None
    with pytest.raises(FrozenInstanceError):
        Examples(np.zeros((1, 1)), np.zeros((1, 1), int)).x = None


@pytest.mark.parametrize("rate", [1e6, 1e30])
def test_a_walk_that_diverges_has_no_opinion(scenario: Scenario, shipped: Shipped, episodes, rate):
    start = shipped(scenario)["maml"].start
    walk = GradientLearner(start, lambda shots: (rate, 200)).walk(episodes[4])
    assert np.isfinite(walk).all()
    np.testing.assert_allclose(walk.sum(-1), 1, atol=1e-5)
    if rate == 1e30:
        np.testing.assert_allclose(walk[-1], 1 / scenario.ways)


def test_a_random_start_is_he_normal():
    start = random_start(np.random.default_rng(6), (50, 200, 3), tasks=4)
    assert [w.shape for w in start] == [(4, 50, 200), (4, 1, 200), (4, 200, 3), (4, 1, 3)]
    assert start[0].std() == pytest.approx(np.sqrt(2 / 50), rel=0.02)
    assert start[2].std() == pytest.approx(np.sqrt(2 / 200), rel=0.05)
    assert not start[1].any()
    assert not np.array_equal(start[0][0], start[0][1])
