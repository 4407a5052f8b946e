"""The glossary, with terms in both languages and meanings in the user's own."""

import streamlit as st

from dashboard import pages, session, words
from dashboard.glossary import TERMS, Term
from dashboard.views import searching
from dashboard.views.headings import draw_heading
from scenarios.text import Language, Text

_LEAD = Text(
    en="Every term in English and in Chinese, and what it means on these pages.",
    zh="每个术语的中文和英文名称，以及它在本站的含义。",
)
_SEARCH = Text(en="Search terms and meanings", zh="搜索术语和释义")
_FOUND = Text(en="Found: {found} of {all} terms.", zh="共 {all} 个术语，找到 {found} 个。")
_NONE_FOUND = Text(
    en="No results. Try fewer or different words.",
    zh="没有结果。请减少或更换搜索词。",
)


def show() -> None:
    language = session.language()
    draw_heading(pages.TITLE["glossary"], 1)
    st.markdown(_LEAD[language])
    sought = searching.words_sought(_SEARCH, key="glossary_search")
    terms = [term for term in in_order(language) if searching.holds(_told(term, language), sought)]
    if not terms:
        st.info(_NONE_FOUND[language], icon=":material/search_off:")
        return
    if sought:
        st.caption(_FOUND.format(found=len(terms), all=len(TERMS))[language])
    half = (len(terms) + 1) // 2
    for column, some in zip(st.columns(2, gap="large"), (terms[:half], terms[half:]), strict=True):
        with column:
            for term in some:
                st.markdown(_entry(term, language))


_READ_AS = {0x6821: 0x53EB}  # in the word for calibration, jiao, where the numbering goes by xiao


def in_order(language: Language) -> list[Term]:
    """Return terms sorted by their names in the user's language: Latin letters first, then characters by pinyin."""
    if language == "en":
        return sorted(TERMS.values(), key=lambda term: term.name.en.casefold())
    # GB 18030 numbers the common characters by pinyin.
    return sorted(TERMS.values(), key=lambda term: term.name.zh.translate(_READ_AS).casefold().encode("gb18030"))


def _told(term: Term, language: Language) -> str:
    """Return the text that a search covers: both names, and the meaning in the user's language."""
    return "\n".join([term.name.en, term.name.zh, _meaning(term, language)])


def _meaning(term: Term, language: Language) -> str:
    return (term.meaning if term.more is None else words.joined(term.meaning, term.more))[language]


def _entry(term: Term, language: Language) -> str:
    other: Language = "zh" if language == "en" else "en"
    return f"**{term.name[language]}** · :gray[{term.name[other]}]  \n{_meaning(term, language)}"
