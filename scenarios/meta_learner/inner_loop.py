"""The inner loop: gradient descent on each task's support set (Finn, Abbeel and Levine 2017, arXiv 1703.03400).

There is one step, `inner_step`, and two drivers of it, because XLA cannot differentiate through a loop with an unknown
number of iterations:

- `adapt` repeats the step in the graph. An outer gradient passes through all of it, second derivatives included, and
  the number of steps is compiled in. Meta-training calls it.
- `record_predictions` and `record_weights` run the step in a `tf.while_loop`. Neither the number of labels (they are
  masked) nor the learning rates nor the numbers of steps are part of its shape, so that no slider compiles
  anything again; nothing is differentiated through it. Learners, maps and challenges call them.

Shapes: a support set is x (tasks, rows, inputs), y (tasks, rows) and mask (tasks, rows), which is 1 for an example and
0 for padding. y is an integer class, or a real number that is predicted by squared error. Weights are kernels
(tasks, in, out) and biases (tasks, 1, out) in turn; an initialisation that tasks share has a leading 1.
"""

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from scenarios.meta_learner.network import Weights, predictions, task_loss
from scenarios.task import Array

tf.get_logger().setLevel("ERROR")  # each learner is traced once for each shape, which it would warn of

CLIP_NORM = 10.0  # of the gradient of one task's squared error, and of the outer loop's
UNBOUNDED = 1e9  # a clip norm from which on no gradient is clipped
FEW = 20  # rows of a support set: ten labels of each of two classes


def inner_step(
    weights: Weights,
    x: tf.Tensor,
    y: tf.Tensor,
    mask: tf.Tensor,
    inner_lrs: Weights,
    *,
    frozen: int = 0,
    first_order: bool = False,
    clip_norm: float | tf.Tensor = CLIP_NORM,
    skip_padding: bool = False,
) -> Weights:
    """Take one step of gradient descent on every task's support set: theta' = theta - alpha grad L (eq. 1).

    Nothing is changed in place, so that an outer tape can differentiate through the step.

    Parameters
    ----------
    weights : tuple of tensors
        theta; every task has its own copy.
    x, y, mask : tensor
        The support set, shaped as above.
    inner_lrs : tuple of tensors
        alpha for each of the weights, in a shape that broadcasts against one task's.
    frozen : int
        How many of the weights, from the first, stay as they are (ANIL).
    first_order : bool
        Whether the outer tape takes the gradient as a constant (FOMAML).
    clip_norm : float or scalar tensor
        Bound on the norm of a task's gradient of a squared error. Cross-entropies are not clipped: their gradients are
        bounded by the inputs.
    skip_padding : bool
        Whether to compute with the first FEW rows only if these hold all examples. There is room for fifty labels per
        class, and mostly there are five: half of the time is saved. It is decided at run time, so that no number of
        labels needs another compilation. Not for steps that are differentiated through.

    Returns
    -------
    tuple of tensors
        theta', shaped as `weights`.
    """
    still, moving = weights[:frozen], weights[frozen:]

    def gradient_of(x: tf.Tensor, y: tf.Tensor, mask: tf.Tensor) -> Weights:
        with tf.GradientTape() as tape:
            tape.watch(moving)
            # The sum over tasks: each task's weights touch its own loss only.
            loss = tf.reduce_sum(task_loss(still + moving, x, y, mask))
        gradient: Weights = tape.gradient(loss, moving)
        return gradient

    rows = mask.shape[1]  # None in a graph that serves every number of them
    if skip_padding and (rows is None or rows > FEW):
        gradient = tf.cond(
            tf.reduce_any(mask[:, FEW:] > 0),
            lambda: gradient_of(x, y, mask),
            lambda: gradient_of(x[:, :FEW], y[:, :FEW], mask[:, :FEW]),
        )
    else:
        gradient = gradient_of(x, y, mask)
    if first_order:
        gradient = tuple(map(tf.stop_gradient, gradient))
    inner_lrs = inner_lrs[frozen:]
    if y.dtype.is_floating:
        moves = (tf.cast(lr != 0, tf.float32) for lr in inner_lrs)  # weights that stay have no part in the norm
        gradient = clip_by_norm(tuple(g * move for g, move in zip(gradient, moves, strict=True)), clip_norm)
    return still + tuple(w - lr * g for w, lr, g in zip(moving, inner_lrs, gradient, strict=True))


def clip_by_norm(gradient: Weights, clip_norm: float | tf.Tensor = CLIP_NORM) -> Weights:
    """Scale each task's gradient down to `clip_norm`, over all weights together, if it is longer.

    Squared errors of a loop that diverges have huge gradients. A float of UNBOUNDED or more leaves the gradient as it
    is: its norm, and the way back through it, would be a fifth of a meta-training step.
    """
    if isinstance(clip_norm, float) and clip_norm >= UNBOUNDED:
        return gradient
    norm = tf.sqrt(tf.add_n([tf.reduce_sum(g * g, axis=(1, 2), keepdims=True) for g in gradient]) + 1e-12)
    return tuple(g * tf.minimum(1.0, clip_norm / norm) for g in gradient)


def adapt(
    init: Weights,
    x: tf.Tensor,
    y: tf.Tensor,
    masks: Sequence[tf.Tensor],
    inner_lrs: Weights,
    *,
    frozen: int = 0,
    first_order: bool = False,
    clip_norm: float = CLIP_NORM,
) -> list[Weights]:
    """Unroll the inner loop, one step for each of `masks`, so that it can be differentiated through.

    Parameters
    ----------
    init : tuple of tensors
        The weights before the first step, shared or one copy for each task.
    x, y : tensor
        The support set, shaped as above.
    masks : sequence of tensors
        The examples of each step, (tasks, rows) each: always the same, or a minibatch for each step.
    inner_lrs : tuple of tensors
        The learning rates of all steps for each of the weights, as `inner_lrs_at` takes them.
    frozen, first_order, clip_norm
        As in `inner_step`.

    Returns
    -------
    list of tuples of tensors
        The weights before the first step and after each one.
    """
    recorded = [each_task(init, x)]
    for step, mask in enumerate(masks):
        now = inner_lrs_at(inner_lrs, tf.constant(step))
        recorded.append(
            inner_step(recorded[-1], x, y, mask, now, frozen=frozen, first_order=first_order, clip_norm=clip_norm)
        )
    return recorded


@tf.function(jit_compile=True, autograph=False)  # type: ignore[untyped-decorator]
def record_predictions(
    init: Weights,
    x: tf.Tensor,
    y: tf.Tensor,
    mask: tf.Tensor,
    query_x: tf.Tensor,
    inner_lrs: Weights,
    evaluation_steps: tf.Tensor,
    clip_norm: float | tf.Tensor = CLIP_NORM,
) -> tf.Tensor:
    """Run the inner loop and predict the query set after some of its steps.

    Parameters
    ----------
    init : tuple of tensors
        The weights before the first step, one copy for each task.
    x, y, mask : tensor
        The support set, shaped as above.
    query_x : tensor
        (tasks, queries, inputs)
    inner_lrs : tuple of tensors
        The learning rates of all steps for each of the weights, as `inner_lrs_at` takes them.
    evaluation_steps : tensor
        (evaluations,): the numbers of steps after which to predict, none smaller than the one before.
    clip_norm : scalar tensor
        As in `inner_step`; a tensor, so that no bound needs another compilation.

    Returns
    -------
    tensor
        (evaluations, tasks, queries, ways): class probabilities, or the predicted number (ways = 1).
    """

    def predict(weights: Weights) -> Weights:
        return (predictions(weights, query_x, y),)

    return _record(init, x, y, mask, inner_lrs, evaluation_steps, clip_norm, predict)[0]


@tf.function(jit_compile=True, autograph=False)  # type: ignore[untyped-decorator]
def record_weights(
    init: Weights,
    x: tf.Tensor,
    y: tf.Tensor,
    mask: tf.Tensor,
    inner_lrs: Weights,
    evaluation_steps: tf.Tensor,
    clip_norm: float | tf.Tensor = CLIP_NORM,
) -> Weights:
    """Run the inner loop and keep the weights after some of its steps; the end alone if there is one such step.

    Parameters are those of `record_predictions`. Returns each of the weights with a leading axis of evaluations:
    (evaluations, tasks, in, out).
    """
    return _record(init, x, y, mask, inner_lrs, evaluation_steps, clip_norm, lambda weights: weights)


def _record(
    init: Weights,
    x: tf.Tensor,
    y: tf.Tensor,
    mask: tf.Tensor,
    inner_lrs: Weights,
    evaluation_steps: tf.Tensor,
    clip_norm: float | tf.Tensor,
    read: Callable[[Weights], Weights],
) -> Weights:
    """Stack the results of `read` for the weights after each of `evaluation_steps`."""
    evaluations = tf.size(evaluation_steps)

    def step(done: tf.Tensor, weights: Weights) -> tuple[tf.Tensor, Weights]:
        now = inner_lrs_at(inner_lrs, done)
        return done + 1, inner_step(weights, x, y, mask, now, clip_norm=clip_norm, skip_padding=True)

    def evaluate(
        index: tf.Tensor, done: tf.Tensor, weights: Weights, recorded: tuple[tf.TensorArray, ...]
    ) -> tuple[object, ...]:
        done, weights = tf.while_loop(lambda done, _: done < evaluation_steps[index], step, (done, weights))
        written = (array.write(index, value) for array, value in zip(recorded, read(weights), strict=True))
        return index + 1, done, weights, tuple(written)

    arrays = tuple(tf.TensorArray(value.dtype, evaluations, element_shape=value.shape) for value in read(init))
    begin = (tf.constant(0), tf.constant(0), init, arrays)
    *_, recorded = tf.while_loop(lambda index, *_: index < evaluations, evaluate, begin)
    return tuple(array.stack() for array in recorded)


def inner_lrs_at(inner_lrs: Weights, step: tf.Tensor) -> Weights:
    """Pick the learning rates of one step from those of all, (steps, ...) each; after the last step, the last."""
    return tuple(lr[tf.minimum(step, tf.shape(lr)[0] - 1)] for lr in inner_lrs)


def constant_inner_lrs(inner_lr: float, init: tuple[Array, ...]) -> tuple[Array, ...]:
    """Return the same learning rate for every weight and step: (1, 1, 1) for each of the weights."""
    return tuple(np.full((1, 1, 1), inner_lr, np.float32) for _ in init)


def each_task(init: Weights, x: tf.Tensor) -> Weights:
    """Give every task its own copy of a shared initialisation; x (tasks, ...) has as many tasks as are wanted."""
    return tuple(tf.broadcast_to(w, [tf.shape(x)[0], w.shape[1], w.shape[2]]) for w in init)
