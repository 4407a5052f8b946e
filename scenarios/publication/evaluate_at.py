"""One number of labels, or one degree of novelty: what every learner makes of the same fresh tasks.

The parts that a study is made of. Each is a plain function of names and numbers, so that it can run in any process.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from scenarios.catalog import scenario_named
from scenarios.episode import Episode
from scenarios.evaluation.curves import adapt_ms, fresh_episode
from scenarios.evaluation.decisions import DECISIONS
from scenarios.evaluation.protocol import QUERIES, EvaluationProtocol
from scenarios.evaluation.statistics import mean_with_interval
from scenarios.learner import EVALUATION_STEPS, IterativeLearner, Learner
from scenarios.learners import fitting
from scenarios.learners.registry import TRACED
from scenarios.meta_learner.meta_train import meta_train
from scenarios.recipe import Recipe
from scenarios.scenario import Scenario
from scenarios.task import Array, Labels

RISK_EDGES = np.linspace(-6, 6, 19)  # inner edges of the bins of predicted risk, in log odds
_CHUNKS, _CHUNK = 4, 20  # of meta-steps, whose pace is taken
DIGITS, FINE_DIGITS = 4, 6  # of shares, and of squared errors, which may be small


@dataclass(frozen=True)
class Column:
    """All learners on the same tasks with the same labels."""

    points: dict[str, dict[str, Any]]  # learner -> what is published of it
    scores: dict[str, Array]  # learner -> (tasks,)

    def as_dict(self) -> dict[str, Any]:
        return {"points": self.points, "scores": {name: scores.tolist() for name, scores in self.scores.items()}}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> "Column":
        """What `as_dict` gave. Raises KeyError, TypeError or ValueError where it is anything else."""
        return cls(dict(kept["points"]), {name: np.array(scores, float) for name, scores in kept["scores"].items()})


def judge(
    scenario: Scenario, chosen: Mapping[str, Learner], shots: int, protocol: EvaluationProtocol, *, novelty: float = 0.0
) -> Column:
    """Let learners adapt to the same fresh tasks."""
    episode = fresh_episode(scenario, shots=shots, novelty=novelty, **asdict(protocol))
    found = {name: _point(scenario, learner, episode, watched=name in TRACED) for name, learner in chosen.items()}
    return Column(
        {name: point for name, (point, _) in found.items()}, {name: each for name, (_, each) in found.items()}
    )


def judged(
    scenario_name: str, names: Iterable[str], shots: int, protocol: Mapping[str, int], novelty: float
) -> dict[str, Any]:
    """`judge`, by names: a column as a file has it."""
    scenario = scenario_named(scenario_name)
    chosen = {name: fitting.load(scenario, name) for name in names}
    return judge(scenario, chosen, shots, EvaluationProtocol(**protocol), novelty=novelty).as_dict()


def timed(scenario_name: str, names: Iterable[str], shots: int, seed: int) -> dict[str, Any]:
    """What each learner costs: milliseconds to adapt to one task and answer its queries, seconds of meta-training.

    The seconds are told from the pace of a few meta-steps; without compiling, drawing tasks and tuning on them.
    """
    scenario = scenario_named(scenario_name)
    episode = fresh_episode(scenario, tasks=1, shots=shots, queries=QUERIES, seed=seed)
    found = {}
    for name in names:
        settings = fitting.load_checkpoint(scenario, name).metadata.get("settings")
        found[name] = {
            "adapt_ms": round(adapt_ms(fitting.load(scenario, name), episode), 3),
            "train_seconds": round(_seconds(scenario, Recipe.from_dict(settings)), 1) if settings else None,
        }
    return found


def _seconds(scenario: Scenario, recipe: Recipe) -> float:
    """Of all meta-steps, from the quickest of a few chunks after the first, which compiles."""
    steps = meta_train(scenario, replace(recipe, train_tasks=200), seed=0, chunk=_CHUNK)
    times = []
    for _ in range(_CHUNKS):
        began = time.perf_counter()
        next(steps)
        times.append(time.perf_counter() - began)
    return min(times[1:]) / _CHUNK * recipe.meta_steps


def trained_again(
    scenario_name: str, name: str, seed: int, all_shots: Iterable[int], protocol: Mapping[str, int]
) -> dict[str, Any]:
    """A learner trained once more from another seed, on other training tasks: its scores, shots -> (tasks,)."""
    scenario = scenario_named(scenario_name)
    learner = fitting.restore(scenario, name, fitting.fit(scenario, name, seed))
    columns = {shots: judge(scenario, {name: learner}, shots, EvaluationProtocol(**protocol)) for shots in all_shots}
    return {"scores": {str(shots): column.scores[name].tolist() for shots, column in columns.items()}}


def _point(scenario: Scenario, learner: Learner, episode: Episode, *, watched: bool) -> tuple[dict[str, object], Array]:
    """One learner at one number of labels: what is published, and its score on every task."""
    by_step: dict[str, object] = {}
    if watched and isinstance(learner, IterativeLearner):
        trajectory, evaluation_step = learner.trajectory(episode), learner.evaluation_step(episode.shots)
        answer = trajectory[EVALUATION_STEPS.index(evaluation_step)]
        scores_by_step = scenario.metric.compute(trajectory, episode.query.y)
        by_step["walk"] = [mean_with_interval(each).rounded(digits(scenario)) for each in scores_by_step]
        by_step["judged_after"] = evaluation_step
    else:
        answer = learner.predict(episode)
    scores = scenario.metric.compute(answer, episode.query.y)
    point: dict[str, object] = {"score": mean_with_interval(scores).rounded(digits(scenario)), **by_step}
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
    return [np.round(part.reshape(values.shape[1:]), DIGITS).tolist() for part in parts]


def _binned_risks(probabilities: Array, y: Labels) -> tuple[list[list[int]], list[float]]:
    """How often each risk of the last class was said where it was false and where true (2, bins); its sum (bins,)."""
    risk = np.clip(probabilities[..., -1], 1e-6, 1 - 1e-6)
    came = y == probabilities.shape[-1] - 1
    edges, log_odds = np.concatenate([[-np.inf], RISK_EDGES, [np.inf]]), np.log(risk / (1 - risk))
    counts = [np.histogram(log_odds[came == true], edges)[0].tolist() for true in (False, True)]
    return counts, round_all(np.histogram(log_odds, edges, weights=risk)[0])


def digits(scenario: Scenario) -> int:
    return FINE_DIGITS if scenario.regression else DIGITS


def round_all(values: Array) -> list[float]:
    return [round(float(value), DIGITS) for value in values]
