"""Lending at another default rate of the segment: PDs uncorrected, and with their level corrected."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import session, words
from dashboard.charts.style import named
from dashboard.language import percent
from dashboard.views import formatting
from dashboard.views.decisions.decision_panel import chosen, known_errors, slide
from dashboard.views.rungs import GROUP, rungs_of
from dashboard.views.section import Section, draw_section
from scenarios.decisions.lending.decision import DECISION, DEFAULT_RATE
from scenarios.decisions.lending.measures import accounts_for, approved_below, at_default_rate, break_even
from scenarios.evaluation.net_benefit import half_width
from scenarios.learners.registry import META_LEARNED
from scenarios.publication.results import CalibrationResults, StudyResults
from scenarios.scenario import Scenario
from scenarios.text import Language, Text, written

_LABEL = Text(
    en="Default rate of this segment, known from all booked accounts", zh="本客群违约率（由全部已放款账户得知）"
)
_FINDING = Text(
    en="**What if the default rate differs?** Assume that {rate} of the applicants default ({usual} on average), and "
    "that PDs below the break-even {cut_off} are approved. With PDs as they are, meta-learning approves {approved}; "
    "expected loss is {expected}% of the amount lent, realised loss {realised}%.",
    zh="**本客群的违约率不同，会怎样**？设申请人中有 {rate} 违约（各客群平均为 {usual}），PD 低于盈亏平衡点 {cut_off} "
    "即放款。PD 照用时，元学习的通过率为 {approved}，预期损失占放款额的 {expected}%，实际损失 {realised}%。",
)
_LEVEL = Text(
    en="With the log odds shifted by {offset} to the right level, it approves {approved_corrected}; expected loss is "
    "{expected_corrected}%, realised loss {realised_corrected}%. Profit per 100 applicants changes from {profit} to "
    "{profit_corrected} loan amounts (generic score: {champion} to {champion_corrected}).",
    zh="把对数几率平移 {offset}、校正到实际水平后，通过率为 {approved_corrected}，预期损失 {expected_corrected}%，实际"
    "损失 {realised_corrected}%。每百名申请人的利润由 {profit} 变为 {profit_corrected}（以单笔贷款额计）；用通用评分则"
    "由 {champion} 变为 {champion_corrected}。",
)
_TAKE = Text(
    en="At this rate, a lender books a median of {median} accounts to see {bads} bad ones ({low} to {high} in nine "
    "cases of ten).",
    zh="按此违约率，要等到 {bads} 户变坏，放款户数的中位数为 {median} 户（九成情况下为 {low}～{high} 户）。",
)
_NOTE = Text(
    en="A wrong level costs profit, not ranking: Gini and KS do not change.",
    zh="违约率水平估计不准，损失的是利润，排序不受影响：Gini 和 KS 不变。",
)
_METHOD = written(__file__, "default-rate")
_LEARNER = Text(en="model", zh="模型")
_AS_IS, _CORRECTED = (
    Text(en="{what}, uncorrected", zh="{what}（照用）"),
    Text(en="{what}, level corrected", zh="{what}（校正水平）"),
)
_APPROVED, _EXPECTED = Text(en="approved", zh="通过率"), Text(en="expected loss", zh="预期损失")
_REALISED, _PROFIT = Text(en="realised loss", zh="实际损失"), Text(en="profit, loan amounts", zh="利润（贷款额）")
_CHAMPION = DECISION.incumbents[0]


class _Outcome(NamedTuple):
    """Result of lending on one method's PDs: proportions, losses (% of the amount lent), loan amounts."""

    approved: float
    expected: float
    realised: float
    profit: tuple[float, float, float] | tuple[float]  # with the ends of its interval, if that is known


def show(scenario: Scenario, study: StudyResults, margin: float, lgd: float) -> None:
    """Draw the slider and the section."""
    view = session.view()
    with st.columns(2, gap="medium")[0]:
        slide(DEFAULT_RATE, _LABEL, lambda rate: f"{rate}%")
    draw_section(section(scenario, study, view.shots, chosen(DEFAULT_RATE) / 100, margin, lgd, view.lang), is_part=True)


def section(
    scenario: Scenario, study: StudyResults, shots: int, rate: float, margin: float, lgd: float, language: Language
) -> Section:
    """Return the result of lending at a default rate, with PDs as they are and with their level corrected."""
    found, usual = known_errors(study), _usual(study, shots)
    offset = _log_odds(rate) - _log_odds(usual)
    names = study.rows(shots)
    both = {
        name: tuple(_outcome(study, found, name, shots, rate, margin, lgd, by) for by in (0.0, offset))
        for name in dict.fromkeys((*names, _CHAMPION))
    }
    (as_is, corrected), (champion, champion_corrected) = both[META_LEARNED], both[_CHAMPION]
    median, low, high = (f"{each:,.0f}" for each in accounts_for(shots, np.array([rate])))
    finding = words.joined(_FINDING, _LEVEL, _TAKE).format(
        rate=percent(rate), usual=percent(usual, 1), cut_off=percent(break_even(margin, lgd), 1),
        offset=formatting.number(offset, 2) if offset < 0 else f"+{offset:.2f}",
        **_written(as_is), **{f"{name}_corrected": each for name, each in _written(corrected).items()},
        champion=_written(champion)["profit"], champion_corrected=_written(champion_corrected)["profit"],
        bads=shots, median=median, low=low, high=high,
    )  # fmt: skip
    return Section(
        key="default_rate",
        finding=finding[language],
        table=_table(names, both, language),
        note=_NOTE[language],
        method=_METHOD.format(tasks=study.tasks, task=scenario.prose.task, a_task=scenario.prose.a_task)[language],
    )


def _log_odds(share: float) -> float:
    return float(np.log(share / (1 - share)))


def _usual(study: StudyResults, shots: int) -> float:
    """Return the share of bads among all applicants."""
    goods, bads = study.risks(_CHAMPION, shots)[0].sum(1)
    return float(bads / (goods + bads))


@lru_cache(maxsize=1024)  # published figures are shared by all visits
def _outcome(
    study: StudyResults, found: CalibrationResults | None, name: str, shots: int, rate: float, margin: float,
    lgd: float, offset: float,
) -> _Outcome:  # fmt: skip
    counts, sums = study.risks(name, shots)
    below = approved_below(*at_default_rate(counts, sums, rate, offset))
    place = int(np.abs(np.array(study.risk_edges) + offset - _log_odds(break_even(margin, lgd))).argmin())
    profit = float(below.profit(margin, lgd)[place])
    errors = found.errors_below(name, shots) if found else None
    ends: tuple[float, ...] = ()
    if errors is not None:
        good, bad = np.array([1 - rate, rate]) / counts.sum(1) * counts.sum()
        half = float(half_width(errors, 100 * margin * good, 100 * lgd * bad, study.tasks)[place])
        ends = (profit - half, profit + half)
    return _Outcome(
        float(below.share[place]), 100 * lgd * float(below.predicted[place]), 100 * lgd * float(below.bad_rate[place]),
        (profit, *ends),  # type: ignore[arg-type]
    )  # fmt: skip


def _written(outcome: _Outcome) -> dict[str, str]:
    return {
        "approved": percent(outcome.approved), "expected": f"{outcome.expected:.1f}",
        "realised": f"{outcome.realised:.1f}", "profit": formatting.number(outcome.profit[0], 1),
    }  # fmt: skip


def _table(names: list[str], both: dict[str, tuple[_Outcome, ...]], language: Language) -> pd.DataFrame:
    columns: dict[str, list[str]] = {_LEARNER[language]: [named(name, language, "lending") for name in names]}
    per_cent = " (%)" if language == "en" else "（%）"
    for part, heading in enumerate((_AS_IS, _CORRECTED)):
        written = [_written(both[name][part]) for name in names]
        for what, title, unit in (
            ("approved", _APPROVED, ""), ("expected", _EXPECTED, per_cent), ("realised", _REALISED, per_cent),
        ):  # fmt: skip
            columns[heading.format(what=title)[language] + unit] = [each[what] for each in written]
        columns[heading.format(what=_PROFIT)[language]] = [_profit(both[name][part], language) for name in names]
    columns[GROUP[language]] = rungs_of(names, language)
    return pd.DataFrame(columns).set_index(_LEARNER[language])


def _profit(outcome: _Outcome, language: Language) -> str:
    """Write a profit, with its 95% interval if that is known."""
    mean, *ends = (formatting.number(each, 1) for each in outcome.profit)
    if not ends:
        return mean
    return formatting.estimate_cell(mean, formatting.between(*ends), language)
