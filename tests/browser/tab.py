"""One tab of a real browser, with a user's actions and views."""

import re
import time
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.screen.test_pages import WITHOUT_CHARTS

PATIENCE = 120_000  # milliseconds, for what takes a few seconds on a machine that is not busy
POLLING = 50  # milliseconds: by default a page is looked at whenever it is painted, and then it paints for ever
DESKTOP, PHONE = (1440, 900), (390, 844)

_DRAWN = """() => {
    const app = document.querySelector('[data-testid="stApp"]');
    if (app?.dataset.testConnectionState !== 'CONNECTED' || app?.dataset.testScriptState !== 'notRunning') return false;
    if (document.querySelector('[data-stale="true"], [data-testid="stSkeleton"]')) return false;
    // A chart far from what is in view waits for its reader, who comes near it here, and goes back; in an answer that
    // is still folded, nobody can.
    const main = document.querySelector('[data-testid="stMain"]');
    const waits = [...document.querySelectorAll('[data-waits]')].find(chart => chart.checkVisibility());
    if (waits) {
        window.cameFrom ??= main.scrollTop;
        waits.scrollIntoView({block: 'nearest'});
        return false;
    }
    main.scrollTop = window.cameFrom ?? main.scrollTop;
    delete window.cameFrom;
    return [...document.querySelectorAll('[data-testid="stPlotlyChart"]')].every(
        chart => !chart.checkVisibility() || chart.querySelector('.js-plotly-plot .main-svg'));
}"""

_TURN_TO = """address => {
    history.pushState({}, '', address);
    dispatchEvent(new PopStateEvent('popstate'));
}"""

_LETTERS = r"""() => {
    const hidden = 'code, pre, em, a, style, script, [data-testid="stIconMaterial"], [data-testid="stCode"]';
    const found = [];
    const roots = document.querySelectorAll('[data-testid="stMain"], [data-testid="stHeader"]');
    for (const root of roots) {
        const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode())
            if (!node.parentElement.closest(hidden)) found.push(node.textContent);
        for (const element of root.querySelectorAll('[aria-label], [alt], [title], [placeholder]'))
            for (const name of ['aria-label', 'alt', 'title', 'placeholder'])
                if (element.getAttribute(name)) found.push(element.getAttribute(name));
    }
    return found;
}"""

_WIDER_THAN_THE_WINDOW = """() => [
    document.documentElement, document.body, ...document.querySelectorAll(
        '[data-testid="stApp"], [data-testid="stMain"], [data-testid="stMainBlockContainer"], [data-testid="stHeader"]')
].filter(box => box.scrollWidth > box.clientWidth + 1).map(box => box.dataset?.testid || box.tagName)"""


class Tab:
    """A tab that remembers every request it made and everything it sent to the server's script."""

    def __init__(self, context: BrowserContext, server: str, size: tuple[int, int]) -> None:
        self._server = server
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.resize(size)
        self.requested: list[str] = []
        self.path = ""  # of the page that is open
        self.sent = 0  # messages to the server's script, each of which makes it run
        self.answered = 0  # runs of it that came to their end
        self.violations: list[str] = []  # of the policy that the server sends
        self.page.on("console", self._note_violation)
        self.page.on("request", lambda request: self.requested.append(request.url))
        self.page.on("websocket", self._listen)

    def _note_violation(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.violations.append(message.text)

    def _listen(self, socket: object) -> None:
        self.requested.append(socket.url)  # type: ignore[attr-defined]
        socket.on("framesent", self._count_question)  # type: ignore[attr-defined]
        socket.on("framereceived", self._count_answer)  # type: ignore[attr-defined]

    def _count_question(self, _: object) -> None:
        self.sent += 1

    def _count_answer(self, frame: str | bytes) -> None:
        message = ForwardMsg.FromString(frame) if isinstance(frame, bytes) else ForwardMsg()
        if message.WhichOneof("type") == "script_finished":
            self.answered += message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY

    def close(self) -> None:
        self.page.close()

    def open(self, path: str = "", *, settles: bool = True, **query: object) -> "Tab":
        """Type an address; a tab that has the product open already goes there without loading it anew.

        There, an address without a choice would leave everything as it is: it gets at least a language, English.
        `settles` waits for all that is below the first screen, too.
        """
        visited = self.page.url.startswith(self._server)
        query = {"lang": "en", **query} if visited else query
        address = f"{self._server}/{path}?{urlencode(query)}" if query else f"{self._server}/{path}"
        if visited:
            self._turn_to(address)
        else:
            self.page.goto(address)
        self.path = path
        last = "stHeading" if path in (*WITHOUT_CHARTS, "faq") else "stPlotlyChart"  # answers may be folded
        self.page.wait_for_selector(f'[data-testid="stMainBlockContainer"] [data-testid="{last}"]')
        if settles:
            self.settle()
        return self

    def _turn_to(self, address: str) -> None:
        """The effect of the browser's own buttons: another URL, and an event for the page, which requests it."""
        answered, end = self.answered, time.monotonic() + PATIENCE / 1000
        self.page.evaluate(_TURN_TO, address)
        while self.answered == answered:
            assert time.monotonic() < end, f"no answer to {address}"
            self.page.wait_for_timeout(10)

    def resize(self, size: tuple[int, int]) -> None:
        self.size = size
        self.page.set_viewport_size({"width": size[0], "height": size[1]})

    def height(self) -> int:
        """Of all that can be scrolled to."""
        return int(self.page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollHeight"))

    def look(self, scheme: Literal["light", "dark"], size: tuple[int, int]) -> None:
        """Turn the lights on or off, and take another screen; the colours follow a little later."""
        if self.size != size:
            self.resize(size)
        self.page.emulate_media(color_scheme=scheme)

    def settle(self, also: str = "() => true") -> None:
        """Wait until the script has run and every chart is drawn, and a JavaScript function returns true."""
        self.page.wait_for_function(f"() => ({_DRAWN})() && ({also})()", polling=POLLING)

    def wait_until_idle(self, seconds: float = 2.0) -> None:
        """Wait until the tab has sent nothing to the server's script for so long: nothing on the page polls."""
        end, sent, since = time.monotonic() + PATIENCE / 1000, self.sent, time.monotonic()
        while time.monotonic() < since + seconds:
            assert time.monotonic() < end, f"{self.page.url} does not stop asking"
            self.page.wait_for_timeout(100)
            if self.sent != sent:
                sent, since = self.sent, time.monotonic()
        self.settle()

    def keyed(self, key: str) -> Locator:
        """The part of the page that the code calls `key`."""
        return self.page.locator(f".st-key-{key}")

    def address(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.page.url).query))

    def wait_for_address(self, **parts: object) -> None:
        """Wait until the URL has these parameters, and the page is drawn."""
        wanted = {name: str(value) for name, value in parts.items()}
        end = time.monotonic() + PATIENCE / 1000
        while not wanted.items() <= self.address().items():
            assert time.monotonic() < end, f"{self.page.url} does not say {wanted}"
            self.page.wait_for_timeout(50)
        self.settle()

    def hosts(self) -> set[str]:
        """All hosts that received a request."""
        return {urlsplit(url).netloc for url in self.requested if urlsplit(url).scheme not in ("data", "blob")}

    def errors(self) -> list[str]:
        return self.page.locator('[data-testid="stException"], [data-testid="stAlertContentError"]').all_inner_texts()

    def too_wide(self) -> list[str]:
        """What would have to be scrolled sideways."""
        return self.page.evaluate(_WIDER_THAN_THE_WINDOW)

    def letters(self) -> list[str]:
        """Every piece of text on the page: seen, drawn in a chart, or read aloud. Names, links and code left out."""
        return self.page.evaluate(_LETTERS)

    def bottom(self, locator: Locator) -> float:
        box = locator.bounding_box()
        assert box is not None, "this is not on the page"
        return box["y"] + box["height"]


# Four Latin words in a row, two of them in lower case: names and titles are capitalised throughout.
LATIN_SENTENCE = re.compile(
    r"(?=(?:[A-Z][\w'’-]*[\s,;:]+)*[a-z][\w'’-]*[\s,;:]+(?:[A-Z][\w'’-]*[\s,;:]+)*[a-z])"
    r"[A-Za-z][A-Za-z'’-]*(?:[\s,;:]+[A-Za-z][A-Za-z'’-]*){3,}"
)
