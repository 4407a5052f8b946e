"""The reader's language: what the address says, else what their browser prefers, else English."""

from decimal import Decimal

from scenarios.metrics import Metric
from scenarios.text import LANGUAGES, Language

TAG: dict[Language, str] = {"en": "en", "zh": "zh-CN"}  # for browsers
NAMES: dict[Language, str] = {"en": "English", "zh": "中文"}


def from_locale(locale: str | None) -> Language:
    """zh, zh-CN, zh-Hans-SG ... -> zh; everything else, and nothing, -> en."""
    return "zh" if (locale or "").lower().startswith("zh") else "en"


def script(language: Language) -> str:
    """Return the script with which a page names its language, for screen readers and hyphenation."""
    return f"document.documentElement.lang = '{TAG[language]}'"


def is_language(code: object) -> bool:
    """Return whether a value is the code of a language."""
    return code in LANGUAGES


def percent(share: float | None, digits: int = 0) -> str:
    """0.916 -> "92%", as the axes of the charts have it; None -> a dash."""
    return "–" if share is None else f"{100 * share:.{digits}f}%"


NEGLIGIBLE = 1e-6  # an error that only rounding makes


def scored(value: float | None, metric: Metric, digits: int = 0) -> str:
    """Format a score as its metric is read: a proportion in per cent, an error with three figures."""
    if metric.is_proportion or value is None:
        return percent(value, digits)
    if value < NEGLIGIBLE:
        return "0"
    return f"{value:.2f}" if value >= 0.1 else decimal(f"{value:.2g}")


def decimal(number: str) -> str:
    """Write a number without powers of ten: 3.5e-05 -> 0.000035."""
    return f"{Decimal(number):f}"
