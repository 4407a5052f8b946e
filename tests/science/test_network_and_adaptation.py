"""Promise: a learner is a starting point and a rule for moving from it; moving is plain gradient descent."""

from collections.abc import Callable
from dataclasses import FrozenInstanceError
from itertools import cycle, pairwise

import numpy as np
import pytest
import tensorflow as tf

from scenarios.episode import Episode, open_episode
from scenarios.evaluation import curves
from scenarios.learner import EVALUATION_STEPS, IterativeLearner, Learner
from scenarios.meta_learner.gradient import FARTHEST, GradientLearner
from scenarios.meta_learner.inner_loop import (
    CLIP_NORM,
    UNBOUNDED,
    adapt,
    clip_by_norm,
    constant_inner_lrs,
    inner_lrs_at,
    inner_step,
    record_predictions,
    record_weights,
)
from scenarios.meta_learner.network import predictions, random_start, task_loss
from scenarios.scenario import Scenario
from scenarios.task import Examples

TASKS, ROWS, INPUTS, HIDDEN = 3, 7, 5, 4  # all different, so that no axis can be taken for another
Shipped = Callable[[Scenario], dict[str, Learner]]
Arrays = tuple[np.ndarray, ...]


@pytest.fixture(params=["classes", "numbers"])
def numbers(request: pytest.FixtureRequest) -> bool:
    """Whether real numbers are predicted, by squared error, instead of classes, by cross-entropy."""
    return request.param == "numbers"


@pytest.fixture
def weights(numbers: bool) -> Arrays:
    rng = np.random.default_rng(1)
    sizes = INPUTS, HIDDEN, 1 if numbers else 2
    return tuple(w + 0.1 * rng.standard_normal(w.shape, np.float32) for w in random_start(rng, sizes, TASKS))


@pytest.fixture
def support(numbers: bool) -> Arrays:
    """x (tasks, rows, inputs), y and mask (tasks, rows): 7, 4 and 2 examples."""
    rng = np.random.default_rng(2)
    mask = (np.arange(ROWS)[None] < np.array([[7], [4], [2]])).astype(np.float32)
    x = rng.standard_normal((TASKS, ROWS, INPUTS)).astype(np.float32)
    y = rng.standard_normal((TASKS, ROWS)) if numbers else rng.integers(0, 2, (TASKS, ROWS))
    return x, y.astype(np.float32 if numbers else np.int32), mask


@pytest.fixture
def query() -> np.ndarray:
    return np.random.default_rng(3).standard_normal((TASKS, 6, INPUTS)).astype(np.float32)


@pytest.fixture(scope="module")
def episodes(scenario: Scenario) -> dict[int, Episode]:
    return few_episodes(scenario)


def few_episodes(scenario: Scenario) -> dict[int, Episode]:
    """All with room for the scenario's most shots, as on a page."""
    draws = {k: curves.fresh_episode(scenario, tasks=3, shots=k, queries=7, seed=77).raw for k in (1, 4, 9)}
    return {k: open_episode(scenario, draw) for k, draw in draws.items()}


def tensors(arrays) -> tuple[tf.Tensor, ...]:
    return tuple(map(tf.constant, arrays))


def unroll(init, support, steps: int, inner_lrs, **how) -> list[tuple[tf.Tensor, ...]]:
    """The weights before the first of some inner steps on all examples, and after each one."""
    x, y, mask = tensors(support)
    return adapt(tensors(init), x, y, [mask] * steps, tensors(inner_lrs), **how)


def by_hand(weights, x, y, mask):
    """Loss and gradient of a network with one hidden layer, worked out for one task at a time in 64 bits."""
    losses, gradients = [], [[], [], [], []]
    for task in range(TASKS):
        w1, b1, w2, b2 = (w[task].astype(np.float64) for w in weights)
        keep = mask[task] > 0
        inputs, truth = x[task][keep].astype(np.float64), y[task][keep]
        before = inputs @ w1 + b1
        hidden = np.maximum(before, 0)
        out = hidden @ w2 + b2
        if y.dtype.kind == "f":
            miss = out - truth[:, None]
            losses.append((miss**2).mean())
            d_out = 2 * miss / len(inputs)
        else:
            p, onehot = np.exp(out) / np.exp(out).sum(1, keepdims=True), np.eye(2)[truth]
            losses.append(-np.log((p * onehot).sum(1)).mean())
            d_out = (p - onehot) / len(inputs)
        d_before = (d_out @ w2.T) * (before > 0)
        each = (inputs.T @ d_before, d_before.sum(0, keepdims=True), hidden.T @ d_out, d_out.sum(0, keepdims=True))
        for column, gradient in zip(gradients, each, strict=True):
            column.append(gradient)
    return np.array(losses), [np.stack(column) for column in gradients]


def test_the_loss_is_the_one_worked_out_by_hand(weights, support):
    np.testing.assert_allclose(task_loss(tensors(weights), *tensors(support)), by_hand(weights, *support)[0], rtol=1e-5)


@pytest.mark.parametrize("how", ["one rate", "a rate for each layer", "a rate for each weight"])
def test_one_inner_step_is_the_gradient_worked_out_by_hand(weights, support, how):
    rng = np.random.default_rng(4)
    rates = {
        "one rate": constant_inner_lrs(0.3, weights),
        "a rate for each layer": [np.full((1, 1, 1), rate, np.float32) for rate in (0.3, 0.1, 0.0, 0.7)],
        "a rate for each weight": [rng.uniform(0.1, 0.5, (1, *w.shape[1:])).astype(np.float32) for w in weights],
    }[how]
    stepped = inner_step(tensors(weights), *tensors(support), tensors(rates))
    _, gradients = by_hand(weights, *support)
    for after, before, gradient, rate in zip(stepped, weights, gradients, rates, strict=True):
        np.testing.assert_allclose(after, before - rate * gradient, atol=1e-6)
        assert np.abs(gradient).max() > 1e-3


def test_squared_errors_never_take_a_longer_step_than_they_may(weights, support, numbers):
    """Of the first task alone the targets are far away: its step is shortened, and no other is."""
    x, y, mask = support
    if not numbers:
        return  # the gradient of a cross-entropy is bounded by the inputs
    y = np.where(np.arange(TASKS)[:, None] == 0, 100 * y, y)
    stepped = inner_step(tensors(weights), *tensors((x, y, mask)), tensors(constant_inner_lrs(0.3, weights)))
    _, gradients = by_hand(weights, x, y, mask)
    lengths = np.sqrt(sum((g**2).sum((1, 2)) for g in gradients))
    assert lengths[0] > CLIP_NORM > lengths[1:].max()
    shrunk = np.minimum(1, CLIP_NORM / lengths)[:, None, None]
    for after, before, gradient in zip(stepped, weights, gradients, strict=True):
        np.testing.assert_allclose(after, before - 0.3 * shrunk * gradient, atol=1e-5)


@pytest.mark.parametrize("size", [0.0, 1e-3, 1.0, 1e6])
def test_a_shortened_gradient_keeps_its_direction(size):
    rng = np.random.default_rng(4)
    gradient = tuple(size * rng.standard_normal(shape).astype(np.float32) for shape in ((3, 4, 2), (3, 1, 2)))
    length = np.sqrt(sum((g**2).sum((1, 2), keepdims=True) for g in gradient))
    shrunk = np.minimum(1, CLIP_NORM / np.maximum(length, 1e-9))
    for before, after in zip(gradient, clip_by_norm(tensors(gradient)), strict=True):
        np.testing.assert_allclose(after, shrunk * before, rtol=1e-4)


def test_a_gradient_is_left_alone_where_it_may_be_as_long_as_it_likes():
    gradient = tensors(np.full(shape, 1e7, np.float32) for shape in ((3, 4, 2), (3, 1, 2)))
    for before, after in zip(gradient, clip_by_norm(gradient, UNBOUNDED), strict=True):
        np.testing.assert_array_equal(after, before)
    assert all(np.abs(after).max() < 1 for after in clip_by_norm(gradient, 1.0))


def test_a_walk_is_that_step_again_and_again(weights, support):
    walk = unroll(weights, support, 3, constant_inner_lrs(0.05, weights))
    assert len(walk) == 4
    for before, after in pairwise(walk):
        _, gradients = by_hand([w.numpy() for w in before], *support)
        for w, stepped, gradient in zip(before, after, gradients, strict=True):
            np.testing.assert_allclose(stepped, w - 0.05 * gradient, atol=1e-6)


def test_every_step_has_its_own_rates_and_later_ones_the_last(weights, support):
    rates = tuple(np.array([0.3, 0.1], np.float32).reshape(2, 1, 1) for _ in weights)
    for taken, expected in ((0, 0.3), (1, 0.1), (2, 0.1), (199, 0.1)):
        for rate in inner_lrs_at(tensors(rates), tf.constant(taken)):
            np.testing.assert_allclose(rate, expected)
    walk = unroll(weights, support, 3, rates)
    for (before, after), rate in zip(pairwise(walk), (0.3, 0.1, 0.1), strict=True):
        for stepped, again in zip(after, inner_step(before, *tensors(support), (rate,) * len(weights)), strict=True):
            np.testing.assert_allclose(stepped, again, atol=1e-6)


def meta_gradient(weights, support, query, steps: int, *, first_order: bool) -> tuple[list[Arrays], Arrays]:
    """A walk, and the gradient of a loss at its end with respect to its start."""
    start, y = tensors(weights), tf.constant(support[1][:, :6])
    with tf.GradientTape() as tape:
        tape.watch(start)
        walk = unroll(start, support, steps, constant_inner_lrs(0.5, weights), first_order=first_order)
        loss = tf.reduce_sum(task_loss(walk[-1], query, y, tf.ones(y.shape)))
    gradient = tape.gradient(loss, start)
    return [tuple(w.numpy() for w in passed) for passed in walk], tuple(g.numpy() for g in gradient)


def test_first_order_walks_the_same_way_and_leaves_out_the_derivative_of_the_step(weights, support, query):
    (walk, whole), (same, half) = (meta_gradient(weights, support, query, 2, first_order=f) for f in (False, True))
    for passed, again in zip(walk, same, strict=True):
        for one, other in zip(passed, again, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-6)
    assert max(np.abs(one - other).max() for one, other in zip(whole, half, strict=True)) > 0.01
    y = support[1][:, :6]
    _, at_the_end = by_hand(walk[-1], query, y, np.ones(y.shape))
    for found, expected in zip(half, at_the_end, strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_what_the_mask_hides_never_changes_a_step(weights, support):
    x, y, mask = support
    noise = np.where(mask[..., None] > 0, x, 1e3).astype(np.float32)
    rates = tensors(constant_inner_lrs(0.3, weights))
    for clean, noisy in zip(
        inner_step(tensors(weights), *tensors((x, y, mask)), rates),
        inner_step(tensors(weights), *tensors((noise, np.where(mask > 0, y, 1 - y), mask)), rates),
        strict=True,
    ):
        np.testing.assert_array_equal(clean, noisy)


@pytest.mark.usefixtures("uncompiled")
def test_many_tasks_at_once_are_many_tasks_one_at_a_time(weights, support, query):
    steps, rates = tf.constant([0, 1, 5]), tensors(constant_inner_lrs(0.3, weights))
    together = record_predictions(tensors(weights), *tensors((*support, query)), rates, steps)
    assert together.shape == (3, TASKS, 6, weights[-1].shape[-1])
    for task in range(TASKS):
        one = slice(task, task + 1)
        start, given = tensors(w[one] for w in weights), tensors(array[one] for array in (*support, query))
        alone = record_predictions(start, *given, rates, steps)
        np.testing.assert_allclose(alone[:, 0], together[:, task], atol=1e-5)


@pytest.mark.usefixtures("uncompiled")
def test_a_trajectory_is_looked_at_after_the_steps_it_names(weights, support, query):
    rates = tensors(np.array([0.3, 0.2, 0.1], np.float32).reshape(3, 1, 1) for _ in weights)
    walk = unroll(weights, support, 5, rates)
    seen = record_predictions(tensors(weights), *tensors((*support, query)), rates, tf.constant([0, 2, 5]))
    for answer, steps in zip(seen, (0, 2, 5), strict=True):
        np.testing.assert_allclose(answer, predictions(walk[steps], query, tf.constant(support[1])), atol=1e-5)


def test_a_reader_is_told_probabilities_or_the_number_itself(weights, support, query, numbers):
    answer = predictions(tensors(weights), query, tf.constant(support[1])).numpy()
    if numbers:
        hidden = np.maximum(query @ weights[0] + weights[1], 0)
        np.testing.assert_allclose(answer, hidden @ weights[2] + weights[3], atol=1e-5)
    else:
        np.testing.assert_allclose(answer.sum(-1), 1, atol=1e-6)


def test_a_shared_start_is_each_tasks_own_copy(weights, support):
    shared = random_start(np.random.default_rng(5), (INPUTS, HIDDEN, weights[-1].shape[-1]))
    own = tuple(np.repeat(w, TASKS, axis=0) for w in shared)
    rates = constant_inner_lrs(0.3, shared)
    for one, each in zip(unroll(shared, support, 2, rates)[-1], unroll(own, support, 2, rates)[-1], strict=True):
        np.testing.assert_allclose(one, each, atol=1e-6)


def test_more_padding_never_changes_an_answer(kind: Scenario, shipped: Shipped):
    episode = few_episodes(kind)[4]
    tight = open_episode(kind, episode.raw, room=5)
    assert tight.mask.shape[1] < episode.mask.shape[1]
    for name, learner in shipped(kind).items():
        np.testing.assert_allclose(learner.predict(tight), learner.predict(episode), atol=1e-4, err_msg=name)


def test_nothing_is_compiled_when_shots_or_rate_or_steps_change(kind: Scenario, shipped: Shipped):
    iterative = [learner for learner in shipped(kind).values() if isinstance(learner, IterativeLearner)]
    assert len(iterative) >= 2
    episodes = few_episodes(kind)

    def tuned(learner: GradientLearner, rate: float, steps: int) -> GradientLearner:
        return GradientLearner(learner.start, lambda shots: (rate, steps))

    for learner in iterative:
        learner.trajectory(episodes[1]), learner.predict(episodes[1]), tuned(learner, 0.1, 1).predict(episodes[1])
    compiled = record_predictions.experimental_get_tracing_count()
    for learner in iterative:
        learner.trajectory(episodes[9]), learner.predict(episodes[4])
        for rate, steps in ((0.01, 2), (1.5, 7)):
            tuned(learner, rate, steps).predict(episodes[9])
    assert record_predictions.experimental_get_tracing_count() == compiled


def test_nothing_is_compiled_for_a_map_when_shots_or_rate_or_bound_change(kind: Scenario, shipped: Shipped):
    episodes, start = few_episodes(kind), shipped(kind)["maml"].start

    def weights_of(shots: int, rate: float, steps: int, bound: float) -> None:
        GradientLearner(start, lambda _: (rate, steps), clip_norm=bound).weights_after(episodes[shots], [steps])

    weights_of(1, 0.1, 1, 10.0)
    compiled = record_weights.experimental_get_tracing_count()
    weights_of(4, 0.01, 2, 10.0), weights_of(9, 1.5, 7, 0.05)
    assert record_weights.experimental_get_tracing_count() == compiled


def test_meta_learned_and_from_scratch_are_one_code_from_two_starts(scenario: Scenario, shipped: Shipped):
    learners = shipped(scenario)
    assert type(learners["maml"]) is type(learners["scratch"]) is GradientLearner


def test_a_walk_begins_at_the_start_and_passes_where_it_is_judged(kind: Scenario, shipped: Shipped):
    walking = {name: learner for name, learner in shipped(kind).items() if isinstance(learner, GradientLearner)}
    few, _, many = few_episodes(kind).items()
    # The meta-learner and the one from scratch with few labels and with many, the others with either.
    both = [(name, drawn) for name in ("maml", "scratch") for drawn in (few, many)]
    others = zip(sorted(walking.keys() - {"maml", "scratch"}), cycle((few, many)), strict=False)
    for name, (shots, episode) in [*both, *others]:
        learner = walking[name]
        walk = learner.trajectory(episode)
        assert walk.shape == (len(EVALUATION_STEPS), 3, 7, kind.ways)
        judged = walk[EVALUATION_STEPS.index(learner.evaluation_step(shots))]
        np.testing.assert_allclose(judged, learner.predict(episode), rtol=1e-4, atol=1e-5, err_msg=name)
        before = predictions(tensors(learner.start(3)), episode.query.x, tf.constant(episode.support.y)).numpy()
        expected = before if kind.regression else learner.calibrate(shots, before)
        np.testing.assert_allclose(walk[0], expected, atol=1e-5, err_msg=name)


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
def test_a_walk_that_diverges_has_no_opinion_or_ends_far_away(scenario: Scenario, shipped: Shipped, episodes, rate):
    start = shipped(scenario)["maml"].start
    learner = GradientLearner(start, lambda shots: (rate, 200))
    walk = learner.trajectory(episodes[4])
    assert np.isfinite(walk).all()
    assert not shipped(scenario)["maml"].diverges(episodes[4]).any()
    if rate == 1e30:
        assert learner.diverges(episodes[4]).all()
    if scenario.regression:
        assert np.abs(walk).max() <= FARTHEST
        if rate == 1e30:
            assert (walk[-1] == FARTHEST).all(), "0 would look like a prediction"
        return
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
