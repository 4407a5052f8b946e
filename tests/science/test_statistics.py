"""Promise: every figure has an interval that means what it says."""

import numpy as np
import pytest

from scenarios.evaluation.statistics import gap_closed, labels_worth, mean_with_interval
from scenarios.task import Array


def test_the_interval_of_a_mean_is_students_if_tasks_are_too_few_to_show_skewness():
    values = np.array([0.7, 0.8, 0.9, 1.0])
    found = mean_with_interval(values)
    half = 3.182446 * np.std(values, ddof=1) / 2  # t of 3 degrees of freedom
    assert (found.mean, found.low, found.high) == pytest.approx((0.85, 0.85 - half, 0.85 + half))


def test_one_task_has_no_interval():
    found = mean_with_interval(np.array([0.7]))
    assert found.low == found.mean == found.high == pytest.approx(0.7)


def covered(samples: Array, truth: float) -> float:
    """Return the share of samples (samples, tasks) whose interval holds the mean of their distribution."""
    return float(np.mean([found.low <= truth <= found.high for found in map(mean_with_interval, samples)]))


@pytest.mark.parametrize("tasks", [5, 40])
def test_the_interval_of_a_mean_covers_the_truth_95_times_in_a_hundred(tasks):
    rng = np.random.default_rng(tasks)
    assert covered(0.9 + 0.05 * rng.standard_normal((3000, tasks)), 0.9) == pytest.approx(0.95, abs=0.012)


@pytest.mark.parametrize("tasks", [10, 20])
def test_it_does_if_a_few_tasks_are_much_worse_than_the_others(tasks):
    """Skewness is -2.6, as of MAML's scores. Student's interval covers the mean in 87% of cases, and 90%."""
    scores = 0.95 - 0.05 * np.random.default_rng(tasks).gamma(0.6, size=(2000, tasks))
    assert covered(scores, 0.92) > 0.922


def test_the_other_end_of_an_interval_is_that_of_the_opposite():
    values = np.random.default_rng(2).gamma(0.6, size=12)
    found, opposite = mean_with_interval(values), mean_with_interval(-values)
    assert found == pytest.approx((-opposite.mean, -opposite.high, -opposite.low))
    assert found.high - found.mean > found.mean - found.low, "longer on the side of the few"


def test_the_gap_closed_is_the_share_of_the_way_to_the_ceiling():
    baseline, ceiling = np.array([0.5, 0.7, 0.6]), np.array([0.9, 0.8, 1.0])
    learner = np.array([0.8, 0.8, 0.9])  # means .6, .9 and .8333: (.8333 - .6) / .3
    found = gap_closed(learner, baseline, ceiling)
    assert found.mean == pytest.approx(7 / 9)
    assert found.low <= found.mean <= found.high


def test_the_interval_of_the_gap_is_paired_over_tasks():
    rng = np.random.default_rng(1)
    how_hard = rng.normal(0, 0.2, 200)  # tasks differ far more than learners do
    found = gap_closed(0.85 + how_hard, 0.6 + how_hard, 0.9 + how_hard)
    assert (found.mean, found.low, found.high) == pytest.approx((5 / 6, 5 / 6, 5 / 6))
    unequal = gap_closed(0.85 + how_hard + rng.normal(0, 0.02, 200), 0.6 + how_hard, 0.9 + how_hard)
    assert unequal.low < 5 / 6 < unequal.high
    assert unequal.high - unequal.low < 0.05


def test_no_gap_has_no_share_and_no_warning():
    same = np.full(5, 0.9)
    assert np.isnan(gap_closed(same, same, same).mean)


SHOTS = np.array([1, 2, 4, 8])
CURVE = np.array([0.5, 0.6, 0.7, 0.8])


def worth(score: float, curve: np.ndarray = CURVE):
    return labels_worth(np.full(6, score), np.tile(curve, (6, 1)), SHOTS, resamples=50)


@pytest.mark.parametrize(
    ("score", "labels"), [(0.6, 2), (0.65, 2 * np.sqrt(2)), (0.75, 4 * np.sqrt(2)), (0.8, 8), (0.3, 1)]
)
def test_labels_are_read_off_a_known_curve(score, labels):
    found = worth(score)
    assert (found.mean, found.low, found.high) == pytest.approx((labels, labels, labels))


def test_labels_are_infinite_where_the_curve_never_gets_there():
    found = worth(0.81)
    assert found.mean == found.low == found.high == np.inf


def test_the_first_number_of_labels_that_is_enough_counts():
    assert worth(0.7, np.array([0.5, 0.7, 0.7, 0.8])).mean == pytest.approx(2)
    assert worth(0.7, np.array([0.5, 0.7, 0.65, 0.8])).mean == pytest.approx(2)
    assert worth(0.5, np.array([0.5, 0.5, 0.6, 0.8])).mean == pytest.approx(1)


def test_an_interval_may_be_open_on_one_side_only():
    rng = np.random.default_rng(2)
    baseline = np.tile(CURVE, (50, 1))
    found = labels_worth(0.79 + 0.05 * rng.standard_normal(50), baseline, SHOTS)
    assert 4 < found.low < 8
    assert found.high == np.inf
    assert not np.isnan(found.mean)


def test_the_worth_of_labels_has_an_interval_that_holds_the_mean():
    rng = np.random.default_rng(3)
    noise = 0.05 * rng.standard_normal((80, 1))
    found = labels_worth(0.68 + noise[:, 0], np.tile(CURVE, (80, 1)) + 0.05 * rng.standard_normal((80, 4)), SHOTS)
    assert found.low < found.mean < found.high
