"""One task for a page: what every learner makes of it. Names and numbers in, arrays out; this runs in the worker."""

from functools import lru_cache

import numpy as np

from scenarios.catalog import scenario_named
from scenarios.episode import open_episode
from scenarios.learner import MOMENTS, Learner, Walker
from scenarios.study import learners
from scenarios.study.metrics import score
from scenarios.study.presets import Showcase, sample_showcase
from scenarios.task import Array

SHOWN = ("maml", "scratch", "logistic")  # and the ceiling
ENOUGH_SAMPLES = 30  # below this effective sample size the ceiling is not drawn


def adapt_to(scenario_name: str, seed: int, draw: int, shots: int) -> Showcase:
    """Let every learner adapt to one draw of a seed's task. Raises ReaderError when weights are missing or damaged."""
    scenario = scenario_named(scenario_name)
    _, examples = sample_showcase(scenario, seed, draw, shots)
    episode = open_episode(scenario, examples)
    walks, risks, judged_after = {}, {}, {}
    for name in SHOWN:
        learner = _learner(scenario_name, name)
        if isinstance(learner, Walker):
            walks[name] = learner.walk(episode)[:, 0, :, 1]
            judged_after[name] = learner.judged_after(shots)
            risks[name] = walks[name][MOMENTS.index(judged_after[name])]
        else:
            risks[name] = learner.predict(episode)[0, :, 1]
    ceiling = scenario.bayes(examples.support, examples.query.x)
    if ceiling.effective_samples[0] >= ENOUGH_SAMPLES:
        risks["bayes"] = ceiling.probabilities[0, :, 1]

    y = examples.query.y[0]
    return Showcase(
        walks={name: walk.astype(np.float32) for name, walk in walks.items()},
        walk_scores={name: score(scenario.metric, _both(walk), y) for name, walk in walks.items()},
        judged_after=judged_after,
        risks={name: risk.astype(np.float32) for name, risk in risks.items()},
        scores={name: float(score(scenario.metric, _both(risk), y)) for name, risk in risks.items()},
    )


def _both(risk: Array) -> Array:
    return np.stack([1 - risk, risk], axis=-1)


@lru_cache(maxsize=64)
def _learner(scenario_name: str, name: str) -> Learner:
    return learners.load(scenario_named(scenario_name), name)
