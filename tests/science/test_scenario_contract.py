"""Promise: every scenario keeps one contract, whoever wrote it."""

from collections.abc import Callable
from dataclasses import replace
from string import Formatter
from typing import get_args

import numpy as np
import pytest

from scenarios.decisions.catalog import DECISIONS
from scenarios.demo.precomputed import curve_grid
from scenarios.episode import Draw, draw_examples, open_episode
from scenarios.learner import EVALUATION_STEPS
from scenarios.metrics import ACCURACY, METRICS
from scenarios.scenario import WORLDS, Feature, Scenario
from scenarios.task import Array, Examples, Split, rng_for
from scenarios.text import LANGUAGES, Text

TASKS, QUERIES = 7, 11
RESULT = {"shots", "labels", "local", "borrowing", "maml", "bayes"}


def draw(scenario: Scenario, rng: np.random.Generator, *, tasks: int = TASKS, shots: int = 5) -> Draw:
    sampled = scenario.sample_tasks(rng, tasks)
    return draw_examples(sampled, rng, shots=shots, queries=QUERIES, most_shots=scenario.max_shots)


def rows(*several: Examples) -> np.ndarray:
    """All examples of all tasks, each as one row of numbers."""
    return np.concatenate([e.x.reshape(e.y.size, -1) for e in several])


def assert_no_two_alike(*several: Examples) -> None:
    found = rows(*several)
    assert len(np.unique(found, axis=0)) == len(found)


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def test_its_own_account_of_itself_holds_together(scenario: Scenario):
    assert scenario.ways == (1 if scenario.regression else len(scenario.classes))
    assert scenario.regression or scenario.ways >= 2
    assert scenario.metric.id in METRICS
    assert len({feature.name for feature in scenario.features}) == len(scenario.features)
    assert 1 <= scenario.default_shots <= scenario.max_shots
    assert all(f.low is None or f.high is None or f.low < f.high for f in scenario.features)


@pytest.mark.parametrize("name", DECISIONS)
def test_a_decision_that_does_not_suit_is_refused_with_what_it_needs_and_what_was_found(scenario: Scenario, name: str):
    decision = DECISIONS[name]

    def of(classes: int, rule: Callable[[Array], Array] | None) -> Scenario:
        kinds = tuple(Text(en=f"class {n}", zh=f"类别 {n}") for n in range(classes))
        plain = replace(scenario, classes=kinds, metric=ACCURACY, decision="", shares=(), rule=rule)
        return replace(plain, decision=name)

    unsuitable = [(decision.classes + 1, lambda x: x)] + [(decision.classes, None)] * decision.needs_rule
    for classes, rule in unsuitable:
        with pytest.raises(ValueError, match=f"{scenario.name!r}.*{name!r} needs {decision.classes}.*found {classes}"):
            of(classes, rule)
    assert of(decision.classes, lambda x: x).decision == name


def test_a_decision_that_there_is_not_is_refused_with_those_there_are(scenario: Scenario):
    with pytest.raises(ValueError, match=f"'no_such_decision'.*{next(iter(DECISIONS))}"):
        replace(scenario, decision="no_such_decision")


def test_an_answer_is_explained_by_quantities_in_units_each_of_which_has_its_own_inputs(classification: Scenario):
    x = draw(classification, rng_for("test", 8)).query.x
    measured, features = classification.measured(x), classification.explained_by
    assert measured.shape == (TASKS, QUERIES, len(features))
    assert np.isfinite(measured).all()
    columns = [column for inputs in classification.inputs_of_quantities for column in inputs]
    assert sorted(columns) == list(range(classification.encode(x).shape[-1]))
    assert len(classification.inputs_of_quantities) == len(features)
    assert {feature.direction for feature in features} <= {-1, 0, 1}


def test_a_number_has_its_target_and_classes_have_their_shares(scenario: Scenario):
    assert (scenario.target is not None) == scenario.regression
    assert scenario.metric.is_regression == scenario.regression
    assert scenario.class_shares.shape == (scenario.ways,)
    assert scenario.class_shares.min() > 0
    assert scenario.class_shares.sum() == pytest.approx(1)


def test_meta_training_stops_where_a_walk_is_looked_at(scenario: Scenario):
    assert scenario.recipe.inner_steps >= 1, "an adaptation without a step is none"
    assert scenario.recipe.inner_steps in EVALUATION_STEPS
    assert 1 <= scenario.recipe.max_shots <= scenario.max_shots


@pytest.mark.parametrize("language", LANGUAGES)
def test_its_sentences_have_the_placeholders_of_their_kind(scenario: Scenario, language):
    prose = scenario.prose
    found = placeholders(prose.result[language])  # Chinese may name the labels itself
    assert RESULT - {"labels"} <= found <= RESULT | {"no_local"}
    assert placeholders(prose.support[language]) == {"shots"}
    assert not placeholders(prose.query[language])
    if scenario.decision:
        assert not placeholders(prose.lever[language])
        assert placeholders(prose.verdict[language]) == DECISIONS[scenario.decision].verdict
    else:
        assert (prose.lever, prose.verdict) == (None, None)


def test_a_feature_flags_what_lies_outside_its_reference_interval():
    both = Feature("x", Text("x", "甲"), Text("g/L", "g/L"), low=1.0, high=2.0)
    assert [both.flag(value) for value in (0.9, 1.0, 1.5, 2.0, 2.1)] == [-1, 0, 0, 0, 1]
    neither = replace(both, low=None, high=None)
    assert [neither.flag(value) for value in (-1e9, 1e9)] == [0, 0]


@pytest.mark.parametrize("split", get_args(Split))
def test_the_same_seed_gives_the_same_tasks_and_another_seed_others(scenario: Scenario, split):
    first, again, other = (draw(scenario, rng_for(split, seed)) for seed in (3, 3, 4))
    for one, same in ((first.support, again.support), (first.query, again.query)):
        np.testing.assert_array_equal(one.x, same.x)
        np.testing.assert_array_equal(one.y, same.y)
    assert_no_two_alike(first.support, other.support)


def test_no_split_ever_meets_a_task_of_another(scenario: Scenario):
    assert_no_two_alike(*(draw(scenario, rng_for(split, seed)).query for split in get_args(Split) for seed in range(5)))


@pytest.mark.parametrize("shots", [1, 2, 5, 50, 57])
def test_support_has_the_stated_size_and_shares_no_row_with_query(scenario: Scenario, shots):
    drawn = draw(scenario, rng_for("validation", 1), shots=shots)
    assert drawn.support.x.shape == (TASKS, shots * scenario.ways, *scenario.example_shape)
    assert drawn.query.x.shape == (TASKS, QUERIES, *scenario.example_shape)
    assert drawn.support.y.shape == drawn.support.x.shape[:2]
    assert drawn.query.y.shape == drawn.query.x.shape[:2]
    assert_no_two_alike(drawn.support, drawn.query)


@pytest.mark.parametrize("shots", [1, 5, 57])
def test_classes_are_balanced_and_take_turns_and_numbers_are_real(scenario: Scenario, shots):
    y = draw(scenario, rng_for("validation", 1), shots=shots).support.y
    if scenario.regression:
        assert y.dtype.kind == "f"
        assert len(np.unique(y)) == y.size
    else:
        assert y.dtype.kind == "i"
        np.testing.assert_array_equal(y, np.tile(np.arange(shots * scenario.ways) % scenario.ways, (TASKS, 1)))


def test_another_draw_of_the_same_tasks_gives_other_examples(scenario: Scenario):
    tasks = scenario.sample_tasks(np.random.default_rng(0), 3)
    sizes = {"shots": 5, "queries": QUERIES, "most_shots": scenario.max_shots}
    first, second = (draw_examples(tasks, np.random.default_rng(seed), **sizes) for seed in (1, 2))
    assert_no_two_alike(first.support, first.query, second.support, second.query)


def test_every_query_set_has_every_class(classification: Scenario):
    y = draw(classification, rng_for("test", 2), tasks=60).query.y
    assert min((y == label).sum(1).min() for label in range(classification.ways)) >= 1


def test_classes_are_as_frequent_among_later_examples_as_is_said(classification: Scenario):
    y = classification.sample_tasks(rng_for("test", 2), 200).query(rng_for("test", 3), 60).y
    found = [(y == label).mean() for label in range(classification.ways)]
    np.testing.assert_allclose(found, classification.class_shares, atol=0.03)


def test_fewer_shots_are_a_prefix_of_more_and_the_query_set_stays(scenario: Scenario):
    most = draw(scenario, rng_for("test", 5), shots=scenario.max_shots)
    beyond = draw(scenario, rng_for("test", 5), shots=scenario.max_shots + 7)
    np.testing.assert_array_equal(beyond.query.x, most.query.x)
    for shots in (1, 3, 20):
        fewer = draw(scenario, rng_for("test", 5), shots=shots)
        np.testing.assert_array_equal(fewer.support.x, most.support.x[:, : shots * scenario.ways])
        np.testing.assert_array_equal(fewer.support.y, most.support.y[:, : shots * scenario.ways])
        np.testing.assert_array_equal(fewer.query.x, most.query.x)
        np.testing.assert_array_equal(fewer.query.y, most.query.y)


def test_values_are_finite_and_encoded_ones_about_standard(scenario: Scenario):
    rng = rng_for("train", 9)
    examples = scenario.sample_tasks(rng, 400).support(rng, 20)
    assert np.isfinite(examples.x).all()
    assert np.isfinite(examples.y).all()
    encoded = scenario.encode(examples.x)
    assert np.isfinite(encoded).all()
    assert np.abs(encoded.mean((0, 1))).max() < 0.15
    assert encoded.std((0, 1)).min() > 0.85
    assert encoded.std((0, 1)).max() < 1.4


def test_every_example_is_encoded_for_itself_into_one_row_of_inputs(scenario: Scenario):
    x = draw(scenario, rng_for("train", 9)).query.x
    together = scenario.encode(x)
    assert together.shape[:2] == x.shape[:2]
    assert together.ndim == 3
    np.testing.assert_allclose(scenario.encode(x[2]), together[2], atol=1e-4)
    np.testing.assert_allclose(scenario.encode(x[2, 4]), together[2, 4], atol=1e-4)


@pytest.mark.parametrize("novelty", [-0.01, 1.01, float("nan")])
def test_novelty_outside_its_range_is_refused(scenario: Scenario, novelty):
    with pytest.raises(ValueError, match="novelty"):
        scenario.sample_tasks(np.random.default_rng(0), 2, novelty)


def test_novelty_changes_the_tasks_and_none_is_the_training_distribution(scenario: Scenario):
    def examples(*novelty: float) -> Examples:
        return scenario.sample_tasks(np.random.default_rng(0), 3, *novelty).support(np.random.default_rng(1), 4)

    usual, unmoved, new = examples(), examples(0.0), examples(1.0)
    np.testing.assert_array_equal(usual.x, unmoved.x)
    np.testing.assert_array_equal(usual.y, unmoved.y)
    moved = np.abs(scenario.encode(usual.x) - scenario.encode(new.x)).max(), np.abs(usual.y - new.y).max()
    assert max(moved) > 0.1


@pytest.mark.parametrize("shots", [1, 5, 50, 60])
def test_the_door_encodes_pads_and_masks(scenario: Scenario, shots):
    drawn = draw(scenario, rng_for("test", 8), shots=shots)
    episode = open_episode(scenario, drawn)
    known = shots * scenario.ways
    padded = max(scenario.max_shots * scenario.ways, known)
    inputs = scenario.encode(drawn.query.x).shape[2:]
    assert (episode.tasks, episode.shots, episode.ways) == (TASKS, shots, scenario.ways)
    assert episode.support.x.shape == (TASKS, padded, *inputs)
    assert episode.support.y.shape == episode.mask.shape == (TASKS, padded)
    assert {episode.support.y.dtype, episode.query.y.dtype} == {np.dtype("f4" if scenario.regression else "i4")}
    np.testing.assert_array_equal(episode.mask, np.arange(padded)[None].repeat(TASKS, 0) < known)
    np.testing.assert_allclose(episode.support.x[:, :known], scenario.encode(drawn.support.x), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(episode.query.x, scenario.encode(drawn.query.x), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(episode.support.y[:, :known], drawn.support.y, rtol=1e-6)
    assert not episode.support.x[:, known:].any()
    assert episode.raw is drawn


@pytest.mark.parametrize("shots", [1, 5])
def test_the_ceiling_answers_every_question_and_says_how_far_it_is_to_be_trusted(scenario: Scenario, shots):
    drawn = draw(scenario, rng_for("test", 8), shots=shots)
    answer = scenario.bayes(drawn.support, drawn.query.x)
    assert np.isfinite(answer.prediction).all()
    assert answer.effective_samples.shape == (TASKS,)
    assert answer.effective_samples.min() >= 0
    if scenario.regression:  # a mean and a standard deviation
        assert answer.prediction.shape == (TASKS, QUERIES, 2)
        assert answer.prediction[..., 1].min() >= 0
    else:
        assert answer.prediction.shape == (TASKS, QUERIES, scenario.ways)
        assert answer.prediction.min() >= 0
        np.testing.assert_allclose(answer.prediction.sum(-1), 1, atol=1e-6)


def gain_of_five_labels(scenario: Scenario) -> float:
    """How much better the Bayes-optimal predictor is with five labels per class than with none."""
    drawn = draw(scenario, np.random.default_rng(5), tasks=50)
    none, five = (
        scenario.metric.compute(scenario.bayes(support, drawn.query.x).prediction, drawn.query.y).mean()
        for support in (drawn.support.first(0), drawn.support)
    )
    return five - none


def test_labels_are_worth_least_in_the_world_whose_tasks_are_much_alike(classification: Scenario):
    if classification.worlds:
        mild, *others = (gain_of_five_labels(classification.in_world(world)) for world in WORLDS)
        assert mild < min(others)


def test_what_is_hidden_about_tasks_has_names_and_a_value_for_each_task(scenario: Scenario):
    latents = scenario.latents(scenario.sample_tasks(np.random.default_rng(0), TASKS))
    assert latents
    assert len({latent.name for latent in latents}) == len(latents)
    for latent in latents:
        assert latent.name.isidentifier(), "it stands in addresses"
        assert latent.name.isascii()
        assert latent.values.shape == (TASKS,)
        assert np.isfinite(latent.values).all()
        assert np.ptp(latent.values) > 0
    for language in LANGUAGES:
        assert len({latent.label[language] for latent in latents}) == len(latents)


@pytest.mark.parametrize("novelty", [0.0, 0.5, 1.0])
def test_a_task_can_be_described_and_revealed(scenario: Scenario, novelty):
    tasks = scenario.sample_tasks(np.random.default_rng(1), 3, novelty)
    for said in (scenario.prose.describe_task(tasks), scenario.prose.reveal_task(tasks)):
        for language in LANGUAGES:
            assert "nan" not in said[language].split()
            assert not placeholders(said[language])


def test_a_fixed_rule_answers_in_probabilities_that_sum_to_one(scenario: Scenario):
    if scenario.rule is None:
        return
    x = draw(scenario, rng_for("test", 8)).query.x
    answer = scenario.rule(x)
    assert answer.shape == (TASKS, QUERIES, scenario.ways)
    assert answer.min() >= 0
    np.testing.assert_allclose(answer.sum(-1), 1, atol=1e-6)
    np.testing.assert_allclose(scenario.rule(x[3, 2]), answer[3, 2], atol=1e-6)


def test_a_window_of_signals_has_a_channel_for_each_feature_and_a_plane_to_be_read_in(scenario: Scenario):
    assert (scenario.signal is not None) == (len(scenario.example_shape) == 2)
    if scenario.signal is None:
        assert scenario.example_shape == (len(scenario.features),)
        return
    samples, channels = scenario.example_shape
    assert channels == len(scenario.features)
    x = draw(scenario, rng_for("test", 8)).query.x
    plane = scenario.signal.plane(x)
    assert plane.shape == (TASKS, QUERIES, samples, 2)
    assert np.isfinite(plane).all()
    assert scenario.signal.rate > 0
    assert 0.3 < np.abs(plane).max() / scenario.signal.limit < 3  # one unit, which few windows need reach


def test_curves_are_drawn_wherever_there_are_points(regression: Scenario):
    x = draw(regression, rng_for("test", 8), shots=50).support.x
    grid = curve_grid(regression)
    assert regression.example_shape == (1,)
    assert (np.diff(grid) > 0).all()
    assert grid[0] <= x.min() <= x.max() <= grid[-1]
