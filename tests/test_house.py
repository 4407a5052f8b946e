"""Promise: the house is built as drawn, and another scenario is another folder."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from scenarios.catalog import SCENARIOS
from scenarios.meta_learner import weights
from tests.live_server import ROOT, LiveServer, copy_house
from tests.visitor import Visitor

TOP = {
    ".ci", ".gitignore", ".pre-commit-config.yaml", ".streamlit", "assets", "dashboard", "LICENSE", "pyproject.toml",
    "README.md", "requirements.txt", "scenarios", "tests",
}  # fmt: skip
NAME, SCENARIO = next(iter(SCENARIOS.items()))
ADDED = "night_shift"


def run(*command: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=120)


def test_the_import_contracts_are_kept():
    pytest.importorskip("importlinter", reason="import-linter is not installed: see tests/requirements.txt")
    program = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"
    done = run(sys.executable, "-c", program)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


def test_the_top_level_holds_what_is_drawn_and_nothing_else():
    if not (ROOT / ".git").exists():
        pytest.skip("this is not a checkout, so nobody knows which files belong to it")
    listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard").stdout.splitlines()
    assert {path.split("/")[0] for path in listed} == TOP


@pytest.mark.parametrize("name", SCENARIOS)
def test_only_a_scenarios_own_folder_names_it(name: str):
    own = ROOT / "scenarios" / name
    for package in ("dashboard", "scenarios"):
        for path in (ROOT / package).rglob("*.py"):
            if own in path.parents:
                continue
            code = path.read_text(encoding="utf-8")
            if path.parent.name == "command_line":  # its help shows how to use it, by example
                code = code.partition('_EPILOG = """')[0] + code.partition('_EPILOG = """')[2].partition('"""')[2]
            assert name not in code, path.relative_to(ROOT)
    for path in ("pyproject.toml", ".streamlit/config.toml", "dashboard/style.css"):
        assert name not in (ROOT / path).read_text(encoding="utf-8"), path


def test_every_module_says_what_it_is_for():
    for package in ("dashboard", "scenarios", "tests"):
        for path in (ROOT / package).rglob("*.py"):
            code = path.read_text(encoding="utf-8")
            assert not code.strip() or code.startswith('"""'), path.relative_to(ROOT)


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the house with one more folder, and what its training and its study would have made."""
    house = copy_house(tmp_path_factory.mktemp("house"))
    folder, assets = house / "scenarios" / ADDED, house / "assets"
    shutil.copytree(house / "scenarios" / NAME, folder)
    for path in folder.rglob("*.py"):
        code = path.read_text(encoding="utf-8").replace(NAME, ADDED)
        path.write_text(
            code.replace(SCENARIO.prose.title.en, "Night shift").replace(SCENARIO.prose.title.zh, "夜班"), "utf-8"
        )
    added = replace(SCENARIO, name=ADDED)
    for path in (assets / "weights").glob(f"{NAME}.*.npz"):
        learner = path.name.split(".")[1]
        fitted = weights.load(path, SCENARIO, learner)
        recipe = {key: value for key, value in fitted.recipe.items() if key not in ("scenario", "format")}
        weights.save(weights.path_of(added, learner, assets / "weights"), added, replace(fitted, recipe=recipe))
    results = json.loads((assets / "results" / f"{NAME}.json").read_text(encoding="utf-8"))
    (assets / "results" / f"{ADDED}.json").write_text(json.dumps(results | {"scenario": ADDED}), "utf-8")
    shutil.copy(assets / "results" / f"{NAME}.presets.npz", assets / "results" / f"{ADDED}.presets.npz")
    return house


def test_an_added_folder_is_on_the_command_line(extended: Path):
    done = run(sys.executable, "-m", "scenarios", "list", "--json", folder=extended)
    assert [entry["name"] for entry in json.loads(done.stdout)] == sorted([*SCENARIOS, ADDED]), done.stderr


def test_an_added_folder_has_its_page_its_card_and_its_place_in_the_menu(extended: Path):
    server = LiveServer(folder=extended)
    try:
        with Visitor(server.address) as visitor, Visitor(server.address, "zh-CN") as chinese:
            home = visitor.open()
            assert visitor.pages[ADDED] == "Night shift"
            assert (home.errors(), home.crashes()) == ([], [])
            assert f"open_{ADDED}" in " ".join(button.id for button in home.elements("button"))
            assert visitor.press(f"open_{ADDED}").errors() == []

            page = visitor.open(ADDED, seed=4242, shots=3)  # nothing is prepared for this: its own weights must work
            assert (page.errors(), page.crashes()) == ([], [])
            assert len(page.elements("plotly_chart")) == 4
            assert f"/{ADDED}?" in " ".join(code.code_text for code in page.elements("code"))
            chinese.open(ADDED)
            assert chinese.pages[ADDED] == "夜班"
    finally:
        server.close()
