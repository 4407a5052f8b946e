"""Promise: lines and sine waves are what they say they are, and their best answers are exact."""

import numpy as np
import pytest

from scenarios.line import tasks as line
from scenarios.line.bayes import bayes as line_bayes
from scenarios.line.scenario import SCENARIO as LINE
from scenarios.scenario import Scenario
from scenarios.sine import tasks as sine
from scenarios.sine.bayes import bayes as sine_bayes
from scenarios.sine.scenario import SCENARIO as SINE
from scenarios.task import Examples

BOTH = pytest.mark.parametrize("scenario", [LINE, SINE], ids=lambda scenario: scenario.name)
GRID = (np.arange(2000) + 0.5) / 2000  # midpoints of [0, 1]


def least_squares(support: Examples, query_x: np.ndarray) -> np.ndarray:
    """The ordinary straight line through each support set: (tasks, q)."""
    slope_and_intercept = np.linalg.pinv(np.insert(support.x, 1, 1, axis=2)) @ support.y[..., None]
    return (np.insert(query_x, 1, 1, axis=2) @ slope_and_intercept)[..., 0]


def examples(x: list[float], y: list[float]) -> Examples:
    return Examples(np.array(x, float)[None, :, None], np.array(y, float)[None])


# ------------------------------------------------------------------------------------------------------ generators


def test_lines_have_the_moments_of_their_family():
    tasks = line.sample_tasks(np.random.default_rng(1), 20_000)
    points = tasks.support(np.random.default_rng(2), 10)
    noise = points.y - tasks.signal(points.x[..., 0])
    for values, mean, variance in [
        (tasks.slope, 0, 3),
        (tasks.intercept, 0, 4 / 3),
        (points.x, 1 / 2, 1 / 12),
        (noise, 1 / 2, 1 / 12),
    ]:
        assert values.mean() == pytest.approx(mean, abs=4 * np.sqrt(variance / values.size))
        assert values.var() == pytest.approx(variance, rel=0.03)
    assert noise.min() >= -1e-12
    assert noise.max() <= 1 + 1e-12
    assert not tasks.bend.any()


def test_least_squares_finds_the_intercept_and_half_the_noise_on_top():
    tasks = line.Lines(np.array([2.0]), np.array([1.0]), np.zeros((1, 2)))
    found = least_squares(tasks.support(np.random.default_rng(3), 40_000), np.array([[[0.0], [1.0]]]))[0]
    np.testing.assert_allclose(found, [1.5, 3.5], atol=0.012)  # four standard errors


def test_waves_have_the_moments_of_their_family():
    tasks = sine.sample_tasks(np.random.default_rng(4), 20_000)
    points = tasks.support(np.random.default_rng(5), 10)
    for values, low, high in [(tasks.amplitude, 0.1, 5), (tasks.phase, 0, np.pi), (points.x, -5, 5)]:
        assert low <= values.min() < values.max() <= high
        assert values.mean() == pytest.approx((low + high) / 2, abs=4 * (high - low) / np.sqrt(12 * values.size))
        assert values.var() == pytest.approx((high - low) ** 2 / 12, rel=0.03)
    np.testing.assert_array_equal(
        points.y[..., None], tasks.amplitude[:, None, None] * np.sin(points.x - tasks.phase[:, None, None])
    )


def test_predicting_zero_for_every_wave_costs_half_the_mean_square_of_the_amplitude():
    y = sine.sample_tasks(np.random.default_rng(6), 60_000).query(np.random.default_rng(7), 20).y
    assert (y**2).mean() == pytest.approx(4.2517, abs=0.07)  # four standard errors


def test_the_best_single_function_for_all_waves_is_a_cosine():
    points = sine.sample_tasks(np.random.default_rng(8), 60_000).query(np.random.default_rng(9), 20)
    x, y = points.x.ravel(), points.y.ravel()
    candidates = np.stack([np.cos(x), np.sin(x), np.ones_like(x), x, np.cos(2 * x), np.sin(2 * x)], axis=1)
    best, *_ = np.linalg.lstsq(candidates, y, rcond=None)
    np.testing.assert_allclose(best, [-1.6234, 0, 0, 0, 0, 0], atol=0.03)
    assert ((y + 1.6234 * np.cos(x)) ** 2).mean() == pytest.approx(3.0057, abs=0.05)


@BOTH
def test_networks_read_a_standardised_x(scenario: Scenario):
    x = scenario.sample_tasks(np.random.default_rng(10), 2000).support(np.random.default_rng(11), 20).x
    assert scenario.encode(x).shape == x.shape
    assert scenario.encode(x).mean() == pytest.approx(0, abs=0.02)
    assert scenario.encode(x).std() == pytest.approx(1, abs=0.02)


# --------------------------------------------------------------------------------------------------------- novelty


def test_curves_are_orthonormal_and_no_line_explains_them():
    basis = np.column_stack([np.ones_like(GRID), np.sqrt(12) * (GRID - 0.5), line.curves(GRID)])
    np.testing.assert_allclose(basis.T @ basis / len(GRID), np.eye(4), atol=1e-4)


@pytest.mark.parametrize("novelty", [0.0, 0.5, 0.8, 1.0])
def test_novelty_bends_a_line_and_keeps_its_mean_square(novelty):
    straight = line.sample_tasks(np.random.default_rng(12), 200)
    bent = line.sample_tasks(np.random.default_rng(12), 200, novelty)
    x = np.tile(GRID, (200, 1))
    energy = (straight.signal(x) ** 2).mean(1)
    np.testing.assert_allclose((bent.signal(x) ** 2).mean(1), energy, rtol=1e-3)
    basis = np.column_stack([np.ones_like(GRID), GRID])
    y = bent.signal(x).T
    residual = y - basis @ np.linalg.lstsq(basis, y, rcond=None)[0]
    np.testing.assert_allclose((residual**2).mean(0), novelty**2 * energy, rtol=1e-3, atol=1e-9)


@pytest.mark.parametrize("novelty", [0.5, 1.0])
def test_novelty_moves_a_waves_energy_to_twice_the_frequency(novelty):
    tasks = sine.sample_tasks(np.random.default_rng(13), 40_000, novelty)
    y = tasks.query(np.random.default_rng(14), 20).y
    assert (y**2).mean() == pytest.approx(4.2517, abs=0.09)
    np.testing.assert_allclose(tasks.amplitude**2 * novelty**2, tasks.overtone**2 * (1 - novelty**2), atol=1e-9)


def test_no_wave_of_the_family_explains_much_of_an_overtone():
    x = 10 * GRID - 5
    family = np.column_stack([np.sin(x), np.cos(x)])
    overtones = np.sin(2 * x[:, None] - np.linspace(0, np.pi, 30))
    residual = overtones - family @ np.linalg.lstsq(family, overtones, rcond=None)[0]
    assert ((residual**2).sum(0) / (overtones**2).sum(0)).min() > 0.94


# ------------------------------------------------------------------------------------------------ the best answers


def test_the_answer_for_lines_is_the_one_that_brute_force_finds():
    drawn = line.sample_tasks(np.random.default_rng(15), 4)
    support, query_x = drawn.support(np.random.default_rng(16), 5), drawn.query(np.random.default_rng(17), 6).x
    rng = np.random.default_rng(18)
    slope, intercept = rng.uniform(-3, 3, 1_000_000), rng.uniform(-2, 2, 1_000_000)
    answer = line_bayes(support, query_x).prediction
    for x, y, query, found in zip(support.x[..., 0], support.y, query_x[..., 0], answer, strict=True):
        possible = np.ones(len(slope), bool)
        for point_x, point_y in zip(x, y, strict=True):
            possible &= np.abs(point_y - slope * point_x - intercept - 0.5) <= 0.5
        y_there = slope[possible] * query[:, None] + intercept[possible] + 0.5
        assert possible.sum() > 2000
        np.testing.assert_allclose(found[:, 0], y_there.mean(1), atol=0.02)
        np.testing.assert_allclose(found[:, 1], np.sqrt(y_there.var(1) + 1 / 12), atol=0.01)


@pytest.mark.parametrize(
    ("shots", "median", "of_least_squares"), [(2, 0.0845, 0.170), (5, 0.0220, 0.0329), (20, 0.0019, 0.0061)]
)
def test_bounded_noise_lets_the_best_answer_beat_least_squares(shots, median, of_least_squares):
    tasks = line.sample_tasks(np.random.default_rng(19), 3000)
    support, x = tasks.support(np.random.default_rng(20), shots), tasks.query(np.random.default_rng(21), 50).x
    truth = tasks.signal(x[..., 0]) + 0.5
    excess = [
        ((y - truth) ** 2).mean(1) for y in (line_bayes(support, x).prediction[..., 0], least_squares(support, x))
    ]
    assert np.median(excess[0]) == pytest.approx(median, rel=0.12)
    assert np.median(excess[1]) == pytest.approx(of_least_squares, rel=0.12)
    assert np.mean(excess[0]) < np.mean(excess[1])


@pytest.mark.parametrize("shots", [1, 3, 10, 50])
def test_the_answer_for_lines_is_as_wrong_as_it_says(shots):
    tasks = line.sample_tasks(np.random.default_rng(22), 1500)
    support, query = tasks.support(np.random.default_rng(23), shots), tasks.query(np.random.default_rng(24), 20)
    answer = line_bayes(support, query.x)
    error = query.y - answer.prediction[..., 0]
    assert (answer.effective_samples > 1e6).all()
    assert answer.prediction[..., 1].min() > np.sqrt(1 / 12)
    assert ((error / answer.prediction[..., 1]) ** 2).mean() == pytest.approx(1, abs=0.06)
    assert error.mean() == pytest.approx(0, abs=0.06)


def test_two_points_determine_a_wave_and_more_change_nothing():
    tasks = sine.sample_tasks(np.random.default_rng(25), 3000)
    support, query = tasks.support(np.random.default_rng(26), 50), tasks.query(np.random.default_rng(27), 20)
    for shots in (2, 3, 10, 50):
        answer = sine_bayes(support.first(shots), query.x)
        np.testing.assert_allclose(answer.prediction[..., 0], query.y, atol=1e-6)
        np.testing.assert_array_equal(answer.prediction[..., 1], 0)
        assert (answer.effective_samples > 1e6).all()


@pytest.mark.parametrize("point", [(0.3, 0.02), (0.3, -0.09), (2.0, 3.2), (-4.1, -1.0), (0.0, -2.0), (2.0, 4.95)])
def test_the_answer_from_one_point_is_the_one_that_brute_force_finds(point):
    """All waves of a fine grid of the prior that pass within a hair of the point."""
    x, y = point
    amplitude = 0.1 + 4.9 * (np.arange(3000) + 0.5)[:, None] / 3000
    phase = np.pi * (np.arange(3000) + 0.5) / 3000
    near = np.abs(amplitude * np.sin(x - phase) - y) < 0.01
    amplitude, phase = (np.broadcast_to(values, near.shape)[near] for values in (amplitude, phase))
    query = np.linspace(-5, 5, 7)
    waves = amplitude * np.sin(query[:, None] - phase)
    answer = sine_bayes(examples([x], [y]), query[None, :, None])
    np.testing.assert_allclose(answer.prediction[0, :, 0], waves.mean(1), atol=0.03)
    np.testing.assert_allclose(answer.prediction[0, :, 1], waves.std(1), atol=0.03)
    assert answer.effective_samples[0] > 1e6


def test_the_answer_from_one_point_of_a_wave_is_as_wrong_as_it_says():
    tasks = sine.sample_tasks(np.random.default_rng(28), 40_000)
    support, query = tasks.support(np.random.default_rng(29), 1), tasks.query(np.random.default_rng(30), 10)
    answer = sine_bayes(support, query.x).prediction
    error, said = query.y - answer[..., 0], answer[..., 1]
    for rows in np.array_split(np.argsort(said.ravel()), 5):
        assert (error.ravel()[rows] ** 2).mean() == pytest.approx((said.ravel()[rows] ** 2).mean(), rel=0.06)
    assert error.mean() == pytest.approx(0, abs=0.03)


# ------------------------------------------------------------------------------------------- points from elsewhere

HOSTILE = [
    examples([0.5], [40.0]),  # no line and no wave comes so far
    examples([0.5, 0.5], [-3.0, 3.0]),  # one place, two answers
    examples([0.1, 0.2, 0.9, 0.8], [5.0, -5.0, 5.0, -5.0]),
    examples([0.0, 1e-9], [0.0, 4.0]),
    examples([1e6, -1e6, 0.3], [1e6, 1e6, 0.0]),
]


@BOTH
@pytest.mark.parametrize("support", HOSTILE)
def test_points_that_no_task_would_give_are_answered_and_nothing_vouches_for_it(scenario: Scenario, support):
    answer = scenario.bayes(support, np.array([[[0.0], [0.5], [1.0]]]))
    assert answer.effective_samples == 0
    assert np.isfinite(answer.prediction).all()
    assert (answer.prediction[..., 1] >= 0).all()
    assert np.abs(answer.prediction[..., 0]).max() < 2 * np.abs(support.y).max() + 10


@BOTH
def test_the_same_point_ten_times_is_one_point(scenario: Scenario):
    support = scenario.sample_tasks(np.random.default_rng(31), 50).support(np.random.default_rng(32), 1)
    ten_times = Examples(support.x.repeat(10, axis=1), support.y.repeat(10, axis=1))
    query_x = np.tile(np.linspace(0, 1, 5)[:, None], (50, 1, 1))
    once, often = (scenario.bayes(s, query_x) for s in (support, ten_times))
    np.testing.assert_allclose(often.prediction, once.prediction, atol=1e-6)
    np.testing.assert_array_equal(often.effective_samples, once.effective_samples)


@BOTH
def test_one_impossible_task_leaves_its_neighbours_alone(scenario: Scenario):
    support = scenario.sample_tasks(np.random.default_rng(33), 3).support(np.random.default_rng(34), 5)
    broken = Examples(support.x, np.where(np.arange(3)[:, None] == 1, 50 * (-1.0) ** np.arange(5), support.y))
    query_x = np.full((3, 2, 1), 0.25)
    good, bad = scenario.bayes(support, query_x), scenario.bayes(broken, query_x)
    np.testing.assert_allclose(bad.prediction[[0, 2]], good.prediction[[0, 2]], atol=1e-12)
    assert list(bad.effective_samples == 0) == [False, True, False]


@BOTH
def test_every_task_can_be_described_revealed_and_mapped(scenario: Scenario):
    for novelty in (0.0, 0.5, 1.0):
        tasks = scenario.sample_tasks(np.random.default_rng(35), 4, novelty)
        for said in (scenario.prose.describe_task(tasks), scenario.prose.reveal_task(tasks)):
            assert "nan" not in said.en + said.zh
        assert all(latent.values.shape == (4,) for latent in scenario.latents(tasks))
