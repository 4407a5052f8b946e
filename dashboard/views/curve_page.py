"""The page of one regression scenario: a few points, and the curves that learners draw through them."""

from dataclasses import replace

import numpy as np
import streamlit as st

from dashboard import jobs, results, session, words
from dashboard.charts.fits import Truth
from dashboard.charts.style import named
from dashboard.remote import demo_task
from dashboard.views import (
    benchmark_panel,
    draft_panel,
    facts,
    fits_panel,
    formatting,
    points_panel,
    story_panel,
    task_panel,
    user_learner,
)
from dashboard.views.pictures import labels_section, novelty_section
from dashboard.views.section import Section, draw_section
from dashboard.views.waiting import wait_for
from scenarios.demo.precomputed import curve_grid, sample_demo_task
from scenarios.episode import Draw
from scenarios.errors import UserError
from scenarios.evaluation.estimate import OpenEstimate
from scenarios.learners.registry import PRINCIPAL
from scenarios.publication.drafts import is_draft
from scenarios.publication.results import StudyResults
from scenarios.scenario import Scenario
from scenarios.task import Curves, Examples, Tasks
from scenarios.text import Language, Text

_WORTH = Text(
    en="**{shots} {labels} with meta-learning {are} worth {worth} without it.**",
    zh="**元学习只用 {shots} 个{labels}的效果，不用元学习需要{worth}才能达到。**",
)
_NO_GAIN = Text(
    en="**{shots} {labels} with meta-learning {are} worth {worth} without it: no gain that shows.**",
    zh="**元学习只用 {shots} 个{labels}的效果，不用元学习需要{worth}：看不出收益。**",
)
_LOSS = Text(
    en="**{shots} {labels} with meta-learning {are} worth {worth} without it: here meta-learning loses.**",
    zh="**元学习用 {shots} 个{labels}的效果，不用元学习需要{worth}：此处元学习不如不用。**",
)
_PRECISELY = Text(
    en="Means over {tasks} fresh {task}s; 95% intervals: meta-learned {maml}, the network from scratch {scratch}, "
    "{classical} {classical_score}, Bayes-optimal {bayes}.",
    zh="{tasks} {task}的平均值（均为全新任务）；95% 区间：元学习 {maml}，同一网络从零训练 {scratch}，"
    "{classical} {classical_score}，贝叶斯最优 {bayes}。",
)
_WORTH_NOTE = Text(
    en="“Without it”: at each number of points the best of this network from scratch, {rivals} "
    "(with {shots}: {best}). Their settings were chosen from a grid on training tasks. Meta-training saw at most "
    "{most} points per "
    "{task}.",
    zh="粗体句中的“不用元学习”，是取每一点数下最好的一种方法：从零训练的本网络、{rivals}（{shots} 个点时为{best}）。"
    "超参数均在训练任务上从网格中选出。元训练时每{task}最多 {most} 个点。",
)


def show(scenario: Scenario) -> None:
    """Draw the page of one regression scenario, from top to bottom."""
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
    frame = points_panel.frame_of(scenario, study)
    own = points_panel.inside(view.points, frame)
    truth = None if own else truth_of(scenario, task, draw)
    if own:
        points = np.array(own)
        draw = replace(draw, support=Examples(points[None, :, :1], points[None, :, 1]))

    if own:
        st.markdown(f"#### {scenario.prose.question[view.lang]}")
        points_panel.card(own)
    else:
        task_panel.show(scenario, task)
    weights = user_learner.show(scenario)
    shots = draw.support.y.shape[1]
    with st.container(key="result"):
        st.markdown(facts.result(scenario, study, shots, view.lang))
    left, right = st.columns([1.35, 1], gap="medium")
    with right:
        draw_section(_labels(scenario, study, shots, view.lang))
        draw_section(novelty_section(study, view.lang))
    with left:
        place = st.container(key="player")
    below = st.container()

    with place:
        shown = wait_for(
            jobs.prepared_or_ask(demo_task.adapt_to, scenario.name, view.seed, view.draw, view.shots, own, weights)
        )
        if shown is not None:
            fits_panel.show(scenario, study, draw, shown, truth, own, frame)
    with below:
        story_panel.show(scenario, study, draw, shown, fits_panel.files(scenario, draw, shown, truth))
        benchmark_panel.show(scenario)


def truth_of(scenario: Scenario, task: Tasks, draw: Draw) -> Truth | None:
    """Return the true curve of a synthetic task and the effect of noise on its points; None if tasks have no curve."""
    if not isinstance(task, Curves):
        return None
    noise = draw.query.y[0] - task.signal(draw.query.x[..., 0])[0]
    noisy = float(np.abs(noise).max()) > 1e-6
    return Truth(task.signal(curve_grid(scenario)[None])[0], noisy=noisy, offset=float(noise.mean()))


def _headline(estimate: OpenEstimate, shots: int) -> Text:
    """estimate: [value, low, high] points that do without meta-learning what `shots` do with it."""
    _, low, high = estimate
    if high is not None and high < shots:
        return _LOSS
    return _NO_GAIN if low is not None and low <= shots else _WORTH


def _labels(scenario: Scenario, study: StudyResults, shots: int, language: Language) -> Section:
    """Return how many points the gain is worth, and the curves from which this is read."""
    prose, estimate = scenario.prose, study.compared("labels_worth", shots)
    worth = formatting.worth(estimate, study.shots[-1])
    labels, are = (prose.label, "is") if shots == 1 else (prose.labels, "are")
    finding = _headline(estimate, shots).format(shots=shots, worth=worth, labels=labels, are=are)
    scores = {
        name: formatting.score_interval(study.at(name, shots), study.metric) for name in (*PRINCIPAL, study.classical)
    }
    classical, task = named(study.classical, language), prose.a_task[language]
    precisely = _PRECISELY.format(
        tasks=study.tasks, task=task, classical=classical, classical_score=scores[study.classical], **scores
    )
    most = study.recipe.max_shots
    rivals, best = facts.from_scratch(study, shots, language)
    worth_note = _WORTH_NOTE.format(rivals=rivals, best=best, shots=shots, most=most, task=task)
    return replace(
        labels_section(study, shots, language, height=385),
        finding=finding[language],
        note=words.joined(precisely, worth_note)[language],
        is_explained=True,
    )
