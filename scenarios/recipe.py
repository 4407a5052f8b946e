"""How long and from what meta-training learns: the settings of the outer loop."""

from dataclasses import asdict, dataclass
from typing import Literal


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what meta-training makes, apart from the scenario and the seed."""

    hidden: tuple[int, ...] = (64, 64)
    inner_steps: int = 1
    inner_lr: float = 0.1
    # Inner rates that are learnt with the start: for each layer and inner step (Antoniou et al. 2018, MAML++), or for
    # each weight (Li et al. 2017, Meta-SGD).
    learn_rates: Literal["", "layer", "weight"] = ""
    first_order: bool = False  # leave out the second derivatives (FOMAML)
    meta_steps: int = 20_000
    meta_batch: int = 25
    outer_lr: float = 1e-3  # falls to 0 along half a cosine
    train_tasks: int = 20_000
    max_shots: int = 20  # support sets of 1 to this many examples per class, every size equally often
    queries: int = 40  # per task

    def as_dict(self) -> dict[str, object]:
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}
