"""Promise: whether acting on predictions pays is counted in heads, and counts in bins tell what predictions would."""

from dataclasses import asdict

import numpy as np
import pytest

from scenarios.catalog import SCENARIOS
from scenarios.decisions.lending.measures import approved_below, break_even
from scenarios.evaluation.curves import fresh_episode
from scenarios.evaluation.net_benefit import above, net_benefit, net_of_false, thresholds
from scenarios.evaluation.prevalence import correct
from scenarios.learners import fitting
from scenarios.publication.evaluate_at import RISK_EDGES, _binned_risks
from scenarios.publication.results import StudyResults, read
from scenarios.task import Array, Labels

EDGES = tuple(RISK_EDGES)


def invented(seed: int, tasks: int = 20, queries: int = 100) -> tuple[Array, Labels]:
    """Predictions (tasks, queries, 2) that know something, and outcomes."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, (tasks, queries))
    risk = 1 / (1 + np.exp(-rng.normal(2.0 * y - 1, 2.0)))
    return np.stack([1 - risk, risk], axis=-1), y


def test_net_benefit_is_counted_heads():
    """Of 1,000 patients 100 are ill: 80 found, 90 false alarms, and nine of these are as bad as a case."""
    benefit = net_benefit(np.array([0.1, 0.8]), 0.1, 0.1)
    assert 1_000 * float(benefit) == pytest.approx(80 - 90 / 9)


@pytest.mark.parametrize("prevalence", [0.01, 0.1, 0.5])
def test_a_perfect_model_is_worth_the_prevalence_at_every_threshold(prevalence: float):
    at = thresholds(EDGES, prevalence)
    counts = np.zeros((2, len(EDGES) + 1), int)
    counts[0, 0], counts[1, -1] = 900, 100
    np.testing.assert_allclose(net_benefit(above(counts), at, prevalence), prevalence)


@pytest.mark.parametrize("prevalence", [0.01, 0.1, 0.5])
def test_a_model_that_knows_nothing_treats_all_below_the_prevalence_and_nobody_above_it(prevalence: float):
    """It gives everybody a little more than the prevalence, so that all are above lower thresholds."""
    at = thresholds(EDGES, prevalence)
    counts = np.zeros((2, len(EDGES) + 1), int)
    counts[:, EDGES.index(0.0) + 1] = 900, 100
    benefit, all_treated = net_benefit(above(counts), at, prevalence), net_benefit(np.ones((2, 1)), at, prevalence)
    below = at <= prevalence + 1e-9
    np.testing.assert_allclose(benefit[below], all_treated[below])
    np.testing.assert_array_equal(benefit[~below], 0.0)
    assert (all_treated[~below] < 0).all()


def test_at_a_threshold_of_the_prevalence_treating_everybody_is_worth_nothing():
    for prevalence in (0.01, 0.1, 0.5):
        assert float(net_benefit(np.ones(2), prevalence, prevalence)) == pytest.approx(0)


@pytest.mark.parametrize("prevalence", [0.01, 0.1, 0.5])
def test_counts_in_bins_tell_what_the_predictions_would(prevalence: float):
    predictions, y = invented(1)
    counts, _ = _binned_risks(predictions, y)
    at, moved = thresholds(EDGES, prevalence), correct(predictions[..., 1], prevalence)
    from_bins = net_benefit(above(counts), at, prevalence)
    for threshold, benefit in zip(at, from_bins, strict=True):
        positive = np.array([(moved[y == kind] > threshold).mean() for kind in (0, 1)])
        assert benefit == pytest.approx(net_benefit(positive, threshold, prevalence))


def test_profit_below_a_cut_off_is_that_of_the_applicants_it_approves():
    predictions, y = invented(2)
    pd, (margin, lgd) = predictions[..., 1], (0.08, 0.6)
    found = approved_below(*_binned_risks(predictions, y))
    for place, cut_off in enumerate(thresholds(EDGES)):
        taken = pd < cut_off
        earned = 100 * (taken * np.where(y == 1, -lgd, margin)).mean()
        assert found.profit(margin, lgd)[place] == pytest.approx(earned)
        assert found.share[place] == pytest.approx(taken.mean())
        if taken.any():
            assert found.predicted[place] == pytest.approx(pd[taken].mean(), abs=1e-4)
            assert found.bad_rate[place] == pytest.approx(y[taken].mean())


def test_a_higher_margin_or_a_lower_loss_approves_riskier_applicants():
    assert break_even(0.08, 0.6) == pytest.approx(0.08 / 0.68)
    assert break_even(0.12, 0.6) > break_even(0.08, 0.6) > break_even(0.08, 0.9)


def test_one_who_knows_the_price_of_a_false_alarm_takes_the_threshold_that_is_worth_the_most():
    true, false = np.array([40.0, 60.0]), np.array([5.0, 50.0])
    np.testing.assert_allclose(net_of_false(true, false, np.array([0.1, 1.0, 8.0])), [55, 35, 0])


@pytest.mark.published
@pytest.mark.parametrize("name", [name for name, each in SCENARIOS.items() if each.decision == "screening"])
def test_published_counts_are_those_of_the_predictions(name: str):
    """A method without inner steps, on the study's own episode."""
    scenario, study = SCENARIOS[name], read(StudyResults, name)
    episode = fresh_episode(scenario, shots=5, **asdict(study.protocol))
    predictions = np.asarray(fitting.load(scenario, "random_effects_lda").predict(episode), float)
    counts, _ = study.risks("random_effects_lda", 5)
    moved, at = correct(predictions[..., 1], 0.1), thresholds(study.risk_edges, 0.1)
    benefit = net_benefit(above(counts), at, 0.1)
    for threshold, from_bins in zip(at, benefit, strict=True):
        positive = np.array([(moved[episode.query.y == kind] > threshold).mean() for kind in (0, 1)])
        assert 1_000 * from_bins == pytest.approx(1_000 * net_benefit(positive, threshold, 0.1), abs=0.5)
