"""What scores mean where cases are to be found: the share found at a stated specificity."""

from scenarios.decisions.decision import Measures
from scenarios.decisions.screening.assumptions import SPECIFICITY
from scenarios.metrics import sensitivity_at
from scenarios.task import Array, Labels


def measure(probabilities: Array, y: Labels) -> Measures:
    """Return the sensitivity (tasks,), from probabilities (tasks, queries, 2) and y (tasks, queries), 1 for a case."""
    return {"sensitivity": sensitivity_at(SPECIFICITY, probabilities, y)}
