"""Data of the five steps for a family of curves: tasks, examples, adapted models, errors, initialisation.

No TensorFlow here: `walks.py` runs the shipped learners' inner steps, in the worker process.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from scenarios.episode import Draw, draw_examples
from scenarios.learner import EVALUATION_STEPS
from scenarios.scenario import Scenario
from scenarios.task import Array, Curves, Tasks, rng_for

TASKS = 100  # fresh ones, over which errors are averaged
SHOWN = 5  # tasks drawn as curves
GRID = 61
QUERIES = 40
NEGLIGIBLE = 1e-6  # an error that counts as 0: rounding alone
_DEGREE, _SEEN = 9, 4000  # a polynomial of that degree is fitted to that many examples of a task


@dataclass(frozen=True)
class Practice:
    """How the learners adapt to a seed's tasks. All arrays run over EVALUATION_STEPS."""

    walks: dict[str, Array]  # learner -> (evaluation steps, SHOWN, GRID): predictions along x
    errors: dict[str, Array]  # learner -> (evaluation steps,): mean squared error on the query examples of TASKS
    evaluation_step: dict[str, int]  # learner -> inner steps after which it predicts
    best: float  # mean squared error of the best possible answer

    def misses(self, truth: Array) -> dict[str, float]:
        """Root mean squared error of each learner from the first task's true curve (GRID,), at its evaluation step."""
        return {
            name: float(np.sqrt(np.mean((self.walks[name][EVALUATION_STEPS.index(step), 0] - truth) ** 2)))
            for name, step in self.evaluation_step.items()
        }


@dataclass(frozen=True)
class Extent:
    """The range of a family's examples: the same for every seed, so that no picture moves."""

    x: tuple[float, float]
    y: tuple[float, float]

    def grid(self) -> Array:
        """Return the x at which curves are drawn: (GRID,)."""
        return np.linspace(*self.x, GRID)


def is_curve(scenario: Scenario) -> bool:
    """Return whether a scenario's tasks are curves that can be drawn: one number in, one number out."""
    return scenario.regression and scenario.example_shape == (1,)


def draw_lesson(scenario: Scenario, seed: int) -> tuple[Tasks, Draw]:
    """Draw TASKS test tasks and a few examples of each; the lesson is about the first."""
    rng = rng_for("test", seed, 1)
    tasks = scenario.sample_tasks(rng, TASKS)
    shots = scenario.default_shots
    return tasks, draw_examples(tasks, rng, shots=shots, queries=QUERIES, most_shots=scenario.max_shots)


@lru_cache(maxsize=8)
def extent(scenario: Scenario) -> Extent:
    """Return the ranges of x and y that hold nearly all points of a scenario."""
    rng = np.random.default_rng(0)
    sample = scenario.sample_tasks(rng, 500).query(rng, 40)
    low, high = np.quantile(sample.y, [0.005, 0.995])
    room = 0.08 * (high - low)
    return Extent(x=(float(sample.x.min()), float(sample.x.max())), y=(float(low - room), float(high + room)))


def true_curves(scenario: Scenario, tasks: Tasks, count: int) -> Array:
    """Return the first tasks' curves along the grid, (count, GRID), including the mean of their noise."""
    sample = tasks.query(np.random.default_rng(0), _SEEN)
    limits = extent(scenario)
    grid = limits.grid()
    if isinstance(tasks, Curves):
        noise = (sample.y - tasks.signal(sample.x[..., 0])).mean()
        curves: Array = tasks.signal(np.tile(grid, (len(sample.y), 1)))[:count] + noise
        return curves
    return np.stack(
        [
            np.polynomial.Legendre.fit(x, y, _DEGREE, domain=limits.x)(grid)
            for x, y in zip(sample.x[:count, :, 0], sample.y[:count], strict=True)
        ]
    )
