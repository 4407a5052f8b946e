"""The user's own points: clicked or typed, undone one by one, and reset to the task's own."""

from functools import lru_cache, partial

import numpy as np
import streamlit as st

from dashboard import session, typed_numbers
from dashboard.charts.fits import Frame
from dashboard.permalink import MOST_POINTS, Points
from scenarios.publication.results import StudyResults
from scenarios.scenario import Scenario
from scenarios.task import rng_for
from scenarios.text import Text

_CARD = Text(
    en="**Your own points: {count} of at most {most}.** All models learn from exactly these. There is no score, "
    "because only a synthetic task has a known true curve. The means are those of test tasks with as many "
    "points.",
    zh="**你自己的点：{count} 个（最多 {most} 个）**。所有模型都只学习这些点。这里没有分数，"
    "因为只有合成任务才有标准答案；右侧平均值取自点数相同的标准测试任务。",
)
_INVITATION = Text(
    en="**Click or tap anywhere in the chart to add your own points.** The first one replaces the task's points.",
    zh="**点击图中任意位置，放置你自己的点**。放下第一个点后，任务原有的点即被取代。",
)
_FULL = Text(en="This is the maximum number of points.", zh="已达到点数上限。")
_OUTSIDE = Text(
    en="Points in the link that lie outside this chart and were ignored: {count}.",
    zh="链接中有 {count} 个点在图外，已忽略。",
)
_BACK = Text(en="Back to the task's own points", zh="恢复任务原有的点")
_UNDO = Text(en="Undo the last point", zh="撤销上一个点")
_TYPE = Text(en="Enter coordinates", zh="输入坐标加点")
_FROM_TO = Text(en="{name}, from {low:g} to {high:g}", zh="{name}（{low:g} 到 {high:g}）")
_REFUSED = "why a typed point was not added"
_ADD = Text(en="Add this point", zh="加入该点")
_SEEN, _PER_TASK = 2000, 40
_SHOWN, _ROOM = (0.001, 0.999), 0.04  # shares of all points: there is room for nearly every one
_ERRORS = 2.2  # times the error without learning: room for initialisations that are worse


@lru_cache(maxsize=16)
def frame_of(scenario: Scenario, study: StudyResults) -> Frame:
    """Return the range of a family's points, and of the expected errors."""
    x = scenario.features[0]
    y = scenario.sample_tasks(rng_for("train", 0), _SEEN).query(np.random.default_rng(0), _PER_TASK).y
    low, high = np.quantile(y, _SHOWN)
    room = _ROOM * (high - low)
    ends = round(float(low - room), 1), round(float(high + room), 1)
    return Frame(x=(x.low or 0.0, x.high or 0.0), y=ends, error=_ERRORS * study.at("pooled", 1)[0])


def inside(points: Points, frame: Frame) -> Points:
    """Return the points within this scenario's chart; another scenario's may lie outside."""
    return tuple(point for point in points if frame.holds(*point))


def card(own: Points) -> None:
    """Replace the task's card while the models learn from the user's own points."""
    language = session.language()
    st.markdown(_CARD.format(count=len(own), most=MOST_POINTS)[language])
    with st.container(horizontal=True, gap="small"):
        st.button(_BACK[language], icon=":material/restart_alt:", key="own_back", on_click=_set, args=((),))


def controls(own: Points, frame: Frame) -> None:
    """Below the chart: controls of points for users without a pointing device."""
    view = session.view()
    language = view.lang
    left_out = len(view.points) - len(own)
    if left_out:
        st.caption(_OUTSIDE.format(count=left_out)[language])
    if not own:
        st.markdown(_INVITATION[language])
    elif len(own) == MOST_POINTS:
        st.markdown(_FULL[language])
    with st.container(horizontal=True, gap="small"):
        with st.popover(_TYPE[language], icon=":material/keyboard:", key="own_type"):
            _typed(own, frame)
        st.button(
            _UNDO[language], icon=":material/undo:", key="own_undo", disabled=not own, on_click=_undo, args=(frame,)
        )


def place(chart: str, frame: Frame) -> None:
    """Take a clicked place of the chart's lattice as a point."""
    pressed = session.pressed(chart, "x", "y")
    if pressed:
        _add(frame, *pressed)


def _typed(own: Points, frame: Frame) -> None:
    language = session.language()
    for name, (low, high) in _ends(frame).items():
        st.session_state.setdefault(f"own_{name}", f"{(low + high) / 2:g}")
        st.text_input(_FROM_TO.format(name=name, low=low, high=high)[language], key=f"own_{name}", max_chars=30)
    for refused in st.session_state.pop(_REFUSED, ()):
        st.error(refused[language])
    st.button(
        _ADD[language],
        icon=":material/add:",
        key="own_add",
        disabled=len(own) >= MOST_POINTS,
        on_click=partial(_add_typed, frame),
    )


def _add_typed(frame: Frame) -> None:
    typed = {name: str(st.session_state.get(f"own_{name}", "")) for name in _ends(frame)}
    refusals = [typed_numbers.refusal(name, typed[name], *ends) for name, ends in _ends(frame).items()]
    st.session_state[_REFUSED] = [refusal for refusal in refusals if refusal]
    if not any(refusals):
        _add(frame, *map(typed_numbers.read, typed.values()))


def _ends(frame: Frame) -> dict[str, tuple[float, float]]:
    return {"x": frame.x, "y": frame.y}


# Callbacks take the points from the view: a click may come before the page with those of the click before is drawn.
def _add(frame: Frame, x: float, y: float) -> None:
    own = inside(session.view().points, frame)
    if len(own) < MOST_POINTS:
        _set((*own, (round(x, 2), round(y, 2))))


def _undo(frame: Frame) -> None:
    _set(inside(session.view().points, frame)[:-1])


def _set(points: Points) -> None:
    session.change(points=points)
