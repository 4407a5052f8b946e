"""One step of a view: a finding in a sentence, the figure behind it, its data table, and how it was measured.

A page builds its sections with functions from values to `Section`, which know neither Streamlit nor the visit, lays
them out, and draws them here, in one order and with one behaviour.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import session, words
from dashboard.charts import style
from dashboard.charts.drawing import sealed
from dashboard.views.explaining import explained

Table = pd.DataFrame | Callable[[], pd.DataFrame]  # or a function that makes it, when somebody wants to see it

_COLOURED = re.compile(r":[a-z]+\[(.*?)\]")  # as Streamlit's Markdown has it


@dataclass(frozen=True, eq=False)
class Section:
    """A finding with its evidence, in one language.

    Parameters
    ----------
    key : str
        Key of the figure on its page, and the end of its finding's, `finding_{key}`; unique on a page.
    heading : str
        A heading without marks of Markdown.
    finding : str
        The sentence above the evidence, in Markdown.
    figure : go.Figure or None
        The chart. Without one, `table` itself is the evidence.
    alt : str
        The chart in a sentence, for those who do not see it; by default the finding. Its marks are removed.
    table : pd.DataFrame, callable or None
        The numbers behind the figure, or a function that makes them when they are opened.
    parts : tuple of Section
        Evidence side by side, in place of a figure.
    widths : tuple of float
        Relative widths of the parts; by default equal.
    note : str
        What changes a reader's decision, in Markdown: one line on a desk.
    method : str
        How the evidence was measured, in Markdown; it unfolds, and is there in print.
    is_explained : bool
        Whether marks behind the note and the method show the glossary's entries for the words in them.
    command : str
        The command that measures it; it unfolds with the method, if there is one.

    Raises
    ------
    ValueError
        If a figure lacks its table or its sentence.
    """

    key: str
    heading: str = ""
    finding: str = ""
    figure: go.Figure | None = None
    alt: str = ""
    table: Table | None = None
    parts: "tuple[Section, ...]" = ()
    widths: tuple[float, ...] = ()
    note: str = ""
    method: str = ""
    is_explained: bool = False
    command: str = ""

    def __post_init__(self) -> None:
        if self.figure is not None and (self.table is None or not self.spoken()):
            raise ValueError(f"the figure of section {self.key!r} needs its table, and a finding or an alt text")

    def spoken(self) -> str:
        """Return the figure's sentence without marks."""
        return _COLOURED.sub(r"\1", self.alt or self.finding).replace("**", "")


def draw_section(
    section: Section,
    *,
    is_part: bool = False,
    on_select: Callable[[], None] | None = None,
    controls: Callable[[], None] | None = None,
) -> None:
    """Draw a section, from its heading to its command.

    Parameters
    ----------
    section : Section
        The section.
    is_part : bool
        Whether its heading is that of a part, which is small.
    on_select : callable or None
        Called after a click on a point of the figure.
    controls : callable or None
        Draws what a user can do with the evidence, between it and the note.
    """
    if section.heading and is_part:
        st.markdown(f"###### {section.heading}")
    elif section.heading:
        st.subheader(section.heading)
    if section.finding:
        with st.container(key=f"finding_{section.key}"):
            st.markdown(section.finding)
    _draw_evidence(section, on_select)
    if controls:
        controls()
    if section.note:
        _draw_caption(section.note, section)
    if section.method:
        with unfolding(section.key):
            _draw_caption(section.method, section)
            _draw_command(section)
    else:
        _draw_command(section)


def unfolding(key: str) -> DeltaGenerator:
    """Return a container, folded at first, for how something was measured; `key` is unique on its page."""
    return st.expander(words.MEASURED[session.language()], key=f"method_{key}")


def _draw_caption(text: str, section: Section) -> None:
    st.caption(text, help=explained(text, session.language()) if section.is_explained else None)


def _draw_command(section: Section) -> None:
    if section.command:
        st.code(section.command, language="bash", wrap_lines=True)


def draw_side_by_side(sections: Sequence[Section], widths: Sequence[float] = ()) -> None:
    """Draw sections in columns, of these relative widths or equal ones, as parts of a whole."""
    for column, section in zip(st.columns(widths or len(sections), gap="medium"), sections, strict=True):
        with column:
            draw_section(section, is_part=True)


def _draw_evidence(section: Section, on_select: Callable[[], None] | None) -> None:
    if section.figure is not None:
        st.plotly_chart(
            sealed(section.figure), config=style.CONFIG, alt=section.spoken(), key=section.key,
            on_select=on_select or "ignore", selection_mode="points",
        )  # fmt: skip
        _offer_numbers(section)
    elif section.table is not None:
        st.table(_made(section.table))
    if section.parts:
        draw_side_by_side(section.parts, section.widths)


def _offer_numbers(section: Section) -> None:
    """Offer the numbers behind a figure: made and sent when they are opened, which few users do."""
    label, key = words.NUMBERS[session.language()], f"{section.key}_numbers"
    popover = st.popover(label, icon=":material/table:", type="tertiary", key=key, on_change="rerun")
    if popover.open and section.table is not None:
        popover.dataframe(_made(section.table), hide_index=True, height=280)


def _made(table: Table) -> pd.DataFrame:
    return table() if callable(table) else table
