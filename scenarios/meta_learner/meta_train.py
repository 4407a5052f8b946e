"""Learning across tasks: one XLA-compiled loop, run in chunks.

A chunk takes a state and returns a state, so that progress, cancelling and resuming cost nothing: show a chunk's loss,
stop calling, or call again with the saved state. `inner_steps = 0` is ordinary training of one network for all tasks
pooled together, by the same loop. Every method learns in it: they differ in what is learned, and
in the loss.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from scenarios.episode import Episode, draw_examples, open_episode
from scenarios.meta_learner.amortised import FAMILIES, answer_loss
from scenarios.meta_learner.inner_loop import CLIP_NORM, adapt
from scenarios.meta_learner.network import Weights, random_start, task_loss
from scenarios.recipe import Recipe, interned
from scenarios.scenario import Scenario
from scenarios.task import Array, rng_for

INNER_LR_SPEED = 20.0  # outer learning rate of the inner learning rates, in units of their initial value
MINIBATCH = 10  # examples of a task in each step of Reptile, on average
BLOCK = 2_000  # tasks that are drawn at a time, so that windows of signals never lie in memory all at once


class Pool(NamedTuple):
    """Pre-drawn meta-training tasks, encoded."""

    support_x: tf.Tensor  # (pool, rows, inputs)
    support_y: tf.Tensor  # (pool, rows): classes alternate, so the first k * ways rows are k shots
    query_x: tf.Tensor
    query_y: tf.Tensor


Prepare = Callable[[Episode], Episode]


def unchanged(episode: Episode) -> Episode:
    """Return the episode as it is."""
    return episode


class TrainState(NamedTuple):
    """Where meta-training stands. Plain tensors: keep them, and training can go on from here."""

    step: tf.Tensor  # ()
    start: Weights  # or whatever else is learned across tasks
    inner_lrs: Weights  # inner learning rates, for each of the weights; () if there is no inner loop
    momentum: Weights  # first and second moments of Adam (Kingma and Ba 2015), of the start and then of inner_lrs
    velocity: Weights


@dataclass(frozen=True)
class Progress:
    """The result of one chunk of meta-training."""

    state: TrainState
    done: float  # share of all meta-steps, in (0, 1]
    loss: float  # mean query loss after adaptation, over the chunk: nats, or squared error


def draw_pool(scenario: Scenario, recipe: Recipe, seed: int, prepare: Prepare = unchanged) -> Pool:
    """Draw the meta-training tasks. They come from the `train` split, which nothing else draws from."""
    blocks = []
    for block, begin in enumerate(range(0, recipe.train_tasks, BLOCK)):
        rng = rng_for("train", seed, 0, block)
        tasks = scenario.sample_tasks(rng, min(BLOCK, recipe.train_tasks - begin))
        draw = draw_examples(tasks, rng, shots=recipe.max_shots, queries=recipe.queries, most_shots=recipe.max_shots)
        episode = prepare(open_episode(scenario, draw, room=recipe.max_shots))
        blocks.append((episode.support.x, episode.support.y, episode.query.x, episode.query.y))
    return Pool(*(tf.constant(np.concatenate(parts)) for parts in zip(*blocks, strict=True)))


def layer_sizes(scenario: Scenario, recipe: Recipe) -> tuple[int, ...]:
    """Return the number of inputs, the hidden widths and the number of outputs."""
    inputs = scenario.encode(np.ones((1, *scenario.example_shape))).shape[-1]
    return (inputs, *recipe.hidden, scenario.ways)


def first_state(scenario: Scenario, recipe: Recipe, seed: int) -> TrainState:
    """Return the state before the first meta-step: random weights, the recipe's learning rates, moments of zero."""
    rng, sizes = rng_for("train", seed, 1), layer_sizes(scenario, recipe)
    if recipe.strategy in FAMILIES:
        start = tuple(map(tf.constant, FAMILIES[recipe.strategy][0](rng, sizes[0], scenario.ways, recipe)))
        inner_lrs = ()
    else:
        start = tuple(map(tf.constant, random_start(rng, sizes)))
        first = [0.0 if place < frozen(start, recipe) else recipe.inner_lr for place in range(len(start))]
        inner_lrs = tuple(map(tf.fill, inner_lr_shapes(start, recipe), first))
    zeros = tuple(map(tf.zeros_like, start + inner_lrs))
    return TrainState(tf.constant(0), start, inner_lrs, zeros, zeros)


def inner_lr_shapes(start: Iterable[tf.Tensor | Array], recipe: Recipe) -> list[tuple[int, ...]]:
    """Return the shapes of the inner learning rates for each of the weights: (steps, 1, 1), or that of the weights."""
    if recipe.learn_rates == "weight":
        return [tuple(w.shape) for w in start]
    return [(max(recipe.inner_steps, 1), 1, 1) for _ in start]


def frozen(start: Weights, recipe: Recipe) -> int:
    """Return the number of leading weight arrays that no inner step changes."""
    return len(start) - 2 if recipe.adapts == "head" else 0


def meta_train(
    scenario: Scenario,
    recipe: Recipe,
    seed: int,
    *,
    state: TrainState | None = None,
    chunk: int = 250,
    prepare: Prepare = unchanged,
) -> Iterator[Progress]:
    """Meta-train from `state` (or from the beginning) to the end, chunk by chunk.

    The same scenario, recipe and seed give the same weights, however the work was cut into chunks.
    """
    state = state or first_state(scenario, recipe, seed)
    pool = draw_pool(scenario, recipe, seed, prepare)
    while int(state.step) < recipe.meta_steps:
        progress = next_chunk(state, pool, recipe, seed, ways=scenario.ways, size=chunk)
        state = progress.state
        yield progress


def next_chunk(state: TrainState, pool: Pool, recipe: Recipe, seed: int, *, ways: int, size: int) -> Progress:
    """`size` meta-steps onwards from `state`, or as many as are left; at least one must be."""
    size = min(size, recipe.meta_steps - int(state.step))
    steps = tf.constant(recipe.meta_steps, tf.float32)
    # Compiled code is cached by the recipe, without the numbers of steps and tasks, on which it does not depend.
    compiled = interned(replace(recipe, meta_steps=0, train_tasks=0))
    state, loss = _run_chunk(state, pool, tf.constant(size), tf.constant(seed), steps, compiled, ways)
    return Progress(state, int(state.step) / recipe.meta_steps, float(loss))


@tf.function(jit_compile=True, autograph=False)  # type: ignore[untyped-decorator]
def _run_chunk(
    state: TrainState, pool: Pool, size: tf.Tensor, seed: tf.Tensor, steps: tf.Tensor, recipe: Recipe, ways: int
) -> tuple[TrainState, tf.Tensor]:
    def meta_step(done: tf.Tensor, state: TrainState, total: tf.Tensor) -> tuple[tf.Tensor, TrainState, tf.Tensor]:
        episode = _draw_batch(state.step, pool, seed, recipe, ways)
        loss, gradient = _outer_gradient(state, episode, tf.stack([seed, state.step]), recipe)
        return done + 1, _adam(state, _clip_by_global_norm(gradient), steps, recipe), total + loss

    begin = (tf.constant(0), state, tf.constant(0.0))
    _, state, total = tf.while_loop(lambda done, *_: done < size, meta_step, begin)
    return state, total / tf.cast(size, tf.float32)


def _draw_batch(step: tf.Tensor, pool: Pool, seed: tf.Tensor, recipe: Recipe, ways: int) -> tuple[Pool, tf.Tensor]:
    """Pick tasks and a number of shots for each; the randomness is a function of (seed, step) only."""
    key = tf.stack([seed, step])
    picked = tf.random.stateless_uniform([recipe.meta_batch], key, maxval=pool.support_y.shape[0], dtype=tf.int32)
    fewest = 1 if recipe.any_shots else recipe.max_shots
    shots = tf.random.stateless_uniform([recipe.meta_batch, 1], key + 1, fewest, recipe.max_shots + 1, dtype=tf.int32)
    mask = tf.cast(tf.range(pool.support_y.shape[1])[None] < shots * ways, tf.float32)
    return Pool(*(tf.gather(array, picked) for array in pool)), mask


def _outer_gradient(
    state: TrainState, episode: tuple[Pool, tf.Tensor], key: tf.Tensor, recipe: Recipe
) -> tuple[tf.Tensor, Weights]:
    """Return the mean loss over tasks and its gradient for the initialisation, then the inner learning rates."""
    if recipe.strategy == "reptile":
        return _reptile(state, episode[0], key, recipe)
    # Learning rates that are not learned have no part in clipping the start's gradient: theirs is often the longer one.
    learned = state.start + (state.inner_lrs if recipe.learn_rates else ())
    with tf.GradientTape() as tape:
        tape.watch(learned)
        loss = _outer_loss(state, episode, recipe)
    gradient = tape.gradient(loss, learned, unconnected_gradients="zero")
    return loss, gradient + tuple(map(tf.zeros_like, state.inner_lrs if not recipe.learn_rates else ()))


def _reptile(state: TrainState, batch: Pool, key: tf.Tensor, recipe: Recipe) -> tuple[tf.Tensor, Weights]:
    """Update towards the end points of inner loops (Nichol, Achiam and Schulman 2018, arXiv 1803.02999).

    Each inner step uses other examples of the task, without which it would equal training on pooled tasks.
    """
    x = tf.concat([batch.support_x, batch.query_x], axis=1)
    y = tf.concat([batch.support_y, batch.query_y], axis=1)
    masks = [_minibatch(y, key + 2 + step) for step in range(recipe.inner_steps)]
    adapted = adapt(state.start, x, y, masks, state.inner_lrs, clip_norm=recipe.clip_norm)[-1]
    apart = tuple(w - tf.reduce_mean(end, axis=0, keepdims=True) for w, end in zip(state.start, adapted, strict=True))
    loss = tf.reduce_mean(task_loss(adapted, x, y, tf.ones(y.shape)))
    return loss, apart + tuple(map(tf.zeros_like, state.inner_lrs))


def _minibatch(y: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
    """Draw about MINIBATCH of each task's examples, and at least one: a mask like y (tasks, rows)."""
    lot = tf.random.stateless_uniform(y.shape, key)
    drawn = lot <= tf.maximum(MINIBATCH / y.shape[1], tf.reduce_min(lot, axis=1, keepdims=True))
    return tf.cast(drawn, tf.float32)


def _outer_loss(state: TrainState, episode: tuple[Pool, tf.Tensor], recipe: Recipe) -> tf.Tensor:
    """Query loss after learning from the support set, averaged over tasks: the meta-objective."""
    batch, mask = episode
    if recipe.strategy in FAMILIES:
        read = FAMILIES[recipe.strategy][1]
        outputs = read(state.start, batch.support_x, batch.support_y, mask, batch.query_x, recipe)
        return tf.reduce_mean(answer_loss(outputs, batch.query_y))
    adapted = adapt(
        state.start,
        batch.support_x,
        batch.support_y,
        [mask] * recipe.inner_steps,
        state.inner_lrs,
        frozen=frozen(state.start, recipe),
        first_order=recipe.first_order,
        clip_norm=recipe.clip_norm,
    )[-1]
    everything = tf.ones(tf.shape(batch.query_y))
    return tf.reduce_mean(task_loss(adapted, batch.query_x, batch.query_y, everything))


def _clip_by_global_norm(gradient: Weights) -> Weights:
    """Scale the outer gradient down to a norm of CLIP_NORM if it is longer; entries that are not finite become 0."""
    gradient = tuple(tf.where(tf.math.is_finite(g), g, 0.0) for g in gradient)
    norm = tf.sqrt(tf.add_n([tf.reduce_sum(g * g) for g in gradient]))
    return tuple(g * tf.minimum(1.0, CLIP_NORM / (norm + 1e-12)) for g in gradient)


def _adam(state: TrainState, gradient: Weights, steps: tf.Tensor, recipe: Recipe) -> TrainState:
    """Adam with the usual decay rates, its own rate falling to 0 along half a cosine, after `steps` meta-steps."""
    step = state.step + 1
    t = tf.cast(step, tf.float32)
    left = 0.5 * (1 + tf.cos(np.pi * t / steps)) if recipe.outer_decay else 1.0
    outer_lr = recipe.outer_lr * left
    momentum = tuple(0.9 * m + 0.1 * g for m, g in zip(state.momentum, gradient, strict=True))
    velocity = tuple(0.999 * v + 0.001 * g * g for v, g in zip(state.velocity, gradient, strict=True))
    speeds = [1.0] * len(state.start) + [INNER_LR_SPEED * recipe.inner_lr] * len(state.inner_lrs)
    moved = tuple(
        w - speed * outer_lr * (m / (1 - 0.9**t)) / (tf.sqrt(v / (1 - 0.999**t)) + 1e-8)
        for w, speed, m, v in zip(state.start + state.inner_lrs, speeds, momentum, velocity, strict=True)
    )
    start, inner_lrs = moved[: len(state.start)], moved[len(state.start) :]
    return TrainState(step, start, inner_lrs if recipe.learn_rates else state.inner_lrs, momentum, velocity)
