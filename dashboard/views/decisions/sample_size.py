"""How many labels, and how many other tasks, for a score that holds in most tasks."""

from functools import lru_cache, partial

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard import session, words
from dashboard.charts.share_reached import share_reached_chart
from dashboard.charts.style import named
from dashboard.language import percent
from dashboard.permalink import TARGETS
from dashboard.views import frame, rungs
from dashboard.views.decisions.catalog import PANELS
from dashboard.views.pictures import METHOD
from dashboard.views.section import Section, draw_section
from scenarios.dataclass_json import Floats
from scenarios.learners.registry import META_LEARNED
from scenarios.metrics import Metric
from scenarios.protocol import QUANTILES
from scenarios.publication.results import OtherTasksResults, StudyResults
from scenarios.scenario import Scenario
from scenarios.text import Language, Text

_MOST_TASKS = 0.9  # share of tasks in which a score is to be reached
_TARGET = Text(en="target {metric}", zh="要达到的{metric}")
_FINDING = Text(
    en="**Labels per class until {metric} is {target} in nine {task}s of ten:** {needs}. {takes}With {labels}, this "
    "share of {task}s reaches it: {shares}.",
    zh="**要让九成{task}的{metric}达到 {target}，每类需要的标注数**：{needs}。{takes}{labels}时，达到的{task}占："
    "{shares}。",
)
_NEEDS = Text(en="{name} {count}", zh="{name} {count} 个")
_NOT_WITH = Text(en="not reached with {count}: {names}", zh="{names}用 {count} 个也达不到")
_REACHED = Text(en="{name} {share}", zh="{name} {share}")
_READ_OFF = Text(
    en="Proportions of {tasks} test tasks; those below 5% are drawn at 5%, those above 95% at 95%.",
    zh="在 {tasks} 个测试任务中所占的比例；低于 5% 的画在 5% 处，高于 95% 的画在 95% 处。",
)
_NOTE = Text(
    en="Proportion of {tasks} test tasks, seed {seed}, read off the 5%, 10%, … 95% quantiles of the score; values "
    "below 5% are drawn at 5%, those above 95% at 95%. Scores of single tasks are measured on {queries} examples, "
    "whose sampling error adds to the spread.",
    zh="{tasks} 个测试任务（随机种子 {seed}）中的比例，由得分的 5%、10%……95% 分位数读出；低于 5% 的画在 "
    "5% 处，高于 95% 的画在 95% 处。单个任务的得分只用 {queries} 个样本测得，其偶然波动也使结果更分散。",
)
_LABELS = Text(en="labels per class", zh="每类标注数")
_BY_TASKS = Text(en="By the number of other tasks, with {labels}", zh="{labels}时，不同的其他任务数下达到的比例")


def show(scenario: Scenario, study: StudyResults, experience: OtherTasksResults | None) -> None:
    """Draw the control and the section."""
    view = session.view()
    label = _TARGET.format(metric=study.metric.name)
    label = Text(en=label.en, zh=words.spaced(label.zh))
    frame.slide("target", label, TARGETS, lambda target: f"{target}%")
    draw_section(section(scenario, study, view.shots, view.target / 100, view.lang))
    if experience and experience.learners[META_LEARNED].quantiles is not None:  # else there is little to compare
        draw_section(by_other_tasks(experience, view.shots, view.target / 100, view.lang))


def is_known(study: StudyResults) -> bool:
    """Whether the results have the distribution of scores over tasks; older ones have not."""
    return all(study.learners[name].quantiles is not None for name in rungs.shown(study))


def share_reached(quantiles: Floats, target: float, metric: Metric) -> Floats:
    """Return the share of tasks whose score is at least as good as the target: (..., quantiles) -> (...)."""
    flat = metric.sign * quantiles.reshape(-1, len(QUANTILES))
    below = [np.interp(metric.sign * target, np.sort(row), QUANTILES) for row in flat]
    return 1 - np.array(below).reshape(quantiles.shape[:-1])


def section(scenario: Scenario, study: StudyResults, shots: int, target: float, language: Language) -> Section:
    """Return the labels that each rung needs, and the proportion of tasks that reach the target against labels."""
    curves, place = _curves(study, target), study.shots.index(shots)
    called = partial(named, language=language, decision=study.decision)
    fewest = {called(name): _fewest(curve, study) for name, curve in curves.items()}
    takes = _takes(scenario, [each for each in fewest.values() if each], language)
    shares = [_REACHED.format(share=percent(curve[place]), name=called(name)) for name, curve in curves.items()]
    finding = _FINDING.format(
        metric=study.metric.name,
        target=percent(target),
        task=scenario.prose.task,
        labels=words.counted(study.metric, shots),
        needs=words.clauses(_needs(study, fewest, language)),
        takes=takes and takes + (" " if language == "en" else ""),
        shares=words.clauses(shares),
    )
    protocol = study.protocol
    note = _NOTE.format(tasks=study.tasks, seed=protocol.seed, queries=protocol.queries)
    return Section(
        key="sample_size_chart",
        finding=words.spaced(finding[language]),
        figure=_figure(study, shots, target, language),
        table=partial(_table, study, target, language),
        note=_READ_OFF.format(tasks=study.tasks)[language],
        method=note[language],
    )


def _fewest(curve: Floats, study: StudyResults) -> int | None:
    """Return the fewest labels with which a method reaches the target in most tasks; None if it never does."""
    enough = np.flatnonzero(curve >= _MOST_TASKS)
    return study.shots[int(enough[0])] if len(enough) else None


def _needs(study: StudyResults, fewest: dict[str, int | None], language: Language) -> list[Text]:
    """Return the labels that each method needs, and the methods that never reach the target."""
    found = [_NEEDS.format(name=name, count=count) for name, count in fewest.items() if count]
    never = [name for name, count in fewest.items() if not count]
    if never:
        found.append(_NOT_WITH.format(names=words.listed(never, language), count=study.shots[-1]))
    return found


def _takes(scenario: Scenario, counts: list[int], language: Language) -> str:
    """Return the cost of a number of labels of each class, in a sentence for each number that is different."""
    take = PANELS[scenario.decision].labels_take if scenario.decision in PANELS else None
    return take(scenario, *sorted({*counts}))[language] if take and counts else ""


@lru_cache(maxsize=64)
def _curves(study: StudyResults, target: float) -> dict[str, Floats]:
    found = {}
    for name in rungs.shown(study):
        quantiles = study.learners[name].quantiles
        if quantiles is not None:
            found[name] = share_reached(quantiles, target, study.metric)
    return found


@lru_cache(maxsize=256)  # published figures are shared by all visits
def _figure(study: StudyResults, shots: int, target: float, language: Language) -> go.Figure:
    return share_reached_chart(
        study.shots, _curves(study, target), at=shots, most=_MOST_TASKS, decision=study.decision, language=language
    )


def _table(study: StudyResults, target: float, language: Language) -> pd.DataFrame:
    columns: dict[str, object] = {_LABELS[language]: list(study.shots)}
    for name, curve in _curves(study, target).items():
        columns[named(name, language, study.decision)] = curve.round(3)
    return pd.DataFrame(columns)


def by_other_tasks(found: OtherTasksResults, shots: int, target: float, language: Language) -> Section:
    """Return the share of tasks that reach the target, by method and number of other tasks, near some labels."""
    place = found.nearest(shots)
    rows = {name: part for name, part in found.learners.items() if part.quantiles is not None}
    counts = sorted({count for part in rows.values() for count in part.counts})
    columns: dict[str, list[str]] = {METHOD[language]: [named(name, language, "league") for name in rows]}
    for count in counts:
        columns[f"{count:,}"] = [
            _cell(part.quantiles, part.counts, count, place, target, found.metric) for part in rows.values()
        ]
    return Section(
        key="sample_size_tasks",
        finding=_BY_TASKS.format(labels=words.counted(found.metric, found.shots[place]))[language],
        table=pd.DataFrame(columns).set_index(METHOD[language]),
    )


def _cell(
    quantiles: Floats | None, counts: tuple[int, ...], count: int, place: int, target: float, metric: Metric
) -> str:
    if quantiles is None or count not in counts:
        return "–"
    return percent(float(share_reached(quantiles[counts.index(count), place], target, metric)))
