"""Other tasks with fewer labels, and wrong ones: `python -m scenarios situations NAME`, for the planner.

Simple statistics learn from the same other tasks as in `other_tasks`, and are evaluated on the same test tasks. The
share of wrong labels is the same in the other tasks and in the new one; methods are not informed of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from scenarios.catalog import scenario_named
from scenarios.dataclass_json import from_json, to_json
from scenarios.episode import open_episode
from scenarios.errors import UserError
from scenarios.evaluation import planner
from scenarios.evaluation.perturbations import PERTURBATIONS
from scenarios.learners import fitting, hierarchical, registry
from scenarios.learners.registry import Rung
from scenarios.meta_learner.weights import Report
from scenarios.protocol import OTHER_SITUATIONS, EvaluationProtocol
from scenarios.publication import cached_jobs, rungs
from scenarios.publication.cached_jobs import CachedJob
from scenarios.publication.evaluate_at import SeedScores
from scenarios.publication.other_tasks import SHOTS, by_other_tasks, means
from scenarios.publication.plan import is_seed, made_from
from scenarios.publication.results import SituationFigures, SituationsResults
from scenarios.scenario import Scenario
from scenarios.task import Array
from scenarios.text import Text

COUNTS = (10, 30, 100)
_AS_SHIPPED = 0  # other tasks of a method on local labels alone

Case = tuple[str, int, int, float]  # learner, other tasks, labels in each, share of wrong labels


def measured(
    scenario_name: str, name: str, count: int, labels_each: int, label_errors: float, protocol: Mapping[str, int]
) -> dict[str, Any]:
    """Return the JSON of a learner's SeedScores, by shots."""
    scenario, at = scenario_named(scenario_name), EvaluationProtocol(**protocol)
    if count == _AS_SHIPPED:
        learner = fitting.load(scenario, name)
    else:
        known = planner.mislabelled_tasks(scenario, count, labels_each, label_errors, at.seed)
        learner = hierarchical.fit_from(scenario, name, known, lambda done, word: None)
    scores = {}
    for shots in SHOTS:
        draw = PERTURBATIONS["label_errors"].draw(scenario, shots, at, label_errors)
        episode = open_episode(scenario, draw, room=shots)
        scores[str(shots)] = np.asarray(scenario.metric.compute(learner.predict(episode), episode.query.y), float)
    content: dict[str, Any] = to_json(SeedScores(scores))
    return content


def situations(
    scenario: Scenario, protocol: EvaluationProtocol, executor: Executor, kept: Path, report: Report
) -> SituationsResults:
    """Measure all that is not cached. Raises UserError if weights are missing, or if a number is predicted."""
    if scenario.regression:
        text = Text(
            en="situations is for classes; {scenario} predicts a number.",
            zh="situations 只用于分类；{scenario} 预测的是数值。",
        )
        raise UserError(text.format(scenario=scenario.name))
    simple = [name for name in registry.published(scenario, Rung.BORROWING) if name in hierarchical.METHODS]
    local = registry.published(scenario, Rung.LOCAL)
    fitting.load_all(scenario, local)  # before anything is measured
    jobs = {case: _job(scenario, case, protocol) for case in _cases(simple, local)}
    found = cached_jobs.measure(jobs.values(), executor, kept, report)
    sign = scenario.metric.sign
    scores = {
        case: np.stack([sign * each for each in from_json(SeedScores, found[job.name]).scores.values()], axis=1)
        for case, job in jobs.items()
    }
    return SituationsResults(
        scenario=scenario.name,
        metric_id=scenario.metric.id,
        higher_is_better=scenario.metric.higher_is_better,
        protocol=protocol,
        shots=SHOTS,
        situations=tuple(_figures(scenario, simple, local, scores, *each) for each in OTHER_SITUATIONS),
    )


def _cases(simple: Sequence[str], local: Sequence[str]) -> Iterator[Case]:
    for name, count, situation in product(simple, COUNTS[::-1], OTHER_SITUATIONS):  # the longest jobs first
        yield name, count, *situation
    for name, errors in product(local, dict.fromkeys(errors for _, errors in OTHER_SITUATIONS)):
        yield name, _AS_SHIPPED, 0, errors


def _figures(
    scenario: Scenario,
    simple: Sequence[str],
    local: Sequence[str],
    scores: Mapping[Case, Array],
    labels_each: int,
    label_errors: float,
) -> SituationFigures:
    alone = {name: scores[name, _AS_SHIPPED, 0, label_errors] for name in local}
    best = rungs.best_of(Rung.LOCAL, alone)
    rival = rungs.envelope(alone, best)
    by_count = {name: {count: scores[name, count, labels_each, label_errors] for count in COUNTS} for name in simple}
    return SituationFigures(
        labels_each=labels_each,
        label_errors=label_errors,
        best_local=best,
        local=means(scenario, rival),
        learners={name: by_other_tasks(scenario, each, rival) for name, each in by_count.items()},
    )


def _job(scenario: Scenario, case: Case, protocol: EvaluationProtocol) -> CachedJob:
    name, count, labels_each, label_errors = case
    return CachedJob(
        f"{scenario.name}.{name}-{count}-tasks-{labels_each}-each-{100 * label_errors:.0f}-wrong",
        measured,
        (scenario.name, *case, asdict(protocol)),
        made_from(scenario, (name,) if count == _AS_SHIPPED else ()),
        partial(is_seed, all_shots=SHOTS, tasks=protocol.tasks),
    )
