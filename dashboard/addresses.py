"""Find the server's addresses without any network request, and make QR codes of links."""

import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, ip_address
from urllib.parse import urlsplit

import segno

# Each sign as five rows.
_SIGNS = {
    "0": ("███", "█ █", "█ █", "█ █", "███"),
    "1": (" █ ", "██ ", " █ ", " █ ", "███"),
    "2": ("███", "  █", "███", "█  ", "███"),
    "3": ("███", "  █", " ██", "  █", "███"),
    "4": ("█ █", "█ █", "███", "  █", "  █"),
    "5": ("███", "█  ", "███", "  █", "███"),
    "6": ("███", "█  ", "███", "█ █", "███"),
    "7": ("███", "  █", "  █", "  █", "  █"),
    "8": ("███", "█ █", "███", "█ █", "███"),
    "9": ("███", "█ █", "███", "  █", "███"),
    ".": (" ", " ", " ", " ", "█"),
    ":": (" ", "█", " ", "█", " "),
}
# One in each of the ranges that local networks use (RFC 1918). Connecting a datagram socket sends nothing: it only has
# the system say from which of its addresses it would, with or without a way to the internet.
_TOWARDS = ("192.168.255.254", "10.255.255.254", "172.31.255.254", "192.0.2.1")


def in_local_network() -> list[str]:
    """Return the addresses of this machine that others may reach, the likeliest first."""
    candidates = [*_sources(_TOWARDS), *_named()]
    return sorted(dict.fromkeys(address for address in candidates if _is_reachable(address)), key=_likelihood)


def _sources(towards: Iterable[str]) -> Iterable[str]:
    for there in towards:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((there, 9))
            except OSError:  # no way there
                continue
            yield probe.getsockname()[0]


def _named() -> list[str]:
    try:
        return socket.gethostbyname_ex(socket.gethostname())[2]
    except OSError:  # a machine whose own name does not resolve
        return []


def _is_reachable(address: str) -> bool:
    known = IPv4Address(address)
    return not (known.is_loopback or known.is_link_local or known.is_unspecified)


def _likelihood(address: str) -> int:
    """Rank an address: routers mostly assign 192.168, and 172.17 and its like mostly belong to a container."""
    return ("192.", "10.").index(address[: address.index(".") + 1]) if address.startswith(("192.", "10.")) else 2


def reachable_base(configured: str, visited: str, local: list[str]) -> str | None:
    """Return the address that phones can open; None if only this machine's own is known.

    Parameters
    ----------
    configured : str
        Set by the host; "" if it is not.
    visited : str
        Under which a browser has found this server, with its base path.
    local : list of str
        Addresses of this machine in the local network, at which the server can be reached.
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


def qr_image(link: str) -> str:
    """Return a QR code as the data URI of an SVG: black on white, whatever the page's colours, for every camera."""
    uri: str = segno.make(link, micro=False, error="m").svg_data_uri(dark="#000", light="#fff", border=4, scale=8)
    return uri


def large(text: str) -> str:
    """Digits, dots and colons as a line that the last row of a room can read: 80 columns for 192.168.100.100:8501."""
    return "\n".join(" ".join(_SIGNS[sign][row] for sign in text).rstrip() for row in range(5))
