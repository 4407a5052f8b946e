"""The screens of a lesson. All are on the page, so that a script can turn to the next one at once.

Hidden answers are not on it: until its answer is revealed, a step with a question has a figure without it.
"""

from pathlib import Path

import streamlit as st

from dashboard import pages, permalink, session, typed_numbers, words
from dashboard.charts import style
from dashboard.charts.drawing import sealed
from dashboard.charts.stage import enlarged
from dashboard.engine import Job
from dashboard.presenting import keys
from dashboard.presenting.lesson import Lesson, Question, Step, Translations, in_language
from dashboard.rooms import Overview
from dashboard.rooms.ours import ROOMS
from dashboard.views import guessing, lesson_figures, lesson_room, own_room
from dashboard.views.frame import error_boundary
from dashboard.views.waiting import wait_for
from scenarios.text import Language, Text

STYLE = Path(keys.__file__).with_name("stage.css")
_REVEALED, _GUESSES = "revealed steps of lessons", "guesses in lessons"  # keys of the session's state
_REFUSED = "why a guess in a lesson was not taken"
_REVEAL = Text(en="Reveal", zh="揭晓")
_COMMIT = Text(en="Commit", zh="提交")
_GUESS = Text(en="Your guess", zh="你的猜测")
_OPEN = Text(en="Open the page", zh="打开页面")
_LEAVE = Text(en="Leave", zh="退出")
_TAKE_ALONG = Text(en="Take-home message", zh="要点")
_ON_PHONES = Text(en="Guess on your phone.", zh="请在手机上作答。")
_AWAY = Text(
    en="No connection to the server: answers can be revealed once it is back. The current charts keep working.",
    zh="与服务器的连接已断开：恢复后才能揭晓答案。屏幕上已有的图表仍可使用。",
)
_TRUTH = {
    "number": Text(en="Measured: **{truth}**.", zh="实测：**{truth}**。"),
    "choice": Text(en="Answer: **{truth}**.", zh="答案：**{truth}**。"),
}


def show(translations: Translations) -> None:
    """Draw all screens of a lesson, of which the view's step is seen."""
    view = session.view()
    lesson = in_language(translations, view.lang)
    last = lesson_room.last_place(lesson)
    at = min(view.at, last)
    if view.reveal:
        _revealed().add((view.lesson, at))
    room = lesson_room.follow(view.lesson, translations, at)
    if room and room.question:  # its answer may have been revealed, or the step restarted, on another device
        (_revealed().add if room.state == "revealed" else _revealed().discard)((view.lesson, at))
    session.assume(at=at, reveal=int((view.lesson, at) in _revealed()))
    st.html(STYLE)
    seen = "".join(
        f'html[data-slide="{n}"] .st-key-slide_{n}{{visibility:visible}}'
        f'html[data-figures~="{n}"] .st-key-guesses_{n}{{display:none}}'
        for n in range(last + 1)
    )
    st.html(f"<style>{seen} html:not([data-slide]) .st-key-slide_{at}{{visibility:visible}}</style>")
    draw_keys(lesson, at, last)  # first: they work from the first screen on
    with st.container(key="stage"), st.container(key="slides"):
        for place in range(_prefetched(lesson, at, last) + 1):
            with st.container(key=f"slide_{place}"):
                if 1 <= place <= len(lesson.steps):
                    _step(lesson, place, is_open=place == at, room=room if place == at else None)
                else:
                    _cover(lesson, place, room if place == at else None)


def _is_asking(lesson: Lesson, place: int) -> bool:
    """Return whether the answer of a step is still hidden, or what the room has guessed."""
    if not 1 <= place <= len(lesson.steps) or (session.view().lesson, place) in _revealed():
        return False
    step = lesson.steps[place - 1]
    return step.is_guessed or (own_room.current() is not None and lesson_room.is_asked(step))


def _prefetched(lesson: Lesson, at: int, last: int) -> int:
    """Return the last screen that is sent: the next one with a hidden answer, which later screens may reveal."""
    return next((place for place in range(at, last) if _is_asking(lesson, place)), last)


def draw_keys(lesson: Lesson, at: int, last: int) -> None:
    """Draw, hidden, the script that handles keys, and the buttons by which it notifies the server.

    With them comes the strip that it shows while there is no connection.
    """
    own_room.draw_cookie()
    with st.container(key="lesson_buttons"):
        for place in range(last + 1):
            st.button(f"{place}", key=f"present_go_{place}", on_click=_turn_to, args=(place,))
        for place, step in enumerate(lesson.steps, start=1):
            if lesson_room.is_asked(step):
                st.button(_REVEAL[lesson.language], key=f"present_reveal_{place}", on_click=_reveal, args=(place,))
        st.button(
            _LEAVE[session.language()], key="present_close", on_click=session.change,
            kwargs={"lesson": "", "at": 0, "reveal": 0, "notes": 0},
        )  # fmt: skip
        marker = f'<div data-present="{at}" data-last="{last}"></div>'
        st.html(f"{marker}<script>{keys.SCRIPT}</script>", unsafe_allow_javascript=True)
    st.html(f'<div class="lesson-away" role="status" hidden>{_AWAY[session.language()]}</div>')


def _revealed() -> set[tuple[str, int]]:
    known: set[tuple[str, int]] = st.session_state.setdefault(_REVEALED, set())
    return known


def _guesses() -> dict[tuple[str, int], float]:
    known: dict[tuple[str, int], float] = st.session_state.setdefault(_GUESSES, {})
    return known


def _turn_to(place: int) -> None:
    session.change(at=place, reveal=int((session.view().lesson, place) in _revealed()))


def _reveal(place: int) -> None:
    _revealed().add((session.view().lesson, place))
    lesson_room.reveal()
    session.change(at=place, reveal=1)


def _guess(place: int, value: float) -> None:
    _guesses()[session.view().lesson, place] = value
    _reveal(place)


def _commit(place: int, question: Question) -> None:
    typed = str(st.session_state.get(f"guess_{place}") or "")
    if not typed.strip():
        _reveal(place)
    elif refused := typed_numbers.refusal(_GUESS, typed, question.low, question.high):
        st.session_state[_REFUSED] = refused
    else:
        _guess(place, typed_numbers.read(typed))


def _cover(lesson: Lesson, place: int, room: Overview | None) -> None:
    """Draw the first screen (learning goals) or the last one (take-home messages)."""
    points = lesson.key_points if place else lesson.objectives
    with st.container(key=f"cover_{place}"):
        title = _TAKE_ALONG[lesson.language] if place else words.verbatim(lesson.title)
        st.markdown(f"# {title}\n" + "\n".join(f"- {words.verbatim(point)}" for point in points))
    if not place and ROOMS.is_served:
        with st.container(key="invitation"):
            lesson_room.draw_invitation()
            if room:
                lesson_room.draw_counts(room)


def _step(lesson: Lesson, place: int, *, is_open: bool, room: Overview | None) -> None:
    step, name, is_asking = lesson.steps[place - 1], session.view().lesson, _is_asking(lesson, place)
    with st.container(key=f"words_{place}" if step.figure else f"words_alone_{place}"):
        with st.container(key=f"say_{place}"):
            st.markdown(words.verbatim(step.say))
        question = step.question
        if question is not None:
            with st.container(key=f"ask_{place}"):
                told = is_asking or not step.is_guessed
                st.markdown(words.verbatim(question.ask if told else step.found or question.ask))
        with st.container(key=f"answers_{place}", horizontal=True, vertical_alignment="center", wrap=True, gap="small"):
            if question is not None and is_asking:
                with st.container(key=f"asking_{place}", horizontal=True, vertical_alignment="center"):
                    if own_room.current():
                        st.markdown(_lettered(question) or _ON_PHONES[lesson.language])
                    else:
                        _take_guess(question, place, lesson.language)
            elif question is not None:
                with st.container(key=f"answered_{place}"):
                    _answer(question, _guesses().get((name, place)), lesson.language)
            if room:
                with st.container(key=f"room_{place}"):
                    lesson_room.draw_counts(room)
            _page_link(step, is_asking=is_asking)
    with st.container(key=f"figure_{place}"), error_boundary():
        _figure(step, place, is_asking=is_asking, is_open=is_open, language=lesson.language)
    if room and room.state == "revealed":
        with st.container(key=f"guesses_{place}"), error_boundary():
            lesson_room.draw_guesses(room, place, lesson.language)


def _lettered(question: Question) -> str:
    """Return the choices of a question in one row; "" if it has none."""
    return "　".join(f"**{'ABCDEF'[n]}** {words.verbatim(choice)}" for n, choice in enumerate(question.choices))


def _take_guess(question: Question, place: int, language: Language) -> None:
    """Draw the input for a guess: a number, or a button for each choice. The answer can be revealed without one."""
    if question.kind == "choice":
        for number, choice in enumerate(question.choices):
            label = f"**{'ABCDEF'[number]}** {words.verbatim(choice)}"
            st.button(label, key=f"guess_{place}_{number}", on_click=_guess, args=(place, float(number)))
        return
    st.text_input(
        f"{_GUESS[language]} {question.unit}", key=f"guess_{place}", max_chars=30, label_visibility="collapsed",
        placeholder=f"{question.low:g} … {question.high:g} {question.unit}",
        width=120 if len(question.unit) < 3 else 230,
    )  # fmt: skip
    st.button(_COMMIT[language], key=f"commit_{place}", type="primary", on_click=_commit, args=(place, question))
    if refused := st.session_state.pop(_REFUSED, None):
        st.markdown(words.verbatim(refused[language]))


def _answer(question: Question, guess: float | None, language: Language) -> None:
    """Show the true answer, and the distance of the user's own guess, if there was one."""
    if not question.is_guessed:
        if question.choices:
            st.markdown(_lettered(question))
        return
    sentence = _TRUTH[question.kind].format(truth=words.verbatim(guessing.with_unit(question.answer, question.unit)))
    st.markdown(words.paragraph(language, sentence[language], guessing.compared(question, guess, language)))


def _page_link(step: Step, *, is_asking: bool) -> None:
    """Draw a link to the page behind the figure, in exactly the step's view."""
    if step.figure:
        parts = {part: step.view[part] for part in permalink.PARTS} | {
            "lang": session.language(), "theme": session.view().theme,
        }  # fmt: skip
        parts["guess"] = max(step.view.guess, int(is_asking))
        pages.link(step.page, _OPEN, ":material/open_in_full:", **parts)


def _figure(step: Step, place: int, *, is_asking: bool, is_open: bool, language: Language) -> None:
    figure, scenario = lesson_figures.figure_of(step), lesson_figures.scenario_of(step)
    if figure is None or scenario is None:
        return
    view = lesson_figures.view_of(step, scenario, language)
    if is_asking:
        picture = figure.hidden(scenario, view)
    else:
        prepared = figure.prepared(scenario, view) if figure.prepared else None
        if isinstance(prepared, Job) and not is_open and not prepared.wait(0):
            return  # it is computed meanwhile, and drawn when its step is open
        answer = wait_for(prepared)
        if figure.prepared and answer is None:
            return
        picture = figure.shown(scenario, view, answer)
        if step.slider:
            picture = figure.slid(picture, scenario, view)
    chart = sealed(enlarged(picture.figure))
    # A width of its own: to measure the box, Streamlit and Plotly disagree about the enlargement.
    config = style.CONFIG | {"responsive": False}
    st.plotly_chart(chart, width="content", config=config, alt=picture.alt, key=f"chart_{place}_{int(is_asking)}")
