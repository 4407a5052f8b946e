"""Sections about published results that more than one page shows."""

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard import words
from dashboard.charts.challenges import Comparison, experience_chart
from dashboard.charts.labels_curve import labels_chart
from dashboard.charts.novelty import novelty_chart
from dashboard.charts.style import COLOUR, DASH, named
from dashboard.language import percent, scored
from dashboard.views import facts, rungs
from dashboard.views.section import Section
from scenarios.dataclass_json import Floats
from scenarios.decisions.catalog import decision_named
from scenarios.learners.registry import BAYES, META_LEARNED, POOLED, REGISTRY, Rung
from scenarios.own_tasks import drawings
from scenarios.publication.results import OtherTasksResults, Overtaking, StudyResults
from scenarios.task import Array
from scenarios.text import Language, Text

_SVG_DASH = {
    "solid": "", "dash": "7 4", "dot": "2 4", "dashdot": "7 4 2 4", "longdash": "12 4", "longdashdot": "12 4 2 4",
}  # fmt: skip
_LABELS_TAKEAWAY = Text(
    en="{metric} against {labels}, 1 to {most}. At {shots}: {scores}.",
    zh="{metric}随{labels}（1～{most}）的变化。{shots} 个时：{scores}。",
)
_NEWER = Text(
    en="The larger the task shift ρ, the less experience helps: {share}. Compared with meta-learning, with {labels}: "
    "{rivals}.",
    zh="任务偏移 ρ 越大，经验越帮不上忙：{share}。{labels}时与元学习相比，{rivals}。",
)
_SHARE = Text(
    en="ρ² of the difference between the classes was never seen in training",
    zh="类别差异中有 ρ² 的部分在训练中从未出现",
)
_SHARE_OF_CURVE = Text(
    en="ρ² of a curve's mean square has a shape that was never seen in training",
    zh="曲线的均方中有 ρ² 的部分，其形状在训练中从未出现",
)
_RIVAL = Text(en="the best {rung} ({better}) {crossing}", zh="{rung}最好的（{better}）{crossing}")
_ON = {
    Rung.LOCAL: Text(en="method on local labels alone", zh="只用本任务标注的方法中"),
    Rung.BORROWING: Text(en="of simple statistics with other tasks' data", zh="借助其他任务数据的简单统计方法中"),
}
_INCUMBENT = Text(
    en="The {name} falls from {metric} {first} at ρ = 0 to {last} at ρ = 1.",
    zh="{name}的{metric}从 ρ = 0 时的 {first} 降至 ρ = 1 时的 {last}。",
)
_FAILS = Text(en="When experience misleads", zh="经验何时误导模型")
_WARNED = Text(
    en="A test on the labelled examples alone flags {most} of the tasks at ρ = 1, {middle} at ρ = {rho:g}, and "
    "{none} at ρ = 0 (false warnings).",
    zh="仅凭标注样本的检验，在 ρ = 1 时对 {most} 的任务发出警告，ρ = {rho:g} 时为 {middle}；ρ = 0 时的 {none} 是误报。",
)
_MIDDLE = 0.7  # a novelty, of whose energy half is new
_LABELS = Text(en="labels per class", zh="每类标注数")
_POINTS = Text(en="points", zh="点数")
OTHER_TASKS_USED, METHOD = Text(en="other tasks", zh="其他任务数"), Text(en="method", zh="方法")
_ENDS = (
    Text(en="mean", zh="平均"),
    Text(en="95% CI, low", zh="95% 置信下限"),
    Text(en="95% CI, high", zh="95% 置信上限"),
)
_RHO = Text(en="task shift ρ", zh="任务偏移 ρ")
_MEAN = Text(en="{name}, mean", zh="{name}，平均")
_LOW = Text(en="{name}, 95% CI, low", zh="{name}，95% 置信下限")
_HIGH = Text(en="{name}, 95% CI, high", zh="{name}，95% 置信上限")


def drawn(study: StudyResults) -> list[str]:
    """Return the learners of the chart of labels: the best of each rung, and current practice."""
    incumbents = [name for name in decision_named(study.decision).incumbents if name in study.learners]
    leading = rungs.sketched(study) if incumbents else rungs.shown(study)  # industry rules use no local labels
    return list(dict.fromkeys((*leading, *incumbents)))


def _labels_curves(study: StudyResults, small: bool) -> dict[str, Array]:
    return {name: study.curve(name) for name in (rungs.sketched(study) if small else drawn(study))}


@lru_cache(maxsize=1024)  # published figures are shared by all visits
def _labels_figure(study: StudyResults, shots: int, language: Language, height: int, small: bool) -> go.Figure:
    worth = study.compared("labels_worth", shots)[0]
    return labels_chart(
        study.shots, _labels_curves(study, small), metric=study.metric, at=shots, worth=worth, language=language,
        height=height, decision=study.decision, small=small,
    )  # fmt: skip


@lru_cache(maxsize=16)
def _novelty_figure(study: StudyResults, language: Language, height: int, incumbents: tuple[str, ...]) -> go.Figure:
    curves = novelty_curves(study, incumbents=incumbents)
    return novelty_chart(
        study.novelty.rho, curves, metric=study.metric, language=language, height=height, decision=study.decision
    )


def novelty_curves(
    study: StudyResults, *, all_rungs: bool = False, incumbents: tuple[str, ...] = ()
) -> dict[str, Array]:
    """Return scores against the task shift, of meta-learning and of the best methods of each rung below it.

    Methods that use no local labels, the best of which at 0, belong to them if `all_rungs` do. `incumbents` come first.
    """
    rivals = [study.overtaking(rung) for rung in (Rung.LOCAL, Rung.BORROWING) if rung.value in study.novelty.rivals]
    names = dict.fromkeys(
        (*incumbents, *(name for each in rivals for name in (overtaker(study, each), each.best[-1])), META_LEARNED)
    )
    without = [name for name in study.novelty.score if REGISTRY[name].rung is Rung.NO_LOCAL_LABELS]
    if all_rungs and without:
        names[max(without, key=lambda name: study.metric.sign * study.novelty.score[name][0, 0])] = None
    return {name: study.novelty.score[name] for name in names}


def labels_section(
    study: StudyResults, shots: int, language: Language, *, height: int, key: str = "labels", small: bool = False
) -> Section:
    """Score against labels, and the arrow from `shots` labels to their equivalent in local labels alone.

    A `small` one leaves out the arrow and the methods that use no local labels.
    """
    curves = _labels_curves(study, small)
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


def labels_drawing(study: StudyResults, language: Language) -> str:
    """Return the small chart of score against labels as SVG, in the stand-ins for the theme's colours."""
    curves = [
        drawings.Curve(
            named(name, language, study.decision), COLOUR[name], _SVG_DASH[DASH[name]], np.array(study.shots), scores
        )
        for name, scores in _labels_curves(study, small=True).items()
    ]
    return drawings.curves(curves, words.labels_axis(study.metric)[language], study.metric.name[language])


def novelty_section(
    study: StudyResults, language: Language, *, height: int = 300, incumbents: tuple[str, ...] = ()
) -> Section:
    """Return the score against the task shift, as the last section of a page's evidence.

    `incumbents` are learners that a page's users have today: their curves are drawn, and their sentences added.
    """
    stop = ". " if language == "en" else "。"
    most, middle, none = (percent(float(study.power(rho)[0])) for rho in (1.0, _MIDDLE, 0.0))
    warned = _WARNED.format(most=most, middle=middle, none=none, rho=_MIDDLE)
    sentence, curves = novelty_sentence(study), novelty_curves(study, incumbents=incumbents)
    if incumbents:
        sentence = words.joined(sentence, *(_incumbent(study, name) for name in incumbents))
    return Section(
        key="novelty_chart",
        finding=f"**{_FAILS[language]}**{stop}{words.joined(sentence, warned)[language]}",
        figure=_novelty_figure(study, language, height, incumbents),
        alt=sentence[language],
        table=partial(curves_table, study.novelty.rho, _RHO[language], curves, language, study.decision),
    )


def _incumbent(study: StudyResults, name: str) -> Text:
    first, last = (scored(study.novelty.score[name][place, 0], study.metric) for place in (0, -1))
    called = Text(en=named(name, "en", study.decision), zh=named(name, "zh", study.decision))
    text = _INCUMBENT.format(name=called, metric=study.metric.name, first=first, last=last)
    return Text(en=text.en, zh=words.spaced(text.zh))


def novelty_sentence(study: StudyResults) -> Text:
    """Return the task shift at which the best of each rung overtakes meta-learning."""
    counted = words.counted(study.metric, study.novelty.shots)
    rivals = words.clauses(_rival(study, rung) for rung in _ON if rung.value in study.novelty.rivals)
    share = _SHARE_OF_CURVE if study.metric.is_regression else _SHARE
    return _NEWER.format(share=share, labels=counted, rivals=rivals)


def _rival(study: StudyResults, rung: Rung) -> Text:
    better = REGISTRY[overtaker(study, study.overtaking(rung))].name
    return _RIVAL.format(rung=_ON[rung], better=better, crossing=facts.crossing(study, rung))


def overtaker(study: StudyResults, overtaking: Overtaking) -> str:
    """Return the learner that overtakes at the first measured task shift; if none does, the best at 1."""
    at = 1.0 if overtaking.at is None else overtaking.at
    return overtaking.best[next(place for place, rho in enumerate(study.novelty.rho) if rho >= at)]


def curves_table(
    x: Sequence[float], title: str, curves: dict[str, Array], language: Language, decision: str = ""
) -> pd.DataFrame:
    """curves: learner -> (points, 3), mean, low and high."""
    columns: dict[str, object] = {title: x}
    for name, curve in curves.items():
        for heading, column in ((_MEAN, 0), (_LOW, 1), (_HIGH, 2)):
            columns[heading.format(name=named(name, language, decision))[language]] = curve[:, column]
    return pd.DataFrame(columns)


def interval_columns(title: str, mean: Array, ends: Array | None, language: Language) -> dict[str, Array]:
    """Return a curve's column (n,), and behind it those of its intervals (n, 2), if they are known."""
    columns = {title: mean}
    if ends is not None:
        columns |= {
            heading.format(name=title)[language]: column.round(2)
            for heading, column in zip((_LOW, _HIGH), ends.T, strict=True)
        }
    return columns


def interval_table(left: Mapping[Text, Sequence[object]], score: Floats, language: Language) -> pd.DataFrame:
    """Return columns by their headings, and score (rows, 3) beside them: mean, low and high."""
    intervals = {heading[language]: column for heading, column in zip(_ENDS, score.T, strict=True)}
    return pd.DataFrame({title[language]: values for title, values in left.items()} | intervals)


def _by_other_tasks(found: OtherTasksResults, learner: str, shots: int) -> tuple[tuple[int, ...], Floats]:
    """Return the numbers of other tasks and a learner's score (counts, 3) at a number of labels."""
    counts = found.learners[learner].counts
    return counts, np.array([found.at(learner, count, shots) for count in counts])


def experience_learners(found: OtherTasksResults, simple: str) -> list[str]:
    """Return the methods that are drawn against the number of other tasks: networks, if measured, and a simple one."""
    return [name for name in (META_LEARNED, simple, POOLED) if name in found.learners]


@lru_cache(maxsize=256)  # published figures are shared by all visits
def experience_figure(
    found: OtherTasksResults, shots: int, simple: str, language: Language, chosen: int | None = None
) -> go.Figure:
    """Draw a simple method against the number of other tasks, and networks, if measured; one number may be marked."""
    reference = {found.local_learner(shots): found.level("local", shots), BAYES: found.level("bayes", shots)}
    learners = {name: _by_other_tasks(found, name, shots) for name in experience_learners(found, simple)}
    return experience_chart(learners, Comparison(found.metric, reference, language), chosen)  # type: ignore[arg-type]


def experience_table(found: OtherTasksResults, shots: int, language: Language) -> pd.DataFrame:
    """Return every method's scores by the number of other tasks, at a number of labels."""
    tables = []
    for name in found.learners:
        counts, score = _by_other_tasks(found, name, shots)
        table = interval_table({OTHER_TASKS_USED: counts}, score, language)
        table.insert(0, METHOD[language], named(name, language))
        tables.append(table)
    return pd.concat(tables)
