"""Which of two trips was the more aggressive? How often their scores rank them right, against their length."""

from functools import lru_cache, partial

import plotly.graph_objects as go

from dashboard import session, words
from dashboard.charts.style import named
from dashboard.language import percent
from dashboard.views import frame, rungs
from dashboard.views.decisions.alarms.charts import ranked_chart
from dashboard.views.decisions.decision_panel import by_rung, chosen
from dashboard.views.formatting import BLUE, coloured
from dashboard.views.pictures import curves_table
from dashboard.views.section import Section, draw_section
from scenarios.dataclass_json import Floats
from scenarios.decisions.alarms.assumptions import (
    TRIP_MINUTES,
    TRIP_SHARE,
    WINDOWS_PER_HOUR,
    WORSE_TRIP_SHARES,
)
from scenarios.decisions.alarms.decision import WORSE
from scenarios.decisions.alarms.trips import windows_of_trip
from scenarios.learners.registry import META_LEARNED, RULE
from scenarios.publication.results import StudyResults, TripsResults
from scenarios.scenario import Scenario
from scenarios.text import Language, Text, written

_MINUTES = 30  # duration of the trips in the sentence
_WORSE = Text(
    en="{kind} windows in the worse of two trips, the other having {share}",
    zh="两次行程中较差一次的{kind}片段占比（另一次为 {share}）",
)
_FINDING = Text(
    en="**Which of two trips was more {kind}?** Both take {minutes} minutes; {worse} of one's windows are {kind}, "
    "{share} of the other's. Pairs of trips ranked correctly with {shots}, by one {task} (in brackets: by two): "
    "meta-learning {maml} ({maml_between}), simple statistics {borrowing} ({borrowing_between}), these labels alone "
    "{local} ({local_between}), no local labels {no_local} ({no_local_between}), fixed rule {rule} ({rule_between}), "
    "Bayes-optimal {bayes} ({bayes_between}).",
    zh="**两次行程，哪一次更{kind}**？两次行程各 {minutes} 分钟，{kind}片段分别占 {worse} 和 {share}。{shots}时，同一"
    "位{task}的两次行程排对的比例（括号内为两位{task}各一次行程）：元学习 {maml}（{maml_between}），简单统计方法 "
    "{borrowing}（{borrowing_between}），只用这些标注 {local}（{local_between}），不用标注 {no_local}（"
    "{no_local_between}），固定规则 {rule}（{rule_between}），贝叶斯最优 {bayes}（{bayes_between}）。",
)
_OFFSET = Text(
    en="Between {task}s, longer trips help meta-learning little ({short} at {fewest} minutes, {long} at {most}): "
    "some {task}s have higher scores on every trip, and longer trips do not average that out.",
    zh="不同{task}之间，行程再长对元学习帮助也不大（{fewest} 分钟 {short}，{most} 分钟 {long}）："
    "有的{task}在每次行程中得分都偏高，行程再长也抵消不掉。",
)
_NEARLY_ALL = 0.999
_GAIN, _HIGH = 0.05, 0.97  # of the share of pairs: a smaller gain is little, unless nearly all are ranked right
_HARDER = Text(
    en="Means over {tasks} test {task}s; bands: 95% CIs. In practice, car and roads change from trip to trip, and "
    "pairs are harder to rank.",
    zh="{tasks} {a_task}（测试任务）的平均值，色带为 95% 置信区间。现实中车辆和道路每次不同，排序更难。",
)
_NOTE = written(__file__, "trips")
_WITHIN, _BETWEEN = (
    Text(en="Two trips of one {task}", zh="同一位{task}的两次行程"),
    Text(en="Trips of two {task}s", zh="两位{task}各一次行程"),
)
_TAKEAWAY = Text(
    en="{title}: pairs ranked correctly against the length of the trips. At {minutes} minutes: {shares}.",
    zh="{title}：排序正确的比例随行程时长的变化。{minutes} 分钟时：{shares}。",
)
_LENGTH = Text(en="minutes", zh="分钟")


def show(scenario: Scenario, study: StudyResults, found: TripsResults) -> None:
    """Draw the control of the worse trip, and how often it is found."""
    view = session.view()
    label = _WORSE.format(kind=words.capitalised(scenario.classes[-1]), share=percent(TRIP_SHARE))
    frame.switch(WORSE.name, label, WORSE.values, lambda share: f"{share}%")
    draw_section(section(scenario, study, found, view.shots, chosen(WORSE) / 100, view.lang))


def section(
    scenario: Scenario, study: StudyResults, found: TripsResults, shots: int, worse: float, language: Language
) -> Section:
    """Return how often trips are ranked right, at the measured number of labels that is the nearest."""
    prose, kind, place = scenario.prose, scenario.classes[-1], found.nearest(shots)
    count, at = found.shots[place], TRIP_MINUTES.index(_MINUTES)
    within, between = ({name: curve[at, 0] for name, curve in each.items()} for each in _both(found, place, worse))
    stated = by_rung(study, count, {name: _share(each) for name, each in within.items()})
    stated[META_LEARNED] = coloured(stated[META_LEARNED], BLUE)
    others = by_rung(study, count, {name: _share(each) for name, each in between.items()})
    labels = words.counted(found.metric, count)
    sentences = [
        _FINDING.format(
            shots=labels, kind=kind, minutes=_MINUTES, worse=percent(worse), share=percent(TRIP_SHARE), task=prose.task,
            **stated, **{f"{name}_between": share for name, share in others.items()},
        )
    ]  # fmt: skip
    shortest, longest = _curves(found, place, worse, is_within=False)[META_LEARNED][[0, -1], 0]
    if longest - shortest < _GAIN and longest < _HIGH:
        sentences.append(
            _OFFSET.format(
                task=prose.task, short=_share(shortest), long=_share(longest), fewest=TRIP_MINUTES[0],
                most=TRIP_MINUTES[-1],
            )
        )  # fmt: skip
    windows = WINDOWS_PER_HOUR * _MINUTES // 60
    few, many = (windows_of_trip(share, windows)[-1] for share in (TRIP_SHARE, worse))
    note = _NOTE.format(
        tasks=found.tasks, task=prose.task, a_task=prose.a_task, shots=labels,
        seed=found.protocol.seed, kind=kind, windows=found.windows, minutes=_MINUTES, count=windows, few=few, many=many,
        queries=found.protocol.queries,
    )  # fmt: skip
    return Section(
        key="trips",
        finding=words.spaced(words.joined(*sentences)[language]),
        parts=tuple(
            _part(scenario, study, found, place, worse, language, is_within=is_within) for is_within in (True, False)
        ),
        note=_HARDER.format(tasks=found.tasks, task=prose.task, a_task=prose.a_task)[language],
        method=words.spaced(note[language]),
        is_explained=True,
        command=f"python -m scenarios trips {scenario.folder} --tasks {found.tasks} --seed {found.protocol.seed}",
    )


def _part(
    scenario: Scenario, study: StudyResults, found: TripsResults, place: int, worse: float, language: Language, *,
    is_within: bool,
) -> Section:  # fmt: skip
    title = (_WITHIN if is_within else _BETWEEN).format(task=scenario.prose.task)
    curves = _drawn(study, found, place, worse, is_within)
    at = TRIP_MINUTES.index(_MINUTES)
    shares = [f"{named(name, language, study.decision)} {_share(curve[at, 0])}" for name, curve in curves.items()]
    return Section(
        key="trips_within_chart" if is_within else "trips_between_chart",
        heading=title,
        figure=_figure(study, found, place, worse, language, is_within),
        alt=_TAKEAWAY.format(title=title, minutes=_MINUTES, shares=words.listed(shares, language))[language],
        table=partial(curves_table, list(TRIP_MINUTES), _LENGTH[language], curves, language, study.decision),
    )


@lru_cache(maxsize=256)  # published figures are shared by all visits
def _figure(
    study: StudyResults, found: TripsResults, place: int, worse: float, language: Language, is_within: bool
) -> go.Figure:
    curves = _drawn(study, found, place, worse, is_within)
    return ranked_chart(TRIP_MINUTES, curves, at=_MINUTES, decision=study.decision, language=language)


def _drawn(study: StudyResults, found: TripsResults, place: int, worse: float, is_within: bool) -> dict[str, Floats]:
    """Return the curves of the methods that stand for the rungs, and the fixed rule's: (minutes, 3)."""
    curves = _curves(found, place, worse, is_within=is_within)
    return {name: curves[name] for name in dict.fromkeys((RULE, *rungs.shown(study))) if name in curves}


def _both(found: TripsResults, place: int, worse: float) -> list[dict[str, Floats]]:
    return [_curves(found, place, worse, is_within=is_within) for is_within in (True, False)]


def _curves(found: TripsResults, place: int, worse: float, *, is_within: bool) -> dict[str, Floats]:
    """Return every method's share of pairs ranked right, of one task or of two: (minutes, 3)."""
    at = WORSE_TRIP_SHARES.index(worse)
    return {name: (each.within if is_within else each.between)[place, at] for name, each in found.learners.items()}


def _share(share: float) -> str:
    """Return a share with one decimal if it would round to 0% or 100%, because no estimate is certain."""
    return (
        f">{percent(_NEARLY_ALL, 1)}"
        if share > _NEARLY_ALL + 0.0005
        else percent(float(share), 1 if share > 0.985 else 0)
    )
