"""A classic experiment: the published scores, those of replications, and ours."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import style
from dashboard.charts.axes import axis
from dashboard.charts.drawing import Part
from dashboard.charts.style import COLOUR
from scenarios.text import Language, Text

LOWEST, HIGHEST = 1e-4, 6.0  # ends of the logarithmic axis
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
    """Draw one row below the other, in the order that is given."""
    places = list(range(len(rows)))[::-1]
    traces = []
    for row, place in zip(rows, places, strict=True):
        if row.score is None:
            continue
        mean, low, high = np.clip(row.score, LOWEST, HIGHEST)[:, None]
        colour, known = COLOUR[row.learner], bool(low < high)
        score, least, most = (f"{each:.3g}" for each in row.score)
        if known:
            score = style.ESTIMATE.format(mean=score, low=least, high=most)[language]
        marker = {"symbol": _SYMBOL[row.origin], "size": 10, "color": colour, "line": {"width": 2}}
        bars = style.error_bars(mean, low, high, colour, visible=known)
        tooltip = f"{row.label}: {score}<extra></extra>"
        traces.append(style.scatter("markers", mean, [place], marker=marker, error_x=bars, hovertemplate=tooltip))
    ticks = {1e-4: "≤ 0.0001", 1e-3: "0.001", 0.01: "0.01", 0.1: "0.1", 1.0: "1"}
    above: Part = {"xref": "paper", "xanchor": "left", "yanchor": "bottom"}
    return style.figure(
        traces, height=_ABOVE + _BELOW + _ROW * len(rows), margin=(10, 14, _ABOVE, _BELOW),
        annotations=[style.label(row.label, 0, place + 0.13, **above) for row, place in zip(rows, places, strict=True)],
        shapes=style.separators(place - 0.32 for place in places[:-1]),
        title={"text": title, "font": {"size": 14}, "x": 0, "xref": "paper", "y": 1, "yref": "container",
               "yanchor": "top", "pad": {"t": 8}},
        xaxis={"type": "log", "range": [-4.3, 0.79], "tickvals": list(ticks), "ticktext": list(ticks.values()),
               "tickangle": 0, "fixedrange": True, "title": {"text": _AXIS[language]}},
        yaxis=axis(-0.4, len(rows) - 0.3, showticklabels=False, showgrid=False),
    )  # fmt: skip
