"""The textbook's methods, each fitted to one task's support set alone, by scikit-learn."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import softmax
from scipy.stats import norm
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

from scenarios.episode import Episode
from scenarios.learners.inputs import LABEL_FREE, See
from scenarios.task import Array, Labels

INVERSE_PENALTIES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0)
_LENGTHS = (0.3, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 5.0, 8.0, 12.0)
_SEED = 0
_TREES = 30  # as good as a hundred with a third of the learning rate, in a third of the time
_NOISE = 1e-3  # variance of a label, as a share of the amplitude, that keeps a Gaussian process solvable
_LEAST_DEVIATION = 0.1  # least SD of an ordered class number around its prediction


@dataclass(frozen=True)
class Classical:
    """A method with one hyperparameter, which is chosen on training tasks for each number of labels.

    Parameters
    ----------
    setting : str
        The hyperparameter's name in weights files.
    choices : tuple of float
        The values that are tried.
    classifier : callable or None
        From a value and a number of rows to an unfitted estimator as scikit-learn has them: `fit(x, y)`, `classes_` and
        `predict_proba(x)`. None if the method does not classify.
    regressor : callable or None
        The same for a number: `fit(x, y)` and `predict(x)`.
    kinds : tuple of str
        The kinds of input that are tried, of those that the scenario has; if it has none, the encoding.
    follows_shares : bool
        Whether its probabilities follow the class shares of the support set, which is then corrected.
    """

    setting: str
    choices: tuple[float, ...]
    classifier: Callable[[float, int], Any] | None
    regressor: Callable[[float, int], Any] | None
    kinds: tuple[str, ...] = LABEL_FREE
    follows_shares: bool = True


class _ShrinkageLDA:
    """Linear discriminant analysis with a covariance that is drawn towards the identity by a share.

    Inputs have a deviation of about 1. (Ledoit and Wolf 2004, J Multivar Anal 88:365-411, draw it towards a multiple of
    the identity, which cannot be estimated from one example of each class; scikit-learn requires more examples than
    classes.)
    """

    def __init__(self, share: float) -> None:
        self._share = share

    def fit(self, x: Array, y: Labels) -> None:
        self.classes_, member = np.unique(y, return_inverse=True)
        counts = np.bincount(member)
        self._means = np.stack([x[member == c].mean(0) for c in range(len(counts))])
        away = x - self._means[member]
        covariance = (1 - self._share) * away.T @ away / len(x) + self._share * np.eye(x.shape[1])
        self._weights = np.linalg.solve(covariance, self._means.T)  # (inputs, classes)
        self._constants = np.log(counts / len(x)) - 0.5 * (self._means * self._weights.T).sum(1)

    def predict_proba(self, x: Array) -> Array:
        chances: Array = softmax(x @ self._weights + self._constants, axis=1)
        return chances


class _OrdinalRidge:
    """Ridge regression on the number of an ordered class; a class covers the values within one half of its number."""

    def __init__(self, alpha: float) -> None:
        self._ridge = Ridge(alpha=alpha)

    def fit(self, x: Array, y: Labels) -> None:
        self.classes_ = np.unique(y)
        self._ridge.fit(x, y.astype(float))
        off = y - self._ridge.predict(x)
        self._deviation = max(float(np.sqrt(np.mean(off**2))), _LEAST_DEVIATION)

    def predict_proba(self, x: Array) -> Array:
        edges = (self.classes_[1:] + self.classes_[:-1]) / 2
        below = norm.cdf((edges - self._ridge.predict(x)[:, None]) / self._deviation)
        chances: Array = np.diff(below, axis=1, prepend=0, append=1)
        return chances


CLASSICAL = {
    "logistic": Classical(
        "inverse_penalty", INVERSE_PENALTIES, lambda c, rows: LogisticRegression(C=c, max_iter=1000), None
    ),
    "lda": Classical(
        "shrinkage",
        (0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0),
        lambda share, rows: _ShrinkageLDA(share),
        None,
    ),
    "ordinal_ridge": Classical("inverse_penalty", INVERSE_PENALTIES, lambda c, rows: _OrdinalRidge(alpha=1 / c), None),
    "least_squares": Classical("inverse_penalty", INVERSE_PENALTIES, None, lambda c, rows: Ridge(alpha=1 / c)),
    "neighbours": Classical(
        "neighbours",
        (1, 2, 3, 5, 8, 13, 21, 34),
        lambda k, rows: KNeighborsClassifier(min(int(k), rows), weights="distance"),
        lambda k, rows: KNeighborsRegressor(min(int(k), rows), weights="distance"),
    ),
    "boosting": Classical(
        "learning_rate",
        (0.1, 0.3, 1.0),
        lambda rate, rows: GradientBoostingClassifier(
            learning_rate=rate, n_estimators=_TREES, max_depth=2, random_state=_SEED
        ),
        None,
        kinds=("by_hand",),  # else the encoding; a tree does not see a monotone change of units
    ),
    "gaussian_process": Classical(
        "length_scale",
        _LENGTHS,
        lambda length, rows: GaussianProcessClassifier(ConstantKernel(4.0) * RBF(length), optimizer=None),
        lambda length, rows: GaussianProcessRegressor(ConstantKernel(8.0) * RBF(length), alpha=_NOISE, optimizer=None),
        kinds=("encoded", "by_hand"),
        follows_shares=False,  # its prior is even
    ),
    "gaussian_process_linear": Classical(
        "variance",
        (0.03, 0.1, 0.3, 1.0, 3.0),
        lambda variance, rows: GaussianProcessClassifier(ConstantKernel(variance) * DotProduct(1.0), optimizer=None),
        None,
        kinds=("encoded", "by_hand"),
        follows_shares=False,  # its prior is even
    ),
}


@dataclass(frozen=True)
class Choice:
    """A kind of input and a setting, for one number of labels."""

    setting: float
    see: See


@dataclass(frozen=True)
class PerTask:
    """A method with a choice for each number of shots."""

    method: Classical
    choose: Callable[[int], Choice]  # shots -> choice
    calibrate: Callable[[int, Array], Array] = lambda shots, answer: answer

    def predict(self, episode: Episode) -> Array:
        """Fit the method to each task's support set, then predict its query set: (tasks, queries, ways)."""
        numbers = np.issubdtype(episode.support.y.dtype, np.floating)
        chosen = self.choose(episode.shots)
        make, (support, query) = self.method.regressor if numbers else self.method.classifier, chosen.see(episode)
        answers = np.zeros((episode.tasks, query.shape[1], episode.ways))
        for task, known in enumerate(episode.mask > 0):
            model = make(chosen.setting, int(known.sum()))  # type: ignore[misc]  # `suits` offers no learner without
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                model.fit(support[task][known].astype(float), episode.support.y[task][known])
            if numbers:
                answers[task, :, 0] = model.predict(query[task].astype(float))
            else:
                answers[task][:, model.classes_] = model.predict_proba(query[task].astype(float))
        follows = self.method.follows_shares and not numbers
        return self.calibrate(episode.shots, episode.evened(answers) if follows else answers)
