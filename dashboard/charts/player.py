"""The chart that one plays: query examples part as the learners take their inner steps, and the scores rise.

Above, every example's predicted risk; below, the score after each step, for this task and on average. All steps are in
the figure as Plotly frames, so that playing happens in the browser.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import style
from dashboard.charts.style import COLOUR, named
from scenarios.learner import MOMENTS
from scenarios.study.presets import Showcase
from scenarios.task import Array, Labels
from scenarios.text import Language, Text

LEARNERS = ("maml", "scratch")
_POSITION = np.log1p(MOMENTS)  # early steps far apart, late ones close
_EVERY = [str(step) for step in MOMENTS]  # the frames that playing runs through
_TICKS = (0, 1, 3, 10, 30, 200)
_LANE = {("maml", 1): 3.5, ("maml", 0): 2.75, ("scratch", 1): 1.5, ("scratch", 0): 0.75}  # (learner, class) -> height
_AT_ONCE = {"mode": "immediate", "transition": {"duration": 0}, "frame": {"duration": 0, "redraw": False}}

_PROBABILITY = Text(en="predicted probability: {kind}", zh="预测为{kind}的概率")
_STEPS = Text(en="gradient steps", zh="梯度下降步数")
_HERE = Text(en="<b>AUROC here</b>", zh="<b>这{task} AUROC</b>")
_AVERAGE = Text(en="<b>mean of {tasks}</b>", zh="<b>{tasks} {task}平均</b>")
_PLAY = Text(en="▶ Play", zh="▶ 播放")
_PAUSE = Text(en="Pause", zh="暂停")
_STEP = Text(en="Step", zh="单步")
_BACK = Text(en="Start over", zh="回到起点")
_AT = Text(en="step {step}", zh="第 {step} 步")
_BEST = Text(en="each where it is judged", zh="各自的评判步数")


@dataclass(frozen=True)
class Averages:
    """Published score against inner steps: learner -> (moments, 3), mean, low, high; and the ceiling's mean."""

    walks: dict[str, Array]
    ceiling: float
    tasks: int


def player_chart(
    shown: Showcase, truth: Labels, averages: Averages, *, task: Text, classes: tuple[Text, Text], language: Language
) -> go.Figure:
    """truth (queries,) is 1 for class 1. The figure opens with each learner at the step where it is judged."""
    best = {name: MOMENTS.index(shown.judged_after[name]) for name in LEARNERS}
    spread = np.random.default_rng(0).uniform(-0.3, 0.3, len(truth))
    lanes = [(name, kind) for name in LEARNERS for kind in (1, 0)]

    def dots(name: str, kind: int, moment: int) -> Array:
        risks: Array = shown.walks[name][moment][truth == kind]
        return risks

    traces: list[dict[str, Any]] = [
        {
            "type": "scatter", "mode": "markers", "x": dots(name, kind, best[name]), "xaxis": "x", "yaxis": "y",
            "y": (_LANE[name, kind] + spread[truth == kind]).astype(np.float32), "marker": _marker(name, kind),
            "hovertemplate": style.hover(f"{classes[kind][language]}: %{{x:.0%}}", name, language),
        }
        for name, kind in lanes
    ]  # fmt: skip
    here, mean = {"xaxis": "x2", "yaxis": "y2"}, {"xaxis": "x3", "yaxis": "y3"}
    heads = []
    for name in LEARNERS:
        walk = averages.walks[name]
        traces.append(style.band(name, list(_POSITION), list(walk[:, 1]), list(walk[:, 2]), **mean))
        hover = {"hovertemplate": style.hover("%{y:.1%}", name, language)}
        traces.append(style.line(name, _POSITION, walk[:, 0], **mean, **hover))
        traces.append(style.line(name, _POSITION, shown.walk_scores[name], **here, **hover))
        heads += [(name, shown.walk_scores[name], here), (name, walk[:, 0], mean)]
    ends = [_POSITION[0], _POSITION[-1]]
    if "bayes" in shown.scores:
        traces.append(style.line("bayes", ends, [shown.scores["bayes"]] * 2, **here, hoverinfo="skip"))
    traces.append(style.line("bayes", ends, [averages.ceiling] * 2, **mean, hoverinfo="skip"))

    first_head = len(traces)
    traces += [style.dot(name, _POSITION[best[name]], curve[best[name]], **where) for name, curve, where in heads]

    moving = [*range(len(lanes)), *range(first_head, len(traces))]
    frames = [
        {
            "name": label,
            "traces": moving,
            "data": [{"x": dots(name, kind, at[name])} for name, kind in lanes]
            + [{"x": [_POSITION[at[name]]], "y": [curve[at[name]]]} for name, curve, _ in heads],
        }
        for label, at in [(str(t), dict.fromkeys(LEARNERS, i)) for i, t in enumerate(MOMENTS)] + [("best", best)]
    ]
    layout = _layout(shown, averages, task, classes, language)
    return style.figure(traces, layout, frames)


def _marker(name: str, kind: int) -> dict[str, Any]:
    """Filled for class 1, hollow for class 0: readable without colour."""
    if kind:
        return {"size": 7, "color": COLOUR[name], "opacity": 0.75}
    return {"size": 7, "color": COLOUR[name], "symbol": "circle-open", "opacity": 0.9, "line": {"width": 1.3}}


def _layout(
    shown: Showcase, averages: Averages, task: Text, classes: tuple[Text, Text], language: Language
) -> dict[str, Any]:
    every = list(shown.walk_scores.values()) + [walk[:, 0] for walk in averages.walks.values()]
    lowest = min(0.4, np.floor(20 * min(curve.min() for curve in every)) / 20)
    steps = {
        "tickvals": [float(np.log1p(t)) for t in _TICKS], "ticktext": list(map(str, _TICKS)), "fixedrange": True,
        "range": [-0.2, float(_POSITION[-1]) + 0.3], "tickangle": 0, "title": {"text": _STEPS[language], "standoff": 4},
        "zeroline": False,
    }  # fmt: skip
    annotations = [
        style.label(
            f"<b>{named(name, language)}</b>",
            0,
            _LANE[name, 1] + 0.62,
            COLOUR[name],
            xanchor="left",
            xref="x",
            yref="y",
        )
        for name in LEARNERS
    ]
    heading = {"xref": "paper", "yref": "paper", "yanchor": "bottom", "xanchor": "left"}
    here, average = (
        _HERE.format(task=task[language])[language],
        _AVERAGE.format(tasks=averages.tasks, task=task[language])[language],
    )
    annotations += [
        style.label(here, 0, 0.405, style.TEXT, **heading),
        style.label(average, 0.54, 0.405, style.TEXT, **heading),
    ]
    annotations += _names_of_lines(averages, language)
    return {
        "height": 470,
        "margin": {"l": 78, "r": 20, "t": 2, "b": 128},
        "xaxis": style.share_axis(-0.02, 1.02) | {"domain": [0, 1], "anchor": "y", "side": "bottom",
            "title": {"text": _PROBABILITY.format(kind=classes[1][language])[language], "standoff": 2}},
        "yaxis": {
            "domain": [0.6, 1], "range": [0.3, 4.45], "fixedrange": True, "showgrid": False, "zeroline": False,
            "tickvals": [_LANE[name, kind] for name in LEARNERS for kind in (1, 0)],
            "ticktext": [classes[kind][language] for _ in LEARNERS for kind in (1, 0)],
        },
        "xaxis2": steps | {"domain": [0, 0.46], "anchor": "y2"},
        "yaxis2": style.share_axis(lowest, 1.0) | {"domain": [0, 0.4]},
        "xaxis3": steps | {"domain": [0.54, 1], "anchor": "y3"},
        "yaxis3": style.share_axis(lowest, 1.0) | {"domain": [0, 0.4], "matches": "y2", "showticklabels": False},
        "annotations": annotations,
        "updatemenus": [_buttons(language)],
        "sliders": [_slider(language)],
    }  # fmt: skip


def _names_of_lines(averages: Averages, language: Language) -> list[dict[str, Any]]:
    """Each line's name beside it, on the chart of averages, whose lines keep their distance."""
    at = MOMENTS.index(20)
    where = {"xref": "x3", "yref": "y3", "xanchor": "right"}
    x = float(_POSITION[-1]) + 0.25
    scratch = averages.walks["scratch"][at, 0]
    maml = averages.walks["maml"][at, 0]
    return [
        style.label(named("bayes", language), x, averages.ceiling + 0.012, COLOUR["bayes"], yanchor="bottom", **where),
        style.label(named("maml", language), x, maml - 0.015, COLOUR["maml"], yanchor="top", **where),
        style.label(named("scratch", language), x, scratch - 0.02, COLOUR["scratch"], yanchor="top", **where),
    ]


def _buttons(language: Language) -> dict[str, Any]:
    """Back to start, play, pause, one step.

    Plotly has no step: from the frame that is on, it plays what follows that frame's first place in the list. With
    every frame named twice, that is the same frame again, for no time, and then the next one, for ever.
    """
    play = _AT_ONCE | {"fromcurrent": True, "frame": {"duration": 450, "redraw": False}}
    one = play | {"frame": [{"duration": 0, "redraw": False}, {"duration": 10**9, "redraw": False}]}
    actions = (
        (_BACK, ["0"], _AT_ONCE),
        (_PLAY, _EVERY, play),
        (_PAUSE, [None], _AT_ONCE),
        (_STEP, _EVERY[:1] + [step for step in _EVERY[1:] for _ in range(2)], one),
    )
    return {
        "type": "buttons", "direction": "right", "showactive": False, "x": 0, "xanchor": "left", "y": -0.135,
        "yanchor": "top", "pad": {"t": 0, "r": 4}, "bgcolor": style.BACKGROUND, "bordercolor": style.FAINT,
        "font": {"color": style.TEXT, "size": 12},
        "buttons": [
            {"label": text[language], "method": "animate", "args": [what, how]} for text, what, how in actions
        ],
    }  # fmt: skip


def _slider(language: Language) -> dict[str, Any]:
    stops = [(str(step), _AT.format(step=step)[language]) for step in MOMENTS] + [("best", _BEST[language])]
    return {
        "active": len(stops) - 1, "x": 0, "len": 1, "y": -0.26, "yanchor": "top", "pad": {"t": 0}, "minorticklen": 0,
        "ticklen": 0, "currentvalue": {"xanchor": "left", "offset": 6, "font": {"size": 13, "color": style.TEXT}},
        "font": {"size": 1, "color": "rgba(0,0,0,0)"},
        "steps": [{"label": label, "method": "animate", "args": [[frame], _AT_ONCE]} for frame, label in stops],
    }  # fmt: skip
