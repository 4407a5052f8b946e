"""Promise: the worlds of a scenario are compared on paired tasks, and what is published of them holds together."""

from pathlib import Path

import numpy as np
import pytest

from scenarios.catalog import SCENARIOS
from scenarios.dataclass_json import to_json
from scenarios.evaluation.estimate import Estimate
from scenarios.learners import fitting
from scenarios.learners.registry import BAYES, META_LEARNED, REGISTRY, Rung
from scenarios.medical_diagnosis.scenario import SCENARIO as MEDICAL
from scenarios.protocol import WORLD_SHOTS, EvaluationProtocol
from scenarios.publication import results, worlds
from scenarios.publication.evaluate_at import Column, Point
from scenarios.publication.plan import Plan
from scenarios.publication.results import StudyResults, WorldFigures, WorldsResults
from scenarios.scenario import DEFAULT_WORLD, WORLD_LABELS, WORLDS, Scenario
from scenarios.task import Array

TASKS = 4
LEVELS = {"pooled": 0.7, "z_scored": 0.72, "lda": 0.6, "logistic": 0.65, "random_effects_lda": 0.8, "maml": 0.78}
LEVELS |= {"bayes": 0.82}
MEASURED = [SCENARIOS[name] for name in SCENARIOS if results.path_of(WorldsResults, name).exists()]


def figures_of(scores: dict[str, Array]) -> WorldFigures:
    """Figures from pieces in which learners have these scores (tasks,) at every number of labels."""
    asked = Plan(MEDICAL, tuple(scores), EvaluationProtocol(tasks=TASKS))
    by_shots = {shots: jobs for shots, jobs in asked.columns().items() if shots in WORLD_SHOTS}
    point = Point(score=Estimate(0, 0, 0), measures={})
    found = {
        job.name: to_json(Column({name: point}, {name: scores[name]}))
        for jobs in by_shots.values()
        for name, job in jobs.items()
    }
    return worlds.figures(MEDICAL, found, by_shots)


def test_each_rung_is_compared_with_the_best_without_labels_and_with_the_next_lower_task_by_task():
    luck = np.array([-0.1, 0.0, 0.05, 0.05])  # of a task, which all share: no part of a difference
    found = figures_of({name: level + luck for name, level in LEVELS.items()})
    found.check(len(WORLD_SHOTS), "")
    best = {rung: found.rungs[rung.value].best[0] for rung in Rung}
    assert best == {
        Rung.NO_LOCAL_LABELS: "z_scored", Rung.LOCAL: "logistic", Rung.BORROWING: "random_effects_lda",
        Rung.META_LEARNED: "maml", Rung.BAYES: "bayes",
    }  # fmt: skip
    np.testing.assert_allclose(found.rungs["local"].ahead_of_generic[0], [-0.07] * 3, atol=1e-6)
    np.testing.assert_allclose(found.rungs["meta_learned"].ahead_of_generic[0], [0.06] * 3, atol=1e-6)
    np.testing.assert_allclose(found.rungs["meta_learned"].ahead_of_lower[0], [-0.02] * 3, atol=1e-6)
    mean, low, high = found.learners["maml"].score[0]
    assert low < mean < high, "tasks differ"


@pytest.mark.published
@pytest.mark.parametrize("scenario", MEASURED, ids=lambda scenario: scenario.name)
def test_what_is_published_of_worlds_is_what_their_pages_show(scenario: Scenario):
    found = results.read(WorldsResults, scenario.name)
    for world in scenario.world_names:
        study = results.read(StudyResults, scenario.in_world(world).name)
        assert study.protocol == found.protocol
        for shots in (1, 5, 50):
            for rung in Rung:
                name = found.best(world, rung, shots)
                assert name == study.best(rung, shots), "the methods that are left out are nowhere the best"
                assert found.score(world, name, shots) == pytest.approx(study.at(name, shots), abs=1e-9)


@pytest.mark.published
@pytest.mark.parametrize("scenario", MEASURED, ids=lambda scenario: scenario.name)
def test_labels_buy_least_where_tasks_are_much_alike_and_nothing_beats_the_optimum(scenario: Scenario):
    found = results.read(WorldsResults, scenario.name)
    gains = [found.ahead(world, Rung.BAYES, 5, of_generic=True).mean for world in WORLDS]
    assert gains[0] < min(gains[1:])
    for world in WORLDS:
        for rung in list(Rung)[:-1]:
            best = found.score(world, found.best(world, rung, 5), 5)
            assert best.mean <= found.score(world, BAYES, 5).high


@pytest.mark.published
@pytest.mark.parametrize("scenario", MEASURED, ids=lambda scenario: scenario.name)
def test_every_method_that_is_published_for_a_world_has_its_weights(scenario: Scenario):
    for world in scenario.world_names:
        there = scenario.in_world(world)
        names = results.read(StudyResults, there.name).learners
        assert {META_LEARNED, BAYES} <= set(names)
        assert set(names) <= set(fitting.shipped(there, REGISTRY)) | set(worlds.learners(scenario))
        fitting.load_checkpoint(there, META_LEARNED)


def test_a_world_is_the_scenario_with_other_tasks_and_a_name_of_its_own():
    assert tuple(MEDICAL.worlds) == WORLDS == MEDICAL.world_names
    strong = MEDICAL.in_world("strong")
    assert (strong.name, strong.folder, strong.argument) == (
        "medical_diagnosis.strong", "medical_diagnosis", "medical_diagnosis --world strong",
    )  # fmt: skip
    assert strong.in_world("mild").name == "medical_diagnosis.mild"
    assert strong.in_world(DEFAULT_WORLD).name == MEDICAL.name
    assert [MEDICAL.worlds[world].label for world in WORLDS] == list(WORLD_LABELS.values())


def test_results_of_a_world_that_are_missing_name_the_command_that_makes_them(tmp_path: Path):
    with pytest.raises(results.UserError, match="python -m scenarios worlds medical_diagnosis"):
        results.read(StudyResults, "medical_diagnosis.mild", tmp_path)
