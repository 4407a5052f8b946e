"""The axes of the charts: they never move, so that nothing jumps when a slider does."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dashboard.charts.drawing import Part
from dashboard.language import decimal
from scenarios.metrics import Metric
from scenarios.task import Array

_WIDE = 2  # powers of ten, beyond which only these have ticks
_NEAR = 0.1  # of the best learner's error: a Bayes-optimal one below that is drawn at the edge


def axis(low: float, high: float, title: str | None = None, *, standoff: int | None = None, **more: Any) -> Part:
    """Return an axis from low to high."""
    named = {} if title is None else {"title": {"text": title} | ({"standoff": standoff} if standoff else {})}
    return {"range": [low, high], "fixedrange": True, "zeroline": False} | named | more


def share_axis(low: float, high: float, title: str = "") -> Part:
    """Return an axis of proportions in per cent."""
    return axis(low, high, title, tickformat=".0%")


def score_axis(metric: Metric, title: str = "", highest: float = 5.0) -> Part:
    """Return the axis of a metric: proportions from the level of chance, or an error to just above `highest`."""
    if not metric.is_proportion:
        return axis(-0.03 * highest, highest * 1.06, title)
    if metric.target == "two or more classes":  # its lines begin high: names stand above them
        ticks = [tick for tick in (0.2, 0.4, 0.6, 0.8, 1.0) if tick > metric.floor]
        return share_axis(metric.floor, 1.13, title) | {"tickvals": ticks}
    return share_axis(metric.floor, 1.0, title)


def below_chance(metric: Metric) -> float:
    """Return the lower end of an axis for predictions that may be worse than guessing."""
    return round(metric.floor - 0.1, 1)


def error_axis(curves: Mapping[str, Array], title: str = "") -> Part:
    """Return a logarithmic axis for errors, curves of (points, 3): a linear one shows no difference at the floor."""
    floor, highest = error_floor(curves), max(float(curve[:, 0].max()) for curve in curves.values())
    ticks = [digit * 10.0**power for power in range(-8, 3) for digit in (1, 2, 5)]
    if np.log10(highest / floor) > _WIDE:
        ticks = [tick for tick in ticks if round(np.log10(tick), 9) % 1 == 0]
    texts = {tick: decimal(f"{tick:g}") for tick in ticks if 1.3 * floor < tick < 1.2 * highest}
    if curves["bayes"].min() < floor:
        texts |= {floor: f"≤ {decimal(f'{floor:g}')}"}
    return axis(
        float(np.log10(floor)) - 0.04, float(np.log10(highest)) + 0.1, title, type="log", tickvals=list(texts),
        ticktext=list(texts.values()),
    )  # fmt: skip


def error_floor(curves: Mapping[str, Array]) -> float:
    """Return the error at the lower edge of such an axis: Bayes-optimal predictions may make none at all."""
    least = min(float(curve[:, 0].min()) for name, curve in curves.items() if name != "bayes")
    best = float(curves["bayes"][:, 0].min())
    return 0.9 * best if best > _NEAR * least else float(10.0 ** np.floor(np.log10(least)))


def curves_axis(metric: Metric, curves: Mapping[str, Array], title: str = "") -> Part:
    """Return the axis of scores against labels: proportions, or logarithmic for errors."""
    return score_axis(metric, title) if metric.is_proportion else error_axis(curves, title)


def clip_to_axis(metric: Metric, curves: Mapping[str, Array]) -> dict[str, Array]:
    """Return the curves as they are drawn on that axis: values below its lower edge stand on it."""
    floor = metric.floor if metric.is_proportion else error_floor(curves)
    return {name: np.maximum(curve, floor) for name, curve in curves.items()}


def labels_axis(shots: Sequence[int], title: str, ticks: Sequence[int]) -> Part:
    """Return the axis of numbers of labels, whose logarithms are drawn."""
    return axis(
        -0.15, float(np.log(shots[-1])) + 0.15, title, tickvals=list(np.log(ticks)), ticktext=list(map(str, ticks))
    )


def score_format(metric: Metric, value: str = "y") -> str:
    """Return Plotly's format of a score."""
    return f"%{{{value}:.1%}}" if metric.is_proportion else f"%{{{value}:.3g}}"
