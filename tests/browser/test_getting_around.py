"""Promise: the address says what is on the screen, and the browser's own buttons and links do what one expects."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import expect

from dashboard import pages, words
from scenarios.catalog import SCENARIOS
from scenarios.demo.maps import PREPARED_SHOTS, SHOTS
from scenarios.demo.precomputed import sample_demo_task
from tests.browser.tab import PATIENCE, Tab
from tests.screen.test_pages import CURVES, NAME, TASK

SCENARIO = SCENARIOS[NAME]
NAME_SHOWN_FIRST = next(name for name, scenario in SCENARIOS.items() if not scenario.regression)

expect.set_options(timeout=PATIENCE)

# Every address that the browser's history gets from now on.
_WRITTEN = """() => {
    const written = [], push = history.pushState.bind(history);
    history.pushState = (state, title, address) => { written.push(String(address)); push(state, title, address); };
    return written;
}"""

# Moves every text into an element of its own, as translators of browsers do.
_TRANSLATE = """() => {
    const walker = document.createTreeWalker(document.getElementById('root'), NodeFilter.SHOW_TEXT), texts = [];
    while (walker.nextNode()) texts.push(walker.currentNode);
    for (const text of texts.filter(each => each.textContent.trim() && !each.parentElement.closest('style, script'))) {
        const font = document.createElement('font');
        text.replaceWith(font);
        font.append(text);
    }
}"""


def card(tab: Tab) -> str:
    """The description of the task on the screen."""
    return tab.page.get_by_text(re.compile(rf"^{TASK} \d+\.")).inner_text()


def choose_language(tab: Tab, name: str) -> None:
    tab.keyed("language_switch").get_by_text(name, exact=True).click()


def choose_page(tab: Tab, path: str) -> None:
    """Pages lie in groups of the menu, which unfold when they are pressed."""
    inside, itself = f'[data-testid^="stTopNav"] a[href*="/{path}"]', f'a[data-testid^="stTopNav"][href*="/{path}"]'
    link = tab.page.locator(f"{inside}, {itself}")
    for group in tab.page.get_by_test_id("stTopNavSection").all():
        group.click()
        tab.page.get_by_test_id("stTopNavDropdownLink").first.wait_for()  # it unfolds
        if link.count() and link.first.is_visible():
            break
        tab.page.keyboard.press("Escape")
        tab.page.get_by_test_id("stTopNavDropdownLink").first.wait_for(state="hidden")
    link.first.click()


def test_the_slider_changes_the_address_and_the_result(tab: Tab):
    tab.open(NAME, shots=5, seed=1)
    result = tab.keyed("result").inner_text()
    thumb = tab.keyed("choose_shots").get_by_role("slider")
    thumb.press("ArrowRight")
    tab.wait_for_address(shots=6, seed=1)
    assert tab.keyed("result").inner_text() != result
    thumb.press("End")
    tab.wait_for_address(shots=50)
    assert tab.errors() == []
    expect(thumb).to_have_attribute("aria-valuetext", "50")


def test_changing_the_language_keeps_everything_else(tab: Tab):
    tab.open(NAME, shots=7, seed=3, draw=2, prevalence=20)
    choose_language(tab, "中文")
    tab.wait_for_address(lang="zh", shots=7, seed=3, draw=2, prevalence=20)
    expect(tab.keyed("choose_shots").get_by_role("slider")).to_have_attribute("aria-valuetext", "7")
    expect(tab.page).to_have_title(re.compile("[\u4e00-\u9fff]"))
    tab.page.wait_for_function("document.documentElement.lang === 'zh-CN'")
    choose_language(tab, "English")
    tab.wait_for_address(lang="en", shots=7, seed=3, draw=2, prevalence=20)


def test_a_section_stays_open_in_the_other_language_and_for_another_task(tab: Tab):
    tab.open(NAME, shots=5, seed=1)
    chosen = tab.page.get_by_role("tab", selected=True)
    tab.page.get_by_role("tab").nth(1).click()
    tab.wait_for_address(section="decisions")
    choose_language(tab, "中文")
    tab.wait_for_address(lang="zh", section="decisions")
    expect(chosen).to_have_text(re.compile("[\u4e00-\u9fff]"))
    tab.keyed("another_task").get_by_role("button").click()
    tab.wait_for_address(seed=2, section="decisions")
    expect(chosen).to_have_text(tab.page.get_by_role("tab").nth(1).inner_text())
    tab.open(NAME, lang="en", shots=5, seed=1)
    expect(chosen).to_have_text(tab.page.get_by_role("tab").nth(0).inner_text())


def test_changing_the_page_keeps_what_was_chosen(tab: Tab):
    tab.open(NAME, lang="zh", shots=10, seed=1)
    for path in ("faq", CURVES[0], NAME):
        choose_page(tab, path)
        tab.page.wait_for_url(re.compile(f"/{path}"))
        tab.wait_for_address(lang="zh", shots=10, seed=1)
    expect(tab.keyed("choose_shots").get_by_role("slider")).to_have_attribute("aria-valuetext", "10")


def test_the_card_on_the_first_page_leads_to_its_scenario(tab: Tab):
    tab.open(lang="zh", shots=9)
    tab.keyed(f"open_{NAME}").get_by_role("button").click()
    tab.page.wait_for_url(re.compile(f"/{NAME}"))
    tab.wait_for_address(lang="zh", shots=9)
    tab.keyed("next_example_chart").wait_for()


def test_back_and_forward_bring_back_what_was_on_the_screen(tab: Tab):
    tab.open(NAME, lang="en", shots=5, seed=1, draw=0, prevalence=10)
    tab.keyed("choose_shots").get_by_role("slider").press("ArrowRight")
    tab.wait_for_address(shots=6)
    tab.keyed("another_task").get_by_role("button").click()
    tab.wait_for_address(seed=2, shots=6)
    expect(tab.page.get_by_text(f"{TASK} 2.")).to_be_visible()
    tab.page.go_back()
    tab.wait_for_address(seed=1, shots=6)
    expect(tab.page.get_by_text(f"{TASK} 1.")).to_be_visible()
    tab.page.go_back()
    tab.wait_for_address(seed=1, shots=5)
    expect(tab.keyed("choose_shots").get_by_role("slider")).to_have_attribute("aria-valuetext", "5")
    tab.page.go_forward()
    tab.wait_for_address(seed=1, shots=6)
    expect(tab.keyed("choose_shots").get_by_role("slider")).to_have_attribute("aria-valuetext", "6")


def test_the_address_is_whole_as_soon_as_the_page_is_another_and_one_step_back_leads_to_the_page_before(tab: Tab):
    tab.open("faq", shots=8)
    written = tab.page.evaluate_handle(_WRITTEN)
    choose_page(tab, NAME)
    tab.keyed("next_example_chart").wait_for()
    tab.wait_for_address(shots=8)
    assert [urlsplit(each).path for each in written.json_value()] == [f"/{NAME}"], "one step of the history"
    assert "shots=8" in written.json_value()[0], "a link that is copied meanwhile shows the same view"
    tab.page.go_back()
    tab.page.wait_for_url(re.compile("/faq"))
    expect(tab.page.get_by_role("heading", level=1)).to_have_text(pages.TITLE["faq"].en)


def test_a_short_link_is_one_step_of_the_history_keeps_its_heading_and_stands_a_translator(tab: Tab):
    page = tab.page.context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_default_timeout(PATIENCE)
    page.goto("about:blank")
    address = tab.page.url.split("/", 3)
    page.goto("/".join([*address[:3], "faq?seed=7#faq"]))
    page.wait_for_url(re.compile(r"/faq\?lang=en&shots=5&seed=7&draw=0#faq$"))
    page.go_back()
    assert page.url == "about:blank"
    page.go_forward()
    page.get_by_role("heading", level=1).wait_for()
    page.wait_for_url(re.compile(r"seed=7&draw=0#faq$"))
    page.evaluate(_TRANSLATE)
    page.locator(".st-key-language_switch").get_by_text("中文", exact=True).click(force=True)
    expect(page.get_by_role("heading", level=1)).to_have_text(pages.TITLE["faq"].zh)
    expect(page.locator("html")).to_have_attribute("translate", "no")
    assert errors == []
    page.close()


def test_letters_and_copying_open_no_dialog_of_the_framework(tab: Tab):
    tab.open("faq", lang="en")
    for key in ("c", "r", "Control+c"):  # which clear caches or run a page again on a developer's machine
        tab.page.keyboard.press(key)
    tab.page.locator(".st-key-language_switch").get_by_text("中文", exact=True).click()  # which a dialog would cover
    expect(tab.page.get_by_role("heading", level=1)).to_have_text(pages.TITLE["faq"].zh)
    expect(tab.page.get_by_role("dialog")).to_have_count(0)
    tab.open("faq", lang="en")


def test_a_download_that_another_server_offered_saves_no_error_under_its_name(tab: Tab):
    """After a restart, or by another replica (streamlit/streamlit issues 4173 and 5834)."""
    tab.open("faq", lang="en")
    with tab.page.expect_download() as started:
        tab.page.evaluate(
            "name => document.body.appendChild(Object.assign(document.createElement('a'),"
            " {href: `/media/${name}.csv`, download: 'curves.csv'})).click()",
            "0123456789abcdef" * 2,
        )
    assert started.value.failure(), "the browser reports that the file is missing"


def test_an_address_is_heeded_after_a_page_that_chose_its_scenario_itself(tab: Tab):
    tab.open("faq", shots=PREPARED_SHOTS, seed=1)  # whose maps are precomputed
    tab.open("representations", shots=PREPARED_SHOTS)
    tab.wait_for_address(about=NAME_SHOWN_FIRST)
    tab.open("faq", shots=PREPARED_SHOTS, question="03-how-does-maml-work")
    tab.wait_for_address(question="03-how-does-maml-work")


def test_the_truth_is_hidden_until_it_is_asked_for(tab: Tab):
    tab.open(NAME, seed=3, shots=5)
    task, _ = sample_demo_task(SCENARIO, 3, 0, 5)
    truth = tab.page.get_by_text(SCENARIO.prose.reveal_task(task).en[:30])
    assert truth.count() == 0
    tab.keyed("reveal").get_by_role("button").click()
    expect(truth).to_be_visible()


def test_a_task_on_the_map_leads_to_its_page(tab: Tab):
    tab.open("representations", about=NAME, seed=137)
    tab.keyed("open_task").get_by_role("button", name=re.compile("137$")).click()
    tab.page.wait_for_url(re.compile(f"/{NAME}"))
    tab.wait_for_address(seed=137, shots=SHOTS, draw=0)


def test_a_copied_address_opens_the_same_view_in_another_browser(tab: Tab, night_tab: Tab):
    sender, receiver = tab, night_tab
    sender.open(NAME, shots=3, seed=11)
    sender.keyed("another_draw").get_by_role("button").click()
    sender.wait_for_address(draw=1)
    receiver.open(NAME, **sender.address())
    receiver.wait_for_address(lang="en", shots=3, seed=11, draw=1)
    assert card(receiver) == card(sender)


def test_a_senseless_address_opens_with_a_notice_and_runs_nothing(tab: Tab):
    said: list[str] = []
    tab.page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    tab.open(NAME, shots=-5, seed="abc", lang="xx", x="<script>alert(1)</script>")
    expect(tab.page.get_by_text(words.REFUSED.en.split("(")[0])).to_be_visible()
    tab.wait_for_address(lang="en", shots=5, seed=1)
    assert said == []
    assert "script" not in tab.page.url
