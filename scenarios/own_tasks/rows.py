"""The rows of a table that can be used: those with a task and a label, with their numbers."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scenarios.own_tasks.limits import LOCAL, Limits
from scenarios.own_tasks.reading import Table
from scenarios.own_tasks.roles import NO, Roles, check, names_of
from scenarios.task import Labels


@dataclass(frozen=True, eq=False)
class Rows:
    """The usable rows of a table, in the order of the file."""

    frame: pd.DataFrame  # (rows,) with the features alone, missing codes replaced
    task: Labels  # (rows,): the place of the task among `names`
    y: NDArray[np.generic]  # (rows,): class numbers, or numbers
    names: tuple[str, ...]  # names of the tasks, sorted
    classes: tuple[str, ...]  # sorted; () if the label is a number
    left_out: int  # rows without a task or a label
    of_file: Labels  # (rows,): their places among all rows of the table

    @property
    def sizes(self) -> Labels:
        """Rows of each class in each task (tasks, classes), or of each task (tasks, 1) if the label is a number."""
        return class_counts(self.task, self.y, len(self.names), len(self.classes))


def class_counts(task: Labels, y: NDArray[np.generic], tasks: int, classes: int) -> Labels:
    """Return the rows of each task and class (tasks, classes), or of each task (tasks, 1) without classes.

    task and y (rows,) are the rows' tasks and labels.
    """
    width = classes or 1
    column = y.astype(int) if classes else np.zeros(len(y), int)
    return np.bincount(task * width + column, minlength=tasks * width).reshape(tasks, width)


def queries_left(classes: int) -> int:
    """Return the fewest rows of each class of a task that are left to be predicted; of all rows, if there are none."""
    return 2 if classes else 5


def shots_allowed(counts: Labels) -> Labels:
    """Return the most labels per class for evaluation, 0 or less for none: (tasks, ways) -> (tasks,)."""
    most: Labels = counts.min(1) - queries_left(counts.shape[1] if counts.shape[1] > 1 else 0)
    return most


def usable(table: Table, roles: Roles, limits: Limits = LOCAL) -> Rows:
    """Return the rows with a task and a label.

    Classes are sorted by their numbers if all are numbers, no before yes, else by their names; the last one counts as
    the positive class.

    Raises
    ------
    UserError
        If the roles do not suit the table, as `roles.check` has it.
    """
    check(table, roles, limits)
    frame = table.frame
    kept = (frame[roles.task].notna() & frame[roles.label].notna()).to_numpy(bool)
    tasks, labels = names_of(frame[roles.task][kept]), frame[roles.label][kept]
    names = tuple(sorted(tasks.unique(), key=_in_order))
    features = frame.loc[kept, list(roles.features)].reset_index(drop=True)
    for column, code in roles.missing_codes:
        if column in features:
            features[column] = features[column].mask(features[column] == code)
    classes: tuple[str, ...] = ()
    y: NDArray[np.generic] = labels.to_numpy(float) if roles.is_regression else np.empty(0)
    if not roles.is_regression:
        texts = names_of(labels)
        classes = tuple(sorted(texts.unique(), key=_in_order))
        y = pd.Categorical(texts, categories=list(classes)).codes.astype(int)
    task = pd.Categorical(tasks, categories=list(names)).codes.astype(int)
    return Rows(features, task, y, names, classes, int((~kept).sum()), np.flatnonzero(kept))


def _in_order(name: str) -> tuple[bool, float, bool, str]:
    """Sort numbers by their size, then "no" before the rest, then by the alphabet."""
    try:
        return False, float(name), False, name
    except ValueError:
        return True, 0.0, name.lower() not in NO, name
