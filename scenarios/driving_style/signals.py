"""Eight seconds of driving as a signal, and the six numbers that determine it.

A window holds speed (km/h), longitudinal and lateral acceleration (m/s²) and time gap (s), 80 samples at 10 Hz.
Axes are our convention, ISO 8855: x forward, y left. Speeding up and turning left are positive, braking is negative.

Each acceleration is a sum of cosines, the rows of an orthonormal DCT-II; row k has frequency k / 16 Hz. Manoeuvres move
the slow band, abrupt inputs the fast one. The sensor's noise is white, and alone above 1.5 Hz; row 0 holds the mounting
offset, a net change of speed and a bend. A band's root mean square is set exactly, so a window gives its log-features
back exactly (`decode`); the rest (`synthesis.py`) is noise, independent of style. (Residual
accelerations are correlated, not white: arXiv 2210.03571.) For the limits of tyres and traffic law, an invertible
compression keeps rare extreme windows feasible for a road car.
"""

import numpy as np

from scenarios.task import Array

SAMPLES = 80
RATE = 10.0  # Hz
GRAVITY = 9.80665  # m/s² in one g
HARSH = 0.3  # g, on either axis: within the vendors' range of thresholds for harsh events, 0.20 to 0.56
_DOUBT = 0.01  # of the rule, at its threshold
SPEED, AX, AY, HEADWAY = range(4)  # channels

# Bands of an acceleration in rows of the DCT, first and last one included.
SLOW, FAST = (1, 8), (9, 24)  # 0.06-0.50 Hz, 0.56-1.50 Hz
BANDS = (  # inputs of the networks
    (1, 2),  # 0.06-0.13 Hz: the road's own curves and slopes
    (3, 4),  # 0.19-0.25 Hz
    (5, 8),  # 0.31-0.50 Hz: manoeuvres
    (9, 12),  # 0.56-0.75 Hz
    (13, 18),  # 0.81-1.13 Hz: jerks on pedal and wheel
    (19, 24),  # 1.19-1.50 Hz
)
_KNEE = np.log([1.6, 0.5, 1.6, 0.5, np.inf, 110.0])  # m/s² RMS, s, km/h: one window in 8 is beyond in some value
_SOFTNESS = 0.35

_ROW = np.arange(SAMPLES)
DCT = np.sqrt(2 / SAMPLES) * np.cos(np.pi * np.outer(_ROW, _ROW + 0.5) / SAMPLES)
DCT[0] /= np.sqrt(2)
_LOW_PASS = DCT[: FAST[1] + 1].T @ DCT[: FAST[1] + 1]  # the projection on rows 0 to 24: an ideal low-pass

# Mean and deviation of what `encode` reads, over 20 000 training drivers. To three decimals, what this prints:
# rng = np.random.default_rng(0); x = sample_tasks(rng, 20_000).support(rng, 5).x
# readings = encode(x).reshape(-1, 14) * _SPREAD + _CENTRE; print(readings.mean(0), readings.std(0))
_CENTRE = np.array(
    [0.672, -0.073, 0.022, -2.529, -2.632, -3.096, 1.018, 0.281, 0.368, -2.419, -2.527, -3.002, 0.587, 4.001]
)
_SPREAD = np.array([1.546, 1.710, 1.493, 1.562, 1.454, 1.365, 1.697, 1.844, 1.650, 1.601, 1.487, 1.402, 0.333, 0.424])


def decode(x: Array) -> Array:
    """Windows (..., 80, 4) -> their log-features psi (..., 6), exactly. The inverse of `synthesise`.

    Values that no drive has (no motion at all, a negative speed) give extreme numbers instead of not-a-number.
    """
    rms = 0.5 * _log(_band_powers(x, (SLOW, FAST)) / SAMPLES)
    means = (_log(x[..., HEADWAY]).mean(-1), _log(x[..., SPEED].mean(-1)))
    return _expand(np.concatenate([rms, np.stack(means, axis=-1)], axis=-1))


def measure(x: Array) -> Array:
    """Windows (..., 80, 4) -> six numbers that an engineer would compute (..., 6), in units.

    Root mean square of the slow and of the fast band of longitudinal, then of lateral acceleration, in m/s²; geometric
    mean of the time gap, in s; mean speed, in km/h.
    """
    return np.exp(compress(decode(x)))


def compress(psi: Array) -> Array:
    """Log-features psi (..., 6) -> the same below `_KNEE`, and growing logarithmically above."""
    knee = _KNEE.astype(psi.dtype)
    compressed: Array = np.minimum(psi, knee) + _SOFTNESS * np.log1p(np.maximum(psi - knee, 0) / _SOFTNESS)
    return compressed


def _expand(compressed: Array) -> Array:
    """Invert `compress`, up to values that no window reaches."""
    knee = _KNEE.astype(compressed.dtype)
    beyond = np.minimum(np.maximum(compressed - knee, 0) / _SOFTNESS, 10)
    psi: Array = np.minimum(compressed, knee) + _SOFTNESS * np.expm1(beyond)
    return psi


def encode(x: Array) -> Array:
    """Windows (..., 80, 4) -> inputs of networks (..., 14), each about N(0, 1) over training drivers.

    Log power of both accelerations in each of BANDS, log mean time gap, log mean speed. Row 0, which the mounting
    offset shifts, and the sensor noise above 1.5 Hz are left out.
    """
    means = np.stack([x[..., channel].mean(-1) for channel in (HEADWAY, SPEED)], axis=-1)
    readings = _log(np.concatenate([_band_powers(x, BANDS), means], axis=-1))
    encoded: Array = (readings - _CENTRE.astype(readings.dtype)) / _SPREAD.astype(readings.dtype)
    return encoded


def _band_powers(x: Array, bands: tuple[tuple[int, int], ...]) -> Array:
    """Energy of longitudinal, then of lateral acceleration in each band: (..., 2 bands), (m/s²)² times SAMPLES."""
    kind = np.result_type(x, np.float32)
    members = np.array([[first <= row <= last for first, last in bands] for row in range(1, FAST[1] + 1)], kind)
    to_rows = DCT[1 : FAST[1] + 1].T.astype(kind)
    # One plain matrix product: over the strides of a channel it would be several times slower.
    flat = [np.ascontiguousarray(x[..., channel]).reshape(-1, SAMPLES) @ to_rows for channel in (AX, AY)]
    return np.concatenate([rows**2 @ members for rows in flat], axis=-1).reshape(*x.shape[:-2], 2 * len(bands))


def _log(values: Array) -> Array:
    """Of what ought to be positive: held at a billionth of the unit."""
    logarithm: Array = np.log(np.maximum(values, 1e-9))
    return logarithm


def g_forces(x: Array) -> Array:
    """Windows (..., 80, 4) -> longitudinal and lateral acceleration (..., 80, 2) in g, below 1.5 Hz.

    What a g-g diagram shows and a telematics device reports: after its filter, with the offset of its mounting.
    """
    axes = [np.ascontiguousarray(x[..., channel]).reshape(-1, SAMPLES) for channel in (AX, AY)]
    filtered = [(axis @ _LOW_PASS.astype(axis.dtype)).reshape(x.shape[:-1]) for axis in axes]
    return np.stack(filtered, axis=-1) / GRAVITY


def rule(x: Array) -> Array:
    """Apply the industry's fixed rule, aggressive beyond 0.3 g on either axis: x (..., 80, 4) -> (..., 3).

    It has no class for calm driving: the rest is normal. It is a decision without probabilities and does not depend on
    the frequency of styles, so its probability is nearly one above the threshold and nearly zero below. On each side it
    increases with the peak, which ranks windows but is not calibrated.
    """
    over = np.abs(g_forces(x)).max(axis=(-2, -1)) / HARSH
    aggressive = np.where(over > 1, 1 - _DOUBT / np.maximum(over, 1), _DOUBT * over)
    return np.stack([np.zeros_like(aggressive), 1 - aggressive, aggressive], axis=-1)
