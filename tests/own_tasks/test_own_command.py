"""Promise: `python -m scenarios own` answers, writes its files, and mistakes get one clear line."""

from pathlib import Path

import pytest

from scenarios.command_line import parser
from scenarios.own_tasks import fitted, results
from scenarios.publication import executors
from tests.own_tasks.tables import in_this_process, made_up


@pytest.fixture(autouse=True)
def no_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "processes", in_this_process)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    made_up(5).to_csv(path, index=False)
    return path


def own(table: Path, *more: object) -> int:
    roles = ["--task", "site", "--label", "label", "--kept", table.parent / "kept"]
    return parser.main(list(map(str, ["own", table, *roles, *more])))


def test_it_prints_the_advice_and_writes_scores(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert own(table, "--out", tmp_path / "out", "--shots", 2, 5, "--learners", "lda", "pooled_linear") == 0
    said = capsys.readouterr()
    assert "120 rows, 5 tasks (site), 3 features, label label: 2 classes" in said.out
    assert "With 5 labels per class in a new “site”" in said.out
    assert "AUROC by labels per class, mean of 5 tasks [95% CI], in 5 folds" in said.out
    assert said.out.index("pooled_linear") < said.out.index("lda   ")
    found = results.read(tmp_path / "out" / "results.json")
    assert list(found.methods) == ["pooled_linear", "lda"]
    assert found.protocol.shots == (2, 5)
    assert (tmp_path / "out" / "results.csv").read_text("utf-8-sig").startswith("method,name_en,name_zh,rung,")
    assert len((tmp_path / "out" / "tasks.csv").read_text("utf-8-sig").splitlines()) == 1 + 2 * 2 * 5
    assert found.advice.answer.zh in (tmp_path / "out" / "report.html").read_text("utf-8")
    assert fitted.load(tmp_path / "out" / "model.npz").header.method == found.advice.method


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--task", "branch"], ["no column “branch”", "site"]),
        (["--features", "a", "z"], ["no column “z”"]),
        (["--learners", "bayes"], ["bayes cannot be compared", "random_effects_lda"]),
        (["--shots", "50"], ["--shots 50 needs three tasks with 52 rows"]),
        (["--shots", "0"], ["whole number from 1"]),
        (["--learners", "lda", "--model", "maml"], ["--model maml is not compared", "lda"]),
        (["--draft", "sine"], ["--draft sine", "already"]),
        (["--out", "TABLE"], ["--out must be a folder"]),
    ],
)
def test_a_mistake_gets_one_clear_line(table: Path, more, words, tmp_path, capsys: pytest.CaptureFixture[str]):
    more = [table if each == "TABLE" else each for each in more]
    assert own(table, "--out", tmp_path / "out", *more) == 2
    said = capsys.readouterr()
    assert said.err.count("\n") == 1, said.err
    assert "Traceback" not in said.err
    for word in words:
        assert word in said.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", ["", "a,b\n", "site,label,x\n1,2\n3,4,5,6,7\n", "site,label,x\na,y,1\n"])
def test_what_is_no_table_gets_one_clear_line(content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "bad.csv"
    path.write_text(content)
    assert own(path, "--out", tmp_path / "out") == 2
    assert capsys.readouterr().err.count("\n") == 1
