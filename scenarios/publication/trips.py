"""Alarms by true class, trips ranked by their score, sizes of models: `python -m scenarios trips NAME`.

Of the methods that a scenario's page shows, if its decision is about windows of time. A measurement is kept.
"""

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from scenarios.catalog import scenario_named
from scenarios.dataclass_json import Floats, from_json, to_json
from scenarios.decisions.catalog import decision_named
from scenarios.decisions.decision import Trips
from scenarios.episode import Draw, Episode, draw_examples, open_episode
from scenarios.errors import UserError
from scenarios.evaluation.statistics import mean_with_interval
from scenarios.learners import fitting
from scenarios.meta_learner.weights import Report
from scenarios.protocol import EvaluationProtocol
from scenarios.publication import cached_jobs, results
from scenarios.publication.calibration import shown
from scenarios.publication.evaluate_at import DIGITS
from scenarios.publication.league import SHOTS
from scenarios.publication.plan import learner_job, read_piece
from scenarios.publication.results import StudyResults, TripFigures, TripsResults
from scenarios.scenario import Scenario
from scenarios.task import Array, Examples, rng_for
from scenarios.text import Text

WINDOWS = 600  # further query examples of each task, from which trips are drawn
_TRIPS = 8  # stream of the test split's random numbers
_OF_A_TEST = "usual"  # arrays of the familiarity test, which predictions do not need


@dataclass(frozen=True, eq=False)
class Measured:
    """One method at one number of labels: shapes are those of `TripFigures`, with a task axis in front."""

    alarm_rates: Floats
    within: Floats
    between: Floats


def measured(scenario_name: str, name: str, shots: int, protocol: Mapping[str, int]) -> dict[str, Any]:
    """Return the JSON of one method's Measured.

    Alarms are those of the query examples of all published figures, trips consist of further ones.
    """
    scenario = scenario_named(scenario_name)
    episode, trips = _episode(scenario_name, shots, EvaluationProtocol(**protocol)), _trips(scenario)
    answer, y = np.asarray(fitting.load(scenario, name).predict(episode), float), episode.query.y
    first, rest = slice(None, -WINDOWS), slice(-WINDOWS, None)
    rates = trips.alarm_rates(answer[:, first], y[:, first])
    ranked = trips.rank(answer[:, rest], y[:, rest])
    content: dict[str, Any] = to_json(Measured(*(each.round(DIGITS + 1) for each in (rates, *ranked))))
    return content


@lru_cache(maxsize=1)  # a process evaluates several learners on the same tasks
def _episode(scenario_name: str, shots: int, protocol: EvaluationProtocol) -> Episode:
    """Return fresh tasks with further query examples behind the usual ones, to which z-scores do not refer."""
    scenario, rng = scenario_named(scenario_name), rng_for("test", protocol.seed)
    tasks = scenario.sample_tasks(rng, protocol.tasks)
    draw = draw_examples(tasks, rng, shots=shots, queries=protocol.queries or shots, most_shots=scenario.max_shots)
    more = tasks.query(rng_for("test", protocol.seed, _TRIPS), WINDOWS)
    query = Examples(*(np.concatenate(pair, 1) for pair in ((draw.query.x, more.x), (draw.query.y, more.y))))
    return open_episode(scenario, Draw(draw.support, query, draw.query.x), room=shots)


def trips(
    scenario: Scenario, protocol: EvaluationProtocol, executor: Executor, kept: Path, report: Report
) -> TripsResults:
    """Take the measurements that are not cached yet.

    Raises UserError if weights or the results of `study` are missing, or if the scenario's decision has no trips.
    """
    _trips(scenario)
    names = shown(results.read(StudyResults, scenario.name))
    fitting.load_all(scenario, names)  # before anything is measured
    jobs = {
        (name, shots): learner_job(f"trips-{shots}", measured, _is_measured, scenario, name, (shots,), protocol)
        for shots in SHOTS
        for name in names
    }
    answers = cached_jobs.measure(jobs.values(), executor, kept, report)
    found = {of: from_json(Measured, answers[job.name]) for of, job in jobs.items()}
    return TripsResults(
        scenario=scenario.name,
        metric_id=scenario.metric.id,
        higher_is_better=scenario.metric.higher_is_better,
        protocol=protocol,
        shots=SHOTS,
        windows=WINDOWS,
        learners={name: _figures(scenario, name, [found[name, shots] for shots in SHOTS]) for name in names},
    )


def _trips(scenario: Scenario) -> Trips:
    found = decision_named(scenario.decision).trips
    if found is None:
        text = Text(
            en="trips is for decisions about windows of time; that of {scenario} is not one.",
            zh="trips 只用于针对时间片段的决策；{scenario} 的决策不属于此类。",
        )
        raise UserError(text.format(scenario=scenario.name))
    return found


def _figures(scenario: Scenario, name: str, found: list[Measured]) -> TripFigures:
    stored = [
        array for key, array in fitting.load_checkpoint(scenario, name).arrays.items() if not key.startswith(_OF_A_TEST)
    ]
    return TripFigures(
        alarm_rates=np.stack([_intervals(each.alarm_rates).transpose(2, 0, 1) for each in found]),
        within=np.stack([_intervals(each.within) for each in found]),
        between=np.stack([_intervals(each.between) for each in found]),
        stored=sum(array.size for array in stored),
        stored_bytes=sum(array.nbytes for array in stored),
    )


def _intervals(shares: Array) -> Floats:
    """Return mean, low and high of shares over tasks, within 0 and 1: (tasks, a, b) -> (a, b, 3)."""
    flat = shares.reshape(len(shares), -1)
    found: Floats = np.array([mean_with_interval(column) for column in flat.T]).clip(0, 1).round(DIGITS)
    return found.reshape(*shares.shape[1:], 3)


def _is_measured(kept: dict[str, Any], tasks: int) -> bool:
    """Whether it is the JSON of Measured on this number of tasks."""
    found = read_piece(Measured, kept)
    return found is not None and len(found.alarm_rates) == len(found.within) == len(found.between) == tasks
