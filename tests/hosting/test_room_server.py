"""Promise: phones reach a room beside Streamlit, through one replica or another, and only what they may."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from dashboard.rooms import Question, Rooms
from dashboard.rooms import words as room_words
from scenarios.text import Text
from tests.hosting.test_rooms import CHOICE, NUMBER
from tests.live_server import OURS, LiveServer, wait_until
from tests.postgresql import PostgreSQL, running
from tests.room_phone import ask, rooms_and_server


class Room:
    """A room of a server, whose presenter uses HTTP like the phones."""

    def __init__(self, address: str, rooms: Rooms) -> None:
        self.address, opened = address, rooms.open()
        self.code, self.secret = opened.code, opened.secret
        self.path = f"/rooms/{self.code}"

    def command(self, do: str, address: str = "", **more: object) -> dict[str, Any]:
        status, body, _ = ask(address or self.address, "POST", f"{self.path}/speaker", self.secret, {"do": do, **more})
        assert status == 200, body
        return body

    def join(self, address: str = "") -> str:
        status, body, _ = ask(address or self.address, "POST", f"{self.path}/participants", body={})
        assert status == 201, body
        return body["token"]

    def guess(self, token: str, round_: int, value: object, address: str = "") -> tuple[int, Any]:
        path = f"{self.path}/guesses/{round_}"
        return ask(address or self.address, "PUT", path, token, {"value": value})[:2]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Rooms, LiveServer]]:
    with rooms_and_server(tmp_path_factory.mktemp("rooms")) as both:
        yield both


@pytest.fixture(scope="module")
def rooms(both: tuple[Rooms, LiveServer]) -> Rooms:
    return both[0]


@pytest.fixture(scope="module")
def served_rooms(both: tuple[Rooms, LiveServer]) -> LiveServer:
    return both[1]


@pytest.fixture
def room(served_rooms: LiveServer, rooms: Rooms) -> Room:
    return Room(served_rooms.address, rooms)


def test_a_phone_that_waits_hears_of_each_step_at_once_and_not_of_the_answer(room: Room):
    token = room.join()
    heard: list[dict[str, Any]] = []

    def listen() -> None:
        version = 0
        while not heard or heard[-1]["state"] != "revealed":
            status, body, _ = ask(room.address, "GET", f"{room.path}?after={version}", token)
            if status == 200:
                version = body["version"]
                heard.append(body)

    phone = threading.Thread(target=listen, daemon=True)
    phone.start()
    wait_until(lambda: len(heard) == 1, "it hears nothing")
    for do, more in (("ask", {"question": NUMBER.as_json()}), ("close", {}), ("reveal", {})):
        count = len(heard)
        room.command(do, **more)
        wait_until(lambda count=count: len(heard) > count, f"it does not hear of {do}")
    phone.join()
    states = [body["state"] for body in heard]
    assert states == ["waiting", "asked", "closed", "revealed"]
    assert all(not {"truth", "why"} & (body["question"] or {}).keys() for body in heard[:-1])
    assert heard[-1]["question"]["truth"] == 92.4


def test_the_pages_are_small_and_hold_to_a_strict_policy(served_rooms: LiveServer):
    total = 0
    for path in ("/join", "/join/123456", "/speaker/123456"):
        for accepted, tag in (("zh-CN,en;q=0.5", 'lang="zh-CN"'), ("de", 'lang="en"')):
            status, page, headers = ask(served_rooms.address, "GET", path, Accept_Language=accepted)
            assert (status, tag.encode() in page) == (200, True)
            policy = headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert headers["x-content-type-options"] == "nosniff"
            assert ("frame-ancestors 'none'" in policy) == path.startswith("/speaker")
    for path in ("/join", *(f"/rooms/light/{name}" for name in ("light.css", "light.js", "join.js"))):
        status, content, headers = ask(served_rooms.address, "GET", path, Accept_Encoding="gzip")
        assert (status, headers["content-encoding"]) == (200, "gzip")
        total += len(content)
    assert total < 30_000
    assert ask(served_rooms.address, "GET", "/rooms/light/join.html")[0] == 404
    for is_speaker in (False, True):
        words = room_words.as_json(is_speaker=is_speaker)
        assert words["en"].keys() == words["zh"].keys()


def test_requests_that_make_no_sense_end_in_a_sentence(room: Room):
    token = room.join()
    round_ = room.command("ask", question=CHOICE.as_json())["round"]
    guess, speaker = f"{room.path}/guesses/{round_}", f"{room.path}/speaker"
    for status, reason, request in (
        (404, "unknown", ("GET", "/rooms/000000", "", None)),
        (404, "unknown", ("POST", "/rooms/12345x/participants", "", {})),
        (403, "removed", ("PUT", guess, "a-stranger", {"value": 1})),
        (422, "invalid", ("PUT", guess, token, {"value": 7})),
        (422, "invalid", ("PUT", guess, token, {"value": "1"})),
        (422, "invalid", ("PUT", guess, token, [1])),
        (422, "invalid", ("PUT", guess, token, b"{")),
        (422, "invalid", ("PUT", guess, token, b"[" * 900)),
        (422, "invalid", ("PUT", guess, token, {"value": 1, "more": "x" * 2000})),
        (409, "closed", ("PUT", f"{room.path}/guesses/99999999999999999999", token, {"value": 1})),
        (403, "secret", ("GET", speaker, token, None)),
        (403, "secret", ("GET", f"{room.path}/guesses.csv", "", None)),
        (422, "invalid", ("POST", speaker, room.secret, {"do": "dance"})),
        (422, "invalid", ("POST", speaker, room.secret, {"do": "remove", "number": "1"})),
        (422, "invalid", ("POST", speaker, room.secret, {"do": "ask", "question": {"kind": "number"}})),
    ):
        got, body, headers = ask(room.address, *request)
        assert (got, body["reason"]) == (status, reason), request
        assert body["text"].keys() == {"en", "zh"}
        assert headers["cache-control"] == "no-store"
    got, body, _ = ask(room.address, "PUT", guess, token, b'{"value": 1}', Content_Type="text/plain")
    assert (got, body["reason"]) == (422, "invalid"), "another site's page can send text, but no JSON"
    assert room.guess(token, round_, 1) == (200, {"value": 1.0})
    assert room.guess(token, round_, 0) == (200, {"value": 1.0}), "the first one counts"


def test_the_presenter_sees_removes_exports_and_ends(room: Room):
    phones = [room.join() for _ in range(3)]
    round_ = room.command("ask", question=NUMBER.as_json())["round"]
    for at, token in enumerate(phones):
        room.guess(token, round_, 60 + at)
    seen = room.command("remove", number=2)
    assert (seen["people"], seen["guesses"], seen["question"]["truth"]) == ([[1, 60.0], [3, 62.0]], 2, 92.4)
    assert ask(room.address, "GET", room.path, phones[1])[1]["reason"] == "removed"
    status, text, headers = ask(room.address, "GET", f"{room.path}/guesses.csv", room.secret)
    assert (status, headers["content-type"], len(text.decode().splitlines())) == (200, "text/csv; charset=utf-8", 3)
    room.command("lock")
    assert ask(room.address, "POST", f"{room.path}/participants", body={})[1]["reason"] == "locked"
    room.command("end")
    for method, path in (("GET", room.path), ("GET", f"{room.path}/speaker")):
        assert ask(room.address, method, path, room.secret)[0] == 404


def test_whoever_tries_codes_at_random_soon_waits_while_the_room_goes_on(room: Room, served_rooms: LiveServer):
    token, stranger = room.join(), {"X_Forwarded_For": "192.0.2.7"}
    codes = range(100_000, 100_140)
    answers = [ask(room.address, "GET", f"/rooms/{code}", **stranger)[0] for code in codes if str(code) != room.code]
    assert set(answers) == {404, 429}
    assert answers.index(429) >= 100
    assert ask(room.address, "GET", room.path, token)[0] == 200
    log = served_rooms.log()
    for private in (token, room.secret, room.code, "192.0.2.7"):
        assert private not in log


def test_the_server_a_replica_and_the_database_restart_and_no_guess_is_lost():
    """Phones send again until they are answered, to whichever replica is there, as nginx sends them."""
    with running() as database:
        _restart_everything(database)


def _restart_everything(database: PostgreSQL) -> None:
    settings = {"QUICK_STUDY_DATABASE": database.address}
    servers = [LiveServer(command=OURS, settings=settings) for _ in range(2)]
    rooms = Rooms(database.address)
    try:
        room = Room(servers[0].address, rooms)
        phones = [room.join(servers[at % 2].address) for at in range(20)]
        round_ = room.command("ask", question=Question("number", Text(en="?", zh="？")).as_json())["round"]
        acknowledged: dict[int, float] = {}

        def send(at: int) -> None:
            for attempt in range(400):
                try:
                    status, body = room.guess(phones[at], round_, at, servers[(at + attempt) % 2].address)
                except OSError:
                    status = 0
                if status == 200:
                    acknowledged[at] = body["value"]
                    return
                time.sleep(0.1)

        crowd = [threading.Thread(target=send, args=(at,), daemon=True) for at in range(20)]
        for phone in crowd[:7]:
            phone.start()
        wait_until(lambda: len(acknowledged) >= 3, "nobody can guess")
        servers[0].process.kill()
        for phone in crowd[7:14]:
            phone.start()
        wait_until(lambda: len(acknowledged) >= 10, "the other replica does not take over")
        database.crash()
        for phone in crowd[14:]:
            phone.start()
        servers[0].close()
        servers[0] = LiveServer(command=OURS, settings=settings, port=servers[0].port)
        database.start()
        for phone in crowd:
            phone.join(timeout=60)
        assert acknowledged == {at: at for at in range(20)}
        seen = room.command("reveal", servers[1].address)
        assert seen["distribution"]["values"] == list(range(20))
        heard = ask(servers[0].address, "GET", room.path, phones[0])[1]
        assert (heard["state"], heard["distribution"]["values"]) == ("revealed", list(range(20)))
    finally:
        rooms.close_database()
        for server in servers:
            server.close()


def test_a_server_that_ends_lets_waiting_phones_go(room: Room, served_rooms: LiveServer):
    """It is the last one here: the server does not come back."""
    version = ask(room.address, "GET", room.path)[1]["version"]
    answered: list[int] = []
    path = f"{room.path}?after={version}"
    phone = threading.Thread(target=lambda: answered.append(ask(room.address, "GET", path)[0]), daemon=True)
    phone.start()
    time.sleep(0.5)
    served_rooms.process.terminate()
    phone.join(timeout=60)
    assert answered == [503], "it is let go before its time, and asks again"
    served_rooms.process.wait(timeout=60)
