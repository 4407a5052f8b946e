"""A question to a room: its kind, its texts, the values that a guess may have, and its true answer."""

import math
import re
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from dashboard.rooms.errors import RoomError, invalid
from scenarios.dataclass_json import from_json, to_json
from scenarios.text import LANGUAGES, Text

KINDS = ("number", "choice", "point")
MOST_CHOICES, MOST_POINTS, LONGEST_TEXT = 8, 400, 600
_LARGEST = 1e9  # largest value: phones show it with all its digits
_MOST_VALUES = 1_000_000  # between low and high: a slider with more has none that can be hit
_LINK = re.compile(r"(?!//)/?[\w./?&=,~%+-]{0,300}", re.ASCII)


class Point(NamedTuple):
    """A point of a curve, in the units of its axes."""

    x: float
    y: float


@dataclass(frozen=True)
class Question:
    """One question. Raises RoomError ("invalid") with a sentence if it is inconsistent.

    Parameters
    ----------
    kind : str
        "number": a value between `low` and `high`; "choice": the index of one of `choices`; "point": the height of a
        curve at `x`, between `low` and `high`.
    text : Text
        The question.
    choices : tuple of Text, optional
        Two to eight, of a choice.
    low, high, step : float
        Smallest and largest value of a number or a point, and the distance between two values.
    unit : Text, optional
        Of the value.
    truth : float, optional
        The true answer, of a choice its index. None: there is no true answer, as in a survey.
    why : Text, optional
        Shown with the true answer.
    x : float, optional
        Where a point is asked for.
    shown : tuple of Point, optional
        Points of the curve that are shown with the question.
    curve : tuple of Point, optional
        The true curve, shown with the answer.
    link : str, optional
        Path and query of the page that shows more, for participants who want to explore it.
    """

    kind: str
    text: Text
    choices: tuple[Text, ...] | None = None
    low: float = 0.0
    high: float = 100.0
    step: float = 1.0
    unit: Text | None = None
    truth: float | None = None
    why: Text | None = None
    x: float | None = None
    shown: tuple[Point, ...] | None = None
    curve: tuple[Point, ...] | None = None
    link: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            kinds = Text(en=", ".join(KINDS), zh="、".join(KINDS))
            raise invalid(
                Text(en="The kind of a question must be one of {kinds}.", zh="题型只能是 {kinds} 之一。").format(
                    kinds=kinds
                )
            )
        for text in (self.text, self.unit, self.why, *(self.choices or ())):
            if text is not None and max(len(text[language]) for language in LANGUAGES) > LONGEST_TEXT:
                raise invalid(
                    Text(
                        en=f"A text may have at most {LONGEST_TEXT} characters.",
                        zh=f"文字不能超过 {LONGEST_TEXT} 个字符。",
                    )
                )
        if self.kind == "choice":
            if not 2 <= len(self.choices or ()) <= MOST_CHOICES:
                raise invalid(
                    Text(
                        en=f"A choice must have 2 to {MOST_CHOICES} answers.",
                        zh=f"选择题需要 2～{MOST_CHOICES} 个选项。",
                    )
                )
        else:
            self._check_range()
        if self.kind == "point" and (self.x is None or not abs(self.x) <= _LARGEST):
            raise invalid(
                Text(en="A question about a curve needs the x at which to guess.", zh="曲线题需要给出所问位置的 x。")
            )
        if len(self.shown or ()) + len(self.curve or ()) > MOST_POINTS:
            raise invalid(
                Text(en=f"A picture may have at most {MOST_POINTS} points.", zh=f"图中最多 {MOST_POINTS} 个点。")
            )
        if self.link is not None and not _LINK.fullmatch(self.link):
            raise invalid(
                Text(
                    en="The link must be a page of this site, such as /sine?seed=1.",
                    zh="链接必须是本站页面，例如 /sine?seed=1。",
                )
            )
        if self.truth is not None:
            self.checked(self.truth, is_truth=True)

    def _check_range(self) -> None:
        values = (self.low, self.high, self.step)
        if not all(abs(value) <= _LARGEST for value in values) or not self.low < self.high or not self.step > 0:
            raise invalid(
                Text(
                    en="The smallest value must be below the largest, and the step above 0.",
                    zh="最小值必须小于最大值，步长必须大于 0。",
                )
            )
        if not 1 <= (self.high - self.low) / self.step <= _MOST_VALUES:
            raise invalid(Text(en="The step does not fit the range of values.", zh="步长与取值范围不匹配。"))

    def checked(self, value: object, *, is_truth: bool = False) -> float:
        """Return a guess, moved to the nearest allowed value. Raises RoomError for a value outside the range.

        The true answer need not lie on a step.
        """
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise invalid(Text(en="A guess must be a number.", zh="猜测必须是数字。"))
        if self.kind == "choice":
            if value not in range(len(self.choices or ())):
                raise invalid(Text(en="Choose one of the answers.", zh="请选择其中一个选项。"))
            return float(value)
        if not self.low <= value <= self.high:
            raise invalid(
                Text(
                    en=f"The value must be from {self.low:g} to {self.high:g}.",
                    zh=f"数值必须在 {self.low:g} 到 {self.high:g} 之间。",
                )
            )
        if is_truth:
            return float(value)
        decimals = max(0, 2 - math.floor(math.log10(self.step)))
        nearest = self.low + round((value - self.low) / self.step) * self.step
        return round(min(nearest, self.high), decimals)

    def without_answer(self) -> "Question":
        """Return the part that phones may see before the answer is revealed."""
        return replace(self, truth=None, why=None, curve=None)

    def as_json(self) -> Any:
        return to_json(self)

    @staticmethod
    def of_json(content: Any) -> "Question":
        """Return the question that `as_json` described. Raises RoomError for anything else."""
        try:
            return from_json(Question, content)
        except RoomError:
            raise
        except (ValueError, RecursionError) as error:
            reason = str(error)[:200]
            raise invalid(Text(en=f"Not a valid question: {reason}", zh=f"无法识别该问题：{reason}")) from error
