"""The Bayes-optimal predictor: the Bayes posterior predictive of the generator in `tasks.py`.

Whitening z and projecting it on the span of mechanisms and hospital effects leaves a sufficient statistic per patient,
u = Q' Sigma^-1/2 z, that is linear-Gaussian in the hidden signature a and hospital b: six numbers, or ten in the world
of eight mechanisms.
"""

from functools import cache, partial

import numpy as np

from scenarios import unlabelled_posterior
from scenarios.linear_gaussian import LinearGaussian
from scenarios.medical_diagnosis.tasks import (
    CLASS_SIGN,
    HOSPITAL_DIRECTIONS,
    MEAN_SQUARE_SEPARATION,
    SEPARATION,
    SIGMA,
    WORLDS,
    World,
    to_z,
)
from scenarios.scenario import BayesAnswer
from scenarios.task import Array, Examples


def _log_prior(a: Array, *, world: World) -> Array:
    """Of the signature, up to a constant: its direction von Mises-Fisher, its length uniform within SEPARATION."""
    length = np.linalg.norm(a, axis=-1)
    inside = (length >= SEPARATION[0]) & (length <= SEPARATION[1])
    cosine = a @ world.typical / length
    return np.where(inside, (1 - a.shape[-1]) * np.log(length) + world.concentration * cosine, -np.inf)


def _proposal(world: World) -> tuple[Array, float]:
    """Mean (mechanisms,) of the signature, and its mean square across the typical direction, per component."""
    cosine = np.linspace(-1, 1, 2001)  # with the typical direction: an integral that only a proposal depends on
    density = np.exp(world.concentration * (cosine - 1)) * (1 - cosine**2) ** ((world.mechanisms - 3) / 2)
    mean = sum(SEPARATION) / 2 * np.average(cosine, weights=density)
    across = MEAN_SQUARE_SEPARATION * np.average(1 - cosine**2, weights=density) / (world.mechanisms - 1)
    return mean * world.typical, float(across)


@cache
def _model(world: World = WORLDS["moderate"]) -> tuple[LinearGaussian, Array]:
    """Return the linear-Gaussian model of u, and the projection z -> u (14, mechanisms + 2)."""
    whiten = np.linalg.inv(np.linalg.cholesky(SIGMA))
    mean, variance = _proposal(world)
    basis, _ = np.linalg.qr(whiten @ np.concatenate([world.known, HOSPITAL_DIRECTIONS], axis=1))
    model = LinearGaussian(
        a_map=basis.T @ whiten @ world.known,
        b_map=basis.T @ whiten @ HOSPITAL_DIRECTIONS,
        signs=CLASS_SIGN,
        log_prior=partial(_log_prior, world=world),
        prior_variance=variance,
        prior_mean=mean,
    )
    return model, whiten.T @ basis


def bayes(support: Examples, query_x: Array, *, world: World = WORLDS["moderate"]) -> BayesAnswer:
    """P(target condition | panel, support set), with equal prior probabilities of both classes.

    support.x (tasks, n, 14) and query_x (tasks, q, 14) are in units. With an empty support set, only the prior counts.
    The prior is the training distribution of `world`: for tasks with novelty > 0 this is not the optimum, but the
    optimum under the assumption of no novelty.
    """
    model, projection = _model(world)
    return model.predict(to_z(support.x) @ projection, support.y, to_z(query_x) @ projection)


def bayes_with_unlabelled(support: Examples, unlabelled_x: Array, query_x: Array) -> BayesAnswer:
    """As `bayes`, given unlabelled examples of the same tasks as well: unlabelled_x (tasks, m, ...), in units.

    By sequential Monte Carlo, in the default world; both classes are as likely among the unlabelled examples.
    """
    model, projection = _model()
    seen, unlabelled, query = (to_z(x) @ projection for x in (support.x, unlabelled_x, query_x))
    return unlabelled_posterior.predict(model, seen, support.y, unlabelled, query)
