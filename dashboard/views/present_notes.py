"""The presenter's notes, for a device of their own: nothing of this is on the screen of the room."""

import streamlit as st

from dashboard import session, words
from dashboard.presenting.lesson import Translations, in_language
from dashboard.views import lesson_room
from dashboard.views.present_stage import draw_keys
from scenarios.text import Text

_PLANNED = Text(
    en="planned: step ends at {until} of {all} min; click the clock to restart it",
    zh="计划：本步结束于第 {until} 分钟，全程 {all} 分钟；点击时钟可重新计时",
)
_BACK, _ON = Text(en="Back", zh="上一步"), Text(en="Next", zh="下一步")
_COLON = Text(en="**{name}:** {text}", zh="**{name}**：{text}")


def show(translations: Translations) -> None:
    """Draw the notes of the view's step."""
    language, name = session.language(), session.view().lesson
    lesson = in_language(translations, language)
    last = lesson_room.last_place(lesson)
    at = min(session.view().at, last)
    session.assume(at=at)
    notes = lesson_room.notes_of(name, translations, at)
    st.header(words.verbatim(lesson.title), anchor=False)
    planned = _PLANNED.format(until=f"{notes.until:g}", all=f"{lesson.minutes:g}")[language]
    st.html(f'<p style="font-size:1.3rem"><b data-clock="1" style="cursor:pointer">00:00</b>　{planned}</p>')
    with st.container(horizontal=True):
        st.button(_BACK[language], key="notes_back", disabled=at == 0, on_click=_turn_to, args=(at - 1,))
        st.button(_ON[language], key="notes_on", disabled=at == last, type="primary", on_click=_turn_to, args=(at + 1,))
    st.subheader(words.verbatim(notes.title[language]), anchor=False)
    for line in notes.lines:
        st.markdown(_COLON.format(name=line.name, text=words.verbatim(line.text[language]))[language])
    draw_keys(lesson, at, last)


def _turn_to(place: int) -> None:
    session.change(at=place)
