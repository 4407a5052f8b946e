"""Score against the number of unlabelled examples, with the optimum given the labels alone."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import axes, style
from dashboard.charts.curves import CurvesChart
from scenarios.learners.registry import BAYES, Rung
from scenarios.metrics import Metric
from scenarios.task import Array
from scenarios.text import Language, Text

_AXIS = Text(en="unlabelled examples", zh="未标注样本数")
_BOTH = Text(en="Bayes-optimal given both", zh="贝叶斯最优（含未标注样本）")
_ROW, _IN_A_ROW = 20, 2  # px of a row of names, and names in it
_LONG = 30  # letters: a longer name has its row for itself
_BELOW = 0.08  # of the score, from the optimum given the labels alone to the lower edge, at the most
_MARGIN = 0.006


def drawn(curves: Mapping[str, Array]) -> list[str]:
    """Return the learners whose curves (counts, 3) reach into the chart, the Bayes-optimal predictor last."""
    edge = curves[BAYES][0, 0] - _BELOW
    return [*(name for name in curves if name != BAYES and curves[name][:, 0].max() > edge), BAYES]


def unlabelled_chart(
    counts: Sequence[int], curves: Mapping[str, Array], *, metric: Metric, language: Language
) -> go.Figure:
    """Draw scores at numbers of unlabelled examples, evenly apart; curves of learner -> (counts, 3), the first at 0."""
    names = drawn(curves)
    entries = [(f"{style.sign(name)} {_name(name, language)}", style.COLOUR[name]) for name in names]
    entries.append((f"{style.SIGN['dot']} {Rung.BAYES.label[language]}", style.TEXT))
    entries.sort(key=lambda entry: len(entry[0]) > _LONG)
    if len(entries[-1][0]) > _LONG and len(entries) % _IN_A_ROW == 0:
        entries.insert(-1, ("", style.TEXT))
    chart = CurvesChart(language, "league", height=360, margin=(62, 14, 16 + _ROW * -(-len(entries) // _IN_A_ROW), 50))
    chart.name_above(entries, _IN_A_ROW)
    places, ticks, alone = np.arange(len(counts)), list(map(str, counts)), float(curves[BAYES][0, 0])
    chart.guide([-0.2, len(counts) - 0.8], [alone, alone], style.EDGE, dash="dot")
    for name in names:
        look: dict[str, Any] = {
            "mode": "lines+markers", "marker": {"color": style.COLOUR[name], "size": 7}, "customdata": ticks,
        }  # fmt: skip
        template = f"%{{customdata}}: {axes.score_format(metric)}"
        chart.curve(name, places, curves[name], template, _name(name, language), band=name != BAYES, **look)
    scores = np.concatenate([curves[name][:, :1] if name == BAYES else curves[name] for name in names], axis=None)
    ends = {"tickvals": places.tolist(), "ticktext": ticks}
    lowest = max(float(scores.min()) - _MARGIN, alone - _BELOW)
    return chart.figure(
        axes.axis(-0.2, len(counts) - 0.8, _AXIS[language], standoff=12, **ends),
        axes.share_axis(lowest, float(scores.max()) + _MARGIN, metric.axis[language]) | {"nticks": 6},
    )


def _name(learner: str, language: Language) -> str:
    return _BOTH[language] if learner == BAYES else style.named(learner, language, "league")
