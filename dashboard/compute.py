"""The doors to slow things. Arguments are names and numbers; answers are frozen values and arrays."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from dashboard import work
from dashboard.engine import ENGINE, Job
from dashboard.permalink import Points
from dashboard.settings import SETTINGS
from dashboard.work import adapt_to
from scenarios.atomic_files import read_json
from scenarios.catalog import SCENARIOS
from scenarios.demo import maps, precomputed
from scenarios.demo.drafts import is_draft
from scenarios.demo.maps import DataMap, Maps, ModelMap, StrategyMap, TaskMap
from scenarios.demo.precomputed import DemoTask
from scenarios.errors import ReaderError
from scenarios.learners import registry
from scenarios.learners.registry import Family
from scenarios.metrics import Metric
from scenarios.publication import result_layouts
from scenarios.scenario import Scenario
from scenarios.task import Array
from scenarios.text import Text

Results = TypeVar("Results")
_FIRST = (precomputed.SEED, precomputed.DRAW, maps.PREPARED_SHOTS)  # of which the maps of one task are made beforehand


@dataclass(frozen=True, eq=False)  # one object per scenario, so that charts can be kept by it
class Study:
    """The published results of one scenario, as `python -m scenarios study` wrote them."""

    raw: dict[str, Any]

    @property
    def metric(self) -> Metric:
        return SCENARIOS[self.raw["scenario"]].metric

    @property
    def learners(self) -> list[str]:
        return list(self.raw["learners"])

    @property
    def classical(self) -> str:
        """The textbook's method for this scenario, which learns from the support set alone."""
        return SCENARIOS[self.raw["scenario"]].reference_learner

    @property
    def rivals(self) -> list[str]:
        """Those beside the network that learn from the support set alone."""
        return [name for name in self.raw["comparison"]["from_scratch"] if name != "scratch"]

    @property
    def rival(self) -> str:
        """The one of them that is the best at the most numbers of labels."""
        best = self.raw["comparison"]["best_from_scratch"]
        return max(self.rivals, key=best.count)

    @property
    def tasks(self) -> int:
        return int(self.raw["protocol"]["tasks"])

    @property
    def shots(self) -> list[int]:
        return list(self.raw["shots"])

    def rows(self, *families: Family) -> list[str]:
        """Return the learners of some families that a table of this scenario's measures has, in the usual order."""
        known = registry.compared(SCENARIOS[self.raw["scenario"]], *families)
        return [name for name in known if name in self.raw["learners"]]

    def at(self, learner: str, shots: int, what: str = "score") -> Any:
        """One published figure of a learner at a number of labels; intervals are [mean, low, high]."""
        return self.raw["learners"][learner][what][self._column(shots)]

    def curve(self, learner: str, what: str = "score") -> Array:
        """Mean, low, high against labels: (shots, 3)."""
        return np.array(self.raw["learners"][learner][what])

    def risks(self, learner: str, shots: int) -> tuple[Array, Array]:
        """How often each bin of risks was said, where it was false and where true (2, bins), and its sum (bins,)."""
        return np.array(self.at(learner, shots, "risk_counts")), np.array(self.at(learner, shots, "risk_sums"))

    def compared(self, what: str, shots: int) -> Any:
        """Of the meta-learner against the best from-scratch learner: gap_closed, labels_worth, best_from_scratch."""
        return self.raw["comparison"][what][self._column(shots)]

    @property
    def overtaken_at(self) -> float | None:
        """The novelty at which the best from-scratch learner draws ahead: 0 from the start, None nowhere up to 1."""
        novelty = self.raw["novelty"]
        ahead = novelty["score"]["maml"][0][0] - novelty["best_from_scratch"][0]
        if self.metric.sign * ahead < 0:
            return 0.0
        return None if novelty["overtaken_at"] is None else float(novelty["overtaken_at"])

    @property
    def overtaker(self) -> str:
        """Which of the from-scratch learners is the best one where it draws ahead; where none does, at 1."""
        at = self.overtaken_at
        return self.best_from_scratch(1.0 if at is None else at)

    def best_from_scratch(self, novelty_at_least: float) -> str:
        """Which of them is the best at the first novelty measured that is this high."""
        novelty = self.raw["novelty"]
        place = next(i for i, rho in enumerate(novelty["rho"]) if rho >= novelty_at_least)
        return max(("scratch", *self.rivals), key=lambda name: self.metric.sign * novelty["score"][name][place][0])

    def _column(self, shots: int) -> int:
        return self.shots.index(shots)


def study(scenario_name: str) -> Study:
    """Raises ReaderError where the results file is missing or damaged."""
    return _published(
        Study, precomputed.results_path(scenario_name), "study", scenario_name, result_layouts.check_study
    )


@dataclass(frozen=True, eq=False)
class Challenges:
    """What meta-learning needs in one scenario, as `python -m scenarios challenges` measured it."""

    raw: dict[str, Any]

    @property
    def metric(self) -> Metric:
        return SCENARIOS[self.raw["scenario"]].metric

    @property
    def baseline(self) -> str:
        """The best learner that starts from scratch."""
        return str(self.raw["reference"]["from_scratch"]["learner"])

    def reference(self, name: str) -> list[float]:
        """The score of "from_scratch" or "bayes": mean, low and high."""
        found: list[float] = self.raw["reference"][name]["score"]
        return found

    def better(self, score: float, than: float) -> bool:
        return self.metric.sign * (score - than) > 0


def challenged() -> list[str]:
    """The scenarios whose challenges have been measured, in the order of the catalog."""
    return [name for name in SCENARIOS if precomputed.challenges_path(name).is_file()]


def challenges(scenario_name: str) -> Challenges:
    """Raises ReaderError where the file is missing or damaged."""
    path = precomputed.challenges_path(scenario_name)
    return _published(Challenges, path, "challenges", scenario_name, result_layouts.check_challenges)


def trade_of(scenario: Scenario) -> str:
    """In which all its learners are named side by side: "rates" where they learn one for each weight."""
    return "rates" if scenario.recipe.learn_rates == "weight" else "league"


@dataclass(frozen=True, eq=False)
class League:
    """All learners of one scenario against each other, as `python -m scenarios study` measured them."""

    raw: dict[str, Any]

    @property
    def metric(self) -> Metric:
        return SCENARIOS[self.raw["scenario"]].metric

    @property
    def shots(self) -> list[int]:
        return list(self.raw["shots"])

    @property
    def tasks(self) -> int:
        return int(self.raw["protocol"]["tasks"])

    @property
    def trade(self) -> str:
        return trade_of(SCENARIOS[self.raw["scenario"]])

    def at(self, learner: str, what: str, shots: int) -> Any:
        """A figure of a learner at a number of labels: "score", "regret" or "gap_closed", as [mean, low, high]."""
        return self.raw["learners"][learner][what][self.shots.index(shots)]

    def cost(self, learner: str, what: str) -> float | None:
        """ "adapt_ms" or "train_seconds"; None where there is nothing to train."""
        found: float | None = self.raw["learners"][learner][what]
        return found

    def pair(self, one: str, other: str, what: str, shots: int) -> Any:
        """Of two learners: by how much the first is "ahead", or how many labels the other needs, "labels_worth"."""
        return self.raw["pairs"][f"{one} {other}"][what][self.shots.index(shots)]

    def ranked(self, shots: int) -> list[str]:
        """The learners at a number of labels, the best first; without the best possible, which is no learner."""
        names = [name for name in self.raw["learners"] if name != "bayes"]
        return sorted(names, key=lambda name: -self.metric.sign * self.at(name, "score", shots)[0])


def in_leagues() -> list[str]:
    """The scenarios whose learners have been compared, in the order of the catalog."""
    return [name for name in SCENARIOS if precomputed.league_path(name).is_file()]


def league(scenario_name: str) -> League:
    """Raises ReaderError where the file is missing or damaged."""
    return _published(
        League, precomputed.league_path(scenario_name), "study", scenario_name, result_layouts.check_league
    )


@dataclass(frozen=True, eq=False)
class Repetition:
    """A classic experiment, as `python -m scenarios benchmark` repeated it."""

    raw: dict[str, Any]

    def repeated(self, learner: str, shots: int) -> tuple[float, float, float]:
        """The score with the published settings, after the steps that it was trained for: mean, low and high."""
        [entry] = [e for e in self.raw["repeated"] if (e["learner"], e["shots"]) == (learner, shots)]
        mean, low, high = entry["random"][entry["steps"].index(entry["settings"]["inner_steps"])]
        return mean, low, high

    def ours(self, shots: int) -> list[tuple[str, tuple[float, float, float]]]:
        """The scores of our own learners on the same tasks."""
        return [(e["learner"], tuple(e["random"])) for e in self.raw["ours"] if e["shots"] == shots]


def repetition(scenario_name: str) -> Repetition:
    """Raises ReaderError where the file is missing or damaged."""
    path = precomputed.benchmark_path(scenario_name)
    return _published(Repetition, path, "benchmark", scenario_name, result_layouts.check_benchmark)


def _published(
    kind: Callable[[dict[str, Any]], Results],
    path: Path,
    command: str,
    scenario_name: str,
    check: Callable[[Any, Scenario], None],
) -> Results:
    """Return the results that a command wrote, read again when the file has changed.

    Raises ReaderError if they are missing, damaged or another version's, also later: when something is looked up that
    another version did not measure.
    """
    results: Results = _read_results(kind, path, command, scenario_name, check, _version(path))
    return results


def _version(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:  # which reading it reports
        return None
    return status.st_mtime_ns, status.st_size


# Not one of Streamlit's caches, which any visitor can have cleared: charts are kept by the results that they show, and
# each clearing would leave them another copy of these.
@lru_cache(maxsize=32)
def _read_results(
    kind: Callable[[dict[str, Any]], Results],
    path: Path,
    command: str,
    scenario_name: str,
    check: Callable[[Any, Scenario], None],
    version: tuple[int, int] | None,
) -> Results:
    lacking = ReaderError(
        Text(
            en=f"The results file {path.name} is missing or damaged. "
            f"To make it again, run: python -m scenarios {command} {scenario_name}",
            zh=f"结果文件 {path.name} 不存在或已损坏。"
            f"请运行以下命令重新生成：python -m scenarios {command} {scenario_name}",
        )
    )
    try:
        raw: dict[str, Any] = read_json(path, lambda part: _Part(part, lacking))
        check(raw, SCENARIOS[scenario_name])
    except (OSError, ValueError) as error:
        raise lacking from error
    return kind(raw)


class _Part(dict[str, Any]):
    """An object of a results file, which says what to do about it where something is not in there."""

    def __init__(self, content: dict[str, Any], lacking: ReaderError) -> None:
        super().__init__(content)
        self._lacking = lacking

    def __missing__(self, key: str) -> Any:
        raise self._lacking from KeyError(key)


def demo_task(
    scenario_name: str, seed: int, draw: int, shots: int, own: Points = (), weights: bytes = b""
) -> DemoTask | Job:
    """What every learner makes of one task: at once where it was made beforehand, else as a job in the worker.

    `own` are a reader's points, to be learnt from instead of the task's; `weights` the file of a reader's own learner,
    which stands in for the meta-learned one.
    """
    ready = None if own or weights else _preset(scenario_name, seed, draw, shots)
    trained = (weights,) if weights else ()
    return ready or ENGINE.ask(adapt_to, scenario_name, seed, draw, shots, own, *trained)


def first_example(seed: int, points: int, centred: bool) -> Job:
    """The article's linear model, being trained."""
    return ENGINE.ask(work.first_example, seed, points, centred)


def practice(scenario_name: str, seed: int, weights: bytes = b"") -> Job:
    """The learners, adapting to a seed's tasks; `weights` as in `demo_task`."""
    return ENGINE.ask(work.practise, scenario_name, seed, weights)


# The maps; `weights` are the file of a reader's own learner, which stands in for the meta-learned one.


def task_map(scenario_name: str, weights: bytes = b"") -> TaskMap | Job:
    """Many tasks, by what each does to the meta-learned start."""
    ready = None if weights else _maps(scenario_name)
    return ready.task if ready else ENGINE.ask(work.map_tasks, scenario_name, weights)


def model_map(scenario_name: str, weights: bytes = b"") -> ModelMap | Job:
    """What moves in the network on the same tasks."""
    ready = None if weights else _maps(scenario_name)
    return ready.model if ready else ENGINE.ask(work.map_model, scenario_name, weights)


def data_map(scenario_name: str, seed: int, draw: int, shots: int, weights: bytes = b"") -> DataMap | Job:
    """One task's examples as the network sees them."""
    ready = _maps(scenario_name) if (seed, draw, shots) == _FIRST and not weights else None
    return ready.data if ready else ENGINE.ask(work.map_data, scenario_name, seed, draw, shots, weights)


def strategy_map(scenario_name: str, seed: int, draw: int, shots: int, weights: bytes = b"") -> StrategyMap | Job:
    """Two strategies' walks on one task."""
    ready = _maps(scenario_name) if (seed, draw, shots) == _FIRST and not weights else None
    return ready.strategy if ready else ENGINE.ask(work.map_strategies, scenario_name, seed, draw, shots, weights)


def warm_up(page: str) -> None:
    """Have the worker import, and on a scenario's page load and compile, while the reader still reads."""
    if not SETTINGS.wakes_early:
        return
    if page in SCENARIOS and not is_draft(SCENARIOS[page]):
        ENGINE.ask(adapt_to, page, precomputed.SEED, precomputed.DRAW, 1, ())
    else:
        ENGINE.ask(work.wake)


@lru_cache(maxsize=16)
def _maps(scenario_name: str) -> Maps | None:
    return maps.read(scenario_name)


@lru_cache(maxsize=64)
def _preset(scenario_name: str, seed: int, draw: int, shots: int) -> DemoTask | None:
    return precomputed.read(scenario_name, seed, draw, shots)
