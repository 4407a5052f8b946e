"""Learners that move by gradient steps, watched from inside: their weights, layer by layer and step by step."""

from functools import lru_cache

import numpy as np
import tensorflow as tf

from scenarios.catalog import scenario_named
from scenarios.episode import Episode
from scenarios.learner import MOMENTS
from scenarios.learners import fitting
from scenarios.meta_learner.gradient import GradientLearner, constant_rates, inner_step, rates_at
from scenarios.meta_learner.network import Weights, outputs
from scenarios.task import Array

MOST_STEPS = max(MOMENTS)


@tf.function(jit_compile=True, autograph=False)  # type: ignore[untyped-decorator]
def _arrive(weights: Weights, x: tf.Tensor, y: tf.Tensor, mask: tf.Tensor, rates: Weights, steps: tf.Tensor) -> Weights:
    """The weights after `steps` inner steps."""

    def step(taken: tf.Tensor, weights: Weights) -> tuple[tf.Tensor, Weights]:
        return taken + 1, inner_step(weights, x, y, mask, rates_at(rates, taken))

    arrived: Weights = tf.while_loop(lambda taken, _: taken < steps, step, (tf.constant(0), weights))[1]
    return arrived


@tf.function(jit_compile=True, autograph=False)  # type: ignore[untyped-decorator]
def _follow(
    weights: Weights, x: tf.Tensor, y: tf.Tensor, mask: tf.Tensor, rates: Weights, steps: tf.Tensor
) -> tf.Tensor:
    """The weights of one task before the first inner step and after each, in one row each: (MOST_STEPS + 1, weights).

    The rows after `steps` are empty.
    """

    def row(weights: Weights) -> tf.Tensor:
        return tf.concat([tf.reshape(w, [-1]) for w in weights], axis=0)

    rows = tf.TensorArray(tf.float32, MOST_STEPS + 1, element_shape=row(weights).shape).write(0, row(weights))

    def step(taken: tf.Tensor, weights: Weights, rows: tf.TensorArray) -> tuple[tf.Tensor, Weights, tf.TensorArray]:
        weights = inner_step(weights, x, y, mask, rates_at(rates, taken))
        return taken + 1, weights, rows.write(taken + 1, row(weights))

    return tf.while_loop(lambda taken, *_: taken < steps, step, (tf.constant(0), weights, rows))[-1].stack()


@lru_cache(maxsize=64)
def walker(scenario_name: str, name: str, weights: bytes = b"") -> GradientLearner:
    """A learner that moves by gradient steps. Raises ReaderError when its weights are missing or damaged.

    `weights` are the content of a weights file, of a reader's own learner that stands in for the meta-learned one.
    """
    scenario = scenario_named(scenario_name)
    own = weights and name == "maml"
    learner = fitting.handed_on(scenario, name, weights) if own else fitting.load(scenario, name)
    if not isinstance(learner, GradientLearner):
        raise TypeError(f"{name} does not move by gradient steps")
    return learner


def starting_point(learner: GradientLearner, episode: Episode) -> Weights:
    """The weights before the first inner step; every task has its own copy."""
    start = learner.start(episode.tasks)
    return tuple(tf.broadcast_to(tf.constant(w), [episode.tasks, *w.shape[1:]]) for w in start)


def walk_of_one(learner: GradientLearner, episode: Episode) -> Array:
    """An only task's weights before the first inner step and after each one, in rows: (steps + 1, weights)."""
    steps = learner.judged_after(episode.shots)
    rows: Array = _follow(starting_point(learner, episode), *_lesson(learner, episode), tf.constant(steps)).numpy()
    return rows[: steps + 1].astype(float)


def adapted(learner: GradientLearner, episode: Episode) -> Weights:
    """The weights with which the learner is judged."""
    steps = tf.constant(learner.judged_after(episode.shots))
    end: Weights = _arrive(starting_point(learner, episode), *_lesson(learner, episode), steps)
    return end


def head_adapted(learner: GradientLearner, episode: Episode) -> Weights:
    """Adapt the last layer alone (ANIL's test: Raghu et al. 2020): a network of one layer that reads the features."""
    start = starting_point(learner, episode)
    features = layer_outputs(start, tf.constant(episode.support.x))[-2]
    _, y, mask, rates = _lesson(learner, episode)
    steps = tf.constant(learner.judged_after(episode.shots))
    head: Weights = _arrive(start[-2:], features, y, mask, rates[-2:], steps)
    return start[:-2] + head


def rates_of(learner: GradientLearner, shots: int) -> Weights:
    """The rates of every inner step, for each of the weights (steps, 1, 1)."""
    rates, _ = learner.rule(shots)
    if isinstance(rates, float | int):
        rates = constant_rates(float(rates), learner.start(1))
    return tuple(map(tf.constant, rates))


def _lesson(learner: GradientLearner, episode: Episode) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, Weights]:
    support = tf.constant(episode.support.x), tf.constant(episode.support.y), tf.constant(episode.mask)
    return *support, rates_of(learner, episode.shots)


def layer_outputs(weights: Weights, x: tf.Tensor) -> list[tf.Tensor]:
    """What every layer says of x (tasks, n, inputs): hidden layers after their ReLU, and last the network's outputs."""
    said = [x]
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        said.append(tf.nn.relu(said[-1] @ kernel + bias))
    return [*said[1:], said[-1] @ weights[-2] + weights[-1]]


def function_at(weights: Weights, x: tf.Tensor) -> Array:
    """Outputs at the same inputs x (1, n, inputs): (tasks, n, ways); logits less their mean over classes."""
    said: Array = outputs(weights, tf.broadcast_to(x, [weights[0].shape[0], *x.shape[1:]])).numpy()
    return said - said.mean(-1, keepdims=True) if said.shape[-1] > 1 else said


def layer_changes(start: Weights, after: Weights) -> Array:
    """How far each layer moved, kernel and bias together, over the length of its start: (tasks, layers)."""
    moved, began = weight_changes(start, after), weight_changes(tuple(map(tf.zeros_like, start)), start)
    by_layer = [np.square(part).reshape(len(part), -1, 2).sum(-1) for part in (moved, began)]
    relative: Array = np.sqrt(by_layer[0] / by_layer[1])
    return relative


def weight_changes(start: Weights, after: Weights) -> Array:
    """The length of the way from start to after of each kernel and bias: (tasks, 2 * layers)."""
    away = [(b - a).numpy().astype(np.float64) for a, b in zip(start, after, strict=True)]
    return np.stack([np.sqrt(np.square(part).sum((1, 2))) for part in away], axis=1)


def linear_cka(one: Array, other: Array) -> Array:
    """Linear centred kernel alignment (Kornblith et al. 2019) of two layers' answers (tasks, n, units): (tasks,).

    1: the same up to rotation and scale. Where one of them says the same of everything, 0.
    """
    one, other = (np.asarray(each, np.float64) for each in (one, other))
    one, other = one - one.mean(1, keepdims=True), other - other.mean(1, keepdims=True)

    def shared(a: Array, b: Array) -> Array:
        common: Array = np.square(np.swapaxes(a, 1, 2) @ b).sum((1, 2))
        return common

    alike: Array = shared(one, other) / np.maximum(np.sqrt(shared(one, one) * shared(other, other)), 1e-12)
    return alike
