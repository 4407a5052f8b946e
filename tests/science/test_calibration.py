"""Promise: a baseline's probabilities are made to come true on training tasks, before anybody compares log losses."""

import numpy as np
import pytest

from scenarios.learners.calibration import calibrated, fit_calibration
from scenarios.metrics import accuracy, auroc


def truthful(rows: int, ways: int) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (40, rows / 40, ways) that come true, and what came."""
    rng = np.random.default_rng(ways)
    p = rng.dirichlet(np.full(ways, 0.7), rows)
    y = (p.cumsum(1) < rng.random((rows, 1))).sum(1)
    return p.reshape(40, -1, ways), np.minimum(y, ways - 1).reshape(40, -1)


def distorted(p: np.ndarray, scale: float, shift: list[float]) -> np.ndarray:
    said = p**scale * np.exp(shift)
    return said / said.sum(-1, keepdims=True)


def nats(p: np.ndarray, y: np.ndarray) -> float:
    return float(-np.log(np.clip(np.take_along_axis(p, y[..., None], axis=-1), 1e-6, 1)).mean())


@pytest.mark.parametrize(
    ("scale", "shift"),
    [(3.0, [0, 0]), (0.4, [0, 0]), (2.0, [0, 1.5]), (1.0, [0, 0, 0]), (2.5, [0, -1.0, 0.8])],
    ids=["too sure", "too timid", "partial", "right already", "of three classes"],
)
def test_a_known_distortion_is_undone(scale, shift):
    p, y = truthful(40_000, len(shift))
    said = distorted(p, scale, shift)
    come_true = calibrated(fit_calibration(said, y), said)
    np.testing.assert_allclose(come_true.sum(-1), 1, atol=1e-9)
    assert np.abs(come_true - p).mean() < 0.01


def test_of_two_classes_the_settings_are_the_distortions_own():
    p, y = truthful(40_000, 2)
    settings = fit_calibration(distorted(p, 2.0, [0, 1.5]), y)
    np.testing.assert_allclose(settings, [1 / 2, 0, -1.5 / 2], atol=0.05)  # p = softmax((log said - shift) / scale)


def test_a_class_that_is_too_seldom_said_among_three_is_found_again():
    """One scale for all classes cannot: outer classes are told apart too surely, the middle one too timidly."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 20_000)
    place = y + rng.normal(0, 0.5, len(y))
    said = np.stack([1 / (1 + np.exp(8 * (place - 1))), np.full(len(y), 0.2), 1 / (1 + np.exp(-8 * (place - 1)))], -1)
    said, y = (said / said.sum(-1, keepdims=True)).reshape(40, -1, 3), y.reshape(40, -1)
    after = calibrated(fit_calibration(said, y), said)
    assert accuracy(said, y).mean() < 0.7
    assert accuracy(after, y).mean() > 0.75  # 0.79 is the best that can be done
    np.testing.assert_allclose(after.mean((0, 1)), np.bincount(y.ravel()) / y.size, atol=0.001)


@pytest.mark.parametrize("ways", [2, 3])
@pytest.mark.parametrize(("scale", "said_first"), [(3.0, 0.0), (0.2, 2.0), (1.0, 0.0)])
def test_it_never_worsens_the_log_loss_that_it_was_fitted_to(ways, scale, said_first):
    p, y = truthful(2_000, ways)
    said = distorted(p, scale, [said_first] + [0.0] * (ways - 1))
    assert nats(calibrated(fit_calibration(said, y), said), y) <= nats(said, y) + 1e-9


def test_the_order_of_two_classes_stays_and_with_it_the_auroc():
    p, y = truthful(4_000, 2)
    said = distorted(p, 2.0, [0.0, -1.0])
    after = calibrated(fit_calibration(said, y), said)
    np.testing.assert_array_equal(np.argsort(after[..., 1], axis=-1), np.argsort(said[..., 1], axis=-1))
    np.testing.assert_allclose(auroc(after, y), auroc(said, y))


def test_a_scale_alone_leaves_the_likeliest_class():
    p, y = truthful(4_000, 3)
    np.testing.assert_array_equal(accuracy(calibrated(np.array([0.3, 0, 0, 0]), p), y), accuracy(p, y))


def test_what_knows_nothing_is_given_the_class_mix():
    y = (np.arange(1000) % 5 == 0).astype(int)
    said = np.full((1000, 2), 0.5)
    np.testing.assert_allclose(calibrated(fit_calibration(said, y), said)[0], [0.8, 0.2], atol=1e-3)


def test_certainty_that_is_wrong_is_survived():
    """A walk may say 0 or 1: what is refuted must not cost infinitely many nats."""
    said, y = np.eye(2)[np.array([0, 1, 0, 1] * 50)], np.array([0, 1, 1, 1] * 50)
    settings = fit_calibration(said, y)
    assert np.isfinite(settings).all()
    after = calibrated(settings, said)
    assert 0 < after.min() < after.max() < 1
    assert nats(after, y) < nats(said, y)
