"""Limits per client address: its sockets, their messages, and the tables that are uploaded."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.hosting import limits
from dashboard.hosting.limits import Capacity
from dashboard.token_bucket import TokenBucket

_FULL = "This server has no room for another tab at the moment. Please close one, or try again later.\n"
_NOT_FOUND = "Not Found"
_TOO_LARGE = "This file is larger than this server takes.\n"
_TOO_MANY = "Too many files were sent. Please try again in some minutes.\n"
_FORGET_AFTER = 1000  # client addresses, of those without a socket

log = logging.getLogger(__name__)


class ClientLimits:
    """ASGI middleware that limits sockets per client address and in total, and messages per second.

    A client that is too fast is slowed down: its messages wait in its own connection. The address is the one that
    uvicorn reports, which is a proxy's client if the proxy is trusted (FORWARDED_ALLOW_IPS).

    Parameters
    ----------
    app : ASGIApp
        The application.
    sockets_per_client : int
        Maximum number of open tabs per client address.
    upload_path : str
        Streamlit's path for uploads.
    upload_bytes : int
        Size of the largest file; 0 closes that path.
    held_bytes : callable
        Returns the size of all files that are in memory.
    """

    def __init__(
        self,
        app: ASGIApp,
        sockets_per_client: int,
        upload_path: str,
        upload_bytes: int = 0,
        held_bytes: Callable[[], int] = lambda: 0,
    ) -> None:
        self._app, self._sockets_per_client = app, sockets_per_client
        self._upload_path, self._upload_bytes = upload_path, upload_bytes
        self._held_bytes = held_bytes
        self._uploads: dict[str, TokenBucket] = {}
        self._refusing: Counter[str] = Counter()
        self._all_uploads = TokenBucket(limits.ALL_UPLOAD_BYTES_PER_SECOND, limits.ALL_UPLOAD_BYTES_BURST)
        self._sockets: Counter[str] = Counter()
        self._messages: dict[str, TokenBucket] = {}
        self._handshakes: dict[str, TokenBucket] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._serve_socket(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].startswith(self._upload_path):
            await self._take_file(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _serve_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = _client_of(scope)
        if not self._has_room(client):
            await receive()  # "websocket.connect"
            await _reject(send)
            return
        self._sockets[client] += 1
        shared = self._messages.setdefault(
            client, TokenBucket(limits.CLIENT_MESSAGES_PER_SECOND, limits.CLIENT_MESSAGES_BURST)
        )
        own = TokenBucket(limits.MESSAGES_PER_SECOND, limits.MESSAGES_BURST)

        async def receive_in_time() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive":
                seconds = max(own.take(), shared.take())
                if seconds:
                    await asyncio.sleep(seconds)
            return message

        try:
            await self._app(scope, receive_in_time, send)
        finally:
            self._sockets[client] -= 1
            if not self._sockets[client]:
                del self._sockets[client]
            self._forget()

    async def _take_file(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an upload on if its stated length is within the limits of a file and of its address."""
        if not self._upload_bytes:
            await self._refuse(404, _NOT_FOUND, scope, receive, send)
            return
        if scope["method"] not in ("PUT", "POST"):  # a page may forget a file
            await self._app(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"")
        most = self._upload_bytes + limits.UPLOAD_EXTRA_BYTES
        if not length.isdigit() or len(length) > len(str(most)) or int(length) > most:
            await self._refuse(413, _TOO_LARGE, scope, receive, send)
            return
        client = _client_of(scope)
        own = self._uploads.setdefault(client, TokenBucket(limits.UPLOAD_BYTES_PER_SECOND, limits.UPLOAD_BYTES_BURST))
        has_room = self._held_bytes() + int(length) <= limits.HELD_UPLOAD_BYTES
        if not (has_room and own.take_if_any(int(length)) and self._all_uploads.take_if_any(int(length))):
            log.warning("an upload was refused: its address or all have sent too much")
            await self._refuse(429, _TOO_MANY, scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _refuse(self, status: int, text: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an upload first, then read and drop what its client still sends, and close the connection.

        Closed at once, it would be reset, and a client that first sends all would never see the answer (RFC 9112,
        section 9.6). Few connections of an address are kept open in this way, and each for some seconds.
        """
        body, client = text.encode(), _client_of(scope)
        headers = [*_plain_text(body), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        is_kept = self._refusing[client] < limits.REFUSALS_PER_CLIENT and self._refusing.total() < limits.REFUSALS
        await send({"type": "http.response.body", "body": body, "more_body": is_kept})
        if not is_kept:
            return
        self._refusing[client] += 1
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(limits.REFUSAL_SECONDS):
                    await _drop_body(receive)
        finally:
            self._refusing[client] -= 1
            if not self._refusing[client]:
                del self._refusing[client]
        await send({"type": "http.response.body"})

    def _has_room(self, client: str) -> bool:
        handshakes = self._handshakes.setdefault(
            client, TokenBucket(limits.HANDSHAKES_PER_SECOND, limits.HANDSHAKES_BURST)
        )
        if not handshakes.take_if_any():
            return False
        capacity = Capacity(limits.file_limit()).visits
        return self._sockets[client] < self._sockets_per_client and self._sockets.total() < capacity

    def _forget(self) -> None:
        """Drop the oldest records of addresses without a socket, whose bucket is full again."""
        for known in (self._messages, self._handshakes, self._uploads):
            if len(known) > _FORGET_AFTER:
                for client in [client for client in known if not self._sockets[client]][: _FORGET_AFTER // 2]:
                    del known[client]


def _client_of(scope: Scope) -> str:
    return scope["client"][0] if scope.get("client") else ""


def _plain_text(body: bytes) -> list[tuple[bytes, bytes]]:
    """Return the headers of a sentence."""
    return [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]


async def _drop_body(receive: Receive) -> None:
    """Read the rest of a request, up to REFUSAL_BYTES. Raises TimeoutError once nothing comes any more."""
    left = limits.REFUSAL_BYTES
    while left > 0:
        async with asyncio.timeout(limits.REFUSAL_IDLE_SECONDS):
            message = await receive()
        left -= len(message.get("body", b""))
        if not message.get("more_body"):  # its end, or the client has left
            return


async def _reject(send: Send) -> None:
    log.warning("a socket was refused: its address has too many")
    body = _FULL.encode()
    await send({"type": "websocket.http.response.start", "status": 503, "headers": _plain_text(body)})
    await send({"type": "websocket.http.response.body", "body": body})
