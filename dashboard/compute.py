"""The doors to slow things. Arguments are names and numbers; answers are frozen values and arrays."""

from functools import lru_cache

from dashboard import work
from dashboard.engine import ENGINE, Job
from dashboard.permalink import Points
from dashboard.settings import SETTINGS
from dashboard.work import adapt_to
from scenarios.catalog import SCENARIOS
from scenarios.demo import maps, precomputed
from scenarios.demo.maps import DataMap, Maps, ModelMap, StrategyMap, TaskMap
from scenarios.demo.precomputed import DemoTask
from scenarios.publication.drafts import is_draft

_FIRST = (precomputed.SEED, precomputed.DRAW, maps.PREPARED_SHOTS)  # of which the maps of one task are made beforehand


def demo_task(
    scenario_name: str, seed: int, draw: int, shots: int, own: Points = (), weights: bytes = b""
) -> DemoTask | Job:
    """What every learner makes of one task: at once where it was made beforehand, else as a job in the worker.

    `own` are a reader's points, to be learnt from instead of the task's; `weights` the file of a reader's own learner,
    which stands in for the meta-learned one.
    """
    ready = None if own or weights else _preset(scenario_name, seed, draw, shots)
    trained = (weights,) if weights else ()
    return ready or ENGINE.ask(adapt_to, scenario_name, seed, draw, shots, own, *trained)


def first_example(seed: int, points: int, centred: bool) -> Job:
    """The article's linear model, being trained."""
    return ENGINE.ask(work.first_example, seed, points, centred)


def practice(scenario_name: str, seed: int, weights: bytes = b"") -> Job:
    """The learners, adapting to a seed's tasks; `weights` as in `demo_task`."""
    return ENGINE.ask(work.practise, scenario_name, seed, weights)


# The maps; `weights` are the file of a reader's own learner, which stands in for the meta-learned one.


def task_map(scenario_name: str, weights: bytes = b"") -> TaskMap | Job:
    """Many tasks, by what each does to the meta-learned start."""
    ready = None if weights else _maps(scenario_name)
    return ready.task if ready else ENGINE.ask(work.map_tasks, scenario_name, weights)


def model_map(scenario_name: str, weights: bytes = b"") -> ModelMap | Job:
    """What moves in the network on the same tasks."""
    ready = None if weights else _maps(scenario_name)
    return ready.model if ready else ENGINE.ask(work.map_model, scenario_name, weights)


def data_map(scenario_name: str, seed: int, draw: int, shots: int, weights: bytes = b"") -> DataMap | Job:
    """One task's examples as the network sees them."""
    ready = _maps(scenario_name) if (seed, draw, shots) == _FIRST and not weights else None
    return ready.data if ready else ENGINE.ask(work.map_data, scenario_name, seed, draw, shots, weights)


def strategy_map(scenario_name: str, seed: int, draw: int, shots: int, weights: bytes = b"") -> StrategyMap | Job:
    """Two strategies' walks on one task."""
    ready = _maps(scenario_name) if (seed, draw, shots) == _FIRST and not weights else None
    return ready.strategy if ready else ENGINE.ask(work.map_strategies, scenario_name, seed, draw, shots, weights)


def warm_up(page: str) -> None:
    """Have the worker import, and on a scenario's page load and compile, while the reader still reads."""
    if not SETTINGS.wakes_early:
        return
    if page in SCENARIOS and not is_draft(SCENARIOS[page]):
        ENGINE.ask(adapt_to, page, precomputed.SEED, precomputed.DRAW, 1, ())
    else:
        ENGINE.ask(work.wake)


@lru_cache(maxsize=16)
def _maps(scenario_name: str) -> Maps | None:
    return maps.read(scenario_name)


@lru_cache(maxsize=64)
def _preset(scenario_name: str, seed: int, draw: int, shots: int) -> DemoTask | None:
    return precomputed.read(scenario_name, seed, draw, shots)
