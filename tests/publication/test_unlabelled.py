"""Promise: what unlabelled examples are worth is measured on the same test tasks for all, and can be interrupted."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dashboard import results as dashboard_results
from dashboard.views import unlabelled_panel
from scenarios.errors import UserError
from scenarios.evaluation.estimate import OpenEstimate
from scenarios.learners.semi_supervised import METHODS
from scenarios.line.scenario import SCENARIO as LINE
from scenarios.medical_diagnosis.scenario import SCENARIO as MEDICAL
from scenarios.protocol import EvaluationProtocol
from scenarios.publication import results, unlabelled
from scenarios.publication.results import ByUnlabelled, UnlabelledResults

PROTOCOL = EvaluationProtocol(tasks=6, queries=40, seed=3)


@pytest.mark.published
def test_more_unlabelled_examples_are_measured_beside_labels_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(unlabelled, "COUNTS", (0, 40))
    monkeypatch.setattr(unlabelled, "SHOTS", (1,))
    monkeypatch.setattr(unlabelled, "LABELS", (1, 5, 20))
    monkeypatch.setattr(unlabelled, "METHODS", {"prototypes": METHODS["prototypes"], "z_scored": METHODS["z_scored"]})
    said: list[str] = []
    with ThreadPoolExecutor(1) as here:
        arguments = MEDICAL, PROTOCOL, here, tmp_path, lambda done, word: said.append(word)
        found = unlabelled.unlabelled(*arguments)
        results.write(found, tmp_path / "found.json")
        found.check(MEDICAL)
        assert len(said) == 6, "three numbers of labels alone, and three learners with unlabelled examples"
        again = unlabelled.unlabelled(*arguments)
    assert len(said) == 6, "what was measured is kept"
    assert results.content_of(again) == results.content_of(found)
    assert found.learners["z_scored"].base == "pooled"
    for part in found.learners.values():
        np.testing.assert_array_equal(part.ahead[0], 0)
        np.testing.assert_allclose(part.ahead[1, :, 0], part.score[1, :, 0] - part.score[0, :, 0], atol=2e-4)
    assert found.learners["bayes"].score[1, 0, 0] > found.learners["bayes"].score[0, 0, 0]
    assert found.labels_worth("bayes", 1).mean > 1
    assert found.labels_worth("z_scored", 1) is None, "it uses no labels"


def test_a_scenario_whose_optimum_is_not_known_is_refused(tmp_path: Path):
    with ThreadPoolExecutor(1) as here, pytest.raises(UserError, match="not known for line"):
        unlabelled.unlabelled(LINE, PROTOCOL, here, tmp_path, lambda done, word: None)


def found_with(gain: float, worth: OpenEstimate, at_best: float = 0.02) -> UnlabelledResults:
    """Results in which simple statistics gain so much from 200 unlabelled examples, and meta-learning nothing."""

    def part(base: str, ahead: float, worth: OpenEstimate | None) -> ByUnlabelled:
        lead = np.array([[[0.0, 0.0, 0.0]], [[ahead, ahead - 0.01, ahead + 0.01]]])
        worths = None if worth is None else ((OpenEstimate(5.0, 5.0, 5.0),), (worth,))
        return ByUnlabelled(base=base, score=0.9 + lead, ahead=lead, labels_worth=worths)

    none = OpenEstimate(5.0, 4.0, 6.0)
    return UnlabelledResults(
        scenario="medical_diagnosis", metric_id="auroc", higher_is_better=True, protocol=PROTOCOL, shots=(5,),
        counts=(0, 200), most_shots=50, effective_samples=np.array([[321.0]]),
        learners={
            "random_effects_lda": part("random_effects_lda", gain, worth), "maml": part("maml", -0.001, none),
            "z_scored": part("pooled", -0.1, None), "bayes": part("bayes", at_best, none),
        },
    )  # fmt: skip


def test_the_finding_says_what_they_are_worth_in_labels():
    said = unlabelled_panel.finding(found_with(0.03, OpenEstimate(31.2, 24.8, 42.0)), 5)
    assert said.en.startswith(
        "**For random-effects LDA, 200 unlabelled patients and 5 labels per class are worth about 31 labels per class "
        "(95% CI 25 to 42) alone:** AUROC rises from 90.0% to 93.0%."
    )
    assert "随机效应 LDA而言，200 名患者（未标注）加上每类 5 个标注，抵得上每类约 31 个标注" in said.zh
    assert "given the labels alone is 90.0%" in said.en


def test_without_a_detectable_gain_it_says_so_first():
    said = unlabelled_panel.finding(found_with(0.005, OpenEstimate(6.0, 5.0, 8.0), at_best=-0.02), 5)
    assert "200 unlabelled patients make no detectable difference to random-effects LDA" in said.en.split("**")[1]
    assert "Even the Bayes-optimal score gains no more than 0.0 percentage points" in said.en


def test_the_nearest_number_of_labels_is_so_by_its_ratio():
    found = replace(found_with(0.1, OpenEstimate(9.0, 8.0, 10.0)), shots=(1, 5, 20))
    assert [found.shots[found.nearest(shots)] for shots in (1, 3, 9, 11, 50)] == [1, 5, 5, 20, 20]


def test_results_of_another_shape_are_refused():
    found = found_with(0.03, OpenEstimate(31.2, 24.8, 42.0))
    found.check(MEDICAL)
    with pytest.raises(ValueError, match="counts"):
        replace(found, counts=(10, 200)).check(MEDICAL)
    with pytest.raises(ValueError, match="effective_samples"):
        replace(found, effective_samples=np.ones((2, 1))).check(MEDICAL)


@pytest.mark.published
@pytest.mark.parametrize("name", dashboard_results.measured(UnlabelledResults))
def test_no_published_method_passes_the_optimum_given_both(name: str):
    found = dashboard_results.unlabelled(name)
    sign, best = found.metric.sign, found.learners["bayes"].score[..., 0]
    for learner, part in found.learners.items():
        half = (part.score[..., 2] - part.score[..., 1]) / 2
        assert (sign * (part.score[..., 0] - best) < half).all(), learner
    assert (found.effective_samples > 20).all()
