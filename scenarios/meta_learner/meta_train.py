"""Learning across tasks: one XLA-compiled loop, run in chunks.

A chunk takes a state and gives a state, so that progress, cancelling and resuming cost nothing: show what a chunk
says, stop calling, or call again with the state that was kept. `inner_steps = 0` is the ordinary thing, one network
for all tasks pooled together, trained by the same loop.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from scenarios.episode import draw_examples
from scenarios.meta_learner.gradient import adapt
from scenarios.meta_learner.network import Weights, cross_entropy, random_start
from scenarios.scenario import Scenario
from scenarios.task import Array, Labels, rng_for


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what meta-training makes, apart from the scenario and the seed."""

    hidden: tuple[int, ...] = (64, 64)
    inner_steps: int = 1
    inner_lr: float = 0.1
    meta_steps: int = 20_000
    meta_batch: int = 25
    outer_lr: float = 1e-3  # falls to 0 along half a cosine
    train_tasks: int = 20_000
    max_shots: int = 20  # support sets of 1 to this many examples per class, every size equally often
    queries: int = 40  # per task

    def as_dict(self) -> dict[str, object]:
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}


class Pool(NamedTuple):
    """Pre-drawn meta-training tasks, scaled."""

    support_x: tf.Tensor  # (pool, rows, ...)
    support_y: tf.Tensor  # (pool, rows): classes alternate, so the first k * ways rows are k shots
    query_x: tf.Tensor
    query_y: tf.Tensor


class TrainState(NamedTuple):
    """Where meta-training stands. Plain tensors: keep them, and training can go on from here."""

    step: tf.Tensor  # ()
    start: Weights
    momentum: Weights  # first and second moments of Adam (Kingma and Ba 2015)
    velocity: Weights


@dataclass(frozen=True)
class Progress:
    """What one chunk of meta-training says."""

    state: TrainState
    done: float  # share of all meta-steps, in (0, 1]
    loss: float  # mean query loss after adaptation, over the chunk, in nats


def draw_pool(scenario: Scenario, recipe: Recipe, seed: int) -> Pool:
    """Draw the meta-training tasks. They come from the `train` split, which nothing else draws from."""
    rng = rng_for("train", seed)
    tasks = scenario.sample_tasks(rng, recipe.train_tasks)
    draw = draw_examples(tasks, rng, shots=recipe.max_shots, queries=recipe.queries, most_shots=recipe.max_shots)
    return Pool(
        _scaled(scenario, draw.support.x), _labels(draw.support.y),
        _scaled(scenario, draw.query.x), _labels(draw.query.y),
    )  # fmt: skip


def _scaled(scenario: Scenario, x: Array) -> tf.Tensor:
    return tf.constant(scenario.scale(x), tf.float32)


def _labels(y: Labels) -> tf.Tensor:
    return tf.constant(y, tf.int32)


def layer_sizes(scenario: Scenario, recipe: Recipe) -> tuple[int, ...]:
    return (len(scenario.features), *recipe.hidden, scenario.ways)


def first_state(scenario: Scenario, recipe: Recipe, seed: int) -> TrainState:
    start = tuple(map(tf.constant, random_start(rng_for("train", seed, 1), layer_sizes(scenario, recipe))))
    zeros = tuple(map(tf.zeros_like, start))
    return TrainState(tf.constant(0), start, zeros, zeros)


def meta_train(
    scenario: Scenario, recipe: Recipe, seed: int, *, state: TrainState | None = None, chunk: int = 250
) -> Iterator[Progress]:
    """Meta-train from `state` (or from the beginning) to the end, chunk by chunk.

    The same scenario, recipe and seed give the same weights, however the work was cut into chunks.
    """
    state = state or first_state(scenario, recipe, seed)
    pool = draw_pool(scenario, recipe, seed)
    while (step := int(state.step)) < recipe.meta_steps:
        size = min(chunk, recipe.meta_steps - step)
        state, loss = _run_chunk(state, pool, tf.constant(size), tf.constant(seed), recipe, scenario.ways)
        yield Progress(state, int(state.step) / recipe.meta_steps, float(loss))


@tf.function(jit_compile=True, autograph=False)  # type: ignore[untyped-decorator]
def _run_chunk(
    state: TrainState, pool: Pool, size: tf.Tensor, seed: tf.Tensor, recipe: Recipe, ways: int
) -> tuple[TrainState, tf.Tensor]:
    def meta_step(done: tf.Tensor, state: TrainState, total: tf.Tensor) -> tuple[tf.Tensor, TrainState, tf.Tensor]:
        episode = _draw_batch(state.step, pool, seed, recipe, ways)
        with tf.GradientTape() as tape:
            tape.watch(state.start)
            loss = _outer_loss(state.start, episode, recipe)
        return done + 1, _adam(state, tape.gradient(loss, state.start), recipe), total + loss

    begin = (tf.constant(0), state, tf.constant(0.0))
    _, state, total = tf.while_loop(lambda done, *_: done < size, meta_step, begin)
    return state, total / tf.cast(size, tf.float32)


def _draw_batch(step: tf.Tensor, pool: Pool, seed: tf.Tensor, recipe: Recipe, ways: int) -> tuple[Pool, tf.Tensor]:
    """Pick tasks and a number of shots for each; the randomness is a function of (seed, step) only."""
    key = tf.stack([seed, step])
    picked = tf.random.stateless_uniform([recipe.meta_batch], key, maxval=pool.support_y.shape[0], dtype=tf.int32)
    shots = tf.random.stateless_uniform([recipe.meta_batch, 1], key + 1, 1, recipe.max_shots + 1, dtype=tf.int32)
    mask = tf.cast(tf.range(pool.support_y.shape[1])[None] < shots * ways, tf.float32)
    return Pool(*(tf.gather(array, picked) for array in pool)), mask


def _outer_loss(start: Weights, episode: tuple[Pool, tf.Tensor], recipe: Recipe) -> tf.Tensor:
    """Query loss after adapting to the support set, averaged over tasks: the meta-objective of MAML."""
    batch, mask = episode
    adapted = adapt(
        start, batch.support_x, batch.support_y, mask, steps=recipe.inner_steps, rate=tf.constant(recipe.inner_lr)
    )[-1]
    everything = tf.ones(tf.shape(batch.query_y))
    return tf.reduce_mean(cross_entropy(adapted, batch.query_x, batch.query_y, everything))


def _adam(state: TrainState, gradient: Weights, recipe: Recipe) -> TrainState:
    """Adam with the usual decay rates, its rate falling to 0 along half a cosine."""
    step = state.step + 1
    t = tf.cast(step, tf.float32)
    rate = recipe.outer_lr * 0.5 * (1 + tf.cos(np.pi * t / recipe.meta_steps))
    momentum = tuple(0.9 * m + 0.1 * g for m, g in zip(state.momentum, gradient, strict=True))
    velocity = tuple(0.999 * v + 0.001 * g * g for v, g in zip(state.velocity, gradient, strict=True))
    start = tuple(
        w - rate * (m / (1 - 0.9**t)) / (tf.sqrt(v / (1 - 0.999**t)) + 1e-8)
        for w, m, v in zip(state.start, momentum, velocity, strict=True)
    )
    return TrainState(step, start, momentum, velocity)
