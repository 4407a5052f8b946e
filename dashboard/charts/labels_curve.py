"""Score against number of labels: what meta-learning buys, how near the ceiling is, where from-scratch catches up."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard import words
from dashboard.charts import style
from dashboard.charts.style import COLOUR, named
from scenarios.metrics import Metric
from scenarios.task import Array
from scenarios.text import Language, Text

_TICKS = (1, 2, 5, 10, 20, 50)
_BESIDE_A_FALL = 0.24  # of the chart's width: there the best possible has fallen to no error
_MARGIN, _THIN = {"l": 62, "r": 12, "t": 8, "b": 44}, {"l": 44, "r": 6, "t": 32, "b": 42}


def labels_chart(
    shots: Sequence[int],
    curves: dict[str, Array],
    *,
    metric: Metric,
    at: int,
    worth: float | None,
    language: Language,
    height: int = 400,
    decision: str = "",
    small: bool = False,
) -> go.Figure:
    """curves: learner -> (shots, 3), mean, low and high. `at` is the number of labels chosen, `worth` what that buys.

    A `small` chart has its names in a row above it, the metric's below it, and no arrow.

    Drawn are "bayes", "maml", "scratch" and whoever else is given, each with its name beside its line.

    The arrow leads from the meta-learner at `at` labels to the point where the best from-scratch learner draws level.
    """
    position = np.log(shots)

    others = [name for name in curves if name not in ("bayes", "maml")]
    axis = style.curves_axis(metric, curves, "" if small else metric.axis[language])
    drawn = style.on_axis(metric, curves)
    told = {name: style.told_of(shots, curve, metric, name, language, decision) for name, curve in curves.items()}
    traces = [
        trace for name in [*others, "maml"] for trace in style.measured(name, position, drawn[name], **told[name])
    ]
    traces.append(style.line("bayes", position, drawn["bayes"][:, 0], **told["bayes"]))

    x, level = float(np.log(at)), float(curves["maml"][shots.index(at), 0])
    end = float(np.log(worth)) if worth else float(position[-1])
    traces.append(style.dot("maml", x, level))
    height_of_arrow = level if metric.is_proportion else float(np.log10(level))
    arrow = {
        "x": end, "y": height_of_arrow, "ax": x, "ay": height_of_arrow,
        "xref": "x", "yref": "y", "axref": "x", "ayref": "y", "text": "",
        "showarrow": True, "arrowhead": 2, "arrowsize": 1.1, "arrowwidth": 1.6, "arrowcolor": style.TEXT,
    }  # fmt: skip
    margin = _THIN if small else _MARGIN
    row = max(0.062, 18 / (height - margin["t"] - margin["b"]))
    below = words.labels_axis(metric)
    if small:
        below = Text(
            en=f"{metric.name.en} against {below.en}",
            zh=f"横轴：{below.zh}；纵轴：{metric.name.zh}",
        )
        annotations = _row_of_names([*others, "maml", "bayes"], language, decision)
    else:
        annotations = [*_names(row, shots, drawn, others, axis, metric, language, decision), arrow]
    return style.figure(
        traces,
        {
            "height": height,
            "margin": margin,
            "xaxis": {
                "tickvals": [float(np.log(t)) for t in _TICKS], "ticktext": list(map(str, _TICKS)), "fixedrange": True,
                "range": [-0.15, float(position[-1]) + 0.15], "zeroline": False,
                "title": {"text": below[language], "standoff": 6} | ({"font": {"size": 11}} if small else {}),
            },
            "yaxis": axis | {"automargin": not small},
            "annotations": annotations,
        },
    )  # fmt: skip


def _on_the_right(shots: Sequence[int], curves: dict[str, Array], axis: dict[str, Any]) -> Array:
    """How high lines run there, as shares of the chart's height."""
    low, high = axis["range"]
    right = np.log(shots) > 0.4 * np.log(shots[-1])
    scores = np.concatenate([curve[right, 0] for curve in curves.values()])
    heights: Array = ((np.log10(scores) if axis.get("type") == "log" else scores) - low) / (high - low)
    return heights


def _free_heights(row: float, lines: Array, count: int) -> list[float]:
    """Upper edges, from the top, of the lowest rows on the right that no line runs through: flat ones may lie there."""
    edges: list[float] = []
    bottom = 0.0
    while len(edges) < count:
        if bottom < 0.5 and ((lines > bottom - 0.01) & (lines < bottom + row + 0.01)).any():
            bottom += 0.01
        else:
            bottom += row
            edges.append(bottom)
    return edges[::-1]


def _row_of_names(names: list[str], language: Language, decision: str) -> list[dict[str, Any]]:
    """Above the chart, from its left edge to its right one."""
    edge = -_THIN["l"] + 2  # pixels
    places = [(0.0, "left", edge), (0.5, "center", edge / 2), (1.0, "right", 0)]
    return [
        style.label(
            f"{style.sign(name)} {named(name, language, decision)}",
            x, 1.0, COLOUR[name], font={"color": COLOUR[name], "size": 12}, xanchor=anchor, xshift=shift,
            yanchor="bottom", yshift=9, xref="paper", yref="paper",
        )
        for name, (x, anchor, shift) in zip(names, places, strict=True)
    ]  # fmt: skip


def _names(
    row: float,
    shots: Sequence[int],
    curves: dict[str, Array],
    others: list[str],
    axis: dict[str, Any],
    metric: Metric,
    language: Language,
    decision: str,
) -> list[dict[str, Any]]:
    """Place the best two names in a corner that lines stay out of, the others in the opposite one, by their ends."""
    lower, lines = not metric.higher_is_better, _on_the_right(shots, curves, axis)
    order = sorted(others, key=lambda name: curves[name][len(shots) // 4, 0], reverse=True)
    right = {name: lower or name in others for name in curves}
    left = 0.01
    if lower:  # worst first: at the top right where all have fallen, else at the bottom, above a ceiling of no error
        names = [*order, "maml", "bayes"]
        top = 0.985
        if lines.max() >= 0.95 - row * len(names):
            right, left, top = dict.fromkeys(curves, False), _BESIDE_A_FALL, 0.06 + row * len(names)
        heights = [top - row * place for place in range(len(names))]
    else:
        names = ["bayes", "maml", *order]
        heights = [0.985, 0.985 - row, *_free_heights(row, lines, len(order))]
    return [
        style.label(
            f"{style.sign(name)} {named(name, language, decision)}",
            0.99 if right[name] else left,
            height,
            COLOUR[name],
            xref="paper",
            yref="paper",
            yanchor="top",
            xanchor="right" if right[name] else "left",
            bgcolor=style.BACKGROUND,
            borderpad=0,
        )
        for name, height in zip(names, heights, strict=True)
    ]
