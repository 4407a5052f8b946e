"""Metrics for the operator in Prometheus' text format, and who may read them."""

from collections.abc import Iterable
from hmac import compare_digest
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope
from streamlit.runtime import get_instance
from streamlit.runtime.stats import ACTIVE_SESSIONS_FAMILY

from dashboard.engine import QueueStats
from dashboard.settings import Settings

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_FORWARDED = (  # headers that proxies, tunnels and content delivery networks add
    "forwarded",
    "via",
    "x-real-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "cf-ray",
    "fastly-client-ip",
    "x-original-host",
)
_FORWARDED_PREFIX = "x-forwarded-"  # -for, -host, -proto, -port, -server...
_LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


def exposition(stats: QueueStats, *, ready: bool, sessions: int | None) -> str:
    """Return the metrics of one process as text. A collector adds up those of several."""
    done = stats.answered + stats.failed
    lines = [
        *_figure("ready", "gauge", "1 while the worker answers.", int(ready)),
        *_figure("jobs_waiting", "gauge", "Jobs that wait for a worker.", stats.waiting),
        *_figure("jobs_running", "gauge", "Jobs that a worker is at.", stats.running),
        *_figure("workers", "gauge", "Workers that are alive.", stats.workers),
        *_figure("jobs_answered_total", "counter", "Jobs that ended with an answer.", stats.answered),
        *_figure("jobs_failed_total", "counter", "Jobs that ended with an error.", stats.failed),
        *_figure("jobs_refused_total", "counter", "Jobs for which the queue was too long.", stats.refused),
        *_figure("jobs_joined_total", "counter", "Questions that shared the job of an earlier one.", stats.joined),
        *_figure("jobs_left_total", "counter", "Jobs that nobody waited for any more.", stats.left),
        *_figure("workers_replaced_total", "counter", "Workers that died or hung.", stats.replaced),
        *_summary("job_wait_seconds", "From a question to the start of its work.", stats.seconds_waited, done),
        *_summary("job_work_seconds", "From the start of work to its end.", stats.seconds_worked, done),
    ]
    if sessions is not None:
        lines += _figure("sessions", "gauge", "Visitors' tabs that are connected.", sessions)
    return "\n".join(lines) + "\n"


def _figure(name: str, kind: str, help_text: str, value: float) -> Iterable[str]:
    name = f"quick_study_{name}"
    return f"# HELP {name} {help_text}", f"# TYPE {name} {kind}", f"{name} {value}"


def _summary(name: str, help_text: str, total: float, count: int) -> Iterable[str]:
    name = f"quick_study_{name}"
    return f"# HELP {name} {help_text}", f"# TYPE {name} summary", f"{name}_sum {total:.3f}", f"{name}_count {count}"


def sessions() -> int | None:
    """How many tabs are connected, as Streamlit counts them."""
    counted = get_instance().stats_mgr.get_stats(family_names=[ACTIVE_SESSIONS_FAMILY])
    figures = counted.get(ACTIVE_SESSIONS_FAMILY)
    return int(figures[0].value) if figures else None  # type: ignore[attr-defined]


def may_read(scope: Scope, settings: Settings) -> bool:
    """Return whether a request may read metrics.

    If the operator has set a token, every request needs it. Without one, a request must come directly from this
    machine, by one of its local names, or from a network in QUICK_STUDY_METRICS_PEERS. A request with a
    forwarding header came through a proxy, for which every visitor seems to come from this machine. One with an Origin
    comes from a page, and one with another Host from a page whose name was pointed at this machine (DNS rebinding).
    """
    headers = Headers(scope=scope)
    token = settings.metrics_token
    if token:
        return compare_digest(headers.get("authorization", "").encode(), f"Bearer {token}".encode())
    from_other_site = "origin" in headers or headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
    if scope.get("client") is None or from_other_site or _is_forwarded(headers):
        return False
    try:
        peer = ip_address(scope["client"][0])
    except ValueError:
        return False
    peer = getattr(peer, "ipv4_mapped", None) or peer
    if peer.is_loopback:
        return _is_local_name(headers.getlist("host"))
    return any(peer in network for network in settings.metrics_peers)


def _is_forwarded(headers: Headers) -> bool:
    return any(name in _FORWARDED or name.startswith(_FORWARDED_PREFIX) for name in headers)


def _is_local_name(hosts: list[str]) -> bool:
    """Return whether the Host headers are one, with a local name and any port."""
    if len(hosts) != 1:
        return False
    try:
        parts = urlsplit(f"//{hosts[0]}")
        is_plain = parts.netloc == hosts[0] and parts.username is None
        return is_plain and parts.hostname in _LOCAL_NAMES and parts.port != 0  # .port raises for one that is none
    except ValueError:
        return False
