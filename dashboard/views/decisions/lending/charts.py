"""Charts for lenders: bad rate against approval rate, and profit against cut-off."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import style
from dashboard.charts.axes import axis, share_axis
from dashboard.charts.curves import MARGIN, CurvesChart, by_height, rows
from dashboard.charts.net_benefit import threshold_axis, worth_chart
from scenarios.task import Array
from scenarios.text import Language, Text

_PLOT, _NAME = 300, 20  # px: a chart without its margins, and a name above it
_HEIGHT = 454  # px: as high as the chart of profit beside it
_ROW = 0.05  # height of one name, as a share of the chart's
_APPROVED = Text(en="approval rate", zh="通过率")
_BAD_RATE = Text(en="bad rate among the approved", zh="获批申请人坏客户率")
_BAD_TIP = Text(en="%{x:.0%} approved: %{y:.1%} bad", zh="通过率 %{x:.0%}：坏客户率 %{y:.1%}")
_CUT_OFF = Text(en="cut-off: approve if the PD is lower", zh="审批线：PD 低于它者获批")
_PROFIT = Text(en="profit per 100 applicants, in loans", zh="每百名申请人利润（以贷款额计）")
_PROFIT_TIP = Text(
    en="approved below %{customdata[0]:.1%}: profit %{y:.2f}", zh="PD 低于 %{customdata[0]:.1%} 获批：利润 %{y:.2f}"
)
_APPROVAL_TIP = Text(en="%{x:.0%} approved: profit %{y:.2f}", zh="通过率 %{x:.0%}：利润 %{y:.2f}")
_EVERYBODY, _NOBODY = Text(en="approve all", zh="全部批准"), Text(en="approve none", zh="全部拒绝")
_LOWEST, _HIGHEST = 0.004, 0.9  # cut-offs that are drawn


def strategy_chart(
    approvals: tuple[float, ...], curves: dict[str, Array], *, at: float, language: Language
) -> go.Figure:
    """Draw the bad rate among the approved, curves of learner -> (approvals, 3); the last is drawn on top.

    If all applicants are approved, they all meet.
    """
    chart = CurvesChart(language, "lending", height=_HEIGHT)
    for name, curve in curves.items():
        chart.curve(name, approvals, curve, _BAD_TIP[language])
    for name, curve in curves.items():
        chart.dot(name, at, float(curve[approvals.index(at), 0]))
    chart.mark(at)
    order = by_height(curves, len(approvals) // 2)
    chart.name_lines(chart.key(order), rows(0.985, _ROW, len(order)))
    everybody = max(float(curve[-1, 0]) for curve in curves.values())
    return chart.figure(
        share_axis(0.07, 1.03, _APPROVED[language]), share_axis(0, 1.45 * everybody, _BAD_RATE[language])
    )


def approval_profit_chart(
    approvals: tuple[float, ...], curves: Mapping[str, Array], *, at: float, span: tuple[float, float],
    language: Language,
) -> go.Figure:  # fmt: skip
    """Draw the profit per 100 applicants, curves of learner -> (approvals, 3); the last is drawn on top.

    `span` is the axis of profits; what leaves it is cut off.
    """
    left, right, top, bottom = MARGIN
    above = _NAME * len(curves)
    chart = CurvesChart(language, "lending", height=_PLOT + above + top + bottom,
                        margin=(left, right, top + above, bottom))  # fmt: skip
    chart.guide([approvals[0], approvals[-1]], [0, 0], style.TEXT)
    place = approvals.index(at)
    for name, curve in curves.items():
        chart.curve(name, approvals, curve, _APPROVAL_TIP[language])
    for name, curve in curves.items():
        chart.dot(name, at, float(curve[place, 0]))
    chart.mark(at)
    chart.name_above(chart.key(by_height(curves, place)), 1)
    return chart.figure(share_axis(0.07, 1.03, _APPROVED[language]), axis(*span, _PROFIT[language]))


def profit_chart(
    cut_offs: Array, curves: Mapping[str, Array], everybody: float, *, at: float, span: tuple[float, float],
    language: Language, bands: Mapping[str, Array | None] | None = None,
) -> go.Figure:  # fmt: skip
    """Draw the profit per 100 applicants against the cut-off, learner -> (cut-offs,); the last is drawn on top.

    `everybody` is the profit if all are approved, `at` the PD at which a loan breaks even. `span` is the axis of
    profits; curves outside it are clipped. `bands` are (cut-offs, 2).
    """
    odds, centre = np.log(cut_offs / (1 - cut_offs)), float(np.log(at / (1 - at)))
    low, high = span
    first, last = (float(np.log(share / (1 - share))) for share in (_LOWEST, _HIGHEST))
    return worth_chart(
        odds, curves, np.full(len(cut_offs), everybody), (_EVERYBODY[language], _NOBODY[language]), at=centre,
        xaxis=threshold_axis(first, last, _CUT_OFF[language]), yaxis=axis(low, high, _PROFIT[language]),
        template=_PROFIT_TIP[language], told=cut_offs[:, None], language=language, decision="lending", bands=bands,
    )  # fmt: skip
