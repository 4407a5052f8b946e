"""Small tables for the tests of a user's own table."""

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits

from scenarios.own_tasks import experiment
from scenarios.own_tasks.results import OwnResults
from scenarios.own_tasks.source import Source, of_frame


def made_up(
    tasks: int = 6, rows: int = 24, seed: int = 0, *, is_number: bool = False, shift: float = 1.0
) -> pd.DataFrame:
    """Return tasks whose label depends on three features, in each in its own way."""
    rng = np.random.default_rng(seed)
    frames = []
    for task in range(tasks):
        x = rng.standard_normal((rows, 3))
        weights = np.array([1.5, 0.5, 0.0]) + shift * rng.standard_normal(3)
        score = x @ weights + 0.3 * rng.standard_normal(rows)
        label = score if is_number else np.where(score > np.median(score), "yes", "no")
        frames.append(pd.DataFrame(x, columns=["a", "b", "c"]).assign(site=f"site {task}", label=label))
    return pd.concat(frames, ignore_index=True)


def source(frame: pd.DataFrame, task: str = "site") -> Source:
    return of_frame(frame, task=task, label="label")


def digit_pairs(count: int, each: int, seed: int = 0) -> pd.DataFrame:
    """Return pairs of digits as tasks, `each` images of both; no image is in two tasks."""
    x, y = load_digits(return_X_y=True)
    rng = np.random.default_rng(seed)
    left = {digit: list(rng.permutation(np.flatnonzero(y == digit))) for digit in range(10)}
    frames = []
    for low, high in list(combinations(range(10), 2))[:: max(1, 45 // count)][:count]:
        rows = [left[digit].pop() for digit in (low, high) for _ in range(each)]
        images = pd.DataFrame(x[rows], columns=[f"pixel {place}" for place in range(64)])
        frames.append(images.assign(site=f"{low} or {high}", label=np.repeat(["low", "high"], each)))
    return pd.concat(frames, ignore_index=True)


def compared(
    table: Source, kept: Path, methods: tuple[str, ...], shots: tuple[int, ...] = (5,), seed: int = 0
) -> OwnResults:
    """Return the end of a comparison."""
    asked = experiment.plan(table, shots=shots, methods=methods, seed=seed, fewer_tasks=False)
    with ThreadPoolExecutor(1) as executor:
        return list(experiment.run(table, asked, executor, kept, lambda *_: None))[-1]


def with_p_values(found: OwnResults, count: int) -> OwnResults:
    """Return results in which so many tasks, beginning again with the first, have been told strange or not."""
    tasks = [replace(found.tasks[place % len(found.tasks)], p_value=(place + 1) / count) for place in range(count)]
    return replace(found, tasks=tuple(tasks))


@contextmanager
def in_this_process(*_: object) -> Iterator[Executor]:
    """Stand in for the processes of a command."""
    with ThreadPoolExecutor(1) as executor:
        yield executor
