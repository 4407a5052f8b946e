"""Phones and a presenter over HTTP, without a browser, for tests."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dashboard.rooms import Rooms
from tests.live_server import OURS, LiveServer

PATIENCE = 60.0


def ask(
    address: str, method: str, path: str, token: str = "", body: object = None, **headers: str
) -> tuple[int, Any, dict[str, str]]:
    """Send one request. Returns the status, the JSON or the text of the answer, and its headers."""
    parts = urlsplit(address)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
    sent = {"Authorization": f"Bearer {token}"} if token else {}
    content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    if body is not None:
        sent["Content-Type"] = "application/json"
    try:
        connection.request(
            method, path, content, sent | {name.replace("_", "-"): value for name, value in headers.items()}
        )
        answer = connection.getresponse()
        text = answer.read()
        got = {name.lower(): value for name, value in answer.getheaders()}
        is_json = got.get("content-type", "").startswith("application/json")
        return answer.status, json.loads(text) if is_json else text, got
    finally:
        connection.close()


@contextmanager
def rooms_and_server(folder: Path, **settings: str) -> Iterator[tuple[Rooms, LiveServer]]:
    """Rooms that are kept in a folder, and a server of the same ones."""
    rooms = Rooms(str(folder))
    server = LiveServer(command=OURS, settings={"QUICK_STUDY_DATABASE": str(folder), **settings})
    yield rooms, server
    server.close()
    rooms.close_database()
