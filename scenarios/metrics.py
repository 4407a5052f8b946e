"""How well a learner answers, task by task: arrays with leading axes in, one number per task out."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from scenarios.task import Array, Labels


def auroc(probabilities: Array, y: Labels) -> Array:
    """Area under the ROC curve (Hanley and McNeil 1982): the chance that a case ranks above a non-case.

    probabilities (..., queries, 2) and y (..., queries), broadcast against each other -> (...). Ties count one half.
    """
    score = np.nan_to_num(probabilities[..., 1], nan=0.5)  # a diverged walk has no opinion
    y = np.broadcast_to(y, score.shape)
    cases = y.sum(-1)
    rank_sum = (rankdata(score, axis=-1) * y).sum(-1)
    area: Array = (rank_sum - cases * (cases + 1) / 2) / (cases * (y.shape[-1] - cases))
    return area


def sensitivity_at(specificity: float, probabilities: Array, y: Labels) -> Array:
    """Share of the cases above the threshold that keeps `specificity` of the non-cases at or below it.

    probabilities (..., queries, 2), y (..., queries) -> (...). The threshold is read off the same query examples.
    """
    score = np.nan_to_num(probabilities[..., 1], nan=0.5)
    y = np.broadcast_to(y, score.shape)
    threshold = np.nanquantile(np.where(y == 0, score, np.nan), specificity, axis=-1, method="inverted_cdf")
    found: Array = ((score > threshold[..., None]) & (y == 1)).sum(-1) / y.sum(-1)
    return found


def accuracy(probabilities: Array, y: Labels) -> Array:
    """Share of the examples whose likeliest class is the true one: (..., queries, ways), (..., queries) -> (...).

    Classes are equally frequent among the query examples that this is used on, so it is the balanced accuracy too.
    """
    share: Array = (probabilities.argmax(-1) == y).mean(-1)
    return share


def mse(predictions: Array, y: NDArray[Any]) -> Array:
    """Mean squared error of the predicted means (..., queries, 1 or 2) of y (..., queries) -> (...)."""
    error: Array = np.square(predictions[..., 0] - y).mean(-1)
    return error


METRICS: dict[str, tuple[Callable[[Array, NDArray[Any]], Array], bool]] = {
    "auroc": (auroc, True),
    "accuracy": (accuracy, True),
    "mse": (mse, False),
}


def score(metric: str, predictions: Array, y: NDArray[Any]) -> Array:
    return METRICS[metric][0](predictions, y)


def higher_is_better(metric: str) -> bool:
    return METRICS[metric][1]
