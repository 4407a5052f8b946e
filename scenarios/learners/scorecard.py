"""A generic scorecard, as lenders validate it: points for each bin of each characteristic, and their sum.

The points are boosted stumps (Friedman 2001, Annals of Statistics 29:1189-1232) on the bins' numbers, which make an
additive model. Along a characteristic with a usual direction they never turn back.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from sklearn.ensemble import HistGradientBoostingClassifier

from scenarios.episode import Episode
from scenarios.learner import Learner
from scenarios.learners import calibration, hierarchical, inputs, tuning
from scenarios.learners.calibration import Calibrated
from scenarios.meta_learner.weights import Checkpoint, Report
from scenarios.scenario import Scenario
from scenarios.task import Array, Examples

BINS = (8, 16, 32)  # numbers of bins of a characteristic: tried on training tasks
_STUMPS = {"max_leaf_nodes": 2, "max_iter": 300, "early_stopping": False}


@dataclass(frozen=True)
class Scorecard:
    """Points of log odds by characteristic: edges (characteristics, bins - 1), points (characteristics, bins)."""

    edges: Array
    points: Array

    def predict(self, episode: Episode) -> Array:
        """Return the same risk whatever the task's labels are: see `Learner.predict`."""
        risk = expit(inputs.of_bins(episode.raw.query.x, self.edges, self.points).sum(-1))
        return np.stack([1 - risk, risk], axis=-1)

    def arrays(self) -> dict[str, Array]:
        """Return its arrays for a weights file."""
        return {"edges": self.edges, "points": self.points}


def fit(scenario: Scenario, seed: int, report: Report) -> Checkpoint:
    """Learn a scorecard from other tasks, with the number of bins that ranks best on training tasks."""
    known = hierarchical.other_tasks(scenario, seed, hierarchical.OTHER_TASKS, scenario.max_shots)
    episode = tuning.tuning_episode(scenario, seed, 1)
    tried: list[tuple[float, Scorecard]] = []
    for bins in BINS:
        card = learn(scenario, known, bins)
        tried.append((float(tuning.quality(scenario, card.predict(episode), episode)), card))
        report(0.9 * len(tried) / len(BINS), f"{bins} bins")
    _, card = max(tried, key=lambda each: each[0])
    calibrations = calibration.arrays_for(scenario, card, seed, lambda done, word: report(0.9 + 0.1 * done, word))
    seen = {"other_tasks": hierarchical.OTHER_TASKS, "labels_each": scenario.max_shots}
    return Checkpoint(card.arrays() | calibrations, dict(seen))


def learn(scenario: Scenario, known: Examples, bins: int) -> Scorecard:
    """Return the scorecard of labelled examples of other tasks; a bin holds the same share of them, but for ties."""
    x, count = known.x.reshape(-1, known.x.shape[-1]), len(scenario.features)
    edges = inputs.equal_bins(x, bins)
    directions = [feature.direction for feature in scenario.features]
    model = HistGradientBoostingClassifier(monotonic_cst=directions, random_state=0, **_STUMPS)
    model.fit(inputs.of_bins(x, edges, np.tile(np.arange(bins), (count, 1))), known.y.reshape(-1))
    one_changed = np.zeros((count, bins, count))  # all characteristics in their first bin, and one of them in another
    one_changed[np.arange(count), :, np.arange(count)] = np.arange(bins)
    log_odds = model.decision_function(one_changed.reshape(-1, count)).reshape(count, bins)
    first = log_odds[0, 0]
    return Scorecard(edges, log_odds - first + first / count)


def restore(scenario: Scenario, checkpoint: Checkpoint) -> Learner:
    """Return the scorecard of a checkpoint. Raises KeyError or ValueError if it is another learner's."""
    edges, points = checkpoint.arrays["edges"], checkpoint.arrays["points"]
    if points.ndim != 2 or len(points) != len(scenario.features) or edges.shape != (len(points), points.shape[1] - 1):
        raise ValueError("a scorecard of other characteristics")
    return Calibrated(Scorecard(edges, points), calibration.of(scenario, checkpoint))
