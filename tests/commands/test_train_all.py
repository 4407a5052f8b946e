"""Promise: one command trains every learner that lacks weights, and continues when it was interrupted."""

import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from scenarios.catalog import SCENARIOS
from scenarios.command_line import parser
from scenarios.learners import fitting, registry, resuming
from scenarios.meta_learner import meta_train, weights
from scenarios.meta_learner.meta_train import Progress, TrainState, unchanged

LINE = SCENARIOS["line"]
MISSING = ("maml", "pooled")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of weights in which two are missing. Training takes no time, and gives what is shipped."""
    shipped = {name: fitting.load_checkpoint(LINE, name) for name in registry.trainable(LINE)}
    for name in shipped.keys() - {*MISSING}:
        shutil.copy(weights.path_of(LINE, name), tmp_path)
    monkeypatch.setattr(
        weights, "path_of", lambda scenario, name, folder=None: tmp_path / f"{scenario.name}.{name}.npz"
    )
    monkeypatch.setattr(fitting, "fit", lambda scenario, name, seed, report: report(1.0, "done") or shipped[name])
    return tmp_path


@pytest.fixture(autouse=True)
def handler_restored() -> Iterator[None]:
    """Restore the handler of interrupts: an interrupted command ignores further ones until its process ends."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


def made(folder: Path, before: dict[str, int]) -> set[str]:
    """The learners whose files are new since `before`."""
    return {
        path.name.split(".")[1] for path in folder.glob("*.npz") if path.stat().st_mtime_ns != before.get(path.name)
    }


def times(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("*.npz")}


def test_it_trains_what_is_missing_and_nothing_else(folder: Path, capsys: pytest.CaptureFixture[str]):
    before, command = times(folder), ["train", "line", "--all", "--workers", "1", "--kept", str(folder / "kept")]
    assert parser.main(command) == 0
    said = capsys.readouterr()
    assert made(folder, before) == {*MISSING}
    assert "maml (1 of 2): done" in said.err
    assert " left\n" in said.err
    assert "study line" in said.out
    before = times(folder)
    assert parser.main(command) == 0
    assert made(folder, before) == set()
    assert parser.main([*command, "--overwrite"]) == 0
    assert made(folder, before) == {*registry.trainable(LINE)}


def test_when_interrupted_it_names_what_it_trained_and_the_same_command_continues(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    before, command = times(folder), ["train", "line", "--all", "--workers", "1", "--kept", str(folder / "kept")]
    fit = fitting.fit

    def interrupt(scenario: object, name: str, *more: object) -> object:
        if name == MISSING[1]:
            signal.raise_signal(signal.SIGINT)
        return fit(scenario, name, *more)

    with monkeypatch.context() as patch:
        patch.setattr(fitting, "fit", interrupt)
        assert parser.main(command) == 130
    said = capsys.readouterr().err
    assert "Replaced: line.maml.npz; no other file was changed. Trained learners are kept" in said
    assert made(folder, before) == {MISSING[0]}
    before = times(folder)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    assert parser.main(command) == 0
    assert made(folder, before) == {MISSING[1]}


def test_several_processes_train_what_one_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    shipped = {name: fitting.load_checkpoint(LINE, name) for name in registry.trainable(LINE)}
    missing = ("least_squares", "bayesian_linear")
    for name in shipped.keys() - {*missing}:
        shutil.copy(weights.path_of(LINE, name), tmp_path)
    monkeypatch.setattr(
        weights, "path_of", lambda scenario, name, folder=None: tmp_path / f"{scenario.name}.{name}.npz"
    )
    assert parser.main(["train", "line", "--all", "--workers", "2", "--kept", str(tmp_path / "kept")]) == 0
    assert "of 2 trained" in capsys.readouterr().err
    for name in missing:
        made = fitting.load_checkpoint(LINE, name).arrays
        for part, array in shipped[name].arrays.items():
            np.testing.assert_allclose(made[part], array, rtol=1e-4, err_msg=f"{name}: {part}")
    assert not [*(tmp_path / "kept").glob("*")], "what is done leaves nothing behind"


@pytest.mark.parametrize("command", ["evaluate", "study"])
def test_a_command_that_needs_weights_names_all_that_are_missing_and_one_command_for_them(
    folder: Path, command: str, capsys: pytest.CaptureFixture[str]
):
    assert parser.main([command, "line", "--tasks", "2"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert all(name in line for name in MISSING)
    assert "least_squares" not in line
    assert line.endswith("python -m scenarios train line --all")


@pytest.mark.usefixtures("uncompiled")
def test_an_interrupted_meta_training_continues_from_its_state_to_the_same_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(resuming, "meta_train", partial(meta_train.meta_train, chunk=2))
    recipe = replace(LINE.recipe, meta_steps=6, train_tasks=20, meta_batch=2, queries=5)
    train, seen = partial(resuming.train, LINE, recipe), []

    def report(limit: float) -> Callable[[Progress], None]:
        def show(progress: Progress) -> None:
            seen.append(progress.done)
            if progress.done > limit:
                raise KeyboardInterrupt

        return show

    whole = train(0, unchanged, report(1))
    with resuming.kept_in(tmp_path / "state.npz"):
        with pytest.raises(KeyboardInterrupt):
            train(0, unchanged, report(0.5))
        seen.clear()
        assert_equal(train(0, unchanged, report(1)), whole)
        assert seen == [1.0], "four of the six steps had been taken"
        seen.clear()
        train(1, unchanged, report(1))
        assert len(seen) == 3, "another seed is another training"


def assert_equal(one: TrainState, other: TrainState) -> None:
    arrays = resuming.as_arrays(other)
    for name, array in resuming.as_arrays(one).items():
        np.testing.assert_array_equal(array, arrays[name], err_msg=name)
