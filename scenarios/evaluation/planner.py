"""The planner: each method's score with given numbers of other tasks and local labels, and the gain from more.

Local methods are those in assets/weights, whose settings were chosen on training tasks. One network for all tasks and
simple statistics are trained on the stated number of other tasks, and on twice as many. All are evaluated on the same
test tasks.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scenarios.episode import Draw, Episode, draw_examples, open_episode
from scenarios.evaluation.estimate import Estimate
from scenarios.evaluation.perturbations import with_label_errors
from scenarios.evaluation.statistics import mean_with_interval, range_over_tasks
from scenarios.learner import Learner
from scenarios.learners import fewer_tasks, hierarchical
from scenarios.learners.baselines import Bayes
from scenarios.learners.registry import BAYES, POOLED, REGISTRY, Rung
from scenarios.meta_learner.weights import Report
from scenarios.protocol import QUERIES
from scenarios.scenario import Scenario
from scenarios.task import Array, Examples, rng_for

_ERRORS = 4  # stream of the training split's random numbers for wrong labels


@dataclass(frozen=True)
class Situation:
    """A user's situation: the numbers of other tasks, labels and label errors.

    Parameters
    ----------
    other_tasks : int
        The number of other tasks with labelled examples, at least 2.
    labels_each : int
        The labels of each class in each of them, or its labelled points.
    shots : int
        The labels of each class in the new task.
    label_errors : float
        The share of wrong labels, here and in the other tasks, from 0 to below 1.
    """

    other_tasks: int
    labels_each: int
    shots: int
    label_errors: float = 0.0


@dataclass(frozen=True)
class Option:
    """One method in a situation, and the gain in its score from more data; more is better."""

    learner: str
    scores: Array  # (tasks,), in the scenario's metric
    with_more_labels: Array  # (tasks,): with one more label of each class in the new task
    with_more_tasks: Array | None  # (tasks,): with twice as many other tasks; None if it uses none

    @property
    def rung(self) -> Rung:
        """What it sees."""
        return REGISTRY[self.learner].rung

    @property
    def score(self) -> Estimate:
        """Mean over test tasks with its 95% confidence interval."""
        return mean_with_interval(self.scores)

    @property
    def range90(self) -> Array:
        """The 5th and the 95th percentile over test tasks (2,)."""
        ends: Array = range_over_tasks(self.scores[:, None])[0]
        return ends


@dataclass(frozen=True)
class Recommendation:
    """The method of the lowest rung that no other method beats beyond the interval of their paired difference.

    Parameters
    ----------
    learner : str
        Its id.
    best : str
        The id of the method with the best mean, which may be the same.
    behind : Estimate
        How much better the best one is; more is worse for the recommended one.
    """

    learner: str
    best: str
    behind: Estimate


def options(
    scenario: Scenario,
    local: Mapping[str, Learner],
    asked: Situation,
    *,
    tasks: int,
    seed: int,
    kept: Path,
    report: Report = lambda done, word: None,
) -> Iterator[Option]:
    """Evaluate methods of every rung but meta-learning, and the Bayes-optimal predictor, one after the other.

    Parameters
    ----------
    scenario : Scenario
        The scenario whose test tasks stand for the new one.
    local : mapping of Learner
        Methods that use no other tasks, by id.
    asked : Situation
        The available data. With label errors, the network for all tasks is left out.
    tasks : int
        The number of test tasks.
    seed : int
        The seed of test tasks, other tasks and label errors.
    kept : Path
        The folder that keeps a network for all tasks once it is trained.
    report : callable
        Called with the completed share and a label.

    Raises
    ------
    ValueError
        If label errors are asked for in a regression.
    """
    if asked.label_errors and scenario.regression:
        raise ValueError("label errors are for classes")
    episodes = [_episode(scenario, asked, shots, tasks, seed) for shots in (asked.shots, asked.shots + 1)]

    def option(name: str, learner: Learner, with_more: Learner | None) -> Option:
        now, with_more_labels = (_scores(scenario, learner, episode) for episode in episodes)
        with_more_tasks = None if with_more is None else _scores(scenario, with_more, episodes[0])
        return Option(name, now, with_more_labels, with_more_tasks)

    for name, learner in local.items():
        yield option(name, learner, None)
    names = [name for name in hierarchical.METHODS if REGISTRY[name].suits(scenario)]
    known = mislabelled_tasks(scenario, 2 * asked.other_tasks, asked.labels_each, asked.label_errors, seed)

    def learned(name: str, count: int, report: Report) -> Learner:
        if name == POOLED:
            return fewer_tasks.learner(scenario, name, count, asked.labels_each, seed, kept, report)
        return hierarchical.fit_from(scenario, name, Examples(known.x[:count], known.y[:count]), report)

    if not asked.label_errors:
        names.insert(0, POOLED)
    for place, name in enumerate(names):
        learners = [
            learned(
                name, times * asked.other_tasks, _part(report, (2 * place + times - 1) / 2 / len(names), len(names))
            )
            for times in (1, 2)
        ]
        yield option(name, *learners)
    yield option(BAYES, Bayes(scenario), None)


def mislabelled_tasks(scenario: Scenario, count: int, labels_each: int, label_errors: float, seed: int) -> Examples:
    """Return labelled examples of other tasks, of which a share of the labels is wrong."""
    known = hierarchical.other_tasks(scenario, seed, count, labels_each)
    return with_label_errors(scenario, known, label_errors, rng_for("train", seed, _ERRORS))


def _part(report: Report, begun: float, methods: int) -> Report:
    return lambda done, word: report(begun + done / 2 / methods, word)


def _episode(scenario: Scenario, asked: Situation, shots: int, tasks: int, seed: int) -> Episode:
    """Return the test tasks' examples, the same ones but for the number of labels."""
    rng = rng_for("test", seed)
    sampled = scenario.sample_tasks(rng, tasks)
    most = max(scenario.max_shots, asked.shots + 1)
    draw = draw_examples(sampled, rng, shots=shots, queries=QUERIES, most_shots=most)
    wrong = with_label_errors(scenario, draw.support, asked.label_errors, rng_for("test", seed, _ERRORS))
    return open_episode(scenario, Draw(wrong, draw.query))


def _scores(scenario: Scenario, learner: Learner, episode: Episode) -> Array:
    scores: Array = scenario.metric.compute(learner.predict(episode), episode.query.y)
    return scores


def recommended(scenario: Scenario, found: Sequence[Option]) -> Recommendation:
    """Return the recommended method among those available to a user; `found` has at least one besides Bayes."""
    sign = scenario.metric.sign
    real = [option for option in found if option.rung is not Rung.BAYES]
    best = max(real, key=lambda option: sign * option.scores.mean())

    def behind(option: Option) -> Estimate:
        return mean_with_interval(sign * (best.scores - option.scores))

    for rung in Rung:
        as_good = [option for option in real if option.rung is rung and behind(option).low <= 0]
        if as_good:
            chosen = max(as_good, key=lambda option: sign * option.scores.mean())
            return Recommendation(chosen.learner, best.learner, behind(chosen))
    raise ValueError("no method to recommend")
