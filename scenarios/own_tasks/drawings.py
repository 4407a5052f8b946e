"""Charts of a comparison as SVG, for a report that needs neither a network nor scripts.

Plotly's own script is 4.8 MB, more than all else in such a file. Lengths are in px of the drawing, which is scaled.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from scenarios.task import Array

WIDTH = 680
_LEFT, _RIGHT, _BOTTOM = 64, 16, 46
_ENTRY, _ROW = 18, 15  # heights, of an entry of the key and of a task
_PLOT = 250
_TICKS = 6  # about
_APART = 28  # least distance of the numbers along an axis


@dataclass(frozen=True)
class Curve:
    """A method's curve.

    Parameters
    ----------
    name : str
    colour : str
    dash : str
        As SVG has it; "" for a solid line.
    x : (points,)
    estimates : (points, 3)
        Mean, and both ends of the interval.
    """

    name: str
    colour: str
    dash: str
    x: Array
    estimates: Array


def curves(shown: Sequence[Curve], x_title: str, y_title: str, *, marked: float | None = None) -> str:
    """Draw curves with their intervals over a logarithmic axis of x."""
    top = 8 + _ENTRY * len(shown)
    x_all = np.unique(np.concatenate([each.x for each in shown]))
    across = Scale(np.log(x_all.min()) - 0.15, np.log(x_all.max()) + 0.15, _LEFT, WIDTH - _RIGHT)
    low = min(float(each.estimates[:, 1].min()) for each in shown)
    high = max(float(each.estimates[:, 2].max()) for each in shown)
    room = 0.06 * max(high - low, 1e-9)
    up = Scale(low - room, high + room, top + _PLOT, top)
    parts = [*_key(shown), *_vertical_axis(up, ticks(low - room, high + room), y_title, top)]
    named = -np.inf  # position of the last number
    for x in x_all:
        if across(np.log(x)) - named >= _APART:
            named = across(np.log(x))
            parts.append(_text(named, top + _PLOT + 18, f"{x:g}", "middle"))
    parts.append(_text((_LEFT + WIDTH - _RIGHT) / 2, top + _PLOT + 38, x_title, "middle"))
    if marked:
        parts.append(_line(across(np.log(marked)), top, across(np.log(marked)), top + _PLOT, "#9aa5b1", "2 3"))
    for each in shown:
        x = [across(value) for value in np.log(each.x)]
        ends_low, ends_high = ([up(value) for value in column] for column in each.estimates.T[1:])
        area = [*zip(x, ends_high, strict=True), *zip(x[::-1], ends_low[::-1], strict=True)]
        parts.append(f'<polygon points="{_points(area)}" fill="{each.colour}" opacity="0.13"/>')
    for each in shown:
        points = [(across(value), up(mean)) for value, mean in zip(np.log(each.x), each.estimates[:, 0], strict=True)]
        dash = f' stroke-dasharray="{each.dash}"' if each.dash else ""
        parts.append(
            f'<polyline points="{_points(points)}" fill="none" stroke="{each.colour}" stroke-width="2.5"{dash}/>'
        )
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{each.colour}"/>' for x, y in points]
    return _svg(top + _PLOT + _BOTTOM, parts)


def caterpillar(names: Sequence[str], one: Curve, other: Curve | None, x_title: str) -> str:
    """Draw each task's score with one method, from the highest to the lowest, and with another one.

    `x` of both are the scores, in the order of the names; NaN if there is none.
    """
    shown = [each for each in (one, other) if each]
    top, row = 8 + _ENTRY * len(shown), _ROW if len(names) <= 60 else max(3.0, 900 / len(names))
    is_named = row == _ROW
    left = 190 if is_named else _LEFT
    values = np.concatenate([each.x for each in shown])
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    room = 0.04 * max(high - low, 1e-9)
    across = Scale(low - room, high + room, left, WIDTH - _RIGHT)
    height = row * len(names)
    parts = [*_key(shown, marks=("●", "×"))]
    for tick in ticks(low - room, high + room):
        parts.append(_line(across(tick), top, across(tick), top + height, "#e3e8ee"))
        parts.append(_text(across(tick), top + height + 16, f"{tick:.6g}", "middle"))
    parts.append(_text((left + WIDTH - _RIGHT) / 2, top + height + 36, x_title, "middle"))
    order = np.argsort(-np.nan_to_num(one.x, nan=-np.inf))
    for place, task in enumerate(order):
        y = top + row * (place + 0.5)
        if is_named:
            parts.append(_text(left - 8, y + 4, _short(names[task]), "end", 11))
        if other and np.isfinite(other.x[task]):
            x = across(other.x[task])
            cross = f"M{x - 3:.1f} {y - 3:.1f}l6 6m0 -6l-6 6"
            parts.append(f'<path d="{cross}" stroke="{other.colour}" stroke-width="1.5"/>')
        if np.isfinite(one.x[task]):
            parts.append(f'<circle cx="{across(one.x[task]):.1f}" cy="{y:.1f}" r="3.5" fill="{one.colour}"/>')
    return _svg(top + height + _BOTTOM, parts)


def reliability(shown: Sequence[Curve], x_title: str, y_title: str) -> str:
    """Draw observed shares against predicted probabilities; estimates (points, 1) are the observed shares."""
    top, side = 8 + _ENTRY * len(shown), 330
    across, up = Scale(0, 1, _LEFT, _LEFT + side), Scale(0, 1, top + side, top)
    ticks = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    parts = [*_key(shown), *_vertical_axis(up, ticks, y_title, top, _LEFT + side, side)]
    parts += [_text(across(tick), top + side + 18, f"{tick:g}", "middle") for tick in ticks]
    parts.append(_text(_LEFT + side / 2, top + side + 38, x_title, "middle"))
    parts.append(_line(across(0), up(0), across(1), up(1), "#9aa5b1", "3 3"))
    for each in shown:
        points = [(across(x), up(y)) for x, y in zip(each.x, each.estimates[:, 0], strict=True)]
        parts.append(f'<polyline points="{_points(points)}" fill="none" stroke="{each.colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{each.colour}"/>' for x, y in points]
    return _svg(top + side + _BOTTOM, parts)


class Scale:
    """From values between low and high to px between first and last."""

    def __init__(self, low: float, high: float, first: float, last: float) -> None:
        self._low, self._first = float(low), first
        self._factor = float((last - first) / ((high - low) or 1.0))

    def __call__(self, value: float) -> float:
        """Return the place of a value."""
        return self._first + (float(value) - self._low) * self._factor


def ticks(low: float, high: float) -> list[float]:
    """Return round numbers within a range."""
    step = 10 ** np.floor(np.log10(max(high - low, 1e-12) / _TICKS))
    step *= next(each for each in (1, 2, 5, 10) if (high - low) / (step * each) <= _TICKS)
    return [float(place * step) for place in range(int(np.ceil(low / step)), int(np.floor(high / step)) + 1)]


def _vertical_axis(
    up: Scale, ticks: Iterable[float], title: str, top: float, right: float = WIDTH - _RIGHT, height: float = _PLOT
) -> list[str]:
    parts = []
    for tick in ticks:
        parts.append(_line(_LEFT, up(tick), right, up(tick), "#e3e8ee"))
        parts.append(_text(_LEFT - 6, up(tick) + 4, f"{tick:.6g}", "end"))
    middle = top + height / 2
    turned = f'transform="rotate(-90 14 {middle:.1f})"'
    parts.append(f'<text x="14" y="{middle:.1f}" text-anchor="middle" {turned}>{escape(title)}</text>')
    return parts


def _key(shown: Sequence[Curve], marks: Sequence[str] = ()) -> list[str]:
    parts = []
    for place, each in enumerate(shown):
        y = 14 + _ENTRY * place
        if marks:
            parts.append(_text(_LEFT + 14, y, marks[place], "middle", colour=each.colour))
        else:
            parts.append(_line(_LEFT, y - 4, _LEFT + 28, y - 4, each.colour, each.dash, 2.5))
        parts.append(_text(_LEFT + 36, y, each.name, "start", colour=each.colour))
    return parts


def _points(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _line(x: float, y: float, to_x: float, to_y: float, colour: str, dash: str = "", width: float = 1) -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    place = f'x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"'
    return f'<line {place} stroke="{colour}" stroke-width="{width}"{dashed}/>'


def _text(x: float, y: float, text: str, anchor: str, size: float = 13, colour: str = "#1b2430") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}"'
    return f"<text {place}>{escape(text)}</text>"


def _short(name: str) -> str:
    return name if len(name) <= 24 else f"{name[:23]}…"


def _svg(height: float, parts: Iterable[str]) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" font-size="13">{"".join(parts)}</svg>'
