"""Classify driving as calm, normal or aggressive, for one driver in one vehicle on their usual roads.

What "aggressive" means is relative to the driver ("a general and objective definition cannot be given", TU Darmstadt
and Mercedes-Benz, Vehicles 2022;4(4):1314-1331), and what sensors read depends as much on vehicle and road. Each
8-second window has six log-features psi (see `signals.py` and `synthesis.py`), linear-Gaussian in what is hidden about
the driver:

    psi | style s, driver  ~  N(BASE + C b + s step, Sigma),   s = -1 calm, 0 normal, +1 aggressive
    step  =  G e,   e = d u,  d ~ Uniform(3.0, 3.5),  u = the direction of a draw that differs by `World`
    b     ~  N(0, I_3)                                what is particular to vehicle, roads and driver

`Sigma` holds how windows vary with traffic and road geometry. The three columns of `G` are style mechanisms,
orthonormal in the metric of Sigma, so that d is the separation of neighbouring styles and the optimal accuracy
is 1 - 4/3 Phi(-d / 2), .911 to .947. Aggressive driving is never smoother or more distant than calm driving, given the
manoeuvre; how much it is jerkier, and how much closer, varies, and whether it brakes or corners harder is open.

Sources. Style as close and jerky against far and smooth: Itkonen et al., PLoS ONE 2017;12:e0185856. Jerk and aggressive
drivers: Feng et al., Accid Anal Prev 2017, doi 10.1016/j.aap.2017.04.012. Two seconds of headway: SWOV fact sheet.
Roads dominate acceleration rates: SHRP 2, VTechWorks 478241e5. The sizes of all loadings are assumptions of ours.
"""

from dataclasses import dataclass, replace

import numpy as np

from scenarios.driving_style import signals
from scenarios.driving_style.synthesis import synthesise
from scenarios.scenario import Feature, Quantities
from scenarios.task import Array, Examples, Labels
from scenarios.text import Text

_HARSH = Text(
    en="the fixed rule; vendors' thresholds: 0.20 g to 0.45 g", zh="固定规则；各厂商急加减速阈值为 0.20 g～0.45 g"
)
_HARSH_TURN = Text(
    en="the fixed rule; vendors' thresholds: 0.30 g to 0.56 g", zh="固定规则；各厂商急转弯阈值为 0.30 g～0.56 g"
)
_HARSH_G = f"±{signals.HARSH:g} g"
_HEADWAY = Text(en="recommended: 2 s or more", zh="建议不小于 2 s")
_SPEED_UNIT, _G_UNIT, _S_UNIT = Text(en="km/h", zh="km/h"), Text(en="m/s²", zh="m/s²"), Text(en="s", zh="s")
_SPEED, _GAP = Text(en="Speed", zh="车速"), Text(en="Time gap", zh="车间时距")
_AX, _AY = Text(en="Longitudinal acceleration", zh="纵向加速度"), Text(en="Lateral acceleration", zh="横向加速度")
_SLOW = Text(en="{feature} ≤ 0.5 Hz", zh="{feature}（0.5 Hz 以下）")
_FAST = Text(en="{feature} > 0.5 Hz", zh="{feature}（0.5 Hz 以上）")
_MARKS = tuple(sign * signals.HARSH * signals.GRAVITY for sign in (-1, 1))  # m/s², to both sides
FEATURES = (
    Feature("speed", _SPEED, _SPEED_UNIT),
    Feature(
        "ax", _AX, _G_UNIT,
        decimals=2, marked=_HARSH, marks=_MARKS, marks_also=_HARSH_G,
    ),
    Feature(
        "ay", _AY, _G_UNIT,
        decimals=2, marked=_HARSH_TURN, marks=_MARKS, marks_also=_HARSH_G,
    ),
    Feature("headway", _GAP, _S_UNIT, decimals=1, marked=_HEADWAY, marks=(2.0,)),
)  # fmt: skip

# What an answer is explained by. Directions: among 5 000 drivers, aggressive windows have more of it in nearly four of
# five at least, and a shorter time gap in nine of ten.
QUANTITIES = Quantities(
    (
        Feature("ax_slow", _SLOW.format(feature=_AX), _G_UNIT, decimals=2, direction=1),
        Feature("ax_fast", _FAST.format(feature=_AX), _G_UNIT, decimals=3, direction=1),
        Feature("ay_slow", _SLOW.format(feature=_AY), _G_UNIT, decimals=2, direction=1),
        Feature("ay_fast", _FAST.format(feature=_AY), _G_UNIT, decimals=3, direction=1),
        Feature("headway", _GAP, _S_UNIT, decimals=1, direction=-1),
        Feature("speed", _SPEED, _SPEED_UNIT, direction=1),
    ),
    signals.measure,
    ((0, 1, 2), (3, 4, 5), (6, 7, 8), (9, 10, 11), (12,), (13,)),
    Text(
        en="Accelerations are root mean squares of a window within a band of frequencies.",
        zh="加速度为一个片段在某一频段内的均方根。",
    ),
)

# The log-features: slow and fast band of longitudinal, of lateral acceleration (m/s² RMS), time gap (s), speed (km/h).
BASE = np.log([0.26, 0.053, 0.31, 0.056, 1.8, 55.0])
_TRAFFIC = np.array([0.42, 0.40, 0.18, 0.16, -0.10, -0.24])  # its density, from window to window
_GEOMETRY = np.array([0.05, 0.05, 0.42, 0.38, 0.00, -0.13])  # effect of the road
_OWN = np.array([0.13, 0.13, 0.13, 0.13, 0.11, 0.10])  # SD of the unexplained rest
BASELINE_DIRECTIONS = np.array(
    [
        [0.28, 0.28, 0.28, 0.28, 0.00, 0.00],  # sensor gain and vehicle mass
        [-0.20, -0.15, -0.25, -0.15, 0.12, 0.30],  # road network: open and fast, or dense
        [0.10, 0.35, 0.10, 0.30, -0.22, 0.06],  # personal tempo
    ]
).T  # C (6, 3)
_RAW_MECHANISMS = np.array(
    [
        [0.80, 1.00, 0.70, 0.90, 0.00, 0.05],  # abrupt inputs for a given manoeuvre
        [0.00, 0.00, 0.00, 0.00, -1.00, 0.50],  # close following at speed
        [1.00, 0.60, -1.00, -0.60, 0.00, 0.10],  # braking and accelerating rather than cornering
    ]
).T
SEPARATION = (3.0, 3.5)  # d, between neighbouring styles, in standard deviations
CLASS_SIGN = np.array([-1.0, 0.0, 1.0], np.float32)  # calm, normal, aggressive
_OFFSET = 0.15  # m/s², SD over drivers: about one degree of a sensor's pitch or roll
_BLOCK = 2048  # windows synthesised at once: they fit a processor's cache


def _build() -> tuple[Array, Array, Array]:
    """Sigma (6, 6), G (6, 3), and N (6, 3), the orthonormal rest that no training driver's style uses."""
    sigma = np.outer(_TRAFFIC, _TRAFFIC) + np.outer(_GEOMETRY, _GEOMETRY) + np.diag(_OWN**2)
    values, vectors = np.linalg.eigh(_RAW_MECHANISMS.T @ np.linalg.solve(sigma, _RAW_MECHANISMS))
    mechanisms = _RAW_MECHANISMS @ (vectors / np.sqrt(values)) @ vectors.T
    root = np.linalg.cholesky(sigma)
    basis, _ = np.linalg.qr(np.linalg.solve(root, mechanisms), mode="complete")
    return sigma, mechanisms, root @ basis[:, 3:]


SIGMA, STYLE_DIRECTIONS, UNSEEN_DIRECTIONS = _build()
_ROOT = np.linalg.cholesky(SIGMA).T.astype(np.float32)


@dataclass(frozen=True)
class World:
    """The spread of drivers of one world in their aggressive style, cars and roads.

    `vehicles` are the standard deviations of what cars, roads and a driver's tempo add. A style's direction is that of
    a normal draw (3,) whose first two components, abrupt inputs and close following, count by their absolute value:
    their sizes vary, their signs do not.
    """

    means: tuple[float, float, float]
    deviations: tuple[float, float, float]
    vehicles: float = 1.0

    def directions(self, rng: np.random.Generator, count: int) -> Array:
        """Draw unit vectors (count, 3)."""
        vectors = np.array(self.means) + np.array(self.deviations) * rng.standard_normal((count, 3))
        vectors[:, :2] = np.abs(vectors[:, :2])
        return _unit(vectors)


WORLDS: dict[str, World] = {
    "mild": World(means=(1.0, 1.0, 0.0), deviations=(0.25, 0.25, 0.15), vehicles=0.4),
    "moderate": World(means=(0.8, 0.8, 0.0), deviations=(1.0, 1.0, 0.5)),
    "strong": World(means=(0.0, 0.0, 0.0), deviations=(1.0, 1.0, 1.5), vehicles=1.4),
}
_DEFAULT = WORLDS["moderate"]


@dataclass(frozen=True)
class Drivers:
    """Several drivers, each in their own vehicle on their own roads."""

    style: Array  # (tasks, 3): e, how much of each mechanism is in aggressive driving here, in standard deviations
    baseline: Array  # (tasks, 3): b, sensor gain and vehicle, road network, personal tempo
    offset: Array  # (tasks, 2): offsets of longitudinal and lateral acceleration by the mounting, m/s²
    step: Array  # (tasks, 6): from one style to the next, in log-features
    turned: Array  # (tasks,): rotation of the sensor about the vertical axis, degrees to the left

    def __len__(self) -> int:
        return len(self.style)

    def in_other_cars(self, rng: np.random.Generator, distance: float = 1.0) -> "Drivers":
        """Return the same drivers on the same roads, each in another car: its mass, sensor gain and mounting are new.

        At a `distance` of 2 these are twice as far from the first car's as those of any other.
        """
        baseline, offset = self.baseline.copy(), rng.standard_normal(self.offset.shape)
        baseline[:, 0] += distance * (rng.standard_normal(len(self)) - baseline[:, 0])
        return replace(self, baseline=baseline, offset=self.offset + distance * (_OFFSET * offset - self.offset))

    def with_turned_sensors(self, rng: np.random.Generator, degrees: float) -> "Drivers":
        """Return the same drivers in the same cars, each sensor turned to one side: about the vertical, its yaw."""
        return replace(self, turned=degrees * rng.choice([-1.0, 1.0], len(self)))

    def log_features(self, rng: np.random.Generator, y: Labels) -> Array:
        """Labels y (tasks, n) -> psi (tasks, n, 6)."""
        psi = rng.standard_normal((*y.shape, len(BASE)), dtype=np.float32) @ _ROOT
        psi += (BASE + self.baseline @ BASELINE_DIRECTIONS.T).astype(np.float32)[:, None, :]
        psi += CLASS_SIGN[y][..., None] * self.step.astype(np.float32)[:, None, :]
        return psi

    def sample(self, rng: np.random.Generator, y: Labels) -> Array:
        """Record one window per label. y (tasks, n) -> x (tasks, n, 80, 4), in units."""
        psi = self.log_features(rng, y).reshape(-1, len(BASE))
        offset = np.repeat(self.offset.astype(np.float32), y.shape[1], axis=0)
        x = np.empty((len(psi), signals.SAMPLES, len(FEATURES)), np.float32)
        for start in range(0, len(psi), _BLOCK):
            rows = slice(start, start + _BLOCK)
            synthesise(rng, psi[rows], offset[rows], out=x[rows])
        windows: Array = x.reshape(*y.shape, *x.shape[1:])
        return _turned(windows, self.turned) if self.turned.any() else windows

    def support(self, rng: np.random.Generator, shots: int) -> Examples:
        """Windows that someone has rated: `shots` calm, normal and aggressive ones, in turn."""
        y = np.tile(np.arange(3 * shots) % 3, (len(self), 1))
        return Examples(self.sample(rng, y), y)

    def query(self, rng: np.random.Generator, n: int) -> Examples:
        """Draw n further windows, a third of each style. How much of a drive is aggressive enters with the decision."""
        y = np.tile(np.arange(n) % 3, (len(self), 1))
        return Examples(self.sample(rng, y), y)


def _turned(x: Array, degrees: Array) -> Array:
    """Return windows (tasks, n, samples, 4) as a sensor reads them that is turned to the left by `degrees` (tasks,)."""
    forward, left = x[..., signals.AX], x[..., signals.AY]
    cosine, sine = (f(np.radians(degrees)).astype(x.dtype)[:, None, None] for f in (np.cos, np.sin))
    turned = x.copy()
    turned[..., signals.AX], turned[..., signals.AY] = cosine * forward + sine * left, cosine * left - sine * forward
    return turned


def sample_tasks(rng: np.random.Generator, count: int, novelty: float = 0.0, *, world: World = _DEFAULT) -> Drivers:
    """Draw `count` drivers.

    `novelty` (rho) turns the step from style to style away from the three mechanisms, into the three directions that no
    training driver uses: rho**2 is the share of its energy that is new. Its length, hence the difficulty, stays.
    """
    if not 0 <= novelty <= 1:
        raise ValueError(f"novelty must lie in [0, 1], got {novelty}")
    length = rng.uniform(*SEPARATION, (count, 1))
    style = np.sqrt(1 - novelty**2) * length * world.directions(rng, count)
    baseline = world.vehicles * rng.standard_normal((count, 3))
    offset = _OFFSET * rng.standard_normal((count, 2))
    unseen = novelty * length * _unit(rng.standard_normal((count, 3)))
    step = style @ STYLE_DIRECTIONS.T + unseen @ UNSEEN_DIRECTIONS.T
    return Drivers(style, baseline, offset, step, turned=np.zeros(count))


def _unit(vectors: Array) -> Array:
    unit: Array = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit
