"""Promise: a log shows what went wrong, and no visitor fills a disk or forges a line with it."""

import logging

import pytest

from dashboard.hosting import logs
from dashboard.hosting.logs import Guard


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def guard(clock: Clock) -> Guard:
    return Guard(clock)


def record(message: str, *arguments: object, error: BaseException | None = None) -> logging.LogRecord:
    trace = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("any", logging.ERROR, __file__, 1, message, arguments, trace)


def raised(text: str) -> BaseException:
    try:
        raise KeyError(text)
    except KeyError as error:
        return error


def shown(record: logging.LogRecord) -> str:
    return logging.Formatter("%(message)s").format(record)


def test_a_record_is_short_and_on_one_line_whatever_is_in_it(guard: Guard):
    hostile = record("a page failed: %s", "\x1b[31m\r\n2026-01-01 forged\u202e" + "x" * 10**6)
    assert guard.admit(hostile) == 0
    text = shown(hostile)
    assert len(text.encode()) < 4096
    assert len(text.splitlines()) == 1
    assert "\\x1b[31m" in text
    assert text.isprintable()


def test_a_traceback_keeps_its_beginning_and_its_end_and_forges_no_line(guard: Guard):
    failed = record("a page failed", error=raised("begin\n2026-01-01 forged " + "y" * 10**6 + " end"))
    assert guard.admit(failed) == 0
    text = shown(failed)
    assert len(text.encode()) < 4096
    assert "Traceback" in text
    assert "raise KeyError" in text
    assert "end'" in text
    assert all(line.startswith("  ") for line in text.splitlines()[1:])


def test_the_id_of_a_session_is_masked(guard: Guard):
    named = record("Session with id %s is connected", "e76d945e-0123-4567-89ab-0123456789ab")
    guard.admit(named)
    assert shown(named) == "Session with id <session> is connected"


def test_an_identical_record_appears_once_a_minute_with_a_count(guard: Guard, clock: Clock):
    assert guard.admit(record("a socket was refused")) == 0
    for _ in range(7):
        assert guard.admit(record("a socket was refused")) is None
    clock.now += logs.REPEAT_SECONDS
    again = record("a socket was refused")
    assert guard.admit(again) == 0
    assert shown(again) == "a socket was refused (7 more like it were left out)"


def test_tracebacks_of_one_place_are_one_whatever_their_words(guard: Guard):
    admitted = [guard.admit(record("a page failed", error=raised(f"key {number}"))) for number in range(100)]
    assert admitted == [0, *[None] * 99]


def test_a_flood_of_different_records_is_cut_and_its_rest_counted(guard: Guard, clock: Clock):
    admitted = [guard.admit(record(f"widget {number} is unknown")) for number in range(10_000)]
    assert admitted.count(0) == logs.RECORDS_BURST
    clock.now += 10
    assert guard.admit(record("the next one")) == 10_000 - logs.RECORDS_BURST


def test_a_flood_for_a_day_is_a_bounded_number_of_bytes(guard: Guard, clock: Clock):
    size = 0
    for number in range(20_000):
        long = record(f"{number} " + "z" * 10_000)
        if guard.admit(long) is not None:
            size += len(shown(long))
        clock.now += 0.05
    assert size < logs.BYTES_BURST + 1100 * logs.BYTES_PER_SECOND


def test_what_cannot_be_formatted_is_no_error(guard: Guard):
    class Broken:
        def __str__(self) -> str:
            raise ValueError

    assert guard.admit(record("%s %d", Broken(), "x")) == 0


def test_every_logger_of_the_process_is_guarded_once(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    monkeypatch.setattr(logging.Logger, "callHandlers", logging.Logger.callHandlers)
    logs.install()
    guarded = logging.Logger.callHandlers
    logs.install()
    assert logging.Logger.callHandlers is guarded
    for _ in range(5):
        logging.getLogger("later").error("a\tsentence\x00")
    assert [entry.getMessage() for entry in caplog.records] == ["a\tsentence\\x00"]
