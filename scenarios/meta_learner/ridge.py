"""A closed-form head on learned features: Bayesian linear regression, whose prior is learned across tasks.

R2-D2 (Bertinetto et al. 2019, arXiv 1805.08136) for classification, ALPaCA (Harrison, Sharma and Pavone 2018, arXiv
1807.08912) for regression. The prior is Gaussian: mean and precision of each head weight, and the
noise of the labels.
"""

import numpy as np
import tensorflow as tf

from scenarios.meta_learner.network import Weights, outputs, random_start
from scenarios.recipe import Recipe
from scenarios.task import Array


def init(rng: np.random.Generator, inputs: int, ways: int, recipe: Recipe) -> tuple[Array, ...]:
    """Return the initialisation: the network of the features, the prior of the head, the noise, scale and shift."""
    network = random_start(rng, (inputs, *recipe.hidden, recipe.features))
    head = recipe.features + 1
    return (
        *network,
        np.zeros((1, head, ways), np.float32),  # the prior's mean
        np.zeros((1, head, 1), np.float32),  # the log of its precision
        np.zeros((1, 1, 1), np.float32),  # the log of the noise's variance
        np.zeros((1, 1, 1), np.float32),  # the log of a standard deviation's size in logits
        np.zeros((1, 1, ways), np.float32),  # log odds of the classes
    )


def answer(
    learned: Weights, x: tf.Tensor, y: tf.Tensor, mask: tf.Tensor, query_x: tf.Tensor, recipe: Recipe
) -> tf.Tensor:
    """Logits (tasks, queries, ways), or the mean and standard deviation of a number (tasks, queries, 2)."""
    *network, mean, log_precision, log_noise, log_scale, log_odds = learned
    # In double precision: one measurement far outside makes the sum of squares too uneven for a single's seven digits.
    mean, log_precision, log_noise = (tf.cast(prior, tf.float64) for prior in (mean, log_precision, log_noise))
    mask = tf.cast(mask, tf.float64)
    features = _features(tuple(network), x, recipe) * mask[..., None]  # (tasks, n, head)
    query = _features(tuple(network), query_x, recipe)
    numbers = y.dtype.is_floating
    targets = y[..., None] if numbers else 2 * tf.one_hot(y, log_odds.shape[-1]) - 1
    targets = tf.cast(targets, tf.float64)  # (tasks, n, ways)
    precision, noise = tf.exp(log_precision), tf.exp(log_noise)
    # The posterior of what the head differs from its prior's mean by.
    gram = tf.matmul(features, features, transpose_a=True) / noise + tf.linalg.diag(precision[..., 0])
    missed = (targets - features @ mean) * mask[..., None]
    root = tf.linalg.cholesky(gram)  # (tasks, head, head)
    moved = tf.linalg.cholesky_solve(root, tf.matmul(features, missed, transpose_a=True) / noise)
    mean_logits = query @ (mean + moved)  # (tasks, queries, ways)
    unsure = tf.linalg.triangular_solve(root, tf.linalg.matrix_transpose(query))  # (tasks, head, queries)
    deviation = tf.sqrt(noise + tf.reduce_sum(tf.square(unsure), axis=1)[..., None])
    if numbers:
        return tf.cast(tf.concat([mean_logits, deviation], axis=-1), tf.float32)
    return log_odds + tf.exp(log_scale) * tf.cast(mean_logits / deviation, tf.float32)


def _features(network: Weights, x: tf.Tensor, recipe: Recipe) -> tf.Tensor:
    features = tf.cast(outputs(network, x) / recipe.features**0.5, tf.float64)
    return tf.concat([features, tf.ones_like(features[..., :1])], axis=-1)  # the last is for the bias
