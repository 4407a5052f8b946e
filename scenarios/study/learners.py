"""Every learner by its id: how it learns from the training tasks, and how it comes back from `assets/weights`."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from scenarios.episode import standardise
from scenarios.errors import ReaderError
from scenarios.learner import MOMENTS, Learner
from scenarios.meta_learner import weights
from scenarios.meta_learner.gradient import GradientLearner, as_said
from scenarios.meta_learner.meta_train import Prepare, layer_sizes, meta_train, rate_shapes, unchanged
from scenarios.meta_learner.network import random_start
from scenarios.meta_learner.weights import Fitted
from scenarios.recipe import Recipe
from scenarios.scenario import Scenario
from scenarios.study.baselines import (
    INVERSE_PENALTIES,
    RATES,
    SMALL_RATES,
    TUNING_SHOTS,
    Bayes,
    LeastSquares,
    Logistic,
    Rule,
    Standardised,
    calibrated,
    fit_calibration,
    nearest,
    quality,
    tuning_episodes,
)
from scenarios.task import Array
from scenarios.text import Text

Report = Callable[[float, str], None]  # share done in (0, 1], a word on how it goes
Fit = Callable[[Scenario, int, Report], Fitted]
Setting = TypeVar("Setting")

Calibrate = Callable[[int, Array], Array]

POOLED_STEPS = 4000  # of ordinary training on all tasks together


@dataclass(frozen=True)
class Method:
    """One way of learning. `fit` is None where there is nothing to learn beforehand."""

    fit: Fit | None
    restore: Callable[[Scenario, Fitted], Learner]
    suits: Callable[[Scenario], bool] = lambda scenario: True


def offered(scenario: Scenario) -> tuple[str, ...]:
    """The learners that suit a scenario."""
    return tuple(name for name, method in METHODS.items() if method.suits(scenario))


def fit(scenario: Scenario, learner: str, seed: int, report: Report = lambda done, word: None) -> Fitted:
    """Let a learner see the training tasks. Raises ReaderError for a learner that has nothing to train."""
    method = _method(scenario, learner)
    if method.fit is None:
        text = Text(en=f"{learner} has nothing to train: it is computed.", zh=f"{learner} 无需训练：它是直接算出来的。")
        raise ReaderError(text)
    began = time.perf_counter()
    fitted = method.fit(scenario, seed, report)
    seconds = round(time.perf_counter() - began, 1)
    return Fitted(fitted.arrays, {"learner": learner, "seed": seed, "seconds": seconds, **fitted.recipe})


def load(scenario: Scenario, learner: str, folder: Path = weights.FOLDER) -> Learner:
    """Bring a fitted learner back. Raises ReaderError when its file is missing, damaged or stale."""
    fitted = load_fitted(scenario, learner, folder)
    try:
        return _method(scenario, learner).restore(scenario, fitted)
    except (KeyError, ValueError) as error:
        raise weights.stale(weights.path_of(scenario, learner, folder), scenario, learner) from error


def load_fitted(scenario: Scenario, learner: str, folder: Path = weights.FOLDER) -> Fitted:
    """What a learner learnt and the recipe that made it; nothing for one that is computed."""
    if _method(scenario, learner).fit is None:
        return Fitted({})
    return weights.load(weights.path_of(scenario, learner, folder), scenario, learner)


def _method(scenario: Scenario, learner: str) -> Method:
    known = offered(scenario)
    if learner not in known:
        text = Text(
            en=f"There is no learner {learner!r} for {scenario.name}. There are: {', '.join(known)}.",
            zh=f"{scenario.name} 没有名为 {learner!r} 的学习器。可选：{'、'.join(known)}。",
        )
        raise ReaderError(text)
    return METHODS[learner]


# -- a start that meta-training found -------------------------------------------------------------------------------


def pooled(scenario: Scenario) -> Recipe:
    """One network for all tasks together: the same training without any adaptation in it."""
    return replace(scenario.recipe, inner_steps=0, meta_steps=POOLED_STEPS)


def _meta_trained(recipe_for: Callable[[Scenario], Recipe], prepare: Prepare = unchanged) -> Fit:
    def fit_start(scenario: Scenario, seed: int, report: Report) -> Fitted:
        recipe = recipe_for(scenario)
        for progress in meta_train(scenario, recipe, seed, prepare=prepare):
            report(progress.done, f"query loss {progress.loss:.4f}")
        arrays = {f"start_{i}": array.numpy() for i, array in enumerate(progress.state.start)}
        if recipe.inner_steps:
            arrays |= {f"rates_{i}": array.numpy() for i, array in enumerate(progress.state.rates)}
        return Fitted(arrays, {"settings": recipe.as_dict()})

    return fit_start


def _start(scenario: Scenario, fitted: Fitted) -> tuple[Array, ...]:
    """The start in a weights file. Raises KeyError or ValueError when its shapes are not this network's."""
    expected = random_start(np.random.default_rng(0), layer_sizes(scenario, scenario.recipe))
    start = tuple(fitted.arrays[f"start_{i}"].astype(np.float32) for i in range(len(expected)))
    if [w.shape for w in start] != [w.shape for w in expected]:
        raise ValueError("another network's weights")
    return start


def _restore_maml(scenario: Scenario, fitted: Fitted) -> Learner:
    start = _start(scenario, fitted)
    rates = tuple(fitted.arrays[f"rates_{i}"].astype(np.float32) for i in range(len(start)))
    if [rate.shape for rate in rates] != rate_shapes(start, scenario.recipe):
        raise ValueError("another recipe's rates")
    return GradientLearner(lambda tasks: start, _always((rates, scenario.recipe.inner_steps)))


def _restore_pooled(scenario: Scenario, fitted: Fitted) -> Learner:
    start = _start(scenario, fitted)
    return GradientLearner(lambda tasks: start, _always((_one_rate(scenario, 0.0), 0)))


def _restore_z_scored(scenario: Scenario, fitted: Fitted) -> Learner:
    return Standardised(_restore_pooled(scenario, fitted))


def _always(setting: Setting) -> Callable[[int], Setting]:
    """The same setting for every number of shots."""
    return lambda shots: setting


# -- settings that were chosen on training tasks --------------------------------------------------------------------


def _tuned_walk(scenario: Scenario, seed: int, report: Report, start: Callable[[int], tuple[Array, ...]]) -> Fitted:
    """Choose rate, number of steps and calibration of gradient descent from a start, for each number of shots."""
    chosen, calibrations = [], []
    tried = SMALL_RATES if scenario.regression else RATES
    for done, (shots, episode) in enumerate(tuning_episodes(scenario, seed), start=1):
        walks = np.stack(
            [GradientLearner(start, _always((_one_rate(scenario, rate), 0))).walk(episode) for rate in tried]
        )
        found = quality(scenario, walks, episode)  # (rates, moments)
        rate, moment = np.unravel_index(found.argmax(), found.shape)
        chosen.append((tried[rate], MOMENTS[moment]))
        if not scenario.regression:
            calibrations.append(fit_calibration(walks[rate, moment], episode.query.y))
        report(done / len(TUNING_SHOTS), f"{shots} shots: rate {tried[rate]}, {MOMENTS[moment]} steps")
    rates, steps = zip(*chosen, strict=True)
    arrays = {"shots": np.array(TUNING_SHOTS), "rate": np.array(rates), "steps": np.array(steps)}
    return Fitted(arrays | ({"calibration": np.array(calibrations)} if calibrations else {}))


def _tuned_calibration(scenario: Scenario, fitted: Fitted) -> Calibrate:
    if scenario.regression:
        return as_said
    settings = _tuned(fitted, "calibration", (1 + scenario.ways,))
    return lambda k, answer: calibrated(settings[_tuned_at(k)], answer)


def _tuned_rule(scenario: Scenario, fitted: Fitted) -> Callable[[int], tuple[tuple[Array, ...], int]]:
    rates, steps = _tuned(fitted, "rate"), _tuned(fitted, "steps")
    if not set(steps.tolist()) <= set(MOMENTS):
        raise ValueError("a number of steps at which no walk is looked at")
    settings = [(_one_rate(scenario, float(rate)), int(step)) for rate, step in zip(rates, steps, strict=True)]
    return lambda k: settings[_tuned_at(k)]


def _one_rate(scenario: Scenario, rate: float) -> tuple[Array, ...]:
    """The same rate throughout, in the shapes of learnt ones: all that walk then share a compiled loop."""
    sizes = layer_sizes(scenario, scenario.recipe)
    shapes = rate_shapes(random_start(np.random.default_rng(0), sizes), scenario.recipe)
    return tuple(np.full(shape, rate, np.float32) for shape in shapes)


def _tuned(fitted: Fitted, setting: str, shape: tuple[int, ...] = ()) -> Array:
    """A setting for each of TUNING_SHOTS. Raises KeyError or ValueError when a weights file holds something else."""
    values = fitted.arrays[setting]
    if fitted.arrays["shots"].tolist() != list(TUNING_SHOTS) or values.shape != (len(TUNING_SHOTS), *shape):
        raise ValueError("tuned at other numbers of shots")
    return values


def _tuned_at(shots: int) -> int:
    return nearest(shots, np.array(TUNING_SHOTS))


def _random_starts(scenario: Scenario) -> Callable[[int], tuple[Array, ...]]:
    """Another random network for every task, the same ones every time and however many there are."""
    sizes = layer_sizes(scenario, scenario.recipe)

    def starts(tasks: int) -> tuple[Array, ...]:
        networks = (random_start(np.random.default_rng([404, task]), sizes) for task in range(tasks))
        return tuple(np.concatenate(layer) for layer in zip(*networks, strict=True))

    return starts


def _fit_scratch(scenario: Scenario, seed: int, report: Report) -> Fitted:
    return _tuned_walk(scenario, seed, report, _random_starts(scenario))


def _restore_scratch(scenario: Scenario, fitted: Fitted) -> Learner:
    return GradientLearner(
        _random_starts(scenario), _tuned_rule(scenario, fitted), _tuned_calibration(scenario, fitted)
    )


def _fit_fine_tuned(scenario: Scenario, seed: int, report: Report) -> Fitted:
    before = _meta_trained(pooled)(scenario, seed, lambda done, word: report(done / 2, word))
    start = _start(scenario, before)
    tuned = _tuned_walk(scenario, seed, lambda done, word: report((1 + done) / 2, word), lambda tasks: start)
    return Fitted(before.arrays | tuned.arrays, before.recipe)


def _restore_fine_tuned(scenario: Scenario, fitted: Fitted) -> Learner:
    start = _start(scenario, fitted)
    return GradientLearner(lambda tasks: start, _tuned_rule(scenario, fitted), _tuned_calibration(scenario, fitted))


def _fit_linear(model: type[Logistic] | type[LeastSquares]) -> Fit:
    """Choose the penalty of a linear model, and the calibration of what it says, for each number of shots."""

    def fit_penalty(scenario: Scenario, seed: int, report: Report) -> Fitted:
        chosen, calibrations = [], []
        for done, (shots, episode) in enumerate(tuning_episodes(scenario, seed), start=1):
            answers = [model(_always(c)).predict(episode) for c in INVERSE_PENALTIES]
            best = int(np.argmax([quality(scenario, answer, episode) for answer in answers]))
            chosen.append(INVERSE_PENALTIES[best])
            if not scenario.regression:
                calibrations.append(fit_calibration(answers[best], episode.query.y))
            report(done / len(TUNING_SHOTS), f"{shots} shots: inverse penalty {chosen[-1]}")
        arrays = {"shots": np.array(TUNING_SHOTS), "inverse_penalty": np.array(chosen)}
        return Fitted(arrays | ({"calibration": np.array(calibrations)} if calibrations else {}))

    return fit_penalty


def _inverse_penalty(fitted: Fitted) -> Callable[[int], float]:
    chosen = _tuned(fitted, "inverse_penalty")
    return lambda k: float(chosen[_tuned_at(k)])


def _restore_logistic(scenario: Scenario, fitted: Fitted) -> Learner:
    return Logistic(_inverse_penalty(fitted), _tuned_calibration(scenario, fitted))


def _restore_least_squares(scenario: Scenario, fitted: Fitted) -> Learner:
    return LeastSquares(_inverse_penalty(fitted))


def _classifies(scenario: Scenario) -> bool:
    return not scenario.regression


def _regresses(scenario: Scenario) -> bool:
    return scenario.regression


METHODS: dict[str, Method] = {
    "maml": Method(_meta_trained(lambda scenario: scenario.recipe), _restore_maml),
    "scratch": Method(_fit_scratch, _restore_scratch),
    "logistic": Method(_fit_linear(Logistic), _restore_logistic, _classifies),
    "least_squares": Method(_fit_linear(LeastSquares), _restore_least_squares, _regresses),
    "pooled": Method(_meta_trained(pooled), _restore_pooled),
    "z_scored": Method(_meta_trained(pooled, standardise), _restore_z_scored, _classifies),
    "fine_tuned": Method(_fit_fine_tuned, _restore_fine_tuned),
    "rule": Method(None, lambda scenario, fitted: Rule(scenario), lambda scenario: scenario.rule is not None),
    "bayes": Method(None, lambda scenario, fitted: Bayes(scenario)),
}
