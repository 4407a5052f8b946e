"""How often and at which sizes everything is judged: what published figures and pages have in common."""

SHOTS = (*range(1, 21), 25, 30, 40, 50)  # labelled examples per class at which figures are published, and pages asked
QUERIES = 200  # examples of a task on which a page judges
