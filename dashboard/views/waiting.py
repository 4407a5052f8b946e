"""Waiting for the worker process, and saying so when it takes longer than a blink."""

from math import exp
from typing import Any

import streamlit as st

from dashboard import reader, words
from dashboard.engine import Job
from scenarios.errors import ReaderError

_POLL = 0.15  # seconds; between polls a visitor's next click can interrupt the run
_USUAL = 5.0  # seconds that a worker takes to wake


def wait_for(job: Any) -> Any:
    """The answer of a job, or what is none and so is there already; None after an error, which is said."""
    if not isinstance(job, Job):
        return job
    tongue = reader.language()
    try:
        bar = st.empty()
        if not job.wait(4 * _POLL):
            waited = 4 * _POLL
            while not job.wait(_POLL):
                waited += _POLL
                bar.progress(1 - exp(-waited / _USUAL), text=words.WORKING[tongue])
            bar.empty()
        return job.answer()
    except ReaderError as error:
        st.error(error.text[tongue])
        return None
