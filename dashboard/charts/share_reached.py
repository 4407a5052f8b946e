"""The share of tasks in which a score is reached, against the number of labels."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import style
from dashboard.charts.axes import labels_axis, share_axis
from dashboard.charts.curves import CurvesChart
from scenarios.task import Array
from scenarios.text import Language, Text

_TICKS = (1, 2, 5, 10, 20, 50)
_X, _Y = Text(en="labelled examples per class", zh="每类标注样本数"), Text(en="proportion of tasks", zh="任务比例")


def share_reached_chart(
    shots: Sequence[int], curves: Mapping[str, Array], *, at: int, most: float, decision: str, language: Language
) -> go.Figure:
    """Draw shares (shots,) of each learner, a guide at `most` of the tasks and a mark at `at` labels."""
    names_rows = -(-len(curves) // 2)
    chart = CurvesChart(language, decision, height=300 + 20 * names_rows, margin=(58, 12, 14 + 20 * names_rows, 44))
    x = np.log(shots)
    chart.guide([-0.15, float(x[-1]) + 0.15], [most, most], style.EDGE, dash="dot")
    for name, curve in curves.items():
        chart.line(name, x, curve, "%{customdata}: %{y:.0%}", customdata=list(shots))
    for name, curve in curves.items():
        chart.dot(name, float(np.log(at)), float(curve[list(shots).index(at)]))
    chart.mark(float(np.log(at)))
    chart.name_above(chart.key(curves), in_a_row=2)
    return chart.figure(labels_axis(shots, _X[language], _TICKS), share_axis(-0.03, 1.03, _Y[language]))
