"""Promise: meta-training is a function of scenario, recipe and seed, and its gradient is the whole gradient."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from scenarios.meta_learner.gradient import adapt
from scenarios.meta_learner.meta_train import (
    Pool,
    Recipe,
    TrainState,
    _adam,
    _draw_batch,
    _outer_loss,
    draw_pool,
    first_state,
    meta_train,
)
from scenarios.meta_learner.network import cross_entropy, random_start
from scenarios.scenario import Scenario

TINY = Recipe(hidden=(8,), meta_steps=20, meta_batch=4, outer_lr=1e-2, train_tasks=64, max_shots=5, queries=10)


def trained(scenario: Scenario, recipe: Recipe = TINY, seed: int = 0, **how) -> tuple[np.ndarray, ...]:
    *_, last = meta_train(scenario, recipe, seed, **how)
    assert last.done == 1
    return tuple(w.numpy() for w in last.state.start)


def assert_same(first, second, **leeway):
    for one, other in zip(first, second, strict=True):
        np.testing.assert_allclose(one, other, **(leeway or {"rtol": 0, "atol": 0}))


def test_the_loss_falls_below_what_guessing_costs(scenario: Scenario):
    recipe = replace(TINY, hidden=(16,), meta_steps=1500, meta_batch=16, train_tasks=1024)
    losses = [progress.loss for progress in meta_train(scenario, recipe, 0)]
    assert losses[-1] < losses[0]
    assert losses[-1] < 0.9 * np.log(scenario.ways)


def test_one_seed_gives_one_set_of_weights_and_another_seed_another(scenario: Scenario):
    first = trained(scenario)
    assert_same(first, trained(scenario))
    assert np.abs(first[0] - trained(scenario, seed=1)[0]).max() > 0.1


@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_the_weights_do_not_depend_on_how_the_work_was_cut(scenario: Scenario, chunk):
    assert_same(trained(scenario, chunk=chunk), trained(scenario), atol=1e-6)


def test_work_that_was_stopped_goes_on_from_the_state_that_was_kept(scenario: Scenario):
    begun = meta_train(scenario, TINY, 0, chunk=6)
    kept = [next(begun), next(begun)][-1]
    begun.close()
    assert kept.done == pytest.approx(12 / 20)
    state = TrainState(
        tf.constant(int(kept.state.step)),
        *(tuple(tf.constant(w.numpy()) for w in part) for part in kept.state[1:]),
    )
    before = [w.numpy().copy() for w in kept.state.start]
    assert_same(trained(scenario, state=state, chunk=6), trained(scenario), atol=1e-6)
    assert_same(before, [w.numpy() for w in kept.state.start])


def test_work_that_is_done_is_not_done_again(scenario: Scenario):
    *_, last = meta_train(scenario, TINY, 0)
    assert list(meta_train(scenario, TINY, 0, state=last.state)) == []


def test_meta_training_tasks_are_balanced_and_standardised(scenario: Scenario):
    pool = draw_pool(scenario, TINY, 0)
    assert pool.support_x.shape == (64, 5 * scenario.ways, *scenario.example_shape)
    assert pool.query_x.shape == (64, 10, *scenario.example_shape)
    assert np.abs(pool.support_x.numpy().mean((0, 1))).max() < 0.5
    np.testing.assert_array_equal(pool.support_y, np.tile(np.arange(5 * scenario.ways) % scenario.ways, (64, 1)))


def test_every_number_of_shots_is_practised_equally_often(scenario: Scenario):
    recipe = replace(TINY, meta_batch=2000)
    pool = draw_pool(scenario, recipe, 0)
    batch, mask = _draw_batch(tf.constant(3), pool, tf.constant(0), recipe, scenario.ways)
    assert batch.support_x.shape[0] == 2000
    shots, often = np.unique(mask.numpy().sum(1) / scenario.ways, return_counts=True)
    np.testing.assert_array_equal(shots, [1, 2, 3, 4, 5])
    assert often.min() > 300
    other, _ = _draw_batch(tf.constant(4), pool, tf.constant(0), recipe, scenario.ways)
    assert not np.array_equal(batch.query_y, other.query_y) or not np.array_equal(batch.query_x, other.query_x)


# -- the gradient of the outer loss -----------------------------------------------------------------------------------

FEW = Recipe(hidden=(5,), inner_steps=2, inner_lr=1.0, meta_batch=3, max_shots=3, queries=7)


@pytest.fixture
def problem() -> tuple[tuple[tf.Tensor, ...], tuple[Pool, tf.Tensor]]:
    """A start and an episode in which two steps at a rate of 1 bend the loss: second derivatives matter."""
    rng = np.random.default_rng(12)
    pool = Pool(
        tf.constant(rng.standard_normal((3, 6, 4)), tf.float32), tf.constant(np.tile([0, 1], (3, 3)), tf.int32),
        tf.constant(rng.standard_normal((3, 7, 4)), tf.float32), tf.constant(rng.integers(0, 2, (3, 7)), tf.int32),
    )  # fmt: skip
    mask = tf.constant(np.arange(6)[None] < np.array([[2], [4], [6]]), tf.float32)
    return tuple(map(tf.constant, random_start(rng, (4, 5, 2)))), (pool, mask)


def gradient_of(loss, start) -> np.ndarray:
    with tf.GradientTape() as tape:
        tape.watch(start)
        value = loss(start)
    return np.concatenate([g.numpy().ravel() for g in tape.gradient(value, start)])


def moved(start, direction: np.ndarray, by: float) -> tuple[tf.Tensor, ...]:
    cuts = np.cumsum([tf.size(w) for w in start])[:-1]
    return tuple(w + by * d.reshape(w.shape) for w, d in zip(start, np.split(direction, cuts), strict=True))


def test_the_meta_gradient_is_that_of_finite_differences(problem):
    start, episode = problem
    whole = gradient_of(lambda s: _outer_loss(s, episode, FEW), start)

    def first_order(s):
        pool, mask = episode
        x, y = pool.support_x, pool.support_y
        adapted = adapt(start, x, y, mask, steps=FEW.inner_steps, rate=tf.constant(FEW.inner_lr))[-1]
        shifted = tuple(a + (w - tf.stop_gradient(w)) for a, w in zip(adapted, s, strict=True))
        everything = tf.ones(tf.shape(pool.query_y))
        return tf.reduce_mean(cross_entropy(shifted, pool.query_x, pool.query_y, everything))

    halfway = gradient_of(first_order, start)
    rng = np.random.default_rng(13)
    slopes = {"measured": [], "whole": [], "first order": []}
    for _ in range(12):
        direction = rng.standard_normal(whole.size).astype(np.float32)
        direction /= np.linalg.norm(direction)
        up, down = (float(_outer_loss(moved(start, direction, by), episode, FEW)) for by in (2e-3, -2e-3))
        slopes["measured"].append((up - down) / 4e-3)
        slopes["whole"].append(whole @ direction)
        slopes["first order"].append(halfway @ direction)
    size = np.abs(slopes["measured"]).mean()
    miss = {name: np.abs(np.subtract(slopes[name], slopes["measured"])).mean() / size for name in slopes}
    assert miss["whole"] < 0.03
    assert miss["first order"] > 0.2, "this episode would not notice a missing second derivative"


def test_without_inner_steps_it_is_one_network_for_all_tasks_pooled(problem):
    start, (pool, mask) = problem
    recipe = replace(FEW, inner_steps=0)
    other_labels = pool._replace(support_y=1 - pool.support_y, support_x=-pool.support_x)
    everyone = (1, -1)
    x, y = tf.reshape(pool.query_x, (*everyone, 4)), tf.reshape(pool.query_y, everyone)
    pooled = gradient_of(lambda s: tf.reduce_mean(cross_entropy(s, x, y, tf.ones(tf.shape(y)))), start)
    for batch in (pool, other_labels):
        found = gradient_of(lambda s, batch=batch: _outer_loss(s, (batch, mask), recipe), start)
        np.testing.assert_allclose(found, pooled, atol=1e-6)


def test_adam_is_adam_and_its_rate_ends_at_nothing():
    recipe = replace(TINY, meta_steps=3, outer_lr=0.1)
    gradients = np.array([[0.5, -2.0], [1.0, 0.1], [-0.3, 0.4]])
    zeros = (tf.zeros((1, 2)),)
    state = TrainState(tf.constant(0), zeros, zeros, zeros)
    weights, m, v = np.zeros(2), np.zeros(2), np.zeros(2)
    rates = []
    for t, gradient in enumerate(gradients, start=1):
        state = _adam(state, (tf.constant(gradient[None], tf.float32),), recipe)
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
        rates.append(0.1 * (1 + np.cos(np.pi * t / 3)) / 2)
        weights = weights - rates[-1] * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        np.testing.assert_allclose(state.start[0][0], weights, rtol=1e-3, atol=1e-6)
    assert rates[-1] == pytest.approx(0, abs=1e-12)


def test_the_first_state_is_drawn_from_the_seed(scenario: Scenario):
    one, again, other = (first_state(scenario, TINY, seed).start for seed in (0, 0, 1))
    assert_same(one, again)
    assert np.abs(one[0] - other[0]).max() > 0.1
