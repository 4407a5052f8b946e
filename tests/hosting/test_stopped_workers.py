"""Promise: a worker that stops or dies again and again costs a bounded time, and `/ready` shows it."""

import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from dashboard import engine as engine_module
from dashboard import executors
from dashboard.engine import Engine, UnwantedError
from dashboard.executors import worker_processes
from scenarios.errors import UserError
from tests import worker_functions as work
from tests.hosting.test_engine import PATIENCE, lines, settle
from tests.hosting.test_hosting import state
from tests.live_server import OURS, LiveServer, copy_house, wait_until, without_model

STALL_LIMIT = 1.2  # seconds
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="there is no signal that stops a process")


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """A file until whose creation `note_and_hold` stays at work."""
    return tmp_path / "gate"


@pytest.fixture
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have engines of this process check waiting jobs ten times as often."""
    monkeypatch.setattr(engine_module, "_LOOK_EVERY", 0.1)


@pytest.fixture
def engine() -> Iterator[Engine]:
    """An engine with one real worker, which notices within a second or so that it stands still."""
    engine = Engine(worker_processes, PATIENCE, stall_limit=STALL_LIMIT)
    yield engine
    engine.close()


@posix_only
@pytest.mark.usefixtures("looks_often")
def test_a_worker_stopped_in_a_long_job_is_replaced_and_everybody_gets_their_answer(engine: Engine, diary: str):
    pid = settle(engine.ask(work.process_id))
    long = engine.start(work.note_and_answer, diary, "long", 0.5)
    wait_until(lambda: lines(diary) == ["long"], "it does not begin")
    psutil.Process(pid).send_signal(signal.SIGSTOP)
    question = engine.ask(work.product, 6, 7)
    assert settle(question) == 42
    assert settle(long) == "long"
    assert engine.stats().replaced == 1
    wait_until(lambda: not psutil.pid_exists(pid), "the stopped process stays")


@pytest.mark.usefixtures("looks_often")
def test_a_worker_that_computes_for_longer_than_the_limit_is_not_replaced(engine: Engine):
    assert settle(engine.start(work.count_for, 1.75 * STALL_LIMIT)) > 0
    assert engine.stats().replaced == 0


@pytest.mark.usefixtures("looks_often")
def test_an_executor_without_processes_of_this_machine_is_not_judged_by_them(diary: str):
    engine = Engine(lambda: ThreadPoolExecutor(1), PATIENCE, stall_limit=0.1)
    assert settle(engine.ask(work.note_and_answer, diary, "slow", 0.6)) == "slow"
    assert engine.stats().replaced == 0
    assert executors.Idleness().look(ThreadPoolExecutor(1)) == []
    engine.close()


@pytest.mark.usefixtures("looks_often")
def test_a_question_that_waits_too_long_ends_with_a_sentence_and_may_be_asked_again(diary: str, gate: Path):
    engine = Engine(worker_processes, PATIENCE, wait_limit=0.3)
    busy = engine.ask(work.note_and_hold, diary, "busy", str(gate))
    wait_until(lambda: lines(diary) == ["busy"], "it does not begin")
    question, chunk = engine.ask(work.product, 6, 7), engine.start(work.product, 2, 3)
    with pytest.raises(UserError, match="Please try again") as caught:
        settle(question)
    assert "稍后重试" in caught.value.text.zh
    assert not busy.wait(0), "it was told before the work beside it had ended"
    gate.touch()
    assert (settle(busy), settle(chunk)) == ("busy", 6)
    assert settle(engine.ask(work.product, 6, 7)) == 42
    engine.close()


@pytest.mark.usefixtures("looks_often")
def test_a_long_job_that_nobody_wants_any_more_is_dropped_while_it_waits(diary: str, gate: Path):
    engine = Engine(worker_processes, PATIENCE)
    wanted = {"one": True, "other": True}
    busy = engine.start(work.note_and_hold, diary, "busy", str(gate))
    wait_until(lambda: lines(diary) == ["busy"], "it does not begin")
    one, other = (
        engine.start(work.note_and_answer, diary, name, is_wanted=partial(wanted.__getitem__, name)) for name in wanted
    )
    wanted["one"] = False
    with pytest.raises(UnwantedError):
        settle(one)
    assert not busy.wait(0)
    assert engine.stats().waiting == 1
    gate.touch()
    assert (settle(busy), settle(other)) == ("busy", "other")
    assert (lines(diary), engine.stats().left) == (["busy", "other"], 1)
    engine.close()


def test_workers_that_die_one_after_the_other_are_started_ever_more_seldom_and_fill_no_log(
    diary: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    started: list[float] = []

    def start() -> Executor:
        started.append(time.monotonic())
        return worker_processes()

    first_pause = 0.4
    monkeypatch.setattr(engine_module, "_FIRST_PAUSE", first_pause)
    engine = Engine(start, PATIENCE)
    for number in range(2):
        with pytest.raises(UserError):
            settle(engine.ask(work.die, diary, 90 + number))
    pauses = [after - before for before, after in pairwise(started)]
    assert len(pauses) == 3
    assert pauses[1] > first_pause
    assert pauses[2] > 2 * first_pause
    text = "\n".join(record.getMessage() for record in caplog.records)
    assert "Traceback" not in text
    assert caplog.text.count("\n") <= 6
    assert settle(engine.ask(work.product, 3, 3)) == 9
    assert engine._losses == 0, "the next death is a first one again"
    engine.close()


def test_the_longest_pause_is_bounded():
    engine = Engine(worker_processes)
    for _ in range(100):
        engine._executor = ThreadPoolExecutor(1)
        engine._replace(engine._executor)
    assert engine._next_start - time.monotonic() <= engine_module.LONGEST_PAUSE


def test_a_worker_does_not_inherit_the_hosts_token(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("QUICK_STUDY_METRICS_TOKEN", "a long secret")
    engine = Engine(worker_processes, PATIENCE)
    assert settle(engine.ask(work.variable, "QUICK_STUDY_METRICS_TOKEN")) == ""
    engine.close()


# -- on a server ------------------------------------------------------------------------------------------------------


@pytest.fixture
def house(tmp_path: Path) -> Path:
    house = without_model(copy_house(tmp_path / "house"))
    for module, old, new in (
        ("engine.py", "\nSTALL_LIMIT = 10.0", f"\nSTALL_LIMIT = {STALL_LIMIT}"),
        ("engine.py", "_LOOK_EVERY = 1.0", "_LOOK_EVERY = 0.1"),
        ("engine.py", "_FIRST_PAUSE = 1.0", "_FIRST_PAUSE = 0.2"),
        ("hosting/health.py", "EVERY = 0.5", "EVERY = 0.1"),
        ("hosting/health.py", "QUIET = 20.0", "QUIET = 0.5"),
        ("hosting/health.py", "AGAIN = 3.0", "AGAIN = 0.1"),
    ):
        path = house / "dashboard" / module
        code = path.read_text(encoding="utf-8")
        assert old in code
        path.write_text(code.replace(old, new), encoding="utf-8")
    return house


@posix_only
def test_ready_turns_503_soon_after_the_worker_was_stopped_and_200_again_by_itself(served: LiveServer):
    wait_until(lambda: state(served) == (200, "ready"), "it does not get ready")
    stopped = served.worker()
    stopped.send_signal(signal.SIGSTOP)
    wait_until(lambda: state(served)[0] == 503, "it does not notice", patience=30)
    wait_until(lambda: state(served)[0] == 200, "it does not recover")
    assert served.worker().pid != stopped.pid


def test_ready_stays_503_and_the_log_short_while_every_worker_dies(house: Path):
    model = house / "scenarios" / "demo" / "demo_task.py"
    model.write_text("def self_test():\n    import os\n    os.abort()\n", encoding="utf-8")
    server = LiveServer(house, OURS, {"PYTHONPATH": str(house), "QUICK_STUDY_WAKE": "yes", "PYTHONFAULTHANDLER": ""})
    try:
        wait_until(lambda: server.log().count("is replaced") >= 3, "nothing dies")
        assert state(server)[0] == 503
        assert "Traceback" not in server.log()
        assert len(server.log()) < 4000, server.log()
    finally:
        server.close()


def test_a_model_that_cannot_be_imported_is_logged_once_and_ready_is_503(house: Path):
    model, imports = house / "scenarios" / "demo" / "demo_task.py", house / "imports"
    program = f"open({str(imports)!r}, 'a').write('x')\nraise MemoryError('no room')\n"
    model.write_text(program, encoding="utf-8")
    server = LiveServer(house, OURS, {"PYTHONPATH": str(house), "QUICK_STUDY_WAKE": "yes"})
    try:
        wait_until(lambda: "the model does not start" in server.log(), "nothing is logged")
        wait_until(lambda: imports.stat().st_size >= 4, "it is not asked again")
        assert state(server)[0] == 503
        assert server.log().count("the model does not start") == 1
        assert "Traceback" not in server.log()
    finally:
        server.close()
