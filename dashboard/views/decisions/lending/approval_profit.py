"""Profit against the approval rate, at a chosen margin and loss given default."""

from functools import lru_cache, partial

import numpy as np
import plotly.graph_objects as go

from dashboard import words
from dashboard.charts.style import named
from dashboard.language import percent
from dashboard.views import formatting
from dashboard.views.decisions.decision_panel import bands_line, by_rung
from dashboard.views.decisions.lending.charts import approval_profit_chart
from dashboard.views.formatting import BLUE, coloured
from dashboard.views.pictures import curves_table
from dashboard.views.section import Section
from scenarios.decisions.lending.assumptions import APPROVALS, LOSS_GIVEN_DEFAULT, MARGIN
from scenarios.decisions.lending.decision import DECISION
from scenarios.decisions.lending.measures import profit_at
from scenarios.learners.registry import META_LEARNED
from scenarios.protocol import QUERIES
from scenarios.publication.results import StudyResults
from scenarios.scenario import Scenario
from scenarios.task import Array
from scenarios.text import Language, Text

_CHAMPION = DECISION.incumbents[0]
_FINDING = Text(
    en="**Which approval rate?** Profit per 100 applicants at {approval} approved, in loan amounts (95% CI): "
    "generic score {pooled}, these accounts alone **{local}**; with other {task}s' data, simple statistics "
    "**{borrowing}** and meta-learning {maml}; Bayes-optimal {bayes}. Meta-learning earns most, {most}, at "
    "{most_at} approved; the generic score, {champion}, at {champion_at}.",
    zh="**批准多少人合适**？通过率 {approval} 时，每百名申请人的利润（以单笔贷款额为单位，括号内为 95% 置信区间）："
    "通用评分 {pooled}，只用这些账户 **{local}**；借助其他{task}的数据，简单统计方法 **{borrowing}**，元学习 {maml}；"
    "贝叶斯最优 {bayes}。元学习在通过率 {most_at} 时利润最高，为 {most}；通用评分在 {champion_at} 时最高，"
    "为 {champion}。",
)
_TAKEAWAY = Text(
    en="Profit per 100 applicants, in loan amounts, against the approval rate. At {approval} approved: {profits}.",
    zh="每百名申请人的利润（以单笔贷款额计）随通过率的变化。通过率 {approval} 时：{profits}。",
)
_NOTE = Text(
    en="Means over {tasks} {task}s; bands: 95% CIs over {task}s. Each {task} has its own cut-off, which gives "
    "exactly the stated approval rate. Measured at a margin of {margin} and an LGD of {lgd}; other values "
    "follow exactly, since profit is linear in the number of bad loans.",
    zh="{tasks} {a_task}的平均值；色带为跨{task}的 95% 置信区间。每个{task}各用自己的审批线，使通过率恰为所选值。"
    "按收益率 {margin}、LGD {lgd} 测得；利润是坏贷款数的线性函数，其他取值下的均值和区间可由此精确换算。",
)
_ESTIMATE = Text(en="{mean} ({low} to {high})", zh="{mean}（{low}～{high}）")
_APPROVED = Text(en="approved", zh="通过率")


def section(
    scenario: Scenario, study: StudyResults, shots: int, at: float, margin: float, lgd: float, language: Language
) -> Section:
    """Return the profit at the approval rate `at`, and the curves of the best of each rung against that rate."""
    place = APPROVALS.index(at)
    profits = {name: _curve(study, name, shots, margin, lgd) for name in study.rows(shots)}
    digits = 1 if max(curve[place, 0] for curve in profits.values()) >= 1 else 2  # a thin margin leaves little
    scores = {name: _estimate(curve[place], digits) for name, curve in profits.items()}
    texts = {name: score[language] for name, score in scores.items()}
    bold = {META_LEARNED: coloured(texts[META_LEARNED], BLUE)}
    (most_at, most), (champion_at, champion) = (_best(profits[name], digits) for name in (META_LEARNED, _CHAMPION))
    finding = _FINDING.format(
        **by_rung(study, shots, texts) | bold, approval=percent(at), task=scenario.prose.task,
        most_at=most_at, most=most, champion_at=champion_at, champion=champion,
    )  # fmt: skip
    curves = {name: profits[name] for name in _drawn(study, shots)}
    listed = words.listed([f"{named(name, language, 'lending')} {texts[name]}" for name in curves], language)
    note = _NOTE.format(
        tasks=study.tasks, task=scenario.prose.task, a_task=scenario.prose.a_task, margin=percent(MARGIN),
        lgd=percent(LOSS_GIVEN_DEFAULT),
    )  # fmt: skip
    return Section(
        key="approval_profit_chart",
        finding=finding[language],
        figure=_figure(study, shots, at, margin, lgd, language),
        alt=_TAKEAWAY.format(approval=percent(at), profits=listed)[language],
        table=partial(curves_table, list(APPROVALS), _APPROVED[language], curves, language, scenario.decision),
        note=bands_line(scenario, study, is_known=True)[language],
        method=note[language],
    )


def _drawn(study: StudyResults, shots: int) -> list[str]:
    """Return the best method of each rung at a number of labels, and the generic score; the last is drawn on top."""
    names = dict.fromkeys((*DECISION.incumbents, *(study.best(rung, shots) for rung in study.rungs)))
    return [*(name for name in names if name != META_LEARNED), META_LEARNED]


def _curve(study: StudyResults, name: str, shots: int, margin: float, lgd: float) -> Array:
    """Return mean, low and high of the profit at each share of approvals: (approvals, 3)."""
    profit = np.array(study.at(name, shots, "profit_by_approval"))
    curve: Array = profit_at(profit, study.protocol.queries or QUERIES, margin, lgd).T
    return curve


def _best(curve: Array, digits: int) -> tuple[str, str]:
    """Return the approval rate with the highest mean profit, and that profit."""
    place = int(curve[:, 0].argmax())
    return percent(APPROVALS[place]), formatting.number(float(curve[place, 0]), digits)


def _estimate(profit: Array, digits: int) -> Text:
    mean, low, high = (formatting.number(float(each), digits) for each in profit)
    return _ESTIMATE.format(mean=mean, low=low, high=high)


@lru_cache(maxsize=512)  # published figures are shared by all visits
def _figure(study: StudyResults, shots: int, at: float, margin: float, lgd: float, language: Language) -> go.Figure:
    curves = {name: _curve(study, name, shots, margin, lgd) for name in _drawn(study, shots)}
    return approval_profit_chart(APPROVALS, curves, at=at, span=_span(study, margin, lgd), language=language)


@lru_cache(maxsize=128)
def _span(study: StudyResults, margin: float, lgd: float) -> tuple[float, float]:
    """Return the ends of the axis of profits: the same at every number of labels."""
    shown = [(name, shots) for shots in study.shots for name in _drawn(study, shots)]
    every = np.array([_curve(study, name, shots, margin, lgd) for name, shots in shown])
    high = max(1.04 * float(every.max()), 0.1)
    return max(1.08 * min(float(every.min()), 0.0), -high) - 0.02 * high, high
