"""The frame of a view: an error boundary, a chart with its finding and its numbers, switches that pages share."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import session, words
from dashboard.charts import style
from dashboard.charts.drawing import sealed
from dashboard.permalink import LAST_SEED
from scenarios.catalog import SCENARIOS
from scenarios.errors import UserError
from scenarios.text import Text

Table = pd.DataFrame | Callable[[], pd.DataFrame]  # or what makes it, when somebody wants to see it

log = logging.getLogger(__name__)


@contextmanager
def error_boundary() -> Iterator[None]:
    """Whatever goes wrong in here, the log has it, and the reader gets a sentence in their language."""
    try:
        yield
    except UserError as error:
        log.error("a page lacks something", exc_info=error)
        st.error(error.text[session.language()])
    except Exception:
        log.exception("a page failed")
        st.error(words.FAILED[session.language()])


def chart(figure: go.Figure, *, takeaway: Text, table: Table, key: str) -> None:
    """Show a chart. Its takeaway is read aloud where it cannot be seen; its numbers lie behind it."""
    language = session.language()
    st.plotly_chart(sealed(figure), config=style.CONFIG, alt=takeaway[language].replace("**", ""), key=key)
    numbers(table, key=f"{key}_numbers")


def numbers(table: Table, *, key: str) -> None:
    """Offer the numbers behind a chart: made and sent when they are opened, which few users do."""
    language = session.language()
    popover = st.popover(words.NUMBERS[language], icon=":material/table:", type="tertiary", key=key, on_change="rerun")
    if popover.open:
        popover.dataframe(table() if callable(table) else table, hide_index=True, height=280)


def choose_scenario(offered: Sequence[str]) -> str:
    """Draw a switch between scenarios. Returns the name of the chosen one, the first if another is not offered."""
    language = session.language()
    if session.view().about not in offered:
        session.assume(about=offered[0])
    st.segmented_control(
        words.PARTS["about"][language],
        offered,
        format_func=lambda name: SCENARIOS[name].prose.title[language],
        key=session.widget("about"),
        on_change=session.take,
        args=("about",),
        required=True,
        label_visibility="collapsed",
    )
    return session.view().about


def change_seed() -> None:
    """Another seed: another task, other points."""
    session.change(seed=(session.view().seed + 1) % (LAST_SEED + 1))
