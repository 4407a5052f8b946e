"""Promise: a table's tasks are an ordinary scenario, in which no row is ever both labelled and asked."""

import numpy as np
import pytest

from scenarios.episode import draw_examples
from scenarios.learners import fitting, tuning
from scenarios.own_tasks.source import TaskData
from scenarios.own_tasks.table_tasks import largest_shots, table_scenario
from scenarios.task import rng_for
from tests.own_tasks.tables import made_up, source


def table(*, is_number: bool = False, tasks: int = 6, rows: int = 24) -> TaskData:
    """Return a table in which each row's first input is its own number."""
    data = source(made_up(tasks, rows, is_number=is_number)).encode(np.ones(tasks * rows, bool))
    data.x[:, 0] = np.arange(len(data.x))
    return data


@pytest.mark.parametrize("is_number", [False, True])
def test_no_row_is_both_labelled_and_asked_and_all_are_of_one_task(is_number: bool):
    data = table(is_number=is_number)
    scenario = table_scenario(data, range(6), "mine", 8, repeats=True)
    draw = draw_examples(
        scenario.sample_tasks(rng_for("train", 0), 40), np.random.default_rng(1), shots=8, queries=50, most_shots=8
    )
    for known, asked in zip(draw.support.x[..., 0].astype(int), draw.query.x[..., 0].astype(int), strict=True):
        assert not set(known) & set(asked)
        assert len(set(data.task[[*known, *asked]])) == 1
        assert len(set(known)) == len(known), "no row is labelled twice"
    rows = draw.support.x[..., 0].astype(int)
    np.testing.assert_array_equal(data.y[rows], draw.support.y)
    if not is_number:
        np.testing.assert_array_equal(draw.support.y, np.tile([0, 1], (40, 8)))
        assert (draw.query.y.mean(1) == 0.5).all(), "whatever shares the classes have in the table"


def test_a_prior_sees_each_task_once_however_many_it_asks_for():
    data = table()
    once = table_scenario(data, [0, 2, 5], "mine", 4, repeats=False).sample_tasks(rng_for("train", 0), 1000)
    again = table_scenario(data, [0, 2, 5], "mine", 4, repeats=True).sample_tasks(rng_for("train", 0), 9)
    tasks = [data.task[each.support_x[:, 0, 0, 0].astype(int)] for each in (once, again)]
    assert sorted(tasks[0]) == [0, 2, 5]
    assert sorted(tasks[1]) == [0, 0, 0, 2, 2, 2, 5, 5, 5]


def test_a_task_that_is_too_small_is_refused():
    data = table(rows=12)
    assert largest_shots(data).tolist() == [4] * 6
    with pytest.raises(ValueError, match="fewer than 5"):
        table_scenario(data, range(6), "mine", 5, repeats=False)
    tasks = table_scenario(data, range(6), "mine", 4, repeats=False).sample_tasks(rng_for("train", 0), 6)
    with pytest.raises(ValueError, match="4 labels"):
        tasks.support(np.random.default_rng(0), 5)


@pytest.mark.parametrize(
    ("learner", "is_number"), [("lda", False), ("pooled_covariance_lda", False), ("bayesian_linear", True)]
)
def test_the_products_own_fitting_works_on_it(learner: str, is_number: bool, monkeypatch: pytest.MonkeyPatch):
    from scenarios.learners import calibration, familiarity

    for module in (calibration, familiarity):
        monkeypatch.setattr(module, "SHOTS", (1, 5))
    monkeypatch.setattr(tuning, "TUNING_TASKS", 4)
    scenario = table_scenario(table(is_number=is_number), range(6), "mine", 8, repeats=False)
    restored = fitting.restore(scenario, learner, fitting.fit(scenario, learner, 0))
    [(_, episode)] = tuning.tuning_episodes(scenario, 1, [5])
    assert np.isfinite(restored.predict(episode)).all()
