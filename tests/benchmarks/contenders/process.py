"""A process for each contender, since frameworks in one process fight over its threads."""

import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from types import TracebackType
from typing import Any, Self

from scenarios.task import Array
from tests.benchmarks.contenders.problem import Problem


class Process:
    """One contender in a process of its own, which imports its framework and no other. Used in a `with` statement."""

    def __init__(self, module: str, kind: str) -> None:
        self.module, self.kind = f"{__package__}.{module}", kind
        self.executor = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))

    def ask(self, function: str, *given: Any, **named: Any) -> Any:
        """What a function of the contender's module answers there."""
        return self.executor.submit(_ask, self.module, function, *given, **named).result()

    def open(self, problem: Problem) -> None:
        self.executor.submit(_open, self.module, self.kind, problem).result()

    def follow(self, picks: Array) -> tuple[Array, ...]:
        """The start after a step on each of the given batches, picks (steps, tasks) from the pool."""
        return self.executor.submit(_timed, "follow", picks).result()[0]

    def train(self, steps: int) -> tuple[tuple[Array, ...], float]:
        """The start after so many steps on batches that are picked in the loop, and the milliseconds of each."""
        start, seconds = self.executor.submit(_timed, "train", steps).result()
        return start, 1000 * seconds / steps

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.executor.shutdown(cancel_futures=True)


_opened: Any = None  # in the contender's process: what it trains


def _ask(module: str, function: str, *given: Any, **named: Any) -> Any:
    return getattr(import_module(module), function)(*given, **named)


def _open(module: str, kind: str, problem: Problem) -> None:
    global _opened
    _opened = getattr(import_module(module), kind)(problem)


def _timed(method: str, argument: Any) -> tuple[Any, float]:
    function: Callable[[Any], Any] = getattr(_opened, method)
    began = time.perf_counter()
    answer = function(argument)
    return answer, time.perf_counter() - began
