"""Contents of the four maps of a scenario, and the prediction of a latent parameter from a map. Needs no TensorFlow.

The maps show the four representations of meta-learning: the task, the data, the model and the strategy.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenarios.catalog import SCENARIOS
from scenarios.dataclass_npz import load_values
from scenarios.demo import precomputed
from scenarios.learners.registry import TRACED
from scenarios.scenario import Scenario
from scenarios.task import Array, Labels, rng_for
from scenarios.text import Text

TASKS = 200  # fresh tasks on the maps that are averages: those of seeds 1, 2, ...
SHOTS = 20  # labels of each class with which they are learned
COMPONENTS = 8  # principal components from which true parameters are predicted
FOLDS = 10
EXAMPLES = ("query", "support")  # sets on which the loss is evaluated
GRID = 25  # points along each side of a slice


@dataclass(frozen=True)
class TaskMap:
    """How adapting to each task changed the same function, and which of the tasks' truths can be read off that."""

    seeds: Labels  # (tasks,): the number of each task on its page
    components: Array  # (tasks, 8): principal components of the change
    explained: Array  # (8,): their shares of its variance
    names: tuple[str, ...]  # names of the true parameters, best recovered first
    labels: tuple[Text, ...]
    truth: Array  # (tasks, truths)
    read: Array  # (tasks, truths): as read off the components, by a straight line that was fitted without the task
    r2: Array  # (truths, 3): share of the truth's variance that is read, and its 95% interval over tasks


@dataclass(frozen=True)
class FeatureMap:
    """One learner's features (last hidden layer) of a task's examples, before and after adapting, on one plane."""

    query: Array  # (2, queries, 2): before, after
    support: Array  # (2, rows, 2)
    centres: Array  # (2, ways, 2), of the support examples; none for regression
    right: Array  # (2, queries): whether the predicted class is right; squared error for regression
    score: Array  # (2,): mean of `right`, every class counting the same
    nearest: Array  # (2,): share of query examples whose nearest class centre is the right one, counted likewise
    moved: float  # how far query examples move, as a share of how far they lie from their mean (root mean squares)
    shown: float  # share of the features' variance that lies in the plane


@dataclass(frozen=True)
class DataMap:
    """One task's examples in the features of both networks, before and after adaptation."""

    maps: dict[str, FeatureMap]  # learner -> map
    steps: dict[str, int]
    inputs: float  # `nearest` on the encoded inputs, without any network; 0 for regression


@dataclass(frozen=True)
class ModelMap:
    """Changes of a network when it adapts, by learner and layer; means over tasks with 95% CIs, (..., 3)."""

    layers: int
    change: dict[str, Array]  # (layers, 3): |difference| / |start| of a layer's weights and biases together
    parts: dict[str, Array]  # (2 * layers, 3): length of the change of each kernel and each bias
    alike: dict[str, Array]  # (layers, 3): linear CKA of the layer's outputs for the query examples, before and after
    score: dict[str, dict[str, Array]]  # by learner and adapted part ("none", "head", "all"): (3,)
    lost: Array  # (3,): loss of the meta-learned head alone against all layers, on the same tasks; more is worse
    ran_away: dict[str, int]  # tasks on which inner steps diverged, which are left out
    steps: dict[str, int]


@dataclass(frozen=True)
class Slice:
    """A plane through a task's losses. Lengths are distances between weights."""

    across: Array  # (grid,)
    up: Array  # (grid,)
    losses: dict[str, Array]  # on "support" or "query" examples: (grid, grid), row by row upwards
    walks: dict[str, Array]  # learner -> (steps + 1, 2), projected onto the plane


@dataclass(frozen=True)
class StrategyMap:
    """Two strategies at work on one task: a start, a number of steps, a rate."""

    overview: Slice  # through both initialisations and the weights adapted from scratch
    close_up: Slice  # through the meta-learned initialisation and its adapted weights
    losses: dict[str, dict[str, Array]]  # on "support" or "query" examples, learner -> (steps + 1,), exactly
    lengths: dict[str, Array]  # learner -> (steps + 1,): way walked so far
    rates: dict[str, tuple[float, float, float]]  # rates of all weights and steps: 5th percentile, median, 95th
    apart: float  # distance between the two starts
    ran_away: bool  # whether steps from scratch diverged; they are shown up to there
    held: float  # share of the squared steps from scratch within the plane of the overview


@dataclass(frozen=True)
class Maps:
    """All four, the two of one task for the task that a first visitor sees."""

    task: TaskMap
    data: DataMap
    model: ModelMap
    strategy: StrategyMap


PREPARED_SHOTS = 5  # labels in the two precomputed maps of one task
_KINDS = (Maps, TaskMap, FeatureMap, DataMap, ModelMap, Slice, StrategyMap, Text)


def read(scenario_name: str, folder: Path = precomputed.FOLDER) -> Maps | None:
    """Return the precomputed maps; None if there are none, or the file is damaged or another scenario's."""
    try:
        values = load_values(precomputed.maps_path(scenario_name, folder), _KINDS)
        maps = values["maps"]
        # Files of the first version do not name their scenario.
        is_whole = values.get("scenario", scenario_name) == scenario_name and _is_whole(maps, SCENARIOS[scenario_name])
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return None
    return maps if is_whole else None


def _is_whole(maps: Maps, scenario: Scenario) -> bool:
    """Whether every map has the kinds and the shapes that it is drawn by, and truths of this scenario's tasks."""
    truths = {latent.name for latent in scenario.latents(scenario.sample_tasks(rng_for("test", 1, 1), 1))}
    return (
        all(isinstance(part, kind) for part, kind in zip(
            (maps, maps.task, maps.data, maps.model, maps.strategy),
            (Maps, TaskMap, DataMap, ModelMap, StrategyMap), strict=True,
        ))
        and _fits_tasks(maps.task, truths)
        and _fits_data(maps.data, scenario)
        and _fits_model(maps.model)
        and _fits_strategies(maps.strategy)
        and maps.data.steps["maml"] == maps.model.steps["maml"] == scenario.recipe.inner_steps
    )  # fmt: skip


def _fits_tasks(task: TaskMap, truths: set[str]) -> bool:
    tasks, count = len(task.seeds), len(task.names)
    return (
        set(task.names) == truths
        and len(task.labels) == count
        and all(isinstance(label, Text) for label in task.labels)
        and _have_shape((tasks,), task.seeds)
        and _have_shape((tasks, COMPONENTS), task.components)
        and _have_shape((COMPONENTS,), task.explained)
        and _have_shape((tasks, count), task.truth, task.read)
        and _have_shape((count, 3), task.r2)
    )


def _fits_data(data: DataMap, scenario: Scenario) -> bool:
    return (
        data.maps.keys() == data.steps.keys() == set(TRACED)
        and _are_numbers(data.inputs, *data.steps.values())
        and all(_fits_features(each, len(scenario.classes)) for each in data.maps.values())
    )


def _fits_features(features: FeatureMap, classes: int) -> bool:
    queries, rows = features.query.shape[1], features.support.shape[1]
    return (
        _have_shape((2, queries, 2), features.query)
        and _have_shape((2, rows, 2), features.support)
        and _have_shape((2, classes, 2), features.centres)
        and _have_shape((2, queries), features.right)
        and _have_shape((2,), features.score)
        and _have_shape((2 if classes else 0,), features.nearest)
        and _are_numbers(features.moved, features.shown)
    )


def _fits_model(model: ModelMap) -> bool:
    by_learner: tuple[dict[str, Any], ...] = (
        model.change,
        model.parts,
        model.alike,
        model.score,
        model.ran_away,
        model.steps,
    )
    layers = model.layers
    return (
        all(each.keys() == set(TRACED) for each in by_learner)
        and _have_shape((layers, 3), *model.change.values(), *model.alike.values())
        and _have_shape((2 * layers, 3), *model.parts.values())
        and model.score["maml"].keys() >= {"none", "head", "all"}
        and model.score["scratch"].keys() >= {"none", "all"}
        and _have_shape((3,), model.lost, *(each for scores in model.score.values() for each in scores.values()))
        and _are_numbers(*model.ran_away.values(), *model.steps.values())
    )


def _fits_strategies(strategies: StrategyMap) -> bool:
    planes = (strategies.overview, strategies.close_up)
    by_learner: tuple[dict[str, Any], ...] = (
        strategies.lengths,
        strategies.rates,
        *strategies.losses.values(),
        *(plane.walks for plane in planes),
    )
    return (
        all(plane.losses.keys() == strategies.losses.keys() == set(EXAMPLES) for plane in planes)
        and all(each.keys() == set(TRACED) for each in by_learner)
        and all(_have_shape((GRID,), plane.across, plane.up) for plane in planes)
        and all(_have_shape((GRID, GRID), *plane.losses.values()) for plane in planes)
        and all(_have_shape((len(plane.walks[name]), 2), plane.walks[name]) for plane in planes for name in TRACED)
        and all(
            _have_shape(
                strategies.lengths[name].shape[:1],
                strategies.lengths[name],
                *(each[name] for each in strategies.losses.values()),
            )
            for name in TRACED
        )
        and all(len(rates) == 3 and _are_numbers(*rates) for rates in strategies.rates.values())
        and _are_numbers(strategies.apart, strategies.held)
    )


def _have_shape(shape: tuple[int, ...], *arrays: NDArray[Any]) -> bool:
    return all(array.shape == shape and array.dtype.kind in "fiub" for array in arrays)


def _are_numbers(*values: object) -> bool:
    return all(isinstance(value, int | float) for value in values)


def read_truths(components: Array, truth: Array, folds: int = FOLDS) -> Array:
    """Predict each latent parameter (tasks, truths) from the components (tasks, k) by cross-validated least squares.

    The tasks are split into folds; those of one fold are predicted by a fit to the others.
    """
    fold = np.arange(len(truth)) % folds
    inputs = np.column_stack([np.ones(len(truth)), components])
    read = np.empty(truth.shape)
    for held_out in range(folds):
        out = fold == held_out
        read[out] = inputs[out] @ np.linalg.lstsq(inputs[~out], truth[~out], rcond=None)[0]
    return read


def explained_variance(truth: Array, read: Array) -> Array:
    """R2 = 1 - squared errors / squared distances from the mean: (..., tasks, truths) twice -> (..., truths)."""
    spread = np.square(truth - truth.mean(-2, keepdims=True)).sum(-2)
    share: Array = 1 - np.square(truth - read).sum(-2) / np.maximum(spread, 1e-12)
    return share


def with_interval(truth: Array, read: Array, *, resamples: int = 1000, seed: int = 0) -> Array:
    """R2 of each truth and its 95% interval, bootstrapped over tasks: (truths, 3)."""
    again = np.random.default_rng(seed).integers(len(truth), size=(resamples, len(truth)))
    low, high = np.quantile(explained_variance(truth[again], read[again]), [0.025, 0.975], axis=0)
    return np.stack([explained_variance(truth, read), low, high], axis=-1)


def borders(centres: Array, points: int = 241) -> Array:
    """Where two class centres (ways, 2) are the nearest and equally near: (n, 2), not-a-number between lines."""
    if not len(centres):
        return np.empty((0, 2))
    reach = 8 * np.abs(centres - centres.mean(0)).max() + 1e-6
    along = np.linspace(-reach, reach, points)[:, None]
    lines = []
    for first in range(len(centres)):
        for second in range(first + 1, len(centres)):
            way = centres[second] - centres[first]
            across = np.array([-way[1], way[0]]) / (np.linalg.norm(way) + 1e-12)
            line = (centres[first] + centres[second]) / 2 + along * across
            distance = np.linalg.norm(line[:, None] - centres, axis=-1)
            line[distance[:, first] > distance.min(1) + 1e-9] = np.nan
            lines += [line, np.full((1, 2), np.nan)]
    return np.concatenate(lines)
