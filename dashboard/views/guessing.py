"""Feedback on a guess: its distance from the truth."""

from dashboard import words
from dashboard.presenting.lesson import Question
from scenarios.text import Language, Text

_OFF = Text(en="Your guess, {guess}, is off by {distance}: {remark}", zh="你猜 {guess}，相差 {distance}：{remark}")
_REMARKS = (  # from nearest to farthest, up to these shares of the range
    (0.02, Text(en="almost exact.", zh="几乎一致。")),
    (0.10, Text(en="close.", zh="很接近。")),
    (0.25, Text(en="the right direction.", zh="方向对了。")),
    (1.00, Text(en="a surprise, and surprises are remembered best.", zh="出乎意料，这样的答案记得最牢。")),
)
_RIGHT = Text(en="You chose it, too: correct.", zh="你选对了。")
_OTHER = Text(en="You chose “{guess}”: ask yourself why it is not.", zh="你选的是“{guess}”：值得想一想为什么不是。")


def compared(question: Question, guess: float | None, language: Language) -> str:
    """Return how far a guess was off, kindly; "" without one."""
    try:
        truth = question.truth()
    except ValueError:  # a figure whose results are missing
        return ""
    if guess is None:
        return ""
    if question.kind == "choice":
        chosen = question.choices[int(guess)]
        return (_RIGHT if guess == truth else _OTHER.format(guess=words.verbatim(chosen)))[language]
    share = min(abs(guess - truth) / (question.high - question.low), 1)
    remark = next(remark for limit, remark in _REMARKS if share <= limit)
    guessed, distance = (with_unit(f"{number:.3g}", question.unit) for number in (guess, abs(guess - truth)))
    return _OFF.format(guess=guessed, distance=distance, remark=remark)[language]


def with_unit(number: str, unit: str) -> str:
    """Return a number as text with its unit, unless it has one: "91.7%" stays."""
    if not unit or number.endswith(unit):
        return number
    return f"{number}{unit}" if unit == "%" else f"{number} {unit}"
