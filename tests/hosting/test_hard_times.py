"""Promise: a clock that jumps and a memory that runs out cost one answer at most, and the reader is told."""

import ast
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from types import SimpleNamespace

import pytest

from dashboard import executors, training
from dashboard.engine import Engine
from dashboard.remote import user_training_chunks
from scenarios.demo.user_training import ReferenceScores, TrainingConfig, TrainingState
from scenarios.errors import UserError
from tests import worker_functions
from tests.hosting.test_damaged_files import CODE
from tests.live_server import PATIENCE

# -- clocks -----------------------------------------------------------------------------------------------------------

DAY = 86_400.0
# Clocks that can be set, or that daylight saving changes.
SET_BY_PEOPLE = ("time.time", "time.time_ns", "time.localtime", "datetime.now", "datetime.utcnow", "date.today",
                 "time.ctime", "time.strftime", "datetime.datetime.now", "datetime.date.today")  # fmt: skip


def clocks(source: str) -> list[str]:
    """The clocks that a module reads and that may jump."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    found = [called for node in calls if (called := ast.unparse(node.func)) in SET_BY_PEOPLE]
    imports = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom))
    names = [name.name for node in imports if node.module == "time" for name in node.names]
    return found + [name for name in names if name == "time"]


@pytest.mark.parametrize("source", ["import time\ntime.time()", "from time import time", "x = datetime.now()"])
def test_clocks_that_may_jump_are_found(source: str):
    assert clocks(source)


def test_nothing_looks_at_a_clock_that_may_jump():
    found = {path.name: found for path in CODE if (found := clocks(path.read_text(encoding="utf-8")))}
    assert found == {"report.py": ["datetime.now"]}, "the date on a printed report, which is that of people's clocks"


@pytest.fixture
def jumping(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of day alternates between yesterday's and tomorrow's."""
    now, apart = time.time, cycle((DAY, -DAY, 400 * DAY, 0.0, -time.time()))
    monkeypatch.setattr(time, "time", lambda: now() + next(apart))


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = Engine(lambda: ThreadPoolExecutor(1), time_limit=PATIENCE)  # far less than the clocks jump
    yield engine
    engine.close()


@pytest.mark.usefixtures("jumping")
def test_a_clock_that_jumps_neither_ends_work_nor_keeps_it_waiting(engine: Engine, tmp_path):
    diary = str(tmp_path / "diary")
    began = time.monotonic()
    jobs = [engine.ask(worker_functions.note_and_answer, diary, word, 0.2) for word in "abc"]
    while not all(job.wait(0.01) for job in jobs):
        assert [job.place()[1] >= 0 for job in jobs] == [True] * 3
        assert time.monotonic() - began < PATIENCE
    assert [job.answer() for job in jobs] == ["a", "b", "c"]
    stats = engine.stats()
    assert (stats.answered, stats.failed, stats.replaced) == (3, 0, 0)
    passed = time.monotonic() - began
    assert 0 <= stats.seconds_waited < 3 * passed
    assert 0.5 < stats.seconds_worked < 3 * passed


@pytest.mark.usefixtures("jumping")
def test_a_training_goes_on_through_jumps_of_the_clock(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(training, "st", SimpleNamespace(session_state={}))
    monkeypatch.setattr(training, "ENGINE", engine)
    monkeypatch.setattr(user_training_chunks, "train_on", _ten_steps)
    monkeypatch.setattr(
        user_training_chunks, "reference_scores", lambda name: ReferenceScores("scratch", 0.1, 0.9, tasks=2, queries=3)
    )
    training.begin(TrainingConfig("anywhere", "maml", meta_steps=50, train_tasks=30, inner_steps=1))
    end = time.monotonic() + PATIENCE
    while not (now := training.look()).done:
        assert 0 <= now.waiting < PATIENCE
        assert now.seconds_left is None or 0 <= now.seconds_left < PATIENCE
        assert time.monotonic() < end
        time.sleep(0.005)
    assert (now.trouble, now.steps) == (None, 50)


def _ten_steps(choice: TrainingConfig, state: dict | None) -> TrainingState:
    step = (state["step"] if state else 0) + 10
    return TrainingState({"step": step}, step, 1.0, 0.5, 0.01, b"weights")


# -- memory -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def workshop() -> Iterator[Engine]:
    """With a process of its own, as on a server."""
    engine = Engine(executors.worker_processes)
    yield engine
    engine.close()


def complaint(workshop: Engine, function: Callable[[], object]) -> BaseException:
    job = workshop.ask(function)
    assert job.wait(PATIENCE)
    with pytest.raises(Exception) as caught:  # noqa: PT011
        job.answer()
    return caught.value


def test_a_worker_without_memory_says_so_to_its_reader_and_answers_the_next(workshop: Engine):
    pytest.importorskip("resource")
    error = complaint(workshop, worker_functions.run_out_of_memory)
    assert isinstance(error, UserError)
    assert error.text == executors._NO_MEMORY
    assert workshop.ask(worker_functions.product, 6, 7).answer() == 42


def test_what_a_library_raises_is_read_without_that_library(workshop: Engine):
    error = complaint(workshop, worker_functions.fail_as_a_library_does)
    assert type(error) is RuntimeError
    assert str(error) == "LinAlgError: this has no inverse"
    assert "fail_as_a_library_does" in str(error.__cause__), "the log has the way there"


def test_mistakes_and_sentences_for_readers_come_as_they_are(workshop: Engine):
    assert isinstance(complaint(workshop, worker_functions.fail_by_mistake), ZeroDivisionError)
    error = complaint(workshop, worker_functions.fail_for_the_reader)
    assert isinstance(error, UserError)
    assert error.text == worker_functions.OUT_OF_PAPER


@pytest.mark.parametrize("name", ["ResourceExhaustedError", "MemoryError"])
def test_a_library_without_memory_says_the_same(name: str):
    def fail() -> None:
        raise type(name, (MemoryError if name == "MemoryError" else Exception,), {})("no room for a tensor")

    with pytest.raises(UserError) as caught:
        executors.with_portable_errors(fail)
    assert caught.value.text == executors._NO_MEMORY
