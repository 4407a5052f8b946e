"""The Bayes-optimal prediction: the posterior is uniform on a polygon, and the prediction is its centre.

A point (x, y) with noise between 0 and 1 implies 0 <= y - a x - b <= 1 and nothing more: a strip of the plane of
slopes a and intercepts b. Prior and likelihood are flat, so the posterior is uniform on the rectangle of the prior cut
by the strips of all points. Its mean and covariance are those of a convex polygon: exact, with nothing sampled.

The polygon shrinks like 1 / points, the error of least squares only like 1 / sqrt(points): bounded noise
favours methods that know its bounds.
"""

import numpy as np
from numpy.typing import NDArray

from scenarios.line.tasks import INTERCEPT, NOISE, NOISE_MEAN, NOISE_VARIANCE, SLOPE
from scenarios.scenario import BayesAnswer
from scenarios.task import Array, Examples

_EXACT = 1e9  # effective samples of an exact answer: finite, for files
_PRIOR_VARIANCE = np.array([(SLOPE[1] - SLOPE[0]) ** 2, (INTERCEPT[1] - INTERCEPT[0]) ** 2]) / 12  # both means are 0


def bayes(support: Examples, query_x: Array) -> BayesAnswer:
    """Mean and standard deviation of y at query_x (tasks, q, 1): (tasks, q, 2), its noise included.

    If no line of the prior passes through all points, which is possible only for points from elsewhere, the answer is
    least squares, shrunk by the prior's variance, with 0 effective samples.
    """
    x, y = np.asarray(support.x[..., 0], float), np.asarray(support.y, float)
    corners, possible = _posterior(x, y)
    mean, covariance = _moments(corners)
    if not possible.all():
        mean[~possible], covariance[~possible] = _least_squares(x[~possible], y[~possible])
    return BayesAnswer(_predict(mean, covariance, query_x[..., 0]), np.where(possible, _EXACT, 0.0))


def _predict(mean: Array, covariance: Array, x: Array) -> Array:
    """Of y, from the moments of (a, b): (tasks, 2), (tasks, 2, 2), x (tasks, q) -> (tasks, q, 2)."""
    basis = np.stack([x, np.ones_like(x)], axis=-1)
    centre = np.einsum("tqi,ti->tq", basis, mean) + NOISE_MEAN
    variance = np.einsum("tqi,tij,tqj->tq", basis, covariance, basis) + NOISE_VARIANCE
    return np.stack([centre, np.sqrt(variance)], axis=-1)


def _posterior(x: Array, y: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Return the corners (tasks, c, 2) of the polygon of all possible (a, b), and whether there is one (tasks,).

    The corners go around the polygon; the last of a polygon with fewer than c is repeated.
    """
    rectangle = [(a, b) for a, b in zip(np.repeat(SLOPE, 2), [*INTERCEPT, *INTERCEPT[::-1]], strict=True)]
    corners, possible = np.tile(np.array(rectangle), (len(x), 1, 1)), np.ones(len(x), bool)
    for point_x, point_y in zip(x.T, y.T, strict=True):
        rise = np.stack([point_x, np.ones_like(point_x)], axis=1)
        corners, possible = _cut(corners, possible, rise, point_y - NOISE[0])  # a x + b <= y
        corners, possible = _cut(corners, possible, -rise, NOISE[1] - point_y)  # a x + b >= y - 1
    return corners, possible


def _cut(corners: Array, possible: NDArray[np.bool_], normal: Array, bound: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Cut each polygon by its half-plane, normal (tasks, 2) . corner <= bound (tasks,): Sutherland and Hodgman 1974."""
    depth = bound[:, None] - np.einsum("tci,ti->tc", corners, normal)
    inside = depth >= 0
    if inside.all():
        return corners, possible
    ahead, depth_ahead = np.roll(corners, -1, axis=1), np.roll(depth, -1, axis=1)
    crossing = inside != np.roll(inside, -1, axis=1)
    share = depth / np.where(crossing, depth - depth_ahead, 1)  # of the way to the next corner
    on_the_cut = corners + share[..., None] * (ahead - corners)

    # Every corner inside, and every crossing behind its corner, in the order around the polygon.
    candidates = np.stack([corners, on_the_cut], axis=2).reshape(len(corners), -1, 2)
    kept = np.stack([inside, crossing], axis=2).reshape(len(corners), -1)
    count = kept.sum(1)
    place = np.argsort(~kept, axis=1, kind="stable")[:, : max(count.max(), 1)]
    place = np.take_along_axis(place, np.clip(np.arange(place.shape[1]), 0, np.maximum(count[:, None] - 1, 0)), axis=1)
    return np.take_along_axis(candidates, place[..., None], axis=1), possible & (count > 0)


def _moments(corners: Array) -> tuple[Array, Array]:
    """Mean (tasks, 2) and covariance (tasks, 2, 2) of the uniform distribution on each polygon: a fan of triangles."""
    origin = corners[:, :1]
    first, second = corners[:, 1:-1] - origin, corners[:, 2:] - origin
    area = np.abs(first[..., 0] * second[..., 1] - first[..., 1] * second[..., 0])
    total = area.sum(1, keepdims=True)
    weight = area / np.where(total > 0, total, 1)  # a polygon without area is as good as its first corner
    middle = first + second  # three times the centre of the triangle
    mean = np.einsum("tc,tci->ti", weight, middle) / 3
    square = sum(np.einsum("tc,tci,tcj->tij", weight, v, v) for v in (first, second, middle)) / 12
    return origin[:, 0] + mean, square - mean[:, :, None] * mean[:, None, :]


def _least_squares(x: Array, y: Array) -> tuple[Array, Array]:
    """Mean and covariance of (a, b) were prior and noise Gaussian with the variances that they have."""
    basis = np.stack([x, np.ones_like(x)], axis=-1)
    precision = np.einsum("tni,tnj->tij", basis, basis) / NOISE_VARIANCE + np.diag(1 / _PRIOR_VARIANCE)
    covariance = np.linalg.inv(precision)
    pull = np.einsum("tni,tn->ti", basis, y - NOISE_MEAN) / NOISE_VARIANCE
    return np.einsum("tij,tj->ti", covariance, pull), covariance
