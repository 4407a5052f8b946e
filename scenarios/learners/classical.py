"""The textbook's methods, each fitted to one task's support set alone, by scikit-learn."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

from scenarios.episode import Episode
from scenarios.task import Array

INVERSE_PENALTIES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0)
_SEED = 0
_NOISE = 1e-3  # variance of a label, as a share of the amplitude, that keeps a Gaussian process solvable


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
    """

    setting: str
    choices: tuple[float, ...]
    classifier: Callable[[float, int], Any] | None
    regressor: Callable[[float, int], Any] | None


CLASSICAL = {
    "logistic": Classical(
        "inverse_penalty", INVERSE_PENALTIES, lambda c, rows: LogisticRegression(C=c, max_iter=1000), None
    ),
    "least_squares": Classical("inverse_penalty", INVERSE_PENALTIES, None, lambda c, rows: Ridge(alpha=1 / c)),
    "neighbours": Classical(
        "neighbours",
        (1, 2, 3, 5, 8, 13, 21, 34),
        lambda k, rows: KNeighborsClassifier(min(int(k), rows), weights="distance"),
        lambda k, rows: KNeighborsRegressor(min(int(k), rows), weights="distance"),
    ),
    "boosting": Classical(
        "trees",
        (10, 30, 100),
        lambda n, rows: GradientBoostingClassifier(n_estimators=int(n), max_depth=2, random_state=_SEED),
        lambda n, rows: GradientBoostingRegressor(n_estimators=int(n), max_depth=2, random_state=_SEED),
    ),
    "gaussian_process": Classical(
        "length_scale",
        (0.3, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 5.0, 8.0, 12.0),
        lambda length, rows: GaussianProcessClassifier(ConstantKernel(4.0) * RBF(length), optimizer=None),
        lambda length, rows: GaussianProcessRegressor(ConstantKernel(8.0) * RBF(length), alpha=_NOISE, optimizer=None),
    ),
}


@dataclass(frozen=True)
class PerTask:
    """A method with a setting for each number of shots."""

    method: Classical
    setting: Callable[[int], float]  # shots -> setting
    calibrate: Callable[[int, Array], Array] = lambda shots, answer: answer
    features: Callable[[Array], Array] = lambda x: x  # what the method sees of the inputs

    def predict(self, episode: Episode) -> Array:
        """Fit the method to each task's support set, then predict its query set: (tasks, queries, ways)."""
        numbers = np.issubdtype(episode.support.y.dtype, np.floating)
        make, setting = self.method.regressor if numbers else self.method.classifier, self.setting(episode.shots)
        support, query = self.features(episode.support.x), self.features(episode.query.x)
        answers = np.zeros((episode.tasks, query.shape[1], episode.ways))
        for task, known in enumerate(episode.mask > 0):
            model = make(setting, int(known.sum()))  # type: ignore[misc]  # `suits` offers no learner without
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                model.fit(support[task][known].astype(float), episode.support.y[task][known])
            if numbers:
                answers[task, :, 0] = model.predict(query[task].astype(float))
            else:
                answers[task][:, model.classes_] = model.predict_proba(query[task].astype(float))
        return self.calibrate(episode.shots, answers)
