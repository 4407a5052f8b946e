"""The chart that one plays: query examples part as the learners take their inner steps, and the scores rise.

Above, every example's predicted risk; below, the score after each step, for this task and on average. All steps are in
the figure as Plotly frames, so that playing happens in the browser.
"""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from dashboard import words
from dashboard.charts import axes, playing, style
from dashboard.charts.drawing import Part
from dashboard.charts.playing import POSITION
from dashboard.charts.style import COLOUR, named
from scenarios.demo.precomputed import DemoTask
from scenarios.learners.registry import BAYES, TRACED
from scenarios.metrics import Metric
from scenarios.task import Array, Labels
from scenarios.text import Language, Text

_LANE = 0.75  # the height of one class's examples
_NAME = 0.13  # the height of a line's name, as a share of the lower charts
_JITTER = 0.25  # up and down within it
_UNIT, _GAP, _BELOW = 31, 68, 108  # px: of height 1 above, between the upper charts and the lower ones, of the latter
_MOST_ABOVE = 160  # px that the upper charts may take, so that buttons stand on the first screen
_TOP, _BOTTOM = 2, 128  # px: margins

_PROBABILITY = Text(en="predicted probability: {kind}", zh="预测为{kind}的概率")
_HERE = Text(en="<b>{metric}, this task</b>", zh="<b>本任务{metric}</b>")


@dataclass(frozen=True)
class Averages:
    """Published score by inner steps: learner -> (evaluation steps, 3), mean, low, high; and the ceiling's mean."""

    walks: dict[str, Array]
    ceiling: float
    tasks: int


def player_chart(
    shown: DemoTask, truth: Labels, averages: Averages, *, task: Text, classes: tuple[Text, ...], metric: Metric,
    language: Language,
) -> go.Figure:  # fmt: skip
    """Draw the player. truth (queries,) are class numbers; it opens with each learner at its evaluation step."""
    kinds = range(len(classes) - 1, -1, -1)
    lanes = [(name, kind) for name in TRACED for kind in kinds]
    height = _lane_heights(len(classes))
    spread = np.random.default_rng(0).uniform(-_JITTER, _JITTER, len(truth))
    traces = [
        style.scatter(
            "markers", (), (height[name, kind] + spread[truth == kind]).astype(np.float32), xaxis="x", yaxis="y",
            marker=_marker(name, kind, len(classes)),
            hovertemplate=style.hover(f"{classes[kind][language]}: %{{x}}", name, language),
        )
        for name, kind in lanes
    ]  # fmt: skip
    here: Part = {"xaxis": "x2", "yaxis": "y2"}
    mean: Part = {"xaxis": "x3", "yaxis": "y3"}
    heads = []
    for name in TRACED:
        average, low, high = averages.walks[name].T
        traces.append(style.band(name, POSITION, low, high, **mean))
        tooltip = style.hover(axes.score_format(metric), name, language)
        traces.append(style.line(name, POSITION, average, hovertemplate=tooltip, **mean))
        traces.append(style.line(name, POSITION, shown.walk_scores[name], hovertemplate=tooltip, **here))
        heads += [(name, shown.walk_scores[name], here), (name, average, mean)]
    if "bayes" in shown.scores:
        traces.append(style.line("bayes", POSITION[[0, -1]], [shown.scores["bayes"]] * 2, **here))
    traces.append(style.line("bayes", POSITION[[0, -1]], [averages.ceiling] * 2, **mean))
    moving = [*range(len(lanes)), *range(len(traces), len(traces) + len(heads))]
    traces += [style.dot(name, **panel) for name, _, panel in heads]

    def data(at: dict[str, int]) -> playing.Data:
        risks = [{"x": per_mille(shown.walks[name][at[name]][truth == kind])} for name, kind in lanes]
        return risks + [{"x": POSITION[at[name], None], "y": curve[at[name], None]} for name, curve, _ in heads]

    above = (0.3, height["maml", len(classes) - 1] + 1.05)  # range of the upper chart
    plot = round(min(_UNIT * (above[1] - above[0]), _MOST_ABOVE)) + _GAP + _BELOW
    below = _BELOW / plot  # share of the plotting area
    trajectories = [curve for _, curve, _ in heads]
    lowest = min(axes.below_chance(metric), np.floor(20 * min(curve.min() for curve in trajectories)) / 20)
    lowest = min(lowest, _below_name(averages))
    names = [
        style.label(f"<b>{named(name, language)}</b>", 0, height[name, len(classes) - 1] + 0.65, COLOUR[name],
                    xanchor="left", xref="x", yref="y")
        for name in TRACED
    ]  # fmt: skip
    task_heading = words.spaced(_HERE.format(metric=metric.name[language])[language]).replace("<b>a", "<b>A")
    mean_heading = playing.AVERAGE.format(tasks=averages.tasks, task=task[language])[language]
    headings = [style.heading(task_heading, 0, below, yshift=2), style.heading(mean_heading, 0.54, below, yshift=2)]
    title = {"text": _PROBABILITY.format(kind=classes[-1][language])[language], "standoff": 2}
    return playing.playable(
        traces, moving, playing.evaluation_stops(shown.evaluation_step, data, language), language,
        height=plot + _TOP + _BOTTOM, margin=(78, 20, _TOP, _BOTTOM), pace=450,
        xaxis=_RISKS | {"domain": [0, 1], "anchor": "y", "side": "bottom", "title": title},
        yaxis=axes.axis(
            *above, domain=[(_BELOW + _GAP) / plot, 1], showgrid=False,
            tickvals=[height[lane] for lane in lanes], ticktext=[classes[kind][language] for _, kind in lanes],
        ),
        **playing.score_axes(axes.share_axis(lowest, 1.0) | {"domain": [0, below]}, language),
        annotations=[*names, *headings, _name_of_ceiling(lowest, language)],
    )  # fmt: skip


def per_mille(risks: Array) -> Labels:
    """Return risks as whole numbers of two bytes each: they are most of the page, and a screen shows no more."""
    whole: Labels = np.rint(1000 * risks).astype(np.uint16)
    return whole


# The axis of such numbers. Read in per cent: a pointer's number is cut to two figures, and each has its own word.
_RISKS: Part = axes.share_axis(-20, 1020) | {
    "tickvals": [*range(0, 1001, 200)], "ticktext": [f"{share}%" for share in range(0, 101, 20)],
    "hoverformat": ".2~r",
    "labelalias": {str(x): f"{x / 10:.0f}%" for x in (*range(100), *range(100, 1001, 10))},
}  # fmt: skip


def _lane_heights(ways: int) -> dict[tuple[str, int], float]:
    """Return (learner, class) -> height: the meta-learner above, the last class on top."""
    below = {"scratch": _LANE, "maml": _LANE * (1 + ways) + 0.6}
    return {(name, kind): base + _LANE * kind for name, base in below.items() for kind in range(ways)}


def _marker(name: str, kind: int, ways: int) -> Part:
    """Return a marker, filled for the last class and hollow for the others: readable without colour."""
    if kind == ways - 1:
        return {"size": 7, "color": COLOUR[name], "opacity": 0.75}
    return {"size": 7, "color": COLOUR[name], "symbol": "circle-open", "opacity": 0.9, "line": {"width": 1.3}}


def _below_name(averages: Averages) -> float:
    """Return the start of the axis that leaves room for a name below the lines on the right."""
    ends = min(walk[0.4 * POSITION[-1] < POSITION, 0].min() for walk in averages.walks.values())
    return float((ends - _NAME) / (1 - _NAME))


def _name_of_ceiling(lowest: float, language: Language) -> Part:
    """Place its name on the chart of averages, at the bottom right; learners have theirs above, in their colours."""
    text, colour = style.key(BAYES, language)
    where: Part = {"xref": "x3", "yref": "y3", "xanchor": "right", "yanchor": "top", "size": 11}
    return style.label(text, float(POSITION[-1]) + 0.25, lowest + _NAME * (1 - lowest), colour, **where)
