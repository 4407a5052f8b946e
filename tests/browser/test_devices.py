"""Promise: a finger that begins on a chart scrolls the page, a tap places a point, and paper gets a page for paper."""

import re

from playwright.sync_api import Browser, expect

from tests.browser.tab import PATIENCE, PHONE, Tab
from tests.live_server import LiveServer
from tests.screen.test_pages import CURVES, NAME

expect.set_options(timeout=PATIENCE)

_TOP = "() => document.querySelector('[data-testid=\"stMain\"]').scrollTop"
_AT_REST = f"""() => {{
    const [before, now] = [window.top_before, ({_TOP})()];
    window.top_before = now;
    return now === before;
}}"""
_POINT = r"[-.\d]+~[-.\d]+"
_CENTRE = "chart => chart.scrollIntoView({block: 'center'})"


def test_a_swipe_that_begins_on_a_chart_scrolls_and_each_tap_places_a_point(browser: Browser, server: LiveServer):
    context = browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]}, has_touch=True, is_mobile=True)
    tab = Tab(context, server.address, PHONE)
    tab.open(CURVES[1])
    chart = tab.keyed("fits_chart").locator(".nsewdrag").first
    chart.evaluate(_CENTRE)
    box, before, address = chart.bounding_box(), tab.page.evaluate(_TOP), tab.page.url
    assert box is not None
    x, y = box["x"] + 0.4 * box["width"], box["y"] + 0.4 * box["height"]
    finger = context.new_cdp_session(tab.page)
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for up in range(20, 321, 20):
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y - up}]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    tab.page.wait_for_function(f"before => ({_TOP})() > before + 250", arg=before, polling=50)
    tab.page.wait_for_function(_AT_REST, polling=300)  # a finger's swipe goes on for a while
    assert tab.page.url == address
    chart.evaluate(_CENTRE)
    box = chart.bounding_box()
    assert box is not None
    for number in (1, 2):  # on the same place
        box = chart.bounding_box() or box
        tab.page.touchscreen.tap(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
        tab.page.wait_for_url(re.compile(f"points={_POINT}(_{_POINT}){{{number - 1}}}($|&)"))
        tab.settle()
    box = chart.bounding_box() or box
    middle = box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"]
    tab.page.mouse.move(*middle, steps=2)
    tab.page.mouse.dblclick(*middle)  # which Plotly takes for a selection that is taken back
    tab.page.wait_for_url(re.compile(f"points={_POINT}(_{_POINT}){{2}}($|&)"))
    assert tab.errors() == []
    context.close()


def test_paper_is_white_has_no_buttons_and_says_its_address(tab: Tab):
    tab.open(NAME, shots=5, seed=1)
    tab.look("dark", tab.size)
    app, button = tab.page.get_by_test_id("stApp"), tab.keyed("another_task").get_by_role("button")
    expect(app).not_to_have_css("background-color", "rgb(255, 255, 255)")
    expect(button).to_be_visible()
    tab.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    tab.page.emulate_media(media="print")
    expect(app).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(tab.keyed("result").locator("p").first).to_have_css("color", "rgb(27, 36, 48)")
    expect(button).to_be_hidden()
    expect(tab.page.get_by_test_id("stMainBlockContainer")).to_have_attribute("data-printed", tab.page.url)
    tab.page.emulate_media(media="screen")
    expect(button).to_be_visible()
