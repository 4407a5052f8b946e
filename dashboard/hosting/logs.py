"""A log that no visitor can fill: records are short, free of control characters, counted and bounded in rate.

It covers the whole process, Streamlit's and uvicorn's loggers included, whose handlers come and go.
"""

import logging
import re
import time
import traceback
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from types import TracebackType
from typing import Any

from dashboard.token_bucket import TokenBucket

MESSAGE_CHARACTERS, TRACEBACK_CHARACTERS = 1000, 3000  # limits of one record
REPEAT_SECONDS = 60.0  # period in which an identical record appears once
RECORDS_PER_SECOND, RECORDS_BURST = 5, 50
BYTES_PER_SECOND, BYTES_BURST = 2048, 128 * 1024  # 180 MB a day at the worst
_REMEMBERED = 256  # different records, for the counts of repetitions
_FRAMES = 50  # frames of a traceback that identify it

_SESSION_ID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_MARK = "_quick_study_logs"


def install() -> None:
    """Guard every logger of this process, present and future. A second call changes nothing."""
    original = logging.Logger.callHandlers
    if hasattr(original, _MARK):
        return
    guard = Guard()

    def call_handlers(logger: logging.Logger, record: logging.LogRecord) -> None:
        left_out = guard.admit(record)
        if left_out is None:
            return
        if left_out:
            note = f"{left_out} records were left out: too many at a time"
            original(logger, logging.LogRecord(__name__, logging.WARNING, __file__, 0, note, (), None))
        original(logger, record)

    setattr(call_handlers, _MARK, True)
    logging.Logger.callHandlers = call_handlers  # type: ignore[method-assign, assignment]


@dataclass
class _Repeated:
    since: float
    count: int = 0


class Guard:
    """Decides which records appear, and rewrites those that do.

    Parameters
    ----------
    clock : callable
        Returns seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._seen: dict[Hashable, _Repeated] = {}
        self._records = TokenBucket(RECORDS_PER_SECOND, RECORDS_BURST, clock)
        self._bytes = TokenBucket(BYTES_PER_SECOND, BYTES_BURST, clock)
        self._left_out = 0

    def admit(self, record: logging.LogRecord) -> int | None:
        """Rewrite a record that may appear. Returns how many were left out before it, or None if it may not."""
        message = _message(record)
        with self._lock:
            repeated = self._count(_identity(record, message))
            if repeated is None:
                return None
            if record.levelno < logging.CRITICAL and (self._bytes.take(0) or not self._records.take_if_any()):
                self._left_out += 1
                return None
            _rewrite(record, message, repeated)
            self._bytes.take(len(record.msg))
            left_out, self._left_out = self._left_out, 0
            return left_out

    def _count(self, identity: Hashable) -> int | None:
        """Count a record. Returns how often it came since it was last written, or None if it is not to be now."""
        now = self._clock()
        known = self._seen.get(identity)
        if known is not None and now - known.since < REPEAT_SECONDS:
            known.count += 1
            return None
        self._seen.pop(identity, None)
        while len(self._seen) >= _REMEMBERED:
            del self._seen[next(iter(self._seen))]  # the oldest
        self._seen[identity] = _Repeated(now)
        return known.count if known else 0


def _message(record: logging.LogRecord) -> str:
    try:
        text = record.getMessage()
    except Exception:  # a visitor's object may not be printable, and a log is no place to fail
        text = f"{record.msg!r:.200} (its arguments could not be formatted)"
    return plain(text, MESSAGE_CHARACTERS).replace("\n", "\\n")


def _identity(record: logging.LogRecord, message: str) -> Hashable:
    """Return the key by which records are repetitions: for a traceback its place, for its words may be a visitor's."""
    kind, _, trace = record.exc_info if isinstance(record.exc_info, tuple) else (None, None, None)
    if kind is None:
        return record.name, record.levelno, message
    return record.name, record.levelno, kind, _place(trace)


def _place(trace: TracebackType | None) -> tuple[tuple[str, int], ...]:
    places: list[tuple[str, int]] = []
    while trace is not None and len(places) < _FRAMES:
        places.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    return tuple(places)


def _rewrite(record: logging.LogRecord, message: str, repeated: int) -> None:
    """Turn a record into one text, which handlers print as it is. Lines of a traceback are indented."""
    text = message if not repeated else f"{message} ({repeated} more like it were left out)"
    details = _details(record)
    if details:
        text += "\n" + "\n".join(f"  {line}" for line in plain(details, TRACEBACK_CHARACTERS).splitlines())
    record.msg, record.args = text, ()
    record.exc_info = record.exc_text = record.stack_info = None


def _details(record: logging.LogRecord) -> str:
    if isinstance(record.exc_info, tuple) and record.exc_info[0] is not None:
        return "".join(traceback.format_exception(*record.exc_info, limit=-_FRAMES))
    return record.exc_text or record.stack_info or ""


def plain(text: str, longest: int) -> str:
    """Return text without its middle if it is long, without session ids, and with control characters escaped."""
    if len(text) > longest:
        half = longest // 2
        text = f"{text[:half]} [... {len(text) - 2 * half} characters ...] {text[-half:]}"
    return _CONTROL.sub(_escaped, _SESSION_ID.sub("<session>", text))


def _escaped(match: re.Match[Any]) -> str:
    return ascii(match.group())[1:-1]
