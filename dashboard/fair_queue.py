"""Queue of jobs in two lanes, in each of which clients take turns.

Requests take a fraction of a second, chunks of training a second or two. A request waits behind one chunk at most, and
a chunk behind PATIENCE requests at most. A client with a hundred requests delays another client's by one.
"""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from dashboard.round_robin import RoundRobin

PATIENCE = 8

Waiting = TypeVar("Waiting", bound=Hashable)


class FairQueue(Generic[Waiting]):
    """Not safe to use from many threads: its owner has a lock."""

    def __init__(self) -> None:
        self._questions: RoundRobin[Waiting] = RoundRobin()
        self._chunks: RoundRobin[Waiting] = RoundRobin()
        self._in_a_row = 0  # questions since the last chunk

    def __len__(self) -> int:
        return len(self._questions) + len(self._chunks)

    def enter(self, waiting: Waiting, *, long: bool, client: str = "") -> None:
        """Append a job to its client's queue."""
        (self._chunks if long else self._questions).append(waiting, client)

    def come_back(self, waiting: Waiting, *, long: bool, client: str = "") -> None:
        """Return a job that was already running to the head of the queue."""
        (self._chunks if long else self._questions).prepend(waiting, client)

    def next(self) -> Waiting:
        """Remove and return the job whose turn it is. Raises IndexError if the queue is empty."""
        if len(self._chunks) and (not len(self._questions) or self._in_a_row >= PATIENCE):
            self._in_a_row = 0
            return self._chunks.pop()
        self._in_a_row += 1
        return self._questions.pop()

    def leave(self, waiting: Waiting) -> bool:
        """Whether it did wait."""
        return self._questions.remove(waiting) or self._chunks.remove(waiting)

    def remove(self, is_unfit: Callable[[Waiting], bool]) -> list[Waiting]:
        """Take out, and return, all for which `is_unfit` returns True."""
        unfit = [waiting for lane in (self._questions, self._chunks) for waiting in lane if is_unfit(waiting)]
        for waiting in unfit:
            self.leave(waiting)
        return unfit

    def give_way(self, client: str) -> Waiting | None:
        """Take the last question of the client with the most out, for one of `client`.

        Returns it, or None if no other client has more than `client` would have then.
        """
        last = self._questions.last_of_longest()
        if last is None or self._questions.longest() <= self._questions.waiting_of(client) + 1:
            return None
        self._questions.remove(last)
        return last

    def place(self, waiting: Waiting) -> int:
        """Return the position in the lane, 1 for the next job; 0 if it does not wait."""
        for lane in (self._questions, self._chunks):
            for place, other in enumerate(lane, 1):
                if other is waiting or other == waiting:
                    return place
        return 0

    def clear(self) -> list[Waiting]:
        """Remove and return all jobs."""
        everybody = [*self._questions, *self._chunks]
        self._questions, self._chunks = RoundRobin(), RoundRobin()
        return everybody
