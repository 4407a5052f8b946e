"""When it fails: score against the share of the signal that no training task has shown."""

import plotly.graph_objects as go

from dashboard.charts import style
from dashboard.charts.style import COLOUR, named
from scenarios.task import Array
from scenarios.text import Language, Text

LEARNERS = ("scratch", "logistic", "maml")
_AXIS = Text(en="novelty ρ of the task", zh="任务的新颖度 ρ")


def novelty_chart(rho: list[float], curves: dict[str, Array], *, language: Language, height: int = 340) -> go.Figure:
    """curves: learner -> (rhos, 3), mean, low and high. There is no ceiling here: the prior is wrong by design."""
    traces = []
    for name in LEARNERS:
        told = style.hover("ρ = %{x}: %{y:.1%}", name, language)
        traces += style.measured(name, rho, curves[name], hovertemplate=told)
    third, half = 2, rho.index(0.5)
    maml = curves["maml"][third, 0] + 0.015
    labels = [
        style.label(named("maml", language), rho[third], maml, COLOUR["maml"], yanchor="bottom"),
        style.label(named("logistic", language), rho[0], curves["logistic"][0, 0] + 0.012, COLOUR["logistic"],
                    xanchor="left", yanchor="bottom"),
        style.label(named("scratch", language), rho[half], curves["scratch"][half, 0] - 0.015, COLOUR["scratch"],
                    yanchor="top"),
    ]  # fmt: skip
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
            "yaxis": style.share_axis(0.4, 1.0, style.SCORE[language]),
            "annotations": labels,
        },
    )
