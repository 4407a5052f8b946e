"""Requests under another site's name, and sockets from another site's page, are refused."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.web.server.server_util import allow_all_cross_origin_requests, is_allowed_origin
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

_WRONG_HOST = (
    "This server does not accept requests for this host name. Its operator can allow it: --allowed-host NAME.\n"
)


class SameOrigin:
    """ASGI middleware: the Host must be allowed, and the Origin of a socket must be the Host that it goes to.

    Streamlit also accepts sockets from pages on any port of this machine, and from hosts whose names start like an
    allowed one; and it checks the Host of sockets only.

    Parameters
    ----------
    app : ASGIApp
        The application.
    open_paths : tuple of str
        Paths that accept any Host: health checks use addresses that are not known in advance.
    """

    def __init__(self, app: ASGIApp, open_paths: tuple[str, ...]) -> None:
        self._app, self._open_paths = app, open_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_host_allowed(scope):
            await PlainTextResponse(_WRONG_HOST, status_code=400)(scope, receive, send)
        elif scope["type"] == "websocket" and not _is_same_origin(Headers(scope=scope)):
            await receive()  # "websocket.connect"
            await send({"type": "websocket.close", "code": 1008})  # before it was accepted: status 403
        else:
            await self._app(scope, receive, send)

    def _is_host_allowed(self, scope: Scope) -> bool:
        return scope["path"].rstrip("/") in self._open_paths or is_host_allowed(Headers(scope=scope).get("host"))


def _is_same_origin(headers: Headers) -> bool:
    origin, host = headers.get("origin"), headers.get("host", "")
    if origin is None or allow_all_cross_origin_requests() or is_allowed_origin(origin):
        return True  # without one, it is no browser's
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()
