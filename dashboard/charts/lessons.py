"""The pictures of the lesson: the article's line being found, and the five steps on a family of curves."""

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import playing, style
from dashboard.charts.axes import axis
from dashboard.charts.drawing import Part
from dashboard.charts.playing import POSITION
from dashboard.charts.style import COLOUR
from scenarios.learner import EVALUATION_STEPS
from scenarios.learners.registry import PRINCIPAL, TRACED
from scenarios.lessons.first_example import FLOOR, SLOPE, FirstExample, best_intercept
from scenarios.lessons.five_steps import NEGLIGIBLE, Extent, Practice
from scenarios.task import Array, Examples
from scenarios.text import Language, Text

HEIGHT = 450  # px, of each of the five pictures, so that nothing moves from step to step
_FAN = 5  # steps at least that the fan can be played for
_WITH_CONTROLS = (46, 14, 46, 46 + playing.ROOM)  # margin
_QUERY_MARKER = {"size": 8, "color": style.TEXT, "symbol": "circle-open", "opacity": 0.8}
_LOOKS = (*range(0, 20, 2), *range(20, 60, 5), *range(60, 301, 20))  # Adam's steps that have a frame

_TAUGHT = "2x + 1"  # the line without the mean of its noise
_MODEL = Text(en="the model", zh="模型")
_BEST_LINE = Text(en="optimal line, 2x + {intercept}", zh="最优直线 2x + {intercept}")
_LOSS = Text(en="<b>mean squared error</b>", zh="<b>均方误差</b>")
_ON_THESE = Text(en="on these points", zh="在这些点上")
_ON_NEW = Text(en="on new points", zh="在新的点上")
_FLOOR = Text(en="1/12, the noise", zh="1/12，即噪声方差")
_STEPS = Text(en="steps of Adam", zh="Adam 步数")
_TRUTH = Text(en="the task's true curve", zh="该任务的真实曲线")
_OTHERS = Text(en="other tasks of the family", zh="同族的其他任务")
_SUPPORT = Text(en="support: {count} to learn from", zh="支持集：{count} 个，用于学习")
_QUERY = Text(en="query: {count} for evaluation", zh="查询集：{count} 个，用于评估")
_NONE = Text(en=": 0", zh="：0")
_ERROR = Text(en="mean squared error, {tasks} test tasks", zh="均方误差（{tasks} 个测试任务的平均）")
_FROM_ONE_START = Text(en="from one initialisation, adapted to each task", zh="从同一起点出发，逐个适应各任务")
_TRUTHS = Text(en="the five tasks' true curves", zh="五个任务的真实曲线")


def first_example_chart(example: FirstExample, *, centred: bool, language: Language) -> go.Figure:
    """Draw the points and the model's line, and below them its loss. Both move as one plays."""
    ends, best = np.array([0.0, 1.0]), best_intercept(centred)
    steps = np.arange(len(example.loss))
    last = len(steps) - 1
    below: Part = {"xaxis": "x2", "yaxis": "y2"}
    traces = [
        style.scatter("markers", example.x, example.y, marker={"size": 6, "color": style.TEXT, "opacity": 0.45}),
        style.plain_line(ends, SLOPE * ends + 1, {"color": style.TEXT, "width": 1.5, "dash": "dot"}),
        style.line("bayes", ends, SLOPE * ends + best),
        style.line("scratch", ends),
        style.line("bayes", [0, last], [FLOOR, FLOOR], **below),
        style.line("scratch", steps, example.loss, width=1.5, dash="dot", **below,
                   hovertemplate=_loss_tooltip(_ON_THESE, language)),
        style.line("scratch", steps, example.expected, **below, hovertemplate=_loss_tooltip(_ON_NEW, language)),
        style.dot("scratch", **below),
    ]  # fmt: skip

    def data(step: int) -> playing.Data:
        model = np.asarray(example.slope[step] * ends + example.intercept[step])
        return [{"y": model}, {"x": [step], "y": [float(example.expected[step])]}]

    names = [
        (f"━━ {_MODEL[language]}", COLOUR["scratch"]),
        (f"╍╍ {_BEST_LINE.format(intercept='1' if centred else '1.5')[language]}", style.TEXT),
        *([] if centred else [(f"┈┈ {_TAUGHT}", style.TEXT)]),
    ]
    notes = [
        style.label(text, 0.02, 1, colour, yref="paper", xanchor="left", yanchor="top", yshift=-18 * row)
        for row, (text, colour) in enumerate(names)
    ]
    notes += [
        style.heading(_LOSS[language], 0, 0.375),
        style.heading(f"━━ {_ON_NEW[language]}　┈┈ {_ON_THESE[language]}", 1, 0.36, COLOUR["scratch"],
                      xanchor="right", yanchor="top"),
        style.label(f"╍╍ {_FLOOR[language]}", last, np.log10(FLOOR) - 0.03, xref="x2", yref="y2",
                    xanchor="right", yanchor="top"),
    ]  # fmt: skip
    return playing.playable(
        traces, (3, 7), playing.step_stops([step for step in _LOOKS if step <= last], data, language), language,
        height=600, margin=(46, 14, 22, 64 + playing.ROOM), below=64, pace=120, annotations=notes,
        xaxis=axis(-0.02, 1.02, "x", standoff=10),
        yaxis=axis(-1.2, 4.8, "y", standoff=10, domain=[0.53, 1]),
        xaxis2=axis(-3, last + 3, _STEPS[language], standoff=10, anchor="y2"),
        yaxis2=_log_axis(0.04, 30) | {"domain": [0, 0.36]},
    )  # fmt: skip


def family_chart(curves: Array, limits: Extent, axes: tuple[str, str], *, language: Language) -> go.Figure:
    """Draw step 1, curves (tasks, grid): the first is the task that was chosen."""
    grid = limits.grid()
    traces = [style.plain_line(grid, curve, {"color": style.TEXT, "width": 1.2}, opacity=0.3) for curve in curves[1:]]
    traces.append(style.plain_line(grid, curves[0], {"color": style.TEXT, "width": 3.5}))
    names = [(f"━━ {_TRUTH[language]}", style.TEXT), (f"── {_OTHERS[language]}", style.TEXT)]
    return style.figure(traces, margin=(46, 14, 46, 46), **_layout(limits, axes, names))


def examples_chart(
    truth: Array, support: Examples, query: Examples, limits: Extent, axes: tuple[str, str], *, language: Language
) -> go.Figure:
    """Draw step 2, truth (grid,), and of support and query the first task."""
    counts = support.y.shape[1], query.y.shape[1]
    names = [
        (f"● {_SUPPORT.format(count=counts[0])[language]}", style.TEXT),
        (f"○ {_QUERY.format(count=counts[1])[language]}", style.TEXT),
    ]
    traces = [_faint_truth(limits.grid(), truth), _dots(query, _QUERY_MARKER), _dots(support, style.SUPPORT)]
    return style.figure(traces, margin=(46, 14, 46, 46), **_layout(limits, axes, names))


def fit_chart(
    truth: Array, support: Examples, practice: Practice, limits: Extent, axes: tuple[str, str], *, language: Language
) -> go.Figure:
    """Draw step 3, the same network from two initialisations after every step. It opens at each evaluation step."""
    grid = limits.grid()
    traces = [_faint_truth(grid, truth), _dots(support, style.SUPPORT), *(style.line(name, grid) for name in TRACED)]

    def data(at: dict[str, int]) -> playing.Data:
        return [{"y": practice.walks[name][at[name], 0]} for name in TRACED]

    stops = playing.evaluation_stops(practice.evaluation_step, data, language)
    layout = _layout(limits, axes, [style.key(name, language) for name in TRACED])
    return playing.playable(traces, (2, 3), stops, language, margin=_WITH_CONTROLS, **layout)


def errors_chart(practice: Practice, *, tasks: int, language: Language) -> go.Figure:
    """Draw step 4, the mean squared error on test tasks after each step, with dots at the evaluation steps."""
    traces = []
    for name in TRACED:
        error = practice.errors[name]
        place = EVALUATION_STEPS.index(practice.evaluation_step[name])
        tooltip = style.hover("%{customdata}: %{y:.3g}", name, language)
        traces.append(style.line(name, POSITION, error, customdata=EVALUATION_STEPS, hovertemplate=tooltip))
        traces.append(style.dot(name, float(POSITION[place]), float(error[place])))
    reached = np.concatenate(list(practice.errors.values()))
    names = [style.key(name, language) for name in PRINCIPAL]
    if practice.best > NEGLIGIBLE:
        traces.append(style.line("bayes", POSITION[[0, -1]], [practice.best] * 2))
        reached = np.append(reached, practice.best)
    else:
        names[-1] = names[-1][0] + _NONE[language], COLOUR["bayes"]
    low, high = 10 ** np.floor(np.log10(reached.min())), 10 ** np.ceil(np.log10(np.quantile(reached, 0.95)))
    title = style.heading(f"<b>{_ERROR.format(tasks=tasks)[language]}</b>", 0, 1, yshift=54)
    return style.figure(
        traces, height=HEIGHT, margin=(56, 14, 80, 46), annotations=[*style.key_above(names, 17), title],
        xaxis=playing.steps_axis(language, 0.15, 0.15, standoff=10), yaxis=_log_axis(float(low), float(high)),
    )  # fmt: skip


def fan_chart(
    truths: Array, practice: Practice, limits: Extent, axes: tuple[str, str], *, language: Language
) -> go.Figure:
    """Draw step 5, from one start to each of several tasks, truths (tasks, grid). It opens before any step."""
    grid, trajectories = limits.grid(), practice.walks["maml"]  # (evaluation steps, tasks, grid)
    looks = EVALUATION_STEPS[: max(EVALUATION_STEPS.index(practice.evaluation_step["maml"]), _FAN) + 1]
    traces = [_faint_truth(grid, truth) for truth in truths] + [style.line("maml", grid) for _ in truths]

    def data(step: int) -> playing.Data:
        return [{"y": curve} for curve in trajectories[EVALUATION_STEPS.index(step), : len(truths)]]

    names = [(f"━━ {_FROM_ONE_START[language]}", COLOUR["maml"]), (f"┈┈ {_TRUTHS[language]}", style.TEXT)]
    moving, stops = range(len(truths), 2 * len(truths)), playing.step_stops(looks, data, language)
    layout = _layout(limits, axes, names)
    return playing.playable(traces, moving, stops, language, active=0, margin=_WITH_CONTROLS, **layout)


def _faint_truth(grid: Array, truth: Array) -> Part:
    return style.plain_line(grid, truth, {"color": style.TEXT, "width": 2, "dash": "dot"}, opacity=0.6)


def _dots(examples: Examples, marker: Part) -> Part:
    tooltip = "%{x:.2f}, %{y:.2f}<extra></extra>"
    return style.scatter("markers", examples.x[0, :, 0], examples.y[0], marker=marker, hovertemplate=tooltip)


def _loss_tooltip(text: Text, language: Language) -> str:
    return f"%{{x}}: %{{y:.4f}}<extra>{text[language]}</extra>"


def _log_axis(low: float, high: float) -> Part:
    return axis(float(np.log10(low)), float(np.log10(high)), type="log", dtick=1, minor={"ticks": ""})


def _layout(limits: Extent, axes: tuple[str, str], names: list[tuple[str, str]]) -> Part:
    x, y = axes
    room = 0.02 * (limits.x[1] - limits.x[0])
    return {
        "height": HEIGHT,
        "xaxis": axis(limits.x[0] - room, limits.x[1] + room, x, standoff=10),
        "yaxis": axis(*limits.y, y, standoff=10),
        "annotations": style.key_above(names, 17),
    }
