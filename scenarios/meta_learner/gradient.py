"""A learner of the inner loop: an initialisation, learning rates and a number of steps.

"Meta-learned" and "from scratch" are this very code from two initialisations, at two learning rates.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from scenarios.episode import Episode
from scenarios.learner import EVALUATION_STEPS, FARTHEST
from scenarios.meta_learner.inner_loop import CLIP_NORM, constant_inner_lrs, record_predictions, record_weights
from scenarios.meta_learner.network import Weights, predictions
from scenarios.task import Array

InnerLrs = float | tuple[Array, ...]  # one for all, or for each of the weights (steps, ...)


def identity(_: int, answer: Array) -> Array:
    """Return class probabilities as they are: no calibration."""
    return answer


@dataclass(frozen=True)
class GradientLearner:
    """A learner that takes inner steps on the support set.

    Parameters
    ----------
    start : callable
        From a number of tasks to the initial weights, with a leading axis of 1 (shared) or tasks.
    rule : callable
        From shots to (inner learning rates, number of inner steps).
    calibrate : callable
        From (shots, class probabilities) to class probabilities.
    clip_norm : float
        Bound on the norm of a task's gradient, if a number is predicted.
    """

    start: Callable[[int], tuple[Array, ...]]
    rule: Callable[[int], tuple[InnerLrs, int]]
    calibrate: Callable[[int, Array], Array] = identity
    clip_norm: float = CLIP_NORM

    def predict(self, episode: Episode) -> Array:
        """Predict the query set after `evaluation_step` inner steps: (tasks, queries, ways)."""
        answer: Array = self.after(episode, (self.evaluation_step(episode.shots),))[0]
        return answer

    def trajectory(self, episode: Episode) -> Array:
        """Predict the query set after each of EVALUATION_STEPS: (evaluation steps, tasks, queries, ways)."""
        return self.after(episode, EVALUATION_STEPS)

    def evaluation_step(self, shots: int) -> int:
        """Return the number of inner steps after which `predict` predicts."""
        return self.rule(shots)[1]

    def after(self, episode: Episode, steps: tuple[int, ...]) -> Array:
        """Predict the query set after each number of inner steps: (evaluations, tasks, queries, ways)."""
        return self.stated(episode.shots, self._outputs(episode, steps))

    def diverges(self, episode: Episode) -> NDArray[np.bool_]:
        """Return on which tasks the inner loop ends without a usable prediction: (tasks,).

        `predict` then returns a number at FARTHEST, or classes that are equally probable.
        """
        outputs = self._outputs(episode, (self.evaluation_step(episode.shots),))[0]
        farthest = FARTHEST if outputs.shape[-1] == 1 else np.inf
        found: NDArray[np.bool_] = (~(np.abs(outputs) < farthest)).any((1, 2))
        return found

    def _outputs(self, episode: Episode, steps: tuple[int, ...]) -> Array:
        """Return the network's outputs for the query set, NaN if inner steps diverged."""
        init, query_x = self.initial_weights(episode), tf.constant(episode.query.x)
        if steps == (0,):  # to compile a loop in which nothing moves would take a second
            answer = predictions(init, query_x, tf.constant(episode.support.y))[None]
        else:
            answer = record_predictions(
                init, *self.support(episode), query_x, self.inner_lrs(episode.shots), tf.constant(steps), self._bound()
            )
        outputs: Array = answer.numpy()
        return outputs

    def weights_after(self, episode: Episode, steps: Sequence[int] | Array) -> Weights:
        """Return the weights after each number of inner steps, none smaller than the one before.

        Each of the weights has a leading axis of evaluations: (evaluations, tasks, in, out).
        """
        lesson = *self.support(episode), self.inner_lrs(episode.shots)
        recorded: Weights = record_weights(
            self.initial_weights(episode), *lesson, tf.constant(steps, tf.int32), self._bound()
        )
        return recorded

    def head_after(self, episode: Episode, features: tf.Tensor, steps: int) -> Weights:
        """Return the kernel and bias of the last layer if it alone takes inner steps.

        The features (tasks, rows, width) are those of the support set in the last hidden layer, which do not change.
        """
        _, y, mask = self.support(episode)
        head, inner_lrs = self.initial_weights(episode)[-2:], self.inner_lrs(episode.shots)[-2:]
        recorded = record_weights(head, features, y, mask, inner_lrs, tf.constant([steps]), self._bound())
        return tuple(w[0] for w in recorded)

    def initial_weights(self, episode: Episode) -> Weights:
        """Return the weights before the first inner step.

        Every task has its own copy already here: learners of both kinds then run the same compiled loop.
        """
        start = self.start(episode.tasks)
        return tuple(tf.constant(np.broadcast_to(w, (episode.tasks, *w.shape[1:]))) for w in start)

    def inner_lrs(self, shots: int) -> Weights:
        """Return the learning rates of all inner steps, for each of the weights: (steps, ...)."""
        inner_lrs, _ = self.rule(shots)
        if isinstance(inner_lrs, int | float):
            inner_lrs = constant_inner_lrs(inner_lrs, self.start(1))
        return tuple(map(tf.constant, inner_lrs))

    @staticmethod
    def support(episode: Episode) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Return x (tasks, rows, inputs), y (tasks, rows) and mask (tasks, rows) of the support set."""
        return tf.constant(episode.support.x), tf.constant(episode.support.y), tf.constant(episode.mask)

    def stated(self, shots: int, answer: Array) -> Array:
        """Return a network's output (..., ways) as a prediction: finite, and calibrated if it is of classes."""
        if answer.shape[-1] == 1:  # a number
            return np.clip(np.nan_to_num(answer, nan=FARTHEST), -FARTHEST, FARTHEST)
        known = np.nan_to_num(answer, nan=1 / answer.shape[-1])  # a loop that diverged has no information
        return self.calibrate(shots, known)

    def _bound(self) -> tf.Tensor:
        return tf.constant(self.clip_norm, tf.float32)
