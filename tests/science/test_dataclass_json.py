"""Promise: what a results file holds is exactly what its dataclasses say, or it is refused with the place named."""

import json
import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

from scenarios.dataclass_json import Counts, Floats, from_json, to_json

pytestmark = pytest.mark.quick


class Pair(NamedTuple):
    low: float
    high: float | None


@dataclass(frozen=True, eq=False)
class Leaf:
    name: str
    sizes: tuple[int, ...]
    ends: Pair
    is_last: bool
    note: str | None = None


@dataclass(frozen=True, eq=False)
class Branch:
    leaves: dict[str, Leaf]
    scores: Floats
    counts: Counts
    anything: object


BRANCH = Branch(
    {"a": Leaf("first", (1, 2), Pair(0.1, None), False), "b": Leaf("second", (3,), Pair(-1.5, 2.0), True, "here")},
    np.array([[0.1, 2.0, 1e-9], [3.0, 4.0, 5.0]]),
    np.array([[1, 0], [2, 3]]),
    {"settings": {"hidden": [64, 64]}, "rate": 0.5},
)
CONTENT = json.loads(json.dumps(to_json(BRANCH)))


def changed(content: object, place: str, value: object) -> object:
    """JSON with the value at a place such as "leaves.a.name" changed; with no value, without the key."""
    first, _, rest = place.partition(".")
    other = dict(content) if isinstance(content, dict) else list(content)
    key = first if isinstance(content, dict) else int(first)
    if rest:
        other[key] = changed(content[key], rest, value)
    elif value is None:
        del other[key]
    else:
        other[key] = value[0]
    return other


def test_a_value_is_read_as_it_was_written_to_the_last_digit():
    again = from_json(Branch, CONTENT)
    assert again.leaves["b"] != BRANCH.leaves["b"], "each is an object of its own"
    assert vars(again.leaves["b"]) == vars(BRANCH.leaves["b"])
    np.testing.assert_array_equal(again.scores, BRANCH.scores)
    assert again.counts.dtype.kind == "i"
    assert to_json(again) == CONTENT
    assert "note" not in CONTENT["leaves"]["a"], "what is not set by default takes no room"
    with pytest.raises(ValueError, match="read-only"):
        again.scores[0, 0] = 1


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("leaves.a.name", [1]), ("leaves.a.name", [None]), ("leaves.a.name", None), ("leaves.a.more", ["x"]),
        ("leaves.a.sizes", [[]]), ("leaves.a.sizes.0", [1.0]), ("leaves.a.sizes.0", [True]), ("leaves.a.sizes", ["12"]),
        ("leaves.a.ends", [[1.0]]), ("leaves.a.ends", [[1.0, 2.0, 3.0]]), ("leaves.a.ends.0", [None]),
        ("leaves.a.ends.1", ["2"]), ("leaves.a.is_last", [1]), ("leaves", [[]]), ("leaves.a", [{}]),
        ("scores.0.1", [math.nan]), ("scores.0.1", [math.inf]), ("scores.0.1", [10**400]), ("scores.0.1", ["2.0"]),
        ("scores.0.1", [None]), ("scores.0.1", [True]), ("scores.0", [[1.0]]), ("scores.0", [1.0]), ("scores", [[]]),
        ("counts.0.0", [-1]), ("counts.0.0", [0.5]), ("counts.0.0", [2**60]), ("anything.rate", [math.nan]),
    ],
)  # fmt: skip
def test_whatever_does_not_fit_is_refused_with_its_place(place: str, value: list | None):
    with pytest.raises(ValueError, match=place.split(".")[0]):
        from_json(Branch, changed(CONTENT, place, value))
