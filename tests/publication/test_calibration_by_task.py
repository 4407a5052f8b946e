"""Promise: it is measured whether predicted risks come true within each task, and the page tells it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dashboard.views.decisions.calibration_by_task import section
from scenarios.errors import UserError
from scenarios.evaluation.calibration_by_task import calibration_of
from scenarios.evaluation.net_benefit import errors_below, half_width
from scenarios.evaluation.statistics import mean_with_interval
from scenarios.line.scenario import SCENARIO as LINE
from scenarios.medical_diagnosis.scenario import SCENARIO as MEDICAL
from scenarios.protocol import EvaluationProtocol
from scenarios.publication import calibration, results
from scenarios.publication.results import CalibrationResults, StudyResults
from scenarios.text import LANGUAGES

TASKS, QUERIES = 120, 200


def risks(slope: float, shift: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Predicted risks whose right ones have log odds of `shift` more and `slope` times theirs; what came true."""
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(0, 1.5, (TASKS, QUERIES))
    true = rng.random(log_odds.shape) < 1 / (1 + np.exp(-(slope * log_odds + shift)))
    return 1 / (1 + np.exp(-log_odds)), true


@pytest.mark.parametrize("slope", [0.6, 1.0, 1.4])
def test_a_known_slope_is_found_over_all_tasks_and_around_it_within_each(slope: float):
    found = calibration_of(*risks(slope, 0.0, seed=1))
    assert found.slope.low < slope < found.slope.high
    assert found.slope.high - found.slope.low < 0.08
    assert np.median(found.slopes) == pytest.approx(slope, abs=0.08)
    error = (found.slope.high - found.slope.low) / 2 / 1.96
    assert found.slopes.std() == pytest.approx(TASKS**0.5 * error, rel=0.3), "tasks scatter as chance has it"


def test_too_many_events_make_the_ratio_larger_than_one():
    assert calibration_of(*risks(1.0, 0.5, seed=2)).ratio.low > 1.1
    right = calibration_of(*risks(1.0, 0.0, seed=2)).ratio
    assert right.low < 1 < right.high


def test_intervals_hold_the_truth_in_nineteen_of_twenty_repetitions_though_tasks_differ():
    """Each task has its own slope: examples of one task are alike, which a naive interval would overlook."""
    hits, repetitions = 0, 40
    for seed in range(repetitions):
        rng = np.random.default_rng(seed)
        log_odds = rng.normal(0, 1.0, (40, 30))
        true = rng.random(log_odds.shape) < 1 / (1 + np.exp(-log_odds - rng.normal(0, 0.7, (40, 1))))
        ratio = calibration_of(1 / (1 + np.exp(-log_odds)), true).ratio
        hits += ratio.low < 1 < ratio.high
    assert hits >= 0.85 * repetitions


def test_a_task_whose_risks_separate_its_outcomes_is_finite():
    risk = np.array([[0.1, 0.2, 0.8, 0.9], [0.3, 0.6, 0.4, 0.7]])
    true = np.array([[False, False, True, True], [False, True, True, False]])
    found = calibration_of(risk, true)
    assert np.isfinite([*found.slope, *found.ratio, *found.slopes, *found.ratios]).all()


def test_the_interval_of_what_acting_is_worth_is_that_of_the_worth_in_each_task():
    """At any price of either kind of error, from three numbers for an edge."""
    rng = np.random.default_rng(3)
    shares = np.stack([rng.beta(2, 5, (200, 6)), rng.beta(2, 9, (200, 6))])
    shares[1] += 0.3 * shares[0]
    shares[:, :, 5] = 0.5  # the same in every task
    errors = errors_below(shares)
    for false, true in ((8.0, 60.0), (16.0, 20.0), (1.0, 0.0)):
        worth = false * shares[0] - true * shares[1]
        each = [mean_with_interval(column) for column in worth.T]
        half = [(interval.high - interval.low) / 2 for interval in each]
        np.testing.assert_allclose(half_width(errors, false, true, 200), half, rtol=1e-3, atol=1e-9)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> CalibrationResults:
    kept = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(1) as here:
        patch.setattr(calibration, "SHOTS", (2, 5))
        patch.setattr(calibration, "shown", lambda study: ("lda", "random_effects_lda", "maml", "bayes"))
        said: list[str] = []
        for _ in range(2):
            measured = calibration.calibration(
                MEDICAL, EvaluationProtocol(tasks=40), here, kept, lambda done, word: said.append(word)
            )
        assert len(said) == 8, "what was measured is kept"
    results.write(measured, kept / "found.json")
    return measured


def test_methods_come_true_on_average_and_single_tasks_scatter(found: CalibrationResults):
    found.check(MEDICAL)
    for name in ("random_effects_lda", "maml", "bayes"):
        part = found.learners[name]
        assert (np.abs(part.slope[:, 0] - 1) < 0.25).all(), name
        assert (part.slope90[:, 0] < part.slope[:, 0]).all()
        assert (part.slope90[:, 1] > part.slope[:, 0]).all()
        assert part.below is not None
        assert (part.below[:, :2, 5:-5] > 0).all(), "tasks differ"
    np.testing.assert_array_equal(found.errors_below("maml", 6), found.learners["maml"].below[1])
    assert found.errors_below("scratch", 5) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_tells_it_at_the_nearest_number_of_labels(found: CalibrationResults, language):
    study = results.read(StudyResults, MEDICAL.name)
    shown = section(MEDICAL, study, found, 6, language)
    assert {"en": "With 5 labels per class", "zh": "每类 5 个标注"}[language] in shown.finding
    assert f"{found.learners['maml'].slope[1, 0]:.2f}" in shown.finding
    assert len(shown.table) == len([name for name in study.rows(5) if name in found.learners])
    assert "{" not in shown.finding + shown.note + shown.method
    assert shown.command.endswith("--tasks 40 --seed 0")


def test_results_of_another_shape_are_refused(found: CalibrationResults):
    with pytest.raises(ValueError, match="learners"):
        replace(found, shots=(2, 5, 7)).check(MEDICAL)


def test_where_a_number_is_predicted_there_is_no_risk(tmp_path: Path):
    with ThreadPoolExecutor(1) as here, pytest.raises(UserError, match="predicts a number"):
        calibration.calibration(LINE, EvaluationProtocol(tasks=4), here, tmp_path, lambda done, word: None)
