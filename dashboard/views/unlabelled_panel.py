"""Worth of unlabelled examples in labels: for a method of each rung, and Bayes-optimal."""

from functools import lru_cache, partial

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import results, session, words
from dashboard.charts.style import named
from dashboard.charts.unlabelled import drawn, unlabelled_chart
from dashboard.language import scored
from dashboard.views import formatting
from dashboard.views.pictures import METHOD, interval_table
from dashboard.views.rungs import GROUP, rungs_of
from dashboard.views.section import Section, draw_section
from scenarios.catalog import SCENARIOS
from scenarios.dataclass_json import Floats
from scenarios.demo.precomputed import DemoTask
from scenarios.episode import Draw
from scenarios.errors import UserError
from scenarios.learners.registry import BAYES, REGISTRY, by_rung
from scenarios.publication.results import StudyResults, UnlabelledResults
from scenarios.scenario import Scenario
from scenarios.text import Language, Text, written

_WORTH = Text(
    en="**For {name}, {count} unlabelled {some_examples} and {labels} are worth {worth} alone:** "
    "{metric} rises from {before} to {after}.",
    zh="**对{name}而言，{count} {some_examples}（未标注）加上{labels}，抵得上每类{worth}**：{metric}从 "
    "{before} 升至 {after}。",
)
_NO_HELP = Text(
    en="**With {labels}, {count} unlabelled {some_examples} make no detectable difference to {name},** the best method "
    "that may use them: {metric} {before} without them and {after} with them.",
    zh="**有{labels}时，{count} {some_examples}（未标注）对{name}没有可检出的作用**（它是能使用未标注样本的方法中"
    "最好的）：{metric}不用时 {before}，用时 {after}。",
)
_GAINS = Text(en="Gain in {metric} by group: {gains}.", zh="{metric}的增益，按组别：{gains}。")
_GAIN = Text(en="{name} {gain}", zh="{name} {gain}")
_CEILING = Text(
    en="The Bayes-optimal score given the labels alone is {before}; given the unlabelled examples too, it is {after}.",
    zh="仅凭标注的贝叶斯最优为 {before}；再加上未标注样本，为 {after}。",
)
_NOTHING_TO_GAIN = Text(
    en="Even the Bayes-optimal score gains no more than {most} from them, so on average no method can gain more.",
    zh="就连贝叶斯最优得分从中的提升也不超过 {most}，因此平均而言没有方法能提升更多。",
)
_NOTHING = 0.002  # score difference that counts as none
_POOL = Text(
    en="Means over {tasks} test {task}s with 95% CIs; unlabelled examples come from the same {task}.",
    zh="{tasks} {task}（测试任务）的平均值与 95% 置信区间；未标注样本另行抽自同一任务。",
)
_MEASURED = written(__file__, "unlabelled")
_BELOW = Text(
    en="Below the edge of the chart (see its table): {curves}.", zh="低于图的下缘、见图表数据的有：{curves}。"
)
_FROM_TO = Text(en="{name} ({before} to {after})", zh="{name}（{before} 至 {after}）")
_COUNT = Text(en="unlabelled examples", zh="未标注样本数")


def show(scenario: Scenario, _: StudyResults, __: Draw, ___: DemoTask | None) -> None:
    """Draw the section for the chosen number of labels, or the nearest that was measured."""
    try:
        found = results.unlabelled(scenario.name)
    except UserError as error:
        st.error(error.text[session.language()])
        return
    draw_section(section(found, session.view().shots, session.language()))


def section(found: UnlabelledResults, shots: int, language: Language) -> Section:
    """Return the value of unlabelled examples at the measured number of labels nearest to `shots`."""
    place = found.nearest(shots)
    prose, protocol, at = SCENARIOS[found.scenario].prose, found.protocol, found.shots[place]
    note = _MEASURED.format(
        tasks=found.tasks, task=prose.a_task, labels=words.counted(found.metric, at),
        queries=protocol.queries, effective=f"{found.effective_samples[:, place].min():,.0f}",
    )  # fmt: skip
    curves = _curves(found, at)
    below = [
        _FROM_TO.format(name=_name(name), **_ends(found, name, at)) for name in curves if name not in drawn(curves)
    ]
    if below:
        note = words.joined(note, _BELOW.format(curves=words.clauses(below)))
    return Section(
        key="unlabelled_chart",
        finding=words.spaced(finding(found, at)[language]),
        figure=_figure(found, at, language),
        table=partial(_table, found, at, language),
        note=_POOL.format(tasks=found.tasks, task=prose.a_task)[language],
        method=words.spaced(note[language]),
        is_explained=True,
        command=f"python -m scenarios unlabelled {found.scenario} --tasks {found.tasks} --seed {protocol.seed}",
    )


def finding(found: UnlabelledResults, shots: int) -> Text:
    """Return the worth of the most unlabelled examples for the best method, and the gains of all others."""
    metric, prose, most = found.metric, SCENARIOS[found.scenario].prose, found.counts[-1]
    names = [name for name in by_rung(found.learners) if name != BAYES]
    best = max(names, key=lambda name: float(metric.sign * found.at(name, "score", shots)[-1, 0]))
    worth = found.labels_worth(best, shots)
    helps = found.at(best, "ahead", shots)[-1, 1] > 0 and worth is not None
    gains = words.clauses(_GAIN.format(name=_name(name), gain=_difference(found, name, shots)) for name in names)
    sentences = [
        (_WORTH if helps else _NO_HELP).format(
            name=_name(best), count=most, some_examples=prose.some_examples,
            labels=words.counted(metric, shots), metric=metric.name,
            worth=formatting.worth(worth, found.most_shots, words.labels_unit(metric)) if worth else "",
            **_ends(found, best, shots),
        ),
        _GAINS.format(metric=metric.name, gains=gains),
        _CEILING.format(**_ends(found, BAYES, shots)),
    ]  # fmt: skip
    at_best = float(found.at(BAYES, "ahead", shots)[-1, 2])
    if at_best < _NOTHING:
        sentences.append(_NOTHING_TO_GAIN.format(most=formatting.change(max(at_best, 0.0), metric)))
    return words.joined(*sentences)


def _name(learner: str) -> Text:
    return REGISTRY[learner].name_in("league")


def _ends(found: UnlabelledResults, learner: str, shots: int) -> dict[str, str]:
    score = found.at(learner, "score", shots)
    return {"before": scored(score[0, 0], found.metric, 1), "after": scored(score[-1, 0], found.metric, 1)}


def _difference(found: UnlabelledResults, learner: str, shots: int) -> Text:
    return formatting.difference(found.at(learner, "ahead", shots)[-1].tolist(), found.metric)


@lru_cache(maxsize=64)  # published figures are shared by all visits
def _figure(found: UnlabelledResults, shots: int, language: Language) -> go.Figure:
    return unlabelled_chart(found.counts, _curves(found, shots), metric=found.metric, language=language)


def _curves(found: UnlabelledResults, shots: int) -> dict[str, Floats]:
    return {name: found.at(name, "score", shots) for name in by_rung(found.learners)}


def _table(found: UnlabelledResults, shots: int, language: Language) -> pd.DataFrame:
    tables = []
    for name in by_rung(found.learners):
        table = interval_table({_COUNT: found.counts}, found.at(name, "score", shots), language)
        table.insert(0, METHOD[language], named(name, language, "league"))
        table.insert(1, GROUP[language], rungs_of([name] * len(found.counts), language))
        tables.append(table)
    return pd.concat(tables)
