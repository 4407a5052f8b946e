"""Links to the exact view of a page, under a URL that others can open."""

from html import escape
from urllib.parse import urlencode, urlsplit

import streamlit as st
from streamlit import config

from dashboard import addresses, session
from dashboard.settings import SETTINGS

_FRAME = '<iframe src="{link}" title="{title}" width="100%" height="{height}" loading="lazy" style="border:0"></iframe>'


def visited_base() -> str:
    """Return the address under which this browser has found the server, before the path of the page that is open."""
    url, page = (st.context.url or "").split("?")[0].rstrip("/"), session.page()
    if not url or (page and url.endswith(f"/{page}")):
        return url.removesuffix(f"/{page}")
    parts = urlsplit(url)  # the path is arbitrary for unknown pages
    return f"{parts.scheme}://{parts.netloc}/{config.get_option('server.baseUrlPath').strip('/')}".rstrip("/")


def base() -> str | None:
    """Return the address of the server that phones can open; None if only this machine's own is known."""
    local = addresses.in_local_network() if SETTINGS.in_a_room else []
    return addresses.reachable_base(SETTINGS.address, visited_base(), local)


def link(**parts: object) -> str:
    """Return the link to the open page as it is, but for `parts` of the view, in its recipient's language."""
    view = session.view().but(**parts).as_query()
    query = urlencode({name: value for name, value in view.items() if name != "lang"})
    return f"{base() or visited_base()}/{session.page()}?{query}"


def embed_code(link: str, title: str, height: int) -> str:
    """Return the HTML that shows a link without its frame on another page, `height` in px."""
    return _FRAME.format(link=escape(f"{link}&embed=true"), title=escape(title), height=height)
