"""Promise: intervals cover the choice of the tasks that methods learned from, as far as several divisions show it."""

import numpy as np
import pytest

from scenarios.evaluation.statistics import mean_with_interval
from scenarios.own_tasks.intervals import difference, learned_variance, over_divisions
from scenarios.own_tasks.results import Point

TASKS, PARTS, DIVISIONS = 30, 5, 3


def drawn(rng: np.random.Generator, learned: float) -> tuple[np.ndarray, np.ndarray]:
    """Return scores of mean 0, (divisions, tasks): effects of the task and of those that were learned from, and noise.

    With `learned` 1, the choice of all tasks to learn from changes the mean as much as that of the tested ones.
    """
    scores, part = np.empty((DIVISIONS, TASKS)), np.empty((DIVISIONS, TASKS), int)
    of_task, helps = rng.standard_normal((2, TASKS))
    for division in range(DIVISIONS):
        for place, here in enumerate(np.array_split(rng.permutation(TASKS), PARTS)):
            part[division, here] = place
            others = np.delete(helps, here).mean()
            scores[division, here] = of_task[here] + learned * others + 0.5 * rng.standard_normal(len(here))
    return scores, part


def test_an_interval_covers_what_one_division_hides():
    rng, covered = np.random.default_rng(0), np.zeros(2)
    for _ in range(300):
        scores, part = drawn(rng, 1.0)
        for place, found in enumerate((mean_with_interval(scores[0]), over_divisions(scores, part, 0.8))):
            covered[place] += found.low <= 0 <= found.high
    one, several = covered / 300
    assert one < 0.89, "of 95% that it promises"
    assert several > one + 0.03


def test_the_variance_that_tasks_to_learn_from_cause_is_that_of_the_model():
    rng = np.random.default_rng(1)
    found = np.mean([learned_variance(*drawn(rng, 2.0)) for _ in range(200)])
    of_part = 2.0**2 / 24 * (1 - 24 / 30)  # a mean of 24 of 30 tasks, without replacement
    assert found == pytest.approx(of_part, rel=0.35)


def test_where_nothing_is_learned_from_others_it_is_students_interval_over_tasks():
    scores = np.random.default_rng(2).standard_normal((1, TASKS))
    part = np.arange(TASKS)[None]
    assert over_divisions(scores, part, 0.9) == mean_with_interval(scores[0])


def test_differences_are_paired_by_task_and_division():
    scores, part = drawn(np.random.default_rng(3), 1.0)
    one = Point(tuple(range(TASKS)), scores.mean(0), over_divisions(scores, part, 0.8), None, None, scores, part)
    better = Point(one.tasks, one.scores + 0.1, one.score, None, None, scores + 0.1, part)
    found = difference(better, one, 0.8)
    assert found == pytest.approx((0.1, 0.1, 0.1))
    assert difference(better, one, 0.8, sign=-1).mean == pytest.approx(-0.1)
