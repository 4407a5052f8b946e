"""Learning within a task: gradient descent from a start (Finn, Abbeel and Levine 2017, arXiv 1703.03400).

"Meta-learned" and "from scratch" are this very code from two starts, at two rates.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from scenarios.episode import Episode
from scenarios.learner import MOMENTS
from scenarios.meta_learner.network import Weights, example_loss, predictions, task_loss
from scenarios.task import Array

tf.get_logger().setLevel("ERROR")  # each learner is traced once for each shape, which it would warn of

LONGEST_GRADIENT = 10.0  # of one task's squared error, and of the outer loop
BEYOND_REACH = 1e9  # a bound that asks for nothing to be shortened
FEW = 20  # rows of a support set: ten labels of each of two classes
FARTHEST = 1e3  # a walk that diverges ends here, so that its error stays a number


def inner_step(
    weights: Weights,
    x: tf.Tensor,
    y: tf.Tensor,
    mask: tf.Tensor,
    rates: Weights,
    *,
    frozen: int = 0,
    first_order: bool = False,
    longest: float | tf.Tensor = LONGEST_GRADIENT,
) -> Weights:
    """One step downhill on every task's support set: theta' = theta - alpha grad L (eq. 1).

    x (tasks, n, inputs), y (tasks, n), mask (tasks, n); `rates` holds alpha for each of the weights, in a shape that
    broadcasts against it. The first `frozen` weights stay where they are. Nothing is changed in place, so an outer tape
    sees straight through the step, second derivatives included unless only the `first_order` is wanted.
    """
    still, moving = weights[:frozen], weights[frozen:]
    with tf.GradientTape() as tape:
        tape.watch(moving)
        # The sum over tasks: each task's weights touch its own loss only.
        loss = tf.reduce_sum(task_loss(still + moving, x, y, mask))
    gradient = tape.gradient(loss, moving)
    if first_order:  # the direction is taken as a constant
        gradient = tuple(map(tf.stop_gradient, gradient))
    return still + _moved(moving, gradient, rates[frozen:], y, longest)


def _moved(weights: Weights, gradient: Weights, rates: Weights, y: tf.Tensor, longest: float | tf.Tensor) -> Weights:
    if y.dtype.is_floating:  # what does not move has no length
        moves = (tf.cast(rate != 0, tf.float32) for rate in rates)
        gradient = shortened(tuple(g * move for g, move in zip(gradient, moves, strict=True)), longest)
    return tuple(w - rate * g for w, rate, g in zip(weights, rates, gradient, strict=True))


def shortened(gradient: Weights, longest: float | tf.Tensor = LONGEST_GRADIENT) -> Weights:
    """Each task's gradient, no longer than `longest`: squared errors of a walk that runs away are huge."""
    if isinstance(longest, float) and longest >= BEYOND_REACH:
        return gradient  # its length, and the way back through it, would be a fifth of a meta-training step
    length = tf.sqrt(tf.add_n([tf.reduce_sum(g * g, axis=(1, 2), keepdims=True) for g in gradient]) + 1e-12)
    return tuple(g * tf.minimum(1.0, longest / length) for g in gradient)


def adapt(
    start: Weights,
    x: tf.Tensor,
    y: tf.Tensor,
    mask: tf.Tensor,
    *,
    steps: int,
    rates: Weights,
    frozen: int = 0,
    first_order: bool = False,
    longest: float = LONGEST_GRADIENT,
) -> list[Weights]:
    """The weights before the first inner step and after each one, `steps + 1` in all. `rates` as in `rates_at`."""
    walk = [each_task(start, x)]
    for taken in range(steps):
        now = rates_at(rates, tf.constant(taken))
        walk.append(inner_step(walk[-1], x, y, mask, now, frozen=frozen, first_order=first_order, longest=longest))
    return walk


def rates_at(rates: Weights, taken: tf.Tensor) -> Weights:
    """The rates of one inner step, from those of all (steps, ...); beyond the last one, the last."""
    return tuple(rate[tf.minimum(taken, tf.shape(rate)[0] - 1)] for rate in rates)


def constant_rates(rate: float, start: tuple[Array, ...]) -> tuple[Array, ...]:
    """The same rate for every weight and step: (1, 1, 1) for each of the weights."""
    return tuple(np.full((1, 1, 1), rate, np.float32) for _ in start)


def each_task(start: Weights, x: tf.Tensor) -> Weights:
    """Give every task its own copy of a shared start; x (tasks, ...) tells how many there are."""
    return tuple(tf.broadcast_to(w, [tf.shape(x)[0], w.shape[1], w.shape[2]]) for w in start)


def gradient_of_few(weights: Weights, x: tf.Tensor, y: tf.Tensor, mask: tf.Tensor) -> Weights:
    """The gradient of each task's loss, from the first FEW rows where these hold all examples.

    There is room for fifty labels per class, and mostly there are five: half of the time is saved. Which it is, is
    decided where the loop runs, so that no number of labels is compiled for anew. Nothing is differentiated through
    this.
    """
    share = mask / tf.reduce_sum(mask, axis=1, keepdims=True)

    def of_first(rows: int | None) -> Weights:
        with tf.GradientTape() as tape:
            tape.watch(weights)
            loss = tf.reduce_sum(example_loss(weights, x[:, :rows], y[:, :rows]) * share[:, :rows])
        gradient: Weights = tape.gradient(loss, weights)
        return gradient

    rows = mask.shape[1]  # None in a graph that serves every number of them
    if rows is not None and rows <= FEW:
        return of_first(rows)
    more = tf.reduce_any(mask[:, FEW:] > 0)
    chosen: Weights = tf.cond(more, lambda: of_first(rows), lambda: of_first(FEW))
    return chosen


@tf.function(jit_compile=True, autograph=False)  # type: ignore[untyped-decorator]
def trajectory(
    start: Weights,
    x: tf.Tensor,
    y: tf.Tensor,
    mask: tf.Tensor,
    query_x: tf.Tensor,
    rates: Weights,
    moments: tf.Tensor,
    longest: float | tf.Tensor = LONGEST_GRADIENT,
) -> tf.Tensor:
    """Predictions for the query set after each of `moments` inner steps: (moments, tasks, queries, ways).

    `start` holds a copy for every task.

    One compiled loop. Neither the number of labels (they are masked) nor the rates nor the moments' values are part of
    its shape, so that no slider ever compiles anything.
    """
    weights, count = start, tf.size(moments)
    answers = tf.TensorArray(tf.float32, count, element_shape=(*query_x.shape[:2], start[-1].shape[-1]))

    def walk_on(taken: tf.Tensor, weights: Weights) -> tuple[tf.Tensor, Weights]:
        gradient = gradient_of_few(weights, x, y, mask)
        return taken + 1, _moved(weights, gradient, rates_at(rates, taken), y, longest)

    def look(index: tf.Tensor, taken: tf.Tensor, weights: Weights, answers: tf.TensorArray) -> tuple[object, ...]:
        taken, weights = tf.while_loop(lambda taken, _: taken < moments[index], walk_on, (taken, weights))
        return index + 1, taken, weights, answers.write(index, predictions(weights, query_x, y))

    start_here = (tf.constant(0), tf.constant(0), weights, answers)
    return tf.while_loop(lambda index, *_: index < count, look, start_here)[-1].stack()


def as_said(shots: int, answer: Array) -> Array:
    """The network's own words."""
    return answer


Rates = float | tuple[Array, ...]  # one for all, or for each of the weights (steps, ...)


@dataclass(frozen=True)
class GradientLearner:
    """A start and a rule: so many inner steps at such a rate. Meta-learned and from scratch differ in nothing else."""

    start: Callable[[int], tuple[Array, ...]]  # number of tasks -> weights, leading axis 1 (shared) or tasks
    rule: Callable[[int], tuple[Rates, int]]  # shots -> (rates, steps)
    calibrate: Callable[[int, Array], Array] = as_said  # shots, class probabilities -> class probabilities
    longest: float = LONGEST_GRADIENT  # gradient that a step follows, where a number is predicted

    def predict(self, episode: Episode) -> Array:
        answer: Array = self.after(episode, (self.judged_after(episode.shots),))[0]
        return answer

    def walk(self, episode: Episode) -> Array:
        return self.after(episode, MOMENTS)

    def judged_after(self, shots: int) -> int:
        return self.rule(shots)[1]

    def after(self, episode: Episode, moments: tuple[int, ...]) -> Array:
        """What is predicted after each of `moments` inner steps: (moments, tasks, queries, ways)."""
        rates, _ = self.rule(episode.shots)
        # Every task has its own copy already here: whoever walks on these tasks then runs the same compiled loop.
        start = tuple(np.broadcast_to(w, (episode.tasks, *w.shape[1:])) for w in self.start(episode.tasks))
        network, (x, y) = tuple(map(tf.constant, start)), map(tf.constant, (episode.support.x, episode.support.y))
        query_x = tf.constant(episode.query.x)
        if moments == (0,):  # nobody moves: to compile a loop for that would take a second
            answer: Array = predictions(network, query_x, y).numpy()[None]
        else:
            rates = constant_rates(rates, start) if isinstance(rates, float) else rates
            answer = trajectory(
                network, x, y, tf.constant(episode.mask), query_x, tuple(map(tf.constant, rates)),
                tf.constant(moments), tf.constant(self.longest, tf.float32),
            ).numpy()  # fmt: skip
        if np.issubdtype(episode.support.y.dtype, np.floating):
            return np.clip(np.nan_to_num(answer), -FARTHEST, FARTHEST)
        known = np.nan_to_num(answer, nan=1 / answer.shape[-1])  # a walk that diverged knows nothing
        return self.calibrate(episode.shots, known)
