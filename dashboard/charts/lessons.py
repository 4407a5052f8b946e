"""The pictures of the lesson: the article's line being found, and the five steps on a family of curves."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import playing, style
from dashboard.charts.style import COLOUR, named
from scenarios.learner import EVALUATION_STEPS
from scenarios.learners.registry import TRACED
from scenarios.lessons.first_example import FLOOR, SLOPE, FirstExample, best_intercept
from scenarios.lessons.five_steps import NEGLIGIBLE, Extent, Practice
from scenarios.task import Array, Examples
from scenarios.text import Language, Text

HEIGHT = 450  # px, of each of the five pictures, so that nothing moves from step to step
_FAN = 5  # steps at least that the fan can be played for
_EXAMPLE_HEIGHT = 600
_LOOKS = (*range(0, 20, 2), *range(20, 60, 5), *range(60, 301, 20))  # Adam's steps that have a frame

_TAUGHT = "2x + 1"  # the line without the mean of its noise
_AT = Text(en="step {step}", zh="第 {step} 步")
_JUDGED = Text(en="each at its own number of steps", zh="各自的评估步数")
_MODEL = Text(en="the model", zh="模型")
_BEST_LINE = Text(en="best possible, 2x + {intercept}", zh="最优直线 2x + {intercept}")
_LOSS = Text(en="<b>mean squared error</b>", zh="<b>均方误差</b>")
_ON_THESE = Text(en="on these points", zh="在这些点上")
_ON_NEW = Text(en="on new points", zh="在新的点上")
_FLOOR = Text(en="1/12, the noise", zh="1/12，即噪声方差")
_STEPS = Text(en="steps of Adam", zh="Adam 步数")
_GRADIENT_STEPS = Text(en="gradient steps", zh="梯度下降步数")
_TRUTH = Text(en="the task's true curve", zh="该任务的真实曲线")
_OTHERS = Text(en="other tasks of the family", zh="同族的其他任务")
_SUPPORT = Text(en="support: {count} to learn from", zh="支持集：{count} 个，用于学习")
_QUERY = Text(en="query: {count} to be judged on", zh="查询集：{count} 个，用于评估")
_NONE = Text(en=": 0", zh="：0")
_ERROR = Text(en="mean squared error, {tasks} fresh tasks", zh="均方误差（{tasks} 个全新任务的平均）")
_FROM_ONE_START = Text(en="from one start, adapted to each task", zh="从同一起点出发，逐个适应各任务")
_TRUTHS = Text(en="the five tasks' true curves", zh="五个任务的真实曲线")


def first_example_chart(example: FirstExample, *, centred: bool, language: Language) -> go.Figure:
    """Above, the points and the model's line; below, its loss. Both move as one plays."""
    ends, best = np.array([0.0, 1.0]), best_intercept(centred)

    def model(step: int) -> Array:
        return np.asarray(example.slope[step] * ends + example.intercept[step])

    steps = np.arange(len(example.loss))
    last = len(steps) - 1
    below = {"xaxis": "x2", "yaxis": "y2"}
    traces = [
        {"type": "scatter", "mode": "markers", "x": example.x, "y": example.y, "hoverinfo": "skip",
         "marker": {"size": 6, "color": style.TEXT, "opacity": 0.45}},
        _plain(ends, SLOPE * ends + 1, {"color": style.TEXT, "width": 1.5, "dash": "dot"}),
        style.line("bayes", ends, SLOPE * ends + best, hoverinfo="skip"),
        style.line("scratch", ends, model(last), hoverinfo="skip"),
        style.line("bayes", [0, last], [FLOOR, FLOOR], hoverinfo="skip", **below),
        style.line("scratch", steps, example.loss, line={"width": 1.5, "dash": "dot"},
                   hovertemplate=_figure(_ON_THESE, language), **below),
        style.line("scratch", steps, example.expected, hovertemplate=_figure(_ON_NEW, language), **below),
        style.dot("scratch", last, float(example.expected[last]), **below),
    ]  # fmt: skip
    looks = [step for step in _LOOKS if step <= last]
    frames = [
        {
            "name": str(step),
            "traces": [3, 7],
            "data": [{"y": model(step)}, {"x": [step], "y": [float(example.expected[step])]}],
        }
        for step in looks
    ]
    names = [
        (f"━━ {_MODEL[language]}", COLOUR["scratch"]),
        (f"╍╍ {_BEST_LINE.format(intercept='1' if centred else '1.5')[language]}", style.TEXT),
        *([] if centred else [(f"┈┈ {_TAUGHT}", style.TEXT)]),
    ]
    top, bottom = 22, 162
    inside = {"xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
    notes = [
        style.label(text, 0.02, 1, colour, yref="paper", xanchor="left", yanchor="top", yshift=-18 * row)
        for row, (text, colour) in enumerate(names)
    ]
    notes += [
        style.label(_LOSS[language], 0, 0.375, style.TEXT, **inside),
        style.label(f"━━ {_ON_NEW[language]}　┈┈ {_ON_THESE[language]}", 1, 0.36, COLOUR["scratch"],
                    **inside | {"xanchor": "right", "yanchor": "top"}),
        style.label(f"╍╍ {_FLOOR[language]}", last, np.log10(FLOOR) - 0.03, style.TEXT, xref="x2", yref="y2",
                    xanchor="right", yanchor="top"),
    ]  # fmt: skip
    layout = {
        "height": _EXAMPLE_HEIGHT,
        "margin": {"l": 46, "r": 14, "t": top, "b": bottom},
        "xaxis": _axis(-0.02, 1.02, "x"),
        "yaxis": _axis(-1.2, 4.8, "y") | {"domain": [0.53, 1]},
        "xaxis2": _axis(-3, last + 3, _STEPS[language]) | {"anchor": "y2"},
        "yaxis2": _log_axis(0.04, 30) | {"domain": [0, 0.36]},
        "annotations": notes,
    }
    play = playing.controls(
        [(str(step), _AT.format(step=step)[language]) for step in looks],
        language,
        plot=_EXAMPLE_HEIGHT - top - bottom,
        below=bottom - playing.ROOM,
        pace=120,
    )
    return style.figure(traces, layout | play, frames)


def family_chart(curves: Array, limits: Extent, axes: tuple[str, str], *, language: Language) -> go.Figure:
    """Step 1. curves (tasks, grid): the first is the task that was chosen."""
    grid = limits.grid()
    others = {"color": style.TEXT, "width": 1.2}
    traces = [_plain(grid, curve, others, opacity=0.3) for curve in curves[1:]]
    traces.append(_plain(grid, curves[0], {"color": style.TEXT, "width": 3.5}))
    names = [(f"━━ {_TRUTH[language]}", style.TEXT), (f"── {_OTHERS[language]}", style.TEXT)]
    return style.figure(traces, _still(limits, axes, names))


def examples_chart(
    truth: Array, support: Examples, query: Examples, limits: Extent, axes: tuple[str, str], *, language: Language
) -> go.Figure:
    """Step 2. truth (grid,); support and query of which the first task is shown."""
    counts = support.y.shape[1], query.y.shape[1]
    names = [
        (f"● {_SUPPORT.format(count=counts[0])[language]}", style.TEXT),
        (f"○ {_QUERY.format(count=counts[1])[language]}", style.TEXT),
    ]
    traces = [_faint_truth(limits.grid(), truth), _query_dots(query), _support_dots(support)]
    return style.figure(traces, _still(limits, axes, names))


def fit_chart(
    truth: Array, support: Examples, practice: Practice, limits: Extent, axes: tuple[str, str], *, language: Language
) -> go.Figure:
    """Step 3. The same network from two starts, after every step. It opens with each where it is judged."""
    grid = limits.grid()
    best = {name: EVALUATION_STEPS.index(practice.evaluation_step[name]) for name in TRACED}
    traces = [_faint_truth(grid, truth), _support_dots(support)]
    traces += [style.line(name, grid, practice.walks[name][best[name], 0], hoverinfo="skip") for name in TRACED]
    looks = [(str(step), dict.fromkeys(TRACED, index)) for index, step in enumerate(EVALUATION_STEPS)] + [
        ("best", best)
    ]
    frames = [
        {"name": frame, "traces": [2, 3], "data": [{"y": practice.walks[name][at[name], 0]} for name in TRACED]}
        for frame, at in looks
    ]
    names = [(f"{style.sign(name)} {named(name, language)}", COLOUR[name]) for name in TRACED]
    stops = [(str(step), _AT.format(step=step)[language]) for step in EVALUATION_STEPS] + [("best", _JUDGED[language])]
    return style.figure(traces, _playable(limits, axes, names, stops, language), frames)


def errors_chart(practice: Practice, *, tasks: int, language: Language) -> go.Figure:
    """Step 4. Mean squared error on fresh tasks after each step; the dots stand where each learner is judged."""
    position = np.log1p(EVALUATION_STEPS)
    traces: list[dict[str, Any]] = []
    for name in TRACED:
        error = practice.errors[name]
        judged = EVALUATION_STEPS.index(practice.evaluation_step[name])
        hover = style.hover("%{customdata}: %{y:.3g}", name, language)
        traces.append(style.line(name, position, error, customdata=EVALUATION_STEPS, hovertemplate=hover))
        traces.append(style.dot(name, float(position[judged]), float(error[judged])))
    reached = np.concatenate(list(practice.errors.values()))
    if practice.best > NEGLIGIBLE:
        traces.append(style.line("bayes", position[[0, -1]], [practice.best] * 2, hoverinfo="skip"))
        reached = np.append(reached, practice.best)
    low, high = 10 ** np.floor(np.log10(reached.min())), 10 ** np.ceil(np.log10(np.quantile(reached, 0.95)))
    ticks = (0, 1, 3, 10, 30, 200)
    best = "" if practice.best > NEGLIGIBLE else _NONE[language]
    names = [(f"{style.sign(name)} {named(name, language)}", COLOUR[name]) for name in TRACED]
    names.append((f"╍╍ {named('bayes', language)}{best}", COLOUR["bayes"]))
    layout = {
        "height": HEIGHT,
        "margin": {"l": 56, "r": 14, "t": 80, "b": 46},
        "xaxis": _axis(-0.15, float(position[-1]) + 0.15, _GRADIENT_STEPS[language])
        | {"tickvals": list(np.log1p(ticks)), "ticktext": list(map(str, ticks))},
        "yaxis": _log_axis(float(low), float(high)),
        "annotations": [
            *_legend(names),
            style.label(f"<b>{_ERROR.format(tasks=tasks)[language]}</b>", 0, 1, style.TEXT, xref="paper",
                        yref="paper", xanchor="left", yanchor="bottom", yshift=54),
        ],
    }  # fmt: skip
    return style.figure(traces, layout)


def fan_chart(
    truths: Array, practice: Practice, limits: Extent, axes: tuple[str, str], *, language: Language
) -> go.Figure:
    """Step 5. From one start to each of several tasks, truths (tasks, grid). It opens at the start, before any step."""
    grid, walks = limits.grid(), practice.walks["maml"]  # (moments, tasks, grid)
    judged = EVALUATION_STEPS.index(practice.evaluation_step["maml"])
    looks = range(max(judged, _FAN) + 1)
    shown = range(len(truths))
    traces = [_faint_truth(grid, truth) for truth in truths]
    traces += [style.line("maml", grid, walks[0, task], hoverinfo="skip") for task in shown]
    moving = [len(truths) + task for task in shown]
    frames = [
        {"name": str(EVALUATION_STEPS[index]), "traces": moving, "data": [{"y": walks[index, task]} for task in shown]}
        for index in looks
    ]
    names = [(f"━━ {_FROM_ONE_START[language]}", COLOUR["maml"]), (f"┈┈ {_TRUTHS[language]}", style.TEXT)]
    stops = [(str(EVALUATION_STEPS[index]), _AT.format(step=EVALUATION_STEPS[index])[language]) for index in looks]
    return style.figure(traces, _playable(limits, axes, names, stops, language, active=0), frames)


def _plain(x: Array, y: Array, line: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "line": line, "hoverinfo": "skip"} | more


def _faint_truth(grid: Array, truth: Array) -> dict[str, Any]:
    return _plain(grid, truth, {"color": style.TEXT, "width": 2, "dash": "dot"}, opacity=0.6)


def _support_dots(support: Examples) -> dict[str, Any]:
    marker = {"size": 11, "color": style.TEXT, "line": {"width": 1.5, "color": style.BACKGROUND}}
    return _dots(support, marker)


def _query_dots(query: Examples) -> dict[str, Any]:
    return _dots(query, {"size": 8, "color": style.TEXT, "symbol": "circle-open", "opacity": 0.8})


def _dots(examples: Examples, marker: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "markers", "x": examples.x[0, :, 0], "y": examples.y[0], "marker": marker,
        "hovertemplate": "%{x:.2f}, %{y:.2f}<extra></extra>",
    }  # fmt: skip


def _figure(text: Text, language: Language) -> str:
    return f"%{{x}}: %{{y:.4f}}<extra>{text[language]}</extra>"


def _axis(low: float, high: float, title: str) -> dict[str, Any]:
    return {
        "range": [low, high], "fixedrange": True, "zeroline": False, "title": {"text": title, "standoff": 10},
    }  # fmt: skip


def _log_axis(low: float, high: float) -> dict[str, Any]:
    return {
        "type": "log", "range": [float(np.log10(low)), float(np.log10(high))], "fixedrange": True, "zeroline": False,
        "dtick": 1, "minor": {"ticks": ""},
    }  # fmt: skip


def _legend(names: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return the key, above the chart, a line each."""
    return [
        style.label(text, 0, 1, colour, xref="paper", yref="paper", xanchor="left", yanchor="bottom",
                    yshift=2 + 17 * (len(names) - 1 - row))
        for row, (text, colour) in enumerate(names)
    ]  # fmt: skip


def _still(limits: Extent, axes: tuple[str, str], names: list[tuple[str, str]]) -> dict[str, Any]:
    x, y = axes
    room = 0.02 * (limits.x[1] - limits.x[0])
    return {
        "height": HEIGHT,
        "margin": {"l": 46, "r": 14, "t": 46, "b": 46},
        "xaxis": _axis(limits.x[0] - room, limits.x[1] + room, x),
        "yaxis": _axis(*limits.y, y),
        "annotations": _legend(names),
    }


def _playable(
    limits: Extent,
    axes: tuple[str, str],
    names: list[tuple[str, str]],
    stops: list[tuple[str, str]],
    language: Language,
    active: int | None = None,
) -> dict[str, Any]:
    top, bottom = 46, 46 + playing.ROOM
    play = playing.controls(stops, language, plot=HEIGHT - top - bottom, below=46, active=active)
    return _still(limits, axes, names) | {"margin": {"l": 46, "r": 14, "t": top, "b": bottom}} | play
