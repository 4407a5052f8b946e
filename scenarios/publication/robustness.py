"""What methods lose when something goes wrong: `python -m scenarios robustness NAME`.

Every published method meets every perturbation (`scenarios/evaluation/perturbations.py`) on the same test tasks.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from scenarios.catalog import scenario_named
from scenarios.dataclass_json import Floats, from_json, to_json
from scenarios.episode import Episode, open_episode
from scenarios.errors import UserError
from scenarios.evaluation import perturbations
from scenarios.evaluation.perturbations import PERTURBATIONS, SHOTS
from scenarios.learners import fitting, registry, unequal_classes
from scenarios.learners.registry import REGISTRY, Rung
from scenarios.learners.unequal_classes import Treated
from scenarios.meta_learner.weights import Report
from scenarios.metrics import negative_log_likelihood
from scenarios.protocol import EvaluationProtocol
from scenarios.publication import cached_jobs, rungs
from scenarios.publication.evaluate_at import DIGITS, column_intervals, digits
from scenarios.publication.plan import learner_job, read_piece
from scenarios.publication.results import Perturbed, RobustnessResults
from scenarios.scenario import Scenario
from scenarios.text import Text

_CLEAN = "clean"


@dataclass(frozen=True, eq=False)
class Measured:
    """Score and negative log-likelihood of one learner on each task, (tasks,), and how it treats unequal classes."""

    score: Floats
    log_loss: Floats
    treatment: str


def measured(
    scenario_name: str, name: str, perturbation: str, level: float, protocol: Mapping[str, int]
) -> dict[str, Any]:
    """Return the JSON of what one learner makes of one level of a perturbation."""
    scenario, at = scenario_named(scenario_name), EvaluationProtocol(**protocol)
    episode, learner = _episode(scenario_name, perturbation, level, at), fitting.load(scenario, name)
    counts = tuple(np.bincount(episode.raw.support.y[0], minlength=scenario.ways).tolist())
    treatment = unequal_classes.choose(scenario, name, learner, counts, at.seed)
    answer, y = Treated(learner, treatment).predict(episode), episode.query.y
    score, log_loss = scenario.metric.compute(answer, y), negative_log_likelihood(answer, y)
    content: dict[str, Any] = to_json(Measured(np.asarray(score, float), np.asarray(log_loss, float), treatment))
    return content


@lru_cache(maxsize=1)  # a process judges several learners on the same tasks, one after the other
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
    """Measure what is not kept yet. Raises UserError if weights are missing, or if a number is predicted."""
    levels = perturbations.known(scenario)
    if not levels:
        text = Text(
            en="robustness is for classes; {scenario} predicts a number.",
            zh="robustness 只用于分类；{scenario} 预测的是数值。",
        )
        raise UserError(text.format(scenario=scenario.name))
    names = registry.by_rung(registry.published(scenario, *Rung))
    fitting.load_all(scenario, names)  # before anything is measured
    cases = [(_CLEAN, 0.0), *((kind, level) for kind, each in levels.items() for level in each[1:])]
    jobs = {
        (kind, level, name): learner_job(
            f"{kind}-{level:g}", measured, _is_measured, scenario, name, (kind, level), protocol
        )
        for kind, level in cases
        for name in names
    }
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
                {name: [found[_CLEAN, 0.0, name], *(found[kind, level, name] for level in each[1:])] for name in names},
                best,
            )
            for kind, each in levels.items()
        },
    )


def _perturbed(
    scenario: Scenario, levels: tuple[float, ...], found: Mapping[str, Sequence[Measured]], best: Mapping[str, str]
) -> Perturbed:
    """Summarise what was measured of each learner at each level."""
    sign, decimals = scenario.metric.sign, digits(scenario)
    scores = {name: np.stack([each.score for each in of], axis=1) for name, of in found.items()}  # (tasks, levels)
    surprise = {name: np.stack([each.log_loss for each in of], axis=1) for name, of in found.items()}
    return Perturbed(
        levels=levels,
        score={name: column_intervals(each, decimals) for name, each in scores.items()},
        lost={name: column_intervals(sign * (each[:, :1] - each), decimals) for name, each in scores.items()},
        log_loss={name: column_intervals(each, DIGITS) for name, each in surprise.items()},
        log_loss_added={name: column_intervals(each - each[:, :1], DIGITS) for name, each in surprise.items()},
        treatment={name: tuple(each.treatment for each in of) for name, of in found.items()},
        ahead={
            f"{one} {other}": column_intervals(sign * (scores[one] - scores[other]), decimals)
            for one, other in combinations(best.values(), 2)
        },
    )


def _is_measured(kept: dict[str, Any], tasks: int) -> bool:
    """Whether it is the JSON of Measured on so many tasks."""
    found = read_piece(Measured, kept)
    return found is not None and found.score.shape == found.log_loss.shape == (tasks,)
