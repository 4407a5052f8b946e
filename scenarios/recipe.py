"""The settings of the outer loop: duration and data of meta-training."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from math import isfinite
from typing import Any, Literal, get_args, get_type_hints

# What is learned across tasks: a start for gradient descent, by differentiating through it or by following it, or a way
# to read a support set in one go.
Strategy = Literal["gradient", "reptile", "prototypes", "ridge", "in_context"]

# Limits of recipes from files, so that no file exhausts memory or time.
_WIDEST, _DEEPEST, _MOST_STEPS = 256, 8, 200
_STORED_AS = {"clip_norm": "longest_gradient"}  # fields with an older name in files


@dataclass(frozen=True)
class Recipe:
    """Everything that determines the result of meta-training, apart from the scenario and the seed."""

    strategy: Strategy = "gradient"
    hidden: tuple[int, ...] = (64, 64)  # widths of the layers; of a transformer's blocks, which are all alike
    features: int = 32  # learned features through which a support set is read
    inner_steps: int = 1
    inner_lr: float = 0.1
    # Inner learning rates, learned with the initialisation: for each layer and inner step (Antoniou et al. 2018,
    # MAML++), or for each weight (Li et al. 2017, Meta-SGD).
    learn_rates: Literal["", "layer", "weight"] = ""
    clip_norm: float = 10.0  # bound on the norm of an inner step's gradient of a task's squared error
    first_order: bool = False  # leave out the second derivatives (FOMAML)
    adapts: Literal["all", "head"] = "all"  # layers that an inner step changes: the last one (ANIL), or all
    meta_steps: int = 20_000
    meta_batch: int = 25
    outer_lr: float = 1e-3
    outer_decay: bool = True  # whether it falls to 0 along half a cosine
    train_tasks: int = 20_000
    max_shots: int = 20
    any_shots: bool = True  # support sets of 1 to `max_shots` examples per class, all equally often, or just that many
    queries: int = 40  # per task

    def as_dict(self) -> dict[str, object]:
        """Return the settings as JSON values, under the names that files have."""
        return {
            _STORED_AS.get(name, name): list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_dict(cls, settings: Any) -> "Recipe":
        """Return the recipe that `as_dict` described, with defaults for settings that are newer.

        Raises ValueError if a setting is unknown, of another type, or beyond its limits.
        """
        names = {_STORED_AS.get(field.name, field.name): field.name for field in fields(cls)}
        if not isinstance(settings, Mapping) or not settings.keys() <= names.keys():
            raise ValueError("these are not the settings of a recipe")
        usual, hints = cls(), get_type_hints(cls)
        given = {names[name]: tuple(value) if isinstance(value, list) else value for name, value in settings.items()}
        for name, value in given.items():
            choice = get_args(hints[name]) if isinstance(getattr(usual, name), str) else ()
            kind = (int, float) if hints[name] is float else type(getattr(usual, name))
            if not isinstance(value, kind) or (choice and value not in choice) or not _within_limits(name, value):
                raise ValueError(f"{name} cannot be {value!r}")
        return interned(cls(**given))  # type: ignore[arg-type]


def _within_limits(name: str, value: Any) -> bool:
    if name == "hidden":
        return len(value) <= _DEEPEST and all(type(width) is int and 1 <= width <= _WIDEST for width in value)
    if name == "features":
        return bool(1 <= value <= _WIDEST)
    if name == "inner_steps":
        return bool(0 <= value <= _MOST_STEPS)
    return not isinstance(value, float) or isfinite(value)


@lru_cache(maxsize=32)
def interned(recipe: Recipe) -> Recipe:
    """Return the same object for equal recipes.

    TensorFlow keeps what it compiles for an object as long as the object lives.
    """
    return recipe
