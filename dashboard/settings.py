"""The settings of a server: environment variables that begin with QUICK_STUDY_.

Streamlit's own settings are in `.streamlit/config.toml`. `.hosting/public.env` shows both for a public server.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

PREFIX = "QUICK_STUDY_"
MOST_UPLOAD_MB = 50  # also the default of `streamlit run` on a laptop
SHORTEST_TOKEN = 16  # characters: 16 random ones cannot be guessed
_WIDEST = {4: 8, 6: 32}  # IP version -> the shortest prefix of a network: 10.0.0.0/8, or a provider's allocation
_UNIQUE_LOCAL = IPv6Network("fc00::/7")  # unique local addresses: any prefix lies within one site
_WORKERS_PER_CORE, _MOST_WORKERS = 4, 64
_KNOWN = (
    "ROOM",
    "WAKE",
    "METRICS_TOKEN",
    "METRICS_PEERS",
    "SCHEDULER",
    "WORKERS",
    "SOCKETS_PER_CLIENT",
    "FRAME_ANCESTORS",
    "UPLOAD_MB",
    "ADDRESS",
    "DATABASE",
    "LESSONS",
    "BROWSER",  # a setting of the tests, like the next two
    "NGINX",
    "POSTGRESQL",
)


@dataclass(frozen=True)
class Settings:
    """Read once, at the start."""

    in_a_room: bool  # whether the address is printed in large letters, for a room, at the start
    wakes_early: bool  # whether the model is loaded at the start; "no" saves its memory until the first request
    metrics_token: str  # required to read the metrics; "" for no token
    metrics_peers: tuple[IPv4Network | IPv6Network, ...]  # networks that may read them without a token
    scheduler: str  # address of the Dask scheduler that computes, such as tcp://host:8786; "" for this machine
    workers: int  # model processes on this machine: 1 GB each, up to 1.6 GB while visitors train
    sockets_per_client: int  # tabs that one address may have open: a room behind one router has one address
    frame_ancestors: str  # sites that may embed the pages; "" for all
    upload_mb: int  # size of a visitor's own table; 0 for no uploads
    address: str  # URL of this server for phones, such as https://study.example.org; "" if unknown
    database: str  # database of rooms: an address postgresql://..., or a folder; "" for memory
    lessons: Path | None  # a folder with the operator's own lessons


def read(environment: Mapping[str, str]) -> Settings:
    """Read and check the variables.

    Raises
    ------
    ValueError
        For the first invalid variable, with its name, the value found and the values allowed.
    """

    def given(name: str) -> str:
        return environment.get(f"{PREFIX}{name}", "").strip()

    def yes_or_no(name: str, default: str) -> bool:
        value = given(name) or default
        if value not in ("yes", "no"):
            raise ValueError(f"QUICK_STUDY_{name} must be yes or no, not {_quoted(value)}")
        return value == "yes"

    def whole_number(name: str, default: int, most: int, least: int = 1) -> int:
        value = given(name) or str(default)
        if not value.isdecimal() or len(value) > len(str(most)) or not least <= int(value) <= most:
            raise ValueError(f"QUICK_STUDY_{name} must be a whole number from {least} to {most}, not {_quoted(value)}")
        return int(value)

    scheduler = given("SCHEDULER")
    if scheduler and "://" not in scheduler:
        raise ValueError(f"QUICK_STUDY_SCHEDULER must look like tcp://host:8786, not {_quoted(scheduler)}")
    frame_ancestors = given("FRAME_ANCESTORS")
    if not frame_ancestors.isprintable() or {";", ","} & set(frame_ancestors):
        raise ValueError(
            "QUICK_STUDY_FRAME_ANCESTORS must be origins separated by spaces, such as https://a.org https://b.org, not "
            f"{_quoted(frame_ancestors)}"
        )
    lessons = given("LESSONS")
    if lessons and not Path(lessons).is_dir():
        raise ValueError(f"QUICK_STUDY_LESSONS must be a folder, not {_quoted(lessons)}")
    return Settings(
        in_a_room=yes_or_no("ROOM", "no"),
        wakes_early=yes_or_no("WAKE", "yes"),
        metrics_token=_checked_token(environment.get(f"{PREFIX}METRICS_TOKEN", "")),
        metrics_peers=tuple(_network(part) for part in given("METRICS_PEERS").split()),
        scheduler=scheduler,
        workers=whole_number("WORKERS", 1, min(_MOST_WORKERS, _WORKERS_PER_CORE * (os.cpu_count() or 1))),
        sockets_per_client=whole_number("SOCKETS_PER_CLIENT", 150, 10_000),
        frame_ancestors=frame_ancestors,
        upload_mb=whole_number("UPLOAD_MB", MOST_UPLOAD_MB, MOST_UPLOAD_MB, least=0),
        address=_checked_address(given("ADDRESS")),
        database=_checked_database(given("DATABASE")),
        lessons=Path(lessons) if lessons else None,
    )


def unknown_names(environment: Mapping[str, str]) -> list[str]:
    """Return variables that look like settings but are not, mostly misspelt ones."""
    names = (name for name in environment if name.upper().startswith(PREFIX))
    return sorted(name for name in names if name.removeprefix(PREFIX) not in _KNOWN)


def _checked_address(address: str) -> str:
    """Return an address without a slash at its end. Raises ValueError for one that no phone could open."""
    try:
        parts = urlsplit(address)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query + parts.fragment
        is_web = is_web and parts.username is None and parts.port != 0  # .port raises for one that is none
    except ValueError:
        is_web = False
    if address and not (is_web and address.isprintable()):
        raise ValueError(f"QUICK_STUDY_ADDRESS must look like https://study.example.org, not {_quoted(address)}")
    return address.rstrip("/")


def _checked_database(database: str) -> str:
    """Return a database. The message does not repeat it: it may contain a password, and an error goes to a log."""
    scheme, separator, rest = database.partition("://")
    if not database.isprintable() or (separator and not (scheme == "postgresql" and rest)):
        raise ValueError(
            "QUICK_STUDY_DATABASE must look like postgresql://user:password@host/name, or be a folder; the value found "
            "is not shown"
        )
    return database


def _checked_token(token: str) -> str:
    """Return a token as it is. Raises ValueError for one that is easy to guess or that no header can carry.

    The message does not repeat it: an error goes to a log.
    """
    if token and (len(token) < SHORTEST_TOKEN or not all("!" <= character <= "~" for character in token)):
        raise ValueError(
            f"QUICK_STUDY_METRICS_TOKEN must be {SHORTEST_TOKEN} or more ASCII characters without spaces, such as "
            f"`openssl rand -hex 16` prints; the value found ({len(token)} characters) is not shown"
        )
    return token


def _network(text: str) -> IPv4Network | IPv6Network:
    """Parse a network. Raises ValueError if it is not one, or too wide."""
    try:
        network = ip_network(text)
    except ValueError:
        raise ValueError(
            "QUICK_STUDY_METRICS_PEERS must be networks separated by spaces, such as 10.0.0.0/8 172.17.0.0/16, "
            f"not {_quoted(text)}"
        ) from None
    widest = _WIDEST[network.version]
    is_private = isinstance(network, IPv6Network) and network.subnet_of(_UNIQUE_LOCAL)
    if network.prefixlen < widest and not is_private:
        raise ValueError(f"QUICK_STUDY_METRICS_PEERS must be networks of /{widest} or narrower, not {network}")
    return network


def _quoted(value: str) -> str:
    """Return a value as one short piece of ASCII."""
    longest = 60
    return ascii(value if len(value) <= longest else f"{value[:longest]}...")


SETTINGS = read(os.environ)
