"""A visitor's comparison on their own table: the worker measures one piece at a time, and the visit keeps the answers.

The table is held by the visit, and by the worker while it measures a piece. Nothing of it is written to disk, logged or
put into the URL; when the visit ends, everything goes with it. As with a training, the next piece begins when somebody
looks, and only a few visits are served at the same time.
"""

import logging
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import streamlit as st

from dashboard import words
from dashboard.engine import ENGINE, Job, UnwantedError
from dashboard.remote import own_experiment
from dashboard.training import SLOTS, this_session
from scenarios.errors import UserError
from scenarios.own_tasks.pieces import Progress
from scenarios.own_tasks.results import OwnResults
from scenarios.own_tasks.source import Source
from scenarios.text import Text

_KEPT = "the visitor's comparison"
log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Comparison:
    """How far a comparison is, and what it waits for.

    Parameters
    ----------
    source : Source
        The table with its roles.
    methods : tuple of str
        Their ids; none for the usual ones.
    progress : Progress or None
        What is planned and measured; None before the worker has planned it.
    results : OwnResults or None
        Of the methods that are measured.
    """

    source: Source
    methods: tuple[str, ...] = ()
    progress: Progress | None = None
    results: OwnResults | None = None
    running: bool = True
    job: Job[Any] | None = None
    is_measuring: bool = False  # whether the job measures a piece; otherwise it plans or puts results together
    requested_at: float = 0.0  # seconds of the monotonic clock
    worked: float = 0.0  # seconds that pieces took
    trouble: Text | None = None
    place: int = 0  # among the visits that wait for their turn
    is_current: bool = True  # whether `results` has all that is measured

    @property
    def done(self) -> bool:
        return self.progress is not None and self.progress.is_complete and self.is_current

    @property
    def restless(self) -> bool:
        """Whether another look may find something new."""
        return (self.running and not self.done) or self.job is not None

    @property
    def share(self) -> float:
        """Of the whole effort, what is done."""
        return self.progress.share if self.progress else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Of computing; None before anything is known."""
        return self.worked * (1 - self.share) / self.share if self.share > 0.01 else None


def begin(source: Source, methods: tuple[str, ...] = ()) -> None:
    """Start a comparison in the place of another one."""
    cancel()
    _keep(Comparison(source, methods))


def pause() -> None:
    """Begin no piece any more; the answer of one that is being measured is kept."""
    if now := current():
        _keep(replace(now, running=False, place=0))


def resume() -> None:
    """Continue."""
    if now := current():
        _keep(replace(now, running=True, trouble=None))


def cancel() -> None:
    """Forget the comparison."""
    if (now := current()) and now.job:
        now.job.leave()
    SLOTS.release(this_session())
    st.session_state.pop(_KEPT, None)


def current() -> Comparison | None:
    """Return this visit's comparison, if there is one."""
    found: Comparison | None = st.session_state.get(_KEPT)
    return found


def look() -> Comparison | None:
    """Take the worker's answer, and ask for the next piece. Call it again and again while the page is looked at."""
    now = current()
    if now is None:
        return None
    now = _onwards(_taken(now))
    _keep(now)
    return now


def _taken(now: Comparison) -> Comparison:
    if now.job is None or not now.job.wait(0):
        return now
    job, now = now.job, replace(now, job=None)
    try:
        answer = job.answer()
    except UnwantedError:
        return now
    except UserError as error:
        return replace(now, running=False, trouble=error.text)
    except Exception:  # a mistake of ours: the log has it, without the table
        log.exception("a piece of a comparison failed")
        return replace(now, running=False, trouble=words.FAILED)
    if now.is_measuring and now.progress:
        worked = now.worked + time.monotonic() - now.requested_at
        progress = now.progress.with_answer(answer)
        return replace(now, progress=progress, worked=worked, is_current=now.is_current and not progress.is_at_an_end)
    if isinstance(answer, OwnResults):
        return replace(now, results=answer, is_current=True)
    return replace(now, progress=answer)


def _onwards(now: Comparison) -> Comparison:
    session = this_session()
    if now.done or not (now.running or now.job):
        SLOTS.release(session)
        return replace(now, running=False, place=0)
    place = SLOTS.request(session)
    if now.job or not now.running:
        return now
    if place:
        return replace(now, place=place)
    start = partial(ENGINE.start, is_wanted=partial(SLOTS.has, session))
    is_measuring = False
    if now.progress is None:
        job = start(own_experiment.planned, now.source, (), now.methods)
    elif not now.is_current:
        job = start(own_experiment.assembled, now.source, now.progress)
    else:
        job, is_measuring = start(own_experiment.measured, *now.progress.next_piece, now.source), True
    return replace(now, job=job, is_measuring=is_measuring, requested_at=time.monotonic(), place=0)


def _keep(now: Comparison) -> None:
    st.session_state[_KEPT] = now
