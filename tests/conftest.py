"""What the tests share: every scenario, unasked, and the learners that are shipped for it."""

import gc
import os
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
from xdist.scheduler import LoadScopeScheduling

# What one process has compiled, the others need not: the workers of this run, and the servers that they start.
_COMPILED = Path(tempfile.gettempdir()) / f"quick-study-tests-{os.getpid()}"
for _name, _value in (
    ("TF_XLA_FLAGS", f"--tf_xla_persistent_cache_directory={_COMPILED}"),
    ("OPENBLAS_NUM_THREADS", "1"),  # matrices are tiny here: threads only wait for each other on a busy machine
    ("OMP_NUM_THREADS", "1"),
    ("TF_NUM_INTRAOP_THREADS", "1"),
    ("TF_NUM_INTEROP_THREADS", "1"),
    ("QUICK_STUDY_WAKE", "no"),  # servers that are only visited for what is made beforehand need no model
):
    os.environ.setdefault(_name, _value)  # before anything imports NumPy or TensorFlow

# A shell has what it starts in the background ignore Ctrl-C, and so would every process that a test interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Each of the many processes would compile every module of ours again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

from scenarios import tensorflow_settings  # noqa: E402

tensorflow_settings.settle()

from scenarios.catalog import SCENARIOS  # noqa: E402
from scenarios.learner import Learner  # noqa: E402
from scenarios.publication.drafts import complete  # noqa: E402
from scenarios.scenario import Scenario  # noqa: E402
from tests.live_server import OURS, ROOT, LiveServer  # noqa: E402

# The contract is tested on every scenario; what is slow and the same for all, on one of each kind, the quickest.
COMPLETE = {scenario.name for scenario in complete()}
ONE_OF_EACH_KIND = {
    min(
        (s for s in SCENARIOS.values() if s.regression == kind and s.name in COMPLETE),
        key=lambda s: s.recipe.inner_steps,
    ).name
    for kind in (False, True)
}
SLOW = {
    "test_challenges.py", "test_command_line.py", "test_episode_files.py", "test_meta_training.py",
    "test_network_and_adaptation.py",
}  # fmt: skip

# Files without a process of their own, a model or a page, for quick checks after a change.
QUICK = {
    "test_decisions.py", "test_fair_queue.py", "test_metrics.py", "test_permalink.py", "test_readme.py",
    "test_text.py", "test_render_lock.py", "test_dataclass_npz.py", "test_wording.py",
}  # fmt: skip

_VISITS = re.compile(r"def test_\w+\([^)]*\bserver: LiveServer\b")  # tests that take the fixture `server`


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Start no second process for one file, whose tests stay together anyway, nor for the quick ones."""
    files = {argument.split("::", 1)[0] for argument in config.args}
    if _only_quick(config) or (len(files) == 1 and files.pop().endswith(".py")):
        config.option.numprocesses = 0


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not even read a file, or the conftest of a folder, that has no quick test: most import what takes seconds."""
    if not _only_quick(config):
        return None
    files = collection_path.rglob("*.py") if collection_path.is_dir() else [collection_path]
    return None if any(file.name in QUICK for file in files) else True


def _only_quick(config: pytest.Config) -> bool:
    return config.option.markexpr == "quick"


def pytest_unconfigure() -> None:
    shutil.rmtree(_COMPILED, ignore_errors=True)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    """Keep together what shares a model or a server: one file; visits with a browser; visits without one.

    The browser's are two: what goes through every page takes as long as all the rest of them.
    """
    return _Together(config, log)


class _Together(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        if file.startswith("tests/browser/"):
            return "all pages in a browser" if file.endswith("test_every_page.py") else "browser"
        return "visits" if _visits(file) else file


@cache
def _visits(file: str) -> bool:
    return bool(_VISITS.search((ROOT / file).read_text(encoding="utf-8")))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out scenarios that a slow file need not cover, and drafts in tests of published results."""
    left_out = [
        item
        for item in items
        if (item.path.name in SLOW and not _scenarios_of(item) <= ONE_OF_EACH_KIND)
        or (item.get_closest_marker("published") and not _scenarios_of(item) <= COMPLETE)
    ]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]
    for item in items:
        if item.path.name in QUICK:
            item.add_marker("quick")


def pytest_collection_finish() -> None:
    uncompile()
    # The imported modules stay: to look for garbage among their millions of objects takes a twentieth of the suite.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def uncompile() -> None:
    """Have TensorFlow itself run, in this process, what the product has XLA compile: here, compiling takes longer.

    It is the same graph. That XLA makes the same of it is a test, and servers and their workers compile as ever.
    """
    for module in [module for name, module in sys.modules.items() if name.startswith("scenarios.")]:
        for function in vars(module).values():
            if hasattr(function, "_jit_compile"):
                function._jit_compile = False
                # One graph for every number of tasks, where XLA wants one for each; to train asks for the number.
                function._reduce_retracing = not module.__name__.endswith("meta_train")


def _scenarios_of(item: pytest.Item) -> set[str]:
    """Return the names of the scenarios that a test is about."""
    given = getattr(item, "callspec", None)
    values = given.params.values() if given else ()
    names = [value.name if isinstance(value, Scenario) else value for value in values]
    return {name for name in names if isinstance(name, str) and name in SCENARIOS}


@pytest.fixture(autouse=True)
def _same_main() -> Iterator[None]:
    """Streamlit puts the script that it runs in the place of `__main__`, which every spawned process runs again."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="session", params=list(SCENARIOS.values()), ids=lambda scenario: scenario.name)
def scenario(request: pytest.FixtureRequest) -> Scenario:
    """Each scenario in turn: one that is added later is tested without a line here."""
    return request.param


@pytest.fixture(scope="session", params=[s for s in SCENARIOS.values() if not s.regression], ids=lambda s: s.name)
def classification(request: pytest.FixtureRequest) -> Scenario:
    """Each classification scenario in turn."""
    return request.param


@pytest.fixture(scope="session", params=[s for s in SCENARIOS.values() if s.regression], ids=lambda s: s.name)
def regression(request: pytest.FixtureRequest) -> Scenario:
    """Each scenario that predicts a number in turn."""
    return request.param


@pytest.fixture(scope="session", params=[SCENARIOS[name] for name in sorted(ONE_OF_EACH_KIND)], ids=lambda s: s.name)
def kind(request: pytest.FixtureRequest) -> Scenario:
    """One scenario of each kind in turn: enough for what takes long."""
    return request.param


@cache
def _shipped(name: str) -> dict[str, Learner]:
    from scenarios.learners import fitting, registry  # here, so that tests without learners do not wait for TensorFlow

    learners = {learner: fitting.load(SCENARIOS[name], learner) for learner in registry.suitable(SCENARIOS[name])}
    uncompile()  # after loading, which imports the modules of these learners
    return learners


@pytest.fixture(scope="session")
def shipped() -> Callable[[Scenario], dict[str, Learner]]:
    """Every learner that suits a scenario, from the weights that come with the product."""
    return lambda scenario: _shipped(scenario.name)


@pytest.fixture
def by_xla(monkeypatch: pytest.MonkeyPatch) -> Callable[[ModuleType, str], None]:
    """Have a function of a module compiled, as outside of tests."""

    def compile_as_ever(module: ModuleType, name: str) -> None:
        import tensorflow as tf

        function = getattr(module, name).python_function
        monkeypatch.setattr(module, name, tf.function(function, jit_compile=True, autograph=False))

    return compile_as_ever


@contextmanager
def _uncompiled() -> Iterator[None]:
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture
def uncompiled() -> Iterator[None]:
    """Run what is a graph step by step: for a few steps, making the graph takes far longer than they do."""
    with _uncompiled():
        yield


@pytest.fixture(scope="module")
def uncompiled_module() -> Iterator[None]:
    """The same for a whole file."""
    with _uncompiled():
        yield


@pytest.fixture
def diary(tmp_path: Path) -> str:
    """The path of an empty file, in which the functions of `worker_functions` note that they were run."""
    file = tmp_path / "diary"
    file.touch()
    return str(file)


@pytest.fixture
def served(house: Path) -> Iterator[LiveServer]:
    """A server from a test file's own copy of the product, a fixture `house`. Its worker starts with it."""
    server = LiveServer(house, OURS, {"PYTHONPATH": str(house), "QUICK_STUDY_WAKE": "yes"})
    yield server
    server.close()


@pytest.fixture(scope="session")
def server() -> Iterator[LiveServer]:
    """The product as it is hosted, running: one for all tests that only visit it."""
    running = LiveServer(command=OURS)
    yield running
    running.close()
