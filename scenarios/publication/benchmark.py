"""A classic experiment, repeated with its published settings: `python -m scenarios benchmark NAME`.

Each learner is meta-trained separately for each number of labels, and evaluated on test tasks in two ways: on as many
random query points as labels, as in the original, and on an even grid. For comparison, our own learners were trained
once for all numbers of labels.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from scenarios.episode import Draw, Episode, draw_examples, open_episode
from scenarios.errors import UserError
from scenarios.evaluation.estimate import Estimate
from scenarios.evaluation.statistics import mean_with_interval
from scenarios.learner import Learner
from scenarios.learners.meta_learned import learner_of
from scenarios.meta_learner.gradient import GradientLearner
from scenarios.meta_learner.meta_train import meta_train
from scenarios.meta_learner.weights import Report
from scenarios.protocol import EvaluationProtocol
from scenarios.publication.results import Anchor, Anchors, BenchmarkResults, OwnScore, Repetition
from scenarios.recipe import Recipe
from scenarios.scenario import Benchmark, Scenario
from scenarios.task import Curves, Examples, rng_for
from scenarios.text import Text

LOOKED_AT = (0, 1, 2, 5, 10)  # inner steps
GRID = 100  # points from one end of the query points to the other
POOLED_STEPS = 10_000  # at most, of one network for all tasks: it has converged by then
_DIGITS = 5


@dataclass(frozen=True)
class Judged:
    """The test tasks at one number of labels: the same points for all learners, in the units of the scenario."""

    random: Draw
    grid: Draw

    def opened(self, scenario: Scenario, shots: int) -> dict[str, Episode]:
        """Return the episodes with random query points and with the grid."""
        return {name: open_episode(scenario, getattr(self, name), room=shots) for name in ("random", "grid")}


def benchmark_of(scenario: Scenario) -> Benchmark:
    """Return the scenario's benchmark. Raises UserError if it has none."""
    if scenario.benchmark is None:
        text = Text(
            en=f"There is no classic experiment on {scenario.name}.", zh=f"{scenario.name} 没有可复现的经典实验。"
        )
        raise UserError(text)
    return scenario.benchmark


def benchmark(
    scenario: Scenario, ours: Mapping[str, Learner], protocol: EvaluationProtocol, report: Report
) -> BenchmarkResults:
    """Repeat the experiment. `ours` are learners of the scenario that are evaluated on the same tasks."""
    classic = benchmark_of(scenario)
    published = replace(scenario, encode=classic.encode)
    judged = {shots: _fresh(scenario, shots, protocol) for shots in classic.shots}
    first = next(iter(classic.recipes.values()))
    pooled = replace(first, inner_steps=0, max_shots=1, meta_steps=min(first.meta_steps, POOLED_STEPS))
    runs = [("pooled", shots, pooled) for shots in classic.shots[:1]] + [
        (learner, shots, replace(recipe, max_shots=shots, queries=shots))
        for learner, recipe in classic.recipes.items()
        for shots in classic.shots
    ]
    repeated: list[Repetition] = []
    for done, (learner, shots, recipe) in enumerate(runs):

        def told(share: float, word: str, done: int = done) -> None:
            report((done + share) / len(runs), word)

        trained, seconds = _trained(published, recipe, protocol.seed, f"{learner}, {shots} labels", told)
        steps = LOOKED_AT if recipe.inner_steps else (0,)
        by_step = {
            where: np.array([
                mean_with_interval(scores).rounded(_DIGITS)
                for scores in scenario.metric.compute(trained.after(episode, steps), episode.query.y)
            ])
            for where, episode in judged[shots].opened(published, shots).items()
        }  # fmt: skip
        repeated.append(
            Repetition(learner=learner, shots=shots, steps=steps, seconds=round(seconds, 1), settings=recipe, **by_step)
        )
    return BenchmarkResults(
        scenario=scenario.name,
        metric_id=scenario.metric.id,
        higher_is_better=scenario.metric.higher_is_better,
        protocol=protocol,
        anchors=Anchors(zero=Anchor(expected=classic.anchors["zero"], **_zero(scenario, judged))),
        repeated=tuple(repeated),
        ours=tuple(
            OwnScore(learner=name, shots=shots, **_scores(scenario, learner, shots, judged[shots]))
            for name, learner in ours.items()
            for shots in judged
        ),
    )


def _fresh(scenario: Scenario, shots: int, protocol: EvaluationProtocol) -> Judged:
    rng = rng_for("test", protocol.seed)
    tasks = scenario.sample_tasks(rng, protocol.tasks)
    if not isinstance(tasks, Curves):
        raise ValueError(f"the tasks of {scenario.name} are no curves")
    draw = draw_examples(tasks, rng, shots=shots, queries=shots, most_shots=scenario.max_shots)
    [feature] = scenario.features
    x = np.broadcast_to(np.linspace(feature.low or 0, feature.high or 0, GRID), (protocol.tasks, GRID))
    return Judged(draw, replace(draw, query=Examples(x[..., None], tasks.signal(x))))


def _trained(scenario: Scenario, recipe: Recipe, seed: int, word: str, report: Report) -> tuple[GradientLearner, float]:
    """Return the learner, and the seconds of its training without drawing the tasks and compiling."""
    began = 0.0
    for progress in meta_train(scenario, recipe, seed, chunk=1000):
        began = began or time.perf_counter()  # after the first chunk, which compiles
        report(progress.done, f"{word}: loss {progress.loss:.3f}")
    chunks = recipe.meta_steps / 1000
    seconds = (time.perf_counter() - began) * chunks / max(chunks - 1, 1)
    return learner_of(progress.state, recipe), seconds


def _scores(scenario: Scenario, learner: Learner, shots: int, judged: Judged) -> dict[str, Estimate]:
    """Return the score on random query points and on the grid."""
    return {
        where: mean_with_interval(scenario.metric.compute(learner.predict(episode), episode.query.y)).rounded(_DIGITS)
        for where, episode in judged.opened(scenario, shots).items()
    }


def _zero(scenario: Scenario, judged: Mapping[int, Judged]) -> dict[str, Estimate]:
    draw = judged[max(judged)]
    return {
        where: mean_with_interval(scenario.metric.compute(np.zeros((*y.shape, 1)), y)).rounded(_DIGITS)
        for where, y in (("random", draw.random.query.y), ("grid", draw.grid.query.y))
    }
