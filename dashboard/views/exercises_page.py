"""Exercises to do alone: a question about a page, one's own answer checked, a hint and the solution to unfold."""

from html import escape
from urllib.parse import urlencode

import streamlit as st

from dashboard import pages, permalink, session, typed_numbers, words
from dashboard.presenting import progress
from dashboard.presenting.exercises import Exercise
from dashboard.presenting.lesson import Question
from dashboard.views import guessing, lesson_facts
from dashboard.views.headings import draw_heading
from scenarios.errors import UserError
from scenarios.text import Language, Text

_LEAD = Text(
    en="{count} exercises, {minutes:.0f} minutes in all. Each opens a page in the right state, in a tab of its own: "
    "come back with your answer.",
    zh="{count} 道练习，共约 {minutes:.0f} 分钟。每道题都会在新标签页中打开对应的页面；带着答案回到这里。",
)
_SOLVED = Text(
    en="{{solved}} of {count} solved, kept in this browser alone", zh="已解出 {{solved}} / {count}，只保存在本浏览器"
)
_FORGET = Text(en="Start over", zh="重新开始")
_TITLE = Text(en="**{number}. {title}** · {minutes:g} min", zh="**{number}. {title}** · {minutes:g} 分钟")
_OPEN = Text(en="Open the page", zh="打开页面")
_ANSWER, _CHECK = Text(en="Your answer", zh="你的答案"), Text(en="Check", zh="检查")
_HINT, _SOLUTION = Text(en="Hint", zh="提示"), Text(en="Solution", zh="答案与解释")
_RIGHT = Text(en="Right: **{truth}**.", zh="正确：**{truth}**。")
_TOO_LOW = Text(en="Not yet: {answer} is too low.", zh="还不对：{answer} 偏低。")
_TOO_HIGH = Text(en="Not yet: {answer} is too high.", zh="还不对：{answer} 偏高。")
_OTHER = Text(en="Not yet: look at the page once more.", zh="还不对：再看看页面。")
_MISSING = Text(
    en="The results behind this exercise are missing on this server.", zh="本服务器上缺少这道练习所需的结果。"
)
_REFUSED = "why an answer to an exercise was not taken, with its code"
_CHECKED = "answers to exercises that were checked"


def show() -> None:
    """Draw all exercises, of which the address may open one."""
    language = session.language()
    draw_heading(pages.TITLE["exercises"], 1)
    try:
        exercises = lesson_facts.filled_exercises(language)
    except UserError as error:
        st.error(words.verbatim(error.text[language]))
        return
    minutes = sum(each.minutes for each in exercises)
    draw_heading(_LEAD.format(count=len(exercises), minutes=minutes), 5)
    opened = session.view().question
    opened = opened if opened in {each.code for each in exercises} else exercises[0].code
    place = st.container()
    for number, each in enumerate(exercises, start=1):
        title = _TITLE.format(number=number, title=words.verbatim(each.title), minutes=each.minutes)[language]
        with st.expander(title, expanded=each.code == opened, key=f"exercise_{each.code}"):
            _draw(each, language)
    with place:
        _draw_progress(exercises, language)


def _checked() -> dict[str, float]:
    known: dict[str, float] = st.session_state.setdefault(_CHECKED, {})
    return known


def _draw_progress(exercises: tuple[Exercise, ...], language: Language) -> None:
    """Draw the number and the marks of solved exercises, which only the browser stores."""
    codes = [each.code for each in exercises]
    just = [each.code for each in exercises if _is_solved(each)]
    text = _SOLVED.format(count=len(codes))[language]
    marks = ",".join(f'html[data-solved~="{code}"] .st-key-exercise_{code} summary p::after' for code in codes)
    st.html(f'<style>{marks}{{content:" ✓";font-weight:700;color:light-dark(#0a7d4f,#5fd3a3)}}</style>')
    st.html(
        f'<div data-exercises="{" ".join(codes)}" data-just-solved="{" ".join(just)}">'
        f'<span role="status" data-progress="{escape(text)}"></span>　'
        f'<button type="button" data-forget="1" hidden>{_FORGET[language]}</button></div>'
        f"<script>{progress.SCRIPT}</script>",
        unsafe_allow_javascript=True,
    )


def _is_solved(exercise: Exercise) -> bool:
    answer = _checked().get(exercise.code)
    try:
        return answer is not None and exercise.is_right(answer)
    except ValueError:
        return False


def _draw(exercise: Exercise, language: Language) -> None:
    question = exercise.question
    st.markdown(words.verbatim(exercise.do))
    parts = {part: permalink.written(exercise.view[part]) for part in permalink.PARTS}
    usual = {part: permalink.written(permalink.View()[part]) for part in permalink.PARTS}
    query = {"lang": language} | {
        part: value for part, value in parts.items() if value != usual[part] and part != "lang"
    }
    st.link_button(
        _OPEN[language], f"{exercise.page}?{urlencode(permalink.with_version(query))}", icon=":material/open_in_new:"
    )
    st.markdown(f"**{words.verbatim(question.ask)}**")
    is_number = question.kind == "number"
    with (
        st.form(f"answer_{exercise.code}", border=False),
        st.container(horizontal=is_number, vertical_alignment="bottom" if is_number else "top"),
    ):
        _take_answer(question, exercise.code, language)
        st.form_submit_button(
            _CHECK[language],
            type="primary",
            key=f"check_{exercise.code}",
            on_click=_check,
            args=(exercise.code, question),
        )
    _draw_verdict(exercise, language)
    with st.container(horizontal=True):
        for key, label, text in (("hint", _HINT, exercise.hint), ("solution", _SOLUTION, exercise.solution)):
            with st.popover(label[language], key=f"{key}_{exercise.code}"):
                st.markdown(words.verbatim(text))


def _take_answer(question: Question, code: str, language: Language) -> None:
    key = f"answer_to_{code}"
    if question.kind == "choice":
        st.radio(
            _ANSWER[language], range(len(question.choices)), None, key=key, label_visibility="collapsed",
            format_func=lambda place: words.verbatim(question.choices[place]),
        )  # fmt: skip
        return
    st.text_input(
        f"{_ANSWER[language]} {question.unit}", key=key, max_chars=30, width=240, label_visibility="collapsed",
        placeholder=f"{question.low:g} … {question.high:g} {question.unit}",
    )  # fmt: skip


def _check(code: str, question: Question) -> None:
    answer = st.session_state.get(f"answer_to_{code}")
    if answer is None or not str(answer).strip():
        return
    if question.kind == "number":
        refusal = typed_numbers.refusal(_ANSWER, answer, question.low, question.high)
        if refusal:
            st.session_state[_REFUSED] = code, refusal
            return
        answer = typed_numbers.read(answer)
    _checked()[code] = float(answer)


def _draw_verdict(exercise: Exercise, language: Language) -> None:
    """Show whether the checked answer is right, and if not, a hint."""
    question, answer = exercise.question, _checked().get(exercise.code)
    refused = st.session_state.get(_REFUSED)
    if refused and refused[0] == exercise.code:
        st.error(words.verbatim(st.session_state.pop(_REFUSED)[1][language]))
        return
    if answer is None:
        return
    try:
        truth, is_right = question.truth(), exercise.is_right(answer)
    except ValueError:  # a figure whose results are missing
        st.info(_MISSING[language])
        return
    if is_right:
        right = _RIGHT.format(truth=words.verbatim(guessing.with_unit(question.answer, question.unit)))
        st.success(words.paragraph(language, right[language], words.verbatim(exercise.solution)))
    elif question.kind == "choice":
        st.warning(_OTHER[language])
    else:
        given = guessing.with_unit(f"{answer:g}", question.unit)
        st.warning((_TOO_LOW if answer < truth else _TOO_HIGH).format(answer=given)[language])
