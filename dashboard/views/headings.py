"""Headings with the same id in every language, so that a link to `#id` holds in all of them."""

import re
from html import escape

import streamlit as st

from dashboard import session, words
from scenarios.text import Language, Text

_WORDS = re.compile(r"[a-z]+|[0-9]+")
_HEADING = re.compile(r"^(#{3,6}) (.+)$", re.MULTILINE)  # in a Markdown file of our own


def anchor(english: str) -> str:
    """Return the id of a heading: the one that Streamlit gives to its English text, so that older links hold."""
    return "-".join(_WORDS.findall(re.sub("['’]", "", english).lower()))


def draw_heading(text: Text, level: int = 3) -> None:
    """Draw a heading without marks of Markdown, of level 1 to 6."""
    draw = {1: st.title, 2: st.header, 3: st.subheader}.get(level)
    if draw is None:
        st.markdown(_markup(text[session.language()], text.en, level), unsafe_allow_html=True)
    else:
        draw(words.spaced(text[session.language()]), anchor=anchor(text.en))


def with_anchors(text: Text, language: Language) -> str:
    """Return Markdown for `unsafe_allow_html`, with its headings as HTML; both languages have as many."""
    english = (found[2] for found in _HEADING.finditer(text.en))
    return _HEADING.sub(lambda found: _markup(found[2], next(english), len(found[1])), text[language])


def _markup(title: str, english: str, level: int) -> str:
    """Return a heading as HTML: Streamlit has no `anchor` for headings in Markdown."""
    return f'<h{level} data-anchor="{anchor(english)}">{escape(words.spaced(title))}</h{level}>\n'
