"""Promise: the soak test and the attack kit run on a real server, and their reports have everything that is judged."""

import csv
import math
from argparse import ArgumentTypeError
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.benchmarks import attack, soak
from tests.benchmarks.process_samples import COLUMNS, Sample
from tests.live_server import copy_house, without_model

SETTINGS = {"QUICK_STUDY_WAKE": "no"}  # pages that need no model, on a server that starts none


@pytest.fixture(scope="module")
def replica(tmp_path_factory: pytest.TempPathFactory) -> Iterator[soak.Replica]:
    replica = soak.Replica(SETTINGS, without_model(copy_house(tmp_path_factory.mktemp("house"))))
    yield replica
    replica.server.close()


def test_a_soak_reports_every_series_and_nothing_lost(
    replica: soak.Replica, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(soak, "PAGES", ("glossary", "faq"))
    monkeypatch.setattr(soak, "THINKING", (0.05, 0.2))
    monkeypatch.setattr(soak.Guest, "_train", lambda guest, visitor: None)
    monkeypatch.setattr(soak.Guest, "_slide", lambda guest, visitor: None)
    for seconds in (2.0, 8.0, 32.0):  # on a busy machine, nobody may have come in within two
        run = soak.Soak(seconds, 3, 3, [replica])
        run.run()
        if run.ledger.returns["seed and shots after opening"] >= 3:
            break
    text, _ = soak.report(run)
    assert (run.ledger.errors, run.ledger.losses) == ({}, {}), text
    assert run.ledger.returns["seed and shots after opening"] >= 3
    series = {verdict.series for verdict in soak.judge(run.samples, run.ended)}
    assert series >= {"web_rss_mb", "web_descriptors", "web_threads", "sessions", "jobs_waiting", "log_kb"}
    for part in (
        *series,
        "p95",
        "faults",
        "LOST: 0",
        "nothing grows",
        "nothing is lost: yes",
        "served to the end: yes",
    ):
        assert part in text
    soak.write_csv(run.samples, tmp_path / "samples.csv")
    with (tmp_path / "samples.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(run.samples) > 10
    assert tuple(rows[0]) == COLUMNS


def test_an_attack_reports_the_server_and_its_honest_visitor(replica: soak.Replica, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(attack, "PAGES", ("glossary", "faq"))
    quick = (attack.Attacker.send_raw_garbage, attack.Attacker.forge_headers, attack.Attacker.send_malformed_messages)
    monkeypatch.setattr(attack, "ATTACKS", quick)
    monkeypatch.setattr(attack, "MOST_SECONDS", 0.5)
    server = replica.server
    outcome = attack.attack(attack.Target(server.address, server.process, server.log_bytes), 2.5)
    text = outcome.report()
    assert outcome.is_up, text
    assert (outcome.ledger.honest_errors, outcome.ledger.breaches, outcome.ledger.faults) == ({}, {}, {}), text
    assert len(outcome.ledger.honest) >= 1
    assert sum(outcome.ledger.attacks.values()) >= 2
    assert not [name for name, (value, _, _) in outcome.limits().items() if math.isnan(value)], text
    for part in (
        "stayed up: yes",
        "p95",
        "worst",
        "peak memory",
        "growth of the log",
        "descriptors gained",
        "BREACHES",
    ):
        assert part in text


@pytest.mark.parametrize(
    "address", ["http://10.0.0.1:80", "http://example.org:80", "https://127.0.0.1:1", "127.0.0.1:1"]
)
def test_an_attack_refuses_any_other_machine(address: str):
    with pytest.raises(ArgumentTypeError, match="only this machine"):
        attack.loopback(address)
    assert attack.loopback("http://localhost:8501") == "http://127.0.0.1:8501"


def test_a_series_grows_when_its_line_does_and_not_when_it_jumps_about():
    def samples(rss: list[float]) -> list[Sample]:
        return [Sample(60.0 * n, "1", 1.0, web_rss_mb=value) for n, value in enumerate(rss)]

    leaking = soak.judge(samples([200 + 5 * n for n in range(60)]), 3600)
    assert [verdict.ok for verdict in leaking] == [False]
    restless = soak.judge(samples([100, 150, *[200 + 20 * (n % 3) for n in range(58)]]), 3600)
    assert [verdict.ok for verdict in restless] == [True]
    [few] = soak.judge(samples([1, 2, 3]), 180)
    assert (few.judged, few.ok) == (False, False), "too few samples are no proof"


def test_a_web_process_that_leaks_is_found_although_it_was_started_again():
    for restart in (30, 45):
        rows = [
            Sample(60.0 * n, "1", 1.0, web=float(n >= restart), web_rss_mb=200 + 5.0 * (n - restart * (n >= restart)))
            for n in range(60)
        ]
        assert [verdict.ok for verdict in soak.judge(rows, 3600)] == [False], restart


def test_a_web_process_that_had_no_visitors_at_first_does_not_grow_when_they_come():
    idle = [Sample(60.0 * n, "1", 1.0, web=1, web_rss_mb=164, sessions=0) for n in range(40)]
    busy = [Sample(60.0 * n, "1", 1.0, web=1, web_rss_mb=300 + 5 * (n % 3), sessions=15) for n in range(40, 80)]
    assert [verdict.ok for verdict in soak.judge(idle + busy, 4800) if verdict.series == "web_rss_mb"] == [True]
    leaking = [replace(row, web_rss_mb=300 + 5 * n) for n, row in enumerate(busy)]
    assert [verdict.ok for verdict in soak.judge(idle + leaking, 4800) if verdict.series == "web_rss_mb"] == [False]


def test_an_attack_without_figures_is_not_passed():
    sample = Sample(0.0, "1", 1.0)
    outcome = attack.Outcome(60.0, 1, attack.Ledger(), [sample, sample], is_up=True, recovery=0.0)
    assert not outcome.is_well


def test_a_worker_that_was_replaced_is_no_growth_and_one_that_grows_is():
    def samples(rss: list[float], pids: list[int]) -> list[Sample]:
        return [
            Sample(60.0 * n, "1", 1.0, worker=pid, worker_rss_mb=value)
            for n, (value, pid) in enumerate(zip(rss, pids, strict=True))
        ]

    replaced = samples([*[300.0] * 20, *[900.0] * 40], [1] * 20 + [2] * 40)
    assert [verdict.ok for verdict in soak.judge(replaced, 3600)] == [True]
    growing = samples([*[900.0] * 20, *[300.0 + 10 * n for n in range(40)]], [1] * 20 + [2] * 40)
    assert [(verdict.judged, verdict.ok) for verdict in soak.judge(growing, 3600)] == [(True, False)]


@pytest.mark.parametrize(("growth", "is_ok"), [(0.0, True), (12.0, False)])
def test_workers_that_are_replaced_too_soon_to_be_judged_may_not_become_larger_one_after_the_other(growth, is_ok):
    """Each lives for 15 of 120 minutes, and grows until it is replaced."""
    rows = [
        Sample(30.0 * n, "1", 1.0, worker=n // 30, worker_rss_mb=700.0 + 20 * (n % 30) + growth * n / 2)
        for n in range(240)
    ]
    assert [(verdict.judged, verdict.ok) for verdict in soak.judge(rows, 7200)] == [(True, is_ok)]
