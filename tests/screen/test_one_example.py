"""Promise: a press on a row of the query table shows all of that example, and why it is judged as it is."""

import re

import numpy as np
import plotly.io
import pytest

from dashboard.views import examples_panel, one_example_panel
from scenarios.catalog import SCENARIOS
from scenarios.demo.explanations import Contributions, Ranges
from scenarios.demo.precomputed import DemoTask, sample_demo_task
from scenarios.episode import Draw
from scenarios.learners.registry import demonstrated
from scenarios.scenario import Scenario
from scenarios.text import LANGUAGES, Language
from tests.live_server import LiveServer
from tests.visitor import Screen, Visitor

APPLICATIONS = [name for name, scenario in SCENARIOS.items() if not scenario.regression]


def invented(scenario: Scenario) -> tuple[Draw, DemoTask, Contributions, Ranges]:
    """A task, answers of nobody, and what is said of one of its examples."""
    _, draw = sample_demo_task(scenario, 5, 0, 5)
    rng, queries = np.random.default_rng(0), draw.query.y.shape[1]
    answers = {name: rng.dirichlet(np.ones(scenario.ways), queries) for name in demonstrated(scenario)}
    adds = np.linspace(0.4, -0.5, len(scenario.explained_by))
    ends = np.repeat([[0.21], [0.79]], queries, axis=1)
    return draw, DemoTask({}, {}, {}, answers, {}), Contributions(adds, -0.2), Ranges({"maml": ends, "bayes": ends})


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sentence_has_the_probability_its_range_what_moves_it_and_the_truth(
    classification: Scenario, language: Language
):
    draw, shown, explained, ranges = invented(classification)
    text = one_example_panel.answer(classification, draw, shown, 17, explained, ranges, 5, language).finding
    for figure in (f"{100 * shown.risk('maml')[16]:.0f}%", "21%", "79%", "17"):
        assert figure in text
    names = [feature.label[language] for feature in classification.explained_by]
    assert text.lower().index(names[0].lower()) < text.lower().index(names[-1].lower())
    assert f"**{classification.classes[draw.query.y[0, 16]][language]}**" in text
    without = one_example_panel.answer(classification, draw, shown, 17, explained, None, 5, language).finding
    assert "79%" not in without


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_method_of_the_table_has_its_row_and_a_bar_if_it_sees_labels(
    classification: Scenario, language: Language
):
    draw, shown, _, ranges = invented(classification)
    section = one_example_panel.probabilities(classification, draw, shown, 17, ranges, language)
    table = section.table()
    listed = examples_panel.query_table(classification, draw, shown, language)
    assert table.iloc[:, 0].tolist() == list(listed.columns[2:])
    assert table.iloc[:, 1].tolist() == listed.iloc[16, 2:].tolist()
    assert table.iloc[:, 2].notna().sum() == 2
    assert "NaN" not in plotly.io.to_json(section.figure)
    assert sum(trace.mode == "lines" for trace in section.figure.data) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_value_stands_there_in_units_with_its_flag_its_range_and_its_factor(
    classification: Scenario, language: Language
):
    draw, _, explained, _ = invented(classification)
    section = one_example_panel.reasons(classification, draw, 17, explained, language)
    features = classification.explained_by
    written = [note.text for note in section.figure.layout.annotations]
    values = classification.measured(draw.query.x[0, 16])
    for feature, value, text in zip(features, values, written, strict=False):
        assert text.startswith(feature.label[language])
        assert feature.unit[language] == "count" or feature.unit[language] in text
        assert ("↑" in text, "↓" in text) == (feature.flag(round(float(value), feature.decimals)) == 1,
                                              feature.flag(round(float(value), feature.decimals)) == -1)  # fmt: skip
    assert len(section.table()) == len(features)
    assert ("†" in section.note) == any("†" in text for text in section.figure.data[0].text)


def finding(screen: Screen) -> str:
    """The sentence about the example that is explained, below the one on the first screen."""
    begins = f"**{SCENARIOS[APPLICATIONS[0]].prose.example.en.capitalize()} "
    [_, text] = [each.body for each in screen.elements("markdown") if each.body.startswith(begins)]
    return text


@pytest.mark.published
def test_a_press_on_a_row_shows_that_example_and_its_link_shows_it_again(server: LiveServer):
    name = APPLICATIONS[0]
    with Visitor(server.address) as visitor:
        opened = finding(visitor.open(name, seed=5))
        assert "example" not in visitor.address(), "until one is chosen, the page chooses"
        pressed = finding(visitor.select_row("query_rows", 2))
        number = visitor.address()["example"]
        assert pressed.startswith(f"**{SCENARIOS[name].prose.example.en.capitalize()} {number},")
        assert pressed != opened
        assert len(re.findall(r"\d+%", pressed)) == 3, "the probability and its range"
        assert finding(visitor.select_row("query_rows", 4, marked=2)) != pressed, "a cell counts as its row"
        assert finding(visitor.select_row("query_rows", 2, marked=4)) == pressed
        assert finding(visitor.open(name, seed=5, example=number)) == pressed
        visitor.press("another_task")
        assert "example" not in visitor.address(), "another task has other examples"


@pytest.mark.published
@pytest.mark.parametrize("row", [200, -1, 10**9])
def test_a_row_that_is_not_there_changes_nothing(server: LiveServer, row: int):
    with Visitor(server.address) as visitor:
        visitor.open(APPLICATIONS[0], seed=5, section="examples")
        screen = visitor.select_row("query_rows", row)
        assert screen.crashes() == []
        assert "example" not in visitor.address()
