"""One look for every chart. Colours are Streamlit's stand-ins, which the browser replaces by the theme's own.

`.streamlit/config.toml` defines them for the light and the dark theme; charts do not depend on the theme.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from dashboard.charts.drawing import Drawing, Part
from scenarios.learners.registry import REGISTRY
from scenarios.task import Array
from scenarios.text import Language, Text

MAIN, RIVAL, MODEL, DARK, GREY, GREEN = (f"#{n:06d}" for n in range(1, 7))  # the theme's chartCategoricalColors


@dataclass(frozen=True)
class Look:
    """The look of a learner's lines. Two learners that never share a chart may look alike."""

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
    "meta_learned_ensemble": Look(MAIN, "longdashdot"),
    "scratch": Look(RIVAL),
    "logistic": Look(GREEN, "dot"),
    "lda": Look(GREEN, "longdash"),
    "ordinal_ridge": Look(GREEN, "dashdot"),
    "least_squares": Look(GREEN, "dot"),
    "neighbours": Look(GREEN, "dashdot"),
    "boosting": Look(MODEL, "longdash"),
    "gaussian_process": Look(GREEN, "longdashdot"),
    "gaussian_process_linear": Look(GREEN, "dot"),
    "pooled_covariance_lda": Look(MODEL, "longdash"),
    "random_effects_lda": Look(MODEL),
    "random_effects_logistic": Look(MODEL),
    "reduced_rank_logistic": Look(MODEL, "dashdot"),
    "bayesian_linear": Look(MODEL),
    "recalibrated": Look(GREY, "longdash"),
    "simple_ensemble": Look(MODEL, "longdashdot"),
    "pooled": Look(GREY, "dashdot"),
    "z_scored": Look(RIVAL, "longdash"),
    "fine_tuned": Look(GREEN, "longdash"),
    "linear_probe": Look(GREEN, "dot"),
    "scorecard": Look(GREY, "dot"),
    "rule": Look(GREY, "longdashdot"),
    "bayes": Look(DARK, "dash"),
}
COLOUR = {name: look.colour for name, look in LOOKS.items()}
DASH = {name: look.dash for name, look in LOOKS.items()}
# Of classes, the last one first: colour, marker, and the sign that names it. Distinguishable without colour too.
_CLASS_LOOKS = ((MODEL, "triangle-up", "▲"), (GREY, "x-thin-open", "×"), (GREEN, "circle-open", "○"))
TEXT = "#000004"  # the darkest of the theme's chart colours, and in the dark theme the lightest
FAINT = "#000039"
EDGE = "#000005"  # edges of controls and guide lines: contrast of at least 3 : 1
BACKGROUND = "#000038"
# How the dash of a line is written before a name.
SIGN = {"solid": "━━", "dash": "╍╍", "dot": "┈┈", "dashdot": "━ ·", "longdash": "━ ━", "longdashdot": "━━·"}
ESTIMATE = Text(en="{mean} ({low} to {high})", zh="{mean}（{low}～{high}）")  # in tooltips
CONFIG: Part = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "responsive": True}
PAPER: Part = {"xref": "paper", "yref": "paper"}  # places as shares of the plotting area
SUPPORT: Part = {"size": 11, "color": TEXT, "line": {"width": 1.5, "color": BACKGROUND}}  # marker of a support example


def figure(
    traces: list[Part], *, height: int, margin: tuple[int, int, int, int],
    frames: list[Part] | None = None, **layout: Any,
) -> go.Figure:  # fmt: skip
    """Build a figure from plain dictionaries. margin: left, right, top and bottom, in px as the height is."""
    base = {
        "height": height, "margin": dict(zip("lrtb", margin, strict=True)), "showlegend": False,
        "hovermode": "closest", "dragmode": False, "font": {"size": 13},
    }  # fmt: skip
    return Drawing({"data": traces, "layout": base | layout} | ({"frames": frames} if frames else {}))


def scatter(mode: str, x: Any, y: Any, **more: Any) -> Part:
    """Return a trace of x and y (points,). Without a `hovertemplate` it has no tooltips."""
    silent = {} if "hovertemplate" in more else {"hoverinfo": "skip"}
    return {"type": "scatter", "mode": mode, "x": x, "y": y} | silent | more


def line(name: str, x: Any, y: Any = (), *, colour: str = "", width: float = 2.5, dash: str = "", **more: Any) -> Part:
    """Return a learner's line, x and y (points,), in its colour and dash unless others are given."""
    return plain_line(x, y, {"color": colour or COLOUR[name], "width": width, "dash": dash or DASH[name]}, **more)


def plain_line(x: Any, y: Any, look: Part, **more: Any) -> Part:
    """Return a line of no learner, x and y (points,)."""
    return scatter(more.pop("mode", "lines"), x, y, line=look, **more)


def band(name: str, x: ArrayLike, low: ArrayLike, high: ArrayLike, **more: Any) -> Part:
    """Return the 95% interval around a learner's line; x, low and high (points,)."""
    x, low, high = (np.asarray(side, np.float32) for side in (x, low, high))
    look = {"fill": "toself", "fillcolor": COLOUR[name], "opacity": 0.18}
    return plain_line(np.concatenate([x, x[::-1]]), np.concatenate([high, low[::-1]]), {"width": 0}) | look | more


def dot(name: str, x: float = 0.0, y: float = 0.0, **more: Any) -> Part:
    """Return a learner's place on its line."""
    marker = {"size": 12, "color": COLOUR[name], "line": {"width": 2, "color": BACKGROUND}}
    return scatter("markers", [x], [y], **{"marker": marker} | more)


def click_targets(x: Array, y: Array, tooltip: str) -> Part:
    """Return an invisible lattice, x and y (places,): Plotly reports a click only where there is a point."""
    unseen = {"marker": {"opacity": 0}}
    return scatter(
        "markers", x, y, marker={"size": 12, "opacity": 0}, selected=unseen, unselected=unseen,
        hovertemplate=f"{tooltip}<extra></extra>",
    )  # fmt: skip


def error_bars(mean: Array, low: Array, high: Array, colour: str, **more: Any) -> Part:
    """Return the intervals of horizontal estimates, (n,) each."""
    return {
        "type": "data", "array": high - mean, "arrayminus": mean - low, "color": colour, "thickness": 2, "width": 4,
    } | more  # fmt: skip


def class_look(kind: int, ways: int) -> tuple[str, str, str]:
    """Return colour, marker and sign of a class, counted from the end: the last class is the one that matters."""
    return _CLASS_LOOKS[(ways - 1 - kind) % len(_CLASS_LOOKS)]


def hover(template: str, name: str, language: Language, decision: str = "") -> str:
    """Return the template of a tooltip: Plotly's template, and the learner's name."""
    return f"{template}<extra>{named(name, language, decision)}</extra>"


def sign(name: str) -> str:
    """Return the look of a learner's line as letters before its name."""
    return SIGN[DASH[name]]


def key(name: str, language: Language, decision: str = "") -> tuple[str, str]:
    """Return a learner's entry in a key: the sign of its line with its name, and the colour."""
    return f"{sign(name)} {named(name, language, decision)}", COLOUR[name]


def label(text: str, x: float, y: float, colour: str = TEXT, *, size: float = 13, **more: Any) -> Part:
    """Return a word beside the line that it names."""
    return {"text": text, "x": x, "y": y, "showarrow": False, "font": {"color": colour, "size": size}} | more


def heading(text: str, x: float, y: float, colour: str = TEXT, **more: Any) -> Part:
    """Return a word that begins at x and stands on y, as shares of the plotting area."""
    return label(text, x, y, colour, **PAPER | {"xanchor": "left", "yanchor": "bottom"} | more)


def key_above(
    entries: Iterable[tuple[str, str]], pitch: int, *, rows: int = 0, x: float = 0, shift: int = 2, size: float = 13
) -> list[Part]:
    """Return a key above the chart, (text, colour) in each of `rows`, `pitch` px apart; the last is `shift` px up."""
    entries = list(entries)
    return [
        heading(text, x, 1, colour, size=size, yshift=shift + pitch * ((rows or len(entries)) - 1 - row))
        for row, (text, colour) in enumerate(entries)
    ]


def width(text: str, size: float) -> float:
    """Return about how many px a text takes in a row, in letters of that size."""
    return size * sum(1.0 if letter > "\u2e7f" else 0.6 for letter in text)


def separators(heights: Iterable[float]) -> list[Part]:
    """Return faint lines between the rows of a chart."""
    look = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "line": {"color": FAINT, "width": 1}, "layer": "below"}
    return [look | {"y0": height, "y1": height} for height in heights]


def named(name: str, language: Language, decision: str = "") -> str:
    """Return a learner's name; `decision` is a context of its names, such as "league"."""
    return REGISTRY[name].name_in(decision)[language]


def named_in_sentence(name: str, language: Language, decision: str = "") -> str:
    """Return a learner's name within a sentence, in English with its article; `decision` as in `named`."""
    return REGISTRY[name].name_in(decision).in_sentence[language]
