"""The question, this task's card, and the few controls."""

import streamlit as st

from dashboard import results, session
from dashboard.permalink import LAST_DRAW, LAST_SEED
from dashboard.views import frame, guess_panel, what_if_panel
from dashboard.views.decisions.catalog import PANELS
from dashboard.views.decisions.decision_panel import draw_lever
from dashboard.views.headings import draw_heading
from scenarios.protocol import published_shots
from scenarios.publication.results import StudyResults
from scenarios.scenario import Scenario
from scenarios.task import Tasks
from scenarios.text import Text

_ANOTHER_TASK = Text(en="New {task}", zh="换一{task}")
_ANOTHER_DRAW = Text(en="Resample {examples}", zh="换一批{examples}")
_CARD = Text(en="**{task} {number}.** {known}", zh="**{task} {number} 号**：{known}")
_REVEAL = Text(en="Ground truth", zh="揭晓答案")


def show(scenario: Scenario, task: Tasks, study: StudyResults | None = None, *, is_guessed: bool = False) -> None:
    """Draw the question, the controls and the card; with published figures, also the effect of other conditions.

    While the user guesses, the truth about the task cannot be revealed.
    """
    view, prose = session.view(), scenario.prose
    language = view.lang
    panel = PANELS.get(scenario.decision)
    draw_heading(prose.question, 4)
    worlds = results.offered_worlds(scenario)
    has_choices = len(worlds) > 1 or (panel is not None and panel.parameter is not None)
    widths = [0.8, 1.1, 2.1] if has_choices else [1, 1.6]
    slider, *choices, card = st.columns(widths, gap="medium", vertical_alignment="center")
    with slider:
        frame.slide("shots", prose.shots, published_shots(scenario))
        if study:
            what_if_panel.show(scenario, study)
    with choices[0] if has_choices else slider:
        if panel:
            draw_lever(panel, scenario)
        if len(worlds) > 1:
            frame.choose_world(scenario, worlds)
    with card:
        name, badge = prose.task[language].capitalize(), frame.badge(panel.advice if panel else None)
        known = _CARD.format(task=name, number=view.seed, known=prose.describe_task(task)[language])[language]
        st.markdown(f"{badge} {known}")
        with st.container(horizontal=True, gap="small"):
            st.button(
                _ANOTHER_TASK.format(task=prose.a_task[language])[language],
                key="another_task",
                icon=":material/casino:",
                on_click=_another_task,
            )
            st.button(
                _ANOTHER_DRAW.format(examples=prose.examples)[language],
                key="another_draw",
                icon=":material/groups:",
                on_click=_another_draw,
            )
            if is_guessed:
                return
            with st.popover(_REVEAL[language], icon=":material/visibility:", key="reveal"):
                st.markdown(prose.reveal_task(task)[language])
            guess_panel.offer()


def _another_task() -> None:
    view = session.view()
    session.change(seed=(view.seed + 1) % (LAST_SEED + 1), draw=0, example=0)


def _another_draw() -> None:
    session.change(draw=(session.view().draw + 1) % (LAST_DRAW + 1), example=0)
