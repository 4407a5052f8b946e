"""The challenges, measured: data, compute, complexity, experience, curvature, robustness."""

from functools import lru_cache, partial

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import pages, permalink, results, session, words
from dashboard.charts import challenges as charts
from dashboard.charts.novelty import novelty_chart
from dashboard.charts.style import named
from dashboard.language import percent
from dashboard.views import challenge_findings as findings
from dashboard.views import frame
from dashboard.views import robustness_panel as robustness
from dashboard.views.headings import draw_heading
from dashboard.views.pictures import (
    METHOD,
    curves_table,
    experience_figure,
    experience_table,
    interval_table,
    novelty_curves,
    novelty_sentence,
)
from dashboard.views.section import Section, draw_section
from scenarios.catalog import SCENARIOS
from scenarios.errors import UserError
from scenarios.learners.registry import BAYES, META_LEARNED, Rung
from scenarios.publication.drafts import complete
from scenarios.publication.results import (
    CURVED_FEATURES,
    CURVED_LEARNER,
    ChallengeResults,
    CurvatureResults,
    OtherTasksResults,
    RobustnessResults,
    Run,
    StudyResults,
)
from scenarios.text import Language, Text, written

_LEAD = Text(
    en="How many training tasks does meta-learning need, how much compute and how much tuning? And how similar must a "
    "new task be? This page has the measurements.",
    zh="元学习需要多少训练任务、多少算力、多少调参？新任务又要与训练任务多相像？本页逐一实测。",
)
_DATA = Text(en="Data: how many training tasks?", zh="数据：需要多少训练任务？")
_DIVERSITY = Text(en="Diversity: how different must training tasks be?", zh="多样性：训练任务需要多大差异？")
_COMPUTE = Text(en="Compute: how long, and are second derivatives worth it?", zh="算力：要训练多久，二阶导数值不值？")
_COMPLEXITY = Text(en="Complexity: how much do hyperparameters matter?", zh="复杂度：超参数的影响有多大？")
_EXPERIENCE = Text(en="Experience: how many other tasks does each method need?", zh="经验：各种方法需要多少其他任务？")
_BANDS = Text(
    en="Bands: 95% CIs over {tasks} test tasks, {shots} labels per class.",
    zh="色带：{tasks} 个测试任务上的 95% 置信区间，每类 {shots} 个标注。",
)
_EXPERIENCED = Text(
    en="Means over {tasks} test tasks, {shots} labels per class, seed {seed}; bands: 95% CIs. Simple statistics "
    "saw {labels} labels per class in each other task; MAML's training follows the scenario's recipe.",
    zh="{tasks} 个测试任务的平均值，每类 {shots} 个标注，随机种子 {seed}；色带为 95% 置信区间。简单统计方法在每个"
    "其他任务中每类见过 {labels} 个标注；MAML 沿用该场景的训练配方。",
)
EXPERIENCE_SHOTS = 5
_CURVATURE = Text(en="Curvature: when do simple statistics fall behind?", zh="弯曲：简单统计方法何时落后？")
_BENT = Text(
    en="Two values combine in a way that depends on a third one, by the same rule in every task: each pair of values "
    "is rotated by an angle that other values determine.",
    zh="两个数值怎样共同起作用，取决于第三个数值，所有任务的规则相同：每对数值都旋转一个角度，角度由其他数值决定。",
)
_ARTIFICIAL = Text(
    en="The curvature is artificial and makes no claim about this application. Bands: 95% CIs.",
    zh="弯曲是人为设定的，不代表该应用的实际规律。色带为 95% 置信区间。",
)
_CURVED = written(__file__, "curvature")
_DIAL = Text(en="curvature", zh="弯曲程度")
_BY_DIAL = Text(en="By curvature", zh="随弯曲程度的变化")
_BY_TASKS = Text(en="By MAML's training tasks, at twist {at:g}", zh="随 MAML 训练任务数的变化，扭转 {at:g}")
_ROBUSTNESS = Text(en="Robustness: when does experience mislead?", zh="稳健性：经验何时会误导模型？")
_NOVELTY = Text(en="New kinds of tasks (ρ)", zh="任务偏移（ρ）")
_MEASURED_ON = written(__file__, "challenges")
_ON = Text(
    en="Measured on {title}: meta-learning by MAML, with {labels}.",
    zh="测量场景：{title}；元学习方法：MAML；{labels}。",
)
_STUDIED = Text(
    en="Means over {tasks} test tasks, {shots} labels per class, seed {seed}; bands: 95% CIs.",
    zh="{tasks} 个测试任务的平均值，每类 {shots} 个标注，随机种子 {seed}；色带为 95% 置信区间。",
)
_TASKS = Text(en="training tasks", zh="训练任务数")
_SHARE = Text(en="fraction of all tasks", zh="占全部任务的比例")
_RATE = Text(en="inner learning rate", zh="内循环学习率")
_STEPS = Text(en="inner steps", zh="内循环步数")
_ORDER, _META_STEPS = Text(en="derivatives", zh="导数"), Text(en="meta-steps", zh="元训练步数")
_SECONDS = Text(en="seconds", zh="用时（秒）")
_PICTURE = Text(en="{metric} against {axis}. {finding}", zh="{metric}随{axis}的变化。{finding}")
_SIDE_BY_SIDE = 330  # px


def show() -> None:
    """Draw the page from top to bottom."""
    language = session.language()
    draw_heading(pages.TITLE["challenges"], 1)
    draw_heading(_LEAD, 5)
    name = _choose()
    try:
        found = results.challenges(name)
    except UserError as error:
        st.error(error.text[language])
    else:
        labels = words.counted(found.metric, found.shots)
        st.markdown(_ON.format(title=SCENARIOS[found.scenario].prose.title, labels=labels)[language])
        for section in _measured(found, language):
            draw_section(section)
    if experiences := results.measured(OtherTasksResults):
        draw_heading(_EXPERIENCE)
        draw_section(_experience(experiences, language))
    for bent in results.measured(CurvatureResults):
        try:
            draw_section(_curvature(results.curvature(bent), language))
        except UserError as error:
            st.error(error.text[language])
    draw_heading(_ROBUSTNESS)
    _draw_robustness(_chosen_fault(language), language)


def _chosen_fault(language: Language) -> str:
    """Choose the perturbation; the task shift, which the study measures, is always available."""
    measured = results.measured(RobustnessResults)
    offered = [fault for fault in permalink.FAULTS if fault not in robustness.NAMES or measured]
    if session.view().fault not in offered:
        session.assume(fault=offered[0])
    if len(offered) > 1:
        frame.switch(
            "fault",
            words.PARTS["fault"],
            offered,
            lambda fault: robustness.NAMES.get(fault, _NOVELTY)[language],
            is_labelled=False,
        )
    return session.view().fault


def _draw_robustness(fault: str, language: Language) -> None:
    """Draw the cost of one perturbation in every application."""
    if fault == "novelty":
        if studies := _studies():
            draw_section(_novelties(studies, language))
        return
    found = {
        SCENARIOS[name].prose.title[language]: results.robustness(name) for name in results.measured(RobustnessResults)
    }
    draw_section(robustness.robustness_section(found, fault, language))
    if fault == "unequal_classes":
        for section in robustness.matured_sections(found, language):
            draw_section(section)


def _choose() -> str:
    """Choose one of the measured scenarios; a single one needs no switch."""
    measured = results.measured(ChallengeResults)
    return measured[0] if len(measured) == 1 else frame.choose_measured(ChallengeResults)


def _measured(found: ChallengeResults, language: Language) -> list[Section]:
    """Return a section for each challenge that was measured on one scenario, and how that was done."""
    part, shares = found.complexity, [percent(share) for share in found.diversity.shares]
    challenges = {  # heading, sentences, and the charts: for each its axis and its table
        "challenge_data": (
            _DATA,
            findings.data(found, language, _simple(found)),
            {"data": (_TASKS, _data_table(found, _simple(found), language))},
        ),
        "challenge_diversity": (
            _DIVERSITY,
            findings.diversity(found, language),
            {"diversity": (_SHARE, interval_table({_SHARE: shares}, found.diversity.score, language))},
        ),
        "challenge_compute": (
            _COMPUTE,
            findings.compute(found, language),
            {"compute": (_SECONDS, _times_table(found, language))},
        ),
        "challenge_complexity": (
            _COMPLEXITY,
            findings.complexity(found, language),
            {
                "rates": (_RATE, interval_table({_RATE: part.inner_lrs}, part.by_inner_lr, language)),
                "steps": (_STEPS, interval_table({_STEPS: part.steps}, part.by_steps, language)),
            },
        ),
    }
    sections = [
        Section(
            key=key,
            heading=heading,
            finding=words.spaced("**{}**\n\n{}".format(*sentences)),
            parts=tuple(
                _chart(found, which, axis, sentence, table, language)
                for (which, (axis, table)), sentence in zip(charts.items(), sentences, strict=False)
            ),
        )
        for key, (heading, sentences, charts) in challenges.items()
    ]
    return [*sections, _how_measured(found, language)]


def _how_measured(found: ChallengeResults, language: Language) -> Section:
    protocol, recipe = found.protocol, found.recipe
    local = words.listed([named(name, language) for name in found.complexity.baseline_settings], language)
    note = _MEASURED_ON.format(
        local=local, tasks=protocol.tasks, queries=protocol.queries, seed=protocol.seed, shots=found.shots,
        train_tasks=f"{recipe.train_tasks:,}", meta_steps=f"{recipe.meta_steps:,}", inner_lr=recipe.inner_lr,
        inner_steps=recipe.inner_steps,
    )  # fmt: skip
    command = f"python -m scenarios challenges {found.scenario} --tasks {protocol.tasks} --seed {protocol.seed}"
    line = _BANDS.format(tasks=found.tasks, shots=found.shots)
    return Section(key="measured", note=line[language], method=note[language], is_explained=True, command=command)


def _chart(
    found: ChallengeResults, which: str, axis: Text, finding: str, table: pd.DataFrame, language: Language
) -> Section:
    return Section(
        key=f"challenge_{which}_chart",
        figure=_data_figure(found, _simple(found), language) if which == "data" else _figure(found, which, language),
        alt=_PICTURE.format(metric=found.metric.name, axis=axis, finding=finding)[language],
        table=table,
    )


def _simple(found: ChallengeResults) -> OtherTasksResults | None:
    """Return the scores of simple statistics with as many other tasks, if measured on the same test tasks."""
    if found.scenario not in results.measured(OtherTasksResults):
        return None
    try:
        other = results.other_tasks(found.scenario)
    except UserError:  # the section on experience reports it
        return None
    return other if other.protocol == found.protocol and found.shots in other.shots else None


@lru_cache(maxsize=16)  # published figures are shared by all visits
def _data_figure(found: ChallengeResults, other: OtherTasksResults | None, language: Language) -> go.Figure:
    simple = findings.simple_by_tasks(found, other) if other else None
    data = found.data
    return charts.tasks_chart(data.train_tasks, data.score, data.ahead, _compared(found, language), simple)


def _data_table(found: ChallengeResults, other: OtherTasksResults | None, language: Language) -> pd.DataFrame:
    rows = [(META_LEARNED, found.data.train_tasks, found.data.score)]
    rows += [findings.simple_by_tasks(found, other)] if other else []
    tables = [interval_table({_TASKS: counts}, score, language) for _, counts, score in rows]
    for table, (name, _, _) in zip(tables, rows, strict=True):
        table.insert(0, METHOD[language], named(name, language))
    return pd.concat(tables)


def _compared(found: ChallengeResults, language: Language) -> charts.Comparison:
    known = found.reference
    reference = {found.baseline: known.from_scratch.score, BAYES: known.bayes.score}
    return charts.Comparison(found.metric, reference, language)


@lru_cache(maxsize=64)
def _figure(found: ChallengeResults, which: str, language: Language) -> go.Figure:
    part, compared = found.complexity, _compared(found, language)
    if which == "diversity":
        kept = found.diversity
        return charts.shares_chart(kept.shares, kept.score, kept.ahead, compared)
    if which == "compute":
        runs = {order: (run.seconds, run.score) for order, run in _runs(found).items()}
        return charts.time_chart(runs, compared)
    if which == "rates":
        return charts.rate_chart(part.inner_lrs, part.by_inner_lr, found.recipe.inner_lr, compared)
    return charts.steps_chart(part.steps, part.by_steps, part.trained_for, compared)


def _times_table(found: ChallengeResults, language: Language) -> pd.DataFrame:
    tables = []
    for order, run in _runs(found).items():
        table = interval_table({_META_STEPS: run.steps, _SECONDS: run.seconds}, run.score, language)
        table.insert(0, _ORDER[language], charts.ORDERS[order][language])
        tables.append(table)
    return pd.concat(tables)


def _runs(found: ChallengeResults) -> dict[str, Run]:
    """With second derivatives and without, in the order of the chart."""
    return {order: getattr(found.compute, order) for order in charts.ORDERS}


def _studies() -> list[StudyResults]:
    """Return the published results of every application; show an error for unreadable ones."""
    studies = []
    for scenario in complete():
        if not scenario.regression:
            try:
                studies.append(results.study(scenario.name))
            except UserError as error:
                st.error(error.text[session.language()])
    return studies


def _experience(names: list[str], language: Language) -> Section:
    """Every scenario that was measured: scores against the number of other tasks."""
    by_title = {SCENARIOS[name].prose.title[language]: results.other_tasks(name) for name in names}
    return Section(
        key="experience",
        finding=f"**{findings.experience(by_title, EXPERIENCE_SHOTS, language)}**",
        parts=tuple(_by_other_tasks(found, language) for found in by_title.values()),
    )


def _by_other_tasks(found: OtherTasksResults, language: Language) -> Section:
    protocol = found.protocol
    return Section(
        key=f"experience_{found.scenario}_chart",
        heading=SCENARIOS[found.scenario].prose.title,
        figure=experience_figure(found, EXPERIENCE_SHOTS, found.best_simple(EXPERIENCE_SHOTS), language),
        alt=findings.experience_of(found, EXPERIENCE_SHOTS)[language],
        table=partial(experience_table, found, EXPERIENCE_SHOTS, language),
        note=_BANDS.format(tasks=found.tasks, shots=EXPERIENCE_SHOTS)[language],
        method=_EXPERIENCED.format(
            tasks=found.tasks, shots=EXPERIENCE_SHOTS, seed=protocol.seed, labels=found.labels_each
        )[language],
        command=f"python -m scenarios other-tasks {found.scenario} --tasks {found.tasks} --seed {protocol.seed}",
    )


def _curvature(found: CurvatureResults, language: Language) -> Section:
    """Return scores against the curvature of the shared structure, and against the meta-learner's training tasks."""
    finding, figures = findings.curvature(found, language)
    title, protocol = SCENARIOS[found.scenario].prose.title, found.protocol
    tasks = found.by_tasks
    return Section(
        key="curvature",
        heading=_CURVATURE,
        finding=words.spaced(f"**{finding}**\n\n{words.paragraph(language, _BENT[language], figures)}"),
        parts=(
            Section(
                key="curvature_chart",
                heading=_BY_DIAL,
                figure=_curvature_figure(found, language),
                alt=finding,
                table=partial(_curvature_table, found, language),
            ),
            Section(
                key="curvature_tasks_chart",
                heading=_BY_TASKS.format(at=found.at),
                figure=_curved_tasks_figure(found, language),
                alt=figures,
                table=interval_table({_TASKS: tasks.train_tasks}, tasks.score, language),
            ),
        ),
        note=_ARTIFICIAL[language],
        method=_CURVED.format(
            title=title, tasks=found.tasks, shots=found.shots, seed=protocol.seed, labels=found.labels_each,
            other_tasks=f"{found.other_tasks:,}", train_tasks=f"{found.train_tasks:,}",
        )[language],
        is_explained=True,
        command=f"python -m scenarios curvature {found.scenario} --tasks {found.tasks} --seed {protocol.seed}",
    )  # fmt: skip


@lru_cache(maxsize=16)
def _curvature_figure(found: CurvatureResults, language: Language) -> go.Figure:
    scores = {group: part.score for group, part in found.methods.items()}
    return charts.curvature_chart(found.dials, scores, found.bayes, found.metric, language)


@lru_cache(maxsize=16)
def _curved_tasks_figure(found: CurvatureResults, language: Language) -> go.Figure:
    """Draw the meta-learner against its training tasks, over the best of simple statistics."""
    place = found.dials.index(found.at)
    simple = found.methods[found.simple(place)]
    method = simple.best[place]
    rival = CURVED_LEARNER if method in CURVED_FEATURES else method
    reference = {rival: simple.score[place], BAYES: found.bayes[place]}
    learners = {META_LEARNED: (found.by_tasks.train_tasks, found.by_tasks.score)}
    return charts.experience_chart(learners, charts.Comparison(found.metric, reference, language))  # type: ignore[arg-type]


def _curvature_table(found: CurvatureResults, language: Language) -> pd.DataFrame:
    tables = []
    for group, part in found.methods.items():
        table = interval_table({_DIAL: found.dials}, part.score, language)
        called = [findings.curved_name(found, group, place)[language] for place in range(len(found.dials))]
        table.insert(0, METHOD[language], called)
        tables.append(table)
    table = interval_table({_DIAL: found.dials}, found.bayes, language)
    table.insert(0, METHOD[language], Rung.BAYES.label[language])
    return pd.concat([*tables, table])


def _novelties(studies: list[StudyResults], language: Language) -> Section:
    """Return every application's score against the task shift, with the points at which other rungs overtake."""
    by_title = {SCENARIOS[study.scenario].prose.title[language]: study for study in studies}
    names = max(len(novelty_curves(study, all_rungs=True)) for study in studies)
    return Section(
        key="robustness",
        finding=f"**{findings.robustness(by_title, language)}**",
        parts=tuple(_novelty(study, names, language) for study in by_title.values()),
    )


def _novelty(study: StudyResults, names: int, language: Language) -> Section:
    novelty, seed, name = study.novelty, study.protocol.seed, study.scenario
    return Section(
        key=f"robustness_{name}_chart",
        heading=SCENARIOS[name].prose.title,
        figure=_novelty_figure(study, names, language),
        alt=novelty_sentence(study)[language],
        table=partial(curves_table, novelty.rho, "ρ", novelty_curves(study, all_rungs=True), language),
        note=_BANDS.format(tasks=study.tasks, shots=novelty.shots)[language],
        method=_STUDIED.format(tasks=study.tasks, shots=novelty.shots, seed=seed)[language],
        command=f"python -m scenarios study {name} --tasks {study.tasks} --seed {seed}",
    )


@lru_cache(maxsize=16)
def _novelty_figure(study: StudyResults, names: int, language: Language) -> go.Figure:
    crossing = study.overtaking(Rung.LOCAL).at
    curves = novelty_curves(study, all_rungs=True)
    return novelty_chart(
        study.novelty.rho, curves, crossing, metric=study.metric, language=language, height=_SIDE_BY_SIDE,
        rows_above=names,
    )  # fmt: skip
