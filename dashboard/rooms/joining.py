"""How a room is joined: its link, and the QR code of the link, which is drawn here and never shows localhost."""

from ipaddress import ip_address
from urllib.parse import urlsplit

import segno

JOIN, SPEAK = "join", "speaker"  # paths of the two light pages


def reachable_base(configured: str, visited: str, local: list[str]) -> str | None:
    """Return the address before `/join` that phones can open; None if only this machine's own is known.

    Parameters
    ----------
    configured : str
        By the host; "" if it is not.
    visited : str
        Under which the presenter's browser has found this server, with its path.
    local : list of str
        Addresses of this machine in the local network, where the server is to be reached there.
    """
    if configured:
        return configured
    parts = urlsplit(visited)
    if parts.hostname and not is_loopback(parts.hostname):
        return visited
    if not local:
        return None
    port = f":{parts.port}" if parts.port else ""
    return f"http://{local[0]}{port}{parts.path}".rstrip("/")


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is this machine's own."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def join_link(base: str, code: str) -> str:
    """Return the link with which phones join."""
    return f"{base}/{JOIN}/{code}"


def speaker_link(base: str, code: str, secret: str) -> str:
    """Return the presenter's link. Browsers do not send what follows the #, so that no log has the secret."""
    return f"{base}/{SPEAK}/{code}#{secret}"


def read_speaker_link(link: str) -> tuple[str, str] | None:
    """Return the code and the secret of a presenter's link; None if it is none."""
    before, _, secret = link.strip().partition("#")
    code = before.rstrip("/").rpartition("/")[2]
    return (code, secret) if len(code) == 6 and code.isascii() and code.isdigit() and 0 < len(secret) < 100 else None


def qr_image(link: str) -> str:
    """Return a QR code as the data URI of an SVG: black on white, whatever the page's colours, for every camera."""
    uri: str = segno.make(link, micro=False, error="m").svg_data_uri(dark="#000", light="#fff", border=4, scale=8)
    return uri


def spaced(code: str) -> str:
    """Write a code as people read it aloud: 123 456."""
    return f"{code[:3]} {code[3:]}"
