"""Promise: `plan` tells what other tasks' data are worth in somebody's own situation, and recommends the simplest."""

import json

import numpy as np
import pytest

from scenarios.catalog import SCENARIOS
from scenarios.command_line import plan_report
from scenarios.command_line.parser import main
from scenarios.evaluation import planner
from scenarios.evaluation.perturbations import with_label_errors
from scenarios.evaluation.planner import Option
from scenarios.learners import discriminant, hierarchical, linear_prior, reduced_rank
from scenarios.learners.registry import REGISTRY, Rung
from scenarios.protocol import EvaluationProtocol
from scenarios.publication import results
from scenarios.publication.results import ByOtherTasks, OtherTasksResults
from scenarios.scenario import Scenario
from scenarios.task import Examples

MEDICAL, DRIVING = SCENARIOS["medical_diagnosis"], SCENARIOS["driving_style"]
FEW = ("--other-tasks", "8", "--labels-each", "12", "--tasks", "40")


@pytest.fixture(autouse=True)
def few_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Learning a prior takes a few of its rounds: further ones hardly change what is compared here."""
    monkeypatch.setattr(discriminant, "_ROUNDS", 10)
    for module in (linear_prior, reduced_rank):
        monkeypatch.setattr(module, "_ROUNDS", 5)


def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["plan", *arguments]) == 0
    return capsys.readouterr().out


def test_without_reliable_labels_all_that_learn_are_compared_and_one_is_recommended(capsys, tmp_path):
    arguments = (MEDICAL.name, *FEW, "--label-errors", "20", "--kept", str(tmp_path))
    found = json.loads(asked(capsys, *arguments, "--json"))
    assert (found["other_tasks"], found["labels_each"], found["shots"], found["label_errors"]) == (8, 12, 5, 0.2)
    rungs = [entry["rung"] for entry in found["results"]]
    assert rungs == sorted(rungs, key=[rung.value for rung in Rung].index)
    assert {"local", "borrowing", "bayes"} == set(rungs)
    by_name = {entry["learner"]: entry for entry in found["results"]}
    for name, entry in by_name.items():
        assert entry["ci95"][0] < entry["mean"] < entry["ci95"][1], name
        assert ("one_more_task" in entry) == (REGISTRY[name].rung is Rung.BORROWING), name
    assert by_name["random_effects_lda"]["mean"] > by_name["lda"]["mean"]
    assert found["recommended"]["learner"] in by_name
    assert REGISTRY[found["recommended"]["learner"]].rung is Rung.BORROWING


@pytest.mark.parametrize("scenario", [SCENARIOS["line"]], ids=lambda scenario: scenario.name)
def test_people_get_a_table_by_rung_and_what_more_data_would_add(scenario: Scenario, capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("scenarios.learners.recipes.POOLED_STEPS", 20)
    said = asked(capsys, scenario.name, *FEW, "--shots", "3", "--kept", str(tmp_path))
    places = [said.index(rung.label.en + ":\n") for rung in (Rung.NO_LOCAL_LABELS, Rung.LOCAL, Rung.BORROWING)]
    assert places == sorted(places)
    assert "Recommended: " in said
    assert "One more label" in said
    assert list(tmp_path.glob("*.pooled.16-tasks.*"))  # is kept: the same question is answered at once


def test_in_another_world_methods_learn_from_its_tasks_and_meta_learning_is_quoted(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("scenarios.learners.recipes.POOLED_STEPS", 20)
    arguments = (MEDICAL.name, *FEW, "--kept", str(tmp_path), "--json")
    there = json.loads(asked(capsys, *arguments, "--world", "strong"))
    assert there["world"] == "strong"
    by_name = {entry["learner"]: entry for entry in there["results"]}
    assert {"lda", "random_effects_lda", "bayes"} <= by_name.keys()
    assert list(tmp_path.glob("medical_diagnosis.strong.pooled.16-tasks.*"))
    worlds = results.path_of(results.WorldsResults, MEDICAL.name)
    assert ("maml" in by_name) == worlds.exists()
    if worlds.exists():
        published = results.read(results.WorldsResults, MEDICAL.name).score("strong", "maml", 5)
        assert by_name["maml"]["mean"] == published.mean
        assert by_name["maml"]["other_tasks"] == MEDICAL.recipe.train_tasks
        assert f"with all of its {MEDICAL.recipe.train_tasks:,} other tasks" in plan_report.as_text(there)


def test_wrong_labels_are_refused_where_a_number_is_predicted(capsys):
    assert main(["plan", "line", "--label-errors", "10"]) == 2
    assert "for classes" in capsys.readouterr().err


@pytest.mark.parametrize("scenario", [MEDICAL, DRIVING], ids=lambda scenario: scenario.name)
def test_label_errors_come_as_often_as_asked_and_leave_every_class_its_number(scenario: Scenario):
    y = np.tile(np.arange(40 * scenario.ways) % scenario.ways, (500, 1))
    right = Examples(np.zeros((*y.shape, 1)), y)
    wrong = with_label_errors(scenario, right, 0.2, np.random.default_rng(1)).y
    assert (wrong != y).mean() == pytest.approx(0.2, abs=0.01)
    np.testing.assert_array_equal(np.sort(wrong, axis=1), np.sort(y, axis=1))
    if scenario.ordered:
        assert np.abs(wrong - y).max() == 1
    fewer = with_label_errors(scenario, right.first(10 * scenario.ways), 0.2, np.random.default_rng(1)).y
    np.testing.assert_array_equal(fewer, wrong[:, : fewer.shape[1]])


def option(learner: str, scores: np.ndarray) -> Option:
    return Option(learner, scores, scores, None)


def test_what_sees_less_is_recommended_unless_more_helps_beyond_chance():
    rng = np.random.default_rng(2)
    local = rng.normal(0.8, 0.05, 200)
    for gain, expected in ((0.0005, "lda"), (0.05, "random_effects_lda")):
        more = local + rng.normal(gain, 0.02, 200)
        found = [option("bayes", more + 0.1), option("random_effects_lda", more), option("lda", local)]
        advice = planner.recommended(MEDICAL, found)
        assert advice.learner == expected
        assert advice.best != "bayes"


def test_more_other_tasks_and_more_labels_help(tmp_path):
    situation = planner.Situation(other_tasks=6, labels_each=20, shots=3, label_errors=0.01)
    answers = planner.options(MEDICAL, {}, situation, tasks=60, seed=3, kept=tmp_path)
    found = {option.learner: option for option in answers}
    assert set(found) == {name for name in hierarchical.METHODS if REGISTRY[name].suits(MEDICAL)} | {"bayes"}
    best = found["random_effects_lda"]
    # Both gains are about five standard errors.
    assert (best.with_more_tasks - best.scores).mean() > 0
    assert (best.with_more_labels - best.scores).mean() > 0
    assert found["bayes"].with_more_tasks is None


def published(score: np.ndarray) -> OtherTasksResults:
    """Results of MAML at 10, 100 and 1 000 other tasks and 1, 5 and 20 labels, with these scores."""
    ends = np.zeros((3, 3))
    return OtherTasksResults(
        scenario=MEDICAL.name,
        metric_id="auroc",
        higher_is_better=True,
        protocol=EvaluationProtocol(tasks=9),
        shots=(1, 5, 20),
        labels_each=30,
        best_local=("lda",) * 3,
        local=ends,
        bayes=ends,
        learners={"maml": ByOtherTasks(counts=(10, 100, 1000), score=score, ahead_of_local=score, ahead_of_meta=score)},
    )


def test_between_measured_points_a_score_is_read_off_a_line_in_the_logarithms():
    counts, shots = np.log([10, 100, 1000]), np.log([1, 5, 20])
    flat = counts[:, None, None] + 2 * shots[None, :, None] + np.array([0.0, -1.0, 1.0])
    results = published(flat)
    np.testing.assert_allclose(results.at("maml", 40, 3), np.log(40) + 2 * np.log(3) + np.array([0, -1, 1]))
    assert results.interpolation_error("maml", 40, 3) == pytest.approx(0, abs=1e-12)
    assert results.at("maml", 5, 3) is None
    assert results.at("maml", 40, 30) is None
    bent = flat.copy()
    bent[1, 0] += 0.5  # at one label
    assert published(bent).interpolation_error("maml", 40, 3) == pytest.approx(0.5)
    assert published(bent).interpolation_error("maml", 40, 5) == pytest.approx(0, abs=1e-12)
