"""The maps of many tasks: an embedding of tasks, and the change of each layer. This runs in the worker.

Functions are compared across tasks, not weights: the change of the network's answers to the same inputs by adapting.
"""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import tensorflow as tf

from scenarios.catalog import scenario_named
from scenarios.demo.maps import (
    COMPONENTS,
    SHOTS,
    TASKS,
    ModelMap,
    TaskMap,
    read_truths,
    with_interval,
)
from scenarios.demo.precomputed import curve_grid, sample_demo_task
from scenarios.demo.trajectories import (
    adapted,
    function_at,
    head_adapted,
    iterative_learner,
    layer_changes,
    layer_outputs,
    linear_cka,
    weight_changes,
)
from scenarios.episode import Draw, Episode, open_episode
from scenarios.evaluation.statistics import mean_with_interval
from scenarios.learners.registry import TRACED
from scenarios.meta_learner.gradient import GradientLearner
from scenarios.meta_learner.network import Weights, predictions
from scenarios.scenario import Latent, Scenario
from scenarios.task import Array, Examples, rng_for

_QUERIES = 100  # query examples of each of many tasks
_REFERENCES = 300  # inputs at which functions are compared


def task_map(scenario_name: str, weights: bytes = b"") -> TaskMap:
    """Where each of many tasks moves the meta-learned function to. Raises UserError when weights are missing."""
    scenario = scenario_named(scenario_name)
    learner = iterative_learner(scenario_name, "maml", weights)
    episode, latents = many_tasks(scenario_name)
    x = tf.constant(_reference_inputs(scenario))
    change = function_at(adapted(learner, episode), x) - function_at(learner.initial_weights(episode), x)
    components, explained = _principal(change.reshape(len(change), -1))
    truth = np.stack([latent.values for latent in latents], axis=1)
    read = read_truths(components, truth)
    r2 = with_interval(truth, read)
    order = np.argsort(-r2[:, 0])
    return TaskMap(
        seeds=np.arange(1, TASKS + 1),
        components=components,
        explained=explained,
        names=tuple(latents[i].name for i in order),
        labels=tuple(latents[i].label for i in order),
        truth=truth[:, order],
        read=read[:, order],
        r2=r2[order],
    )


def model_map(scenario_name: str, weights: bytes = b"") -> ModelMap:
    """Measure the change of each layer on the tasks of the task map."""
    scenario = scenario_named(scenario_name)
    episode, _ = many_tasks(scenario_name)
    change, parts, alike, scores, ran_away, steps = {}, {}, {}, {}, {}, {}
    lost = np.zeros(3)
    sign = scenario.metric.sign
    for name in TRACED:
        learner = iterative_learner(scenario_name, name, weights)
        start, after = learner.initial_weights(episode), adapted(learner, episode)
        arrived = np.all([np.isfinite(w.numpy()).all((1, 2)) for w in after], axis=0)
        change[name] = _means(layer_changes(start, after)[arrived])
        parts[name] = _means(weight_changes(start, after)[arrived])
        layers = [layer_outputs(state, tf.constant(episode.query.x)) for state in (start, after)]
        alike[name] = _means(np.stack([linear_cka(*pair)[arrived] for pair in zip(*layers, strict=True)], axis=1))
        ends = {"none": start, "all": after}
        if name == "maml":  # whose rates suit the head alone as well; from scratch they were chosen for all layers
            ends["head"] = head_adapted(learner, episode)
        part_scores = {part: _scores(scenario, learner, end, episode)[arrived] for part, end in ends.items()}
        scores[name] = {part: _means(score[:, None])[0] for part, score in part_scores.items()}
        if name == "maml":
            lost = _means(sign * (part_scores["all"] - part_scores["head"])[:, None])[0]
        ran_away[name], steps[name] = int((~arrived).sum()), learner.evaluation_step(episode.shots)
    return ModelMap(len(change["maml"]), change, parts, alike, scores, lost, ran_away, steps)


@lru_cache(maxsize=8)
def many_tasks(scenario_name: str) -> tuple[Episode, tuple[Latent, ...]]:
    """Return the tasks of seeds 1, 2, ... as their pages show them, in one episode, and their latents."""
    scenario = scenario_named(scenario_name)
    pairs = [sample_demo_task(scenario, seed, 0, SHOTS, queries=_QUERIES) for seed in range(1, TASKS + 1)]
    draw = Draw(_stacked([draw.support for _, draw in pairs]), _stacked([draw.query for _, draw in pairs]))
    truths = zip(*(scenario.latents(task) for task, _ in pairs), strict=True)
    latents = tuple(replace(each[0], values=np.concatenate([latent.values for latent in each])) for each in truths)
    return open_episode(scenario, draw, room=SHOTS), latents


def _stacked(examples: list[Examples]) -> Examples:
    return Examples(np.concatenate([e.x for e in examples]), np.concatenate([e.y for e in examples]))


def _scores(scenario: Scenario, learner: GradientLearner, weights: Weights, episode: Episode) -> Array:
    """Return the learner's scores with these weights: (tasks,)."""
    y = episode.query.y
    answer = predictions(weights, tf.constant(episode.query.x), tf.constant(y)).numpy()
    return scenario.metric.compute(learner.stated(episode.shots, answer), y)


def _means(values: Array) -> Array:
    """Return mean, low and high over tasks: values (tasks, columns) -> (columns, 3)."""
    estimates = [mean_with_interval(column) for column in values.T]
    return np.array([[estimate.mean, estimate.low, estimate.high] for estimate in estimates])


def _principal(change: Array) -> tuple[Array, Array]:
    """Return the first principal components of (tasks, values) and the share of variance that each explains."""
    u, s, _ = np.linalg.svd(change - change.mean(0), full_matrices=False)
    shares = s**2 / max(float((s**2).sum()), 1e-12)
    return u[:, :COMPONENTS] * s[:COMPONENTS], shares[:COMPONENTS]


def _reference_inputs(scenario: Scenario) -> Array:
    """Return the same inputs for every task: examples of many other tasks, or the whole range of x. (1, n, inputs)."""
    if scenario.regression:
        x = curve_grid(scenario)[None, :, None]
    else:
        rng = rng_for("validation", 0, 3)
        x = scenario.sample_tasks(rng, _REFERENCES // 10).query(rng, 10).x
        x = x.reshape(1, -1, *x.shape[2:])
    return scenario.encode(x).astype(np.float32)
