"""Promise: the documents' tables are those of the result files; the commands and files that they name exist."""

import argparse
import re
from pathlib import Path

import pytest

from dashboard import settings
from scenarios.catalog import SCENARIOS
from scenarios.command_line import parser, tables
from scenarios.publication import results

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = "<!-- results {words} -->\nold\n<!-- /results -->"


def test_the_tables_are_those_of_the_result_files():
    for path in tables.FILES:
        text = path.read_text(encoding="utf-8")
        assert "<!-- results" in text
        assert tables.filled(text) == text, f"{path.name}: run python -m scenarios tables"


def test_a_scenario_without_results_has_no_table_and_is_none_the_worse(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    name, *others = SCENARIOS
    path_of = results.path_of
    missing = lambda kind, each, folder=None: path_of(kind, each, tmp_path if each == name else folder)  # noqa: E731
    monkeypatch.setattr(results, "path_of", missing)
    everything = tables.filled("<!-- results -->\n<!-- /results -->")
    assert f"### {SCENARIOS[name].prose.title.en}\n" not in everything
    assert all(f"### {SCENARIOS[other].prose.title.en}\n" in everything for other in others)
    assert tables.filled(BLOCK.format(words=name)) == BLOCK.format(words=name)


def test_the_command_renews_tables_and_its_check_fails_until_then(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    name = next(iter(SCENARIOS))
    document = tmp_path / "README.md"
    document.write_text(f"before\n{BLOCK.format(words=f'{name} maml bayes')}\nafter\n", encoding="utf-8")
    monkeypatch.setattr(tables, "FILES", (document,))
    monkeypatch.setattr(tables, "ROOT", tmp_path)
    assert parser.main(["tables", "--check"]) == 2
    assert "README.md" in capsys.readouterr().err
    assert parser.main(["tables"]) == 0
    text = document.read_text(encoding="utf-8")
    assert [line.split(" |")[0] for line in text.splitlines() if line.startswith("|")][2:] == [
        "| MAML", "| Bayes-optimal", "| **MAML minus the best of local labels**",
        "| **MAML minus the best of simple statistics**", "| **gap to Bayes closed, from the best of local labels**",
    ]  # fmt: skip
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert parser.main(["tables", "--check"]) == 0


def test_every_list_of_packages_that_the_readme_names_is_there():
    named = re.findall(r"-r (\S+\.txt)", README)
    assert named
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_every_command_of_the_documents_is_one_that_the_parser_takes():
    documents = README + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    commands = re.findall(r"python -m scenarios ([a-z]+(?: [^`\n]+)?)", documents)
    table = README.partition("| `python -m scenarios` |")[2].partition("\n\n")[0]
    commands += re.findall(r"`([^`]+)`", "\n".join(row.split(" | ")[0] for row in table.splitlines()))
    assert len(commands) > 12
    required = {"sample": "--out x.npz", "predict": "--episodes x.npz --out y.npz"}
    for command in commands:
        words = command.replace("NAME", next(iter(SCENARIOS))).replace("--learner L", "--learner maml").split()
        options = parser._parser().parse_args([*words, *required.get(words[0], "").split()])
        assert vars(options).get("scenario") in {None, *SCENARIOS}


def test_the_readme_has_every_command_and_every_setting():
    [commands] = [each for each in parser._parser()._actions if isinstance(each, argparse._SubParsersAction)]
    assert [name for name in commands.choices if f"`{name}" not in README] == []
    for_tests = {"BROWSER", "NGINX", "POSTGRESQL"}
    assert [name for name in settings._KNOWN if (f"| `QUICK_STUDY_{name}` |" in README) == (name in for_tests)] == []


def test_what_other_tasks_are_worth_is_what_was_measured():
    """The sentence in front of the table; no command writes it."""
    found = results.read(results.OtherTasksResults, "medical_diagnosis")
    said = re.search(
        r"reaches an AUROC of\s+([\d.]+) with (\d+)\s+other differentials, MAML ([\d.]+) with ([\d,]+)",
        README,
    )
    assert said is not None
    for learner, score, count in (("random_effects_lda", 1, 2), ("maml", 3, 4)):
        measured = found.at(learner, int(said[count].replace(",", "")), 5)
        assert measured is not None
        assert float(said[score]) == pytest.approx(measured[0], abs=6e-4)  # rounded twice


def test_what_unlabelled_patients_are_worth_is_what_was_measured():
    """The same for the sentence after it."""
    found = results.read(results.UnlabelledResults, "medical_diagnosis")
    said = re.search(
        r"(\d+) of them raise the AUROC of\s+random-effects LDA from ([\d.]+)\s+to ([\d.]+), above the optimum", README
    )
    assert said is not None
    score = found.at("random_effects_lda", "score", 5)
    assert int(said[1]) == found.counts[-1]
    assert (float(said[2]), float(said[3])) == pytest.approx((score[0, 0], score[-1, 0]), abs=5e-4)
    assert score[-1, 1] > found.at("bayes", "score", 5)[0, 0]
