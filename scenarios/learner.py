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
        """Class probabilities (tasks, queries, ways), the classes being equally frequent in the support set."""
        ...


@runtime_checkable
class Walker(Learner, Protocol):
    """A learner that moves step by step, and can be watched."""

    def walk(self, episode: Episode) -> Array:
        """Class probabilities after each of MOMENTS inner steps: (moments, tasks, queries, ways)."""
        ...

    def judged_after(self, shots: int) -> int:
        """The number of inner steps, one of MOMENTS, at which `predict` stops."""
        ...
