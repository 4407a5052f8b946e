"""Promise: a room of phones works from end to end, in two languages, and when a phone loses its network for a while."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from dashboard.rooms import Point, Question, Rooms
from scenarios.text import Text
from tests.browser.tab import PATIENCE, PHONE
from tests.live_server import LiveServer
from tests.room_phone import ask, rooms_and_server

FOLLOWS = 2_000  # milliseconds in which a phone shows the presenter's step
NUMBER = Question(
    "number", Text(en="How often is it right?", zh="多大比例判断正确？"), low=50, high=100, truth=92,
    unit=Text(en="%", zh="%"), why=Text(en="A mean of 600.", zh="600 次的平均值。"),
)  # fmt: skip
CHOICE = Question(
    "choice", Text(en="Which one?", zh="哪一个？"), choices=(Text(en="One", zh="甲"), Text(en="Two", zh="乙")), truth=1
)
CURVE = Question(
    "point", Text(en="How high is it?", zh="有多高？"), low=-5, high=5, step=0.01, x=-3, truth=1.25,
    shown=(Point(-1, 0), Point(4, 1)), curve=(Point(-4, 0), Point(-3, 1.25), Point(4, 1)),
)  # fmt: skip


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Rooms, LiveServer]]:
    with rooms_and_server(tmp_path_factory.mktemp("rooms")) as both:
        yield both


@pytest.fixture(scope="module")
def rooms(both: tuple[Rooms, LiveServer]) -> Rooms:
    return both[0]


@pytest.fixture(scope="module")
def room_server(both: tuple[Rooms, LiveServer]) -> LiveServer:
    return both[1]


@pytest.fixture
def phone(browser: Browser) -> Iterator[Callable[[str, str], Page]]:
    """A phone of one language and colour scheme, of which no complaint of the browser goes unnoticed."""
    opened: list[BrowserContext] = []
    complaints: list[str] = []

    def unlock(locale: str, scheme: Any) -> Page:
        size = {"width": PHONE[0], "height": PHONE[1]}
        opened.append(browser.new_context(locale=locale, color_scheme=scheme, viewport=size, has_touch=True))
        page = opened[-1].new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda told: complaints.append(told.text) if "Content Security" in told.text else None)
        return page

    yield unlock
    for each in opened:
        each.close()
    assert complaints == []


def follows(page: Page, text: str) -> None:
    expect(page.locator("main")).to_contain_text(text, timeout=FOLLOWS)


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0], "nothing is to be scrolled sideways"


def test_phones_in_two_languages_follow_the_presenter_from_question_to_answer(
    room_server: LiveServer, rooms: Rooms, phone: Callable[[str, str], Page]
):
    room = rooms.open()

    def step(command: str, **more: Any) -> None:
        served(room_server, room.code, room.secret, {"do": command, **more})

    english, chinese = phone("en-GB", "light"), phone("zh-CN", "dark")
    english.goto(f"{room_server.address}/join")
    english.get_by_label("Room code").fill(f"{room.code[:3]} {room.code[3:]}")
    english.keyboard.press("Enter")
    chinese.goto(f"{room_server.address}/join/{room.code}")
    expect(english.locator("main")).to_contain_text("You have joined", timeout=PATIENCE)
    expect(chinese.locator("main")).to_contain_text("已加入", timeout=PATIENCE)

    step("ask", question=NUMBER.as_json())
    follows(english, NUMBER.text.en)
    follows(chinese, NUMBER.text.zh)
    for page in (english, chinese):
        fits(page)
    # By keyboard alone: past the language switch to the slider, ten steps up, and Enter.
    english.keyboard.press("Tab")
    english.get_by_role("slider").focus()
    for _ in range(10):
        english.keyboard.press("ArrowRight")
    english.keyboard.press("Enter")
    expect(english.locator("main")).to_contain_text("Your guess counts", timeout=PATIENCE)
    for refused in ("49", "7 0", "七十"):
        chinese.get_by_role("textbox").fill(refused)
        chinese.get_by_role("button", name="提交猜测").tap()
        expect(chinese.get_by_role("alert").filter(has_text="50")).to_be_visible()
        expect(chinese.get_by_role("textbox")).to_have_value(refused)
    chinese.get_by_role("textbox").fill(" ７０，０ ")
    chinese.get_by_role("button", name="提交猜测").tap()
    expect(chinese.locator("main")).to_contain_text("已计入", timeout=PATIENCE)
    place = english.locator("#place").text_content()  # the room's code is drawn by lot
    assert "92" not in english.content().replace(place, "")
    step("reveal")
    follows(english, "True answer: 92%")
    follows(chinese, "正确答案：92%")
    follows(chinese, "相差 22。2 个猜测中有 1 个更接近。")
    expect(english.get_by_role("img", name="Distribution of the guesses (2)")).to_be_visible()
    assert english.locator("#news").text_content().startswith(NUMBER.text.en), "a screen reader hears it"
    chinese.get_by_role("button", name="English").tap()
    follows(chinese, "True answer: 92%")
    assert chinese.locator("html").get_attribute("lang") == "en"

    step("ask", question=CHOICE.as_json())
    follows(english, CHOICE.text.en)
    english.get_by_role("radio", name="Two").check()
    english.get_by_role("button", name="Send my guess").tap()
    expect(english.locator("main")).to_contain_text("Your guess counts", timeout=PATIENCE)
    step("reveal")
    follows(english, "That is right. Right answers: 1 of 1.")

    step("ask", question=CURVE.as_json())
    follows(english, CURVE.text.en)
    english.get_by_role("textbox").fill("−1,5")
    assert english.get_by_role("slider").input_value() == "-1.5", "a minus of typographers, a comma"
    box = english.get_by_role("img").bounding_box()
    english.touchscreen.tap(box["x"] + 40, box["y"] + box["height"] / 2)
    assert abs(float(english.get_by_role("textbox").input_value())) < 0.1, "the middle of the picture"
    english.get_by_role("button", name="Send my guess").tap()
    step("reveal")
    follows(english, "True answer: 1.25")
    for page in (english, chinese):
        fits(page)
    step("end")
    expect(english.locator("main")).to_contain_text("This room has ended", timeout=PATIENCE)


def test_a_guess_without_a_network_is_kept_and_counts_when_it_is_back(
    room_server: LiveServer, rooms: Rooms, phone: Callable[[str, str], Page]
):
    room = rooms.open()
    page = phone("zh-CN", "light")
    page.goto(f"{room_server.address}/join/{room.code}")
    served(room_server, room.code, room.secret, {"do": "ask", "question": NUMBER.as_json()})
    follows(page, NUMBER.text.zh)
    page.get_by_role("textbox").fill("80")
    page.context.set_offline(True)
    expect(page.locator("#strip")).to_contain_text("连接已断开", timeout=PATIENCE)
    assert page.get_by_role("textbox").input_value() == "80", "what was typed stays"
    page.get_by_role("button", name="提交猜测").tap()
    expect(page.locator("main")).to_contain_text("已保存在本机", timeout=PATIENCE)
    assert rooms.counts(room.code).guesses == 0
    page.context.set_offline(False)
    expect(page.locator("main")).to_contain_text("已计入", timeout=PATIENCE)
    expect(page.locator("#strip")).to_be_hidden()
    assert rooms.overview(room.code, room.secret).participants == ((1, 80.0),)
    page.reload()
    expect(page.locator("main")).to_contain_text("已计入", timeout=PATIENCE)
    assert rooms.counts(room.code).participants == 1, "the same phone, not another one"

    served(room_server, room.code, room.secret, {"do": "restart"})
    expect(page.get_by_role("textbox")).to_be_visible(timeout=FOLLOWS)
    page.get_by_role("textbox").fill("85")
    page.context.set_offline(True)
    page.get_by_role("button", name="提交猜测").tap()
    expect(page.locator("main")).to_contain_text("已保存在本机", timeout=PATIENCE)
    served(room_server, room.code, room.secret, {"do": "close"})
    page.context.set_offline(False)
    expect(page.locator("main")).to_contain_text("到达时本题已截止，不计入结果", timeout=PATIENCE)
    served(room_server, room.code, room.secret, {"do": "remove", "number": 1})
    expect(page.locator("main")).to_contain_text("讲者已将此设备移出房间", timeout=PATIENCE)


def test_a_presenter_opens_asks_and_reveals_on_the_page_and_on_a_second_device(
    room_server: LiveServer, phone: Callable[[str, str], Page], browser: Browser
):
    context = browser.new_context(locale="en-GB", viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    desk = context.new_page()
    desk.set_default_timeout(PATIENCE)
    desk.goto(f"{room_server.address}/room")
    desk.get_by_role("button", name="Open a room").click()
    code = desk.locator(".st-key-room_code h1").inner_text().replace(" ", "")
    assert re.fullmatch(r"\d{6}", code)
    expect(desk.get_by_text("Only the local address of this machine is known")).to_be_visible()
    assert desk.locator("img.room-qr").count() == 0, "no phone could open it"
    desk.get_by_label("Question", exact=True).fill("How many?")
    for typed in ("4 0", "４０,0"):
        desk.get_by_label("True answer (optional)").fill(typed)
        desk.keyboard.press("Tab")
        desk.get_by_role("button", name="Ask now").click()
        if typed == "4 0":
            expect(desk.get_by_text("“4 0” is no number")).to_be_visible()
    expect(desk.get_by_role("heading", name="How many?")).to_be_visible()
    guest = phone("en-GB", "dark")
    guest.goto(f"{room_server.address}/join/{code}")
    guest.get_by_role("textbox").fill("30")
    guest.get_by_role("button", name="Send my guess").tap()
    expect(guest.locator("main")).to_contain_text("Your guess counts", timeout=PATIENCE)
    counts = desk.locator(".st-key-room_counts")
    expect(counts).to_contain_text(re.compile(r"in the room\s*1\s*guessed\s*1"), timeout=PATIENCE)
    assert desk.locator(".st-key-room_guesses").count() == 0, "the projector hides the guesses"

    desk.get_by_role("button", name="Presenter’s link").click()
    link = desk.locator(".st-key-room_speaker code, [data-testid=stPopoverBody] code").first.inner_text().strip()
    second = phone("zh-CN", "light")
    second.goto(link)
    expect(second.get_by_role("img", name="1 个猜测的分布")).to_be_visible(timeout=PATIENCE)
    fits(second)
    second.get_by_role("button", name="公布答案").tap()
    follows(guest, "True answer: 40")
    desk.keyboard.press("Escape")
    expect(desk.locator(".st-key-room_guesses .js-plotly-plot")).to_be_visible(timeout=PATIENCE)
    expect(desk.locator(".st-key-finding_room_guesses")).to_contain_text("True answer: 40")
    second.locator("#asking summary").tap()
    second.locator("#text").fill("多少？")
    for typed in ("四十", "１２,５"):
        second.locator("#truth").fill(typed)
        second.get_by_role("button", name="开始提问").tap()
        if typed == "四十":
            with second.expect_response("**/speaker"):  # it looks each second, and leaves the refusal in place
                pass
            expect(second.get_by_role("alert")).to_contain_text("“四十”不是数字")
    follows(guest, "多少？")
    second.get_by_role("button", name="公布答案").tap()
    follows(guest, "True answer: 12.5")
    desk.get_by_role("button", name="End the room").click()
    expect(desk.get_by_text("The room has ended.")).to_be_visible(timeout=PATIENCE)
    expect(guest.locator("main")).to_contain_text("This room has ended", timeout=PATIENCE)
    context.close()


def served(server: LiveServer, code: str, secret: str, body: dict[str, Any]) -> None:
    status, answer, _ = ask(server.address, "POST", f"/rooms/{code}/speaker", secret, body)
    assert status == 200, answer
