"""Promise: the tab for decisions says whether acting on predictions pays, beside acting always and never."""

import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard import results
from dashboard.views import rungs
from dashboard.views.decisions.alarms import panel as alarms
from dashboard.views.decisions.screening import panel as screening
from scenarios.catalog import SCENARIOS
from scenarios.decisions.alarms.assumptions import STYLE_MIX, WINDOWS_PER_HOUR
from scenarios.decisions.screening.decision import PREVALENCE
from scenarios.learners.registry import META_LEARNED, RULE, Rung
from scenarios.scenario import Scenario
from scenarios.text import LANGUAGES, Language
from tests.live_server import LiveServer
from tests.visitor import Visitor

SCREENING, ALARMS = (
    [
        pytest.param(each, id=name, marks=pytest.mark.published)
        for name, each in SCENARIOS.items()
        if each.decision == kind
    ]
    for kind in ("screening", "alarms")
)


def drawn(figure: go.Figure) -> list[np.ndarray]:
    """The heights of its lines."""
    return [np.asarray(trace.y, float) for trace in figure.data]


@pytest.mark.parametrize("scenario", SCREENING)
def test_the_sentence_is_at_the_chosen_prevalence(scenario: Scenario, server: LiveServer):
    with Visitor(server.address) as visitor:
        words = visitor.open(scenario.name, prevalence=20, section="decisions").words()
    assert "A threshold of 20% means that one missed case costs as much as 4 false alarms" in words
    assert "of 200 among 1,000 patients" in words


@pytest.mark.parametrize("scenario", SCREENING)
@pytest.mark.parametrize("prevalence", [each / 100 for each in PREVALENCE.values])
def test_nothing_is_worth_more_than_finding_every_case(scenario: Scenario, prevalence: float):
    study = results.study(scenario.name)
    for shots in (1, 5, 50):
        at, curves, _, everybody = screening._benefits(study, None, shots, prevalence)
        assert list(curves) == rungs.sketched(study)
        for curve in (*curves.values(), everybody):
            assert len(curve) == len(at)
            assert curve.max() <= 1_000 * prevalence + 1e-9
        centre = int(np.abs(at - prevalence).argmin())
        assert at[centre] == pytest.approx(prevalence)
        assert everybody[centre] == pytest.approx(0, abs=1e-9)
        assert curves[META_LEARNED][centre] > 0


@pytest.mark.parametrize("scenario", [*SCREENING, *ALARMS])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_curve_stands_beside_acting_always_and_never_and_its_table_has_both(scenario: Scenario, language: Language):
    study = results.study(scenario.name)
    if scenario.decision == "screening":
        section, names = screening._worth(scenario, study, 1, 0.1, language), rungs.sketched(study)
    else:
        section, names = alarms._worth(scenario, study, 1, language), alarms._drawn(study)
    table = section.table()
    assert len(table.columns) == (3 * len(names) + 4 if scenario.decision == "screening" else len(names) + 3)
    assert len(drawn(section.figure)) == 2 * len(names) + 2, "curves with bands, acting always and never"
    assert len(section.figure.layout.annotations) == len(names) + 2
    for text in (section.finding, section.note, section.method, section.spoken()):
        assert "{" not in text
        assert "labels per class labels" not in text
        assert any("\u4e00" <= letter <= "\u9fff" for letter in text) == (language == "zh")


@pytest.mark.parametrize("scenario", SCREENING)
def test_net_benefit_at_a_threshold_of_others_takes_the_ends_of_sensitivity_and_of_specificity(scenario: Scenario):
    study = results.study(scenario.name)
    found, kept = (study.at("maml", 5, f"carried_{each}") for each in ("sensitivity", "specificity"))
    mean, low, high = (f"{1_000 * (0.2 * one - 0.2 * (1 - other)):.0f}" for one, other in zip(found, kept, strict=True))
    section = screening._worth(scenario, study, 5, 0.2, "en")
    assert "set on other differentials for 90% specificity" in section.method
    assert f"is worth {mean} ({low}–{high}) with meta-learning" in section.method


@pytest.mark.parametrize("scenario", SCREENING)
@pytest.mark.parametrize("language", LANGUAGES)
def test_cases_found_are_those_of_a_threshold_that_was_set_on_other_tasks(scenario: Scenario, language: Language):
    """One that is read on the judged patients themselves flatters methods on local labels."""
    study = results.study(scenario.name)
    verdict = screening._verdict(scenario, study, 5, 10)[language]
    local = study.best(Rung.LOCAL, 5)
    carried, own = (study.at(local, 5, measure)[0] for measure in ("carried_sensitivity", "sensitivity"))
    assert f"**{100 * carried:.0f}**" in verdict
    assert f"**{100 * own:.0f}**" not in verdict
    spread = screening._spread(scenario, study, 5, 10)
    low, high = study.range90("maml", 5, "carried_sensitivity")
    assert spread is not None
    assert f"{100 * low:.0f}" in spread[language]
    assert f"{100 * high:.0f}" in spread[language]
    section = screening._operating_point(scenario, study, 5, 0.1, language)
    assert f"{100 * own:.0f}%" in section.method, "what such a threshold would find is said with its measurement"
    assert all(text in section.finding for text in ("83%", "55%", "99%")), "a threshold from five non-cases"


@pytest.mark.parametrize("scenario", SCREENING)
def test_predictive_values_have_intervals_from_both_ends_of_sensitivity_and_specificity(scenario: Scenario):
    study = results.study(scenario.name)
    table = screening._table(study, 5, 0.1, "en")
    found, kept = (study.at("maml", 5, f"carried_{each}") for each in ("sensitivity", "specificity"))
    ppv, low, high = (100 * 0.1 * one / (0.1 * one + 0.9 * (1 - other)) for one, other in zip(found, kept, strict=True))
    assert table.loc["meta-learned", "PPV"].replace("\u2060", "") == f"{ppv:.0f}% ({low:.1f}–{high:.1f}%)"
    assert table.loc["meta-learned", "NPV"].count("%") == 2


@pytest.mark.parametrize("scenario", ALARMS)
def test_the_interval_of_net_alarms_adds_those_of_true_and_of_false_ones(scenario: Scenario):
    study = results.study(scenario.name)
    for name in alarms._drawn(study):
        ends, net = (
            alarms._ends(study, name, 5, np.array([0.0, 1.0])),
            alarms._net(study, name, 5, np.array([0.0, 1.0])),
        )
        np.testing.assert_allclose(ends.mean(1), net)
        found = np.atleast_1d(np.array(study.at(name, 5, "recall" if name == RULE else "carried_recall")).T)
        widest = np.ptp(np.atleast_2d(found)[..., 1:], axis=-1).max() * WINDOWS_PER_HOUR * STYLE_MIX[-1]
        assert 0 < np.ptp(ends[0]) <= widest + 1e-9, "a false alarm that costs nothing adds nothing"
        assert np.ptp(ends[1]) > 0


@pytest.mark.parametrize("scenario", ALARMS)
def test_an_alarm_in_every_window_finds_all_and_a_free_false_alarm_costs_nothing(scenario: Scenario):
    wanted = WINDOWS_PER_HOUR * STYLE_MIX[-1]
    assert alarms._always(np.array([0.0, 1.0])) == pytest.approx([wanted, 2 * wanted - WINDOWS_PER_HOUR])
    study = results.study(scenario.name)
    for name in alarms._drawn(study):
        true, false = alarms._alarms(study, name, 5)
        assert (true >= 0).all()
        assert (true <= wanted).all()
        assert len(true) == len(false) == (1 if name == RULE else 3)
        assert alarms._net(study, name, 5, np.zeros(1))[0] == pytest.approx(true.max())


@pytest.mark.parametrize("scenario", SCREENING)
def test_the_strip_and_the_table_of_calibration_have_every_prediction_that_is_drawn(scenario: Scenario):
    study = results.study(scenario.name)
    section = screening._calibration(study, 5, 0.1, "en")
    table = section.table()
    for name in ("meta-learned", "from scratch", "Bayes-optimal"):
        share, counted = (
            table[f"{name}, {what}"].dropna() for what in ("proportion of predictions", "predictions counted")
        )
        assert 0.95 < share.sum() <= 1 + 1e-3
        assert counted.sum() <= study.tasks * study.protocol.queries
    spikes = [trace for trace in section.figure.data if trace.yaxis == "y2"]
    assert [len(trace.x) for trace in spikes] == [table[f"{name}, predicted"].count() for name in (
        "meta-learned", "from scratch", "Bayes-optimal")]  # fmt: skip
