"""Files computed in the worker from a visitor's table: a fitted model (in slices), a draft scenario (one job)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

from dashboard.long_work import SLICE_SECONDS, Kept, LongWork
from dashboard.remote import own_draft, own_fitted
from scenarios.own_tasks.pieces import Unfinished
from scenarios.own_tasks.results import OwnResults
from scenarios.own_tasks.source import Source

_KNOWN = 0.01  # share of a model from which on the time for the rest is known


@dataclass(frozen=True, eq=False)
class File(LongWork):
    """A file that is being made.

    Parameters
    ----------
    source : Source
        The table with its roles.
    found : OwnResults
        Its comparison.
    name : str
        Of the file without its ending, once there is one.
    content : bytes
    """

    source: Source
    found: OwnResults
    name: str = ""
    content: bytes = b""

    @property
    def done(self) -> bool:
        return bool(self.content)

    @property
    def share(self) -> float:
        """Return the completed fraction of the effort."""
        return 0.0

    @property
    def seconds_left(self) -> float | None:
        """Of computing; None before anything is known."""
        return None


@dataclass(frozen=True, eq=False, kw_only=True)
class Model(File):
    """A method that is fitted to all tasks of the table."""

    method: str
    unfinished: Unfinished | None = None
    worked: float = 0.0

    @property
    def share(self) -> float:
        return self.unfinished.share if self.unfinished else 0.0

    @property
    def seconds_left(self) -> float | None:
        return self.worked * (1 - self.share) / self.share if self.share > _KNOWN else None

    def next_job(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        at, state = self.found.protocol, self.unfinished.state if self.unfinished else b""
        return own_fitted.fit_for, (SLICE_SECONDS, state, self.source, self.method, at.shots, at.seed)

    def with_answer(self, answer: bytes | Unfinished, seconds: float) -> Self:
        if isinstance(answer, Unfinished):
            return replace(self, unfinished=answer, worked=self.worked + seconds)
        return replace(self, name="model", content=answer, unfinished=None)


@dataclass(frozen=True, eq=False, kw_only=True)
class Draft(File):
    """A scenario of synthetic tasks like those of the table, whose file is called `table`."""

    table: str

    def next_job(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return own_draft.zipped, (self.source, self.table, self.found)

    def with_answer(self, answer: tuple[str, bytes], seconds: float) -> Self:  # noqa: ARG002
        name, content = answer
        return replace(self, name=name, content=content)


MODEL, DRAFT = Kept[Model]("the visitor's model"), Kept[Draft]("the visitor's draft")


def forget() -> None:
    """Forget the files, and do not make any that are begun."""
    MODEL.cancel()
    DRAFT.cancel()
