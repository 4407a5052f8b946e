"""A user's own meta-training: configuration and state. Needs no TensorFlow."""

from dataclasses import dataclass, field, replace

from scenarios.catalog import scenario_named
from scenarios.learners.registry import REGISTRY
from scenarios.recipe import Recipe
from scenarios.scenario import Scenario
from scenarios.task import Array

LEARNERS = tuple(spec.id for spec in REGISTRY.values() if spec.recipe)
ONE_GO = tuple(name for name in LEARNERS if not REGISTRY[name].is_iterative)  # they have no inner steps
META_STEPS = (100, 500, 2_000, 5_000, 20_000)
TRAIN_TASKS = (30, 300, 4_000)
INNER_STEPS = (1, 2, 5, 10)
SHOTS = 5  # labelled examples per class, with which progress is evaluated


@dataclass(frozen=True)
class TrainingConfig:
    """Configuration of a user's training."""

    scenario: str
    learner: str  # one of LEARNERS
    meta_steps: int
    train_tasks: int
    inner_steps: int  # inner steps of iterative learners


def offered(scenario: Scenario) -> list[str]:
    """Return the learners that can be trained on a scenario's page."""
    return [name for name in LEARNERS if REGISTRY[name].suits(scenario)]


def shipped_recipe(scenario: Scenario, learner: str) -> Recipe:
    """Return the recipe of the shipped learner of that kind. Raises ValueError if it is not meta-trained."""
    make = REGISTRY[learner].recipe
    if make is None:
        raise ValueError(f"{learner} is not meta-trained")
    return make(scenario)


def recipe_of(choice: TrainingConfig) -> Recipe:
    """Return the learner's own recipe with the hyperparameters that were chosen."""
    recipe = shipped_recipe(scenario_named(choice.scenario), choice.learner)
    walked = recipe.inner_steps if choice.learner in ONE_GO else choice.inner_steps
    return replace(recipe, meta_steps=choice.meta_steps, train_tasks=choice.train_tasks, inner_steps=walked)


@dataclass(frozen=True)
class TrainingState:
    """State of a training after some chunks."""

    state: dict[str, Array]  # the state from which training continues
    steps: int  # meta-steps done
    loss: float  # mean query loss after adaptation, over the last chunk: nats, or squared error
    score: float  # mean over validation tasks, in the scenario's metric
    pace: float  # seconds per meta-step in the last chunk
    weights: bytes = field(repr=False)  # the current learner, in the format of a weights file


@dataclass(frozen=True)
class ReferenceScores:
    """Scores of other methods on the same validation tasks."""

    from_scratch: str  # the best learner with local labels only
    scratch: float  # its mean score
    bayes: float  # mean Bayes-optimal score
    tasks: int
    queries: int  # per task

    def gap_closed(self, score: float) -> float:
        """Return the fraction of the gap from scratch (0) to Bayes-optimal (1) that is closed; may be negative."""
        return (score - self.scratch) / (self.bayes - self.scratch)
