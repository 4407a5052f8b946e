"""Precomputed answers, so that the first page needs no worker, and their files.

Nothing here needs TensorFlow or SciPy: the web process reads these files itself.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenarios.atomic_files import ASSETS, load_arrays
from scenarios.catalog import scenario_named
from scenarios.dataclass_npz import SCHEMA, has_schema
from scenarios.demo.explanations import BAND, Contributions, Ranges
from scenarios.episode import Draw, draw_examples
from scenarios.learner import EVALUATION_STEPS, FARTHEST
from scenarios.learners.registry import META_LEARNED, REGISTRY, TRACED
from scenarios.protocol import QUERIES, SHOTS
from scenarios.scenario import Scenario
from scenarios.task import Array, Tasks, rng_for

FOLDER = ASSETS / "results"
GRID = 121  # points of a drawn curve
SEED, DRAW = 1, 0  # the task that a first visitor sees
_SCENARIO = "scenario"  # whose answers they are; files of the first version do not hold it
_PARTS = ("walks", "walk_scores", "answers")
_PROBABILITIES = ("walks", "answers")
_THOUSAND = 1000  # probabilities are rounded to thousandths
_READING = Lock()


@dataclass(frozen=True, eq=False)  # one object per answer, so that charts can be kept by it
class DemoTask:
    """Every learner's predictions on one task. Scores are in the scenario's metric; steps are EVALUATION_STEPS.

    For regression, trajectories and answers are over the scenario's `grid` instead of the query examples: the
    predicted curve (evaluation steps, grid), and (grid, 1), or (grid, 2) with its standard deviation.
    """

    walks: dict[str, Array]  # learner -> risk of the last class (evaluation steps, queries)
    walk_scores: dict[str, Array]  # learner -> (evaluation steps,)
    evaluation_step: dict[str, int]  # learner -> inner steps after which it predicts
    answers: dict[str, Array]  # learner -> (queries, ways), at its evaluation step; no "bayes" if it is too inexact
    scores: dict[str, float]
    p_value: float = 1.0  # the share of training tasks whose labelled examples look stranger than this task's

    def risk(self, learner: str) -> Array:
        """Return the probability of the last class: (queries,)."""
        risk: Array = self.answers[learner][:, -1]
        return risk

    def diverged(self, learner: str) -> bool:
        """Whether inner steps have left no usable prediction: one at FARTHEST, or the same for every example."""
        walk = self.walks[learner][EVALUATION_STEPS.index(self.evaluation_step[learner])]
        return bool((np.abs(walk) >= FARTHEST).any() or np.ptp(walk) == 0)

    @property
    def least_certain(self) -> int:
        """The number, from 1, of the query example whose meta-learned risk is nearest to one half, in thousandths."""
        return int(np.abs(np.rint(_THOUSAND * self.risk(META_LEARNED)) - _THOUSAND / 2).argmin()) + 1


@dataclass(frozen=True, eq=False)
class ExplainedExample:
    """The explanation of one query example of a demo task, beside its probabilities."""

    number: int  # from 1
    ranges: Ranges  # ranges of all query examples
    contributions: Contributions


def sample_demo_task(
    scenario: Scenario, seed: int, draw: int, shots: int, queries: int = QUERIES
) -> tuple[Tasks, Draw]:
    """Sample the task of a seed, and one draw of its examples. Cheap enough for a page.

    More shots add examples and keep the others; another `draw` gives other examples of the same task.
    """
    number = seed + scenario.opening
    task = scenario.sample_tasks(rng_for("test", number, 1), 1)
    rng = rng_for("test", number, 2, draw)
    return task, draw_examples(task, rng, shots=shots, queries=queries, most_shots=scenario.max_shots)


def curve_grid(scenario: Scenario) -> Array:
    """Return the x at which curves are drawn: (grid,), evenly over the range of the scenario's examples, in units."""
    x = scenario.features[0]
    return np.linspace(x.low or 0.0, x.high or 0.0, GRID)


def maps_path(scenario_name: str, folder: Path = FOLDER) -> Path:
    """Return the path of the precomputed maps."""
    return folder / f"{scenario_name}.maps.npz"


def presets_path(scenario_name: str, folder: Path = FOLDER) -> Path:
    """Return the path of the precomputed demo tasks."""
    return folder / f"{scenario_name}.presets.npz"


def pack(
    demo_tasks: dict[int, DemoTask], scenario_name: str, explained: Mapping[int, ExplainedExample] | None = None
) -> dict[str, NDArray[Any]]:
    """Return demo tasks, and an explained example of each, by their number of shots as the arrays of one file.

    Probabilities keep three decimals.
    """
    arrays: dict[str, NDArray[Any]] = {_SCENARIO: np.array(scenario_name), "schema": np.array(SCHEMA)}
    for shots, shown in demo_tasks.items():
        facts = {"judged_after": shown.evaluation_step, "scores": shown.scores, "p_value": shown.p_value}
        arrays[f"{shots}/facts"] = np.array(json.dumps(facts))
        for part in _PARTS:
            for name, array in getattr(shown, part).items():
                arrays[f"{shots}/{part}/{name}"] = _small(array, is_probability=part in _PROBABILITIES)
    for shots, example in (explained or {}).items():
        bands, why = example.ranges.bands, example.contributions
        facts = {
            "number": example.number, "usual": why.usual, "adds": why.adds.tolist(), "learners": list(bands),
        }  # fmt: skip
        arrays[f"{shots}/explained"] = np.array(json.dumps(facts))
        arrays[f"{shots}/ranges"] = _small(np.stack([*bands.values()]), is_probability=True)
    return arrays


def _small(array: Array, *, is_probability: bool) -> NDArray[Any]:
    if is_probability and array.min() >= 0 and array.max() <= 1:
        return np.round(array * _THOUSAND).astype(np.uint16)
    return array.astype(np.float32)


def _large(array: NDArray[Any]) -> Array:
    return (array / _THOUSAND).astype(np.float32) if array.dtype == np.uint16 else array


def read(scenario_name: str, seed: int, draw: int, shots: int, folder: Path = FOLDER) -> DemoTask | None:
    """Return a precomputed demo task; None if there is none, or its file is damaged or another scenario's.

    Then it is computed.
    """
    arrays = _prepared(scenario_name, seed, draw, shots, folder)
    try:
        facts = json.loads(str(arrays[f"{shots}/facts"]))
        parts = {
            part: {
                key.rsplit("/", 1)[1]: _large(array)
                for key, array in arrays.items()
                if key.startswith(f"{shots}/{part}/")
            }
            for part in _PARTS
        }
        shown = DemoTask(
            **parts, evaluation_step=facts["judged_after"], scores=facts["scores"], p_value=facts["p_value"]
        )
        return shown if _is_whole(shown, scenario_named(scenario_name)) else None
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        return None


def read_explained(
    scenario_name: str, seed: int, draw: int, shots: int, folder: Path = FOLDER
) -> ExplainedExample | None:
    """Return the explained example of a precomputed demo task; None as `read`, and if the file is older."""
    arrays = _prepared(scenario_name, seed, draw, shots, folder)
    try:
        facts, bands = json.loads(str(arrays[f"{shots}/explained"])), _large(arrays[f"{shots}/ranges"])
        example = ExplainedExample(
            facts["number"],
            Ranges(dict(zip(facts["learners"], bands, strict=True))),
            Contributions(np.array(facts["adds"], np.float32), float(facts["usual"])),
        )
        return example if _is_explained(example, scenario_named(scenario_name)) else None
    except (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError):
        return None


def _prepared(scenario_name: str, seed: int, draw: int, shots: int, folder: Path) -> dict[str, Array]:
    """Return the arrays of a scenario's file; none if this is not the task in it, or the file is not its own."""
    if (seed, draw) != (SEED, DRAW) or shots not in SHOTS:
        return {}
    with _READING:  # a class that arrives together shall not read the same file together
        arrays = _load(presets_path(scenario_name, folder))
    is_its_own = has_schema(arrays) and str(arrays.get(_SCENARIO, scenario_name)) == scenario_name
    return arrays if is_its_own else {}


def _is_whole(shown: DemoTask, scenario: Scenario) -> bool:
    """Whether it has what this version shows of a scenario; the file of another one differs in some of it."""
    walkers, queries = set(shown.evaluation_step), GRID if scenario.regression else QUERIES
    widths = (1, 2) if scenario.regression else (scenario.ways,)
    numbers = (*shown.walks.values(), *shown.walk_scores.values(), *shown.answers.values())
    return (
        set(TRACED) <= walkers == shown.walks.keys() == shown.walk_scores.keys()
        and walkers <= shown.answers.keys() <= shown.scores.keys()
        and scenario.reference_learner in shown.answers
        and shown.evaluation_step["maml"] == scenario.recipe.inner_steps
        and set(shown.evaluation_step.values()) <= set(EVALUATION_STEPS)
        and all(isinstance(value, int | float) for value in (shown.p_value, *shown.scores.values()))
        and all(array.dtype.kind == "f" and np.isfinite(array).all() for array in numbers)
        and all(walk.shape == (len(EVALUATION_STEPS), queries) for walk in shown.walks.values())
        and all(scores.shape == (len(EVALUATION_STEPS),) for scores in shown.walk_scores.values())
        and all(answer.shape in [(queries, width) for width in widths] for answer in shown.answers.values())
    )


def _is_explained(example: ExplainedExample, scenario: Scenario) -> bool:
    """Whether it has what this version shows of an example."""
    bands, why = example.ranges.bands, example.contributions
    return (
        type(example.number) is int
        and 1 <= example.number <= QUERIES
        and META_LEARNED in bands.keys() <= REGISTRY.keys()
        and all(band.shape == (len(BAND), QUERIES) for band in bands.values())
        and all(bool(((low >= 0) & (low <= high) & (high <= 1)).all()) for low, high in bands.values())
        and why.adds.shape == (len(scenario.explained_by),)
        and bool(np.isfinite([*why.adds, why.usual]).all())
    )


@lru_cache(maxsize=16)
def _load(path: Path) -> dict[str, Array]:
    try:
        return load_arrays(path)
    except ValueError:
        return {}
