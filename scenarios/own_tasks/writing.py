"""Write a table as CSV that no spreadsheet program takes for formulas."""

import re

import pandas as pd

# What a cell of text begins with if a spreadsheet program evaluates it, also full-width and after a space.
_FORMULA = re.compile(r"\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20\u2212]")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?%?")
_BOM = "\ufeff"  # by which a spreadsheet program reads UTF-8


def harmless(value: object) -> object:
    """Return a cell with an apostrophe before a text that would be evaluated; numbers stay as they are."""
    if not isinstance(value, str) or not _FORMULA.match(value) or _NUMBER.fullmatch(value):
        return value
    return f"'{value}"


def to_csv(frame: pd.DataFrame, separator: str = ",", decimal: str = ".") -> bytes:
    """Return a table as CSV, in UTF-8 with a byte order mark. Names and texts cannot be formulas.

    Raises
    ------
    ValueError
        If the separator is the decimal mark.
    """
    if separator == decimal:
        raise ValueError(f"separator and decimal mark are both {separator!r}")
    safe = frame.apply(lambda column: column if column.dtype.kind in "fiub" else column.map(harmless))
    safe.columns = pd.Index([harmless(str(name)) for name in frame.columns])
    text: str = safe.to_csv(index=False, sep=separator, decimal=decimal, lineterminator="\r\n")
    return (_BOM + text).encode("utf-8")
