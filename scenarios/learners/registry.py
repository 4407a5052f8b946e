"""Every learner by its id: its family, the scenarios it suits, and where its code is.

A learner is one entry here; its colour and dash are one row of `dashboard/charts/style.py`. Nothing here imports
TensorFlow or scikit-learn: a learner's code is imported when it is to be fitted or restored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from types import ModuleType
from typing import TYPE_CHECKING

from scenarios.episode import standardise
from scenarios.errors import ReaderError
from scenarios.learners.recipes import RECIPES, pooled
from scenarios.scenario import Scenario
from scenarios.text import Text

if TYPE_CHECKING:
    from scenarios.learner import Learner
    from scenarios.meta_learner.weights import Fit, Fitted

    Restore = Callable[[Scenario, Fitted], Learner]


class Family(Enum):
    """How a learner comes to its answer, which decides what data it sees."""

    META_LEARNED = "meta-learned"  # other tasks, to learn how to adapt; then the support set
    FROM_SCRATCH = "from scratch"  # the support set alone
    HIERARCHICAL = "hierarchical"  # other tasks, to learn a prior over models; then the support set
    PRETRAINED = "pretrained"  # other tasks as one data set; then the support set
    POOLED = "pooled"  # other tasks as one data set, and no support set
    RULE = "rule"  # no data: what the scenario's users do today
    BAYES = "Bayes-optimal"  # the generator itself; then the support set


@dataclass(frozen=True)
class LearnerSpec:
    """What is known of a learner without importing its code.

    Parameters
    ----------
    id : str
        The name in commands, addresses and files.
    family : Family
        How it comes to its answer.
    restore : callable
        Imports its code; returns the function from a scenario and fitted arrays to the learner.
    fit : callable or None
        Imports its code; returns the function that fits it to a scenario's training tasks. None if it has nothing to
        fit beforehand.
    is_iterative : bool
        Whether it takes inner steps, which can be recorded.
    is_stochastic : bool
        Whether the league repeats its training from further seeds.
    is_published : bool
        Whether the scenario's page shows it; otherwise it is in the league alone.
    suits : callable
        Whether it can be used on a scenario.
    """

    id: str
    family: Family
    restore: Callable[[], Restore]
    fit: Callable[[], Fit] | None = None
    is_iterative: bool = False
    is_stochastic: bool = False
    is_published: bool = False
    suits: Callable[[Scenario], bool] = lambda scenario: True


def learner_spec(scenario: Scenario, learner: str) -> LearnerSpec:
    """Return a learner's entry.

    Raises
    ------
    ReaderError
        If no learner of that id suits the scenario.
    """
    known = suitable(scenario)
    if learner not in known:
        text = Text(
            en=f"Unknown learner {learner!r} for {scenario.name}. Available: {', '.join(known)}.",
            zh=f"{scenario.name} 没有名为 {learner!r} 的学习器。可选：{'、'.join(known)}。",
        )
        raise ReaderError(text)
    return REGISTRY[learner]


def suitable(scenario: Scenario) -> tuple[str, ...]:
    """Return the ids of the learners that suit a scenario."""
    return tuple(spec.id for spec in REGISTRY.values() if spec.suits(scenario))


def ids(*families: Family) -> tuple[str, ...]:
    """Return the ids of the learners of some families."""
    return tuple(spec.id for spec in REGISTRY.values() if spec.family in families)


def published_from_scratch() -> tuple[str, ...]:
    """Return the ids of those that see the support set alone and that pages show.

    Boosted trees are left to the league: they take as long as all others together, and are nowhere the best of these.
    """
    return tuple(name for name in ids(Family.FROM_SCRATCH) if REGISTRY[name].is_published)


def _classifies(scenario: Scenario) -> bool:
    return not scenario.regression


def _regresses(scenario: Scenario) -> bool:
    return scenario.regression


def _has_rule(scenario: Scenario) -> bool:
    return scenario.rule is not None


# The modules with the code of learners. They import TensorFlow or scikit-learn.


def _meta_learned() -> ModuleType:
    from scenarios.learners import meta_learned

    return meta_learned


def _tuned() -> ModuleType:
    from scenarios.learners import tuned

    return tuned


def _baselines() -> ModuleType:
    from scenarios.learners import baselines

    return baselines


def _meta(
    learner: str,
    *,
    is_iterative: bool = True,
    is_published: bool = False,
    suits: Callable[[Scenario], bool] = lambda scenario: True,
) -> LearnerSpec:
    return LearnerSpec(
        learner,
        Family.META_LEARNED,
        lambda: _meta_learned().restore,
        lambda: _meta_learned().fit_with(RECIPES[learner]),
        is_iterative=is_iterative,
        is_stochastic=True,
        is_published=is_published,
        suits=suits,
    )


def _classical(
    learner: str, *, is_published: bool = True, suits: Callable[[Scenario], bool] = lambda scenario: True
) -> LearnerSpec:
    return LearnerSpec(
        learner,
        Family.FROM_SCRATCH,
        lambda: _tuned().restore_classical(learner),
        lambda: _tuned().fit_classical(learner),
        is_published=is_published,
        suits=suits,
    )


# In the order in which commands, tables and charts name them.
_SPECS = (
    _meta("maml", is_published=True),
    _meta("fomaml"),
    LearnerSpec(
        "reptile", Family.META_LEARNED, lambda: _tuned().restore_reptile, lambda: _tuned().fit_reptile,
        is_iterative=True, is_stochastic=True,
    ),
    _meta("anil"),
    _meta("meta_sgd"),
    _meta("prototypes", is_iterative=False, suits=_classifies),
    _meta("ridge", is_iterative=False),
    _meta("in_context", is_iterative=False),
    LearnerSpec(
        "scratch", Family.FROM_SCRATCH, lambda: _tuned().restore_scratch, lambda: _tuned().fit_scratch,
        is_iterative=True, is_published=True,
    ),
    _classical("logistic", suits=_classifies),
    _classical("least_squares", suits=_regresses),
    _classical("neighbours"),
    _classical("boosting", is_published=False, suits=_classifies),
    _classical("gaussian_process"),
    LearnerSpec(
        "empirical_bayes", Family.HIERARCHICAL,
        lambda: _tuned().restore_empirical_bayes, lambda: _tuned().fit_empirical_bayes,
        is_stochastic=True,
    ),
    LearnerSpec(
        "pooled", Family.POOLED, lambda: _meta_learned().restore_pooled, lambda: _meta_learned().fit_with(pooled),
        is_stochastic=True, is_published=True,
    ),
    LearnerSpec(
        "z_scored", Family.POOLED,
        lambda: _meta_learned().restore_z_scored, lambda: _meta_learned().fit_with(pooled, standardise),
        is_published=True, suits=_classifies,
    ),
    LearnerSpec(
        "fine_tuned", Family.PRETRAINED, lambda: _tuned().restore_fine_tuned, lambda: _tuned().fit_fine_tuned,
        is_iterative=True, is_stochastic=True, is_published=True,
    ),
    LearnerSpec(
        "linear_probe", Family.PRETRAINED, lambda: _tuned().restore_linear_probe, lambda: _tuned().fit_linear_probe,
        is_stochastic=True,
    ),
    LearnerSpec(
        "rule", Family.RULE, lambda: lambda scenario, fitted: _baselines().Rule(scenario),
        is_published=True, suits=_has_rule,
    ),
    LearnerSpec(
        "bayes", Family.BAYES, lambda: lambda scenario, fitted: _baselines().Bayes(scenario), is_published=True
    ),
)  # fmt: skip
REGISTRY: dict[str, LearnerSpec] = {spec.id: spec for spec in _SPECS}
