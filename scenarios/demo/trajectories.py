"""The weights of learners that take inner steps, layer by layer and step by step."""

from functools import lru_cache

import numpy as np
import tensorflow as tf

from scenarios.catalog import scenario_named
from scenarios.episode import Episode
from scenarios.learner import EVALUATION_STEPS
from scenarios.learners import fitting
from scenarios.meta_learner.gradient import GradientLearner
from scenarios.meta_learner.network import Weights, outputs
from scenarios.task import Array

MOST_STEPS = max(EVALUATION_STEPS)


@lru_cache(maxsize=64)
def iterative_learner(scenario_name: str, name: str, weights: bytes = b"") -> GradientLearner:
    """Return a learner that takes inner steps. Raises UserError when its weights are missing or damaged.

    `weights` is the content of the weights file of a user's own learner, which replaces the meta-learned one.
    """
    scenario = scenario_named(scenario_name)
    own = weights and name == "maml"
    learner = fitting.from_bytes(scenario, name, weights) if own else fitting.load(scenario, name)
    if not isinstance(learner, GradientLearner):
        raise TypeError(f"{name} takes no inner steps")
    return learner


def trajectory_of_one(learner: GradientLearner, episode: Episode) -> Array:
    """Record an only task's weights before the first inner step and after each one, in rows: (steps + 1, weights)."""
    steps = learner.evaluation_step(episode.shots)
    # As many evaluations for every number of steps, so that one loop is compiled for all; the last ones are repeated.
    recorded = learner.weights_after(episode, np.minimum(np.arange(MOST_STEPS + 1), steps))
    rows = np.concatenate([w.numpy().reshape(MOST_STEPS + 1, -1) for w in recorded], axis=1)
    return rows[: steps + 1].astype(float)


def adapted(learner: GradientLearner, episode: Episode) -> Weights:
    """Return the weights with which the learner predicts, one copy for each task."""
    return tuple(w[0] for w in learner.weights_after(episode, [learner.evaluation_step(episode.shots)]))


def head_adapted(learner: GradientLearner, episode: Episode) -> Weights:
    """Adapt the last layer alone (ANIL's test: Raghu et al. 2020)."""
    init = learner.initial_weights(episode)
    features = layer_outputs(init, tf.constant(episode.support.x))[-2]
    return init[:-2] + learner.head_after(episode, features, learner.evaluation_step(episode.shots))


def layer_outputs(weights: Weights, x: tf.Tensor) -> list[tf.Tensor]:
    """Return the outputs of every layer for x (tasks, n, inputs): hidden layers after ReLU, then the network's."""
    layers = [x]
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        layers.append(tf.nn.relu(layers[-1] @ kernel + bias))
    return [*layers[1:], layers[-1] @ weights[-2] + weights[-1]]


def function_at(weights: Weights, x: tf.Tensor) -> Array:
    """Return outputs at the same inputs x (1, n, inputs): (tasks, n, ways); logits less their mean over classes."""
    values: Array = outputs(weights, tf.broadcast_to(x, [weights[0].shape[0], *x.shape[1:]])).numpy()
    return values - values.mean(-1, keepdims=True) if values.shape[-1] > 1 else values


def layer_changes(start: Weights, after: Weights) -> Array:
    """How far each layer moved, kernel and bias together, over the length of its start: (tasks, values)."""
    moved, began = weight_changes(start, after), weight_changes(tuple(map(tf.zeros_like, start)), start)
    by_layer = [np.square(part).reshape(len(part), -1, 2).sum(-1) for part in (moved, began)]
    relative: Array = np.sqrt(by_layer[0] / by_layer[1])
    return relative


def weight_changes(start: Weights, after: Weights) -> Array:
    """Return the length of the change from start to after of each kernel and bias: (tasks, 2 * layers)."""
    away = [(b - a).numpy().astype(np.float64) for a, b in zip(start, after, strict=True)]
    return np.stack([np.sqrt(np.square(part).sum((1, 2))) for part in away], axis=1)


def linear_cka(one: Array, other: Array) -> Array:
    """Linear centred kernel alignment (Kornblith et al. 2019) of two layers' outputs (tasks, n, units): (tasks,).

    1: equal up to rotation and scale. 0 if either is constant.
    """
    one, other = (np.asarray(each, np.float64) for each in (one, other))
    one, other = one - one.mean(1, keepdims=True), other - other.mean(1, keepdims=True)

    def shared(a: Array, b: Array) -> Array:
        common: Array = np.square(np.swapaxes(a, 1, 2) @ b).sum((1, 2))
        return common

    alike: Array = shared(one, other) / np.maximum(np.sqrt(shared(one, one) * shared(other, other)), 1e-12)
    return alike
