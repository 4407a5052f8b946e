"""How much memory this machine, or the container around it, still has to give."""

import os
from pathlib import Path

_MEMINFO = Path("/proc/meminfo")
_GROUP = Path("/sys/fs/cgroup")


def available(meminfo: Path = _MEMINFO, group: Path = _GROUP) -> int | None:
    """Bytes; None where the system does not say. What a container may use is less than what its machine has."""
    found = [free for free in (_of_machine(meminfo), _of_container(group)) if free is not None]
    return min(found, default=None)


def _of_machine(meminfo: Path) -> int | None:
    try:
        for line in meminfo.read_text(encoding="ascii").splitlines():
            name, _, value = line.partition(":")
            if name == "MemAvailable":
                return int(value.split()[0]) * 1024
    except (OSError, ValueError):
        pass
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")  # all there is; macOS says no more
    except (AttributeError, OSError, ValueError):
        return None


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
    """Bytes of files that are kept in memory only because nobody else wants it."""
    try:
        lines = (group / "memory.stat").read_text("ascii").splitlines()
        return sum(int(value) for name, value in map(str.split, lines) if name == "inactive_file")
    except (OSError, ValueError):
        return 0
