"""The methods that can be compared on a table, without their code: ids, names, rungs and order."""

from collections.abc import Sequence

from scenarios.errors import UserError
from scenarios.learners.registry import REGISTRY, Rung
from scenarios.text import Name, Text

POOLED_LINEAR, POOLED_TREES = "pooled_linear", "pooled_trees"  # one model for all tasks, the usual practice
FEWEST_FOR_META = 8  # training tasks below which meta-learning is not tried unless it is named

_NAMES = {
    POOLED_LINEAR: Name(en="one linear model for all tasks", zh="所有任务共用的线性模型"),
    POOLED_TREES: Name(en="one boosted-trees model for all tasks", zh="所有任务共用的提升树"),
    "maml": Name(en="meta-learning with MAML", zh="MAML 元学习"),
    "ridge": Name(en="meta-learning with a closed-form last layer", zh="最后一层闭式求解的元学习"),
}
_LOCAL = ("logistic", "lda", "least_squares", "neighbours", "gaussian_process", "gaussian_process_linear", "boosting")
_PRIORS = (
    "pooled_covariance_lda", "random_effects_lda", "random_effects_logistic", "reduced_rank_logistic",
    "bayesian_linear",
)  # fmt: skip
_NETWORKS = ("pooled", "maml", "fomaml", "anil", "meta_sgd", "prototypes", "ridge", "in_context")
# In the order in which they are tried: the cheap ones first.
_CLASSES = (
    POOLED_LINEAR, "lda", "pooled_covariance_lda", "random_effects_lda", "random_effects_logistic", "neighbours",
    "gaussian_process", POOLED_TREES, "logistic", "maml", "ridge",
)  # fmt: skip
_NUMBERS = (
    POOLED_LINEAR, "least_squares", "bayesian_linear", "neighbours", POOLED_TREES, "gaussian_process", "ridge", "maml",
)  # fmt: skip
# Seconds of a piece on one core: of 40 tasks a fifth is tested, with 1, 2, 5 and 10 labels per class.
_SECONDS = {
    POOLED_LINEAR: 0.6, POOLED_TREES: 6.0, "lda": 0.7, "least_squares": 3.0, "neighbours": 4.0, "logistic": 10.0,
    "gaussian_process": 5.0, "gaussian_process_linear": 5.0, "boosting": 20.0, "pooled_covariance_lda": 0.5,
    "random_effects_lda": 1.2, "random_effects_logistic": 3.0, "reduced_rank_logistic": 10.0, "bayesian_linear": 1.0,
    "maml": 20.0, "ridge": 40.0, "in_context": 200.0,
}  # fmt: skip
_NETWORK_SECONDS = 30.0  # seconds of networks that are not listed
_QUICK = 5.0
FAMILIARITY = ("random_effects_lda", "bayesian_linear")  # methods that also test whether a task is unlike the others


def kind_of(name: str) -> str:
    """Return how a method learns: "local", "prior", "network" or its own id. Raises KeyError if it cannot compete."""
    for kind, names in (("local", _LOCAL), ("prior", _PRIORS), ("network", _NETWORKS)):
        if name in names:
            return kind
    if name not in (POOLED_LINEAR, POOLED_TREES):
        raise KeyError(name)
    return name


def rung_of(name: str) -> Rung:
    """Return the rung of a method."""
    return REGISTRY[name].rung if name in REGISTRY else Rung.NO_LOCAL_LABELS


def name_of(name: str) -> Name:
    """Return a method's name, as a label has it."""
    return _NAMES.get(name) or REGISTRY[name].name_in("league")


def name_in_sentence(name: str) -> Text:
    """Return a method's name, in the middle of a sentence."""
    return name_of(name).in_sentence


def available(classes: int) -> tuple[str, ...]:
    """Return the ids of the methods for a number of classes, 0 for a number."""
    least = {"least_squares": 0, "bayesian_linear": 0}
    only_classes = {
        "logistic", "lda", "gaussian_process_linear", "boosting", "pooled_covariance_lda", "random_effects_lda",
        "random_effects_logistic", "prototypes",
    }  # fmt: skip
    names = (POOLED_LINEAR, POOLED_TREES, *_LOCAL, *_PRIORS, *_NETWORKS)
    return tuple(
        name
        for name in names
        if not (name in only_classes and not classes)
        and not (name in least and classes)
        and not (name == "reduced_rank_logistic" and classes != 2)
    )


def usual(classes: int) -> tuple[str, ...]:
    """Return the ids of the methods that are compared unless some are named, cheap ones first."""
    return _CLASSES if classes else _NUMBERS


def is_quick(name: str) -> bool:
    """Whether a piece of a method takes seconds."""
    return seconds(name) <= _QUICK


def chosen(names: Sequence[str], classes: int) -> tuple[str, ...]:
    """Return the named methods in the order in which they are tried. Raises UserError for one that is not for these."""
    known = available(classes)
    for name in names:
        if name not in known:
            text = Text(
                en="{name} cannot be compared on this table. Methods for its label: {names}.",
                zh="{name} 不能用于这张表格。适用于其标签的方法：{names}。",
            )
            raise UserError(text.format(name=name, names=", ".join(known)))
    order = [*usual(classes), *known]
    return tuple(sorted(dict.fromkeys(names), key=order.index))


def seconds(name: str) -> float:
    """Return about how many seconds a piece of a method takes on one core of a usual machine."""
    return _SECONDS.get(name, _NETWORK_SECONDS)
