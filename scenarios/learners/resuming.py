"""Meta-training that can be interrupted: its state is kept in a file, from which the same training continues.

`python -m scenarios train NAME --all` uses it. A state is only continued by the training that wrote it: the same
scenario and generator, hyperparameters, preparation and seed.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import numpy as np
import tensorflow as tf

from scenarios.atomic_files import load_arrays, save_arrays
from scenarios.meta_learner import weights
from scenarios.meta_learner.meta_train import Prepare, Progress, TrainState, first_state, meta_train
from scenarios.recipe import Recipe
from scenarios.scenario import Scenario
from scenarios.task import Array

SAVE_INTERVAL = 30.0  # seconds of training that a power cut may cost
_FILE: ContextVar[Path | None] = ContextVar("file of the unfinished training", default=None)


@contextmanager
def kept_in(path: Path) -> Iterator[None]:
    """Let meta-training in this block continue from the state in `path`, if there is one, and keep its state there."""
    token = _FILE.set(path)
    try:
        yield
    finally:
        _FILE.reset(token)


def train(
    scenario: Scenario, recipe: Recipe, seed: int, prepare: Prepare, report: Callable[[Progress], None]
) -> TrainState:
    """Meta-train to the end; inside `kept_in`, from a kept state.

    Whatever ends the training early, an interrupt included, its state is kept first.
    """
    path = _FILE.get()
    identity = _identity(scenario, recipe, seed, prepare)
    state = _read(path, identity) if path else None
    state, saved = state or first_state(scenario, recipe, seed), time.monotonic()
    try:
        if int(state.step) < recipe.meta_steps:
            for progress in meta_train(scenario, recipe, seed, state=state, prepare=prepare):
                state = progress.state
                if path and time.monotonic() - saved > SAVE_INTERVAL:
                    _write(path, identity, state)
                    saved = time.monotonic()
                report(progress)
    finally:  # the end included: a learner may have more to do than its meta-training
        if path:
            _write(path, identity, state)
    return state


def as_arrays(state: TrainState) -> dict[str, Array]:
    """Return a state as plain arrays, by names such as momentum_0."""
    parts = {name: getattr(state, name) for name in state._fields[1:]}
    arrays = {f"{name}_{place}": w.numpy() for name, part in parts.items() for place, w in enumerate(part)}
    return {"step": np.array(int(state.step)), **arrays}


def from_arrays(arrays: dict[str, Array]) -> TrainState:
    """Return the state that `as_arrays` took apart. Raises KeyError if there is no step."""

    def part(name: str) -> tuple[tf.Tensor, ...]:
        count = sum(key.startswith(f"{name}_") for key in arrays)
        return tuple(tf.constant(arrays[f"{name}_{place}"]) for place in range(count))

    return TrainState(tf.constant(int(arrays["step"])), *map(part, TrainState._fields[1:]))


def _identity(scenario: Scenario, recipe: Recipe, seed: int, prepare: Prepare) -> str:
    described = json.dumps([scenario.name, recipe.as_dict(), seed, prepare.__qualname__], sort_keys=True)
    generator = np.round(weights.fingerprint(scenario), 3).tobytes()
    return hashlib.sha256(described.encode() + generator).hexdigest()


def _write(path: Path, identity: str, state: TrainState) -> None:
    save_arrays(path, identity=np.array(identity), **as_arrays(state))


def _read(path: Path, identity: str) -> TrainState | None:
    """Return the state in a file, or None if it is missing, damaged or another training's."""
    try:
        arrays = load_arrays(path)
        return from_arrays(arrays) if str(arrays.pop("identity")) == identity else None
    except (ValueError, KeyError):
        return None
