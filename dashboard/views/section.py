"""Sections of a page: a finding in a sentence, its figure, its data table, and how it was measured.

Pages build sections with functions from values to `Section`, which depend neither on Streamlit nor on the visit, lay
them out, and draw them here, all in the same order.
"""

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from html import escape

import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import session, words
from dashboard.charts import style
from dashboard.charts.drawing import sealed
from dashboard.views.explaining import explained
from dashboard.views.formatting import uncoloured
from dashboard.views.headings import draw_heading
from scenarios.text import Language, Text

Table = pd.DataFrame | Callable[[], pd.DataFrame]  # or a function that makes it once it is opened

_TOOLS = {
    "enlarge": ("⤢", Text(en="Enlarge", zh="放大")),
    "png": ("PNG", Text(en="Save as PNG", zh="保存为 PNG")),
    "svg": ("SVG", Text(en="Save as SVG", zh="保存为 SVG")),
    "embed": ("</>", Text(en="Copy the code that embeds this figure", zh="复制嵌入此图的代码")),
}
_CLOSE, _COPY = Text(en="Close", zh="关闭"), Text(en="Copy the table", zh="复制表格")
_NO_FIGURE = Text(en="This page has no figure “{name}” in this view.", zh="在当前状态下，本页没有名为“{name}”的图。")
_ALONE: ContextVar[DeltaGenerator | None] = ContextVar("where the one figure of the address is drawn", default=None)


@dataclass(frozen=True, eq=False)
class Section:
    """A finding with its evidence, in one language.

    Parameters
    ----------
    key : str
        Key of the figure, unique on its page; the key of its finding is `finding_{key}`.
    heading : Text or None
        A heading without marks of Markdown.
    finding : str
        The sentence above the evidence, in Markdown.
    figure : go.Figure or None
        The chart. Without one, `table` itself is the evidence.
    alt : str
        The chart's alt text; by default the finding. Marks of Markdown are removed.
    table : pd.DataFrame, callable or None
        The numbers behind the figure, or a function that makes them when they are opened.
    parts : tuple of Section
        Evidence side by side, in place of a figure.
    widths : tuple of float
        Relative widths of the parts; by default equal.
    note : str
        Information that may change a user's decision, in Markdown: one line on a desktop.
    method : str
        How the evidence was measured, in Markdown; folded on screen, shown in print.
    is_explained : bool
        Whether help icons after the note and the method show the glossary's entries for their terms.
    command : str
        The command that measures it; it unfolds with the method, if there is one.

    Raises
    ------
    ValueError
        If a figure lacks its table or its sentence.
    """

    key: str
    heading: Text | None = None
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
        return words.spaced(uncoloured(self.alt or self.finding).replace("**", ""))


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
        Whether it is part of another section and has a small heading.
    on_select : callable or None
        Called after a click on a point of the figure.
    controls : callable or None
        Draws controls between the evidence and the note.
    """
    place = _ALONE.get()
    if place is not None:
        _draw_if_wanted(section, place)
        return
    if section.heading:
        draw_heading(section.heading, 6 if is_part else 3)
    _draw_finding(section)
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


class _Drawn(BaseException):
    """Raised when the one figure is drawn, to end its page: no caller may catch it."""


def draw_alone(draw_page: Callable[[], None]) -> None:
    """Draw the figure that the view names, and nothing else of its page, which runs hidden until then."""
    name, place = session.view().figure, st.container(key="alone")
    token = _ALONE.set(place)
    try:
        with st.container(key="unseen"):
            draw_page()
    except _Drawn:
        return
    finally:
        _ALONE.reset(token)
    place.info(words.verbatim(_NO_FIGURE.format(name=name)[session.language()]))


def _draw_if_wanted(section: Section, place: DeltaGenerator) -> None:
    for part in section.parts:
        _draw_if_wanted(part, place)
    if section.key == session.view().figure and (section.figure or section.table) is not None:
        with place:
            _draw_finding(section)
            _draw_evidence(section, None)
        raise _Drawn


def _draw_finding(section: Section) -> None:
    if section.finding:
        with st.container(key=f"finding_{section.key}"):
            st.markdown(words.kept_together(section.finding))


def unfolding(key: str) -> DeltaGenerator:
    """Return a container, folded at first, for how something was measured; `key` is unique on its page."""
    return st.expander(words.MEASURED[session.language()], key=f"method_{key}")


def _draw_caption(text: str, section: Section) -> None:
    st.caption(words.kept_together(text), help=explained(text, session.language()) if section.is_explained else None)


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
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            _offer_numbers(section)
            st.html(_tools(section.key, session.language()), width="content")
    elif section.table is not None:
        st.table(_made(section.table))
    if section.parts:
        draw_side_by_side(section.parts, section.widths)


def _offer_numbers(section: Section) -> None:
    """Offer the numbers behind a figure, computed and sent only once opened."""
    label, key = words.NUMBERS[session.language()], f"{section.key}_numbers"
    popover = st.popover(label, icon=":material/table:", type="tertiary", key=key, on_change="rerun")
    if popover.open and section.table is not None:
        table = _made(section.table)
        popover.dataframe(table, hide_index=True, height=280)
        popover.html(_copying(table, session.language()))


@lru_cache(maxsize=256)
def _tools(key: str, language: Language) -> str:
    """Return the buttons below a figure, which `dashboard/sharing/figure_tools.js` obeys without the server."""
    buttons = "".join(_button(action, sign, label[language]) for action, (sign, label) in _TOOLS.items())
    return f'<span class="figure-tools" data-figure="{key}" data-close="{_CLOSE[language]}">{buttons}</span>'


def _button(action: str, sign: str, label: str, more: str = "") -> str:
    return f'<button data-do="{action}" title="{label}" aria-label="{label}"{more}>{escape(sign)}</button>'


def _copying(table: pd.DataFrame, language: Language) -> str:
    """Return the button that copies a table, as spreadsheets and word processors paste it: with tabs."""
    text = escape(table.to_csv(index=False, sep="\t"))
    button = _button("copy", _COPY[language], _COPY[language], f' data-text="{text}"')
    return f'<span class="figure-tools">{button}</span>'


def _made(table: Table) -> pd.DataFrame:
    return table() if callable(table) else table
