"""What a score is worth to a lender: bad rate among the approved, and profit, at every share of approvals."""

import plotly.graph_objects as go

from dashboard.charts import style
from dashboard.charts.axes import axis, share_axis
from dashboard.charts.curves import CurvesChart, by_height, rows
from dashboard.charts.drawing import Part
from scenarios.task import Array
from scenarios.text import Language, Text

_HEIGHT = 330
_ROW = 0.064  # of the chart's height, for one name
_APPROVED = Text(en="share of applicants approved", zh="通过率")
_BAD_RATE = Text(en="bad rate among the approved", zh="获批申请人坏客户率")
_PROFIT = Text(en="profit per 100 applicants, in loans", zh="每百名申请人利润（以单笔贷款额计）")
_BY_CUT_OFF = Text(en="◇ by the PD cut-off", zh="◇ 按 PD 临界值审批")
_BAD_TIP = Text(en="%{x:.0%} approved: %{y:.1%} bad", zh="通过率 %{x:.0%}：坏客户率 %{y:.1%}")
_PROFIT_TIP = Text(en="%{x:.0%} approved: profit %{y:.1f}", zh="通过率 %{x:.0%}：利润 %{y:.1f}")
_CUT_TIP = Text(en="PD cut-off: %{x:.0%} approved, profit %{y:.1f}", zh="按 PD 审批：通过率 %{x:.0%}，利润 %{y:.1f}")


def strategy_chart(
    approvals: tuple[float, ...], curves: dict[str, Array], *, at: float, language: Language
) -> go.Figure:
    """Draw the bad rate among the approved, curves of learner -> (approvals, 3); the last is drawn on top.

    If all applicants are approved, they all meet.
    """
    chart = _start(approvals, curves, at, _BAD_TIP, language)
    order = by_height(curves, len(approvals) // 2)
    chart.name_lines(chart.key(order), rows(0.985, _ROW, len(order)))
    everybody = max(float(curve[-1, 0]) for curve in curves.values())
    return chart.figure(_approvals_axis(language), share_axis(0, 1.45 * everybody, _BAD_RATE[language]))


def profit_chart(
    approvals: tuple[float, ...], curves: dict[str, Array], by_cut_off: dict[str, tuple[float, float]], *, at: float,
    span: tuple[float, float], language: Language,
) -> go.Figure:  # fmt: skip
    """Draw the profit per 100 applicants, curves of learner -> (approvals, 3).

    `span` holds all of them at any number of labels. by_cut_off: learner -> mean share approved and mean profit if the
    applicants below the cut-off PD are approved.
    """
    low, high = span
    chart = _start(approvals, curves, at, _PROFIT_TIP, language, zero=True)
    for name, (approved, profit) in by_cut_off.items():
        marker = {"size": 11, "symbol": "diamond-open", "color": style.COLOUR[name], "line": {"width": 2.5}}
        chart.dot(name, approved, profit, _CUT_TIP[language], marker=marker)
    order = by_height(curves, len(approvals) // 2)
    entries = [*chart.key(order), (_BY_CUT_OFF[language], style.TEXT)]
    heights = rows(0.01 + _ROW * len(order), _ROW, len(order))
    chart.name_lines(entries, [*heights, heights[0] + _ROW])
    vertical = axis(low - 0.28 * (high - low), high + 0.06 * (high - low), _PROFIT[language])
    return chart.figure(_approvals_axis(language), vertical)


def _start(
    approvals: tuple[float, ...], curves: dict[str, Array], at: float, tooltip: Text, language: Language, *,
    zero: bool = False,
) -> CurvesChart:  # fmt: skip
    """Return a chart with the curves, their dots at the chosen share, and perhaps a line at zero."""
    chart = CurvesChart(language, "lending", height=_HEIGHT)
    if zero:
        chart.guide([0, 1.1], [0, 0], style.FAINT)
    for name, curve in curves.items():
        chart.curve(name, approvals, curve, tooltip[language])
    for name, curve in curves.items():
        chart.dot(name, at, float(curve[approvals.index(at), 0]))
    chart.mark(at)
    return chart


def _approvals_axis(language: Language) -> Part:
    return share_axis(0.07, 1.03, _APPROVED[language])
