"""The presenter's notes, for a device of their own: nothing of this is on the screen of the room."""

import streamlit as st

from dashboard import session, words
from dashboard.presenting.lesson import Lesson
from dashboard.views import guessing
from dashboard.views.present_stage import draw_keys
from scenarios.text import Text

_PLANNED = Text(
    en="planned: step ends at {until} of {all} min; press the clock to start it again",
    zh="计划：本步结束于第 {until} 分钟，全程 {all} 分钟；点击时钟可重新计时",
)
_STEP = Text(en="{at} of {all}: {title}", zh="{at} / {all}：{title}")
_SAY, _ASK, _DO = Text(en="Say", zh="讲"), Text(en="Ask", zh="问"), Text(en="Do", zh="做")
_ANSWER, _FOUND = Text(en="Answer", zh="答案"), Text(en="Afterwards", zh="揭晓后")
_EXPECT, _NEXT = Text(en="Expect", zh="预期"), Text(en="Next", zh="下一步")
_BACK, _ON = Text(en="Back", zh="上一步"), Text(en="On", zh="下一步")
_COVER, _END = Text(en="What one learns", zh="学习目标"), Text(en="To take along", zh="要点")
_COLON = Text(en="**{name}:** {text}", zh="**{name}**：{text}")


def show(lesson: Lesson) -> None:
    """Draw the notes of the view's step."""
    language = session.language()
    last = len(lesson.steps) + bool(lesson.key_points)
    at = min(session.view().at, last)
    session.assume(at=at)
    st.header(words.verbatim(lesson.title))
    until = sum(step.minutes for step in lesson.steps[:at])
    planned = _PLANNED.format(until=f"{until:g}", all=f"{lesson.minutes:g}")[language]
    st.html(f'<p style="font-size:1.3rem"><b data-clock="1" style="cursor:pointer">00:00</b>　{planned}</p>')
    with st.container(horizontal=True):
        st.button(_BACK[language], key="notes_back", disabled=at == 0, on_click=_turn_to, args=(at - 1,))
        st.button(_ON[language], key="notes_on", disabled=at == last, type="primary", on_click=_turn_to, args=(at + 1,))
    st.subheader(_STEP.format(at=at, all=last, title=words.verbatim(_title(lesson, at)[language]))[language])
    for name, text in _lines(lesson, at):
        st.markdown(_COLON.format(name=name, text=words.verbatim(text))[language])
    draw_keys(lesson, at, last)


def _turn_to(place: int) -> None:
    session.change(at=place)


def _title(lesson: Lesson, at: int) -> Text:
    if 1 <= at <= len(lesson.steps):
        title = lesson.steps[at - 1].title
        return Text(en=title, zh=title)
    return _END if at else _COVER


def _lines(lesson: Lesson, at: int) -> list[tuple[Text, str]]:
    """Return what the notes have of a step: a name, and the text."""
    if not 1 <= at <= len(lesson.steps):
        lines = [(_SAY, each) for each in (lesson.key_points if at else lesson.objectives)]
    else:
        step = lesson.steps[at - 1]
        question = step.question
        lines = [(_SAY, step.say)]
        if question:
            lines += [(_ASK, " / ".join((question.ask, *question.choices)))]
            lines += [(_ANSWER, guessing.with_unit(question.answer, question.unit))] if question.answer else []
        lines += [(name, text) for name, text in ((_DO, step.do), (_EXPECT, step.expect), (_FOUND, step.found)) if text]
    if at < len(lesson.steps):
        lines.append((_NEXT, lesson.steps[at].title))
    return lines
