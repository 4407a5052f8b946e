"""The first example of the article that this product is based on: one line, some noise, one small model.

    y  =  2 x + 1 + U(0, 1),   x ~ U(0, 1),   a linear model, mean squared error, Adam

The noise has mean 1/2 and variance 1/12. The best predictor of y is therefore 2 x + 1.5, and no model, from any number
of points, has an expected squared error below 1/12 = .0833 on new ones. Noise that is centred, U(-1/2, 1/2), brings the
best intercept to 1 and does not change the floor.

No TensorFlow here: the process that serves pages reads these values. `adam.py` makes them.
"""

from dataclasses import dataclass

import numpy as np

from scenarios.task import Array, rng_for

SLOPE, INTERCEPT = 2.0, 1.0
FLOOR = 1 / 12  # the variance of the noise, centred or not


@dataclass(frozen=True)
class FirstExample:
    """One run of the example: the points, and the model before the first step and after each one."""

    x: Array  # (points,)
    y: Array  # (points,)
    slope: Array  # (steps + 1,)
    intercept: Array  # (steps + 1,)
    loss: Array  # (steps + 1,): mean squared error on these points
    expected: Array  # (steps + 1,): on new points, exactly
    least_squares: tuple[float, float]  # slope and intercept that Adam is on its way to


def draw_points(seed: int, points: int, centred: bool) -> tuple[Array, Array]:
    """Draw x and y, (points,) each. The same seed gives the same x and the same noise except for its centre."""
    rng = rng_for("train", seed, points)
    x, noise = rng.uniform(0, 1, (2, points))
    return x, SLOPE * x + INTERCEPT + noise - (0.5 if centred else 0.0)


def random_start(seed: int) -> tuple[float, float]:
    """Slope and intercept of a model that has seen nothing."""
    slope, intercept = rng_for("train", seed, 0, 1).normal(0, 0.5, 2)
    return float(slope), float(intercept)


def best_intercept(centred: bool) -> float:
    """Return the intercept of E[y | x], which includes the mean of the noise."""
    return INTERCEPT if centred else INTERCEPT + 0.5


def expected_loss(slope: Array, intercept: Array, centred: bool) -> Array:
    """Mean squared error on new points: E[(da x + db)^2] + 1/12 over x ~ U(0, 1)."""
    da, db = slope - SLOPE, intercept - best_intercept(centred)
    return np.asarray(da**2 / 3 + da * db + db**2 + FLOOR)


def least_squares(x: Array, y: Array) -> tuple[float, float]:
    """Return the slope and the intercept with the smallest mean squared error on these points."""
    slope, intercept = np.polyfit(x, y, 1)
    return float(slope), float(intercept)
