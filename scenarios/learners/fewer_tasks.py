"""Learners that learn from a chosen number of other tasks, to measure the gain from more of them."""

from dataclasses import replace
from pathlib import Path

from scenarios.errors import UserError
from scenarios.learner import Learner
from scenarios.learners import hierarchical, meta_learned
from scenarios.learners.recipes import MakeRecipe, pooled
from scenarios.learners.registry import META_LEARNED, POOLED, REGISTRY, Rung, suitable
from scenarios.meta_learner import weights
from scenarios.meta_learner.weights import Report
from scenarios.scenario import Scenario


def needs_no_tasks(name: str) -> bool:
    """Return whether a learner learns nothing from other tasks."""
    return not REGISTRY[name].is_trained or REGISTRY[name].rung is Rung.LOCAL


def can_learn(name: str, *, chosen: bool) -> bool:
    """Return whether a learner can learn from any number of tasks.

    Of the trained learners, which take minutes, only MAML and the pooled network count unless `chosen` by name.
    """
    if name in hierarchical.METHODS:
        return True
    return _recipe(name) is not None and (chosen or name in (META_LEARNED, POOLED))


def _recipe(name: str) -> MakeRecipe | None:
    """Return the recipe of a learner that is trained and no more; Reptile, for one, is tuned as well."""
    if name == POOLED:
        return pooled
    return REGISTRY[name].recipe if name != "reptile" else None


def names(scenario: Scenario) -> list[str]:
    """Return the ids of those of a scenario that can."""
    return [name for name in suitable(scenario) if can_learn(name, chosen=True) or needs_no_tasks(name)]


def learner(
    scenario: Scenario, name: str, count: int, labels_each: int, seed: int, kept: Path, report: Report
) -> Learner:
    """Return a learner that has learned from `count` other tasks.

    Simple statistics see `labels_each` labels per class in each; a meta-learner as many as its recipe says, and its
    weights are kept in the folder `kept`.
    """
    if name in hierarchical.METHODS:
        known = hierarchical.other_tasks(scenario, seed, count, labels_each)
        return hierarchical.fit_from(scenario, name, known, report)
    recipe_for = _recipe(name)
    if recipe_for is None:
        raise ValueError(f"{name} has no recipe")
    path = kept / f"{scenario.name}.{name}.{count}-tasks.seed-{seed}.npz"
    try:
        return meta_learned.restore(scenario, weights.load(path, scenario, name))
    except (UserError, KeyError, ValueError):  # not trained yet, or for another generator
        pass
    train = meta_learned.train_with(lambda scenario: replace(recipe_for(scenario), train_tasks=count))
    checkpoint = train(scenario, seed, lambda done, word: report(done, f"{name}, {count} tasks: {word}"))
    kept.mkdir(parents=True, exist_ok=True)
    weights.save(path, scenario, checkpoint)
    return meta_learned.restore(scenario, checkpoint)
