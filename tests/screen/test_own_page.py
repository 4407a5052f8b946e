"""Promise: the page for one's own table reads samples, shows its findings in both languages, keeps names as names."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.datastructures import UploadFile
from starlette.requests import Request

from dashboard import words
from dashboard.views import own_page, own_results_panel
from scenarios.own_tasks import contenders, reading, roles, samples, source, wording
from scenarios.own_tasks.results import OwnResults
from scenarios.text import LANGUAGES, Language
from tests.live_server import LiveServer
from tests.own_tasks.tables import compared, made_up, with_p_values
from tests.own_tasks.tables import source as source_of
from tests.screen.test_pages import LOCALES
from tests.visitor import Visitor


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> OwnResults:
    table = made_up(6, 24)
    table["site"] = table["site"].replace({"site 0": "*<b>one</b>* [x](http://e.org)"})
    return compared(source_of(table), tmp_path_factory.mktemp("kept"), ("pooled_linear", "lda"), shots=(2, 5))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_answer_comes_first_then_its_evidence(found: OwnResults, language: Language):
    sections = own_results_panel.sections(found, language)
    assert [each.key for each in sections] == ["own_answer", "own_labels", "own_each", "own_calibration", "own_methods"]
    assert sections[0].finding.startswith("##### ")
    for section in sections[1:4]:
        assert section.figure is not None
        table = section.table() if callable(section.table) else section.table
        assert len(table) > 0
    assert contenders.name_of(found.advice.method)[language] in sections[-1].table.to_string()
    assert ("随机种子 0" if language == "zh" else "seed 0") in sections[-1].method


def test_the_calibration_of_each_shown_method_is_drawn_under_its_own_name(found: OwnResults):
    section = next(each for each in own_results_panel.sections(found, "en") if each.key == "own_calibration")
    assert set(section.table["method"]) == {"one linear model for all tasks", "shrinkage LDA"}
    written = section.figure.to_json() if hasattr(section.figure, "to_json") else str(section.figure)
    assert "one linear model for all tasks" in written
    assert "pooled network" not in written


@pytest.mark.parametrize("language", LANGUAGES)
def test_p_values_that_cannot_be_small_are_not_shown_and_the_page_says_why(found: OwnResults, language: Language):
    column = wording.COLUMNS["resembles"][language]
    for tasks, is_shown in ((19, False), (20, True)):
        sections = own_results_panel.sections(with_p_values(found, tasks), language)
        section = next(each for each in sections if each.key == "own_each")
        assert (column in section.table()) == is_shown
        assert ("1/19" in section.note) != is_shown
    assert not any("1/" in each.note for each in own_results_panel.sections(found, language)), "nothing is known"


def test_names_from_a_file_are_shown_as_they_are(found: OwnResults):
    figure = next(each for each in own_results_panel.sections(found, "en") if each.key == "own_each").figure
    shown = figure.to_json() if hasattr(figure, "to_json") else str(figure)
    assert "<b>one" not in shown
    assert words.verbatim("*a* [b](c)") == r"\*a\* \[b\]\(c\)"


@pytest.mark.parametrize("name", samples.sample_tables())
def test_a_sample_table_needs_no_help_to_be_compared(name: str):
    path, _ = samples.paths_of(name)
    table = reading.read(path.read_bytes(), Path(path).name)
    guessed, _ = roles.guess(table)
    sample = samples.sample_tables()[name]
    assert (guessed.task, guessed.label) == (sample.task, sample.label)
    assert len(source.of_table(table, guessed).task_names) == sample.tasks


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sample_table_is_one_press_away_and_removed_by_another(server: LiveServer, language: Language):
    with Visitor(server.address, LOCALES[language]) as visitor:
        first = visitor.open("own")
        downloads = {element.id.rsplit("-", 1)[1] for element in first.elements("download_button")}
        assert {"own_template_xlsx", "own_template_csv"} <= downloads
        shown = visitor.press("own_sample_medical_diagnosis")
        assert (shown.errors(), shown.crashes()) == ([], [])
        assert visitor.address()["own"] == "1"
        assert "medical\\_diagnosis\\.csv" in shown.words()
        assert "30" in shown.words()
        assert "own_start" in {element.id.rsplit("-", 1)[1] for element in shown.elements("button")}
        again = visitor.press("own_remove")
        assert own_page._GONE[language] not in again.words()
        assert "own_sample_medical_diagnosis" in {element.id.rsplit("-", 1)[1] for element in again.elements("button")}


def test_a_number_that_is_read_as_missing_can_be_made_a_value_again(server: LiveServer):
    with Visitor(server.address) as visitor:
        visitor.open("own")
        shown = visitor.press("own_sample_credit_risk")
        assert "999 occurs" in shown.words()

        def codes() -> tuple[list[str], list[int]]:
            [found] = [each for each in visitor.screen.elements("multiselect") if each.id.endswith("-own_codes")]
            return list(found.options), list(found.default)

        assert codes() == (["job_years = 999"], [0])
        again = visitor.choose("own_codes")
        assert (again.errors(), again.crashes()) == ([], [])
        assert codes() == (["job_years = 999"], [])


def test_an_uploaded_table_is_never_on_disk():
    assert own_page.limits() is not None, "the page takes tables"
    body = (
        b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.csv"\r\n\r\n'
        + bytes(5_000_000)
        + b"\r\n--x--\r\n"
    )
    headers = [(b"content-type", b"multipart/form-data; boundary=x")]

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body}

    async def is_on_disk() -> bool:
        async with Request({"type": "http", "method": "PUT", "headers": headers}, receive).form() as form:
            file = form["f"]
            assert isinstance(file, UploadFile)
            return bool(getattr(file.file, "_rolled", True))

    with ThreadPoolExecutor(1) as apart:  # a browser's tests leave a loop behind in this thread
        assert not apart.submit(asyncio.run, is_on_disk()).result()
