"""HTTP API of rooms, next to Streamlit: two light pages, and the endpoints of their scripts.

A phone has no Streamlit session. It waits for the room's next change with one long-polling request. Only a digest of a
random token is stored. Tokens and the presenter's secret come in a header, never in a URL.
"""

import gzip
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import lru_cache
from hashlib import sha256
from html import escape
from http import HTTPStatus
from pathlib import Path
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from dashboard import language, typed_numbers
from dashboard.hosting import limits
from dashboard.hosting.bundle import accepts_gzip
from dashboard.hosting.room_hub import Hub
from dashboard.rooms import Distribution, Overview, Question, RoomError, Rooms, Snapshot
from dashboard.rooms import words as room_words
from dashboard.rooms.errors import Reason, invalid
from dashboard.rooms.joining import JOIN, SPEAK
from dashboard.token_bucket import ClientBuckets
from scenarios.dataclass_json import to_json
from scenarios.text import LANGUAGES, Language, Text

_FOLDER = Path(__file__).resolve().parents[1] / "rooms" / "light"
_FILES = {
    "light.css": "text/css",
    "light.js": "text/javascript",
    "join.js": "text/javascript",
    "speaker.js": "text/javascript",
}
WAIT = 10.0  # seconds until a phone polls again; a proxy waits for 20
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)
_STATUS: dict[Reason, HTTPStatus] = {
    "unknown": HTTPStatus.NOT_FOUND,
    "secret": HTTPStatus.FORBIDDEN,
    "full": HTTPStatus.FORBIDDEN,
    "locked": HTTPStatus.FORBIDDEN,
    "removed": HTTPStatus.FORBIDDEN,
    "closed": HTTPStatus.CONFLICT,
    "no_question": HTTPStatus.CONFLICT,
    "invalid": HTTPStatus.UNPROCESSABLE_ENTITY,
    "busy": HTTPStatus.TOO_MANY_REQUESTS,
    "unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
}
_CODE = re.compile(r"[0-9]{6}", re.ASCII)
Answer = Callable[[Request], Awaitable[Response]]


class _Packed:
    """A file that is compressed once."""

    def __init__(self, content: bytes, kind: str, headers: dict[str, str]) -> None:
        vary = ", ".join(filter(None, ["Accept-Encoding", headers.get("Vary")]))
        headers = {**headers, "Vary": vary}
        self._plain = Response(content, headers=headers, media_type=kind)
        headers["Content-Encoding"] = "gzip"
        self._small = Response(gzip.compress(content, mtime=0), headers=headers, media_type=kind)

    def answer(self, request: Request) -> Response:
        return self._small if accepts_gzip(request.headers.get("accept-encoding", "")) else self._plain


class RoomApi:
    """The routes of rooms.

    Parameters
    ----------
    rooms : Rooms
        Where rooms are kept.
    base : str
        The path before all others, "" or /study.
    """

    def __init__(self, rooms: Rooms, base: str = "") -> None:
        self.hub = Hub(rooms)
        self._rooms, self._base = rooms, base
        self._requests = ClientBuckets(limits.ROOM_REQUESTS_PER_SECOND, limits.ROOM_REQUESTS_BURST)
        self._mistakes = ClientBuckets(limits.ROOM_MISTAKES_PER_SECOND, limits.ROOM_MISTAKES_BURST)
        self._waiting = 0
        contents = {name: (_FOLDER / name).read_bytes() for name in _FILES}
        caching = {"Cache-Control": "max-age=86400"}  # another version has another address
        self._files = {name: _Packed(content, _FILES[name], caching) for name, content in contents.items()}
        self._version = sha256(b"".join(contents.values())).hexdigest()[:12]

    def routes(self) -> list[Route]:
        """Return all routes."""
        room = f"{self._base}/rooms/{{code}}"
        return [
            Route(f"{self._base}/{JOIN}", self._page("join.html")),
            Route(f"{self._base}/{JOIN}/{{code}}", self._page("join.html")),
            Route(f"{self._base}/{SPEAK}/{{code}}", self._page("speaker.html", framed=False)),
            Route(f"{self._base}/rooms/light/{{name}}", self._file),
            Route(room, self._guarded(self._state)),
            Route(f"{room}/participants", self._guarded(self._join), methods=["POST"]),
            Route(f"{room}/guesses/{{round:int}}", self._guarded(self._guess), methods=["PUT"]),
            Route(f"{room}/speaker", self._guarded(self._overview), methods=["GET"]),
            Route(f"{room}/speaker", self._guarded(self._command), methods=["POST"]),
            Route(f"{room}/guesses.csv", self._guarded(self._export)),
        ]

    def _page(self, name: str, *, framed: bool = True) -> Answer:
        policy = _POLICY if framed else f"{_POLICY}; frame-ancestors 'none'"
        headers = {"Content-Security-Policy": policy, "Cache-Control": "no-cache", "Vary": "Accept-Language"}
        pages = {own: _Packed(self._filled(name, own), "text/html", headers) for own in LANGUAGES}

        async def answer(request: Request) -> Response:
            return pages[language.from_locale(request.headers.get("accept-language"))].answer(request)

        return answer

    def _filled(self, name: str, own: Language) -> bytes:
        """Return a page with words in both languages, initially shown in the user's own."""
        page = (_FOLDER / name).read_text(encoding="utf-8")
        numbers = {name.lower(): getattr(typed_numbers, name) for name in ("PATTERN", "WIDE", "PLAIN", "LONGEST")}
        sentences = json.dumps(room_words.as_json(is_speaker=name == "speaker.html"), ensure_ascii=False)
        for place, value in (
            ("{lang}", language.TAG[own]),
            ("{base}", self._base),
            ("{numbers}", escape(json.dumps(numbers, ensure_ascii=False))),
            ("{version}", self._version),
            ("{title}", room_words.SHARED["product"][own]),
            ("{no_script}", " ".join(asdict(room_words.NO_SCRIPT).values())),
            ("{words}", sentences.replace("<", "\\u003c")),
        ):
            page = page.replace(place, value)
        return page.encode()

    async def _file(self, request: Request) -> Response:
        file = self._files.get(request.path_params["name"])
        return file.answer(request) if file else PlainTextResponse("Not Found", status_code=404)

    def _guarded(self, answer: Answer) -> Answer:
        """Apply the limits of one address, and return refusals as JSON with a sentence in both languages."""

        async def guarded(request: Request) -> Response:
            client = request.client.host if request.client else ""
            try:
                if not _CODE.fullmatch(request.path_params["code"]):
                    raise RoomError("unknown")
                if not self._requests.take_if_any(client):
                    raise RoomError("busy")
                response = await answer(request)
            except ClientDisconnect:
                return Response(status_code=400)
            except RoomError as error:
                # Guessing codes or secrets is soon throttled; a room of people who mistype is not.
                is_guess = error.reason in ("unknown", "secret")
                if is_guess and not self._mistakes.take_if_any(client):
                    error = RoomError("busy")
                content = {"reason": error.reason, "text": asdict(error.text)}
                response = JSONResponse(content, status_code=_STATUS[error.reason])
            response.headers["Cache-Control"] = "no-store"
            return response

        return guarded

    async def _state(self, request: Request) -> Response:
        known = request.query_params.get("after", "")
        after = int(known) if known.isascii() and known.isdigit() and len(known) < 10 else None
        may_wait = self._waiting < limits.ROOM_WAITING
        self._waiting += 1
        try:
            snapshot = await self.hub.snapshot(request.path_params["code"], after, WAIT if may_wait else 0.0)
        finally:
            self._waiting -= 1
        if snapshot is None:
            return Response(status_code=204, headers={} if may_wait else {"Retry-After": "2"})
        token = _token(request)
        if token and snapshot.is_removed(token):
            raise RoomError("removed")
        return _packed(snapshot).answer(request)

    async def _join(self, request: Request) -> Response:
        participant = await self.hub.in_thread(self._rooms.join, request.path_params["code"])
        return JSONResponse(asdict(participant), status_code=201)

    async def _guess(self, request: Request) -> Response:
        body = await _json(request, limits.ROOM_GUESS_BYTES)
        code, round_ = request.path_params["code"], request.path_params["round"]
        if round_ >= 2**31:
            raise RoomError("closed")
        value = await self.hub.in_thread(self._rooms.guess, code, _token(request), round_, body.get("value"))
        return JSONResponse({"value": value})

    async def _overview(self, request: Request) -> Response:
        overview = await self.hub.in_thread(self._rooms.overview, request.path_params["code"], _token(request))
        return JSONResponse(_of_overview(overview))

    async def _command(self, request: Request) -> Response:
        body = await _json(request, limits.ROOM_QUESTION_BYTES)
        await self.hub.in_thread(self._obey, request.path_params["code"], _token(request), body)
        return JSONResponse({}) if body["do"] == "end" else await self._overview(request)

    def _obey(self, code: str, secret: str, body: dict[str, Any]) -> None:
        rooms, command = self._rooms, body.get("do")
        if command == "ask":
            rooms.ask(code, secret, Question.of_json(body.get("question")))
        elif command in ("close", "reveal", "restart", "end"):
            getattr(rooms, command)(code, secret)
        elif command in ("lock", "unlock"):
            rooms.lock(code, secret, locked=command == "lock")
        elif command == "remove" and isinstance(body.get("number"), int) and 0 < body["number"] < 2**31:
            rooms.remove(code, secret, body["number"])
        else:
            raise invalid(Text(en="Unknown command for a room.", zh="无法识别该操作。"))

    async def _export(self, request: Request) -> Response:
        text = await self.hub.in_thread(self._rooms.export, request.path_params["code"], _token(request))
        return PlainTextResponse(text, media_type="text/csv")


def _token(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ")[:100]


async def _json(request: Request, most: int) -> dict[str, Any]:
    """Read a JSON object of at most `most` bytes. Another site's page could not send one as JSON."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise invalid(Text(en="This request is not JSON.", zh="请求不是 JSON 格式。"))
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise invalid(Text(en="This request is too long.", zh="请求过长。"))
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise invalid(Text(en="This request is not a JSON object.", zh="请求不是 JSON 对象。"))
    return content


@lru_cache(maxsize=64)
def _packed(snapshot: Snapshot) -> _Packed:
    """Return the snapshot for phones, serialised and compressed once for all of them."""
    content = {
        "version": snapshot.version,
        "round": snapshot.round,
        "number": snapshot.number,
        "state": snapshot.state,
        "question": snapshot.question.as_json() if snapshot.question else None,
        "distribution": _of_distribution(snapshot.distribution),
    }
    return _Packed(json.dumps(content, ensure_ascii=False).encode(), "application/json", {"Cache-Control": "no-store"})


def _of_overview(overview: Overview) -> dict[str, Any]:
    return {
        "round": overview.round,
        "number": overview.number,
        "state": overview.state,
        "question": overview.question.as_json() if overview.question else None,
        "distribution": _of_distribution(overview.distribution),
        "participants": overview.counts.participants,
        "guesses": overview.counts.guesses,
        "locked": overview.locked,
        "ends": overview.ends,
        "people": overview.participants,
        "notes": to_json(overview.notes) if overview.notes else None,
    }


def _of_distribution(distribution: Distribution | None) -> dict[str, Any] | None:
    return asdict(distribution) if distribution else None
