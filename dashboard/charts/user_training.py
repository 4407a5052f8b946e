"""A learner while it is being trained: its loss, and its score between from scratch and the best possible."""

from typing import Any

import plotly.graph_objects as go

from dashboard.charts import style
from dashboard.charts.style import COLOUR, named
from scenarios.metrics import Metric
from scenarios.text import Language, Text

LOSS = Text(en="loss on training tasks", zh="训练任务上的损失")
OWN = Text(en="your learner", zh="你的学习器")
_META_STEPS = Text(en="meta-steps", zh="元训练步数")
_MARGIN = {"l": 62, "r": 14, "t": 12, "b": 46}
_HEIGHT = 330


def loss_chart(steps: list[int], losses: list[float], *, last: int, language: Language) -> go.Figure:
    """Mean query loss of each chunk of training against meta-steps, of which there will be `last`."""
    trace = _own(steps, losses, "%{x:,}: %{y:.3g}", language)
    lowest, highest = min(losses), max(losses)
    room = 0.08 * (highest - lowest) or 0.1 * abs(highest) or 1.0
    return _figure(
        [trace], last, {"range": [lowest - room, highest + room], "title": {"text": LOSS[language]}}, [], language
    )


def score_chart(
    steps: list[int],
    scores: list[float],
    reference: dict[str, float],
    *,
    last: int,
    metric: Metric,
    language: Language,
) -> go.Figure:
    """Mean score on validation tasks against meta-steps. reference: a from-scratch learner's score and "bayes"'s."""
    trace = _own(steps, scores, "%{x:,}: " + style.told(metric), language)
    traces = [
        style.line(name, [0, last], [level, level], line={"width": 1.8}, hoverinfo="skip")
        for name, level in reference.items()
    ]
    highest = max(reference.values(), default=scores[0]) * 1.1
    labels = [_name(name, level, last, metric, language) for name, level in reference.items()]
    axis = style.score_axis(metric, metric.axis[language], highest)
    return _figure([*traces, trace], last, axis, labels, language)


def _own(steps: list[int], values: list[float], hover: str, language: Language) -> dict[str, Any]:
    trace = style.line("maml", steps, values, hovertemplate=f"{hover}<extra>{OWN[language]}</extra>")
    return trace | {"mode": "lines+markers", "marker": {"size": 5, "color": COLOUR["maml"]}}


def _name(name: str, level: float, last: int, metric: Metric, language: Language) -> dict[str, Any]:
    """At an end of its line, on the side that the learner does not come from."""
    if metric.higher_is_better:
        x, xanchor, yanchor = last, "right", "bottom" if name == "bayes" else "top"
    else:  # errors fall from the left, to a line that may lie on the axis
        x, xanchor, yanchor = (0, "left", "bottom") if name == "bayes" else (last, "right", "bottom")
    return style.label(named(name, language), x, level, COLOUR[name], xanchor=xanchor, yanchor=yanchor)


def _figure(
    traces: list[dict[str, Any]], last: int, axis: dict[str, Any], labels: list[dict[str, Any]], language: Language
) -> go.Figure:
    x = {"range": [0, last * 1.02], "fixedrange": True, "zeroline": False, "title": {"text": _META_STEPS[language]}}
    return style.figure(
        traces,
        {
            "height": _HEIGHT, "margin": _MARGIN, "xaxis": x, "annotations": labels,
            "yaxis": axis | {"fixedrange": True, "zeroline": False, "automargin": True},
        },
    )  # fmt: skip
