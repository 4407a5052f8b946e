"""Waiting for the worker process, and saying so when it takes longer than a blink."""

from math import ceil, exp
from typing import Any, TypeVar, overload

import streamlit as st

from dashboard import render_lock, session, words
from dashboard.engine import Job
from scenarios.errors import UserError
from scenarios.text import Text

Answer = TypeVar("Answer")
_POLL = 0.15  # seconds; between polls a visitor's next click can interrupt the run
_RARELY = 8  # times that, far back in the queue: the polls of a hundred who wait must stay cheap
_USUAL = 5.0  # seconds that a worker takes to start


@overload
def wait_for(job: Job[Answer], doing: Text = ...) -> Answer | None: ...
@overload
def wait_for(job: Answer | Job[Answer], doing: Text = ...) -> Answer | None: ...
def wait_for(job: Answer | Job[Answer], doing: Text = words.WORKING) -> Answer | None:
    """Return a job's result, or the value itself if it is not a job; None after an error, which is shown.

    `doing` is shown beside the progress.
    """
    if not isinstance(job, Job):
        return job
    try:
        with render_lock.pause():
            _sit_out(job, doing)
        return job.answer()
    except UserError as error:
        st.error(error.text[session.language()])
        return None
    except BaseException:  # the visitor clicked on something else: their next question need not wait behind this one
        job.leave()
        raise


def _sit_out(job: Job[Any], doing: Text) -> None:
    """Show how far the line or the work is, until it ends."""
    language = session.language()
    bar = st.empty()
    if job.wait(4 * _POLL):
        return
    waited, first = 4 * _POLL, 0
    place, seconds = job.place()
    while not job.wait(pause := _POLL * min(max(place, 1), _RARELY)):
        waited += pause
        place, seconds = job.place()
        first = max(first, place)
        if place > 1:
            text = words.IN_LINE.format(place=place, seconds=ceil(seconds))[language]
            bar.progress(1 - place / first, text=text)
        else:
            bar.progress(1 - exp(-waited / _USUAL), text=doing[language])
    bar.empty()
