"""Charts of a comparison on a user's own table: scores against labels, against other tasks, and task by task."""

from collections.abc import Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import style
from dashboard.charts.axes import axis, score_format
from dashboard.charts.curves import CurvesChart, by_height
from dashboard.charts.drawing import Part
from dashboard.charts.style import COLOUR, DASH, SIGN
from scenarios.metrics import Metric
from scenarios.own_tasks import contenders, wording
from scenarios.own_tasks.results import OwnResults
from scenarios.task import Array
from scenarios.text import Language, Text

MOST_NAMED = 40  # tasks whose names have room beside the chart
_HEIGHT = 320
_MARGIN = (62, 12, 8, 44)
_ROW = 18  # px
_LONGEST = 24  # characters of a task's name
_LABEL = Text(en="{x} labels: {y}", zh="{x} 个标注：{y}")
_TASKS = Text(en="{x} other tasks: {y}", zh="{x} 个其他任务：{y}")


def labels_chart(found: OwnResults, names: Sequence[str], language: Language) -> go.Figure:
    """Draw the scores of methods against the number of labels, with 95% intervals, and mark the one of the advice."""
    curves = {
        name: (
            np.array([int(shots) for shots in found.methods[name].points], float),
            np.array([point.score for point in found.methods[name].points.values()]),
        )
        for name in names
    }
    title = (wording.POINTS_AXIS if found.metric.is_regression else wording.LABELS_AXIS)[language]
    return _curves(found, curves, title, _LABEL[language], found.protocol.headline, language)


def tasks_chart(found: OwnResults, names: Sequence[str], language: Language) -> go.Figure:
    """Draw the scores of methods against the number of tasks that they learned from, with 95% intervals."""
    curves = {
        name: (
            np.array([each.training_tasks for each in found.methods[name].by_tasks or ()], float),
            np.array([each.score for each in found.methods[name].by_tasks or ()]),
        )
        for name in names
    }
    return _curves(found, curves, wording.OTHER_TASKS_AXIS[language], _TASKS[language], None, language)


def _curves(
    found: OwnResults,
    curves: dict[str, tuple[Array, Array]],
    title: str,
    tooltip: str,
    marked: int | None,
    language: Language,
) -> go.Figure:
    """Draw curves by their names: x (points,) and scores (points, 3), on a logarithmic axis of x."""
    chart = CurvesChart(language, height=_HEIGHT + 20 * len(curves), margin=(62, 12, 8 + 20 * len(curves), 44))
    template = tooltip.format(x="%{customdata}", y=score_format(found.metric))
    if marked:
        chart.mark(float(np.log(marked)))
    for name, (x, scores) in reversed([*curves.items()]):
        look = looked(name)
        chart.curve(
            look, np.log(x), scores, template, contenders.name_of(name)[language], customdata=x.astype(int),
            mode="lines+markers",
        )  # fmt: skip
    highest_first = by_height({name: scores for name, (_, scores) in curves.items()}, -1)
    if not found.metric.higher_is_better:
        highest_first.reverse()
    entries = [(f"{SIGN[DASH[looked(name)]]} {contenders.name_of(name)[language]}", COLOUR[looked(name)])
               for name in highest_first]  # fmt: skip
    for row, (text, colour) in enumerate(reversed(entries)):
        more: Part = style.PAPER | {"xanchor": "left", "yanchor": "bottom", "yshift": 4 + 20 * row, "xshift": -50}
        chart.note(text, 0, 1, colour, **more)
    ticks = sorted({int(value) for x, _ in curves.values() for value in x})
    horizontal = axis(
        float(np.log(ticks[0])) - 0.15, float(np.log(ticks[-1])) + 0.15, title, tickvals=list(np.log(ticks)),
        ticktext=[f"{tick:,}" for tick in ticks],
    )  # fmt: skip
    low = min(float(scores[:, 1].min()) for _, scores in curves.values())
    high = max(float(scores[:, 2].max()) for _, scores in curves.values())
    return chart.figure(horizontal, _score_axis(found.metric, low, high, language))


def _score_axis(metric: Metric, low: float, high: float, language: Language) -> Part:
    room = 0.06 * max(high - low, 1e-9)
    name = metric.name[language]
    if metric.is_proportion:
        return axis(max(0.0, low - room), min(1.0, high + room), name, tickformat=".0%")
    return axis(max(0.0, low - room), high + room, name)


def looked(name: str) -> str:
    """Return the learner whose colour and dash a method has: a model for all tasks has those of the pooled network."""
    return name if name in COLOUR else {"pooled_trees": "z_scored"}.get(name, "pooled")


def caterpillar(found: OwnResults, one: str, other: str | None, language: Language) -> go.Figure:
    """Draw each task's score with one method, from the lowest to the highest, and with another one."""
    shots = found.protocol.headline
    point = found.at(one, shots)
    if point is None:
        raise ValueError("no scores")
    order = np.argsort(point.scores)
    names = [escape(found.tasks[point.tasks[place]].name) for place in order]  # Plotly interprets some HTML tags
    rows = np.arange(len(order), dtype=float)
    is_named = len(order) <= MOST_NAMED
    shown = score_format(found.metric, "x")
    traces: list[Part] = []
    entries = []
    for name in [each for each in (other, one) if each]:
        scored = found.at(name, shots)
        if scored is None:
            continue
        by_task = dict(zip(scored.tasks, scored.scores, strict=True))
        x = [by_task.get(point.tasks[place], np.nan) for place in order]
        colour = COLOUR[looked(name)]
        is_main = name == one
        traces.append(
            style.scatter(
                "markers", x, rows, text=names,
                marker={"size": 9 if is_main else 7, "color": colour, "symbol": "circle" if is_main else "x-thin-open"},
                hovertemplate=f"%{{text}}: {shown}<extra>{contenders.name_of(name)[language]}</extra>",
            )
        )  # fmt: skip
        entries.append((f"{'●' if is_main else '×'} {contenders.name_of(name)[language]}", colour))
    vertical: Part = {"range": [-0.8, len(order) - 0.2], "fixedrange": True}
    if is_named:
        vertical |= {"tickvals": rows, "ticktext": [_short(name) for name in names], "automargin": True}
    else:
        vertical |= {"showticklabels": False}
    height = 90 + (_ROW * len(order) if is_named else max(200, min(4 * len(order), 480)))
    values = np.concatenate([np.asarray(trace["x"], float) for trace in traces])
    if found.metric.is_proportion:
        horizontal = axis(min(found.metric.floor, float(np.nanmin(values))) - 0.02, 1.02, found.metric.name[language])
        horizontal["tickformat"] = ".0%"
    else:
        horizontal = axis(0.0, 1.05 * float(np.nanmax(values)), found.metric.name[language])
    return style.figure(
        traces, height=height, margin=(14, 14, 44, 40), xaxis=horizontal, yaxis=vertical,
        annotations=style.key_above(reversed(entries), 18),
    )  # fmt: skip


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
