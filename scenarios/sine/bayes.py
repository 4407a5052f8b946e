"""The Bayes-optimal answer: two points determine the wave, and one point leaves a line, on which all is closed form.

Write the wave as p sin x + q cos x. The prior, uniform in amplitude A and phase, has the density 1 / A on the lower
half of a ring in the plane of (p, q): .1 <= A <= 5 and, since the phase lies between 0 and pi, q <= 0. A point (x, y)
confines (p, q) to a straight line at distance |y| from the origin. With t the place on that line,

    f(x')  =  y cos(x' - x) + t sin(x' - x),      density of t  ~  1 / A  =  1 / sqrt(y^2 + t^2)

(the 1 / A is the Jacobian of the polar coordinates; the line itself adds none, because |(sin x, cos x)| = 1). The
half-ring leaves at most two intervals of t, and the integrals of 1, t and t^2 over each are elementary.

With several points, the line is that of their first singular direction, and least squares along it gives t.
"""

import numpy as np
from numpy.typing import NDArray

from scenarios.scenario import BayesAnswer
from scenarios.sine.tasks import AMPLITUDE
from scenarios.task import Array, Examples

_EXACT = 1e9  # effective samples of an exact answer: finite, for files
_ONE_PLACE = 1e-6  # a second singular value below this: the points are one point, met several times
_OFF = 1e-5  # points further than this from the best wave, relative to their size, lie on no wave
_PRIOR_VARIANCE = (AMPLITUDE[0] ** 2 + AMPLITUDE[0] * AMPLITUDE[1] + AMPLITUDE[1] ** 2) / 6  # E[A^2] / 2


def bayes(support: Examples, query_x: Array) -> BayesAnswer:
    """Mean and standard deviation of y at query_x (tasks, q, 1): (tasks, q, 2). The deviation is 0 from two points on.

    If no wave of the prior passes through the points, which is possible only with novelty or for points from elsewhere,
    the answer is the wave of least squares (the smallest, if there are several; its amplitude within the prior), with 0
    effective samples.
    """
    x, y = np.asarray(support.x[..., 0], float), np.asarray(support.y, float)
    design = _waves(x)
    left, size, right = np.linalg.svd(design, full_matrices=False)
    first = right[:, 0]  # (sin, cos) of the place that the points have most in common
    height = (left[..., 0] * y).sum(1) / size[:, 0]
    across = np.stack([first[:, 1], -first[:, 0]], axis=1)  # the direction of t in the plane of (p, q)

    lever = np.einsum("tni,ti->tn", design, across)
    rest = y - height[:, None] * np.einsum("tni,ti->tn", design, first)
    reach = (lever**2).sum(1)
    several = reach > _ONE_PLACE**2
    t = np.where(several, (lever * rest).sum(1) / np.where(several, reach, 1), 0)
    spread = np.sqrt(((rest - t[:, None] * lever) ** 2).sum(1) / max(y.shape[1] - 2, 1))
    tolerance = _OFF * (1 + np.abs(y).max(1))
    on_a_wave = spread <= tolerance

    mean, variance, reachable = _along_the_line(height, first, across)
    inside = _in_prior(height[:, None] * first + t[:, None] * across, tolerance)
    possible = on_a_wave & np.where(several, inside, reachable)
    widest = np.sqrt(np.maximum(AMPLITUDE[1] ** 2 - height**2, 0))
    t, variance = np.where(several, np.clip(t, -widest, widest), mean), np.where(several, 0, variance)

    basis = _waves(query_x[..., 0])
    centre = np.einsum("tqi,ti->tq", basis, height[:, None] * first + t[:, None] * across)
    variance = np.einsum("tqi,ti->tq", basis, across) ** 2 * variance[:, None]
    variance += np.where(on_a_wave, 0, spread**2)[:, None]
    return BayesAnswer(np.stack([centre, np.sqrt(variance)], axis=-1), np.where(possible, _EXACT, 0.0))


def _waves(x: Array) -> Array:
    """Return the two waves of which all others are sums: (...) -> (..., 2)."""
    return np.stack([np.sin(x), np.cos(x)], axis=-1)


def _in_prior(wave: Array, tolerance: Array) -> NDArray[np.bool_]:
    """Whether (p, q) (tasks, 2) lies on the half-ring."""
    amplitude = np.linalg.norm(wave, axis=1)
    within: NDArray[np.bool_] = (AMPLITUDE[0] - tolerance <= amplitude) & (amplitude <= AMPLITUDE[1] + tolerance)
    return within & (wave[:, 1] <= tolerance)


def _along_the_line(height: Array, first: Array, across: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Mean and variance of t (tasks,) on the line `height * first + t * across`, and whether it meets the half-ring."""
    distance = np.abs(height)
    outer = np.sqrt(np.maximum(AMPLITUDE[1] ** 2 - distance**2, 0))  # |t| where the line leaves the ring
    inner = np.sqrt(np.maximum(AMPLITUDE[0] ** 2 - distance**2, 0))  # |t| at which it passes through the hole
    slope = across[:, 1]  # q = height * first[1] + slope * t <= 0
    level = np.where(slope == 0, height * first[:, 1], 0)  # where the line is level, either all of it is below or none
    border = -height * first[:, 1] / np.where(slope == 0, 1, slope)
    low = np.where(slope < 0, border, np.where(level > 0, np.inf, -np.inf))
    high = np.where(slope > 0, border, np.inf)

    mass, moment, square = np.zeros((3, len(height)))
    for side in (1, -1):  # sign of t; |t| runs from near to far
        floor, ceiling = (low, high) if side == 1 else (-high, -low)
        near, far = np.maximum(inner, floor), np.minimum(outer, ceiling)
        near, far = np.where(near < far, near, outer), np.where(near < far, far, outer)  # nothing is left of it
        a_near, a_far = np.hypot(near, distance), np.hypot(far, distance)  # the amplitudes at both ends
        part = np.log((far + a_far) / (near + a_near))
        mass += part
        moment += side * (a_far - a_near)
        square += (far * a_far - near * a_near - distance**2 * part) / 2
    met = (mass > 0) & (distance < AMPLITUDE[1])
    mass = np.where(met, mass, 1)
    mean = np.where(met, moment / mass, 0)
    return mean, np.where(met, np.maximum(square / mass - mean**2, 0), _PRIOR_VARIANCE), met
