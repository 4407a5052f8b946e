"""Quick Study as one ASGI application: Streamlit's pages, with the services that an operator needs.

`python -m dashboard` runs it, with the limits of `connections.py` below it. So do `streamlit run
dashboard/hosting/asgi.py` and every ASGI server, with one process: a visitor's session lives in the memory of the
process that began it.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:  # `streamlit run` puts this file's folder there, not the repository
    sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402
from starlette.middleware import Middleware  # noqa: E402
from starlette.requests import Request  # noqa: E402
from starlette.responses import JSONResponse, PlainTextResponse, Response  # noqa: E402
from starlette.routing import Route  # noqa: E402
from starlette.types import ASGIApp, Receive, Scope, Send  # noqa: E402
from streamlit import config, file_util, net_util  # noqa: E402
from streamlit.runtime import get_instance  # noqa: E402

from dashboard import engine, widget_states  # noqa: E402
from dashboard.engine import ENGINE  # noqa: E402
from dashboard.hosting import banner, connections, ended_visits, metrics  # noqa: E402
from dashboard.hosting.bundle import Bundle  # noqa: E402
from dashboard.hosting.client_limits import ClientLimits  # noqa: E402
from dashboard.hosting.first_paint import FirstPaint  # noqa: E402
from dashboard.hosting.health import HealthMonitor  # noqa: E402
from dashboard.hosting.origins import SameOrigin  # noqa: E402
from dashboard.hosting.page_paths import PagePaths  # noqa: E402
from dashboard.hosting.preload import preload  # noqa: E402
from dashboard.hosting.room_api import RoomApi  # noqa: E402
from dashboard.hosting.safe_headers import SafeHeaders  # noqa: E402
from dashboard.rooms.ours import ROOMS  # noqa: E402
from dashboard.settings import SETTINGS  # noqa: E402

preload()
widget_states.install()  # before the first visitor
# For a socket of an unknown origin, Streamlit would look up this machine's public address in the internet, and block
# all requests meanwhile.
net_util.get_external_ip = lambda: None
# An answer passes through four threads before its worker has the next question; at Python's usual 5 ms a time, a busy
# server kept its worker waiting for a fifth of the time.
sys.setswitchinterval(0.001)

FIT = ("ready", "asleep")
_BASE = "/" + config.get_option("server.baseUrlPath").strip("/")
_MONITOR = HealthMonitor(ENGINE, wakes_early=SETTINGS.wakes_early)
_ROOM_API = RoomApi(ROOMS, _BASE.rstrip("/"))


async def ready(_: Request) -> Response:
    """Whether to send visitors here. `/_stcore/health` is about the web process alone."""
    state = _MONITOR.state()
    return JSONResponse(
        {"ready": state in FIT, "worker": state},
        status_code=200 if state in FIT else 503,
        headers={"Cache-Control": "no-store"},
    )


async def show_metrics(_: Request) -> Response:
    """Return the metrics in Prometheus' text format, or 403 without permission."""
    text = metrics.exposition(ENGINE.stats(), ready=_MONITOR.state() in FIT, sessions=metrics.sessions())
    return PlainTextResponse(text, media_type=metrics.CONTENT_TYPE)


class OperatorsOnly:
    """Keeps strangers from our metrics and from Streamlit's own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "").rstrip("/")
        if scope["type"] == "http" and path in _GUARDED and not metrics.may_read(scope, SETTINGS):
            text = "These figures are for whoever runs this server: see QUICK_STUDY_METRICS_TOKEN.\n"
            return await PlainTextResponse(text, status_code=403)(scope, receive, send)
        return await self._app(scope, receive, send)


def _path(name: str) -> str:
    return f"{_BASE.rstrip('/')}/{name}"


_ROUTES = [Route(_path("ready"), ready), Route(_path("metrics"), show_metrics), *_ROOM_API.routes()]
_STREAMLITS = ("_stcore", "static", "media", "component", "app", "oauth2callback")
_NOT_PAGES = frozenset([*_STREAMLITS, *(each.path.removeprefix(_path("")).split("/")[0] for each in _ROUTES)])
_GUARDED = (_path("metrics"), _path("_stcore/metrics"))


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Preload the worker before the first visitor, and stop it at the end."""
    _MONITOR.start()
    address = config.get_option("server.address") or banner.EVERYWHERE[0]
    port = config.get_option("server.port")
    banner.announce(banner.announcement(address, port, large=SETTINGS.in_a_room, base=_path("")))
    connections.on_shutdown(_ROOM_API.hub.leave)
    tasks = [asyncio.create_task(work) for work in (ended_visits.release_regularly(), _ROOM_API.hub.run())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        _ROOM_API.hub.close()
        _MONITOR.stop()
        engine.close()


def _held_bytes() -> int:
    """Return the size of the tables that visitors have sent and that are in memory."""
    stats = get_instance().uploaded_file_mgr.get_stats()
    return sum(getattr(each, "byte_length", 0) for family in stats.values() for each in family)


app = st.App(
    ROOT / "dashboard" / "app.py",
    lifespan=lifespan,
    routes=_ROUTES,
    middleware=[
        Middleware(SafeHeaders, frame_ancestors=SETTINGS.frame_ancestors),
        Middleware(
            ClientLimits,
            sockets_per_client=SETTINGS.sockets_per_client,
            upload_path=_path("_stcore/upload_file"),
            upload_bytes=1_000_000 * SETTINGS.upload_mb,
            held_bytes=_held_bytes,
        ),
        Middleware(SameOrigin, open_paths=(_path("ready"), _path("_stcore/health"), *_GUARDED)),
        Middleware(OperatorsOnly),
        Middleware(PagePaths, base=_BASE.rstrip("/"), others=_NOT_PAGES),
        Middleware(FirstPaint, base_url=_BASE),
        Middleware(Bundle, folder=Path(file_util.get_static_dir()), base_url=_BASE),
    ],
)
