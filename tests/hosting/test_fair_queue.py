"""Promise: clients take turns, each served in order; nobody who asks a question waits behind a row of trainings."""

import pytest

from dashboard.fair_queue import PATIENCE, FairQueue


def in_turn(line: FairQueue[str]) -> list[str]:
    return [line.next() for _ in range(len(line))]


def test_questions_go_before_training_but_not_for_ever():
    line: FairQueue[str] = FairQueue()
    line.enter("chunk", long=True)
    line.enter("another chunk", long=True)
    for number in range(PATIENCE + 2):
        line.enter(f"question {number}", long=False)
    order = in_turn(line)
    assert [word for word in order if word.startswith("question")] == [f"question {n}" for n in range(PATIENCE + 2)]
    assert [word for word in order if "chunk" in word] == ["chunk", "another chunk"]
    assert order.index("chunk") == PATIENCE
    with pytest.raises(IndexError):
        line.next()


def test_everybody_knows_their_place_and_may_leave():
    line: FairQueue[str] = FairQueue()
    for word in ("first", "second", "third"):
        line.enter(word, long=False)
    assert [line.place(word) for word in ("first", "second", "third", "stranger")] == [1, 2, 3, 0]
    assert line.leave("second")
    assert not line.leave("second")
    assert line.place("third") == 2
    line.come_back("second", long=False)
    assert in_turn(line) == ["second", "first", "third"]


def test_clearing_tells_who_waited():
    line: FairQueue[str] = FairQueue()
    line.enter("question", long=False)
    line.enter("chunk", long=True)
    assert sorted(line.clear()) == ["chunk", "question"]
    assert len(line) == 0


def test_a_client_with_a_hundred_questions_delays_another_by_one():
    line: FairQueue[str] = FairQueue()
    for number in range(100):
        line.enter(f"greedy {number}", long=False, client="greedy")
    line.enter("honest 1", long=False, client="honest")
    line.enter("honest 2", long=False, client="honest")
    assert [line.place(word) for word in ("greedy 0", "honest 1", "greedy 1", "honest 2", "greedy 99")] == [
        1, 2, 3, 4, 102,
    ]  # fmt: skip
    order = in_turn(line)
    assert order[:5] == ["greedy 0", "honest 1", "greedy 1", "honest 2", "greedy 2"]
    assert order[-1] == "greedy 99"


def test_a_full_line_takes_a_question_of_the_greediest_out_for_another_client():
    line: FairQueue[str] = FairQueue()
    for number in range(3):
        line.enter(f"greedy {number}", long=False, client="greedy")
    assert line.give_way("greedy") is None
    assert line.give_way("honest") == "greedy 2"
    line.enter("honest 1", long=False, client="honest")
    assert line.give_way("honest") is None, "both would have as many"
    assert in_turn(line) == ["greedy 0", "honest 1", "greedy 1"]
    assert line.give_way("honest") is None
