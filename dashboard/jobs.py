"""Requests to other processes: a page calls a function of `remote` and gets its precomputed result, or a job."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, ParamSpec, TypeVar

from dashboard.engine import ENGINE, TABLES, Job
from dashboard.remote import demo_task, one_example, one_task, own_roles, representations, walks
from dashboard.settings import SETTINGS
from scenarios.catalog import SCENARIOS
from scenarios.demo import maps, precomputed
from scenarios.demo.explanations import Contributions, Ranges
from scenarios.demo.maps import Maps
from scenarios.demo.precomputed import DemoTask, ExplainedExample
from scenarios.lessons import prepared
from scenarios.lessons.five_steps import Practice
from scenarios.publication.drafts import is_draft

Question = ParamSpec("Question")
Answer = TypeVar("Answer")
_FIRST = (precomputed.SEED, precomputed.DRAW, maps.PREPARED_SHOTS)  # whose maps of one task are precomputed


def ask(function: Callable[Question, Answer], *arguments: Question.args, **named: Question.kwargs) -> Job[Answer]:
    """Have the worker compute `function(*arguments)`. Equal requests share a job: pass all arguments by position."""
    if named:
        raise TypeError("the arguments of a question have no names")
    return ENGINE.ask(function, *arguments)


def ask_about_table(
    function: Callable[Question, Answer], *arguments: Question.args, **named: Question.kwargs
) -> Job[Answer]:
    """Have the process for users' tables compute `function(*arguments)`, of which nothing is kept."""
    if named:
        raise TypeError("the arguments of a question have no names")
    return TABLES.start(function, *arguments, long=False)


def prepared_or_ask(
    function: Callable[Question, Answer], *arguments: Question.args, **named: Question.kwargs
) -> Answer | Job[Answer]:
    """Like `ask`, but without the worker if the result is precomputed."""
    answer: Answer | None = _PREPARED[function.__module__, function.__qualname__](*arguments)
    return ask(function, *arguments, **named) if answer is None else answer


def warm_up(page: str) -> None:
    """Have the worker import, and on a scenario's page load and compile, while the user still reads."""
    if not SETTINGS.wakes_early:
        return
    if page == "own" and not TABLES.stats().workers:
        ask_about_table(own_roles.self_test)
    if page in SCENARIOS and not is_draft(SCENARIOS[page]):
        ENGINE.ask(demo_task.adapt_to, page, precomputed.SEED, precomputed.DRAW, 1, (), b"")
    else:
        ENGINE.ask(demo_task.self_test)


def _demo_task(scenario_name: str, seed: int, draw: int, shots: int, *of_user: object) -> DemoTask | None:
    return None if any(of_user) else preset(scenario_name, seed, draw, shots)


def _ranges(scenario_name: str, seed: int, draw: int, shots: int, weights: bytes) -> Ranges | None:
    example = None if weights else _read_explained(scenario_name, seed, draw, shots)
    return example.ranges if example else None


def _contributions(
    scenario_name: str, seed: int, draw: int, shots: int, number: int, weights: bytes
) -> Contributions | None:
    example = None if weights else _read_explained(scenario_name, seed, draw, shots)
    return example.contributions if example and example.number == number else None


def _map(part: str, scenario_name: str, *drawn: object) -> Any:
    """Of the first task, or of many; `drawn` ends with the weights of a user's own learner."""
    ready = _maps(scenario_name) if drawn in ((b"",), (*_FIRST, b"")) else None
    return ready and getattr(ready, part)


@lru_cache(maxsize=16)
def _practice(scenario_name: str, seed: int, weights: bytes) -> Practice | None:
    return None if weights else prepared.read(scenario_name, seed)


_PREPARED: dict[tuple[str, str], Callable[..., Any]] = {
    (function.__module__, function.__qualname__): read
    for function, read in (
        (demo_task.adapt_to, _demo_task),
        (walks.practise, _practice),
        (one_example.ranges, _ranges),
        (one_example.contributions, _contributions),
        (representations.task_map, partial(_map, "task")),
        (representations.model_map, partial(_map, "model")),
        (one_task.data_map, partial(_map, "data")),
        (one_task.strategy_map, partial(_map, "strategy")),
    )
}


@lru_cache(maxsize=16)
def _maps(scenario_name: str) -> Maps | None:
    return maps.read(scenario_name)


@lru_cache(maxsize=64)
def preset(scenario_name: str, seed: int, draw: int, shots: int) -> DemoTask | None:
    return precomputed.read(scenario_name, seed, draw, shots)


@lru_cache(maxsize=64)
def _read_explained(scenario_name: str, seed: int, draw: int, shots: int) -> ExplainedExample | None:
    return precomputed.read_explained(scenario_name, seed, draw, shots)
