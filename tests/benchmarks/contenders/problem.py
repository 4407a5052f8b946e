"""What every contender is given. No framework is imported here."""

from dataclasses import dataclass

from scenarios.recipe import Recipe
from scenarios.task import Array

DECAY, SECOND_DECAY, EPSILON = 0.9, 0.999, 1e-8  # of Adam, as in its paper


@dataclass(frozen=True)
class Problem:
    """Where meta-training starts, the tasks that it picks from, and its settings."""

    recipe: Recipe
    pool: tuple[Array, ...]  # support x (pool, n, 1) and y (pool, n), query x (pool, m, 1) and y (pool, m)
    start: tuple[Array, ...]  # kernel (1, in, out), bias (1, 1, out), kernel, ...


def multiply_adds(problem: Problem) -> int:
    """Of one meta-step: those in matrix products, which no second-order way of computing it can do without.

    One row costs F on its way forward, the sum of in * out over the layers. Its gradient costs as much again for the
    kernels, and B for what lies between layers: F without the first layer, whose input is data. So a gradient is
    2 F + B, for each support row and inner step, and for each query row. The outer gradient then goes back through each
    inner step. There, each of its products asks for another one for each factor that depends on the weights: 2 F + 4 B.
    (A product with the Hessian costs the same by forward differentiation: Pearlmutter 1994.)
    """
    layers = [kernel.shape[1] * kernel.shape[2] for kernel in problem.start[::2]]
    forward, between = sum(layers), sum(layers[1:])
    support_rows, query_rows = problem.pool[1].shape[1], problem.pool[3].shape[1]
    gradient, back_through_it = 2 * forward + between, 2 * forward + 4 * between
    of_one_task = problem.recipe.inner_steps * support_rows * (gradient + back_through_it) + query_rows * gradient
    return problem.recipe.meta_batch * of_one_task
