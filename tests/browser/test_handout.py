"""Promise: a lesson can be handed out on paper: questions on one page, figures as shown with their answers after it."""

import re
from html import unescape
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
import zxingcpp
from PIL import Image

from dashboard.presenting import lesson as lessons
from dashboard.presenting.lesson import in_language
from dashboard.views import handout, lesson_facts
from scenarios.text import LANGUAGES, Language
from tests.browser.tab import Tab

SHORT = "five-labels"  # which has a figure that the worker computes
OTHERS = ("credit", "driving", "learning-to-learn", "medicine")  # of twenty and of forty-five minutes
_PAGE = re.compile(rb"/Type\s*/Page\b(?!s)")


def _pages(tab: Tab, html: str, link: str | None = None) -> int:
    """Return how many pages of A4 a browser prints. Their QR code, if there is one, leads to a link."""
    paper = tab.page.context.new_page()
    try:
        paper.set_content(html)
        with Image.open(BytesIO(paper.screenshot())) as picture:
            assert [code.text for code in zxingcpp.read_barcodes(picture)] == ([link] if link else [])
        return len(_PAGE.findall(paper.pdf(prefer_css_page_size=True)))
    finally:
        paper.close()


def _figures(html: str) -> list[str]:
    return re.findall(r"<svg .*?</svg>", html, re.DOTALL)


@pytest.mark.parametrize("language", LANGUAGES)
def test_ten_minutes_are_two_pages_and_the_answers_are_on_the_second(tab: Tab, tmp_path: Path, language: Language):
    tab.open("present", lang=language)
    lesson = in_language(lesson_facts.filled_translations(lessons.load(SHORT)), language)
    figures = len({(step.page, step.figure, str(step.view)) for step in lesson.steps if step.figure})
    for _ in range(3):  # a busy worker may not have a figure in time: then one downloads the handout again
        with tab.page.expect_download() as download:
            tab.keyed(f"handout_{SHORT}").locator("button").click()
        assert download.value.suggested_filename == f"{SHORT}-handout.{language}.html"
        download.value.save_as(tmp_path / "handout.html")
        html = (tmp_path / "handout.html").read_text("utf-8")
        questions, answers = html.split("</section>", 1)
        if len(_figures(answers)) == figures:
            break
    assert len(_figures(answers)) == figures
    assert _pages(tab, html) == 2
    asked, told = unescape(questions), unescape(answers)
    for step in lesson.steps:
        assert step.question is None or step.question.ask in asked
        if step.found:
            assert step.found in told
            assert step.found not in asked
    assert not re.search(r"<script|https?://(?!www\.w3\.org)", html), "it needs no network, and knows no address here"


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_longer_lessons_are_two_pages_too_and_figures_are_as_shown(tab: Tab, name: str, language: Language):
    lesson = in_language(lesson_facts.filled_translations(lessons.load(name)), language)
    link = f"https://study.example.org/present?lesson={name}"
    html = handout.as_html(lesson, link)
    assert _pages(tab, html, link) == 2
    assert html.count("data:image/svg+xml") == 1, "the QR code"
    for drawn in _figures(html):
        whole = ElementTree.fromstring(drawn)
        assert len(whole.attrib["aria-label"]) > 10
        assert len("".join(whole.itertext())) > 10
        assert not re.search(r"nan|inf\b|#0000\d\d", drawn), "a number or a colour was lost"


def test_what_a_presenter_wrote_is_text_on_paper(tab: Tab):
    lesson = lessons.read(_HOSTILE.encode(), "mine.en.toml")
    html = handout.as_html(lesson, None)
    assert "<img src=x" not in html
    assert "&lt;img src=x&gt;" in html
    assert _pages(tab, html) == 2


_HOSTILE = """
title = "<img src=x>"
language = "en"
objectives = ["<b>One</b> & two"]
[[steps]]
title = "A"
say = "<img src=x>"
minutes = 1
[steps.question]
ask = "</ol><img src=x>"
kind = "choice"
choices = ["<img src=x>", "B"]
answer = "B"
"""
