"""Promise: a support set with more examples of one class is answered by every learner, and says nothing by itself."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from scenarios.episode import Draw, Episode, class_weights, open_episode
from scenarios.evaluation import perturbations
from scenarios.learner import Learner
from scenarios.learners import unequal_classes
from scenarios.medical_diagnosis.scenario import SCENARIO as MEDICAL
from scenarios.protocol import EvaluationProtocol
from scenarios.scenario import Scenario
from scenarios.task import Array, Examples

PROTOCOL = EvaluationProtocol(tasks=4, queries=9, seed=6)
EVEN_HANDED = (
    "logistic", "neighbours", "random_effects_logistic", "reduced_rank_logistic", "random_effects_lda", "linear_probe",
)  # fmt: skip


def unequal(scenario: Scenario, protocol: EvaluationProtocol = PROTOCOL, order: Array | None = None) -> Episode:
    draw = perturbations.PERTURBATIONS["unequal_classes"].draw(scenario, 5, protocol, 3)
    if order is not None:
        draw = Draw(Examples(draw.support.x[:, order], draw.support.y[:, order]), draw.query)
    return open_episode(scenario, draw, room=5)


def test_every_learner_answers_unequal_classes_and_in_any_order(
    kind: Scenario, shipped: Callable[[Scenario], dict[str, Learner]]
):
    if kind.regression:
        return
    episode = unequal(kind)
    order = np.random.default_rng(0).permutation(episode.raw.support.y.shape[1])
    turned = unequal(kind, order=order)
    for name, learner in shipped(kind).items():
        answer = learner.predict(episode)
        assert np.isfinite(answer).all(), name
        np.testing.assert_allclose(answer.sum(-1), 1, atol=1e-5, err_msg=name)
        if name != "boosting":  # of splits that are equally good, it takes the first
            np.testing.assert_allclose(learner.predict(turned), answer, atol=5e-3, err_msg=name)


def test_how_many_of_each_class_are_labelled_does_not_move_the_mean_risk(
    shipped: Callable[[Scenario], dict[str, Learner]],
):
    protocol = EvaluationProtocol(tasks=60, queries=60, seed=7)
    episode = unequal(MEDICAL, protocol)  # eight of one, two of the other
    for name in EVEN_HANDED:
        assert shipped(MEDICAL)[name].predict(episode)[..., 1].mean() == pytest.approx(0.5, abs=0.08), name


def test_class_weights_are_one_where_classes_are_equal_and_for_a_class_without_examples():
    y, mask = np.array([[0, 1, 0, 1, 0], [0, 0, 0, 0, 1], [0, 0, 0, 0, 0]]), np.ones((3, 5))
    mask[0, 4] = 0
    np.testing.assert_allclose(class_weights(y, mask, 2), [[1, 1], [5 / 8, 5 / 2], [0.5, 1]])


class Follower:
    """Probabilities as frequent as the classes of the support set, as those of a plain logistic regression are."""

    def predict(self, episode: Episode) -> Array:
        shares = 1 / class_weights(episode.support.y, episode.mask, episode.ways)
        right = MEDICAL.bayes(episode.raw.support, episode.raw.query.x).prediction
        followed: Array = right * shares[:, None]
        return followed / followed.sum(-1, keepdims=True)


def test_the_treatment_that_does_best_on_training_tasks_is_chosen(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(unequal_classes, "_TASKS", 20)
    unequal_classes._tuning_episode.cache_clear()
    assert unequal_classes.choose(MEDICAL, "logistic", Follower(), (5, 5), 0) == "as_is"
    assert unequal_classes.choose(MEDICAL, "logistic", Follower(), (8, 2), 0) != "as_is"
    unequal_classes._tuning_episode.cache_clear()


def test_weighted_classes_weigh_the_same_in_the_loss():
    seen: list[Episode] = []

    class Watcher:
        def predict(self, episode: Episode) -> Array:
            seen.append(episode)
            return np.full((*episode.query.y.shape, 2), 0.5)

    episode = unequal(MEDICAL)
    unequal_classes.Treated(Watcher(), "weighted").predict(replace(episode))
    mask, y = seen[0].mask, episode.support.y
    of_each = [(mask * (y == label)).sum(1) for label in (0, 1)]
    np.testing.assert_allclose(of_each[0], of_each[1], rtol=1e-6)
    np.testing.assert_allclose(mask.sum(1), episode.mask.sum(1), rtol=1e-6)
