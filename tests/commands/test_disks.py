"""Promise: a disk that cannot be written to stops nobody from reading, and one that is full damages no file."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dashboard import results as dashboard_results
from scenarios.atomic_files import save_arrays
from scenarios.command_line import parser
from scenarios.demo import precomputed
from tests.live_server import ROOT, LiveServer
from tests.screen.test_pages import APPLICATIONS, CURVES, PAGES
from tests.visitor import Visitor

# -- a disk that cannot be written to ---------------------------------------------------------------------------------

# A view of the machine in which every disk can only be read, as in a container that is started that way. What is in
# memory alone (/dev/shm) can be written to, for processes talk to each other through it.
_READ_ONLY = """
for disk in / /tmp /var/tmp /home /root; do
  if mountpoint -q "$disk"; then mount -o remount,bind,ro "$disk" || exit 77; fi
done
touch /tmp/a_file 2>/dev/null && exit 77
unset TF_XLA_FLAGS TEST_TMPDIR  # with which the tests keep what was compiled on a disk, and the product what it needs
exec "$@"
"""


def read_only(command: list[str]) -> list[str]:
    """A command that sees only disks that cannot be written to."""
    return ["unshare", "--mount", "sh", "-c", _READ_ONLY, "sh", *command]


@pytest.fixture(scope="module")
def can_be_had() -> None:
    try:
        done = subprocess.run(read_only(["true"]), capture_output=True)
    except OSError:
        pytest.skip("this system has no namespaces of its own for disks")
    if done.returncode:
        pytest.skip("who runs the tests may not change how disks are seen")


@pytest.fixture(scope="module")
def unwritable(can_be_had: None) -> Iterator[LiveServer]:
    server = LiveServer(prefix=read_only)
    yield server
    server.close()


def test_without_a_place_to_write_every_page_is_served(unwritable: LiveServer):
    with Visitor(unwritable.address) as visitor:
        screen = visitor.open(CURVES[0], seed=4444)
        assert (screen.errors(), screen.crashes()) == ([], []), "what was not prepared is computed, without a /tmp"
        assert any("fits_chart" in chart.id for chart in screen.elements("plotly_chart"))
        for page in set(PAGES) - {*APPLICATIONS, *CURVES, "how"}:  # for which much would be compiled
            screen = visitor.open(page)
            assert (screen.errors(), screen.crashes()) == ([], []), page
    assert "Traceback" not in unwritable.log()


def test_without_a_place_to_write_commands_say_so_in_one_line(can_be_had: None, tmp_path: Path):
    command = [sys.executable, "-m", "scenarios", "sample", CURVES[0], "--out", str(tmp_path / "episodes.npz")]
    done = subprocess.run(read_only(command), cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 2
    assert done.stderr == f"scenarios sample: Read-only file system: {tmp_path / 'episodes.npz'}\n"


# -- a disk that is full ----------------------------------------------------------------------------------------------

_ROOM = 400  # bytes: less than any of our files takes
NAME = CURVES[0]
SIZES = ["--tasks", "2", "--seed", "1"]


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """A disk on which no file can grow beyond _ROOM, from when this is called until the end of the test."""
    resource = pytest.importorskip("resource")
    signal = pytest.importorskip("signal")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # then writing fails, as on a disk that is full
    # Python up to 3.13 keeps the first bytes of a .pyc that it could not write whole (python/cpython#126606).
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (_ROOM, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


def everything(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_file_that_finds_no_room_leaves_the_old_one_and_no_crumbs(full: Callable[[], None], tmp_path: Path):
    path = tmp_path / "arrays.npz"
    save_arrays(path, x=np.arange(3))
    before = everything(tmp_path)
    full()
    with pytest.raises(OSError, match="File too large") as caught:
        save_arrays(path, x=np.random.default_rng(0).random(1000))
    assert caught.value.filename == str(path)
    assert everything(tmp_path) == before


def _trained(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Training, and what else takes long, is done at once: it is the writing that counts."""
    from scenarios.learners import fitting
    from scenarios.meta_learner import weights
    from scenarios.publication import benchmark, challenges, results

    checkpoint = weights.Checkpoint({"x": np.random.default_rng(0).random(1000)}, {"seconds": 1})
    monkeypatch.setattr(fitting, "fit", lambda *_: checkpoint)
    [measured, *_] = dashboard_results.measured(results.ChallengeResults)
    whole = replace(results.read(results.ChallengeResults, measured), scenario=NAME)
    monkeypatch.setattr(challenges, "challenges", lambda *_: whole)
    monkeypatch.setattr(benchmark, "benchmark", lambda *_: results.read(results.BenchmarkResults, "sine"))
    if command == "benchmark":
        monkeypatch.setattr(fitting, "load", lambda *_: None)


COMMANDS = {
    "sample": lambda folder: ["sample", NAME, "--tasks", "9", "--out", str(folder / "episodes.npz")],
    "train": lambda folder: ["train", NAME],
    "challenges": lambda folder: ["challenges", NAME, *SIZES, "--out", str(folder)],
    "benchmark": lambda folder: ["benchmark", "sine", *SIZES, "--out", str(folder)],
    "evaluate": lambda folder: [
        "evaluate", NAME, "--learners", "bayes", "--shots", "1", *SIZES, "--out", str(folder / "found"),
    ],
    "predict": lambda folder: [
        "predict", NAME, "--learner", "bayes", "--episodes", str(folder / "asked.npz"), "--out",
        str(folder / "answers.npz"),
    ],
    "study": lambda folder: ["study", NAME, *SIZES, "--out", str(folder), "--kept", str(folder)],
}  # fmt: skip
WRITES = {
    "sample": "episodes.npz", "train": f"{NAME}.maml.npz", "challenges": f"{NAME}.challenges.json",
    "benchmark": "sine.benchmark.json", "evaluate": "found.json", "predict": "answers.npz",
    "study": f"{NAME}.presets.npz",
}  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.usefixtures("uncompiled")
def test_on_a_full_disk_a_command_says_so_in_one_line_and_the_old_file_stays(
    command: str,
    full: Callable[[], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    from scenarios.demo import demo_task
    from scenarios.meta_learner import weights

    _trained(command, monkeypatch)
    if command == "train":
        monkeypatch.setattr(weights, "path_of", lambda scenario, learner: tmp_path / f"{scenario.name}.{learner}.npz")
    prepared = precomputed.read(NAME, precomputed.SEED, precomputed.DRAW, 5)
    monkeypatch.setattr(demo_task, "adapt_to", lambda *_: prepared)
    parser.main(["sample", NAME, "--tasks", "3", "--queries", "99", "--out", str(tmp_path / "asked.npz")])
    (tmp_path / WRITES[command]).write_bytes(b"the old one")
    before = everything(tmp_path)
    capsys.readouterr()
    full()
    assert parser.main(COMMANDS[command](tmp_path)) == 2
    said = capsys.readouterr().err
    assert said.splitlines()[-1] == f"scenarios {command}: File too large: {tmp_path / WRITES[command]}"
    assert "Traceback" not in said
    assert everything(tmp_path) == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_where_what_is_said_finds_no_room_the_exit_code_and_one_line_tell():
    with open("/dev/full", "w", encoding="utf-8") as out:
        command = [sys.executable, "-m", "scenarios", "list"]
        done = subprocess.run(command, cwd=ROOT, stdout=out, stderr=subprocess.PIPE, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (2, "scenarios list: No space left on device: standard output\n")
