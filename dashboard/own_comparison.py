"""A visitor's comparison on their own table, a slice of some pieces at a time.

The table is held by the visit, and by the worker while it computes. Nothing of it is written to disk, logged or put
into the URL; when the visit ends, everything goes with it. It is sent with each slice: pickling one of 5 MB takes about
a hundredth of the slice, and the worker has nothing to forget.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

from dashboard.long_work import SLICE_SECONDS, Kept, LongWork
from dashboard.remote import own_experiment
from scenarios.own_tasks.pieces import Progress
from scenarios.own_tasks.results import OwnResults
from scenarios.own_tasks.source import Source


@dataclass(frozen=True, eq=False)
class Comparison(LongWork):
    """A comparison, as far as it is.

    Parameters
    ----------
    source : Source
        The table with its roles.
    methods : tuple of str
        Their ids; none for the usual ones.
    progress : Progress or None
        The planned and measured pieces; None before the worker has planned them.
    results : OwnResults or None
        Of the methods that are measured.
    is_current : bool
        Whether `results` has all that is measured.
    """

    source: Source
    methods: tuple[str, ...] = ()
    progress: Progress | None = None
    results: OwnResults | None = None
    is_current: bool = True

    @property
    def done(self) -> bool:
        return self.progress is not None and self.progress.is_complete and self.is_current

    @property
    def share(self) -> float:
        """Return the completed fraction of the whole effort."""
        return self.progress.share if self.progress else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Of computing; None before anything is known."""
        return self.progress.seconds_left if self.progress else None

    def next_job(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        if self.progress is None:
            return own_experiment.planned, (self.source, (), self.methods)
        if not self.is_current:
            return own_experiment.assembled, (self.source, self.progress)
        return own_experiment.measured_for, (SLICE_SECONDS, self.progress.state, self.progress.next_pieces, self.source)

    def with_answer(self, answer: Any, seconds: float) -> Self:
        if isinstance(answer, OwnResults):
            return replace(self, results=answer, is_current=True)
        if isinstance(answer, Progress) or self.progress is None:
            return replace(self, progress=answer)
        progress = self.progress.with_answers(answer, seconds)
        is_current = self.is_current and not progress.is_at_an_end
        return replace(self, progress=progress, is_current=is_current)


_KEPT = Kept[Comparison]("the visitor's comparison")
pause, resume, cancel, current, look = _KEPT.pause, _KEPT.resume, _KEPT.cancel, _KEPT.current, _KEPT.look


def begin(source: Source, methods: tuple[str, ...] = ()) -> None:
    """Start a comparison in the place of another one."""
    _KEPT.begin(Comparison(source, methods))
