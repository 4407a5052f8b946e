"""Promise: frozen values come back from their file as they were, and nothing else comes out of one."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from scenarios.atomic_files import save_arrays
from scenarios.dataclass_npz import load_values, save_values


@dataclass(frozen=True)
class Leaf:
    name: str
    size: float
    places: np.ndarray


@dataclass(frozen=True)
class Branch:
    leaves: dict[str, Leaf]
    counts: tuple[int, ...]
    green: bool


KINDS = (Leaf, Branch)
LEAF = Leaf("叶", 0.1, np.arange(6, dtype=np.int64).reshape(2, 3))


def test_values_come_back_as_they_were(tmp_path: Path):
    branch = Branch({"first": LEAF, "second": Leaf("{}", -2.0, np.array([0.5, np.nan], np.float64))}, (3, 1), True)
    save_values(tmp_path / "values.npz", {"branch": branch, "leaf": LEAF})
    found = load_values(tmp_path / "values.npz", KINDS)
    assert found.keys() == {"branch", "leaf"}
    again = found["branch"]
    assert isinstance(again, Branch)
    assert (again.counts, again.green, again.leaves["first"].name) == ((3, 1), True, "叶")
    assert again.leaves["second"].size == -2.0
    np.testing.assert_array_equal(again.leaves["first"].places, LEAF.places)
    assert again.leaves["first"].places.dtype == np.int64
    np.testing.assert_array_equal(again.leaves["second"].places, np.array([0.5, np.nan], np.float32))


@pytest.mark.parametrize("value", [None, [1, 2], {1, 2}, object(), Leaf])
def test_what_has_no_place_in_such_a_file_is_refused(tmp_path: Path, value: object):
    with pytest.raises(TypeError, match="cannot be kept"):
        save_values(tmp_path / "values.npz", {"value": value})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "outline",
    [
        "", "[", "1", '{"of": "Leaf", "fields": {}}', '{"by name": {"x": {"of": "Path", "fields": {}}}}',
        '{"by name": {"x": {"array": "none"}}}', '{"by name": {"x": null}}', '{"by name": [1]}',
        '{"by name": {"x": {"of": "Leaf", "fields": {"name": "a"}}}}',
        '{"by name": {"x": {"of": "Leaf", "fields": {"__class__": "a"}}}}',
    ],
)  # fmt: skip
def test_an_outline_that_makes_no_sense_is_refused(tmp_path: Path, outline: str):
    save_arrays(tmp_path / "values.npz", outline=np.array(outline))
    with pytest.raises(ValueError, match=r"outline|hold|JSON|Expecting|delimiter"):
        load_values(tmp_path / "values.npz", KINDS)


@pytest.mark.parametrize("kept", [0, 10, 200])
def test_a_damaged_file_is_refused(tmp_path: Path, kept: int):
    path = tmp_path / "values.npz"
    save_values(path, {"leaf": LEAF})
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ValueError, match=r"not an \.npz file"):
        load_values(path, KINDS)
