"""Promise: a feature that came in another unit is asked about, and one in its own is not."""

import numpy as np
import pytest

from scenarios.catalog import SCENARIOS
from scenarios.episode import draw_examples
from scenarios.evaluation import units
from scenarios.scenario import Scenario
from scenarios.task import Array, rng_for

# Mix-ups that occur: mg/dL, g/dL, shares in place of per cent, g, and m/s.
OTHER_UNITS = [
    ("medical_diagnosis", "creatinine", 1 / 88.4),
    ("medical_diagnosis", "albumin", 0.1),
    ("credit_risk", "utilisation", 0.01),
    ("driving_style", "ax", 1 / 9.81),
    ("driving_style", "speed", 1 / 3.6),
]


def examples(scenario: Scenario, tasks: int = 3) -> Array:
    rng = rng_for("test", 7)
    drawn = draw_examples(scenario.sample_tasks(rng, tasks), rng, shots=5, queries=50, most_shots=scenario.max_shots)
    return np.concatenate([drawn.support.x, drawn.query.x], axis=1)


@pytest.mark.parametrize(("name", "feature", "factor"), OTHER_UNITS)
def test_a_feature_in_another_unit_is_named_with_its_size(name: str, feature: str, factor: float):
    scenario = SCENARIOS[name]
    x = examples(scenario)
    place = [each.name for each in scenario.features].index(feature)
    x[..., place] *= factor
    size = np.median(np.sqrt(np.square(x[..., place]).reshape(len(x), -1).mean(1)))
    [question] = units.questions(scenario, x)
    assert question.en.startswith(f"{feature} is {size:.3g} ")
    assert scenario.features[place].unit.zh in question.zh


@pytest.mark.parametrize("name", SCENARIOS)
def test_nothing_is_asked_about_test_tasks(name: str):
    assert units.questions(SCENARIOS[name], examples(SCENARIOS[name], tasks=40)) == []
