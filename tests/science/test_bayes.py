"""Promise: the ceiling is the exact Bayes answer, and nothing that knows only the training tasks beats it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from scenarios.episode import Episode
from scenarios.evaluation import curves
from scenarios.evaluation.statistics import mean_with_interval
from scenarios.learner import Learner
from scenarios.medical_diagnosis import tasks as medical
from scenarios.medical_diagnosis.bayes import _model
from scenarios.medical_diagnosis.scenario import SCENARIO as MEDICAL
from scenarios.metrics import auroc
from scenarios.scenario import Scenario
from scenarios.task import Array

SEED = 8_101


def answer_by_brute_force(episode: Episode, bank: medical.Differentials) -> Array:
    """The posterior predictive by weighing draws from the prior in all fourteen dimensions: no algebra, much patience.

    Every draw is a whole task of the generator; its weight is the likelihood of the support set under it.
    """
    whiten = np.linalg.inv(np.linalg.cholesky(medical.SIGMA)).T
    centre = bank.hospital @ medical.HOSPITAL_DIRECTIONS.T
    means = [(centre + sign * bank.shift) @ whiten for sign in (-0.5, 0.5)]
    return weigh_draws(episode, means, lambda x: medical.to_z(x) @ whiten)


def weigh_draws(episode: Episode, means: Sequence[Array], whitened: Callable[[Array], Array]) -> Array:
    """The posterior predictive (tasks, queries, classes) where examples are N(mean of their class, I) once whitened.

    means has for each class those of the draws (draws, d).
    """
    means, answers = [each.astype(np.float32) for each in means], []
    for x, y, query_x in zip(episode.raw.support.x, episode.raw.support.y, episode.raw.query.x, strict=True):
        z, query = (whitened(rows).astype(np.float32) for rows in (x, query_x))
        log_weight = sum(
            mean @ z[y == label].sum(0) - 0.5 * (y == label).sum() * (mean**2).sum(1)
            for label, mean in enumerate(means)
        )
        weight = np.exp(log_weight - log_weight.max())
        own = 0.5 * (query**2).sum(1)  # else an example far from 0 would have a density too large for a number
        density = np.stack([weight @ np.exp(m @ query.T - 0.5 * (m**2).sum(1)[:, None] - own) for m in means], axis=1)
        answers.append(density / density.sum(1, keepdims=True))
    return np.stack(answers)


@pytest.fixture(scope="module")
def bank() -> medical.Differentials:
    return medical.sample_tasks(np.random.default_rng(1), 100_000)


@pytest.mark.parametrize("shots", [1, 2, 5])
def test_the_medical_answer_is_the_one_that_brute_force_finds(bank, shots):
    episode = curves.fresh_episode(MEDICAL, tasks=6, shots=shots, queries=12, seed=SEED)
    support, query, truth = episode.raw.support, episode.raw.query, answer_by_brute_force(episode, bank)
    answer = MEDICAL.bayes(support, query.x).prediction
    assert np.abs(answer - truth).mean() < 0.01
    assert np.abs(answer - truth).max() < 0.06

    # With more draws it comes closer: what is left of the difference is chance, not a slip in the algebra.
    model, projection = _model()
    many = replace(model, draws=65_536)
    answer = many.predict(medical.to_z(support.x) @ projection, support.y, medical.to_z(query.x) @ projection)
    assert np.abs(answer.prediction - truth).mean() < 0.0025


@pytest.mark.parametrize("shots", [1, 20])
def test_what_the_ceiling_says_happens_as_often_as_it_says(classification: Scenario, shots):
    episode = curves.fresh_episode(classification, tasks=60, shots=shots, queries=90, seed=SEED)
    answer = classification.bayes(episode.raw.support, episode.raw.query.x).prediction
    said = answer.reshape(-1, classification.ways)
    for label in range(classification.ways):
        happened = episode.query.y.ravel() == label
        bins = np.array_split(np.argsort(said[:, label]), 6)
        for rows in bins:
            assert happened[rows].mean() == pytest.approx(said[rows, label].mean(), abs=0.05)


@pytest.mark.parametrize("shots", [1, 5, 20])
def test_the_ceiling_misses_by_as_much_as_it_says(regression: Scenario, shots):
    episode = curves.fresh_episode(regression, tasks=3000, shots=shots, queries=10, seed=SEED)
    answer = regression.bayes(episode.raw.support, episode.raw.query.x).prediction
    error, said = episode.raw.query.y - answer[..., 0], answer[..., 1]
    assert (error**2).mean() == pytest.approx((said**2).mean(), rel=0.1, abs=1e-9)
    assert error.mean() == pytest.approx(0, abs=0.04)


@pytest.mark.parametrize("shots", [1, 50])
def test_there_are_enough_effective_samples(scenario: Scenario, shots):
    episode = curves.fresh_episode(scenario, tasks=40, shots=shots, queries=2, seed=SEED)
    effective = scenario.bayes(episode.raw.support, episode.raw.query.x).effective_samples
    assert np.mean(effective > 30) > 0.95


def test_a_question_asked_twice_has_one_answer(scenario: Scenario):
    episode = curves.fresh_episode(scenario, tasks=2, shots=5, queries=9, seed=SEED)
    once, again = (scenario.bayes(episode.raw.support, episode.raw.query.x).prediction for _ in range(2))
    np.testing.assert_array_equal(once, again)


def test_each_task_and_each_question_is_answered_for_itself(scenario: Scenario):
    episode = curves.fresh_episode(scenario, tasks=3, shots=5, queries=9, seed=SEED)
    support, query_x = episode.raw.support, episode.raw.query.x
    together = scenario.bayes(support, query_x).prediction
    one = type(support)(support.x[2:], support.y[2:])
    np.testing.assert_allclose(scenario.bayes(one, query_x[2:, 4:5]).prediction[0, 0], together[2, 4], atol=1e-5)


def test_labels_that_no_task_of_the_prior_would_give_get_an_answer_that_nothing_vouches_for():
    """Two conditions as far apart as no training task has them, fifty cases of each."""
    patients = medical.Differentials(np.zeros((1, 4)), np.zeros((1, 2)), 8 * medical.MECHANISM_DIRECTIONS[:, 0][None])
    support, query = (patients.support(np.random.default_rng(seed), 50) for seed in (1, 2))
    answer = MEDICAL.bayes(support, query.x)
    assert answer.effective_samples[0] == 0
    assert np.isfinite(answer.prediction).all()
    assert auroc(answer.prediction, query.y)[0] > 0.95


def test_the_order_of_the_support_set_does_not_matter(scenario: Scenario):
    episode = curves.fresh_episode(scenario, tasks=2, shots=5, queries=9, seed=SEED)
    support, query_x = episode.raw.support, episode.raw.query.x
    order = np.random.default_rng(0).permutation(support.y.shape[1])
    shuffled = type(support)(support.x[:, order], support.y[:, order])
    np.testing.assert_allclose(
        scenario.bayes(shuffled, query_x).prediction, scenario.bayes(support, query_x).prediction, atol=1e-4
    )


SLOW = ("boosting", "gaussian_process", "gaussian_process_linear")


@pytest.mark.published
def test_no_learner_beats_the_ceiling_beyond_its_interval(
    scenario: Scenario, shipped: Callable[[Scenario], dict[str, Learner]]
):
    # At two labels; the published leagues are judged at every number of them.
    episode = curves.fresh_episode(scenario, tasks=40, shots=2, queries=80, seed=SEED)
    sign = scenario.metric.sign
    # Those of the textbook that are slow know nothing of other tasks; the published league has them.
    quick = {name: learner for name, learner in shipped(scenario).items() if name not in SLOW}
    answers = {name: learner.predict(episode) for name, learner in quick.items()}
    ceiling = answers.pop("bayes")
    assert {"maml", "scratch", "pooled", "linear_probe"} <= set(answers)
    for name, answer in answers.items():
        ahead = sign * (
            scenario.metric.compute(answer, episode.query.y) - scenario.metric.compute(ceiling, episode.query.y)
        )
        assert mean_with_interval(ahead).low <= 0, name
        if not scenario.regression:
            surprise = nats(answer, episode) - nats(ceiling, episode)
            assert mean_with_interval(surprise).high >= 0, name


def nats(probabilities: Array, episode: Episode) -> Array:
    """Log loss of each task: the score that only the true posterior predictive can minimise."""
    given = np.take_along_axis(probabilities, episode.query.y[..., None].astype(int), axis=-1)[..., 0]
    return -np.log(np.maximum(given, 1e-12)).mean(1)
