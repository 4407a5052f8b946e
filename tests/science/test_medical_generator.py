"""Promise: the medical tasks are what their sources and their own description say, and have no shortcut."""

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import rankdata
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score

from scenarios.medical_diagnosis.tasks import (
    CLASS_SIGN,
    FEATURES,
    HOSPITAL_DIRECTIONS,
    MECHANISM_DIRECTIONS,
    SEPARATION,
    SIGMA,
    UNSEEN_DIRECTIONS,
    Differentials,
    sample_tasks,
    to_units,
    to_z,
)

PRECISION = np.linalg.inv(SIGMA)
COLUMN = {feature.name: column for column, feature in enumerate(FEATURES)}

# Medians of in-patients in units, as the sources give them: Faisal et al. 2018, Eur J Intern Med 2008;19:261.
MEDIANS = {
    "resp_rate": 17.7, "spo2": 96.8, "sbp": 128, "pulse": 79.5, "temperature": 36.5, "haemoglobin": 128,
    "white_cells": 8.6, "platelets": 240, "sodium": 137, "potassium": 4.1, "creatinine": 84, "urea": 6.0,
    "albumin": 36, "crp": 28,
}  # fmt: skip


def one_task(signature: np.ndarray, hospital: tuple[float, float] = (0.0, 0.0)) -> Differentials:
    shift = signature @ MECHANISM_DIRECTIONS.T
    return Differentials(signature[None], np.array([hospital]), shift[None])


def test_mechanisms_are_orthonormal_in_the_metric_of_sigma():
    np.testing.assert_allclose(MECHANISM_DIRECTIONS.T @ PRECISION @ MECHANISM_DIRECTIONS, np.eye(4), atol=1e-9)


def test_unseen_directions_are_orthonormal_and_orthogonal_to_every_mechanism():
    np.testing.assert_allclose(UNSEEN_DIRECTIONS.T @ PRECISION @ UNSEEN_DIRECTIONS, np.eye(10), atol=1e-9)
    np.testing.assert_allclose(UNSEEN_DIRECTIONS.T @ PRECISION @ MECHANISM_DIRECTIONS, 0, atol=1e-9)


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


@pytest.mark.parametrize("novelty", [0.0, 0.5, 0.8, 1.0])
def test_novelty_turns_the_signature_and_keeps_its_length(novelty):
    tasks = sample_tasks(np.random.default_rng(2), 300, novelty)
    energy = np.einsum("ti,ij,tj->t", tasks.shift, PRECISION, tasks.shift)
    assert SEPARATION[0] ** 2 <= energy.min() + 1e-9
    assert energy.max() <= SEPARATION[1] ** 2 + 1e-9
    new = ((tasks.shift @ PRECISION @ UNSEEN_DIRECTIONS) ** 2).sum(1)
    np.testing.assert_allclose(new / energy, novelty**2, atol=1e-9)


def test_the_two_classes_stand_on_opposite_sides_of_the_centre():
    np.testing.assert_array_equal(CLASS_SIGN, [-0.5, 0.5])
    task = one_task(np.array([2.3, 0, 0, 0]))
    patients = task.support(np.random.default_rng(3), 20_000)
    z = to_z(patients.x[0])
    for label, side in ((0, -0.5), (1, 0.5)):
        np.testing.assert_allclose(z[patients.y[0] == label].mean(0), side * task.shift[0], atol=0.03)


def test_medians_in_units_are_those_of_the_sources():
    x = sample_tasks(np.random.default_rng(4), 3000).support(np.random.default_rng(5), 15).x.reshape(-1, 14)
    stated = np.array([MEDIANS[feature.name] for feature in FEATURES])
    np.testing.assert_allclose(to_z(stated), 0, atol=1e-4)
    np.testing.assert_allclose(to_z(np.median(x, axis=0)), 0, atol=0.06)


def test_mechanism_one_gives_the_published_ratio_of_urea_to_creatinine():
    patients = one_task(np.array([2.3, 0, 0, 0])).support(np.random.default_rng(6), 20_000)
    urea, creatinine = patients.x[0][:, COLUMN["urea"]], patients.x[0][:, COLUMN["creatinine"]]  # mmol/L, µmol/L
    ratio = 1000 * urea / creatinine
    condition, look_alike = (np.median(ratio[patients.y[0] == label]) for label in (1, 0))
    assert condition == pytest.approx(108, rel=0.04)
    assert look_alike == pytest.approx(47, rel=0.04)


def test_ill_people_vary_as_sigma_says():
    nobody_differs = Differentials(np.zeros((1, 4)), np.zeros((1, 2)), np.zeros((1, 14)))
    z = to_z(nobody_differs.support(np.random.default_rng(7), 30_000).x[0])
    np.testing.assert_allclose(np.diag(SIGMA), 1, atol=1e-9)
    np.testing.assert_allclose(np.cov(z.T), SIGMA, atol=0.025)


@pytest.mark.parametrize(
    ("pair", "published", "leeway"),
    [
        (("albumin", "crp"), -0.311, 0.05),  # Int J Biol Macromol 2021;184:857-862, 4 434 in-patients
        (("albumin", "white_cells"), -0.157, 0.05),
        (("albumin", "haemoglobin"), 0.513, 0.05),
        (("crp", "white_cells"), 0.52, 0.03),  # ours, higher than in healthy people on purpose
        (("urea", "creatinine"), 0.77, 0.03),  # ours
        (("temperature", "pulse"), 0.39, 0.03),  # ours
    ],
)
def test_correlations_are_near_the_published_ones(pair, published, leeway):
    first, second = (COLUMN[name] for name in pair)
    assert SIGMA[first, second] == pytest.approx(published, abs=leeway)


def test_units_and_scores_are_each_others_inverse():
    z = np.random.default_rng(8).normal(0, 1.5, (3, 200, 14))
    x = to_units(z)
    np.testing.assert_allclose(to_z(x), z, atol=1e-5)
    np.testing.assert_allclose(to_units(to_z(x)), x, rtol=1e-5)
    assert (x[..., COLUMN["spo2"]] < 100).all()


def test_values_that_no_body_has_are_extreme_and_not_nonsense():
    impossible = np.tile(np.array([MEDIANS[feature.name] for feature in FEATURES]), (3, 1))
    impossible[0, COLUMN["crp"]], impossible[1, COLUMN["spo2"]], impossible[2, COLUMN["urea"]] = -5, 130, 0
    z = to_z(impossible)
    assert np.isfinite(z).all()
    assert (np.abs(z).max(1) > 5).all()


def pooled_auroc(origin_at_look_alikes: bool) -> float:
    """Train one forest on many tasks together, and judge it on fresh ones without their labels."""

    def scores(rng: np.random.Generator, tasks: int, patients: int) -> tuple[np.ndarray, np.ndarray]:
        sampled = sample_tasks(rng, tasks)
        examples = sampled.query(rng, patients)
        moved = 0.5 * sampled.shift[:, None, :] if origin_at_look_alikes else 0.0
        return to_z(examples.x) + moved, examples.y

    x, y = scores(np.random.default_rng(10), 400, 20)
    forest = RandomForestClassifier(60, min_samples_leaf=5, random_state=0).fit(x.reshape(-1, 14), y.ravel())
    x, y = scores(np.random.default_rng(11), 300, 40)
    risk = forest.predict_proba(x.reshape(-1, 14))[:, 1].reshape(y.shape)
    ranks = rankdata(risk, axis=1)
    return float(((ranks * y).sum(1) - 20 * 21 / 2).mean() / (20 * 20))


def test_one_forest_for_all_hospitals_knows_nothing_of_a_fresh_one():
    assert pooled_auroc(origin_at_look_alikes=False) == pytest.approx(0.5, abs=0.03)


def test_that_test_would_notice_look_alikes_at_the_centre():
    assert pooled_auroc(origin_at_look_alikes=True) > 0.65
