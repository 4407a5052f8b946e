"""Wait for changes of rooms, with one shared database query for all waiting phones.

A change made in this process is noticed at once. For changes by other replicas, one query per interval fetches the
versions of all rooms that phones wait for here. PostgreSQL's LISTEN would be some tenths of a second faster, but
needs a connection that is kept alive, and a second method for SQLite: `python -m tests.benchmarks.rooms` measures
both.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from dashboard.rooms import RoomError, Rooms, Snapshot

BEAT = 0.5  # seconds between two polls
_FRESH = 0.5  # seconds for which a snapshot counts as current
_FORGOTTEN = 60.0  # seconds from the last phone until a room is dropped here
_SWEEP = 600.0  # seconds between deletions of ended rooms
_THREADS = 6  # fewer than the database connections of one process

Value = TypeVar("Value")
log = logging.getLogger(__name__)


@dataclass
class _Watched:
    """A room with phones in this process."""

    snapshot: Snapshot | None = None  # None: not yet loaded, or ended
    checked: float = -_FRESH
    asked: float = 0.0
    waiting: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    loading: asyncio.Lock = field(default_factory=asyncio.Lock)


class Hub:
    """Rooms with phones in this process. Everything except the functions of `run_in_thread` runs on one event loop."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._watched: dict[str, _Watched] = {}
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="rooms")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_leaving = False
        rooms.on_change(self._changed_here)

    async def in_thread(self, function: Callable[..., Value], *arguments: object) -> Value:
        """Call a function that queries the database."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)

    async def snapshot(self, code: str, known: int | None = None, seconds: float = 0.0) -> Snapshot | None:
        """Return a room as it is now, or, if its version is the known one, after its next change.

        Returns None if nothing has changed after `seconds`. Raises RoomError for a room that does not exist, and if the
        database does not answer or this server ends.
        """
        watched = self._watched.setdefault(code, _Watched())
        watched.asked = time.monotonic()
        try:
            if watched.snapshot is None or watched.asked - watched.checked > _FRESH:
                await self._load(code, watched, since=watched.asked - _FRESH)
        except RoomError as error:
            if error.reason == "unknown":
                self._watched.pop(code, None)
            raise
        if watched.snapshot is not None and watched.snapshot.version != known:
            return watched.snapshot
        if seconds and not self._is_leaving:
            watched.waiting += 1
            try:
                await asyncio.wait_for(watched.changed.wait(), seconds)
            except TimeoutError:
                return None
            finally:
                watched.waiting -= 1
                watched.asked = time.monotonic()
            if self._is_leaving:
                raise RoomError("unavailable")
            if watched.snapshot is None:
                raise RoomError("unknown")
            if watched.snapshot is not None and watched.snapshot.version != known:
                return watched.snapshot
        return None

    async def run(self) -> None:
        """Look for changes until cancelled."""
        self._loop = asyncio.get_running_loop()
        swept = -_SWEEP
        while True:
            try:
                if self._rooms.is_open and time.monotonic() - swept > _SWEEP:
                    swept = time.monotonic()
                    await self.in_thread(self._rooms.delete_ended)
                await self._look()
            except RoomError as error:  # the database is down: the next poll may succeed
                log.warning("rooms are not up to date: %s", error.reason)
            except Exception:
                log.exception("rooms are not up to date")
            await asyncio.sleep(BEAT)

    async def _look(self) -> None:
        now = time.monotonic()
        for code in [
            code for code, each in self._watched.items() if not each.waiting and now - each.asked > _FORGOTTEN
        ]:
            del self._watched[code]
        waiting = [code for code, watched in self._watched.items() if watched.waiting]
        if not waiting:
            return
        versions = await self.in_thread(self._rooms.versions, waiting)
        for code in waiting:
            watched = self._watched[code]
            if code not in versions:
                self._release(watched, None)
                self._watched.pop(code, None)
            elif watched.snapshot is None or watched.snapshot.version != versions[code]:
                await self._load(code, watched, since=now)
            else:
                watched.checked = now

    async def _load(self, code: str, watched: _Watched, since: float) -> None:
        """Read a room again, once for all simultaneous requests."""
        async with watched.loading:
            if watched.checked >= since and watched.snapshot is not None:
                return
            began = time.monotonic()
            snapshot = await self.in_thread(self._rooms.snapshot, code)
            watched.checked = began
            if watched.snapshot is None or watched.snapshot.version != snapshot.version:
                self._release(watched, snapshot)

    def _release(self, watched: _Watched, snapshot: Snapshot | None) -> None:
        watched.snapshot = snapshot
        watched.changed.set()
        watched.changed = asyncio.Event()

    def _changed_here(self, code: str) -> None:
        """Poll again at once: called by any thread that has changed a room."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._look_again, code)

    def _look_again(self, code: str) -> None:
        watched = self._watched.get(code)
        if watched is None:
            return
        watched.checked = -_FRESH  # an earlier snapshot is not current
        task = asyncio.ensure_future(self._reload(code, watched))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _reload(self, code: str, watched: _Watched) -> None:
        try:
            await self._load(code, watched, since=time.monotonic())
        except RoomError as error:
            if error.reason == "unknown":
                self._release(watched, None)
                self._watched.pop(code, None)

    def leave(self) -> None:
        """Release all waiting requests, so that the server can shut down."""
        self._is_leaving = True
        for watched in self._watched.values():
            watched.changed.set()

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)
