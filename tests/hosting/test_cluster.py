"""Promise: pages are served and studies are run by a Dask cluster as by this machine, whoever of it dies."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from distributed import Client

from dashboard import executors as worker_executors
from dashboard import words
from dashboard.engine import _NOT_THERE, Engine
from dashboard.hosting import doctor
from dashboard.hosting.health import HealthMonitor
from scenarios.command_line import parser
from scenarios.errors import UserError
from scenarios.line.scenario import SCENARIO as LINE
from scenarios.protocol import EvaluationProtocol
from scenarios.publication import cached_jobs, executors
from scenarios.publication.plan import Plan
from tests import worker_functions as work
from tests.dask_cluster import DaskCluster, dask_cluster
from tests.hosting.test_engine import lines, settle
from tests.live_server import LiveServer, wait_until
from tests.own_tasks.tables import in_this_process, made_up
from tests.visitor import Visitor

UNPREPARED = 4242  # a seed without a precomputed result
# The product's own entry, which gives up a scheduler that does not answer after a time that a test can wait for.
IMPATIENT = (
    "-c",
    "import sys; from dashboard import executors; executors._PATIENCE = '1s'; "
    "from dashboard.hosting.command_line import main; sys.exit(main(['serve']))",
)


@pytest.fixture(scope="module")
def cluster() -> Iterator[DaskCluster]:
    with dask_cluster(workers=2) as running:
        yield running


@pytest.fixture
def engine(cluster: DaskCluster) -> Iterator[Engine]:
    engine = Engine(lambda: worker_executors.start(cluster.address, 1))
    yield engine
    engine.close()


def test_two_workers_share_the_work(engine: Engine, cluster: DaskCluster, tmp_path: Path):
    assert settle(engine.ask(work.product, 6, 7)) == 42
    assert engine.stats().workers == 2
    diary, gate = tmp_path / "diary", tmp_path / "gate"
    slow = [engine.ask(work.note_and_hold, str(diary), f"{n}", str(gate)) for n in range(2)]
    wait_until(lambda: diary.exists() and len(lines(str(diary))) == 2, "they do not work side by side")
    assert not any(job.wait(0) for job in slow)
    gate.touch()
    assert {settle(job) for job in slow} == {"0", "1"}


def test_an_error_meant_for_the_reader_arrives_from_a_cluster_too(engine: Engine):
    with pytest.raises(UserError) as caught:
        settle(engine.ask(work.fail_for_the_reader))
    assert caught.value.text == work.OUT_OF_PAPER
    with pytest.raises(ZeroDivisionError):
        settle(engine.ask(work.fail_by_mistake))


def test_a_page_is_served_by_the_cluster_and_one_worker_killed_in_mid_use_is_not_noticed(
    cluster: DaskCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    diary = tmp_path / "diary"
    with Client(cluster.address, set_as_default=False) as client:
        client.run(work.answer_without_model, str(diary))
    monkeypatch.setenv("QUICK_STUDY_SCHEDULER", cluster.address)
    server = LiveServer()
    try:
        with Visitor(server.address) as visitor:
            screen = visitor.open("line", seed=UNPREPARED)
            assert (screen.errors(), screen.crashes()) == ([], [])
            assert any("fits_chart" in chart.id for chart in screen.elements("plotly_chart"))
            assert server.workers() == [], "the work is done elsewhere"
            answering = {str(worker.pid): worker for worker in cluster.workers}
            answering.pop(lines(str(diary))[-1]).kill()
            diary.unlink()
            for shots in (12, 7):
                screen = visitor.slide("choose_shots", shots)
                assert (screen.errors(), screen.crashes()) == ([], [])
                assert any("fits_chart" in chart.id for chart in screen.elements("plotly_chart"))
        assert set(lines(str(diary))) == answering.keys(), "the other worker goes on"
    finally:
        server.close()


def test_a_study_on_a_cluster_finds_the_same_figures_as_in_this_process(cluster: DaskCluster, tmp_path: Path):
    """After a worker was killed: only the one that is left imports TensorFlow."""
    quick = Plan(LINE, ("least_squares", "bayes"), EvaluationProtocol(3, 20, 5))  # which compile nothing
    some = [*quick.columns()[5].values(), *quick.columns()[2].values(), *quick.novelties()[0.5].values()]
    with ThreadPoolExecutor(1) as here:
        alone = cached_jobs.measure(some, here, tmp_path / "alone")
    with executors.cluster(cluster.address) as there:
        assert cached_jobs.measure(some, there, tmp_path / "together") == alone
    assert alone.keys() == {piece.name for piece in some}


def test_a_users_own_table_is_compared_on_a_cluster_as_in_this_process(
    cluster: DaskCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(executors, "processes", in_this_process)
    made_up(5).to_csv(tmp_path / "table.csv", index=False)
    found = []
    for place, where in enumerate(([], ["--scheduler", cluster.address])):
        out, kept = tmp_path / f"out {place}", tmp_path / f"kept {place}"
        roles = ["--task", "site", "--label", "label", "--shots", "5", "--learners", "lda", "pooled_linear"]
        words = ["own", tmp_path / "table.csv", *roles, "--out", out, "--kept", kept, *where]
        assert parser.main(list(map(str, words))) == 0, capsys.readouterr().err
        found.append((out / "tasks.csv").read_text("utf-8-sig"))
    assert found[0] == found[1]
    assert found[0].count("lda") == 5


def test_without_a_scheduler_the_page_says_so_and_still_shows_what_was_made_beforehand(
    monkeypatch: pytest.MonkeyPatch,
):
    assert worker_executors._PATIENCE == "5s", "people wait"
    monkeypatch.setenv("QUICK_STUDY_SCHEDULER", "tcp://127.0.0.1:9")
    server = LiveServer(command=IMPATIENT)
    try:
        with Visitor(server.address, "zh-CN") as visitor:
            usual = visitor.open("glossary").seconds
            began = time.monotonic()
            screen = visitor.open("line", seed=UNPREPARED)
            assert screen.errors() == [_NOT_THERE.zh]
            assert time.monotonic() - began < 60 + 5 * usual
            assert any("labels_chart" in chart.id for chart in screen.elements("plotly_chart"))
            assert visitor.open("line", seed=1).errors() == []
        assert "tcp://127.0.0.1:9" in server.log()
        assert words.FAILED.zh not in server.log()
    finally:
        server.close()


def test_when_the_last_worker_is_gone_none_is_said_to_be_alive(cluster: DaskCluster, monkeypatch: pytest.MonkeyPatch):
    """Nobody works here afterwards."""
    monkeypatch.setattr(worker_executors, "_COUNTED_EVERY", 0.0)
    executor = worker_executors.start(cluster.address, 1)
    try:
        assert worker_executors.slots(executor) == worker_executors.alive(executor) > 0
        for worker in cluster.workers:
            if worker.is_running():
                worker.kill()
        wait_until(
            lambda: worker_executors.slots(executor) == 1 and not worker_executors.alive(executor),
            "the dead are counted",
        )
        assert worker_executors.slots(executor) == 1, "who comes next is waited for by one"
    finally:
        worker_executors.end(executor)
    engine = Engine(lambda: worker_executors.start(cluster.address, 1))
    monitor = HealthMonitor(engine, wakes_early=True)
    try:
        engine.ask(work.product, 6, 7)
        wait_until(lambda: engine.stats().running == 1, "it is not handed over")
        monitor._ever_heard = monitor._heard = True  # before its workers died
        monitor._look()
        assert monitor.state() == "gone", "visitors are kept away at once, not when a question has taken too long"
    finally:
        engine.close()


def test_the_doctor_says_what_a_cluster_lacks(cluster: DaskCluster, monkeypatch: pytest.MonkeyPatch):
    """After the last worker is gone."""
    for address, said, patience in (
        (cluster.address, f"dask worker {cluster.address}", worker_executors._PATIENCE),
        ("tcp://127.0.0.1:9", "No Dask scheduler answers", "1s"),
    ):
        monkeypatch.setattr(worker_executors, "_PATIENCE", patience)
        finding = doctor._cluster(address)
        assert finding.remedy is not None
        assert said in finding.remedy.en
