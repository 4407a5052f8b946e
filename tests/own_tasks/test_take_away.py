"""Promise: a report states what was found, whatever names are; a draft is a scenario; the template works."""

import inspect
import json
import re
import shlex
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scenarios.command_line import parser
from scenarios.dataclass_json import from_json, to_json
from scenarios.errors import UserError
from scenarios.own_tasks import draft, reading, report, roles, template, twin, wording
from scenarios.own_tasks import source as sources
from scenarios.own_tasks.results import OwnResults
from scenarios.own_tasks.source import Source
from scenarios.own_tasks.twin import Twin
from scenarios.own_tasks.writing import to_xlsx
from scenarios.scenario import Scenario
from scenarios.text import LANGUAGES, Language
from tests.own_tasks.tables import compared, made_up, with_p_values
from tests.own_tasks.tables import source as source_of
from tests.science import test_scenario_contract as contract

HOSTILE = '<script>alert("x")</script>&{task}'


@pytest.fixture(scope="module")
def table() -> Source:
    frame = made_up(6, 24).rename(columns={"b": HOSTILE}).assign(ward="<b>east</b>")
    frame["site"] = frame["site"].replace({"site 0": "<img src=x onerror=alert(1)>"})
    frame.loc[::2, "ward"] = "west"
    return source_of(frame)


@pytest.fixture(scope="module")
def found(table: Source, tmp_path_factory: pytest.TempPathFactory) -> OwnResults:
    return compared(table, tmp_path_factory.mktemp("kept"), ("pooled_linear", "lda"), shots=(2, 5))


@pytest.fixture(scope="module")
def page(table: Source, found: OwnResults) -> str:
    return report.as_html(found, report.Context(table, "a<b>.csv", (), datetime(2026, 1, 2, tzinfo=UTC)))


class _Reader(HTMLParser):
    """All tags, and the text in each language."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.tags, self.addresses, self.open = set[str](), list[str](), list[str]()
        self.text = dict.fromkeys(LANGUAGES, "")
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        given = dict(attrs)
        self.addresses += [str(given[name]) for name in ("src", "href") if name in given]
        assert not any(name.startswith("on") for name in given)
        if tag == "article":
            self.open = [str(given["class"])]

    def handle_data(self, data: str) -> None:
        if self.open:
            self.text[self.open[0]] += data


def test_a_report_has_answer_figures_settings_and_command_in_both_languages(
    page: str, found: OwnResults, table: Source
):
    read = _Reader(page)
    for language in LANGUAGES:
        text = read.text[language]
        assert text.index(found.advice.answer[language]) < text.index(wording.METHODS[language])
        for word in (table.digest, "2026-01-02", "numpy", *found.methods, *(task.name for task in found.tasks)):
            assert word in text
        assert f"{found.methods['lda'].points['5'].score.mean:.3f}" in text
    assert page.count("<svg ") == 2 * 3  # against labels, task by task, calibration
    assert len(page) < 1_500_000


def test_a_report_says_why_few_tasks_have_no_p_values(found: OwnResults, table: Source):
    context = report.Context(table, "a.csv", (), datetime(2026, 1, 2, tzinfo=UTC))
    for tasks, is_shown in ((19, False), (20, True)):
        read = _Reader(report.as_html(with_p_values(found, tasks), context))
        for language in LANGUAGES:
            assert (wording.COLUMNS["resembles"][language] in read.text[language]) == is_shown
            assert ("1/19" in read.text[language]) != is_shown


def test_a_report_runs_nothing_loads_nothing_and_shows_names_as_they_are(page: str):
    read = _Reader(page)
    assert not read.tags & {"script", "img", "b", "link", "iframe", "object"}
    assert read.addresses == []
    assert HOSTILE in read.text["en"]


def test_the_command_of_a_report_is_that_of_the_comparison(found: OwnResults, table: Source):
    words = shlex.split(report.command_of(found, table))
    options = parser._parser().parse_args(words[3:])
    assert (options.task, options.label, options.shots) == ("site", "label", [2, 5])
    assert set(options.features) == {"a", HOSTILE, "c", "ward"}
    assert options.learners == ["pooled_linear", "lda"]


@pytest.fixture(scope="module")
def drafted(table: Source, found: OwnResults, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drafts") / "own_wards"
    folder.mkdir()
    for name, content in draft.files(table, "own_wards", found).items():
        (folder / name).write_bytes(content)
    return folder


def test_a_draft_keeps_the_contract_of_scenarios(drafted: Path):
    made = twin.scenario_of(drafted)
    assert (made.name, made.ways, len(made.features)) == ("own_wards", 2, 3)
    kept = 0
    for name, promise in inspect.getmembers(contract, inspect.isfunction):
        if name.startswith("test_") and list(inspect.signature(promise).parameters) in (
            ["scenario"],
            ["classification"],
        ):
            promise(made)
            kept += 1
    assert kept > 10
    for shots in (1, 5, 57):
        contract.test_support_has_the_stated_size_and_shares_no_row_with_query(made, shots)
    contract.test_its_sentences_have_the_placeholders_of_their_kind(made, "zh")


def test_a_draft_holds_no_row_and_no_marks_of_names(drafted: Path, table: Source):
    content = (drafted / twin.FILE).read_text("utf-8")
    assert not [value for value in table.frame["a"] if f"{value:.6f}" in content]
    names = [each["name"] for each in json.loads(content)["columns"]]
    assert not re.search(r"[<>{}&]", "".join(names))
    for language in LANGUAGES:
        story = (drafted / f"story.{language}.md").read_text("utf-8")
        assert "ward" in story
        assert story.format() == story


def test_the_optimal_score_of_a_draft_is_no_lower_than_that_of_a_method(drafted: Path):
    made = twin.scenario_of(drafted)
    assert contract.gain_of_five_labels(made) > 0
    assert isinstance(made, Scenario)
    twice = from_json(Twin, to_json(from_json(Twin, json.loads((drafted / twin.FILE).read_text("utf-8")))))
    assert twice.columns == from_json(Twin, json.loads((drafted / twin.FILE).read_text("utf-8"))).columns


@pytest.mark.parametrize("name", ["learners", "sine", "Own", "a", "class", "../x", "own-x"])
def test_a_draft_of_a_wrong_or_taken_name_is_refused(table: Source, name: str):
    with pytest.raises(UserError):
        draft.check(table, name)


def test_a_table_of_numbers_or_without_numbers_becomes_no_draft():
    with pytest.raises(UserError, match="label is a number"):
        draft.check(source_of(made_up(4, 12, is_number=True)), "own_x")
    words = made_up(4, 24)[["site", "label"]].assign(ward=["a", "b", "c"] * 32)
    with pytest.raises(UserError, match="numeric columns"):
        draft.check(source_of(words), "own_x")


def test_a_workbook_has_texts_that_look_like_formulas_or_markup_as_texts():
    frame = pd.DataFrame({"<a> & b": ["=1+1", "x < y", " two  spaces", "甲"], "n": [1.5, np.nan, -2e-9, 12345678.0]})
    sheet = reading.read(to_xlsx(frame), "t.xlsx").frame
    assert sheet.columns[0] == "<a> & b"
    assert sheet.iloc[:2, 0].tolist() == ["=1+1", "x < y"]
    np.testing.assert_array_equal(sheet["n"], frame["n"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_template_is_read_as_it_explains_itself(language: Language):
    read = reading.read(template.as_csv(language), "template.csv")
    guessed, findings = roles.guess(read)
    explained = {each.name[language]: each.role.en for each in template.COLUMNS}
    assert {guessed.task: "task", guessed.label: "label", **dict.fromkeys(guessed.features, "feature")} == explained
    assert not findings
    made = sources.of_table(read, guessed)
    assert made.rows.sizes.min() >= 12
    assert isinstance(read.frame, pd.DataFrame)
    assert made.classes[-1] in ("positive", "阳性")
    workbook = reading.read(template.as_xlsx(language), "template.xlsx")
    pd.testing.assert_frame_equal(workbook.frame, read.frame)
    assert not workbook.notes
