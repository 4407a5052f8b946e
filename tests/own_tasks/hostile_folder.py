"""A folder of files that users bring, by accident or on purpose, each with the end that it must come to.

`python -m tests.own_tasks.hostile_folder FOLDER` writes them, to be tried by hand.
"""

import gzip
import io
import sys
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from scenarios.own_tasks.limits import LOCAL, PUBLIC, Limits

ROWS = 40
HEADER = "site,y,x,z"


@dataclass(frozen=True)
class Case:
    """A file, and its end: the sentence that refuses it, or the values and the note with which it is read."""

    name: str
    content: bytes
    refused: str = ""  # part of the English sentence; "": it is read
    at: str = "read"  # the step that refuses it: "read" or "roles"
    notes: tuple[str, ...] = ()  # parts of English notes, findings or questions that must be there
    values: Mapping[str, Sequence[Any]] | None = None  # of a column, the first ones
    columns: tuple[str, ...] | None = None
    limits: Limits = LOCAL


FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def rows(count: int = ROWS, sites: int = 4, x: str = "{:.2f}", separator: str = ",", sign: str = "") -> list[str]:
    """Lines of an ordinary table, without its header."""
    rng = np.random.default_rng(0)
    lines = []
    for row in range(count):
        number = x.format(abs(rng.normal()) + 0.1)
        lines.append(separator.join([f"S{row % sites}", str(row // sites % 2), sign + number, f"{rng.normal():.3f}"]))
    return lines


def table(lines: Iterable[str], header: str = HEADER) -> bytes:
    return "\n".join([header, *lines, ""]).encode("utf-8")


def column(values: Sequence[str], name: str = "x") -> bytes:
    """A table with one column of interest, its cells quoted."""
    lines = [f'S{i % 4},{i // 4 % 2},"{value}",{i / 7:.2f}' for i, value in enumerate(values)]
    return table(lines, f"site,y,{name},z")


def workbook(
    cells: Sequence[Sequence[str]], *, shared: Sequence[str] = (), sheets: Sequence[str] = ("Data",), extra: str = "",
    more: Mapping[str, bytes] | None = None, head: str = "",
) -> bytes:  # fmt: skip
    """A workbook of rows of cells, each the XML inside `<c>`; `extra` precedes the sheet's rows."""
    body = "".join(
        f'<row r="{r}">' + "".join(_cell(r, c, inner) for c, inner in enumerate(row)) + "</row>"
        for r, row in enumerate(cells, start=1)
    )
    names = "".join(f'<sheet name="{name}" sheetId="{i}" r:id="r{i}"/>' for i, name in enumerate(sheets, start=1))
    links = "".join(f'<Relationship Id="r{i}" Target="worksheets/sheet{i}.xml"/>' for i, _ in enumerate(sheets, 1))
    formats = '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    files = {
        "xl/workbook.xml": f'{head}<workbook xmlns:r="x"><sheets>{names}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f"<Relationships>{links}</Relationships>",
        "xl/styles.xml": formats,
        "xl/sharedStrings.xml": "<sst>" + "".join(f"<si><t>{text}</t></si>" for text in shared) + "</sst>",
        "xl/worksheets/sheet1.xml": f"{head}<worksheet>{extra}<sheetData>{body}</sheetData></worksheet>",
        **{f"xl/worksheets/sheet{i}.xml": "<worksheet/>" for i in range(2, len(sheets) + 1)},
    }
    return archive({name: text.encode() for name, text in files.items()} | dict(more or {}))


def _cell(row: int, place: int, inner: str) -> str:
    reference = f"{chr(65 + place)}{row}"
    if inner.startswith("<c"):
        return inner
    if inner.startswith("<"):
        return f'<c r="{reference}">{inner}</c>'
    if inner.startswith("t="):
        kind, _, value = inner.partition(":")
        return f'<c r="{reference}" t="{kind[2:]}"><v>{value}</v></c>'
    return f'<c r="{reference}" t="inlineStr"><is><t>{inner}</t></is></c>'


def archive(files: Mapping[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", kind) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return content.getvalue()


def sheet_rows(count: int = 24) -> list[list[str]]:
    """Rows of an ordinary sheet under its header."""
    return [
        ["site", "y", "x"],
        *([f"S{i % 3}", f"<v>{i // 3 % 2}</v>", f"<v>{i / 7:.3f}</v>"] for i in range(count)),
    ]


def parquet(columns: Mapping[str, Any], **options: Any) -> bytes:
    content = io.BytesIO()
    pq.write_table(pa.table(dict(columns)), content, **options)
    return content.getvalue()


def _ordinary_columns() -> dict[str, Any]:
    return {
        "site": [f"S{i % 4}" for i in range(ROWS)],
        "y": [i // 4 % 2 for i in range(ROWS)],
        "x": [i / 7 for i in range(ROWS)],
    }


def _text_tables() -> list[Case]:
    chinese = "医院,诊断,体温\n" + "".join(
        f"北京{i % 3}院,{'是' if i // 3 % 2 else '否'},36.{i % 10}\n" for i in range(ROWS)
    )
    german = "Klinik;Größe;Befund\n" + "".join(
        f"Köln {i % 3};{i},{i % 7}5;{'ja' if i // 3 % 2 else 'nein'}\n" for i in range(ROWS)
    )
    plain = table(rows())
    hospital = {"医院": ["北京0院", "北京1院"], "体温": [36.0, 36.1]}
    return [
        Case("utf8.csv", plain, columns=("site", "y", "x", "z")),
        Case("utf8_bom.csv", b"\xef\xbb\xbf" + plain, columns=("site", "y", "x", "z")),
        Case("utf8_chinese.csv", chinese.encode(), values=hospital),
        Case("utf16_le.csv", chinese.encode("utf-16"), values=hospital),
        Case("utf16_be.csv", b"\xfe\xff" + chinese.encode("utf-16-be"), values=hospital),
        Case(
            "utf16_bare.csv",
            plain.decode().encode("utf-16-le"),
            notes=("byte order mark is missing",),
            columns=("site", "y", "x", "z"),
        ),
        Case("utf32.csv", chinese.encode("utf-32"), values=hospital),
        Case("gb18030.csv", chinese.encode("gb18030"), notes=("GB18030",), values=hospital),
        Case(
            "latin1.csv",
            german.encode("latin-1"),
            notes=("Windows-1252", "“0,05” is read as 0.05"),
            values={"Klinik": ["Köln 0"], "Größe": [0.05, 1.15, 2.25]},
        ),
        Case(
            "cp1252_euro.csv",
            ("site;y;Preis\n" + "".join(f"S{i % 4};{i // 4 % 2};{i},50 €\n" for i in range(ROWS))).encode("cp1252"),
            notes=("currency signs are ignored",),
            values={"Preis": [0.5, 1.5]},
        ),
        Case(
            "damaged_utf8.csv",
            chinese.encode() + "北京1院".encode()[:-1] + ",是,36.6\n".encode(),
            notes=("Damaged characters: 1",),
            values=hospital,
        ),
        Case("crlf.csv", plain.replace(b"\n", b"\r\n"), columns=("site", "y", "x", "z")),
        Case("cr_only.csv", plain.replace(b"\n", b"\r"), columns=("site", "y", "x", "z")),
        Case("semicolon.csv", table(rows(separator=";"), HEADER.replace(",", ";")), columns=("site", "y", "x", "z")),
        Case("tab.tsv", table(rows(separator="\t"), HEADER.replace(",", "\t")), columns=("site", "y", "x", "z")),
        Case("bar.txt", table(rows(separator="|"), HEADER.replace(",", "|")), columns=("site", "y", "x", "z")),
        Case(
            "full_width_separator.csv",
            chinese.replace(",", "；").translate(FULL_WIDTH).encode("gb18030"),
            notes=("GB18030",),
            values={"体温": [36.0, 36.1]},
        ),
        Case(
            "full_width_commas.csv",
            chinese.replace(",", "，").encode(),
            columns=("医院", "诊断", "体温"),
            values=hospital,
        ),
        Case(
            "sep_line.csv",
            b"sep=;\n" + table(rows(separator=";"), HEADER.replace(",", ";")),
            columns=("site", "y", "x", "z"),
        ),
        Case(
            "quoted_newlines.csv",
            table(f'"S{i % 4}\nwest",{i // 4 % 2},"{i}",0.5{i % 3}' for i in range(ROWS)),
            values={"site": ["S0 west"]},
        ),
        Case(
            "quotes_inside.csv",
            table(f'"S{i % 4} ""old"", west",{i // 4 % 2},{i},0.5{i % 3}' for i in range(ROWS)),
            values={"site": ['S0 "old", west']},
        ),
        Case(
            "trailing_separators.csv",
            table([line + "," for line in rows()]),
            notes=("neither name nor values: 1",),
            columns=("site", "y", "x", "z"),
        ),
        Case("empty_rows.csv", table([*rows(), ",,,", "", "   ", ",,,"]), notes=("Empty rows left out: 2",)),
        Case("short_rows.csv", table([*rows(), "S1,0"]), notes=("fewer values than columns: 1, the first is row 42",)),
    ]


def _numbers() -> list[Case]:
    return [
        Case(
            "decimal_comma.csv",
            column([f"0,{i + 435}" for i in range(ROWS)]),
            notes=("“0,435” is read as 0.435",),
            values={"x": [0.435, 0.436]},
        ),
        Case("thousands.csv", column([f"1,{i + 100},000" for i in range(ROWS)]), values={"x": [1_100_000, 1_101_000]}),
        Case(
            "thousands_by_the_file.csv",
            column([f"1,{i + 234}" for i in range(ROWS)]),
            notes=("“1,234” is read as 1234, because other columns",),
            values={"x": [1234, 1235]},
        ),
        Case(
            "thousands_or_decimals.csv",
            table((f'S{i % 4},{i // 4 % 2},"1,{i + 234}",{i}' for i in range(ROWS)), HEADER),
            notes=("is “1,234” 1.234 or 1234?",),
            values={"x": ["1,234"]},
        ),
        Case(
            "german_thousands.csv",
            table((f"S{i % 4};{i // 4 % 2};1.{i + 234};{i},5" for i in range(ROWS)), HEADER.replace(",", ";")),
            notes=("“1.234” is read as 1234, because",),
            values={"x": [1234], "z": [0.5]},
        ),
        Case(
            "spaces_between_thousands.csv", column([f"1\u202f{i + 234}.5" for i in range(ROWS)]), values={"x": [1234.5]}
        ),
        Case(
            "both_marks.csv",
            column(["1,5", "2.5"] * (ROWS // 2)),
            notes=("a decimal comma in some values",),
            values={"x": ["1,5", "2.5"]},
        ),
        Case(
            "percent.csv", column([f"{i}.5%" for i in range(ROWS)]), notes=("per cent signs",), values={"x": [0.5, 1.5]}
        ),
        Case(
            "percent_or_share.csv",
            column(["12%", "0.12"] * (ROWS // 2)),
            notes=("so it is read as text",),
            values={"x": ["12%", "0.12"]},
        ),
        Case(
            "below_detection.csv",
            column(["<1", *(str(i) for i in range(1, ROWS))]),
            notes=("“<1” (1) are read as the limit",),
            values={"x": [1, 1, 2]},
        ),
        Case("minus_of_typographers.csv", column([f"−{i + 1}.5" for i in range(ROWS)]), values={"x": [-1.5, -2.5]}),
        Case("full_width_digits.csv", column([f"３{i}．５" for i in range(ROWS)]), values={"x": [30.5, 31.5]}),
        Case(
            "leading_zeros.csv",
            column([f"00{i}7" for i in range(ROWS)]),
            notes=("looks like a code",),
            values={"x": ["0007", "0017"]},
        ),
        Case(
            "long_numbers.csv",
            column([f"1234567890123456{i:02d}" for i in range(ROWS)]),
            notes=("looks like a code",),
            values={"x": ["123456789012345600"]},
        ),
        Case(
            "huge_numbers.csv",
            column(["1e999", *(str(i) for i in range(1, ROWS))]),
            notes=("“1e999”",),
            values={"x": [None, 1, 2]},
        ),
        Case(
            "missing_words.csv",
            column(["NA", "n.a.", "-", "", *(str(i) for i in range(ROWS - 4))]),
            notes=("missing values are written as “n.a.”, “-”",),
            values={"x": [None, None, None, None, 0]},
        ),
        Case(
            "code_999.csv",
            column([*["999"] * 4, *(str(i % 9) for i in range(ROWS - 4))]),
            notes=("999 occurs 4 times",),
            values={"x": [999]},
        ),
        Case(
            "a_few_words.csv",
            column(["broken", *(str(i) for i in range(ROWS - 1))]),
            notes=("1 of 40 values are not numbers (“broken”); they are read as missing",),
            values={"x": [None, 0]},
        ),
        Case(
            "mixed_types.csv",
            column([*["low"] * 12, *(str(i) for i in range(ROWS - 12))]),
            notes=("so it is read as text",),
            values={"x": ["low"]},
        ),
        Case("formulas.csv", column([f"=HYPERLINK(#{i % 3})" for i in range(ROWS)]), values={"x": ["=HYPERLINK(#0)"]}),
        Case(
            "shell_formula.csv",
            column(["@SUM(1+1)*cmd|' /C calc'!A0", "+1+1"] * (ROWS // 2)),
            values={"x": ["@SUM(1+1)*cmd|' /C calc'!A0", "+1+1"]},
        ),
    ]


def _names_and_roles() -> list[Case]:
    sites = [f"S{i % 4}" for i in range(ROWS)]
    labels = [i // 4 % 2 for i in range(ROWS)]

    def named(*names: str) -> bytes:
        return table((f"{s},{y},{i / 7:.2f},{i * 3 % 11}" for i, (s, y) in enumerate(zip(sites, labels, strict=True))),
                     ",".join(names))  # fmt: skip

    def with_column(values: Sequence[object], name: str = "w") -> bytes:
        lines = [f"{s},{y},{i * 7 % 10}.5,{v}" for i, (s, y, v) in enumerate(zip(sites, labels, values, strict=True))]
        return table(lines, f"site,y,x,{name}")

    return [
        Case("same_names.csv", named("site", "y", "age", "age"), notes=("the second is called “age (2)”",)),
        Case("zero_width_name.csv", named("site", "y", "age", "age\u200b"), notes=("“age (2)”",)),
        Case("cyrillic_name.csv", named("site", "y", "age", "\u0430ge"), notes=("names that look the same",)),
        Case("full_width_name.csv", named("site", "y", "age", "ａｇｅ"), notes=("“age (2)”",)),
        Case("right_to_left_name.csv", named("site", "y", "\u202ega\u202c", "age"), columns=("site", "y", "ga", "age")),
        Case(
            "unnamed_column.csv",
            named("site", "y", "", "age"),
            notes=("Column 3 has no name",),
            columns=("site", "y", "column 3", "age"),
        ),
        Case(
            "zero_width_site.csv",
            table(line.replace("S1", "S1\u200b" if i % 2 else "S1 ") for i, line in enumerate(rows())),
            values={"site": ["S0", "S1", "S2"]},
        ),
        Case(
            "no_header.csv",
            table(f"{i},{i % 2},{i / 7:.2f}" for i in range(ROWS))[len(HEADER) + 1 :],
            "has no column names",
        ),
        Case("names_of_numbers_and_none.csv", b"1,,3\n4,5,6\n7,8,9\n", "has no column names"),
        Case("title_above.csv", b"My study\n" + table(rows()), "Row 2 of title_above.csv has 4 values"),
        Case(
            "uneven.csv", table([*rows(), "S1,0,1,2,3"]), "Row 42 of uneven.csv has 5 values, but there are 4 columns"
        ),
        Case("open_quote.csv", table([*rows(), 'S1,0,"1,2']), "never closed"),
        Case("one_column.csv", table(map(str, range(ROWS)), "value"), "has one column"),
        Case("header_only.csv", table([]), "no rows below"),
        Case("one_row.csv", table(rows(1)), "has only the value S0", "roles"),
        Case("one_task.csv", table(rows(sites=1)), "has only the value S0", "roles"),
        Case(
            "one_class.csv",
            table(f"S{i % 4},1,{i / 7:.2f},{i * 3 % 11}" for i in range(ROWS)),
            "y has only the value 1",
            "roles",
        ),
        Case(
            "all_missing_labels.csv",
            table(f"S{i % 4},,{i / 7:.2f},{i * 3 % 11}" for i in range(ROWS)),
            "y has no values",
            "roles",
        ),
        Case("all_missing.csv", with_column([""] * ROWS), notes=("w has no values",)),
        Case("nothing_but_missing.csv", table(",,," for _ in range(ROWS)), "no rows below"),
        Case(
            "label_of_500_values.csv",
            table(f"S{i % 4},class {i % 500},{i / 7:.2f},{i * 3 % 11}" for i in range(2000)),
            "y has 500 different values",
            "roles",
        ),
        Case(
            "ten_thousand_tasks.csv",
            table(f"S{i % 10_000},{i // 10_000 % 2},{i / 7:.2f},{i * 3 % 11}" for i in range(40_000)),
            "site has 10,000 different values",
            "roles",
        ),
        Case("constant.csv", with_column([3] * ROWS), notes=("w has only one value",)),
        Case("identifier.csv", with_column([f"P{i:04d}" for i in range(ROWS)]), notes=("like an identifier",)),
        Case("duplicate.csv", with_column([f"{i * 7 % 10}.5" for i in range(ROWS)]), notes=("w repeats x",)),
        Case("leak.csv", with_column([10 * y + i % 9 for i, y in enumerate(labels)]), notes=("w predicts y",)),
        Case(
            "leak_in_words.csv",
            with_column(["treated" if y else "sent home" for y in labels]),
            notes=("w predicts y",),
        ),
        Case("date.csv", with_column([f"2024-0{1 + i % 9}-1{i % 9}" for i in range(ROWS)]), notes=("contains dates",)),
        Case(
            "date_in_words.csv",
            with_column(
                [f"{1 + i % 28}. März 2024" for i in range(ROWS)][:0]
                + [f"{1 + i % 9}/1{i % 3}/2024 08:00" for i in range(ROWS)]
            ),
            notes=("contains dates",),
        ),
        Case("long_texts.csv", with_column([f"note {i} " + "x" * 50 for i in range(ROWS // 2)] * 2), notes=()),
    ]


def _refused_at_once() -> list[Case]:
    wide = ",".join(f"c{i}" for i in range(100_000))
    return [
        Case("empty.csv", b"", "is empty"),
        Case("blank.csv", b" \n\n\t\n", "is empty"),
        Case("junk.csv", np.random.default_rng(0).bytes(100_000), "is not a table"),
        Case("zeros.csv", b"\0" * 100_000, "is not a table"),
        Case("picture.csv", b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "a picture"),
        Case("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1000, "an old .xls workbook"),
        Case("packed.csv.gz", gzip.compress(b"\0" * 1_000_000), "a compressed file"),
        Case("paper.pdf", b"%PDF-1.7 ...", "a PDF document"),
        Case("too_large.csv", b"a,b\n" + b"1,2\n" * 1_300_000, "at most 5 MB", limits=PUBLIC),
        Case(
            "hundred_thousand_columns.csv", (wide + "\n").encode() + ",".join("1" * 100_000).encode(), "2,000 columns"
        ),
        Case(
            "many_short_rows.csv",
            ",".join(f"c{i}" for i in range(500)).encode() + b"\n1" * 90_000,
            "cells are read",
            limits=PUBLIC,
        ),
        Case("too_many_rows.csv", b"a,b\n" + b"1,2\n" * 100_001, "100,000 rows", limits=PUBLIC),
        Case("long_cell.csv", table([*rows(), f'S1,0,"{"x" * 2_000_000}",1']), "characters"),
        Case("cell_of_40_000.csv", table([*rows(), f"S1,0,{'x' * 40_000},1"]), "characters"),
        Case("long_line.csv", b"x" * 4_000_000, "characters", limits=PUBLIC),
    ]


def _bombs(unpacked: int = 30_000_000) -> list[Case]:
    text = "<worksheet><sheetData><row>" + "<c/>" * 1_100_000 + "</row></sheetData></worksheet>"
    far = '<c r="XFD{0}"><v>1</v></c>'
    laughs = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9)) + "]>"  # fmt: skip
    repeated = pa.DictionaryArray.from_arrays(pa.array(np.zeros(90_000, np.int8)), pa.array(["x" * 30_000]))
    return [
        Case("workbook.xlsx", workbook(sheet_rows()), values={"site": ["S0", "S1"], "x": [0, 0.143]}),
        Case("two_sheets.xlsx", workbook(sheet_rows(), sheets=("Data", "Notes")), notes=("“Data” is read",)),
        Case(
            "formula_in_workbook.xlsx",
            workbook([*sheet_rows(), ["S1", "<v>1</v>", "<f>A1+1</f>"]]),
            notes=("Formulas without a saved value: 1",),
        ),
        Case(
            "evaluated_formula.xlsx",
            workbook(
                [
                    ["site", "y", "x"],
                    *([f"S{i % 3}", f"<v>{i // 3 % 2}</v>", f"<f>A1+1</f><v>{i}</v>"] for i in range(24)),
                ]
            ),
            values={"x": [0, 1]},
        ),
        Case(
            "text_numbers.xlsx",
            workbook(
                [
                    ["site", "y", "x"],
                    *(
                        [f"S{i % 3}", f"<v>{i // 3 % 2}</v>", f"{i},5" if i % 2 else f"<v>{i}.125</v>"]
                        for i in range(24)
                    ),
                ]
            ),
            notes=("“1,5” is read as 1.5",),
            values={"x": [0.125, 1.5, 2.125]},
        ),
        Case("error_cells.xlsx", workbook([*sheet_rows(), ["S1", "<v>1</v>", "t=e:#DIV/0!"]]), notes=("#DIV/0!",)),
        Case(
            "dates.xlsx",
            workbook(
                [
                    ["site", "y", "x", "day"],
                    *(
                        [f"S{i % 3}", f"<v>{i // 3 % 2}</v>", f"<v>{i}.5</v>", f'<c s="1"><v>{45_000 + i}</v></c>']
                        for i in range(24)
                    ),
                ]
            ),
            notes=("day contains dates",),
            values={"day": ["2023-03-15"]},
        ),
        Case(
            "bomb.xlsx",
            workbook(sheet_rows(), more={"xl/sharedStrings.xml": b"<sst>" + b" " * unpacked}),
            "would unpack to more than 25 MB",
            limits=PUBLIC,
        ),
        Case(
            "bomb_of_cells.xlsx",
            workbook([], more={"xl/worksheets/sheet1.xml": text.encode()}),
            "cells are read",
            limits=PUBLIC,
        ),
        Case(
            "bomb_of_one_text.xlsx",
            workbook(
                sheet_rows(), more={"xl/sharedStrings.xml": b"<sst><si><t>" + b"x" * 20_000_000 + b"</t></si></sst>"}
            ),
            "characters",
        ),
        Case("bomb_of_laughs.xlsx", workbook(sheet_rows(), head=laughs), "not a readable .xlsx workbook"),
        Case(
            "far_cells.xlsx", workbook([*sheet_rows(), *([far.format(i)] for i in range(26, 1_000))]), "2,000 columns"
        ),
        Case("lzma.xlsx", archive({"xl/workbook.xml": b"<workbook/>"}, zipfile.ZIP_LZMA), "not a readable .xlsx"),
        Case("truncated.xlsx", workbook(sheet_rows())[:-200], "not a readable .xlsx workbook"),
        Case("other_archive.xlsx", archive({"hello.txt": b"hello"}), "not a readable .xlsx workbook"),
        Case(
            "text_place.xlsx",
            workbook([*sheet_rows(), ["t=s:7", "<v>1</v>", "<v>1</v>"]], shared=["a"]),
            "not a readable .xlsx workbook",
        ),
        Case("table.parquet", parquet(_ordinary_columns()), values={"site": ["S0"], "x": [0, 1 / 7]}),
        Case("table_in_csv_name.csv", parquet(_ordinary_columns()), values={"site": ["S0"]}),
        Case("truncated.parquet", parquet(_ordinary_columns())[:-30], "not a readable Parquet file"),
        Case(
            "damaged.parquet", b"PAR1" + np.random.default_rng(1).bytes(2_000) + b"PAR1", "not a readable Parquet file"
        ),
        Case(
            "nested.parquet",
            parquet(_ordinary_columns() | {"list": [[1, 2]] * ROWS}),
            notes=("list: neither numbers nor text",),
            columns=("site", "y", "x"),
        ),
        Case(
            "bomb_of_texts.parquet",
            parquet({"site": repeated, "y": np.arange(90_000) % 2}),
            "is too large",
            limits=PUBLIC,
        ),
        Case(
            "bomb_of_rows.parquet",
            parquet({"site": np.zeros(1_000_000, np.int8), "y": np.zeros(1_000_000, np.int8)}),
            "is too large",
            limits=PUBLIC,
        ),
    ]


def ordinary() -> list[Case]:
    """Files that are small, and at once made and read."""
    return [*_text_tables(), *_numbers(), *_names_and_roles(), *_refused_at_once()]


def bombs() -> list[Case]:
    """Workbooks and Parquet files that try to take time or memory, with ordinary ones of their kinds."""
    return _bombs()


def main(folder: Path) -> None:
    """Write all files to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for case in (*ordinary(), *bombs()):
        (folder / case.name).write_bytes(case.content)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
