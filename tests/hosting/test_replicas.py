"""Promise: several replicas behind nginx are one address: a visitor stays on theirs, and loses nothing when it goes."""

import os
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
from streamlit import file_util
from websockets.exceptions import ConnectionClosed

from scenarios.catalog import SCENARIOS
from tests.live_server import OURS, PATIENCE, ROOT, LiveServer, copy_house, free_port, wait_until
from tests.visitor import Visitor

NAME = next(name for name, scenario in SCENARIOS.items() if not scenario.regression)
NEWER = "Start here"  # what the newer version calls its first page


@dataclass(frozen=True)
class Room:
    """Three replicas and who stands before them. The last replica is a newer version."""

    address: str
    replicas: tuple[LiveServer, ...]

    def ask(self, path: str, cookie: str = "", **headers: str) -> tuple[int, bytes, Any]:
        sent = {name.replace("_", "-"): value for name, value in headers.items()} | (
            {"Cookie": cookie} if cookie else {}
        )
        try:
            with urllib.request.urlopen(
                urllib.request.Request(self.address + path, headers=sent), timeout=PATIENCE
            ) as answer:
                return answer.status, answer.read(), answer.headers
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read(), error.headers

    def newcomer(self, wanted: Callable[[str], bool] = lambda replica: True) -> tuple[str, str]:
        """The cookie of a new visitor, and their replica, which is a wanted one."""
        for _ in range(200):
            headers = self.ask("/")[2]
            if wanted(headers["x-replica"]):
                return headers["set-cookie"].split(";")[0], headers["x-replica"]
        raise AssertionError("nobody is sent there")

    def name(self, replica: LiveServer) -> str:
        return f"127.0.0.1:{replica.port}"


def nginx() -> str:
    path = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/bin")
    if path is None:
        reason = "there is no nginx"
        if os.environ.get("QUICK_STUDY_NGINX") == "required":
            pytest.fail(f"QUICK_STUDY_NGINX=required, but {reason}")
        pytest.skip(reason)
    return path


def newer(house: Path) -> Path:
    """A copy whose scripts have other names and whose first page has another title, as after an update."""
    static, old = house / "newer", Path(file_util.get_static_dir())
    shutil.copytree(old, static)
    index = static / "index.html"
    text = index.read_text(encoding="utf-8")
    [script] = re.findall(r'src="\./(static/js/index\.[^"]+\.js)"', text)
    (static / script).rename(static / "static/js/index.NEWER.js")
    index.write_text(text.replace(script, "static/js/index.NEWER.js"), encoding="utf-8")
    asgi = house / "dashboard" / "hosting" / "asgi.py"
    code = asgi.read_text(encoding="utf-8")
    before = "from dashboard.engine import"
    patched = f"file_util.get_static_dir = lambda: {str(static)!r}\n{before}"
    asgi.write_text(code.replace(before, patched, 1), encoding="utf-8")
    pages = house / "dashboard" / "pages.py"
    code = pages.read_text(encoding="utf-8")
    pages.write_text(code.replace('en="Home"', f'en="{NEWER}"', 1), encoding="utf-8")
    return house


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    program, folder = nginx(), tmp_path_factory.mktemp("proxy")
    newer_house = newer(copy_house(tmp_path_factory.mktemp("newer")))
    with ExitStack() as leaving:
        replicas = []
        for each in (ROOT, ROOT, newer_house):
            replicas.append(LiveServer(each, OURS, {"QUICK_STUDY_WAKE": "no"}))  # its pages need no model
            leaving.callback(replicas[-1].close)
        port = free_port()
        conf = (ROOT / ".hosting" / "nginx.conf").read_text(encoding="utf-8")
        for old, new in (
            *((f"127.0.0.1:{8501 + n}", f"127.0.0.1:{replica.port}") for n, replica in enumerate(replicas)),
            ("listen 8080;", f"listen 127.0.0.1:{port}; add_header X-Replica $upstream_addr always;"),
        ):
            assert conf.count(old) == 1, old
            conf = conf.replace(old, new)
        (folder / "nginx.conf").write_text(conf, encoding="utf-8")
        # Run by root, nginx would work as somebody who may not look into this folder.
        more = "daemon off;" + (" user root;" if os.name == "posix" and os.geteuid() == 0 else "")
        command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", more]
        proxy = psutil.Popen(command, stderr=subprocess.PIPE)
        leaving.callback(end, proxy)
        room = Room(f"http://127.0.0.1:{port}", tuple(replicas))
        wait_until(partial(_answers, room, proxy), "nginx does not start")
        yield room


def read_all(socket: Any) -> None:
    """Read the data that was in transit when the other side died, up to the error at the end."""
    for _ in range(1000):
        socket.recv(timeout=PATIENCE)


def end(proxy: psutil.Popen) -> None:
    family = [proxy, *proxy.children()]
    proxy.terminate()
    assert psutil.wait_procs(family, timeout=PATIENCE)[1] == []
    proxy.stderr.close()


def _answers(room: Room, proxy: psutil.Popen) -> bool:
    assert proxy.poll() is None, proxy.stderr.read().decode()
    try:
        return room.ask("/_stcore/health")[0] == 200
    except OSError:
        return False


def test_visitors_are_spread_and_each_stays_on_one_replica(room: Room):
    newcomers = [room.newcomer() for _ in range(40)]
    assert {replica for _, replica in newcomers} == {room.name(replica) for replica in room.replicas}
    for cookie, replica in newcomers[:8]:
        for path in ("/", "/faq", "/_stcore/health", "/_stcore/host-config"):
            headers = room.ask(path, cookie)[2]
            assert headers["x-replica"] == replica, path
            assert "quick_study" not in (headers["set-cookie"] or ""), path
        with Visitor(room.address, cookie=cookie) as visitor:
            visitor.open("faq")
            assert visitor.socket.response.headers["x-replica"] == replica


def test_what_is_packed_is_kept_by_the_proxy_and_unpacked_for_who_needs_it(room: Room):
    script = re.findall(r'src="\.(/static/js/index[^"]+)"', room.ask("/")[1].decode())[0]
    first, again, plain = (room.ask(script, Accept_Encoding=accepted) for accepted in ("gzip, br", "gzip", "identity"))
    assert (again[2]["x-cache"], plain[2]["x-cache"]) == ("HIT", "HIT")
    assert first[1] == again[1]
    assert again[2]["content-encoding"] == "gzip"
    assert "immutable" in again[2]["cache-control"]
    assert (plain[2]["content-encoding"], len(plain[1]) > 2 * len(again[1])) == (None, True)


def test_nobody_reads_metrics_through_the_proxy(room: Room):
    for path in ("/metrics", "/_stcore/metrics", "/metrics/", "//metrics", "/%6Detrics", "/_stcore/metrics?families=x"):
        assert room.ask(path)[0] == 404, path


def test_two_versions_behind_one_address_both_show_what_a_link_says(room: Room):
    *_, updated = room.replicas
    shown = {}
    for version, wanted in ("newer", room.name(updated).__eq__), ("older", room.name(updated).__ne__):
        cookie, _ = room.newcomer(wanted)
        with Visitor(room.address, cookie=cookie) as visitor:
            screen = visitor.open(NAME, lang="en", seed=1, draw=0, shots=9)
            assert (screen.errors(), screen.crashes()) == ([], [])
            shown[version] = visitor.address(), len(screen.elements("plotly_chart"))
            assert (NEWER in visitor.pages.values()) == (version == "newer")
        # Its scripts come, whichever replica is asked: the other version's visitor may have been sent to this one.
        scripts = re.findall(r'"\.(/static/[^"]+)"', room.ask("/", cookie)[1].decode())
        other, _ = room.newcomer(lambda replica, wanted=wanted: not wanted(replica))  # type: ignore[misc]
        for script in scripts:
            status, _, headers = room.ask(script, other)
            assert (status, headers["content-type"] != "text/html") == (200, True), script
    assert shown["newer"] == shown["older"]
    assert shown["newer"][0]["shots"] == "9"
    assert room.ask("/static/js/of-no-version.js")[0] == 404


def test_when_a_replica_dies_its_visitors_go_on_elsewhere_with_all_that_they_had_chosen(room: Room):
    doomed, stays, _ = room.replicas
    cookie, _ = room.newcomer(room.name(doomed).__eq__)
    neighbour, _ = room.newcomer(room.name(stays).__eq__)
    with Visitor(room.address, cookie=cookie) as visitor, Visitor(room.address, cookie=neighbour) as other:
        visitor.open(NAME)
        before = visitor.slide("choose_shots", 12)
        usual = other.open(NAME).seconds
        chosen = visitor.address()
        assert chosen["shots"] == "12"
        doomed.process.kill()
        with pytest.raises(ConnectionClosed):
            read_all(visitor.socket)
        began = time.monotonic()
        after = visitor.open(NAME, **chosen)  # as a browser does, which still has the address
        assert time.monotonic() - began < 20 + 5 * usual, "it waits for the one that is dead"
        assert visitor.socket.response.headers["x-replica"] != room.name(doomed)
        assert (visitor.address(), after.errors(), after.crashes()) == (chosen, [], [])
        assert [slider.default[0] for slider in after.elements("slider") if "shots" in slider.id] == [
            slider.default[0] for slider in before.elements("slider") if "shots" in slider.id
        ]
        assert other.slide("choose_shots", 7).crashes() == [], "others notice nothing"
        # The dead replica does not turn a missing file into a failure of the whole service.
        missing = [room.ask(f"/static/js/of-no-version-{n}.js", neighbour)[0] for n in range(12)]
        assert missing == [404] * 12
