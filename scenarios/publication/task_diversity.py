"""Less diverse training tasks: the ones most similar to one of them, in the same number."""

from dataclasses import replace
from typing import Any

import numpy as np

from scenarios.scenario import Scenario
from scenarios.task import Array, chosen, rng_for

_REFERENCES = 2000  # tasks, by which distances between tasks are measured


def narrowed(scenario: Scenario, share: float, seed: int) -> Scenario:
    """Return the scenario whose tasks are the `share` of its own that lie nearest to the first that `seed` draws.

    Near is what differs little in the true latent variables, each in standard deviations. share: in (0, 1].
    """
    if share == 1:
        return scenario
    latents = _latents(scenario, scenario.sample_tasks(rng_for("train", seed, 5), _REFERENCES))
    centre, spread = latents[0], latents.std(0)

    def sample_tasks(rng: np.random.Generator, count: int, novelty: float = 0.0) -> Any:
        tasks = scenario.sample_tasks(rng, round(count / share), novelty)
        distance = np.linalg.norm((_latents(scenario, tasks) - centre) / spread, axis=1)
        return chosen(tasks, np.sort(np.argpartition(distance, count - 1)[:count]))

    return replace(scenario, sample_tasks=sample_tasks)


def _latents(scenario: Scenario, tasks: Any) -> Array:
    """Return the latents of tasks: (tasks, latents)."""
    return np.stack([latent.values for latent in scenario.latents(tasks)], axis=1)
