"""Read a sheet of an .xlsx workbook in one pass, with bounds on all that it may unpack to.

Only cell values are read: a formula counts as the value that the spreadsheet program saved with it. Nothing is
evaluated, no link is followed, and a document type definition, hence an entity, is refused. Parts that may be large
are streamed; a cell, a row or a sheet beyond the limits ends the reading.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from xml.parsers import expat

from scenarios.errors import UserError
from scenarios.own_tasks.cleaning import listed, shown
from scenarios.own_tasks.limits import LONGEST_CELL, Limits
from scenarios.text import Text

Cell = float | str | None
_MOST_MEMBERS = 4096  # files in the archive
_MEMBER = b"PK\x01\x02"  # begins a member's entry in the directory of a zip archive
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others may take gigabytes to unpack a byte
_MOST_SHEETS = 1000
_MOST_FORMATS = 100_000  # different formats of cells: a spreadsheet program allows 65 490
_DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}  # built in
_NO_DATE = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')  # parts of a format that are not about the value
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_BROKEN = (
    zipfile.BadZipFile, zlib.error, expat.ExpatError, struct.error, EOFError, KeyError, IndexError, OSError,
    NotImplementedError, RuntimeError, ValueError, UnicodeError,
)  # fmt: skip

_DAMAGED = Text(
    en="{name} is not a readable .xlsx workbook: it is damaged, encrypted or of another kind. Save it again as .xlsx, "
    "or as CSV.",
    zh="{name} 不是可读取的 .xlsx 工作簿：文件已损坏、已加密或属于其他类型。请重新另存为 .xlsx 或 CSV。",
)
_UNPACKS = Text(
    en="{name} would unpack to more than {most} MB. Save the sheet alone as CSV, or with fewer rows or columns.",
    zh="{name} 解压后将超过 {most} MB。请把该工作表单独另存为 CSV，或减少行列。",
)
_NO_SHEET = Text(
    en="{name} has no sheet “{sheet}”. Available: {known}.", zh="{name} 中没有工作表“{sheet}”。可选：{known}。"
)
_TOO_LARGE = Text(
    en="{name} is too large: at most {rows} rows, {columns} columns and {cells} cells are read.",
    zh="{name} 太大：最多读取 {rows} 行、{columns} 列、共 {cells} 个单元格。",
)
_LONG_CELL = Text(
    en="{name} has a cell of more than {most} characters. Leave long texts out.",
    zh="{name} 中有超过 {most} 个字符的单元格。请去掉长文本。",
)
_FORMULAS = Text(
    en="Formulas without a saved value: {count}. They are read as missing; save the workbook in a spreadsheet program.",
    zh="有 {count} 个公式没有保存计算结果，按缺失读取。请用电子表格程序打开工作簿并保存。",
)
_ERRORS = Text(
    en="Cells with an error such as {example}: {count}. They are read as missing.",
    zh="有 {count} 个单元格是错误值（如 {example}），按缺失读取。",
)
_SHEETS = Text(
    en="The workbook has {count} sheets; “{sheet}” is read. Choose another one if it is not the table.",
    zh="工作簿有 {count} 个工作表，读取的是“{sheet}”。如果表格在别处，请另选。",
)


@dataclass(frozen=True)
class Sheet:
    """A sheet's name, its rows without empty ones, and sentences about cells without a value."""

    name: str
    rows: list[list[Cell]]  # the rows may have different lengths
    notes: tuple[Text, ...]


def read_sheet(content: bytes, name: str, sheet: str | None, limits: Limits) -> Sheet:
    """Return a sheet of a workbook; without a name, the first visible one that holds something.

    Raises
    ------
    UserError
        If the file is damaged or no workbook, there is no such sheet, or it exceeds the limits.
    """
    try:
        return _Workbook(content, name, limits).read(sheet)
    except _BROKEN as error:
        raise UserError(_DAMAGED.format(name=name)) from error


class _Workbook:
    def __init__(self, content: bytes, name: str, limits: Limits) -> None:
        if content.count(_MEMBER) > _MOST_MEMBERS:  # counted first, because listing very many takes seconds
            raise UserError(_DAMAGED.format(name=name))
        self._archive = zipfile.ZipFile(io.BytesIO(content))
        self._name, self._limits = name, limits
        self._left = limits.unpacked

    def read(self, wanted: str | None) -> Sheet:
        sheets, uses_1904 = self._sheets()
        names = [each for each, _, _ in sheets]
        if wanted is not None and wanted not in names:
            raise UserError(_NO_SHEET.format(name=self._name, sheet=shown(wanted), known=listed(names)))
        targets = self._targets()
        texts, dates = self._texts(), self._date_formats()
        visible = [each for each in sheets if each[2]] or sheets
        candidates = [each for each in sheets if each[0] == wanted] if wanted is not None else visible
        result = Sheet(names[0], [], ())
        for sheet, relation, _ in candidates:
            reader = _SheetReader(self._name, texts, dates, uses_1904, self._limits)
            self._parse(targets[relation], reader.start, reader.end, reader.text)
            result = Sheet(sheet, reader.rows, reader.notes())
            if result.rows:
                break
        note = [_SHEETS.format(count=len(names), sheet=shown(result.name))] if len(names) > 1 and not wanted else []
        return Sheet(result.name, result.rows, (*note, *result.notes))

    def _sheets(self) -> tuple[list[tuple[str, str, bool]], bool]:
        """Return each sheet's name, relation and whether it is visible; and whether dates count from 1904."""
        sheets: list[tuple[str, str, bool]] = []
        epoch: list[bool] = []

        def start(tag: str, attributes: dict[str, str]) -> None:
            if tag == "sheet":
                relation = next((value for key, value in attributes.items() if _local(key) == "id"), "")
                sheets.append((attributes["name"], relation, attributes.get("state", "visible") == "visible"))
            elif tag == "workbookPr":
                epoch.append(attributes.get("date1904") in ("1", "true"))
            if len(sheets) > _MOST_SHEETS:
                raise ValueError("too many sheets")

        self._parse("xl/workbook.xml", start)
        if not sheets:
            raise ValueError("no sheet")
        return sheets, any(epoch)

    def _targets(self) -> dict[str, str]:
        """Return the path in the archive of each relation of the workbook."""
        targets: dict[str, str] = {}

        def start(tag: str, attributes: dict[str, str]) -> None:
            if tag == "Relationship" and attributes.get("TargetMode") != "External":
                target = attributes["Target"]
                targets[attributes["Id"]] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if len(targets) > _MOST_MEMBERS:
                raise ValueError("too many relations")

        self._parse("xl/_rels/workbook.xml.rels", start)
        return targets

    def _texts(self) -> list[str]:
        """Return the texts that cells share. Phonetic guides are left out."""
        texts: list[str] = []
        parts: list[str] = []
        state = {"guide": 0, "in text": 0}
        length = self._length_check()

        def start(tag: str, _: dict[str, str]) -> None:
            if tag == "si":
                parts.clear()
                length(None)
            elif tag == "rPh":
                state["guide"] += 1
            elif tag == "t":
                state["in text"] += 1

        def end(tag: str) -> None:
            if tag == "si":
                texts.append("".join(parts))
                if len(texts) > self._limits.cells:
                    raise UserError(self._too_large())
            elif tag == "rPh":
                state["guide"] -= 1
            elif tag == "t":
                state["in text"] -= 1

        def text(characters: str) -> None:
            if state["in text"] and not state["guide"]:
                length(characters)
                parts.append(characters)

        if "xl/sharedStrings.xml" in self._archive.namelist():
            self._parse("xl/sharedStrings.xml", start, end, text)
        return texts

    def _date_formats(self) -> set[str]:
        """Return the numbers of the cell formats that show a date."""
        codes: dict[str, bool] = {}
        dates: set[str] = set()
        state = {"in formats": 0, "count": 0}

        def start(tag: str, attributes: dict[str, str]) -> None:
            if tag == "numFmt":
                codes[attributes["numFmtId"]] = _is_date(attributes.get("formatCode", ""))
            elif tag == "cellXfs":
                state["in formats"] = 1
            elif tag == "xf" and state["in formats"]:
                number = attributes.get("numFmtId", "0")
                if codes.get(number, number.isdigit() and int(number) in _DATE_FORMATS):
                    dates.add(str(state["count"]))
                state["count"] += 1
            if len(codes) > _MOST_FORMATS or state["count"] > _MOST_FORMATS:
                raise ValueError("too many formats")

        def end(tag: str) -> None:
            if tag == "cellXfs":
                state["in formats"] = 0

        if "xl/styles.xml" in self._archive.namelist():
            self._parse("xl/styles.xml", start, end)
        return dates

    def _parse(
        self,
        path: str,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> None:
        """Call functions with the parts of an XML file in the archive, names without their namespace."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse
        parser.StartElementHandler = lambda tag, attributes: start(_local(tag), attributes)
        if end is not None:
            parser.EndElementHandler = lambda tag: end(_local(tag))
        if text is not None:
            parser.CharacterDataHandler = text
        with self._opened(path) as file:
            parser.ParseFile(file)

    @contextmanager
    def _opened(self, path: str) -> Iterator[zipfile.ZipExtFile]:
        """Open a member, which unpacks to no more than is left of the limit."""
        member = self._archive.getinfo(path)
        if member.compress_type not in _PLAIN or member.flag_bits & 1:
            raise ValueError("encrypted, or packed in an unusual way")
        self._left -= member.file_size  # no more than this is read, whatever is packed
        if self._left < 0:
            raise UserError(_UNPACKS.format(name=self._name, most=f"{self._limits.unpacked / 1e6:,.0f}"))
        with self._archive.open(member) as file:
            yield file  # type: ignore[misc]

    def _length_check(self) -> Callable[[str | None], None]:
        return _length_check(self._name)

    def _too_large(self) -> Text:
        return too_large(self._name, self._limits)


class _SheetReader:
    """Handler of the elements of a sheet."""

    def __init__(self, name: str, texts: list[str], dates: set[str], uses_1904: bool, limits: Limits) -> None:
        self.rows: list[list[Cell]] = []
        self._name, self._texts, self._dates, self._limits = name, texts, dates, limits
        self._epoch = datetime(1904, 1, 1) if uses_1904 else datetime(1899, 12, 30)
        self._row: list[Cell] = []
        self._kind, self._style, self._column = "", "", -1
        self._value: list[str] = []
        self._in_value = self._in_guide = self._has_formula = False
        self._cells = self._without_value = self._errors = 0
        self._error = ""
        self._length = _length_check(name)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            place = _CELL.fullmatch(attributes.get("r", ""))
            self._column = _column(place[1]) if place else self._column + 1
            self._cells += 1
            if self._cells > self._limits.cells:
                raise UserError(too_large(self._name, self._limits))
            self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "")
            self._value.clear()
            self._length(None)
            self._has_formula = False
        elif tag in ("v", "t"):
            self._in_value = True
        elif tag == "f":
            self._has_formula = True
        elif tag == "rPh":
            self._in_guide = True
        elif tag == "row":
            self._row, self._column = [], -1

    def text(self, characters: str) -> None:
        if self._in_value and not self._in_guide:
            self._length(characters)
            self._value.append(characters)

    def end(self, tag: str) -> None:
        if tag in ("v", "t"):
            self._in_value = False
        elif tag == "rPh":
            self._in_guide = False
        elif tag == "c":
            value = self._cell("".join(self._value))
            if value is not None:
                self._put(value)
        elif tag == "row" and self._row:
            self.rows.append(self._row)
            if len(self.rows) > self._limits.rows + 1:
                raise UserError(too_large(self._name, self._limits))

    def _put(self, value: Cell) -> None:
        missing = self._column + 1 - len(self._row)
        if missing > 0:
            self._cells += missing - 1
            if self._column >= self._limits.columns or self._cells > self._limits.cells:
                raise UserError(too_large(self._name, self._limits))
            self._row += [None] * missing
        self._row[self._column] = value

    def _cell(self, value: str) -> Cell:
        if self._kind == "e":
            self._errors += 1
            self._error = self._error or shown(value)
            return None
        if self._kind == "inlineStr" or (self._kind == "str" and value):
            return value
        if not value:
            self._without_value += self._has_formula
            return None
        if self._kind == "s":
            place = int(value)
            if place < 0:
                raise ValueError("no such text")
            return self._texts[place]
        if self._kind == "b":
            return "TRUE" if value == "1" else "FALSE"
        if self._kind == "d":
            return value
        number = float(value)
        return self._date(number) if self._style in self._dates else number

    def _date(self, days: float) -> Cell:
        try:
            moment = self._epoch + timedelta(days=days)
        except (OverflowError, ValueError):
            return days
        return moment.date().isoformat() if days == int(days) else moment.isoformat(" ", "seconds")

    def notes(self) -> tuple[Text, ...]:
        notes = []
        if self._without_value:
            notes.append(_FORMULAS.format(count=self._without_value))
        if self._errors:
            notes.append(_ERRORS.format(count=self._errors, example=self._error))
        return tuple(notes)


def too_large(name: str, limits: Limits) -> Text:
    """Return the sentence that a table exceeds the limits of rows, columns or cells."""
    return _TOO_LARGE.format(
        name=name, rows=f"{limits.rows:,}", columns=f"{limits.columns:,}", cells=f"{limits.cells:,}"
    )


def long_cell(name: str) -> Text:
    """Return the sentence that a cell is too long."""
    return _LONG_CELL.format(name=name, most=f"{LONGEST_CELL:,}")


def _length_check(name: str) -> Callable[[str | None], None]:
    """Return a function that takes the characters of a cell piece by piece, None before each cell."""
    length = 0

    def check(characters: str | None) -> None:
        nonlocal length
        length = 0 if characters is None else length + len(characters)
        if length > LONGEST_CELL:
            raise UserError(long_cell(name))

    return check


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]


def _refuse(*_: object) -> None:
    raise ValueError("a document type definition")


def _column(letters: str) -> int:
    """Return the place of a column from 0: A, B, .., Z, AA, .."""
    place = 0
    for letter in letters:
        place = 26 * place + ord(letter) - 64
    return place - 1


def _is_date(code: str) -> bool:
    """Whether a format shows a date or a time: it has letters of either outside of quotation marks and brackets."""
    return bool(re.search("[dmhysDMHYS年月日]", _NO_DATE.sub("", code.partition(";")[0])))
