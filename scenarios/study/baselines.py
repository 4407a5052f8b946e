"""What meta-learning has to beat, each at its best.

Rates, numbers of steps and regularisation are chosen for every number of labels separately, by the scenario's own
metric, on meta-training tasks only: the same right that meta-learning has.
"""

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from scenarios.episode import Episode, draw_examples, open_episode
from scenarios.scenario import Scenario
from scenarios.study.metrics import higher_is_better, score
from scenarios.task import Array, rng_for

TUNING_SHOTS = (1, 2, 5, 10, 20, 50)
TUNING_TASKS = 200
RATES = (0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.4)
INVERSE_PENALTIES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0)


@dataclass(frozen=True)
class Logistic:
    """L2-penalised logistic regression, fitted to each task's support set alone (scikit-learn)."""

    inverse_penalty: Callable[[int], float]  # shots -> C

    def predict(self, episode: Episode) -> Array:
        model = LogisticRegression(C=self.inverse_penalty(episode.shots), max_iter=1000)
        ways = int(episode.raw.support.y.max()) + 1
        answers = np.zeros((episode.tasks, episode.query.x.shape[1], ways))
        for task, known in enumerate(episode.mask > 0):
            x, y = episode.support.x[task][known], episode.support.y[task][known]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                model.fit(_flat(x), y)
            answers[task][:, model.classes_] = model.predict_proba(_flat(episode.query.x[task]))
        return answers


def _flat(x: Array) -> Array:
    return x.reshape(len(x), -1)


@dataclass(frozen=True)
class Bayes:
    """The scenario's own exact answer, as a learner."""

    scenario: Scenario

    def predict(self, episode: Episode) -> Array:
        return self.scenario.bayes(episode.raw.support, episode.raw.query.x).probabilities


def tuning_episodes(scenario: Scenario, seed: int) -> Iterable[tuple[int, Episode]]:
    """(shots, episode) on meta-training tasks, for choosing a baseline's settings."""
    for shots in TUNING_SHOTS:
        rng = rng_for("train", seed, 2)
        tasks = scenario.sample_tasks(rng, TUNING_TASKS)
        draw = draw_examples(tasks, rng, shots=shots, queries=100, most_shots=scenario.max_shots)
        yield shots, open_episode(scenario, draw)


def quality(scenario: Scenario, probabilities: Array, episode: Episode) -> Array:
    """The scenario's metric, averaged over tasks, turned so that more is better: (..., tasks, q, ways) -> (...)."""
    mean: Array = score(scenario.metric, probabilities, episode.query.y).mean(-1)
    return mean if higher_is_better(scenario.metric) else -mean


def nearest(shots: int, tuned_at: Array) -> int:
    """Which of the tuned numbers of labels is nearest to `shots`, on a log scale."""
    return int(np.abs(np.log(tuned_at / shots)).argmin())
