"""Score against number of labels: what meta-learning buys, how near the ceiling is, where from-scratch catches up."""

import numpy as np
import plotly.graph_objects as go

from dashboard.charts import style
from dashboard.charts.style import COLOUR, named
from scenarios.task import Array
from scenarios.text import Language, Text

LEARNERS = ("scratch", "logistic", "maml")
_TICKS = (1, 2, 5, 10, 20, 50)
_AXIS = Text(en="labelled examples per class", zh="每类标注样本数")


def labels_chart(
    shots: list[int], curves: dict[str, Array], *, at: int, worth: float | None, language: Language, height: int = 400
) -> go.Figure:
    """curves: learner -> (shots, 3), mean, low and high. `at` is the number of labels chosen, `worth` what that buys.

    The arrow leads from the meta-learner at `at` labels to the point where the best from-scratch learner draws level.
    """
    position = np.log(shots)

    def told(name: str) -> dict[str, object]:
        return {"customdata": shots, "hovertemplate": style.hover("%{customdata}: %{y:.1%}", name, language)}

    traces = [trace for name in LEARNERS for trace in style.measured(name, position, curves[name], **told(name))]
    traces.append(style.line("bayes", position, curves["bayes"][:, 0], **told("bayes")))

    x, level = float(np.log(at)), float(curves["maml"][shots.index(at), 0])
    end = float(np.log(worth)) if worth else float(position[-1])
    traces.append(style.dot("maml", x, level))
    arrow = {
        "x": end, "y": level, "ax": x, "ay": level, "xref": "x", "yref": "y", "axref": "x", "ayref": "y", "text": "",
        "showarrow": True, "arrowhead": 2, "arrowsize": 1.1, "arrowwidth": 1.6, "arrowcolor": style.TEXT,
    }  # fmt: skip
    five, ten = shots.index(5), shots.index(10)
    names = [
        style.label(f"┅ {named('bayes', language)}", 0, 0.97, COLOUR["bayes"], xanchor="left"),
        style.label(f"━ {named('maml', language)}", 0, 0.935, COLOUR["maml"], xanchor="left"),
        style.label(named("logistic", language), position[five] - 0.1, curves["logistic"][five, 0] + 0.005,
                    COLOUR["logistic"], xanchor="right", yanchor="bottom"),
        style.label(named("scratch", language), position[ten] + 0.12, curves["scratch"][ten, 0] - 0.02,
                    COLOUR["scratch"], xanchor="left", yanchor="top"),
    ]  # fmt: skip
    return style.figure(
        traces,
        {
            "height": height,
            "margin": {"l": 62, "r": 12, "t": 8, "b": 44},
            "xaxis": {
                "tickvals": [float(np.log(t)) for t in _TICKS], "ticktext": list(map(str, _TICKS)), "fixedrange": True,
                "range": [-0.15, float(position[-1]) + 0.15], "title": {"text": _AXIS[language], "standoff": 6},
                "zeroline": False,
            },
            "yaxis": style.share_axis(0.5, 1.0, style.SCORE[language]),
            "annotations": [*names, arrow],
        },
    )  # fmt: skip
