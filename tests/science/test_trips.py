"""Promise: trips are ranked by the mean risk of their windows, and alarms follow from rates by style at any mix."""

import numpy as np
import pytest
from scipy.stats import norm

from scenarios.decisions.alarms.assumptions import (
    BUDGETS,
    STYLE_MIX,
    TRIP_MINUTES,
    TRIP_SHARE,
    WINDOWS_PER_HOUR,
    WORSE_TRIP_SHARES,
)
from scenarios.decisions.alarms.measures import alarm_rates, alarms_per_hour, measure
from scenarios.decisions.alarms.trips import rank_trips, windows_of_trip
from scenarios.decisions.catalog import DECISIONS
from scenarios.evaluation.statistics import mean_with_interval

TASKS, EACH = 40, 200
Y = np.tile(np.arange(3 * EACH) % 3, (TASKS, 1))


def of_risk(risk: np.ndarray) -> np.ndarray:
    """Probabilities whose risk of the last class is this one at the mix of a drive, the others being alike."""
    others, last = STYLE_MIX[0] + STYLE_MIX[1], STYLE_MIX[2]
    odds = risk / (1 - risk) * others / last
    even = odds / (2 + odds)
    return np.stack([(1 - even) / 2, (1 - even) / 2, even], axis=-1)


def noisy(separation: float, seed: int = 0, offset: float = 0.0) -> np.ndarray:
    """Risks of normal scatter, higher for the last class; tasks differ by an offset of that standard deviation."""
    rng = np.random.default_rng(seed)
    risk = 0.3 + separation * (Y == 2) + 0.05 * rng.standard_normal(Y.shape)
    return np.clip(risk + offset * rng.standard_normal((TASKS, 1)), 0.01, 0.99)


def test_trips_have_their_share_of_aggressive_windows_and_the_others_as_in_a_drive():
    for minutes in TRIP_MINUTES:
        windows = WINDOWS_PER_HOUR * minutes // 60
        for share in (TRIP_SHARE, *WORSE_TRIP_SHARES):
            counts = windows_of_trip(share, windows)
            assert sum(counts) == windows
            assert counts[2] == pytest.approx(share * windows, abs=0.5)
            assert counts[0] / (counts[0] + counts[1]) == pytest.approx(0.35 / 0.85, abs=0.02)


def test_perfect_predictions_rank_every_pair_right():
    within, between = rank_trips(of_risk(np.where(Y == 2, 0.99, 0.01)), Y)
    assert within.shape == between.shape == (TASKS, len(WORSE_TRIP_SHARES), len(TRIP_MINUTES))
    np.testing.assert_allclose(within, 1)
    np.testing.assert_allclose(between, 1)


def test_predictions_that_know_nothing_rank_half_of_the_pairs_right():
    within, between = rank_trips(np.full((*Y.shape, 3), 1 / 3), Y)
    np.testing.assert_allclose(within, 0.5)
    np.testing.assert_allclose(between, 0.5)
    within, between = rank_trips(of_risk(noisy(0.0)), Y)
    np.testing.assert_allclose(within.mean(0), 0.5, atol=0.05)
    np.testing.assert_allclose(between.mean(0), 0.5, atol=0.02)


def test_inner_steps_that_diverged_leave_no_opinion():
    probabilities = of_risk(noisy(0.3))
    probabilities[0] = np.nan
    within, _ = rank_trips(probabilities, Y)
    np.testing.assert_allclose(within[0], 0.5)


def test_within_a_task_the_share_is_that_of_normal_scatter():
    """The difference of two means of n windows: normal, of variance 2 sd^2 / n."""
    separation, sd = 0.02, 0.05
    within, _ = rank_trips(of_risk(noisy(separation)), Y)
    for place, minutes in enumerate(TRIP_MINUTES):
        windows = WINDOWS_PER_HOUR * minutes // 60
        for at, share in enumerate(WORSE_TRIP_SHARES):
            more = windows_of_trip(share, windows)[2] - windows_of_trip(TRIP_SHARE, windows)[2]
            expected = norm.cdf(separation * more / windows / (sd * np.sqrt(2 / windows)))
            assert within[:, at, place].mean() == pytest.approx(expected, abs=0.03)


def test_tasks_whose_risks_have_an_offset_are_confused_however_long_the_trip():
    even, uneven = (rank_trips(of_risk(noisy(0.3, offset=offset)), Y) for offset in (0.0, 0.05))
    assert even[1][:, -1, -1].mean() > 0.99
    expected = norm.cdf(0.3 * 0.1 / (0.05 * np.sqrt(2)))  # the offsets of two tasks against 10 points of the share
    assert uneven[1][:, -1, -1].mean() == pytest.approx(expected, abs=0.06)
    np.testing.assert_allclose(uneven[0][:, -1, -1].mean(), even[0][:, -1, -1].mean(), atol=0.01)


def test_of_two_tasks_the_mean_is_that_over_all_pairs_and_its_interval_holds_the_truth():
    hits, repetitions = 0, 40
    truth = norm.cdf(0.3 * 0.1 / (0.05 * np.sqrt(2)))
    for seed in range(repetitions):
        _, between = rank_trips(of_risk(noisy(0.3, seed=seed, offset=0.05)), Y)
        found = mean_with_interval(between[:, -1, -1])
        hits += found.low - 0.01 < truth < found.high + 0.01  # its trips have some scatter of their own
        assert found.high - found.low < 0.2
    assert hits >= 0.85 * repetitions


def test_one_task_or_unequal_windows_are_refused():
    with pytest.raises(ValueError, match="two tasks"):
        rank_trips(of_risk(noisy(0.3))[:1], Y[:1])
    uneven = Y.copy()
    uneven[0, 0] = 1
    with pytest.raises(ValueError, match="reshape"):
        rank_trips(of_risk(noisy(0.3)), uneven)


def test_rates_by_style_give_the_alarms_of_the_usual_mix():
    probabilities = of_risk(noisy(0.1, seed=3))
    rates, found = alarm_rates(probabilities, Y), measure(probabilities, Y)
    assert rates.shape == (TASKS, len(BUDGETS), 3)
    np.testing.assert_allclose(rates[..., 2], found["carried_recall"])
    false = WINDOWS_PER_HOUR * (rates[..., :2] @ np.array(STYLE_MIX[:2]))
    np.testing.assert_allclose(false, found["carried_false_alarms"])


def test_precision_falls_if_less_of_a_drive_is_aggressive():
    usual, rare = alarms_per_hour(0.8, 6.0), alarms_per_hour(0.8, 6.0, 0.01)
    assert usual == (pytest.approx(54), pytest.approx(0.9))
    assert rare == (pytest.approx(3.6), pytest.approx(0.375))


def test_a_decision_that_knows_trips_declares_sizes_that_its_measures_have():
    trips = DECISIONS["alarms"].trips
    assert trips is not None
    probabilities = of_risk(noisy(0.1))
    assert trips.alarm_rates(probabilities, Y).shape[1] == trips.budgets
    for ranked in trips.rank(probabilities, Y):
        assert ranked.shape[1:] == (len(trips.worse_shares), len(trips.minutes))
