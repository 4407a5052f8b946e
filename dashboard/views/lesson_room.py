"""A room of phones that follows a lesson: phones get each step's question, and guesses are counted and revealed."""

from collections.abc import Callable

import streamlit as st

from dashboard import session, words
from dashboard.charts import style
from dashboard.charts.drawing import sealed
from dashboard.charts.stage import HEIGHT, enlarged
from dashboard.presenting.lesson import Lesson, Step, Translations, in_language
from dashboard.presenting.lesson import Question as LessonQuestion
from dashboard.rooms import Line, Notes, Overview, Question
from dashboard.rooms.joining import spaced
from dashboard.rooms.ours import ROOMS
from dashboard.sharing import links
from dashboard.views import guessing, own_room, room_page
from scenarios.text import LANGUAGES, Language, Text

_EVERY = 1.0  # seconds between counts of the guesses
_TURNED = "the room and the step to which this visit turned it last"
_COUNTS = Text(en="{code} · guessed: {guesses} of {people}", zh="{code} · 已猜：{guesses} / {people}")
_PEOPLE = Text(en="{code} · in the room: {people}", zh="{code} · 已加入：{people}")
_STEP = Text(en="{at} of {all}: {title}", zh="{at} / {all}：{title}")
_COVER, _END = Text(en="Learning goals", zh="学习目标"), Text(en="Take-home message", zh="要点")
_SAY, _ASK, _DO = Text(en="Say", zh="讲"), Text(en="Ask", zh="问"), Text(en="Do", zh="做")
_ANSWER, _FOUND = Text(en="Answer", zh="答案"), Text(en="Afterwards", zh="揭晓后")
_EXPECT, _NEXT = Text(en="Expect", zh="预期"), Text(en="Next", zh="下一步")


def last_place(lesson: Lesson) -> int:
    """Return the place of the last screen: a step, or the take-home messages."""
    return len(lesson.steps) + bool(lesson.key_points)


def is_asked(step: Step) -> bool:
    """Return whether phones get a step's question: it has an answer, or choices alone, as in a survey."""
    question = step.question
    return question is not None and (question.is_guessed or question.kind == "choice")


def asked_on_phones(translations: Translations, place: int) -> Question | None:
    """Return a step's question for phones, in all languages of the lesson; None without a question."""
    lesson = next(iter(translations.values()))
    step = lesson.steps[place - 1] if 1 <= place <= len(lesson.steps) else None
    if step is None or step.question is None or not is_asked(step):
        return None
    question = step.question

    def text(part: Callable[[LessonQuestion], str]) -> Text:
        return _both(translations, lambda each: part(each.steps[place - 1].question or question))

    found = _both(translations, lambda each: each.steps[place - 1].found) if step.found else None
    truth = _truth(question)
    if question.kind == "choice":
        choices = tuple(text(lambda each, n=n: each.choices[n]) for n in range(len(question.choices)))  # type: ignore[misc]
        return Question("choice", text(lambda each: each.ask), choices=choices, truth=truth, why=found)
    unit = text(lambda each: each.unit) if question.unit else None
    return Question(
        "number", text(lambda each: each.ask), low=question.low, high=question.high, unit=unit, truth=truth, why=found,
        step=room_page.step_for(question.low, question.high),
    )  # fmt: skip


def _truth(question: LessonQuestion) -> float | None:
    try:
        return question.truth() if question.is_guessed else None
    except ValueError:  # a figure whose results are missing
        return None


def _both(translations: Translations, part: Callable[[Lesson], str]) -> Text:
    """Return a text of a lesson in both languages; one that a translation lacks is that of the other."""
    texts: dict[Language, str] = {}
    for language in LANGUAGES:
        try:
            texts[language] = part(in_language(translations, language))
        except LookupError:  # a host's translation may have fewer steps or choices
            texts[language] = ""
    found = next(filter(None, texts.values()), "–")
    return Text(en=texts["en"] or found, zh=texts["zh"] or found)


def notes_of(name: str, translations: Translations, place: int) -> Notes:
    """Return the presenter's notes on a screen of a lesson."""
    lesson = next(iter(translations.values()))
    at, last = max(0, min(place, last_place(lesson))), last_place(lesson)
    until = sum(step.minutes for step in lesson.steps[:at])
    title = _STEP.format(at=at, all=last, title=_title(translations, at))
    return Notes(f"{name}/{at}", title, until, tuple(_lines(translations, at)))


def _title(translations: Translations, at: int) -> Text:
    if 1 <= at <= len(next(iter(translations.values())).steps):
        return _both(translations, lambda lesson: lesson.steps[at - 1].title)
    return _END if at else _COVER


def _lines(translations: Translations, at: int) -> list[Line]:
    """Return the notes on a screen: a name and the text."""
    lesson = next(iter(translations.values()))
    if not 1 <= at <= len(lesson.steps):
        count = len(lesson.key_points if at else lesson.objectives)
        texts = [
            _both(translations, lambda each, n=n: (each.key_points if at else each.objectives)[n])  # type: ignore[misc]
            for n in range(count)
        ]
        lines = [Line(_SAY, text) for text in texts]
    else:
        parts: list[tuple[Text, Callable[[Step], str]]] = [
            (_SAY, lambda step: step.say), (_ASK, _asked), (_ANSWER, _answer),
            (_DO, lambda step: step.do), (_EXPECT, lambda step: step.expect), (_FOUND, lambda step: step.found),
        ]  # fmt: skip
        lines = [
            Line(name, _both(translations, lambda each, part=part: part(each.steps[at - 1])))  # type: ignore[misc]
            for name, part in parts
            if part(lesson.steps[at - 1])
        ]
    if at < len(lesson.steps):
        lines.append(Line(_NEXT, _title(translations, at + 1)))
    return lines


def _asked(step: Step) -> str:
    return " / ".join((step.question.ask, *step.question.choices)) if step.question else ""


def _answer(step: Step) -> str:
    question = step.question
    return guessing.with_unit(question.answer, question.unit) if question and question.answer else ""


def follow(name: str, translations: Translations, place: int) -> Overview | None:
    """Turn this visit's room to a screen of the lesson when it arrives there.

    Returns the room; None without one, or while another page has turned it to another step, so that two projectors do
    not conflict. A reloaded page finds its room unchanged, including revealed answers.
    """
    room = own_room.current()
    if room is None:
        return None
    notes = notes_of(name, translations, place)
    if st.session_state.get(_TURNED) != (room, notes):
        question = asked_on_phones(translations, place)
        if own_room.attempt(lambda: ROOMS.turn_to(*room, notes, question)) is None:
            return None
        st.session_state[_TURNED] = room, notes
    overview = own_room.attempt(lambda: ROOMS.overview(*room))
    return overview if overview and overview.notes == notes else None


def reveal() -> None:
    """Close the question of this visit's room and reveal its answer."""
    room = own_room.current()
    if room:
        own_room.attempt(lambda: ROOMS.reveal(*room))


def draw_invitation() -> None:
    """Draw, on the first screen, how phones join, or the button that opens a room."""
    language, room = session.language(), own_room.current()
    problem = own_room.problem()
    if problem:
        st.markdown(words.verbatim(problem[language]))
    if room is None:
        st.button(
            own_room.OPEN[language],
            key="room_open",
            icon=":material/groups:",
            on_click=own_room.open_one,
            width="content",
        )
        return
    base = links.base()
    if base is None:
        st.markdown(room_page.ONLY_HERE[language])
    else:
        room_page.draw_join(base, room[0])
    with st.container(key="room_code"):
        st.markdown(f"# {spaced(room[0])}")
    with st.container(horizontal=True, vertical_alignment="center"):
        own_room.draw_speaker_link()
        st.button(room_page.END[language], key="room_end", icon=":material/logout:", on_click=own_room.end)


def draw_counts(overview: Overview) -> None:
    """Draw the numbers of participants and guesses every second; a reveal on another device takes effect here too."""
    st.fragment(_count, run_every=_EVERY)(overview.round, overview.state)


def _count(round_: int, state: str) -> None:
    room, language = own_room.current(), session.language()
    overview = own_room.attempt(lambda: ROOMS.overview(*room)) if room else None
    if room is None or overview is None:
        return
    if (overview.round, overview.state) != (round_, state):
        st.rerun()
    counts, code = overview.counts, spaced(room[0])
    told = _PEOPLE if overview.question is None else _COUNTS
    st.markdown(told.format(code=code, people=counts.participants, guesses=counts.guesses)[language])


def draw_guesses(overview: Overview, place: int, language: Language) -> None:
    """Draw the distribution of the guesses with the true answer, as large as the step's figure."""
    section = room_page.result_section(overview, language, HEIGHT)
    if section:
        config = style.CONFIG | {"responsive": False}
        chart = sealed(enlarged(section.figure))
        st.plotly_chart(chart, width="content", config=config, alt=section.spoken(), key=f"chart_guesses_{place}")
