"""Score against the number of other tasks: `python -m scenarios other-tasks NAME`.

Simple statistics learn from these tasks with LABELS_EACH labels per class in each; MAML, and one network for all tasks
without local labels, from as many with the labels of their recipes. All are evaluated on the same test tasks.
Measurements and trained networks are cached.
"""

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from scenarios.catalog import scenario_named
from scenarios.dataclass_json import from_json, to_json
from scenarios.decisions.catalog import decision_named
from scenarios.learners import fewer_tasks, fitting, hierarchical, registry
from scenarios.learners.registry import BAYES, META_LEARNED, POOLED, Rung
from scenarios.meta_learner.weights import Report
from scenarios.protocol import OTHER_LABELS_EACH, EvaluationProtocol
from scenarios.publication import cached_jobs, rungs
from scenarios.publication.cached_jobs import CachedJob
from scenarios.publication.evaluate_at import (
    SeedScores,
    column_intervals,
    digits,
    judge,
    score_quantiles,
    score_ranges,
)
from scenarios.publication.plan import is_seed, made_from
from scenarios.publication.results import ByOtherTasks, OtherTasksResults
from scenarios.scenario import Scenario
from scenarios.task import Array

COUNTS = (3, 10, 30, 100, 300, 1000)
META_COUNTS = (10, 30, 100, 300, 1000, 3000)  # other tasks of networks; also the number of the shipped ones
NETWORKS = (META_LEARNED, POOLED)
SHOTS = (1, 5, 20)
LABELS_EACH = OTHER_LABELS_EACH[-1]


def measured(
    scenario_name: str, name: str, count: int | None, protocol: Mapping[str, int], kept: str
) -> dict[str, Any]:
    """Return the JSON of a learner's SeedScores and headline, by shots; without a count, as in its weights file."""
    scenario, at = scenario_named(scenario_name), EvaluationProtocol(**protocol)
    if count is None:
        learner = fitting.load(scenario, name)
    else:
        learner = fewer_tasks.learner(scenario, name, count, LABELS_EACH, at.seed, Path(kept), lambda done, word: None)
    columns = {str(shots): judge(scenario, {name: learner}, shots, at) for shots in SHOTS}
    measure, headline = decision_named(scenario.decision).headline, None
    if measure:
        headline = {shots: each.points[name].measures[measure] for shots, each in columns.items()}
    content: dict[str, Any] = to_json(SeedScores({k: each.scores[name] for k, each in columns.items()}, headline))
    return content


def other_tasks(
    scenario: Scenario, protocol: EvaluationProtocol, executor: Executor, kept: Path, report: Report
) -> OtherTasksResults:
    """Take the measurements that are not cached yet. Raises UserError if weights are missing."""
    simple = [name for name in registry.published(scenario, Rung.BORROWING) if name in hierarchical.METHODS]
    local = registry.published(scenario, Rung.LOCAL)
    fitting.load_all(scenario, (*NETWORKS, *local, BAYES))  # before anything is measured
    jobs = {
        (name, count): _job(scenario, name, count, protocol)
        for name, counts in (
            *((name, (*META_COUNTS[::-1], None)) for name in NETWORKS),
            *((name, COUNTS) for name in simple),
            *((name, (None,)) for name in (*local, BAYES)),
        )
        for count in counts
    }
    found = cached_jobs.measure(jobs.values(), executor, kept, report)
    sign = scenario.metric.sign
    pieces = {of: from_json(SeedScores, found[job.name]) for of, job in jobs.items()}
    scores = {of: np.stack([sign * each for each in piece.scores.values()], axis=1) for of, piece in pieces.items()}
    headlines = {of: np.stack([*piece.headline.values()]) for of, piece in pieces.items() if piece.headline}
    counts: dict[str, dict[int, int | None]] = {name: {count: count for count in COUNTS} for name in simple}
    for name in NETWORKS:
        counts[name] = {count: count for count in META_COUNTS} | {fitting.experience(scenario, name) or 0: None}
    by_count = {name: {of: scores[name, key] for of, key in each.items()} for name, each in counts.items()}
    meta, generic = scores[META_LEARNED, None], by_count[POOLED]
    alone = {name: scores[name, None] for name in local}
    best = rungs.best_of(Rung.LOCAL, alone)
    rival = rungs.envelope(alone, best)
    headline_of, local_headline = dict[str, Array](), None
    if headlines:
        headline_of = {name: np.stack([headlines[name, key] for key in each.values()]) for name, each in counts.items()}
        local_headline = np.stack([headlines[name, None][place] for place, name in enumerate(best)])
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
        local_range90=score_ranges(scenario, rival),
        bayes_range90=score_ranges(scenario, scores[BAYES, None]),
        learners={
            name: replace(by_other_tasks(scenario, each, rival, meta, generic), headline=headline_of.get(name))
            for name, each in by_count.items()
        },
        local_headline=local_headline,
    )


def by_other_tasks(
    scenario: Scenario,
    by_count: Mapping[int, Array],
    rival: Array,
    meta: Array | None = None,
    generic: Mapping[int, Array] | None = None,
) -> ByOtherTasks:
    """Return the figures of a learner by the number of other tasks, beside others on the same test tasks.

    All scores are (tasks, shots), and more is better. Of `generic`, the network for all tasks, that counts which
    learned from as many, or from the next number that was measured.
    """

    def leads(other: Array) -> Array:
        return np.stack([column_intervals(one - other, digits(scenario)) for one in by_count.values()])

    def leads_at(others: Mapping[int, Array]) -> Array:
        pairs = [(one, others[min(others, key=lambda each: abs(each - count))]) for count, one in by_count.items()]
        return np.stack([column_intervals(one - other, digits(scenario)) for one, other in pairs])

    return ByOtherTasks(
        counts=tuple(by_count),
        score=np.stack([means(scenario, one) for one in by_count.values()]),
        ahead_of_local=leads(rival),
        ahead_of_meta=None if meta is None else leads(meta),
        ahead_of_generic=None if generic is None else leads_at(generic),
        quantiles=np.stack([score_quantiles(scenario, one) for one in by_count.values()]),
    )


def _job(scenario: Scenario, name: str, count: int | None, protocol: EvaluationProtocol) -> CachedJob:
    title = f"{scenario.name}.{name}-{'as-shipped' if count is None else f'{count}-tasks'}"
    decided_by = made_from(scenario, (name,) if count is None else ())
    checked = partial(_is_measured, tasks=protocol.tasks, has_headline=bool(decision_named(scenario.decision).headline))
    arguments = (scenario.name, name, count, asdict(protocol))
    return CachedJob(title, measured, arguments, decided_by, checked, needs_folder=True)


def _is_measured(kept: dict[str, Any], tasks: int, *, has_headline: bool) -> bool:
    """Whether it is the JSON of SeedScores on this number of tasks, with the headline, which older ones lack."""
    return is_seed(kept, all_shots=SHOTS, tasks=tasks) and (kept.get("headline") is not None) == has_headline


def means(scenario: Scenario, scores: Array) -> Array:
    """Scores (tasks, shots), more is better -> (shots, 3), as the metric has them."""
    return column_intervals(scenario.metric.sign * scores, digits(scenario))
