"""How often the worse of two trips scores higher, against their length."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.axes import axis, share_axis
from dashboard.charts.curves import CurvesChart, by_height
from scenarios.task import Array
from scenarios.text import Language, Text

_PLOT, _ROW = 300, 20  # px: the chart without the names above it, and a row of these
_X, _Y = (
    Text(en="length of the trips, minutes", zh="行程时长（分钟）"),
    Text(en="pairs ranked correctly", zh="排序正确的比例"),
)
_TIP = Text(en="%{customdata} min: %{y:.1%}", zh="%{customdata} 分钟：%{y:.1%}")
_CHANCE = 0.5


def ranked_chart(
    minutes: Sequence[int], curves: Mapping[str, Array], *, at: int, decision: str, language: Language
) -> go.Figure:
    """Draw the share of pairs ranked right, curves (minutes, 3); the last is drawn on top. `at` minutes are marked."""
    names = _ROW * len(curves)
    chart = CurvesChart(language, decision, height=_PLOT + names, margin=(58, 12, 14 + names, 44))
    x, place = np.log(minutes), list(minutes).index(at)
    for name, curve in curves.items():
        chart.curve(name, x, curve, _TIP[language], customdata=list(minutes))
    for name, curve in curves.items():
        chart.dot(name, float(x[place]), float(curve[place, 0]))
    chart.mark(float(x[place]))
    chart.name_above(chart.key(by_height(curves, place)), in_a_row=1)
    span = axis(float(x[0]) - 0.1, float(x[-1]) + 0.1, _X[language], tickvals=list(x), ticktext=list(map(str, minutes)))
    return chart.figure(span, share_axis(_CHANCE - 0.02, 1.02, _Y[language]))
