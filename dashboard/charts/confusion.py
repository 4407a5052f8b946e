"""What is called what: a confusion matrix for each of several learners, readable without colour."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import style
from dashboard.charts.style import COLOUR, named
from dashboard.language import percent
from scenarios.task import Array
from scenarios.text import Language, Text

_COLUMNS = 2
_DEEPEST = 0.45  # opacity of a cell that holds everything, so that its number stays readable
_CALLED = Text(en="predicted, %", zh="判为，%")
_TRULY = Text(en="true", zh="实际")
_LEFT = 84  # px: for the names of the classes, and what they are
_CELL = Text(en="true {truth}, predicted {called}: {share}", zh="实际{truth}，判为{called}：{share}")


def confusion_chart(
    matrices: dict[str, Array], classes: tuple[Text, ...], *, language: Language, height: int = 440
) -> go.Figure:
    """matrices: learner -> (classes, classes), rows are the truth and sum to 1. Two learners to a row."""
    ways = len(classes)
    rows = -(-len(matrices) // _COLUMNS)
    top, gap, bottom = 28, 34, 82  # px: for the names above the matrices, and the classes below them
    plot = height - top - bottom
    tall = (plot - gap * (rows - 1)) / rows / plot
    columns = [(0.0, 0.485), (0.515, 1.0)]
    called = [kind[language] for kind in classes]
    traces: list[dict[str, Any]] = []
    shapes: list[dict[str, Any]] = []
    names: list[dict[str, Any]] = []
    layout: dict[str, Any] = {"height": height, "margin": {"l": _LEFT, "r": 8, "t": top, "b": bottom}}
    for place, (name, matrix) in enumerate(matrices.items()):
        row, column = divmod(place, _COLUMNS)
        upper = 1 - row * (tall + gap / plot)
        x, y = f"x{place + 1}", f"y{place + 1}"
        last = row == rows - 1
        layout[f"xaxis{place + 1}"] = _axis(called, list(columns[column]), y, shown=last) | {
            "tickangle": -30,  # so that they stand side by side on a phone
            "tickfont": {"size": 12},
            "title": {"text": _CALLED[language] if last else "", "standoff": 4},
        }
        layout[f"yaxis{place + 1}"] = _axis(called, [upper - tall, upper], x, shown=column == 0) | {
            "range": [ways - 0.5, -0.5],
        }
        if column == 0:  # an axis title would stand where a browser thinks that the class names end
            names.append(
                style.label(_TRULY[language], 0, upper - tall / 2, style.TEXT, xref="paper", yref="paper",
                            textangle=-90, xanchor="center", xshift=10 - _LEFT)
            )  # fmt: skip
        names.append(
            style.label(f"<b>{named(name, language)}</b>", columns[column][0], upper, COLOUR[name], xref="paper",
                        yref="paper", xanchor="left", yanchor="bottom", yshift=2)
        )  # fmt: skip
        cells = [(truth, said) for truth in range(ways) for said in range(ways)]
        shapes += [_cell(x, y, truth, said, float(matrix[truth, said]), COLOUR[name]) for truth, said in cells]
        traces.append(_numbers(matrix, cells, x, y, called, named(name, language), language))
    return style.figure(traces, layout | {"shapes": shapes, "annotations": names})


def _numbers(
    matrix: Array, cells: list[tuple[int, int]], x: str, y: str, called: list[str], whose: str, language: Language
) -> dict[str, Any]:
    shares = [percent(float(matrix[cell])) for cell in cells]
    told = [
        _CELL.format(truth=called[truth], called=called[said], share=share)[language]
        for (truth, said), share in zip(cells, shares, strict=True)
    ]
    return {
        "type": "scatter", "mode": "text", "x": [said for _, said in cells], "y": [truth for truth, _ in cells],
        "xaxis": x, "yaxis": y, "textfont": {"size": 14, "color": style.TEXT}, "hovertext": told,
        "text": [f"<b>{share.rstrip(' %')}</b>" if truth == said else share.rstrip(" %")
                 for (truth, said), share in zip(cells, shares, strict=True)],
        "hovertemplate": f"%{{hovertext}}<extra>{whose}</extra>",
    }  # fmt: skip


def _cell(x: str, y: str, truth: int, said: int, share: float, colour: str) -> dict[str, Any]:
    return {
        "type": "rect", "xref": x, "yref": y, "x0": said - 0.48, "x1": said + 0.48, "y0": truth - 0.46,
        "y1": truth + 0.46, "fillcolor": colour, "opacity": 0.04 + (_DEEPEST - 0.04) * float(np.clip(share, 0, 1)),
        "line": {"width": 0}, "layer": "below",
    }  # fmt: skip


def _axis(called: list[str], domain: list[float], anchor: str, *, shown: bool) -> dict[str, Any]:
    return {
        "domain": domain, "anchor": anchor, "range": [-0.5, len(called) - 0.5], "tickvals": list(range(len(called))),
        "ticktext": called, "fixedrange": True, "showgrid": False, "zeroline": False, "showticklabels": shown,
        "ticks": "",
    }  # fmt: skip
