"""Whether the weights of all learners can be used, for the self-check."""

from scenarios.catalog import scenario_named
from scenarios.errors import UserError
from scenarios.learners import fitting, registry
from scenarios.text import Text


def check_all(scenario_names: tuple[str, ...]) -> tuple[int, list[Text]]:
    """Return how many learners of some scenarios have usable weights, and the remedy for each of the others."""
    usable, complaints = 0, []
    for scenario in map(scenario_named, scenario_names):
        for learner in registry.suitable(scenario):
            try:
                fitting.load_checkpoint(scenario, learner)
                usable += 1
            except UserError as error:
                complaints.append(error.text)
    return usable, complaints
