"""The honest comparison: every learner on the same episodes, with intervals over tasks.

All figures come from the `test` split, on which nothing is trained and nothing is tuned.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from scenarios.episode import Draw, Episode, draw_examples, open_episode
from scenarios.learner import Learner
from scenarios.scenario import Scenario
from scenarios.study.metrics import higher_is_better, score
from scenarios.study.statistics import mean_with_interval
from scenarios.task import Array, Examples, rng_for

_ROOMS = (5, 10, 20, 30, 50)  # shots that support sets are padded to: little is wasted, and little is compiled


@dataclass(frozen=True)
class Result:
    """One learner at one number of labels."""

    learner: str
    shots: int
    scores: Array  # (tasks,)
    adapt_ms: float  # to adapt to one task and answer its queries, milliseconds

    def as_dict(self) -> dict[str, object]:
        mean = mean_with_interval(self.scores)
        return {
            "learner": self.learner,
            "shots": self.shots,
            "mean": mean.mean,
            "ci95": [mean.low, mean.high],
            "adapt_ms": self.adapt_ms,
        }


def fresh_episode(
    scenario: Scenario,
    *,
    tasks: int,
    shots: int,
    queries: int,
    seed: int,
    novelty: float = 0.0,
) -> Episode:
    """Fresh tasks. The same seed gives the same tasks and query sets for every number of shots."""
    rng = rng_for("test", seed)
    sampled = scenario.sample_tasks(rng, tasks, novelty)
    draw = draw_examples(sampled, rng, shots=shots, queries=queries, most_shots=scenario.max_shots)
    return open_episode(scenario, draw, room=next((room for room in _ROOMS if room >= shots), shots))


def evaluate(
    scenario: Scenario,
    learners: dict[str, Learner],
    shots: Iterable[int],
    *,
    tasks: int,
    queries: int,
    seed: int,
) -> Iterator[Result]:
    """Judge learners on fresh tasks, all on the same ones, one result at a time."""
    for k in shots:
        episode = fresh_episode(scenario, tasks=tasks, shots=k, queries=queries, seed=seed)
        for name, learner in learners.items():
            scores = score(scenario.metric, learner.predict(episode), episode.query.y)
            yield Result(name, k, scores, _milliseconds(partial(learner.predict, _first_task(episode))))


def report(scenario: Scenario, results: Iterable[Result], *, tasks: int, queries: int, seed: int) -> dict[str, object]:
    """What `python -m scenarios evaluate --json` prints."""
    return {
        "scenario": scenario.name,
        "metric": scenario.metric,
        "higher_is_better": higher_is_better(scenario.metric),
        "tasks": tasks,
        "queries": queries,
        "seed": seed,
        "results": [result.as_dict() for result in results],
    }


def _first_task(episode: Episode) -> Episode:
    def one(examples: Examples) -> Examples:
        return Examples(examples.x[:1], examples.y[:1])

    raw = Draw(one(episode.raw.support), one(episode.raw.query))
    return Episode(one(episode.support), episode.mask[:1], one(episode.query), raw, episode.ways)


def _milliseconds(work: Callable[[], object], repeats: int = 5) -> float:
    """The median time of a call, after one that is not counted because it may compile."""
    work()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return 1000 * float(np.median(times))
