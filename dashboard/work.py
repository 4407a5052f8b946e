"""What pages have done in the worker process. TensorFlow is imported inside these functions, so only there."""

from scenarios.demo.maps import DataMap, ModelMap, StrategyMap, TaskMap
from scenarios.demo.precomputed import DemoTask
from scenarios.demo.user_training import ReferenceScores, TrainingConfig, TrainingState
from scenarios.errors import ReaderError
from scenarios.lessons.first_example import FirstExample
from scenarios.lessons.five_steps import Practice
from scenarios.publication.drafts import complete
from scenarios.task import Array
from scenarios.text import Text


def wake() -> None:
    """Import what takes long, and show that this process can compute."""
    from scenarios.demo import demo_task

    demo_task.self_test()


def look_at_weights() -> tuple[int, list[Text]]:
    """How many learners are fit, over all scenarios, and what to do about each other one."""
    from scenarios.learners import fitting, registry

    fit, complaints = 0, []
    for scenario in complete():
        for learner in registry.suitable(scenario):
            try:
                fitting.load_checkpoint(scenario, learner)
                fit += 1
            except ReaderError as error:
                complaints.append(error.text)
    return fit, complaints


def adapt_to(
    scenario_name: str,
    seed: int,
    draw: int,
    shots: int,
    own: tuple[tuple[float, float], ...] = (),
    weights: bytes = b"",
) -> DemoTask:
    """Let every learner adapt to one draw of a seed's task. Raises ReaderError when weights are missing or damaged."""
    from scenarios.demo import demo_task

    return demo_task.adapt_to(scenario_name, seed, draw, shots, own, weights)


def first_example(seed: int, points: int, centred: bool) -> FirstExample:
    """Train the article's linear model on one draw of its points."""
    from scenarios.lessons import adam

    return adam.run(seed, points, centred)


def practise(scenario_name: str, seed: int, weights: bytes = b"") -> Practice:
    """Let the learners adapt to a seed's tasks. Raises ReaderError when weights are missing or damaged."""
    from scenarios.lessons import walks

    return walks.practise(scenario_name, seed, own=weights)


def map_tasks(scenario_name: str, weights: bytes = b"") -> TaskMap:
    """Where many tasks move the meta-learned start to. Raises ReaderError when weights are missing or damaged."""
    from scenarios.demo import representations

    return representations.task_map(scenario_name, weights)


def map_model(scenario_name: str, weights: bytes = b"") -> ModelMap:
    """What moves in the network, layer by layer. Raises ReaderError when weights are missing or damaged."""
    from scenarios.demo import representations

    return representations.model_map(scenario_name, weights)


def map_data(scenario_name: str, seed: int, draw: int, shots: int, weights: bytes = b"") -> DataMap:
    """One task's examples in the network's features. Raises ReaderError when weights are missing or damaged."""
    from scenarios.demo import one_task

    return one_task.data_map(scenario_name, seed, draw, shots, weights)


def map_strategies(scenario_name: str, seed: int, draw: int, shots: int, weights: bytes = b"") -> StrategyMap:
    """Two strategies' walks on one task. Raises ReaderError when weights are missing or damaged."""
    from scenarios.demo import one_task

    return one_task.strategy_map(scenario_name, seed, draw, shots, weights)


def train_on(choice: TrainingConfig, state: dict[str, Array] | None) -> TrainingState:
    """Meta-train a reader's own learner for a second or two, from a state or from the beginning."""
    from scenarios.demo import user_training_chunks

    return user_training_chunks.train_on(choice, state)


def yardstick(scenario_name: str) -> ReferenceScores:
    """What its validation tasks are worth to others. Raises ReaderError when weights are missing or damaged."""
    from scenarios.demo import user_training_chunks

    return user_training_chunks.yardstick(scenario_name)
