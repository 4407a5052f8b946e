"""Gradient descent in the plane of slopes and intercepts, from two initialisations.

A task is a line, y = a x + b + noise with x ~ U(0, 1) and noise of mean 0. The expected loss of the model
theta = (slope, intercept) is exactly

    L(theta)  =  (theta - theta*)' H (theta - theta*) + variance of the noise,    H = E[(x, 1)(x, 1)'] = [[1/3, 1/2],
                                                                                                          [1/2, 1]]

a bowl with its lowest point at the task's own theta* = (a, b) and the same shape for every task: a long valley, for the
eigenvalues of H are 1.268 and .066. A gradient step at rates D = diag(rate of the slope, rate of the intercept) gives
theta' - theta* = M (theta - theta*), M = I - 2 D H, so that k steps are M^k.

Meta-learning minimises E[L after k steps] over the family of tasks (Finn et al. 2017):

- the start. E[(theta - theta*)' (M^k)' H M^k (theta - theta*)] is a quadratic in theta, and whatever k, D and the shape
  of the family, its minimum is at theta = E[theta*]: the family's centre.
- the rates (Meta-SGD, Li et al. 2017). From the centre the objective is trace((M^k)' H M^k S), S the family's
  covariance. For k = 1 its minimum has a closed form, D = diag((H o Q)^-1 diag(Q)) / 2 with Q = H S H and o the product
  entry by entry; for larger k a grid that is made finer four times finds it.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from scenarios.task import Array, rng_for

HESSIAN = np.array([[1 / 3, 1 / 2], [1 / 2, 1.0]])  # half of the loss's second derivatives
LARGEST_RATE = 1 / float(np.linalg.eigvalsh(HESSIAN)[-1])  # .789: above it, one rate for both diverges
TOLERANCE = 0.01  # gradient descent has converged if its loss is within this of the minimum
HORIZON = 5  # steps that the rates are learned for
MOST_STEPS = 1000


@dataclass(frozen=True)
class Family:
    """A distribution of lines: slope and intercept are independent."""

    name: str
    centre: tuple[float, float]
    spread: tuple[float, float]  # standard deviations, or half widths of a uniform distribution
    uniform: bool = False

    def sample(self, rng: np.random.Generator, count: int) -> Array:
        """`count` tasks: the slope and the intercept of each, (count, 2)."""
        draw = rng.uniform(-1, 1, (count, 2)) if self.uniform else rng.normal(0, 1, (count, 2))
        return np.array(self.centre) + draw * self.spread

    @property
    def covariance(self) -> Array:
        """Covariance of slope and intercept over tasks: (2, 2)."""
        return np.asarray(np.diag(np.square(self.spread)) / (3 if self.uniform else 1))


RELATED = Family("related", (1.5, -1.0), (0.5, 0.4))
ANY_LINE = Family("any", (0.0, 0.0), (3.0, 2.0), uniform=True)
FAMILIES = {family.name: family for family in (RELATED, ANY_LINE)}


def fresh_tasks(family: Family, seed: int, count: int) -> Array:
    """Tasks that nothing was learned from: (count, 2)."""
    return family.sample(rng_for("test", seed, 2), count)


def meta_start(family: Family) -> Array:
    """Return the initialisation with the smallest expected loss after any number of steps: the centre, (2,)."""
    return np.array(family.centre)


@lru_cache
def meta_rates(family: Family, steps: int = HORIZON) -> tuple[float, float]:
    """Return the learning rates of slope and intercept that minimise the expected loss after `steps` steps."""
    centre, reach = np.array([1.5, 1.0]), np.array([1.45, 0.95])
    for _ in range(5):
        grid = np.linspace(-1, 1, 41)[:, None] * reach + centre  # (41, 2)
        pairs = np.stack(np.meshgrid(*grid.T, indexing="ij"), axis=-1).reshape(-1, 2)
        losses = expected_excess(family, meta_start(family), pairs, steps)
        centre, reach = pairs[losses.argmin()], reach / 10
    return float(centre[0]), float(centre[1])


def expected_excess(family: Family, start: Array, rates: Array, steps: int) -> Array:
    """Return E[loss after `steps` steps] above the optimum, over the family; rates (..., 2) -> (...)."""
    after = np.linalg.matrix_power(_move(rates), steps)
    bowl = np.swapaxes(after, -1, -2) @ HESSIAN @ after
    away = np.asarray(start) - meta_start(family)
    return np.asarray(np.trace(bowl @ (family.covariance + np.outer(away, away)), axis1=-2, axis2=-1))


def excess_loss(theta: Array, optimum: Array) -> Array:
    """Return the loss above the minimum: theta (..., 2), optimum (..., 2) -> (...)."""
    away = np.asarray(theta) - optimum
    return np.asarray(np.einsum("...i,ij,...j->...", away, HESSIAN, away))


def descend(start: Array, optima: Array, rates: tuple[float, float], steps: int) -> Array:
    """Gradient descent on each task, every one from the same start: (steps + 1, tasks, 2)."""
    move = _move(np.array(rates))
    away = [np.asarray(start, float) - optima]
    for _ in range(steps):
        away.append(away[-1] @ move.T)
    return np.stack(away) + optima


def steps_needed(start: Array, optima: Array, rates: tuple[float, float]) -> Array:
    """Return the steps to the goal of each path, (tasks,); MOST_STEPS if it takes longer or diverges."""
    move, away = _move(np.array(rates)), np.asarray(start, float) - optima
    needed = np.full(len(optima), MOST_STEPS)
    for step in range(MOST_STEPS):
        arrived = (excess_loss(away, np.zeros(2)) <= TOLERANCE) & (needed == MOST_STEPS)
        needed[arrived] = step
        if (needed < MOST_STEPS).all():
            break
        away = away @ move.T
    return needed


def level_curve(optimum: Array, excess: float, points: int = 73) -> Array:
    """Return the contour at a loss `excess` above a task's optimum: an ellipse, (points, 2)."""
    angle = np.linspace(0, 2 * np.pi, points)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    return np.asarray(np.sqrt(excess) * circle @ np.linalg.inv(np.linalg.cholesky(HESSIAN)) + optimum)


def _move(rates: Array) -> Array:
    """Return the factor of one step on the distance to the optimum: M = I - 2 D H, (..., 2, 2)."""
    return np.asarray(np.eye(2) - 2 * np.asarray(rates)[..., :, None] * HESSIAN)
