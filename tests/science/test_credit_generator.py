"""Promise: the lending segments are what their sources and their own description say, and so is the best answer."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import multivariate_normal, norm

from scenarios.credit_risk import applicants
from scenarios.credit_risk.applicants import COLUMN, CORRELATION, FEATURES, MIX_DIRECTION, apply, to_scaled, to_units
from scenarios.credit_risk.bayes import bayes
from scenarios.credit_risk.scenario import SCENARIO
from scenarios.credit_risk.scorecard import CENTRAL_TENDENCY, SCORE_SD, axes, drivers, intercepts, weights_from
from scenarios.credit_risk.tasks import MIX_SD, WEIGHT_MEAN, WEIGHT_SD, Segments, sample_tasks
from scenarios.metrics import auroc
from scenarios.task import Examples

# Quartiles in units, as the sources in `applicants.py` give them, and those of which we have only assumptions.
QUARTILES = {
    "utilisation": (4.6, 20, 50),
    "dti": (29, 34.5, 40),
    "income": (3_460, 5_380, 8_400),
    "oldest_trade": (120, 173, 234),
    "open_trades": (5, 8, 11),
    "new_trades": (0, 1, 2),
    "job_years": (2.8, 6.5, 12.6),
    "cltv": (73, 82, 91),
    "loan_to_income": (17.5, 26, 39),
}
SHARE_OF_ZEROS = {"delinquencies": 0.78, "derogatory": 0.86, "inquiries": 0.46}  # HMEQ
MEAN_COUNT = {"delinquencies": 0.41, "derogatory": 0.23, "inquiries": 1.1}


@pytest.fixture(scope="module")
def population() -> np.ndarray:
    """100 000 applicants at m = 0, in units."""
    return to_units(apply(np.random.default_rng(1), np.zeros(1), 100_000)[0])


@pytest.fixture(scope="module")
def many() -> Segments:
    return sample_tasks(np.random.default_rng(2), 3000)


def score(x: np.ndarray, segments: Segments) -> np.ndarray:
    """Log odds of default without alpha: (rows, segments)."""
    weights = np.concatenate([segments.weights, segments.unseen], axis=1)
    return drivers(x) @ weights.T.astype(np.float32)


def first(segments: Segments, n: int) -> Segments:
    return Segments(*(values[:n] for values in vars(segments).values()))


def sigmoid(t: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-t))


def test_quartiles_in_units_are_those_of_the_sources(population):
    for name, stated in QUARTILES.items():
        found = np.percentile(population[:, COLUMN[name]], [25, 50, 75])
        np.testing.assert_allclose(found, stated, rtol=0.06, atol=0.1, err_msg=name)


def test_counts_are_zero_as_often_as_in_the_sources(population):
    for name, stated in SHARE_OF_ZEROS.items():
        counts = population[:, COLUMN[name]]
        assert (counts == 0).mean() == pytest.approx(stated, abs=0.01), name
        assert counts.mean() == pytest.approx(MEAN_COUNT[name], abs=0.02), name
        np.testing.assert_array_equal(counts, counts.round())


def test_the_tabulated_normal_distribution_is_the_normal_distribution():
    points = np.random.default_rng(3).uniform(-6, 6, 10_000)
    np.testing.assert_allclose(np.interp(points, applicants._GRID, applicants._BELOW), ndtr(points), atol=1e-7)


def test_applicants_vary_together_as_their_correlations_say():
    g = apply(np.random.default_rng(4), np.zeros(1), 100_000)[0]
    np.testing.assert_allclose(np.diag(CORRELATION), 1, atol=1e-9)
    np.testing.assert_allclose(np.cov(g.T), CORRELATION, atol=0.02)


def test_what_no_form_can_hold_is_extreme_and_not_nonsense():
    usual = np.median(to_units(apply(np.random.default_rng(5), np.zeros(1), 501)[0]), axis=0)
    hostile = np.stack([np.full(12, value) for value in (-1e30, -1.0, 0.0, 1e9, np.inf, -np.inf)] + [usual])
    for read in (to_scaled, axes, drivers):
        assert np.isfinite(read(hostile)).all()
    assert np.abs(to_scaled(hostile)).max() < 20
    labels = np.array([[0, 1]])
    answer = bayes(Examples(hostile[None, [0, 3]], labels), hostile[None]).prediction
    assert np.isfinite(answer).all()


def test_every_segment_has_the_same_variance_of_its_score(population, many):
    deviations = score(population[:20_000], first(many, 200)).std(0)
    np.testing.assert_allclose(deviations, SCORE_SD, rtol=0.03)


def test_the_mean_pd_of_the_reference_population_is_the_central_tendency(population, many):
    few = first(many, 100)
    pd = sigmoid(score(population, few) + few.alpha.astype(np.float32))
    assert pd.mean() == pytest.approx(CENTRAL_TENDENCY, abs=0.002)
    np.testing.assert_allclose(pd.mean(0), CENTRAL_TENDENCY, atol=0.008)


def test_missed_payments_never_reverse_and_every_other_axis_does_in_about_two_segments_of_five(many):
    reversed_in = (many.weights < 0).mean(0)
    assert reversed_in[0] == 0
    assert reversed_in[1:].min() > 0.38 - 0.03
    assert reversed_in[1:].max() < 0.44 + 0.03


def test_the_best_possible_auc_is_about_94_percent(many):
    segments = first(many, 300)
    drawn = segments.query(np.random.default_rng(6), 400)
    pd = segments.pd(drawn.x)
    assert auroc(np.stack([1 - pd, pd], axis=-1), drawn.y).mean() == pytest.approx(0.942, abs=0.006)


def test_outcomes_happen_as_often_as_their_pd_says(many):
    segments = first(many, 500)
    found = segments.query(np.random.default_rng(7), 200)
    pd = segments.pd(found.x).ravel()
    for rows in np.array_split(np.argsort(pd), 10):
        assert found.y.ravel()[rows].mean() == pytest.approx(pd[rows].mean(), abs=0.015)


def test_support_is_the_segments_own_goods_and_bads():
    """Their means are those of an applicant's, weighted by how likely each is to turn good, or bad."""
    segment = sample_tasks(np.random.default_rng(8), 1)
    accounts = segment.support(np.random.default_rng(9), 6000)
    np.testing.assert_array_equal(accounts.y[0], np.arange(12_000) % 2)
    x = to_units(apply(np.random.default_rng(10), segment.mix, 100_000))
    pd = segment.pd(x)[0]
    for outcome, weight in ((0, 1 - pd), (1, pd)):
        expected = weight @ to_scaled(x[0]) / weight.sum()
        found = to_scaled(accounts.x[0][accounts.y[0] == outcome]).mean(0)
        np.testing.assert_allclose(found, expected, atol=0.07)


def test_applicants_default_at_their_segments_natural_rate(many):
    segments = first(many, 400)
    drawn = segments.query(np.random.default_rng(11), 300)
    assert drawn.y.mean() == pytest.approx(SCENARIO.shares[1], abs=0.015)
    rate = drawn.y.mean(1)
    assert rate.std() > 0.04  # it moves with the portfolio mix
    assert np.corrcoef(segments.mix, rate)[0, 1] < -0.5


@pytest.mark.parametrize("n", [2, 3, 40])
def test_a_query_set_has_both_outcomes(many, n):
    y = first(many, 300).query(np.random.default_rng(12), n).y
    assert ((y.sum(1) > 0) & (y.sum(1) < n)).all()


def test_a_single_applicant_is_drawn_as_it_comes(many):
    assert many.query(np.random.default_rng(13), 1).y.mean() == pytest.approx(0.155, abs=0.025)


@pytest.mark.parametrize("novelty", [0.5, 0.8, 1.0])
def test_novelty_hands_its_share_of_the_scores_variance_to_drivers_that_the_axes_do_not_explain(population, novelty):
    segments = sample_tasks(np.random.default_rng(14), 50, novelty)
    whole = score(population, segments)
    np.testing.assert_allclose(whole.std(0), SCORE_SD, rtol=0.03)
    known = np.column_stack([np.ones(len(population)), axes(population)])
    unexplained = whole - known @ np.linalg.lstsq(known, whole, rcond=None)[0]
    np.testing.assert_allclose(unexplained.var(0) / whole.var(0), novelty**2, atol=0.02)
    pd = sigmoid(whole + segments.alpha.astype(np.float32))
    assert pd.mean() == pytest.approx(CENTRAL_TENDENCY, abs=0.003)


@pytest.mark.parametrize("novelty", [0.0, 0.6, 1.0])
def test_what_is_said_of_a_segment_is_said_of_every_segment(novelty):
    for seed in range(20):
        segment = sample_tasks(np.random.default_rng(seed), 1, novelty)
        for text in (SCENARIO.prose.describe_task(segment), SCENARIO.prose.reveal_task(segment)):
            assert "nan" not in text.en
            assert text.zh.endswith("。")
    latents = SCENARIO.latents(sample_tasks(np.random.default_rng(0), 9, novelty))
    assert [latent.values.shape for latent in latents] == 7 * [(9,)]


def test_a_segment_of_deep_subprime_shows_in_its_applications():
    subprime, prime = to_units(apply(np.random.default_rng(15), np.array([-1.5, 1.5]), 5000)).mean(1)
    for name in ("utilisation", "delinquencies", "derogatory", "inquiries", "cltv"):
        assert subprime[COLUMN[name]] > prime[COLUMN[name]], name
    for name in ("income", "oldest_trade", "open_trades", "job_years"):
        assert subprime[COLUMN[name]] < prime[COLUMN[name]], name
    assert subprime.shape == (len(FEATURES),)


# The best possible answer.


@dataclass(frozen=True)
class Bank:
    """Draws from the prior: whole segments, without proposals and without polynomials.

    alpha comes from Newton's method, p1 from a simulated portfolio for each of the `mixes` values of m.
    """

    mixes: int = 25
    each: int = 1200

    @cached_property
    def values(self) -> np.ndarray:
        return MIX_SD * norm.ppf((np.arange(self.mixes) + 0.5) / self.mixes)

    @cached_property
    def weights(self) -> np.ndarray:
        v = WEIGHT_MEAN + WEIGHT_SD * np.random.default_rng(16).standard_normal((self.mixes * self.each, 6))
        v[:, 0] = np.abs(v[:, 0])
        return weights_from(v).astype(np.float32)

    @cached_property
    def alpha(self) -> np.ndarray:
        return intercepts(self.weights).astype(np.float32)

    @cached_property
    def default_rate(self) -> np.ndarray:
        rates = []
        for rows, m in zip(np.split(np.arange(self.mixes * self.each), self.mixes), self.values, strict=True):
            phi = axes(to_units(apply(np.random.default_rng(17), np.array([m]), 1000)))[0]
            rates.append(sigmoid(self.weights[rows] @ phi.T + self.alpha[rows, None]).mean(1))
        return np.concatenate(rates)

    def answer(self, x: np.ndarray, y: np.ndarray, query_x: np.ndarray) -> np.ndarray:
        """PD of one segment's applicants, every draw weighed by the likelihood of the support set under it."""
        against = (self.weights @ axes(x).T + self.alpha[:, None]) * (1 - 2 * y)
        log_weight = -np.logaddexp(0, against).sum(1) - y.sum() * np.log(self.default_rate * (1 - self.default_rate))
        shown = applicants.CONTINUOUS
        covariance, g = CORRELATION[np.ix_(shown, shown)], applicants.normal_scores(x)
        of_mix = [multivariate_normal(m * MIX_DIRECTION[shown], covariance).logpdf(g).sum() for m in self.values]
        log_weight += np.repeat(of_mix, self.each)
        weight = np.exp(log_weight - log_weight.max())
        return weight @ sigmoid(self.weights @ axes(query_x).T + self.alpha[:, None]) / weight.sum()


@pytest.fixture(scope="module")
def bank() -> Bank:
    return Bank()


@pytest.mark.parametrize("shots", [1, 2, 5])
def test_the_answer_is_the_one_that_brute_force_finds(bank, shots):
    segments = sample_tasks(np.random.default_rng(18), 6)
    support = segments.support(np.random.default_rng(19), shots)
    query_x = segments.query(np.random.default_rng(20), 20).x
    truth = np.stack([bank.answer(*task) for task in zip(support.x, support.y, query_x, strict=True)])
    answer = bayes(support, query_x).prediction[..., 1]
    assert np.abs(answer - truth).mean() < 0.007
    assert np.abs(answer - truth).max() < 0.06
    assert abs((answer - truth).mean()) < 0.003


@pytest.fixture(scope="module")
def judged(many: Segments) -> tuple[Examples, Examples]:
    segments = first(many, 60)
    return segments.support(np.random.default_rng(21), 50), segments.query(np.random.default_rng(22), 100)


# AUC as measured when the scenario was designed, with a bank of draws from the prior.
@pytest.mark.parametrize(("shots", "auc"), [(1, 0.812), (5, 0.891), (20, 0.929)])
def test_the_answer_ranks_as_well_as_it_can_is_calibrated_and_rests_on_enough_draws(judged, shots, auc):
    support, query = judged
    answer = bayes(support.first(2 * shots), query.x)
    assert answer.effective_samples.min() > 100
    assert auroc(answer.prediction, query.y).mean() == pytest.approx(auc, abs=0.02)
    pd = answer.prediction[..., 1].ravel()
    for rows in np.array_split(np.argsort(pd), 8):
        assert query.y.ravel()[rows].mean() == pytest.approx(pd[rows].mean(), abs=0.04)


def test_fifty_labels_of_each_still_leave_enough_effective_samples(judged):
    support, query = judged
    support, x = Examples(support.x[:30], support.y[:30]), query.x[:30, :1]
    assert bayes(support, x).effective_samples.min() > 100
