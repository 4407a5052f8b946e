"""Promise: every page opens in both languages, and what a reader has chosen goes with them wherever they go."""

import re
import unicodedata
from urllib.parse import urlencode

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.Markdown_pb2 import Markdown
from streamlit.testing.v1 import AppTest

from dashboard import pages
from dashboard.permalink import LAST_SEED, SECTIONS
from scenarios.catalog import SCENARIOS
from scenarios.scenario import Scenario
from scenarios.text import LANGUAGES
from tests.live_server import LiveServer
from tests.visitor import Screen, Visitor

APPLICATIONS = [name for name, scenario in SCENARIOS.items() if not scenario.regression]
CURVES = [name for name, scenario in SCENARIOS.items() if scenario.regression]
# In the order of the menu: home, the applications, the foundations, a look inside, and questions.
PAGES = [
    "", *APPLICATIONS, "how", *CURVES, "study", "representations", "challenges", "plan", "own", "train",
    "present", "room", "exercises", "faq", "glossary", "resources",
]  # fmt: skip
# Every page, those of applications with each of their sections open.
SCREENS = [(page, section) for page in PAGES for section in (SECTIONS if page in APPLICATIONS else ("",))]
_LINE = 190  # letters of a caption that fit into a line on a desk
WITHOUT_CHARTS = ("train", "own", "present", "room", "exercises", "glossary", "resources")  # until one trains
LOCALES = {"en": "en-GB", "zh": "zh-Hans-CN"}
NAME = min(APPLICATIONS, key=lambda name: SCENARIOS[name].recipe.inner_steps)  # the one that answers soonest
TASK = SCENARIOS[NAME].prose.task.en.capitalize()


def test_the_menu_has_every_page_in_the_order_of_its_groups(server: LiveServer):
    with Visitor(server.address) as english, Visitor(server.address, "zh-TW") as chinese:
        for visitor, language in ((english, "en"), (chinese, "zh")):
            visitor.open()
            assert list(visitor.pages) == PAGES
            assert visitor.pages == {name: pages.TITLE[name][language] for name in PAGES}


def _captions(screen: Screen) -> list[str]:
    """Return the captions that are not folded at first."""
    folded = [place for place, delta in screen.deltas.items() if "method_" in delta.add_block.id]
    return [
        delta.new_element.markdown.body
        for place, delta in screen.deltas.items()
        if delta.new_element.markdown.element_type == Markdown.Type.CAPTION
        and not any(place[: len(block)] == block for block in folded)
    ]


def _width(text: str) -> int:
    """Return how wide a text is, in Latin letters."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


@pytest.mark.published
@pytest.mark.parametrize(("page", "section"), SCREENS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_opens_and_each_of_its_charts_can_be_heard_and_read(
    server: LiveServer, page: str, section: str, language: str
):
    with Visitor(server.address, LOCALES[language]) as visitor:
        screen = visitor.open(page, **({"section": section} if section else {}))
    assert (screen.errors(), screen.crashes()) == ([], [])
    charts = screen.elements("plotly_chart")
    assert bool(charts) == (page not in WITHOUT_CHARTS)
    for chart in charts:
        assert len(chart.alt) > 20
        assert "{" not in chart.alt
        assert any("\u4e00" <= letter <= "\u9fff" for letter in chart.alt) == (language == "zh")
    assert [text for text in _captions(screen) if _width(text) > _LINE] == []
    assert sum("_numbers" in delta.add_block.id for delta in screen.deltas.values()) == len(charts)


def test_a_link_shows_the_same_view_in_both_languages(server: LiveServer, kind: Scenario):
    chosen = {"shots": "7", "seed": "31", "draw": "2", "prevalence": "20", "approval": "80", "budget": "12"}
    chosen |= {"section": "story"}
    with Visitor(server.address) as visitor:
        for language in LANGUAGES:
            screen = visitor.open(kind.name, lang=language, **chosen)
            assert screen.errors() == []
            assert visitor.address() == {"lang": language, **chosen}
            slider = screen.elements("slider")[0]
            assert list(slider.raw_value) == ["7"]
            assert screen.link() == f"{server.address}/{kind.name}?{urlencode(chosen)}"


def test_an_address_without_a_language_follows_the_browser(server: LiveServer):
    for locale, language in (("zh-CN", "zh"), ("zh", "zh"), ("en-US", "en"), ("de-DE", "en"), ("", "en")):
        with Visitor(server.address, locale) as visitor:
            visitor.open(shots=9)
            assert visitor.address()["lang"] == language


def test_changing_pages_keeps_what_was_chosen(server: LiveServer):
    with Visitor(server.address) as visitor:
        visitor.open(NAME, lang="zh", shots=3, seed=8)
        visitor.slide("choose_shots", 11)
        expected = {"lang": "zh", "shots": "11", "seed": "8", "draw": "0"}
        for page in ("faq", "", NAME):
            screen = visitor.go_to(page)
            assert screen.errors() == []
            assert visitor.address() == expected


def test_a_page_that_is_chosen_has_its_whole_address_before_anything_of_it_is_drawn(server: LiveServer):
    """What a visitor copies while the page waits for the worker, and what remains of a run that is broken off."""

    class Watchful(Visitor):
        def _take(self, reply: ForwardMsg, screen: Screen) -> None:
            super()._take(reply, screen)
            seen.append((reply.WhichOneof("type"), self.query))

    with Watchful(server.address) as visitor:
        seen: list[tuple[str | None, str]] = []
        visitor.open(NAME, lang="zh", shots=3, seed=8)
        before = visitor.query
        seen.clear()
        visitor.go_to(CURVES[0])
        kinds = [kind for kind, _ in seen]
        assert kinds.count("page_info_changed") == 1, "each is a step of the browser's history"
        assert (
            kinds.index("page_info_changed") < kinds.index("navigation") < len(kinds) - 1 - kinds[::-1].index("delta")
        )
        assert {query for _, query in seen[kinds.index("navigation") :]} == {before}
        seen.clear()
        visitor.slide("choose_shots", 11)
        kinds = [kind for kind, _ in seen]
        assert kinds.count("page_info_changed") == 1
        assert kinds.index("page_info_changed") < kinds.index("delta")


def test_what_is_chosen_shows_on_one_scenario_after_another(server: LiveServer):
    """On another page a widget is a new one, and shows what it is told to show, not what it showed elsewhere."""
    with Visitor(server.address) as visitor:
        visitor.open(NAME, shots=10, seed=1, section=SECTIONS[1])
        for page in (*CURVES, *APPLICATIONS, *reversed(CURVES)):
            screen = visitor.go_to(page)
            [slider] = [slider for slider in screen.elements("slider") if slider.id.endswith("choose_shots")]
            assert (slider.set_value, list(slider.raw_value)) == (True, ["10"]), page
            tabs = [delta.add_block.tab_container for delta in screen.deltas.values() if "choose_section" in str(delta)]
            assert [tab.default_tab_index for tab in tabs] == ([1] if page in APPLICATIONS else []), page


def card(screen: Screen) -> str:
    """What is said of the task that is on the screen."""
    return next(text for text in screen.words().splitlines() if re.search(rf"\*\*{TASK} \d+\.", text))


def test_another_task_keeps_the_labels_and_another_draw_keeps_the_task(server: LiveServer):
    with Visitor(server.address) as visitor:
        first = card(visitor.open(NAME, shots=3, seed=8, draw=5))
        assert card(visitor.press("another_draw")) == first
        assert (visitor.address()["seed"], visitor.address()["draw"], visitor.address()["shots"]) == ("8", "6", "3")
        assert card(visitor.press("another_task")) != first
        assert (visitor.address()["seed"], visitor.address()["draw"], visitor.address()["shots"]) == ("9", "0", "3")


def test_after_the_last_task_comes_the_first(server: LiveServer):
    with Visitor(server.address) as visitor:
        visitor.open(NAME, seed=LAST_SEED)
        assert visitor.press("another_task").errors() == []
        assert visitor.address()["seed"] == "0"


@pytest.mark.parametrize("shots", [1, 50])
def test_a_page_stands_at_both_ends_of_the_slider(server: LiveServer, shots: int):
    with Visitor(server.address) as visitor:
        usual, screen = visitor.open(NAME), visitor.open(NAME, shots=shots, seed=77)
        assert (screen.errors(), screen.crashes()) == ([], [])
        assert len(screen.elements("plotly_chart")) == len(usual.elements("plotly_chart"))


def test_a_slider_moved_beyond_its_ends_by_force_changes_nothing(server: LiveServer):
    with Visitor(server.address) as visitor:
        visitor.open(NAME, shots=6)
        for value in (51, 0, -3, 1e9, 23):
            assert visitor.slide("choose_shots", value).crashes() == []
            assert 1 <= int(visitor.address()["shots"]) <= 50


def test_a_second_choice_made_before_the_browser_hears_of_the_first_ones_address_counts(server: LiveServer):
    with Visitor(server.address) as visitor:
        visitor.open(NAME, shots=5, seed=30)
        still_in_the_address_bar = visitor.query
        visitor.slide("choose_shots", 6)
        visitor.query = still_in_the_address_bar
        visitor.slide("choose_shots", 7)
        assert visitor.address()["shots"] == "7"
        visitor.query = still_in_the_address_bar
        visitor.press("another_task")
        assert (visitor.address()["seed"], visitor.address()["shots"]) == ("31", "7")


def _script_that_is_sometimes_interrupted() -> None:
    import streamlit as st

    from dashboard import session

    session.arrive()
    st.text(str(session.view().shots))
    if st.query_params.get("seed") == "13":
        st.stop()  # as the next click stops a run that is still waiting for the worker
    session.leave()


def test_back_and_forward_are_followed_even_faster_than_the_page_can_run():
    page = AppTest.from_function(_script_that_is_sometimes_interrupted)
    said = []
    for shots, seed in (("6", "1"), ("5", "13"), ("6", "1"), ("5", "1")):
        page.query_params = {"lang": "en", "shots": shots, "seed": seed, "draw": "0"}
        said.append(page.run(timeout=120).text[0].value)
    assert said == ["6", "5", "6", "5"]


def test_two_readers_do_not_change_each_others_page(server: LiveServer):
    with Visitor(server.address) as one, Visitor(server.address, "zh-CN") as other:
        one.open(NAME, shots=4, seed=20)
        other.open(NAME, shots=9, seed=21)
        one.slide("choose_shots", 5)
        other.press("another_draw")
        assert one.address() == {"lang": "en", "shots": "5", "seed": "20", "draw": "0"}
        assert other.address() == {"lang": "zh", "shots": "9", "seed": "21", "draw": "1"}
