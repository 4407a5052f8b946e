"""A room's guesses: a distribution for charts, and a table for a spreadsheet."""

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from dashboard.rooms.question import Question
from scenarios.text import Text

_MOST_BARS = 25
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # first characters of a formula in a spreadsheet


@dataclass(frozen=True)
class Distribution:
    """The guesses for one question.

    Parameters
    ----------
    values : tuple of float
        All guesses, in ascending order.
    edges : tuple of float
        The bars' edges, one more than bars; of a choice, -0.5, 0.5, ...
    counts : tuple of int
        Guesses in each bar.
    median : float or None
        Of the guesses; None without any, and for a choice.
    """

    values: tuple[float, ...]
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    median: float | None

    @staticmethod
    def of(question: Question, values: Iterable[float]) -> "Distribution":
        """Count guesses in at most 25 bars of equal width, each a whole number of steps."""
        ordered = tuple(sorted(values))
        if question.kind == "choice":
            number = len(question.choices or ())
            edges = tuple(place - 0.5 for place in range(number + 1))
            return Distribution(ordered, edges, tuple(ordered.count(place) for place in range(number)), None)
        # A bar is centred on its values, so that the ends of the range are whole bars, too.
        steps = round((question.high - question.low) / question.step) + 1
        width = question.step * math.ceil(steps / _MOST_BARS)
        bars = math.ceil(steps * question.step / width - 1e-9)
        first = question.low - question.step / 2
        edges = tuple(first + place * width for place in range(bars + 1))
        counts = tuple(sum(low <= value < high for value in ordered) for low, high in pairwise(edges))
        return Distribution(ordered, edges, counts, median(ordered) if ordered else None)


_HEADINGS = Text(
    en="question,text,participant,guess,answer,unit,true answer",
    zh="题号,问题,参与者编号,猜测,答案,单位,正确答案",
)


def table(rounds: Sequence[tuple[Question, Sequence[tuple[int, float]]]]) -> str:
    """Return guesses as CSV: `rounds` are questions with (participant's number, guess).

    It begins with a byte order mark, without which Excel would not read Chinese. No cell can be a formula.
    """
    file = io.StringIO()
    file.write("\ufeff")
    writer = csv.writer(file)
    english, chinese = (_HEADINGS[language].split(",") for language in ("en", "zh"))  # type: ignore[index]
    writer.writerow(f"{one} {other}" for one, other in zip(english, chinese, strict=True))
    for number, (question, guesses) in enumerate(rounds, 1):
        for participant, value in guesses:
            answer = _label(question, value)
            truth = "" if question.truth is None else _label(question, question.truth)
            row = (number, _both(question.text), participant, f"{value:.12g}", answer, _both(question.unit), truth)
            writer.writerow([_harmless(cell) for cell in row])
    return file.getvalue()


def _label(question: Question, value: float) -> str:
    return _both((question.choices or ())[int(value)]) if question.kind == "choice" else f"{value:.12g}"


def _both(text: Text | None) -> str:
    if text is None:
        return ""
    return text.en if text.en == text.zh else f"{text.en} / {text.zh}"


def _harmless(cell: object) -> str:
    """Put an apostrophe before text that a spreadsheet would take for a formula; numbers stay numbers."""
    text = str(cell)
    if not text.lstrip().startswith(_FORMULA) and not text.startswith(_FORMULA):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text
