"""Applications before outcomes are known (drift), and reasons for approving or declining an applicant."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd

from dashboard import session
from dashboard.charts.characteristics import MARK, drift_chart, factor
from dashboard.charts.style import named
from dashboard.language import percent
from dashboard.views.decisions.decision_panel import chosen
from dashboard.views.formatting import in_units
from dashboard.views.section import Section, draw_side_by_side
from dashboard.words import listed
from scenarios.decisions.lending.decision import LGD_PARAMETER, MARGIN_PARAMETER
from scenarios.demo.explanations import LEAST, against_custom
from scenarios.demo.precomputed import DemoTask
from scenarios.episode import Draw
from scenarios.evaluation.drift import BINS, OTHER_TASKS, Drift, drift_of
from scenarios.learners.registry import META_LEARNED, demonstrated
from scenarios.scenario import Scenario
from scenarios.task import Array
from scenarios.text import Language, Text

_DRIFT = Text(
    en="**Population drift, visible without outcomes.** Dots: this {task}'s {examples} against all others. Grey: "
    "the middle 80% of the {tasks} other {task}s.",
    zh="**无需结果就能看到的偏移**。圆点：这{a_task}的{examples}相对其他{task}；灰条：另外 {tasks} {a_task}中间 "
    "80% 的范围。",
)
_STABILITY = Text(
    en="**Stable, and of use?** {psi} Information value (IV): how well a characteristic alone separates bad from good "
    "in the other {task}s.",
    zh="**是否稳定，有无区分力**？{psi}信息值（IV）衡量单个特征在其他{task}中区分好坏账户的能力。",
)
_PSI = Text(
    en="Population stability index (PSI): {largest}; all others below {limit}.",
    zh="群体稳定性指数（PSI）：{largest}；其余均低于 {limit}。",
)
_STABLE = Text(
    en="Population stability index (PSI): all below {limit}.", zh="群体稳定性指数（PSI）：全部低于 {limit}。"
)
_STABLE_BELOW = Text(
    en="Below 0.1 counts as stable, above 0.25 as shifted; chance alone gives about {chance}.",
    zh="低于 0.1 视为稳定，高于 0.25 视为偏移；偶然波动就约有 {chance}。",
)
_DRIFT_NOTE = Text(
    en="PSI over ten bins: below 0.1 counts as stable, above 0.25 as shifted; with {queries} {examples}, chance "
    "alone gives about {chance}. In the chart, skewed characteristics are compared after a logarithm or root. PSI "
    "shows who applies, not what makes them default.",
    zh="PSI 按十个分箱计算：低于 0.1 视为稳定，高于 0.25 视为偏移；仅 {queries} {examples}，偶然波动就约为 "
    "{chance}。图中的偏态特征先取对数或平方根再比较。PSI 反映的是哪些人来申请，而不是他们因何违约。",
)
_DRIFT_TAKEAWAY = Text(
    en="Shift of each characteristic's mean against other {task}s, in standard deviations. Largest: {largest}.",
    zh="各项特征均值相对其他{task}的偏移，以标准差计。最大的几项：{largest}。",
)
_HERE = Text(en="median, this segment", zh="本客群中位数")
_ELSEWHERE = Text(en="median, other segments", zh="其他客群中位数")
_SHIFT = Text(en="shift, SD", zh="偏移（标准差）")
_PSI_COLUMN = Text(en="PSI", zh="PSI")
_IV = Text(en="IV, other segments", zh="IV（其他客群）")
_CHARACTERISTIC = Text(en="characteristic", zh="特征")
_UNIT = Text(en="unit", zh="单位")
_DECIDED = Text(en="**Decisions** at a cut-off PD of {cut_off}.", zh="**审批结果**（审批线：违约概率 {cut_off}）。")
_MODEL, _DECISION = Text(en="model", zh="模型"), Text(en="decision", zh="结果")
_ACCEPT, _DECLINE = Text(en="approve", zh="批准"), Text(en="decline", zh="拒绝")
_PRINCIPAL = {
    False: Text(en="**Adverse-action reasons,** meta-learned model:", zh="**主要拒绝原因**（元学习模型）："),
    True: Text(en="**Approved; factors against,** meta-learned model:", zh="**已批准；不利因素**（元学习模型）："),
}
_REASON = Text(
    en="{name}: {value}, multiplies the odds of default by {factor}{mark}",
    zh="{name}：{value}，使违约几率（odds）升至 {factor} 倍{mark}",
)
_NOT_TO_BE_SENT = Text(
    en="**†** Against the usual direction: no lender could give this as an adverse-action reason.",
    zh="**†** 与通常方向相反：任何贷款机构都不能以此作为拒贷理由。",
)
_NOTHING = Text(
    en="No adverse factor: no characteristic raises the odds by 5% or more.",
    zh="没有不利因素：没有哪项特征使几率上升 5% 以上。",
)
_NO_NOTICE = Text(en="Not a legal notice of adverse action.", zh="这不是法定的拒贷通知。")
_REVERSED = Text(
    en="A characteristic that raises the odds in one {task} may lower them in another, in these synthetic {task}s "
    "more often than in practice. Not a legal notice of adverse action.",
    zh="在一{a_task}中推高几率的特征，到另一{a_task}中可能反过来：合成的{task}就是如此设定的，比现实更甚。"
    "这不是法定的拒贷通知。",
)
_STABLE_PSI = 0.1
_NAMED = 4  # principal reasons at most


def show(scenario: Scenario, draw: Draw) -> None:
    """Draw the drift of this task's applicants, and beside it how stable and how useful each characteristic is."""
    language = session.language()
    draw_side_by_side((_drift(scenario, draw, language), _stability(scenario, draw, language)))


def _drift(scenario: Scenario, draw: Draw, language: Language) -> Section:
    prose, drift = scenario.prose, drift_of(scenario, draw.query.x[0])
    names = [feature.label[language] for feature in scenario.features]
    largest = [f"{names[i]} {_signed(drift.shift[i])}" for i in np.argsort(-np.abs(drift.shift))[:3]]
    called = {"task": prose.task, "a_task": prose.a_task, "examples": prose.examples}
    finding = _DRIFT.format(tasks=OTHER_TASKS, **called)
    return Section(
        key="drift_chart",
        finding=finding[language],
        figure=drift_chart(names, drift, language=language),
        alt=_DRIFT_TAKEAWAY.format(task=prose.task, largest=listed(largest, language))[language],
        table=partial(_drift_table, scenario, drift, language),
    )


def _stability(scenario: Scenario, draw: Draw, language: Language) -> Section:
    prose, drift, queries = scenario.prose, drift_of(scenario, draw.query.x[0]), draw.query.x.shape[1]
    names = [feature.label[language] for feature in scenario.features]
    chance = f"{(BINS - 1) / queries:.2f}"
    table = pd.DataFrame(
        {
            _CHARACTERISTIC[language]: names,
            _HERE[language]: _with_units(scenario, drift.here, language),
            _ELSEWHERE[language]: _with_units(scenario, drift.elsewhere, language),
            _PSI_COLUMN[language]: [f"{each:.2f}" for each in drift.psi],
            _IV[language]: [f"{each:.2f}" for each in drift.information_value],
        }
    )
    return Section(
        key="stability",
        finding=_STABILITY.format(psi=_moved(names, drift, language), task=prose.task)[language],
        table=table.set_index(_CHARACTERISTIC[language]),
        note=_STABLE_BELOW.format(chance=chance)[language],
        method=_DRIFT_NOTE.format(queries=queries, chance=chance, examples=prose.some_examples)[language],
    )


def _moved(names: list[str], drift: Drift, language: Language) -> Text:
    """Return the characteristics whose population stability index is not that of a stable one, the largest first."""
    moved = [i for i in np.argsort(-drift.psi) if drift.psi[i] >= _STABLE_PSI]
    if not moved:
        return _STABLE.format(limit=_STABLE_PSI)
    return _PSI.format(largest=listed([f"{names[i]} {drift.psi[i]:.2f}" for i in moved], language), limit=_STABLE_PSI)


def _drift_table(scenario: Scenario, drift: Drift, language: Language) -> pd.DataFrame:
    return pd.DataFrame(
        {
            _CHARACTERISTIC[language]: [feature.label[language] for feature in scenario.features],
            _SHIFT[language]: drift.shift.round(2),
            _HERE[language]: _rounded(scenario, drift.here),
            _ELSEWHERE[language]: _rounded(scenario, drift.elsewhere),
            _UNIT[language]: [feature.unit[language] for feature in scenario.features],
            _PSI_COLUMN[language]: drift.psi.round(3),
            _IV[language]: drift.information_value.round(3),
        }
    )


def decided(scenario: Scenario, draw: Draw, shown: DemoTask, number: int, adds: Array, language: Language) -> Section:
    """Return each model's decision about an applicant at the chosen break-even PD, and the factors against them."""
    margin, lgd = chosen(MARGIN_PARAMETER), chosen(LGD_PARAMETER)
    return decision(scenario, draw, shown, number, adds, margin / (margin + lgd), language)


def decision(
    scenario: Scenario, draw: Draw, shown: DemoTask, number: int, adds: Array, cut_off: float, language: Language
) -> Section:
    """Return each model's decision about an applicant, and the main factors against them; adds (characteristics,)."""
    prose, x = scenario.prose, draw.query.x[0]
    risks = {name: float(shown.risk(name)[number - 1]) for name in demonstrated(scenario) if name in shown.answers}
    against = against_custom(scenario.features, x[number - 1], x, adds)
    reasons = principal_reasons(scenario, x[number - 1], adds, against, language)
    listing = "\n".join(f"1. {reason}" for reason in reasons) or _NOTHING[language]
    is_perverse = any(MARK in reason for reason in reasons)
    table = pd.DataFrame(
        {
            _MODEL[language]: [named(name, language, scenario.decision) for name in risks],
            _DECISION[language]: [(_ACCEPT if risk < cut_off else _DECLINE)[language] for risk in risks.values()],
        }
    )
    return Section(
        key="decided",
        finding=f"{_PRINCIPAL[risks[META_LEARNED] < cut_off][language]}\n\n{listing}\n\n"
        f"{_DECIDED.format(cut_off=percent(cut_off, 1))[language]}",
        table=table.set_index(_MODEL[language]),
        note=(_NOT_TO_BE_SENT if is_perverse else _NO_NOTICE)[language],
        method=_REVERSED.format(task=prose.task, a_task=prose.a_task)[language],
    )


def principal_reasons(
    scenario: Scenario, x: Array, adds: Array, against: Sequence[bool], language: Language
) -> list[str]:
    """Up to four characteristics that raise the odds of default most, in words; marked if that is perverse.

    x, adds and against (characteristics,).
    """
    most = [i for i in np.argsort(-adds)[:_NAMED] if adds[i] >= LEAST]
    return [
        _REASON.format(
            name=scenario.features[i].label[language],
            value=in_units(scenario.features[i], x[i], language),
            factor=factor(adds[i]),
            mark=MARK if against[i] else "",
        )[language]
        for i in most
    ]


def _with_units(scenario: Scenario, values: Array, language: Language) -> list[str]:
    return [in_units(feature, float(value), language) for feature, value in zip(scenario.features, values, strict=True)]


def _rounded(scenario: Scenario, values: Array) -> list[float]:
    return [round(float(value), feature.decimals) for value, feature in zip(values, scenario.features, strict=True)]


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")
