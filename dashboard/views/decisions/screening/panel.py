"""What the scores mean where cases are to be found: an operating point, a prevalence, and whether risks come true."""

from functools import lru_cache, partial

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import session
from dashboard.charts.calibration import calibration_chart
from dashboard.charts.style import named
from dashboard.language import percent
from dashboard.views import formatting
from dashboard.views.decisions.decision_panel import DecisionPanel, by_rung, calibration_table, chosen, verdict
from dashboard.views.pictures import novelty_section
from dashboard.views.rungs import GROUP, rungs_of
from dashboard.views.section import Section, draw_section
from scenarios.decisions.screening.assumptions import FAR_OFF, SPECIFICITY
from scenarios.decisions.screening.decision import PREVALENCE
from scenarios.evaluation.prevalence import predictive_values, reliability
from scenarios.learners.registry import META_LEARNED, PRINCIPAL
from scenarios.publication.results import StudyResults
from scenarios.scenario import Scenario
from scenarios.task import Array
from scenarios.text import Language, Text

_NOTE = Text(
    en="Means over {tasks} fresh {task}s at {shots} labels per class. The threshold gives {specificity} specificity on "
    "the same examples; PPV and NPV follow from the mean sensitivity by Bayes' rule. In the chart, probabilities are "
    "moved from balanced classes to the chosen share by correcting the odds (Saerens et al. 2002). All models were "
    "calibrated on training tasks, for each number of labels.",
    zh="{tasks} {task}（均为全新任务）、每类 {shots} 个标注的平均值。阈值取在同一批样本上特异度为 {specificity} "
    "的位置；阳性、阴性预测值由平均灵敏度按贝叶斯公式算出。图中概率已按所选占比校正（Saerens 等，2002）。"
    "所有模型都在训练任务上按标注数做过校准。",
)
_CARRIED = Text(
    en="In practice the threshold is set on other {task}s. That of the meta-learned model then keeps a specificity of "
    "{kept} on average, below {least} in {share} of {task}s, and finds {found} of the cases.",
    zh="实际使用时，阈值只能在其他{task}上确定。此时元学习的特异度平均为 {kept}，有 {share} 的{task}低于 {least}；"
    "灵敏度为 {found}。",
)
_LEARNER = Text(en="model", zh="模型")
_SENSITIVITY = Text(en="sensitivity, 95% interval", zh="灵敏度（95% 区间）")
_PPV = Text(en="PPV", zh="阳性预测值")
_NPV = Text(en="NPV", zh="阴性预测值")
_CALIBRATION = Text(
    en="**Can the probabilities be taken at face value?** The closer to the diagonal, the more so.",
    zh="**预测概率可信吗**？越靠近对角线越可信。",
)
_CALIBRATION_TAKEAWAY = Text(
    en="Predicted probability against observed share, at {prevalence} prevalence. The meta-learned model is off by "
    "{maml} on average over the bins, the one from scratch by {scratch}.",
    zh="验前概率 {prevalence} 时，预测概率与实际比例的对比。元学习各分箱平均偏差 {maml}，从零训练 {scratch}。",
)
_PATIENTS = 1_000  # of whom a verdict speaks
Points = dict[str, tuple[Array, Array]]  # learner -> predicted, observed


def _verdict(scenario: Scenario, study: StudyResults, shots: int, prevalence: int) -> Text:
    cases = round(_PATIENTS * prevalence / 100)
    found = {name: f"{cases * study.at(name, shots, 'sensitivity')[0]:.0f}" for name in study.rows(shots)}
    return verdict(
        scenario,
        shots,
        {
            "patients": f"{_PATIENTS:,}",
            "cases": str(cases),
            "specificity": percent(SPECIFICITY),
            "false": f"{(_PATIENTS - cases) * (1 - SPECIFICITY):.0f}",
            **by_rung(study, shots, found),
        },
    )


def _show(scenario: Scenario, study: StudyResults) -> None:
    view, prevalence = session.view(), chosen(PREVALENCE) / 100
    left, middle, right = st.columns([1.2, 1, 1], gap="medium")
    with left:
        draw_section(_operating_point(scenario, study, view.shots, prevalence, view.lang))
    with middle:
        draw_section(_calibration(study, view.shots, prevalence, view.lang))
    with right:
        draw_section(novelty_section(study, view.lang))


def _operating_point(
    scenario: Scenario, study: StudyResults, shots: int, prevalence: float, language: Language
) -> Section:
    stated = {"specificity": percent(SPECIFICITY), "prevalence": percent(prevalence)}
    return Section(
        key="operating_point",
        finding=_carried(scenario, study, shots)[language],
        table=_table(study, shots, prevalence, language),
        note=_NOTE.format(tasks=study.tasks, task=scenario.prose.a_task, shots=shots, **stated)[language],
        is_explained=True,
    )


def _carried(scenario: Scenario, study: StudyResults, shots: int) -> Text:
    """Return what becomes of the meta-learned model's threshold that was set on other tasks."""
    kept, share, found = (
        percent(study.at(META_LEARNED, shots, f"carried_{measure}")[0])
        for measure in ("specificity", "far_off", "sensitivity")
    )
    return _CARRIED.format(task=scenario.prose.task, kept=kept, share=share, found=found, least=percent(FAR_OFF))


@lru_cache(maxsize=512)  # published figures are the same for everybody
def _table(study: StudyResults, shots: int, prevalence: float, language: Language) -> pd.DataFrame:
    names = study.rows(shots)
    estimates = {name: study.at(name, shots, "sensitivity") for name in names}
    values = {name: predictive_values(score[0], SPECIFICITY, prevalence) for name, score in estimates.items()}
    columns = {
        _LEARNER[language]: [named(name, language) for name in names],
        _SENSITIVITY[language]: [formatting.share_cell(estimates[name]) for name in names],
        _PPV[language]: [percent(values[name][0]) for name in names],
        _NPV[language]: [percent(values[name][1], 1) for name in names],
        GROUP[language]: rungs_of(names, language),
    }
    return pd.DataFrame(columns).set_index(_LEARNER[language])


def _calibration(study: StudyResults, shots: int, prevalence: float, language: Language) -> Section:
    points = _points(study, shots, prevalence)
    off = {name: percent(float(np.abs(scores - observed).mean()), 1) for name, (scores, observed) in points.items()}
    return Section(
        key="calibration_chart",
        finding=_CALIBRATION[language],
        figure=_calibration_figure(study, shots, prevalence, language),
        alt=_CALIBRATION_TAKEAWAY.format(prevalence=percent(prevalence), **off)[language],
        table=partial(calibration_table, points, language),
    )


@lru_cache(maxsize=512)
def _points(study: StudyResults, shots: int, prevalence: float) -> Points:
    return {name: reliability(*study.risks(name, shots), prevalence) for name in PRINCIPAL}


@lru_cache(maxsize=512)
def _calibration_figure(study: StudyResults, shots: int, prevalence: float, language: Language) -> go.Figure:
    return calibration_chart(_points(study, shots, prevalence), language=language)


PANEL = DecisionPanel(
    name="screening",
    audience=Text(
        en="**Clinician.** What a handful of confirmed cases buys, in sensitivity and predictive values.",
        zh="**临床医生**。几个确诊病例能带来什么，用灵敏度和预测值说话。",
    ),
    advice=Text(en="medical", zh="医疗"),
    verdict=_verdict,
    parameter=PREVALENCE,
    written=lambda share: percent(share / 100),
    show=_show,
)
