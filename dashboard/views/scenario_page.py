"""The page of one scenario, whichever it is: the question, the task, the result, and the evidence."""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from dashboard import jobs, results, session, words
from dashboard.remote import demo_task
from dashboard.views import (
    answers_ahead,
    draft_panel,
    examples_panel,
    facts,
    guess_panel,
    next_example_panel,
    one_example_panel,
    result_panel,
    robustness_panel,
    story_panel,
    task_panel,
    unlabelled_panel,
    user_learner,
    worlds_panel,
)
from dashboard.views.decisions import calibration_by_task, sample_size
from dashboard.views.decisions.catalog import PANELS
from dashboard.views.explaining import explained
from dashboard.views.section import draw_section
from dashboard.views.waiting import wait_for
from scenarios.demo.precomputed import DemoTask, sample_demo_task
from scenarios.episode import Draw
from scenarios.errors import UserError
from scenarios.protocol import nearest, published_shots
from scenarios.publication.drafts import is_draft
from scenarios.publication.results import (
    CalibrationResults,
    LeagueResults,
    OtherTasksResults,
    RobustnessResults,
    StudyResults,
    UnlabelledResults,
    WorldsResults,
)
from scenarios.scenario import Scenario
from scenarios.text import Language, Text

_EXAMPLES = Text(en="The {examples}", zh="{examples}")
_DECISIONS = Text(en="Decisions", zh="对决策的意义")
_STEPS = Text(en="Step by step", zh="逐步适应")
_WORLDS = Text(en="If tasks differ", zh="任务差异")
_UNLABELLED = Text(en="Unlabelled {examples}", zh="未标注{examples}")
_STORY = Text(en="Background and downloads", zh="背景与下载")


def show(scenario: Scenario) -> None:
    """Draw the page of one scenario, from top to bottom, with the tasks of the world that the view has."""
    scenario = _in_world(scenario)
    view = session.view()
    task, draw = sample_demo_task(scenario, view.seed, view.draw, view.shots)
    if is_draft(scenario):
        draft_panel.show(scenario, task, draw)
        return
    try:
        study = results.study(scenario.name)
    except UserError as error:
        st.error(error.text[view.lang])
        return

    question = guess_panel.score_question(scenario, study, view.shots)
    if view.guess:
        task_panel.show(scenario, task, is_guessed=True)
        guess_panel.show(question)
        examples_panel.show(scenario, draw, None)
        return
    guess_panel.show_distance(question)
    with st.container(key="opening"):  # on a phone, its answer stands before its controls: see style.css
        task_panel.show(scenario, task, study)
        weights = user_learner.show(scenario)
        view = session.view()  # controls have moved numbers that were not measured to the nearest measured ones
        _answer(answers_ahead.lines(scenario, study, view), view.lang)
    left, right = st.columns([1.35, 1], gap="medium")
    with right:
        league = results.league(scenario.name) if scenario.name in results.measured(LeagueResults) else None
        draw_section(result_panel.labels(scenario, study, view.shots, view.lang, league))
    with left:
        place = st.container(key="next_example")
    below = st.container()
    answers_ahead.send(scenario, study, league, view)

    with place:
        shown = wait_for(
            jobs.prepared_or_ask(demo_task.adapt_to, scenario.name, view.seed, view.draw, view.shots, (), weights)
        )
        if shown is not None:
            if diverged := facts.divergence(scenario, shown):
                st.warning(diverged[view.lang])
            next_example_panel.show(scenario, draw, shown)
    with below:
        _sections(scenario, study, draw, shown)


def _answer(lines: Sequence[str], language: Language) -> None:
    """Show the result in a sentence, and below it its range and price, and the effect of other conditions."""
    answer, *others = lines
    with st.container(key="answer", gap=None):
        with st.container(key="result"):
            st.markdown(words.kept_together(answer), help=explained(answer, language))
        for line in others:
            st.caption(words.kept_together(line))


def _in_world(scenario: Scenario) -> Scenario:
    """Return the scenario in the view's world if it has that one, and move the labels to a number measured there."""
    shots = session.view().shots
    scenario = results.in_world(scenario, session.view().world)
    if shots not in published_shots(scenario):
        session.assume(shots=nearest(published_shots(scenario), shots))
    return scenario


def _sections(scenario: Scenario, study: StudyResults, draw: Draw, shown: DemoTask | None) -> None:
    """Show the evidence in tabs: a slider redraws the open one alone, and a phone scrolls less."""
    language = session.language()
    titles = {"examples": _EXAMPLES.format(examples=scenario.prose.examples[language])[language]}
    if scenario.decision in PANELS:
        titles["decisions"] = _DECISIONS[language]
    titles["steps"] = _STEPS[language]
    if scenario.folder in results.measured(WorldsResults):
        titles["worlds"] = _WORLDS[language]
    if scenario.name in results.measured(UnlabelledResults):
        titles["unlabelled"] = _UNLABELLED.format(examples=scenario.prose.examples)[language]
    titles["story"] = _STORY[language]
    with st.container(key="sections"):
        tabs = session.sections(titles)
    for section, tab in tabs.items():
        if tab.open:
            with tab:
                _SHOW[section](scenario, study, draw, shown)


def _examples(scenario: Scenario, _: StudyResults, draw: Draw, shown: DemoTask | None) -> None:
    examples_panel.show(scenario, draw, shown)
    place = st.container()
    panel = PANELS.get(scenario.decision)
    if panel and panel.show_sample:  # the sample needs no worker and should not wait for one
        panel.show_sample(scenario, draw)
    if shown is not None:
        with place:
            one_example_panel.show(scenario, draw, shown)


def _decisions(scenario: Scenario, study: StudyResults, _: Draw, __: DemoTask | None) -> None:
    PANELS[scenario.decision].show(scenario, study)
    experience = results.other_tasks(scenario.name) if scenario.name in results.measured(OtherTasksResults) else None
    parts: list[list[Callable[[], None]]] = [[], []]  # in two columns
    if sample_size.is_known(study):
        parts[0].append(partial(sample_size.show, scenario, study, experience))
    if scenario.name in results.measured(RobustnessResults):
        changes = robustness_panel.sections_of_one(results.robustness(scenario.name), session.language())
        parts[1] += [partial(draw_section, each, is_part=True) for each in changes]
    columns = list(filter(None, parts))
    for column, each in zip(st.columns(len(columns), gap="medium") if columns else [], columns, strict=True):
        with column:
            for part in each:
                part()
    if scenario.name in results.measured(CalibrationResults):  # measured in the default world only
        found, view = results.calibration(scenario.name), session.view()
        draw_section(calibration_by_task.section(scenario, study, found, view.shots, view.lang))


def _steps(scenario: Scenario, study: StudyResults, draw: Draw, shown: DemoTask | None) -> None:
    view = session.view()
    if shown is not None:
        draw_section(result_panel.player(scenario, study, draw, shown, view.shots, view.lang))


def _worlds(scenario: Scenario, _: StudyResults, __: Draw, ___: DemoTask | None) -> None:
    worlds_panel.show(scenario)


_SHOW = {
    "examples": _examples,
    "decisions": _decisions,
    "steps": _steps,
    "worlds": _worlds,
    "unlabelled": unlabelled_panel.show,
    "story": story_panel.show,
}
