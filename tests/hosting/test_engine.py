"""Promise: a page asks, and gets an answer or a sentence that it can show, whatever happens to the worker."""

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Barrier, Event
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from dashboard import engine as engine_module
from dashboard.engine import Engine, Job
from dashboard.executors import alive as alive_of
from dashboard.executors import worker_processes
from scenarios.errors import UserError
from tests import worker_functions as work

PATIENCE = 300.0  # seconds, far more than anything here takes on a machine that is busy


class Workshop:
    """Real worker processes, started as the product does, and a count of how many were started."""

    def __init__(self) -> None:
        self.started = 0
        self._engines: list[Engine] = []

    def __call__(self, time_limit: float = PATIENCE, room: int = engine_module.ROOM, slots: int = 1) -> Engine:
        engine = Engine(partial(self._start, slots), time_limit, room, wait_limit=1e6, stall_limit=1e6)
        self._engines.append(engine)
        return engine

    def _start(self, slots: int) -> Executor:
        self.started += 1
        return worker_processes(slots)

    def close(self) -> None:
        for engine in self._engines:
            engine.close()


@pytest.fixture
def workshop() -> Iterator[Workshop]:
    opened = Workshop()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def shared() -> Iterator[Engine]:
    """One worker for the tests that leave it as they found it."""
    engine = Engine(worker_processes, PATIENCE)
    yield engine
    engine.close()


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """A file until whose creation `note_and_hold` stays at work: no test depends on how long something takes."""
    return tmp_path / "gate"


@pytest.fixture
def exceed_limit(monkeypatch: pytest.MonkeyPatch) -> Callable[[Engine], None]:
    """Set the engine's clock forward, beyond the time limit of everything that is at work."""
    ahead = [0.0]
    monkeypatch.setattr(engine_module, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + ahead[0]))

    def jump(engine: Engine) -> None:
        ahead[0] += 2 * engine.time_limit
        with engine._changed:
            engine._changed.notify_all()  # it sleeps until the limit, by the monotonic clock

    return jump


def lines(diary: str) -> list[str]:
    return Path(diary).read_text(encoding="utf-8").split()


def settle(job: Job, turn: float = 0.05) -> Any:
    """Wait as a page does, in turns of so many seconds, and take the answer."""
    end = time.monotonic() + PATIENCE
    while not job.wait(turn):
        assert time.monotonic() < end, "the job never ended"
    return job.answer()


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it never became true"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_an_answer_comes_back_from_another_process(shared: Engine):
    assert settle(shared.ask(work.product, 6, 7)) == 42
    assert settle(shared.ask(work.process_id)) != psutil.Process().pid


def test_those_who_ask_the_same_share_one_job_and_the_answer_is_kept(shared: Engine, diary: str):
    first, second = (shared.ask(work.note_and_answer, diary, "same", 0.3) for _ in range(2))
    assert first is second
    assert [settle(first), settle(second)] == ["same", "same"]
    assert settle(shared.ask(work.note_and_answer, diary, "same", 0.3)) == "same"
    assert lines(diary) == ["same"]
    assert shared.ask(work.note_and_answer, diary, "other") is not first


def test_old_answers_make_room_for_new_ones(shared: Engine, monkeypatch):
    monkeypatch.setattr(engine_module, "KEPT_ANSWERS", 3)
    jobs = [shared.ask(work.product, 1000, number) for number in range(5)]
    assert [settle(job) for job in jobs] == [1000 * number for number in range(5)]
    assert shared.ask(work.product, 1000, 4) is jobs[4]
    assert shared.ask(work.product, 1000, 0) is not jobs[0]


def test_what_is_started_for_one_asker_is_shared_with_nobody_and_not_kept(shared: Engine, diary: str):
    first, second = (shared.start(work.note_and_answer, diary, "mine") for _ in range(2))
    assert [settle(first), settle(second)] == ["mine", "mine"]
    assert lines(diary) == ["mine", "mine"]


def test_what_is_started_is_tried_again_when_its_worker_dies(workshop: Workshop, diary: str):
    assert settle(workshop().start(work.die, diary, 1)) == "survived"


def test_an_error_meant_for_the_reader_arrives_in_both_languages(shared: Engine):
    with pytest.raises(UserError) as caught:
        settle(shared.ask(work.fail_for_the_reader))
    assert caught.value.text == work.OUT_OF_PAPER


def test_a_mistake_in_the_work_arrives_as_it_is_and_the_next_asker_starts_afresh(shared: Engine):
    job = shared.ask(work.fail_by_mistake)
    with pytest.raises(ZeroDivisionError, match="a mistake of ours"):
        settle(job)
    assert job.failed
    assert shared.ask(work.fail_by_mistake) is not job
    assert settle(shared.ask(work.product, 2, 2)) == 4


def test_a_wait_that_is_over_before_the_work_says_so(shared: Engine, diary: str, gate: Path):
    job = shared.ask(work.note_and_hold, diary, "slow", str(gate))
    assert job.wait(0.01) is False
    assert not job.failed
    gate.touch()
    assert settle(job) == "slow"


def test_many_who_ask_at_once_start_one_worker(workshop: Workshop):
    engine, everybody = workshop(), Barrier(24)

    def ask(number: int) -> int:
        everybody.wait()
        return settle(engine.ask(work.process_id, number))

    with ThreadPoolExecutor(24) as threads:
        pids = set(threads.map(ask, range(24)))
    assert workshop.started == 1
    assert len(pids) == 1


def test_a_worker_killed_in_mid_work_is_replaced_and_its_work_done_once_more(
    workshop: Workshop, diary: str, gate: Path
):
    engine = workshop()
    pid = settle(engine.ask(work.process_id))
    job = engine.ask(work.note_and_hold, diary, "begun", str(gate))
    wait_until(lambda: lines(diary) == ["begun"])
    psutil.Process(pid).kill()
    wait_until(lambda: not alive(pid))
    gate.touch()
    assert settle(job) == "begun"
    assert lines(diary) == ["begun", "begun"]
    assert workshop.started == 2
    assert settle(engine.ask(work.process_id, "again")) != pid


def test_work_that_kills_its_worker_once_succeeds_for_all_who_wait(workshop: Workshop, diary: str):
    engine = workshop()
    job = engine.ask(work.die, diary, 1)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(settle, [job] * 8))
    assert answers == ["survived"] * 8
    assert lines(diary) == ["alive"] * 2


def test_work_that_always_kills_its_worker_ends_after_exactly_two_tries(workshop: Workshop, diary: str):
    engine = workshop()
    with pytest.raises(UserError, match=re.escape(engine_module._DIED_TWICE.en)) as caught:
        settle(engine.ask(work.die, diary, 99))
    assert caught.value.text == engine_module._DIED_TWICE
    assert lines(diary) == ["alive"] * 2
    assert settle(engine.ask(work.product, 3, 3)) == 9


def test_a_worker_that_died_while_nobody_looked_is_replaced_at_the_next_question(workshop: Workshop):
    engine = workshop()
    pid = settle(engine.ask(work.process_id))
    psutil.Process(pid).kill()
    wait_until(lambda: not alive(pid))
    assert settle(engine.ask(work.process_id, "again")) != pid


def test_work_that_hangs_ends_with_a_sentence_and_the_next_work_is_done(
    workshop: Workshop, diary: str, exceed_limit: Callable[[Engine], None]
):
    engine = workshop()
    pid = settle(engine.ask(work.process_id))
    job = engine.ask(work.hang, diary)
    wait_until(lambda: lines(diary) == ["hanging"])
    exceed_limit(engine)
    with pytest.raises(UserError, match=re.escape(engine_module._TOO_LONG.en)):
        settle(job)
    assert settle(engine.ask(work.product, 4, 4)) == 16
    wait_until(lambda: not alive(pid))
    assert lines(diary) == ["hanging"], "what hangs is not worth a second try"


def test_all_who_wait_for_work_that_hangs_are_told_and_it_is_not_begun_again(
    workshop: Workshop, diary: str, exceed_limit: Callable[[Engine], None]
):
    engine = workshop()
    job = engine.ask(work.hang, diary)

    def complaint(turn: float) -> str:
        with pytest.raises(UserError) as caught:
            settle(job, turn)
        return caught.value.text.en

    with ThreadPoolExecutor(6) as threads:
        complaints = threads.map(complaint, (0.01, 0.05, 0.3, 1.0, 5.0, 60.0))
        wait_until(lambda: lines(diary) == ["hanging"])
        exceed_limit(engine)
        assert set(complaints) == {engine_module._TOO_LONG.en}
    assert lines(diary) == ["hanging"]
    assert workshop.started == 1
    assert engine.ask(work.hang, diary) is not job


def test_work_that_waited_behind_work_that_hangs_gets_its_full_time_afterwards(
    workshop: Workshop, diary: str, exceed_limit: Callable[[Engine], None]
):
    engine = workshop()
    hanging = engine.ask(work.hang, diary)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(settle, hanging)
        wait_until(lambda: lines(diary) == ["hanging"])
        behind = engine.ask(work.note_and_answer, diary, "innocent")
        second = threads.submit(settle, behind)
        exceed_limit(engine)
        assert str(first.exception()) == engine_module._TOO_LONG.en
        assert second.result() == "innocent"


def test_who_waits_is_told_their_place_and_moves_up(shared: Engine, diary: str, gate: Path):
    jobs = [shared.ask(work.note_and_hold, diary, f"{n}", str(gate)) for n in range(4)]
    wait_until(lambda: jobs[0].place()[0] == 0)
    places = [job.place() for job in jobs]
    assert [place for place, _ in places] == [0, 1, 2, 3]
    assert 0 < places[1][1] < places[3][1]
    gate.touch()
    assert settle(jobs[3]) == "3"
    assert [job.place() for job in jobs] == [(0, 0.0)] * 4
    assert lines(diary) == ["0", "1", "2", "3"]


def test_what_nobody_waits_for_any_more_is_not_begun(shared: Engine, diary: str, gate: Path):
    busy = shared.ask(work.note_and_hold, diary, "busy", str(gate))
    lonely, wanted = (shared.ask(work.note_and_answer, diary, word) for word in ("lonely", "wanted"))
    assert shared.ask(work.note_and_answer, diary, "wanted") is wanted  # by another client as well
    lonely.leave()
    wanted.leave()
    gate.touch()
    assert settle(shared.ask(work.note_and_answer, diary, "last")) == "last"
    assert (settle(busy), settle(wanted)) == ("busy", "wanted")
    assert lines(diary) == ["busy", "wanted", "last"]
    assert settle(shared.ask(work.note_and_answer, diary, "lonely")) == "lonely", "asked anew, it is done"


def test_a_question_does_not_wait_behind_a_row_of_trainings(shared: Engine, diary: str, gate: Path):
    trainings = [shared.start(work.note_and_hold, diary, f"chunk{n}", str(gate)) for n in range(6)]
    wait_until(lambda: "chunk0" in lines(diary))
    question = shared.ask(work.note_and_answer, diary, "question")
    begun = len(lines(diary))
    gate.touch()
    assert settle(question) == "question"
    assert [settle(each) for each in trainings] == [f"chunk{n}" for n in range(6)]
    assert lines(diary).index("question") <= begun < len(trainings)


def test_who_finds_the_line_full_is_told_when_to_come_back_and_may(workshop: Workshop, diary: str, gate: Path):
    engine = workshop(room=2)
    inside = [engine.ask(work.note_and_hold, diary, f"{n}", str(gate)) for n in range(2)]
    wait_until(lambda: engine.stats().waiting < 2)
    inside.append(engine.ask(work.note_and_hold, diary, "2", str(gate)))
    with pytest.raises(UserError, match=r"try again in about \d+ s"):
        settle(engine.ask(work.note_and_answer, diary, "too many"))
    assert engine.stats().refused == 1
    gate.touch()
    assert [settle(job) for job in inside] == ["0", "1", "2"]
    assert settle(engine.ask(work.note_and_answer, diary, "too many")) == "too many"


def test_two_workers_work_at_the_same_time_and_one_that_hangs_costs_the_other_nothing(
    workshop: Workshop, diary: str, gate: Path, exceed_limit: Callable[[Engine], None]
):
    engine = workshop(slots=2)
    hanging = engine.ask(work.hang, diary)
    beside = engine.ask(work.note_and_hold, diary, "beside", str(gate))
    wait_until(lambda: engine.stats().running == 2 and set(lines(diary)) == {"hanging", "beside"})
    gate.touch()
    assert settle(beside) == "beside"
    exceed_limit(engine)
    with pytest.raises(UserError, match=re.escape(engine_module._TOO_LONG.en)):
        settle(hanging)
    assert settle(engine.ask(work.product, 3, 5)) == 15


def test_a_census_counts_what_happened(workshop: Workshop, diary: str):
    engine = workshop()
    jobs = [engine.ask(work.note_and_answer, diary, f"{n}", 0.1) for n in (0, 1, 0)]
    broken = engine.ask(work.fail_by_mistake)
    for job in jobs:
        settle(job)
    wait_until(lambda: broken.failed)
    stats = engine.stats()
    assert (stats.answered, stats.failed, stats.joined) == (2, 1, 1)
    assert (stats.waiting, stats.running, stats.workers, stats.replaced) == (0, 0, 1, 0)
    assert stats.seconds_worked >= 0.2
    assert stats.seconds_waited >= 0.1  # the second, for the first


def test_where_no_worker_can_be_had_all_are_told_at_once_and_the_log_says_why(caplog: pytest.LogCaptureFixture):
    def nowhere() -> Executor:
        raise OSError("the cluster is on fire")

    engine = Engine(nowhere, PATIENCE)
    for number in range(3):
        with pytest.raises(UserError, match=re.escape(engine_module._NOT_THERE.en)):
            settle(engine.ask(work.product, number, 1))
    engine.close()
    assert "the cluster is on fire" in caplog.text


def test_closing_ends_the_process(workshop: Workshop):
    engine = workshop()
    pid = settle(engine.ask(work.process_id))
    assert alive(pid)
    engine.close()
    wait_until(lambda: not alive(pid))
    engine.close()  # twice does no harm


def test_a_worker_that_was_still_starting_when_the_engine_closed_is_ended(diary: str):
    starting, closed, started = Event(), Event(), []

    def slow_to_start() -> Executor:
        starting.set()
        closed.wait(PATIENCE)
        started.append(worker_processes())
        started[0].submit(work.process_id).result(PATIENCE)  # so that there is a process to be left behind
        return started[0]

    engine = Engine(slow_to_start, PATIENCE)
    job = engine.ask(work.hang, diary)
    assert starting.wait(PATIENCE)
    engine.close()
    closed.set()
    with pytest.raises(UserError, match=re.escape(engine_module._NOT_THERE.en)):
        settle(job)
    wait_until(lambda: bool(started) and alive_of(started[0]) == 0)
    assert lines(diary) == []


def test_an_executor_that_is_no_loky_will_do(diary: str):
    engine = Engine(partial(ThreadPoolExecutor, 1), PATIENCE)
    assert settle(engine.ask(work.product, 5, 5)) == 25
    engine.close()
