"""Promise: the walk of the learners plays in the browser, and asks the server for nothing."""

import pytest
from playwright.sync_api import Locator, expect

from dashboard.charts import playing
from dashboard.charts.playing import BACK, PAUSE, PLAY, STEP
from scenarios.learner import EVALUATION_STEPS
from scenarios.text import LANGUAGES, Language, Text
from tests.browser.tab import PATIENCE, Tab
from tests.screen.test_pages import NAME

expect.set_options(timeout=PATIENCE)

_DOTS = """chart => [...chart.querySelectorAll('.scatterlayer .trace .points path')].map(
    dot => dot.getAttribute('transform')).join()"""


_WATCH = """label => {
    window.said = [];
    const chart = label.closest('.js-plotly-plot');
    new MutationObserver(() => {
        const text = chart.querySelector('.slider-group > .slider-label')?.textContent;
        if (text && text !== window.said.at(-1)) window.said.push(text);
    }).observe(chart, {subtree: true, childList: true, characterData: true});
}"""


def press(tab: Tab, button: Text, language: Language = "en") -> None:
    tab.keyed("player_chart").locator(".updatemenu-button", has_text=button[language]).click()


def wait_for_step(tab: Tab, step: int, language: Language = "en") -> None:
    expect(above_the_slider(tab)).to_have_text(playing.AT.format(step=step)[language])


def above_the_slider(tab: Tab) -> Locator:
    """The label of the step on the screen."""
    return tab.keyed("player_chart").locator(".slider-group > .slider-label")


def dots(tab: Tab) -> str:
    """Where all the dots are."""
    return tab.keyed("player_chart").locator(".js-plotly-plot").evaluate(_DOTS)


def test_a_player_opens_at_the_step_of_its_link_and_obeys_keys(tab: Tab):
    tab.open(NAME, section="steps", seed=1, player_step=7)
    wait_for_step(tab, 7)
    chart, sent = tab.keyed("player_chart"), tab.sent
    slider, buttons = chart.get_by_role("slider"), chart.locator(".updatemenu-button[role=button]")
    slider.focus()
    for key, step in (("ArrowRight", 8), ("ArrowLeft", 7), ("Home", 0)):
        slider.press(key)
        wait_for_step(tab, step)
        expect(slider).to_have_attribute("aria-valuetext", playing.AT.format(step=step).en)
    for key, step in (("Enter", 1), (" ", 2)):
        buttons.filter(has_text=STEP.en).press(key)
        wait_for_step(tab, step)
    assert tab.sent == sent, "none of this needs the server"
    tab.wait_for_address(player_step=2)
    tab.keyed("choose_shots").get_by_role("slider").press("ArrowRight")
    tab.wait_for_address(shots=6, player_step=2)
    wait_for_step(tab, 2)


@pytest.mark.parametrize("language", LANGUAGES)
def test_step_goes_one_by_one_and_asks_the_server_for_nothing(tab: Tab, language: Language):
    before = tab.sent
    tab.open(NAME, section="steps", lang=language, seed=1)
    sent, seen = tab.sent, []
    assert sent > before, "what is counted here must count at least the first question"
    press(tab, BACK, language)
    wait_for_step(tab, 0, language)
    seen.append(dots(tab))
    for number in (1, 2, 3):
        press(tab, STEP, language)
        wait_for_step(tab, number, language)
        seen.append(dots(tab))
    assert len(set(seen)) == 4, "every step moves the dots"
    press(tab, BACK, language)
    wait_for_step(tab, 0, language)
    assert dots(tab) == seen[0]
    assert tab.sent == sent


def test_play_runs_on_until_pause_and_asks_the_server_for_nothing(tab: Tab):
    tab.open(NAME, section="steps", seed=5)
    sent = tab.sent
    press(tab, BACK)
    wait_for_step(tab, 0)
    above_the_slider(tab).evaluate(_WATCH)
    press(tab, PLAY)
    tab.page.wait_for_function("() => window.said?.length >= 3")  # nobody presses anything in between
    press(tab, PAUSE)
    tab.page.wait_for_timeout(500)  # a frame that was on its way is drawn
    stopped = above_the_slider(tab).text_content()
    tab.page.wait_for_timeout(1000)  # two frames' time, in which nothing may happen
    assert above_the_slider(tab).text_content() == stopped
    steps = [int(text.split()[-1]) for text in tab.page.evaluate("window.said")]
    assert steps == sorted(set(steps)), "one after the other"
    press(tab, STEP)
    wait_for_step(tab, EVALUATION_STEPS[EVALUATION_STEPS.index(steps[-1]) + 1])
    assert tab.sent == sent


def test_a_new_task_starts_the_player_afresh(tab: Tab):
    tab.open(NAME, section="steps", seed=1)
    before = above_the_slider(tab).text_content(), dots(tab)
    press(tab, BACK)
    wait_for_step(tab, 0)
    tab.keyed("another_task").get_by_role("button").click()
    tab.wait_for_address(seed=2)
    expect(above_the_slider(tab)).to_have_text(before[0])
    assert dots(tab) != before[1]
