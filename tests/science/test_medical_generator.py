"""Promise: admissions look like life, tasks are as described in every world, and none has a shortcut."""

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import rankdata, spearmanr
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score

from scenarios.episode import Draw, open_episode
from scenarios.medical_diagnosis.bayes import bayes
from scenarios.medical_diagnosis.scenario import SCENARIO
from scenarios.medical_diagnosis.tasks import (
    CLASS_SIGN,
    DIRECTIONS,
    FEATURES,
    HOSPITAL_DIRECTIONS,
    MECHANISM_DIRECTIONS,
    MECHANISMS,
    SEPARATION,
    SIGMA,
    SPREAD_APART,
    WORLDS,
    Differentials,
    World,
    sample_tasks,
    to_units,
    to_z,
)
from scenarios.metrics import auroc
from scenarios.task import Array
from tests.science.test_bayes import answer_by_brute_force, nats

PRECISION = np.linalg.inv(SIGMA)
COLUMN = {feature.name: column for column, feature in enumerate(FEATURES)}

every_world = pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)


@pytest.fixture(scope="module")
def admissions() -> Array:
    """100 000 patients of 20 000 differentials, in units."""
    tasks = sample_tasks(np.random.default_rng(4), 20_000)
    return tasks.query(np.random.default_rng(5), 5).x.reshape(-1, 14).astype(float)


def one_task(signature: np.ndarray, hospital: tuple[float, float] = (0.0, 0.0)) -> Differentials:
    shift = signature @ MECHANISM_DIRECTIONS[:, : len(signature)].T
    return Differentials(signature[None], np.array([hospital]), shift[None])


def test_mechanisms_and_unseen_directions_are_orthonormal_in_the_metric_of_sigma():
    np.testing.assert_allclose(DIRECTIONS.T @ PRECISION @ DIRECTIONS, np.eye(14), atol=1e-9)


def test_severity_does_not_explain_any_mechanism():
    case_mix = HOSPITAL_DIRECTIONS[:, 1]
    np.testing.assert_allclose(MECHANISM_DIRECTIONS.T @ PRECISION @ case_mix, 0, atol=1e-9)


@pytest.mark.parametrize(("r", "published"), [(2.0, 0.921), (2.3, 0.948), (2.6, 0.967)])
def test_the_best_possible_auroc_is_phi_of_the_separation_over_root_two(r, published):
    signature = r * np.array([0.5, -0.5, 0.1, 0.7]) / np.linalg.norm([0.5, -0.5, 0.1, 0.7])
    task = one_task(signature, hospital=(1.0, -2.0))
    patients = task.support(np.random.default_rng(1), 20_000)
    oracle = to_z(patients.x[0]) @ PRECISION @ task.shift[0]
    found = roc_auc_score(patients.y[0], oracle)
    assert ndtr(r / np.sqrt(2)) == pytest.approx(published, abs=5e-4)
    assert found == pytest.approx(published, abs=0.006)  # four standard errors


@every_world
@pytest.mark.parametrize("novelty", [0.0, 0.5, 0.8, 1.0])
def test_novelty_turns_the_signature_and_keeps_its_length(world: World, novelty):
    tasks = sample_tasks(np.random.default_rng(2), 300, novelty, world=world)
    energy = np.einsum("ti,ij,tj->t", tasks.shift, PRECISION, tasks.shift)
    assert SEPARATION[0] ** 2 <= energy.min() + 1e-9
    assert energy.max() <= SEPARATION[1] ** 2 + 1e-9
    new = ((tasks.shift @ PRECISION @ world.unseen) ** 2).sum(1)
    np.testing.assert_allclose(new / energy, novelty**2, atol=1e-9)


def test_the_two_classes_stand_on_opposite_sides_of_the_centre():
    np.testing.assert_array_equal(CLASS_SIGN, [-0.5, 0.5])
    task = one_task(np.array([2.3, 0, 0, 0]))
    patients = task.support(np.random.default_rng(3), 20_000)
    z = to_z(patients.x[0])
    for label, side in ((0, -0.5), (1, 0.5)):
        np.testing.assert_allclose(z[patients.y[0] == label].mean(0), side * task.shift[0], atol=0.03)


# Of all admissions, per cent: Faisal et al. 2018 (means and SDs), Hajek 2011 (C-reactive protein), KDIGO stages in its
# survivors (creatinine); the rest is what a physician of acute medicine would expect.
SHARES = [
    ("resp_rate", 20.5, ">", 15, 25), ("resp_rate", 30.5, ">", 0.8, 2),
    ("spo2", 91.5, "<", 4, 7), ("spo2", 99.5, ">", 4, 8),
    ("sbp", 89.5, "<", 1.5, 3.5), ("sbp", 180.5, ">", 2, 5), ("pulse", 110.5, ">", 6, 10),
    ("temperature", 38.05, ">", 5, 8), ("temperature", 39.05, ">", 0.8, 1.6), ("temperature", 34.95, "<", 0.5, 1),
    ("haemoglobin", 69.5, "<", 0.4, 1.2), ("white_cells", 20.05, ">", 3, 5), ("platelets", 49.5, "<", 0.6, 1.3),
    ("sodium", 119.5, "<", 0.3, 1), ("sodium", 150.5, ">", 0.1, 0.5),
    ("potassium", 6.55, ">", 0.5, 1), ("potassium", 2.95, "<", 0.8, 2),
    ("creatinine", 300, ">", 1.5, 2.2), ("creatinine", 500, ">", 0.4, 1), ("creatinine", 30, "<", 0, 0.6),
    ("urea", 20, ">", 2.5, 4.5), ("albumin", 15, "<", 0, 0.1), ("albumin", 20, "<", 0.5, 1.6),
    ("crp", 500, ">", 0.04, 0.2), ("crp", 300, ">", 2, 3.5), ("crp", 1, "<", 1.5, 3),
]  # fmt: skip
MOMENTS = {  # mean and SD between, or near, those of the two hospitals
    "resp_rate": (18.1, 4.0), "spo2": (96.2, 2.9), "sbp": (131, 23.6), "pulse": (83.8, 18.8),
    "haemoglobin": (128, 21.5), "sodium": (137, 4.8), "potassium": (4.2, 0.61), "creatinine": (96, 77),
    "urea": (7.3, 5.2), "albumin": (36, 6.1),
}  # fmt: skip


@pytest.mark.parametrize(("name", "level", "side", "least", "most"), SHARES)
def test_the_tails_of_admissions_are_as_heavy_as_in_life(admissions, name, level, side, least, most):
    values = admissions[:, COLUMN[name]]
    assert least <= 100 * np.mean(values > level if side == ">" else values < level) <= most


@pytest.mark.parametrize("name", MOMENTS)
def test_means_and_deviations_are_those_of_in_patients(admissions, name):
    values = admissions[:, COLUMN[name]]
    assert values.mean() == pytest.approx(MOMENTS[name][0], rel=0.02)
    assert values.std() == pytest.approx(MOMENTS[name][1], rel=0.05)


# A value outside is no admission but a slip of the decimal point or of the needle.
POSSIBLE = {
    "resp_rate": (6, 70), "spo2": (50, 100), "sbp": (50, 280), "pulse": (25, 230), "temperature": (30, 42.5),
    "haemoglobin": (25, 220), "white_cells": (0.1, 150), "platelets": (2, 1500), "sodium": (95, 175),
    "potassium": (1.5, 10), "creatinine": (25, 2000), "urea": (0.5, 80), "albumin": (12, 60), "crp": (0, 800),
}  # fmt: skip


@every_world
def test_none_of_5000_sampled_rows_is_impossible(world: World):
    rows = (
        sample_tasks(np.random.default_rng(6), 1000, world=world).query(np.random.default_rng(7), 5).x.reshape(-1, 14)
    )
    low, high = np.array([POSSIBLE[feature.name] for feature in FEATURES]).T
    assert len(rows) == 5000
    assert ((rows >= low) & (rows <= high)).all()
    for one, above, other, below in (("crp", 300, "temperature", 36.0), ("creatinine", 200, "urea", 7.8)):
        assert np.mean((rows[:, COLUMN[one]] > above) & (rows[:, COLUMN[other]] < below)) < 0.01


def test_values_are_shown_as_a_laboratory_reports_them(admissions):
    crp, spo2 = FEATURES[COLUMN["crp"]], FEATURES[COLUMN["spo2"]]
    shown = {crp.format(value) for value in admissions[:, COLUMN["crp"]] if value < 3}
    assert shown == {"<1", "1", "2", "3"}
    saturations = {int(spo2.format(value)) for value in admissions[:, COLUMN["spo2"]]}
    assert max(saturations) == 100


def test_saturation_is_not_judged_because_oxygen_is_not_recorded():
    assert FEATURES[COLUMN["spo2"]].flag(70) == 0
    assert "oxygen" in SCENARIO.prose.support.en
    assert "吸氧" in SCENARIO.prose.support.zh


def test_few_of_a_patients_fourteen_values_are_flagged(admissions):
    flags = [
        [f.flag(round(v, f.decimals)) != 0 for f, v in zip(FEATURES, row, strict=True)] for row in admissions[:4000]
    ]
    per_patient = np.sum(flags, axis=1)
    assert per_patient.mean() < 4
    assert np.mean(per_patient == 0) > 0.015


def test_what_networks_read_is_standard_over_all_admissions(admissions):
    z = to_z(admissions)
    np.testing.assert_allclose(z.mean(0), 0, atol=0.02)
    np.testing.assert_allclose(z.std(0), 1, atol=0.02)


@pytest.mark.parametrize(
    ("pair", "expected", "leeway"),
    [
        (("resp_rate", "spo2"), -0.25, 0.05),
        (("resp_rate", "pulse"), 0.28, 0.06),
        (("sodium", "potassium"), 0.0, 0.06),
        (("sodium", "sbp"), 0.05, 0.07),
        (("crp", "temperature"), 0.30, 0.05),
        (("crp", "albumin"), -0.33, 0.05),
        (("haemoglobin", "albumin"), 0.48, 0.05),
        (("urea", "creatinine"), 0.68, 0.04),
        (("temperature", "pulse"), 0.27, 0.06),
        (("crp", "white_cells"), 0.40, 0.05),
    ],
)
def test_values_rise_and_fall_together_as_in_admissions(admissions, pair, expected, leeway):
    first, second = (admissions[:, COLUMN[name]] for name in pair)
    assert spearmanr(first, second).statistic == pytest.approx(expected, abs=leeway)


@pytest.mark.parametrize(
    ("pair", "published"),
    [(("albumin", "crp"), -0.311), (("albumin", "white_cells"), -0.157), (("albumin", "haemoglobin"), 0.513)],
)
def test_albumin_correlates_as_published(pair, published):
    """Int J Biol Macromol 2021;184:857-862, 4 434 in-patients; here within one class at one hospital."""
    first, second = (COLUMN[name] for name in pair)
    correlation = SIGMA[first, second] / np.sqrt(SIGMA[first, first] * SIGMA[second, second])
    assert correlation == pytest.approx(published, abs=0.05)


def test_a_bleed_raises_the_ratio_of_urea_to_creatinine_and_lowers_haemoglobin():
    mimic, condition = one_task(np.array([2.3, 0, 0, 0])).typical_patients()[0]
    ratios = [1000 * each[COLUMN["urea"]] / each[COLUMN["creatinine"]] for each in (condition, mimic)]
    assert ratios == pytest.approx([99, 56], rel=0.05)  # mmol/L; a published cut-off lies at 90
    assert mimic[COLUMN["haemoglobin"]] - condition[COLUMN["haemoglobin"]] == pytest.approx(13, abs=3)


def test_the_laboratory_moves_its_own_analyte_alone():
    usual, high = (one_task(np.zeros(4), (assay, 0.0)).typical_patients()[0, 0] for assay in (0.0, 1.6))
    moved = {name for name in COLUMN if abs(high[COLUMN[name]] - usual[COLUMN[name]]) > 1e-9}
    assert moved == {"albumin"}
    assert high[COLUMN["albumin"]] - usual[COLUMN["albumin"]] == pytest.approx(3.85, abs=0.4)  # Duly et al. 2003


@pytest.mark.parametrize("mechanism", range(len(MECHANISMS)))
def test_a_mechanism_moves_the_features_that_it_is_named_after(mechanism):
    pattern = MECHANISMS[mechanism].pattern
    direction = MECHANISM_DIRECTIONS[:, mechanism] / np.sqrt(np.diag(SIGMA))
    largest = np.argsort(-np.abs(direction))[:2]
    assert {FEATURES[i].name for i in largest} <= set(pattern)
    for name in list(pattern)[:2]:
        assert np.sign(direction[COLUMN[name]]) == np.sign(pattern[name]), name


def test_the_answer_names_a_real_pair_and_the_strength_assumed():
    task = one_task(np.array([-2.3, 0.1, 0, 0]))
    text = SCENARIO.prose.reveal_task(task)
    for words, language in (("in the mimic, as in upper gastrointestinal bleeding", "en"), ("上消化道出血", "zh")):
        assert words in text[language]
    for figure in ("2.0", "2.6", "92%", "97%", "63%"):
        assert figure in text.en
        assert figure in text.zh


def test_at_another_hospital_a_rule_loses_what_external_validation_usually_finds():
    """AUROC - 0.5 is lower by 11% in the median of published validations, and by 32% in the lower quartile."""
    rng = np.random.default_rng(9)
    here = sample_tasks(rng, 400)
    assert here.at_other_hospitals(rng, 0.0) is here
    there, far = here.at_other_hospitals(rng), here.at_other_hospitals(rng, 2.0)
    assert abs(np.corrcoef(here.hospital.ravel(), there.hospital.ravel())[0, 1]) < 0.1
    rules, y = here.shift @ PRECISION, here.query(rng, 200).y
    z = [to_z(tasks.query(rng, 200).x) for tasks in (here, there, far)]
    scores = [np.einsum("tqf,tf->tq", each, rules) for each in z]
    areas = [auroc(np.stack([-score, score], axis=-1), y).mean() for score in scores]
    assert [1 - (area - 0.5) / (areas[0] - 0.5) for area in areas[1:]] == pytest.approx([0.111, 0.324], abs=0.03)
    assert np.std(scores[1].mean(1) - scores[0].mean(1)) > 0.2, "the same ward has other risks"
    spread = [np.log(each[:, 1::2].std(1)) for each in z]  # of the target condition's patients
    assert np.std(spread[1] - spread[0]) == pytest.approx(np.hypot(SPREAD_APART, 0.07), abs=0.03)


def test_the_second_hospital_tells_the_conditions_apart_as_well_by_a_rule_of_its_own():
    rng = np.random.default_rng(10)
    here = sample_tasks(rng, 300)
    there = here.at_other_hospitals(rng)
    np.testing.assert_allclose(np.linalg.norm(there.signature, axis=1), np.linalg.norm(here.signature, axis=1))
    patients = there.query(rng, 200)
    own = np.einsum("tqf,tf->tq", to_z(patients.x), there.shift @ PRECISION)
    assert auroc(np.stack([-own, own], axis=-1), patients.y).mean() == pytest.approx(0.947, abs=0.01)


def test_ill_people_vary_as_sigma_says():
    nobody_differs = Differentials(np.zeros((1, 4)), np.zeros((1, 2)), np.zeros((1, 14)))
    z = to_z(nobody_differs.support(np.random.default_rng(7), 30_000).x[0])
    np.testing.assert_allclose(np.cov(z.T), SIGMA, atol=0.025)


@pytest.mark.parametrize(("name", "alone"), [("mild", 0.92), ("moderate", 0.5), ("strong", 0.5)])
def test_without_local_labels_only_the_mild_world_can_be_ranked(name, alone):
    world = WORLDS[name]
    tasks = sample_tasks(np.random.default_rng(12), 400, world=world)
    patients = tasks.query(np.random.default_rng(13), 100)
    rule = PRECISION @ world.known @ world.typical
    score = to_z(patients.x) @ rule
    assert auroc(np.stack([-score, score], axis=-1), patients.y).mean() == pytest.approx(alone, abs=0.03)


@pytest.mark.parametrize(("name", "shots"), [("mild", 0), ("mild", 2), ("strong", 1)])
def test_bayes_is_exact_in_the_other_worlds(name, shots):
    world = WORLDS[name]
    bank = sample_tasks(np.random.default_rng(14), 60_000, world=world)
    tasks = sample_tasks(np.random.default_rng(15), 6, world=world)
    support = tasks.support(np.random.default_rng(16), 5).first(2 * shots)
    query = tasks.query(np.random.default_rng(17), 40)
    answer = bayes(support, query.x, world=world)
    episode = open_episode(SCENARIO, Draw(support, query))
    truth = answer_by_brute_force(episode, bank)
    assert (answer.effective_samples > 300).all()
    assert np.abs(answer.prediction - truth).mean() < 0.01
    assert (nats(answer.prediction, episode) - nats(truth, episode)).mean() == pytest.approx(0, abs=0.005)


def test_units_and_scores_are_each_others_inverse():
    z = np.random.default_rng(8).normal(0, 1.3, (3, 200, 14))
    x = to_units(z)
    np.testing.assert_allclose(to_z(x), z, atol=1e-4)
    np.testing.assert_allclose(to_units(to_z(x)), x, rtol=1e-5)
    rising = to_units(np.linspace(-4, 4, 200)[:, None] * np.ones(14))
    assert (np.diff(rising, axis=0) > 0).all()


@pytest.mark.parametrize("value", [-5.0, 0.0, 1e6, np.inf, -np.inf])
def test_values_that_no_body_has_are_extreme_and_not_nonsense(value):
    z = to_z(np.full((1, 14), value))
    assert np.isfinite(z).all()
    assert (np.abs(z) > 3.5).all()


def pooled_auroc(origin_at_mimics: bool) -> float:
    """Train one forest on many tasks together, and judge it on fresh ones without their labels."""

    def scores(rng: np.random.Generator, tasks: int, patients: int) -> tuple[np.ndarray, np.ndarray]:
        sampled = sample_tasks(rng, tasks)
        examples = sampled.query(rng, patients)
        moved = 0.5 * sampled.shift[:, None, :] if origin_at_mimics else 0.0
        return to_z(examples.x) + moved, examples.y

    x, y = scores(np.random.default_rng(10), 400, 20)
    forest = RandomForestClassifier(25, min_samples_leaf=5, random_state=0).fit(x.reshape(-1, 14), y.ravel())
    x, y = scores(np.random.default_rng(11), 300, 40)
    risk = forest.predict_proba(x.reshape(-1, 14))[:, 1].reshape(y.shape)
    ranks = rankdata(risk, axis=1)
    return float(((ranks * y).sum(1) - 20 * 21 / 2).mean() / (20 * 20))


def test_one_forest_for_all_hospitals_knows_nothing_of_a_fresh_one():
    assert pooled_auroc(origin_at_mimics=False) == pytest.approx(0.5, abs=0.03)


def test_that_test_would_notice_mimics_at_the_centre():
    assert pooled_auroc(origin_at_mimics=True) > 0.65
