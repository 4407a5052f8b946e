"""A small network as functions of its weights, which always have a leading task axis.

One task is the same call with a leading 1, and a start that all tasks share has a leading 1 too.
"""

from itertools import pairwise

import numpy as np
import tensorflow as tf

from scenarios.task import Array

Weights = tuple[tf.Tensor, ...]  # kernel (tasks, in, out), bias (tasks, 1, out), kernel, bias, ...


def random_start(rng: np.random.Generator, sizes: tuple[int, ...], tasks: int = 1) -> tuple[Array, ...]:
    """He-normal kernels and zero biases (He et al. 2015), one random network for every task.

    `sizes` runs from the number of inputs over the hidden widths to the number of outputs.
    """
    weights: list[Array] = []
    for fan_in, fan_out in pairwise(sizes):
        kernel = rng.standard_normal((tasks, fan_in, fan_out)) * np.sqrt(2 / fan_in)
        weights += [kernel.astype(np.float32), np.zeros((tasks, 1, fan_out), np.float32)]
    return tuple(weights)


def outputs(weights: Weights, x: tf.Tensor) -> tf.Tensor:
    """Apply ReLU layers, the last one linear: x (tasks, n, inputs) -> logits or predicted numbers (tasks, n, ways)."""
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        x = tf.nn.relu(x @ kernel + bias)
    return x @ weights[-2] + weights[-1]


def task_loss(weights: Weights, x: tf.Tensor, y: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    """Mean loss of each task (tasks,) over the examples that `mask` (tasks, n) keeps."""
    return tf.reduce_sum(example_loss(weights, x, y) * mask, axis=1) / tf.reduce_sum(mask, axis=1)


def example_loss(weights: Weights, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Return cross-entropy for class numbers y (tasks, n), squared error for real ones: (tasks, n)."""
    answer = outputs(weights, x)
    if y.dtype.is_floating:
        return tf.square(answer[..., 0] - y)
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=answer)


def predictions(weights: Weights, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Return class probabilities, or the number itself in a regression: (tasks, n, ways)."""
    answer = outputs(weights, x)
    return answer if y.dtype.is_floating else tf.nn.softmax(answer)
