"""One user's visit: the view, read from the URL on arrival and written back to it."""

import re
from collections.abc import Mapping

import numpy as np
import streamlit as st
from streamlit.elements.lib.mutable_tab_container import TabContainer
from streamlit.runtime.state import get_session_state

from dashboard import permalink
from dashboard.language import from_locale
from dashboard.permalink import View
from scenarios.text import Language

_VIEW, _ADDRESS, _REFUSED = "view", "address as last known", "parts of the address that were refused"
_CHOSEN = "parts of the view that were chosen since the last run"
_SEEN, _IS_LATE = "incomplete addresses of this run", "whether the address is written at the end of this run"
_ASSUMED = "parts of the view that a page filled in, with what was chosen before"
PLAYER_STEP = "player_step"  # the part of an address that only the browser reads and writes: see charts.js
MISSED = "page"  # the part of an address that names a page that there is not
_SECTION = "choose_section"  # the tabs' key
_PAGE, _SHOWN = "the page that is open", "the page on which each widget was last told what to show"


def arrive() -> None:
    """Read the view from the URL, at the start of a run, on a first visit or after the browser's back and forward.

    Changing pages empties the address for a moment: then the view goes along, as `carried` has it. An address that
    comes with a choice changes nothing: the browser may send it before it hears of what its previous choice led to.

    The address is written at once, before the browser turns to another page and before the body is drawn, which may
    wait for the worker: a link that is copied in the meantime shows the same view. Only after another scenario was
    chosen does it wait for the end of the run, as a page may then change other parts: one choice is one step back.
    """
    state = st.session_state
    query = _query()
    chosen = state.pop(_CHOSEN, ())
    state[_SEEN] = []
    if is_first := _VIEW not in state:
        state[_VIEW], state[_REFUSED] = permalink.open_link(query, from_locale(st.context.locale))
        if MISSED in query:
            miss(query[MISSED])
    elif not query:
        state[_VIEW] = carried()
        state[_ASSUMED] = {}
    elif query != state.get(_ADDRESS) and not chosen:
        # A URL that names no language keeps that of the visit.
        state[_VIEW], state[_REFUSED] = permalink.open_link(query, view().lang)
        state[_ADDRESS] = query  # now, for the next click may end this run before its end
        state[_ASSUMED] = {}
    if is_first:
        _complete_address()
    elif not query or "about" not in chosen:
        _write_address()
    else:
        state[_IS_LATE] = True


def turn_to(page: str) -> None:
    """Know which page is open. The one figure that an address names is one of its own page."""
    if st.session_state.get(_PAGE, page) != page:
        assume(figure="")
    st.session_state[_PAGE] = page


def page() -> str:
    """Return the name of the page that is open."""
    name: str = st.session_state.get(_PAGE, "")
    return name


def carried() -> View:
    """Return the view as it goes along to another page.

    Without what belongs to a single page, and without what a page has assumed in place of a choice that it cannot show.
    """
    now, usual = view(), View()
    before = {part: was for part, (was, assumed) in st.session_state.get(_ASSUMED, {}).items() if now[part] == assumed}
    return now.but(**{part: usual[part] for part in permalink.OF_ONE_PAGE} | before)


def leave() -> bool:
    """At the end of a run: the address says what is on the screen. Returns whether it has to be completed once more."""
    if st.session_state.pop(_IS_LATE, False):
        _write_address()
    return _complete_address()


def completion() -> tuple[list[dict[str, str]], dict[str, str]]:
    """Return the incomplete addresses that the browser may show in this run, and the complete one."""
    return st.session_state[_SEEN], view().as_query()


def _query() -> dict[str, str]:
    """Return what the address says, but for the part that is the browser's own."""
    return {name: value for name, value in st.query_params.to_dict().items() if name != PLAYER_STEP}


def _write_address() -> None:
    """Write the view to the URL if it differs, since each write is an entry in the browser's history."""
    query = view().as_query()
    if _query() != query:
        st.query_params.from_dict(query)
    st.session_state[_ADDRESS] = query


def _complete_address() -> bool:
    """Take the view as the address, which the browser replaces without a step of its history.

    Streamlit has no message for that: see `page_script`.
    """
    shown, query = _query(), view().as_query()
    st.session_state[_ADDRESS] = query
    if shown == query:
        return False
    st.session_state[_SEEN].append(shown)
    with get_session_state().query_params() as parameters:
        parameters.clear_with_no_forward_msg()
        for name, value in query.items():
            parameters.set_with_no_forward_msg(name, value)
    return True


def view() -> View:
    """Return the view of this run: the URL's parameters and this visit's choices."""
    chosen: View = st.session_state[_VIEW]
    return chosen


def language() -> Language:
    """Return the language of this visit."""
    return view().lang


def refused() -> tuple[str, ...]:
    """Return the invalid parts of the URL, once."""
    parts: tuple[str, ...] = st.session_state.pop(_REFUSED, ())
    return parts


def miss(page: str) -> None:
    """Note that the address named a page that there is not. What can be no name of one is not repeated."""
    st.session_state[MISSED] = page if re.fullmatch(r"[\w./-]{1,40}", page) else "…"


def missed() -> str:
    """Return the page of the address, if there is none of that name; asked once, it is forgotten."""
    page: str = st.session_state.pop(MISSED, "")
    return page


def change(**changes: object) -> None:
    """Choose something, in a widget's callback. Only the browser keeps a widget's limits: a value is checked."""
    _take(changes)
    for part in changes:
        st.session_state.get(_ASSUMED, {}).pop(part, None)
    st.session_state[_CHOSEN] = {*st.session_state.get(_CHOSEN, ()), *changes}


def assume(**changes: object) -> None:
    """Fill in a page's default where it cannot show the choice, which returns on another page; checked like a URL."""
    before, assumed = view(), st.session_state.setdefault(_ASSUMED, {})
    _take(changes)
    for part in changes:
        first, _ = assumed.get(part, (before[part], None))
        assumed[part] = first, view()[part]


def _take(changes: Mapping[str, object]) -> None:
    query = {name: permalink.written(value) for name, value in changes.items()}
    st.session_state[_VIEW], _ = permalink.read(query, view())


def widget(name: str) -> str:
    """Return the key of the widget for one part of the view, after giving the widget its value if that differs."""
    key = f"choose_{name}"
    _show(key, view()[name])
    return key


def _show(key: str, value: object) -> None:
    """Set a widget's value if it differs, or if it is a new widget on another page."""
    state = st.session_state
    shown = state.setdefault(_SHOWN, {})
    if state.get(key) != value or shown.get(key) != state.get(_PAGE):
        state[key] = value
        shown[key] = state.get(_PAGE)


def sections(titles: Mapping[str, str]) -> dict[str, TabContainer]:
    """Draw tabs for the sections of a page; the view names the open one, by default the first.

    titles: code -> what its tab says. Whoever fills them leaves the closed ones empty: what is not seen costs nothing.
    """
    _show(_SECTION, titles.get(view().section, next(iter(titles.values()))))
    tabs = st.tabs(list(titles.values()), key=_SECTION, on_change=_open_section, args=(titles,))
    return dict(zip(titles, tabs, strict=True))


def _open_section(titles: Mapping[str, str]) -> None:
    for code, title in titles.items():
        if title == st.session_state.get(_SECTION):
            change(section=code)


def pressed(chart: str, *names: str) -> tuple[float, ...]:
    """Return these numbers of the clicked point of a chart; nothing if there was none.

    What a browser says of a point may be anything.
    """
    try:
        point = st.session_state[chart].selection.points[0]
        numbers = tuple(float(np.ravel(point[name])[0]) for name in names)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return ()
    return numbers if np.isfinite(numbers).all() else ()


def take(name: str) -> None:
    """Take a widget's value into the view: a callback. A choice that was withdrawn leaves the view as it was.

    So it does for a widget of another page, which only a forged message can move.
    """
    value = st.session_state.get(f"choose_{name}")
    if value is not None:
        change(**{name: value})
