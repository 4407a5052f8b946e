"""Promise: of one example, pages show how far its answers depend on the labels and on each of its values."""

import numpy as np
import pytest

from scenarios.catalog import SCENARIOS
from scenarios.demo import demo_task, one_example
from scenarios.demo.explanations import LEAST, against_custom
from scenarios.demo.precomputed import sample_demo_task
from scenarios.episode import Episode, open_episode
from scenarios.scenario import Feature, Scenario
from scenarios.task import Array
from scenarios.text import Text

# The one whose worker function is run: adapting to other labels takes it least.
NAME = min((n for n, s in SCENARIOS.items() if not s.regression), key=lambda name: SCENARIOS[name].recipe.inner_steps)


class Additive:
    """A scorecard: log odds are a weighted sum of the inputs, and of the product of two of them."""

    def __init__(self, weights: Array, product: float = 0.0) -> None:
        self.weights, self.product = weights, product

    def predict(self, episode: Episode) -> Array:
        x = episode.query.x.astype(float)
        score = x @ self.weights + self.product * x[..., 0] * x[..., 1]
        share = 1 / (1 + np.exp(-score))
        return np.stack([1 - share, share], axis=-1)


def episode_of(scenario: Scenario) -> Episode:
    return open_episode(scenario, sample_demo_task(scenario, 5, 0, 5)[1])


def test_contributions_to_a_scorecard_are_its_points(classification: Scenario):
    episode = episode_of(classification)
    x, inputs = episode.query.x[0], classification.inputs_of_quantities
    weights = np.linspace(-0.3, 0.4, x.shape[1])
    found = one_example.shapley(Additive(weights), episode, 4, inputs)
    points = weights * (x[4] - x.mean(0))
    np.testing.assert_allclose(found.adds, [points[list(columns)].sum() for columns in inputs], atol=2e-3)
    assert found.usual == pytest.approx(float(x.mean(0) @ weights), abs=2e-3)


def test_values_that_count_together_share_what_they_add_and_all_shares_add_up():
    scenario = SCENARIOS[NAME]
    episode = episode_of(scenario)
    x = episode.query.x[0].astype(float)
    learner = Additive(np.zeros(x.shape[1]), product=0.5)
    found = one_example.shapley(learner, episode, 4, scenario.inputs_of_quantities)
    (a, b), (others_a, others_b) = x[4, :2], x[:, :2].T
    shares = [  # exactly, of two
        0.25 * ((a - others_a) * (b + others_b)).mean(), 0.25 * ((b - others_b) * (a + others_a)).mean(),
    ]  # fmt: skip
    np.testing.assert_allclose(found.adds[:2], shares, atol=1e-5)
    np.testing.assert_allclose(found.adds[2:], 0, atol=1e-6)
    assert found.usual + found.adds.sum() == pytest.approx(0.5 * a * b, abs=1e-5)


def test_what_contradicts_what_is_known_of_a_value_is_marked_unless_it_is_too_small_to_be_named():
    def known(direction: int) -> Feature:
        return Feature("x", Text("x", "甲"), Text("g/L", "g/L"), direction=direction)

    others = np.repeat([[0.0], [0.0], [3.0]], 5, axis=1)
    features = (known(1), known(1), known(-1), known(0), known(1))
    values, much = np.array([0.0, 2.0, 2.0, 2.0, 0.0]), 2 * LEAST
    assert against_custom(features, values, others, np.full(5, much)) == [True, False, True, False, True]
    assert against_custom(features, values, others, np.full(5, -much)) == [False, True, False, False, False]
    assert not any(against_custom(features, values, others, np.full(5, LEAST / 2)))


@pytest.mark.published
def test_the_meta_learned_probability_is_explained_in_full_and_every_time_alike():
    shown = demo_task.adapt_to(NAME, 5, 0, 5)
    found, again = (one_example.contributions(NAME, 5, 0, 5, 17) for _ in range(2))
    assert demo_task.log_odds(shown.risk("maml")[16]) == pytest.approx(found.usual + found.adds.sum(), abs=1e-3)
    np.testing.assert_array_equal(found.adds, again.adds)


@pytest.mark.published
def test_ranges_are_those_of_learners_that_see_labels_and_hold_most_answers_to_another_draw():
    found = one_example.ranges(NAME, 5, 0, 5)
    assert {"maml", "scratch", "bayes"} <= found.bands.keys()
    assert found.of("pooled", 3) is None
    shown = demo_task.adapt_to(NAME, 5, 0, 5)
    for name in ("maml", "bayes"):
        low, high = found.bands[name]
        assert low.shape == shown.risk(name).shape
        assert (low <= high).all()
        within = (low <= shown.risk(name)) & (shown.risk(name) <= high)
        assert within.mean() > 0.5, "one draw of ten labels may be an unusual one, but not so much"
    uncertain = np.abs(shown.risk("maml") - 0.5) < 0.1
    assert (found.bands["maml"][1] - found.bands["maml"][0])[uncertain].mean() > 0.2
    np.testing.assert_array_equal(one_example.ranges(NAME, 5, 0, 5).bands["maml"], found.bands["maml"])
