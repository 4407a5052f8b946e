"""Promise: discriminant analysis with other tasks' data is what its names claim, and its inputs are what they say."""

import numpy as np
import pytest

from scenarios.catalog import SCENARIOS
from scenarios.credit_risk.scenario import SCENARIO as CREDIT
from scenarios.driving_style.scenario import SCENARIO as DRIVING
from scenarios.learners import discriminant, hierarchical, inputs
from scenarios.learners.discriminant import ClassMeansPrior
from scenarios.medical_diagnosis.scenario import SCENARIO as MEDICAL
from scenarios.metrics import accuracy, auroc
from scenarios.scenario import Scenario

WITHIN = np.array([[1.0, 0.6], [0.6, 1.0]])


def tasks_of(count: int, rows: int, ways: int = 2, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Tasks whose class means vary along (1, -1) alone, around a common average that varies in every direction."""
    rng = np.random.default_rng(seed)
    average = rng.standard_normal((count, 1, 2))
    step = rng.standard_normal((count, 1, 1)) * np.array([1.0, -1.0])
    means = average + step * (np.arange(ways) - (ways - 1) / 2)[None, :, None]
    y = np.tile(np.arange(rows * ways) % ways, (count, 1))
    noise = rng.standard_normal((count, rows * ways, 2)) @ np.linalg.cholesky(WITHIN).T
    return np.take_along_axis(means, y[..., None], axis=1) + noise, y


def test_covariance_and_random_effects_are_those_of_the_tasks():
    x, y = tasks_of(3000, 10)
    prior = discriminant.learn(x, y, 2, random_effects=True)
    np.testing.assert_allclose(prior.within, WITHIN, atol=0.03)
    contrast = np.kron([-1, 1], np.eye(2))
    np.testing.assert_allclose(contrast @ prior.mean, 0, atol=0.1)
    np.testing.assert_allclose(contrast @ prior.between @ contrast.T, [[1, -1], [-1, 1]], atol=0.1)


def test_given_the_right_prior_its_answer_is_bayes_rule():
    prior = ClassMeansPrior(WITHIN, np.zeros(4), np.diag([1.0, 2.0, 0.5, 1.5]))
    x, y, query = np.array([[[0.3, 1.0], [-0.4, 0.2], [9.0, 9.0]]]), np.array([[0, 1, 0]]), np.array([[[0.5, -0.1]]])
    [[found]] = discriminant.predict(prior, x, y, np.array([[1.0, 1.0, 0.0]]), query)
    density = []
    for label, example in ((0, x[0, 0]), (1, x[0, 1])):
        effects = prior.between[2 * label : 2 * label + 2, 2 * label : 2 * label + 2]
        gain = effects @ np.linalg.inv(effects + WITHIN)
        spread = WITHIN + effects - gain @ effects
        off = query[0, 0] - gain @ example
        density.append(np.exp(-0.5 * off @ np.linalg.solve(spread, off)) / np.sqrt(np.linalg.det(spread)))
    np.testing.assert_allclose(found, np.array(density) / sum(density))


@pytest.mark.parametrize("ways", [2, 3])
def test_other_tasks_covariance_helps_and_random_effects_help_more(ways: int):
    x, y = tasks_of(300, 10, ways)
    new_x, new_y = tasks_of(200, 42, ways, seed=1)
    shots = 2 * ways
    scores = []
    for random_effects in (False, True):
        prior = discriminant.learn(x, y, ways, random_effects=random_effects)
        known = new_x[:, :shots], new_y[:, :shots], np.ones((200, shots))
        answer = discriminant.predict(prior, *known, new_x[:, shots:])
        scores.append(accuracy(answer, new_y[:, shots:]).mean())
    own = discriminant.predict(ClassMeansPrior(np.eye(2), np.zeros(2 * ways), None), *known, new_x[:, shots:])
    assert accuracy(own, new_y[:, shots:]).mean() + 0.01 < scores[0] < scores[1] - 0.01


def test_with_three_other_tasks_it_is_no_worse_than_the_covariance_alone_by_much():
    """A covariance of many numbers from three tasks would be noise, were it not drawn towards a round one."""
    known = hierarchical.other_tasks(MEDICAL, 7, 3, 30)
    fresh = hierarchical.other_tasks(MEDICAL, 8, 200, 30)
    found = {}
    for name in ("pooled_covariance_lda", "random_effects_lda"):
        learner = hierarchical.learn_from(MEDICAL, name, "encoded", known)
        episode = hierarchical._split(MEDICAL, fresh, 5)
        found[name] = auroc(learner.predict(episode), episode.query.y).mean()
    assert found["random_effects_lda"] > found["pooled_covariance_lda"] - 0.03


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_every_kind_of_input_is_standardised_and_comes_back_from_its_arrays(scenario: Scenario):
    known = hierarchical.other_tasks(scenario, 3, 60, 10)
    for kind in inputs.suitable(scenario):
        seen = inputs.fitted(scenario, kind, known)
        values = seen(known.x)
        assert values.shape == (*known.y.shape, seen.size)
        np.testing.assert_allclose(values.mean((0, 1)), 0, atol=1e-6, err_msg=kind)
        np.testing.assert_allclose(values.std((0, 1)), 1, atol=1e-6, err_msg=kind)
        again = inputs.restored(scenario, seen.arrays())
        np.testing.assert_array_equal(again(known.x), values)


def test_inputs_of_another_scenario_are_refused():
    known = hierarchical.other_tasks(CREDIT, 3, 20, 5)
    arrays = inputs.fitted(CREDIT, "weights_of_evidence", known).arrays()
    with pytest.raises(ValueError, match="another scenario"):
        inputs.restored(DRIVING, arrays)


def test_weights_of_evidence_are_the_log_odds_of_a_bin():
    known = hierarchical.other_tasks(CREDIT, 3, 400, 10)
    seen = inputs.fitted(CREDIT, "weights_of_evidence", known)
    missed = [feature.name for feature in CREDIT.features].index("delinquencies")
    raw = seen(known.x)[..., missed] * seen.spread[missed] + seen.centre[missed]
    several = known.x[..., missed] >= 2
    bad, good = ((several & (known.y == outcome)).sum() for outcome in (1, 0))
    assert raw[several].mean() == pytest.approx(np.log(bad / good), abs=0.25)


def test_from_few_other_tasks_the_inputs_are_chosen_by_what_they_do_on_those_left_out():
    known = hierarchical.other_tasks(DRIVING, 5, 12, 20)
    # The choice is one code for all methods; this one takes no hundred rounds to learn of 357 class means.
    learner = hierarchical.fit_from(DRIVING, "pooled_covariance_lda", known, lambda done, word: None)
    assert {each.inputs.kind for each in learner.learners} == {"by_hand"}


def test_it_learns_as_well_from_other_tasks_with_unequal_classes():
    x, y = tasks_of(3000, 10)
    kept = np.r_[np.arange(0, 20, 2), [1, 3, 5]]  # ten of the first class, three of the other
    prior = discriminant.learn(x[:, kept], y[:, kept], 2, random_effects=True)
    np.testing.assert_allclose(prior.within, WITHIN, atol=0.03)
    contrast = np.kron([-1, 1], np.eye(2))
    np.testing.assert_allclose(contrast @ prior.between @ contrast.T, [[1, -1], [-1, 1]], atol=0.1)
