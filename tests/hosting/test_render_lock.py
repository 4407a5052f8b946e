"""Promise: pages are drawn in turns, and whoever waits, or fails, holds nobody up."""

import threading
from collections.abc import Callable

import pytest

from dashboard import render_lock

PATIENCE = 120.0  # seconds, for what takes none on a machine that is not busy


def in_a_thread(do: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=do, daemon=True)
    thread.start()
    return thread


def draws(drawn: threading.Event) -> Callable[[], None]:
    def draw() -> None:
        with render_lock.turn():
            drawn.set()

    return draw


def test_a_page_is_drawn_when_the_one_before_is_done():
    drawn = threading.Event()
    with render_lock.turn():
        in_a_thread(draws(drawn))
        assert not drawn.wait(0.1)
    assert drawn.wait(PATIENCE)


def test_who_waits_lets_the_next_one_draw_and_goes_on_afterwards():
    drawn = threading.Event()
    with render_lock.turn():
        with render_lock.pause():
            in_a_thread(draws(drawn))
            assert drawn.wait(PATIENCE)
        other = threading.Event()
        in_a_thread(draws(other))
        assert not other.wait(0.1), "it has its turn again"
    assert other.wait(PATIENCE)


def test_a_page_that_fails_while_it_draws_or_waits_gives_its_turn_back():
    with pytest.raises(ZeroDivisionError), render_lock.turn():
        raise ZeroDivisionError
    with pytest.raises(ZeroDivisionError), render_lock.turn(), render_lock.pause():
        raise ZeroDivisionError
    drawn = threading.Event()
    in_a_thread(draws(drawn))
    assert drawn.wait(PATIENCE)


def test_a_client_with_a_hundred_tabs_delays_others_by_one_page():
    order: list[str] = []
    threads = []

    def draw_for(client: str) -> Callable[[], None]:
        def draw() -> None:
            with render_lock.turn(client):
                order.append(client)

        return draw

    with render_lock.turn("greedy"):
        for client in ["greedy"] * 100 + ["honest", "other", "honest"]:
            threads.append(in_a_thread(draw_for(client)))
            while len(render_lock._PEN._waiting) < len(threads):
                threading.Event().wait(0.001)  # until it waits, so that the order is known
    for thread in threads:
        thread.join(PATIENCE)
    assert order[:6] == ["greedy", "honest", "other", "greedy", "honest", "greedy"]
    assert order.count("greedy") == 100


def test_who_has_no_turn_may_wait_all_the_same():
    with render_lock.pause():
        pass
    drawn = threading.Event()
    in_a_thread(draws(drawn))
    assert drawn.wait(PATIENCE)
