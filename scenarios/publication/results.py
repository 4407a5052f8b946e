"""Published results as typed values: a class for each kind of file in `assets/results`; how files are read and written.

Scores are in the scenario's metric, over test tasks. An interval, on an axis of length 3, is the mean and the ends of
its 95% confidence interval. Nothing here needs TensorFlow or SciPy: the web process reads these files itself.
"""

import json
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import numpy as np

from scenarios.atomic_files import ASSETS, read_json, whole_file
from scenarios.catalog import scenario_named
from scenarios.dataclass_json import Counts, Floats, from_json, to_json
from scenarios.decisions.catalog import decision_named
from scenarios.errors import UserError
from scenarios.evaluation import perturbations
from scenarios.evaluation.estimate import Estimate, OpenEstimate
from scenarios.learner import EVALUATION_STEPS
from scenarios.learners.experience import Experience, experience_of
from scenarios.learners.registry import BAYES, META_LEARNED, PRINCIPAL, REGISTRY, RIVALS, SCRATCH, TRACED, Rung, by_rung
from scenarios.metrics import Metric
from scenarios.protocol import (
    OTHER_SITUATIONS,
    QUANTILES,
    SHOTS,
    WORLD_SHOTS,
    EvaluationProtocol,
    nearest_place,
    published_shots,
)
from scenarios.recipe import Recipe
from scenarios.scenario import Benchmark, Scenario
from scenarios.text import Text

FOLDER = ASSETS / "results"
RISK_BINS = 20  # bins of predicted risks
FALSE_ALARMS = 0.05  # share of training tasks that the familiarity test flags
# Of methods on curved inputs: simple statistics, on the inputs themselves, with their squares and products, with their
# cubes, and on features of a network that was trained on other tasks.
CURVED_SIMPLE = ("linear", "squares", "cubes", "network")
CURVED_GROUPS = ("local", *CURVED_SIMPLE, META_LEARNED)
CURVED_LEARNER = "random_effects_lda"  # the learner with the inputs CURVED_FEATURES
CURVED_FEATURES = ("cubes", "classes", "denoising")


@dataclass(frozen=True, eq=False, kw_only=True)  # one object per file, so that charts can be kept by it
class Results:
    """Common fields of all results files.

    Parameters
    ----------
    scenario, metric_id : str
        The scenario, and the metric of all its scores.
    higher_is_better : bool
        The metric's direction.
    protocol : EvaluationProtocol
        The test tasks.
    """

    SUFFIX: ClassVar[str]  # suffix of the file's name
    COMMAND: ClassVar[str]  # command that measures it
    SCHEMA: ClassVar[int] = 1  # of the file; one with another number is refused, with the command that renews it

    scenario: str
    metric_id: str
    higher_is_better: bool
    protocol: EvaluationProtocol

    @property
    def metric(self) -> Metric:
        """The metric of all scores."""
        return scenario_named(self.scenario).metric

    @property
    def tasks(self) -> int:
        """The number of test tasks."""
        return self.protocol.tasks

    def check(self, scenario: Scenario) -> None:
        """Raise ValueError unless these are the whole results of a scenario, of sizes that agree."""
        _require(self.scenario == scenario.name, "scenario")
        _require(self.metric_id == scenario.metric.id, "metric_id")
        _require(self.higher_is_better == scenario.metric.higher_is_better, "higher_is_better")
        _require(self.protocol.tasks > 0, "protocol.tasks")


@dataclass(frozen=True, eq=False, kw_only=True)
class RiskBins:
    """Calibration of the predicted risk of the last class; for classification.

    Parameters
    ----------
    counts : (shots, 2, bins)
        Query examples by predicted risk, not of the last class and of it.
    sums : (shots, bins)
        The sum of the predicted risks.
    """

    counts: Counts
    sums: Floats

    def check(self, shots: int, where: str) -> None:
        """Raise SchemaError unless the shapes agree with the number of shots."""
        _require(self.counts.shape == (shots, 2, RISK_BINS), f"{where}.counts")
        _require(self.sums.shape == (shots, RISK_BINS), f"{where}.sums")


@dataclass(frozen=True, eq=False, kw_only=True)
class LearnerFigures:
    """One learner on the page of its scenario.

    Parameters
    ----------
    score : (shots, 3)
    range90 : (shots, 2)
        Between these, nine test tasks in ten lie: the 5th and the 95th percentile.
    regret : (shots, 3)
        How much better the Bayes-optimal score is on the same tasks.
    measures : dict of (shots, 3, ...)
        The measures of the scenario's decision, in their own units.
    ranges : dict of (shots, 2, ...) or None
        Between these, nine test tasks in ten lie, of the measures whose fields have a range; None if there are none.
        Older results have fewer.
    risks : RiskBins or None
        None in a regression.
    trajectory : (shots, evaluation steps, 3) or None
        The score after each number of inner steps, of the learners that pages trace.
    evaluation_step : tuple of int or None
        For each number of labels, the inner steps after which it predicts.
    quantiles : (shots, quantiles) or None
        The scores that QUANTILES of the test tasks do not exceed; None in older results.
    """

    score: Floats
    range90: Floats
    regret: Floats
    measures: dict[str, Floats]
    ranges: dict[str, Floats] | None = None
    risks: RiskBins | None = None
    trajectory: Floats | None = None
    evaluation_step: tuple[int, ...] | None = None
    quantiles: Floats | None = None

    def check(self, scenario: Scenario, shots: int, where: str, *, is_traced: bool) -> None:
        """Raise SchemaError unless shapes and measures are those of the scenario and the number of shots."""
        _check_intervals(self.score, shots, f"{where}.score")
        _check_intervals(self.regret, shots, f"{where}.regret")
        _require(self.range90.shape == (shots, 2), f"{where}.range90")
        _require(self.quantiles is None or self.quantiles.shape == (shots, len(QUANTILES)), f"{where}.quantiles")
        fields = decision_named(scenario.decision).fields
        _require(self.measures.keys() == fields.keys(), f"{where}.measures")
        for name, measure in self.measures.items():
            _require(measure.shape == (shots, 3, *fields[name].shape), f"{where}.measures.{name}")
        ranges = self.ranges or {}
        _require(ranges.keys() <= {name for name, field in fields.items() if field.has_range}, f"{where}.ranges")
        for name, ends in ranges.items():
            _require(ends.shape == (shots, 2, *fields[name].shape), f"{where}.ranges.{name}")
            _require(bool((ends[:, 0] <= ends[:, 1]).all()), f"{where}.ranges.{name}")
        _check_risks(self.risks, scenario, shots, where)
        if is_traced:
            _require(self.trajectory is not None and self.evaluation_step is not None, where)
        if self.trajectory is not None:
            _require(self.trajectory.shape == (shots, len(EVALUATION_STEPS), 3), f"{where}.trajectory")
        if self.evaluation_step is not None:
            _require(len(self.evaluation_step) == shots, f"{where}.evaluation_step")
            _require(set(self.evaluation_step) <= set(EVALUATION_STEPS), f"{where}.evaluation_step")


@dataclass(frozen=True, eq=False, kw_only=True)
class RungComparison:
    """The meta-learner against the best method of a rung below it, for each number of labels.

    Parameters
    ----------
    learners : tuple of str
        The methods of the rung.
    best : tuple of str
        The best of them.
    ahead : (shots, 3)
        How much better the meta-learner is on the same tasks.
    gap_closed : tuple of OpenEstimate
        The share of the distance from the best to the Bayes-optimal score; None if there is no distance.
    labels_worth : tuple of OpenEstimate
        The labels per class that the best needs to reach the meta-learner's score; None if more than were measured.
    worse : (shots,) or None
        The share of tasks in which the meta-learner's score is worse than that of the best; None in older results.
    """

    learners: tuple[str, ...]
    best: tuple[str, ...]
    ahead: Floats
    gap_closed: tuple[OpenEstimate, ...]
    labels_worth: tuple[OpenEstimate, ...]
    worse: Floats | None = None

    def check(self, names: set[str], shots: int, where: str) -> None:
        """Raise SchemaError unless the sizes agree with the learners and the number of shots."""
        _require(len(self.best) == shots and set(self.best) <= set(self.learners) <= names, f"{where}.best")
        _check_intervals(self.ahead, shots, f"{where}.ahead")
        _require(len(self.gap_closed) == len(self.labels_worth) == shots, where)
        _require(self.worse is None or self.worse.shape == (shots,), f"{where}.worse")


@dataclass(frozen=True, eq=False, kw_only=True)
class Overtaking:
    """The best method of a rung at each task shift, and the task shift at which it overtakes the meta-learner.

    Parameters
    ----------
    best : tuple of str
    at : float or None
        0 if it is ahead from the start, None if nowhere.
    """

    best: tuple[str, ...]
    at: float | None


@dataclass(frozen=True, eq=False, kw_only=True)
class Novelty:
    """Scores on tasks unlike the training tasks.

    Parameters
    ----------
    shots : int
        Labels per class.
    rho : tuple of float
        Task shifts, from 0 (in distribution) to 1 (entirely new).
    score : dict of (rho, 3)
        Of each learner; without the Bayes-optimal one, whose prior is wrong there.
    rivals : dict of Overtaking
        By the rung, of those with local labels.
    """

    shots: int
    rho: tuple[float, ...]
    score: dict[str, Floats]
    rivals: dict[str, Overtaking]

    def check(self, names: set[str]) -> None:
        """Raise SchemaError unless the sizes agree with the learners."""
        count = len(self.rho)
        _require(list(self.rho) == sorted(self.rho) and (self.rho[0], self.rho[-1]) == (0, 1), "novelty.rho")
        _require(self.score.keys() == names - {BAYES}, "novelty.score")
        for name, score in self.score.items():
            _check_intervals(score, count, f"novelty.score.{name}")
        _require(Rung.LOCAL.value in self.rivals, "novelty.rivals")
        for rung, part in self.rivals.items():
            _require(len(part.best) == count and set(part.best) <= names, f"novelty.rivals.{rung}")


@dataclass(frozen=True, eq=False, kw_only=True)
class StudyResults(Results):
    """The figures of a scenario's own page, as `python -m scenarios study` measures them.

    Parameters
    ----------
    metadata : dict
        How each learner was trained, as its weights file has it: `seed`, `seconds`, `settings` of its recipe, ...
    evaluation_steps : tuple of int
        The numbers of inner steps of all trajectories.
    risk_edges : tuple of float
        The inner edges of the bins of predicted risks, in log odds.
    shots : tuple of int
        The numbers of labels per class, or of labelled points.
    learners : dict of LearnerFigures
    comparison : dict of RungComparison
        The meta-learner against each rung below it.
    warnings : dict of (rho, 3)
        By labels per class, the share of tasks of each novelty that the test of familiarity warns of, if it warns of
        FALSE_ALARMS of the training tasks.
    """

    SUFFIX: ClassVar[str] = ""
    COMMAND: ClassVar[str] = "study"
    SCHEMA: ClassVar[int] = 2

    metadata: dict[str, object]
    evaluation_steps: tuple[int, ...]
    risk_edges: tuple[float, ...]
    shots: tuple[int, ...]
    learners: dict[str, LearnerFigures]
    comparison: dict[str, RungComparison]
    novelty: Novelty
    warnings: dict[str, Floats]

    @property
    def decision(self) -> str:
        """The name of the scenario's decision; "" if it has none."""
        return scenario_named(self.scenario).decision

    @property
    def classical(self) -> str:
        """The textbook's method for this scenario, which learns from the support set alone."""
        return scenario_named(self.scenario).reference_learner

    @property
    def recipe(self) -> Recipe:
        """The recipe of the meta-learner."""
        return Recipe.from_dict(self._metadata(META_LEARNED).get("settings"))

    @property
    def train_seconds(self) -> float:
        """The duration of its meta-training."""
        return from_json(float, self._metadata(META_LEARNED).get("seconds"))

    def best(self, rung: Rung, shots: int) -> str:
        """Return the best method of a rung at a number of labels; of the upper two, the one that pages show."""
        if rung in (Rung.META_LEARNED, Rung.BAYES):
            return META_LEARNED if rung is Rung.META_LEARNED else BAYES
        return self.comparison[rung.value].best[self.shots.index(shots)]

    @property
    def rungs(self) -> list[Rung]:
        """The rungs that the scenario has methods of, from the one that sees the least."""
        return [rung for rung in Rung if rung.value in self.comparison or rung not in RIVALS]

    def experience(self, learner: str) -> Experience | None:
        """Return how much of other tasks a learner saw; None if it saw none."""
        return experience_of(scenario_named(self.scenario), self._metadata(learner))

    def leading(self, rung: Rung) -> str:
        """Return the method of a rung that is the best at the most numbers of labels."""
        best = self.comparison[rung.value].best
        return max(dict.fromkeys(best), key=best.count)

    def rows(self, shots: int) -> list[str]:
        """Return the methods of tables at a number of labels: the best of each rung, and the usual ones."""
        shown = {self.best(rung, shots) for rung in self.rungs} | {*TRACED, self.classical}
        shown |= {name for name in self.learners if REGISTRY[name].rung is Rung.NO_LOCAL_LABELS}
        return by_rung(shown & self.learners.keys())

    def at(self, learner: str, shots: int, what: str = "score") -> Any:
        """Return a learner's score, trajectory or measure at a number of labels: (3, ...), a trajectory (steps, 3)."""
        return self._series(learner, what)[self.shots.index(shots)]

    def range90(self, learner: str, shots: int, measure: str) -> Floats:
        """Return the ends of the range of a measure in which nine tasks in ten lie: (2, ...)."""
        ends: Floats = (self.learners[learner].ranges or {})[measure][self.shots.index(shots)]
        return ends

    def has_range(self, measure: str) -> bool:
        """Return whether there is a range of a measure; older results have fewer."""
        return measure in (self.learners[META_LEARNED].ranges or {})

    def curve(self, learner: str, what: str = "score") -> Floats:
        """Mean, low, high against labels: (shots, 3)."""
        curve: Floats = self._series(learner, what)
        return curve

    def risks(self, learner: str, shots: int) -> tuple[Counts, Floats]:
        """Return the counts (2, bins) and the sums (bins,) of a learner's predicted risks at a number of labels."""
        return _risks_at(self.learners[learner].risks, self.shots.index(shots))

    def compared(self, what: str, shots: int, rung: Rung = Rung.LOCAL) -> Any:
        """Of the meta-learner against the best of a rung: "ahead", "gap_closed", "labels_worth" or "best"."""
        return getattr(self.comparison[rung.value], what)[self.shots.index(shots)]

    def worse_than(self, rung: Rung, shots: int) -> float | None:
        """Return the share of tasks in which the meta-learner scores below the best of a rung; None if not known."""
        worse = self.comparison[rung.value].worse if rung.value in self.comparison else None
        return None if worse is None else float(worse[self.shots.index(shots)])

    def power(self, rho: float, shots: int | None = None) -> Floats:
        """Return the fraction of tasks flagged at the first task shift that is this high: mean, low, high.

        By default with as many labels as novelty was measured with; else with the number nearest to `shots`, of those
        for which it was measured.
        """
        place = next(place for place, each in enumerate(self.novelty.rho) if each >= rho)
        measured = [*map(int, self.warnings)]
        near = measured[nearest_place(measured, shots or self.novelty.shots)]
        power: Floats = self.warnings[str(near)][place]
        return power

    def overtaking(self, rung: Rung) -> Overtaking:
        """Return the task shift at which the best of a rung overtakes the meta-learner."""
        return self.novelty.rivals[rung.value]

    def check(self, scenario: Scenario) -> None:
        """Raise SchemaError unless every part fits the scenario and the others."""
        super().check(scenario)
        names, shots = set(self.metadata), len(self.shots)
        _require(self.shots == published_shots(scenario), "shots")
        _require(self.evaluation_steps == EVALUATION_STEPS, "evaluation_steps")
        _require(len(self.risk_edges) == RISK_BINS - 1, "risk_edges")
        _require(names >= {*PRINCIPAL, scenario.reference_learner}, "metadata")
        _require(self.recipe.max_shots > 0 and self.train_seconds >= 0, "metadata")
        _require(self.learners.keys() == names, "learners")
        for name, figures in self.learners.items():
            figures.check(scenario, shots, f"learners.{name}", is_traced=name in TRACED)
        _require(Rung.LOCAL.value in self.comparison, "comparison")
        for rung, part in self.comparison.items():
            part.check(names, shots, f"comparison.{rung}")
        self.novelty.check(names)
        _require(str(self.novelty.shots) in self.warnings, "warnings")
        for power in self.warnings.values():
            _check_intervals(power, len(self.novelty.rho), "warnings")

    def _metadata(self, learner: str) -> dict[str, object]:
        return from_json(dict[str, object], self.metadata[learner])

    def _series(self, learner: str, what: str) -> Any:
        figures = self.learners[learner]
        return figures.measures[what] if what in figures.measures else getattr(figures, what)


@dataclass(frozen=True, eq=False, kw_only=True)
class Cost:
    """The cost of a learner.

    Parameters
    ----------
    adapt_ms : float
        To adapt to one task and answer its queries, milliseconds.
    train_seconds : float or None
        Of meta-training; None for a learner that has none.
    """

    adapt_ms: float
    train_seconds: float | None


@dataclass(frozen=True, eq=False, kw_only=True)
class SeedFigures:
    """A learner over `count` seeds of meta-training: its score (shots, 3), with the interval over seeds."""

    count: int
    score: Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class LeagueLearner:
    """One learner of a league.

    Parameters
    ----------
    score, regret : (shots, 3)
        The score, and how much better the Bayes-optimal one is on the same tasks.
    range90 : (shots, 2)
        The range of nine test tasks in ten.
    gap_closed : tuple of OpenEstimate
        The share of the distance from the best local method to the Bayes-optimal score, for each number of labels.
    cost : Cost
    seeds : SeedFigures or None
        None for a learner that was trained from one seed.
    risks : RiskBins or None
        None in a regression.
    """

    score: Floats
    regret: Floats
    range90: Floats
    gap_closed: tuple[OpenEstimate, ...]
    cost: Cost
    seeds: SeedFigures | None = None
    risks: RiskBins | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Pair:
    """Two learners, for each number of labels.

    Parameters
    ----------
    ahead : (shots, 3)
        How much better the first one is on the same tasks.
    labels_worth : tuple of OpenEstimate
        The labels per class that the second one needs to be as good; None if more than were measured.
    """

    ahead: Floats
    labels_worth: tuple[OpenEstimate, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class LeagueResults(Results):
    """All learners of a scenario against each other, as `python -m scenarios study` measures them.

    Parameters
    ----------
    shots : tuple of int
        The numbers of labels per class, or of labelled points.
    cost_shots : int
        The number at which the time to adapt was taken.
    best : dict of tuple of str
        The best learner of each rung, for each number of labels.
    learners : dict of LeagueLearner
    pairs : dict of Pair
        By two learners' names with a space between them; see `pair`.
    """

    SUFFIX: ClassVar[str] = ".league"
    COMMAND: ClassVar[str] = "study"
    SCHEMA: ClassVar[int] = 2

    shots: tuple[int, ...]
    cost_shots: int
    best: dict[str, tuple[str, ...]]
    learners: dict[str, LeagueLearner]
    pairs: dict[str, Pair]

    @property
    def trade(self) -> str:
        """The context of the learners' names side by side: "rates" if they learn one for each weight, else "league"."""
        return trade_of(scenario_named(self.scenario))

    def at(self, learner: str, what: str, shots: int) -> Any:
        """Return "score", "regret" or "gap_closed" of a learner at a number of labels: mean, low and high."""
        return getattr(self.learners[learner], what)[self.shots.index(shots)]

    def over_seeds(self, learner: str, shots: int) -> Floats | None:
        """Return the score over seeds of meta-training, if there are several: mean, low and high."""
        seeds = self.learners[learner].seeds
        return None if seeds is None else seeds.score[self.shots.index(shots)]

    def risks(self, learner: str, shots: int) -> tuple[Counts, Floats]:
        """As `StudyResults.risks`."""
        return _risks_at(self.learners[learner].risks, self.shots.index(shots))

    def pair(self, one: str, other: str, what: str, shots: int) -> Any:
        """Of two learners: by how much the first is "ahead", or how many labels the other needs, "labels_worth"."""
        return getattr(self.pairs[f"{one} {other}"], what)[self.shots.index(shots)]

    def best_of(self, rung: Rung, shots: int) -> str | None:
        """Return the best learner of a rung at a number of labels, or None if the scenario has none."""
        return self.best[rung.value][self.shots.index(shots)] if rung.value in self.best else None

    def ranked(self, shots: int) -> list[str]:
        """Return the learners at a number of labels, the best first, without the Bayes-optimal predictor."""
        names = [name for name in self.learners if name != BAYES]
        return sorted(names, key=lambda name: float(-self.metric.sign * self.at(name, "score", shots)[0]))

    def check(self, scenario: Scenario) -> None:
        """Raise SchemaError unless every part fits the scenario and the others."""
        super().check(scenario)
        names, count = set(self.learners), len(self.shots)
        _require(list(self.shots) == sorted(set(self.shots)) and set(self.shots) <= set(SHOTS), "shots")
        _require(names >= {*PRINCIPAL, scenario.reference_learner}, "learners")
        _require({Rung.LOCAL.value, Rung.META_LEARNED.value, Rung.BAYES.value} <= self.best.keys(), "best")
        for rung, best in self.best.items():
            _require(len(best) == count and set(best) <= names, f"best.{rung}")
        for name, learner in self.learners.items():
            where = f"learners.{name}"
            _check_intervals(learner.score, count, f"{where}.score")
            _check_intervals(learner.regret, count, f"{where}.regret")
            _require(learner.range90.shape == (count, 2), f"{where}.range90")
            _require(len(learner.gap_closed) == count, f"{where}.gap_closed")
            if learner.seeds is not None:
                _check_intervals(learner.seeds.score, count, f"{where}.seeds")
            _check_risks(learner.risks, scenario, count, where)
        _require(self.pairs.keys() == {f"{a} {b}" for a in names for b in names if a != b}, "pairs")
        for name, pair in self.pairs.items():
            _check_intervals(pair.ahead, count, f"pairs.{name}")
            _require(len(pair.labels_worth) == count, f"pairs.{name}")


def _around(points: Floats, at: float) -> set[int]:
    """Return the places of the points on both sides of a value, or of the one that it is."""
    after = int(np.searchsorted(points, at - 1e-9))
    is_measured = after < len(points) and abs(points[after] - at) < 1e-9
    return {after} if is_measured else {max(after - 1, 0), min(after, len(points) - 1)}


def _between(score: Floats, counts: Floats, shots: Floats, count: float, at: float) -> Floats:
    """Return the score (...) at a point of the grid score (counts, shots, ...), linear between its lines."""
    rows = score.reshape(*score.shape[:2], -1)
    columns = [[np.interp(count, counts, line) for line in rows[:, place].T] for place in range(len(shots))]
    found = np.array([np.interp(at, shots, line) for line in zip(*columns, strict=True)])
    return found.reshape(score.shape[2:])


@dataclass(frozen=True, eq=False, kw_only=True)
class ByOtherTasks:
    """A learner that learned from several numbers of other tasks.

    Parameters
    ----------
    counts : tuple of int
        The numbers of other tasks.
    score : (counts, shots, 3)
    ahead_of_local : (counts, shots, 3)
        How much better it is than the best method on local labels alone, on the same tasks.
    ahead_of_meta : (counts, shots, 3) or None
        How much better it is than the meta-learner with all of its training tasks; None where that was not measured.
    ahead_of_generic : (counts, shots, 3) or None
        How much better it is than one network for all tasks, which learned from as many other tasks, or from the
        nearest number that was measured, and sees no local labels; None where that was not measured.
    quantiles : (counts, shots, quantiles) or None
        The scores that QUANTILES of the test tasks do not exceed; None in older results.
    headline : (counts, shots, 3, ...) or None
        The measure of the decision that a page states first; None in older results, and where there is no decision.
    """

    counts: tuple[int, ...]
    score: Floats
    ahead_of_local: Floats
    ahead_of_meta: Floats | None = None
    ahead_of_generic: Floats | None = None
    quantiles: Floats | None = None
    headline: Floats | None = None

    def check(self, shots: int, where: str, headline: tuple[int, ...] = ()) -> None:
        """Raise SchemaError unless the sizes agree with the number of shots, and with one task's headline measure."""
        _require(list(self.counts) == sorted(set(self.counts)), f"{where}.counts")
        for values in (self.score, self.ahead_of_local, self.ahead_of_meta, self.ahead_of_generic):
            _require(values is None or values.shape == (len(self.counts), shots, 3), where)
        sizes = (len(self.counts), shots, len(QUANTILES))
        _require(self.quantiles is None or self.quantiles.shape == sizes, f"{where}.quantiles")
        measured = (len(self.counts), shots, 3, *headline)
        _require(self.headline is None or self.headline.shape == measured, f"{where}.headline")

    def at(self, what: str, place: int) -> Floats:
        """Return one of the three at one number of labels: (counts, 3)."""
        column: Floats = getattr(self, what)[:, place]
        return column


@dataclass(frozen=True, eq=False, kw_only=True)
class OtherTasksResults(Results):
    """Score against the number of other tasks, as `python -m scenarios other-tasks` measures it.

    Parameters
    ----------
    shots : tuple of int
        The numbers of labels per class, or of labelled points.
    labels_each : int
        Labels per class in each other task that simple statistics learn from.
    best_local : tuple of str
        The best method on local labels alone, for each number of labels.
    local, bayes : (shots, 3)
        Its score, and the Bayes-optimal one.
    learners : dict of ByOtherTasks
        The meta-learner and one network for all tasks, whose last numbers are those of the bundled weights, and methods
        of simple statistics. Older results lack the network for all tasks.
    local_range90, bayes_range90 : (shots, 2) or None
        Between these scores, nine test tasks in ten lie; None in older results.
    local_headline : (shots, 3, ...) or None
        The best local method's measure that a page states first; see `ByOtherTasks`.
    """

    SUFFIX: ClassVar[str] = ".other-tasks"
    COMMAND: ClassVar[str] = "other-tasks"

    shots: tuple[int, ...]
    labels_each: int
    best_local: tuple[str, ...]
    local: Floats
    bayes: Floats
    learners: dict[str, ByOtherTasks]
    local_range90: Floats | None = None
    bayes_range90: Floats | None = None
    local_headline: Floats | None = None

    def at(self, learner: str, count: int, shots: int, what: str = "score") -> Floats | None:
        """Return a learner's score (3,) between measured numbers of other tasks and labels; None if not measured there.

        It is linear in the logarithms of both; `what` may also be one of the other parts of `ByOtherTasks`.
        """
        measured = self.learners.get(learner)
        grid: Floats | None = getattr(measured, what, None)
        if measured is None or grid is None:
            return None
        if not (measured.counts[0] <= count <= measured.counts[-1] and self.shots[0] <= shots <= self.shots[-1]):
            return None
        return _between(grid, np.log(measured.counts), np.log(self.shots), np.log(count), np.log(shots))

    def range90(self, learner: str, count: int, shots: int) -> Floats | None:
        """Return the range of a learner's scores in nine test tasks in ten (2,); None if that was not measured.

        Without other tasks (a count of 0), that of the best method on local labels, or of the Bayes-optimal predictor.
        """
        if count:
            quantiles = self.at(learner, count, shots, "quantiles")
            return None if quantiles is None else quantiles[[0, -1]]
        what = "bayes_range90" if learner == BAYES else "local_range90"
        return None if getattr(self, what) is None else self.level(what, shots)

    def level(self, what: str, shots: int) -> Floats:
        """Return "local", "bayes" or another part that no other tasks change, between measured numbers of labels."""
        rows: Floats = getattr(self, what)
        return _between(rows[None], np.zeros(1), np.log(self.shots), 0, np.log(shots))

    def nearest(self, shots: int) -> int:
        """Return the place of the measured number of labels that is the nearest on a log scale."""
        return nearest_place(self.shots, shots)

    def local_learner(self, shots: int) -> str:
        """Return the best method on local labels alone at the measured number of labels that is nearest."""
        return self.best_local[self.nearest(shots)]

    def interpolation_error(self, learner: str, count: int, shots: int) -> float:
        """Return the largest error of `at` if one of the measured points around the given one is left out.

        Only numbers of other tasks with measured neighbours on both sides count.
        """
        measured = self.learners[learner]
        counts, columns = np.log(measured.counts), np.log(self.shots)
        inner = set(range(1, len(counts) - 1))
        errors = [0.0]
        for place in inner & _around(counts, np.log(count)) or inner:
            rest, left = np.delete(measured.score, place, 0), np.delete(counts, place)
            for column in _around(columns, np.log(shots)):
                found = _between(rest, left, columns, counts[place], columns[column])
                errors.append(abs(float(found[0] - measured.score[place, column, 0])))
        return max(errors)

    def best_simple(self, shots: int) -> str:
        """Return the method of simple statistics that is the best with the most other tasks."""
        place = self.shots.index(shots)
        names = [name for name in self.learners if REGISTRY[name].rung is Rung.BORROWING]
        return max(names, key=lambda name: float(self.metric.sign * self.learners[name].score[-1, place, 0]))

    def check(self, scenario: Scenario) -> None:
        """Raise SchemaError unless every part fits the scenario and the others."""
        super().check(scenario)
        count = len(self.shots)
        _require(META_LEARNED in self.learners and len(self.learners) > 1, "learners")
        _require(len(self.best_local) == count, "best_local")
        _check_intervals(self.local, count, "local")
        _check_intervals(self.bayes, count, "bayes")
        for values in (self.local_range90, self.bayes_range90):
            _require(values is None or values.shape == (count, 2), "range90")
        headline = decision_named(scenario.decision).headline_shape
        _require(self.local_headline is None or self.local_headline.shape == (count, 3, *headline), "local_headline")
        for name, part in self.learners.items():
            part.check(count, f"learners.{name}", headline)
            _require(part.ahead_of_meta is not None, f"learners.{name}.ahead_of_meta")


@dataclass(frozen=True, eq=False, kw_only=True)
class SituationFigures:
    """Scores of simple statistics with a number of labels in other tasks, some of them wrong.

    Parameters
    ----------
    labels_each : int
        Labels per class in each other task.
    label_errors : float
        The share of wrong labels.
    best_local : tuple of str
        The best method on local labels alone, for each number of labels.
    local : (shots, 3)
        Its score.
    learners : dict of ByOtherTasks
        Methods of simple statistics.
    """

    labels_each: int
    label_errors: float
    best_local: tuple[str, ...]
    local: Floats
    learners: dict[str, ByOtherTasks]

    def check(self, shots: int, where: str) -> None:
        """Raise SchemaError unless the sizes agree with the number of shots."""
        _require(self.labels_each > 0 and 0 <= self.label_errors < 1, where)
        _require(len(self.best_local) == shots, f"{where}.best_local")
        _check_intervals(self.local, shots, f"{where}.local")
        _require(len(self.learners) > 0, f"{where}.learners")
        for name, part in self.learners.items():
            part.check(shots, f"{where}.learners.{name}")


@dataclass(frozen=True, eq=False, kw_only=True)
class SituationsResults(Results):
    """Other tasks with fewer labels, and wrong ones, as `python -m scenarios situations` measures them.

    Parameters
    ----------
    shots : tuple of int
        The numbers of labels per class in the new task.
    situations : tuple of SituationFigures
        One for every pair of a number of labels in each other task and of a share of wrong labels, but for the pair of
        OtherTasksResults.
    """

    SUFFIX: ClassVar[str] = ".situations"
    COMMAND: ClassVar[str] = "situations"

    shots: tuple[int, ...]
    situations: tuple[SituationFigures, ...]

    def applied_to(self, found: OtherTasksResults, labels_each: int, label_errors: float) -> OtherTasksResults:
        """Return the results by the number of other tasks in a situation; `found` itself in the one that it has."""
        if (labels_each, label_errors) == (found.labels_each, 0.0):
            return found
        for each in self.situations:
            if (each.labels_each, each.label_errors) == (labels_each, label_errors):
                return replace(
                    found, shots=self.shots, labels_each=labels_each, best_local=each.best_local, local=each.local,
                    bayes=np.stack([found.level("bayes", shots) for shots in self.shots]), learners=each.learners,
                    local_range90=None, bayes_range90=None, local_headline=None,
                )  # fmt: skip
        raise ValueError(f"not measured: {labels_each} labels in each, {label_errors:g} of them wrong")

    def check(self, scenario: Scenario) -> None:
        """Raise SchemaError unless every part fits the scenario and the others."""
        super().check(scenario)
        pairs = {(each.labels_each, each.label_errors) for each in self.situations}
        _require(pairs == set(OTHER_SITUATIONS) and len(self.situations) == len(pairs), "situations")
        for place, situation in enumerate(self.situations):
            situation.check(len(self.shots), f"situations[{place}]")


@dataclass(frozen=True, eq=False, kw_only=True)
class WorldLearner:
    """A learner in one world.

    Parameters
    ----------
    score : (shots, 3)
    range90 : (shots, 2)
        The range of nine test tasks in ten.
    """

    score: Floats
    range90: Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class WorldRung:
    """The best learner of a rung in one world, for each number of labels, against rungs that see less.

    Parameters
    ----------
    best : tuple of str
    ahead_of_generic : (shots, 3) or None
        How much better it is than the best without local labels, on the same tasks; None for that rung itself.
    ahead_of_lower : (shots, 3) or None
        How much better it is than the best of the next lower rung.
    """

    best: tuple[str, ...]
    ahead_of_generic: Floats | None = None
    ahead_of_lower: Floats | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class WorldFigures:
    """One world: its learners, and its rungs by their values."""

    learners: dict[str, WorldLearner]
    rungs: dict[str, WorldRung]

    def check(self, shots: int, where: str) -> None:
        """Raise SchemaError unless the sizes agree with the number of shots."""
        _require(self.learners.keys() >= {META_LEARNED, BAYES}, f"{where}.learners")
        for name, learner in self.learners.items():
            _check_intervals(learner.score, shots, f"{where}.learners.{name}")
            _require(learner.range90.shape == (shots, 2), f"{where}.learners.{name}")
        _require(self.rungs.keys() == {rung.value for rung in Rung}, f"{where}.rungs")
        for name, rung in self.rungs.items():
            _require(len(rung.best) == shots and set(rung.best) <= self.learners.keys(), f"{where}.rungs.{name}")
            for ahead in (rung.ahead_of_generic, rung.ahead_of_lower):
                _require((ahead is None) == (name == Rung.NO_LOCAL_LABELS.value), f"{where}.rungs.{name}")
                if ahead is not None:
                    _check_intervals(ahead, shots, f"{where}.rungs.{name}")


@dataclass(frozen=True, eq=False, kw_only=True)
class WorldsResults(Results):
    """The worlds of a scenario side by side, as `python -m scenarios worlds` measures them.

    Parameters
    ----------
    shots : tuple of int
        The numbers of labels per class.
    worlds : dict of WorldFigures
        From tasks that are much alike to tasks that are not.
    """

    SUFFIX: ClassVar[str] = ".worlds"
    COMMAND: ClassVar[str] = "worlds"

    shots: tuple[int, ...]
    worlds: dict[str, WorldFigures]

    def best(self, world: str, rung: Rung, shots: int) -> str:
        """Return the best learner of a rung in a world at a number of labels."""
        return self.worlds[world].rungs[rung.value].best[self.shots.index(shots)]

    def score(self, world: str, learner: str, shots: int) -> Estimate:
        """Return a learner's score in a world at a number of labels."""
        return Estimate(*map(float, self.worlds[world].learners[learner].score[self.shots.index(shots)]))

    def range90(self, world: str, learner: str, shots: int) -> Floats:
        """Return the ends of the range in which nine test tasks in ten lie: (2,)."""
        ends: Floats = self.worlds[world].learners[learner].range90[self.shots.index(shots)]
        return ends

    def ahead(self, world: str, rung: Rung, shots: int, *, of_generic: bool) -> Estimate:
        """Return the lead of the best of a rung over the best without local labels, or over the next lower rung.

        Raises
        ------
        ValueError
            If it is the rung without local labels.
        """
        found = self.worlds[world].rungs[rung.value]
        leads = found.ahead_of_generic if of_generic else found.ahead_of_lower
        if leads is None:
            raise ValueError("nothing sees less")
        return Estimate(*map(float, leads[self.shots.index(shots)]))

    def check(self, scenario: Scenario) -> None:
        """Raise SchemaError unless every part fits the scenario and the others."""
        super().check(scenario)
        _require(self.shots == WORLD_SHOTS, "shots")
        _require(tuple(self.worlds) == scenario.world_names, "worlds")
        for name, figures in self.worlds.items():
            figures.check(len(self.shots), f"worlds.{name}")


@dataclass(frozen=True, eq=False, kw_only=True)
class Perturbed:
    """Scores of learners under one perturbation, as defined in `scenarios/evaluation/perturbations.py`.

    Parameters
    ----------
    levels : tuple of float
        How much of it; the first is none.
    score, log_loss : dict of (levels, 3)
        In the scenario's metric, and the negative log-likelihood in nats for each query example.
    lost, log_loss_added : dict of (levels, 3)
        How much worse they are than without it, on the same tasks: more is worse.
    treatment : dict of tuple of str
        How each learner treats unequal classes at each level: see `scenarios/learners/unequal_classes.py`.
    ahead : dict of (levels, 3)
        Of "ONE OTHER", the best learners of two rungs on clean data: how much better the first is.
    carried : dict of dict of (levels, 3), or None
        Measures of the decision's `CarriedThreshold`, by learner, of a change between labelling and use; None if it
        has none, and in older results.
    range90, lost_range90 : dict of (levels, 2), or None
        5th and 95th percentile over tasks of score and loss; None in older results.
    """

    levels: tuple[float, ...]
    score: dict[str, Floats]
    lost: dict[str, Floats]
    log_loss: dict[str, Floats]
    log_loss_added: dict[str, Floats]
    treatment: dict[str, tuple[str, ...]]
    ahead: dict[str, Floats]
    carried: dict[str, dict[str, Floats]] | None = None
    range90: dict[str, Floats] | None = None
    lost_range90: dict[str, Floats] | None = None


_LATER = "turn"  # a perturbation that older results lack


@dataclass(frozen=True, eq=False, kw_only=True)
class RobustnessResults(Results):
    """Losses of methods under perturbations, as measured by `python -m scenarios robustness`.

    Parameters
    ----------
    shots : int
        The labels per class, before anything goes wrong.
    best : dict of str
        The learner of each rung, by its value, with the best score on clean data.
    perturbations : dict of Perturbed
        By their names.
    """

    SUFFIX: ClassVar[str] = ".robustness"
    COMMAND: ClassVar[str] = "robustness"

    shots: int
    best: dict[str, str]
    perturbations: dict[str, Perturbed]

    @property
    def compared(self) -> tuple[str, ...]:
        """The best learner of each rung, the Bayes-optimal predictor last."""
        return tuple(self.best.values())

    def overtaken(self, perturbation: str) -> list[tuple[str, str]]:
        """Return who of `compared` is surely behind another at the last level and surely was ahead: (new, old) each."""
        pairs = []
        for pair, (clean, *_, last) in self.perturbations[perturbation].ahead.items():
            one, other = pair.split()
            if BAYES in (one, other):
                continue
            if clean[1] > 0 and last[2] < 0:
                pairs.append((other, one))
            elif clean[2] < 0 and last[1] > 0:
                pairs.append((one, other))
        return pairs

    def check(self, scenario: Scenario) -> None:
        """Raise SchemaError unless every part fits the scenario and the others."""
        super().check(scenario)
        known = perturbations.known(scenario).keys()
        _require(known - {_LATER} <= self.perturbations.keys() <= known, "perturbations")
        names = None
        for name, each in self.perturbations.items():
            where, count = f"perturbations.{name}", len(each.levels)
            _require(each.levels == perturbations.known(scenario)[name], f"{where}.levels")
            names = names or each.score.keys()
            for part in (each.score, each.lost, each.log_loss, each.log_loss_added):
                _require(part.keys() == names, where)
            _require(each.treatment.keys() == names, where)
            _require(all(len(treatments) == count for treatments in each.treatment.values()), where)
            _require(each.ahead.keys() == {" ".join(pair) for pair in combinations(self.compared, 2)}, where)
            carried = each.carried or {}
            _require(all(part.keys() == names for part in carried.values()), f"{where}.carried")
            for part in (each.score, each.lost, each.log_loss, each.log_loss_added, each.ahead, *carried.values()):
                for learner, values in part.items():
                    _check_intervals(values, count, f"{where}.{learner}")
            for ranges in (each.range90, each.lost_range90):
                if ranges is not None:
                    _require(ranges.keys() == names, f"{where}.range90")
                    _require(all(ends.shape == (count, 2) for ends in ranges.values()), f"{where}.range90")
        _require(set(self.best.values()) <= set(names or ()) <= REGISTRY.keys(), "best")
        _require(all(REGISTRY[name].rung.value == rung for rung, name in self.best.items()), "best")
        _require(Rung.BAYES.value in self.best and Rung.META_LEARNED.value in self.best, "best")


@dataclass(frozen=True, eq=False, kw_only=True)
class CalibrationFigures:
    """Calibration of one method's risks, for each number of labels.

    Parameters
    ----------
    slope, ratio : (shots, 3)
        The calibration slope, and observed to expected events, over the query examples of all tasks.
    slope90, ratio90 : (shots, 2)
        The range of nine test tasks in ten.
    below : (shots, 3, edges) or None
        Of the shares of examples that are no case, and a case, with a risk below each edge between two bins: the
        standard errors of both means over tasks, and their correlation. None in older results.
    """

    slope: Floats
    slope90: Floats
    ratio: Floats
    ratio90: Floats
    below: Floats | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class CalibrationResults(Results):
    """Calibration of predicted risks of the last class, measured by `python -m scenarios calibration`.

    Parameters
    ----------
    shots : tuple of int
        The numbers of labels per class.
    learners : dict of CalibrationFigures
    """

    SUFFIX: ClassVar[str] = ".calibration"
    COMMAND: ClassVar[str] = "calibration"

    shots: tuple[int, ...]
    learners: dict[str, CalibrationFigures]

    def errors_below(self, learner: str, shots: int) -> Floats | None:
        """Return a learner's `below` (3, edges) at the measured number of labels that is nearest; None if not known."""
        part = self.learners.get(learner)
        return None if part is None or part.below is None else part.below[self.nearest(shots)]

    def nearest(self, shots: int) -> int:
        """Return the place of the measured number of labels that is the nearest on a log scale."""
        return nearest_place(self.shots, shots)

    def check(self, scenario: Scenario) -> None:
        """Raise SchemaError unless every part fits the scenario and the others."""
        super().check(scenario)
        _require(self.learners.keys() >= {META_LEARNED, BAYES}, "learners")
        _require(self.learners.keys() <= REGISTRY.keys(), "learners")
        for name, part in self.learners.items():
            _check_intervals(part.slope, len(self.shots), f"learners.{name}.slope")
            _check_intervals(part.ratio, len(self.shots), f"learners.{name}.ratio")
            for ends in (part.slope90, part.ratio90):
                _require(ends.shape == (len(self.shots), 2), f"learners.{name}")
            if part.below is not None:
                _require(part.below.shape == (len(self.shots), 3, RISK_BINS - 1), f"learners.{name}.below")


@dataclass(frozen=True, eq=False, kw_only=True)
class TripFigures:
    """One method in use on a device, for each number of labels.

    Parameters
    ----------
    alarm_rates : (shots, 3, budgets, classes)
        The share of the windows of each true class that raise an alarm, at each budget's threshold.
    within, between : (shots, worse shares, minutes, 3)
        The share of pairs of trips that are ranked right: of one task, and of two.
    stored : int
        The numbers that it keeps from its training: weights, learning rates, hyperparameters, calibration.
    stored_bytes : int
        Their size in memory.
    """

    alarm_rates: Floats
    within: Floats
    between: Floats
    stored: int
    stored_bytes: int


@dataclass(frozen=True, eq=False, kw_only=True)
class TripsResults(Results):
    """Alarms by true class, scores of trips and sizes of models, as `python -m scenarios trips` measures them.

    Parameters
    ----------
    shots : tuple of int
        The numbers of labels per class.
    windows : int
        The further query examples of each task from which trips are drawn.
    learners : dict of TripFigures
    """

    SUFFIX: ClassVar[str] = ".trips"
    COMMAND: ClassVar[str] = "trips"

    shots: tuple[int, ...]
    windows: int
    learners: dict[str, TripFigures]

    def nearest(self, shots: int) -> int:
        """Return the place of the measured number of labels that is the nearest on a log scale."""
        return nearest_place(self.shots, shots)

    def check(self, scenario: Scenario) -> None:
        """Raise SchemaError unless every part fits the scenario and the others."""
        super().check(scenario)
        trips, count = decision_named(scenario.decision).trips, len(self.shots)
        if trips is None:
            raise ValueError("a scenario whose decision knows no trips")
        _require(self.learners.keys() >= {META_LEARNED, BAYES}, "learners")
        _require(self.learners.keys() <= REGISTRY.keys(), "learners")
        for name, part in self.learners.items():
            _require(part.alarm_rates.shape == (count, 3, trips.budgets, scenario.ways), f"learners.{name}.alarm_rates")
            for ranked in (part.within, part.between):
                shape = (count, len(trips.worse_shares), len(trips.minutes), 3)
                _require(ranked.shape == shape, f"learners.{name}")
                _check_intervals(ranked.reshape(-1, 3), ranked.size // 3, f"learners.{name}")
            _require(part.stored >= 0 and part.stored_bytes >= 0, f"learners.{name}")


@dataclass(frozen=True, eq=False, kw_only=True)
class ByUnlabelled:
    """A method with several numbers of unlabelled examples.

    Parameters
    ----------
    base : str
        The learner that it is without any.
    score : (counts, shots, 3)
    ahead : (counts, shots, 3)
        How much better it is than without any, on the same tasks.
    labels_worth : tuple of tuple of OpenEstimate, or None
        For each count and number of labels, the labels per class with which its score is reached without unlabelled
        examples; None of a method that uses no labels.
    """

    base: str
    score: Floats
    ahead: Floats
    labels_worth: tuple[tuple[OpenEstimate, ...], ...] | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class UnlabelledResults(Results):
    """Score against the number of unlabelled examples, as `python -m scenarios unlabelled` measures it.

    Parameters
    ----------
    shots, counts : tuple of int
        The numbers of labels per class, and of unlabelled examples; the first count is 0.
    most_shots : int
        The labels per class up to which `labels_worth` was looked for.
    learners : dict of ByUnlabelled
        One or two methods of each rung, and the Bayes-optimal predictor.
    effective_samples : (counts - 1, shots)
        Behind the Bayes-optimal answer: nineteen test tasks in twenty have more.
    """

    SUFFIX: ClassVar[str] = ".unlabelled"
    COMMAND: ClassVar[str] = "unlabelled"

    shots: tuple[int, ...]
    counts: tuple[int, ...]
    most_shots: int
    learners: dict[str, ByUnlabelled]
    effective_samples: Floats

    def at(self, learner: str, what: str, shots: int) -> Floats:
        """Return a method's "score" or "ahead" at one number of labels: (counts, 3)."""
        column: Floats = getattr(self.learners[learner], what)[:, self.shots.index(shots)]
        return column

    def labels_worth(self, learner: str, shots: int) -> OpenEstimate | None:
        """Return the worth of a method's labels and all unlabelled examples together, in labels per class."""
        worth = self.learners[learner].labels_worth
        return worth[-1][self.shots.index(shots)] if worth else None

    def nearest(self, shots: int) -> int:
        """Return the place of the measured number of labels that is the nearest on a log scale."""
        return nearest_place(self.shots, shots)

    def check(self, scenario: Scenario) -> None:
        """Raise SchemaError unless every part fits the scenario and the others."""
        super().check(scenario)
        shape = len(self.counts), len(self.shots)
        _require(self.counts[0] == 0 and list(self.counts) == sorted(set(self.counts)), "counts")
        _require(list(self.shots) == sorted(set(self.shots)), "shots")
        _require(BAYES in self.learners and self.learners.keys() <= REGISTRY.keys(), "learners")
        _require(self.effective_samples.shape == (shape[0] - 1, shape[1]), "effective_samples")
        for name, part in self.learners.items():
            _require(part.base in REGISTRY, f"learners.{name}.base")
            for values in (part.score, part.ahead):
                _require(values.shape == (*shape, 3), f"learners.{name}")
            worth = part.labels_worth or ((None,) * shape[1],) * shape[0]
            _require([len(row) for row in worth] == [shape[1]] * shape[0], f"learners.{name}.labels_worth")


@dataclass(frozen=True, eq=False, kw_only=True)
class Reference:
    """A learner that meta-training does not change, and its score."""

    learner: str
    score: Estimate


@dataclass(frozen=True, eq=False, kw_only=True)
class References:
    """The best learner from scratch, and the Bayes-optimal predictor."""

    from_scratch: Reference
    bayes: Reference


@dataclass(frozen=True, eq=False, kw_only=True)
class ByTaskCount:
    """Meta-learners by the number of training tasks.

    Parameters
    ----------
    train_tasks : tuple of int
    score, ahead : (counts, 3)
        The score, and how much better it is than the best method on local labels alone.
    """

    train_tasks: tuple[int, ...]
    score: Floats
    ahead: Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class ByDiversity:
    """Meta-learners by the share of all tasks, the most similar ones, that training tasks come from.

    Parameters
    ----------
    shares : tuple of float
        In (0, 1].
    score, ahead : (shares, 3)
        As in `ByTaskCount`.
    """

    shares: tuple[float, ...]
    score: Floats
    ahead: Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class Run:
    """One meta-training: the meta-steps at which it was evaluated, the seconds up to them, the score (looks, 3)."""

    steps: tuple[int, ...]
    seconds: tuple[float, ...]
    score: Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class Derivatives:
    """Meta-training with second derivatives and without.

    Parameters
    ----------
    second_order, first_order : Run
    slower : Estimate
        How many times as long a meta-step with second derivatives takes.
    pairs : int
        The stretches of meta-steps that were timed in turn.
    ahead : Estimate
        How much better the score with second derivatives is at the end.
    """

    second_order: Run
    first_order: Run
    slower: Estimate
    pairs: int
    ahead: Estimate


@dataclass(frozen=True, eq=False, kw_only=True)
class Complexity:
    """How much the settings matter, and how much there is to write and to choose.

    Parameters
    ----------
    inner_lrs : tuple of float
    by_inner_lr : (inner learning rates, 3)
        The score of a meta-learner trained with each.
    best, worst : int
        The places of the best and the worst of them.
    best_ahead : Estimate
        How much better the best is than the worst.
    steps : tuple of int
        Inner steps.
    trained_for : int
        The number of them in meta-training.
    by_steps, steps_ahead : (steps, 3)
        The score, and how much better it is than after the steps in meta-training.
    lines : dict of int
        The lines of code of the method, by file.
    settings, baseline_settings
        The names of its settings, and of those of the methods on local labels alone.
    """

    inner_lrs: tuple[float, ...]
    by_inner_lr: Floats
    best: int
    worst: int
    best_ahead: Estimate
    steps: tuple[int, ...]
    trained_for: int
    by_steps: Floats
    steps_ahead: Floats
    lines: dict[str, int]
    settings: tuple[str, ...]
    baseline_settings: dict[str, tuple[str, ...]]


@dataclass(frozen=True, eq=False, kw_only=True)
class ChallengeResults(Results):
    """Data needs of meta-learning in a scenario, as measured by `python -m scenarios challenges`.

    Parameters
    ----------
    shots : int
        Labels per class.
    recipe : Recipe
        The scenario's own, from which each chart varies one setting.
    reference : References
    data, diversity, compute, complexity
        One for each chart.
    """

    SUFFIX: ClassVar[str] = ".challenges"
    COMMAND: ClassVar[str] = "challenges"

    shots: int
    recipe: Recipe
    reference: References
    data: ByTaskCount
    diversity: ByDiversity
    compute: Derivatives
    complexity: Complexity

    @property
    def baseline(self) -> str:
        """The best learner that starts from scratch."""
        return self.reference.from_scratch.learner

    def is_better(self, score: float, than: float) -> bool:
        """Return whether a score is better than another."""
        return self.metric.sign * (score - than) > 0

    def check(self, scenario: Scenario) -> None:
        """Raise SchemaError unless every part fits the scenario and the others."""
        super().check(scenario)
        for where, part, count in (
            ("data", self.data, len(self.data.train_tasks)),
            ("diversity", self.diversity, len(self.diversity.shares)),
        ):
            _check_intervals(part.score, count, f"{where}.score")
            _check_intervals(part.ahead, count, f"{where}.ahead")
        _require(self.recipe.train_tasks in self.data.train_tasks, "data.train_tasks")
        for where, run in (("second_order", self.compute.second_order), ("first_order", self.compute.first_order)):
            _require(run.steps == self.compute.first_order.steps, f"compute.{where}.steps")
            _require(len(run.seconds) == len(run.steps), f"compute.{where}.seconds")
            _check_intervals(run.score, len(run.steps), f"compute.{where}.score")
        self._check_complexity()

    def _check_complexity(self) -> None:
        part = self.complexity
        _check_intervals(part.by_inner_lr, len(part.inner_lrs), "complexity.by_inner_lr")
        for place in (part.best, part.worst):
            _require(0 <= place < len(part.inner_lrs), "complexity.best")
        _require(self.recipe.inner_lr in part.inner_lrs, "complexity.inner_lrs")
        _check_intervals(part.by_steps, len(part.steps), "complexity.by_steps")
        _check_intervals(part.steps_ahead, len(part.steps), "complexity.steps_ahead")
        _require(part.trained_for in part.steps, "complexity.steps")
        _require(bool(part.lines) and bool(part.baseline_settings.keys() - {SCRATCH}), "complexity")


@dataclass(frozen=True, eq=False, kw_only=True)
class CurvedMethods:
    """The best of several methods that see the same, at each position of a dial.

    Parameters
    ----------
    best : tuple of str
        A learner, or one of CURVED_FEATURES.
    score : (dials, 3)
    ahead_of_meta : (dials, 3)
        How much better it is than the meta-learner on the same tasks.
    """

    best: tuple[str, ...]
    score: Floats
    ahead_of_meta: Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class CurvatureResults(Results):
    """Scores against how curved the shared structure is, as `python -m scenarios curvature` measures them.

    Parameters
    ----------
    shots : int
        Labels per class.
    dials : tuple of float
        Twists of the inputs, radians per standard deviation; 0 is the scenario itself.
    other_tasks, labels_each : int
        Of which simple statistics learn, and the labels per class in each.
    train_tasks : int
        Of which the meta-learner learns.
    methods : dict of CurvedMethods
        By CURVED_GROUPS.
    bayes : (dials, 3)
    at : float
        The position of the dial for `by_tasks`.
    by_tasks : ByTaskCount
        The meta-learner by the number of training tasks; `ahead` is against the best of simple statistics.
    """

    SUFFIX: ClassVar[str] = ".curvature"
    COMMAND: ClassVar[str] = "curvature"

    shots: int
    dials: tuple[float, ...]
    other_tasks: int
    labels_each: int
    train_tasks: int
    methods: dict[str, CurvedMethods]
    bayes: Floats
    at: float
    by_tasks: ByTaskCount

    def simple(self, place: int) -> str:
        """Return the best group of simple statistics at a place of the dial."""
        return max(CURVED_SIMPLE, key=lambda group: float(self.metric.sign * self.methods[group].score[place, 0]))

    def check(self, scenario: Scenario) -> None:
        """Raise SchemaError unless every part fits the scenario and the others."""
        super().check(scenario)
        count = len(self.dials)
        _require(list(self.dials) == sorted(set(self.dials)) and self.dials[0] == 0, "dials")
        _require(self.at in self.dials, "at")
        _require(self.methods.keys() == set(CURVED_GROUPS), "methods")
        for group, part in self.methods.items():
            known = REGISTRY.keys() | set(CURVED_FEATURES)
            _require(len(part.best) == count and set(part.best) <= known, f"methods.{group}.best")
            _check_intervals(part.score, count, f"methods.{group}.score")
            _check_intervals(part.ahead_of_meta, count, f"methods.{group}.ahead_of_meta")
        _check_intervals(self.bayes, count, "bayes")
        _check_intervals(self.by_tasks.score, len(self.by_tasks.train_tasks), "by_tasks.score")
        _check_intervals(self.by_tasks.ahead, len(self.by_tasks.train_tasks), "by_tasks.ahead")


@dataclass(frozen=True, eq=False, kw_only=True)
class Anchor:
    """A predictor whose expected score is known, and its score on random points and on an even grid."""

    expected: float
    random: Estimate
    grid: Estimate


@dataclass(frozen=True, eq=False, kw_only=True)
class Anchors:
    """Predictors whose scores are known: 0 everywhere."""

    zero: Anchor


@dataclass(frozen=True, eq=False, kw_only=True)
class Repetition:
    """A learner of a published experiment, trained again with its settings for one number of labels.

    Parameters
    ----------
    learner : str
    shots : int
    steps : tuple of int
        Inner steps.
    seconds : float
        Of meta-training, without compiling and drawing tasks.
    random, grid : (steps, 3)
        The score on random query points and on an even grid.
    settings : Recipe
    """

    learner: str
    shots: int
    steps: tuple[int, ...]
    seconds: float
    random: Floats
    grid: Floats
    settings: Recipe

    @property
    def trained_for(self) -> int:
        """The place among `steps` of those in meta-training."""
        return self.steps.index(self.settings.inner_steps)


@dataclass(frozen=True, eq=False, kw_only=True)
class OwnScore:
    """The scores of one of our own learners on the same tasks."""

    learner: str
    shots: int
    random: Estimate
    grid: Estimate


@dataclass(frozen=True, eq=False, kw_only=True)
class BenchmarkResults(Results):
    """A published experiment, as `python -m scenarios benchmark` repeats it."""

    SUFFIX: ClassVar[str] = ".benchmark"
    COMMAND: ClassVar[str] = "benchmark"

    anchors: Anchors
    repeated: tuple[Repetition, ...]
    ours: tuple[OwnScore, ...]

    def repetition(self, learner: str, shots: int) -> Estimate:
        """Return our repetition of a published score: the mean on random points, after its training's inner steps."""
        [entry] = [each for each in self.repeated if (each.learner, each.shots) == (learner, shots)]
        return Estimate(*map(float, entry.random[entry.trained_for]))

    def own(self, shots: int) -> dict[str, Estimate]:
        """Return the scores of this project's own learners on random points."""
        return {each.learner: each.random for each in self.ours if each.shots == shots}

    def check(self, scenario: Scenario) -> None:
        """Raise SchemaError unless every part fits the scenario and the others."""
        super().check(scenario)
        classic = _benchmark_of(scenario)
        expected = [("pooled", classic.shots[0])]
        expected += [(name, shots) for name in classic.recipes for shots in classic.shots]
        _require(sorted((each.learner, each.shots) for each in self.repeated) == sorted(expected), "repeated")
        for each in self.repeated:
            _check_intervals(each.random, len(each.steps), "repeated.random")
            _check_intervals(each.grid, len(each.steps), "repeated.grid")
            _require(each.settings.inner_steps in each.steps, "repeated.steps")
        _require({each.shots for each in self.ours} == set(classic.shots), "ours")
        _require({each.learner for each in self.ours} <= REGISTRY.keys(), "ours")


Kind = TypeVar("Kind", bound=Results)


def trade_of(scenario: Scenario) -> str:
    """Return the naming scheme of the learners: "rates" if they learn one rate for each weight."""
    return "rates" if scenario.recipe.learn_rates == "weight" else "league"


def path_of(kind: type[Results], scenario_name: str, folder: Path | None = None) -> Path:
    """Return the path of a scenario's results of a kind."""
    return (folder or FOLDER) / f"{scenario_name}{kind.SUFFIX}.json"


def content_of(results: Results) -> dict[str, Any]:
    """Return the JSON of a results file."""
    return {"schema": results.SCHEMA, **to_json(results)}


def from_content(kind: type[Kind], content: Any, scenario: Scenario) -> Kind:
    """Return the results in the JSON of a file.

    Raises
    ------
    SchemaError
        If they have another schema version.
    ValueError
        If they are anything but the whole results of the scenario.
    """
    if not isinstance(content, dict):
        raise ValueError("not an object")
    schema = content.get("schema")
    if type(schema) is not int or schema != kind.SCHEMA:
        raise SchemaError(f"not schema version {kind.SCHEMA}")
    results = from_json(kind, {name: part for name, part in content.items() if name != "schema"})
    results.check(scenario)
    return results


class SchemaError(ValueError):
    """A results file of another version of this software."""


def read(kind: type[Kind], scenario_name: str, folder: Path | None = None) -> Kind:
    """Read published results. Raises UserError if their file is missing, damaged or of another schema version."""
    path = path_of(kind, scenario_name, folder)
    try:
        return from_content(kind, read_json(path), scenario_named(scenario_name))
    except (OSError, ValueError) as error:
        text = _OTHER_SCHEMA if isinstance(error, SchemaError) else _DAMAGED
        command = _command(kind, scenario_named(scenario_name))
        raise UserError(text.format(file=path.name, schema=kind.SCHEMA, command=command)) from error


def _command(kind: type[Results], scenario: Scenario) -> str:
    measures = kind.COMMAND if scenario.name == scenario.folder else WorldsResults.COMMAND
    return f"python -m scenarios {measures} {scenario.folder}"


_DAMAGED = Text(
    en="The results file {file} is missing or damaged. To make it again, run: {command}",
    zh="结果文件 {file} 不存在或已损坏。请运行以下命令重新生成：{command}",
)
_OTHER_SCHEMA = Text(
    en="The results file {file} was written by another version of this software; this one reads schema version "
    "{schema}. To make it again, run: {command}",
    zh="结果文件 {file} 由本软件的其他版本写成，当前版本只读取格式版本 {schema}。请运行以下命令重新生成：{command}",
)


def write(results: Results, path: Path) -> None:
    """Write results. Raises UserError, before the file is touched, if a figure is not finite."""
    try:
        content = json.dumps(content_of(results), separators=(",", ":"), allow_nan=False)
        from_json(type(results), to_json(results))
    except ValueError as error:
        raise not_publishable(results.scenario, error) from error
    with whole_file(path) as file:
        file.write(content.encode() + b"\n")


def not_publishable(scenario_name: str, error: ValueError) -> UserError:
    """Return the error for measurements with figures that are not finite, as of a learner whose inner steps diverge."""
    text = Text(
        en="The results of {scenario} cannot be published, because a method's predictions are not finite "
        "({error}). Train that method again with other hyperparameters.",
        zh="{scenario} 的结果无法发布：某种方法的预测不是有限数值（{error}）。请更换超参数，重新训练该方法。",
    )
    return UserError(text.format(scenario=scenario_name, error=str(error)))


def _benchmark_of(scenario: Scenario) -> Benchmark:
    if scenario.benchmark is None:
        raise ValueError(f"{scenario.name} has no benchmark")
    return scenario.benchmark


def _check_risks(risks: RiskBins | None, scenario: Scenario, shots: int, where: str) -> None:
    _require((risks is None) == scenario.regression, f"{where}.risks")
    if risks is not None:
        risks.check(shots, f"{where}.risks")


def _risks_at(risks: RiskBins | None, place: int) -> tuple[Counts, Floats]:
    if risks is None:
        raise ValueError("a regression has no risks")
    return risks.counts[place], risks.sums[place]


def _check_intervals(values: Floats, count: int, where: str) -> None:
    """Means with the lower and the upper end of their intervals: (count, 3)."""
    _require(values.shape == (count, 3), where)
    mean, low, high = values.T
    _require(bool(((low <= mean) & (mean <= high)).all()), where)


def _require(fits: bool, where: str) -> None:
    if not fits:
        raise ValueError(f"{where} does not fit the rest of the file")
