"""A training in progress: its loss, and its score between from scratch and Bayes-optimal."""

import plotly.graph_objects as go

from dashboard.charts import axes, style
from dashboard.charts.curves import CurvesChart
from dashboard.charts.drawing import Part
from scenarios.metrics import Metric
from scenarios.text import Language, Text

LOSS = Text(en="loss on training tasks", zh="训练任务上的损失")
OWN = Text(en="your model", zh="你的模型")
_META_STEPS = Text(en="meta-steps", zh="元训练步数")
_HEIGHT, _MARGIN = 330, (62, 14, 12, 46)
_LOOK: Part = {"mode": "lines+markers", "marker": {"size": 5, "color": style.COLOUR["maml"]}}


def loss_chart(steps: list[int], losses: list[float], *, last: int, language: Language) -> go.Figure:
    """Draw the mean query loss of each chunk of training against meta-steps, of which there will be `last`."""
    chart = CurvesChart(language, height=_HEIGHT, margin=_MARGIN)
    chart.line("maml", steps, losses, "%{x:,}: %{y:.3g}", OWN[language], **_LOOK)
    lowest, highest = min(losses), max(losses)
    room = 0.08 * (highest - lowest) or 0.1 * abs(highest) or 1.0
    return _finish(chart, axes.axis(lowest - room, highest + room, LOSS[language]), last)


def score_chart(
    steps: list[int], scores: list[float], reference: dict[str, float], *, last: int, metric: Metric,
    language: Language,
) -> go.Figure:  # fmt: skip
    """Draw the mean score on validation tasks against meta-steps.

    reference: the scores of a from-scratch learner and of "bayes", which are level lines. A name stands at an end of
    its line, on the side that the learner does not come from.
    """
    chart = CurvesChart(language, height=_HEIGHT, margin=_MARGIN)
    for name, level in reference.items():
        chart.level(name, 0, last, level)
        if metric.higher_is_better:
            x, side, vertical = last, "right", "bottom" if name == "bayes" else "top"
        else:  # errors fall from the left, to a line that may lie on the axis
            x, side, vertical = (0, "left", "bottom") if name == "bayes" else (last, "right", "bottom")
        chart.note(style.named(name, language), x, level, style.COLOUR[name], xanchor=side, yanchor=vertical)
    chart.line("maml", steps, scores, "%{x:,}: " + axes.score_format(metric), OWN[language], **_LOOK)
    highest = max(reference.values(), default=scores[0]) * 1.1
    return _finish(chart, axes.score_axis(metric, metric.axis[language], highest), last)


def _finish(chart: CurvesChart, vertical: Part, last: int) -> go.Figure:
    steps = axes.axis(0, last * 1.02, _META_STEPS[chart.language])
    return chart.figure(steps, vertical | {"automargin": True})
