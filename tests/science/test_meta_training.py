"""Promise: meta-training is a function of scenario, recipe and seed, and its gradient is the whole gradient."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from scenarios.catalog import SCENARIOS
from scenarios.episode import standardise
from scenarios.meta_learner import meta_train as module
from scenarios.meta_learner.inner_loop import CLIP_NORM, adapt
from scenarios.meta_learner.meta_train import (
    INNER_LR_SPEED,
    Pool,
    TrainState,
    _adam,
    _clip_by_global_norm,
    _draw_batch,
    _outer_gradient,
    _outer_loss,
    draw_pool,
    first_state,
    inner_lr_shapes,
    meta_train,
)
from scenarios.meta_learner.network import random_start, task_loss
from scenarios.recipe import Recipe
from scenarios.scenario import Scenario

TINY = Recipe(hidden=(8,), meta_steps=20, meta_batch=4, outer_lr=1e-2, train_tasks=64, max_shots=5, queries=10)


def final_state(scenario: Scenario, recipe: Recipe = TINY, seed: int = 0, **how) -> TrainState:
    *_, last = meta_train(scenario, recipe, seed, **how)
    assert last.done == 1
    return last.state


def trained(scenario: Scenario, recipe: Recipe = TINY, seed: int = 0, **how) -> tuple[np.ndarray, ...]:
    return tuple(w.numpy() for w in final_state(scenario, recipe, seed, **how).start)


def assert_same(first, second, **leeway):
    for one, other in zip(first, second, strict=True):
        np.testing.assert_allclose(one, other, **(leeway or {"rtol": 0, "atol": 0}))


def test_the_loss_falls_below_what_guessing_costs(kind: Scenario):
    recipe = replace(TINY, hidden=(16,), meta_steps=300, meta_batch=16, train_tasks=1024)
    losses = [progress.loss for progress in meta_train(kind, recipe, 0)]
    if kind.regression:
        guessing = draw_pool(kind, recipe, 0).query_y.numpy().var()
    else:
        guessing = -(kind.class_shares * np.log(kind.class_shares)).sum()
    assert losses[-1] < losses[0]
    assert losses[-1] < 0.97 * guessing


def test_compiled_or_not_the_weights_are_the_same(by_xla):
    scenario = next(scenario for scenario in SCENARIOS.values() if not scenario.regression)
    as_a_graph = trained(scenario)
    by_xla(module, "_run_chunk")
    assert_same(as_a_graph, trained(scenario), atol=1e-4)


def test_one_seed_gives_one_set_of_weights_and_another_seed_another(kind: Scenario):
    first = trained(kind)
    assert_same(first, trained(kind))
    assert np.abs(first[0] - trained(kind, seed=1)[0]).max() > 0.1


@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_the_weights_do_not_depend_on_how_the_work_was_cut(kind: Scenario, chunk):
    assert_same(trained(kind, chunk=chunk), trained(kind), atol=1e-6)


def test_work_that_was_stopped_goes_on_from_the_state_that_was_kept(kind: Scenario):
    begun = meta_train(kind, TINY, 0, chunk=6)
    kept = [next(begun), next(begun)][-1]
    begun.close()
    assert kept.done == pytest.approx(12 / 20)
    state = TrainState(
        tf.constant(int(kept.state.step)),
        *(tuple(tf.constant(w.numpy()) for w in part) for part in kept.state[1:]),
    )
    before = [w.numpy().copy() for w in kept.state.start]
    assert_same(trained(kind, state=state, chunk=6), trained(kind), atol=1e-6)
    assert_same(before, [w.numpy() for w in kept.state.start])


def test_work_that_is_done_is_not_done_again(kind: Scenario):
    *_, last = meta_train(kind, TINY, 0)
    assert list(meta_train(kind, TINY, 0, state=last.state)) == []


@pytest.mark.parametrize("learn_rates", ["", "layer", "weight"])
def test_rates_are_as_many_as_the_recipe_asks_for(scenario: Scenario, learn_rates):
    recipe = replace(TINY, learn_rates=learn_rates, inner_steps=3, inner_lr=0.05)
    state = first_state(scenario, recipe, 0)
    shapes = [tuple(w.shape) if learn_rates == "weight" else (3, 1, 1) for w in state.start]
    assert inner_lr_shapes(state.start, recipe) == shapes == [tuple(rate.shape) for rate in state.inner_lrs]
    assert all((rate.numpy() == np.float32(0.05)).all() for rate in state.inner_lrs)


@pytest.mark.usefixtures("uncompiled")
@pytest.mark.parametrize("learn_rates", ["", "weight"])
def test_rates_are_learnt_when_that_is_asked_and_stay_otherwise(kind: Scenario, learn_rates):
    recipe = replace(TINY, learn_rates=learn_rates, inner_lr=0.05, meta_steps=3)
    before, after = first_state(kind, recipe, 0), final_state(kind, recipe)
    assert np.abs(after.start[0] - before.start[0]).max() > 1e-3
    for first, last in zip(before.inner_lrs, after.inner_lrs, strict=True):
        assert (np.abs(last - first).max() > 1e-4) == bool(learn_rates)


@pytest.mark.usefixtures("uncompiled")
def test_leaving_out_second_derivatives_leads_elsewhere(kind: Scenario):
    recipe = replace(TINY, inner_lr=0.5, meta_steps=3)
    whole, half = trained(kind, recipe), trained(kind, replace(recipe, first_order=True))
    assert max(np.abs(one - other).max() for one, other in zip(whole, half, strict=True)) > 1e-3


def test_meta_training_tasks_are_those_of_the_scenario_encoded(scenario: Scenario):
    pool = draw_pool(scenario, TINY, 0)
    inputs = scenario.encode(np.ones((1, *scenario.example_shape))).shape[-1]
    assert pool.support_x.shape == (64, 5 * scenario.ways, inputs)
    assert pool.query_x.shape == (64, 10, inputs)
    assert np.abs(pool.support_x.numpy().mean((0, 1))).max() < 0.5
    if scenario.regression:
        assert pool.support_y.dtype == pool.query_y.dtype == tf.float32
    else:
        turns = np.tile(np.arange(5 * scenario.ways) % scenario.ways, (64, 1))
        np.testing.assert_array_equal(pool.support_y, turns)


def test_no_training_task_is_drawn_twice_however_many_are_drawn_at_a_time(scenario: Scenario, monkeypatch):
    monkeypatch.setattr(module, "BLOCK", 24)
    x = draw_pool(scenario, TINY, 0).query_x.numpy()
    assert len(np.unique(x.reshape(-1, x.shape[-1]), axis=0)) == 64 * 10


def test_what_is_prepared_is_what_is_learnt_from(scenario: Scenario):
    plain, prepared = draw_pool(scenario, TINY, 0), draw_pool(scenario, TINY, 0, standardise)
    np.testing.assert_allclose(prepared.query_x.numpy().mean(1), 0, atol=1e-4)
    np.testing.assert_array_equal(prepared.support_y, plain.support_y)
    assert np.abs(prepared.support_x - plain.support_x).max() > 0.1


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

FEW = Recipe(hidden=(5,), inner_steps=2, inner_lr=1.0, learn_rates="layer", meta_batch=3, max_shots=3, queries=7)
Episode = tuple[Pool, tf.Tensor]


@pytest.fixture(params=["classes", "numbers"])
def problem(request: pytest.FixtureRequest) -> tuple[TrainState, Episode]:
    """A start and an episode in which two steps at a high rate bend the loss: second derivatives matter."""
    rng = np.random.default_rng(12)
    numbers = request.param == "numbers"
    support_y, query_y = np.tile([0, 1], (3, 3)), rng.integers(0, 2, (3, 7))
    kind = tf.float32 if numbers else tf.int32
    pool = Pool(
        tf.constant(rng.standard_normal((3, 6, 4)), tf.float32), tf.constant(support_y, kind),
        tf.constant(rng.standard_normal((3, 7, 4)), tf.float32), tf.constant(query_y, kind),
    )  # fmt: skip
    mask = tf.constant(np.arange(6)[None] < np.array([[2], [4], [6]]), tf.float32)
    start = tuple(map(tf.constant, random_start(rng, (4, 5, 1 if numbers else 2))))
    return beginning(start, replace(FEW, inner_lr=0.2) if numbers else FEW), (pool, mask)


def beginning(start: tuple[tf.Tensor, ...], recipe: Recipe) -> TrainState:
    rates = tuple(tf.fill(shape, recipe.inner_lr) for shape in inner_lr_shapes(start, recipe))
    zeros = tuple(map(tf.zeros_like, start + rates))
    return TrainState(tf.constant(0), start, rates, zeros, zeros)


def gradient_of(loss, state: TrainState) -> np.ndarray:
    """With respect to the start, and then to the rates."""
    with tf.GradientTape() as tape:
        tape.watch((state.start, state.inner_lrs))
        value = loss(state)
    found = tape.gradient(value, state.start + state.inner_lrs, unconnected_gradients="zero")
    return np.concatenate([g.numpy().ravel() for g in found])


def moved(state: TrainState, direction: np.ndarray, by: float) -> TrainState:
    parts = state.start + state.inner_lrs
    cuts = np.cumsum([tf.size(w) for w in parts])[:-1]
    shifted = tuple(w + by * d.reshape(w.shape) for w, d in zip(parts, np.split(direction, cuts), strict=True))
    return state._replace(start=shifted[: len(state.start)], inner_lrs=shifted[len(state.start) :])


def loss_at_the_end(state: TrainState, episode: Episode, moving: tuple[tf.Tensor, ...]) -> tf.Tensor:
    """The query loss where the walk ends, as a function of a shift of that end only."""
    pool, mask = episode
    rates = tuple(map(tf.stop_gradient, state.inner_lrs))
    adapted = adapt(state.start, pool.support_x, pool.support_y, [mask] * FEW.inner_steps, rates)[-1]
    shifted = tuple(tf.stop_gradient(a) + (w - tf.stop_gradient(w)) for a, w in zip(adapted, moving, strict=True))
    return tf.reduce_mean(task_loss(shifted, pool.query_x, pool.query_y, tf.ones(tf.shape(pool.query_y))))


def test_the_meta_gradient_is_that_of_finite_differences_rates_included(problem):
    state, episode = problem
    whole = gradient_of(lambda s: _outer_loss(s, episode, FEW), state)
    halfway = gradient_of(lambda s: loss_at_the_end(state, episode, s.start), state)
    rng = np.random.default_rng(13)
    slopes = {"measured": [], "whole": [], "first order": []}
    for _ in range(6):
        direction = rng.standard_normal(whole.size).astype(np.float32)
        direction /= np.linalg.norm(direction)
        up, down = (float(_outer_loss(moved(state, direction, by), episode, FEW)) for by in (2e-3, -2e-3))
        slopes["measured"].append((up - down) / 4e-3)
        slopes["whole"].append(whole @ direction)
        slopes["first order"].append(halfway @ direction)
    size = np.abs(slopes["measured"]).mean()
    miss = {name: np.abs(np.subtract(slopes[name], slopes["measured"])).mean() / size for name in slopes}
    assert miss["whole"] < 0.03
    assert miss["first order"] > 0.2, "this episode would not notice a missing second derivative"


def test_only_rates_that_are_learnt_have_a_gradient_and_the_starts_is_the_same(problem):
    state, episode = problem
    with_rates, without = (
        _outer_gradient(state, episode, tf.constant([0, 0]), replace(FEW, learn_rates=learn)) for learn in ("layer", "")
    )
    weights = len(state.start)
    assert_same(with_rates[1][:weights], without[1][:weights], atol=1e-6)
    assert length(with_rates[1][weights:]) > 1e-3
    assert length(without[1][weights:]) == 0
    assert len(with_rates[1]) == len(without[1]) == weights + len(state.inner_lrs)


def test_first_order_is_the_gradient_where_the_walk_ends(problem):
    state, episode = problem
    weights = sum(int(tf.size(w)) for w in state.start)
    found = gradient_of(lambda s: _outer_loss(s, episode, replace(FEW, first_order=True)), state)
    expected = gradient_of(lambda s: loss_at_the_end(state, episode, s.start), state)
    np.testing.assert_allclose(found[:weights], expected[:weights], atol=1e-5)


def test_without_inner_steps_it_is_one_network_for_all_tasks_pooled(problem):
    state, (pool, mask) = problem
    recipe = replace(FEW, inner_steps=0)
    other_labels = pool._replace(support_y=1 - pool.support_y, support_x=-pool.support_x)
    everyone = (1, -1)
    x, y = tf.reshape(pool.query_x, (*everyone, 4)), tf.reshape(pool.query_y, everyone)
    pooled = gradient_of(lambda s: tf.reduce_mean(task_loss(s.start, x, y, tf.ones(tf.shape(y)))), state)
    for batch in (pool, other_labels):
        found = gradient_of(lambda s, batch=batch: _outer_loss(s, (batch, mask), recipe), state)
        np.testing.assert_allclose(found, pooled, atol=1e-6)


def length(gradient: tuple[tf.Tensor, ...]) -> float:
    return float(np.sqrt(sum((g.numpy() ** 2).sum() for g in gradient)))


@pytest.mark.parametrize("size", [1e-6, 0.1, 1.0, 3.0, 1e3, 1e15])
def test_the_outer_gradient_is_never_longer_than_its_bound_and_keeps_its_direction(size):
    rng = np.random.default_rng(14)
    gradient = tuple(tf.constant(size * rng.standard_normal(shape), tf.float32) for shape in ((1, 4, 5), (1, 1, 5)))
    bounded = _clip_by_global_norm(gradient)
    assert length(bounded) <= CLIP_NORM * (1 + 1e-5)
    shrunk = length(bounded) / length(gradient)
    assert shrunk == pytest.approx(min(1, CLIP_NORM / length(gradient)), rel=1e-4)
    for before, after in zip(gradient, bounded, strict=True):
        np.testing.assert_allclose(after, shrunk * before, rtol=1e-4)


def test_what_is_not_a_number_is_no_part_of_the_gradient():
    gradient = (tf.constant([[[1.0, np.nan], [np.inf, -2.0]]]), tf.constant([[[-np.inf, 2.0]]]))
    np.testing.assert_allclose(_clip_by_global_norm(gradient)[0], [[[1, 0], [0, -2]]], rtol=1e-6)
    np.testing.assert_allclose(_clip_by_global_norm(gradient)[1], [[[0, 2]]], rtol=1e-6)
    nothing = (tf.fill((1, 2, 2), np.nan), tf.zeros((1, 1, 2)))
    assert length(_clip_by_global_norm(nothing)) == 0


@pytest.mark.parametrize("learn_rates", ["", "layer"])
def test_adam_is_adam_and_its_rate_ends_at_nothing(learn_rates):
    recipe = replace(TINY, outer_lr=0.1, learn_rates=learn_rates)
    gradients = np.array([[0.5, -2.0], [1.0, 0.1], [-0.3, 0.4]])  # of one weight and of one rate
    one, both = (tf.zeros((1, 1)),), (tf.zeros((1, 1)), tf.zeros((1, 1)))
    state = TrainState(tf.constant(0), one, one, both, both)
    weights, m, v = np.zeros(2), np.zeros(2), np.zeros(2)
    rates = []
    for t, gradient in enumerate(gradients, start=1):
        state = _adam(state, tuple(tf.constant([[g]], tf.float32) for g in gradient), tf.constant(3.0), recipe)
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
        rates.append(0.1 * (1 + np.cos(np.pi * t / 3)) / 2)
        speeds = np.array([1, INNER_LR_SPEED * recipe.inner_lr])
        weights = weights - speeds * rates[-1] * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        found = float(state.start[0][0, 0]), float(state.inner_lrs[0][0, 0])
        np.testing.assert_allclose(found, weights if learn_rates else [weights[0], 0], rtol=1e-3, atol=1e-6)
    assert rates[-1] == pytest.approx(0, abs=1e-12)


def test_the_first_state_is_drawn_from_the_seed(scenario: Scenario):
    one, again, other = (first_state(scenario, TINY, seed).start for seed in (0, 0, 1))
    assert_same(one, again)
    assert np.abs(one[0] - other[0]).max() > 0.1
