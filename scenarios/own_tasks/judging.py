"""Evaluation of methods on tasks of a table: labelled rows, query rows, and scores.

All methods get the same rows. Every class counts the same in a score, however many rows a task has of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenarios.episode import Draw, Episode, open_episode
from scenarios.metrics import AUROC, MSE
from scenarios.own_tasks.source import TaskData
from scenarios.own_tasks.table_tasks import label_counts, largest_shots, rows_by_class
from scenarios.scenario import Scenario
from scenarios.task import Array, Examples, Labels

MOST_QUERIES = 200  # query rows of a task at once, over all classes
_LEAST_CHANCE = 1e-6  # lower bound of a probability in a negative log-likelihood
_STREAM = 404  # stream of random numbers that divide tasks' rows
BINS = 10  # bins of predicted probabilities


@dataclass(frozen=True, eq=False)
class Trials:
    """Tasks, each several times with different labelled rows.

    Parameters
    ----------
    episode : Episode
        One entry for each trial.
    task : (trials,)
        The table's task of each.
    weight : (trials, queries)
        What a query row counts: 0 for padding, which repeats rows; over each class, 1 / ways in all.
    """

    episode: Episode
    task: Labels
    weight: Array

    def of(self, tasks: Sequence[int] | Labels) -> NDArray[np.bool_]:
        """Return which trials are of some tasks: (trials,)."""
        return np.isin(self.task, tasks)


def allowing(data: TaskData, tasks: Sequence[int] | Labels, shots: int) -> Labels:
    """Return the tasks that are large enough for evaluation with a number of labels per class."""
    tasks = np.asarray(tasks, int)
    return tasks[largest_shots(data)[tasks] >= shots]


def trials(
    scenario: Scenario, data: TaskData, tasks: Sequence[int] | Labels, shots: int, *, repeats: int, seed: int, room: int
) -> Trials:
    """Return tasks with `shots` labelled rows of each class, `repeats` times, and all other rows as queries.

    The rows depend on the seed, the task and the repeat alone: all methods get the same ones, whatever else is
    evaluated, and fewer labels are the first of more.

    Raises
    ------
    ValueError
        If a task is too small.
    """
    tasks = np.asarray(tasks, int)
    if not len(tasks) or largest_shots(data)[tasks].min() < shots:
        raise ValueError(f"no task, or one that is too small for {shots} labels of each class")
    cap = MOST_QUERIES // data.ways
    widest = int(np.minimum(label_counts(data)[tasks].max() - shots, cap))
    known, asked, weights = [], [], []
    for task in tasks:
        rows = rows_by_class(data, int(task))
        for repeat in range(repeats):
            rng = np.random.default_rng([_STREAM, seed, int(task), repeat])
            orders = [rng.permutation(each) for each in rows]
            rest = [order[shots : shots + cap] for order in orders]
            known.append(np.stack([order[:shots] for order in orders], axis=1).ravel())
            asked.append(np.concatenate([np.resize(each, widest) for each in rest]))
            real = [(np.arange(widest) < len(each)) / len(each) / data.ways for each in rest]
            weights.append(np.concatenate(real))
    support, query = np.array(known), np.array(asked)
    draw = Draw(Examples(data.x[support], data.y[support]), Examples(data.x[query], data.y[query]))
    return Trials(open_episode(scenario, draw, room=max(room, shots)), np.repeat(tasks, repeats), np.array(weights))


def part_of(episode: Episode, which: NDArray[np.bool_]) -> Episode:
    """Return some of an episode's tasks: which (tasks,)."""

    def some(examples: Examples) -> Examples:
        return Examples(examples.x[which], examples.y[which])

    raw = Draw(some(episode.raw.support), some(episode.raw.query))
    return Episode(some(episode.support), episode.mask[which], some(episode.query), raw, episode.ways)


def scores(metric_id: str, answers: Array, y: NDArray[Any], weight: Array) -> Array:
    """Return the score of each trial: answers (trials, queries, ways), y and weight (trials, queries) -> (trials,).

    Of two classes the AUROC, of more the balanced accuracy, of numbers the mean squared error.
    """
    if metric_id == MSE.id:
        error: Array = (np.square(answers[..., 0] - y) * weight).sum(-1)
        return error
    if metric_id != AUROC.id:
        right: Array = ((answers.argmax(-1) == y) * weight).sum(-1)
        return right
    risk = np.nan_to_num(answers[..., 1], nan=0.5)
    half = y.shape[1] // 2  # the classes come one after the other
    without, having = risk[:, :half], risk[:, half:]
    areas = np.empty(len(y))
    for trial, (low, high) in enumerate(zip(without, having, strict=True)):
        above = (high[:, None] > low) + 0.5 * (high[:, None] == low)
        areas[trial] = 4 * weight[trial, half:] @ above @ weight[trial, :half]
    return areas


def log_losses(answers: Array, y: NDArray[Any], weight: Array) -> Array:
    """Return the negative log-likelihood of each trial, in nats: (trials,)."""
    chance = np.take_along_axis(answers, y[..., None].astype(int), axis=-1)[..., 0]
    losses: Array = -(np.log(np.maximum(np.nan_to_num(chance), _LEAST_CHANCE)) * weight).sum(-1)
    return losses


def reliability(answers: Array, y: NDArray[Any], weight: Array) -> Array:
    """Return predicted against observed probabilities, with their counts: (3, BINS).

    For two classes, of the second one; for more, of the likeliest one. Rows: the share of the weight in each bin of
    equal width, the sum of the predicted probabilities there times the weight, and the weight of the events that
    occurred.
    """
    if answers.shape[-1] == 2:
        stated, came = answers[..., 1], y == 1
    else:
        stated, came = answers.max(-1), answers.argmax(-1) == y
    stated = np.clip(np.nan_to_num(stated, nan=0.5), 0, 1)
    place = np.minimum((stated * BINS).astype(int), BINS - 1).ravel()
    share = (weight / len(y)).ravel()
    return np.stack([np.bincount(place, share * of, BINS) for of in (1.0, stated.ravel(), came.ravel())])


def by_task(trial_values: Array, task: Labels) -> tuple[Labels, Array]:
    """Return the tasks (tasks,), and the means over their trials (tasks, ...)."""
    tasks, place = np.unique(task, return_inverse=True)
    return tasks, np.stack([trial_values[place == each].mean(0) for each in range(len(tasks))])
