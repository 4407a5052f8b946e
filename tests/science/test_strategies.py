"""Promise: every strategy is the one that its name stands for, and learns."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from scenarios.catalog import SCENARIOS
from scenarios.evaluation import curves
from scenarios.learners import fitting, meta_learned
from scenarios.learners.calibration import Calibrated
from scenarios.meta_learner import in_context, prototypes, ridge
from scenarios.meta_learner.amortised import FAMILIES, AmortisedLearner, answer_loss
from scenarios.meta_learner.inner_loop import adapt, clip_by_norm, constant_inner_lrs, each_task
from scenarios.meta_learner.meta_train import Pool, _outer_gradient, draw_pool, first_state, meta_train
from scenarios.meta_learner.network import random_start, task_loss
from scenarios.publication import benchmark, challenges
from scenarios.recipe import Recipe
from scenarios.scenario import Scenario

TASKS, ROWS, INPUTS, QUERIES = 3, 7, 5, 4  # all different, so that no axis can be taken for another
SMALL = Recipe(hidden=(8,), features=6, meta_steps=60, meta_batch=8, train_tasks=256, max_shots=5, queries=10)
READING = replace(SMALL, strategy="in_context", hidden=(8, 8))


@pytest.fixture(params=[False, True], ids=["classes", "numbers"])
def numbers(request: pytest.FixtureRequest) -> bool:
    """Whether a number is predicted."""
    return request.param


@pytest.fixture
def support(numbers: bool) -> tuple[np.ndarray, ...]:
    """x (tasks, rows, inputs), y and mask (tasks, rows): 7, 4 and 2 examples."""
    rng = np.random.default_rng(2)
    mask = (np.arange(ROWS)[None] < np.array([[7], [4], [2]])).astype(np.float32)
    x = rng.standard_normal((TASKS, ROWS, INPUTS)).astype(np.float32)
    y = rng.standard_normal((TASKS, ROWS)) if numbers else np.tile(np.arange(ROWS) % 2, (TASKS, 1))
    return x, y.astype(np.float32 if numbers else np.int32), mask


@pytest.fixture
def query() -> np.ndarray:
    return np.random.default_rng(3).standard_normal((TASKS, QUERIES, INPUTS)).astype(np.float32)


def learned(family, recipe: Recipe, ways: int) -> tuple[np.ndarray, ...]:
    """Anything at all, but nothing that is zero."""
    rng = np.random.default_rng(5)
    return tuple(
        (w + 0.3 * rng.standard_normal(w.shape)).astype(np.float32) for w in family.init(rng, INPUTS, ways, recipe)
    )


def asked(family, weights, support, query, recipe: Recipe) -> np.ndarray:
    return family.answer(
        tuple(map(tf.constant, weights)), *map(tf.constant, support), tf.constant(query), recipe
    ).numpy()


def features(network, x: np.ndarray) -> np.ndarray:
    """Of one task, in 64 bits: one hidden layer."""
    w1, b1, w2, b2 = (w[0].astype(np.float64) for w in network)
    return np.maximum(x @ w1 + b1, 0) @ w2 + b2


def test_prototypes_are_class_means_in_the_features(support, query, numbers):
    if numbers:
        return  # there is no class whose mean it could be
    weights = learned(prototypes, SMALL, 2)
    found = asked(prototypes, weights, support, query, SMALL)
    *network, log_scale, log_odds = weights
    for task, (x, y, mask) in enumerate(zip(*support, strict=True)):
        known, here = features(network, x[mask > 0]), features(network, query[task])
        means = np.stack([known[y[mask > 0] == label].mean(0) for label in (0, 1)])
        away = ((here[:, None] - means) ** 2).sum(-1)
        np.testing.assert_allclose(found[task], log_odds[0] - np.exp(log_scale[0]) * away / 6, rtol=1e-4, atol=1e-4)


def test_the_closed_form_head_is_the_posterior_of_a_linear_model(support, query, numbers):
    weights = learned(ridge, SMALL, 1 if numbers else 2)
    found = asked(ridge, weights, support, query, SMALL)
    *network, mean, log_precision, log_noise, log_scale, log_odds = (w.astype(np.float64) for w in weights)
    precision, noise = np.diag(np.exp(log_precision[0, :, 0])), np.exp(log_noise[0, 0, 0])
    for task, (x, y, mask) in enumerate(zip(*support, strict=True)):
        known, here = (
            np.c_[features(network, rows) / 6**0.5, np.ones(len(rows))] for rows in (x[mask > 0], query[task])
        )
        target = y[mask > 0][:, None] if numbers else 2 * np.eye(2)[y[mask > 0]] - 1
        covariance = np.linalg.inv(known.T @ known / noise + precision)
        posterior = covariance @ (known.T @ target / noise + precision @ mean[0])
        deviation = np.sqrt(noise + np.einsum("qf,fg,qg->q", here, covariance, here))[:, None]
        if numbers:
            expected = np.c_[here @ posterior, deviation]
        else:
            expected = log_odds[0] + np.exp(log_scale[0]) * (here @ posterior) / deviation
        np.testing.assert_allclose(found[task], expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("strategy", FAMILIES)
def test_what_the_mask_hides_and_the_order_of_the_examples_never_change_an_answer(strategy, support, query, numbers):
    if numbers and strategy == "prototypes":
        return
    family, recipe = {"prototypes": prototypes, "ridge": ridge, "in_context": in_context}[strategy], SMALL
    recipe = READING if strategy == "in_context" else replace(SMALL, strategy=strategy)
    weights, (x, y, mask) = learned(family, recipe, 1 if numbers else 2), support
    plain = asked(family, weights, support, query, recipe)
    hidden = np.where(mask[..., None] > 0, x, 7).astype(np.float32), np.where(mask > 0, y, 1 - y).astype(y.dtype), mask
    np.testing.assert_allclose(asked(family, weights, hidden, query, recipe), plain, atol=1e-4)
    order = np.random.default_rng(1).permutation(ROWS)
    shuffled = tuple(array[:, order] for array in support)
    np.testing.assert_allclose(asked(family, weights, shuffled, query, recipe), plain, atol=1e-4)
    one = asked(family, weights, support, query[:, 2:3], recipe)
    np.testing.assert_allclose(one[:, 0], plain[:, 2], atol=1e-4)
    turned = asked(family, weights, (x, 1 - y, mask), query, recipe)
    assert np.abs(turned - plain).max() > 0.01, "the labels must matter"


def test_the_loss_is_the_surprise_at_the_label(numbers):
    if numbers:
        said, y = np.array([[[1.0, 2.0]], [[0.0, 0.5]]]), np.array([[2.0], [0.25]])
        z = (y - said[..., 0]) / said[..., 1]
        expected = 0.5 * z**2 + np.log(said[..., 1] * np.sqrt(2 * np.pi))
    else:
        said, y = np.array([[[0.0, 1.0]], [[2.0, 0.0]]]), np.array([[1], [1]])
        expected = -np.log([[np.e / (1 + np.e)], [1 / (1 + np.exp(2))]])
    loss = answer_loss(tf.constant(said, tf.float32), tf.constant(y, tf.float32 if numbers else tf.int32))
    np.testing.assert_allclose(loss, expected[:, 0], rtol=1e-4)


def test_anil_moves_the_last_layer_and_nothing_else(kind: Scenario):
    recipe = replace(SMALL, adapts="head", learn_rates="weight", inner_lr=0.05, meta_steps=3)
    state = first_state(kind, recipe, 0)
    assert [bool(rate.numpy().any()) for rate in state.inner_lrs] == [False] * (len(state.start) - 2) + [True, True]
    pool = draw_pool(kind, recipe, 0)
    x, y, mask = pool.support_x[:2], pool.support_y[:2], tf.ones(pool.support_y[:2].shape)
    walk = adapt(state.start, x, y, [mask] * 2, state.inner_lrs, frozen=len(state.start) - 2)
    everything = adapt(state.start, x, y, [mask] * 2, state.inner_lrs)  # a rate of zero says the same
    for before, after, again in zip(walk[0][:-2], walk[-1][:-2], everything[-1][:-2], strict=True):
        np.testing.assert_array_equal(before, after)
        np.testing.assert_array_equal(before, again)
    for after, again in zip(walk[-1], everything[-1], strict=True):
        np.testing.assert_allclose(after, again, atol=1e-6)
    assert np.abs(walk[-1][-2] - walk[0][-2]).max() > 1e-3


@pytest.mark.usefixtures("uncompiled")
def test_anils_rates_stay_at_nothing_in_the_layers_that_do_not_move(kind: Scenario):
    recipe = replace(SMALL, adapts="head", learn_rates="weight", inner_lr=0.05, meta_steps=4)
    *_, last = meta_train(kind, recipe, 0)
    assert not any(rate.numpy().any() for rate in last.state.inner_lrs[:-2])
    assert np.ptp(last.state.inner_lrs[-2].numpy()) > 0


def test_the_rates_of_a_first_order_learner_are_learnt_too():
    recipe = replace(SMALL, first_order=True, inner_steps=2, learn_rates="layer")
    rng = np.random.default_rng(7)
    start = tuple(map(tf.constant, random_start(rng, (INPUTS, 8, 2))))
    rates = tuple(tf.fill((2, 1, 1), 0.1) for _ in start)
    x = tf.constant(rng.standard_normal((2, 6, INPUTS)), tf.float32)
    y = tf.constant(np.tile([0, 1], (2, 3)), tf.int32)
    with tf.GradientTape() as tape:
        tape.watch(rates)
        end = adapt(start, x, y, [tf.ones((2, 6))] * recipe.inner_steps, rates, first_order=True)[-1]
        loss = tf.reduce_sum(task_loss(end, x, y, tf.ones((2, 6))))
    assert all(np.abs(slope).max() > 1e-4 for slope in tape.gradient(loss, rates))


def test_reptile_of_one_step_is_the_gradient_of_all_tasks_pooled(kind: Scenario, monkeypatch):
    """Of one step on all examples; further steps are what makes it more."""
    from scenarios.meta_learner import meta_train as module

    monkeypatch.setattr(module, "MINIBATCH", 10**6)
    recipe = replace(SMALL, strategy="reptile", inner_steps=1, inner_lr=0.01)
    state, pool = first_state(kind, recipe, 0), draw_pool(kind, recipe, 0)
    batch = Pool(*(part[:4] for part in pool))
    mask = tf.ones(batch.support_y.shape)
    _, towards = _outer_gradient(state, (batch, mask), tf.constant([0, 0]), recipe)
    x, y = (tf.concat([getattr(batch, f"{part}_{name}") for part in ("support", "query")], axis=1) for name in "xy")
    own = each_task(state.start, x)
    with tf.GradientTape() as tape:
        tape.watch(own)
        loss = tf.reduce_sum(task_loss(own, x, y, tf.ones(y.shape)))
    slopes = tape.gradient(loss, own)
    for found, slope in zip(towards, clip_by_norm(slopes) if kind.regression else slopes, strict=False):
        np.testing.assert_allclose(found[0], 0.01 * tf.reduce_mean(slope, axis=0), atol=2e-5)


@pytest.mark.usefixtures("uncompiled")
def test_the_bound_of_a_recipe_is_that_of_every_learner_it_makes():
    scenario = next(scenario for scenario in SCENARIOS.values() if scenario.regression)
    tight, loose = (replace(SMALL, inner_steps=2, inner_lr=0.05, clip_norm=bound) for bound in (0.05, 1e9))
    episode = curves.fresh_episode(scenario, tasks=3, shots=2, queries=7, seed=1)
    state = first_state(scenario, tight, 3)
    unbounded = meta_learned.learner_of(state, loose).predict(episode)
    bounded = meta_learned.restore(scenario, meta_learned.kept(state, tight)).predict(episode)
    assert np.abs(bounded - unbounded).max() > 0.01, "this bound shortens nothing"
    np.testing.assert_array_equal(challenges.learner_of(state, tight).predict(episode), bounded)
    np.testing.assert_array_equal(benchmark.learner_of(state, tight).predict(episode), bounded)
    scratch = fitting.restore(replace(scenario, recipe=tight), "scratch", fitting.load_checkpoint(scenario, "scratch"))
    assert scratch.clip_norm == 0.05

    pool = draw_pool(scenario, tight, 0)
    batch = Pool(*(part[:4] for part in pool)), tf.ones((4, pool.support_y.shape[1]))
    (_, short), (_, long) = (
        _outer_gradient(state, batch, tf.constant([0, 0]), replace(recipe, strategy="reptile"))
        for recipe in (tight, loose)
    )
    assert np.linalg.norm(short[0]) < 0.2 * np.linalg.norm(long[0])


# Each is compiled anew, so each learns one kind of task: numbers, or classes.
@pytest.mark.parametrize(
    ("strategy", "regression"), [("reptile", False), ("prototypes", False), ("ridge", True), ("in_context", True)]
)
def test_every_strategy_learns(strategy, regression):
    scenario = next(scenario for scenario in SCENARIOS.values() if scenario.regression == regression)
    recipe = READING if strategy == "in_context" else replace(SMALL, strategy=strategy, inner_steps=3, inner_lr=0.02)
    recipe = replace(recipe, hidden=(16,), meta_steps=90, outer_lr=5e-3)
    losses = [progress.loss for progress in meta_train(scenario, recipe, 0, chunk=15)]
    assert losses[-1] < losses[0] - 0.02
    assert np.isfinite(losses).all()


@pytest.mark.parametrize("strategy", ["maml", "in_context"])
def test_a_learner_comes_back_from_what_is_kept(strategy, kind: Scenario):
    recipe = READING if strategy == "in_context" else replace(SMALL, inner_lr=0.05)
    checkpoint = meta_learned.kept(first_state(kind, recipe, 3), recipe)
    learner = meta_learned.restore(kind, checkpoint)
    episode = curves.fresh_episode(kind, tasks=3, shots=2, queries=7, seed=1)
    assert np.isfinite(learner.predict(episode)).all()
    inner = learner.learner if isinstance(learner, Calibrated) else learner
    assert isinstance(inner, AmortisedLearner) == (strategy == "in_context")
    for damage in ({"hidden": (9,)}, {"strategy": "guessing"}, {"inner_steps": "many"}, {"unheard": 1}):
        settings = checkpoint.metadata["settings"] | damage
        with pytest.raises((KeyError, ValueError)):
            meta_learned.restore(kind, replace(checkpoint, metadata={"settings": settings}))


def test_a_recipe_comes_back_from_its_settings():
    recipe = Recipe(strategy="ridge", hidden=(3, 4, 5), learn_rates="layer", outer_lr=0.5, adapts="head")
    assert Recipe.from_dict(recipe.as_dict()) == recipe
    assert Recipe.from_dict({}) == Recipe()
    assert Recipe.from_dict({"longest_gradient": 3.0}).clip_norm == 3.0, "its name in all files"
    for wrong in (None, [], "hidden", {"hidden": 3}, {"outer_lr": "0.1"}, {"learn_rates": "all"}, {"depth": 2}):
        with pytest.raises(ValueError, match=r"recipe|cannot be"):
            Recipe.from_dict(wrong)


def test_one_rate_reaches_every_weight(kind: Scenario):
    start = random_start(np.random.default_rng(0), (INPUTS, 8, 2))
    assert {rate.shape for rate in constant_inner_lrs(0.1, start)} == {(1, 1, 1)}
