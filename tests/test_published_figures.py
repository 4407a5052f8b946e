"""Promise: every number on screen has its command and its seed, and is what that command finds."""

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from scenarios.learner import MOMENTS, Learner
from scenarios.scenario import Scenario
from scenarios.study import curves, learners, presets, publish, showcase
from scenarios.study.metrics import score
from scenarios.study.statistics import mean_with_interval
from scenarios.whole_files import save_arrays

Shipped = Callable[[Scenario], dict[str, Learner]]


@pytest.fixture
def published(scenario: Scenario) -> dict:
    return json.loads(presets.results_path(scenario.name).read_text(encoding="utf-8"))


@pytest.mark.parametrize(("learner", "shots"), [("maml", 1), ("maml", 5), ("bayes", 5), ("logistic", 2), ("pooled", 5)])
def test_a_published_figure_is_found_again(scenario: Scenario, shipped: Shipped, published, learner, shots):
    episode = curves.fresh_episode(scenario, shots=shots, **published["protocol"])
    found = mean_with_interval(score(scenario.metric, shipped(scenario)[learner].predict(episode), episode.query.y))
    stated = published["learners"][learner]["score"][published["shots"].index(shots)]
    assert stated == pytest.approx([found.mean, found.low, found.high], abs=5e-4)


def test_everything_that_a_page_shows_is_published(scenario: Scenario, published):
    assert published["scenario"] == scenario.name
    assert published["metric"] == scenario.metric
    assert published["shots"] == list(range(1, scenario.max_shots + 1))
    assert published["moments"] == list(MOMENTS)
    assert published["learners"].keys() == learners.METHODS.keys()
    for points in published["learners"].values():
        for mean, low, high in points["score"]:
            assert low <= mean <= high
    for walker in ("maml", "scratch"):
        assert {len(walk) for walk in published["learners"][walker]["walk"]} == {len(MOMENTS)}


def test_a_small_study_counts_what_it_says(scenario: Scenario, shipped: Shipped, tmp_path):
    said: list[float] = []
    small, protocol = replace(scenario, max_shots=3), publish.Protocol(tasks=4, queries=20, seed=9)
    some = {name: shipped(scenario)[name] for name in ("maml", "scratch", "logistic", "bayes")}
    results = publish.study(small, some, {"maml": {"seed": 0}}, protocol, lambda done, word: said.append(done))
    publish.write(results, tmp_path / "results.json")
    assert json.loads((tmp_path / "results.json").read_text("utf-8")) == json.loads(json.dumps(results))
    assert said[-1] == pytest.approx(1)
    assert said == sorted(said)

    assert results["shots"] == [1, 2, 3]
    for name, points in results["learners"].items():
        counts = np.array(points["risk_counts"])
        assert counts.shape == (3, 2, len(publish.RISK_EDGES) + 1)
        np.testing.assert_array_equal(counts.sum((1, 2)), 4 * 20)
        episode = curves.fresh_episode(small, tasks=4, shots=2, queries=20, seed=9)
        by_hand = mean_with_interval(score(scenario.metric, some[name].predict(episode), episode.query.y))
        assert points["score"][1] == pytest.approx([by_hand.mean, by_hand.low, by_hand.high], abs=1e-3)
    assert results["comparison"]["best_from_scratch"][0] in publish.FROM_SCRATCH
    assert len(results["comparison"]["gap_closed"]) == 3
    assert len(results["novelty"]["score"]["maml"]) == len(publish.NOVELTIES)
    assert results["recipes"] == {"maml": {"seed": 0}}


def novelty_scores(ahead: list[float]) -> dict[str, list[list[float]]]:
    """The meta-learner this far ahead of the best from scratch at each novelty."""
    scratch, logistic = ([[score, score, score]] * len(ahead) for score in (0.6, 0.8))
    return {"maml": [[0.8 + a, 0, 0] for a in ahead], "scratch": scratch, "logistic": logistic}


def test_where_novelty_lets_scratch_overtake_is_read_between_two_points():
    at = list(publish.NOVELTIES)
    ahead = [0.1] * len(at)
    ahead[5:] = [-0.3] * len(ahead[5:])
    found = publish._crossing(novelty_scores(ahead))
    assert found["overtaken_at"] == pytest.approx(at[4] + (at[5] - at[4]) / 4, abs=0.005)
    assert found["best_from_scratch"] == [0.8] * len(at)
    assert publish._crossing(novelty_scores([0.1] * len(at)))["overtaken_at"] is None


def test_what_is_shown_first_is_what_the_worker_would_find(scenario: Scenario):
    for shots in (1, 5, 50):
        stored = presets.read(scenario.name, presets.SEED, presets.DRAW, shots)
        found = showcase.adapt_to(scenario.name, presets.SEED, presets.DRAW, shots)
        assert stored is not None
        assert stored.judged_after == found.judged_after
        assert stored.risks.keys() == found.risks.keys()
        assert stored.scores == pytest.approx(found.scores, abs=5e-3)
        for name, risk in found.risks.items():
            np.testing.assert_allclose(stored.risks[name], risk, atol=5e-3)
        for name, walk in found.walks.items():
            np.testing.assert_allclose(stored.walks[name], walk, atol=2e-2)


def test_a_showcase_of_another_task_or_from_a_damaged_file_is_computed_instead(scenario: Scenario, tmp_path):
    assert presets.read(scenario.name, presets.SEED + 1, presets.DRAW, 5) is None
    assert presets.read(scenario.name, presets.SEED, presets.DRAW, 6) is None
    path = presets.presets_path(scenario.name, tmp_path)
    assert presets.read(scenario.name, presets.SEED, presets.DRAW, 5, tmp_path) is None
    for number, content in enumerate((b"", b"text", presets.presets_path(scenario.name).read_bytes()[:-40])):
        folder = tmp_path / str(number)
        folder.mkdir()
        presets.presets_path(scenario.name, folder).write_bytes(content)
        assert presets.read(scenario.name, presets.SEED, presets.DRAW, 5, folder) is None
    save_arrays(tmp_path / "other" / path.name, **{"5/facts": np.array("{}")})
    assert presets.read(scenario.name, presets.SEED, presets.DRAW, 5, tmp_path / "other") is None


def test_another_draw_gives_other_examples_of_the_same_task(scenario: Scenario):
    task, first = presets.sample_showcase(scenario, 3, 0, 5)
    same, second = presets.sample_showcase(scenario, 3, 1, 5)
    assert scenario.prose.reveal_task(task) == scenario.prose.reveal_task(same)
    assert not np.array_equal(first.support.x, second.support.x)
    _, more = presets.sample_showcase(scenario, 3, 0, 20)
    np.testing.assert_array_equal(more.support.x[:, : 5 * scenario.ways], first.support.x)
    np.testing.assert_array_equal(more.query.x, first.query.x)
