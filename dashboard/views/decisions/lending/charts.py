"""What a score is worth to a lender: bad rate among the approved, and profit, at every share of approvals."""

from typing import Any

import plotly.graph_objects as go

from dashboard.charts import style
from dashboard.charts.style import COLOUR, named
from scenarios.task import Array
from scenarios.text import Language, Text

_IN_A_CORNER = {"xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "top", "bgcolor": style.BACKGROUND}
_ROW = 0.064  # of the chart's height, for one name
_APPROVED = Text(en="share of applicants approved", zh="通过率")
_BAD_RATE = Text(en="bad rate among the approved", zh="获批申请人坏客户率")
_PROFIT = Text(en="profit per 100 applicants, in loans", zh="每百名申请人利润（以单笔贷款额计）")
_BY_CUT_OFF = Text(en="◇ by the PD cut-off", zh="◇ 按 PD 临界值审批")
_TOLD_BAD = Text(en="%{x:.0%} approved: %{y:.1%} bad", zh="通过率 %{x:.0%}：坏客户率 %{y:.1%}")
_TOLD_PROFIT = Text(en="%{x:.0%} approved: profit %{y:.1f}", zh="通过率 %{x:.0%}：利润 %{y:.1f}")
_TOLD_CUT = Text(en="PD cut-off: %{x:.0%} approved, profit %{y:.1f}", zh="按 PD 审批：通过率 %{x:.0%}，利润 %{y:.1f}")


def strategy_chart(
    approvals: tuple[float, ...], curves: dict[str, Array], *, at: float, language: Language, height: int = 330
) -> go.Figure:
    """curves: learner -> (approvals, 3), bad rate among the approved; the last is drawn on top.

    Where everybody is approved they all meet.
    """
    everybody = max(float(curve[-1, 0]) for curve in curves.values())
    traces = _lines(approvals, curves, _TOLD_BAD[language], language)
    traces += _dots(approvals, curves, at)
    order = sorted(curves, key=lambda name: curves[name][len(approvals) // 2, 0], reverse=True)
    heights = [0.985 - _ROW * row for row in range(len(order))]
    layout = _layout(at, language, height) | {
        "yaxis": style.share_axis(0, 1.45 * everybody, _BAD_RATE[language]),
        "annotations": _names(order, heights, language),
    }
    return style.figure(traces, layout)


def profit_chart(
    approvals: tuple[float, ...],
    curves: dict[str, Array],
    by_cut_off: dict[str, tuple[float, float]],
    *,
    at: float,
    span: tuple[float, float],
    language: Language,
    height: int = 330,
) -> go.Figure:
    """curves: learner -> (approvals, 3), profit per 100 applicants. `span` holds all of them at any number of labels.

    by_cut_off: learner -> mean share approved and mean profit where whoever is below the cut-off PD is approved.
    """
    low, high = span
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter", "mode": "lines", "x": [0, 1.1], "y": [0, 0], "hoverinfo": "skip",
            "line": {"color": style.FAINT, "width": 1},
        }
    ]  # fmt: skip
    traces += _lines(approvals, curves, _TOLD_PROFIT[language], language)
    traces += _dots(approvals, curves, at)
    for name, (approved, profit) in by_cut_off.items():
        marker = {"size": 11, "symbol": "diamond-open", "color": COLOUR[name], "line": {"width": 2.5}}
        told = style.hover(_TOLD_CUT[language], name, language, "lending")
        traces.append(style.dot(name, approved, profit, marker=marker, hoverinfo=None, hovertemplate=told))
    order = sorted(curves, key=lambda name: curves[name][len(approvals) // 2, 0], reverse=True)
    heights = [0.01 + _ROW * (len(order) - row) for row in range(len(order))]
    layout = _layout(at, language, height) | {
        "yaxis": {
            "range": [low - 0.28 * (high - low), high + 0.06 * (high - low)], "fixedrange": True, "zeroline": False,
            "title": {"text": _PROFIT[language]},
        },
        "annotations": [
            *_names(order, heights, language),
            style.label(_BY_CUT_OFF[language], 0.01, heights[0] + _ROW, style.TEXT, **_IN_A_CORNER),
        ],
    }  # fmt: skip
    return style.figure(traces, layout)


def _lines(
    approvals: tuple[float, ...], curves: dict[str, Array], told: str, language: Language
) -> list[dict[str, Any]]:
    return [
        trace
        for name in curves
        for trace in style.measured(
            name, list(approvals), curves[name], hovertemplate=style.hover(told, name, language, "lending")
        )
    ]


def _dots(approvals: tuple[float, ...], curves: dict[str, Array], at: float) -> list[dict[str, Any]]:
    column = approvals.index(at)
    return [style.dot(name, at, float(curves[name][column, 0])) for name in curves]


def _names(order: list[str], heights: list[float], language: Language) -> list[dict[str, Any]]:
    """Each learner's name, in the order of the lines, in a corner that lines stay out of."""
    return [
        style.label(
            f"{style.sign(name)} {named(name, language, 'lending')}", 0.01, height, COLOUR[name], **_IN_A_CORNER
        )
        for name, height in zip(order, heights, strict=True)
    ]


def _layout(at: float, language: Language, height: int) -> dict[str, Any]:
    mark = {
        "type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper", "layer": "below",
        "line": {"color": style.EDGE, "width": 1.5, "dash": "dot"},
    }  # fmt: skip
    return {
        "height": height,
        "margin": {"l": 62, "r": 12, "t": 8, "b": 44},
        "xaxis": style.share_axis(0.07, 1.03, _APPROVED[language]),
        "shapes": [mark],
    }
