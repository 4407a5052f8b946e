"""Promise: a lesson with a room runs from its first screen to its last: projector, presenter's notes, phones."""

import re
import signal
from collections.abc import Iterator
from io import BytesIO

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from dashboard.presenting import lesson as lessons
from dashboard.presenting.lesson import in_language
from dashboard.rooms import Rooms
from dashboard.views import lesson_facts, lesson_room
from tests.browser.tab import PATIENCE, PHONE
from tests.live_server import LiveServer
from tests.room_phone import rooms_and_server

PROJECTOR = (1920, 1080)
SENT = {"en": "Your guess counts", "zh": "已计入"}


@pytest.fixture
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Rooms, LiveServer]]:
    folder = tmp_path_factory.mktemp("rooms")
    with rooms_and_server(folder, QUICK_STUDY_ADDRESS="https://study.example.org") as both:
        yield both


@pytest.fixture
def kept(both: tuple[Rooms, LiveServer]) -> Rooms:
    return both[0]


@pytest.fixture
def room_server(both: tuple[Rooms, LiveServer]) -> LiveServer:
    return both[1]


def tab(browser: Browser, locale: str, size: tuple[int, int]) -> Page:
    context = browser.new_context(
        locale=locale, viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce", has_touch=size == PHONE
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    return page


def photographed(stage: Page, share: float) -> list[str]:
    """Return the QR codes that a camera reads in the picture on the wall, `share` of which each code is high."""
    code = stage.locator("img.room-qr").bounding_box()
    assert code is not None
    with Image.open(BytesIO(stage.screenshot())) as picture:
        far = share * picture.height / code["height"]
        return [each.text for each in zxingcpp.read_barcodes(picture.resize([round(far * n) for n in picture.size]))]


def guess(phone: Page, kind: str) -> None:
    if kind == "choice":
        phone.get_by_role("radio").first.check()
    else:
        phone.get_by_role("slider").focus()
        phone.keyboard.press("ArrowRight")
    phone.locator("button.main").tap()


def press_while_nobody_answers(stage: Page, key: str) -> None:
    """Press a key on a stage whose socket is open, but whose questions are not answered, as in a crowded network."""
    strip = stage.get_by_text("No connection to the server")
    stage.context.set_offline(True)
    expect(strip).to_be_visible()
    stage.keyboard.press(key)
    stage.wait_for_timeout(500)
    stage.context.set_offline(False)
    expect(strip).to_be_hidden()


@pytest.mark.published
def test_a_lesson_with_a_room_runs_from_the_first_screen_to_the_last(
    room_server: LiveServer, kept: Rooms, browser: Browser
):
    lesson = lesson_facts.filled_translations(lessons.load("five-labels"))
    english = in_language(lesson, "en")
    stage = tab(browser, "en-GB", PROJECTOR)
    phones = {"en": tab(browser, "en-GB", PHONE), "zh": tab(browser, "zh-CN", PHONE)}
    notes = tab(browser, "zh-CN", PHONE)
    expect.set_options(timeout=PATIENCE)

    stage.goto(f"{room_server.address}/present?lang=en&lesson=five-labels")
    stage.get_by_role("button", name="Open a room").click()
    code = stage.locator(".st-key-room_code h1").inner_text().replace(" ", "")
    expect(stage.locator(f'img.room-qr[alt*="study.example.org/join/{code}"]')).to_be_visible()
    for share in (1 / 2, 1 / 10):
        assert photographed(stage, share) == [f"https://study.example.org/join/{code}"], "nor the presenter's secret"
    stage.get_by_role("button", name="Presenter’s link").click()
    link = stage.locator("[data-testid=stPopoverBody] code").inner_text().strip()
    notes.goto(link.replace("https://study.example.org", room_server.address))
    stage.keyboard.press("Escape")
    expect(stage.locator("[data-testid=stPopoverBody]")).to_be_hidden()
    for phone in phones.values():
        phone.goto(f"{room_server.address}/join/{code}")
    expect(stage.locator(".st-key-invitation")).to_contain_text("in the room: 2")

    for place, step in enumerate(english.steps, start=1):
        stage.keyboard.press("PageDown")
        asked = lesson_room.asked_on_phones(lesson, place)
        expect(notes.locator("main")).to_contain_text(in_language(lesson, "zh").steps[place - 1].title)
        if asked is None:
            expect(phones["zh"].locator("main")).to_contain_text("题目会自动显示在这里")
            continue
        for language, phone in phones.items():
            expect(phone.locator("h1")).to_have_text(asked.text[language])
        if place == 2:
            phones["en"].context.set_offline(True)
            expect(phones["en"].locator("#strip")).to_be_visible()
        for language, phone in phones.items():
            guess(phone, asked.kind)
            if place == 2 and language == "en":
                expect(phone.locator("main")).to_contain_text("It is kept on this phone")
                phone.context.set_offline(False)
            expect(phone.locator("main")).to_contain_text(SENT[language])
        if place == 3:
            expect(stage).to_have_url(re.compile(rf"[?&]at={place}(&|$)"))  # the step that a reload returns to
            stage.reload()
            stage.wait_for_selector(f".st-key-asking_{place}", state="attached")  # a press now is not lost
        else:
            expect(stage.locator(f".st-key-room_{place}")).to_contain_text("guessed: 2 of 2")
            assert stage.locator(f".st-key-guesses_{place}").count() == 0, "the room sees no guesses before the answer"
        if place == 5:
            press_while_nobody_answers(stage, "Space")
            expect(stage.locator(f".st-key-asking_{place}")).to_be_visible()
        stage.keyboard.press("Space")
        shown = stage.locator(f".st-key-guesses_{place} .main-svg").first
        expect(shown).to_be_visible()
        expect(phones["zh"].locator("main")).to_contain_text(re.compile("正确答案|大家的看法"))
        expect(notes.locator("main")).to_contain_text("已公布")
        stage.keyboard.press("PageDown")
        expect(shown).to_be_hidden()
        if step.found:
            expect(stage.locator(f".st-key-ask_{place}")).to_contain_text(step.found[:30])
    stage.keyboard.press("PageDown")
    expect(stage.locator(f".st-key-cover_{len(english.steps) + 1}")).to_be_visible()
    expect(phones["en"].locator("main")).to_contain_text("You have joined")
    assert kept.counts(code).participants == 2
    rows = kept.export(code, link.partition("#")[2]).splitlines()
    questions = sum(lesson_room.asked_on_phones(lesson, place) is not None for place in range(len(english.steps) + 1))
    assert len(rows) == 1 + 2 * questions, "every guess of both phones, once"
    room_server.process.send_signal(signal.SIGSTOP)
    stage.keyboard.press("PageUp")  # which the server answers after the next press
    expect(stage.get_by_text("No connection to the server")).to_be_visible()
    stage.keyboard.press("PageUp")
    room_server.process.send_signal(signal.SIGCONT)
    expect(stage).to_have_url(re.compile(f"at={len(english.steps) - 1}"))
    room_server.process.kill()
    expect(stage.get_by_text("No connection to the server")).to_be_visible()
    stage.keyboard.press("PageUp")
    expect(stage.locator(f".st-key-say_{len(english.steps) - 2}")).to_be_visible()
    stage.wait_for_timeout(5_000)
    expect(stage.get_by_text("Streamlit server is not responding")).to_be_hidden()
    for page in (stage, notes, *phones.values()):
        page.context.close()
