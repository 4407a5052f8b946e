"""Time a page after a move of the labels slider: `python -m tests.benchmarks.page_rerun`.

A real server, driven over its WebSocket as a browser drives it. Every rerun is a task at a number of labels that nobody
asked for before, so that each is a real adaptation in the worker. Beside it, in the same run and with the same
settings, a page with nothing but a slider: what Streamlit itself costs on this machine at this moment.
"""

import argparse
import json
import random
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:  # where this file is run by its name
    sys.path.insert(0, str(ROOT))

from scenarios.catalog import SCENARIOS  # noqa: E402
from tests.live_server import LiveServer, streamlit  # noqa: E402
from tests.visitor import Screen, Visitor  # noqa: E402

WARM_UP = 5  # reruns that do not count
_BARE = 'import streamlit as st\n\nst.slider("labels", 1, 50, 5, key="choose_shots")\n'


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.page_rerun", description=__doc__)
    parser.add_argument("--reruns", type=int, default=40, metavar="N", help="how many count (default 40)")
    parser.add_argument("--scenario", choices=SCENARIOS, default=next(iter(SCENARIOS)), help="whose page")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()

    server = LiveServer()
    try:
        page = measure(server, options.scenario, options.reruns)
        megabytes = {
            "web process": round(_megabytes(server.process)),
            "worker process": round(_megabytes(server.worker())),
        }
    finally:
        server.close()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "bare.py").write_text(_BARE, encoding="utf-8")
        shutil.copytree(ROOT / ".streamlit", Path(folder, ".streamlit"))
        server = LiveServer(Path(folder), streamlit("bare.py"))
        try:
            bare = measure(server, "", options.reruns)
        finally:
            server.close()

    ratio = round(page["p50_ms"] / bare["p50_ms"], 1)
    if options.json:
        print(json.dumps({"page": page, "bare": bare, "ratio": ratio, "resident_megabytes": megabytes}, indent=2))
        return
    for name, found in ((options.scenario, page), ("one slider", bare)):
        print(
            f"{name:20} p50 {found['p50_ms']:6.1f} ms   p95 {found['p95_ms']:6.1f} ms"
            f"   {found['kilobytes']:6.1f} kB a rerun   ({options.reruns} reruns)"
        )
    print(f"{'ratio':20} {ratio} at the median")
    for name, size in megabytes.items():
        print(f"{name:20} {size} MB resident")


def measure(server: LiveServer, page: str, reruns: int) -> dict[str, float]:
    """Open a page at an uncached task, and move its slider."""
    order = random.Random(0)
    seen: set[tuple[int, int]] = set()
    screens: list[Screen] = []
    with Visitor(server.address) as visitor:
        while len(screens) < WARM_UP + reruns:
            seed = order.randrange(1000, 999_999)
            opened = visitor.open(page, seed=seed, shots=5)
            assert not opened.errors(), opened.errors()
            for shots in order.sample([k for k in range(1, 51) if k != 5], min(20, WARM_UP + reruns - len(screens))):
                assert (seed, shots) not in seen
                seen.add((seed, shots))
                screen = visitor.slide("choose_shots", shots)
                assert not screen.errors(), screen.errors()
                screens.append(screen)
    milliseconds = [1000 * screen.seconds for screen in screens[WARM_UP:]]
    return {
        "p50_ms": round(statistics.median(milliseconds), 1),
        "p95_ms": round(statistics.quantiles(milliseconds, n=20, method="inclusive")[-1], 1),
        "kilobytes": round(statistics.mean(screen.bytes for screen in screens[WARM_UP:]) / 1000, 1),
    }


def _megabytes(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 2**20


if __name__ == "__main__":
    main()
