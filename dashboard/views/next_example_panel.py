"""A new example of the task beside the labelled ones, with the models' predictions."""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import session, words
from dashboard.charts.signals import windows_chart
from dashboard.charts.style import named
from dashboard.charts.values import ranks, values_chart
from dashboard.language import percent
from dashboard.views import examples_panel, formatting, rungs, signals_panel
from dashboard.views.formatting import BLUE, coloured
from dashboard.views.section import Section, draw_section
from scenarios.demo.precomputed import DemoTask
from scenarios.episode import Draw
from scenarios.learners.registry import BAYES, META_LEARNED
from scenarios.publication.results import FALSE_ALARMS
from scenarios.scenario import Scenario, Signal
from scenarios.task import Examples
from scenarios.text import Language, Text

_ONE = Text(
    en="**{example} {number}, probability of “{kind}”:** meta-learned {maml}, {local_name} {local}{bayes}. "
    "{outcome}: **{truth}**.",
    zh="**{example} {number}，{kind}的概率**：元学习 {maml}，{local_name} {local}{bayes}。{outcome}：**{truth}**。",
)
_BAYES = Text(en=", Bayes-optimal {share}", zh="；贝叶斯最优 {share}")
_EACH = Text(
    en="**One new {example} of each class,** typical by the model's prediction. Meta-learned probability of "
    "“{kind}”: {shares}.",
    zh="**每类各一个新{example}**（取预测居中的一个）。元学习判为“{kind}”的概率：{shares}。",
)
_SHARE = Text(en="{kind} {share}", zh="{kind} {share}")
_ALT = Text(
    en="{example} {number} and the labelled {examples}, one row for each measurement, by rank. {each}.",
    zh="{example} {number} 与标注过的{examples}，每项指标一行，按名次排列。{each}。",
)
_WINDOWS_ALT = Text(
    en="One {example} of each class, {seconds} s: {channels}. Probability of {kind}: {shares}.",
    zh="每类一个{example}，{seconds} 秒，依次为{channels}。{kind}的概率：{shares}。",
)
_VALUE = Text(en="{name} {value}", zh="{name} {value}")
_PLACE = Text(
    en="lower ← rank among this {task}'s {examples} → higher", zh="低 ← 在这{a_task}的{examples}中的名次 → 高"
)
_HOW = Text(
    en="The models see the labelled {examples} and predict new ones.",
    zh="模型看到标注过的{examples}，再预测新的。",
)
_NEXT = Text(en="Next {example}", zh="下一{example}")  # with its measure word
_RANK = Text(en="rank", zh="名次")
_VALUE_COLUMN = Text(en="value", zh="数值")
_HEIGHT = 352  # px, of signals


def show(scenario: Scenario, draw: Draw, shown: DemoTask) -> None:
    """Draw the current example (of signals, one of each class) and a button for the next."""
    view = session.view()
    if scenario.signal is not None:
        draw_section(windows(scenario, scenario.signal, draw, shown, view.lang))
        return
    number = examples_panel.chosen(draw, shown)
    drawn = section(scenario, draw, shown, number, view.lang)
    said, another = st.columns([3.4, 1], vertical_alignment="center")
    with said:
        st.markdown(drawn.finding)
    with another:
        _offer_next(scenario, number, draw.query.y.shape[1], view.lang)
    draw_section(replace(drawn, finding=""))


def _offer_next(scenario: Scenario, number: int, count: int, language: Language) -> None:
    example = Text(en=scenario.prose.example.en, zh=scenario.prose.some_examples.zh)
    st.button(
        _NEXT.format(example=example)[language],
        key="next_example_button",
        icon=":material/person_search:",
        on_click=partial(session.change, example=number % count + 1),
    )


def section(scenario: Scenario, draw: Draw, shown: DemoTask, number: int, language: Language) -> Section:
    """Return one new example among the labelled ones, with its predictions."""
    prose, kind = scenario.prose, scenario.classes[-1]
    place = number - 1
    called = words.capitalised(prose.example)
    risks = {name: percent(float(shown.risk(name)[place])) for name in shown.answers}
    local = scenario.reference_learner
    finding = _ONE.format(
        example=called, number=number, kind=kind,
        maml=coloured(risks[META_LEARNED], BLUE), local=f"**{risks[local]}**",
        local_name=named(local, language, scenario.decision),
        bayes=_BAYES.format(share=risks[BAYES]) if BAYES in risks else "",
        outcome=words.capitalised(prose.outcome), truth=scenario.classes[draw.query.y[0, place]],
    )  # fmt: skip
    each = [
        _VALUE.format(name=feature.label, value=value)
        for feature, value in zip(scenario.features, _written(scenario, draw, number, language), strict=True)
    ]
    alt = _ALT.format(example=called, number=number, examples=prose.examples, each=words.clauses(each))
    return Section(
        key="next_example_chart",
        finding=words.spaced(_warned(finding, scenario, shown)[language]),
        figure=_figure(scenario, draw, number, language),
        alt=alt[language],
        table=partial(_table, scenario, draw, number, language),
        note=_HOW.format(examples=prose.examples)[language],
    )


def _warned(finding: Text, scenario: Scenario, shown: DemoTask) -> Text:
    """Return a finding, with a warning if the labelled examples look unlike those of the training tasks."""
    if shown.p_value > FALSE_ALARMS:
        return finding
    return words.joined(finding, rungs.familiarity(scenario, shown.p_value))


def _figure(scenario: Scenario, draw: Draw, number: int, language: Language) -> go.Figure:
    prose = scenario.prose
    known = Examples(draw.support.x[0], draw.support.y[0])
    return values_chart(
        scenario.features, draw.query.x[0, number - 1], known, draw.query.x[0],
        called=_ONE_CALLED.format(example=words.capitalised(prose.example), number=number), kinds=scenario.classes,
        axis_title=_PLACE.format(task=prose.task, a_task=prose.a_task, examples=prose.examples),
        has_range=any(map(examples_panel.has_range, scenario.features)),
        written=_written(scenario, draw, number, language), language=language,
    )  # fmt: skip


_ONE_CALLED = Text(en="{example} {number}", zh="{example} {number}")


def _written(scenario: Scenario, draw: Draw, number: int, language: Language) -> list[str]:
    """Return an example's values with their units."""
    x = draw.query.x[0, number - 1]
    return [
        formatting.in_units(feature, float(value), language)
        for feature, value in zip(scenario.features, x, strict=True)
    ]


def _table(scenario: Scenario, draw: Draw, number: int, language: Language) -> pd.DataFrame:
    x, others = draw.query.x[0, number - 1], draw.query.x[0]
    return pd.DataFrame(
        {
            scenario.prose.quantity[language]: [feature.label[language] for feature in scenario.features],
            _VALUE_COLUMN[language]: _written(scenario, draw, number, language),
            _RANK[language]: ranks(x[None], others)[0].round(2),
        }
    )


def windows(scenario: Scenario, signal: Signal, draw: Draw, shown: DemoTask, language: Language) -> Section:
    """Return the new window with the median risk of each class, and the meta-learned model's predictions."""
    prose, y, risk = scenario.prose, draw.query.y[0], shown.risk(META_LEARNED)
    places = []
    for kind in range(scenario.ways):
        mine = np.flatnonzero(y == kind)
        places.append(int(mine[np.argsort(risk[mine], kind="stable")[len(mine) // 2]]))
    shares = [
        _SHARE.format(kind=scenario.classes[kind], share=percent(float(risk[place])))
        for kind, place in enumerate(places)
    ]
    said = {"example": prose.example, "kind": scenario.classes[-1]}
    alt = _WINDOWS_ALT.format(
        **said, seconds=f"{draw.query.x.shape[2] / signal.rate:g}", shares=words.clauses(shares),
        channels=words.clauses(feature.label for feature in scenario.features),
    )  # fmt: skip
    return Section(
        key="next_example_chart",
        finding=_warned(_EACH.format(**said, shares=words.clauses(shares)), scenario, shown)[language],
        figure=windows_chart(
            draw.query.x[0, places], signal, scenario.features, scenario.classes, language=language, height=_HEIGHT
        ),
        alt=alt[language],
        table=partial(
            signals_panel.window_table, scenario, draw.query.x[0, places], np.arange(scenario.ways), language
        ),
        note=signals_panel.marks(scenario, language),
        method=signals_panel.meanings_of_marks(scenario, language),
    )
