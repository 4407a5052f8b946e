"""Examples that are windows of signals: one of each class side by side, and the plane used in telematics."""

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import style
from dashboard.charts.axes import axis
from dashboard.charts.drawing import Part
from scenarios.scenario import Feature, Signal
from scenarios.task import Array, Labels
from scenarios.text import Language, Text

_LOW = 60  # px: a row that is lower has room for fewer ticks
_ROUND = np.array([1, 1.2, 1.6, 2, 2.5, 3, 4, 5, 6, 8, 10])  # ends of an axis, times a power of ten
# Of the plane, in its unit: few, so that one task seldom needs another than the next.
_REACHES = (0.5, 0.8, 1.3, 2.0, 5.0)

_SECONDS = Text(en="seconds", zh="秒")
_ROW = Text(en="{feature}, {unit}", zh="{feature}，{unit}")
_POINT = Text(en="{kind}, window {number}", zh="{kind}，片段 {number}")
_RULE = Text(en="╍╍ fixed rule: {limit} {unit} on either axis", zh="╍╍ 固定规则：任一轴超过 {limit} {unit}")
_CIRCLE = Text(en="── {limit} {unit} combined", zh="── 合成 {limit} {unit}")


def windows_chart(
    windows: Array, signal: Signal, features: tuple[Feature, ...], classes: tuple[Text, ...], *, language: Language,
    height: int = 520,
) -> go.Figure:  # fmt: skip
    """Draw windows (classes, samples, channels), in units: a column for each class, a row for each channel.

    Industry thresholds (`Feature.marks`) are faint lines. A row has one axis for all classes.
    """
    ways, samples, channels = windows.shape
    seconds = np.arange(samples) / signal.rate
    top, gap = 44, 30  # px: above the first row, and above each further one, for its name
    plot = height - top - 40
    row_height = (plot - gap * (channels - 1)) / channels
    column = [(k / ways + 0.012 * (k > 0), (k + 1) / ways - 0.012 * (k < ways - 1)) for k in range(ways)]
    traces: list[Part] = []
    # An axis for each column and each row: of two for each of their places, Plotly would make every pair.
    axes: Part = {
        f"xaxis{k + 1}": axis(
            0, samples / signal.rate, _SECONDS[language], standoff=2, domain=list(column[k]),
            anchor=_called("y", channels - 1), tickangle=0,
            tickvals=list(samples / signal.rate * np.arange(4) / 4),  # the end stands too near the next 0
        )
        for k in range(ways)
    }  # fmt: skip
    shapes: list[Part] = []
    names = [
        style.heading(f"<b>{kind[language]}</b>", sum(column[k]) / 2, 1, style.class_look(k, ways)[0], size=12,
                      yshift=22, xanchor="center")
        for k, kind in enumerate(classes)
    ]  # fmt: skip
    for row, feature in enumerate(features):
        upper = 1 - row * (row_height + gap) / plot
        low, high = _range(windows[..., row], feature.marks)
        title = _ROW.format(feature=feature.label[language], unit=feature.unit[language])[language]
        names.append(style.heading(title, 0, upper, yshift=1))
        marks = [mark for mark in feature.marks if low < mark < high]
        tooltip = f"%{{x:.1f}} s: %{{y:.{max(feature.decimals, 1)}f}} {feature.unit[language]}"
        y = _called("y", row)
        axes[f"yaxis{row + 1}"] = axis(
            low, high, domain=[upper - row_height / plot, upper], anchor="x",
            **_ticks(feature, marks, is_low=row_height < _LOW),
        )  # fmt: skip
        for k in range(ways):
            x = _called("x", k)
            look = {"color": style.class_look(k, ways)[0], "width": 1.8}
            more = {"xaxis": x, "yaxis": y, "hovertemplate": f"{tooltip}<extra>{classes[k][language]}</extra>"}
            traces.append(style.plain_line(seconds, windows[k, :, row], look, **more))
            shapes += [
                {"type": "line", "xref": f"{x} domain", "yref": y, "x0": 0, "x1": 1, "y0": mark, "y1": mark,
                 "line": {"color": style.TEXT, "width": 1, "dash": "dash"}, "opacity": 0.45}
                for mark in marks
            ]  # fmt: skip
    return style.figure(traces, height=height, margin=(42, 12, top, 40), annotations=names, shapes=shapes, **axes)


def _called(letter: str, place: int) -> str:
    """Return Plotly's name of an axis: x, x2, x3 ..."""
    return f"{letter}{place + 1 if place else ''}"


def plane_chart(
    points: Array, kinds: Labels, signal: Signal, classes: tuple[Text, ...], *, language: Language, height: int = 500
) -> go.Figure:
    """Draw points (windows, samples, 2) in the plane; kinds (windows,) are the classes of the windows.

    Outside the square the fixed rule raises an alarm; on the circle both axes together reach its limit.
    """
    reach = plane_reach(points)
    ways = len(classes)
    traces = []
    for k, kind in enumerate(classes):
        mine = points[kinds == k]
        colour, symbol, _ = style.class_look(k, ways)
        numbers = np.repeat(np.arange(1, len(mine) + 1), points.shape[1])
        whose = _POINT.format(kind=kind[language], number="%{customdata}")[language]
        marker = {"size": 4 + (k == ways - 1), "color": colour, "symbol": symbol, "opacity": 0.6,
                  "line": {"width": 1, "color": colour}}  # fmt: skip
        tooltip = f"(%{{x:.2f}}, %{{y:.2f}})<extra>{whose}</extra>"
        x, y = mine.reshape(-1, 2).T
        traces.append(style.scatter("markers", x, y, customdata=numbers, hovertemplate=tooltip, marker=marker))
    limit = {"x0": -signal.limit, "x1": signal.limit, "y0": -signal.limit, "y1": signal.limit, "xref": "x", "yref": "y"}
    shapes = [
        limit | {"type": "circle", "line": {"color": style.TEXT, "width": 1}, "opacity": 0.6},
        limit | {"type": "rect", "line": {"color": style.TEXT, "width": 1.6, "dash": "dash"}},
    ]
    look = {"constrain": "domain", "zeroline": True, "nticks": 7, "zerolinecolor": style.FAINT, "tickangle": 0}
    return style.figure(
        traces, height=height, margin=(58, 12, 66, 44), shapes=shapes, annotations=_key(signal, classes, language),
        xaxis=axis(-reach, reach, signal.right[language], standoff=6, **look),
        yaxis=axis(-reach, reach, signal.up[language], standoff=4, scaleanchor="x", **look),
    )  # fmt: skip


def plane_reach(points: Array) -> float:
    """Return the end of the plane's axes to all sides, beyond every point."""
    farthest = float(np.abs(points).max())
    return next((reach for reach in _REACHES if farthest < reach), farthest * 1.05)


def _key(signal: Signal, classes: tuple[Text, ...], language: Language) -> list[Part]:
    """Above the plane: the classes in one line, the limit in the others."""
    limit = {"limit": f"{signal.limit:g}", "unit": signal.unit[language]}
    looks = [style.class_look(k, len(classes)) for k in range(len(classes))]
    kinds = "   ".join(
        f"<span style='color:{colour}'>{sign} {kind[language]}</span>"
        for (colour, _, sign), kind in zip(looks, classes, strict=True)
    )
    rows = (kinds, _RULE.format(**limit)[language], _CIRCLE.format(**limit)[language])
    return style.key_above([(text, style.TEXT) for text in rows], 19, shift=3)


def _ticks(feature: Feature, marks: list[float], *, is_low: bool) -> Part:
    """Return the ticks of a channel: in a low row those at the industry thresholds, if any, and at 0."""
    if not is_low or not marks:
        return {"nticks": 3 if is_low else 5}
    ticks = sorted({0.0, *marks})
    texts = [f"{tick:.{feature.decimals if tick else 0}f}".replace("-", "−") for tick in ticks]
    return {"tickvals": ticks, "ticktext": texts}


def _range(values: Array, marks: tuple[float, ...]) -> tuple[float, float]:
    """Return a round range that holds all values and at least the innermost mark: from 0, or to both sides of it."""
    most = max(1.05 * float(np.abs(values).max()), 1.1 * min(map(abs, marks), default=0.0), 1e-9)
    power = 10.0 ** np.floor(np.log10(most))
    high = float(power * _ROUND[np.searchsorted(_ROUND, most / power - 1e-9)])
    return (-high if values.min() < 0 or min(marks, default=0.0) < 0 else 0.0), high
