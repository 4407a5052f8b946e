"""Promise: a browser obeys the server's policy, under which every page still works."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext

from dashboard import language, words
from scenarios.text import LANGUAGES, Language
from tests.browser.tab import DESKTOP, Tab
from tests.live_server import OURS, LiveServer
from tests.test_pages import PAGES, WITHOUT_CHARTS
from tests.visitor import Visitor


@pytest.fixture(scope="module")
def policed() -> Iterator[LiveServer]:
    """Our own entry: plain Streamlit sends no policy."""
    server = LiveServer(command=OURS)
    with Visitor(server.address) as visitor:  # whose patience is longer than a browser's, while models are compiled
        for page in PAGES:
            visitor.open(page)
    yield server
    server.close()


@pytest.fixture(scope="module", params=LANGUAGES)
def visit(
    request: pytest.FixtureRequest, contexts: Callable[[str, str], BrowserContext], policed: LiveServer
) -> Iterator[tuple[Tab, Language]]:
    tab = Tab(contexts(request.param, "light"), policed.address, DESKTOP)
    yield tab, request.param
    tab.close()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_breaks_no_rule_of_the_policy(visit: tuple[Tab, Language], page: str):
    tab, chosen = visit
    tab.open(page, lang=chosen)
    assert tab.violations == []
    assert tab.errors() == []
    assert tab.page.evaluate("document.documentElement.lang") == language.TAG[chosen]
    if page not in (*WITHOUT_CHARTS, "faq"):
        tab.page.get_by_role("button", name=words.NUMBERS[chosen]).first.click()
        tab.page.get_by_test_id("stPopoverBody").get_by_test_id("stDataFrame").wait_for()
        tab.page.keyboard.press("Escape")
        assert tab.violations == []


def test_a_script_that_is_not_ours_does_not_run(visit: tuple[Tab, Language]):
    tab, _ = visit
    tab.open("glossary")
    tab.page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.ran = 1'}))"
    )
    assert tab.page.evaluate("window.ran") is None
    assert tab.violations
    tab.violations.clear()
