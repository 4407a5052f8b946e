"""Promise: what a decision is worth is counted as its trade counts it."""

from bisect import bisect_left

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, f1_score, roc_auc_score

from scenarios.decisions.alarms.assumptions import BUDGETS, STYLE_MIX, WINDOWS_PER_HOUR
from scenarios.decisions.alarms.measures import alarms_per_hour
from scenarios.decisions.alarms.measures import measure as alarms
from scenarios.decisions.catalog import DECISIONS
from scenarios.decisions.decision import Decision
from scenarios.decisions.lending.assumptions import APPROVAL_CHOICES, APPROVALS, CUT_OFF, LOSS_GIVEN_DEFAULT, MARGIN
from scenarios.decisions.lending.assumptions import FAR_OFF as LENDING_FAR_OFF
from scenarios.decisions.lending.measures import measure as lending
from scenarios.decisions.screening.assumptions import FAR_OFF, SPECIFICITY
from scenarios.decisions.screening.measures import measure as screening
from scenarios.metrics import carried_over, sensitivity_at


def both(risk: np.ndarray) -> np.ndarray:
    return np.stack([1 - risk, risk], axis=-1)


def invented(tasks: int, queries: int, ways: int) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities that know something of the truth, and the truth, every class equally frequent."""
    rng = np.random.default_rng(ways)
    y = np.tile(np.arange(queries) % ways, (tasks, 1))
    said = rng.gamma(1.0, size=(tasks, queries, ways)) + 1.5 * rng.random((tasks, queries, 1)) * np.eye(ways)[y]
    return said / said.sum(-1, keepdims=True), y


@pytest.mark.parametrize("decision", DECISIONS.values(), ids=DECISIONS)
def test_every_measure_has_one_value_per_task_of_the_shape_that_its_decision_states(decision: Decision):
    found = decision.measure(*invented(3, 60, decision.classes))
    assert {name: values.shape for name, values in found.items()} == {
        name: (3, *each.shape) for name, each in decision.fields.items()
    }
    assert all(np.isfinite(values).all() for values in found.values())


def test_screening_says_where_a_threshold_of_other_tasks_fails():
    said, y = invented(30, 100, 2)
    found = screening(said, y)
    np.testing.assert_array_equal(found["carried_specificity"], carried_over(SPECIFICITY, said, y)[1])
    np.testing.assert_array_equal(found["carried_far_off"], found["carried_specificity"] < FAR_OFF)


def test_screening_is_sensitivity_at_the_stated_specificity():
    said, y = invented(4, 100, 2)
    np.testing.assert_array_equal(screening(said, y)["sensitivity"], sensitivity_at(SPECIFICITY, said, y))


# Ten applicants, the safest first; the third, the eighth and the last of them turn bad.
RISK = np.array([0.01, 0.02, 0.04, 0.06, 0.09, 0.11, 0.2, 0.3, 0.5, 0.8])
BAD = np.array([0, 0, 1, 0, 0, 0, 0, 1, 0, 1])


@pytest.fixture
def lent() -> dict[str, np.ndarray]:
    order = np.random.default_rng(0).permutation(10)
    return lending(both(np.stack([RISK[order]] * 2)), np.stack([BAD[order]] * 2))


@pytest.mark.parametrize(
    ("share", "approved", "bad"), [(0.1, 1, 0), (0.3, 3, 1), (0.5, 5, 1), (0.8, 8, 2), (1.0, 10, 3)]
)
def test_the_safest_applicants_are_approved_first(lent, share, approved, bad):
    at = APPROVALS.index(share)
    assert lent["bad_rate"][0, at] == pytest.approx(bad / approved)
    gain = MARGIN * (approved - bad) - LOSS_GIVEN_DEFAULT * bad
    assert lent["profit_by_approval"][0, at] == pytest.approx(100 * gain / 10)


def test_a_loan_is_given_below_the_cut_off_and_its_losses_are_counted(lent):
    """Six of the ten are below 11.8%, and one of them, the third, turns bad."""
    assert (RISK < CUT_OFF).sum() == 6
    assert lent["approved"][0] == pytest.approx(0.6)
    assert lent["profit"][0] == pytest.approx(100 * (5 * MARGIN - LOSS_GIVEN_DEFAULT) / 10)
    assert lent["expected_loss"][0] == pytest.approx(100 * LOSS_GIVEN_DEFAULT * RISK[:6].mean())
    assert lent["realised_loss"][0] == pytest.approx(100 * LOSS_GIVEN_DEFAULT / 6)


def test_separation_is_gini_and_kolmogorov_smirnov(lent):
    assert lent["gini"][0] == pytest.approx(2 * roc_auc_score(BAD, RISK) - 1)
    goods, bads = (np.cumsum(turned) / turned.sum() for turned in (1 - BAD, BAD))
    assert lent["ks"][0] == pytest.approx(np.abs(goods - bads).max())


def test_equal_risks_cannot_be_parted():
    """A constant score separates no applicants, in whatever order they come."""
    for y in ([0] * 17 + [1] * 3, [1] * 3 + [0] * 17):
        assert lending(both(np.full((2, 20), 0.15)), np.array([y, y]))["ks"] == pytest.approx(0)


def test_nobody_who_lends_to_nobody_loses():
    found = lending(both(np.full((2, 20), 0.9)), np.array([[0] * 17 + [1] * 3] * 2))
    assert [found[name][0] for name in ("approved", "profit", "expected_loss", "realised_loss")] == [0, 0, 0, 0]


def test_alarms_are_counted_in_a_drive_with_its_own_mix_of_styles():
    said, y = invented(2, 60, 3)
    found = alarms(said, y)
    mix = np.array(STYLE_MIX)
    for task in range(2):
        called = (said[task] * mix).argmax(-1)
        weight = mix[y[task]] / 20  # twenty windows of each style stand for its share of the drive
        shares = confusion_matrix(y[task], called) / 20
        np.testing.assert_allclose(found["confusion"][task], shares)
        assert found["recall"][task] == pytest.approx(shares[2, 2])
        false = WINDOWS_PER_HOUR * (mix[0] * shares[0, 2] + mix[1] * shares[1, 2])
        assert found["false_alarms"][task] == pytest.approx(false)
        assert found["macro_f1"][task] == pytest.approx(
            f1_score(y[task], called, average="macro", sample_weight=weight)
        )


def test_recall_within_a_budget_takes_the_lowest_threshold_that_keeps_it():
    said, y = invented(3, 300, 3)
    found = alarms(said, y)["recall_at_budget"]
    assert found.shape == (3, len(BUDGETS))
    assert (np.diff(found, axis=1) >= 0).all(), "a larger budget finds no fewer"
    for task in range(3):
        likely = said[task] * STYLE_MIX
        risk = (likely / likely.sum(-1, keepdims=True))[:, 2]
        weight = np.array(STYLE_MIX)[y[task]] / 100
        for budget, recall in zip(BUDGETS, found[task], strict=True):
            reachable = [
                (risk[y[task] == 2] >= threshold).mean()
                for threshold in risk
                if WINDOWS_PER_HOUR * (weight * (y[task] < 2))[risk >= threshold].sum() <= budget
            ]
            assert recall == pytest.approx(max(reachable, default=0))


def test_windows_of_equal_risk_raise_the_alarm_together_or_not_at_all():
    y = np.array([[2, 0, 1, 2, 0, 1]] * 2)
    for name in ("recall_at_budget", "carried_recall"):
        assert (alarms(np.full((2, 6, 3), 1 / 3), y)[name] == 0).all()
        assert (alarms(np.eye(3)[y], y)[name] == 1).all()


# -- thresholds that were set on other tasks --------------------------------------------------------------------------


def test_a_cut_off_of_other_segments_approves_their_share_and_may_be_far_off_elsewhere():
    """Every fourth segment is riskier than the others by as much as PDs differ within one."""
    rng = np.random.default_rng(0)
    raised = np.where(np.arange(80) % 4 < 2, 0.0, 0.2)
    y = (rng.random((80, 200)) < 0.15).astype(int)
    found = lending(both(0.4 * rng.random((80, 200)) + raised[:, None]), y)
    np.testing.assert_allclose(found["carried_approval"].mean(0), APPROVAL_CHOICES, atol=0.01)
    rate = found["carried_approval"][:, APPROVAL_CHOICES.index(0.7)]
    assert rate[raised == 0].min() > 0.8
    assert rate[raised > 0].max() < 0.6
    assert (found["carried_far_off"][:, APPROVAL_CHOICES.index(0.7)] == 1).all()
    alike = lending(both(rng.random((80, 200))), y)
    assert alike["carried_far_off"].mean() < 0.02


def test_what_a_cut_off_of_other_segments_approves_is_counted_head_by_head():
    rng = np.random.default_rng(1)
    risk, y = rng.random((6, 40)).round(1), rng.integers(0, 2, (6, 40))  # many equal risks
    found = lending(both(risk), y)
    for task in range(6):
        others = risk[np.arange(6) % 2 != task % 2]
        for place, share in enumerate(APPROVAL_CHOICES):
            cut_off = min(each for each in others.ravel() if (others <= each).mean() >= share - 1e-9)
            approved = risk[task] <= cut_off
            assert found["carried_approval"][task, place] == approved.mean()
            assert found["carried_bad_rate"][task, place] == pytest.approx(y[task][approved].mean())
            assert found["carried_far_off"][task, place] == (round(abs(approved.mean() - share), 6) > LENDING_FAR_OFF)


def test_segments_without_bads_or_opinions_or_approvals_have_a_carried_cut_off_too():
    risk = np.random.default_rng(2).random((4, 20))
    risk[1] = np.nan
    risk[2] = 1.5  # of whom nobody is approved
    with np.errstate(invalid="ignore"):  # which have no Gini
        found = lending(both(risk), np.zeros((4, 20), int))
    carried = {name: values for name, values in found.items() if name.startswith("carried")}
    assert all(np.isfinite(values).all() for values in carried.values())
    assert (carried["carried_bad_rate"] == 0).all()
    assert (carried["carried_approval"][2] == 0).all()
    assert set(carried["carried_approval"][1]) <= {0, 1}, "whoever has no opinion approves everybody or nobody"


def test_an_alarm_threshold_of_other_drivers_keeps_the_budget_on_their_average_alone():
    said, y = invented(40, 300, 3)
    said[::3] = np.eye(3)[y[::3]]  # drivers who are told apart without an error
    found = alarms(said, y)
    np.testing.assert_allclose(found["carried_false_alarms"].mean(0), BUDGETS, rtol=0.2)
    risk = said * STYLE_MIX
    risk = (risk / risk.sum(-1, keepdims=True))[..., 2]
    for place, budget in enumerate(BUDGETS):
        for half in (0, 1):
            others, here = np.arange(40) % 2 != half, np.arange(40) % 2 == half
            mix = np.array(STYLE_MIX)[y] / 100  # a hundred windows of each style
            false = WINDOWS_PER_HOUR * mix * (y < 2)

            def per_hour(threshold, tasks, false=false):
                return (false[tasks] * (risk[tasks] > threshold)).sum(-1)

            candidates = np.sort(risk[others][y[others] < 2])

            def is_within(threshold, others=others, budget=budget, per_hour=per_hour):
                return per_hour(threshold, others).mean() <= budget + 1e-9

            threshold = candidates[bisect_left(candidates, True, key=is_within)]
            realised = per_hour(threshold, here)
            np.testing.assert_allclose(found["carried_false_alarms"][here, place], realised)
            recall = ((risk[here] > threshold) & (y[here] == 2)).sum(-1) / 100
            np.testing.assert_allclose(found["carried_recall"][here, place], recall)
            np.testing.assert_array_equal(found["carried_above_budget"][here, place], realised > budget)
            np.testing.assert_array_equal(found["carried_above_twice_budget"][here, place], realised > 2 * budget)


def test_predictions_that_are_not_numbers_raise_no_alarm_among_those_that_are():
    said, y = invented(4, 60, 3)
    said[1] = np.nan
    found = alarms(said, y)
    assert all(np.isfinite(values).all() for values in found.values())
    assert (found["carried_recall"][1] == 0).all()


def test_precision_is_of_true_alarms_among_all_in_an_hour():
    """Of 450 windows, 67.5 are aggressive: four in five of them are 54, beside 6 false ones."""
    true_alarms, precision = alarms_per_hour(0.8, 6)
    assert true_alarms == pytest.approx(54)
    assert precision == pytest.approx(54 / 60)
    assert alarms_per_hour(0, 0) == (0, None)


@pytest.mark.parametrize("decision", DECISIONS.values(), ids=DECISIONS)
def test_one_task_alone_has_no_others_to_set_a_threshold_on(decision: Decision):
    with pytest.raises(ValueError, match="two tasks"):
        decision.measure(*invented(1, 60, decision.classes))
