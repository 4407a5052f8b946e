"""Simple statistics with other tasks' data, which learn a covariance or the prior of a small model from them.

Each method tries its kinds of input on training tasks and keeps, for each number of labels, the one that does best.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from scenarios.episode import Draw, Episode, draw_examples, open_episode
from scenarios.learner import Learner
from scenarios.learners import calibration, discriminant, inputs, linear_prior, reduced_rank, tuning
from scenarios.learners.calibration import Calibrated
from scenarios.learners.discriminant import ClassMeansPrior
from scenarios.learners.inputs import Inputs
from scenarios.learners.linear_prior import LinearPrior
from scenarios.learners.reduced_rank import ReducedRankPrior
from scenarios.learners.tuning import PerShots
from scenarios.meta_learner.weights import Checkpoint, Fit, Report
from scenarios.scenario import Scenario
from scenarios.task import Array, Examples, rng_for

_FOLDS = 5
_ENOUGH = 5  # labels per class to answer with, from which on inputs are chosen for each number of labels
OTHER_TASKS = 1000  # that a published method learns from, each with the scenario's `max_shots` labels per class
_MOST_WEIGHTS = 110  # most weights of a linear model: with more, its prior takes hours
_RICH = "splines"  # hundreds of inputs that depend on each other: for the model of reduced rank alone
Prior = ClassMeansPrior | LinearPrior | ReducedRankPrior


@dataclass(frozen=True)
class Method:
    """A method that learns a prior from other tasks.

    Parameters
    ----------
    learn : callable
        From inputs (tasks, n, d), labels (tasks, n) and the scenario to the prior.
    restored : callable
        From the prior's arrays, d and the number of classes to the prior; raises KeyError or ValueError.
    predict : callable
        From the prior, inputs, labels and mask of the support sets and the queries' inputs to predictions as
        `Learner.predict` gives them.
    suits : callable
        Whether it can use a kind of input, with a number of columns, on a scenario.
    """

    learn: Callable[[Array, Any, Scenario], Prior]
    restored: Callable[[Mapping[str, Array], int, int], Prior]
    predict: Callable[[Any, Array, Any, Array, Array], Array]
    suits: Callable[[Scenario, str, int], bool] = lambda scenario, kind, count: kind != _RICH


def _discriminant(*, random_effects: bool) -> Method:
    return Method(
        lambda x, y, scenario: discriminant.learn(x, y, scenario.ways, random_effects=random_effects),
        partial(discriminant.restored, random_effects=random_effects),
        discriminant.predict,
    )


_LINEAR = Method(
    lambda x, y, scenario: linear_prior.learn(x, y, np.ones(y.shape), scenario.ways),
    linear_prior.restored,
    linear_prior.predict_evened,
    lambda scenario, kind, count: (count + 1) * max(scenario.ways - 1, 1) <= _MOST_WEIGHTS,
)
_REDUCED_RANK = Method(
    lambda x, y, scenario: reduced_rank.learn(x, y, plain=len(scenario.features)),
    reduced_rank.restored,
    reduced_rank.predict,
    lambda scenario, kind, count: kind == _RICH,
)
METHODS = {
    "pooled_covariance_lda": _discriminant(random_effects=False),
    "random_effects_lda": _discriminant(random_effects=True),
    "random_effects_logistic": _LINEAR,
    "reduced_rank_logistic": _REDUCED_RANK,
    "bayesian_linear": _LINEAR,
}


@dataclass(frozen=True)
class Hierarchical:
    """A method with what it learned from other tasks, on one kind of input."""

    method: Method
    inputs: Inputs
    prior: Prior

    def predict(self, episode: Episode) -> Array:
        """Predict, see `Learner.predict`."""
        x, query_x = self.inputs.of(episode)
        return self.method.predict(self.prior, x, episode.support.y, episode.mask, query_x)

    def arrays(self) -> dict[str, Array]:
        """Return the arrays of a weights file."""
        return self.inputs.arrays() | self.prior.arrays()


def learn_from(scenario: Scenario, name: str, kind: str, known: Examples) -> Hierarchical:
    """Return a method that has learned from labelled examples of other tasks, with one kind of input."""
    seen = inputs.fitted(scenario, kind, known)
    return Hierarchical(METHODS[name], seen, METHODS[name].learn(seen(known.x), known.y, scenario))


def kinds_of_input(scenario: Scenario, name: str, known: Examples) -> list[str]:
    """Return the kinds of input that a method tries on a scenario."""
    return [
        kind
        for kind in inputs.suitable(scenario)
        if METHODS[name].suits(scenario, kind, inputs.fitted(scenario, kind, known.first(scenario.ways)).size)
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
        chosen = tuning.choose(scenario, tried, seed, lambda done, word: report(0.9 + 0.05 * done, word))
        learner = PerShots(tuple(tried[place] for place in chosen))
        arrays = tuning.kept_choices(chosen, lambda place: tried[place].arrays())
        arrays |= calibration.arrays_for(scenario, learner, seed, lambda done, word: report(0.95 + 0.05 * done, word))
        return Checkpoint(arrays, {"other_tasks": OTHER_TASKS, "labels_each": scenario.max_shots})

    return fit_method


def fit_from(scenario: Scenario, name: str, known: Examples, report: Report) -> PerShots[Hierarchical]:
    """Return a method that has learned from labelled examples of other tasks alone, without calibration.

    known.y (tasks, n) has the classes in turn. The kind of input is chosen by cross-validation over these tasks: each
    answers with its first labels for its others. It is chosen for each number of labels, but for all together if tasks
    have too few labels to try more than a handful.
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
    if most < _ENOUGH:
        found[:] = found.sum(1, keepdims=True)
    best = dict(zip(shots_tried, found.argmax(0), strict=True))
    whole = {place: learn_from(scenario, name, kinds[place], known) for place in sorted(set(best.values()))}
    report(1.0, f"{name}: {len(known.y)} tasks")
    return PerShots(tuple(whole[best[min(shots, most)]] for shots in tuning.TUNING_SHOTS))


def _split(scenario: Scenario, known: Examples, shots: int) -> Episode:
    """Return the episode in which each task's first labels are its support set and all others its query set."""
    rows = shots * scenario.ways
    draw = Draw(known.first(rows), Examples(known.x[:, rows:], known.y[:, rows:]))
    return open_episode(scenario, draw, room=shots)


def restore(name: str) -> Callable[[Scenario, Checkpoint], Learner]:
    """Return the function that restores a method.

    It raises KeyError or ValueError if the checkpoint holds something else.
    """
    return lambda scenario, checkpoint: Calibrated(
        uncalibrated(scenario, name, checkpoint), calibration.of(scenario, checkpoint)
    )


def uncalibrated(scenario: Scenario, name: str, checkpoint: Checkpoint) -> PerShots[Hierarchical]:
    """Return a method as a checkpoint has it, without its calibration.

    Raises
    ------
    KeyError, ValueError
        If the checkpoint holds something else.
    """
    method = METHODS[name]

    def made_of(arrays: Mapping[str, Array]) -> Hierarchical:
        seen = inputs.restored(scenario, arrays)
        return Hierarchical(method, seen, method.restored(arrays, seen.size, scenario.ways))

    return PerShots(tuple(tuning.restored_choices(checkpoint, made_of)))
