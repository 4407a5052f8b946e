"""Loss of each method under perturbations: `python -m scenarios robustness NAME`.

Every published method meets every perturbation (`scenarios/evaluation/perturbations.py`) on the same test tasks. Where
a decision carries a threshold over, it is set on the clean examples of other tasks.
"""

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from scenarios.catalog import scenario_named
from scenarios.dataclass_json import Floats, from_json, to_json
from scenarios.decisions.catalog import decision_named
from scenarios.decisions.decision import CarriedThreshold
from scenarios.episode import Episode, open_episode
from scenarios.errors import UserError
from scenarios.evaluation import perturbations
from scenarios.evaluation.perturbations import PERTURBATIONS, SHOTS
from scenarios.evaluation.statistics import range_over_tasks
from scenarios.learners import fitting, registry, unequal_classes
from scenarios.learners.registry import REGISTRY, Rung
from scenarios.learners.unequal_classes import Treated
from scenarios.meta_learner.weights import Report
from scenarios.metrics import negative_log_likelihood
from scenarios.protocol import EvaluationProtocol
from scenarios.publication import cached_jobs, rungs
from scenarios.publication.cached_jobs import CachedJob
from scenarios.publication.evaluate_at import DIGITS, column_intervals, digits
from scenarios.publication.plan import made_from, read_piece
from scenarios.publication.results import Perturbed, RobustnessResults
from scenarios.scenario import Scenario
from scenarios.text import Text

_CLEAN, _CHANGE, _TURN, _ACCEPTED = "clean", "shift", "turn", "accepted_only"
_FINGERPRINT = EvaluationProtocol(tasks=3, queries=12)  # examples that identify a change


@dataclass(frozen=True, eq=False)
class Measured:
    """One learner on each task: score and negative log-likelihood (tasks,), and how it treats unequal classes.

    With the measures of a threshold that is carried over, each (tasks,), if the decision has one and a change is met.
    """

    score: Floats
    log_loss: Floats
    treatment: str
    carried: dict[str, Floats] | None = None


def measured(
    scenario_name: str, name: str, perturbation: str, level: float, protocol: Mapping[str, int]
) -> dict[str, Any]:
    """Return the JSON of the evaluation of one learner at one level of a perturbation."""
    scenario, at = scenario_named(scenario_name), EvaluationProtocol(**protocol)
    episode, learner = _episode(scenario_name, perturbation, level, at), fitting.load(scenario, name)
    counts = tuple(np.bincount(episode.raw.support.y[0], minlength=scenario.ways).tolist())
    treatment = unequal_classes.choose(scenario, name, learner, counts, at.seed)
    treated = Treated(learner, treatment)
    answer, y = treated.predict(episode), episode.query.y
    score, log_loss = scenario.metric.compute(answer, y), negative_log_likelihood(answer, y)
    carried, measures = _carried(scenario, perturbation), None
    if carried:
        before = _episode(scenario_name, _CLEAN, 0.0, at)
        measures = carried.measure(treated.predict(before), before.query.y, answer, y)
    found = Measured(np.asarray(score, float), np.asarray(log_loss, float), treatment, measures)
    content: dict[str, Any] = to_json(found)
    return content


def _carried(scenario: Scenario, perturbation: str) -> CarriedThreshold | None:
    """Return the threshold whose fate is measured: before a change, and after it."""
    return decision_named(scenario.decision).carried if perturbation in (_CLEAN, _CHANGE) else None


@lru_cache(maxsize=2)  # a process evaluates several learners on the same tasks
def _episode(scenario_name: str, perturbation: str, level: float, protocol: EvaluationProtocol) -> Episode:
    scenario = scenario_named(scenario_name)
    if perturbation == _CLEAN:
        draw = perturbations.clean(scenario, SHOTS, protocol)
    else:
        draw = PERTURBATIONS[perturbation].draw(scenario, SHOTS, protocol, level)
    return open_episode(scenario, draw, room=SHOTS)


def robustness(
    scenario: Scenario, protocol: EvaluationProtocol, executor: Executor, kept: Path, report: Report
) -> RobustnessResults:
    """Measure all that is not cached. Raises UserError if weights are missing, or if a number is predicted."""
    levels = perturbations.known(scenario)
    if not levels:
        text = Text(
            en="robustness is for classes; {scenario} predicts a number.",
            zh="robustness 只用于分类；{scenario} 预测的是数值。",
        )
        raise UserError(text.format(scenario=scenario.name))
    names = registry.by_rung(registry.published(scenario, *Rung))
    fitting.load_all(scenario, (*names, *_deciding(scenario, *levels)))  # before anything is measured
    cases = [(_CLEAN, 0.0), *((kind, level) for kind, each in levels.items() for level in each[1:])]
    jobs = {(*case, name): _job(scenario, name, *case, protocol) for case in cases for name in names}
    answers = cached_jobs.measure(jobs.values(), executor, kept, report)
    found = {of: from_json(Measured, answers[job.name]) for of, job in jobs.items()}
    clean = {name: scenario.metric.sign * found[_CLEAN, 0.0, name].score[:, None] for name in names}
    best = {
        rung.value: rungs.best_of(rung, clean)[0] for rung in Rung if rung in {REGISTRY[name].rung for name in names}
    }

    return RobustnessResults(
        scenario=scenario.name,
        metric_id=scenario.metric.id,
        higher_is_better=scenario.metric.higher_is_better,
        protocol=protocol,
        shots=SHOTS,
        best=best,
        perturbations={
            kind: _perturbed(
                scenario,
                each,
                _carried(scenario, kind),
                {name: [found[_CLEAN, 0.0, name], *(found[kind, level, name] for level in each[1:])] for name in names},
                best,
            )
            for kind, each in levels.items()
        },
    )


def _perturbed(
    scenario: Scenario,
    levels: tuple[float, ...],
    carried: CarriedThreshold | None,
    found: Mapping[str, Sequence[Measured]],
    best: Mapping[str, str],
) -> Perturbed:
    """Summarise the measurements of each learner at each level."""
    sign, decimals = scenario.metric.sign, digits(scenario)
    scores = {name: np.stack([each.score for each in of], axis=1) for name, of in found.items()}  # (tasks, levels)
    losses = {name: sign * (each[:, :1] - each) for name, each in scores.items()}
    surprise = {name: np.stack([each.log_loss for each in of], axis=1) for name, of in found.items()}
    return Perturbed(
        levels=levels,
        score={name: column_intervals(each, decimals) for name, each in scores.items()},
        lost={name: column_intervals(each, decimals) for name, each in losses.items()},
        log_loss={name: column_intervals(each, DIGITS) for name, each in surprise.items()},
        log_loss_added={name: column_intervals(each - each[:, :1], DIGITS) for name, each in surprise.items()},
        treatment={name: tuple(each.treatment for each in of) for name, of in found.items()},
        ahead={
            f"{one} {other}": column_intervals(sign * (scores[one] - scores[other]), decimals)
            for one, other in combinations(best.values(), 2)
        },
        carried=None
        if carried is None
        else {
            measure: {
                name: column_intervals(np.stack([(each.carried or {})[measure] for each in of], axis=1), DIGITS)
                for name, of in found.items()
            }
            for measure in carried.names
        },
        range90={name: range_over_tasks(each).round(decimals) for name, each in scores.items()},
        lost_range90={name: range_over_tasks(each).round(decimals) for name, each in losses.items()},
    )


def _job(scenario: Scenario, name: str, kind: str, level: float, protocol: EvaluationProtocol) -> CachedJob:
    return CachedJob(
        f"{scenario.name}.{kind}-{level:g}.{name}",
        measured,
        (scenario.name, name, kind, level, asdict(protocol)),
        made_from(scenario, (name, *_deciding(scenario, kind))) + _changed(scenario, kind, level),
        partial(_is_measured, tasks=protocol.tasks, carried=_carried(scenario, kind)),
    )


def _deciding(scenario: Scenario, *kinds: str) -> tuple[str, ...]:
    """Return the learner whose weights decide which examples are labelled, if one does."""
    return (scenario.accepted_by,) if _ACCEPTED in kinds else ()


def _changed(scenario: Scenario, kind: str, level: float) -> str:
    """Return a digest of a few examples after a change, which the scenario alone defines; "" of anything else."""
    if kind not in (_CHANGE, _TURN):
        return ""
    query = PERTURBATIONS[kind].draw(scenario, 1, _FINGERPRINT, level).query
    return hashlib.sha256(np.round(scenario.encode(query.x), 3).tobytes() + query.y.tobytes()).hexdigest()


def _is_measured(kept: dict[str, Any], tasks: int, carried: CarriedThreshold | None) -> bool:
    """Whether it is the JSON of Measured on this number of tasks, with the measures of a carried threshold, if any."""
    found = read_piece(Measured, kept)
    return (
        found is not None
        and found.score.shape == found.log_loss.shape == (tasks,)
        and (carried is None or (found.carried or {}).keys() == carried.names.keys())
    )
