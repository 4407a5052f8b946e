"""Random-effects logistic regression of reduced rank: tasks differ in a few directions of a rich set of inputs.

    log odds of class 1 in task t  =  m'x + sum_j w_tj b_j'x,    w_t ~ N(0, I)

m and the loadings b_j are found by expectation maximisation over other tasks: Laplace's approximation of w_t in the
E-step, the quadratic bound of Boehning and Lindsay (1988, Ann Inst Stat Math 40:641-663) in the M-step, and parameter
expansion, by which w_t keeps mean 0 and covariance I (Liu, Rubin and Wu 1998, Biometrika 85:755-770).

A task's few examples of class 0 are joined by other tasks' examples of it, as controls are in a case-control study:
those of tasks whose class 0 probably has about the same mean. An offset accounts for their number (Prentice and Pyke
1979, Biometrika 66:403-411).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from scipy.stats import norm

from scenarios.learners import discriminant
from scenarios.learners.discriminant import ClassMeansPrior
from scenarios.learners.linear_prior import with_one
from scenarios.task import Array, Labels

_RANK = 6  # rank of the random effects
_ROUNDS = 30  # rounds of expectation maximisation
_STEP, _LAST_STEPS = 1.6, 2  # of the M-step, which its bound makes short; the last ones are not lengthened
_RIDGE, _RIDGE_CONSTANT = 10.0, 0.1  # penalties of mean and loadings, in nats
_NEWTON_STEPS = 25
_LEAST_BEND = 0.02  # of an example's likelihood, far from the mode
_CONTROLS, _MOST_CONTROLS = 4.0, 40.0  # what controls count together, in examples: per own one, and at most
_DRAWN, _NEAREST = 240, 8  # controls that are drawn, each of one of the nearest tasks
_KEPT_CONTROLS = 20  # controls kept of each other task


@dataclass(frozen=True)
class ReducedRankPrior:
    """Prior of a task's log odds and of its class 0, learned from other tasks.

    Parameters
    ----------
    loadings : (1 + rank, d + 1)
        m and b_j, for each input and a constant.
    means : ClassMeansPrior
        Of the class means, in the first inputs.
    axis : (inputs,)
        The direction in which the mean of class 0 differs most between tasks.
    places : (tasks,)
        Other tasks' class 0 along the axis, in ascending order.
    controls : (tasks, n, 1 + rank)
        m'x and b_j'x of their examples of class 0.
    """

    loadings: Array
    means: ClassMeansPrior
    axis: Array
    places: Array
    controls: Array

    def arrays(self) -> dict[str, Array]:
        """Return the arrays of a weights file."""
        single = {"loadings": self.loadings, "axis": self.axis, "places": self.places, "controls": self.controls}
        return {name: each.astype(np.float32) for name, each in single.items()} | self.means.arrays()


def restored(arrays: Mapping[str, Array], size: int, classes: int) -> ReducedRankPrior:
    """Return the prior in `ReducedRankPrior.arrays`, for a number of inputs and of classes.

    Raises
    ------
    KeyError, ValueError
        If it is another one.
    """
    loadings, axis, places, controls = (
        arrays[name].astype(float) for name in ("loadings", "axis", "places", "controls")
    )
    if classes != 2 or loadings.ndim != 2 or loadings.shape[1] != size + 1 or axis.ndim != 1:
        raise ValueError("loadings of another scenario")
    if controls.ndim != 3 or (*places.shape, len(loadings)) != (controls.shape[0], controls.shape[2]):
        raise ValueError("controls of another size")
    means = discriminant.restored(arrays, len(axis), classes, random_effects=True)
    return ReducedRankPrior(loadings, means, axis, places, controls)


def learn(inputs: Array, y: Labels, plain: int) -> ReducedRankPrior:
    """Return the prior of inputs (tasks, n, d), the first `plain` of which are plain values, and y (tasks, n)."""
    loadings = _loadings(with_one(inputs).astype(np.float32), y.astype(np.float32))
    means = discriminant.learn(inputs[..., :plain], y, 2, random_effects=True)
    between = means.between[:plain, :plain]  # type: ignore[index]  # random effects have it
    axis = np.linalg.eigh(between)[1][:, -1]
    is_zero = y == 0
    own = (inputs[..., :plain] @ axis * is_zero).sum(1) / np.maximum(is_zero.sum(1), 1)
    order = [task for task in np.argsort(own) if is_zero[task].any()]
    each = min(_KEPT_CONTROLS, int(is_zero[order].sum(1).min()))
    rows = np.stack([inputs[task][is_zero[task]][:each] for task in order])
    return ReducedRankPrior(loadings, means, axis, own[order], with_one(rows) @ loadings.T)


def _loadings(x: Array, y: Array) -> Array:
    """Return m and b_j (1 + rank, d): x (tasks, n, d) ends with a constant, y (tasks, n) is 0 or 1."""
    (tasks, _, d), rank = x.shape, min(_RANK, len(x) - 1)
    squares = np.stack([(0.25 * each.T @ each).ravel() for each in x])  # the bound of an example's curvature
    ridge = np.r_[np.full(d - 1, _RIDGE), _RIDGE_CONSTANT]
    loadings = _start(x, y, squares.sum(0).reshape(d, d), ridge, rank)
    for done in range(_ROUNDS):
        seen = x @ loadings.T.astype(np.float32)
        effects, covariance = _posterior(seen, y, np.ones_like(y), 0.0)
        centre = effects.mean(0)
        root = np.linalg.cholesky(((effects - centre).T @ (effects - centre) + covariance.sum(0)) / tasks)
        loadings = np.concatenate([loadings[:1] + centre @ loadings[1:], root.T @ loadings[1:]])
        back = np.linalg.inv(root)
        effects, covariance = (effects - centre) @ back.T, back @ covariance @ back.T
        loadings = loadings + (_STEP if done < _ROUNDS - _LAST_STEPS else 1.0) * _uphill(
            loadings, x, y, effects, covariance, squares, ridge
        )
    return loadings


def _start(x: Array, y: Array, bend: Array, ridge: Array, rank: int) -> Array:
    """Return loadings to begin with: of one step from 0 in all tasks together, and of how tasks' steps differ."""
    slopes = np.einsum("tn,tnd->td", y - 0.5, x).astype(float)
    bent = bend + np.diag(ridge)
    mean = np.linalg.solve(bent, slopes.sum(0))
    steps = np.linalg.solve(bent / len(x), (slopes - slopes.mean(0)).T).T
    return np.concatenate([mean[None], np.linalg.svd(steps, full_matrices=False)[2][:rank]])


def _uphill(
    loadings: Array, x: Array, y: Array, effects: Array, covariance: Array, squares: Array, ridge: Array
) -> Array:
    """Return the update of the M-step, with the length of its bound: (1 + rank, d)."""
    tasks, one_and_rank = len(x), len(loadings)
    weights = np.concatenate([np.ones((tasks, 1)), effects], axis=1)
    seen = x @ loadings.T.astype(np.float32)
    chance = expit(np.einsum("tnr,tr->tn", seen, weights)).astype(np.float32)
    slope = weights.T @ np.einsum("tn,tnd->td", y - chance, x) - loadings * ridge
    unsure = np.einsum("tnr,trs->tns", seen[..., 1:], covariance.astype(np.float32))
    slope[1:] -= np.einsum("tns,tnd->sd", unsure * (chance * (1 - chance))[..., None], x)
    both = weights[:, :, None] * weights[:, None]
    both[:, 1:, 1:] += covariance
    d = x.shape[-1]
    bend = (both.reshape(tasks, -1).T.astype(np.float32) @ squares).astype(float)
    bend = bend.reshape(one_and_rank, one_and_rank, d, d).transpose(0, 2, 1, 3).reshape(one_and_rank * d, -1)
    bend[np.diag_indices(len(bend))] += np.tile(ridge, one_and_rank)
    step: Array = np.linalg.solve(bend, slope.ravel()).reshape(loadings.shape)
    return step


def _posterior(seen: Array, y: Array, weight: Array, offset: Array | float) -> tuple[Array, Array]:
    """Return the posterior of each task's effects: the mode (tasks, rank) and the covariance (tasks, rank, rank).

    seen (tasks, n, 1 + rank) is m'x and b_j'x of examples, y and weight (tasks, n) their labels and what they count.
    """
    seen = seen.astype(float)
    fixed, load = seen[..., 0] + offset, seen[..., 1:]
    mode, eye = np.zeros((len(seen), load.shape[-1])), np.eye(load.shape[-1])
    for _ in range(_NEWTON_STEPS):
        chance = expit(fixed + np.einsum("tnr,tr->tn", load, mode))
        slope = np.einsum("tn,tnr->tr", weight * (y - chance), load) - mode
        bend = weight * np.maximum(chance * (1 - chance), _LEAST_BEND)
        step = np.linalg.solve((load * bend[..., None]).swapaxes(1, 2) @ load + eye, slope[..., None])[..., 0]
        mode += step
        if np.abs(step).max() < 1e-6:
            break
    chance = expit(fixed + np.einsum("tnr,tr->tn", load, mode))
    bend = weight * chance * (1 - chance)
    return mode, np.linalg.inv((load * bend[..., None]).swapaxes(1, 2) @ load + eye)


def predict(prior: ReducedRankPrior, x: Array, y: Labels, mask: Array, query_x: Array) -> Array:
    """Class probabilities (tasks, queries, 2), both classes equally frequent.

    x (tasks, n, d), y and mask (tasks, n) are the support sets, query_x (tasks, queries, d) the questions.
    """
    counts = np.stack([((y == 0) * mask).sum(1), ((y == 1) * mask).sum(1)], axis=1)
    borrowed = np.minimum(_CONTROLS * counts.mean(1), _MOST_CONTROLS)
    drawn = _drawn(prior, x, y, mask)
    seen = np.concatenate([with_one(x) @ prior.loadings.T, drawn], axis=1)
    labels = np.concatenate([(y == 1).astype(float), np.zeros(drawn.shape[:2])], axis=1)
    each = np.broadcast_to((borrowed / drawn.shape[1])[:, None], drawn.shape[:2])
    offset = np.log(np.maximum(counts[:, 1], 0.5) / (np.maximum(counts[:, 0], 0.5) + borrowed))[:, None]
    mode, covariance = _posterior(seen, labels, np.concatenate([mask, each], axis=1), offset)
    asked = with_one(query_x) @ prior.loadings.T
    logit = asked[..., 0] + np.einsum("tqr,tr->tq", asked[..., 1:], mode)
    variance = ((asked[..., 1:] @ covariance) * asked[..., 1:]).sum(-1)
    chance = expit(logit / np.sqrt(1 + np.pi * variance / 8))  # uncertainty draws it towards one half
    return np.stack([1 - chance, chance], axis=-1)


def _drawn(prior: ReducedRankPrior, x: Array, y: Labels, mask: Array) -> Array:
    """Return m'x and b_j'x of other tasks' examples of class 0 that each task borrows: (tasks, n, 1 + rank)."""
    mean, deviation = _shift(prior, x, y, mask)
    spots = mean[:, None] + deviation[:, None] * norm.ppf((np.arange(_DRAWN) + 0.5) / _DRAWN)
    around = min(_NEAREST, len(prior.places))
    first = np.searchsorted(prior.places, spots) - around // 2
    turn = np.arange(_DRAWN)
    tasks = np.clip(first, 0, len(prior.places) - around) + turn % around
    drawn: Array = prior.controls[tasks, turn // around % prior.controls.shape[1]]
    return drawn


def _shift(prior: ReducedRankPrior, x: Array, y: Labels, mask: Array) -> tuple[Array, Array]:
    """Return where each task's class 0 probably is along the axis: mean and deviation, (tasks,)."""
    d = len(prior.axis)
    means, covariance = discriminant.class_means(prior.means, x[..., :d], y, mask)
    variance = np.einsum("d,tde,e->t", prior.axis, covariance[:, :d, :d], prior.axis)
    return means[:, 0] @ prior.axis, np.sqrt(variance)
