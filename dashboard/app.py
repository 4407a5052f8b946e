"""The front door and the frame: `streamlit run dashboard/app.py`."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # `streamlit run` puts this file's folder there, not the repository
    sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402
from streamlit.delta_generator import DeltaGenerator  # noqa: E402

from dashboard import clients, jobs, page_script, pages, render_lock, session, widget_states, words  # noqa: E402
from dashboard.hosting import logs  # noqa: E402
from dashboard.language import NAMES  # noqa: E402
from dashboard.views import frame, section, share_panel  # noqa: E402
from scenarios.text import LANGUAGES  # noqa: E402

STYLE, EMBEDDED = (Path(__file__).with_name(name) for name in ("style.css", "embedded.css"))
ICON = ROOT / "assets" / "images" / "icon.svg"  # an icon by name would come from the network


def main() -> None:
    """Draw the frame and the page of the URL."""
    session.arrive()
    language = session.language()
    st.set_page_config(page_title=words.PRODUCT[language], page_icon=str(ICON), layout="wide")
    is_embedded = bool(st.context.is_embedded)
    with st.container(key="page_head"):  # it takes no room, not even before the browser has the code that draws HTML
        st.html(STYLE)
        if is_embedded:
            st.html(EMBEDDED)
        place = st.empty()
        _run_script(place)  # before the others, which read its data
        st.html(page_script.LASTING, unsafe_allow_javascript=True)
    page = pages.menu()
    session.turn_to(page.url_path)
    if not is_embedded:
        _corner()
    _notice()
    with frame.error_boundary():
        if session.view().figure:
            section.draw_alone(page.run)
        else:
            page.run()
    if is_embedded or session.view().figure:
        share_panel.draw_way_out()
    if session.leave():
        _run_script(place)
    share_panel.draw_source()
    jobs.warm_up(page.url_path)  # after this user's own requests


def _run_script(place: DeltaGenerator) -> None:
    # Streamlit declares the page as English, which screen readers and hyphenation rely on.
    place.html(page_script.markup(session.language(), *session.completion()), unsafe_allow_javascript=True)


def _corner() -> None:
    """Draw the controls in the free corner of the header: sharing and language."""
    with st.container(key="language_switch", horizontal=True, horizontal_alignment="right"):
        share_panel.show()
        st.segmented_control(
            words.LANGUAGE[session.language()],
            LANGUAGES,
            format_func=NAMES.__getitem__,
            key=session.widget("lang"),
            on_change=session.take,
            args=("lang",),
            required=True,
            label_visibility="collapsed",
        )


def _notice() -> None:
    parts, page, language = session.refused(), session.missed(), session.language()
    if page:
        st.warning(words.NO_PAGE.format(page=words.verbatim(page))[language])
    if parts:
        named = words.listed([words.PARTS[part][language] for part in parts], language)
        st.caption(words.REFUSED.format(parts=named)[language])


logs.install()  # here too, for `streamlit run`
widget_states.install()
with render_lock.turn(clients.address()):
    main()
