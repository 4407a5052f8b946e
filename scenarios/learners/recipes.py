"""Recipes of each method's meta-training: the scenario's own, which is MAML's, with some changes."""

from collections.abc import Callable
from dataclasses import replace

from scenarios.recipe import Recipe
from scenarios.scenario import Scenario

POOLED_STEPS = 4000  # steps of ordinary training on all tasks together
_WIDTH, _BLOCKS = 64, 4  # width and blocks of the transformer
_FOLLOWING_STEPS = 5_000  # meta-steps of Reptile, with ten inner steps each
MakeRecipe = Callable[[Scenario], Recipe]


def pooled(scenario: Scenario) -> Recipe:
    """Return the recipe of one network for all tasks together: the same training without any adaptation."""
    return replace(scenario.recipe, inner_steps=0, meta_steps=min(POOLED_STEPS, scenario.recipe.meta_steps))


def reptile(scenario: Scenario) -> Recipe:
    """Return the recipe of Reptile, which takes more steps on each task and differentiates through none."""
    steps = min(_FOLLOWING_STEPS, scenario.recipe.meta_steps)
    return replace(scenario.recipe, strategy="reptile", inner_steps=10, learn_rates="", meta_steps=steps)


def _with(**changes: object) -> MakeRecipe:
    return lambda scenario: replace(scenario.recipe, **changes)  # type: ignore[arg-type]


def in_context(scenario: Scenario) -> Recipe:
    """Return the recipe of the transformer, of whose steps one costs as much as ten of the others'."""
    return replace(
        scenario.recipe, strategy="in_context", hidden=(_WIDTH,) * _BLOCKS, meta_steps=scenario.in_context_meta_steps
    )


maml = _with()
fomaml = _with(first_order=True)
anil = _with(adapts="head")
meta_sgd = _with(inner_steps=1, learn_rates="weight")
prototypes = _with(strategy="prototypes")
ridge = _with(strategy="ridge")
