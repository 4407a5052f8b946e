"""The definition of a scenario: a value defined by a folder's `scenario.py`. Nothing inherits from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

import numpy as np

from scenarios.decisions.catalog import decision_named
from scenarios.metrics import Metric
from scenarios.recipe import Recipe
from scenarios.task import Array, Examples, Tasks
from scenarios.text import Text


@dataclass(frozen=True)
class Feature:
    """One measured quantity, in the unit that its profession uses."""

    name: str  # in files and addresses
    label: Text
    unit: Text
    low: float | None = None  # reference interval, in `unit`; None if it is open
    high: float | None = None
    decimals: int = 0
    marks: tuple[float, ...] = ()  # reference levels of the industry, in `unit`
    marked: Text | None = None  # their meaning
    marks_also: str = ""  # the same in another unit
    detection_limit: float | None = None  # in `unit`; a smaller value is reported as "<limit"
    direction: int = 0  # 1: higher values usually mean more of the last class; -1: less; 0: that is open

    def format(self, value: float) -> str:
        """Return the value as it is reported: with the feature's decimals, or "<limit" below the detection limit."""
        if self.detection_limit is not None and value < self.detection_limit:
            return f"<{self.detection_limit:g}"
        return f"{value:.{self.decimals}f}"

    def flag(self, value: float) -> int:
        """-1 below the reference interval, 1 above it, 0 inside."""
        if self.low is not None and value < self.low:
            return -1
        return int(self.high is not None and value > self.high)


@dataclass(frozen=True)
class Quantities:
    """Quantities that an expert would measure of an example that is no row of features, for explanations."""

    features: tuple[Feature, ...]
    measure: Callable[[Array], Array]  # units (..., *example_shape) -> (..., quantities), each in its own unit
    inputs: tuple[tuple[int, ...], ...]  # of each quantity: the columns of `encode` that hold it, all of them once
    note: Text  # how they are measured


@dataclass(frozen=True)
class BayesAnswer:
    """The Bayes-optimal answer with this prior, and how far its Monte Carlo can be trusted."""

    prediction: Array  # as `Learner.predict`: (tasks, queries, ways), or mean and SD (tasks, queries, 2)
    effective_samples: Array  # (tasks,); 1e9 if the answer is exact, without sampling


@dataclass(frozen=True)
class Latent:
    """A latent parameter of several tasks, by which a map of tasks can be coloured."""

    name: str  # in URLs
    label: Text
    values: Array  # (tasks,)


@dataclass(frozen=True)
class Signal:
    """Examples that are windows of signals: their sampling rate, and the plane in which practitioners plot them."""

    rate: float  # samples per second
    plane: Callable[[Array], Array]  # windows in units (..., *example_shape) -> (..., samples, 2): to the right, up
    name: Text  # of the plane
    right: Text  # label of the horizontal axis, with the unit
    up: Text  # label of the vertical axis, with the unit
    limit: float  # the fixed rule raises an alarm if either axis exceeds this
    unit: Text  # of the plane

    def seconds(self, samples: int) -> float:
        """Return the duration of a number of samples, in seconds."""
        return samples / self.rate


@dataclass(frozen=True)
class Published:
    """A figure published by others on the same tasks."""

    learner: str
    shots: int
    score: float
    half_width: float | None  # half the width of its 95% CI
    source: str
    address: str  # URL of the source
    setting: Text  # differences from our setting, or remarks


@dataclass(frozen=True, eq=False)  # one object, so that its scenario can be a key
class Benchmark:
    """A classic experiment on a scenario's tasks, to be repeated with the settings that were published."""

    name: Text
    encode: Callable[[Array], Array]  # units -> inputs of the networks
    recipes: Mapping[str, Recipe]  # recipe of each learner, except its `max_shots`
    shots: tuple[int, ...]  # each learner is meta-trained for each of them alone
    anchors: Mapping[str, float]  # scores known analytically: of "zero" (always predict 0), of "pooled"
    published: tuple[Published, ...]


@dataclass(frozen=True)
class Shift:
    """A change between the labelled examples of a task and those on which its model is used."""

    label: Text  # as within a sentence
    levels: tuple[float, ...]  # sizes of the change; the first is none
    level_label: Callable[[float], Text]  # short label of a level
    in_use: Callable[[Any, np.random.Generator, float], Tasks]  # the scenario's own tasks, rng, level -> tasks in use
    note: Text | None = None  # the change, its size, and its sources


class SampleTasks(Protocol):
    """The task distribution p(T)."""

    def __call__(self, rng: np.random.Generator, count: int, novelty: float = 0.0) -> Tasks:
        """Draw `count` tasks; `novelty` in [0, 1] is the task shift rho (rho**2 of the signal is new)."""
        ...


BayesPredictor = Callable[[Examples, Array], BayesAnswer]  # support and query x, in units
BayesWithUnlabelled = Callable[[Examples, Array, Array], BayesAnswer]  # support, unlabelled x and query x, in units


@dataclass(frozen=True)
class World:
    """A task distribution of a scenario: how much its tasks differ from each other."""

    label: Text
    sample_tasks: SampleTasks
    bayes: BayesPredictor
    opening: int = 0  # see Scenario


DEFAULT_WORLD = "moderate"  # a scenario's own `sample_tasks` and `bayes`, if it has several worlds
WORLDS = ("mild", DEFAULT_WORLD, "strong")
WORLD_LABELS = {  # answers to "how different are the tasks?"
    "mild": Text(en="much alike", zh="大体相似"),
    DEFAULT_WORLD: Text(en="moderately different", zh="差异中等"),
    "strong": Text(en="very different", zh="差异很大"),
}


def worlds_of(
    sample_tasks: Callable[..., Tasks],
    bayes: Callable[..., BayesAnswer],
    settings: Mapping[str, Any],
    openings: Mapping[str, int],
) -> dict[str, World]:
    """Return the worlds of a generator whose two functions take a world's settings as `world`."""
    return {
        name: World(
            WORLD_LABELS[name],
            partial(sample_tasks, world=settings[name]),
            partial(bayes, world=settings[name]),
            openings.get(name, 0),
        )
        for name in WORLDS
    }


_EXAMPLE = Text(en="example", zh="样本")
_QUANTITY, _OUTCOME = Text(en="measurement", zh="指标"), Text(en="truth", zh="实际")


@dataclass(frozen=True)
class Prose:
    """The texts of a scenario's page, in the terms of the domain. Placeholders are in braces."""

    title: Text
    icon: str
    question: Text  # in one sentence
    result: Text  # {shots} {labels}, and the best of each rung: {no_local} {local} {borrowing} {maml} {bayes}
    label: Text  # noun for one labelled example
    labels: Text  # its plural
    task: Text  # noun for one task
    a_task: Text  # the same after a number, in Chinese with its measure word
    examples: Text  # noun for query examples, in the plural
    some_examples: Text  # the same after a number
    shots: Text  # label of the slider for the number of labels
    describe_task: Callable[[Any], Text]  # a task -> its description, without the latent parameters
    reveal_task: Callable[[Any], Text]  # a task -> its latent parameters
    support: Text  # above the labelled examples: {shots}
    query: Text  # above the query examples
    caveat: Text
    example: Text = _EXAMPLE  # noun for one query example, before its number
    quantity: Text = _QUANTITY  # heading of the features' names in a table
    outcome: Text = _OUTCOME  # heading of the true classes of query examples
    worlds: Text | None = None  # {shots} {labels} add {mild} {moderate} {strong}; {mild_twice}, ...: of a Gini
    lever: Text | None = None  # label of the decision's control: a prevalence, an approval rate, a budget of alarms
    verdict: Text | None = None  # the decision in a sentence; its placeholders are those of its panel


MAX_SHOTS = 50  # the most labels per class, or points, of published figures and pages


@dataclass(frozen=True)
class Scenario:
    """One application scenario: its task distribution, the encoding, and the Bayes-optimal predictor."""

    name: str  # the folder, the page's URL, the CLI's argument; in another world, "folder.world"
    features: tuple[Feature, ...]
    classes: tuple[Text, ...]  # () for regression
    metric: Metric  # one of metrics.py
    sample_tasks: SampleTasks
    encode: Callable[[Array], Array]  # units (..., *example_shape) -> network inputs, about N(0, 1)
    bayes: BayesPredictor
    prose: Prose
    latents: Callable[[Any], tuple[Latent, ...]]  # the scenario's own tasks -> their latent parameters
    bayes_with_unlabelled: BayesWithUnlabelled | None = None  # of the default world; None if unknown
    example_shape: tuple[int, ...] = ()  # shape of one example in units; () stands for a row of features
    decode: Callable[[Array], Array] | None = None  # the inverse of `encode`, of any numbers; None if it has none
    features_by_hand: Callable[[Array], Array] | None = None  # features of an expert: units -> (..., numbers)
    quantities: Quantities | None = None  # by which a prediction is explained; None: the features, one input each
    target: Feature | None = None  # the predicted quantity of a regression
    ordered: bool = False  # whether the classes are ordered
    decision: str = ""  # the kind of decision, a folder of decisions/; "" for none
    shares: tuple[float, ...] = ()  # class proportions among query examples; () stands for equal ones
    signal: Signal | None = None  # if an example is a window of signals: `example_shape` is (time, channels)
    rule: Callable[[Array], Array] | None = None  # industry rule without learning: units -> class probabilities
    reference_learner: str = ""  # usual method on local labels; "": logistic regression, or least squares
    shift: Shift | None = None
    turn: Shift | None = None  # rotation of the sensor between labelling and use
    accepted_by: str = ""  # the learner whose approval an example needs to be labelled; "": all are
    recipe: Recipe = field(default_factory=Recipe)
    in_context_meta_steps: int = 12_000  # meta-steps of the in-context transformer; one costs about ten MAML steps
    benchmark: Benchmark | None = None
    worlds: Mapping[str, World] = field(default_factory=dict, hash=False)  # any of WORLDS, with DEFAULT_WORLD; or none
    world: str = DEFAULT_WORLD  # this one's
    # Added to the seeds of shown tasks: the first, which opens the page, is to be a typical one. With worlds, theirs.
    opening: int = 0
    max_shots: int = MAX_SHOTS
    default_shots: int = 5
    is_demonstrated: bool = True  # whether pages show it, with up to MAX_SHOTS labels; a user's table has fewer

    def __post_init__(self) -> None:
        """Fill in the fields that follow from the others.

        Raises
        ------
        ValueError
            If the metric or the decision does not suit the scenario, there is no such decision, or `max_shots` is too
            small.
        """
        object.__setattr__(self, "metric", self.metric.for_classes(len(self.classes)))
        if self.decision:
            decision_named(self.decision).check_suits(self.name, len(self.classes), has_rule=self.rule is not None)
        if self.is_demonstrated and self.max_shots < MAX_SHOTS:
            raise ValueError(f"max_shots must be at least {MAX_SHOTS}, up to which pages ask; it is {self.max_shots}")
        if self.worlds:
            object.__setattr__(self, "opening", self.worlds[self.world].opening)
        if not self.example_shape:
            object.__setattr__(self, "example_shape", (len(self.features),))
        if not self.reference_learner:
            object.__setattr__(self, "reference_learner", "logistic" if self.classes else "least_squares")

    @property
    def world_names(self) -> tuple[str, ...]:
        """Its worlds, from tasks that are much alike to tasks that are not."""
        return tuple(world for world in WORLDS if world == DEFAULT_WORLD or world in self.worlds)

    def in_world(self, world: str) -> "Scenario":
        """Return the scenario with the tasks of one of its worlds, for which learners are trained separately.

        Raises
        ------
        KeyError
            If it has no such world.
        """
        if world == self.world:
            return self
        other = self.worlds[world]
        name = self.folder if world == DEFAULT_WORLD else f"{self.folder}.{world}"
        return replace(
            self, name=name, world=world, sample_tasks=other.sample_tasks, bayes=other.bayes, bayes_with_unlabelled=None
        )

    @property
    def folder(self) -> str:
        """Its name without the world's."""
        return self.name.partition(".")[0]

    @property
    def argument(self) -> str:
        """The arguments that select it on the command line."""
        return self.folder if self.name == self.folder else f"{self.folder} --world {self.world}"

    @property
    def regression(self) -> bool:
        """Whether a number is predicted instead of a class."""
        return not self.classes

    @property
    def ways(self) -> int:
        """The number of classes; 1 for regression. A support set has `shots * ways` rows."""
        return len(self.classes) or 1

    @property
    def explained_by(self) -> tuple[Feature, ...]:
        """The quantities that an answer is explained by."""
        return self.quantities.features if self.quantities else self.features

    @property
    def inputs_of_quantities(self) -> tuple[tuple[int, ...], ...]:
        """The columns of `encode` that hold each of them."""
        return self.quantities.inputs if self.quantities else tuple((column,) for column in range(len(self.features)))

    def measured(self, x: Array) -> Array:
        """Return them in their units: x (..., *example_shape) -> (..., quantities)."""
        return self.quantities.measure(x) if self.quantities else x

    @property
    def class_shares(self) -> Array:
        """Of each class among the query examples: (ways,)."""
        return np.array(self.shares or [1 / self.ways] * self.ways)
