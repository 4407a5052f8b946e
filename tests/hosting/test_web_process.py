"""Promise: the process that serves pages stays small and upright, whatever happens to the worker and to the files."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from dashboard import words
from scenarios.text import LANGUAGES
from tests.live_server import ROOT, LiveServer, copy_house, wait_until, without_model
from tests.screen.test_pages import CURVES, NAME
from tests.visitor import Visitor

HEAVY = ("tensorflow", "keras", "sklearn", "scipy")
LOCALES = {"en": "en-US", "zh": "zh-CN"}
UNPREPARED = 4242  # a seed without a precomputed result

_IMPORT_EVERYTHING = """
import importlib, pkgutil, sys
import dashboard
for module in pkgutil.walk_packages(dashboard.__path__, "dashboard."):
    if module.name != "dashboard.app":  # that one is a script: importing it draws a page
        importlib.import_module(module.name)
        print(module.name)
print("heavy:", [name for name in {heavy} if name in sys.modules])
"""


def loaded(process: psutil.Process) -> set[str]:
    """Which of the heavy packages have a library in a process's memory."""
    paths = [Path(part.path).parts for part in process.memory_maps()]
    return {name for name in HEAVY for path in paths if name in path}


def test_importing_all_of_the_dashboard_imports_nothing_heavy():
    program = _IMPORT_EVERYTHING.format(heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    *modules, verdict = done.stdout.splitlines()
    assert {"dashboard.engine", "dashboard.views.scenario_page", "dashboard.charts.player"} <= set(modules)
    assert verdict == "heavy: []"


@pytest.mark.skipif(
    not hasattr(psutil.Process, "memory_maps"), reason="this system does not tell what a process loaded"
)
def test_the_web_process_never_loads_tensorflow_and_the_worker_does(server: LiveServer):
    with Visitor(server.address) as visitor:
        visitor.open()
        assert "" in visitor.pages
        for page in visitor.pages:
            assert visitor.open(page).crashes() == []
        for name in (NAME, CURVES[0]):  # one that classifies and one that predicts a number
            visitor.open(name, seed=UNPREPARED)
            visitor.slide("choose_shots", 12)
            assert visitor.press("another_task").elements("plotly_chart")
    assert loaded(server.process) == set()
    assert {"tensorflow", "sklearn"} <= loaded(server.worker())


_PREPARED = """

def adapt_to(scenario_name, seed, draw, shots, own=(), weights=b""):
    from scenarios.demo import precomputed
    return precomputed.read(scenario_name, precomputed.SEED, precomputed.DRAW, shots)
"""


@pytest.fixture(scope="module")
def without_tensorflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A copy of the product whose worker starts early and answers each question with a prepared answer."""
    house = without_model(copy_house(tmp_path_factory.mktemp("house")))
    with (house / "scenarios" / "demo" / "demo_task.py").open("a", encoding="utf-8") as module:
        module.write(_PREPARED)
    server = LiveServer(house, settings={"QUICK_STUDY_WAKE": "yes"})
    yield server
    server.close()


def test_the_worker_wakes_while_the_first_reader_still_reads(without_tensorflow: LiveServer):
    with Visitor(without_tensorflow.address) as visitor:
        assert visitor.open("glossary").errors() == []
    assert without_tensorflow.worker().is_running()


def test_a_worker_killed_by_hand_is_back_for_the_next_question(without_tensorflow: LiveServer):
    server = without_tensorflow
    with Visitor(server.address) as visitor:
        visitor.open(NAME, seed=UNPREPARED)
        killed = server.worker()
        killed.kill()
        wait_until(lambda: not killed.is_running() or killed.status() == psutil.STATUS_ZOMBIE, "it does not die")
        screen = visitor.press("another_task")
        assert (screen.errors(), screen.crashes()) == ([], [])
        assert any("next_example_chart" in chart.id for chart in screen.elements("plotly_chart"))
        assert server.worker().pid != killed.pid


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_senseless_address_opens_with_a_small_notice(server: LiveServer, language: str):
    with Visitor(server.address, LOCALES[language]) as visitor:
        screen = visitor.open(NAME, shots="-5", seed="abc", lang="xx", x="<script>alert(1)</script>")
        assert (screen.errors(), screen.crashes()) == ([], [])
        refused = words.listed([words.PARTS[part][language] for part in ("lang", "shots", "seed")], language)
        assert words.REFUSED.format(parts=refused)[language] in screen.words()
        assert visitor.address() == {"lang": language, "shots": "5", "seed": "1", "draw": "0"}
        everything = "".join(str(delta) for delta in screen.deltas.values())
        assert "alert(1)" not in everything
        assert refused not in visitor.slide("choose_shots", 6).words(), "said once is enough"
