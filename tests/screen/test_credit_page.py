"""Promise: where money is lent, the page says what a score is worth, for whom, and why, in figures that add up."""

import itertools
import json
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import plotly.graph_objects as go
import plotly.io
import pytest

from dashboard import results
from dashboard.charts import calibration, characteristics
from dashboard.charts.style import named
from dashboard.views import examples_panel
from dashboard.views.decisions import calibration_by_task
from dashboard.views.decisions.lending import (
    applicants,
    approval_profit,
    charts,
    default_rate,
    panel,
    through_the_door,
)
from dashboard.views.decisions.lending.booked import labels_take
from dashboard.views.formatting import in_units
from dashboard.views.pictures import novelty_section
from dashboard.views.robustness_panel import ACCEPTED
from scenarios.catalog import SCENARIOS
from scenarios.decisions.lending.assumptions import APPROVALS, CUT_OFF, LOSS_GIVEN_DEFAULT, MARGIN
from scenarios.decisions.lending.decision import ACCOUNTS, APPROVAL, DECISION
from scenarios.decisions.lending.measures import accounts_for, measure, profit_at
from scenarios.demo import precomputed
from scenarios.demo.precomputed import DemoTask
from scenarios.episode import Draw, draw_examples
from scenarios.evaluation import drift, perturbations
from scenarios.evaluation.drift import drift_of, rates_of_last_class
from scenarios.evaluation.prevalence import reliability_as_counted
from scenarios.learners.registry import BAYES, PRINCIPAL
from scenarios.protocol import QUERIES
from scenarios.scenario import Feature, Scenario
from scenarios.task import Array, Examples, rng_for
from scenarios.text import LANGUAGES, Language, Text
from tests.live_server import LiveServer
from tests.visitor import Visitor

LENDING = [scenario for scenario in SCENARIOS.values() if scenario.decision == "lending"]
LOCALES = {"en": "en-GB", "zh": "zh-Hans-CN"}
OWN_CHARTS = (
    "drift_chart",
    "reasons_chart",
    "strategy_chart",
    "profit_chart",
    "approval_profit_chart",
    "calibration_chart",
    "novelty_chart",
)


@pytest.fixture(params=LENDING, ids=lambda scenario: scenario.name)
def lender(request: pytest.FixtureRequest) -> Scenario:
    return request.param


def judged(risk: list[float] | Array, bad: list[int] | Array) -> dict[str, Array]:
    """The measures of one task, from predicted PDs and outcomes, beside another one that is like it."""
    pd = np.asarray([risk, risk], float)
    measures = measure(np.stack([1 - pd, pd], axis=-1), np.asarray([bad, bad]))
    return {name: values[0] for name, values in measures.items()}


def invented(seed: int, applicants: int = 200) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    pd = rng.beta(1, 5, applicants)
    bad = (rng.uniform(size=applicants) < pd).astype(int)
    bad[:2] = (0, 1)
    return pd, bad


# -- the measures ---------------------------------------------------------------------------------------------------


def test_a_perfect_ranking_has_a_gini_and_a_ks_of_one_and_a_reversed_one_parts_nothing():
    bad = [0] * 17 + [1] * 3
    perfect, reversed_ = judged(np.linspace(0.01, 0.9, 20), bad), judged(np.linspace(0.9, 0.01, 20), bad)
    assert (perfect["gini"], perfect["ks"]) == pytest.approx((1, 1))
    assert (reversed_["gini"], reversed_["ks"]) == pytest.approx((-1, 0))
    assert perfect["bad_rate"][APPROVALS.index(0.85)] == 0


@pytest.mark.parametrize("seed", range(5))
def test_approving_everybody_gives_the_base_rate_and_margin_on_goods_less_loss_on_bads(seed: int):
    pd, bad = invented(seed)
    found = judged(pd, bad)
    assert APPROVALS[-1] == 1
    assert found["bad_rate"][-1] == pytest.approx(bad.mean())
    goods, bads = 100 * (1 - bad.mean()), 100 * bad.mean()  # of 100 applicants
    assert found["profit_by_approval"][-1] == pytest.approx(MARGIN * goods - LOSS_GIVEN_DEFAULT * bads)


def test_an_approval_rate_approves_that_share_to_a_head_in_whole_numbers():
    bad = np.tile([0, 0, 0, 1], 50)  # a quarter, wherever one stops
    found = judged(np.arange(200) / 400, bad)
    for share, rate, profit in zip(APPROVALS, found["bad_rate"], found["profit_by_approval"], strict=True):
        approved = round(200 * share)
        bads = bad[:approved].sum()
        assert rate == pytest.approx(bads / approved)
        assert profit == pytest.approx((MARGIN * (approved - bads) - LOSS_GIVEN_DEFAULT * bads) / 2)


@pytest.mark.parametrize(("margin", "lgd"), [(MARGIN, LOSS_GIVEN_DEFAULT), (0.02, 0.9), (0.16, 0.2)])
def test_profit_at_another_margin_and_loss_follows_from_the_measured_one(margin: float, lgd: float):
    bad = np.tile([0, 0, 0, 1, 0], 40)
    found = judged(np.arange(200) / 400, bad)
    approved = [round(200 * share) for share in APPROVALS]
    lost = [bad[:count].sum() for count in approved]
    expected = [(margin * (count - bads) - lgd * bads) / 2 for count, bads in zip(approved, lost, strict=True)]
    assert profit_at(found["profit_by_approval"], 200, margin, lgd) == pytest.approx(expected)


def test_equal_scores_tell_nothing_in_whatever_order_the_applicants_come():
    for bad in ([1] * 5 + [0] * 15, [0] * 15 + [1] * 5):
        found = judged([0.1] * 20, bad)
        assert (found["gini"], found["ks"]) == pytest.approx((0, 0))
    halves = [judged([0.1] * 10 + [0.3] * 10, bad) for bad in ([0] * 10 + [1, 0] * 5, [0] * 10 + [0, 1] * 5)]
    assert halves[0]["ks"] == pytest.approx(halves[1]["ks"]) == pytest.approx(10 / 15)


def test_a_constant_score_at_the_cut_off_is_declined_and_below_it_accepted():
    bad = [0, 0, 0, 1]
    none, every = judged([CUT_OFF] * 4, bad), judged([CUT_OFF - 1e-9] * 4, bad)
    assert [none[name] for name in ("approved", "profit", "expected_loss", "realised_loss")] == [0, 0, 0, 0]
    assert every["approved"] == 1
    assert every["profit"] == pytest.approx(every["profit_by_approval"][-1])


def test_the_loss_that_is_expected_is_pd_times_lgd_and_the_one_that_comes_counts_the_bads():
    found = judged([0.02, 0.04, 0.06, 0.5], [0, 1, 0, 1])
    assert found["approved"] == pytest.approx(0.75)
    assert found["expected_loss"] == pytest.approx(100 * LOSS_GIVEN_DEFAULT * 0.04)
    assert found["realised_loss"] == pytest.approx(100 * LOSS_GIVEN_DEFAULT / 3)
    assert found["profit"] == pytest.approx(100 * (2 * MARGIN - LOSS_GIVEN_DEFAULT) / 4)


def test_the_cut_off_is_where_the_expected_profit_of_a_loan_is_nought():
    assert pytest.approx(CUT_OFF * LOSS_GIVEN_DEFAULT) == (1 - CUT_OFF) * MARGIN


def test_bands_of_natural_counts_need_no_correction():
    counts = np.array([[900, 600, 20], [100, 200, 10]])
    bands = reliability_as_counted(counts, np.array([50.0, 240.0, 20.0]))
    np.testing.assert_allclose(bands.predicted, [0.05, 0.3])
    np.testing.assert_allclose(bands.observed, [0.1, 0.25])
    np.testing.assert_array_equal(bands.examples, [1000, 800])  # thirty are too few for a band
    np.testing.assert_allclose(bands.share, [1000 / 1830, 800 / 1830])


@pytest.mark.parametrize("share", APPROVAL.values)
def test_every_approval_rate_that_can_be_chosen_is_published(share: int):
    assert share / 100 in APPROVALS


# -- reasons --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_principal_reasons_are_at_most_four_the_strongest_first_and_only_against(lender: Scenario, language: Language):
    labels = [feature.label[language] for feature in lender.features]
    x = np.ones(len(labels))
    adds = np.full(len(labels), -1.0)
    usual = [False] * len(labels)
    assert applicants.principal_reasons(lender, x, adds, usual, language) == []
    adds[[4, 2, 7]] = (0.7, 0.3, 0.01)
    said = applicants.principal_reasons(lender, x, adds, usual, language)
    assert len(said) == 2
    assert said[0].startswith(labels[4])
    assert ("by 2.0" if language == "en" else "2.0 倍") in said[0]
    assert said[1].startswith(labels[2])
    assert len(applicants.principal_reasons(lender, x, np.full(len(labels), 0.5), usual, language)) == 4


def test_a_value_is_said_with_its_unit_as_each_language_does():
    share = Feature("share", Text("Share", "占比"), Text("%", "%"))
    money = Feature("money", Text("Income", "收入"), Text("USD", "美元"))
    count = Feature("count", Text("Trades", "账户"), Text("count", "个"))
    said = [(in_units(f, 5400.4, "en"), in_units(f, 5400.4, "zh")) for f in
            (share, money, count)]  # fmt: skip
    assert said == [("5,400%", "5,400%"), ("5,400\u00a0USD", "5,400 美元"), ("5,400", "5,400 个")]


def test_a_reason_that_no_lender_could_send_is_marked(lender: Scenario):
    _, draw = precomputed.sample_demo_task(lender, 5, 0, 5)
    risk = np.full(draw.query.y.shape[1], 0.3)
    shown = DemoTask({}, {}, {}, {"maml": np.stack([1 - risk, risk], axis=-1)}, {})
    adds = np.array([0.5 if feature.name == "delinquencies" else 0.0 for feature in lender.features])
    column = int(adds.argmax())
    for row, is_perverse in ((draw.query.x[0, :, column].argmin(), True), (draw.query.x[0, :, column].argmax(), False)):
        section = applicants.decision(lender, draw, shown, int(row) + 1, adds, CUT_OFF, "en")
        assert ("†" in section.finding, "could give" in section.note) == (is_perverse, is_perverse)


# -- what applications show -----------------------------------------------------------------------------------------


def test_the_training_population_has_not_drifted_from_itself(lender: Scenario):
    rng = rng_for("validation", 8)
    x = lender.sample_tasks(rng, 200).query(rng, 100).x
    found = drift_of(lender, x.reshape(-1, x.shape[-1]))
    assert np.abs(found.shift).max() < 0.15
    assert found.psi.max() < 0.02
    assert (found.usual[0] < 0).all()
    assert (found.usual[1] > 0).all()


def test_moving_one_characteristic_moves_its_own_shift_alone(lender: Scenario):
    _, draw = precomputed.sample_demo_task(lender, 5, 0, 5)
    x = draw.query.x[0]
    moved = x.copy()
    moved[:, 1] *= 1.3
    before, after = drift_of(lender, x), drift_of(lender, moved)
    for one, other in ((before.shift, after.shift), (before.psi, after.psi)):
        np.testing.assert_allclose(np.delete(other, 1), np.delete(one, 1))
        assert other[1] > one[1]


def test_the_stability_index_and_the_information_value_are_those_of_the_textbook(lender: Scenario):
    """Siddiqi's formula, written out once more over the deciles of other segments."""
    rng = rng_for("train", 0, 3)
    others = lender.sample_tasks(rng, drift.OTHER_TASKS).query(rng, QUERIES)
    score, bad = others.x[..., 0].ravel(), others.y.ravel() == 1
    _, draw = precomputed.sample_demo_task(lender, 2, 0, 5)
    edges = [-np.inf, *np.quantile(score, np.arange(0.1, 1, 0.1)), np.inf]

    def shares(values: np.ndarray) -> np.ndarray:
        return np.array([((low <= values) & (values < high)).mean() for low, high in itertools.pairwise(edges)])

    def index(one: np.ndarray, other: np.ndarray) -> float:
        return float(sum((a - b) * np.log(a / b) for a, b in zip(one, other, strict=True)))

    found = drift_of(lender, draw.query.x[0])
    assert found.psi[0] == pytest.approx(index(shares(draw.query.x[0, :, 0]), shares(score)), rel=1e-6)
    assert found.information_value[0] == pytest.approx(index(shares(score[bad]), shares(score[~bad])), rel=1e-6)
    assert found.information_value.argmax() == 0, "a bureau score tells the most"


@pytest.mark.parametrize("language", LANGUAGES)
def test_characteristics_that_have_moved_are_named_with_their_index(lender: Scenario, language: Language):
    _, draw = precomputed.sample_demo_task(lender, 5, 0, 5)
    moved = Draw(draw.support, Examples(draw.query.x * np.where(np.arange(13) == 1, 1.6, 1), draw.query.y))
    index = drift_of(lender, moved.query.x[0]).psi[1]
    name, section = lender.features[1].label[language], applicants._stability(lender, moved, language)
    assert f"{name} {index:.2f}" in section.finding
    assert section.table.loc[name, "PSI"] == f"{index:.2f}"
    drawn = applicants._drift(lender, moved, language).table()
    assert drawn["PSI"][1] == pytest.approx(index, abs=1e-3)


def test_drift_does_not_depend_on_the_order_of_the_applications(lender: Scenario):
    rng = rng_for("validation", 9)
    tasks = lender.sample_tasks(rng, 1)
    draw = draw_examples(tasks, rng, shots=1, queries=50, most_shots=1)
    backwards = drift_of(lender, draw.query.x[0, ::-1]).shift
    np.testing.assert_allclose(drift_of(lender, draw.query.x[0]).shift, backwards, atol=1e-5)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_file_of_examples_has_units_in_a_column_of_their_own_and_values_as_numbers(
    lender: Scenario, language: Language
):
    _, draw = precomputed.sample_demo_task(lender, 5, 0, 3)
    table = examples_panel.support_table(lender, draw, language, flagged=False)
    assert table.iloc[:, 1].tolist() == [feature.unit[language] for feature in lender.features]
    assert [kind.kind for kind in table.dtypes.iloc[-2 * 3 :]] == ["f"] * 2 * 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_characteristic_without_a_range_shows_none(lender: Scenario, language: Language):
    _, draw = precomputed.sample_demo_task(lender, 5, 0, 2)
    without = replace(lender, features=tuple(replace(f, low=None, high=None) for f in lender.features))
    table = examples_panel.support_table(without, draw, language)
    assert "None" not in table.to_csv()
    assert examples_panel.REFERENCE[language] not in table
    one = replace(without, features=(replace(without.features[0], high=100.0), *without.features[1:]))
    assert list(examples_panel.support_table(one, draw, language)[examples_panel.REFERENCE[language]][:2]) == [
        "≤ 100", "–",
    ]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_value_below_the_limit_of_detection_is_shown_as_a_laboratory_reports_it(lender: Scenario, language: Language):
    protein = Feature("crp", Text(en="CRP", zh="CRP"), Text(en="mg/L", zh="mg/L"), high=10, detection_limit=1.0)
    scenario = replace(lender, features=(protein,), example_shape=(1,))
    examples = Examples(np.array([[[0.4], [12.3]]]), np.array([[0, 1]]))
    table = examples_panel.support_table(scenario, Draw(examples, examples), language)
    assert {"<1", "12 ↑"} <= set(table.iloc[0])


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_many_accounts_classes_take_turns_so_that_both_are_in_view(lender: Scenario, language: Language):
    bad, good = (lender.classes[kind][language] for kind in (1, 0))
    for shots, first in ((5, [f"{bad} 1", f"{bad} 2"]), (50, [f"{bad} 1", f"{good} 1"])):
        _, draw = precomputed.sample_demo_task(lender, 5, 0, shots)
        table = examples_panel.support_table(lender, draw, language)
        assert list(table.columns[2:4]) == first
        assert len(table.columns) == 2 + 2 * shots
        assert table.columns[0] == {"en": "characteristic", "zh": "特征"}[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_file_of_later_applicants_has_their_values_behind_the_predictions(lender: Scenario, language: Language):
    _, draw = precomputed.sample_demo_task(lender, 5, 0, 5)
    risk = np.full(draw.query.y.shape[1], 0.3)
    shown = DemoTask({}, {}, {}, {"maml": np.stack([1 - risk, risk], axis=-1)}, {})
    table = examples_panel.answers_table(lender, draw, shown, language)
    values = table.iloc[:, -len(lender.features) :]
    np.testing.assert_allclose(values, draw.query.x[0], atol=0.51)
    assert all(f.unit[language] in heading for f, heading in zip(lender.features, values, strict=True))
    assert table.columns[1] == {"en": "outcome", "zh": "表现"}[language]


def test_the_page_states_what_a_scorecard_costs_that_a_validator_would_accept():
    """Neither score sees the segment's labels: the difference is the same at every number of accounts."""
    scenario = LENDING[0]
    study, league = results.study(scenario.name), results.league(scenario.name)
    _, low, high = (2 * end for end in league.pair("scorecard", "pooled", "ahead", 5))
    for shots in (1, 50):
        finding = panel._champion(scenario, study, shots)
        card = study.at("scorecard", shots, "gini")[0]
        assert f"monotone scorecard, as a model validator would ask for, has a Gini of {card:.2f}" in finding.en
        assert f"(95% CI {low:+.2f} to {high:+.2f})".replace("-", "−") in finding.en.split("monotone scorecard")[1]
        assert f"单调评分卡，Gini 为 {card:.2f}" in finding.zh


# -- another default rate, and what accounts take -------------------------------------------------------------------


def test_so_many_bads_take_accounts_as_the_negative_binomial_distribution_has_it():
    np.testing.assert_allclose(accounts_for(5, np.full(50, 0.1)), [47, 21, 89], atol=1)
    median, low, high = accounts_for(5, np.tile([0.05, 0.2], 50))
    assert low < 21
    assert high > 89
    assert 23 < median < 93


def test_the_default_rates_of_segments_are_those_of_the_generator_without_chance(lender: Scenario):
    rates = rates_of_last_class(lender)
    assert rates.mean() == pytest.approx(lender.shares[1], abs=0.008)
    assert rates.std() == pytest.approx(0.055, abs=0.012)
    assert rates.min() > 0


@pytest.mark.published
def test_at_the_average_default_rate_nothing_is_corrected_and_elsewhere_losses_come_as_expected(lender: Scenario):
    study = results.study(lender.name)
    usual = default_rate._usual(study, 5)
    place, _ = panel._nearest(study, MARGIN, LOSS_GIVEN_DEFAULT)
    as_it_is = default_rate._outcome(study, None, "maml", 5, usual, MARGIN, LOSS_GIVEN_DEFAULT, 0.0)
    assert as_it_is.profit[0] == pytest.approx(
        panel._approved(study, "maml", 5).profit(MARGIN, LOSS_GIVEN_DEFAULT)[place]
    )
    for rate in (0.03, 0.3):
        offset = default_rate._log_odds(rate) - default_rate._log_odds(usual)
        wrong, right = (
            default_rate._outcome(study, None, "maml", 5, rate, MARGIN, LOSS_GIVEN_DEFAULT, by) for by in (0, offset)
        )
        assert abs(right.expected - right.realised) < 0.3 < abs(wrong.expected - wrong.realised)
        assert right.profit > wrong.profit


@pytest.mark.published
def test_the_default_rate_is_part_of_the_address_and_the_first_screen_says_what_the_bads_take(
    lender: Scenario, server: LiveServer
):
    with Visitor(server.address) as visitor:
        words = visitor.open(lender.name, default_rate=30, section="decisions").words()
        assert visitor.address()["default_rate"] == "30"
    assert "Assume that 30% of the applicants default" in words
    assert "a lender books a median of 15 accounts to see 5 bad ones" in words, "at this rate"
    assert labels_take(lender, 5).en in words
    assert "All matured accounts (good + bad)" in words


# -- charts ---------------------------------------------------------------------------------------------------------


def every_chart(seed: int, language: Language, at: float = 0.7) -> dict[str, go.Figure]:
    """Each chart of this page, of learners that do anything at all."""
    rng = np.random.default_rng(seed)
    drawn = panel._drawn(results.study(LENDING[0].name))
    rates = {name: np.sort(rng.uniform(0, 0.2, (len(APPROVALS), 3))) for name in drawn}
    for curve in rates.values():
        curve[-1] = 0.15
    cut_offs = np.linspace(0.01, 0.9, 12)
    profits = {name: rng.normal(2, 2, len(cut_offs)) for name in drawn}
    bands = {}
    for name in PRINCIPAL:
        counts = rng.integers(0, 400, (2, 20))
        counts[1, :2] = 0
        bands[name] = reliability_as_counted(counts, counts.sum(0) * np.linspace(0.005, 0.95, 20))
    names = [f"characteristic {i}" for i in range(12)]
    x = LENDING[0].sample_tasks(rng, 1).query(rng, 50).x[0]
    return {
        "strategy": charts.strategy_chart(APPROVALS, rates, at=at, language=language),
        "profit": charts.profit_chart(cut_offs, profits, -1.0, at=0.12, span=(-3, 5), language=language),
        "approval_profit": charts.approval_profit_chart(APPROVALS, rates, at=at, span=(-3, 5), language=language),
        "calibration": calibration.calibration_chart(bands, language=language, rare=True),
        "drift": characteristics.drift_chart(names, drift_of(LENDING[0], x), language=language),
        "reasons": characteristics.reasons_chart(
            names, rng.uniform(-2, 2, 12), [True, *[False] * 11], kind=LENDING[0].classes[-1], language=language
        ),
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chart_is_finite_and_one_that_plotly_accepts(language: Language):
    for name, figure in every_chart(1, language).items():
        text = plotly.io.to_json(figure)
        go.Figure(json.loads(text))  # raises where a property does not exist
        assert "NaN" not in text, name
        for trace in figure.data:
            for values in (trace.x, trace.y):
                assert np.isfinite(np.asarray(values, float)).all(), name
        assert figure.layout.showlegend is False


def test_charts_keep_their_size_and_axes_whatever_the_learners_do():
    def frame(figure: go.Figure) -> tuple:
        axes = [*figure.select_xaxes(), *figure.select_yaxes()]
        assert all(axis.fixedrange for axis in axes)
        return figure.layout.height, figure.layout.margin, [tuple(map(float, axis.range)) for axis in axes]

    usual = {name: frame(figure) for name, figure in every_chart(1, "en").items()}
    for seed, at in ((2, 0.5), (3, 0.9)):
        assert {name: frame(figure) for name, figure in every_chart(seed, "en", at).items()} == usual


def test_the_incumbent_has_the_trades_name_for_it_here_and_not_elsewhere():
    assert "generic score" in named("pooled", "en", "lending")
    assert "通用评分" in named("pooled", "zh", "lending")
    assert named("pooled", "en") == named("pooled", "en", "screening") != named("pooled", "en", "lending")


# -- the page -------------------------------------------------------------------------------------------------------


def test_another_approval_rate_goes_into_the_address_and_into_the_sentence(lender: Scenario, server: LiveServer):
    with Visitor(server.address) as visitor:
        said = [visitor.open(lender.name, approval=share, section="decisions").words() for share in (60, 90)]
        assert "60%" in said[0]
        assert "90%" in said[1]
        assert visitor.address()["approval"] == "90"


@pytest.mark.parametrize(
    ("share", "figures"),
    [
        (0.7, ("70%", "71%", "52%", "86%", "41%", "33%", "4.4%", "35%", "5.7%")),
        (0.9, ("90%", "88%", "75%", "97%", "22%", "44%", "8.8%", "46%", "9.8%")),
    ],
)
def test_the_page_states_what_a_cut_off_of_other_segments_approves(lender: Scenario, share: float, figures: tuple):
    each = {"approval": [0, 0, 0.71, 0, 0.88], "far_off": [0, 0, 0.41, 0, 0.22], "bad_rate": [0, 0, 0.044, 0, 0.088]}
    generic = {"far_off": [0, 0, 0.35, 0, 0.46], "bad_rate": [0, 0, 0.057, 0, 0.098]}
    every = {"maml": each, "pooled": generic, BAYES: {"far_off": [0, 0, 0.33, 0, 0.44]}}
    study = SimpleNamespace(
        at=lambda name, shots, measure: [every[name][measure.removeprefix("carried_")]],
        range90=lambda name, shots, measure: np.array([[0, 0, 0.52, 0, 0.75], [1, 1, 0.86, 1, 0.97]]),
    )
    text = panel._carried(lender, study, 5, share)
    for language in LANGUAGES:
        assert sorted(re.findall(r"[\d.]+%", text[language])) == sorted(figures)


@pytest.mark.published
def test_another_margin_and_another_loss_go_into_the_address_and_into_the_sentence(
    lender: Scenario, server: LiveServer
):
    with Visitor(server.address) as visitor:
        words = visitor.open(lender.name, margin=12, lgd=40, section="decisions").words()
        assert "earns 12% of its amount and a bad one loses 40%" in words
        assert "a PD of 23.1% breaks even" in words, "12 / (12 + 40)"
        assert visitor.address() | {"margin": "12", "lgd": "40"} == visitor.address()
        assert "earns 16% of its amount" in visitor.slide("choose_margin", "16%").words()
        assert visitor.address()["margin"] == "16"


def test_the_switch_offers_the_accounts_that_were_measured(lender: Scenario):
    assert tuple(share / 100 for share in ACCOUNTS.values) == perturbations.known(lender)[ACCEPTED]
    assert ACCOUNTS.usual == 100


@pytest.mark.published
def test_labels_of_the_accepted_alone_go_into_the_address_and_into_the_sentence(lender: Scenario, server: LiveServer):
    part = results.robustness(lender.name).perturbations[ACCEPTED]
    with Visitor(server.address) as visitor:
        for place, share in enumerate(ACCOUNTS.values):
            words = visitor.open(lender.name, accounts=share, section="decisions").words()
            for name in results.robustness(lender.name).compared:
                low, high = part.score[name][place, 1:]
                assert f"({100 * low:.1f}–{100 * high:.1f}%)" in words
            assert ("If all matured accounts are labelled" in words) == (share == 100)
            assert (f"If only the best {share}% by generic score are labelled" in words) == (share != 100)
            assert visitor.address().get("accounts", "100") == str(share)


@pytest.mark.published
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_change_against_labels_of_all_accounts_has_its_sign_and_its_interval(lender: Scenario, language: Language):
    found = results.robustness(lender.name)
    local, lost = found.best["local"], found.perturbations[ACCEPTED].lost
    section = through_the_door.section(found, 50, language)
    mean, low, high = (f"{-100 * each:+.1f}".replace("-", "−") for each in lost[local][2])
    ends = f"{mean} ({high} to {low})" if language == "en" else f"{mean}（{high}～{low}）"
    assert ends in section.finding
    assert {"en": "unchanged", "zh": "不变"}[language] in section.finding, "a generic score sees no labels"
    assert section.spoken().startswith(section.finding[2:12]), "the figure's sentence is that of the chosen accounts"
    assert [shape.x0 for shape in section.figure.layout.shapes] == [2]


@pytest.mark.published
@pytest.mark.parametrize("language", LANGUAGES)
def test_profit_by_approval_is_the_published_one_with_its_interval_at_the_assumed_margin(
    lender: Scenario, language: Language
):
    study = results.study(lender.name)
    section = approval_profit.section(lender, study, 5, 0.7, MARGIN, LOSS_GIVEN_DEFAULT, language)
    profit = [part[APPROVALS.index(0.7)] for part in study.at("maml", 5, "profit_by_approval")]
    mean, low, high = (f"{each:.1f}" for each in profit)
    assert (f"{mean} ({low} to {high})" if language == "en" else f"{mean}（{low}～{high}）") in section.finding
    assert len(section.table()) == len(APPROVALS)
    names = {study.best(rung, 5) for rung in study.rungs} | {*DECISION.incumbents}
    assert len(section.figure.layout.annotations) == len(names)
    assert [shape.x0 for shape in section.figure.layout.shapes] == [0.7]


@pytest.mark.published
def test_profit_at_a_cut_off_has_its_interval_at_every_margin_and_loss(lender: Scenario):
    """At the assumed ones it is as wide as that of the study, which is of a cut-off next to the nearest edge."""
    study, found = results.study(lender.name), results.calibration(lender.name)
    _, low, high = study.at("maml", 5, "profit")
    place, _ = panel._nearest(study, 0.08, 0.6)
    ends = panel._profit_ends(study, found, "maml", 5, 0.08, 0.6)
    assert np.ptp(ends[place]) == pytest.approx(high - low, rel=0.1)
    np.testing.assert_allclose(panel._profit_ends(study, found, "maml", 5, 0.04, 0.3), ends / 2)
    column = panel._measures(study, 5, 0.7, 0.08, 0.6, lender.prose.task, "en")["profit, loan amounts"]
    first, last = ends[place]
    assert f"({first:.1f}\u2060–\u2060{last:.1f})" in column["meta-learned"]
    other = panel._profit(lender, study, 6, 0.16, 0.2, "en")
    assert "in loan amounts (95% CI) is:" in other.finding
    assert "measured with 7 labels per class" in other.method
    world = lender.in_world("strong")
    without = panel._profit(world, results.study(world.name), 5, 0.16, 0.2, "en")
    assert "95% CI" not in without.finding
    assert "without bands" in without.note


@pytest.mark.published
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("shots", [1, 5, 50])
def test_every_finding_names_the_score_that_a_lender_has(lender: Scenario, language: Language, shots: int):
    study = results.study(lender.name)
    found = results.calibration(lender.name)
    sections = (
        panel._profit(lender, study, shots, 0.08, 0.6, language),
        panel._strategy(lender, study, shots, 0.7, language),
        approval_profit.section(lender, study, shots, 0.7, 0.08, 0.6, language),
        panel._table(lender, study, shots, 0.7, 0.08, 0.6, language),
        panel._calibration(study, shots, language),
        novelty_section(study, language, incumbents=DECISION.incumbents),
        calibration_by_task.section(lender, study, found, shots, language),
    )
    for section in sections:
        assert {"en": "eneric score", "zh": "通用评分"}[language] in section.finding, section.key
        assert "{" not in section.finding + section.note + section.method + section.spoken()


@pytest.mark.published
def test_profit_at_the_break_even_is_the_published_one_but_for_the_next_edge_between_bins(lender: Scenario):
    """At the margin and the loss that the study assumed, whose break-even PD is close to an edge."""
    study = results.study(lender.name)
    place, _ = panel._nearest(study, MARGIN, LOSS_GIVEN_DEFAULT)
    for name in study.learners:
        profit = panel._approved(study, name, 5).profit(MARGIN, LOSS_GIVEN_DEFAULT)[place]
        assert profit == pytest.approx(study.at(name, 5, "profit")[0], abs=0.05), name
