"""Results of a comparison on a user's own table, for a page and a file. Scores and task names, but no rows.

Scores are in the metric of `metric_id`: the AUROC of two classes, the balanced accuracy of more, the mean squared error
of a number in its own unit squared. Intervals are 95% confidence intervals. They cover which tasks are tested, which
of their rows are labelled and, if tasks were divided more than once, which other tasks a method learned from.
Nothing here needs TensorFlow, SciPy or scikit-learn.
"""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from scenarios.atomic_files import read_json, whole_file
from scenarios.dataclass_json import Floats, from_json, to_json
from scenarios.errors import UserError
from scenarios.evaluation.estimate import Estimate
from scenarios.learners.registry import Rung
from scenarios.metrics import METRICS, Metric
from scenarios.own_tasks import contenders
from scenarios.own_tasks.writing import harmless
from scenarios.text import Text

SCHEMA = 1
UNLIKE_P = 0.05  # share of tasks that may be as strange as one that is unlike the others


@dataclass(frozen=True)
class TableFacts:
    """The table of a comparison: the names of its columns, and the number of rows used."""

    task_column: str
    label_column: str
    rows: int
    features: int
    classes: tuple[str, ...] | None = None  # None for regression


@dataclass(frozen=True)
class OwnProtocol:
    """The protocol of a comparison.

    Parameters
    ----------
    shots : tuple of int
        The numbers of labels per class in the new task; for regression, of labels in all.
    headline : int
        The number of labels of the advice.
    repeats : int
        How often each task is evaluated, each time with other labelled rows.
    folds : int
        The parts into which tasks are divided. Each part is tested by methods that learned from the others.
    training_tasks : int
        The fewest tasks from which a method learned, without those that are too small to be tested.
    seed : int
        Of everything random.
    divisions : int
        How often tasks are divided into parts, for methods that learn from other tasks in seconds; for others, once.
    """

    shots: tuple[int, ...]
    headline: int
    repeats: int
    folds: int
    training_tasks: int
    seed: int
    divisions: int = 1

    def share(self, training_tasks: int | None = None) -> float:
        """Return the share of the tested tasks from which a method learns: of those in other parts, all or a number."""
        of_all = 1 - 1 / self.folds
        return of_all * (training_tasks or self.training_tasks) / self.training_tasks


@dataclass(frozen=True)
class TaskFacts:
    """One task of the table.

    Parameters
    ----------
    name : str
        As in the table.
    labels : tuple of int
        Its rows in each class; for regression, all its rows.
    largest_shots : int
        The most labels per class with which it can be evaluated; 0 if it is too small.
    p_value : float or None
        The share of tasks, including itself, whose labelled rows are at least as improbable under a prior learned from
        other tasks: never below 1 / tasks. None if unknown.
    is_unlike : bool
        Whether it differs so much from the others that their data may mislead.
    """

    name: str
    labels: tuple[int, ...]
    largest_shots: int
    p_value: float | None
    is_unlike: bool


@dataclass(frozen=True, eq=False)
class Point:
    """A method with one number of labels.

    Parameters
    ----------
    tasks : tuple of int
        Indices of the evaluated tasks among all.
    scores : (tasks,)
        The mean score of each over its repeats.
    score : Estimate
        The mean over tasks.
    log_loss : Estimate or None
        The negative log-likelihood, in nats, of equally frequent classes; None for regression.
    reliability : (3, bins) or None
        Of `judging.reliability`, over all tasks.
    by_division : (divisions, tasks) or None
        The scores of each division of tasks into parts, whose mean is `scores`.
    parts : (divisions, tasks) or None
        The part to which each task belongs there.
    """

    tasks: tuple[int, ...]
    scores: Floats
    score: Estimate
    log_loss: Estimate | None
    reliability: Floats | None
    by_division: Floats | None = None
    parts: Floats | None = None


@dataclass(frozen=True)
class ByTasks:
    """A method that learned from fewer other tasks, with the headline's labels.

    Parameters
    ----------
    training_tasks : int
    score : Estimate
    gain : Estimate
        How much better it was with twice as many tasks, or all: the paired difference to the next entry; of the last
        one, 0.
    ahead_of_simple : Estimate
        How much better it was than the best method without meta-learning that learned from as many.
    """

    training_tasks: int
    score: Estimate
    gain: Estimate
    ahead_of_simple: Estimate


@dataclass(frozen=True, eq=False)
class MethodResults:
    """A method.

    Parameters
    ----------
    rung : str
        What it sees: a value of `Rung`.
    points : dict of Point
        By the number of labels.
    seconds : float
        To choose its hyperparameters, learn and be calibrated on the training tasks, on one core.
    adapt_ms : float
        To learn from a new task's labels and answer its queries, milliseconds.
    by_tasks : tuple of ByTasks or None
        From the fewest other tasks to the most; None if it was not measured.
    """

    rung: str
    points: dict[str, Point]
    seconds: float
    adapt_ms: float
    by_tasks: tuple[ByTasks, ...] | None = None


@dataclass(frozen=True)
class Advice:
    """The recommended method, in a few sentences.

    Parameters
    ----------
    method, best : str
        The recommended method, and that with the best mean.
    behind : Estimate
        How much better the best one is, task by task; more is worse for the recommended one.
    pays : bool
        Whether meta-learning is recommended.
    answer : Text
        The first sentence: the score, and the method that reaches it.
    reasons : tuple of Text
        Why it, and whether meta-learning would pay.
    more : tuple of Text
        The gain from more labels and more tasks, and caveats.
    """

    method: str
    best: str
    behind: Estimate
    pays: bool
    answer: Text
    reasons: tuple[Text, ...]
    more: tuple[Text, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class OwnResults:
    """A comparison of methods on a user's table.

    Parameters
    ----------
    table, protocol
    metric_id : str
    tasks : tuple of TaskFacts
    methods : dict of MethodResults
        By their ids, in the order in which they were tried.
    untried : dict of Text
        By the ids of methods that could not be compared, the reasons.
    advice : Advice
    """

    SCHEMA: ClassVar[int] = SCHEMA

    table: TableFacts
    protocol: OwnProtocol
    metric_id: str
    tasks: tuple[TaskFacts, ...]
    methods: dict[str, MethodResults]
    untried: dict[str, Text]
    advice: Advice

    @property
    def compared_tasks(self) -> int:
        """Return the number of tasks with a test of familiarity; 0 if no method that provides it was measured."""
        return sum(task.p_value is not None for task in self.tasks)

    @property
    def can_be_unlike(self) -> bool:
        """Whether there are enough of them for a p-value of UNLIKE_P."""
        return self.compared_tasks * UNLIKE_P >= 1

    @property
    def metric(self) -> Metric:
        """The metric of all scores."""
        return METRICS[self.metric_id].for_classes(len(self.table.classes or ()))

    def at(self, name: str, shots: int) -> Point | None:
        """Return a method with a number of labels; None if no task is large enough for them."""
        return self.methods[name].points.get(str(shots))

    def of_rungs(self, *rungs: Rung) -> list[str]:
        """Return the ids of the methods of some rungs."""
        return [name for name, each in self.methods.items() if Rung(each.rung) in rungs]


def as_json(found: OwnResults) -> str:
    """Return the content of a JSON file."""
    return json.dumps({"schema": SCHEMA, **to_json(found)}, indent=1, ensure_ascii=False) + "\n"


def write(found: OwnResults, path: Path) -> None:
    """Write a JSON file."""
    with whole_file(path) as file:
        file.write(as_json(found).encode())


def read(path: Path) -> OwnResults:
    """Read a file of `write`. Raises UserError if it is another version's or damaged, OSError if it cannot be read."""
    try:
        content = read_json(path)
        if not isinstance(content, dict) or content.pop("schema", None) != SCHEMA:
            raise ValueError("another version")
        return from_json(OwnResults, content)
    except ValueError as error:
        text = Text(
            en="{path} is not a result of this version: {error}. Run `python -m scenarios own` again.",
            zh="{path} 不是本版本的结果文件：{error}。请重新运行 `python -m scenarios own`。",
        )
        raise UserError(text.format(path=path, error=error)) from error


def as_csv(found: OwnResults) -> str:
    """Return a row for each method and number of labels."""
    rows = [
        {
            "method": name,
            "name_en": contenders.name_of(name).en,
            "name_zh": contenders.name_of(name).zh,
            "rung": each.rung,
            "labels_per_class": shots,
            "metric": found.metric_id,
            **_spelt("score", point.score),
            **(_spelt("log_loss", point.log_loss) if point.log_loss else dict.fromkeys(_names("log_loss"), "")),
            "tasks": len(point.tasks),
            "seconds_to_learn": each.seconds,
            "ms_to_adapt": each.adapt_ms,
            "recommended": int(name == found.advice.method and int(shots) == found.protocol.headline),
        }
        for name, each in found.methods.items()
        for shots, point in each.points.items()
    ]
    return _csv(rows)


def tasks_as_csv(found: OwnResults) -> str:
    """Return a row for each task, method and number of labels. A name cannot be a formula of a spreadsheet."""
    rows = [
        {
            "task": harmless(found.tasks[task].name),
            "method": name,
            "labels_per_class": shots,
            "metric": found.metric_id,
            "score": score,
        }
        for name, each in found.methods.items()
        for shots, point in each.points.items()
        for task, score in zip(point.tasks, point.scores.tolist(), strict=True)
    ]
    return _csv(rows)


def _csv(rows: list[dict[str, Any]]) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def _names(name: str) -> tuple[str, str, str]:
    return name, f"{name}_low", f"{name}_high"


def _spelt(name: str, found: Estimate) -> Mapping[str, float]:
    return dict(zip(_names(name), found, strict=True))
