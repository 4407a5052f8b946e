"""Calibration of predicted risks in each task, and CIs of the value of acting on them.

`python -m scenarios calibration NAME` measures it for the methods that a scenario's page shows. Measurements are
cached.
"""

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenarios.catalog import scenario_named
from scenarios.dataclass_json import Floats, from_json, to_json
from scenarios.episode import Episode
from scenarios.errors import UserError
from scenarios.evaluation.calibration_by_task import calibration_of
from scenarios.evaluation.curves import fresh_episode
from scenarios.evaluation.estimate import Estimate
from scenarios.evaluation.net_benefit import errors_below, thresholds
from scenarios.evaluation.statistics import range_over_tasks
from scenarios.learners import fitting
from scenarios.learners.registry import by_rung
from scenarios.meta_learner.weights import Report
from scenarios.protocol import WORLD_SHOTS, EvaluationProtocol
from scenarios.publication import cached_jobs, results
from scenarios.publication.evaluate_at import RISK_EDGES, intervals
from scenarios.publication.plan import learner_job, read_piece
from scenarios.publication.results import CalibrationFigures, CalibrationResults, StudyResults
from scenarios.scenario import Scenario
from scenarios.task import Array
from scenarios.text import Text

SHOTS = WORLD_SHOTS  # includes numbers between those at which methods are calibrated
_DIGITS = 3
_FINE = 6  # decimals of standard errors of shares


@dataclass(frozen=True, eq=False)
class Measured:
    """The calibration of one method at one number of labels; `slopes` and `ratios` are (tasks,).

    `below` is (2, tasks, edges): the share of a task's query examples whose risk lies below an edge between two bins,
    first those of other classes, then those of the last one.
    """

    slope: Estimate
    ratio: Estimate
    slopes: Floats
    ratios: Floats
    below: Floats


def measured(scenario_name: str, name: str, shots: int, protocol: Mapping[str, int]) -> dict[str, Any]:
    """Return the JSON of one method's Measured: of the risks of the last class."""
    scenario = scenario_named(scenario_name)
    episode = _episode(scenario_name, shots, EvaluationProtocol(**protocol))
    answer = fitting.load(scenario, name).predict(episode)
    risk, came = np.asarray(answer[..., -1], float), episode.query.y == scenario.ways - 1
    content: dict[str, Any] = to_json(Measured(*calibration_of(risk, came), below=_shares_below(risk, came)))
    return content


def _shares_below(risk: Array, came: NDArray[np.bool_]) -> Floats:
    """Return `Measured.below` of risks (tasks, queries) of an event that occurred or not (tasks, queries)."""
    is_below = risk[..., None] < thresholds(RISK_EDGES.tolist())
    return np.stack([(is_below & (came == true)[..., None]).mean(1) for true in (False, True)]).round(_DIGITS + 1)


@lru_cache(maxsize=1)  # a process evaluates several learners on the same tasks
def _episode(scenario_name: str, shots: int, protocol: EvaluationProtocol) -> Episode:
    return fresh_episode(scenario_named(scenario_name), shots=shots, **asdict(protocol))


def calibration(
    scenario: Scenario, protocol: EvaluationProtocol, executor: Executor, kept: Path, report: Report
) -> CalibrationResults:
    """Take the measurements that are not cached yet.

    Raises UserError if weights or the results of `study` are missing, or if a number is predicted.
    """
    if scenario.regression:
        text = Text(
            en="calibration is for classes; {scenario} predicts a number.",
            zh="calibration 只用于分类；{scenario} 预测的是数值。",
        )
        raise UserError(text.format(scenario=scenario.name))
    names = shown(results.read(StudyResults, scenario.name))
    fitting.load_all(scenario, names)  # before anything is measured
    jobs = {
        (name, shots): learner_job(f"calibration-{shots}", measured, _is_measured, scenario, name, (shots,), protocol)
        for shots in SHOTS
        for name in names
    }
    answers = cached_jobs.measure(jobs.values(), executor, kept, report)
    found = {of: from_json(Measured, answers[job.name]) for of, job in jobs.items()}
    return CalibrationResults(
        scenario=scenario.name,
        metric_id=scenario.metric.id,
        higher_is_better=scenario.metric.higher_is_better,
        protocol=protocol,
        shots=SHOTS,
        learners={name: _figures([found[name, shots] for shots in SHOTS]) for name in names},
    )


def shown(study: StudyResults) -> tuple[str, ...]:
    """Return the ids of the methods that the tables of a page show at some number of labels."""
    return tuple(by_rung({name for shots in SHOTS for name in study.rows(shots)}))


def _figures(found: list[Measured]) -> CalibrationFigures:
    return CalibrationFigures(
        slope=intervals([each.slope for each in found], _DIGITS),
        slope90=_ranges([each.slopes for each in found]),
        ratio=intervals([each.ratio for each in found], _DIGITS),
        ratio90=_ranges([each.ratios for each in found]),
        below=np.stack([errors_below(each.below) for each in found]).round(_FINE),
    )


def _ranges(values: list[Floats]) -> Floats:
    ends: Floats = range_over_tasks(np.stack(values, axis=1)).round(_DIGITS)
    return ends


def _is_measured(kept: dict[str, Any], tasks: int) -> bool:
    """Whether it is the JSON of Measured on this number of tasks."""
    found = read_piece(Measured, kept)
    return (
        found is not None
        and found.slopes.shape == found.ratios.shape == (tasks,)
        and found.below.shape == (2, tasks, len(RISK_EDGES))
    )
