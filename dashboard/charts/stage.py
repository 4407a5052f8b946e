"""Any chart of the pages as it fills a screen in front of a room, and what is left of it before its answer is revealed.

A screen is laid out on a stage of 800 x 450 px, which the browser enlarges to its window: a letter of 12 px is one of
29 px on a projector of 1920 x 1080.
"""

from typing import Any

import plotly.graph_objects as go

from dashboard.charts import style
from dashboard.charts.drawing import Drawing, Part

WIDTH, HEIGHT = 784, 296  # px: more than three fifths of the 800 x 450
LEAST = 12  # px of a letter
_BUTTONS, _BELOW = 26, 62  # px below a chart that one plays: to its buttons, and in all; there is no slider
_AXES = ("xaxis", "yaxis")


def enlarged(figure: go.Figure) -> go.Figure:
    """Return a chart at the stage's height, with letters and contrast for the last row."""
    plain = figure.plain() if isinstance(figure, Drawing) else figure.to_plotly_json()
    layout: Part = plain["layout"]
    margin = dict(layout["margin"])
    if "sliders" in layout:
        margin["b"] = _BELOW
    after = HEIGHT - margin["t"] - margin["b"]
    changed = {name: _readable(part) for name, part in layout.items() if name != "sliders"}
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
