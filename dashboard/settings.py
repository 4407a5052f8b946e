"""What a host may set from outside, by environment variables that begin with QUICK_STUDY_.

Streamlit's own settings are in `.streamlit/config.toml`; how a public host sets both is in `.hosting/public.env`.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

PREFIX = "QUICK_STUDY_"
SHORTEST_TOKEN = 16  # characters: nobody guesses 16 random ones
_WIDEST = {4: 8, 6: 32}  # IP version -> the shortest prefix of a network: 10.0.0.0/8, or a provider's allocation
_UNIQUE_LOCAL = IPv6Network("fc00::/7")  # that is no more than a site's own
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
    "BROWSER",  # of the tests, like the next one
    "NGINX",
)


@dataclass(frozen=True)
class Settings:
    """Read once, at the start."""

    in_a_room: bool  # whether the start shows the address so large that a room can copy it
    wakes_early: bool  # whether the model starts before anybody asks it something; "no" saves its memory until then
    metrics_token: str  # required of every reader of the metrics; "" for no token
    metrics_peers: tuple[IPv4Network | IPv6Network, ...]  # who may read them without a token, beside this machine
    scheduler: str  # of the Dask cluster that does the work, such as tcp://host:8786; "" where this machine does it
    workers: int  # how many processes of this machine do it: each takes 750 MB
    sockets_per_client: int  # how many tabs one address may have open: a room behind one router has one address
    frame_ancestors: str  # the sites that may show these pages inside their own; "" for all of them


def read(environment: Mapping[str, str]) -> Settings:
    """Raises ValueError where a variable makes no sense: a host wants to hear of it at once."""

    def given(name: str) -> str:
        return environment.get(f"{PREFIX}{name}", "").strip()

    def agreed(name: str, usual: str) -> bool:
        answer = given(name) or usual
        if answer not in ("yes", "no"):
            raise ValueError(f"QUICK_STUDY_{name} must be yes or no, not {_quoted(answer)}")
        return answer == "yes"

    workers = given("WORKERS") or "1"
    most = min(_MOST_WORKERS, _WORKERS_PER_CORE * (os.cpu_count() or 1))
    if not workers.isdecimal() or len(workers) > len(str(most)) or not 1 <= int(workers) <= most:
        raise ValueError(f"QUICK_STUDY_WORKERS must be a number of processes from 1 to {most}, not {_quoted(workers)}")
    sockets = given("SOCKETS_PER_CLIENT") or "150"
    if not sockets.isdecimal() or len(sockets) > len("10000") or not 1 <= int(sockets) <= 10_000:
        raise ValueError(f"QUICK_STUDY_SOCKETS_PER_CLIENT must be a number from 1 to 10000, not {_quoted(sockets)}")
    scheduler = given("SCHEDULER")
    if scheduler and "://" not in scheduler:
        raise ValueError(f"QUICK_STUDY_SCHEDULER must look like tcp://host:8786, not {_quoted(scheduler)}")
    frame_ancestors = given("FRAME_ANCESTORS")
    if not frame_ancestors.isprintable() or {";", ","} & set(frame_ancestors):
        raise ValueError("QUICK_STUDY_FRAME_ANCESTORS must be addresses with spaces between them")
    return Settings(
        in_a_room=agreed("ROOM", "no"),
        wakes_early=agreed("WAKE", "yes"),
        metrics_token=_checked_token(environment.get(f"{PREFIX}METRICS_TOKEN", "")),
        metrics_peers=tuple(_network(part) for part in given("METRICS_PEERS").split()),
        scheduler=scheduler,
        workers=int(workers),
        sockets_per_client=int(sockets),
        frame_ancestors=frame_ancestors,
    )


def unknown_names(environment: Mapping[str, str]) -> list[str]:
    """Return the variables that look like settings and are none: misspelt ones, mostly."""
    names = (name for name in environment if name.upper().startswith(PREFIX))
    return sorted(name for name in names if name.removeprefix(PREFIX) not in _KNOWN)


def _checked_token(token: str) -> str:
    """Return a token as it is. Raises ValueError for one that is easy to guess or that no header can carry.

    The message does not repeat it: an error goes to a log.
    """
    if token and (len(token) < SHORTEST_TOKEN or not all("!" <= character <= "~" for character in token)):
        raise ValueError(
            f"QUICK_STUDY_METRICS_TOKEN must be {SHORTEST_TOKEN} or more ASCII characters without spaces, "
            "such as those that `openssl rand -hex 16` prints"
        )
    return token


def _network(text: str) -> IPv4Network | IPv6Network:
    """Raises ValueError for text that is no network, and for a network that is half the internet."""
    try:
        network = ip_network(text)
    except ValueError:
        raise ValueError(
            f"QUICK_STUDY_METRICS_PEERS must be networks such as 10.0.0.0/8, not {_quoted(text)}"
        ) from None
    widest = _WIDEST[network.version]
    is_private = isinstance(network, IPv6Network) and network.subnet_of(_UNIQUE_LOCAL)
    if network.prefixlen < widest and not is_private:
        raise ValueError(f"QUICK_STUDY_METRICS_PEERS must be networks of /{widest} or smaller, not {network}")
    return network


def _quoted(value: str) -> str:
    """Return a value as one short piece of ASCII."""
    longest = 60
    return ascii(value if len(value) <= longest else f"{value[:longest]}...")


SETTINGS = read(os.environ)
