"""Promise: the lesson is true. What its sentences say is what comes out, and the code that it shows runs."""

import json
import pickle
import subprocess
import sys
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import plotly.io
import pytest

from dashboard.charts.landscape import INTERCEPTS, SLOPES, Walks, landscape_chart
from dashboard.charts.lessons import (
    HEIGHT,
    errors_chart,
    examples_chart,
    family_chart,
    fan_chart,
    first_example_chart,
    fit_chart,
)
from dashboard.views import five_steps_panel, landscape_panel
from scenarios.catalog import SCENARIOS
from scenarios.learner import EVALUATION_STEPS
from scenarios.lessons import landscape
from scenarios.lessons.first_example import (
    FLOOR,
    FirstExample,
    best_intercept,
    draw_points,
    expected_loss,
    least_squares,
)
from scenarios.lessons.five_steps import GRID, SHOWN, TASKS, Practice, draw_lesson, extent, true_curves
from scenarios.lessons.landscape import ANY_LINE, FAMILIES, HESSIAN, RELATED, TOLERANCE, Family
from scenarios.scenario import Scenario
from scenarios.text import LANGUAGES, Language
from tests.live_server import ROOT

CURVES = five_steps_panel.families()
RATES = (0.5, 0.5)
FAR = np.array([-2.0, 2.0])


@pytest.fixture(scope="module")
def examples() -> dict[bool, FirstExample]:
    from scenarios.lessons import adam

    return {centred: adam.run(1, 1000, centred) for centred in (False, True)}


# The first example


def test_least_squares_finds_a_slope_of_2_and_an_intercept_of_one_and_a_half_not_1():
    slope, intercept = least_squares(*draw_points(1, 200_000, centred=False))
    assert (slope, intercept) == pytest.approx((2.0, 1.5), abs=0.01)


def test_centred_noise_brings_the_intercept_to_1_and_leaves_everything_else():
    (x, y), (same_x, lower) = (draw_points(1, 200_000, centred) for centred in (False, True))
    assert least_squares(same_x, lower) == pytest.approx((2.0, 1.0), abs=0.01)
    np.testing.assert_array_equal(x, same_x)
    np.testing.assert_allclose(y - lower, 0.5)


@pytest.mark.parametrize("centred", [False, True])
def test_no_line_has_an_expected_error_below_one_twelfth(centred: bool):
    slope, intercept = np.meshgrid(np.linspace(-4, 6, 101), np.linspace(-3, 5, 81))
    losses = expected_loss(slope, intercept, centred)
    assert losses.min() == pytest.approx(FLOOR) == pytest.approx(0.0833, abs=5e-5)
    x, y = draw_points(2, 400_000, centred)
    assert np.mean((y - 0.3 * x + 1.1) ** 2) == pytest.approx(
        float(expected_loss(np.array(0.3), np.array(-1.1), centred)), rel=0.01
    )
    assert np.mean((y - 2 * x - best_intercept(centred)) ** 2) == pytest.approx(FLOOR, rel=0.01)


@pytest.mark.parametrize("centred", [False, True])
def test_adam_gets_to_where_least_squares_is_and_to_the_floor(examples: dict[bool, FirstExample], centred: bool):
    example = examples[centred]
    assert (example.slope[-1], example.intercept[-1]) == pytest.approx(example.least_squares, abs=0.03)
    assert example.least_squares == pytest.approx((2.0, best_intercept(centred)), abs=0.06)
    assert example.loss[-1] == pytest.approx(FLOOR, abs=0.01)
    assert example.expected.min() >= FLOOR
    assert example.expected[-1] == pytest.approx(FLOOR, abs=0.002)


def test_what_adam_did_is_kept_step_by_step(examples: dict[bool, FirstExample]):
    example = examples[False]
    predicted = example.slope[:, None] * example.x + example.intercept[:, None]
    np.testing.assert_allclose(example.loss, ((predicted - example.y) ** 2).mean(1), rtol=1e-4)
    moved = abs(np.diff([example.slope[:2], example.intercept[:2]], axis=1))
    np.testing.assert_allclose(moved, 0.1, rtol=1e-3)  # Adam's first step is as long as its rate


def test_the_same_seed_gives_the_same_run_and_another_seed_another():
    from scenarios.lessons import adam

    one, again, other = adam.run(5, 100, False), adam.run(5, 100, False), adam.run(6, 100, False)
    np.testing.assert_array_equal(one.loss, again.loss)
    assert one.loss[0] != other.loss[0]


def test_reading_an_answer_of_the_worker_does_not_wake_tensorflow(examples: dict[bool, FirstExample]):
    program = (
        "import pickle, sys; import dashboard.remote, dashboard.views.lessons_page; "
        "pickle.load(sys.stdin.buffer); print('tensorflow' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=pickle.dumps(examples[False]), cwd=ROOT, capture_output=True, timeout=300
    )
    assert done.stdout.decode().strip() == "False", done.stderr.decode()


# The landscape


def test_a_step_is_the_one_worked_out_by_hand():
    # From (0, 0) towards (1, -1): the gradient is 2 H (theta - theta*) = 2 (-1/3 + 1/2, -1/2 + 1) = (1/3, 1).
    walk = landscape.descend(np.zeros(2), np.array([[1.0, -1.0]]), (0.3, 0.1), 1)
    np.testing.assert_allclose(walk[:, 0], [[0, 0], [-0.1, -0.1]], atol=1e-12)


def test_the_exact_loss_is_the_mean_over_many_points():
    x, noise = np.random.default_rng(0).uniform(0, 1, (2, 400_000)) - [[0], [0.5]]
    y = 1.2 * x - 0.7 + noise
    seen = np.mean((y - (0.5 * x + 0.4)) ** 2) - np.mean(noise**2)
    assert landscape.excess_loss(np.array([0.5, 0.4]), np.array([1.2, -0.7])) == pytest.approx(seen, rel=0.02)


def test_a_walk_goes_downhill_and_arrives_when_it_is_said_to():
    optima = landscape.fresh_tasks(RELATED, 3, 40)
    needed = landscape.steps_needed(FAR, optima, RATES)
    losses = landscape.excess_loss(landscape.descend(FAR, optima, RATES, int(needed.max())), optima)
    assert (np.diff(losses, axis=0) < 0).all()
    each = np.arange(len(optima))
    assert (losses[needed, each] <= TOLERANCE).all()
    assert (losses[needed - 1, each] > TOLERANCE).all()


def test_beyond_the_largest_rate_a_walk_does_not_arrive():
    optima = landscape.fresh_tasks(RELATED, 1, 5)
    for factor, arrives in ((0.95, True), (1.05, False)):
        rate = factor * landscape.LARGEST_RATE
        assert (landscape.steps_needed(FAR, optima, (rate, rate)) < landscape.MOST_STEPS).all() == arrives


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
@pytest.mark.parametrize("steps", [1, 5])
def test_the_learnt_start_has_the_smallest_loss_after_adapting_whatever_the_number_of_steps(family: Family, steps: int):
    best = landscape.expected_excess(family, landscape.meta_start(family), np.array(RATES), steps)
    for away in np.random.default_rng(0).normal(0, 0.5, (50, 2)):
        start = landscape.meta_start(family) + away
        assert landscape.expected_excess(family, start, np.array(RATES), steps) > best


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_the_expected_loss_is_the_mean_over_fresh_tasks(family: Family):
    optima = landscape.fresh_tasks(family, 1, 100_000)
    after = landscape.descend(FAR, optima, (0.9, 0.4), 4)[-1]
    expected = landscape.expected_excess(family, FAR, np.array([0.9, 0.4]), 4)
    assert landscape.excess_loss(after, optima).mean() == pytest.approx(float(expected), rel=0.02)


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_the_learnt_rates_for_one_step_are_those_of_the_closed_form(family: Family):
    q = HESSIAN @ family.covariance @ HESSIAN
    closed = np.linalg.solve(HESSIAN * q, np.diag(q)) / 2
    assert landscape.meta_rates(family, 1) == pytest.approx(tuple(closed), abs=1e-4)


def test_the_meta_learned_start_needs_far_fewer_steps_on_fresh_related_tasks():
    optima = landscape.fresh_tasks(RELATED, 7, 1000)
    scratch, maml = (landscape.steps_needed(s, optima, RATES).mean() for s in (FAR, landscape.meta_start(RELATED)))
    assert maml < 5 < 30 < scratch


def test_among_any_lines_the_start_buys_nothing_and_the_rates_buy_something():
    optima, rates = landscape.fresh_tasks(ANY_LINE, 7, 1000), landscape.meta_rates(ANY_LINE)
    np.testing.assert_array_equal(landscape.meta_start(ANY_LINE), [0, 0])
    plain, learned = (landscape.steps_needed(np.zeros(2), optima, r).mean() for r in (RATES, rates))
    assert learned < 0.75 * plain


def test_the_families_are_those_that_the_page_states():
    for family, centre, spread in ((RELATED, (1.5, -1), (0.5, 0.4)), (ANY_LINE, (0, 0), (3**0.5, 2 / 3**0.5))):
        drawn = landscape.fresh_tasks(family, 1, 100_000)
        np.testing.assert_allclose(drawn.mean(0), centre, atol=0.02)
        np.testing.assert_allclose(drawn.std(0), spread, rtol=0.01)
    words = landscape_panel._MORALS
    assert all("N(1.5, 0.5²)" in words["related"][language] for language in LANGUAGES)
    assert all("U(−3, 3)" in words["any"][language] for language in LANGUAGES)


def test_a_level_curve_is_level():
    optimum = np.array([0.3, -0.2])
    np.testing.assert_allclose(landscape.excess_loss(landscape.level_curve(optimum, 0.5), optimum), 0.5)


def test_the_starts_that_can_be_pressed_are_those_of_the_sliders():
    figure = landscape_chart(walked(RELATED, FAR), language="en")
    assert {(x, y) for x, y in zip(figure.data[0].x, figure.data[0].y, strict=True)} == {
        (x, y) for x in SLOPES for y in INTERCEPTS
    }


# The five steps


def invented(seed: int) -> Practice:
    rng = np.random.default_rng(seed)
    return Practice(
        walks={
            name: rng.normal(size=(len(EVALUATION_STEPS), SHOWN, GRID)).astype(np.float32)
            for name in ("maml", "scratch")
        },
        errors={name: rng.uniform(0.1, 5, len(EVALUATION_STEPS)) for name in ("maml", "scratch")},
        evaluation_step={"maml": 1, "scratch": 50},
        best=float(rng.choice([0.1, 1e-30])),
    )


@pytest.mark.parametrize("family", CURVES, ids=lambda family: family.name)
def test_a_true_curve_is_what_the_best_possible_answer_comes_to_with_many_examples(family: Scenario):
    tasks, _ = draw_lesson(family, 1)
    many = tasks.support(np.random.default_rng(5), 50)
    grid = np.broadcast_to(extent(family).grid()[:, None], (TASKS, GRID, 1))
    known = family.bayes(many, grid).prediction[:3, :, 0]
    low, high = extent(family).y
    assert np.abs(true_curves(family, tasks, 3) - known).max() < 0.05 * (high - low)


@pytest.mark.parametrize("family", CURVES[:1], ids=lambda family: family.name)  # the code differs by the name
def test_the_code_that_is_shown_runs(family: Scenario):
    """All five pieces, one after another, as one reads them; only meta-training is cut short."""
    from scenarios.meta_learner import weights

    if not all(weights.path_of(family, name).is_file() for name in ("maml", "scratch")):
        pytest.skip("this scenario has no weights yet")
    names: dict[str, object] = {}
    for piece in five_steps_panel.CODE:
        if "meta_train" in piece:
            names["scenario"] = replace(
                family, recipe=replace(family.recipe, inner_steps=1, meta_steps=3, train_tasks=50)
            )
        code = piece.format(name=family.name, seed=1, tasks=4, shots=5, queries=40, most=family.max_shots)
        exec(compile(code, "<the lesson>", "exec"), names)  # it is ours
    assert names["trajectory"].shape[:3] == (len(EVALUATION_STEPS), 4, 40)
    assert names["start"]


@pytest.mark.parametrize("family", CURVES[-1:], ids=lambda family: family.name)
def test_the_learners_are_watched_on_the_tasks_that_are_shown(family: Scenario):
    from scenarios.lessons import prepared, walks
    from scenarios.meta_learner import weights

    if not all(weights.path_of(family, name).is_file() for name in ("maml", "scratch")):
        pytest.skip("this scenario has no weights yet")
    practice, ready = walks.practise(family.name, 1), prepared.read(family.name, 1)
    assert ready is not None
    assert prepared.read(family.name, 2) is None
    for name in ("maml", "scratch"):
        assert practice.walks[name].shape == (len(EVALUATION_STEPS), SHOWN, GRID)
        assert practice.errors[name].shape == (len(EVALUATION_STEPS),)
        near = slice(EVALUATION_STEPS.index(20))  # farther on, steps may diverge, and processors round differently
        np.testing.assert_allclose(ready.walks[name][near], practice.walks[name][near], atol=0.01)
        judged = EVALUATION_STEPS.index(practice.evaluation_step[name])
        assert practice.best <= practice.errors[name][judged]


def test_the_five_steps_use_every_scenario_with_one_number_in_and_one_out():
    expected = [s for s in SCENARIOS.values() if s.regression and s.example_shape == (1,)]
    assert expected == CURVES


# The charts


def walked(family: Family, start: np.ndarray) -> Walks:
    optima = landscape.fresh_tasks(family, 1, 40)
    starts = {"scratch": start, "maml": landscape.meta_start(family)}
    return Walks(
        optima=optima[:2],
        family=optima[2:],
        paths={name: landscape.descend(place, optima[:2], RATES, 200) for name, place in starts.items()},
        needed={name: landscape.steps_needed(place, optima[:2], RATES) for name, place in starts.items()},
    )


def every_chart(
    example: FirstExample, seed: int, start: np.ndarray, language: Language, family: str
) -> dict[str, go.Figure]:
    charts = {
        "example": first_example_chart(example, centred=False, language=language),
        "landscape": landscape_chart(walked(FAMILIES[family], start), language=language),
    }
    for scenario in CURVES:
        tasks, draw = draw_lesson(scenario, seed)
        curves, limits, axes, practice = true_curves(scenario, tasks, 12), extent(scenario), ("x", "y"), invented(seed)
        charts |= {
            f"{scenario.name} 1": family_chart(curves, limits, axes, language=language),
            f"{scenario.name} 2": examples_chart(curves[0], draw.support, draw.query, limits, axes, language=language),
            f"{scenario.name} 3": fit_chart(curves[0], draw.support, practice, limits, axes, language=language),
            f"{scenario.name} 4": errors_chart(practice, tasks=TASKS, language=language),
            f"{scenario.name} 5": fan_chart(curves[:SHOWN], practice, limits, axes, language=language),
        }
    return charts


@pytest.fixture(scope="module")
def usual(examples: dict[bool, FirstExample]) -> dict[Language, dict[str, go.Figure]]:
    return {language: every_chart(examples[False], 1, FAR, language, "related") for language in LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chart_is_one_that_plotly_accepts_and_all_its_numbers_are_finite(
    usual: dict[Language, dict[str, go.Figure]], language: Language
):
    for name, figure in usual[language].items():
        go.Figure(json.loads(plotly.io.to_json(figure)))  # raises where a property does not exist
        for trace in [*figure.data, *(trace for frame in figure.frames for trace in frame.data)]:
            for values in (trace.x, trace.y):
                assert values is None or np.isfinite(np.asarray(values, float)).all(), name
        assert len(plotly.io.to_json(figure)) < 200_000, name


def test_size_and_axes_stay_whatever_is_drawn(
    examples: dict[bool, FirstExample], usual: dict[Language, dict[str, go.Figure]]
):
    other = every_chart(examples[True], 4, np.array([3.0, -2.5]), "en", "any")
    for name, figure in usual["en"].items():
        one, two = (f.to_plotly_json()["layout"] for f in (figure, other[name]))
        assert (one["height"], one["margin"]) == (two["height"], two["margin"]), name
        for axis in (key for key in one if key[1:5] == "axis"):
            assert one[axis]["fixedrange"], name
            if not name.endswith(" 4"):  # whose errors may need another power of ten
                assert one[axis]["range"] == two[axis]["range"], name
        if name not in ("example", "landscape"):
            assert one["height"] == HEIGHT, name


def test_every_button_and_every_stop_leads_to_frames_that_exist_and_no_frame_is_forgotten(
    usual: dict[Language, dict[str, go.Figure]],
):
    for name, figure in usual["zh"].items():
        frames = {frame.name for frame in figure.frames}
        targets = [button.args[0] for menu in figure.layout.updatemenus for button in menu.buttons]
        targets += [step.args[0] for slider in figure.layout.sliders for step in slider.steps]
        assert {frame for target in targets for frame in target if frame is not None} == frames, name
        for frame in figure.frames:
            assert len(frame.data) == len(frame.traces) == len(set(frame.traces))
            assert max(frame.traces) < len(figure.data)


def test_each_figure_opens_as_the_frame_that_its_slider_names(usual: dict[Language, dict[str, go.Figure]]):
    for name, figure in usual["en"].items():
        for slider in figure.layout.sliders:
            opened = slider.steps[slider.active].args[0][0]
            [frame] = [frame for frame in figure.frames if frame.name == opened]
            for trace, moved in zip(frame.traces, frame.data, strict=True):
                np.testing.assert_allclose(figure.data[trace].y, moved.y, err_msg=name)
