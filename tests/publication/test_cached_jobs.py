"""Promise: a study can be stopped and goes on where it was, and says the same wherever it runs."""

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from scenarios.catalog import SCENARIOS
from scenarios.command_line import parser
from scenarios.dataclass_json import from_json
from scenarios.decisions.catalog import decision_named
from scenarios.line.scenario import SCENARIO as LINE
from scenarios.meta_learner import meta_train
from scenarios.protocol import EvaluationProtocol
from scenarios.publication import cached_jobs, evaluate_at, executors, plan
from scenarios.publication.cached_jobs import CachedJob
from scenarios.publication.evaluate_at import Column
from scenarios.publication.plan import Plan
from tests.live_server import ROOT, wait_until
from tests.worker_functions import STOPPED, some_pieces

SMALL = Plan(LINE, ("maml", "least_squares", "bayes"), EvaluationProtocol(3, 20, 5))


def made(folder: Path) -> list[int]:
    return [int(line) for line in (folder / "made").read_text().split()]


def test_a_study_that_was_stopped_measures_only_what_is_missing(tmp_path: Path):
    def impatient(done: float, word: str) -> None:
        if done > 0.3:
            raise KeyboardInterrupt

    STOPPED.clear()
    with ThreadPoolExecutor(1) as executor:
        with pytest.raises(KeyboardInterrupt):
            cached_jobs.measure(some_pieces(tmp_path, range(5)), executor, tmp_path / "kept", impatient)
        STOPPED.set()
    before = made(tmp_path)
    assert 2 <= len(before) < 5
    with ThreadPoolExecutor(1) as executor:
        found = cached_jobs.measure(some_pieces(tmp_path, range(5)), executor, tmp_path / "kept")
    assert found == {f"piece-{number}": {"number": number / 3} for number in range(5)}
    kept = len(list((tmp_path / "kept").iterdir()))
    assert kept == 5
    assert len(made(tmp_path)) <= len(before) + 5 - 2  # the two that were reported were kept


def test_pieces_in_a_folder_that_was_moved_are_not_measured_again(tmp_path: Path):
    folders = []

    def measure(number: int, folder: str) -> dict[str, int]:
        folders.append(folder)
        return {"number": number}

    job = CachedJob("piece", measure, (1,), needs_folder=True)
    for name in ("here", "there"):
        with ThreadPoolExecutor(1) as executor:
            assert cached_jobs.measure([job], executor, tmp_path / name) == {"piece": {"number": 1}}
        if name == "here":
            (tmp_path / "here").rename(tmp_path / "there")
    assert folders == [str(tmp_path / "here")]


def test_a_piece_that_fails_costs_no_other(tmp_path: Path):
    with ThreadPoolExecutor(1) as executor, pytest.raises(ValueError, match="nothing can be measured"):
        cached_jobs.measure(some_pieces(tmp_path, [1, 2, -1]), executor, tmp_path)
    with ThreadPoolExecutor(1) as executor:
        cached_jobs.measure(some_pieces(tmp_path, [1, 2]), executor, tmp_path)
    assert sorted(made(tmp_path)) == [-1, 1, 2]


@pytest.mark.parametrize("damage", [b"", b'{"number": 0.3', b"[]", b"\xff\xfe"])
def test_a_damaged_piece_is_measured_again(tmp_path: Path, damage: bytes):
    STOPPED.set()
    [job] = some_pieces(tmp_path, [3])
    job.path(tmp_path).write_bytes(damage)
    with ThreadPoolExecutor(1) as executor:
        assert cached_jobs.measure([job], executor, tmp_path) == {"piece-3": {"number": 1.0}}
    assert json.loads(job.path(tmp_path).read_text()) == {"number": 1.0}


@pytest.mark.parametrize("what", ["a link to a device", "a pipe", "a folder", "a file of 20 GB"])
@pytest.mark.skipif(os.name != "posix", reason="such files are not to be had there")
def test_a_piece_that_is_no_file_of_a_sensible_size_is_refused_before_anything_is_measured(tmp_path: Path, what: str):
    first, job = some_pieces(tmp_path, [1, 2])
    path = job.path(tmp_path)
    if what == "a link to a device":
        path.symlink_to("/dev/zero")
    elif what == "a pipe":
        os.mkfifo(path)
    elif what == "a folder":
        path.mkdir()
    else:
        path.touch()
        os.truncate(path, 20 * 10**9)
    with (
        ThreadPoolExecutor(1) as executor,
        pytest.raises(OSError, match=r"this (is not a regular file|file is larger)"),
    ):
        cached_jobs.measure([first, job], executor, tmp_path)
    assert not (tmp_path / "made").exists()


def test_a_folder_that_cannot_be_one_is_refused_before_anything_is_measured(tmp_path: Path):
    (tmp_path / "kept").touch()
    with ThreadPoolExecutor(1) as executor, pytest.raises(OSError, match="exists"):
        cached_jobs.measure(some_pieces(tmp_path, [1]), executor, tmp_path / "kept")
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("what", ["column", "again", "costs"])
def test_a_piece_that_does_not_hold_what_it_should_is_measured_again(what: str):
    thrice = Plan(LINE, SMALL.names, SMALL.protocol, seeds=2)
    shots = max(thrice.columns())
    scores = {"maml": [0.5] * 3}
    point = {"score": [1, 0, 2], "measures": {}}
    job, whole = {
        "column": (
            thrice.columns()[5]["maml"],
            {"scores": scores, "points": dict.fromkeys(scores, point)},
        ),
        "again": (thrice.again()["maml", 1], {"scores": {str(k): [0.5] * 3 for k in (1, 2, 5, 10, 20, shots)}}),
        "costs": (thrice.costs(), {name: {"adapt_ms": 1.5, "train_seconds": None} for name in SMALL.names}),
    }[what]
    assert job.is_answer(whole)
    for part in whole:
        assert not job.is_answer({name: each for name, each in whole.items() if name != part})
        for other in (None, [], {}, "x", 1, {"maml": None}):
            assert not job.is_answer(whole | {part: other})


@pytest.mark.parametrize("name", [name for name, each in SCENARIOS.items() if each.decision])
def test_a_piece_without_a_measure_that_its_decision_has_today_is_measured_again(name: str):
    """Else a study would go on publishing the measures of an earlier version, which no page reads."""
    job = Plan(SCENARIOS[name], ("maml",), SMALL.protocol).columns()[5]["maml"]
    fields = decision_named(SCENARIOS[name].decision).fields
    measures = {measure: np.zeros((3, *field.shape)).tolist() for measure, field in fields.items()}
    ranges = {measure: np.zeros((2, *field.shape)).tolist() for measure, field in fields.items() if field.has_range}

    def kept(measures: dict[str, object], ranges: dict[str, object]) -> dict[str, object]:
        point = {"score": [1, 0, 2], "measures": measures} | ({"ranges": ranges} if ranges else {})
        return {"scores": {"maml": [0.5] * 3}, "points": {"maml": point}}

    assert job.is_answer(kept(measures, ranges))
    for measure in measures:
        assert not job.is_answer(kept({other: measures[other] for other in measures if other != measure}, ranges))
        assert not job.is_answer(kept(measures | {measure: [measures[measure]] * 2}, ranges))
    for measure in ranges:
        assert not job.is_answer(kept(measures, {other: ranges[other] for other in ranges if other != measure}))


# The command's own way of measuring, with pieces that take long instead of some that need a model. As in a real study,
# the workers import joblib: without its setting, semaphores of joblib make them complain when they are ended early.
_STUDY = """
import sys
from pathlib import Path
from scenarios.command_line import commands, parser
from scenarios.publication import cached_jobs, executors
from tests.worker_functions import note_with_joblib, some_pieces

def study(options):
    measured = some_pieces(options.kept.parent, range(300), note_with_joblib)
    with executors.processes(2) as executor, commands.ProgressBar("study") as bar:
        cached_jobs.measure(measured, executor, options.kept, bar.show)

commands.study_command = study
if __name__ == "__main__":
    sys.exit(parser.main(["study", "line", "--kept", sys.argv[1]]))
"""


@pytest.mark.skipif(os.name != "posix", reason="no such signal there")
def test_stopping_a_study_is_said_in_one_line_and_its_pieces_are_whole(tmp_path: Path):
    program, kept = tmp_path / "program.py", tmp_path / "kept"
    program.write_text(_STUDY, encoding="utf-8")

    with subprocess.Popen(
        [sys.executable, str(program), str(kept)], env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=tmp_path,
        stderr=subprocess.PIPE, text=True,
        start_new_session=True,  # as in a terminal, a group to which the signal goes as a whole
    ) as process:  # fmt: skip
        try:
            wait_until(lambda: process.poll() is not None or len(list(tmp_path.glob("kept/*.json"))) > 2, "no pieces")
            os.killpg(process.pid, signal.SIGINT)
            said = process.communicate(timeout=60)[1]
        finally:
            process.kill()
    assert process.returncode == 130, said
    lines = [line for line in said.splitlines() if line and "study [" not in line]
    finished = f"Finished measurements are kept in {kept}; the same command continues from there."
    assert lines == [f"scenarios study: interrupted. No file was changed. {finished}"]
    assert len(list(kept.iterdir())) < 300
    assert all("number" in json.loads(path.read_text()) for path in kept.iterdir())


def test_other_weights_sizes_or_seeds_are_other_pieces(tmp_path: Path):
    usual = SMALL.columns()[5]["maml"]
    others = [
        Plan(LINE, SMALL.names, EvaluationProtocol(3, 20, 6)).columns()[5]["maml"],
        Plan(LINE, SMALL.names, EvaluationProtocol(4, 20, 5)).columns()[5]["maml"],
        SMALL.columns()[5]["bayes"],
        SMALL.columns()[6]["maml"],
        CachedJob(usual.name, usual.measure, usual.arguments, "other weights"),
    ]
    assert usual.path(tmp_path) == SMALL.columns()[5]["maml"].path(tmp_path)
    fewer = Plan(LINE, ("maml",), SMALL.protocol).columns()[5]["maml"]
    assert usual.path(tmp_path) == fewer.path(tmp_path), "one more learner does not have the others measured again"
    assert len({job.path(tmp_path) for job in (usual, *others)}) == 1 + len(others)


def test_only_learners_in_which_chance_has_a_part_are_trained_again():
    again = Plan(LINE, SMALL.names, SMALL.protocol, seeds=3).again()
    assert list(again) == [("maml", 1), ("maml", 2)]
    assert SMALL.again() == {}


def test_a_small_league_counts_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    all_shots = [1, 2, 5]
    monkeypatch.setattr(plan, "league_shots", lambda scenario: (1, 2, 5))
    monkeypatch.setattr(plan, "published_shots", lambda scenario: (2, 5))
    monkeypatch.setattr(plan, "novelties", lambda scenario: (0.0, 1.0))
    monkeypatch.setattr(evaluate_at, "_CHUNK", 2)
    with ThreadPoolExecutor(1) as here:
        both = plan.run(SMALL, here, tmp_path, lambda done, word: None)
    assert (both.figures.shots, both.figures.novelty.rho) == ((2, 5), (0.0, 1.0))
    found = both.league
    assert found.shots == tuple(all_shots)
    assert found.learners.keys() == set(SMALL.names)
    scores = {
        shots: {
            name: from_json(Column, json.loads(job.path(tmp_path).read_text())).scores[name]
            for name, job in SMALL.columns()[shots].items()
        }
        for shots in all_shots
    }
    for at, shots in enumerate(all_shots):
        ahead = scores[shots]["least_squares"] - scores[shots]["maml"]  # of errors
        pair = found.pairs["maml least_squares"]
        assert pair.ahead[at][0] == pytest.approx(ahead.mean(), abs=1e-6)
        assert found.pairs["least_squares maml"].ahead[at][0] == pytest.approx(-ahead.mean(), abs=1e-6)
        regret = scores[shots]["maml"] - scores[shots]["bayes"]
        assert found.learners["maml"].regret[at][0] == pytest.approx(regret.mean(), abs=1e-6)
    assert found.best["local"] == ("least_squares",) * len(all_shots)
    assert found.best["meta_learned"] == ("maml",) * len(all_shots)
    assert all(row.cost.adapt_ms > 0 for row in found.learners.values())
    assert found.learners["bayes"].gap_closed[2] == (1, 1, 1)
    assert found.learners["bayes"].cost.train_seconds is None
    assert found.learners["maml"].cost.train_seconds > 0


def test_a_scheduler_that_nobody_hears_of_is_said_in_one_line(tmp_path: Path, capsys, monkeypatch):
    monkeypatch.setattr(executors, "_PATIENCE", "1s")
    for address in ("tcp://127.0.0.1:9", "nonsense"):
        arguments = ["study", "line", "--scheduler", address, "--out", str(tmp_path), "--kept", str(tmp_path)]
        assert parser.main(arguments) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert address in said
    assert list(tmp_path.iterdir()) == []


def test_a_learner_trained_again_from_the_shipped_seed_answers_as_the_shipped_one_and_from_another_does_not(by_xla):
    by_xla(meta_train, "_run_chunk")  # thousands of steps
    protocol = {"tasks": 5, "queries": 20, "seed": 5}
    shipped = evaluate_at.judged(LINE.name, "pooled", 2, protocol, 0.0)["scores"]["pooled"]
    same, other = (
        evaluate_at.trained_again(LINE.name, "pooled", seed, [2], protocol)["scores"]["2"] for seed in (0, 1)
    )
    assert same == pytest.approx(shipped, rel=1e-3)
    assert other != pytest.approx(shipped, rel=1e-3)
