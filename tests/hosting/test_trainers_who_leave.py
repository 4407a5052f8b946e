"""Promise: trainings of visitors who left cost nobody anything, and a place in the queue is shown to those who wait."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from dashboard import long_work
from scenarios.text import LANGUAGES
from tests.benchmarks.process_samples import read_metrics
from tests.live_server import OURS, LiveServer, copy_house, wait_until, without_model
from tests.screen.test_pages import LOCALES, NAME
from tests.visitor import Screen, Visitor

_TRAINING = '''"""Chunks of training without a model: each lasts until there is a file."""
import time
from pathlib import Path

import numpy as np

from scenarios.demo.user_training import ReferenceScores, TrainingState


def train_on(choice, state):
    while not Path({path!r}).exists():
        time.sleep(0.05)
    step = (int(state["step"]) if state else 0) + 10
    return TrainingState({{"step": np.array(step)}}, min(step, choice.meta_steps), 1.0, 0.5, 0.01, b"weights")


def reference_scores(name):
    return ReferenceScores("scratch", 0.1, 0.9, tasks=2, queries=3)
'''


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The product without a model; chunks of training end once there is a file `go_on`."""
    house = without_model(copy_house(tmp_path_factory.mktemp("house")))
    program = _TRAINING.format(path=str(house / "go_on"))
    (house / "scenarios" / "demo" / "user_training_chunks.py").write_text(program, encoding="utf-8")
    module = house / "dashboard" / "long_work.py"
    module.write_text(module.read_text(encoding="utf-8").replace("AWAY = 30.0", "AWAY = 600.0"), "utf-8")
    return house


@pytest.fixture(scope="module")
def running(house: Path) -> Iterator[LiveServer]:
    server = LiveServer(house, OURS, {"PYTHONPATH": str(house), "QUICK_STUDY_WAKE": "yes"})
    yield server
    server.close()


@pytest.fixture
def served(running: LiveServer, house: Path) -> LiveServer:
    """The server without visitors, whose chunks are held up from now on."""
    wait_until(lambda: figure(running, "sessions") == 0, "somebody is still there")
    wait_until(lambda: figure(running, "jobs_waiting") + figure(running, "jobs_running") == 0, "something is left")
    (house / "go_on").unlink(missing_ok=True)
    return running


def figure(server: LiveServer, name: str) -> float:
    return read_metrics(server.address)[name]


def start(visitor: Visitor) -> Screen:
    visitor.open("train", about=NAME, meta_steps=100, train_tasks=30)
    return visitor.press("start_training")


def test_chunks_of_visitors_who_vanished_leave_the_queue_and_an_honest_one_is_served(served: LiveServer, house: Path):
    with ExitStack() as leaving:
        crowd = [leaving.enter_context(Visitor(served.address)) for _ in range(long_work.AT_ONCE + 4)]
        screens = [start(visitor) for visitor in crowd]
        wait_until(lambda: figure(served, "jobs_waiting") >= long_work.AT_ONCE - 1, "nothing waits")
        assert not any(screen.crashes() + screen.errors() for screen in screens)
        chunks_and_questions = long_work.AT_ONCE + 2  # which are the reference scores, and whether the worker is there
        assert figure(served, "jobs_waiting") <= chunks_and_questions, "chunks of those without a slot wait too"
        for language in LANGUAGES:
            latecomer = leaving.enter_context(Visitor(served.address, LOCALES[language]))
            said = start(latecomer).words()
            assert {"en": f"{long_work.AT_ONCE} trainings at a time", "zh": f"{long_work.AT_ONCE} 个训练"}[
                language
            ] in said
            crowd.append(latecomer)
        for visitor in crowd:
            visitor.drop()
    wait_until(lambda: figure(served, "sessions") == 0, "they are still there")
    wait_until(lambda: figure(served, "jobs_waiting") <= 2, "chunks that nobody wants still wait", patience=30)
    (house / "go_on").touch()
    with Visitor(served.address) as honest:
        start(honest)

        def has_trained() -> bool:
            honest.go_to("faq")
            return bool(honest.go_to("train").elements("plotly_chart"))

        wait_until(has_trained, "an honest visitor is not served")
    wait_until(lambda: figure(served, "jobs_waiting") == 0, "the queue does not empty", patience=30)


def test_who_lost_the_connection_while_their_chunk_waited_goes_on_when_they_are_back(served: LiveServer, house: Path):
    with Visitor(served.address) as first, Visitor(served.address) as phone:
        left = figure(served, "jobs_left_total")
        start(first)
        start(phone)
        wait_until(lambda: figure(served, "jobs_waiting") >= 1, "nothing waits")
        phone.drop()
        wait_until(lambda: figure(served, "jobs_left_total") > left, "its chunk still waits", patience=30)
        (house / "go_on").touch()
        screen = phone.come_back()
        assert not screen.errors() + screen.crashes()

        def has_trained() -> bool:
            phone.go_to("faq")
            return bool(phone.go_to("train").elements("plotly_chart"))

        wait_until(has_trained, "its training does not go on")
