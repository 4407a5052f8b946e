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


def reliability(counts: Array, sums: Array, prevalence: float, *, fewest: int = 50) -> tuple[Array, Array]:
    """(said, seen): predicted risk and the share that is ill, bin by bin, both at a prevalence in (0, 1).

    counts (2, bins) tells how often each balanced risk was said to non-cases and to cases, sums (bins,) what those
    risks add up to. Bins with fewer than `fewest` examples are left out.
    """
    weight = np.array([[1 - prevalence], [prevalence]]) / counts.sum(1, keepdims=True)
    predicted, _, _ = reliability_as_counted(counts, sums, fewest=fewest)
    weighted = (counts * weight)[:, counts.sum(0) >= fewest]
    return correct(predicted, prevalence), weighted[1] / weighted.sum(0)


def reliability_as_counted(counts: Array, sums: Array, *, fewest: int = 50) -> tuple[Array, Array, Array]:
    """(said, seen, examples): the same where examples came at their natural mix, and nothing is to be corrected."""
    examples = counts.sum(0)
    kept = examples >= fewest
    return sums[kept] / examples[kept], counts[1, kept] / examples[kept], examples[kept]
