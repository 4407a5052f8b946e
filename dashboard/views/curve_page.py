"""The page of one regression scenario: a few points, and the curves that learners draw through them."""

from dataclasses import replace

import numpy as np
import streamlit as st

from dashboard import jobs, results, session
from dashboard.charts.fits import Frame, Truth, points_chart
from dashboard.remote import demo_task
from dashboard.views import (
    benchmark_panel,
    draft_panel,
    facts,
    fits_panel,
    guess_panel,
    points_panel,
    result_panel,
    rungs,
    story_panel,
    task_panel,
    user_learner,
)
from dashboard.views.frame import badge
from dashboard.views.headings import draw_heading
from dashboard.views.pictures import novelty_section
from dashboard.views.section import Section, draw_section
from dashboard.views.waiting import wait_for
from scenarios.demo.precomputed import curve_grid, sample_demo_task
from scenarios.episode import Draw
from scenarios.errors import UserError
from scenarios.publication.drafts import is_draft
from scenarios.scenario import Scenario
from scenarios.task import Curves, Examples, Tasks
from scenarios.text import Text

POINTS_ALONE = Text(en="The labelled points, without the curve.", zh="只有用于学习的点，没有曲线。")


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

    if truth is not None:
        question = guess_panel.height_question(scenario, draw, truth.curve, frame.y)
        if view.guess:
            task_panel.show(scenario, task, is_guessed=True)
            guess_panel.show(question)
            _draw_points(scenario, draw, frame)
            return
        guess_panel.show_distance(question)
    if own:
        st.markdown(badge())
        draw_heading(scenario.prose.question, 4)
        points_panel.card(own)
    else:
        task_panel.show(scenario, task)
    weights = user_learner.show(scenario)
    shots = draw.support.y.shape[1]
    with st.container(gap=None):
        with st.container(key="result"):
            st.markdown(facts.result(scenario, study, shots, view.lang))
        st.caption(rungs.price(study, shots, view.lang))
        st.caption(rungs.OPTIMUM[view.lang])
    left, right = st.columns([1.35, 1], gap="medium")
    with right:
        draw_section(result_panel.labels(scenario, study, shots, view.lang))
        draw_section(novelty_section(study, view.lang))
    with left:
        place = st.container(key="player")
    below = st.container()

    with place:
        shown = wait_for(
            jobs.prepared_or_ask(demo_task.adapt_to, scenario.name, view.seed, view.draw, view.shots, own, weights)
        )
        if shown is not None:
            if diverged := facts.divergence(scenario, shown):
                st.warning(diverged[view.lang])
            fits_panel.show(scenario, study, draw, shown, truth, own, frame)
    with below:
        story_panel.show(scenario, study, draw, shown, fits_panel.files(scenario, draw, shown, truth))
        benchmark_panel.show(scenario)


def _draw_points(scenario: Scenario, draw: Draw, frame: Frame) -> None:
    """Show the points of a task, without its curve."""
    language, target = session.language(), scenario.target or scenario.features[0]
    axes = scenario.features[0].label[language], target.label[language]
    figure, table = points_chart(draw.support, frame, axes=axes), fits_panel.points_table(scenario, draw.support)
    draw_section(Section(key="points_chart", figure=figure, alt=POINTS_ALONE[language], table=table))


def truth_of(scenario: Scenario, task: Tasks, draw: Draw) -> Truth | None:
    """Return the true curve of a synthetic task and the effect of noise on its points; None if tasks have no curve."""
    if not isinstance(task, Curves):
        return None
    noise = draw.query.y[0] - task.signal(draw.query.x[..., 0])[0]
    noisy = float(np.abs(noise).max()) > 1e-6
    return Truth(task.signal(curve_grid(scenario)[None])[0], noisy=noisy, offset=float(noise.mean()))
