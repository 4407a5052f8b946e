"""What the tests have done in a worker process: small things that answer, fail, hang or die."""

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil

from scenarios.demo import precomputed
from scenarios.demo.precomputed import DemoTask
from scenarios.errors import UserError
from scenarios.protocol import SHOTS
from scenarios.publication.cached_jobs import CachedJob
from scenarios.text import Text
from tests.live_server import PATIENCE

HELD_AT_MOST = 300.0  # seconds; a test that fails leaves no worker waiting for ever
OUT_OF_PAPER = Text(en="There is no paper. Put some in.", zh="没有纸了，请加纸。")


def process_id(*_: object) -> int:
    return os.getpid()


def product(a: int, b: int) -> int:
    return a * b


def note_and_answer(diary: str, word: str, seconds: float = 0.0) -> str:
    """Leave a line in the diary, which says how often this was really done."""
    with Path(diary).open("a", encoding="utf-8") as file:
        file.write(f"{word}\n")
    time.sleep(seconds)
    return word


def note_and_hold(diary: str, word: str, gate: str) -> str:
    """Leave a line in the diary and stay at work until a test creates the file `gate`."""
    note_and_answer(diary, word)
    end = time.monotonic() + HELD_AT_MOST
    while not Path(gate).exists() and time.monotonic() < end:
        time.sleep(0.01)
    return word


def fail_for_the_reader() -> None:
    raise UserError(OUT_OF_PAPER)


def fail_by_mistake() -> None:
    raise ZeroDivisionError("a mistake of ours")


def die(diary: str, times: int) -> str:
    """Kill the process that this runs in, as a machine out of memory would, the first so many times."""
    note_and_answer(diary, "alive")
    if len(Path(diary).read_text(encoding="utf-8").split()) <= times:
        psutil.Process().kill()
    return "survived"


def hang(diary: str) -> None:
    note_and_answer(diary, "hanging", seconds=600)


def run_out_of_memory() -> int:
    """Ask for more than this process may have."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (psutil.Process().memory_info().vms + 2**28, before[1]))
    try:
        return len(bytearray(2**34))
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def fail_as_a_library_does() -> None:
    """With an error of a class that only those have who have imported the library."""
    from numpy.linalg import LinAlgError

    raise LinAlgError("this has no inverse")


def count_for(seconds: float) -> int:
    """Compute without a pause."""
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        count += 1
    return count


def variable(name: str) -> str:
    return os.environ.get(name, "not there")


NOT_STOPPED = 3  # a piece that, with those after it, takes until its study was stopped
STOPPED = threading.Event()


def noted(folder: str, number: int) -> dict[str, Any]:
    """Measure a number, and leave a trace of each time that it is measured."""
    with (Path(folder) / "made").open("a") as file:
        file.write(f"{number}\n")
    if number >= NOT_STOPPED:
        assert STOPPED.wait(PATIENCE)
    if number < 0:
        raise ValueError("nothing can be measured here")
    return {"number": number / 3}


def note_with_joblib(folder: str, number: int) -> dict[str, Any]:
    """Measure a number in a process that has imported joblib, as scikit-learn does."""
    import joblib  # noqa: F401

    return noted(folder, number)


def some_pieces(
    folder: Path, numbers: range | list[int], measure: Callable[..., dict[str, Any]] = noted
) -> list[CachedJob]:
    """Return pieces of a study that need no model."""
    return [CachedJob(f"piece-{number}", measure, (str(folder), number), "these weights") for number in numbers]


def answer_without_model(diary: str) -> None:
    """Have this worker answer every question of a page with the prepared answer, and note its process id each time."""

    def adapt_to(scenario_name: str, *_: object) -> DemoTask | None:
        note_and_answer(diary, f"{os.getpid()}")
        return precomputed.read(scenario_name, precomputed.SEED, precomputed.DRAW, SHOTS[0])

    module = ModuleType("scenarios.demo.demo_task")
    module.adapt_to = adapt_to  # type: ignore[attr-defined]
    sys.modules[module.__name__] = module
