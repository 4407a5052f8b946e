"""Change of each layer when a network adapts, and the score if only the head adapts."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import style
from dashboard.charts.axes import axis, score_format
from dashboard.charts.drawing import Part
from dashboard.charts.style import COLOUR, named
from dashboard.language import scored
from scenarios.demo.maps import ModelMap
from scenarios.learners.registry import TRACED
from scenarios.metrics import Metric
from scenarios.task import Array
from scenarios.text import Language, Text

_CHANGE = Text(en="<b>weights moved</b>", zh="<b>权重移动</b>")
_ALIKE = Text(en="<b>similarity (CKA)</b>", zh="<b>输出相似度（CKA）</b>")
_LAYER = Text(en="layer {i}", zh="第 {i} 层")
_HEAD = Text(en="head", zh="输出层")
_ROWS = (
    ("maml", "none", Text(en="not adapted", zh="不适应")),
    ("maml", "head", Text(en="only the head adapts", zh="只适应输出层")),
    ("maml", "all", Text(en="all layers adapt", zh="各层都适应")),
    ("scratch", "all", Text(en="from scratch", zh="从零训练")),
)


def layer_names(layers: int, language: Language) -> list[str]:
    """Return the names of the layers, the head last."""
    return [_LAYER.format(i=i)[language] for i in range(1, layers)] + [_HEAD[language]]


def layers_chart(shown: ModelMap, language: Language) -> go.Figure:
    """Draw how far weights move, on a log scale, and right of it how alike a layer's answers stay.

    Both are means with 95% intervals.
    """
    rows = np.arange(shown.layers, 0, -1.0)
    smallest = min(float(shown.change[name][:, 0].min()) for name in TRACED)
    largest = max(float(shown.change[name][:, 2].max()) for name in TRACED)
    low, high = np.floor(np.log10(max(smallest, 1e-6))), np.ceil(np.log10(largest + 1e-9)) + 0.1
    traces = []
    for name, shift in zip(TRACED, (0.13, -0.13), strict=True):
        traces.append(_dots(name, np.maximum(shown.change[name], 1e-6), rows + shift, "%{x:.2%}", language))
        traces.append(_dots(name, shown.alike[name], rows + shift, "%{x:.3f}", language, xaxis="x2", yaxis="y2"))
    ticks = list(range(int(low), int(np.floor(high))))  # the last would stand against the first of the other chart
    names = [
        style.heading(f"● {named(name, language)}", 0, 1, COLOUR[name], xshift=shift, yshift=22)
        for name, shift in zip(TRACED, (-50, 60), strict=True)  # one key for both, left of their headings
    ]
    vertical = axis(0.5, shown.layers + 0.5, tickvals=rows)
    return style.figure(
        traces, height=110 + 62 * shown.layers, margin=(62, 14, 56, 34),
        xaxis={"type": "log", "range": [low - 0.06, high], "fixedrange": True, "domain": [0, 0.48],
               "tickvals": [10.0**t for t in ticks], "tickangle": 0,
               "ticktext": [f"{10.0 ** (t + 2):g}%" for t in ticks], "tickfont": {"size": 11}},
        xaxis2=axis(-0.03, 1.05, domain=[0.54, 1], anchor="y2", tickvals=[0, 0.5, 1]),
        yaxis=vertical | {"ticktext": layer_names(shown.layers, language)},
        yaxis2=vertical | {"anchor": "x2", "showticklabels": False},
        annotations=[*names, style.heading(_CHANGE[language], 0, 1), style.heading(_ALIKE[language], 0.54, 1)],
    )  # fmt: skip


def head_chart(shown: ModelMap, metric: Metric, title: str, language: Language) -> go.Figure:
    """Draw the score with nothing, the head alone and everything adapted: means and 95% intervals."""
    estimates = [shown.score[name][part] for name, part, _ in _ROWS]
    rows = np.arange(len(_ROWS), 0, -1.0)
    traces = [
        _dots(name, estimate[None], np.array([row]), score_format(metric, "x"), language)
        for (name, _, _), estimate, row in zip(_ROWS, estimates, rows, strict=True)
    ]
    highest = max(float(estimate[2]) for estimate in estimates)
    low = min(metric.floor, *(float(estimate[1]) - 0.02 for estimate in estimates)) if metric.is_proportion else 0
    end, ticks = (1.0, {"tickformat": ".0%"}) if metric.is_proportion else (highest * 1.15, {})
    annotations = []
    for (name, _, text), estimate, row in zip(_ROWS, estimates, rows, strict=True):
        side = "right" if float(estimate[0]) > low + 0.6 * (end - low) else "left"
        label = f"{text[language]} <b>{scored(float(estimate[0]), metric, 1)}</b>"
        annotations.append(style.label(label, float(estimate[0]), float(row), COLOUR[name], xanchor=side, yshift=16))
    return style.figure(
        traces, height=110 + 62 * shown.layers, margin=(14, 18, 12, 44), annotations=annotations,
        xaxis=axis(low, end, title, standoff=4, **ticks),
        yaxis={"range": [0.6, len(_ROWS) + 0.7], "fixedrange": True, "visible": False},
    )  # fmt: skip


def _dots(name: str, estimates: Array, rows: Array, template: str, language: Language, **more: Any) -> Part:
    """Return the means and intervals of estimates (n, 3) as dots."""
    mean, low, high = estimates.T
    return style.scatter(
        "markers", mean, rows, marker={"size": 10, "color": COLOUR[name]},
        error_x=style.error_bars(mean, low, high, COLOUR[name], symmetric=False, thickness=1.8),
        hovertemplate=style.hover(template, name, language), **more,
    )  # fmt: skip
