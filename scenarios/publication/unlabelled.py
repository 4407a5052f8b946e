"""Score against the number of unlabelled examples: `python -m scenarios unlabelled NAME`.

The pool belongs to the task, and is neither its support nor its query set, which are the same for every number. A
measurement is kept.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from scenarios.catalog import scenario_named
from scenarios.dataclass_json import Floats, from_json, to_json
from scenarios.episode import Episode
from scenarios.errors import UserError
from scenarios.evaluation.curves import fresh_episode
from scenarios.evaluation.statistics import labels_worth
from scenarios.learners import fitting, semi_supervised
from scenarios.learners.registry import BAYES, REGISTRY, Rung
from scenarios.learners.semi_supervised import METHODS, BayesWithUnlabelled
from scenarios.meta_learner.weights import Report
from scenarios.protocol import EvaluationProtocol
from scenarios.publication import cached_jobs
from scenarios.publication.cached_jobs import CachedJob
from scenarios.publication.evaluate_at import column_intervals, digits
from scenarios.publication.plan import has_scores, made_from, read_piece
from scenarios.publication.results import ByUnlabelled, UnlabelledResults
from scenarios.scenario import Scenario
from scenarios.text import Text

COUNTS = (0, 10, 30, 100, 200)
SHOTS = (1, 5)
LABELS = (1, 2, 3, 4, 5, 7, 10, 14, 20, 30, 50)  # per class: candidates for their equivalent in labels
_NOT_KNOWN = Text(
    en="The Bayes-optimal prediction given unlabelled examples is not known for {scenario}, so there is no reference.",
    zh="{scenario} 尚无给定未标注样本时的贝叶斯最优预测，无从比较。",
)


@dataclass(frozen=True, eq=False)
class Judged:
    """The scores (tasks,) of learners; of the Bayes-optimal answer with its effective samples."""

    scores: dict[str, Floats]
    effective_samples: Floats | None = None


@lru_cache(maxsize=1)  # a process evaluates several learners on the same tasks
def _episode(scenario_name: str, shots: int, protocol: EvaluationProtocol, count: int) -> Episode:
    return fresh_episode(scenario_named(scenario_name), shots=shots, unlabelled=count, **asdict(protocol))


def judged_without(scenario_name: str, names: Sequence[str], shots: int, protocol: Mapping[str, int]) -> dict[str, Any]:
    """Return the JSON of the scores of learners that see labels alone."""
    scenario, episode = scenario_named(scenario_name), _episode(scenario_name, shots, EvaluationProtocol(**protocol), 0)
    scores = {
        name: scenario.metric.compute(fitting.load(scenario, name).predict(episode), episode.query.y) for name in names
    }
    content: dict[str, Any] = to_json(Judged(scores))
    return content


def judged_with(scenario_name: str, name: str, shots: int, count: int, protocol: Mapping[str, int]) -> dict[str, Any]:
    """Return the JSON of the scores of one method that sees `count` unlabelled examples as well."""
    scenario, at = scenario_named(scenario_name), EvaluationProtocol(**protocol)
    learner = semi_supervised.fitted(scenario, name, shots, count, at.seed)
    episode, effective = _episode(scenario_name, shots, at, count), None
    if isinstance(learner, BayesWithUnlabelled):
        answer, effective = learner.answer(episode)
    else:
        answer = learner.predict(episode)
    content: dict[str, Any] = to_json(Judged({name: scenario.metric.compute(answer, episode.query.y)}, effective))
    return content


def unlabelled(
    scenario: Scenario, protocol: EvaluationProtocol, executor: Executor, kept: Path, report: Report
) -> UnlabelledResults:
    """Take the measurements that are not cached yet.

    Raises
    ------
    UserError
        If weights are missing, or the scenario has no Bayes-optimal answer given unlabelled examples.
    """
    if scenario.bayes_with_unlabelled is None:
        raise UserError(_NOT_KNOWN.format(scenario=scenario.name))
    bases = {name: method.base for name, method in METHODS.items()} | {BAYES: BAYES}
    fitting.load_all(scenario, [*bases, *bases.values()])  # before anything is measured
    without = {shots: _without(scenario, sorted(set(bases.values())), shots, protocol) for shots in LABELS}
    given = {
        (name, shots, count): _with(scenario, name, shots, count, protocol)
        for shots in SHOTS[::-1] for count in COUNTS[1:] for name in bases
    }  # fmt: skip
    found = cached_jobs.measure([*given.values(), *without.values()], executor, kept, report)
    answers = {of: from_json(Judged, found[job.name]) for of, job in given.items()}
    curves = [from_json(Judged, found[job.name]).scores for job in without.values()]
    sign = scenario.metric.sign

    def method(name: str, base: str) -> ByUnlabelled:
        curve = sign * np.stack([scores[base] for scores in curves], axis=1)  # (tasks, labels)
        alone = curve[:, [LABELS.index(shots) for shots in SHOTS]]
        each = [alone] + [
            sign * np.stack([answers[name, shots, count].scores[name] for shots in SHOTS], axis=1)
            for count in COUNTS[1:]
        ]
        decimals, at = digits(scenario), np.array(LABELS)
        worth = tuple(tuple(labels_worth(one, curve, at).opened(1) for one in scores.T) for scores in each)
        return ByUnlabelled(
            base=base,
            score=np.stack([column_intervals(sign * scores, decimals) for scores in each]),
            ahead=np.stack([column_intervals(scores - alone, decimals) for scores in each]),
            labels_worth=None if REGISTRY[name].rung is Rung.NO_LOCAL_LABELS else worth,
        )

    return UnlabelledResults(
        scenario=scenario.name,
        metric_id=scenario.metric.id,
        higher_is_better=scenario.metric.higher_is_better,
        protocol=protocol,
        shots=SHOTS,
        counts=COUNTS,
        most_shots=LABELS[-1],
        learners={name: method(name, base) for name, base in bases.items()},
        effective_samples=np.array(
            [[_least(answers[BAYES, shots, count]) for shots in SHOTS] for count in COUNTS[1:]]
        ),
    )  # fmt: skip


def _without(scenario: Scenario, names: Sequence[str], shots: int, protocol: EvaluationProtocol) -> CachedJob:
    return CachedJob(
        f"{scenario.name}.labels-alone-{shots}", judged_without, (scenario.name, names, shots, asdict(protocol)),
        made_from(scenario, tuple(names)), partial(_is_judged, names=names, tasks=protocol.tasks),
    )  # fmt: skip


def _with(scenario: Scenario, name: str, shots: int, count: int, protocol: EvaluationProtocol) -> CachedJob:
    base = METHODS[name].base if name in METHODS else name
    return CachedJob(
        f"{scenario.name}.{name}-{shots}-labels-{count}-unlabelled", judged_with,
        (scenario.name, name, shots, count, asdict(protocol)),
        made_from(scenario, tuple(dict.fromkeys((name, base)))),
        partial(_is_judged, names=(name,), tasks=protocol.tasks),
    )  # fmt: skip


def _is_judged(kept: dict[str, Any], names: Sequence[str], tasks: int) -> bool:
    found = read_piece(Judged, kept)
    return found is not None and has_scores(found.scores, names, tasks)


def _least(judged: Judged) -> float:
    if judged.effective_samples is None:
        raise ValueError("the Bayes-optimal answer has effective samples")
    return round(float(np.quantile(judged.effective_samples, 0.05)), 1)
