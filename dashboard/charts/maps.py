"""The maps of tasks and of data: points on a plane, and how well truths are read off it."""

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import style
from dashboard.charts.axes import axis
from dashboard.charts.drawing import Part
from dashboard.charts.style import COLOUR, named
from scenarios.demo.maps import FeatureMap, borders
from scenarios.task import Array, Labels
from scenarios.text import Language, Text

# The theme's ten colours of a sequential scale.
SCALE = [[i / 9, f"#0000{11 + i}"] for i in range(10)]
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x")  # symbols of the classes, the last one first
_MOMENT = Text(en="{name}: {moment}", zh="{name}：{moment}")
_BEFORE = Text(en="<b>before</b>", zh="<b>适应前</b>")
_AFTER = Text(en="<b>after</b>", zh="<b>适应后</b>")
_LABELLED = Text(en="labelled (support set)", zh="标注样本（支持集）")
_WRONG = Text(en="misclassified", zh="网络判错")
_HERE = Text(en="<b>{task} {seed}</b>", zh="<b>{task} {seed} 号</b>")
_TRUE = Text(en="true", zh="真实值")
_TRUTH = Text(en="true: {label}", zh="真实值：{label}")
_NONE = Text(en="not recoverable", zh="读不出")
_ALL = Text(en="fully recovered", zh="完全读出")


def task_map_chart(
    places: Array, values: Array, seeds: Labels, *, here: int, task: Text, titles: tuple[str, str], label: str,
    language: Language,
) -> go.Figure:  # fmt: skip
    """Draw places (tasks, 2), coloured by values (tasks,); filled if a value is above the median.

    The task `here` has a ring and a name.
    """
    name = _HERE.format(task=task[language], seed="%{customdata}")[language]
    marker = {
        "size": 10, "color": values, "colorscale": SCALE, "opacity": 0.95,
        "symbol": np.where(values > np.median(values), "circle", "diamond").tolist(),
        "line": {"width": 0.6, "color": style.TEXT},
        "colorbar": {"orientation": "h", "thickness": 8, "len": 0.5, "x": 0, "xanchor": "left", "y": 1.0,
                     "yanchor": "bottom", "outlinewidth": 0, "nticks": 5,
                     "title": {"text": _TRUTH.format(label=label)[language], "side": "top"}},
    }  # fmt: skip
    steady = {"marker": {"opacity": 0.95}}  # also while one is chosen
    traces = [
        style.scatter(
            "markers", *places.T, customdata=seeds, text=[f"{value:.2f}" for value in values], marker=marker,
            selected=steady, unselected=steady,
            hovertemplate=f"{name}<br>{_TRUE[language]}: %{{text}}<extra></extra>",
        )
    ]  # fmt: skip
    annotations = []
    for place in places[seeds == here]:
        ring = {"size": 19, "symbol": "circle-open", "color": COLOUR["maml"], "line": {"width": 2.5}}
        traces.append(style.scatter("markers", place[:1], place[1:], marker=ring))
        word = _HERE.format(task=task[language].capitalize(), seed=here)[language]
        annotations.append(style.label(word, *place, yshift=20, bgcolor=style.BACKGROUND, borderpad=1))
    return style.figure(
        traces, height=470, margin=(54, 12, 74, 50), annotations=annotations, clickmode="event+select",
        xaxis=_axis(places[:, 0], titles[0]), yaxis=_axis(places[:, 1], titles[1]),
    )  # fmt: skip


def truths_chart(labels: list[str], r2: Array, chosen: int, language: Language) -> go.Figure:
    """Draw how much of each truth is read off the map, r2 (truths, 3). Labels stand above their bars."""
    rows = np.arange(len(labels), 0, -1)
    low = min(0.0, float(np.floor(10 * r2[:, 1].min()) / 10))
    traces: list[Part] = [
        {
            "type": "bar", "orientation": "h", "x": r2[:, 0], "y": rows, "width": 0.34,
            "marker": {"color": style.TEXT, "opacity": [0.9 if i == chosen else 0.35 for i in range(len(labels))]},
            "error_x": style.error_bars(r2[:, 0], r2[:, 1], r2[:, 2], COLOUR["maml"], symmetric=False, thickness=1.6),
            "text": labels, "textposition": "none", "hovertemplate": "%{text}: %{x:.2f}<extra></extra>",
        }
    ]  # fmt: skip
    annotations = [
        style.label(f"<b>{label}</b>" if i == chosen else label, low, float(row), size=12, xanchor="left",
                    yanchor="bottom", yshift=7)
        for i, (label, row) in enumerate(zip(labels, rows, strict=True))
    ]  # fmt: skip
    return style.figure(
        traces, height=90 + 46 * len(labels), margin=(30, 14, 6, 50), annotations=annotations,
        xaxis=axis(low, 1.16, "R²", standoff=2, ticklabeloverflow="allow", tickvals=[0, 0.5, 1], zeroline=True,
                   ticktext=[f"0<br>{_NONE[language]}", "0.5", f"1<br>{_ALL[language]}"]),
        yaxis={"range": [0.6, len(labels) + 0.75], "fixedrange": True, "visible": False},
    )  # fmt: skip


def data_map_chart(
    shown: FeatureMap, learner: str, support_y: Array, query_y: Array, classes: tuple[Text, ...], language: Language
) -> go.Figure:
    """Draw before on the left and after on the right, on the same axes. Without classes, colour and size say y."""
    traces: list[Part] = []
    for moment in (0, 1):
        axes: Part = {"xaxis": f"x{moment + 1}" if moment else "x", "yaxis": "y2" if moment else "y"}
        query, support = shown.query[moment], shown.support[moment]
        if not classes:
            traces += _points_by_value(query, support, learner, query_y, axes)
            continue
        border = {"color": style.TEXT, "width": 1.2, "dash": "dot"}
        x, y = borders(shown.centres[moment]).T
        traces.append(style.plain_line(x, y, border, **axes))
        for kind, text in enumerate(classes):
            symbol = SYMBOLS[len(classes) - 1 - kind]
            for right in (True, False):
                place = query[(query_y == kind) & (shown.right[moment] == right)]
                look = {"symbol": symbol, "opacity": 0.7, "line": {"width": 0}}
                if not right:
                    look = {"symbol": f"{symbol}-open", "opacity": 0.95, "line": {"width": 1.3}}
                tooltip = f"{text[language]}{'' if right else f' · {_WRONG[language]}'}<extra></extra>"
                marker = {"size": 7, "color": COLOUR[learner]} | look
                traces.append(style.scatter("markers", *place.T, marker=marker, hovertemplate=tooltip, **axes))
            tooltip = f"{text[language]} · {_LABELLED[language]}<extra></extra>"
            marker, place = style.SUPPORT | {"symbol": symbol}, support[support_y == kind]
            traces.append(style.scatter("markers", *place.T, marker=marker, hovertemplate=tooltip, **axes))
    everything = np.concatenate([shown.query, shown.support], axis=1).reshape(-1, 2)
    plain = {"showticklabels": False, "showgrid": False, "zeroline": False}
    across, up = (_axis(everything[:, side], "", shown.support[..., side]) | plain for side in (0, 1))
    return style.figure(
        traces, height=330, margin=(6, 6, 24, 6),
        xaxis=across | {"domain": [0, 0.49]}, xaxis2=across | {"domain": [0.51, 1], "anchor": "y2"},
        yaxis=up, yaxis2=up | {"anchor": "x2"},
        annotations=[style.heading(_MOMENT.format(name=named(learner, language), moment=moment)[language], at, 1,
                                   COLOUR[learner]) for moment, at in ((_BEFORE, 0), (_AFTER, 0.51))],
        shapes=[{"type": "rect", **style.PAPER, "x0": x, "x1": x + 0.49, "y0": 0, "y1": 1,
                 "line": {"color": style.FAINT, "width": 1}} for x in (0, 0.51)],
    )  # fmt: skip


def _points_by_value(query: Array, support: Array, learner: str, y: Array, axes: Part) -> list[Part]:
    size = 6 + 8 * (y - y.min()) / (np.ptp(y) or 1.0)
    marker = {"size": size, "color": y, "colorscale": SCALE, "line": {"width": 0.5, "color": COLOUR[learner]}}
    cross = {"size": 12, "symbol": "x-thin", "line": {"width": 2.5, "color": style.TEXT}}
    look: Part = {"text": [f"{each:.2f}" for each in y], "hovertemplate": "y = %{text}<extra></extra>"}
    return [
        style.scatter("markers", query[:, 0], query[:, 1], marker=marker, **look, **axes),
        style.scatter("markers", support[:, 0], support[:, 1], marker=cross, **axes),
    ]


def _axis(values: Array, title: str, must: Array | None = None) -> Part:
    """Return an axis that holds all but the farthest hundredth of the values, those in `must`, and a margin."""
    low, high = np.quantile(values, [0.004, 0.996])
    if must is not None:
        low, high = min(low, must.min()), max(high, must.max())
    margin = 0.09 * (high - low) or 1.0
    return axis(float(low - margin), float(high + margin), title)
