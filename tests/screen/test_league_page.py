"""Promise: the study page tells which strategy to take and what it costs, and is honest about any two learners."""

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import permutations

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import results
from dashboard.charts import league as charts
from dashboard.charts import style
from dashboard.charts.league import Pair
from dashboard.charts.style import named, named_in_sentence
from dashboard.views import league_findings as findings
from dashboard.views import league_page
from scenarios.catalog import SCENARIOS
from scenarios.errors import UserError
from scenarios.learners.registry import REGISTRY, Rung, suitable
from scenarios.metrics import AUROC
from scenarios.publication import results as published
from scenarios.publication.league import league_shots
from scenarios.publication.results import LeagueResults
from scenarios.text import LANGUAGES, Language

MEASURED = results.measured(LeagueResults)
NAME = MEASURED[0]
Changed = Callable[..., LeagueResults]


@pytest.fixture
def changed() -> Changed:
    """The first league with something changed: the lead of one learner over another at 5 labels."""

    def with_lead(one: str, other: str, lead: list[float]) -> LeagueResults:
        league = results.league(NAME)
        at, pairs = league.shots.index(5), dict(league.pairs)
        for key, value in ((f"{one} {other}", lead), (f"{other} {one}", [-lead[0], -lead[2], -lead[1]])):
            ahead = pairs[key].ahead.copy()
            ahead[at] = value
            pairs[key] = replace(pairs[key], ahead=ahead)
        return replace(league, pairs=pairs)

    return with_lead


@pytest.mark.parametrize("name", MEASURED)
def test_a_published_league_has_every_learner_and_every_pair(name: str):
    found, scenario = results.league(name), SCENARIOS[name]
    assert set(found.learners) == set(suitable(scenario))
    assert found.shots == league_shots(scenario)
    for one, other in permutations(suitable(scenario), 2):
        for shots in found.shots:
            mean, low, high = found.pair(one, other, "ahead", shots)
            assert low <= mean <= high
            assert found.pair(other, one, "ahead", shots) == pytest.approx([-mean, -high, -low], abs=1e-4)


@pytest.mark.parametrize("name", MEASURED)
def test_no_learner_beats_the_best_possible_beyond_its_interval(name: str):
    found = results.league(name)
    for learner in found.learners:
        for shots in found.shots:
            assert found.at(learner, "regret", shots)[2] >= 0, (learner, shots)


@pytest.mark.parametrize("name", MEASURED)
def test_the_league_says_what_the_scenarios_own_page_says(name: str):
    found, study = results.league(name), results.study(name)
    if found.protocol != study.protocol:
        pytest.fail("the two were measured on other tasks")
    for learner in study.learners:
        for shots in found.shots:
            assert found.at(learner, "score", shots) == pytest.approx(study.at(learner, shots), abs=2e-3)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", MEASURED)
def test_the_verdict_names_the_best_at_every_number_of_labels(name: str, language):
    found = results.league(name)
    for shots in found.shots:
        said = findings.verdict(SCENARIOS[name], found, shots, language)
        assert "{" not in said
        assert named(found.ranked(shots)[0], language, found.trade) in said
        assert "95" in said


@pytest.mark.parametrize(
    ("lead", "english", "chinese"),
    [
        (
            [0.02, 0.01, 0.03],
            "MAML with per-weight rates is better than fine-tuning by 2.0 percentage points (95% CI 1.0 to 3.0)",
            "学习率可学的 MAML 比微调好",
        ),
        (
            [-0.02, -0.03, -0.01],
            "ine-tuning is better than MAML with per-weight rates by 2.0 percentage points (95% CI 1.0 to 3.0)",
            "微调比学习率可学的 MAML",
        ),
        (
            [0.02, -0.01, 0.05],
            "No detectable difference between MAML with per-weight rates and fine-tuning",
            "学习率可学的 MAML 与微调差异不显著",
        ),
    ],
)
def test_a_difference_is_called_one_only_beyond_chance(changed: Changed, lead, english, chinese):
    found = changed("maml", "fine_tuned", lead)
    assert english in findings.comparison(found, "maml", "fine_tuned", 5, "en")
    assert chinese in findings.comparison(found, "maml", "fine_tuned", 5, "zh")
    assert findings.comparison(found, "fine_tuned", "maml", 5, "en") == findings.comparison(
        found, "maml", "fine_tuned", 5, "en"
    )


def test_where_something_simpler_does_as_well_or_better_it_is_said_first(changed: Changed):
    league = results.league(NAME)
    best, rival = league.best_of(Rung.META_LEARNED, 5), league.best_of(Rung.BORROWING, 5)
    assert findings.simpler(changed(rival, best, [-0.5, -0.6, -0.4]), 5, "en") is None
    same = findings.simpler(changed(rival, best, [0.5, -0.1, 1.1]), 5, "en") or ""
    assert same.startswith(f"**A simpler method does as well here:** {named_in_sentence(rival, 'en', league.trade)}")
    won = changed(rival, best, [0.5, 0.4, 0.6])
    called = {language: named_in_sentence(best, language, league.trade) for language in LANGUAGES}
    assert f"is better than {called['en']} by 50.0 percentage points" in (findings.simpler(won, 5, "en") or "")
    assert f"比{called['zh']}好 50.0 个百分点" in (findings.simpler(won, 5, "zh") or "")


def test_the_verdict_tells_the_best_of_each_rung_that_sees_less():
    league = results.league("credit_risk")
    said = findings.verdict(SCENARIOS["credit_risk"], league, 5, "en")
    for rung in (Rung.NO_LOCAL_LABELS, Rung.LOCAL, Rung.BORROWING):
        assert rung.short.en in said
        assert named(league.best_of(rung, 5), "en", league.trade) in said


def test_learners_of_a_rung_stand_together():
    league = results.league("driving_style")
    rungs = [REGISTRY[name].rung for name in league_page._grouped(league, 5)]
    assert [rung for place, rung in enumerate(rungs) if not place or rungs[place - 1] is not rung] == [
        Rung.META_LEARNED, Rung.BORROWING, Rung.LOCAL, Rung.NO_LOCAL_LABELS,
    ]  # fmt: skip


def test_on_the_front_stands_who_is_beaten_by_nobody_in_both():
    regret = {"slow and good": 0.1, "fast and bad": 0.5, "slow and bad": 0.6, "between": 0.3, "as fast, worse": 0.55}
    cost = {"slow and good": 50.0, "fast and bad": 1.0, "slow and bad": 40.0, "between": 7.0, "as fast, worse": 1.0}
    assert charts.frontier(regret, cost) == ["fast and bad", "between", "slow and good"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_name_of_the_upright_axis_of_costs_is_not_cut(language: Language):
    regret = {"maml": 0.01, "scratch": 0.2}
    figure = charts.cost_chart(
        regret, {"maml": 2.0, "scratch": 9.0}, Pair("maml", "scratch"), 1e-4, 0.4, metric=AUROC, language=language
    )
    title, margin = figure.layout.yaxis.title, figure.layout.margin
    assert style.width(title.text, title.font.size) <= figure.layout.height - margin.t - margin.b


def test_the_axis_of_regret_is_the_same_at_every_number_of_labels():
    regret = {"maml": [0.01, 0.005, 0.02], "scratch": [0.3, 0.2, 0.4]}
    figures = [
        charts.regret_chart(shown, Pair("maml", "scratch"), 1e-4, 0.4, metric=AUROC, language="en")
        for shown in (regret, {name: [value / 10 for value in values] for name, values in regret.items()})
    ]
    assert figures[0].layout.xaxis.range == figures[1].layout.xaxis.range


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"metric": "auroc"}'])
def test_a_damaged_league_is_said_with_the_command_that_mends_it(tmp_path, monkeypatch, damage: str):
    path = tmp_path / f"{NAME}.league.json"
    path.write_text(damage, encoding="utf-8")
    monkeypatch.setattr(published, "FOLDER", tmp_path)
    with pytest.raises(UserError) as caught:
        results.league(NAME)
    assert f"python -m scenarios study {NAME}" in caught.value.text["zh"]


def test_a_visitor_who_clears_the_caches_costs_no_second_copy_of_the_results():
    before = results.league(NAME)
    st.cache_resource.clear()
    st.cache_data.clear()
    assert results.league(NAME) is before


def test_results_measured_anew_are_shown_without_a_restart(tmp_path, monkeypatch):
    path = tmp_path / f"{NAME}.league.json"
    path.write_bytes(published.path_of(LeagueResults, NAME).read_bytes())
    monkeypatch.setattr(published, "FOLDER", tmp_path)
    before = results.league(NAME)
    assert results.league(NAME) is before
    raw = json.loads(path.read_bytes())
    raw["protocol"]["tasks"] += 1
    path.write_text(json.dumps(raw), encoding="utf-8")
    assert results.league(NAME).tasks == before.tasks + 1


def _page() -> None:
    from dashboard import session
    from dashboard.views import league_page

    session.arrive()
    league_page.show()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_compares_the_two_that_its_address_names(language):
    page = AppTest.from_function(_page, default_timeout=120)
    page.query_params = {"lang": language, "about": NAME, "shots": "10", "one": "ridge", "other": "scratch"}
    page.run()
    assert not page.exception
    said = "\n".join(element.value for element in page.markdown)
    for name in ("ridge", "scratch"):
        assert named(name, language, results.league(NAME).trade).lower() in said.lower()
    assert any(f"python -m scenarios study {NAME}" in code.value for code in page.code)
    assert len(page.get("plotly_chart")) == 4


def test_learners_that_are_not_there_are_replaced_by_the_usual_two():
    page = AppTest.from_function(_page, default_timeout=120)
    page.query_params = {"lang": "en", "about": "nonsense", "shots": "7", "one": "nobody", "other": "bayes"}
    page.run()
    assert not page.exception
    assert next(box.value for box in page.selectbox) == "maml"


def test_the_file_of_a_league_is_small():
    for name in MEASURED:
        path = published.path_of(LeagueResults, name)
        assert path.stat().st_size < 600_000
        json.loads(path.read_text(encoding="utf-8"))
