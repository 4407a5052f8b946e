"""Prototypical networks (Snell, Swersky and Zemel 2017, arXiv 1703.05175): the nearest class mean in learned features.

Two more parameters are learned with the features: the scale of distances, and the log odds of the classes.
"""

import numpy as np
import tensorflow as tf

from scenarios.meta_learner.network import Weights, outputs, random_start
from scenarios.recipe import Recipe
from scenarios.task import Array


def init(rng: np.random.Generator, inputs: int, ways: int, recipe: Recipe) -> tuple[Array, ...]:
    """Return the initialisation: the network of the features, the log of the scale, the log odds of the classes."""
    network = random_start(rng, (inputs, *recipe.hidden, recipe.features))
    return (*network, np.zeros((1, 1, 1), np.float32), np.zeros((1, 1, ways), np.float32))


def answer(
    learned: Weights, x: tf.Tensor, y: tf.Tensor, mask: tf.Tensor, query_x: tf.Tensor, recipe: Recipe
) -> tf.Tensor:
    """Logits (tasks, queries, ways): minus the squared distance of each query example to each class mean."""
    *network, log_scale, log_odds = learned
    members = tf.one_hot(y, log_odds.shape[-1]) * mask[..., None]  # (tasks, n, ways)
    sums = tf.einsum("tnw,tnf->twf", members, outputs(tuple(network), x))
    means = sums / tf.maximum(tf.reduce_sum(members, axis=1)[..., None], 1.0)
    query = outputs(tuple(network), query_x)
    distances = tf.reduce_sum(tf.square(query[:, :, None] - means[:, None]), axis=-1)
    return log_odds - tf.exp(log_scale) * distances / recipe.features
