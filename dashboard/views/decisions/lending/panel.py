"""The tab on lending: approval, profit, and predicted against observed default rates."""

from functools import lru_cache, partial

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import results, session, words
from dashboard.charts.calibration import calibration_chart
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
    slide,
    verdict,
    widths,
)
from dashboard.views.decisions.lending import applicants, approval_profit, default_rate, through_the_door
from dashboard.views.decisions.lending.booked import labels_take
from dashboard.views.decisions.lending.charts import profit_chart, strategy_chart
from dashboard.views.formatting import BLUE, coloured
from dashboard.views.pictures import curves_table, interval_columns, novelty_section
from dashboard.views.rungs import GROUP, rungs_of
from dashboard.views.section import Section, draw_section, draw_side_by_side
from scenarios.decisions.lending.assumptions import APPROVAL_CHOICES, APPROVALS, FAR_OFF
from scenarios.decisions.lending.decision import APPROVAL, DECISION, LGD_PARAMETER, MARGIN_PARAMETER
from scenarios.decisions.lending.measures import Approved, approved_below, break_even
from scenarios.evaluation.net_benefit import half_width, thresholds
from scenarios.evaluation.prevalence import Reliability, reliability_as_counted
from scenarios.learners.registry import BAYES, META_LEARNED, PRINCIPAL, Rung
from scenarios.publication.results import CalibrationResults, LeagueResults, RobustnessResults, StudyResults
from scenarios.scenario import Scenario
from scenarios.task import Array
from scenarios.text import Language, Text, written

_CHAMPION = DECISION.incumbents[0]  # the score that a lender has
_SCORECARD = "scorecard"  # and one that its validator would accept
_MARGIN = Text(
    en="Margin: what a good loan earns over its life, in % of its amount",
    zh="单笔收益率：一笔好贷款在存续期内的收益，占贷款额的百分比",
)
_LGD = Text(
    en="Loss given default (LGD): what a bad loan loses, in % of its amount",
    zh="违约损失率（LGD）：一笔坏贷款的损失，占贷款额的百分比",
)
_CARRIED = Text(
    en="**Does a cut-off carry over?** Meta-learning's cut-off, set on other {task}s to approve {planned}, approves "
    "{approved} on average ({low} to {high} in nine {task}s of ten). In {share} of {task}s, it is off by more than "
    "{far} percentage points (generic score {pooled}; Bayes-optimal {bayes}, because risk differs). The bad rate is "
    "then {bad} on average (generic score {pooled_bad}).",
    zh="**审批线能照搬吗**？在其他{task}上按通过率 {planned} 定出审批线，用到新{task}，元学习的实际通过率平均为 "
    "{approved}，九成{task}在 {low}～{high} 之间。有 {share} 的{task}偏离目标超过 {far} 个百分点（通用评分为 "
    "{pooled}）；各{task}风险本就不同，贝叶斯最优也有 {bayes}。此时坏客户率平均为 {bad}，通用评分为 {pooled_bad}。",
)
_EXACTLY = Text(
    en="In the chart, each {task} has its own cut-off, which gives exactly the stated approval rate.",
    zh="图中每个{task}各用自己的审批线，使通过率恰为所选值。",
)
_OWN_CUT_OFF = Text(
    en="In the chart and the result at the top, each {task} has its own cut-off, which gives exactly the stated "
    "approval rate. It takes the scores of all applicants of the {task}, but no outcomes.",
    zh="图和页首的结果中，每个{task}各用自己的审批线，使通过率恰为所选值；为此须先有该{task}全部申请人的评分，但不"
    "需要知道谁会违约。",
)
_PROFIT = Text(
    en="**Which cut-off?** If a good loan earns {margin} of its amount and a bad one loses {lgd}, a PD of "
    "{break_even} breaks even. At the nearest measured cut-off, {cut_off}, profit per 100 applicants in loan "
    "amounts{ci} is: generic score {pooled}, these accounts alone **{local}**; with other {task}s' data, simple "
    "statistics **{borrowing}** and meta-learning {maml}; Bayes-optimal {bayes}; approving all, {everybody}.",
    zh="**审批线定在哪里**？一笔好贷款赚贷款额的 {margin}，一笔坏贷款损失 {lgd}，违约概率（PD）低于 {break_even} 时放"
    "款才划算，这是盈亏平衡点。实测的审批线中 {cut_off} 离它最近，按此审批，每百名申请人的利润以单笔贷款额计{ci}：通用"
    "评分 {pooled}，只用这些账户 **{local}**；借助其他{task}的数据，简单统计方法 **{borrowing}**，元学习 {maml}；贝叶"
    "斯最优 {bayes}。全部批准则为 {everybody}。",
)
_STRATEGY_TAKEAWAY = Text(
    en="Bad rate among the approved against the approval rate. At {approval} approved: {rates}.",
    zh="获批申请人坏客户率随通过率的变化。通过率 {approval} 时：{rates}。",
)
_PROFIT_TAKEAWAY = Text(
    en="Profit per 100 applicants, in loan amounts, against the cut-off PD. At {cut_off}: {profits}. Approving "
    "all: {everybody}; none: 0.",
    zh="每百名申请人的利润（以单笔贷款额计）随审批线（PD）的变化。审批线为 {cut_off} 时：{profits}。全部批准："
    "{everybody}；全部拒绝：0。",
)
_PROFIT_NOTE = written(__file__, "cut-off")
_CI = Text(en=" (95% CI)", zh="（括号内为 95% 置信区间）")
_ESTIMATE = Text(en="{mean} ({low} to {high})", zh="{mean}（{low}～{high}）")
_SPREAD = Text(
    en="Meta-learning's mean bad rate: 95% CI {least} to {most}; nine {task}s in ten: {low} to {high}. In {share} of "
    "{task}s, it ranks worse than the generic score.",
    zh="元学习的坏客户率平均为 {least}～{most}（95% 置信区间），九成{task}在 {low}～{high} 之间；"
    "有 {share} 的{task}排序不如通用评分。",
)
_CUT_OFF_COLUMN = Text(en="cut-off PD", zh="审批线（PD）")
_EVERYBODY = Text(en="approve all", zh="全部批准")
_PROFIT_COLUMN = Text(en="{name}, profit", zh="{name}，利润")
_SHARE_COLUMN = Text(en="{name}, approved", zh="{name}，通过率")
_TABLE = Text(
    en="**Champion and challengers.** The generic score, which sees none of these accounts, has a Gini of "
    "{champion} on average ({low} to {high} in nine {task}s of ten). With {shots}, the Gini of the challengers differs "
    "from it by: meta-learning {gain}{interval}, simple statistics {borrowing}, these accounts alone {local}. "
    "Meta-learning has a Gini of {meta_low} to {meta_high} in nine {task}s of ten{worse}.",
    zh="**冠军与挑战者**。通用评分是现行的冠军，不用这些账户，Gini 平均为 {champion}，九成{task}在 {low}～{high} 之间。"
    "{shots}时，挑战者的 Gini 与它相差：元学习 {gain}{interval}，简单统计方法 {borrowing}，只用这些账户 {local}。"
    "元学习的 Gini 在九成{task}中为 {meta_low}～{meta_high}{worse}。",
)
_WORSE = Text(
    en="; in {share} of {task}s it is below that of the generic score", zh="，有 {share} 的{task}不如通用评分"
)
_MONOTONE = Text(
    en="A monotone scorecard, as a model validator would ask for, has a Gini of {gini}: {gain} against the generic "
    "score{interval}.",
    zh="符合模型验证要求的单调评分卡，Gini 为 {gini}：与通用评分相差 {gain}{interval}。",
)
_INTERVAL = Text(en=" (95% CI {low} to {high})", zh="（95% 置信区间：{low}～{high}）")
_LEARNER = Text(en="model", zh="模型")
_GINI, _KS = Text(en="Gini", zh="Gini"), Text(en="KS", zh="KS")
_GAIN = Text(en="minus generic score", zh="减去通用评分")
_RANGE = Text(en="Gini, nine {task}s in ten", zh="Gini，九成{task}")
_BAD_RATE = Text(en="bad rate, {approval} approved", zh="坏客户率（通过率 {approval}）")
_APPROVED = Text(en="approved", zh="通过率")
_EARNED = Text(en="profit, loan amounts", zh="利润（贷款额）")
_EXPECTED = Text(en="expected loss", zh="预期损失")
_REALISED = Text(en="realised loss", zh="实际损失")
_AS_OFFERED = Text(
    en="Means over {tasks} test {task}s with 95% CIs. Declined applicants are included, so no reject inference is "
    "needed. Higher than in practice.",
    zh="{tasks} {a_task}（测试任务）的平均值与 95% 置信区间；包括被拒申请人，因此不需要拒绝推断；数值高于现实。",
)
_NOTE = written(__file__, "models")
_CALIBRATION = Text(
    en="**Predicted against observed default rate.** PDs on the diagonal are perfectly calibrated; the lower chart "
    "counts the applicants in each score band. Calibration error in percentage points, averaged over "
    "applicants: generic score {pooled}, meta-learned {maml}, from scratch {scratch}, Bayes-optimal {bayes}.",
    zh="**预测与实际违约率**。落在对角线上即完全校准；下图是各分数段的申请人数。按申请人平均的校准误差（百分点）"
    "：通用评分 {pooled}，元学习 {maml}，从零训练 {scratch}，贝叶斯最优 {bayes}。",
)
_CALIBRATION_TAKEAWAY = Text(
    en="Mean predicted PD against observed default rate by score band, and the number of applicants in each. "
    "Calibration error in percentage points, averaged over applicants: meta-learned {maml}, from scratch "
    "{scratch}, generic score {pooled}, Bayes-optimal {bayes}.",
    zh="各分数段的平均预测 PD 与实际违约率，以及各段的申请人数。按申请人平均的校准误差（百分点）：元学习 "
    "{maml}，从零训练 {scratch}，通用评分 {pooled}，贝叶斯最优 {bayes}。",
)
_USELESS = Text(
    en="Good calibration does not make a score useful: see also how it spreads applicants over the bands, and the "
    "profit.",
    zh="校准好不等于有用：还要看申请人在各分数段的分布，以及利润。",
)
_CALIBRATION_NOTE = Text(
    en="Score bands, both axes logarithmic. A score that gives every applicant the average default rate is "
    "calibrated too, but useless: hence the lower chart, and the profit.",
    zh="按分数段统计，两轴均为对数刻度。给所有人都报平均违约率的评分，校准也没有问题，却毫无用处，因此还要看下图和利润。",
)
_PILES = Text(
    en="If PDs from scratch pile up at two values, the network's output is almost 0 or 1 for nearly every "
    "applicant; the calibration, fitted on training segments, maps these two ends to default rates.",
    zh="从零训练的 PD 若集中在两个值上，是因为网络的输出几乎非 0 即 1，在训练客群上拟合的校准再把这两端换算成违约率。",
)
_DEPTH = 0.75  # losses that the axis of profits has room for, as a share of the largest profit
_CALIBRATED = (*PRINCIPAL, *DECISION.incumbents)


def _verdict(scenario: Scenario, study: StudyResults, shots: int, approval: int) -> Text:
    at = approval / 100
    rates = {name: _headline(study.at(name, shots, DECISION.headline)[0], approval) for name in study.rows(shots)}
    return verdict(scenario, shots, {"approval": percent(at), **by_rung(study, shots, rates)})


def _headline(bad_rates: Array, approval: int) -> str:
    """Write the bad rate at an approval rate."""
    return percent(float(bad_rates[APPROVALS.index(approval / 100)]), 1)


def _spread(scenario: Scenario, study: StudyResults, shots: int, approval: int) -> Text | None:
    below = study.worse_than(Rung.NO_LOCAL_LABELS, shots)
    if not study.has_range("bad_rate") or below is None:
        return None
    place = APPROVALS.index(approval / 100)
    mean, ends = _curve(study, META_LEARNED, shots, "bad_rate")[place], study.range90(META_LEARNED, shots, "bad_rate")
    least, most, low, high = (percent(float(end), 1) for end in (*mean[1:], *ends[:, place]))
    return _SPREAD.format(task=scenario.prose.task, least=least, most=most, low=low, high=high, share=percent(below))


def _show(scenario: Scenario, study: StudyResults) -> None:
    view = session.view()
    shots, language, at = view.shots, view.lang, chosen(APPROVAL) / 100
    left, right = st.columns(2, gap="medium")
    with left:
        margin = slide(MARGIN_PARAMETER, _MARGIN, _per_cent) / 100
    with right:
        lgd = slide(LGD_PARAMETER, _LGD, _per_cent) / 100
    draw_side_by_side(
        (_profit(scenario, study, shots, margin, lgd, language), _strategy(scenario, study, shots, at, language)),
        (1.15, 1),
    )
    by_approval = approval_profit.section(scenario, study, shots, at, margin, lgd, language)
    if scenario.name in results.measured(RobustnessResults):
        left, right = st.columns([1, 1.15], gap="medium")
        with left:
            draw_section(by_approval, is_part=True)
        with right:
            through_the_door.show(results.robustness(scenario.name))
    else:
        draw_section(by_approval)
    draw_section(_table(scenario, study, shots, at, margin, lgd, language))
    default_rate.show(scenario, study, margin, lgd)
    novelty = novelty_section(study, language, height=430, incumbents=DECISION.incumbents)
    draw_side_by_side((_calibration(study, shots, language), novelty))


def _per_cent(value: int) -> str:
    return f"{value}%"


def _strategy(scenario: Scenario, study: StudyResults, shots: int, at: float, language: Language) -> Section:
    curves, stated = _curves(study, shots, "bad_rate"), {"approval": percent(at)}
    drawn = {name: percent(_at(curve, at), 1) for name, curve in curves.items()}
    return Section(
        key="strategy_chart",
        finding=_carried(scenario, study, shots, at)[language],
        figure=_strategy_figure(study, shots, at, language),
        alt=_STRATEGY_TAKEAWAY.format(**stated, rates=_listed(drawn, language))[language],
        table=partial(curves_table, list(APPROVALS), _APPROVED[language], curves, language, scenario.decision),
        note=_EXACTLY.format(task=scenario.prose.task)[language],
        method=_OWN_CUT_OFF.format(task=scenario.prose.task)[language],
    )


def _carried(scenario: Scenario, study: StudyResults, shots: int, at: float) -> Text:
    """Return the effect of the meta-learned model's cut-off, which was set on other tasks."""
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
        pooled=percent(study.at(_CHAMPION, shots, "carried_far_off")[0][place]),
        bayes=percent(study.at(BAYES, shots, "carried_far_off")[0][place]),
        far=round(100 * FAR_OFF),
        bad=percent(bad, 1),
        pooled_bad=percent(study.at(_CHAMPION, shots, "carried_bad_rate")[0][place], 1),
    )


def _profit(
    scenario: Scenario, study: StudyResults, shots: int, margin: float, lgd: float, language: Language
) -> Section:
    place, cut_off = _nearest(study, margin, lgd)
    names = dict.fromkeys((*study.rows(shots), *_drawn(study)))
    profits = {name: _approved(study, name, shots).profit(margin, lgd)[place] for name in names}
    digits = 1 if max(profits.values()) >= 1 else 2  # a thin margin leaves little
    found = known_errors(study)
    ends = {name: _profit_ends(study, found, name, shots, margin, lgd) for name in names}
    scores = {
        name: _written(profit, None if (known := ends[name]) is None else known[place], digits)[language]
        for name, profit in profits.items()
    }
    bold = {META_LEARNED: coloured(scores[META_LEARNED], BLUE)}
    stated = {"cut_off": percent(cut_off, 1), "everybody": formatting.number(_everybody(study, shots, margin, lgd), 1)}
    finding = _PROFIT.format(
        **stated,
        **by_rung(study, shots, scores) | bold,
        margin=percent(margin),
        lgd=percent(lgd),
        break_even=percent(break_even(margin, lgd), 1),
        ci=_CI if found else "",
        task=scenario.prose.task,
    )
    method = _PROFIT_NOTE.format(
        bins=len(study.risk_edges) + 1, tasks=study.tasks, task=scenario.prose.task, a_task=scenario.prose.a_task
    )
    listed = _listed({name: scores[name] for name in _drawn(study)}, language)
    return Section(
        key="profit_chart",
        finding=finding[language],
        figure=_profit_figure(study, found, shots, margin, lgd, language),
        alt=_PROFIT_TAKEAWAY.format(**stated, profits=listed)[language],
        table=partial(_profit_table, study, found, shots, margin, lgd, language),
        note=bands_line(scenario, study, is_known=found is not None)[language],
        method=(words.joined(method, widths(scenario, found, shots)) if found else method)[language],
    )


@lru_cache(maxsize=512)  # published figures are shared by all visits
def _approved(study: StudyResults, name: str, shots: int) -> Approved:
    return approved_below(*study.risks(name, shots))


def _nearest(study: StudyResults, margin: float, lgd: float) -> tuple[int, float]:
    """Return the place of the cut-off that is the nearest to the break-even PD in log odds, and the cut-off."""
    place = int(np.abs(np.array(study.risk_edges) - np.log(margin / lgd)).argmin())
    return place, float(thresholds(study.risk_edges)[place])


def _profit_ends(
    study: StudyResults, found: CalibrationResults | None, name: str, shots: int, margin: float, lgd: float
) -> Array | None:
    """Return the ends of the 95% interval of the profit at every cut-off: (edges, 2); None if they are not known."""
    errors = found.errors_below(name, shots) if found else None
    if errors is None:
        return None
    half = half_width(errors, 100 * margin, 100 * lgd, study.tasks)
    ends: Array = _approved(study, name, shots).profit(margin, lgd)[:, None] + np.outer(half, [-1, 1])
    return ends


def _written(profit: float, ends: Array | None, digits: int) -> Text:
    mean = formatting.number(profit, digits)
    if ends is None:
        return Text(en=mean, zh=mean)
    low, high = (formatting.number(float(end), digits) for end in ends)
    return _ESTIMATE.format(mean=mean, low=low, high=high)


def _everybody(study: StudyResults, shots: int, margin: float, lgd: float) -> float:
    """Return the profit per 100 applicants if all are approved."""
    goods, bads = study.risks(_CHAMPION, shots)[0].sum(1)
    return float(100 * (margin * goods - lgd * bads) / (goods + bads))


def _profit_table(
    study: StudyResults, found: CalibrationResults | None, shots: int, margin: float, lgd: float, language: Language
) -> pd.DataFrame:
    cut_offs = thresholds(study.risk_edges)
    columns: dict[str, object] = {
        _CUT_OFF_COLUMN[language]: [percent(float(each), 1) for each in cut_offs],
        _EVERYBODY[language]: round(_everybody(study, shots, margin, lgd), 2),
    }
    for name in _drawn(study):
        called, approved = named(name, language, "lending"), _approved(study, name, shots)
        ends = _profit_ends(study, found, name, shots, margin, lgd)
        title = _PROFIT_COLUMN.format(name=called)[language]
        columns |= interval_columns(title, approved.profit(margin, lgd).round(2), ends, language)
        columns[_SHARE_COLUMN.format(name=called)[language]] = approved.share.round(3)
    return pd.DataFrame(columns)


def _table(
    scenario: Scenario, study: StudyResults, shots: int, at: float, margin: float, lgd: float, language: Language
) -> Section:
    note = _NOTE.format(
        tasks=study.tasks,
        task=scenario.prose.task,
        a_task=scenario.prose.a_task,
        shots=words.counted(study.metric, shots),
        queries=study.protocol.queries,
        rate=percent(study.at("bayes", shots, "bad_rate")[0][-1], 1),
        cut_off=percent(_nearest(study, margin, lgd)[1], 1),
    )
    return Section(
        key="measures",
        finding=_champion(scenario, study, shots)[language],
        table=_measures(study, shots, at, margin, lgd, scenario.prose.task, language),
        note=_AS_OFFERED.format(tasks=study.tasks, task=scenario.prose.task, a_task=scenario.prose.a_task)[language],
        method=note[language],
    )


def _champion(scenario: Scenario, study: StudyResults, shots: int) -> Text:
    """Return by how much the Gini of the best challengers differs from that of the score that a lender has."""
    low, high = _ginis90(study, _CHAMPION, shots)
    meta_low, meta_high = _ginis90(study, META_LEARNED, shots)
    gains = {name: _signed(_gain(study, name, shots)) for name in study.rows(shots)}
    interval: Text | str = ""
    if study.best(Rung.NO_LOCAL_LABELS, shots) == _CHAMPION:  # else no paired interval is published
        _, *ends = (2 * end for end in study.compared("ahead", shots, Rung.NO_LOCAL_LABELS))
        interval = _INTERVAL.format(low=_signed(ends[0]), high=_signed(ends[1]))
    below = study.worse_than(Rung.NO_LOCAL_LABELS, shots)
    finding = _TABLE.format(
        worse="" if below is None else _WORSE.format(share=percent(below), task=scenario.prose.task),
        task=scenario.prose.task,
        shots=words.counted(study.metric, shots),
        champion=f"{study.at(_CHAMPION, shots, 'gini')[0]:.2f}",
        low=formatting.number(low),
        high=formatting.number(high),
        gain=gains[META_LEARNED],
        interval=interval,
        meta_low=formatting.number(meta_low),
        meta_high=formatting.number(meta_high),
        local=gains[study.best(Rung.LOCAL, shots)],
        borrowing=gains[study.best(Rung.BORROWING, shots)],
    )
    return words.joined(finding, _monotone(study, shots)) if _SCORECARD in study.learners else finding


def _monotone(study: StudyResults, shots: int) -> Text:
    """Return the cost of a score that a validator would accept, with its paired interval if published."""
    interval: Text | str = ""
    league = results.league(study.scenario) if study.scenario in results.measured(LeagueResults) else None
    if league is not None and _SCORECARD in league.learners:
        _, low, high = 2 * league.pair(_SCORECARD, _CHAMPION, "ahead", league.shots[0])  # neither sees any label
        interval = _INTERVAL.format(low=_signed(low), high=_signed(high))
    gini = f"{study.at(_SCORECARD, shots, 'gini')[0]:.2f}"
    return _MONOTONE.format(gini=gini, gain=_signed(_gain(study, _SCORECARD, shots)), interval=interval)


def _gain(study: StudyResults, name: str, shots: int) -> float:
    """Return how much higher a learner's mean Gini is than the generic score's, on the same tasks."""
    return float(study.at(name, shots, "gini")[0] - study.at(_CHAMPION, shots, "gini")[0])


def _ginis90(study: StudyResults, name: str, shots: int) -> Array:
    """Return the ends of the range in which nine tasks in ten lie: of the Gini, which is 2 AUROC - 1."""
    ends: Array = 2 * study.at(name, shots, "range90") - 1
    return ends


@lru_cache(maxsize=512)
def _measures(
    study: StudyResults, shots: int, at: float, margin: float, lgd: float, task: Text, language: Language
) -> pd.DataFrame:
    names, (place, _) = study.rows(shots), _nearest(study, margin, lgd)

    def cells(measure: str, digits: int, *, unit: float = 1.0, column: int | None = None) -> list[str]:
        estimates = [study.at(name, shots, measure) for name in names]
        return [
            _cell(value if column is None else [part[column] for part in value], digits, unit, language)
            for value in estimates
        ]

    per_cent = " (%)" if language == "en" else "（%）"
    below = [_approved(study, name, shots) for name in names]
    profits, found = [float(each.profit(margin, lgd)[place]) for each in below], known_errors(study)
    ends = [_profit_ends(study, found, name, shots, margin, lgd) for name in names]
    ranges = [[formatting.number(end) for end in _ginis90(study, name, shots)] for name in names]
    columns = {
        _LEARNER[language]: [named(name, language, "lending") for name in names],
        _GINI[language]: cells("gini", 2),
        _GAIN[language]: ["–" if name == _CHAMPION else _signed(_gain(study, name, shots)) for name in names],
        _RANGE.format(task=task)[language]: [
            formatting.unbroken(formatting.between(low, high)[language]) for low, high in ranges
        ],
        _KS[language]: cells("ks", 2),
        _BAD_RATE.format(approval=percent(at))[language] + per_cent: cells(
            "bad_rate", 1, unit=100, column=APPROVALS.index(at)
        ),
        _APPROVED[language] + per_cent: [f"{100 * each.share[place]:.0f}" for each in below],
        _EARNED[language]: [
            _earned(profit, None if known is None else known[place], 1 if max(profits) >= 1 else 2, language)
            for known, profit in zip(ends, profits, strict=True)
        ],
        _EXPECTED[language] + per_cent: [f"{100 * lgd * each.predicted[place]:.1f}" for each in below],
        _REALISED[language] + per_cent: [f"{100 * lgd * each.bad_rate[place]:.1f}" for each in below],
        GROUP[language]: rungs_of(names, language),
    }
    return pd.DataFrame(columns).set_index(_LEARNER[language])


def _calibration(study: StudyResults, shots: int, language: Language) -> Section:
    bins = _bins(study, shots)
    off = {name: f"{100 * each.error:.1f}" for name, each in bins.items()}
    return Section(
        key="calibration_chart",
        finding=_CALIBRATION.format(**off)[language],
        figure=_calibration_figure(study, shots, language),
        alt=_CALIBRATION_TAKEAWAY.format(**off)[language],
        table=partial(calibration_table, bins, language, "lending"),
        note=_USELESS[language],
        method=_CALIBRATION_NOTE[language],
    )


@lru_cache(maxsize=512)  # published figures are shared by all visits
def _strategy_figure(study: StudyResults, shots: int, at: float, language: Language) -> go.Figure:
    return strategy_chart(APPROVALS, _curves(study, shots, "bad_rate"), at=at, language=language)


@lru_cache(maxsize=512)
def _bins(study: StudyResults, shots: int) -> dict[str, Reliability]:
    return {name: reliability_as_counted(*study.risks(name, shots)) for name in _CALIBRATED}


@lru_cache(maxsize=512)
def _calibration_figure(study: StudyResults, shots: int, language: Language) -> go.Figure:
    return calibration_chart(_bins(study, shots), language=language, rare=True, decision="lending")


@lru_cache(maxsize=512)
def _profit_figure(
    study: StudyResults, found: CalibrationResults | None, shots: int, margin: float, lgd: float, language: Language
) -> go.Figure:
    curves = {name: _approved(study, name, shots).profit(margin, lgd) for name in _drawn(study)}
    return profit_chart(
        thresholds(study.risk_edges), curves, _everybody(study, shots, margin, lgd), at=break_even(margin, lgd),
        span=_span(study, margin, lgd), language=language,
        bands={name: _profit_ends(study, found, name, shots, margin, lgd) for name in curves},
    )  # fmt: skip


@lru_cache(maxsize=128)
def _span(study: StudyResults, margin: float, lgd: float) -> tuple[float, float]:
    """Return the ends of the axis of profits: the same at every number of labels."""
    every = [_approved(study, name, shots).profit(margin, lgd) for name in _drawn(study) for shots in study.shots]
    high = max(1.08 * float(np.max(every)), 0.1)
    return max(1.08 * min(float(np.min(every)), 0.0), -_DEPTH * high) - 0.02 * high, high


def _curves(study: StudyResults, shots: int, measure: str) -> dict[str, Array]:
    """Return mean, low and high of a measure by learner: (approvals, 3)."""
    return {name: _curve(study, name, shots, measure) for name in _drawn(study)}


def _curve(study: StudyResults, name: str, shots: int, measure: str) -> Array:
    curve: Array = np.array(study.at(name, shots, measure)).T
    return curve


def _drawn(study: StudyResults) -> tuple[str, ...]:
    """Return the learners of the charts: the best of each rung, and the generic score; the last is drawn on top."""
    names = dict.fromkeys((*DECISION.incumbents, *rungs.shown(study)))
    return (*(name for name in names if name != META_LEARNED), META_LEARNED)


def _at(curve: Array, approval: float) -> float:
    return float(curve[APPROVALS.index(approval), 0])


def _listed(scores: dict[str, str], language: Language) -> str:
    return words.listed([f"{named(name, language, 'lending')} {figure}" for name, figure in scores.items()], language)


def _cell(estimate: list[float], digits: int, unit: float, language: Language) -> str:
    """Write [mean, low, high] as "0.78 (0.77–0.79)", to be broken before the interval only, with true minus signs."""
    mean, low, high = (f"{unit * value:.{digits}f}".replace("-", "−") for value in estimate)
    return formatting.estimate_cell(mean, formatting.between(low, high), language)


def _earned(profit: float, ends: Array | None, digits: int, language: Language) -> str:
    """Write a profit, with its 95% interval if that is known."""
    return formatting.number(profit, digits) if ends is None else _cell([profit, *ends], digits, 1.0, language)


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


PANEL = DecisionPanel(
    name="lending",
    audience=Text(
        en="**Risk modeller.** Gini, bad rate and profit from ten matured accounts, compared with a generic score.",
        zh="**风险建模人员**。只有十个账户走完表现期，Gini、坏客户率和利润会怎样？与通用评分对照。",
    ),
    advice=Text(en="credit", zh="信贷"),
    verdict=_verdict,
    headline=_headline,
    headline_name=Text(en="bad rate", zh="坏客户率"),
    spread=_spread,
    parameter=APPROVAL,
    written=lambda share: percent(share / 100),
    show=_show,
    show_sample=applicants.show,
    decided=applicants.decided,
    labels_take=labels_take,
    player_note=_PILES,
)
