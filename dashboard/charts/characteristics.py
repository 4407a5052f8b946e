"""One row for each characteristic: the drift of a segment's applicants, and its contribution to a PD.

The name stands above its row, so that both charts can be read on a narrow screen, and are as high as each other.
"""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import style
from dashboard.charts.axes import axis
from dashboard.charts.drawing import Part
from dashboard.charts.style import COLOUR
from scenarios.evaluation.drift import Drift
from scenarios.task import Array
from scenarios.text import Language, Text

_ROW, _TOP, _EDGE = 36, 26, 46  # px
_SHIFT = Text(en="shift of the mean, in standard deviations", zh="均值偏移（标准差）")
_LOWER, _HIGHER = Text(en="lower here", zh="本客群偏低"), Text(en="higher here", zh="本客群偏高")
_ODDS = Text(en="odds of {kind}, multiplied by", zh="{kind}几率（odds）的倍数")
MARK = " †"  # behind a contribution that is against the usual direction
# Where the axis of factors may end, so that it seldom changes, and the ticks that there is room for then.
_AXES = ((10, (0.1, 0.3, 1, 3, 10)), (100, (0.01, 0.1, 1, 10, 100)), (1e7, (0.0001, 1, 10_000)))
_BEYOND = 1.35  # position of the factors, as a multiple of that end


def drift_chart(names: list[str], drift: Drift, *, language: Language) -> go.Figure:
    """Draw the shifts of the characteristics' means, in the order of their names from top to bottom."""
    rows = _rows(names)
    low, high = drift.usual
    farthest = max(1.2, 1.08 * float(np.abs(drift.shift).max()))
    usual = {
        "type": "bar", "orientation": "h", "x": high - low, "base": low, "y": rows, "width": 0.34,
        "marker": {"color": COLOUR["pooled"], "opacity": 0.45}, "hoverinfo": "skip",
    }  # fmt: skip
    marker = {"size": 11, "color": style.TEXT, "line": {"width": 2, "color": style.BACKGROUND}}
    tooltip = "%{customdata}: %{x:+.2f}<extra></extra>"
    shifts = style.scatter("markers", drift.shift, rows, customdata=names, marker=marker, hovertemplate=tooltip)
    ends = [
        style.heading(f"← {_LOWER[language]}", 0, 1),
        style.heading(f"{_HIGHER[language]} →", 1, 1, xanchor="right"),
    ]
    return _figure([usual, shifts], names, axis(-farthest, farthest, _SHIFT[language], standoff=6, dtick=0.5), ends)


def reasons_chart(
    names: list[str], adds: Array, against: Sequence[bool], *, kind: Text, language: Language
) -> go.Figure:
    """Draw the contributions to the log odds of a class, (quantities,). `against` are those to be marked."""
    rows, colour = _rows(names), COLOUR["maml"]
    raises = adds >= 0
    end, factors = next(each for each in _AXES if np.abs(adds).max() <= np.log(each[0]) or each == _AXES[-1])
    farthest = _BEYOND * float(np.log(end))
    texts = [f"×{factor(each)}{MARK if marked else ''}" for each, marked in zip(adds, against, strict=True)]
    traces = [
        {
            "type": "bar", "orientation": "h", "x": adds, "y": rows, "width": 0.34, "customdata": names,
            "text": texts,
            "textposition": "outside", "cliponaxis": False, "textfont": {"size": 12},
            "marker": {"color": [colour if up else style.BACKGROUND for up in raises],
                       "line": {"color": colour, "width": 1.5}},
            "hovertemplate": "%{customdata}<br>%{hovertext}<extra></extra>",
            "hovertext": texts,
        }
    ]  # fmt: skip
    odds = axis(
        -farthest, farthest, _ODDS.format(kind=kind)[language], standoff=6, tickangle=0,
        tickvals=[float(np.log(times)) for times in factors], ticktext=[f"×{times:,g}" for times in factors],
    )  # fmt: skip
    return _figure(traces, names, odds)


def factor(log_odds: float) -> str:
    """Return the factor of a step in log odds on the odds: "1.9". Beyond a hundred the figure means nothing."""
    times = float(np.exp(log_odds))
    if times >= 99.5:
        return "100+"
    return f"{times:.0f}" if times >= 9.95 else f"{times:.1f}" if times >= 0.95 else f"{times:.2f}"


def _rows(names: list[str]) -> list[int]:
    return list(range(len(names) - 1, -1, -1))


def _figure(traces: list[Part], names: list[str], xaxis: Part, notes: Sequence[Part] = ()) -> go.Figure:
    above: Part = {"xref": "paper", "xanchor": "left", "yanchor": "bottom", "bgcolor": style.BACKGROUND, "borderpad": 0}
    labels = [style.label(name, 0, row + 0.2, **above) for name, row in zip(names, _rows(names), strict=True)]
    zeros = [  # a piece for each row, which leaves its name alone
        {"type": "line", "x0": 0, "x1": 0, "y0": row - 0.3, "y1": row + 0.2, "layer": "below",
         "line": {"color": style.TEXT, "width": 1}}
        for row in _rows(names)
    ]  # fmt: skip
    top = _TOP if notes else 2
    return style.figure(
        traces, height=_ROW * len(names) + top + _EDGE, margin=(8, 8, top, _EDGE), annotations=[*labels, *notes],
        shapes=zeros, xaxis=xaxis, yaxis={"range": [-0.35, len(names) - 0.25], "visible": False, "fixedrange": True},
    )  # fmt: skip
