"""Bytes that no library sends: WebSocket frames that are unfinished, too long or too many, and the server's answer."""

import socket
import struct
from contextlib import suppress


def raw_connection(port: int, source: str = "127.0.0.1") -> socket.socket:
    """Connect to a server on this machine, from another of this machine's addresses if wanted (Linux only)."""
    return socket.create_connection(("127.0.0.1", port), timeout=20, source_address=(source, 0))


def raw_socket(port: int, source: str = "127.0.0.1", *, host: str = "", origin: str = "") -> socket.socket:
    """Open a WebSocket and return it after its handshake, for frames that no library sends."""
    raw = raw_connection(port, source)
    try:
        raw.sendall(
            f"GET /_stcore/stream HTTP/1.1\r\nHost: {host or f'127.0.0.1:{port}'}\r\nUpgrade: websocket\r\n"
            f"{f'Origin: {origin}{chr(13)}{chr(10)}' if origin else ''}"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            "Sec-WebSocket-Protocol: streamlit\r\n\r\n".encode()
        )
        answer = raw.recv(4096)
        if not answer.startswith(b"HTTP/1.1 101"):
            raise ConnectionRefusedError(answer[:80].decode(errors="replace"))
    except BaseException:
        raw.close()
        raise
    return raw


def frame(payload: bytes, *, opcode: int = 2, final: bool = True, length: int | None = None) -> bytes:
    """Return a masked frame; `length` is the one that it claims."""
    claimed = len(payload) if length is None else length
    first = bytes([(0x80 if final else 0) | opcode])
    if claimed < 126:
        size = bytes([0x80 | claimed])
    elif claimed < 2**16:
        size = bytes([0x80 | 126]) + struct.pack("!H", claimed)
    else:
        size = bytes([0x80 | 127]) + struct.pack("!Q", claimed)
    return first + size + bytes(4) + payload  # a mask of zeros changes nothing


def closing_reason(raw: socket.socket) -> tuple[int, str]:
    """Read until the server closes the socket. Returns the code and the reason that it gave, (0, "") if none."""
    received = b""
    try:
        while chunk := raw.recv(2**16):
            received = (received + chunk)[-4096:]
    except ConnectionResetError:
        pass
    start = received.rfind(b"\x88")
    if start < 0:
        return 0, ""
    payload = received[start + 2 : start + 2 + received[start + 1]]
    return struct.unpack("!H", payload[:2])[0], payload[2:].decode()


def flood(raw: socket.socket, data: bytes) -> None:
    """Send everything that the server takes."""
    with suppress(BrokenPipeError, ConnectionResetError):  # as it should be
        raw.sendall(data)
