"""Fit a learner to the training tasks of a scenario, and restore it from `assets/weights`."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from scenarios.errors import UserError
from scenarios.learner import Learner
from scenarios.learners.experience import experience_of
from scenarios.learners.registry import familiarity_learner, learner_spec, members, trainable
from scenarios.meta_learner import weights
from scenarios.meta_learner.weights import Checkpoint, Report
from scenarios.scenario import DEFAULT_WORLD, Scenario
from scenarios.text import Text

if TYPE_CHECKING:
    from scenarios.learners.familiarity import FamiliarityTest


def fit(scenario: Scenario, learner: str, seed: int, report: Report = lambda done, word: None) -> Checkpoint:
    """Let a learner see the training tasks. Raises UserError for a learner that has nothing to train."""
    spec = learner_spec(scenario, learner)
    if not spec.is_trained:
        others = trainable(scenario)
        text = Text(
            en=f"{learner} needs no training: it is computed. Methods to train: {', '.join(others)}.",
            zh=f"{learner} 无需训练：它是直接算出来的。可训练的方法有：{'、'.join(others)}。",
        )
        raise UserError(text)
    began = time.perf_counter()
    checkpoint = spec.fit()(scenario, seed, report) if spec.fit else _fit_ensemble(scenario, learner, seed, report)
    seconds = round(time.perf_counter() - began, 1)
    return Checkpoint(checkpoint.arrays, {"learner": learner, "seed": seed, "seconds": seconds, **checkpoint.metadata})


def _fit_ensemble(scenario: Scenario, learner: str, seed: int, report: Report) -> Checkpoint:
    from scenarios.learners import ensemble

    known = {name: load_checkpoint(scenario, name) for name in members(scenario, learner)}
    learners = {name: restore(scenario, name, checkpoint) for name, checkpoint in known.items()}
    seen = (experience_of(scenario, checkpoint.metadata) for checkpoint in known.values())
    return ensemble.fit(scenario, learners, [each for each in seen if each], seed, report)


def load(scenario: Scenario, learner: str, folder: Path = weights.FOLDER) -> Learner:
    """Bring a fitted learner back. Raises UserError when its file is missing, damaged or stale."""
    checkpoint = load_checkpoint(scenario, learner, folder)
    return _restored(scenario, learner, checkpoint, weights.path_of(scenario, learner, folder))


def load_all(scenario: Scenario, learners: Iterable[str]) -> dict[str, Learner]:
    """Return learners by their ids. Raises UserError that names all whose files are missing, damaged or stale."""
    loaded, errors = dict[str, Learner](), dict[str, UserError]()
    for name in dict.fromkeys(learners):
        learner_spec(scenario, name)  # an id that does not suit is another error
        try:
            loaded[name] = load(scenario, name)
        except UserError as error:
            errors[name] = error
    if len(errors) == 1:
        raise next(iter(errors.values()))
    if errors:
        text = Text(
            en="{count} methods of {scenario} have no usable weights: {names}. To train them all, run: {command}",
            zh="{scenario} 有 {count} 种方法缺少可用的权重：{names}。请运行以下命令全部训练：{command}",
        )
        command = f"python -m scenarios train {scenario.argument} --all"
        raise UserError(
            text.format(count=len(errors), scenario=scenario.name, names=", ".join(errors), command=command)
        )
    return loaded


def shipped(scenario: Scenario, learners: Iterable[str]) -> list[str]:
    """Return the learners that are used unless named.

    In a scenario's default world these are all of them; in other worlds, those with a weights file or without need of
    one, because not all are trained there.
    """
    if scenario.world == DEFAULT_WORLD:
        return [*learners]
    trained = trainable(scenario)
    return [name for name in learners if name not in trained or weights.path_of(scenario, name).exists()]


def load_file(scenario: Scenario, learner: str, path: Path) -> Learner:
    """Return the learner in a weights file anywhere, such as one a user trained. Raises UserError as `load` does."""
    if not learner_spec(scenario, learner).is_trained:
        text = Text(
            en=f"{learner} is computed: it has no weights to read from {path.name}.",
            zh=f"{learner} 是直接算出来的，没有可从 {path.name} 读取的权重。",
        )
        raise UserError(text)
    return _restored(scenario, learner, weights.load(path, scenario, learner), path)


def from_bytes(scenario: Scenario, learner: str, content: bytes) -> Learner:
    """Return the learner in the content of a weights file. Raises UserError as `load` does."""
    path = weights.path_of(scenario, learner)
    return _restored(scenario, learner, weights.from_bytes(content, path, scenario, learner), path)


def _restored(scenario: Scenario, learner: str, checkpoint: Checkpoint, path: Path) -> Learner:
    with _refusing(path, scenario, learner):
        return restore(scenario, learner, checkpoint)


@contextmanager
def _refusing(path: Path, scenario: Scenario, learner: str) -> Iterator[None]:
    """Name the file, and the command that recreates it, if it holds another learner's weights."""
    try:
        yield
    except (KeyError, ValueError) as error:
        raise weights.stale(path, scenario, learner) from error


def restore(scenario: Scenario, learner: str, checkpoint: Checkpoint) -> Learner:
    """Return the learner of a checkpoint; the members of an ensemble come from their own weights files.

    Raises
    ------
    KeyError, ValueError
        If the checkpoint is another learner's.
    UserError
        If the weights of an ensemble's member are missing, damaged or stale.
    """
    spec = learner_spec(scenario, learner)
    if spec.restore:
        return spec.restore()(scenario, checkpoint)
    from scenarios.learners import ensemble

    return ensemble.restore(scenario, checkpoint, {name: load(scenario, name) for name in members(scenario, learner)})


def familiarity_test(scenario: Scenario, shots: int) -> "FamiliarityTest":
    """Return the test whether a task with `shots` labels resembles the training tasks. Raises UserError as `load`."""
    from scenarios.learners import familiarity

    name = familiarity_learner(scenario)
    checkpoint = load_checkpoint(scenario, name)
    with _refusing(weights.path_of(scenario, name), scenario, name):
        return familiarity.restored(scenario, name, checkpoint, shots)


def experience(scenario: Scenario, learner: str) -> int | None:
    """Return how many other tasks a fitted learner has seen; None if none. Raises UserError as `load` does."""
    seen = experience_of(scenario, load_checkpoint(scenario, learner).metadata)
    return seen.tasks if seen else None


def load_checkpoint(scenario: Scenario, learner: str, folder: Path = weights.FOLDER) -> Checkpoint:
    """Return the arrays and metadata of a trained learner; an empty checkpoint for one that is computed."""
    if not learner_spec(scenario, learner).is_trained:
        return Checkpoint({})
    return weights.load(weights.path_of(scenario, learner, folder), scenario, learner)
