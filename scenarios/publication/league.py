"""The comparison of all methods of one scenario, and the pairwise differences.

Comparisons are paired over tasks; over meta-training seeds, a learner is trained again on other training tasks.
"""

from collections.abc import Mapping, Sequence
from itertools import permutations

import numpy as np

from scenarios.evaluation.statistics import gap_closed, labels_worth, mean_with_interval
from scenarios.learners.registry import BAYES, REGISTRY, Rung
from scenarios.protocol import EvaluationProtocol
from scenarios.publication import rungs
from scenarios.publication.evaluate_at import Column, column_intervals, digits, intervals, score_ranges
from scenarios.publication.publish import risks_of
from scenarios.publication.results import Cost, LeagueLearner, LeagueResults, Pair, SeedFigures
from scenarios.scenario import Scenario
from scenarios.task import Array

SHOTS = (1, 2, 5, 10, 20, 50)
COST_SHOTS = 5  # at which the time to adapt is taken


def league_shots(scenario: Scenario) -> tuple[int, ...]:
    """Return the numbers of labels at which all learners are compared."""
    return tuple(shots for shots in SHOTS if shots <= scenario.max_shots)


def league(
    scenario: Scenario,
    by_shots: Mapping[int, Column],
    all_shots: Sequence[int],
    costs: Mapping[str, Cost],
    again: Mapping[str, list[dict[int, Array]]],
    names: Sequence[str],
    protocol: EvaluationProtocol,
) -> LeagueResults:
    """Put the table together from columns, of which those at `all_shots`, the league's, hold all of its learners.

    `again` holds the scores (tasks,) by shots of learners trained from further seeds.
    """
    better = scenario.metric.sign
    finely = {  # at all numbers of labels with which each was evaluated
        name: {shots: better * column.scores[name] for shots, column in by_shots.items() if name in column.scores}
        for name in names
    }
    scores = {name: np.stack([finely[name][shots] for shots in all_shots], 1) for name in names}
    there = [rung for rung in Rung if any(REGISTRY[name].rung is rung for name in names)]
    best = {rung.value: rungs.best_of(rung, scores) for rung in there}
    baseline = rungs.envelope(scores, best[Rung.LOCAL.value])

    def row(name: str) -> LeagueLearner:
        columns = range(len(all_shots))
        ceiling, decimals = scores[BAYES], digits(scenario)
        gaps = [gap_closed(scores[name][:, at], baseline[:, at], ceiling[:, at]) for at in columns]
        points = [by_shots[shots].points[name] for shots in all_shots]
        return LeagueLearner(
            score=np.array([point.score for point in points]),
            regret=column_intervals(ceiling - scores[name], decimals),
            range90=score_ranges(scenario, scores[name]),
            gap_closed=tuple(gap.opened(decimals) for gap in gaps),
            cost=costs[name],
            seeds=_over_seeds(name, {shots: by_shots[shots] for shots in all_shots}, again.get(name, []), decimals),
            risks=risks_of(points),
        )

    return LeagueResults(
        scenario=scenario.name,
        metric_id=scenario.metric.id,
        higher_is_better=scenario.metric.higher_is_better,
        protocol=protocol,
        shots=tuple(all_shots),
        cost_shots=COST_SHOTS,
        best=best,
        learners={name: row(name) for name in names},
        pairs={
            f"{one} {other}": _pair(scores[one], scores[other], finely[other], digits(scenario))
            for one, other in permutations(names, 2)
        },
    )


def _pair(one: Array, other: Array, finely: Mapping[int, Array], decimals: int) -> Pair:
    """Return the first learner's lead, and the labels that the other needs to match it; both (tasks, shots).

    `finely` has the other's scores at all evaluated numbers of labels, so that labels are read off the same grid
    everywhere.
    """
    columns, curve, at_shots = range(one.shape[1]), np.stack([*finely.values()], 1), np.array([*finely])
    return Pair(
        ahead=column_intervals(one - other, decimals),
        labels_worth=tuple(labels_worth(one[:, at], curve, at_shots).opened(1) for at in columns),
    )


def _over_seeds(
    name: str, by_shots: Mapping[int, Column], again: list[dict[int, Array]], decimals: int
) -> SeedFigures | None:
    """Return the mean score over meta-training seeds with Student's interval; None if there is one seed only."""
    if not again:
        return None
    means = [[column.scores[name].mean(), *(scores[shots].mean() for scores in again)]
             for shots, column in by_shots.items()]  # fmt: skip
    score = intervals((mean_with_interval(np.array(each)) for each in means), decimals)
    return SeedFigures(count=len(again) + 1, score=score)
