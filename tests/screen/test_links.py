"""Promise: a link keeps what its sender saw, other pages get what was chosen, and a wrong path is answered in words."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import unquote

import pytest
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import Message, Scope

from dashboard import pages, results, words
from dashboard.hosting.page_paths import PagePaths
from dashboard.views.signals_panel import MOST
from scenarios.catalog import SCENARIOS
from scenarios.demo import maps
from scenarios.text import LANGUAGES, Language
from tests.live_server import LiveServer
from tests.screen.test_pages import APPLICATIONS, LOCALES, NAME
from tests.visitor import Screen, Visitor

SIGNALS = next(name for name in APPLICATIONS if SCENARIOS[name].signal is not None)


def figure(screen: Screen, key: str) -> str:
    [chart] = [each for each in screen.elements("plotly_chart") if each.id.endswith(f"-{key}")]
    return str(chart.spec)


def test_a_link_keeps_how_the_map_of_tasks_is_coloured_and_turned(server: LiveServer):
    prepared = maps.read(NAME)
    assert prepared is not None
    with Visitor(server.address) as visitor:
        shown = figure(visitor.open("representations", about=NAME), "task_map_chart")
        other = next(name for name in prepared.task.names if name != visitor.address()["colour"])
        for part, value in (("colour", other), ("turned", "0")):
            screen = visitor.open("representations", about=NAME, **{part: value})
            assert visitor.address()[part] == value
            assert figure(screen, "task_map_chart") != shown
        visitor.go_to("faq")
        assert not {"turned", "colour"} & visitor.address().keys(), "these belong to that page alone"


def test_a_link_keeps_the_window_that_was_looked_at(server: LiveServer):
    with Visitor(server.address) as visitor:
        screen = visitor.open(SIGNALS, shots=MOST, window=3)
        [chart] = [each for each in screen.elements("plotly_chart") if each.id.endswith("-windows_chart")]
        assert chart.alt.startswith("Window 3 ")
        visitor.slide("choose_shots", 2)
        assert "window" not in visitor.address(), "of two windows there is no third"


def test_a_number_of_labels_that_a_page_cannot_show_returns_on_the_next_page(server: LiveServer):
    measured = results.league(NAME).shots
    shots = next(number for number in (7, 8, 9, 11) if number not in measured)
    with Visitor(server.address) as visitor:
        visitor.open("study", about=NAME, shots=shots)
        assert int(visitor.address()["shots"]) in measured
        visitor.go_to(NAME)
        assert visitor.address()["shots"] == str(shots)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unknown_page_is_answered_in_words_and_another_spelling_opens_the_page(
    server: LiveServer, language: Language
):
    with Visitor(server.address, LOCALES[language]) as visitor:
        screen = visitor.open("nowhere")
        [said] = [alert.body for alert in screen.elements("alert")]
        assert said == words.NO_PAGE.format(page="nowhere")[language]
        assert visitor.is_on("")
        screen = visitor.open("Glossary")
        assert visitor.is_on("glossary")
        assert screen.elements("alert") == []


def answer(base: str, address: str, accept: str = "text/html,*/*") -> tuple[int, str]:
    """The status of an answer, and the address to which it leads on."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    path, _, query = address.partition("?")
    scope: Scope = {
        "type": "http", "method": "GET", "path": unquote(path), "query_string": query.encode(),
        "headers": [(b"accept", accept.encode())],
    }  # fmt: skip
    app = PagePaths(PlainTextResponse("served"), base=base, others=frozenset({"join", "static"}))
    with ThreadPoolExecutor(1) as apart:  # a browser's tests leave a loop behind
        apart.submit(asyncio.run, app(scope, receive, send)).result()
    return sent[0]["status"], Headers(raw=sent[0]["headers"]).get("location", "")


@pytest.mark.parametrize("base", ["", "/study"])
def test_wrong_paths_are_redirected_with_their_query_and_all_others_are_left_alone(base: str):
    for path, right in (
        ("/glossary/extra?seed=3", "/glossary?seed=3"),
        ("/Credit-Risk", "/credit_risk"),
        ("/home", "/"),
        ("/nowhere/at/all?lang=zh", "/?lang=zh&page=nowhere"),
        ("/%E9%A6%96%E9%A1%B5", "/?page=%E9%A6%96%E9%A1%B5"),
    ):
        assert answer(base, base + path) == (307, base + right)
    for path in ("/", "/glossary?seed=3", "/glossary/", "/join/123456", "/static/js/none.js", "/favicon.png"):
        assert answer(base, base + path) == (200, ""), path
    assert answer(base, f"{base}/nowhere", accept="*/*") == (200, ""), "scripts and pictures are no pages"


def test_every_page_is_found_by_its_own_name():
    assert [pages.named(name) for name in pages.PAGES if name] == [name for name in pages.PAGES if name]
    assert pages.named("..") is None
