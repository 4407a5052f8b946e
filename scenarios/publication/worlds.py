"""The worlds of a scenario side by side, `python -m scenarios worlds NAME`: the value of labels and experience in each.

A world has its own weights. The methods are those of the scenario's page, of local ones only a few: see `learners`.
"""

from collections.abc import Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import numpy as np

from scenarios.learners import fitting, registry
from scenarios.learners.registry import REGISTRY, SCRATCH, Rung
from scenarios.meta_learner.weights import Report
from scenarios.protocol import WORLD_SHOTS, EvaluationProtocol
from scenarios.publication import cached_jobs, plan, results, rungs
from scenarios.publication.cached_jobs import CachedJob
from scenarios.publication.evaluate_at import Column, column_intervals, digits, score_ranges
from scenarios.publication.plan import Plan
from scenarios.publication.results import StudyResults, WorldFigures, WorldLearner, WorldRung, WorldsResults
from scenarios.scenario import DEFAULT_WORLD, Scenario

_QUICK = "lda"  # close to the best of local labels alone in every application, at a tenth of the others' time


def learners(scenario: Scenario) -> tuple[str, ...]:
    """Return the ids of the methods that are compared in all worlds.

    All published ones but those on local labels alone, which take longest to tune: of these the usual one, the network
    from scratch, a quick one, and every one that is the best in the default world at some number of labels.

    Raises
    ------
    UserError
        If the scenario's published results are missing or damaged.
    """
    local = {*results.read(StudyResults, scenario.folder).comparison[Rung.LOCAL.value].best}
    local |= {SCRATCH, scenario.reference_learner, _QUICK}
    return tuple(
        name for name in registry.published(scenario, *Rung) if REGISTRY[name].rung is not Rung.LOCAL or name in local
    )


def other_worlds(scenario: Scenario) -> list[Scenario]:
    """Return the scenario in its worlds other than the default one."""
    return [scenario.in_world(world) for world in scenario.world_names if world != DEFAULT_WORLD]


def worlds(
    scenario: Scenario, protocol: EvaluationProtocol, executor: Executor, kept: Path, report: Report
) -> tuple[WorldsResults, list[StudyResults]]:
    """Measure what is not kept yet: the worlds side by side, and the figures of a page in each of the other worlds.

    Raises UserError if weights are missing, or predictions not finite.
    """
    names = learners(scenario)
    plans = {world: Plan(scenario.in_world(world), names, protocol) for world in scenario.world_names}
    for each in plans.values():
        fitting.load_all(each.scenario, names)  # before anything is measured
    columns = {world: _columns(each) for world, each in plans.items()}
    jobs = {job.name: job for by_shots in columns.values() for each in by_shots.values() for job in each.values()}
    others = [each for world, each in plans.items() if world != DEFAULT_WORLD]
    jobs |= {job.name: job for each in others for job in plan.page_jobs(each)}
    found = cached_jobs.measure(jobs.values(), executor, kept, report)
    together = WorldsResults(
        scenario=scenario.name,
        metric_id=scenario.metric.id,
        higher_is_better=scenario.metric.higher_is_better,
        protocol=protocol,
        shots=WORLD_SHOTS,
        worlds={world: figures(plans[world].scenario, found, columns[world]) for world in plans},
    )
    return together, [plan.page_figures(each, found) for each in others]


def _columns(asked: Plan) -> dict[int, dict[str, CachedJob]]:
    """Return the pieces at the numbers of labels that all worlds have."""
    return {shots: jobs for shots, jobs in asked.columns().items() if shots in WORLD_SHOTS}


def figures(
    scenario: Scenario, found: Mapping[str, dict[str, Any]], by_shots: Mapping[int, Mapping[str, CachedJob]]
) -> WorldFigures:
    """Put the figures of one world together from its measured pieces, by number of labels and learner.

    Raises UserError if predictions are not finite.
    """
    measured: list[Column] = [plan.column(scenario, found, jobs) for jobs in by_shots.values()]
    sign, decimals = scenario.metric.sign, digits(scenario)
    scores = {name: np.stack([sign * each.scores[name] for each in measured], axis=1) for name in measured[0].scores}
    best = {rung: rungs.best_of(rung, scores) for rung in Rung}
    envelope = {rung: rungs.envelope(scores, best[rung]) for rung in Rung}
    lower = dict(zip(list(Rung)[1:], Rung, strict=False))
    return WorldFigures(
        learners={
            name: WorldLearner(
                score=column_intervals(sign * each, decimals),
                range90=score_ranges(scenario, each),
            )
            for name, each in scores.items()
        },
        rungs={
            rung.value: WorldRung(
                best=best[rung],
                ahead_of_generic=column_intervals(envelope[rung] - envelope[Rung.NO_LOCAL_LABELS], decimals),
                ahead_of_lower=column_intervals(envelope[rung] - envelope[lower[rung]], decimals),
            )
            if rung in lower
            else WorldRung(best=best[rung])
            for rung in Rung
        },
    )
