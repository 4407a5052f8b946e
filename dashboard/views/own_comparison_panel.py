"""A visitor's comparison: how far it is, and the results so far."""

import streamlit as st

from dashboard import long_work, own_comparison, session
from dashboard.own_comparison import Comparison
from dashboard.views import formatting, frame, own_results_panel
from dashboard.views.section import draw_section
from scenarios.own_tasks import contenders
from scenarios.text import Text

_PAUSE, _RESUME = Text(en="Pause", zh="暂停"), Text(en="Resume", zh="继续")
_BACK = Text(en="Change the roles of columns", zh="返回修改各列用途")
_PLANNING = Text(en="Counting tasks and rows", zh="正在统计各任务的数据量")
_MEASURING = Text(en="Measuring {method}.", zh="正在测试{method}。")
_LEFT = Text(en="{measuring} All methods: about {left} left.", zh="{measuring}全部方法约剩 {left}。")
_DONE = Text(en="All methods are compared", zh="全部方法已比较完毕")
_PAUSED = Text(en="Paused; finished measurements are kept", zh="已暂停，已测得的结果会保留")
_IN_QUEUE = Text(
    en="{most} other visitors are running comparisons. You are number {place} in the queue.",
    zh="当前有 {most} 位访客在计算，你排在第 {place} 位。",
)
_FIRST = Text(
    en="Cheap methods come first. The answer appears with the first of them and may change until all are done.",
    zh="先测试计算量小的方法；第一种方法测完即给出初步结论，在全部完成之前可能改变。",
)


def show() -> None:
    """Draw the comparison that there is."""
    now = own_comparison.current()
    if now is None:
        return
    _controls(now)
    # Defined in each full run, so that it stops refreshing when the comparison pauses. Charts are not part of it: each
    # look would draw them again.
    st.fragment(_watch, run_every=now.poll)(now)
    if now.results is None:
        st.caption(_FIRST[session.language()])
        return
    with frame.error_boundary():
        for section in own_results_panel.sections(now.results, session.language()):
            draw_section(section)


def _controls(now: Comparison) -> None:
    language = session.language()
    with st.container(horizontal=True, vertical_alignment="center", key="own_controls"):
        if now.running and not now.done:
            st.button(_PAUSE[language], key="own_pause", icon=":material/pause:", on_click=own_comparison.pause)
        elif not now.done:
            st.button(
                _RESUME[language], key="own_resume", icon=":material/play_arrow:", type="primary",
                on_click=own_comparison.resume,
            )  # fmt: skip
        st.button(_BACK[language], key="own_back", icon=":material/undo:", on_click=own_comparison.cancel)


def _watch(drawn: Comparison) -> None:
    with frame.error_boundary():  # here too: by itself, a part of a page runs without its page
        _look(drawn)


def _look(drawn: Comparison) -> None:
    """Draw the progress. `drawn` is the comparison as the rest of the page shows it."""
    now, language = own_comparison.look(), session.language()
    if now is None:
        return
    if (now.running, now.poll) != (drawn.running, drawn.poll) or now.results is not drawn.results:
        st.rerun()
    if not now.done:
        st.progress(min(now.share, 1.0), text=_progress(now)[language])
    if now.trouble:
        st.error(now.trouble[language])
    if now.place:
        show_place(now.place)


def show_place(place: int) -> None:
    """Draw the visit's place in the queue for a slot."""
    text = _IN_QUEUE.format(most=long_work.AT_ONCE, place=place)
    st.info(text[session.language()], icon=":material/hourglass_top:")


def _progress(now: Comparison) -> Text:
    if not now.running:
        return _PAUSED
    if now.progress is None:
        return _PLANNING
    if now.progress.is_complete:
        return _DONE
    measuring = _MEASURING.format(method=contenders.name_in_sentence(now.progress.next_method))
    if now.seconds_left is None:
        return measuring
    return _LEFT.format(measuring=measuring, left=formatting.duration(now.seconds_left))
