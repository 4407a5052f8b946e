"""A fixed set of tasks of a table as an ordinary scenario, from which the learners of the product learn unchanged.

A sampled task is one of the table's with its rows in another order. The first rows of each class are its support pool,
the others its query pool: no row is ever in both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from scenarios.metrics import ACCURACY, AUROC, MSE, Metric
from scenarios.own_tasks.rows import class_counts, queries_left, shots_allowed
from scenarios.own_tasks.source import TaskData
from scenarios.recipe import Recipe
from scenarios.scenario import Feature, Prose, Scenario
from scenarios.task import Array, Examples, Labels
from scenarios.text import Text

_QUERY_POOL = 60  # rows of each class at most, for training; for regression, in all
_NO_UNIT = Text(en="–", zh="–")
_TWO = 2


@dataclass(frozen=True)
class TableTasks:
    """Tasks of a table with their rows divided: arrays with the tasks along the first axis.

    Parameters
    ----------
    support_x : (tasks, ways, most, d)
    support_y : (tasks, ways, most)
    query_x : (tasks, ways, widest, d)
        Padded.
    query_y : (tasks, ways, widest)
    queries : (tasks, ways)
        How many of the query rows are real.
    """

    support_x: Array
    support_y: NDArray[Any]
    query_x: Array
    query_y: NDArray[Any]
    queries: Labels

    def __len__(self) -> int:
        return len(self.support_y)

    def support(self, rng: np.random.Generator, shots: int) -> Examples:
        """As `Tasks.support`. Raises ValueError beyond the size of the support pool."""
        most = self.support_y.shape[2]
        if shots > most:
            raise ValueError(f"the tasks of this table have {most} labels of each class for learning, not {shots}")
        order = rng.permuted(np.broadcast_to(np.arange(most), self.support_y.shape), axis=2)[..., :shots]
        return _in_turn(self.support_x, self.support_y, order)

    def query(self, rng: np.random.Generator, n: int) -> Examples:
        """Like `Tasks.query`, with classes in equal shares; rows repeat if a task has fewer."""
        each = -(-n // self.query_y.shape[1])
        keys = rng.random(self.query_y.shape)
        keys[np.arange(keys.shape[2]) >= self.queries[..., None]] = np.inf
        place = np.arange(each) % self.queries[..., None]
        return _in_turn(self.query_x, self.query_y, np.take_along_axis(keys.argsort(2), place, axis=2)).first(n)


def _in_turn(x: Array, y: NDArray[Any], order: Labels) -> Examples:
    """Return rows (tasks, ways, n) of each class in turn: x (tasks, n ways, d), y (tasks, n ways)."""
    chosen = np.take_along_axis(x, order[..., None], axis=2).swapaxes(1, 2)
    labels = np.take_along_axis(y, order, axis=2).swapaxes(1, 2)
    return Examples(chosen.reshape(len(x), -1, x.shape[-1]), labels.reshape(len(y), -1))


def rows_by_class(data: TaskData, task: int) -> list[Labels]:
    """Return the rows of a task in each class; for a regression, all its rows."""
    rows = np.flatnonzero(data.task == task)
    return [rows[data.y[rows] == c] for c in range(len(data.classes))] if data.classes else [rows]


def label_counts(data: TaskData) -> Labels:
    """Return the rows of each task and class: (tasks, ways)."""
    return class_counts(data.task, data.y, len(data.task_names), len(data.classes))


def largest_shots(data: TaskData) -> Labels:
    """Return the most labels per class for the evaluation of each task: (tasks,), 0 or less for none."""
    return shots_allowed(label_counts(data))


def table_scenario(
    data: TaskData,
    tasks: Sequence[int] | Labels,
    name: str,
    max_shots: int,
    *,
    repeats: bool,
    recipe: Recipe | None = None,
) -> Scenario:
    """Return some tasks of a table as a scenario.

    Parameters
    ----------
    data : TaskData
        The table.
    tasks : sequence of int
        The tasks to sample. All need `max_shots` labels of each class, and rows for `queries_left` more.
    name : str
        The scenario's.
    max_shots : int
        The size of the support pools.
    repeats : bool
        Whether more tasks than there are can be sampled, each time with other support sets. Otherwise a sample holds
        each task once at most: a prior that saw the same task again would be overconfident.
    recipe : Recipe or None
        Of meta-training.

    Raises
    ------
    ValueError
        If a task is too small.
    """
    known = np.asarray(tasks, int)
    rows = {int(task): rows_by_class(data, int(task)) for task in known}
    left = queries_left(len(data.classes))
    if any(len(each) < max_shots + left for of_task in rows.values() for each in of_task):
        raise ValueError(f"a task has fewer than {max_shots} + {left} rows of a class")

    def sample_tasks(rng: np.random.Generator, count: int, novelty: float = 0.0) -> TableTasks:
        if novelty:
            raise ValueError("a table has no tasks of another kind")
        count = count if repeats else min(count, len(known))
        rounds = [rng.permutation(known) for _ in range(-(-count // len(known)))]
        return _divided(data, [rows[int(task)] for task in np.concatenate(rounds)[:count]], max_shots, rng)

    return Scenario(
        name=name,
        features=tuple(Feature(each, Text(en=each, zh=each), _NO_UNIT) for each in data.features),
        classes=tuple(Text(en=each, zh=each) for each in data.classes),
        metric=metric_of(len(data.classes)),
        sample_tasks=sample_tasks,
        encode=lambda x: np.asarray(x, np.float32),
        bayes=_no_bayes,
        prose=_prose(name),
        latents=lambda tasks: (),
        recipe=recipe or Recipe(),
        max_shots=max_shots,
        is_demonstrated=False,
    )


def metric_of(classes: int) -> Metric:
    """Return the metric for a number of classes, 0 for a number."""
    if not classes:
        return MSE
    return (AUROC if classes == _TWO else ACCURACY).for_classes(classes)


def _divided(data: TaskData, rows: list[list[Labels]], most: int, rng: np.random.Generator) -> TableTasks:
    widest = min(_QUERY_POOL, max(len(each) - most for of_task in rows for each in of_task))
    support = np.zeros((len(rows), data.ways, most), int)
    query = np.zeros((len(rows), data.ways, widest), int)
    counts = np.zeros((len(rows), data.ways), int)
    for place, of_task in enumerate(rows):
        for c, each in enumerate(of_task):
            order = rng.permutation(each)
            support[place, c] = order[:most]
            rest = order[most : most + widest]
            counts[place, c] = len(rest)
            query[place, c] = np.resize(rest, widest)
    return TableTasks(data.x[support], data.y[support], data.x[query], data.y[query], counts)


def _no_bayes(*_: object) -> NoReturn:
    raise ValueError("nobody knows the Bayes-optimal predictor of a table")


def _prose(name: str) -> Prose:
    title, task = Text(en=name, zh=name), Text(en="task", zh="任务")
    row = Text(en="row", zh="行")
    return Prose(
        title=title, icon="", question=title, result=title, label=row, labels=row, task=task, a_task=task, examples=row,
        some_examples=row, shots=row, describe_task=lambda task: title, reveal_task=lambda task: title, support=title,
        query=title, caveat=title,
    )  # fmt: skip
