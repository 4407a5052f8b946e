"""Exercises to do alone: a TOML file for each language, read as lessons are.

Their questions and solutions name measured figures in braces: `dashboard/views/lesson_facts.py` fills them in.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from dashboard.permalink import View
from dashboard.presenting.lesson import LARGEST, ON_SCREEN, Question, Table, address_of, question_of, table_of
from scenarios.text import Language, Text

_CODE = Text(
    en="{key} must be a short name in lower case that no other exercise has.", zh="{key} 必须是小写短名称，且不能重复。"
)
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz-")


@dataclass(frozen=True)
class Exercise:
    """An exercise in one language.

    Parameters
    ----------
    code : str
        Its name in URLs and in the browser's storage, the same in every language.
    title, do : str
        Its title, and the instruction.
    minutes : float
        Expected duration.
    page, view : str and View
        The page on which it is done, and that page's view.
    question : Question
        The question, with its answer.
    tolerance : float
        Largest difference from the answer that counts as right.
    hint, solution : str
        Shown when unfolded.
    file, line : str and int
        Where it was defined, for messages.
    """

    code: str
    title: str
    do: str
    minutes: float
    page: str
    view: View
    question: Question
    tolerance: float
    hint: str
    solution: str
    file: str
    line: int

    def is_right(self, answer: float) -> bool:
        """Return whether a number, or the place of a choice, is right. Raises ValueError if nothing was measured."""
        return abs(answer - self.question.truth()) <= self.tolerance + 1e-9


@lru_cache(maxsize=4)
def load(language: Language) -> tuple[Exercise, ...]:
    """Return the shipped exercises. Raises LessonError for a file that is damaged."""
    path = Path(__file__).with_name(f"exercises.{language}.toml")
    with path.open("rb") as file:
        table = table_of(file.read(LARGEST + 1), path.name, "exercises")
    exercises: list[Exercise] = []
    for each in table.tables("exercises"):
        exercises.append(_exercise(each, {known.code for known in exercises}))
    table.finish()
    return tuple(exercises)


def _exercise(table: Table, taken: set[str]) -> Exercise:
    code = table.text("code", most=30)
    if code in taken or not _LETTERS.issuperset(code):
        table.refuse("code", _CODE.format(key="code"))
    asked = Table(table.take("question"), table.file, table.lines, table.step, "question")
    tolerance = asked.number("tolerance", 0, 1e9) if asked.has("tolerance") else 0.0
    page, view = address_of(table)
    exercise = Exercise(
        code=code, title=table.text("title", most=80), do=table.text("do", most=ON_SCREEN),
        minutes=table.number("minutes", 0, 60), page=page, view=view, question=question_of(asked), tolerance=tolerance,
        hint=table.text("hint"), solution=table.text("solution"), file=table.file, line=table.line(),
    )  # fmt: skip
    table.finish()
    return exercise
