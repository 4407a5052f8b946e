"""Promise: whoever is timed beside our meta-training learns the same thing, and the arithmetic is counted right."""

from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from itertools import pairwise

import numpy as np
import pytest

from scenarios.meta_learner import meta_train
from scenarios.recipe import Recipe
from tests.benchmarks.contenders.problem import Problem, multiply_adds
from tests.benchmarks.contenders.process import Process
from tests.benchmarks.meta_training import ENTRIES, OURS, check

OTHERS = [name for name in ENTRIES if name != OURS]


def problem(*sizes: int, support: int, query: int, **settings: int) -> Problem:
    shapes = [shape for pair in pairwise(sizes) for shape in ((1, *pair), (1, 1, pair[1]))]
    rows = [(3, support, 1), (3, support), (3, query, 1), (3, query)]
    return Problem(Recipe(**settings), tuple(map(np.zeros, rows)), tuple(map(np.zeros, shapes)))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        # A single product w x: forward and kernel gradient, on either set. The gradient w (x x) - y x then goes back
        # through both: to w from the prediction, and to the prediction from the gradient.
        (problem(1, 1, support=1, query=1, meta_batch=1), 2 + 2 + 2),
        (problem(1, 1, support=5, query=3, meta_batch=2), 2 * (5 * 4 + 3 * 2)),
        # Without a step it is the gradient of one network: forward and kernels 1*4 + 4*1 each, and 4 between layers.
        (problem(1, 4, 1, support=5, query=3, meta_batch=1, inner_steps=0), 3 * (8 + 8 + 4)),
        (problem(1, 4, 1, support=5, query=3, meta_batch=1, inner_steps=2), 2 * 5 * (20 + 2 * 8 + 4 * 4) + 3 * 20),
        (problem(1, 40, 40, 1, support=10, query=10, meta_batch=25), 4_980_000),
    ],
)
def test_multiply_adds_are_counted_as_by_hand(given: Problem, expected: int):
    assert multiply_adds(given) == expected


def test_ours_learns_though_nobody_else_is_there(monkeypatch: pytest.MonkeyPatch):
    """The others are not part of the test environment, so nobody would notice that ours does not even run."""
    monkeypatch.setattr(meta_train, "CLIP_NORM", meta_train.CLIP_NORM)  # restored: ours replaces it
    with Process(ENTRIES[OURS].module, ENTRIES[OURS].kind) as ours, ThreadPoolExecutor(1) as here:
        monkeypatch.setattr(ours, "executor", here)  # of this process, which has imported TensorFlow
        found = check({OURS: ours}, own=400)
    assert found["learned"] > 0


def test_a_contender_works_in_a_process_of_its_own():
    """This one needs no framework."""
    given = problem(1, 4, 1, support=5, query=3, meta_batch=1, inner_steps=2)
    with Process("problem", "Problem") as other:
        assert other.ask("multiply_adds", given) == multiply_adds(given)


@pytest.mark.parametrize("name", OTHERS)
def test_who_is_compared_learns_the_same_as_ours(name: str):
    entry = ENTRIES[name]
    if not find_spec(entry.package):
        pytest.skip(f"{entry.package} is not installed: it is in the benchmark group of pyproject.toml")
    with Process(ENTRIES[OURS].module, ENTRIES[OURS].kind) as ours, Process(entry.module, entry.kind) as other:
        found = check({OURS: ours, name: other}, own=200)
    assert found["apart"][name] < 1e-4
