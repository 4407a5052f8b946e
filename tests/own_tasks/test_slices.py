"""Promise: a piece that is measured in slices gives what one go gives, and other visitors wait for a slice at most."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scenarios.atomic_files import unpacked
from scenarios.own_tasks import experiment, fitted, methods
from scenarios.own_tasks.pieces import Progress, Unfinished
from scenarios.own_tasks.slices import Slice, TimeIsOverError
from scenarios.own_tasks.source import Source
from tests.own_tasks.tables import in_this_process, made_up, source


def in_slices(piece: tuple[Any, ...], table: Source) -> Iterator[dict[str, Any] | Unfinished]:
    """Measure a piece a step at a time."""
    found: dict[str, Any] | Unfinished = Unfinished(b"", 0.0)
    while isinstance(found, Unfinished):
        [found] = experiment.measured_for(0.0, found.state, [piece, piece], table)
        yield found


def without_times(answer: dict[str, Any]) -> dict[str, Any]:
    shots = {
        k: {name: value for name, value in each.items() if name != "adapt_ms"} for k, each in answer["shots"].items()
    }
    return {**answer, "shots": shots, "seconds": 0.0}


@pytest.mark.usefixtures("uncompiled")
@pytest.mark.parametrize("name", ["maml", "random_effects_lda", "lda"])
def test_a_piece_in_slices_is_the_same_to_the_last_digit(name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(methods, "TUNING_TRIALS", 12)
    monkeypatch.setattr(methods, "_META_STEPS", (2, 4, 6))
    monkeypatch.setattr(methods, "_AT_ONCE", 1)
    monkeypatch.setattr(methods, "_POOL", 30)
    table = source(made_up(10, 16))
    piece = experiment.plan(table, shots=[1, 2], methods=[name]).arguments((name, None), 0)
    *unfinished, answer = in_slices(piece, table)
    assert without_times(answer) == without_times(experiment.measured(*piece, table))
    assert len(unfinished) >= 4, "it is not cut"
    shares = [each.share for each in unfinished]
    assert shares == sorted(shares)
    assert 0 < shares[-1] <= 1


def test_a_model_for_new_tasks_that_was_fitted_in_slices_is_the_same():
    table = source(made_up(6))
    begun, slices = fitted.fit_for(0.0, b"", table, "lda", (2, 5), 0), 1
    while isinstance(begun, Unfinished):
        begun, slices = fitted.fit_for(0.0, begun.state, table, "lda", (2, 5), 0), slices + 1
    assert slices > 2, "it is not cut"
    found, expected = (unpacked(each, "model") for each in (begun, fitted.fit_to_bytes(table, "lda", (2, 5), 0)))
    assert found.keys() == expected.keys()
    for name in found.keys() - {"header"}:  # which has the seconds that it took
        np.testing.assert_array_equal(found[name], expected[name])


def test_a_slice_measures_as_many_pieces_of_a_method_as_it_has_time_for():
    table = source(made_up(6))
    begun = Progress(experiment.plan(table, shots=[5], methods=["pooled_linear"], fewer_tasks=False))
    answers = experiment.measured_for(600.0, b"", begun.next_pieces, table)
    assert len(answers) == 6
    alone = [experiment.measured(*piece, table) for piece in begun.next_pieces]
    assert [without_times(answer) for answer in answers] == [without_times(answer) for answer in alone]
    assert begun.with_answers(answers, 1.0).is_complete


def test_what_a_slice_has_computed_is_not_computed_again_and_each_makes_a_step():
    computed: list[str] = []

    def compute(name: str) -> str:
        computed.append(name)
        return name.upper()

    def work(now: Slice) -> str:
        return now.once("a", lambda: compute("a")) + now.once("b", lambda: compute("b"))

    state, turns = b"", 0
    while turns < 5:
        now, turns = Slice(0.0, state), turns + 1
        try:
            assert work(now) == "AB"
            break
        except TimeIsOverError:
            state = now.state()
    assert (computed, turns) == (["a", "b"], 2)


def test_results_so_far_name_the_methods_that_are_not_measured_yet(tmp_path: Path):
    table = source(made_up(6))
    asked = experiment.plan(table, shots=[5], methods=["pooled_linear", "lda"], fewer_tasks=False)
    with in_this_process() as executor:
        first, last = experiment.run(table, asked, executor, tmp_path, lambda *_: None)
    assert (first.methods.keys(), first.untried.keys()) == ({"pooled_linear"}, {"lda"})
    assert last.untried == {}


def test_progress_goes_on_with_the_state_of_an_unfinished_piece():
    table = source(made_up(6))
    begun = Progress(experiment.plan(table, shots=[5], methods=["lda"]))
    half = begun.with_answer(Unfinished(b"state", 0.5))
    assert (half.state, half.next_pieces, half.is_at_an_end) == (b"state", begun.next_pieces, False)
    assert begun.share < half.share < 1
    done = half.with_answer({"unfit": ["why", "为何"]})
    assert (done.state, done.is_complete) == (b"", True)
