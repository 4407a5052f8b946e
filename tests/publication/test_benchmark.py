"""Promise: the classic experiment is repeated as it was published, and our figures stand beside the published ones."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import plotly.io
import pytest
import tensorflow as tf
from streamlit.testing.v1 import AppTest

from dashboard.charts.benchmark import Row, benchmark_chart
from scenarios.catalog import SCENARIOS
from scenarios.command_line.parser import main
from scenarios.evaluation import curves
from scenarios.learners import fitting, registry
from scenarios.meta_learner.meta_train import Pool, TrainState, _adam, _draw_batch
from scenarios.metrics import mse
from scenarios.protocol import EvaluationProtocol
from scenarios.publication import benchmark, results
from scenarios.publication.results import BenchmarkResults
from scenarios.recipe import Recipe
from scenarios.scenario import Scenario
from scenarios.task import Curves
from scenarios.text import LANGUAGES

CLASSIC = [scenario for scenario in SCENARIOS.values() if scenario.benchmark]
PROTOCOL = EvaluationProtocol(tasks=6, queries=None, seed=3)


@pytest.fixture(params=CLASSIC, ids=lambda scenario: scenario.name)
def classic(request: pytest.FixtureRequest) -> Scenario:
    return request.param


@pytest.fixture
def published(classic: Scenario) -> BenchmarkResults:
    return results.read(BenchmarkResults, classic.name)


# -- settings that only the originals need ----------------------------------------------------------------------------


def test_a_learner_may_be_trained_for_one_number_of_shots_alone():
    pool = Pool(*(tf.zeros((9, 8, 1)), tf.zeros((9, 8)), tf.zeros((9, 8, 1)), tf.zeros((9, 8))))
    for any_shots, expected in ((False, {8}), (True, set(range(1, 9)))):
        recipe = Recipe(max_shots=8, any_shots=any_shots, meta_batch=500)
        _, mask = _draw_batch(tf.constant(0), pool, tf.constant(0), recipe, 1)
        assert set(mask.numpy().sum(1).astype(int)) == expected


def test_the_outer_rate_may_stay_as_it_is():
    one, two = (tf.zeros((1, 1)),), (tf.zeros((1, 1)), tf.zeros((1, 1)))
    gradient, recipe = (tf.ones((1, 1)), tf.ones((1, 1))), Recipe(outer_lr=0.1, outer_decay=False)
    state = TrainState(tf.constant(0), one, one, two, two)
    places = []
    for _ in range(2):
        state = _adam(state, gradient, tf.constant(2.0), recipe)
        places.append(float(state.start[0][0, 0]))
    assert places == pytest.approx([-0.1, -0.2], rel=1e-4)


# -- what is measured -------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("uncompiled")
def test_a_small_repetition_judges_everybody_on_the_same_points(classic: Scenario):
    experiment = classic.benchmark
    short = {name: replace(recipe, meta_steps=2, train_tasks=10) for name, recipe in experiment.recipes.items()}
    small = replace(classic, benchmark=replace(experiment, recipes=short))
    ours, said = {"bayes": fitting.load(classic, "bayes")}, []
    found = benchmark.benchmark(small, ours, PROTOCOL, lambda done, word: said.append(done))
    assert said == sorted(said)
    assert said[-1] == pytest.approx(1)
    runs = [(entry.learner, entry.shots) for entry in found.repeated]
    assert runs[1:] == [(name, shots) for name in short for shots in experiment.shots]
    for entry in found.repeated[1:]:
        settings = entry.settings
        assert (settings.max_shots, settings.queries, settings.any_shots) == (entry.shots, entry.shots, False)
        assert entry.random.shape == entry.grid.shape == (len(entry.steps), 3)
    tasks = classic.sample_tasks(benchmark.rng_for("test", 3), 6)
    assert isinstance(tasks, Curves)
    [feature] = classic.features
    even = np.linspace(feature.low, feature.high, benchmark.GRID)
    heights = tasks.signal(np.broadcast_to(even, (6, benchmark.GRID)))
    assert found.anchors.zero.grid.mean == pytest.approx((heights**2).mean(), rel=1e-4)
    for entry in found.ours:
        episode = curves.fresh_episode(classic, tasks=6, shots=entry.shots, queries=entry.shots, seed=3)
        by_hand = mse(ours["bayes"].predict(episode), episode.query.y).mean()
        assert entry.random.mean == pytest.approx(by_hand, abs=1e-5)


def test_a_scenario_without_a_classic_is_answered_with_one_clear_line(capsys, tmp_path):
    other = next(name for name, scenario in SCENARIOS.items() if not scenario.benchmark)
    assert main(["benchmark", other, "--out", str(tmp_path)]) == 2
    assert "no classic experiment" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_anchors_of_mathematics_are_met(classic: Scenario, published):
    """Predicting 0, and one network for all tasks without any adaptation."""
    _, low, high = published.anchors.zero.random
    assert low < classic.benchmark.anchors["zero"] < high
    pooled = next(entry for entry in published.repeated if entry.learner == "pooled")
    _, low, high = pooled.random[0]
    assert low < classic.benchmark.anchors["pooled"] < high


def test_our_figures_lie_inside_or_below_the_published_bands(classic: Scenario, published):
    for one in classic.benchmark.published:
        if one.half_width is None:
            continue
        [entry] = [e for e in published.repeated if (e.learner, e.shots) == (one.learner, one.shots)]
        assert entry.random[entry.steps.index(1)][1] <= one.score + one.half_width, (one.learner, one.shots)


def test_it_was_measured_with_the_settings_in_the_code(classic: Scenario, published):
    for entry in published.repeated:
        if entry.learner == "pooled":
            continue
        expected = classic.benchmark.recipes[entry.learner]
        expected = replace(expected, max_shots=entry.shots, queries=entry.shots)
        assert entry.settings == expected
    assert {entry.learner for entry in published.ours} == set(registry.suitable(classic))


# -- the page ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_row_has_its_name_and_plotly_accepts_the_chart(language):
    rows = [Row("a", "maml", "published", (0.5, 0.4, 0.6)), Row("b", "bayes", "here", (0.0, 0.0, 0.0))]
    figure = benchmark_chart(rows, "5", language)
    go.Figure(json.loads(plotly.io.to_json(figure)))
    assert [note.text for note in figure.layout.annotations] == ["a", "b"]
    assert [trace.x[0] for trace in figure.data] == [0.5, 1e-4]
    assert figure.layout.xaxis.fixedrange
    assert figure.layout.yaxis.fixedrange


def _panel() -> None:
    from dashboard import session
    from dashboard.views import benchmark_panel
    from scenarios.catalog import SCENARIOS

    session.arrive()
    benchmark_panel.show(next(scenario for scenario in SCENARIOS.values() if scenario.benchmark))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_panel_says_what_was_found_and_where_the_others_figures_come_from(language):
    page = AppTest.from_function(_panel, default_timeout=120)
    page.query_params = {"lang": language}
    page.run()
    assert not page.exception
    assert not page.error
    classic = CLASSIC[0].benchmark
    assert len(page.get("plotly_chart")) == len(classic.shots)
    said = "\n".join(part.value for part in page.markdown)
    assert f"{classic.published[0].score:.3f}" in said
    assert all(one.address in said for one in classic.published)
    captions = "\n".join(part.value for part in page.caption)
    assert {"en": "Meta-SGD diverges beyond the one step", "zh": "Meta-SGD 超出训练所用的一步即发散"}[
        language
    ] in captions
    assert {"en": "He-normal weights", "zh": "He 正态分布"}[language] in captions
    assert "{" not in said


def test_without_its_file_the_panel_says_which_command_makes_it(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    page = AppTest.from_function(_panel, default_timeout=120)
    page.query_params = {"lang": "en"}
    page.run()
    assert not page.exception
    assert any(f"python -m scenarios benchmark {CLASSIC[0].name}" in error.value for error in page.error)


def test_a_damaged_file_is_said_too(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    path = results.path_of(BenchmarkResults, CLASSIC[0].name)
    path.write_text(json.dumps({"schema": results.BenchmarkResults.SCHEMA, "protocol": {}}), "utf-8")
    with pytest.raises(Exception, match="missing or damaged"):
        results.read(BenchmarkResults, CLASSIC[0].name)
