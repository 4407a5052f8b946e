"""The page of one scenario, whichever it is: the question, the task, the result, and what stands behind it."""

from math import exp

import streamlit as st

from dashboard import compute, reader, words
from dashboard.engine import Job
from dashboard.views import (
    applicants_panel,
    decisions_panel,
    examples_panel,
    result_panel,
    story_panel,
    task_panel,
)
from scenarios.errors import ReaderError
from scenarios.scenario import Scenario
from scenarios.study.presets import Showcase, sample_showcase

_POLL = 0.15  # seconds; between polls a visitor's next click can interrupt the run
_USUAL = 5.0  # seconds that a worker takes to wake


def show(scenario: Scenario) -> None:
    """Draw the page of one scenario, from top to bottom."""
    view = reader.view()
    task, draw = sample_showcase(scenario, view.seed, view.draw, view.shots)
    try:
        study = compute.study(scenario.name)
    except ReaderError as error:
        st.error(error.text[view.lang])
        return

    task_panel.show(scenario, task)
    result_panel.show_averages(scenario, study)
    left, right = st.columns([1.35, 1], gap="medium")
    with right:
        result_panel.show_labels(scenario, study)
    with left:
        place = st.container(key="player")
    below = st.container()

    with place:
        shown = _await(compute.showcase(scenario.name, view.seed, view.draw, view.shots))
        if shown is not None:
            result_panel.show_player(scenario, study, draw, shown)
    with below:
        examples_panel.show(scenario, draw, shown)
        if scenario.decision == "lending":
            applicants_panel.show(scenario, draw, shown)
        decisions_panel.show(scenario, study, draw, shown)
        story_panel.show(scenario, study, draw, shown)


def _await(answer: Showcase | Job) -> Showcase | None:
    """Wait for the worker, saying so when it takes longer than a blink. None after an error, which is said."""
    if isinstance(answer, Showcase):
        return answer
    tongue = reader.language()
    try:
        bar = st.empty()
        if not answer.wait(4 * _POLL):
            waited = 4 * _POLL
            while not answer.wait(_POLL):
                waited += _POLL
                bar.progress(1 - exp(-waited / _USUAL), text=words.WORKING[tongue])
            bar.empty()
        shown: Showcase = answer.answer()
    except ReaderError as error:
        st.error(error.text[tongue])
        return None
    return shown
