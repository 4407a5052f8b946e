"""Promise: a view is a list of sections: the finding, the figure, the numbers behind it, how it was measured."""

import json
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import results, session
from dashboard.charts.drawing import Drawing
from dashboard.charts.league import Pair
from dashboard.views import league_page, pictures, result_panel, section
from dashboard.views.section import Section
from scenarios.publication.drafts import complete
from scenarios.scenario import Scenario
from scenarios.text import LANGUAGES, Language

FIGURE = Drawing({"data": [{"type": "scatter", "y": [1, 2]}], "layout": {}})
NUMBERS = pd.DataFrame({"y": [1, 2]})


def test_a_figure_without_its_numbers_or_its_sentence_is_refused():
    with pytest.raises(ValueError, match="'bare' needs its table"):
        Section(key="bare", finding="A sentence.", figure=FIGURE)
    with pytest.raises(ValueError, match="alt text"):
        Section(key="mute", figure=FIGURE, table=NUMBERS)


def test_a_finding_is_read_aloud_without_its_bold_and_its_colours():
    loud = Section(key="loud", finding="MAML :blue[**0.92**], **well** ahead: [a, b].", figure=FIGURE, table=NUMBERS)
    assert loud.spoken() == "MAML 0.92, well ahead: [a, b]."


def test_nothing_but_a_section_draws_a_chart():
    """Else its numbers and its sentence can be forgotten. A stage has one for the last row, and a link to its page."""
    views = Path(section.__file__).parent
    found = {path.name for path in views.rglob("*.py") if "plotly_chart(" in path.read_text("utf-8")}
    assert found == {"section.py", "present_stage.py", "lesson_room.py"}


def _page() -> None:
    import pandas as pd
    import streamlit as st

    from dashboard import session
    from dashboard.charts.drawing import Drawing
    from dashboard.views.section import Section, draw_section
    from scenarios.text import Text

    session.arrive()
    figure = Drawing({"data": [{"type": "scatter", "y": [1, 2]}], "layout": {}})
    table = pd.DataFrame({"y": [1, 2]})
    part = Section(key="part", heading=Text(en="Part", zh="部分"), figure=figure, alt="A part.", table=table)
    lone = Section(key="table", finding="Only a table.", table=table)
    note = "A 95% CI of the mean squared error."
    method = "Of 300 tasks, the 95% CI."
    draw_section(
        Section(
            key="all",
            heading=Text(en="Whole", zh="整体"),
            finding="Found.",
            parts=(part, lone),
            note=note,
            method=method,
            command="make",
        )
    )
    draw_section(
        Section(key="plain", finding="**Heard.**", figure=figure, table=table, note=note, is_explained=True),
        controls=lambda: st.text("Press."),
    )


def test_a_section_is_drawn_from_its_heading_to_its_command():
    page = AppTest.from_function(_page, default_timeout=60).run()
    assert not page.exception
    drawn = [element.type for element in page.main if element.type not in ("main", "flex_container", "column")]
    tools = ["popover", "html"]
    part, lone = ["markdown", "plotly_chart", *tools], ["markdown", "table"]
    assert drawn == [
        *("subheader", "markdown", *part, *lone, "caption", "expander", "caption", "code"),
        *("markdown", "plotly_chart", *tools, "text", "caption"),
    ]
    (method,) = page.expander
    assert (method.label, method.proto.expanded) == ("How this was measured", False)
    assert [each.value for each in method.caption] == ["Of 300 tasks, the 95% CI."]
    assert [each.value for each in method.code] == ["make"]
    assert [chart.proto.alt for chart in page.get("plotly_chart")] == ["A part.", "Heard."]
    assert [bool(note.proto.help) for note in page.caption] == [False, False, True], "the glossary, if it is asked for"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scenario", complete(), ids=lambda scenario: scenario.name)
def test_sections_are_built_without_a_page(scenario: Scenario, language: Language, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(session, "view", lambda: pytest.fail("a section depends on the visit"))
    study, league = results.study(scenario.name), results.league(scenario.name)
    pair = Pair("maml", league.best["local"][0], league.trade)
    sections = [
        pictures.labels_section(study, 5, language, height=300),
        pictures.novelty_section(study, language),
        *(league_page._section(league, which, 5, pair, "Text.", language) for which in ("regret", "curves", "costs")),
    ]
    sections.append(result_panel.labels(scenario, study, 5, language))
    for built in sections:
        table = built.table() if callable(built.table) else built.table
        assert table is not None
        assert len(table) > 1
        assert json.loads(built.figure.text())["data"]
        assert any("\u4e00" <= letter <= "\u9fff" for letter in built.spoken()) == (language == "zh")
