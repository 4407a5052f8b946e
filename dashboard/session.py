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
MISSED = "page"  # the parameter with the name of an unknown page
_SECTION = "choose_section"  # the tabs' key
_PAGE, _SHOWN = "the page that is open", "the page on which each widget was last told what to show"


def arrive() -> None:
    """Read the view from the URL, at the start of a run, on a first visit or after the browser's back and forward.

    Changing pages empties the URL for a moment: then the view of `carried` is kept. A URL that arrives together with a
    choice is ignored: the browser may have sent it before it received the URL of the previous choice.

    The URL is written at once, before the body is drawn, which may wait for the worker: a link that is copied in the
    meantime shows the same view. After another scenario was chosen, it is written at the end of the run instead,
    because the page may then change other parts, and one choice is to be one step of the history.
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
        state[_ADDRESS] = query  # now, because the next click may interrupt this run
        state[_ASSUMED] = {}
    if is_first:
        _complete_address()
    elif not query or "about" not in chosen:
        _write_address()
    else:
        state[_IS_LATE] = True


def turn_to(page: str) -> None:
    """Note which page is open. A figure named in the URL belongs to its own page only."""
    if st.session_state.get(_PAGE, page) != page:
        assume(figure="")
    st.session_state[_PAGE] = page


def page() -> str:
    """Return the name of the page that is open."""
    name: str = st.session_state.get(_PAGE, "")
    return name


def carried() -> View:
    """Return the view for the next page.

    It lacks parameters of a single page, and values that a page assumed in place of a choice that it cannot show.
    """
    now, usual = view(), View()
    before = {part: was for part, (was, assumed) in st.session_state.get(_ASSUMED, {}).items() if now[part] == assumed}
    return now.but(**before | {part: usual[part] for part in permalink.OF_ONE_PAGE})


def leave() -> bool:
    """Bring the URL up to date at the end of a run. Returns whether the browser must complete it once more."""
    if st.session_state.pop(_IS_LATE, False):
        _write_address()
    return _complete_address()


def completion() -> tuple[list[dict[str, str]], dict[str, str]]:
    """Return the incomplete addresses that the browser may show in this run, and the complete one."""
    return st.session_state[_SEEN], view().as_query()


def _query() -> dict[str, str]:
    """Return the URL's parameters without the one that only the browser uses."""
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
    """Note that the URL named an unknown page. Text that cannot be a page's name is replaced by an ellipsis."""
    st.session_state[MISSED] = page if re.fullmatch(r"[\w./-]{1,40}", page) else "…"


def missed() -> str:
    """Return the name of an unknown page in the URL, once."""
    page: str = st.session_state.pop(MISSED, "")
    return page


def change(**changes: object) -> None:
    """Take a choice, in a callback. Only the browser enforces the limits of widgets, so that values are checked."""
    _take(changes)
    for part in changes:
        st.session_state.get(_ASSUMED, {}).pop(part, None)
    st.session_state[_CHOSEN] = {*st.session_state.get(_CHOSEN, ()), *changes}


def assume(**changes: object) -> None:
    """Use a page's default if it cannot show the user's choice, which returns on other pages; checked like a URL."""
    before, assumed = view(), st.session_state.setdefault(_ASSUMED, {})
    _take(changes)
    for part in changes:
        first, _ = assumed.get(part, (before[part], None))
        assumed[part] = first, view()[part]


def shows_own(is_there: bool) -> bool:
    """Note in the URL whether the page shows something of the user's own that only this visit has.

    Returns whether the URL was that of a visit which is over or another one: a tab that was loaded again or away for
    too long, the tab of a server that ended, a copied link.
    """
    is_lost = bool(view().own) and not is_there
    if bool(view().own) != is_there:
        assume(own=int(is_there))
    return is_lost


def _take(changes: Mapping[str, object]) -> None:
    query = {name: permalink.written(value) for name, value in changes.items()}
    st.session_state[_VIEW], _ = permalink.read(query, view())


def widget(name: str) -> str:
    """Return the key of the widget for one part of the view, after giving the widget its value if that differs."""
    key = f"choose_{name}"
    _show(key, view()[name])
    return key


def _show(key: str, value: object) -> None:
    """Set a widget's value if it differs, or if the widget is new on this page."""
    state = st.session_state
    shown = state.setdefault(_SHOWN, {})
    if state.get(key) != value or shown.get(key) != state.get(_PAGE):
        state[key] = value
        shown[key] = state.get(_PAGE)


def sections(titles: Mapping[str, str]) -> dict[str, TabContainer]:
    """Draw tabs for the sections of a page; the view names the open one, by default the first.

    titles: code -> title of its tab. Callers leave closed tabs empty, so that they cost nothing.
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

    The browser's message about a point is not trusted.
    """
    try:
        point = st.session_state[chart].selection.points[0]
        numbers = tuple(float(np.ravel(point[name])[0]) for name in names)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return ()
    return numbers if np.isfinite(numbers).all() else ()


def take(name: str) -> None:
    """Take a widget's value into the view: a callback. A cleared choice leaves the view unchanged.

    So does a widget of another page, which only a forged message can change.
    """
    value = st.session_state.get(f"choose_{name}")
    if value is not None:
        change(**{name: value})
