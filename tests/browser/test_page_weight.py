"""Promise: a room full of phones can open a page through one Wi-Fi: a first visit stays within its budget."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from scenarios.catalog import SCENARIOS
from tests.live_server import OURS, LiveServer

# Bytes of everything that an empty browser fetches to draw a scenario's page: 3.4 MB of scripts, styles and fonts, most
# of it what draws charts, and 0.2 MB for the page itself. Unpacked, as `streamlit run` sends it, it is 11 MB.
BUDGET = 3_800_000


@pytest.fixture
def asleep() -> Iterator[LiveServer]:
    """Our own entry, which packs; what is drawn first needs no worker."""
    server = LiveServer(command=OURS, settings={"QUICK_STUDY_WAKE": "no"})
    yield server
    server.close()


def test_a_first_visit_fetches_no_more_than_its_budget(browser: Browser, asleep: LiveServer):
    name = next(name for name, scenario in SCENARIOS.items() if not scenario.regression)
    fetched: list[int] = []
    with browser.new_context() as newcomer:
        page = newcomer.new_page()
        network = newcomer.new_cdp_session(page)
        network.send("Network.enable")
        network.on("Network.loadingFinished", lambda told: fetched.append(told["encodedDataLength"]))
        network.on("Network.webSocketFrameReceived", lambda told: fetched.append(_bytes(told["response"])))
        page.goto(f"{asleep.address}/{name}")
        page.wait_for_selector(".js-plotly-plot", timeout=120_000)
        page.wait_for_load_state("networkidle", timeout=120_000)
        page.wait_for_function(  # and all that is on the screen has come
            "!document.querySelector('[data-testid=stApp]').matches('[data-test-script-state=running]')"
        )
    assert len(fetched) > 50
    assert sum(fetched) < BUDGET


def _bytes(frame: dict[str, Any]) -> int:
    """Of a frame of the web socket; a binary one is told in base 64."""
    length = len(frame["payloadData"])
    return 3 * length // 4 if frame["opcode"] == 2 else length
