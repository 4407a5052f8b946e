"""One query example: its values, every method's prediction, its dependence on the labels, and its explanation.

It is the one whose row was selected in the table of the query examples; until then, the one of which the meta-learned
model is least certain.
"""

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import jobs, session, words
from dashboard.charts.characteristics import factor, reasons_chart
from dashboard.charts.one_example import probabilities_chart
from dashboard.charts.signals import windows_chart
from dashboard.charts.style import named
from dashboard.engine import Job
from dashboard.language import percent
from dashboard.remote import one_example
from dashboard.views import examples_panel, signals_panel, user_learner
from dashboard.views.decisions.catalog import PANELS
from dashboard.views.formatting import BLUE, coloured, in_units
from dashboard.views.section import Section, draw_section
from dashboard.views.waiting import wait_for
from dashboard.words import listed
from scenarios.demo import precomputed
from scenarios.demo.explanations import LEAST, REDRAWS, Contributions, Ranges, against_custom
from scenarios.demo.precomputed import DemoTask
from scenarios.episode import Draw
from scenarios.learners.registry import META_LEARNED
from scenarios.scenario import Scenario, Signal
from scenarios.task import Array
from scenarios.text import Language, Text

_NOW = Text(
    en="**{example} {number}, probability of {kind}:** {now} with the meta-learned model.",
    zh="**{example} {number}，{kind}的概率**：元学习给出 {now}。",
)
_RANGE = Text(
    en="Other choices of {shots} {labels} of each class would have given {low} to {high} in nine cases of ten.",
    zh="每类另选 {shots} 个{labels}来学习，十次中有九次会得到 {low}～{high}。",
)
_NO_RANGE = Text(
    en="Select a row above to see how much it depends on the choice of labelled examples.",
    zh="选中上表中的一行，即可查看换一批标注样本时它会变化多少。",
)
_RAISED = Text(en="Raised most by {names}.", zh="推高它的主要是{names}。")
_LOWERED = Text(en="Lowered most by {names}.", zh="压低它的主要是{names}。")
_TRUTH = Text(en="{outcome}: **{truth}**.", zh="{outcome}：**{truth}**。")
_PROBABILITIES = Text(
    en="**All methods, and how much they depend on the labelled examples**", zh="**各方法的概率，及其随标注样本的变化**"
)
_PROBABILITIES_ALT = Text(
    en="Probability of {kind} for {example} {number}, with the range over other labelled examples. {each}. True "
    "class: {truth}.",
    zh="{example} {number} 为{kind}的概率，括号内为换用其他标注样本时的范围。{each}。实际：{truth}。",
)
_WITH_RANGE = Text(en="{name}: {now} ({low} to {high})", zh="{name}：{now}（{low}～{high}）")
_WITHOUT = Text(en="{name}: {now}", zh="{name}：{now}")
_BARS = Text(
    en="Bars: the middle 90% over {redraws} other draws of as many labelled examples.",
    zh="横条：另抽 {redraws} 批同样多的标注样本，中间 90% 的结果。",
)
_EXCHANGED = Text(
    en="Shapley values: they explain the model, not the cause.", zh="Shapley 值：解释的是模型，不是因果。"
)
_REDRAWN = Text(
    en="Dots: with the labelled examples above. Bars: 5% to 95% quantiles over {redraws} other draws of as many "
    "from the same {task}. A method without a bar sees no labels. The network from scratch also starts from "
    "other random weights each time.",
    zh="圆点：用上面的标注样本；横条：从同{a_task}另抽 {redraws} 批同样多的标注样本，取结果的 5%～95%。"
    "没有横条的方法不看标注。从零训练每次还换用另一组随机初始权重。",
)
_NOT_REDRAWN = Text(en="With the labelled examples above.", zh="用上面的标注样本。")
_WHY = Text(
    en="**All values of {example} {number}, and their effects on the odds.** Filled bars raise the odds of "
    "{kind}, hollow ones lower them.",
    zh="**{example} {number} 的全部数值，及各自对几率的影响**。实心条使{kind}的几率上升，空心条使其下降。",
)
_WHY_ALT = Text(
    en="Effect of each value of {example} {number} on the meta-learned odds of {kind}. {each}.",
    zh="{example} {number} 的各项数值对元学习所得{kind}几率的影响。{each}。",
)
_NAMED_VALUE = Text(en="{name}: {value}", zh="{name}：{value}")
_IN_RANGE = Text(en="{name}: {value} ({range})", zh="{name}：{value}（{range}）")
_EACH = Text(en="{name} {value}: ×{factor}", zh="{name} {value}：×{factor}")
_SHAPLEY = Text(
    en="Sampled Shapley values: from the average log odds of this {task}'s {examples} ({usual}), all factors multiply "
    "up to {now}. Limits: values are exchanged between {examples} one by one, in combinations that may never occur; "
    "they explain the model, not the cause.",
    zh="抽样计算的 Shapley 值：以这{a_task}的{examples}的平均对数几率（{usual}）为起点，所有倍数相乘得到 {now}。"
    "局限：计算时在各{examples}之间逐项交换数值，可能出现现实中没有的组合；它解释的是模型，不是因果。",
)
_FLAGS = Text(en="↑ above and ↓ below the range in parentheses.", zh="↑ 高于、↓ 低于括号内的范围。")
_AGAINST = Text(
    en="**†** Against the usual direction: in other tasks, such a value mostly has the opposite effect.",
    zh="**†** 与通常方向相反：在其他任务中，这样的数值多半起相反的作用。",
)
_NO_DIRECTION = Text(
    en="The direction of an effect differs from {task} to {task}, so none is marked as unusual.",
    zh="同一数值的作用方向因{task}而异，没有通常的方向可言，因此不作标记。",
)
_SIGNALS = Text(en="**{example} {number} as it was recorded**", zh="**{example} {number} 的原始信号**")
_SIGNALS_ALT = Text(
    en="{example} {number}, {seconds} s: {channels}. {outcome}: {truth}.",
    zh="{example} {number}，{seconds} 秒，依次为{channels}。{outcome}：{truth}。",
)
_METHOD, _PROBABILITY = Text(en="method", zh="方法"), Text(en="probability, %", zh="概率，%")
_LOW, _HIGH = Text(en="5% of other draws, %", zh="另抽的 5% 分位，%"), Text(en="95%, %", zh="95% 分位，%")
_VALUE, _TIMES = Text(en="value", zh="数值"), Text(en="odds multiplied by", zh="几率倍数")
_MARK = Text(en="against the usual direction", zh="与通常方向相反")
_NAMED = 2  # quantities that the sentence names on either side


def show(scenario: Scenario, draw: Draw, shown: DemoTask) -> None:
    """Draw the panel at once, and the ranges over other labelled examples when they have come."""
    view, language = session.view(), session.language()
    number = examples_panel.chosen(draw, shown)
    own = user_learner.chosen(scenario)
    weights = own.weights if own else b""
    place = scenario.name, view.seed, view.draw, view.shots
    panel = PANELS.get(scenario.decision)

    sentence = st.empty()
    left, right = st.columns(2, gap="medium")
    with right:
        chart = st.empty()
        below, waiting = st.container(), st.empty()
    with left:
        signals = st.container()
        explained = wait_for(jobs.prepared_or_ask(one_example.contributions, *place, number, weights))
        if explained is None:
            return
    why = reasons(scenario, draw, number, explained, language)

    def draw_answer(ranges: Ranges | None, suffix: str = "") -> None:
        with sentence.container():
            draw_section(answer(scenario, draw, shown, number, explained, ranges, view.shots, language, suffix))
        with chart.container():
            draw_section(probabilities(scenario, draw, shown, number, ranges, language, suffix))

    # Adapting to other labels takes as long as ten answers: unasked, it is done for the first visitors' task alone.
    is_wanted = view.example > 0 or (view.seed, view.draw) == (precomputed.SEED, precomputed.DRAW)
    ranges = jobs.prepared_or_ask(one_example.ranges, *place, weights) if is_wanted else None
    if ranges is None or (isinstance(ranges, Job) and not ranges.wait(0)):
        draw_answer(None, "_so_far")
    if scenario.signal is not None:
        with signals:
            draw_section(_signals(scenario, scenario.signal, draw, number, language))
    with signals if scenario.signal is None else below:
        draw_section(why)
    if panel and panel.decided:
        with below:
            draw_section(panel.decided(scenario, draw, shown, number, explained.adds, language))
    if ranges is not None:
        with waiting.container():
            found = wait_for(ranges)
        if found is not None:
            draw_answer(found)


def answer(
    scenario: Scenario, draw: Draw, shown: DemoTask, number: int, explained: Contributions, ranges: Ranges | None,
    shots: int, language: Language, suffix: str = "",
) -> Section:  # fmt: skip
    """Return the sentence about an example: its probability, its range, its largest contributions, and the truth."""
    prose, row = scenario.prose, number - 1
    now = _NOW.format(
        example=words.capitalised(prose.example), number=number, kind=scenario.classes[-1],
        now=coloured(percent(float(shown.risk(META_LEARNED)[row])), BLUE),
    )  # fmt: skip
    sentences = [now, _NO_RANGE]
    if ranges is not None and (band := ranges.of(META_LEARNED, row)):
        labels = prose.label if shots == 1 else prose.labels
        low, high = map(percent, band)
        sentences[1] = _RANGE.format(shots=shots, labels=labels, low=low, high=high)
    for text, sign in ((_RAISED, 1), (_LOWERED, -1)):
        if names := _strongest(scenario, sign * explained.adds, language):
            sentences.append(text.format(names=listed(names, language)))
    truth = scenario.classes[draw.query.y[0, row]]
    sentences.append(_TRUTH.format(outcome=words.capitalised(prose.outcome), truth=truth))
    return Section(key=f"one_example{suffix}", finding=words.spaced(words.joined(*sentences)[language]))


def _strongest(scenario: Scenario, adds: Array, language: Language) -> list[str]:
    """Return the names of the quantities that add most, as they stand within a sentence."""
    most = [i for i in np.argsort(-adds)[:_NAMED] if adds[i] >= LEAST]
    return [_within_sentence(scenario.explained_by[i].label[language]) for i in most]


def _within_sentence(name: str) -> str:
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def probabilities(
    scenario: Scenario, draw: Draw, shown: DemoTask, number: int, ranges: Ranges | None, language: Language,
    suffix: str = "",
) -> Section:  # fmt: skip
    """Return every method's prediction for an example, and its range over other draws of the labelled examples."""
    prose, row = scenario.prose, number - 1
    kind, truth = scenario.classes[-1], scenario.classes[draw.query.y[0, row]]
    now = {name: float(shown.risk(name)[row]) for name in examples_panel.weighing(scenario) if name in shown.answers}
    bands = {name: ranges.of(name, row) if ranges else None for name in now}
    each = []
    for name, share in now.items():
        called, band = named(name, language, scenario.decision), bands[name]
        text = _WITHOUT.format(name=called, now=percent(share))
        if band:
            text = _WITH_RANGE.format(name=called, now=percent(share), low=percent(band[0]), high=percent(band[1]))
        each.append(text[language])
    alt = _PROBABILITIES_ALT.format(
        kind=kind, example=prose.example, number=number, each=_in_one(each, language), truth=truth
    )
    method = _REDRAWN.format(redraws=REDRAWS, task=prose.task, a_task=prose.a_task)[language] if ranges else ""
    return Section(
        key=f"probabilities_chart{suffix}",
        finding=_PROBABILITIES[language],
        figure=probabilities_chart(
            now, bands, kind=kind, truth=truth, is_kind=truth == kind, decision=scenario.decision, language=language
        ),
        alt=alt[language],
        table=partial(_probabilities_table, scenario, now, bands, language),
        note=(_BARS.format(redraws=REDRAWS) if ranges else _NOT_REDRAWN)[language],
        method=method,
    )


def _probabilities_table(
    scenario: Scenario, now: dict[str, float], bands: dict[str, tuple[float, float] | None], language: Language
) -> pd.DataFrame:
    ends = [band or (np.nan, np.nan) for band in bands.values()]
    return pd.DataFrame(
        {
            _METHOD[language]: [named(name, language, scenario.decision) for name in now],
            _PROBABILITY[language]: [round(100 * share, 1) for share in now.values()],
            _LOW[language]: [round(100 * low, 1) for low, _ in ends],
            _HIGH[language]: [round(100 * high, 1) for _, high in ends],
        }
    )


def reasons(scenario: Scenario, draw: Draw, number: int, explained: Contributions, language: Language) -> Section:
    """Return all values of an example, with their contributions to the meta-learned log odds of the last class."""
    prose, features, adds = scenario.prose, scenario.explained_by, explained.adds
    everybody = scenario.measured(draw.query.x[0])
    x = everybody[number - 1]
    against = against_custom(features, x, everybody, adds)
    values = [in_units(feature, value, language) for feature, value in zip(features, x, strict=True)]
    flagged = [
        value + examples_panel.flag(feature, each) for feature, value, each in zip(features, values, x, strict=True)
    ]
    names = [
        (_IN_RANGE if examples_panel.has_range(feature) else _NAMED_VALUE).format(
            name=feature.label, value=value, range=examples_panel.reference(feature, language)
        )[language]
        for feature, value in zip(features, flagged, strict=True)
    ]
    each = [
        _EACH.format(name=feature.label, value=value, factor=factor(add))[language]
        for feature, value, add in zip(features, values, adds, strict=True)
    ]
    called = {"example": prose.example, "number": number, "kind": scenario.classes[-1]}
    usual, now = explained.usual, explained.usual + float(adds.sum())
    method = [_SHAPLEY.format(
        task=prose.task, a_task=prose.a_task, examples=prose.examples, usual=percent(_share(usual)),
        now=percent(_share(now)),
    )]  # fmt: skip
    if scenario.quantities:
        method.append(scenario.quantities.note)
    if any(map(examples_panel.has_range, features)):
        method.append(_FLAGS)
    if not any(feature.direction for feature in features):
        method.append(_NO_DIRECTION.format(task=prose.task))
    note = _AGAINST if any(against) else _EXCHANGED
    return Section(
        key="reasons_chart",
        finding=_WHY.format(**called)[language],
        figure=reasons_chart(names, adds, against, kind=scenario.classes[-1], language=language),
        alt=_WHY_ALT.format(**called, each=_in_one(each, language))[language],
        table=partial(_reasons_table, scenario, values, adds, against, language),
        note=note[language],
        method=words.joined(*method)[language],
    )


def _reasons_table(
    scenario: Scenario, values: list[str], adds: Array, against: list[bool], language: Language
) -> pd.DataFrame:
    features = scenario.explained_by
    columns: dict[Text, object] = {scenario.prose.quantity: [feature.label[language] for feature in features]}
    columns |= {_VALUE: values}
    if any(map(examples_panel.has_range, features)):
        columns |= {examples_panel.REFERENCE: [examples_panel.reference(feature, language) for feature in features]}
    columns |= {_TIMES: np.exp(adds).round(2)}
    if any(feature.direction for feature in features):
        columns |= {_MARK: ["†" if each else "" for each in against]}
    return pd.DataFrame({heading[language]: column for heading, column in columns.items()})


def _share(log_odds: float) -> float:
    return float(1 / (1 + np.exp(-log_odds)))


def _in_one(parts: list[str], language: Language) -> str:
    return ("; " if language == "en" else "；").join(parts)


def _signals(scenario: Scenario, signal: Signal, draw: Draw, number: int, language: Language) -> Section:
    """Return an example that is a window of signals, as it was recorded."""
    window, kind = draw.query.x[0, number - 1 : number], draw.query.y[0, number - 1]
    truth = scenario.classes[kind]
    called = {"example": words.capitalised(scenario.prose.example), "number": number}
    alt = _SIGNALS_ALT.format(
        **called,
        seconds=f"{window.shape[1] / signal.rate:g}",
        channels=listed([feature.label[language] for feature in scenario.features], language),
        outcome=words.capitalised(scenario.prose.outcome),
        truth=truth,
    )
    return Section(
        key="window_chart",
        finding=_SIGNALS.format(**called)[language],
        figure=windows_chart(window, signal, scenario.features, (truth,), language=language),
        alt=alt[language],
        table=partial(signals_panel.window_table, scenario, window, np.array([kind]), language),
    )
