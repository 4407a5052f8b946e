"""The meta-learner against each rung below it: the best method that sees less, at every number of labels.

The best one is that with the best mean on the test tasks, which favours the rung, since chance helps to choose it.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from scenarios.evaluation.statistics import gap_closed, labels_worth
from scenarios.learners.registry import BAYES, META_LEARNED, REGISTRY, RIVALS, Rung
from scenarios.publication.evaluate_at import DIGITS, column_intervals
from scenarios.publication.results import RungComparison
from scenarios.task import Array, Labels


def best_of(rung: Rung, scores: Mapping[str, Array]) -> tuple[str, ...]:
    """Return the best learner of a rung in each column; scores (tasks, columns), more is better."""
    names = [name for name in scores if REGISTRY[name].rung is rung]
    means = np.stack([scores[name].mean(0) for name in names])
    return tuple(names[place] for place in means.argmax(0))


def compare(scores: Mapping[str, Array], all_shots: Labels, digits: int) -> dict[str, RungComparison]:
    """Return the comparisons by rung; scores of learner -> (tasks, shots), more is better."""
    there = {REGISTRY[name].rung for name in scores}
    return {rung.value: _compare(rung, scores, all_shots, digits) for rung in RIVALS if rung in there}


def _compare(rung: Rung, scores: Mapping[str, Array], all_shots: Labels, digits: int) -> RungComparison:
    best = best_of(rung, scores)
    rival, own, ceiling = envelope(scores, best), scores[META_LEARNED], scores[BAYES]
    columns = range(len(all_shots))
    gaps = [gap_closed(own[:, at], rival[:, at], ceiling[:, at]) for at in columns]
    return RungComparison(
        learners=tuple(name for name in scores if REGISTRY[name].rung is rung),
        best=best,
        ahead=column_intervals(own - rival, digits),
        gap_closed=tuple(gap.opened(digits) for gap in gaps),
        labels_worth=tuple(labels_worth(own[:, at], rival, all_shots).opened(1) for at in columns),
        worse=(own < rival).mean(0).round(DIGITS),
    )


def envelope(scores: Mapping[str, Array], best: Sequence[str]) -> Array:
    """Return the scores (tasks, columns) of the best method in each column."""
    return np.stack([scores[name][:, at] for at, name in enumerate(best)], axis=1)
