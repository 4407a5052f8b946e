"""Read a user's table: CSV of any encoding and separator, .xlsx or Parquet, within limits and never misread in silence.

Ambiguities are resolved from the whole file and stated in a note, or become a question to the user.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scenarios.errors import UserError
from scenarios.own_tasks import numbers
from scenarios.own_tasks.cleaning import cleaned, listed, shown, unique_names
from scenarios.own_tasks.decoding import NOT_A_TABLE, decode
from scenarios.own_tasks.limits import LOCAL, LONGEST_CELL, Limits
from scenarios.own_tasks.workbook import Cell, long_cell, read_sheet, too_large
from scenarios.task import Array
from scenarios.text import Text

SEPARATORS = (",", ";", "\t", "|", "；", "，")  # separators that a user may choose, the likeliest first
DECIMALS = (".", ",")
THOUSANDS = ("", ",", ".", " ", "'")
_SAMPLE_LINES = 200  # lines from which the separator is guessed
_LONGEST_LINE = 1_000_000  # characters of the lines from which it is guessed
_FEWEST_COLUMNS = 2  # a label and a feature; the task may be added
_EXACT = 2**53  # a float holds every whole number up to this one
_INDEX = re.compile(r"__index_level_[0-9]+__")  # a column that pandas adds
_OTHER_KINDS = {  # the first bytes of files that are not read, and a way out
    b"\xd0\xcf\x11\xe0": Text(en="an old .xls workbook, or one with a password", zh="旧版 .xls 工作簿或带密码的工作簿"),
    b"%PDF": Text(en="a PDF document", zh="PDF 文档"),
    b"\x1f\x8b": Text(en="a compressed file", zh="压缩文件"),
    b"BZh": Text(en="a compressed file", zh="压缩文件"),
    b"\xfd7zXZ": Text(en="a compressed file", zh="压缩文件"),
    b"7z\xbc\xaf": Text(en="a compressed file", zh="压缩文件"),
    b"Rar!": Text(en="a compressed file", zh="压缩文件"),
    b"\x89PNG": Text(en="a picture", zh="图片"),
    b"\xff\xd8\xff": Text(en="a picture", zh="图片"),
    b"GIF8": Text(en="a picture", zh="图片"),
    b"\x89HDF": Text(en="an HDF5 file", zh="HDF5 文件"),
    b"SQLite format 3": Text(en="a database", zh="数据库文件"),
}


@dataclass(frozen=True)
class Reading:
    """How a file is read. Each part may be chosen by the user; None stands for one that is to be detected."""

    encoding: str | None = None  # one of ENCODINGS of decoding.py; None also for a workbook or Parquet
    separator: str | None = None  # one of SEPARATORS; None also for a workbook or Parquet
    decimal: str | None = None  # one of DECIMALS
    thousands: str | None = None  # one of THOUSANDS; "": none
    sheet: str | None = None  # sheet of a workbook


@dataclass(frozen=True)
class Question:
    """A decision that the file leaves open. The column stays text until a `Reading` answers it."""

    column: str
    text: Text
    field: str = "decimal"  # field of Reading
    choices: tuple[str, ...] = DECIMALS


@dataclass(frozen=True, eq=False)
class Table:
    """A table as it was read.

    `frame` has unique names; its columns are float with NaN, or text (`str`) with missing values. `reading` is how it
    was read, with every part that the kind of file has.
    """

    frame: pd.DataFrame
    reading: Reading
    notes: tuple[Text, ...] = ()
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, eq=False)
class _Raw:
    """A column before its numbers are read: its different texts, beside cells that are numbers already.

    Cells are examined once for each different text, of which a column has far fewer than rows.
    """

    name: str
    places: NDArray[np.integer]  # (rows,) among `texts`, -1 if a cell is a number or empty
    texts: "pd.Series[str]"  # (n,) in the order in which they come
    numbers: Array | None = None  # (rows,), NaN if a cell is not a number

    @property
    def is_filled(self) -> NDArray[np.bool_]:
        filled = self.places >= 0
        return filled if self.numbers is None else filled | np.isfinite(self.numbers)

    @property
    def counts(self) -> NDArray[np.int64]:
        """How often each of the texts occurs: (n,)."""
        return np.bincount(self.places[self.places >= 0], minlength=len(self.texts))

    def of_rows(self, name: str, rows: NDArray[np.bool_]) -> "_Raw":
        """Return the column without some empty rows, under another name."""
        return _Raw(name, self.places[rows], self.texts, None if self.numbers is None else self.numbers[rows])


def _raw(name: str, cells: "pd.Series[str]", figures: Array | None = None) -> _Raw:
    """Return a column of texts (rows,), cleaned, beside cells that are numbers (rows,)."""
    places, texts = pd.factorize(cells)
    different: dict[str, int] = {}
    merged = [
        -1 if each in numbers.MISSING else different.setdefault(each, len(different))
        for each in cleaned(texts.tolist())
    ]  # fmt: skip
    return _Raw(name, np.array([*merged, -1])[places], pd.Series([*different], dtype="str"), figures)


_EMPTY = Text(
    "{name} is empty. A table has a row of column names and one row for each example.",
    "{name} 是空文件。表格应有一行列名，每个样本一行。",
)
_TOO_MANY_BYTES = Text(
    "{name} has {size} MB; at most {most} MB are read. Leave out columns or rows that are not needed.",
    "{name} 有 {size} MB，最多读取 {most} MB。请去掉不需要的列或行。",
)
_OTHER_KIND = Text(
    "{name} is {kind} and cannot be read. Save the table as CSV, .xlsx or .parquet.",
    "{name} 是{kind}，无法读取。请把表格另存为 CSV、.xlsx 或 .parquet。",
)
_NO_CHOICE = Text("{part} cannot be {value}. Available: {known}.", "{part}不能是 {value}。可选：{known}。")
_SAME_MARKS = Text(
    "The decimal mark and the thousands separator are both “{mark}”. Choose two different ones.",
    "小数点与千分位符都是“{mark}”。请选择不同的符号。",
)
_NO_ROWS = Text("{name} has column names, but no rows below them.", "{name} 只有列名，没有数据行。")
_ONE_COLUMN = Text(
    "{name} has one column. A table needs at least a task, a label and a feature; if it has them, choose another "
    "separator.",
    "{name} 只有一列。表格至少要有任务、标签和一个特征；如果确实有，请更换分隔符。",
)
_NO_NAMES = Text(
    "The first row of {name} has no column names ({row}). Add them, and delete titles above them.",
    "{name} 的第一行不是列名（{row}）。请补上列名，并删去上方的标题行。",
)
_UNEVEN = Text(
    "Row {row} of {name} has {count} values, but there are {columns} columns. Put values that contain the separator in "
    "quotation marks, or choose another separator.",
    "{name} 第 {row} 行有 {count} 个值，但只有 {columns} 列。请给含分隔符的值加引号，或更换分隔符。",
)
_SHORT_ROWS = Text(
    "Rows with fewer values than columns: {count}, the first is row {row}. The rest is read as missing.",
    "有 {count} 行的值少于列数（首见于第 {row} 行），其余按缺失读取。",
)
_OPEN_QUOTE = Text(
    "A quotation mark in {name} is never closed. Close it, or double it if it belongs to the text.",
    "{name} 中有引号没有闭合。请补上引号；如果引号属于文本，请写成两个。",
)
_EMPTY_ROWS = Text("Empty rows left out: {count}.", "略去 {count} 个空行。")
_EMPTY_COLUMNS = Text(
    "Columns left out because they have neither name nor values: {count}.", "略去 {count} 个无名空列。"
)
_DAMAGED_PARQUET = Text(
    "{name} is not a readable Parquet file: it is damaged or incomplete. Write it again, or save the table as CSV.",
    "{name} 不是可读取的 Parquet 文件：文件已损坏或不完整。请重新生成，或另存为 CSV。",
)
_NESTED = Text("{columns}: neither numbers nor text, hence left out.", "{columns}：既不是数字也不是文本，已略去。")


def read(content: bytes, name: str, reading: Reading | None = None, limits: Limits = LOCAL) -> Table:
    """Read a table.

    Parameters
    ----------
    content : bytes
        The file. Its kind is detected by its first bytes, not by its name.
    name : str
        The file's name, for messages.
    reading : Reading, optional
        The parts of the reading that a user chose; the others are detected.
    limits : Limits
        The largest table that is read.

    Raises
    ------
    UserError
        If the file is not a table, is damaged, exceeds the limits, or does not fit the chosen reading.
    """
    name, reading = shown(name) or "table", reading or Reading()
    _check_choices(reading)
    if len(content) > limits.bytes:
        size, most = f"{len(content) / 1e6:,.1f}", f"{limits.bytes / 1e6:,.0f}"
        raise UserError(_TOO_MANY_BYTES.format(name=name, size=size, most=most))
    if not content.strip():
        raise UserError(_EMPTY.format(name=name))
    for start, kind in _OTHER_KINDS.items():
        if content.startswith(start):
            raise UserError(_OTHER_KIND.format(name=name, kind=kind))
    if content.startswith(b"PK"):
        sheet = read_sheet(content, name, reading.sheet, limits)
        names, columns = _columns_of_rows(sheet.rows, name)
        notes, reading = sheet.notes, replace(reading, encoding=None, separator=None, sheet=sheet.name)
    elif content.startswith(b"PAR1"):
        names, columns, notes = _parquet(content, name, limits)
        reading = replace(reading, encoding=None, separator=None, sheet=None)
    else:
        names, columns, notes, reading = _csv(content, name, reading, limits)
    return _table(name, names, columns, notes, reading)


def _check_choices(reading: Reading) -> None:
    for part, value, known in (
        (Text(en="The separator", zh="分隔符"), reading.separator, SEPARATORS),
        (Text(en="The decimal mark", zh="小数点"), reading.decimal, DECIMALS),
        (Text(en="The thousands separator", zh="千分位符"), reading.thousands, THOUSANDS),
    ):
        if value is not None and value not in known:
            raise UserError(_NO_CHOICE.format(part=part, value=repr(value), known=" ".join(map(repr, known))))
    if reading.decimal and reading.decimal == reading.thousands:
        raise UserError(_SAME_MARKS.format(mark=reading.decimal))


# --- CSV --------------------------------------------------------------------------------------------------------------


def _csv(
    content: bytes, name: str, reading: Reading, limits: Limits
) -> tuple[list[str], list[_Raw], tuple[Text, ...], Reading]:
    text, encoding, notes = decode(content, name, reading.encoding)
    separator = reading.separator
    if text[:4].lower() == "sep=":  # spreadsheet programs write it above the names
        line, _, text = text.partition("\n")
        separator = separator or line.rstrip("\r")[4:5]
    if separator not in SEPARATORS:
        separator = _separator(text)
    width, short_rows = _check_rows(text, separator, name, limits)
    try:
        frame = pd.read_csv(
            io.StringIO(text), sep=separator, header=None, names=range(width), dtype="str", keep_default_na=False,
            skipinitialspace=separator != "\t", index_col=False,
            engine="c" if separator.isascii() else "python",
        )  # fmt: skip
    except pd.errors.ParserError as error:
        raise UserError((_OPEN_QUOTE if "inside string" in str(error) else NOT_A_TABLE).format(name=name)) from error
    names, columns = [str(each) for each in frame.iloc[0]], list[_Raw]()
    for place, each in enumerate(names):
        column = _raw(each, frame.iloc[1:, place])
        if column.texts.str.len().gt(LONGEST_CELL).any():
            raise UserError(long_cell(name))
        columns.append(column)
    return names, columns, (*notes, *short_rows), replace(reading, encoding=encoding, separator=separator, sheet=None)


def _separator(text: str) -> str:
    """Return the separator by which the first lines have as many fields as the names, and the most of them."""
    lines = [line for line in text[:_LONGEST_LINE].splitlines()[:_SAMPLE_LINES] if line.strip()]
    best, score = SEPARATORS[0], (0.0, 0)
    for separator in SEPARATORS:
        try:
            counts = [len(row) for row in csv.reader(lines, delimiter=separator)]
        except csv.Error:
            continue
        if counts and counts[0] > 1:
            agree = sum(count == counts[0] for count in counts) / len(counts)
            best, score = max((best, score), (separator, (agree, counts[0])), key=lambda each: each[1])
    return best


def _check_rows(text: str, separator: str, name: str, limits: Limits) -> tuple[int, tuple[Text, ...]]:
    """Go through the rows one by one, before they take memory. Returns the width, and a sentence about short rows.

    The width is one more than there are names if rows end in a separator.
    """
    columns, width, rows, short, first_short = 0, 0, 0, 0, 0
    try:
        for place, row in enumerate(_rows(text, separator), start=1):
            count = len(row)
            if not count or (count == 1 and not row[0].strip()):
                continue
            rows += 1
            columns = columns or count
            if count > columns:
                if any(map(str.strip, row[columns:])):
                    shape = {"row": f"{place:,}", "count": f"{count:,}", "columns": f"{columns:,}"}
                    raise UserError(_UNEVEN.format(name=name, **shape))
            elif count < columns:
                short, first_short = short + 1, first_short or place
            width = max(width, count)
            if width > limits.columns or rows > limits.rows + 1 or rows * width > limits.cells + width:
                raise UserError(too_large(name, limits))
    except csv.Error as error:  # a field of more than 131 072 characters
        raise UserError(long_cell(name)) from error
    if not rows:
        raise UserError(_EMPTY.format(name=name))
    return width, (_SHORT_ROWS.format(count=short, row=first_short),) if short else ()


def _rows(text: str, separator: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=separator != "\t")


# --- Workbook and Parquet ---------------------------------------------------------------------------------------------


def _columns_of_rows(rows: Sequence[Sequence[Cell]], name: str) -> tuple[list[str], list[_Raw]]:
    if not rows:
        raise UserError(_EMPTY.format(name=name))
    width = max(map(len, rows))
    header = [*rows[0], *[None] * (width - len(rows[0]))]
    names = ["" if each is None else f"{each:g}" if isinstance(each, float) else each for each in header]
    columns = []
    for place, each in enumerate(names):
        cells = [row[place] if place < len(row) else None for row in rows[1:]]
        is_text = [isinstance(cell, str) for cell in cells]
        values = pd.Series([cell if isinstance(cell, str) else None for cell in cells], dtype="str")
        figures = np.array([cell if isinstance(cell, float) else np.nan for cell in cells], float)
        columns.append(_raw(each, values, None if all(is_text) else figures))
    return names, columns


def _parquet(content: bytes, name: str, limits: Limits) -> tuple[list[str], list[_Raw], tuple[Text, ...]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(
            pa.BufferReader(content), thrift_string_size_limit=10_000_000, thrift_container_size_limit=1_000_000
        )
        schema, size = file.schema_arrow, file.metadata
        unpacked = sum(size.row_group(i).total_byte_size for i in range(size.num_row_groups))
        cells = size.num_rows * size.num_columns
        if (
            size.num_columns > limits.columns or size.num_rows > limits.rows or cells > limits.cells
            or unpacked > limits.unpacked
        ):  # fmt: skip
            raise UserError(too_large(name, limits))
        kept = [field.name for field in schema if _is_plain(field.type) and not _INDEX.fullmatch(field.name)]
        texts = [field.name for field in schema if _is_text(field.type)]
        # Repeated texts stay a dictionary, so that a small file cannot unpack to a large one.
        file = pq.ParquetFile(pa.BufferReader(content), read_dictionary=texts)
        table = file.read(columns=kept, use_threads=False)
        columns = [_arrow_column(each, values, name, limits) for each, values in zip(kept, table.columns, strict=True)]
    except (pa.ArrowException, OSError, ValueError, KeyError, IndexError, MemoryError, OverflowError) as error:
        raise UserError(_DAMAGED_PARQUET.format(name=name)) from error
    nested = [field.name for field in schema if not _is_plain(field.type)]
    return kept, columns, (_NESTED.format(columns=listed(nested)),) if nested else ()


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_number(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _is_plain(kind: Any) -> bool:
    """Whether a column of Parquet holds numbers, texts, yes and no, or dates."""
    import pyarrow as pa

    others = (pa.types.is_boolean, pa.types.is_temporal, pa.types.is_null)
    return _is_text(kind) or _is_number(kind) or any(test(kind) for test in others)


def _arrow_column(column: str, values: Any, name: str, limits: Limits) -> _Raw:
    """Return a column of Parquet (rows,), a `pyarrow.ChunkedArray`."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = values.type
    if _is_number(kind):
        figures = values.cast(pa.float64(), safe=False).to_numpy().astype(float)
        if not pa.types.is_integer(kind) or not (np.abs(figures) > _EXACT).any():
            return _Raw(column, np.full(len(figures), -1), pd.Series([], dtype="str"), figures)
    elif _is_text(kind):
        size = 0
        for chunk in values.chunks:
            lengths = pc.binary_length(chunk.dictionary if pa.types.is_dictionary(chunk.type) else chunk)
            lengths = lengths.take(chunk.indices) if pa.types.is_dictionary(chunk.type) else lengths
            size += pc.sum(lengths).as_py() or 0
            if (pc.max(lengths).as_py() or 0) > 4 * LONGEST_CELL:  # in bytes
                raise UserError(long_cell(name))
        if size > limits.unpacked:
            raise UserError(too_large(name, limits))
    elif pa.types.is_boolean(kind):
        values = pc.if_else(values, "TRUE", "FALSE")
    return _raw(column, pd.Series(values.cast(pa.large_string()).to_pandas(), dtype="str"))


# --- What they have in common -----------------------------------------------------------------------------------------


def _table(name: str, names: Sequence[str], columns: Sequence[_Raw], notes: Sequence[Text], reading: Reading) -> Table:
    """Check the names, drop empty rows and columns, and read the numbers."""
    notes = list(notes)
    filled = [column.is_filled for column in columns]
    kept = [i for i, each in enumerate(names) if each.strip() or filled[i].any()]
    if len(kept) < len(names):
        notes.append(_EMPTY_COLUMNS.format(count=len(names) - len(kept)))
    labels = [names[i] for i in kept]
    is_named = [bool(each.strip()) and not numbers.is_number(each) for each in labels]
    if sum(is_named) * 2 < len(labels) or not any(is_named):
        raise UserError(_NO_NAMES.format(name=name, row=listed(labels)))
    if len(labels) < _FEWEST_COLUMNS:
        raise UserError(_ONE_COLUMN.format(name=name))
    unique, renamed = unique_names(labels)
    rows = np.any([filled[i] for i in kept], axis=0)
    if not rows.any():
        raise UserError(_NO_ROWS.format(name=name))
    if not rows.all():
        notes.append(_EMPTY_ROWS.format(count=int((~rows).sum())))
    parts = [columns[i].of_rows(label, rows) for label, i in zip(unique, kept, strict=True)]

    texts = [numbers.texts_of(part.texts, part.counts) for part in parts]
    of_file = numbers.decimal_of(texts)
    chosen = reading.decimal or {",": ".", ".": ","}.get(reading.thousands or "", "")
    data: dict[str, Any] = {}
    decisions: list[Text] = []
    questions: list[Question] = []
    thousands: list[str] = []
    samples: list[numbers.Sample] = []
    for part, different in zip(parts, texts, strict=True):
        already = int(np.isfinite(part.numbers).sum()) if part.numbers is not None else 0
        result = numbers.numbers_of(
            part.name, different, of_file=of_file, chosen=chosen, thousands=reading.thousands,
            is_csv=reading.separator == ",", others=already,
        )  # fmt: skip
        data[part.name] = _values(part, result)
        decisions += result.notes
        questions += [Question(part.name, result.question)] if result.question else []
        samples += [result.sample] if result.sample else []
        thousands += [result.thousands] if result.thousands else []
    used = replace(
        reading, decimal=chosen or of_file or (None if questions else "."),
        thousands=reading.thousands if reading.thousands is not None else (thousands or [""])[0],
    )  # fmt: skip
    return Table(pd.DataFrame(data), used, (*notes, *renamed, *numbers.note_of(samples), *decisions), tuple(questions))


def _values(part: _Raw, result: numbers.Numbers) -> Any:
    """Return a column as numbers, or as texts: (rows,)."""
    cells = np.full(len(part.places), np.nan) if part.numbers is None else part.numbers
    is_cell = np.isfinite(cells)
    if not len(part.texts) and is_cell.any():
        return np.where(is_cell, cells, np.nan)
    if result.values is None:
        texts = pd.Series(part.texts.array.take(part.places, allow_fill=True))
        written = {int(row): f"{cells[row]:.15g}" for row in np.flatnonzero(is_cell)}
        return texts.fillna(pd.Series(written, dtype="str")) if written else texts
    return np.where(is_cell, cells, np.append(result.values, np.nan)[part.places])
