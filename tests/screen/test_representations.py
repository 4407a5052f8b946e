"""Promise: the four maps show what they say: tasks by their truths, features, what moves, and exact losses."""

import numpy as np
import pytest
import tensorflow as tf

from dashboard import jobs, remote
from scenarios.catalog import SCENARIOS
from scenarios.demo import maps, one_task, precomputed, representations, trajectories
from scenarios.demo.precomputed import sample_demo_task
from scenarios.episode import open_episode
from scenarios.learner import EVALUATION_STEPS
from scenarios.meta_learner.gradient import GradientLearner
from scenarios.meta_learner.network import outputs, random_start, task_loss
from scenarios.scenario import Scenario

SCREENING = next(scenario for scenario in SCENARIOS.values() if scenario.decision == "screening")
LOCALES = {"en": "en-GB", "zh": "zh-CN"}
TASKS = 40


@pytest.fixture
def fewer_tasks(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(representations, "TASKS", TASKS)
    representations.many_tasks.cache_clear()
    yield
    representations.many_tasks.cache_clear()


def stay(steps: int) -> GradientLearner:
    """A learner of so many steps from a random network."""
    start = random_start(np.random.default_rng(1), (len(SCREENING.features), 8, 6, SCREENING.ways))
    return GradientLearner(lambda tasks: start, lambda shots: (0.1, steps))


def episode_of(scenario: Scenario, shots: int = 3):
    return open_episode(scenario, sample_demo_task(scenario, 7, 0, shots)[1])


def test_the_mechanisms_are_read_off_the_map_of_tasks():
    found = representations.task_map(SCREENING.name)
    mechanisms = [i for i, name in enumerate(found.names) if name.startswith("mechanism")]
    assert len(mechanisms) == 4
    assert (found.r2[mechanisms, 0] > 0.5).all()
    assert (found.r2[:, 1] <= found.r2[:, 0]).all()
    assert (found.r2[:, 0] <= found.r2[:, 2]).all()
    assert list(found.r2[:, 0]) == sorted(found.r2[:, 0], reverse=True)


@pytest.mark.published
def test_a_point_is_the_task_with_that_number_on_its_page(scenario: Scenario, fewer_tasks):
    episode, latents = representations.many_tasks(scenario.name)
    for seed in (1, 23, TASKS):
        task, draw = sample_demo_task(scenario, seed, 0, maps.SHOTS)
        np.testing.assert_array_equal(episode.raw.support.x[seed - 1], draw.support.x[0])
        assert [each.values[seed - 1] for each in latents] == [each.values[0] for each in scenario.latents(task)]


def test_readings_never_use_the_task_itself():
    rng = np.random.default_rng(0)
    components, truth = rng.normal(size=(60, 8)), rng.normal(size=(60, 1))
    read = maps.read_truths(components, truth)
    other = truth.copy()
    other[17] += 100
    assert maps.read_truths(components, other)[17] == pytest.approx(read[17])
    exact = components @ rng.normal(size=(8, 2)) + 3
    np.testing.assert_allclose(maps.read_truths(components, exact), exact, atol=1e-9)
    np.testing.assert_allclose(maps.with_interval(exact, exact), 1)


def test_a_learner_of_no_steps_moves_nothing():
    episode, still = episode_of(SCREENING), stay(0)
    start, after = still.initial_weights(episode), trajectories.adapted(still, episode)
    assert (trajectories.layer_changes(start, after) == 0).all()
    assert (trajectories.weight_changes(start, trajectories.head_adapted(still, episode)) == 0).all()
    assert trajectories.trajectory_of_one(still, episode).shape[0] == 1


def test_the_walk_the_end_and_the_head_agree():
    episode, learner = episode_of(SCREENING), stay(3)
    walk, after = trajectories.trajectory_of_one(learner, episode), trajectories.adapted(learner, episode)
    np.testing.assert_allclose(walk[-1], np.concatenate([np.ravel(w) for w in after]), atol=1e-5)
    assert len(walk) == 4
    head = trajectories.head_adapted(learner, episode)
    moved = trajectories.weight_changes(learner.initial_weights(episode), head)[0]
    assert (moved[:-2] == 0).all()
    assert (moved[-2:] > 0).all()
    answer = tf.nn.softmax(outputs(after, tf.constant(episode.query.x))).numpy()
    np.testing.assert_allclose(learner.trajectory(episode)[EVALUATION_STEPS.index(3)], answer, atol=1e-5)


def test_a_map_shows_the_network_that_predicts_however_short_its_gradients_must_be():
    scenario = next(scenario for scenario in SCENARIOS.values() if scenario.regression)
    episode = episode_of(scenario)
    start = random_start(np.random.default_rng(1), (episode.query.x.shape[-1], 8, 1))
    ends = []
    for bound in (0.05, 1e9):
        learner = GradientLearner(lambda tasks: start, lambda shots: (0.1, 3), clip_norm=bound)
        after, walk = trajectories.adapted(learner, episode), trajectories.trajectory_of_one(learner, episode)
        np.testing.assert_allclose(outputs(after, tf.constant(episode.query.x)), learner.predict(episode), atol=1e-6)
        np.testing.assert_allclose(walk[-1], np.concatenate([np.ravel(w) for w in after]), atol=1e-6)
        ends.append((walk[-1], trajectories.head_adapted(learner, episode)[-1]))
    for short, long in zip(*ends, strict=True):
        assert np.abs(short - long).max() > 1e-2, "this bound shortens nothing"


def test_layers_say_what_the_network_says_and_are_alike_with_themselves():
    episode = episode_of(SCREENING)
    start = stay(0).initial_weights(episode)
    x = tf.constant(episode.query.x)
    said = trajectories.layer_outputs(start, x)
    np.testing.assert_allclose(said[-1], outputs(start, x), atol=1e-6)
    turned = said[-2].numpy() @ np.linalg.qr(np.random.default_rng(0).normal(size=(6, 6)))[0] * 3
    assert trajectories.linear_cka(said[-2].numpy(), turned)[0] == pytest.approx(1)


@pytest.mark.parametrize("on", maps.EXAMPLES)
def test_a_slice_holds_the_losses_worked_out_directly(on: str):
    episode, learner = episode_of(SCREENING), stay(3)
    start = learner.initial_weights(episode)
    rows = episode.raw.support.y.shape[1]
    examples = episode.query if on == "query" else episode.support.first(rows)
    direct = task_loss(start, tf.constant(examples.x), tf.constant(examples.y), tf.ones(examples.y.shape))
    walk = trajectories.trajectory_of_one(learner, episode)
    surface = one_task.Surface(episode, tuple(tuple(w.shape[1:]) for w in start))
    assert surface.losses(walk[:1], on)[0] == pytest.approx(float(direct[0]), rel=1e-5)
    part = one_task._slice(surface, {"maml": walk}, walk[0], [walk[-1], walk[1]], [walk[-1], 2 * walk[0] - walk[-1]])
    middle = maps.GRID // 2  # the window's middle is the start: it holds as much on either side of it
    np.testing.assert_allclose([part.across[middle], part.up[middle]], 0, atol=1e-6)
    assert part.losses[on][middle, middle] == pytest.approx(float(direct[0]), rel=1e-4)
    end = np.linalg.norm(walk[-1] - walk[0])
    np.testing.assert_allclose(part.walks["maml"][-1], [end, 0], atol=1e-4 * end)


def test_the_maps_of_one_task_are_those_of_the_page(kind: Scenario):
    shown = one_task.data_map(kind.name, 3, 0, 5)
    _, draw = sample_demo_task(kind, 3, 0, 5)
    for each in shown.maps.values():
        assert each.query.shape == (2, draw.query.y.shape[1], 2)
        assert each.support.shape == (2, draw.support.y.shape[1], 2)
        assert np.isfinite(each.query).all()
        assert each.moved >= 0
    walks = one_task.strategy_map(kind.name, 3, 0, 5)
    for part in (walks.overview, walks.close_up):
        assert part.losses["query"].shape == (maps.GRID, maps.GRID)
        x, y = part.walks["maml"][0]
        assert part.across[0] < x < part.across[-1]
        assert part.up[0] < y < part.up[-1]
    x, y = walks.overview.walks["scratch"][-1]
    assert walks.overview.up[0] < y < walks.overview.up[-1]


@pytest.mark.published
def test_the_first_maps_are_there_without_the_worker(scenario: Scenario):
    first = (scenario.name, precomputed.SEED, precomputed.DRAW, maps.PREPARED_SHOTS)
    ready = [
        jobs.prepared_or_ask(remote.representations.task_map, scenario.name, b""),
        jobs.prepared_or_ask(remote.representations.model_map, scenario.name, b""),
        jobs.prepared_or_ask(remote.one_task.data_map, *first, b""),
        jobs.prepared_or_ask(remote.one_task.strategy_map, *first, b""),
    ]  # fmt: skip
    assert [type(each) for each in ready] == [maps.TaskMap, maps.ModelMap, maps.DataMap, maps.StrategyMap]


def test_the_maps_that_are_kept_are_those_that_the_worker_draws(kind: Scenario):
    kept, made = maps.read(kind.name), representations.task_map(kind.name)
    assert (kept.task.names, kept.task.labels) == (made.names, made.labels)
    np.testing.assert_allclose(kept.task.r2, made.r2, atol=0.01)
    np.testing.assert_allclose(kept.task.read, made.read, atol=0.02 * np.abs(made.read).max())
    shown = one_task.data_map(kind.name, precomputed.SEED, precomputed.DRAW, maps.PREPARED_SHOTS)
    assert kept.data.steps == shown.steps
    for name, each in shown.maps.items():
        np.testing.assert_allclose(kept.data.maps[name].score, each.score, atol=0.01)
        assert kept.data.maps[name].moved == pytest.approx(each.moved, rel=0.02, abs=1e-3)
    walks = one_task.strategy_map(kind.name, precomputed.SEED, precomputed.DRAW, maps.PREPARED_SHOTS)
    assert kept.strategy.apart == pytest.approx(walks.apart, rel=1e-3)
    for name, losses in walks.losses["support"].items():
        np.testing.assert_allclose(kept.strategy.losses["support"][name][:2], losses[:2], rtol=0.01)


def test_maps_that_are_missing_or_damaged_are_drawn_anew(tmp_path):
    assert maps.read(SCREENING.name, tmp_path) is None
    precomputed.maps_path(SCREENING.name, tmp_path).write_bytes(b"PK\x03\x04 not a file of maps")
    assert maps.read(SCREENING.name, tmp_path) is None


def test_borders_are_equally_near_to_two_centres():
    centres = np.array([[0.0, 0], [2, 0], [1, 3]])
    line = maps.borders(centres)
    distance = np.sort(np.linalg.norm(line[~np.isnan(line[:, 0]), None] - centres, axis=-1), axis=1)
    np.testing.assert_allclose(distance[:, 0], distance[:, 1], atol=1e-9)
    assert len(maps.borders(np.empty((0, 2)))) == 0


def test_a_truth_that_never_varies_has_a_figure_too():
    assert np.isfinite(maps.with_interval(np.ones((10, 1)), np.ones((10, 1)))).all()
