"""The base of animated figures: frames, buttons back to start, play, pause and one step, and a slider."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import style
from dashboard.charts.axes import axis
from dashboard.charts.drawing import Part
from scenarios.learner import EVALUATION_STEPS
from scenarios.learners.registry import TRACED
from scenarios.text import Language, Text

ROOM = 98  # px below the axis' title that the controls take
POSITION = np.log1p(EVALUATION_STEPS)  # spreads early steps and compresses late ones
PLAY = Text(en="▶ Play", zh="▶ 播放")
PAUSE = Text(en="Pause", zh="暂停")
STEP = Text(en="Step", zh="单步")
BACK = Text(en="Start over", zh="重播")
AT = Text(en="step {step}", zh="第 {step} 步")
AVERAGE = Text(en="<b>mean of {tasks} tasks</b>", zh="<b>{tasks} {task}平均</b>")
_BEST = Text(en="evaluation step of each method", zh="各方法的评估步数")
_STEPS = Text(en="gradient steps", zh="梯度下降步数")
_TICKS = (0, 1, 3, 10, 30, 200)
_AT_ONCE = {"mode": "immediate", "transition": {"duration": 0}, "frame": {"duration": 0, "redraw": False}}

Data = list[Part]  # data of the moving traces, in their order


@dataclass(frozen=True)
class Stop:
    """A frame and its place on the slider."""

    name: str
    label: str
    data: Data


def step_stops(steps: Iterable[int], data: Callable[[int], Data], language: Language) -> list[Stop]:
    """Return a stop for each step."""
    return [Stop(str(step), AT.format(step=step)[language], data(step)) for step in steps]


def evaluation_stops(
    evaluation_step: Mapping[str, int], data: Callable[[dict[str, int]], Data], language: Language
) -> list[Stop]:
    """Return a stop for each evaluation step, and at last "best": each learner after its own number of steps.

    data: from learner -> place in EVALUATION_STEPS.
    """
    places = dict(zip(EVALUATION_STEPS, range(len(EVALUATION_STEPS)), strict=True))
    stops = step_stops(EVALUATION_STEPS, lambda step: data(dict.fromkeys(TRACED, places[step])), language)
    best = {name: places[evaluation_step[name]] for name in TRACED}
    return [*stops, Stop("best", _BEST[language], data(best))]


def playable(
    traces: Data, moving: Sequence[int], stops: Sequence[Stop], language: Language, *, height: int,
    margin: tuple[int, int, int, int], below: int = 46, pace: int = 300, active: int | None = None, **layout: Any,
) -> go.Figure:  # fmt: skip
    """Build a figure with controls, which opens at a stop.

    Parameters
    ----------
    traces : list of dict
        All traces; the moving ones still lack their data.
    moving : sequence of int
        The places of the moving traces.
    stops : sequence of Stop
        The frames in their order. A last one whose name is no number is left out of playing: it is a view of its own.
    height, margin : int and tuple of int
        As of `style.figure`.
    below : int
        Distance from the lower edge of the plotting area to the buttons in px.
    pace : int
        Time for each frame in ms.
    active : int or None
        The stop at which the figure opens; the last one by default.
    """
    active = len(stops) - 1 if active is None else active
    traces = list(traces)
    for place, data in zip(moving, stops[active].data, strict=True):
        traces[place] = traces[place] | data
    frames = [{"name": stop.name, "traces": list(moving), "data": stop.data} for stop in stops]
    controls = _controls(stops, language, height - margin[2] - margin[3], below, pace, active)
    return style.figure(traces, height=height, margin=margin, frames=frames, **layout | controls)


def steps_axis(language: Language, left: float = 0.2, right: float = 0.3, standoff: int = 4) -> Part:
    """Return the axis of gradient steps, with room to the left and to the right, for curves along POSITION."""
    return axis(
        -left, float(POSITION[-1]) + right, _STEPS[language], standoff=standoff, tickvals=list(np.log1p(_TICKS)),
        ticktext=list(map(str, _TICKS)),
    )  # fmt: skip


def score_axes(vertical: Part, language: Language, **right: Any) -> Part:
    """Return the axes 2 and 3 of scores after each step, side by side: this task's, and the mean of many."""
    steps = steps_axis(language) | {"tickangle": 0}
    return {
        "xaxis2": steps | {"domain": [0, 0.46], "anchor": "y2"},
        "yaxis2": vertical,
        "xaxis3": steps | {"domain": [0.54, 1], "anchor": "y3"},
        "yaxis3": vertical | {"matches": "y2", "showticklabels": False} | right,
    }


def _controls(stops: Sequence[Stop], language: Language, plot: int, below: int, pace: int, active: int) -> Part:
    """Return the buttons and the slider. plot: height of the plotting area in px, which Plotly places by.

    Plotly has no step: from the frame that is on, it plays what follows that frame's first place in the list. With
    every frame named twice, that is the same frame again, for no time, and then the next one, for ever.
    """
    names = [stop.name for stop in stops if stop.name.isdigit()]
    play = _AT_ONCE | {"fromcurrent": True, "frame": {"duration": pace, "redraw": False}}
    one = play | {"frame": [{"duration": 0, "redraw": False}, {"duration": 10**9, "redraw": False}]}
    actions = (
        (BACK, names[:1], _AT_ONCE),
        (PLAY, names, play),
        (PAUSE, [None], _AT_ONCE),
        (STEP, names[:1] + [name for name in names[1:] for _ in range(2)], one),
    )
    buttons = {
        "type": "buttons", "direction": "right", "showactive": False, "x": 0, "xanchor": "left", "y": -below / plot,
        "yanchor": "top", "pad": {"t": 0, "r": 4}, "bgcolor": style.BACKGROUND, "bordercolor": style.EDGE,
        "font": {"color": style.TEXT, "size": 12},
        "buttons": [
            {"label": text[language], "method": "animate", "args": [frames, how]} for text, frames, how in actions
        ],
    }  # fmt: skip
    return {"updatemenus": [buttons], "sliders": [slider(stops, active, -(below + 40) / plot)]}


def slider(stops: Sequence[Stop], active: int, y: float) -> Part:
    """Return a slider over all stops below the plotting area, y in shares of its height."""
    return {
        "active": active, "x": 0, "len": 1, "y": y,
        "yanchor": "top", "pad": {"t": 0}, "minorticklen": 0, "ticklen": 0, "bgcolor": style.COLOUR["maml"],
        "bordercolor": style.COLOUR["maml"], "activebgcolor": style.COLOUR["maml"],
        "font": {"size": 1, "color": "rgba(0,0,0,0)"},
        "currentvalue": {"xanchor": "left", "offset": 6, "font": {"size": 13, "color": style.TEXT}},
        "steps": [{"label": stop.label, "method": "animate", "args": [[stop.name], _AT_ONCE]} for stop in stops],
    }  # fmt: skip
