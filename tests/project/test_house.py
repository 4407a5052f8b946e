"""Promise: the house is built as drawn, and another scenario is another folder."""

import ast
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest

from dashboard.views.decisions import catalog as panels
from scenarios.catalog import SCENARIOS
from scenarios.decisions import catalog as measures
from scenarios.decisions.catalog import DECISIONS
from scenarios.demo import precomputed
from scenarios.meta_learner import weights
from scenarios.publication.drafts import complete
from scenarios.scenario import Scenario
from tests.live_server import ROOT, LiveServer, copy_house
from tests.screen.test_pages import NAME
from tests.visitor import Visitor

LAYOUT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").partition("## Layout")[2].partition("\n## ")[0]
# Two that nobody knows yet: one that classifies and one that predicts a number, the quickest, under other names.
ADDED: dict[str, Scenario] = {
    name: min((s for s in SCENARIOS.values() if s.regression == kind), key=lambda s: s.recipe.inner_steps)
    for name, kind in (("night_shift", False), ("night_walk", True))
}
TITLES = {
    "night_shift": ("Night shift", "夜班"), "night_walk": ("Night walk", "夜行"), "day_shift": ("Day shift", "白班"),
}  # fmt: skip
# Of each kind of decision, the scenario that the home page links to.
FIRST_OF_DECISION = {s.decision: s.name for s in reversed(complete()) if s.decision}
# One with four classes, of which nothing is trained or measured: as a contributor's is after the first hour.
DRAFT = "pump_wear"
ORIGINAL = [pytest.param(added, id=f"{added}-{original.name}") for added, original in ADDED.items()]


def names(scenario: str, code: str) -> bool:
    """Whether code names a scenario. A name that is also a plain word counts only if it is used as a name."""
    if "_" in scenario:
        return scenario in code
    quoted = rf"""["']{scenario}["']"""
    before = (
        r"(?:[=!]=\s*|\bin\s*[\[({][^])}]*|SCENARIOS(?:\.get)?[\[(]|\w*(?:scenario|study|showcase|path|adapt)\w*\()"
    )
    return bool(re.search(rf"{before}{quoted}|{quoted}\s*[=!]=|\bscenarios[./]{scenario}\b", code))


@pytest.mark.parametrize(
    ("code", "named"),
    [
        ('SCENARIOS["line"]', True),
        ("SCENARIOS.get('line')", True),
        ('scenario_named("line")', True),
        ('adapt_to("line", 0, 0, 5)', True),
        ('results.study("line")', True),
        ('results_path("line")', True),
        ('if scenario.name == "line":', True),
        ('if "line" != scenario.name:', True),
        ('if name in ("sine", "line"):', True),
        ("from scenarios.line.tasks import X", True),
        ('folder / "scenarios/line"', True),
        ('{"line": {"width": 2}}', False),
        ('{"type": "line", "x0": 1}', False),
        ('style | more.pop("line", {})', False),
        ("from scenarios.linear_gaussian import LinearGaussian", False),
        ("a straight line through the points; outline, newline", False),
    ],
)
def test_a_plain_word_is_a_name_only_where_it_is_used_as_one(code: str, named: bool):
    assert names("line", code) == named


def run(*command: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=300)


def test_the_import_contracts_are_kept():
    pytest.importorskip("importlinter", reason="import-linter is not installed: see tests/requirements.txt")
    program = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"
    done = run(sys.executable, "-c", program)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


def test_the_layout_names_every_file_at_the_top_and_every_folder_of_the_packages():
    if not (ROOT / ".git").exists():
        pytest.skip("this is not a checkout, so nobody knows which files belong to it")
    listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard").stdout.splitlines()
    folders = {path.split("/")[1] for path in listed if re.match(r"(?:scenarios|dashboard)/\w+/", path)}
    named = {entry.rstrip("/") for entry in re.findall(r"[\w./-]+", LAYOUT)}
    assert {path.split("/")[0] for path in listed} | folders - SCENARIOS.keys() <= named


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", ".hosting/README.md"])
def test_a_document_names_no_file_that_there_is_not(document: str):
    text = (ROOT / document).read_text(encoding="utf-8")
    named = set(re.findall(r"\b((?:scenarios|dashboard|tests)/[\w/.]*\w\.\w+)", text))
    linked = {(ROOT / document).parent / link for link in re.findall(r"\]\((?!http)([^)#]+)\)", text)}
    assert [name for name in named if not (ROOT / name).is_file()] == []
    assert [path for path in linked if not path.is_file()] == []


@pytest.mark.parametrize("name", SCENARIOS)
def test_only_a_scenarios_own_folder_names_it(name: str):
    own = ROOT / "scenarios" / name
    for package in ("dashboard", "scenarios"):
        for path in (ROOT / package).rglob("*.py"):
            if own in path.parents or path.parent.name == "examples":
                continue
            code = path.read_text(encoding="utf-8")
            if path.parent.name == "command_line":  # its help shows how to use it, by example
                code = code.partition('_EPILOG = """')[0] + code.partition('_EPILOG = """')[2].partition('"""')[2]
            assert not names(name, code), path.relative_to(ROOT)
    for path in ("pyproject.toml", ".streamlit/config.toml", "dashboard/style.css"):
        assert not names(name, (ROOT / path).read_text(encoding="utf-8")), path


@pytest.mark.parametrize("name", DECISIONS)
def test_only_its_own_folders_and_scenarios_name_a_kind_of_decision(name: str):
    own = [ROOT / "scenarios" / "decisions" / name, ROOT / "dashboard" / "views" / "decisions" / name]
    for package in ("dashboard", "scenarios"):
        for path in (ROOT / package).rglob("*.py"):
            if path.parent in own or path.name == "scenario.py":
                continue
            code = path.read_text(encoding="utf-8")
            assert not re.search(rf"""["']{name}["']|\bdecisions[./]{name}\b""", code), path.relative_to(ROOT)


def test_half_a_kind_of_decision_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(panels, "DECISIONS", {**DECISIONS, "without_a_panel": next(iter(DECISIONS.values()))})
    with pytest.raises(ValueError, match="without_a_panel"):
        panels._panels()


def test_two_decisions_do_not_share_a_part_of_the_url(monkeypatch: pytest.MonkeyPatch):
    first = next(iter(DECISIONS.values()))
    monkeypatch.setattr(measures, "DECISIONS", {**DECISIONS, "another": replace(first, name="another")})
    with pytest.raises(ValueError, match=f"'another'.*{first.parameters[0].name!r}"):
        measures._parameters()


def test_whatever_the_product_imports_is_installed_with_it():
    """What only the tests need is there when they run, and would be missed by a host alone."""
    pinned = set(re.findall(r"(?m)^([\w.-]+)==", (ROOT / "requirements.txt").read_text(encoding="utf-8")))
    distributions = metadata.packages_distributions()
    for package in ("dashboard", "scenarios"):
        for path in (ROOT / package).rglob("*.py"):
            for name in _imports(ast.parse(path.read_text(encoding="utf-8"))) - {"dashboard", "scenarios"}:
                known = {each.lower().replace("_", "-") for each in distributions.get(name, [])}
                on_request = name == "distributed"  # the extra `cluster`
                assert name in sys.stdlib_module_names or known & pinned or on_request, (path, name)
    assert "psutil" in pinned, "loky cannot end a worker where there is neither this nor pgrep, as in a slim container"


def _imports(code: ast.Module) -> set[str]:
    whole = [part.name for node in ast.walk(code) if isinstance(node, ast.Import) for part in node.names]
    parts = [node.module or "" for node in ast.walk(code) if isinstance(node, ast.ImportFrom) and not node.level]
    return {name.partition(".")[0] for name in (*whole, *parts)}


def test_every_file_that_the_product_reads_is_installed_with_it():
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"][
        "package-data"
    ]["*"]
    for package in ("scenarios", "dashboard"):
        for path in (ROOT / package).rglob("*"):
            if path.is_file() and path.suffix not in (".py", ".pyc"):
                assert any(path.match(pattern) for pattern in patterns), path.relative_to(ROOT)


def test_every_module_says_what_it_is_for():
    for package in ("dashboard", "scenarios", "tests"):
        for path in (ROOT / package).rglob("*.py"):
            code = path.read_text(encoding="utf-8")
            assert not code.strip() or code.startswith('"""'), path.relative_to(ROOT)


def add(house: Path, added: str, original: Scenario) -> None:
    """Add a folder to a house, and what its training and its study would have made."""
    folder, assets = house / "scenarios" / added, house / "assets"
    title = f'Text(en="{original.prose.title.en}", zh="{original.prose.title.zh}")'
    shutil.copytree(house / "scenarios" / original.name, folder)
    for path in folder.rglob("*.py"):
        code = path.read_text(encoding="utf-8").replace(f"scenarios.{original.name}.", f"scenarios.{added}.")
        code = code.replace(f'name="{original.name}"', f'name="{added}"')
        path.write_text(code.replace(title, "Text(en={!r}, zh={!r})".format(*TITLES[added])), "utf-8")
    renamed = replace(original, name=added)
    for path in (assets / "weights").glob(f"{original.name}.*.npz"):
        learner = path.name.split(".")[1]
        if learner in original.worlds:  # of which pages know only if they were measured
            continue
        checkpoint = weights.load(path, original, learner)
        metadata = {key: value for key, value in checkpoint.metadata.items() if key not in ("scenario", "format")}
        weights.save(
            weights.path_of(renamed, learner, assets / "weights"), renamed, replace(checkpoint, metadata=metadata)
        )
    results = json.loads((assets / "results" / f"{original.name}.json").read_text(encoding="utf-8"))
    (assets / "results" / f"{added}.json").write_text(json.dumps(results | {"scenario": added}), "utf-8")
    shutil.copy(assets / "results" / f"{original.name}.presets.npz", assets / "results" / f"{added}.presets.npz")


# A new kind of decision: two files, and nothing else.
_DECISION = '''"""Whom to see first."""

from scenarios.decisions.decision import Decision, Parameter, ResultField
from scenarios.text import Text

URGENCY = Parameter("urgency", Text(en="urgency", zh="紧急程度"), (1, 2, 3), usual=1)
DECISION = Decision(
    name="triage",
    classes=2,
    measure=lambda probabilities, y: {"seen_first": ((probabilities[..., 1] > 0.5) == y).mean(-1)},
    fields={"seen_first": ResultField(is_share=True)},
    parameters=(URGENCY,),
)
'''
_PANEL = '''"""Whom to see first, on the page."""

import streamlit as st

from dashboard import session
from dashboard.views.decisions.decision_panel import DecisionPanel, choose
from scenarios.decisions.triage.decision import URGENCY
from scenarios.text import Text


def _show(scenario, study):
    urgency = choose(URGENCY, scenario)
    st.markdown(f"urgency {urgency}, seen first: {study.at('maml', session.view().shots, 'seen_first')[0]:.4f}")


PANEL = DecisionPanel("triage", Text(en="**Nurse.** Whom to see first.", zh="**护士**。先看谁。"), _show)
'''
_SEEN_FIRST = 0.8125


def add_decision(house: Path) -> None:
    """Add a kind of decision to a house, and a scenario that is for it, with what its study would have measured."""
    for place, file, code in (("scenarios", "decision", _DECISION), ("dashboard/views", "panel", _PANEL)):
        folder = house / place / "decisions" / "triage"
        folder.mkdir()
        (folder / f"{file}.py").write_text(code, "utf-8")
    original = ADDED["night_shift"]
    add(house, "day_shift", original)
    scenario, results = (house / path for path in ("scenarios/day_shift/scenario.py", "assets/results/day_shift.json"))
    code = scenario.read_text(encoding="utf-8")
    scenario.write_text(code.replace(f'decision="{original.decision}"', 'decision="triage"'), "utf-8")
    published = json.loads(results.read_text(encoding="utf-8"))
    for figures in published["learners"].values():
        figures["measures"] = {"seen_first": [[_SEEN_FIRST, 0.8, 0.825] for _ in published["shots"]]}
        figures.pop("ranges", None)
    results.write_text(json.dumps(published), "utf-8")


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the house with a draft, two complete scenarios, and one that is for another kind of decision."""
    house = copy_house(tmp_path_factory.mktemp("house"))
    shutil.copytree(ROOT / "tests", house / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", house)
    for added, original in ADDED.items():
        add(house, added, original)
    shutil.copytree(ROOT / "tests" / "added_scenarios" / DRAFT, house / "scenarios" / DRAFT)
    add_decision(house)
    return house


@pytest.fixture(scope="module")
def extended_server(extended: Path) -> Iterator[LiveServer]:
    running = LiveServer(folder=extended)
    yield running
    running.close()


def test_added_folders_are_on_the_command_line(extended: Path):
    done = run(sys.executable, "-m", "scenarios", "list", "--json", folder=extended)
    assert {entry["name"] for entry in json.loads(done.stdout)} == {*SCENARIOS, *TITLES, DRAFT}, done.stderr


# Lists all tests of the contract, and runs those whose names match an expression.
_CONTRACT = """
import sys
import pytest

class List:
    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items):
        print(*(item.nodeid for item in items), "END OF LIST", sep="\\n")

options = ["-n", "0", "-p", "no:cacheprovider", "-k", sys.argv[1]]
files = ["tests/science/test_scenario_contract.py", "tests/science/test_text.py"]
sys.exit(pytest.main([*files, *options], plugins=[List()]))
"""


def test_the_tests_of_added_folders_run_unasked_and_pass(extended: Path):
    """Nothing but the folders was added, and the contract is tested for them as for every other one."""
    done = run(sys.executable, "-c", _CONTRACT, " or ".join((*ADDED, DRAFT)), folder=extended)
    assert done.returncode == 0, done.stdout
    listed = done.stdout.partition("END OF LIST")[0]
    tests = {name: len(re.findall(rf"[\[-]{name}[\]-]", listed)) for name in (*ADDED, DRAFT, *SCENARIOS)}
    for added, original in ADDED.items():
        assert tests[added] == tests[original.name] > 20
    assert tests[DRAFT] == tests["night_shift"], "which classifies too"
    [passed] = re.findall(r"(\d+) passed", done.stdout)
    assert int(passed) == sum(tests[added] for added in (*ADDED, DRAFT))


@pytest.mark.parametrize("added", ORIGINAL)
def test_an_added_folder_has_its_page_its_way_in_and_its_place_in_the_menu(extended_server: LiveServer, added: str):
    address = extended_server.address
    with Visitor(address) as visitor, Visitor(address, "zh-CN") as chinese:
        home = visitor.open()
        assert visitor.pages[added] == TITLES[added][0]
        assert (home.errors(), home.crashes()) == ([], [])
        if ADDED[added].regression:
            assert TITLES[added][0] in [link.label for link in home.elements("page_link")]
        else:
            assert f"open_{added}" in " ".join(button.id for button in home.elements("button"))
            assert visitor.press(f"open_{added}").errors() == []

        charts = []
        # Nothing is prepared for the added one's task: its own weights must work.
        for name, seed in ((added, 4242), (ADDED[added].name, precomputed.SEED)):
            page = visitor.open(name, seed=seed, shots=3, section="story")
            assert (page.errors(), page.crashes()) == ([], [])
            assert f"/{name}?" in page.link()
            charts.append(len(page.elements("plotly_chart")))
        assert charts[0] == charts[1] >= 2
        chinese.open(added)
        assert chinese.pages[added] == TITLES[added][1]


def test_a_draft_shows_its_data_and_the_commands_that_complete_it_on_every_page_that_lists_it(
    extended_server: LiveServer,
):
    with Visitor(extended_server.address) as visitor:
        home = visitor.open()
        assert visitor.pages[DRAFT] == "Pump wear"
        assert "**Draft.**" in " ".join(text.body for text in home.elements("markdown"))
        assert visitor.press(f"open_{DRAFT}").errors() == []
        page = visitor.open(DRAFT, seed=7, shots=50)
        assert (page.errors(), page.crashes()) == ([], [])
        assert f"train {DRAFT} --all" in " ".join(code.code_text for code in page.elements("code"))
        assert page.elements("dataframe"), "its examples"
        assert "test plants give an accuracy of –" in page.words(), "its story, without figures"
        for other in ("study", "representations", "challenges", "plan", "train", "faq"):
            screen = visitor.open(other, about=DRAFT)
            assert (screen.errors(), screen.crashes()) == ([], []), other


def test_a_draft_is_named_by_the_self_check_and_its_training_by_a_command_that_needs_it(extended: Path):
    done = run(sys.executable, "-m", "scenarios", "evaluate", DRAFT, "--tasks", "2", folder=extended)
    assert done.returncode == 2
    assert f"python -m scenarios train {DRAFT} --all" in done.stderr


def test_a_second_scenario_for_a_decision_leaves_the_links_of_the_home_page_as_they_are(extended_server: LiveServer):
    added, original = "night_shift", ADDED["night_shift"]
    assert original.decision
    with Visitor(extended_server.address) as visitor:
        links = [link.label for link in visitor.open().elements("page_link")]
        assert {SCENARIOS[name].prose.title.en for name in FIRST_OF_DECISION.values()} <= set(links)
        assert TITLES[added][0] not in links
        pages = [visitor.open(name, section="decisions") for name in (added, original.name)]
        assert [(page.errors(), page.crashes()) for page in pages] == [([], [])] * 2
        words_of_verdict = max(re.split(r"\{.*?\}", original.prose.verdict.en), key=len)
        verdicts = [page.words().count(words_of_verdict) for page in pages]
        assert verdicts == [1, 1]


def test_a_decision_made_of_two_folders_is_on_its_page_in_its_url_and_on_the_home_page(extended_server: LiveServer):
    with Visitor(extended_server.address) as visitor:
        home = visitor.open()
        assert "**Nurse.** Whom to see first." in home.words()
        assert TITLES["day_shift"][0] in [link.label for link in home.elements("page_link")]
        page = visitor.open("day_shift", section="decisions", urgency=3)
        assert (page.errors(), page.crashes()) == ([], [])
        assert f"urgency 3, seen first: {_SEEN_FIRST:.4f}" in page.words()
        assert visitor.address()["urgency"] == "3"
        page = visitor.open("day_shift", urgency=4)
        assert "(urgency)" in page.words(), "what makes no sense is reported in the decision's own words"


_MEASURED = """
from scenarios.publication.evaluate_at import judged
points = judged("day_shift", "bayes", 5, {"tasks": 3, "queries": 20, "seed": 0}, 0.0)["points"]
print(*points["bayes"]["measures"]["seen_first"])
"""


def test_a_decision_made_of_two_folders_is_measured_in_a_study(extended: Path):
    done = run(sys.executable, "-c", _MEASURED, folder=extended)
    mean, low, _ = map(float, done.stdout.split())
    assert 0 < low <= mean <= 1, done.stderr


# A new learner: an entry in the registry and a row of colour and dash, and nothing else.
_ENTRY = """
    LearnerSpec(
        "toy", Name(en="Toy learner", zh="玩具学习器"), Rung.META_LEARNED,
        lambda: _meta_learned().restore, lambda: _meta_learned().fit_with(recipes.fomaml), recipes.fomaml,
        is_iterative=True, is_published=True, about=Text(en="A test of ours.", zh="测试用。"),
    ),
"""
_LOOK = '    "toy": Look(GREY, "dot"),\n'
UNTRAINED = "sine"  # of which that house has no weights: what lacks is named at once, before anything is restored


def with_toy(content: object) -> object:
    """Results in which the toy has whatever Reptile has."""
    if isinstance(content, list):
        return [with_toy(each) for each in content]
    if not isinstance(content, dict):
        return content
    known = {name: with_toy(each) for name, each in content.items()}
    known |= {name.replace("reptile", "toy"): each for name, each in known.items() if "reptile" in name}
    if "reptile maml" in known:  # pairs
        known |= dict.fromkeys(("reptile toy", "toy reptile"), known["reptile maml"])
    return known


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the house with one more learner, measured where Reptile is."""
    house = copy_house(tmp_path_factory.mktemp("house"))
    for path, before, line in (
        ("scenarios/learners/registry.py", ")  # fmt: skip\nREGISTRY", _ENTRY.lstrip("\n")),
        ("dashboard/charts/style.py", '    "bayes": Look(', _LOOK),
    ):
        code = (house / path).read_text(encoding="utf-8")
        assert code.count(before) == 1
        (house / path).write_text(code.replace(before, line + before), "utf-8")
    for path in (house / "assets" / "weights").glob(f"{UNTRAINED}.*.npz"):
        path.unlink()
    for path in (house / "assets" / "results").glob("*.league.json"):
        path.write_text(json.dumps(with_toy(json.loads(path.read_text(encoding="utf-8")))), "utf-8")
    return house


def test_a_learner_of_one_entry_is_on_the_command_line(taught: Path):
    done = run(sys.executable, "-m", "scenarios", "train", NAME, "--learner", "toy", "--help", folder=taught)
    assert done.returncode == 0
    done = run(sys.executable, "-m", "scenarios", "evaluate", UNTRAINED, "--tasks", "2", folder=taught)
    assert done.returncode == 2
    assert re.search(r"\btoy\b", done.stderr), "its weights are among those that are missing"


def test_a_learner_of_one_entry_is_in_the_comparison_its_charts_and_on_the_training_page(taught: Path):
    server = LiveServer(folder=taught)
    try:
        with Visitor(server.address) as visitor:
            page = visitor.open("study", about=NAME, one="toy", other="maml")
            assert (page.errors(), page.crashes()) == ([], [])
            charts = {chart.id.rpartition("-")[2]: chart.spec for chart in page.elements("plotly_chart")}
            for key in ("league_regret_chart", "league_curves_chart", "league_costs_chart"):
                assert "Toy learner" in charts[key], key
            page = visitor.open("train", about=NAME, strategy="toy")
            assert (page.errors(), page.crashes()) == ([], [])
            assert "A test of ours." in page.words()
    finally:
        server.close()
