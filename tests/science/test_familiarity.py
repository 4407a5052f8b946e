"""Promise: a page warns, from the labelled examples alone, of a task that is unlike the training tasks."""

import numpy as np
import pytest

from scenarios.evaluation import curves
from scenarios.learners.fitting import familiarity_test
from scenarios.line.scenario import SCENARIO as LINE
from scenarios.medical_diagnosis.scenario import SCENARIO as MEDICAL
from scenarios.scenario import Scenario

SEED = 20_262


def p_values(scenario: Scenario, shots: int, novelty: float, tasks: int = 400) -> np.ndarray:
    episode = curves.fresh_episode(scenario, tasks=tasks, shots=shots, queries=2, seed=SEED, novelty=novelty)
    return familiarity_test(scenario, shots).p_values(episode)


@pytest.mark.parametrize("scenario", [MEDICAL, LINE], ids=lambda scenario: scenario.name)
@pytest.mark.parametrize("shots", [2, 10])
def test_of_tasks_like_the_training_tasks_few_look_strange(scenario: Scenario, shots: int):
    found = p_values(scenario, shots, 0.0)
    assert (found <= 0.05).mean() == pytest.approx(0.05, abs=0.035)
    assert (found <= 0.5).mean() == pytest.approx(0.5, abs=0.08)


@pytest.mark.parametrize("scenario", [MEDICAL, LINE], ids=lambda scenario: scenario.name)
def test_most_new_tasks_look_strange(scenario: Scenario):
    assert (p_values(scenario, 10, 1.0) <= 0.05).mean() > 0.8


def test_it_looks_at_nothing_but_the_labelled_examples():
    one = curves.fresh_episode(MEDICAL, tasks=5, shots=5, queries=2, seed=SEED)
    more = curves.fresh_episode(MEDICAL, tasks=5, shots=5, queries=2, seed=SEED)
    more.query.x[:] = 0
    test = familiarity_test(MEDICAL, 5)
    np.testing.assert_array_equal(test.p_values(one), test.p_values(more))
