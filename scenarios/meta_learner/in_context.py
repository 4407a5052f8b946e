"""Learning in context: a small transformer reads the support set and answers, in one forward pass.

Trained on tasks from a prior, it approximates that prior's posterior predictive (Mueller et al. 2022, arXiv 2112.10510;
Nguyen and Grover 2022, arXiv 2207.04179). Every example is a token; all tokens attend to the support set
only, so that the order of examples does not matter and query examples do not affect each other.
"""

import numpy as np
import tensorflow as tf

from scenarios.meta_learner.network import Weights
from scenarios.recipe import Recipe
from scenarios.task import Array

HEADS = 4
_SMALLEST_DEVIATION = 1e-3
_BLOCK = 12  # arrays that make up one block


def init(rng: np.random.Generator, inputs: int, ways: int, recipe: Recipe) -> tuple[Array, ...]:
    """Return the initialisation: one block for each hidden width, normalised before attention (Xiong et al. 2020)."""
    width = recipe.hidden[0]

    def kernel(rows: int, columns: int) -> Array:
        drawn: Array = (rng.standard_normal((rows, columns)) / np.sqrt(rows)).astype(np.float32)
        return drawn

    def constant(value: float) -> Array:
        return np.full(width, value, np.float32)

    arrays = [kernel(inputs, width), kernel(ways, width), constant(0), constant(0)]
    for _ in recipe.hidden:
        arrays += [constant(1), constant(0), *(kernel(width, width) for _ in range(4))]
        arrays += [constant(1), constant(0), kernel(width, 2 * width), np.zeros(2 * width, np.float32)]
        arrays += [kernel(2 * width, width), constant(0)]
    outputs = 2 if ways == 1 else ways
    return (*arrays, constant(1), constant(0), kernel(width, outputs) / 10, np.zeros(outputs, np.float32))


def answer(weights: Weights, x: tf.Tensor, y: tf.Tensor, mask: tf.Tensor, query_x: tf.Tensor, _: Recipe) -> tf.Tensor:
    """Logits (tasks, queries, ways), or the mean and standard deviation of a number (tasks, queries, 2)."""
    of_x, of_y, known, query_token, *blocks = weights[:-4]
    gain, bias, head, shift = weights[-4:]
    numbers = y.dtype.is_floating
    labels = y[..., None] @ of_y if numbers else tf.gather(of_y, y)
    tokens = tf.concat([x @ of_x + labels + known, query_x @ of_x + query_token], axis=1)
    for begin in range(0, len(blocks), _BLOCK):
        tokens = _block(tokens, mask, tuple(blocks[begin : begin + _BLOCK]))
    outputs = _normalised(tokens[:, tf.shape(x)[1] :], gain, bias) @ head + shift
    if numbers:
        return tf.concat([outputs[..., :1], tf.nn.softplus(outputs[..., 1:]) + _SMALLEST_DEVIATION], axis=-1)
    return outputs


def _block(tokens: tf.Tensor, mask: tf.Tensor, block: Weights) -> tf.Tensor:
    """Apply one transformer block: every token attends to the support set given by `mask` (tasks, n)."""
    gain, bias, to_query, to_key, to_value, back, gain_2, bias_2, up, up_bias, down, down_bias = block
    plain = _normalised(tokens, gain, bias)
    support = plain[:, : tf.shape(mask)[1]]
    query, key, value = (_in_heads(part) for part in (plain @ to_query, support @ to_key, support @ to_value))
    fits = tf.einsum("tqhd,tnhd->thqn", query, key) / query.shape[-1] ** 0.5
    attention = tf.nn.softmax(tf.where(mask[:, None, None] > 0, fits, -1e9))
    attended = tf.einsum("thqn,tnhd->tqhd", attention, value)
    tokens += tf.reshape(attended, tf.shape(tokens)) @ back
    return tokens + tf.nn.relu(_normalised(tokens, gain_2, bias_2) @ up + up_bias) @ down + down_bias


def _in_heads(tokens: tf.Tensor) -> tf.Tensor:
    """Split the width into attention heads: (tasks, n, width) -> (tasks, n, HEADS, width / HEADS)."""
    return tf.stack(tf.split(tokens, HEADS, axis=2), axis=2)


def _normalised(tokens: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
    centred = tokens - tf.reduce_mean(tokens, axis=-1, keepdims=True)
    return centred * tf.math.rsqrt(tf.reduce_mean(tf.square(centred), axis=-1, keepdims=True) + 1e-5) * gain + bias
