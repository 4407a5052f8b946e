"""Score against number of labels: gain from meta-learning, distance to the optimum, crossing with local methods."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard import words
from dashboard.charts import style
from dashboard.charts.axes import clip_to_axis, curves_axis, labels_axis
from dashboard.charts.curves import MARGIN, CurvesChart, by_height, rows, score_tooltips
from dashboard.charts.drawing import Part
from scenarios.learners.registry import BAYES, META_LEARNED, Rung
from scenarios.metrics import Metric
from scenarios.task import Array
from scenarios.text import Language, Text

_NAMED_FIRST = (BAYES, META_LEARNED)
_TICKS = (1, 2, 5, 10, 20, 50)
_THIN = (44, 6, 12, 42)  # px, without the rows of names
_IN_A_ROW, _ROW = 2, 20  # names above a chart, px
_FIT = 50  # letters of the names in a row
_HIGHEST = 0.985  # of the chart's height: where the names at the top begin
_CLEAR = 0.035  # of its height, below a name: letters reach below their row in some fonts
_WIDTHS = {1: 0.5, 2: 0.3}  # of the chart's width: how far the first of them reaches to the right, and the second
_AXES = Text(en="{score} against {labels}", zh="横轴：{labels}；纵轴：{score}")


def labels_chart(
    shots: Sequence[int], curves: dict[str, Array], *, metric: Metric, at: int, worth: float | None, language: Language,
    height: int = 400, decision: str = "", small: bool = False,
) -> go.Figure:  # fmt: skip
    """Draw scores against numbers of labels, curves of learner -> (shots, 3): mean, low and high.

    The meta-learner and the Bayes-optimal predictor are among them. The arrow leads from the meta-learner at `at`
    labels, one of `shots`, to the number `worth` at which the best from-scratch learner draws level, or to the edge
    without one.
    A `small` chart, and one of errors, has its names in rows above it; a small one the metric's below it, no arrow.
    """
    position = np.log(shots)
    others = [name for name in curves if name not in _NAMED_FIRST]
    vertical = curves_axis(metric, curves, "" if small else metric.axis[language]) | {"automargin": not small}
    drawn = clip_to_axis(metric, curves)
    names = [*others, META_LEARNED, BAYES]
    called = [len(style.named(name, "en", decision)) for name in names]  # the same rows in every language
    in_a_row = 1 if any(sum(called[i : i + _IN_A_ROW]) > _FIT for i in range(0, len(names), _IN_A_ROW)) else _IN_A_ROW
    is_named_above = small or not metric.higher_is_better  # errors fall through any corner
    left, right, top, bottom = _THIN if small else MARGIN
    above = _ROW * -(-len(names) // in_a_row) if is_named_above else 0
    chart = CurvesChart(language, decision, height=height if small else height + above,
                        margin=(left, right, top + above, bottom))  # fmt: skip
    for name in names:
        tooltips = score_tooltips(shots, curves[name], metric)
        chart.curve(name, position, drawn[name], band=name != BAYES, **tooltips)
    start, level = float(np.log(at)), float(curves[META_LEARNED][shots.index(at), 0])
    chart.dot(META_LEARNED, start, level)
    title: Part = {"text": words.labels_axis(metric)[language], "standoff": 6}
    if small:
        axes = {"score": metric.name, "labels": words.labels_axis(metric)}
        title |= {"text": _AXES.format(**axes)[language], "font": {"size": 11}}
    else:
        if metric.higher_is_better:
            row = max(0.062, 18 / (height - MARGIN[2] - MARGIN[3]))
            vertical["range"] = _with_headroom(row, shots, drawn, vertical["range"])
            _name_lines(chart, row, shots, drawn, others, vertical)
        end = float(np.log(worth)) if worth else float(position[-1])
        chart.arrow(start, end, level if metric.is_proportion else float(np.log10(level)))
    if is_named_above:
        chart.name_above(chart.key(names), in_a_row, shift=9)
    return chart.figure(labels_axis(shots, "", _TICKS) | {"title": title}, vertical)


def _with_headroom(
    row: float, shots: Sequence[int], curves: Mapping[str, Array], ends: Sequence[float]
) -> tuple[float, float]:
    """Return the axis' range with its upper end so high that no line on the left runs through the two names there."""
    low, high = ends
    place = np.log(shots) / np.log(shots[-1])
    for names, share in _WIDTHS.items():
        highest = max(float(curve[place <= share, 0].max()) for curve in curves.values())
        high = max(high, low + (highest - low) / (_HIGHEST - names * row - 0.01))
    return low, high


def _heights_on_the_right(shots: Sequence[int], curves: Mapping[str, Array], axis: Mapping[str, Any]) -> Array:
    """Return how high lines run there, as shares of the chart's height."""
    low, high = axis["range"]
    right = np.log(shots) > 0.4 * np.log(shots[-1])
    scores = np.concatenate([curve[right, 0] for curve in curves.values()])
    heights: Array = ((np.log10(scores) if axis.get("type") == "log" else scores) - low) / (high - low)
    return heights


def _free_heights(row: float, lines: Array, count: int) -> list[float]:
    """Return the upper edges, highest first, of the lowest rows that no line on the right runs through."""
    edges: list[float] = []
    bottom = 0.0
    while len(edges) < count:
        if bottom < 0.5 and ((lines > bottom - _CLEAR) & (lines < bottom + row + 0.01)).any():
            bottom += 0.01
        else:
            bottom += row
            edges.append(bottom)
    return edges[::-1]


def _name_lines(
    chart: CurvesChart, row: float, shots: Sequence[int], curves: Mapping[str, Array], others: Sequence[str],
    axis: Mapping[str, Any],
) -> None:  # fmt: skip
    """Place the best two names in a corner that lines stay out of, the others in the opposite one, by their ends."""
    lines = _heights_on_the_right(shots, curves, axis)
    order = by_height({name: curves[name] for name in others}, len(shots) // 4)
    ceiling = f"{style.sign(BAYES)} {Rung.BAYES.label[chart.language]}", style.COLOUR[BAYES]
    chart.name_lines([ceiling, *chart.key([META_LEARNED])], rows(_HIGHEST, row, 2), borderpad=0)
    chart.name_lines(chart.key(order), _free_heights(row, lines, len(order)), right=True, borderpad=0)
