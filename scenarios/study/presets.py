"""Answers that are made beforehand, so that the first page paints while the worker still wakes; and where they lie.

Nothing here needs TensorFlow or SciPy: the web process reads these files itself.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from scenarios.episode import Draw, draw_examples
from scenarios.scenario import Scenario
from scenarios.task import Array, Tasks, rng_for
from scenarios.whole_files import load_arrays

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "results"
QUERIES = 200
SEED, DRAW = 1, 0  # of the task that a first visitor sees
SHOTS = (1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50)


@dataclass(frozen=True)
class Showcase:
    """What every learner makes of one task. Scores are in the scenario's metric."""

    walks: dict[str, Array]  # learner -> risk of class 1 after each of MOMENTS (moments, queries)
    walk_scores: dict[str, Array]  # learner -> (moments,)
    judged_after: dict[str, int]  # learner -> inner steps
    risks: dict[str, Array]  # learner -> (queries,), at the step where it is judged; no "bayes" where it is too rough
    scores: dict[str, float]


def sample_showcase(scenario: Scenario, seed: int, draw: int, shots: int) -> tuple[Tasks, Draw]:
    """The task of a seed, and one draw of its examples. Cheap enough for a page.

    More shots add examples and keep the others; another `draw` gives other examples of the same task.
    """
    task = scenario.sample_tasks(rng_for("test", seed, 1), 1)
    rng = rng_for("test", seed, 2, draw)
    return task, draw_examples(task, rng, shots=shots, queries=QUERIES, most_shots=scenario.max_shots)


def results_path(scenario_name: str, folder: Path = FOLDER) -> Path:
    return folder / f"{scenario_name}.json"


def presets_path(scenario_name: str, folder: Path = FOLDER) -> Path:
    return folder / f"{scenario_name}.presets.npz"


def pack(showcases: dict[int, Showcase]) -> dict[str, Array]:
    """shots -> showcase, as the arrays of one file. Risks keep three decimals."""
    arrays: dict[str, Array] = {}
    for shots, shown in showcases.items():
        facts = {"judged_after": shown.judged_after, "scores": shown.scores}
        arrays[f"{shots}/facts"] = np.array(json.dumps(facts))
        for part in ("walks", "walk_scores", "risks"):
            for name, array in getattr(shown, part).items():
                arrays[f"{shots}/{part}/{name}"] = (
                    array if part == "walk_scores" else np.round(array * 1000).astype("u2")
                )
    return arrays


def read(scenario_name: str, seed: int, draw: int, shots: int, folder: Path = FOLDER) -> Showcase | None:
    """A showcase that was made beforehand; None where there is none or its file is damaged: then it is computed."""
    if (seed, draw) != (SEED, DRAW) or shots not in SHOTS:
        return None
    arrays = _load(presets_path(scenario_name, folder))
    try:
        facts = json.loads(str(arrays[f"{shots}/facts"]))
        parts = {
            part: {
                key.rsplit("/", 1)[1]: array if part == "walk_scores" else (array / 1000).astype(np.float32)
                for key, array in arrays.items()
                if key.startswith(f"{shots}/{part}/")
            }
            for part in ("walks", "walk_scores", "risks")
        }
        return Showcase(**parts, judged_after=facts["judged_after"], scores=facts["scores"])
    except (KeyError, ValueError):
        return None


@lru_cache(maxsize=16)
def _load(path: Path) -> dict[str, Array]:
    try:
        return load_arrays(path)
    except ValueError:
        return {}
