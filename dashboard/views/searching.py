"""Search by words: one box, which filters while the user types, and the number of results."""

from unicodedata import normalize

import streamlit as st

from dashboard import session
from scenarios.text import Text

_HINT = Text(en="one or several words", zh="输入一个或几个词")
_LONGEST = 80  # letters
_WIDTH = 560  # pixels


def words_sought(label: Text, *, key: str) -> list[str]:
    """Draw the search box. Returns its words; none while it is empty."""
    typed = st.text_input(
        label[session.language()],
        key=key,
        type="search",
        icon=":material/search:",
        max_chars=_LONGEST,
        placeholder=_HINT[session.language()],
        live=True,
        width=_WIDTH,
    )
    return _plain((typed or "")[:_LONGEST]).split()  # only the browser keeps to max_chars


def holds(text: str, sought: list[str]) -> bool:
    """Whether all the words are in a text, in capitals or not."""
    text = _plain(text)
    return all(word in text for word in sought)


def _plain(text: str) -> str:
    """Full-width letters and capitals are the same letters."""
    return normalize("NFKC", text).casefold()
