"""Streamlit's own scripts and styles, packed once and kept in memory.

Streamlit serves them as they are and leaves packing to a proxy. A workshop has none: for each phone in the room that
would be seven megabytes through the venue's Wi-Fi instead of two.
"""

import asyncio
import gzip
import mimetypes
from hashlib import sha256
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LEVEL = 9  # level of gzip: each file is compressed once
_TEXTUAL = {".css", ".js", ".json", ".svg"}  # pictures and fonts are packed already
_A_YEAR = "public, immutable, max-age=31536000"  # the names have a hash of the content in them
_CHUNK = 64 * 1024  # bytes


class Bundle:
    """Answers for the files in `folder` that packing makes smaller; all else is up to `app`."""

    def __init__(self, app: ASGIApp, folder: Path, base_url: str = "") -> None:
        self._app, self._folder = app, folder
        self._root = f"/{base_url.strip('/')}".rstrip("/")
        # Only the files listed here are ever read, whatever the path.
        named = {path.relative_to(folder).as_posix() for path in (folder / "static").rglob("*")}
        self._known = {f"{self._root}/{name}" for name in named}
        self._names = {f"{self._root}/{name}": name for name in named if Path(name).suffix in _TEXTUAL}
        self._packed: dict[str, asyncio.Task[Response]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and scope["path"] in self._names:
            headers = Headers(scope=scope)
            if "range" not in headers and accepts_gzip(headers.get("accept-encoding", "")):
                packed = await self._answer(self._names[scope["path"]])
                if packed.headers["etag"] in headers.get("if-none-match", ""):
                    packed = Response(status_code=304, headers={name: packed.headers[name] for name in _KEPT})
                elif scope["method"] == "HEAD":
                    packed = Response(headers=packed.headers)
                return await packed(scope, receive, _in_chunks(send))
        if scope["type"] == "http" and self._is_missing(scope["path"]):
            return await Response("Not Found", 404, media_type="text/plain")(scope, receive, send)
        return await self._app(scope, receive, send)

    def _is_missing(self, path: str) -> bool:
        """Streamlit would return its index page instead; a replica of another version may have the script."""
        return path.startswith(f"{self._root}/static/") and path not in self._known

    async def _answer(self, name: str) -> Response:
        """Return a packed file. The first request packs it; concurrent ones wait for the same."""
        if name not in self._packed:
            self._packed[name] = asyncio.create_task(asyncio.to_thread(self._pack, name))
        return await asyncio.shield(self._packed[name])  # a disconnected visitor does not cancel it for others

    def _pack(self, name: str) -> Response:
        content = (self._folder / name).read_bytes()
        headers = {
            "Content-Encoding": "gzip",
            "Vary": "Accept-Encoding",
            "Cache-Control": _A_YEAR,
            "ETag": f'"{sha256(content).hexdigest()[:32]}-gzip"',
        }
        kind = mimetypes.guess_type(name)[0]  # Streamlit has registered the type of scripts, even on Windows
        return Response(gzip.compress(content, LEVEL, mtime=0), headers=headers, media_type=kind)


def _in_chunks(send: Send) -> Send:
    """Hand a body on piece by piece: a client that takes nothing then holds one piece in memory and not the file."""

    async def send_in_chunks(message: Message) -> None:
        body = message.get("body", b"")
        sent = 0
        while len(body) - sent > _CHUNK:
            await send({"type": "http.response.body", "body": body[sent : sent + _CHUNK], "more_body": True})
            sent += _CHUNK
        await send({**message, "body": body[sent:]} if sent else message)

    return send_in_chunks


_KEPT = ("cache-control", "etag", "vary")


def accepts_gzip(accepted: str) -> bool:
    """Return whether a client takes gzip: gzip, deflate, br;q=0.5 -> True; identity, or gzip;q=0 -> False."""
    for part in accepted.lower().split(","):
        coding, _, weight = part.partition(";")
        if coding.strip() in ("gzip", "*"):
            return weight.replace(" ", "").rstrip("0.") != "q="
    return False
