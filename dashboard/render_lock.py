"""A lock under which one page is drawn at a time, with a turn for every client address.

Streamlit draws each visitor's page in its own thread. Because of Python's global interpreter lock, fifty threads that
draw at once interrupt each other every few milliseconds, and each takes twice as long. One after the other, all finish
sooner. A page that waits for the worker releases the lock.

Addresses take turns, and the tabs of one address are served in the order in which they came: with a hundred tabs of its
own, one client delays the others by one page and not by a hundred.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from dashboard.round_robin import RoundRobin


class FairLock:
    """A lock for threads of several clients, who take turns."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._is_held = False
        self._waiting: RoundRobin[threading.Lock] = RoundRobin()

    def acquire(self, client: str) -> None:
        """Wait for the lock; clients get it in turns."""
        with self._changing:
            if not self._is_held:
                self._is_held = True
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn, client)
        turn.acquire()  # until `release` hands the lock over

    def release(self) -> None:
        """Hand the lock to the next client; free it if none waits."""
        with self._changing:
            if len(self._waiting):
                self._waiting.pop().release()
            else:
                self._is_held = False


_PEN = FairLock()
_drawing = threading.local()  # `client`, in the thread that draws


@contextmanager
def turn(client: str = "") -> Iterator[None]:
    """Hold the lock while drawing. `client` is the address that the page is for."""
    _take(client)
    try:
        yield
    finally:
        _give()


@contextmanager
def pause() -> Iterator[None]:
    """Let others draw while this one waits."""
    client: str | None = getattr(_drawing, "client", None)
    if client is not None:
        _give()
    try:
        yield
    finally:
        if client is not None:
            _take(client)


def _take(client: str) -> None:
    _PEN.acquire(client)
    _drawing.client = client


def _give() -> None:
    _drawing.client = None
    _PEN.release()
