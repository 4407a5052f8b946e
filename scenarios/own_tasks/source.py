"""A table with its roles, before any value in it has become an input: the seam between reading and comparing.

Whatever turns values into inputs (medians, scales, categories) is fitted to the rows of training tasks alone, so that a
table is encoded anew for every split of its tasks.
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
from scenarios.task import Array
from scenarios.text import Text

_MOST_CLASSES = 10  # different whole numbers up to which a label column holds classes
_MOST_KINDS = 50  # of classes at all
_FEWEST_ROWS = 5  # of a category in training tasks; rarer ones are one category together


@dataclass(frozen=True, eq=False)
class TaskData:
    """A table as methods see it.

    Parameters
    ----------
    x : (rows, d) float32
        Inputs, about mean 0 and deviation 1 over training rows.
    y : (rows,)
        Class numbers, or real numbers.
    task : (rows,) int
        Places in `task_names`.
    task_names, classes, features : tuple of str
        `classes` is empty where a number is predicted; `features` names the inputs (d,).
    """

    x: Array
    y: NDArray[Any]
    task: NDArray[np.integer]
    task_names: tuple[str, ...]
    classes: tuple[str, ...]
    features: tuple[str, ...]

    @property
    def ways(self) -> int:
        """How many classes; 1 where a number is predicted."""
        return len(self.classes) or 1


@dataclass(frozen=True, eq=False)
class Source:
    """A table whose columns have roles.

    Parameters
    ----------
    frame : DataFrame
        The feature columns: numbers, or texts.
    y, task, task_names, classes
        As in `TaskData`.
    task_column, label_column : str
        Their names in the table.
    """

    frame: pd.DataFrame
    y: NDArray[Any]
    task: NDArray[np.integer]
    task_names: tuple[str, ...]
    classes: tuple[str, ...]
    task_column: str
    label_column: str

    def encode(self, training: NDArray[np.bool_]) -> TaskData:
        """Return all rows encoded by what the rows `training` (rows,) tell."""
        columns, names = [], []
        for name in self.frame:
            values = self.frame[name]
            encoded = _numbers if pd.api.types.is_numeric_dtype(values) else _categories
            for label, column in encoded(str(name), values, training):
                columns.append(column)
                names.append(label)
        x = np.stack(columns, axis=1).astype(np.float32) if columns else np.zeros((len(self.y), 0), np.float32)
        return TaskData(x, self.y, self.task, self.task_names, self.classes, tuple(names))

    @property
    def digest(self) -> str:
        """Return a fingerprint of all values, which tells whether a kept measurement is of this table."""
        content = hashlib.sha256(repr((list(self.frame), self.task_names, self.classes)).encode())
        content.update(pd.util.hash_pandas_object(self.frame, index=False).to_numpy().tobytes())
        for values in (self.y, self.task):
            content.update(np.ascontiguousarray(values).tobytes())
        return content.hexdigest()


def _numbers(name: str, values: "pd.Series[Any]", training: NDArray[np.bool_]) -> list[tuple[str, Array]]:
    """Return a number column standardised, and whether it is missing if it ever is in training rows.

    Positive values are taken on a log scale if that makes them much less skewed, as concentrations and prices are.
    """
    column = values.to_numpy(float)
    known = column[training & np.isfinite(column)]
    if len(known) and known.min() > 0 and abs(_skewness(np.log(known))) < abs(_skewness(known)) / 2:
        column = np.log(np.maximum(column, known.min()))
        known = np.log(known)
    if not len(known) or known.std() == 0:
        return []
    filled = np.where(np.isfinite(column), column, np.median(known))
    encoded = [(name, (filled - known.mean()) / known.std())]
    missing = ~np.isfinite(column)
    if missing[training].sum() >= _FEWEST_ROWS:
        encoded.append((f"{name} (missing)", missing.astype(float)))
    return encoded


def _skewness(values: Array) -> float:
    away = values - values.mean()
    return float((away**3).mean() / ((away**2).mean() ** 1.5 + 1e-12))


def _categories(name: str, values: "pd.Series[Any]", training: NDArray[np.bool_]) -> list[tuple[str, Array]]:
    """Return a column for each category that is frequent in training rows, but the first of two."""
    text = values.astype(str).to_numpy()
    kinds, counts = np.unique(text[training], return_counts=True)
    frequent = kinds[counts >= _FEWEST_ROWS]
    if len(frequent) == 2 and len(kinds) == 2:
        frequent = frequent[1:]
    return [(f"{name} = {kind}", (text == kind).astype(float)) for kind in frequent if len(kinds) > 1]


def read(path: Path, *, task: str, label: str, features: Sequence[str] = ()) -> Source:
    """Read a CSV file. A provisional reader, which the one with detection of dialects and roles takes the place of.

    Raises
    ------
    UserError
        If the file cannot be read, has no such column, or holds a single task or class.
    """
    try:
        frame = pd.read_csv(path)
    except (OSError, ValueError, UnicodeError) as error:
        text = Text(
            en="{path} cannot be read as a CSV table: {error}. Check the path and the file.",
            zh="无法把 {path} 读作 CSV 表格：{error}。请检查路径和文件。",
        )
        raise UserError(text.format(path=path, error=" ".join(str(error).split())[:100])) from error
    return of_frame(frame, task=task, label=label, features=features)


def of_frame(frame: pd.DataFrame, *, task: str, label: str, features: Sequence[str] = ()) -> Source:
    """Return a data frame with its roles; all columns but two are features unless some are named. Raises as `read`."""
    for name in (task, label, *features):
        if name not in frame.columns:
            text = Text(
                en="The table has no column {name!r}. Its columns: {names}.",
                zh="表格中没有名为 {name!r} 的列。现有的列：{names}。",
            )
            raise UserError(text.format(name=name, names=", ".join(map(str, frame.columns[:30]))))
    frame = frame[frame[task].notna() & frame[label].notna()]
    names, places = np.unique(frame[task].astype(str).to_numpy(), return_inverse=True)
    values = frame[label]
    is_number = (
        pd.api.types.is_numeric_dtype(values)
        and not pd.api.types.is_bool_dtype(values)
        and values.nunique() > _MOST_CLASSES
    )
    if is_number:
        y, classes = values.to_numpy(float), tuple[str, ...]()
    else:
        as_they_are = values.to_numpy() if values.dtype.kind in "iub" else values.astype(str).to_numpy()
        kinds, y = np.unique(as_they_are, return_inverse=True)
        classes = tuple(str(kind) for kind in kinds)
    if len(names) < 2 or len(classes) == 1 or len(classes) > _MOST_KINDS:
        text = Text(
            en="A comparison needs at least two tasks and two to 50 classes or a number: column {task!r} has {tasks} "
            "tasks, and column {label!r} {classes} classes.",
            zh="比较至少需要两个任务，标签为 2～50 个类别或一个数值：列 {task!r} 有 {tasks} 个任务，"
            "列 {label!r} 有 {classes} 个类别。",
        )
        raise UserError(text.format(task=task, tasks=len(names), label=label, classes=len(classes)))
    used = [*features] or [name for name in frame.columns if name not in (task, label)]
    if not used:
        raise UserError(Text(en="The table has no feature column.", zh="表格中没有特征列。"))
    kept = frame[used].reset_index(drop=True)
    return Source(kept, y, places, tuple(map(str, names)), classes, task, label)
