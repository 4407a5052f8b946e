"""The planner: a recommendation from published results for given numbers of other tasks and labels."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pandas as pd
import streamlit as st

from dashboard import pages, results, session, words
from dashboard.charts.style import named
from dashboard.language import scored
from dashboard.permalink import OTHER_TASKS
from dashboard.views import formatting, frame, plan_findings, plan_world_findings, worlds_panel
from dashboard.views.headings import draw_heading
from dashboard.views.pictures import METHOD, OTHER_TASKS_USED, experience_figure, experience_table
from dashboard.views.rungs import GROUP, rungs_of
from dashboard.views.section import Section, draw_section
from scenarios.catalog import SCENARIOS, scenario_named
from scenarios.dataclass_json import Floats
from scenarios.errors import UserError
from scenarios.evaluation.estimate import Estimate
from scenarios.learners.registry import BAYES, META_LEARNED, Rung
from scenarios.metrics import Metric
from scenarios.protocol import LABEL_ERRORS, MOST_OTHER_TASKS, OTHER_LABELS_EACH, SHOTS, nearest
from scenarios.publication.advice import Advice, WorldAdvice, advise, advise_in_world
from scenarios.publication.results import (
    OtherTasksResults,
    SituationsResults,
    StudyResults,
    WorldsResults,
)
from scenarios.scenario import DEFAULT_WORLD, Scenario
from scenarios.text import Language, Text

_LEAD = Text(
    en="Choose the application that is most like yours, and enter the data that you have: how many other tasks with "
    "labels, and how many labels of the new task.",
    zh="选一个与你的情况最接近的应用，填上你手头的数据：有标注的其他任务有多少个，新任务有多少标注。",
)
_TASKS = Text(en="Other tasks with labels ({task}s)", zh="有标注的其他任务数（{task}）")
_LABELS_EACH = Text(en="Labels per class in each other task", zh="每个其他任务中每类的标注数")
_LABEL_ERRORS = Text(en="Wrong labels, in other tasks and in the new one", zh="标注错误率（其他任务与新任务）")
_NO_ERRORS = Text(en="none", zh="无")
_AGAINST = Text(en="{metric} against the number of other tasks", zh="{metric}随其他任务数的变化")
_BY_METHOD = Text(en="Methods by the information that they use", zh="按方法所用的信息")
_PICTURE = Text(
    en="{metric} against the number of other tasks with {labels}; a dotted line marks {count}. {finding}",
    zh="{labels}时，{metric}随其他任务数的变化；虚线标出 {count} 个。{finding}",
)
_SCORE = Text(en="{metric} (95% CI)", zh="{metric}（95% 置信区间）")
_TESTED = Text(
    en="Means over {tasks} test tasks, seed {seed}, interpolated between measured numbers (error near your numbers: "
    "{errors}).",
    zh="{tasks} 个测试任务的平均值，随机种子 {seed}；实测点之间按对数插值（在你所填数值附近的误差：{errors}）。",
)
_TESTED_IN_WORLD = Text(
    en="Means over {tasks} test tasks, with all other tasks that a method was trained with.",
    zh="{tasks} 个测试任务的平均值；各方法用到训练时的全部其他任务。",
)
_MEASURED = Text(
    en="Simple statistics saw {labels} labels per class in each other task{wrong}. The command below measures your own "
    "situation, with up to {most} other tasks; `--world` chooses another world.",
    zh="简单统计方法在每个其他任务中每类见过 {labels} 个标注{wrong}。以下命令按你的情况实测（其他任务最多 {most} 个），"
    "可用 `--world` 换一种任务分布。",
)
_WRONG = Text(
    en=", of which {errors} are wrong, as in the new task; methods are not given this information, and the "
    "Bayes-optimal score is that with correct labels",
    zh="，其中 {errors} 有误（新任务也一样），方法并不知情；贝叶斯最优按标注全部正确计算",
)
_MEASURED_IN_WORLD = Text(
    en="Means over {tasks} test tasks, seed {seed}, with all other tasks that a method was trained with; for each "
    "group the best method. The command has simple statistics learn from your number of other tasks, up to "
    "{most}, in this world. So does `evaluate` with `--world` and `--other-tasks`, also for meta-learning, "
    "which it trains.",
    zh="{tasks} 个测试任务的平均值，随机种子 {seed}；各方法用到训练时的全部其他任务，每档取最好的方法。"
    "以下命令让简单统计方法在这种任务分布下按你的其他任务数（最多 {most} 个）重新学习；"
    "`evaluate` 加 `--world` 与 `--other-tasks` 也可以，还会训练元学习。",
)
_ERROR = Text(en="{name} {error}", zh="{name} {error}")


def show() -> None:
    """Draw the page from top to bottom."""
    language = session.language()
    draw_heading(pages.TITLE["plan"], 1)
    draw_heading(_LEAD, 5)
    name = frame.choose_measured(OtherTasksResults)
    scenario = _choose_world(name)
    is_usual = scenario.world == DEFAULT_WORLD
    try:
        usual = found = results.other_tasks(name)
        worlds = None if is_usual else (results.worlds(name), results.study(scenario.name))
    except UserError as error:
        st.error(error.text[language])
        return
    measured = [shots for shots in SHOTS if usual.shots[0] <= shots <= usual.shots[-1]]
    tasks, shots = _choose(usual, worlds[0].shots if worlds else measured)
    errors = 0
    if name in results.measured(SituationsResults):
        errors, each = session.view().label_errors, session.view().labels_each
        found = results.situations(name).applied_to(found, each, errors / 100)
    if worlds:
        drawn = sections_in_world(*worlds, (usual, found), tasks, shots, language, errors)
    else:
        drawn = sections(found, tasks, shots, language, errors)
    for section in drawn:
        draw_section(section)


def _choose_world(name: str) -> Scenario:
    """Draw the control of how different tasks are, if that was measured. Returns the scenario in the chosen world."""
    scenario = SCENARIOS[name]
    if name not in results.measured(WorldsResults):
        return scenario
    frame.choose_world(scenario, scenario.world_names)
    return scenario.in_world(session.view().world)


def _choose(found: OtherTasksResults, measured: Sequence[int]) -> tuple[int, int]:
    """Draw the controls. Returns the number of other tasks, and the measured number of labels that is nearest."""
    language, prose = session.language(), SCENARIOS[found.scenario].prose
    if session.view().shots not in measured:
        session.assume(shots=nearest(measured, session.view().shots))
    left, right = st.columns(2, gap="large")
    with left:
        frame.slide("tasks", _TASKS.format(task=prose.task), OTHER_TASKS, lambda count: f"{count:,}")
    with right:
        frame.slide("shots", prose.shots, measured)
    if found.scenario in results.measured(SituationsResults):
        with left:
            frame.switch("labels_each", _LABELS_EACH, OTHER_LABELS_EACH, str)
        with right:
            frame.switch("label_errors", _LABEL_ERRORS, LABEL_ERRORS, lambda each: _errors(each, language))
    return session.view().tasks, session.view().shots


def _errors(percent: int, language: Language) -> str:
    return f"{percent}%" if percent else _NO_ERRORS[language]


def sections(
    found: OtherTasksResults, tasks: int, shots: int, language: Language, label_errors: int = 0
) -> list[Section]:
    """Return the answer with the gain from more data, the chart, the table of methods, and how it was measured.

    `label_errors` is the percentage of wrong labels in the results.
    """
    advice = advise(found, tasks, shots)
    answer = plan_findings.answer(found, tasks, shots, language)
    shown = advice.simple[0].learner if advice.simple else found.best_simple(found.shots[found.nearest(shots)])
    picture = _PICTURE.format(
        metric=found.metric.name, labels=words.counted(found.metric, shots), count=f"{tasks:,}", finding=answer
    )
    return [
        Section(key="plan", finding=f"{answer}\n\n{plan_findings.more(found, tasks, shots, language)}"),
        Section(
            key="plan_chart",
            heading=_AGAINST.format(metric=found.metric.name),
            figure=experience_figure(found, shots, shown, language, tasks),
            alt=words.spaced(picture[language]),
            table=partial(experience_table, found, shots, language),
        ),
        Section(key="plan_methods", heading=_BY_METHOD, table=_methods(found, advice, shots, language)),
        _how_measured(found, shown, tasks, shots, language, label_errors),
    ]


def _methods(found: OtherTasksResults, advice: Advice, shots: int, language: Language) -> pd.DataFrame:
    """Return the score of every method in this situation, ordered by the information that they use.

    It includes the range of nine tasks in ten, if it was measured.
    """
    rows = [(one.learner, one.other_tasks, one.score) for one in advice.readings] + [(BAYES, 0, advice.bayes)]
    table = _method_table(rows, found.metric, language)
    ranges = [found.range90(name, count, shots) for name, count, _ in rows]
    return table if all(each is None for each in ranges) else _with_ranges(table, ranges, found.metric, language)


def _with_ranges(
    table: pd.DataFrame, ranges: Sequence[Floats | None], metric: Metric, language: Language
) -> pd.DataFrame:
    """Return a table of methods with a column of ranges (2,); a dash without a measurement."""

    def written(ends: Floats | None) -> str:
        if ends is None:
            return "–"
        low, high = (scored(float(end), metric, 1) for end in ends)
        return formatting.unbroken(worlds_panel.TO.format(low=low, high=high)[language])

    return table.assign(**{worlds_panel.RANGE[language]: list(map(written, ranges))})


def _method_table(rows: Sequence[tuple[str, int, Estimate]], metric: Metric, language: Language) -> pd.DataFrame:
    """Return a table of methods, their other tasks and scores."""
    columns = {
        METHOD[language]: [named(name, language, "league") for name, _, _ in rows],
        OTHER_TASKS_USED[language]: [f"{count:,}" if count else "–" for _, count, _ in rows],
        _SCORE.format(metric=metric.name)[language]: [
            formatting.estimate_cell(scored(score.mean, metric, 1), formatting.score_range(score, metric), language)
            for _, _, score in rows
        ],
        GROUP[language]: rungs_of([name for name, _, _ in rows], language),
    }
    return pd.DataFrame(columns).set_index(METHOD[language])


def _how_measured(
    found: OtherTasksResults, shown: str, tasks: int, shots: int, language: Language, label_errors: int
) -> Section:
    protocol, metric = found.protocol, found.metric
    errors = [
        _ERROR.format(
            name=named(name, language, "league"),
            error=formatting.change(found.interpolation_error(name, tasks, shots), metric),
        )[language]
        for name in (shown, META_LEARNED)
        if name in found.learners
    ]
    note = _TESTED.format(tasks=found.tasks, seed=protocol.seed, errors=words.listed(errors, language))
    method = _MEASURED.format(
        labels=found.labels_each,
        wrong=_WRONG.format(errors=f"{label_errors}%") if label_errors else "",
        most=f"{MOST_OTHER_TASKS:,}",
    )
    command = _command(found.scenario, found.labels_each, tasks, shots, label_errors)
    return Section(
        key="plan_measured", note=note[language], method=method[language], is_explained=True, command=command
    )


def _command(scenario: str, labels_each: int, tasks: int, shots: int, label_errors: int) -> str:
    command = f"python -m scenarios plan {scenario} --other-tasks {min(tasks, MOST_OTHER_TASKS)} --shots {shots}"
    if labels_each != OTHER_LABELS_EACH[-1]:
        command += f" --labels-each {labels_each}"
    if label_errors:
        command += f" --label-errors {label_errors}"
    return command


def sections_in_world(
    found: WorldsResults,
    study: StudyResults,
    experience: tuple[OtherTasksResults, OtherTasksResults],
    tasks: int,
    shots: int,
    language: Language,
    label_errors: int = 0,
) -> list[Section]:
    """Return the answer in the world of `study`, the worlds side by side, the table of methods, and the limits of both.

    `experience` are results of the default world by the number of other tasks, in the usual situation and in the chosen
    one; `label_errors` is the percentage of wrong labels in the latter.
    """
    scenario = scenario_named(study.scenario)
    world = scenario.world

    def seen(learner: str) -> int | None:
        known = study.experience(learner)
        return known.tasks if known else None

    advice = advise_in_world(found, world, shots, seen)
    answer = plan_world_findings.answer(found, world, advice, tasks, shots, language)
    more = plan_world_findings.more(found, world, advice, shots, language)
    not_known = plan_world_findings.elsewhere(
        *experience, world, advice.chosen.learner, tasks, shots, label_errors, language
    )
    note = _MEASURED_IN_WORLD.format(tasks=found.tasks, seed=found.protocol.seed, most=f"{MOST_OTHER_TASKS:,}")
    return [
        Section(key="plan", finding=f"{answer}\n\n{more}\n\n{not_known}"),
        replace(worlds_panel.section(found, world, shots, language), finding="", command=""),
        Section(
            key="plan_methods",
            heading=_BY_METHOD,
            table=_methods_in_world(found, world, advice, shots, language),
        ),
        Section(
            key="plan_measured",
            note=_TESTED_IN_WORLD.format(tasks=found.tasks)[language],
            method=note[language],
            is_explained=True,
            command=_command(scenario.argument, experience[1].labels_each, tasks, shots, label_errors),
        ),
    ]


def _methods_in_world(
    found: WorldsResults, world: str, advice: WorldAdvice, shots: int, language: Language
) -> pd.DataFrame:
    """Return the score of the best method of each rung in a world, with the range in which nine tasks in ten lie."""
    metric = found.metric
    rows = [(one.learner, one.other_tasks, one.score) for one in advice.readings.values()]
    rows.append((found.best(world, Rung.BAYES, shots), 0, advice.bayes))
    table = _method_table(rows, metric, language)
    return _with_ranges(table, [found.range90(world, name, shots) for name, *_ in rows], metric, language)
