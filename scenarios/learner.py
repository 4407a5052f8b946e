"""A learner adapts to a support set and predicts a query set; an iterative one does so step by step."""

from typing import Protocol, runtime_checkable

from scenarios.episode import Episode
from scenarios.task import Array

FARTHEST = 1e3  # predicted numbers of a loop that diverges end here, so that their error stays a number
# The numbers of inner steps after which a trajectory is evaluated: the first twenty, then ever further apart.
# From scratch, four times as many steps added at most .003 AUROC on the medical scenario's training tasks.
EVALUATION_STEPS: tuple[int, ...] = (*range(21), 30, 50, 100, 200)


class Learner(Protocol):
    """A model, or a way to make one, that predicts the query set of an episode from its support set."""

    def predict(self, episode: Episode) -> Array:
        """Return class probabilities (tasks, queries, ways), for classes as frequent as among the query examples.

        If a number is predicted: (tasks, queries, 1), or (tasks, queries, 2) for a mean and a standard deviation.
        """
        ...


@runtime_checkable
class IterativeLearner(Learner, Protocol):
    """A learner that takes inner steps, which can be recorded."""

    def trajectory(self, episode: Episode) -> Array:
        """Return the predictions after each of EVALUATION_STEPS: (evaluation steps, tasks, queries, ways)."""
        ...

    def evaluation_step(self, shots: int) -> int:
        """Return the number of inner steps, one of EVALUATION_STEPS, after which `predict` predicts."""
        ...
