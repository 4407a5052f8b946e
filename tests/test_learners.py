"""Promise: every learner answers one question, and the headline holds on tasks that nobody has seen."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from scenarios.command_line import parser
from scenarios.errors import ReaderError
from scenarios.learner import Learner
from scenarios.meta_learner import weights
from scenarios.scenario import Scenario
from scenarios.study import baselines, curves, learners
from scenarios.study.metrics import higher_is_better, score
from scenarios.study.publish import FROM_SCRATCH
from scenarios.study.statistics import gap_closed, mean_with_interval

SEED = 20_261
Shipped = Callable[[Scenario], dict[str, Learner]]


@pytest.mark.parametrize("learner", learners.METHODS)
@pytest.mark.parametrize("shots", [1, 5, 55])
def test_every_learner_answers_in_probabilities(scenario: Scenario, shipped: Shipped, learner, shots):
    episode = curves.fresh_episode(scenario, tasks=3, shots=shots, queries=7, seed=SEED)
    answer = shipped(scenario)[learner].predict(episode)
    assert answer.shape == (3, 7, scenario.ways)
    assert answer.min() >= 0
    np.testing.assert_allclose(answer.sum(-1), 1, atol=1e-5)


@pytest.mark.parametrize("learner", learners.METHODS)
def test_no_learner_looks_at_the_answers_to_the_questions(scenario: Scenario, shipped: Shipped, learner):
    episode = curves.fresh_episode(scenario, tasks=2, shots=3, queries=7, seed=SEED)
    turned = replace(episode.query, y=1 - episode.query.y)
    raw = replace(episode.raw, query=replace(episode.raw.query, y=1 - episode.raw.query.y))
    answers = [shipped(scenario)[learner].predict(e) for e in (episode, replace(episode, query=turned, raw=raw))]
    np.testing.assert_array_equal(*answers)


def test_only_the_pooled_network_does_without_the_support_set(scenario: Scenario, shipped: Shipped):
    episode = curves.fresh_episode(scenario, tasks=2, shots=3, queries=7, seed=SEED)
    y = (episode.support.y + 1) % scenario.ways
    raw = replace(episode.raw, support=replace(episode.raw.support, y=y[:, : 3 * scenario.ways]))
    turned = replace(episode, support=replace(episode.support, y=y), raw=raw)
    for name, learner in shipped(scenario).items():
        same = np.allclose(learner.predict(episode), learner.predict(turned), atol=1e-6)
        assert same == (name == "pooled"), name


def test_the_command_line_knows_the_same_learners():
    assert set(parser.LEARNERS) == set(learners.METHODS)


@pytest.mark.parametrize("act", [learners.load, lambda scenario, name: learners.fit(scenario, name, 0)])
def test_an_unknown_learner_is_answered_with_the_known_ones(scenario: Scenario, act):
    with pytest.raises(ReaderError) as caught:
        act(scenario, "oracle")
    for half in (caught.value.text.en, caught.value.text.zh):
        assert all(name in half for name in ["oracle", *learners.METHODS])


def test_the_ceiling_has_nothing_to_train(scenario: Scenario):
    with pytest.raises(ReaderError, match="nothing to train"):
        learners.fit(scenario, "bayes", 0)


@pytest.mark.parametrize(("learner", "settings"), [("scratch", ("rate", "steps")), ("logistic", ("inverse_penalty",))])
def test_a_baseline_is_tuned_for_every_number_of_labels_and_comes_back(
    scenario: Scenario, learner, settings, tmp_path, monkeypatch
):
    monkeypatch.setattr(baselines, "TUNING_TASKS", 4)  # the same work on fewer tasks
    said: list[float] = []
    fitted = learners.fit(scenario, learner, 3, lambda done, word: said.append(done))
    assert said == sorted(said)
    assert said[-1] == pytest.approx(1)
    assert fitted.recipe["seed"] == 3
    for setting in settings:
        assert fitted.arrays[setting].shape == (len(baselines.TUNING_SHOTS),)
    weights.save(weights.path_of(scenario, learner, tmp_path), scenario, fitted)
    episode = curves.fresh_episode(scenario, tasks=2, shots=4, queries=7, seed=SEED)
    assert learners.load(scenario, learner, tmp_path).predict(episode).shape == (2, 7, scenario.ways)


def test_baselines_are_tuned_on_training_tasks_and_never_on_those_that_judge(scenario: Scenario, monkeypatch):
    monkeypatch.setattr(baselines, "TUNING_TASKS", 20)
    tuned_on = [e.query.x for seed in (0, SEED) for _, e in baselines.tuning_episodes(scenario, seed)]
    judged_on = curves.fresh_episode(scenario, tasks=20, shots=1, queries=100, seed=SEED).query.x
    assert len(tuned_on) == 2 * len(baselines.TUNING_SHOTS)
    rows = {row.tobytes() for x in tuned_on for row in x.reshape(-1, *scenario.example_shape)}
    assert not any(row.tobytes() in rows for row in judged_on.reshape(-1, *scenario.example_shape))


@pytest.mark.parametrize(("shots", "tuned"), [(1, 1), (3, 2), (4, 5), (7, 5), (8, 10), (30, 20), (40, 50), (200, 50)])
def test_the_nearest_tuned_number_of_labels_is_taken(shots, tuned):
    at = np.array(baselines.TUNING_SHOTS)
    assert at[baselines.nearest(shots, at)] == tuned


def test_the_meta_learner_closes_nine_tenths_of_the_gap_at_five_labels(scenario: Scenario, shipped: Shipped):
    """The headline, on 100 tasks that nobody has seen: against the best of those who start from scratch."""
    episode = curves.fresh_episode(scenario, tasks=100, shots=5, queries=200, seed=SEED)
    sign = 1 if higher_is_better(scenario.metric) else -1
    found = {
        name: sign * score(scenario.metric, learner.predict(episode), episode.query.y)
        for name, learner in shipped(scenario).items()
        if name in ("maml", "bayes", *FROM_SCRATCH)
    }
    baseline = max((found[name] for name in FROM_SCRATCH), key=np.mean)
    closed = gap_closed(found["maml"], baseline, found["bayes"])
    assert closed.mean >= 0.9
    assert closed.low > 0.8
    assert mean_with_interval(found["maml"] - baseline).low > 0.05


def test_every_learner_is_judged_on_the_same_questions_whatever_the_number_of_labels(scenario: Scenario):
    few, many = (curves.fresh_episode(scenario, tasks=4, shots=k, queries=9, seed=SEED) for k in (1, 20))
    np.testing.assert_array_equal(few.query.x, many.query.x)
    np.testing.assert_array_equal(few.query.y, many.query.y)
    np.testing.assert_array_equal(few.support.x[:, : scenario.ways], many.support.x[:, : scenario.ways])
