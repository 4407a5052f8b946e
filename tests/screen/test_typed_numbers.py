"""Promise: a number that somebody types is understood or refused in words, and never read as another one."""

import pytest

from dashboard import typed_numbers
from tests.live_server import LiveServer
from tests.screen.test_pages import CURVES
from tests.visitor import Visitor


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("1.5", 1.5),
        ("1,5", 1.5),
        ("１．５", 1.5),
        ("１，５", 1.5),
        (" -2 ", -2.0),
        ("−2", -2.0),
        ("1e3", 1000.0),
        (".5", 0.5),
    ],
)
def test_a_number_is_read_with_the_marks_of_all_languages(typed: str, number: float):
    assert typed_numbers.read(typed) == number


@pytest.mark.parametrize(
    "typed", ["", "-", "1 5", "1.5.2", "1,5,2", "1.234,5", "5²", "五", "٥", "nan", "inf", "1e", "0x5", "1_0", "9" * 31]
)
def test_whatever_is_no_number_is_refused_with_what_was_typed(typed: str):
    refusal = typed_numbers.refusal("x", typed, -5, 5)
    assert refusal is not None
    assert f"“{typed[:30]}”" in refusal.en
    assert f"“{typed[:30]}”" in refusal.zh


def test_a_number_beyond_the_limits_is_refused_with_both():
    refusal = typed_numbers.refusal("x", "1e3", -5, 5)
    assert refusal is not None
    assert refusal.en == "x must be from -5 to 5, not 1e3."


def test_a_typed_point_lands_where_it_was_meant_or_nowhere(server: LiveServer):
    with Visitor(server.address) as visitor:
        visitor.open(CURVES[0])
        visitor.write("own_y", "0")
        visitor.write("own_x", "0 5")
        screen = visitor.press("own_add")
        assert screen.errors() == [typed_numbers.refusal("x", "0 5", 0, 1).en]
        assert "points" not in visitor.address()
        visitor.write("own_x", "０，５")
        assert visitor.press("own_add").errors() == []
        assert visitor.address()["points"] == "0.5~0"
