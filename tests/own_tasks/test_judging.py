"""Promise: scores are those of scikit-learn, every class counts the same, and all methods are asked the same rows."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, mean_squared_error, roc_auc_score

from scenarios.own_tasks import judging
from scenarios.own_tasks.source import TaskData
from scenarios.own_tasks.table_tasks import rows_by_class, table_scenario


def unequal(ways: int) -> TaskData:
    """Return three tasks with many rows of one class and few of the others; the only input is the row's number."""
    rng = np.random.default_rng(3)
    sizes = [(40, 9, 7), (15, 30, 8), (8, 8, 8)]
    task = np.repeat(np.arange(3), [sum(each[: max(ways, 1)]) for each in sizes])
    if ways:
        y = np.concatenate([np.repeat(np.arange(ways), each[:ways]) for each in sizes])
    else:
        y = rng.standard_normal(len(task)).astype(np.float32)
    x = np.arange(len(task), dtype=np.float32)[:, None]
    return TaskData(x, y, task, ("a", "b", "c"), tuple("xyz"[:ways]), ("row",))


@pytest.mark.parametrize("ways", [0, 2, 3])
def test_scores_are_those_of_scikit_learn_on_the_rows_that_are_not_labelled(ways: int):
    data = unequal(ways)
    scenario = table_scenario(data, [], "mine", 1, repeats=False)
    trials = judging.trials(scenario, data, range(3), 3, repeats=2, seed=5, room=3)
    rng = np.random.default_rng(0)
    of_row = rng.random((len(data.y), max(ways, 1)))
    if ways:
        of_row /= of_row.sum(1, keepdims=True)
    answers = of_row[trials.episode.query.x[..., 0].astype(int)]
    y, weight = trials.episode.query.y, trials.weight
    found = judging.scores(scenario.metric.id, answers, y, weight)
    for trial, task in enumerate(trials.task):
        known = set(trials.episode.raw.support.x[trial, :, 0].astype(int))
        left = np.array([row for each in rows_by_class(data, task) for row in each if row not in known])
        assert set(left) == set(trials.episode.query.x[trial, :, 0].astype(int))
        if ways == 2:
            expected = roc_auc_score(data.y[left], of_row[left, 1])
        elif ways:
            expected = balanced_accuracy_score(data.y[left], of_row[left].argmax(1))
        else:
            expected = mean_squared_error(data.y[left], of_row[left, 0])
        assert found[trial] == pytest.approx(expected, abs=1e-6)
    if ways:
        losses = judging.log_losses(answers, y, weight)
        assert losses.shape == (6,)
        shares, stated, came = judging.reliability(answers, y, weight)
        assert shares.sum() == pytest.approx(1)
        assert (stated <= shares + 1e-12).all()
        if ways == 2:
            assert came.sum() == pytest.approx(0.5), "both classes count the same"


def test_rows_depend_on_the_task_alone_and_fewer_labels_are_the_first_of_more():
    data = unequal(2)
    scenario = table_scenario(data, [], "mine", 1, repeats=False)
    more = judging.trials(scenario, data, [0, 1, 2], 5, repeats=3, seed=1, room=5)
    alone = judging.trials(scenario, data, [2], 5, repeats=3, seed=1, room=5)
    fewer = judging.trials(scenario, data, [2], 2, repeats=3, seed=1, room=5)
    support = alone.episode.raw.support.x
    np.testing.assert_array_equal(more.episode.raw.support.x[more.task == 2], support)
    np.testing.assert_array_equal(fewer.episode.raw.support.x, support[:, :4])
    with pytest.raises(ValueError, match="too small"):
        judging.trials(scenario, data, [0, 2], 7, repeats=1, seed=1, room=7)
