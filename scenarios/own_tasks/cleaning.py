"""Characters that mislead: invisible ones, full-width ones, and names that look the same."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from scenarios.text import Text, enumerated

LONGEST_NAME = 80  # characters of a column name that are kept
_LISTED = 5  # values that a sentence lists
_SHOWN = 40  # characters of a value that a sentence quotes
# Zero-width characters, joiners, marks of direction, variation selectors, and the byte order mark.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb]"
)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SPACES = re.compile(r"[ \u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_FULL_WIDTH = {0xFF01 + i: 0x21 + i for i in range(94)} | {0x2212: "-", 0x3000: " "}  # and the minus of typographers
# Cyrillic and Greek letters that look like Latin ones: enough to see that two names are the same to a user.
_LOOK_ALIKE = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеоѕіјрсухΑΒΕΖΗΙΚΜΝΟΡΤΥΧονıⅼ", "ABESIJKMHOPCTYXaeosijpcyxABEZHIKMNOPTYXovil"
)

_RENAMED = Text(
    en="Columns {first} and {second} have the same name, or names that look the same: the second is called “{name}”.",
    zh="第 {first} 列与第 {second} 列同名，或看起来同名：后者改称“{name}”。",
)
_UNNAMED = Text(en="Column {place} has no name and is called “{name}”.", zh="第 {place} 列没有名称，暂称“{name}”。")


def clean(value: str) -> str:
    """Return a cell's text without invisible characters and outer spaces, with full-width ASCII made narrow."""
    value = unicodedata.normalize("NFC", _INVISIBLE.sub("", value)).translate(_FULL_WIDTH)
    return _CONTROLS.sub(" ", value).strip()


def cleaned(texts: Iterable[str]) -> list[str]:
    """Return texts, each as `clean` returns it."""
    stripped = [text.strip() for text in texts]
    together = "".join(stripped)
    return stripped if together.isascii() and together.isprintable() else [clean(text) for text in stripped]


def shown(value: object) -> str:
    """Return a value as a sentence quotes it: short, on one line, without what changes the direction of text."""
    text = _SPACES.sub(" ", clean(str(value)))
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def listed(values: Sequence[object]) -> Text:
    """Return several values as a sentence lists them: the first five, and how many more there are."""
    return enumerated([shown(value) or "–" for value in values] or ["–"], _LISTED)


def unique_names(names: Sequence[str]) -> tuple[list[str], tuple[Text, ...]]:
    """Return column names that differ also to the eye, and a sentence for each name that was changed."""
    result: list[str] = []
    notes: list[Text] = []
    seen: dict[str, int] = {}  # by the letters that a user sees: the place of the column, from 1
    for place, raw in enumerate(names, start=1):
        name = _SPACES.sub(" ", clean(raw))[:LONGEST_NAME].strip()
        unnamed = not name
        if unnamed:
            name = f"column {place}"
        first, original, number = seen.get(looks(name)), name, 2
        while looks(name) in seen:
            name, number = f"{original} ({number})", number + 1
        if unnamed:
            notes.append(_UNNAMED.format(place=place, name=shown(name)))
        elif first is not None:
            notes.append(_RENAMED.format(first=first, second=place, name=shown(name)))
        seen[looks(name)] = place
        result.append(name)
    return result, tuple(notes)


def looks(name: str) -> str:
    """Return a text that is the same for names that look the same."""
    return unicodedata.normalize("NFKC", name).translate(_LOOK_ALIKE)


def look_alike(names: Iterable[str]) -> tuple[str, str] | None:
    """Return the first two names that differ only in case, spaces or letters that look the same."""
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault("".join(looks(name).casefold().split()), name)
        if other != name:
            return other, name
    return None
