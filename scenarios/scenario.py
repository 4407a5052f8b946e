"""What a scenario is: a value that a folder's `scenario.py` fills in. Nothing inherits from it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

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
    reference: Text | None = None  # where two numbers do not say it, such as an interval for each sex

    def flag(self, value: float) -> int:
        """-1 below the reference interval, 1 above it, 0 inside."""
        if self.low is not None and value < self.low:
            return -1
        return int(self.high is not None and value > self.high)


@dataclass(frozen=True)
class BayesAnswer:
    """The best possible answer with this prior, and how far its Monte Carlo can be trusted."""

    probabilities: Array  # (tasks, queries, ways)
    effective_samples: Array  # (tasks,)


class SampleTasks(Protocol):
    """The task distribution p(T)."""

    def __call__(self, rng: np.random.Generator, count: int, novelty: float = 0.0) -> Tasks:
        """`novelty` in [0, 1] is the share of the signal's length that no training task has shown (rho)."""
        ...


@dataclass(frozen=True)
class Prose:
    """What a page says in the words of the domain, apart from its numbers. Placeholders stand in braces."""

    title: Text
    icon: str
    question: Text  # in one sentence
    result: Text  # {shots} {labels} {maml} {scratch} {bayes}
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
    prevalence: Text  # what the share of class 1 is called
    called_positive: Text  # of 100 called positive, so many are: {specificity} {prevalence} {maml} {scratch} {bayes}
    caveat: Text


@dataclass(frozen=True)
class Scenario:
    """One application scenario: where its tasks come from, how they are scaled, and the best answer there is."""

    name: str  # the folder, the page's address, the CLI's argument
    features: tuple[Feature, ...]
    classes: tuple[Text, ...]
    metric: str  # see study/metrics.py
    sample_tasks: SampleTasks
    scale: Callable[[Array], Array]  # units -> about N(0, 1), feature by feature
    bayes: Callable[[Examples, Array], BayesAnswer]  # support and query x, in units
    prose: Prose
    max_shots: int = 50
    default_shots: int = 5

    @property
    def ways(self) -> int:
        return len(self.classes)

    @property
    def example_shape(self) -> tuple[int, ...]:
        """The shape of one example: a row of features unless the scenario says otherwise."""
        return (len(self.features),)
