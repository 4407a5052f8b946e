"""The Bayes-optimal answer: the Bayes posterior predictive of the generator in `tasks.py`.

A window gives its six log-features psi back exactly, and the rest of it is independent of style and driver. (The
driver's mounting offset is in row 0 of the DCT, which psi does not read.) Whitened, u = Q' Sigma^-1/2 (psi - BASE) is
linear-Gaussian in the hidden style e and baseline b. So this is the ceiling of every learner that judges one window at
a time, also of one that reads the raw signal.
"""

from functools import cache
from math import erf, sqrt

import numpy as np

from scenarios.driving_style.signals import decode
from scenarios.driving_style.tasks import (
    BASE,
    BASELINE_DIRECTIONS,
    CLASS_SIGN,
    SEPARATION,
    SIGMA,
    STYLE_DIRECTIONS,
    TYPICAL_STYLE,
)
from scenarios.linear_gaussian import LinearGaussian
from scenarios.scenario import BayesAnswer
from scenarios.task import Array, Examples


@cache
def _log_density_of_direction() -> tuple[Array, Array]:
    """Of the direction w of a draw from N(m, I_3), up to a constant, at t = m'w on a fine grid: (t, log density).

    The draw's length r is integrated out: the integral of r**2 exp(-(r**2 - 2 r t) / 2) over r > 0 is, apart from a
    factor, exp(t**2 / 2) ((1 + t**2) Phi(t) + t phi(t)). (NumPy has no Phi, hence the grid.)
    """
    longest = np.linalg.norm(TYPICAL_STYLE) + 1e-9
    t = np.linspace(-longest, longest, 2001)
    below = np.array([0.5 + 0.5 * erf(value / sqrt(2)) for value in t])
    return t, t**2 / 2 + np.log((1 + t**2) * below + t * np.exp(-(t**2) / 2) / sqrt(2 * np.pi))


def _log_prior(a: Array) -> Array:
    """Of the style (..., 3), up to a constant: a direction that leans to TYPICAL_STYLE, a length within SEPARATION."""
    length = np.linalg.norm(a, axis=-1)
    inside = (length >= SEPARATION[0]) & (length <= SEPARATION[1])
    direction = np.interp(a @ TYPICAL_STYLE / length, *_log_density_of_direction())
    return np.where(inside, direction - 2 * np.log(length), -np.inf)


@cache
def _model() -> tuple[LinearGaussian, Array]:
    """Return the linear-Gaussian model of u, and the projection psi - BASE -> u (6, 6)."""
    whiten = np.linalg.inv(np.linalg.cholesky(SIGMA))
    basis, _ = np.linalg.qr(whiten @ np.concatenate([STYLE_DIRECTIONS, BASELINE_DIRECTIONS], axis=1))
    model = LinearGaussian(
        a_map=basis.T @ whiten @ STYLE_DIRECTIONS,
        b_map=basis.T @ whiten @ BASELINE_DIRECTIONS,
        signs=CLASS_SIGN,
        log_prior=_log_prior,
        prior_variance=(SEPARATION[1] ** 3 - SEPARATION[0] ** 3)  # E[d^2] / 3
        / (3 * (SEPARATION[1] - SEPARATION[0]) * STYLE_DIRECTIONS.shape[1]),
    )
    return model, whiten.T @ basis


def bayes(support: Examples, query_x: Array) -> BayesAnswer:
    """P(style | window, support set), the three styles equally likely beforehand.

    support.x (tasks, n, 80, 4) and query_x (tasks, q, 80, 4) are in units. Its prior is the training distribution: for
    drivers with novelty > 0 this is no longer a ceiling, but the best answer of someone who expects no novelty.
    """
    model, projection = _model()
    return model.predict((decode(support.x) - BASE) @ projection, support.y, (decode(query_x) - BASE) @ projection)
