"""Promise: the page that asks whether it would pay recommends the simplest method that no other beats."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import permalink, results, words
from dashboard.permalink import OTHER_TASKS
from dashboard.views import plan_findings as findings
from dashboard.views import plan_page
from dashboard.views import plan_world_findings as findings_in_world
from scenarios.catalog import SCENARIOS
from scenarios.learners.registry import Rung
from scenarios.line.scenario import SCENARIO as LINE
from scenarios.medical_diagnosis.scenario import SCENARIO as MEDICAL
from scenarios.protocol import OTHER_SITUATIONS, QUANTILES, WORLD_SHOTS, EvaluationProtocol
from scenarios.publication import results as published
from scenarios.publication.advice import advise, advise_in_world
from scenarios.publication.results import (
    ByOtherTasks,
    OtherTasksResults,
    SituationFigures,
    SituationsResults,
    WorldFigures,
    WorldLearner,
    WorldRung,
    WorldsResults,
)  # fmt: skip
from scenarios.scenario import DEFAULT_WORLD, Scenario
from scenarios.task import Array
from scenarios.text import LANGUAGES

MEASURED = results.measured(OtherTasksResults)
Leads = Mapping[int, float]  # by the number of other tasks


def found_with(
    simple: Leads, meta: Leads, scenario: Scenario = MEDICAL, generic: Leads | None = None
) -> OtherTasksResults:
    """Results with these leads over local labels alone, and intervals of 0.02 on either side, 0.01 if paired.

    With more labels, all methods are better by as much. `generic` is of one network for all tasks, if it was measured.
    """
    shots, sign = (1, 5, 20), scenario.metric.sign
    level = 0.6 + 0.01 * sign * np.array([0, 5, 20])
    most = list(meta.values())[-1]
    names = ("random_effects_lda", "lda") if scenario is MEDICAL else ("bayesian_linear", "least_squares")

    def around(values: Array, margin: float) -> Array:
        return values[..., None] + np.array([0.0, -margin, margin])

    def part(leads: Leads) -> ByOtherTasks:
        ahead = np.repeat(np.array([*leads.values()])[:, None], len(shots), 1)
        return ByOtherTasks(
            counts=tuple(leads), score=around(level + sign * ahead, 0.02), ahead_of_local=around(ahead, 0.01),
            ahead_of_meta=around(ahead - most, 0.01),
            ahead_of_generic=None if generic is None else around(
                ahead - np.array([generic.get(count, 0.0) for count in leads])[:, None], 0.01
            ),
        )  # fmt: skip

    return OtherTasksResults(
        scenario=scenario.name, metric_id=scenario.metric.id, higher_is_better=scenario.metric.higher_is_better,
        protocol=EvaluationProtocol(tasks=9), shots=shots, labels_each=30, best_local=(names[1],) * 3,
        local=around(level, 0.02), bayes=around(level + sign * 0.25, 0.02),
        learners={"maml": part(meta), names[0]: part(simple)} | ({"pooled": part(generic)} if generic else {}),
    )  # fmt: skip


def level(lead: float, fewest: int = 10) -> Leads:
    return dict.fromkeys((fewest, 100, 1_000), lead)


@pytest.mark.parametrize(
    ("simple", "meta", "recommended", "english", "chinese"),
    [
        (0.1, 0.05, "random_effects_lda", "Meta-learning (MAML) is worse", "元学习（MAML）用 30 个其他任务时更差"),
        (0.1, 0.12, "random_effects_lda", "not detectably better", "并不更好"),
        (0.1, 0.2, "maml", "**Yes, with meta-learning. Recommended: MAML", "值得用元学习。推荐：MAML"),
        (0.005, -0.1, "lda", "0.5 percentage points (95% CI −0.5 to 1.5): no detectable", "差异不显著"),
        (-0.1, -0.1, "lda", "**No: local labels alone are enough.", "用不上：只用本任务标注就够"),
    ],
)  # fmt: skip
def test_the_simplest_method_is_recommended_that_no_other_beats_beyond_chance(
    simple: float, meta: float, recommended: str, english: str, chinese: str
):
    found = found_with(level(simple), {**level(meta), 3_000: 0.2})
    assert advise(found, 30, 5).chosen.learner == recommended
    assert english in findings.answer(found, 30, 5, "en")
    assert chinese in findings.answer(found, 30, 5, "zh")


@pytest.mark.parametrize(
    ("generic", "recommended", "english", "chinese"),
    [
        (0.095, "pooled", "no detectable difference. Recommended: pooled network, without", "不用标注"),
        (0.12, "pooled", "AUROC without labels of the new task, from 100 other tasks: 77.0%", "只用 100 个其他任务"),
        (0.05, "random_effects_lda", "one network for all tasks (pooled network) reaches 70.0%", "好于只用本任务标注"),
        (-0.05, "random_effects_lda", "Yes, with simple statistics", "简单统计方法就够"),
    ],
)  # fmt: skip
def test_one_network_for_all_tasks_is_recommended_unless_a_method_with_local_labels_beats_it(
    generic: float, recommended: str, english: str, chinese: str
):
    found = found_with(level(0.1), level(0.05), generic=level(generic))
    assert [reading.rung for reading in advise(found, 100, 5).readings] == list(Rung)[:-1]
    assert advise(found, 100, 5).chosen.learner == recommended
    assert english in findings.answer(found, 100, 5, "en")
    assert chinese in findings.answer(found, 100, 5, "zh").replace("\u2060", "")
    assert "nan" not in findings.more(found, 100, 5, "en")
    [table] = [section.table for section in plan_page.sections(found, 100, 5, "en") if section.key == "plan_methods"]
    assert table.loc["pooled network"].iloc[0] == "100"


def test_without_it_nothing_beats_local_labels_but_the_network_may():
    worse = found_with(level(-0.1), level(-0.1), generic=level(-0.05))
    assert advise(worse, 100, 5).chosen.learner == "lda"
    better = found_with(level(-0.1), level(-0.1), generic=level(0.05))
    assert advise(better, 100, 5).chosen.learner == "pooled"
    assert advise(found_with(level(0.1), level(0.2), generic={1_000: 0.3}), 30, 5).generic is None, "not measured"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_range_over_tasks_is_shown_if_it_was_measured(language):
    found = found_with(level(0.1), level(0.05))
    assert plan_page.sections(found, 30, 5, language)[2].table.shape[1] == 3
    parts = {
        name: replace(part, quantiles=np.tile(np.linspace(0.5, 0.95, len(QUANTILES)), (3, 3, 1)))
        for name, part in found.learners.items()
    }
    ranges = {"local_range90": np.tile([0.4, 0.8], (3, 1)), "bayes_range90": np.tile([0.6, 0.99], (3, 1))}
    table = plan_page.sections(replace(found, learners=parts, **ranges), 30, 5, language)[2].table
    shown = [text.replace("\u2060", "").replace("\u00a0", " ") for text in table.iloc[:, -1]]
    assert [("40.0%" in shown[0]), ("50.0%" in shown[1]), ("95.0%" in shown[2]), ("99.0%" in shown[-1])] == [True] * 4
    older = plan_page.sections(replace(found, learners=parts), 30, 5, language)[2].table
    assert older.iloc[0, -1] == "–"


def test_where_meta_learning_saw_all_its_tasks_the_paired_difference_decides():
    """Intervals over tasks overlap though one method is ahead on the same tasks."""
    found = found_with(level(0.1), level(0.12))
    assert advise(found, 300, 5).chosen.learner == "random_effects_lda"
    assert advise(found, 1_000, 5).chosen.learner == "maml"
    behind = findings.answer(found_with(level(0.12), level(0.1)), 1_000, 5, "en")
    assert "Meta-learning (MAML) is worse with 1,000 other tasks" in behind


def test_less_is_better_where_the_score_is_an_error():
    found = found_with(level(0.1), level(0.2), LINE)
    assert advise(found, 30, 5).chosen.learner == "maml"
    assert "closes about 80% of the gap" in findings.answer(found, 30, 5, "en")
    assert f"One more point would improve {LINE.metric.name.en} by about 0.0" in findings.more(found, 30, 5, "en")
    assert advise(found_with(level(-0.1), level(-0.2), LINE), 30, 5).chosen.learner == "least_squares"


def test_a_method_that_was_not_measured_with_so_few_tasks_is_left_out_and_named():
    found = found_with(level(0.1, fewest=3), level(0.2))
    assert [reading.learner for reading in advise(found, 3, 5).readings] == ["lda", "random_effects_lda"]
    answer = findings.answer(found, 3, 5, "en")
    assert "Recommended: random-effects LDA" in answer
    assert "Meta-learning (MAML) is left out: it was not measured with fewer than 10 other tasks." in answer
    assert "元学习（MAML）未列入" in findings.answer(found, 3, 5, "zh")


def test_where_nothing_was_measured_with_so_few_tasks_none_is_called_useless():
    found = found_with(level(0.1), level(0.2))
    answer = findings.answer(found, 3, 5, "en")
    assert answer.startswith("**Not measured for so few other tasks.**")
    assert "Simple statistics are left out: they were not measured with fewer than 10 other tasks." in answer
    assert "没有用这么少的其他任务测量过" in findings.answer(found, 3, 5, "zh")
    [chart] = [section for section in plan_page.sections(found, 3, 5, "en") if section.figure]
    assert chart.alt


def test_with_more_tasks_than_were_measured_a_method_keeps_its_last_score_and_it_is_said():
    found = found_with(level(0.15), {**level(0.0), 20_000: 0.1})
    answer = findings.answer(found, 20_000, 5, "en")
    assert "AUROC with 5 labels per class and 1,000 other tasks: 80.0%" in answer
    assert "It was not measured with more than 1,000 other tasks" in answer
    assert "More than 1,000 other tasks were not measured" in findings.more(found, 20_000, 5, "en")


def test_what_more_data_would_add_is_read_off_the_grid():
    doubling = {10: 0.05, 20: 0.075, 40: 0.1}
    found = found_with(doubling, {10: 0.0, 40: 0.0})
    assert "twice as many other tasks (20) would improve AUROC by about 2.5 percentage points." in findings.more(
        found, 10, 5, "en"
    )
    assert "其他任务增至约两倍（20 个），AUROC 约改善 2.5 个百分点。" in findings.more(found, 10, 5, "zh")
    assert "One more label of each class would improve AUROC by about 2." in findings.more(found, 10, 1, "en")
    assert "More than 20 labels per class were not measured." in findings.more(found, 10, 20, "en")
    switching = found_with({10: 0.05, 20: 0.05}, {10: 0.0, 20: 0.15})
    assert "by about 10.0 percentage points, with MAML." in findings.more(switching, 10, 5, "en")
    assert "add almost nothing" in findings.more(found_with(level(0.1), level(0.0)), 30, 5, "en")


@pytest.mark.parametrize("tasks", OTHER_TASKS)
def test_the_chart_marks_every_number_of_tasks_within_its_axis(tasks: int):
    found = found_with(level(0.1), level(0.2))
    [chart] = [section.figure for section in plan_page.sections(found, tasks, 7, "en") if section.figure]
    [mark] = [shape for shape in chart.layout.shapes if shape.type == "line"]
    left, right = chart.layout.xaxis.range
    assert left < mark.x0 == np.log10(tasks) < right
    assert any(note.text == f"yours: {tasks:,}" for note in chart.layout.annotations)


def test_all_names_above_the_chart_lie_within_it():
    found = found_with(level(0.1), level(0.2), generic=level(0.05))
    [chart] = [section.figure for section in plan_page.sections(found, 100, 5, "en") if section.figure]
    names = [note for note in chart.layout.annotations if note.y == 1 and note.yshift]
    assert len(names) == 5
    assert max(note.yshift for note in names) + 16 < chart.layout.margin.t


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", MEASURED)
def test_published_results_answer_everywhere_and_name_the_command(name: str, language):
    found = results.other_tasks(name)
    for tasks in OTHER_TASKS:
        for shots in (1, 3, 20):
            sections = plan_page.sections(found, tasks, shots, language)
            text = "".join(section.finding + section.note + section.method + section.alt for section in sections)
            assert "{" not in text
            assert "nan" not in text
            [command] = [section.command for section in sections if section.command]
            assert f"plan {name} --other-tasks {min(tasks, 5_000)} --shots {shots}" in command


def in_situations(found: OtherTasksResults) -> SituationsResults:
    """Simple statistics that are worse with fewer labels in other tasks and with wrong ones."""

    def otherwise(labels_each: int, errors: float) -> SituationFigures:
        worse = errors + 0.002 * (30 - labels_each)
        parts = {
            name: ByOtherTasks(counts=part.counts, score=part.score - worse, ahead_of_local=part.ahead_of_local - worse)
            for name, part in found.learners.items()
            if name != "maml"
        }
        return SituationFigures(
            labels_each=labels_each, label_errors=errors, best_local=found.best_local, local=found.local, learners=parts
        )

    return SituationsResults(
        scenario=found.scenario, metric_id=found.metric_id, higher_is_better=found.higher_is_better,
        protocol=found.protocol, shots=found.shots,
        situations=tuple(otherwise(*situation) for situation in OTHER_SITUATIONS),
    )  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_fewer_labels_in_other_tasks_and_wrong_ones_have_their_own_answer(language):
    usual = found_with(level(0.1), level(0.05))
    found = in_situations(usual)
    found.check(MEDICAL)
    assert advise(found.applied_to(usual, 30, 0.0), 30, 5).chosen.learner == "random_effects_lda"
    worse = found.applied_to(usual, 15, 0.2)
    assert advise(worse, 30, 5).chosen.learner == "lda"
    *_, methods, measured = plan_page.sections(worse, 30, 5, language, 20)
    assert len(methods.table) == 3, "no meta-learning, which was not measured so"
    assert measured.command.endswith("--labels-each 15 --label-errors 20")
    assert "20%" in measured.method
    assert {"en": "not measured in this situation", "zh": "没有在这种情况下测量过"}[language] in findings.answer(
        worse, 30, 5, language
    )


def in_world(**leads: float) -> WorldsResults:
    """Results of one kind in all worlds: leads of rungs over local labels alone, with intervals of 0.01 on either side.

    Those of a score itself are twice as wide. With more labels, all are better.
    """
    names = dict(zip(Rung, ("pooled", "lda", "random_effects_lda", "maml", "bayes"), strict=True))
    lead = {rung: leads.get(rung.value, 0.0) for rung in Rung}
    level = 0.6 + 0.01 * np.arange(len(WORLD_SHOTS))
    generic = next(iter(Rung))

    def around(values: Array, margin: float) -> Array:
        return values[:, None] + np.array([0.0, -margin, margin])

    def ahead(rung: Rung, of: Rung) -> Array | None:
        return None if rung is generic else around(0 * level + lead[rung] - lead[of], 0.01)

    figures = WorldFigures(
        learners={
            name: WorldLearner(score=around(level + lead[rung], 0.02), range90=np.tile([0.5, 0.95], (len(level), 1)))
            for rung, name in names.items()
        },
        rungs={
            rung.value: WorldRung(
                best=(names[rung],) * len(level),
                ahead_of_generic=ahead(rung, generic),
                ahead_of_lower=ahead(rung, lower),
            )
            for lower, rung in zip((generic, *Rung), Rung, strict=False)
        },
    )
    return WorldsResults(
        scenario=MEDICAL.name, metric_id=MEDICAL.metric.id, higher_is_better=True, protocol=EvaluationProtocol(tasks=9),
        shots=WORLD_SHOTS, worlds=dict.fromkeys(MEDICAL.world_names, figures),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("leads", "recommended"),
    [
        ({"no_local_labels": -0.2, "borrowing": 0.1, "meta_learned": 0.105}, "random_effects_lda"),
        ({"no_local_labels": -0.2, "borrowing": 0.1, "meta_learned": 0.12}, "maml"),
        ({"no_local_labels": -0.2, "borrowing": 0.005, "meta_learned": -0.05}, "lda"),
        ({"no_local_labels": -0.2, "borrowing": 0.005, "meta_learned": 0.1}, "maml"),
        ({"no_local_labels": -0.2, "borrowing": 0.005, "meta_learned": 0.03}, "lda"),  # whose intervals overlap
        ({"no_local_labels": 0.1, "borrowing": 0.105, "meta_learned": 0.1}, "pooled"),
        ({"no_local_labels": 0.1, "borrowing": 0.15, "meta_learned": 0.15}, "random_effects_lda"),
    ],
)
def test_in_another_world_too_the_simplest_method_is_recommended_that_no_other_beats(leads, recommended: str):
    found = in_world(**leads, bayes=0.25)
    found.check(MEDICAL)
    advice = advise_in_world(found, "strong", 5, {"maml": 20_000, "random_effects_lda": 1_000}.get)
    assert advice.chosen.learner == recommended
    assert list(advice.readings) == list(Rung)[:-1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_another_world_the_answer_tells_of_how_many_tasks_it_is_and_what_was_not_measured(language):
    found, usual = in_world(no_local_labels=-0.2, borrowing=0.1, meta_learned=0.1, bayes=0.2), found_with(
        {10: 0.1, 30: 0.15, 1_000: 0.2}, level(0.1)
    )  # fmt: skip
    advice = advise_in_world(found, "strong", 5, {"random_effects_lda": 1_000}.get)
    answer = findings_in_world.answer(found, "strong", advice, 30, 5, language)
    assert "73.0%" in answer
    assert {"en": "if tasks are very different", "zh": "任务差异很大"}[language] in answer
    assert {"en": "1,000 other tasks (not 30)", "zh": "1,000 个其他任务（不是 30 个）"}[language] in answer
    assert "50%" in answer, "of the way from local labels alone to the optimum"
    more = findings_in_world.more(found, "strong", advice, 5, language)
    assert {"en": "improve AUROC by about 0.5 percentage points", "zh": "AUROC 约改善 0.5 个百分点"}[language] in more
    assert "50" in findings_in_world.more(found, "strong", advice, 50, language)

    def elsewhere(situation: OtherTasksResults, errors: int = 0, shots: int = 5) -> str:
        return findings_in_world.elsewhere(
            usual, situation, "strong", "random_effects_lda", 30, shots, errors, language
        )

    assert {"en": "only for tasks that are moderately different", "zh": "只在任务差异中等时测量过"}[
        language
    ] in elsewhere(usual)
    assert "80.0%" in elsewhere(usual)
    assert "85.0%" in elsewhere(usual)
    worse = elsewhere(in_situations(usual).applied_to(usual, 15, 0.2), 20)
    assert "57.0%" in worse
    assert "20%" in worse
    assert "85.0%" not in elsewhere(usual, shots=50), "more labels than were measured there"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [name for name in MEASURED if name in results.measured(WorldsResults)])
def test_published_worlds_answer_everywhere_and_name_the_command(name: str, language):
    found, usual = results.worlds(name), results.other_tasks(name)
    for world in set(found.worlds) - {DEFAULT_WORLD}:
        study = results.study(SCENARIOS[name].in_world(world).name)
        for tasks, shots in ((3, 1), (30, 5), (20_000, 50)):
            drawn = plan_page.sections_in_world(found, study, (usual, usual), tasks, shots, language)
            text = "".join(section.finding + section.note + section.method + section.alt for section in drawn)
            assert "{" not in text
            assert "nan" not in text
            [command] = [section.command for section in drawn if section.command]
            assert f"plan {name} --world {world} --other-tasks {min(tasks, 5_000)} --shots {shots}" in command
            assert [len(section.table) for section in drawn if section.key == "plan_methods"] == [len(Rung)]


def _page() -> None:
    from dashboard import session
    from dashboard.views import plan_page

    session.arrive()
    plan_page.show()
    session.leave()


@pytest.fixture
def page() -> AppTest:
    return AppTest.from_function(_page, default_timeout=120)


@pytest.mark.skipif(not MEASURED, reason="no scenario has results by the number of other tasks")
@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ({"tasks": "300", "shots": "3"}, ("300", 3)),
        ({"tasks": "2500", "shots": "50"}, ("3,000", 20)),
        ({"tasks": "1"}, ("3", 5)),
        ({"tasks": "-4", "shots": "many", "about": "nonsense"}, ("30", 5)),
        ({}, ("30", 5)),
    ],
)
def test_the_address_moves_the_sliders_and_odd_ones_are_moved_to_what_was_measured(page: AppTest, address, shown):
    page.query_params = {"lang": "en"} | address
    page.run()
    assert not page.exception
    assert tuple(f"{slider.value:,}" for slider in page.select_slider) == tuple(map(str, shown))
    assert any(f"--other-tasks {str(shown[0]).replace(',', '')} --shots {shown[1]}" in code.value for code in page.code)


@pytest.mark.skipif(not MEASURED, reason="no scenario has results by the number of other tasks")
def test_a_link_from_before_a_default_changed_shows_what_it_showed(page: AppTest, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(permalink, "_FORMER", ({"tasks": 300},))
    page.query_params = {"lang": "en", "shots": "3", "seed": "1", "draw": "0"}
    page.run()
    assert page.select_slider(key="choose_tasks").value == 300
    assert any("--other-tasks 300 --shots 3" in code.value for code in page.code)
    page.select_slider(key="choose_shots").set_value(5).run()
    assert (page.query_params["v"], page.query_params["tasks"]) == ("2", "300"), "and is written so that it stays so"


@pytest.mark.skipif(not MEASURED, reason="no scenario has results by the number of other tasks")
def test_a_choice_is_in_the_address_and_its_answer_on_the_page(page: AppTest):
    page.query_params = {"lang": "zh", "shots": "5"}
    page.run()
    page.select_slider(key="choose_tasks").set_value(100).run()
    assert page.query_params["tasks"] == "100"
    answer = words.kept_together(findings.answer(results.other_tasks(MEASURED[0]), 100, 5, "zh"))
    assert any(answer in text.value for text in page.markdown)


@pytest.mark.skipif(not MEASURED, reason="no scenario has results by the number of other tasks")
def test_labels_in_other_tasks_and_label_errors_are_in_the_address(page: AppTest, monkeypatch: pytest.MonkeyPatch):
    found = in_situations(results.other_tasks(MEASURED[0]))
    monkeypatch.setattr(plan_page.results, "measured", lambda kind: MEASURED)
    monkeypatch.setattr(plan_page.results, "situations", lambda name: found)
    page.query_params = {"lang": "en", "labels_each": "15", "label_errors": "20"}
    page.run()
    assert any(code.value.endswith("--labels-each 15 --label-errors 20") for code in page.code)
    page.segmented_control(key="choose_label_errors").set_value(0).run()
    assert "label_errors" not in page.query_params
    assert any(code.value.endswith("--labels-each 15") for code in page.code)


@pytest.mark.skipif(not results.measured(WorldsResults), reason="no scenario's worlds are measured")
def test_the_world_is_in_the_address_and_leaves_the_other_choices_as_they_are(page: AppTest):
    name = results.measured(WorldsResults)[0]
    page.query_params = {"lang": "en", "about": name, "world": "strong", "tasks": "100", "shots": "40"}
    page.run()
    assert not page.exception
    assert page.segmented_control(key="choose_world").value == "strong"
    assert page.session_state["view"].shots == 50, "the nearest that was measured in worlds"
    assert any("very different" in text.value for text in page.markdown)
    assert any(f"plan {name} --world strong --other-tasks 100 --shots 50" in code.value for code in page.code)
    page.segmented_control(key="choose_world").set_value(DEFAULT_WORLD).run()
    assert "world" not in page.query_params
    assert page.query_params["tasks"] == "100"
    assert any(f"plan {name} --other-tasks 100 --shots 20" in code.value for code in page.code)


@pytest.mark.skipif(not MEASURED, reason="no scenario has results by the number of other tasks")
def test_a_scenario_whose_worlds_were_not_measured_has_no_such_control(page: AppTest, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(plan_page.results, "measured", lambda kind: MEASURED if kind is OtherTasksResults else [])
    page.query_params = {"lang": "en", "world": "strong"}
    page.run()
    assert not page.exception
    assert "choose_world" not in [control.key for control in page.segmented_control]
    assert not any("--world strong" in code.value for code in page.code)


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_any_results_the_page_names_the_command_that_makes_them(
    page: AppTest, monkeypatch: pytest.MonkeyPatch, tmp_path, language
):
    monkeypatch.setattr(published, "FOLDER", tmp_path)
    page.query_params = {"lang": language}
    page.run()
    assert not page.exception
    assert f"python -m scenarios other-tasks {next(iter(SCENARIOS))}" in page.error[0].value
    assert not page.select_slider
