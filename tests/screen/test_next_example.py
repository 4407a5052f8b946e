"""Promise: the first screen shows a new example beside the labelled ones, and what the models say of it."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.charts.values import ranks
from dashboard.views import next_example_panel as panel
from dashboard.views.formatting import in_units
from scenarios.catalog import SCENARIOS
from scenarios.demo import precomputed
from scenarios.demo.precomputed import sample_demo_task
from scenarios.learners.registry import META_LEARNED
from scenarios.scenario import Scenario
from scenarios.text import LANGUAGES, Language
from tests.live_server import LiveServer
from tests.visitor import Visitor

APPLICATIONS = [each for each in SCENARIOS.values() if each.decision]
ROWS = [each for each in APPLICATIONS if each.signal is None]
[WINDOWS] = [each for each in APPLICATIONS if each.signal is not None]


def prepared(scenario: Scenario) -> tuple:
    shown = precomputed.read(scenario.name, precomputed.SEED, precomputed.DRAW, 5)
    return sample_demo_task(scenario, precomputed.SEED, precomputed.DRAW, 5)[1], shown


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scenario", ROWS, ids=lambda scenario: scenario.name)
def test_all_values_of_the_example_are_there_with_the_probabilities_of_the_table(
    scenario: Scenario, language: Language
):
    draw, shown = prepared(scenario)
    section = panel.section(scenario, draw, shown, 9, language)
    assert f"{shown.risk(META_LEARNED)[8]:.0%}" in section.finding
    assert scenario.classes[draw.query.y[0, 8]][language] in section.finding
    values = [in_units(f, float(v), language) for f, v in zip(scenario.features, draw.query.x[0, 8], strict=True)]
    assert section.table()[panel._VALUE_COLUMN[language]].tolist() == values
    written = " ".join(word for trace in section.figure.data if trace.type == "scatter" for word in trace.text or ())
    for value in values:
        assert value in written


@pytest.mark.parametrize("scenario", ROWS, ids=lambda scenario: scenario.name)
def test_labelled_examples_are_drawn_by_their_rank_among_the_new_ones(scenario: Scenario):
    draw, shown = prepared(scenario)
    figure = panel.section(scenario, draw, shown, 1, "en").figure
    dots = [trace for trace in figure.data if trace.type == "scatter" and trace.mode == "markers"]
    assert [len(trace.x) for trace in dots] == [5 * len(scenario.features)] * 2 + [len(scenario.features)]
    known = draw.support.x[0][draw.support.y[0] == 0]
    np.testing.assert_allclose(dots[0].x, ranks(known, draw.query.x[0]).ravel(), atol=1e-6)


def test_a_rank_counts_ties_half():
    others = np.array([[0.0], [1.0], [1.0], [2.0]])
    np.testing.assert_allclose(ranks(np.array([[-1.0], [1.0], [3.0]]), others).ravel(), [0, 0.5, 1])


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_signals_there_is_a_window_of_each_class_with_its_median_probability(language: Language):
    draw, shown = prepared(WINDOWS)
    section = panel.windows(WINDOWS, WINDOWS.signal, draw, shown, language)
    risk, y = shown.risk(META_LEARNED), draw.query.y[0]
    for kind, name in enumerate(WINDOWS.classes):
        median = np.sort(risk[y == kind])[(y == kind).sum() // 2]
        assert f"{name[language]} {median:.0%}" in section.finding


def test_a_task_unlike_the_training_tasks_is_warned_of_at_once():
    draw, shown = prepared(ROWS[0])
    strange = replace(shown, p_value=0.001)
    assert "Caution" in panel.section(ROWS[0], draw, strange, 1, "en").finding
    assert "Caution" not in panel.section(ROWS[0], draw, shown, 1, "en").finding


@pytest.mark.published
def test_the_next_one_is_a_press_away_and_in_the_address(server: LiveServer):
    with Visitor(server.address) as visitor:
        visitor.open(ROWS[0].name, example=200)
        screen = visitor.press("next_example_button")
        assert visitor.address()["example"] == "1", "after the last one comes the first"
        assert f"**{ROWS[0].prose.example.en.capitalize()} 1," in screen.words()
