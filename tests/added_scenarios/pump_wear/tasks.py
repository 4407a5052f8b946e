"""Tell four stages of wear of a pump from six readings of one plant.

In standard units, z | y ~ N(C b + s_y M a, I) / SCALE: stages lie on a line, s = -1.5, -0.5, 0.5, 1.5. The direction
M a of wear differs from plant to plant, a = r u with u uniform on the sphere; b ~ N(0, I) is particular to the plant.
The figures are assumptions of a test, not of any pump.
"""

from dataclasses import dataclass

import numpy as np

from scenarios.scenario import Feature
from scenarios.task import Array, Examples, Labels
from scenarios.text import Text

FEATURES = (
    Feature("vibration", Text("Vibration (RMS)", "振动有效值"), Text("mm/s", "mm/s"), None, 4.5, 1),
    Feature("temperature", Text("Bearing temperature", "轴承温度"), Text("°C", "°C"), None, 80, 0),
    Feature("current", Text("Motor current", "电机电流"), Text("A", "A"), 30, 50, 1),
    Feature("flow", Text("Flow", "流量"), Text("m³/h", "m³/h"), 90, None, 0),
    Feature("noise", Text("Noise level", "噪声"), Text("dB", "dB"), None, 85, 0),
    Feature("pulsation", Text("Pressure pulsation", "压力脉动"), Text("kPa", "kPa"), None, 12, 1),
)
CENTRE = np.array([3.0, 62.0, 40.0, 110.0, 78.0, 7.0])
SPREAD = np.array([0.6, 6.0, 3.0, 8.0, 2.5, 1.4])
SCALE = 1.25  # so that encoded readings have a standard deviation of about 1
STAGE = np.array([-1.5, -0.5, 0.5, 1.5])  # new, run in, worn, failing
SEPARATION = (1.4, 2.0)  # r, standard deviations between neighbouring stages
_BASIS, _ = np.linalg.qr(np.random.default_rng(6).standard_normal((len(FEATURES), len(FEATURES))))
WEAR_DIRECTIONS, PLANT_DIRECTIONS, UNSEEN_DIRECTIONS = _BASIS[:, :3], 0.8 * _BASIS[:, 2:4], _BASIS[:, 4:]


@dataclass(frozen=True)
class Pumps:
    """Pumps of several plants."""

    wear: Array  # (tasks, 3): a
    plant: Array  # (tasks, 2): b
    shift: Array  # (tasks, 6): from one stage to the next, in standard units before SCALE

    def __len__(self) -> int:
        return len(self.wear)

    def sample(self, rng: np.random.Generator, y: Labels) -> Array:
        """Read one pump per label. y (tasks, n) -> x (tasks, n, 6), in units."""
        z = rng.standard_normal((*y.shape, len(FEATURES))) + (self.plant @ PLANT_DIRECTIONS.T)[:, None]
        return (z + STAGE[y][..., None] * self.shift[:, None]) / SCALE * SPREAD + CENTRE

    def support(self, rng: np.random.Generator, shots: int) -> Examples:
        """`shots` inspected pumps of each stage, taking turns."""
        y = np.tile(np.arange(4 * shots) % 4, (len(self), 1))
        return Examples(self.sample(rng, y), y)

    def query(self, rng: np.random.Generator, n: int) -> Examples:
        """n further pumps, as many of each stage."""
        return self.support(rng, -(-n // 4)).first(n)


def sample_tasks(rng: np.random.Generator, count: int, novelty: float = 0.0) -> Pumps:
    """Draw `count` plants; novelty**2 is the share of the wear's energy in directions that no training task uses."""
    if not 0 <= novelty <= 1:
        raise ValueError(f"novelty must lie in [0, 1], got {novelty}")
    length = rng.uniform(*SEPARATION, (count, 1))
    known = length * _unit_vectors(rng, count, WEAR_DIRECTIONS.shape[1])
    plant = rng.standard_normal((count, PLANT_DIRECTIONS.shape[1]))
    unseen = length * _unit_vectors(rng, count, UNSEEN_DIRECTIONS.shape[1])
    shift = np.sqrt(1 - novelty**2) * known @ WEAR_DIRECTIONS.T + novelty * unseen @ UNSEEN_DIRECTIONS.T
    return Pumps(known, plant, shift)


def _unit_vectors(rng: np.random.Generator, count: int, size: int) -> Array:
    vectors = rng.standard_normal((count, size))
    unit: Array = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def to_z(x: Array) -> Array:
    """Units (..., 6) -> standard units (..., 6)."""
    return (np.asarray(x) - CENTRE) / SPREAD
