"""Long work of a visit, as short jobs in the worker; the state between jobs is kept in the session.

The next job starts when the page runs. If the page is left, the work pauses: a running job finishes, a queued one is
dropped and submitted again when the visitor returns. The same holds for a lost connection. All state ends with the
session.

Only a few visits compute at the same time; the others wait their turn.
"""

import logging
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generic, Self, TypeVar

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard import words
from dashboard.engine import ENGINE, Job, UnwantedError
from scenarios.errors import UserError
from scenarios.text import Text

# At a time, in the whole server. A job takes two seconds, so each of four sees something new every eight; and when a
# class presses the button at once, all others wait for four compilations at most and not for thirty.
AT_ONCE = 4
TURN = 120.0  # seconds until waiting visits go first: some fifteen jobs, far longer than compiling
POLL, POLL_IN_QUEUE = 0.7, 4.0  # seconds between a page's polls: a hundred waiting pages must stay cheap
SLICE_SECONDS = 1.5  # seconds of one slice: the longest that other visits' requests wait for it
AWAY = 30.0  # seconds without a look after which a page has been left; on a busy server, a look takes some of them

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class LongWork(ABC):
    """Progress and state of some long work. A subclass states its jobs and the changes that their answers make."""

    running: bool = True
    job: Job[Any] | None = None  # the job that is running
    requested_at: float = 0.0  # when it was requested, in seconds of the monotonic clock
    trouble: Text | None = None  # why it stopped by itself
    place: int = 0  # place in the queue; 0 if it need not wait

    @property
    @abstractmethod
    def done(self) -> bool:
        """Whether there is no job left."""

    @abstractmethod
    def next_job(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Return the function of `remote` that is to be called next, and its arguments."""

    @abstractmethod
    def with_answer(self, answer: Any, seconds: float) -> Self:
        """Return the work with the answer of its job, which took `seconds`."""

    def once_begun(self) -> Self:
        """Return the work with its next job, once the current one has finished."""
        return self

    @property
    def restless(self) -> bool:
        """Whether another poll may find something new."""
        return (self.running and not self.done) or self.job is not None

    @property
    def poll(self) -> float | None:
        """Seconds until the page should poll again; None if nothing new can come."""
        if not self.restless:
            return None
        return POLL_IN_QUEUE if self.place else POLL

    @property
    def waiting(self) -> float:
        """For how many seconds a job has been awaited."""
        return time.monotonic() - self.requested_at if self.job else 0.0


class Slots:
    """The visits that compute now: the first few of those that want to. Safe to use from many threads.

    After TURN seconds, a visit goes to the end of the queue if others wait. One that has lost its connection, or has
    not polled for AWAY seconds, leaves the queue.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._lock = threading.Lock()
        self._asked: dict[str, float] = {}  # session -> time of its last poll; in the order of the queue
        self._since: dict[str, float] = {}  # session -> since when it has had its slot

    def request(self, session: str) -> int:
        """Request a slot; to be polled. Returns 0 if the session has one, otherwise its place in the queue."""
        now = time.monotonic()
        with self._lock:
            for other in [other for other in self._asked if not self._is_there(other, now)]:
                del self._asked[other]
                self._since.pop(other, None)
            self._asked[session] = now
            computing = list(self._asked)[: self._count]
            if len(self._asked) > self._count:
                for other in computing:
                    if now - self._since.get(other, now) > TURN:
                        self._asked[other] = self._asked.pop(other)
            queue = list(self._asked)
            self._since = {other: self._since.get(other, now) for other in queue[: self._count]}
            return max(0, queue.index(session) + 1 - self._count)

    def has(self, session: str) -> bool:
        """Whether a session has a slot, is connected and has its work's page open."""
        with self._lock:
            return session in self._since and self._is_there(session, time.monotonic())

    def _is_there(self, session: str, now: float) -> bool:
        return now - self._asked[session] <= AWAY and _is_connected(session)

    def release(self, session: str) -> None:
        with self._lock:
            self._asked.pop(session, None)
            self._since.pop(session, None)


SLOTS = Slots(AT_ONCE)

Kind = TypeVar("Kind", bound=LongWork)


class Kept(Generic[Kind]):
    """One kind of long work in the visit for which the calling thread draws."""

    def __init__(self, name: str) -> None:
        self._name = name  # in the visit's state

    def begin(self, work: Kind) -> None:
        """Start some work in the place of other."""
        self.cancel()
        self._keep(work)

    def pause(self) -> None:
        """Start no further job; the result of the running one is kept."""
        if now := self.current():
            self._keep(replace(now, running=False, place=0))
            if now.job is None:
                SLOTS.release(_this_session())

    def resume(self) -> None:
        """Continue."""
        if now := self.current():
            self._keep(replace(now, running=not now.done, trouble=None))

    def cancel(self) -> None:
        """Discard the work, including the result of a running job."""
        if (now := self.current()) and now.job:
            now.job.leave()
        SLOTS.release(_this_session())
        st.session_state.pop(self._name, None)

    def current(self) -> Kind | None:
        """Return this visit's work, if there is any."""
        work: Kind | None = st.session_state.get(self._name)
        return work

    def look(self) -> Kind | None:
        """Take finished results and submit the next job. Called repeatedly while the page is open."""
        now = self.current()
        if now is None or not now.restless:  # paused work must not take the slot from the visit's other work
            return now
        now = _onwards(_taken(now))
        self._keep(now)
        return now

    def _keep(self, work: Kind) -> None:
        st.session_state[self._name] = work


def _taken(now: Kind) -> Kind:
    if now.job is None or not now.job.wait(0):
        return now
    job, seconds, now = now.job, now.waiting, replace(now, job=None)
    try:
        return now.with_answer(job.answer(), seconds)
    except UnwantedError:  # while the job waited, the connection was lost or the page left
        return now
    except UserError as error:
        return replace(now, running=False, trouble=error.text)
    except Exception:  # a bug: it is logged, and the visitor keeps the results of earlier jobs
        log.exception("a job of %s failed", type(now).__name__)
        return replace(now, running=False, trouble=words.FAILED)


def _onwards(now: Kind) -> Kind:
    session = _this_session()
    if now.done or not (now.running or now.job):
        SLOTS.release(session)
        return replace(now, running=False, place=0)
    place = SLOTS.request(session)
    if now.job or not now.running:
        return now
    if place:
        return replace(now, place=place)
    function, arguments = now.next_job()
    job = ENGINE.start(function, *arguments, is_wanted=partial(SLOTS.has, session))
    return replace(now, job=job, requested_at=time.monotonic(), place=0).once_begun()


def _this_session() -> str:
    """Return the id of the visit that this thread draws for; "" outside of Streamlit."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context else ""


def _is_connected(session: str) -> bool:
    return not session or not runtime.exists() or runtime.get_instance().is_active_session(session)
