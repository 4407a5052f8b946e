"""The chart that one plays: query examples part as the learners take their inner steps, and the scores rise.

Above, every example's predicted risk; below, the score after each step, for this task and on average. All steps are in
the figure as Plotly frames, so that playing happens in the browser.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard import words
from dashboard.charts import playing, style
from dashboard.charts.style import COLOUR, named
from scenarios.demo.precomputed import DemoTask
from scenarios.learner import EVALUATION_STEPS
from scenarios.learners.registry import BAYES, TRACED
from scenarios.metrics import Metric
from scenarios.task import Array, Labels
from scenarios.text import Language, Text

_POSITION = np.log1p(EVALUATION_STEPS)  # early steps far apart, late ones close
_TICKS = (0, 1, 3, 10, 30, 200)
_LANE = 0.75  # the height of one class's examples
_JITTER = 0.25  # up and down within it
_UNIT, _GAP, _BELOW = 33, 68, 136  # px: of height 1 above, between the upper charts and the lower ones, of the latter
_MOST_ABOVE = 160  # px that the upper charts may take, so that buttons stand on the first screen
_TOP, _BOTTOM = 2, 128  # px: margins

_PROBABILITY = Text(en="predicted probability: {kind}", zh="预测为{kind}的概率")
_STEPS = Text(en="gradient steps", zh="梯度下降步数")
_HERE = Text(en="<b>{metric} here</b>", zh="<b>此处{metric}</b>")
_AVERAGE = Text(en="<b>mean of {tasks}</b>", zh="<b>{tasks} {task}平均</b>")
_AT = Text(en="step {step}", zh="第 {step} 步")
_BEST = Text(en="each at its own number of steps", zh="各自的评估步数")


@dataclass(frozen=True)
class Averages:
    """Published score by inner steps: learner -> (evaluation steps, 3), mean, low, high; and the ceiling's mean."""

    walks: dict[str, Array]
    ceiling: float
    tasks: int


def player_chart(
    shown: DemoTask,
    truth: Labels,
    averages: Averages,
    *,
    task: Text,
    classes: tuple[Text, ...],
    metric: Metric,
    language: Language,
) -> go.Figure:
    """Draw the player. truth (queries,) are class numbers; it opens with each learner at its evaluation step."""
    kinds = range(len(classes) - 1, -1, -1)
    height = _lanes(len(classes))
    best = {name: EVALUATION_STEPS.index(shown.evaluation_step[name]) for name in TRACED}
    spread = np.random.default_rng(0).uniform(-_JITTER, _JITTER, len(truth))
    lanes = [(name, kind) for name in TRACED for kind in kinds]

    def dots(name: str, kind: int, moment: int) -> Labels:
        return per_mille(shown.walks[name][moment][truth == kind])

    traces: list[dict[str, Any]] = [
        {
            "type": "scatter", "mode": "markers", "x": dots(name, kind, best[name]), "xaxis": "x", "yaxis": "y",
            "y": (height[name, kind] + spread[truth == kind]).astype(np.float32),
            "marker": _marker(name, kind, len(classes)),
            "hovertemplate": style.hover(f"{classes[kind][language]}: %{{x}}", name, language),
        }
        for name, kind in lanes
    ]  # fmt: skip
    here, mean = {"xaxis": "x2", "yaxis": "y2"}, {"xaxis": "x3", "yaxis": "y3"}
    heads = []
    for name in TRACED:
        walk = averages.walks[name]
        traces.append(style.band(name, _POSITION, walk[:, 1], walk[:, 2], **mean))
        hover = {"hovertemplate": style.hover(style.told(metric), name, language)}
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
            + [{"x": _POSITION[at[name], None], "y": curve[at[name], None]} for name, curve, _ in heads],
        }
        for label, at in [(str(t), dict.fromkeys(TRACED, i)) for i, t in enumerate(EVALUATION_STEPS)] + [("best", best)]
    ]
    layout = _layout(shown, averages, task, classes, metric, language)
    return style.figure(traces, layout, frames)


def per_mille(risks: Array) -> Labels:
    """Risks as whole numbers of two bytes each: most of what a page sends is these, and a screen shows no more."""
    whole: Labels = np.rint(1000 * risks).astype(np.uint16)
    return whole


# The axis of such numbers. Read in per cent: a pointer's number is cut to two figures, and each has its own word.
_RISKS: dict[str, Any] = style.share_axis(-20, 1020) | {
    "tickvals": [*range(0, 1001, 200)], "ticktext": [f"{share}%" for share in range(0, 101, 20)],
    "hoverformat": ".2~r",
    "labelalias": {str(x): f"{x / 10:.0f}%" for x in (*range(100), *range(100, 1001, 10))},
}  # fmt: skip


def _lanes(ways: int) -> dict[tuple[str, int], float]:
    """(learner, class) -> height: the meta-learner above, the last class on top."""
    below = {"scratch": _LANE, "maml": _LANE * (1 + ways) + 0.6}
    return {(name, kind): base + _LANE * kind for name, base in below.items() for kind in range(ways)}


def _marker(name: str, kind: int, ways: int) -> dict[str, Any]:
    """Return a marker, filled for the last class and hollow for the others: readable without colour."""
    if kind == ways - 1:
        return {"size": 7, "color": COLOUR[name], "opacity": 0.75}
    return {"size": 7, "color": COLOUR[name], "symbol": "circle-open", "opacity": 0.9, "line": {"width": 1.3}}


def _layout(
    shown: DemoTask, averages: Averages, task: Text, classes: tuple[Text, ...], metric: Metric, language: Language
) -> dict[str, Any]:
    height, kinds = _lanes(len(classes)), range(len(classes) - 1, -1, -1)
    lanes = (0.3, height["maml", len(classes) - 1] + 1.05)
    plot = round(min(_UNIT * (lanes[1] - lanes[0]), _MOST_ABOVE)) + _GAP + _BELOW
    below, above = _BELOW / plot, (_BELOW + _GAP) / plot  # where the lower charts end and the upper ones begin
    every = list(shown.walk_scores.values()) + [walk[:, 0] for walk in averages.walks.values()]
    lowest = min(style.below_chance(metric), np.floor(20 * min(curve.min() for curve in every)) / 20)
    steps = {
        "tickvals": [float(np.log1p(t)) for t in _TICKS], "ticktext": list(map(str, _TICKS)), "fixedrange": True,
        "range": [-0.2, float(_POSITION[-1]) + 0.3], "tickangle": 0, "title": {"text": _STEPS[language], "standoff": 4},
        "zeroline": False,
    }  # fmt: skip
    annotations = [
        style.label(
            f"<b>{named(name, language)}</b>",
            0,
            height[name, len(classes) - 1] + 0.65,
            COLOUR[name],
            xanchor="left",
            xref="x",
            yref="y",
        )
        for name in TRACED
    ]
    stops = [(str(step), _AT.format(step=step)[language]) for step in EVALUATION_STEPS] + [("best", _BEST[language])]
    heading = {"xref": "paper", "yref": "paper", "yanchor": "bottom", "xanchor": "left"}
    here, average = (
        words.spaced(_HERE.format(metric=metric.name[language])[language]).replace("<b>a", "<b>A"),
        _AVERAGE.format(tasks=averages.tasks, task=task[language])[language],
    )
    annotations += [
        style.label(here, 0, below, style.TEXT, **heading, yshift=2),
        style.label(average, 0.54, below, style.TEXT, **heading, yshift=2),
    ]
    annotations += _names_of_lines(lowest, language)
    return {
        "height": plot + _TOP + _BOTTOM,
        "margin": {"l": 78, "r": 20, "t": _TOP, "b": _BOTTOM},
        "xaxis": _RISKS | {"domain": [0, 1], "anchor": "y", "side": "bottom",
            "title": {"text": _PROBABILITY.format(kind=classes[-1][language])[language], "standoff": 2}},
        "yaxis": {
            "domain": [above, 1], "range": lanes, "fixedrange": True, "showgrid": False, "zeroline": False,
            "tickvals": [height[name, kind] for name in TRACED for kind in kinds],
            "ticktext": [classes[kind][language] for _ in TRACED for kind in kinds],
        },
        "xaxis2": steps | {"domain": [0, 0.46], "anchor": "y2"},
        "yaxis2": style.share_axis(lowest, 1.0) | {"domain": [0, below]},
        "xaxis3": steps | {"domain": [0.54, 1], "anchor": "y3"},
        "yaxis3": style.share_axis(lowest, 1.0) | {"domain": [0, below], "matches": "y2", "showticklabels": False},
        "annotations": annotations,
    } | playing.controls(stops, language, plot=plot, below=46, pace=450)  # fmt: skip


def _names_of_lines(lowest: float, language: Language) -> list[dict[str, Any]]:
    """Place the lines' names on the chart of averages: in the corner that they all stay out of once they have risen."""
    row = 0.13 * (1 - lowest)  # the height of a name
    where = {"xref": "x3", "yref": "y3", "xanchor": "right", "yanchor": "top"}
    x, names = float(_POSITION[-1]) + 0.25, (BAYES, *TRACED)
    return [
        style.label(
            f"{style.sign(name)} {named(name, language)}", x, lowest + row * (3 - place), COLOUR[name],
            font={"color": COLOUR[name], "size": 11}, **where,
        )
        for place, name in enumerate(names)
    ]  # fmt: skip
