"""The memory that this machine or its container has left, and how this process allocates its own."""

import ctypes
import os
from pathlib import Path

import psutil

_GROUP = Path("/sys/fs/cgroup")
_M_ARENA_MAX = -8  # constant of glibc's malloc.h
_ARENAS = 2


def limit_arenas() -> None:
    """Let glibc keep two heaps and not eight for each core, of which each thread uses one. Elsewhere, do nothing.

    A heap returns little of what a thread has freed. Pages are drawn in a thread each, one at a time.
    """
    mallopt = getattr(ctypes.CDLL(None) if os.name == "posix" else None, "mallopt", None)
    if mallopt is not None and "MALLOC_ARENA_MAX" not in os.environ:
        mallopt(_M_ARENA_MAX, _ARENAS)


def available(group: Path = _GROUP) -> int:
    """Return the available memory in bytes. A container may use less than its machine has."""
    of_machine: int = psutil.virtual_memory().available
    of_container = _of_container(group)
    return of_machine if of_container is None else min(of_machine, of_container)


def _of_container(group: Path) -> int | None:
    for limit, used in (
        (group / "memory.max", group / "memory.current"),
        (group / "memory" / "memory.limit_in_bytes", group / "memory" / "memory.usage_in_bytes"),
    ):
        try:
            return max(0, int(limit.read_text("ascii")) - int(used.read_text("ascii")) + _files_kept(used.parent))
        except (OSError, ValueError):  # another version of control groups, or no limit, which is the word "max"
            continue
    return None


def _files_kept(group: Path) -> int:
    """Return the bytes of the file cache, which the kernel frees when memory is needed."""
    try:
        lines = (group / "memory.stat").read_text("ascii").splitlines()
        return sum(int(value) for name, value in map(str.split, lines) if name == "inactive_file")
    except (OSError, ValueError):
        return 0
