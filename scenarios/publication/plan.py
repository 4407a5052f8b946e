"""Plan and run all measurements of one scenario, and assemble the published files.

`python -m scenarios study NAME` runs it. A piece is one learner at one number of labels. One that was measured with the
same weights and the same protocol is kept, so that a new learner costs its own measurements and no others.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from scenarios.atomic_files import read_file
from scenarios.dataclass_json import Floats, from_json
from scenarios.decisions.catalog import decision_named
from scenarios.decisions.decision import Decision
from scenarios.learners import fitting
from scenarios.learners.registry import REGISTRY, familiarity_learner
from scenarios.meta_learner import weights
from scenarios.meta_learner.weights import Report
from scenarios.protocol import EvaluationProtocol, published_shots
from scenarios.publication import cached_jobs, evaluate_at
from scenarios.publication.cached_jobs import CachedJob
from scenarios.publication.evaluate_at import Column, Point, SeedScores
from scenarios.publication.league import COST_SHOTS, league, league_shots
from scenarios.publication.publish import NOVELTY_SHOTS, WARNING_SHOTS, figures, novelties
from scenarios.publication.results import Cost, LeagueResults, StudyResults, not_publishable
from scenarios.scenario import Scenario
from scenarios.task import Array

Value = TypeVar("Value")
Measure = Callable[..., dict[str, Any]]


@dataclass(frozen=True)
class Plan:
    """The measurements of a study."""

    scenario: Scenario
    names: tuple[str, ...]  # ids of the learners
    protocol: EvaluationProtocol
    seeds: int = 1  # seeds of meta-training, including the shipped one

    @property
    def published(self) -> tuple[str, ...]:
        """The learners that the scenario's page shows."""
        return tuple(name for name in self.names if REGISTRY[name].is_published)

    def columns(self) -> dict[int, dict[str, CachedJob]]:
        """Return a job for each number of labels and learner: all learners at LEAGUE's numbers only."""
        all_shots = sorted({*league_shots(self.scenario), *published_shots(self.scenario)})
        return {
            shots: {
                name: self._judged(name, f"{shots}-labels", shots)
                for name in self.names
                if name in self.published or shots in league_shots(self.scenario)
            }
            for shots in all_shots
        }

    def novelties(self) -> dict[float, dict[str, CachedJob]]:
        """Return a job for each task shift and learner."""
        return {
            rho: {name: self._judged(name, f"novelty-{rho:g}", NOVELTY_SHOTS, rho) for name in self.published}
            for rho in novelties(self.scenario)
        }

    def warnings(self) -> dict[float, CachedJob]:
        """Return the jobs of the test of familiarity, by task shift."""
        name = familiarity_learner(self.scenario)
        return {
            rho: CachedJob(
                f"{self.scenario.name}.warnings-{rho:g}",
                evaluate_at.warned,
                (self.scenario.name, list(WARNING_SHOTS), asdict(self.protocol), rho),
                made_from(self.scenario, (name,)),
                partial(is_seed, all_shots=WARNING_SHOTS, tasks=self.protocol.tasks),
            )
            for rho in novelties(self.scenario)
        }

    def again(self) -> dict[tuple[str, int], CachedJob]:
        """Every learner in which chance has a part, from further seeds."""
        return {
            (name, seed): CachedJob(
                f"{self.scenario.name}.{name}-seed-{seed}",
                evaluate_at.trained_again,
                (self.scenario.name, name, seed, list(league_shots(self.scenario)), asdict(self.protocol)),
                made_from(self.scenario, (name,)),
                partial(is_seed, all_shots=league_shots(self.scenario), tasks=self.protocol.tasks),
            )
            for seed in range(1, self.seeds)
            for name in self.names
            if REGISTRY[name].is_stochastic
        }

    def costs(self) -> CachedJob:
        """Measured alone, when everything else has ended."""
        arguments = (self.scenario.name, self.names, COST_SHOTS, self.protocol.seed)
        is_costs = partial(_is_costs, names=self.names)
        return CachedJob(
            f"{self.scenario.name}.costs", evaluate_at.timed, arguments, made_from(self.scenario, self.names), is_costs
        )

    def _judged(self, name: str, what: str, shots: int, novelty: float = 0.0) -> CachedJob:
        arguments = (self.scenario.name, name, shots, asdict(self.protocol), novelty)
        is_column = partial(
            _is_column, names=(name,), tasks=self.protocol.tasks, decision=decision_named(self.scenario.decision)
        )
        return CachedJob(
            f"{self.scenario.name}.{what}.{name}",
            evaluate_at.judged,
            arguments,
            made_from(self.scenario, (name,)),
            is_column,
        )


def learner_job(
    what: str, measure: Measure, is_answer: Callable[..., bool], scenario: Scenario, name: str, at: tuple[Any, ...],
    protocol: EvaluationProtocol,
) -> CachedJob:  # fmt: skip
    """Return the job `what` whose result depends on one learner's weights.

    Parameters
    ----------
    what : str
        Stands in the piece's name.
    measure : callable
        Returns the piece's JSON, from the names of scenario and learner, `at`, and the protocol as a dict.
    is_answer : callable
        Whether a JSON is such a piece on `tasks` test tasks.
    at : tuple
        Numbers and names of the measurement, such as the number of labels.
    """
    return CachedJob(
        f"{scenario.name}.{what}.{name}",
        measure,
        (scenario.name, name, *at, asdict(protocol)),
        made_from(scenario, (name,)),
        partial(is_answer, tasks=protocol.tasks),
    )


def made_from(scenario: Scenario, names: tuple[str, ...]) -> str:
    """Return a digest of learners' weights, those of an ensemble's members included, and of the generator."""
    digest = hashlib.sha256(np.round(weights.fingerprint(scenario), 3).tobytes())
    for name in chain.from_iterable((each, *REGISTRY[each].members) for each in names):
        try:
            digest.update(read_file(weights.path_of(scenario, name)))
        except FileNotFoundError:  # the learner needs no weights
            digest.update(name.encode())
    return digest.hexdigest()


def _is_column(kept: dict[str, Any], names: Iterable[str], tasks: int, decision: Decision) -> bool:
    """Whether it is the JSON of a Column of these learners on `tasks` tasks, with all measures of a decision."""
    piece = read_piece(Column, kept)
    return (
        piece is not None
        and piece.points.keys() == set(names)
        and has_scores(piece.scores, names, tasks)
        and all(_has_measures(point, decision) for point in piece.points.values())
    )


def _has_measures(point: Point, decision: Decision) -> bool:
    """Whether a piece has the measures that the decision has today, of which an earlier version may have had fewer."""
    shapes = {name: (3, *field.shape) for name, field in decision.fields.items()}
    ends = {name: (2, *field.shape) for name, field in decision.fields.items() if field.has_range}
    measures, ranges = point.measures, point.ranges or {}
    return {name: each.shape for name, each in measures.items()} == shapes and {
        name: each.shape for name, each in ranges.items()
    } == ends


def is_seed(kept: dict[str, Any], all_shots: Iterable[int], tasks: int) -> bool:
    """Whether it is the JSON of SeedScores at these numbers of labels on this number of tasks."""
    found = read_piece(SeedScores, kept)
    return found is not None and has_scores(found.scores, map(str, all_shots), tasks)


def has_scores(scores: Mapping[str, Floats], names: Iterable[str], tasks: int) -> bool:
    """Whether there are scores of these names, each on this number of tasks."""
    return scores.keys() == set(names) and all(each.shape == (tasks,) for each in scores.values())


def _is_costs(kept: dict[str, Any], names: Iterable[str]) -> bool:
    """Whether it is the JSON of the Costs of these learners."""
    costs = read_piece(dict[str, Cost], kept)
    return costs is not None and costs.keys() == set(names)


def read_piece(kind: type[Value], kept: dict[str, Any]) -> Value | None:
    """Return a piece from its JSON; None if it is something else."""
    try:
        return from_json(kind, kept)
    except ValueError:
        return None


@dataclass(frozen=True)
class Findings:
    """The published results: those of the scenario's own page, and the comparison of all learners."""

    figures: StudyResults
    league: LeagueResults


def run(plan: Plan, executor: Executor, folder: Path, report: Report) -> Findings:
    """Measure the pieces that are not in `folder`.

    Raises UserError if a learner's weights are missing or damaged, or its predictions not finite.
    """
    scenario = plan.scenario
    fitting.load_all(scenario, plan.names)  # before hours of work
    by_shots, again = plan.columns(), plan.again()
    waiting = [*again.values(), *page_jobs(plan)]  # the longest first
    parts = len(waiting) + 1
    found = cached_jobs.measure(waiting, executor, folder, lambda done, word: report(done * (parts - 1) / parts, word))
    found |= cached_jobs.measure([plan.costs()], executor, folder, lambda done, word: report(1.0, word))
    try:
        costs = from_json(dict[str, Cost], found[plan.costs().name])
        seeds = {of: from_json(SeedScores, found[job.name]) for of, job in again.items()}
    except ValueError as error:
        raise not_publishable(scenario.name, error) from error
    return Findings(
        page_figures(plan, found),
        league(
            scenario,
            {shots: column(scenario, found, jobs) for shots, jobs in by_shots.items()},
            league_shots(scenario),
            costs,
            _by_learner(seeds),
            plan.names,
            plan.protocol,
        ),
    )


def page_jobs(plan: Plan) -> list[CachedJob]:
    """Return the pieces of a scenario's own page, and the league's columns."""
    judged = (*plan.columns().values(), *plan.novelties().values())
    return [*(job for jobs in judged for job in jobs.values()), *plan.warnings().values()]


def page_figures(plan: Plan, found: Mapping[str, dict[str, Any]]) -> StudyResults:
    """Put the figures of a scenario's own page together from measured pieces.

    Raises UserError if predictions are not finite, or weights are missing or damaged.
    """
    scenario, by_shots = plan.scenario, plan.columns()
    try:
        warnings = {rho: from_json(SeedScores, found[job.name]).scores for rho, job in plan.warnings().items()}
    except ValueError as error:
        raise not_publishable(scenario.name, error) from error
    return figures(
        scenario,
        {shots: column(scenario, found, by_shots[shots]) for shots in published_shots(scenario)},
        {rho: column(scenario, found, jobs) for rho, jobs in plan.novelties().items()},
        {rho: {int(shots): flags for shots, flags in each.items()} for rho, each in warnings.items()},
        {name: fitting.load_checkpoint(scenario, name).metadata for name in plan.published},
        plan.protocol,
    )


def column(scenario: Scenario, found: Mapping[str, dict[str, Any]], jobs: Mapping[str, CachedJob]) -> Column:
    """Return the results of several learners on the same tasks. Raises UserError if predictions are not finite."""
    together = Column({}, {})
    for job in jobs.values():
        try:
            one = from_json(Column, found[job.name])
        except ValueError as error:
            raise not_publishable(scenario.name, error) from error
        together.points.update(one.points)
        together.scores.update(one.scores)
    return together


def _by_learner(seeds: dict[tuple[str, int], SeedScores]) -> dict[str, list[dict[int, Array]]]:
    scores: dict[str, list[dict[int, Array]]] = {}
    for (name, _), again in seeds.items():
        scores.setdefault(name, []).append({int(shots): each for shots, each in again.scores.items()})
    return scores
