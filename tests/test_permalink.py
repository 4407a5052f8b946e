"""Promise: the whole state of a page lives in its address, and nothing in an address is an error."""

from dataclasses import fields

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dashboard import permalink
from dashboard.permalink import LAST_DRAW, LAST_SEED, MOST_SHOTS, PREVALENCES, View
from scenarios.catalog import SCENARIOS
from scenarios.text import LANGUAGES

PARTS = [field.name for field in fields(View)]
VIEWS = st.builds(
    View,
    lang=st.sampled_from(LANGUAGES),
    shots=st.integers(1, MOST_SHOTS),
    seed=st.integers(0, LAST_SEED),
    draw=st.integers(0, LAST_DRAW),
    prevalence=st.sampled_from(PREVALENCES),
)
NEARLY_RIGHT = st.one_of(
    st.text(max_size=20),
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(
        ["", " 5", "5 ", "+5", "1_0", "0x5", "5e0", "٥", "５", "五", "²", "\x005", "9" * 5000, "EN", "zh-CN"]
    ),
)


def assert_within_limits(view: View) -> None:
    assert view.lang in LANGUAGES
    assert 1 <= view.shots <= MOST_SHOTS
    assert 0 <= view.seed <= LAST_SEED
    assert 0 <= view.draw <= LAST_DRAW
    assert view.prevalence in PREVALENCES
    assert all(type(getattr(view, name)) is int for name in PARTS if name != "lang")


@given(view=VIEWS, fallback=VIEWS)
def test_what_is_written_is_read_back(view: View, fallback: View):
    assert permalink.read(view.as_query(), fallback) == (view, ())


@given(view=VIEWS)
def test_every_part_of_a_view_is_in_its_address_and_nothing_else(view: View):
    assert list(view.as_query()) == PARTS
    assert all(isinstance(value, str) and value.isascii() for value in view.as_query().values())


@given(
    query=st.dictionaries(st.one_of(st.sampled_from(PARTS), st.text(max_size=8)), NEARLY_RIGHT, max_size=8),
    fallback=VIEWS,
)
@example(query=dict.fromkeys(PARTS, "9" * 5000), fallback=View())
@example(query=dict.fromkeys(PARTS, "\ud800"), fallback=View())
def test_no_address_is_an_error_and_every_address_gives_a_view_within_limits(query: dict[str, str], fallback: View):
    view, refused = permalink.read(query, fallback)
    assert_within_limits(view)
    assert set(refused) <= set(query) & set(PARTS)
    for name in PARTS:
        if name in refused or name not in query:
            assert getattr(view, name) == getattr(fallback, name)


@given(number=st.integers(), part=st.sampled_from(["shots", "seed", "draw"]))
def test_a_number_counts_within_its_limits_and_is_refused_beyond(number: int, part: str):
    low, high = {"shots": (1, MOST_SHOTS), "seed": (0, LAST_SEED), "draw": (0, LAST_DRAW)}[part]
    view, refused = permalink.read({part: str(number)}, View())
    if low <= number <= high:
        assert (getattr(view, part), refused) == (number, ())
    else:
        assert (view, refused) == (View(), (part,))


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("shots", "-5"),
        ("shots", "0"),
        ("shots", "51"),
        ("shots", "5.0"),
        ("shots", "٥"),  # five, in Arabic-Indic digits
        ("shots", "５"),
        ("seed", "abc"),
        ("seed", "1000000"),
        ("seed", "9" * 400),
        ("seed", ""),
        ("draw", "<script>alert(1)</script>"),
        ("draw", "1e2"),
        ("prevalence", "7"),
        ("prevalence", "10.0"),
        ("lang", "xx"),
        ("lang", "EN"),
    ],
)
def test_what_makes_no_sense_falls_back_and_is_reported(part: str, text: str):
    fallback = View(lang="zh", shots=9, seed=77, draw=3, prevalence=20)
    assert permalink.read({part: text}, fallback) == (fallback, (part,))


def test_unknown_parts_are_ignored_without_a_word():
    query = {"x": "<script>alert(1)</script>", "view": "{}", "__class__": "View", "SHOTS": "9", "embed": "true"}
    assert permalink.read(query, View(seed=5)) == (View(seed=5), ())


def test_good_parts_count_beside_bad_ones():
    view, refused = permalink.read({"shots": "-5", "seed": "12", "lang": "xx", "draw": "4"}, View())
    assert view == View(seed=12, draw=4)
    assert refused == ("lang", "shots")


def test_the_limits_suit_every_scenario():
    for scenario in SCENARIOS.values():
        assert scenario.max_shots >= MOST_SHOTS, "the slider would ask for more labels than a support set is padded to"
        assert 1 <= scenario.default_shots <= MOST_SHOTS
