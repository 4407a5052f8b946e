"""Promise: the process that serves pages stays small and upright, whatever happens to the worker and to the files."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from dashboard import words
from scenarios.catalog import SCENARIOS
from scenarios.text import LANGUAGES
from tests.live_server import ROOT, LiveServer, copy_house, wait_until, without_model
from tests.test_pages import NAME
from tests.visitor import Visitor

HEAVY = ("tensorflow", "keras", "sklearn", "scipy")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
LOCALES = {"en": "en-US", "zh": "zh-CN"}
UNPREPARED = 4242  # a seed for which no answer was made beforehand

_IMPORT_EVERYTHING = """
import importlib, pkgutil, sys
import dashboard
for module in pkgutil.walk_packages(dashboard.__path__, "dashboard."):
    if module.name != "dashboard.app":  # that one is a script: importing it draws a page
        importlib.import_module(module.name)
        print(module.name)
print("heavy:", [name for name in {heavy} if name in sys.modules])
"""


@contextmanager
def running(folder: Path) -> Iterator[LiveServer]:
    server = LiveServer(folder=folder)
    try:
        yield server
    finally:
        server.close()


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
        for name in SCENARIOS:
            visitor.open(name, seed=UNPREPARED)
            visitor.slide("choose_shots", 12)
            assert visitor.press("another_task").elements("plotly_chart")
    assert loaded(server.process) == set()
    assert {"tensorflow", "sklearn"} <= loaded(server.worker())


def test_a_worker_killed_by_hand_is_back_for_the_next_question(server: LiveServer):
    with Visitor(server.address) as visitor:
        visitor.open(NAME, seed=UNPREPARED)
        killed = server.worker()
        killed.kill()
        wait_until(lambda: not killed.is_running() or killed.status() == psutil.STATUS_ZOMBIE, "it does not die")
        screen = visitor.press("another_task")
        assert (screen.errors(), screen.crashes()) == ([], [])
        assert any("player_chart" in chart.id for chart in screen.elements("plotly_chart"))
        assert server.worker().pid != killed.pid


def test_the_worker_wakes_while_the_first_reader_still_reads(tmp_path: Path):
    server = LiveServer(without_model(copy_house(tmp_path / "house")), settings={"QUICK_STUDY_WAKE": "yes"})
    try:
        with Visitor(server.address) as visitor:
            assert visitor.open("glossary").errors() == []
        assert server.worker().is_running()
    finally:
        server.close()


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LiveServer, Path]]:
    """A running copy of the product, the weights of one learner cut short, and where its results are."""
    folder = copy_house(tmp_path_factory.mktemp("house"))
    weights = folder / "assets" / "weights" / f"{NAME}.maml.npz"
    weights.write_bytes(weights.read_bytes()[:1000])
    with running(folder) as server:
        yield server, folder / "assets" / "results" / f"{NAME}.json"


@pytest.fixture
def without_results(damaged: tuple[LiveServer, Path]) -> Iterator[tuple[LiveServer, Path]]:
    """The same, before it has read any results: those it has read it keeps."""
    server, results = damaged
    whole = results.read_bytes()
    results.unlink()
    yield server, results
    results.write_bytes(whole)


@pytest.mark.parametrize("content", [None, "", '{"protocol": {"tasks": 6', "[1, 2]", '{"protocol": {}}', "\x00"])
def test_without_whole_results_every_page_says_what_to_run_and_none_breaks(
    without_results: tuple[LiveServer, Path], content: str | None
):
    server, results = without_results
    if content is not None:
        results.write_text(content, encoding="utf-8")
    for language, locale in LOCALES.items():
        with Visitor(server.address, locale) as visitor:
            for page in ("", NAME, "faq"):
                screen = visitor.open(page)
                assert screen.crashes() == []
                assert any(f"python -m scenarios study {NAME}" in error for error in screen.errors()), page
                assert all(bool(CHINESE.search(error)) == (language == "zh") for error in screen.errors())
    assert "Traceback" not in server.log()


@pytest.mark.parametrize("language", LANGUAGES)
def test_with_damaged_weights_the_page_says_what_to_run_and_still_shows_the_averages(
    damaged: tuple[LiveServer, Path], language: str
):
    with Visitor(damaged[0].address, LOCALES[language]) as visitor:
        screen = visitor.open(NAME, seed=UNPREPARED, section="story")
        [error] = screen.errors()
        assert f"python -m scenarios train {NAME} --learner maml" in error
        assert bool(CHINESE.search(error)) == (language == "zh")
        assert screen.crashes() == []
        keys = [chart.id.rsplit("-", 1)[1] for chart in screen.elements("plotly_chart")]
        assert "labels_chart" in keys
        assert "player_chart" not in keys
        assert "AUROC" in screen.words()

        prepared = visitor.open(NAME, seed=1)  # needs no weights: it was made beforehand
        assert prepared.errors() == []
        assert "player_chart" in [chart.id.rsplit("-", 1)[1] for chart in prepared.elements("plotly_chart")]


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
