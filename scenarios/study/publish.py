"""The figures that pages show before any work is done: `python -m scenarios study NAME` writes them.

One JSON file a scenario: score against labels for every learner, score against inner steps for those that walk, what
they mean for decisions, how sure the learners are against how often they are right, what labels are worth, and what
novelty does.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from scenarios.episode import Episode
from scenarios.learner import MOMENTS, Learner, Walker
from scenarios.scenario import Scenario
from scenarios.study.curves import fresh_episode
from scenarios.study.decisions import DECISIONS
from scenarios.study.metrics import higher_is_better, score
from scenarios.study.presets import SHOTS
from scenarios.study.statistics import gap_closed, labels_worth, mean_with_interval
from scenarios.task import Array, Labels
from scenarios.whole_files import whole_file

PUBLISHED = (  # whose figures the pages show
    "maml", "scratch", "logistic", "least_squares", "pooled", "z_scored", "fine_tuned", "rule", "bayes",
)  # fmt: skip
WATCHED = ("maml", "scratch")  # whose every step is published
FROM_SCRATCH = ("scratch", "logistic", "least_squares")  # those that see nothing but the support set
RISK_EDGES = np.linspace(-6, 6, 19)  # inner edges of the bins of predicted risk, in log odds
NOVELTIES = (0.0, 0.25, 0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)
NOVELTY_SHOTS = 10
_DIGITS, _FINE_DIGITS = 4, 6  # of shares, and of squared errors, which may be small


@dataclass(frozen=True)
class Protocol:
    """Everything that decides the published figures, apart from the weights."""

    tasks: int = 600
    queries: int = 200
    seed: int = 0


def study(
    scenario: Scenario,
    learners: dict[str, Learner],
    recipes: dict[str, dict[str, object]],
    protocol: Protocol,
    report: Callable[[float, str], None],
) -> dict[str, object]:
    """Run the whole study of one scenario. `recipes` tell how the learners were made, and are published with it."""
    all_shots = np.array([shots for shots in SHOTS if shots <= scenario.max_shots])
    steps = len(all_shots) + len(NOVELTIES)
    curves: dict[str, list[dict[str, object]]] = {name: [] for name in learners}
    scores = {name: np.empty((protocol.tasks, len(all_shots))) for name in learners}
    for column, shots in enumerate(all_shots):
        episode = fresh_episode(scenario, shots=int(shots), **asdict(protocol))
        for name, learner in learners.items():
            point, scores[name][:, column] = _point(scenario, learner, episode, watched=name in WATCHED)
            curves[name].append(point)
        report((column + 1) / steps, f"{shots} labels per class")

    novelty: dict[str, list[list[float | None]]] = {name: [] for name in learners if name != "bayes"}  # a wrong prior
    for row, rho in enumerate(NOVELTIES):
        episode = fresh_episode(scenario, shots=NOVELTY_SHOTS, novelty=rho, **asdict(protocol))
        for name in novelty:
            found = score(scenario.metric, learners[name].predict(episode), episode.query.y)
            novelty[name].append(mean_with_interval(found).rounded(_digits(scenario)))
        report((len(all_shots) + row + 1) / steps, f"novelty {rho}")

    return {
        "scenario": scenario.name,
        "metric": scenario.metric,
        "higher_is_better": higher_is_better(scenario.metric),
        "decision": scenario.decision,
        "protocol": asdict(protocol),
        "recipes": recipes,
        "moments": list(MOMENTS),
        "risk_edges": _round_all(RISK_EDGES),
        "shots": all_shots.tolist(),
        "learners": {name: _columns(points) for name, points in curves.items()},
        "comparison": _compare(scores, all_shots, sign=_sign(scenario)),
        "novelty": {"shots": NOVELTY_SHOTS, "rho": list(NOVELTIES), "score": novelty}
        | _crossing(novelty, sign=_sign(scenario)),
    }


def _sign(scenario: Scenario) -> int:
    """1 where a higher score is better, -1 where a lower one is."""
    return 1 if higher_is_better(scenario.metric) else -1


def _digits(scenario: Scenario) -> int:
    return _FINE_DIGITS if scenario.regression else _DIGITS


def _crossing(novelty: dict[str, list[list[float | None]]], *, sign: int = 1) -> dict[str, object]:
    """The best from-scratch score at every novelty, and where it overtakes the meta-learner (None: nowhere)."""
    means = {name: np.array([point[0] for point in points], float) for name, points in novelty.items()}
    baseline = sign * np.max([sign * means[name] for name in FROM_SCRATCH if name in means], axis=0)
    ahead = sign * (means["maml"] - baseline)
    behind = np.flatnonzero(ahead < 0)
    overtaken = None
    if len(behind) and (i := behind[0]) > 0:  # linear between the two novelties around it
        overtaken = NOVELTIES[i - 1] + (NOVELTIES[i] - NOVELTIES[i - 1]) * ahead[i - 1] / (ahead[i - 1] - ahead[i])
    return {
        "best_from_scratch": _round_all(baseline),
        "overtaken_at": None if overtaken is None else round(float(overtaken), 2),
    }


def _point(scenario: Scenario, learner: Learner, episode: Episode, *, watched: bool) -> tuple[dict[str, object], Array]:
    """One learner at one number of labels: what is published, and its score on every task."""
    walking: dict[str, object] = {}
    if watched and isinstance(learner, Walker):
        walk, judged_after = learner.walk(episode), learner.judged_after(episode.shots)
        answer = walk[MOMENTS.index(judged_after)]
        by_moment = score(scenario.metric, walk, episode.query.y)
        walking["walk"] = [mean_with_interval(each).rounded(_digits(scenario)) for each in by_moment]
        walking["judged_after"] = judged_after
    else:
        answer = learner.predict(episode)
    scores = score(scenario.metric, answer, episode.query.y)
    point: dict[str, object] = {"score": mean_with_interval(scores).rounded(_digits(scenario)), **walking}
    for measure, values in DECISIONS[scenario.decision](answer, episode.query.y).items():
        point[measure] = _interval(values)
    if not scenario.regression:
        point["risk_counts"], point["risk_sums"] = _binned_risks(answer, episode.query.y)
    return point, scores


def _interval(values: Array) -> list[object]:
    """Mean, low and high over tasks, each in the shape of one task's value: (tasks, ...) -> [(...), (...), (...)]."""
    flat = values.reshape(len(values), -1)
    estimates = [mean_with_interval(column) for column in flat.T]
    parts = [np.array([getattr(estimate, part) for estimate in estimates]) for part in ("mean", "low", "high")]
    return [np.round(part.reshape(values.shape[1:]), _DIGITS).tolist() for part in parts]


def _binned_risks(probabilities: Array, y: Labels) -> tuple[list[list[int]], list[float]]:
    """How often each risk of the last class was said where it was false and where true (2, bins); its sum (bins,)."""
    risk = np.clip(probabilities[..., -1], 1e-6, 1 - 1e-6)
    came = y == probabilities.shape[-1] - 1
    edges, log_odds = np.concatenate([[-np.inf], RISK_EDGES, [np.inf]]), np.log(risk / (1 - risk))
    counts = [np.histogram(log_odds[came == true], edges)[0].tolist() for true in (False, True)]
    return counts, _round_all(np.histogram(log_odds, edges, weights=risk)[0])


def _compare(scores: Mapping[str, Array], all_shots: Labels, *, sign: int = 1) -> dict[str, object]:
    """The meta-learner against the best of those who start from scratch, at every number of labels."""
    scores = {name: sign * score for name, score in scores.items()}
    known = [name for name in FROM_SCRATCH if name in scores]
    best = [max(known, key=lambda name: scores[name][:, column].mean()) for column in range(len(all_shots))]
    baseline = np.stack([scores[name][:, column] for column, name in enumerate(best)], axis=1)
    columns = range(len(all_shots))
    gaps = [gap_closed(scores["maml"][:, c], baseline[:, c], scores["bayes"][:, c]) for c in columns]
    worth = [labels_worth(scores["maml"][:, c], baseline, all_shots) for c in columns]
    return {
        "best_from_scratch": best,
        "gap_closed": [gap.rounded(_DIGITS) for gap in gaps],
        "labels_worth": [value.rounded(1) for value in worth],
    }


def _round_all(values: Array) -> list[float]:
    return [round(float(value), _DIGITS) for value in values]


def _columns(points: list[dict[str, object]]) -> dict[str, list[object]]:
    return {key: [point[key] for point in points] for key in points[0]}


def write(results: dict[str, object], path: Path) -> None:
    with whole_file(path) as file:
        file.write(json.dumps(results, separators=(",", ":"), allow_nan=False).encode() + b"\n")
