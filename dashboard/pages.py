"""Every page, listed once: its name in the URL, its title and icon, its place in the menu, the view that draws it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import NoReturn

import streamlit as st
from streamlit.navigation.page import StreamlitPage
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard import session
from scenarios.catalog import SCENARIOS
from scenarios.scenario import Scenario
from scenarios.text import Language, Text


@dataclass(frozen=True)
class Page:
    """A page of the menu.

    Parameters
    ----------
    name : str
        Its path in the URL; empty for the home page.
    title : Text
        In the menu, and above the page if it belongs to no single scenario.
    icon : str
        A Material icon or an emoji.
    view : str
        The module in `dashboard/views` whose `show` draws it.
    scenario : Scenario or None
        The argument of `show`, if it has one.
    """

    name: str
    title: Text
    icon: str
    view: str
    scenario: Scenario | None = None

    def show(self) -> None:
        """Draw the page."""
        show: Callable[..., None] = import_module(f"dashboard.views.{self.view}").show
        show(*([self.scenario] if self.scenario else []))


def _of_scenarios(*, regression: bool) -> tuple[Page, ...]:
    return tuple(
        Page(name, scenario.prose.title, scenario.prose.icon, "curve_page" if regression else "scenario_page", scenario)
        for name, scenario in SCENARIOS.items()
        if scenario.regression == regression
    )


_HOME = Page("", Text(en="Home", zh="首页"), ":material/home:", "home_page")
_HOW = Page("how", Text(en="How it works", zh="五步看懂元学习"), ":material/school:", "lessons_page")
_INSIDE = (
    Page("study", Text(en="Compare methods", zh="方法比较"), ":material/leaderboard:", "league_page"),
    Page(
        "representations", Text(en="Representations", zh="四种表示"), ":material/scatter_plot:", "representations_page"
    ),
    Page("challenges", Text(en="Challenges, measured", zh="挑战：实测"), ":material/speed:", "challenges_page"),
    Page("plan", Text(en="Would it pay for me?", zh="我用得上吗？"), ":material/balance:", "plan_page"),
    Page("own", Text(en="Your own tasks", zh="用自己的数据"), ":material/upload_file:", "own_page"),
    Page("train", Text(en="Train it yourself", zh="亲手训练"), ":material/model_training:", "train_page"),
)
_TOGETHER = (
    Page("present", Text(en="Present a lesson", zh="课堂演示"), ":material/co_present:", "present_page"),
    Page("room", Text(en="A room of phones", zh="课堂互动"), ":material/groups:", "room_page"),
    Page("exercises", Text(en="Exercises", zh="练习"), ":material/fitness_center:", "exercises_page"),
)
_QUESTIONS = (
    Page("faq", Text(en="FAQ", zh="常见问题"), ":material/help:", "faq_page"),
    Page("glossary", Text(en="Glossary", zh="术语表"), ":material/dictionary:", "glossary_page"),
    Page("resources", Text(en="Resources", zh="学习资源"), ":material/menu_book:", "resources_page"),
)
GROUPS: tuple[tuple[Text | None, tuple[Page, ...]], ...] = (  # groups of the menu
    (None, (_HOME,)),
    (Text(en="Scenarios", zh="应用场景"), _of_scenarios(regression=False)),
    (Text(en="Foundations", zh="基础"), (_HOW, *_of_scenarios(regression=True))),
    (Text(en="Look inside", zh="深入了解"), _INSIDE),
    (Text(en="Teach", zh="教学"), _TOGETHER),
    (Text(en="Questions", zh="答疑"), _QUESTIONS),
)
PAGES = {page.name: page for _, pages in GROUPS for page in pages}
TITLE = {name: page.title for name, page in PAGES.items()}


def named(name: str) -> str | None:
    """Return the page that a path means, None if there is none: "Glossary" -> "glossary"."""
    name = name.strip().casefold().replace("-", "_")
    return "" if name == "home" else name if name in PAGES else None


def menu() -> StreamlitPage:
    """Draw the menu. Returns the page of the URL, the home page if there is none of that name."""
    language = session.language()
    _correct_path()
    groups = {
        heading[language] if heading else "": [_streamlit_page(page, language) for page in pages]
        for heading, pages in GROUPS
    }
    return st.navigation(groups, position="top")


def _correct_path() -> None:
    """Have Streamlit open the page of a path, or the home page; its own message about unknown paths is in English."""
    context = get_script_run_ctx()
    asked = context.pages_manager.intended_page_name if context else None
    if not context or not asked or context.pages_manager.intended_page_script_hash:
        return
    name = named(asked)
    if name is None:
        session.miss(asked)
    if name != asked:
        context.pages_manager.set_script_intent("", name or "")


def link(name: str, label: Text | None = None, icon: str | None = None, **parts: object) -> None:
    """Draw a link to a page, by its name, under its title or another `label`.

    The user's choices are carried over, except `parts` of the view.
    """
    language = session.language()
    text, view = (label or TITLE[name])[language], session.carried().but(**parts)
    st.page_link(_streamlit_page(PAGES[name], language), label=text, icon=icon, query_params=view.as_query())


def switch_to(name: str) -> NoReturn:
    """Open a page by its name; the user's choices are carried over."""
    st.switch_page(_streamlit_page(PAGES[name], session.language()), query_params=session.carried().as_query())


def _streamlit_page(page: Page, language: Language) -> StreamlitPage:
    # Streamlit identifies a page by its path: each of these objects for one path is the same page.
    return st.Page(
        partial(page.show), title=page.title[language], icon=page.icon, url_path=page.name or "home",
        default=not page.name,
    )  # fmt: skip
