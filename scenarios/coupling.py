"""Additive coupling layers: a smooth map of inputs that bends them and keeps every volume.

    u = R z,  in two halves a and b:    b <- b + dial sin(w a),    a <- a + dial sin(w b),    x = R' u

R is one fixed rotation, so that each input depends on all. Each line adds to one half a function of the other, hence it
is undone by subtracting the same, and its Jacobian has determinant one: p(x) = p(z) (NICE: Dinh, Krueger and Bengio
2015, arXiv 1410.8516). Whoever knows the map loses nothing: likelihoods, and with them the Bayes-optimal score, are
those of z at every position of the dial. At 0 the map is the identity.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from scenarios.task import Array

WAVE_NUMBER = 1.4  # w, radians per standard deviation: most of a wave is no straight line, and a network can learn it
_SEED = 14  # of the rotation


@dataclass(frozen=True)
class Coupling:
    """The map of inputs (..., size); the dial is the waves' amplitude, in standard deviations."""

    size: int
    dial: float

    @cached_property
    def _rotation(self) -> Array:
        q, r = np.linalg.qr(np.random.default_rng(_SEED).standard_normal((self.size, self.size)))
        rotation: Array = q * np.sign(np.diag(r))  # the one whose R has a positive diagonal, on every machine
        return rotation

    def __call__(self, z: Array) -> Array:
        """Bend inputs: (..., size) -> (..., size)."""
        a, b = self._halves(z)
        b = b + self.dial * _waves(a, b.shape[-1])
        a = a + self.dial * _waves(b, a.shape[-1])
        return self._joined(a, b)

    def inverse(self, x: Array) -> Array:
        """Undo the map: (..., size) -> (..., size)."""
        a, b = self._halves(x)
        a = a - self.dial * _waves(b, a.shape[-1])
        b = b - self.dial * _waves(a, b.shape[-1])
        return self._joined(a, b)

    def _halves(self, x: Array) -> tuple[Array, Array]:
        u = x.astype(float) @ self._rotation
        return u[..., : self.size // 2], u[..., self.size // 2 :]

    def _joined(self, a: Array, b: Array) -> Array:
        joined: Array = np.concatenate([a, b], axis=-1) @ self._rotation.T
        return joined


def _waves(half: Array, count: int) -> Array:
    """Return `count` waves, each along one coordinate of a half: (..., n) -> (..., count)."""
    waves: Array = np.sin(WAVE_NUMBER * half[..., np.arange(count) % half.shape[-1]])
    return waves
