"""How each strategy is meta-trained: the scenario's own recipe, which is that of MAML, with something changed."""

from collections.abc import Callable
from dataclasses import replace

from scenarios.recipe import Recipe
from scenarios.scenario import Scenario

POOLED_STEPS = 4000  # of ordinary training on all tasks together
_WIDTH, _BLOCKS = 64, 4  # of the transformer
_FOLLOWING_STEPS = 5_000  # of Reptile, each of which walks ten inner steps
MakeRecipe = Callable[[Scenario], Recipe]


def pooled(scenario: Scenario) -> Recipe:
    """One network for all tasks together: the same training without any adaptation in it."""
    return replace(scenario.recipe, inner_steps=0, meta_steps=POOLED_STEPS)


def _with(**changes: object) -> MakeRecipe:
    return lambda scenario: replace(scenario.recipe, **changes)  # type: ignore[arg-type]


def _in_context(scenario: Scenario) -> Recipe:
    return replace(
        scenario.recipe, strategy="in_context", hidden=(_WIDTH,) * _BLOCKS, meta_steps=scenario.in_context_meta_steps
    )


RECIPES: dict[str, MakeRecipe] = {
    "maml": _with(),
    "fomaml": _with(first_order=True),
    "reptile": _with(strategy="reptile", inner_steps=10, learn_rates="", meta_steps=_FOLLOWING_STEPS),
    "anil": _with(adapts="head"),
    "meta_sgd": _with(inner_steps=1, learn_rates="weight"),
    "prototypes": _with(strategy="prototypes"),
    "ridge": _with(strategy="ridge"),
    "in_context": _in_context,
}
