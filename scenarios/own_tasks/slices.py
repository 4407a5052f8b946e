"""A long computation in slices of a few seconds: results of one slice are reused in the next.

The work is written as if it were done in one go. In each slice it runs from its beginning: results of expensive steps
are kept by name and not computed again, and once the time is over the next step raises TimeIsOverError. The outcome
does not depend on where slices end.
"""

import math
import pickle
import time
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Answer = TypeVar("Answer")


class TimeIsOverError(Exception):
    """The slice ends here; the work is not done."""


class Slice:
    """One slice of a piece of work. Each makes one step at least.

    Parameters
    ----------
    seconds : float
        After which no step is begun any more.
    state : bytes
        `state()` of the slice before; empty for the first one.
    """

    def __init__(self, seconds: float = math.inf, state: bytes = b"") -> None:
        self._ends = time.monotonic() + seconds
        self._has_worked = False
        self.kept: dict[Hashable, Any] = pickle.loads(state) if state else {}  # noqa: S301  # a worker's own

    def state(self) -> bytes:
        """Return the state for the next slice. Only another worker of the same version can read it."""
        return pickle.dumps(self.kept)

    @property
    def share(self) -> float:
        """About which share of the work is done; it never becomes less."""
        return float(self.kept.get("share", 0.0))

    def reach(self, share: float) -> None:
        """State how much of the work is done."""
        self.kept["share"] = max(self.share, share)

    def step(self, compute: Callable[[], Answer]) -> Answer:
        """Return the result of a step. Raises TimeIsOverError if the time is over after at least one step."""
        if self._has_worked and time.monotonic() >= self._ends:
            raise TimeIsOverError
        answer = compute()
        self._has_worked = True
        return answer

    def once(self, name: Hashable, compute: Callable[[], Answer]) -> Answer:
        """Return what `compute` returned in an earlier slice, or returns now. It may have steps of its own."""
        if name not in self.kept:
            self.kept[name] = self.step(compute)
        answer: Answer = self.kept[name]
        return answer

    def forget(self, name: str) -> None:
        """Drop the answers whose names are tuples that begin with `name`."""
        self.kept = {key: each for key, each in self.kept.items() if not (isinstance(key, tuple) and key[0] == name)}
