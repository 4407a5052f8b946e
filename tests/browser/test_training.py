"""Promise: one trains a learner in the browser: start, pause, resume, cancel, finish, use, download."""

import re
from pathlib import Path

from playwright.sync_api import Locator, expect

from dashboard import pages
from dashboard.views import train_page
from dashboard.views import user_training_panel as panel
from scenarios.catalog import SCENARIOS
from scenarios.learners import fitting
from scenarios.meta_learner import weights
from tests.browser.tab import PATIENCE, Tab
from tests.browser.test_getting_around import choose_language, choose_page
from tests.live_server import LiveServer
from tests.screen.test_pages import NAME
from tests.visitor import Visitor

expect.set_options(timeout=PATIENCE)
COMPILING = 4 * PATIENCE  # milliseconds, on a busy machine


def press(tab: Tab, key: str) -> None:
    tab.keyed(key).get_by_role("button").click()


def progress(tab: Tab) -> Locator:
    return tab.page.get_by_test_id("stProgress")


def done_of(tab: Tab) -> int:
    """The completed meta-steps, read from the progress bar."""
    return int(re.search(r"([\d,]+) of", progress(tab).inner_text())[1].replace(",", ""))


def test_a_learner_is_trained_paused_resumed_cancelled_trained_again_used_and_taken_away(
    tab: Tab, server: LiveServer, tmp_path: Path
):
    tab.open("train", about=NAME, meta_steps=20_000, train_tasks=30, inner_steps=1)  # which is compiled soonest
    heard = tab.page.get_by_role("status").and_(tab.keyed("training_news"))
    press(tab, "start_training")
    expect(tab.page.get_by_test_id("stPlotlyChart")).to_have_count(2, timeout=COMPILING)
    expect(heard).to_have_text("Training is running.")
    first = done_of(tab)
    tab.page.wait_for_function(f"() => !document.body.innerText.includes('{first:,} of')", timeout=COMPILING)
    assert done_of(tab) > first, "it grows while one watches"

    choose_language(tab, "中文")
    expect(progress(tab)).to_contain_text("步")
    expect(heard).to_have_text(panel._STARTED.zh)
    tab.page.go_back()
    expect(progress(tab)).to_contain_text("meta-steps")
    choose_page(tab, "faq")
    expect(tab.page.get_by_role("heading", level=1)).to_have_text(pages.TITLE["faq"].en)
    tab.page.go_back()
    again = done_of(tab)
    tab.page.wait_for_function(f"() => !document.body.innerText.includes('{again:,} of')", timeout=COMPILING)
    assert done_of(tab) > again, "it goes on by itself after another language, a step back and another page"
    tab.wait_for_address(own=1)
    with Visitor(server.address) as reloaded:  # or a second tab
        screen = reloaded.open("train", **tab.address())
        assert train_page._GONE.en in screen.words()
        assert screen.elements("progress") == []

    press(tab, "pause_training")
    expect(tab.keyed("resume_training")).to_be_visible()
    expect(progress(tab)).to_contain_text("Paused at")
    tab.wait_until_idle()  # the chunk that had begun comes to its end
    paused, sent = done_of(tab), tab.sent
    tab.page.wait_for_timeout(1_000)  # two looks' time, in which nothing may happen
    assert (done_of(tab), tab.sent) == (paused, sent)
    press(tab, "resume_training")
    tab.page.wait_for_function(f"() => !document.body.innerText.includes('{paused:,} of')", timeout=COMPILING)
    assert done_of(tab) > paused

    press(tab, "cancel_training")
    expect(tab.keyed("start_training")).to_be_visible()
    expect(progress(tab)).to_have_count(0)
    tab.keyed("choose_meta_steps").get_by_role("radio", name="100", exact=True).click()
    tab.wait_for_address(meta_steps=100)
    press(tab, "start_training")
    expect(progress(tab)).to_contain_text(panel._DONE.format(all="100").en, timeout=COMPILING)
    expect(heard).to_contain_text("Training is done. With 5 labels")
    assert tab.errors() == []

    with tab.page.expect_download() as download:
        press(tab, "download_weights")
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.name == weights.path_of(SCENARIOS[NAME], "maml").name
    assert fitting.load_file(SCENARIOS[NAME], "maml", path)

    press(tab, "use_learner")
    tab.keyed("training_controls").get_by_role("link").click()
    tab.keyed("next_example_chart").wait_for()
    expect(tab.keyed("own_learner")).to_contain_text("the model that you trained (MAML, 100 meta-steps)")
    press(tab, "give_back")
    expect(tab.keyed("own_learner")).to_have_count(0)
    assert tab.errors() == []
