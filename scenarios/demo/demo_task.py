"""One task for a page, with every learner's predictions. Names and numbers in, arrays out; this runs in the worker."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import tensorflow as tf

from scenarios.catalog import scenario_named
from scenarios.demo.precomputed import DemoTask, curve_grid, sample_demo_task
from scenarios.episode import Draw, Episode, open_episode
from scenarios.learner import EVALUATION_STEPS, IterativeLearner, Learner
from scenarios.learners import fitting, registry
from scenarios.learners.familiarity import FamiliarityTest
from scenarios.scenario import Scenario
from scenarios.task import Array, Examples

EXPLAINED = registry.META_LEARNED
ENOUGH_SAMPLES = 30  # below this effective sample size the Bayes-optimal score is not drawn


def shown_of(scenario: Scenario) -> list[str]:
    """Return the learners that a page shows on one task, beside the Bayes-optimal predictor."""
    return [name for name in registry.demonstrated(scenario) if name != registry.BAYES]


def adapt_to(
    scenario_name: str,
    seed: int,
    draw: int,
    shots: int,
    own: tuple[tuple[float, float], ...] = (),
    weights: bytes = b"",
) -> DemoTask:
    """Adapt every learner to one draw of a seed's task. Raises UserError if weights are missing or damaged.

    `own` are a user's (x, y), which replace the support set of a regression; then nothing is scored.
    `weights` is the content of a weights file of the user's own learner, which replaces EXPLAINED.
    """
    scenario = scenario_named(scenario_name)
    _, examples = sample_demo_task(scenario, seed, draw, shots)
    if own:
        points = np.array(own)
        examples = replace(examples, support=Examples(points[None, :, :1], points[None, :, 1]))
    if scenario.regression:
        return _fit_curves(scenario, examples, weights, scored=not own)
    return _classify(scenario, examples, weights)


def _classify(scenario: Scenario, examples: Draw, weights: bytes) -> DemoTask:
    episode = open_episode(scenario, examples)
    walks, answers, evaluation_step = _let_adapt(scenario, episode, weights)
    y = examples.query.y[0]
    return DemoTask(
        walks={name: walk[..., -1].astype(np.float32) for name, walk in walks.items()},
        walk_scores={name: scenario.metric.compute(walk, y) for name, walk in walks.items()},
        evaluation_step=evaluation_step,
        answers={name: answer.astype(np.float32) for name, answer in answers.items()},
        scores={name: float(scenario.metric.compute(answer, y)) for name, answer in answers.items()},
        p_value=_p_value(scenario.name, episode),
    )


def _fit_curves(scenario: Scenario, examples: Draw, weights: bytes, *, scored: bool) -> DemoTask:
    """Fit curves through a few points, and score them on the task's query points."""
    grid, y = curve_grid(scenario), examples.query.y[0]
    everywhere = np.concatenate([grid, examples.query.x[0, :, 0]])[None, :, None]
    queried = replace(examples, query=Examples(everywhere, np.zeros(everywhere.shape[:2])))
    episode = open_episode(scenario, queried)
    walks, answers, evaluation_step = _let_adapt(scenario, episode, weights)
    later = slice(len(grid), None)

    def scores(predictions: Array) -> Array:
        return scenario.metric.compute(predictions[..., later, :], y)

    return DemoTask(
        walks={name: walk[:, : len(grid), 0].astype(np.float32) for name, walk in walks.items()},
        walk_scores={name: scores(walk) for name, walk in walks.items()} if scored else {},
        evaluation_step=evaluation_step,
        answers={name: answer[: len(grid)].astype(np.float32) for name, answer in answers.items()},
        scores={name: float(scores(answer)) for name, answer in answers.items()} if scored else {},
        p_value=_p_value(scenario.name, episode),
    )


def _let_adapt(
    scenario: Scenario, episode: Episode, weights: bytes
) -> tuple[dict[str, Array], dict[str, Array], dict[str, int]]:
    """Return one task's trajectories (evaluation steps, queries, ways), answers (queries, ways), evaluation steps."""
    walks, answers, evaluation_step = {}, {}, {}
    for name in shown_of(scenario):
        learner = restored(scenario.name, name, weights if name == EXPLAINED else b"")
        if isinstance(learner, IterativeLearner) and registry.REGISTRY[name].is_iterative:
            walks[name] = learner.trajectory(episode)[:, 0]
            evaluation_step[name] = learner.evaluation_step(episode.shots)
            answers[name] = walks[name][EVALUATION_STEPS.index(evaluation_step[name])]
        else:
            answers[name] = learner.predict(episode)[0]
        if name == EXPLAINED and name not in walks:  # a user's own without inner steps: it does not change
            walks[name], evaluation_step[name] = np.stack([answers[name]] * len(EVALUATION_STEPS)), 0
    ceiling = scenario.bayes(episode.raw.support, episode.raw.query.x)
    if ceiling.effective_samples[0] >= ENOUGH_SAMPLES:
        answers["bayes"] = ceiling.prediction[0]
    return walks, answers, evaluation_step


def log_odds(p: Array) -> Array:
    """Return log(p / (1 - p)) of probabilities, which are held a millionth away from 0 and 1."""
    p = np.clip(p, 1e-6, 1 - 1e-6)
    odds: Array = np.log(p / (1 - p))
    return odds


@tf.function(jit_compile=True, autograph=False)  # type: ignore[untyped-decorator]
def _double(x: tf.Tensor) -> tf.Tensor:
    return x + x


def self_test() -> None:
    """Compile and run a trivial function: the process starts the threads that every answer needs, or fails now."""
    _double(tf.constant(1.0))


def _p_value(scenario_name: str, episode: Episode) -> float:
    return float(_test(scenario_name, episode.shots).p_values(episode)[0])


@lru_cache(maxsize=64)
def _test(scenario_name: str, shots: int) -> FamiliarityTest:
    return fitting.familiarity_test(scenario_named(scenario_name), shots)


@lru_cache(maxsize=64)
def restored(scenario_name: str, name: str, weights: bytes = b"") -> Learner:
    """Return a learner, or the one in the file `weights`. Raises UserError if weights are missing."""
    scenario = scenario_named(scenario_name)
    return fitting.from_bytes(scenario, name, weights) if weights else fitting.load(scenario, name)
