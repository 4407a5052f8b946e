"""A classic experiment: what was published, what others found who repeated it, and what is found here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import plotly.graph_objects as go

from dashboard.charts import style
from dashboard.charts.style import COLOUR
from scenarios.text import Language, Text

LOWEST, HIGHEST = 1e-4, 6.0  # of the axis, which is logarithmic
_AXIS = Text(en="mean squared error (lower is better)", zh="均方误差（越低越好）")
_SYMBOL = {"published": "diamond-open", "repeated": "square-open", "here": "circle"}
_ROW = 38  # px: the name of a row stands above its dot, so that a phone has room for both
_ABOVE, _BELOW = 34, 46


@dataclass(frozen=True)
class Row:
    """One figure, or with nothing but a label the heading of those below it."""

    label: str
    learner: str = ""
    origin: Literal["published", "repeated", "here"] = "here"
    score: tuple[float, float, float] | None = None  # mean, low, high; all the same where no interval is known


def benchmark_chart(rows: Sequence[Row], title: str, language: Language) -> go.Figure:
    """One row below the other, in the order that is given."""
    places = list(range(len(rows)))[::-1]
    traces = []
    for row, place in zip(rows, places, strict=True):
        if row.score is None:
            continue
        mean, low, high = (min(max(value, LOWEST), HIGHEST) for value in row.score)
        colour = COLOUR[row.learner]
        told = f"{row.score[0]:.3g}" + (f" ({row.score[1]:.3g}–{row.score[2]:.3g})" if low < high else "")
        traces.append({
            "type": "scatter", "mode": "markers", "x": [mean], "y": [place],
            "marker": {"symbol": _SYMBOL[row.origin], "size": 10, "color": colour, "line": {"width": 2}},
            "error_x": {"type": "data", "array": [high - mean], "arrayminus": [mean - low], "color": colour,
                        "thickness": 2, "width": 4, "visible": low < high},
            "hovertemplate": f"{row.label}: {told}<extra></extra>",
        })  # fmt: skip
    ticks = {1e-4: "≤ 0.0001", 1e-3: "0.001", 0.01: "0.01", 0.1: "0.1", 1.0: "1"}
    names = [
        style.label(row.label, 0.0, place + 0.13, style.TEXT, xref="paper", xanchor="left", yanchor="bottom")
        for row, place in zip(rows, places, strict=True)
    ]
    lines = [
        {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": place - 0.32, "y1": place - 0.32,
         "line": {"color": style.FAINT, "width": 1}, "layer": "below"}
        for place in places[:-1]
    ]  # fmt: skip
    layout = {
        "height": _ABOVE + _BELOW + _ROW * len(rows),
        "margin": {"l": 10, "r": 14, "t": _ABOVE, "b": _BELOW},
        "annotations": names,
        "shapes": lines,
        "title": {"text": title, "font": {"size": 14}, "x": 0, "xref": "paper", "y": 1, "yref": "container",
                  "yanchor": "top", "pad": {"t": 8}},
        "xaxis": {"type": "log", "range": [-4.3, 0.79], "tickvals": list(ticks), "ticktext": list(ticks.values()),
                  "tickangle": 0, "fixedrange": True, "title": {"text": _AXIS[language]}},
        "yaxis": {"range": [-0.4, len(rows) - 0.3], "showticklabels": False, "fixedrange": True, "zeroline": False,
                  "showgrid": False},
    }  # fmt: skip
    return style.figure(traces, layout)
