"""The tab on screening: operating point, prevalence, net benefit and calibration."""

from functools import lru_cache, partial

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import session, words
from dashboard.charts.axes import axis
from dashboard.charts.calibration import calibration_chart
from dashboard.charts.net_benefit import threshold_axis, worth_chart
from dashboard.charts.style import named
from dashboard.language import percent
from dashboard.views import formatting, rungs
from dashboard.views.decisions.decision_panel import (
    DecisionPanel,
    bands_line,
    by_rung,
    calibration_table,
    chosen,
    known_errors,
    verdict,
    widths,
)
from dashboard.views.formatting import BLUE, coloured
from dashboard.views.pictures import interval_columns, novelty_section
from dashboard.views.rungs import GROUP, rungs_of
from dashboard.views.section import Section, draw_section, draw_side_by_side
from scenarios.decisions.screening.assumptions import FAR_OFF, SPECIFICITY
from scenarios.decisions.screening.decision import DECISION, PREVALENCE
from scenarios.evaluation.net_benefit import above, half_width, net_benefit, thresholds
from scenarios.evaluation.prevalence import Reliability, predictive_values, reliability
from scenarios.learners.registry import META_LEARNED, PRINCIPAL
from scenarios.publication.results import CalibrationResults, StudyResults
from scenarios.scenario import Scenario
from scenarios.task import Array
from scenarios.text import Language, Text, written

_NOTE = written(__file__, "thresholds")
_AT_THRESHOLD = Text(
    en="Thresholds set on other {task}s for {specificity} specificity; PPV and NPV at {prevalence} prevalence.",
    zh="阈值在其他{task}上按特异度 {specificity} 确定；阳性、阴性预测值按验前概率 {prevalence} 计。",
)
_CARRIED = Text(
    en="**Does a threshold carry over?** Set on other {task}s, meta-learning's threshold has a specificity of {kept} "
    "on average (below {least} in {share} of {task}s) and a sensitivity of {found}. The highest risk among {few} "
    "held-out local patients without the condition, as a threshold, would have a specificity of {mean} on average "
    "({low} to {high} in nine cases of ten).",
    zh="**阈值能照搬吗**？元学习的阈值在其他{task}上确定，特异度平均为 {kept}，有 {share} 的{task}低于 {least}；灵敏度"
    "平均为 {found}。若改为留出 {few} 名本院非患者、取其中的最高风险为阈值，特异度平均为 {mean}，九成情况下在 {low}～"
    "{high} 之间。",
)
_SPREAD = Text(
    en="The mean for meta-learning has a 95% CI of {least} to {most}; nine {task}s in ten have {low} to {high}.",
    zh="元学习平均找出 {least}～{most} 人（95% 置信区间），九成{task}在 {low}～{high} 人之间。",
)
_LEARNER = Text(en="model", zh="模型")
_SENSITIVITY = Text(en="sensitivity, 95% CI", zh="灵敏度（95% 置信区间）")
_SPECIFICITY = Text(en="specificity, 95% CI", zh="特异度（95% 置信区间）")
_PPV = Text(en="PPV", zh="阳性预测值")
_NPV = Text(en="NPV", zh="阴性预测值")
_WORTH = Text(
    en="**Does acting on the predictions pay?** A threshold of {threshold} means that one missed case costs as much "
    "as {price}. Net benefit, in cases found without a false alarm{ci}, of {cases} among {patients} patients: {shots} "
    "{labels} of each condition alone **{local}**; with other {task}s' data, simple statistics **{borrowing}** and "
    "meta-learning {maml}; Bayes-optimal {bayes}. Treating all or none: 0.",
    zh="**按预测行动划算吗**？阈概率取 {threshold}，意味着漏诊一例与{price}同样严重。{patients} 名患者中有 {cases} 名"
    "患病，净获益相当于没有误报时找出的人数{ci}：每类只用 {shots} 例{labels}，**{local}**；借助其他{task}的数据，简单统"
    "计方法 **{borrowing}**，元学习 {maml}；贝叶斯最优 {bayes}。全部干预或全不干预，净获益均为 0。",
)
_FALSE_ALARMS = Text(en="{count} false alarms", zh=" {count} 次误报"), Text(en="one false alarm", zh="一次误报")
_WORTH_TAKEAWAY = Text(
    en="Decision curve: net benefit per {patients} patients against the threshold, at {prevalence} prevalence. At "
    "a threshold of {threshold}: {benefits}. Treating all is better than treating none below that threshold "
    "and worse above it.",
    zh="决策曲线：验前概率 {prevalence} 时，每 {patients} 名患者的净获益随阈概率的变化。阈概率为 {threshold} 时："
    "{benefits}。阈概率低于此值时，全部干预优于全不干预；高于此值时则相反。",
)
_WORTH_NOTE = written(__file__, "decision-curve")
_THRESHOLD = Text(en="threshold: the risk at which to act", zh="阈概率：采取行动的最低风险")
_BENEFIT = Text(en="net benefit per {patients} patients", zh="每 {patients} 名患者的净获益")
_BENEFIT_TIP = Text(
    en="threshold %{customdata[0]:.1%}, one missed case = %{customdata[1]:,.2~r} false alarms: %{y:.1f}",
    zh="阈概率 %{customdata[0]:.1%}，漏诊一例＝%{customdata[1]:,.2~r} 次误报：%{y:.1f}",
)
_TREAT_ALL, _TREAT_NONE = Text(en="treat all", zh="全部干预"), Text(en="treat none", zh="全不干预")
_THRESHOLD_COLUMN = Text(en="threshold", zh="阈概率")
_PRICE_COLUMN = Text(en="false alarms per missed case", zh="漏诊一例相当于误报次数")
_CALIBRATION = Text(
    en="**Calibration of the predicted risk.** Risks on the diagonal are perfectly calibrated; the lower chart counts "
    "the patients in each bin. Calibration error in percentage points, averaged over patients: meta-learned {maml}, "
    "from scratch {scratch}, Bayes-optimal {bayes}.",
    zh="**预测风险的校准**。落在对角线上即完全校准；下图是各分箱的患者数。按患者平均的校准误差（百分点）：元学习 "
    "{maml}，从零训练 {scratch}，贝叶斯最优 {bayes}。",
)
_CALIBRATION_TAKEAWAY = Text(
    en="Predicted probability against observed frequency at {prevalence} prevalence, and the number of predictions in "
    "each bin. Calibration error in percentage points, averaged over patients: meta-learned {maml}, from scratch "
    "{scratch}, Bayes-optimal {bayes}.",
    zh="验前概率 {prevalence} 时，预测概率与实际比例的对比，以及各分箱的预测数。按患者平均的校准误差（百分点）：元学习 "
    "{maml}，从零训练 {scratch}，贝叶斯最优 {bayes}。",
)
_USELESS = Text(
    en="Good calibration does not make a model useful: see also how it spreads patients over the bins, and the net "
    "benefit.",
    zh="校准好不等于有用：还要看患者在各分箱的分布，以及净获益。",
)
_CALIBRATION_NOTE = Text(
    en="Risks are moved to the prevalence by correcting the odds (Saerens et al. 2002). In the mean, bins are "
    "weighted by their patients. A model that gives every patient the prevalence is calibrated too, but "
    "useless: hence the lower chart, and the net benefit. All models were calibrated on training "
    "tasks, for each number of labels.",
    zh="风险已按验前概率校正几率（Saerens 等，2002）。求平均时，各分箱按患者数加权。给所有人都报验前概率的模型，"
    "校准也没有问题，却毫无用处，因此还要看下图和净获益。所有模型都在训练任务上按标注数做过校准。",
)
_CI = Text(en=" (95% CI)", zh="（括号内为 95% 置信区间）")
_ESTIMATE = Text(en="{mean} ({low}–{high})", zh="{mean}（{low}～{high}）")
_PATIENTS = 1_000  # patients per verdict
_FEW = 5  # non-cases on which a ward might set a threshold of its own
_FARTHEST = 3.0  # log odds from the prevalence, within which thresholds are of interest: a price of 1/20 to 20 times
Bins = dict[str, Reliability]


def _verdict(scenario: Scenario, study: StudyResults, shots: int, prevalence: int) -> Text:
    cases = round(_PATIENTS * prevalence / 100)
    found = {name: _headline(study.at(name, shots, DECISION.headline)[0], prevalence) for name in study.rows(shots)}
    raised = (_PATIENTS - cases) * (1 - study.at(META_LEARNED, shots, "carried_specificity")[0])
    return verdict(
        scenario,
        shots,
        {
            "patients": f"{_PATIENTS:,}",
            "cases": str(cases),
            "specificity": percent(SPECIFICITY),
            "false": f"{raised:.0f}",
            **by_rung(study, shots, found),
        },
    )


def _headline(sensitivity: Array | float, prevalence: int) -> str:
    """Write how many of the cases among _PATIENTS are found."""
    return f"{_PATIENTS * prevalence / 100 * float(sensitivity):.0f}"


def _spread(scenario: Scenario, study: StudyResults, shots: int, prevalence: int) -> Text | None:
    measure = DECISION.headline
    if not study.has_range(measure):
        return None
    cases = round(_PATIENTS * prevalence / 100)
    ends = (*study.at(META_LEARNED, shots, measure)[1:], *study.range90(META_LEARNED, shots, measure))
    least, most, low, high = (f"{cases * end:.0f}" for end in ends)
    return _SPREAD.format(task=scenario.prose.task, least=least, most=most, low=low, high=high)


def _show(scenario: Scenario, study: StudyResults) -> None:
    view, prevalence = session.view(), chosen(PREVALENCE) / 100
    left, right = st.columns([1, 1.12], gap="medium")
    with left:
        draw_section(_worth(scenario, study, view.shots, prevalence, view.lang))
    with right:
        draw_section(_operating_point(scenario, study, view.shots, prevalence, view.lang))
    calibration = _calibration(study, view.shots, prevalence, view.lang)
    draw_side_by_side((calibration, novelty_section(study, view.lang, height=430)))


def _worth(scenario: Scenario, study: StudyResults, shots: int, prevalence: float, language: Language) -> Section:
    drawn = rungs.sketched(study)
    found = known_errors(study)
    at_prevalence = {
        name: _at_prevalence(study, found, name, shots, prevalence)[language] for name in (*study.rows(shots), *drawn)
    }
    price = (1 - prevalence) / prevalence
    figures: dict[str, object] = {**by_rung(study, shots, at_prevalence)}
    label = scenario.prose.label if shots == 1 else scenario.prose.labels
    figures |= {META_LEARNED: coloured(at_prevalence[META_LEARNED], BLUE), "labels": label}
    stated = {"patients": f"{_PATIENTS:,}", "threshold": percent(prevalence)}
    finding = _WORTH.format(
        **stated,
        **figures,
        price=_FALSE_ALARMS[round(price) == 1].format(count=f"{price:.0f}"),
        cases=round(_PATIENTS * prevalence),
        ci=_CI if found else "",
        shots=shots,
        task=scenario.prose.task,
    )
    benefits = words.listed([f"{named(name, language)} {at_prevalence[name]}" for name in drawn], language)
    at_specificity = {name: _at_specificity(study, name, shots, prevalence)[language] for name in study.rows(shots)}
    method = _WORTH_NOTE.format(
        bins=len(study.risk_edges) + 1,
        tasks=study.tasks,
        task=scenario.prose.task,
        a_task=scenario.prose.a_task,
        shots=words.counted(study.metric, shots),
        specificity=percent(SPECIFICITY),
        **by_rung(study, shots, at_specificity),
    )
    return Section(
        key="net_benefit_chart",
        finding=finding[language],
        figure=_worth_figure(study, found, shots, prevalence, language),
        alt=_WORTH_TAKEAWAY.format(**stated, prevalence=percent(prevalence), benefits=benefits)[language],
        table=partial(_worth_table, study, found, shots, prevalence, language),
        note=bands_line(scenario, study, is_known=found is not None)[language],
        method=(words.joined(method, widths(scenario, found, shots)) if found else method)[language],
        is_explained=True,
    )


def _benefit(study: StudyResults, name: str, shots: int, prevalence: float, threshold: float) -> float:
    """Return the net benefit per patient at the threshold, which is an edge between two bins."""
    counts, _ = study.risks(name, shots)
    place = int(np.abs(thresholds(study.risk_edges, prevalence) - threshold).argmin())
    return float(net_benefit(above(counts)[:, place], threshold, prevalence))


def _at_prevalence(
    study: StudyResults, found: CalibrationResults | None, name: str, shots: int, prevalence: float
) -> Text:
    """Return the net benefit per _PATIENTS at the threshold of the prevalence, with its 95% interval if it is known."""
    benefit = _PATIENTS * _benefit(study, name, shots, prevalence, prevalence)
    half = _half_widths(study, found, name, shots, prevalence)
    mean = f"{benefit:.0f}"
    if half is None:
        return Text(en=mean, zh=mean)
    place = int(np.abs(thresholds(study.risk_edges, prevalence) - prevalence).argmin())
    low, high = (f"{benefit + sign * half[place]:.0f}" for sign in (-1, 1))
    return _ESTIMATE.format(mean=mean, low=low, high=high)


def _half_widths(
    study: StudyResults, found: CalibrationResults | None, name: str, shots: int, prevalence: float
) -> Array | None:
    """Return half the width of the 95% interval of the net benefit per _PATIENTS at every threshold: (edges,)."""
    errors = found.errors_below(name, shots) if found else None
    if errors is None:
        return None
    counts, _ = study.risks(name, shots)
    no_case, case = counts.sum(1) / counts.sum()  # the same in every task
    at = thresholds(study.risk_edges, prevalence)
    price = (1 - prevalence) * at / (1 - at)
    return half_width(errors, _PATIENTS * price / no_case, _PATIENTS * prevalence / case, study.tasks)


def _at_specificity(study: StudyResults, name: str, shots: int, prevalence: float) -> Text:
    """Return the net benefit per _PATIENTS of acting at a threshold of others, with false alarms at that price.

    With the values that follow from the lower and the upper ends of the intervals of sensitivity and specificity.
    """
    found, kept = (np.array(study.at(name, shots, f"carried_{each}")) for each in ("sensitivity", "specificity"))
    positive = np.stack([1 - kept, found])
    mean, low, high = (f"{_PATIENTS * each:.0f}" for each in net_benefit(positive, prevalence, prevalence))
    return _ESTIMATE.format(mean=mean, low=low, high=high)


@lru_cache(maxsize=512)  # published figures are shared by all visits
def _benefits(
    study: StudyResults, found: CalibrationResults | None, shots: int, prevalence: float
) -> tuple[Array, dict[str, Array], dict[str, Array], Array]:
    """Return the thresholds (edges,), each learner's net benefit at them, its interval, and that of treating everybody.

    Intervals (edges, 2) are those that are known.
    """
    at = thresholds(study.risk_edges, prevalence)
    near = np.abs(np.array(study.risk_edges)) < _FARTHEST
    curves = {
        name: _PATIENTS * net_benefit(above(study.risks(name, shots)[0]), at, prevalence)[near]
        for name in rungs.sketched(study)
    }
    halves = {name: _half_widths(study, found, name, shots, prevalence) for name in curves}
    ends = {
        name: curves[name][:, None] + np.outer(half[near], [-1, 1]) for name, half in halves.items() if half is not None
    }
    return at[near], curves, ends, _PATIENTS * net_benefit(np.ones((2, 1)), at, prevalence)[near]


@lru_cache(maxsize=512)
def _worth_figure(
    study: StudyResults, found: CalibrationResults | None, shots: int, prevalence: float, language: Language
) -> go.Figure:
    at, curves, ends, everybody = _benefits(study, found, shots, prevalence)
    centre = float(np.log(prevalence / (1 - prevalence)))
    most = _PATIENTS * prevalence
    title = _BENEFIT.format(patients=f"{_PATIENTS:,}")[language]
    return worth_chart(
        np.log(at / (1 - at)), curves, everybody, (_TREAT_ALL[language], _TREAT_NONE[language]), at=centre,
        xaxis=threshold_axis(centre - _FARTHEST, centre + _FARTHEST, _THRESHOLD[language]),
        yaxis=axis(-0.2 * most, 1.04 * most, title), template=_BENEFIT_TIP[language],
        told=np.stack([at, (1 - at) / at], axis=1), language=language, decision="screening", bands=ends,
    )  # fmt: skip


def _worth_table(
    study: StudyResults, found: CalibrationResults | None, shots: int, prevalence: float, language: Language
) -> pd.DataFrame:
    at, curves, ends, everybody = _benefits(study, found, shots, prevalence)
    columns: dict[str, object] = {
        _THRESHOLD_COLUMN[language]: [percent(float(each), 1 if each > 0.01 else 2) for each in at],
        _PRICE_COLUMN[language]: [f"{(1 - each) / each:,.{1 if each > 0.1 else 0}f}" for each in at],
        _TREAT_ALL[language]: everybody.round(1),
        _TREAT_NONE[language]: np.zeros(len(at)),
    }
    for name, curve in curves.items():
        columns |= interval_columns(named(name, language), curve.round(1), ends.get(name), language)
    return pd.DataFrame(columns)


def _operating_point(
    scenario: Scenario, study: StudyResults, shots: int, prevalence: float, language: Language
) -> Section:
    stated = {"specificity": percent(SPECIFICITY), "task": scenario.prose.task}
    own = {name: percent(study.at(name, shots, "sensitivity")[0]) for name in study.rows(shots)}
    best = by_rung(study, shots, own)
    return Section(
        key="operating_point",
        finding=_carried(scenario, study, shots)[language],
        table=_table(study, shots, prevalence, language),
        note=_AT_THRESHOLD.format(prevalence=percent(prevalence), **stated)[language],
        method=_NOTE.format(
            tasks=study.tasks,
            a_task=scenario.prose.a_task,
            examples=scenario.prose.examples,
            shots=words.counted(study.metric, shots),
            own=best[META_LEARNED],
            own_local=best["local"],
            own_borrowing=best.get("borrowing", "–"),
            few=_FEW,
            **stated,
        )[language],
        is_explained=True,
    )


def _carried(scenario: Scenario, study: StudyResults, shots: int) -> Text:
    """Return the effect of the meta-learned model's threshold, which was set on other tasks."""
    kept, share, found = (
        percent(study.at(META_LEARNED, shots, f"carried_{measure}")[0])
        for measure in ("specificity", "far_off", "sensitivity")
    )
    mean, low, high = map(percent, _kept_by_few(_FEW))
    return _CARRIED.format(
        task=scenario.prose.task, kept=kept, share=share, found=found, least=percent(FAR_OFF), few=_FEW, mean=mean,
        low=low, high=high,
    )  # fmt: skip


def _kept_by_few(non_cases: int) -> tuple[float, float, float]:
    """Return the specificity, mean and 5 to 95% quantiles, of a threshold at the highest risk among a few non-cases.

    The share of further non-cases below it has a Beta(n, 1) distribution, whose quantile of p is p^(1/n).
    """
    return non_cases / (non_cases + 1), 0.05 ** (1 / non_cases), 0.95 ** (1 / non_cases)


@lru_cache(maxsize=512)  # published figures are shared by all visits
def _table(study: StudyResults, shots: int, prevalence: float, language: Language) -> pd.DataFrame:
    names = study.rows(shots)
    found, kept = (
        [study.at(name, shots, f"carried_{each}") for name in names] for each in ("sensitivity", "specificity")
    )
    values = [
        np.transpose([predictive_values(*ends, prevalence) for ends in zip(*each, strict=True)])
        for each in zip(found, kept, strict=True)
    ]  # PPV and NPV of each method: mean, low, high
    columns = {
        _LEARNER[language]: [named(name, language) for name in names],
        _SENSITIVITY[language]: [formatting.share_cell(each, language) for each in found],
        _SPECIFICITY[language]: [formatting.share_cell(each, language) for each in kept],
        _PPV[language]: [formatting.share_cell(ppv, language) for ppv, _ in values],
        _NPV[language]: [formatting.share_cell(npv, language, 1) for _, npv in values],
        GROUP[language]: rungs_of(names, language),
    }
    return pd.DataFrame(columns).set_index(_LEARNER[language])


def _calibration(study: StudyResults, shots: int, prevalence: float, language: Language) -> Section:
    bins = _bins(study, shots, prevalence)
    off = {name: f"{100 * each.error:.{1 if each.error > 0.001 else 2}f}" for name, each in bins.items()}
    return Section(
        key="calibration_chart",
        finding=_CALIBRATION.format(**off)[language],
        figure=_calibration_figure(study, shots, prevalence, language),
        alt=_CALIBRATION_TAKEAWAY.format(prevalence=percent(prevalence), **off)[language],
        table=partial(calibration_table, bins, language),
        note=_USELESS[language],
        method=_CALIBRATION_NOTE[language],
    )


@lru_cache(maxsize=512)
def _bins(study: StudyResults, shots: int, prevalence: float) -> Bins:
    return {name: reliability(*study.risks(name, shots), prevalence) for name in PRINCIPAL}


@lru_cache(maxsize=512)
def _calibration_figure(study: StudyResults, shots: int, prevalence: float, language: Language) -> go.Figure:
    return calibration_chart(_bins(study, shots, prevalence), language=language)


def _facts(study: StudyResults) -> dict[str, str]:
    """Return the meta-learned model's positive predictive values with 5 labels, by the prevalence in per cent."""
    sensitivity = float(study.at(META_LEARNED, 5, "sensitivity")[0])
    return {
        f"ppv_maml_{share}": percent(predictive_values(sensitivity, SPECIFICITY, share / 100)[0], 1)
        for share in PREVALENCE.values
    }


PANEL = DecisionPanel(
    name="screening",
    audience=Text(
        en="**Clinician.** Sensitivity and predictive values from a handful of confirmed cases.",
        zh="**临床医生**。凭几例确诊病例，灵敏度和预测值能到多少。",
    ),
    advice=Text(en="medical", zh="医疗"),
    verdict=_verdict,
    headline=_headline,
    headline_name=Text(en="cases found", zh="找出的患者数"),
    spread=_spread,
    parameter=PREVALENCE,
    written=lambda share: percent(share / 100),
    facts=_facts,
    show=_show,
)
