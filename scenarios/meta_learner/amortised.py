"""Strategies that read a support set and predict in one pass, without inner-loop steps."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from scenarios.episode import Episode
from scenarios.meta_learner import in_context, prototypes, ridge
from scenarios.meta_learner.network import Weights
from scenarios.recipe import Recipe
from scenarios.task import Array

Init = Callable[[np.random.Generator, int, int, Recipe], tuple[Array, ...]]  # rng, inputs, ways, recipe
Answer = Callable[[Weights, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, Recipe], tf.Tensor]

FAMILIES: dict[str, tuple[Init, Answer]] = {
    "prototypes": (prototypes.init, prototypes.answer),
    "ridge": (ridge.init, ridge.answer),
    "in_context": (in_context.init, in_context.answer),
}
_AT_ONCE = 100  # tasks, so that memory stays small


def answer_loss(answer: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Return the mean negative log-likelihood of each task's labels y (tasks, n), in nats."""
    if y.dtype.is_floating:
        mean, deviation = answer[..., 0], answer[..., 1]
        surprise = 0.5 * tf.square((y - mean) / deviation) + tf.math.log(deviation) + 0.5 * np.log(2 * np.pi)
    else:
        surprise = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=answer)
    return tf.reduce_mean(surprise, axis=1)


@tf.function(jit_compile=True, autograph=False)  # type: ignore[untyped-decorator]
def _answers(
    weights: Weights, x: tf.Tensor, y: tf.Tensor, mask: tf.Tensor, query_x: tf.Tensor, recipe: Recipe
) -> tf.Tensor:
    outputs = FAMILIES[recipe.strategy][1](weights, x, y, mask, query_x, recipe)
    return outputs if y.dtype.is_floating else tf.nn.softmax(outputs)


@dataclass(frozen=True)
class AmortisedLearner:
    """The arrays that were learned across tasks, and the recipe that determines their use."""

    weights: tuple[Array, ...]
    recipe: Recipe

    def predict(self, episode: Episode) -> Array:
        """Predict the query set in one forward pass: (tasks, queries, ways), or mean and deviation in a regression."""
        weights = tuple(map(tf.constant, self.weights))
        parts = []
        for begin in range(0, episode.tasks, _AT_ONCE):
            some = slice(begin, begin + _AT_ONCE)
            arrays = (episode.support.x, episode.support.y, episode.mask, episode.query.x)
            parts.append(_answers(weights, *(tf.constant(array[some]) for array in arrays), self.recipe).numpy())
        return np.concatenate(parts)
