"""The Bayes-optimal prediction given labelled and unlabelled examples, in the model of `linear_gaussian.py`.

An unlabelled example is a draw from the mixture of its task's classes, so that it is informative about a and b too.
Their posterior has no closed form then. It is sampled by sequential Monte Carlo (Chopin 2002, Biometrika 89:539-552):
draws from the posterior given the labels alone, which is exact, are reweighted by one unlabelled example after the
other; when too few of them count, they are resampled and moved by Gibbs steps (classes given a and b, then a and b
given the classes; a's prior enters by a Metropolis-Hastings step). Several independent runs estimate the error.
"""

from dataclasses import dataclass

import numpy as np

from scenarios.linear_gaussian import LinearGaussian
from scenarios.scenario import BayesAnswer
from scenarios.task import Array, Labels

_RUNS, _PARTICLES = 4, 256
_FIRST_DRAWS = 8192  # draws of a and b given the labels alone
_SWEEPS, _TRIES = 2, 3  # Gibbs steps after each resampling, and proposals of a and b in each
_IMPOSSIBLE = -1e9  # log density: if no task of the prior would give such labels, the Gaussian answers
_LEAST_SHARE = 0.4  # of the particles that count effectively; with less, they are resampled


def predict(model: LinearGaussian, u: Array, y: Labels, unlabelled: Array, query_u: Array) -> BayesAnswer:
    """Posterior predictive, with equal prior probabilities of classes, also among the unlabelled examples.

    u (tasks, n, d) and y (tasks, n) are the support sets, unlabelled (tasks, m, d) and query_u (tasks, q, d) the rest.
    The effective samples are those that would give the variance that was found between independent runs.
    """
    answers = [_one_task(model, *task) for task in zip(u, model.signs[y], unlabelled, query_u, strict=True)]
    return BayesAnswer(np.stack([p for p, _ in answers]), np.array([effective for _, effective in answers]))


def _one_task(model: LinearGaussian, u: Array, s: Array, unlabelled: Array, query_u: Array) -> tuple[Array, float]:
    sampler = _Sampler(model, u, s, unlabelled.astype(np.float32))
    runs = [sampler.run(np.random.default_rng(run)) for run in range(_RUNS)]
    each = [sampler.densities(query_u.astype(np.float32), theta) for theta, _ in runs]  # (ways, particles, q)
    answers = np.stack([_mixed(*run) for run in zip(each, (log_weight for _, log_weight in runs), strict=True)])
    densities, log_weight = np.concatenate(each, axis=1), np.concatenate([log_weight for _, log_weight in runs])
    given, weight = _shares(densities), _shares(log_weight)[:, None]
    spread = (weight * given**2).sum(1) - (weight * given).sum(1) ** 2  # (ways, q)
    return _mixed(densities, log_weight), float(_RUNS * spread.mean() / max(answers.var(0, ddof=1).mean(), 1e-12))


def _mixed(log_density: Array, log_weight: Array) -> Array:
    """Class probabilities (q, ways) from densities (ways, particles, q) and log weights (particles,)."""
    joint = log_density + log_weight[:, None]
    density = np.exp(joint - joint.max(axis=(0, 1))).sum(1)
    probabilities: Array = (density / density.sum(0)).T
    return probabilities


def _shares(log_values: Array) -> Array:
    """Normalise along the first axis."""
    values = np.exp(log_values - log_values.max(0))
    shares: Array = values / values.sum(0)
    return shares


@dataclass(frozen=True)
class _Sampler:
    """The posterior of theta = (a, b) of one task."""

    model: LinearGaussian
    u: Array  # (n, d)
    s: Array  # (n,)
    unlabelled: Array  # (m, d)

    def run(self, rng: np.random.Generator) -> tuple[Array, Array]:
        """Return particles (particles, k_a + k_b) and their log weights, whose sum estimates the evidence."""
        theta, log_weight, seen = self._first(rng), np.full(_PARTICLES, -np.log(_PARTICLES)), 0
        while seen < len(self.unlabelled):
            rest = self.densities(self.unlabelled[seen:], theta)
            top = rest.max(0)
            mixture = top + np.log(np.exp(rest - top).sum(0))  # (particles, examples left)
            after = log_weight[:, None] + np.cumsum(mixture, axis=1, dtype=float)
            enough = _effective(after) >= _LEAST_SHARE * _PARTICLES
            more = len(enough) if enough.all() else max(int(enough.argmin()), 1)
            log_weight, seen = after[:, more - 1], seen + more
            if seen < len(self.unlabelled):
                total = np.logaddexp.reduce(log_weight)
                theta = theta[_resampled(rng, np.exp(log_weight - total))]
                log_weight = np.full(_PARTICLES, total - np.log(_PARTICLES))
                for _ in range(_SWEEPS):
                    theta = self._moved(rng, theta, self.unlabelled[:seen])
        return theta, log_weight

    def densities(self, points: Array, theta: Array) -> Array:
        """Log density of points (q, d) in each class, up to a constant of each point: (ways, particles, q)."""
        k_a = self.model.a_map.shape[1]
        centre, step = theta[:, k_a:] @ self.model.b_map.T, theta[:, :k_a] @ self.model.a_map.T
        mean = (centre + self.model.signs[:, None, None] * step).astype(np.float32)  # (ways, particles, d)
        densities: Array = mean @ points.T - 0.5 * (mean**2).sum(-1, keepdims=True)
        return densities

    def _first(self, rng: np.random.Generator) -> Array:
        """Draws from the posterior given the labels alone."""
        mean, covariance = self.model.posterior(self.u, self.s)
        drawn = mean + rng.standard_normal((_FIRST_DRAWS, len(mean))) @ np.linalg.cholesky(covariance).T
        correction = self._correction(drawn)
        weight = np.exp(correction - correction.max())
        return drawn[_resampled(rng, weight / weight.sum())]

    def _correction(self, theta: Array) -> Array:
        """Log of a's prior over the Gaussian that stands for it in proposals: (draws,)."""
        a = theta[:, : self.model.a_map.shape[1]]
        gaussian = -0.5 * ((a - self.model.prior_mean) ** 2).sum(-1) / self.model.prior_variance
        correction: Array = np.maximum(self.model.log_prior(a) - gaussian, _IMPOSSIBLE)
        return correction

    def _moved(self, rng: np.random.Generator, theta: Array, seen: Array) -> Array:
        """Draw a class for each unlabelled example, then a and b given all classes: the posterior stays."""
        below = np.cumsum(_shares(self.densities(seen, theta))[:-1], axis=0)
        s = self.model.signs[(rng.random(below.shape[1:], np.float32) > below).sum(0)]  # (particles, m)
        squares = (self.s**2).sum() + (s**2).sum(1)
        precision = self.model.precision(self.s.sum() + s.sum(1), squares, len(self.u) + len(seen))
        told = self.model.told(self.s @ self.u + s @ seen, self.u.sum(0) + seen.sum(0))
        root = np.linalg.inv(np.linalg.cholesky(precision))  # root' root is the covariance
        noise = rng.standard_normal((_TRIES, *theta.shape)) + np.einsum("nij,nj->ni", root, told)
        correction = self._correction(theta)
        for proposed in np.einsum("nij,tni->tnj", root, noise):
            new = self._correction(proposed)
            taken = np.log(rng.random(len(theta))) < new - correction
            theta, correction = np.where(taken[:, None], proposed, theta), np.where(taken, new, correction)
        return theta


def _effective(log_weight: Array) -> Array:
    """Effective sample size of each column (particles, n): (n,)."""
    weight = np.exp(log_weight - log_weight.max(0))
    effective: Array = weight.sum(0) ** 2 / (weight**2).sum(0)
    return effective


def _resampled(rng: np.random.Generator, weight: Array) -> Labels:
    """Return the places of _PARTICLES particles, drawn systematically by their weights, which sum to 1."""
    marks = (rng.random() + np.arange(_PARTICLES)) / _PARTICLES
    return np.minimum(np.searchsorted(np.cumsum(weight), marks), len(weight) - 1)
