"""Promise: what fewer labels in other tasks and wrong ones cost is measured on the same test tasks, and kept."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenarios.errors import UserError
from scenarios.learners.registry import Rung
from scenarios.line.scenario import SCENARIO as LINE
from scenarios.medical_diagnosis.scenario import SCENARIO as MEDICAL
from scenarios.protocol import EvaluationProtocol
from scenarios.publication import results, situations
from scenarios.publication.results import ByOtherTasks, OtherTasksResults, SituationsResults

PROTOCOL = EvaluationProtocol(tasks=60, queries=60, seed=3)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(situations, "COUNTS", (12,))
    monkeypatch.setattr(situations, "SHOTS", (5,))
    monkeypatch.setattr(situations.registry, "published", lambda scenario, rung: {
        Rung.LOCAL: ("lda",), Rung.BORROWING: ("pooled_covariance_lda",),
    }[rung])  # fmt: skip


def measured(kept: Path, said: list[str]) -> SituationsResults:
    with ThreadPoolExecutor(1) as here:
        return situations.situations(MEDICAL, PROTOCOL, here, kept, lambda done, word: said.append(word))


def clean(found: SituationsResults) -> OtherTasksResults:
    """Results by the number of other tasks, with the labels of the first situation."""
    none = np.zeros((1, 3))
    part = ByOtherTasks(counts=(12,), score=none[None], ahead_of_local=none[None], ahead_of_meta=none[None])
    return OtherTasksResults(
        scenario=MEDICAL.name, metric_id="auroc", higher_is_better=True, protocol=PROTOCOL, shots=found.shots,
        labels_each=30, best_local=("lda",), local=none, bayes=none, learners={"maml": part},
    )  # fmt: skip


@pytest.mark.usefixtures("quick")
def test_fewer_labels_in_other_tasks_and_wrong_ones_make_simple_statistics_worse(tmp_path: Path):
    said: list[str] = []
    found = measured(tmp_path, said)
    results.write(found, tmp_path / "found.json")
    found.check(MEDICAL)
    assert len(said) == 8 + 3, "simple statistics in eight situations, local labels with three shares of wrong ones"
    assert results.content_of(measured(tmp_path, said)) == results.content_of(found)
    assert len(said) == 8 + 3, "what was measured is kept"

    def score(labels_each: int, errors: float) -> float:
        there = found.applied_to(clean(found), labels_each, errors)
        assert there.labels_each == labels_each
        return float(there.learners["pooled_covariance_lda"].score[0, 0, 0])

    assert score(5, 0.0) < score(15, 0.0), "fewer labels"
    assert score(30, 0.2) < score(30, 0.1) < score(15, 0.0), "wrong ones"
    right, wrong = (found.applied_to(clean(found), 15, errors) for errors in (0.0, 0.2))
    assert wrong.local[0, 0] < right.local[0, 0]
    usual = clean(found)
    assert found.applied_to(usual, 30, 0.0) is usual


@pytest.mark.usefixtures("quick")
def test_results_that_lack_a_situation_are_refused(tmp_path: Path):
    found = measured(tmp_path, [])
    with pytest.raises(ValueError, match="situations"):
        replace(found, situations=found.situations[1:]).check(MEDICAL)


def test_where_a_number_is_predicted_there_are_no_wrong_labels(tmp_path: Path):
    with ThreadPoolExecutor(1) as here, pytest.raises(UserError, match="predicts a number"):
        situations.situations(LINE, PROTOCOL, here, tmp_path, lambda done, word: None)
