"""One page is drawn at a time.

Streamlit draws each visitor's page in a thread of its own. Under Python's one lock, fifty threads that draw at once
interrupt each other every few milliseconds, and each of them takes twice as long as alone. In turns, all are served
sooner. Whoever waits for the worker lets the next one draw.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_PEN = threading.Lock()
_holder: int | None = None  # the thread that draws


@contextmanager
def turn() -> Iterator[None]:
    """Draw while nobody else does."""
    _take()
    try:
        yield
    finally:
        _give()


@contextmanager
def pause() -> Iterator[None]:
    """Let others draw while this one waits."""
    had = _has_it()
    if had:
        _give()
    try:
        yield
    finally:
        if had:
            _take()


def _has_it() -> bool:
    return _holder == threading.get_ident()


def _take() -> None:
    global _holder
    _PEN.acquire()
    _holder = threading.get_ident()


def _give() -> None:
    global _holder
    _holder = None
    _PEN.release()
