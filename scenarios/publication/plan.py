"""The whole study of one scenario: which pieces it has, and the files that they make together.

`python -m scenarios study NAME` runs it. A piece that was measured with the same weights and the same protocol is kept.
"""

import hashlib
from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from scenarios.atomic_files import read_file
from scenarios.evaluation.protocol import EvaluationProtocol
from scenarios.learners import fitting
from scenarios.learners.registry import REGISTRY
from scenarios.meta_learner import weights
from scenarios.meta_learner.weights import Report
from scenarios.publication import cached_jobs, evaluate_at
from scenarios.publication.cached_jobs import CachedJob
from scenarios.publication.evaluate_at import Column
from scenarios.publication.league import COST_SHOTS, league, league_shots
from scenarios.publication.publish import NOVELTIES, NOVELTY_SHOTS, figures, published_shots
from scenarios.scenario import Scenario
from scenarios.task import Array


@dataclass(frozen=True)
class Plan:
    """What is to be measured."""

    scenario: Scenario
    names: tuple[str, ...]  # of the learners
    protocol: EvaluationProtocol
    seeds: int = 1  # of meta-training, the shipped one included

    @property
    def published(self) -> tuple[str, ...]:
        return tuple(name for name in self.names if REGISTRY[name].is_published)

    def columns(self) -> dict[int, CachedJob]:
        """By number of labels: all learners where the league is played, and elsewhere those of the pages."""
        all_shots = dict.fromkeys((*league_shots(self.scenario), *published_shots(self.scenario)))
        league_at = league_shots(self.scenario)
        return {
            shots: self._column(f"{shots}-labels", self.names if shots in league_at else self.published, shots)
            for shots in sorted(all_shots)
        }

    def novelties(self) -> dict[float, CachedJob]:
        return {rho: self._column(f"novelty-{rho:g}", self.published, NOVELTY_SHOTS, rho) for rho in NOVELTIES}

    def again(self) -> dict[tuple[str, int], CachedJob]:
        """Every learner in which chance has a part, from further seeds."""
        return {
            (name, seed): CachedJob(
                f"{self.scenario.name}.{name}-seed-{seed}",
                evaluate_at.trained_again,
                (self.scenario.name, name, seed, list(league_shots(self.scenario)), asdict(self.protocol)),
                self._made_from((name,)),
                partial(_has_scores, names=tuple(map(str, league_shots(self.scenario))), tasks=self.protocol.tasks),
            )
            for seed in range(1, self.seeds)
            for name in self.names
            if REGISTRY[name].is_stochastic
        }

    def costs(self) -> CachedJob:
        """Measured alone, when everything else has ended."""
        arguments = (self.scenario.name, self.names, COST_SHOTS, self.protocol.seed)
        return CachedJob(
            f"{self.scenario.name}.costs", evaluate_at.timed, arguments, self._made_from(self.names), self._has_costs
        )

    def _column(self, name: str, names: tuple[str, ...], shots: int, novelty: float = 0.0) -> CachedJob:
        arguments = (self.scenario.name, names, shots, asdict(self.protocol), novelty)
        is_column = partial(_is_column, names=names, tasks=self.protocol.tasks)
        return CachedJob(
            f"{self.scenario.name}.{name}", evaluate_at.judged, arguments, self._made_from(names), is_column
        )

    def _has_costs(self, kept: dict[str, Any]) -> bool:
        return kept.keys() == set(self.names) and all(
            isinstance(row, dict)
            and isinstance(row.get("adapt_ms"), int | float)
            and isinstance(row.get("train_seconds", ""), int | float | None)
            for row in kept.values()
        )

    def _made_from(self, names: tuple[str, ...]) -> str:
        """A digest of the learners' weights and of the generator."""
        digest = hashlib.sha256(np.round(weights.fingerprint(self.scenario), 3).tobytes())
        for name in names:
            try:
                digest.update(read_file(weights.path_of(self.scenario, name)))
            except FileNotFoundError:  # of a learner that needs none
                digest.update(name.encode())
        return digest.hexdigest()


def _has_scores(kept: dict[str, Any], names: Iterable[str], tasks: int) -> bool:
    """Whether there is, by each of these names and no other, a score of every task."""
    scores = kept.get("scores")
    return (
        isinstance(scores, dict)
        and scores.keys() == set(names)
        and all(
            isinstance(each, list) and len(each) == tasks and all(isinstance(score, int | float) for score in each)
            for each in scores.values()
        )
    )


def _is_column(kept: dict[str, Any], names: Iterable[str], tasks: int) -> bool:
    """Whether it is what `Column.as_dict` gives of these learners on so many tasks."""
    points = kept.get("points")
    return (
        _has_scores(kept, names, tasks)
        and isinstance(points, dict)
        and points.keys() == set(names)
        and all(isinstance(point, dict) and "score" in point for point in points.values())
    )


@dataclass(frozen=True)
class Findings:
    """What the pages read: the figures of the scenario's own page, and the league of all learners."""

    figures: dict[str, object]
    league: dict[str, object]


def run(plan: Plan, executor: Executor, folder: Path, report: Report) -> Findings:
    """Measure what is not kept in `folder` yet. Raises ReaderError where a learner's weights are missing or damaged."""
    scenario = plan.scenario
    recipes = {name: fitting.load_checkpoint(scenario, name).metadata for name in plan.names}  # before hours of work
    by_shots, by_novelty, again = plan.columns(), plan.novelties(), plan.again()
    waiting = [*again.values(), *by_shots.values(), *by_novelty.values()]  # the longest first
    parts = len(waiting) + 1
    found = cached_jobs.measure(waiting, executor, folder, lambda done, word: report(done * (parts - 1) / parts, word))
    costs = cached_jobs.measure([plan.costs()], executor, folder, lambda done, word: report(1.0, word))
    measured = {shots: Column.from_dict(found[piece.name]) for shots, piece in by_shots.items()}
    novel = {rho: Column.from_dict(found[piece.name]) for rho, piece in by_novelty.items()}
    return Findings(
        figures(
            scenario,
            {shots: measured[shots] for shots in published_shots(scenario)},
            novel,
            {name: recipes[name] for name in plan.published},
            plan.protocol,
        ),
        league(
            scenario,
            {shots: measured[shots] for shots in league_shots(scenario)},
            costs[plan.costs().name],
            _by_learner(again, found),
            plan.names,
            plan.protocol,
        ),
    )


def _by_learner(again: dict[tuple[str, int], CachedJob], found: dict[str, Any]) -> dict[str, list[dict[int, Array]]]:
    scores: dict[str, list[dict[int, Array]]] = {}
    for (name, _), piece in again.items():
        kept = found[piece.name]["scores"]
        scores.setdefault(name, []).append({int(shots): np.array(each) for shots, each in kept.items()})
    return scores
