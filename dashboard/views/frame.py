"""The frame of a view: an error boundary, and switches that pages share."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import TypeVar

import streamlit as st

from dashboard import addresses, results, session, words
from dashboard.permalink import LAST_SEED
from scenarios.catalog import SCENARIOS
from scenarios.errors import UserError
from scenarios.publication.results import Results
from scenarios.scenario import DEFAULT_WORLD, Scenario
from scenarios.text import Text

Value = TypeVar("Value")

_WORLD = Text(en="How different are the {task}s?", zh="各{task}之间差异多大？")
_HOW_DIFFERENT = {
    "mild": Text(en="little", zh="较小"), DEFAULT_WORLD: Text(en="moderately", zh="中等"),
    "strong": Text(en="very", zh="很大"),
}  # fmt: skip

_QR = Text(en="QR code of {link}", zh="{link} 的二维码")

log = logging.getLogger(__name__)


@contextmanager
def error_boundary() -> Iterator[None]:
    """Log any exception raised in the block and show a message in the user's language."""
    try:
        yield
    except UserError as error:
        log.error("a page lacks something", exc_info=error)
        st.error(error.text[session.language()])
    except Exception:
        log.exception("a page failed")
        st.error(words.FAILED[session.language()])


def caveat(advice: Text | None = None) -> Text:
    """Return the notice that the data are synthetic and the page is no advice, such as "medical"."""
    return words.NO_ADVICE.format(advice=advice) if advice else words.SYNTHETIC


def badge(advice: Text | None = None) -> str:
    """Return the caveat in Markdown."""
    return f":gray-badge[:material/science: {caveat(advice)[session.language()]}]"


def draw_qr(link: str) -> None:
    """Draw the QR code of a link."""
    alt = escape(_QR.format(link=link)[session.language()])
    st.html(f'<img class="room-qr" alt="{alt}" src="{addresses.qr_image(link)}">')


def choose_scenario(offered: Sequence[str], label: Text = words.PARTS["about"]) -> str:
    """Draw a switch between scenarios. Returns the name of the chosen one, the first if another is not offered.

    `label` is its accessible name.
    """
    language = session.language()
    if session.view().about not in offered:
        session.assume(about=offered[0])
    switch("about", label, offered, lambda name: SCENARIOS[name].prose.title[language], is_labelled=False)
    return session.view().about


def switch(
    name: str, label: Text, offered: Sequence[Value], format_func: Callable[[Value], str], *, is_labelled: bool = True
) -> None:
    """Draw a switch of the view's parameter `name`. A hidden label remains its accessible name."""
    st.segmented_control(
        label[session.language()],
        offered,
        format_func=format_func,
        key=session.widget(name),
        on_change=session.take,
        args=(name,),
        required=True,
        label_visibility="visible" if is_labelled else "collapsed",
    )


def choose_world(scenario: Scenario, offered: Sequence[str]) -> None:
    """Draw a switch between worlds of a scenario, which are more different tasks or less."""
    label, language = _WORLD.format(task=scenario.prose.task), session.language()
    switch("world", label, offered, lambda world: _HOW_DIFFERENT[world][language])


def slide(name: str, label: Text, offered: Sequence[Value], format_func: Callable[[Value], str] = str) -> None:
    """Draw a slider of the view's part `name`, for more values than a switch has room for."""
    st.select_slider(
        label[session.language()],
        offered,
        format_func=format_func,
        key=session.widget(name),
        on_change=session.take,
        args=(name,),
    )


def choose_measured(kind: type[Results]) -> str:
    """Choose among the scenarios with results of a kind; without any, the first is offered, whose file is missed."""
    return choose_scenario(results.measured(kind) or list(SCENARIOS)[:1])


def change_seed() -> None:
    """Another seed: another task, other points."""
    session.change(seed=(session.view().seed + 1) % (LAST_SEED + 1))
