"""Frequently asked questions: one pair of Markdown files each, answered with figures of our own."""

from pathlib import Path

import streamlit as st

from dashboard import compute, reader, words
from dashboard.views import parts
from scenarios.catalog import SCENARIOS
from scenarios.errors import ReaderError

FOLDER = Path(__file__).resolve().parents[1] / "faq"


def questions() -> list[str]:
    """The names of the questions, in the order of their numbers."""
    return sorted(file.name.removesuffix(".en.md") for file in FOLDER.glob("*.en.md"))


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
            st.markdown(answer.format(**facts))


