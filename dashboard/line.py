"""Who waits for the worker, and in which order: first come, first served, in two lanes.

Questions take a blink, a chunk of somebody's training a second or two. A question waits behind one chunk at most, and
a chunk behind PATIENCE questions at most.
"""

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

PATIENCE = 8

Waiting = TypeVar("Waiting")


class Line(Generic[Waiting]):
    """Not safe to use from many threads: its owner has a lock."""

    def __init__(self) -> None:
        self._questions: deque[Waiting] = deque()
        self._chunks: deque[Waiting] = deque()
        self._in_a_row = 0  # questions since the last chunk

    def __len__(self) -> int:
        return len(self._questions) + len(self._chunks)

    def enter(self, waiting: Waiting, *, long: bool) -> None:
        (self._chunks if long else self._questions).append(waiting)

    def come_back(self, waiting: Waiting, *, long: bool) -> None:
        """To the head of the line, for what was at work already."""
        (self._chunks if long else self._questions).appendleft(waiting)

    def next(self) -> Waiting:
        """Raises IndexError where nobody waits."""
        if self._chunks and (not self._questions or self._in_a_row >= PATIENCE):
            self._in_a_row = 0
            return self._chunks.popleft()
        self._in_a_row += 1
        return self._questions.popleft()

    def leave(self, waiting: Waiting) -> bool:
        """Whether it did wait."""
        for lane in (self._questions, self._chunks):
            if waiting in lane:
                lane.remove(waiting)
                return True
        return False

    def remove(self, is_unfit: Callable[[Waiting], bool]) -> list[Waiting]:
        """Take out, and return, all for which `is_unfit` returns True."""
        unfit = [waiting for lane in (self._questions, self._chunks) for waiting in lane if is_unfit(waiting)]
        for waiting in unfit:
            self.leave(waiting)
        return unfit

    def place(self, waiting: Waiting) -> int:
        """1 for the next one of its lane; 0 where it does not wait."""
        for lane in (self._questions, self._chunks):
            if waiting in lane:
                return lane.index(waiting) + 1
        return 0

    def clear(self) -> list[Waiting]:
        everybody = [*self._questions, *self._chunks]
        self._questions.clear()
        self._chunks.clear()
        return everybody
