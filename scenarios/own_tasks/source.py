"""A table with its roles, before any value is encoded: the interface between reading and comparing.

The encoding (medians, scales, categories) is fitted to the rows of training tasks alone, so that a table is encoded
again for every split of its tasks.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scenarios.errors import UserError
from scenarios.own_tasks import reading
from scenarios.own_tasks import roles as roles_of
from scenarios.own_tasks import rows as rows_of
from scenarios.own_tasks.cleaning import shown
from scenarios.own_tasks.encoding import Encoding
from scenarios.own_tasks.limits import LOCAL, Limits
from scenarios.own_tasks.reading import Reading, Table
from scenarios.own_tasks.roles import Roles
from scenarios.own_tasks.rows import Rows
from scenarios.task import Array
from scenarios.text import Text


@dataclass(frozen=True, eq=False)
class TaskData:
    """The encoded rows of a table.

    Parameters
    ----------
    x : (rows, d) float32
        Inputs, about mean 0 and deviation 1 over training rows.
    y : (rows,)
        Class numbers, or real numbers.
    task : (rows,) int
        Places in `task_names`.
    task_names, classes, features : tuple of str
        `classes` is empty for regression; `features` names the inputs (d,).
    """

    x: Array
    y: NDArray[Any]
    task: NDArray[np.integer]
    task_names: tuple[str, ...]
    classes: tuple[str, ...]
    features: tuple[str, ...]

    @property
    def ways(self) -> int:
        """Return the number of classes; 1 for a regression."""
        return len(self.classes) or 1


@dataclass(frozen=True, eq=False)
class Source:
    """The usable rows of a table, and the roles of its columns."""

    rows: Rows
    roles: Roles

    @property
    def frame(self) -> pd.DataFrame:
        """The feature columns: numbers, or texts."""
        return self.rows.frame

    @property
    def y(self) -> NDArray[Any]:
        """Class numbers, or numbers: (rows,)."""
        return self.rows.y

    @property
    def task(self) -> NDArray[np.integer]:
        """Places in `task_names`: (rows,)."""
        return self.rows.task

    @property
    def task_names(self) -> tuple[str, ...]:
        """As the table has them."""
        return self.rows.names

    @property
    def classes(self) -> tuple[str, ...]:
        """Return the names of the classes; none for a regression."""
        return self.rows.classes

    @property
    def task_column(self) -> str:
        """The name of the column with the task."""
        return self.roles.task

    @property
    def label_column(self) -> str:
        """The name of the column with the label."""
        return self.roles.label

    def encoding(self, training: NDArray[np.bool_]) -> Encoding:
        """Return the encoding of features fitted to the rows `training` (rows,)."""
        return Encoding.fit(self.frame[training], self.roles)

    def encode(self, training: NDArray[np.bool_]) -> TaskData:
        """Return all rows, encoded as fitted to the rows `training` (rows,)."""
        encoding = self.encoding(training)
        names = tuple(each.label.en for each in encoding.features)
        return TaskData(encoding.transform(self.frame), self.y, self.task, self.task_names, self.classes, names)

    @property
    def digest(self) -> str:
        """Return a fingerprint of all values, which identifies the table of a cached measurement."""
        content = hashlib.sha256(repr((self.roles, self.task_names, self.classes)).encode())
        content.update(pd.util.hash_pandas_object(self.frame, index=False).to_numpy().tobytes())
        for values in (self.y, self.task):
            content.update(np.ascontiguousarray(values).tobytes())
        return content.hexdigest()


def of_table(table: Table, roles: Roles, limits: Limits = LOCAL) -> Source:
    """Return a table with its roles. Raises UserError if they do not suit it."""
    return Source(rows_of.usable(table, roles, limits), roles)


def read(
    path: Path, *, task: str, label: str, features: Sequence[str] = (), limits: Limits = LOCAL
) -> tuple[Source, tuple[Text, ...]]:
    """Read a file and give its columns roles. Also returns notes, in sentences.

    Raises
    ------
    UserError
        If it cannot be read, leaves a question open, has no such column, or does not suit its roles.
    """
    table = reading.read(content_of(path), path.name, limits=limits)
    chosen, findings = chosen_roles(table, task=task, label=label, features=features)
    shown_findings = tuple(
        each.text for each in findings if each.column not in chosen.features or each.kind in ("code", "alike")
    )
    return of_table(table, chosen, limits), (*table.notes, *shown_findings)


def content_of(path: Path) -> bytes:
    """Return the bytes of a table. Raises UserError if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        text = Text(
            en="{path} cannot be read: {error}. Check the path and the file.",
            zh="无法读取 {path}：{error}。请检查路径和文件。",
        )
        raise UserError(text.format(path=path, error=error.strerror or error)) from error


def of_frame(frame: pd.DataFrame, *, task: str, label: str, features: Sequence[str] = ()) -> Source:
    """Return a data frame with its roles; all columns but two may be features, unless some are named.

    Raises
    ------
    UserError
        If it has no such column, or a single task or class.
    """
    named = {
        str(name): values.astype(float)
        if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
        else values.astype("str").where(values.notna())
        for name, values in frame.items()
    }
    table = Table(pd.DataFrame(named), Reading())
    return of_table(table, chosen_roles(table, task=task, label=label, features=features)[0])


def chosen_roles(
    table: Table, *, task: str, label: str, features: Sequence[str] = ()
) -> tuple[Roles, tuple[roles_of.Finding, ...]]:
    """Return the given roles and guesses of the others, with notes on the columns.

    Raises
    ------
    UserError
        If a column is not there.
    """
    for name in (task, label, *features):
        if name not in table.frame.columns:
            text = Text(
                en="The table has no column “{name}”. Its columns: {names}.",
                zh="表格中没有名为“{name}”的列。现有的列：{names}。",
            )
            known = ", ".join(shown(str(each)) for each in table.frame.columns[:30])
            raise UserError(text.format(name=shown(name), names=known))
    found, findings = roles_of.roles_for(table, task, label)
    return roles_of.with_features(table, found, features) if features else found, findings
