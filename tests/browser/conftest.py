"""A real Chromium for these tests, all of which are marked `browser`."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.browser.tab import DESKTOP, PHONE, Tab
from tests.live_server import LiveServer
from tests.screen.test_pages import APPLICATIONS

# The first is Chromium without the parts that only a window needs: it draws the same and takes less time.
_NAMES = (
    "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
    "msedge",
)  # fmt: skip
_PLACES = (
    "/usr/bin/chromium",
    "/snap/bin/chromium",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)

QUICKER = [
    "--js-flags=--no-opt",  # no page stays long enough for its scripts to be worth optimising
    "--disable-gpu", "--disable-software-rasterizer",  # charts are SVG, and nothing here needs a second painter
]  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


def chromium() -> str | None:
    named = os.environ.get("CHROMIUM")
    if named:
        return named if Path(named).is_file() else None
    return next(filter(None, map(shutil.which, _NAMES)), None) or next((p for p in _PLACES if Path(p).is_file()), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        reason = "there is no Chromium: install one, or set CHROMIUM to where it is"
        if os.environ.get("QUICK_STUDY_BROWSER") == "required":
            pytest.fail(f"QUICK_STUDY_BROWSER=required, but {reason}")
        pytest.skip(reason)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=QUICKER)
        yield running
        running.close()


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Iterator[Callable[[str, str], BrowserContext]]:
    """One profile, with its own cache, for each language and colour scheme."""
    opened: dict[tuple[str, str], BrowserContext] = {}

    def context(language: str, scheme: str) -> BrowserContext:
        if (language, scheme) not in opened:
            locale = {"en": "en-GB", "zh": "zh-CN"}[language]
            opened[language, scheme] = browser.new_context(locale=locale, color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        return opened[language, scheme]

    yield context
    for each in opened.values():
        each.close()


@pytest.fixture(scope="session")
def usual_tab(contexts: Callable[[str, str], BrowserContext], server: LiveServer) -> Iterator[Tab]:
    tab = Tab(contexts("en", "light"), server.address, DESKTOP)
    yield tab
    tab.close()


@pytest.fixture(scope="session")
def first_visit(contexts: Callable[[str, str], BrowserContext], server: LiveServer) -> Iterator[tuple[Tab, list[int]]]:
    """A browser that has never been here, after it has drawn a scenario's page; and the bytes of all it fetched."""
    fetched: list[int] = []
    tab = Tab(contexts("zh", "dark"), server.address, PHONE)
    network = tab.page.context.new_cdp_session(tab.page)
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda told: fetched.append(told["encodedDataLength"]))
    network.on("Network.webSocketFrameReceived", lambda told: fetched.append(_bytes(told["response"])))
    tab.open(APPLICATIONS[0])
    tab.page.wait_for_load_state("networkidle")
    network.detach()
    yield tab, fetched
    tab.close()


def _bytes(frame: dict[str, Any]) -> int:
    """Of a frame of the web socket; a binary one is told in base 64."""
    length = len(frame["payloadData"])
    return 3 * length // 4 if frame["opcode"] == 2 else length


@pytest.fixture(scope="session")
def night_tab(first_visit: tuple[Tab, list[int]]) -> Tab:
    """The tab of another visitor, in another browser: Chinese, on a phone, dark theme."""
    return first_visit[0]


@pytest.fixture
def tab(usual_tab: Tab) -> Tab:
    """The tab of an English desktop visitor, shared by all tests, because loading a page again is slow."""
    usual_tab.look("light", DESKTOP)
    return usual_tab
