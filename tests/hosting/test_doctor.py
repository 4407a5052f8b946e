"""Promise: the doctor says whether an installation is ready, and for all that is not, what to do."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from dashboard import pages
from dashboard.hosting import doctor, memory
from scenarios.catalog import SCENARIOS
from tests.live_server import ROOT, copy_house, free_port, without_model

NAME = "medical_diagnosis"
# Without TensorFlow, which the other test waits for; and of all learners two.
FITTING = '''"""Read the weights of learners."""
from scenarios.meta_learner import weights


def load_checkpoint(scenario, learner):
    return weights.load(weights.path_of(scenario, learner), scenario, learner)
'''
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def examined(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {name: value for name, value in os.environ.items() if name not in ("LANG", "LC_ALL", "LC_MESSAGES")}
    return subprocess.run(
        [sys.executable, "-m", "dashboard", "doctor", *arguments],
        cwd=folder,
        env={**given, "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
    )


def test_a_whole_installation_is_ready_and_the_worker_alone_has_seen_tensorflow():
    program = (
        "import sys; from dashboard.hosting.command_line import main\n"
        f"code = main(['doctor', '--lang', 'en', '--port', '{free_port()}'])\n"
        "print([name for name in ('tensorflow', 'keras', 'scipy', 'sklearn') if name in sys.modules]); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=300
    )
    *lines, last, heavy = done.stdout.splitlines()
    assert (done.returncode, done.stderr, heavy) == (0, "", "[]"), done.stdout
    assert all(line.startswith("✓ ") for line in lines)
    assert len(lines) <= 14
    assert last.startswith("Ready")
    for said in (
        "Python 3.",
        "requirements.txt",
        "Memory",
        "is free",
        "All 19 pages",
        "Open files",
        "The model process answered",
        "up to date",
        *SCENARIOS,
    ):
        assert any(said in line for line in lines), said


def test_of_a_damaged_installation_it_names_every_problem_and_what_to_do(tmp_path: Path):
    house = without_model(copy_house(tmp_path / "house"))
    (house / "scenarios" / "learners" / "fitting.py").write_text(FITTING, encoding="utf-8")
    with (house / "scenarios" / "learners" / "registry.py").open("a", encoding="utf-8") as registry:
        registry.write('\n\ndef suitable(scenario):\n    return "maml", "anil"\n')
    shutil.copy(ROOT / "pyproject.toml", house)
    pins = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    pins = re.sub(r"(?m)^six==\S*", "six==0.1", pins) + "no-such-package==1.0\n"
    (house / "requirements.txt").write_text(pins, encoding="utf-8")
    results, weights = house / "assets" / "results", house / "assets" / "weights"
    published = json.loads((results / f"{NAME}.json").read_text(encoding="utf-8"))
    (results / f"{NAME}.json").write_text(json.dumps({**published, "learners": None}), encoding="utf-8")
    with (house / "dashboard" / "views" / "glossary_page.py").open("a", encoding="utf-8") as page:
        page.write("\n\ndef show():\n    raise LookupError('a word is not there')\n")
    other = next(name for name in SCENARIOS if name != NAME)
    (results / f"{other}.presets.npz").unlink()
    (weights / f"{NAME}.maml.npz").unlink()
    shutil.copy(weights / f"{other}.anil.npz", weights / f"{NAME}.anil.npz")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = examined(house, "--port", str(port), LANG="zh_CN.UTF-8", QUICK_STUDY_WAKE="perhaps")
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    problems = [line for line in done.stdout.splitlines() if line.startswith("✗")]
    remedies = [line for line in done.stdout.splitlines() if line.startswith("  →")]
    assert len(problems) == len(remedies) >= 7
    assert all(CHINESE.search(remedy) for remedy in remedies)
    for part in (
        "no-such-package", f"study {NAME}", f"study {other}", f"--port {port + 1}", "QUICK_STUDY_WAKE",
        f"train {NAME} --learner maml", f"train {NAME} --learner anil", "LookupError: a word is not there",
    ):  # fmt: skip
        assert any(part in line for line in (*problems, *remedies)), part
    [broken] = [line for line in problems if pages.TITLE["glossary"].zh in line]
    assert SCENARIOS[NAME].prose.title.zh not in broken
    shown = [line for line in problems if SCENARIOS[NAME].prose.title.zh in line and pages.TITLE["faq"].zh in line]
    assert len(shown) == 1, "the pages that show what lacks in the results"
    assert "six 1." in done.stdout, "another version than the pinned one is told"


def test_an_error_that_no_check_expects_gets_the_remedy_of_its_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor, "ROOT", tmp_path)
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "config.toml").write_text("[server\n", encoding="utf-8")

    def missing() -> list[doctor.Finding]:
        raise ModuleNotFoundError("No module named 'orjson'")

    def unexpected() -> list[doctor.Finding]:
        raise KeyError("x")

    for check, remedy in (
        (doctor._settings, ".streamlit/config.toml"), (missing, "requirements.txt"), (unexpected, "report"),
        (doctor._packages, str(tmp_path / "requirements.txt")),
    ):  # fmt: skip
        [finding] = doctor._made(check)
        assert finding.remedy is not None
        assert remedy in finding.remedy.en
        assert ("pip install" in finding.remedy.en) == (check is missing)
        assert CHINESE.search(finding.remedy.zh)


def test_it_speaks_the_language_that_it_is_asked_for_else_the_systems(monkeypatch: pytest.MonkeyPatch):
    for spoken, expected in (("zh_CN.UTF-8", "zh"), ("en_GB.UTF-8", "en"), ("C", "en"), ("de_DE", "en")):
        monkeypatch.setenv("LC_ALL", spoken)
        assert doctor.from_locale(doctor._locale()) == expected


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_memory_is_what_the_container_may_still_use(tmp_path: Path, version: str, monkeypatch: pytest.MonkeyPatch):
    of_machine = psutil.virtual_memory()._replace(available=8_000_000_000)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: of_machine)
    group = tmp_path if version == "v2" else tmp_path / "memory"
    group.mkdir(exist_ok=True)
    limit, used = {"v1": ("limit_in_bytes", "usage_in_bytes"), "v2": ("max", "current")}[version]
    (group / f"memory.{limit}").write_text("2000000000\n")
    (group / f"memory.{used}").write_text("1500000000\n")
    assert memory.available(tmp_path) == 500_000_000
    (group / "memory.stat").write_text("anon 1\ninactive_file 300000000\n")
    assert memory.available(tmp_path) == 800_000_000
    (group / f"memory.{limit}").write_text("max\n")
    assert memory.available(tmp_path) == 8_000_000_000


def test_little_memory_and_an_old_python_are_problems(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(memory, "available", lambda: 700_000_000)
    monkeypatch.setattr(sys, "version_info", (3, 10, 1))
    [short], [old] = doctor._memory(), doctor._python()
    assert short.remedy is not None
    assert "0.7 GB" in short.text.en
    assert old.remedy is not None


@pytest.mark.parametrize(
    ("hard", "is_enough"), [(256, False), (1024, False), (4096, True), (1_048_576, True), (-1, True)]
)
def test_a_limit_of_open_files_that_a_full_room_exceeds_is_a_problem(
    hard: int, is_enough: bool, monkeypatch: pytest.MonkeyPatch
):
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(resource, "getrlimit", lambda what: (min(hard, 1024), hard))
    [finding] = doctor._open_files()
    assert (finding.remedy is None) == is_enough
    if finding.remedy is not None:
        assert f"{hard:,}" in finding.text.en
        assert "LimitNOFILE" in finding.remedy.en


@pytest.mark.skipif(sys.platform != "linux", reason="shared memory is a folder on Linux alone")
def test_shared_memory_that_is_missing_or_full_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    [whole] = doctor._shared_memory(tmp_path)
    assert whole.remedy is None
    [missing] = doctor._shared_memory(tmp_path / "none")
    found = os.statvfs(tmp_path)
    monkeypatch.setattr(doctor, "SHARED", found.f_blocks * found.f_frsize + 1)
    [full] = doctor._shared_memory(tmp_path)
    for problem in (missing, full):
        assert problem.remedy is not None
        assert str(tmp_path) in problem.text.en
        assert CHINESE.search(problem.remedy.zh)
