"""Promise: nothing of a test task is seen by whatever its fold learns, and no query row's label by any method."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenarios.own_tasks import experiment, methods
from scenarios.own_tasks.source import Source
from tests.own_tasks.tables import compared, made_up, source


@pytest.fixture(autouse=True)
def one_division(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if "division" not in request.node.name:
        monkeypatch.setattr(experiment, "_DIVISIONS", 1)  # more take longer, and change nothing here


CHEAP = ("pooled_linear", "lda", "random_effects_lda", "random_effects_logistic")


def fitted(table: Source, training: np.ndarray, name: str) -> methods.FittedMethod:
    data, _ = experiment.encoded(table, training)
    return methods.fit(methods.World(data, training, (2, 5), 0), name)


@pytest.fixture(autouse=True)
def few_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(methods, "TUNING_TRIALS", 16)


def with_rows(table: Source, **rows: object) -> Source:
    return replace(table, rows=replace(table.rows, **rows))


@pytest.mark.parametrize("name", CHEAP)
def test_other_rows_of_the_test_tasks_change_nothing_that_is_fitted(name: str):
    table, training = source(made_up(8, 30)), np.arange(6)
    frame, y = table.frame.copy(), table.y.copy()
    tested = ~np.isin(table.task, training)
    frame.loc[tested] = 1e3 + 100 * np.random.default_rng(0).standard_normal((tested.sum(), 3))
    y[tested] = 1 - y[tested]
    other = with_rows(table, frame=frame, y=y)
    data, _ = experiment.encoded(table, training)
    episode = methods.World(data, training, (2, 5), 0).trials(training, 5, 1).episode
    one, another = (fitted(each, training, name) for each in (table, other))
    assert one.choices == another.choices
    np.testing.assert_array_equal(one.predict(episode), another.predict(episode))


@pytest.mark.parametrize("name", ["least_squares", "bayesian_linear", "pooled_linear"])
def test_nor_does_it_where_a_number_is_predicted(name: str):
    table, training = source(made_up(8, 30, is_number=True)), np.arange(6)
    y = table.y.copy()
    y[~np.isin(table.task, training)] += 1e3
    data, _ = experiment.encoded(table, training)
    episode = methods.World(data, training, (2, 5), 0).trials(training, 5, 1).episode
    one, another = (fitted(each, training, name) for each in (table, with_rows(table, y=y)))
    np.testing.assert_array_equal(one.predict(episode), another.predict(episode))


def test_where_labels_are_permuted_within_tasks_no_method_beats_chance(tmp_path: Path):
    table = source(made_up(14, 40, seed=1))
    rng, y = np.random.default_rng(2), table.y.copy()
    for task in range(14):
        rows = table.task == task
        y[rows] = rng.permutation(y[rows])
    found = compared(
        with_rows(table, y=y),
        tmp_path,
        ("pooled_linear", "lda", "pooled_covariance_lda", "random_effects_lda"),
    )
    for name, each in found.methods.items():
        score = each.points["5"].score
        assert score.low < 0.53, (name, score)
        assert score.mean < 0.56, (name, score)
    assert found.methods["lda"].points["5"].log_loss.mean > 0.68, "and their probabilities do not pretend to know"


def test_every_task_is_tested_once_in_each_division_by_methods_that_learned_from_others_alone():
    for tasks, parts, divisions in ((5, 5, 1), (30, 5, 3)):
        table = source(made_up(tasks))
        asked = experiment.plan(table)
        assert (asked.protocol.folds, asked.protocol.divisions) == (parts, divisions)
        assert len(asked.folds) == parts * divisions
        for begin in range(0, len(asked.folds), parts):
            assert sorted(task for fold in asked.folds[begin : begin + parts] for task in fold) == list(range(tasks))
        assert asked.pieces(("random_effects_lda", None)) == parts * divisions
        assert asked.pieces(("lda", None)) == asked.pieces(("maml", None)) == parts
        for place, fold in enumerate(asked.folds):
            training = asked.arguments(("lda", None), place)[2]
            assert sorted([*training, *fold]) == list(range(tasks))
            fewer = [asked.arguments(("random_effects_lda", count), place)[2] for count in (2, 4)]
            assert set(fewer[0]) < set(fewer[1]) <= set(training)


@pytest.mark.usefixtures("uncompiled")
def test_meta_learning_stops_by_training_tasks_that_it_was_not_trained_on(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(methods, "_META_STEPS", (1, 2))
    monkeypatch.setattr(methods, "_POOL", 8)
    trained = []
    drawn = methods.draw_pool

    def noted(scenario, recipe, seed):
        pool = drawn(scenario, recipe, seed)
        trained.append({tuple(row) for row in pool.support_x.numpy().reshape(-1, 3)})
        return pool

    monkeypatch.setattr(methods, "draw_pool", noted)
    table, training = source(made_up(10, 20)), np.arange(8)
    data, _ = experiment.encoded(table, training)
    world = methods.World(data, training, (2,), 0)
    found = methods.fit(world, "ridge")
    assert set(found.choices.values()) <= {"1", "2"}
    [held] = methods._splits(world, methods._method("ridge"))
    held_rows = {tuple(row) for row in data.x[np.isin(data.task, held)]}
    assert len(trained) == 2
    assert not held_rows & trained[0]
    assert held_rows & trained[1], "in the end it learns from all training tasks"
    tested_rows = {tuple(row) for row in data.x[~np.isin(data.task, training)]}
    assert not tested_rows & trained[1]
