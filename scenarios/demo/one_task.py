"""The maps of one task: its data in feature space, and the paths of two strategies. This runs in the worker."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from scenarios.catalog import scenario_named
from scenarios.demo.maps import EXAMPLES, GRID, DataMap, FeatureMap, Slice, StrategyMap
from scenarios.demo.precomputed import sample_demo_task
from scenarios.demo.trajectories import adapted, iterative_learner, layer_outputs, trajectory_of_one
from scenarios.episode import Episode, open_episode
from scenarios.learners.registry import TRACED
from scenarios.meta_learner.network import Weights, task_loss
from scenarios.scenario import Scenario
from scenarios.task import Array

FARTHEST_AWAY = 5  # times the distance between the initialisations: beyond it, steps have diverged
_MARGIN = 0.3  # margin around a slice, as a share of its extent
_FARTHEST = 1e4
_IN_LINE = 1e-3  # of its length: a point that is nearer to a line than this is on it


def data_map(scenario_name: str, seed: int, draw: int, shots: int, weights: bytes = b"") -> DataMap:
    """One draw of a seed's task in the last hidden layer. Raises UserError when weights are missing."""
    scenario = scenario_named(scenario_name)
    _, examples = sample_demo_task(scenario, seed, draw, shots)
    episode = open_episode(scenario, examples)
    maps, steps = {}, {}
    for name in TRACED:
        learner = iterative_learner(scenario_name, name, weights)
        maps[name] = _feature_map(scenario, episode, [learner.initial_weights(episode), adapted(learner, episode)])
        steps[name] = learner.evaluation_step(shots)
    if scenario.regression:
        return DataMap(maps, steps, inputs=0.0)
    rows = examples.support.y.shape[1]
    plain = class_centres(episode.support.x[0, :rows], examples.support.y[0], scenario.ways), episode.query.x[0]
    return DataMap(maps, steps, inputs=_nearest(*plain, examples.query.y[0]))


def _feature_map(scenario: Scenario, episode: Episode, states: list[Weights]) -> FeatureMap:
    rows = episode.raw.support.y.shape[1]
    y, query_y = episode.raw.support.y[0], episode.raw.query.y[0]
    x = tf.constant(np.concatenate([episode.support.x[:, :rows], episode.query.x], axis=1))
    layers_of = [[_within_reach(layer.numpy()[0]) for layer in layer_outputs(w, x)] for w in states]
    features = np.stack([layers[-2] for layers in layers_of])  # (2, rows + queries, width)
    answers = np.stack([layers[-1] for layers in layers_of])[:, rows:]
    centres = [] if scenario.regression else [class_centres(each[:rows], y, scenario.ways) for each in features]
    origin, axes = _plane(features, centres)
    placed = (features - origin) @ axes.T
    if scenario.regression:
        right = np.square(answers[..., 0] - query_y)
        score = right.mean(1)
    else:
        right = answers.argmax(-1) == query_y
        score = np.array([_every_class_equally(each, query_y) for each in right])
    before, after = features[:, rows:]
    return FeatureMap(
        query=placed[:, rows:].astype(np.float32),
        support=placed[:, :rows].astype(np.float32),
        centres=np.stack([(each - origin) @ axes.T for each in centres]) if centres else np.empty((2, 0, 2)),
        right=right,
        score=score,
        nearest=np.array(
            [_nearest(each, query, query_y) for each, query in zip(centres, (before, after), strict=False)]
        ),
        moved=float(np.sqrt(np.square(after - before).sum() / np.square(before - before.mean(0)).sum())),
        shown=float(np.square(placed).sum() / np.square(features - origin).sum()),
    )


def _within_reach(outputs: Array) -> Array:
    """Clip a network's outputs, so that a diverged trajectory is far away instead of not a number."""
    near: Array = np.clip(np.nan_to_num(outputs.astype(float)), -_FARTHEST, _FARTHEST)
    return near


def _plane(features: Array, centres: Sequence[Array]) -> tuple[Array, Array]:
    """Return one plane for before and after: its origin, and two directions (2, width).

    It contains the class centres, averaged over before and after. The remaining directions, or both for regression, are
    those of the largest variance of features. Query labels are not used.
    """
    origin = features.mean((0, 1))
    axes = np.empty((0, features.shape[-1]))
    if len(centres):
        middle = np.mean(centres, axis=0)
        _, size, directions = np.linalg.svd(middle - middle.mean(0), full_matrices=False)
        axes = directions[: min(2, len(middle) - 1)][size[: min(2, len(middle) - 1)] > 0]
        axes = axes * np.where((axes @ (middle[-1] - middle[0])) < 0, -1, 1)[:, None]
    rest = (features - origin).reshape(-1, features.shape[-1])
    rest = rest - rest @ axes.T @ axes
    return origin, np.concatenate([axes, np.linalg.svd(rest, full_matrices=False)[2]])[:2]


def class_centres(features: Array, y: Array, ways: int) -> Array:
    """Return the mean of each class's examples: features (n, width), y (n,) -> (ways, width)."""
    return np.stack([features[y == kind].mean(0) for kind in range(ways)])


def _nearest(centres: Array, features: Array, y: Array) -> float:
    """Return the class-balanced share of examples that are nearest to their own class's centre."""
    chosen = np.linalg.norm(features[:, None] - centres, axis=-1).argmin(-1)
    return _every_class_equally(chosen == y, y)


def _every_class_equally(right: Array, y: Array) -> float:
    return float(np.mean([right[y == kind].mean() for kind in np.unique(y)]))


# -- strategies -----------------------------------------------------------------------------------------------------


def strategy_map(scenario_name: str, seed: int, draw: int, shots: int, weights: bytes = b"") -> StrategyMap:
    """Return two paths on one draw of a seed's task. Raises UserError if weights are missing."""
    scenario = scenario_named(scenario_name)
    episode = open_episode(scenario, sample_demo_task(scenario, seed, draw, shots)[1])
    walks, rates = {}, {}
    for name in TRACED:
        learner = iterative_learner(scenario_name, name, weights)
        walks[name] = trajectory_of_one(learner, episode)
        used = np.concatenate([np.ravel(lr) for lr in learner.inner_lrs(shots)])
        low, middle, high = np.quantile(used, [0.05, 0.5, 0.95])
        rates[name] = float(low), float(middle), float(high)
    apart = float(np.linalg.norm(walks["maml"][0] - walks["scratch"][0]))
    whole = len(walks["scratch"])
    walks = {name: _followed(walk, FARTHEST_AWAY * apart) for name, walk in walks.items()}
    learned, scratch = walks["maml"], walks["scratch"]
    surface = Surface(episode, tuple(tuple(w.shape[1:]) for w in learner.start(1)))
    overview = _slice(surface, walks, scratch[0], [learned[0], scratch[-1], *scratch[1:]], [learned[0], scratch[-1]])
    close_up = _slice(surface, walks, learned[0], [learned[-1], *learned[1:], scratch[0]], list(learned[1:]))
    moves = {name: np.linalg.norm(np.diff(walk, axis=0), axis=1) for name, walk in walks.items()}
    in_plane = np.linalg.norm(np.diff(overview.walks["scratch"], axis=0), axis=1)
    return StrategyMap(
        overview=overview,
        close_up=close_up,
        losses={on: {name: surface.losses(walk, on) for name, walk in walks.items()} for on in EXAMPLES},
        lengths={name: np.concatenate([[0.0], np.cumsum(move)]) for name, move in moves.items()},
        rates=rates,
        apart=apart,
        ran_away=len(scratch) < whole,
        held=float(np.square(in_plane).sum() / max(np.square(moves["scratch"]).sum(), 1e-12)),
    )


@dataclass(frozen=True)
class Surface:
    """The losses of an only task, as functions of all weights in one row."""

    episode: Episode
    shapes: tuple[tuple[int, ...], ...]  # shapes of the kernels and biases

    def losses(self, points: Array, on: str) -> Array:
        """Return the mean loss on "support" or "query" examples at points (n, weights): (n,)."""
        ends = np.cumsum([int(np.prod(shape)) for shape in self.shapes])
        parts = np.split(points.astype(np.float32), ends[:-1], axis=1)
        weights = tuple(tf.constant(part.reshape(-1, *shape)) for part, shape in zip(parts, self.shapes, strict=True))
        x, y, mask = self._examples(on)
        each = (np.broadcast_to(array, (len(points), *array.shape[1:])) for array in (x, y, mask))
        losses: Array = task_loss(weights, *map(tf.constant, each)).numpy().astype(float)
        return losses

    def _examples(self, on: str) -> tuple[Array, Array, Array]:
        if on == "query":
            return self.episode.query.x, self.episode.query.y, np.ones(self.episode.query.y.shape, np.float32)
        rows, support = self.episode.raw.support.y.shape[1], self.episode.support
        return support.x[:, :rows], support.y[:, :rows], self.episode.mask[:, :rows]


def _followed(walk: Array, farthest: float) -> Array:
    """Return a trajectory up to its divergence."""
    near = np.linalg.norm(np.nan_to_num(walk - walk[0], nan=np.inf), axis=1) < farthest
    return walk[: len(near) if near.all() else int(near.argmin())]


def _slice(
    surface: Surface, walks: dict[str, Array], origin: Array, towards: Sequence[Array], inside: Sequence[Array]
) -> Slice:
    """Return the plane through `origin` and the first two points of `towards` that are not collinear with it.

    Its window holds the origin and the points `inside`.
    """
    axes = np.empty((0, len(origin)))
    for way in (point - origin for point in towards):
        off = way - way @ axes.T @ axes
        if len(axes) < 2 and np.linalg.norm(off) > _IN_LINE * np.linalg.norm(way):
            axes = np.concatenate([axes, off[None] / np.linalg.norm(off)])
    held = (np.stack([origin, *inside]) - origin) @ axes.T  # (points, 2)
    reach = (0.5 + _MARGIN) * (np.ptp(held, axis=0).max() or 1.0)
    across, up = (np.linspace(middle - reach, middle + reach, GRID) for middle in (held.max(0) + held.min(0)) / 2)
    grid = origin + np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2) @ axes
    losses = {on: surface.losses(grid, on).reshape(GRID, GRID) for on in EXAMPLES}
    return Slice(across, up, losses, {name: (walk - origin) @ axes.T for name, walk in walks.items()})
