"""Worth of acting on predictions against the price of a false alarm, with acting always and never."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import axes, style
from dashboard.charts.curves import MARGIN, CurvesChart, by_height
from dashboard.charts.drawing import Part
from scenarios.task import Array
from scenarios.text import Language

_PLOT, _ROW = 300, 20  # px: the chart without its margins, and a name above it
_ALWAYS, _NEVER = "dot", "solid"  # the lines of those who act without a prediction
_SHARES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 0.6, 0.9, 0.97, 0.99)  # ticks: a phone has room for these


def worth_chart(
    price: Array, curves: Mapping[str, Array], always: Array, references: tuple[str, str], *, at: float, xaxis: Part,
    yaxis: Part, template: str, told: Array, language: Language, decision: str,
    markers: bool = True, bands: Mapping[str, Array | None] | None = None,
) -> go.Figure:  # fmt: skip
    """Draw the worth of acting on each learner's predictions against the price of a false alarm.

    Names stand above the chart: its curves may meet anywhere.

    Parameters
    ----------
    price : (prices,)
        The logarithm of the price, which is the log odds of the threshold.
    curves : dict of (prices,)
        By learner; the last is drawn on top.
    always : (prices,)
        The net benefit of acting always; that of acting never is 0.
    references : tuple of str
        The names of both.
    at : float
        The price that is marked.
    xaxis, yaxis : dict
        The axes; curves outside them are clipped.
    template : str
        Of the tooltips.
    told : (prices, values)
        The values of tooltips (`customdata`).
    language, decision
        Of the learners' names.
    markers : bool
        Whether dots stand at the prices.
    bands : dict of (prices, 2) or None
        The ends of the curves' intervals, by learner; without one, a curve has no band.
    """
    order = by_height({name: curve[:, None] for name, curve in curves.items()}, int(np.abs(price - at).argmin()))
    left, right, top, bottom = MARGIN
    above = _ROW * (len(order) + len(references))
    chart = CurvesChart(language, decision, height=_PLOT + above + top + bottom,
                        margin=(left, right, top + above, bottom))  # fmt: skip
    chart.guide(xaxis["range"], [0, 0], style.TEXT, 1.5, _NEVER)
    chart.guide(price, always, style.TEXT, 1.5, _ALWAYS)
    look: Part = {"mode": "lines+markers", "marker": {"size": 5}} if markers else {}
    for name, curve in curves.items():
        ends = (bands or {}).get(name)
        if ends is not None:
            scores = np.concatenate([curve[:, None], ends], axis=1)
            chart.curve(name, price, scores, template, customdata=told, **look)
        else:
            chart.line(name, price, curve, template, customdata=told, **look)
    chart.mark(at)
    signs = (style.SIGN[dash] for dash in (_ALWAYS, _NEVER))
    entries = [(f"{sign} {text}", style.TEXT) for sign, text in zip(signs, references, strict=True)]
    chart.name_above([*chart.key(order), *entries], 1)
    return chart.figure(xaxis, yaxis)


def threshold_axis(low: float, high: float, title: str) -> Part:
    """Return an axis of thresholds in log odds, from low to high, with ticks in per cent."""
    ticks = [share for share in _SHARES if low <= _log_odds(share) <= high]
    texts = [f"{100 * share:g}%" for share in ticks]
    return axes.axis(low, high, title, tickvals=[_log_odds(share) for share in ticks], ticktext=texts)


def price_axis(prices: Sequence[float], title: str) -> Part:
    """Return an axis of the logarithms of prices, with ticks at these."""
    logs = [float(np.log(price)) for price in prices]
    return axes.axis(logs[0] - 0.1, logs[-1] + 0.1, title, tickvals=logs, ticktext=[f"{price:g}" for price in prices])


def _log_odds(share: float) -> float:
    return float(np.log(share / (1 - share)))
