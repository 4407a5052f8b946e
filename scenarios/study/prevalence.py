"""From balanced support sets to a clinic where most patients are not ill."""

import numpy as np

from scenarios.task import Array


def correct(probability: Array, prevalence: float) -> Array:
    """Move the odds of a classifier that was fitted on balanced classes to a deployment prevalence in (0, 1).

    logit p' = logit p + log(pi / (1 - pi)) (Saerens, Latinne and Decaestecker 2002, Neural Computation 14:21-41).
    """
    odds = prevalence / (1 - prevalence)
    return probability * odds / (probability * odds + (1 - probability))


def predictive_values(sensitivity: float, specificity: float, prevalence: float) -> tuple[float, float]:
    """Positive and negative predictive value at a prevalence in (0, 1), by Bayes' rule."""
    true_positive, false_positive = sensitivity * prevalence, (1 - specificity) * (1 - prevalence)
    true_negative, false_negative = specificity * (1 - prevalence), (1 - sensitivity) * prevalence
    return true_positive / (true_positive + false_positive), true_negative / (true_negative + false_negative)


def reliability(counts: Array, edges: Array, prevalence: float, *, fewest: int = 50) -> tuple[Array, Array]:
    """(said, seen): predicted risk and the share that is ill, bin by bin, both at a prevalence in (0, 1).

    counts (2, bins) tells how often each balanced risk was said to non-cases and to cases; edges (bins - 1,) are the
    inner edges of the bins, in log odds. Bins with fewer than `fewest` examples are left out.
    """
    weight = np.array([[1 - prevalence], [prevalence]]) / counts.sum(1, keepdims=True)
    kept = counts.sum(0) >= fewest
    weighted = (counts * weight)[:, kept]
    return correct(_middles(edges)[kept], prevalence), weighted[1] / weighted.sum(0)


def reliability_as_counted(counts: Array, edges: Array, *, fewest: int = 50) -> tuple[Array, Array, Array]:
    """(said, seen, examples): the same where examples came at their natural mix, and nothing is to be corrected."""
    examples = counts.sum(0)
    kept = examples >= fewest
    return _middles(edges)[kept], counts[1, kept] / examples[kept], examples[kept]


def _middles(edges: Array) -> Array:
    """The probability in the middle of each bin; the outermost, which have no end, count as wide as the rest."""
    width = edges[1] - edges[0]
    log_odds = np.concatenate([[edges[0] - width / 2], (edges[:-1] + edges[1:]) / 2, [edges[-1] + width / 2]])
    probability: Array = 1 / (1 + np.exp(-log_odds))
    return probability
