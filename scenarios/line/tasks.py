"""Learn a straight line from a few noisy points: the smallest problem that demonstrates meta-learning.

    y  =  a x + b + eps,   x ~ Uniform(0, 1),   eps ~ Uniform(0, 1),   a ~ Uniform(-3, 3),   b ~ Uniform(-2, 2)

The noise is that of the exercise on which this family is based, y = 2 x + 1 + rand(): it has mean 1/2 and variance
1/12. Hence least squares converges to the intercept b + 1/2, which predicts y best, and no method has a mean squared
error below 1/12 = .0833, from any number of points.

Components that no line explains enter through the Legendre polynomials of degree 2 and 3 on [0, 1], orthonormal to each
other and orthogonal to 1 and to x.
"""

from dataclasses import dataclass

import numpy as np

from scenarios.scenario import Feature
from scenarios.task import Array, Examples
from scenarios.text import Text

_NO_UNIT = Text(en="–", zh="–")
X = Feature("x", Text(en="x", zh="自变量 x"), _NO_UNIT, low=0.0, high=1.0, decimals=2)
Y = Feature("y", Text(en="y", zh="因变量 y"), _NO_UNIT, decimals=2)

SLOPE = (-3.0, 3.0)
INTERCEPT = (-2.0, 2.0)
NOISE = (0.0, 1.0)
NOISE_MEAN = 1 / 2
NOISE_VARIANCE = 1 / 12


def standardise(x: Array) -> Array:
    """Scale x to mean 0 and variance 1 over Uniform(0, 1)."""
    encoded: Array = (np.asarray(x) - 0.5) * np.sqrt(12)
    return encoded


def curves(x: Array) -> Array:
    """Return the two curves that no line explains: (...) -> (..., 2). Each has mean square 1 over Uniform(0, 1)."""
    t = 2 * x - 1
    return np.stack([np.sqrt(5) * (3 * t**2 - 1) / 2, np.sqrt(7) * (5 * t**3 - 3 * t) / 2], axis=-1)


@dataclass(frozen=True)
class Lines:
    """Several straight lines, each seen through the same noise."""

    slope: Array  # (tasks,)
    intercept: Array  # (tasks,)
    bend: Array  # (tasks, 2): how much of either curve; 0 but for novelty

    def __len__(self) -> int:
        return len(self.slope)

    def signal(self, x: Array) -> Array:
        """Return y without its noise: x (tasks, n) -> (tasks, n)."""
        bent: Array = np.einsum("tnc,tc->tn", curves(x), self.bend)
        return self.slope[:, None] * x + self.intercept[:, None] + bent

    def support(self, rng: np.random.Generator, shots: int) -> Examples:
        """`shots` points of each line: x (tasks, shots, 1), y (tasks, shots)."""
        x, noise = rng.random((2, len(self), shots))
        return Examples(x[..., None], self.signal(x) + noise)

    def query(self, rng: np.random.Generator, n: int) -> Examples:
        """Draw n further points in the same way, with their own noise."""
        return self.support(rng, n)


def sample_tasks(rng: np.random.Generator, count: int, novelty: float = 0.0) -> Lines:
    """Draw `count` lines.

    `novelty` (rho) bends them: rho**2 is the share of a line's mean square over x that goes to a random mixture of the
    two `curves`, which no training task contains. The mean square itself stays, task by task.
    """
    if not 0 <= novelty <= 1:
        raise ValueError(f"novelty must lie in [0, 1], got {novelty}")
    slope, intercept = rng.uniform(*SLOPE, count), rng.uniform(*INTERCEPT, count)
    angle = rng.uniform(0, 2 * np.pi, count)
    energy = slope**2 / 3 + slope * intercept + intercept**2  # mean of (a x + b)^2 over Uniform(0, 1)
    bend = novelty * np.sqrt(energy)[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    straight = np.sqrt(1 - novelty**2)
    return Lines(straight * slope, straight * intercept, bend)
