"""Net benefit of acting on predicted risks, at every threshold, from counts of predicted risks.

Counts are by bins of predicted risk. At an edge between two bins, the counts of each class above it, and with them the
net benefit at that threshold, are exact; within a bin they are unknown.
"""

from collections.abc import Sequence

import numpy as np

from scenarios.evaluation.prevalence import correct
from scenarios.task import Array, Labels


def thresholds(edges: Sequence[float], prevalence: float = 0.5) -> Array:
    """Return the edges between bins as risks at a prevalence in (0, 1).

    Parameters
    ----------
    edges : (bins - 1,)
        In log odds, of risks for classes that are equally frequent.
    prevalence : float
        Where the risks are used. One half leaves them as they are.
    """
    return correct(1 / (1 + np.exp(-np.asarray(edges, float))), prevalence)


def above(counts: Labels) -> Array:
    """Return the share of each class that lies above each edge: (2, bins) -> (2, bins - 1).

    The first row is the false-positive rate, the second the sensitivity.
    """
    from_the_top = counts[:, ::-1].cumsum(1)[:, ::-1]
    shares: Array = from_the_top[:, 1:] / counts.sum(1, keepdims=True)
    return shares


def net_benefit(positive: Array, threshold: Array | float, prevalence: float) -> Array:
    """Return the net benefit of acting on the positives, per example.

    The threshold is the lowest risk at which one would act. Its odds are the price of a false positive in true
    positives: at 10%, nine false alarms are as bad as one missed case. True positives less false positives at that
    price are the net benefit (Vickers and Elkin 2006, Med Decis Making 26:565-574); that of treating none is 0.

    Parameters
    ----------
    positive : (2, ...)
        The share of non-cases and of cases who are positive; ones for treating everybody.
    threshold : (...)
        In (0, 1), as a risk at the prevalence.
    prevalence : float
        The share of cases, in (0, 1).

    Returns
    -------
    array (...)
        Net true positives per example: at most the prevalence.
    """
    false, true = positive
    odds = threshold / (1 - threshold)
    benefit: Array = prevalence * true - (1 - prevalence) * false * odds
    return benefit


def errors_below(shares: Array) -> Array:
    """Return the standard errors of two means over tasks, and their correlation.

    Parameters
    ----------
    shares : (2, tasks, edges)
        The share of each task's examples that lie below an edge: those who are no case, and the cases.

    Returns
    -------
    array (3, edges)
        The correlation is 0 if a share is the same in every task.
    """
    deviations = shares - shares.mean(1, keepdims=True)
    spread = np.sqrt((deviations**2).sum(1))
    product = spread.prod(0)
    correlation = (deviations[0] * deviations[1]).sum(0) / np.where(product, product, 1)
    tasks = shares.shape[1]
    return np.concatenate([spread / np.sqrt(tasks * (tasks - 1)), correlation[None]])


def half_width(errors: Array, false: Array | float, true: Array | float, tasks: int) -> Array:
    """Return half the width of the 95% interval of `false` times one mean share less `true` times the other.

    Such a sum is the value of acting, in net benefit and in profit: exactly linear in the shares of a task.

    Parameters
    ----------
    errors : (3, edges)
        As of `errors_below`.
    false, true : float or (edges,)
        What an example that is no case, and a case, adds.
    tasks : int
        Behind the means.
    """
    one, other = false * errors[0], true * errors[1]
    variance = one**2 + other**2 - 2 * errors[2] * one * other
    width: Array = _student(tasks) * np.sqrt(np.maximum(variance, 0))
    return width


def _student(tasks: int) -> float:
    """Return the 97.5% quantile of Student's distribution for a mean over tasks (Cornish and Fisher's expansion).

    Within 0.004 from ten tasks on; the web process does without SciPy.
    """
    z, n = 1.959963984540054, tasks - 1
    return z + (z**3 + z) / (4 * n) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)


def net_of_false(true: Array, false: Array, price: Array) -> Array:
    """Return true alarms minus false ones at a price, for the best of several ways to raise alarms.

    With a known price, the best way is chosen: the value is the upper envelope of their lines, as in cost curves
    (Drummond and Holte 2006, Machine Learning 65:95-130).

    Parameters
    ----------
    true, false : (ways,)
        Alarms of each kind per hour.
    price : (prices,)
        Of a false alarm, in true ones.

    Returns
    -------
    array (prices,)
    """
    worth: Array = (true[:, None] - false[:, None] * price).max(0)
    return worth
