"""Synthetic tasks like those of a user's table, as a scenario with a known Bayes-optimal predictor.

    class means of a task, one after the other  ~  N(mean, between)
    a row of class c                            ~  N(mean of c, within)

in encoded features: logarithms of skewed columns, each about its mean. A table itself cannot be a scenario: it has few
tasks, none is left for testing after training on all, most have fewer than 50 rows of each class, and their
Bayes-optimal predictor is unknown. The fitted model has all of that, and none of the table's rows.

TensorFlow and SciPy are imported by the Bayes-optimal predictor alone, because pages import this module.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from scenarios.atomic_files import read_json
from scenarios.dataclass_json import Floats, from_json
from scenarios.metrics import ACCURACY, AUROC
from scenarios.scenario import BayesAnswer, Feature, Latent, Prose, Scenario
from scenarios.task import Array, Examples, Labels
from scenarios.text import Text

FILE = "twin.json"
_UNIT = Text(en="–", zh="–")
_TITLE = Text(en="{title}", zh="{title}（合成）")
_SAMPLED = 1e9  # effective samples of an exact answer


@dataclass(frozen=True)
class Column:
    """A numeric column: `floor` is added before its logarithm, None if it has none."""

    name: str
    centre: float
    spread: float
    decimals: int
    floor: float | None = None


@dataclass(frozen=True, eq=False)
class Twin:
    """A random-effects model fitted to a table.

    Parameters
    ----------
    task, label : str
        The names of a task and of the label.
    classes : tuple of str
    columns : tuple of Column
    within : (d, d)
    mean : (C d,)
    between : (C d, C d)
    """

    task: str
    label: str
    classes: tuple[str, ...]
    columns: tuple[Column, ...]
    within: Floats
    mean: Floats
    between: Floats

    def __post_init__(self) -> None:
        """Raise ValueError if the arrays are of different sizes."""
        d, ways = len(self.columns), len(self.classes)
        if (self.within.shape, self.mean.shape, self.between.shape) != ((d, d), (ways * d,), (ways * d, ways * d)):
            raise ValueError("arrays of different sizes")

    @property
    def ways(self) -> int:
        """The number of classes."""
        return len(self.classes)

    @cached_property
    def within_root(self) -> Array:
        """Cholesky's root of `within`: (d, d)."""
        return np.linalg.cholesky(self.within)

    @cached_property
    def between_root(self) -> Array:
        """A root of `between`, which may be singular: (C d, C d)."""
        values, vectors = np.linalg.eigh(self.between)
        root: Array = vectors * np.sqrt(np.maximum(values, 0))
        return root

    @cached_property
    def marginal(self) -> tuple[Array, Array]:
        """Mean and deviation of a row of any task and class: (d,) each."""
        means = self.mean.reshape(self.ways, -1)
        variance = np.diag(self.within) + np.diag(self.between).reshape(self.ways, -1).mean(0) + means.var(0)
        return means.mean(0), np.sqrt(variance)

    def to_units(self, z: Array) -> Array:
        """Return units (..., d) of encoded features (..., d)."""
        values = [z[..., place] * each.spread + each.centre for place, each in enumerate(self.columns)]
        pairs = zip(values, self.columns, strict=True)
        return np.stack([value if each.floor is None else np.exp(value) - each.floor for value, each in pairs], axis=-1)

    def from_units(self, x: Array) -> Array:
        """Return encoded features (..., d) of units (..., d)."""
        columns = []
        for place, each in enumerate(self.columns):
            value = np.asarray(x[..., place], float)
            if each.floor is not None:
                value = np.log(np.maximum(value + each.floor, 1e-12))
            columns.append((value - each.centre) / each.spread)
        return np.stack(columns, axis=-1)

    def encode(self, x: Array) -> Array:
        """Return inputs (..., d), about N(0, 1) over all tasks, of units (..., d)."""
        centre, spread = self.marginal
        encoded: Array = (self.from_units(x) - centre) / spread
        return encoded

    def decode(self, encoded: Array) -> Array:
        """Return the inverse of `encode`."""
        centre, spread = self.marginal
        return self.to_units(encoded * spread + centre)

    def bayes(self, support: Examples, query_x: Array) -> BayesAnswer:
        """Return the Bayes-optimal predictions given the labels, classes equally likely a priori. All x in units."""
        from scenarios.learners import discriminant

        prior = discriminant.ClassMeansPrior(self.within, self.mean, self.between + 1e-9 * np.eye(len(self.mean)))
        mask = np.ones(support.y.shape)
        answer = discriminant.predict(prior, self.from_units(support.x), support.y, mask, self.from_units(query_x))
        return BayesAnswer(answer, np.full(len(answer), _SAMPLED))


def scenario_of(folder: Path) -> Scenario:
    """Return the scenario of a folder with a twin's file; its name is the folder's."""
    return scenario(from_json(Twin, read_json(folder / FILE)), folder.name)


def scenario(twin: Twin, name: str) -> Scenario:
    """Return a twin as a scenario."""

    @dataclass(frozen=True)
    class TwinTasks:
        """Synthetic tasks: means (tasks, C, d) of their classes, encoded."""

        means: Array

        def __len__(self) -> int:
            return len(self.means)

        def support(self, rng: np.random.Generator, shots: int) -> Examples:
            """`shots` rows of each class, taking turns."""
            return self._rows(rng, np.arange(twin.ways * shots) % twin.ways)

        def query(self, rng: np.random.Generator, n: int) -> Examples:
            """N further rows, as many of each class."""
            return self._rows(rng, np.arange(n) % twin.ways)

        def _rows(self, rng: np.random.Generator, y: Labels) -> Examples:
            noise = rng.standard_normal((len(self), len(y), len(twin.columns))) @ twin.within_root.T
            return Examples(twin.to_units(self.means[:, y] + noise), np.tile(y, (len(self), 1)))

    def sample_tasks(rng: np.random.Generator, count: int, novelty: float = 0.0) -> TwinTasks:
        if not 0 <= novelty <= 1:
            raise ValueError(f"novelty must lie in [0, 1], got {novelty}")
        effects = rng.standard_normal((count, len(twin.mean))) @ twin.between_root.T
        means = (twin.mean + effects).reshape(count, twin.ways, -1)
        return TwinTasks(_turned(twin, means, novelty) if novelty else means)

    names = {"task": twin.task, "label": twin.label}
    title = name.replace("_", " ").capitalize()
    return Scenario(
        name=name,
        features=tuple(
            Feature(each.name, Text(en=each.name, zh=each.name), _UNIT, decimals=each.decimals) for each in twin.columns
        ),
        classes=tuple(Text(en=each, zh=each) for each in twin.classes),
        metric=AUROC if twin.ways == 2 else ACCURACY,
        sample_tasks=sample_tasks,
        encode=twin.encode,
        decode=twin.decode,
        bayes=twin.bayes,
        latents=lambda tasks: _latents(twin, tasks.means),
        prose=_prose(twin, title, {key: Text(en=each, zh=each) for key, each in names.items()}),
    )


def _turned(twin: Twin, means: Array, novelty: float) -> Array:
    """Return class means whose contrasts are rotated, pair by pair of directions, away from the observed ones."""
    average = means.mean(1, keepdims=True)
    apart = np.linalg.solve(twin.within_root, (means - average).swapaxes(1, 2)).swapaxes(1, 2)
    new, pairs = np.zeros_like(apart), apart.shape[-1] // 2 * 2
    new[..., 0:pairs:2], new[..., 1:pairs:2] = -apart[..., 1:pairs:2], apart[..., 0:pairs:2]
    turned = np.sqrt(1 - novelty**2) * apart + novelty * new
    moved: Array = average + turned @ twin.within_root.T
    return moved


def _latents(twin: Twin, means: Array) -> tuple[Latent, ...]:
    """Return how far apart the outermost classes are, and the level of all, each along its main direction."""
    d, ways = len(twin.columns), twin.ways
    contrast, level = np.zeros(ways), np.full(ways, 1 / ways)
    contrast[[0, -1]] = -1, 1
    found = []
    for name, label, weights in (
        ("contrast_1", Text(en="how classes differ, main direction", zh="类别差异的主方向"), contrast),
        ("level_1", Text(en="level of all rows, main direction", zh="整体水平的主方向"), level),
    ):
        of = np.kron(weights, np.eye(d))  # (d, C d)
        direction = np.linalg.eigh(of @ twin.between @ of.T)[1][:, -1]
        found.append(Latent(name, label, (means.reshape(len(means), -1) - twin.mean) @ of.T @ direction))
    return tuple(found)


def _prose(twin: Twin, title: str, names: dict[str, Text]) -> Prose:
    def distance(tasks: Any) -> Text:
        apart = np.linalg.solve(twin.within_root, tasks.means[0, -1] - tasks.means[0, 0])
        text = Text(
            en="Its first and last classes are {apart} standard deviations apart (Mahalanobis).",
            zh="其首末两类相距 {apart} 个标准差（马氏距离）。",
        )
        return text.format(apart=f"{np.linalg.norm(apart):.1f}")

    def said(en: str, zh: str) -> Text:
        return Text(en=en.replace("TASK", names["task"].en), zh=zh.replace("TASK", names["task"].zh)).format(**names)

    row = Text(en="rows", zh="行")
    return Prose(
        title=_TITLE.format(title=title),
        icon=":material/table_chart:",
        question=said(
            "How well can {label} be predicted in a new “{task}” from a handful of labelled rows?",
            "只有少量标注行时，在新的“{task}”中能多准确地判断 {label}？",
        ),
        result=Text(
            en="With {shots} {labels} of each class: the best method on these alone {local}, simple statistics "
            "with other tasks {borrowing}, meta-learning {maml}, Bayes-optimal {bayes}.",
            zh="每类 {shots} 行标注时：只用这些标注的最好方法 {local}，借助其他任务的简单统计方法 {borrowing}，元"
            "学习 {maml}，贝叶斯最优 {bayes}。",
        ),
        label=Text(en="labelled row", zh="标注行"),
        labels=Text(en="labelled rows", zh="标注行"),
        task=names["task"],
        a_task=names["task"],
        examples=row,
        some_examples=Text(en="rows", zh="行数据"),
        shots=Text(en="Labelled rows of each class", zh="每类标注行数"),
        describe_task=lambda tasks: said(
            "A synthetic “{task}” like those of the table, new to every model.",
            "与表格中相似的一个合成“{task}”，所有模型都没有见过。",
        ),
        reveal_task=distance,
        support=Text(
            en="**For learning:** {shots} labelled rows of each class.", zh="**用于学习**：每类 {shots} 行标注。"
        ),
        query=Text(en="**Further rows.** The models do not see their label.", zh="**其余各行**：模型不知道其标签。"),
        caveat=Text(
            en="Synthetic rows from a model fitted to a table; none of them is a row of the table.",
            zh="由拟合某张表格的模型合成的数据，其中没有表格的任何一行。",
        ),
    )  # fmt: skip
