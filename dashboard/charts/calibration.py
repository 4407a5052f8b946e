"""Calibration charts: observed against predicted probability, and the number of predictions in each bin."""

from collections.abc import Mapping

import plotly.graph_objects as go

from dashboard.charts import axes, style
from dashboard.charts.curves import CurvesChart
from dashboard.charts.drawing import Part
from dashboard.charts.style import COLOUR
from scenarios.evaluation.prevalence import Reliability
from scenarios.text import Language, Text

_RARE = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)  # ticks where most probabilities are small
_PREDICTED = Text(en="predicted probability", zh="预测概率")
_OBSERVED = Text(en="observed frequency", zh="实际比例")
_HOW_MANY = Text(en="count", zh="数量")
_OF_ALL = Text(en="{at}: {share} of predictions", zh="{at}：占预测的 {share}")
_STRIP, _GAP = 0.3, 0.05  # of the chart's height: the strip below the curves, and between the two
_TALLEST = 0.85  # height of the tallest bar, as a share of a row of the strip


def calibration_chart(
    bins: Mapping[str, Reliability], *, language: Language, height: int = 430, rare: bool = False, decision: str = "",
    colours: Mapping[str, str] = COLOUR, names: Mapping[str, str] | None = None,
) -> go.Figure:  # fmt: skip
    """Draw observed shares against predicted probabilities, and below how many predictions lie in each bin.

    On the diagonal the two agree. Each learner of `bins` has a row of the strip, in the order of the key; all rows have
    one scale. If the condition is `rare`, the axes are logarithmic, on which a bin where nothing was observed has no
    place. `names` are those of learners that are called otherwise than in the registry.
    """
    called = names or {}
    chart = CurvesChart(language, decision, height=height, margin=(56, 12, 8, 44))
    chart.guide([1e-4, 1], [1e-4, 1], style.TEXT, opacity=0.5)
    digits = 1 if rare else 0
    template = f"%{{x:.{digits}%}} → %{{y:.{digits}%}}"
    for name, each in reversed([*bins.items()]):  # the first above the others
        drawn = each.observed > 0 if rare else slice(None)
        chart.line(name, each.predicted[drawn], each.observed[drawn], template, called.get(name, ""),
                   mode="lines+markers", colour=colours[name])  # fmt: skip
    most = max(float(each.share.max(initial=0)) for each in bins.values()) or 1.0
    how_many = _OF_ALL.format(at=f"%{{x:.{digits}%}}", share="%{customdata:.1%}")[language]
    for row, (name, each) in enumerate(bins.items()):
        chart.spikes(name, each.predicted, len(bins) - 1 - row, _TALLEST * each.share / most, how_many,
                     colour=colours[name], text=called.get(name, ""), customdata=each.share, yaxis="y2")  # fmt: skip
    for row, (name, (text, _)) in enumerate(zip(bins, chart.key(bins), strict=True)):
        if name in called:
            text = f"{style.SIGN[style.DASH[name]]} {called[name]}"
        if rare:  # points lie close along the diagonal, and the corner below it is empty
            place: Part = {"xref": "paper", "yref": "y domain", "xanchor": "right", "yanchor": "bottom"}
            chart.note(text, 0.98, 0.03 + 0.105 * (len(bins) - 1 - row), colours[name], **place)
        else:
            look = {"xanchor": "left", "yanchor": "top", "bgcolor": style.BACKGROUND, "borderpad": 0}
            chart.note(text, 0.02, 0.97 - 0.105 * row, colours[name], **look)
    strip = axes.axis(-0.1, float(len(bins)), _HOW_MANY[language], domain=[0, _STRIP], showticklabels=False,
                      showgrid=False)  # fmt: skip
    return chart.figure(
        _axis(_PREDICTED[language], rare=rare) | {"anchor": "y2"},
        _axis(_OBSERVED[language], rare=rare) | {"domain": [_STRIP + _GAP, 1]},
        yaxis2=strip,
    )


def _axis(title: str, *, rare: bool) -> Part:
    if not rare:
        return axes.share_axis(-0.02, 1.02, title)
    ticks = {"type": "log", "tickvals": list(_RARE), "ticktext": [f"{100 * share:g}%" for share in _RARE]}
    return axes.share_axis(-2.9, 0.08, title) | ticks | {"ticks": "", "minor": {"showgrid": False}}
