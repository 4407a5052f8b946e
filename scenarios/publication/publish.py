"""The precomputed results of the pages, assembled from the measurements of a study.

One JSON file per scenario: scores against labels, and against inner steps for iterative learners; measures of
decisions; calibration; the value of labels; the effect of novelty.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenarios.dataclass_json import Floats
from scenarios.learner import EVALUATION_STEPS
from scenarios.learners.registry import BAYES, META_LEARNED, REGISTRY, Rung
from scenarios.protocol import EvaluationProtocol
from scenarios.publication import rungs
from scenarios.publication.evaluate_at import (
    DIGITS,
    RISK_EDGES,
    Column,
    Point,
    column_intervals,
    digits,
    round_all,
    score_quantiles,
    score_ranges,
)
from scenarios.publication.results import LearnerFigures, Novelty, Overtaking, RiskBins, StudyResults
from scenarios.scenario import DEFAULT_WORLD, Scenario
from scenarios.task import Array

NOVELTIES = (0.0, 0.25, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
WORLD_NOVELTIES = (0.0, 0.4, 0.7, 1.0)  # in the other worlds
NOVELTY_SHOTS = 10
WARNING_SHOTS = (5, 10, 20)


def novelties(scenario: Scenario) -> tuple[float, ...]:
    """Return the published task shifts of a scenario, fewer in its other worlds."""
    return NOVELTIES if scenario.world == DEFAULT_WORLD else WORLD_NOVELTIES


def figures(
    scenario: Scenario,
    by_shots: Mapping[int, Column],
    by_novelty: Mapping[float, Column],
    warned: Mapping[float, Mapping[int, Array]],
    metadata: Mapping[str, dict[str, object]],
    protocol: EvaluationProtocol,
) -> StudyResults:
    """Assemble the figures. `warned` marks, by novelty and shots, the tasks (tasks,) that the familiarity test flags.

    `metadata` describe each learner's training, and are published as well.
    """
    all_shots, names, sign = np.array(list(by_shots)), list(metadata), scenario.metric.sign
    scores = {name: np.stack([sign * column.scores[name] for column in by_shots.values()], axis=1) for name in names}
    novel = {  # without the best possible: its prior is wrong there
        name: np.stack([sign * column.scores[name] for column in by_novelty.values()], axis=1)
        for name in names
        if name != BAYES
    }
    return StudyResults(
        scenario=scenario.name,
        metric_id=scenario.metric.id,
        higher_is_better=scenario.metric.higher_is_better,
        protocol=protocol,
        metadata=dict(metadata),
        evaluation_steps=EVALUATION_STEPS,
        risk_edges=tuple(round_all(RISK_EDGES)),
        shots=tuple(by_shots),
        learners={
            name: _figures_of(
                scenario, [column.points[name] for column in by_shots.values()], scores[name], scores[BAYES]
            )
            for name in names
        },
        comparison=rungs.compare(scores, all_shots, digits(scenario)),
        warnings={
            str(shots): column_intervals(np.stack([flags[shots] for flags in warned.values()], axis=1), DIGITS)
            for shots in WARNING_SHOTS
        },
        novelty=novelty(novel, tuple(by_novelty), sign=sign, decimals=digits(scenario)),
    )


def _figures_of(scenario: Scenario, points: Sequence[Point], scores: Array, ceiling: Array) -> LearnerFigures:
    """One learner at all numbers of labels; scores and ceiling (tasks, shots), more is better."""
    steps, decimals = [point.evaluation_step for point in points], digits(scenario)
    return LearnerFigures(
        score=np.array([point.score for point in points]),
        range90=score_ranges(scenario, scores),
        quantiles=score_quantiles(scenario, scores),
        regret=column_intervals(ceiling - scores, decimals),
        measures={name: np.stack([point.measures[name] for point in points]) for name in points[0].measures},
        ranges=_ranges_of(points),
        risks=risks_of(points),
        trajectory=_stacked([point.trajectory for point in points]),
        evaluation_step=None if None in steps else tuple(step for step in steps if step is not None),
    )


def _ranges_of(points: Sequence[Point]) -> dict[str, Floats] | None:
    """Return the ranges over tasks of one learner's measures at all numbers of labels: (shots, 2, ...) each."""
    each = [point.ranges for point in points if point.ranges is not None]
    return {name: np.stack([ranges[name] for ranges in each]) for name in each[0]} if each else None


def risks_of(points: Sequence[Point]) -> RiskBins | None:
    """Return a learner's predicted risks at all numbers of labels; None in a regression."""
    counts = _stacked([point.risk_counts for point in points])
    sums = _stacked([point.risk_sums for point in points])
    return None if counts is None or sums is None else RiskBins(counts=counts, sums=sums)


def _stacked(parts: Sequence[NDArray[Any] | None]) -> NDArray[Any] | None:
    """One more axis in front; None if a part is missing."""
    there = [part for part in parts if part is not None]
    return np.stack(there) if len(there) == len(parts) else None


def novelty(scores: Mapping[str, Array], rhos: tuple[float, ...], *, sign: int, decimals: int) -> Novelty:
    """Return scores at each task shift, and where rungs overtake; scores of learner -> (tasks, rhos)."""
    there = {REGISTRY[name].rung for name in scores}
    return Novelty(
        shots=NOVELTY_SHOTS,
        rho=rhos,
        score={name: column_intervals(sign * each, decimals) for name, each in scores.items()},
        rivals={rung.value: _overtaking(scores, rung, rhos) for rung in (Rung.LOCAL, Rung.BORROWING) if rung in there},
    )


def _overtaking(scores: Mapping[str, Array], rung: Rung, rhos: tuple[float, ...]) -> Overtaking:
    """Return the best of a rung at each task shift, and the shift at which it first overtakes the meta-learner."""
    best = rungs.best_of(rung, scores)
    ahead = (scores[META_LEARNED] - rungs.envelope(scores, best)).mean(0)
    behind = np.flatnonzero(ahead < 0)
    at: float | None = None
    if len(behind):
        i = int(behind[0])  # linear between the two novelties around it
        at = 0.0 if i == 0 else rhos[i - 1] + (rhos[i] - rhos[i - 1]) * ahead[i - 1] / (ahead[i - 1] - ahead[i])
    return Overtaking(best=best, at=None if at is None else round(float(at), 2))
