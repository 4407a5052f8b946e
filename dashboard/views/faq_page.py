"""Frequently asked questions: one pair of Markdown files each, answered with figures of our own."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st

from dashboard import compute, reader, words
from dashboard.compute import Study
from dashboard.views import parts
from dashboard.views.pictures import labels_picture, novelty_picture
from scenarios.catalog import SCENARIOS
from scenarios.errors import ReaderError

FOLDER = Path(__file__).resolve().parents[1] / "faq"


def questions() -> list[str]:
    """The names of the questions, in the order of their numbers."""
    return sorted(file.name.removesuffix(".en.md") for file in FOLDER.glob("*.en.md"))


_PICTURES: dict[str, Callable[[Study], None]] = {
    "1-how-does-it-differ": partial(labels_picture, shots=5, height=330),
    "6-when-does-it-fail": partial(novelty_picture, height=330),
}


def show() -> None:
    tongue = reader.language()
    st.title(words.QUESTIONS[tongue])
    try:
        study = compute.study(next(iter(SCENARIOS)))
    except ReaderError as error:
        st.error(error.text[tongue])
        return
    facts = parts.facts(study, tongue)
    for name in questions():
        heading, answer = parts.prose(FOLDER, name, tongue).split("\n", 1)
        with st.expander(f"**{heading.removeprefix('# ')}**", expanded=True):
            if name in _PICTURES:
                text, picture = st.columns([1.25, 1], gap="large", vertical_alignment="center")
                with picture:
                    _PICTURES[name](study)
            else:
                text = st.container()
            text.markdown(answer.format(**facts))
