"""The challenges of meta-learning, measured: `python -m scenarios challenges NAME` writes them.

The number of tasks, the compute and the tuning that it needs. Only one factor is varied at a time, the rest is as in
the scenario's recipe, and all are evaluated on the same test tasks. Trainings that are not timed are cached.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from scenarios.catalog import scenario_named
from scenarios.dataclass_json import Floats, from_json, to_json
from scenarios.episode import Episode
from scenarios.evaluation.curves import fresh_episode
from scenarios.evaluation.estimate import Estimate
from scenarios.evaluation.statistics import mean_with_interval
from scenarios.learner import EVALUATION_STEPS, Learner
from scenarios.learners import fitting, registry
from scenarios.learners.meta_learned import learner_of
from scenarios.meta_learner import gradient, inner_loop, meta_train, network
from scenarios.meta_learner.meta_train import TrainState
from scenarios.meta_learner.weights import Report
from scenarios.protocol import EvaluationProtocol
from scenarios.publication import cached_jobs
from scenarios.publication.cached_jobs import CachedJob
from scenarios.publication.code_lines import code_lines
from scenarios.publication.plan import made_from
from scenarios.publication.results import (
    ByDiversity,
    ByTaskCount,
    ChallengeResults,
    Complexity,
    Derivatives,
    Reference,
    References,
    Run,
)
from scenarios.publication.task_diversity import narrowed
from scenarios.recipe import Recipe
from scenarios.scenario import Scenario
from scenarios.task import Array

TASK_COUNTS = (10, 30, 100, 300, 1000, 3000, 10_000, 20_000)
SHARES = (0.01, 0.03, 0.1, 0.3, 1.0)  # shares of all tasks from which training tasks are drawn
INNER_LRS = (0.003, 0.01, 0.03, 0.1, 0.2, 0.5, 1.0)
WALKED = (0, 1, 2, 5, 10, 20, 50, 100, 200)  # inner steps, some of EVALUATION_STEPS
SHOTS = 5  # labelled examples per class of all evaluations
_LOOKS = 12  # at a meta-training that is under way
_CHUNKS = 400  # that it is cut into, to be timed
_OWN_CODE = (network, inner_loop, gradient, meta_train)
_DIGITS = 6


@dataclass(frozen=True)
class Judge:
    """The test tasks of all evaluations."""

    scenario: Scenario
    episode: Episode

    @classmethod
    def of(cls, scenario: Scenario, protocol: EvaluationProtocol) -> "Judge":
        """Return the evaluation of a scenario by a protocol."""
        return cls(scenario, fresh_episode(scenario, shots=SHOTS, **asdict(protocol)))

    def scores(self, learner: Learner) -> Array:
        """Return a learner's scores: (tasks,)."""
        return self.scenario.metric.compute(learner.predict(self.episode), self.episode.query.y)

    def ahead(self, scores: Array, of: Array) -> Estimate:
        """How much better one is than the other on the same tasks, whichever way the metric runs."""
        return _interval(self.scenario.metric.sign * (scores - of))


@dataclass(frozen=True)
class WatchedRun:
    """One meta-training, watched."""

    steps: list[int]  # meta-steps at which it was evaluated
    seconds: list[float]  # that they took, without compilation and without looking
    scores: Array  # (looks, tasks)
    last: TrainState
    pace: Array  # seconds for each chunk but the first, which compiles


def trained(scenario_name: str, recipe: dict[str, Any], share: float, protocol: Mapping[str, int]) -> dict[str, Any]:
    """Return the scores of each task after a meta-training on the nearest `share` of all tasks, for JSON."""
    judge, as_asked = Judge.of(scenario_named(scenario_name), EvaluationProtocol(**protocol)), from_json(Recipe, recipe)
    tasks = narrowed(judge.scenario, share, protocol["seed"])
    *_, last = meta_train.meta_train(tasks, as_asked, protocol["seed"], chunk=1000)
    return {"scores": judge.scores(learner_of(last.state, as_asked)).tolist()}


def challenges(
    scenario: Scenario,
    protocol: EvaluationProtocol,
    executor: Executor,
    kept: Path,
    report: Report,
    *,
    task_counts: Sequence[int] = TASK_COUNTS,
    shares: Sequence[float] = SHARES,
    inner_lrs: Sequence[float] = INNER_LRS,
) -> ChallengeResults:
    """Measure all of them. Raises UserError when a baseline's weights are missing or damaged.

    `executor` trains what is not timed and not yet in the folder `kept`; this process times the two orders of
    derivatives alone, when all else has ended.
    """
    judge = Judge.of(scenario, protocol)
    reference = _reference(judge)
    recipe = scenario.recipe
    second, first = (replace(recipe, first_order=dropped) for dropped in (False, True))
    by_count = {count: replace(recipe, train_tasks=count) for count in sorted({*task_counts, recipe.train_tasks})}
    by_lr = {lr: replace(recipe, inner_lr=lr) for lr in sorted({*inner_lrs, recipe.inner_lr})}
    others = [(r, 1.0) for r in (*by_count.values(), *by_lr.values()) if r not in (second, first)]
    others += [(recipe, share) for share in shares if share < 1]
    jobs = {other: _job(scenario, *other, protocol) for other in dict.fromkeys(others)}
    timed = 2 / (2 + len(jobs))  # share of all trainings
    answers = cached_jobs.measure(jobs.values(), executor, kept, lambda done, word: report((1 - timed) * done, word))
    found = {other: np.array(answers[job.name]["scores"]) for other, job in jobs.items()}
    runs = _side_by_side(
        judge, (second, first), protocol.seed, lambda done: report(1 - timed + timed * done, "both orders, timed")
    )
    found |= {(made, 1.0): run.scores[-1] for made, run in runs.items()}
    by_share = {share: found[recipe, share] for share in sorted({*shares, 1.0})}

    return ChallengeResults(
        scenario=scenario.name,
        metric_id=scenario.metric.id,
        higher_is_better=scenario.metric.higher_is_better,
        protocol=protocol,
        shots=SHOTS,
        recipe=recipe,
        reference=References(**{
            name: Reference(learner=learner, score=_interval(scores)) for name, (learner, scores) in reference.items()
        }),
        data=ByTaskCount(
            train_tasks=tuple(by_count),
            **_against(judge, [found[made, 1.0] for made in by_count.values()], reference["from_scratch"][1]),
        ),
        diversity=ByDiversity(
            shares=tuple(by_share),
            **_against(judge, [*by_share.values()], reference["from_scratch"][1]),
        ),
        compute=_compute(judge, runs[second], runs[first]),
        complexity=Complexity(
            **_by_inner_lr(judge, {lr: found[made, 1.0] for lr, made in by_lr.items()}),
            **_by_steps(judge, runs[recipe].last, recipe),
            **_counted(scenario),
        ),
    )  # fmt: skip


def _reference(judge: Judge) -> dict[str, tuple[str, Array]]:
    """Return the references that do not depend on meta-training: (learner, its score on every task)."""
    offered = registry.published(judge.scenario, registry.Rung.LOCAL)
    known = {name: judge.scores(fitting.load(judge.scenario, name)) for name in (*offered, "bayes")}
    sign = judge.scenario.metric.sign
    best = max(offered, key=lambda name: sign * known[name].mean())
    return {"from_scratch": (best, known[best]), "bayes": ("bayes", known["bayes"])}


def _job(scenario: Scenario, recipe: Recipe, share: float, protocol: EvaluationProtocol) -> CachedJob:
    name = f"{scenario.name}.{recipe.train_tasks}-tasks.rate-{recipe.inner_lr:g}.nearest-{share:.0%}"
    return CachedJob(
        name,
        trained,
        (scenario.name, to_json(recipe), share, asdict(protocol)),
        made_from(scenario, ()),
        lambda kept: len(kept.get("scores", ())) == protocol.tasks,
    )


def _against(judge: Judge, scores: Sequence[Array], scratch: Array) -> dict[str, Floats]:
    """Scores of several meta-trainings, and how far each is ahead of learning from scratch."""
    return {
        "score": np.array([_interval(each) for each in scores]),
        "ahead": np.array([judge.ahead(each, scratch) for each in scores]),
    }


def looked_at(meta_steps: int) -> tuple[int, list[int]]:
    """Return the steps in a chunk, and the log-spaced multiples of a chunk after which a training is evaluated."""
    chunk = max(1, meta_steps // _CHUNKS)
    spaced = np.geomspace(chunk, meta_steps, min(_LOOKS, meta_steps))
    rounded = {min(meta_steps, chunk * round(step / chunk)) for step in spaced[:-1]}
    return chunk, sorted(rounded | {meta_steps})


def _side_by_side(
    judge: Judge, recipes: Sequence[Recipe], seed: int, report: Callable[[float], None]
) -> dict[Recipe, WatchedRun]:
    """Meta-train with several recipes, a chunk of each in turn, so that whatever else the machine does befalls all."""
    chunk, looks = looked_at(recipes[0].meta_steps)
    states: dict[Recipe, dict[int, TrainState]] = {recipe: {} for recipe in recipes}
    times: dict[Recipe, list[float]] = {recipe: [] for recipe in recipes}
    under_way = [meta_train.meta_train(judge.scenario, recipe, seed, chunk=chunk) for recipe in recipes]
    for timed in zip(*map(_timed, under_way), strict=True):
        for recipe, (progress, seconds) in zip(recipes, timed, strict=True):
            times[recipe].append(seconds)
            if (step := int(progress.state.step)) in looks:
                states[recipe][step] = progress.state
        report(timed[0][0].done)
    return {recipe: _run(judge, recipe, states[recipe], times[recipe], chunk) for recipe in recipes}


def _timed(chunks: Iterator[meta_train.Progress]) -> Iterator[tuple[meta_train.Progress, float]]:
    """Yield each chunk's progress and its seconds; its loss is a number already, so that it is really done."""
    began = time.perf_counter()
    for progress in chunks:
        yield progress, time.perf_counter() - began
        began = time.perf_counter()


def _run(judge: Judge, recipe: Recipe, states: Mapping[int, TrainState], times: list[float], chunk: int) -> WatchedRun:
    pace = np.array(times[1:] or times)
    passed = np.cumsum([np.median(pace), *times[1:]])  # the first chunk compiled: it counts as a usual one
    steps = list(states)
    scores = np.stack([judge.scores(learner_of(state, recipe)) for state in states.values()])
    seconds = [round(float(passed[-(-step // chunk) - 1]), 4) for step in steps]
    return WatchedRun(steps, seconds, scores, states[steps[-1]], pace)


def _compute(judge: Judge, second: WatchedRun, first: WatchedRun) -> Derivatives:
    """Return the score against time, with second derivatives and without, and their costs and gains."""
    slower = mean_with_interval(np.log(second.pace / first.pace))
    return Derivatives(
        second_order=_as_published(second),
        first_order=_as_published(first),
        slower=Estimate(*map(float, np.exp(slower))).rounded(3),
        pairs=len(second.pace),
        ahead=judge.ahead(second.scores[-1], first.scores[-1]),
    )


def _as_published(run: WatchedRun) -> Run:
    score = np.array([_interval(scores) for scores in run.scores])
    return Run(steps=tuple(run.steps), seconds=tuple(run.seconds), score=score)


def _by_inner_lr(judge: Judge, by_lr: Mapping[float, Array]) -> dict[str, Any]:
    scores = [*by_lr.values()]
    sign = judge.scenario.metric.sign
    order = sorted(range(len(scores)), key=lambda place: sign * scores[place].mean())
    worst, best = order[0], order[-1]
    return {
        "inner_lrs": tuple(by_lr),
        "by_inner_lr": np.array([_interval(each) for each in scores]),
        "best": best,
        "worst": worst,
        "best_ahead": judge.ahead(scores[best], scores[worst]),
    }


def _by_steps(judge: Judge, state: TrainState, recipe: Recipe) -> dict[str, Any]:
    """Fewer and more inner steps than were trained for: the score, and how far ahead of that at those trained for."""
    answers = learner_of(state, recipe).trajectory(judge.episode)
    steps = sorted({*WALKED, recipe.inner_steps})
    scores = judge.scenario.metric.compute(answers, judge.episode.query.y)
    at = {taken: scores[EVALUATION_STEPS.index(taken)] for taken in steps}
    return {
        "steps": tuple(steps),
        "trained_for": recipe.inner_steps,
        "by_steps": np.array([_interval(at[taken]) for taken in steps]),
        "steps_ahead": np.array([judge.ahead(at[taken], at[recipe.inner_steps]) for taken in steps]),
    }


def _counted(scenario: Scenario) -> dict[str, Any]:
    """Lines of code and numbers of hyperparameters; those of baselines are from their weights files."""
    modules = {Path(str(module.__file__)).name: Path(str(module.__file__)) for module in _OWN_CODE}
    baselines = registry.published(scenario, registry.Rung.LOCAL)
    return {
        "lines": {name: code_lines(path.read_text(encoding="utf-8")) for name, path in modules.items()},
        "settings": tuple(field.name for field in fields(Recipe)),
        "baseline_settings": {
            name: tuple(sorted(fitting.load_checkpoint(scenario, name).arrays.keys() - {"shots", "calibration"}))
            for name in baselines
        },
    }


def _interval(values: Array) -> Estimate:
    """Over tasks."""
    return mean_with_interval(values).rounded(_DIGITS)
