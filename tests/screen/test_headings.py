"""Promise: a heading has the same id in every language, the one that links to its English page have always had."""

import re

import pytest

from dashboard import pages
from dashboard.views.headings import anchor
from scenarios.text import LANGUAGES
from tests.live_server import LiveServer
from tests.screen.test_pages import NAME
from tests.visitor import Visitor


@pytest.mark.parametrize(
    ("english", "expected"),
    [
        ("FAQ", "faq"),
        ("The article's references, checked", "the-articles-references-checked"),
        ("1 · Task: a map of the tasks", "1-task-a-map-of-the-tasks"),
        ("All matured accounts (good + bad)", "all-matured-accounts-good-bad"),
        ("By MAML's training tasks, at twist 1", "by-mamls-training-tasks-at-twist-1"),
    ],
)
def test_the_id_is_the_one_that_streamlit_gives_to_the_english_heading(english: str, expected: str):
    assert anchor(english) == expected


@pytest.mark.parametrize(("page", "parts"), [("challenges", {}), (NAME, {"section": "story"}), ("faq", {})])
def test_ids_are_the_same_in_both_languages(server: LiveServer, page: str, parts: dict[str, str]):
    ids = []
    for language in LANGUAGES:
        with Visitor(server.address) as visitor:
            screen = visitor.open(page, lang=language, **parts)
            in_markup = re.findall(r'data-anchor="([^"]*)"', "".join(each.body for each in screen.elements("markdown")))
            ids.append([each.anchor for each in screen.elements("heading")] + in_markup)
    assert ids[0] == ids[1]
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", each) for each in ids[0])
    assert len(ids[0]) > 2
    if page in pages.TITLE and page != NAME:
        assert ids[0][0] == anchor(pages.TITLE[page].en)
