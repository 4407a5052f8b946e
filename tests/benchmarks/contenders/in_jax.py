"""JAX as its users write it: `vmap` over tasks, `grad` through the inner step, `scan` over meta-steps, one `jit`."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from scenarios.recipe import Recipe
from scenarios.task import Array
from tests.benchmarks.contenders.problem import DECAY, EPSILON, SECOND_DECAY, Problem

Weights = tuple[jax.Array, ...]
State = tuple[jax.Array, Weights, Weights, Weights, jax.Array]  # step, start, Adam's two moments, random key


class Contender:
    def __init__(self, problem: Problem) -> None:
        self.recipe, self.pool = problem.recipe, tuple(map(jnp.asarray, problem.pool))
        start = tuple(jnp.asarray(w[0]) for w in problem.start)
        zeros = tuple(map(jnp.zeros_like, start))
        self.state: State = (jnp.int32(0), start, zeros, zeros, jax.random.key(0))

    def follow(self, picks: Array) -> tuple[Array, ...]:
        self.state = _on_given(self.state, self.pool, jnp.asarray(picks), self.recipe)
        return self._start()

    def train(self, steps: int) -> tuple[Array, ...]:
        self.state = _on_drawn(self.state, self.pool, steps, self.recipe)
        return self._start()

    def _start(self) -> tuple[Array, ...]:
        return tuple(np.asarray(w)[None] for w in self.state[1])


@partial(jax.jit, static_argnames="recipe")
def _on_given(state: State, pool: Weights, picks: jax.Array, recipe: Recipe) -> State:
    return jax.lax.scan(lambda state, picked: (_meta_step(state, pool, picked, recipe), None), state, picks)[0]


@partial(jax.jit, static_argnames=("steps", "recipe"))
def _on_drawn(state: State, pool: Weights, steps: int, recipe: Recipe) -> State:
    def draw_and_step(state: State, _: None) -> tuple[State, None]:
        *others, key = state
        key, now = jax.random.split(key)
        picked = jax.random.randint(now, (recipe.meta_batch,), 0, len(pool[0]))
        return _meta_step((*others, key), pool, picked, recipe), None

    return jax.lax.scan(draw_and_step, state, None, length=steps)[0]


def _meta_step(state: State, pool: Weights, picked: jax.Array, recipe: Recipe) -> State:
    step, start, momentum, velocity, key = state
    gradient = jax.grad(_outer_loss)(start, tuple(array[picked] for array in pool), recipe)
    step = step + 1
    momentum = tuple(DECAY * m + (1 - DECAY) * g for m, g in zip(momentum, gradient, strict=True))
    velocity = tuple(SECOND_DECAY * v + (1 - SECOND_DECAY) * g * g for v, g in zip(velocity, gradient, strict=True))
    start = tuple(
        w - recipe.outer_lr * (m / (1 - DECAY**step)) / (jnp.sqrt(v / (1 - SECOND_DECAY**step)) + EPSILON)
        for w, m, v in zip(start, momentum, velocity, strict=True)
    )
    return step, start, momentum, velocity, key


def _outer_loss(start: Weights, batch: Weights, recipe: Recipe) -> jax.Array:
    def of_one_task(support_x: jax.Array, support_y: jax.Array, query_x: jax.Array, query_y: jax.Array) -> jax.Array:
        weights = start
        for _ in range(recipe.inner_steps):
            gradient = jax.grad(_loss)(weights, support_x, support_y)
            weights = tuple(w - recipe.inner_lr * g for w, g in zip(weights, gradient, strict=True))
        return _loss(weights, query_x, query_y)

    return jnp.mean(jax.vmap(of_one_task)(*batch))


def _loss(weights: Weights, x: jax.Array, y: jax.Array) -> jax.Array:
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        x = jax.nn.relu(x @ kernel + bias)
    return jnp.mean(((x @ weights[-2] + weights[-1])[..., 0] - y) ** 2)
