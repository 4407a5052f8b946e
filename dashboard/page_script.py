"""The scripts of every page, for browser actions without a Streamlit message: language, URL, animations.

The content security policy allows them by their hashes; values that differ are passed as data attributes.
"""

import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

from dashboard import words
from dashboard.charts.themes import THEMES
from dashboard.language import TAG
from scenarios.text import Language

_ONCE = ("plots.js", "charts.js", "answers.js")  # run once a visit


def _script(*names: str) -> str:
    text = "".join(Path(__file__).with_name(name).read_text(encoding="utf-8") for name in names)
    return text.replace("THEMES", json.dumps(THEMES), 1)


SCRIPTS = _script("page.js"), _script(*_ONCE)
THEME = _script("theme.js")  # in the first page that is sent, before Streamlit's own
LASTING = f"<script>{SCRIPTS[1]}</script>"  # in an element of its own: one that never changes is sent once


def markup(language: Language, seen: Sequence[Mapping[str, str]], address: Mapping[str, str]) -> str:
    """Return the script that runs on every change, with its data, as HTML.

    Parameters
    ----------
    language : Language
        The language of the page.
    seen : sequence of mapping
        Incomplete queries of the URL: the browser replaces any of them.
    address : mapping
        The complete query.
    """
    data = {"language": TAG[language], "step": words.PLAYER_STEP[language]}
    # Text from a URL is never put into a page unencoded, not even as data.
    data |= {"seen": quote(json.dumps(seen)), "address": json.dumps(address)}
    attributes = " ".join(f'data-{name}="{escape(value)}"' for name, value in data.items())
    return f"<div {attributes}></div><script>{SCRIPTS[0]}</script>"
