"""Learners with settings for every number of labels, all chosen on training tasks."""

from collections.abc import Callable
from functools import partial

import numpy as np

from scenarios.episode import draw_examples, open_episode
from scenarios.learner import EVALUATION_STEPS, Learner
from scenarios.learners import linear_prior
from scenarios.learners.baselines import (
    INNER_LRS,
    SMALL_INNER_LRS,
    TUNING_SHOTS,
    Calibrated,
    calibrated,
    fit_calibration,
    nearest,
    quality,
    tuning_episodes,
)
from scenarios.learners.classical import CLASSICAL, Classical, PerTask
from scenarios.learners.linear_prior import LinearModel, LinearPrior
from scenarios.learners.meta_learned import always, fit_with, one_inner_lr, start_of
from scenarios.learners.recipes import MakeRecipe, pooled, reptile
from scenarios.meta_learner.gradient import GradientLearner, identity
from scenarios.meta_learner.meta_train import layer_sizes
from scenarios.meta_learner.network import random_start
from scenarios.meta_learner.weights import Checkpoint, Fit, Report
from scenarios.scenario import Scenario
from scenarios.task import Array, rng_for

Calibrate = Callable[[int, Array], Array]
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
    """Choose learning rate, number of steps and calibration of gradient descent for each number of shots."""
    chosen, calibrations = [], []
    tried = SMALL_INNER_LRS if scenario.regression else INNER_LRS
    for done, (shots, episode) in enumerate(tuning_episodes(scenario, seed), start=1):
        each = []
        for inner_lr in tried:
            learner = _gradient_learner(scenario, start, always((one_inner_lr(scenario, inner_lr), 0)))
            each.append(learner.trajectory(episode))
            report((done - 1 + len(each) / len(tried)) / len(TUNING_SHOTS), f"{shots} shots: rate {inner_lr}")
        trajectories = np.stack(each)
        scores = quality(scenario, trajectories, episode)  # (learning rates, evaluation steps)
        best, last = np.unravel_index(scores.argmax(), scores.shape)
        chosen.append((tried[best], EVALUATION_STEPS[last]))
        if not scenario.regression:
            calibrations.append(fit_calibration(trajectories[best, last], episode.query.y))
        report(done / len(TUNING_SHOTS), f"{shots} shots: rate {tried[best]}, {EVALUATION_STEPS[last]} steps")
    inner_lrs, steps = zip(*chosen, strict=True)
    arrays = {"shots": np.array(TUNING_SHOTS), "rate": np.array(inner_lrs), "steps": np.array(steps)}
    return Checkpoint(arrays | ({"calibration": np.array(calibrations)} if calibrations else {}))


def _tuned_calibration(scenario: Scenario, checkpoint: Checkpoint) -> Calibrate:
    if scenario.regression:
        return identity
    settings = _tuned(checkpoint, "calibration", (1 + scenario.ways,))
    return lambda k, answer: calibrated(settings[_tuned_at(k)], answer)


def _tuned_rule(scenario: Scenario, checkpoint: Checkpoint) -> Callable[[int], tuple[tuple[Array, ...], int]]:
    inner_lrs, steps = _tuned(checkpoint, "rate"), _tuned(checkpoint, "steps")
    if not set(steps.tolist()) <= set(EVALUATION_STEPS):
        raise ValueError("a number of steps after which nothing is evaluated")
    settings = [(one_inner_lr(scenario, float(lr)), int(step)) for lr, step in zip(inner_lrs, steps, strict=True)]
    return lambda k: settings[_tuned_at(k)]


def _tuned(checkpoint: Checkpoint, setting: str, shape: tuple[int, ...] = ()) -> Array:
    """Return a setting for each of TUNING_SHOTS. Raises KeyError or ValueError if the checkpoint has none."""
    values = checkpoint.arrays[setting]
    if checkpoint.arrays["shots"].tolist() != list(TUNING_SHOTS) or values.shape != (len(TUNING_SHOTS), *shape):
        raise ValueError("tuned at other numbers of shots")
    return values


def _tuned_at(shots: int) -> int:
    return nearest(shots, np.array(TUNING_SHOTS))


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
        scenario, _random_starts(scenario), _tuned_rule(scenario, checkpoint), _tuned_calibration(scenario, checkpoint)
    )


def _fit_and_tune(recipe_for: MakeRecipe) -> Fit:
    """Learn a start on all training tasks, and then choose how to walk from it."""

    def fit_both(scenario: Scenario, seed: int, report: Report) -> Checkpoint:
        before = fit_with(recipe_for)(scenario, seed, lambda done, word: report(done / 2, word))
        start = start_of(scenario, before, recipe_for(scenario))
        tuned = _tuned_descent(scenario, seed, lambda done, word: report((1 + done) / 2, word), lambda tasks: start)
        return Checkpoint(before.arrays | tuned.arrays, before.metadata)

    return fit_both


def _restore_both(recipe_for: MakeRecipe) -> Restore:
    def restore_both(scenario: Scenario, checkpoint: Checkpoint) -> Learner:
        start = start_of(scenario, checkpoint, recipe_for(scenario))
        rule, calibrate = _tuned_rule(scenario, checkpoint), _tuned_calibration(scenario, checkpoint)
        return _gradient_learner(scenario, lambda tasks: start, rule, calibrate)

    return restore_both


fit_fine_tuned, restore_fine_tuned = _fit_and_tune(pooled), _restore_both(pooled)
fit_reptile, restore_reptile = _fit_and_tune(reptile), _restore_both(reptile)


def fit_classical(name: str) -> Fit:
    """Choose the setting of a textbook method, and the calibration of what it says, for each number of shots."""
    method = CLASSICAL[name]

    def fit_setting(scenario: Scenario, seed: int, report: Report) -> Checkpoint:
        return Checkpoint(_chosen(scenario, seed, report, method, lambda x: x))

    return fit_setting


def _chosen(
    scenario: Scenario, seed: int, report: Report, method: Classical, features: Callable[[Array], Array]
) -> dict[str, Array]:
    chosen, calibrations = [], []
    for done, (shots, episode) in enumerate(tuning_episodes(scenario, seed), start=1):
        answers = [PerTask(method, always(choice), features=features).predict(episode) for choice in method.choices]
        best = int(np.argmax([quality(scenario, answer, episode) for answer in answers]))
        chosen.append(method.choices[best])
        if not scenario.regression:
            calibrations.append(fit_calibration(answers[best], episode.query.y))
        report(done / len(TUNING_SHOTS), f"{shots} shots: {method.setting} {chosen[-1]}")
    arrays = {"shots": np.array(TUNING_SHOTS), method.setting: np.array(chosen)}
    return arrays | ({"calibration": np.array(calibrations)} if calibrations else {})


def restore_classical(name: str) -> Restore:
    """Return the function that restores a textbook method with its tuned setting."""
    method = CLASSICAL[name]
    return lambda scenario, checkpoint: _per_task(scenario, checkpoint, method, lambda x: x)


def _per_task(
    scenario: Scenario, checkpoint: Checkpoint, method: Classical, features: Callable[[Array], Array]
) -> PerTask:
    chosen = _tuned(checkpoint, method.setting)
    return PerTask(method, lambda k: float(chosen[_tuned_at(k)]), _tuned_calibration(scenario, checkpoint), features)


# -- a linear model on what the pooled network has learned to see ------------------------------------------------------


def _probe(scenario: Scenario) -> Classical:
    return CLASSICAL["least_squares" if scenario.regression else "logistic"]


def fit_linear_probe(scenario: Scenario, seed: int, report: Report) -> Checkpoint:
    """Train the pooled network, then choose the penalty of a linear model on its last features, per number of shots."""
    before = fit_with(pooled)(scenario, seed, lambda done, word: report(done / 2, word))
    features = partial(last_features, start_of(scenario, before, pooled(scenario)))
    chosen = _chosen(scenario, seed, lambda done, word: report((1 + done) / 2, word), _probe(scenario), features)
    return Checkpoint(before.arrays | chosen, before.metadata)


def restore_linear_probe(scenario: Scenario, checkpoint: Checkpoint) -> Learner:
    """Return the linear model on the pooled network's last features."""
    features = partial(last_features, start_of(scenario, checkpoint, pooled(scenario)))
    return _per_task(scenario, checkpoint, _probe(scenario), features)


def last_features(network: tuple[Array, ...], x: Array) -> Array:
    """Return the inputs of a network's last layer: (..., inputs) -> (..., width)."""
    for kernel, bias in zip(network[:-2:2], network[1:-2:2], strict=True):
        x = np.maximum(x @ kernel[0] + bias[0], 0)
    return x


# -- a linear model whose prior is learned -----------------------------------------------------------------------------

_PRIOR_TASKS = 1000


def fit_empirical_bayes(scenario: Scenario, seed: int, report: Report) -> Checkpoint:
    """Learn the prior of a linear model from training tasks, then its calibration per number of shots."""
    rng = rng_for("train", seed, 3)
    tasks = scenario.sample_tasks(rng, _PRIOR_TASKS)
    draw = draw_examples(tasks, rng, shots=scenario.max_shots, queries=2, most_shots=scenario.max_shots)
    prior = linear_prior.learn(open_episode(scenario, draw))
    report(0.5, f"{_PRIOR_TASKS} tasks")
    calibrations = []
    for done, (shots, episode) in enumerate(tuning_episodes(scenario, seed), start=1):
        if not scenario.regression:
            calibrations.append(fit_calibration(LinearModel(prior).predict(episode), episode.query.y))
        report(0.5 + done / len(TUNING_SHOTS) / 2, f"{shots} shots")
    arrays = {"shots": np.array(TUNING_SHOTS), "mean": prior.mean, "covariance": prior.covariance}
    arrays["noise"] = np.array(prior.noise)
    return Checkpoint(arrays | ({"calibration": np.array(calibrations)} if calibrations else {}))


def restore_empirical_bayes(scenario: Scenario, checkpoint: Checkpoint) -> Learner:
    """Return the linear model with its learned prior.

    Raises
    ------
    KeyError, ValueError
        If the checkpoint holds something else.
    """
    mean, covariance = checkpoint.arrays["mean"], checkpoint.arrays["covariance"]
    if covariance.shape != mean.shape * 2:
        raise ValueError("a prior of another size")
    model = LinearModel(LinearPrior(mean, covariance, float(checkpoint.arrays["noise"]), scenario.ways))
    return Calibrated(model, _tuned_calibration(scenario, checkpoint))
