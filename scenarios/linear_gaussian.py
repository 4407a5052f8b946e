"""The exact few-shot posterior for scenarios whose examples are linear-Gaussian given the latent variables of the task.

    u_i | y_i, a, b  ~  N(B b + s(y_i) A a, I),   b ~ N(0, I),   a ~ any prior with a density

With b integrated out in closed form and `a` by importance sampling, this is the Bayes posterior predictive: no learner
that has only the prior and the support set, and predicts one query at a time, has a better expected log loss or
accuracy. (AUROC ranks pairs of queries, which share what is hidden: for it this is the reference, and no proven bound.)
The proposal for `a` is the posterior under a Gaussian prior, which grows as narrow as the truth does, so that the
effective sample size stays in the hundreds however many labels there are. (Draws from the prior itself, 16 384 of them,
were down to 3 at 50 labels per class.)
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from scenarios.scenario import BayesAnswer
from scenarios.task import Array, Labels


@dataclass(frozen=True)
class LinearGaussian:
    """The model above, with d numbers per example."""

    a_map: Array  # A (d, k_a)
    b_map: Array  # B (d, k_b)
    signs: Array  # s (ways,)
    log_prior: Callable[[Array], Array]  # a (..., k_a) -> log density (...), -inf outside its support
    prior_variance: float  # variance of each component of a, for the proposal
    draws: int = 4096
    patience: int = 16  # times as many draws where the first ones give an effective sample size below `wanted`
    wanted: int = 100
    prior_mean: Array | float = 0.0  # mean of a (k_a,), for the proposal

    @cached_property
    def _noise(self) -> Array:
        """The same standard normal numbers for every task (draws, k_a), so that figures are reproducible."""
        half = np.random.default_rng(0).standard_normal((self.patience * self.draws // 2, self.a_map.shape[1]))
        return np.stack([half, -half], axis=1).reshape(-1, self.a_map.shape[1])

    def predict(self, u: Array, y: Labels, query_u: Array) -> BayesAnswer:
        """Posterior predictive, with equal prior probabilities of the classes.

        u (tasks, n, d) and y (tasks, n) are the support sets, query_u (tasks, q, d) the query examples.
        """
        answers = [self._one_task(*task) for task in zip(u, self.signs[y], query_u, strict=True)]
        return BayesAnswer(np.stack([p for p, _ in answers]), np.array([effective for _, effective in answers]))

    def _one_task(self, u: Array, s: Array, query_u: Array) -> tuple[Array, float]:
        mean, covariance = self.posterior(u, s)
        k_a = self.a_map.shape[1]
        a, weight, effective = self._draw(mean[:k_a], covariance[:k_a, :k_a], self.draws)
        if effective < self.wanted:
            a, weight, effective = self._draw(mean[:k_a], covariance[:k_a, :k_a], self.patience * self.draws)
        kept = weight > 1e-7  # the rest cannot move a probability by more than 0.1%
        a, weight = a[kept], weight[kept]

        gain = covariance[k_a:, :k_a] @ np.linalg.inv(covariance[:k_a, :k_a])
        b_mean = mean[k_a:] + (a - mean[:k_a]) @ gain.T  # mean of b given a: (draws, k_b)
        b_covariance = covariance[k_a:, k_a:] - gain @ covariance[:k_a, k_a:]
        spread = np.eye(len(self.b_map)) + self.b_map @ b_covariance @ self.b_map.T
        whiten = np.linalg.cholesky(np.linalg.inv(spread))
        centre, step = b_mean @ self.b_map.T @ whiten, a @ self.a_map.T @ whiten
        return self._mix(query_u @ whiten, np.log(weight), centre, step), effective

    def _draw(self, mean: Array, covariance: Array, draws: int) -> tuple[Array, Array, float]:
        """Draws of a (draws, k_a) from the Gaussian proposal, their weights, and the effective sample size."""
        a = mean + self._noise[:draws] @ np.linalg.cholesky(covariance).T
        # Target over proposal: the likelihoods cancel, the true prior over the Gaussian one is left.
        log_weight = self.log_prior(a) + 0.5 * ((a - self.prior_mean) ** 2).sum(1) / self.prior_variance
        top = log_weight.max()
        if np.isneginf(top):  # labels that no task of this prior would give: the Gaussian answers, and nothing vouches
            return a, np.ones(draws), 0.0
        weight = np.exp(log_weight - top)
        return a, weight, float(weight.sum() ** 2 / (weight**2).sum())

    def posterior(self, u: Array, s: Array) -> tuple[Array, Array]:
        """Bayesian linear regression for (a, b) jointly, were a's prior N(prior_mean, prior_variance I).

        u (n, d) and s (n,) are the examples of one task: their means and covariance.
        """
        covariance = np.linalg.inv(self.precision(s.sum(), (s**2).sum(), len(u)))
        return covariance @ self.told(s @ u, u.sum(0)), covariance

    def precision(self, of_s: Array, of_squares: Array, examples: int) -> Array:
        """Return that posterior's precision (..., k, k), from the sums (...) of s and of its squares."""
        ab, aa, bb = self.a_map.T @ self.b_map, self.a_map.T @ self.a_map, self.b_map.T @ self.b_map
        k_a, k_b = ab.shape
        precision = np.zeros((*np.shape(of_s), k_a + k_b, k_a + k_b))
        precision[..., :k_a, :k_a] = np.multiply.outer(of_squares, aa) + np.eye(k_a) / self.prior_variance
        precision[..., :k_a, k_a:] = np.multiply.outer(of_s, ab)
        precision[..., k_a:, :k_a] = np.multiply.outer(of_s, ab.T)
        precision[..., k_a:, k_a:] = examples * bb + np.eye(k_b)
        return precision

    def told(self, of_su: Array, of_u: Array) -> Array:
        """Return its precision times its mean (..., k), from the sums (..., d) of s u and of u."""
        of_a = of_su @ self.a_map + self.prior_mean / self.prior_variance
        of_b = np.broadcast_to(of_u @ self.b_map, (*of_a.shape[:-1], self.b_map.shape[1]))
        return np.concatenate([of_a, of_b], axis=-1)

    def _mix(self, query: Array, log_weight: Array, centre: Array, step: Array) -> Array:
        """Class probabilities (q, ways) under a mixture of unit Gaussians at centre + s step, one per draw of a."""
        query, log_weight = query.astype(np.float32), log_weight.astype(np.float32)
        log_density = np.empty((len(query), len(self.signs)))
        for column, sign in enumerate(self.signs):
            mean = (centre + sign * step).astype(np.float32)
            each = query @ mean.T + (log_weight - 0.5 * (mean**2).sum(1))
            top = each.max(1, keepdims=True)
            log_density[:, column] = top[:, 0] + np.log(np.exp(each - top).sum(1))
        density = np.exp(log_density - log_density.max(1, keepdims=True))
        probabilities: Array = density / density.sum(1, keepdims=True)
        return probabilities
