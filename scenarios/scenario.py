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
    low: float | None = None  # reference interval, in `unit`; None where it is open
    high: float | None = None
    decimals: int = 0
    marks: tuple[float, ...] = ()  # levels that the trade watches in a signal, in `unit`
    marked: Text | None = None  # what they stand for
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
    """What an expert would measure of an example that is not a row of features, to explain an answer by."""

    features: tuple[Feature, ...]
    measure: Callable[[Array], Array]  # units (..., *example_shape) -> (..., quantities), each in its own unit
    inputs: tuple[tuple[int, ...], ...]  # of each quantity: the columns of `encode` that hold it, all of them once
    note: Text  # how they are measured


@dataclass(frozen=True)
class BayesAnswer:
    """The Bayes-optimal answer with this prior, and how far its Monte Carlo can be trusted."""

    prediction: Array  # what `Learner.predict` gives: (tasks, queries, ways), or mean and deviation (tasks, queries, 2)
    effective_samples: Array  # (tasks,); 1e9 where the answer is exact and nothing is sampled


@dataclass(frozen=True)
class Latent:
    """One hidden truth about each of several tasks: what a map of tasks may be coloured by."""

    name: str  # in addresses
    label: Text
    values: Array  # (tasks,)


@dataclass(frozen=True)
class Signal:
    """What is particular to examples that are windows of signals: time, and a plane that the trade reads them in."""

    rate: float  # samples per second
    plane: Callable[[Array], Array]  # windows in units (..., *example_shape) -> (..., samples, 2): to the right, up
    name: Text  # of the plane
    right: Text  # what its axes show, with the unit
    up: Text
    limit: float  # a fixed rule's alarm is what exceeds this on either axis
    unit: Text  # of the plane

    def seconds(self, samples: int) -> float:
        """Return how long so many samples take."""
        return samples / self.rate


@dataclass(frozen=True)
class Published:
    """A figure that somebody else published on the same tasks."""

    learner: str
    shots: int
    score: float
    half_width: float | None  # of its 95% interval
    source: str
    address: str
    setting: Text  # in what it differs from ours, or what is to be known of it


@dataclass(frozen=True, eq=False)  # one object, so that its scenario can be a key
class Benchmark:
    """A classic experiment on a scenario's tasks, to be repeated with the settings that were published."""

    name: Text
    encode: Callable[[Array], Array]  # what the networks read
    recipes: Mapping[str, Recipe]  # of each learner, but for its `max_shots`
    shots: tuple[int, ...]  # each learner is meta-trained for each of them alone
    anchors: Mapping[str, float]  # scores that mathematics tells: of "zero" (always predict 0), of "pooled"
    published: tuple[Published, ...]


@dataclass(frozen=True)
class Shift:
    """What may change between the labelled examples of a task and those on which its model is used."""

    label: Text  # in the middle of a sentence
    levels: tuple[float, ...]  # how much of it; the first is none
    level_label: Callable[[float], Text]  # of a level, where there is little room
    in_use: Callable[[Any, np.random.Generator, float], Tasks]  # the scenario's own tasks, rng, level -> these in use
    note: Text | None = None  # what changes, by how much, and what that rests on


class SampleTasks(Protocol):
    """The task distribution p(T)."""

    def __call__(self, rng: np.random.Generator, count: int, novelty: float = 0.0) -> Tasks:
        """`novelty` in [0, 1] is the share of the signal's length that no training task has shown (rho)."""
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


DEFAULT_WORLD = "moderate"  # of a scenario with several: its own `sample_tasks` and `bayes`
WORLDS = ("mild", DEFAULT_WORLD, "strong")
WORLD_LABELS = {  # of a world, behind "how different are the tasks?"
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
    """What a page says in the words of the domain, apart from its numbers. Placeholders stand in braces."""

    title: Text
    icon: str
    question: Text  # in one sentence
    result: Text  # {shots} {labels}, and the best of each rung: {no_local} {local} {borrowing} {maml} {bayes}
    label: Text  # one labelled example
    labels: Text  # several
    task: Text  # what one task is called
    a_task: Text  # the same behind a numeral, in Chinese with its measure word
    examples: Text  # what is judged, in the plural
    some_examples: Text  # the same behind a numeral
    shots: Text  # the slider's label
    describe_task: Callable[[Any], Text]  # what is particular to one of the scenario's own tasks
    reveal_task: Callable[[Any], Text]  # its hidden truth
    support: Text  # above the labelled examples: {shots}
    query: Text  # above the judged examples
    caveat: Text
    example: Text = _EXAMPLE  # one of what is judged, before its number
    quantity: Text = _QUANTITY  # heads the features' names in a table
    outcome: Text = _OUTCOME  # heads the true classes of what is judged
    worlds: Text | None = None  # {shots} {labels} add {mild} {moderate} {strong}; {mild_twice}, ...: of a Gini
    lever: Text | None = None  # the decision's control: a prevalence, an approval rate, a budget of alarms
    verdict: Text | None = None  # the decision in a sentence; its placeholders are those of its panel


MAX_SHOTS = 50  # labels per class, or points, up to which figures are published and pages ask


@dataclass(frozen=True)
class Scenario:
    """One application scenario: where its tasks come from, how they are scaled, and the best answer there is."""

    name: str  # the folder, the page's address, the CLI's argument; with another world, "folder.world"
    features: tuple[Feature, ...]
    classes: tuple[Text, ...]  # () where a number is predicted
    metric: Metric  # one of metrics.py
    sample_tasks: SampleTasks
    encode: Callable[[Array], Array]  # units (..., *example_shape) -> what networks read (..., inputs), about N(0, 1)
    bayes: BayesPredictor
    prose: Prose
    latents: Callable[[Any], tuple[Latent, ...]]  # of several of the scenario's own tasks
    bayes_with_unlabelled: BayesWithUnlabelled | None = None  # of the default world; None where it is not known
    example_shape: tuple[int, ...] = ()  # of one example in units; () stands for a row of features
    decode: Callable[[Array], Array] | None = None  # the inverse of `encode`, of any numbers; None if it has none
    features_by_hand: Callable[[Array], Array] | None = None  # what an expert would compute: units -> (..., numbers)
    quantities: Quantities | None = None  # what an answer is explained by; None: the features, each of them one input
    target: Feature | None = None  # what is predicted, where that is a number and not a class
    ordered: bool = False  # whether the classes stand in an order
    decision: str = ""  # what the answers are for: a folder of decisions/; "" for none
    shares: tuple[float, ...] = ()  # of the classes among query examples; () stands for equal ones
    signal: Signal | None = None  # where an example is a window of signals: `example_shape` is (time, channels)
    rule: Callable[[Array], Array] | None = None  # what the trade does without learning: units -> class probabilities
    reference_learner: str = (
        ""  # the learner that anybody would fit to the labels alone; "": logistic, or least squares
    )
    shift: Shift | None = None
    accepted_by: str = ""  # the learner without whose consent nobody is accepted and ever labelled; "": all are
    recipe: Recipe = field(default_factory=Recipe)
    in_context_meta_steps: int = 12_000  # of training the in-context learner, of which one costs as much as ten others
    benchmark: Benchmark | None = None
    worlds: Mapping[str, World] = field(default_factory=dict, hash=False)  # of WORLDS, with DEFAULT_WORLD; or none
    world: str = DEFAULT_WORLD  # this one's
    # Added to the seeds of shown tasks: the first, which opens the page, is to be a typical one. With worlds, theirs.
    opening: int = 0
    max_shots: int = MAX_SHOTS
    default_shots: int = 5
    is_demonstrated: bool = True  # whether pages show it, and ask for up to MAX_SHOTS labels; a user's table has fewer

    def __post_init__(self) -> None:
        """Fill in what follows from the rest.

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
        """What names it on the command line."""
        return self.folder if self.name == self.folder else f"{self.folder} --world {self.world}"

    @property
    def regression(self) -> bool:
        """Whether a number is predicted instead of a class."""
        return not self.classes

    @property
    def ways(self) -> int:
        """How many classes; 1 where a number is predicted. A support set has `shots * ways` rows."""
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
