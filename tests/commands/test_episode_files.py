"""Promise: a file from elsewhere is read or refused with one sentence, whatever its bytes are."""

import io
import os
import pickle
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from hypothesis.extra import numpy as some_numpy

from scenarios.catalog import SCENARIOS
from scenarios.command_line import parser
from scenarios.command_line.episode_files import FARTHEST, read_draw, write_draw
from scenarios.episode import Draw, open_episode
from scenarios.errors import UserError
from scenarios.evaluation import curves
from scenarios.learner import Learner
from scenarios.scenario import Scenario
from scenarios.task import Examples

FIRST = next(iter(SCENARIOS.values()))
Arrays = dict[str, np.ndarray]


def drawn(scenario: Scenario) -> Draw:
    return curves.fresh_episode(scenario, tasks=3, shots=4, queries=7, seed=11).raw


def arrays_of(scenario: Scenario) -> Arrays:
    draw = drawn(scenario)
    return {
        "support_x": draw.support.x.astype(np.float64),
        "support_y": draw.support.y,
        "query_x": draw.query.x.astype(np.float64),
        "feature_names": np.array([feature.name for feature in scenario.features]),
    }


def packed(arrays: Arrays) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def read(content: bytes, scenario: Scenario) -> Draw:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "episodes.npz"
        path.write_bytes(content)
        return read_draw(path, scenario)


def spoilt(arrays: Arrays, name: str, value: object, where: tuple[int, ...] = (1, 2)) -> Arrays:
    changed = arrays[name].astype(np.float64)
    changed[where] = value
    return arrays | {name: changed}


def test_what_was_written_is_read(scenario: Scenario, tmp_path: Path):
    draw = drawn(scenario)
    write_draw(tmp_path / "draw.npz", scenario, draw)
    found = read_draw(tmp_path / "draw.npz", scenario)
    np.testing.assert_array_equal(found.support.x, draw.support.x)
    np.testing.assert_array_equal(found.support.y, draw.support.y)
    np.testing.assert_array_equal(found.query.x, draw.query.x)
    assert [path.name for path in tmp_path.iterdir()] == ["draw.npz"]


class Trap:
    """A pickle that would leave a trace."""

    sprung: ClassVar[list[int]] = []

    def __reduce__(self):
        return Trap.sprung.append, (1,)


# (what to make of the arrays, a word that the refusal must have)
WRONG: dict[str, tuple[Callable[[Arrays], Arrays], str]] = {
    "no support set": (lambda a: {k: v for k, v in a.items() if k != "support_x"}, "support_x"),
    "no labels": (lambda a: {k: v for k, v in a.items() if k != "support_y"}, "support_y"),
    "no questions": (lambda a: {k: v for k, v in a.items() if k != "query_x"}, "query_x"),
    "not-a-number": (lambda a: spoilt(a, "support_x", np.nan), "missing or infinite"),
    "infinity in a question": (lambda a: spoilt(a, "query_x", np.inf), "missing or infinite"),
    "not-a-number as a label": (lambda a: spoilt(a, "support_y", np.nan), "missing or infinite"),
    "labels in words": (lambda a: a | {"support_y": np.full(a["support_y"].shape, "ill")}, "numbers"),
    "values in words": (lambda a: a | {"query_x": a["query_x"].astype(str)}, "numbers"),
    "complex values": (lambda a: a | {"query_x": a["query_x"] * 1j}, "numbers"),
    "true and false": (lambda a: a | {"query_x": a["query_x"] > 0}, "numbers"),
    "a feature less": (lambda a: a | {"support_x": a["support_x"][..., 1:]}, "shape"),
    "a feature less in the questions": (lambda a: a | {"query_x": a["query_x"][..., 1:]}, "shape"),
    "a task less": (lambda a: a | {"query_x": a["query_x"][1:]}, "inconsistent shapes"),
    "a label less": (lambda a: a | {"support_y": a["support_y"][:, 1:]}, "inconsistent shapes"),
    "labels with an axis more": (lambda a: a | {"support_y": a["support_y"][..., None]}, "inconsistent shapes"),
    "one task without its axis": (lambda a: a | {"support_x": a["support_x"][0]}, "shape"),
    "a single number": (lambda a: a | {"support_x": np.array(1.0)}, "numbers"),
    "no rows": (lambda a: a | {"support_x": a["support_x"][:, :0], "support_y": a["support_y"][:, :0]}, "shape"),
    "no questions in it": (lambda a: a | {"query_x": a["query_x"][:, :0]}, "shape"),
    "no tasks": (lambda a: {k: v[:0] if k != "feature_names" else v for k, v in a.items()}, "shape"),
    "other features": (lambda a: a | {"feature_names": np.char.add(a["feature_names"], "_")}, "feature_names"),
    "a feature more": (lambda a: a | {"feature_names": np.append(a["feature_names"], "z")}, "feature_names"),
    "numbers for features": (lambda a: a | {"feature_names": np.arange(3)}, "feature_names"),
    "values beyond anything": (lambda a: spoilt(a, "support_x", 1e300), "check the units"),
    "a question beyond anything": (lambda a: spoilt(a, "query_x", -1e30), "check the units"),
    "objects": (lambda a: a | {"query_x": np.array([[Trap()]], dtype=object)}, "damaged"),
}
WRONG_CLASSES: dict[str, tuple[Callable[[Arrays], Arrays], str]] = {
    "a label too many": (lambda a: spoilt(a, "support_y", 9), "0 to"),
    "a negative label": (lambda a: spoilt(a, "support_y", -1), "0 to"),
    "half a label": (lambda a: spoilt(a, "support_y", 0.5), "0 to"),
    "one class only": (lambda a: a | {"support_y": np.zeros_like(a["support_y"])}, "class 1"),
    "one class only in one task": (lambda a: spoilt(a, "support_y", 1, (2, slice(None))), "class 0"),
}
WRONG_NUMBERS: dict[str, tuple[Callable[[Arrays], Arrays], str]] = {
    "a number beyond anything": (lambda a: spoilt(a, "support_y", 1e7), "check the units"),
    "an infinite number": (lambda a: spoilt(a, "support_y", -np.inf), "missing or infinite"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_arrays_that_do_not_fit_are_refused_by_name(scenario: Scenario, wrong):
    assert_refused(scenario, *WRONG[wrong])


@pytest.mark.parametrize("wrong", WRONG_CLASSES)
def test_labels_that_are_no_classes_are_refused_by_name(classification: Scenario, wrong):
    assert_refused(classification, *WRONG_CLASSES[wrong])


@pytest.mark.parametrize("wrong", WRONG_NUMBERS)
def test_numbers_to_learn_from_that_nothing_could_have_are_refused_by_name(regression: Scenario, wrong):
    assert_refused(regression, *WRONG_NUMBERS[wrong])


def assert_refused(scenario: Scenario, change: Callable[[Arrays], Arrays], word: str) -> None:
    with pytest.raises(UserError) as caught:
        read(packed(change(arrays_of(scenario))), scenario)
    text = caught.value.text
    assert word in text.en
    for half in (text.en, text.zh):
        assert "episodes.npz" in half
        assert "\n" not in half
    assert Trap.sprung == []


def _zip(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(name, content)
    return buffer.getvalue()


def _hit(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes(255 - byte for byte in content[middle : middle + 30]) + content[middle + 30 :]


WHOLE = packed(arrays_of(FIRST))
DAMAGED = {
    "empty": b"",
    "text": "respiratory rate, 17\n体温, 36.5\n".encode() * 30,
    "a pickle": pickle.dumps(Trap()),
    "half of it": WHOLE[: len(WHOLE) // 2],
    "bytes that were hit": _hit(WHOLE),
    "one array": b"\x93NUMPY" + bytes(200),
    "a zip of text": _zip("support_x", b"17, 18, 19"),
    "a zip of half an array": _zip("support_x.npy", b"\x93NUMPY\x01\x00v\x00"),
    "an empty zip": b"PK\x05\x06" + bytes(18),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_file_that_is_something_else_ends_the_command_with_one_line(damage, tmp_path, capsys):
    path, out = tmp_path / "episodes.npz", tmp_path / "out.npz"
    path.write_bytes(DAMAGED[damage])
    assert parser.main(["predict", FIRST.name, "--episodes", str(path), "--out", str(out)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "episodes.npz" in said.err
    assert "Traceback" not in said.err
    assert not out.exists()
    assert Trap.sprung == []


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(some.one_of(some.binary(max_size=400), some.binary(max_size=200).map(lambda tail: b"PK\x03\x04" + tail)))
def test_random_bytes_are_refused_and_nothing_worse(content):
    with pytest.raises(UserError):
        read(content, FIRST)


@settings(max_examples=250, deadline=None, database=None, derandomize=True)
@given(at=some.integers(0, len(WHOLE) - 1), patch=some.binary(min_size=1, max_size=12), cut=some.booleans())
def test_a_good_file_with_bad_bytes_in_it_is_read_or_refused(at, patch, cut):
    content = WHOLE[:at] + patch + (b"" if cut else WHOLE[at + len(patch) :])
    with suppress(UserError):
        assert np.isfinite(read(content, FIRST).support.x).all()


_KINDS = some.one_of(some_numpy.scalar_dtypes(), some_numpy.unicode_string_dtypes(), some_numpy.byte_string_dtypes())
_SHAPES = some_numpy.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(
    name=some.sampled_from(["support_x", "support_y", "query_x", "feature_names"]),
    array=some_numpy.arrays(_KINDS, _SHAPES),
)
def test_any_array_in_the_place_of_a_good_one_is_read_or_refused(name, array):
    try:
        draw = read(packed(arrays_of(FIRST) | {name: array}), FIRST)
    except UserError:
        return
    assert draw.support.y.shape == draw.support.x.shape[:2]


def test_the_most_extreme_values_that_are_read_still_get_an_answer(
    scenario: Scenario, shipped: Callable[[Scenario], dict[str, Learner]]
):
    """A unit mistaken by a factor of thousands is the reader's mistake, but no reason to answer nonsense."""
    arrays = arrays_of(scenario)
    arrays["support_x"][1, 0] *= 1000
    arrays["query_x"][2] *= 1000
    draw = read(packed(arrays), scenario)
    assert np.abs(scenario.encode(draw.query.x)).max() < FARTHEST
    episode = open_episode(scenario, draw)
    for name, learner in shipped(scenario).items():
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            answer = learner.predict(episode)
        assert np.isfinite(answer).all(), name
        if not scenario.regression:
            np.testing.assert_allclose(answer.sum(-1), 1, atol=1e-5, err_msg=name)


def test_a_read_that_fails_leaves_no_file_open(tmp_path: Path):
    path = tmp_path / "episodes.npz"
    for content in DAMAGED.values():
        path.write_bytes(content)
        before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").is_dir() else 0
        for _ in range(3):
            with pytest.raises(UserError):
                read_draw(path, FIRST)
        assert (len(os.listdir("/proc/self/fd")) if before else 0) == before


def test_labels_come_back_as_whole_numbers_and_numbers_as_they_were(scenario: Scenario):
    arrays = arrays_of(scenario)
    arrays["support_y"] = arrays["support_y"].astype(np.float32)
    found = read(packed(arrays), scenario)
    assert isinstance(found.support, Examples)
    assert found.support.y.dtype.kind == ("f" if scenario.regression else "i")
    np.testing.assert_array_equal(found.support.y, arrays["support_y"])
