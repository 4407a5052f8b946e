"""Controls and sentences on fewer other tasks, wrong labels, and a shifted task."""

from dataclasses import replace

import streamlit as st

from dashboard import results, session, words
from dashboard.charts.style import named
from dashboard.language import percent, scored
from dashboard.permalink import OTHER_TASKS, View
from dashboard.views import frame
from dashboard.views.decisions.catalog import PANELS
from dashboard.views.decisions.decision_panel import chosen
from scenarios.errors import UserError
from scenarios.learners.registry import META_LEARNED, REGISTRY, Rung
from scenarios.metrics import Metric
from scenarios.protocol import LABEL_ERRORS, OTHER_LABELS_EACH
from scenarios.publication.advice import Reading, advise
from scenarios.publication.results import OtherTasksResults, SituationsResults, StudyResults
from scenarios.scenario import Scenario
from scenarios.text import Language, Text

_MORE = Text(en="What if …", zh="如果……")
_TASKS = Text(en="With fewer other {task}s", zh="其他任务（{task}）更少")
_ERRORS = Text(en="With wrong labels, in other tasks and this one", zh="标注有误（其他任务与本任务）")
_NOVELTY = Text(
    en="With a {task} unlike the others: task shift ρ (ρ² of its signal is new)",
    zh="{task}与其他任务不同：任务偏移 ρ（信号中有 ρ² 的部分全新）",
)
_NONE = Text(en="none", zh="无")
_FEWER = Text(
    en="With only {tasks} other {task}s{errors}{measured}: {what} {readings}.",
    zh="如果只能借助另外 {tasks} {task}的数据{errors}{measured}，{what}为：{readings}。",
)
_MEASURED = Text(en=" (measured with {labels}, not with {shots})", zh="（按{labels}测得，{shots} 个未测）")
_WRONG = Text(en=" and {share} of all labels wrong", zh="，且 {share} 的标注有误")
_READING = Text(en="{score} with {rung}", zh="{rung} {score}")
_READING_OF = Text(en="{score} by {rung} ({name})", zh="{rung}（{name}）{score}")
_ALONE = Text(en="{score} with local labels alone", zh="只用本任务标注 {score}")
_UNLIKE = Text(
    en="At a task shift of ρ = {rho:g}, {share} of a {task}'s signal is new. With {labels}: {readings}. The "
    "warning appears in {warned} of {task}s.",
    zh="任务偏移 ρ = {rho:g} 时，{task}的信号中有 {share} 全新。{labels}时：{readings}；会发出警告的占 {warned}。",
)


def show(scenario: Scenario, study: StudyResults) -> None:
    """Draw the controls, behind a button."""
    language, prose = session.language(), scenario.prose
    with st.popover(_MORE[language], icon=":material/tune:", key="what_if"):
        if scenario.name in results.measured(OtherTasksResults):
            frame.slide("tasks", _TASKS.format(task=prose.task), OTHER_TASKS, lambda count: f"{count:,}")
        if scenario.name in results.measured(SituationsResults):
            frame.switch("label_errors", _ERRORS, LABEL_ERRORS, lambda each: f"{each}%" if each else _NONE[language])
        _choose_novelty(study, scenario)


def _choose_novelty(study: StudyResults, scenario: Scenario) -> None:
    offered = study.novelty.rho
    nearest = min(offered, key=lambda rho: abs(rho - session.view().novelty))
    if nearest != session.view().novelty:
        session.assume(novelty=nearest)
    frame.slide("novelty", _NOVELTY.format(task=scenario.prose.task), offered, lambda rho: f"{rho:g}")


def sentence(scenario: Scenario, study: StudyResults, view: View) -> str:
    """Return the effect of fewer other tasks, and of task shift if one is chosen; "" if unknown."""
    fewer = _fewer(scenario, view)
    parts = [fewer] if fewer else []
    if view.novelty:
        parts.append(_unlike(scenario, study, view.novelty, view.lang))
    return words.spaced(words.joined(*parts)[view.lang]) if parts else ""


def _fewer(scenario: Scenario, view: View) -> Text | None:
    errors, shots = view.label_errors, view.shots
    if scenario.name not in results.measured(OtherTasksResults):
        return None
    try:
        found = results.other_tasks(scenario.name)
        if errors and scenario.name in results.measured(SituationsResults):
            found = results.situations(scenario.name).applied_to(found, OTHER_LABELS_EACH[-1], errors / 100)
    except UserError:  # the planner's page reports the error
        return None
    measured = min(max(shots, found.shots[0]), found.shots[-1])
    advice = advise(found, view.tasks, measured)
    others = [each for each in (advice.generic, *advice.simple[:1], advice.meta) if each]
    what, figures = _figures(scenario, found, others, advice.local, replace(view, shots=measured))
    said = [
        _READING.format(score=figure, rung=REGISTRY[each.learner].rung.short)
        for each, figure in zip(others, figures, strict=False)
    ]
    said.append(_ALONE.format(score=figures[-1]))
    return _FEWER.format(
        tasks=f"{view.tasks:,}", task=scenario.prose.a_task, what=what, readings=words.enumerated(said),
        errors=_WRONG.format(share=f"{errors}%") if errors else "",
        measured="" if measured == shots else _MEASURED.format(
            labels=words.counted(found.metric, measured), shots=shots
        ),
    )  # fmt: skip


def _figures(
    scenario: Scenario, found: OtherTasksResults, others: list[Reading], local: Reading, view: View
) -> tuple[Text, list[str]]:
    """Return the sentence about methods, and its figures, those of local labels alone last.

    It is the headline of the page, or the score if that was not measured.
    """
    panel = PANELS.get(scenario.decision)
    headlines = [found.at(each.learner, each.other_tasks, view.shots, "headline") for each in others]
    known = [each[0] for each in headlines if each is not None]
    if panel is None or panel.headline is None or panel.headline_name is None or len(known) < len(others):
        return found.metric.name, [scored(each.score.mean, found.metric, 1) for each in (*others, local)]
    value = chosen(panel.parameter, view) if panel.parameter else 0
    known.append(found.level("local_headline", view.shots)[0])
    return panel.headline_name, [panel.headline(each, value) for each in known]


def _said(learner: str, score: float, metric: Metric, language: Language) -> Text:
    return _READING_OF.format(
        score=scored(score, metric, 1), rung=REGISTRY[learner].rung.short, name=named(learner, language, "league")
    )


def _unlike(scenario: Scenario, study: StudyResults, rho: float, language: Language) -> Text:
    """Return the scores of meta-learning and of its rivals in tasks of this novelty, and how often a warning comes."""
    place = study.novelty.rho.index(rho)
    best = [
        study.overtaking(rung).best[place]
        for rung in (Rung.BORROWING, Rung.LOCAL)
        if rung.value in study.novelty.rivals
    ]
    said = [
        _said(name, float(study.novelty.score[name][place, 0]), study.metric, language)
        for name in (META_LEARNED, *best)
    ]
    return _UNLIKE.format(
        task=scenario.prose.task, rho=rho, share=percent(rho**2),
        labels=words.counted(study.metric, study.novelty.shots),
        readings=words.enumerated(said), warned=percent(float(study.power(rho)[0])),
    )  # fmt: skip
