"""Promise: what goes wrong in life is drawn as it is described, and leaves everything else as it was."""

import numpy as np
import pytest

from scenarios.catalog import SCENARIOS
from scenarios.credit_risk.scenario import SCENARIO as CREDIT
from scenarios.driving_style.scenario import SCENARIO as DRIVING
from scenarios.episode import Draw
from scenarios.evaluation import perturbations
from scenarios.evaluation.perturbations import PERTURBATIONS
from scenarios.medical_diagnosis.scenario import SCENARIO as MEDICAL
from scenarios.metrics import auroc
from scenarios.protocol import EvaluationProtocol
from scenarios.scenario import Scenario
from scenarios.task import Examples

PROTOCOL = EvaluationProtocol(tasks=12, queries=40, seed=5)
APPLICATIONS = [scenario for scenario in SCENARIOS.values() if not scenario.regression]
IN_USE = {"missing_values", "shift", "turn"}  # what changes query examples


def drawn(scenario: Scenario, name: str, level: float) -> Draw:
    return PERTURBATIONS[name].draw(scenario, 5, PROTOCOL, level)


@pytest.mark.parametrize("scenario", APPLICATIONS, ids=lambda scenario: scenario.name)
def test_nothing_changes_without_it_and_else_only_what_it_is_about(scenario: Scenario):
    clean = perturbations.clean(scenario, 5, PROTOCOL)
    for name, levels in perturbations.known(scenario).items():
        none, most = drawn(scenario, name, levels[0]), drawn(scenario, name, levels[-1])
        for one, other in ((none.support, clean.support), (none.query, clean.query)):
            np.testing.assert_array_equal(one.x, other.x, err_msg=name)
            np.testing.assert_array_equal(one.y, other.y, err_msg=name)
        same_queries = np.array_equal(most.query.x, clean.query.x) and np.array_equal(most.query.y, clean.query.y)
        assert same_queries == (name not in IN_USE), name
        same_labels = np.array_equal(most.support.x, clean.support.x) and np.array_equal(
            most.support.y, clean.support.y
        )
        assert same_labels == (name in ("shift", "turn")), name
        assert (np.sort(most.support.y) == np.sort(most.support.y[:1])).all(), name
        for level in levels:
            assert PERTURBATIONS[name].level_label(scenario, 5, level).zh, name


def test_a_missing_value_is_the_mean_of_training_tasks_and_stays_missing_when_more_are():
    clean = perturbations.clean(MEDICAL, 5, PROTOCOL).query.x
    few, many = (drawn(MEDICAL, "missing_values", rate).query.x for rate in (0.1, 0.3))
    assert (few != clean).mean() == pytest.approx(0.1, abs=0.02)
    assert (many != clean).mean() == pytest.approx(0.3, abs=0.02)
    assert (many != clean)[few != clean].all()
    usual = np.broadcast_to(perturbations._usual(MEDICAL), clean.shape)
    np.testing.assert_allclose(many[many != clean], usual[many != clean], rtol=1e-5)


def test_missing_samples_of_a_signal_lie_on_the_line_between_their_neighbours():
    time = np.arange(80.0)
    x = np.broadcast_to(np.stack([time, 2 * time, 3 - time, np.ones(80)], -1), (3, 2, 80, 4)).astype(np.float32)
    rng = np.random.default_rng(1)
    filled = perturbations.with_missing_values(DRIVING, Examples(x, np.zeros((3, 2), int)), 0.3, rng).x
    inside = slice(12, -12)  # at the ends the last value is held
    np.testing.assert_allclose(filled[:, :, inside], x[:, :, inside], atol=1e-4)
    lost = perturbations.with_missing_values(DRIVING, Examples(x, np.zeros((3, 2), int)), 1.0, rng).x
    assert np.isfinite(lost).all()


def test_unequal_classes_have_as_many_labels_in_all_and_share_examples_with_equal_ones():
    clean = perturbations.clean(DRIVING, 5, PROTOCOL)
    unequal = drawn(DRIVING, "unequal_classes", 3)
    assert np.bincount(unequal.support.y[0]).tolist() == [8, 5, 2]
    for label, count in ((1, 5), (2, 2)):
        is_of, was_of = unequal.support.y[0] == label, clean.support.y[0] == label
        np.testing.assert_array_equal(unequal.support.x[:, is_of], clean.support.x[:, was_of][:, :count])


def test_in_a_downturn_more_of_the_same_applicants_default():
    many = EvaluationProtocol(tasks=12, queries=300, seed=5)  # in every segment, some default
    before, after = (PERTURBATIONS["shift"].draw(CREDIT, 5, many, odds).query for odds in (1.0, 3.0))
    np.testing.assert_array_equal(before.x, after.x)
    assert (after.y >= before.y).all()
    assert 1.4 < after.y.mean() / before.y.mean() < 3


def test_all_good_accounts_that_mature_with_the_bad_ones_are_as_many_as_the_default_rate_says():
    bads, goods = 5, 5 + int(perturbations.known(CREDIT)["all_matured"][-1])
    assert bads / (bads + goods) == pytest.approx(CREDIT.class_shares[1], abs=0.005)
    assert np.bincount(drawn(CREDIT, "all_matured", goods - 5).support.y[0]).tolist() == [goods, bads]
    assert "all_matured" not in perturbations.known(MEDICAL)


def test_another_car_is_as_different_as_asked():
    rng = np.random.default_rng(3)
    here = DRIVING.sample_tasks(rng, 2000)
    one, two = (here.in_other_cars(np.random.default_rng(4), distance) for distance in (1.0, 2.0))
    np.testing.assert_array_equal(one.step, here.step)
    np.testing.assert_array_equal(one.baseline[:, 1:], here.baseline[:, 1:])
    np.testing.assert_allclose(two.baseline - here.baseline, 2 * (one.baseline - here.baseline))
    assert np.std(one.baseline[:, 0]) == pytest.approx(1, abs=0.05), "another car is a car as any"


def test_a_turned_sensor_reads_the_same_forces_in_other_directions():
    """A braking car whose sensor is turned by 90 degrees seems to corner; the size of the force is the same."""
    clean, turned, ninety = (drawn(DRIVING, "turn", degrees).query.x for degrees in (0.0, 20.0, 90.0))
    np.testing.assert_allclose(
        np.hypot(turned[..., 1], turned[..., 2]), np.hypot(clean[..., 1], clean[..., 2]), atol=1e-4
    )
    np.testing.assert_array_equal(turned[..., [0, 3]], clean[..., [0, 3]])
    to_the_left = np.isclose(ninety[..., 1], clean[..., 2], atol=1e-4).all((1, 2))
    assert 0 < to_the_left.sum() < len(clean), "to either side"
    np.testing.assert_allclose(ninety[to_the_left][..., 2], -clean[to_the_left][..., 1], atol=1e-4)
    np.testing.assert_allclose(ninety[~to_the_left][..., 2], clean[~to_the_left][..., 1], atol=1e-4)


def test_labelled_examples_are_then_accepted_ones_of_both_classes():
    """The generic score accepts: that of one network for all segments, which ranks every segment in the same way."""
    applicants = perturbations.clean(CREDIT, 5, PROTOCOL).query
    scores = perturbations.acceptance_scores(CREDIT, applicants)
    assert auroc(np.stack([scores, 1 - scores], -1), applicants.y).mean() > 0.7
    for share in (0.7, 0.5):
        accepted = drawn(CREDIT, "accepted_only", share).support
        limit = np.quantile(scores, 1 - share, axis=1, keepdims=True)
        assert (perturbations.acceptance_scores(CREDIT, accepted) >= limit - 1e-6).mean() > 0.97
        assert np.bincount(accepted.y[0]).tolist() == [5, 5]
    assert "accepted_only" not in perturbations.known(MEDICAL)
