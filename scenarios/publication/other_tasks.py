"""The axis of experience: score against the number of other tasks, `python -m scenarios other-tasks NAME`.

Simple statistics learn from so many tasks with LABELS_EACH labels per class in each; MAML from as many, with the labels
of its recipe. All are judged on the same test tasks. A measurement is kept, and so is a meta-learner that was trained.
"""

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from scenarios.catalog import scenario_named
from scenarios.dataclass_json import from_json, to_json
from scenarios.learners import fewer_tasks, fitting, hierarchical, registry
from scenarios.learners.registry import BAYES, META_LEARNED, Rung
from scenarios.meta_learner.weights import Report
from scenarios.protocol import OTHER_LABELS_EACH, EvaluationProtocol
from scenarios.publication import cached_jobs, rungs
from scenarios.publication.cached_jobs import CachedJob
from scenarios.publication.evaluate_at import SeedScores, column_intervals, digits, judge, score_quantiles
from scenarios.publication.plan import is_seed, made_from
from scenarios.publication.results import ByOtherTasks, OtherTasksResults
from scenarios.scenario import Scenario
from scenarios.task import Array

COUNTS = (3, 10, 30, 100, 300, 1000)
META_COUNTS = (10, 30, 100, 300, 1000, 3000)  # and as many as it was shipped with
SHOTS = (1, 5, 20)
LABELS_EACH = OTHER_LABELS_EACH[-1]


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
    fitting.load_all(scenario, (META_LEARNED, *local, BAYES))  # before anything is measured
    jobs = {
        (name, count): _job(scenario, name, count, protocol)
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
        local=means(scenario, rival),
        bayes=means(scenario, scores[BAYES, None]),
        learners={
            name: by_other_tasks(scenario, each, rival, by_count[META_LEARNED][most]) for name, each in by_count.items()
        },
    )


def by_other_tasks(
    scenario: Scenario, by_count: Mapping[int, Array], rival: Array, meta: Array | None = None
) -> ByOtherTasks:
    """Return the figures of a learner by the number of other tasks, beside two others on the same test tasks.

    All scores are (tasks, shots), and more is better.
    """

    def leads(other: Array) -> Array:
        return np.stack([column_intervals(one - other, digits(scenario)) for one in by_count.values()])

    return ByOtherTasks(
        counts=tuple(by_count),
        score=np.stack([means(scenario, one) for one in by_count.values()]),
        ahead_of_local=leads(rival),
        ahead_of_meta=None if meta is None else leads(meta),
        quantiles=np.stack([score_quantiles(scenario, one) for one in by_count.values()]),
    )


def _job(scenario: Scenario, name: str, count: int | None, protocol: EvaluationProtocol) -> CachedJob:
    title = f"{scenario.name}.{name}-{'as-shipped' if count is None else f'{count}-tasks'}"
    decided_by = made_from(scenario, (name,) if count is None else ())
    checked = partial(is_seed, all_shots=SHOTS, tasks=protocol.tasks)
    arguments = (scenario.name, name, count, asdict(protocol))
    return CachedJob(title, measured, arguments, decided_by, checked, needs_folder=True)


def means(scenario: Scenario, scores: Array) -> Array:
    """Scores (tasks, shots), more is better -> (shots, 3), as the metric has them."""
    return column_intervals(scenario.metric.sign * scores, digits(scenario))
