"""The cookie in which a presenter's browser keeps its room: the code and the secret of the presenter's link."""

import re
from pathlib import Path

NAME = "quick_study_room"
SCRIPT = Path(__file__).with_name("cookie.js").read_text(encoding="utf-8")
_ROOM = re.compile(r"([0-9]{6})\.([A-Za-z0-9_-]{1,99})")


def written(room: tuple[str, str] | None) -> str:
    """Return the value that the script writes: "" deletes the cookie."""
    return ".".join(room) if room else ""


def read(value: object) -> tuple[str, str] | None:
    """Return the code and the secret; None if there is no room."""
    found = _ROOM.fullmatch(str(value))
    return (found[1], found[2]) if found else None
