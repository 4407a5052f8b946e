"""Guess first: a page that shows its task and none of its answers, until the user has committed to a number."""

from dataclasses import replace

import numpy as np
import streamlit as st

from dashboard import session, typed_numbers, words
from dashboard.language import percent
from dashboard.presenting.lesson import Question
from dashboard.views import guessing
from scenarios.demo.precomputed import curve_grid
from scenarios.episode import Draw
from scenarios.learners.registry import META_LEARNED
from scenarios.publication.results import StudyResults
from scenarios.scenario import Scenario
from scenarios.task import Array
from scenarios.text import Text

_LEAD = Text(
    en="**Guess first.** The results of this page stay hidden until you have committed to a number.",
    zh="**先猜后看**。提交一个数之前，本页的结果保持隐藏。",
)
_SCORE = Text(
    en="{metric} of meta-learning with {labels}, mean of {tasks} {task}s, in per cent?",
    zh="元学习（{labels}）在 {tasks} 个{task}上的平均{metric}是百分之几？",
)
_HEIGHT = Text(en="What is {y} at {x} = {at}?", zh="{x} = {at} 处的{y}是多少？")
_COMMIT = Text(en="Commit and reveal", zh="提交并揭晓")
_SKIP = Text(en="Reveal without a guess", zh="不猜，直接揭晓")
_GUESS_FIRST = Text(en="Guess first", zh="先猜后看")
_TRUTH = Text(en="The answer is **{truth}**.", zh="答案是 **{truth}**。")
_YOURS = Text(en="Your guess", zh="你的猜测")
_REFUSED = "why a guess was not taken"
_GUESS, _MADE = "guess_first", "the guess that was made on a page"


def score_question(scenario: Scenario, study: StudyResults, shots: int) -> Question:
    """Return the question for the score of meta-learning, in per cent, in the language of the visit."""
    language, metric = session.language(), study.metric
    asked = _SCORE.format(
        metric=words.capitalised(metric.name),
        labels=words.counted(metric, shots),
        tasks=study.tasks,
        task=scenario.prose.task,
    )
    score = percent(study.at(META_LEARNED, shots)[0], 1)
    ask = words.spaced(asked[language])
    return Question(ask[0].upper() + ask[1:], "number", 100 * metric.floor, 100.0, "%", answer=score)


def height_question(scenario: Scenario, draw: Draw, truth: Array, ends: tuple[float, float]) -> Question:
    """Return the question for the height of the curve (grid,) where it is farthest from the points."""
    grid, language = curve_grid(scenario), session.language()
    place = int(np.abs(grid[:, None] - draw.support.x[0, :, 0]).min(axis=1).argmax())
    target = scenario.target or scenario.features[0]
    names = {"x": scenario.features[0].label, "y": target.label}
    ask = _HEIGHT.format(at=f"{grid[place]:.3g}".replace("-", "−"), **names)[language]
    return Question(ask, "number", *ends, answer=f"{truth[place]:.2f}")


def show(question: Question) -> None:
    """Draw the question that stands in place of all results."""
    language = session.language()
    st.markdown(_LEAD[language])
    st.markdown(f"##### {question.ask}")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            question.ask, key=_GUESS, label_visibility="collapsed", width=220, max_chars=30,
            placeholder=f"{question.low:g} … {question.high:g} {question.unit}",
        )  # fmt: skip
        st.button(_COMMIT[language], type="primary", key="guess_commit", on_click=_commit, args=(question,))
        st.button(_SKIP[language], type="tertiary", key="guess_skip", on_click=_reveal)
    if refused := st.session_state.pop(_REFUSED, None):
        st.error(refused[language])


def offer() -> None:
    """Draw the button that hides a page's results."""
    st.button(
        _GUESS_FIRST[session.language()], icon=":material/visibility_off:", type="tertiary", key="guess_offer",
        on_click=session.change, kwargs={"guess": 1},
    )  # fmt: skip


def show_distance(question: Question) -> None:
    """Show how far off the guess was that has just been made, if one has."""
    made = st.session_state.get(_MADE)
    if made is None or made[0] != replace(question, ask=""):  # which may be in the other language
        return
    language = session.language()
    truth = _TRUTH.format(truth=guessing.with_unit(question.answer, question.unit))[language]
    st.info(words.paragraph(language, truth, guessing.compared(question, made[1], language)), icon=":material/flag:")


def _commit(question: Question) -> None:
    typed = str(st.session_state.get(_GUESS) or "")
    if not typed.strip():
        return
    st.session_state[_REFUSED] = typed_numbers.refusal(_YOURS, typed, question.low, question.high)
    if not st.session_state[_REFUSED]:
        st.session_state[_MADE] = replace(question, ask=""), typed_numbers.read(typed)
        session.change(guess=0)


def _reveal() -> None:
    st.session_state.pop(_MADE, None)
    session.change(guess=0)
