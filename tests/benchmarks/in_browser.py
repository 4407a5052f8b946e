"""What a visitor waits for in a real browser: `python -m tests.benchmarks.in_browser [--presses N] [--page NAME]`.

Three things. A key on the labels slider: when the answer above the charts changes, when nothing in the page changes
any more, how much of that the server took, and how long the browser's main thread was busy, in processor time too.
Opening a page: how far its parts jump (cumulative layout shift). A first visit by phone over 400 kbit/s with 200 ms
each way: when there is a sentence to read, when the first chart is drawn, and the bytes before that. Whatever else runs
on the machine makes times longer: its load is printed.
"""

import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:  # where this file is run by its name
    sys.path.insert(0, str(ROOT))

from scenarios.catalog import SCENARIOS  # noqa: E402
from tests.benchmarks.serving_report import Goal  # noqa: E402
from tests.benchmarks.slow_link import SlowLink  # noqa: E402
from tests.browser.conftest import chromium  # noqa: E402
from tests.browser.tab import DESKTOP, PHONE  # noqa: E402
from tests.live_server import OURS, LiveServer  # noqa: E402

QUIET = 600  # milliseconds without a change, after which a page is at rest
KILOBITS, DELAY = 400, 0.2
WARM_UP = 3  # presses that do not count

# Notes, from the page's very beginning, when it changes, asks, is answered, is busy, and jumps. In milliseconds.
_NOTES = """() => {
    const notes = window.notes = {answered: [], changes: [], answers: [], asked: [], tasks: [], shift: 0};
    const Socket = window.WebSocket;
    window.WebSocket = class extends Socket {
        constructor(...all) {
            super(...all);
            this.addEventListener('message', () => notes.answers.push(performance.now()));
        }
        send(data) { notes.asked.push(performance.now()); super.send(data); }
    };
    new PerformanceObserver(list => {
        for (const task of list.getEntries()) notes.tasks.push([task.startTime, task.duration]);
    }).observe({type: 'longtask', buffered: true});
    new PerformanceObserver(list => {
        for (const shift of list.getEntries()) if (!shift.hadRecentInput) notes.shift += shift.value;
    }).observe({type: 'layout-shift', buffered: true});
    const see = () => new MutationObserver(all => {
        const isIn = part => all.some(({target}) => (target.parentElement || target).closest?.(part));
        const seen = all.some(({target}) => (target.parentElement || target).closest?.('[data-testid="stMain"]')
            && !(target.parentElement || target).closest('[data-testid="stSlider"], .st-key-page_head'));
        const note = kind => requestAnimationFrame(() => setTimeout(() => notes[kind].push(performance.now())));
        if (seen) note('changes');
        if (isIn('.st-key-answer')) note('answered');
    }).observe(document, {childList: true, characterData: true, subtree: true});
    if (document.documentElement) see(); else document.addEventListener('readystatechange', see, {once: true});
    document.addEventListener('keydown', ({timeStamp}) => { notes.pressed = timeStamp; }, true);
}"""
_AT_REST = """quiet => {
    const app = document.querySelector('[data-testid="stApp"]');
    const last = Math.max(0, ...notes.changes, ...notes.answers);
    const isAwaited = [...document.querySelectorAll('[data-waits]')].some(chart => {
        const {top, bottom} = chart.getBoundingClientRect();  // of those further away, the page draws none
        return top < 2 * innerHeight && bottom > -innerHeight;
    });
    if (isAwaited) return false;
    return app?.dataset.testScriptState === 'notRunning' && last && performance.now() - last > quiet;
}"""
_READABLE = """() => [...document.querySelectorAll('[data-testid="stMain"] p, [data-testid="stMain"] h1, body p')]
    .some(text => text.innerText.trim().length > 20 && text.checkVisibility())"""
_FIRST_CHART = "() => document.querySelector('#first-paint svg, .js-plotly-plot .main-svg')"
_CHART = """() => document.querySelector('[data-testid="stPlotlyChart"] .js-plotly-plot .main-svg')"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.in_browser", description=__doc__)
    parser.add_argument("--presses", type=int, default=30, metavar="N", help="how many count on each page (default 30)")
    parser.add_argument("--page", choices=SCENARIOS, action="append", help="only this scenario's (may be repeated)")
    parser.add_argument("--no-phone", action="store_true", help="leave out the phone, which takes two minutes")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    applications = [name for name, scenario in SCENARIOS.items() if scenario.decision]
    found: dict[str, dict[str, float]] = {}
    server = LiveServer(command=OURS)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=["--disable-gpu"])
            for name in options.page or applications:
                found[name] = press(browser, server.address, name, options.presses)
            if not options.no_phone:
                for name in options.page or applications[:1]:
                    found[f"{name} by phone"] = by_phone(browser, server, name)
            browser.close()
    finally:
        server.close()
    load = os.getloadavg()[0]
    if options.json:
        print(json.dumps({"load": load, **found}, indent=2))
        return
    for name, figures in found.items():
        print(name + ": " + ", ".join(f"{what} {figure:g}" for what, figure in figures.items()))
    for goal in goals(found):
        print(f"{goal.what}: {goal.found:g} (at most {goal.limit:g}): {goal.verdict}")
    print(f"load of the machine: {load:.1f}")


def goals(found: dict[str, dict[str, float]]) -> list[Goal]:
    """Return what is asked of each page, in the units of what was found."""
    limits = {
        "first answer p95, ms": 100,
        "all still p95, ms": 250,
        "layout shift": 0.1,
        "to read, s": 5,
        "chart, s": 20,
        "before it, kB": 1000,
    }
    return [
        Goal(f"{name}, {what}", figures[what], limit)
        for name, figures in found.items()
        for what, limit in limits.items()
        if what in figures
    ]


def _open(browser: Browser, address: str, size: tuple[int, int], **context: Any) -> Page:
    page = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, locale="en-GB", reduced_motion="reduce", **context
    ).new_page()
    page.set_default_timeout(180_000)
    page.add_init_script(f"({_NOTES})()")
    page.goto(address, wait_until="commit")
    return page


def press(browser: Browser, server: str, name: str, presses: int) -> dict[str, float]:
    """Open a scenario's page and move its labels slider by the arrow keys, at rest each time."""
    page = _open(browser, f"{server}/{name}?lang=en&shots=5", DESKTOP)
    page.wait_for_function(_CHART, polling=50)
    page.wait_for_function(_AT_REST, arg=3 * QUIET, polling=50)
    shift = page.evaluate("notes.shift")
    slider = page.locator(".st-key-choose_shots").get_by_role("slider")
    slider.focus()
    processor = page.context.new_cdp_session(page)
    processor.send("Performance.enable", {"timeDomain": "threadTicks"})

    def spent() -> float:
        figures = processor.send("Performance.getMetrics")["metrics"]
        return next(1000 * each["value"] for each in figures if each["name"] == "TaskDuration")

    seen: list[dict[str, float]] = []
    for turn in range(WARM_UP + presses):
        page.evaluate("Object.assign(notes, {answered: [], changes: [], answers: [], asked: [], tasks: []})")
        before = spent()
        page.keyboard.press("ArrowRight" if turn // 4 % 2 == 0 else "ArrowLeft")
        page.wait_for_function("() => notes.asked.length > 0", polling=20)
        page.wait_for_function(_AT_REST, arg=QUIET, polling=50)
        notes = page.evaluate("notes")
        pressed = notes["pressed"]
        seen.append(
            {
                "first": min(notes["answered"]) - pressed,
                "last": max(notes["changes"]) - pressed,
                "asked": min(notes["asked"]) - pressed,
                "server": max(notes["answers"]) - min(notes["asked"]),
                "busy": sum(duration for _, duration in notes["tasks"]),
                "spent": spent() - before,
            }
        )
    page.context.close()
    counted = seen[WARM_UP:]

    def quantile(what: str, rank: int) -> float:
        return round(statistics.quantiles([each[what] for each in counted], n=20, method="inclusive")[rank - 1])

    return {
        "asked p50, ms": quantile("asked", 10),
        "answered after p50, ms": quantile("server", 10),
        "first answer p50, ms": quantile("first", 10),
        "first answer p95, ms": quantile("first", 19),
        "all still p50, ms": quantile("last", 10),
        "all still p95, ms": quantile("last", 19),
        "main thread in long tasks p50, ms": quantile("busy", 10),
        "main thread's processor time p50, ms": quantile("spent", 10),
        "layout shift": round(shift, 2),
    }


def by_phone(browser: Browser, server: LiveServer, name: str) -> dict[str, float]:
    """Open a scenario's page for the first time, over a slow link."""
    link = SlowLink(server.port, KILOBITS, DELAY)
    try:
        started = time.monotonic()
        page = _open(browser, f"{link.address}/{name}?lang=en&shots=5", PHONE, has_touch=True)
        page.wait_for_function(_READABLE, polling=50)
        readable = time.monotonic() - started
        page.wait_for_function(_FIRST_CHART, polling=50)
        drawn, size = time.monotonic() - started, link.bytes_down
        page.wait_for_function(_CHART, polling=50)
        interactive, whole = time.monotonic() - started, link.bytes_down
        page.context.close()
    finally:
        link.close()
    return {
        "to read, s": round(readable, 1),
        "chart, s": round(drawn, 1),
        "before it, kB": round(size / 1000),
        "chart to interact with, s": round(interactive, 1),
        "before that, kB": round(whole / 1000),
    }


if __name__ == "__main__":
    main()
