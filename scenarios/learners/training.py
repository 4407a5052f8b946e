"""Train every learner of a scenario whose weights are missing, in this process or in several."""

import json
import time
from collections.abc import Callable, Container, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import suppress
from functools import partial
from itertools import chain
from pathlib import Path
from statistics import median

from scenarios.atomic_files import load_arrays, read_json, whole_file
from scenarios.catalog import scenario_named
from scenarios.errors import UserError
from scenarios.learners import fitting, registry, resuming
from scenarios.meta_learner import weights
from scenarios.meta_learner.weights import Checkpoint, Report
from scenarios.scenario import Scenario

_USUAL_SECONDS = 120.0  # to train a learner that no scenario has weights of yet
_PAUSE = 1.0  # seconds between two checks of other processes' progress


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
    executor: Executor | None = None,
) -> None:
    """Train learners: one after the other in this process, or as many at a time as an executor has processes.

    A meta-training that was interrupted continues from its state, unless its learner has usable weights and is to be
    trained again.

    Parameters
    ----------
    scenario : Scenario
        The scenario whose training tasks they learn from.
    learners : list of str
        Their ids.
    seed : int
        Seed of each training.
    folder : Path
        The folder for states of unfinished meta-trainings, and for the progress of other processes.
    report : callable
        Called with the completed share of all work, by the usual time of each learner, and a label of the current one.
    save : callable
        Called with each learner's id and result, to write its weights.
    executor : Executor, optional
        Processes that train several learners at a time, the longest first.
    """
    seconds = {name: _usual_seconds(name) for name in learners}
    states = {name: folder / f"{scenario.name}.{name}.training.npz" for name in learners}
    for name in learners:
        if _is_trained(scenario, name):
            states[name].unlink(missing_ok=True)
    ensembles = [name for name in learners if registry.members(scenario, name)]
    single = [name for name in learners if name not in ensembles]
    if executor:
        single = sorted(single, key=seconds.__getitem__, reverse=True)
        trained = _elsewhere(scenario, states, single, seed, report, seconds, executor)
    else:
        trained = _here(scenario, states, single, seed, report, seconds)
    # An ensemble is made of the others' weights files, and in no time.
    for name, checkpoint in chain(trained, _here(scenario, states, ensembles, seed, report, seconds)):
        save(name, checkpoint)
        states[name].unlink(missing_ok=True)


def _here(
    scenario: Scenario, states: dict[str, Path], learners: list[str], seed: int, report: Report,
    seconds: dict[str, float],
) -> Iterator[tuple[str, Checkpoint]]:  # fmt: skip
    total, before = sum(seconds.values()), 0.0
    for number, name in enumerate(learners, start=1):
        title = f"{name} ({number} of {len(learners)})"
        part = partial(_report_part, report, before / total, seconds[name] / total, title)
        with resuming.kept_in(states[name]):
            checkpoint = fitting.fit(scenario, name, seed, part)
        yield name, checkpoint
        before += seconds[name]


def _report_part(report: Report, before: float, share: float, title: str, done: float, word: str) -> None:
    report(before + share * done, f"{title}: {word}")


def _elsewhere(
    scenario: Scenario, states: dict[str, Path], learners: list[str], seed: int, report: Report,
    seconds: dict[str, float], executor: Executor,
) -> Iterator[tuple[str, Checkpoint]]:  # fmt: skip
    """Yield each learner as it ends. Raises the first error of any learner."""
    total, ended = sum(seconds.values()), set[str]()
    told = {name: state.with_suffix(".progress.json") for name, state in states.items()}
    waiting: dict[Future[Checkpoint], str] = {
        executor.submit(_train_one, scenario.name, name, seed, states[name], told[name]): name for name in learners
    }
    while waiting:
        finished, _ = wait(waiting, timeout=_PAUSE, return_when=FIRST_COMPLETED)
        for future in finished:
            name = waiting.pop(future)
            checkpoint = future.result()
            ended.add(name)
            told[name].unlink(missing_ok=True)
            yield name, checkpoint
        parts = {name: _read_progress(told[name]) for name in waiting.values()}
        done = sum(seconds[name] for name in ended) + sum(seconds[name] * part for name, part in parts.items())
        under_way = ", ".join(name for name, part in parts.items() if part)
        if done:
            report(done / total, f"{len(ended)} of {len(learners)} trained; {under_way}")


def _train_one(scenario_name: str, name: str, seed: int, state: Path, told: Path) -> Checkpoint:
    """Train a learner in another process, which writes its progress to the file `told` once a second."""
    last = 0.0

    def tell(done: float, _: str) -> None:
        nonlocal last
        if time.monotonic() - last > _PAUSE:
            last = time.monotonic()
            with suppress(OSError), whole_file(told) as file:  # a full disk must not end hours of work
                file.write(json.dumps(done).encode())

    state.parent.mkdir(parents=True, exist_ok=True)
    with resuming.kept_in(state):
        return fitting.fit(scenario_named(scenario_name), name, seed, tell)


def _read_progress(told: Path) -> float:
    """Return another process's last completed share; 0 if it has not started, or its file is damaged."""
    try:
        done = read_json(told)
    except (OSError, ValueError):
        return 0.0
    return float(done) if isinstance(done, float | int) else 0.0


def _usual_seconds(learner: str) -> float:
    """Return the median time that the learner's training took on the scenarios with weights."""
    times = []
    for path in weights.FOLDER.glob(f"*.{learner}.npz"):
        try:
            times.append(float(json.loads(str(load_arrays(path)["recipe"]))["seconds"]))
        except (ValueError, KeyError, TypeError):
            continue
    return median(times) if times else _USUAL_SECONDS
