"""Headers with which browsers guard our pages, so that no other site gains anything from them."""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import file_util

from dashboard import page_script
from dashboard.presenting import keys, progress
from dashboard.rooms import cookie
from dashboard.sharing import figure_tools

_POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; script-src 'self' {scripts}; "
    "style-src 'self' 'unsafe-inline'; "  # Streamlit and Plotly write their styles into the page
    "img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; connect-src 'self'{sockets}"
)
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_HOST = re.compile(r"[a-z0-9.\-]+(:\d+)?|\[[0-9a-f:.]+\](:\d+)?", re.IGNORECASE)


class SafeHeaders:
    """ASGI middleware that adds a few headers to every answer.

    Parameters
    ----------
    app : ASGIApp
        The application.
    frame_ancestors : str
        The sites that may show these pages inside their own; "" for all of them.
    """

    def __init__(self, app: ASGIApp, frame_ancestors: str = "") -> None:
        self._app = app
        self._headers = {
            "X-Content-Type-Options": "nosniff",  # browsers must not guess a file's type
            # An address holds all that its reader has chosen, and perhaps a name inside a company: none of it goes
            # along to the papers that the pages link to.
            "Referrer-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
            # Other sites may show a page in a frame, which this does not forbid, but not use its files.
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        self._scripts = " ".join(_hash(script) for script in inline_scripts())
        # Everybody may show these pages inside their slides, as there is nothing that a framed click could give away:
        # no account, no purchase, nothing kept. Saying so with `frame-ancestors *` would shut out slides that were
        # opened from a file. An operator can restrict it to named sites.
        self._frame_ancestors = f"; frame-ancestors {frame_ancestors}" if frame_ancestors else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_more(message: Message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", [])
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("Content-Security-Policy", self.policy(Headers(scope=scope).get("host", "")))
            await send(message)

        await self._app(scope, receive, send_more if scope["type"] == "http" else send)

    def policy(self, host: str) -> str:
        """Return the Content-Security-Policy of pages under one host.

        Safari before 15.4 does not count a page's own sockets as 'self': they are named.
        """
        sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
        return _POLICY.format(scripts=self._scripts, sockets=sockets) + self._frame_ancestors


def inline_scripts() -> list[str]:
    """Return the only scripts that may stand inside a page: Streamlit's own, and ours."""
    page = (Path(file_util.get_static_dir()) / "index.html").read_text(encoding="utf-8")
    ours = [
        *page_script.SCRIPTS,
        page_script.THEME,
        keys.SCRIPT,
        keys.EARLY,
        progress.SCRIPT,
        cookie.SCRIPT,
        figure_tools.SCRIPT,
    ]
    return [*_INLINE.findall(page), *ours]


def _hash(script: str) -> str:
    return f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"
