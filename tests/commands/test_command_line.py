"""Promise: the command line teaches, answers in plain arrays and JSON, and mistakes get one clear line."""

import argparse
import io
import itertools
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from dashboard import results as dashboard_results
from scenarios.catalog import SCENARIOS
from scenarios.command_line import commands, parser
from scenarios.decisions.catalog import decision_named
from scenarios.demo import demo_task, precomputed
from scenarios.evaluation import curves
from scenarios.learner import Learner
from scenarios.learners import discriminant, registry
from scenarios.meta_learner import weights
from scenarios.publication.results import BenchmarkResults, ChallengeResults
from scenarios.scenario import WORLDS, Scenario

ROOT = Path(__file__).resolve().parents[2]
NAME = next(name for name, scenario in SCENARIOS.items() if not scenario.regression)
# The quickest: of credit risk, each world's Bayes-optimal predictor begins with seconds of fitting polynomials.
WITH_WORLDS = min((s for s in SCENARIOS.values() if s.worlds), key=lambda s: s.recipe.inner_steps).name
NUMBERS = next(name for name, scenario in SCENARIOS.items() if scenario.regression)
COMMANDS = (
    "list", "sample", "train", "evaluate", "plan", "own", "own-samples", "predict", "study", "other-tasks",
    "situations", "calibration", "trips", "worlds", "robustness", "unlabelled", "challenges", "curvature", "benchmark",
    "tables",
)  # fmt: skip


class Said(NamedTuple):
    code: int
    out: str
    err: str


UNSURE = {"bayes", "ridge", "in_context", "bayesian_linear"}  # who say how far off they may be


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run a command in this process."""

    def run(*arguments: object) -> Said:
        capsys.readouterr()
        try:
            code = parser.main(list(map(str, arguments)))
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        return Said(code, *capsys.readouterr())

    return run


def words(text: str) -> list[str]:
    return text.split()


def shell(*arguments: object) -> Said:
    """Run a command in a shell."""
    command = [sys.executable, "-m", "scenarios", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    return Said(done.returncode, done.stdout, done.stderr)


def assert_one_clear_line(said: Said, *words: str) -> None:
    assert said.code == 2
    assert said.out == ""
    assert said.err.count("\n") == 1, said.err
    assert said.err.endswith("\n")
    assert len(said.err) > 20
    assert "Traceback" not in said.err
    for word in words:
        assert word in said.err


@pytest.fixture
def sampled(scenario: Scenario, say, tmp_path: Path) -> Path:
    """Episodes as `sample` writes them: 3 tasks, 4 shots, 7 queries."""
    path = tmp_path / "episodes.npz"
    assert say("sample", scenario.name, *words("--tasks 3 --shots 4 --queries 7 --seed 11 --out"), path).code == 0
    return path


def contents(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


# -- what a reader gets -----------------------------------------------------------------------------------------------


def test_list_in_json_names_every_scenario_in_both_languages():
    said = shell("list", "--json")
    assert (said.code, said.err) == (0, "")
    listed = {row["name"]: row for row in json.loads(said.out)}
    assert listed.keys() == SCENARIOS.keys()
    for name, scenario in SCENARIOS.items():
        assert listed[name]["ways"] == scenario.ways
        assert listed[name]["features"] == [feature.name for feature in scenario.features]
        assert listed[name]["title"] == {"en": scenario.prose.title.en, "zh": scenario.prose.title.zh}
        assert listed[name]["metric"] == scenario.metric.id


def test_list_has_one_line_for_each_scenario(say):
    lines = say("list").out.splitlines()
    assert [line.split()[0] for line in lines] == list(SCENARIOS)


def test_sample_writes_the_documented_arrays_in_units(scenario: Scenario, sampled: Path):
    arrays = contents(sampled)
    rows = 4 * scenario.ways
    assert {name: array.shape for name, array in arrays.items()} == {
        "support_x": (3, rows, *scenario.example_shape),
        "support_y": (3, rows),
        "query_x": (3, 7, *scenario.example_shape),
        "query_y": (3, 7),
        "feature_names": (len(scenario.features),),
    }
    assert arrays["feature_names"].tolist() == [feature.name for feature in scenario.features]
    assert np.abs(scenario.encode(arrays["query_x"])).max() < 7, "these are not the domain's units"
    if scenario.regression:
        assert arrays["support_y"].dtype.kind == "f"
    else:
        np.testing.assert_array_equal(arrays["support_y"][0], np.arange(rows) % scenario.ways)
        assert np.abs(arrays["query_x"]).max() > 20, "these look like standard scores"


def test_sample_gives_the_same_for_the_same_seed_and_other_for_another(scenario: Scenario, sampled, say, tmp_path):
    again, other = tmp_path / "again.npz", tmp_path / "other.npz"
    for path, seed in ((again, 11), (other, 12)):
        say("sample", scenario.name, *words("--tasks 3 --shots 4 --queries 7 --seed"), seed, "--out", path)
    first = contents(sampled)
    for name, array in contents(again).items():
        np.testing.assert_array_equal(array, first[name])
    assert not np.array_equal(contents(other)["query_x"], first["query_x"])


def test_sample_draws_the_tasks_that_evaluate_judges_on(scenario: Scenario, sampled: Path):
    episode = curves.fresh_episode(scenario, tasks=3, shots=4, queries=7, seed=11)
    arrays = contents(sampled)
    np.testing.assert_array_equal(arrays["support_x"], episode.raw.support.x)
    np.testing.assert_array_equal(arrays["query_x"], episode.raw.query.x)
    np.testing.assert_array_equal(arrays["query_y"], episode.raw.query.y)


def test_sample_draws_from_each_world_and_from_the_tasks_that_learners_learn_from(say, tmp_path):
    draws = []
    for options in ("", "--world mild", "--world strong", "--split train"):
        path = tmp_path / f"{len(draws)}.npz"
        assert say("sample", WITH_WORLDS, *words(f"--tasks 2 --seed 11 {options} --out"), path).code == 0
        draws.append(contents(path)["support_x"])
    for one, other in itertools.combinations(draws, 2):
        assert one.shape == other.shape
        assert not np.allclose(one, other)


def test_learners_are_judged_in_the_world_that_is_asked_for(say):
    means = set()
    for world in WORLDS:
        said = say("evaluate", WITH_WORLDS, *words(f"--world {world} --learners bayes --shots 5 --tasks 8 --json"))
        report = json.loads(said.out)
        assert (report["scenario"], report["world"]) == (WITH_WORLDS, world)
        means.add(report["results"][0]["mean"])
    assert len(means) == len(WORLDS)


def test_a_learner_without_weights_for_a_world_is_answered_with_the_command_that_makes_them(say):
    said = say("evaluate", WITH_WORLDS, *words("--world mild --learners in_context --tasks 2"))
    assert_one_clear_line(said, f"python -m scenarios train {WITH_WORLDS} --world mild --learner in_context")


def test_in_another_world_the_learners_are_compared_that_have_weights_there_and_the_others_are_named(say):
    said = say("evaluate", WITH_WORLDS, *words("--world strong --tasks 8 --queries 30 --shots 5 --json"))
    assert said.code == 0
    there = SCENARIOS[WITH_WORLDS].in_world("strong")
    untrained = {name for name in registry.trainable(there) if not weights.path_of(there, name).exists()}
    compared = {row["learner"] for row in json.loads(said.out)["results"]}
    assert compared == set(registry.suitable(there)) - untrained
    assert "in_context" in said.err
    assert f"python -m scenarios train {WITH_WORLDS} --world strong --all" in said.err


def test_evaluate_in_json_has_the_documented_keys(say):
    said = say(
        "evaluate",
        NAME,
        *words("--learners maml bayes scratch --shots 1 5 --tasks 12 --queries 60 --seed 4"),
        "--json",
    )
    assert (said.code, said.err) == (0, "")
    report = json.loads(said.out)
    assert report.keys() >= {"scenario", "world", "metric", "higher_is_better", "tasks", "seed", "results"}
    assert (report["scenario"], report["tasks"], report["seed"]) == (NAME, 12, 4)
    assert report["metric"] == SCENARIOS[NAME].metric.id
    assert report["higher_is_better"] is True
    assert [(row["learner"], row["shots"]) for row in report["results"]] == [
        (learner, shots) for shots in (1, 5) for learner in ("maml", "bayes", "scratch")
    ]
    for row in report["results"]:
        measured = {"mean", "ci95", "range90", "regret", "regret_ci95", "adapt_ms", "gradient_steps"}
        assert row.keys() == {"learner", "rung", "other_tasks", "shots", *measured}
        seen = SCENARIOS[NAME].recipe.train_tasks if row["learner"] == "maml" else None
        assert (row["rung"], row["other_tasks"]) == (registry.REGISTRY[row["learner"]].rung.value, seen)
        assert row["range90"][0] <= row["range90"][1]
        low, high = row["ci95"]
        assert 0 < low < row["mean"] < high < 1.1
        assert 0 < row["adapt_ms"] < 5000


def test_a_figure_does_not_depend_on_what_else_is_asked_for(say):
    figures = []
    for learners, shots in (("bayes", "5"), ("neighbours bayes logistic", "5"), ("bayes neighbours", "1 5")):
        arguments = words(f"--learners {learners} --shots {shots} --tasks 6 --queries 30 --seed 7 --json")
        report = json.loads(say("evaluate", NAME, *arguments).out)
        [row] = [row for row in report["results"] if (row["learner"], row["shots"]) == ("bayes", 5)]
        figures.append((row["mean"], row["ci95"], row["range90"]))
    assert figures[0] == figures[1] == figures[2]


def test_evaluate_says_what_the_study_finds(scenario: Scenario, say, shipped: Callable[[Scenario], dict[str, Learner]]):
    """And judges all learners that suit the scenario, where nobody says which."""
    learners = shipped(scenario)  # first, so that the command too has TensorFlow run what XLA would compile
    said = say("evaluate", scenario.name, *words("--shots 3 --tasks 3 --queries 7 --seed 5 --json"))
    report = json.loads(said.out)
    assert report["higher_is_better"] == scenario.metric.higher_is_better
    assert [row["learner"] for row in report["results"]] == list(registry.suitable(scenario))
    episode = curves.fresh_episode(scenario, tasks=3, shots=3, queries=7, seed=5)
    for row in report["results"]:
        answer = learners[row["learner"]].predict(episode)
        assert row["mean"] == pytest.approx(scenario.metric.compute(answer, episode.query.y).mean(), rel=1e-4)


def test_evaluate_compares_task_by_task_and_writes_both_files(kind: Scenario, say, shipped, tmp_path):
    out, sizes = tmp_path / "found", "--shots 3 --tasks 4 --queries 7 --seed 5"
    said = say("evaluate", kind.name, *words(f"--learners maml scratch {sizes} --against scratch --out"), out)
    assert (said.code, said.err) == (0, "")
    report = json.loads((tmp_path / "found.json").read_text("utf-8"))
    assert (report["against"], report["tasks"], report["seed"]) == ("scratch", 4, 5)
    episode = curves.fresh_episode(kind, tasks=4, shots=3, queries=7, seed=5)
    scores = {
        name: kind.metric.compute(shipped(kind)[name].predict(episode), episode.query.y)
        for name in ("maml", "scratch", "bayes")
    }
    better = -1 if kind.regression else 1
    ahead, regret = better * (scores["maml"] - scores["scratch"]), better * (scores["bayes"] - scores["maml"])
    first, second = report["results"]
    assert (first["ahead"], first["regret"]) == pytest.approx((ahead.mean(), regret.mean()), rel=1e-3, abs=1e-6)
    assert first["ahead_ci95"][0] < first["ahead"] < first["ahead_ci95"][1]
    assert second["ahead"] == 0
    assert first["gradient_steps"] == kind.recipe.inner_steps
    table = pd.read_csv(tmp_path / "found.csv")
    assert table["learner"].tolist() == ["maml", "scratch"]
    assert table["regret_ci95_low"][0] == pytest.approx(first["regret_ci95"][0])


def test_evaluate_for_people_has_one_line_for_each_learner_and_number_of_labels(scenario: Scenario, say):
    said = say("evaluate", scenario.name, *words("--learners pooled bayes --shots 1 2 --tasks 5 --queries 10"))
    lines = said.out.splitlines()
    assert "95%" in lines[0]
    assert "seed 0" in lines[0]
    tasks = str(scenario.recipe.train_tasks)
    assert [line.split()[0:4] for line in lines[1:]] == [
        ["pooled", tasks, "tasks", "1"],
        ["bayes", "-", "tasks", "1"],
        ["pooled", tasks, "tasks", "2"],
        ["bayes", "-", "tasks", "2"],
    ]


def test_evaluate_has_simple_statistics_learn_from_as_many_other_tasks_as_asked(kind: Scenario, say, monkeypatch):
    monkeypatch.setattr(discriminant, "_ROUNDS", 10)  # of a hundred, after which nothing much moves
    name = "bayesian_linear" if kind.regression else "random_effects_lda"
    sizes = "--labels-each 10 --shots 5 --tasks 40 --queries 60 --seed 3 --json"
    said = say("evaluate", kind.name, *words(f"--learners {name} bayes --other-tasks 3 60 {sizes}"))
    assert said.code == 0, said.err
    few, many, bayes = json.loads(said.out)["results"]
    assert [(row["other_tasks"], row["rung"]) for row in (few, many, bayes)] == [
        (3, "borrowing"), (60, "borrowing"), (None, "bayes"),
    ]  # fmt: skip
    assert few["regret"] > many["regret"] > bayes["regret"] == 0


def test_a_learner_that_cannot_learn_from_other_numbers_of_tasks_is_answered_with_those_that_can(say):
    said = say("evaluate", NAME, *words("--learners fine_tuned --other-tasks 30 --shots 1 --tasks 3"))
    assert_one_clear_line(said, "fine_tuned", "random_effects_lda")


def test_predict_answers_what_sample_wrote_as_the_learner_does(scenario: Scenario, sampled, say, shipped, tmp_path):
    out = tmp_path / "answers.npz"
    episode = curves.fresh_episode(scenario, tasks=3, shots=4, queries=7, seed=11)
    for name, learner in shipped(scenario).items():
        assert say("predict", scenario.name, "--learner", name, "--episodes", sampled, "--out", out).code == 0
        answers, expected = contents(out), learner.predict(episode)
        # A file holds 32 bits of each value, and a walk of a hundred steps magnifies the last of them.
        if not scenario.regression:
            assert answers.keys() == {"probabilities"}
            np.testing.assert_allclose(answers["probabilities"], expected, atol=2e-3, err_msg=name)
            continue
        assert answers.keys() == ({"predictions", "deviations"} if name in UNSURE else {"predictions"})
        assert {array.shape for array in answers.values()} == {(3, 7, 1)}
        np.testing.assert_allclose(np.concatenate(list(answers.values()), axis=-1), expected, atol=2e-3, err_msg=name)


def test_predict_reads_files_from_elsewhere(scenario: Scenario, sampled, say, tmp_path):
    """No answers, no names, classes in any order and of unequal size, whole numbers, another kind of float."""
    arrays = contents(sampled)
    order = [0, 3, 1, *range(4, arrays["support_y"].shape[1])]
    other, out = tmp_path / "elsewhere.npz", tmp_path / "answers.npz"
    np.savez(
        other,
        support_x=arrays["support_x"][:, order].astype(np.float64),
        support_y=arrays["support_y"][:, order].astype(np.float32),
        query_x=arrays["query_x"].round().astype(np.int64),
    )
    for learner in registry.suitable(scenario):
        said = say("predict", scenario.name, "--learner", learner, "--episodes", other, "--out", out)
        assert said.code == 0, said.err
        assert said.err.startswith(f"Note: {learner}") == registry.REGISTRY[learner].is_transductive, said.err
        answers = contents(out)
        assert all(np.isfinite(array).all() for array in answers.values()), learner
        if scenario.regression:
            assert answers["predictions"].shape == (3, 7, 1)
        else:
            assert answers["probabilities"].shape == (3, 7, scenario.ways)
            np.testing.assert_allclose(answers["probabilities"].sum(-1), 1, atol=1e-5, err_msg=learner)


def test_predict_says_that_inner_steps_diverged_and_writes_nothing(scenario: Scenario, sampled, say, tmp_path):
    file, out = tmp_path / "huge.npz", tmp_path / "answers.npz"
    arrays = contents(weights.path_of(scenario, "maml"))
    are_weights = {name: name.startswith("start") for name in arrays}
    np.savez(file, **{name: array * 1e30 if are_weights[name] else array for name, array in arrays.items()})
    predict = ["predict", scenario.name, "--learner", "maml", "--episodes", sampled, "--out", out]
    assert_one_clear_line(say(*predict, "--weights", file), "maml diverged on 3 of 3 tasks", "0, 1, 2", "--weights")
    assert not out.exists()


def test_predict_asks_about_a_unit_that_seems_to_be_another_one(say, tmp_path):
    name, feature, file = "medical_diagnosis", "creatinine", tmp_path / "episodes.npz"
    predict = ["predict", name, "--learner", "maml", "--episodes", file, "--out", tmp_path / "answers.npz"]
    assert say("sample", name, *words("--tasks 3 --shots 5 --queries 20 --out"), file).code == 0
    assert say(*predict).err == ""
    arrays = contents(file)
    place = list(arrays["feature_names"]).index(feature)
    for part in ("support_x", "query_x"):
        arrays[part][..., place] /= 88.4  # mg/dL
    np.savez(file, **arrays)
    said = say(*predict)
    assert said.code == 0
    assert said.err.count("\n") == 1
    assert said.err.startswith(f"Note: {feature} is ")
    assert "Is its unit really µmol/L?" in said.err


# -- what teaches -----------------------------------------------------------------------------------------------------


def test_a_study_of_all_runs_the_command_of_every_published_file(say, monkeypatch: pytest.MonkeyPatch, tmp_path):
    ran = []
    for command in COMMANDS:
        name = f"{command.replace('-', '_')}_command"
        monkeypatch.setattr(
            commands, name, lambda options: ran.append((options.command, vars(options).get("scenario")))
        )
    assert say("study", "--all", "--kept", tmp_path).code == 0
    applications = [name for name, scenario in SCENARIOS.items() if not scenario.regression]
    expected = {("train", name) for name in SCENARIOS} | {("study", name) for name in SCENARIOS}
    expected |= {
        (command, name)
        for name in applications
        for command in ("other-tasks", "situations", "calibration", "robustness")
    }
    expected |= {("worlds", name) for name in applications if SCENARIOS[name].worlds} | {("tables", None)}
    expected |= {("unlabelled", name) for name in applications if SCENARIOS[name].bayes_with_unlabelled}
    expected |= {("trips", name) for name in applications if decision_named(SCENARIOS[name].decision).trips}
    expected |= {("curvature", name) for name in applications if SCENARIOS[name].decode}
    for kind, command in ((ChallengeResults, "challenges"), (BenchmarkResults, "benchmark")):
        expected |= {(command, name) for name in dashboard_results.measured(kind)}
    assert set(ran) == expected
    assert ran[-1] == ("tables", None)
    ran.clear()
    assert say("study", "--all", "--out", tmp_path).code == 0
    assert ("tables", None) not in ran


@pytest.mark.parametrize("command", COMMANDS)
def test_help_teaches_every_command_and_every_option(say, command):
    assert command in say("--help").out
    said = say(command, "--help")
    assert said.code == 0
    assert f"python -m scenarios {command}" in said.out
    named = {
        "list": ["--json"], "train": ["--learner", "--all", "--seed", "assets/weights"], "study": ["--tasks", "--out"],
        "own-samples": ["--out", "assets/tables", "NAME.csv"], "tables": ["--check", "README.md"],
    }  # fmt: skip
    documented = {
        "sample": ["--tasks", "--shots", "per class", "--queries", "--seed", "--out", "units"],
        "evaluate": words(
            "--learners --other-tasks --against --out regret --shots --tasks --queries --seed --json interval"
        ),
        "benchmark": words("--tasks --seed --out assets/results intervals"),
        "other-tasks": ["--tasks", "--seed", "--out", "--kept"],
        "plan": ["--other-tasks", "--labels-each", "--shots", "--label-errors", "--world", "--json"],
        "own": ["TABLE", "--task", "--label", "--features", "--shots", "--learners", "--out", "--scheduler", "--kept"],
        "worlds": ["--tasks", "--seed", "--out", "--kept"],
        "situations": ["--tasks", "--seed", "--out", "--kept", "wrong"],
        "calibration": ["--tasks", "--seed", "--out", "--kept", "slope"],
        "trips": ["--tasks", "--seed", "--out", "--kept", "alarm"],
        "robustness": ["--tasks", "--seed", "--out", "--kept", "unequal"],
        "unlabelled": ["--tasks", "--seed", "--out", "--kept"],
        "challenges": ["--tasks", "--seed", "--out", "assets/results", "intervals"],
        "curvature": ["--tasks", "--seed", "--out", "--kept", "Bayes-optimal"],
        "predict": ["--learner", "--episodes", "--out", "probabilities", "predictions", "deviations", ".npz"],
    }
    for word in (named | documented)[command]:
        assert word in said.out


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_option_ends_with_its_default(command: str):
    [subparsers] = [each for each in parser._parser()._actions if isinstance(each, argparse._SubParsersAction)]
    described = subparsers.choices[command]
    assert "%%" not in described.format_help()
    for option in described._actions:
        if "--help" not in option.option_strings:
            assert re.search(r"\((required|default: .+)\)$", option.help % vars(option)), option


def test_the_walk_through_in_the_help_works_line_by_line(say, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = [line for line in say("--help").out.splitlines() if line.startswith("  python -m scenarios ")]
    assert len(lines) >= 4
    for line in lines:
        said = say(*shlex.split(line)[3:])
        assert said.code == 0, line
        assert said.out
    assert contents(tmp_path / "answers.npz")["probabilities"].shape == (3, 20, 2)


def test_no_command_at_all_is_answered_with_where_to_look(say):
    assert_one_clear_line(say(), "--help")


def test_a_reader_who_stops_reading_is_no_error():
    with subprocess.Popen(
        [sys.executable, "-m", "scenarios", "list", "--json"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


@pytest.fixture
def handler_restored() -> Iterator[None]:
    """Restore the handler of interrupts: a command that was interrupted ignores further ones until its process ends."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("handler_restored")
def test_stopping_a_training_changes_nothing(say, monkeypatch: pytest.MonkeyPatch):
    """Interrupted after the first report of its progress; `test_stopping_an_evaluation...` interrupts a process."""
    show = commands.ProgressBar.show

    def show_and_interrupt(bar: commands.ProgressBar, *progress: object) -> None:
        show(bar, *progress)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(commands.ProgressBar, "show", show_and_interrupt)
    path = weights.path_of(SCENARIOS[NUMBERS], "pooled")
    before = path.read_bytes()
    said = say("train", NUMBERS, "--learner", "pooled")
    assert said.code == 130
    assert "query loss" in said.err
    assert "Traceback" not in said.err
    assert "No file was changed. The training that was running is lost." in said.err
    assert path.read_bytes() == before
    assert not list(path.parent.glob("*.part"))


@pytest.mark.usefixtures("handler_restored")
def test_a_study_that_is_interrupted_names_what_it_has_replaced(say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    prepared = precomputed.read(NUMBERS, precomputed.SEED, precomputed.DRAW, 5)
    monkeypatch.setattr(demo_task, "adapt_to", lambda *_: prepared)
    monkeypatch.setattr(commands, "_drawn_maps", lambda scenario: signal.raise_signal(signal.SIGINT))
    said = say("study", NUMBERS, "--workers", "1", "--out", tmp_path, "--kept", tmp_path / "kept")
    assert said.code == 130
    assert f"Replaced: {NUMBERS}.presets.npz; no other file was changed. Finished measurements are kept" in said.err
    assert [path.name for path in tmp_path.iterdir()] == [f"{NUMBERS}.presets.npz"]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_a_console_of_any_encoding_gets_the_list_and_json_that_is_whole(encoding: str, monkeypatch: pytest.MonkeyPatch):
    for arguments in (["list"], ["list", "--json"], ["--help"]):
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2))
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        code = parser.main(arguments)
        monkeypatch.undo()
        err.flush()
        assert (code, err.buffer.getvalue()) == (0, b""), arguments
        assert_is_whole(arguments, out.buffer.getvalue().decode(encoding))


def test_a_process_with_a_console_of_ascii_gets_the_list():
    done = subprocess.run(
        [sys.executable, "-m", "scenarios", "list"],
        cwd=ROOT, env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert_is_whole(["list"], done.stdout.decode("ascii"))


def assert_is_whole(arguments: list[str], said: str) -> None:
    if "--json" in arguments:
        assert [row["title"]["zh"] for row in json.loads(said)] == [s.prose.title.zh for s in SCENARIOS.values()]
    elif arguments == ["list"]:
        assert [line.split()[0] for line in said.splitlines()] == list(SCENARIOS)
    else:
        assert said.count("\n") > 10


def through_shell(script: str, *arguments: object) -> Said:
    command = ["sh", "-c", script, sys.executable, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=120)
    return Said(done.returncode, done.stdout, done.stderr)


@pytest.mark.skipif(os.name == "nt", reason="a shell's redirections")
def test_a_standard_output_that_is_closed_is_said_in_one_line_and_one_that_is_closed_early_is_no_error(tmp_path: Path):
    for command in ("list", "list --json", "--help"):
        assert_one_clear_line(through_shell(f'"$0" -m scenarios {command} >&-'), "standard output")
    assert through_shell('"$0" -m scenarios list >&- 2>&- <&-') == (2, "", "")
    assert through_shell('"$0" -m scenarios nonsense 2>&-') == (2, "", "")
    for command in ("list", "--help"):
        said = through_shell(f'"$0" -m scenarios {command} | head -1')
        assert (said.code, said.out.count("\n"), said.err) == (0, 1, "")


@pytest.mark.skipif(os.name == "nt", reason="such names are not to be had there")
def test_odd_paths_get_a_whole_file_or_one_clear_line(say, tmp_path: Path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    sample = ["sample", NUMBERS, "--tasks", "1", "--out"]
    for name in ("-.npz", "two\nlines.npz"):
        assert say(*sample, tmp_path / "new" / name).code == 0
        assert contents(tmp_path / "new" / name)["support_x"].shape[0] == 1
    for name in ("片段 🙂.npz", os.fsdecode(b"\xff\xfe.npz")):  # in a process with a console of ASCII
        path = tmp_path / "new" / name
        command = [sys.executable, "-m", "scenarios", *sample, path]
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True)
        assert (done.returncode, done.stderr) == (0, b"")
        assert contents(path)["support_x"].shape[0] == 1
    for path in ("", tmp_path / "folder", tmp_path / "file" / "below.npz", tmp_path / ("x" * 300), "/dev/null"):
        assert_one_clear_line(say(*sample, path))
    for path in ("", ".", "/", tmp_path / "folder"):
        evaluate = ["evaluate", NUMBERS, "--learners", "bayes", "--shots", "1", "--tasks", "2", "--out", path]
        assert_one_clear_line(say(*evaluate), "--out")
    for path in (tmp_path / "folder", tmp_path / "none", tmp_path / ("x" * 300), "/dev/zero", ""):
        predict = ["predict", NUMBERS, "--episodes", path, "--out", tmp_path / "answers.npz"]
        assert_one_clear_line(say(*predict), "file")


@pytest.mark.skipif(os.name == "nt", reason="no such signal there")
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_stopping_an_evaluation_is_said_in_one_line(stop: signal.Signals):
    command = [sys.executable, "-u", "-m", "scenarios", "evaluate", NUMBERS]
    command += words("--learners bayes --tasks 300 --queries 500 --shots") + [str(shots) for shots in range(1, 200)]

    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        try:
            assert "95%" in process.stdout.readline()
            assert "bayes" in process.stdout.readline()
            process.send_signal(stop)
            said = process.communicate(timeout=60)[1]
        finally:
            process.kill()
    assert process.returncode == 130, said
    assert said == "\nscenarios evaluate: interrupted. No file was changed.\n"


# -- what cannot be understood ----------------------------------------------------------------------------------------

MISTAKES = {
    "an unknown command": ["learn", NAME],
    "an unknown option": ["list", "--xml"],
    "no scenario": ["evaluate"],
    "no file to write": ["sample", NAME],
    "a world that it has not": ["sample", NUMBERS, "--world", "mild", "--out", "x.npz"],
    "a study of nothing": ["study"],
    "a study of one and of all": ["study", NAME, "--all"],
    "an unknown scenario": ["sample", "astrology", "--out", "x.npz"],
    "an unknown scenario to judge": ["evaluate", "astrology"],
    "an unknown learner": ["evaluate", NAME, "--learners", "maml", "oracle"],
    "an unknown learner to train": ["train", NAME, "--learner", "oracle"],
    "nothing to train": ["train", NAME, "--learner", "bayes"],
    "a learner of classes where a number is predicted": ["evaluate", NUMBERS, "--learners", "logistic"],
    "a learner of numbers where classes are told apart": ["train", NAME, "--learner", "least_squares"],
    "a rule that the trade does not have": ["evaluate", NUMBERS, "--learners", "rule"],
    "no shots": ["evaluate", NAME, "--shots", "0"],
    "negative shots": ["sample", NAME, "--shots", "-1", "--out", "x.npz"],
    "shots in words": ["evaluate", NAME, "--shots", "five"],
    "half a task": ["evaluate", NAME, "--tasks", "2.5"],
    "one task has no interval": ["evaluate", NAME, "--tasks", "1"],
    "too many tasks": ["evaluate", NAME, "--tasks", "99999999"],
    "a negative seed": ["evaluate", NAME, "--seed", "-4"],
    "a seed beyond 32 bits": ["evaluate", NAME, "--seed", "2147483648"],
    "more than the memory holds": ["sample", NAME, *words("--tasks 100000 --shots 200 --queries 2000 --out x.npz")],
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_one_clear_line(say, mistake, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert_one_clear_line(say(*MISTAKES[mistake]))
    assert not list(tmp_path.iterdir())


def test_a_mistake_gets_one_clear_line_in_a_shell_too():
    assert_one_clear_line(shell("evaluate", "astrology"), "astrology", NAME)


def test_a_file_that_cannot_be_written_is_named(scenario: Scenario, say, sampled, tmp_path):
    (tmp_path / "file").write_text("in the way")
    for out in (tmp_path, tmp_path / "file" / "x.npz"):
        assert_one_clear_line(say("sample", scenario.name, "--out", out), str(out))
        assert_one_clear_line(
            say("predict", scenario.name, *words("--learner bayes --episodes"), sampled, "--out", out), str(out)
        )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["episodes.npz", "file"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in this file system")
def test_what_is_not_a_file_is_not_replaced_by_one(say, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert_one_clear_line(say("sample", NAME, "--out", tmp_path / "pipe"), "pipe")
    assert (tmp_path / "pipe").is_fifo()


def test_a_file_that_is_not_there_is_named(scenario: Scenario, say, tmp_path):
    for there in (tmp_path / "none.npz", tmp_path):
        said = say("predict", scenario.name, "--episodes", there, "--out", tmp_path / "out.npz")
        assert_one_clear_line(said, there.name)
        assert not (tmp_path / "out.npz").exists()
