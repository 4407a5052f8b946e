"""Features of a file whose values look as if they were in another unit."""

from functools import lru_cache

import numpy as np

from scenarios.scenario import Scenario
from scenarios.task import Array, rng_for
from scenarios.text import Text

FARTHEST = 4.0  # standard deviations between training tasks, beyond which a unit is queried
_TASKS = 400  # training tasks used
_EXAMPLES = 20  # examples of a task: more make no difference
_LEAST = 0.01  # of the usual size: a feature that is zero throughout stays comparable
_UNUSUAL = Text(
    en="{name} is {size} {unit} on average (root mean square), in training tasks {usual}: {far} SD between tasks away. "
    "Is its unit really {unit}?",
    zh="{name} 的均方根为 {size} {unit}，训练任务中为 {usual}，相差 {far} 个标准差（任务之间）。单位确实是 {unit} 吗？",
)


def questions(scenario: Scenario, x: Array) -> list[Text]:
    """Return a question for each feature whose unit seems to be another one, the strangest first.

    Another unit changes a feature's size, its root mean square, by a factor, even if each value alone could pass. The
    logarithm of the size, median over the tasks, is compared with that of training tasks with as many examples.

    Parameters
    ----------
    x : ndarray
        Examples of some tasks in units: (tasks, n, *example_shape).
    """
    usual = _usual_sizes(scenario, min(x.shape[1], _EXAMPLES))
    here, least = np.median(_sizes(x), axis=0), _LEAST * usual.mean(0)
    logs = np.log(usual + least)
    far = np.abs(np.log(here + least) - logs.mean(0)) / logs.std(0)
    return [
        _UNUSUAL.format(
            name=scenario.features[place].name, unit=scenario.features[place].unit, size=f"{here[place]:.3g}",
            usual=f"{np.median(usual[:, place]):.3g}", far=f"{far[place]:.0f}",
        )
        for place in np.argsort(-far)
        if far[place] > FARTHEST
    ]  # fmt: skip


@lru_cache(maxsize=8)
def _usual_sizes(scenario: Scenario, examples: int) -> Array:
    rng = rng_for("train", 0)
    return _sizes(scenario.sample_tasks(rng, _TASKS).query(rng, examples).x)


def _sizes(x: Array) -> Array:
    """Return the root mean square of each feature over examples and samples of signals: (tasks, features)."""
    sizes: Array = np.sqrt(np.square(x.reshape(len(x), -1, x.shape[-1])).mean(1))
    return sizes
