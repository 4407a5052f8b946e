"""Promise: a lesson can be read from the last row, obeys a clicker, and tells no answer before it is revealed."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Route

from dashboard.presenting import lesson as lessons
from dashboard.views import lesson_facts
from scenarios.publication import results
from scenarios.publication.results import StudyResults
from tests.browser.tab import PHONE, POLLING, Tab

PROJECTORS = {(1280, 720): 19, (1920, 1080): 28}  # px -> the smallest letter; the last is that of the lesson
_LETTERS = """() => {
    const sizes = [];
    const screen = document.querySelector('.st-key-stage');
    for (const [x, y] of [[5, 5], [innerWidth - 5, 5], [innerWidth / 2, innerHeight / 2], [5, innerHeight - 5]])
        if (!screen.contains(document.elementFromPoint(x, y))) sizes.push([0, 'something lies over the screen']);
    const walker = document.createTreeWalker(screen, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const parent = node.parentElement;
        const seen = parent.checkVisibility({visibilityProperty: true, opacityProperty: true});
        if (!node.textContent.trim() || !seen) continue;
        if (parent.closest('style, script, [data-testid="stIconMaterial"]')) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        const box = range.getBoundingClientRect();
        if (!box.width || !box.height || box.bottom <= 0 || box.right <= 0 || box.top >= innerHeight) continue;
        const stage = parent.closest('.st-key-slides');
        const scale = stage ? stage.getBoundingClientRect().width / 800 : 1;
        sizes.push([parseFloat(getComputedStyle(parent).fontSize) * scale, node.textContent.trim()]);
    }
    return sizes;
}"""
_CONTRAST = """() => {
    const linear = c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    const shine = parts => parts.map(c => linear(c / 255))
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const rgb = text => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
    const ground = shine(rgb(getComputedStyle(document.querySelector('.st-key-stage')).backgroundColor));
    return [...document.querySelectorAll('.xtick text, .ytick text, .gtitle, .xtitle, .ytitle')]
        .filter(text => text.checkVisibility({visibilityProperty: true})).map(text => {
            const [low, high] = [shine(rgb(getComputedStyle(text).fill)), ground].sort((a, b) => a - b);
            return (high + 0.05) / (low + 0.05);
        });
}"""
_SHARE = """() => {
    const chart = [...document.querySelectorAll('.js-plotly-plot .main-svg')]
        .find(chart => chart.checkVisibility({visibilityProperty: true}));
    if (!chart) return 0;  // it is drawn anew
    const box = chart.getBoundingClientRect();
    const seen = (a, b, most) => Math.min(b, most) - Math.max(a, 0);
    return seen(box.left, box.right, innerWidth) * seen(box.top, box.bottom, innerHeight) / (innerWidth * innerHeight);
}"""
_SHIFT = """() => new Promise(resolve => {
    let sum = 0;
    new PerformanceObserver(list => {
        for (const entry of list.getEntries()) if (!window.resizing) sum += entry.value;
    })
        .observe({type: 'layout-shift', buffered: false});
    window.shifted = () => sum;
    resolve();
})"""


def wait_for_step(tab: Tab, step: int) -> None:
    tab.page.wait_for_function(f"() => document.documentElement.dataset.slide === '{step}'", polling=POLLING)


@pytest.fixture
def stage(tab: Tab) -> Tab:
    """The first step of a lesson, on a projector."""
    tab.resize((1920, 1080))
    tab.page.goto(f"{tab._server}/present?lang=en&lesson=five-labels")
    tab.page.wait_for_selector(".st-key-stage .js-plotly-plot .main-svg", state="attached")
    tab.settle()
    yield tab
    tab.page.keyboard.press("Escape")
    tab.page.wait_for_selector(".st-key-stage", state="detached")


def sent(page: Page, place: int) -> str:
    """All that a curious participant finds of a step and later ones: words, alternative texts, the data of figures."""
    return page.evaluate(
        """place => [...document.querySelectorAll('[class*="st-key-slide_"]')]
            .filter(slide => Number(slide.className.match(/st-key-slide_(\\d+)/)[1]) >= place)
            .map(slide => slide.textContent + [...slide.querySelectorAll('[aria-label], [placeholder]')]
                .map(each => each.getAttribute('aria-label') + each.getAttribute('placeholder'))
                + JSON.stringify([...slide.querySelectorAll('.js-plotly-plot')]
                    .map(plot => [plot.data, plot.layout.annotations, plot._transitionData]))).join()""",
        place,
    )


@pytest.mark.published
def test_a_lesson_runs_with_a_clicker_alone_and_tells_no_answer_early(stage: Tab):
    page, lesson = stage.page, lesson_facts.filled(lessons.load("five-labels")["en"])
    wait_for_step(stage, 0)
    page.evaluate(_SHIFT)
    for place, step in enumerate(lesson.steps, start=1):
        page.keyboard.press("PageDown")
        wait_for_step(stage, place)
        stage.wait_for_address(at=place)
        if step.is_guessed:
            assert step.found not in sent(page, place)
            if step.question and step.question.unit:  # the others are small numbers or words, as axes have
                assert step.question.answer.strip("%") not in sent(page, place)
            page.keyboard.press(" ")
            page.locator(f".st-key-ask_{place}", has_text=step.found[:30]).wait_for()
            stage.settle()
        page.evaluate("() => { window.resizing = true; }")  # which moves everything, as it should
        for size, least in PROJECTORS.items():
            stage.resize(size)
            page.wait_for_function("width => innerWidth === width", arg=size[0], polling=POLLING)
            page.wait_for_timeout(150)
            small = [each for each in page.evaluate(_LETTERS) if each[0] < least]
            assert small == [], (step.title, size)
            if step.figure:
                page.wait_for_function(f"() => ({_SHARE})() >= 0.6", polling=POLLING, timeout=20_000)
                assert min(page.evaluate(_CONTRAST)) >= 4.5, (step.title, size)
        page.wait_for_timeout(150)
        page.evaluate("() => { window.resizing = false; }")
    assert page.evaluate("() => window.shifted()") < 0.1
    page.keyboard.press("PageUp")
    wait_for_step(stage, len(lesson.steps) - 1)
    assert stage.errors() == []
    assert stage.violations == []


@pytest.fixture
def release(tab: Tab) -> Iterator[Callable[[], None]]:
    """Streamlit's styles and scripts are on their way until they are released."""
    held: list[Route] | None = []

    def hold(route: Route) -> None:
        if held is None:
            route.continue_()
        else:
            held.append(route)

    def release() -> None:
        nonlocal held
        waiting, held = held or [], None
        for route in waiting:
            route.continue_()

    for kind in ("js/index*.js", "css/*.css"):
        tab.page.route(f"**/static/{kind}", hold)
    yield release
    release()
    tab.page.unroute_all()


@pytest.mark.parametrize(("seconds", "place"), [(5, 1), (30, 0)])
def test_a_press_waits_for_a_page_that_comes_late_and_is_forgotten_later(
    tab: Tab, release: Callable[[], None], seconds: int, place: int
):
    page = tab.page
    page.goto(f"{tab._server}/present?lang=en&lesson=five-labels", wait_until="commit")
    page.wait_for_selector("head > script", state="attached")
    page.evaluate("() => { const pressed = Date.now(); Date.now = () => pressed; }")
    page.keyboard.press("PageDown")
    page.wait_for_function("() => window.quickStudyPress", polling=POLLING)
    page.evaluate("ms => { const late = Date.now() + ms; Date.now = () => late; }", 1000 * seconds)
    release()
    page.wait_for_selector(".st-key-present_close button", state="attached")
    tab.settle()
    wait_for_step(tab, place)


def test_a_reload_right_after_a_press_goes_on_from_the_screen_that_was_seen(stage: Tab):
    page = stage.page
    wait_for_step(stage, 0)
    page.keyboard.press("PageDown")
    wait_for_step(stage, 1)
    page.reload()  # before the address follows, unless the machine is slow
    wait_for_step(stage, 1)
    stage.wait_for_address(at=1)
    page.keyboard.press("PageUp")
    wait_for_step(stage, 0)
    page.wait_for_function("() => !new URLSearchParams(location.search).has('at')", polling=POLLING)
    page.go_back()
    stage.wait_for_address(at=1)
    page.reload()
    page.wait_for_selector(".st-key-present_close button", state="attached")
    stage.settle()
    wait_for_step(stage, 1)


@pytest.mark.published
def test_a_guess_is_compared_with_the_truth_and_the_page_behind_the_figure_is_one_press_away(stage: Tab):
    page = stage.page
    page.keyboard.press("PageDown")
    wait_for_step(stage, 1)
    page.locator(".st-key-guess_1 input").fill("1 5")
    page.locator(".st-key-commit_1 button").click()
    page.locator(".st-key-asking_1", has_text="“1 5” is no number").wait_for()
    page.locator(".st-key-guess_1 input").fill("０，０")
    page.keyboard.press("Space")
    wait_for_step(stage, 1)
    page.locator(".st-key-commit_1 button").click()
    page.locator(".st-key-answered_1", has_text="Your guess, 0, is off by 1.3").wait_for()
    page.locator(".st-key-slide_1 a").click()
    page.wait_for_url("**/sine?**")
    stage.settle()
    assert {"shots": "5", "seed": "1"}.items() <= stage.address().items()
    assert "lesson" not in stage.address()
    page.go_back()
    page.wait_for_selector(".st-key-stage")


@pytest.mark.published
def test_a_presenter_makes_it_fail_on_the_stage_with_keys_alone(stage: Tab):
    page, novelty = stage.page, results.read(StudyResults, "medical_diagnosis").novelty
    at = next(n for n, step in enumerate(lessons.load("five-labels")["en"].steps, start=1) if step.slider)
    page.goto(f"{stage._server}/present?lang=en&lesson=five-labels&at={at}&reveal=1")
    words = page.locator(f".st-key-slide_{at} .slider-group")
    words.filter(has_text="ρ = 0").wait_for()
    stage.settle()
    for key, place in (("ArrowUp", 1), ("ArrowUp", 2), ("ArrowDown", 1), ("End", 1), ("Home", 0)):
        page.keyboard.press(key)
        score = 100 * novelty.score["maml"][place, 0]
        words.filter(has_text=f"ρ = {novelty.rho[place]:g}").filter(has_text=f"meta-learned {score:.1f}%").wait_for()
        drawn = page.evaluate(
            "at => Math.max(...document.querySelector(`.st-key-slide_${at} .js-plotly-plot`).data.at(-1).x)", at
        )
        assert drawn == novelty.rho[place]
    assert [each for each in page.evaluate(_LETTERS) if each[0] < PROJECTORS[1920, 1080]] == []
    for scheme in ("dark", "light"):  # the lights go out, and on again
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(f"() => Math.min(...({_CONTRAST})()) >= 4.5", polling=POLLING, timeout=20_000)
    lingering = "e => !e.closest('svg') && getComputedStyle(e).transitionDuration !== '0s'"
    assert (
        page.evaluate(
            f"[...document.querySelectorAll('.st-key-slides :is(button, a)')].filter({lingering}).map(e => e.className)"
        )
        == []
    )
    stage.resize(PHONE)
    ends = """([at, most]) => {
        const figure = document.querySelector(`.st-key-figure_${at}`);
        figure.scrollTo(9999, 0);
        return figure.querySelector('.main-svg').getBoundingClientRect().right <= most;
    }"""
    page.wait_for_function(ends, arg=[at, PHONE[0] + 1], polling=POLLING)  # one scrolls to the end of a wide chart
