"""Worlds side by side: the best score of each rung beside the best one without local labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import axes, style
from dashboard.charts.drawing import Part
from dashboard.charts.style import DARK, GREEN, GREY, MAIN, MODEL
from scenarios.learners.registry import Rung
from scenarios.metrics import Metric
from scenarios.text import Language

RUNG_COLOUR = {
    Rung.NO_LOCAL_LABELS: GREY,
    Rung.LOCAL: GREEN,
    Rung.BORROWING: MODEL,
    Rung.META_LEARNED: MAIN,
    Rung.BAYES: DARK,
}
_ABOVE = list(Rung)[1:]  # whose scores stand beside the level of the lowest
_HALF = 0.36  # half the length of that level, as a share of a world's width
_HEIGHT, _MARGIN = 380, (58, 10, 84, 44)  # px
_IN_A_ROW, _ROW = 2, 20  # names above the chart, px
_MARGIN_OF_SHARES = 0.01  # below the lowest line of the grid


@dataclass(frozen=True)
class WorldColumn:
    """One world: its label, the gain from labels, and each rung's score with interval and tooltip."""

    label: str
    gain: str
    scores: Mapping[Rung, Sequence[float]]
    tooltips: Mapping[Rung, str]


def worlds_chart(
    worlds: Sequence[WorldColumn], chosen: int, *, ends: tuple[float, float], metric: Metric, language: Language
) -> go.Figure:
    """Draw the rungs' scores in each world, which stems join to the level without local labels; one is `chosen`.

    ends: the lowest and the highest score at any number of labels, so that the axis never moves.
    """
    traces: list[Part] = []
    places = dict(zip(_ABOVE, np.linspace(-0.24, 0.24, len(_ABOVE)), strict=True))
    for at, world in enumerate(worlds):
        level = world.scores[Rung.NO_LOCAL_LABELS][0]
        traces.append(
            style.plain_line(
                [at - _HALF, at, at + _HALF], [level] * 3,
                {"color": RUNG_COLOUR[Rung.NO_LOCAL_LABELS], "width": 2.5, "dash": "dash"},
                hovertemplate=f"{world.tooltips[Rung.NO_LOCAL_LABELS]}<extra></extra>",
            )
        )  # fmt: skip
        for rung, place in places.items():
            mean, low, high = world.scores[rung]
            colour, x = RUNG_COLOUR[rung], at + place
            traces.append(style.plain_line([x, x], [level, mean], {"color": colour, "width": 2.5}, opacity=0.55))
            interval: Part = {"type": "data", "array": [high - mean], "arrayminus": [mean - low]}
            look: Part = {"color": colour, "thickness": 1.5, "width": 4}
            traces.append(
                style.scatter(
                    "markers", [x], [mean], marker={"size": 11, "color": colour}, error_y=interval | look,
                    hovertemplate=f"{world.tooltips[rung]}<extra></extra>",
                )
            )  # fmt: skip
    names = [(f"{style.SIGN['dash']} {Rung.NO_LOCAL_LABELS.short[language]}", RUNG_COLOUR[Rung.NO_LOCAL_LABELS])]
    names += [(f"● {rung.short[language]}", RUNG_COLOUR[rung]) for rung in _ABOVE]
    above: Part = {"yref": "paper", "xanchor": "center", "yanchor": "bottom"}
    gains = [style.label(world.gain, at, 1.0, size=13, yshift=1, **above) for at, world in enumerate(worlds)]
    shade: Part = {
        "type": "rect", "x0": chosen - 0.47, "x1": chosen + 0.47, "y0": 0, "y1": 1, "yref": "paper", "layer": "below",
        "fillcolor": style.FAINT, "opacity": 0.35, "line": {"width": 0},
    }  # fmt: skip
    low, high = ends
    if metric.is_proportion:
        vertical = axes.share_axis(np.floor(20 * low) / 20 - _MARGIN_OF_SHARES, 1.0, metric.axis[language])
    else:
        vertical = axes.axis(0, 1.1 * high, metric.axis[language])
    horizontal = axes.axis(
        -0.5, len(worlds) - 0.5, tickvals=list(range(len(worlds))), ticktext=[world.label for world in worlds]
    )
    return style.figure(
        traces, height=_HEIGHT, margin=_MARGIN, xaxis=horizontal | {"showgrid": False}, yaxis=vertical,
        annotations=[*gains, *_key(names)], shapes=[shade],
    )  # fmt: skip


def _key(names: Sequence[tuple[str, str]]) -> list[Part]:
    """Return the names in rows above the gains."""
    rows = -(-len(names) // _IN_A_ROW)
    return [
        style.heading(
            text, at % _IN_A_ROW / _IN_A_ROW, 1.0, colour, size=12, yshift=_ROW * (rows - at // _IN_A_ROW),
        )
        for at, (text, colour) in enumerate(names)
    ]  # fmt: skip
