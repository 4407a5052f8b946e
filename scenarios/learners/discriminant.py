"""Linear discriminant analysis with other tasks' data: a pooled covariance, and random effects.

    x | class c, task t  ~  N(m_tc, W)     W: within a class of a task, pooled over other tasks
    average of m_t1, .., m_tC  ~  N(mean_0, B_0)
    contrasts between them     ~  N(mean_1, B_1)

The second and third lines are the random effects (Laird and Ware 1982, Biometrics 38:963-974); without them, the class
means come from the task's own labels alone. Given labelled examples, the class means have a Gaussian posterior in
closed form, and a further example of class c is Gaussian around its posterior mean, with covariance W plus that of the
posterior: empirical Bayes for linear discriminant analysis.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.linalg import helmert
from scipy.special import softmax

from scenarios.task import Array, Labels

_ROUNDS = 100  # rounds of expectation maximisation
_ROUNDS_UNLABELLED = 10  # the same for the classes of unlabelled examples
_RIDGE = 1e-3  # share of the identity in W, for inputs that depend on each other
# Where other tasks are few, B is drawn towards a multiple of W as by one more task, and the mean of the contrasts
# towards 0 as by ten; of a thousand tasks neither changes the fourth decimal of a score.
_PRIOR_TASKS, _CENTRED_TASKS = 1.0, 10.0


@dataclass(frozen=True)
class ClassMeansPrior:
    """Prior of a task's class means, learned from other tasks, in d inputs and C classes.

    Parameters
    ----------
    within : (d, d)
        W, the covariance within a class of a task.
    mean : (C d,)
        Of the class means, one class after the other.
    between : (C d, C d) or None
        B, their covariance between tasks; None for a flat prior.
    """

    within: Array
    mean: Array
    between: Array | None

    @property
    def ways(self) -> int:
        """The number of classes."""
        return len(self.mean) // len(self.within)

    def arrays(self) -> dict[str, Array]:
        """Return the arrays of a weights file."""
        between = {} if self.between is None else {"between": self.between}
        return {"within": self.within, "mean": self.mean, **between}


def restored(arrays: Mapping[str, Array], size: int, ways: int, *, random_effects: bool) -> ClassMeansPrior:
    """Return the prior in `ClassMeansPrior.arrays`, for a number of inputs and of classes.

    Raises
    ------
    KeyError, ValueError
        If it is another one.
    """
    prior = ClassMeansPrior(arrays["within"], arrays["mean"], arrays["between"] if random_effects else None)
    count = ways * size
    if prior.within.shape != (size, size) or prior.mean.shape != (count,):
        raise ValueError("class means of another scenario")
    if prior.between is not None and prior.between.shape != (count, count):
        raise ValueError("random effects of another scenario")
    return prior


def learn(x: Array, y: Labels, ways: int, *, random_effects: bool) -> ClassMeansPrior:
    """Return the prior learned from labelled examples of other tasks: x (tasks, n, d), y (tasks, n)."""
    d = x.shape[-1]
    members = np.eye(ways)[y]  # (tasks, n, C)
    counts, sums = members.sum(1), np.einsum("tnc,tnd->tcd", members, x)
    means = sums / np.maximum(counts, 1)[..., None]
    away = x - np.take_along_axis(means, y[..., None], axis=1)
    freedom = np.maximum(counts - 1, 0).sum() or len(away)
    flat = away.reshape(-1, d)
    within = flat.T @ flat / freedom
    within += _RIDGE * np.trace(within) / d * np.eye(d)
    if not random_effects:
        there = (counts > 0)[..., None]
        return ClassMeansPrior(within, ((means * there).sum(0) / there.sum(0)).ravel(), None)
    return ClassMeansPrior(within, *_random_effects(sums, counts, within))


def _random_effects(sums: Array, counts: Array, within: Array) -> tuple[Array, Array]:
    """Return mean (C d,) and covariance of the class means of tasks: expectation maximisation.

    sums (tasks, C, d) of the examples of each class, and their counts (tasks, C).
    """
    (tasks, ways, d), precision = sums.shape, np.linalg.inv(within)
    turn = helmert(ways, full=True)  # orthonormal: the average of the classes first, then their contrasts
    pull = np.einsum("kc,tcd,de->tke", turn, sums, precision).reshape(tasks, -1)
    centred = np.r_[np.zeros(d), np.full((ways - 1) * d, _CENTRED_TASKS)]
    is_average = centred == 0
    together = is_average[:, None] == is_average  # the average and the contrasts are independent of each other
    kinds, kind = np.unique(counts, axis=0, return_inverse=True)  # tasks with as many labels share their covariance
    kind = kind.ravel()
    told = [np.kron(turn @ np.diag(count) @ turn.T, precision) for count in kinds]
    size = [np.sum(kind == place) for place in range(len(kinds))]
    turned = np.einsum("kc,tcd->tkd", turn, sums / np.maximum(counts, 1)[..., None]).reshape(tasks, -1)
    level = np.where(is_average, np.square(turned[:, is_average]).mean(), np.square(turned[:, ~is_average]).mean())
    start = np.kron(np.eye(ways), within) * (level / np.trace(within) * d)
    mean, between = turned.sum(0) / (tasks + centred), start
    for _ in range(_ROUNDS):
        known = np.linalg.inv(between)
        covariances = [np.linalg.inv(known + each) for each in told]
        posterior = np.empty_like(turned)
        for place, covariance in enumerate(covariances):
            posterior[kind == place] = (pull[kind == place] + mean @ known) @ covariance
        mean = posterior.sum(0) / (tasks + centred)
        off = posterior - mean
        between = off.T @ off + sum(n * each for n, each in zip(size, covariances, strict=True))
        between += np.outer(mean, mean) * np.sqrt(np.outer(centred, centred))
        between = (between + _PRIOR_TASKS * start) / (tasks + _PRIOR_TASKS) * together
    back = np.kron(turn, np.eye(d)).T
    return back @ mean, back @ between @ back.T


@dataclass(frozen=True)
class Unlabelled:
    """Unlabelled examples that update the class means too, by expectation maximisation.

    Parameters
    ----------
    x : (tasks, m, d)
    shares : (C,)
        Of the classes among them.
    weight : float
        How much one of them counts beside a labelled example.
    """

    x: Array
    shares: Array
    weight: float = 1.0


def predict(
    prior: ClassMeansPrior, x: Array, y: Labels, mask: Array, query_x: Array, unlabelled: Unlabelled | None = None
) -> Array:
    """Class probabilities (tasks, queries, C), all classes equally frequent.

    x (tasks, n, d), y and mask (tasks, n) are the support sets, query_x (tasks, queries, d) the questions. If the prior
    is flat, a class without examples is as likely as under the mean of all tasks.
    """
    posterior = _Posterior(prior)
    counts, sums = _counts_and_sums(x, y, mask, prior.ways)
    answers = np.empty((*query_x.shape[:2], prior.ways))
    for task, told in enumerate(zip(counts, sums, strict=True)):
        means = posterior.given(*told) if unlabelled is None else posterior.given_also(*told, unlabelled, task)
        answers[task] = posterior.densities(*means, query_x[task])
    chances: Array = softmax(answers, axis=-1)
    return chances


def _counts_and_sums(x: Array, y: Labels, mask: Array, ways: int) -> tuple[Array, Array]:
    """Return how many examples each class has (tasks, C), and their sums (tasks, C, d)."""
    members = np.eye(ways)[y] * mask[..., None]  # (tasks, n, C)
    return members.sum(1), np.einsum("tnc,tnd->tcd", members, x)


def class_means(prior: ClassMeansPrior, x: Array, y: Labels, mask: Array) -> tuple[Array, Array]:
    """Of each task's class means given its labels: the mean (tasks, C, d) and covariance (tasks, C d, C d)."""
    posterior = _Posterior(prior)
    told = zip(*_counts_and_sums(x, y, mask, prior.ways), strict=True)
    means, covariances = zip(*(posterior.given(*each) for each in told), strict=True)
    return np.stack(means), np.stack(covariances)


class _Posterior:
    """The class means of one task, given how many examples each class has, and their sums."""

    def __init__(self, prior: ClassMeansPrior) -> None:
        self._prior, self._precision = prior, np.linalg.inv(prior.within)
        flat = prior.between is None
        self._known = 1e-6 * np.kron(np.eye(prior.ways), self._precision) if flat else np.linalg.inv(prior.between)  # type: ignore[arg-type]
        self._kept: dict[bytes, Array] = {}  # tasks with as many labels share their covariance

    def given(self, count: Array, total: Array) -> tuple[Array, Array]:
        """Return means (C, d) and covariance (C d, C d) from counts (C,) and sums (C, d)."""
        key = count.tobytes()
        if key not in self._kept:
            self._kept = {key: np.linalg.inv(self._known + np.kron(np.diag(count), self._precision))}
        told = self._known @ self._prior.mean + (total @ self._precision).ravel()
        return (self._kept[key] @ told).reshape(total.shape), self._kept[key]

    def given_also(self, count: Array, total: Array, unlabelled: Unlabelled, task: int) -> tuple[Array, Array]:
        """Return the same given a task's unlabelled examples too."""
        means, pool = self.given(count, total), unlabelled.x[task]
        for _ in range(_ROUNDS_UNLABELLED):
            chances = unlabelled.weight * softmax(self.densities(*means, pool) + np.log(unlabelled.shares), axis=-1)
            means = self.given(count + chances.sum(0), total + chances.T @ pool)
        return means

    def densities(self, means: Array, covariance: Array, x: Array) -> Array:
        """Log densities (n, C) of further examples x (n, d), up to a constant."""
        found, d = np.empty((len(x), len(means))), x.shape[1]
        for c, mean in enumerate(means):
            root = np.linalg.cholesky(self._prior.within + covariance[c * d : (c + 1) * d, c * d : (c + 1) * d])
            away = np.linalg.solve(root, (x - mean).T)
            found[:, c] = -0.5 * np.square(away).sum(0) - np.log(np.diag(root)).sum()
        return found
