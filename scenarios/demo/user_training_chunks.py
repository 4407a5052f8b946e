"""A user's own meta-training, a chunk at a time: state in, state out. This runs in the worker.

The web process keeps the state, so that a worker that dies loses one chunk, and a page that is left loses nothing.
"""

import time
from functools import lru_cache

import numpy as np

from scenarios.catalog import scenario_named
from scenarios.demo.user_training import SHOTS, ReferenceScores, TrainingConfig, TrainingState, recipe_of
from scenarios.episode import Episode, draw_examples, open_episode
from scenarios.learners import fitting, meta_learned, registry, resuming
from scenarios.learners.baselines import Bayes
from scenarios.meta_learner import weights
from scenarios.meta_learner.meta_train import Pool, draw_pool, first_state, next_chunk
from scenarios.meta_learner.weights import Checkpoint
from scenarios.recipe import Recipe
from scenarios.task import Array, rng_for

SEED = 0
TASKS, QUERIES = 200, 100  # to validate on: of the train split, in a stream that nothing is trained or tuned on
CHUNK_SECONDS = 1.5  # the longest that other visits' requests wait for it
_AT_ONCE = 10  # meta-steps between checks of the time


def train_on(choice: TrainingConfig, state: dict[str, Array] | None = None) -> TrainingState:
    """Train for about CHUNK_SECONDS, from `state` or from the beginning; more where something must be compiled.

    The weights at a step do not depend on how many chunks led there. Raises UserError for an unknown scenario.
    """
    scenario, recipe = scenario_named(choice.scenario), recipe_of(choice)
    pool = _pool(choice.scenario, _as_drawn(recipe))
    now = resuming.from_arrays(state) if state else first_state(scenario, recipe, SEED)
    ends, losses, paces = np.inf, [], []
    while int(now.step) < recipe.meta_steps and (before := time.perf_counter()) < ends:
        progress = next_chunk(now, pool, recipe, SEED, ways=scenario.ways, size=_AT_ONCE)
        paces.append((time.perf_counter() - before) / (int(progress.state.step) - int(now.step)))
        now = progress.state
        losses.append(progress.loss)
        ends = min(ends, time.perf_counter() + CHUNK_SECONDS)  # after the first time, which may have compiled
    checkpoint = meta_learned.kept(now, recipe)
    learner = meta_learned.restore(scenario, checkpoint)
    episode = _validation(choice.scenario)
    scores = scenario.metric.compute(learner.predict(episode), episode.query.y)
    about = {"learner": choice.learner, "seed": SEED, "steps": int(now.step)}
    return TrainingState(
        state=resuming.as_arrays(now),
        steps=int(now.step),
        loss=float(np.mean(losses)) if losses else float("nan"),
        score=float(np.mean(scores)),
        pace=float(np.median(paces)) if paces else 0.0,
        weights=weights.to_bytes(scenario, Checkpoint(checkpoint.arrays, {**about, **checkpoint.metadata})),
    )


@lru_cache(maxsize=32)
def reference_scores(scenario_name: str) -> ReferenceScores:
    """Return the scores of the best from-scratch learner and of the Bayes-optimal predictor on the validation tasks.

    Raises
    ------
    UserError
        If weights are missing.
    """
    scenario, episode = scenario_named(scenario_name), _validation(scenario_name)
    names = registry.published(scenario, registry.Rung.LOCAL)
    answers = {name: fitting.load(scenario, name).predict(episode) for name in names}
    scores = {name: float(scenario.metric.compute(answer, episode.query.y).mean()) for name, answer in answers.items()}
    best = max(scores, key=lambda name: scenario.metric.sign * scores[name])
    ceiling = scenario.metric.compute(Bayes(scenario).predict(episode), episode.query.y)
    return ReferenceScores(best, scores[best], float(ceiling.mean()), tasks=TASKS, queries=QUERIES)


@lru_cache(maxsize=5)  # one for each scenario: drawing new ones took longer than the chunk
def _validation(scenario_name: str) -> Episode:
    scenario, rng = scenario_named(scenario_name), rng_for("train", SEED, 4)
    tasks = scenario.sample_tasks(rng, TASKS)
    draw = draw_examples(tasks, rng, shots=SHOTS, queries=QUERIES, most_shots=scenario.max_shots)
    return open_episode(scenario, draw, room=SHOTS)


@lru_cache(maxsize=5)
def _pool(scenario_name: str, recipe: Recipe) -> Pool:
    return draw_pool(scenario_named(scenario_name), recipe, SEED)


def _as_drawn(recipe: Recipe) -> Recipe:
    """Return the part of a recipe that decides which tasks are drawn: trainings that differ elsewhere share a pool."""
    return Recipe(train_tasks=recipe.train_tasks, max_shots=recipe.max_shots, queries=recipe.queries)
