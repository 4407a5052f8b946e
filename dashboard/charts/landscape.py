"""The plane of slopes and intercepts: two tasks' bowls, and the walks down into them from two starts."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import playing, style
from dashboard.charts.style import COLOUR, named
from scenarios.learners.registry import TRACED
from scenarios.lessons import landscape
from scenarios.task import Array
from scenarios.text import Language, Text

SLOPES = np.arange(-3.0, 3.01, 0.25)  # where a start can be placed
INTERCEPTS = np.arange(-2.5, 2.51, 0.25)
_STARTS = TRACED[::-1]
_LOOKS = (*range(11), 12, 15, 20, 25, 30, 40, 50, 75, 100, 200)
_LEVELS = (2.0, 0.5, 0.1, landscape.TOLERANCE)
_HEIGHT = 640
_BESIDE = np.array([0.48, -0.26])  # from a task's best point to its letter: along the valley, past the goal

_AT = Text(en="step {step}", zh="第 {step} 步")
_SLOPE = Text(en="slope", zh="斜率")
_INTERCEPT = Text(en="intercept", zh="截距")
_PLACE = Text(en="start here: slope {x}, intercept {y}", zh="从这里出发：斜率 {x}，截距 {y}")
_TASKS = Text(en="∙ best points of other tasks of the family", zh="∙ 同族其他任务的最优点")
_YOURS = Text(en="◆ {name}: your start", zh="◆ {name}：你放置的起点")
_LEARNT = Text(en="◆ {name} start", zh="◆ {name}的起点")


@dataclass(frozen=True)
class Walks:
    """Where everything is: starts and walks by "scratch" and "maml"."""

    optima: Array  # (2, 2): two tasks, A and B
    family: Array  # (tasks, 2): other tasks
    paths: dict[str, Array]  # (steps + 1, 2, 2), each from its start
    needed: dict[str, Array]  # (2,): after how many steps each walk has arrived


def landscape_chart(walks: Walks, *, language: Language) -> go.Figure:
    """Draw the landscape. The first trace is an invisible grid: clicking one of its points places the start."""
    traces = [_grid(language), _family(walks.family)]
    for optimum, dash in zip(walks.optima, ("solid", "dash"), strict=True):
        traces += [_level(landscape.level_curve(optimum, level), level, dash) for level in _LEVELS]
    tips = walks.optima + _BESIDE
    traces.append(
        {"type": "scatter", "mode": "text", "x": tips[:, 0], "y": tips[:, 1], "hoverinfo": "skip",
         "text": ["<b>A</b>", "<b>B</b>"], "textfont": {"size": 15, "color": style.TEXT}}
    )  # fmt: skip
    moving = list(range(len(traces), len(traces) + 8))
    for name in _STARTS:
        for task in (0, 1):
            path = _until(walks, name, task, _LOOKS[-1])
            traces.append(
                style.line(name, path[:, 0], path[:, 1], mode="lines+markers", hoverinfo="skip",
                           marker={"size": 4, "color": COLOUR[name]}, line={"width": 1.8})
            )  # fmt: skip
            traces.append(style.dot(name, float(path[-1, 0]), float(path[-1, 1])))
    for name in _STARTS:
        x, y = walks.paths[name][0, 0]
        traces.append(
            style.dot(name, float(x), float(y), marker={"size": 15, "symbol": "diamond", "color": COLOUR[name],
                      "line": {"width": 2, "color": style.BACKGROUND}})
        )  # fmt: skip
    frames = [{"name": str(step), "traces": moving, "data": _at(walks, step)} for step in _LOOKS]
    top, bottom = 62, 46 + playing.ROOM
    layout = {
        "height": _HEIGHT,
        "margin": {"l": 50, "r": 14, "t": top, "b": bottom},
        "hovermode": "closest",
        "xaxis": _axis(SLOPES, _SLOPE[language]),
        "yaxis": _axis(INTERCEPTS, _INTERCEPT[language]),
        "annotations": _names(language),
    }
    said = [(str(step), _AT.format(step=step)[language]) for step in _LOOKS]
    play = playing.controls(said, language, plot=_HEIGHT - top - bottom, below=46)
    return style.figure(traces, layout | play, frames)


def _at(walks: Walks, step: int) -> list[dict[str, Any]]:
    """Every walk up to a step, and the dot at its head."""
    data: list[dict[str, Any]] = []
    for name in _STARTS:
        for task in (0, 1):
            path = _until(walks, name, task, step)
            data += [{"x": path[:, 0], "y": path[:, 1]}, {"x": path[-1:, 0], "y": path[-1:, 1]}]
    return data


def _until(walks: Walks, name: str, task: int, step: int) -> Array:
    """Return a trajectory up to where it has converged."""
    path: Array = walks.paths[name][: min(step, int(walks.needed[name][task])) + 1, task]
    return path


def _grid(language: Language) -> dict[str, Any]:
    x, y = (axis.ravel() for axis in np.meshgrid(SLOPES, INTERCEPTS))
    unseen = {"marker": {"opacity": 0}}
    place = _PLACE.format(x="%{x:.2f}", y="%{y:.2f}")[language]
    return {
        "type": "scatter", "mode": "markers", "x": x, "y": y, "marker": {"size": 12, "opacity": 0},
        "selected": unseen, "unselected": unseen, "hovertemplate": f"{place}<extra></extra>",
    }  # fmt: skip


def _family(tasks: Array) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "markers", "x": tasks[:, 0], "y": tasks[:, 1], "hoverinfo": "skip",
        "marker": {"size": 4, "color": style.TEXT, "opacity": 0.3}, "unselected": {"marker": {"opacity": 0.3}},
    }  # fmt: skip


def _level(curve: Array, level: float, dash: str) -> dict[str, Any]:
    goal = level == landscape.TOLERANCE
    return {
        "type": "scatter", "mode": "lines", "x": curve[:, 0], "y": curve[:, 1], "hoverinfo": "skip",
        "opacity": 0.9 if goal else 0.3, "line": {"color": style.TEXT, "width": 1.8 if goal else 1.1, "dash": dash},
    }  # fmt: skip


def _axis(places: Array, title: str) -> dict[str, Any]:
    return {
        "range": [float(places[0]) - 0.3, float(places[-1]) + 0.3], "fixedrange": True, "zeroline": False,
        "title": {"text": title, "standoff": 4}, "dtick": 1,
    }  # fmt: skip


def _names(language: Language) -> list[dict[str, Any]]:
    rows = (
        (_YOURS.format(name=named("scratch", language))[language], COLOUR["scratch"]),
        (_LEARNT.format(name=named("maml", language))[language], COLOUR["maml"]),
        (_TASKS[language], style.TEXT),
    )
    return [
        style.label(text, 0, 1, colour, xref="paper", yref="paper", xanchor="left", yanchor="bottom",
                    yshift=2 + 18 * (len(rows) - 1 - row))
        for row, (text, colour) in enumerate(rows)
    ]  # fmt: skip
