"""Many visitors at once, over the server's WebSocket, in a separate process that is not measured.

Each visitor is a coroutine that keeps no more of a page than a next click needs: the menu, the ids of its widgets, and
the hashes of long messages that a browser would still have. A crowd says how much of a core it took itself.
"""

import asyncio
import random
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.Slider_pb2 import Slider
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

from scenarios.demo.precomputed import SEED
from tests.visitor import PATIENCE, moved, question, stream, trouble

SLIDER, ANOTHER_TASK = "choose_shots", "another_task"
THINKING = (3.0, 10.0)  # seconds
_MIX = {"slide": 0.60, "page": 0.25, "task": 0.10, "reconnect": 0.05}  # of what one does in a workshop
_REMEMBERED = 2  # runs for which a browser keeps a long message: Streamlit's global.maxCachedMessageAge
_ANY_SIZE = None
UPLOADER = "own_file"
START = {"own": "own_start", "train": "start_training"}  # the button of a page that begins something long
_FINISHED = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
_FRESH = range(1000, 900_000, 1000)  # seeds of uncached tasks, far enough apart for some hundred new ones


@dataclass(frozen=True)
class Crowd:
    """The visitors, and their actions until `seconds` after the last of them has arrived."""

    address: str
    sessions: int
    habit: str  # one of HABITS
    pages: tuple[str, ...] = ("",)  # the first visitor opens the first one, the second the second, and so on
    seconds: float = 5.0
    fresh: bool = True  # whether everybody has tasks of their own; else all are on the published one
    first: int = 0  # which of the fresh tasks is the first visitor's
    moves: int = 0  # of those who move the slider: how often each does, instead of for some seconds
    visits: int = 0  # of those who come and go: how many visits in all
    table: bytes = b""  # of those who bring one: a CSV file, whose rows each has in another order


@dataclass(frozen=True)
class Run:
    """One run of the script, timed as its visitor waited for it."""

    what: str
    began: float  # in seconds since everybody was there; negative before
    seconds: float
    bytes: int
    trouble: str = ""

    @property
    def ended(self) -> float:
        return self.began + self.seconds


@dataclass(frozen=True)
class Account:
    """What happened to a crowd."""

    runs: list[Run]
    seconds: float  # for which it did what it came for
    cpu_share: float  # of one core, that this crowd took itself meanwhile

    def during(self, *kinds: str) -> list[Run]:
        """The runs that began after all visitors had arrived."""
        return [run for run in self.runs if 0 <= run.began < self.seconds and (not kinds or run.what in kinds)]

    @property
    def per_second(self) -> float:
        """Of those runs, until the last of them has ended: all wait for a slow server, and none is left out."""
        runs = self.during()
        return len(runs) / max(run.ended for run in runs)

    @property
    def troubles(self) -> list[str]:
        return [run.trouble for run in self.runs if run.trouble]


def send(crowd: Crowd) -> Account:
    """Let a crowd visit, from another process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(visit, crowd).result()


def visit(crowd: Crowd) -> Account:
    """The same from this process."""
    return asyncio.run(_Day(crowd).spend())


@dataclass
class _Day:
    """The clock of one crowd, and what its visitors write down."""

    crowd: Crowd
    runs: list[tuple[str, float, float, int, str]] = field(default_factory=list)  # with the clock's own zero
    zero: float = 0.0

    async def spend(self) -> Account:
        crowd = self.crowd
        visitors = [_Visitor(crowd, self, number) for number in range(crowd.sessions)]
        if crowd.habit != "come and go":
            await asyncio.gather(*(visitor.try_to("arrive", visitor.open) for visitor in visitors))
        self.zero, busy = time.perf_counter(), time.process_time()
        await asyncio.gather(*(HABITS[crowd.habit](visitor) for visitor in visitors))
        passed = time.perf_counter() - self.zero
        share = (time.process_time() - busy) / passed
        await asyncio.gather(*(visitor.leave() for visitor in visitors))
        runs = [Run(what, began - self.zero, *rest) for what, began, *rest in self.runs]
        return Account(runs, passed if crowd.visits or crowd.moves else crowd.seconds, share)

    @property
    def over(self) -> bool:
        return time.perf_counter() - self.zero > self.crowd.seconds


class _Visitor:
    """One tab, as far as clicking on needs it."""

    def __init__(self, crowd: Crowd, day: _Day, number: int) -> None:
        self.crowd, self.day, self.number = crowd, day, number
        self.dice = random.Random(number)
        self.page = crowd.pages[number % len(crowd.pages)]
        self._seed = _FRESH[crowd.first + number] if crowd.fresh else SEED
        self._socket: ClientConnection | None = None
        self._forget()

    def _forget(self) -> None:
        self._known: dict[str, int] = {}  # long messages -> the run that last brought them
        self._run = 0
        self._query, self._hash = "", ""
        self._menu: dict[str, str] = {}
        self._sliders: dict[str, Slider] = {}
        self._buttons: dict[str, str] = {}
        self._uploader, self._session = "", ""
        self._fragment, self._interval = "", 0.0  # the part of the page that runs by itself, and after how many seconds
        self._moved: dict[str, WidgetState] = {}
        self._left: list[float] = []

    # What one can do. Each returns (bytes, what the page says is wrong).

    async def open(self) -> tuple[int, str]:
        """Type an address: a new session."""
        await self.leave()
        self._forget()
        self._query = urlencode({"seed": self._seed, "shots": 5})
        self._socket = await connect(
            stream(self.crowd.address), subprotocols=["streamlit"], max_size=_ANY_SIZE, close_timeout=1,
            open_timeout=PATIENCE, ping_interval=None,
        )  # fmt: skip
        return await self._ask(page_name=self.page)

    async def slide(self) -> tuple[int, str]:
        """Move the slider to a new position on this task; after all positions, take another task."""
        slider = self._sliders[SLIDER]
        if not self._left:
            everywhere = [*map(float, range(int(slider.min), int(slider.max) + 1))]
            if slider.options:
                everywhere = [float(option) for option in slider.options]
            self._left = self.dice.sample(everywhere, len(everywhere))
            if self.crowd.fresh and self._moved and ANOTHER_TASK in self._buttons:
                return await self.another_task()
        to = self._left.pop()
        state = moved(slider, int(to) if slider.options else to)
        self._moved[slider.id] = state
        return await self._ask()

    async def another_task(self) -> tuple[int, str]:
        return await self._ask(WidgetState(id=self._buttons[ANOTHER_TASK], trigger_value=True))

    async def go_on(self) -> tuple[int, str]:
        """Choose another page from the menu."""
        others = [page for page in self.crowd.pages if page != self.page]
        self.page = self.dice.choice(others or [self.page])
        self._hash = self._menu[self.page]
        self._forget_widgets()
        self._query = ""
        return await self._ask()

    async def bring_table(self) -> tuple[int, str]:
        """Upload a table as a browser does: ask where to, send it there, say on the page that it is there."""
        assert self._socket is not None, "never connected"
        head, *rows = self.crowd.table.splitlines(keepends=True)
        content, name = head + b"".join(self.dice.sample(rows, len(rows))), f"table {self.number}.csv"
        asked = BackMsg()
        asked.file_urls_request.request_id, asked.file_urls_request.session_id = "1", self._session
        asked.file_urls_request.file_names.append(name)
        await self._socket.send(asked.SerializeToString())
        while True:
            reply = ForwardMsg.FromString(await self._socket.recv(decode=False))
            if reply.WhichOneof("type") == "file_urls_response":
                break
        [to] = reply.file_urls_response.file_urls
        await asyncio.to_thread(_put, self.crowd.address, to, name, content)
        state = WidgetState(id=self._uploader)
        state.file_uploader_state_value.uploaded_file_info.add(
            file_id=to.file_id, name=name, size=len(content), file_urls=to
        )
        size, wrong = await self._ask(state)
        return size, wrong or ("" if START["own"] in self._buttons else "the table is not offered for a comparison")

    async def start(self) -> tuple[int, str]:
        """Begin what the page is for."""
        return await self._ask(WidgetState(id=self._buttons[START[self.page]], trigger_value=True))

    async def look(self) -> tuple[int, str]:
        """Have the part of the page run that runs by itself; without one, the page."""
        return await self._ask(fragment=self._fragment)

    async def leave(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()

    async def try_to(self, what: str, do: Callable[[], Awaitable[tuple[int, str]]]) -> None:
        """Do something and write down how long it took; whatever goes wrong is an error of this run, and no end."""
        began = time.perf_counter()
        try:
            size, wrong = await asyncio.wait_for(do(), PATIENCE)
        except Exception as error:  # of the connection, of a script that crashed, of a page without its widgets
            size, wrong = 0, repr(error)
        self.day.runs.append((what, began, time.perf_counter() - began, size, wrong))
        if wrong:
            await asyncio.sleep(0.2)  # a server that refuses everybody must not make this process spin

    def _forget_widgets(self) -> None:
        self._sliders, self._buttons, self._moved, self._left = {}, {}, {}, []

    async def _ask(self, *triggers: WidgetState, page_name: str = "", fragment: str = "") -> tuple[int, str]:
        """Have the script run, and read what it sends until it has finished."""
        assert self._socket is not None, "never connected"
        self._run += 1
        self._known = {hash_: run for hash_, run in self._known.items() if self._run - run <= _REMEMBERED}
        widgets = [*self._moved.values(), *triggers]
        asked = question(
            self.crowd.address, self._query, widgets, self._known, page_name=page_name, page_script_hash=self._hash,
            fragment=fragment,
        )  # fmt: skip
        await self._socket.send(asked)
        size, wrong = 0, ""
        while True:
            data = await self._socket.recv(decode=False)
            size += len(data)
            reply = ForwardMsg.FromString(data)  # in C: 20 microseconds for a chart of 100 kB
            kind = reply.WhichOneof("type")
            if kind == "delta":
                wrong = self._take(reply) or wrong
            elif kind == "ref_hash":
                self._known[reply.ref_hash] = self._run
            elif kind == "navigation":
                self._hash = reply.navigation.page_script_hash
                self._menu = {page.url_pathname: page.page_script_hash for page in reply.navigation.app_pages}
            elif kind == "new_session":
                self._hash = reply.new_session.page_script_hash
                self._session = reply.new_session.initialize.session_id or self._session
                if not fragment:  # the whole page runs, and draws such a part again if there still is one
                    self._fragment = ""
                fragment = ""  # what follows a part of the page is the whole one
            elif kind == "auto_rerun":
                self._fragment, self._interval = reply.auto_rerun.fragment_id, reply.auto_rerun.interval
            elif kind == "page_info_changed":
                self._query = reply.page_info_changed.query_string
            elif kind == "script_finished" and reply.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                failed = reply.script_finished not in _FINISHED
                return size, wrong or ("the script did not finish" if failed else "")

    def _take(self, reply: ForwardMsg) -> str:
        """Remember what can be clicked. Returns what is wrong on the page."""
        if reply.metadata.cacheable:
            self._known[reply.hash] = self._run
        element = reply.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "slider":
            self._sliders[_key(element.slider.id)] = element.slider
        elif kind == "button":
            self._buttons[_key(element.button.id)] = element.button.id
        elif kind == "file_uploader":
            self._uploader = element.file_uploader.id
        return trouble(element) if kind else ""


def _put(address: str, to: FileURLs, name: str, content: bytes) -> None:
    """Send a file as a browser's form, with the token against forgery that the server gave to this browser."""
    with urllib.request.urlopen(f"{address}/_stcore/health", timeout=PATIENCE) as answer:
        cookie = str(answer.headers["Set-Cookie"]).partition(";")[0]
    line = "a-line-between"
    head = f'--{line}\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\nContent-Type: text/csv\r\n\r\n'
    headers = {
        "Cookie": cookie,
        "X-Xsrftoken": cookie.partition("=")[2],
        "Content-Type": f"multipart/form-data; boundary={line}",
    }
    body = head.encode() + content + f"\r\n--{line}--\r\n".encode()
    request = urllib.request.Request(address + to.upload_url, body, headers, method="PUT")
    with urllib.request.urlopen(request, timeout=PATIENCE):
        pass


def _key(widget_id: str) -> str:
    return widget_id.split("-", 2)[-1]  # "$$ID-<hash>-<key>"


async def _slide(visitor: _Visitor) -> None:
    """Move the slider without a pause."""
    moves = 0
    while moves < visitor.crowd.moves or not (visitor.crowd.moves or visitor.day.over):
        await visitor.try_to("slide", visitor.slide)
        moves += 1


async def _attend(visitor: _Visitor) -> None:
    """A workshop: think, then do something, mostly with the slider."""
    deeds = {
        "slide": visitor.slide, "page": visitor.go_on, "task": visitor.another_task, "reconnect": visitor.open,
    }  # fmt: skip
    await asyncio.sleep(visitor.dice.uniform(0, THINKING[1]))
    while not visitor.day.over:
        [what] = visitor.dice.choices(list(_MIX), list(_MIX.values()))
        await visitor.try_to(what, deeds[what])
        await asyncio.sleep(visitor.dice.uniform(*THINKING))


async def _come_and_go(visitor: _Visitor) -> None:
    """Open a page, wait for it once, close it; one visitor after the other."""
    for number in _shared(visitor):
        visitor.page = visitor.crowd.pages[number % len(visitor.crowd.pages)]
        await visitor.try_to("visit", visitor.open)
        await visitor.leave()


async def _stay(visitor: _Visitor) -> None:
    """Bring a table if there is one, begin what the page is for, and leave the tab open."""
    await asyncio.sleep(visitor.dice.uniform(0, visitor.crowd.seconds / 4))
    if visitor.crowd.table:
        await visitor.try_to("upload", visitor.bring_table)
    await visitor.try_to("start", visitor.start)
    while not visitor.day.over:
        await asyncio.sleep(visitor._interval if visitor._fragment else THINKING[0])
        await visitor.try_to("look", visitor.look)


def _shared(visitor: _Visitor) -> Iterator[int]:
    """The visits that fall to one of those who come at the same time."""
    return iter(range(visitor.number, visitor.crowd.visits, visitor.crowd.sessions))


HABITS: dict[str, Callable[[_Visitor], Awaitable[None]]] = {
    "slide": _slide,
    "attend": _attend,
    "come and go": _come_and_go,
    "stay": _stay,
}
