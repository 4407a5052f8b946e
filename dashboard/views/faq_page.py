"""Frequently asked questions: a pair of Markdown files each, with measured figures filled in.

General questions are in `dashboard/faq/`, those of a scenario in its own folder.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

import scenarios
from dashboard import pages, permalink, results, session
from dashboard.views import facts, searching
from dashboard.views.headings import draw_heading
from dashboard.views.pictures import labels_section, novelty_section
from dashboard.views.section import Section, draw_section
from scenarios.catalog import SCENARIOS
from scenarios.errors import UserError
from scenarios.publication.results import StudyResults
from scenarios.text import Language, Text

FOLDER = Path(__file__).resolve().parents[1] / "faq"
_SEARCH = Text(en="Search questions and answers", zh="搜索问题和答案")
_GENERAL = Text(en="General", zh="通用问题")
_FOUND = Text(en="Found: {found} of {all} questions.", zh="共 {all} 个问题，找到 {found} 个。")
_NONE_FOUND = Text(
    en="No results. Try fewer or different words.",
    zh="没有结果。请减少或更换搜索词。",
)
_UNKNOWN = Text(
    en="The question in this link does not exist. Showing all questions.",
    zh="链接所指的问题不存在。以下是全部问题。",
)
_LINK = Text(en="Link to this answer", zh="本题链接")
_DRAWN_FROM = Text(en="Measured in: {title}", zh="数据来自场景：{title}")

# The charts that two general answers have, of the scenario whose figures the answer quotes first.
_SECTIONS: dict[str, Callable[[StudyResults, Language], Section]] = {
    "02-how-does-it-differ": lambda study, language: labels_section(study, 5, language, height=330),
    "11-when-does-it-fail": lambda study, language: novelty_section(study, language, height=330),
}


@dataclass(frozen=True)
class Question:
    """One question and its answer, in the user's language and with its figures."""

    code: str  # in addresses
    heading: str
    answer: str
    quoted: str = ""  # the scenario whose figures a general answer quotes first


@dataclass(frozen=True)
class Group:
    """The questions about one thing."""

    title: Text
    questions: tuple[Question, ...]


def questions(folder: Path = FOLDER) -> list[str]:
    """Return the names of the questions in a folder, in the order of their numbers."""
    names = (file.name.removesuffix(".en.md") for file in folder.glob("*.en.md"))
    return sorted(names, key=lambda name: int(name.split("-")[0]))


def folder_of(scenario_name: str) -> Path:
    """Return the folder with the questions of one scenario."""
    return Path(scenarios.__file__).parent / scenario_name / "faq"


def show() -> None:
    language = session.language()
    draw_heading(pages.TITLE["faq"], 1)
    figures, missing = facts.all_facts(language)
    for error in missing:
        st.error(error.text[language])
    sought = searching.words_sought(_SEARCH, key="faq_search")
    everything = list(_groups(figures, language))
    if sought:
        _found(everything, sought)
    else:
        _all(everything, session.view().question)


def _groups(figures: dict[str, dict[str, str]], language: Language) -> Iterator[Group]:
    """Yield the groups of questions, beginning with the scenario from which the user comes."""
    groups = {"": _general(figures, language)}
    for name, scenario in SCENARIOS.items():
        folder, known = folder_of(name), figures.get(name, {})
        group = tuple(_read(folder, question, f"{name}--", known, language) for question in questions(folder))
        if group:
            groups[name] = Group(scenario.prose.title, group)
    if first := groups.pop(session.view().about, None):
        yield first
    yield from groups.values()


def _general(figures: dict[str, dict[str, str]], language: Language) -> Group:
    prefixed = {f"{name}__{key}": value for name, known in figures.items() for key, value in known.items()}
    return Group(_GENERAL, tuple(_read(FOLDER, name, "", prefixed, language) for name in questions()))


def _read(folder: Path, name: str, prefix: str, known: dict[str, str], language: Language) -> Question:
    heading, answer = facts.prose(folder, name, language).split("\n", 1)
    quoted = re.search(r"\{(\w+?)__", answer)
    return Question(
        prefix + name,
        heading.removeprefix("# ").strip(),
        facts.fill_in(answer.strip(), known),
        quoted[1] if quoted else "",
    )


def _found(everything: list[Group], sought: list[str]) -> None:
    """Show the questions that contain the words searched for; a single one is open."""
    language = session.language()
    hits = [(group, [q for q in group.questions if _holds(q, sought)]) for group in everything]
    count = sum(len(questions) for _, questions in hits)
    if not count:
        st.info(_NONE_FOUND[language], icon=":material/search_off:")
        return
    st.caption(_FOUND.format(found=count, all=sum(len(group.questions) for group in everything))[language])
    for group, questions in hits:
        if questions:
            draw_heading(group.title)
        for question in questions:
            _show(question, opened=count == 1)


def _all(everything: list[Group], code: str) -> None:
    """Draw every question. The one in the URL is first and open; without one, the first is open."""
    named = [question for group in everything for question in group.questions if question.code == code]
    if code and not named:
        st.caption(_UNKNOWN[session.language()])
    for question in named:
        _show(question, opened=True)
    first = everything[0].questions[0]
    for group in everything:
        draw_heading(group.title)
        for question in group.questions:
            if question not in named:
                _show(question, opened=question is first and not named)


def _holds(question: Question, sought: list[str]) -> bool:
    return searching.holds(f"{question.heading}\n{question.answer}", sought)


def _show(question: Question, *, opened: bool) -> None:
    language = session.language()
    with st.expander(
        f"**{question.heading}**", expanded=opened, key=f"{'open' if opened else 'question'}_{question.code}"
    ):
        study = _study_of(question.quoted) if question.code in _SECTIONS else None
        if study is None:
            text = st.container()
        else:
            text, picture = st.columns([1.25, 1], gap="large", vertical_alignment="center")
            with picture:
                section = _SECTIONS[question.code](study, language)
                note = _DRAWN_FROM.format(title=SCENARIOS[question.quoted].prose.title)
                draw_section(replace(section, finding="", note=note[language]))  # the answer is the finding
        with text:
            st.markdown(question.answer)
            address = urlencode(permalink.with_version({"lang": language, "question": question.code}))
            st.markdown(f":material/link: :small[[{_LINK[language]}](?{address})]")


def _study_of(scenario_name: str) -> StudyResults | None:
    """Return the results that a chart shows; None if there are none, which the page reports above."""
    try:
        return results.study(scenario_name) if scenario_name in SCENARIOS else None
    except UserError:
        return None
