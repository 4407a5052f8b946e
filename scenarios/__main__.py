"""`python -m scenarios`: tasks, training, evaluation and published results; `--help` lists the commands."""

import os
import signal
import sys
from typing import NoReturn

# Tasks are small: threads for their linear algebra cost more than they give. Before NumPy, which reads this once.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def run() -> int:
    """Run the command. Returns the exit code."""
    _open_closed_streams()
    signal.signal(signal.SIGTERM, _interrupt)  # or the processes that it started would go on without it
    try:
        from scenarios.command_line.parser import main

        return main(sys.argv[1:])
    except KeyboardInterrupt:  # while the modules above were imported
        print("\nscenarios: interrupted. No file was changed.", file=sys.stderr)
        return 130


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _open_closed_streams() -> None:
    """Give the standard streams that were closed (`>&-`) a descriptor, before another file takes that number.

    Writing to the substitute for standard output fails, so that a lost result is an error, as on a full disk.
    """
    for name, flags, mode in (("stdin", os.O_RDONLY, "r"), ("stdout", os.O_RDONLY, "w"), ("stderr", os.O_WRONLY, "w")):
        if getattr(sys, name) is None:
            stream = os.fdopen(os.open(os.devnull, flags), mode, encoding="utf-8")
            setattr(sys, name, stream)


if __name__ == "__main__":
    sys.exit(run())
