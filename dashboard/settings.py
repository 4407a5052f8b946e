"""What a host may set from outside, by environment variables that begin with QUICK_STUDY_.

Streamlit's own settings are in `.streamlit/config.toml`; how a public host sets both is in `.hosting/public.env`.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network


@dataclass(frozen=True)
class Settings:
    """Read once, at the start."""

    in_a_room: bool  # whether the start shows the address so large that a room can copy it
    wakes_early: bool  # whether the model starts before anybody asks it something; "no" saves its memory until then
    metrics_token: str  # who has it may read the metrics from anywhere
    metrics_peers: tuple[IPv4Network | IPv6Network, ...]  # who may read them without it, beside this machine itself
    scheduler: str  # of the Dask cluster that does the work, such as tcp://host:8786; "" where this machine does it
    workers: int  # how many processes of this machine do it: each takes 750 MB
    sockets_per_client: int  # how many tabs one address may have open: a room behind one router has one address
    frame_ancestors: str  # the sites that may show these pages inside their own; "" for all of them


def read(environment: Mapping[str, str]) -> Settings:
    """Raises ValueError where a variable makes no sense: a host wants to hear of it at once."""

    def given(name: str) -> str:
        return environment.get(f"QUICK_STUDY_{name}", "").strip()

    def agreed(name: str, usual: str) -> bool:
        answer = given(name) or usual
        if answer not in ("yes", "no"):
            raise ValueError(f"QUICK_STUDY_{name} must be yes or no, not {answer!r}")
        return answer == "yes"

    workers = given("WORKERS") or "1"
    if not workers.isdecimal() or int(workers) < 1:
        raise ValueError(f"QUICK_STUDY_WORKERS must be a number of processes, 1 or more, not {workers!r}")
    sockets = given("SOCKETS_PER_CLIENT") or "150"
    if not sockets.isdecimal() or not 1 <= int(sockets) <= 10_000:
        raise ValueError(f"QUICK_STUDY_SOCKETS_PER_CLIENT must be a number from 1 to 10000, not {sockets!r}")
    scheduler = given("SCHEDULER")
    if scheduler and "://" not in scheduler:
        raise ValueError(f"QUICK_STUDY_SCHEDULER must look like tcp://host:8786, not {scheduler!r}")
    frame_ancestors = given("FRAME_ANCESTORS")
    if not frame_ancestors.isprintable() or {";", ","} & set(frame_ancestors):
        raise ValueError("QUICK_STUDY_FRAME_ANCESTORS must be addresses with spaces between them")
    return Settings(
        in_a_room=agreed("ROOM", "no"),
        wakes_early=agreed("WAKE", "yes"),
        metrics_token=given("METRICS_TOKEN"),
        metrics_peers=tuple(ip_network(part) for part in given("METRICS_PEERS").split()),
        scheduler=scheduler,
        workers=int(workers),
        sockets_per_client=int(sockets),
        frame_ancestors=frame_ancestors,
    )


SETTINGS = read(os.environ)
