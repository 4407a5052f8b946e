"""What the scores mean where alarms are raised: how many are found at how many false ones, and what is called what."""

from functools import lru_cache, partial

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import session, words
from dashboard.charts.calibration import calibration_chart
from dashboard.charts.confusion import confusion_chart
from dashboard.charts.style import named
from dashboard.language import percent
from dashboard.views import facts, formatting
from dashboard.views.decisions.decision_panel import GROUP, DecisionPanel, by_rung, calibration_table, choose, rungs_of
from dashboard.views.pictures import novelty_section
from dashboard.views.section import Section, draw_section, draw_side_by_side
from scenarios.decisions.alarms.assumptions import BUDGETS, STYLE_MIX, WINDOWS_PER_HOUR
from scenarios.decisions.alarms.decision import BUDGET
from scenarios.evaluation.prevalence import reliability_as_counted
from scenarios.learners.registry import PRINCIPAL, RULE
from scenarios.publication.results import StudyResults
from scenarios.scenario import Scenario
from scenarios.task import Array
from scenarios.text import Language, Text

_LEARNER = Text(en="model", zh="模型")
_MACRO_F1 = Text(en="macro-F1", zh="宏平均 F1")
_WITHIN = Text(en="recall of {kind}, ≤ {budget} false alarms/h", zh="{kind}召回率（误报 ≤ {budget} 次/小时）")
_RECALL = Text(en="recall, likeliest style", zh="召回率（取最可能风格）")
_FALSE = Text(en="false alarms/h, likeliest style", zh="误报次数/小时（取最可能风格）")
_NOTE = Text(
    en="Means over {tasks} fresh {task}s at {shots} labels per class, with 95% intervals. A drive is taken to be "
    "{mix}, in {windows} windows an hour that do not overlap. Probabilities come from styles that are equally frequent "
    "and are moved to that mix (Saerens et al. 2002); then the likeliest style is named. The threshold of each budget "
    "is read on the same windows that are judged, {task} by {task}, so recall within a budget flatters every model a "
    "little; a single false window counts as 2.4 or 3.4 alarms per hour. The fixed {limit} rule is the incumbent: it "
    "measures road and vehicle together with the driver, ranks windows by their peak, and never calls one {calmest}. "
    "Vendors' thresholds differ.",
    zh="{tasks} {task}（均为全新任务）、每类 {shots} 个标注的平均值，括号内为 95% 区间。假设行车中{mix}，每小时 "
    "{windows} 个互不重叠的片段。概率原以各风格同样常见为前提，已校正到这一比例（Saerens 等，2002），再取最可能的风格。"
    "各误报上限下的阈值逐任务取自同一批受评片段，因此预算内召回率对各模型都略偏乐观；误报一个片段即相当于每小时 2.4 或 "
    "3.4 次。固定 {limit} 规则是现行做法：它把道路和车辆的影响一并算在内，按峰值给片段排序，从不判为{calmest}。"
    "各厂商阈值不一。",
)
_SHARE = Text(en="{share} {kind}", zh="{kind}占 {share}")
_CONFUSIONS = Text(
    en="**Called what it is?** At the mix of a drive: each row is one true style and adds up to 100%; bold is right.",
    zh="**判断对了吗**？按行车中的风格比例判断；每行是一种实际风格，合计 100%，加粗为判对。",
)
_CONFUSION_TAKEAWAY = Text(
    en="Confusion matrices, rows the true style. Called {kind} and truly so: {found}. Truly {middle} but called "
    "{kind}: {wrong}.",
    zh="混淆矩阵，行为实际风格。实际{kind}且判为{kind}：{found}。实际{middle}却判为{kind}：{wrong}。",
)
_TRUTH = Text(en="truth", zh="实际")
_AS = Text(en="called {kind}", zh="判为{kind}")
_CALIBRATION = Text(
    en="**Can P({kind}) be taken at face value?** The closer to the diagonal, the more so. Styles equally frequent.",
    zh="**{kind}概率可信吗**？越靠近对角线越可信；此处各风格同样常见。",
)
_CALIBRATION_TAKEAWAY = Text(
    en="Predicted probability of {kind} against observed share, the styles being equally frequent. Over the windows, "
    "the meta-learned model is off by {maml} on average, the one from scratch by {scratch}, the Bayes-optimal one by "
    "{bayes}.",
    zh="各风格同样常见时，预测的{kind}概率与实际比例的对比。按片段平均，偏差：元学习 {maml}，从零训练 {scratch}，"
    "贝叶斯最优 {bayes}。",
)
_COUNT = Text(en="{name}, windows", zh="{name}，片段数")
_MATRICES = (*PRINCIPAL, RULE)
Bins = dict[str, tuple[Array, Array, Array]]  # learner -> predicted, observed, windows


def _show(scenario: Scenario, study: StudyResults) -> None:
    view = session.view()
    left, right = st.columns([1.15, 1], gap="medium")
    with left:
        budget = choose(BUDGET, scenario)
        draw_section(_within_budget(scenario, study, view.shots, budget, view.lang))
    with right:
        draw_section(_confusions(scenario, study, view.shots, view.lang))
    draw_side_by_side((_calibration(scenario, study, view.shots, view.lang), novelty_section(study, view.lang)))


def _within_budget(scenario: Scenario, study: StudyResults, shots: int, budget: int, language: Language) -> Section:
    figures = {
        name: percent(_at_budget(study.at(name, shots, "recall_at_budget"), budget)[0]) for name in study.rows(shots)
    }
    rule = {
        "rule_recall": percent(study.at(RULE, shots, "recall")[0]),
        "rule_alarms": f"{study.at(RULE, shots, 'false_alarms')[0]:.0f}",
    }
    return Section(
        key="within_budget",
        finding=facts.required(scenario.prose.verdict).format(budget=budget, **by_rung(study, shots, figures), **rule)[
            language
        ],
        table=_measures(study, shots, budget, scenario.classes[-1], language),
        note=_note(scenario, study, shots, language),
        is_explained=True,
    )


@lru_cache(maxsize=512)  # published figures are the same for everybody
def _measures(study: StudyResults, shots: int, budget: int, kind: Text, language: Language) -> pd.DataFrame:
    names = study.rows(shots)
    within = {name: _at_budget(study.at(name, shots, "recall_at_budget"), budget) for name in names}
    columns = {
        _LEARNER[language]: [named(name, language, "alarms") for name in names],
        _MACRO_F1[language]: [_cell(study.at(name, shots, "macro_f1"), 2) for name in names],
        _WITHIN.format(kind=kind[language], budget=budget)[language]: [
            formatting.share_cell(within[name]) for name in names
        ],
        _RECALL[language]: [formatting.share_cell(study.at(name, shots, "recall")) for name in names],
        _FALSE[language]: [_cell(study.at(name, shots, "false_alarms"), 1) for name in names],
        GROUP[language]: rungs_of(names, language),
    }
    return pd.DataFrame(columns).set_index(_LEARNER[language])


def _note(scenario: Scenario, study: StudyResults, shots: int, language: Language) -> str:
    mix = [
        _SHARE.format(kind=kind[language], share=percent(share))[language]
        for kind, share in zip(scenario.classes, STYLE_MIX, strict=True)
    ]
    signal = scenario.signal
    return _NOTE.format(
        tasks=study.tasks,
        task=scenario.prose.a_task[language],
        shots=shots,
        mix=words.listed(mix, language),
        windows=WINDOWS_PER_HOUR,
        limit=f"{signal.limit:g} {signal.unit[language]}" if signal else "",
        calmest=scenario.classes[0][language],
    )[language]


def _at_budget(estimate: list[list[float]], budget: int) -> list[float]:
    """[mean, low, high] of recall within one of the budgets that were studied."""
    return [part[BUDGETS.index(budget)] for part in estimate]


def _cell(estimate: list[float], digits: int) -> str:
    """[mean, low, high] -> "0.92 (0.91–0.93)", to be broken before the interval only."""
    mean, low, high = (f"{value:.{digits}f}" for value in (estimate[0], max(estimate[1], 0.0), estimate[2]))
    return f"{mean} {formatting.unbroken(f'({low}–{high})')}"


def _confusions(scenario: Scenario, study: StudyResults, shots: int, language: Language) -> Section:
    kinds, matrices = scenario.classes, _matrices(study, shots)

    def listed(truth: int) -> str:
        shares = {name: percent(float(matrix[truth, -1])) for name, matrix in matrices.items()}
        return words.listed([f"{named(name, language)} {share}" for name, share in shares.items()], language)

    alt = _CONFUSION_TAKEAWAY.format(kind=kinds[-1], middle=kinds[-2], found=listed(-1), wrong=listed(-2))
    return Section(
        key="confusion_chart",
        finding=_CONFUSIONS[language],
        figure=_confusion_figure(study, kinds, shots, language),
        alt=alt[language],
        table=partial(_confusion_table, matrices, scenario, language),
    )


@lru_cache(maxsize=512)  # published figures are the same for everybody
def _confusion_figure(study: StudyResults, classes: tuple[Text, ...], shots: int, language: Language) -> go.Figure:
    return confusion_chart(_matrices(study, shots), classes, language=language)


def _matrices(study: StudyResults, shots: int) -> dict[str, Array]:
    return {name: np.array(study.at(name, shots, "confusion")[0]) for name in _MATRICES}


def _confusion_table(matrices: dict[str, Array], scenario: Scenario, language: Language) -> pd.DataFrame:
    rows = [
        {_LEARNER[language]: named(name, language), _TRUTH[language]: kind[language]}
        | {
            _AS.format(kind=other[language])[language]: percent(float(share), 1)
            for other, share in zip(scenario.classes, matrix[truth], strict=True)
        }
        for name, matrix in matrices.items()
        for truth, kind in enumerate(scenario.classes)
    ]
    return pd.DataFrame(rows)


def _calibration(scenario: Scenario, study: StudyResults, shots: int, language: Language) -> Section:
    kind, bins = scenario.classes[-1], _bins(study, shots)
    off = {name: percent(float(np.average(abs(p - q), weights=n)), 1) for name, (p, q, n) in bins.items()}
    return Section(
        key="calibration_chart",
        finding=_CALIBRATION.format(kind=kind)[language],
        figure=_calibration_figure(study, shots, language),
        alt=_CALIBRATION_TAKEAWAY.format(kind=kind, **off)[language],
        table=partial(calibration_table, bins, language, _COUNT),
    )


@lru_cache(maxsize=512)
def _bins(study: StudyResults, shots: int) -> Bins:
    return {name: reliability_as_counted(*study.risks(name, shots)) for name in PRINCIPAL}


@lru_cache(maxsize=512)
def _calibration_figure(study: StudyResults, shots: int, language: Language) -> go.Figure:
    return calibration_chart(
        {name: bins_of_one[:2] for name, bins_of_one in _bins(study, shots).items()}, language=language
    )


PANEL = DecisionPanel(
    name="alarms",
    audience=Text(
        en="**Telematics engineer.** Recall and false alarms per hour, beside a fixed threshold.",
        zh="**车联网工程师**。召回率和每小时误报次数，与固定阈值对照。",
    ),
    show=_show,
)
