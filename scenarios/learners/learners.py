"""Every learner by its id: how it learns from the training tasks, and how it comes back from `assets/weights`."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scenarios.episode import standardise
from scenarios.errors import ReaderError
from scenarios.learner import Learner
from scenarios.learners import meta_learned, recipes, tuned
from scenarios.learners.baselines import Bayes, Rule
from scenarios.meta_learner import weights
from scenarios.meta_learner.weights import Fit, Fitted, Report
from scenarios.scenario import Scenario
from scenarios.text import Text


@dataclass(frozen=True)
class Method:
    """One way of learning. `fit` is None where there is nothing to learn beforehand."""

    fit: Fit | None
    restore: Callable[[Scenario, Fitted], Learner]
    suits: Callable[[Scenario], bool] = lambda scenario: True


def offered(scenario: Scenario) -> tuple[str, ...]:
    """The learners that suit a scenario."""
    return tuple(name for name, method in METHODS.items() if method.suits(scenario))


def fit(scenario: Scenario, learner: str, seed: int, report: Report = lambda done, word: None) -> Fitted:
    """Let a learner see the training tasks. Raises ReaderError for a learner that has nothing to train."""
    method = _method(scenario, learner)
    if method.fit is None:
        text = Text(en=f"{learner} has nothing to train: it is computed.", zh=f"{learner} 无需训练：它是直接算出来的。")
        raise ReaderError(text)
    began = time.perf_counter()
    fitted = method.fit(scenario, seed, report)
    seconds = round(time.perf_counter() - began, 1)
    return Fitted(fitted.arrays, {"learner": learner, "seed": seed, "seconds": seconds, **fitted.recipe})


def load(scenario: Scenario, learner: str, folder: Path = weights.FOLDER) -> Learner:
    """Bring a fitted learner back. Raises ReaderError when its file is missing, damaged or stale."""
    fitted = load_fitted(scenario, learner, folder)
    return _restored(scenario, learner, fitted, weights.path_of(scenario, learner, folder))


def load_file(scenario: Scenario, learner: str, path: Path) -> Learner:
    """The same from a file anywhere, such as one that a reader trained. Raises ReaderError as `load` does."""
    if _method(scenario, learner).fit is None:
        text = Text(
            en=f"{learner} is computed: it has no weights to read from {path.name}.",
            zh=f"{learner} 是直接算出来的，没有可从 {path.name} 读取的权重。",
        )
        raise ReaderError(text)
    return _restored(scenario, learner, weights.load(path, scenario, learner), path)


def handed_on(scenario: Scenario, learner: str, content: bytes) -> Learner:
    """The same from the content of a weights file. Raises ReaderError as `load` does."""
    path = weights.path_of(scenario, learner)
    return _restored(scenario, learner, weights.opened(content, path, scenario, learner), path)


def _restored(scenario: Scenario, learner: str, fitted: Fitted, path: Path) -> Learner:
    try:
        return restore(scenario, learner, fitted)
    except (KeyError, ValueError) as error:
        raise weights.stale(path, scenario, learner) from error


def restore(scenario: Scenario, learner: str, fitted: Fitted) -> Learner:
    """A learner from what it learnt. Raises KeyError or ValueError where that is another learner's."""
    return _method(scenario, learner).restore(scenario, fitted)


def load_fitted(scenario: Scenario, learner: str, folder: Path = weights.FOLDER) -> Fitted:
    """What a learner learnt and the recipe that made it; nothing for one that is computed."""
    if _method(scenario, learner).fit is None:
        return Fitted({})
    return weights.load(weights.path_of(scenario, learner, folder), scenario, learner)


def _method(scenario: Scenario, learner: str) -> Method:
    known = offered(scenario)
    if learner not in known:
        text = Text(
            en=f"There is no learner {learner!r} for {scenario.name}. There are: {', '.join(known)}.",
            zh=f"{scenario.name} 没有名为 {learner!r} 的学习器。可选：{'、'.join(known)}。",
        )
        raise ReaderError(text)
    return METHODS[learner]


def _classifies(scenario: Scenario) -> bool:
    return not scenario.regression


def _regresses(scenario: Scenario) -> bool:
    return scenario.regression


def _meta(learner: str, suits: Callable[[Scenario], bool] = lambda scenario: True) -> Method:
    return Method(meta_learned.fit_with(recipes.RECIPES[learner]), meta_learned.restore, suits)


def _classical(learner: str, suits: Callable[[Scenario], bool] = lambda scenario: True) -> Method:
    return Method(tuned.fit_classical(learner), tuned.restore_classical(learner), suits)


METHODS: dict[str, Method] = {
    "maml": _meta("maml"),
    "fomaml": _meta("fomaml"),
    "reptile": Method(tuned.fit_reptile, tuned.restore_reptile),
    "anil": _meta("anil"),
    "meta_sgd": _meta("meta_sgd"),
    "prototypes": _meta("prototypes", _classifies),
    "ridge": _meta("ridge"),
    "in_context": _meta("in_context"),
    "scratch": Method(tuned.fit_scratch, tuned.restore_scratch),
    "logistic": _classical("logistic", _classifies),
    "least_squares": _classical("least_squares", _regresses),
    "neighbours": _classical("neighbours"),
    "boosting": _classical("boosting", _classifies),
    "gaussian_process": _classical("gaussian_process"),
    "empirical_bayes": Method(tuned.fit_empirical_bayes, tuned.restore_empirical_bayes),
    "pooled": Method(meta_learned.fit_with(recipes.pooled), meta_learned.restore_pooled),
    "z_scored": Method(meta_learned.fit_with(recipes.pooled, standardise), meta_learned.restore_z_scored, _classifies),
    "fine_tuned": Method(tuned.fit_fine_tuned, tuned.restore_fine_tuned),
    "linear_probe": Method(tuned.fit_linear_probe, tuned.restore_linear_probe),
    "rule": Method(None, lambda scenario, fitted: Rule(scenario), lambda scenario: scenario.rule is not None),
    "bayes": Method(None, lambda scenario, fitted: Bayes(scenario)),
}
