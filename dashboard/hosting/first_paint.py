"""First paint: the page's question, published answer and chart, shown before Streamlit's scripts have loaded.

The scripts are two megabytes, which take half a minute on a phone in a full room. The first response is Streamlit's
index page with our styles (so that nothing shifts later), the user's language, and some kB of text and SVG, which the
page replaces once it is drawn. All figures are published results.
"""

import asyncio
import gzip
import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from hashlib import sha256
from html import escape
from pathlib import Path
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config, file_util

from dashboard import language, page_script, pages, permalink, results, words
from dashboard.charts.themes import THEMES
from dashboard.hosting.bundle import accepts_gzip
from dashboard.permalink import View
from dashboard.presenting import keys
from dashboard.views import frame, home_page
from dashboard.views.decisions.catalog import PANELS
from dashboard.views.decisions.decision_panel import result
from dashboard.views.formatting import uncoloured
from dashboard.views.pictures import labels_drawing
from scenarios.errors import UserError
from scenarios.protocol import nearest, published_shots
from scenarios.publication.drafts import is_draft
from scenarios.publication.results import StudyResults
from scenarios.scenario import Scenario
from scenarios.text import Language, Text

SCRIPT = "first_paint.js"
_FOLDER = Path(__file__).parent
_STYLE = _FOLDER.parent / "style.css"
_LOADING = Text(en="The interactive page is loading …", zh="可操作的页面正在载入……")
_SCRIPTS = Text(en="The interactive page needs JavaScript.", zh="可操作的页面需要启用 JavaScript。")
_BARE = "present"  # a page whose screen belongs to something else


class FirstPaint:
    """Answers for the pages' addresses; all else is up to `app`."""

    def __init__(self, app: ASGIApp, base_url: str = "") -> None:
        self._app = app
        self._root = f"/{base_url.strip('/')}".rstrip("/")
        self._script = Response((_FOLDER / SCRIPT).read_bytes(), media_type="text/javascript")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or not path.startswith(f"{self._root}/"):
            return await self._app(scope, receive, send)
        name = path.removeprefix(f"{self._root}/")
        if name == SCRIPT:
            return await self._script(scope, receive, send)
        if name not in pages.PAGES:
            return await self._app(scope, receive, send)
        headers, query = Headers(scope=scope), dict(parse_qsl(scope["query_string"].decode("latin-1")))
        view, _ = permalink.open_link(query, language.from_locale(headers.get("accept-language")))
        content = await asyncio.to_thread(page, name, view, self._root)
        packs = accepts_gzip(headers.get("accept-encoding", ""))
        tag = f'"{sha256(content).hexdigest()[:32]}{"-gzip" if packs else ""}"'
        sent = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding, Accept-Language", "ETag": tag}
        if tag in headers.get("if-none-match", ""):
            return await Response(status_code=304, headers=sent)(scope, receive, send)
        if packs:
            content = gzip.compress(content, 6, mtime=0)
            sent["Content-Encoding"] = "gzip"
        return await Response(content, headers=sent, media_type="text/html")(scope, receive, send)


def page(name: str, view: View, root: str = "") -> bytes:
    """Return the first page of an address: Streamlit's, with content until it has drawn the real one."""
    own, (first, last), paint, waits = view.lang, _shell(), "", ""
    if name == _BARE:
        # Its window stays blank, but obeys a clicker: above the styles, for which scripts wait.
        first = first.replace("<head>", f"<head><script>{keys.EARLY}</script>", 1)
    else:
        script = f'<script type="module" src="{escape(root)}/{SCRIPT}"></script>'
        paint = f'<main id="first-paint" lang="{language.TAG[own]}">{_paint(name, view)}</main>{script}'
        waits = ' class="has-first-paint"'
    themed = (
        f"<script>{page_script.THEME}</script><style>:root {{ {_COLOURS[view.theme]}}}</style>" if view.theme else ""
    )
    html = first.replace("{lang}", language.TAG[own]).replace("{waits}", waits).replace("{title}", words.PRODUCT[own])
    return f"{html}{themed}{paint}{last}".encode()


@cache
def _shell() -> tuple[str, str]:
    """Return Streamlit's page up to the beginning of its body, with places for language and title, and the rest."""
    found = (Path(file_util.get_static_dir()) / "index.html").read_text(encoding="utf-8")
    first, body, last = found.partition("<body>")
    first = first.replace('<html lang="en">', '<html lang="{lang}"{waits}>', 1)
    first = re.sub(r"<title>.*?</title>", "<title>{title}</title>", first, count=1)
    styles = (
        _STYLE.read_text(encoding="utf-8"),
        _variables(),
        (_FOLDER / "first_paint.css").read_text(encoding="utf-8"),
    )
    # In the body, as Streamlit adds its own styles to the head, and of equal rules the last one counts.
    styled = f"{first}{body}<style>{''.join(styles)}</style>"
    return styled, re.sub(r"<noscript>.*?</noscript>", "", last, count=1, flags=re.DOTALL)


def _colours(theme: Mapping[str, Sequence[str]]) -> str:
    """Return a theme's colours as CSS variables."""
    colours = dict(zip(("background", "text", "border"), [*theme["page"], *theme["border"]], strict=True))
    colours |= {f"{n:06d}": colour for n, colour in enumerate(theme["charts"], start=1)}
    return "".join(f"--paint-{name}: {colour}; " for name, colour in colours.items())


_COLOURS = {name: _colours(theme) for name, theme in THEMES.items()}


def _variables() -> str:
    """Return the font and the colours as CSS variables, for light and for dark."""
    font, dark = f"--paint-font: {config.get_option('theme.font')}; ", f":root {{ {_COLOURS['dark']}}}"
    return f":root {{ {font}{_COLOURS['light']}}} @media (prefers-color-scheme: dark) {{ {dark} }}\n"


def _paint(name: str, view: View) -> str:
    about, own = pages.PAGES[name], view.lang
    parts = []
    if about.scenario is None:
        title, lead = (home_page.TITLE, home_page.LEAD) if not name else (about.title, None)
        parts += [_block("h1", title[own]), _block("p", lead[own]) if lead else ""]
    else:
        parts += [_block("h1", about.scenario.prose.question[own]), _answer(about.scenario, view)]
    parts += [
        f'<p class="note" role="status">{escape(_LOADING[own])}</p>',
        f"<noscript>{_block('p', _SCRIPTS[own])}</noscript>",
    ]
    return "".join(parts)


def _answer(scenario: Scenario, view: View) -> str:
    """Return a scenario's published answer and its chart; "" if there is none, or if the user is to guess first."""
    if view.guess or is_draft(scenario) or (not scenario.regression and scenario.decision not in PANELS):
        return ""
    try:
        scenario = results.in_world(scenario, view.world)
        study = results.study(scenario.name)
        shots = nearest(published_shots(scenario), view.shots)
        said = result(scenario, study, PANELS.get(scenario.decision), shots, view.lang, view)
    except UserError:  # the page itself reports the missing results
        return ""
    return "".join(
        [_block("p", _caveat(scenario)[view.lang], "note"), _block("p", said, "answer"), _drawn(study, view.lang)]
    )


def _caveat(scenario: Scenario) -> Text:
    panel = PANELS.get(scenario.decision)
    return frame.caveat(panel.advice if panel else None)


@lru_cache(maxsize=64)
def _drawn(study: StudyResults, own: Language) -> str:
    return re.sub("#(00000[1-6])", r"var(--paint-\1)", labels_drawing(study, own)).replace(
        "#e3e8ee", "var(--paint-border)"
    )


def _block(tag: str, markdown: str, kind: str = "") -> str:
    """Return a paragraph of our sentences' Markdown: bold, colours and links, of which the words are kept."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", uncoloured(markdown))
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(text))
    return f'<{tag} class="{kind}">{text}</{tag}>' if kind else f"<{tag}>{text}</{tag}>"
