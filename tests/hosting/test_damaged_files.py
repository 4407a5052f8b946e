"""Promise: whatever a file holds, nothing of it is ever run, memory stays bounded, and what lacks is said clearly."""

import ast
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from dashboard import words
from scenarios.atomic_files import load_arrays, packed, read_json, save_arrays, unpacked
from scenarios.catalog import SCENARIOS
from scenarios.command_line import parser
from scenarios.dataclass_npz import save_values
from scenarios.demo import maps, precomputed
from scenarios.errors import UserError
from scenarios.lessons import prepared
from scenarios.meta_learner.weights import FOLDER as WEIGHTS
from scenarios.publication.results import (
    BenchmarkResults,
    ChallengeResults,
    LeagueResults,
    Results,
    StudyResults,
    from_content,
    path_of,
    read,
)
from scenarios.recipe import Recipe
from scenarios.scenario import Scenario
from scenarios.text import LANGUAGES
from tests.live_server import ROOT, LiveServer, copy_house
from tests.screen.test_pages import CURVES, NAME
from tests.visitor import Screen, Visitor

CHINESE = re.compile(r"[\u4e00-\u9fff]")
LOCALES = {"en": "en-US", "zh": "zh-CN"}
UNPREPARED = 4343  # a seed without a precomputed result
CODE = [path for folder in ("scenarios", "dashboard") for path in sorted((ROOT / folder).rglob("*.py"))]


# -- nothing is run ---------------------------------------------------------------------------------------------------

UNPICKLING = {"pickle", "cPickle", "_pickle", "cloudpickle", "joblib", "dill", "marshal", "shelve"}
RUNNING = {"eval", "exec", "compile", "__import__"}


def dangers(source: str) -> list[str]:
    """What in a module could run what a file or an address holds."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names if name.name.split(".")[0] in UNPICKLING]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in UNPICKLING:
            found.append(str(node.module))
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in RUNNING or called.split(".")[-1] in ("read_pickle", "fromfile", "memmap", "loads_pickle"):
                found.append(called)
            is_safe = any(k.arg == "allow_pickle" and ast.unparse(k.value) == "False" for k in node.keywords)
            if called in ("np.load", "numpy.load") and not is_safe:
                found.append(called)
    return found


@pytest.mark.parametrize(
    "source",
    [
        "import pickle", "from joblib import load", "import numpy as np\nnp.load(path)", "eval(text)",
        "np.load(path, allow_pickle=True)", "import pandas as pd\npd.read_pickle(path)", "import marshal as m",
    ],
)  # fmt: skip
def test_dangers_are_found(source: str):
    assert dangers(source)


def test_nothing_that_a_file_holds_can_be_run():
    assert len(CODE) > 100
    found = {path.name: found for path in CODE if (found := dangers(path.read_text(encoding="utf-8")))}
    assert found == {"slices.py": ["pickle"]}, "which holds what a worker passes to the next one, and reads no file"


# -- weights from anywhere --------------------------------------------------------------------------------------------

HOME = SCENARIOS[CURVES[0]]


def _shipped(**changes: object) -> bytes:
    """The shipped weights of a scenario, changed: arrays by name, and "recipe" as settings to change."""
    arrays = load_arrays(WEIGHTS / f"{HOME.name}.maml.npz")
    recipe = json.loads(str(arrays["recipe"]))
    recipe["settings"] |= changes.pop("settings", {})
    arrays["recipe"] = np.array(json.dumps(recipe))
    return packed(**{**arrays, **changes})


def _bomb() -> bytes:
    """A small file that unpacks to four hundred megabytes."""
    content = io.BytesIO()
    block = bytes(2**22)
    archive = zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    with archive, archive.open("start_0.npy", "w", force_zip64=True) as part:
        part.write(_npy_header((96, 2**20)))
        for _ in range(96):
            part.write(block)
    return content.getvalue()


def _npy_header(shape: tuple[int, ...]) -> bytes:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": shape})
    return header.getvalue()


def _zipped(**parts: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(f"{name}.npy", part)
    return content.getvalue()


HOSTILE: dict[str, Callable[[], bytes]] = {
    "a zip bomb": _bomb,
    "an array that claims to be huge": lambda: _zipped(recipe=_npy_header((10**12,))),
    "an array that claims to be large": lambda: _zipped(recipe=_npy_header((10**9,))),
    "a zip in a zip": lambda: _zipped(recipe=_shipped()),
    "a recipe without a bottom": lambda: _shipped(recipe=np.array("[" * 100_000)),
    "a recipe with markup": lambda: _shipped(recipe=np.array("<script>alert(1)</script> [x](javascript:1) :red[y]")),
    "an array without a name": lambda: _zipped(**{"": _npy_header((0,))}),
    "weights of infinity": lambda: _shipped(start_0=np.full((1, 1, 64), np.inf)),
    "weights that become infinite": lambda: _shipped(start_4=np.full((1, 64, 1), 1e200)),
    "weights so large that answers are none": lambda: _shipped(start_4=np.full((1, 64, 1), 3e38, np.float32)),
    "a network a million wide": lambda: _shipped(settings={"hidden": [10**6, 10**6]}),
    "a network of a hundred thousand layers": lambda: _shipped(settings={"hidden": [64] * 10**5}),
    "layers that are lists": lambda: _shipped(settings={"hidden": [[64], [64]]}),
    "layers that are words": lambda: _shipped(settings={"hidden": ["64", "64"]}),
    "a walk without an end": lambda: _shipped(settings={"inner_steps": 10**9}),
    "a walk backwards": lambda: _shipped(settings={"inner_steps": -1}),
    "a rate that is no number": lambda: _shipped(settings={"inner_lr": float("nan")}),
    "a strategy that there is not": lambda: _shipped(settings={"strategy": "__import__('os')"}),
    "another strategy": lambda: _shipped(settings={"strategy": "in_context", "hidden": [256] * 9}),
    "a setting that there is not": lambda: _shipped(settings={"__class__": 1}),
}


@pytest.fixture(scope="module")
def episodes(uncompiled_module: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some, which were answered once: what an answer takes, everything after that has."""
    path = tmp_path_factory.mktemp("episodes") / "episodes.npz"
    parser.main(["sample", HOME.name, "--tasks", "2", "--shots", "3", "--queries", "5", "--out", str(path)])
    predict(path, WEIGHTS / f"{HOME.name}.maml.npz", path.with_name("answers.npz"))
    return path


def predict(episodes: Path, weights: Path, out: Path) -> int:
    arguments = ["--learner", "maml", "--weights", str(weights), "--episodes", str(episodes), "--out", str(out)]
    return parser.main(["predict", HOME.name, *arguments])


def most_memory() -> int:
    """The peak memory of this process in bytes; 0 if the system does not report it."""
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


@pytest.mark.parametrize("what", HOSTILE)
def test_weights_that_somebody_made_up_are_refused_in_one_line_and_in_little_memory(
    what: str, episodes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = tmp_path / "made.up.npz"
    path.write_bytes(HOSTILE[what]())
    assert path.stat().st_size < 10_000_000
    capsys.readouterr()
    before = most_memory()
    assert predict(episodes, path, tmp_path / "answers.npz") == 2
    assert most_memory() - before < 150_000_000
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.startswith("scenarios predict: ")
    assert len(said) < 400
    assert not (tmp_path / "answers.npz").exists()


def test_the_same_file_unspoilt_is_taken(episodes: Path, tmp_path: Path):
    (tmp_path / "mine.npz").write_bytes(_shipped())
    assert predict(episodes, tmp_path / "mine.npz", tmp_path / "answers.npz") == 0


def test_every_recipe_that_is_shipped_is_within_the_limits_for_those_from_files():
    read = 0
    for path in WEIGHTS.iterdir():
        settings = json.loads(str(load_arrays(path)["recipe"])).get("settings", {})
        if "strategy" in settings:
            Recipe.from_dict(settings)
            read += 1
    assert read > 30


# -- answers that were made beforehand --------------------------------------------------------------------------------


def _cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _renamed(content: bytes) -> bytes:
    """The file of a version that called things otherwise."""
    with np.load(io.BytesIO(content)) as file:
        arrays = {name.replace("walks", "ways"): file[name] for name in file.files}
    if "outline" in arrays:
        arrays["outline"] = np.array(re.sub('"(components|walks)"', '"parts"', str(arrays["outline"])))
    return packed(**arrays)


def _reshaped(content: bytes) -> bytes:
    """The file of a version with other evaluation steps."""
    with np.load(io.BytesIO(content)) as file:
        arrays = {name: file[name][:-1] if "/walks/" in name else file[name] for name in file.files}
    if "outline" in arrays:
        arrays["outline"] = np.array("[" * 100_000)
    return packed(**arrays)


PREPARED_DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "missing": lambda content: b"",
    "empty": lambda content: b"",
    "cut short": _cut,
    "garbage": lambda content: bytes(range(256)) * 20,
    "a picture": lambda content: (ROOT / "assets" / "images" / "medical_diagnosis.png").read_bytes(),
    "renamed": _renamed,
    "reshaped": _reshaped,
}


@pytest.mark.parametrize("name", [NAME, CURVES[0]])
@pytest.mark.parametrize("damage", PREPARED_DAMAGE)
def test_prepared_answers_that_are_damaged_are_not_shown(name: str, damage: str, tmp_path: Path):
    curve = [prepared.path_of(name)] if name in CURVES else []
    for path in (precomputed.presets_path(name), precomputed.maps_path(name), *curve):
        if damage != "missing":
            (tmp_path / path.name).write_bytes(PREPARED_DAMAGE[damage](path.read_bytes()))
    assert precomputed.read(name, precomputed.SEED, precomputed.DRAW, 5) is not None
    assert precomputed.read(name, precomputed.SEED, precomputed.DRAW, 5, tmp_path) is None
    assert maps.read(name, tmp_path) is None
    assert (prepared.read(name, precomputed.SEED) is not None) == (name in CURVES)
    assert prepared.read(name, precomputed.SEED, tmp_path) is None


RESULTS = [
    pytest.param(kind, scenario, id=path_of(kind, name).name)
    for name, scenario in SCENARIOS.items()
    for kind in (StudyResults, LeagueResults, ChallengeResults, BenchmarkResults)
    if path_of(kind, name).is_file()
]
SPOILT: dict[str, Callable[[Any], Any]] = {
    "null": lambda value: None,
    "another kind": lambda value: [] if isinstance(value, dict) else {},
    "empty": lambda value: type(value)() if isinstance(value, dict | list | str) else None,
    "not a number": lambda value: float("nan"),
    "a number without an end": lambda value: 10**400,
}


def is_refused(kind: type[Results], content: object, scenario: Scenario) -> bool:
    try:
        from_content(kind, content, scenario)
    except ValueError:
        return True
    return False


@pytest.mark.parametrize(("kind", "scenario"), RESULTS)
def test_a_results_file_is_refused_whatever_is_wrong_in_any_of_its_parts(kind: type[Results], scenario: Scenario):
    whole = read_json(path_of(kind, scenario.name))
    assert not is_refused(kind, whole, scenario)
    for part, value in whole.items():
        for damage, spoil in SPOILT.items():
            spoilt = spoil(value)
            if spoilt != value:  # it was not empty before
                assert is_refused(kind, {**whole, part: spoilt}, scenario), (part, damage)
        assert is_refused(kind, {name: each for name, each in whole.items() if name != part}, scenario), part
    assert is_refused(kind, {**whole, "more": 1}, scenario)


@pytest.mark.parametrize("name", [name for name, each in SCENARIOS.items() if each.decision])
def test_a_study_without_a_measure_that_a_page_shows_is_refused_with_the_command_that_renews_it(
    name: str, tmp_path: Path
):
    content = read_json(path_of(StudyResults, name))
    measures = content["learners"]["maml"]["measures"]
    del measures[next(reversed(measures))]
    path_of(StudyResults, name, tmp_path).write_text(json.dumps(content), "utf-8")
    with pytest.raises(UserError, match=f"python -m scenarios study {name}"):
        read(StudyResults, name, tmp_path)


@pytest.mark.parametrize(("kind", "scenario"), RESULTS)
def test_a_results_file_with_any_one_value_spoilt_fails_in_no_other_way_than_by_being_refused(
    kind: type[Results], scenario: Scenario
):
    path = path_of(kind, scenario.name)
    rng, refused, raw = Random(path.name), 0, read_json(path)
    for damage in [*SPOILT] * 6:
        place: Any = raw
        while True:
            key = rng.choice(list(place) if isinstance(place, dict) else range(len(place)))
            if not isinstance(place[key], dict | list) or not place[key] or rng.random() < 0.1:
                break
            place = place[key]
        whole, place[key] = place[key], SPOILT[damage](place[key])
        refused += is_refused(kind, raw, scenario)
        place[key] = whole
    assert not is_refused(kind, raw, scenario)
    assert refused > 15, "of thirty; what no page shows may hold anything"


@pytest.mark.published
@pytest.mark.parametrize(("name", "other"), [(a, b) for a in SCENARIOS for b in SCENARIOS if a != b])
def test_prepared_answers_of_another_scenario_are_not_shown(name: str, other: str, tmp_path: Path):
    for path in (precomputed.presets_path, precomputed.maps_path):
        path(name, tmp_path).write_bytes(path(other).read_bytes())
    assert precomputed.read(name, precomputed.SEED, precomputed.DRAW, 5, tmp_path) is None
    assert maps.read(name, tmp_path) is None


def test_prepared_answers_that_name_another_scenario_are_not_shown(tmp_path: Path):
    name, other = CURVES[:2]
    path = precomputed.presets_path(name)
    shown = precomputed.read(name, precomputed.SEED, precomputed.DRAW, 5)
    assert shown is not None
    for named, is_shown in ((name, True), (other, False)):
        folder = tmp_path / named
        save_arrays(folder / path.name, **precomputed.pack({5: shown}, named))
        assert (precomputed.read(name, precomputed.SEED, precomputed.DRAW, 5, folder) is not None) == is_shown
        save_values(folder / precomputed.maps_path(name).name, {"maps": maps.read(name), "scenario": named})
        assert (maps.read(name, folder) is not None) == is_shown
        practice = prepared.read(name, precomputed.SEED)
        assert practice is not None
        prepared.write(prepared.path_of(name, folder), named, practice)
        assert (prepared.read(name, precomputed.SEED, folder) is not None) == is_shown


def test_prepared_answers_of_another_schema_version_are_not_shown(tmp_path: Path):
    for path in (precomputed.presets_path(NAME), precomputed.maps_path(NAME)):
        save_arrays(tmp_path / path.name, **load_arrays(path) | {"schema": np.array(2031)})
    assert precomputed.read(NAME, precomputed.SEED, precomputed.DRAW, 5, tmp_path) is None
    assert maps.read(NAME, tmp_path) is None


# -- what is no file of ours ------------------------------------------------------------------------------------------

NO_FILES: dict[str, Callable[[Path], object]] = {
    "a device without an end": lambda path: path.symlink_to("/dev/zero"),
    "a pipe": os.mkfifo if os.name == "posix" else Path.mkdir,
    "a folder": Path.mkdir,
    "a file of 20 GB": lambda path: (path.touch(), os.truncate(path, 20 * 10**9)),
}
# In a process of its own, which may be ended: a reader without limits would hang, or take all memory.
_READERS = """
import resource, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from dashboard import results
from scenarios.catalog import SCENARIOS
from scenarios.command_line.episode_files import read_draw
from scenarios.meta_learner import weights
from scenarios.demo import maps, precomputed
from scenarios.publication import cached_jobs
from scenarios.publication import results as published

name = sys.argv[1]
resource.setrlimit(resource.RLIMIT_AS, (8 * 10**9, 8 * 10**9))
precomputed.maps_path = precomputed.presets_path = published.path_of = lambda *_: path
cached_jobs.CachedJob.path = lambda *_: path
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
readers = {
    "results": lambda: results.study(name),
    "presets": lambda: precomputed.read(name, precomputed.SEED, precomputed.DRAW, 5),
    "maps": lambda: maps.read(name),
    "weights": lambda: weights.load(path, SCENARIOS[name], "maml"),
    "episodes": lambda: read_draw(path, SCENARIOS[name]),
    "piece": lambda: cached_jobs.measure([cached_jobs.CachedJob("a", dict, ())], ThreadPoolExecutor(1), path.parent),
}
for path in map(Path, sys.argv[2:]):
    for reader, read in readers.items():
        try:
            print(path, reader, read(), sep="|")
        except Exception as error:
            print(path, reader, f"{type(error).__name__} {str(error).splitlines()[0]}", sep="|")
    print(path, "megabytes", (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1000, sep="|", flush=True)
"""


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """The outcome of each reader for each of NO_FILES, and the memory taken up to then, from one process."""
    folder = tmp_path_factory.mktemp("no files")
    paths = {what: folder / f"{number}.file" for number, what in enumerate(NO_FILES)}
    for what, path in paths.items():
        NO_FILES[what](path)
    done = subprocess.run(
        [sys.executable, "-c", _READERS, CURVES[0], *paths.values()],
        cwd=ROOT, capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    rows = [line.split("|", 2) for line in done.stdout.splitlines()]
    assert len(rows) == 7 * len(paths), done.stdout + done.stderr
    return {what: {row[1]: row[2] for row in rows if row[0] == str(path)} for what, path in paths.items()}


@pytest.mark.skipif(sys.platform != "linux", reason="such paths and limits are Linux's")
@pytest.mark.parametrize("what", NO_FILES)
def test_what_is_no_file_of_a_sensible_size_is_refused_before_it_is_read(what: str, reports: dict[str, dict[str, str]]):
    said = dict(reports[what])
    assert int(said.pop("megabytes")) < 100
    assert said.pop("presets") == said.pop("maps") == "None"
    assert said.pop("piece").startswith("UnfitFileError")
    assert said.keys() == {"results", "weights", "episodes"}
    assert all(text.startswith("UserError") for text in said.values()), said


def test_an_archive_of_very_many_members_is_refused_before_they_are_listed(monkeypatch: pytest.MonkeyPatch):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for number in range(5000):
            archive.writestr(f"{number}.npy", b"")
    listed = []
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_, **__: listed.append("the members"))
    with pytest.raises(ValueError, match=r"not an \.npz file"):
        unpacked(content.getvalue(), "made.up.npz")
    assert listed == []


# -- on a server ------------------------------------------------------------------------------------------------------


def _of_another_version(content: bytes) -> bytes:
    return json.dumps(json.loads(content) | {"schema": 2031}).encode()


def _renamed_inside(content: bytes) -> bytes:
    """The first two levels are as they were; below, everything has another name."""

    def renamed(value: object, depth: int = 0) -> object:
        if isinstance(value, dict):
            name = (lambda key: f"{key} of 2031") if depth >= 2 else str
            return {name(key): renamed(each, depth + 1) for key, each in value.items()}
        return value

    return json.dumps(renamed(json.loads(content))).encode()


def _changed(value: object, change: Callable[[object, int], object], depth: int = 0) -> object:
    """A JSON value, each part of which was changed, the innermost first."""
    if isinstance(value, dict):
        value = {name: _changed(each, change, depth + 1) for name, each in value.items()}
    elif isinstance(value, list):
        value = [_changed(each, change, depth + 1) for each in value]
    return change(value, depth)


def _with_nulls(content: bytes) -> bytes:
    return json.dumps(_changed(json.loads(content), lambda value, depth: None if depth == 2 else value)).encode()


def _with_short_lists(content: bytes) -> bytes:
    short = _changed(json.loads(content), lambda value, depth: value[:-1] if isinstance(value, list) else value)
    return json.dumps(short).encode()


RESULTS_DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut short": _cut,
    "garbage": lambda content: bytes(range(256)) * 20,
    "without a bottom": lambda content: b"[" * 100_000,
    "nulls deep inside": _with_nulls,
    "lists that are too short": _with_short_lists,
    "renamed deep inside": _renamed_inside,
}
READERS = {  # page -> the command that makes its file again
    "": "study {first}",
    CURVES[0]: f"study {CURVES[0]}",
    "study": "study {league}",
    "challenges": "challenges {challenged}",
    "plan": "other-tasks {experienced}",
    "sine": "study sine",
    "faq": "study {first}",
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_house(tmp_path_factory.mktemp("house"))


@pytest.fixture(scope="module")
def damaged(house: Path) -> Iterator[LiveServer]:
    """A running copy of the product, some weights of which are cut short: there, nothing is ever computed."""
    for name in (*CURVES, NAME):
        path = house / "assets" / "weights" / f"{name}.maml.npz"
        path.write_bytes(_cut(path.read_bytes()))
    server = LiveServer(folder=house)
    yield server
    server.close()


@pytest.fixture
def results(house: Path, damaged: LiveServer) -> Iterator[dict[Path, bytes]]:
    """Return every published file with its content, which is put back in the end."""
    files = {path: path.read_bytes() for path in (house / "assets" / "results").glob("*.json")}
    yield files
    for path, content in files.items():
        path.write_bytes(content)


def commands_of(results: dict[Path, bytes]) -> dict[str, str]:
    names = [path.name for path in results]
    kinds = {"league": ".league.json", "challenged": ".challenges.json", "experienced": ".other-tasks.json"}
    known = {word: next(n for n in SCENARIOS if f"{n}{kind}" in names) for word, kind in kinds.items()}
    known["first"] = next(iter(SCENARIOS))
    return {page: f"python -m scenarios {command.format(**known)}" for page, command in READERS.items()}


def said(screen: Screen) -> str:
    assert screen.crashes() == []
    return "\n".join(screen.errors())


WEIGHTS_DAMAGE: dict[str, Callable[[bytes], bytes | None]] = {
    "missing": lambda content: None,
    "cut short": _cut,
    "with a pickle inside": lambda content: _with(content, start_0=np.array([{"a": replace}], dtype=object)),
    "of other shapes": lambda content: _with(content, start_0=np.zeros((1, 2, 3))),
    "of another version": lambda content: _with(content, recipe=np.array('{"format": 99}')),
}


def _with(content: bytes, **changes: np.ndarray) -> bytes:
    with np.load(io.BytesIO(content)) as file:
        arrays = dict(file)
    changed = io.BytesIO()
    np.savez(changed, **{**arrays, **changes})
    return changed.getvalue()


@pytest.mark.usefixtures("results")
def test_whatever_is_wrong_with_weights_their_page_says_so_and_shows_the_rest(damaged: LiveServer, house: Path):
    path = house / "assets" / "weights" / f"{CURVES[0]}.maml.npz"
    whole = (WEIGHTS / path.name).read_bytes()
    command = f"python -m scenarios train {CURVES[0]} --learner maml"
    for seed, (damage, spoilt) in enumerate(WEIGHTS_DAMAGE.items(), start=UNPREPARED):
        content = spoilt(whole)
        path.unlink(missing_ok=True) if content is None else path.write_bytes(content)
        with Visitor(damaged.address, LOCALES["zh" if seed % 2 else "en"]) as visitor:
            screen = visitor.open(CURVES[0], seed=seed)
            [error] = said(screen).splitlines()
            assert command in error, damage
            assert bool(CHINESE.search(error)) == bool(seed % 2)
            assert any("labels_chart" in chart.id for chart in screen.elements("plotly_chart")), damage


@pytest.mark.usefixtures("results")
@pytest.mark.parametrize("language", LANGUAGES)
def test_with_damaged_weights_the_page_says_what_to_run_and_still_shows_the_averages(
    damaged: LiveServer, language: str
):
    with Visitor(damaged.address, LOCALES[language]) as visitor:
        screen = visitor.open(NAME, seed=UNPREPARED, section="story")
        [error] = said(screen).splitlines()
        assert f"python -m scenarios train {NAME} --learner maml" in error
        assert bool(CHINESE.search(error)) == (language == "zh")
        keys = [chart.id.rsplit("-", 1)[1] for chart in screen.elements("plotly_chart")]
        assert "labels_chart" in keys
        assert "next_example_chart" not in keys
        assert "AUROC" in screen.words()

        prepared = visitor.open(NAME, seed=1, section="story")  # needs no weights, because it is precomputed
        assert prepared.errors() == []
        assert "next_example_chart" in [chart.id.rsplit("-", 1)[1] for chart in prepared.elements("plotly_chart")]


@pytest.mark.parametrize(
    ("content", "language"),
    [
        (None, "en"), ("", "zh"), ('{"protocol": {"tasks": 6', "en"), ("[1, 2]", "zh"), ('{"protocol": {}}', "en"),
        ("\x00", "zh"),
    ],
)  # fmt: skip
def test_without_whole_results_every_page_says_what_to_run_and_none_breaks(
    damaged: LiveServer, results: dict[Path, bytes], content: str | None, language: str
):
    [path] = [path for path in results if path.name == f"{NAME}.json"]
    path.unlink()
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with Visitor(damaged.address, LOCALES[language]) as visitor:
        for page in ("", NAME, "faq"):
            errors = said(visitor.open(page)).splitlines()
            assert any(f"python -m scenarios study {NAME}" in error for error in errors), page
            assert all(bool(CHINESE.search(error)) == (language == "zh") for error in errors)
    assert "Traceback" not in damaged.log()


# In this order: what the server has once read whole, it keeps.
@pytest.mark.parametrize("damage", RESULTS_DAMAGE)
def test_whatever_is_wrong_with_results_each_page_names_the_command_and_none_fails(
    damaged: LiveServer, results: dict[Path, bytes], damage: str
):
    for path, content in results.items():
        path.write_bytes(RESULTS_DAMAGE[damage](content))
    language = "zh" if damage == "garbage" else "en"
    with Visitor(damaged.address, LOCALES[language]) as visitor:
        for page, command in commands_of(results).items():
            errors = said(visitor.open(page))
            assert command in errors, (page, errors)
            assert words.FAILED[language] not in errors, page
            assert all(bool(CHINESE.search(line)) == (language == "zh") for line in errors.splitlines())
        for page in ("glossary", "resources", "train"):
            assert said(visitor.open(page)) == ""


def test_a_damaged_repetition_costs_its_page_nothing_else(damaged: LiveServer, results: dict[Path, bytes]):
    [(path, content)] = [(path, content) for path, content in results.items() if ".benchmark" in path.name]
    name = path.name.split(".")[0]
    with Visitor(damaged.address) as visitor:
        for damage in RESULTS_DAMAGE.values():
            path.write_bytes(damage(content))
            screen = visitor.open(name)
            [error] = said(screen).splitlines()
            assert f"python -m scenarios benchmark {name}" in error
            assert any("labels_chart" in chart.id for chart in screen.elements("plotly_chart"))


def test_results_of_another_version_name_the_command_that_makes_them_anew(
    damaged: LiveServer, results: dict[Path, bytes]
):
    for path, content in results.items():
        path.write_bytes(_of_another_version(content))
    with Visitor(damaged.address) as visitor:
        for page, command in commands_of(results).items():
            errors = said(visitor.open(page))
            assert command in errors, (page, errors)
            assert "another version" in errors, page
            assert words.FAILED.en not in errors, (page, damaged.log()[-3000:])


def test_put_back_they_are_read_without_a_new_start(damaged: LiveServer):
    with Visitor(damaged.address) as visitor:
        for page in READERS:
            assert said(visitor.open(page)) == "", page
