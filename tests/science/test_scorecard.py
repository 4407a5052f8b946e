"""Promise: the generic scorecard is one that a validator would accept: points by bin that never turn back."""

from dataclasses import replace

import numpy as np
import pytest

from scenarios.credit_risk.scenario import SCENARIO as CREDIT
from scenarios.evaluation.curves import fresh_episode
from scenarios.learners import fitting, scorecard
from scenarios.learners.registry import suitable
from scenarios.medical_diagnosis.scenario import SCENARIO as MEDICAL
from scenarios.meta_learner.weights import Checkpoint
from scenarios.task import Examples

DIRECTIONS = np.array([feature.direction for feature in CREDIT.features])


@pytest.mark.published
@pytest.mark.parametrize("world", CREDIT.world_names)
def test_the_shipped_points_never_turn_back_against_the_usual_direction(world: str):
    points = fitting.load_checkpoint(CREDIT.in_world(world), "scorecard").arrays["points"]
    steps = np.diff(points, axis=1) * DIRECTIONS[:, None]
    assert (steps >= -1e-9).all()
    assert (np.ptp(points, axis=1) > 0).sum() >= 10, "most characteristics matter"


@pytest.mark.published
def test_more_of_what_usually_means_risk_never_lowers_an_applicants_risk():
    episode = fresh_episode(CREDIT, tasks=3, shots=1, queries=40, seed=5)
    card = fitting.load(CREDIT, "scorecard")
    before = card.predict(episode)[..., 1]
    for column, direction in enumerate(DIRECTIONS):
        more = episode.raw.query.x.copy()
        more[..., column] += direction * np.ptp(more[..., column]) / 4
        raw = replace(episode.raw, query=Examples(more, episode.raw.query.y))
        after = card.predict(replace(episode, raw=raw))[..., 1]
        assert (after >= before - 1e-12).all(), CREDIT.features[column].name


def test_points_add_up_to_what_was_learned():
    """Two characteristics decide: the card finds both, the right way round, and their sum."""
    rng = np.random.default_rng(1)
    x = rng.uniform(0, 1, (20, 400, len(DIRECTIONS)))
    log_odds = 3 * (x[..., 1] > 0.5) - 4 * x[..., 0] + 0.5
    y = (rng.random(log_odds.shape) < 1 / (1 + np.exp(-log_odds))).astype(int)
    card = scorecard.learn(CREDIT, Examples(x, y), bins=8)
    assert np.ptp(card.points[1]) == pytest.approx(3, abs=0.3)
    assert np.ptp(card.points[0]) == pytest.approx(3.5, abs=0.4)  # from the first eighth to the last
    assert card.points[0, 0] > card.points[0, -1]
    reference = [of_bin[0] for of_bin in card.points]
    assert sum(reference) == pytest.approx(0.5 - 4 / 16, abs=0.4), "the first bin of every characteristic"


@pytest.mark.parametrize("shape", [(12, 8), (13, 9)])
def test_a_card_of_other_characteristics_is_refused(shape: tuple[int, int]):
    arrays = {"edges": np.zeros((13, 7)), "points": np.zeros(shape)}
    with pytest.raises(ValueError, match="other characteristics"):
        scorecard.restore(CREDIT, Checkpoint(arrays))


def test_a_scenario_without_usual_directions_has_no_scorecard():
    assert "scorecard" in suitable(CREDIT)
    assert "scorecard" not in suitable(MEDICAL)
