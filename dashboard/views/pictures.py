"""Sections about published results that more than one page shows."""

from collections.abc import Sequence
from functools import lru_cache, partial

import pandas as pd
import plotly.graph_objects as go

from dashboard import words
from dashboard.charts.labels_curve import labels_chart
from dashboard.charts.novelty import novelty_chart
from dashboard.charts.style import named
from dashboard.language import percent, scored
from dashboard.views.section import Section
from scenarios.decisions.catalog import decision_named
from scenarios.learners.registry import BAYES, PRINCIPAL, REGISTRY, TRACED
from scenarios.publication.results import StudyResults
from scenarios.task import Array
from scenarios.text import Language, Text

_LABELS_TAKEAWAY = Text(
    en="{metric} against {labels}, 1 to {most}. At {shots}: {scores}.",
    zh="{metric}随{labels}（1 至 {most}）的变化。{shots} 个时：{scores}。",
)
_OVERTAKEN = Text(
    en="The newer a task (ρ), the less experience helps. With {labels}, the best method without meta-learning "
    "({better}) overtakes at ρ\u00a0≈\u00a0{crossing:.2f}, where {share} (ρ²) of the signal is new.",
    zh="任务越新颖（ρ 越大），经验越帮不上忙。{labels}时，不用元学习的最好方法（{better}）"
    "在 ρ\u00a0≈\u00a0{crossing:.2f} 处反超，此时起作用的规律有 {share}（ρ²）是训练中从未见过的。",
)
_NEVER = Text(
    en="The newer a task (ρ), the less experience helps; with {labels}, no method without meta-learning overtakes.",
    zh="任务越新颖（ρ 越大），经验越帮不上忙；{labels}时，不用元学习的方法始终未能反超。",
)
_AHEAD = Text(
    en="The newer a task (ρ), the less experience helps; with {labels}, the best method without meta-learning is ahead "
    "from the start: {better} at ρ = 0, {last} at ρ = 1.",
    zh="任务越新颖（ρ 越大），经验越帮不上忙；{labels}时，不用元学习的最好方法从一开始就领先：ρ = 0 时是{better}，"
    "ρ = 1 时是"
    "{last}。",
)
_FAILS = Text(en="When it fails", zh="何时失效")
_UNWARNED = Text(
    en="No model here warns of it; only labelled cases kept aside would show it.",
    zh="这里的模型都不会发出警告，只有预留的有标签样本才能让人发现。",
)
_UNWARNED_OF_POINTS = Text(
    en="No model here warns of it; only points kept aside would show it.",
    zh="这里的模型都不会发出警告，只有预留的点才能让人发现。",
)
SKETCHED = PRINCIPAL
_LABELS = Text(en="labels per class", zh="每类标注数")
_POINTS = Text(en="points", zh="点数")
_WITH_LABELS = Text(en="{shots} labels per class", zh="每类 {shots} 个标注")
_WITH_POINTS = Text(en="{shots} points", zh="{shots} 个点")
_RHO = Text(en="novelty ρ", zh="新颖度 ρ")
_MEAN = Text(en="{name}, mean", zh="{name}，平均")
_LOW = Text(en="{name}, 95% from", zh="{name}，95% 下限")
_HIGH = Text(en="{name}, 95% to", zh="{name}，95% 上限")


def drawn(study: StudyResults) -> list[str]:
    """Whose curves stand in the chart of labels: the two, the textbook's, the best rival, the trade's, the ceiling."""
    known = decision_named(study.decision).incumbents
    incumbents = [name for name in known if name in study.learners]
    return list(dict.fromkeys((*TRACED, study.classical, study.rival, *incumbents, BAYES)))


@lru_cache(maxsize=1024)  # published figures are the same for everybody
def _labels_figure(study: StudyResults, shots: int, language: Language, height: int, small: bool) -> go.Figure:
    curves = {name: study.curve(name) for name in (SKETCHED if small else drawn(study))}
    worth = study.compared("labels_worth", shots)[0]
    return labels_chart(
        study.shots, curves, metric=study.metric, at=shots, worth=worth, language=language, height=height,
        decision=study.decision, small=small,
    )  # fmt: skip


@lru_cache(maxsize=16)
def _novelty_figure(study: StudyResults, language: Language, height: int) -> go.Figure:
    curves = novelty_curves(study)
    return novelty_chart(study.novelty.rho, curves, metric=study.metric, language=language, height=height)


def novelty_curves(study: StudyResults) -> dict[str, Array]:
    """Score against novelty of the two, the textbook method, whoever overtakes, and who is the best of all at 1."""
    names = dict.fromkeys(("scratch", study.classical, study.overtaker, study.best_from_scratch(1.0), "maml"))
    return {name: study.novelty.score[name] for name in names}


def labels_section(
    study: StudyResults, shots: int, language: Language, *, height: int, key: str = "labels", small: bool = False
) -> Section:
    """Score against labels, and the arrow from `shots` labels to what they are worth from scratch.

    A `small` one is a sketch of the two and the ceiling, without the arrow.
    """
    curves = {name: study.curve(name) for name in (SKETCHED if small else drawn(study))}
    called = partial(named, language=language, decision=study.decision)
    means = [f"{called(name)} {scored(study.at(name, shots)[0], study.metric)}" for name in curves]
    alt = _LABELS_TAKEAWAY.format(
        most=study.shots[-1], shots=shots, metric=study.metric.name[language],
        scores=words.listed(means, language), labels=words.labels_axis(study.metric)[language],
    )  # fmt: skip
    counted = (_POINTS if study.metric.is_regression else _LABELS)[language]
    return Section(
        key=f"{key}_chart",
        figure=_labels_figure(study, shots, language, height, small),
        alt=alt[language],
        table=partial(curves_table, study.shots, counted, curves, language, study.decision),
    )


def novelty_section(study: StudyResults, language: Language, *, height: int = 300) -> Section:
    """When it fails: score against novelty, as the last section of a page's evidence."""
    stop = ". " if language == "en" else "："
    unwarned = _UNWARNED_OF_POINTS if study.metric.is_regression else _UNWARNED
    sentence, curves = novelty_sentence(study), novelty_curves(study)
    return Section(
        key="novelty_chart",
        finding=f"**{_FAILS[language]}**{stop}{words.joined(sentence, unwarned)[language]}",
        figure=_novelty_figure(study, language, height),
        alt=sentence[language],
        table=partial(curves_table, study.novelty.rho, _RHO[language], curves, language),
    )


def novelty_sentence(study: StudyResults) -> Text:
    counted = (_WITH_POINTS if study.metric.is_regression else _WITH_LABELS).format(shots=study.novelty.shots)
    overtaken = study.overtaken_at
    if overtaken is None:
        return _NEVER.format(labels=counted)
    better = REGISTRY[study.overtaker].name
    if not overtaken:
        return _AHEAD.format(labels=counted, better=better, last=REGISTRY[study.best_from_scratch(1.0)].name)
    return _OVERTAKEN.format(labels=counted, better=better, crossing=overtaken, share=percent(overtaken**2))


def curves_table(
    x: Sequence[float], title: str, curves: dict[str, Array], language: Language, decision: str = ""
) -> pd.DataFrame:
    """curves: learner -> (points, 3), mean, low and high."""
    columns: dict[str, object] = {title: x}
    for name, curve in curves.items():
        for heading, column in ((_MEAN, 0), (_LOW, 1), (_HIGH, 2)):
            columns[heading.format(name=named(name, language, decision))[language]] = curve[:, column]
    return pd.DataFrame(columns)
