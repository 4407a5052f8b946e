"""The figures that pages show before any work is done, put together from the columns of a study.

One JSON file a scenario: score against labels for every learner, score against inner steps for those that walk, what
they mean for decisions, how sure the learners are against how often they are right, what labels are worth, and what
novelty does.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from scenarios.atomic_files import whole_file
from scenarios.evaluation.protocol import SHOTS, EvaluationProtocol
from scenarios.evaluation.statistics import gap_closed, labels_worth, mean_with_interval
from scenarios.learner import EVALUATION_STEPS
from scenarios.learners import registry
from scenarios.publication.evaluate_at import DIGITS, RISK_EDGES, Column, digits, round_all
from scenarios.scenario import Scenario
from scenarios.task import Array, Labels

NOVELTIES = (0.0, 0.25, 0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)
NOVELTY_SHOTS = 10


def published_shots(scenario: Scenario) -> tuple[int, ...]:
    return tuple(shots for shots in SHOTS if shots <= scenario.max_shots)


def figures(
    scenario: Scenario,
    by_shots: Mapping[int, Column],
    by_novelty: Mapping[float, Column],
    recipes: Mapping[str, dict[str, object]],
    protocol: EvaluationProtocol,
) -> dict[str, object]:
    """Put the figures together. `recipes` tell how the learners were made, and are published with them."""
    all_shots, names = np.array(list(by_shots)), list(recipes)
    novelty = {  # without the best possible: its prior is wrong there
        name: [mean_with_interval(column.scores[name]).rounded(digits(scenario)) for column in by_novelty.values()]
        for name in names
        if name != "bayes"
    }
    scores = {name: np.stack([column.scores[name] for column in by_shots.values()], axis=1) for name in names}
    return {
        "scenario": scenario.name,
        "metric": scenario.metric.id,
        "higher_is_better": scenario.metric.higher_is_better,
        "decision": scenario.decision,
        "protocol": asdict(protocol),
        "recipes": dict(recipes),
        "moments": list(EVALUATION_STEPS),
        "risk_edges": round_all(RISK_EDGES),
        "shots": all_shots.tolist(),
        "learners": {name: _columns([column.points[name] for column in by_shots.values()]) for name in names},
        "comparison": _compare(scores, all_shots, sign=scenario.metric.sign),
        "novelty": {"shots": NOVELTY_SHOTS, "rho": list(by_novelty), "score": novelty}
        | _crossing(novelty, list(by_novelty), sign=scenario.metric.sign),
    }


def _crossing(
    novelty: Mapping[str, list[list[float | None]]], rhos: Sequence[float] = NOVELTIES, *, sign: int = 1
) -> dict[str, object]:
    """The best from-scratch score at every novelty, and where it overtakes the meta-learner (None: nowhere)."""
    means = {name: np.array([point[0] for point in points], float) for name, points in novelty.items()}
    baseline = sign * np.max(
        [sign * means[name] for name in registry.published_from_scratch() if name in means], axis=0
    )
    ahead = sign * (means["maml"] - baseline)
    behind = np.flatnonzero(ahead < 0)
    overtaken = None
    if len(behind) and (i := behind[0]) > 0:  # linear between the two novelties around it
        overtaken = rhos[i - 1] + (rhos[i] - rhos[i - 1]) * ahead[i - 1] / (ahead[i - 1] - ahead[i])
    return {
        "best_from_scratch": round_all(baseline),
        "overtaken_at": None if overtaken is None else round(float(overtaken), 2),
    }


def _compare(scores: Mapping[str, Array], all_shots: Labels, *, sign: int = 1) -> dict[str, object]:
    """The meta-learner against the best of those who start from scratch, at every number of labels."""
    scores = {name: sign * score for name, score in scores.items()}
    known = [name for name in registry.published_from_scratch() if name in scores]
    best = [max(known, key=lambda name: scores[name][:, column].mean()) for column in range(len(all_shots))]
    baseline = np.stack([scores[name][:, column] for column, name in enumerate(best)], axis=1)
    columns = range(len(all_shots))
    gaps = [gap_closed(scores["maml"][:, c], baseline[:, c], scores["bayes"][:, c]) for c in columns]
    worth = [labels_worth(scores["maml"][:, c], baseline, all_shots) for c in columns]
    return {
        "from_scratch": known,
        "best_from_scratch": best,
        "gap_closed": [gap.rounded(DIGITS) for gap in gaps],
        "labels_worth": [value.rounded(1) for value in worth],
    }


def _columns(points: list[dict[str, object]]) -> dict[str, list[object]]:
    return {key: [point[key] for point in points] for key in points[0]}


def write(results: dict[str, object], path: Path) -> None:
    with whole_file(path) as file:
        file.write(json.dumps(results, separators=(",", ":"), allow_nan=False).encode() + b"\n")
