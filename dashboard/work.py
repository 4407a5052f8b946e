"""What pages have done in the worker process. TensorFlow is imported inside these functions, so only there."""

from scenarios.study.presets import Showcase


def adapt_to(scenario_name: str, seed: int, draw: int, shots: int) -> Showcase:
    """Let every learner adapt to one draw of a seed's task. Raises ReaderError when weights are missing or damaged."""
    from scenarios.study import showcase

    return showcase.adapt_to(scenario_name, seed, draw, shots)
