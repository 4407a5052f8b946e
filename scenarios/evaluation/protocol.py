"""How often and at which sizes everything is judged: what published figures and pages have in common."""

from scenarios.scenario import MAX_SHOTS

SHOTS = (
    *range(1, 21),
    25,
    30,
    40,
    MAX_SHOTS,
)  # labelled examples per class at which figures are published, and pages asked
QUERIES = 200  # examples of a task on which a page judges
