"""The Bayes-optimal answer: the Bayes posterior predictive of the generator in `tasks.py`.

Whitening z and projecting it on the span of mechanisms and hospital effects leaves a sufficient statistic of six
numbers per patient, u = Q' Sigma^-1/2 z, that is linear-Gaussian in the hidden signature a and hospital b.
"""

from functools import cache

import numpy as np

from scenarios.linear_gaussian import LinearGaussian
from scenarios.medical_diagnosis.tasks import (
    CLASS_SIGN,
    HOSPITAL_DIRECTIONS,
    MECHANISM_DIRECTIONS,
    SEPARATION,
    SIGMA,
    to_z,
)
from scenarios.scenario import BayesAnswer
from scenarios.task import Array, Examples


def _log_prior(a: Array) -> Array:
    """Of the signature, up to a constant: direction uniform on the sphere, length uniform within SEPARATION."""
    length = np.linalg.norm(a, axis=-1)
    inside = (length >= SEPARATION[0]) & (length <= SEPARATION[1])
    return np.where(inside, (1 - a.shape[-1]) * np.log(length), -np.inf)


@cache
def _model() -> tuple[LinearGaussian, Array]:
    """Return the linear-Gaussian model of u, and the projection z -> u (14, 6)."""
    whiten = np.linalg.inv(np.linalg.cholesky(SIGMA))
    basis, _ = np.linalg.qr(whiten @ np.concatenate([MECHANISM_DIRECTIONS, HOSPITAL_DIRECTIONS], axis=1))
    model = LinearGaussian(
        a_map=basis.T @ whiten @ MECHANISM_DIRECTIONS,
        b_map=basis.T @ whiten @ HOSPITAL_DIRECTIONS,
        signs=CLASS_SIGN,
        log_prior=_log_prior,
        prior_variance=(SEPARATION[1] ** 3 - SEPARATION[0] ** 3)  # E[r^2] / 4
        / (3 * (SEPARATION[1] - SEPARATION[0]) * MECHANISM_DIRECTIONS.shape[1]),
    )
    return model, whiten.T @ basis


def bayes(support: Examples, query_x: Array) -> BayesAnswer:
    """P(condition | panel, support set), both conditions equally likely beforehand.

    support.x (tasks, n, 14) and query_x (tasks, q, 14) are in units. Its prior is the training distribution: for
    tasks with novelty > 0 this is no longer a ceiling, but the best answer of someone who expects no novelty.
    """
    model, projection = _model()
    return model.predict(to_z(support.x) @ projection, support.y, to_z(query_x) @ projection)
