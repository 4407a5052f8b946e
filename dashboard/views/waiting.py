"""Waiting for the worker process, and saying so when it takes longer than a blink."""

from math import ceil, exp
from typing import Any, TypeVar, overload

import streamlit as st

from dashboard import render_lock, session, words
from dashboard.engine import Job
from scenarios.errors import UserError

Answer = TypeVar("Answer")
_POLL = 0.15  # seconds; between polls a visitor's next click can interrupt the run
_USUAL = 5.0  # seconds that a worker takes to start


@overload
def wait_for(job: Job[Answer]) -> Answer | None: ...
@overload
def wait_for(job: Answer | Job[Answer]) -> Answer | None: ...
def wait_for(job: Answer | Job[Answer]) -> Answer | None:
    """Return a job's result, or the value itself if it is not a job; None after an error, which is shown."""
    if not isinstance(job, Job):
        return job
    try:
        with render_lock.pause():
            _sit_out(job)
        return job.answer()
    except UserError as error:
        st.error(error.text[session.language()])
        return None
    except BaseException:  # the visitor clicked on something else: their next question need not wait behind this one
        job.leave()
        raise


def _sit_out(job: Job[Any]) -> None:
    """Show how far the line or the work is, until it ends."""
    language = session.language()
    bar = st.empty()
    if job.wait(4 * _POLL):
        return
    waited, first = 4 * _POLL, 0
    while not job.wait(_POLL):
        waited += _POLL
        place, seconds = job.place()
        first = max(first, place)
        if place > 1:
            text = words.IN_LINE.format(place=place, seconds=ceil(seconds))[language]
            bar.progress(1 - place / first, text=text)
        else:
            bar.progress(1 - exp(-waited / _USUAL), text=words.WORKING[language])
    bar.empty()
