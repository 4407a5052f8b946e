"""Promise: there is something to read before any script has come, the page's own, and nothing jumps afterwards."""

import re
from collections.abc import Callable
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from dashboard import words
from dashboard.language import TAG
from dashboard.pages import PAGES
from scenarios.text import LANGUAGES
from tests.browser.tab import DESKTOP, PHONE, Tab
from tests.live_server import LiveServer
from tests.screen.test_pages import APPLICATIONS

_SHIFT = """() => {
    window.shift = 0;
    new PerformanceObserver(list => {
        for (const each of list.getEntries()) if (!each.hadRecentInput) window.shift += each.value;
    }).observe({type: 'layout-shift', buffered: true});
}"""
GOOD = 0.1  # cumulative layout shift: https://web.dev/articles/cls


def _first(server: LiveServer, path: str, accepts: str = "en", **query: object) -> str:
    request = Request(f"{server.address}/{path}?{urlencode(query)}", headers={"Accept-Language": accepts})
    with urlopen(request, timeout=30) as answer:
        return str(answer.read().decode())


@pytest.mark.parametrize("name", PAGES)
def test_every_page_names_itself_in_the_readers_language(server: LiveServer, name: str):
    for language in LANGUAGES:
        html = _first(server, name, accepts=TAG[language])
        assert f'<html lang="{TAG[language]}"' in html
        assert f"<title>{words.PRODUCT[language]}</title>" in html
        assert ('id="first-paint"' in html) == (name != "present")
    scenario = PAGES[name].scenario
    if scenario:
        assert scenario.prose.question["zh"] in html


def test_the_answer_is_the_one_that_the_page_then_has(server: LiveServer, tab: Tab):
    html = _first(server, APPLICATIONS[0], lang="zh", shots=10)
    said = re.search(r'<p class="answer">(.*?)</p>', html)
    assert said
    assert "<svg" in html
    tab.open(APPLICATIONS[0], lang="zh", shots=10)
    expect(tab.keyed("result")).to_have_text(re.sub("<.*?>", "", said[1]))


def test_who_guesses_first_is_not_told(server: LiveServer):
    html = _first(server, APPLICATIONS[0], guess=1)
    assert 'class="answer"' not in html
    assert "<svg" not in html


def test_nothing_of_an_address_gets_into_the_page(server: LiveServer):
    hostile = '"><script>alert(1)</script>'
    assert "alert(1)" not in _first(server, APPLICATIONS[0], lang=hostile, shots=hostile, world=hostile, other=hostile)


def test_it_can_be_read_without_any_script(browser: Browser, server: LiveServer):
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    page.goto(f"{server.address}/{APPLICATIONS[0]}")
    expect(page.locator("#first-paint .answer")).to_be_visible()
    expect(page.locator("#first-paint svg")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    context.close()


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_the_page_takes_its_place_without_a_jump(
    contexts: Callable[[str, str], BrowserContext], server: LiveServer, size: tuple[int, int]
):
    tab = Tab(contexts("en", "light"), server.address, size)
    tab.page.add_init_script(f"({_SHIFT})()")
    tab.open(APPLICATIONS[0])
    expect(tab.page.locator("#first-paint")).to_have_count(0)
    expect(tab.keyed("result")).to_be_visible()
    assert tab.page.evaluate("window.shift") < GOOD
    tab.close()
