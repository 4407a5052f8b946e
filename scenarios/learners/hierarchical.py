"""Simple statistics with other tasks' data: what is learned of them is a covariance, or the prior of a small model.

Each method tries its kinds of input on training tasks and keeps, for each number of labels, the one that does best.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from scenarios.episode import Draw, Episode, draw_examples, open_episode
from scenarios.learner import Learner
from scenarios.learners import calibration, discriminant, inputs, linear_prior, tuning
from scenarios.learners.calibration import Calibrated
from scenarios.learners.discriminant import ClassMeansPrior
from scenarios.learners.inputs import Inputs
from scenarios.learners.linear_prior import LinearPrior
from scenarios.meta_learner.weights import Checkpoint, Fit, Report
from scenarios.scenario import Scenario
from scenarios.task import Array, Examples, Labels, rng_for

_FOLDS = 5
OTHER_TASKS = 1000  # that a published method learns from, each with the scenario's `max_shots` labels per class
_MOST_WEIGHTS = 110  # of a linear model: with more, its prior takes hours
Arrays = Mapping[str, Array]


@dataclass(frozen=True)
class Method:
    """A method that learns a prior from other tasks.

    Parameters
    ----------
    learn : callable
        From inputs (tasks, n, d), labels (tasks, n) and the number of classes to what it has learned, as arrays.
    predict : callable
        From that, the number of classes, inputs, labels and mask of the support sets and the queries' inputs to
        predictions as `Learner.predict` gives them.
    suits : callable
        Whether it can use so many inputs on a scenario.
    """

    learn: Callable[[Array, Any, int], dict[str, Array]]
    predict: Callable[[Arrays, int, Array, Any, Array, Array], Array]
    suits: Callable[[Scenario, int], bool] = lambda scenario, count: True


def _learn_discriminant(*, random_effects: bool) -> Callable[[Array, Labels, int], dict[str, Array]]:
    def learn(x: Array, y: Labels, ways: int) -> dict[str, Array]:
        prior = discriminant.learn(x, y, ways, random_effects=random_effects)
        between = {} if prior.between is None else {"between": prior.between}
        return {"within": prior.within, "mean": prior.mean, **between}

    return learn


def _predict_discriminant(known: Arrays, ways: int, x: Array, y: Labels, mask: Array, query_x: Array) -> Array:
    prior = ClassMeansPrior(known["within"], known["mean"], known.get("between"))
    if len(prior.mean) != ways * len(prior.within):
        raise ValueError("class means of another scenario")
    return discriminant.predict(prior, x, y, mask, query_x)


def _learn_linear(x: Array, y: Array, ways: int) -> dict[str, Array]:
    prior = linear_prior.learn(x, y, np.ones(y.shape), ways)
    return {"mean": prior.mean, "covariance": prior.covariance, "noise": np.array(prior.noise)}


def _predict_linear(known: Arrays, ways: int, x: Array, y: Array, mask: Array, query_x: Array) -> Array:
    prior = LinearPrior(known["mean"], known["covariance"], float(known["noise"]), ways)
    return linear_prior.predict(prior, x, y, mask, query_x)


_LINEAR = Method(
    _learn_linear,
    _predict_linear,
    lambda scenario, count: (count + 1) * max(scenario.ways - 1, 1) <= _MOST_WEIGHTS,
)
METHODS = {
    "pooled_covariance_lda": Method(_learn_discriminant(random_effects=False), _predict_discriminant),
    "random_effects_lda": Method(_learn_discriminant(random_effects=True), _predict_discriminant),
    "random_effects_logistic": _LINEAR,
    "bayesian_linear": _LINEAR,
}


@dataclass(frozen=True)
class Hierarchical:
    """A method with what it learned from other tasks, on one kind of input."""

    method: Method
    inputs: Inputs
    known: Arrays

    def predict(self, episode: Episode) -> Array:
        """Predict as `Learner.predict` says."""
        x, query_x = self.inputs.of(episode)
        return self.method.predict(self.known, episode.ways, x, episode.support.y, episode.mask, query_x)


@dataclass(frozen=True)
class PerShots:
    """A learner for each of TUNING_SHOTS."""

    learners: tuple[Learner, ...]

    def predict(self, episode: Episode) -> Array:
        """Predict with the learner of the nearest number of labels."""
        return self.learners[tuning.place(episode.shots)].predict(episode)


def learn_from(scenario: Scenario, name: str, kind: str, known: Examples) -> Hierarchical:
    """Return a method that has learned from labelled examples of other tasks, with one kind of input."""
    seen = inputs.fitted(scenario, kind, known)
    return Hierarchical(METHODS[name], seen, METHODS[name].learn(seen(known.x), known.y, scenario.ways))


def kinds_of_input(scenario: Scenario, name: str, known: Examples) -> list[str]:
    """Return the kinds of input that a method tries on a scenario."""
    return [
        kind
        for kind in inputs.suitable(scenario)
        if METHODS[name].suits(scenario, inputs.fitted(scenario, kind, known.first(1)).size)
    ]


def other_tasks(scenario: Scenario, seed: int, count: int, labels_each: int) -> Examples:
    """Return labelled examples of other tasks, `labels_each` of each class, in units: of the training split."""
    rng = rng_for("train", seed, 3)
    tasks = scenario.sample_tasks(rng, count)
    return draw_examples(tasks, rng, shots=labels_each, queries=1, most_shots=labels_each).support


def fit(name: str) -> Fit:
    """Return the function that fits a method to a scenario's training tasks."""

    def fit_method(scenario: Scenario, seed: int, report: Report) -> Checkpoint:
        known = other_tasks(scenario, seed, OTHER_TASKS, scenario.max_shots)
        kinds = kinds_of_input(scenario, name, known)
        tried = []
        for kind in kinds:
            tried.append(learn_from(scenario, name, kind, known))
            report(0.9 * len(tried) / len(kinds), kind)
        chosen = []
        for shots, episode in tuning.tuning_episodes(scenario, seed):
            qualities = [float(tuning.quality(scenario, each.predict(episode), episode)) for each in tried]
            chosen.append(int(np.argmax(qualities)))
            report(0.9 + 0.05 * len(chosen) / len(tuning.TUNING_SHOTS), f"{shots} shots: {kinds[chosen[-1]]}")
        arrays = {"shots": np.array(tuning.TUNING_SHOTS), "chosen": np.array(chosen)}
        for place in set(chosen):
            arrays |= {
                f"{array}_{place}": value
                for array, value in (tried[place].inputs.arrays() | dict(tried[place].known)).items()
            }
        learner = PerShots(tuple(tried[place] for place in chosen))
        arrays |= calibration.arrays_for(scenario, learner, seed, lambda done, word: report(0.95 + 0.05 * done, word))
        report(1.0, "")
        return Checkpoint(arrays, {"other_tasks": OTHER_TASKS, "labels_each": scenario.max_shots})

    return fit_method


def fit_from(scenario: Scenario, name: str, known: Examples, report: Report) -> PerShots:
    """Return a method that has learned from labelled examples of other tasks alone, without calibration.

    known.y (tasks, n) has the classes in turn. The kind of input is chosen by cross-validation over these tasks: each
    answers with its first labels for its others.
    """
    kinds, folds = kinds_of_input(scenario, name, known), min(_FOLDS, len(known.y))
    fold_of = np.arange(len(known.y)) % folds
    most = known.y.shape[1] // scenario.ways // 2
    shots_tried = sorted({min(shots, most) for shots in tuning.TUNING_SHOTS})
    found = np.zeros((len(kinds), len(shots_tried)))
    for fold in range(folds if len(kinds) > 1 else 0):
        rest, held = (Examples(known.x[of], known.y[of]) for of in (fold_of != fold, fold_of == fold))
        for place, kind in enumerate(kinds):
            learner = learn_from(scenario, name, kind, rest)
            for column, shots in enumerate(shots_tried):
                episode = _split(scenario, held, shots)
                found[place, column] += float(tuning.quality(scenario, learner.predict(episode), episode))
        report((fold + 1) / (folds + 1), f"{name}: {len(known.y)} tasks")
    whole = [learn_from(scenario, name, kind, known) for kind in kinds]
    best = dict(zip(shots_tried, found.argmax(0), strict=True))
    report(1.0, f"{name}: {len(known.y)} tasks")
    return PerShots(tuple(whole[best[min(shots, most)]] for shots in tuning.TUNING_SHOTS))


def _split(scenario: Scenario, known: Examples, shots: int) -> Episode:
    """Return the episode in which each task's first labels are its support set and all others its query set."""
    rows = shots * scenario.ways
    draw = Draw(known.first(rows), Examples(known.x[:, rows:], known.y[:, rows:]))
    return open_episode(scenario, draw, room=shots)


def part(checkpoint: Checkpoint, place: int) -> dict[str, Array]:
    """Return the arrays of one of several choices, whose names end with its place."""
    ending = f"_{place}"
    return {key.removesuffix(ending): value for key, value in checkpoint.arrays.items() if key.endswith(ending)}


def restore(name: str) -> Callable[[Scenario, Checkpoint], Learner]:
    """Return the function that restores a method.

    It raises KeyError or ValueError if the checkpoint holds something else.
    """

    def restore_method(scenario: Scenario, checkpoint: Checkpoint) -> Learner:
        chosen = tuning.settings(checkpoint, "chosen").astype(int)
        by_place = {}
        for place in {*chosen.tolist()}:
            arrays = part(checkpoint, place)
            by_place[place] = Hierarchical(METHODS[name], inputs.restored(scenario, arrays), arrays)
        learner = PerShots(tuple(by_place[place] for place in chosen.tolist()))
        return Calibrated(learner, calibration.of(scenario, checkpoint))

    return restore_method
