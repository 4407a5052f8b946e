"""One example's values beside the labelled ones: a row for each measurement, from the task's lowest to its highest.

Values of unlike units and skewed tails share an axis of ranks: the share of the task's examples that lie below.
"""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import style
from dashboard.charts.axes import axis
from dashboard.charts.drawing import Part
from scenarios.scenario import Feature
from scenarios.task import Array, Examples
from scenarios.text import Language, Text

_ROW, _TOP, _EDGE, _VALUES, _LETTER = 18, 26, 26, 88, 12  # px
_NAMES = 170  # px of the longest names at most
_LEFT, _RIGHT = -0.03, 1.03  # ends of the axis of ranks
_REFERENCE = Text(en="reference range", zh="参考范围")


def values_chart(
    features: Sequence[Feature], one: Array, known: Examples, others: Array, *, called: Text, kinds: Sequence[Text],
    axis_title: Text, written: Sequence[str], has_range: bool, language: Language,
) -> go.Figure:  # fmt: skip
    """Draw one example (features,) and labelled ones, x (n, features) and y (n,), among others (rows, features).

    All in units. `called` names the example, `kinds` the classes; `written` are its values with their units;
    with `has_range`, some features have a reference range.
    """
    rows = np.arange(len(features) - 1, -1, -1).astype(float)
    names = [feature.label[language] for feature in features]
    left = min(_NAMES, 10 + round(max(style.width(name, _LETTER) for name in names)))
    edge = 4 - left  # px, of what begins at the left edge of the figure
    traces = [
        _reference_ranges(features, others, rows),
        *(_dots(features, known.x[known.y == kind], others, rows, kinds, kind, language) for kind in range(len(kinds))),
    ]
    flags = [feature.flag(round(float(value), feature.decimals)) for feature, value in zip(features, one, strict=True)]
    marker = {"size": 11, "symbol": "diamond", "color": style.TEXT, "line": {"width": 1.5, "color": style.BACKGROUND}}
    said = [_said(feature, value, language) for feature, value in zip(features, one, strict=True)]
    places = ranks(one[None], others)[0]
    tooltip = f"{called[language]}<br>%{{customdata}}<extra></extra>"
    traces.append(style.scatter("markers", places, rows, marker=marker, customdata=said, hovertemplate=tooltip))
    values = [
        f"<b>{value} {'↓ ↑'[flag + 1]}</b>" if flag else value for value, flag in zip(written, flags, strict=True)
    ]
    traces += [
        _column(names, _LEFT, rows, "left"),
        _column(values, _RIGHT, rows, "right"),
    ]
    return style.figure(
        traces, height=_ROW * len(features) + _TOP + _EDGE, margin=(left, _VALUES, _TOP, _EDGE),
        annotations=[
            *_key(called, kinds, has_range, edge, language),
            style.label(
                axis_title[language], 0, 0, **style.PAPER, xanchor="left", yanchor="top", xshift=edge, size=11,
            ),
        ],
        shapes=style.separators(rows - 0.5),
        xaxis=axis(_LEFT, _RIGHT, tickvals=[], showgrid=False),
        yaxis={"range": [-0.6, len(features) - 0.4], "visible": False, "fixedrange": True},
    )  # fmt: skip


def ranks(x: Array, others: Array) -> Array:
    """Return the share of others (rows, features) below each value of x (n, features), ties counted half."""
    below, up_to = (others[None] < x[:, None]).mean(1), (others[None] <= x[:, None]).mean(1)
    middle: Array = (below + up_to) / 2
    return middle


def _reference_ranges(features: Sequence[Feature], others: Array, rows: Array) -> Part:
    """Draw where the values of the others lie within the reference range, of those features that have one."""
    there = [place for place, each in enumerate(features) if each.low is not None or each.high is not None]
    low = np.array([-np.inf if features[i].low is None else features[i].low for i in there], float)
    high = np.array([np.inf if features[i].high is None else features[i].high for i in there], float)
    begins, ends = (others[:, there] < low).mean(0), (others[:, there] <= high).mean(0)
    return {
        "type": "bar", "orientation": "h", "x": ends - begins, "base": begins, "y": rows[there], "width": 0.72,
        "marker": {"color": style.FAINT, "line": {"width": 0}}, "hoverinfo": "skip",
    }  # fmt: skip


def _dots(
    features: Sequence[Feature], known: Array, others: Array, rows: Array, kinds: Sequence[Text], kind: int,
    language: Language,
) -> Part:  # fmt: skip
    """Draw the labelled examples of one class, a little above or below the middle of the row."""
    colour, symbol, _ = style.class_look(kind, len(kinds))
    shift = 0.18 if kind == len(kinds) - 1 else -0.18
    places = ranks(known, others)
    said = [[_said(feature, value, language) for feature, value in zip(features, row, strict=True)] for row in known]
    marker = {"size": 7, "color": colour, "symbol": symbol, "opacity": 0.75, "line": {"width": 1.3, "color": colour}}
    return style.scatter(
        "markers", places.ravel(), np.tile(rows + shift, len(known)), marker=marker,
        customdata=np.array(said).ravel().tolist(),
        hovertemplate=f"{kinds[kind][language]}<br>%{{customdata}}<extra></extra>",
    )  # fmt: skip


def _column(words: Sequence[str], x: float, rows: Array, side: str) -> Part:
    """Write a word beside each row, beyond an end of the axis: as one trace, which is drawn faster than annotations."""
    gap = "\u00a0"
    text = [f"{word}{gap}" if side == "left" else f"{gap}{word}" for word in words]
    return style.scatter(
        "text", np.full(len(rows), x), rows, text=text, textposition=f"middle {side}", cliponaxis=False,
        textfont={"size": _LETTER, "color": style.TEXT},
    )  # fmt: skip


def _said(feature: Feature, value: float, language: Language) -> str:
    return f"{feature.label[language]} {feature.format(float(value))} {feature.unit[language]}".strip()


def _key(called: Text, kinds: Sequence[Text], has_range: bool, edge: int, language: Language) -> list[Part]:
    """In one line above the rows: the example, the classes of the labelled ones, and the meaning of grey."""
    entries = [f"◆ <b>{called[language]}</b>"]
    for kind in reversed(range(len(kinds))):
        colour, _, sign = style.class_look(kind, len(kinds))
        entries.append(f"<span style='color:{colour}'>{sign} {kinds[kind][language]}</span>")
    if has_range:
        entries.append(f"<span style='color:{style.FAINT}'>█</span> {_REFERENCE[language]}")
    # From the figure's edge: on a phone, the plotting area alone is too narrow.
    return [style.heading("  ".join(entries), 0, 1, yshift=4, xshift=edge, size=11)]
