"""The front door and the frame: `streamlit run dashboard/app.py`."""

import sys
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # `streamlit run` puts this file's folder there, not the repository
    sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402

from dashboard import clients, jobs, render_lock, session, widget_states, words  # noqa: E402
from dashboard.hosting import logs  # noqa: E402
from dashboard.language import NAMES, script  # noqa: E402
from dashboard.views import (  # noqa: E402
    challenges_page,
    curve_page,
    faq_page,
    frame,
    glossary_page,
    home_page,
    league_page,
    lessons_page,
    representations_page,
    resources_page,
    scenario_page,
    train_page,
)
from scenarios.catalog import SCENARIOS  # noqa: E402
from scenarios.text import LANGUAGES  # noqa: E402

STYLE = Path(__file__).with_name("style.css")
ICON = ROOT / "assets" / "images" / "icon.svg"  # an icon by name would come from the network


def main() -> None:
    """Draw the frame and the page of the URL."""
    session.arrive()
    language = session.language()
    st.set_page_config(page_title=words.PRODUCT[language], page_icon=str(ICON), layout="wide")
    st.html(STYLE)
    # Streamlit's page says that it is English; screen readers and hyphenation believe it.
    with st.container(key="page_language"):
        st.html(f"<script>{script(language)}</script>", unsafe_allow_javascript=True)
    scenario_pages = {
        name: st.Page(
            partial((curve_page if scenario.regression else scenario_page).show, scenario),
            title=scenario.prose.title[language],
            icon=scenario.prose.icon,
            url_path=name,
        )
        for name, scenario in SCENARIOS.items()
    }
    applications = [page for name, page in scenario_pages.items() if not SCENARIOS[name].regression]
    curves = [page for name, page in scenario_pages.items() if SCENARIOS[name].regression]
    further = {
        name: st.Page(show, title=words.TITLE[name][language], icon=icon, url_path=name)
        for name, show, icon in (
            ("how", lessons_page.show, ":material/school:"),
            ("representations", partial(representations_page.show, scenario_pages), ":material/scatter_plot:"),
            ("study", league_page.show, ":material/leaderboard:"),
            ("challenges", challenges_page.show, ":material/speed:"),
            ("train", partial(train_page.show, scenario_pages), ":material/model_training:"),
            ("faq", faq_page.show, ":material/help:"),
            ("glossary", glossary_page.show, ":material/dictionary:"),
            ("resources", resources_page.show, ":material/menu_book:"),
        )
    }
    home = partial(home_page.show, scenario_pages | further)
    pages = {
        "": [st.Page(home, title=words.HOME[language], icon=":material/home:", url_path="home", default=True)],
        words.SCENARIOS[language]: applications,
        words.FOUNDATIONS[language]: [further["how"], *curves],
        words.UNDERSTAND[language]: [further[name] for name in ("study", "representations", "challenges", "train")],
        words.QUESTIONS[language]: [further["faq"], further["glossary"], further["resources"]],
    }
    page = st.navigation(pages, position="top")
    session.turn_to(page.url_path)
    _language_switch()
    _notice()
    with frame.error_boundary():
        page.run()
    session.leave()
    jobs.warm_up(page.url_path)  # after what this reader asked for


def _language_switch() -> None:
    with st.container(key="language_switch", horizontal=True, horizontal_alignment="right"):
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
    parts = session.refused()
    if parts:
        language = session.language()
        named = words.listed([words.PARTS[part][language] for part in parts], language)
        st.caption(words.REFUSED.format(parts=named)[language])


logs.install()  # here too, for `streamlit run`
widget_states.install()
with render_lock.turn(clients.address()):
    main()
