"""The axis of experience: score against the number of other tasks, `python -m scenarios other-tasks NAME`.

Simple statistics learn from so many tasks with LABELS_EACH labels per class in each; MAML from as many, with the labels
of its recipe. All are judged on the same test tasks. A measurement is kept, and so is a meta-learner that was trained.
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from scenarios.catalog import scenario_named
from scenarios.dataclass_json import from_json, to_json
from scenarios.evaluation.statistics import mean_with_interval
from scenarios.learners import fewer_tasks, fitting, hierarchical, registry
from scenarios.learners.registry import BAYES, META_LEARNED, Rung
from scenarios.meta_learner.weights import Report
from scenarios.protocol import EvaluationProtocol
from scenarios.publication import cached_jobs, rungs
from scenarios.publication.cached_jobs import CachedJob
from scenarios.publication.evaluate_at import SeedScores, digits, intervals, judge
from scenarios.publication.plan import is_seed, made_from
from scenarios.publication.results import ByOtherTasks, OtherTasksResults
from scenarios.scenario import Scenario
from scenarios.task import Array

COUNTS = (3, 10, 30, 100, 300, 1000)
META_COUNTS = (10, 30, 100, 300, 1000, 3000)  # and as many as it was shipped with
SHOTS = (1, 5, 20)
LABELS_EACH = 30


def measured(
    scenario_name: str, name: str, count: int | None, protocol: Mapping[str, int], kept: str
) -> dict[str, Any]:
    """Return the JSON of a learner's SeedScores, by shots; without a count, as in its weights file."""
    scenario, at = scenario_named(scenario_name), EvaluationProtocol(**protocol)
    if count is None:
        learner = fitting.load(scenario, name)
    else:
        learner = fewer_tasks.learner(scenario, name, count, LABELS_EACH, at.seed, Path(kept), lambda done, word: None)
    scores = {str(shots): judge(scenario, {name: learner}, shots, at).scores[name] for shots in SHOTS}
    content: dict[str, Any] = to_json(SeedScores(scores))
    return content


def other_tasks(
    scenario: Scenario, protocol: EvaluationProtocol, executor: Executor, kept: Path, report: Report
) -> OtherTasksResults:
    """Measure what is not kept yet. Raises UserError if weights are missing."""
    simple = [name for name in registry.published(scenario, Rung.BORROWING) if name in hierarchical.METHODS]
    local = registry.published(scenario, Rung.LOCAL)
    jobs = {
        (name, count): _job(scenario, name, count, protocol, kept)
        for name, counts in (
            (META_LEARNED, (*META_COUNTS[::-1], None)),
            *((name, COUNTS) for name in simple),
            *((name, (None,)) for name in (*local, BAYES)),
        )
        for count in counts
    }
    found = cached_jobs.measure(jobs.values(), executor, kept, report)
    sign = scenario.metric.sign
    scores = {
        of: np.stack([sign * each for each in from_json(SeedScores, found[job.name]).scores.values()], axis=1)
        for of, job in jobs.items()
    }
    most = fitting.experience(scenario, META_LEARNED) or 0
    by_count = {name: {count: scores[name, count] for count in COUNTS} for name in simple}
    by_count[META_LEARNED] = {count: scores[META_LEARNED, count] for count in META_COUNTS}
    by_count[META_LEARNED][most] = scores[META_LEARNED, None]
    alone = {name: scores[name, None] for name in local}
    best = rungs.best_of(Rung.LOCAL, alone)
    rival = rungs.envelope(alone, best)
    return OtherTasksResults(
        scenario=scenario.name,
        metric_id=scenario.metric.id,
        higher_is_better=scenario.metric.higher_is_better,
        protocol=protocol,
        shots=SHOTS,
        labels_each=LABELS_EACH,
        best_local=best,
        local=_means(scenario, rival),
        bayes=_means(scenario, scores[BAYES, None]),
        learners={
            name: ByOtherTasks(
                counts=tuple(each),
                score=np.stack([_means(scenario, one) for one in each.values()]),
                ahead_of_local=np.stack([_leads(scenario, one, rival) for one in each.values()]),
                ahead_of_meta=np.stack([_leads(scenario, one, scores[META_LEARNED, None]) for one in each.values()]),
            )
            for name, each in by_count.items()
        },
    )


def _job(scenario: Scenario, name: str, count: int | None, protocol: EvaluationProtocol, kept: Path) -> CachedJob:
    title = f"{scenario.name}.{name}-{'as-shipped' if count is None else f'{count}-tasks'}"
    decided_by = made_from(scenario, (name,) if count is None else ())
    checked = partial(is_seed, all_shots=SHOTS, tasks=protocol.tasks)
    arguments = (scenario.name, name, count, asdict(protocol), str(kept))
    return CachedJob(title, measured, arguments, decided_by, checked)


def _means(scenario: Scenario, scores: Array) -> Array:
    """Scores (tasks, shots), more is better -> (shots, 3), as the metric has them."""
    return np.array(intervals((mean_with_interval(scenario.metric.sign * each) for each in scores.T), digits(scenario)))


def _leads(scenario: Scenario, scores: Array, others: Array) -> Array:
    return np.array(intervals(_paired(scores, others), digits(scenario)))


def _paired(scores: Array, others: Array) -> Iterable[Any]:
    return (mean_with_interval(one - other) for one, other in zip(scores.T, others.T, strict=True))
