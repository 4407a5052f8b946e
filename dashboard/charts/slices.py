"""Two paths on a slice of one task's loss: an overview, and a close-up of the meta-learned path."""

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import style
from dashboard.charts.axes import axis
from dashboard.charts.drawing import Part
from dashboard.charts.maps import SCALE
from dashboard.charts.style import COLOUR, named
from scenarios.demo.maps import Slice, StrategyMap
from scenarios.learners.registry import TRACED
from scenarios.text import Language, Text

_START = Text(en="{name}: initialisation", zh="{name}：起点")
_FIRST = Text(en="after the first step", zh="第一步之后")
_END = Text(en="after step {steps}", zh="{steps} 步之后")
_FRAME = Text(en="close-up", zh="放大区域")
_LOSS = Text(en="loss", zh="损失")
_DISTANCE = Text(en="distance between weights", zh="权重之间的距离")


def slice_chart(shown: StrategyMap, part: Slice, on: str, language: Language, *, overview: bool) -> go.Figure:
    """Draw the loss in colours and contours, and both projected trajectories; ◆ start, ○ first step, ● end."""
    levels = _levels(shown, on)
    surface = np.log10(np.maximum(np.nan_to_num(part.losses[on], posinf=1e9), 1e-9))
    ticks = np.arange(np.ceil(levels[0]), np.floor(levels[1]) + 1)
    if len(ticks) < 2:
        ticks = np.linspace(*levels, 4)
    ticks = np.append(ticks[ticks < levels[1] - 0.2], levels[1])  # higher values have the colour of the highest level
    traces: list[Part] = [
        {
            "type": "contour", "x": part.across, "y": part.up, "z": np.clip(surface, *levels), "colorscale": SCALE,
            "zmin": levels[0], "zmax": levels[1], "opacity": 1, "line": {"width": 0.6, "color": style.TEXT},
            "contours": {"start": levels[0], "end": levels[1], "size": (levels[1] - levels[0]) / 12},
            "customdata": part.losses[on], "hovertemplate": f"{_LOSS[language]} %{{customdata:.3g}}<extra></extra>",
            "colorbar": {"thickness": 8, "outlinewidth": 0, "tickvals": ticks, "x": 1.01, "xpad": 2,
                         "ticktext": [f"{10.0**tick:.2g}" for tick in ticks[:-1]] + [f"≥ {10.0 ** levels[1]:.2g}"],
                         "title": {"text": _LOSS[language]}},
        }
    ]  # fmt: skip
    annotations, shapes = [], []
    size = float(np.ptp(part.across))
    for name in TRACED[::-1] if overview else TRACED[:1]:
        traces += _trajectory(part, name, language)
        x, y = map(float, part.walks[name][0])
        side, xshift = ("right", -12) if x > part.across.mean() else ("left", 12)
        annotations.append(
            style.label(f"<b>{named(name, language)}</b>",  # a phone has no room for more
                        x, y, COLOUR[name], bgcolor=style.BACKGROUND, borderpad=1, xanchor=side, xshift=xshift,
                        yshift=-16 if name == "maml" else 16)
        )  # fmt: skip
    if overview:
        half = max(float(np.ptp(shown.close_up.across)) / 2, size / 60)
        x, y = map(float, part.walks["maml"][0])
        shapes.append({"type": "rect", "x0": x - half, "x1": x + half, "y0": y - half, "y1": y + half,
                       "line": {"color": style.TEXT, "width": 1.5}})  # fmt: skip
        annotations.append(style.label(_FRAME[language], x, y + half, yanchor="bottom", bgcolor=style.BACKGROUND,
                                       borderpad=1))  # fmt: skip
    look: Part = {"nticks": 6, "showgrid": False}
    return style.figure(
        traces, height=440, margin=(40, 60, 8, 44), annotations=annotations, shapes=shapes,
        xaxis=axis(part.across[0], part.across[-1], _DISTANCE[language], standoff=4, **look),
        yaxis=axis(part.up[0], part.up[-1], **look),
    )  # fmt: skip


def _trajectory(part: Slice, name: str, language: Language) -> list[Part]:
    """Return a learner's trajectory with an edge that keeps it apart from the contours, and three marks."""
    path = part.walks[name]
    steps = len(path) - 1
    traces = [style.line(name, *path.T, width=5, colour=style.BACKGROUND), style.line(name, *path.T)]
    marks = (
        (0, "diamond", 13, _START.format(name=named(name, language))),
        (min(1, steps), "circle-open", 10, _FIRST),
        (steps, "circle", 12, _END.format(steps=steps)),
    )
    for step, symbol, size, text in marks:
        edge = COLOUR[name] if symbol.endswith("open") else style.BACKGROUND
        marker = {"size": size, "symbol": symbol, "color": COLOUR[name], "line": {"width": 2, "color": edge}}
        tooltip = style.hover(text[language], name, language)
        traces.append(style.dot(name, *map(float, path[step]), marker=marker, hovertemplate=tooltip))
    return traces


def _levels(shown: StrategyMap, on: str) -> tuple[float, float]:
    """Return the colour range of both slices, in powers of ten: the lowest loss to a few times that of the starts."""
    reached = np.concatenate(list(shown.losses[on].values()))
    lowest = min(float(np.nanmin(part.losses[on])) for part in (shown.overview, shown.close_up))
    highest = 4 * max(float(losses[0]) for losses in shown.losses[on].values())
    low = np.log10(max(min(lowest, float(np.nanmin(reached))), highest / 1e4))
    return float(low), float(np.log10(highest))
