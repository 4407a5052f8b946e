"""A chart as SVG for paper, drawn without a browser: the elements of lessons' charts, in the light theme's colours.

Of an animation, the last frame is drawn. Streamlit's page draws the same figures with Plotly, which needs a browser.
"""

import re
from collections.abc import Iterable, Iterator
from html import escape, unescape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import style
from dashboard.charts.drawing import Drawing, Part
from dashboard.charts.themes import THEMES
from scenarios.own_tasks.drawings import Scale, ticks
from scenarios.task import Array

_GRID, _PALE = "#e3e8ee", "#5b6673"
_BACKGROUND, _INK = THEMES["light"]["page"]
_COLOURS = {f"#{n:06d}": colour for n, colour in enumerate(THEMES["light"]["charts"], start=1)}
_COLOURS |= {style.BACKGROUND: _BACKGROUND, style.FAINT: _GRID}
_DASHES = {"dash": "9 5", "dot": "2 3", "dashdot": "9 4 2 4", "longdash": "14 6", "longdashdot": "14 5 2 5"}
_ANCHORS = {"left": "start", "center": "middle", "right": "end"}
_LETTER = 12.0  # px
_EDGE, _ROW = 6, 16  # px: beside the key above a chart, and of its rows


def as_svg(figure: go.Figure, width: float, height: float) -> str:
    """Return a chart of one pair of axes as SVG, in px of the drawing, which is as wide as its place."""
    plain = figure.plain() if isinstance(figure, Drawing) else figure.to_plotly_json()
    plot = _Plot(plain["layout"], width, height)
    traces = [*_last_frame(plain)]
    parts = [*plot.grid(), *plot.shapes()]
    for trace in traces:
        parts += plot.trace(trace)
    parts += [*plot.ticks(), *plot.annotations()]
    return f'<svg viewBox="0 0 {width:g} {height:g}" role="img" font-size="{_LETTER:g}">{"".join(parts)}</svg>'


def _last_frame(plain: Part) -> Iterator[Part]:
    traces = list(plain["data"])
    for frame in plain.get("frames", ())[-1:]:
        for place, changed in zip(frame.get("traces", range(len(traces))), frame.get("data", ()), strict=False):
            traces[place] = traces[place] | changed
    return iter(traces)


class _Axis:
    """An axis along the drawing: from its values to px."""

    def __init__(self, layout: Part, first: float, last: float) -> None:
        self.layout, self.first, self.last = layout, first, last
        self.is_log = layout.get("type") == "log"
        low, high = layout.get("range", (0, 1))
        self.place = Scale(low, high, first, last)  # of a logarithmic axis: of logarithms
        self.low, self.high = float(low), float(high)

    def places(self, values: Any) -> Array:
        numbers = np.asarray(values, float)
        if self.is_log:
            numbers = np.log10(np.maximum(numbers, 1e-300))
        return np.array([self.place(value) for value in np.ravel(numbers)])

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Yield the place and the text of each tick within the range."""
        if not self.layout.get("showticklabels", True):
            return
        if "tickvals" in self.layout:
            values = [float(value) for value in self.layout["tickvals"]]
        elif self.is_log:
            values = [10.0**power for power in range(int(np.ceil(self.low)), int(self.high) + 1)]
        else:
            values = ticks(self.low, self.high)
        texts = self.layout.get("ticktext") or [self._written(value) for value in values]
        for place, text in zip(self.places(values), texts, strict=True):
            if min(self.first, self.last) - 1 <= place <= max(self.first, self.last) + 1:
                yield float(place), text

    def _written(self, value: float) -> str:
        return f"{value:.0%}" if self.layout.get("tickformat") == ".0%" else f"{value:.6g}".replace("-", "−")

    @property
    def title(self) -> str:
        title = self.layout.get("title")
        return str(title.get("text", "")) if isinstance(title, dict) else str(title or "")


class _Plot:
    def __init__(self, layout: Part, width: float, height: float) -> None:
        margin = layout["margin"]
        self._layout, self._height = layout, height
        below = 40 if "sliders" in layout or "updatemenus" in layout else min(margin["b"], 50)
        self._left, self._right = margin["l"], width - margin["r"]
        notes = layout.get("annotations", ())
        self._key = _flowed([note for note in notes if _is_key(note)], width - 2 * _EDGE)
        self._notes = [note for note in notes if not _is_key(note)]
        self._top = _ROW * len(self._key) + 8 if self._key else margin["t"]
        self._bottom = height - below
        self._x = _Axis(layout.get("xaxis", {}), self._left, self._right)
        self._y = _Axis(layout.get("yaxis", {}), self._bottom, self._top)

    def grid(self) -> Iterator[str]:
        if self._y.layout.get("showgrid", True):
            for place, _ in self._y.ticks():
                yield _line(self._left, place, self._right, place, _GRID)

    def ticks(self) -> Iterator[str]:
        for place, text in self._x.ticks():
            yield _text(place, self._bottom + 15, text, "middle", _PALE, 11)
        for place, text in self._y.ticks():
            yield _text(self._left - 6, place + 4, text, "end", _PALE, 11)
        if self._x.title:
            yield _text((self._left + self._right) / 2, self._bottom + 32, self._x.title, "middle", _INK)
        if self._y.title:
            middle = (self._top + self._bottom) / 2
            turned = _text(14, middle, self._y.title, "middle", _INK)
            yield f'<g transform="rotate(-90 14 {middle:.1f})">{turned}</g>'

    def shapes(self) -> Iterator[str]:
        for shape in self._layout.get("shapes", ()):
            (x0, x1), (y0, y1) = ([self._at(shape, axis, shape[f"{axis}{end}"]) for end in (0, 1)] for axis in "xy")
            line = shape.get("line", {})
            if shape["type"] == "rect":
                place = f'x="{min(x0, x1):.1f}" y="{min(y0, y1):.1f}"'
                size = f'width="{abs(x1 - x0):.1f}" height="{abs(y1 - y0):.1f}"'
                colour = _colour(shape.get("fillcolor"))
                yield f'<rect {place} {size} fill="{colour}" opacity="{shape.get("opacity", 1):g}"/>'
            else:
                yield _line(x0, y0, x1, y1, _colour(line.get("color")), line.get("dash", ""), line.get("width", 1))

    def trace(self, trace: Part) -> Iterator[str]:
        x, y = self._x.places(trace["x"]), self._y.places(trace["y"])
        inside = np.clip(y, self._top - 1, self._bottom + 1)  # a curve that leaves the chart stays at its edge
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, inside, strict=True) if np.isfinite(a + b))
        line, opacity = trace.get("line", {}), trace.get("opacity", 1)
        if trace.get("fill") == "toself":
            yield f'<polygon points="{points}" fill="{_colour(trace.get("fillcolor"))}" opacity="{opacity:g}"/>'
        if "lines" in trace["mode"] and line.get("width", 2):
            look = _stroke(_colour(line.get("color")), line.get("dash", ""), line.get("width", 2))
            yield f'<polyline points="{points}" fill="none"{look} opacity="{opacity:g}"/>'
        if "markers" in trace["mode"]:
            yield from self._markers(trace, x, y)

    def _markers(self, trace: Part, x: Array, y: Array) -> Iterator[str]:
        marker = trace.get("marker", {})
        colour = _colour(marker.get("color", trace.get("line", {}).get("color")))
        radius = float(marker.get("size", 6)) / 2
        for a, b in zip(x, y, strict=True):
            yield f'<circle cx="{a:.1f}" cy="{b:.1f}" r="{radius:g}" fill="{colour}"/>'
        if "error_x" in trace:
            error, values = trace["error_x"], np.asarray(trace["x"], float)
            ends = (self._x.places(values - error["arrayminus"]), self._x.places(values + error["array"]))
            for low, high, b in zip(*ends, y, strict=True):
                yield _line(low, b, high, b, _colour(error.get("color")), width=error.get("thickness", 2))

    def annotations(self) -> Iterator[str]:
        for number, row in enumerate(self._key):
            x = float(_EDGE)
            for text, colour, width in row:
                yield _text(x, 12 + _ROW * number, text, "start", colour)
                x += width
        for note in self._notes:
            x, y = self._at(note, "x", note["x"]), self._at(note, "y", note["y"])
            x, y = x + note.get("xshift", 0), y - note.get("yshift", 0)
            if note.get("showarrow"):
                yield from self._arrow(note, x, y)
            if note.get("text"):
                size = float(note.get("font", {}).get("size", _LETTER))
                down = {"top": 0.85, "bottom": -0.3}.get(note.get("yanchor", "middle"), 0.35) * size
                anchor = _ANCHORS.get(note.get("xanchor", "center"), "middle")
                yield _text(x, y + down, note["text"], anchor, _colour(note.get("font", {}).get("color")), size)

    def _arrow(self, note: Part, x: float, y: float) -> Iterator[str]:
        colour = _colour(note.get("arrowcolor"))
        from_x, from_y = self._x.place(note["ax"]), self._y.place(note["ay"])
        yield _line(from_x, from_y, x, y, colour, width=note.get("arrowwidth", 1.5))
        turn = np.degrees(np.arctan2(y - from_y, x - from_x))
        yield f'<path d="M0 0l-9 -4v8z" fill="{colour}" transform="translate({x:.1f} {y:.1f}) rotate({turn:.1f})"/>'

    def _at(self, part: Part, axis: str, value: Any) -> float:
        """Return the place in px of a value on an axis, or of a share of the plotting area."""
        along = self._x if axis == "x" else self._y
        if part.get(f"{axis}ref") == "paper":
            return float(along.first + float(value) * (along.last - along.first))
        return float(along.place(float(value)))


def _is_key(note: Part) -> bool:
    """Return whether a note is an entry of the key above a chart."""
    return (note.get("xref"), note.get("yref"), note["y"], note.get("yanchor")) == ("paper", "paper", 1, "bottom")


def _flowed(notes: Iterable[Part], room: float) -> list[list[tuple[str, str, float]]]:
    """Return rows of entries, (text, colour, width in px), of which each row fits into the room."""
    rows: list[list[tuple[str, str, float]]] = []
    for note in notes:
        wide = sum(1.0 if letter > "\u2e7f" or letter in "━╍┈" else 0.56 for letter in note["text"])
        entry = (note["text"], _colour(note.get("font", {}).get("color")), wide * _LETTER + 14)
        if rows and sum(width for *_, width in rows[-1]) + entry[2] <= room:
            rows[-1].append(entry)
        else:
            rows.append([entry])
    return rows


def _colour(colour: Any) -> str:
    return _COLOURS.get(colour, colour if isinstance(colour, str) else _INK)


def _stroke(colour: str, dash: str, width: float) -> str:
    dashed = f' stroke-dasharray="{_DASHES[dash]}"' if dash in _DASHES else ""
    return f' stroke="{colour}" stroke-width="{width:g}"{dashed}'


def _line(x: float, y: float, to_x: float, to_y: float, colour: str, dash: str = "", width: float = 1) -> str:
    place = f'x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"'
    return f"<line {place}{_stroke(colour, dash, width)}/>"


def _text(x: float, y: float, text: str, anchor: str, colour: str, size: float = _LETTER) -> str:
    """Return a text with Plotly's marks for bold letters and new lines; a white rim keeps it apart from lines."""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size:g}" fill="{colour}"'
    rim = f'stroke="{_BACKGROUND}" stroke-width="3" paint-order="stroke"'
    return f"<text {place} {rim}>{''.join(_spans(text, x, size))}</text>"


def _spans(text: str, x: float, size: float) -> Iterable[str]:
    for number, row in enumerate(re.split(r"<br ?/?>", text)):
        weight = ' font-weight="700"' if "<b>" in row else ""
        place = f' x="{x:.1f}" dy="{1.25 * size:.1f}"' if number else ""
        yield f"<tspan{place}{weight}>{escape(unescape(re.sub(r'<[^>]*>', '', row)))}</tspan>"
