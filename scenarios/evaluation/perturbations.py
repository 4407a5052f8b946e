"""Perturbations: wrong labels, missing values, unequal classes, and a change between labelling and use.

Each perturbation draws the test tasks once more, from the same random numbers: whatever it does not
change is as in the clean episode. Methods are not informed of it, and stay as fitted to clean training tasks.
Only the draw of accepted applicants needs TensorFlow: a learner in assets/weights accepts them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from scenarios.episode import Draw, draw_examples, open_episode
from scenarios.learners import fitting
from scenarios.protocol import EvaluationProtocol
from scenarios.scenario import Scenario, Shift
from scenarios.task import Array, Examples, Tasks, rng_for
from scenarios.text import Text

_WRONG, _MISSING, _SHIFTED = 4, 6, 7  # streams of the test split's random numbers
_CANDIDATES = 200  # labelled examples of each class, of which the first accepted ones are taken
_FILLED_FROM = 500, 5  # training tasks and labels per class, over which a missing value's stand-in is the mean
_NONE, _ALL = Text(en="none", zh="无"), Text(en="all", zh="全部")


@dataclass(frozen=True)
class Perturbation:
    """One thing that goes wrong, more or less.

    Parameters
    ----------
    label : callable
        From a scenario to its name in the middle of a sentence.
    levels : callable
        From a scenario to how much of it is measured, rising; the first is none. () if a scenario does not know it.
    level_label : callable
        From a scenario, the labels per class and a level to its short name.
    draw : callable
        From a scenario, the labels per class, the protocol and a level to the examples.
    """

    label: Callable[[Scenario], Text]
    levels: Callable[[Scenario], tuple[float, ...]]
    level_label: Callable[[Scenario, int, float], Text]
    draw: Callable[[Scenario, int, EvaluationProtocol, float], Draw]


def clean(
    scenario: Scenario, shots: int, protocol: EvaluationProtocol, in_use: Callable[[Tasks], Tasks] = lambda tasks: tasks
) -> Draw:
    """Return the test tasks' examples with `shots` labels per class; the queries are those of the tasks in use."""
    rng = rng_for("test", protocol.seed)
    tasks = scenario.sample_tasks(rng, protocol.tasks)
    queries, most = protocol.queries or shots, scenario.max_shots
    return draw_examples(tasks, rng, shots=shots, queries=queries, most_shots=most, in_use=in_use(tasks))


# -- wrong labels ------------------------------------------------------------------------------------------------------


def with_label_errors(scenario: Scenario, examples: Examples, rate: float, rng: np.random.Generator) -> Examples:
    """Return examples whose y runs through the classes, of which a share has a wrong label.

    In some of these rounds, two classes have changed their labels, neighbouring ones where classes have an order: each
    class keeps its number of labels. Of the same random numbers, fewer labels have the same errors.
    """
    if not rate:
        return examples
    ways = scenario.ways
    rounds = examples.y.reshape(len(examples.y), -1, ways)
    draws = rng.random((*rounds.shape[1::-1], 2)).swapaxes(0, 1)  # (tasks, rounds, 2)
    first = (draws[..., 1] * (ways if not scenario.ordered else ways - 1)).astype(int)
    swapped = draws[..., 0] < rate * ways / 2
    task, place = np.nonzero(swapped)
    one, other = first[swapped], (first[swapped] + 1) % ways
    wrong = rounds.copy()
    wrong[task, place, one], wrong[task, place, other] = rounds[task, place, other], rounds[task, place, one]
    return Examples(examples.x, wrong.reshape(examples.y.shape))


def _mislabelled(scenario: Scenario, shots: int, protocol: EvaluationProtocol, rate: float) -> Draw:
    draw = clean(scenario, shots, protocol)
    return Draw(with_label_errors(scenario, draw.support, rate, rng_for("test", protocol.seed, _WRONG)), draw.query)


# -- missing values ----------------------------------------------------------------------------------------------------


def with_missing_values(scenario: Scenario, examples: Examples, rate: float, rng: np.random.Generator) -> Examples:
    """Return examples of which a share of the values is missing, completely at random, and filled in.

    The stand-in is the feature's mean over training tasks, in units; in a signal, whose samples are missing for all
    channels at once, the straight line between the neighbours that were recorded. From the same random numbers, what
    is missing at a lower rate is missing at a higher one.
    """
    if not rate:
        return examples
    signal = scenario.signal is not None
    is_missing = rng.random(examples.x.shape[:-1] if signal else examples.x.shape, dtype=np.float32) < rate
    if signal:
        return Examples(_joined(examples.x, is_missing), examples.y)
    return Examples(np.where(is_missing, _usual(scenario), examples.x).astype(examples.x.dtype), examples.y)


def _joined(x: Array, is_missing: NDArray[np.bool_]) -> Array:
    """Draw straight lines across the missing samples of signals: x (..., samples, channels), (..., samples)."""
    samples = x.shape[-2]
    place, there = np.arange(samples), ~is_missing
    before = np.maximum.accumulate(np.where(there, place, -1), axis=-1)
    after = np.minimum.accumulate(np.where(there, place, samples)[..., ::-1], axis=-1)[..., ::-1]
    before, after = np.where(before < 0, after, before), np.where(after == samples, before, after)  # at the ends: held
    before, after = (np.clip(ends, 0, samples - 1) for ends in (before, after))
    share = ((place - before) / np.maximum(after - before, 1))[..., None].astype(x.dtype)
    low, high = (np.take_along_axis(x, ends[..., None], axis=-2) for ends in (before, after))
    joined: Array = low + share * (high - low)
    return joined


@lru_cache(maxsize=8)
def _usual(scenario: Scenario) -> Array:
    """Return the mean of every feature over labelled examples of training tasks, in units."""
    tasks, shots = _FILLED_FROM
    rng = rng_for("train", 0, _MISSING)
    x = scenario.sample_tasks(rng, tasks).support(rng, shots).x
    mean: Array = x.mean((0, 1), dtype=float)
    return mean


def _incomplete(scenario: Scenario, shots: int, protocol: EvaluationProtocol, rate: float) -> Draw:
    draw = clean(scenario, shots, protocol)
    rng = rng_for("test", protocol.seed, _MISSING)
    support, query = (with_missing_values(scenario, part, rate, rng) for part in (draw.support, draw.query))
    return Draw(support, query)


# -- unequal classes ---------------------------------------------------------------------------------------------------


def class_counts(scenario: Scenario, shots: int, moved: int) -> tuple[int, ...]:
    """Return the labels of each class if the last one has `moved` fewer than `shots`, and the first as many more."""
    return (shots + moved, *[shots] * (scenario.ways - 2), shots - moved)


def _unequal(scenario: Scenario, shots: int, protocol: EvaluationProtocol, moved: float) -> Draw:
    return _with_counts(scenario, class_counts(scenario, shots, int(moved)), protocol)


def _all_matured(scenario: Scenario, shots: int, protocol: EvaluationProtocol, more: float) -> Draw:
    return _with_counts(scenario, (shots + int(more), *[shots] * (scenario.ways - 1)), protocol)


def _with_counts(scenario: Scenario, counts: tuple[int, ...], protocol: EvaluationProtocol) -> Draw:
    """Return the test tasks' examples with the given number of labels of each class."""
    draw = clean(scenario, max(counts), protocol)
    return Draw(draw.support.first_of_each(counts), draw.query)


def _matured_levels(scenario: Scenario) -> tuple[float, ...]:
    """Return how many more examples of the first class come along with SHOTS of the last, up to all of them."""
    if scenario.ways != 2 or not scenario.shares:
        return ()
    most = round(SHOTS * scenario.shares[0] / scenario.shares[1]) - SHOTS
    return (0, 10, most)


# -- labels of the accepted alone --------------------------------------------------------------------------------------


def _accepted(scenario: Scenario, shots: int, protocol: EvaluationProtocol, share: float) -> Draw:
    """Return examples whose labelled ones come from the best `share` of the task by the score that accepts.

    The share is that of the query examples, which have the classes in their natural shares. Raises UserError if the
    weights of the learner that accepts are missing or damaged.
    """
    if share == 1 or not scenario.accepted_by:
        return clean(scenario, shots, protocol)
    draw = clean(scenario, _CANDIDATES, protocol)
    applicants, candidates = (acceptance_scores(scenario, part) for part in (draw.query, draw.support))
    is_accepted = candidates >= np.quantile(applicants, 1 - share, axis=1, keepdims=True)
    return Draw(_first_of_each_where(is_accepted, draw.support, (shots,) * scenario.ways), draw.query)


def acceptance_scores(scenario: Scenario, examples: Examples) -> Array:
    """Return examples' scores (tasks, n) by the learner that accepts, without local labels: less of the last class."""
    learner = fitting.load(scenario, scenario.accepted_by)
    unseen = open_episode(scenario, Draw(examples.first(scenario.ways), examples), room=1)
    scores: Array = 1 - learner.predict(unseen)[..., -1]
    return scores


def _first_of_each_where(chosen: NDArray[np.bool_], examples: Examples, counts: tuple[int, ...]) -> Examples:
    """Return the first chosen examples (tasks, n) of each class, `counts` of each; if too few, others last."""
    last = np.argsort(~chosen, axis=1, kind="stable")
    tasks = np.arange(len(chosen))[:, None]
    x, y = examples.x[tasks, last], examples.y[tasks, last]
    rows = [[np.flatnonzero(row == kind)[:count] for kind, count in enumerate(counts)] for row in y]
    places = np.array([np.stack(each, axis=1).ravel() for each in rows])
    return Examples(x[tasks, places], y[tasks, places])


def _accepted_levels(scenario: Scenario) -> tuple[float, ...]:
    return (1.0, 0.7, 0.5) if scenario.accepted_by else ()


# -- a change between labelling and use --------------------------------------------------------------------------------


def _of_shift(shift_of: Callable[[Scenario], Shift | None]) -> Perturbation:
    """Return the perturbation that a scenario's own shift is, if it has one."""

    def get(scenario: Scenario) -> Shift:
        shift = shift_of(scenario)
        if shift is None:
            raise ValueError(f"{scenario.name} has no such shift")
        return shift

    def levels(scenario: Scenario) -> tuple[float, ...]:
        shift = shift_of(scenario)
        return shift.levels if shift else ()

    def draw(scenario: Scenario, shots: int, protocol: EvaluationProtocol, level: float) -> Draw:
        rng = rng_for("test", protocol.seed, _SHIFTED)
        return clean(scenario, shots, protocol, lambda tasks: get(scenario).in_use(tasks, rng, level))

    return Perturbation(
        lambda scenario: get(scenario).label,
        levels,
        lambda scenario, shots, level: get(scenario).level_label(level),
        draw,
    )


def _percent(level: float) -> Text:
    return Text(en=f"{level:.0%}", zh=f"{level:.0%}") if level else _NONE


def _counted(counts: tuple[int, ...]) -> Text:
    return Text(*[" + ".join(map(str, counts))] * 2)


def _of_classes(scenario: Scenario, text: Text) -> Text:
    """Return a text with the names of the classes, in the order of their counts."""
    return Text(
        en=text.en.format(" + ".join(each.en for each in scenario.classes)),
        zh=text.zh.format(" + ".join(each.zh for each in scenario.classes)),
    )


SHOTS = 5  # labels per class, before anything goes wrong
PERTURBATIONS: dict[str, Perturbation] = {
    "label_errors": Perturbation(
        lambda scenario: Text(en="wrong labels", zh="标注错误"),
        lambda scenario: (0.0, 0.1, 0.2),
        lambda scenario, shots, level: _percent(level),
        _mislabelled,
    ),
    "missing_values": Perturbation(
        lambda scenario: Text(en="missing values", zh="缺失值"),
        lambda scenario: (0.0, 0.1, 0.3),
        lambda scenario, shots, level: _percent(level),
        _incomplete,
    ),
    "unequal_classes": Perturbation(
        lambda scenario: _of_classes(scenario, Text(en="unequal classes ({})", zh="类别不均衡（{}）")),
        lambda scenario: (0, 2, 3),
        lambda scenario, shots, level: _counted(class_counts(scenario, shots, int(level))),
        _unequal,
    ),
    "shift": _of_shift(lambda scenario: scenario.shift),
    "turn": _of_shift(lambda scenario: scenario.turn),
    "all_matured": Perturbation(
        lambda scenario: _of_classes(scenario, Text(en="all matured accounts ({})", zh="全部走完表现期的账户（{}）")),
        _matured_levels,
        lambda scenario, shots, level: _counted((shots + int(level), shots)),
        _all_matured,
    ),
    "accepted_only": Perturbation(
        lambda scenario: Text(en="labels of approved applicants only", zh="只有获批申请人有标注"),
        _accepted_levels,
        lambda scenario, shots, level: _ALL if level == 1 else Text(en=f"best {level:.0%}", zh=f"前 {level:.0%}"),
        _accepted,
    ),
}


def known(scenario: Scenario) -> dict[str, tuple[float, ...]]:
    """Return the levels of each perturbation that a scenario supports; none in a regression."""
    if scenario.regression:
        return {}
    levels = {name: each.levels(scenario) for name, each in PERTURBATIONS.items()}
    return {name: each for name, each in levels.items() if each}
