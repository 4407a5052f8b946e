"""What browsers are told about every answer, so that nobody else's page gains anything from ours."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class SafeHeaders:
    """Adds a few headers to whatever `app` answers."""

    def __init__(self, app: ASGIApp, frame_ancestors: str = "") -> None:
        self._app = app
        self._headers = {
            "X-Content-Type-Options": "nosniff",  # a file is what we say that it is
            # An address holds all that its reader has chosen, and perhaps a name inside a company: none of it goes
            # along to the papers that the pages link to.
            "Referrer-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        }
        # Everybody may show these pages inside their slides, as there is nothing that a framed click could give away:
        # no account, no purchase, nothing kept. Saying so with `frame-ancestors *` would shut out slides that were
        # opened from a file. A host who knows better names the sites.
        if frame_ancestors:
            self._headers["Content-Security-Policy"] = f"frame-ancestors {frame_ancestors}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_more(message: Message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", [])
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_more if scope["type"] == "http" else send)
