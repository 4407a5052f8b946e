"""Score against the number of unlabelled examples."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import axes, style
from dashboard.charts.curves import CurvesChart
from scenarios.learners.registry import BAYES
from scenarios.metrics import Metric
from scenarios.task import Array
from scenarios.text import Language, Text

_AXIS = Text(en="unlabelled examples", zh="无标签样本数")
_ROW, _IN_A_ROW = 20, 2  # px of a row of names, and names in it


def unlabelled_chart(
    counts: Sequence[int], curves: Mapping[str, Array], *, metric: Metric, language: Language
) -> go.Figure:
    """Draw scores at numbers of unlabelled examples, evenly apart; curves of learner -> (counts, 3), and Bayes."""
    rows = -(-len(curves) // _IN_A_ROW)
    chart = CurvesChart(language, height=360, margin=(62, 14, 16 + _ROW * rows, 50))
    chart.name_above(chart.key(curves), _IN_A_ROW)
    places, ticks = np.arange(len(counts)), list(map(str, counts))
    for name, curve in curves.items():
        look: dict[str, Any] = {
            "mode": "lines+markers",
            "marker": {"color": style.COLOUR[name], "size": 7},
            "customdata": ticks,
        }
        template = f"%{{customdata}}: {axes.score_format(metric)}"
        chart.curve(name, places, curve, template, band=name != BAYES, **look)
    means = np.concatenate([*curves.values()])[:, 0]
    margin = 0.08 * float(np.ptp(means))
    ends = {"tickvals": places.tolist(), "ticktext": ticks}
    return chart.figure(
        axes.axis(-0.2, len(counts) - 0.8, _AXIS[language], standoff=12, **ends),
        axes.share_axis(float(means.min()) - margin, float(means.max()) + margin, metric.axis[language]),
    )
