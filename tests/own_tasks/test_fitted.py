"""Promise: a fitted model in a file predicts what the comparison's method would, and a wrong file gets one sentence."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from scenarios.command_line import parser
from scenarios.errors import UserError
from scenarios.own_tasks import experiment, fitted, methods, writing
from scenarios.own_tasks.fitted import FittedModel, Trees
from scenarios.own_tasks.methods import OneForAll, World
from scenarios.own_tasks.reading import Question, Reading, Table
from scenarios.own_tasks.source import Source
from scenarios.text import Text
from tests.own_tasks.tables import made_up, source

SHOTS = 4


def mixed(*, is_number: bool = False) -> pd.DataFrame:
    """Return tasks with numbers, categories, yes and no, and gaps."""
    table, rng = made_up(6, 20, is_number=is_number), np.random.default_rng(1)
    table["ward"] = rng.choice(["east", "west", "north"], len(table))
    table["smoker"] = rng.choice(["no", "yes"], len(table))
    return table.assign(b=table["b"].mask(rng.random(len(table)) < 0.1))


def rows_of(table: Source, rows: np.ndarray, *, labelled: bool) -> Table:
    frame = table.frame.iloc[rows].reset_index(drop=True)
    if labelled:
        frame["label"] = [table.classes[int(table.y[row])] if table.classes else table.y[row] for row in rows]
    return Table(frame, Reading())


def asked(table: Source, rows: np.ndarray) -> Table:
    return rows_of(table, rows, labelled=False)


@pytest.fixture(scope="module")
def model() -> FittedModel:
    return fitted.fit(source(mixed()), "random_effects_lda", (1, SHOTS), seed=0)


@pytest.fixture(scope="module")
def content(model: FittedModel) -> bytes:
    return fitted.to_bytes(model)


@pytest.mark.parametrize(
    ("name", "is_number"),
    [
        ("pooled_linear", False), ("pooled_linear", True), ("lda", False), ("random_effects_lda", False),
        ("bayesian_linear", True), ("ridge", False),
    ],
)  # fmt: skip
def test_the_file_predicts_for_a_task_what_the_comparison_does(name: str, is_number: bool, monkeypatch):
    monkeypatch.setattr(methods, "_META_STEPS", (2,))
    table = source(mixed(is_number=is_number))
    new, others = 0, list(range(1, 6))
    data, _ = experiment.encoded(table, np.array(others))
    world = World(data, np.array(others), (SHOTS,), 0)
    trials = world.trials([new], SHOTS, 1)
    expected = np.asarray(methods.fit(world, name).predict(trials.episode), float)[0]
    expected = expected[trials.weight[0] > 0]  # without padding

    model = fitted.from_bytes(fitted.to_bytes(fitted.fit(table, name, (SHOTS,), 0, others)), "model.npz")
    known, unknown = (places(data.x, part.x[0]) for part in (trials.episode.raw.support, trials.episode.raw.query))
    unknown = unknown[trials.weight[0] > 0]
    labelled = rows_of(table, known, labelled=True) if model.needs_labels else None
    answer = fitted.predict(model, labelled, asked(table, unknown)).frame
    if is_number:
        found = (answer["prediction"].to_numpy() - model.header.label_centre) / model.header.label_spread
        np.testing.assert_allclose(found, expected[:, 0], atol=1e-5)
    else:
        np.testing.assert_allclose(answer[["probability no", "probability yes"]], expected, atol=1e-5)


def places(x: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return where rows stand among all."""
    return np.array([np.flatnonzero((x == row).all(1))[0] for row in rows])


@pytest.mark.parametrize("classes", [0, 2, 3])
def test_trees_answer_as_those_that_were_fitted(classes: int):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((200, 4))
    y = x[:, 0] * x[:, 1] if not classes else np.digitize(x[:, 0] * x[:, 1], np.linspace(-0.3, 0.3, classes - 1))
    kind = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    model = kind(max_iter=5, early_stopping=False).fit(x, y)
    kept = fitted._kept(OneForAll(model))
    trees = Trees(kept.pop("classes", np.zeros(0, int)), 4, **kept)
    if classes:
        np.testing.assert_allclose(trees.predict_proba(x), model.predict_proba(x), atol=1e-12)
    else:
        np.testing.assert_allclose(trees.predict(x), model.predict(x), atol=1e-12)
    with pytest.raises(ValueError, match="circles"):
        Trees(trees.classes_, 4, **kept | {"left": np.zeros_like(kept["left"])})


def test_a_model_that_needs_no_labels_is_given_none():
    table = source(mixed())
    model = fitted.fit(table, "pooled_linear", (SHOTS,), 0)
    assert len(fitted.predict(model, None, asked(table, np.arange(7))).frame) == 7


def test_rows_without_a_label_are_those_to_predict(model: FittedModel):
    table = source(mixed())
    given = rows_of(table, np.arange(12), labelled=True)
    given.frame.loc[[3, 7], "label"] = None
    assert fitted.predict(model, given, None).frame["row"].tolist() == [4, 8]


def test_values_that_no_training_task_had_are_reported_with_their_rows(model: FittedModel):
    table = source(mixed())
    rows = asked(table, np.arange(20, 26))
    rows.frame.loc[1, "a"], rows.frame.loc[2, "ward"], rows.frame.loc[3, "smoker"] = 1e6, "moon", "sometimes"
    rows.frame.loc[4, "a"] = np.nan
    answer = fitted.predict(model, rows_of(table, np.arange(20), labelled=True), rows)
    found = answer.frame["outside the training tasks"].tolist()
    assert found == ["", "a", "ward", "smoker", "", ""]
    said = " ".join(note.en for note in answer.notes)
    for word in ("1e+06", "moon", "sometimes", "a: rows with a missing value"):
        assert word in said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda frame: frame.drop(columns=["a", "ward"]), "missing: a, ward"),
        (lambda frame: frame.drop(columns="label"), "missing: label"),
        (lambda frame: frame.assign(label="maybe"), "Classes unknown to the model: maybe"),
        (lambda frame: frame.assign(label="yes"), "No labelled row of: no"),
        (lambda frame: frame.assign(site=[f"site {place % 2}" for place in range(len(frame))]), "several tasks"),
        (lambda frame: frame.assign(a="high"), "a is text (“high”)"),
    ],
)
def test_labelled_rows_that_do_not_suit_get_one_sentence(model: FittedModel, change: Callable, words: str):
    table = source(mixed())
    given = Table(change(rows_of(table, np.arange(20), labelled=True).frame), Reading())
    with pytest.raises(UserError) as raised:
        fitted.predict(model, given, asked(table, np.arange(20, 22)))
    assert words in raised.value.text.en


def test_an_open_question_about_a_used_column_is_asked(model: FittedModel):
    table = source(mixed())
    rows = asked(table, np.arange(3))
    doubtful = Table(rows.frame, Reading(), questions=(Question("a", Text("comma or dot?", "逗号还是句点？")),))
    with pytest.raises(UserError, match="comma or dot"):
        fitted.predict(model, rows_of(table, np.arange(20), labelled=True), doubtful)


# -- files -------------------------------------------------------------------------------------------------------------


def changed(content: bytes, **arrays: object) -> bytes:
    """Return the file with other arrays; `header` is a dictionary of changes."""
    with np.load(io.BytesIO(content)) as opened:
        kept = {name: opened[name] for name in opened.files}
    header = json.loads(str(kept["header"]))
    header |= arrays.pop("header", {})
    kept |= {"header": np.array(json.dumps(header))} | {name.replace("__", "."): each for name, each in arrays.items()}
    file = io.BytesIO()
    np.savez(file, **{name: np.asarray(each) for name, each in kept.items()})
    return file.getvalue()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda content: b"", "not a fitted model"),
        (lambda content: b"site,label\n1,2\n", "not a fitted model"),
        (lambda content: content[: len(content) // 2], "truncated"),
        (lambda content: changed(content, more=np.array([{}], object)), "not a fitted model"),
        (lambda content: changed(content, header={"format": 99}), "format 99"),
        (lambda content: changed(content, header={"method": "bayes"}), "damaged"),
        (lambda content: changed(content, header={"method": "least_squares"}), "other labels"),
        (lambda content: changed(content, header={"seed": "now"}), "seed"),
        (lambda content: changed(content, header={"choices": {"1": "encoded"}}), "damaged"),
        (lambda content: changed(content, header={"encoding": {"numeric": [1]}}), "encoding"),
        (lambda content: changed(content, **{"0__within": np.eye(2)}), "damaged"),
        (lambda content: changed(content, **{"0__centre": np.zeros(3)}), "damaged"),
        (lambda content: changed(content, **{"0__within": np.full((7, 7), np.nan)}), "finite"),
        (lambda content: changed(content, **{"0__within": -np.eye(7)}), "damaged"),
        (lambda content: changed(content, calibration__4=np.zeros(9)), "damaged"),
    ],
)
def test_a_wrong_truncated_or_hostile_file_gets_one_sentence(content: bytes, spoil: Callable, words: str):
    fitted.from_bytes(changed(content), "model.npz")
    with pytest.raises(UserError) as raised:
        fitted.from_bytes(spoil(content), "model.npz")
    assert words in raised.value.text.en
    assert "\n" not in raised.value.text.en


def test_the_command_predicts_rows_of_a_new_task_and_its_csv_has_no_formulas(tmp_path: Path, capsys):
    table = mixed()
    table["label"] = table["label"].replace({"yes": "=cmd()"})
    source_ = source(table)
    path = tmp_path / "model.npz"
    path.write_bytes(fitted.to_bytes(fitted.fit(source_, "lda", (SHOTS,), 0)))
    for name, rows, labelled in (("labelled", np.arange(20), True), ("rows", np.arange(20, 25), False)):
        (tmp_path / f"{name}.csv").write_bytes(writing.to_csv(rows_of(source_, rows, labelled=labelled).frame))
    labels = pd.read_csv(tmp_path / "labelled.csv")
    labels["label"] = labels["label"].str.lstrip("'")
    labels.to_csv(tmp_path / "labelled.csv", index=False)
    tables = ["--labelled", tmp_path / "labelled.csv", "--rows", tmp_path / "rows.csv"]

    def say(*words: object) -> int:
        return parser.main(list(map(str, ["predict", path, *words])))

    assert say(*tables, "--out", tmp_path / "answers.csv") == 0
    answers = pd.read_csv(tmp_path / "answers.csv")
    assert list(answers)[:4] == ["row", "prediction", "probability no", "probability =cmd()"]
    assert set(answers["prediction"]) <= {"'=cmd()", "no"}
    capsys.readouterr()
    assert say("--episodes", path, *tables, "--out", tmp_path / "x.csv") == 2
    assert say("--rows", tmp_path / "rows.csv", "--out", tmp_path / "x.csv") == 2
    assert say(*tables, "--decimal", ";", "--out", tmp_path / "x.csv") == 2
    assert capsys.readouterr().err.count("\n") == 3
    assert not (tmp_path / "x.csv").exists()
