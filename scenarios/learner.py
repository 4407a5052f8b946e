"""A learner is a starting point and a rule for moving from it; every learner answers one question.

Given this support set, what do you predict for this query set?
"""

from typing import Protocol, runtime_checkable

from scenarios.episode import Episode
from scenarios.task import Array

# After how many inner steps a walk is looked at: each of the first twenty, then ever further apart.
# From scratch, four times as many steps added at most .003 AUROC on the medical scenario's training tasks.
MOMENTS: tuple[int, ...] = (*range(21), 30, 50, 100, 200)


class Learner(Protocol):
    def predict(self, episode: Episode) -> Array:
        """Class probabilities (tasks, queries, ways), for classes as frequent as they are among the query examples.

        Where a number is predicted: (tasks, queries, 1), or (tasks, queries, 2) for a mean and a standard deviation.
        """
        ...


@runtime_checkable
class Walker(Learner, Protocol):
    """A learner that moves step by step, and can be watched."""

    def walk(self, episode: Episode) -> Array:
        """What `predict` gives, after each of MOMENTS inner steps: (moments, tasks, queries, ways)."""
        ...

    def judged_after(self, shots: int) -> int:
        """The number of inner steps, one of MOMENTS, at which `predict` stops."""
        ...
