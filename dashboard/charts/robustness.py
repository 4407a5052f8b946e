"""Scores against the level of a perturbation."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import axes, style
from dashboard.charts.curves import CurvesChart
from scenarios.learners.registry import BAYES
from scenarios.metrics import Metric
from scenarios.task import Array
from scenarios.text import Language, Text

CLEAN_BAYES = Text(en="Bayes-optimal for clean data", zh="干净数据下的贝叶斯最优")

_A_ROW, _ABOVE = 20, 14  # px: a row of names, and the space above them
_END = 0.35  # length of the axis beyond the first and the last level


def robustness_chart(
    levels: Sequence[str],
    curves: Mapping[str, Array],
    *,
    title: str,
    metric: Metric,
    language: Language,
    height: int,
    decision: str = "",
    at: int | None = None,
) -> go.Figure:
    """Draw scores at each level, curves of learner -> (levels, 3): mean, low and high; mark the level at a place.

    `decision` is the context of the learners' names.
    """
    chart = CurvesChart(language, decision, height=height, margin=(62, 14, _A_ROW * len(curves) + _ABOVE, 72))
    places = np.arange(len(levels))
    names = {name: CLEAN_BAYES[language] if name == BAYES else style.named(name, language, decision) for name in curves}
    for name, curve in curves.items():
        marker = {"size": 7}
        chart.curve(
            name, places, curve, "%{customdata}: " + axes.score_format(metric), names[name],
            customdata=list(levels), mode="lines+markers", marker=marker,
        )  # fmt: skip
    if at is not None:
        chart.mark(at)
    chart.name_above([(f"{style.sign(name)} {text}", style.COLOUR[name]) for name, text in names.items()], 1)
    low = min(float(curve[:, 1].min()) for curve in curves.values())
    high = max(float(curve[:, 2].max()) for curve in curves.values())
    room = 0.06 * (high - low) + 1e-3
    vertical = axes.score_axis(metric, metric.name[language], high)  # the longer name would reach the key
    vertical["range"] = [low - room, high + room]
    vertical.pop("tickvals", None)
    texts = [text.replace(", ", ",<br>").replace("，", "，<br>") for text in levels]
    horizontal = axes.axis(
        -_END, len(levels) - 1 + _END, title, standoff=14, tickangle=0, tickvals=list(map(int, places)), ticktext=texts
    )
    return chart.figure(horizontal, vertical)
