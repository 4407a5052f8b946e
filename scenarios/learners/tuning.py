"""How settings are chosen: for every number of labels separately, by the scenario's own metric, on training tasks.

All methods have the same right to it, the meta-learned ones included.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from scenarios.episode import Episode, draw_examples, open_episode
from scenarios.learner import Learner
from scenarios.meta_learner.weights import Checkpoint, Report
from scenarios.protocol import nearest_place
from scenarios.scenario import Scenario
from scenarios.task import Array, rng_for

Choice = TypeVar("Choice")
L = TypeVar("L", bound=Learner)
TUNING_SHOTS = (1, 2, 5, 10, 20, 50)
TUNING_TASKS = 200


def tuning_episodes(
    scenario: Scenario, seed: int, all_shots: Sequence[int] = TUNING_SHOTS
) -> Iterator[tuple[int, Episode]]:
    """(shots, episode) on training tasks, for choosing settings: the same tasks and queries at each number of labels.

    They are drawn once, at the most labels: some scenarios take seconds for it.
    """
    whole = tuning_episode(scenario, seed, scenario.max_shots)
    for shots in all_shots:
        yield shots, whole.first(shots)


def tuning_episode(scenario: Scenario, seed: int, shots: int, *, unlabelled: int = 0) -> Episode:
    """Return training tasks for choosing settings at one number of labels, and of unlabelled examples."""
    rng = rng_for("train", seed, 2)
    tasks = scenario.sample_tasks(rng, TUNING_TASKS)
    draw = draw_examples(tasks, rng, shots=shots, queries=100, most_shots=scenario.max_shots, unlabelled=unlabelled)
    return open_episode(scenario, draw)


def quality(scenario: Scenario, predictions: Array, episode: Episode) -> Array:
    """Return the mean metric over tasks, signed so that more is better: (..., tasks, queries, ways) -> (...)."""
    mean: Array = scenario.metric.compute(predictions, episode.query.y).mean(-1)
    return scenario.metric.sign * mean


def place(shots: int) -> int:
    """Return the index of the entry of TUNING_SHOTS that is nearest to `shots` on a log scale."""
    return nearest_place(TUNING_SHOTS, shots)


@dataclass(frozen=True)
class PerShots(Generic[L]):
    """A learner for each of TUNING_SHOTS."""

    learners: tuple[L, ...]

    def at(self, shots: int) -> L:
        """Return the learner of the nearest number of labels."""
        return self.learners[place(shots)]

    def predict(self, episode: Episode) -> Array:
        """Predict with the learner of the nearest number of labels."""
        return self.at(episode.shots).predict(episode)


def choose(scenario: Scenario, tried: Sequence[Learner], seed: int, report: Report) -> list[int]:
    """Return the place of the learner that is best on training tasks, at each of TUNING_SHOTS."""
    chosen = []
    for done, (shots, episode) in enumerate(tuning_episodes(scenario, seed)):
        qualities = []
        for learner in tried:
            qualities.append(quality(scenario, learner.predict(episode), episode))
            report((done + len(qualities) / len(tried)) / len(TUNING_SHOTS), f"{shots} shots")
        chosen.append(int(np.argmax(qualities)))
    return chosen


def settings(checkpoint: Checkpoint, name: str, shape: tuple[int, ...] = ()) -> Array:
    """Return a setting for each of TUNING_SHOTS. Raises KeyError or ValueError if the checkpoint has none."""
    values = checkpoint.arrays[name]
    if checkpoint.arrays["shots"].tolist() != list(TUNING_SHOTS) or values.shape != (len(TUNING_SHOTS), *shape):
        raise ValueError("tuned at other numbers of shots")
    return values


def kept_choices(chosen: Sequence[int], arrays_of: Callable[[int], Mapping[str, Array]]) -> dict[str, Array]:
    """Return the arrays of a checkpoint with the choice made at each of TUNING_SHOTS, of those at places `chosen`.

    The arrays of a choice have names that end with its place.
    """
    arrays = {f"{name}_{place}": array for place in dict.fromkeys(chosen) for name, array in arrays_of(place).items()}
    return {"shots": np.array(TUNING_SHOTS), "chosen": np.array(chosen)} | arrays


def restored_choices(checkpoint: Checkpoint, make: Callable[[Mapping[str, Array]], Choice]) -> list[Choice]:
    """Return the results of `make` for the chosen arrays at each of TUNING_SHOTS; equal choices share one.

    Raises
    ------
    KeyError, ValueError
        If the checkpoint has none, and as raised by `make`.
    """
    chosen = settings(checkpoint, "chosen").astype(int).tolist()
    made = {}
    for place in dict.fromkeys(chosen):
        ending = f"_{place}"
        known = {name.removesuffix(ending): of for name, of in checkpoint.arrays.items() if name.endswith(ending)}
        made[place] = make(known)
    return [made[place] for place in chosen]
