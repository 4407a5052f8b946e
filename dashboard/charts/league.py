"""Charts that compare all learners: regret, and score against cost. Two learners are highlighted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from dashboard import words
from dashboard.charts import axes, style
from dashboard.charts.curves import CurvesChart, rows, score_tooltips
from dashboard.charts.drawing import Part
from dashboard.charts.style import COLOUR
from dashboard.language import decimal
from scenarios.learners.registry import REGISTRY
from scenarios.metrics import Metric
from scenarios.task import Array
from scenarios.text import Language, Text

ONE, OTHER = COLOUR["maml"], COLOUR["scratch"]  # the colours of the two
_QUIET = 0.35  # opacity of all other methods
_ROW, _ABOVE, _BELOW = 34, 8, 48  # px
_SCREENS = (250, 268), (480, 268)  # px: of a chart of costs without its margins, on a phone and on a desk
_EDGE = 12  # px: its margin on the right
_SHORT = Text(en="percentage points below Bayes-optimal", zh="距贝叶斯最优（百分点）")
_SHORT_ERROR = Text(en="error above Bayes-optimal", zh="比贝叶斯最优多出的误差")
_COST = Text(en="milliseconds to adapt to one task", zh="适应一个任务的用时（毫秒）")
_BEST = Text(en="Bayes-optimal", zh="贝叶斯最优")


@dataclass(frozen=True)
class Pair:
    """The two highlighted learners, and the naming scheme of all."""

    one: str
    other: str
    trade: str = "league"

    def called(self, name: str, language: Language) -> str:
        return style.named(name, language, self.trade)

    def colour(self, name: str) -> str:
        return {self.one: ONE, self.other: OTHER}.get(name, style.TEXT)

    def opacity(self, name: str) -> float:
        return 1.0 if name in (self.one, self.other) else _QUIET


def regret_chart(
    regret: Mapping[str, Array], pair: Pair, lowest: float, highest: float, *, metric: Metric, language: Language
) -> go.Figure:
    """Draw how much better Bayes-optimal predictions are, regret of learner -> (3,): mean, low and high.

    Learners of a rung are grouped; the first one carries the name of the rung.

    The axis is logarithmic from `lowest` to `highest`, for any methods; smaller values are at its left edge.
    """
    traces, names = [], []
    units, above = _units(metric), None
    for place, (name, values) in zip(range(len(regret))[::-1], regret.items(), strict=True):
        mean, low, high = np.clip(values, lowest, highest)[:, None] * units
        colour, (text, least, most) = pair.colour(name), (f"{units * value:.3g}" for value in values)
        estimate = style.ESTIMATE.format(mean=text, low=least, high=most)[language]
        traces.append(
            style.scatter(
                "markers", mean, [place], marker={"size": 10, "color": colour},
                opacity=1.0 if pair.opacity(name) == 1 else 0.6, error_x=style.error_bars(mean, low, high, colour),
                hovertemplate=f"{pair.called(name, language)}: {estimate}<extra></extra>",
            )
        )  # fmt: skip
        where = {"xref": "paper", "xanchor": "left", "yanchor": "bottom"}
        names.append(style.label(pair.called(name, language), 0.0, place + 0.14, colour, size=12, **where))
        if (rung := REGISTRY[name].rung) is not above:
            right = where | {"xanchor": "right"}
            names.append(style.label(rung.short[language], 1.0, place + 0.14, style.TEXT, size=12, **right))
            above = rung
    return style.figure(
        traces, height=_ABOVE + _BELOW + _ROW * len(regret), margin=(10, 14, _ABOVE, _BELOW), annotations=names,
        shapes=style.separators(place - 0.3 for place in range(1, len(regret))),
        xaxis=_regret_axis(lowest, highest, metric, language),
        yaxis={"range": [-0.5, len(regret) - 0.1], "visible": False, "fixedrange": True},
    )  # fmt: skip


def curves_chart(
    shots: Sequence[int], curves: Mapping[str, Array], pair: Pair, at: int, *, metric: Metric, language: Language
) -> go.Figure:
    """Draw scores against labels, curves of learner -> (shots, 3): mean, low and high; "bayes" is the ceiling.

    at: the number of labels chosen.
    """
    position = np.log(shots)
    drawn = axes.clip_to_axis(metric, curves)
    chart = CurvesChart(language, pair.trade, height=320)
    for name in sorted(curves, key=lambda name: name in (pair.one, pair.other)):  # the two on top
        tooltips, loud = score_tooltips(shots, curves[name], metric), pair.opacity(name) == 1
        look: Part = {} if name == "bayes" else {
            "colour": pair.colour(name), "dash": "solid", "width": 3 if loud else 1.2, "opacity": pair.opacity(name),
        }  # fmt: skip
        chart.curve(name, position, drawn[name], band=loud and name != "bayes", **tooltips, **look)
    chart.guide([float(np.log(at))] * 2, [1e-9, 1000], style.FAINT)
    entries = [(f"{style.SIGN['dash']} {_BEST[language]}", style.TEXT)]
    entries += [
        (f"{style.SIGN['solid']} {pair.called(name, language)}", pair.colour(name)) for name in (pair.one, pair.other)
    ]
    chart.name_lines(entries, rows(0.22 if metric.higher_is_better else 0.985, 0.065, 3), right=True)
    horizontal = axes.labels_axis(shots, words.labels_axis(metric)[language], shots)
    return chart.figure(horizontal, axes.curves_axis(metric, curves, metric.axis[language]))


def cost_chart(
    regret: Mapping[str, float], cost: Mapping[str, float], pair: Pair, lowest: float, highest: float, *,
    metric: Metric, language: Language,
) -> go.Figure:  # fmt: skip
    """Draw regret against milliseconds to adapt. The line is the Pareto frontier."""
    front = frontier(regret, cost)
    units = _units(metric)
    height_of = {name: float(np.clip(regret[name], lowest, highest)) * units for name in regret}
    steps = {"shape": "hv", "color": style.TEXT, "width": 1.6}
    traces = [style.plain_line([cost[name] for name in front], [height_of[name] for name in front], steps)]
    for name in regret:
        tooltip = f"{pair.called(name, language)}: %{{y:.3g}}, %{{x:.3g}} ms<extra></extra>"
        look = {"size": 12, "color": pair.colour(name)}
        opacity = 1.0 if name in front else max(0.5, pair.opacity(name))
        at_cost = [cost[name]], [height_of[name]]
        traces.append(style.scatter("markers", *at_cost, marker=look, opacity=opacity, hovertemplate=tooltip))
    shown = dict.fromkeys((front[-1], pair.one, pair.other))
    ends = np.log10([min(cost.values()), max(cost.values())])
    at = {name: (float(np.log10(cost[name])), float(np.log10(height_of[name]))) for name in regret}
    short = {name: style.named(name, language, "training") for name in shown}  # there is little room beside the dots
    sides = _sides([*shown], at, short, ends)
    labels = [
        style.label(short[name], *at[name], pair.colour(name), size=12,
                    xanchor="left" if right > 0 else "right", yanchor="bottom" if up > 0 else "top",
                    xshift=8 * right, yshift=4 * up)
        for name, (right, up) in sides.items()
    ]  # fmt: skip
    ticks = [digit * 10.0**power for power in range(-2, 6) for digit in (1, 3)]
    axis = _regret_axis(lowest, highest, metric, language)
    axis["title"] |= {"font": {"size": 12}}  # or it would be longer than the axis
    return style.figure(
        traces, height=380, margin=(66, _EDGE, 8, 44), annotations=labels, yaxis=axis | {"range": axis["range"][::-1]},
        xaxis={
            "type": "log", "range": [float(ends[0]) - 0.15, float(ends[1]) + 0.15], "fixedrange": True,
            "tickvals": ticks, "ticktext": [f"{tick:g}" for tick in ticks], "title": {"text": _COST[language]},
        },
    )  # fmt: skip


def _sides(
    names: Sequence[str], at: Mapping[str, tuple[float, float]], words_of: Mapping[str, str], ends: Array
) -> dict[str, tuple[int, int]]:
    """Return the side of its dot, (right, up), on which each name covers the fewest dots and names on any screen."""
    heights = [height for _, height in at.values()]
    spans = np.array([ends[1] - ends[0] + 0.3, max(heights) - min(heights) + 0.24])
    scales = [np.array(screen) / spans for screen in _SCREENS]
    taken = [[np.array(place) * scale for place in at.values()] for scale in scales]  # px; regret runs downwards
    sides: dict[str, tuple[int, int]] = {}
    for name in names:
        wide = sum(12 if letter > "\u2e7f" else 6.5 for letter in words_of[name])
        crowds = dict.fromkeys(((1, 1), (1, -1), (-1, 1), (-1, -1)), (0.0, 0))  # px outside, and the area covered
        for scale, dots in zip(scales, taken, strict=True):
            x, y = np.array(at[name]) * scale
            left_edge, right_edge = (ends + np.array([-0.15, 0.15])) * scale[0]
            for (right, up), (outside, covered) in crowds.items():
                low, high = sorted((x + 8 * right, x + (8 + wide) * right))
                outside += max(0.0, left_edge - low) + max(0.0, high - right_edge - _EDGE)
                covered += sum(low - 7 < px < high + 7 and abs(py - (y - 12 * up)) < 14 for px, py in dots)
                crowds[right, up] = outside, covered
        right, up = sides[name] = min(crowds, key=lambda side: crowds[side])
        for scale, dots in zip(scales, taken, strict=True):
            x, y = np.array(at[name]) * scale
            dots += [np.array([x + right * (8 + part * wide), y - 12 * up]) for part in (0.1, 0.5, 0.9)]
    return sides


def frontier(regret: Mapping[str, float], cost: Mapping[str, float]) -> list[str]:
    """Return the learners that no other beats both in regret and in cost, the cheapest first (Pareto front)."""
    front: list[str] = []
    for name in sorted(regret, key=lambda name: (cost[name], regret[name])):
        if not front or regret[name] < regret[front[-1]]:
            front.append(name)
    return front


def _units(metric: Metric) -> float:
    """Return the factor of a regret as it is shown: proportions in percentage points, errors as they are."""
    return 100.0 if metric.is_proportion else 1.0


def _regret_axis(lowest: float, highest: float, metric: Metric, language: Language) -> Part:
    lowest, highest = lowest * _units(metric), highest * _units(metric)
    shown = [tick for tick in (10.0**power for power in range(-8, 3)) if lowest * 1.5 < tick <= highest * 1.01]
    low, high = np.log10([lowest, highest])
    title = (_SHORT if metric.is_proportion else _SHORT_ERROR)[language]
    return axes.axis(
        float(low) - 0.12, float(high) + 0.12, title, type="log", tickvals=[lowest, *shown],
        ticktext=[f"≤ {decimal(f'{lowest:g}')}", *(decimal(f"{tick:g}") for tick in shown)],
    )  # fmt: skip
