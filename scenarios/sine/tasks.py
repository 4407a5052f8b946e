"""Learn a sine wave from a few points: the family on which model-agnostic meta-learning was introduced.

    y  =  A sin(x - phi),   x ~ Uniform(-5, 5),   A ~ Uniform(0.1, 5),   phi ~ Uniform(0, pi),   no noise

as in the authors' code (Finn, Abbeel and Levine 2017, arXiv:1703.03400; github.com/cbfinn/maml, data_generator.py). A
method that knows the family needs two points: A sin(x - phi) = a sin x + b cos x, with a = A cos phi and b = -A sin
phi. Without any point, the best prediction for all tasks at once is -E[A] (2 / pi) cos x = -1.6234 cos x, whose mean
squared error is 3.0057; predicting 0 has E[A^2] / 2 = 4.2517.
"""

from dataclasses import dataclass

import numpy as np

from scenarios.scenario import Feature
from scenarios.task import Array, Examples
from scenarios.text import Text

_NO_UNIT = Text(en="–", zh="–")
X = Feature("x", Text(en="x", zh="自变量 x"), _NO_UNIT, low=-5.0, high=5.0, decimals=2)
Y = Feature("y", Text(en="y", zh="因变量 y"), _NO_UNIT, decimals=2)

AMPLITUDE = (0.1, 5.0)
PHASE = (0.0, np.pi)
REACH = 5.0  # x runs from -REACH to REACH


def standardise(x: Array) -> Array:
    """Scale x to mean 0 and variance 1 over Uniform(-5, 5). The original experiment uses x as it is."""
    encoded: Array = np.asarray(x) * (np.sqrt(3) / REACH)
    return encoded


@dataclass(frozen=True)
class Sines:
    """Several sine waves. The overtone, of twice the frequency, occurs at a task shift only."""

    amplitude: Array  # (tasks,)
    phase: Array  # (tasks,), radians
    overtone: Array  # (tasks,): amplitude of the second harmonic; 0 but for novelty
    overtone_phase: Array  # (tasks,), radians

    def __len__(self) -> int:
        return len(self.amplitude)

    def signal(self, x: Array) -> Array:
        """Return y: x (tasks, n) -> (tasks, n)."""
        wave: Array = self.amplitude[:, None] * np.sin(x - self.phase[:, None])
        return wave + self.overtone[:, None] * np.sin(2 * x - self.overtone_phase[:, None])

    def support(self, rng: np.random.Generator, shots: int) -> Examples:
        """`shots` points of each wave: x (tasks, shots, 1), y (tasks, shots)."""
        x = rng.uniform(-REACH, REACH, (len(self), shots))
        return Examples(x[..., None], self.signal(x))

    def query(self, rng: np.random.Generator, n: int) -> Examples:
        """Draw n further points in the same way."""
        return self.support(rng, n)


def sample_tasks(rng: np.random.Generator, count: int, novelty: float = 0.0) -> Sines:
    """Draw `count` sine waves.

    `novelty` (rho) moves energy to the second harmonic, A sin(2 x - psi) with psi ~ Uniform(0, 2 pi), which no training
    task contains: sqrt(1 - rho**2) of the wave and rho of the overtone. The mean square of y stays 4.2517 over tasks.
    (-5 to 5 is no whole number of periods: up to 6% of an overtone's energy can be fitted by a wave of the family.)
    """
    if not 0 <= novelty <= 1:
        raise ValueError(f"novelty must lie in [0, 1], got {novelty}")
    amplitude, phase = rng.uniform(*AMPLITUDE, count), rng.uniform(*PHASE, count)
    overtone_phase = rng.uniform(0, 2 * np.pi, count)
    return Sines(np.sqrt(1 - novelty**2) * amplitude, phase, novelty * amplitude, overtone_phase)
