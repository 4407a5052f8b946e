"""Promise: a page says what fewer other tasks, wrong labels or an unlike task would change, in published figures."""

import pytest

from dashboard import results
from dashboard.language import percent, scored
from dashboard.permalink import View
from dashboard.views.decisions.catalog import PANELS
from dashboard.views.decisions.decision_panel import chosen
from scenarios.catalog import SCENARIOS
from scenarios.protocol import OTHER_LABELS_EACH
from scenarios.publication.results import OtherTasksResults, SituationsResults
from tests.live_server import LiveServer
from tests.visitor import Visitor

MEASURED = results.measured(OtherTasksResults)


def said(visitor: Visitor, scenario: str, **view: object) -> str:
    screen = visitor.open(scenario, **view)
    assert screen.errors() == []
    return screen.words()


def figure(scenario: str, found: OtherTasksResults, learner: str, shots: int) -> str:
    """A learner's measure that the page states first, with 100 other tasks; its score where that was not measured."""
    panel, stated = PANELS[SCENARIOS[scenario].decision], found.at(learner, 100, shots, "headline")
    if stated is None:
        return scored(found.at(learner, 100, shots)[0], found.metric, 1)
    return panel.headline(stated[0], chosen(panel.parameter, View()) if panel.parameter else 0)


@pytest.mark.published
@pytest.mark.parametrize("scenario", MEASURED)
def test_other_conditions_are_answered_with_published_figures(server: LiveServer, scenario: str):
    found, study = results.other_tasks(scenario), results.study(scenario)
    with Visitor(server.address) as visitor:
        text = said(visitor, scenario, tasks=100, shots=5)
        for name in ("maml", found.best_simple(5)):
            assert figure(scenario, found, name, 5) in text
        assert "100 other" in text
        text = said(visitor, scenario, tasks=100, shots=40)
        most = found.shots[-1]
        assert figure(scenario, found, "maml", most) in text
        assert f"measured with {most} labels per class, not with 40" in text
        text = said(visitor, scenario, novelty=0.7)
        assert "At a task shift of ρ = 0.7, 49% of a " in text, "ρ is the share of the signal's length"
        place = study.novelty.rho.index(0.7)
        assert scored(study.novelty.score["maml"][place, 0], study.metric, 1) in text
        assert f"appears in {percent(float(study.power(0.7)[0]))}" in text
        if scenario in results.measured(SituationsResults):
            text = said(visitor, scenario, label_errors=20, tasks=100, shots=5)
            wrong = results.situations(scenario).applied_to(found, OTHER_LABELS_EACH[-1], 0.2)
            assert scored(wrong.at(wrong.best_simple(5), 100, 5)[0], found.metric, 1) in text
            assert "20% of all labels wrong" in text


def test_a_novelty_that_was_not_measured_moves_to_the_nearest_one(server: LiveServer):
    with Visitor(server.address) as visitor:
        said(visitor, "medical_diagnosis", novelty=0.72)
        assert visitor.address()["novelty"] == "0.7"
        assert 0.7 in results.study("medical_diagnosis").novelty.rho


def test_a_scenario_whose_other_tasks_were_not_measured_says_nothing_of_them(server: LiveServer):
    without = next((name for name in SCENARIOS if SCENARIOS[name].decision and name not in MEASURED), None)
    if without is None:
        pytest.skip("all are measured")
    with Visitor(server.address) as visitor:
        assert "What if" not in said(visitor, without)
