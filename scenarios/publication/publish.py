"""The figures that pages show before any work is done, put together from the columns of a study.

One JSON file a scenario: score against labels for every learner, score against inner steps for those that walk, what
they mean for decisions, how sure the learners are against how often they are right, what labels are worth, and what
novelty does.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenarios.dataclass_json import Floats
from scenarios.evaluation.protocol import EvaluationProtocol
from scenarios.evaluation.statistics import gap_closed, labels_worth, mean_with_interval
from scenarios.learner import EVALUATION_STEPS
from scenarios.learners import registry
from scenarios.learners.registry import BAYES, META_LEARNED
from scenarios.publication.evaluate_at import DIGITS, RISK_EDGES, Column, Point, digits, intervals, round_all
from scenarios.publication.results import Comparison, LearnerFigures, Novelty, RiskBins, StudyResults
from scenarios.scenario import Scenario
from scenarios.task import Array, Labels

NOVELTIES = (0.0, 0.25, 0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)
NOVELTY_SHOTS = 10


def figures(
    scenario: Scenario,
    by_shots: Mapping[int, Column],
    by_novelty: Mapping[float, Column],
    metadata: Mapping[str, dict[str, object]],
    protocol: EvaluationProtocol,
) -> StudyResults:
    """Put the figures together. `metadata` tell how each learner was trained, and are published with them."""
    all_shots, names = np.array(list(by_shots)), list(metadata)
    novelty = {  # without the best possible: its prior is wrong there
        name: intervals((mean_with_interval(column.scores[name]) for column in by_novelty.values()), digits(scenario))
        for name in names
        if name != BAYES
    }
    scores = {name: np.stack([column.scores[name] for column in by_shots.values()], axis=1) for name in names}
    return StudyResults(
        scenario=scenario.name,
        metric_id=scenario.metric.id,
        higher_is_better=scenario.metric.higher_is_better,
        protocol=protocol,
        metadata=dict(metadata),
        evaluation_steps=EVALUATION_STEPS,
        risk_edges=tuple(round_all(RISK_EDGES)),
        shots=tuple(by_shots),
        learners={name: _figures_of([column.points[name] for column in by_shots.values()]) for name in names},
        comparison=_compare(scores, all_shots, sign=scenario.metric.sign),
        novelty=_novelty(novelty, tuple(by_novelty), sign=scenario.metric.sign),
    )


def _figures_of(points: Sequence[Point]) -> LearnerFigures:
    """One learner at all numbers of labels."""
    steps = [point.evaluation_step for point in points]
    return LearnerFigures(
        score=np.array([point.score for point in points]),
        measures={name: np.stack([point.measures[name] for point in points]) for name in points[0].measures},
        risks=risks_of(points),
        trajectory=_stacked([point.trajectory for point in points]),
        evaluation_step=None if None in steps else tuple(step for step in steps if step is not None),
    )


def risks_of(points: Sequence[Point]) -> RiskBins | None:
    """Return a learner's predicted risks at all numbers of labels; None in a regression."""
    counts = _stacked([point.risk_counts for point in points])
    sums = _stacked([point.risk_sums for point in points])
    return None if counts is None or sums is None else RiskBins(counts=counts, sums=sums)


def _stacked(parts: Sequence[NDArray[Any] | None]) -> NDArray[Any] | None:
    """One more axis in front; None if a part is missing."""
    there = [part for part in parts if part is not None]
    return np.stack(there) if len(there) == len(parts) else None


def _novelty(score: dict[str, Floats], rhos: tuple[float, ...] = NOVELTIES, *, sign: int = 1) -> Novelty:
    """Scores (rhos, 3), the best from-scratch score at every novelty, and where it overtakes (None: nowhere)."""
    means = {name: points[:, 0] for name, points in score.items()}
    known = [sign * means[name] for name in registry.published_from_scratch() if name in means]
    baseline = sign * np.max(known, axis=0)
    ahead = sign * (means[META_LEARNED] - baseline)
    behind = np.flatnonzero(ahead < 0)
    overtaken = None
    if len(behind) and (i := behind[0]) > 0:  # linear between the two novelties around it
        overtaken = rhos[i - 1] + (rhos[i] - rhos[i - 1]) * ahead[i - 1] / (ahead[i - 1] - ahead[i])
    return Novelty(
        shots=NOVELTY_SHOTS,
        rho=rhos,
        score=score,
        best_from_scratch=tuple(round_all(baseline)),
        overtaken_at=None if overtaken is None else round(float(overtaken), 2),
    )


def _compare(scores: Mapping[str, Array], all_shots: Labels, *, sign: int = 1) -> Comparison:
    """Compare the meta-learner with the best learner from scratch, at every number of labels."""
    scores = {name: sign * score for name, score in scores.items()}
    known = [name for name in registry.published_from_scratch() if name in scores]
    best = [max(known, key=lambda name: scores[name][:, column].mean()) for column in range(len(all_shots))]
    baseline = np.stack([scores[name][:, column] for column, name in enumerate(best)], axis=1)
    columns = range(len(all_shots))
    gaps = [gap_closed(scores[META_LEARNED][:, c], baseline[:, c], scores[BAYES][:, c]) for c in columns]
    worth = [labels_worth(scores[META_LEARNED][:, c], baseline, all_shots) for c in columns]
    return Comparison(
        from_scratch=tuple(known),
        best_from_scratch=tuple(best),
        gap_closed=tuple(gap.opened(DIGITS) for gap in gaps),
        labels_worth=tuple(value.opened(1) for value in worth),
    )
