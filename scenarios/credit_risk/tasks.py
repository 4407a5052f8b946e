"""Score the applicants of a new lending segment from a few accounts whose outcome is known.

A task is a segment (product x channel x market). Applications are plenty; outcomes mature only after 18 months on book.
An account is bad (y = 1) if it has ever been 90 or more days past due by then, else good (y = 0), and

    P(bad | x)  =  sigmoid(alpha + w' phi(x)),     w = s v / sd(v' phi)          six axes phi, see `scorecard.py`
    v_1 = |N(mean_1, .25^2)|,  v_2..6 ~ N(mean, 1)                               what drives default here
    c   ~ N(log odds of 10%, .4^2)                                               the default rate here, as log odds
    m   ~ N(0, .6^2)                                                             portfolio mix, see `applicants.py`

The score has the same deviation s in every segment of a world, hence the same difficulty, and alpha puts the mean PD of
the reference population (m = 0) at the segment's central tendency, whose log odds are c: 4.8 to 19.6% in 95 segments of
100. Payment history never counts in favour; any other axis reverses in a share of the segments, which is what the
worlds differ in, beside s. That variables matter differently is real: their significance depends on the risk class of
the loan (Polena and Regner 2018, Games 9(4):82). How much is an assumption of ours: see `World`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scenarios.credit_risk.applicants import FEATURES, apply, to_units
from scenarios.credit_risk.scorecard import AXES, axes, drivers, intercepts, log_odds, scales, weights_from
from scenarios.task import Array, Examples, Labels


@dataclass(frozen=True)
class World:
    """How much the segments of one world differ from one another, and how well the best scores separate."""

    score_sd: float  # s: of w' phi over the reference population, in log odds
    means: tuple[float, ...]  # means of v (6,): the larger, the more alike are the segments

    @property
    def weight_mean(self) -> Array:
        """Means of v (6,), of the first before its absolute value is taken."""
        return np.array(self.means)


WORLDS: dict[str, World] = {
    # A Gini of true PDs and reversals as in FICO's home-equity data and in ordinary portfolios.
    "mild": World(score_sd=1.2, means=(1.2, 1.1, 1.1, 0.9, 0.9, 0.9)),
    "moderate": World(score_sd=2.2, means=(0.8, 0.6, 0.6, 0.45, 0.45, 0.5)),
    "strong": World(score_sd=3.2, means=(0.6, 0.3, 0.3, 0.15, 0.15, 0.2)),
}
_DEFAULT = WORLDS["moderate"]
WEIGHT_SD = np.array([0.25, 1.0, 1.0, 1.0, 1.0, 1.0])  # standard deviations of v
CENTRAL_TENDENCY = 0.10  # mean PD of the reference population in the median segment
RATE_SD = 0.4  # standard deviation of c, in log odds
MIX_SD = 0.6  # standard deviation of m
_PIECE = 2**16  # applications at a time: they stay in the processor's cache


@dataclass(frozen=True)
class Segments:
    """Several lending segments, each with its own portfolio mix and its own drivers of default."""

    mix: Array  # (tasks,): m, from subprime (below 0) to prime (above 0)
    weights: Array  # (tasks, 6): log odds of default per standard deviation of each axis
    unseen: Array  # (tasks, 4): the same for drivers that no training segment has; 0 without novelty
    rate: Array  # (tasks,): mean PD of the reference population, the central tendency
    alpha: Array  # (tasks,)

    def __len__(self) -> int:
        return len(self.mix)

    @property
    def score_variance(self) -> Array:
        """Return the variance of each segment's score over the reference population (tasks,)."""
        known = np.einsum("ti,ij,tj->t", self.weights, scales().covariance, self.weights)
        variance: Array = known + (self.unseen**2).sum(1)
        return variance

    def in_a_downturn(self, odds: float) -> "Segments":
        """Return the same segments when every applicant's odds of default are `odds` times those at m and `rate`."""
        return replace(self, alpha=self.alpha + np.log(odds))

    def pd(self, x: Array) -> Array:
        """Return the true probability of default: x (tasks, n, 13) in units -> (tasks, n)."""
        return self._pd(np.arange(len(self)), x)

    def support(self, rng: np.random.Generator, shots: int) -> Examples:
        """Matured accounts: `shots` good and `shots` bad ones, alternating.

        Applicants come one by one and are kept while their outcome is still wanted: exactly the segment's own goods
        and its own bads, whatever its default rate.
        """
        x = np.empty((len(self), shots, 2, len(FEATURES)), np.float32)
        kept = np.zeros((len(self), 2), int)
        waiting = np.arange(len(self) if shots else 0)
        while len(waiting):
            for piece, applicants, outcomes in self._arrivals(rng, waiting, 12 * shots + 8):
                for outcome in (0, 1):
                    fits = outcomes == outcome
                    place = kept[piece, outcome, None] + np.cumsum(fits, axis=1) - 1
                    task, row = np.nonzero(fits & (place < shots))
                    x[piece[task], place[task, row], outcome] = applicants[task, row]
                    kept[piece, outcome] += fits.sum(1)
            waiting = waiting[kept[waiting].min(1) < shots]
        y = np.tile(np.arange(2 * shots) % 2, (len(self), 1))
        return Examples(x.reshape(len(self), 2 * shots, len(FEATURES)), y)

    def query(self, rng: np.random.Generator, n: int) -> Examples:
        """Draw n further applicants at the segment's own default rate.

        A set of two or more without a single bad, or without a good, is redrawn, because ranking it is undefined.
        """
        x = np.empty((len(self), n, len(FEATURES)), np.float32)
        y = np.zeros((len(self), n), int)
        waiting = np.arange(len(self))
        while len(waiting):
            for piece, applicants, outcomes in self._arrivals(rng, waiting, n):
                x[piece], y[piece] = applicants, outcomes
            bads = y[waiting].sum(1)
            waiting = waiting[((bads == 0) | (bads == n)) & (n >= 2)]
        return Examples(x, y)

    def _arrivals(
        self, rng: np.random.Generator, tasks: Labels, n: int
    ) -> Iterator[tuple[Labels, Array, NDArray[np.bool_]]]:
        """Yield n applicants to each task, some tasks at a time: (tasks, x in units, whether each defaults)."""
        for piece in np.array_split(tasks, -(-len(tasks) * max(n, 1) // _PIECE)):
            x = to_units(apply(rng, self.mix[piece], n))
            yield piece, x, rng.random(x.shape[:2], dtype=np.float32) < self._pd(piece, x)

    def _pd(self, tasks: Labels, x: Array) -> Array:
        if self.unseen[tasks].any():
            known, values = np.concatenate([self.weights, self.unseen], axis=1)[tasks], drivers(x)
        else:
            known, values = self.weights[tasks], axes(x)
        score = np.einsum("tnk,tk->tn", values, known.astype(np.float32)) + self.alpha.astype(np.float32)[tasks, None]
        pd: Array = 1 / (1 + np.exp(-np.clip(score, -30, 30)))
        return pd


def sample_tasks(rng: np.random.Generator, count: int, novelty: float = 0.0, *, world: World = _DEFAULT) -> Segments:
    """Draw `count` lending segments.

    `novelty` (rho) hands the score over to drivers that no training segment has: rho**2 is their share of its
    variance, which stays as it is.
    """
    if not 0 <= novelty <= 1:
        raise ValueError(f"novelty must lie in [0, 1], got {novelty}")
    mix = MIX_SD * rng.standard_normal(count)
    v = world.weight_mean + WEIGHT_SD * rng.standard_normal((count, len(AXES)))
    v[:, 0] = np.abs(v[:, 0])
    rate = 1 / (1 + np.exp(-log_odds(CENTRAL_TENDENCY) - RATE_SD * rng.standard_normal(count)))
    direction = rng.standard_normal((count, 4))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    weights = np.sqrt(1 - novelty**2) * weights_from(v, world.score_sd)
    unseen = novelty * world.score_sd * direction
    alpha = intercepts(np.concatenate([weights, unseen], axis=1) if novelty else weights, rate)
    return Segments(mix, weights, unseen, rate, alpha)
