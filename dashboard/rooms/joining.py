"""How a room is joined: the links of its participants and of its presenter."""

JOIN, SPEAK = "join", "speaker"  # paths of the two light pages


def join_link(base: str, code: str) -> str:
    """Return the link with which phones join."""
    return f"{base}/{JOIN}/{code}"


def speaker_link(base: str, code: str, secret: str) -> str:
    """Return the presenter's link. Browsers do not send the part after #, so that no log has the secret."""
    return f"{base}/{SPEAK}/{code}#{secret}"


def read_speaker_link(link: str) -> tuple[str, str] | None:
    """Return the code and the secret of a presenter's link; None if it is none."""
    before, _, secret = link.strip().partition("#")
    code = before.rstrip("/").rpartition("/")[2]
    return (code, secret) if len(code) == 6 and code.isascii() and code.isdigit() and 0 < len(secret) < 100 else None


def spaced(code: str) -> str:
    """Write a code as people read it aloud: 123 456."""
    return f"{code[:3]} {code[3:]}"
