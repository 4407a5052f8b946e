"""Promise: a learner can learn from any number of other tasks, and a meta-learner that has done so is kept."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenarios.evaluation import curves
from scenarios.learners import fewer_tasks, meta_learned, registry
from scenarios.line.scenario import SCENARIO as LINE
from scenarios.medical_diagnosis.scenario import SCENARIO as MEDICAL
from scenarios.scenario import Scenario

SMALL = replace(LINE, recipe=replace(LINE.recipe, hidden=(8,), meta_steps=4, inner_steps=1, max_shots=5, queries=5))


def learned(scenario: Scenario, count: int, kept: Path) -> np.ndarray:
    learner = fewer_tasks.learner(scenario, "maml", count, 10, 0, kept, lambda done, word: None)
    return learner.predict(curves.fresh_episode(scenario, tasks=2, shots=3, queries=5, seed=1))


@pytest.mark.usefixtures("uncompiled")
def test_a_meta_learner_is_trained_once_for_a_number_of_tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    few, many = learned(SMALL, 5, tmp_path), learned(SMALL, 50, tmp_path)
    assert not np.allclose(few, many)
    monkeypatch.setattr(meta_learned, "train_with", lambda *_: pytest.fail("it is trained again"))
    np.testing.assert_array_equal(learned(SMALL, 5, tmp_path), few)


@pytest.mark.parametrize("scenario", [MEDICAL, LINE], ids=lambda scenario: scenario.name)
def test_those_that_can_learn_from_any_number_or_from_none_are_named(scenario: Scenario):
    names = fewer_tasks.names(scenario)
    assert {"maml", "in_context", "bayes", scenario.reference_learner} <= set(names)
    assert not {"fine_tuned", "reptile"} & set(names)
    usual = [name for name in registry.suitable(scenario) if fewer_tasks.can_learn(name, chosen=False)]
    assert "in_context" not in usual
    assert {"maml", "pooled"} <= set(usual)
    rungs = {registry.REGISTRY[name].rung for name in (*usual, *filter(fewer_tasks.needs_no_tasks, names))}
    assert rungs == set(registry.Rung), "an evaluation without a choice compares all rungs"
