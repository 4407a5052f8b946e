"""The result of meta-training: the stored arrays, and the learner made of them."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np

from scenarios.learner import Learner
from scenarios.learners import calibration, resuming
from scenarios.learners.baselines import Standardised
from scenarios.learners.calibration import Calibrate, Calibrated
from scenarios.learners.recipes import MakeRecipe, pooled
from scenarios.meta_learner.amortised import FAMILIES, AmortisedLearner
from scenarios.meta_learner.gradient import GradientLearner
from scenarios.meta_learner.meta_train import (
    Prepare,
    TrainState,
    first_state,
    inner_lr_shapes,
    layer_sizes,
    unchanged,
)
from scenarios.meta_learner.network import random_start
from scenarios.meta_learner.weights import Checkpoint, Fit, Report
from scenarios.recipe import Recipe
from scenarios.scenario import Scenario
from scenarios.task import Array

Setting = TypeVar("Setting")


def fit_with(recipe_for: MakeRecipe, prepare: Prepare = unchanged) -> Fit:
    """Return the function that meta-trains on a scenario by its recipe, and then calibrates."""
    train = train_with(recipe_for, prepare)

    def fit_calibrated(scenario: Scenario, seed: int, report: Report) -> Checkpoint:
        trained = train(scenario, seed, lambda done, word: report(0.95 * done, word))
        return with_calibration(
            scenario, trained, recipe_for(scenario), prepare, seed, lambda done, word: report(0.95 + 0.05 * done, word)
        )

    return fit_calibrated


def with_calibration(
    scenario: Scenario, trained: Checkpoint, recipe: Recipe, prepare: Prepare, seed: int, report: Report
) -> Checkpoint:
    """Return the checkpoint of a meta-training with the calibration of its learner's predictions."""
    learner = _prepared(_uncalibrated(scenario, trained, recipe), prepare)
    return Checkpoint(trained.arrays | calibration.arrays_for(scenario, learner, seed, report), trained.metadata)


def train_with(recipe_for: MakeRecipe, prepare: Prepare = unchanged) -> Fit:
    """Return the function that meta-trains on a scenario by its recipe."""

    def fit_start(scenario: Scenario, seed: int, report: Report) -> Checkpoint:
        recipe = recipe_for(scenario)
        state = resuming.train(
            scenario, recipe, seed, prepare, lambda progress: report(progress.done, f"query loss {progress.loss:.4f}")
        )
        return kept(state, recipe)

    return fit_start


def kept(state: TrainState, recipe: Recipe) -> Checkpoint:
    """Return the checkpoint of a meta-training: its weights and, if there are inner steps, learning rates."""
    arrays = {f"start_{i}": array.numpy() for i, array in enumerate(state.start)}
    if recipe.inner_steps and recipe.strategy not in FAMILIES:
        arrays |= {f"rates_{i}": array.numpy() for i, array in enumerate(state.inner_lrs)}
    return Checkpoint(arrays, {"settings": recipe.as_dict()})


def restore(scenario: Scenario, checkpoint: Checkpoint) -> Learner:
    """Return the learner that a checkpoint's own settings describe.

    Raises
    ------
    KeyError, ValueError
        If the checkpoint holds something else.
    """
    recipe = Recipe.from_dict(checkpoint.metadata["settings"])
    # Weights that were downloaded while they train, or by an older version, have no calibration.
    calibrate = calibration.of(scenario, checkpoint, is_required=False)
    learner = _uncalibrated(scenario, checkpoint, recipe)
    return _calibrated(learner, calibrate)


def _uncalibrated(scenario: Scenario, checkpoint: Checkpoint, recipe: Recipe) -> Learner:
    start = start_of(scenario, checkpoint, recipe)
    if recipe.strategy in FAMILIES:
        return AmortisedLearner(start, recipe)
    if not recipe.inner_steps:  # one network for all tasks
        return GradientLearner(lambda tasks: start, always((one_inner_lr(scenario, 0.0), 0)))
    return _gradient_learner(start, _shaped(checkpoint, "rates", inner_lr_shapes(start, recipe)), recipe)


def _calibrated(learner: Learner, calibrate: Calibrate) -> Learner:
    """Return a learner whose answers are calibrated; one with inner steps calibrates each of them."""
    if isinstance(learner, GradientLearner):
        return replace(learner, calibrate=calibrate)
    return Calibrated(learner, calibrate)


def _prepared(learner: Learner, prepare: Prepare) -> Learner:
    return learner if prepare is unchanged else Standardised(learner)


def learner_of(state: TrainState, recipe: Recipe) -> GradientLearner:
    """Return the learner that a meta-training with inner steps, or with none, has arrived at."""
    start, inner_lrs = (tuple(array.numpy() for array in arrays) for arrays in (state.start, state.inner_lrs))
    return _gradient_learner(start, inner_lrs, recipe)


def _gradient_learner(start: tuple[Array, ...], inner_lrs: tuple[Array, ...], recipe: Recipe) -> GradientLearner:
    return GradientLearner(lambda tasks: start, always((inner_lrs, recipe.inner_steps)), clip_norm=recipe.clip_norm)


def restore_pooled(scenario: Scenario, checkpoint: Checkpoint) -> Learner:
    """Return the pooled network: the initialisation without any inner step."""
    return _calibrated(_uncalibrated(scenario, checkpoint, pooled(scenario)), calibration.of(scenario, checkpoint))


def restore_z_scored(scenario: Scenario, checkpoint: Checkpoint) -> Learner:
    """Return the pooled network on inputs that are z-scored per task."""
    return Standardised(restore_pooled(scenario, checkpoint))


def start_of(scenario: Scenario, checkpoint: Checkpoint, recipe: Recipe) -> tuple[Array, ...]:
    """Return the meta-learned weights of a checkpoint.

    Raises
    ------
    KeyError, ValueError
        If their shapes are not those of the recipe.
    """
    return _shaped(checkpoint, "start", [tuple(w.shape) for w in first_state(scenario, recipe, 0).start])


def _shaped(checkpoint: Checkpoint, name: str, shapes: list[tuple[int, ...]]) -> tuple[Array, ...]:
    arrays = tuple(checkpoint.arrays[f"{name}_{i}"].astype(np.float32) for i in range(len(shapes)))
    if [array.shape for array in arrays] != shapes:
        raise ValueError("another recipe's weights")
    return arrays


def always(setting: Setting) -> Callable[[int], Setting]:
    """Return the function that gives the same setting for every number of shots."""
    return lambda shots: setting


def one_inner_lr(scenario: Scenario, inner_lr: float) -> tuple[Array, ...]:
    """Return the same inner learning rate for every weight and step, in the shapes of learned ones.

    All learners with inner steps then share a compiled loop.
    """
    sizes = layer_sizes(scenario, scenario.recipe)
    shapes = inner_lr_shapes(random_start(np.random.default_rng(0), sizes), scenario.recipe)
    return tuple(np.full(shape, inner_lr, np.float32) for shape in shapes)
