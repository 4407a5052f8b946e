"""The maps of tasks and of data: points on a plane, and how well truths are read off it."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import style
from dashboard.charts.style import COLOUR, named
from scenarios.demo.maps import FeatureMap, borders
from scenarios.task import Array, Labels
from scenarios.text import Language, Text

# The theme's ten colours for what runs from little to much.
SCALE = [[i / 9, f"#0000{11 + i}"] for i in range(10)]
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x")  # of the classes, the last one first
_MOMENT = Text(en="{name}: {moment}", zh="{name}：{moment}")
_BEFORE = Text(en="<b>before</b>", zh="<b>适应前</b>")
_AFTER = Text(en="<b>after</b>", zh="<b>适应后</b>")
_LABELLED = Text(en="labelled, to learn from", zh="有标签，供学习")
_LATER = Text(en="later", zh="后续")
_WRONG = Text(en="the network errs", zh="网络判错")
_HERE = Text(en="<b>{task} {seed}</b>", zh="<b>{task} {seed} 号</b>")
_READ = Text(en="as read off the map", zh="由网络推得")
_TRUE = Text(en="true", zh="真实值")
_TRUTH = Text(en="true: {label}", zh="真实值：{label}")
_NONE = Text(en="nothing", zh="读不出")
_ALL = Text(en="everything", zh="完全读出")


def task_map_chart(
    places: Array,
    values: Array,
    seeds: Labels,
    *,
    here: int,
    task: Text,
    titles: tuple[str, str],
    label: str,
    language: Language,
) -> go.Figure:
    """Draw places (tasks, 2), coloured by values (tasks,); filled if a value is above the median.

    The task `here` has a ring and a name.
    """
    name = _HERE.format(task=task[language], seed="%{customdata}")[language]
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter", "mode": "markers", "x": places[:, 0], "y": places[:, 1], "customdata": seeds,
            "text": [f"{value:.2f}" for value in values],
            "marker": {
                "size": 10, "color": values, "colorscale": SCALE, "opacity": 0.95,
                "symbol": np.where(values > np.median(values), "circle", "diamond").tolist(),
                "line": {"width": 0.6, "color": style.TEXT},
                "colorbar": {"orientation": "h", "thickness": 8, "len": 0.5, "x": 0, "xanchor": "left", "y": 1.0,
                             "yanchor": "bottom", "outlinewidth": 0, "nticks": 5,
                             "title": {"text": _TRUTH.format(label=label)[language], "side": "top"}},
            },
            "selected": {"marker": {"opacity": 0.95}}, "unselected": {"marker": {"opacity": 0.95}},
            "hovertemplate": f"{name}<br>{_TRUE[language]}: %{{text}}<extra></extra>",
        }
    ]  # fmt: skip
    annotations = []
    for place in places[seeds == here]:
        traces.append(
            {"type": "scatter", "mode": "markers", "x": place[:1], "y": place[1:], "hoverinfo": "skip",
             "marker": {"size": 19, "symbol": "circle-open", "color": COLOUR["maml"], "line": {"width": 2.5}}}
        )  # fmt: skip
        word = _HERE.format(task=task[language].capitalize(), seed=here)[language]
        annotations.append(
            style.label(word, place[0], place[1], style.TEXT, yshift=20, bgcolor=style.BACKGROUND, borderpad=1)
        )
    layout = {
        "height": 470, "margin": {"l": 54, "r": 12, "t": 74, "b": 50}, "annotations": annotations,
        "xaxis": _axis(places[:, 0], titles[0]), "yaxis": _axis(places[:, 1], titles[1]), "clickmode": "event+select",
    }  # fmt: skip
    return style.figure(traces, layout)


def truths_chart(labels: list[str], r2: Array, chosen: int, language: Language) -> go.Figure:
    """How much of each truth is read off the map: r2 (truths, 3). Labels stand above their bars."""
    rows = np.arange(len(labels), 0, -1)
    low = min(0.0, float(np.floor(10 * r2[:, 1].min()) / 10))
    traces: list[dict[str, Any]] = [
        {
            "type": "bar", "orientation": "h", "x": r2[:, 0], "y": rows, "width": 0.34,
            "marker": {"color": style.TEXT, "opacity": [0.9 if i == chosen else 0.35 for i in range(len(labels))]},
            "error_x": {"type": "data", "array": r2[:, 2] - r2[:, 0], "arrayminus": r2[:, 0] - r2[:, 1],
                        "symmetric": False, "color": COLOUR["maml"], "thickness": 1.6, "width": 4},
            "text": labels, "textposition": "none", "hovertemplate": "%{text}: %{x:.2f}<extra></extra>",
        }
    ]  # fmt: skip
    annotations = [
        style.label(f"<b>{label}</b>" if i == chosen else label, low, float(row), style.TEXT, xanchor="left",
                    yanchor="bottom", yshift=7, font={"size": 12, "color": style.TEXT})
        for i, (label, row) in enumerate(zip(labels, rows, strict=True))
    ]  # fmt: skip
    layout = {
        "height": 90 + 46 * len(labels), "margin": {"l": 30, "r": 14, "t": 6, "b": 50}, "annotations": annotations,
        "xaxis": {"range": [low, 1.16], "ticklabeloverflow": "allow", "fixedrange": True, "tickvals": [0, 0.5, 1],
                  "zeroline": True,
                  "title": {"text": "R²", "standoff": 2},
                  "ticktext": [f"0<br>{_NONE[language]}", "0.5", f"1<br>{_ALL[language]}"]},
        "yaxis": {"range": [0.6, len(labels) + 0.75], "fixedrange": True, "visible": False},
    }  # fmt: skip
    return style.figure(traces, layout)


def data_map_chart(
    shown: FeatureMap, learner: str, support_y: Array, query_y: Array, classes: tuple[Text, ...], language: Language
) -> go.Figure:
    """Before on the left and after on the right, on the same axes. Without classes, colour and size say y."""
    traces: list[dict[str, Any]] = []
    for moment in (0, 1):
        axes = {"xaxis": f"x{moment + 1}" if moment else "x", "yaxis": "y2" if moment else "y"}
        if not classes:
            traces += _curve(shown, moment, learner, query_y, axes)
            continue
        border = borders(shown.centres[moment])
        traces.append(
            {"type": "scatter", "mode": "lines", "x": border[:, 0], "y": border[:, 1], "hoverinfo": "skip",
             "line": {"color": style.TEXT, "width": 1.2, "dash": "dot"}} | axes
        )  # fmt: skip
        for kind, text in enumerate(classes):
            symbol = SYMBOLS[len(classes) - 1 - kind]
            for right in (True, False):
                of_kind = (query_y == kind) & (shown.right[moment] == right)
                place = shown.query[moment][of_kind]
                said = "" if right else f" · {_WRONG[language]}"
                traces.append(
                    {"type": "scatter", "mode": "markers", "x": place[:, 0], "y": place[:, 1],
                     "hovertemplate": f"{text[language]}{said}<extra></extra>",
                     "marker": {"size": 7, "symbol": symbol if right else f"{symbol}-open", "color": COLOUR[learner],
                                "opacity": 0.7 if right else 0.95, "line": {"width": 1.3 if not right else 0}}} | axes
                )  # fmt: skip
            place = shown.support[moment][support_y == kind]
            traces.append(
                {"type": "scatter", "mode": "markers", "x": place[:, 0], "y": place[:, 1],
                 "hovertemplate": f"{text[language]} · {_LABELLED[language]}<extra></extra>",
                 "marker": {"size": 11, "symbol": symbol, "color": style.TEXT,
                            "line": {"width": 1.5, "color": style.BACKGROUND}}} | axes
            )  # fmt: skip
    everything = np.concatenate([shown.query, shown.support], axis=1).reshape(-1, 2)
    plain = {"showticklabels": False, "showgrid": False, "zeroline": False}
    across, up = (_axis(everything[:, side], "", shown.support[..., side]) | plain for side in (0, 1))
    heading = {"xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
    layout = {
        "height": 330, "margin": {"l": 6, "r": 6, "t": 24, "b": 6},
        "xaxis": across | {"domain": [0, 0.49]}, "xaxis2": across | {"domain": [0.51, 1], "anchor": "y2"},
        "yaxis": up, "yaxis2": up | {"anchor": "x2"},
        "annotations": [style.label(_MOMENT.format(name=named(learner, language), moment=moment)[language], at, 1,
                                    COLOUR[learner], **heading) for moment, at in ((_BEFORE, 0), (_AFTER, 0.51))],
        "shapes": [{"type": "rect", "xref": "paper", "yref": "paper", "x0": x, "x1": x + 0.49, "y0": 0, "y1": 1,
                    "line": {"color": style.FAINT, "width": 1}} for x in (0, 0.51)],
    }  # fmt: skip
    return style.figure(traces, layout)


def _curve(shown: FeatureMap, moment: int, learner: str, y: Array, axes: dict[str, str]) -> list[dict[str, Any]]:
    place, known = shown.query[moment], shown.support[moment]
    size = 6 + 8 * (y - y.min()) / (np.ptp(y) or 1.0)
    return [
        {"type": "scatter", "mode": "markers", "x": place[:, 0], "y": place[:, 1],
         "text": [f"{each:.2f}" for each in y],
         "hovertemplate": "y = %{text}<extra></extra>",
         "marker": {"size": size, "color": y, "colorscale": SCALE, "line": {"width": 0.5, "color": COLOUR[learner]}}}
        | axes,
        {"type": "scatter", "mode": "markers", "x": known[:, 0], "y": known[:, 1], "hoverinfo": "skip",
         "marker": {"size": 12, "symbol": "x-thin", "line": {"width": 2.5, "color": style.TEXT}}} | axes,
    ]  # fmt: skip


def _axis(values: Array, title: str, must: Array | None = None) -> dict[str, Any]:
    """Return an axis that holds all but the farthest hundredth of the values, what it `must` hold, and a margin."""
    low, high = np.quantile(values, [0.004, 0.996])
    if must is not None:
        low, high = min(low, must.min()), max(high, must.max())
    margin = 0.09 * (high - low) or 1.0
    return {
        "range": [float(low - margin), float(high + margin)], "fixedrange": True, "zeroline": False,
        "title": {"text": title},
    }  # fmt: skip
