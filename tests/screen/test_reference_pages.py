"""Promise: home makes the point in one minute; questions can be linked and found; words stand in both languages."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from dashboard import pages, results, words
from dashboard.glossary import TERMS
from dashboard.resources import KINDS, REPLACED, RESOURCES
from dashboard.views import facts, faq_page, glossary_page, searching
from dashboard.views.decisions.catalog import PANELS
from scenarios.catalog import SCENARIOS
from scenarios.text import LANGUAGES
from tests.live_server import LiveServer
from tests.visitor import Screen, Visitor

APPLICATIONS = {name: scenario for name, scenario in SCENARIOS.items() if not scenario.regression}
CODES = [
    *faq_page.questions(),
    *(f"{name}--{each}" for name in SCENARIOS for each in faq_page.questions(faq_page.folder_of(name))),
]
OF_A_SCENARIO = next(code for code in CODES if "--" in code)


def expanders(screen: Screen) -> list[tuple[str, bool]]:
    """What stands on each question, and whether it is open, from top to bottom."""
    blocks = [delta.add_block for _, delta in sorted(screen.deltas.items()) if delta.HasField("add_block")]
    found = [block.expandable for block in blocks if block.WhichOneof("type") == "expandable"]
    return [(each.label.strip("*"), each.expanded) for each in found]


def heading(code: str, language: str) -> str:
    scenario, _, name = code.rpartition("--")
    folder = faq_page.folder_of(scenario) if scenario else faq_page.FOLDER
    return facts.prose(folder, name, language).splitlines()[0].removeprefix("# ")


def test_without_a_link_all_questions_are_there_and_only_the_first_is_open(server: LiveServer):
    for language in LANGUAGES:
        with Visitor(server.address) as visitor:
            found = expanders(visitor.open("faq", lang=language))
            assert sorted(text for text, _ in found) == sorted(heading(code, language) for code in CODES)
            assert [text for text, is_open in found if is_open] == [heading(CODES[0], language)]


@pytest.mark.parametrize("code", [CODES[-1], OF_A_SCENARIO, "11-when-does-it-fail"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_link_of_a_question_opens_it_before_all_others(server: LiveServer, code: str, language: str):
    with Visitor(server.address) as visitor:
        screen = visitor.open("faq", lang=language, question=code)
        assert (screen.errors(), screen.crashes()) == ([], [])
        found = expanders(screen)
        assert found[0] == (heading(code, language), True)
        assert len(found) == len(CODES)
        assert not any(is_open for _, is_open in found[1:])
        assert visitor.address()["question"] == code


def test_who_comes_from_a_scenario_finds_its_questions_first(server: LiveServer):
    with Visitor(server.address) as visitor:
        found = expanders(visitor.open("faq", lang="en", about="credit_risk"))
        assert found[0] == (heading(next(code for code in CODES if code.startswith("credit_risk--")), "en"), True)
        assert len(found) == len(CODES)


def test_every_question_offers_its_own_link(server: LiveServer):
    with Visitor(server.address) as visitor:
        said = visitor.open("faq", lang="zh").words()
    links = [piece.split(")")[0] for piece in said.split("](?")[1:]]
    linked = [dict(parse_qsl(urlsplit(f"?{link}").query)) for link in links]
    assert [link["question"] for link in linked] == CODES
    assert {link["lang"] for link in linked} == {"zh"}


@pytest.mark.parametrize("code", ["no-such-question", "..", "{tasks}", "medical--", "-", "a" * 65, "<b>"])
def test_a_link_to_no_question_shows_all_of_them(server: LiveServer, code: str):
    with Visitor(server.address) as visitor:
        screen = visitor.open("faq", question=code)
        assert (screen.errors(), screen.crashes()) == ([], [])
        assert len(expanders(screen)) == len(CODES)


@pytest.mark.parametrize(("language", "sought"), [("en", "REJECT inference"), ("zh", "拒绝推断")])
def test_the_search_finds_in_both_languages(server: LiveServer, language: str, sought: str):
    with Visitor(server.address) as visitor:
        visitor.open("faq", lang=language)
        screen = visitor.write("faq_search", sought)
        found = expanders(screen)
        assert 1 <= len(found) < len(CODES)
        assert faq_page._FOUND.format(found=len(found), all=len(CODES))[language] in screen.words()
        nothing = visitor.write("faq_search", "qzxqzx")
        assert expanders(nothing) == []
        assert faq_page._NONE_FOUND[language] in nothing.words()
        assert len(expanders(visitor.write("faq_search", ""))) == len(CODES)


def test_a_search_heeds_neither_capitals_nor_full_width_letters_and_wants_every_word():
    assert searching.holds("The AUROC of a model", ["auroc", "model"])
    assert searching.holds("ＡＵＲＯＣ 是排序指标", ["auroc", "排序"])
    assert not searching.holds("The AUROC of a model", ["auroc", "gini"])
    assert searching.holds("anything", [])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_glossary_has_both_names_and_the_meaning_in_the_readers_language(server: LiveServer, language: str):
    with Visitor(server.address) as visitor:
        screen = visitor.open("glossary", lang=language)
        said = screen.words()
        for term in TERMS.values():
            assert term.name.en in said
            assert term.name.zh in said
            assert term.meaning[language] in said
        found = visitor.write("glossary_search", TERMS["ks"].name[language]).words()
        assert TERMS["ks"].meaning[language] in found
        assert TERMS["jerk"].meaning[language] not in found


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_resources_page_links_everything_under_its_kind_and_says_what_was_replaced(
    server: LiveServer, language: str
):
    with Visitor(server.address) as visitor:
        said = visitor.open("resources", lang=language).words()
    for resource in RESOURCES:
        title = resource.title if isinstance(resource.title, str) else resource.title[language]
        assert f"[{title}]({resource.url})" in said
        assert resource.gives[language] in said
        assert resource.kind in KINDS
    assert all(text[language] in said for text in REPLACED)


@pytest.mark.parametrize("language", LANGUAGES)
def test_home_has_one_card_for_every_application_with_its_result_and_its_curve(server: LiveServer, language: str):
    with Visitor(server.address) as visitor:
        screen = visitor.open(lang=language)
        said = screen.words()
        for name, scenario in APPLICATIONS.items():
            assert said.count(scenario.prose.question[language]) == 1
            panel = PANELS[scenario.decision]
            verdict = panel.verdict(scenario, results.study(name), scenario.default_shots, panel.parameter.usual)
            assert words.spaced(verdict[language]) in said, "in the profession's own units"
        assert words.NO_ADVICE[language].partition("{")[0] in said
        buttons = [button.id.rsplit("-", 1)[1] for button in screen.elements("button")]
        assert [each for each in buttons if each.startswith("open_")] == [
            *(f"open_{n}" for n in APPLICATIONS),
            "open_how",
        ]
        assert len(screen.elements("plotly_chart")) == len(APPLICATIONS)


def test_home_leads_every_kind_of_reader_to_a_page(server: LiveServer):
    with Visitor(server.address) as visitor:
        screen = visitor.open()
        labels = [link.label for link in screen.elements("page_link")]
    applications = {scenario.prose.title.en for scenario in APPLICATIONS.values()}
    curves = {scenario.prose.title.en for scenario in SCENARIOS.values() if scenario.regression}
    assert applications | curves | {pages.TITLE[page].en for page in ("how", "present", "study")} <= set(labels)
    assert [minutes for label in labels for minutes in re.findall(r"^(\d+) min", label)] == ["1", "5", "30"]
    decisions = {link.label for link in screen.elements("page_link") if "section=decisions" in link.query_string}
    assert decisions == applications, "each profession's link opens its decisions"


def test_the_glossary_is_in_the_order_in_which_its_reader_looks_words_up():
    names = {language: [term.name[language] for term in glossary_page.in_order(language)] for language in LANGUAGES}
    assert names["en"] == sorted(names["en"], key=str.casefold)
    places = [
        names["zh"].index(name) for name in ("ANIL（几乎无内循环）", "贝叶斯最优预测", "过拟合", "任务", "准确率")
    ]
    assert places == sorted(places)  # bei, guo, ren, zhun
