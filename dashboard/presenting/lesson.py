"""Lessons to present: a TOML file for each lesson and language, read within limits and never half.

`dashboard/presenting/lessons/five-labels.en.toml` is an example; `writing.en.md` lists the keys. Sentences and
answers name measured figures in braces, such as {NAME__maml_5}: `dashboard/views/lesson_facts.py` fills
them in.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import parse_qsl

from dashboard import pages, permalink
from dashboard.permalink import MOST_STEPS, View
from dashboard.settings import SETTINGS
from scenarios.errors import UserError
from scenarios.text import LANGUAGES, Language, Text

SHIPPED = Path(__file__).with_name("lessons")
LARGEST = 100_000  # bytes of a file
MOST_POINTS, MOST_CHOICES = 8, 6
LONGEST, ON_SCREEN, LONGEST_CHOICE, LONGEST_UNIT = 600, 190, 60, 20  # characters, of which a Chinese one counts twice
_MOST_MINUTES, _FARTHEST = 240.0, 1e9
Kind = Literal["number", "choice", "none"]

_WRONG = Text(en="{file}, line {line}: {reason}", zh="{file} 第 {line} 行：{reason}")
_LARGE = Text(en="The file is larger than {most} kB.", zh="文件超过 {most} kB。")
_ENCODING = Text(en="The file is not UTF-8 text.", zh="文件不是 UTF-8 文本。")
_SYNTAX = Text(
    en="this is not valid TOML; perhaps a quotation mark is missing, or a key occurs twice.",
    zh="不符合 TOML 语法，例如缺少引号或键重复。",
)
_UNKNOWN = Text(en="unknown key {key}. Available: {known}.", zh="没有名为 {key} 的键；可用的有 {known}。")
_MISSING = Text(en="the key {key} is missing.", zh="缺少键 {key}。")
_NOT_TEXT = Text(en="{key} must be a string of 1 to {most} characters.", zh="{key} 必须是 1 到 {most} 个字符的文本。")
_NOT_NUMBER = Text(en="{key} must be a number from {low} to {high}.", zh="{key} 必须是 {low} 到 {high} 之间的数。")
_NOT_LIST = Text(
    en="{key} must be a list of {least} to {most} strings.", zh="{key} 必须是 {least} 到 {most} 条文本组成的列表。"
)
_NOT_FLAG = Text(en="{key} must be true or false.", zh="{key} 只能是 true 或 false。")
_NOT_TABLE = Text(en="{key} must be a table.", zh="{key} 必须是一个表（table）。")
_ITEMS = Text(en="there must be 1 to {most} [[{key}]].", zh="须有 1 到 {most} 个 [[{key}]]。")
_NOT_ONE_OF = Text(en="{key} must be one of {known}.", zh="{key} 只能是以下之一：{known}。")
_PAGE = Text(en="unknown page {page}. Available: {known}.", zh="没有名为 {page} 的页面；可用的有 {known}。")
_PARTS = Text(en="the page does not accept these URL parameters: {parts}.", zh="页面不接受这些 URL 参数：{parts}。")
_RANGE = Text(en="low must be less than high.", zh="low 必须小于 high。")
_ANSWER = Text(
    en="the answer of a choice must be one of its choices, or the name of a figure in braces.",
    zh="选择题的 answer 必须是选项之一，或花括号中的数字名称。",
)
_NO_LESSON = Text(
    en="The lesson in this link does not exist. Showing all lessons.",
    zh="链接所指的课程不存在。以下是全部课程。",
)
FIGURE_NAME = re.compile(r"\{(\w{1,80})\}")  # of a measured figure in a sentence


@dataclass(frozen=True)
class Question:
    """A question to the room, in one language.

    Parameters
    ----------
    ask : str
        The question.
    kind : str
        "number", "choice", or "none" for a question that is answered aloud.
    low, high : float
        The range of a number.
    unit : str
        Its unit, such as "%".
    choices : tuple of str
        Choices, in the order of the screen.
    answer : str
        The true answer as in the file, a number or the text of a choice; "" if there is none.
    """

    ask: str
    kind: Kind = "none"
    low: float = 0.0
    high: float = 1.0
    unit: str = ""
    choices: tuple[str, ...] = ()
    answer: str = ""

    @property
    def is_guessed(self) -> bool:
        """Whether there is an answer that stays hidden until it is revealed."""
        return bool(self.answer) and self.kind != "none"

    def truth(self) -> float:
        """Return the true number, or the place of the true choice. Raises ValueError for an answer that is neither."""
        if self.kind == "choice":
            return float(self.choices.index(self.answer))
        return float(self.answer.replace("%", "").replace(",", "").replace("−", "-"))


@dataclass(frozen=True)
class Step:
    """One screen of a lesson, in one language.

    Parameters
    ----------
    title, say : str
        Its name in the presenter's notes, and the sentence on the screen.
    minutes : float
        How long it takes.
    page : str
        The linked page, by its name in the URL.
    view : View
        The page's view.
    figure : str
        The figure of that page which fills the screen: a key of `FIGURES`. "" for none.
    slider : bool
        Whether the figure has a slider along its x axis, for the presenter.
    question : Question or None
        The question before the figure is shown.
    found : str
        The sentence on the screen once the answer is revealed.
    do, expect : str
        Only in the notes: instructions, and the answers to expect.
    line : int
        Where the step begins in its file.
    """

    title: str
    say: str
    minutes: float
    page: str = ""
    view: View = View()  # noqa: RUF009  # which is frozen
    figure: str = ""
    slider: bool = False
    question: Question | None = None
    found: str = ""
    do: str = ""
    expect: str = ""
    line: int = 1

    @property
    def is_guessed(self) -> bool:
        """Whether its figure stays hidden until the answer is revealed."""
        return self.question is not None and self.question.is_guessed


@dataclass(frozen=True)
class Lesson:
    """A lesson in one language: learning goals, steps, and take-home messages."""

    title: str
    language: Language
    objectives: tuple[str, ...]
    steps: tuple[Step, ...]
    key_points: tuple[str, ...] = ()
    file: str = ""

    @property
    def minutes(self) -> float:
        """How long all steps take."""
        return sum(step.minutes for step in self.steps)


Translations = Mapping[Language, Lesson]  # at least one


def in_language(lesson: Translations, language: Language) -> Lesson:
    """Return a lesson in a language, or in the one that it has."""
    return lesson.get(language) or next(iter(lesson.values()))


class LessonError(UserError):
    """A file that is no lesson: which one, the line, and the reason."""

    def __init__(self, file: str, line: int, reason: Text) -> None:
        UserError.__init__(self, _WRONG.format(file=file, line=line, reason=reason))


def names() -> list[str]:
    """Return the names of the shipped lessons, and of those in the operator's folder."""
    hosted = [SETTINGS.lessons] if SETTINGS.lessons else []
    found = {
        path.name.split(".")[0]: None
        for folder in (SHIPPED, *hosted)
        for path in sorted(folder.glob("*.*.toml"))
        if re.fullmatch(r"[a-z0-9_-]{1,64}\.(en|zh)\.toml", path.name)
    }
    return list(found)


def load(name: str) -> Translations:
    """Return a lesson by its name, in the languages in which there is a file.

    Raises
    ------
    UserError
        If there is no such lesson, or one of its files is none.
    """
    paths = {language: path for language in LANGUAGES if (path := path_of(name, language))}
    if not paths:
        raise UserError(_NO_LESSON)
    return {language: _read_file(path, path.stat().st_mtime_ns) for language, path in paths.items()}


def path_of(name: str, language: Language) -> Path | None:
    """Return the file of a shipped or hosted lesson in a language; None if there is none."""
    if name not in names():
        return None
    places = (folder / f"{name}.{language}.toml" for folder in (SHIPPED, SETTINGS.lessons) if folder)
    return next((path for path in places if path.is_file()), None)


@lru_cache(maxsize=64)
def _read_file(path: Path, _: int) -> Lesson:
    with path.open("rb") as file:
        return read(file.read(LARGEST + 1), path.name)


def read(content: bytes, file: str) -> Lesson:
    """Read a lesson.

    Parameters
    ----------
    content : bytes
        The file, in UTF-8.
    file : str
        Its name, which a message repeats.

    Raises
    ------
    LessonError
        With the line and the reason, for the first thing that is wrong.
    """
    return _lesson(table_of(content, file[:80], "steps"))


def table_of(content: bytes, file: str, items: str) -> "Table":
    """Return a file's table, which has a list of tables called `items`. Raises LessonError if it is not TOML."""
    if len(content) > LARGEST:
        raise LessonError(file, 1, _LARGE.format(most=LARGEST // 1000))
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise LessonError(file, content[: error.start].count(b"\n") + 1, _ENCODING) from None
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+)", str(error))
        raise LessonError(file, int(place[1]) if place else text.count("\n") + 1, _SYNTAX) from None
    except (RecursionError, ValueError):  # brackets within brackets, and dates that there are not
        raise LessonError(file, 1, _SYNTAX) from None
    return Table(table, file, _Lines(text, items))


class _Lines:
    """Line numbers of steps and keys in a file, which `tomllib` does not report."""

    def __init__(self, text: str, items: str) -> None:
        self._items = re.escape(items)
        hidden = re.sub(r'"""[\s\S]*?"""|\'\'\'[\s\S]*?\'\'\'', lambda found: "\n" * found[0].count("\n"), text)
        self.lines = hidden.split("\n")
        begins = re.compile(rf"\s*\[\[\s*{self._items}\s*\]\]")
        self._steps = [number for number, line in enumerate(self.lines) if begins.match(line)]

    def of(self, step: int | None, key: str = "") -> int:
        """Return the line of a key of a step (from 0) or of the lesson; of the step itself if there is no such line."""
        begins = 0 if step is None else self._steps[step] if step < len(self._steps) else 0
        after = 0 if step is None else step + 1
        ends = self._steps[after] if after < len(self._steps) else len(self.lines)
        pattern = re.compile(rf'\s*(\[?\s*({self._items}\.)?)"?{re.escape(key)}"?\s*[=\]]') if key else None
        here = (n for n in range(begins, ends) if pattern and pattern.match(self.lines[n]))
        return next(here, begins) + 1


class Table:
    """A TOML table whose keys are read once each; keys that are left over are unknown.

    Invalid values raise LessonError, with the line and the reason.
    """

    def __init__(self, table: Any, file: str, lines: _Lines, step: int | None = None, name: str = "") -> None:
        self.file, self.lines, self.step, self._name = file, lines, step, name
        if not isinstance(table, dict):
            self.refuse(name, _NOT_TABLE.format(key=name))
        self._table: dict[str, Any] = table
        self._taken: list[str] = []

    def refuse(self, key: str, reason: Text) -> Any:
        raise LessonError(self.file, self.lines.of(self.step, key), reason)

    def line(self) -> int:
        return self.lines.of(self.step)

    def has(self, key: str) -> bool:
        self._taken.append(key)
        return key in self._table

    def take(self, key: str) -> Any:
        if not self.has(key):
            self.refuse(self._name, _MISSING.format(key=key))
        return self._table[key]

    def text(self, key: str, default: str | None = None, most: int = LONGEST) -> str:
        if default is not None and not self.has(key):
            return default
        return self._checked(key, self.take(key), most)

    def texts(self, key: str, least: int, most: int, longest: int = LONGEST) -> tuple[str, ...]:
        if not least and not self.has(key):
            return ()
        found = self.take(key)
        if not isinstance(found, list) or not least <= len(found) <= most:
            self.refuse(key, _NOT_LIST.format(key=key, least=least, most=most))
        return tuple(self._checked(key, each, longest) for each in found)

    def _checked(self, key: str, found: Any, most: int) -> str:
        if not isinstance(found, str) or not found.strip() or width(found) > most or not _is_plain(found):
            self.refuse(key, _NOT_TEXT.format(key=key, most=most))
        return " ".join(str(found).split())

    def number(self, key: str, low: float, high: float) -> float:
        found = self.take(key)
        if isinstance(found, bool) or not isinstance(found, int | float) or not low <= found <= high:
            self.refuse(key, _NOT_NUMBER.format(key=key, low=f"{low:g}", high=f"{high:g}"))
        return float(found)

    def flag(self, key: str) -> bool:
        found = self.take(key) if self.has(key) else False
        if not isinstance(found, bool):
            self.refuse(key, _NOT_FLAG.format(key=key))
        return bool(found)

    def word(self, key: str, known: tuple[str, ...]) -> str:
        found = self.take(key)
        if found not in known:
            self.refuse(key, _NOT_ONE_OF.format(key=key, known=", ".join(known)))
        return str(found)

    def table(self, key: str) -> "Table | None":
        return Table(self._table[key], self.file, self.lines, self.step, key) if self.has(key) else None

    def tables(self, key: str) -> "list[Table]":
        found = self.take(key)
        if not isinstance(found, list) or not 0 < len(found) <= MOST_STEPS:
            self.refuse(key, _ITEMS.format(most=MOST_STEPS, key=key))
        return [Table(each, self.file, self.lines, place, key) for place, each in enumerate(found)]

    def finish(self) -> None:
        """Refuse keys that were not read: mostly misspelt ones."""
        for key in self._table:
            if key not in self._taken:
                self.refuse(key, _UNKNOWN.format(key=ascii(key[:40]), known=", ".join(dict.fromkeys(self._taken))))


def width(text: str) -> int:
    """Return the room that a text takes, with a figure such as 91.7% for each that is named."""
    return sum(2 if letter > "\u2e7f" else 1 for letter in FIGURE_NAME.sub("91.7%", text))


def _is_plain(text: str) -> bool:
    """Return whether a text has no characters that steer a terminal or turn its reading direction."""
    return all(letter.isprintable() or letter in "\n\t\u3000\u00a0" for letter in text)


def _lesson(table: Table) -> Lesson:
    lesson = Lesson(
        title=table.text("title", most=80),
        language=table.word("language", LANGUAGES),  # type: ignore[arg-type]
        objectives=table.texts("objectives", 1, MOST_POINTS, ON_SCREEN),
        key_points=table.texts("key_points", 0, MOST_POINTS, ON_SCREEN),
        steps=tuple(map(_step, table.tables("steps"))),
        file=table.file,
    )
    table.finish()
    return lesson


def _step(table: Table) -> Step:
    page, view = address_of(table)
    question = table.table("question")
    step = Step(
        title=table.text("title", most=80),
        say=table.text("say", most=ON_SCREEN),
        minutes=table.number("minutes", 0, _MOST_MINUTES),
        page=page,
        view=view,
        figure=table.text("figure", "", most=40),
        slider=table.flag("slider"),
        question=question_of(question) if question else None,
        found=table.text("found", "", most=ON_SCREEN),
        do=table.text("do", ""),
        expect=table.text("expect", ""),
        line=table.line(),
    )
    table.finish()
    return step


def address_of(table: Table) -> tuple[str, View]:
    """Return the page of a step and its view. Raises LessonError for one that there is not."""
    address = table.text("address", "", most=LONGEST)
    page, _, query = address.lstrip("/").partition("?")
    if page not in pages.PAGES:
        table.refuse("address", _PAGE.format(page=ascii(page[:40]), known=", ".join(filter(None, pages.PAGES))))
    parts = dict(parse_qsl(query, keep_blank_values=True))
    view, refused = permalink.open_link(parts, View().lang)
    if wrong := [*refused, *(part[:40] for part in parts if part not in (*permalink.PARTS, permalink.VERSION))]:
        table.refuse("address", _PARTS.format(parts=", ".join(map(ascii, wrong))))
    return page, view


def question_of(table: Table) -> Question:
    """Read a question. Raises LessonError if it is invalid."""
    kind: Kind = table.word("kind", get_args(Kind))  # type: ignore[assignment]
    ask, answer = table.text("ask", most=ON_SCREEN), ""
    low, high, unit = 0.0, 1.0, ""
    choices: tuple[str, ...] = ()
    if kind == "number":
        low, high = (table.number(end, -_FARTHEST, _FARTHEST) for end in ("low", "high"))
        unit = table.text("unit", "", most=LONGEST_UNIT)
        if not low < high:
            table.refuse("low", _RANGE)
        answer = _answer(table, low, high)
    elif kind == "choice":
        choices = table.texts("choices", 2, MOST_CHOICES, LONGEST_CHOICE)
        answer = table.text("answer", "", most=LONGEST_CHOICE)
        if answer and answer not in choices and not FIGURE_NAME.fullmatch(answer):
            table.refuse("answer", _ANSWER)
    table.finish()
    return Question(ask, kind, low, high, unit, choices, answer)


def _answer(table: Table, low: float, high: float) -> str:
    """Return the answer to a number: a number in its range, or a figure in braces."""
    if not table.has("answer"):
        return ""
    found = table.take("answer")
    if isinstance(found, str) and FIGURE_NAME.fullmatch(found):
        return found
    number = table.number("answer", low, high)
    return f"{number:g}" if isfinite(number) else ""
