"""What meta-learning needs: score against training tasks, against time, against its settings, against novelty."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import style
from dashboard.charts.novelty import novelty_chart
from dashboard.charts.style import COLOUR, named
from dashboard.language import percent
from scenarios.evaluation.estimate import Estimate
from scenarios.metrics import Metric
from scenarios.task import Array
from scenarios.text import Language, Text

ORDERS = {
    "second_order": Text(en="with second derivatives", zh="含二阶导数"),
    "first_order": Text(en="without (first order)", zh="不含（一阶）"),
}
_ORDER_COLOUR = {"second_order": COLOUR["maml"], "first_order": "#000006"}
_MARGIN = {"l": 62, "r": 14, "t": 36, "b": 50}
_TWO_ROWS = 54  # px above the chart, where the names do not fit into one
_A_ROW = 36  # letters of names
_CLOSE = 0.12  # of an axis: labels that are nearer to each other run into one another on a phone
_TASKS = Text(en="tasks to meta-train on", zh="元训练任务数")
_SHARES = Text(en="share of all tasks, most similar first", zh="占全部任务的比例（最相似者优先）")
_SECONDS = Text(en="seconds of meta-training", zh="元训练用时（秒）")
_RATE = Text(en="inner learning rate", zh="内循环学习率")
_STEPS = Text(en="inner steps taken", zh="内循环步数")
_LOSES = Text(en="better without", zh="不用更好")
_CHOSEN = Text(en="used here", zh="本站所用")
_TRAINED = Text(en="as trained", zh="训练时的步数")


def tasks_chart(
    counts: Sequence[int], score: Array, ahead: Array, reference: Mapping[str, Estimate], *, metric: Metric,
    language: Language, height: int = 400,
) -> go.Figure:  # fmt: skip
    """Draw scores against the number of training tasks.

    score (counts, 3): mean, low, high; ahead (counts, 3): of from scratch. reference: that learner, then "bayes".
    """
    told = [_thousands(count) for count in counts]
    return _experience(_TASKS, counts, told, score, ahead, reference, metric, language, height)


def shares_chart(
    shares: Sequence[float], score: Array, ahead: Array, reference: Mapping[str, Estimate], *, metric: Metric,
    language: Language, height: int = 400,
) -> go.Figure:  # fmt: skip
    """Draw scores after meta-training on the tasks nearest to one of them; shares in (0, 1]. Else as `tasks_chart`."""
    told = [percent(share) for share in shares]
    return _experience(_SHARES, shares, told, score, ahead, reference, metric, language, height)


def _experience(
    title: Text, amounts: Sequence[float], told: Sequence[str], score: Array, ahead: Array,
    reference: Mapping[str, Estimate], metric: Metric, language: Language, height: int,
) -> go.Figure:  # fmt: skip
    """Score against how much meta-training has seen, and up to where doing without is surely better."""
    x, most = np.log10(amounts), ahead[:, 2]  # the most by which it may be ahead
    shapes, notes = [], []
    left, right = float(x[0]) - 0.12, float(x[-1]) + 0.12
    open_still = np.flatnonzero(most >= 0)
    if not len(open_still) or open_still[0]:  # it loses from the left on, up to a point between two amounts
        i = int(open_still[0]) if len(open_still) else len(x)
        end = right if i == len(x) else float(x[i - 1] + (x[i] - x[i - 1]) * most[i - 1] / (most[i - 1] - most[i]))
        shapes.append(_shade(left, end))
        place = {"yref": "paper", "xanchor": "left", "yanchor": "bottom", "xshift": 3}
        notes.append(style.label(_LOSES[language], left, 0.02, style.TEXT, **place))
    traces = [
        *_references(reference, left, right, metric, language),
        *_measured("maml", x, told, score, metric, language),
    ]
    entries = [(named("maml", language), COLOUR["maml"], "solid"), *_entries(reference, language)]
    axis = _axis(title[language], left, right, x, told)
    return _figure(traces, entries, axis, score, reference, metric, language, height, shapes, notes)


def time_chart(
    runs: Mapping[str, tuple[Sequence[float], Array]], reference: Mapping[str, Estimate], *, metric: Metric,
    language: Language, height: int = 400,
) -> go.Figure:  # fmt: skip
    """Draw scores against training time. runs: one of ORDERS -> (seconds, score (evaluations, 3))."""
    ends = np.log10([bound for seconds, _ in runs.values() for bound in (seconds[0], seconds[-1])])
    left, right = float(ends.min()) - 0.08, float(ends.max()) + 0.08
    traces = _references(reference, left, right, metric, language)
    entries = []
    for order, (seconds, score) in runs.items():
        name, colour = ORDERS[order][language], _ORDER_COLOUR[order]
        dash = "solid" if order == "second_order" else "dash"
        more = {"line": {"color": colour, "dash": dash}, "marker": {"color": colour, "size": 6}}
        told = [f"{taken:,.2f} s" for taken in seconds]
        traces += _measured("maml", np.log10(seconds), told, score, metric, language, called=name, **more)
        traces[-2]["fillcolor"] = colour
        entries.append((name, colour, dash))
    ticks = [tick for power in range(-3, 6) for tick in (10.0**power, 3 * 10.0**power)]
    axis = _axis(_SECONDS[language], left, right, np.log10(ticks), [f"{tick:g}" for tick in ticks])
    both = np.concatenate([score for _, score in runs.values()])
    return _figure(traces, [*entries, *_entries(reference, language)], axis, both, reference, metric, language, height)


def rate_chart(
    rates: Sequence[float], score: Array, chosen: float, reference: Mapping[str, Estimate], *, metric: Metric,
    language: Language, height: int = 340,
) -> go.Figure:  # fmt: skip
    """Each inner rate meta-trained with; `chosen` is the recipe's."""
    x = np.log10(rates)
    return _setting(_RATE, x, [f"{rate:g}" for rate in rates], score, (_CHOSEN, float(np.log10(chosen))), reference,
                    metric, language, height)  # fmt: skip


def steps_chart(
    steps: Sequence[int], score: Array, trained_for: int, reference: Mapping[str, Estimate], *, metric: Metric,
    language: Language, height: int = 340,
) -> go.Figure:  # fmt: skip
    """Fewer and more steps than were trained for, from the same start."""
    x = np.log10(1 + np.array(steps))
    return _setting(_STEPS, x, [str(step) for step in steps], score, (_TRAINED, float(np.log10(1 + trained_for))),
                    reference, metric, language, height)  # fmt: skip


def robustness_chart(
    rho: Sequence[float], curves: dict[str, Array], overtaken_at: float | None, *, metric: Metric, language: Language,
    height: int = 330,
) -> go.Figure:  # fmt: skip
    """Score against novelty, and the novelty from which on the best from-scratch learner is ahead."""
    figure = novelty_chart(rho, curves, metric=metric, language=language, height=height)
    if overtaken_at is not None:
        note = style.label(
            f"ρ ≈ {overtaken_at:.2f}", overtaken_at, 1.0, style.TEXT, yref="paper", yanchor="top",
            xanchor="right" if overtaken_at > 0.5 else "left",
        )  # fmt: skip
        layout = figure.to_dict()["layout"]
        layout |= {"shapes": [_shade(overtaken_at, 1.02)], "annotations": [*layout["annotations"], note]}
        return go.Figure({"data": figure.to_dict()["data"], "layout": layout}, _validate=False)
    return figure


def _setting(
    title: Text, x: Array, told: Sequence[str], score: Array, marked: tuple[Text, float],
    reference: Mapping[str, Estimate], metric: Metric, language: Language, height: int,
) -> go.Figure:  # fmt: skip
    """Score against one setting, whose value in the recipe is marked."""
    left, right = float(x[0]) - 0.1, float(x[-1]) + 0.1
    word, place = marked
    shapes = [{
        "type": "line", "x0": place, "x1": place, "y0": 0, "y1": 1, "yref": "paper", "layer": "below",
        "line": {"color": style.EDGE, "width": 1.5, "dash": "dot"},
    }]  # fmt: skip
    side = "left" if place < (left + right) / 2 else "right"
    shift = 5 if side == "left" else -5
    notes = [
        style.label(word[language], place, 0.01, style.TEXT, yref="paper", yanchor="bottom", xanchor=side, xshift=shift)
    ]
    traces = [
        *_references(reference, left, right, metric, language),
        *_measured("maml", x, told, score, metric, language),
    ]
    entries = [(named("maml", language), COLOUR["maml"], "solid"), *_entries(reference, language)]
    axis = _axis(title[language], left, right, x, told, marked=place)
    return _figure(traces, entries, axis, score, reference, metric, language, height, shapes, notes)


def _figure(
    traces: list[dict[str, Any]], entries: Sequence[tuple[str, str, str]], axis: dict[str, Any], score: Array,
    reference: Mapping[str, Estimate], metric: Metric, language: Language, height: int,
    shapes: Sequence[dict[str, Any]] = (), notes: Sequence[dict[str, Any]] = (),
) -> go.Figure:  # fmt: skip
    means = np.concatenate([score[:, 0], [estimate[0] for estimate in reference.values()]])
    vertical = style.score_axis(metric, metric.axis[language], float(means.max()))
    if metric.is_proportion and means.min() < vertical["range"][0]:  # worse than guessing, even
        vertical["range"] = [float(np.floor(10 * means.min()) / 10), vertical["range"][1]]
    margin = _MARGIN | ({"t": _TWO_ROWS} if _in_a_row(entries) < len(entries) else {})
    layout = {
        "height": height, "margin": margin, "xaxis": axis, "yaxis": vertical, "shapes": list(shapes),
        "annotations": [*_names(entries), *notes],
    }  # fmt: skip
    return style.figure(traces, layout)


def _names(entries: Sequence[tuple[str, str, str]]) -> list[dict[str, Any]]:
    """(name, colour, dash) in rows above the chart: lines may meet anywhere, and names stay readable."""
    in_a_row = _in_a_row(entries)
    edge = 2 - _MARGIN["l"]
    places = [(0.0, "left", edge), (0.5, "center", edge / 2), (1.0, "right", 0)]
    if in_a_row == 2:
        places = [places[0], places[2]]
    rows = (len(entries) - 1) // in_a_row
    return [
        style.label(
            f"{style.SIGN[dash]} {name}", places[i % in_a_row][0], 1.0, colour, font={"color": colour, "size": 12},
            xref="paper", yref="paper", xanchor=places[i % in_a_row][1], xshift=places[i % in_a_row][2],
            yanchor="bottom", yshift=6 + 20 * (rows - i // in_a_row),
        )
        for i, (name, colour, dash) in enumerate(entries)
    ]  # fmt: skip


def _in_a_row(entries: Sequence[tuple[str, str, str]]) -> int:
    """How many names a phone has room for."""
    letters = sum(len(name) + sum(letter > "\u2e7f" for letter in name) for name, _, _ in entries)
    return 3 if len(entries) <= 3 and letters <= _A_ROW else 2


def _entries(reference: Mapping[str, Estimate], language: Language) -> list[tuple[str, str, str]]:
    return [(named(name, language), COLOUR[name], style.DASH[name]) for name in reference]


def _references(
    reference: Mapping[str, Estimate], left: float, right: float, metric: Metric, language: Language
) -> list[dict[str, Any]]:
    """Level lines: what training tasks have no part in. The ceiling has no band, for it is no learner."""
    traces = []
    for name, estimate in reference.items():
        level = np.array([estimate, estimate])
        more = {"hovertemplate": style.hover(style.told(metric), name, language)}
        made = style.measured(name, [left, right], level, **more)
        traces += made[1:] if name == "bayes" else made
    return traces


def _measured(
    name: str, x: Array, told: Sequence[object], score: Array, metric: Metric, language: Language, called: str = "",
    **more: Any,
) -> list[dict[str, Any]]:  # fmt: skip
    text = f"%{{customdata}}: {style.told(metric)}<extra>{called or named(name, language)}</extra>"
    marked = {"mode": "lines+markers", "marker": {"color": COLOUR[name], "size": 7}, "customdata": list(told)}
    return style.measured(name, x, score, **(marked | {"hovertemplate": text} | more))


def _axis(
    title: str, left: float, right: float, ticks: Array, told: Sequence[str], marked: float | None = None
) -> dict[str, Any]:
    """Ticks that are too close to one that is named have no name: `marked` comes first, then the last ones."""
    inside = [(float(tick), text) for tick, text in zip(ticks, told, strict=True) if left <= tick <= right]
    named_at: list[float] = []
    for tick, _ in sorted(inside, key=lambda one: (marked is None or abs(one[0] - marked) > 1e-9, -one[0])):
        if all(abs(tick - other) >= _CLOSE * (right - left) for other in named_at):
            named_at.append(tick)
    return {
        "range": [left, right], "fixedrange": True, "zeroline": False, "title": {"text": title, "standoff": 12},
        "tickvals": [tick for tick, _ in inside], "tickangle": 0,
        "ticktext": [text if tick in named_at else "" for tick, text in inside],
    }  # fmt: skip


def _shade(left: float, right: float) -> dict[str, Any]:
    """Where doing without is better."""
    return {
        "type": "rect", "x0": left, "x1": right, "y0": 0, "y1": 1, "yref": "paper", "layer": "below",
        "fillcolor": COLOUR["scratch"], "opacity": 0.1, "line": {"width": 0},
    }  # fmt: skip


def _thousands(count: int) -> str:
    return f"{count // 1000}k" if count >= 1000 and count % 1000 == 0 else str(count)
