"""Scores of a few methods side by side, a row for each with its 95% interval.

The name stands above its row, so that the chart can be read on a narrow screen.
"""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import style
from dashboard.charts.axes import axis, score_axis, score_format
from dashboard.charts.drawing import Part
from dashboard.charts.style import COLOUR
from dashboard.language import scored
from scenarios.metrics import Metric
from scenarios.task import Array
from scenarios.text import Language

_ROW, _EDGE, _VALUES, _TOP, _BOTTOM = 44, 14, 64, 8, 44  # px
_DOWN = 0.24  # of a row: how far its interval stands below the middle, and the foot of its name above the interval


def scores_chart(
    scores: Mapping[str, Array], *, metric: Metric, language: Language, decision: str = "", height: int = 0
) -> go.Figure:
    """Draw scores of learner -> (3,): mean, low and high, from top to bottom; height in px, by default of the rows."""
    rows = np.arange(len(scores) - 1, -1, -1)
    traces, notes = [], []
    floor = metric.floor if metric.is_proportion else 0.0  # where guesses stand that are no better than chance
    for row, (name, (mean, low, high)) in zip(rows, scores.items(), strict=True):
        traces.append(style.scatter(
            "markers", [max(mean, floor)], [row - _DOWN], marker={"size": 13, "color": COLOUR[name]}, cliponaxis=False,
            error_x=style.error_bars(np.array([mean]), np.array([low]), np.array([high]), COLOUR[name]),
            hovertemplate=style.hover(score_format(metric, "x"), name, language, decision),
        ))  # fmt: skip
        side: Part = {"xref": "paper", "yref": "y"}
        called, value = style.named(name, language, decision), f"<b>{scored(mean, metric, 1)}</b>"
        notes += [
            style.label(called, 0, float(row), COLOUR[name], xanchor="left", yanchor="bottom", **side),
            style.label(value, 1, float(row - _DOWN), COLOUR[name], xanchor="left", xshift=8, yanchor="middle", **side),
        ]
    highest = max(float(high) for _, _, high in scores.values())
    return style.figure(
        traces, height=height or _ROW * len(scores) + _TOP + _BOTTOM, margin=(_EDGE, _VALUES, _TOP, _BOTTOM),
        annotations=notes, shapes=style.separators(rows[:-1] - 0.5),
        xaxis=score_axis(metric, metric.axis[language], highest),
        yaxis=axis(-0.6, len(scores) - 0.4, showgrid=False, showticklabels=False),
    )  # fmt: skip
