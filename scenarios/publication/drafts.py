"""Drafts: scenarios whose learners are not all trained and whose results are not measured yet."""

from scenarios.catalog import SCENARIOS
from scenarios.learners.registry import trainable
from scenarios.meta_learner.weights import path_of
from scenarios.publication.results import StudyResults
from scenarios.publication.results import path_of as results_path
from scenarios.scenario import Scenario


def is_draft(scenario: Scenario) -> bool:
    """Return whether results and weights are missing: a scenario with either is complete, or damaged."""
    if results_path(StudyResults, scenario.name).is_file():
        return False
    return not all(path_of(scenario, name).is_file() for name in trainable(scenario))


def complete() -> list[Scenario]:
    """Return the scenarios that are no drafts, in the order of the catalog."""
    return [scenario for scenario in SCENARIOS.values() if not is_draft(scenario)]
