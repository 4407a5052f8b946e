"""Promise: a host can tell from outside whether it is well, strangers cannot, and nothing outlives the server."""

import gzip
import json
import mimetypes
import os
import re
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import astuple, fields, replace
from http.client import HTTPConnection
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import psutil
import pytest
from streamlit import file_util
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from dashboard import addresses, settings
from dashboard.engine import QueueStats
from dashboard.hosting import banner, metrics
from dashboard.hosting.health import HealthMonitor
from dashboard.hosting.safe_headers import SafeHeaders, inline_scripts
from tests.live_server import OURS, PATIENCE, ROOT, LiveServer, copy_house, has_ended, wait_until, without_model
from tests.visitor import Screen, Visitor, stream

TOKEN = "a-secret-of-the-operator"
POLICED = SafeHeaders(lambda *_: None)  # type: ignore[arg-type]
STRANGERS = (
    {"X-Forwarded-For": "127.0.0.1"},
    {"X-Real-IP": "10.0.0.9"},
    {"Forwarded": "for=127.0.0.1"},
    {"Via": "1.1"},
    {"CF-Connecting-IP": "127.0.0.1"},
    {"True-Client-IP": "127.0.0.1"},
    {"X-Forwarded-Host": "localhost"},
    {"X-Forwarded-Proto": "https"},
    {"X-Forwarded-Port": "443"},
    {"Origin": "http://evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Host": "evil.example"},
    {"Host": "localhost.evil.example"},
    {"Host": "evil@localhost"},
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    house = without_model(copy_house(tmp_path_factory.mktemp("house")))
    (house / "awake").unlink()
    health = house / "dashboard" / "hosting" / "health.py"
    code = health.read_text(encoding="utf-8")
    assert "AGAIN = 3.0" in code
    health.write_text(code.replace("AGAIN = 3.0", "AGAIN = 0.3"), encoding="utf-8")  # what a test can wait for
    return house


@pytest.fixture(scope="module")
def hosted(house: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """Our own entry, started from some other folder; its worker has no TensorFlow to wait for."""
    given = {"QUICK_STUDY_METRICS_TOKEN": TOKEN, "PYTHONPATH": str(house), "QUICK_STUDY_WAKE": "yes"}
    server = LiveServer(tmp_path_factory.mktemp("elsewhere"), OURS, given)
    yield server
    server.close()


def ask(address: str, **headers: str) -> tuple[int, str, Any]:
    """Status, body and headers of an answer."""
    request = urllib.request.Request(address, headers={name.replace("_", "-"): said for name, said in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, _text(answer), answer.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(), error.headers


def _text(answer: Any) -> str:
    body = answer.read()
    return str((gzip.decompress(body) if answer.headers["content-encoding"] == "gzip" else body).decode())


def state(server: LiveServer) -> tuple[int, str]:
    status, body, _ = ask(f"{server.address}/ready")
    told = json.loads(body)
    assert told["ready"] == (status == 200)
    return status, told["worker"]


def test_it_is_ready_once_its_worker_has_answered_and_healthy_before_that(hosted: LiveServer, house: Path):
    assert hosted.worker().is_running()
    assert state(hosted) == (503, "waking")
    assert ask(f"{hosted.address}/_stcore/health")[0] == 200
    (house / "awake").touch()
    wait_until(lambda: state(hosted) == (200, "ready"), "it does not get ready")


def test_strangers_see_no_metrics_neither_ours_nor_streamlits(hosted: LiveServer):
    for path in ("/metrics", "/_stcore/metrics", "/metrics/", "/_stcore/metrics/"):
        for headers in (*STRANGERS, {"Authorization": "Bearer wrong"}, {}):
            assert ask(hosted.address + path, **headers)[0] == 403, (path, headers)
    for path in ("/metrics", "/_stcore/metrics"):
        assert ask(hosted.address + path, Authorization=f"Bearer {TOKEN}")[0] == 200
        assert ask(hosted.address + path, X_Forwarded_For="10.0.0.9", Authorization=f"Bearer {TOKEN}")[0] == 200


def test_metrics_are_in_the_text_format_and_count_a_visitors_tab(hosted: LiveServer):
    def figures() -> dict[str, float]:
        status, body, headers = ask(f"{hosted.address}/metrics", Authorization=f"Bearer {TOKEN}")
        assert (status, headers["content-type"]) == (200, metrics.CONTENT_TYPE)
        lines = [line for line in body.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, value in (line.split() for line in lines)}

    assert figures()["quick_study_ready"] == figures()["quick_study_workers"] == 1
    with Visitor(hosted.address) as visitor:
        visitor.open("faq")
        wait_until(lambda: figures()["quick_study_sessions"] == 1, "the tab is not counted, or others are")


def test_it_has_streamlits_settings_wherever_it_was_started(hosted: LiveServer):
    settled = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))

    class Newcomer(Visitor):
        def _take(self, reply: ForwardMsg, screen: Screen) -> None:
            if reply.WhichOneof("type") == "new_session":
                self.theme = reply.new_session.custom_theme
            super()._take(reply, screen)

    with Newcomer(hosted.address) as visitor:
        visitor.open("faq")
        assert visitor.theme.light.primary_color == settled["theme"]["light"]["primaryColor"]


def test_every_answer_has_the_safe_headers(hosted: LiveServer):
    for path in ("/", "/ready", "/metrics", "/_stcore/health", "/faq", "/static/nothing.js"):
        headers = ask(hosted.address + path)[2]
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "same-origin", path
        assert headers["server"] is None, path
        assert headers["cross-origin-resource-policy"] == "same-origin", path
        policy = directives(headers["content-security-policy"])
        assert policy["default-src"] == ["'self'"], path
        assert policy["object-src"] == policy["base-uri"] == ["'none'"], path
        assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "data:", "blob:"} & {*policy["script-src"]}, path
        assert policy["connect-src"] == ["'self'", *(f"{kind}://127.0.0.1:{hosted.port}" for kind in ("ws", "wss"))]
        assert "frame-ancestors" not in policy, "slides may show it"


def directives(policy: str) -> dict[str, list[str]]:
    return {name: sources for name, *sources in (part.split() for part in policy.split(";"))}


def test_the_policy_names_every_inline_script_by_its_hash_and_no_host_that_is_none():
    scripts = inline_scripts()
    assert len(scripts) == 1 + 3 + 5, (
        "Streamlit's own; of a page, of a visit, a theme; a lesson's keys, early keys, exercises, a room, figures"
    )
    assert sum(source.startswith("'sha256-") for source in directives(POLICED.policy(""))["script-src"]) == len(scripts)
    for host in ("x; script-src *", "a b", "a,b", "", "*", "[::1", "a/b"):
        assert directives(POLICED.policy(host))["connect-src"] == ["'self'"], host
    assert "ws://[::1]:8501" in directives(POLICED.policy("[::1]:8501"))["connect-src"]


def test_scripts_and_styles_come_packed_for_good_and_just_as_they_are(hosted: LiveServer):
    folder = Path(file_util.get_static_dir())
    files = [path for path in folder.rglob("*") if path.is_file() and path.parent != folder]
    assert len(files) > 100
    connection = HTTPConnection("127.0.0.1", hosted.port, timeout=PATIENCE)
    packed, plain = 0, 0
    for path in files:
        connection.request("GET", f"/{path.relative_to(folder).as_posix()}", headers={"Accept-Encoding": "gzip, br"})
        answer = connection.getresponse()
        body, content = answer.read(), path.read_bytes()
        assert answer.status == 200
        assert answer.headers["cache-control"] == "public, immutable, max-age=31536000"
        kinds = {answer.headers["content-type"].split(";")[0], mimetypes.guess_type(path.name)[0]}
        assert len(kinds) == 1 or kinds == {"application/javascript", "text/javascript"}, path
        if answer.headers["content-encoding"] == "gzip":
            assert "Accept-Encoding" in answer.headers["vary"]
            packed, plain = packed + len(body), plain + len(content)
            body = gzip.decompress(body)
        else:
            assert path.suffix in (".gif", ".png", ".woff2"), "packed as it is"
        assert body == content, path
    connection.close()
    assert packed < 0.32 * plain


def test_the_front_page_comes_packed_and_is_asked_for_every_time(hosted: LiveServer):
    index = (Path(file_util.get_static_dir()) / "index.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script.*?</script>", index, re.DOTALL)
    for path in ("/", "/faq?lang=zh"):
        _, _, headers = ask(hosted.address + path, Accept_Encoding="gzip")
        assert (headers["content-encoding"], headers["cache-control"]) == ("gzip", "no-cache"), path
        _, page, _ = ask(hosted.address + path)
        assert all(script in page for script in scripts), "plain for who cannot unpack it"
        assert ask(hosted.address + path, Accept_Encoding="gzip", If_None_Match=headers["etag"])[0] == 304, path


def test_who_has_a_file_already_gets_no_copy_and_who_wants_a_part_gets_that(hosted: LiveServer):
    folder = Path(file_util.get_static_dir())
    path = max(folder.rglob("*.css"), key=lambda path: path.stat().st_size)
    address = f"{hosted.address}/{path.relative_to(folder).as_posix()}"
    tag = ask(address, Accept_Encoding="br, gzip;q=0.5")[2]["etag"]
    assert tag == ask(address, Accept_Encoding="*;q=0.1")[2]["etag"]
    for cannot in ("br", "gzip;q=0, *"):
        assert tag != ask(address, Accept_Encoding=cannot)[2]["etag"]
    status, body, headers = ask(address, Accept_Encoding="gzip", If_None_Match=f'"other", {tag}')
    assert (status, body, headers["etag"]) == (304, "", tag)
    status, body, _ = ask(address, Accept_Encoding="gzip", Range="bytes=3-12")
    assert (status, body) == (206, path.read_text(encoding="utf-8")[3:13])
    assert ask(f"{hosted.address}/static/js/../../index.html", Accept_Encoding="gzip")[0] == 404, "no way out"


def test_after_its_worker_was_killed_it_is_not_ready_until_another_has_answered(hosted: LiveServer, house: Path):
    wait_until(lambda: state(hosted)[0] == 200, "it does not get ready")
    killed = hosted.worker()
    (house / "awake").unlink()
    killed.kill()
    wait_until(lambda: state(hosted)[0] == 503, "it does not notice")
    assert ask(f"{hosted.address}/_stcore/health")[0] == 200
    (house / "awake").touch()
    wait_until(lambda: state(hosted)[0] == 200, "it does not get ready again")
    assert hosted.worker().pid != killed.pid, "nobody had to visit it"


def test_a_socket_from_an_unknown_place_is_refused_and_nobody_in_the_internet_is_asked(hosted: LiveServer):
    """Streamlit would look up the address of this machine there, and block its visitors meanwhile."""
    with pytest.raises(InvalidStatus):
        connect(stream(hosted.address), subprotocols=["streamlit"], origin="http://elsewhere.example")  # type: ignore[arg-type]
    assert "external IP" not in hosted.log()


def test_a_setting_of_streamlits_that_makes_no_sense_is_said_in_one_line():
    done = subprocess.run(
        [sys.executable, "-m", "dashboard", "serve"], cwd=ROOT, env=os.environ | {"STREAMLIT_SERVER_PORT": "abc"},
        capture_output=True, text=True, encoding="utf-8", timeout=300,
    )  # fmt: skip
    assert done.returncode == 2
    assert "STREAMLIT_SERVER_PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_polite_end_ends_everything_although_somebody_is_visiting(hosted: LiveServer):
    family = [hosted.process, *hosted.process.children(recursive=True)]
    assert len(family) >= 2
    with Visitor(hosted.address) as visitor:
        visitor.open("faq")
        hosted.process.send_signal(signal.SIGTERM)
        assert hosted.process.wait(PATIENCE) == 0
        wait_until(lambda: all(map(has_ended, family)), "something stays")
    assert "Traceback" not in hosted.log()


@pytest.mark.skipif(sys.platform == "win32", reason="there, a process does not learn that its parent has ended")
def test_a_server_that_is_killed_leaves_no_worker_behind():
    program = (
        "import time; from dashboard.engine import ENGINE; import os\n"
        "print(ENGINE.start(os.getpid).answer(), flush=True); time.sleep(100)"
    )
    with psutil.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE) as server:
        worker = psutil.Process(int(server.stdout.readline()))
        family = server.children(recursive=True)
        assert worker in family
        server.kill()
        server.wait(PATIENCE)
        wait_until(lambda: all(map(has_ended, family)), "a worker stays")


class Quiet:
    """An engine whose state a test sets. Its jobs never finish."""

    def __init__(self) -> None:
        self.now = QueueStats(**dict.fromkeys((field.name for field in fields(QueueStats)), 0))
        self.asked = 0

    def stats(self) -> QueueStats:
        return self.now

    def start(self, function: object) -> "Quiet":
        self.asked += 1
        return self

    def wait(self, seconds: float) -> bool:
        return False

    def count_slots(self) -> None:
        """There is nothing to count."""

    def is_now(self, **changes: int) -> None:
        self.now = replace(self.now, **changes)


def test_any_answer_of_the_worker_that_is_there_makes_it_ready_and_its_death_unmakes_it_at_once():
    engine = Quiet()
    monitor = HealthMonitor(engine, wakes_early=True)  # type: ignore[arg-type]
    engine.is_now(workers=1)
    monitor._look()
    assert (monitor.state(), engine.asked) == ("waking", 1)
    engine.is_now(answered=1, waiting=200)
    monitor._look()
    assert monitor.state() == "ready"
    engine.is_now(workers=0)
    assert monitor.state() == "gone", "before anybody looked"
    engine.is_now(workers=1, replaced=1)
    assert monitor.state() == "gone"
    monitor._look()
    engine.is_now(failed=5)
    monitor._look()
    assert monitor.state() == "gone", "the next one has answered nobody"
    engine.is_now(answered=2)
    monitor._look()
    assert monitor.state() == "ready"


def test_a_worker_that_is_to_sleep_until_it_is_needed_is_not_asked_and_no_reason_to_keep_visitors_away():
    engine = Quiet()
    monitor = HealthMonitor(engine, wakes_early=False)  # type: ignore[arg-type]
    monitor._look()
    assert (monitor.state(), engine.asked) == ("asleep", 0)
    engine.is_now(workers=1)
    monitor._look()
    assert (monitor.state(), engine.asked) == ("waking", 1)


def test_a_worker_that_is_silent_for_long_is_not_ready_while_a_busy_one_is(monkeypatch: pytest.MonkeyPatch):
    engine, clock = Quiet(), [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monitor = HealthMonitor(engine, wakes_early=True)  # type: ignore[arg-type]
    engine.is_now(workers=1, answered=1)
    for _ in range(10):
        engine.is_now(answered=engine.now.answered + 1)
        clock[0] += 30
        monitor._look()
        assert (monitor.state(), engine.asked) == ("ready", 0), "others' answers are enough"
    for _ in range(5):
        clock[0] += 30
        monitor._look()
    assert (monitor.state(), engine.asked) == ("silent", 1)


PEERS = {"QUICK_STUDY_METRICS_PEERS": "10.0.0.0/8 fd00::/8"}


def reading(peer: str, headers: dict[str, str]) -> dict[str, object]:
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "client": (peer, 1), "headers": pairs}


@pytest.mark.parametrize(
    ("peer", "headers", "allowed"),
    [
        ("127.0.0.1", {"host": "localhost"}, True),
        ("127.0.0.1", {"host": "LOCALHOST:8501"}, True),
        ("::1", {"host": "[::1]:8501"}, True),
        ("::ffff:127.0.0.1", {"host": "127.0.0.1:9"}, True),
        ("127.0.0.1", {}, False),
        ("127.0.0.1", {"host": "localhost:99999"}, False),
        ("127.0.0.1", {"host": "localhost/x"}, False),
        *(("127.0.0.1", {"Host": "localhost", **headers}, False) for headers in STRANGERS),
        ("10.1.2.3", {"host": "study.example.org"}, True),
        ("192.168.1.5", {"host": "localhost"}, False),
        ("10.1.2.3", {"x-forwarded-for": "10.1.2.3"}, False),
        ("192.168.1.5", {"authorization": "Bearer "}, False),
        ("unix:", {"host": "localhost"}, False),
    ],
)
def test_without_a_token_metrics_are_for_this_machine_and_listed_networks(
    peer: str, headers: dict[str, str], allowed: bool
):
    assert metrics.may_read(reading(peer, headers), settings.read(PEERS)) == allowed


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "10.1.2.3", "192.168.1.5"])
def test_a_token_is_required_of_every_reader(peer: str):
    chosen = settings.read({**PEERS, "QUICK_STUDY_METRICS_TOKEN": TOKEN})
    for given in ("", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", TOKEN):
        assert not metrics.may_read(reading(peer, {"host": "localhost", "authorization": given}), chosen)
    assert metrics.may_read(reading(peer, {"authorization": f"Bearer {TOKEN}"}), chosen)


def test_without_a_token_an_empty_one_opens_nothing():
    scope = {"type": "http", "client": ("8.8.8.8", 1), "headers": [(b"authorization", b"Bearer ")]}
    assert not metrics.may_read(scope, settings.read({}))
    assert not metrics.may_read(scope | {"client": None}, settings.read({}))


def test_the_exposition_has_every_figure_of_the_census():
    stats = QueueStats(*(2 * n + 1 for n in range(len(fields(QueueStats)))))
    text = metrics.exposition(stats, ready=True, sessions=None)
    shown = {float(line.split()[1]) for line in text.splitlines() if not line.startswith("#")}
    assert shown >= set(astuple(stats)) | {stats.answered + stats.failed}


SENSELESS = [
    ("WAKE", "maybe"),
    ("FRAME_ANCESTORS", "a.org; script-src *"),
    ("SCHEDULER", "a:8786"),
    *(("WORKERS", each) for each in ("0", "-1", "two", "1.5", "65", "100000", "9" * 5000)),
    *(("SOCKETS_PER_CLIENT", each) for each in ("0", "10001", "9" * 5000)),
    *(("METRICS_PEERS", each) for each in ("everybody", "0.0.0.0/0", "10.0.0.0/7", "::/0", "2001::/16", "1.2.3.4/8")),
    *(("METRICS_TOKEN", each) for each in ("a", "fifteen-letters", "a token with spaces", "x" * 20 + "\n", "密" * 20)),
]


@pytest.mark.parametrize(("name", "value"), SENSELESS)
def test_a_setting_that_makes_no_sense_is_refused_in_one_short_line(name: str, value: str):
    with pytest.raises(ValueError, match=f"QUICK_STUDY_{name}") as refused:
        settings.read({f"QUICK_STUDY_{name}": value})
    assert len(str(refused.value)) < 200
    assert str(refused.value).isascii()
    assert str(refused.value).isprintable()
    if name == "METRICS_TOKEN":
        assert value not in str(refused.value).split(), "a secret is not repeated"
    else:
        assert f"not {value[:20]}" in str(refused.value).replace("'", "")


def test_several_networks_are_separated_by_spaces_and_the_refusal_of_a_comma_says_so():
    with pytest.raises(ValueError, match="separated by spaces"):
        settings.read({"QUICK_STUDY_METRICS_PEERS": "10.0.0.0/8,172.17.0.0/16"})
    assert len(settings.read({"QUICK_STUDY_METRICS_PEERS": "10.0.0.0/8 172.17.0.0/16"}).metrics_peers) == 2


def test_a_setting_that_makes_sense_is_taken():
    assert settings.read({"QUICK_STUDY_METRICS_PEERS": "10.0.0.7"}).metrics_peers == (ip_network("10.0.0.7/32"),)
    assert settings.read({"QUICK_STUDY_METRICS_TOKEN": "0123456789abcdef"}).metrics_token == "0123456789abcdef"
    assert settings.read({"QUICK_STUDY_METRICS_TOKEN": ""}).metrics_token == ""
    known = {f"QUICK_STUDY_{name.upper()}": "" for name in ("ROOM", "WAKE", "METRICS_TOKEN", "SOCKETS_PER_CLIENT")}
    assert settings.unknown_names({**known, "QUICK_STUDY_WORKER": "2", "PATH": ""}) == ["QUICK_STUDY_WORKER"]


@pytest.mark.parametrize(
    "value", ["ftp://a.org", "a.org", "https://", "https://a.org?x=1", "https://u:p@a.org", "https://a.org:x"]
)
def test_an_address_that_no_phone_could_open_is_refused(value: str):
    with pytest.raises(ValueError, match=r"QUICK_STUDY_ADDRESS must look like https://study\.example\.org"):
        settings.read({"QUICK_STUDY_ADDRESS": value})
    assert settings.read({"QUICK_STUDY_ADDRESS": "https://a.org/study/"}).address == "https://a.org/study"


@pytest.mark.parametrize("value", ["mysql://u:hush@a/b", "postgres://u:hush@a/b", "postgresql://", "/hush\n/x"])
def test_a_database_that_is_none_is_refused_without_its_password(value: str):
    with pytest.raises(ValueError, match="QUICK_STUDY_DATABASE must look like") as refused:
        settings.read({"QUICK_STUDY_DATABASE": value})
    assert "hush" not in str(refused.value)
    for good in ("postgresql://u:hush@a/b", "/var/lib/study", ""):
        assert settings.read({"QUICK_STUDY_DATABASE": good}).database == good


def test_a_host_may_say_who_shows_the_pages_inside_their_own():
    policy = SafeHeaders(lambda *_: None, "https://slides.example.org").policy("")  # type: ignore[arg-type]
    assert directives(policy)["frame-ancestors"] == ["https://slides.example.org"]


def test_the_address_for_a_room_fits_into_a_terminal_and_is_said_in_both_languages(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(addresses, "in_local_network", lambda: ["192.168.100.200"])
    said = banner.announcement("0.0.0.0", 8501, large=True)
    assert max(map(len, said.splitlines())) <= 80
    assert said.count("█") > 100
    for line in ("http://192.168.100.200:8501", "http://localhost:8501", "in this network open:", "请在浏览器中输入"):
        assert line in said
    monkeypatch.setattr(addresses, "in_local_network", list)
    assert "█" not in banner.announcement("0.0.0.0", 8501, large=False)
    assert "http://[::1]:8501" in banner.announcement("::1", 8501, large=False)
    assert "Wi-Fi" in banner.announcement("::", 8501, large=True)


def test_a_machine_without_any_network_still_starts(monkeypatch: pytest.MonkeyPatch):
    def unreachable(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(socket.socket, "connect", unreachable)
    monkeypatch.setattr(socket, "gethostbyname_ex", unreachable)
    assert addresses.in_local_network() == []


def test_local_addresses_are_reachable_ones_the_router_s_first(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(addresses, "_sources", lambda towards: ["172.17.0.1", "127.0.0.1", "10.0.0.2"])
    monkeypatch.setattr(addresses, "_named", lambda: ["192.168.1.2", "10.0.0.2", "169.254.1.1"])
    assert addresses.in_local_network() == ["192.168.1.2", "10.0.0.2", "172.17.0.1"]
