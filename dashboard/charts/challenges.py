"""Charts of the challenges: score against training tasks, time, hyperparameters and task shift."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import axes, style
from dashboard.charts.curves import CurvesChart
from dashboard.charts.drawing import Part
from dashboard.charts.style import COLOUR
from dashboard.language import percent
from scenarios.learners.registry import BAYES, REGISTRY, Rung
from scenarios.metrics import Metric
from scenarios.task import Array
from scenarios.text import Language, Text

ORDERS = {
    "second_order": Text(en="with second derivatives", zh="含二阶导数"),
    "first_order": Text(en="without (first order)", zh="不含（一阶）"),
}
_ORDER_COLOUR = {"second_order": COLOUR["maml"], "first_order": "#000006"}
_ABOVE, _ROW = 16, 20  # px above the chart, and for each row of names there
_A_ROW, _A_PAIR = 36, 42  # letters of three names, and of two, that fit side by side on a phone
_CLOSE = 0.12  # of an axis: labels that are nearer to each other run into one another on a phone
_TASKS = Text(en="meta-training tasks", zh="元训练任务数")
_OTHER_TASKS = Text(en="other tasks to learn from", zh="可借鉴的其他任务数")
_SHARES = Text(en="fraction of all tasks, most similar first", zh="占全部任务的比例（最相似者优先）")
_SECONDS = Text(en="seconds of meta-training", zh="元训练用时（秒）")
_RATE = Text(en="inner learning rate", zh="内循环学习率")
_STEPS = Text(en="inner steps taken", zh="内循环步数")
_CURVATURE = Text(en="curvature: twist (radians per SD)", zh="弯曲程度：扭转（弧度/标准差）")
_LOSES = Text(en="local labels alone are better", zh="只用本任务标注更好")
_CHOSEN = Text(en="used here", zh="本站所用")
_YOURS = Text(en="yours: {count}", zh="你的：{count} 个")
_TRAINED = Text(en="as trained", zh="训练时的步数")


@dataclass(frozen=True)
class Comparison:
    """The scores that every chart of a scenario compares with, and the words that it is drawn in."""

    metric: Metric
    reference: Mapping[str, Sequence[float]]  # the from-scratch learner, then "bayes": mean, low and high
    language: Language


def tasks_chart(
    counts: Sequence[int],
    score: Array,
    ahead: Array,
    compared: Comparison,
    simple: tuple[str, Sequence[int], Array] | None,
) -> go.Figure:
    """Draw scores against the number of training tasks.

    score (counts, 3): mean, low and high; ahead (counts, 3): its lead over the from-scratch learner. simple: a method
    of simple statistics, its numbers of other tasks, and its scores.
    """
    return _amounts_chart(_TASKS, counts, list(map(_thousands, counts)), score, ahead, compared, simple)


def shares_chart(shares: Sequence[float], score: Array, ahead: Array, compared: Comparison) -> go.Figure:
    """Draw scores after meta-training on the tasks nearest to one of them; shares in (0, 1]. Else as `tasks_chart`."""
    return _amounts_chart(_SHARES, shares, list(map(percent, shares)), score, ahead, compared)


def experience_chart(
    learners: Mapping[str, tuple[Sequence[int], Array]], compared: Comparison, chosen: int | None = None
) -> go.Figure:
    """Draw scores against the number of other tasks: learner -> (counts, score (counts, 3)), the meta-learner first.

    A line marks a `chosen` number, which the axis reaches even if nothing was measured there.
    """
    counts = sorted({count for each, _ in learners.values() for count in each})
    ends = [*counts, chosen] if chosen else counts
    left, right = float(np.log10(min(ends))) - 0.12, float(np.log10(max(ends))) + 0.12
    place = float(np.log10(chosen)) if chosen else None
    axis = _axis(_OTHER_TASKS[compared.language], left, right, np.log10(counts), list(map(_thousands, counts)), place)
    entries = [
        (style.named(name, compared.language), COLOUR[name], style.DASH[name] if name != "maml" else "solid")
        for name in learners
    ]
    chart = _start(compared, axis, entries)
    if chosen and place is not None:
        _mark(chart, _YOURS.format(count=f"{chosen:,}")[compared.language], place, left, right)
    for name, (each, score) in learners.items():
        _draw(chart, compared, np.log10(each), list(map(_thousands, each)), score, name)
    return chart.figure(axis, _vertical_axis(compared, *(score for _, score in learners.values())))


GROUPS = {  # groups of methods on curved inputs, with the looks of their lines; the colour is that of their rung
    "local": (Rung.LOCAL.label, COLOUR["scratch"], "dashdot"),
    "linear": (Text(en="simple statistics", zh="简单统计"), COLOUR["random_effects_lda"], "solid"),
    "squares": (Text(en="with squares", zh="加平方项与乘积项"), COLOUR["random_effects_lda"], "longdash"),
    "cubes": (Text(en="with cubes", zh="再加立方项"), COLOUR["random_effects_lda"], "dot"),
    "network": (Text(en="with a network's features", zh="用网络特征"), COLOUR["in_context"], "longdashdot"),
    "maml": (REGISTRY["maml"].name_in("league"), COLOUR["maml"], "solid"),
}  # fmt: skip


def curvature_chart(
    dials: Sequence[float], scores: Mapping[str, Array], bayes: Array, metric: Metric, language: Language
) -> go.Figure:
    """Draw scores (dials, 3) of GROUPS, and the Bayes-optimal one, against how curved the shared structure is."""
    x = np.array(dials)
    axis = axes.axis(
        float(x[0]) - 0.05, float(x[-1]) + 0.05, _CURVATURE[language], standoff=12, tickvals=list(x),
        ticktext=[f"{dial:g}" for dial in dials],
    )  # fmt: skip
    looks = {group: GROUPS[group] for group in scores}
    entries = [(f"{style.SIGN[dash]} {name[language]}", colour) for name, colour, dash in looks.values()]
    entries.append(style.key(BAYES, language))
    chart = CurvesChart(language, height=460, margin=(62, 14, 20 * -(-len(entries) // 2) + 14, 50))
    chart.name_above(entries, 2)
    template = f"%{{x}}: {axes.score_format(metric)}"
    chart.curve(BAYES, x, bayes, template, band=False)
    for group, (name, colour, dash) in looks.items():
        marker = {"color": colour, "size": 6}
        chart.curve(
            "maml", x, scores[group], template, text=name[language], colour=colour, dash=dash, mode="lines+markers",
            marker=marker,
        )  # fmt: skip
    means = np.concatenate([bayes, *scores.values()])[:, 0]
    vertical = axes.score_axis(metric, metric.axis[language], float(means.max()))
    if metric.is_proportion:  # many lines close together: none of the axis is left empty
        vertical["range"] = [float(np.floor(10 * means.min()) / 10), vertical["range"][1]]
    return chart.figure(axis, vertical)


def _amounts_chart(
    title: Text, amounts: Sequence[float], ticks: Sequence[str], score: Array, ahead: Array, compared: Comparison,
    simple: tuple[str, Sequence[int], Array] | None = None,
) -> go.Figure:  # fmt: skip
    """Draw scores against how much meta-training has seen, and shade where local labels alone are surely better."""
    x, most = np.log10(amounts), ahead[:, 2]  # the most by which it may be ahead
    left, right = float(x[0]) - 0.12, float(x[-1]) + 0.12
    axis = _axis(title[compared.language], left, right, x, ticks)
    rivals = [(style.named(simple[0], compared.language), COLOUR[simple[0]], style.DASH[simple[0]])] if simple else []
    chart = _start(compared, axis, [_own(compared.language), *rivals])
    open_still = np.flatnonzero(most >= 0)
    if not len(open_still) or open_still[0]:  # it loses from the left on, up to a point between two amounts
        i = int(open_still[0]) if len(open_still) else len(x)
        end = right if i == len(x) else float(x[i - 1] + (x[i] - x[i - 1]) * most[i - 1] / (most[i - 1] - most[i]))
        chart.shade(left, end)
        place: Part = {"yref": "paper", "xanchor": "left", "yanchor": "bottom", "xshift": 3}
        chart.note(_LOSES[compared.language], left, 0.02, **place)
    if simple:
        name, counts, scores = simple
        _draw(chart, compared, np.log10(counts), list(map(_thousands, counts)), scores, name)
    _draw(chart, compared, x, ticks, score)
    return chart.figure(axis, _vertical_axis(compared, score))


def time_chart(runs: Mapping[str, tuple[Sequence[float], Array]], compared: Comparison) -> go.Figure:
    """Draw scores against training time. runs: one of ORDERS -> (seconds, score (evaluations, 3))."""
    ends = np.log10([bound for seconds, _ in runs.values() for bound in (seconds[0], seconds[-1])])
    ticks = [tick for power in range(-3, 6) for tick in (10.0**power, 3 * 10.0**power)]
    left, right = float(ends.min()) - 0.08, float(ends.max()) + 0.08
    axis = _axis(_SECONDS[compared.language], left, right, np.log10(ticks), [f"{tick:g}" for tick in ticks])
    dashes = {order: "solid" if order == "second_order" else "dash" for order in runs}
    entries = [(ORDERS[order][compared.language], _ORDER_COLOUR[order], dashes[order]) for order in runs]
    chart = _start(compared, axis, entries)
    for (seconds, score), (name, colour, dash) in zip(runs.values(), entries, strict=True):
        times = [f"{taken:,.2f} s" for taken in seconds]
        look: Part = {"colour": colour, "dash": dash, "marker": {"color": colour, "size": 6}}
        _draw(chart, compared, np.log10(seconds), times, score, text=name, **look)
    return chart.figure(axis, _vertical_axis(compared, *(score for _, score in runs.values())))


def rate_chart(rates: Sequence[float], score: Array, chosen: float, compared: Comparison) -> go.Figure:
    """Draw scores (rates, 3) against the inner rate that was meta-trained with; `chosen` is the recipe's."""
    ticks = [f"{rate:g}" for rate in rates]
    return _setting_chart(_RATE, np.log10(rates), ticks, score, _CHOSEN, float(np.log10(chosen)), compared)


def steps_chart(steps: Sequence[int], score: Array, trained_for: int, compared: Comparison) -> go.Figure:
    """Draw scores (steps, 3) after fewer and more steps than were trained for, from the same start."""
    x, place = np.log10(1 + np.array(steps)), float(np.log10(1 + trained_for))
    return _setting_chart(_STEPS, x, list(map(str, steps)), score, _TRAINED, place, compared)


def _setting_chart(
    title: Text, x: Array, ticks: Sequence[str], score: Array, mark: Text, place: float, compared: Comparison
) -> go.Figure:
    """Draw scores against one setting, with a mark at the place of the recipe's."""
    left, right = float(x[0]) - 0.1, float(x[-1]) + 0.1
    axis = _axis(title[compared.language], left, right, x, ticks, marked=place)
    chart = _start(compared, axis, [_own(compared.language)], height=340)
    _mark(chart, mark[compared.language], place, left, right)
    _draw(chart, compared, x, ticks, score)
    return chart.figure(axis, _vertical_axis(compared, score))


def _mark(chart: CurvesChart, text: str, place: float, left: float, right: float) -> None:
    """Mark a place on the axis, with a word on the side that has more room."""
    chart.mark(place)
    side, shift = ("left", 5) if place < (left + right) / 2 else ("right", -5)
    chart.note(text, place, 0.01, yref="paper", yanchor="bottom", xanchor=side, xshift=shift)


def _start(compared: Comparison, axis: Part, entries: Sequence[tuple[str, str, str]], height: int = 400) -> CurvesChart:
    """Return a chart with the names, entries (name, colour, dash) first, and level lines for the reference.

    Training tasks have no part in the latter. The ceiling has no band, for it is no learner.
    """
    language, learners = compared.language, compared.reference
    entries = [*entries, *((style.named(name, language), COLOUR[name], style.DASH[name]) for name in learners)]
    letters = [len(name) + sum(letter > "\u2e7f" for letter in name) for name, _, _ in entries]
    pairs = [sum(letters[i : i + 2]) for i in range(0, len(letters), 2)]
    in_a_row = 3 if len(entries) <= 3 and sum(letters) <= _A_ROW else 2 if max(pairs) <= _A_PAIR else 1
    above = _ABOVE + _ROW * -(-len(entries) // in_a_row)
    chart = CurvesChart(language, height=height, margin=(62, 14, above, 50))
    chart.name_above([(f"{style.SIGN[dash]} {name}", colour) for name, colour, dash in entries], in_a_row)
    for name, estimate in learners.items():
        level, template = np.array([estimate, estimate]), axes.score_format(compared.metric)
        chart.curve(name, axis["range"], level, template, band=name != "bayes")
    return chart


def _own(language: Language) -> tuple[str, str, str]:
    return style.named("maml", language), COLOUR["maml"], "solid"


def _draw(
    chart: CurvesChart, compared: Comparison, x: Array, ticks: Sequence[str], score: Array, learner: str = "maml",
    **look: Any,
) -> None:  # fmt: skip
    """Draw a learner's score (points, 3); tooltips call the points as the ticks do."""
    look = {"mode": "lines+markers", "marker": {"color": COLOUR[learner], "size": 7}, "customdata": ticks} | look
    chart.curve(learner, x, score, f"%{{customdata}}: {axes.score_format(compared.metric)}", **look)


def _vertical_axis(compared: Comparison, *scores: Array) -> Part:
    metric = compared.metric
    means = [*np.concatenate(scores)[:, 0], *(estimate[0] for estimate in compared.reference.values())]
    axis = axes.score_axis(metric, metric.axis[compared.language], float(max(means)))
    if metric.is_proportion and min(means) < axis["range"][0]:  # worse than guessing, even
        axis["range"] = [float(np.floor(10 * min(means)) / 10), axis["range"][1]]
    return axis


def _axis(
    title: str, left: float, right: float, ticks: Array, texts: Sequence[str], marked: float | None = None
) -> Part:
    """Return an axis on which ticks too close to a named one have no name: `marked` comes first, then the last."""
    inside = [(float(tick), text) for tick, text in zip(ticks, texts, strict=True) if left <= tick <= right]
    named_at: list[float] = []
    for tick, _ in sorted(inside, key=lambda one: (marked is None or abs(one[0] - marked) > 1e-9, -one[0])):
        if all(abs(tick - other) >= _CLOSE * (right - left) for other in named_at):
            named_at.append(tick)
    return axes.axis(
        left, right, title, standoff=12, tickangle=0, tickvals=[tick for tick, _ in inside],
        ticktext=[text if tick in named_at else "" for tick, text in inside],
    )  # fmt: skip


def _thousands(count: int) -> str:
    return f"{count // 1000}k" if count >= 1000 and count % 1000 == 0 else str(count)
