"""A scenario's published answers for every number of labels, sent to the browser in advance.

`dashboard/answers.js` shows them while the labels' slider moves; the server's own, which comes later, is the same.
"""

import json
import re
from functools import lru_cache
from html import escape

import streamlit as st

from dashboard.permalink import View
from dashboard.views import rungs, what_if_panel
from dashboard.views.decisions.catalog import PANELS
from dashboard.views.decisions.decision_panel import result, spread
from scenarios.protocol import published_shots
from scenarios.publication.results import LeagueResults, StudyResults
from scenarios.scenario import Scenario

_MARKS = re.compile(r"\*\*|:[a-z-]+\[|\]")  # marks of bold and coloured words in Streamlit's Markdown


def lines(scenario: Scenario, study: StudyResults, view: View) -> list[str]:
    """Return the result, its range, its effort and price, and the effect of other conditions."""
    panel, shots, language = PANELS.get(scenario.decision), view.shots, view.lang
    found = (
        result(scenario, study, panel, shots, language, view),
        spread(scenario, study, panel, view),
        panel.labels_take(scenario, shots)[language] if panel and panel.labels_take else "",
        rungs.price(study, shots, language),
        what_if_panel.sentence(scenario, study, view),
    )
    return [line for line in found if line]


def send(scenario: Scenario, study: StudyResults, league: LeagueResults | None, view: View) -> None:
    """Put the answers for all numbers of labels into the page, unseen."""
    conditions = View(
        lang=view.lang, parameters=view.parameters, tasks=view.tasks, label_errors=view.label_errors,
        novelty=view.novelty,
    )  # fmt: skip
    with st.container(key="answers_ahead"):
        st.html(markup(scenario, study, league, conditions))


@lru_cache(maxsize=128)  # a whole class opens the same page
def markup(scenario: Scenario, study: StudyResults, league: LeagueResults | None, view: View) -> str:
    """Return the answers as HTML: number of labels -> key of a part of the page -> its paragraphs, in pieces."""
    answers = {}
    for shots in published_shots(scenario):
        finding = rungs.finding(study, shots, view.lang, league)
        answers[shots] = {
            "answer": [_pieces(line) for line in lines(scenario, study, view.but(shots=shots))],
            "finding_labels_chart": [_pieces(paragraph) for paragraph in finding.split("\n\n")],
        }
    text = json.dumps(answers, ensure_ascii=False, separators=(",", ":"))
    return f"<div data-answers='{escape(text, quote=False).replace(chr(39), '&#39;')}'></div>"


def _pieces(markdown: str) -> list[str]:
    """Return a paragraph's words between its marks, as a browser has them: each a text of its own."""
    return [piece.strip() for piece in _MARKS.split(markdown) if piece.strip()]
