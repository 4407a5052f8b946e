"""Promise: what meta-learning needs is measured by one command, kept in one file, and told as it was found."""

import ast
import json
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import permalink
from dashboard import results as dashboard_results
from dashboard.permalink import View
from dashboard.views import challenge_findings
from scenarios.catalog import SCENARIOS
from scenarios.command_line import commands, parser
from scenarios.errors import UserError
from scenarios.evaluation.estimate import Estimate
from scenarios.learners.registry import REGISTRY
from scenarios.protocol import EvaluationProtocol
from scenarios.publication import challenges, results
from scenarios.publication.code_lines import code_lines
from scenarios.publication.results import ByDiversity, ByTaskCount, ChallengeResults
from scenarios.publication.task_diversity import narrowed
from scenarios.recipe import Recipe
from scenarios.scenario import Scenario
from scenarios.text import LANGUAGES

FIRST = min(SCENARIOS.values(), key=lambda scenario: scenario.recipe.inner_steps)  # the quickest to meta-train
META_STEPS = 8
COUNTS, SHARES, INNER_LRS = (10, 60), (0.1, 1.0), (1.0,)
PROTOCOL = EvaluationProtocol(tasks=6, queries=40, seed=3)


def tiny(scenario: Scenario) -> Scenario:
    """A scenario whose meta-training is over in a moment."""
    return replace(scenario, recipe=replace(scenario.recipe, meta_steps=META_STEPS, meta_batch=4, train_tasks=60))


@pytest.fixture(scope="module")
def said() -> list[float]:
    return []


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def measured(said: list[float], kept: Path) -> ChallengeResults:
    """A real run of everything, only very short."""
    with ThreadPoolExecutor(1) as executor:
        return measure(executor, kept, said)


def measure(executor: Executor, kept: Path, said: list[float] | None = None) -> ChallengeResults:
    return challenges.challenges(
        tiny(FIRST), PROTOCOL, executor, kept, lambda done, word: None if said is None else said.append(done),
        task_counts=COUNTS, shares=SHARES, inner_lrs=INNER_LRS,
    )  # fmt: skip


@pytest.fixture
def results_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the pages look for what was measured: nothing is there yet."""
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    return tmp_path


# -- what is measured -------------------------------------------------------------------------------------------------


def test_a_run_reports_its_progress_to_the_end(measured, said):
    assert said == sorted(said)
    assert 0 < said[0] < said[-1] == pytest.approx(1)


class Idle(Executor):
    def submit(self, *_arguments, **_named):
        raise AssertionError("nothing is left to train")


def test_a_training_that_ended_is_not_repeated(measured, kept):
    again = measure(Idle(), kept)
    assert again.data.score.tolist() == measured.data.score.tolist()
    assert again.diversity.score.tolist() == measured.diversity.score.tolist()


def test_every_chart_has_a_score_with_its_interval_at_every_point(measured):
    data, times, settings = measured.data, measured.compute, measured.complexity
    assert data.train_tasks == (10, 60)
    assert settings.inner_lrs == tuple(sorted({*INNER_LRS, FIRST.recipe.inner_lr}))
    assert set(challenges.WALKED) <= set(settings.steps)
    assert measured.diversity.shares == SHARES
    pairs = [
        (data.train_tasks, data.score),
        (SHARES, measured.diversity.score),
        (settings.inner_lrs, settings.by_inner_lr),
        (settings.steps, settings.by_steps),
    ]
    pairs += [(run.steps, run.score) for run in (times.first_order, times.second_order)]
    pairs += [([1], [known.score]) for known in (measured.reference.from_scratch, measured.reference.bayes)]
    for places, scores in pairs:
        assert len(places) == len(scores)
        for mean, low, high in scores:
            assert low <= mean <= high


def test_what_is_the_same_training_has_the_same_score(measured):
    """The recipe itself stands at the end of the run that is watched, among the counts, the rates and the steps."""
    settings = measured.complexity
    end = [*measured.compute.second_order.score[-1]]
    assert [*measured.data.score[-1]] == end == [*measured.diversity.score[-1]] != [*measured.diversity.score[0]]
    assert [*settings.by_inner_lr[settings.inner_lrs.index(FIRST.recipe.inner_lr)]] == end
    trained = settings.steps.index(settings.trained_for)
    assert settings.by_steps[trained] == pytest.approx(end, abs=1e-4)
    assert [*settings.steps_ahead[trained]] == [0, 0, 0]
    assert not np.array_equal(measured.compute.second_order.score, measured.compute.first_order.score)


def test_a_lead_is_the_difference_of_two_means_whichever_way_the_metric_runs(measured):
    sign = 1 if measured.higher_is_better else -1
    scratch = measured.reference.from_scratch.score.mean
    for (mean, _, _), (lead, low, high) in zip(measured.data.score, measured.data.ahead, strict=True):
        assert lead == pytest.approx(sign * (mean - scratch), abs=1e-5)
        assert low <= lead <= high
    lowest = challenges.Judge(next(s for s in SCENARIOS.values() if s.regression), None).ahead(
        np.array([1.0, 2.0]), np.array([3.0, 3.0])
    )
    assert lowest[0] == 1.5


def test_time_goes_on_and_the_ratio_is_of_pairs_timed_in_turn(measured):
    times = measured.compute
    for run in (times.first_order, times.second_order):
        assert run.steps[-1] == META_STEPS
        assert [*run.seconds] == sorted(run.seconds)
        assert run.seconds[0] > 0
    low, middle, high = sorted(times.slower)
    assert times.slower == (middle, low, high)
    assert times.pairs == META_STEPS - 1, "all chunks but the first, which compiles"


@pytest.mark.parametrize("meta_steps", [1, 7, 40, 400, 20_000, 25_000])
def test_a_training_is_looked_at_about_twelve_times_evenly_on_a_log_scale(meta_steps):
    chunk, looks = challenges.looked_at(meta_steps)
    assert looks == sorted(set(looks))
    assert looks[-1] == meta_steps
    assert all(0 < step <= meta_steps and (step % chunk == 0 or step == meta_steps) for step in looks)
    assert min(5, meta_steps) <= len(looks) <= 12
    assert looks[0] == chunk


def test_narrower_tasks_are_as_many_and_nearer_to_each_other(scenario: Scenario):
    def spread(share: float) -> float:
        tasks = narrowed(scenario, share, 0).sample_tasks(np.random.default_rng(1), 80)
        assert len(tasks) == 80
        assert tasks.support(np.random.default_rng(2), 2).x.shape[:2] == (80, 2 * scenario.ways)
        latents = np.stack([latent.values for latent in scenario.latents(tasks)])
        return float((latents.std(1) / widest).mean())

    everything = scenario.latents(scenario.sample_tasks(np.random.default_rng(3), 2000))
    widest = np.stack([latent.values for latent in everything]).std(1)
    narrow, wide = spread(0.03), spread(1.0)
    assert narrow < 0.8 * wide
    assert wide == pytest.approx(1, abs=0.15)


# -- what is counted --------------------------------------------------------------------------------------------------


def test_lines_of_code_are_counted_without_what_is_not_code():
    source = (
        '"""Doc.\n\nMore."""\n\n# why\nx = [\n    1,  # one\n\n]\n\n\ndef f():\n    """Doc."""\n    return """a\nb"""\n'
    )
    assert code_lines(source) == 3 + 1 + 2
    assert code_lines("") == 0


def test_the_methods_lines_and_settings_are_counted_from_the_source(measured):
    counted = measured.complexity
    assert sorted(counted.lines) == ["gradient.py", "inner_loop.py", "meta_train.py", "network.py"]
    folder = Path(challenges.gradient.__file__).parent
    for name, lines in counted.lines.items():
        source = (folder / name).read_text(encoding="utf-8")
        ast.parse(source)
        assert 0 < lines < len(source.splitlines())
    assert counted.settings == tuple(field.name for field in fields(Recipe))
    for settings in counted.baseline_settings.values():
        assert 0 < len(settings) < len(counted.settings)


# -- the file ---------------------------------------------------------------------------------------------------------


def test_the_command_writes_the_file_that_the_page_reads(measured, results_folder, monkeypatch, capsys):
    asked = {}

    def answer(scenario, protocol, executor, kept, report):
        asked.update(scenario=scenario.name, protocol=protocol)
        report(0.5, "half")
        return measured

    monkeypatch.setattr(challenges, "challenges", answer)
    options = ["challenges", FIRST.name, "--tasks", "6", "--seed", "3", "--out", str(results_folder)]
    assert parser.main(options) == 0
    assert asked == {"scenario": FIRST.name, "protocol": EvaluationProtocol(tasks=6, seed=3)}
    assert "6 tasks, seed 3" in capsys.readouterr().out
    assert dashboard_results.measured(ChallengeResults) == [FIRST.name]
    found = results.content_of(dashboard_results.challenges(FIRST.name))
    assert found == json.loads(json.dumps(results.content_of(measured)))
    assert [path.name for path in results_folder.iterdir()] == [f"{FIRST.name}.challenges.json"]
    assert commands.challenges_command.__module__ == commands.__name__


@pytest.mark.parametrize("damage", ["missing", "empty", "half", "a list", "no part", "half a part"])
def test_a_missing_or_damaged_file_is_said_with_the_command_that_mends_it(measured, results_folder, damage):
    path = results.path_of(ChallengeResults, FIRST.name)
    whole = results.content_of(measured)
    text = json.dumps(whole)
    less = {key: value for key, value in whole.items() if key != "data"}
    contents = {"empty": "", "half": text[: len(text) // 2], "a list": "[]", "no part": json.dumps(less)}
    contents["half a part"] = json.dumps(less | {"data": {"train_tasks": [1]}})
    if damage != "missing":
        path.write_text(contents[damage], encoding="utf-8")
    with pytest.raises(UserError) as caught:
        results.read(ChallengeResults, FIRST.name)
    for language in LANGUAGES:
        assert f"python -m scenarios challenges {FIRST.name}" in caught.value.text[language]
        assert path.name in caught.value.text[language]


# -- the page ---------------------------------------------------------------------------------------------------------


def _page() -> None:
    from dashboard import session
    from dashboard.views import challenges_page

    session.arrive()
    challenges_page.show()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_opens_with_four_charts_of_the_challenges_that_can_be_heard(measured, results_folder, language):
    results.write(measured, results.path_of(ChallengeResults, FIRST.name))
    page = AppTest.from_function(_page, default_timeout=120)
    page.query_params = {"lang": language}
    page.run()
    assert not page.exception
    heard = [chart.proto.alt for chart in page.get("plotly_chart")]
    assert len(heard) >= 4
    for alt in heard:
        assert len(alt) > 20
        assert "{" not in alt
        assert any("\u4e00" <= letter <= "\u9fff" for letter in alt) == (language == "zh")
    assert f"python -m scenarios challenges {FIRST.name} --tasks 6 --seed 3" in [code.value for code in page.code]


def test_without_a_file_the_page_says_which_command_makes_it(results_folder):
    page = AppTest.from_function(_page, default_timeout=120)
    page.query_params = {"lang": "en"}
    page.run()
    assert not page.exception
    assert any("python -m scenarios challenges" in error.value for error in page.error)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("leads", "english"),
    [
        ([-0.2, -0.1, 0.1], "With up to 100 training tasks, meta-learning is worse than local labels alone"),
        ([0.1, 0.2, 0.3], "Even with 10 training tasks"),
        (
            [-0.3, -0.2, -0.1],
            "Meta-learning did not beat local labels alone at any number of training tasks tested, up to 1,000",
        ),
        ([0.1, -0.2, 0.1], "better than local labels alone with 10, 1,000 training tasks, and worse with 100"),
        # A lead of .005 is one that the interval leaves open.
        (
            [-0.2, 0.005, 0.1],
            "With up to 10 training tasks, meta-learning is worse than local labels alone; with 1,000 or more",
        ),
        ([0.005, 0.1, 0.2], "With 100, 1,000 training tasks, meta-learning is better"),
        (
            [-0.2, 0.005, 0.005],
            "Meta-learning did not beat local labels alone at any number of training tasks tested, up to 1,000",
        ),
    ],
)
def test_the_finding_on_data_holds_for_any_values(measured, leads, english, language):
    figures_of = {
        "score": np.array([[0.6, 0.5, 0.7]] * 3),
        "ahead": np.array([[lead, lead - 0.01, lead + 0.01] for lead in leads]),
    }
    found = replace(
        measured,
        data=ByTaskCount(train_tasks=(10, 100, 1000), **figures_of),
        diversity=ByDiversity(shares=(0.01, 0.1, 1.0), **figures_of),
    )
    for told in (challenge_findings.data, challenge_findings.diversity):
        assert "{" not in "".join(told(found, language))
    finding, figures = challenge_findings.data(found, language)
    if language == "en":
        assert english in finding
        assert ("worse than" in finding) == ("worse than" in challenge_findings.diversity(found, "en")[0])
        assert ("behind by" in figures) == (leads[-1] < 0)
        assert "points (95% CI" in figures


def test_the_finding_on_data_begins_with_simple_statistics_if_they_need_fewer_tasks():
    for name in dashboard_results.measured(ChallengeResults):
        found, other = dashboard_results.challenges(name), dashboard_results.other_tasks(name)
        learner, counts, score = challenge_findings.simple_by_tasks(found, other)
        assert counts[0] >= found.data.train_tasks[0]
        assert len(counts) == len(score)
        finding, figures = challenge_findings.data(found, "en", other)
        assert REGISTRY[learner].name.en in figures
        simple_first = finding.startswith(f"With {counts[0]} other tasks, {REGISTRY[learner].name.en}")
        assert simple_first == found.is_better(score[0][0], found.data.score[0][0])


@pytest.mark.parametrize(
    ("lead", "said_of_derivatives"),
    [
        ([0.02, 0.01, 0.03], "second derivatives improve AUROC by 2.0 percentage points (95% CI 1.0 to 3.0)"),
        ([-0.02, -0.03, -0.01], "worse by 2.0 percentage points (95% CI 1.0 to 3.0)"),
        ([-0.02, -0.03, 0.01], "better by −2.0 percentage points (95% CI −3.0 to 1.0)"),
    ],
)
def test_what_second_derivatives_buy_is_said_only_where_it_can_be_told(measured, lead, said_of_derivatives):
    derivatives = replace(measured.compute, ahead=Estimate(*lead))
    found = replace(measured, compute=derivatives)
    assert said_of_derivatives in challenge_findings.compute(found, "en")[1]
    for score, better in ((0.99, True), (0.01, False)):
        run = replace(derivatives.second_order, score=np.full((len(derivatives.second_order.steps), 3), score))
        found = replace(measured, compute=replace(derivatives, second_order=run))
        assert ("never becomes better" in challenge_findings.compute(found, "en")[0]) != better


def test_the_address_of_the_page_names_its_scenario():
    view, refused = permalink.read({"about": FIRST.name}, View())
    assert (view.about, refused) == (FIRST.name, ())
