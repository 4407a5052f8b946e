"""What the README says is so: its table comes from the published figures, its commands are those that work."""

import json
import re
from pathlib import Path

import pytest

from scenarios.catalog import SCENARIOS
from scenarios.demo.presets import results_path

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SHOTS = (1, 2, 5, 10, 20)
APPLICATIONS = [name for name, scenario in SCENARIOS.items() if not scenario.regression]
ROWS = {
    "maml": "meta-learned (MAML)",
    "bayes": "best possible (Bayes)",
    "logistic": "logistic regression",
    "gaussian_process": "Gaussian process",
    "neighbours": "nearest neighbours",
    "scratch": "same network from scratch",
    "fine_tuned": "pooled, then fine-tuned",
    "pooled": "pooled (no local labels)",
    "z_scored": "pooled (z-scored per task)",
    "least_squares": "least squares",
    "rule": "fixed rule of the trade",
}


def results_table(scenario_name: str) -> str:
    """The README's table as the published figures have it."""
    results = json.loads(results_path(scenario_name).read_text(encoding="utf-8"))
    lines = ["| labels per class | " + " | ".join(map(str, SHOTS)) + " |", "|---" * (len(SHOTS) + 1) + "|"]
    for learner, name in ROWS.items():
        if learner not in results["learners"]:
            continue
        scores = [results["learners"][learner]["score"][results["shots"].index(k)] for k in SHOTS]
        cells = [f"{mean:.3f} [{low:.3f}, {high:.3f}]" for mean, low, high in scores]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    gaps = [results["comparison"]["gap_closed"][results["shots"].index(k)] for k in SHOTS]
    cells = [f"{100 * gap:.0f}% [{100 * low:.0f}, {100 * high:.0f}]" for gap, low, high in gaps]
    lines.append("| **gap to Bayes closed** | " + " | ".join(cells) + " |")
    return "\n".join(lines)


@pytest.mark.parametrize("name", APPLICATIONS)
def test_the_readme_shows_the_published_figures(name: str):
    shown = re.search(rf"<!-- results {name} -->\n(.*?)\n<!-- /results -->", README, re.S)
    assert shown is not None
    assert shown[1] == results_table(name)


@pytest.mark.parametrize("name", APPLICATIONS)
def test_the_readme_says_how_many_tasks_that_was(name: str):
    tasks = json.loads(results_path(name).read_text(encoding="utf-8"))["protocol"]["tasks"]
    assert f"on {tasks} fresh test tasks" in README


def test_every_file_that_the_readme_names_is_there():
    named = re.findall(r"\]\((?!http)([^)#]+)\)", README) + re.findall(r"-r (\S+\.txt)", README)
    assert named
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_every_command_of_the_readme_is_one_that_the_parser_takes():
    from scenarios.command_line.parser import _parser

    commands = re.findall(r"python -m scenarios ([a-z]+ [^`\n]+)", README)
    assert commands
    for command in commands:
        words = command.replace("NAME", next(iter(SCENARIOS))).replace("--learner L", "--learner maml").split()
        assert _parser().parse_args(words).scenario in SCENARIOS
