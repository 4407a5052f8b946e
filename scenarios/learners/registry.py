"""Every learner by its id: its rung, the scenarios it suits, and where its code is.

A learner is one entry here; its colour and dash are one row of `dashboard/charts/style.py`. Nothing here imports
TensorFlow or scikit-learn: a learner's code is imported when it is to be fitted or restored.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import ModuleType
from typing import TYPE_CHECKING

from scenarios.decisions.catalog import DECISIONS
from scenarios.episode import standardise
from scenarios.errors import UserError
from scenarios.learners import recipes
from scenarios.learners.recipes import MakeRecipe, pooled
from scenarios.scenario import Scenario
from scenarios.text import Name, Text

if TYPE_CHECKING:
    from scenarios.learner import Learner
    from scenarios.meta_learner.weights import Checkpoint, Fit

    Restore = Callable[[Scenario, Checkpoint], Learner]


META_LEARNED, SCRATCH, BAYES, RULE = "maml", "scratch", "bayes", "rule"  # learners that sentences on pages mention
POOLED = "pooled"  # one network for all tasks, which sees none of the new task's labels
TRACED = (META_LEARNED, SCRATCH)  # the same network from two starts: pages show each of their inner steps
PRINCIPAL = (*TRACED, BAYES)  # compared in every sentence and chart about probabilities


class Rung(Enum):
    """The information that a method uses about the new task and others; methods are compared by it."""

    NO_LOCAL_LABELS = "no_local_labels"  # none of the new task's labels: one model for all tasks, or a fixed rule
    LOCAL = "local"  # the new task's labels alone
    BORROWING = "borrowing"  # these, and other tasks by simple statistics: a prior, a covariance, features
    META_LEARNED = "meta_learned"  # these, and other tasks to learn how to adapt
    BAYES = "bayes"  # the local labels, and the generator itself

    @property
    def label(self) -> Text:
        """The name in both languages."""
        return _RUNG_NAMES[self]

    @property
    def short(self) -> Text:
        """A short name, for narrow places."""
        return _SHORT_RUNG_NAMES[self]

    @property
    def place(self) -> int:
        """Its place among all, from the least to the most."""
        return list(Rung).index(self)


_RUNG_NAMES = {
    Rung.NO_LOCAL_LABELS: Text(en="no local labels", zh="不用本任务标注"),
    Rung.LOCAL: Text(en="local labels only", zh="只用本任务标注"),
    Rung.BORROWING: Text(en="local labels + other tasks, simple statistics", zh="本任务标注＋其他任务，简单统计方法"),
    Rung.META_LEARNED: Text(en="local labels + other tasks, meta-learned", zh="本任务标注＋其他任务，元学习"),
    Rung.BAYES: Text(en="Bayes-optimal given the labels alone", zh="贝叶斯最优（仅凭标注）"),
}
_SHORT_RUNG_NAMES = {
    Rung.NO_LOCAL_LABELS: Text(en="no local labels", zh="不用标注"),
    Rung.LOCAL: Text(en="local labels only", zh="只用标注"),
    Rung.BORROWING: Text(en="simple statistics", zh="简单统计"),
    Rung.META_LEARNED: Text(en="meta-learning", zh="元学习"),
    Rung.BAYES: Text(en="Bayes-optimal", zh="贝叶斯最优"),
}
RIVALS = (Rung.NO_LOCAL_LABELS, Rung.LOCAL, Rung.BORROWING)  # without meta-learning


@dataclass(frozen=True)
class LearnerSpec:
    """Metadata of a learner, without importing its code.

    Parameters
    ----------
    id : str
        The name in commands, addresses and files.
    name : Name
        The name on pages, with its form within a sentence.
    rung : Rung
        The information that it uses.
    restore : callable or None
        Imports its code; returns the function from a scenario and a checkpoint to the learner. None for an ensemble.
    fit : callable or None
        Imports its code; returns the function that fits it to a scenario's training tasks. None if there is nothing
        to fit in advance.
    recipe : callable or None
        From a scenario to the recipe of its meta-training. The training page offers the learners that have one.
    members : tuple of str
        The ids of the learners that an ensemble combines, as far as they suit a scenario. They are fitted before it.
    is_iterative : bool
        Whether it takes inner steps, which can be recorded.
    is_stochastic : bool
        Whether the comparison of all methods repeats its training from further seeds.
    is_transductive : bool
        Whether predictions depend on the other query examples.
    is_published : bool
        Whether the scenario's page shows it; otherwise it is in the comparison of all methods alone.
    is_demonstrated : bool
        Whether the page shows its predictions on a single task, as for the scenario's reference learner.
    tells_familiarity : bool
        Whether it also tests if a task resembles the training tasks; one learner per scenario does.
    suits : callable
        Whether it can be used on a scenario.
    about : Text or None
        How it learns, in a sentence or two, for the training page.
    names : mapping
        Other names, by context: "league", in the comparison of all methods; "rates", the same if each weight has a
        learned rate; "training", on the training page and in small charts, by default as in the comparison.
    """

    id: str
    name: Name
    rung: Rung
    restore: Callable[[], Restore] | None = None
    fit: Callable[[], Fit] | None = None
    recipe: MakeRecipe | None = None
    members: tuple[str, ...] = ()
    is_iterative: bool = False
    is_stochastic: bool = False
    is_transductive: bool = False
    is_published: bool = False
    is_demonstrated: bool = False
    tells_familiarity: bool = False
    suits: Callable[[Scenario], bool] = lambda scenario: True
    about: Text | None = None
    names: Mapping[str, Name] = field(default_factory=dict)

    @property
    def is_trained(self) -> bool:
        """Whether it has a weights file."""
        return self.fit is not None or bool(self.members)

    def name_in(self, context: str) -> Name:
        """Return the name in a context, such as a decision; by default the usual one."""
        if context in DECISIONS:
            return DECISIONS[context].learner_names.get(self.id, self.name)
        league = self.names.get("league", self.name)
        return self.names.get(context, league if context in ("rates", "training") else self.name)


def learner_spec(scenario: Scenario, learner: str) -> LearnerSpec:
    """Return a learner's entry.

    Raises
    ------
    UserError
        If no learner of that id suits the scenario.
    """
    known = suitable(scenario)
    if learner not in known:
        text = Text(
            en=f"Unknown method {learner!r} for {scenario.name}. Available: {', '.join(known)}.",
            zh=f"{scenario.name} 没有名为 {learner!r} 的方法。可选：{'、'.join(known)}。",
        )
        raise UserError(text)
    return REGISTRY[learner]


def suitable(scenario: Scenario) -> tuple[str, ...]:
    """Return the ids of the learners that suit a scenario."""
    return tuple(spec.id for spec in _suitable(scenario))


def trainable(scenario: Scenario) -> list[str]:
    """Return the ids of the learners of a scenario that have something to train."""
    return [spec.id for spec in _suitable(scenario) if spec.is_trained]


def members(scenario: Scenario, learner: str) -> tuple[str, ...]:
    """Return the ids of the learners that an ensemble combines on a scenario; () if it is none."""
    return tuple(each for each in REGISTRY[learner].members if REGISTRY[each].suits(scenario))


def _suitable(scenario: Scenario) -> list[LearnerSpec]:
    return [spec for spec in REGISTRY.values() if spec.suits(scenario)]


def by_rung(names: Container[str]) -> list[str]:
    """Return learners ordered by rung, and within each in the order of commands."""
    return sorted((name for name in REGISTRY if name in names), key=lambda name: REGISTRY[name].rung.place)


def ids(*rungs: Rung) -> tuple[str, ...]:
    """Return the ids of the learners of some rungs."""
    return tuple(spec.id for spec in REGISTRY.values() if spec.rung in rungs)


def demonstrated(scenario: Scenario) -> tuple[str, ...]:
    """Return the ids of the learners whose predictions the page shows on a single task."""
    return tuple(
        spec.id for spec in _suitable(scenario) if spec.is_demonstrated or spec.id == scenario.reference_learner
    )


def published(scenario: Scenario, *rungs: Rung) -> tuple[str, ...]:
    """Return the ids of the learners of some rungs that suit a scenario and that its page shows.

    Boosted trees, for one, are left to the league: they take as long as all others together, and are nowhere the best.
    """
    return tuple(spec.id for spec in _suitable(scenario) if spec.rung in rungs and spec.is_published)


def familiarity_learner(scenario: Scenario) -> str:
    """Return the id of the learner that tests whether a task resembles the training tasks."""
    return next(spec.id for spec in _suitable(scenario) if spec.tells_familiarity)


def _classifies(scenario: Scenario) -> bool:
    return not scenario.regression


def _regresses(scenario: Scenario) -> bool:
    return scenario.regression


def _is_binary_table(scenario: Scenario) -> bool:
    return scenario.ways == 2 and scenario.signal is None


def _is_ordered(scenario: Scenario) -> bool:
    return scenario.ordered


def _has_usual_directions(scenario: Scenario) -> bool:
    return _is_binary_table(scenario) and any(feature.direction for feature in scenario.features)


def _has_rule(scenario: Scenario) -> bool:
    return scenario.rule is not None


# The modules with the code of learners. They import TensorFlow or scikit-learn.


def _meta_learned() -> ModuleType:
    from scenarios.learners import meta_learned

    return meta_learned


def _tuned() -> ModuleType:
    from scenarios.learners import tuned

    return tuned


def _hierarchical() -> ModuleType:
    from scenarios.learners import hierarchical

    return hierarchical


def _familiarity() -> ModuleType:
    from scenarios.learners import familiarity

    return familiarity


def _scorecard() -> ModuleType:
    from scenarios.learners import scorecard

    return scorecard


def _baselines() -> ModuleType:
    from scenarios.learners import baselines

    return baselines


def _meta(
    learner: str,
    name: Name,
    recipe: MakeRecipe,
    *,
    is_iterative: bool = True,
    is_published: bool = False,
    is_demonstrated: bool = False,
    suits: Callable[[Scenario], bool] = lambda scenario: True,
    **names: Name,
) -> LearnerSpec:
    return LearnerSpec(
        learner,
        name,
        Rung.META_LEARNED,
        lambda: _meta_learned().restore,
        lambda: _meta_learned().fit_with(recipe),
        recipe=recipe,
        is_iterative=is_iterative,
        is_stochastic=True,
        is_published=is_published,
        is_demonstrated=is_demonstrated,
        suits=suits,
        about=_ABOUT[learner],
        names=names,
    )


def _prior(
    learner: str, name: Name, suits: Callable[[Scenario], bool], *, tells_familiarity: bool = False
) -> LearnerSpec:
    """One of the simple statistical methods that learn a prior from other tasks."""
    return LearnerSpec(
        learner,
        name,
        Rung.BORROWING,
        lambda: _hierarchical().restore(learner),
        lambda: (_familiarity() if tells_familiarity else _hierarchical()).fit(learner),
        is_stochastic=True,
        is_published=True,
        tells_familiarity=tells_familiarity,
        suits=suits,
    )


def _classical(
    learner: str,
    name: Name,
    *,
    is_published: bool = True,
    suits: Callable[[Scenario], bool] = lambda scenario: True,
) -> LearnerSpec:
    return LearnerSpec(
        learner,
        name,
        Rung.LOCAL,
        lambda: _tuned().restore_classical(learner),
        lambda: _tuned().fit_classical(learner),
        is_published=is_published,
        suits=suits,
    )


def _ensemble(learner: str, name: Name, rung: Rung, *members: str) -> LearnerSpec:
    """Combine methods of one rung, for the comparison of all methods alone."""
    return LearnerSpec(
        learner,
        name,
        rung,
        members=members,
        suits=_classifies,
    )


# How each meta-learner learns, in a sentence or two.
_ABOUT = {
    "maml": Text(
        en="Learns an initialisation from which a few gradient steps solve a new task, differentiating through "
        "those steps.",
        zh="学习一个起点，从它出发只需几步梯度下降就能解决新任务；训练时对这几步更新过程求导。",
    ),
    "fomaml": Text(
        en="MAML without second derivatives: faster, and nearly as good on many tasks.",
        zh="不计二阶导数的 MAML：更快，在许多任务上效果相近。",
    ),
    "reptile": Text(
        en="Trains on a task for a few steps and moves the initialisation a little towards the result; no second "
        "derivatives, and no split into support and query set. It needs more inner steps than the others: with "
        "one, it is ordinary training on all tasks.",
        zh="在一个任务上训练若干步，再把起点朝训练结果移动一小步；不需要二阶导数，也不必区分支持集与查询集。它需要"
        "的内循环步数比其他方法多：只走一步就等于在所有任务上做普通训练。",
    ),
    "anil": Text(
        en="Almost no inner loop: only the last layer adapts to a task; the features stay as they were meta-learned.",
        zh="几乎没有内循环：只有最后一层适应新任务，特征层保持元学习的结果不变。",
    ),
    "meta_sgd": Text(
        en="Learns, together with the initialisation, a learning rate for every single weight.",
        zh="除起点外，还为每个权重各学一个学习率。",
    ),
    "prototypes": Text(
        en="Learns features in which the mean of its examples represents each class; no gradient steps on a new task.",
        zh="学习一组特征，用每类样本的均值代表该类；遇到新任务时不做梯度下降。",
    ),
    "ridge": Text(
        en="Learns features and a prior for a linear model on them; on a new task, that model has a closed-form "
        "solution with a predictive variance.",
        zh="学习一组特征，以及其上线性模型的先验；遇到新任务时该模型有闭式解，并给出预测方差。",
    ),
    "in_context": Text(
        en="A transformer that reads the labelled examples and the query together and predicts in one forward "
        "pass. After long training it is one of the best methods here, but one step costs as much as ten of "
        "the others’.",
        zh="用 Transformer 同时读入标注样本和查询样本，一次前向计算给出预测。训练足够久之后是本站最好的方法之一；"
        "但一步的代价相当于其他方法的十步。",
    ),
}

# In the order in which commands, tables and charts name them.
_SPECS = (
    _meta(
        "maml", Name(en="meta-learned", zh="元学习"), recipes.maml, is_published=True, is_demonstrated=True,
        league=Name(en="MAML", zh="MAML"), rates=Name(en="MAML with per-weight rates", zh="学习率可学的 MAML"),
    ),
    _meta(
        "fomaml", Name(en="FOMAML", zh="FOMAML"), recipes.fomaml,
        rates=Name(en="FOMAML with per-weight rates", zh="学习率可学的 FOMAML"),
    ),
    LearnerSpec(
        "reptile", Name(en="Reptile", zh="Reptile"), Rung.META_LEARNED,
        lambda: _tuned().restore_reptile, lambda: _tuned().fit_reptile, recipe=recipes.reptile,
        is_iterative=True, is_stochastic=True, about=_ABOUT["reptile"],
    ),
    _meta(
        "anil", Name(en="ANIL", zh="ANIL"), recipes.anil,
        rates=Name(en="ANIL with per-weight rates", zh="学习率可学的 ANIL"),
    ),
    _meta("meta_sgd", Name(en="Meta-SGD", zh="Meta-SGD"), recipes.meta_sgd),
    _meta(
        "prototypes", Name(en="prototypes", zh="原型网络"), recipes.prototypes, is_iterative=False, suits=_classifies,
    ),
    _meta(
        "ridge", Name(en="closed-form last layer", zh="最后一层闭式求解", within="the {}"), recipes.ridge,
        is_iterative=False,
    ),
    _meta(
        "in_context", Name(en="in-context transformer", zh="上下文学习 Transformer", within="the {}"),
        recipes.in_context, is_iterative=False,
    ),
    _ensemble(
        "meta_learned_ensemble", Name(en="ensemble of meta-learners", zh="元学习方法的集成", within="the {}"),
        Rung.META_LEARNED, "maml", "meta_sgd", "prototypes", "ridge", "in_context",
    ),
    LearnerSpec(
        "scratch", Name(en="from scratch", zh="从零训练"), Rung.LOCAL,
        lambda: _tuned().restore_scratch, lambda: _tuned().fit_scratch,
        is_iterative=True, is_published=True, is_demonstrated=True,
        names={"league": Name(en="network from scratch", zh="从零训练的网络", within="the {}")},
    ),
    _classical("logistic", Name(en="logistic regression", zh="逻辑回归"), suits=_classifies),
    _classical("lda", Name(en="shrinkage LDA", zh="收缩 LDA"), suits=_classifies),
    _classical("ordinal_ridge", Name(en="ordinal ridge", zh="有序岭回归"), suits=_is_ordered),
    _classical("least_squares", Name(en="least squares", zh="最小二乘"), suits=_regresses),
    _classical("neighbours", Name(en="nearest neighbours", zh="k 近邻")),
    _classical("boosting", Name(en="boosted trees", zh="提升树"), is_published=False, suits=_classifies),
    _classical("gaussian_process", Name(en="Gaussian process", zh="高斯过程", within="the {}")),
    _classical(
        "gaussian_process_linear", Name(en="linear-kernel Gaussian process", zh="线性核高斯过程", within="the {}"),
        suits=_classifies,
    ),
    _prior("pooled_covariance_lda", Name(en="pooled-covariance LDA", zh="合并协方差 LDA"), _classifies),
    _prior("random_effects_lda", Name(en="random-effects LDA", zh="随机效应 LDA"), _classifies, tells_familiarity=True),
    _prior(
        "random_effects_logistic",
        Name(en="random-effects logistic", zh="随机效应逻辑回归", within="{} regression"), _classifies,
    ),
    _prior(
        "reduced_rank_logistic",
        Name(en="reduced-rank random-effects logistic", zh="降秩随机效应逻辑回归", within="{} regression"),
        _is_binary_table,
    ),
    _prior(
        "bayesian_linear", Name(en="Bayesian linear model", zh="贝叶斯线性模型", within="the {}"), _regresses,
        tells_familiarity=True,
    ),
    LearnerSpec(
        "recalibrated", Name(en="recalibrated pooled network", zh="重新校准的合并训练网络", within="the {}"),
        Rung.BORROWING, lambda: _tuned().restore_recalibrated, lambda: _tuned().fit_recalibrated,
        is_stochastic=True, is_published=True, suits=_classifies,
    ),
    _ensemble(
        "simple_ensemble", Name(en="ensemble of simple statistics", zh="简单统计方法的集成", within="the {}"),
        Rung.BORROWING, "random_effects_lda", "random_effects_logistic", "reduced_rank_logistic", "recalibrated",
    ),
    LearnerSpec(
        "pooled", Name(en="pooled network", zh="合并训练的网络", within="the {}"), Rung.NO_LOCAL_LABELS,
        lambda: _meta_learned().restore_pooled, lambda: _meta_learned().fit_with(pooled),
        is_stochastic=True, is_published=True, is_demonstrated=True,
    ),
    LearnerSpec(
        "z_scored", Name(en="transductive z-scored network", zh="直推式标准化网络", within="the {}"),
        Rung.NO_LOCAL_LABELS,
        lambda: _meta_learned().restore_z_scored, lambda: _meta_learned().fit_with(pooled, standardise),
        is_transductive=True, is_published=True, suits=_classifies,
    ),
    LearnerSpec(
        "scorecard", Name(en="monotone scorecard", zh="单调评分卡", within="the {}"), Rung.NO_LOCAL_LABELS,
        lambda: _scorecard().restore, lambda: _scorecard().fit,
        is_published=True, suits=_has_usual_directions,
    ),
    LearnerSpec(
        "fine_tuned", Name(en="fine-tuning", zh="微调"), Rung.BORROWING,
        lambda: _tuned().restore_fine_tuned, lambda: _tuned().fit_fine_tuned,
        is_iterative=True, is_stochastic=True,
    ),
    LearnerSpec(
        "linear_probe", Name(en="linear probe on pooled features", zh="合并训练特征上的线性探针", within="the {}"),
        Rung.BORROWING,
        lambda: _tuned().restore_linear_probe, lambda: _tuned().fit_linear_probe,
        is_stochastic=True,
    ),
    LearnerSpec(
        "rule", Name(en="fixed rule", zh="固定规则", within="the {}"), Rung.NO_LOCAL_LABELS,
        lambda: lambda scenario, checkpoint: _baselines().Rule(scenario),
        is_published=True, is_demonstrated=True, suits=_has_rule,
    ),
    LearnerSpec(
        "bayes", Name(en="Bayes-optimal", zh="贝叶斯最优"), Rung.BAYES,
        lambda: lambda scenario, checkpoint: _baselines().Bayes(scenario), is_published=True, is_demonstrated=True,
    ),
)  # fmt: skip
REGISTRY: dict[str, LearnerSpec] = {spec.id: spec for spec in _SPECS}
