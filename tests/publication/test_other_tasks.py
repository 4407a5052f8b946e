"""Promise: what other tasks' data are worth is measured on the same test tasks for all, and can be interrupted."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dashboard import permalink
from dashboard.views import challenge_findings, what_if_panel
from scenarios.learners import fitting
from scenarios.line.scenario import SCENARIO as LINE
from scenarios.medical_diagnosis.scenario import SCENARIO as MEDICAL
from scenarios.protocol import EvaluationProtocol
from scenarios.publication import evaluate_at, other_tasks, results
from scenarios.publication.results import ByOtherTasks, OtherTasksResults

PROTOCOL = EvaluationProtocol(tasks=6, queries=20, seed=3)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(other_tasks, "COUNTS", (3, 40))
    monkeypatch.setattr(other_tasks, "META_COUNTS", ())
    monkeypatch.setattr(other_tasks, "SHOTS", (5,))
    monkeypatch.setattr(other_tasks.registry, "published", lambda scenario, rung: {
        other_tasks.Rung.LOCAL: ("least_squares",), other_tasks.Rung.BORROWING: ("bayesian_linear",),
    }[rung])  # fmt: skip


def measured(kept: Path, executor: ThreadPoolExecutor, said: list[str]) -> OtherTasksResults:
    return other_tasks.other_tasks(LINE, PROTOCOL, executor, kept, lambda done, word: said.append(word))


@pytest.mark.usefixtures("quick")
def test_more_other_tasks_are_measured_beside_meta_learning_and_local_labels(tmp_path: Path):
    said: list[str] = []
    with ThreadPoolExecutor(1) as here:
        found = measured(tmp_path, here, said)
        results.write(found, tmp_path / "found.json")
        found.check(LINE)
        assert len(said) == 6, "two numbers of tasks, MAML and one network as shipped, least squares and the optimum"
        again = measured(tmp_path, here, said)
    assert len(said) == 6, "what was measured is kept"
    assert results.content_of(again) == results.content_of(found)
    assert found.learners["bayesian_linear"].counts == (3, 40)
    assert found.learners["maml"].counts == (LINE.recipe.train_tasks,)
    few, many = found.learners["bayesian_linear"].score[:, 0, 0]
    assert many < few, "an error"
    ahead = found.local[0, 0] - found.learners["bayesian_linear"].score[:, 0, 0]
    np.testing.assert_allclose(found.learners["bayesian_linear"].ahead_of_local[:, 0, 0], ahead, atol=1e-5)
    np.testing.assert_allclose(found.learners["maml"].ahead_of_meta, 0)
    generic = found.learners["pooled"]
    assert generic.counts == found.learners["maml"].counts
    behind = generic.score[0, 0, 0] - found.learners["bayesian_linear"].score[:, 0, 0]
    np.testing.assert_allclose(found.learners["bayesian_linear"].ahead_of_generic[:, 0, 0], behind, atol=1e-5)
    np.testing.assert_allclose(generic.ahead_of_generic, 0)
    assert found.best_simple(5) == "bayesian_linear"
    low, high = found.range90("pooled", LINE.recipe.train_tasks, 5)
    assert low < generic.score[0, 0, 0] < high
    assert found.range90("bayes", 0, 5)[1] < found.range90("least_squares", 0, 5)[1], "an error"


@pytest.mark.usefixtures("quick")
def test_what_fewer_tasks_mean_is_told_in_the_unit_that_the_page_states_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    simple, local = "random_effects_lda", "lda"
    monkeypatch.setattr(other_tasks.registry, "published", lambda scenario, rung: {
        other_tasks.Rung.LOCAL: (local,), other_tasks.Rung.BORROWING: (simple,),
    }[rung])  # fmt: skip
    with ThreadPoolExecutor(1) as here:
        found = other_tasks.other_tasks(MEDICAL, PROTOCOL, here, tmp_path, lambda done, word: None)
    results.write(found, tmp_path / "found.json")
    found.check(MEDICAL)
    monkeypatch.setattr(what_if_panel.results, "other_tasks", lambda name: found)
    said = what_if_panel._fewer(MEDICAL, permalink.View(tasks=40, shots=5))
    alone, many = (evaluate_at.judge(MEDICAL, {name: fitting.load(MEDICAL, name)}, 5, PROTOCOL).points[name]
                   for name in (local, "maml"))  # fmt: skip
    assert f"cases found {100 * found.at(simple, 40, 5, 'headline')[0]:.0f} with simple statistics" in said.en
    assert f"{100 * alone.measures['carried_sensitivity'][0]:.0f} with local labels alone" in said.en
    np.testing.assert_allclose(found.learners["maml"].headline[-1, 0], many.measures["carried_sensitivity"])


def found_with(simple: list[float], meta: list[float]) -> OtherTasksResults:
    """The lower ends of the leads over local labels alone; simple statistics are as far ahead of MAML."""

    def part(leads: list[float], counts: tuple[int, ...]) -> ByOtherTasks:
        lead = np.stack([np.array([[x + 0.01, x, x + 0.02]]) for x in leads])
        return ByOtherTasks(counts=counts, score=0.8 + lead, ahead_of_local=lead, ahead_of_meta=lead - 0.1)

    counts = (3, 10, 30)
    none = np.zeros((1, 3))
    return OtherTasksResults(
        scenario="medical_diagnosis", metric_id="auroc", higher_is_better=True, protocol=PROTOCOL, shots=(5,),
        labels_each=30, best_local=("logistic",), local=none, bayes=none,
        learners={"maml": part(meta, counts), "random_effects_lda": part(simple, counts)},
    )  # fmt: skip


def test_from_where_on_other_tasks_pay_is_where_it_stays_so():
    said = challenge_findings.experience_of(found_with([-0.1, 0.05, 0.2], [0.1, -0.2, 0.1]), 5)
    assert (
        "random-effects LDA beats local labels alone with 10 other tasks or more, MAML with 30 other tasks or more."
        in said.en
    )
    assert "With 30, random-effects LDA does as well as MAML with 30." in said.en
    assert "随机效应 LDA从 10 个其他任务起超过只用本任务标注，MAML 从 30 个其他任务起超过。" in said.zh


def test_where_other_tasks_never_pay_it_is_said():
    said = challenge_findings.experience_of(found_with([-0.1, -0.1, 0.05], [-0.1, -0.1, -0.1]), 5)
    assert "MAML with no number that was tested" in said.en
    assert "With 30, random-effects LDA is still behind MAML with 30." in said.en


def test_results_of_another_shape_are_refused():
    found = found_with([0.1] * 3, [0.1] * 3)
    turned = replace(found.learners["maml"], counts=(3, 2, 1))
    with pytest.raises(ValueError, match="counts"):
        replace(found, learners=found.learners | {"maml": turned}).check(MEDICAL)
