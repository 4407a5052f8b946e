"""One query example of a task: the effect of the labelled examples and of its own values on its predictions.

Names and numbers in, arrays out; this runs in the worker.
"""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from scenarios.catalog import scenario_named
from scenarios.demo.demo_task import ENOUGH_SAMPLES, EXPLAINED, log_odds, restored, shown_of
from scenarios.demo.explanations import BAND, REDRAWS, Contributions, Ranges
from scenarios.demo.precomputed import DemoTask, ExplainedExample, sample_demo_task
from scenarios.episode import Draw, Episode, open_episode
from scenarios.learner import Learner
from scenarios.learners.registry import BAYES, REGISTRY, Rung
from scenarios.task import Examples, Labels, chosen, rng_for

_ORDERS = 400  # in which quantities take the example's values one after another, each followed by its reverse


def ranges(scenario_name: str, seed: int, draw: int, shots: int, weights: bytes = b"") -> Ranges:
    """Let every learner that sees labels adapt to other draws of a task's labelled examples; the query set stays.

    `weights` are the content of a weights file, of a user's own learner that stands in for EXPLAINED. Raises UserError
    when weights are missing or damaged.
    """
    scenario = scenario_named(scenario_name)
    task, examples = sample_demo_task(scenario, seed, draw, shots)
    rng = rng_for("test", seed + scenario.opening, 3, draw)
    support = chosen(task, np.zeros(REDRAWS, int)).support(rng, shots)
    x, y = (np.broadcast_to(part, (REDRAWS, *part.shape[1:])) for part in (examples.query.x, examples.query.y))
    episode = open_episode(scenario, Draw(support, Examples(x, y)))
    answers = {
        name: restored(scenario_name, name, weights if name == EXPLAINED else b"").predict(episode)
        for name in shown_of(scenario)
        if REGISTRY[name].rung != Rung.NO_LOCAL_LABELS
    }
    ceiling = scenario.bayes(support, x)
    if ceiling.effective_samples.min() >= ENOUGH_SAMPLES:
        answers[BAYES] = ceiling.prediction
    return Ranges(
        {name: np.quantile(answer[..., -1], BAND, axis=0).astype(np.float32) for name, answer in answers.items()}
    )


def contributions(
    scenario_name: str, seed: int, draw: int, shots: int, number: int, weights: bytes = b""
) -> Contributions:
    """Explain EXPLAINED's prediction for a query example, numbered from 1.

    `weights` as in `ranges`. Raises UserError if weights are missing or damaged.
    """
    scenario = scenario_named(scenario_name)
    episode = open_episode(scenario, sample_demo_task(scenario, seed, draw, shots)[1])
    return shapley(restored(scenario_name, EXPLAINED, weights), episode, number - 1, scenario.inputs_of_quantities)


def explained(scenario_name: str, seed: int, draw: int, shots: int, shown: DemoTask) -> ExplainedExample:
    """Explain the example that a page opens with: the one of which EXPLAINED is least certain. `shown` is its task."""
    place = scenario_name, seed, draw, shots
    number = shown.least_certain
    return ExplainedExample(number, ranges(*place), contributions(*place, number))


def shapley(learner: Learner, episode: Episode, row: int, quantities: tuple[tuple[int, ...], ...]) -> Contributions:
    """Share the log odds of a query example among its quantities, by sampled Shapley values.

    In each of many random orders, the quantities of one of the task's query examples are replaced by those of the
    example in question, one after another; a quantity's share is the average step. All query examples take part
    equally often, and every order with its reverse (Castro, Gomez and Tejada 2009, Comput Oper Res 36:1726-1730;
    Mitchell et al. 2022, JMLR 23:43). The shares add up exactly to the example's log odds less their average.

    Parameters
    ----------
    learner : Learner
        It adapts to the episode's support set.
    episode : Episode
        Of one task.
    row : int
        The query example.
    quantities : tuple of tuple of int
        The inputs of the network that hold each quantity.
    """
    x = episode.query.x[0]
    orders = _orders(len(quantities), max(_ORDERS // len(x), 1) * len(x))
    others = np.resize(np.arange(len(x)), len(orders) // 2).repeat(2)
    places = orders.argsort(1)  # of each quantity in its order: (orders, quantities)
    quantity_of = np.empty(x.shape[1], int)
    for quantity, inputs in enumerate(quantities):
        quantity_of[list(inputs)] = quantity
    taken = places[:, None, quantity_of] < np.arange(len(quantities) + 1)[:, None]  # (orders, steps, inputs)
    mixed = np.where(taken, x[row], x[others][:, None]).reshape(1, -1, x.shape[1])
    queried = Examples(mixed, np.zeros(mixed.shape[:2], np.int32))
    answers = log_odds(learner.predict(replace(episode, query=queried))[0, :, -1].astype(float))
    answers = answers.reshape(len(orders), -1)
    steps = np.take_along_axis(np.diff(answers, axis=1), places, axis=1)
    return Contributions(steps.mean(0).astype(np.float32), float(answers[:, 0].mean()))


@lru_cache(maxsize=8)
def _orders(quantities: int, count: int) -> Labels:
    """Return random orders, each followed by its reverse: (2 count, quantities). The same ones every time."""
    orders = np.random.default_rng(0).permuted(np.tile(np.arange(quantities), (count, 1)), axis=1)
    return np.stack([orders, orders[:, ::-1]], axis=1).reshape(-1, quantities)
