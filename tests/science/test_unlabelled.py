"""Promise: unlabelled examples are used as well as they can be, and the optimum given them is the real one."""

from functools import partial

import numpy as np
import pytest

from scenarios import unlabelled_posterior
from scenarios.credit_risk.scenario import SCENARIO as CREDIT
from scenarios.driving_style.scenario import SCENARIO as DRIVING
from scenarios.episode import Episode, standardise
from scenarios.evaluation.curves import fresh_episode
from scenarios.evaluation.statistics import mean_with_interval
from scenarios.learners import discriminant, semi_supervised, tuning
from scenarios.learners.discriminant import ClassMeansPrior, Unlabelled
from scenarios.linear_gaussian import LinearGaussian
from scenarios.medical_diagnosis.scenario import SCENARIO as MEDICAL
from scenarios.scenario import BayesAnswer, Scenario
from scenarios.task import Array
from tests.science.test_bayes import nats

SEED = 8_201
CLASSIFICATIONS = (MEDICAL, DRIVING, CREDIT)
episode_with = partial(fresh_episode, seed=SEED)


def given_both(scenario: Scenario, episode: Episode) -> BayesAnswer:
    assert scenario.bayes_with_unlabelled is not None
    assert episode.raw.unlabelled is not None
    return scenario.bayes_with_unlabelled(episode.raw.support, episode.raw.unlabelled, episode.raw.query.x)


def ring(a: Array) -> Array:
    """Of a length between 1 and 2.5, both signs as likely."""
    return np.where((np.abs(a) > 1) & (np.abs(a) < 2.5), 0.0, -np.inf)[..., 0]


@pytest.mark.parametrize("signs", [(-0.5, 0.5), (-1.0, 0.0, 1.0)])
def test_the_optimum_given_both_is_what_quadrature_finds(signs):
    a_map, b_map = np.array([[1.0], [0.4]]), np.array([[0.3], [1.0]])
    model = LinearGaussian(a_map, b_map, np.array(signs), ring, prior_variance=3.0)
    rng, ways = np.random.default_rng(3), len(signs)

    def sampled(y: np.ndarray) -> Array:
        return (
            rng.standard_normal((*y.shape, 2)) + 0.7 * b_map[:, 0] + np.array(signs)[y][..., None] * 1.6 * a_map[:, 0]
        )

    y = np.tile(np.arange(ways), (1, 1))
    u, pool, query = sampled(y), sampled(rng.integers(ways, size=(1, 25))), sampled(rng.integers(ways, size=(1, 9)))
    found = unlabelled_posterior.predict(model, u, y, pool, query)

    a, b = (axis.ravel() for axis in np.meshgrid(np.linspace(-2.5, 2.5, 251), np.linspace(-4, 4, 201)))
    means = np.stack([b[:, None] * b_map[:, 0] + (sign * a)[:, None] * a_map[:, 0] for sign in signs])

    def densities(points: Array) -> Array:  # (ways, grid, points)
        return np.exp(-0.5 * np.square(means[:, :, None] - points).sum(-1))

    log_weight = ring(a[:, None]) - 0.5 * b**2 + np.log(densities(pool[0]).mean(0)).sum(1)
    log_weight += sum(np.log(densities(u[0, [row]])[label, :, 0]) for row, label in enumerate(y[0]))
    weight = np.exp(log_weight - log_weight.max())
    truth = np.einsum("g,cgq->qc", weight, densities(query[0]))
    truth /= truth.sum(1, keepdims=True)
    assert np.abs(found.prediction[0] - truth).max() < 0.03
    labels_alone = model.predict(u, y, query).prediction[0]
    assert np.abs(labels_alone - truth).max() > 0.1, "otherwise nothing is tested"


@pytest.mark.parametrize(("scenario", "least"), [(MEDICAL, 0.05), (DRIVING, 0.02)])
def test_unlabelled_examples_raise_the_optimum_where_classes_shape_examples(scenario, least):
    episode = episode_with(scenario, tasks=12, shots=1, queries=100, unlabelled=60)
    answer = given_both(scenario, episode)
    alone = scenario.bayes(episode.raw.support, episode.raw.query.x).prediction
    gain = nats(alone, episode) - nats(answer.prediction, episode)
    assert gain.mean() > least
    assert np.mean(answer.effective_samples > 30) > 0.9


def test_an_application_without_its_outcome_tells_nothing_of_what_drives_default():
    episode = episode_with(CREDIT, tasks=12, shots=2, queries=200, unlabelled=200)
    alone = CREDIT.bayes(episode.raw.support, episode.raw.query.x).prediction
    gain = CREDIT.metric.compute(given_both(CREDIT, episode).prediction, episode.query.y)
    gain -= CREDIT.metric.compute(alone, episode.query.y)
    assert abs(gain.mean()) < 0.01


@pytest.mark.parametrize("scenario", CLASSIFICATIONS, ids=lambda scenario: scenario.name)
def test_a_pool_changes_neither_labels_nor_queries_and_grows_by_adding(scenario):
    none, few, many = (episode_with(scenario, tasks=2, shots=2, queries=12, unlabelled=n) for n in (0, 10, 30))
    assert none.unlabelled is None
    assert few.unlabelled.shape[:2] == (2, 10)
    np.testing.assert_array_equal(many.raw.unlabelled[:, :10], few.raw.unlabelled)
    for episode in (few, many):
        np.testing.assert_array_equal(episode.raw.support.x, none.raw.support.x)
        np.testing.assert_array_equal(episode.raw.query.x, none.raw.query.x)


def test_with_a_pool_z_scores_do_not_depend_on_the_other_queries():
    episode = episode_with(DRIVING, tasks=2, shots=2, queries=12, unlabelled=50)
    assert np.abs(standardise(episode).query.x.mean(1)).max() > 1e-3
    assert np.abs(standardise(episode_with(DRIVING, tasks=2, shots=2, queries=12)).query.x.mean(1)).max() < 1e-4


def test_unlabelled_examples_that_count_nothing_change_nothing_and_others_move_the_means():
    prior = ClassMeansPrior(np.eye(1), np.zeros(2), 9 * np.eye(2))
    known = np.array([[[-1.0], [1.0]]]), np.array([[0, 1]]), np.ones((1, 2)), np.array([[[1.5]]])
    pool, shares = np.array([[[2.0], [2.2], [6.0], [6.2]]]), np.array([0.5, 0.5])
    without = discriminant.predict(prior, *known)
    np.testing.assert_allclose(discriminant.predict(prior, *known, Unlabelled(pool, shares, 0.0)), without)
    moved = discriminant.predict(prior, *known, Unlabelled(pool, shares))
    assert without[0, 0, 1] > 0.7 > 0.5 > moved[0, 0, 1], "the upper class lies higher than its one label said"


@pytest.mark.published
def test_no_method_beats_the_optimum_given_both_beyond_its_interval(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tuning, "TUNING_TASKS", 40)  # each has two to seventeen settings to choose from
    episode = episode_with(MEDICAL, tasks=16, shots=5, queries=100, unlabelled=100)
    best = MEDICAL.metric.compute(given_both(MEDICAL, episode).prediction, episode.query.y)
    alone = MEDICAL.metric.compute(MEDICAL.bayes(episode.raw.support, episode.raw.query.x).prediction, episode.query.y)
    for name in ("random_effects_lda", "prototypes", "lda", "z_scored"):
        learner = semi_supervised.fitted(MEDICAL, name, 5, 100, 0)
        scores = MEDICAL.metric.compute(learner.predict(episode), episode.query.y)
        assert mean_with_interval(scores - best).low <= 0, name
        if name == "random_effects_lda":
            assert mean_with_interval(scores - alone).low > 0, "it passes what labels alone allow"
