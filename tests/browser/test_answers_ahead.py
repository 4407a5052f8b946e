"""Promise: the answer follows the slider of labels at once, and the server's is the same."""

from tests.browser.tab import POLLING, Tab
from tests.screen.test_pages import NAME

ANSWER = ".st-key-answer"
# The server hears nothing until `letGo`.
HOLD = """() => {
    const {send} = WebSocket.prototype, held = [];
    WebSocket.prototype.send = function (data) { held.push([this, data]); };
    window.isHeld = () => held.length > 0;
    window.letGo = () => {
        WebSocket.prototype.send = send;
        for (const [socket, data] of held) socket.send(data);
    };
}"""
CHANGED = "([part, before]) => document.querySelector(part).innerText !== before"


def test_the_answer_is_there_before_the_server_has_been_asked(tab: Tab):
    tab.open("glossary")
    tab.open(NAME, shots=5, seed=1)
    page, answer = tab.page, tab.page.locator(ANSWER)
    before = answer.inner_text()
    page.evaluate(HOLD)
    tab.keyed("choose_shots").get_by_role("slider").press("ArrowRight")
    page.wait_for_function(CHANGED, arg=[ANSWER, before], polling=POLLING)
    ahead = answer.inner_text()
    assert tab.address()["shots"] == "5"
    page.wait_for_function("() => isHeld()", polling=POLLING)
    page.evaluate("letGo()")
    tab.wait_for_address(shots=6)
    assert answer.inner_text() == ahead
    tab.open(NAME, shots=6, seed=2)  # another task, for which the server writes all anew
    assert answer.inner_text() == ahead
