"""The figures that pages show before any work is done: `python -m scenarios study NAME` writes them.

One JSON file a scenario: score against labels for every learner, score against inner steps for those that walk, how
sure they are against how often they are right, what labels are worth, and what novelty does.
"""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from scenarios.learner import MOMENTS, Learner, Walker
from scenarios.scenario import Scenario
from scenarios.study.curves import test_episode
from scenarios.study.metrics import higher_is_better, score, sensitivity_at
from scenarios.study.statistics import Estimate, gap_closed, labels_worth, mean_with_interval
from scenarios.task import Array, Labels

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "results"
FROM_SCRATCH = ("scratch", "logistic")  # those that see nothing but the support set
SPECIFICITY = 0.9
RISK_BINS = 20
NOVELTIES = (0.0, 0.25, 0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)
NOVELTY_SHOTS = 10
_DIGITS = 4


@dataclass(frozen=True)
class Protocol:
    """Everything that decides the published figures, apart from the weights."""

    tasks: int = 600
    queries: int = 200
    seed: int = 0


def study(
    scenario: Scenario, learners: dict[str, Learner], protocol: Protocol, report: Callable[[float, str], None]
) -> dict[str, object]:
    """Run the whole study of one scenario; about a quarter of an hour on two cores."""
    all_shots = np.arange(1, scenario.max_shots + 1)
    steps = len(all_shots) + len(NOVELTIES)
    curves: dict[str, list[dict[str, object]]] = {name: [] for name in learners}
    scores = {name: np.empty((protocol.tasks, len(all_shots))) for name in learners}
    for column, shots in enumerate(all_shots):
        episode = test_episode(scenario, shots=int(shots), **asdict(protocol))
        for name, learner in learners.items():
            point, scores[name][:, column] = _point(scenario, learner, episode)
            curves[name].append(point)
        report((column + 1) / steps, f"{shots} labels per class")

    novelty: dict[str, list[list[float]]] = {name: [] for name in learners}
    for row, rho in enumerate(NOVELTIES):
        episode = test_episode(scenario, shots=NOVELTY_SHOTS, novelty=rho, **asdict(protocol))
        for name, learner in learners.items():
            found = score(scenario.metric, learner.predict(episode), episode.query.y)
            novelty[name].append(_rounded(mean_with_interval(found)))
        report((len(all_shots) + row + 1) / steps, f"novelty {rho}")

    return {
        "scenario": scenario.name,
        "metric": scenario.metric,
        "higher_is_better": higher_is_better(scenario.metric),
        "specificity": SPECIFICITY,
        "protocol": asdict(protocol),
        "moments": list(MOMENTS),
        "shots": all_shots.tolist(),
        "learners": {name: _columns(points) for name, points in curves.items()},
        "comparison": _compare(scores, all_shots),
        "novelty": {"shots": NOVELTY_SHOTS, "rho": list(NOVELTIES), "score": novelty},
    }


def _point(scenario: Scenario, learner: Learner, episode: object) -> tuple[dict[str, object], Array]:
    """One learner at one number of labels: what is published, and its score on every task."""
    if isinstance(learner, Walker):
        walk = learner.walk(episode)
        answer = walk[MOMENTS.index(learner.judged_after(episode.shots))]
    else:
        walk, answer = None, learner.predict(episode)
    scores = score(scenario.metric, answer, episode.query.y)
    point: dict[str, object] = {
        "score": _rounded(mean_with_interval(scores)),
        "sensitivity": _rounded(mean_with_interval(sensitivity_at(SPECIFICITY, answer, episode.query.y))),
        "risk_counts": _risk_counts(answer, episode.query.y),
    }
    if walk is not None:
        by_moment = score(scenario.metric, walk, episode.query.y)
        point["walk"] = [_rounded(mean_with_interval(at_moment)) for at_moment in by_moment]
        point["judged_after"] = learner.judged_after(episode.shots)
    return point, scores


def _risk_counts(probabilities: Array, y: Labels) -> list[list[int]]:
    """How often each predicted risk was said, by true class: (2, RISK_BINS), bins of equal width in the log odds."""
    risk = np.clip(probabilities[..., 1], 1e-6, 1 - 1e-6)
    return [np.histogram(np.log(risk / (1 - risk))[y == label], risk_bins())[0].tolist() for label in (0, 1)]


def risk_bins() -> Array:
    """The edges of the bins of predicted risk, in log odds."""
    edges = np.linspace(-6, 6, RISK_BINS - 1)
    return np.concatenate([[-np.inf], edges, [np.inf]])


def _compare(scores: dict[str, Array], all_shots: Array) -> dict[str, object]:
    """The meta-learner against the best of those who start from scratch, at every number of labels."""
    best = [max(FROM_SCRATCH, key=lambda name: scores[name][:, column].mean()) for column in range(len(all_shots))]
    baseline = np.stack([scores[name][:, column] for column, name in enumerate(best)], axis=1)
    columns = range(len(all_shots))
    gaps = [gap_closed(scores["maml"][:, c], baseline[:, c], scores["bayes"][:, c]) for c in columns]
    worth = [labels_worth(scores["maml"][:, c], baseline, all_shots) for c in columns]
    return {
        "best_from_scratch": best,
        "gap_closed": [_rounded(gap) for gap in gaps],
        "labels_worth": [_rounded(value, digits=1) for value in worth],
    }


def _rounded(value: Estimate, digits: int = _DIGITS) -> list[float | None]:
    """[mean, low, high]; None stands for "more than was measured"."""
    return [round(x, digits) if np.isfinite(x) else None for x in (value.mean, value.low, value.high)]


def _columns(points: list[dict[str, object]]) -> dict[str, list[object]]:
    return {key: [point[key] for point in points] for key in points[0]}


def path_of(scenario_name: str, folder: Path = FOLDER) -> Path:
    return folder / f"{scenario_name}.json"


def write_whole(path: Path, content: str) -> None:
    """Write a text file that is either whole or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(path.suffix + ".part")
    part.write_text(content, encoding="utf-8")
    os.replace(part, path)


def write(results: dict[str, object], path: Path) -> None:
    write_whole(path, json.dumps(results, separators=(",", ":"), allow_nan=False) + "\n")
