"""Promise: every page can be read in both languages, on a desk and on a phone, by day and by night, off the network."""

from typing import Literal

import pytest
from playwright.sync_api import Locator

from dashboard import words
from dashboard.glossary import TERMS
from dashboard.language import TAG
from scenarios.catalog import SCENARIOS
from scenarios.text import LANGUAGES, Language
from tests.browser.tab import DESKTOP, LATIN_SENTENCE, PHONE, POLLING, Tab
from tests.live_server import LiveServer
from tests.screen.test_pages import APPLICATIONS, CURVES, NAME, SCREENS, WITHOUT_CHARTS

# Minutes are short: each in one language, so that some sections are seen in either. Every application has a decision of
# its own; what else it has is drawn by the same code for all, except that the examples of some are rows of numbers and
# those of others signals. (That all of them open, in both languages, is seen without a browser: `test_pages.py`.)
ROWS = next(name for name in APPLICATIONS if len(SCENARIOS[name].example_shape) == 1 and name != NAME)
SIGNALS = next(name for name in APPLICATIONS if len(SCENARIOS[name].example_shape) == 2)
OPENED = [
    (page, section, LANGUAGES[place % 2])
    for place, (page, section) in enumerate(SCREENS)
    if section in ("", "decisions") or page == ROWS or (page == SIGNALS and section == "examples")
]
# Light or dark is for the whole product: no page knows of it, and every chart takes its colours from the theme. So the
# lights are turned on and off on one page of each kind; the others are seen in whichever light was left.
LIT = ("", NAME, "how", CURVES[0], "glossary")
LOOKS: list[tuple[Literal["light", "dark"], tuple[int, int]]] = [("light", DESKTOP), ("dark", PHONE)]
LINKED = {"faq": {"question": "02-how-does-it-differ"}}  # so that an answer with a chart is open

# Charts in an answer that is still folded have no width yet.
_FITTED = """() => [...document.querySelectorAll('[data-testid="stPlotlyChart"]')].every(chart => {
    if (!chart.checkVisibility()) return true;
    // As it was drawn: what is far from view need not be laid out yet.
    return Math.abs(chart.getBoundingClientRect().width - chart.querySelector('.main-svg').width.baseVal.value) < 3;
})"""
_CUT = """() => [...document.querySelectorAll(
    '.js-plotly-plot :is(.xtitle, .ytitle, .gtitle, .xtick text, .ytick text, .annotation-text, .legendtext)')]
    .filter(text => {
        const drawing = text.closest('.main-svg');
        const [seen, chart] = [text, drawing].map(box => box.getBoundingClientRect());
        const isLaidOut = seen.width && Math.abs(chart.width - drawing.width.baseVal.value) < 1;
        return isLaidOut && (seen.top < chart.top - 1 || seen.bottom > chart.bottom + 1
            || seen.left < chart.left - 1 || seen.right > chart.right + 1);
    }).map(text => text.textContent)"""
_BACKGROUND = """() => getComputedStyle(document.querySelector('[data-testid="stApp"]')).backgroundColor
    .match(/\\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 3"""


@pytest.fixture(scope="module", params=OPENED, ids=["-".join(filter(None, each)) for each in OPENED])
def opened(request: pytest.FixtureRequest, usual_tab: Tab, night_tab: Tab) -> tuple[Tab, Language]:
    """Each page, in the look in which the one before was seen last."""
    page, section, language = request.param
    tab = {"en": usual_tab, "zh": night_tab}[language]
    more = {"section": section} if section else LINKED.get(page, {})
    return tab.open(page, lang=language, **more), language


def charts(tab: Tab) -> Locator:
    """Those that can be seen: some lie in an answer that is still folded."""
    return tab.page.locator('[data-testid="stPlotlyChart"]:visible')


def test_a_page_opens_without_an_error(opened: tuple[Tab, Language]):
    tab, language = opened
    assert tab.errors() == []
    assert (charts(tab).count() >= 1) == (tab.path not in WITHOUT_CHARTS)
    assert words.PRODUCT[language] in tab.page.title()
    tab.page.wait_for_function(f"document.documentElement.lang === '{TAG[language]}'")


def test_nobody_but_the_server_is_asked_for_anything(opened: tuple[Tab, Language], server: LiveServer):
    tab, _ = opened
    assert len(tab.requested) > 10
    assert tab.hosts() == {server.address.removeprefix("http://")}


def test_a_page_fits_on_desks_and_phones_by_day_and_by_night(opened: tuple[Tab, Language]):
    tab, _ = opened
    on_a_desk = tab.size == DESKTOP  # the look that it has comes first: every change of it draws all charts anew
    for scheme, size in LOOKS if on_a_desk else LOOKS[::-1]:
        if tab.path in LIT:
            tab.look(scheme, size)
            shines = f"() => (({_BACKGROUND})() > 128) === {str(scheme == 'light').lower()}"
            tab.page.wait_for_function(shines, polling=POLLING)
        elif size != tab.size:
            tab.resize(size)
        tab.settle(_FITTED)
        assert tab.too_wide() == [], (scheme, size)
        assert tab.page.evaluate(_CUT) == [], (scheme, size)
        assert tab.errors() == []
        if size == DESKTOP and tab.path in APPLICATIONS:
            assert_first_screen_holds_the_result(tab)


def assert_first_screen_holds_the_result(tab: Tab) -> None:
    tab.page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollTo(0, 0)")
    for part in ("result", "next_example_chart", "labels_chart"):
        assert tab.bottom(tab.keyed(part)) <= DESKTOP[1], part


def test_every_chart_can_be_heard(opened: tuple[Tab, Language]):
    tab, _ = opened
    for chart in tab.page.get_by_test_id("stPlotlyChart").all():
        assert len(chart.get_attribute("aria-label") or "") > 20


def test_a_chinese_page_has_no_english_sentence(opened: tuple[Tab, Language]):
    tab, language = opened
    terms = {term.name.en for term in TERMS.values()}  # which the glossary shows beside the Chinese ones
    sentences = [text for text in tab.letters() if LATIN_SENTENCE.search(text) and text not in terms]
    if language == "zh":
        assert sentences == []
    else:
        assert len(sentences) > 3, "the search finds nothing even where everything is English"


def test_the_numbers_behind_every_chart_are_one_press_away(opened: tuple[Tab, Language]):
    tab, language = opened
    buttons = tab.page.get_by_role("button", name=words.NUMBERS[language])
    assert buttons.count() == charts(tab).count()
    assert tab.page.get_by_test_id("stPopoverBody").count() == 0
    if tab.path in WITHOUT_CHARTS:
        return
    buttons.first.click()
    tab.page.get_by_test_id("stPopoverBody").get_by_test_id("stDataFrame").wait_for()
    tab.page.keyboard.press("Escape")


def test_nothing_on_a_page_breaks_the_policy_that_the_server_sends(opened: tuple[Tab, Language]):
    """The last of a page's tests: the page is open, was seen in two looks, and its numbers were shown."""
    tab, _ = opened
    assert tab.violations == []
