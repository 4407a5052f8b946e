"""From the bytes of a text file to its characters: which encoding, and whether it is text at all."""

import codecs
import re

from scenarios.errors import UserError
from scenarios.text import Text

ENCODINGS = ("utf-8", "utf-16", "gb18030", "cp1252", "latin-1")  # encodings that a user may choose
_BOMS = (  # the longer ones first, because one begins like another
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 2**18  # bytes from which the encoding is guessed
_ZEROS = 0.2  # share of zero bytes at even or odd places, from which on it is UTF-16 without a mark
_CONTROL = 0.005  # share of control characters that no text has
_DAMAGED = 0.2  # largest share of damaged characters beyond ASCII in UTF-8
_COMMON = 0.8  # share of pairs of bytes beyond ASCII that stand for characters of GB2312, in a Chinese text
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]+")

NOT_A_TABLE = Text(
    en="{name} is not a table: it contains no readable text. Save the table as CSV, .xlsx or .parquet.",
    zh="{name} 不是表格：内容不是可读的文本。请把表格另存为 CSV、.xlsx 或 .parquet。",
)
_WRONG_ENCODING = Text(
    en="{name} cannot be read as {encoding}. Choose another encoding, or let it be detected.",
    zh="无法按 {encoding} 读取 {name}。请换一种编码，或改为自动识别。",
)
_UNKNOWN_ENCODING = Text(
    en="Unknown encoding {encoding}. Available: {known}.", zh="没有名为 {encoding} 的编码。可选：{known}。"
)
_GUESSED = {
    "gb18030": Text(
        en="The file is not UTF-8. It is read as GB18030 (Chinese); change the encoding if names look wrong.",
        zh="文件不是 UTF-8，按 GB18030（中文）读取；如果名称显示为乱码，请更改编码。",
    ),
    "cp1252": Text(
        en="The file is not UTF-8. It is read as Windows-1252 (Western); change the encoding if names look wrong.",
        zh="文件不是 UTF-8，按 Windows-1252（西欧）读取；如果名称显示为乱码，请更改编码。",
    ),
    "latin-1": Text(
        en="The file is not UTF-8. It is read as Latin-1 (Western); change the encoding if names look wrong.",
        zh="文件不是 UTF-8，按 Latin-1（西欧）读取；如果名称显示为乱码，请更改编码。",
    ),
    "utf-16-le": Text(
        en="The file is read as UTF-16, although its byte order mark is missing.",
        zh="文件缺少字节序标记，按 UTF-16 读取。",
    ),
}
_GUESSED["utf-16-be"] = _GUESSED["utf-16-le"]
_REPLACED = Text(
    en="Damaged characters: {count}, shown as “�”. The file is UTF-8, but some of its bytes are not.",
    zh="有 {count} 个损坏的字符显示为“�”：文件是 UTF-8，但部分字节已损坏。",
)


def decode(content: bytes, name: str, encoding: str | None) -> tuple[str, str, tuple[Text, ...]]:
    """Return the characters of a text file, its encoding, and sentences about a doubtful choice.

    Parameters
    ----------
    content : bytes
        The file.
    name : str
        The file's name, for messages.
    encoding : str, optional
        The encoding that a user chose; None detects it: by a byte order mark, as strict UTF-8, or by the pairs of
        bytes that are common in Chinese.

    Raises
    ------
    UserError
        If there is no such encoding, the file is not in it, or the file is no text.
    """
    if encoding:
        return _checked(_decoded(content, name, encoding), name), encoding, ()
    for mark, marked in _BOMS:
        if content.startswith(mark):
            return _checked(_decoded(content, name, marked), name), marked, ()
    if bare := _bare_utf16(content[:_SAMPLE]):
        return _checked(_decoded(content, name, bare), name), bare, (_GUESSED[bare],)
    if b"\x00" in content[:_SAMPLE]:
        raise UserError(NOT_A_TABLE.format(name=name))
    try:
        return _checked(content.decode("utf-8"), name), "utf-8", ()
    except UnicodeDecodeError:
        pass
    text = content.decode("utf-8", errors="replace")
    damaged = text.count("�")
    if damaged <= _DAMAGED * (sum(map(len, _BEYOND_ASCII.findall(content))) / 2):
        return _checked(text, name), "utf-8", (_REPLACED.format(count=damaged),)
    for guess in (*(["gb18030"] if _looks_chinese(content[:_SAMPLE]) else []), "cp1252", "latin-1"):
        try:
            return _checked(content.decode(guess), name), guess, (_GUESSED[guess],)
        except UnicodeDecodeError:
            continue
    raise UserError(NOT_A_TABLE.format(name=name))


def _decoded(content: bytes, name: str, encoding: str) -> str:
    if encoding not in {*ENCODINGS, "utf-32", "utf-16-le", "utf-16-be"}:
        raise UserError(_UNKNOWN_ENCODING.format(encoding=encoding, known=", ".join(ENCODINGS)))
    try:
        return content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        raise UserError(_WRONG_ENCODING.format(name=name, encoding=encoding)) from error


def _checked(text: str, name: str) -> str:
    """Return a text that has few control characters and no zero character. Raises UserError otherwise."""
    sample = text[:_SAMPLE]
    if "\x00" in text or len(_CONTROLS.findall(sample)) > _CONTROL * len(sample):
        raise UserError(NOT_A_TABLE.format(name=name))
    return text


def _bare_utf16(sample: bytes) -> str:
    """Return which UTF-16 a text without a mark is, by the zero bytes of its digits and separators; "" if neither."""
    half = len(sample) // 2
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if half < 4 or max(even, odd) < _ZEROS * half or min(even, odd) > 0.01 * half:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _looks_chinese(sample: bytes) -> bool:
    """Whether bytes beyond ASCII come in pairs that are characters of GB2312, as they hardly do in Western text."""
    pairs = common = 0
    for run in _BEYOND_ASCII.findall(sample):
        pairs += (len(run) + 1) // 2
        common += sum(0xA1 <= run[i] <= 0xF7 and run[i + 1] >= 0xA1 for i in range(0, len(run) - 1, 2))
    return pairs > 0 and common >= _COMMON * pairs
