"""Sample tables: examples of a user's own table, made from our scenarios, with typical flaws of real ones.

A scenario's folder with a `sample_table.py` has one. Its rows are drawn as the scenario draws query examples, and the
same seed draws them again: the Bayes-optimal predictor can then be given exactly the rows of the file, before dirt.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scenarios.atomic_files import ASSETS, read_json, whole_file
from scenarios.catalog import scenario_named
from scenarios.dataclass_json import from_json, to_json
from scenarios.discovery import discover
from scenarios.own_tasks.writing import to_csv
from scenarios.scenario import DEFAULT_WORLD, Scenario
from scenarios.task import Array, Labels, rng_for
from scenarios.text import Text

FOLDER = ASSETS / "tables"
LARGEST = 300_000  # bytes of a sample table

Dress = Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame]


@dataclass(frozen=True)
class Readings:
    """Columns that a file has in place of its scenario's features."""

    names: tuple[str, ...]
    of: Callable[[Array, np.random.Generator], Array]  # features (rows, ...) in units -> columns (rows, names)


@dataclass(frozen=True)
class SampleTable:
    """A sample table of the scenario in whose folder it is defined."""

    name: str  # name of the folder
    title: Text
    about: Text  # its columns, and its dirt
    task: str  # the task column
    task_name: Callable[[int], str]  # name of a task by its place, from 0
    label: str  # the label column
    labels: tuple[str, ...]  # names of the classes in the file; () for regression
    tasks: int
    rows: tuple[int, int]  # fewest and most rows of a task
    dress: Dress  # from a clean table (numbers rounded as reported) to a realistic one
    world: str = DEFAULT_WORLD
    seed: int = 0
    separator: str = ","
    decimal: str = "."
    decimals: int | None = None  # decimals of all numbers; None: those of each feature
    readings: Readings | None = None  # with `decimals`; None: the features themselves

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that hold numbers to predict from, before dirt."""
        return self.readings.names if self.readings else tuple(each.name for each in _scenario(self).features)


@dataclass(frozen=True)
class Origin:
    """The source of a sample table, as in the file beside it."""

    scenario: str
    world: str
    seed: int
    task_column: str
    label_column: str
    task_names: tuple[str, ...]  # in the order of the generator's tasks
    rows: tuple[int, ...]  # rows of each task
    places: tuple[tuple[int, ...], ...]  # of each task: for each of its rows in the file, its place in the draw


@dataclass(frozen=True, eq=False)
class Drawn:
    """The rows of a sample table as the generator drew them, exact and complete.

    Task i has the first `rows[i]` of them; the rest is not in the file.
    """

    tasks: Any  # the scenario's own tasks, a `Tasks`
    x: Array  # (tasks, most, ...) in units
    y: NDArray[Any]  # (tasks, most): class numbers, or numbers
    rows: Labels  # (tasks,)
    order: tuple[Labels, ...]  # of each task: the places of its rows in the order of the file


def sample_tables() -> dict[str, SampleTable]:
    """Return every sample table by the name of its scenario."""
    return discover("scenarios", "sample_table", SampleTable)


def _scenario(sample: SampleTable) -> Scenario:
    return scenario_named(sample.name, sample.world)


def draw(sample: SampleTable) -> Drawn:
    """Draw the rows of a sample table again: test tasks of its seed, query examples of each."""
    scenario = _scenario(sample)
    rng = rng_for("test", sample.seed)
    tasks = scenario.sample_tasks(rng, sample.tasks)
    fewest, most = sample.rows
    examples = tasks.query(rng, most)
    rows = rng.integers(fewest, most + 1, sample.tasks)
    order = tuple(rng.permutation(int(count)) for count in rows)
    return Drawn(tasks, examples.x, examples.y, rows, order)


def table(sample: SampleTable) -> pd.DataFrame:
    """Return a sample table with its dirt, as texts and numbers."""
    drawn, rng = draw(sample), rng_for("test", sample.seed, 2)
    digits = [feature.decimals for feature in _scenario(sample).features]
    if sample.decimals is not None:
        digits = [sample.decimals] * len(sample.columns)
    parts = []
    for place, order in enumerate(drawn.order):
        x, y = drawn.x[place, order].reshape(len(order), -1).astype(float), drawn.y[place, order]
        if sample.readings:
            x = sample.readings.of(x, rng)
        part: dict[str, Any] = {sample.task: [sample.task_name(place)] * len(order)}
        for name, values, places in zip(sample.columns, x.T, digits, strict=True):
            part[name] = np.round(values, places)
        part[sample.label] = [sample.labels[each] for each in y] if sample.labels else np.round(y, sample.decimals or 3)
        parts.append(pd.DataFrame(part))
    return sample.dress(pd.concat(parts, ignore_index=True), rng_for("test", sample.seed, 1))


def origin(sample: SampleTable) -> Origin:
    """Return the source of a sample table."""
    drawn = draw(sample)
    return Origin(
        sample.name, sample.world, sample.seed, sample.task, sample.label,
        tuple(sample.task_name(place) for place in range(sample.tasks)), tuple(map(int, drawn.rows)),
        tuple(tuple(map(int, order)) for order in drawn.order),
    )  # fmt: skip


def paths_of(name: str, folder: Path = FOLDER) -> tuple[Path, Path]:
    """Return the files of a sample table: the table, and its origin."""
    return folder / f"{name}.csv", folder / f"{name}.json"


def write(sample: SampleTable, folder: Path = FOLDER) -> None:
    """Write a sample table and its origin. Raises OSError if a file cannot be written."""
    content = to_csv(table(sample), sample.separator, sample.decimal)
    if len(content) > LARGEST:
        raise ValueError(f"{sample.name}: {len(content):,} bytes, more than {LARGEST:,}")
    table_path, origin_path = paths_of(sample.name, folder)
    with whole_file(table_path) as file:
        file.write(content)
    with whole_file(origin_path) as file:
        file.write((json.dumps(to_json(origin(sample))) + "\n").encode("utf-8"))


def read_origin(name: str, folder: Path = FOLDER) -> Origin:
    """Read the origin of a sample table. Raises OSError or ValueError if there is none, or it is damaged."""
    return from_json(Origin, read_json(paths_of(name, folder)[1]))


# --- Dirt -------------------------------------------------------------------------------------------------------------


def texts(values: Array, decimals: int, decimal: str = ".", thousands: str = "") -> list[str]:
    """Return numbers as a file has them, with a decimal mark and a mark between thousands."""
    marks = str.maketrans({",": thousands, ".": decimal})
    return [f"{value:,.{decimals}f}".translate(marks) for value in values]


def with_gaps(values: Sequence[object], rng: np.random.Generator, share: float, gap: object = "") -> list[object]:
    """Return values of which a share is missing."""
    missing = rng.random(len(values)) < share
    return [gap if is_missing else value for value, is_missing in zip(values, missing, strict=True)]


def days(count: int, rng: np.random.Generator, first: str, span: int) -> list[str]:
    """Return dates within `span` days from the first, which have nothing to do with the label."""
    start = pd.Timestamp(first)
    return [(start + pd.Timedelta(days=int(day))).strftime("%Y-%m-%d") for day in rng.integers(0, span, count)]
