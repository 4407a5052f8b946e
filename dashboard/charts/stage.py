"""Charts of the pages on a screen in front of a room, and without the parts that reveal the answer.

A screen is laid out on a stage of 800 x 450 px, which the browser enlarges to its window: a letter of 12 px is one of
29 px on a projector of 1920 x 1080.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import playing, style
from dashboard.charts.drawing import Drawing, Part

WIDTH, HEIGHT = 784, 296  # px: more than three fifths of the 800 x 450
LEAST = 12  # px of a letter
_BUTTONS, _BELOW = 26, 62  # px below a chart that one plays: to its buttons, and in all; there is no slider
# px above a chart with a slider, between its axis' title and the slider, for both, and for each row of its words
_ABOVE, _BELOW_TITLE, _RAIL, _A_ROW = 14, 6, 32, 19
_AXES = ("xaxis", "yaxis")


def enlarged(figure: go.Figure) -> go.Figure:
    """Return a chart at the stage's height, with letters and contrast for the last row."""
    plain = figure.plain() if isinstance(figure, Drawing) else figure.to_plotly_json()
    layout: Part = plain["layout"]
    margin = dict(layout["margin"])
    if "updatemenus" in layout:
        margin["b"] = _BELOW
    if notes := layout.get("annotations"):
        layout, margin["t"] = _in_columns(layout, notes, margin["t"])
    after, is_moved = HEIGHT - margin["t"] - margin["b"], "updatemenus" not in layout
    changed = {name: _readable(part) for name, part in layout.items() if name != "sliders"}
    if is_moved:  # its own letters are large enough, but for unseen ones that would take room
        changed |= {name: part for name, part in layout.items() if name == "sliders"}
    for name in changed:
        if name.startswith(_AXES):
            axis = changed[name] | {"tickfont": {"size": LEAST, "color": style.TEXT}}
            if isinstance(title := axis.get("title"), dict):
                axis["title"] = title | {"font": {"size": LEAST + 1, "color": style.TEXT}}
            changed[name] = axis
    for menu in changed.get("updatemenus", ()):
        menu["y"] = -_BUTTONS / after
    return Drawing(
        plain | {"layout": changed | {"width": WIDTH, "height": HEIGHT, "autosize": False, "margin": margin}}
    )


def _in_columns(layout: Part, notes: Sequence[Part], above: int) -> tuple[Part, int]:
    """Return a layout with names that stand above its chart in two columns, if they are in one, and the px above it.

    A stage is wider than the pages' charts, and not as high.
    """
    places = [n for n, note in enumerate(notes) if (note.get("yref"), note.get("y")) == ("paper", 1.0)]
    heights = [notes[n].get("yshift", 0) for n in places]
    if len(places) < 3 or len(set(heights)) < len(places) or {notes[n]["x"] for n in places} != {0.0}:
        return layout, above
    pitch, rows = (max(heights) - min(heights)) / (len(places) - 1), -(-len(places) // 2)
    moved = list(notes)
    for i, n in enumerate(places):
        up = min(heights) + pitch * (rows - 1 - i // 2)
        moved[n] = notes[n] | {"x": i % 2 / 2, "yshift": up, "xshift": 0 if i % 2 else notes[n].get("xshift", 0)}
    return layout | {"annotations": moved}, above - round(pitch * (len(places) - rows))


def with_slider(figure: go.Figure, stops: Sequence[tuple[float, str]]) -> go.Figure:
    """Return a chart of curves that are drawn as far as a slider has been moved, from the first stop on.

    Parameters
    ----------
    figure : go.Figure
        The chart, whose names are left out: the words of the stops have them.
    stops : sequence of tuple
        The places on the x axis in the order of the slider, falling or rising, and the words at each.
    """
    plain = figure.plain() if isinstance(figure, Drawing) else figure.to_plotly_json()
    layout, places = plain["layout"], [place for place, _ in stops]
    ends = layout["xaxis"]["range"]
    is_level = [
        np.isclose(np.subtract.outer(np.asarray(each["x"], float), ends), 0).any(1).all() for each in plain["data"]
    ]
    curves = [each for each, level in zip(plain["data"], is_level, strict=True) if not level]
    lines = [each for each in curves if "fill" not in each]
    fixed = [each for each, level in zip(plain["data"], is_level, strict=True) if level]
    dots = [style.scatter("markers", [], [], marker={"size": 11, "color": each["line"]["color"]}) for each in lines]
    shown = [
        playing.Stop(
            str(number),
            words,
            [_between(each, places[0], place) for each in curves] + [_between(each, place, place) for each in lines],
        )
        for number, (place, words) in enumerate(stops)
    ]
    moving = range(len(fixed), len(fixed) + len(curves) + len(dots))
    traces = fixed + [each | data for each, data in zip(curves + dots, shown[0].data, strict=True)]
    margin = layout["margin"]
    below = margin["b"]
    taken = _RAIL + _A_ROW * max(words.count("<br>") + 1 for _, words in stops)
    slider = playing.slider(shown, 0, -(below + _BELOW_TITLE) / (HEIGHT - _ABOVE - below - taken))
    kept = {name: part for name, part in layout.items() if name not in ("annotations", "shapes", "height", "margin")}
    return style.figure(
        traces, height=HEIGHT, margin=(margin["l"], margin["r"], _ABOVE, below + taken),
        frames=[{"name": stop.name, "traces": list(moving), "data": stop.data} for stop in shown],
        **kept | {"sliders": [slider]},
    )  # fmt: skip


def _between(trace: Part, first: float, last: float) -> Part:
    """Return the part of a curve, or of the band around it, between two places on the x axis."""
    x = np.asarray(trace["x"], float)
    low, high = sorted((first, last))
    inside = (x >= low - 1e-6) & (x <= high + 1e-6)
    parts = (name for name in ("x", "y", "customdata") if name in trace)
    return {name: np.asarray(trace[name])[inside].tolist() for name in parts}


def without_answers(figure: go.Figure) -> go.Figure:
    """Return the axes of a chart with a question mark: nothing that was measured is in it."""
    layout: Part = enlarged(figure).plain()["layout"]
    kept: dict[str, Any] = {name: _without_scale(name, part) for name, part in layout.items() if name.startswith(_AXES)}
    margin = layout["margin"] | {"t": 16, "b": min(layout["margin"]["b"], 50)}
    mark = style.label("<b>?</b>", 0.5, 0.5, **style.PAPER, size=110)
    left, right, top, bottom = (margin[side] for side in "lrtb")
    return style.figure([], height=HEIGHT, margin=(left, right, top, bottom), annotations=[mark], **kept)


def _without_scale(name: str, axis: Part) -> Part:
    """Return an axis as it is, unless its ends follow from what was measured: those of errors do, of shares not."""
    if name.startswith("xaxis") or axis.get("tickformat") == ".0%":
        return axis
    return axis | {"range": [0, 1], "type": "linear", "showticklabels": False, "tickvals": []}


def _readable(part: Any) -> Any:
    """Return a part of a layout in which no letter is smaller than the least."""
    if isinstance(part, dict):
        return {
            name: max(inside, LEAST) if name == "size" and isinstance(inside, int | float) else _readable(inside)
            for name, inside in part.items()
        }
    return [_readable(inside) for inside in part] if isinstance(part, list | tuple) else part
