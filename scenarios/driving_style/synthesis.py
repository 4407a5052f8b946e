"""Synthesise windows of driving from log-features: band powers, mean time gap, mean speed, and free motion.

`signals.py` reads the energy of DCT rows 1-24 of both accelerations, the means of log time gap and time gap, and the
mean speed. The rest is random, independent of style, and designed to look like driving:

- Row 0 of longitudinal acceleration changes speed over the window: in 43% of windows by more than 5 km/h, in 3% by more
  than 20. Decelerations are harder than accelerations, and both are smaller at speed.
- Row 0 of lateral acceleration is a bend: a net change of heading above 45 degrees in 13% of windows below 40 km/h, and
  in none above 90 km/h. In 30% of windows lateral acceleration has one sign throughout.
- The sign of all longitudinal rows makes the harder peak a braking one in three windows of five.
- The time gap to the car in front has a given mean and mean logarithm, hence varies by 8% RMS. Within that, distance
  follows the smooth part of speed, up to 0.25 Hz, and wanders slowly, so that the car in front drives plausibly too.

The sensor's white noise is in all rows, and motion is scaled so that both together have the band's power.
Row 0 raises no peak above 0.22 g: what is harsh are the bands.
"""

from typing import cast

import numpy as np

from scenarios.driving_style.signals import AX, AY, DCT, FAST, HEADWAY, RATE, SAMPLES, SLOW, SPEED, compress
from scenarios.task import Array

_CORRELATION_TIME = 1.0  # s, of the Ornstein-Uhlenbeck process whose spectrum shapes each band
_NOISE = 0.05  # m/s² RMS of the sensor, white: as much in the bands as above them
_MOST_NOISE = 0.5  # of a band's power: a smoother drive has a quieter sensor

_ONE_SIDED = 1.5  # m/s²: a peak of at least this is always braking, if the other sign leaves the speed positive
_NET_AX = 0.42  # m/s², mean size of a net acceleration at walking pace, before the limits below
_NET_BRAKING = 1.35  # times as much if it is a deceleration
_HALVING_SPEED = 45.0  # km/h at which net accelerations are half as large
_NET_AY = 0.5  # m/s², scale of the mean lateral acceleration of a window, before the limits below
_COMFORT = 2.2  # m/s² (0.22 g): peak beyond which neither a net acceleration nor a bend takes a window
_POWER = 45.0  # W/kg at the wheels, for net acceleration
_RADIUS = 5.5  # m, of the tightest turn
_MOST_LOST = 0.9  # share of the mean speed, in windows in which the car would still drive backwards
_GIVEN = 0.6  # largest share of the lowest speed that a net change of speed takes away

_MIRRORED = 4  # rows of the DCT, up to 0.25 Hz, in which the car in front drives like the one behind
_WANDER = slice(1, 7)  # of the time gap within a window, up to 0.375 Hz
_WANDER_RMS = 0.08  # RMS of the logarithm of the time gap
_OWN_RMS = 0.05  # of these, the part that follows from the car's own changes of speed
_MOST_OWN_RMS = 0.076  # the same, if the car in front would otherwise have to drive backwards

_ROW = np.arange(SAMPLES)
_FREQUENCY = np.pi * _ROW * RATE / SAMPLES  # rad/s
_AMPLITUDE = np.where(FAST[1] < _ROW, _NOISE, 1 / np.sqrt(1 + (_CORRELATION_TIME * _FREQUENCY) ** 2))
_MOVING = slice(1, FAST[1] + 1)
_INTEGRAL = 3.6 * np.cumsum(DCT[_MOVING], axis=1) / RATE  # of acceleration: km/h for each m/s²
_INTEGRAL -= _INTEGRAL.mean(axis=1, keepdims=True)
_RAMP = 3.6 * (_ROW - _ROW.mean()) / RATE  # of row 0: km/h for each m/s²
_SMOOTH = 1 / _FREQUENCY[_WANDER] ** 3  # so that the distance wanders slowly, without harsh acceleration in front


def synthesise(rng: np.random.Generator, psi: Array, offset: Array, out: Array) -> None:
    """Write one window per row of psi (n, 6) into out (n, 80, 4), both of one floating type.

    psi, before compression, is ln of: RMS of slow and fast longitudinal, of slow and fast lateral acceleration (m/s²),
    mean time gap (s), mean speed (km/h). offset (n, 2), m/s², is added to each acceleration by the mounting. Speed is
    the integral of longitudinal acceleration without offset and noise, which move the sensor and not the car.

    Band powers come from `rng`, free motion from a child stream: `rng` jumped by half its period, which is
    reproducible and leaves `rng` as it is.
    """
    kind, n = psi.dtype, len(psi)
    psi = compress(psi)
    rms = np.exp(psi[:, :4]).reshape(n, 2, 2)
    time_gap, mean_speed = np.exp(psi[:, 4:]).T
    rows = rng.standard_normal((n, 2, SAMPLES), dtype=kind.type)
    rows *= _AMPLITUDE.astype(kind)
    child = np.random.Generator(cast(np.random.PCG64, rng.bit_generator).jumped())
    noise = np.zeros_like(rows)
    noise[:, :, _MOVING] = _NOISE * child.standard_normal((n, 2, FAST[1]), dtype=kind.type)
    for number, (first, last) in enumerate((SLOW, FAST)):
        band = slice(first, last + 1)
        _set_rms_of_sum(rows[:, :, band], noise[:, :, band], rms[:, :, number])
    rows[:, :, 0] = 0
    slow, quick = _changes_of_speed(rows)
    backwards = (slow + quick).min(0) < -mean_speed
    if backwards.any():  # one window in 2 000: the same RMS, but alternating faster
        band = slice(SLOW[0], SLOW[1] + 1)
        rows[backwards, 0, band] = noise[backwards, 0, band] = 0
        rows[backwards, 0, SLOW[1]] = rms[backwards, 0, 0] * np.sqrt(SAMPLES)
        slow[:, backwards], quick[:, backwards] = _changes_of_speed(rows[backwards])
        lost = -(slow + quick).min(0) / mean_speed
        for part in slow, quick:  # hard braking at walking pace, in other worlds: speed then follows by halves
            part *= np.where(lost < 1, 1, _MOST_LOST / lost).astype(kind)
    wander = rng.standard_normal((n, _WANDER.stop - _WANDER.start), dtype=kind.type)
    wander *= _AMPLITUDE[_WANDER].astype(kind)
    _set_rms(wander, np.full(n, _WANDER_RMS, kind))

    uniform = child.random((3, n), dtype=kind.type)
    size = child.standard_exponential((2, n), dtype=kind.type)
    # (80, n): broadcasting over n is faster
    ax, ay = (DCT.T.astype(kind) @ (rows + noise)[:, axis].T for axis in range(2))
    speed = slow + quick

    braking_peak, driving_peak = -ax.min(0), ax.max(0)
    slowest, fastest = -speed.min(0), speed.max(0)
    one_sided = 0.5 + 0.5 * np.minimum(np.maximum(braking_peak, driving_peak) / _ONE_SIDED, 1)
    flip = ((braking_peak > driving_peak) != (uniform[0] < one_sided)) & (fastest < mean_speed)
    sign = np.where(flip, -1, 1).astype(kind)
    braking_peak, driving_peak = np.where(flip, driving_peak, braking_peak), np.where(flip, braking_peak, driving_peak)
    slowest = mean_speed - np.where(flip, fastest, slowest)

    braking = uniform[1] < 0.5
    wanted = _NET_AX / (1 + mean_speed / _HALVING_SPEED) * np.where(braking, _NET_BRAKING, 1) * size[0]
    most = np.minimum(_COMFORT, np.where(braking, np.inf, 3.6 * _POWER / mean_speed))
    room = np.minimum(most - np.where(braking, braking_peak, driving_peak), _GIVEN * slowest / _RAMP[-1])
    net = _saturate(wanted, room)
    slowest = slowest - _RAMP[-1] * net
    net = np.where(braking, -net, net).astype(kind)

    left = uniform[2] < 0.5
    room = np.minimum(_COMFORT, (slowest / 3.6) ** 2 / _RADIUS) - np.where(left, ay.max(0), -ay.min(0))
    bend = _saturate(_NET_AY * size[1] ** 1.5, room)
    bend = np.where(left, bend, -bend).astype(kind)

    speed *= sign
    speed += np.stack([np.ones(SAMPLES), _RAMP], axis=1).astype(kind) @ np.stack([mean_speed, net])
    ax *= sign
    ax += offset[:, 0] + net
    ay += offset[:, 1] + bend
    stopping_time = slowest / 3.6 / np.maximum(braking_peak - net, 0.01)
    out[..., SPEED], out[..., AX], out[..., AY] = speed.T, ax.T, ay.T
    out[..., HEADWAY] = _time_gap(time_gap, wander, speed, quick, sign, stopping_time).T


def _time_gap(time_gap: Array, wander: Array, speed: Array, quick: Array, sign: Array, stopping_time: Array) -> Array:
    """Return the time gap (80, n), s. It and its logarithm have the means of time_gap (n,) times exp(wander).

    wander (n, 6) are DCT coefficients; speed (80, n) and its part above 0.25 Hz, sign (n,) times quick, are in km/h.
    Distance follows a power below 1 of the smooth speed, and wanders. stopping_time (n,), s, limits that power: a car
    in front that moved like this one a longer time gap ahead would drive backwards. quick is overwritten.
    """
    kind = speed.dtype
    basis = DCT[_WANDER].T.astype(kind)
    gap: Array = basis @ wander.T
    mean = _mean(np.exp(gap, out=gap))
    log_gap = np.log(speed)
    variation = np.sqrt(np.maximum(_mean(np.square(log_gap, out=gap)) - _mean(log_gap) ** 2, 1e-9))
    power = np.minimum(1 - np.minimum(0.5, _OWN_RMS / variation), 0.6 * stopping_time / time_gap)
    power = np.maximum(power, 1 - _MOST_OWN_RMS / variation).astype(kind)
    log_gap *= power - 1
    quick /= speed
    quick *= sign * power
    log_gap -= quick

    # Wander fills up to the usual variance; its covariance with the rest counts.
    middle = _mean(log_gap)
    variance = _mean(np.square(log_gap, out=gap)) - middle**2
    full = variance > (most := 0.94 * _WANDER_RMS**2)
    if full.any():
        shrunk = np.sqrt(most / variance[full])
        log_gap[:, full] *= shrunk
        middle[full] *= shrunk
        variance[full] = most
    wander = wander * _SMOOTH.astype(kind)
    _set_rms(wander, np.ones_like(time_gap))
    covariance = np.einsum("nk,kn->n", wander, basis.T @ log_gap) / SAMPLES
    wander *= (np.sqrt(covariance**2 + kind.type(_WANDER_RMS**2) - variance) - covariance)[:, None]
    log_gap += np.matmul(basis, wander.T, out=gap)

    # A last stretch by 1 + excess, one in 100, sets the mean exactly; to second order it leaves the mean logarithm.
    np.exp(log_gap, out=gap)
    now = _mean(gap)
    excess = (mean * np.exp(middle) - now) / (_mean(np.multiply(gap, log_gap, out=quick)) - middle * now)
    level = time_gap * np.exp(excess**2 * _WANDER_RMS**2 / 2 - middle)
    log_gap *= excess * level
    log_gap += level * (1 - excess * middle)
    gap *= log_gap
    return gap


def _changes_of_speed(rows: Array) -> list[Array]:
    """Coefficients of acceleration (n, 2, 80) -> changes of speed up to 0.25 Hz and above, each (80, n), km/h."""
    integral = _INTEGRAL.astype(rows.dtype)
    cut = _MIRRORED + 1
    return [
        integral[:_MIRRORED].T @ rows[:, 0, 1:cut].T,
        integral[_MIRRORED:].T @ rows[:, 0, cut : _MOVING.stop].T,
    ]


def _saturate(wanted: Array, room: Array) -> Array:
    """Return about `wanted` if there is room for much more, and never more than `room`, or 0 if that is negative."""
    room = np.maximum(room, 1e-9)
    saturated: Array = room * np.tanh(wanted / room)
    return saturated


def _mean(values: Array) -> Array:
    """Mean over the first axis, as a matrix product, which is faster than `mean`."""
    average: Array = np.full(len(values), 1 / len(values), values.dtype) @ values
    return average


def _set_rms_of_sum(rows: Array, noise: Array, rms: Array) -> None:
    """Scale motion (..., k) in place, so that motion and noise (..., k) together have this root mean square (...).

    Noise that would fill more than its share of the band is made weaker, in place.
    """
    wanted = np.square(rms) * SAMPLES
    power = np.einsum("...k,...k->...", noise, noise)
    noise *= np.sqrt(np.minimum(1, _MOST_NOISE * wanted / power))[..., None]
    power = np.minimum(power, _MOST_NOISE * wanted)
    motion = np.einsum("...k,...k->...", rows, rows)
    shared = np.einsum("...k,...k->...", rows, noise)
    rows *= ((np.sqrt(shared**2 + motion * (wanted - power)) - shared) / motion)[..., None]


def _set_rms(rows: Array, rms: Array) -> None:
    """Scale coefficients (..., k) in place, so that their signal has this root mean square (...)."""
    energy = np.einsum("...k,...k->...", rows, rows)
    rows *= (rms * np.sqrt(SAMPLES, dtype=rms.dtype) / np.sqrt(energy))[..., None]
