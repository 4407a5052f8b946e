"""Samples of a running server: memory, descriptors and threads of its processes, its own metrics, its log."""

import contextlib
import math
import os
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, fields

import psutil

_MEGABYTE = 2**20
_TIMEOUT = 10.0  # seconds for an answer of /metrics or /ready
MISSING = math.nan


@dataclass(frozen=True)
class Sample:
    """One server at one moment. NaN for a value that could not be read, e.g. while a worker is being replaced."""

    seconds: float  # since the start
    server: str
    ready: float  # 1 or 0
    web: float = MISSING  # the web process's id: one that was started again begins anew
    web_rss_mb: float = MISSING
    web_descriptors: float = MISSING
    web_threads: float = MISSING
    worker: float = MISSING  # its process id: another one begins anew
    worker_rss_mb: float = MISSING
    worker_descriptors: float = MISSING
    worker_threads: float = MISSING
    sessions: float = MISSING
    jobs_waiting: float = MISSING
    jobs_running: float = MISSING
    jobs_answered: float = MISSING
    jobs_failed: float = MISSING
    jobs_refused: float = MISSING
    jobs_left: float = MISSING
    workers_replaced: float = MISSING
    log_kb: float = MISSING
    latency_p50: float = MISSING  # seconds, of the runs since the last sample
    latency_p95: float = MISSING


COLUMNS = tuple(field.name for field in fields(Sample))
_METRICS = {
    "sessions": "sessions",
    "jobs_waiting": "jobs_waiting",
    "jobs_running": "jobs_running",
    "jobs_answered": "jobs_answered_total",
    "jobs_failed": "jobs_failed_total",
    "jobs_refused": "jobs_refused_total",
    "jobs_left": "jobs_left_total",
    "workers_replaced": "workers_replaced_total",
}


def take_sample(
    seconds: float, address: str, process: psutil.Process, log_bytes: Callable[[], float], latencies: list[float]
) -> Sample:
    """Read everything about one server that can be read now."""
    figures = read_metrics(address)
    values = {name: figures.get(metric, MISSING) for name, metric in _METRICS.items()}
    values |= {"web": float(process.pid)} | _resources(process, "web")
    worker = find_worker(process)
    if worker is not None:
        values |= {"worker": float(worker.pid)} | _resources(worker, "worker")
    return Sample(
        seconds,
        address.rpartition(":")[2],
        float(is_ready(address)),
        log_kb=log_bytes() / 1024,
        latency_p50=percentile(latencies, 50),
        latency_p95=percentile(latencies, 95),
        **values,
    )


def find_worker(process: psutil.Process) -> psutil.Process | None:
    """Return the process in which the server's work is done, the largest one if there are several."""
    found: list[tuple[int, psutil.Process]] = []
    with contextlib.suppress(psutil.Error):
        for child in process.children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if "popen_loky" in " ".join(child.cmdline()):
                    found.append((child.memory_info().rss, child))
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _resources(process: psutil.Process, name: str) -> dict[str, float]:
    try:
        with process.oneshot():
            return {
                f"{name}_rss_mb": process.memory_info().rss / _MEGABYTE,
                f"{name}_descriptors": float(process.num_fds() if hasattr(process, "num_fds") else 0),
                f"{name}_threads": float(process.num_threads()),
            }
    except psutil.Error:
        return {}


def read_metrics(address: str) -> dict[str, float]:
    """Read a server's metrics without their common prefix; none if it does not answer."""
    try:
        with urllib.request.urlopen(f"{address}/metrics", timeout=_TIMEOUT) as answer:
            text = answer.read().decode()
    except OSError:
        return {}
    lines = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    return {name.removeprefix("quick_study_"): float(value) for name, value in lines}


def is_ready(address: str) -> bool:
    """Return whether the server answers /ready with 200."""
    try:
        with urllib.request.urlopen(f"{address}/ready", timeout=_TIMEOUT) as answer:
            return bool(answer.status == 200)
    except OSError:  # an HTTPError is one
        return False


def percentile(values: list[float], percent: float) -> float:
    """Return the nearest-rank percentile; NaN of nothing."""
    if not values:
        return MISSING
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def machine_load() -> str:
    """Describe what else the machine does: latencies mean little on a busy one."""
    if not hasattr(os, "getloadavg"):
        return f"{os.cpu_count()} cores"
    return f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
