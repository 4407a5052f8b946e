"""The Bayes posterior predictive of the generator in `tasks.py`, given the support set alone.

Latent variables: v (which axes drive default), c (the log odds of the default rate) and m (the portfolio mix), eight
numbers with independent Gaussian priors, if v_1 enters as |v_1|. The support set is a case-control sample, K bads and K
goods whatever the default rate, hence the selection term in its likelihood (Prentice and Pyke 1979, Biometrika
66:403-411):

    p(support | v, c, m)  =  prod_i p(x_i | m) p(y_i | x_i, w, c)  /  (p1^K (1 - p1)^K),    p1 = default rate given all

The posterior is sampled by adaptive importance sampling: draws from the prior, then from Student t proposals, each
fitted to all draws before it, until the effective sample size suffices; every draw is weighted against the mixture of
all proposals (AMIS: Cornuet, Marin, Mira and Robert 2012, Scand J Stat 39:798-812). Draws from the prior alone, 40 000
of them, were down to an effective sample size of 9 at 50 labels per class.

Three approximations, held against brute force in the tests: alpha and p1 are polynomials in w, c and m, fitted once; m
is inferred from the eight characteristics that are not counts; and an applicant is treated as drawn from the whole
segment, although a query set without a single bad is redrawn.
"""

from dataclasses import dataclass
from functools import cache
from math import lgamma, log, pi

import numpy as np

from scenarios.credit_risk.applicants import (
    CONTINUOUS,
    CORRELATION,
    MIX_DIRECTION,
    even_applicants,
    normal_scores,
    to_units,
)
from scenarios.credit_risk.scorecard import axes, intercepts, log_odds, weights_from
from scenarios.credit_risk.tasks import CENTRAL_TENDENCY, MIX_SD, RATE_SD, WEIGHT_SD, WORLDS, World
from scenarios.scenario import BayesAnswer
from scenarios.task import Array, Examples, Labels

_AXES = len(WEIGHT_SD)
_HIDDEN = _AXES + 2  # numbers: v, c, m
_FROM_PRIOR, _PER_ROUND, _ROUNDS = 1024, 1024, 8  # draws
_WANTED = 1000  # effective samples: then no more rounds
_TO_FIT = 60  # effective samples that a proposal is fitted to, at the least: the posterior is flattened for that
_FREEDOM = 5.0  # degrees of freedom of Student's t
_EVIDENCE = np.linalg.solve(CORRELATION[np.ix_(CONTINUOUS, CONTINUOUS)], MIX_DIRECTION[CONTINUOUS])
_INFORMATION = float(_EVIDENCE @ MIX_DIRECTION[CONTINUOUS])  # about m, in one application
_FARTHEST = 3.5  # standard deviations of c and m; the polynomials hold up to there
_TO_FIT_POLYNOMIALS = 60, 120  # mixes, and segments of each


@dataclass(frozen=True)
class Guesses:
    """Draws of the latent variables, as standard scores of the prior, and the segments that they describe."""

    scores: Array  # (draws, 8)
    weights: Array  # (draws, 6): w
    alpha: Array  # (draws,)
    mix: Array  # (draws,): m
    bad_odds: Array  # (draws,): log odds of p1

    def __add__(self, more: "Guesses") -> "Guesses":
        return Guesses(*(np.concatenate(pair) for pair in zip(vars(self).values(), vars(more).values(), strict=True)))


def _hidden(scores: Array, world: World) -> tuple[Array, Array, Array]:
    """Convert standard scores (draws, 8) to w (draws, 6), and the standard scores of c and m (draws,)."""
    v = world.weight_mean + WEIGHT_SD * scores[:, :_AXES]
    v[:, 0] = np.abs(v[:, 0])
    rate, mix = np.clip(scores[:, _AXES:], -_FARTHEST, _FARTHEST).T
    return weights_from(v, world.score_sd), rate, mix


def _guesses(scores: Array, world: World) -> Guesses:
    of_alpha, of_bad_odds = _polynomials(world)
    weights, rate, mix = _hidden(scores, world)
    terms = _monomials(weights / world.score_sd)
    bad_odds = _rate_odds(rate) + _with_mix(terms, rate, mix) @ of_bad_odds
    alpha = _with_rate(terms, rate) @ of_alpha
    return Guesses(scores, weights, alpha, MIX_SD * mix, np.clip(bad_odds, -9, 4))


def _rate_odds(rate: Array) -> Array:
    """Return c from its standard scores."""
    odds: Array = log_odds(CENTRAL_TENDENCY) + RATE_SD * rate
    return odds


def _monomials(u: Array) -> Array:
    """All products of up to four of six numbers, constant first: (draws, 6) -> (draws, 210)."""
    u = u.astype(np.float32)
    of_degree, largest = [np.ones((len(u), 1), np.float32), u], np.arange(u.shape[1])
    for _ in range(3):
        allowed = [largest <= j for j in range(u.shape[1])]
        of_degree.append(np.concatenate([of_degree[-1][:, fits] * u[:, [j]] for j, fits in enumerate(allowed)], axis=1))
        largest = np.repeat(np.arange(u.shape[1]), [fits.sum() for fits in allowed])
    return np.concatenate(of_degree, axis=1)


_UP_TO = {1: 7, 2: 28, 3: 84, 4: 210}  # how many of the monomials are of this degree at most


def _with_rate(terms: Array, rate: Array) -> Array:
    """Powers of c times monomials of lower and lower degree."""
    c = rate[:, None].astype(np.float32)
    return np.concatenate([terms, c * terms[:, : _UP_TO[3]], c**2 * terms[:, : _UP_TO[2]]], axis=1)


def _with_mix(terms: Array, rate: Array, mix: Array) -> Array:
    """Powers of m times monomials of lower and lower degree: at m = 0 the default rate is the central tendency."""
    m, c = mix[:, None].astype(np.float32), rate[:, None].astype(np.float32)
    straight, bent = terms[:, : _UP_TO[3]], terms[:, : _UP_TO[2]]
    return np.concatenate(
        [m * straight, m**2 * straight, m**3 * bent, m**4 * terms[:, : _UP_TO[1]], m * c * bent, m**2 * c * bent],
        axis=1,
    )


@cache
def _polynomials(world: World) -> tuple[Array, Array]:
    """Coefficients for alpha(w, c) and the log odds of p1(w, c, m), by least squares over a wider prior of c and m."""
    rng, (mixes, each) = np.random.default_rng(0), _TO_FIT_POLYNOMIALS
    scores = rng.standard_normal((mixes * each, _HIDDEN))
    scores[:, _AXES] *= 1.3
    scores[:, _AXES + 1] = np.repeat(1.3 * rng.standard_normal(mixes), each)
    weights, rate, mix = _hidden(scores, world)
    odds = _rate_odds(rate)
    alpha = intercepts(weights, 1 / (1 + np.exp(-odds)))
    reference = even_applicants()
    bad_odds = []
    for one in range(0, len(mix), each):  # segments of the same mix have the same applicants
        phi = axes(to_units((reference + MIX_SD * mix[one] * MIX_DIRECTION).astype(np.float32)))
        pd = weights[one : one + each].astype(np.float32) @ phi.T
        pd += alpha[one : one + each, None].astype(np.float32)
        np.exp(np.negative(pd, out=pd), out=pd)
        np.divide(1, np.add(1, pd, out=pd), out=pd)
        bad_odds.append(log_odds(pd.mean(1, dtype=float)))
    terms = _monomials(weights / world.score_sd)
    of_alpha = np.linalg.lstsq(_with_rate(terms, rate).astype(float), alpha, rcond=None)[0]
    target = np.concatenate(bad_odds) - odds
    of_bad_odds = np.linalg.lstsq(_with_mix(terms, rate, mix).astype(float), target, rcond=None)[0]
    return of_alpha.astype(np.float32), of_bad_odds.astype(np.float32)


@dataclass(frozen=True)
class Evidence:
    """The evidence of one support set: the axes of its accounts, their outcomes, and the statistics of the mix."""

    phi: Array  # (n, 6)
    y: Labels  # (n,)
    mix: float  # q' R^-1 g, summed over the applications
    applications: int  # of the accounts, and of any applicants whose outcome is not known

    def log_posterior(self, guesses: Guesses) -> Array:
        """Of the standard scores, up to a constant: (draws,)."""
        score = guesses.weights.astype(np.float32) @ self.phi.T + guesses.alpha[:, None].astype(np.float32)
        against = np.minimum(score * (1 - 2 * self.y).astype(np.float32), 60)
        outcomes = -np.log(1 + np.exp(against)).sum(1, dtype=float)
        bads, n = int(self.y.sum()), len(self.y)
        selection = bads * guesses.bad_odds - n * np.log1p(np.exp(guesses.bad_odds))  # log p1^K (1 - p1)^K
        applications = guesses.mix * self.mix - 0.5 * self.applications * _INFORMATION * guesses.mix**2
        total: Array = outcomes - selection + applications - 0.5 * (guesses.scores**2).sum(1)
        return total


@dataclass(frozen=True)
class Proposal:
    """A Student t distribution over the standard scores."""

    centre: Array  # (8,)
    root: Array  # (8, 8), lower triangular

    def draw(self, noise: Array) -> Array:
        """Transform standard noise (draws, 8) into draws of this distribution (draws, 8)."""
        scores: Array = self.centre + noise @ self.root.T
        return scores

    def log_density(self, scores: Array) -> Array:
        """Return the log density of standard scores (draws, 8): (draws,)."""
        away = (scores - self.centre) @ np.linalg.inv(self.root).T
        level = lgamma((_FREEDOM + _HIDDEN) / 2) - lgamma(_FREEDOM / 2) - _HIDDEN / 2 * log(_FREEDOM * pi)
        level -= np.log(np.diag(self.root)).sum()
        density: Array = level - (_FREEDOM + _HIDDEN) / 2 * np.log1p((away**2).sum(1) / _FREEDOM)
        return density


@cache
def _first_guesses(world: World) -> Guesses:
    return _guesses(np.random.default_rng(1).standard_normal((_FROM_PRIOR, _HIDDEN)), world)


@cache
def _noise() -> Array:
    """Return the same t-distributed numbers for every task (rounds, draws, 8): the same query gets the same answer."""
    rng = np.random.default_rng(2)
    normal = rng.standard_normal((_ROUNDS, _PER_ROUND, _HIDDEN))
    return normal * np.sqrt(_FREEDOM / rng.chisquare(_FREEDOM, (_ROUNDS, _PER_ROUND, 1)))


def _sample_posterior(evidence: Evidence, world: World) -> tuple[Guesses, Array, float]:
    """Draws, their weights (which sum to 1), and the effective sample size."""
    guesses = _first_guesses(world)
    target = evidence.log_posterior(guesses)
    drawn_from = log(_FROM_PRIOR) - _HIDDEN / 2 * log(2 * pi) - 0.5 * (guesses.scores**2).sum(1)
    proposals: list[Proposal] = []
    for noise in _noise():
        log_weight = target - drawn_from
        if _effective(log_weight) >= _WANTED:
            break
        proposals.append(_fit(guesses.scores, log_weight))
        drawn_from = np.logaddexp(drawn_from, log(_PER_ROUND) + proposals[-1].log_density(guesses.scores))
        new = _guesses(proposals[-1].draw(noise), world)
        mixture = log(_FROM_PRIOR) - _HIDDEN / 2 * log(2 * pi) - 0.5 * (new.scores**2).sum(1)
        for proposal in proposals:
            mixture = np.logaddexp(mixture, log(_PER_ROUND) + proposal.log_density(new.scores))
        target = np.concatenate([target, evidence.log_posterior(new)])
        drawn_from, guesses = np.concatenate([drawn_from, mixture]), guesses + new
    weight = _normalised(target - drawn_from)
    return guesses, weight, _effective(target - drawn_from)


def _normalised(log_weight: Array) -> Array:
    weight = np.exp(log_weight - log_weight.max())
    normalised: Array = weight / weight.sum()
    return normalised


def _effective(log_weight: Array) -> float:
    return float(1 / (_normalised(log_weight) ** 2).sum())


def _fit(scores: Array, log_weight: Array) -> Proposal:
    """Mean and covariance of the weighted draws; where too few of them count, a power below 1 evens the weights out."""
    power, step = 1.0, 0.5
    if _effective(log_weight) < _TO_FIT:
        power = 0.0
        for _ in range(10):
            power += step if _effective((power + step) * log_weight) >= _TO_FIT else 0
            step /= 2
    weight = _normalised(power * log_weight)
    centre = weight @ scores
    away = scores - centre
    covariance = (away.T * weight) @ away + 1e-6 * np.eye(_HIDDEN)
    return Proposal(centre, np.linalg.cholesky(covariance))


def bayes(support: Examples, query_x: Array, *, world: World = WORLDS["moderate"]) -> BayesAnswer:
    """P(bad | application, support set) for applicants who come at the segment's own default rate.

    support.x (tasks, n, 13) and query_x (tasks, q, 13) are in units. The prior is the training distribution of
    `world`: for tasks with novelty > 0 this is no longer a ceiling, but the best answer of someone who expects no
    novelty.
    """
    return _predicted(support, support.x, query_x, world)


def bayes_with_unlabelled(support: Examples, unlabelled_x: Array, query_x: Array) -> BayesAnswer:
    """As `bayes` in the default world, given the applications of further applicants of the same segments as well.

    unlabelled_x (tasks, m, 13) is in units. A default depends on the application, and not the other way round:
    applications without outcomes are informative about the portfolio mix m only, not about the drivers of default.
    """
    return _predicted(support, np.concatenate([support.x, unlabelled_x], axis=1), query_x, WORLDS["moderate"])


def _predicted(support: Examples, applications: Array, query_x: Array, world: World) -> BayesAnswer:
    """Infer the mix from all applications (tasks, n + m, 13), the rest from the support set alone."""
    phi, query_phi = axes(support.x).astype(np.float32), axes(query_x).astype(np.float32)
    tells_mix = (normal_scores(applications) @ _EVIDENCE).sum(1)
    predictions, effective = np.empty((*query_phi.shape[:2], 2)), np.empty(len(phi))
    for task, (known, y, mix) in enumerate(zip(phi, support.y, tells_mix, strict=True)):
        evidence = Evidence(known, y, mix, applications.shape[1])
        guesses, weight, effective[task] = _sample_posterior(evidence, world)
        kept = weight > 1e-3 / len(weight)  # the rest weighs less than 0.1% together
        half_score = (guesses.weights[kept] / 2).astype(np.float32) @ query_phi[task].T
        half_score += (guesses.alpha[kept, None] / 2).astype(np.float32)
        share = weight[kept] / weight[kept].sum()
        pd = 0.5 + 0.5 * (share.astype(np.float32) @ np.tanh(half_score))  # the mean of sigmoid(score)
        predictions[task] = np.stack([1 - pd, pd], axis=-1)
    return BayesAnswer(predictions, effective)
