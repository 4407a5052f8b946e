"""The value of labels and of experience depends on how much tasks differ: a scenario's worlds side by side."""

from collections.abc import Callable
from functools import lru_cache, partial

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import results, session, words
from dashboard.charts.style import named
from dashboard.charts.worlds import WorldColumn, worlds_chart
from dashboard.language import scored
from dashboard.views import formatting
from dashboard.views.pictures import METHOD
from dashboard.views.rungs import GROUP
from dashboard.views.section import Section, draw_section
from scenarios.catalog import scenario_named
from scenarios.errors import UserError
from scenarios.evaluation.estimate import Estimate
from scenarios.learners.registry import Rung
from scenarios.metrics import Metric
from scenarios.protocol import nearest
from scenarios.publication.results import WorldsResults
from scenarios.scenario import WORLD_LABELS, Scenario
from scenarios.text import LANGUAGES, Language, Text, written

_WITH_LABELS = (Rung.LOCAL, Rung.BORROWING, Rung.META_LEARNED)  # rungs available to a user
_GAIN = Text(
    en="Gain in {metric} from {labels} over the best method without them: {gains}.",
    zh="与不用标注的最好方法相比，{labels}使{metric}增加：{gains}。",
)
_IN = Text(en="{world}, {lead}", zh="{world}，{lead}")
_META = Text(
    en="Meta-learning minus the best of simple statistics with other tasks' data: {leads}.",
    zh="元学习减去借助其他任务数据的简单统计方法中最好的：{leads}。",
)
_ALONE = Text(
    en="Local labels alone, minus the best method without them: {leads}.",
    zh="只用本任务标注，减去不用标注的最好方法：{leads}。",
)
_HEADING = Text(en="How different are the {task}s?", zh="各{task}之间差异多大？")
_ALT = Text(
    en="{metric} of the best method of each group with {labels}, for three degrees of difference between {task}s. "
    "{means}.",
    zh="{labels}时各档最好方法的{metric}，分三种任务差异程度。{means}。",
)
_MEANS = Text(en="{world}: {scores}", zh="{world}：{scores}")
_DOTS = Text(
    en="Dots: the best method of each group, mean over {tasks} test {task}s. Above: the largest gain from labels, "
    "in {unit}.",
    zh="圆点：各档最好的方法在 {tasks} {a_task}（测试任务）上的平均值；上方：标注最多能增加多少（{unit}）。",
)
_NOTE = written(__file__, "worlds")
_POINTS = Text(en="percentage points of {metric}", zh="{metric} 的百分点")
_WORLD = Text(en="tasks", zh="任务差异")
_TIP = Text(
    en="{rung}: {name}<br>{score}<br>nine tasks in ten: {low} to {high}",
    zh="{rung}：{name}<br>{score}<br>九成任务：{low}～{high}",
)
TO = Text(en="{low} to {high}", zh="{low}～{high}")
RANGE = Text(en="nine tasks in ten", zh="九成任务")
_OVER_GENERIC = Text(en="minus no local labels", zh="减去不用标注")
_OVER_LOWER = Text(en="minus the row above", zh="减去上一行")


def show(scenario: Scenario) -> None:
    """Draw the worlds side by side, with the labels that the view has."""
    language = session.language()
    try:
        found = results.worlds(scenario.folder)
    except UserError as error:
        st.error(error.text[language])
        return
    draw_section(section(found, scenario.world, nearest(found.shots, session.view().shots), language))


def section(found: WorldsResults, world: str, shots: int, language: Language) -> Section:
    """Return the gain from labels in each world, and whether meta-learning pays there, with its evidence."""
    scenario = scenario_named(found.scenario)
    task, metric = scenario.prose.task, found.metric
    means = words.clauses(_means(found, each, shots) for each in found.worlds)
    alt = _ALT.format(metric=metric.name, labels=words.counted(metric, shots), task=task, means=means)
    known = {"tasks": found.tasks, "task": task, "a_task": scenario.prose.a_task, "unit": _unit(metric)}
    return Section(
        key="worlds_chart",
        heading=_HEADING.format(task=task),
        finding=finding(found, shots, language),
        figure=_figure(found, world, shots, language),
        alt=alt[language],
        table=partial(table, found, shots, language),
        note=_DOTS.format(**known)[language],
        method=_NOTE.format(**known)[language],
        is_explained=True,
        command=f"python -m scenarios worlds {found.scenario} --tasks {found.tasks} --seed {found.protocol.seed}",
    )


def finding(found: WorldsResults, shots: int, language: Language) -> str:
    """Return the gain from labels in each world, whether meta-learning pays there, and the gain from labels alone."""
    prose, metric = scenario_named(found.scenario).prose, found.metric

    def in_each(lead_in: Callable[[str], Estimate], written: Callable[[Estimate], Text]) -> Text:
        return words.clauses(
            _IN.format(world=WORLD_LABELS[world], lead=written(lead_in(world))) for world in found.worlds
        )

    def with_interval(lead: Estimate) -> Text:
        return formatting.difference(lead, metric)

    def plain(lead: Estimate) -> Text:
        return formatting.change(lead.mean, metric)

    gains = {world: gain(found, world, shots) for world in found.worlds}
    if prose.worlds:
        facts = {world: with_interval(each) for world, each in gains.items()}
        facts |= {f"{world}_twice": with_interval(_twice(each)) for world, each in gains.items()}
        first = prose.worlds.format(shots=shots, labels=prose.label if shots == 1 else prose.labels, **facts)
    else:
        labels = words.counted(metric, shots)
        first = _GAIN.format(labels=labels, gains=in_each(gains.__getitem__, with_interval), metric=metric.name)
    meta = in_each(partial(found.ahead, rung=Rung.META_LEARNED, shots=shots, of_generic=False), with_interval)
    alone = in_each(partial(found.ahead, rung=Rung.LOCAL, shots=shots, of_generic=True), plain)
    return f"**{first[language]}**\n\n{words.joined(_META.format(leads=meta), _ALONE.format(leads=alone))[language]}"


def gain(found: WorldsResults, world: str, shots: int) -> Estimate:
    """Return the gain from labels over the best method without them, with the best method available to users."""
    sign = found.metric.sign
    best = max(_WITH_LABELS, key=lambda rung: sign * _score(found, world, rung, shots).mean)
    return found.ahead(world, best, shots, of_generic=True)


def _twice(each: Estimate) -> Estimate:
    return Estimate(*(2 * value for value in each))


def _score(found: WorldsResults, world: str, rung: Rung, shots: int) -> Estimate:
    return found.score(world, found.best(world, rung, shots), shots)


@lru_cache(maxsize=256)  # published figures are shared by all visits
def _figure(found: WorldsResults, chosen: str, shots: int, language: Language) -> go.Figure:
    columns = [
        WorldColumn(
            label=WORLD_LABELS[world][language].replace(" ", "<br>"),
            gain=_signed(gain(found, world, shots).mean, found.metric),
            scores={rung: _score(found, world, rung, shots) for rung in Rung},
            tooltips={rung: _tooltip(found, world, rung, shots, language) for rung in Rung},
        )
        for world in found.worlds
    ]
    means = [_score(found, world, rung, each).mean for world in found.worlds for rung in Rung for each in found.shots]
    chosen_place = list(found.worlds).index(chosen)
    ends = min(means), max(means)
    return worlds_chart(columns, chosen_place, ends=ends, metric=found.metric, language=language)


def _tooltip(found: WorldsResults, world: str, rung: Rung, shots: int, language: Language) -> str:
    name, metric = found.best(world, rung, shots), found.metric
    low, high = (scored(float(end), metric) for end in found.range90(world, name, shots))
    score = formatting.estimated(found.score(world, name, shots), metric)
    return _TIP.format(rung=rung.short, name=named(name, language, "league"), score=score, low=low, high=high)[language]


def _signed(difference: float, metric: Metric) -> str:
    number = f"{100 * difference:+.1f}" if metric.is_proportion else f"{difference:+.3g}"
    return number.replace("-", "−")


def _unit(metric: Metric) -> Text:
    return _POINTS.format(metric=metric.name) if metric.is_proportion else metric.name


def _means(found: WorldsResults, world: str, shots: int) -> Text:
    scores = [(rung.short, scored(_score(found, world, rung, shots).mean, found.metric)) for rung in Rung]
    en, zh = (words.listed([f"{name[each]} {score}" for name, score in scores], each) for each in LANGUAGES)
    return _MEANS.format(world=WORLD_LABELS[world], scores=Text(en=en, zh=zh))


def table(found: WorldsResults, shots: int, language: Language) -> pd.DataFrame:
    """Return every world's rungs with their best methods, scores, ranges and leads."""
    metric = found.metric

    def row(world: str, rung: Rung) -> dict[Text, str]:
        name = found.best(world, rung, shots)
        low, high = (scored(float(end), metric, 1) for end in found.range90(world, name, shots))
        cells = {
            _WORLD: WORLD_LABELS[world][language],
            GROUP: rung.short[language],
            METHOD: named(name, language, "league"),
            metric.name: formatting.estimated(found.score(world, name, shots), metric)[language],
            RANGE: TO.format(low=low, high=high)[language],
        }
        if rung is not Rung.NO_LOCAL_LABELS:
            for title, of_generic in ((_OVER_GENERIC, True), (_OVER_LOWER, False)):
                lead = found.ahead(world, rung, shots, of_generic=of_generic)
                cells[title] = formatting.difference(lead, metric)[language]
        return cells

    rows = pd.DataFrame([row(world, rung) for world in found.worlds for rung in Rung]).fillna("–")
    return rows.rename(columns=lambda title: title[language])
