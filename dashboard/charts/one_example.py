"""One example: a row for each method, with its probability and the range over other draws of the labelled examples."""

from collections.abc import Mapping

import plotly.graph_objects as go

from dashboard.charts import style
from dashboard.charts.axes import share_axis
from dashboard.charts.drawing import Part
from dashboard.charts.style import COLOUR, named
from dashboard.language import percent
from scenarios.text import Language, Text

_ROW, _TOP, _BOTTOM = 40, 24, 44  # px
_PROBABILITY = Text(en="predicted probability: {kind}", zh="预测为{kind}的概率")
_TRUTH = Text(en="truth: {kind}", zh="实际：{kind}")
_WITH_RANGE = Text(en="{name}: {now} ({low} to {high})", zh="{name}：{now}（{low}～{high}）")
_WITHOUT = Text(en="{name}: {now}", zh="{name}：{now}")
Band = tuple[float, float] | None


def probabilities_chart(
    now: Mapping[str, float], bands: Mapping[str, Band], *, kind: Text, truth: Text, is_kind: bool, decision: str,
    language: Language,
) -> go.Figure:  # fmt: skip
    """Draw probabilities of a class.

    Parameters
    ----------
    now : mapping
        Learner -> its probability, from top to bottom.
    bands : mapping
        Learner -> its range, or None.
    kind, truth : Text
        The class, and the one that the example is of.
    is_kind : bool
        Whether they are the same.
    decision : str
        The context of the learners' names.
    language : Language
        Of the words.
    """
    rows = dict(zip(now, range(len(now) - 1, -1, -1), strict=True))
    traces: list[Part] = []
    names: list[Part] = []
    above: Part = {"xref": "paper", "xanchor": "left", "yanchor": "bottom"}
    for name, row in rows.items():
        share, band = now[name], bands.get(name)
        text, ends = _WITHOUT, {}
        if band:
            text, ends = _WITH_RANGE, {"low": percent(band[0]), "high": percent(band[1])}
            traces.append(style.plain_line(list(band), [row, row], {"color": COLOUR[name], "width": 9}, opacity=0.4))
        tooltip = style.hover("%{x:.1%}", name, language, decision)
        traces.append(style.dot(name, share, row, hovertemplate=tooltip, cliponaxis=False))
        label = text.format(name=named(name, language, decision), now=f"<b>{percent(share)}</b>", **ends)
        names.append(style.label(label[language], 0, row + 0.22, COLOUR[name], **above))
    where = {"x": 1, "xanchor": "right"} if is_kind else {"x": 0}
    names.append(style.heading(_TRUTH.format(kind=truth)[language], y=1, size=12, yshift=4, **where))
    guide = {"type": "line", "y0": 0, "y1": 1, "yref": "paper", "layer": "below"}
    guides = [
        guide | {"x0": 0.5, "x1": 0.5, "line": {"color": style.FAINT, "width": 1}},
        guide | {"x0": int(is_kind), "x1": int(is_kind), "line": {"color": style.TEXT, "width": 1.5, "dash": "dot"}},
    ]
    return style.figure(
        traces, height=_ROW * len(now) + _TOP + _BOTTOM, margin=(16, 24, _TOP, _BOTTOM), annotations=names,
        shapes=guides, xaxis=share_axis(-0.001, 1.001, _PROBABILITY.format(kind=kind)[language]) | {"showgrid": False},
        yaxis={"range": [-0.4, len(now) - 0.2], "visible": False, "fixedrange": True},
    )  # fmt: skip
