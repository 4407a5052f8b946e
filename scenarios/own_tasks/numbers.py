"""Convert the strings of a column to numbers: decimal marks, thousands, missing values, and "<1".

A mark is certain ("0,5" has a decimal comma, "1,234,567" has thousands) or open ("1,234"). A column decides by its own
certain marks, else by those of the whole file; if neither decides about a comma, it is a question.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from scenarios.own_tasks.cleaning import listed, shown
from scenarios.task import Array
from scenarios.text import Text

MISSING = {"", "NA", "N/A", "#N/A", "NaN", "nan", "NAN", "null", "NULL", "<NA>", "#NULL!", "#NV"}  # in every column
# In a column of numbers only: elsewhere "none" may be a category.
_MISSING_NUMBER = {
    "-", "--", "---", "–", "—", ".", "..", "?", "*", "n.a.", "n/a", "na", "Na", "None", "none", "Null", "missing",
    "Missing", "unknown", "Unknown", "inf", "-inf", "Inf", "-Inf", "Infinity", "-Infinity", "#DIV/0!", "#VALUE!",
    "#REF!", "#NUM!", "#NAME?", "无", "缺失", "未知", "不详", "未测", "空",
}  # fmt: skip
_MOSTLY = 0.9  # share of a column's values that are numbers, from which on the others are exceptions
_EXCEPTIONS = 20  # different values that are no numbers, at most
_EXAMPLES = 3  # values that a sentence quotes

_SIGN, _POWER = r"[+-]?", r"(?:[eE][+-]?[0-9]{1,3})?"
_SPACE = "[ \u00a0\u2009\u202f'’]"
_PREFIX, _PERCENT_SIGN, _MONEY = r"^[<>≤≥~≈]=?\s*", r"\s*%$", r"^[$€£¥]\s?|\s?[$€£¥]$"
_CODE = r"^(?:0[0-9]+|[1-9][0-9]{15,})$"  # leading zeros, or more digits than a float holds exactly
_SIMPLE = rf"^{_SIGN}(?:[0-9]+\.?[0-9]*|\.[0-9]+){_POWER}$"
_GROUPED = rf"^[+-]?[0-9]{{1,3}}([.,]|{_SPACE})[0-9]{{3}}"
_OPEN_DOT = r"^[+-]?[1-9][0-9]{0,2}\.[0-9]{3}$"


def _groups(mark: str) -> str:
    return rf"[1-9][0-9]{{0,2}}(?:{mark}[0-9]{{3}})"


def _forms(decimal: str, other: str) -> tuple[str, str, str]:
    """Return patterns of a mark that is certainly the decimal one, certainly between thousands, and open."""
    open_form = rf"^{_SIGN}{_groups(decimal)}$"
    certain = rf"^{_SIGN}(?:[0-9]*|{_groups(other)}+|{_groups(_SPACE)}+){decimal}[0-9]+{_POWER}$"
    thousands = rf"^{_SIGN}(?:{_groups(decimal)}{{2,}}|{_groups(decimal)}+{other}[0-9]*)$"
    return certain, thousands, open_form


_COMMA, _DOT = _forms(",", r"\."), _forms(r"\.", ",")


@dataclass(frozen=True)
class Marks:
    """Possible meanings of the commas and dots of some texts: whether each is certain for some text."""

    decimal_comma: bool = False
    decimal_dot: bool = False
    open_comma: bool = False
    open_dot: bool = False

    @property
    def decimal(self) -> str:
        """The decimal mark, "" if nothing is certain or certain marks disagree."""
        if self.decimal_comma == self.decimal_dot:
            return ""
        return "," if self.decimal_comma else "."

    @property
    def disagree(self) -> bool:
        """Whether both marks are certainly decimal, each in another value."""
        return self.decimal_comma and self.decimal_dot


@dataclass(frozen=True)
class Texts:
    """A column's different texts, before it is decided whether they are numbers.

    `values` (n,) are the texts as they stand in the file, `counts` (n,) how often each occurs; `bodies` are the texts
    without percent signs, currency signs and "<", which have a mask (n,) each.
    """

    values: "pd.Series[str]"
    counts: NDArray[np.int64]
    bodies: "pd.Series[str]"
    censored: NDArray[np.bool_]
    percent: NDArray[np.bool_]
    money: NDArray[np.bool_]
    is_simple: bool  # digits, and a dot at most
    marks: Marks


@dataclass(frozen=True)
class Sample:
    """A number as it stands in the file, and as it is read."""

    column: str
    text: str
    value: str


@dataclass(frozen=True)
class Numbers:
    """A column's decision: numbers for each of its different texts, or None if it stays text."""

    values: Array | None  # (n,), NaN if missing or no number
    notes: tuple[Text, ...] = ()
    question: Text | None = None
    thousands: str = ""  # the mark between thousands that was met
    sample: Sample | None = None  # one of its numbers with a comma, to show how they are read


_CENSORED = Text(
    en="{column}: values such as “{example}” ({count}) are read as the limit itself.",
    zh="{column}：有 {count} 个类似“{example}”的值，按界限值本身读取。",
)
_PERCENT = Text(
    en="{column}: per cent signs are ignored: “{example}” is read as {value}.",
    zh="{column}：略去百分号，“{example}”读作 {value}。",
)
_CURRENCY = Text(
    en="{column}: currency signs are ignored: “{example}” is read as {value}.",
    zh="{column}：略去货币符号，“{example}”读作 {value}。",
)
_UNLIKE = Text(
    en="{column}: some values have a per cent or currency sign and others do not, so it is read as text.",
    zh="{column}：有的值带百分号或货币符号，有的不带，因此按文本读取。",
)
_READ_AS = Text(
    en="{column}: “{example}” is read as {value}{others}.", zh="{column}：“{example}”读作 {value}{others}。"
)
_LIKEWISE = Text(en="; likewise in {columns}", zh="；{columns} 同样处理")
_BY_THE_FILE = Text(
    en="{column}: “{example}” is read as {value}, because other columns of the file have a decimal {mark}.",
    zh="{column}：“{example}”读作 {value}，因为文件中其他列用{mark}作小数点。",
)
_NO_NUMBERS = Text(
    en="{column}: {count} of {all} values are not numbers ({examples}); they are read as missing.",
    zh="{column}：{all} 个值中有 {count} 个不是数字（{examples}），按缺失读取。",
)
_LEFT_OUT = Text(en="{column}: missing values are written as {examples}.", zh="{column}：{examples} 视为缺失。")
_MIXED = Text(
    en="{column}: {count} of {all} values are not numbers ({examples}), so it is read as text.",
    zh="{column}：{all} 个值中有 {count} 个不是数字（{examples}），因此按文本读取。",
)
_CODES = Text(
    en="{column}: “{example}” looks like a code rather than a number, so it is read as text.",
    zh="{column}：“{example}”像编码而不像数字，因此按文本读取。",
)
_CONFLICT = Text(
    en="{column}: a decimal comma in some values and a decimal dot in others ({examples}), so it is read as text. "
    "Choose the decimal mark.",
    zh="{column}：有的值用逗号作小数点，有的用句点（{examples}），因此按文本读取。请指定小数点。",
)
_ASK = Text(
    en="{column}: is “{example}” {small} or {large}? Until the decimal mark is chosen, the column is left out.",
    zh="{column}：“{example}”是 {small} 还是 {large}？在指定小数点之前，这一列不参与分析。",
)
_MARKS = {",": Text(en="comma", zh="逗号"), ".": Text(en="dot", zh="句点")}


def texts_of(texts: "pd.Series[str]", counts: NDArray[np.int64]) -> Texts:
    """Return the different texts of a column (n,), of which each occurs `counts` times (n,) and none is missing.

    The marks count only if most values are numbers in one way or another: commas in sentences decide nothing.
    """
    none = np.zeros(len(texts), bool)
    if _match(texts, _SIMPLE).all():
        open_dot = _match(texts, _OPEN_DOT)
        marks = Marks(decimal_dot=bool((_match(texts, "[.]") & ~open_dot).any()), open_dot=bool(open_dot.any()))
        return Texts(texts, counts, texts, none, none, none, True, marks)
    is_missing = texts.isin(_MISSING_NUMBER).to_numpy(bool)
    censored = _match(texts, _PREFIX) & ~is_missing
    bodies = _without(texts, _PREFIX, censored)
    money, percent = _match(bodies, _MONEY), _match(bodies, _PERCENT_SIGN)
    bodies = _without(_without(bodies, _MONEY, money), _PERCENT_SIGN, percent)
    comma, comma_groups, open_comma, dot, dot_groups, open_dot = (_match(bodies, form) for form in (*_COMMA, *_DOT))
    likely = comma | comma_groups | open_comma | dot | dot_groups | open_dot | _match(bodies, _whole("."))
    likely &= ~is_missing
    if counts[likely].sum() < _MOSTLY * counts[~is_missing].sum():
        return Texts(texts, counts, bodies, censored, percent, money, False, Marks())
    marks = Marks(
        decimal_comma=bool(((comma & ~open_comma) | dot_groups).any()),
        decimal_dot=bool(((dot & ~open_dot) | comma_groups).any()),
        open_comma=bool(open_comma.any()),
        open_dot=bool(open_dot.any()),
    )
    return Texts(texts, counts, bodies, censored, percent, money, False, marks)


def decimal_of(columns: Iterable[Texts]) -> str:
    """Return the decimal mark of a whole file: that of most columns with certain marks, "" if nothing decides."""
    marks = [column.marks.decimal for column in columns]
    commas, dots = marks.count(","), marks.count(".")
    if commas == dots:
        return ""
    return "," if commas > dots else "."


def numbers_of(
    column: str, texts: Texts, *, of_file: str, chosen: str, thousands: str | None, is_csv: bool, others: int = 0
) -> Numbers:
    """Decide whether a column holds numbers, and return them.

    Parameters
    ----------
    column : str
        Its name, for sentences.
    texts : Texts
        Its different texts.
    of_file : str
        The decimal mark of the whole file, "" if nothing decides.
    chosen : str
        The decimal mark that a user chose, "" to detect it.
    thousands : str, optional
        The mark between thousands that a user chose, "" for none; None detects it.
    is_csv : bool
        Whether fields are separated by commas: then a dot is the decimal mark if nothing else decides.
    others : int
        Cells of the column that are numbers already, as in a workbook.
    """
    name, marks = shown(column), texts.marks
    is_code = _match(texts.values, _CODE)
    if is_code.any():
        is_likely = texts.counts[_match(texts.values, _SIMPLE)].sum() >= texts.counts.sum() / 2
        return Numbers(None, (_CODES.format(column=name, example=_first(texts.values, is_code)),) if is_likely else ())
    if not chosen and (marks.disagree or (not marks.decimal and marks.open_comma and marks.open_dot)):
        return Numbers(None, (_CONFLICT.format(column=name, examples=_quoted(texts, _match(texts.values, "[.,]"))),))
    decimal = chosen or marks.decimal
    is_open = not decimal and (marks.open_comma or marks.open_dot)
    decimal = decimal or (of_file if is_open else "")
    if not decimal and marks.open_comma:
        example = _first(texts.bodies, _match(texts.bodies, _COMMA[2]))
        small, large = example.replace(",", "."), example.replace(",", "")
        return Numbers(None, question=_ASK.format(column=name, example=example, small=small, large=large))
    decimal = decimal or "."

    is_simple = texts.is_simple and decimal == "."
    missing = np.zeros(len(texts.values), bool) if is_simple else texts.values.isin(_MISSING_NUMBER).to_numpy(bool)
    if is_simple:
        fits, values = ~missing, pd.to_numeric(texts.values).to_numpy(float)
        if len(values) and np.isfinite(values).all() and not marks.open_dot:
            return Numbers(values)
    else:
        fits = _match(texts.bodies, _whole(decimal, thousands)) & ~missing
        other = "." if decimal == "," else ","
        plain = str.maketrans({**dict.fromkeys(_SPACE[1:-1] + other, ""), ",": "." if decimal == "," else ""})
        values = np.full(len(fits), np.nan)
        written = [text.translate(plain) for text in texts.bodies[fits].tolist()]
        values[fits] = pd.to_numeric(pd.Series(written, dtype="str")).to_numpy(float)
    fits &= np.isfinite(values)  # not "1e999"
    values = np.where(fits, values, np.nan)

    odd = ~fits & ~missing
    count, total = int(texts.counts[odd].sum()), int(texts.counts[~missing].sum()) + others
    facts = {"column": name, "count": count, "all": total, "examples": _quoted(texts, odd)}
    if not total or count > (1 - _MOSTLY) * total or odd.sum() > _EXCEPTIONS:
        return Numbers(None, (_MIXED.format(**facts),) if 0 < count < total / 2 else ())
    signed = fits & (values != 0)  # "0" beside "12%" needs no sign
    if any(sign[signed].any() and (others or not sign[signed].all()) for sign in (texts.money, texts.percent)):
        return Numbers(None, (_UNLIKE.format(column=name),))
    notes = [_NO_NUMBERS.format(**facts)] if count else []
    notes += [_LEFT_OUT.format(column=name, examples=_quoted(texts, missing))] if missing.any() else []
    notes += _signs(name, texts, values, fits)
    sample, doubt = _doubts(name, texts, values, fits, decimal, by_the_file=is_open and bool(of_file), is_csv=is_csv)
    notes += doubt
    grouped = texts.bodies[fits & _match(texts.bodies, _GROUPED)].str.extract(_GROUPED, expand=False)
    between = [mark for mark in grouped.unique() if mark != decimal]
    return Numbers(values, tuple(notes), thousands=between[0] if between else "", sample=sample)


def is_number(text: str) -> bool:
    """Whether a text is a number, whichever its decimal mark."""
    return any(re.search(_whole(decimal), text.strip()) for decimal in (".", ","))


def _match(values: "pd.Series[str]", pattern: str) -> NDArray[np.bool_]:
    """Return which values (n,), none of them missing, match a pattern, like `values.str.contains`, but faster."""
    return np.asarray(pc.match_substring_regex(pa.array(values, pa.large_string()), pattern), bool)


def _without(values: "pd.Series[str]", pattern: str, where: NDArray[np.bool_]) -> "pd.Series[str]":
    """Return values (n,) without a pattern, which those marked in `where` (n,) have."""
    return values.str.replace(pattern, "", regex=True) if where.any() else values


def _whole(decimal: str, thousands: str | None = None) -> str:
    """Return the pattern of a number with a decimal mark, and with thousands (None: of any kind; "": without)."""
    marks = (
        [r"\." if decimal == "," else ",", _SPACE] if thousands is None else [re.escape(thousands)] * bool(thousands)
    )
    digits = "|".join(["[0-9]+", *(f"{_groups(mark)}+" for mark in marks)])
    return rf"^{_SIGN}(?:(?:{digits})[{decimal}]?[0-9]*|[{decimal}][0-9]+){_POWER}$"


def _signs(name: str, texts: Texts, values: Array, fits: NDArray[np.bool_]) -> list[Text]:
    """Return sentences about percent signs, currency signs and "<" that were left out."""
    notes = []
    for text, signs in ((_CURRENCY, texts.money), (_PERCENT, texts.percent), (_CENSORED, texts.censored)):
        where = signs & fits
        if where.any():
            count = int(texts.counts[where].sum())
            notes.append(text.format(**_example(name, texts.values, values, where), count=count))
    return notes


def _doubts(
    name: str, texts: Texts, values: Array, fits: NDArray[np.bool_], decimal: str, *, by_the_file: bool, is_csv: bool
) -> tuple[Sample | None, list[Text]]:
    """Return a sample of the column's commas, or a sentence if the column alone does not make the mark plain."""
    is_open = fits & _match(texts.bodies, f"{_COMMA[2]}|{_DOT[2]}")
    marked = fits & _match(texts.bodies, "[.,]")
    has_commas = bool((fits & _match(texts.bodies, ",")).any())
    if by_the_file and (decimal == "," or has_commas):
        facts = _example(name, texts.bodies, values, is_open)
        return None, [_BY_THE_FILE.format(**facts, mark=_MARKS[decimal])]
    is_doubtful = is_open.any() and not is_csv and not texts.marks.decimal
    if has_commas or (decimal == "," and marked.any()) or is_doubtful:
        facts = _example(name, texts.bodies, values, is_open if is_open.any() else marked)
        return Sample(name, facts["example"], facts["value"]), []
    return None, []


def note_of(samples: Sequence[Sample]) -> tuple[Text, ...]:
    """Return a sentence on how the columns with commas are read: the first one's sample stands for all."""
    if not samples:
        return ()
    first, others = samples[0], [each.column for each in samples[1:]]
    likewise = _LIKEWISE.format(columns=listed(others)) if others else ""
    return (_READ_AS.format(column=first.column, example=first.text, value=first.value, others=likewise),)


def _example(name: str, quoted: "pd.Series[str]", values: Array, where: NDArray[np.bool_]) -> dict[str, str]:
    value = values[int(np.flatnonzero(where)[0])]
    return {"column": name, "example": _first(quoted, where), "value": f"{value:.15g}"}


def _first(values: "pd.Series[str]", where: NDArray[np.bool_]) -> str:
    return shown(values.iloc[int(np.flatnonzero(where)[0])])


def _quoted(texts: Texts, where: NDArray[np.bool_]) -> str:
    return ", ".join(f"“{shown(value)}”" for value in texts.values[where].iloc[:_EXAMPLES])
