"""Numbers that a user types: with a decimal comma or full-width digits too, and never read as another number.

A browser's own field for numbers drops unknown characters: "1,5" becomes 15. The light pages of rooms get pattern,
marks and limit from here.
"""

import re

from scenarios.text import Text

WIDE, PLAIN = "０１２３４５６７８９．，＋－−ｅＥ", "0123456789.,+--eE"
PATTERN = r"[+-]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eE][+-]?[0-9]{1,3})?"  # as in Python and JavaScript
LONGEST = 30  # characters
_PLAIN, _NUMBER = str.maketrans(WIDE, PLAIN), re.compile(PATTERN)
NO_NUMBER = Text(
    en="{name}: “{typed}” is no number. Type one such as 1.5.", zh="{name}：“{typed}”不是数字，请输入如 1.5 的数字。"
)
_BEYOND = Text(
    en="{name} must be from {low:g} to {high:g}, not {typed}.",
    zh="{name} 应在 {low:g} 到 {high:g} 之间，而不是 {typed}。",
)


def read(text: str) -> float:
    """Return the number of a text such as "1.5", "1,5", "１．５", "-2" or "1e3". Raises ValueError if it is none."""
    plain = text.strip().translate(_PLAIN)
    if len(plain) > LONGEST or not _NUMBER.fullmatch(plain):
        raise ValueError
    return float(plain.replace(",", "."))


def refusal(name: str | Text, typed: str, low: float, high: float) -> Text | None:
    """Return why a typed number cannot be taken, None if it can: it is none, or beyond the limits."""
    try:
        number = read(typed)
    except ValueError:
        return NO_NUMBER.format(name=name, typed=typed[:LONGEST])
    return None if low <= number <= high else _BEYOND.format(name=name, low=low, high=high, typed=typed.strip())
