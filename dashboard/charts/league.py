"""All learners against each other: how near each comes to the best possible, and what it costs. Two are pointed out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard import words
from dashboard.charts import style
from dashboard.charts.style import COLOUR
from dashboard.language import decimal
from scenarios.metrics import Metric
from scenarios.task import Array
from scenarios.text import Language, Text

ONE, OTHER = COLOUR["maml"], COLOUR["scratch"]  # the colours of the two
_QUIET = 0.35  # opacity of everybody else
_ROW, _ABOVE, _BELOW = 34, 8, 48  # px
_SCREENS = (250, 268), (480, 268)  # px: of a chart of costs without its margins, on a phone and on a desk
_EDGE = 12  # px: its margin on the right
_SHORT = Text(en="points short of the best possible", zh="距贝叶斯最优（百分点）")
_SHORT_ERROR = Text(en="error above the best possible", zh="比贝叶斯最优多出的误差")
_COST = Text(en="milliseconds to adapt to one task", zh="适应一个任务的用时（毫秒）")
_BEST = Text(en="best possible", zh="贝叶斯最优")


@dataclass(frozen=True)
class Pair:
    """The two learners that are pointed out, and the trade in which all are named."""

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
    """regret: learner -> (3,), mean, low and high, the best first: how much better the best possible is.

    The axis is logarithmic from `lowest` to `highest`, whatever is shown; what is nearer stands at its left edge.
    """
    traces, names = [], []
    units = _units(metric)
    for place, (name, values) in zip(range(len(regret))[::-1], regret.items(), strict=True):
        mean, low, high = np.clip(values, lowest, highest) * units
        colour, (said, least, most) = pair.colour(name), (f"{units * value:.3g}" for value in values)
        traces.append({
            "type": "scatter", "mode": "markers", "x": [mean], "y": [place],
            "marker": {"size": 10, "color": colour}, "opacity": 1.0 if pair.opacity(name) == 1 else 0.6,
            "error_x": {"type": "data", "array": [high - mean], "arrayminus": [mean - low], "color": colour,
                        "thickness": 2, "width": 4},
            "hovertemplate": f"{pair.called(name, language)}: {said} ({least}–{most})<extra></extra>",
        })  # fmt: skip
        names.append(style.label(pair.called(name, language), 0.0, place + 0.14, colour, xref="paper", xanchor="left",
                                 yanchor="bottom", font={"size": 12, "color": colour}))  # fmt: skip
    return style.figure(
        traces,
        {
            "height": _ABOVE + _BELOW + _ROW * len(regret),
            "margin": {"l": 10, "r": 14, "t": _ABOVE, "b": _BELOW},
            "annotations": names,
            "shapes": [
                {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": place - 0.3, "y1": place - 0.3,
                 "line": {"color": style.FAINT, "width": 1}, "layer": "below"}
                for place in range(1, len(regret))
            ],
            "xaxis": _regret_axis(lowest, highest, metric, language),
            "yaxis": {"range": [-0.5, len(regret) - 0.1], "visible": False, "fixedrange": True},
        },
    )  # fmt: skip


def curves_chart(
    shots: Sequence[int], curves: Mapping[str, Array], pair: Pair, at: int, *, metric: Metric, language: Language,
    height: int = 320,
) -> go.Figure:  # fmt: skip
    """curves: learner -> (shots, 3), mean, low and high; "bayes" is the ceiling. `at`: the number of labels chosen."""
    position = np.log(shots)
    drawn = style.on_axis(metric, curves)
    traces: list[dict[str, Any]] = []
    for name in sorted(curves, key=lambda name: name in (pair.one, pair.other)):  # the two on top
        told = style.told_of(shots, curves[name], metric, name, language, pair.trade)
        mean, low, high = drawn[name].T
        if name == "bayes":
            traces.append(style.line("bayes", position, mean, **told))
            continue
        colour = pair.colour(name)
        look = {"line": {"color": colour, "dash": "solid", "width": 3 if pair.opacity(name) == 1 else 1.2}}
        if pair.opacity(name) == 1:
            traces.append(style.band("maml", position, low, high, fillcolor=colour))
        traces.append(style.line("bayes", position, mean, opacity=pair.opacity(name), **told, **look))
    traces.append({
        "type": "scatter", "mode": "lines", "x": [float(np.log(at))] * 2, "y": [1e-9, 1000], "hoverinfo": "skip",
        "line": {"color": style.FAINT, "width": 1},
    })  # fmt: skip
    right = metric.higher_is_better
    places = [(_BEST[language], style.TEXT, style.SIGN["dash"])] + [
        (pair.called(name, language), pair.colour(name), style.SIGN["solid"]) for name in (pair.one, pair.other)
    ]
    labels = [
        style.label(f"{sign} {word}", 0.99, (0.22 if right else 0.985) - 0.065 * row, colour, xref="paper",
                    yref="paper", xanchor="right", yanchor="top", bgcolor=style.BACKGROUND)
        for row, (word, colour, sign) in enumerate(places)
    ]  # fmt: skip
    return style.figure(
        traces,
        {
            "height": height,
            "margin": {"l": 62, "r": 12, "t": 8, "b": 44},
            "xaxis": {
                "tickvals": list(position), "ticktext": list(map(str, shots)), "fixedrange": True, "zeroline": False,
                "range": [-0.15, float(position[-1]) + 0.15], "title": {"text": words.labels_axis(metric)[language]},
            },
            "yaxis": style.curves_axis(metric, curves, metric.axis[language]),
            "annotations": labels,
        },
    )  # fmt: skip


def cost_chart(
    regret: Mapping[str, float], cost: Mapping[str, float], pair: Pair, lowest: float, highest: float, *,
    metric: Metric, language: Language, height: int = 320,
) -> go.Figure:  # fmt: skip
    """Regret against milliseconds to adapt. On the line are those that nobody beats in both."""
    front = frontier(regret, cost)
    units = _units(metric)
    height_of = {name: float(np.clip(regret[name], lowest, highest)) * units for name in regret}
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter", "mode": "lines", "x": [cost[name] for name in front],
            "y": [height_of[name] for name in front], "line": {"shape": "hv", "color": style.TEXT, "width": 1.6},
            "hoverinfo": "skip",
        },
        *(
            {
                "type": "scatter", "mode": "markers", "x": [cost[name]], "y": [height_of[name]],
                "marker": {"size": 12, "color": pair.colour(name)},
                "opacity": 1.0 if name in front else max(0.5, pair.opacity(name)),
                "hovertemplate": f"{pair.called(name, language)}: %{{y:.3g}}, %{{x:.3g}} ms<extra></extra>",
            }
            for name in regret
        ),
    ]  # fmt: skip
    shown = dict.fromkeys((front[-1], pair.one, pair.other))
    ends = np.log10([min(cost.values()), max(cost.values())])
    at = {name: (float(np.log10(cost[name])), float(np.log10(height_of[name]))) for name in regret}
    sides = _sides([*shown], at, {name: pair.called(name, language) for name in shown}, ends)
    labels = [
        style.label(pair.called(name, language), *at[name], pair.colour(name),
                    xanchor="left" if right > 0 else "right", yanchor="bottom" if up > 0 else "top",
                    xshift=8 * right, yshift=4 * up, font={"size": 12, "color": pair.colour(name)})
        for name, (right, up) in sides.items()
    ]  # fmt: skip
    ticks = [digit * 10.0**power for power in range(-2, 6) for digit in (1, 3)]
    axis = _regret_axis(lowest, highest, metric, language)
    return style.figure(
        traces,
        {
            "height": height,
            "margin": {"l": 66, "r": _EDGE, "t": 8, "b": 44},
            "xaxis": {
                "type": "log", "range": [float(ends[0]) - 0.15, float(ends[1]) + 0.15], "fixedrange": True,
                "tickvals": ticks, "ticktext": [f"{tick:g}" for tick in ticks], "title": {"text": _COST[language]},
            },
            "yaxis": axis | {"range": axis["range"][::-1]},
            "annotations": labels,
        },
    )  # fmt: skip


def _sides(
    names: Sequence[str], at: Mapping[str, tuple[float, float]], words_of: Mapping[str, str], ends: Array
) -> dict[str, tuple[int, int]]:
    """On which side of its dot a name covers the fewest dots and names, as (right, up), whatever the screen."""
    heights = [height for _, height in at.values()]
    spans = np.array([ends[1] - ends[0] + 0.3, max(heights) - min(heights) + 0.24])
    scales = [np.array(screen) / spans for screen in _SCREENS]
    taken = [[np.array(place) * scale for place in at.values()] for scale in scales]  # px; regret runs downwards
    sides: dict[str, tuple[int, int]] = {}
    for name in names:
        wide = sum(12 if letter > "\u2e7f" else 6.5 for letter in words_of[name])
        crowds = dict.fromkeys(((1, 1), (1, -1), (-1, 1), (-1, -1)), (0.0, 0))  # px outside, and what is covered
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


def _regret_axis(lowest: float, highest: float, metric: Metric, language: Language) -> dict[str, Any]:
    lowest, highest = lowest * _units(metric), highest * _units(metric)
    shown = [tick for tick in (10.0**power for power in range(-8, 3)) if lowest * 1.5 < tick <= highest * 1.01]
    low, high = np.log10([lowest, highest])
    return {
        "type": "log", "range": [float(low) - 0.12, float(high) + 0.12], "fixedrange": True,
        "tickvals": [lowest, *shown],
        "ticktext": [f"≤ {decimal(f'{lowest:g}')}", *(decimal(f"{tick:g}") for tick in shown)],
        "title": {"text": (_SHORT if metric.is_proportion else _SHORT_ERROR)[language]}, "zeroline": False,
    }  # fmt: skip
