"""Promise: every scenario keeps one contract, whoever wrote it."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from scenarios.episode import Draw, draw_examples, open_episode
from scenarios.scenario import Feature, Scenario
from scenarios.task import Split, rng_for
from scenarios.text import Text


def draw(scenario: Scenario, rng: np.random.Generator, *, tasks: int = 7, shots: int = 5, queries: int = 11) -> Draw:
    sampled = scenario.sample_tasks(rng, tasks)
    return draw_examples(sampled, rng, shots=shots, queries=queries, most_shots=scenario.max_shots)


def test_its_own_account_of_itself_holds_together(scenario: Scenario):
    assert scenario.ways >= 2
    assert len({feature.name for feature in scenario.features}) == len(scenario.features)
    assert 1 <= scenario.default_shots <= scenario.max_shots
    assert all(f.low is None or f.high is None or f.low < f.high for f in scenario.features)


def test_a_feature_flags_what_lies_outside_its_reference_interval():
    both = Feature("x", Text("x", "甲"), Text("g/L", "g/L"), low=1.0, high=2.0)
    assert [both.flag(value) for value in (0.9, 1.0, 1.5, 2.0, 2.1)] == [-1, 0, 0, 0, 1]
    neither = replace(both, low=None, high=None)
    assert [neither.flag(value) for value in (-1e9, 1e9)] == [0, 0]


@pytest.mark.parametrize("split", get_args(Split))
def test_the_same_seed_gives_the_same_tasks_and_another_seed_others(scenario: Scenario, split):
    first, again, other = (draw(scenario, rng_for(split, seed)) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.support.x, again.support.x)
    np.testing.assert_array_equal(first.query.x, again.query.x)
    assert not np.isin(first.support.x, other.support.x).all(-1).any()


def test_no_split_ever_meets_a_task_of_another(scenario: Scenario):
    draws = [draw(scenario, rng_for(split, seed)).query.x for split in get_args(Split) for seed in range(5)]
    rows = np.concatenate([x.reshape(-1, np.prod(scenario.example_shape)) for x in draws])
    assert len(np.unique(rows, axis=0)) == len(rows)


@pytest.mark.parametrize("shots", [1, 2, 5, 50, 57])
def test_support_is_balanced_alternating_and_shares_no_row_with_query(scenario: Scenario, shots):
    drawn = draw(scenario, rng_for("validation", 1), shots=shots)
    assert drawn.support.x.shape == (7, shots * scenario.ways, *scenario.example_shape)
    assert drawn.query.x.shape == (7, 11, *scenario.example_shape)
    np.testing.assert_array_equal(drawn.support.y, np.tile(np.arange(shots * scenario.ways) % scenario.ways, (7, 1)))
    rows = np.concatenate([drawn.support.x, drawn.query.x], axis=1).reshape(-1, np.prod(scenario.example_shape))
    assert len(np.unique(rows, axis=0)) == len(rows)


def test_another_draw_of_the_same_tasks_gives_other_examples(scenario: Scenario):
    tasks = scenario.sample_tasks(np.random.default_rng(0), 3)
    sizes = {"shots": 5, "queries": 11, "most_shots": scenario.max_shots}
    first, second = (draw_examples(tasks, np.random.default_rng(seed), **sizes) for seed in (1, 2))
    rows = np.concatenate([d.x for d in (first.support, first.query, second.support, second.query)], axis=1)
    rows = rows.reshape(-1, np.prod(scenario.example_shape))
    assert len(np.unique(rows, axis=0)) == len(rows)


def test_the_query_set_has_every_class(scenario: Scenario):
    counts = [(draw(scenario, rng_for("test", 2)).query.y == label).sum(1) for label in range(scenario.ways)]
    assert np.min(counts) >= 1


def test_fewer_shots_are_a_prefix_of_more_and_the_query_set_stays(scenario: Scenario):
    most = draw(scenario, rng_for("test", 5), shots=scenario.max_shots)
    beyond = draw(scenario, rng_for("test", 5), shots=scenario.max_shots + 7)
    np.testing.assert_array_equal(beyond.query.x, most.query.x)
    for shots in (1, 3, 20):
        fewer = draw(scenario, rng_for("test", 5), shots=shots)
        np.testing.assert_array_equal(fewer.support.x, most.support.x[:, : shots * scenario.ways])
        np.testing.assert_array_equal(fewer.support.y, most.support.y[:, : shots * scenario.ways])
        np.testing.assert_array_equal(fewer.query.x, most.query.x)
        np.testing.assert_array_equal(fewer.query.y, most.query.y)


def test_values_are_finite_and_scaled_ones_about_standard(scenario: Scenario):
    drawn = draw(scenario, rng_for("train", 9), tasks=400, shots=20, queries=2)
    assert np.isfinite(drawn.support.x).all()
    scaled = scenario.scale(drawn.support.x).reshape(-1, *scenario.example_shape)
    assert np.isfinite(scaled).all()
    assert np.abs(scaled.mean(0)).max() < 0.15
    assert scaled.std(0).min() > 0.85
    assert scaled.std(0).max() < 1.4


@pytest.mark.parametrize("novelty", [-0.01, 1.01, float("nan")])
def test_novelty_outside_its_range_is_refused(scenario: Scenario, novelty):
    with pytest.raises(ValueError, match="novelty"):
        scenario.sample_tasks(np.random.default_rng(0), 2, novelty)


def test_novelty_changes_the_tasks_and_none_is_the_training_distribution(scenario: Scenario):
    def rows(*novelty: float) -> np.ndarray:
        return scenario.sample_tasks(np.random.default_rng(0), 3, *novelty).support(np.random.default_rng(1), 4).x

    np.testing.assert_array_equal(rows(), rows(0.0))
    assert np.abs(scenario.scale(rows()) - scenario.scale(rows(1.0))).max() > 0.1


@pytest.mark.parametrize("shots", [1, 5, 50, 60])
def test_the_door_scales_pads_and_masks(scenario: Scenario, shots):
    drawn = draw(scenario, rng_for("test", 8), shots=shots)
    episode = open_episode(scenario, drawn)
    known = shots * scenario.ways
    rows = max(scenario.max_shots * scenario.ways, known)
    assert (episode.tasks, episode.shots) == (7, shots)
    assert episode.support.x.shape == (7, rows, *scenario.example_shape)
    assert episode.support.y.shape == episode.mask.shape == (7, rows)
    np.testing.assert_array_equal(episode.mask, np.arange(rows)[None].repeat(7, 0) < known)
    np.testing.assert_allclose(episode.support.x[:, :known], scenario.scale(drawn.support.x), rtol=1e-5)
    np.testing.assert_allclose(episode.query.x, scenario.scale(drawn.query.x), rtol=1e-5)
    assert not episode.support.x[:, known:].any()
    assert episode.raw is drawn


@pytest.mark.parametrize("shots", [1, 5])
def test_the_ceiling_answers_in_probabilities_and_says_how_far_it_is_to_be_trusted(scenario: Scenario, shots):
    drawn = draw(scenario, rng_for("test", 8), shots=shots)
    answer = scenario.bayes(drawn.support, drawn.query.x)
    assert answer.probabilities.shape == (7, 11, scenario.ways)
    np.testing.assert_allclose(answer.probabilities.sum(-1), 1, atol=1e-6)
    assert answer.effective_samples.shape == (7,)
