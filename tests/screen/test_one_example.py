"""Promise: a press on a row of the query table shows all of that example, and why it is judged as it is."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import plotly.io
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import jobs
from dashboard.views import examples_panel, one_example_panel
from scenarios.atomic_files import save_arrays
from scenarios.catalog import SCENARIOS
from scenarios.demo import precomputed
from scenarios.demo.explanations import Contributions, Ranges
from scenarios.demo.precomputed import DemoTask, ExplainedExample, sample_demo_task
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


def _page(name: str) -> None:
    from dashboard import session
    from dashboard.views import scenario_page
    from scenarios.catalog import SCENARIOS

    session.arrive()
    scenario_page.show(SCENARIOS[name])
    session.leave()


@pytest.mark.published
def test_the_task_that_opens_a_page_is_shown_in_full_without_a_question_to_the_worker(
    classification: Scenario, monkeypatch: pytest.MonkeyPatch
):
    def refuse(function: object, *arguments: object) -> None:
        raise AssertionError(f"{function} is asked {arguments}")

    monkeypatch.setattr(jobs, "ask", refuse)
    page = AppTest.from_function(_page, default_timeout=120, kwargs={"name": classification.name})
    page.query_params = {"lang": "en"}
    page.run()
    assert not page.exception
    prose = classification.prose
    assert any(f"Other choices of 5 {prose.labels.en} of each class would have" in text.value for text in page.markdown)


@pytest.fixture
def prepared(classification: Scenario) -> tuple[DemoTask, ExplainedExample]:
    """The shipped answers to the first task, and what is said of one of its examples."""
    shown = precomputed.read(classification.name, precomputed.SEED, precomputed.DRAW, 5)
    assert shown is not None
    *_, explained, ranges = invented(classification)
    return shown, ExplainedExample(shown.least_certain, ranges, explained)


@pytest.mark.published
def test_an_explained_example_is_read_as_it_was_written(classification: Scenario, prepared, tmp_path: Path):
    shown, example = prepared
    first = classification.name, precomputed.SEED, precomputed.DRAW, 5
    packed = precomputed.pack({5: shown}, classification.name, {5: example})
    save_arrays(precomputed.presets_path(classification.name, tmp_path), **packed)
    again = precomputed.read(*first, tmp_path)
    assert again is not None
    assert again.least_certain == example.number, "also of probabilities that were rounded"
    found = precomputed.read_explained(*first, tmp_path)
    assert found is not None
    assert (found.number, found.contributions.usual) == (example.number, example.contributions.usual)
    np.testing.assert_allclose(found.contributions.adds, example.contributions.adds, rtol=1e-6)
    assert found.ranges.bands.keys() == example.ranges.bands.keys()
    for name, band in example.ranges.bands.items():
        np.testing.assert_allclose(found.ranges.bands[name], band, atol=5e-4)
    assert precomputed.read_explained(classification.name, precomputed.SEED + 1, *first[2:], tmp_path) is None


@pytest.mark.published
def test_without_an_explained_example_or_with_a_damaged_one_a_page_asks_for_it(
    classification: Scenario, prepared, tmp_path: Path
):
    shown, example = prepared
    first = classification.name, precomputed.SEED, precomputed.DRAW, 5
    adds, bands = example.contributions.adds, example.ranges.bands
    damaged = {
        "older": None,
        "number": replace(example, number=201),
        "quantities": replace(example, contributions=Contributions(adds[1:], 0.0)),
        "not finite": replace(example, contributions=Contributions(adds * np.nan, 0.0)),
        "upside down": replace(example, ranges=Ranges({name: band[::-1] for name, band in bands.items()})),
        "no model": replace(example, ranges=Ranges({"bayes": bands["bayes"]})),
    }
    for kind, wrong in damaged.items():
        folder = tmp_path / kind
        packed = precomputed.pack({5: shown}, classification.name, {5: wrong} if wrong else {})
        save_arrays(precomputed.presets_path(classification.name, folder), **packed)
        assert precomputed.read_explained(*first, folder) is None, kind
        assert precomputed.read(*first, folder) is not None, "the task itself is whole"
