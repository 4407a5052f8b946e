"""Promise: the lending segments are what their sources and their own description say, and so is the best answer."""

import re
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import multivariate_normal, norm, spearmanr

from scenarios.credit_risk import applicants
from scenarios.credit_risk.applicants import COLUMN, CORRELATION, FEATURES, MIX_DIRECTION, apply, to_scaled, to_units
from scenarios.credit_risk.bayes import bayes
from scenarios.credit_risk.scenario import SCENARIO
from scenarios.credit_risk.scorecard import axes, drivers, intercepts, log_odds, steps_of_main_changes, weights_from
from scenarios.credit_risk.tasks import (
    CENTRAL_TENDENCY,
    MIX_SD,
    RATE_SD,
    WEIGHT_SD,
    WORLDS,
    Segments,
    World,
    sample_tasks,
)
from scenarios.metrics import auroc
from scenarios.task import Examples

# Quartiles in units, as the sources in `applicants.py` give them, and those of which we have only assumptions.
QUARTILES = {
    "bureau_score": (648, 714, 765),
    "utilisation": (3.0, 15.4, 53),
    "dti": (29, 34.5, 40),
    "income": (3_640, 5_380, 8_270),
    "oldest_trade": (120, 173, 234),
    "open_trades": (5, 8, 11),
    "new_trades": (0, 1, 2),
    "job_years": (3.4, 7, 13.1),
    "cltv": (70, 80, 88),
    "loan_to_income": (27, 41, 60),
}
SHARE_OF_ZEROS = {"delinquencies": 0.78, "derogatory": 0.86, "inquiries": 0.46}  # HMEQ
MEAN_COUNT = {"delinquencies": 0.39, "derogatory": 0.23, "inquiries": 1.1}


@pytest.fixture(scope="module")
def population() -> np.ndarray:
    """100 000 applicants at m = 0, in units."""
    return to_units(apply(np.random.default_rng(1), np.zeros(1), 100_000)[0])


@cache
def segments_of(world: World) -> Segments:
    return sample_tasks(np.random.default_rng(2), 3000, world=world)


@pytest.fixture(scope="module")
def many() -> Segments:
    return segments_of(WORLDS["moderate"])


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
    hostile = np.stack([np.full(13, value) for value in (-1e30, -1.0, 0.0, 1e9, np.inf, -np.inf)] + [usual])
    for read in (to_scaled, axes, drivers):
        assert np.isfinite(read(hostile)).all()
    assert np.abs(to_scaled(hostile)).max() < 20
    labels = np.array([[0, 1]])
    answer = bayes(Examples(hostile[None, [0, 3]], labels), hostile[None]).prediction
    assert np.isfinite(answer).all()


@pytest.fixture(scope="module", params=WORLDS)
def every_world(request: pytest.FixtureRequest) -> tuple[str, World, Segments]:
    """The name of a world, the world, and 3 000 of its segments."""
    world = WORLDS[request.param]
    return request.param, world, segments_of(world)


def test_every_segment_has_the_same_variance_of_its_score(population, every_world):
    _, world, segments = every_world
    deviations = score(population[:20_000], first(segments, 200)).std(0)
    np.testing.assert_allclose(deviations, world.score_sd, rtol=0.03)
    np.testing.assert_allclose(segments.score_variance, world.score_sd**2, rtol=1e-6)


def test_the_mean_pd_of_the_reference_population_is_the_segments_central_tendency(population, every_world):
    _, _, segments = every_world
    few = first(segments, 100)
    pd = sigmoid(score(population[:50_000], few) + few.alpha.astype(np.float32)).mean(0)
    np.testing.assert_allclose(pd, few.rate, atol=0.008)
    assert (pd - few.rate).mean() == pytest.approx(0, abs=0.002)


def test_default_rates_vary_between_segments(every_world):
    rates = every_world[2].rate
    np.testing.assert_allclose(np.percentile(rates, [2.5, 50, 97.5]), (0.048, CENTRAL_TENDENCY, 0.196), atol=0.006)


def test_payment_history_never_reverses_and_the_worlds_differ_in_how_often_other_axes_do(every_world):
    name, _, segments = every_world
    reversed_in = (segments.weights < 0).mean(0)
    assert reversed_in[0] == 0
    least, most = {"mild": (0.11, 0.21), "moderate": (0.24, 0.35), "strong": (0.35, 0.46)}[name]
    assert least < reversed_in[1:].min()
    assert reversed_in[1:].max() < most


# Gini of the true PDs, and of Bayes-optimal predictions without any local outcome; and by how much those from five
# accounts of each fall short of the truth in the same segments. The first world is like FICO's home-equity data, where
# models reach about .6 and a few accounts add little.
@pytest.mark.parametrize(
    ("name", "truth", "alone", "short"),
    [("mild", 0.64, 0.545, 0.055), ("moderate", 0.84, 0.65, 0.08), ("strong", 0.91, 0.60, 0.088)],
)
def test_what_five_accounts_of_each_buy_depends_on_how_much_segments_differ(name, truth, alone, short):
    world = WORLDS[name]
    segments = sample_tasks(np.random.default_rng(2), 300, world=world)
    drawn = segments.query(np.random.default_rng(6), 300)
    pd = segments.pd(drawn.x)
    gini = 2 * auroc(np.stack([1 - pd, pd], axis=-1), drawn.y) - 1
    assert gini.mean() == pytest.approx(truth, abs=0.02)
    accounts = first(segments, 200).support(np.random.default_rng(4), 5)
    answer = bayes(accounts.first(0), drawn.x[:200], world=world).prediction
    assert 2 * auroc(answer, drawn.y[:200]).mean() - 1 == pytest.approx(alone, abs=0.03)
    few = Examples(accounts.x[:100], accounts.y[:100])
    answer = bayes(few, drawn.x[:100], world=world).prediction
    missing = gini[:100] - (2 * auroc(answer, drawn.y[:100]) - 1)
    assert missing.mean() == pytest.approx(short, abs=0.024)  # three standard errors and more


def impossible(x: np.ndarray) -> np.ndarray:
    """Rows (..., 13) that no credit file and no form of this lender can show."""
    column = {name: x[..., place] for name, place in COLUMN.items()}
    loan = column["loan_to_income"] / 100 * 12 * column["income"]
    return (
        (column["oldest_trade"] < 23.99)
        | (column["open_trades"] < 2)
        | (column["open_trades"] > column["new_trades"] + (column["oldest_trade"] - 12) / 4)
        | (column["new_trades"] > column["open_trades"])
        | (column["delinquencies"] > column["open_trades"])
        | ((column["new_trades"] >= 3) & (column["inquiries"] == 0))
        | (column["cltv"] > 100)
        | (column["income"] < 999)
        | (loan < 9_990)
        | (column["job_years"] > 45)
        | (column["bureau_score"] < 300)
        | (column["bureau_score"] > 850)
    )


def test_none_of_5000_sampled_rows_is_impossible(every_world):
    segments = first(every_world[2], 250)
    for rows in (segments.query(np.random.default_rng(3), 20), segments.support(np.random.default_rng(3), 10)):
        assert rows.x[..., 0].size == 5000
        assert not impossible(rows.x).any()


def test_that_test_would_notice_a_file_younger_than_its_trades(population):
    young = population[:1000].copy()
    young[:, COLUMN["oldest_trade"]] = 28
    assert impossible(young).mean() > 0.3


def test_few_rows_are_unlikely(population):
    loan = population[:, COLUMN["loan_to_income"]] / 100 * 12 * population[:, COLUMN["income"]]
    assert np.mean(loan > 200_000) < 0.005
    assert np.mean(population[:, COLUMN["cltv"]] > 90) < 0.2
    assert np.percentile(loan, 50) == pytest.approx(24_800, rel=0.05)


def test_a_better_bureau_score_goes_with_a_cleaner_file_and_fewer_defaults(population, many):
    some = population[:20_000]
    score_of = some[:, COLUMN["bureau_score"]]
    found = {name: spearmanr(score_of, some[:, place]).statistic for name, place in COLUMN.items()}
    for name, least, most in (
        ("utilisation", -0.6, -0.45), ("delinquencies", -0.45, -0.25), ("derogatory", -0.4, -0.2),
        ("oldest_trade", 0.4, 0.6), ("inquiries", -0.35, -0.15), ("income", 0.2, 0.4),
    ):  # fmt: skip
        assert least < found[name] < most, name
    drawn = first(many, 300).query(np.random.default_rng(6), 300)
    points = drawn.x[..., COLUMN["bureau_score"]]
    assert auroc(np.stack([points, -points], axis=-1), drawn.y).mean() == pytest.approx(0.72, abs=0.02)


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
    assert many.query(np.random.default_rng(13), 1).y.mean() == pytest.approx(SCENARIO.shares[1], abs=0.02)


@pytest.mark.parametrize("novelty", [0.5, 0.8, 1.0])
def test_novelty_hands_its_share_of_the_scores_variance_to_drivers_that_the_axes_do_not_explain(population, novelty):
    segments = sample_tasks(np.random.default_rng(14), 50, novelty)
    some = population[:40_000]
    whole = score(some, segments)
    np.testing.assert_allclose(whole.std(0), WORLDS["moderate"].score_sd, rtol=0.03)
    known = np.column_stack([np.ones(len(some)), axes(some)])
    unexplained = whole - known @ np.linalg.lstsq(known, whole, rcond=None)[0]
    np.testing.assert_allclose(unexplained.var(0) / whole.var(0), novelty**2, atol=0.02)
    pd = sigmoid(whole + segments.alpha.astype(np.float32))
    assert pd.mean() == pytest.approx(segments.rate.mean(), abs=0.003)


@pytest.mark.parametrize("novelty", [0.0, 0.6, 1.0])
def test_what_is_said_of_a_segment_is_said_of_every_segment(novelty):
    for seed in range(20):
        segment = sample_tasks(np.random.default_rng(seed), 1, novelty)
        for text in (SCENARIO.prose.describe_task(segment), SCENARIO.prose.reveal_task(segment)):
            assert "nan" not in text.en
            assert text.zh.endswith("。")
    latents = SCENARIO.latents(sample_tasks(np.random.default_rng(0), 9, novelty))
    assert [latent.values.shape for latent in latents] == 8 * [(9,)]


def test_what_drives_default_is_revealed_in_units_of_the_table_of_characteristics():
    segment = sample_tasks(np.random.default_rng(3), 1)
    weights = np.zeros((1, 6))
    weights[0, 1], weights[0, 3] = 1.5, -0.8
    revealed = SCENARIO.prose.reveal_task(replace(segment, weights=weights))
    [leverage] = re.findall(r"Revolving utilisation 20 → 80%: × ([\d.]+);", revealed.en)
    [file] = re.findall(r"Age of oldest trade 240 → 60 months: × ([\d.]+?)\.? ", revealed.en)
    assert float(leverage) > 3, "more of the limits in use, more risk"
    assert float(file) < 0.8, "reversed here: a thin file lowers it"
    assert "循环额度使用率 20 → 80%" in revealed.zh
    assert all(step > 0 for step in steps_of_main_changes()), "each change usually means more risk"


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

    world: World
    each: int
    mixes: int = 25

    @cached_property
    def values(self) -> np.ndarray:
        return MIX_SD * norm.ppf((np.arange(self.mixes) + 0.5) / self.mixes)

    @cached_property
    def weights(self) -> np.ndarray:
        v = self.world.weight_mean + WEIGHT_SD * np.random.default_rng(16).standard_normal((self.mixes * self.each, 6))
        v[:, 0] = np.abs(v[:, 0])
        return weights_from(v, self.world.score_sd).astype(np.float32)

    @cached_property
    def alpha(self) -> np.ndarray:
        odds = log_odds(CENTRAL_TENDENCY) + RATE_SD * np.random.default_rng(23).standard_normal(len(self.weights))
        return intercepts(self.weights, sigmoid(odds)).astype(np.float32)

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


# Where segments differ most, fewest draws count.
@pytest.mark.parametrize(("name", "shots", "each"), [("mild", 5, 400), ("moderate", 2, 400), ("strong", 5, 1200)])
def test_the_answer_is_the_one_that_brute_force_finds(name, shots, each):
    world = WORLDS[name]
    segments = sample_tasks(np.random.default_rng(18), 6, world=world)
    support = segments.support(np.random.default_rng(19), shots)
    query_x = segments.query(np.random.default_rng(20), 20).x
    bank = Bank(world, each)
    truth = np.stack([bank.answer(*task) for task in zip(support.x, support.y, query_x, strict=True)])
    answer = bayes(support, query_x, world=world).prediction[..., 1]
    assert np.abs(answer - truth).mean() < 0.007
    assert np.abs(answer - truth).max() < 0.06
    assert abs((answer - truth).mean()) < 0.003


@pytest.fixture(scope="module")
def judged(many: Segments) -> tuple[Examples, Examples]:
    segments = first(many, 60)
    return segments.support(np.random.default_rng(21), 50), segments.query(np.random.default_rng(22), 100)


# AUC as measured when the scenario was designed.
@pytest.mark.parametrize(("shots", "auc"), [(1, 0.843), (5, 0.881), (20, 0.905)])
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
