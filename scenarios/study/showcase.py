"""One task for a page: the examples, and what every learner makes of them. Names and numbers in, arrays out.

These functions run in the worker process; the page sees their answers only.
"""

from dataclasses import asdict, dataclass
from functools import lru_cache

import numpy as np

from scenarios.catalog import scenario_named
from scenarios.episode import Draw, draw_examples, open_episode
from scenarios.learner import Learner
from scenarios.scenario import Scenario
from scenarios.study import learners
from scenarios.study.metrics import score
from scenarios.task import Array, Tasks, rng_for

QUERIES = 200
WALKERS = ("maml", "scratch")
SHOWN = ("maml", "scratch", "logistic", "bayes")
ENOUGH_SAMPLES = 30  # below this effective sample size the ceiling is not drawn


@dataclass(frozen=True)
class Showcase:
    """What every learner makes of one task. Scores are in the scenario's metric."""

    walks: dict[str, Array]  # learner -> risk of class 1 after each moment (moments, queries)
    walk_scores: dict[str, Array]  # learner -> (moments,)
    judged_after: dict[str, int]  # learner -> inner steps
    risks: dict[str, Array]  # learner -> (queries,), at the step where it is judged
    scores: dict[str, float]


def sample_showcase(scenario: Scenario, seed: int, shots: int) -> tuple[Tasks, Draw]:
    """The task of a seed, and its examples. Cheap enough for a page; more shots add examples and keep the others."""
    rng = rng_for("test", seed, 1)
    task = scenario.sample_tasks(rng, 1)
    return task, draw_examples(task, rng, shots=shots, queries=QUERIES, most_shots=scenario.max_shots)


def adapt_to(scenario_name: str, seed: int, shots: int) -> Showcase:
    """Let every learner adapt to the task of a seed. Raises ReaderError when weights are missing or damaged."""
    scenario = scenario_named(scenario_name)
    _, draw = sample_showcase(scenario, seed, shots)
    episode = open_episode(scenario, draw)
    walks, risks = {}, {}
    for name in SHOWN:
        learner = _learner(scenario_name, name)
        if name in WALKERS:
            walks[name] = learner.walk(episode)[:, 0, :, 1]
        risks[name] = learner.predict(episode)[0, :, 1]
    effective = scenario.bayes(draw.support, draw.query.x[:, :1]).effective_samples[0]
    if effective < ENOUGH_SAMPLES:
        del risks["bayes"]

    y = draw.query.y[0]
    return Showcase(
        walks={name: walk.astype(np.float32) for name, walk in walks.items()},
        walk_scores={name: score(scenario.metric, _both(walk), y) for name, walk in walks.items()},
        judged_after={name: _learner(scenario_name, name).judged_after(shots) for name in WALKERS},
        risks={name: risk.astype(np.float32) for name, risk in risks.items()},
        scores={name: float(score(scenario.metric, _both(risk), y)) for name, risk in risks.items()},
    )


def _both(risk: Array) -> Array:
    return np.stack([1 - risk, risk], axis=-1)


@lru_cache(maxsize=64)
def _learner(scenario_name: str, name: str) -> Learner:
    return learners.load(scenario_named(scenario_name), name)


def warm_up(scenario_name: str) -> None:
    """Import, load and compile everything that `adapt_to` needs."""
    adapt_to(scenario_name, seed=0, shots=1)
