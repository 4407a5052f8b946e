"""The cost of perturbations for each rung, in every application that was measured."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard import words
from dashboard.charts.robustness import CLEAN_BAYES, robustness_chart
from dashboard.charts.style import named
from dashboard.language import percent, scored
from dashboard.views import rungs
from dashboard.views.pictures import METHOD, interval_table
from dashboard.views.section import Section
from dashboard.views.worlds_panel import RANGE, TO
from scenarios.catalog import SCENARIOS
from scenarios.dataclass_json import Floats
from scenarios.decisions.catalog import decision_named
from scenarios.decisions.decision import CarriedThreshold
from scenarios.evaluation.perturbations import PERTURBATIONS
from scenarios.learners.registry import BAYES, REGISTRY, Rung, by_rung
from scenarios.metrics import Metric
from scenarios.publication.results import Perturbed, RobustnessResults
from scenarios.text import Language, Text

NAMES = {
    "label_errors": Text(en="Wrong labels", zh="标注错误"),
    "missing_values": Text(en="Missing values", zh="缺失值"),
    "unequal_classes": Text(en="Unequal classes", zh="类别不均衡"),
    "shift": Text(en="Change after labelling", zh="标注后环境改变"),
}
CHANGE, TURN, MATURED, ACCEPTED = "shift", "turn", "all_matured", "accepted_only"
_SUMMARY = Text(
    en="Percentage points lost to {name}. {costs}. {order}",
    zh="{name}造成的损失（百分点）。{costs}。{order}",
)
_OF_APPLICATION = Text(en="{title} ({level}): {losses}", zh="{title}（{level}）：{losses}")
_STAYS = Text(en="The order of the groups does not change.", zh="各组的先后顺序不变。")
_CHANGES = Text(en="The order of the groups changes: {changes}.", zh="各组的先后顺序有变：{changes}。")
_OVERTAKES = Text(en="“{new}” overtakes {old} ({title})", zh="“{new}”超过{old}（{title}）")
_LOST = Text(
    en="Percentage points of {metric} lost at “{level}”: {losses}. Increase in negative log-likelihood, in nats: "
    "{surprise}.",
    zh="“{level}”时{metric}的损失（百分点）：{losses}。负对数似然的增量（奈特）：{surprise}。",
)
_GAINED = Text(
    en="About {goods} good accounts mature with {bads} bad ones. Using all of them instead of {bads} adds, in "
    "percentage points of {metric}: {gains}.",
    zh="每有 {bads} 户坏账户走完表现期，就有约 {goods} 户好账户；全部使用而不只取 {bads} 户，"
    "{metric}提高（百分点）：{gains}。",
)
_CARRIED = Text(en="With {threshold}: {measures}.", zh="沿用{threshold}：{measures}。")
_MEASURE = Text(en="{name}, {values}", zh="{name}为{values}")
_WAS = Text(en="{rung} {value} (was {before})", zh="{rung} {value}（原为 {before}）")
_OF_RUNG = Text(en="{rung} {value}", zh="{rung} {value}")
_ALT = Text(en="{metric} against: {axis}. {finding}", zh="{metric}的变化：{axis}。{finding}")
_LEVEL = Text(en="level", zh="程度")
_LOSS = Text(en="lost, mean", zh="损失，平均"), Text(en="lost, 95% from", zh="损失，95% 下限"), Text(
    en="lost, 95% to", zh="损失，95% 上限"
)  # fmt: skip
_LOST_RANGE = Text(en="lost, nine tasks in ten", zh="损失，九成任务")
_SURPRISE = Text(en="negative log-likelihood, nats", zh="负对数似然（奈特）")
_TREATMENT = Text(en="unequal classes", zh="对不均衡的处理")
_TREATMENTS = {
    "as_is": Text(en="handled by the method itself", zh="交由方法自身"),
    "weighted": Text(en="classes weighted equally in the loss", zh="损失中各类等权"),
    "evened": Text(en="probabilities corrected for class shares", zh="概率按类别比例校正"),
}
_UNTOLD = Text(
    en="Labels come from before the change, query examples from after it. No method is given this information, and no "
    "probability is corrected.",
    zh="标注来自改变之前，查询样本来自改变之后；任何方法都不知情，概率也不做校正。",
)
_HOW = {
    "label_errors": Text(
        en="Some labels of the new task are swapped with those of another class; other tasks are labelled without "
        "errors.",
        zh="新任务的部分标注与另一类互换；其他任务的标注无误。",
    ),
    "missing_values": Text(
        en="Values are missing completely at random, in labelled and in query examples. A missing value is "
        "replaced with the mean of its feature over training tasks; missing samples of a signal are "
        "interpolated linearly.",
        zh="数值完全随机缺失，标注样本和查询样本都有。缺失值用该特征在训练任务上的平均值填补；信号中缺失的采样点用"
        "线性插值补上。",
    ),
    "unequal_classes": Text(
        en="The total number of labels is unchanged. The shares of the classes depend on the labelling and carry "
        "no information about the query examples. Each method handles them in the way that was best on "
        "training tasks: by itself, with weighted classes, or with corrected probabilities.",
        zh="标注总数不变。各类标注多少由标注者决定，与查询样本的类别比例无关，因此每种方法都在训练任务上选出最好的"
        "处理方式：交由方法自身、损失中各类等权、或按类别比例校正概率。",
    ),
    CHANGE: _UNTOLD,
    TURN: _UNTOLD,
    ACCEPTED: Text(
        en="Labelled accounts are those of applicants whom the generic score approved (one network for all "
        "segments, without local labels). The methods are evaluated on all applicants, as elsewhere. No method "
        "corrects for the selection (reject inference).",
        zh="标注账户只来自按通用评分（各客群合用一个网络，不用本客群的标注）获批的申请人，而评估针对全部申请人（与"
        "别处相同）。任何方法都未做校正（拒绝推断）。",
    ),
    MATURED: Text(
        en="No method was retrained. To train for this, meta-training would have to draw unequal numbers of "
        "labels, and the prior of simple statistics would have to learn default rates as well.",
        zh="所有方法均未重新训练。若要针对这种样本训练，元训练需抽取数目不等的标注，简单统计方法的先验也需同时学习违"
        "约率。",
    ),
}
_BANDS = Text(
    en="Means over {tasks} test tasks, {shots} labels per class; bands: 95% CIs.",
    zh="{tasks} 个测试任务的平均值，每类 {shots} 个标注；色带为 95% 置信区间。",
)
_SPREAD = Text(
    en="At “{level}”, {metric} in nine {task}s of ten: {ranges}.",
    zh="“{level}”时九成{task}的{metric}：{ranges}。",
)
_NO_SPREAD = Text(en="The spread of single tasks was not measured here.", zh="这里没有测任务之间的离散程度。")
_MEASURED = Text(
    en="Means over {tasks} test tasks, {shots} labels per class, seed {seed}; bands: 95% CIs. Each group is shown by "
    "its best method on clean data. The Bayes-optimal predictor assumes clean data.",
    zh="{tasks} 个测试任务的平均值，每类 {shots} 个标注，随机种子 {seed}；色带为 95% 置信区间。每组取干净数据上最"
    "好的方法；贝叶斯最优预测以数据干净为前提。",
)
_IN = Text(en="{title}: {axis}", zh="{title}：{axis}")  # a perturbation in an application
_HEIGHT = 360  # px
_ADAPTING = (Rung.LOCAL, Rung.BORROWING, Rung.META_LEARNED)


def robustness_section(found: Mapping[str, RobustnessResults], perturbation: str, language: Language) -> Section:
    """Return the cost of one perturbation in every application, keyed by their titles."""
    known = {title: each for title, each in found.items() if perturbation in each.perturbations}
    parts = [perturbed_section(each, perturbation, language) for each in known.values()]
    return Section(
        key=f"robustness_{perturbation}", finding=f"**{_summary(known, perturbation)[language]}**", parts=tuple(parts)
    )


def sections_of_one(found: RobustnessResults, language: Language) -> list[Section]:
    """Return the sections that a single application's page shows.

    They cover the cost of a change between labelling and use, such as another hospital or a turned sensor, and the
    value of the good accounts that matured with the bad ones.
    """
    return [
        replace(perturbed_section(found, name, language), heading=_heading(found, name))
        for name in (CHANGE, TURN, MATURED)
        if name in found.perturbations
    ]


def _heading(found: RobustnessResults, perturbation: str) -> Text:
    return words.capitalised(PERTURBATIONS[perturbation].label(SCENARIOS[found.scenario]))


def matured_sections(found: Mapping[str, RobustnessResults], language: Language) -> list[Section]:
    """Return the gain from all good accounts that matured with the bad ones, for applications with accounts."""
    return [perturbed_section(each, MATURED, language) for each in found.values() if MATURED in each.perturbations]


def _summary(found: Mapping[str, RobustnessResults], perturbation: str) -> Text:
    """Return the losses of methods that learn from local labels, and whether one group overtakes another."""
    costs = []
    for title, each in found.items():
        lost = each.perturbations[perturbation].lost
        losses = {name: lost[name][-1, 0] for name in each.compared if REGISTRY[name].rung in _ADAPTING}
        costs.append(_OF_APPLICATION.format(title=title, level=_last(each, perturbation), losses=_by_rung(losses)))
    name = NAMES[perturbation]
    name = Text(en=name.en[0].lower() + name.en[1:], zh=name.zh)
    return _SUMMARY.format(name=name, costs=words.clauses(costs), order=_order(_changes(found, perturbation)))


def _changes(found: Mapping[Any, RobustnessResults], perturbation: str) -> list[Text]:
    """Return who overtakes whom, by the applications' titles."""
    changes = []
    for title, each in found.items():
        by_new: dict[str, list[Text]] = {}
        for new, old in each.overtaken(perturbation):
            by_new.setdefault(new, []).append(rung_of(old))
        changes += [
            _OVERTAKES.format(new=rung_of(new), old=words.enumerated(old), title=title) for new, old in by_new.items()
        ]
    return changes


def _order(changes: list[Text]) -> Text:
    return _CHANGES.format(changes=words.clauses(changes)) if changes else _STAYS


def finding(found: RobustnessResults, perturbation: str) -> Text:
    """Return the loss of each rung at the last level, smallest first; for all matured accounts, the gain."""
    part, metric = found.perturbations[perturbation], found.metric.name
    lost = {name: part.lost[name][-1, 0] for name in found.compared}
    if perturbation == MATURED:
        gains = _by_rung({name: -each for name, each in lost.items()})
        goods = found.shots + int(part.levels[-1])
        gained = _GAINED.format(bads=found.shots, goods=goods, metric=metric, gains=gains)
        return words.joined(gained, order(found, MATURED))
    added = {  # a fixed rule states no probabilities
        name: part.log_loss_added[name][-1, 0]
        for name in found.compared
        if REGISTRY[name].rung is not Rung.NO_LOCAL_LABELS
    }
    level = _last(found, perturbation)
    sentence = _LOST.format(metric=metric, level=level, losses=_by_rung(lost), surprise=_by_rung(added, 1, 2))
    return words.joined(sentence, _carried(found, part)) if part.carried else sentence


def _carried(found: RobustnessResults, part: Perturbed) -> Text:
    """Return the measures of a threshold that was set before a change, after it: of methods that see local labels."""
    names = [name for name in found.compared if REGISTRY[name].rung in _ADAPTING]
    measures = [
        _MEASURE.format(
            name=label,
            values=words.enumerated(
                _WAS.format(rung=rung_of(name), value=percent(float(last[0])), before=percent(float(first[0])))
                for name in names
                for first, *_, last in [(part.carried or {})[measure][name]]
            ),
        )
        for measure, label in _threshold(found).names.items()
    ]
    return _CARRIED.format(threshold=_threshold(found).label, measures=words.clauses(measures))


def _threshold(found: RobustnessResults) -> CarriedThreshold:
    carried = decision_named(SCENARIOS[found.scenario].decision).carried
    if carried is None:
        raise ValueError(f"the decision of {found.scenario} carries no threshold")
    return carried


def order(found: RobustnessResults, perturbation: str) -> Text:
    """Return whether one group of methods overtakes another in an application, from no perturbation to the most."""
    return _order(_changes({SCENARIOS[found.scenario].prose.title: found}, perturbation))


def _last(found: RobustnessResults, perturbation: str) -> Text:
    label, levels = PERTURBATIONS[perturbation].level_label, found.perturbations[perturbation].levels
    return label(SCENARIOS[found.scenario], found.shots, levels[-1])


def _by_rung(values: Mapping[str, float], scale: float = 100, decimals: int = 1) -> Text:
    """Return learners' values with their rungs, the least first."""
    parts = [
        _OF_RUNG.format(rung=rung_of(name), value=f"{scale * values[name]:z.{decimals}f}".replace("-", "−"))
        for name in sorted(values, key=lambda name: values[name])
    ]
    return words.enumerated(parts)


def rung_of(name: str) -> Text:
    """Return the short name of a method's rung; the Bayes-optimal predictor is that for clean data."""
    return CLEAN_BAYES if name == BAYES else REGISTRY[name].rung.short


def perturbed_section(
    found: RobustnessResults, perturbation: str, language: Language, at: float | None = None
) -> Section:
    """Return the cost of one perturbation in one application; the level `at` is marked."""
    sentence, protocol = finding(found, perturbation), found.protocol
    scenario = SCENARIOS[found.scenario]
    axis = PERTURBATIONS[perturbation].label(scenario)
    shift = {CHANGE: scenario.shift, TURN: scenario.turn}.get(perturbation)
    change = [shift.note] if shift and shift.note else []
    note = words.joined(
        _HOW[perturbation], *change, _MEASURED.format(tasks=protocol.tasks, shots=found.shots, seed=protocol.seed)
    )
    return Section(
        key=f"robustness_{perturbation}_{found.scenario}_chart",
        heading=_IN.format(title=scenario.prose.title, axis=axis),
        finding=words.spaced(sentence[language]),
        figure=_figure(found, perturbation, language, at),
        alt=_ALT.format(metric=found.metric.name, axis=axis, finding=sentence)[language],
        table=partial(table, found, perturbation, language),
        note=words.spaced(_BANDS.format(tasks=protocol.tasks, shots=found.shots)[language]),
        method=words.spaced(words.joined(_spread(found, perturbation, at), note)[language]),
        command=f"python -m scenarios robustness {found.scenario} --tasks {protocol.tasks} --seed {protocol.seed}",
    )


def _spread(found: RobustnessResults, perturbation: str, at: float | None) -> Text:
    """Return where nine tasks in ten lie with the best method of each rung: at a level, or the last one."""
    part, scenario = found.perturbations[perturbation], SCENARIOS[found.scenario]
    if part.range90 is None:
        return _NO_SPREAD
    level = part.levels[-1] if at is None else at
    ranges = [
        _OF_RUNG.format(rung=rung_of(name), value=_range(part.range90[name][part.levels.index(level)], found.metric))
        for name in found.compared
    ]
    return _SPREAD.format(
        level=PERTURBATIONS[perturbation].level_label(scenario, found.shots, level),
        metric=found.metric.name, task=scenario.prose.task, ranges=words.enumerated(ranges),
    )  # fmt: skip


def _range(ends: Floats, metric: Metric, digits: int = 0) -> Text:
    low, high = (scored(float(end), metric, digits) for end in ends)
    return TO.format(low=low, high=high)


@lru_cache(maxsize=64)  # published figures are shared by all visits
def _figure(found: RobustnessResults, perturbation: str, language: Language, at: float | None) -> go.Figure:
    part = found.perturbations[perturbation]
    return robustness_chart(
        levels(found, perturbation, language), {name: part.score[name] for name in found.compared},
        title=PERTURBATIONS[perturbation].label(SCENARIOS[found.scenario])[language], metric=found.metric,
        language=language, height=_HEIGHT, decision=SCENARIOS[found.scenario].decision,
        at=None if at is None else part.levels.index(at),
    )  # fmt: skip


def levels(found: RobustnessResults, perturbation: str, language: Language) -> list[str]:
    """Return the levels of a perturbation in words."""
    label, scenario = PERTURBATIONS[perturbation].level_label, SCENARIOS[found.scenario]
    return [label(scenario, found.shots, level)[language] for level in found.perturbations[perturbation].levels]


def called(name: str, language: Language, decision: str) -> str:
    """Return the name of a method; that of the Bayes-optimal predictor names the data that it is optimal for."""
    return CLEAN_BAYES[language] if name == BAYES else named(name, language, decision)


def table(found: RobustnessResults, perturbation: str, language: Language) -> pd.DataFrame:
    """Return every method's score, loss and negative log-likelihood at each level."""
    part, tables = found.perturbations[perturbation], []
    for name in by_rung(part.score):
        each = interval_table({_LEVEL: levels(found, perturbation, language)}, part.score[name], language)
        if part.range90 is not None:
            each[RANGE[language]] = [_range(ends, found.metric, 1)[language] for ends in part.range90[name]]
        for heading, column in zip(_LOSS, part.lost[name].T, strict=True):
            each[heading[language]] = column
        if part.lost_range90 is not None:
            each[_LOST_RANGE[language]] = [
                TO.format(low=f"{low:z.3f}", high=f"{high:z.3f}")[language] for low, high in part.lost_range90[name]
            ]
        each[_SURPRISE[language]] = part.log_loss[name][:, 0]
        for measure, values in (part.carried or {}).items():
            each[_threshold(found).names[measure][language]] = values[name][:, 0]
        if {*np.ravel(list(part.treatment.values()))} != {"as_is"}:
            each[_TREATMENT[language]] = [_TREATMENTS[treatment][language] for treatment in part.treatment[name]]
        decision = SCENARIOS[found.scenario].decision
        each.insert(0, METHOD[language], called(name, language, decision))
        each.insert(0, rungs.GROUP[language], rungs.rungs_of([name], language)[0])
        tables.append(each)
    return pd.concat(tables)
