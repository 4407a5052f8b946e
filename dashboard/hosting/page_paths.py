"""Wrong paths of pages are redirected: Streamlit answers to some with a page that stays blank."""

from urllib.parse import quote, urlencode

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard import pages, session


class PagePaths:
    """ASGI middleware that redirects misspelt paths to their page, and unknown ones to the home page with a notice.

    Parameters
    ----------
    app : ASGIApp
        The application.
    base : str
        The path before all others, "" or /study.
    others : frozenset of str
        First segments of paths that are not pages.
    """

    def __init__(self, app: ASGIApp, base: str, others: frozenset[str]) -> None:
        self._app, self._base, self._others = app, base, others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        right = self._redirected(scope) if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") else None
        if right is None:
            await self._app(scope, receive, send)
        else:
            response = RedirectResponse(right, status_code=307, headers={"Cache-Control": "no-store"})
            await response(scope, receive, send)

    def _redirected(self, scope: Scope) -> str | None:
        """Return the URL to which a request is sent on; None if its path is right or no page's."""
        path: str = scope["path"]
        first, *more = path.removeprefix(self._base).strip("/").split("/")
        is_for_a_page = "text/html" in Headers(scope=scope).get("accept", "")
        if not is_for_a_page or not first or "." in first or first in self._others:
            return None
        name, query = pages.named(first), scope.get("query_string", b"").decode("latin-1")
        if name == first and not more:
            return None
        if name is None:
            query = "&".join(filter(None, [query, urlencode({session.MISSED: first[:40]})]))
        return f"{self._base}/{quote(name or '')}" + (f"?{query}" if query else "")
