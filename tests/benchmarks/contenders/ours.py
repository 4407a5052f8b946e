"""Ours: the compiled loop of `meta_train` itself, which picks its tasks in the graph."""

from dataclasses import replace

import numpy as np
import tensorflow as tf

from scenarios.catalog import SCENARIOS
from scenarios.meta_learner import meta_train
from scenarios.meta_learner.meta_train import (
    Pool,
    TrainState,
    _draw_batch,
    _outer_loss,
    _run_chunk,
    draw_pool,
    first_state,
)
from scenarios.task import Array
from tests.benchmarks.contenders.problem import Problem

CLASSIC = next(scenario for scenario in SCENARIOS.values() if scenario.benchmark)
PUBLISHED = replace(CLASSIC, encode=CLASSIC.benchmark.encode)
SEED, FRESH = 0, 1

# The published outer loop is not bounded. Ours computes its bound all the same.
meta_train.CLIP_NORM = 1e9


class Contender:
    def __init__(self, problem: Problem) -> None:
        self.recipe, self.pool, self.state = problem.recipe, Pool(*map(tf.constant, problem.pool)), _state(problem)

    def train(self, steps: int) -> tuple[Array, ...]:
        size, seed, whole = tf.constant(steps), tf.constant(SEED), tf.constant(float(self.recipe.meta_steps))
        self.state, _ = _run_chunk(self.state, self.pool, size, seed, whole, self.recipe, PUBLISHED.ways)
        return tuple(w.numpy() for w in self.state.start)


def _state(problem: Problem) -> TrainState:
    return first_state(PUBLISHED, problem.recipe, SEED)._replace(start=tuple(map(tf.constant, problem.start)))


def classic_sine(tasks: int, shots: int, inner_steps: int, width: int, pool: int = 20_000) -> Problem:
    """Waves with `shots` support and as many query points; the rest as published, but for the pool."""
    recipe = replace(
        CLASSIC.benchmark.recipes["maml"],
        hidden=(width, width), inner_steps=inner_steps, meta_batch=tasks, train_tasks=pool, max_shots=shots,
        queries=shots,
    )  # fmt: skip
    start = tuple(w.numpy() for w in first_state(PUBLISHED, recipe, SEED).start)
    return Problem(recipe, tuple(array.numpy() for array in draw_pool(PUBLISHED, recipe, SEED)), start)


def fresh(problem: Problem, tasks: int) -> Problem:
    """The same problem on test tasks."""
    drawn = draw_pool(PUBLISHED, replace(problem.recipe, train_tasks=tasks), FRESH)
    return replace(problem, pool=tuple(array.numpy() for array in drawn))


def picks(problem: Problem, steps: int) -> Array:
    """The tasks that ours picks in its first steps: (steps, tasks)."""
    numbered = Pool(*[tf.range(len(problem.pool[0]))[:, None]] * len(Pool._fields))
    batches = (
        _draw_batch(tf.constant(step), numbered, tf.constant(SEED), problem.recipe, PUBLISHED.ways)[0]
        for step in range(steps)
    )
    return np.stack([batch.query_y.numpy()[:, 0] for batch in batches])


def loss(problem: Problem, start: tuple[Array, ...]) -> float:
    """Mean query loss over all tasks of the pool, after adaptation from `start`."""
    pool = Pool(*map(tf.constant, problem.pool))
    return float(
        _outer_loss(_state(replace(problem, start=start)), (pool, tf.ones_like(pool.support_y)), problem.recipe)
    )
