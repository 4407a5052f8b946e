"""Histogram of a room's guesses, with the true answer."""

from collections.abc import Sequence
from itertools import pairwise

import plotly.graph_objects as go

from dashboard.charts import style
from dashboard.charts.axes import axis
from dashboard.charts.drawing import Part
from scenarios.text import Language, Text

_GUESSES = Text(en="guesses", zh="人数")
_TRUTH = Text(en="true answer: {truth}", zh="正确答案：{truth}")
_LONGEST = 28  # most characters of a choice under its bar


def guesses_chart(
    edges: Sequence[float], counts: Sequence[int], labels: Sequence[str], truth: tuple[float, str] | None,
    language: Language, *, is_choice: bool, height: int = 420,
) -> go.Figure:  # fmt: skip
    """Draw bars.

    Parameters
    ----------
    edges : sequence of float
        (bars + 1,) in the unit of the guesses.
    counts : sequence of int
        (bars,)
    labels : sequence of str
        (bars,) Names of the bars.
    truth : tuple of float and str, or None
        The place of the true answer, and how it is written.
    language : Language
        Of the axes.
    is_choice : bool
        Whether the bars are answers to choose from, whose names stand below them.
    height : int
        In px.
    """
    middles = [(low + high) / 2 for low, high in pairwise(edges)]
    width = (edges[1] - edges[0]) * (0.7 if is_choice else 0.96)
    bars = {
        "type": "bar", "x": middles, "y": list(counts), "width": width, "marker": {"color": style.COLOUR["maml"]},
        "customdata": list(labels), "hovertemplate": "%{customdata}: %{y}<extra></extra>",
        "textfont": {"size": 18, "color": style.TEXT},
        "text": [str(count) if count else "" for count in counts], "textposition": "outside", "cliponaxis": False,
    }  # fmt: skip
    top = max([1, *counts]) * 1.18
    traces, notes = [bars], []
    if truth is not None:
        place, text = truth
        traces.append(style.plain_line([place, place], [0, top], {"width": 4, "color": style.COLOUR["scratch"]}))
        notes.append(style.label(_TRUTH.format(truth=text)[language], place, top, style.COLOUR["scratch"], size=20))
        share = (place - edges[0]) / (edges[-1] - edges[0])
        notes[-1] |= {"yanchor": "bottom", "xanchor": ("left", "center", "right")[int(2.999 * share)]}
    ticks: Part = {"tickvals": middles, "ticktext": [_short(label) for label in labels]} if is_choice else {}
    return style.figure(
        traces, height=height, margin=(64, 20, 44, 56), annotations=notes, font={"size": 18},
        xaxis=axis(edges[0], edges[-1], tickfont={"size": 18}, **ticks),
        yaxis=axis(0, top, _GUESSES[language], tickformat="d", dtick=max(1, max(counts) // 5), tickfont={"size": 18}),
    )  # fmt: skip


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1]}…"
