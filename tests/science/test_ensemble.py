"""Promise: an ensemble uses each method as far as it adds something, and says what its members' files make of it."""

import numpy as np
import pytest

from scenarios.catalog import SCENARIOS
from scenarios.errors import UserError
from scenarios.evaluation.curves import fresh_episode
from scenarios.learners import ensemble, fitting, registry, training
from scenarios.meta_learner import weights
from scenarios.meta_learner.weights import Checkpoint
from scenarios.metrics import negative_log_likelihood

CLINIC = SCENARIOS["medical_diagnosis"]
ENSEMBLES = tuple(name for name, spec in registry.REGISTRY.items() if spec.members)


def opinions(rows: int, ways: int) -> tuple[np.ndarray, np.ndarray]:
    """What two observers of different signs, and one who guesses, say of y: (3, 1, rows, ways), (1, rows)."""
    rng = np.random.default_rng(ways)
    y = rng.integers(0, ways, (1, rows))
    signs = np.eye(ways)[y] * np.array([1.0, 2.0, 0.0])[:, None, None, None] + rng.normal(0, 1, (3, 1, rows, ways))
    likely = np.exp(signs * np.array([1.0, 2.0, 1.0])[:, None, None, None])  # of normal signs; the last means nothing
    return likely / likely.sum(-1, keepdims=True), y


@pytest.mark.parametrize("ways", [2, 3])
def test_independent_opinions_count_in_full_and_a_guess_not_at_all(ways: int):
    said, y = opinions(40_000, ways)
    found = ensemble.stacked(said, y)
    np.testing.assert_allclose(found, [1, 1, 0], atol=0.06)
    assert found[2] == 0
    together = negative_log_likelihood(ensemble.pooled(said, found), y).mean()
    assert together < min(negative_log_likelihood(each, y).mean() for each in said) - 0.02


def test_an_opinion_that_is_heard_twice_counts_once():
    said, y = opinions(40_000, 2)
    np.testing.assert_allclose(ensemble.stacked(said[[1, 1]], y).sum(), 1, atol=0.06)


@pytest.mark.published
@pytest.mark.parametrize("name", ENSEMBLES)
def test_it_knows_as_many_other_tasks_as_the_member_that_knows_most(name: str):
    members = registry.members(CLINIC, name)
    assert {registry.REGISTRY[each].rung for each in members} == {registry.REGISTRY[name].rung}
    assert fitting.experience(CLINIC, name) == max(fitting.experience(CLINIC, each) or 0 for each in members)


@pytest.mark.published
def test_with_all_weight_on_one_member_it_answers_as_that_one():
    name, only = "simple_ensemble", "random_effects_lda"
    checkpoint = fitting.load_checkpoint(CLINIC, name)
    alone = np.zeros_like(checkpoint.arrays["weights"])
    alone[:, checkpoint.metadata["members"].index(only)] = 1
    settings = np.array([1.0, 0.0, 0.0])
    arrays = checkpoint.arrays | {
        "weights": alone,
        "calibration": np.tile(settings, (len(checkpoint.arrays["calibration"]), 1)),
    }
    episode = fresh_episode(CLINIC, tasks=3, shots=5, queries=50, seed=1)
    one = fitting.restore(CLINIC, name, Checkpoint(arrays, checkpoint.metadata)).predict(episode)
    np.testing.assert_allclose(one, fitting.load(CLINIC, only).predict(episode), atol=1e-5)


@pytest.mark.published
def test_without_a_members_file_the_error_names_the_command_that_makes_it(tmp_path, monkeypatch: pytest.MonkeyPatch):
    for name in registry.trainable(CLINIC):
        path = weights.path_of(CLINIC, name)
        if name != "ridge":
            (tmp_path / path.name).symlink_to(path)
    monkeypatch.setattr(
        weights, "path_of", lambda scenario, name, folder=None: tmp_path / f"{scenario.name}.{name}.npz"
    )
    with pytest.raises(UserError, match="ridge"):
        fitting.load(CLINIC, "meta_learned_ensemble")
    assert training.untrained(CLINIC) == ["ridge", "meta_learned_ensemble"]
