"""What the scores mean where money is lent: whom to approve, what that earns, and whether predicted defaults come."""

from functools import lru_cache, partial

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import session
from dashboard.charts.calibration import calibration_chart
from dashboard.charts.style import named
from dashboard.language import percent
from dashboard.views import formatting, rungs
from dashboard.views.decisions.decision_panel import DecisionPanel, by_rung, calibration_table, chosen, verdict
from dashboard.views.decisions.lending import applicants
from dashboard.views.decisions.lending.charts import profit_chart, strategy_chart
from dashboard.views.formatting import BLUE, coloured
from dashboard.views.pictures import curves_table, novelty_section
from dashboard.views.rungs import GROUP, rungs_of
from dashboard.views.section import Section, draw_section, draw_side_by_side
from dashboard.words import listed
from scenarios.decisions.lending.assumptions import (
    APPROVAL_CHOICES,
    APPROVALS,
    CUT_OFF,
    FAR_OFF,
    LOSS_GIVEN_DEFAULT,
    MARGIN,
)
from scenarios.decisions.lending.decision import APPROVAL, DECISION
from scenarios.evaluation.prevalence import reliability_as_counted
from scenarios.learners.registry import BAYES, META_LEARNED, PRINCIPAL
from scenarios.publication.results import StudyResults
from scenarios.scenario import Scenario
from scenarios.task import Array
from scenarios.text import Language, Text

_CARRIED = Text(
    en="With a cut-off set on other {task}s to approve {planned}, meta-learning approves {approved} on average, and "
    "between {low} and {high} in nine {task}s of ten. It is off by more than {far} percentage points in {share} of "
    "{task}s; since these differ in risk, Bayes-optimal predictions are in {bayes}. The bad rate among those whom "
    "meta-learning approves is then {bad} on average.",
    zh="若临界值在其他{task}上按通过率 {planned} 确定，元学习的实际通过率平均为 {approved}，九成{task}在 {low}～{high} "
    "之间，有 {share} 的{task}偏离超过 {far} 个百分点；各{task}风险本就不同，贝叶斯最优也有 {bayes}。"
    "此时元学习获批申请人的坏客户率平均为 {bad}。",
)
_OWN_CUT_OFF = Text(
    en="Chart and first sentence: each {task} has a cut-off of its own, which approves exactly the stated share. It "
    "takes the scores of all applicants of the {task}, but no outcomes.",
    zh="图和第一句中，每个{task}各用自己的临界值，恰好批准所选占比的申请人；为此须先有该{task}全部申请人的评分，"
    "但不需要任何结果。",
)
_PROFIT = Text(
    en="If a good loan earns {margin} of its amount and a bad one loses {lgd}, lending pays below a probability of "
    "default (PD) of {cut_off}. With this cut-off, profit per 100 applicants, in loan amounts: {pooled} generic score, "
    "**{local}** local accounts alone; with other segments' data, **{borrowing}** simple statistics and {maml} "
    "meta-learning; {bayes} Bayes-optimal.",
    zh="一笔好贷款赚贷款额的 {margin}，一笔坏贷款损失 {lgd}，违约概率（PD）低于 {cut_off} 时放款才划算。"
    "按这条线审批，每百名申请人的利润（以单笔贷款额为单位）：通用评分 {pooled}，只用本客群账户 **{local}**；"
    "借助其他客群的数据，简单统计方法 **{borrowing}**，元学习 {maml}；贝叶斯最优 {bayes}。",
)
_STRATEGY_TAKEAWAY = Text(
    en="Bad rate among the approved against the share approved. At {approval} approved: {rates}.",
    zh="获批申请人坏客户率随通过率的变化。通过率 {approval} 时：{rates}。",
)
_PROFIT_TAKEAWAY = Text(
    en="Profit per 100 applicants against the share approved. At {approval} approved: {profits}. Diamonds: everybody "
    "with a PD below {cut_off} is approved.",
    zh="每百名申请人的利润随通过率的变化。通过率 {approval} 时：{profits}。菱形：凡 PD 低于 {cut_off} 者一律批准。",
)
_DIAMONDS = Text(
    en="Curves: a cut-off of each {task}'s own. ◇ whoever has a PD below {cut_off} is approved, so the share approved "
    "differs between {task}s.",
    zh="曲线：每个{task}各用自己的临界值。◇ 凡 PD 低于 {cut_off} 者一律批准，通过率因{task}而异。",
)
_TABLE = Text(
    en="**Each model in the lender's own measures,** with 95% intervals; the last four columns are at a cut-off PD of "
    "{cut_off}.",
    zh="**各模型的业务指标**（括号内为 95% 区间）；后四列按 PD 低于 {cut_off} 审批。",
)
_LEARNER = Text(en="model", zh="模型")
_GINI, _KS = Text(en="Gini", zh="Gini"), Text(en="KS", zh="KS")
_BAD_RATE = Text(en="bad rate, {approval} approved", zh="坏客户率（通过率 {approval}）")
_APPROVED = Text(en="approved", zh="通过率")
_EARNED = Text(en="profit", zh="利润")
_EXPECTED = Text(en="expected loss", zh="预期损失")
_REALISED = Text(en="realised loss", zh="实际损失")
_NOTE = Text(
    en="Means over {tasks} fresh {task}s at {shots} labels per class, each at its own default rate, {rate} on "
    "average. Assumed: margin {margin}; loss given default (LGD) {lgd}; the same exposure (EAD) for all; one "
    "period. Losses are in per cent of the amount lent: expected is PD × LGD, realised is what came. Outcomes are "
    "known of all applicants, the declined too: no reject inference. Settings were chosen for ranking, on "
    "training {task}s, where all models' probabilities were calibrated too (Platt 1999). Gini and KS leave out "
    "the threshold and can mislead (Hand 2005, JORS 56:1109–1117). KS, a maximum over {queries} applicants a "
    "{task}, is biased upwards. They are higher than in life: on FICO's home-equity file (HELOC) models reach a "
    "Gini of about 0.60. Age, sex, marital status, postcode and dependants are left out on purpose, which by "
    "itself makes no model fair.",
    zh="{tasks} {a_task}（均为全新任务）、每类 {shots} 个标注的平均值；各{task}按自然违约率计，平均 "
    "{rate}。假设：利差 {margin}，违约损失率（LGD）{lgd}，每笔违约风险暴露（EAD）相同，"
    "只有一个期间。损失以占放款额的百分比表示：预期损失为 PD × LGD，实际损失按真实结果计。所有申请人的结果均已知，"
    "包括被拒者，因此没有拒绝推断。超参数在训练{task}上按排序能力选定，"
    "所有模型的概率都在同一批{task}上做过校准（Platt，1999）。Gini 和 KS 不看审批线，可能误导（Hand，2005，JORS "
    "56:1109–1117）。KS 是在每个{task} {queries} 名申请人上取的最大值，会偏高。这里的数值高于现实：在 FICO "
    "的房屋净值贷款数据（HELOC）上，模型的 Gini 约为 0.60。年龄、性别、婚姻状况、邮政编码和受抚养人数有意不用，"
    "但仅此并不能使模型公平。",
)
_CALIBRATION = Text(
    en="**Do as many default as predicted?** The closer to the diagonal, the better. Score bands, both axes "
    "logarithmic.",
    zh="**预测的违约概率准吗**？越靠近对角线越准。按分数段统计，两轴均为对数刻度。",
)
_CALIBRATION_TAKEAWAY = Text(
    en="Mean predicted PD against observed default rate by score band. Weighted by applicants, the meta-learned model "
    "is off by {maml} percentage points, the one from scratch by {scratch}, the generic score by {pooled}, the best "
    "possible by {bayes}.",
    zh="各分数段的平均预测 PD 与实际违约率。按申请人数加权，平均偏差（百分点）：元学习 {maml}，"
    "从零训练 {scratch}，通用评分 {pooled}，贝叶斯最优 {bayes}。",
)
_COUNT = Text(en="{name}, applicants", zh="{name}，人数")
_PILES = Text(
    en="Where PDs from scratch pile up at two values, the network's own output is almost 0 or 1 for nearly everybody; "
    "a calibration fitted on training segments turns these two ends into default rates.",
    zh="从零训练的 PD 若集中在两个值上，是因为网络的输出几乎非 0 即 1，在训练客群上拟合的校准再把这两端换算成违约率。",
)
_CALIBRATED = (*PRINCIPAL, *DECISION.incumbents)
Bands = tuple[Array, Array, Array]  # predicted, observed, applicants


def _verdict(scenario: Scenario, study: StudyResults, shots: int, approval: int) -> Text:
    at = approval / 100
    rates = {name: percent(_at(_curve(study, name, shots, "bad_rate"), at), 1) for name in study.rows(shots)}
    return verdict(scenario, shots, {"approval": percent(at), **by_rung(study, shots, rates)})


def _show(scenario: Scenario, study: StudyResults) -> None:
    view = session.view()
    shots, language, at = view.shots, view.lang, chosen(APPROVAL) / 100
    left, right = st.columns(2, gap="medium")
    with left:
        draw_section(_strategy(scenario, study, shots, at, language))
    with right:
        draw_section(_profit(scenario, study, shots, at, language))
    draw_section(_table(scenario, study, shots, at, language))
    draw_side_by_side((_calibration(study, shots, language), novelty_section(study, language)))


def _strategy(scenario: Scenario, study: StudyResults, shots: int, at: float, language: Language) -> Section:
    curves, stated = _curves(study, shots, "bad_rate"), {"approval": percent(at)}
    drawn = {name: percent(_at(curve, at), 1) for name, curve in curves.items()}
    return Section(
        key="strategy_chart",
        finding=_carried(scenario, study, shots, at)[language],
        figure=_strategy_figure(study, shots, at, language),
        alt=_STRATEGY_TAKEAWAY.format(**stated, rates=_listed(drawn, language))[language],
        table=partial(curves_table, list(APPROVALS), _APPROVED[language], curves, language, scenario.decision),
        note=_OWN_CUT_OFF.format(task=scenario.prose.task)[language],
    )


def _carried(scenario: Scenario, study: StudyResults, shots: int, at: float) -> Text:
    """Return what becomes of the meta-learned model's cut-off that was set on other tasks."""
    place = APPROVAL_CHOICES.index(at)
    approved, share, bad = (
        study.at(META_LEARNED, shots, f"carried_{measure}")[0][place] for measure in ("approval", "far_off", "bad_rate")
    )
    low, high = study.range90(META_LEARNED, shots, "carried_approval")[:, place]
    return _CARRIED.format(
        task=scenario.prose.task,
        planned=percent(at),
        approved=percent(approved),
        low=percent(low),
        high=percent(high),
        share=percent(share),
        bayes=percent(study.at(BAYES, shots, "carried_far_off")[0][place]),
        far=round(100 * FAR_OFF),
        bad=percent(bad, 1),
    )


def _profit(scenario: Scenario, study: StudyResults, shots: int, at: float, language: Language) -> Section:
    curves, cut_off = _curves(study, shots, "profit_by_approval"), percent(CUT_OFF, 1)
    scores = {name: f"{study.at(name, shots, 'profit')[0]:.1f}" for name in (*study.rows(shots), *_drawn(study))}
    bold = {"maml": coloured(scores["maml"], BLUE)}
    assumed = {"margin": percent(MARGIN), "lgd": percent(LOSS_GIVEN_DEFAULT), "cut_off": cut_off}
    profits = _listed({name: f"{_at(curve, at):.1f}" for name, curve in curves.items()}, language)
    return Section(
        key="profit_chart",
        finding=_PROFIT.format(**assumed, **by_rung(study, shots, scores) | bold)[language],
        figure=_profit_figure(study, shots, at, language),
        alt=_PROFIT_TAKEAWAY.format(approval=percent(at), profits=profits, cut_off=cut_off)[language],
        table=partial(curves_table, list(APPROVALS), _APPROVED[language], curves, language, scenario.decision),
        note=_DIAMONDS.format(cut_off=cut_off, task=scenario.prose.task)[language],
    )


def _table(scenario: Scenario, study: StudyResults, shots: int, at: float, language: Language) -> Section:
    note = _NOTE.format(
        tasks=study.tasks,
        task=scenario.prose.task,
        a_task=scenario.prose.a_task,
        shots=shots,
        queries=study.protocol.queries,
        rate=percent(study.at("bayes", shots, "bad_rate")[0][-1], 1),
        margin=percent(MARGIN),
        lgd=percent(LOSS_GIVEN_DEFAULT),
    )
    return Section(
        key="measures",
        finding=_TABLE.format(cut_off=percent(CUT_OFF, 1))[language],
        table=_measures(study, shots, at, language),
        note=note[language],
    )


@lru_cache(maxsize=512)  # published figures are the same for everybody
def _measures(study: StudyResults, shots: int, at: float, language: Language) -> pd.DataFrame:
    names = study.rows(shots)

    def cells(measure: str, digits: int, *, unit: float = 1.0, column: int | None = None) -> list[str]:
        estimates = [study.at(name, shots, measure) for name in names]
        return [
            _cell(value if column is None else [part[column] for part in value], digits, unit) for value in estimates
        ]

    per_cent = " (%)" if language == "en" else "（%）"
    columns = {
        _LEARNER[language]: [named(name, language, "lending") for name in names],
        _GINI[language]: cells("gini", 2),
        _KS[language]: cells("ks", 2),
        _BAD_RATE.format(approval=percent(at))[language] + per_cent: cells(
            "bad_rate", 1, unit=100, column=APPROVALS.index(at)
        ),
        _APPROVED[language] + per_cent: cells("approved", 0, unit=100),
        _EARNED[language]: cells("profit", 1),
        _EXPECTED[language] + per_cent: cells("expected_loss", 1),
        _REALISED[language] + per_cent: cells("realised_loss", 1),
        GROUP[language]: rungs_of(names, language),
    }
    return pd.DataFrame(columns).set_index(_LEARNER[language])


def _calibration(study: StudyResults, shots: int, language: Language) -> Section:
    bands = _bands(study, shots)
    off = {name: f"{100 * _off(*band):.1f}" for name, band in bands.items()}
    return Section(
        key="calibration_chart",
        finding=_CALIBRATION[language],
        figure=_calibration_figure(study, shots, language),
        alt=_CALIBRATION_TAKEAWAY.format(**off)[language],
        table=partial(calibration_table, bands, language, _COUNT),
    )


@lru_cache(maxsize=512)  # published figures are the same for everybody
def _strategy_figure(study: StudyResults, shots: int, at: float, language: Language) -> go.Figure:
    return strategy_chart(APPROVALS, _curves(study, shots, "bad_rate"), at=at, language=language)


@lru_cache(maxsize=512)
def _bands(study: StudyResults, shots: int) -> dict[str, Bands]:
    return {name: reliability_as_counted(*study.risks(name, shots)) for name in _CALIBRATED}


@lru_cache(maxsize=512)
def _calibration_figure(study: StudyResults, shots: int, language: Language) -> go.Figure:
    points = {name: band[:2] for name, band in _bands(study, shots).items()}
    return calibration_chart(points, language=language, rare=True, decision="lending")


@lru_cache(maxsize=512)
def _profit_figure(study: StudyResults, shots: int, at: float, language: Language) -> go.Figure:
    names = _drawn(study)
    by_cut_off = {name: (study.at(name, shots, "approved")[0], study.at(name, shots, "profit")[0]) for name in names}
    every = np.array([study.curve(name, "profit_by_approval") for name in names])[:, :, 0]
    cut = np.array([study.curve(name, "profit") for name in names])[:, :, 0]
    span = (float(min(every.min(), cut.min(), 0)), float(max(every.max(), cut.max())))
    curves = _curves(study, shots, "profit_by_approval")
    return profit_chart(APPROVALS, curves, by_cut_off, at=at, span=span, language=language)


def _curves(study: StudyResults, shots: int, measure: str) -> dict[str, Array]:
    """Return mean, low and high of a measure by learner: (approvals, 3)."""
    return {name: _curve(study, name, shots, measure) for name in _drawn(study)}


def _curve(study: StudyResults, name: str, shots: int, measure: str) -> Array:
    curve: Array = np.array(study.at(name, shots, measure)).T
    return curve


def _drawn(study: StudyResults) -> tuple[str, ...]:
    """Return the learners of the charts: who leads each rung, and the trade's own; the last is drawn on top."""
    names = dict.fromkeys((*DECISION.incumbents, *rungs.shown(study)))
    return (*(name for name in names if name != META_LEARNED), META_LEARNED)


def _at(curve: Array, approval: float) -> float:
    return float(curve[APPROVALS.index(approval), 0])


def _listed(scores: dict[str, str], language: Language) -> str:
    return listed([f"{named(name, language, 'lending')} {figure}" for name, figure in scores.items()], language)


def _cell(estimate: list[float], digits: int, unit: float) -> str:
    """Write [mean, low, high] as "0.78 (0.77–0.79)", to be broken before the interval only, with true minus signs."""
    mean, low, high = (f"{unit * value:.{digits}f}".replace("-", "−") for value in estimate)
    between = f"({low}–{high})" if not low.startswith("−") else f"({low} … {high})"
    return f"{mean} {formatting.unbroken(between)}"


def _off(scores: Array, observed: Array, applicants: Array) -> float:
    return float((np.abs(scores - observed) * applicants).sum() / applicants.sum())


PANEL = DecisionPanel(
    name="lending",
    audience=Text(
        en="**Risk modeller.** Gini, bad rate and profit from ten matured accounts, beside a generic score.",
        zh="**风险建模人员**。只有十个走完表现期的账户时的 Gini、坏客户率和利润，与通用评分对照。",
    ),
    advice=Text(en="credit", zh="信贷"),
    verdict=_verdict,
    parameter=APPROVAL,
    written=lambda share: percent(share / 100),
    show=_show,
    show_sample=applicants.show,
    decided=applicants.decided,
    player_note=_PILES,
)
