"""Alarms in a drive with another mix of styles, by re-weighting the alarm rates of each style."""

from functools import lru_cache

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import session, words
from dashboard.charts.style import named
from dashboard.language import percent
from dashboard.views import formatting
from dashboard.views.decisions.decision_panel import by_rung, slide
from dashboard.views.formatting import BLUE, coloured
from dashboard.views.rungs import GROUP, rungs_of
from dashboard.views.section import Section, draw_section
from scenarios.dataclass_json import Floats
from scenarios.decisions.alarms.assumptions import BUDGETS, STYLE_MIX, WINDOWS_PER_HOUR
from scenarios.decisions.alarms.decision import AGGRESSIVE, CALM
from scenarios.decisions.alarms.measures import alarms_per_hour
from scenarios.learners.registry import META_LEARNED, RULE
from scenarios.publication.results import StudyResults, TripsResults
from scenarios.scenario import Scenario
from scenarios.text import Language, Text, written

Mix = tuple[float, ...]  # the share of each style in a drive
_OF_WINDOWS = Text(en="{kind} windows in use, in % of all", zh="实际行车中{kind}片段的占比（%）")
_FINDING = Text(
    en="**What if the mix of styles differs?** Assume {mix}, with thresholds still set for the usual mix. In an "
    "hour, meta-learning with {shots} then raises {maml} alarms: a precision of {precision}{usual}. These "
    "labels alone raise {local}; simple statistics, {borrowing}; Bayes-optimal, {bayes}; the fixed {limit} "
    "rule, {rule}.",
    zh="**风格比例改变会怎样**？若{mix}，阈值仍按通常比例设定，元学习（{shots}）每小时报警：{maml}，精确率 "
    "{precision}{usual}。只用这些标注：{local}；简单统计方法：{borrowing}；贝叶斯最优：{bayes}；固定 {limit} 规"
    "则：{rule}。",
)
_AGAINST = Text(en=", against {usual} at the usual mix", zh="（通常比例下为 {usual}）")
_SHARE = Text(en="{share} {kind}", zh="{kind}占 {share}")
_COUNTS = Text(en="{true} correct and {false} false", zh="正确 {true} 次、误报 {false} 次")
_LEFT = Text(
    en="Thresholds: those set on other {task}s for {budget} false alarms an hour at the usual mix; 95% CIs in "
    "brackets.",
    zh="阈值按通常比例、每小时误报 {budget} 次在其他{task}上确定；括号内为 95% 置信区间。",
)
_NOTE = written(__file__, "mix")
_MODEL = Text(en="model", zh="模型")
_RATE = Text(en="alarms in {kind} windows", zh="{kind}片段报警率")
_TRUE, _FALSE = Text(en="correct alarms/h", zh="正确报警次数/小时"), Text(en="false alarms/h", zh="误报次数/小时")
_PRECISION = Text(en="precision", zh="精确率")


def show(scenario: Scenario, study: StudyResults, found: TripsResults, budget: int) -> None:
    """Draw the controls of the mix, and its consequences."""
    view = session.view()
    left, right = st.columns(2, gap="medium")
    with left:
        aggressive = slide(AGGRESSIVE, _OF_WINDOWS.format(kind=words.capitalised(scenario.classes[-1])), _per_cent)
    with right:
        calm = slide(CALM, _OF_WINDOWS.format(kind=words.capitalised(scenario.classes[0])), _per_cent)
    draw_section(section(scenario, study, found, view.shots, budget, mix_of(aggressive, calm), view.lang))


def mix_of(aggressive: int, calm: int) -> Mix:
    """Return the share of each style from those of the last and the first in per cent."""
    return calm / 100, (100 - calm - aggressive) / 100, aggressive / 100


def section(
    scenario: Scenario, study: StudyResults, found: TripsResults, shots: int, budget: int, mix: Mix, language: Language
) -> Section:
    """Return the alarms of an hour with a mix, at the measured number of labels that is the nearest."""
    prose, place = scenario.prose, found.nearest(shots)
    count = found.shots[place]
    labels = words.counted(found.metric, count)
    rates = {name: _rates(study, found, name, place, budget) for name in _names(study, found, count)}
    alarms = {name: _counts(each[0], mix) for name, each in rates.items()}
    stated = {
        name: _COUNTS.format(true=_number(true), false=_number(false))[language]
        for name, (true, false, _) in alarms.items()
    }
    bold = {META_LEARNED: coloured(stated[META_LEARNED], BLUE)}
    usual = percent(_counts(rates[META_LEARNED][0], STYLE_MIX)[2])
    finding = _FINDING.format(
        **by_rung(study, count, stated) | bold,
        shots=labels,
        mix=_written(scenario, mix, language),
        precision=percent(alarms[META_LEARNED][2]),
        usual="" if mix == STYLE_MIX else _AGAINST.format(usual=usual)[language],
        limit=limit_of(scenario),
    )
    note = _NOTE.format(
        tasks=found.tasks,
        task=prose.task,
        a_task=prose.a_task,
        shots=labels,
        budget=budget,
        usual_mix=_written(scenario, STYLE_MIX, language),
        windows=WINDOWS_PER_HOUR,
    )
    return Section(
        key="mix",
        finding=words.spaced(finding[language]),
        table=_table(study, found, place, budget, mix, scenario.classes, language),
        note=_LEFT.format(budget=budget, task=prose.task)[language],
        method=note[language],
        is_explained=True,
    )


@lru_cache(maxsize=512)  # published figures are shared by all visits
def _table(
    study: StudyResults, found: TripsResults, place: int, budget: int, mix: Mix, kinds: tuple[Text, ...],
    language: Language,
) -> pd.DataFrame:  # fmt: skip
    names = _names(study, found, found.shots[place])
    rates = [_rates(study, found, name, place, budget) for name in names]
    alarms = [_counts(each[0], mix) for each in rates]
    columns = {
        _MODEL[language]: [named(name, language, study.decision) for name in names],
        _TRUE[language]: [_number(true) for true, _, _ in alarms],
        _FALSE[language]: [_number(false) for _, false, _ in alarms],
        _PRECISION[language]: [percent(precision) for _, _, precision in alarms],
        **{
            _RATE.format(kind=kind)[language]: [
                formatting.share_cell(each[:, style].tolist(), language, 1) for each in rates
            ]
            for style, kind in enumerate(kinds)
        },
        GROUP[language]: rungs_of(names, language),
    }
    return pd.DataFrame(columns).set_index(_MODEL[language])


def _names(study: StudyResults, found: TripsResults, shots: int) -> list[str]:
    return [name for name in study.rows(shots) if name in found.learners]


def _rates(study: StudyResults, found: TripsResults, name: str, place: int, budget: int) -> Floats:
    """Return the share of each style's windows that raise an alarm, mean, low and high: (3, styles)."""
    if name == RULE:
        return np.array(study.at(RULE, found.shots[place], "confusion"))[..., -1]
    return found.learners[name].alarm_rates[place, :, BUDGETS.index(budget)]


def _counts(rates: Floats, mix: Mix) -> tuple[float, float, float | None]:
    """Return true and false alarms per hour, and the precision, from rates (styles,)."""
    false = WINDOWS_PER_HOUR * float(rates[:-1] @ np.array(mix[:-1]))
    true, precision = alarms_per_hour(float(rates[-1]), false, mix[-1])
    return true, false, precision


def limit_of(scenario: Scenario) -> Text:
    """Return the fixed rule's threshold with its unit."""
    if scenario.signal is None:
        raise ValueError("a fixed rule needs a signal with a limit")
    number = f"{scenario.signal.limit:g}"
    return Text(en="{number} {unit}", zh="{number} {unit}").format(number=number, unit=scenario.signal.unit)


def _written(scenario: Scenario, mix: Mix, language: Language) -> str:
    shares = [
        _SHARE.format(kind=kind[language], share=percent(share))[language]
        for kind, share in zip(scenario.classes, mix, strict=True)
    ]
    return words.listed(shares, language)


def _number(count: float) -> str:
    return f"{count:.1f}"


def _per_cent(value: int) -> str:
    return f"{value}%"
