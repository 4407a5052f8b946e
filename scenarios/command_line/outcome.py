"""The state that an interrupted command leaves behind, for the message after Ctrl-C."""

import signal
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MEASUREMENTS = "Finished measurements are kept in {kept}; the same command continues from there."
_TRAINED = "What was trained is kept, and finished measurements in {kept}; the same command continues from there."
_REMAINDERS = {
    "train": "The training that was running is lost.",
    "train --all": "Trained learners are kept, and in {kept} the state of a meta-training that was running; the same "
    "command continues from there.",
    "train --all --overwrite": "The same command trains all learners again, from the first one on.",
    "study --all": _TRAINED,
    "worlds": _TRAINED,
    **dict.fromkeys(
        (
            "study",
            "own",
            "other-tasks",
            "situations",
            "calibration",
            "trips",
            "robustness",
            "unlabelled",
            "curvature",
        ),
        _MEASUREMENTS,
    ),
    "challenges": "Finished trainings are kept in {kept}; the same command continues from there.",
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

    def report(self, options: Namespace) -> str:
        """Return a sentence on the files that a command has replaced, and on its unfinished work."""
        files = ", ".join(self._replaced)
        replaced = f"Replaced: {files}; no other file was changed." if files else "No file was changed."
        command = " ".join(
            [options.command, *(f"--{flag}" for flag in ("all", "overwrite") if vars(options).get(flag))]
        )
        return f"{replaced} {_REMAINDERS.get(command, '').format_map(vars(options))}".rstrip()
