"""What meta-training makes: what of it is kept, and the learner that this becomes."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from scenarios.learner import Learner
from scenarios.learners import resuming
from scenarios.learners.baselines import Standardised
from scenarios.learners.recipes import MakeRecipe, pooled
from scenarios.meta_learner.amortised import FAMILIES, AmortisedLearner
from scenarios.meta_learner.gradient import GradientLearner
from scenarios.meta_learner.meta_train import (
    Prepare,
    TrainState,
    first_state,
    layer_sizes,
    rate_shapes,
    unchanged,
)
from scenarios.meta_learner.network import random_start
from scenarios.meta_learner.weights import Fit, Fitted, Report
from scenarios.recipe import Recipe
from scenarios.scenario import Scenario
from scenarios.task import Array

Setting = TypeVar("Setting")


def fit_with(recipe_for: MakeRecipe, prepare: Prepare = unchanged) -> Fit:
    def fit_start(scenario: Scenario, seed: int, report: Report) -> Fitted:
        recipe = recipe_for(scenario)
        state = resuming.train(
            scenario, recipe, seed, prepare, lambda progress: report(progress.done, f"query loss {progress.loss:.4f}")
        )
        return kept(state, recipe)

    return fit_start


def kept(state: TrainState, recipe: Recipe) -> Fitted:
    """What of meta-training's state is needed later."""
    arrays = {f"start_{i}": array.numpy() for i, array in enumerate(state.start)}
    if recipe.inner_steps and recipe.strategy not in FAMILIES:
        arrays |= {f"rates_{i}": array.numpy() for i, array in enumerate(state.rates)}
    return Fitted(arrays, {"settings": recipe.as_dict()})


def restore(scenario: Scenario, fitted: Fitted) -> Learner:
    """By the settings that it was made with. Raises KeyError or ValueError where a file holds something else."""
    recipe = Recipe.from_dict(fitted.recipe["settings"])
    start = start_of(scenario, fitted, recipe)
    if recipe.strategy in FAMILIES:
        return AmortisedLearner(start, recipe)
    rates = _shaped(fitted, "rates", rate_shapes(start, recipe))
    return GradientLearner(lambda tasks: start, always((rates, recipe.inner_steps)), longest=recipe.longest_gradient)


def restore_pooled(scenario: Scenario, fitted: Fitted) -> Learner:
    start = start_of(scenario, fitted, pooled(scenario))
    return GradientLearner(lambda tasks: start, always((one_rate(scenario, 0.0), 0)))


def restore_z_scored(scenario: Scenario, fitted: Fitted) -> Learner:
    return Standardised(restore_pooled(scenario, fitted))


def start_of(scenario: Scenario, fitted: Fitted, recipe: Recipe) -> tuple[Array, ...]:
    """What was learnt across tasks. Raises KeyError or ValueError when its shapes are not those of this recipe."""
    return _shaped(fitted, "start", [tuple(w.shape) for w in first_state(scenario, recipe, 0).start])


def _shaped(fitted: Fitted, name: str, shapes: list[tuple[int, ...]]) -> tuple[Array, ...]:
    arrays = tuple(fitted.arrays[f"{name}_{i}"].astype(np.float32) for i in range(len(shapes)))
    if [array.shape for array in arrays] != shapes:
        raise ValueError("another recipe's weights")
    return arrays


def always(setting: Setting) -> Callable[[int], Setting]:
    """The same setting for every number of shots."""
    return lambda shots: setting


def one_rate(scenario: Scenario, rate: float) -> tuple[Array, ...]:
    """The same rate throughout, in the shapes of learnt ones: all that walk then share a compiled loop."""
    sizes = layer_sizes(scenario, scenario.recipe)
    shapes = rate_shapes(random_start(np.random.default_rng(0), sizes), scenario.recipe)
    return tuple(np.full(shape, rate, np.float32) for shape in shapes)
