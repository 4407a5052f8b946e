"""Promise: a visitor's table is read in a process of its own: neither models nor other visitors' pages wait for it."""

import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import psutil
import pytest

from dashboard.engine import Engine
from dashboard.executors import table_process
from scenarios.text import LANGUAGES, Language
from tests import worker_functions as work
from tests.hosting.test_engine import settle
from tests.live_server import OURS, LiveServer, copy_house, has_ended, wait_until, without_model
from tests.screen.test_pages import LOCALES
from tests.visitor import Screen, Visitor

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="there is no signal that stops a process")
READING = {"en": "Reading the table", "zh": "正在读取表格"}


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server whose model never has time."""
    house = without_model(copy_house(tmp_path_factory.mktemp("house")))
    (house / "awake").unlink()
    server = LiveServer(house, OURS, {"PYTHONPATH": str(house), "QUICK_STUDY_WAKE": "yes"})
    yield server
    server.close()


class Watching(Visitor):
    """A visitor who remembers the texts of all progress bars."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.progress: list[str] = []

    def _take(self, reply: Any, screen: Screen) -> None:
        element = reply.delta.new_element
        if element.WhichOneof("type") == "progress":
            self.progress.append(element.progress.text)
        super()._take(reply, screen)


def is_read(screen: Screen, name: str) -> bool:
    assert (screen.errors(), screen.crashes()) == ([], [])
    buttons = [each.id.rsplit("-", 1)[1] for each in screen.elements("button")]
    return f"{name}\\.csv" in screen.words() and "own_start" in buttons


def test_a_table_is_read_while_the_model_is_busy(busy: LiveServer):
    with Visitor(busy.address) as visitor:
        visitor.open("own")
        assert is_read(visitor.press("own_sample_medical_diagnosis"), "medical\\_diagnosis")


def test_when_the_process_for_tables_dies_the_next_table_is_read_by_another(busy: LiveServer):
    with Visitor(busy.address) as visitor:
        visitor.open("own")
        killed = busy.table_process()
        killed.kill()
        wait_until(lambda: has_ended(killed), "it does not die")
        assert is_read(visitor.press("own_sample_credit_risk"), "credit\\_risk")
        assert busy.table_process().pid != killed.pid


@posix_only
@pytest.mark.parametrize("language", LANGUAGES)
def test_who_waits_for_a_table_sees_it_and_may_take_another_meanwhile(busy: LiveServer, language: Language):
    with Watching(busy.address, LOCALES[language]) as visitor, ThreadPoolExecutor(1) as apart:
        visitor.open("own")
        stopped = busy.table_process()
        stopped.send_signal(signal.SIGSTOP)
        shown = apart.submit(visitor.press, "own_sample_medical_diagnosis")
        wait_until(lambda: READING[language] in visitor.progress, "nothing is to be seen")
        with Visitor(busy.address) as other:
            assert other.open("faq").errors() == [], "others' pages go on"
        visitor.press_meanwhile("own_sample_credit_risk")
        with suppress(psutil.NoSuchProcess):  # on a slow machine, the server has replaced it by now
            stopped.send_signal(signal.SIGCONT)
        assert is_read(shown.result(), "credit\\_risk")


def test_the_process_for_tables_ends_when_it_is_not_used_and_starts_again():
    engine = Engine(lambda: table_process(unused=0.2))
    first = settle(engine.start(work.process_id, long=False))
    wait_until(lambda: engine.stats().workers == 0, "it stays")
    assert settle(engine.start(work.process_id, long=False)) != first
    assert engine.stats().replaced == 0, "which is no failure"
    engine.close()
