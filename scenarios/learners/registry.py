"""Every learner by its id: its family, the scenarios it suits, and where its code is.

A learner is one entry here; its colour and dash are one row of `dashboard/charts/style.py`. Nothing here imports
TensorFlow or scikit-learn: a learner's code is imported when it is to be fitted or restored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

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
            en=f"There is no learner {learner!r} for {scenario.name}. There are: {', '.join(known)}.",
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


def published() -> tuple[str, ...]:
    """Return the ids of the learners that scenarios' pages show."""
    return tuple(spec.id for spec in REGISTRY.values() if spec.is_published)


def published_from_scratch() -> tuple[str, ...]:
    """Return the ids of those that see the support set alone and that pages show.

    Boosted trees are left to the league: they take as long as all others together, and are nowhere the best of these.
    """
    return tuple(name for name in ids(Family.FROM_SCRATCH) if REGISTRY[name].is_published)


def stochastic() -> tuple[str, ...]:
    """Return the ids of the learners that the league trains from several seeds."""
    return tuple(spec.id for spec in REGISTRY.values() if spec.is_stochastic)


def _classifies(scenario: Scenario) -> bool:
    return not scenario.regression


def _regresses(scenario: Scenario) -> bool:
    return scenario.regression


def _has_rule(scenario: Scenario) -> bool:
    return scenario.rule is not None


def _meta_learned(
    learner: str,
    *,
    is_iterative: bool = True,
    is_published: bool = False,
    suits: Callable[[Scenario], bool] = lambda scenario: True,
) -> LearnerSpec:
    def fit() -> Fit:
        from scenarios.learners import meta_learned

        return meta_learned.fit_with(RECIPES[learner])

    def restore() -> Restore:
        from scenarios.learners import meta_learned

        return meta_learned.restore

    return LearnerSpec(learner, Family.META_LEARNED, restore, fit, is_iterative, True, is_published, suits)


def _classical(
    learner: str, *, is_published: bool = True, suits: Callable[[Scenario], bool] = lambda scenario: True
) -> LearnerSpec:
    def fit() -> Fit:
        from scenarios.learners import tuned

        return tuned.fit_classical(learner)

    def restore() -> Restore:
        from scenarios.learners import tuned

        return tuned.restore_classical(learner)

    return LearnerSpec(learner, Family.FROM_SCRATCH, restore, fit, is_published=is_published, suits=suits)


def _tuned(name: str) -> tuple[Callable[[], Restore], Callable[[], Fit]]:
    """Return what restores and what fits a learner of `tuned`, by the end of its functions' names."""

    def restore() -> Restore:
        from scenarios.learners import tuned

        function: Restore = getattr(tuned, f"restore_{name}")
        return function

    def fit() -> Fit:
        from scenarios.learners import tuned

        function: Fit = getattr(tuned, f"fit_{name}")
        return function

    return restore, fit


def _fit_pooled() -> Fit:
    from scenarios.learners import meta_learned

    return meta_learned.fit_with(pooled)


def _restore_pooled() -> Restore:
    from scenarios.learners import meta_learned

    return meta_learned.restore_pooled


def _fit_z_scored() -> Fit:
    from scenarios.episode import standardise
    from scenarios.learners import meta_learned

    return meta_learned.fit_with(pooled, standardise)


def _restore_z_scored() -> Restore:
    from scenarios.learners import meta_learned

    return meta_learned.restore_z_scored


def _restore_rule() -> Restore:
    from scenarios.learners.baselines import Rule

    return lambda scenario, fitted: Rule(scenario)


def _restore_bayes() -> Restore:
    from scenarios.learners.baselines import Bayes

    return lambda scenario, fitted: Bayes(scenario)


# In the order in which commands, tables and charts name them.
REGISTRY: dict[str, LearnerSpec] = {
    spec.id: spec
    for spec in (
        _meta_learned("maml", is_published=True),
        _meta_learned("fomaml"),
        LearnerSpec("reptile", Family.META_LEARNED, *_tuned("reptile"), is_iterative=True, is_stochastic=True),
        _meta_learned("anil"),
        _meta_learned("meta_sgd"),
        _meta_learned("prototypes", is_iterative=False, suits=_classifies),
        _meta_learned("ridge", is_iterative=False),
        _meta_learned("in_context", is_iterative=False),
        LearnerSpec("scratch", Family.FROM_SCRATCH, *_tuned("scratch"), is_iterative=True, is_published=True),
        _classical("logistic", suits=_classifies),
        _classical("least_squares", suits=_regresses),
        _classical("neighbours"),
        _classical("boosting", is_published=False, suits=_classifies),
        _classical("gaussian_process"),
        LearnerSpec("empirical_bayes", Family.HIERARCHICAL, *_tuned("empirical_bayes"), is_stochastic=True),
        LearnerSpec("pooled", Family.POOLED, _restore_pooled, _fit_pooled, is_stochastic=True, is_published=True),
        LearnerSpec(
            "z_scored", Family.POOLED, _restore_z_scored, _fit_z_scored, is_published=True, suits=_classifies
        ),
        LearnerSpec(
            "fine_tuned", Family.PRETRAINED, *_tuned("fine_tuned"),
            is_iterative=True, is_stochastic=True, is_published=True,
        ),
        LearnerSpec("linear_probe", Family.PRETRAINED, *_tuned("linear_probe"), is_stochastic=True),
        LearnerSpec("rule", Family.RULE, _restore_rule, is_published=True, suits=_has_rule),
        LearnerSpec("bayes", Family.BAYES, _restore_bayes, is_published=True),
    )
}  # fmt: skip
