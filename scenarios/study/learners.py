"""Every learner by its id: how it learns from the training tasks, and how it comes back from `assets/weights`."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from scenarios.errors import ReaderError
from scenarios.learner import MOMENTS, Learner
from scenarios.meta_learner import weights
from scenarios.meta_learner.gradient import GradientLearner
from scenarios.meta_learner.meta_train import Recipe, layer_sizes, meta_train
from scenarios.meta_learner.network import random_start
from scenarios.meta_learner.weights import Fitted
from scenarios.scenario import Scenario
from scenarios.study.baselines import (
    INVERSE_PENALTIES,
    RATES,
    TUNING_SHOTS,
    Bayes,
    Logistic,
    nearest,
    quality,
    tuning_episodes,
)
from scenarios.task import Array
from scenarios.text import Text

Report = Callable[[float, str], None]  # share done in (0, 1], a word on how it goes
Fit = Callable[[Scenario, int, Report], Fitted]
Setting = TypeVar("Setting")

RECIPE = Recipe()
POOLED = Recipe(inner_steps=0, meta_steps=4000)


@dataclass(frozen=True)
class Method:
    """One way of learning. `fit` is None where there is nothing to learn beforehand."""

    fit: Fit | None
    restore: Callable[[Scenario, Fitted], Learner]


def fit(scenario: Scenario, learner: str, seed: int, report: Report = lambda done, word: None) -> Fitted:
    """Let a learner see the training tasks. Raises ReaderError for a learner that has nothing to train."""
    method = _method(learner)
    if method.fit is None:
        text = Text(en=f"{learner} has nothing to train: it is computed.", zh=f"{learner} 无需训练：它由公式直接算出。")
        raise ReaderError(text)
    began = time.perf_counter()
    fitted = method.fit(scenario, seed, report)
    seconds = round(time.perf_counter() - began, 1)
    return Fitted(fitted.arrays, {"learner": learner, "seed": seed, "seconds": seconds, **fitted.recipe})


def load(scenario: Scenario, learner: str, folder: Path = weights.FOLDER) -> Learner:
    """Bring a fitted learner back. Raises ReaderError when its file is missing, damaged or stale."""
    fitted = load_fitted(scenario, learner, folder)
    try:
        return _method(learner).restore(scenario, fitted)
    except (KeyError, ValueError) as error:
        raise weights.stale(weights.path_of(scenario, learner, folder), scenario, learner) from error


def load_fitted(scenario: Scenario, learner: str, folder: Path = weights.FOLDER) -> Fitted:
    """What a learner learnt and the recipe that made it; nothing for one that is computed."""
    if _method(learner).fit is None:
        return Fitted({})
    return weights.load(weights.path_of(scenario, learner, folder), scenario, learner)


def _method(learner: str) -> Method:
    if learner not in METHODS:
        known = ", ".join(METHODS)
        text = Text(
            en=f"There is no learner {learner!r}. There are: {known}.",
            zh=f"没有名为 {learner!r} 的学习器。可选：{known}。",
        )
        raise ReaderError(text)
    return METHODS[learner]


# -- a start that meta-training found -------------------------------------------------------------------------------


def _meta_trained(recipe: Recipe) -> Fit:
    def fit_start(scenario: Scenario, seed: int, report: Report) -> Fitted:
        for progress in meta_train(scenario, recipe, seed):
            report(progress.done, f"query loss {progress.loss:.4f}")
        arrays = {f"start_{i}": array.numpy() for i, array in enumerate(progress.state.start)}
        return Fitted(arrays, {"settings": recipe.as_dict()})

    return fit_start


def _start(scenario: Scenario, fitted: Fitted) -> tuple[Array, ...]:
    """The start in a weights file. Raises KeyError or ValueError when its shapes are not this network's."""
    expected = random_start(np.random.default_rng(0), layer_sizes(scenario, RECIPE))
    start = tuple(fitted.arrays[f"start_{i}"].astype(np.float32) for i in range(len(expected)))
    if [w.shape for w in start] != [w.shape for w in expected]:
        raise ValueError("another network's weights")
    return start


def _restore_maml(scenario: Scenario, fitted: Fitted) -> Learner:
    start = _start(scenario, fitted)
    return GradientLearner(lambda tasks: start, _always((RECIPE.inner_lr, RECIPE.inner_steps)))


def _restore_pooled(scenario: Scenario, fitted: Fitted) -> Learner:
    start = _start(scenario, fitted)
    return GradientLearner(lambda tasks: start, _always((0.0, 0)))


def _always(setting: Setting) -> Callable[[int], Setting]:
    """The same setting for every number of shots."""
    return lambda shots: setting


# -- settings that were chosen on training tasks --------------------------------------------------------------------


def _tuned_walk(scenario: Scenario, seed: int, report: Report, start: Callable[[int], tuple[Array, ...]]) -> Fitted:
    """Choose rate and number of steps of gradient descent from a start, for each number of shots."""
    chosen = []
    for done, (shots, episode) in enumerate(tuning_episodes(scenario, seed), start=1):
        walks = [GradientLearner(start, _always((rate, 0))).walk(episode) for rate in RATES]
        found = np.stack([quality(scenario, walk, episode) for walk in walks])  # (rates, moments)
        rate, moment = np.unravel_index(found.argmax(), found.shape)
        chosen.append((RATES[rate], MOMENTS[moment]))
        report(done / len(TUNING_SHOTS), f"{shots} shots: rate {RATES[rate]}, {MOMENTS[moment]} steps")
    rates, steps = zip(*chosen, strict=True)
    return Fitted({"shots": np.array(TUNING_SHOTS), "rate": np.array(rates), "steps": np.array(steps)})


def _tuned_rule(fitted: Fitted) -> Callable[[int], tuple[float, int]]:
    rates, steps = _tuned(fitted, "rate"), _tuned(fitted, "steps")
    if not set(steps.tolist()) <= set(MOMENTS):
        raise ValueError("a number of steps at which no walk is looked at")
    return lambda k: (float(rates[_tuned_at(k)]), int(steps[_tuned_at(k)]))


def _tuned(fitted: Fitted, setting: str) -> Array:
    """A setting for each of TUNING_SHOTS. Raises KeyError or ValueError when a weights file holds something else."""
    values = fitted.arrays[setting]
    if fitted.arrays["shots"].tolist() != list(TUNING_SHOTS) or values.shape != (len(TUNING_SHOTS),):
        raise ValueError("tuned at other numbers of shots")
    return values


def _tuned_at(shots: int) -> int:
    return nearest(shots, np.array(TUNING_SHOTS))


def _random_starts(scenario: Scenario) -> Callable[[int], tuple[Array, ...]]:
    """Another random network for every task, the same ones every time and however many there are."""
    sizes = layer_sizes(scenario, RECIPE)

    def starts(tasks: int) -> tuple[Array, ...]:
        networks = (random_start(np.random.default_rng([404, task]), sizes) for task in range(tasks))
        return tuple(np.concatenate(layer) for layer in zip(*networks, strict=True))

    return starts


def _fit_scratch(scenario: Scenario, seed: int, report: Report) -> Fitted:
    return _tuned_walk(scenario, seed, report, _random_starts(scenario))


def _restore_scratch(scenario: Scenario, fitted: Fitted) -> Learner:
    return GradientLearner(_random_starts(scenario), _tuned_rule(fitted))


def _fit_fine_tuned(scenario: Scenario, seed: int, report: Report) -> Fitted:
    pooled = _meta_trained(POOLED)(scenario, seed, lambda done, word: report(done / 2, word))
    start = _start(scenario, pooled)
    tuned = _tuned_walk(scenario, seed, lambda done, word: report((1 + done) / 2, word), lambda tasks: start)
    return Fitted(pooled.arrays | tuned.arrays, pooled.recipe)


def _restore_fine_tuned(scenario: Scenario, fitted: Fitted) -> Learner:
    start = _start(scenario, fitted)
    return GradientLearner(lambda tasks: start, _tuned_rule(fitted))


def _fit_logistic(scenario: Scenario, seed: int, report: Report) -> Fitted:
    chosen = []
    for done, (shots, episode) in enumerate(tuning_episodes(scenario, seed), start=1):
        found = [quality(scenario, Logistic(_always(c)).predict(episode), episode) for c in INVERSE_PENALTIES]
        chosen.append(INVERSE_PENALTIES[int(np.argmax(found))])
        report(done / len(TUNING_SHOTS), f"{shots} shots: C {chosen[-1]}")
    return Fitted({"shots": np.array(TUNING_SHOTS), "inverse_penalty": np.array(chosen)})


def _restore_logistic(scenario: Scenario, fitted: Fitted) -> Learner:
    chosen = _tuned(fitted, "inverse_penalty")
    return Logistic(lambda k: float(chosen[_tuned_at(k)]))


METHODS: dict[str, Method] = {
    "maml": Method(_meta_trained(RECIPE), _restore_maml),
    "scratch": Method(_fit_scratch, _restore_scratch),
    "logistic": Method(_fit_logistic, _restore_logistic),
    "pooled": Method(_meta_trained(POOLED), _restore_pooled),
    "fine_tuned": Method(_fit_fine_tuned, _restore_fine_tuned),
    "bayes": Method(None, lambda scenario, fitted: Bayes(scenario)),
}
