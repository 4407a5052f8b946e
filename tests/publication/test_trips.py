"""Promise: alarms and trips of new drivers are measured, and the page tells them at any mix of styles."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dashboard.views.decisions.alarms import device, mix
from dashboard.views.decisions.alarms import trips as trips_section
from scenarios.catalog import SCENARIOS
from scenarios.decisions.alarms.assumptions import BUDGETS, STYLE_MIX, TRIP_MINUTES, WORSE_TRIP_SHARES
from scenarios.decisions.catalog import decision_named
from scenarios.errors import UserError
from scenarios.medical_diagnosis.scenario import SCENARIO as MEDICAL
from scenarios.protocol import EvaluationProtocol
from scenarios.publication import results, trips
from scenarios.publication.results import LeagueResults, StudyResults, TripsResults
from scenarios.text import LANGUAGES

DRIVING = next(scenario for scenario in SCENARIOS.values() if decision_named(scenario.decision).trips)
NAMES = ("z_scored", "rule", "random_effects_lda", "maml")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> TripsResults:
    kept = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(1) as here:
        patch.setattr(trips, "SHOTS", (5,))
        patch.setattr(trips, "WINDOWS", 90)
        patch.setattr(trips, "shown", lambda study: NAMES)
        told: list[str] = []
        for _ in range(2):
            measured = trips.trips(
                DRIVING, EvaluationProtocol(tasks=30), here, kept, lambda done, word: told.append(word)
            )
    assert len(told) == len(NAMES), "what was measured is kept"
    return measured


@pytest.fixture(scope="module")
def published() -> TripsResults:
    return results.read(TripsResults, DRIVING.name)


@pytest.fixture(scope="module")
def study() -> StudyResults:
    return results.read(StudyResults, DRIVING.name)


def test_what_is_measured_fits_into_a_file(found: TripsResults, tmp_path: Path):
    results.write(found, tmp_path / "found.json")
    with pytest.raises(ValueError, match="learners"):
        found.check(DRIVING)  # without Bayes-optimal predictions
    whole = replace(found, learners={**found.learners, "bayes": found.learners["maml"]})
    whole.check(DRIVING)
    with pytest.raises(ValueError, match="alarm_rates"):
        replace(whole, shots=(5, 10)).check(DRIVING)


def test_methods_rank_trips_better_than_the_fixed_rule_and_longer_ones_better(found: TripsResults):
    last = len(TRIP_MINUTES) - 1
    for ranked in ("within", "between"):
        curves = {name: getattr(part, ranked)[0, -1, :, 0] for name, part in found.learners.items()}
        assert curves["maml"][0] > curves["rule"][0] + 0.1
        assert curves["maml"][last] >= curves["maml"][0]
    maml = found.learners["maml"]
    assert (maml.within[0, :, :, 0] > maml.between[0, :, :, 0]).all(), "a driver's own offset does not confuse"
    assert (maml.within[0, 1, 0] > maml.within[0, 0, 0]).all(), "a larger difference is easier"


def test_stored_numbers_are_those_without_which_a_method_cannot_answer(found: TripsResults):
    stored = {name: part.stored for name, part in found.learners.items()}
    assert stored["rule"] == 0
    assert stored["random_effects_lda"] < 1500, "without the test of familiarity"
    network = 14 * 64 + 64 + 64 * 64 + 64 + 64 * 3 + 3
    assert 2 * network < stored["maml"] < 2 * network + 1000, "weights and their rates, and calibration"
    assert found.learners["maml"].stored_bytes >= 4 * stored["maml"]


def test_other_decisions_know_no_trips(tmp_path: Path):
    with ThreadPoolExecutor(1) as here, pytest.raises(UserError, match="windows of time"):
        trips.trips(MEDICAL, EvaluationProtocol(tasks=4), here, tmp_path, lambda done, word: None)


def test_published_rates_give_the_published_alarms_at_the_usual_mix(published: TripsResults, study: StudyResults):
    """Both are of the same windows of the same drivers: weights that were trained again need both measured again."""
    for name, part in published.learners.items():
        for place, shots in enumerate(published.shots):
            rates = part.alarm_rates[place, 0]
            np.testing.assert_allclose(rates[:, 2], study.at(name, shots, "carried_recall")[0], atol=2e-4, err_msg=name)
            false = 450 * (rates[:, :2] @ np.array(STYLE_MIX[:2]))
            np.testing.assert_allclose(false, study.at(name, shots, "carried_false_alarms")[0], atol=0.06, err_msg=name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_at_the_usual_mix_the_page_repeats_the_precision_of_its_first_table(published, study, language):
    section = mix.section(DRIVING, study, published, 5, 6, STYLE_MIX, language)
    recall, false = (study.at("maml", 5, f"carried_{what}")[0][0] for what in ("recall", "false_alarms"))
    true = 450 * 0.15 * recall
    row = section.table.iloc[study.rows(5).index("maml")]
    assert [float(cell) for cell in row.iloc[:2]] == pytest.approx([true, false], abs=0.06)
    assert row.iloc[2] == f"{100 * true / (true + false):.0f}%"
    assert "{" not in section.finding + section.note + section.method


def test_fewer_aggressive_windows_mean_as_many_false_alarms_and_less_precision(published, study):
    def row(aggressive: int) -> list[float]:
        shares = mix.mix_of(aggressive, 35)
        assert sum(shares) == pytest.approx(1)
        table = mix.section(DRIVING, study, published, 5, BUDGETS[0], shares, "en").table
        return [float(cell.strip("%")) for cell in table.iloc[study.rows(5).index("maml"), :3]]

    usual, rare = row(15), row(1)
    assert rare[0] == pytest.approx(usual[0] / 15, abs=0.06)
    assert usual[1] < rare[1] < 1.5 * usual[1]
    assert rare[2] < usual[2] / 1.5


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("worse", WORSE_TRIP_SHARES)
def test_the_page_tells_how_often_the_worse_trip_scores_higher(published, study, worse, language):
    section = trips_section.section(DRIVING, study, published, 6, worse, language)
    at = WORSE_TRIP_SHARES.index(worse), TRIP_MINUTES.index(30)
    for part in (published.learners["maml"].within, published.learners["maml"].between):
        assert trips_section._share(part[published.nearest(6)][at][0]) in section.finding
    assert {"en": "5 labels per class", "zh": "每类 5 个标注"}[language] in section.method
    assert len(section.parts) == 2
    for part in section.parts:
        assert len(part.table()) == len(TRIP_MINUTES)
    assert "{" not in section.finding + section.note + section.method


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_tells_what_a_device_would_store_and_how_long_it_takes(published, study, language):
    league = results.read(LeagueResults, DRIVING.name)
    section = device.section(DRIVING, study, published, league, 5, language)
    assert f"{published.learners['maml'].stored:,}" in section.finding
    assert f"{league.learners['maml'].cost.adapt_ms:.1f} " in section.finding
    assert len(section.table) == len(study.rows(5))
    assert "{" not in section.finding + section.note + section.method
