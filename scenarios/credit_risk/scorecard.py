"""Possible drivers of default: the six axes of a scorecard, and four drivers of shifted segments only.

An axis is half a usual scorecard characteristic and half an interaction, which no linear scorecard sees; payment
history, which has none, is half missed payments and half the bureau score. Over the reference population, the
applicants at m = 0, every axis has mean 0 and variance 1, a segment's score has its world's standard deviation, and its
mean PD is the segment's central tendency.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from scenarios.credit_risk.applicants import COLUMN, even_applicants, plausible, standard, to_units
from scenarios.task import Array
from scenarios.text import Text

AXES = (  # each in the direction that usually means more risk
    Text(en="missed payments", zh="逾期记录"),
    Text(en="revolving leverage", zh="循环负债水平"),
    Text(en="debt burden", zh="偿债负担"),
    Text(en="thin credit file", zh="信用历史单薄"),
    Text(en="credit seeking", zh="近期申贷频繁"),
    Text(en="low home equity", zh="房产净值不足"),
)
# Of each axis, the characteristic that moves it most, and a change of it in units towards what usually is more risk.
MAIN_CHANGES = (
    ("delinquencies", 0, 2), ("utilisation", 20, 80), ("dti", 30, 45), ("oldest_trade", 240, 60), ("inquiries", 0, 3),
    ("cltv", 70, 95),
)  # fmt: skip
_SECOND_HALF = np.sqrt(0.5)  # of an axis: the interaction, or the bureau score
_AT_A_TIME = 256  # segments whose intercepts are sought together: they stay in the processor's cache


def _main_and_interaction(x: Array) -> tuple[Array, Array]:
    """Return the two halves of the six axes, unscaled: x (..., 13) in units -> (..., 6) each."""
    x, z = plausible(x), standard(x)
    bureau_score, dti, income, file_age, trades, inquiries, new_trades, cltv, ticket = (
        z[..., COLUMN[name]]
        for name in (
            "bureau_score", "dti", "income", "oldest_trade", "open_trades", "inquiries", "new_trades", "cltv",
            "loan_to_income",
        )
    )  # fmt: skip
    revolver = 1 / (1 + np.exp((45 - x[..., COLUMN["utilisation"]]) / 9))  # an S-curve at 45% of the limits
    missed, derogatory = (np.log1p(x[..., COLUMN[name]]) for name in ("delinquencies", "derogatory"))
    main = (
        missed + 1.2 * derogatory,
        revolver,
        _hinge((x[..., COLUMN["dti"]] - 38) / 3),
        -file_age,
        inquiries + 0.8 * new_trades,
        _hinge((x[..., COLUMN["cltv"]] - 85) / 5),
    )
    interaction = (
        -bureau_score,
        (0.30 - revolver) * income,  # in debt on a low income
        dti * ticket,  # in debt and asking for much
        -file_age * inquiries,  # a thin file with many inquiries
        trades**2,  # very few trades or very many
        cltv * ticket,  # little equity and asking for much
    )
    return np.stack(main, axis=-1), np.stack(interaction, axis=-1)


def _hinge(t: Array) -> Array:
    return np.logaddexp(np.float32(0), t)


def _unseen_effects(x: Array) -> Array:
    """Four plain effects that drive default in no training segment: x (..., 13) in units -> (..., 4)."""
    return standard(x)[..., [COLUMN[name] for name in ("job_years", "income", "loan_to_income", "open_trades")]]


@dataclass(frozen=True)
class Scales:
    """Constants that give the axes mean 0 and variance 1 over the reference population, and alpha its level."""

    main: tuple[Array, Array]  # centre and spread, (6,) each
    interaction: tuple[Array, Array]
    axes: tuple[Array, Array]
    covariance: Array  # (6, 6): of the axes
    unseen: Array  # (11, 4): from [1, phi, effects] to four orthonormal numbers that the axes do not explain
    reference: Array  # (rows, 10): the drivers of that population


def _blend(main: Array, interaction: Array) -> Array:
    blend: Array = _SECOND_HALF * (main + np.clip(interaction, -4, 4))
    return blend


def _standardised(values: Array, scale: tuple[Array, Array]) -> Array:
    standardised: Array = (values - scale[0]) / scale[1]
    return standardised


def _scale_of(values: Array) -> tuple[Array, Array]:
    return values.mean(0), np.maximum(values.std(0), np.float32(1e-6))


@cache
def scales() -> Scales:
    """Fitted on the reference population."""
    x = to_units(even_applicants())
    main, interaction = _main_and_interaction(x)
    fitted = _scale_of(main), _scale_of(interaction)
    phi = _blend(_standardised(main, fitted[0]), _standardised(interaction, fitted[1]))
    of_axes = _scale_of(phi)
    known = np.column_stack([np.ones(len(x)), _standardised(phi, of_axes)])
    effects = _unseen_effects(x)
    explained = np.linalg.lstsq(known, effects, rcond=None)[0]
    rest = effects - known @ explained
    whiten = np.linalg.inv(np.linalg.cholesky(np.cov(rest.T))).T
    unseen = np.concatenate([-explained, np.eye(effects.shape[1])]) @ whiten
    values = np.column_stack([known[:, 1:], rest @ whiten])
    covariance = np.cov(known[:, 1:].T)
    return Scales(*fitted, of_axes, covariance, unseen.astype(np.float32), values.astype(np.float32))


def axes(x: Array) -> Array:
    """Return the six scorecard axes phi of each application: x (..., 13) in units -> (..., 6)."""
    fitted = scales()
    main, interaction = _main_and_interaction(x)
    blend = _blend(_standardised(main, fitted.main), _standardised(interaction, fitted.interaction))
    return _standardised(blend, fitted.axes)


@cache
def steps_of_main_changes() -> tuple[float, ...]:
    """Return by how much each of MAIN_CHANGES moves its own axis on average over the reference population: (6,)."""
    x = to_units(even_applicants())
    steps = []
    for axis, (name, *ends) in enumerate(MAIN_CHANGES):
        before, after = (axes(np.where(np.arange(len(COLUMN)) == COLUMN[name], end, x)) for end in ends)
        steps.append(float((after - before)[:, axis].mean()))
    return tuple(steps)


def drivers(x: Array) -> Array:
    """Return the axes and four numbers, uncorrelated with all others, that only novel segments use: (..., 10)."""
    phi = axes(x)
    unseen = scales().unseen
    return np.concatenate([phi, unseen[0] + phi @ unseen[1:7] + _unseen_effects(x) @ unseen[7:]], axis=-1)


def intercepts(weights: Array, rate: Array) -> Array:
    """Return alpha (tasks,) of each segment, at which the mean PD of the reference population is the given rate.

    weights (tasks, 6 or 10) of the axes or all drivers, rate (tasks,). Newton's method in the log odds of the mean PD.
    """
    reference = scales().reference[:, : weights.shape[1]].T
    wanted = log_odds(rate)
    blocks: list[Array] = [np.empty(0)]
    for start in range(0, len(weights), _AT_A_TIME):
        score = weights[start : start + _AT_A_TIME].astype(np.float32) @ reference
        odds = np.exp(np.clip(score, -40, 40, out=score), out=score)
        level = wanted[start : start + _AT_A_TIME]
        alpha, pd = level - 1.5, np.empty_like(odds)
        for _ in range(7):  # in place: a third of the time went into fresh memory
            np.multiply(np.exp(alpha).astype(np.float32)[:, None], odds, out=pd)
            np.subtract(1, np.divide(1, np.add(1, pd, out=pd), out=pd), out=pd)
            mean = pd.mean(1, dtype=float)
            slope = (mean - np.multiply(pd, pd, out=pd).mean(1, dtype=float)) / (mean * (1 - mean))
            alpha = alpha - np.clip((log_odds(mean) - level) / slope, -2, 2)
        blocks.append(alpha)
    return np.concatenate(blocks)


def log_odds(p: Array | float) -> Array:
    """Return log(p / (1 - p))."""
    odds: Array = np.log(p) - np.log1p(-np.asarray(p))
    return odds


def weights_from(v: Array, deviation: float) -> Array:
    """Convert v (..., 6) to w (..., 6): the same mixture of axes, with this standard deviation of the score."""
    known = scales().covariance
    weights: Array = deviation * v / np.sqrt(np.einsum("...i,ij,...j->...", v, known, v))[..., None]
    return weights
