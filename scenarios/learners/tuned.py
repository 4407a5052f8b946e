"""Learners with settings for every number of labels, all chosen on training tasks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from scenarios.episode import Episode
from scenarios.learner import EVALUATION_STEPS, Learner
from scenarios.learners import calibration, hierarchical, inputs, linear_prior, tuning
from scenarios.learners.calibration import Calibrate, Calibrated
from scenarios.learners.classical import CLASSICAL, Choice, Classical, PerTask
from scenarios.learners.inputs import See
from scenarios.learners.meta_learned import always, one_inner_lr, start_of, train_with
from scenarios.learners.recipes import MakeRecipe, pooled, reptile
from scenarios.meta_learner.gradient import GradientLearner, identity
from scenarios.meta_learner.meta_train import layer_sizes
from scenarios.meta_learner.network import random_start
from scenarios.meta_learner.weights import Checkpoint, Fit, Report
from scenarios.scenario import Scenario
from scenarios.task import Array

INNER_LRS = (0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.4)  # for classes
SMALL_INNER_LRS = (0.001, 0.003, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2)  # for squared errors, whose gradients are longer
Start = Callable[[int], tuple[Array, ...]]  # number of tasks -> weights, leading axis 1 (shared) or tasks
Restore = Callable[[Scenario, Checkpoint], Learner]


def _gradient_learner(
    scenario: Scenario,
    start: Start,
    rule: Callable[[int], tuple[tuple[Array, ...], int]],
    calibrate: Calibrate = identity,
) -> GradientLearner:
    """Return gradient descent from a start, with the clip norm of the scenario's meta-learned learner."""
    return GradientLearner(start, rule, calibrate, scenario.recipe.clip_norm)


def _tuned_descent(scenario: Scenario, seed: int, report: Report, start: Start) -> Checkpoint:
    """Choose learning rate and number of steps of gradient descent for each number of shots, and its calibration."""
    chosen = []
    tried = SMALL_INNER_LRS if scenario.regression else INNER_LRS
    for done, (shots, episode) in enumerate(tuning.tuning_episodes(scenario, seed), start=1):
        scores = []  # (learning rates, evaluation steps)
        for inner_lr in tried:
            learner = _gradient_learner(scenario, start, always((one_inner_lr(scenario, inner_lr), 0)))
            scores.append(tuning.quality(scenario, learner.trajectory(episode), episode))
            share = (done - 1 + len(scores) / len(tried)) / len(tuning.TUNING_SHOTS)
            report(0.8 * share, f"{shots} shots: rate {inner_lr}")
        best, last = np.unravel_index(np.argmax(scores), np.shape(scores))
        chosen.append((tried[best], EVALUATION_STEPS[last]))
    rates, steps = map(np.array, zip(*chosen, strict=True))
    arrays = {"shots": np.array(tuning.TUNING_SHOTS), "rate": rates, "steps": steps}
    learner = _gradient_learner(scenario, start, _tuned_rule(scenario, Checkpoint(arrays)))
    return Checkpoint(
        arrays | calibration.arrays_for(scenario, learner, seed, lambda done, word: report(0.8 + 0.2 * done, word))
    )


def _tuned_rule(scenario: Scenario, checkpoint: Checkpoint) -> Callable[[int], tuple[tuple[Array, ...], int]]:
    inner_lrs, steps = tuning.settings(checkpoint, "rate"), tuning.settings(checkpoint, "steps")
    if not set(steps.tolist()) <= set(EVALUATION_STEPS):
        raise ValueError("a number of steps after which nothing is evaluated")
    settings = [(one_inner_lr(scenario, float(lr)), int(step)) for lr, step in zip(inner_lrs, steps, strict=True)]
    return lambda k: settings[tuning.place(k)]


def _random_starts(scenario: Scenario) -> Start:
    """Another random network for every task, the same ones every time and however many there are."""
    sizes = layer_sizes(scenario, scenario.recipe)

    def starts(tasks: int) -> tuple[Array, ...]:
        networks = (random_start(np.random.default_rng([404, task]), sizes) for task in range(tasks))
        return tuple(np.concatenate(layer) for layer in zip(*networks, strict=True))

    return starts


def fit_scratch(scenario: Scenario, seed: int, report: Report) -> Checkpoint:
    """Tune the network from scratch: its learning rate, number of steps and calibration per number of shots."""
    return _tuned_descent(scenario, seed, report, _random_starts(scenario))


def restore_scratch(scenario: Scenario, checkpoint: Checkpoint) -> Learner:
    """Return the network from scratch with its tuned hyperparameters."""
    return _gradient_learner(
        scenario, _random_starts(scenario), _tuned_rule(scenario, checkpoint), calibration.of(scenario, checkpoint)
    )


def _fit_and_tune(recipe_for: MakeRecipe) -> Fit:
    """Learn an initialisation on all training tasks, then choose learning rate and steps from it."""

    def fit_both(scenario: Scenario, seed: int, report: Report) -> Checkpoint:
        before = train_with(recipe_for)(scenario, seed, lambda done, word: report(done / 2, word))
        start = start_of(scenario, before, recipe_for(scenario))
        tuned = _tuned_descent(scenario, seed, lambda done, word: report((1 + done) / 2, word), lambda tasks: start)
        return Checkpoint(before.arrays | tuned.arrays, before.metadata)

    return fit_both


def _restore_both(recipe_for: MakeRecipe) -> Restore:
    def restore_both(scenario: Scenario, checkpoint: Checkpoint) -> Learner:
        start = start_of(scenario, checkpoint, recipe_for(scenario))
        rule, calibrate = _tuned_rule(scenario, checkpoint), calibration.of(scenario, checkpoint)
        return _gradient_learner(scenario, lambda tasks: start, rule, calibrate)

    return restore_both


fit_fine_tuned, restore_fine_tuned = _fit_and_tune(pooled), _restore_both(pooled)
fit_reptile, restore_reptile = _fit_and_tune(reptile), _restore_both(reptile)


# -- textbook methods --------------------------------------------------------------------------------------------------

_SCALING = 200, 5  # training tasks and labels per class, over which inputs are standardised


def fit_classical(name: str) -> Fit:
    """Choose inputs and hyperparameter of a classical method, and its calibration, for each number of shots."""
    method = CLASSICAL[name]

    def fit_choices(scenario: Scenario, seed: int, report: Report) -> Checkpoint:
        known = hierarchical.other_tasks(scenario, seed, *_SCALING)
        kinds = [kind for kind in method.kinds if kind in inputs.suitable(scenario)] or ["encoded"]
        seen = [inputs.fitted(scenario, kind, known) for kind in kinds]
        places, arrays = _chosen(scenario, seed, report, method, [each.of for each in seen])
        return Checkpoint(arrays | tuning.kept_choices(places, lambda place: seen[place].arrays()))

    return fit_choices


def _chosen(
    scenario: Scenario, seed: int, report: Report, method: Classical, ways_to_see: Sequence[See]
) -> tuple[list[int], dict[str, Array]]:
    """Choose among all pairs of inputs and settings; return the places of the inputs, and settings and calibrations."""
    tried = [Choice(setting, see) for see in ways_to_see for setting in method.choices]
    learners = [PerTask(method, always(choice)) for choice in tried]
    chosen = tuning.choose(scenario, learners, seed, lambda done, word: report(0.9 * done, word))
    learner = tuning.PerShots(tuple(learners[place] for place in chosen))
    calibrations = calibration.arrays_for(scenario, learner, seed, lambda done, word: report(0.9 + 0.1 * done, word))
    settings = np.array([tried[place].setting for place in chosen])
    return [place // len(method.choices) for place in chosen], {method.setting: settings} | calibrations


def restore_classical(name: str) -> Restore:
    """Return the function that restores a textbook method with its choices."""
    method = CLASSICAL[name]

    def restore_choices(scenario: Scenario, checkpoint: Checkpoint) -> Learner:
        seen = tuning.restored_choices(checkpoint, lambda arrays: inputs.restored(scenario, arrays).of)
        return _per_task(scenario, checkpoint, method, seen)

    return restore_choices


def _per_task(scenario: Scenario, checkpoint: Checkpoint, method: Classical, seen: Sequence[See]) -> PerTask:
    settings = tuning.settings(checkpoint, method.setting)
    chosen = [Choice(float(setting), see) for setting, see in zip(settings, seen, strict=True)]
    return PerTask(method, lambda k: chosen[tuning.place(k)], calibration.of(scenario, checkpoint))


# -- simple models on what the pooled network has learned --------------------------------------------------------------


def _probe(scenario: Scenario) -> Classical:
    return CLASSICAL["least_squares" if scenario.regression else "logistic"]


def fit_linear_probe(scenario: Scenario, seed: int, report: Report) -> Checkpoint:
    """Train the pooled network, then choose the penalty of a linear model on its last features, per number of shots."""
    before = train_with(pooled)(scenario, seed, lambda done, word: report(done / 2, word))
    see = partial(_features, start_of(scenario, before, pooled(scenario)))
    places, arrays = _chosen(scenario, seed, lambda done, word: report((1 + done) / 2, word), _probe(scenario), [see])
    return Checkpoint(before.arrays | arrays | tuning.kept_choices(places, lambda place: {}), before.metadata)


def restore_linear_probe(scenario: Scenario, checkpoint: Checkpoint) -> Learner:
    """Return the linear model on the pooled network's last features."""
    see = partial(_features, start_of(scenario, checkpoint, pooled(scenario)))
    return _per_task(scenario, checkpoint, _probe(scenario), [see] * len(tuning.TUNING_SHOTS))


def _features(network: tuple[Array, ...], episode: Episode) -> tuple[Array, Array]:
    return last_features(network, episode.support.x), last_features(network, episode.query.x)


def last_features(network: tuple[Array, ...], x: Array) -> Array:
    """Return the inputs of a network's last layer: (..., inputs) -> (..., width)."""
    for kernel, bias in zip(network[:-2:2], network[1:-2:2], strict=True):
        x = np.maximum(x @ kernel[0] + bias[0], 0)
    return x


def outputs(network: tuple[Array, ...], x: Array) -> Array:
    """Return the outputs of a network's last layer: (..., inputs) -> (..., outputs)."""
    last: Array = last_features(network, x) @ network[-2][0] + network[-1][0]
    return last


def _log_odds(network: tuple[Array, ...], x: Array) -> Array:
    """Return the network's log odds of each class against the first: (..., inputs) -> (..., ways - 1)."""
    logits = outputs(network, x)
    against: Array = logits[..., 1:] - logits[..., :1]
    return against.astype(float)


def fit_recalibrated(scenario: Scenario, seed: int, report: Report) -> Checkpoint:
    """Train the pooled network, then learn from further tasks how its log odds are to be shifted and scaled in each."""
    before = train_with(pooled)(scenario, seed, lambda done, word: report(done / 2, word))
    network = start_of(scenario, before, pooled(scenario))
    known = hierarchical.other_tasks(scenario, seed, hierarchical.OTHER_TASKS, scenario.max_shots)
    said = _log_odds(network, scenario.encode(known.x).astype(np.float32))
    prior = linear_prior.learn(said, known.y, np.ones(known.y.shape), scenario.ways)
    learner = Recalibrated(network, prior)
    arrays = calibration.arrays_for(scenario, learner, seed, lambda done, word: report((1 + done) / 2, word))
    return Checkpoint(before.arrays | prior.arrays() | arrays, before.metadata)


def restore_recalibrated(scenario: Scenario, checkpoint: Checkpoint) -> Learner:
    """Return the pooled network, recalibrated on each task's labels."""
    network = start_of(scenario, checkpoint, pooled(scenario))
    prior = linear_prior.restored(checkpoint.arrays, scenario.ways - 1, scenario.ways)
    return Calibrated(Recalibrated(network, prior), calibration.of(scenario, checkpoint))


@dataclass(frozen=True)
class Recalibrated:
    """A network for all tasks, whose log odds are shifted and scaled by each task's labels."""

    network: tuple[Array, ...]
    prior: linear_prior.LinearPrior

    def predict(self, episode: Episode) -> Array:
        """Return class probabilities (tasks, queries, ways)."""
        said, asked = _log_odds(self.network, episode.support.x), _log_odds(self.network, episode.query.x)
        return linear_prior.predict_evened(self.prior, said, episode.support.y, episode.mask, asked)
