"""How often what is given a probability comes true, at a stated prevalence."""

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from dashboard.charts import style
from dashboard.charts.style import COLOUR, named
from scenarios.learners.registry import BAYES, META_LEARNED, SCRATCH
from scenarios.task import Array
from scenarios.text import Language, Text

CALIBRATED = (SCRATCH, META_LEARNED, BAYES)
_KEY = (META_LEARNED, BAYES, SCRATCH, "pooled")  # from top to bottom
_RARE = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)  # ticks where most probabilities are small
_PREDICTED = Text(en="predicted probability", zh="预测概率")
_OBSERVED = Text(en="observed share", zh="实际比例")


def calibration_chart(
    points: dict[str, tuple[Array, Array]],
    *,
    language: Language,
    height: int = 300,
    rare: bool = False,
    decision: str = "",
    colours: Mapping[str, str] = COLOUR,
) -> go.Figure:
    """points: learner -> (said, seen), predicted probability and observed share. On the diagonal the two agree.

    What is `rare` is drawn on logarithmic axes, on which a bin where nothing was observed has no place.
    """
    traces = [
        {
            "type": "scatter", "mode": "lines", "x": [1e-4, 1], "y": [1e-4, 1], "hoverinfo": "skip",
            "line": {"color": style.TEXT, "width": 1}, "opacity": 0.5,
        }
    ]  # fmt: skip
    labels = []
    for name, (predicted, observed) in points.items():
        told = style.hover("%{x:.1%} → %{y:.1%}" if rare else "%{x:.0%} → %{y:.0%}", name, language, decision)
        if rare:
            predicted, observed = predicted[observed > 0], observed[observed > 0]
        traces.append(
            style.line(
                name, predicted, observed, mode="lines+markers", hovertemplate=told, line={"color": colours[name]}
            )
        )
    for row, name in enumerate(sorted(points, key=lambda name: _KEY.index(name) if name in _KEY else 0)):
        word = f"{style.sign(name)} {named(name, language, decision)}"
        if rare:  # points lie close along the diagonal, and the corner below it is empty
            place = 0.98, 0.03 + 0.1 * (len(points) - 1 - row)
            labels.append(
                style.label(word, *place, colours[name], xref="paper", yref="paper", xanchor="right", yanchor="bottom")
            )
        else:
            labels.append(
                style.label(word, 0.02, 0.97 - 0.1 * row, colours[name], xanchor="left", yanchor="top",
                            bgcolor=style.BACKGROUND, borderpad=0)
            )  # fmt: skip
    return style.figure(
        traces,
        {
            "height": height,
            "margin": {"l": 56, "r": 12, "t": 8, "b": 44},
            "xaxis": _axis(_PREDICTED[language], rare=rare),
            "yaxis": _axis(_OBSERVED[language], rare=rare),
            "annotations": labels,
        },
    )


def _axis(title: str, *, rare: bool) -> dict[str, Any]:
    if not rare:
        return style.share_axis(-0.02, 1.02, title)
    ticks = {"type": "log", "tickvals": list(_RARE), "ticktext": [f"{100 * share:g}%" for share in _RARE]}
    return style.share_axis(-2.9, 0.08, title) | ticks | {"ticks": "", "minor": {"showgrid": False}}
