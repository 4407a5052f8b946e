"""The whole state of a page in its address, in codes that mean the same in every language.

Only what is listed here is ever read from an address; everything is clamped, and nothing in an address is an error.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from dashboard.language import is_language
from scenarios.text import Language

MOST_SHOTS = 50
LAST_SEED = 999_999
LAST_DRAW = 999
PREVALENCES = (1, 5, 10, 20, 50)  # per cent


@dataclass(frozen=True)
class View:
    """What a reader has chosen."""

    lang: Language = "en"
    shots: int = 5  # labelled examples per class
    seed: int = 1  # which task
    draw: int = 0  # which examples of that task
    prevalence: int = 10  # per cent, where decisions are made

    def as_query(self) -> dict[str, str]:
        return {name: str(getattr(self, name)) for name in _READ}

    def but(self, **changes: object) -> "View":
        return replace(self, **changes)  # type: ignore[arg-type]


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if len(text) > 12 or not text.isascii():
            raise ValueError
        value = int(text)
        if not low <= value <= high:
            raise ValueError
        return value

    return read


def _one_of(*allowed: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        return allowed[[str(value) for value in allowed].index(text)]

    return read


def _language(text: str) -> str:
    if not is_language(text):
        raise ValueError
    return text


_READ: dict[str, Callable[[str], object]] = {
    "lang": _language,
    "shots": _whole(1, MOST_SHOTS),
    "seed": _whole(0, LAST_SEED),
    "draw": _whole(0, LAST_DRAW),
    "prevalence": _one_of(*PREVALENCES),
}


def read(query: Mapping[str, str], fallback: View) -> tuple[View, tuple[str, ...]]:
    """(what the address says, the names of those of its known parts that made no sense and fell back)."""
    changes: dict[str, object] = {}
    refused = []
    for name, convert in _READ.items():
        if name in query:
            try:
                changes[name] = convert(query[name])
            except ValueError:
                refused.append(name)
    return fallback.but(**changes), tuple(refused)
