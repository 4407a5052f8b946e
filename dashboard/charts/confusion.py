"""A confusion matrix for each of several learners, readable without colour."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import style
from dashboard.charts.axes import axis
from dashboard.charts.drawing import Part
from dashboard.charts.style import COLOUR, named
from dashboard.language import percent
from scenarios.task import Array
from scenarios.text import Language, Text

_COLUMNS = 2
_DEEPEST = 0.45  # opacity of a cell that holds everything, so that its number stays readable
_CALLED = Text(en="predicted, %", zh="判为，%")
_TRULY = Text(en="true", zh="实际")
_LEFT = 84  # px: for the names of the classes, and the title of their axis
_CELL = Text(en="true {truth}, predicted {called}: {share}", zh="实际{truth}，判为{called}：{share}")


def confusion_chart(
    matrices: dict[str, Array], classes: tuple[Text, ...], *, language: Language, height: int = 440
) -> go.Figure:
    """Draw matrices of learner -> (classes, classes), whose rows are the truth and sum to 1; two learners to a row."""
    ways = len(classes)
    rows = -(-len(matrices) // _COLUMNS)
    top, gap, bottom = 28, 34, 82  # px: for the names above the matrices, and the classes below them
    plot = height - top - bottom
    tall = (plot - gap * (rows - 1)) / rows / plot
    columns = [(0.0, 0.485), (0.515, 1.0)]
    labels = [kind[language] for kind in classes]
    traces: list[Part] = []
    shapes: list[Part] = []
    names: list[Part] = []
    axes: Part = {}
    for place, (name, matrix) in enumerate(matrices.items()):
        row, column = divmod(place, _COLUMNS)
        upper = 1 - row * (tall + gap / plot)
        x, y = f"x{place + 1}", f"y{place + 1}"
        last = row == rows - 1
        axes[f"xaxis{place + 1}"] = _axis(
            labels, list(columns[column]), y, shown=last, title=_CALLED[language] if last else "", standoff=4,
            tickangle=-30, tickfont={"size": 12},  # so that they stand side by side on a phone
        )  # fmt: skip
        axes[f"yaxis{place + 1}"] = _axis(labels, [upper - tall, upper], x, shown=column == 0) | {
            "range": [ways - 0.5, -0.5],
        }
        if column == 0:  # an axis title would stand where a browser thinks that the class names end
            names.append(
                style.label(_TRULY[language], 0, upper - tall / 2, **style.PAPER, textangle=-90, xanchor="center",
                            xshift=10 - _LEFT)
            )  # fmt: skip
        heading = f"<b>{named(name, language)}</b>"
        names.append(style.heading(heading, columns[column][0], upper, COLOUR[name], yshift=2))
        cells = [(truth, guess) for truth in range(ways) for guess in range(ways)]
        shapes += [_cell(x, y, truth, guess, float(matrix[truth, guess]), COLOUR[name]) for truth, guess in cells]
        traces.append(_numbers(matrix, cells, x, y, labels, named(name, language), language))
    return style.figure(traces, height=height, margin=(_LEFT, 8, top, bottom), shapes=shapes, annotations=names, **axes)


def _numbers(
    matrix: Array, cells: list[tuple[int, int]], x: str, y: str, labels: list[str], learner: str, language: Language
) -> Part:
    shares = [percent(float(matrix[cell])) for cell in cells]
    tooltips = [
        _CELL.format(truth=labels[truth], called=labels[guess], share=share)[language]
        for (truth, guess), share in zip(cells, shares, strict=True)
    ]
    texts = [share.rstrip(" %") for share in shares]
    return style.scatter(
        "text", [guess for _, guess in cells], [truth for truth, _ in cells], xaxis=x, yaxis=y,
        textfont={"size": 14, "color": style.TEXT}, hovertext=tooltips,
        text=[f"<b>{text}</b>" if truth == guess else text for (truth, guess), text in zip(cells, texts, strict=True)],
        hovertemplate=f"%{{hovertext}}<extra>{learner}</extra>",
    )  # fmt: skip


def _cell(x: str, y: str, truth: int, guess: int, share: float, colour: str) -> Part:
    return {
        "type": "rect", "xref": x, "yref": y, "x0": guess - 0.48, "x1": guess + 0.48, "y0": truth - 0.46,
        "y1": truth + 0.46, "fillcolor": colour, "opacity": 0.04 + (_DEEPEST - 0.04) * float(np.clip(share, 0, 1)),
        "line": {"width": 0}, "layer": "below",
    }  # fmt: skip


def _axis(labels: list[str], domain: list[float], anchor: str, *, shown: bool, **more: Any) -> Part:
    return axis(
        -0.5, len(labels) - 0.5, domain=domain, anchor=anchor, tickvals=list(range(len(labels))), ticktext=labels,
        showgrid=False, showticklabels=shown, ticks="", **more,
    )  # fmt: skip
