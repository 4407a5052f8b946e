"""The number of other tasks and labels that a learner has seen."""

from collections.abc import Mapping
from dataclasses import dataclass

from scenarios.dataclass_json import from_json
from scenarios.recipe import Recipe
from scenarios.scenario import Scenario


@dataclass(frozen=True)
class Experience:
    """Other tasks, and the labels of all of them together."""

    tasks: int
    labels: int


def experience_of(scenario: Scenario, metadata: Mapping[str, object]) -> Experience | None:
    """Return the experience in the metadata of a weights file; None for a learner without other tasks.

    Raises
    ------
    ValueError
        If they are not such metadata.
    """
    if "settings" in metadata:
        recipe = Recipe.from_dict(metadata["settings"])
        each = scenario.ways * recipe.max_shots + recipe.queries
        return Experience(recipe.train_tasks, recipe.train_tasks * each)
    if "other_tasks" not in metadata:
        return None
    tasks, each = (from_json(int, metadata[name]) for name in ("other_tasks", "labels_each"))
    return Experience(tasks, tasks * each * scenario.ways)
