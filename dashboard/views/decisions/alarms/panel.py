"""The tab on alarms: recall and precision within a budget of false alarms, and confusion matrices."""

from collections.abc import Iterable, Sequence
from functools import lru_cache, partial

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard import results, session, words
from dashboard.charts.axes import axis
from dashboard.charts.calibration import calibration_chart
from dashboard.charts.confusion import confusion_chart
from dashboard.charts.net_benefit import price_axis, worth_chart
from dashboard.charts.style import named
from dashboard.language import percent
from dashboard.views import formatting, rungs
from dashboard.views.decisions.alarms import device, mix, trips
from dashboard.views.decisions.alarms.distance import km_per_hour
from dashboard.views.decisions.alarms.mix import limit_of
from dashboard.views.decisions.decision_panel import DecisionPanel, by_rung, calibration_table, chosen, verdict
from dashboard.views.formatting import BLUE, coloured
from dashboard.views.pictures import novelty_section
from dashboard.views.rungs import GROUP, rungs_of
from dashboard.views.section import Section, draw_section, draw_side_by_side
from scenarios.decisions.alarms.assumptions import BUDGETS, STYLE_MIX, WINDOWS_PER_HOUR
from scenarios.decisions.alarms.decision import BUDGET, DECISION
from scenarios.decisions.alarms.measures import alarms_per_hour
from scenarios.evaluation.net_benefit import net_of_false
from scenarios.evaluation.prevalence import Reliability, reliability_as_counted
from scenarios.learners.registry import META_LEARNED, PRINCIPAL, REGISTRY, RULE, Rung
from scenarios.publication.results import LeagueResults, StudyResults, TripsResults
from scenarios.scenario import Scenario
from scenarios.task import Array
from scenarios.text import Language, Text, written

_LEARNER = Text(en="model", zh="模型")
_MACRO_F1 = Text(en="macro-F1", zh="宏 F1")
_FOUND = Text(en="recall of {kind}", zh="{kind}召回率")
_RAISED = Text(en="false alarms/h (nine {task}s in ten)", zh="误报次数/小时（九成{task}的范围）")
_ABOVE = Text(en="{task}s above {budget}/h", zh="超过 {budget} 次/小时的{task}")
_PRECISION = Text(en="precision", zh="精确率")
_RECALL = Text(en="recall, most probable style", zh="召回率（取最可能风格）")
_FALSE = Text(en="false alarms/h, most probable style", zh="误报次数/小时（取最可能风格）")
_CARRIED = Text(
    en="**Is the budget kept?** The threshold is set on other {task}s, so a single {task} may exceed the budget. With "
    "meta-learning, there are {false} false alarms per hour on average, {low} to {high} for nine {task}s of ten; "
    "{above} of {task}s exceed the budget, {twice} exceed it twofold. Another {true} alarms per hour are correct: a "
    "precision of {precision}.",
    zh="**守得住误报预算吗**？阈值在其他{task}上确定，具体到某位{task}，误报可能超出预算。元学习平均每小时误报 "
    "{false} 次，九成{task}在 {low}～{high} 次之间；{above} 的{task}超出预算，{twice} 超过预算的两倍。"
    "另有正确报警每小时 {true} 次，精确率为 {precision}。",
)
_PER_DISTANCE = Text(
    en="At a mean speed of {speed} km/h, that is {false} false and {true} correct alarms per 100 km.",
    zh="按平均车速 {speed} km/h 折算，每百公里误报 {false} 次、正确报警 {true} 次。",
)
_FALSE_PER_100_KM = Text(en="false alarms/100 km", zh="误报次数/百公里")
_UNLABELLED = Text(en=" (plus unlabelled windows, equal styles)", zh="（另用未标注片段，各风格同样多）")
_INCUMBENT = Text(
    en="Means over {tasks} test {task}s with 95% CIs. Up to the precision, the fixed rule has a threshold set for the "
    "budget too; the last columns have its usual {limit}.",
    zh="{tasks} {a_task}（测试任务）的平均值与 95% 置信区间。精确率及其以前各列，固定规则也按预算定阈值；"
    "最后几列为通常的 {limit}。",
)
_NOTE = written(__file__, "budget")
_SHARE = Text(en="{share} {kind}", zh="{kind}占 {share}")
_CONFUSIONS = Text(
    en="**Confusion matrix** at the usual mix of styles: each row is a true style and adds up to 100%; correct "
    "predictions are in bold.",
    zh="**混淆矩阵**（按行车中各风格的通常比例）。每行是一种实际风格，合计 100%；判对的加粗。",
)
_CONFUSION_TAKEAWAY = Text(
    en="Confusion matrices; rows are true styles. Predicted as {kind}, of {kind} windows: {found}; of {middle} "
    "windows: {wrong}.",
    zh="混淆矩阵，行为实际风格。实际{kind}且判为{kind}：{found}。实际{middle}却判为{kind}：{wrong}。",
)
_AS = Text(en="predicted {kind}", zh="判为{kind}")
_WORTH = Text(
    en="**When does an alarm pay?** If a false alarm costs as much as a missed {kind} window, correct minus false "
    "alarms per hour (at most {wanted:.0f}): local labels **{local}** (conservative 95% CI {local_interval}), simple "
    "statistics **{borrowing}**, meta-learning {maml} ({interval}), Bayes-optimal {bayes}; fixed {limit} rule {rule}, "
    "every window {always}. Meta-learning pays up to {most} misses per false alarm (fixed rule: {rule_most}).",
    zh="**报警何时划算**？设误报一次的代价等于漏掉一个{kind}片段，每小时正确报警数减去误报数（最多 {wanted:.0f}）为："
    "只用这些标注 **{local}**（保守的 95% 置信区间：{local_interval}），简单统计方法 **{borrowing}**，元学习 {maml}（"
    "{interval}），贝叶斯最优 {bayes}；固定 {limit} 规则 {rule}，每个片段都报警 {always}。只要误报一次的代价不超过漏掉"
    " {most} 个片段，元学习的报警就划算（固定规则：{rule_most} 个）。",
)
_WORTH_TAKEAWAY = Text(
    en="Net correct alarms per hour against the price of a false alarm in missed {kind} windows. At a price of 1: "
    "{worth}. An alarm in every window: {always}; none: 0.",
    zh="每小时净正确报警数随误报代价（以漏掉的{kind}片段计）的变化。代价为 1 时：{worth}。每个片段都报警：{always}；"
    "从不报警：0。",
)
_WIDE = Text(
    en="Means over {tasks} {task}s; bands: conservative 95% CIs, wider than necessary.",
    zh="{tasks} {a_task}的平均值；色带为保守的 95% 置信区间，偏宽。",
)
_WORTH_NOTE = written(__file__, "price")
_TO = Text(en="{low} to {high}", zh="{low}～{high}")
_PRICE = Text(en="price of a false alarm, in misses", zh="误报一次的代价（以漏报次数计）")
_NET = Text(en="net correct alarms per hour", zh="每小时净正确报警数")
_WORTH_TIP = Text(
    en="one false alarm = %{customdata[0]:.2~r} missed: %{y:.1f} an hour",
    zh="误报一次＝漏掉 %{customdata[0]:.2~r} 个：每小时 %{y:.1f}",
)
_ALWAYS, _NEVER = Text(en="an alarm in every window", zh="每个片段都报警"), Text(en="no alarm", zh="从不报警")
_PRICE_COLUMN = Text(en="price of a false alarm", zh="误报代价")
_PRICES = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20)
_CALIBRATION = Text(
    en="**Calibration of the probability of “{kind}”,** with equally frequent styles. Probabilities on the diagonal "
    "are perfectly calibrated; the lower chart counts the windows in each bin. Calibration error in percentage "
    "points, averaged over windows: meta-learned {maml}, from scratch {scratch}, Bayes-optimal {bayes}.",
    zh="**{kind}概率的校准**（各风格同样常见）。落在对角线上即完全校准；下图是各分箱的片段数。按片段平均的校准误差"
    "（百分点）：元学习 {maml}，从零训练 {scratch}，贝叶斯最优 {bayes}。",
)
_CALIBRATION_TAKEAWAY = Text(
    en="Predicted probability of {kind} against observed frequency, and the number of windows in each bin, with "
    "equally frequent styles. Calibration error in percentage points, averaged over windows: meta-learned {maml}, "
    "from scratch {scratch}, Bayes-optimal {bayes}.",
    zh="各风格同样常见时，预测的{kind}概率与实际比例的对比，以及各分箱的片段数。按片段平均的校准误差（百分点）：元学习 "
    "{maml}，从零训练 {scratch}，贝叶斯最优 {bayes}。",
)
_MATRICES = (*PRINCIPAL, RULE)
Bins = dict[str, Reliability]

_SPREAD = Text(
    en="Meta-learning finds {least} to {most} on average (95% CI), and {low} to {high} for nine {task}s of ten.",
    zh="元学习平均找出 {least}～{most}（95% 置信区间），九成{task}在 {low}～{high} 之间。",
)


def _verdict(scenario: Scenario, study: StudyResults, shots: int, budget: int) -> Text:
    figures = {name: _headline(study.at(name, shots, DECISION.headline)[0], budget) for name in study.rows(shots)}
    rule = {
        "rule_recall": percent(study.at(RULE, shots, "recall")[0]),
        "rule_alarms": f"{study.at(RULE, shots, 'false_alarms')[0]:.0f}",
    }
    without = REGISTRY[study.best(Rung.NO_LOCAL_LABELS, shots)]
    named_figures = {"budget": str(budget), **by_rung(study, shots, figures), **rule}
    return verdict(scenario, shots, named_figures | {"unlabelled": _UNLABELLED if without.is_transductive else ""})


def _headline(recalls: Array, budget: int) -> str:
    """Write the recall at a number of false alarms an hour."""
    return percent(float(recalls[BUDGETS.index(budget)]))


def _spread(scenario: Scenario, study: StudyResults, shots: int, budget: int) -> Text | None:
    if not study.has_range("carried_recall"):
        return None
    _, *mean = _at_budget(study.at(META_LEARNED, shots, "carried_recall"), budget)
    ends = _at_budget(study.range90(META_LEARNED, shots, "carried_recall"), budget)
    least, most, low, high = map(percent, (*mean, *ends))
    return _SPREAD.format(task=scenario.prose.task, least=least, most=most, low=low, high=high)


def _show(scenario: Scenario, study: StudyResults) -> None:
    view, budget = session.view(), chosen(BUDGET)
    draw_section(_within_budget(scenario, study, view.shots, budget, view.lang))
    found = results.trips(scenario.name) if scenario.name in results.measured(TripsResults) else None
    if found:  # measured in the default world only
        mix.show(scenario, study, found, budget)
    confusions = _confusions(scenario, study, view.shots, view.lang)
    draw_side_by_side((_worth(scenario, study, view.shots, view.lang), confusions), (1.15, 1))
    if found:
        trips.show(scenario, study, found)
    calibration = _calibration(scenario, study, view.shots, view.lang)
    draw_side_by_side((calibration, novelty_section(study, view.lang, height=430)))
    if found and scenario.name in results.measured(LeagueResults):
        draw_section(device.section(scenario, study, found, results.league(scenario.name), view.shots, view.lang))


def _worth(scenario: Scenario, study: StudyResults, shots: int, language: Language) -> Section:
    kind, names = scenario.classes[-1], dict.fromkeys((*study.rows(shots), *rungs.sketched(study)))
    worth = {name: f"{_net(study, name, shots, np.ones(1))[0]:.0f}".replace("-", "−") for name in names}
    figures: dict[str, object] = {**by_rung(study, shots, worth)}
    figures |= {META_LEARNED: coloured(worth[META_LEARNED], BLUE)}
    always = f"{_always(np.ones(1))[0]:.0f}".replace("-", "−")
    finding = _WORTH.format(
        **figures,
        kind=kind,
        task=scenario.prose.task,
        wanted=WINDOWS_PER_HOUR * STYLE_MIX[-1],
        always=always,
        limit=limit_of(scenario),
        most=_highest_price(study, META_LEARNED, shots),
        interval=_interval(study, META_LEARNED, shots),
        local_interval=_interval(study, study.best(Rung.LOCAL, shots), shots),
        rule_most=_highest_price(study, RULE, shots),
    )
    drawn = {name: f"{named(name, language, 'alarms')} {worth[name]}" for name in _drawn(study)}
    note = _WORTH_NOTE.format(
        task=scenario.prose.task,
        tasks=study.tasks,
        a_task=scenario.prose.a_task,
        shots=words.counted(study.metric, shots),
        budgets=words.listed([str(budget) for budget in BUDGETS], language),
    )
    return Section(
        key="net_benefit_chart",
        finding=finding[language],
        figure=_worth_figure(study, shots, language),
        alt=_WORTH_TAKEAWAY.format(kind=kind, always=always, worth=words.listed([*drawn.values()], language))[language],
        table=partial(_worth_table, study, shots, language),
        note=_WIDE.format(tasks=study.tasks, task=scenario.prose.task, a_task=scenario.prose.a_task)[language],
        method=note[language],
        is_explained=True,
    )


def _drawn(study: StudyResults) -> list[str]:
    return [RULE, *rungs.sketched(study)]


def _alarms(study: StudyResults, name: str, shots: int) -> tuple[Array, Array]:
    """Return true and false alarms per hour at each threshold that is known: of the fixed rule, its own alone."""
    recall, false = ("recall", "false_alarms") if name == RULE else ("carried_recall", "carried_false_alarms")
    found, raised = (np.atleast_1d(np.array(study.at(name, shots, each))[0]) for each in (recall, false))
    return WINDOWS_PER_HOUR * STYLE_MIX[-1] * found, raised


def _net(study: StudyResults, name: str, shots: int, price: Array) -> Array:
    return net_of_false(*_alarms(study, name, shots), price)


def _ends(study: StudyResults, name: str, shots: int, price: Array) -> Array:
    """Return the ends of an interval of at least 95% around `_net`: (prices, 2).

    The means of true and of false alarms have intervals; how they vary together is not known.
    """
    recall, false = ("recall", "false_alarms") if name == RULE else ("carried_recall", "carried_false_alarms")
    halves = [np.ptp(np.array(study.at(name, shots, each))[1:], axis=0).reshape(-1) / 2 for each in (recall, false)]
    true, raised = _alarms(study, name, shots)
    way = (true[:, None] - raised[:, None] * price).argmax(0)
    half = WINDOWS_PER_HOUR * STYLE_MIX[-1] * halves[0][way] + halves[1][way] * price
    net = _net(study, name, shots, price)
    return np.stack([net - half, net + half], axis=1)


def _interval(study: StudyResults, name: str, shots: int) -> Text:
    """Return that interval at a price of 1."""
    low, high = (formatting.number(float(end), 0) for end in _ends(study, name, shots, np.ones(1))[0])
    return _TO.format(low=low, high=high)


def _always(price: Array) -> Array:
    """Return the value of an alarm in every window, per hour."""
    wanted = STYLE_MIX[-1] * WINDOWS_PER_HOUR
    return net_of_false(np.array([wanted]), np.array([WINDOWS_PER_HOUR - wanted]), price)


def _highest_price(study: StudyResults, name: str, shots: int) -> str:
    """Return the price of a false alarm up to which one of a learner's thresholds is worth something."""
    true, false = _alarms(study, name, shots)
    return f"{(true / np.maximum(false, 1e-9)).max():.2g}"


@lru_cache(maxsize=512)  # published figures are shared by all visits
def _worth_figure(study: StudyResults, shots: int, language: Language) -> go.Figure:
    price = np.exp(np.linspace(np.log(_PRICES[0]), np.log(_PRICES[-1]), 37))  # evenly, 1 among them or nearly so
    wanted = STYLE_MIX[-1] * WINDOWS_PER_HOUR
    return worth_chart(
        np.log(price), {name: _net(study, name, shots, price) for name in _drawn(study)}, _always(price),
        (_ALWAYS[language], _NEVER[language]), at=0.0, xaxis=price_axis(_PRICES, _PRICE[language]),
        yaxis=axis(-0.3 * wanted, 1.04 * wanted, _NET[language]), template=_WORTH_TIP[language], told=price[:, None],
        language=language, decision="alarms", markers=False,
        bands={name: _ends(study, name, shots, price) for name in _drawn(study)},
    )  # fmt: skip


def _worth_table(study: StudyResults, shots: int, language: Language) -> pd.DataFrame:
    price = np.array(_PRICES, float)
    columns: dict[str, object] = {
        _PRICE_COLUMN[language]: [f"{each:g}" for each in _PRICES],
        _ALWAYS[language]: _always(price).round(1),
        _NEVER[language]: np.zeros(len(price)),
    }
    return pd.DataFrame(
        columns | {named(name, language, "alarms"): _net(study, name, shots, price).round(1) for name in _drawn(study)}
    )


def _within_budget(scenario: Scenario, study: StudyResults, shots: int, budget: int, language: Language) -> Section:
    return Section(
        key="within_budget",
        finding=words.joined(_carried(scenario, study, shots, budget), *_per_distance(scenario, study, shots, budget))[
            language
        ],
        table=_measures(scenario, study, shots, budget, language),
        note=_INCUMBENT.format(
            tasks=study.tasks, task=scenario.prose.task, a_task=scenario.prose.a_task, limit=limit_of(scenario)
        )[language],
        method=_note(scenario, study, shots, budget, language),
        is_explained=True,
    )


def _carried(scenario: Scenario, study: StudyResults, shots: int, budget: int) -> Text:
    """Return the effect on the budget of the meta-learned model's threshold, which was set on other tasks."""
    recall, false, above, twice = (
        _at_budget(study.at(META_LEARNED, shots, f"carried_{measure}"), budget)[0]
        for measure in ("recall", "false_alarms", "above_budget", "above_twice_budget")
    )
    low, high = _at_budget(study.range90(META_LEARNED, shots, "carried_false_alarms"), budget)
    true, precision = alarms_per_hour(recall, false)
    return _CARRIED.format(
        task=scenario.prose.task,
        false=f"{false:.1f}",
        low=f"{low:.0f}",
        high=f"{high:.0f}",
        above=percent(above),
        twice=percent(twice),
        true=f"{true:.0f}",
        precision=percent(precision),
    )


def _per_distance(scenario: Scenario, study: StudyResults, shots: int, budget: int) -> list[Text]:
    """Return the alarms of the meta-learned model per 100 km, in a sentence; none without a speed."""
    speed = km_per_hour(scenario)
    if speed is None:
        return []
    recall, false = (
        _at_budget(study.at(META_LEARNED, shots, f"carried_{measure}"), budget)[0]
        for measure in ("recall", "false_alarms")
    )
    true, _ = alarms_per_hour(recall, false)
    per_distance = {"false": f"{100 * false / speed:.0f}", "true": f"{100 * true / speed:.0f}"}
    return [_PER_DISTANCE.format(speed=f"{speed:.0f}", **per_distance)]


@lru_cache(maxsize=512)  # published figures are shared by all visits
def _measures(scenario: Scenario, study: StudyResults, shots: int, budget: int, language: Language) -> pd.DataFrame:
    names, kind, task, speed = study.rows(shots), scenario.classes[-1], scenario.prose.task, km_per_hour(scenario)

    def carried(measure: str) -> list[list[float]]:
        return [_at_budget(study.at(name, shots, f"carried_{measure}"), budget) for name in names]

    found, false, above = carried("recall"), carried("false_alarms"), carried("above_budget")
    ranges = [_at_budget(study.range90(name, shots, "carried_false_alarms"), budget) for name in names]
    columns = {
        _LEARNER[language]: [named(name, language, "alarms") for name in names],
        _FOUND.format(kind=kind)[language]: [formatting.share_cell(each, language) for each in found],
        _RAISED.format(task=task)[language]: [
            _cell([each[0], *ends], 1, language) for each, ends in zip(false, ranges, strict=True)
        ],
        **({_FALSE_PER_100_KM[language]: [f"{100 * each[0] / speed:.1f}" for each in false]} if speed else {}),
        _ABOVE.format(task=task, budget=budget)[language]: [percent(each[0]) for each in above],
        _PRECISION[language]: [
            percent(alarms_per_hour(one[0], other[0])[1]) for one, other in zip(found, false, strict=True)
        ],
        _MACRO_F1[language]: [_cell(study.at(name, shots, "macro_f1"), 2, language) for name in names],
        _RECALL[language]: [formatting.share_cell(study.at(name, shots, "recall"), language) for name in names],
        _FALSE[language]: [_cell(study.at(name, shots, "false_alarms"), 1, language) for name in names],
        GROUP[language]: rungs_of(names, language),
    }
    return pd.DataFrame(columns).set_index(_LEARNER[language])


def _note(scenario: Scenario, study: StudyResults, shots: int, budget: int, language: Language) -> str:
    own = {
        name: percent(_at_budget(study.at(name, shots, "recall_at_budget"), budget)[0]) for name in study.rows(shots)
    }
    best = by_rung(study, shots, own)
    mix = [
        _SHARE.format(kind=kind[language], share=percent(share))[language]
        for kind, share in zip(scenario.classes, STYLE_MIX, strict=True)
    ]
    return _NOTE.format(
        tasks=study.tasks,
        task=scenario.prose.task[language],
        a_task=scenario.prose.a_task[language],
        queries=study.protocol.queries,
        shots=words.counted(study.metric, shots),
        own=best[META_LEARNED],
        own_local=best["local"],
        own_borrowing=best.get("borrowing", "–"),
        mix=words.listed(mix, language),
        windows=WINDOWS_PER_HOUR,
        limit=limit_of(scenario),
        calmest=scenario.classes[0][language],
    )[language]


def _at_budget(estimate: Iterable[Sequence[float]], budget: int) -> list[float]:
    """Return [mean, low, high] of a measure, or the ends of its range, at one of the budgets that were studied."""
    return [part[BUDGETS.index(budget)] for part in estimate]


def _cell(estimate: list[float], digits: int, language: Language) -> str:
    """[mean, low, high] -> "0.92 (0.91–0.93)", to be broken before the parenthesis only."""
    mean, low, high = (f"{value:.{digits}f}" for value in (estimate[0], max(estimate[1], 0.0), estimate[2]))
    return formatting.estimate_cell(mean, formatting.between(low, high), language)


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


@lru_cache(maxsize=512)  # published figures are shared by all visits
def _confusion_figure(study: StudyResults, classes: tuple[Text, ...], shots: int, language: Language) -> go.Figure:
    return confusion_chart(_matrices(study, shots), classes, language=language)


def _matrices(study: StudyResults, shots: int) -> dict[str, Array]:
    return {name: np.array(study.at(name, shots, "confusion")[0]) for name in _MATRICES}


def _confusion_table(matrices: dict[str, Array], scenario: Scenario, language: Language) -> pd.DataFrame:
    rows = [
        {_LEARNER[language]: named(name, language), scenario.prose.outcome[language]: kind[language]}
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
    off = {name: f"{100 * each.error:.1f}" for name, each in bins.items()}
    return Section(
        key="calibration_chart",
        finding=_CALIBRATION.format(kind=kind, **off)[language],
        figure=_calibration_figure(study, shots, language),
        alt=_CALIBRATION_TAKEAWAY.format(kind=kind, **off)[language],
        table=partial(calibration_table, bins, language, "alarms"),
    )


@lru_cache(maxsize=512)
def _bins(study: StudyResults, shots: int) -> Bins:
    return {name: reliability_as_counted(*study.risks(name, shots)) for name in PRINCIPAL}


@lru_cache(maxsize=512)
def _calibration_figure(study: StudyResults, shots: int, language: Language) -> go.Figure:
    return calibration_chart(_bins(study, shots), language=language)


PANEL = DecisionPanel(
    name="alarms",
    audience=Text(
        en="**Telematics engineer.** Recall and false alarms per hour, compared with a fixed threshold.",
        zh="**车联网工程师**。召回率和每小时误报次数，与固定阈值对照。",
    ),
    advice=Text(en="insurance", zh="保险"),
    verdict=_verdict,
    headline=_headline,
    headline_name=Text(en="recall", zh="检出率"),
    spread=_spread,
    parameter=BUDGET,
    show=_show,
)
