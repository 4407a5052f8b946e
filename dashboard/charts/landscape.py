"""The plane of slopes and intercepts: the losses of two tasks, and gradient descent from two initialisations."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import playing, style
from dashboard.charts.axes import axis
from dashboard.charts.drawing import Part
from dashboard.charts.style import COLOUR, named
from scenarios.learners.registry import TRACED
from scenarios.lessons import landscape
from scenarios.task import Array
from scenarios.text import Language, Text

SLOPES = np.arange(-3.0, 3.01, 0.25)  # grid on which an initialisation can be placed
INTERCEPTS = np.arange(-2.5, 2.51, 0.25)
_STARTS = TRACED[::-1]
_LOOKS = (*range(11), 12, 15, 20, 25, 30, 40, 50, 75, 100, 200)
_LEVELS = (2.0, 0.5, 0.1, landscape.TOLERANCE)
_HEIGHT = 640
_BESIDE = np.array([0.48, -0.26])  # from a task's best point to its letter: along the valley, past the goal

_SLOPE = Text(en="slope", zh="斜率")
_INTERCEPT = Text(en="intercept", zh="截距")
_PLACE = Text(en="start at slope {x}, intercept {y}", zh="从这里出发：斜率 {x}，截距 {y}")
_TASKS = Text(en="∙ optima of other tasks of the family", zh="∙ 同族其他任务的最优点")
_YOURS = Text(en="◆ {name}: your starting point", zh="◆ {name}：你放置的起点")
_LEARNED = Text(en="◆ {name} initialisation", zh="◆ {name}的起点")


@dataclass(frozen=True)
class Walks:
    """Initialisations and paths, by "scratch" and "maml"."""

    optima: Array  # (2, 2): two tasks, A and B
    family: Array  # (tasks, 2): other tasks
    paths: dict[str, Array]  # (steps + 1, 2, 2), each from its start
    needed: dict[str, Array]  # (2,): after how many steps each walk has arrived


def landscape_chart(walks: Walks, *, language: Language) -> go.Figure:
    """Draw the landscape. The first trace is an invisible grid: clicking one of its points places the start."""
    x, y = (places.ravel() for places in np.meshgrid(SLOPES, INTERCEPTS))
    traces = [style.click_targets(x, y, _PLACE.format(x="%{x:.2f}", y="%{y:.2f}")[language]), _family(walks.family)]
    for optimum, dash in zip(walks.optima, ("solid", "dash"), strict=True):
        traces += [_level(landscape.level_curve(optimum, level), level, dash) for level in _LEVELS]
    letters = {"text": ["<b>A</b>", "<b>B</b>"], "textfont": {"size": 15, "color": style.TEXT}}
    traces.append(style.scatter("text", *(walks.optima + _BESIDE).T, **letters))
    moving = range(len(traces), len(traces) + 8)
    for name in _STARTS:
        look: Part = {"mode": "lines+markers", "marker": {"size": 4, "color": COLOUR[name]}, "width": 1.8}
        traces += [style.line(name, (), **look), style.dot(name)] * 2
    for name in _STARTS:
        marker = {"size": 15, "symbol": "diamond", "color": COLOUR[name],
                  "line": {"width": 2, "color": style.BACKGROUND}}  # fmt: skip
        traces.append(style.dot(name, *map(float, walks.paths[name][0, 0]), marker=marker))
    stops = playing.step_stops(_LOOKS, lambda step: _data(walks, step), language)
    return playing.playable(
        traces, moving, stops, language, height=_HEIGHT, margin=(50, 14, 62, 46 + playing.ROOM),
        xaxis=_axis(SLOPES, _SLOPE[language]), yaxis=_axis(INTERCEPTS, _INTERCEPT[language]),
        annotations=_names(language),
    )  # fmt: skip


def _data(walks: Walks, step: int) -> playing.Data:
    """Return every trajectory up to a step or to where it has converged, and the dot at its head."""
    data = []
    for name in _STARTS:
        for task in (0, 1):
            path = walks.paths[name][: min(step, int(walks.needed[name][task])) + 1, task]
            data += [{"x": path[:, 0], "y": path[:, 1]}, {"x": path[-1:, 0], "y": path[-1:, 1]}]
    return data


def _family(tasks: Array) -> Part:
    marker = {"size": 4, "color": style.TEXT, "opacity": 0.3}
    return style.scatter("markers", *tasks.T, marker=marker, unselected={"marker": {"opacity": 0.3}})


def _level(curve: Array, level: float, dash: str) -> Part:
    goal = level == landscape.TOLERANCE
    look = {"color": style.TEXT, "width": 1.8 if goal else 1.1, "dash": dash}
    return style.plain_line(curve[:, 0], curve[:, 1], look, opacity=0.9 if goal else 0.3)


def _axis(places: Array, title: str) -> Part:
    return axis(float(places[0]) - 0.3, float(places[-1]) + 0.3, title, standoff=4, dtick=1)


def _names(language: Language) -> list[Part]:
    return style.key_above([
        (_YOURS.format(name=named("scratch", language))[language], COLOUR["scratch"]),
        (_LEARNED.format(name=named("maml", language))[language], COLOUR["maml"]),
        (_TASKS[language], style.TEXT),
    ], 18)  # fmt: skip
