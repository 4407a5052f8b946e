"""Write a table as CSV or as a workbook, of which no spreadsheet program takes a cell for a formula."""

import io
import re
import zipfile
from collections.abc import Iterable
from xml.sax.saxutils import escape

import pandas as pd

# What a cell of text begins with if a spreadsheet program evaluates it, also full-width and after a space.
_FORMULA = re.compile(r"\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20\u2212]")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?%?")
_BOM = "\ufeff"  # a spreadsheet program recognises UTF-8 by it
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_NAMESPACE = "http://schemas.openxmlformats.org/{of}/2006/{name}"
_MAIN = _NAMESPACE.format(of="spreadsheetml", name="main")
_RELATIONS = _NAMESPACE.format(of="package", name="relationships")
_OFFICE = _NAMESPACE.format(of="officeDocument", name="relationships")
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.{kind}+xml"
_WORKBOOK = {  # the files of the smallest workbook that spreadsheet programs open, beside its sheet
    "[Content_Types].xml": f'<Types xmlns="{_NAMESPACE.format(of="package", name="content-types")}">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE.format(kind="sheet.main")}"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE.format(kind="worksheet")}"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" Type="{_OFFICE}/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" '
    f'Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="table" sheetId="1" '
    'r:id="rId1"/></sheets></workbook>',
}


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


def to_xlsx(frame: pd.DataFrame) -> bytes:
    """Return a table as an .xlsx workbook: numbers as numbers, missing values as empty cells, texts as they are."""
    rows: list[Iterable[object]] = [frame.columns, *frame.itertuples(index=False)]
    sheet = f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(map(_row, rows))}</sheetData></worksheet>'
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (*_WORKBOOK.items(), ("xl/worksheets/sheet1.xml", sheet)):
            archive.writestr(zipfile.ZipInfo(name), _XML + content, zipfile.ZIP_DEFLATED)  # the same bytes at any time
    return file.getvalue()


def _row(values: Iterable[object]) -> str:
    return f"<row>{''.join(map(_cell, values))}</row>"


def _cell(value: object) -> str:
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return "<c/>" if pd.isna(value) else f"<c><v>{value:.15g}</v></c>"  # type: ignore[call-overload, str-format]
