"""Charts of published results that more than one page shows, each with its takeaway and its numbers."""

from functools import lru_cache

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard import reader
from dashboard.charts.labels_curve import labels_chart
from dashboard.charts.novelty import LEARNERS as COMPARED
from dashboard.charts.novelty import novelty_chart
from dashboard.charts.style import named
from dashboard.compute import Study
from dashboard.language import percent
from dashboard.views import parts
from scenarios.task import Array
from scenarios.text import Language, Text

_LABELS_TAKEAWAY = Text(
    en="AUROC against labelled examples per class, 1 to {most}. At {shots}: meta-learned {maml}, "
    "from scratch {scratch}, logistic regression {logistic}, best possible {bayes}.",
    zh="AUROC 随每类标注样本数（1 至 {most}）的变化。{shots} 个时：元学习 {maml}，从零训练 {scratch}，"
    "逻辑回归 {logistic}，贝叶斯最优 {bayes}。",
)
_OVERTAKEN = Text(
    en="The newer the signal (ρ), the less experience helps. With {shots} labels per class, the better from-scratch "
    "learner overtakes at ρ ≈ {crossing}, when {share} % of the signal's energy (ρ²) is new.",
    zh="信号越新（ρ 越大），经验越帮不上忙。每类 {shots} 个标注时，较好的从零训练方法在 ρ ≈ {crossing} 处反超，"
    "此时信号能量的 {share}%（ρ²）是全新的。",
)
_NEVER = Text(
    en="The newer the signal (ρ), the less experience helps; with {shots} labels per class, "
    "from scratch never overtakes.",
    zh="信号越新（ρ 越大），经验越帮不上忙；每类 {shots} 个标注时，从零训练始终未能反超。",
)
_LEARNERS = ("maml", "scratch", "logistic", "bayes")
_LABELS = Text(en="labels per class", zh="每类标注数")
_RHO = Text(en="novelty ρ", zh="新颖度 ρ")
_MEAN = Text(en="{name}, mean", zh="{name}，平均")
_LOW = Text(en="{name}, 95 % from", zh="{name}，95% 下限")
_HIGH = Text(en="{name}, 95 % to", zh="{name}，95% 上限")


@lru_cache(maxsize=256)  # published figures are the same for everybody
def _labels_figure(study: Study, shots: int, language: Language, height: int) -> go.Figure:
    curves = {name: study.curve(name) for name in _LEARNERS}
    worth = study.compared("labels_worth", shots)[0]
    return labels_chart(study.shots, curves, at=shots, worth=worth, language=language, height=height)


@lru_cache(maxsize=16)
def _novelty_figure(study: Study, language: Language, height: int) -> go.Figure:
    novelty = study.raw["novelty"]
    curves = {name: np.array(novelty["score"][name]) for name in COMPARED}
    return novelty_chart(novelty["rho"], curves, language=language, height=height)


def labels_picture(study: Study, shots: int, *, height: int, key: str = "labels") -> None:
    """Score against labels, and the arrow from `shots` labels to what they are worth from scratch."""
    tongue = reader.language()
    curves = {name: study.curve(name) for name in _LEARNERS}
    means = {name: percent(study.at(name, shots)[0], tongue) for name in curves}
    parts.chart(
        _labels_figure(study, shots, tongue, height),
        takeaway=_LABELS_TAKEAWAY.format(most=study.shots[-1], shots=shots, **means),
        table=curves_table(study.shots, _LABELS[tongue], curves, tongue),
        key=f"{key}_chart",
    )


def novelty_picture(study: Study, *, height: int, key: str = "novelty") -> None:
    """Score against novelty: where experience misleads."""
    tongue = reader.language()
    novelty = study.raw["novelty"]
    curves = {name: np.array(novelty["score"][name]) for name in COMPARED}
    parts.chart(
        _novelty_figure(study, tongue, height),
        takeaway=novelty_sentence(study),
        table=curves_table(novelty["rho"], _RHO[tongue], curves, tongue),
        key=f"{key}_chart",
    )


def novelty_sentence(study: Study) -> Text:
    novelty = study.raw["novelty"]
    overtaken = novelty["overtaken_at"]
    if overtaken is None:
        return _NEVER.format(shots=novelty["shots"])
    return _OVERTAKEN.format(shots=novelty["shots"], crossing=overtaken, share=f"{100 * overtaken**2:.0f}")


def curves_table(x: list[int] | list[float], title: str, curves: dict[str, Array], tongue: Language) -> pd.DataFrame:
    """curves: learner -> (points, 3), mean, low and high."""
    columns: dict[str, object] = {title: x}
    for name, curve in curves.items():
        for heading, column in ((_MEAN, 0), (_LOW, 1), (_HIGH, 2)):
            columns[heading.format(name=named(name, tongue))[tongue]] = curve[:, column]
    return pd.DataFrame(columns)
