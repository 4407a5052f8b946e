"""One look for every chart. Colours are Streamlit's stand-ins, which the browser replaces by the theme's own.

`.streamlit/config.toml` says what they are in light and in dark; a chart need not know which is on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from dashboard.charts.drawing import Drawing
from dashboard.language import decimal
from scenarios.learners.registry import REGISTRY
from scenarios.metrics import Metric
from scenarios.task import Array
from scenarios.text import Language

MAIN, RIVAL, MODEL, DARK, GREY, GREEN = (f"#{n:06d}" for n in range(1, 7))  # the theme's chartCategoricalColors


@dataclass(frozen=True)
class Look:
    """The look of a learner's lines. Two that never meet in one chart may look alike."""

    colour: str
    dash: str = "solid"  # one of SIGN


LOOKS = {
    "maml": Look(MAIN),
    "fomaml": Look(MAIN, "dot"),
    "reptile": Look(MAIN, "dashdot"),
    "anil": Look(MAIN, "longdash"),
    "meta_sgd": Look(MAIN),
    "prototypes": Look(GREY),
    "ridge": Look(MODEL),
    "in_context": Look(GREEN),
    "scratch": Look(RIVAL),
    "logistic": Look(MODEL, "dot"),
    "least_squares": Look(MODEL, "dot"),
    "neighbours": Look(GREY, "dashdot"),
    "boosting": Look(MODEL, "longdash"),
    "gaussian_process": Look(GREEN, "longdashdot"),
    "empirical_bayes": Look(GREY, "longdash"),
    "pooled": Look(GREY, "dashdot"),
    "z_scored": Look(GREEN, "longdash"),
    "fine_tuned": Look(GREEN, "longdash"),
    "linear_probe": Look(GREEN, "dot"),
    "rule": Look(GREY, "longdashdot"),
    "bayes": Look(DARK, "dash"),
}
COLOUR = {name: look.colour for name, look in LOOKS.items()}
DASH = {name: look.dash for name, look in LOOKS.items()}
TEXT = "#000004"  # the darkest of the theme's chart colours, and in the dark theme the lightest
FAINT = "#000039"
EDGE = "#000005"  # of a control, and of guide lines: at least 3 : 1 on the background
BACKGROUND = "#000038"
# How the dash of a line is written before a name.
SIGN = {"solid": "━━", "dash": "╍╍", "dot": "┈┈", "dashdot": "━ ·", "longdash": "━ ━", "longdashdot": "━━·"}
_WIDE = 2  # powers of ten, beyond which only these have ticks
_NEAR = 0.1  # of the best learner's error: a best possible below that is drawn at the edge
CONFIG: dict[str, Any] = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "responsive": True}


def figure(
    traces: list[dict[str, Any]], layout: dict[str, Any], frames: list[dict[str, Any]] | None = None
) -> go.Figure:
    """Build a figure from plain dictionaries."""
    base = {
        "margin": {"l": 46, "r": 12, "t": 30, "b": 40},
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": False,
        "font": {"size": 13},
    }
    return Drawing({"data": traces, "layout": base | layout} | ({"frames": frames} if frames else {}))


def line(name: str, x: Any, y: Any, **more: Any) -> dict[str, Any]:
    """Return a learner's line, in its colour and dash."""
    style = {"color": COLOUR[name], "width": 2.5, "dash": DASH[name]}
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "line": style | more.pop("line", {})} | more


def band(name: str, x: ArrayLike, low: ArrayLike, high: ArrayLike, **more: Any) -> dict[str, Any]:
    """Return the 95% interval around a learner's line."""
    x, low, high = (np.asarray(side, np.float32) for side in (x, low, high))
    return {
        "type": "scatter", "mode": "lines", "x": np.concatenate([x, x[::-1]]), "y": np.concatenate([high, low[::-1]]),
        "fill": "toself",
        "fillcolor": COLOUR[name], "opacity": 0.18, "line": {"width": 0}, "hoverinfo": "skip",
    } | more  # fmt: skip


def measured(name: str, x: Any, curve: Array, **more: Any) -> list[dict[str, Any]]:
    """Return a learner's interval and, on top of it, its line. curve (points, 3): mean, low and high."""
    mean, low, high = curve.T
    return [band(name, x, low, high), line(name, x, mean, **more)]


def dot(name: str, x: float, y: float, **more: Any) -> dict[str, Any]:
    """Return a learner's place on its line."""
    return {
        "type": "scatter", "mode": "markers", "x": [x], "y": [y], "hoverinfo": "skip",
        "marker": {"size": 12, "color": COLOUR[name], "line": {"width": 2, "color": BACKGROUND}},
    } | more  # fmt: skip


def hover(template: str, name: str, language: Language, decision: str = "") -> str:
    """Return the template of a tooltip: Plotly's template, and the learner's name."""
    return f"{template}<extra>{named(name, language, decision)}</extra>"


def sign(name: str) -> str:
    """How a learner's line looks, as a letter before its name."""
    return SIGN[DASH[name]]


def label(text: str, x: float, y: float, colour: str, **more: Any) -> dict[str, Any]:
    """Return a word beside the line that it names."""
    return {
        "text": text, "x": x, "y": y, "showarrow": False, "font": {"color": colour, "size": 13},
    } | more  # fmt: skip


def share_axis(low: float, high: float, title: str = "") -> dict[str, Any]:
    """Return an axis of proportions in per cent that never moves, so that nothing jumps when a slider does."""
    return {
        "range": [low, high], "tickformat": ".0%", "fixedrange": True, "title": {"text": title}, "zeroline": False,
    }  # fmt: skip


def score_axis(metric: Metric, title: str = "", highest: float = 5.0) -> dict[str, Any]:
    """Return the axis of a metric: proportions from the level of chance, or an error to just above `highest`."""
    if not metric.is_proportion:
        return {
            "range": [-0.03 * highest, highest * 1.06], "fixedrange": True, "title": {"text": title},
            "zeroline": False,
        }  # fmt: skip
    if metric.target == "two or more classes":  # its lines begin high: names stand above them
        ticks = [tick for tick in (0.2, 0.4, 0.6, 0.8, 1.0) if tick > metric.floor]
        return share_axis(metric.floor, 1.13, title) | {"tickvals": ticks}
    return share_axis(metric.floor, 1.0, title)


def below_chance(metric: Metric) -> float:
    """Return the lower end of an axis for predictions that may be worse than guessing."""
    return round(metric.floor - 0.1, 1)


def error_axis(curves: Mapping[str, Array], title: str = "") -> dict[str, Any]:
    """Return a logarithmic axis for errors, curves of (points, 3): a linear one shows no difference at the floor."""
    floor, highest = floor_of(curves), max(float(curve[:, 0].max()) for curve in curves.values())
    ticks = [digit * 10.0**power for power in range(-8, 3) for digit in (1, 2, 5)]
    if np.log10(highest / floor) > _WIDE:
        ticks = [tick for tick in ticks if round(np.log10(tick), 9) % 1 == 0]
    named_at = {tick: decimal(f"{tick:g}") for tick in ticks if 1.3 * floor < tick < 1.2 * highest}
    if curves["bayes"].min() < floor:
        named_at |= {floor: f"≤ {decimal(f'{floor:g}')}"}
    return {
        "type": "log", "range": [float(np.log10(floor)) - 0.04, float(np.log10(highest)) + 0.1], "fixedrange": True,
        "tickvals": list(named_at), "ticktext": list(named_at.values()), "title": {"text": title}, "zeroline": False,
    }  # fmt: skip


def curves_axis(metric: Metric, curves: Mapping[str, Array], title: str = "") -> dict[str, Any]:
    """Return the axis of scores against labels: proportions, or logarithmic for errors."""
    return score_axis(metric, title) if metric.is_proportion else error_axis(curves, title)


def on_axis(metric: Metric, curves: Mapping[str, Array]) -> dict[str, Array]:
    """Return the curves as they are drawn on that axis: values below its lower edge stand on it."""
    floor = 0.0 if metric.is_proportion else floor_of(curves)
    return {name: np.maximum(curve, floor) for name, curve in curves.items()}


def told_of(
    shots: Sequence[int], curve: Array, metric: Metric, name: str, language: Language, decision: str = ""
) -> dict[str, Any]:
    """Return the tooltips along a curve against labels: the score itself, wherever it is drawn."""
    template = "%{customdata[0]}: " + told(metric, "customdata[1]")
    return {
        "customdata": np.stack([shots, curve[:, 0]], axis=1), "hovertemplate": hover(template, name, language, decision)
    }  # fmt: skip


def floor_of(curves: Mapping[str, Array]) -> float:
    """Return the error at the lower edge of such an axis: Bayes-optimal predictions may make none at all."""
    least = min(float(curve[:, 0].min()) for name, curve in curves.items() if name != "bayes")
    best = float(curves["bayes"][:, 0].min())
    return 0.9 * best if best > _NEAR * least else float(10.0 ** np.floor(np.log10(least)))


def told(metric: Metric, value: str = "y") -> str:
    """Return Plotly's format of a score."""
    return f"%{{{value}:.1%}}" if metric.is_proportion else f"%{{{value}:.3g}}"


def named(name: str, language: Language, decision: str = "") -> str:
    """Return a learner's name; `decision` is a context of its names, such as "league"."""
    return REGISTRY[name].name_in(decision)[language]
