"""When it fails: score against the share of the signal that no training task has shown."""

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard.charts import axes
from dashboard.charts.curves import MARGIN, CurvesChart, by_height, rows
from scenarios.learners.registry import TRACED
from scenarios.metrics import Metric
from scenarios.task import Array
from scenarios.text import Language, Text

_AXIS = Text(en="task shift ρ", zh="任务偏移 ρ")
_ROW, _END = 0.075, 1.02  # of the chart's height, for a name; of the axis
_FARTHEST = 1.5  # of the networks' error: a curve that ends higher is cut, or it would press all others together
_ABOVE = 20  # px for a name above the chart


def novelty_chart(
    rho: Sequence[float], curves: dict[str, Array], overtaken_at: float | None = None, *, metric: Metric,
    language: Language, height: int = 340, rows_above: int = 0, decision: str = "",
) -> go.Figure:  # fmt: skip
    """Draw scores against the task shift, curves of learner -> (rhos, 3): mean, low and high.

    The Bayes-optimal score is not drawn: its prior is wrong by design. From `overtaken_at` on, the best method on local
    labels is ahead. `rows_above` makes the chart higher by that many rows of names, which then cover no curve.
    """
    room = _ABOVE * rows_above
    left, right, top, bottom = MARGIN
    chart = CurvesChart(language, decision, height=height + room, margin=(left, right, top + room, bottom))
    for name, curve in curves.items():
        chart.curve(name, rho, curve, "ρ = %{x}: " + axes.score_format(metric))
    order = by_height(curves, len(rho) // 2)
    if rows_above:
        chart.name_above(chart.key(order), 1)
    else:
        edge = _ROW * len(order) if metric.higher_is_better else 0.985
        chart.name_lines(chart.key(order), rows(edge, _ROW, len(order)), borderpad=0)
    if overtaken_at is not None:
        chart.shade(overtaken_at, _END)
        side = "right" if overtaken_at > 0.5 else "left"
        chart.note(f"ρ ≈ {overtaken_at:.2f}", overtaken_at, 1.0, yref="paper", yanchor="top", xanchor=side)
    ends = {name: float(curve[:, 0].max()) for name, curve in curves.items()}
    highest = max(end for name, end in ends.items() if name in TRACED)
    highest = max(end for end in ends.values() if end <= _FARTHEST * highest)
    vertical = axes.score_axis(metric, metric.axis[language], highest)
    if metric.is_proportion:
        vertical["range"] = [axes.below_chance(metric), 1.0]
    return chart.figure(axes.axis(-0.02, _END, _AXIS[language]), vertical)
