"""What a command leaves behind when it is interrupted, for the one line that Ctrl-C ends with."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_REMAINDERS = {
    "train": "The training that was running is lost.",
    "study": "Finished measurements are kept in {kept}; the same command continues from there.",
    "challenges": "The trainings of this run are lost; the same command starts again.",
    "benchmark": "The trainings of this run are lost; the same command starts again.",
}


class Outcome:
    """The files that a command has replaced so far."""

    def __init__(self) -> None:
        self._replaced: list[str] = []

    @contextmanager
    def replacing(self, *paths: Path) -> Iterator[None]:
        """Write some files in this block, during which Ctrl-C is ignored so that the record is always true."""
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            yield
            self._replaced += [path.name for path in paths]
        finally:
            signal.signal(signal.SIGINT, before)

    def report(self, command: str, kept: Path | None = None) -> str:
        """Return what was replaced, and what of the work is kept.

        Parameters
        ----------
        command : str
            The command that was interrupted.
        kept : Path, optional
            The folder in which it keeps unfinished work.
        """
        files = ", ".join(self._replaced)
        replaced = f"Replaced: {files}; no other file was changed." if files else "No file was changed."
        return f"{replaced} {_REMAINDERS.get(command, '').format(kept=kept)}".rstrip()
