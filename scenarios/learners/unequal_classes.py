"""Handling of support sets with unequal classes: chosen on training tasks for each method, like its hyperparameters.

Methods were fitted to support sets with as many examples of each class. The class shares of a support set are a choice
of the labelling, without information about the query examples; but a method may follow them all the same.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, get_args

import numpy as np

from scenarios.episode import Draw, Episode, class_weights, draw_examples, open_episode
from scenarios.learner import Learner
from scenarios.learners import tuning
from scenarios.learners.registry import REGISTRY, Rung
from scenarios.metrics import negative_log_likelihood
from scenarios.protocol import QUERIES
from scenarios.scenario import Scenario
from scenarios.task import Array, rng_for

Treatment = Literal["as_is", "weighted", "evened"]
_TASKS = 200  # training tasks on which the treatment is chosen
_STREAM = 8  # a stream of random numbers used nowhere else
_AS_GOOD = 0.001  # score difference that counts as none


@dataclass(frozen=True)
class Treated:
    """A learner that treats unequal classes in one of three ways.

    "as_is" leaves it to the learner; "weighted" gives all classes the same weight in its loss; "evened" multiplies its
    probabilities by `class_weights`.
    """

    learner: Learner
    treatment: Treatment = "as_is"

    def predict(self, episode: Episode) -> Array:
        """Predict, see `Learner.predict`."""
        if self.treatment == "weighted":
            weights = class_weights(episode.support.y, episode.mask, episode.ways)
            each = np.take_along_axis(weights, episode.support.y, axis=1)
            return self.learner.predict(replace(episode, mask=(episode.mask * each).astype(np.float32)))
        answer = self.learner.predict(episode)
        return episode.evened(answer) if self.treatment == "evened" else answer


def choose(scenario: Scenario, name: str, learner: Learner, counts: tuple[int, ...], seed: int) -> Treatment:
    """Return the treatment with the best score on training tasks with these numbers of labels of each class.

    Of those within _AS_GOOD of each other, the one with the best likelihood: the order of two classes, and with it the
    AUROC, is the same if probabilities are evened.
    """
    if len(set(counts)) == 1 or REGISTRY[name].rung in (Rung.NO_LOCAL_LABELS, Rung.BAYES):
        return "as_is"  # there is nothing to treat
    episode, found = _tuning_episode(scenario, counts, seed), list[tuple[int, float, Treatment]]()
    for treatment in get_args(Treatment):
        answer = Treated(learner, treatment).predict(episode)
        score = float(tuning.quality(scenario, answer, episode))
        surprise = float(negative_log_likelihood(answer, episode.query.y).mean())
        found.append((round(score / _AS_GOOD), -surprise, treatment))
    return max(found)[-1]


@lru_cache(maxsize=1)  # the same for several learners
def _tuning_episode(scenario: Scenario, counts: tuple[int, ...], seed: int) -> Episode:
    rng, most = rng_for("train", seed, _STREAM), max(counts)
    tasks = scenario.sample_tasks(rng, _TASKS)
    draw = draw_examples(tasks, rng, shots=most, queries=QUERIES, most_shots=most)
    return open_episode(scenario, Draw(draw.support.first_of_each(counts), draw.query), room=sum(counts) // len(counts))
