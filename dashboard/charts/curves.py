"""The one builder of charts of curves: lines with 95% intervals, their names beside them, marks at a chosen place."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import style
from dashboard.charts.axes import score_format
from dashboard.charts.drawing import Part
from dashboard.charts.style import COLOUR
from scenarios.metrics import Metric
from scenarios.task import Array
from scenarios.text import Language

MARGIN = (62, 12, 8, 44)


class CurvesChart:
    """A chart that is put together curve by curve; later ones lie on top.

    Parameters
    ----------
    language : Language
        The language of the learners' names.
    decision : str
        The context of the learners' names, such as "league".
    height : int
        Height of the figure in px.
    margin : tuple of int
        Left, right, top and bottom, in px.
    """

    def __init__(
        self, language: Language, decision: str = "", *, height: int, margin: tuple[int, int, int, int] = MARGIN
    ) -> None:
        self.language, self.decision = language, decision
        self._height, self._margin = height, margin
        self._traces: list[Part] = []
        self._notes: list[Part] = []
        self._shapes: list[Part] = []

    def line(self, name: str, x: Any, y: Any, template: str, text: str = "", **look: Any) -> None:
        """Add a learner's line, x and y (points,). template: of its tooltips, which also have its name or `text`."""
        tooltip = f"{template}<extra>{text or style.named(name, self.language, self.decision)}</extra>"
        self._traces.append(style.line(name, x, y, hovertemplate=tooltip, **look))

    def curve(
        self, name: str, x: Any, scores: Array, template: str, text: str = "", *, band: bool = True, **look: Any
    ) -> None:
        """Add a learner's line over its interval, x (points,), scores (points, 3): mean, low and high."""
        mean, low, high = scores.T
        if band:
            self._traces.append(style.band(name, x, low, high, fillcolor=look.get("colour") or COLOUR[name]))
        self.line(name, x, mean, template, text, **look)

    def guide(self, x: Any, y: Any, colour: str, width: float = 1, dash: str = "solid", **more: Any) -> None:
        """Add a line that is no curve and has no tooltip."""
        self._traces.append(style.plain_line(x, y, {"color": colour, "width": width, "dash": dash}, **more))

    def level(self, name: str, left: float, right: float, score: float) -> None:
        """Add a learner's line that is level and has no tooltip."""
        self._traces.append(style.line(name, [left, right], [score, score], width=1.8))

    def dot(self, name: str, x: float, y: float, template: str = "", **more: Any) -> None:
        """Add a learner's dot, with a tooltip if there is a template of it."""
        if template:
            more["hovertemplate"] = style.hover(template, name, self.language, self.decision)
        self._traces.append(style.dot(name, x, y, **more))

    def spikes(
        self,
        name: str,
        x: Array,
        floor: float,
        heights: Array,
        template: str,
        *,
        colour: str = "",
        text: str = "",
        **more: Any,
    ) -> None:
        """Add a learner's spikes at x, heights above a floor (points,), with tooltips at their tops."""
        look = colour or COLOUR[name]
        down = {"type": "data", "array": np.zeros(len(x)), "arrayminus": heights, "thickness": 5, "width": 0}
        self._traces.append(style.scatter(
            "markers", x, floor + heights, marker={"size": 4, "color": look}, error_y=down | {"color": look},
            hovertemplate=f"{template}<extra>{text or style.named(name, self.language, self.decision)}</extra>", **more,
        ))  # fmt: skip

    def mark(self, x: float) -> None:
        """Draw a dotted vertical line at the chosen place."""
        self._shapes.append({
            "type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "layer": "below",
            "line": {"color": style.EDGE, "width": 1.5, "dash": "dot"},
        })  # fmt: skip

    def shade(self, left: float, right: float) -> None:
        """Shade the range of x where a from-scratch learner is better."""
        self._shapes.append({
            "type": "rect", "x0": left, "x1": right, "y0": 0, "y1": 1, "yref": "paper", "layer": "below",
            "fillcolor": COLOUR["scratch"], "opacity": 0.1, "line": {"width": 0},
        })  # fmt: skip

    def arrow(self, start: float, end: float, height: float) -> None:
        """Draw a level arrow."""
        self._notes.append({
            "x": end, "y": height, "ax": start, "ay": height, "xref": "x", "yref": "y", "axref": "x", "ayref": "y",
            "text": "", "showarrow": True, "arrowhead": 2, "arrowsize": 1.1, "arrowwidth": 1.6,
            "arrowcolor": style.TEXT,
        })  # fmt: skip

    def note(self, text: str, x: float, y: float, colour: str = style.TEXT, **more: Any) -> None:
        """Write a word at (x, y)."""
        self._notes.append(style.label(text, x, y, colour, **more))

    def key(self, names: Iterable[str]) -> list[tuple[str, str]]:
        """Return the learners' signs with their names, and their colours."""
        return [style.key(name, self.language, self.decision) for name in names]

    def name_lines(
        self, entries: Iterable[tuple[str, str]], heights: Iterable[float], *, left: float = 0.01, right: bool = False,
        **more: Any,
    ) -> None:  # fmt: skip
        """Write (text, colour) in a corner that the lines stay out of: upper edges, as shares of the chart's height."""
        x, side = (0.99, "right") if right else (left, "left")
        more = style.PAPER | {"xanchor": side, "yanchor": "top", "bgcolor": style.BACKGROUND} | more
        for (text, colour), height in zip(entries, heights, strict=True):
            self.note(text, x, height, colour, **more)

    def name_above(self, entries: Sequence[tuple[str, str]], in_a_row: int = 3, shift: int = 6) -> None:
        """Write (text, colour) in rows of one to three above the chart, `shift` px up: lines may meet anywhere."""
        edge = 2 - self._margin[0]  # px
        places = [(0.0, "left", edge), (0.5, "center", edge / 2), (1.0, "right", 0)]
        if in_a_row == 2:
            del places[1]
        for i, (text, colour) in enumerate(entries):
            x, side, xshift = places[i % in_a_row]
            up = shift + 20 * ((len(entries) - 1) // in_a_row - i // in_a_row)
            self.note(text, x, 1.0, colour, **style.PAPER, size=12, xanchor=side, xshift=xshift, yanchor="bottom",
                      yshift=up)  # fmt: skip

    def figure(self, xaxis: Part, yaxis: Part, **more: Any) -> go.Figure:
        """Return the figure, with more axes by their names in it."""
        more = {"shapes": self._shapes, **more} if self._shapes else more
        return style.figure(
            self._traces, height=self._height, margin=self._margin, xaxis=xaxis, yaxis=yaxis, annotations=self._notes,
            **more,
        )  # fmt: skip


def rows(top: float, pitch: float, count: int) -> list[float]:
    """Return the upper edges of rows of names from `top` downwards."""
    return [top - pitch * row for row in range(count)]


def by_height(curves: Mapping[str, Array], place: int) -> list[str]:
    """Return the learners in the order of their lines, curves (points, 3), at a place: the highest first."""
    return sorted(curves, key=lambda name: float(curves[name][place, 0]), reverse=True)


def score_tooltips(shots: Sequence[int], curve: Array, metric: Metric) -> Part:
    """Return the tooltips along a curve (shots, 3): the score itself, wherever it is drawn."""
    return {
        "template": "%{customdata[0]}: " + score_format(metric, "customdata[1]"),
        "customdata": np.stack([shots, curve[:, 0]], axis=1),
    }
