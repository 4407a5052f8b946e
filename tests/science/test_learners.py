"""Promise: every learner answers one question, and the headline holds on tasks that nobody has seen."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import pytest

from scenarios.catalog import SCENARIOS
from scenarios.decisions.catalog import DECISIONS
from scenarios.episode import Episode, draw_examples, open_episode, standardise
from scenarios.errors import UserError
from scenarios.evaluation import curves
from scenarios.evaluation.statistics import gap_closed, mean_with_interval
from scenarios.learner import IterativeLearner, Learner
from scenarios.learners import calibration, fitting, registry, tuned, tuning
from scenarios.learners.registry import REGISTRY, Rung
from scenarios.medical_diagnosis.scenario import SCENARIO as MEDICAL
from scenarios.meta_learner import amortised, weights
from scenarios.meta_learner.amortised import FAMILIES
from scenarios.protocol import SHOTS
from scenarios.scenario import Scenario
from scenarios.task import Examples
from tests.live_server import ROOT

SEED = 20_261
EVERYWHERE = {
    "maml", "fomaml", "reptile", "anil", "meta_sgd", "ridge", "in_context", "scratch", "neighbours",
    "gaussian_process", "pooled", "fine_tuned", "linear_probe", "bayes",
}  # fmt: skip
NO_LOCAL_LABELS = set(registry.ids(Rung.NO_LOCAL_LABELS))
UNSURE = {"bayes", "ridge", "in_context", "bayesian_linear"}  # who say how far off they may be
Shipped = Callable[[Scenario], dict[str, Learner]]


@pytest.mark.published
def test_every_learner_answers_in_probabilities_or_with_a_number(scenario: Scenario, shipped: Shipped):
    assert_answers(scenario, shipped, shots=1)


def test_more_labels_than_a_page_offers_are_answered_too(kind: Scenario, shipped: Shipped):
    assert_answers(kind, shipped, shots=kind.max_shots + 5)


def assert_answers(scenario: Scenario, shipped: Shipped, *, shots: int) -> None:
    episode = curves.fresh_episode(scenario, tasks=3, shots=shots, queries=7, seed=SEED)
    for name, learner in shipped(scenario).items():
        answer = learner.predict(episode)
        assert np.isfinite(answer).all(), name
        if scenario.regression:
            assert answer.shape == (3, 7, 2 if name in UNSURE else 1), name
            assert (answer[..., 1:] > 0).all(), name
        else:
            assert answer.shape == (3, 7, scenario.ways), name
            assert answer.min() >= 0, name
            np.testing.assert_allclose(answer.sum(-1), 1, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("name", FAMILIES)  # walks are compiled where a server answers
def test_compiled_or_not_a_learner_says_the_same(shipped: Shipped, by_xla, name: str):
    scenario = next(scenario for scenario in SCENARIOS.values() if name in registry.suitable(scenario))
    episode, learner = curves.fresh_episode(scenario, tasks=3, shots=3, queries=7, seed=SEED), shipped(scenario)[name]
    as_a_graph = learner.predict(episode)
    by_xla(amortised, "_answers")
    np.testing.assert_allclose(learner.predict(episode), as_a_graph, atol=1e-3)


def test_no_learner_looks_at_the_answers_to_the_questions(kind: Scenario, shipped: Shipped):
    episode = curves.fresh_episode(kind, tasks=3, shots=3, queries=7, seed=SEED)
    turned = replace(episode.query, y=kind.ways - 1 - episode.query.y)
    raw = replace(episode.raw, query=replace(episode.raw.query, y=kind.ways - 1 - episode.raw.query.y))
    for name, learner in shipped(kind).items():
        answers = [learner.predict(e) for e in (episode, replace(episode, query=turned, raw=raw))]
        np.testing.assert_array_equal(*answers, err_msg=name)


def test_an_answer_depends_neither_on_other_queries_nor_on_their_order_nor_on_the_type_of_numbers(
    kind: Scenario, shipped: Shipped
):
    """But for methods that learn from the queries' inputs, which the registry marks."""
    tasks = kind.sample_tasks(np.random.default_rng(SEED), 3, 0.0)
    draw = draw_examples(tasks, np.random.default_rng(SEED), shots=3, queries=7, most_shots=3)

    def asked(which: slice, number: type[np.floating] = np.float64) -> Episode:
        support = replace(draw.support, x=draw.support.x.astype(number))
        query = Examples(draw.query.x[:, which].astype(number), draw.query.y[:, which])
        return open_episode(kind, replace(draw, support=support, query=query), room=3)

    episode = asked(slice(None))
    alone, reversed_, single = asked(slice(1)), asked(slice(None, None, -1)), asked(slice(None), np.float32)
    for name, learner in shipped(kind).items():
        answer = learner.predict(episode)
        if REGISTRY[name].is_transductive:
            assert not np.allclose(learner.predict(alone), answer[:, :1], atol=1e-4), name
            continue
        np.testing.assert_allclose(learner.predict(alone), answer[:, :1], atol=1e-4, err_msg=name)
        np.testing.assert_allclose(learner.predict(reversed_)[:, ::-1], answer, atol=1e-4, err_msg=name)
        np.testing.assert_allclose(learner.predict(single), answer, atol=1e-3, err_msg=name)


def test_swapped_labels_give_mirrored_probabilities(shipped: Shipped):
    episode = curves.fresh_episode(MEDICAL, tasks=3, shots=5, queries=7, seed=SEED)
    mirrored = replace(
        episode,
        support=replace(episode.support, y=1 - episode.support.y),
        raw=replace(episode.raw, support=replace(episode.raw.support, y=1 - episode.raw.support.y)),
    )
    for name in ("logistic", "neighbours", "pooled_covariance_lda"):
        learner = shipped(MEDICAL)[name]
        np.testing.assert_allclose(learner.predict(mirrored), learner.predict(episode)[..., ::-1], atol=0.02)


def test_only_the_incumbents_do_without_the_support_set(kind: Scenario, shipped: Shipped):
    episode = curves.fresh_episode(kind, tasks=3, shots=3, queries=7, seed=SEED)
    y = episode.support.y + 1 if kind.regression else (episode.support.y + 1) % kind.ways
    raw = replace(episode.raw, support=replace(episode.raw.support, y=y[:, : 3 * kind.ways]))
    turned = replace(episode, support=replace(episode.support, y=y), raw=raw)
    for name, learner in shipped(kind).items():
        same = np.allclose(learner.predict(episode), learner.predict(turned), atol=1e-6)
        assert same == (name in NO_LOCAL_LABELS), name


def test_standardising_a_task_needs_no_label_of_it(scenario: Scenario):
    episode = curves.fresh_episode(scenario, tasks=3, shots=4, queries=40, seed=SEED)
    plain = standardise(episode)
    np.testing.assert_allclose(plain.query.x.mean(1), 0, atol=1e-4)
    np.testing.assert_allclose(plain.query.x.std(1), 1, atol=0.01)
    assert not plain.support.x[episode.mask == 0].any(), "padding stays padding"
    unlabelled = replace(
        episode,
        support=replace(episode.support, y=np.zeros_like(episode.support.y)),
        query=replace(episode.query, y=np.zeros_like(episode.query.y)),
    )
    blind = standardise(unlabelled)
    np.testing.assert_array_equal(blind.query.x, plain.query.x)
    np.testing.assert_array_equal(blind.support.x, plain.support.x)
    fewer = standardise(curves.fresh_episode(scenario, tasks=3, shots=1, queries=40, seed=SEED))
    np.testing.assert_array_equal(fewer.query.x, plain.query.x)


def test_standardising_takes_out_what_is_particular_to_a_tasks_scale(scenario: Scenario):
    """Another laboratory, another sensor: the same examples, each input shifted and stretched."""
    episode = curves.fresh_episode(scenario, tasks=3, shots=4, queries=40, seed=SEED)

    def elsewhere(examples: Examples, known: np.ndarray | float = 1.0) -> Examples:
        return replace(examples, x=(1.7 * examples.x + 0.4) * known)

    moved = replace(
        episode, support=elsewhere(episode.support, episode.mask[..., None]), query=elsewhere(episode.query)
    )
    for one, other in zip((episode.support, episode.query), (moved.support, moved.query), strict=True):
        assert np.abs(one.x - other.x).max() > 0.4
    np.testing.assert_allclose(standardise(moved).query.x, standardise(episode).query.x, atol=0.02)
    np.testing.assert_allclose(standardise(moved).support.x, standardise(episode).support.x, atol=0.05)


def test_learners_are_offered_where_they_suit(scenario: Scenario):
    of_numbers = {"least_squares", "bayesian_linear"}
    of_classes = {
        "logistic", "lda", "gaussian_process_linear", "boosting", "pooled_covariance_lda", "random_effects_lda",
        "random_effects_logistic", "recalibrated", "z_scored", "prototypes", "meta_learned_ensemble",
        "simple_ensemble",
    }  # fmt: skip
    trade = {"rule"} if scenario.rule else set()
    ordered = {"ordinal_ridge"} if scenario.ordered else set()
    binary_table = {"reduced_rank_logistic"} if scenario.ways == 2 and scenario.signal is None else set()
    directed = {"scorecard"} if any(feature.direction for feature in scenario.features) else set()
    kind = of_numbers if scenario.regression else of_classes
    assert set(registry.suitable(scenario)) == EVERYWHERE | kind | trade | ordered | binary_table | directed


def test_every_rung_has_a_method_in_every_scenario(scenario: Scenario):
    rungs = {REGISTRY[name].rung for name in registry.published(scenario, *Rung)}
    assert rungs == set(Rung)


def test_the_textbooks_method_sees_the_labels_alone_and_suits(scenario: Scenario):
    assert scenario.reference_learner in registry.published(scenario, Rung.LOCAL)
    assert scenario.reference_learner in registry.suitable(scenario)


def test_the_registry_is_read_without_tensorflow_and_without_scikit_learn():
    heavy = "[name for name in ('tensorflow', 'sklearn', 'scipy') if name in sys.modules]"
    program = f"import sys; from scenarios.learners import registry; print(len(registry.REGISTRY), {heavy})"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.stdout.split(maxsplit=1) == [str(len(registry.REGISTRY)), "[]\n"], done.stderr


@pytest.mark.published
def test_what_the_registry_says_of_inner_steps_is_true(scenario: Scenario, shipped: Shipped):
    for name, learner in shipped(scenario).items():
        takes_steps = isinstance(learner, IterativeLearner) and learner.evaluation_step(5) > 0
        assert takes_steps == registry.REGISTRY[name].is_iterative, name


@pytest.mark.parametrize("context", ["league", *DECISIONS])
def test_a_learner_that_is_called_by_one_thing_has_an_article_within_a_sentence(context: str):
    """ "The pooled network does as well", but "shrinkage LDA does as well"."""
    for name, spec in REGISTRY.items():
        one = spec.name_in(context)
        is_one_thing = re.search(
            r"\b(network|model|process|layer|transformer|probe|ensemble|rule|score|scorecard)\b", one.en
        )
        assert one.in_sentence.en.startswith("the ") == bool(is_one_thing), name
        assert one.en in one.in_sentence.en, name


def test_no_learner_is_without_a_scenario_that_it_suits():
    assert {name for scenario in SCENARIOS.values() for name in registry.suitable(scenario)} == set(registry.REGISTRY)


def test_a_learner_that_does_not_suit_is_answered_with_those_that_do(scenario: Scenario, tmp_path):
    for name in registry.REGISTRY.keys() - set(registry.suitable(scenario)):
        for act in (fitting.load, lambda scenario, name: fitting.fit(scenario, name, 0)):
            with pytest.raises(UserError, match="Unknown method") as caught:
                act(scenario, name)
            assert "maml" in caught.value.text.zh


@pytest.mark.parametrize("act", [fitting.load, lambda scenario, name: fitting.fit(scenario, name, 0)])
def test_an_unknown_learner_is_answered_with_the_known_ones(scenario: Scenario, act):
    with pytest.raises(UserError) as caught:
        act(scenario, "oracle")
    for half in (caught.value.text.en, caught.value.text.zh):
        assert all(name in half for name in ["oracle", *registry.suitable(scenario)])


def test_what_is_computed_has_nothing_to_train(scenario: Scenario):
    for name in {"bayes", "rule"} & set(registry.suitable(scenario)):
        with pytest.raises(UserError, match="needs no training"):
            fitting.fit(scenario, name, 0)


@pytest.mark.parametrize("classical", [False, True])
def test_a_baseline_is_tuned_for_every_number_of_labels_and_comes_back(
    kind: Scenario, classical, tmp_path, monkeypatch
):
    monkeypatch.setattr(tuning, "TUNING_TASKS", 3)  # the same work on fewer tasks, with fewer to choose from
    for rates in ("INNER_LRS", "SMALL_INNER_LRS"):
        monkeypatch.setattr(tuned, rates, getattr(tuned, rates)[:2])
    learner = ("least_squares" if kind.regression else "logistic") if classical else "scratch"
    said: list[float] = []
    checkpoint = fitting.fit(kind, learner, 3, lambda done, word: said.append(done))
    assert said == sorted(said)
    assert said[-1] == pytest.approx(1)
    assert checkpoint.metadata["seed"] == 3
    for setting in ("inverse_penalty",) if classical else ("rate", "steps"):
        assert checkpoint.arrays[setting].shape == (len(tuning.TUNING_SHOTS),)
    if kind.regression:
        assert "calibration" not in checkpoint.arrays
    else:
        settings = (1 + kind.ways,) if kind.ways == 2 else (kind.ways, kind.ways + 1)
        assert checkpoint.arrays["calibration"].shape == (len(SHOTS), *settings)
    weights.save(weights.path_of(kind, learner, tmp_path), kind, checkpoint)
    episode = curves.fresh_episode(kind, tasks=3, shots=4, queries=7, seed=SEED)
    assert fitting.load(kind, learner, tmp_path).predict(episode).shape == (3, 7, kind.ways)


def test_baselines_are_tuned_on_training_tasks_and_never_on_those_that_judge(scenario: Scenario, monkeypatch):
    monkeypatch.setattr(tuning, "TUNING_TASKS", 10)
    tuned_on = [e.query.x for seed in (0, SEED) for _, e in tuning.tuning_episodes(scenario, seed)]
    judged_on = curves.fresh_episode(scenario, tasks=10, shots=1, queries=100, seed=SEED).query.x
    assert len(tuned_on) == 2 * len(tuning.TUNING_SHOTS)
    rows = {row.tobytes() for x in tuned_on for row in x.reshape(-1, x.shape[-1])}
    assert not any(row.tobytes() in rows for row in judged_on.reshape(-1, judged_on.shape[-1]))


@pytest.mark.parametrize(("shots", "taken"), [(1, 1), (3, 2), (4, 5), (7, 5), (8, 10), (30, 20), (40, 50), (200, 50)])
def test_the_nearest_tuned_number_of_labels_is_taken(shots, taken):
    assert tuning.TUNING_SHOTS[tuning.place(shots)] == taken


def found_at_five_labels(scenario: Scenario, shipped: Shipped, names: Iterable[str]) -> dict[str, np.ndarray]:
    """Score of each task, turned so that more is better, on 60 tasks that nobody has seen."""
    episode = curves.fresh_episode(scenario, tasks=60, shots=5, queries=100, seed=SEED)
    sign = scenario.metric.sign
    return {
        name: sign * scenario.metric.compute(learner.predict(episode), episode.query.y)
        for name, learner in shipped(scenario).items()
        if name in names
    }


@pytest.mark.published
def test_meta_learning_beats_the_same_network_from_scratch_at_five_labels(scenario: Scenario, shipped: Shipped):
    found = found_at_five_labels(scenario, shipped, ("maml", "scratch"))
    assert mean_with_interval(found["maml"] - found["scratch"]).low > 0.05


def test_the_meta_learner_closes_nine_tenths_of_the_gap_at_five_labels(shipped: Shipped):
    """Against the best of those that see local labels alone."""
    local = registry.published(MEDICAL, Rung.LOCAL)
    found = found_at_five_labels(MEDICAL, shipped, ("maml", "bayes", *local))
    baseline = max((found[name] for name in local), key=np.mean)
    closed = gap_closed(found["maml"], baseline, found["bayes"])
    assert closed.mean >= 0.9
    assert closed.low > 0.8
    assert mean_with_interval(found["maml"] - baseline).low > 0.05


def test_random_effects_are_as_good_as_meta_learning_where_tasks_are_linear(shipped: Shipped):
    found = found_at_five_labels(MEDICAL, shipped, ("maml", "random_effects_lda", "bayes"))
    assert mean_with_interval(found["random_effects_lda"] - found["maml"]).high > 0
    assert mean_with_interval(found["bayes"] - found["random_effects_lda"]).mean < 0.003


def test_every_learner_is_judged_on_the_same_questions_whatever_the_number_of_labels(scenario: Scenario):
    few, many = (curves.fresh_episode(scenario, tasks=4, shots=k, queries=9, seed=SEED) for k in (1, 20))
    np.testing.assert_array_equal(few.query.x, many.query.x)
    np.testing.assert_array_equal(few.query.y, many.query.y)
    np.testing.assert_array_equal(few.raw.support.x, many.raw.support.x[:, : scenario.ways])


@pytest.mark.parametrize(("shots", "scale"), [(1, 1.0), (3, 3.0), (4, 4.0), (32, 40.0), (200, 50.0)])
def test_probabilities_are_calibrated_at_the_nearest_number_of_labels_with_the_same_settings(shots, scale):
    """30 labels are nearer to 32 than 40 are, but at 32 settings are those of 50 labels, and at 30 those of 20."""
    arrays = {"calibrated_shots": np.array(SHOTS), "calibration": np.array([[each, 0, 0] for each in SHOTS], float)}
    said = np.array([0.6, 0.4])
    after = calibration.of(MEDICAL, weights.Checkpoint(arrays))(shots, said)
    np.testing.assert_allclose(after[0] / after[1], (0.6 / 0.4) ** scale)


@pytest.mark.parametrize("scenario_name", ["medical_diagnosis", "driving_style"])
def test_a_calibration_of_an_earlier_version_is_read(scenario_name):
    kind = SCENARIOS[scenario_name]
    scales = np.array([[2.0, *[0] * kind.ways]] * len(tuning.TUNING_SHOTS))
    earlier = weights.Checkpoint({"shots": np.array(tuning.TUNING_SHOTS), "calibration": scales})
    said = np.full(kind.ways, 0.8 / (kind.ways - 1))
    said[0] = 0.2
    after = calibration.of(kind, earlier)(3, said)
    np.testing.assert_allclose(after[0] / after[1], (said[0] / said[1]) ** 2)
