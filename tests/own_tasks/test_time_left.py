"""Promise: the time left is that of the pieces to come, estimated from those that were measured on this machine."""

from pathlib import Path

import pytest

from scenarios.own_tasks import contenders, experiment
from scenarios.own_tasks.pieces import Progress, Unfinished
from tests.own_tasks.tables import in_this_process, made_up, source

ANSWER = {"shots": {}, "seconds": 0.0}


def begun(*methods: str, fewer_tasks: bool = False) -> Progress:
    asked = experiment.plan(source(made_up(13, 16)), shots=[5], methods=methods, fewer_tasks=fewer_tasks)
    return Progress(asked)


def after(progress: Progress, *seconds: float) -> Progress:
    """Return it after pieces that took so many seconds."""
    for each in seconds:
        progress = progress.with_answers([ANSWER], each)
    return progress


def test_nothing_is_said_before_a_piece_is_measured():
    now = begun("lda", "neighbours")
    assert now.seconds_left is None
    half = now.with_answers([Unfinished(b"", 0.5)], 3.0)
    assert half.seconds_left is None
    assert half.with_answers([ANSWER], 3.0).seconds_left is not None


def test_on_a_machine_three_times_as_slow_everything_takes_three_times_as_long():
    now = after(begun("lda", "neighbours", "maml"), 3 * contenders.seconds("lda"))
    ahead = 4 * contenders.seconds("lda") + 5 * (contenders.seconds("neighbours") + contenders.seconds("maml"))
    assert now.seconds_left == pytest.approx(3 * ahead)


def test_a_networks_time_is_that_of_networks_once_one_is_trained_and_not_that_of_quick_methods():
    now = after(begun("lda", "maml", "ridge"), *5 * [0.1], 100.0)
    of_ridge = 100 / contenders.seconds("maml") * contenders.seconds("ridge")
    assert now.seconds_left == pytest.approx(4 * 100 + 5 * of_ridge)
    now = after(now, *4 * [100.0], 50.0)
    assert now.seconds_left == pytest.approx(4 * 50.0), "its own pieces tell most"
    assert after(now, *4 * [50.0]).seconds_left == 0


def test_a_network_that_is_slower_than_expected_is_not_expected_to_end_soon():
    now = after(begun("lda", "maml"), *5 * [contenders.seconds("lda")])
    expected = 5 * contenders.seconds("maml")
    assert now.seconds_left == pytest.approx(expected)
    slow = now.with_answers([Unfinished(b"", 0.25)], 10 * contenders.seconds("maml"))
    assert slow.seconds_left == pytest.approx(4.75 * 40 * contenders.seconds("maml"))


def test_the_same_method_with_fewer_tasks_is_timed_by_itself_with_all():
    now = after(begun("pooled_linear", fewer_tasks=True), *15 * [2.0])
    count = now.left[0][1]
    assert count is not None
    per_piece = [2.0 * now.plan.effort(group) / now.plan.effort(("pooled_linear", None)) for group in now.left]
    assert now.seconds_left == pytest.approx(15 * sum(per_piece))
    assert 0.6 < per_piece[0] < 2.0


def test_pieces_that_are_kept_from_before_are_not_taken_for_quick_ones(tmp_path: Path):
    table, told = source(made_up(6)), list[tuple[float, str, float | None]]()
    for methods in (("pooled_linear",), ("pooled_linear", "lda")):
        told.clear()
        asked = experiment.plan(table, shots=[5], methods=methods, fewer_tasks=False)
        with in_this_process() as executor:
            list(experiment.run(table, asked, executor, tmp_path, lambda *each: told.append(each)))
    assert {word for _, word, _ in told} == {"lda"}, "those of the first time are there"
    shares, left = [share for share, _, _ in told], [seconds for _, _, seconds in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert left[-1] == 0
    assert all(seconds is not None and seconds < 60 for seconds in left)
