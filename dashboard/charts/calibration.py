"""How often what is given a probability comes true, at a stated prevalence."""

import plotly.graph_objects as go

from dashboard.charts import style
from dashboard.charts.style import COLOUR, named
from scenarios.task import Array
from scenarios.text import Language, Text

LEARNERS = ("scratch", "maml", "bayes")
_PREDICTED = Text(en="predicted probability", zh="预测概率")
_OBSERVED = Text(en="observed share", zh="实际比例")


def calibration_chart(points: dict[str, tuple[Array, Array]], *, language: Language, height: int = 300) -> go.Figure:
    """points: learner -> (said, seen), predicted probability and observed share. On the diagonal the two agree."""
    traces = [
        {
            "type": "scatter", "mode": "lines", "x": [0, 1], "y": [0, 1], "hoverinfo": "skip",
            "line": {"color": style.FAINT, "width": 1},
        }
    ]  # fmt: skip
    labels = []
    for name in LEARNERS:
        predicted, observed = points[name]
        told = style.hover("%{x:.0%} → %{y:.0%}", name, language)
        traces.append(style.line(name, predicted, observed, mode="lines+markers", hovertemplate=told))
    heights = {"maml": 0.97, "bayes": 0.87, "scratch": 0.77}
    for name in ("maml", "bayes", "scratch"):
        sign = {"maml": "●", "bayes": "┅", "scratch": "●"}[name]
        labels.append(
            style.label(
                f"{sign} {named(name, language)}", 0.02, heights[name], COLOUR[name], xanchor="left", yanchor="top"
            )
        )
    return style.figure(
        traces,
        {
            "height": height,
            "margin": {"l": 56, "r": 12, "t": 8, "b": 44},
            "xaxis": style.share_axis(-0.02, 1.02, _PREDICTED[language]),
            "yaxis": style.share_axis(-0.02, 1.02, _OBSERVED[language]),
            "annotations": labels,
        },
    )
