"""The player of a regression: curves adapt to a few points, step by step.

After Finn, Abbeel and Levine 2017 (arXiv:1703.03400), figure 2. Above, the points and every learner's curve; below, the
error after each step, for this task and on average. Over the upper part lies an unseen lattice of places, because
Plotly reports a click only where there is a point.
"""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import playing, style
from dashboard.charts.axes import axis, score_axis, score_format
from dashboard.charts.drawing import Part
from dashboard.charts.player import Averages
from dashboard.charts.playing import POSITION
from dashboard.charts.style import COLOUR
from scenarios.demo.precomputed import DemoTask
from scenarios.learner import EVALUATION_STEPS
from scenarios.learners.registry import TRACED
from scenarios.metrics import Metric
from scenarios.task import Array, Examples
from scenarios.text import Language, Text

PLACES = 41, 25  # points of the lattice, horizontally and vertically
DEVIATIONS = 2  # standard deviations to either side of the best possible mean
_HEIGHT, _TOP, _BELOW = 780, 80, 46
_FITS, _SCORES = [0.37, 1.0], [0.0, 0.23]  # shares of the height
_FAR = 20.0  # heights of the picture, beyond which no difference is seen

_HERE = Text(en="<b>MSE, this task</b>", zh="<b>本任务均方误差</b>")
_UNKNOWN = Text(en="no score: your points<br>have no known truth", zh="没有分数：<br>你的点没有标准答案")
_POOLED = Text(en="pooled (no points)", zh="合并训练（不看点）")
_BEST = Text(en="Bayes-optimal ±{deviations} SD", zh="贝叶斯最优 ±{deviations}σ")
_TRUE = Text(en="truth", zh="真实曲线")
_TRUE_WITHOUT_NOISE = Text(en="noise-free truth", zh="真实曲线（不含噪声）")
_POINTS = Text(en="{count} points to learn from", zh="用于学习的点：{count} 个")
_PLACE = Text(en="add a point: {x}, {y}", zh="在此加点：{x}，{y}")


@dataclass(frozen=True)
class Frame:
    """The axes of a picture: the same for every task of a family, so that nothing moves."""

    x: tuple[float, float]
    y: tuple[float, float]
    error: float  # the largest that there is room for, unless a learner is judged where it errs more

    def holds(self, x: float, y: float) -> bool:
        """Return whether a point lies in the picture."""
        return self.x[0] <= x <= self.x[1] and self.y[0] <= y <= self.y[1]

    def places(self) -> tuple[Array, Array]:
        """Return the places of the lattice, x and y, in hundredths as a URL has them."""
        across, up = (np.linspace(*ends, count).round(2) for ends, count in zip((self.x, self.y), PLACES, strict=True))
        x, y = np.meshgrid(across, up)
        return x.ravel(), y.ravel()


@dataclass(frozen=True)
class Truth:
    """The truth of a generated task; a user's own points have none."""

    curve: Array  # (grid,), without noise
    noisy: bool
    offset: float  # by how much the noise lifts points on average


def fits_chart(
    shown: DemoTask, grid: Array, points: Examples, truth: Truth | None, averages: Averages, frame: Frame, *,
    task: Text, metric: Metric, axes: tuple[str, str], language: Language,
) -> go.Figure:  # fmt: skip
    """Draw the fits to points of one task, x (1, n, 1) and y (1, n). Without a truth there are no scores.

    The first trace is the lattice. The figure opens with each learner at its evaluation step.
    """
    curves = {name: _tame(shown.walks[name], frame.y) for name in TRACED}
    lattice = style.click_targets(*frame.places(), _PLACE.format(x="%{x:.2f}", y="%{y:.2f}")[language])
    traces = [lattice, *_still_traces(shown, grid, truth, frame)]
    first = len(traces)
    traces += [style.line(name, grid) for name in TRACED]
    traces.append(_points(points))
    room, heads = _room(shown, frame), []
    here = {name: _tame(shown.walk_scores[name][:, None], (0.0, room)) for name in TRACED if shown.walk_scores}
    mean = {name: _tame(averages.walks[name], (0.0, room)) for name in TRACED}
    for errors, best, panel in (
        (here, shown.scores.get("bayes"), {"xaxis": "x2", "yaxis": "y2"}),
        (mean, averages.ceiling, {"xaxis": "x3", "yaxis": "y3"}),
    ):
        traces += _score_traces(errors, best, room, panel, metric, language)
        heads += [(name, curve[:, 0], panel) for name, curve in errors.items()]
    moving = [first, first + 1, *range(len(traces), len(traces) + len(heads))]
    traces += [style.dot(name) | panel for name, _, panel in heads]

    def data(at: dict[str, int]) -> playing.Data:
        fits = [{"y": curves[name][at[name]]} for name in TRACED]
        return fits + [{"x": POSITION[at[name], None], "y": errors[at[name], None]} for name, errors, _ in heads]

    plot = _plot(frame, axes)
    error = score_axis(metric, highest=room) | {"domain": _SCORES}
    return playing.playable(
        traces, moving, playing.evaluation_stops(shown.evaluation_step, data, language), language,
        height=_HEIGHT, margin=(46, 14, _TOP, _BELOW + playing.ROOM), below=_BELOW,
        xaxis=plot["xaxis"],
        yaxis=plot["yaxis"] | {"domain": _FITS},
        **playing.score_axes(error, language, anchor="x3", showticklabels=not shown.walk_scores),
        annotations=_names(shown, points, truth, language) + _headings(shown, averages, task, language),
    )  # fmt: skip


def curves_chart(
    shown: DemoTask, grid: Array, points: Examples, truth: Truth | None, frame: Frame, *, axes: tuple[str, str],
    language: Language,
) -> go.Figure:  # fmt: skip
    """Draw the same fits without their errors, in a figure that is wide and low."""
    curves = {name: _tame(shown.walks[name], frame.y) for name in TRACED}
    traces = _still_traces(shown, grid, truth, frame)
    moving = range(len(traces), len(traces) + len(curves))
    traces += [style.line(name, grid) for name in curves]
    traces.append(_points(points))

    def data(at: dict[str, int]) -> playing.Data:
        return [{"y": curve[at[name]]} for name, curve in curves.items()]

    left, right = _entries(shown, points, truth, language)
    entries = [*left, *right]
    look: Part = {"rows": 2, "size": 12.5}
    names = [
        note
        for column in range(0, len(entries), 2)
        for note in style.key_above(entries[column : column + 2], 18, x=0.26 * column / 2, **look)
    ]
    return playing.playable(
        traces, moving, playing.evaluation_stops(shown.evaluation_step, data, language), language,
        height=420, margin=(46, 14, 44, _BELOW + playing.ROOM), below=_BELOW,
        annotations=names, **_plot(frame, axes),
    )  # fmt: skip


def points_chart(points: Examples, frame: Frame, *, axes: tuple[str, str]) -> go.Figure:
    """Draw the points of one task, x (1, n, 1) and y (1, n), and nothing of its curve."""
    return style.figure([_points(points)], height=420, margin=(46, 14, 44, _BELOW), **_plot(frame, axes))


def _plot(frame: Frame, axes: tuple[str, str]) -> Part:
    """Return the axes of the curves."""
    margin = 0.02 * (frame.x[1] - frame.x[0])
    return {
        "xaxis": axis(frame.x[0] - margin, frame.x[1] + margin, axes[0], standoff=2, anchor="y"),
        "yaxis": axis(*frame.y, axes[1], standoff=2),
    }


def _points(points: Examples) -> Part:
    return style.scatter(
        "markers", points.x[0, :, 0], points.y[0], marker=style.SUPPORT, unselected={"marker": {"opacity": 1}}
    )


def _score_traces(
    errors: dict[str, Array], best: float | None, room: float, panel: Part, metric: Metric, language: Language
) -> list[Part]:
    """Return one of the two lower pictures, errors of learner -> (evaluation steps, 1, or 3 with an interval)."""
    traces = []
    for name, curve in errors.items():
        if curve.shape[1] == 3:
            on = np.cumprod(curve[:, 0] <= room) > 0  # the interval ends where its line leaves the picture
            traces.append(style.band(name, POSITION[on], *curve[on, 1:].T, **panel))
    for name, curve in errors.items():
        tooltip = style.hover("%{customdata}: " + score_format(metric), name, language)
        look = panel | {"customdata": EVALUATION_STEPS, "hovertemplate": tooltip}
        traces.append(style.line(name, POSITION, curve[:, 0], **look))
    if best is not None:
        traces.append(style.line("bayes", POSITION[[0, -1]], [best] * 2, **panel))
    return traces


def _room(shown: DemoTask, frame: Frame) -> float:
    """Return the largest error that the axes have room for."""
    return max([frame.error, *(shown.scores[name] for name in TRACED if name in shown.scores)])


def _tame(values: Array, room: tuple[float, float]) -> Array:
    """Return finite values near the picture: a trajectory beyond its training may lead anywhere."""
    far = _FAR * (room[1] - room[0])
    tamed: Array = np.clip(np.nan_to_num(values, nan=room[1] + far), room[0] - far, room[1] + far)
    return tamed


def _still_traces(shown: DemoTask, grid: Array, truth: Truth | None, frame: Frame) -> list[Part]:
    """Return the traces that stand still: the true curve, the Bayes-optimal one with its band, closed-form answers."""
    traces: list[Part] = []
    if truth is not None:
        traces.append(style.plain_line(grid, truth.curve, {"color": style.TEXT, "width": 5}, opacity=0.35))
    if "bayes" in shown.answers:
        mean, deviation = shown.answers["bayes"].T
        low, high = mean - DEVIATIONS * deviation, mean + DEVIATIONS * deviation
        traces.append(style.band("bayes", grid, low, high, opacity=0.13))
        traces.append(style.line("bayes", grid, mean, width=2))
    for name in _at_once(shown):
        curve = _tame(shown.answers[name][:, 0], frame.y)
        traces.append(style.line(name, grid, curve, width=2))
    return traces


def _at_once(shown: DemoTask) -> list[str]:
    """Return the learners without inner steps: the pooled network, and the textbook's method."""
    return sorted(shown.answers.keys() - {*TRACED, "bayes"}, key=lambda name: name != "pooled")


def _names(shown: DemoTask, points: Examples, truth: Truth | None, language: Language) -> list[Part]:
    """Return the key, above the chart in two columns."""
    left, right = _entries(shown, points, truth, language)
    look: Part = {"rows": 4, "size": 12.5}
    return style.key_above(left, 18, **look) + style.key_above(right, 18, x=0.5, **look)


def _entries(
    shown: DemoTask, points: Examples, truth: Truth | None, language: Language
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return the entries of the key: the learners and their references."""
    left = [style.key(name, language) for name in (*TRACED, *_at_once(shown))]
    if "pooled" in shown.answers:
        left[len(TRACED)] = f"{style.sign('pooled')} {_POOLED[language]}", COLOUR["pooled"]
    right = [(f"● {_POINTS.format(count=points.y.shape[1])[language]}", style.TEXT)]
    if truth is not None:
        right.append((f"▬ {(_TRUE_WITHOUT_NOISE if truth.noisy else _TRUE)[language]}", style.TEXT))
    if "bayes" in shown.answers:
        right.append((f"{style.sign('bayes')} {_BEST.format(deviations=DEVIATIONS)[language]}", style.TEXT))
    return left, right


def _headings(shown: DemoTask, averages: Averages, task: Text, language: Language) -> list[Part]:
    average = playing.AVERAGE.format(tasks=averages.tasks, task=task[language])[language].replace("<b>m", "<b>M")
    notes = [style.heading(text, x, _SCORES[1] + 0.01) for text, x in ((_HERE[language], 0), (average, 0.54))]
    if not shown.walk_scores:
        notes.append(style.label(_UNKNOWN[language], 0.23, sum(_SCORES) / 2, **style.PAPER))
    return notes
