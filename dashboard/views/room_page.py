"""The presenter's page of a room of phones: open it, show how to join, ask, close, reveal."""

import math
from collections.abc import Callable
from functools import partial

import pandas as pd
import streamlit as st

from dashboard import pages, render_lock, session, typed_numbers, words
from dashboard.charts.guesses import guesses_chart
from dashboard.rooms import Overview, Question, RoomError
from dashboard.rooms.joining import join_link, spaced
from dashboard.rooms.ours import ROOMS
from dashboard.sharing import links
from dashboard.views import frame, own_room
from dashboard.views.headings import draw_heading
from dashboard.views.section import Section, draw_section
from scenarios.text import Language, Text

_EVERY = 1.0  # seconds between counts of the guesses
_PERCENT = ("%", "°", "‰")  # units that follow their number without a space
_LEAD = Text(
    en="Ask your audience before you show the answer: they guess on their phones and see the result when you "
    "reveal it. No accounts, no names; everything is deleted after a day.",
    zh="先让在场的人猜，再公布答案：大家用手机作答，等你公布后一起看结果。无需注册，不收集姓名，一天后全部删除。",
)
_RETURN = Text(en="Return to a room", zh="回到已有房间")
_LINK = Text(en="Your presenter’s link", zh="你的讲者链接")
NOT_SERVED = Text(
    en="Phones cannot reach this server: it was started with `streamlit run`. Start it with "
    "`python -m dashboard serve --public` instead.",
    zh="手机无法访问本服务器：它是用 `streamlit run` 启动的。请改用 `python -m dashboard serve --public` 启动。",
)
ONLY_HERE = Text(
    en="Only the local address of this machine is known, and phones cannot open it. Start the server with `python "
    "-m dashboard serve --public`, or set QUICK_STUDY_ADDRESS to its public URL.",
    zh="目前只知道本机地址，手机无法打开。请用 `python -m dashboard serve --public` 启动服务器，"
    "或把 QUICK_STUDY_ADDRESS 设为公开地址。",
)
_TYPE = Text(en="Scan, or open {address} and enter", zh="扫码，或打开 {address} 并输入")
_IN_ROOM, _GUESSED = Text(en="in the room", zh="已加入"), Text(en="guessed", zh="已猜")
_WAITING = Text(en="No question has been asked yet.", zh="还没有提问。")
_CLOSED = Text(en="Guessing is closed.", zh="已截止。")
_CLOSE, _REVEAL = Text(en="Close guessing", zh="截止"), Text(en="Reveal", zh="公布答案")
_RESTART = Text(en="Restart", zh="重新开始")
END, _EXPORT = Text(en="End the room", zh="结束房间"), Text(en="All guesses (.csv)", zh="全部猜测（.csv）")
_ASK_TITLE, _ASK = Text(en="Ask a question", zh="提一个问题"), Text(en="Ask now", zh="开始提问")
_KIND = Text(en="Kind", zh="题型")
_KINDS = {"number": Text(en="A number", zh="数字"), "choice": Text(en="A choice", zh="选择")}
_TEXT = Text(en="Question", zh="问题")
_CHOICES = Text(en="Answers, one per line (2 to 8)", zh="选项，每行一个（2～8 个）")
_LOW, _HIGH = Text(en="Smallest", zh="最小值"), Text(en="Largest", zh="最大值")
_UNIT = Text(en="Unit", zh="单位")
_TRUTH = Text(en="True answer (optional)", zh="正确答案（可不填）")
_TRUTH_PLACE = Text(en="Number of the true answer (optional)", zh="正确选项的序号（可不填）")
_NUMBERS = {"room_low": _LOW, "room_high": _HIGH, "room_truth": _TRUTH}
_NO_TEXT = Text(en="Write a question first.", zh="请先写下问题。")
_NONE = Text(en="No guesses.", zh="没有猜测。")
_FINDING = Text(en="Guesses: {total}.", zh="共 {total} 个猜测。")
_MEDIAN = Text(en="Guesses: {total}, with a median of {median}.", zh="共 {total} 个猜测，中位数是 {median}。")
_MEDIAN_TRUTH = Text(
    en="Guesses: {total}, with a median of {median}. True answer: {truth}.",
    zh="共 {total} 个猜测，中位数为 {median}；正确答案：{truth}。",
)
_SHARE = Text(en="{count} of {total} chose the true answer: {truth}.", zh="{total} 人中有 {count} 人选对：{truth}。")
_VALUE, _COUNT = Text(en="value", zh="数值"), Text(en="guesses", zh="人数")


def show() -> None:
    """Draw the page from top to bottom."""
    language = session.language()
    problem, room = own_room.problem(), own_room.current()
    own_room.draw_cookie()
    if room is None:
        draw_heading(pages.TITLE["room"], 1)
        draw_heading(_LEAD, 5)
    if problem is not None:
        st.error(words.verbatim(problem[language]))
    if not ROOMS.is_served:
        st.info(NOT_SERVED[language])
    elif room is None:
        _offer()
    else:
        _draw_room(*room)


def _offer() -> None:
    language = session.language()
    left, right = st.columns(2, gap="large")
    with left:
        st.button(
            own_room.OPEN[language], key="room_open", type="primary", icon=":material/groups:",
            on_click=own_room.open_one,
        )  # fmt: skip
    with right, st.expander(_RETURN[language]):
        st.text_input(_LINK[language], key="room_link", type="password", on_change=_return)


def _return() -> None:
    own_room.return_to(st.session_state["room_link"])


def _draw_room(code: str, secret: str) -> None:
    left, right = st.columns([1, 2], gap="large")
    with left:
        _invite(code)
    with right:
        st.fragment(_watch, run_every=_EVERY)(code, secret)
    language = session.language()
    with st.expander(_ASK_TITLE[language], icon=":material/help:", expanded=True):
        _offer_question(code, secret)
    with st.container(horizontal=True):
        with st.popover(_EXPORT[language], icon=":material/download:", key="room_export", on_change="rerun") as opened:
            if opened.open:
                _offer_export(code, secret)
        st.button(END[language], key="room_end", icon=":material/logout:", on_click=own_room.end)


def _invite(code: str) -> None:
    """Draw how phones join, and the presenter's own link."""
    base = links.base()
    if base is None:
        st.warning(ONLY_HERE[session.language()])
    else:
        draw_join(base, code)
    with st.container(key="room_code"):
        st.markdown(f"# {spaced(code)}")
    own_room.draw_speaker_link()


def draw_join(base: str, code: str) -> None:
    """Draw how phones join: the QR code, and the URL to type."""
    language, link = session.language(), join_link(base, code)
    frame.draw_qr(link)
    address = f"{base.partition('://')[2]}/join"
    st.markdown(_TYPE.format(address=f"**{words.verbatim(address)}**")[language])


def _watch(code: str, secret: str) -> None:
    with frame.error_boundary():  # by itself, a part of a page runs without its page
        _look(code, secret)


def _look(code: str, secret: str) -> None:
    language = session.language()
    try:
        with render_lock.pause():
            overview = ROOMS.overview(code, secret)
    except RoomError as error:
        st.error(error.text[language])
        if error.reason == "unknown":
            own_room.forget()
            st.rerun()
        return
    with st.container(horizontal=True, key="room_counts"):
        st.metric(_IN_ROOM[language], overview.counts.participants, width="content")
        st.metric(_GUESSED[language], overview.counts.guesses, width="content")
    if overview.question is None:
        st.markdown(f"### {_WAITING[language]}")
        return
    st.markdown(f"### {words.verbatim(overview.question.text[language])}")
    _offer_commands(overview, secret)
    if overview.state == "closed":
        st.markdown(_CLOSED[language])
    if overview.state == "revealed":
        _draw_result(overview, language)


def _offer_commands(overview: Overview, secret: str) -> None:
    language, code = session.language(), overview.code
    with st.container(horizontal=True, key="room_commands"):
        for name, label, command, is_off in (
            ("close", _CLOSE, ROOMS.close, overview.state != "asked"),
            ("reveal", _REVEAL, ROOMS.reveal, overview.state == "revealed"),
            ("restart", _RESTART, ROOMS.restart, False),
        ):
            st.button(
                label[language], key=f"room_{name}", disabled=is_off, on_click=_command, args=(command, code, secret),
                type="primary" if name == "reveal" else "secondary",
            )  # fmt: skip


def _command(command: Callable[[str, str], object], code: str, secret: str) -> None:
    own_room.attempt(partial(command, code, secret))


def _draw_result(overview: Overview, language: Language) -> None:
    section = result_section(overview, language)
    if section is None:
        st.markdown(_NONE[language])
    else:
        draw_section(section)
    why = overview.question.why if overview.question else None
    if why is not None:
        st.markdown(words.verbatim(why[language]))


def result_section(overview: Overview, language: Language, height: int = 420) -> Section | None:
    """Return the distribution of the guesses with the true answer; None without a guess. `height` is in px."""
    question, distribution = overview.question, overview.distribution
    if question is None or distribution is None or not distribution.values:
        return None
    total, truth = len(distribution.values), question.truth
    truth_text = None if truth is None else shown(question, truth, language)
    if question.kind == "choice":
        labels = [choice[language] for choice in question.choices or ()]
        finding = _FINDING.format(total=total)
        if truth is not None:
            finding = _SHARE.format(count=distribution.counts[int(truth)], total=total, truth=truth_text)
    else:
        labels = [f"{low + question.step / 2:g}" for low in distribution.edges[:-1]]
        middle = shown(question, distribution.median or 0.0, language)
        finding = (_MEDIAN if truth is None else _MEDIAN_TRUTH).format(total=total, median=middle, truth=truth_text)
    figure = guesses_chart(
        distribution.edges, distribution.counts, labels, None if truth is None else (truth, truth_text or ""), language,
        is_choice=question.kind == "choice", height=height,
    )  # fmt: skip
    table = pd.DataFrame({_VALUE[language]: labels, _COUNT[language]: distribution.counts})
    return Section(
        "room_guesses", finding=words.verbatim(finding[language]), alt=finding[language], figure=figure, table=table
    )


def shown(question: Question, value: float, language: Language) -> str:
    """Write a guess with its unit, or the answer that was chosen."""
    if question.kind == "choice":
        return (question.choices or ())[int(value)][language]
    unit = question.unit[language] if question.unit else ""
    return f"{value:.10g}{'' if unit.startswith(_PERCENT) or not unit else ' '}{unit}"


def _offer_question(code: str, secret: str) -> None:
    language = session.language()
    kind = st.segmented_control(
        _KIND[language], list(_KINDS), format_func=lambda name: _KINDS[name][language], default="number",
        key="room_kind", required=True,
    )  # fmt: skip
    st.text_area(_TEXT[language], key="room_text", height=80, max_chars=600)
    if kind == "choice":
        st.text_area(_CHOICES[language], key="room_choices", height=120, max_chars=2000)
        st.text_input(_TRUTH_PLACE[language], key="room_place", max_chars=2)
    else:
        low, high, unit, truth = st.columns(4)
        low.text_input(_LOW[language], "0", key="room_low", max_chars=30)
        high.text_input(_HIGH[language], "100", key="room_high", max_chars=30)
        unit.text_input(_UNIT[language], key="room_unit", max_chars=30)
        truth.text_input(_TRUTH[language], key="room_truth", max_chars=30)
    st.button(
        _ASK[language], key="room_ask", type="primary", icon=":material/send:", on_click=_ask, args=(code, secret, kind)
    )


def _ask(code: str, secret: str, kind: str) -> None:
    """Ask the typed question, in one language for all phones."""
    state = st.session_state
    if not state["room_text"].strip():
        own_room.complain(_NO_TEXT)
        return
    fields = {"room_place": _TRUTH_PLACE} if kind == "choice" else _NUMBERS
    for key, name in fields.items():
        if state[key].strip() and (refusal := typed_numbers.refusal(name, state[key], -math.inf, math.inf)):
            own_room.complain(refusal)
            return
    own_room.attempt(lambda: ROOMS.ask(code, secret, _typed_question(kind)))


def _typed_question(kind: str) -> Question:
    state = st.session_state
    text = _same(state["room_text"])
    if kind == "choice":
        choices = tuple(map(_same, filter(str.strip, state["room_choices"].splitlines())))
        place = _number("room_place")
        return Question("choice", text, choices=choices, truth=None if place is None else place - 1)
    low, high = _number("room_low") or 0.0, _number("room_high") or 0.0
    unit = state["room_unit"].strip()
    return Question(
        "number", text, low=low, high=high, step=step_for(low, high), unit=_same(unit) if unit else None,
        truth=_number("room_truth"),
    )  # fmt: skip


def _number(key: str) -> float | None:
    typed = st.session_state[key]
    return typed_numbers.read(typed) if typed.strip() else None


def step_for(low: float, high: float) -> float:
    """Return the step of a slider between two numbers: 1, or a hundredth in a narrow range."""
    return 1.0 if high - low > 5 else 0.01


def _same(text: str) -> Text:
    return Text(en=text.strip(), zh=text.strip())


def _offer_export(code: str, secret: str) -> None:
    try:
        with render_lock.pause():
            content = ROOMS.export(code, secret)
    except RoomError as error:
        st.error(error.text[session.language()])
        return
    st.download_button(
        _EXPORT[session.language()], content.encode(), file_name=f"room-{code}.csv", mime="text/csv", on_click="ignore"
    )
