"""Promise: the crowd that measures how this site serves counts every run and every error, and the table tells both."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.benchmarks.crowd import Account, Crowd, Run, visit
from tests.benchmarks.page_weight import weight
from tests.benchmarks.serving import BARE
from tests.benchmarks.serving_report import Goal
from tests.live_server import LiveServer, streamlit
from tests.visitor import Visitor

# The bare page; where the slider stands at an even number, it fails.
PAGE = BARE + "if st.session_state.choose_shots % 2 == 0:\n    st.error('even')\n"


def visited(crowd: Crowd) -> Account:
    """By a thread of its own: in this one, the tests in a browser may have left an event loop that runs."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(visit, crowd).result()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    folder: Path = tmp_path_factory.mktemp("bare")
    (folder / "bare.py").write_text(PAGE, encoding="utf-8")
    server = LiveServer(folder, streamlit("bare.py"))
    yield server
    server.close()


def test_every_run_is_counted_and_an_error_on_the_page_is_an_error(server: LiveServer):
    account = visited(Crowd(server.address, 3, "slide", moves=4))
    assert [run.what for run in account.runs].count("arrive") == 3
    slides = account.during()
    assert len(slides) == len(account.runs) - 3 == 3 * 4
    assert all(run.bytes > 300 and run.seconds > 0.001 for run in slides)
    wrong = [run for run in slides if run.trouble]
    assert {run.trouble for run in wrong} == {"even"}
    assert 0 < len(wrong) < len(slides)
    assert account.per_second == pytest.approx(len(slides) / max(run.ended for run in slides))
    assert 0 < account.cpu_share < 1


def test_those_who_come_and_go_come_as_often_as_was_asked(server: LiveServer):
    account = visited(Crowd(server.address, 2, "come and go", visits=5))
    assert [run.what for run in account.runs] == ["visit"] * 5
    assert account.troubles == []


def test_a_server_that_is_not_there_is_an_error_and_no_end():
    account = visited(Crowd("http://127.0.0.1:9", 2, "slide", seconds=0.1))
    assert len(account.troubles) == len(account.runs) >= 4


def test_the_files_of_a_page_are_the_shell_and_the_parts_that_it_shows(server: LiveServer):
    with Visitor(server.address) as visitor:
        sizes = weight(server.address, visitor.open())
    names = [name.rsplit("/", 1)[-1].split(".")[0] for name in sizes]
    assert {"index", "Slider", "protobuf", "MaterialSymbols-Rounded"} <= set(names)
    assert "PlotlyChart" not in names
    assert sum(sizes.values()) > 1_000_000


def test_a_run_belongs_to_the_time_in_which_it_began():
    runs = [Run("arrive", -1, 2, 1), Run("slide", 0, 1, 1), Run("slide", 1.5, 1, 1), Run("slide", 2.5, 1, 1)]
    account = Account(runs, seconds=2.0, cpu_share=0.1)
    assert [run.began for run in account.during()] == [0, 1.5]
    assert account.per_second == 2 / 2.5


@pytest.mark.parametrize(
    ("goal", "verdict"),
    [
        (Goal("as small as can be", 3.0, 3.0), "met"),
        (Goal("too large", 6.0, 3.0), "missed by factor 2.0"),
        (Goal("large enough", 3.0, 3.0, at_least=True), "met"),
        (Goal("too small", 2.0, 3.0, at_least=True), "missed by factor 1.5"),
        (Goal("no error", 2, 0), "missed"),
        (Goal("nothing done", 0.0, 3.0, at_least=True), "missed"),
    ],
)
def test_a_goal_says_by_how_much_it_is_missed(goal: Goal, verdict: str):
    assert goal.verdict == verdict
