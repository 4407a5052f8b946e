"""The honest comparison: every learner on the same episodes, with intervals over tasks.

All figures come from the `test` split, on which nothing is trained and nothing is tuned.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from scenarios.episode import Draw, Episode, draw_examples, open_episode
from scenarios.evaluation.statistics import mean_with_interval, range_over_tasks
from scenarios.learner import IterativeLearner, Learner
from scenarios.learners.baselines import Bayes
from scenarios.learners.registry import REGISTRY
from scenarios.scenario import Scenario
from scenarios.task import Array, Examples, rng_for

_ROOMS = (5, 10, 20, 30, 50)  # shots that support sets are padded to: little is wasted, and little is compiled


@dataclass(frozen=True)
class Contender:
    """A learner with its id, and the number of other tasks that it has seen."""

    id: str
    learner: Learner
    other_tasks: int | None = None


@dataclass(frozen=True)
class Result:
    """One learner at one number of labels."""

    learner: str
    other_tasks: int | None
    shots: int
    scores: Array  # (tasks,)
    regret: Array  # (tasks,): by how much the best possible answer is better on the same episodes
    ahead: Array | None  # (tasks,): by how much it is better than the learner that it is compared with
    adapt_ms: float  # to adapt to one task and answer its queries, milliseconds
    gradient_steps: int  # gradient evaluations of the support set's loss within a task

    def as_dict(self) -> dict[str, object]:
        """Return the result as JSON has it."""
        return {
            "learner": self.learner,
            "rung": REGISTRY[self.learner].rung.value,
            "other_tasks": self.other_tasks,
            "shots": self.shots,
            **_spelt("mean", "ci95", self.scores),
            "range90": range_over_tasks(self.scores[:, None])[0].tolist(),
            **_spelt("regret", "regret_ci95", self.regret),
            **(_spelt("ahead", "ahead_ci95", self.ahead) if self.ahead is not None else {}),
            "adapt_ms": self.adapt_ms,
            "gradient_steps": self.gradient_steps,
        }

    def as_row(self) -> dict[str, object]:
        """Return the result as a table has it: an interval is two columns."""
        row: dict[str, object] = {}
        for name, value in self.as_dict().items():
            ends = {f"{name}_low": value[0], f"{name}_high": value[1]} if isinstance(value, list) else {name: value}
            row |= ends
        return row


def _spelt(name: str, interval: str, values: Array) -> dict[str, object]:
    found = mean_with_interval(values)
    return {name: found.mean, interval: [found.low, found.high]}


def fresh_episode(
    scenario: Scenario,
    *,
    tasks: int,
    shots: int,
    queries: int,
    seed: int,
    novelty: float = 0.0,
    unlabelled: int = 0,
) -> Episode:
    """Return an episode of test tasks. A seed gives the same tasks and query sets for every number of shots."""
    rng = rng_for("test", seed)
    sampled = scenario.sample_tasks(rng, tasks, novelty)
    draw = draw_examples(
        sampled, rng, shots=shots, queries=queries, most_shots=scenario.max_shots, unlabelled=unlabelled
    )
    return open_episode(scenario, draw, room=next((room for room in _ROOMS if room >= shots), shots))


def evaluate(
    scenario: Scenario,
    contenders: Sequence[Contender],
    shots: Iterable[int],
    *,
    tasks: int,
    queries: int,
    seed: int,
    against: Learner | None = None,
) -> Iterator[Result]:
    """Evaluate learners on the same test tasks, one result at a time; differences are paired by task."""
    for k in shots:
        episode = fresh_episode(scenario, tasks=tasks, shots=k, queries=queries, seed=seed)

        def judged(learner: Learner, episode: Episode = episode) -> Array:
            return scenario.metric.compute(learner.predict(episode), episode.query.y)

        better = scenario.metric.sign
        ceiling = judged(Bayes(scenario))
        compared = judged(against) if against else None
        for contender in contenders:
            learner = contender.learner
            if isinstance(learner, Bayes):
                scores = ceiling
            else:
                scores = compared if learner is against and compared is not None else judged(learner)
            yield Result(
                contender.id, contender.other_tasks, k, scores,
                regret=better * (ceiling - scores),
                ahead=better * (scores - compared) if compared is not None else None,
                adapt_ms=adapt_ms(learner, episode),
                gradient_steps=learner.evaluation_step(k) if isinstance(learner, IterativeLearner) else 0,
            )  # fmt: skip


def report(scenario: Scenario, results: Iterable[Result], **protocol: object) -> dict[str, object]:
    """Return the JSON of `python -m scenarios evaluate --json`."""
    return {
        "scenario": scenario.folder,
        "world": scenario.world,
        "metric": scenario.metric.id,
        "higher_is_better": scenario.metric.higher_is_better,
        **protocol,
        "results": [result.as_dict() for result in results],
    }


def adapt_ms(learner: Learner, episode: Episode) -> float:
    """Milliseconds to adapt to one task and answer its queries."""
    return _milliseconds(partial(learner.predict, _first_task(episode)))


def _first_task(episode: Episode) -> Episode:
    def one(examples: Examples) -> Examples:
        return Examples(examples.x[:1], examples.y[:1])

    raw = Draw(one(episode.raw.support), one(episode.raw.query))
    return Episode(one(episode.support), episode.mask[:1], one(episode.query), raw, episode.ways)


def _milliseconds(work: Callable[[], object], repeats: int = 5) -> float:
    """Return the median time of a call, after one that is not counted because it may compile."""
    work()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return 1000 * float(np.median(times))
