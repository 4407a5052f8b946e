"""A figure with its confidence interval, as it is published. Nothing here needs TensorFlow or SciPy."""

from typing import NamedTuple

import numpy as np


class OpenEstimate(NamedTuple):
    """An estimate whose parts are None if they were not measured, or are not defined."""

    mean: float | None
    low: float | None
    high: float | None


class Estimate(NamedTuple):
    """The mean of a figure over tasks and the ends of its 95% confidence interval, in the figure's unit."""

    mean: float
    low: float
    high: float

    def rounded(self, digits: int) -> "Estimate":
        """Return the estimate with a number of decimals."""
        return Estimate(*(round(each, digits) for each in self))

    def opened(self, digits: int) -> OpenEstimate:
        """Return the estimate rounded, with None for values that are not finite."""
        return OpenEstimate(*(round(each, digits) if np.isfinite(each) else None for each in self))
