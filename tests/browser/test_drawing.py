"""Promise: a chart is drawn where its reader can see it, from the drawing before it, and on paper in any case."""

import pytest

from tests.browser.tab import POLLING, Tab
from tests.screen.test_pages import NAME

FAR, NEAR = "reasons_chart", "labels_chart"
DRAWN = "key => Boolean(document.querySelector(`.st-key-${key} .main-svg`))"
WAITS = "key => Boolean(document.querySelector(`.st-key-${key} [data-waits]`))"
ANSWERED = "() => document.querySelector('[data-testid=\"stApp\"]').dataset.testScriptState === 'notRunning'"


@pytest.fixture
def arrived(tab: Tab) -> Tab:
    """The page as it stands at first, without a look at what lies below."""
    tab.open("glossary")
    tab.open(NAME, shots=5, seed=1, settles=False)
    tab.page.wait_for_function(DRAWN, arg=NEAR, polling=POLLING)
    tab.page.wait_for_function(WAITS, arg=FAR, polling=POLLING)
    tab.page.wait_for_function(ANSWERED, polling=POLLING)
    return tab


def test_a_chart_far_below_is_drawn_when_its_reader_comes_near(arrived: Tab):
    page = arrived.page
    height = arrived.height()
    arrived.keyed(FAR).scroll_into_view_if_needed()
    page.wait_for_function(f"key => ({DRAWN})(key) && !({WAITS})(key)", arg=FAR, polling=POLLING)
    assert abs(arrived.height() - height) < 3, "the page moves while it is read"


def test_paper_has_charts_that_nobody_has_scrolled_to(arrived: Tab):
    arrived.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert arrived.page.evaluate(DRAWN, FAR)


def test_a_chart_in_a_folded_answer_is_drawn_when_the_answer_is_opened(tab: Tab):
    tab.open("faq", question="02-how-does-it-differ")
    page = tab.page
    chart = page.locator(".st-key-novelty_chart .main-svg").first
    assert chart.count() == 0 or not chart.is_visible()
    page.locator("details", has=page.locator(".st-key-novelty_chart")).locator("summary").press("Enter")
    chart.wait_for()


def test_a_slider_changes_the_drawing_that_is_there(arrived: Tab):
    page, there = arrived.page, f".st-key-{NEAR} .js-plotly-plot"
    before = page.query_selector(there)
    arrived.keyed("choose_shots").get_by_role("slider").press("ArrowRight")
    page.wait_for_function(
        "path => Math.abs(document.querySelector(path)?.data.at(-1).x[0] - Math.log(6)) < 1e-5",
        arg=there,
        polling=POLLING,
    )
    page.wait_for_function("path => !document.querySelector(path).parentElement.matches('[data-waits]')", arg=there)
    assert page.evaluate("([before, path]) => before === document.querySelector(path)", [before, there])
