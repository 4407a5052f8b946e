"""How often what is given a probability comes true, at a stated prevalence."""

from collections.abc import Mapping

import plotly.graph_objects as go

from dashboard.charts import axes, style
from dashboard.charts.curves import CurvesChart
from dashboard.charts.drawing import Part
from dashboard.charts.style import COLOUR
from scenarios.task import Array
from scenarios.text import Language, Text

_RARE = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)  # ticks where most probabilities are small
_PREDICTED = Text(en="predicted probability", zh="预测概率")
_OBSERVED = Text(en="observed share", zh="实际比例")


def calibration_chart(
    points: dict[str, tuple[Array, Array]], *, language: Language, height: int = 300, rare: bool = False,
    decision: str = "", colours: Mapping[str, str] = COLOUR,
) -> go.Figure:  # fmt: skip
    """Draw observed shares against predicted probabilities. On the diagonal the two agree.

    points: learner -> (predicted, observed), (bins,) each. If the condition is `rare`, the axes are logarithmic, on
    which a bin where nothing was observed has no place.
    """
    chart = CurvesChart(language, decision, height=height, margin=(56, 12, 8, 44))
    chart.guide([1e-4, 1], [1e-4, 1], style.TEXT, opacity=0.5)
    template = "%{x:.1%} → %{y:.1%}" if rare else "%{x:.0%} → %{y:.0%}"
    for name, (predicted, observed) in reversed(points.items()):  # the first above the others
        if rare:
            predicted, observed = predicted[observed > 0], observed[observed > 0]
        chart.line(name, predicted, observed, template, mode="lines+markers", colour=colours[name])
    for row, (name, (text, _)) in enumerate(zip(points, chart.key(points), strict=True)):
        if rare:  # points lie close along the diagonal, and the corner below it is empty
            height_of = 0.03 + 0.1 * (len(points) - 1 - row)
            chart.note(text, 0.98, height_of, colours[name], **style.PAPER, xanchor="right", yanchor="bottom")
        else:
            look = {"xanchor": "left", "yanchor": "top", "bgcolor": style.BACKGROUND, "borderpad": 0}
            chart.note(text, 0.02, 0.97 - 0.1 * row, colours[name], **look)
    return chart.figure(_axis(_PREDICTED[language], rare=rare), _axis(_OBSERVED[language], rare=rare))


def _axis(title: str, *, rare: bool) -> Part:
    if not rare:
        return axes.share_axis(-0.02, 1.02, title)
    ticks = {"type": "log", "tickvals": list(_RARE), "ticktext": [f"{100 * share:g}%" for share in _RARE]}
    return axes.share_axis(-2.9, 0.08, title) | ticks | {"ticks": "", "minor": {"showgrid": False}}
