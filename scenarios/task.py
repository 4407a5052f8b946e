"""Task interface: task distributions that can be sampled in batches, in domain units."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Labels = NDArray[np.integer]
Split = Literal["train", "validation", "test"]

# Every split starts another stream of random numbers, whatever the seed: no task is met twice.
_STREAM: dict[Split, int] = {"train": 101, "validation": 202, "test": 303}


def rng_for(split: Split, seed: int, *more: int) -> np.random.Generator:
    """Return the random numbers of one split of the tasks. `seed` and `more` are non-negative."""
    return np.random.default_rng([_STREAM[split], seed, *more])


@dataclass(frozen=True)
class Examples:
    """Labelled examples of several tasks: x (tasks, n, ...features), y (tasks, n): class numbers, or real numbers."""

    x: Array
    y: NDArray[Any]

    def first(self, n: int) -> "Examples":
        """Return the first n examples of every task."""
        return Examples(self.x[:, :n], self.y[:, :n])

    def first_of_each(self, counts: Sequence[int]) -> "Examples":
        """Return the first examples of each class, `counts` of each; all tasks have the classes in the same order."""
        y = self.y[0]
        earlier = np.array([(y[:row] == y[row]).sum() for row in range(len(y))], int)
        rows = np.flatnonzero(earlier < np.asarray(counts)[y])
        return Examples(self.x[:, rows], self.y[:, rows])


@runtime_checkable
class Curves(Protocol):
    """Tasks whose examples lie on a curve, but for their noise."""

    def signal(self, x: Array) -> Array:
        """Return y without its noise: x (tasks, n) -> (tasks, n)."""
        ...


class Tasks(Protocol):
    """Several tasks of one scenario: a dataclass of arrays, each with the tasks along its first axis.

    Everything that they sample is in the domain's units.
    """

    def __len__(self) -> int: ...

    def support(self, rng: np.random.Generator, shots: int) -> Examples:
        """`shots` examples of each class: y runs 0, 1, .., ways - 1, 0, 1, .., so that fewer shots are a prefix.

        For regression, `shots` examples in all.
        """
        ...

    def query(self, rng: np.random.Generator, n: int) -> Examples:
        """Draw n further examples, on which an adapted learner is evaluated."""
        ...


SomeTasks = TypeVar("SomeTasks")


def chosen(tasks: SomeTasks, places: Labels) -> SomeTasks:
    """Return some of several tasks, by their indices."""
    return replace(tasks, **{field.name: getattr(tasks, field.name)[places] for field in fields(tasks)})  # type: ignore[type-var, arg-type]
