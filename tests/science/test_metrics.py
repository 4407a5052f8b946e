"""Promise: a score is the textbook's, task by task."""

from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from scenarios.evaluation.prevalence import correct, predictive_values, reliability, reliability_as_counted
from scenarios.metrics import (
    ACCURACY,
    AUROC,
    MSE,
    Metric,
    accuracy,
    accuracy_error,
    auroc,
    auroc_error,
    carried_over,
    carried_thresholds,
    log_odds,
    mse,
    sensitivity_at,
)
from scenarios.scenario import Scenario


def both(risk: np.ndarray) -> np.ndarray:
    return np.stack([1 - risk, risk], axis=-1)


@pytest.mark.parametrize("ways", [2, 3])
def test_examples_that_a_network_is_certain_of_still_have_an_order(ways: int):
    """In single precision 1 - 1e-9 is 1: a network trained on few tasks, which is too sure, lost its ranking."""
    sure = np.array([-2.0, 15, 20, 30, 60])
    others = np.exp(-sure[:, None] / (ways - 1)) if ways == 2 else np.exp(-sure[:, None]) / 2 * np.ones(2)
    said = (np.concatenate([others, np.ones((5, 1))], 1) / (1 + others.sum(1, keepdims=True))).astype(np.float32)
    assert (said[2:, -1] == 1).all()
    np.testing.assert_allclose(log_odds(said), sure, atol=1e-2)
    assert np.isfinite(log_odds(np.array([[0, 1], [1, 0], [np.nan, np.nan]], np.float32))).all()
    if ways == 2:
        y = np.array([[0, 0, 0, 1, 1], [0, 0, 1, 1, 1]])
        np.testing.assert_array_equal(auroc(np.stack([said, said]), y), [1, 1])
        assert sensitivity_at(0.9, said, y[0]) == 1


@pytest.mark.parametrize("decimals", [1, 2, 9])  # with one decimal most are ties
def test_auroc_is_that_of_scikit_learn_ties_included(decimals):
    rng = np.random.default_rng(decimals)
    risk = rng.random((2, 3, 17)).round(decimals)
    y = rng.integers(0, 2, (3, 17))
    found = auroc(both(risk), y)
    assert found.shape == (2, 3)
    for moment in range(2):
        for task in range(3):
            assert found[moment, task] == pytest.approx(roc_auc_score(y[task], risk[moment, task]))


def test_auroc_of_no_opinion_is_one_half():
    y = np.array([[0, 1, 1, 0, 1]])
    for risk in (np.full((1, 5), 0.5), np.full((1, 5), np.nan)):
        assert auroc(both(risk), y) == pytest.approx(0.5)


def test_auroc_turns_over_with_the_ranking():
    y = np.array([0, 0, 0, 1, 1])
    assert auroc(both(np.array([0.1, 0.2, 0.3, 0.8, 0.9])), y) == 1
    assert auroc(both(np.array([0.9, 0.8, 0.7, 0.2, 0.1])), y) == 0
    assert auroc(both(np.array([0.1, 0.2, 0.8, 0.3, 0.9])), y) == pytest.approx(5 / 6)


def test_the_standard_error_of_a_score_is_its_scatter_over_other_examples():
    rng = np.random.default_rng(3)
    y = np.tile(np.arange(2), 60)
    answers = [both(1 / (1 + np.exp(-rng.standard_normal(120) - 1.5 * y))) for _ in range(600)]
    for score, error in ((auroc, auroc_error), (accuracy, accuracy_error)):
        scatter = np.std([score(answer, y) for answer in answers])
        assert np.mean([error(answer, y) for answer in answers]) == pytest.approx(scatter, rel=0.1)
    assert auroc_error(both(y.astype(float)), y) == 0
    assert np.isnan(auroc_error(both(np.array([0.1, 0.7])), np.array([0, 1]))), "one of each says nothing"


def test_sensitivity_is_counted_at_the_stated_specificity():
    """Eleven look-alikes at 0, 1, .., 10 hundredths: the threshold that keeps ten of them at or below it is 0.09."""
    look_alikes = np.arange(11) / 100
    patients = np.array([0.05, 0.09, 0.095, 0.2, 0.3])  # three of five lie above
    risk = np.concatenate([look_alikes, patients])
    y = np.array([0] * 11 + [1] * 5)
    order = np.random.default_rng(0).permutation(16)
    assert sensitivity_at(0.9, both(risk[order]), y[order]) == pytest.approx(3 / 5)
    assert sensitivity_at(0.5, both(risk[order]), y[order]) == pytest.approx(4 / 5)


def test_a_threshold_of_other_tasks_keeps_their_specificity_and_not_this_tasks():
    """Two kinds of task in turn, of which the second gives all examples higher scores."""
    rng = np.random.default_rng(0)
    y = np.tile([0, 1], (40, 100))
    raised = np.repeat([0.0, 0.3], 2)[np.arange(40) % 4, None]
    risk = np.clip(0.2 * rng.random((40, 200)) + 0.2 * y + raised, 0, 1)
    sensitivity, specificity = carried_over(0.9, both(risk), y)
    assert specificity.mean() == pytest.approx(0.9, abs=0.01)
    for each in (specificity, sensitivity):
        assert each[raised[:, 0] == 0].mean() != pytest.approx(each[raised[:, 0] > 0].mean(), abs=0.1)
    with pytest.raises(ValueError, match="two tasks"):
        carried_over(0.9, both(risk[:1]), y[:1])


def test_a_threshold_of_other_tasks_is_not_moved_by_the_task_itself():
    rng = np.random.default_rng(1)
    risk, y = rng.random((2, 50)), np.tile([0, 1], (2, 25))
    before = carried_over(0.9, both(risk), y)
    risk[1] **= 3  # of which the first task's threshold is made
    after = carried_over(0.9, both(risk), y)
    threshold = np.quantile(risk[1][y[1] == 0], 0.9, method="inverted_cdf")
    assert after[1][0] == pytest.approx((risk[0][y[0] == 0] <= threshold).mean())
    assert before[1][0] != after[1][0]


def test_a_carried_threshold_has_a_share_of_the_weight_of_other_tasks_at_or_below_it():
    score = np.array([[1.0, 2, 3, 4], [5, 6, 7, 8], [9, 10, 10, 10]])
    weight = np.array([[1, 1, 1, 1], [1, 1, 1, 0], [4, 0, 1, 1]])
    found = carried_thresholds(score, weight, [0.5, 0.8, 0.9, 1.0])
    np.testing.assert_array_equal(found[1], [9, 9, 10, 10])  # of the first and the third: 1, 2, 3, 4, 9 (4), 10 (2)
    np.testing.assert_array_equal(found[[0, 2]], [[6, 7, 7, 7]] * 2)
    with pytest.raises(ValueError, match="two tasks"):
        carried_thresholds(score[:1], weight[:1], [0.5])
    with pytest.raises(ValueError, match="have a weight"):
        carried_thresholds(score, weight * [[1], [0], [1]], [0.5])


def test_sensitivity_keeps_the_specificity_it_states_whatever_the_scores():
    rng = np.random.default_rng(4)
    risk, y = rng.random((6, 3, 200)).round(2), np.arange(200) % 2
    found = sensitivity_at(0.9, both(risk), np.broadcast_to(y, (3, 200)))
    assert found.shape == (6, 3)
    for moment in range(6):
        for task in range(3):
            cases, others = risk[moment, task][y == 1], risk[moment, task][y == 0]
            reachable = [(cases > t).mean() for t in others if (others <= t).mean() >= 0.9]
            assert found[moment, task] <= max(reachable) + 1e-12
            assert found[moment, task] >= max(reachable) - 0.1


def test_accuracy_counts_the_examples_whose_likeliest_class_is_the_true_one():
    three = np.array([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7], [0.4, 0.5, 0.1], [0.2, 0.2, 0.6]])
    answers = np.stack([three, three[::-1]])  # after each of two steps: classes 0, 2, 1, 2 and 2, 1, 2, 0
    y = np.array([[0, 2, 2, 1], [2, 1, 2, 0]])  # of two tasks
    found = accuracy(answers[:, None], y)
    np.testing.assert_array_equal(found, [[2 / 4, 0 / 4], [1 / 4, 4 / 4]])


def test_the_mean_squared_error_is_that_of_the_predicted_means():
    predicted = np.array([[[1.0], [2.0], [-1.0]], [[0.0], [0.0], [0.0]]])  # of two tasks
    y = np.array([[1.5, 0.0, -1.0], [1.0, 2.0, -3.0]])
    found = mse(predicted, y)
    np.testing.assert_allclose(found, [(0.25 + 4 + 0) / 3, (1 + 4 + 9) / 3])
    deviations = np.full_like(predicted, 7.0)
    np.testing.assert_array_equal(mse(np.concatenate([predicted, deviations], axis=-1), y), found)
    walk = np.stack([predicted, predicted + 1])
    assert mse(walk, y).shape == (2, 2)
    np.testing.assert_array_equal(mse(walk, y)[0], found)


@pytest.mark.parametrize(
    ("metric", "classes", "refused"),
    [(AUROC, 2, False), (AUROC, 3, True), (AUROC, 0, True), (ACCURACY, 4, False), (ACCURACY, 0, True), (MSE, 2, True)],
)
def test_a_metric_is_refused_for_targets_that_it_is_not_defined_for(metric: Metric, classes: int, refused: bool):
    expectation = pytest.raises(ValueError, match=metric.id) if refused else nullcontext()
    with expectation:
        metric.for_classes(classes)


def test_a_scenario_whose_metric_does_not_suit_its_classes_cannot_be_defined(scenario: Scenario):
    wrong = AUROC if scenario.regression or scenario.ways > 2 else MSE
    with pytest.raises(ValueError, match=wrong.id):
        replace(scenario, metric=wrong)


def test_axes_of_proportions_begin_at_chance():
    assert [AUROC.for_classes(2).floor, ACCURACY.for_classes(3).floor, ACCURACY.for_classes(4).floor] == [0.5, 0.3, 0.2]


@pytest.mark.parametrize("prevalence", [0.01, 0.1, 0.5, 0.9])
def test_risks_move_to_another_prevalence_by_bayes_rule(prevalence):
    likelihood = np.array([[0.2, 0.7], [0.5, 0.5], [0.9, 0.01]])  # of a finding, without and with the condition
    balanced = likelihood[:, 1] / likelihood.sum(1)
    joint = likelihood * [1 - prevalence, prevalence]
    np.testing.assert_allclose(correct(balanced, prevalence), joint[:, 1] / joint.sum(1))


def test_certainty_stays_certainty_at_every_prevalence():
    np.testing.assert_allclose(correct(np.array([0.0, 1.0]), 0.02), [0, 1])


def test_predictive_values_are_counted_heads():
    """Of 1 000 patients 100 are ill: 80 found, 20 missed; of 900 others 90 are false alarms."""
    positive, negative = predictive_values(np.array([0.8]), np.array([0.9]), 0.1)
    assert positive[0] == pytest.approx(80 / (80 + 90))
    assert negative[0] == pytest.approx(810 / (810 + 20))


@pytest.mark.parametrize(("prevalence", "expected"), [(0.01, (5.7, 99.6)), (0.5, (85.7, 69.2))])
def test_predictive_values_follow_the_prevalence_in_the_right_direction(prevalence, expected):
    values = predictive_values(np.array([0.6]), np.array([0.9]), prevalence)
    assert [round(100 * each[0], 1) for each in values] == list(expected)


def test_reliability_is_counted_heads_at_a_prevalence():
    """Three bins: of 300 non-cases and 100 cases, how many were told which risk."""
    counts, means = np.array([[200, 80, 20], [10, 30, 60]]), np.array([0.1, 0.4, 0.9])
    sums = means * counts.sum(0)
    even = reliability(counts, sums, 0.5)
    np.testing.assert_allclose(even.predicted, means)
    seen = [0.1 / (0.1 + 200 / 300), 0.3 / (0.3 + 80 / 300), 0.6 / (0.6 + 20 / 300)]
    np.testing.assert_allclose(even.observed, seen)
    rarer = reliability(counts, sums, 0.1)
    np.testing.assert_allclose(rarer.predicted, correct(means, 0.1))
    np.testing.assert_allclose(rarer.observed, correct(np.array(seen), 0.1))
    np.testing.assert_allclose(rarer.share, [0.9 * 200 / 300 + 0.01, 0.9 * 80 / 300 + 0.03, 0.9 * 20 / 300 + 0.06])


def test_reliability_at_the_natural_mix_is_counted_as_it_came():
    counts, means = np.array([[200, 80, 20], [10, 30, 60]]), np.array([0.1, 0.4, 0.9])
    bins = reliability_as_counted(counts, means * counts.sum(0), fewest=90)
    np.testing.assert_allclose(bins.predicted, [0.1, 0.4])
    np.testing.assert_allclose(bins.observed, [10 / 210, 30 / 110])
    np.testing.assert_array_equal(bins.examples, [210, 110])


def test_a_calibration_error_counts_every_example_once():
    """Nine hundred predictions that are right and a hundred that are off by half: on average off by a twentieth."""
    counts, means = np.array([[450, 100], [450, 0]]), np.array([0.5, 0.5])
    assert reliability_as_counted(counts, means * counts.sum(0)).error == pytest.approx(0.05)
