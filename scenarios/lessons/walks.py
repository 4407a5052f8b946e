"""The five steps with the bundled weights, adapting to the test tasks of one seed."""

from pathlib import Path

import numpy as np

from scenarios.catalog import scenario_named
from scenarios.episode import Draw, open_episode
from scenarios.learner import IterativeLearner
from scenarios.learners import fitting
from scenarios.learners.registry import TRACED
from scenarios.lessons.five_steps import SHOWN, Practice, draw_lesson, extent
from scenarios.meta_learner import weights
from scenarios.task import Examples


def practise(scenario_name: str, seed: int, own: bytes = b"", folder: Path = weights.FOLDER) -> Practice:
    """Let the traced learners adapt to the tasks of a seed.

    Raises
    ------
    UserError
        If weights are missing or damaged.
    """
    scenario = scenario_named(scenario_name)
    _, draw = draw_lesson(scenario, seed)
    grid = extent(scenario).grid()
    along = np.broadcast_to(grid[:, None], (len(draw.query.y), len(grid), 1))
    x = np.concatenate([along, draw.query.x], axis=1)  # the grid, for drawing, and the query examples, for evaluation
    episode = open_episode(scenario, Draw(draw.support, Examples(x, np.zeros(x.shape[:2]))))
    walks, errors, evaluation_step = {}, {}, {}
    for name in TRACED:
        mine = own and name == "maml"
        learner = fitting.from_bytes(scenario, name, own) if mine else fitting.load(scenario, name, folder)
        if not isinstance(learner, IterativeLearner):
            raise TypeError(f"{name} takes no inner steps")
        trajectory = learner.trajectory(episode)[..., 0]  # (evaluation steps, tasks, grid + queries)
        walks[name] = trajectory[:, :SHOWN, : len(grid)].astype(np.float32)
        errors[name] = ((trajectory[..., len(grid) :] - draw.query.y) ** 2).mean(axis=(1, 2))
        evaluation_step[name] = learner.evaluation_step(episode.shots)
    best = scenario.bayes(draw.support, draw.query.x).prediction[..., 0]
    return Practice(walks, errors, evaluation_step, float(((best - draw.query.y) ** 2).mean()))
