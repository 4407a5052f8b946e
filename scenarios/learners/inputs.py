"""Kinds of input for a method: the networks' encoding, or one that suits it better.

A simple method is only as good as its inputs. Each kind of input is a function of an example in units and of a few
constants that are fitted to labelled examples of training tasks; methods choose among them on training tasks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from scenarios.episode import Episode
from scenarios.scenario import Scenario
from scenarios.task import Array, Examples

See = Callable[[Episode], tuple[Array, Array]]  # support inputs (tasks, rows, inputs), query inputs
_BINS = 8  # bins of a characteristic for weights of evidence
_KNOTS = 16  # knots of a regression curve
_HINGES, _PAIRS = 8, 15  # splines: hinges for each input, and products of two
_RANKS, _OUTERMOST = 31, 2.9  # normal scores: knots, and the deviates of the outermost ones
_LEAST_SPREAD = 1e-6
_VARIES = 1e-4  # the standard deviation of a spline that is worth keeping


@dataclass(frozen=True)
class Kind:
    """One kind of input.

    Parameters
    ----------
    raw : callable
        From a scenario, examples in units (..., *example_shape) and the kind's constants to numbers (..., inputs).
        These are then standardised over training examples.
    constants : callable
        From a scenario and labelled examples of training tasks to constants by name.
    names : tuple of str
        The constants' names.
    suits : callable
        Whether a scenario has it.
    """

    raw: Callable[..., Array]
    constants: Callable[[Scenario, Examples], dict[str, Array]] = lambda scenario, known: {}
    names: tuple[str, ...] = ()
    suits: Callable[[Scenario], bool] = lambda scenario: True


def _encoded(scenario: Scenario, x: Array) -> Array:
    return scenario.encode(x).astype(float)


def _units(_: Scenario, x: Array) -> Array:
    return x.astype(float)


def _by_hand(scenario: Scenario, x: Array) -> Array:
    return scenario.features_by_hand(x).astype(float)  # type: ignore[misc]  # where `suits` says so


def _quadratic(scenario: Scenario, x: Array) -> Array:
    """Return the encoded inputs, their squares and all their products."""
    z = _encoded(scenario, x)
    one, other = np.triu_indices(z.shape[-1])
    return np.concatenate([z, z[..., one] * z[..., other]], axis=-1)


def _weights_of_evidence(_: Scenario, x: Array, *, edges: Array, evidence: Array) -> Array:
    """Return each characteristic as the log odds of its bin (Siddiqi 2006, Credit Risk Scorecards)."""
    return of_bins(x, edges, evidence)


def of_bins(x: Array, edges: Array, values: Array) -> Array:
    """Return each characteristic's value of its bin: x (..., d), edges (d, bins - 1), values (d, bins) -> (..., d)."""
    columns = [
        of_bin[np.searchsorted(cuts, x[..., column], side="right")]
        for column, (cuts, of_bin) in enumerate(zip(edges, values, strict=True))
    ]
    return np.stack(columns, axis=-1)


def equal_bins(x: Array, bins: int) -> Array:
    """Return the edges (d, bins - 1) of bins that hold the same share of x (rows, d), but for ties."""
    edges: Array = np.quantile(x.astype(float), np.arange(1, bins) / bins, axis=0, method="inverted_cdf").T
    return edges


def _bins(_: Scenario, known: Examples) -> dict[str, Array]:
    x, is_bad = known.x.reshape(-1, known.x.shape[-1]).astype(float), known.y.reshape(-1) == 1
    edges = equal_bins(x, _BINS)
    evidence = []
    for column, cuts in zip(x.T, edges, strict=True):
        place = np.searchsorted(cuts, column, side="right")
        bad, good = (np.bincount(place[of], minlength=_BINS) + 0.5 for of in (is_bad, ~is_bad))
        evidence.append(np.log(bad / good))
    return {"edges": edges, "evidence": np.array(evidence)}


def _curve(_: Scenario, x: Array, *, knots: Array) -> Array:
    """Return Gaussian bumps over the range of x: with a Gaussian prior of their heights, a Gaussian process."""
    bumps: Array = np.exp(-0.5 * np.square((x.astype(float) - knots) / (knots[1] - knots[0])))
    return bumps


def _knots(_: Scenario, known: Examples) -> dict[str, Array]:
    return {"knots": np.linspace(known.x.min(), known.x.max(), _KNOTS)}


def _splines(scenario: Scenario, x: Array, *, kept: Array, **constants: Array) -> Array:
    """Return those of `_all_splines` that vary: kept (numbers,) are their places."""
    return _all_splines(scenario, x, **constants)[..., kept.astype(int)]


def _all_splines(scenario: Scenario, x: Array, *, hinges: Array, middle: Array, pairs: Array) -> Array:
    """Return the quadratic inputs, linear splines of each, and of some pairs the products by quadrant.

    hinges (knots, inputs), middle (inputs,) and pairs (pairs, 2). A product of two splines lets one characteristic
    matter on one side of another alone (Friedman 1991, Annals of Statistics 19:1-67).
    """
    z = _encoded(scenario, x)
    one, other = ((z - middle)[..., of] for of in pairs.astype(int).T)
    above, beside = np.maximum(one, 0), np.maximum(other, 0)
    quadrants = [above * beside, above * (beside - other), (above - one) * beside]
    return np.concatenate([_quadratic(scenario, x), *(np.maximum(z - knot, 0) for knot in hinges), *quadrants], axis=-1)


def _hinges(scenario: Scenario, known: Examples) -> dict[str, Array]:
    """Return the constants of `_splines`; the pairs are those by whose product classes differ most within tasks."""
    z = _encoded(scenario, known.x)
    flat = z.reshape(-1, z.shape[-1])
    one, other = np.triu_indices(z.shape[-1], 1)
    products = z[..., one] * z[..., other]
    of_task = [products[task][y == 1].mean(0) - products[task][y == 0].mean(0) for task, y in enumerate(known.y)]
    apart = np.square(of_task).mean(0) / flat.std(0)[one] ** 2 / flat.std(0)[other] ** 2
    first = np.argsort(-apart)[:_PAIRS]
    constants = {
        "hinges": np.quantile(flat, np.linspace(0.05, 0.95, _HINGES), axis=0),
        "middle": np.median(flat, axis=0),
        "pairs": np.stack([one[first], other[first]], axis=1).astype(float),
    }
    values = _all_splines(scenario, known.x, **constants)
    return constants | {"kept": np.flatnonzero(values.reshape(-1, values.shape[-1]).std(0) > _VARIES)}


def _normal_scores(scenario: Scenario, x: Array, *, quantiles: Array) -> Array:
    """Return each encoded input as the normal deviate of its rank among training rows: quantiles (knots, inputs).

    Heavy tails, as of laboratory values, cost a discriminant more than most of the gain from other tasks.
    """
    deviates, z = _deviates(), _encoded(scenario, x)
    # From both ends, because of ties: they get the middle of the deviates that they span.
    columns = [
        np.interp(value, knots, deviates) - np.interp(-value, -knots[::-1], deviates)
        for value, knots in zip(np.moveaxis(z, -1, 0), quantiles.T, strict=True)
    ]
    return np.stack(columns, axis=-1) / 2


def _deviates() -> Array:
    """Return evenly spaced normal deviates (knots,), symmetric about 0."""
    return np.linspace(-_OUTERMOST, _OUTERMOST, _RANKS)


def _quantiles(scenario: Scenario, known: Examples) -> dict[str, Array]:
    z = _encoded(scenario, known.x)
    shares = [NormalDist().cdf(deviate) for deviate in _deviates()]
    return {"quantiles": np.quantile(z.reshape(-1, z.shape[-1]), shares, axis=0)}


KINDS: dict[str, Kind] = {  # weights files hold places in this order: add at the end
    "encoded": Kind(_encoded),
    "units": Kind(_units, suits=lambda scenario: not scenario.regression and scenario.signal is None),
    "by_hand": Kind(_by_hand, suits=lambda scenario: scenario.features_by_hand is not None),
    "quadratic": Kind(_quadratic, suits=lambda scenario: not scenario.regression or len(scenario.features) > 1),
    "weights_of_evidence": Kind(
        _weights_of_evidence,
        _bins,
        ("edges", "evidence"),
        suits=lambda scenario: scenario.ways == 2 and scenario.signal is None,
    ),
    "curve": Kind(
        _curve, _knots, ("knots",), suits=lambda scenario: scenario.regression and len(scenario.features) == 1
    ),
    "splines": Kind(
        _splines,
        _hinges,
        ("hinges", "middle", "pairs", "kept"),
        suits=lambda scenario: scenario.ways == 2 and scenario.signal is None and not scenario.regression,
    ),
    "normal_scores": Kind(  # for users' tables; our scenarios' encodings already match the shape of their features
        _normal_scores, _quantiles, ("quantiles",), suits=lambda scenario: not scenario.is_demonstrated
    ),
}
LABEL_FREE = ("encoded", "units", "by_hand")  # kinds whose constants need no labels of other tasks


@dataclass(frozen=True)
class Inputs:
    """One kind of input with its constants, and its means and standard deviations (inputs,)."""

    scenario: Scenario
    kind: str
    constants: Mapping[str, Array]
    centre: Array
    spread: Array

    def __call__(self, x: Array) -> Array:
        """Examples in units (..., *example_shape) -> (..., inputs), about mean 0 and deviation 1."""
        raw = KINDS[self.kind].raw(self.scenario, x, **self.constants)
        standardised: Array = (raw - self.centre) / self.spread
        return standardised

    def of(self, episode: Episode) -> tuple[Array, Array]:
        """Return the inputs of the support set, padded as it is, and of the query set."""
        support = self(episode.raw.support.x)
        padding = episode.mask.shape[1] - support.shape[1]
        return np.pad(support, [(0, 0), (0, padding), (0, 0)]), self(episode.raw.query.x)

    @property
    def size(self) -> int:
        """The number of inputs."""
        return len(self.centre)

    def arrays(self) -> dict[str, Array]:
        """Return the arrays of a weights file: the index of the kind, and the constants."""
        kind = np.array(list(KINDS).index(self.kind))
        return {"inputs": kind, "centre": self.centre, "spread": self.spread, **self.constants}


def fitted(scenario: Scenario, kind: str, known: Examples) -> Inputs:
    """Return a kind of input with the constants of labelled examples (tasks, n) of training tasks."""
    constants = KINDS[kind].constants(scenario, known)
    raw = KINDS[kind].raw(scenario, known.x, **constants)
    flat = raw.reshape(-1, raw.shape[-1])
    return Inputs(scenario, kind, constants, flat.mean(0), np.maximum(flat.std(0), _LEAST_SPREAD))


def restored(scenario: Scenario, arrays: Mapping[str, Array]) -> Inputs:
    """Return the inputs from `Inputs.arrays`. Raises KeyError or ValueError if it is of another scenario."""
    place = int(arrays["inputs"])
    kind = list(KINDS)[place] if 0 <= place < len(KINDS) else ""
    if not kind or not KINDS[kind].suits(scenario):
        raise ValueError("inputs of another scenario")
    constants = {name: arrays[name] for name in KINDS[kind].names}
    return Inputs(scenario, kind, constants, arrays["centre"], arrays["spread"])


def suitable(scenario: Scenario) -> tuple[str, ...]:
    """Return the kinds of input that a scenario has."""
    return tuple(name for name, kind in KINDS.items() if kind.suits(scenario))
