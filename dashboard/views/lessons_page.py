"""How meta-learning works: one line learned the ordinary way, five steps, why the start matters, and in symbols."""

import streamlit as st

from dashboard import jobs, session
from dashboard.remote import adam, walks
from dashboard.views import (
    first_example_panel,
    five_steps_panel,
    landscape_panel,
    user_learner,
    written_lessons,
)
from dashboard.views.headings import draw_heading
from scenarios.text import Text

_TITLE = Text(en="How it works, in five steps", zh="五步看懂元学习")
_LEAD = Text(
    en="Ordinary learning solves one task and keeps no experience. Meta-learning keeps what many tasks have in "
    "common, so that the next one needs only a few examples and steps.",
    zh="普通学习解决一个任务之后，经验便丢弃了。元学习保留众多任务的共性，因此下一个任务只需几个样本、几步训练。",
)
POINTS = 100  # points of the first example


def show() -> None:
    """Draw the page from top to bottom. Jobs for the worker are submitted first and awaited last."""
    language = session.language()
    view = session.view()
    example = jobs.ask(adam.run, view.seed, POINTS, bool(view.centred))
    scenario = five_steps_panel.scenario()
    own = scenario and user_learner.chosen(scenario, walking=True)
    weights = own.weights if own else b""
    practice = jobs.prepared_or_ask(walks.practise, scenario.name, view.seed, weights) if scenario else None

    draw_heading(_TITLE, 2)
    st.markdown(_LEAD[language])
    names = ("example", "steps", "landscape", "symbols", "programs")
    first, second, third, fourth, fifth = (st.container(key=f"lesson_{name}") for name in names)
    with third:
        landscape_panel.show()
    with fourth:
        written_lessons.show_symbols()
    with fifth:
        written_lessons.show_programs()
    with first:
        first_example_panel.show(example)
    if scenario and practice:
        with second:
            user_learner.show(scenario, walking=True)
            five_steps_panel.show(scenario, practice)
