"""The presenter's notes on a step of a lesson, which a room keeps: a second device shows them, phones never do."""

from dataclasses import dataclass
from typing import NamedTuple

from scenarios.text import Text


class Line(NamedTuple):
    """One line of the notes: its label, such as "Ask", and its text."""

    name: Text
    text: Text


@dataclass(frozen=True)
class Notes:
    """The notes on one step.

    Parameters
    ----------
    step : str
        The lesson's name and the step's place in it, such as "five-labels/3"; place 0 is its first screen.
    title : Text
        Of the step.
    until : float
        Minutes since the beginning at which the step is to end.
    lines : tuple of Line
        At least one.
    """

    step: str
    title: Text
    until: float
    lines: tuple[Line, ...]
