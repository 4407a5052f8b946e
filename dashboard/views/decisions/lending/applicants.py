"""What applications show before any outcome is known, and why one applicant was accepted or declined."""

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import session
from dashboard.charts.characteristics import drift_chart, factor, reasons_chart
from dashboard.charts.style import named
from dashboard.language import percent
from dashboard.views.section import Section, draw_section
from dashboard.words import listed
from scenarios.decisions.lending.assumptions import CUT_OFF
from scenarios.demo.precomputed import DemoTask
from scenarios.episode import Draw
from scenarios.evaluation.drift import OTHER_TASKS, Drift, drift_of
from scenarios.learners.registry import demonstrated
from scenarios.scenario import Feature, Scenario
from scenarios.task import Array
from scenarios.text import Language, Text

_DRIFT = Text(
    en="**Drift, visible without outcomes.** Dots: this {task}'s {examples} against all others. Grey: where four in "
    "five of the {tasks} other {task}s lie.",
    zh="**无需结果就能看到的偏移**。圆点：这{a_task}的{examples}相对其他{task}；灰条：另外 {tasks} "
    "{a_task}中有八成落在此范围。",
)
_DRIFT_NOTE = Text(
    en="Skewed characteristics are compared after a logarithm or root. Who applies is visible; what makes them default "
    "is not, and no shift here tells.",
    zh="偏态特征先取对数或平方根再比较。来申请的是什么人看得到，他们因何违约却看不到，这些偏移也说明不了。",
)
_DRIFT_TAKEAWAY = Text(
    en="Shift of each characteristic's mean against other {task}s, in standard deviations. Largest: {largest}.",
    zh="各项特征均值相对其他{task}的偏移，以标准差计。最大的几项：{largest}。",
)
_HERE = Text(en="median here", zh="此处中位数")
_ELSEWHERE = Text(en="median elsewhere", zh="其他客群中位数")
_SHIFT = Text(en="shift, SD", zh="偏移（标准差）")
_CHARACTERISTIC = Text(en="characteristic", zh="特征")
_UNIT = Text(en="unit", zh="单位")
_REASONS = Text(
    en="**Reasons, for one applicant.** Choose by the number in the table above.",
    zh="**单个申请人的原因说明**。编号见上表。",
)
_APPLICANT = Text(en="Applicant", zh="申请人编号")
_MODEL, _PD = Text(en="model", zh="模型"), Text(en="PD", zh="PD")
_DECISION = Text(en="at {cut_off}", zh="按 {cut_off} 审批")
_ACCEPT, _DECLINE = Text(en="accept", zh="批准"), Text(en="decline", zh="拒绝")
_OUTCOME = Text(en="It turned out: **{outcome}**.", zh="日后的实际表现：**{outcome}**。")
_PRINCIPAL = {
    False: Text(en="**Principal reasons for declining,** meta-learned model:", zh="**主要拒绝原因**（元学习模型）："),
    True: Text(en="**Accepted; what weighs against,** meta-learned model:", zh="**已批准；不利因素**（元学习模型）："),
}
_REASON = Text(
    en="{name}: {value}, multiplies the odds of default by {factor}",
    zh="{name}：{value}，使违约几率（odds）升至 {factor} 倍",
)
_NOTHING = Text(
    en="Nothing speaks against: no characteristic raises the odds by 5% or more.",
    zh="没有不利因素：没有哪项特征使几率上升 5% 以上。",
)
_EVERY = Text(
    en="**All characteristics of applicant {number}.** Filled bars raise the odds of default, hollow ones lower them.",
    zh="**申请人 {number} 的全部特征**。实心条使违约几率上升，空心条使其下降。",
)
_REASONS_NOTE = Text(
    en="What raises the odds in one {task} may lower them in another: such are these made-up {task}s, more than in "
    "life. Shown is how the adapted network's odds change when one characteristic is put back from this {task}'s "
    "average to the applicant's own value, the others as they are. Such factors depend on that average, ignore "
    "correlations and need not multiply up to the whole. An explanation of a model, not a legal notice of adverse "
    "action.",
    zh="在一{a_task}中推高几率的特征，到另一{a_task}中可能反过来：合成的{task}就是如此设定的，比现实更甚。"
    "做法：其余特征不变，把某一项由这{a_task}的平均水平换回申请人自己的数值，看适应后网络给出的几率如何变化。"
    "结果取决于所用的平均水平，不考虑特征间的相关，各项相乘也未必等于整体。这是对模型的解释，不是法定的拒贷通知。",
)
_REASONS_TAKEAWAY = Text(
    en="What each characteristic of applicant {number} does to the odds of default. {reasons}.",
    zh="申请人 {number} 的各项特征对违约几率的影响。{reasons}。",
)
_TIMES = Text(en="odds multiplied by", zh="几率倍数")
_VALUE = Text(en="value", zh="数值")
_NAMED, _LEAST = 4, np.log(1.05)  # principal reasons at most; log odds that a reason adds at least
_KEY, _CHOSEN = "applicant", "the applicant who was chosen, and from which draw"


def show(scenario: Scenario, draw: Draw, shown: DemoTask | None) -> None:
    """Draw the drift of this task's applicants and, once a model has answered, the reasons for one of them."""
    language = session.language()
    left, middle, right = st.columns([1, 0.9, 1], gap="medium")
    with left:
        draw_section(_drift(scenario, draw, language))
    if shown is not None and "maml" in shown.reasons:
        with middle:
            number = _chosen(draw, shown)
            _one_applicant(scenario, draw, shown, number)
        with right:
            draw_section(_all_reasons(scenario, draw, shown, number, language))


def _drift(scenario: Scenario, draw: Draw, language: Language) -> Section:
    prose, drift = scenario.prose, drift_of(scenario, draw.query.x[0])
    names = [feature.label[language] for feature in scenario.features]
    largest = [f"{names[i]} {_signed(drift.shift[i])}" for i in np.argsort(-np.abs(drift.shift))[:3]]
    finding = _DRIFT.format(tasks=OTHER_TASKS, task=prose.task, a_task=prose.a_task, examples=prose.examples)
    return Section(
        key="drift_chart",
        finding=finding[language],
        figure=drift_chart(names, drift, language=language),
        alt=_DRIFT_TAKEAWAY.format(task=prose.task, largest=listed(largest, language))[language],
        table=partial(_drift_table, scenario, drift, language),
        note=_DRIFT_NOTE[language],
    )


def _drift_table(scenario: Scenario, drift: Drift, language: Language) -> pd.DataFrame:
    return pd.DataFrame(
        {
            _CHARACTERISTIC[language]: [feature.label[language] for feature in scenario.features],
            _SHIFT[language]: drift.shift.round(2),
            _HERE[language]: _rounded(scenario, drift.here),
            _ELSEWHERE[language]: _rounded(scenario, drift.elsewhere),
            _UNIT[language]: [feature.unit[language] for feature in scenario.features],
        }
    )


def _chosen(draw: Draw, shown: DemoTask) -> int:
    """Return the applicant's number, from 1: the user's choice from this draw, else one that was rightly declined."""
    view, language = session.view(), session.language()
    place = (view.seed, view.draw)
    before, last = st.session_state.get(_CHOSEN), int(draw.query.y.shape[1])
    number: int = first_explained(draw, shown) if before is None or before[0] != place else before[1]
    number = min(max(number, 1), last)  # only the browser keeps a widget's limits
    st.session_state[_KEY] = number
    st.markdown(_REASONS[language])
    st.number_input(_APPLICANT[language], 1, last, key=_KEY, on_change=_choose, args=(place,), width=160)
    return number


def first_explained(draw: Draw, shown: DemoTask) -> int:
    """Return the number, from 1, of the bad applicant with the highest meta-learned risk: the table begins there."""
    return int(np.where(draw.query.y[0] == 1, shown.risk("maml"), -1).argmax()) + 1


def _choose(place: tuple[int, int]) -> None:
    number = st.session_state.get(_KEY)
    if number is not None:
        st.session_state[_CHOSEN] = (place, int(number))


def _one_applicant(scenario: Scenario, draw: Draw, shown: DemoTask, number: int) -> None:
    language, row = session.language(), number - 1
    risks = {name: float(shown.risk(name)[row]) for name in demonstrated(scenario) if name in shown.answers}
    decided = {True: _ACCEPT[language], False: _DECLINE[language]}
    table = pd.DataFrame(
        {
            _MODEL[language]: [named(name, language, scenario.decision) for name in risks],
            _PD[language]: [percent(risk, 1) for risk in risks.values()],
            _DECISION.format(cut_off=percent(CUT_OFF, 1))[language]: [
                decided[risk < CUT_OFF] for risk in risks.values()
            ],
        }
    )
    st.table(table.set_index(_MODEL[language]))
    st.markdown(_OUTCOME.format(outcome=scenario.classes[draw.query.y[0, row]][language])[language])
    st.markdown(_PRINCIPAL[risks["maml"] < CUT_OFF][language])
    reasons = principal_reasons(scenario, draw.query.x[0, row], shown.reasons["maml"][row], language)
    st.markdown("\n".join(f"1. {reason}" for reason in reasons) or _NOTHING[language])


def _all_reasons(scenario: Scenario, draw: Draw, shown: DemoTask, number: int, language: Language) -> Section:
    every, prose = shown.reasons["maml"], scenario.prose
    x, adds = draw.query.x[0, number - 1], every[number - 1]
    labels = [feature.label[language] for feature in scenario.features]
    values = [in_words(feature, value, language) for feature, value in zip(scenario.features, x, strict=True)]
    colon, semicolon = (": ", "; ") if language == "en" else ("：", "；")
    names = [f"{label}{colon}{value}" for label, value in zip(labels, values, strict=True)]
    statement = principal_reasons(scenario, x, adds, language) or [_NOTHING[language].rstrip(".。")]
    columns = {_CHARACTERISTIC: labels, _VALUE: values, _TIMES: np.exp(adds).round(2)}
    return Section(
        key="reasons_chart",
        finding=_EVERY.format(number=number)[language],
        figure=reasons_chart(names, adds, farthest=_farthest(every, adds), language=language),
        alt=_REASONS_TAKEAWAY.format(number=number, reasons=semicolon.join(statement))[language],
        table=lambda: pd.DataFrame({heading[language]: column for heading, column in columns.items()}),
        note=_REASONS_NOTE.format(task=prose.task, a_task=prose.a_task)[language],
    )


def _farthest(every: Array, adds: Array) -> float:
    """Return the end of the axis: the same for nearly all applicants of the segment, farther for the extreme ones."""
    usual = np.quantile(np.abs(every).max(1), 0.95)
    return max(1.0, float(usual), float(np.abs(adds).max()))


def principal_reasons(scenario: Scenario, x: Array, adds: Array, language: Language) -> list[str]:
    """Up to four characteristics that raise the odds of default most, in words. x, adds (characteristics,)."""
    most = [i for i in np.argsort(-adds)[:_NAMED] if adds[i] >= _LEAST]
    return [
        _REASON.format(
            name=scenario.features[i].label[language],
            value=in_words(scenario.features[i], x[i], language),
            factor=factor(adds[i]),
        )[language]
        for i in most
    ]


def in_words(feature: Feature, value: float, language: Language) -> str:
    """Return a value with its unit, after each language's custom."""
    number, unit = f"{value:,.{feature.decimals}f}", feature.unit[language]
    if unit == "count":
        return number
    between = "" if unit == "%" else " " if language == "zh" else "\u00a0"
    return number + between + unit


def _rounded(scenario: Scenario, values: Array) -> list[float]:
    return [round(float(value), feature.decimals) for value, feature in zip(values, scenario.features, strict=True)]


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")
