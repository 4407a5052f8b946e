"""The metrics: how predictions are scored task by task, and how a score is read.

Arrays with leading axes come in, one number per task comes out. A new metric is one entry of `METRICS`.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from scenarios.task import Array, Labels
from scenarios.text import Text

_LEAST_CHANCE = 1e-6  # lower bound of a probability in a negative log-likelihood
_NEARLY_SURE = 0.99  # above it, a probability in single precision says less than those of the other classes


def log_odds(probabilities: Array) -> Array:
    """Return the log odds of the last class, by which examples rank: (..., ways) -> (...), finite.

    Probabilities that are 1 in single precision still differ in those of the other classes. Diverged inner steps, which
    are not a number, predict nothing: 0.
    """
    last, others = probabilities[..., -1].astype(float), probabilities[..., :-1].astype(float).sum(-1)
    others = np.where(last < _NEARLY_SURE, 1 - last, others)
    least = np.finfo(np.float32).tiny
    found: Array = np.nan_to_num(np.log(np.maximum(last, least)) - np.log(np.maximum(others, least)))
    return found


def auroc(probabilities: Array, y: Labels) -> Array:
    """Area under the ROC curve (Hanley and McNeil 1982): the chance that a case ranks above a non-case.

    probabilities (..., queries, 2) and y (..., queries), broadcast against each other -> (...). Ties count one half.
    """
    from scipy.stats import rankdata  # the process that serves pages does not import SciPy

    score = log_odds(probabilities)
    y = np.broadcast_to(y, score.shape)
    cases = y.sum(-1)
    rank_sum = (rankdata(score, axis=-1) * y).sum(-1)
    area: Array = (rank_sum - cases * (cases + 1) / 2) / (cases * (y.shape[-1] - cases))
    return area


def auroc_error(probabilities: Array, y: Labels) -> float:
    """Return the standard error of one task's AUROC over its queries (DeLong, DeLong and Clarke-Pearson 1988).

    probabilities (queries, 2), y (queries,), with at least two of each class. Not a number if there are fewer.
    """
    score = log_odds(probabilities)
    case, other = score[y == 1, None], score[None, y == 0]
    if min(case.size, other.size) < 2:
        return math.nan
    above = (case > other) + 0.5 * (case == other)
    return math.sqrt(sum(above.mean(axis).var(ddof=1) / above.shape[1 - axis] for axis in (0, 1)))


def sensitivity_at(specificity: float, probabilities: Array, y: Labels) -> Array:
    """Share of the cases above the threshold that keeps `specificity` of the non-cases at or below it.

    probabilities (..., queries, 2), y (..., queries) -> (...). The threshold is read off the same query examples.
    """
    score = log_odds(probabilities)
    y = np.broadcast_to(y, score.shape)
    threshold = np.nanquantile(np.where(y == 0, score, np.nan), specificity, axis=-1, method="inverted_cdf")
    sensitivity: Array = ((score > threshold[..., None]) & (y == 1)).sum(-1) / y.sum(-1)
    return sensitivity


def carried_over(
    specificity: float, probabilities: Array, y: Labels, set_on: tuple[Array, Labels] | None = None
) -> tuple[Array, Array]:
    """Sensitivity and specificity of each task at the threshold that keeps `specificity` of other tasks' non-cases.

    Parameters
    ----------
    specificity : float
        The share of the non-cases that is to test negative.
    probabilities : array (tasks, queries, 2)
    y : array (tasks, queries)
        1 for a case.
    set_on : tuple of arrays, or None
        Probabilities and classes of the same tasks on which thresholds are set; None for those above.

    Returns
    -------
    tuple of arrays (tasks,)

    Raises
    ------
    ValueError
        As `carried_thresholds` does.
    """
    (score, cases), (earlier, earlier_cases) = (
        (log_odds(answer), classes == 1) for answer, classes in ((probabilities, y), set_on or (probabilities, y))
    )
    positive = score > carried_thresholds(earlier, ~earlier_cases, [specificity])
    return (positive & cases).sum(1) / cases.sum(1), (~positive & ~cases).sum(1) / (~cases).sum(1)


def carried_thresholds(score: Array, weight: Array | NDArray[np.bool_], shares: Sequence[float]) -> Array:
    """Thresholds for each task that are set on other tasks: the lowest with each share of the weight at or below it.

    Every second task gets the threshold of all the others together, and the others get that of these: no task has a
    part in its own threshold, and a threshold is set on as many tasks as can be spared. Equal scores lie on the same
    side, so that more than the share may lie at or below a threshold.

    Parameters
    ----------
    score : array (tasks, queries)
        Finite.
    weight : array (tasks, queries)
        Of each query in the share, such as 1 for a non-case and 0 for a case.
    shares : sequence of float
        In [0, 1].

    Returns
    -------
    array (tasks, shares)
        In the unit of the scores.

    Raises
    ------
    ValueError
        If there are fewer than two tasks, or if one of the two halves has no query with a weight.
    """
    if len(score) < 2:
        raise ValueError("a threshold from other tasks needs two tasks or more")
    half = np.arange(len(score)) % 2
    thresholds: Array = np.stack([_quantiles(score[half == i], weight[half == i], shares) for i in (1, 0)])[half]
    return thresholds


def _quantiles(score: Array, weight: Array | NDArray[np.bool_], shares: Sequence[float]) -> Array:
    """Return the lowest scores with each share of the weight at or below them (shares,)."""
    score, weight = score[weight > 0], weight[weight > 0]
    if not score.size:
        raise ValueError("a threshold from other tasks needs queries of these that have a weight")
    order = np.argsort(score)
    below = np.cumsum(weight[order])
    places = np.searchsorted(below, np.asarray(shares) * below[-1] * (1 - 1e-9))  # as sums are rounded
    thresholds: Array = score[order[places]]
    return thresholds


def accuracy(probabilities: Array, y: Labels) -> Array:
    """Share of the examples whose likeliest class is the true one: (..., queries, ways), (..., queries) -> (...).

    Classes are equally frequent among the query examples that this is used on, so it is the balanced accuracy too.
    """
    share: Array = (probabilities.argmax(-1) == y).mean(-1)
    return share


def accuracy_error(probabilities: Array, y: Labels) -> float:
    """Return the standard error of one task's accuracy over other queries with as many of each class.

    probabilities (queries, ways), y (queries,).
    """
    right = probabilities.argmax(-1) == y
    shares = [(right[y == kind].mean(), (y == kind).sum()) for kind in np.unique(y)]
    return math.sqrt(sum(count * share * (1 - share) for share, count in shares)) / len(y)


def negative_log_likelihood(probabilities: Array, y: Labels) -> Array:
    """Mean over the examples, in nats: (..., queries, ways), (..., queries) -> (...). It is at most 13.8 for each."""
    chance = np.take_along_axis(probabilities, y[..., None], axis=-1)[..., 0]
    mean: Array = -np.log(np.maximum(chance, _LEAST_CHANCE)).mean(-1)
    return mean


def mse(predictions: Array, y: NDArray[Any]) -> Array:
    """Mean squared error of the predicted means (..., queries, 1 or 2) of y (..., queries) -> (...)."""
    error: Array = np.square(predictions[..., 0] - y).mean(-1)
    return error


@dataclass(frozen=True)
class Metric:
    """A metric.

    Parameters
    ----------
    id : str
        The name in result files and commands.
    name : Text
        The name in the middle of a sentence.
    axis : Text
        The title of an axis.
    compute : callable
        Predictions (..., queries, ways) and targets (..., queries) -> scores (...). In a regression, the last axis of
        the predictions is the mean, which a standard deviation may follow.
    target : {"two classes", "two or more classes", "a number"}
        The kind of target that it is defined for.
    chance : float or None
        The score of guessing, where scores are proportions from there to 1; None for an error without an upper bound.
    higher_is_better : bool
        The direction.
    error : callable or None
        Predictions (queries, ways) and targets (queries,) of one task -> the standard error of its score over other
        queries of the same task; None if that is not offered.
    """

    id: str
    name: Text
    axis: Text
    compute: Callable[[Array, NDArray[Any]], Array]
    target: Literal["two classes", "two or more classes", "a number"]
    chance: float | None = None
    higher_is_better: bool = True
    error: Callable[[Array, Labels], float] | None = None

    @property
    def is_proportion(self) -> bool:
        """Whether scores are read in per cent, on an axis up to 1."""
        return self.chance is not None

    @property
    def is_regression(self) -> bool:
        """Whether the metric is for regression."""
        return self.target == "a number"

    @property
    def floor(self) -> float:
        """The lower end of an axis of proportions: chance, rounded down to a tenth; 0 for an error."""
        return 0.0 if self.chance is None else math.floor(round(10 * self.chance, 9)) / 10

    @property
    def sign(self) -> int:
        """1, or -1 if lower is better: differences of scores times this are improvements."""
        return 1 if self.higher_is_better else -1

    def for_classes(self, classes: int) -> "Metric":
        """Return the metric for a number of classes, 0 in a regression.

        Raises
        ------
        ValueError
            If it is not defined for them.
        """
        if not {"two classes": classes == 2, "two or more classes": classes >= 2, "a number": classes == 0}[
            self.target
        ]:
            given = f"{classes} classes" if classes else "a number"
            raise ValueError(f"metric {self.id!r} is for {self.target}, and this scenario predicts {given}")
        return replace(self, chance=1 / classes) if self.is_proportion else self


AUROC = Metric(
    "auroc",
    Text(en="AUROC", zh="AUROC"),
    Text(en="AUROC (50% = coin toss)", zh="AUROC（50% 为随机）"),
    auroc,
    "two classes",
    chance=0.5,
    error=auroc_error,
)
ACCURACY = Metric(
    "accuracy",
    Text(en="accuracy", zh="准确率"),
    Text(en="accuracy", zh="准确率"),
    accuracy,
    "two or more classes",
    chance=0.5,
    error=accuracy_error,
)
MSE = Metric(
    "mse",
    Text(en="mean squared error", zh="均方误差"),
    Text(en="mean squared error", zh="均方误差"),
    mse,
    "a number",
    higher_is_better=False,
)
METRICS = {metric.id: metric for metric in (AUROC, ACCURACY, MSE)}
