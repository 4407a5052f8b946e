"""Sharing the open page: its exact link, the link's QR code, and the code that embeds it elsewhere."""

from html import escape

import streamlit as st

from dashboard import pages, session, words
from dashboard.sharing import figure_tools, links
from dashboard.views import frame
from scenarios.text import Text

HEIGHT = 640  # px of an embedded page
_SHARE = Text(en="Share", zh="分享")
_LINK = Text(en="Link to exactly this view", zh="本页当前状态的链接")
_KEPT = Text(
    en="It opens in the reader’s own language. Files and models of your own stay in this tab.",
    zh="打开时使用对方的语言。你自己的文件和模型只在本标签页中，不随链接分享。",
)
_ONLY_HERE = Text(
    en="Only this machine can open it: no other address of the server is known.",
    zh="目前只知道本机地址，其他设备打不开此链接。",
)
_COLOURS = Text(en="Colours of the link", zh="链接的配色")
_THEMES = {
    "": Text(en="As the reader’s device", zh="跟随对方设备"),
    "light": Text(en="Light", zh="浅色"),
    "dark": Text(en="Dark", zh="深色"),
}
_EMBED = Text(en="Embed this page in slides or a web page", zh="嵌入幻灯片或网页")
_ONE = Text(en="For a single figure, press </> below it.", zh="只嵌入一张图：点击图下的 </>。")
_OPEN = Text(en="Open in Quick Study", zh="在“举一反三”中打开")
_SOURCE = Text(en="Quick Study · seed {seed} · {link}", zh="举一反三 · 随机种子 {seed} · {link}")


@st.fragment  # only this fragment is drawn when it is opened
def show() -> None:
    """Draw the button, and once it is pressed, all that it offers."""
    language = session.language()
    with st.popover(_SHARE[language], icon=":material/share:", key="share", on_change="rerun") as opened:
        if not opened.open:
            return
        st.markdown(f"**{_LINK[language]}**")
        theme = st.segmented_control(
            _COLOURS[language], _THEMES, default=session.view().theme, key="share_theme", required=True,
            format_func=lambda name: _THEMES[name][language], label_visibility="collapsed",
        )  # fmt: skip
        link = links.link(theme=theme)
        st.code(link, language=None, wrap_lines=True)
        st.caption((_KEPT if links.base() else _ONLY_HERE)[language])
        if links.base():
            frame.draw_qr(link)
        st.markdown(f"**{_EMBED[language]}**")
        title = f"{words.PRODUCT[language]} · {pages.TITLE[session.page()][language]}"
        st.code(links.embed_code(link, title, HEIGHT), language=None, wrap_lines=True)
        st.caption(words.verbatim(_ONE[language]))


def draw_way_out() -> None:
    """Draw the link from an embedded page to the full one."""
    with st.container(key="way_out"):
        st.markdown(f":small[[{_OPEN[session.language()]} ↗]({links.link(figure='')})]")


def draw_source() -> None:
    """Draw, hidden, the text on saved pictures of figures, and the script that makes them."""
    view, page = session.view(), session.page()
    link, scenario = links.link(figure=""), pages.PAGES[page].scenario
    about = [f"{view.shots}"] if scenario else []
    name = "-".join([page or "home", *([view.about] if view.about and not scenario else []), "FIGURE", *about])
    facts = {"page-link": link, "file": name, "source": _SOURCE.format(seed=view.seed, link=link)[view.lang]}
    attributes = " ".join(f'data-{key}="{escape(value)}"' for key, value in facts.items())
    with st.container(key="page_source"):
        st.html(f"<div {attributes}></div>")
        st.html(f"<script>{figure_tools.SCRIPT}</script>", unsafe_allow_javascript=True)
