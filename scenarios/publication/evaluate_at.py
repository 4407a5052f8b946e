"""Evaluation of one learner on the test tasks, at one number of labels or one task shift.

The parts that a study is made of. Each is a plain function of names and numbers, so that it can run in any process.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from scenarios.catalog import scenario_named
from scenarios.dataclass_json import Counts, Floats, to_json
from scenarios.decisions.catalog import decision_named
from scenarios.episode import Episode
from scenarios.evaluation.curves import adapt_ms, fresh_episode
from scenarios.evaluation.estimate import Estimate
from scenarios.evaluation.statistics import mean_with_interval, range_over_tasks
from scenarios.learner import EVALUATION_STEPS, IterativeLearner, Learner
from scenarios.learners import fitting
from scenarios.learners.registry import TRACED, members
from scenarios.meta_learner.meta_train import meta_train
from scenarios.protocol import QUANTILES, QUERIES, EvaluationProtocol
from scenarios.publication.results import FALSE_ALARMS, RISK_BINS, Cost
from scenarios.recipe import Recipe
from scenarios.scenario import Scenario
from scenarios.task import Array, Labels

RISK_EDGES = np.linspace(-6, 6, RISK_BINS - 1)  # inner edges of the bins of predicted risk, in log odds
_CHUNKS, _CHUNK = 4, 20  # chunks of meta-steps whose pace is measured
DIGITS, FINE_DIGITS = 4, 6  # digits of proportions, and of squared errors, which may be small


@dataclass(frozen=True, eq=False, kw_only=True)
class Point:
    """One learner at one number of labels; shapes are those of `LearnerFigures` without the axis of labels."""

    score: Estimate
    measures: dict[str, Floats]
    ranges: dict[str, Floats] | None = None
    risk_counts: Counts | None = None
    risk_sums: Floats | None = None
    trajectory: Floats | None = None
    evaluation_step: int | None = None


@dataclass(frozen=True, eq=False)
class Column:
    """All learners on the same tasks with the same labels: published measures, and scores (tasks,)."""

    points: dict[str, Point]
    scores: dict[str, Floats]


@dataclass(frozen=True, eq=False)
class SeedScores:
    """The scores (tasks,) of a learner trained otherwise than the shipped one, by the number of labels.

    The headline measure (3, ...) of the scenario's decision, by the number of labels too, where it is wanted.
    """

    scores: dict[str, Floats]
    headline: dict[str, Floats] | None = None


def judge(
    scenario: Scenario, chosen: Mapping[str, Learner], shots: int, protocol: EvaluationProtocol, *, novelty: float = 0.0
) -> Column:
    """Adapt learners to the same test tasks."""
    episode = fresh_episode(scenario, shots=shots, novelty=novelty, **asdict(protocol))
    column = Column({}, {})
    for name, learner in chosen.items():
        column.points[name], column.scores[name] = _point(scenario, learner, episode, watched=name in TRACED)
    return column


def judged(scenario_name: str, name: str, shots: int, protocol: Mapping[str, int], novelty: float) -> dict[str, Any]:
    """Return the JSON of the evaluation of one learner."""
    scenario = scenario_named(scenario_name)
    episode = _episode(scenario_name, shots, EvaluationProtocol(**protocol), novelty)
    point, scores = _point(scenario, fitting.load(scenario, name), episode, watched=name in TRACED)
    content: dict[str, Any] = to_json(Column({name: point}, {name: scores}))
    return content


@lru_cache(maxsize=1)  # a process evaluates several learners on the same tasks
def _episode(scenario_name: str, shots: int, protocol: EvaluationProtocol, novelty: float) -> Episode:
    return fresh_episode(scenario_named(scenario_name), shots=shots, novelty=novelty, **asdict(protocol))


def warned(scenario_name: str, all_shots: Iterable[int], protocol: Mapping[str, int], novelty: float) -> dict[str, Any]:
    """Return the JSON of SeedScores: whether the test of familiarity warns of each task (0 or 1), by shots."""
    scenario, at = scenario_named(scenario_name), EvaluationProtocol(**protocol)
    found = {}
    for shots in all_shots:
        episode = _episode(scenario_name, shots, at, novelty)
        found[str(shots)] = (fitting.familiarity_test(scenario, shots).p_values(episode) <= FALSE_ALARMS).astype(float)
    content: dict[str, Any] = to_json(SeedScores(found))
    return content


def timed(scenario_name: str, names: Iterable[str], shots: int, seed: int) -> dict[str, Any]:
    """Return the JSON of each learner's Cost.

    The seconds of meta-training are estimated from a few meta-steps, without compiling, sampling tasks and tuning
    on them.
    """
    scenario = scenario_named(scenario_name)
    episode = fresh_episode(scenario, tasks=1, shots=shots, queries=QUERIES, seed=seed)
    costs = {}
    for name in names:
        trained = [
            settings
            for each in (members(scenario, name) or (name,))
            if (settings := fitting.load_checkpoint(scenario, each).metadata.get("settings"))
        ]
        seconds = sum(_seconds(scenario, Recipe.from_dict(settings)) for settings in trained)
        costs[name] = Cost(
            adapt_ms=round(adapt_ms(fitting.load(scenario, name), episode), 3),
            train_seconds=round(seconds, 1) if trained else None,
        )
    content: dict[str, Any] = to_json(costs)
    return content


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
    """Train a learner once more from another seed, on other training tasks. Returns the JSON of its SeedScores."""
    scenario = scenario_named(scenario_name)
    learner = fitting.restore(scenario, name, fitting.fit(scenario, name, seed))
    columns = {shots: judge(scenario, {name: learner}, shots, EvaluationProtocol(**protocol)) for shots in all_shots}
    content: dict[str, Any] = to_json(SeedScores({str(shots): each.scores[name] for shots, each in columns.items()}))
    return content


def _point(scenario: Scenario, learner: Learner, episode: Episode, *, watched: bool) -> tuple[Point, Floats]:
    """Return the measures of one learner at one number of labels, and its score on every task."""
    trajectory, evaluation_step = None, None
    if watched and isinstance(learner, IterativeLearner):
        answers, evaluation_step = learner.trajectory(episode), learner.evaluation_step(episode.shots)
        answer = answers[EVALUATION_STEPS.index(evaluation_step)]
        by_step = scenario.metric.compute(answers, episode.query.y)
        trajectory = column_intervals(by_step.T, digits(scenario))
    else:
        answer = learner.predict(episode)
    scores: Floats = np.asarray(scenario.metric.compute(answer, episode.query.y), float)
    decision = decision_named(scenario.decision)
    measures = decision.measure(answer, episode.query.y)
    ranges = {name: _range90(measures[name]) for name, field in decision.fields.items() if field.has_range}
    counts, sums = (None, None) if scenario.regression else _binned_risks(answer, episode.query.y)
    point = Point(
        score=mean_with_interval(scores).rounded(digits(scenario)),
        measures={name: _measured(values) for name, values in measures.items()},
        ranges=ranges or None,
        risk_counts=counts,
        risk_sums=sums,
        trajectory=trajectory,
        evaluation_step=evaluation_step,
    )
    return point, scores


def _measured(values: Array) -> Floats:
    """Mean, low and high over tasks: (tasks, ...) -> (3, ...)."""
    flat = values.reshape(len(values), -1)
    estimates = np.array([mean_with_interval(column) for column in flat.T])
    return np.round(estimates.T.reshape(3, *values.shape[1:]), DIGITS)


def _range90(values: Array) -> Floats:
    """Return the ends of the range in which nine tasks in ten lie: (tasks, ...) -> (2, ...)."""
    ends = range_over_tasks(values.reshape(len(values), -1))
    return np.round(ends.T.reshape(2, *values.shape[1:]), DIGITS)


def score_ranges(scenario: Scenario, scores: Array) -> Floats:
    """Return where nine tasks in ten lie, as the metric has it: scores (tasks, n), more is better -> (n, 2)."""
    ends: Floats = np.sort(scenario.metric.sign * range_over_tasks(scores)).round(digits(scenario))
    return ends


def score_quantiles(scenario: Scenario, scores: Array) -> Floats:
    """Return QUANTILES over tasks, as the metric has it: scores (tasks, n), more is better -> (n, quantiles)."""
    found: Floats = np.quantile(scenario.metric.sign * scores, QUANTILES, axis=0).T.round(digits(scenario))
    return found


def intervals(estimates: Iterable[Estimate], digits: int) -> Floats:
    """Return estimates as an array, rounded: (n, 3)."""
    return np.array([each.rounded(digits) for each in estimates])


def column_intervals(values: Array, digits: int) -> Floats:
    """Return the mean over tasks in each column with its interval, rounded: (tasks, n) -> (n, 3)."""
    return intervals(map(mean_with_interval, values.T), digits)


def _binned_risks(probabilities: Array, y: Labels) -> tuple[Counts, Floats]:
    """Return counts of each predicted risk of the last class if false and if true (2, bins), and its sum (bins,)."""
    risk = np.clip(probabilities[..., -1], 1e-6, 1 - 1e-6)
    came = y == probabilities.shape[-1] - 1
    edges, log_odds = np.concatenate([[-np.inf], RISK_EDGES, [np.inf]]), np.log(risk / (1 - risk))
    counts = [np.histogram(log_odds[came == true], edges)[0] for true in (False, True)]
    return np.stack(counts), np.array(round_all(np.histogram(log_odds, edges, weights=risk)[0]))


def digits(scenario: Scenario) -> int:
    """Return the decimals of a published score."""
    return FINE_DIGITS if scenario.regression else DIGITS


def round_all(values: Array) -> list[float]:
    """Return the values with DIGITS decimals."""
    return [round(float(value), DIGITS) for value in values]
