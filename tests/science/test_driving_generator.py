"""Promise: the driving tasks are what their own description says: kinematics, spectra, styles and the trade's rule."""

import numpy as np
import pytest
from scipy.special import ndtr

from scenarios.driving_style import signals
from scenarios.driving_style.bayes import _log_prior, bayes
from scenarios.driving_style.scenario import SCENARIO
from scenarios.driving_style.tasks import (
    BASE,
    BASELINE_DIRECTIONS,
    CLASS_SIGN,
    SEPARATION,
    SIGMA,
    STYLE_DIRECTIONS,
    TYPICAL_STYLE,
    UNSEEN_DIRECTIONS,
    Drivers,
    sample_tasks,
)
from scenarios.task import Array, Examples

PRECISION = np.linalg.inv(SIGMA)
RATE = 10  # Hz
WINDOWS_PER_HOUR = 450  # of 8 s
MIX = (0.35, 0.50, 0.15)  # calm, normal, aggressive


def one_driver(style: np.ndarray, baseline: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Drivers:
    return Drivers(style[None], np.array([baseline]), np.zeros((1, 2)), (style @ STYLE_DIRECTIONS.T)[None])


@pytest.fixture(scope="module")
def later() -> Examples:
    """48 windows of each of 2 000 training drivers: a third of each style."""
    return sample_tasks(np.random.default_rng(1), 2000).query(np.random.default_rng(2), 48)


@pytest.fixture(scope="module")
def normal(later: Examples) -> Array:
    return later.x[:, 1::3].reshape(-1, 80, 4).astype(float)


def rms(signal: Array, axis: int = 1) -> Array:
    return np.sqrt((signal**2).mean(axis))


def exact_windows(kind: type, n: int = 20_000) -> tuple[Array, Array]:
    """Windows of every kind of driver, and the log-features that they were made from."""
    rng = np.random.default_rng(3)
    spread = np.linalg.cholesky(SIGMA + BASELINE_DIRECTIONS @ BASELINE_DIRECTIONS.T)
    psi = (BASE + rng.standard_normal((n, 6)) @ spread.T).astype(kind)
    x = np.empty((n, 80, 4), kind)
    signals.synthesise(rng, psi, rng.normal(0, 0.15, (n, 2)).astype(kind), out=x)
    return x, psi


@pytest.mark.parametrize(("kind", "leeway"), [(np.float64, 1e-6), (np.float32, 1e-4)])
def test_a_window_gives_its_log_features_back_exactly(kind, leeway):
    x, psi = exact_windows(kind)
    assert x.dtype == kind
    np.testing.assert_allclose(signals.decode(x), psi, atol=leeway)


def test_mechanisms_are_orthonormal_in_the_metric_of_sigma():
    np.testing.assert_allclose(STYLE_DIRECTIONS.T @ PRECISION @ STYLE_DIRECTIONS, np.eye(3), atol=1e-9)


def test_unseen_directions_are_orthonormal_and_orthogonal_to_every_mechanism():
    np.testing.assert_allclose(UNSEEN_DIRECTIONS.T @ PRECISION @ UNSEEN_DIRECTIONS, np.eye(3), atol=1e-9)
    np.testing.assert_allclose(UNSEEN_DIRECTIONS.T @ PRECISION @ STYLE_DIRECTIONS, 0, atol=1e-9)


@pytest.mark.parametrize("novelty", [0.0, 0.5, 0.8, 1.0])
def test_novelty_turns_the_style_and_keeps_its_separation(novelty):
    drivers = sample_tasks(np.random.default_rng(4), 300, novelty)
    energy = np.einsum("ti,ij,tj->t", drivers.step, PRECISION, drivers.step)
    assert SEPARATION[0] ** 2 <= energy.min() + 1e-9
    assert energy.max() <= SEPARATION[1] ** 2 + 1e-9
    new = ((drivers.step @ PRECISION @ UNSEEN_DIRECTIONS) ** 2).sum(1)
    np.testing.assert_allclose(new / energy, novelty**2, atol=1e-9)
    np.testing.assert_allclose(drivers.step @ PRECISION @ STYLE_DIRECTIONS, drivers.style, atol=1e-9)


@pytest.mark.parametrize(("d", "published"), [(3.0, 0.911), (3.5, 0.947)])
def test_the_best_possible_accuracy_follows_from_the_separation(d, published):
    driver = one_driver(d * np.array([0.6, -0.64, 0.48]), baseline=(1.0, -2.0, 0.5))
    windows = driver.query(np.random.default_rng(5), 30_000)
    along = (signals.decode(windows.x[0]) - BASE - driver.baseline[0] @ BASELINE_DIRECTIONS.T) @ PRECISION
    named = np.digitize(along @ driver.step[0] / d**2, [-0.5, 0.5])
    assert 1 - 4 / 3 * ndtr(-d / 2) == pytest.approx(published, abs=5e-4)
    assert (named == windows.y[0]).mean() == pytest.approx(published, abs=0.007)  # four standard errors


def test_windows_of_one_style_vary_as_sigma_says():
    psi = signals.decode(one_driver(np.zeros(3)).query(np.random.default_rng(6), 30_000).x[0])
    np.testing.assert_allclose(psi.mean(0), BASE, atol=0.015)
    np.testing.assert_allclose(np.cov(psi.T), SIGMA, atol=0.008)


def test_the_styles_lie_in_a_row_with_normal_in_the_middle():
    driver = one_driver(np.array([2.0, 2.0, -1.0]))
    windows = driver.query(np.random.default_rng(7), 30_000)
    psi = signals.decode(windows.x[0])
    for label, sign in enumerate(CLASS_SIGN):
        np.testing.assert_allclose(psi[windows.y[0] == label].mean(0), BASE + sign * driver.step[0], atol=0.025)


def test_what_aggressive_means_is_typical_and_never_guaranteed():
    step = sample_tasks(np.random.default_rng(8), 50_000).step
    assert (step[:, 1] > 0).mean() == pytest.approx(0.74, abs=0.01)  # jerkier pedals
    assert (step[:, 4] < 0).mean() == pytest.approx(0.75, abs=0.01)  # closer following
    assert (step[:, 0] > 0).mean() == pytest.approx(0.59, abs=0.01)  # harder manoeuvres


def test_normal_driving_has_the_percentiles_that_are_stated(normal):
    acceleration = normal[..., 1:3] - normal[..., 1:3].mean(1, keepdims=True)
    jerk = np.diff(signals.g_forces(normal)[..., 0], axis=1) * signals.GRAVITY * RATE
    found = {
        "speed, km/h": normal[..., 0].mean(1),
        "RMS ax, m/s²": rms(acceleration[..., 0]),
        "RMS ay, m/s²": rms(acceleration[..., 1]),
        "peak ax, g": np.abs(normal[..., 1]).max(1) / signals.GRAVITY,
        "peak ay, g": np.abs(normal[..., 2]).max(1) / signals.GRAVITY,
        "headway, s": normal[..., 3].mean(1),
        "jerk below 1.5 Hz, m/s³": rms(jerk),
        "gap, m": (normal[..., 3] * normal[..., 0] / 3.6).mean(1),
    }
    stated = {
        "speed, km/h": (24, 41, 54, 73, 123),
        "RMS ax, m/s²": (0.15, 0.30, 0.43, 0.63, 1.33),
        "RMS ay, m/s²": (0.16, 0.34, 0.52, 0.77, 1.67),
        "peak ax, g": (0.03, 0.07, 0.10, 0.14, 0.31),
        "peak ay, g": (0.04, 0.08, 0.11, 0.17, 0.39),
        "headway, s": (0.99, 1.5, 1.8, 2.2, 3.1),
        "jerk below 1.5 Hz, m/s³": (0.26, 0.53, 0.79, 1.18, 2.67),
        "gap, m": (8, 18, 27, 40, 85),
    }
    for name, percentiles in stated.items():
        np.testing.assert_allclose(
            np.percentile(found[name], [2.5, 25, 50, 75, 97.5]), percentiles, rtol=0.1, atol=0.011, err_msg=name
        )


def test_speed_is_the_integral_of_longitudinal_acceleration():
    x, _ = exact_windows(np.float64, 500)
    gained = np.diff(x[..., signals.SPEED], axis=1) / 3.6 * RATE  # m/s²
    felt = signals.g_forces(x)[..., 0] * signals.GRAVITY
    mounting = x[..., signals.AX].mean(1, keepdims=True)
    np.testing.assert_allclose(gained, (felt - mounting)[:, 1:], atol=1e-9)


def test_no_car_drives_backwards_or_through_the_one_ahead(later):
    assert later.x.dtype == np.float32
    assert np.isfinite(later.x).all()
    assert later.x[..., signals.SPEED].min() >= 0
    assert later.x[..., signals.HEADWAY].min() > 0


def test_no_window_is_beyond_a_road_car(later):
    peak = np.abs(signals.g_forces(later.x)).max((-2, -1))
    assert peak.max() < 1.2
    assert (peak > 0.8).mean() < 0.001
    assert later.x[..., signals.SPEED].max() < 220


def test_a_window_that_would_go_backwards_keeps_its_log_features():
    psi = np.tile(np.log([1.5, 0.1, 0.5, 0.1, 2.0, 8.0]), (300, 1))  # hard braking at 8 km/h
    x = np.empty((300, 80, 4))
    signals.synthesise(np.random.default_rng(9), psi, np.zeros((300, 2)), out=x)
    assert x[..., signals.SPEED].min() > 0
    np.testing.assert_allclose(signals.decode(x), psi, atol=1e-6)


def test_acceleration_has_its_power_in_its_bands_and_only_noise_above():
    x, _ = exact_windows(np.float64, 500)
    above = x[..., 1:3] / signals.GRAVITY - signals.g_forces(x)
    assert rms(above * signals.GRAVITY).mean() == pytest.approx(0.04 * np.sqrt(55 / 80), rel=0.03)


@pytest.mark.parametrize("seed", [10, 11])
def test_encoded_windows_are_standard_over_training_drivers(seed):
    encoded = SCENARIO.encode(
        sample_tasks(np.random.default_rng(seed), 3000).support(np.random.default_rng(seed + 100), 3).x
    ).reshape(-1, 14)
    np.testing.assert_allclose(encoded.mean(0), 0, atol=0.06)
    np.testing.assert_allclose(encoded.std(0), 1, atol=0.04)


def test_encoding_does_not_see_how_the_sensor_is_mounted():
    x, _ = exact_windows(np.float64, 50)
    tilted = x + np.array([0, 0.4, -0.3, 0])
    np.testing.assert_allclose(SCENARIO.encode(tilted), SCENARIO.encode(x), atol=1e-9)
    np.testing.assert_allclose(signals.decode(tilted), signals.decode(x), atol=1e-9)


@pytest.mark.parametrize("value", [0.0, -5.0, 1e6])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_values_that_no_drive_has_are_extreme_and_not_nonsense(value, kind):
    x = np.full((2, 3, 80, 4), value, kind)
    encoded = SCENARIO.encode(x)
    assert encoded.shape == (2, 3, 14)
    assert encoded.dtype == kind
    assert np.isfinite(encoded).all()
    assert np.isfinite(bayes(Examples(x, np.tile(np.arange(3), (2, 1))), x).prediction).all()
    assert np.isfinite(signals.rule(x)).all()


def test_the_fixed_rule_finds_few_aggressive_windows_and_raises_many_false_alarms(later):
    alarm = signals.rule(later.x).argmax(-1) == 2
    calm, usual, aggressive = (alarm[:, label::3].mean() for label in range(3))
    assert aggressive == pytest.approx(0.18, abs=0.025)
    assert WINDOWS_PER_HOUR * (MIX[0] * calm + MIX[1] * usual) == pytest.approx(35, abs=5)


def test_the_fixed_rule_ranks_by_the_peak_and_decides_at_its_threshold(later):
    said = signals.rule(later.x[:200])
    peak = np.abs(signals.g_forces(later.x[:200])).max((-2, -1))
    np.testing.assert_allclose(said.sum(-1), 1, atol=1e-6)
    assert (np.diff(said[..., 2].ravel()[np.argsort(peak, axis=None)]) >= 0).all()
    np.testing.assert_array_equal(said.argmax(-1) == 2, peak > signals.HARSH)


def test_the_prior_of_a_style_is_the_one_that_styles_are_drawn_from():
    """Its density, by brute force: importance weights from a uniform shell give back the moments of real drivers."""
    rng = np.random.default_rng(12)
    direction = rng.standard_normal((400_000, 3))
    shell = direction / np.linalg.norm(direction, axis=1, keepdims=True) * rng.uniform(*SEPARATION, (400_000, 1))
    weight = np.exp(_log_prior(shell) + 2 * np.log(np.linalg.norm(shell, axis=1)))
    weight /= weight.sum()
    real = sample_tasks(rng, 400_000).style
    np.testing.assert_allclose(weight @ shell, real.mean(0), atol=0.02)
    np.testing.assert_allclose((shell * weight[:, None]).T @ shell, real.T @ real / len(real), atol=0.04)
    t = shell @ TYPICAL_STYLE / np.linalg.norm(shell, axis=1)
    for cut in (-0.8, -0.3, 0.3, 0.8):
        drawn = real @ TYPICAL_STYLE / np.linalg.norm(real, axis=1)
        assert weight[t < cut].sum() == pytest.approx((drawn < cut).mean(), abs=0.005)
    assert np.isneginf(_log_prior(np.array([[0.0, 0.0, 2.9], [0.0, 3.6, 0.0]]))).all()


@pytest.mark.parametrize(("shots", "published"), [(1, 0.901), (2, 0.908), (5, 0.920), (10, 0.930), (20, 0.925)])
def test_the_ceiling_is_as_high_as_stated_and_enough_samples_stand_behind_it(shots, published):
    rng = np.random.default_rng(13)
    drivers = sample_tasks(rng, 250)
    support, query = drivers.support(rng, shots), drivers.query(rng, 60)
    answer = bayes(support, query.x)
    assert (answer.prediction.argmax(-1) == query.y).mean() == pytest.approx(published, abs=0.013)
    assert answer.effective_samples.min() > 50
    for label in range(3):
        said, happened = answer.prediction[..., label].ravel(), (query.y == label).ravel()
        for rows in np.array_split(np.argsort(said), 8):
            assert happened[rows].mean() == pytest.approx(said[rows].mean(), abs=0.05)


def test_what_is_said_of_a_driver_follows_from_what_is_true_of_them():
    tailgater = one_driver(np.array([0.5, 3.0, -1.2]), baseline=(1.5, -1.5, 0.0))
    revealed, described = SCENARIO.prose.reveal_task(tailgater), SCENARIO.prose.describe_task(tailgater)
    assert "closer following at higher speed (3.0 SD); harder cornering" in revealed.en
    assert "车速更高、跟车更近（3.0 个标准差）；转弯更猛" in revealed.zh
    assert "3.3 SD apart" in revealed.en
    for word in ("accelerations high", "dense and slow", "average"):
        assert word in described.en
    smooth = one_driver(np.array([-3.0, -0.5, 0.1]))
    assert "smoother inputs for the same manoeuvre (3.0 SD); longer time gap" in SCENARIO.prose.reveal_task(smooth).en


def test_every_latent_has_a_value_for_every_driver():
    latents = SCENARIO.latents(sample_tasks(np.random.default_rng(14), 5))
    assert len({latent.name for latent in latents}) == 6
    assert all(latent.values.shape == (5,) for latent in latents)
