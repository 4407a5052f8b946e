"""Train every learner of a scenario whose weights are missing, one after the other."""

import json
from collections.abc import Callable, Container
from functools import partial
from pathlib import Path
from statistics import median

from scenarios.atomic_files import load_arrays
from scenarios.errors import UserError
from scenarios.learners import fitting, registry, resuming
from scenarios.meta_learner import weights
from scenarios.meta_learner.weights import Checkpoint, Report
from scenarios.scenario import Scenario

_USUAL_SECONDS = 120.0  # to train a learner that no scenario has weights of yet


def untrained(scenario: Scenario, learners: Container[str] | None = None) -> list[str]:
    """Return the ids of the learners whose weights are missing, damaged or stale, of all or of some."""
    return [
        name
        for name in registry.trainable(scenario)
        if (learners is None or name in learners) and not _is_trained(scenario, name)
    ]


def _is_trained(scenario: Scenario, learner: str) -> bool:
    try:
        fitting.load(scenario, learner)
    except UserError:
        return False
    return True


def train(
    scenario: Scenario,
    learners: list[str],
    seed: int,
    folder: Path,
    report: Report,
    save: Callable[[str, Checkpoint], None],
) -> None:
    """Train learners one by one.

    A meta-training that was interrupted continues from its state, unless its learner has usable weights and is to be
    trained again.

    Parameters
    ----------
    scenario : Scenario
        The scenario whose training tasks they see.
    learners : list of str
        Their ids.
    seed : int
        Seed of each training.
    folder : Path
        Where the state of an unfinished meta-training is kept.
    report : callable
        Gets the share done of all the work, by the usual time of each learner, and a word on the current one.
    save : callable
        Gets each learner's id and what it learned, to write its weights.
    """
    seconds = {name: _usual_seconds(name) for name in learners}
    total, before = sum(seconds.values()), 0.0
    for number, name in enumerate(learners, start=1):
        state = folder / f"{scenario.name}.{name}.training.npz"
        if _is_trained(scenario, name):
            state.unlink(missing_ok=True)
        part = partial(
            _report_part, report, before / total, seconds[name] / total, f"{name} ({number} of {len(learners)})"
        )
        with resuming.kept_in(state):
            checkpoint = fitting.fit(scenario, name, seed, part)
        save(name, checkpoint)
        state.unlink(missing_ok=True)
        before += seconds[name]


def _report_part(report: Report, before: float, share: float, title: str, done: float, word: str) -> None:
    report(before + share * done, f"{title}: {word}")


def _usual_seconds(learner: str) -> float:
    """Return the median time that the learner's training took on the scenarios with weights."""
    times = []
    for path in weights.FOLDER.glob(f"*.{learner}.npz"):
        try:
            times.append(float(json.loads(str(load_arrays(path)["recipe"]))["seconds"]))
        except (ValueError, KeyError, TypeError):
            continue
    return median(times) if times else _USUAL_SECONDS
