"""Connections that cannot be used to exhaust the server: uvicorn's two protocols, with limits.

They count connections by peer, close those that send no request or take no answer, and end a socket that floods the
server, before Streamlit sees a byte. ASGI middleware comes too late for that: an unfinished request or message never
reaches it.
"""

import asyncio
import logging
from asyncio import BaseTransport, TimerHandle, Transport
from collections import Counter
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import uvicorn
import uvicorn.config
from uvicorn.protocols.http.auto import AutoHTTPProtocol
from uvicorn.protocols.utils import ClientDisconnected, get_remote_addr
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from dashboard.hosting import limits
from dashboard.hosting.limits import Capacity
from dashboard.token_bucket import TokenBucket

POLICY_VIOLATION = 1008  # RFC 6455, section 7.4.1
_SENTENCE = b"This server has no more connections for your address. Please try again in 10 s.\r\n"
_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nRetry-After: 10\r\n"
    b"Connection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(_SENTENCE), _SENTENCE)
)

log = logging.getLogger(__name__)


def install() -> None:
    """Have uvicorn use these protocols. Call it before uvicorn's configuration is loaded."""
    uvicorn.config.HTTP_PROTOCOLS["auto"] = f"{__name__}:HttpConnection"
    uvicorn.config.WS_PROTOCOLS["websockets-sansio"] = f"{__name__}:SocketConnection"
    uvicorn.Config = AnonymousConfig  # type: ignore[misc]  # which Streamlit looks up when it starts the server


_AT_SHUTDOWN: list[Callable[[], None]] = []


def on_shutdown(function: Callable[[], None]) -> None:
    """Have a function called when the server ends, before it waits for the answers that are under way."""
    _AT_SHUTDOWN.append(function)


class AnonymousConfig(uvicorn.Config):
    """uvicorn's configuration, without a header that names the program to attack."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **{"server_header": False, **named})


class Peers:
    """The open connections of this process, counted by client address. One thread uses it."""

    def __init__(self, capacity: Capacity) -> None:
        self._capacity = capacity
        self._count: Counter[str] = Counter()

    def enter(self, peer: str) -> bool:
        """Count a connection. Returns whether there is room for it; count it out either way."""
        self._count[peer] += 1
        return self._count[peer] <= self._most(peer) and self._count.total() <= self._capacity.connections

    def leave(self, peer: str) -> None:
        self._count[peer] -= 1
        if not self._count[peer]:
            del self._count[peer]

    def _most(self, peer: str) -> int:
        """Half of all for a proxy on this machine, which connects for all of its clients."""
        half = self._capacity.connections // 2
        return half if _is_local(peer) else min(half, limits.CONNECTIONS_PER_CLIENT)


def _is_local(peer: str) -> bool:
    try:
        return ip_address(peer).is_loopback
    except ValueError:  # a Unix socket's peer has no address
        return True


class _Counted:
    """Common part of both protocols: a place among the peers, and a timeout for a client that reads nothing."""

    peers: Peers | None = None
    _peer: str | None = None
    _stall_timer: TimerHandle | None = None
    _unsent = 0

    def _enter(self, transport: Transport) -> bool:
        if _Counted.peers is None:  # now, for `serve` raises the limit of open files after this module was imported
            _Counted.peers = Peers(Capacity(limits.file_limit()))
        address = get_remote_addr(transport)
        self._peer = address[0] if address else ""
        self._watch_for_stalls(transport)
        return _Counted.peers.enter(self._peer)

    def _leave(self) -> None:
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None
        if self._peer is not None and _Counted.peers is not None:
            _Counted.peers.leave(self._peer)
            self._peer = None

    def _watch_for_stalls(self, transport: Transport) -> None:
        """Abort if the client took nothing of an unsent answer between two checks."""
        unsent = transport.get_write_buffer_size()
        if unsent and unsent == self._unsent:
            transport.abort()
            return
        self._unsent = unsent
        loop = asyncio.get_running_loop()
        self._stall_timer = loop.call_later(limits.STALLED_SECONDS, self._watch_for_stalls, transport)


class HttpConnection(_Counted, AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """A connection that must become a request soon, the first time and every time."""

    _header_timer: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:
        super().connection_made(transport)
        if not self._enter(transport):
            transport.write(_BUSY)
            transport.close()
            return
        self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_awaiting()
        self._leave()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        for function in _AT_SHUTDOWN:
            function()
        super().shutdown()

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self._stop_awaiting()
        elif self._header_timer is None and self._is_idle() and self._peer is not None:
            self._await_request()  # the next request's first bytes, or the unread rest of a body

    def handle_websocket_upgrade(self, *arguments: Any) -> None:
        self._stop_awaiting()
        self._leave()  # the socket's protocol enters in its place
        super().handle_websocket_upgrade(*arguments)

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _await_request(self) -> None:
        self._header_timer = asyncio.get_running_loop().call_later(limits.HEADER_SECONDS, self.transport.abort)

    def _stop_awaiting(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None


class SocketConnection(_Counted, WebSocketsSansIOProtocol):
    """A WebSocket that is closed when it floods the server or sends a message larger than any page's."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.conn.max_message_size = limits.MESSAGE_BYTES
        self._bytes = TokenBucket(limits.BYTES_PER_SECOND, limits.BYTES_BURST)
        self._frames_allowed = TokenBucket(limits.FRAMES_PER_SECOND, limits.FRAMES_BURST)

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self._enter(self.transport)  # whose place the request had

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        super().connection_lost(exc)

    async def send(self, message: Any) -> None:
        """Raise ClientDisconnected for a page's data after the socket was closed, as for any client that has left.

        uvicorn calls it an error of the application, which cannot know yet, and the log would get a traceback.
        """
        if self.close_sent and self.handshake_complete and message["type"] == "websocket.send":
            raise ClientDisconnected
        await super().send(message)

    def data_received(self, data: bytes) -> None:
        if self.close_sent and self.transport.is_closing():
            return
        if self._bytes.take(len(data)):
            self._refuse("more data than a page sends")
            return
        super().data_received(data)

    def handle_bytes(self, event: Frame) -> None:
        if self._may_send():
            super().handle_bytes(event)

    def handle_text(self, event: Frame) -> None:
        if self._may_send():
            super().handle_text(event)

    def handle_cont(self, event: Frame) -> None:
        if not self._may_send():
            return
        if len(self.frames) >= limits.MESSAGE_FRAGMENTS:
            self._refuse("a message in too many fragments")
            return
        super().handle_cont(event)

    def handle_ping(self) -> None:
        if self._may_send():
            super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        if self._may_send():
            super().handle_pong(event)

    def _may_send(self) -> bool:
        if self.close_sent:
            return False
        if self._frames_allowed.take():
            self._refuse("more messages than a page sends")
            return False
        return True

    def _refuse(self, reason: str) -> None:
        """Close the socket with a reason, and forget the messages that wait."""
        log.warning("a socket was closed: %s", reason)
        self.stop_keepalive()
        self.frames = []
        while not self.queue.empty():
            self.queue.get_nowait()
        if not self.handshake_complete:
            self.transport.abort()
            return
        self.conn.fail(POLICY_VIOLATION, reason)
        self.handle_parser_exception()
