"""From balanced support sets to a clinic where most patients are not ill."""

from typing import NamedTuple

import numpy as np

from scenarios.task import Array, Labels


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


class Reliability(NamedTuple):
    """Predicted risks and observed outcomes, bin by bin.

    Parameters
    ----------
    predicted, observed : (bins,)
        The mean predicted risk, and the share that is ill.
    share : (bins,)
        Of all predictions, those in the bin. They add up to less than 1 if bins with few examples are left out.
    examples : (bins,)
        How many examples were counted.
    """

    predicted: Array
    observed: Array
    share: Array
    examples: Labels

    @property
    def error(self) -> float:
        """The mean distance of predicted from observed, weighted by the share of predictions in each bin.

        Over bins alone, fifty predictions would count as much as ten thousand, and a model whose predictions reach
        into more bins, because it tells examples apart, would look worse than one that tells little.
        """
        return float(np.average(np.abs(self.predicted - self.observed), weights=self.share))


def reliability(counts: Labels, sums: Array, prevalence: float, *, fewest: int = 50) -> Reliability:
    """Return the reliability of balanced risks that are moved to a prevalence in (0, 1).

    counts (2, bins): how often each balanced risk was predicted for non-cases and for cases; sums (bins,): what those
    risks add up to. Bins with fewer than `fewest` examples are left out.
    """
    weight = np.array([[1 - prevalence], [prevalence]]) / counts.sum(1, keepdims=True)
    as_counted = reliability_as_counted(counts, sums, fewest=fewest)
    weighted = (counts * weight)[:, counts.sum(0) >= fewest]
    share = weighted.sum(0)
    return Reliability(correct(as_counted.predicted, prevalence), weighted[1] / share, share, as_counted.examples)


def reliability_as_counted(counts: Labels, sums: Array, *, fewest: int = 50) -> Reliability:
    """Return the same where examples came at their natural mix, and nothing is to be corrected."""
    examples = counts.sum(0)
    kept = examples >= fewest
    share = examples[kept] / examples.sum()
    return Reliability(sums[kept] / examples[kept], counts[1, kept] / examples[kept], share, examples[kept])
