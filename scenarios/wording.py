"""Numbers as sentences have them, for pages and commands: scores, intervals, differences."""

from collections.abc import Sequence
from decimal import Decimal

from scenarios.metrics import Metric
from scenarios.text import Text

NEGLIGIBLE = 1e-6  # an error that only rounding makes
_LARGE = 100  # errors above this are shown without decimals
_INTERVAL = Text(en="{value} (95% CI {low} to {high})", zh="{value}（95% 置信区间：{low}～{high}）")
_IN_POINTS, _IN_UNITS = Text(en="{value} percentage points", zh="{value} 个百分点"), Text(en="{value}", zh="{value}")


def percent(share: float | None, digits: int = 0) -> str:
    """0.916 -> "92%", as the axes of the charts have it; None -> a dash."""
    return "–" if share is None else f"{100 * share:.{digits}f}%"


def scored(value: float | None, metric: Metric, digits: int = 0) -> str:
    """Format a score as its metric is read: a proportion in per cent, an error with three figures."""
    if metric.is_proportion or value is None:
        return percent(value, digits)
    if value < NEGLIGIBLE:
        return "0"
    if value >= _LARGE:
        return f"{value:,.0f}"
    return f"{value:.2f}" if value >= 0.1 else decimal(f"{value:.2g}")


def decimal(number: str) -> str:
    """Write a number without powers of ten: 3.5e-05 -> 0.000035."""
    return f"{Decimal(number):,f}"


def estimated(estimate: Sequence[float], metric: Metric) -> Text:
    """[mean, low, high] of a score, written after a language's custom."""
    mean, low, high = (scored(x, metric, 1) for x in estimate)
    return _INTERVAL.format(value=mean, low=low, high=high)


def difference(estimate: Sequence[float], metric: Metric) -> Text:
    """[mean, low, high] of a difference between scores: in points, or in the units of an error."""
    low, high = (_change(x, metric) for x in estimate[1:])
    return _INTERVAL.format(value=change(estimate[0], metric), low=low, high=high)


def change(value: float, metric: Metric) -> Text:
    """Return a difference between scores without its interval: in points, or in the units of an error."""
    return (_IN_POINTS if metric.is_proportion else _IN_UNITS).format(value=_change(value, metric))


def _change(value: float, metric: Metric) -> str:
    number = f"{100 * value:z.1f}" if metric.is_proportion else decimal(f"{value:z.3g}")
    return number.replace("-", "−")  # the minus of typographers
