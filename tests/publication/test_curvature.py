"""Promise: curving the shared structure changes no Bayes-optimal score, and what it costs other methods is measured."""

from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dashboard import results as dashboard_results
from dashboard.views import challenge_findings, challenges_page
from scenarios.catalog import SCENARIOS
from scenarios.errors import UserError
from scenarios.evaluation.curves import fresh_episode
from scenarios.learners.baselines import Bayes
from scenarios.learners.discriminant import ClassMeansPrior
from scenarios.protocol import EvaluationProtocol
from scenarios.publication import curvature
from scenarios.publication.results import CURVED_GROUPS, CURVED_SIMPLE, CurvatureResults
from scenarios.recipe import Recipe
from scenarios.scenario import Scenario
from scenarios.text import LANGUAGES, Language
from scenarios.twist import Twist

INVERTIBLE = [scenario for scenario in SCENARIOS.values() if scenario.decode is not None]
SIZES = (4, 13, 14)
PROTOCOL = EvaluationProtocol(tasks=6, queries=20, seed=3)


def twisted(size: int, dial: float) -> tuple[Twist, np.ndarray]:
    rng = np.random.default_rng(1)
    z = rng.standard_normal((5000, size)) @ rng.standard_normal((size, size)) + 1
    return Twist.of(z, dial), z


# -- the map -----------------------------------------------------------------------------------------------------------


@pytest.mark.quick
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dial", [0.0, 0.5, 2.0, 10.0])
def test_the_map_is_undone_to_the_ninth_decimal(size: int, dial: float):
    twist, z = twisted(size, dial)
    np.testing.assert_allclose(twist.inverse(twist(z)), z, rtol=0, atol=1e-9)
    np.testing.assert_allclose(twist(twist.inverse(z)), z, rtol=0, atol=1e-9)


@pytest.mark.quick
@pytest.mark.parametrize("size", SIZES)
def test_the_map_keeps_every_volume(size: int):
    """The determinant of its Jacobian, by differences, is one."""
    twist, z = twisted(size, 1.0)
    step = 1e-5
    for point in z[:20]:
        jacobian = (twist(point + step * np.eye(size)) - twist(point - step * np.eye(size))) / (2 * step)
        assert np.linalg.det(jacobian) == pytest.approx(1, abs=1e-4)


@pytest.mark.quick
@pytest.mark.parametrize("size", SIZES)
def test_at_zero_the_map_changes_nothing_and_farther_on_it_is_no_straight_line(size: int):
    straight, z = twisted(size, 0.0)
    np.testing.assert_allclose(straight(z), z, rtol=0, atol=1e-10)
    with_one = np.concatenate([z, np.ones((len(z), 1))], axis=1)
    x = twisted(size, 1.0)[0](z)
    fitted = with_one @ np.linalg.lstsq(with_one, x, rcond=None)[0]
    assert np.var(x - fitted) > 0.1 * np.var(x)


@pytest.mark.quick
def test_gaussian_examples_without_labels_tell_nothing_of_the_map():
    """Up to the fourth moments, what comes out is distributed as what went in."""
    twist, z = twisted(14, 1.0)
    before, after = ((x - z.mean(0)) @ twist.whiten for x in (z, twist(z)))
    np.testing.assert_allclose(np.cov(after.T), np.eye(14), atol=0.1)
    for power in (3, 4):
        np.testing.assert_allclose((after**power).mean(0), (before**power).mean(0), atol=0.5)


# -- the scenario -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scenario", INVERTIBLE, ids=lambda scenario: scenario.name)
def test_the_bayes_optimal_answers_are_the_same_at_every_position_of_the_dial(scenario: Scenario):
    straight = Bayes(scenario).predict(fresh_episode(scenario, tasks=3, shots=5, queries=20, seed=0))
    for dial in (0.0, 0.5, 2.0):
        bent_scenario = curvature.curved(scenario, dial)
        episode = fresh_episode(bent_scenario, tasks=3, shots=5, queries=20, seed=0)
        np.testing.assert_allclose(Bayes(bent_scenario).predict(episode), straight, atol=1e-4)


@pytest.mark.parametrize("scenario", INVERTIBLE, ids=lambda scenario: scenario.name)
def test_all_other_methods_see_what_comes_out_of_the_map(scenario: Scenario):
    before = fresh_episode(scenario, tasks=2, shots=5, queries=20, seed=0)
    after = fresh_episode(curvature.curved(scenario, 1.0), tasks=2, shots=5, queries=20, seed=0)
    straight = fresh_episode(curvature.curved(scenario, 0.0), tasks=2, shots=5, queries=20, seed=0)
    np.testing.assert_allclose(straight.query.x, scenario.encode(before.raw.query.x), atol=1e-5)
    assert np.std(after.query.x - straight.query.x) > 0.3
    np.testing.assert_array_equal(after.query.x, after.raw.query.x.astype(np.float32))
    np.testing.assert_array_equal(after.query.y, before.query.y)


def test_a_scenario_whose_encoding_has_no_inverse_is_refused_in_one_sentence():
    other = next(scenario for scenario in SCENARIOS.values() if scenario.decode is None)
    with pytest.raises(UserError, match="no inverse"):
        curvature.curved(other, 1.0)


@pytest.mark.parametrize("scenario", INVERTIBLE, ids=lambda scenario: scenario.name)
def test_units_come_back_from_the_encoding(scenario: Scenario):
    x = fresh_episode(scenario, tasks=3, shots=5, queries=50, seed=1).raw.query.x.astype(float)
    np.testing.assert_allclose(scenario.decode(scenario.encode(x)), x, rtol=1e-5)


# -- the measurement --------------------------------------------------------------------------------------------------


class Untrained:
    """Answers at random, the same every time: of a method whose training takes minutes."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def predict(self, episode) -> np.ndarray:
        chance = np.random.default_rng(self._seed).random(episode.query.y.shape)
        return np.stack([1 - chance, chance], axis=-1)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def measured(kept: Path) -> CurvatureResults:
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(1) as executor:
        quick = {"linear": {"random_effects_lda"}, "bayes": {"bayes"}}
        for group, methods in curvature.METHODS.items():
            for method in methods.keys() - quick.get(group, set()):
                seed = len(group + method)
                patch.setitem(methods, method, lambda scenario, at, count, seed=seed: Untrained(seed + (count or 0)))
        patch.setattr(curvature.hierarchical, "OTHER_TASKS", 30)
        return measure(executor, kept)


def measure(executor: Executor, kept: Path) -> CurvatureResults:
    return curvature.curvature(
        INVERTIBLE[0], PROTOCOL, executor, kept, lambda done, word: None, dials=(0.0, 1.0), counts=(10,)
    )


class Idle(Executor):
    def submit(self, *_arguments, **_named):
        raise AssertionError("nothing is left to measure")


def test_every_group_of_methods_has_its_best_one_with_its_interval_at_every_position(measured: CurvatureResults):
    measured.check(INVERTIBLE[0])
    assert tuple(measured.methods) == CURVED_GROUPS
    np.testing.assert_array_equal(measured.bayes[0], measured.bayes[1])
    for group, part in measured.methods.items():
        assert set(part.best) <= curvature.METHODS[group].keys()
        lead = part.score[:, 0] - measured.methods["maml"].score[:, 0]
        np.testing.assert_allclose(part.ahead_of_meta[:, 0], lead, atol=2e-4)
    assert measured.by_tasks.train_tasks == (10, INVERTIBLE[0].recipe.train_tasks)
    assert measured.simple(0) in CURVED_SIMPLE


def test_a_measurement_that_ended_is_not_repeated(measured: CurvatureResults, kept: Path):
    assert measure(Idle(), kept).bayes.tolist() == measured.bayes.tolist()


def test_features_may_be_any_function_of_the_inputs():
    scenario = curvature.curved(INVERTIBLE[0], 1.0)
    known = curvature.hierarchical.other_tasks(scenario, 0, 20, 10)
    learner = curvature.OnFeatures.learned(lambda x: np.concatenate([x, np.cos(x)], axis=-1), known, scenario.ways)
    answers = learner.predict(fresh_episode(scenario, tasks=2, shots=5, queries=20, seed=0))
    assert isinstance(learner.prior, ClassMeansPrior)
    assert answers.shape == (2, 20, 2)
    np.testing.assert_allclose(answers.sum(-1), 1)


def test_a_meta_learner_is_trained_on_what_comes_out_of_the_map(uncompiled):
    small = Recipe(hidden=(4,), meta_steps=2, meta_batch=2, train_tasks=10, max_shots=2, queries=4)
    scenario = replace(curvature.curved(INVERTIBLE[0], 1.0), recipe=small)
    episode = fresh_episode(scenario, tasks=2, shots=5, queries=20, seed=0)
    trained = curvature.METHODS["maml"]["maml"](scenario, 0, small.train_tasks)
    assert np.isfinite(trained.predict(episode)).all()


@pytest.mark.parametrize(("group", "method"), [("cubes", "cubes"), ("network", "classes"), ("network", "denoising")])
def test_richer_simple_statistics_learn_their_features_from_other_tasks(group: str, method: str, monkeypatch):
    for name, value in {"OTHER_TASKS": 10}.items():
        monkeypatch.setattr(curvature.hierarchical, name, value)
    monkeypatch.setattr(curvature, "_CLASS_EPOCHS", 1)
    monkeypatch.setattr(curvature, "_NOISE_EPOCHS", 1)
    few = replace(INVERTIBLE[0], encode=lambda x: INVERTIBLE[0].encode(x)[..., :4], decode=lambda z: z)
    scenario = replace(curvature.curved(few, 1.0), max_shots=50)
    learner = curvature.METHODS[group][method](scenario, 0, None)
    answers = learner.predict(fresh_episode(scenario, tasks=2, shots=5, queries=20, seed=0))
    np.testing.assert_allclose(answers.sum(-1), 1)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("leads", "english"),
    [
        ((0.0, -0.05), "does as well as MAML"),
        ((0.02, -0.05), "does better than MAML"),
        ((0.02, 0.01), "MAML does not beat the best of simple statistics at any curvature"),
        ((-0.02, -0.05), "Even if the structure that tasks share is linear, MAML beats"),
    ],
)
def test_the_finding_says_first_if_something_simpler_does_as_well(
    measured: CurvatureResults, leads: tuple[float, float], english: str, language: Language
):
    ahead = np.array([[lead, lead - 0.01, lead + 0.01] for lead in leads])
    methods = {group: replace(part, ahead_of_meta=ahead) for group, part in measured.methods.items()}
    found = replace(measured, methods=methods)
    finding, figures = challenge_findings.curvature(found, language)
    assert "{" not in finding + figures
    if language == "en":
        assert english in finding
        assert ("is behind the best" in figures) == (min(leads) > 0)


def test_a_network_may_be_the_best_of_simple_statistics(measured: CurvatureResults):
    best = replace(measured.methods["network"], best=("denoising", "classes"), score=np.full((2, 3), 0.99))
    found = replace(measured, methods=measured.methods | {"network": best})
    finding, figures = challenge_findings.curvature(found, "en")
    assert "random-effects LDA" in finding
    assert "(trained on classes)" in figures or "(trained to remove noise)" in figures


def test_the_page_shows_two_charts_with_their_tables_in_both_languages(measured: CurvatureResults):
    for language in LANGUAGES:
        section = challenges_page._curvature(measured, language)
        assert len(section.parts) == 2
        assert all("{" not in part.spoken() for part in section.parts)
        table = section.parts[0].table()
        assert len(table) == len(measured.dials) * (len(CURVED_GROUPS) + 1)


def test_the_price_in_tasks_is_stated_with_the_finding(measured: CurvatureResults):
    for lead, english in (
        (0.02, "beats them only with 10 training tasks or more"),
        (-0.02, "at any number of training tasks"),
    ):
        ahead = np.array([[lead, lead - 0.01, lead + 0.01]] * len(measured.by_tasks.train_tasks))
        found = replace(measured, by_tasks=replace(measured.by_tasks, ahead=ahead))
        assert english in challenge_findings.curvature(found, "en")[1]


# -- as published -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", dashboard_results.measured(CurvatureResults))
def test_no_method_beats_the_bayes_optimal_one_beyond_its_interval(name: str):
    found = dashboard_results.curvature(name)
    sign = found.metric.sign
    for part in found.methods.values():
        worst = part.score[:, 1] if sign > 0 else part.score[:, 2]  # the end of the interval that is nearer to bad
        assert (sign * (worst - found.bayes[:, 0]) <= 0).all()
    np.testing.assert_allclose(found.bayes[:, 0], found.bayes[0, 0], atol=1e-3)
