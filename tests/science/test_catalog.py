"""Promise: a folder with a `scenario.py` is a scenario, and a folder that is not right says so at once."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import scenarios.catalog
from scenarios.catalog import SCENARIOS, scenario_named
from scenarios.errors import UserError

SCIENCE = Path(scenarios.catalog.__file__).parent


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the science that a test may add folders to."""
    shutil.copytree(SCIENCE, tmp_path / "scenarios", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "scenarios"


def discover(house: Path) -> subprocess.CompletedProcess[str]:
    program = "from scenarios.catalog import SCENARIOS; print(*SCENARIOS)"
    return subprocess.run([sys.executable, "-c", program], cwd=house.parent, capture_output=True, text=True)


def test_a_scenario_is_named_after_its_folder(scenario):
    assert SCENARIOS[scenario.name] is scenario
    assert (SCIENCE / scenario.name / "scenario.py").is_file()


def test_a_new_folder_is_a_new_scenario_without_an_edit_anywhere(house: Path):
    name, scenario = next(iter(SCENARIOS.items()))
    source = (house / name / "scenario.py").read_text(encoding="utf-8")
    (house / "a_new_one").mkdir()
    (house / "a_new_one" / "scenario.py").write_text(source.replace(f'"{scenario.name}"', '"a_new_one"'), "utf-8")
    assert sorted(discover(house).stdout.split()) == sorted([*SCENARIOS, "a_new_one"])


def test_applications_come_first():
    kinds = [scenario.regression for scenario in SCENARIOS.values()]
    assert kinds == sorted(kinds)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("SCENARIO = 'something else'", "must define SCENARIO"),
        ("", "must define SCENARIO"),
        (f"from scenarios.{next(iter(SCENARIOS))}.scenario import SCENARIO", "not 'broken'"),
        ("import a_module_that_is_not_there", "a_module_that_is_not_there"),
    ],
)
def test_a_folder_that_is_not_right_fails_loudly(house: Path, content, complaint):
    (house / "broken").mkdir()
    (house / "broken" / "scenario.py").write_text(content, "utf-8")
    found = discover(house)
    assert found.returncode != 0
    assert complaint in found.stderr


def test_an_unknown_scenario_is_answered_with_the_known_ones():
    with pytest.raises(UserError) as caught:
        scenario_named("no_such_thing")
    for language in (caught.value.text.en, caught.value.text.zh):
        assert "no_such_thing" in language
        assert all(name in language for name in SCENARIOS)
