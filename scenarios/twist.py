"""A smooth map of inputs that twists them, and keeps every volume and every distance to their centre.

    u = W' (z - m), white, in two halves a and b of pairs of coordinates
    turn each pair of b by dial * a_k radians, then each pair of a by dial * b_k radians

Each line turns pairs by angles that it leaves as they are, hence it is undone by turning back, and its Jacobian has
determinant one: p(x) = p(z), as in coupling layers (Dinh, Krueger and Bengio 2015, NICE, arXiv 1410.8516). A method
that knows the map loses nothing: likelihoods, and with them the Bayes-optimal score, are those of z at every position
of the dial. At 0 the map is the identity. A white Gaussian is turned into itself: as far as examples of all tasks
together are Gaussian, unlabelled ones are not informative about the map.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from scenarios.task import Array

_SEED = 14  # seed of the rotation, after which each coordinate depends on all inputs


@dataclass(frozen=True, eq=False)
class Twist:
    """The map of inputs (..., size); the dial is the angle per standard deviation, in radians."""

    dial: float
    mean: Array  # m (size,)
    whiten: Array  # W (size, size)

    @classmethod
    def of(cls, z: Array, dial: float) -> "Twist":
        """Return the map for inputs (n, size) whose mean and covariance are those of a sample."""
        size = z.shape[-1]
        q, r = np.linalg.qr(np.random.default_rng(_SEED).standard_normal((size, size)))
        rotation = q * np.sign(np.diag(r))  # makes the diagonal of r positive, as on every machine
        root = np.linalg.cholesky(np.atleast_2d(np.cov(z.T)))
        return cls(dial, z.mean(0), np.linalg.inv(root).T @ rotation)

    @cached_property
    def _colour(self) -> Array:
        return np.linalg.inv(self.whiten)

    def __call__(self, z: Array) -> Array:
        """Twist inputs: (..., size) -> (..., size)."""
        a, b = self._halves(z)
        b = _turned(b, self.dial * a)
        a = _turned(a, self.dial * b)
        return self._joined(a, b)

    def inverse(self, x: Array) -> Array:
        """Undo the map: (..., size) -> (..., size)."""
        a, b = self._halves(x)
        a = _turned(a, -self.dial * b)
        b = _turned(b, -self.dial * a)
        return self._joined(a, b)

    def _halves(self, x: Array) -> tuple[Array, Array]:
        u = (x.astype(float) - self.mean) @ self.whiten
        return u[..., : u.shape[-1] // 2], u[..., u.shape[-1] // 2 :]

    def _joined(self, a: Array, b: Array) -> Array:
        joined: Array = np.concatenate([a, b], axis=-1) @ self._colour + self.mean
        return joined


def _turned(half: Array, angles: Array) -> Array:
    """Turn the pairs of a half (..., n) by angles (..., at least n // 2); a coordinate that is left over stays."""
    pairs = half.shape[-1] // 2
    one, other = half[..., :pairs], half[..., pairs : 2 * pairs]
    cos, sin = np.cos(angles[..., :pairs]), np.sin(angles[..., :pairs])
    return np.concatenate([one * cos - other * sin, one * sin + other * cos, half[..., 2 * pairs :]], axis=-1)
