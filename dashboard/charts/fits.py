"""The picture that one plays where a number is predicted: curves bend towards a few points, step by step.

After Finn, Abbeel and Levine 2017 (arXiv:1703.03400), figure 2. Above, the points and every learner's curve; below, the
error after each step, for this task and on average. Over the upper part lies an unseen lattice of places, because
Plotly tells of a press only where there is a point.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import playing, style
from dashboard.charts.player import Averages
from dashboard.charts.style import COLOUR, named
from scenarios.demo.precomputed import DemoTask
from scenarios.learner import EVALUATION_STEPS
from scenarios.learners.registry import TRACED
from scenarios.metrics import Metric
from scenarios.task import Array, Examples
from scenarios.text import Language, Text

PLACES = 41, 25  # of the lattice, across and up
DEVIATIONS = 2  # standard deviations to either side of the best possible mean
_HEIGHT, _TOP, _BELOW = 780, 80, 46
_FITS, _SCORES = [0.37, 1.0], [0.0, 0.23]  # shares of the height
_POSITION = np.log1p(EVALUATION_STEPS)  # early steps far apart, late ones close
_TICKS = (0, 1, 3, 10, 30, 200)
_FAR = 20.0  # heights of the picture beyond which nothing is told apart

_AT = Text(en="step {step}", zh="第 {step} 步")
_JUDGED = Text(en="each at its own number of steps", zh="各自的评估步数")
_STEPS = Text(en="gradient steps", zh="梯度下降步数")
_HERE = Text(en="<b>MSE here</b>", zh="<b>此处均方误差</b>")
_AVERAGE = Text(en="<b>mean of {tasks}</b>", zh="<b>{tasks} {task}平均</b>")
_UNKNOWN = Text(en="no score: nobody knows<br>the truth of your points", zh="没有分数：<br>你的点没有标准答案")
_POOLED = Text(en="pooled (no points)", zh="合并训练（不看点）")
_BEST = Text(en="best possible ±{deviations} SD", zh="贝叶斯最优 ±{deviations}σ")
_TRUE = Text(en="truth", zh="真实曲线")
_TRUE_WITHOUT_NOISE = Text(en="truth without noise", zh="真实曲线（不含噪声）")
_POINTS = Text(en="{count} points to learn from", zh="用于学习的点：{count} 个")
_PLACE = Text(en="add a point: {x}, {y}", zh="在此加点：{x}，{y}")


@dataclass(frozen=True)
class Frame:
    """What a picture shows: the same for every task of a family, so that nothing moves."""

    x: tuple[float, float]
    y: tuple[float, float]
    error: float  # the largest that there is room for, unless a learner is judged where it errs more

    def holds(self, x: float, y: float) -> bool:
        return self.x[0] <= x <= self.x[1] and self.y[0] <= y <= self.y[1]

    def places(self) -> tuple[Array, Array]:
        """Where a press is felt, x and y, each in hundredths as an address has them."""
        across, up = (np.linspace(*ends, count).round(2) for ends, count in zip((self.x, self.y), PLACES, strict=True))
        x, y = np.meshgrid(across, up)
        return x.ravel(), y.ravel()


@dataclass(frozen=True)
class Truth:
    """What is known of a task that was made, and never of a reader's own points."""

    curve: Array  # (grid,), without noise
    noisy: bool
    offset: float  # by how much the noise lifts points on average


def fits_chart(
    shown: DemoTask,
    grid: Array,
    points: Examples,
    truth: Truth | None,
    averages: Averages,
    frame: Frame,
    *,
    task: Text,
    metric: Metric,
    axes: tuple[str, str],
    language: Language,
) -> go.Figure:
    """points: one task's, x (1, n, 1), y (1, n). The first trace is the lattice. Without a truth there are no scores.

    The figure opens with each learner at the step where it is judged.
    """
    best = {name: EVALUATION_STEPS.index(shown.evaluation_step[name]) for name in TRACED}
    curves = {name: _tame(shown.walks[name], frame.y) for name in TRACED}
    traces = [_lattice(frame, language), *_standing(shown, grid, truth, frame)]

    first = len(traces)
    traces += [style.line(name, grid, curves[name][best[name]], hoverinfo="skip") for name in TRACED]
    traces.append(_dots(points))
    heads = []
    for curve, where in _scores(shown, averages, frame):
        traces += curve.traces(where, metric, language)
        heads += [(name, walk, where) for name, walk in curve.walks.items()]
    dots = len(traces)
    traces += [style.dot(name, _POSITION[best[name]], walk[best[name]], **where) for name, walk, where in heads]

    moving = [first, first + 1, *range(dots, len(traces))]
    stops = [(str(step), _AT.format(step=step)[language]) for step in EVALUATION_STEPS] + [("best", _JUDGED[language])]
    looks = [dict.fromkeys(TRACED, index) for index in range(len(EVALUATION_STEPS))] + [best]
    frames = [
        {
            "name": name,
            "traces": moving,
            "data": [{"y": curves[learner][at[learner]]} for learner in TRACED]
            + [{"x": _POSITION[at[learner], None], "y": walk[at[learner], None]} for learner, walk, _ in heads],
        }
        for (name, _), at in zip(stops, looks, strict=True)
    ]
    annotations = _names(shown, points, truth, language) + _headings(shown, averages, task, language)
    plot = _HEIGHT - _TOP - _BELOW - playing.ROOM
    layout = _layout(frame, shown, axes, metric, language) | {"annotations": annotations}
    return style.figure(traces, layout | playing.controls(stops, language, plot=plot, below=_BELOW), frames)


@dataclass(frozen=True)
class _Scores:
    """One of the two lower pictures."""

    walks: dict[str, Array]  # learner -> (evaluation steps,)
    bands: dict[str, Array]  # learner -> (evaluation steps, 2), low and high
    best: float | None
    room: float  # the largest error that the axis holds

    def traces(self, where: dict[str, str], metric: Metric, language: Language) -> list[dict[str, Any]]:
        found = []
        for name, band in self.bands.items():
            on = np.cumprod(self.walks[name] <= self.room) > 0  # it ends where its line leaves the picture
            found.append(style.band(name, _POSITION[on], band[on, 0], band[on, 1], **where))
        for name, walk in self.walks.items():
            told = style.hover("%{customdata}: " + style.told(metric), name, language)
            found.append(style.line(name, _POSITION, walk, customdata=EVALUATION_STEPS, hovertemplate=told, **where))
        if self.best is not None:
            found.append(style.line("bayes", _POSITION[[0, -1]], [self.best] * 2, hoverinfo="skip", **where))
        return found


def _scores(shown: DemoTask, averages: Averages, frame: Frame) -> list[tuple[_Scores, dict[str, str]]]:
    """Return this task's errors, if there is a truth, and the mean ones; each with its place."""
    room = (0.0, _room(shown, frame))
    here = {name: _tame(shown.walk_scores[name], room) for name in TRACED if name in shown.walk_scores}
    mean = {name: _tame(averages.walks[name], room) for name in TRACED}
    return [
        (_Scores(here, {}, shown.scores.get("bayes"), room[1]), {"xaxis": "x2", "yaxis": "y2"}),
        (
            _Scores(
                {name: walk[:, 0] for name, walk in mean.items()},
                {name: walk[:, 1:] for name, walk in mean.items()},
                averages.ceiling,
                room[1],
            ),
            {"xaxis": "x3", "yaxis": "y3"},
        ),
    ]


def _room(shown: DemoTask, frame: Frame) -> float:
    """Return the largest error that the axes have room for."""
    return max([frame.error, *(shown.scores[name] for name in TRACED if name in shown.scores)])


def _tame(values: Array, room: tuple[float, float]) -> Array:
    """Finite, and no farther from the picture than matters: a walk beyond its training may lead anywhere."""
    far = _FAR * (room[1] - room[0])
    tamed: Array = np.clip(np.nan_to_num(values, nan=room[1] + far), room[0] - far, room[1] + far)
    return tamed


def _lattice(frame: Frame, language: Language) -> dict[str, Any]:
    x, y = frame.places()
    unseen = {"marker": {"opacity": 0}}
    told = _PLACE.format(x="%{x:.2f}", y="%{y:.2f}")[language]
    return {
        "type": "scatter", "mode": "markers", "x": x, "y": y, "marker": {"size": 12, "opacity": 0},
        "selected": unseen, "unselected": unseen, "hovertemplate": f"{told}<extra></extra>",
    }  # fmt: skip


def _standing(shown: DemoTask, grid: Array, truth: Truth | None, frame: Frame) -> list[dict[str, Any]]:
    """Return the traces that stand still: the true curve, the Bayes-optimal one with its band, closed-form answers."""
    traces: list[dict[str, Any]] = []
    if truth is not None:
        traces.append(
            {"type": "scatter", "mode": "lines", "x": grid, "y": truth.curve, "hoverinfo": "skip", "opacity": 0.35,
             "line": {"color": style.TEXT, "width": 5}}
        )  # fmt: skip
    if "bayes" in shown.answers:
        mean, deviation = shown.answers["bayes"].T
        low, high = mean - DEVIATIONS * deviation, mean + DEVIATIONS * deviation
        traces.append(style.band("bayes", grid, low, high, opacity=0.13))
        traces.append(style.line("bayes", grid, mean, line={"width": 2}, hoverinfo="skip"))
    for name in _at_once(shown):
        curve = _tame(shown.answers[name][:, 0], frame.y)
        traces.append(style.line(name, grid, curve, line={"width": 2}, hoverinfo="skip"))
    return traces


def _at_once(shown: DemoTask) -> list[str]:
    """Those that answer without a walk: the pooled network, and the textbook's method."""
    return sorted(shown.answers.keys() - {*TRACED, "bayes"}, key=lambda name: name != "pooled")


def _dots(points: Examples) -> dict[str, Any]:
    marker = {"size": 11, "color": style.TEXT, "line": {"width": 1.5, "color": style.BACKGROUND}}
    return {
        "type": "scatter", "mode": "markers", "x": points.x[0, :, 0], "y": points.y[0], "marker": marker,
        "unselected": {"marker": {"opacity": 1}}, "hoverinfo": "skip",
    }  # fmt: skip


def _names(shown: DemoTask, points: Examples, truth: Truth | None, language: Language) -> list[dict[str, Any]]:
    """Return the key, above the chart in two columns."""
    left = [(f"{style.sign(name)} {named(name, language)}", COLOUR[name]) for name in TRACED]
    for name in _at_once(shown):
        text = _POOLED[language] if name == "pooled" else named(name, language)
        left.append((f"{style.sign(name)} {text}", COLOUR[name]))
    right = [(f"● {_POINTS.format(count=points.y.shape[1])[language]}", style.TEXT)]
    if truth is not None:
        right.append((f"▬ {(_TRUE_WITHOUT_NOISE if truth.noisy else _TRUE)[language]}", style.TEXT))
    if "bayes" in shown.answers:
        right.append((f"{style.sign('bayes')} {_BEST.format(deviations=DEVIATIONS)[language]}", style.TEXT))
    return [
        style.label(text, x, 1, colour, xref="paper", yref="paper", xanchor="left", yanchor="bottom",
                    yshift=2 + 18 * (3 - row), font={"color": colour, "size": 12.5})
        for x, column in ((0, left), (0.5, right))
        for row, (text, colour) in enumerate(column)
    ]  # fmt: skip


def _headings(shown: DemoTask, averages: Averages, task: Text, language: Language) -> list[dict[str, Any]]:
    average = _AVERAGE.format(tasks=averages.tasks, task=task[language])[language]
    above = {"xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
    notes = [
        style.label(_HERE[language], 0, _SCORES[1] + 0.01, style.TEXT, **above),
        style.label(average.replace("<b>m", "<b>M"), 0.54, _SCORES[1] + 0.01, style.TEXT, **above),
    ]
    if not shown.walk_scores:
        notes.append(style.label(_UNKNOWN[language], 0.23, sum(_SCORES) / 2, style.TEXT, xref="paper", yref="paper"))
    return notes


def _layout(frame: Frame, shown: DemoTask, axes: tuple[str, str], metric: Metric, language: Language) -> dict[str, Any]:
    still = {"fixedrange": True, "zeroline": False}
    room = 0.02 * (frame.x[1] - frame.x[0])
    steps = still | {
        "tickvals": [float(np.log1p(t)) for t in _TICKS], "ticktext": list(map(str, _TICKS)), "tickangle": 0,
        "range": [-0.2, float(_POSITION[-1]) + 0.3], "title": {"text": _STEPS[language], "standoff": 4},
    }  # fmt: skip
    error = style.score_axis(metric, highest=_room(shown, frame)) | {"domain": _SCORES}
    return {
        "height": _HEIGHT,
        "margin": {"l": 46, "r": 14, "t": _TOP, "b": _BELOW + playing.ROOM},
        "xaxis": still | {"range": [frame.x[0] - room, frame.x[1] + room], "anchor": "y",
            "title": {"text": axes[0], "standoff": 2}},
        "yaxis": still | {"range": list(frame.y), "domain": _FITS, "title": {"text": axes[1], "standoff": 2}},
        "xaxis2": steps | {"domain": [0, 0.46], "anchor": "y2"},
        "yaxis2": error,
        "xaxis3": steps | {"domain": [0.54, 1], "anchor": "y3"},
        "yaxis3": error | {"anchor": "x3", "matches": "y2", "showticklabels": not shown.walk_scores},
    }  # fmt: skip
