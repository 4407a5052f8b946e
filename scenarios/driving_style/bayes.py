"""Bayes-optimal predictor: the posterior predictive of the generator in `tasks.py`.

A window gives its six log-features psi back exactly. Given these, the rest of it is independent of style and of the
latent baseline. (The driver's mounting offset is in row 0 of the DCT, which psi does not read.) Whitened, u = Q'
Sigma^-1/2 (psi - BASE) is linear-Gaussian in the hidden style e and baseline b. So this is the optimum of every learner
that predicts one window at a time, also from the raw signal.
"""

from functools import cache, partial
from itertools import product
from math import erf, sqrt

import numpy as np

from scenarios import unlabelled_posterior
from scenarios.driving_style.signals import decode
from scenarios.driving_style.tasks import (
    BASE,
    BASELINE_DIRECTIONS,
    CLASS_SIGN,
    SEPARATION,
    SIGMA,
    STYLE_DIRECTIONS,
    WORLDS,
    World,
)
from scenarios.linear_gaussian import LinearGaussian
from scenarios.scenario import BayesAnswer
from scenarios.task import Array, Examples

_REFLECTIONS = np.array([[*signs, 1.0] for signs in product((1.0, -1.0), repeat=2)])  # that `World` folds into one
_TO_FIT = 20_000  # draws of the prior, for the moments of a proposal


@cache
def _log_length_integral(farthest: float) -> tuple[Array, Array]:
    """Log of the integral of r**2 exp(-(r**2 - 2 r t) / 2) over r > 0, up to a constant, on a fine grid of t.

    It is exp(t**2 / 2) ((1 + t**2) Phi(t) + t phi(t)), apart from a factor. (NumPy has no Phi, hence the grid.)
    """
    t = np.linspace(-farthest, farthest, 4001)
    below = np.array([0.5 + 0.5 * erf(value / sqrt(2)) for value in t])
    return t, t**2 / 2 + np.log((1 + t**2) * below + t * np.exp(-(t**2) / 2) / sqrt(2 * np.pi))


def _log_prior(a: Array, *, world: World) -> Array:
    """Of the style a (..., 3), up to a constant: the direction of a folded normal draw, a length within SEPARATION.

    A draw from N(m, D) has the direction u with density det(u'D^-1 u)^-3/2 times the integral over its length, which
    depends on u'D^-1 m / sqrt(u'D^-1 u) alone; folding adds up the densities of all reflections.
    """
    length = np.linalg.norm(a, axis=-1)
    inside = (length >= SEPARATION[0]) & (length <= SEPARATION[1]) & (a[..., :2] > 0).all(-1)
    scaled, centre = a / world.deviations, np.array(world.means) / world.deviations
    stretch = np.linalg.norm(scaled, axis=-1)
    cosines = (scaled / stretch[..., None]) @ (_REFLECTIONS * centre).T
    grid = _log_length_integral(float(np.linalg.norm(centre)) + 1e-9)
    direction = np.logaddexp.reduce(np.interp(cosines, *grid), axis=-1) - 3 * np.log(stretch / length)
    return np.where(inside, direction - 2 * np.log(length), -np.inf)


@cache
def _model(world: World = WORLDS["moderate"]) -> tuple[LinearGaussian, Array]:
    """Return the linear-Gaussian model of u, and the projection psi - BASE -> u (6, 6)."""
    whiten = np.linalg.inv(np.linalg.cholesky(SIGMA))
    basis, _ = np.linalg.qr(whiten @ np.concatenate([STYLE_DIRECTIONS, BASELINE_DIRECTIONS], axis=1))
    styles = sum(SEPARATION) / 2 * world.directions(np.random.default_rng(0), _TO_FIT)
    model = LinearGaussian(
        a_map=basis.T @ whiten @ STYLE_DIRECTIONS,
        b_map=world.vehicles * basis.T @ whiten @ BASELINE_DIRECTIONS,
        signs=CLASS_SIGN,
        log_prior=partial(_log_prior, world=world),
        prior_variance=float(styles.var(0).max()),
        prior_mean=styles.mean(0),
    )
    return model, whiten.T @ basis


def bayes(support: Examples, query_x: Array, *, world: World = WORLDS["moderate"]) -> BayesAnswer:
    """P(style | window, support set), with equal prior probabilities of the three styles.

    support.x (tasks, n, 80, 4) and query_x (tasks, q, 80, 4) are in units. With an empty support set, only the prior
    counts. The prior is the training distribution of `world`: for drivers with novelty > 0 this is not the optimum, but
    the optimum under the assumption of no novelty.
    """
    model, projection = _model(world)
    return model.predict((decode(support.x) - BASE) @ projection, support.y, (decode(query_x) - BASE) @ projection)


def bayes_with_unlabelled(support: Examples, unlabelled_x: Array, query_x: Array) -> BayesAnswer:
    """As `bayes`, given unlabelled examples of the same tasks as well: unlabelled_x (tasks, m, ...), in units.

    By sequential Monte Carlo, in the default world; the three styles are as likely among the unlabelled examples.
    """
    model, projection = _model()
    seen, unlabelled, query = ((decode(x) - BASE) @ projection for x in (support.x, unlabelled_x, query_x))
    return unlabelled_posterior.predict(model, seen, support.y, unlabelled, query)
