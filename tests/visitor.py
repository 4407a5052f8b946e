"""A visitor without a screen: opens pages and moves widgets over the server's WebSocket, as a browser does.

The protocol is Streamlit's own, from the message types in its wheel: one binary `BackMsg` asks for a run of the script,
`ForwardMsg`s bring what it draws, and `script_finished` ends it.
"""

import json
import re
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from html import unescape
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.Slider_pb2 import Slider
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import connect

PATIENCE = 120.0  # seconds for one run
_MEGABYTE = 2**20
_ADDRESS = re.compile(r'data-address="(.*?)"')  # with which a script of the page completes the browser's


@dataclass
class Screen:
    """What one run of the script has drawn."""

    deltas: dict[tuple[int, ...], Delta] = field(default_factory=dict)  # by place on the page
    bytes: int = 0  # received in this run
    seconds: float = 0.0  # from the question to the last message

    def elements(self, kind: str) -> list[Any]:
        """Everything of one kind that is on the screen, from top to bottom: "markdown", "alert", "plotly_chart"..."""
        shown = (delta.new_element for _, delta in sorted(self.deltas.items()) if delta.HasField("new_element"))
        return [getattr(element, kind) for element in shown if element.WhichOneof("type") == kind]

    def words(self) -> str:
        """What the page says in paragraphs, messages and buttons, wherever its lines may break."""
        words = "\n".join(
            [element.body for kind in ("markdown", "alert", "heading") for element in self.elements(kind)]
            + [button.label for button in self.elements("button")]
        )
        return words.replace("\u2060", "").replace("\u00a0", " ")

    def link(self) -> str:
        """The link of the page, as pictures of its figures state it."""
        [link] = re.findall(r'data-page-link="([^"]*)"', "".join(each.body for each in self.elements("html")))
        return unescape(link)

    def errors(self) -> list[str]:
        return [alert.body for alert in self.elements("alert") if alert.format == alert.ERROR]

    def crashes(self) -> list[str]:
        return [crash.message or crash.type for crash in self.elements("exception")]


def stream(address: str) -> str:
    """Where a server listens for visitors."""
    return f"{address.replace('http', 'ws', 1)}/_stcore/stream"


def question(
    address: str,
    query: str,
    widgets: Iterable[WidgetState],
    known: Iterable[str],
    locale: str = "en-US",
    *,
    page_name: str = "",
    page_script_hash: str = "",
    fragment: str = "",
) -> bytes:
    """What a browser says to have the script run: on a page by its path, or by its hash once the menu is known.

    `known` are the hashes of long messages that need not be sent again; `fragment` is a part of the page that runs by
    itself, now and then.
    """
    message = BackMsg()
    state = message.rerun_script
    state.query_string, state.page_name, state.page_script_hash = query, page_name, page_script_hash
    state.fragment_id, state.is_auto_rerun = fragment, bool(fragment)
    state.widget_states.widgets.extend(widgets)
    state.cached_message_hashes.extend(known)
    context = state.context_info
    context.locale, context.timezone, context.timezone_offset = locale, "UTC", 0
    context.url = f"{address}/{page_name}"
    context.color_scheme = "light"
    return message.SerializeToString()


def moved(slider: Slider, value: float | str) -> WidgetState:
    """A slider at a value, as a browser says it."""
    state = WidgetState(id=slider.id)
    if slider.options:  # a slider along a list
        state.string_array_value.data.append(f"{value}")
    else:
        state.double_array_value.data.append(float(value))
    return state


def trouble(element: Element) -> str:
    """What an element says where it is an error or a crash; nothing for any other."""
    kind = element.WhichOneof("type")
    if kind == "exception":
        return element.exception.message or element.exception.type
    return element.alert.body if kind == "alert" and element.alert.format == element.alert.ERROR else ""


class Visitor:
    """One tab of one browser. Use it in a `with` statement; the first thing to do is to `open` a page."""

    def __init__(self, address: str, locale: str = "en-US", cookie: str = "", *, source: str = "") -> None:
        self._address, self._locale = address, locale
        self._source = (source, 0) if source else None  # another address of this machine (Linux only)
        self._headers = {"Cookie": cookie} if cookie else {}
        self._leaving = ExitStack()
        self._seen: dict[str, ForwardMsg] = {}  # long messages that need not be sent again
        self._widgets: dict[str, WidgetState] = {}
        self._page = ""  # the one that is open, as Streamlit calls it
        self.query = ""  # what stands after the question mark in the address
        self.pages: dict[str, str] = {}  # the menu: url path -> title
        self._hashes: dict[str, str] = {}
        self.screen = Screen()
        self.session = ""  # by which the server knows this visit

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._leaving.close()

    def open(self, page: str = "", *, session: str = "", **query: object) -> Screen:
        """Type an address, which begins a new session: a page's path and what stands after the question mark."""
        self._seen.clear()
        self._widgets.clear()
        self.connect(session)
        self.query = urlencode(query)
        return self._run(page_name=page)

    def connect(self, session: str = "") -> None:
        """Begin a session, or say which one it was."""
        self._leaving.close()
        known = ["-", session] if session else []  # a token against forgery stands between, where one is needed
        opening = connect(
            stream(self._address),
            subprotocols=["streamlit", *known],
            additional_headers=self._headers,
            max_size=50 * _MEGABYTE,
            close_timeout=1,
            source_address=self._source,
        )
        self.socket = self._leaving.enter_context(opening)

    def drop(self) -> None:
        """Lose the connection without a word."""
        self.socket.socket.shutdown(socket.SHUT_RDWR)

    def come_back(self) -> Screen:
        """Connect again, as a browser does by itself, with what it still knows."""
        self.connect(self.session)
        return self.again()

    def again(self, *states: WidgetState) -> Screen:
        """Another run of the same page, with whatever widgets are said to say."""
        return self._run(*states, page_script_hash=self._page)

    def begin(self, **where: str) -> None:
        """Ask for a run and do not wait for it."""
        self.send(self._question((), where))

    def hash_of(self, page: str) -> str:
        return self._hashes[page]

    def is_on(self, page: str) -> bool:
        return self._page == self._hashes[page]

    def go_to(self, page: str) -> Screen:
        """Choose a page from the menu."""
        self._widgets.clear()
        self.query = ""
        return self._run(page_script_hash=self._hashes[page])

    def slide(self, key: str, value: float | str) -> Screen:
        """Move a slider, by its key; along a list, to what the list shows."""
        [slider] = [each for each in self.screen.elements("slider") if each.id == self._id(key, "slider")]
        self._widgets[slider.id] = moved(slider, value)
        return self._run(page_script_hash=self._page)

    def press(self, key: str) -> Screen:
        """Press a button, by its key."""
        return self._run(self._trigger(key), page_script_hash=self._page)

    def press_meanwhile(self, key: str) -> None:
        """Press a button of the page while another run goes on, in whose place the server then puts a new one."""
        self.send(self._question([self._trigger(key)], {"page_script_hash": self._page}))

    def _trigger(self, key: str) -> WidgetState:
        return WidgetState(id=self._id(key, "button"), trigger_value=True)

    def write(self, key: str, text: str) -> Screen:
        """Type into a box, by its key."""
        state = WidgetState(id=self._id(key, "text_input"), string_value=text)
        self._widgets[state.id] = state
        return self._run(page_script_hash=self._page)

    def choose(self, key: str, *options: str) -> Screen:
        """Choose these of a list of many, by its key, and no others."""
        state = WidgetState(id=self._id(key, "multiselect"), string_array_value={"data": options})
        self._widgets[state.id] = state
        return self._run(page_script_hash=self._page)

    def press_in_chart(self, key: str, x: float, y: float) -> Screen:
        """Press a point of a chart, by the chart's key."""
        point = {"x": x, "y": y, "curve_number": 0, "point_index": 0}
        picked = {"points": [point], "point_indices": [0], "box": [], "lasso": []}
        state = WidgetState(id=self._id(key, "plotly_chart"), string_value=json.dumps({"selection": picked}))
        return self._run(state, page_script_hash=self._page)

    def select_row(self, key: str, row: int, *, marked: int | None = None) -> Screen:
        """Press the mark of a row of a table, or a cell of it while another row is `marked`; they count from 0."""
        cells = [] if marked is None else [[row, "0"]]
        picked = {"rows": [row if marked is None else marked], "columns": [], "cells": cells}
        state = WidgetState(id=self._id(key, "dataframe"), string_value=json.dumps({"selection": picked}))
        return self._run(state, page_script_hash=self._page)

    def send(self, message: bytes | str) -> None:
        """Say something to the server, whatever it is, and expect nothing."""
        self.socket.send(message)

    def send_and_listen(self, message: bytes | str) -> None:
        """Say something and hear the server until it ends the connection. Raises ConnectionClosed then."""
        self.send(message)
        while True:
            self.socket.recv(timeout=PATIENCE)

    def address(self) -> dict[str, str]:
        return dict(parse_qsl(self.query))

    def _id(self, key: str, kind: str) -> str:
        [found] = [element.id for element in self.screen.elements(kind) if element.id.endswith(f"-{key}")]
        return str(found)

    def _run(self, *triggers: WidgetState, **where: str) -> Screen:
        screen, began = Screen(), time.perf_counter()
        self.send(self._question(triggers, where))
        for reply in self._replies(screen):
            self._take(reply, screen)
        screen.seconds = time.perf_counter() - began
        self.screen = screen
        return screen

    def _question(self, triggers: Iterable[WidgetState], where: dict[str, str]) -> bytes:
        widgets = [*self._widgets.values(), *triggers]
        return question(self._address, self.query, widgets, self._seen, self._locale, **where)

    def _replies(self, screen: Screen) -> Iterator[ForwardMsg]:
        """The messages of one run. A run that ended early, because another began, is followed by that other."""
        while True:
            data = self.socket.recv(timeout=PATIENCE)
            screen.bytes += len(data)
            reply = ForwardMsg.FromString(data)  # type: ignore[arg-type]
            if reply.WhichOneof("type") == "ref_hash":
                known = ForwardMsg()
                known.CopyFrom(self._seen[reply.ref_hash])
                known.metadata.CopyFrom(reply.metadata)
                reply = known
            elif reply.hash and reply.metadata.cacheable:
                self._seen[reply.hash] = reply
            yield reply
            if reply.WhichOneof("type") == "script_finished":
                if reply.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    screen.deltas.clear()
                    continue
                assert reply.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY, reply
                return

    def _take(self, reply: ForwardMsg, screen: Screen) -> None:
        kind = reply.WhichOneof("type")
        if kind == "delta":
            place = tuple(reply.metadata.delta_path)
            if reply.delta.HasField("add_block"):  # a new block replaces whatever stood there
                for inside in [other for other in screen.deltas if other[: len(place)] == place]:
                    del screen.deltas[inside]
            screen.deltas[place] = reply.delta
            if completed := _ADDRESS.search(reply.delta.new_element.html.body):
                self.query = urlencode(json.loads(unescape(completed[1])))
        elif kind == "new_session":
            self._page = reply.new_session.page_script_hash
            self.session = reply.new_session.initialize.session_id or self.session
        elif kind == "navigation":
            self._page = reply.navigation.page_script_hash
            self.pages = {page.url_pathname: page.page_name for page in reply.navigation.app_pages}
            self._hashes = {page.url_pathname: page.page_script_hash for page in reply.navigation.app_pages}
        elif kind == "page_info_changed":
            self.query = reply.page_info_changed.query_string
