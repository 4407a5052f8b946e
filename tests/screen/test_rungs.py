"""Promise: a page says first where something simpler does better, what labels are worth to whom, and at what price."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.charts.style import named
from dashboard.views import rungs
from scenarios.catalog import SCENARIOS
from scenarios.learners.registry import META_LEARNED, RIVALS, Rung
from scenarios.publication import results
from scenarios.publication.results import LeagueResults, StudyResults
from scenarios.scenario import Scenario
from scenarios.text import LANGUAGES, Language

NAME = "medical_diagnosis"


@pytest.fixture(scope="module")
def study() -> StudyResults:
    return results.read(StudyResults, NAME)


def with_lead(study: StudyResults, leads: dict[Rung, list[float]]) -> StudyResults:
    """Results in which meta-learning is ahead of the best of a rung by so much, at every number of labels."""
    comparison = {
        name: replace(part, ahead=np.tile(leads.get(Rung(name), [0.1, 0.09, 0.11]), (len(study.shots), 1)))
        for name, part in study.comparison.items()
    }
    return replace(study, comparison=comparison)


@pytest.mark.parametrize("rung", RIVALS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_simpler_method_that_is_ahead_beyond_chance_is_named_first(study, rung: Rung, language: Language):
    won = with_lead(study, {rung: [-0.02, -0.03, -0.01]})
    said = rungs.finding(won, 5, language)
    assert said.startswith(
        {
            "en": "**A simpler method does better than meta-learning (MAML) here:**",
            "zh": "**这里更简单的方法胜过元学习（MAML）**",
        }[language]
    )
    assert named(won.best(rung, 5), language, won.decision) in said
    assert {"en": "2.0 percentage points (95% CI 1.0 to 3.0)", "zh": "2.0 个百分点"}[language] in said


def test_within_chance_nothing_is_said_to_be_better(study: StudyResults):
    assert rungs.simpler_wins(with_lead(study, {Rung.BORROWING: [-0.02, -0.05, 0.01]}), 5, "en") is None


@pytest.mark.parametrize(
    ("lead", "said", "where"),
    [
        ([-0.03, -0.04, -0.02], "is behind that method", rungs.note),
        ([0.001, -0.01, 0.02], "does not differ detectably", rungs.note),
        ([0.03, 0.02, 0.04], "is ahead of it by 3.0", rungs.finding),
    ],
)
def test_a_simpler_method_that_beats_maml_is_compared_with_the_best_meta_learner(
    study, lead: list[float], said: str, where
):
    won = with_lead(study, {Rung.BORROWING: [-0.02, -0.03, -0.01]})
    league = results.read(LeagueResults, NAME)
    best, winner = league.best_of(Rung.META_LEARNED, 5), won.best(Rung.BORROWING, 5)
    assert best != META_LEARNED, "this test needs a league that MAML does not win"
    pair = replace(league.pairs[f"{best} {winner}"], ahead=np.tile(lead, (len(league.shots), 1)))
    beside = replace(league, pairs={**league.pairs, f"{best} {winner}": pair})
    assert f"{named(best, 'en', league.trade)}, {said}" in where(won, 5, "en", beside)
    assert 7 not in league.shots
    assert "best meta-learner" not in rungs.finding(won, 7, "en", beside)


def test_at_the_last_number_of_labels_the_difference_is_told_and_no_tautology(study: StudyResults):
    said = rungs.worth(with_lead(study, {}), study.shots[-1], "en")
    assert "the largest number measured" in said
    assert "10.0 percentage points" in said
    assert "more than" not in said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_the_note_has_every_rung_with_its_range_and_the_distance_to_the_optimum(scenario: Scenario, language: Language):
    study = results.read(StudyResults, scenario.name)
    for shots in (1, 5, 50):
        said = rungs.note(study, shots, language).lower()
        assert "{" not in said
        assert all(rung.label[language].lower() in said for rung in Rung)
        assert all(named(study.best(rung, shots), language, study.decision).lower() in said for rung in RIVALS)
        assert rungs.worth(study, shots, language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_the_price_is_told_of_meta_learning_and_of_simple_statistics(scenario: Scenario, language: Language):
    study = results.read(StudyResults, scenario.name)
    said = rungs.price(study, 5, language)
    for name in (META_LEARNED, study.best(Rung.BORROWING, 5)):
        seen = study.experience(name)
        assert seen is not None
        assert f"{seen.tasks:,}" in said
        assert f"{seen.labels:,}" in said


def test_a_strange_task_is_warned_of_and_a_usual_one_is_not():
    assert rungs.familiarity(SCENARIOS[NAME], 0.02).en.startswith("**Caution:**")
    assert "2.0%" in rungs.familiarity(SCENARIOS[NAME], 0.02).zh
    assert "resembles the training tasks" in rungs.familiarity(SCENARIOS[NAME], 0.43).en


def test_a_test_that_overlooks_most_new_tasks_says_so(study: StudyResults):
    alike = rungs.familiarity(SCENARIOS[NAME], 0.43, power=0.8)
    assert alike == rungs.familiarity(SCENARIOS[NAME], 0.43)
    assert "detects only 14%" in rungs.familiarity(SCENARIOS[NAME], 0.43, power=0.14).en
    powers = [float(study.power(1.0, shots)[0]) for shots in (5, 6, 20, 50)]
    assert powers[0] == powers[1] == study.warnings["5"][-1][0]
    assert powers[2] == powers[3] == study.warnings["20"][-1][0]
