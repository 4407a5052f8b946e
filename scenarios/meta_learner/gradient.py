"""Learning within a task: gradient descent from a start (Finn, Abbeel and Levine 2017, arXiv 1703.03400).

"Meta-learned" and "from scratch" are this very code from two starts, at two rates.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from scenarios.episode import Episode
from scenarios.learner import MOMENTS
from scenarios.meta_learner.network import Weights, cross_entropy, logits
from scenarios.task import Array


def inner_step(weights: Weights, x: tf.Tensor, y: tf.Tensor, mask: tf.Tensor, rate: tf.Tensor) -> Weights:
    """One step downhill on every task's support set: theta' = theta - alpha grad L (eq. 1).

    x (tasks, n, features), y (tasks, n), mask (tasks, n), rate () or (tasks, 1, 1). Nothing is changed in place, so
    an outer tape sees straight through the step, second derivatives included.
    """
    with tf.GradientTape() as tape:
        tape.watch(weights)
        # The sum over tasks: each task's weights touch its own loss only.
        loss = tf.reduce_sum(cross_entropy(weights, x, y, mask))
    return tuple(w - rate * g for w, g in zip(weights, tape.gradient(loss, weights), strict=True))


def adapt(start: Weights, x: tf.Tensor, y: tf.Tensor, mask: tf.Tensor, *, steps: int, rate: tf.Tensor) -> list[Weights]:
    """The weights before the first inner step and after each one, `steps + 1` in all."""
    walk = [each_task(start, x)]
    for _ in range(steps):
        walk.append(inner_step(walk[-1], x, y, mask, rate))
    return walk


def each_task(start: Weights, x: tf.Tensor) -> Weights:
    """Give every task its own copy of a shared start; x (tasks, ...) tells how many there are."""
    return tuple(tf.broadcast_to(w, [tf.shape(x)[0], w.shape[1], w.shape[2]]) for w in start)


@tf.function(jit_compile=True, autograph=False)  # type: ignore[untyped-decorator]
def trajectory(
    start: Weights, x: tf.Tensor, y: tf.Tensor, mask: tf.Tensor, query_x: tf.Tensor, rate: tf.Tensor, moments: tf.Tensor
) -> tf.Tensor:
    """Class probabilities for the query set after each of `moments` inner steps: (moments, tasks, queries, ways).

    One compiled loop. Neither the number of labels (they are masked) nor the rate nor the moments' values are part of
    its shape, so that no slider ever compiles anything.
    """
    weights = each_task(start, x)
    answers = tf.TensorArray(tf.float32, moments.shape[0], element_shape=(*query_x.shape[:2], start[-1].shape[-1]))

    def walk_on(taken: tf.Tensor, weights: Weights) -> tuple[tf.Tensor, Weights]:
        return taken + 1, inner_step(weights, x, y, mask, rate)

    def look(index: tf.Tensor, taken: tf.Tensor, weights: Weights, answers: tf.TensorArray) -> tuple[object, ...]:
        taken, weights = tf.while_loop(lambda taken, _: taken < moments[index], walk_on, (taken, weights))
        return index + 1, taken, weights, answers.write(index, tf.nn.softmax(logits(weights, query_x)))

    count = moments.shape[0]
    start_here = (tf.constant(0), tf.constant(0), weights, answers)
    return tf.while_loop(lambda index, *_: index < count, look, start_here)[-1].stack()


@dataclass(frozen=True)
class GradientLearner:
    """A start and a rule: so many inner steps at such a rate. Meta-learned and from scratch differ in nothing else."""

    start: Callable[[int], tuple[Array, ...]]  # number of tasks -> weights, leading axis 1 (shared) or tasks
    rule: Callable[[int], tuple[float, int]]  # shots -> (rate, steps)

    def predict(self, episode: Episode) -> Array:
        answer: Array = self._run(episode, (self.judged_after(episode.shots),))[0]
        return answer

    def walk(self, episode: Episode) -> Array:
        return self._run(episode, MOMENTS)

    def judged_after(self, shots: int) -> int:
        return self.rule(shots)[1]

    def _run(self, episode: Episode, moments: tuple[int, ...]) -> Array:
        rate, _ = self.rule(episode.shots)
        answer: Array = trajectory(
            tuple(map(tf.constant, self.start(episode.tasks))),
            tf.constant(episode.support.x), tf.constant(episode.support.y), tf.constant(episode.mask),
            tf.constant(episode.query.x), tf.constant(rate, tf.float32), tf.constant(moments),
        ).numpy()  # fmt: skip
        return np.nan_to_num(answer, nan=1 / answer.shape[-1])  # a walk that diverged knows nothing
