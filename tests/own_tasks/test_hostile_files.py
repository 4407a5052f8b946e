"""Promise: whatever file a user brings is read rightly, with a note on what is doubtful, or ends in one sentence."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.errors import UserError
from scenarios.own_tasks.health import report
from scenarios.own_tasks.limits import LOCAL, PUBLIC
from scenarios.own_tasks.reading import Table, read
from scenarios.own_tasks.roles import check, guess, roles_for
from scenarios.text import Text
from tests.own_tasks.hostile_folder import ROWS, Case, bombs, ordinary, rows, table

ROOT = Path(__file__).resolve().parents[2]
ORDINARY = ordinary()
MOST_MEMORY = 600  # MB that a process takes at most which makes and reads every bomb


def sentence(text: Text) -> str:
    """A sentence in English, if it is one in Chinese too."""
    assert any("\u4e00" <= character <= "\u9fff" for character in text.zh), text
    assert not any("{" in half for half in (text.en, text.zh))
    return text.en


def comes_to_its_end(case: Case) -> None:
    """Check a case; it is read, or refused, as it states."""
    if case.refused and case.at == "read":
        with pytest.raises(UserError) as refusal:
            read(case.content, case.name, limits=case.limits)
        assert case.refused in sentence(refusal.value.text)
        return
    found = read(case.content, case.name, limits=case.limits)
    assert found.frame.columns.is_unique
    roles, findings = guess(found)
    if case.at == "roles":
        # A column that is constant or missing is not guessed: a user may still choose it.
        roles, _ = roles_for(found, "site", "y")
        with pytest.raises(UserError) as refusal:
            check(found, roles, case.limits)
        assert case.refused in sentence(refusal.value.text)
        return
    sentences = [*found.notes, *(each.text for each in found.questions), *(each.text for each in findings)]
    said = "\n".join(map(sentence, sentences))
    for note in case.notes:
        assert note in said
    assert case.columns is None or tuple(found.frame) == case.columns
    for name, values in (case.values or {}).items():
        assert_begins(found, name, values)
    if roles.task and roles.label and roles.features:
        for each in report(found, roles).sentences:
            sentence(each)


def assert_begins(found: Table, name: str, values: object) -> None:
    got = found.frame[name].iloc[: len(values)].tolist()
    if isinstance(values[0], str):
        assert got == list(values)
    else:
        np.testing.assert_allclose(got, [np.nan if value is None else value for value in values], rtol=1e-12)


@pytest.mark.parametrize("case", ORDINARY, ids=lambda case: case.name)
def test_a_file_with_dirt_is_read_rightly_or_refused_in_one_sentence(case: Case):
    comes_to_its_end(case)


def test_there_are_as_many_hostile_files_as_promised():
    assert len({case.name for case in ORDINARY}) == len(ORDINARY) >= 50


_IN_ITS_OWN_PROCESS = """
import resource, sys
from pathlib import Path
from tests.own_tasks import test_hostile_files
test_hostile_files.read_all_bombs()
status = Path("/proc/self/status")  # elsewhere, the peak may be that of the process that started this one
if status.exists():
    print(next(int(line.split()[1]) // 1000 for line in status.read_text().splitlines() if line.startswith("VmHWM")))
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000)
"""


def read_all_bombs() -> None:
    for case in bombs():
        before = time.process_time()
        try:
            comes_to_its_end(case)
        except BaseException:
            print(case.name, file=sys.stderr)
            raise
        assert time.process_time() - before < 10, case.name  # of the processor: a busy machine takes longer


@pytest.mark.skipif(sys.platform == "win32", reason="memory is measured as POSIX has it")
def test_a_bomb_ends_in_a_sentence_within_seconds_and_bounded_memory():
    done = subprocess.run(
        [sys.executable, "-c", _IN_ITS_OWN_PROCESS], cwd=ROOT, capture_output=True, text=True, timeout=500
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert int(done.stdout.split()[-1]) < MOST_MEMORY


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", b"PK\x03\x04", b"PAR1", b"\xff\xfe", b"a,b,c\n", b"site;y;x\n"]))
def test_any_bytes_are_read_or_refused(content: bytes, start: bytes):
    try:
        found = read(start + content, "any.csv")
    except UserError as error:
        sentence(error.text)
    else:
        assert len(found.frame)
        guess(found)


PLACES = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=5)


@settings(max_examples=100, deadline=None)
@given(PLACES, st.sampled_from([case for case in bombs() if case.name in ("table.parquet", "workbook.xlsx")]))
def test_a_file_with_damaged_bytes_is_read_or_refused(places: list[tuple[int, int]], case: Case):
    content = bytearray(case.content)
    for place, byte in places:
        content[4 + place % (len(content) - 4)] = byte
    try:
        read(bytes(content), case.name, limits=PUBLIC)
    except UserError as error:
        sentence(error.text)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=12), min_size=ROWS, max_size=ROWS))
def test_any_texts_are_read_or_refused(texts: list[str]):
    lines = [f'S{i % 4},{i // 4 % 2},"{text.replace(chr(34), "")}",0.5' for i, text in enumerate(texts)]
    try:
        found = read("\n".join(["site,y,x,z", *lines]).encode("utf-8", "surrogatepass"), "any.csv")
    except UserError as error:
        sentence(error.text)
    else:
        roles, _ = guess(found)
        assert {roles.task, roles.label, *roles.features, *roles.ignored} - {""} == set(found.frame)


def test_a_file_of_the_public_limits_is_refused_by_its_size_rows_and_columns():
    small = type(LOCAL)(bytes=1000, rows=20, columns=3, tasks=3, classes=2, cells=50)
    for lines, part in ((rows(200), "at most 0 MB"), (rows(30), "20 rows"), (rows(10), "3 columns")):
        with pytest.raises(UserError) as refusal:
            read(table(lines), "t.csv", limits=small)
        assert part in sentence(refusal.value.text)
