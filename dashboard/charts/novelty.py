"""When it fails: score against the share of the signal that no training task has shown."""

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard.charts import style
from dashboard.charts.style import COLOUR, named
from scenarios.learners.registry import TRACED
from scenarios.metrics import Metric
from scenarios.task import Array
from scenarios.text import Language, Text

_AXIS = Text(en="novelty ρ of the task", zh="任务的新颖度 ρ")


def novelty_chart(
    rho: Sequence[float], curves: dict[str, Array], *, metric: Metric, language: Language, height: int = 340
) -> go.Figure:
    """curves: learner -> (rhos, 3), mean, low and high. There is no ceiling here: the prior is wrong by design."""
    traces = []
    for name in curves:
        told = style.hover("ρ = %{x}: " + style.told(metric), name, language)
        traces += style.measured(name, rho, curves[name], hovertemplate=told)
    order = sorted(curves, key=lambda name: curves[name][len(rho) // 2, 0], reverse=True)
    if metric.higher_is_better:
        heights = [0.075 * (len(order) - row) for row in range(len(order))]
    else:
        heights = [0.985 - 0.075 * row for row in range(len(order))]
    labels = [
        style.label(f"{style.sign(name)} {named(name, language)}", 0.01, height, COLOUR[name], xanchor="left",
                    yanchor="top", xref="paper", yref="paper", bgcolor=style.BACKGROUND, borderpad=0)
        for name, height in zip(order, heights, strict=True)
    ]  # fmt: skip
    highest = max(float(curve[:, 0].max()) for name, curve in curves.items() if name in TRACED)
    return style.figure(
        traces,
        {
            "height": height,
            "margin": {"l": 62, "r": 12, "t": 8, "b": 44},
            "xaxis": {
                "range": [-0.02, 1.02],
                "fixedrange": True,
                "title": {"text": _AXIS[language]},
                "zeroline": False,
            },
            "yaxis": style.score_axis(metric, metric.axis[language], highest)
            | ({"range": [style.below_chance(metric), 1.0]} if metric.is_proportion else {}),
            "annotations": labels,
        },
    )
