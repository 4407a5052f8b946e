"""Promise: the driving tasks are what their own description says: kinematics, spectra, styles and the trade's rule."""

import numpy as np
import pytest
from scipy.special import ndtr

from scenarios.driving_style import signals
from scenarios.driving_style.bayes import _log_prior, bayes
from scenarios.driving_style.scenario import SCENARIO
from scenarios.driving_style.synthesis import synthesise
from scenarios.driving_style.tasks import (
    BASE,
    BASELINE_DIRECTIONS,
    CLASS_SIGN,
    SEPARATION,
    SIGMA,
    STYLE_DIRECTIONS,
    UNSEEN_DIRECTIONS,
    WORLDS,
    Drivers,
    World,
    sample_tasks,
)
from scenarios.episode import Draw, open_episode
from scenarios.task import Array, Examples
from tests.science.test_bayes import nats, weigh_draws

PRECISION = np.linalg.inv(SIGMA)
RATE = 10  # Hz
WINDOWS_PER_HOUR = 450  # of 8 s
MIX = (0.35, 0.50, 0.15)  # calm, normal, aggressive


def one_driver(style: np.ndarray, baseline: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Drivers:
    step = (style @ STYLE_DIRECTIONS.T)[None]
    return Drivers(style[None], np.array([baseline]), np.zeros((1, 2)), step, turned=np.zeros(1))


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
    synthesise(rng, psi, rng.normal(0, 0.15, (n, 2)).astype(kind), out=x)
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


every_world = pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)


@every_world
def test_aggressive_driving_is_never_smoother_or_more_distant_given_the_manoeuvre(world: World):
    style = sample_tasks(np.random.default_rng(8), 5000, world=world).style
    assert (style[:, :2] > 0).all()
    assert (style[:, 2] > 0).mean() == pytest.approx(0.5, abs=0.03)  # braking against cornering: open


def test_what_aggressive_means_is_typical_and_never_guaranteed():
    step = sample_tasks(np.random.default_rng(8), 50_000).step
    assert (step[:, 1] > 0).mean() == pytest.approx(0.91, abs=0.01)  # jerkier pedals
    assert (step[:, 4] < 0).mean() == pytest.approx(0.90, abs=0.01)  # closer following
    assert (step[:, 0] > 0).mean() == pytest.approx(0.79, abs=0.01)  # harder manoeuvres


def test_worlds_differ_in_how_much_drivers_differ():
    spread = []
    for world in WORLDS.values():
        step = sample_tasks(np.random.default_rng(8), 5000, world=world).step
        whitened = step @ np.linalg.cholesky(PRECISION)
        direction = whitened / np.linalg.norm(whitened, axis=1, keepdims=True)
        spread.append(1 - np.linalg.norm(direction.mean(0)))
    assert spread[0] < 0.05 < spread[1] < 0.2 < spread[2] < 0.4


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
        "speed, km/h": (24, 41, 55, 73, 123),
        "RMS ax, m/s²": (0.10, 0.19, 0.27, 0.39, 0.81),
        "RMS ay, m/s²": (0.10, 0.21, 0.32, 0.48, 1.05),
        "peak ax, g": (0.03, 0.06, 0.08, 0.11, 0.21),
        "peak ay, g": (0.04, 0.08, 0.115, 0.17, 0.25),
        "headway, s": (1.02, 1.5, 1.8, 2.2, 3.2),
        "jerk below 1.5 Hz, m/s³": (0.16, 0.33, 0.50, 0.74, 1.60),
        "gap, m": (8, 18, 27, 41, 89),
    }
    for name, percentiles in stated.items():
        np.testing.assert_allclose(
            np.percentile(found[name], [2.5, 25, 50, 75, 97.5]), percentiles, rtol=0.1, atol=0.011, err_msg=name
        )


def test_speed_is_the_integral_of_longitudinal_acceleration():
    x, _ = exact_windows(np.float64, 500)
    gained = np.diff(x[..., signals.SPEED], axis=1) / 3.6 * RATE  # m/s²
    felt = signals.g_forces(x)[..., 0] * signals.GRAVITY
    mounting = (felt[:, 1:] - gained).mean(1, keepdims=True)
    noise = rms(gained - felt[:, 1:] + mounting)  # of the sensor, below 1.5 Hz
    assert noise.max() < 0.05
    assert noise.mean() == pytest.approx(0.05 * np.sqrt(24 / 80), rel=0.1)
    assert mounting.std() == pytest.approx(0.15, abs=0.02)


def test_free_motion_does_not_draw_from_the_stream_of_the_log_features():
    """After windows, the next draw is what it is after their plain coefficients."""
    drivers, y = sample_tasks(np.random.default_rng(15), 20), np.tile(np.arange(15) % 3, (20, 1))
    rng, plain = np.random.default_rng(16), np.random.default_rng(16)
    for windows in (drivers.support(rng, 5), drivers.query(rng, 15)):
        np.testing.assert_allclose(signals.decode(windows.x), drivers.log_features(plain, y), atol=1e-4)
        plain.standard_normal((300, 2, 80), dtype=np.float32)
        plain.standard_normal((300, 6), dtype=np.float32)
    assert rng.bit_generator.state == plain.bit_generator.state


@pytest.fixture(scope="module")
def motion(later: Examples) -> dict[str, Array]:
    """Speeds (m/s), accelerations without mounting offset and noise (m/s²), distance of the car in front (m)."""
    x = later.x.reshape(-1, 80, 4).astype(float)
    offset = np.repeat(sample_tasks(np.random.default_rng(1), 2000).offset, later.y.shape[1], axis=0)
    ax, ay = np.moveaxis(signals.g_forces(x) * signals.GRAVITY - offset[:, None], -1, 0)
    speed = x[..., signals.SPEED] / 3.6
    distance = speed * x[..., signals.HEADWAY]
    in_front = speed[:, 1:-1] + (distance[:, 2:] - distance[:, :-2]) / 2 * RATE
    return {"speed": speed, "ax": ax, "ay": ay, "distance": distance, "in front": in_front}


def test_windows_end_at_another_speed_after_braking_harder_than_after_driving_off(motion):
    net = motion["ax"].mean(1) * 8 * 3.6  # km/h in 8 s
    assert (np.abs(net) > 5).mean() == pytest.approx(0.43, abs=0.02)
    assert (np.abs(net) > 20).mean() == pytest.approx(0.03, abs=0.01)
    assert np.abs(net).max() < 60
    assert -net[net < 0].mean() == pytest.approx(6.7, abs=0.4)
    assert net[net > 0].mean() == pytest.approx(5.1, abs=0.4)
    mean_speed = motion["speed"].mean(1) * 3.6
    assert np.abs(net[mean_speed > 90]).mean() < 0.7 * np.abs(net[mean_speed < 40]).mean()


def test_cars_turn_corners_in_town_and_not_on_motorways(motion):
    heading = np.degrees((motion["ay"] / np.maximum(motion["speed"], 1)).sum(1) / RATE)
    mean_speed = motion["speed"].mean(1) * 3.6
    turned = np.abs(heading) > 45
    assert turned[mean_speed < 40].mean() == pytest.approx(0.13, abs=0.02)
    assert turned[(mean_speed > 40) & (mean_speed < 60)].mean() == pytest.approx(0.06, abs=0.02)
    assert turned[mean_speed > 90].mean() < 0.001
    assert 15 < heading.std() < 25
    one_sign = (motion["ay"].min(1) > 0) | (motion["ay"].max(1) < 0)
    assert one_sign.mean() == pytest.approx(0.30, abs=0.02)


def test_few_windows_turn_tighter_than_a_car_can(motion):
    radius = (motion["speed"] ** 2 / np.maximum(np.abs(motion["ay"]), 1e-9)).min(1)
    assert (radius < 5.5).mean() == pytest.approx(0.004, abs=0.001)


def test_the_engine_is_that_of_a_road_car(motion):
    power = (motion["speed"] * motion["ax"]).max(1)  # W/kg
    assert (power > 60).mean() < 0.001
    assert power.max() < 90


def test_cars_brake_harder_than_they_accelerate(motion):
    driving, braking = motion["ax"].max(1), -motion["ax"].min(1)
    assert (braking > driving).mean() == pytest.approx(0.60, abs=0.02)
    assert braking.mean() == pytest.approx(0.70, abs=0.04)
    assert driving.mean() == pytest.approx(0.53, abs=0.04)
    assert 3 * (driving > 3.5).mean() < (braking > 3.5).mean() < 0.004
    assert (motion["ax"] ** 3).mean() / (motion["ax"] ** 2).mean() ** 1.5 == pytest.approx(-0.45, abs=0.15)


def test_the_car_in_front_drives_plausibly(motion):
    in_front = motion["in front"]
    peak = np.abs(np.diff(in_front, axis=1) * RATE).max(1)  # m/s²
    assert np.median(peak) == pytest.approx(1.45, abs=0.1)
    assert (peak > 8).mean() == pytest.approx(0.007, abs=0.002)
    assert (in_front.min(1) < 0).mean() == pytest.approx(0.0005, abs=0.0004)
    assert (in_front.max(1) > 200 / 3.6).mean() < 0.0005
    assert motion["distance"].max() < 400


def test_the_time_gap_varies_with_the_speed_and_not_at_random(motion, later):
    log_gap = np.log(later.x[..., signals.HEADWAY].reshape(-1, 80).astype(float))
    within = log_gap - log_gap.mean(1, keepdims=True)
    assert rms(within).mean() == pytest.approx(0.08, abs=0.001)
    gained = np.diff(within, axis=1)
    assert np.corrcoef(gained.ravel(), motion["ax"][:, 1:].ravel())[0, 1] == pytest.approx(-0.40, abs=0.05)
    assert later.x[..., signals.HEADWAY].max() < 10


def test_net_changes_and_bends_raise_no_peak_beyond_comfort(motion):
    for name in ("ax", "ay"):
        peak = np.abs(motion[name]).max(1)
        alone = np.abs(motion[name] - motion[name].mean(1, keepdims=True)).max(1)
        assert (peak <= np.maximum(alone, 0.225 * signals.GRAVITY) + 0.1).all()  # leeway: noise below and above 1.5 Hz


def test_cars_hardly_ever_stand_still(motion):
    """As the story says."""
    assert (motion["speed"].min(1) < 5 / 3.6).mean() == pytest.approx(0.0003, abs=0.0002)


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
    synthesise(np.random.default_rng(9), psi, np.zeros((300, 2)), out=x)
    assert x[..., signals.SPEED].min() > 0
    np.testing.assert_allclose(signals.decode(x), psi, atol=1e-6)


def test_no_world_has_a_window_that_cannot_be_driven():
    """Hard braking at walking pace: rarer than one window in 10,000, and only in worlds far from the default one."""
    psi = np.repeat(np.log([[2.0, 0.3, 0.5, 0.2, 2.0, 3.0]]), 300, axis=0)
    windows = np.full((300, signals.SAMPLES, len(SCENARIO.features)), np.nan)
    synthesise(np.random.default_rng(0), psi, np.zeros((300, 2)), windows)
    assert np.isfinite(windows).all()
    assert windows[..., signals.SPEED].min() > 0


def test_acceleration_has_its_power_in_its_bands_and_only_noise_above():
    x, _ = exact_windows(np.float64, 500)
    above = x[..., 1:3] / signals.GRAVITY - signals.g_forces(x)
    assert rms(above * signals.GRAVITY).mean() == pytest.approx(0.05 * np.sqrt(55 / 80), rel=0.03)


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


def test_harsh_events_are_rare_and_rarest_in_calm_driving(later):
    alarm = signals.rule(later.x).argmax(-1) == 2
    calm, usual, aggressive = (WINDOWS_PER_HOUR * alarm[:, label::3].mean() for label in range(3))
    assert calm == pytest.approx(4.5, abs=0.5)
    assert usual == pytest.approx(5.6, abs=0.6)
    assert aggressive == pytest.approx(22.5, abs=2)
    assert calm < usual


def test_the_fixed_rule_ranks_by_the_peak_and_decides_at_its_threshold(later):
    said = signals.rule(later.x[:200])
    peak = np.abs(signals.g_forces(later.x[:200])).max((-2, -1))
    np.testing.assert_allclose(said.sum(-1), 1, atol=1e-6)
    assert (np.diff(said[..., 2].ravel()[np.argsort(peak, axis=None)]) >= 0).all()
    np.testing.assert_array_equal(said.argmax(-1) == 2, peak > signals.HARSH)


@every_world
def test_the_prior_of_a_style_is_the_one_that_styles_are_drawn_from(world: World):
    """Its density, by brute force: importance weights from a uniform shell give back the moments of real drivers."""
    rng = np.random.default_rng(12)
    direction = rng.standard_normal((400_000, 3))
    shell = direction / np.linalg.norm(direction, axis=1, keepdims=True) * rng.uniform(*SEPARATION, (400_000, 1))
    weight = np.exp(_log_prior(shell, world=world) + 2 * np.log(np.linalg.norm(shell, axis=1)))
    weight /= weight.sum()
    real = sample_tasks(rng, 400_000, world=world).style
    np.testing.assert_allclose(weight @ shell, real.mean(0), atol=0.02)
    np.testing.assert_allclose((shell * weight[:, None]).T @ shell, real.T @ real / len(real), atol=0.04)
    along = np.array([0.6, -0.4, 0.69])
    t, drawn = (styles @ along / np.linalg.norm(styles, axis=1) for styles in (shell, real))
    for cut in (-0.4, 0.0, 0.4):
        assert weight[t < cut].sum() == pytest.approx((drawn < cut).mean(), abs=0.005)
    outside = np.array([[0.1, 0.1, 2.8], [0.1, 3.6, 0.0], [-0.1, 3.2, 0.0], [3.2, -0.1, 0.0]])
    assert np.isneginf(_log_prior(outside, world=world)).all()


@pytest.mark.parametrize(("name", "shots"), [("mild", 0), ("moderate", 2), ("strong", 1)])
def test_bayes_is_exact_in_every_world(name, shots):
    world = WORLDS[name]
    bank = sample_tasks(np.random.default_rng(14), 60_000, world=world)
    tasks = sample_tasks(np.random.default_rng(15), 6, world=world)
    support = tasks.support(np.random.default_rng(16), 5).first(3 * shots)
    query = tasks.query(np.random.default_rng(17), 40)
    answer = bayes(support, query.x, world=world)
    episode = open_episode(SCENARIO, Draw(support, query))
    whiten = np.linalg.inv(np.linalg.cholesky(SIGMA)).T
    centre = bank.baseline @ BASELINE_DIRECTIONS.T
    means = [(centre + sign * bank.step) @ whiten for sign in CLASS_SIGN]
    truth = weigh_draws(episode, means, lambda x: (signals.decode(x) - BASE) @ whiten)
    assert (answer.effective_samples > 100).all()
    assert np.abs(answer.prediction - truth).mean() < 0.012
    assert (nats(answer.prediction, episode) - nats(truth, episode)).mean() == pytest.approx(0, abs=0.006)


@pytest.mark.parametrize(("shots", "published"), [(1, 0.900), (5, 0.922), (20, 0.929)])
def test_the_ceiling_is_as_high_as_stated_and_enough_samples_stand_behind_it(shots, published):
    rng = np.random.default_rng(13)
    drivers = sample_tasks(rng, 120)
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
    cornering = one_driver(np.array([0.5, 0.2, -3.0]))
    assert "harder cornering, gentler braking and accelerating (3.0 SD); more abrupt" in (
        SCENARIO.prose.reveal_task(cornering).en
    )


def test_every_latent_has_a_value_for_every_driver():
    latents = SCENARIO.latents(sample_tasks(np.random.default_rng(14), 5))
    assert len({latent.name for latent in latents}) == 6
    assert all(latent.values.shape == (5,) for latent in latents)
