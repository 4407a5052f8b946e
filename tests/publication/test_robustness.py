"""Promise: what goes wrong is measured on the same test tasks for all methods, in pieces that are kept."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dashboard.permalink import FAULTS
from dashboard.views import robustness_panel
from scenarios.credit_risk.scenario import SCENARIO as CREDIT
from scenarios.decisions.screening.measures import after_a_change
from scenarios.driving_style.scenario import SCENARIO as DRIVING
from scenarios.errors import UserError
from scenarios.evaluation import perturbations
from scenarios.learners.registry import Rung
from scenarios.line.scenario import SCENARIO as LINE
from scenarios.medical_diagnosis import tasks
from scenarios.medical_diagnosis.scenario import SCENARIO as MEDICAL
from scenarios.protocol import EvaluationProtocol
from scenarios.publication import results, robustness
from scenarios.publication.results import RobustnessResults
from scenarios.scenario import Scenario

PROTOCOL = EvaluationProtocol(tasks=6, queries=20, seed=3)
NAMES = ("pooled", "lda", "random_effects_lda", "maml", "bayes")
SCORE = {"pooled": 0.5, "lda": 0.7, "random_effects_lda": 0.86, "maml": 0.88, "bayes": 0.9}


def lost(name: str, kind: str, level: float) -> float:
    """MAML loses more than random-effects LDA if labels are wrong, and nothing else costs anything."""
    return level * {"maml": 0.5, "random_effects_lda": 0.1}.get(name, 0.0) if kind == "label_errors" else 0.0


def measured_as_said(scenario: str, name: str, kind: str, level: float, protocol: dict[str, int]) -> dict[str, Any]:
    luck = 0.01 * np.random.default_rng(0).standard_normal(protocol["tasks"])
    score = SCORE[name] - lost(name, kind, level) + luck
    found = {"score": score.tolist(), "log_loss": (1 - score).tolist(), "treatment": "as_is"}
    if scenario == MEDICAL.name and kind in ("clean", "shift"):
        kept, cases = np.full((2, protocol["tasks"]), [[0.9], [0.8]]) - 0.1 * level
        found["carried"] = {"specificity": kept.tolist(), "sensitivity": cases.tolist()}
    return found


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(robustness, "measured", measured_as_said)
    monkeypatch.setattr(robustness.registry, "published", lambda scenario, *rungs: NAMES)
    monkeypatch.setattr(robustness.fitting, "load_all", lambda scenario, names: {})


def run(kept: Path, said: list[str], scenario: Scenario = CREDIT) -> RobustnessResults:
    with ThreadPoolExecutor(1) as here:
        return robustness.robustness(scenario, PROTOCOL, here, kept, lambda done, word: said.append(word))


@pytest.mark.usefixtures("quick")
def test_every_method_meets_every_level_and_pieces_are_kept(tmp_path: Path):
    said: list[str] = []
    found = run(tmp_path, said)
    cases = 1 + sum(len(levels) - 1 for levels in perturbations.known(CREDIT).values())
    assert len(said) == cases * len(NAMES), "without anything wrong, each is measured once"
    results.write(found, tmp_path / "found.json")
    again = run(tmp_path, said)
    assert len(said) == cases * len(NAMES)
    assert results.content_of(again) == results.content_of(found)
    assert found.best[Rung.LOCAL.value] == "lda"
    np.testing.assert_allclose(found.perturbations["label_errors"].lost["maml"][:, 0], [0, 0.05, 0.1], atol=1e-4)
    np.testing.assert_allclose(found.perturbations["label_errors"].log_loss_added["lda"], 0, atol=1e-4)


@pytest.mark.usefixtures("quick")
def test_the_sentence_tells_who_loses_what_and_who_overtakes_whom(tmp_path: Path):
    found = run(tmp_path, [])
    assert found.overtaken("label_errors") == [("random_effects_lda", "maml")]
    assert found.overtaken("missing_values") == []
    sentence = robustness_panel.finding(found, "label_errors")
    assert sentence.en.index("simple statistics 2.0") < sentence.en.index("meta-learning 10.0")
    assert "元学习 10.0" in sentence.zh
    section = robustness_panel.robustness_section({"Credit": found}, "label_errors", "en")
    assert "“simple statistics” overtakes meta-learning (Credit)" in section.finding
    assert "(20%): local labels only 0.0, simple statistics 2.0, meta-learning 10.0" in section.finding
    calm = robustness_panel.robustness_section({"Credit": found}, "missing_values", "en")
    assert "The order of the groups does not change" in calm.finding
    [matured] = robustness_panel.matured_sections({"Credit": found}, "en")
    assert "About 38 good accounts" in matured.finding
    assert [each.heading.en for each in robustness_panel.sections_of_one(found, "en")] == [
        "Use in a downturn (odds of default)",
        "All matured accounts (good + bad)",
    ], "a lender's own page has them too"


@pytest.mark.usefixtures("quick")
def test_at_another_hospital_the_sentence_tells_what_is_left_of_a_threshold_from_before(tmp_path: Path):
    found = run(tmp_path, [], MEDICAL)
    found.check(MEDICAL)
    assert found.perturbations["label_errors"].carried is None
    [section] = robustness_panel.sections_of_one(found, "en")
    assert "With the threshold that kept 90% specificity before: specificity, local labels only 70% (was 90%)" in (
        section.finding
    )
    assert "sensitivity, local labels only 60% (was 80%)" in section.finding
    assert "2,030 validations" in section.method
    [chinese] = robustness_panel.sections_of_one(found, "zh")
    assert "原先特异度为 90% 的阈值" in chinese.finding
    assert section.table().loc[:, "specificity"].tolist() == [0.9, 0.8, 0.7] * len(NAMES)


@pytest.mark.usefixtures("quick")
def test_the_panel_tells_where_nine_tasks_in_ten_lie_and_reads_older_results(tmp_path: Path):
    found = run(tmp_path, [])
    part = found.perturbations["label_errors"]
    luck = 0.01 * np.random.default_rng(0).standard_normal(PROTOCOL.tasks)
    ends = np.quantile(0.88 - 0.1 + luck, [0.05, 0.95])
    np.testing.assert_allclose(part.range90["maml"][2], ends, atol=1e-4)
    np.testing.assert_allclose(part.lost_range90["maml"][2], [0.1, 0.1], atol=1e-4)  # the luck is the same
    section = robustness_panel.perturbed_section(found, "label_errors", "en")
    assert f"meta-learning {ends[0]:.0%} to {ends[1]:.0%}" in section.method.replace("\N{NO-BREAK SPACE}", " ")
    before = robustness_panel.perturbed_section(found, "label_errors", "en", at=0.0)
    assert "At “none”, AUROC in nine segments of ten" in before.method, "at the level that is marked"
    rows = section.table()
    assert rows["lost, nine tasks in ten"].tolist()[-1] == "0.000 to 0.000", "the Bayes-optimal predictor loses nothing"

    older = {kind: replace(each, range90=None, lost_range90=None) for kind, each in found.perturbations.items()}
    old = replace(found, perturbations=older)
    old.check(CREDIT)
    section = robustness_panel.perturbed_section(old, "label_errors", "en")
    assert "was not measured" in section.method
    assert "nine tasks in ten" not in section.table()


def test_a_turned_sensor_stands_beside_another_car_and_older_results_lack_it():
    found = results.read(RobustnessResults, DRIVING.name)
    headings = [each.heading.en for each in robustness_panel.sections_of_one(found, "en")]
    assert headings == ["Use in another car", "Use with a rotated sensor (yaw)"]
    [_, turned] = robustness_panel.sections_of_one(found, "zh")
    assert "20°" in turned.finding
    assert "绕竖直轴" in turned.method
    older = replace(found, perturbations={k: each for k, each in found.perturbations.items() if k != "turn"})
    older.check(DRIVING)
    assert len(robustness_panel.sections_of_one(older, "en")) == 1


def test_a_threshold_is_set_before_the_change_on_other_tasks():
    """Set on the changed answers themselves, it would keep its specificity."""
    rng = np.random.default_rng(4)
    y = np.tile([0, 1], (40, 100))
    before, after = (1 / (1 + np.exp(-(rng.standard_normal(y.shape) + 1.5 * y + moved))) for moved in (0.0, 1.0))
    answers = [np.stack([1 - risk, risk], axis=-1) for risk in (before, after)]
    found = after_a_change(answers[0], y, answers[1], y)
    assert found["specificity"].mean() == pytest.approx(0.61, abs=0.03)  # Phi(1.28 - 1)
    assert after_a_change(answers[0], y, answers[0], y)["specificity"].mean() == pytest.approx(0.9, abs=0.01)
    assert found["sensitivity"].mean() > after_a_change(answers[0], y, answers[0], y)["sensitivity"].mean()


def test_another_change_or_another_score_that_accepts_is_another_piece(monkeypatch: pytest.MonkeyPatch):
    def path(scenario: Scenario, kind: str, level: float) -> Path:
        return robustness._job(scenario, "lda", kind, level, PROTOCOL).path(Path())

    before, same = path(MEDICAL, "shift", 1.0), path(MEDICAL, "label_errors", 0.1)
    monkeypatch.setattr(tasks, "SIGNATURE_APART", 0.5)
    assert path(MEDICAL, "shift", 1.0) != before
    assert path(MEDICAL, "label_errors", 0.1) == same
    other = replace(CREDIT, accepted_by="maml")
    assert path(other, "accepted_only", 0.7) != path(CREDIT, "accepted_only", 0.7)


@pytest.mark.usefixtures("quick")
def test_results_that_lack_a_perturbation_or_a_level_are_refused(tmp_path: Path):
    found = run(tmp_path, [])
    rest = {name: each for name, each in found.perturbations.items() if name != "shift"}
    with pytest.raises(ValueError, match="perturbations"):
        replace(found, perturbations=rest).check(CREDIT)
    fewer = replace(found.perturbations["shift"], levels=(1.0, 2.0))
    with pytest.raises(ValueError, match="levels"):
        replace(found, perturbations={**found.perturbations, "shift": fewer}).check(CREDIT)
    short = replace(found.perturbations["shift"], range90={name: np.zeros((2, 2)) for name in NAMES})
    with pytest.raises(ValueError, match="range90"):
        replace(found, perturbations={**found.perturbations, "shift": short}).check(CREDIT)


def test_a_url_names_what_goes_wrong_as_the_science_does():
    assert set(FAULTS) - {"novelty"} == set(perturbations.PERTURBATIONS) - {
        robustness_panel.MATURED,
        robustness_panel.TURN,
        robustness_panel.ACCEPTED,
    }
    assert robustness_panel.NAMES.keys() == set(FAULTS) - {"novelty"}


def test_a_number_has_no_wrong_class(tmp_path: Path):
    with ThreadPoolExecutor(1) as here, pytest.raises(UserError, match="for classes"):
        robustness.robustness(LINE, PROTOCOL, here, tmp_path, lambda done, word: None)
