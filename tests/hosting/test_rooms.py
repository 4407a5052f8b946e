"""Promise: a room counts each guess once, hides what is not revealed, and leaves nothing: in every database."""

import csv
import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dashboard.addresses import qr_image, reachable_base
from dashboard.rooms import Line, Notes, Point, Question, RoomError, Rooms
from dashboard.rooms.joining import read_speaker_link, speaker_link
from dashboard.rooms.results import Distribution
from dashboard.rooms.rooms import LIFETIME
from scenarios.text import Text
from tests.postgresql import PostgreSQL, running

TEXT = Text(en="How often?", zh="多大比例？")
NUMBER = Question(
    "number", TEXT, low=50, high=100, truth=92.4, unit=Text(en="%", zh="%"), why=Text(en="Why", zh="原因")
)
CHOICE = Question("choice", TEXT, choices=(Text(en="=1+1", zh="甲"), Text(en="B", zh="乙")), truth=1)
Make = Callable[..., Rooms]


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSQL]:
    with running() as server:
        yield server


@pytest.fixture(params=["memory", "folder", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return request.getfixturevalue("postgresql").address
    return str(tmp_path / "rooms") if request.param == "folder" else ""


@pytest.fixture
def make(database: str) -> Iterator[Make]:
    made: list[Rooms] = []

    def rooms(**more: Callable[[], float]) -> Rooms:
        made.append(Rooms(database, **more))
        return made[-1]

    yield rooms
    for each in made:
        each.close_database()


def reason(function: Callable[..., object], *arguments: object) -> str:
    with pytest.raises(RoomError) as refused:
        function(*arguments)
    assert refused.value.text.en != refused.value.text.zh
    return refused.value.reason


def test_the_answer_and_the_guesses_are_hidden_until_the_presenter_reveals_them(make: Make):
    rooms = make()
    code, secret = (room := rooms.open()).code, room.secret
    assert rooms.snapshot(code).state == "waiting"
    phones = [rooms.join(code) for _ in range(3)]
    round_ = rooms.ask(code, secret, NUMBER)
    for phone, value in zip(phones, (60, 70.4, 100), strict=True):
        rooms.guess(code, phone.token, round_, value)
    for command, state in (((lambda *_: None), "asked"), (rooms.close, "closed")):
        command(code, secret)
        shown = rooms.snapshot(code)
        assert (shown.state, shown.distribution) == (state, None)
        assert "92" not in str(shown.question)
        assert "Why" not in str(shown.question)
    assert rooms.overview(code, secret).distribution.values == (60, 70, 100), "the presenter sees them, on whole steps"
    rooms.reveal(code, secret)
    shown = rooms.snapshot(code)
    assert (shown.question, shown.distribution.values, shown.distribution.median) == (NUMBER, (60, 70, 100), 70)
    assert sum(shown.distribution.counts) == 3


def test_a_guess_counts_once_however_often_it_is_sent_and_never_after_the_end(make: Make):
    rooms = make()
    code, secret = (room := rooms.open()).code, room.secret
    phone, other = rooms.join(code), rooms.join(code)
    round_ = rooms.ask(code, secret, NUMBER)
    with ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(lambda value: rooms.guess(code, phone.token, round_, value), [60, 61] * 10))
    assert len(set(answers)) == 1, "the first one counts, and everybody is told which"
    assert rooms.counts(code).guesses == 1
    rooms.close(code, secret)
    assert rooms.guess(code, phone.token, round_, 75) == answers[0], "sent again when the network is back"
    assert reason(rooms.guess, code, other.token, round_, 75) == "closed"
    restarted = rooms.restart(code, secret)
    assert rooms.counts(code).guesses == 0
    assert reason(rooms.guess, code, other.token, round_, 75) == "closed", "it was for the question before"
    assert rooms.guess(code, other.token, restarted, 75) == 75
    assert rooms.ask(code, secret, CHOICE) == restarted + 1
    assert reason(rooms.guess, code, phone.token, restarted, 60) == "closed"


def test_a_lesson_that_turns_back_finds_its_questions_with_their_guesses(make: Make):
    rooms = make()
    code, secret = (room := rooms.open()).code, room.secret
    phone = rooms.join(code)
    cover, first, second = (Notes(f"mine/{at}", TEXT, at, (Line(TEXT, Text(en="N", zh="N")),)) for at in range(3))
    rooms.turn_to(code, secret, cover)
    assert rooms.snapshot(code).state == "waiting"
    asked = rooms.turn_to(code, secret, first, NUMBER)
    rooms.guess(code, phone.token, asked, 60)
    later = rooms.turn_to(code, secret, second, CHOICE)
    assert rooms.overview(code, secret).notes == second
    assert rooms.turn_to(code, secret, first, NUMBER) == asked
    assert rooms.counts(code).guesses == 1, "still open, with the guess that it had"
    rooms.reveal(code, secret)
    assert rooms.turn_to(code, secret, cover) < asked
    assert rooms.snapshot(code).question is None
    rooms.turn_to(code, secret, first, NUMBER)
    assert rooms.snapshot(code).distribution.values == (60,)
    again = rooms.restart(code, secret)
    assert again > later, "no phone takes it for a question that it has answered"
    assert rooms.overview(code, secret).notes == first
    assert rooms.turn_to(code, secret, first, NUMBER) == again
    assert rooms.turn_to(code, secret, second, NUMBER) > again, "a step with another question is another step"
    assert reason(rooms.turn_to, code, "", cover) == "secret"


def test_only_the_secret_commands_and_a_removed_phone_counts_no_more(make: Make):
    rooms = make()
    (code, secret), other = ((room := rooms.open()).code, room.secret), rooms.open()
    round_ = rooms.ask(code, secret, NUMBER)
    phone, honest = rooms.join(code), rooms.join(code)
    for token in (phone, honest):
        rooms.guess(code, token.token, round_, 50 + token.number)
    for command in (rooms.close, rooms.reveal, rooms.restart, rooms.end, rooms.overview, rooms.export):
        for wrong in ("", other.secret, phone.token, code):
            assert reason(command, code, wrong) == "secret"
    rooms.remove(code, secret, phone.number)
    assert reason(rooms.guess, code, phone.token, round_, 60) == "removed"
    assert rooms.snapshot(code).is_removed(phone.token)
    assert not rooms.snapshot(code).is_removed(honest.token)
    assert rooms.overview(code, secret).participants == ((honest.number, 52.0),)
    rooms.lock(code, secret)
    assert reason(rooms.join, code) == "locked"
    rooms.lock(code, secret, locked=False)
    assert rooms.join(code).number == 3


def test_an_ended_room_leaves_nothing_and_every_room_ends_after_a_day(make: Make, database: str, request):
    now = [1e9]
    rooms = make(clock=lambda: now[0])
    first, second = rooms.open(), rooms.open()
    for room in (first, second):
        round_ = rooms.ask(room.code, room.secret, Question("number", Text(en="Canary", zh="金丝雀")))
        rooms.guess(room.code, rooms.join(room.code).token, round_, 7)
    rooms.end(first.code, first.secret)
    assert reason(rooms.snapshot, first.code) == "unknown"
    assert rooms.versions([first.code, second.code]).keys() == {second.code}
    now[0] += LIFETIME
    assert reason(rooms.join, second.code) == "unknown"
    rooms.delete_ended()
    if database.startswith("postgresql"):
        server = request.getfixturevalue("postgresql")
        for table in ("rooms", "participants", "questions", "guesses"):
            codes = f"'{first.code}', '{second.code}'"
            left = server.query(f"SELECT count(*) FROM quick_study_{table}_1 WHERE code IN ({codes})")
            assert left == [[0]], table
    elif database:
        for file in Path(database).iterdir():
            assert b"Canary" not in file.read_bytes(), file.name


def test_two_replicas_that_start_at_once_share_the_rooms(make: Make, database: str):
    if not database:
        pytest.skip("rooms in memory belong to one process")
    replicas = [make() for _ in range(4)]
    with ThreadPoolExecutor(4) as starting:
        opened = list(starting.map(lambda rooms: rooms.open(), replicas))
    room = opened[0]
    round_ = replicas[1].ask(room.code, room.secret, NUMBER)
    phones = [replica.join(room.code) for replica in replicas * 5]
    assert sorted(phone.number for phone in phones) == list(range(1, 21))
    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(lambda at: replicas[at % 4].guess(room.code, phones[at].token, round_, 60 + at), range(20)))
    assert replicas[3].counts(room.code).guesses == 20


def test_no_guess_is_counted_behind_a_revealed_answer(make: Make):
    """A reveal and a guess at the same moment agree on whether it counts."""
    rooms = make()
    code, secret = (room := rooms.open()).code, room.secret
    phones = [rooms.join(code) for _ in range(16)]
    for _ in range(3):
        round_ = rooms.ask(code, secret, NUMBER)

        def guess(at: int, round_: int = round_) -> bool:
            try:
                rooms.guess(code, phones[at].token, round_, 60)
            except RoomError as refused:
                return refused.reason != "closed"  # any other refusal would make the numbers differ
            return True

        with ThreadPoolExecutor(6) as crowd:
            guessing = [crowd.submit(guess, at) for at in range(16)]
            rooms.reveal(code, secret)
            shown = rooms.snapshot(code)
            counted = sum(each.result() for each in guessing)
        assert len(shown.distribution.values) == counted


def test_the_spreadsheet_has_every_guess_and_no_formula(make: Make):
    rooms = make()
    code, secret = (room := rooms.open()).code, room.secret
    phones = [rooms.join(code) for _ in range(2)]
    evil = Question("number", Text(en='=HYPERLINK("x")', zh="@SUM(1)"), low=-5, high=5, unit=Text(en="+1", zh="\t=2"))
    for question, values in ((evil, (-3, 4)), (CHOICE, (0, 1))):
        round_ = rooms.ask(code, secret, question)
        for phone, value in zip(phones, values, strict=True):
            rooms.guess(code, phone.token, round_, value)
    text = rooms.export(code, secret)
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [row[3] for row in rows[1:]] == ["-3", "4", "0", "1"]
    assert [row[4] for row in rows[3:]] == ["'=1+1 / 甲", "B / 乙"]
    for cell in (cell for row in rows for cell in row):
        assert not cell.startswith(("=", "+", "-", "@", "\t")) or float(cell) == -3


@pytest.mark.parametrize("value", [None, "60", True, 49, 101, float("nan"), float("inf"), [60], {}])
def test_a_guess_that_makes_no_sense_is_refused(value: object):
    assert reason(NUMBER.checked, value) == "invalid"


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "essay"}, {"low": 5, "high": 5}, {"step": 0}, {"step": 1000}, {"low": float("nan")}, {"truth": 101},
        {"kind": "choice"}, {"kind": "choice", "choices": (TEXT,) * 9},
        {"kind": "choice", "choices": (TEXT,) * 2, "truth": 2}, {"kind": "point"},
        {"link": "https://elsewhere.org"}, {"link": "//elsewhere.org"}, {"link": "javascript:x"},
        {"text": Text(en="x" * 601, zh="问")}, {"kind": "point", "x": 1.0, "curve": (Point(0, 0),) * 401},
    ],
)  # fmt: skip
def test_a_question_that_makes_no_sense_is_refused_with_a_sentence(wrong: dict[str, object]):
    with pytest.raises(RoomError, match=r"\w+ \w+"):
        Question(**{"kind": "number", "text": TEXT, **wrong})  # type: ignore[arg-type]


def test_a_question_survives_its_way_through_the_database():
    point = Question(
        "point", TEXT, low=-5, high=5, step=0.01, x=-3, shown=(Point(1, 2),), curve=(Point(0, 1),), truth=1.25
    )
    for question in (NUMBER, CHOICE, point):
        assert Question.of_json(question.as_json()) == question
    assert reason(Question.of_json, {"kind": "number"}) == "invalid"
    assert reason(Question.of_json, NUMBER.as_json() | {"more": 1}) == "invalid"


@pytest.mark.parametrize(
    ("low", "high", "step"), [(0, 100, 1), (-5, 5, 0.01), (0, 10, 1), (0, 1, 0.1), (5, 200, 1), (0, 7, 7)]
)
def test_every_allowed_value_is_in_one_bar(low: float, high: float, step: float):
    question = Question("number", TEXT, low=low, high=high, step=step)
    steps = round((high - low) / step)
    values = [question.checked(min(high, low + at * step)) for at in range(steps + 1)]
    distribution = Distribution.of(question, values)
    assert sum(distribution.counts) == len(values)
    assert len(distribution.counts) <= 25
    assert len(set(distribution.counts[:-1])) <= 1, "bars are equally wide"


def test_phones_are_never_sent_to_localhost():
    lan = ["192.168.1.20"]
    for visited in (
        "http://localhost:8501/study",
        "http://127.0.0.1:8501/study",
        "http://[::1]:8501/study",
        "http://0.0.0.0:8501/study",
    ):
        assert reachable_base("", visited, lan) == "http://192.168.1.20:8501/study"
        assert reachable_base("", visited, []) is None
        assert reachable_base("https://study.example.org", visited, lan) == "https://study.example.org"
    assert reachable_base("", "http://10.1.2.3:8501", lan) == "http://10.1.2.3:8501"
    assert qr_image("http://192.168.1.20:8501/join/123456").startswith("data:image/svg+xml")


def test_the_presenters_link_leads_back_to_the_room():
    assert read_speaker_link(" " + speaker_link("http://a/study", "123456", "a-secret") + "\n") == (
        "123456",
        "a-secret",
    )
    for wrong in ("", "http://a/join/123456", "http://a/speaker/12345#x", "http://a/speaker/123456#", "#x"):
        assert read_speaker_link(wrong) is None


def test_a_database_that_is_away_is_a_sentence_and_comes_back_by_itself(postgresql: PostgreSQL):
    rooms = Rooms(postgresql.address)
    room = rooms.open()
    phone, round_ = rooms.join(room.code), rooms.ask(room.code, room.secret, NUMBER)
    assert rooms.guess(room.code, phone.token, round_, 60) == 60
    postgresql.crash()
    assert reason(rooms.guess, room.code, phone.token, round_, 60) == "unavailable"
    assert reason(rooms.open) == "unavailable"
    postgresql.start()
    assert rooms.guess(room.code, phone.token, round_, 70) == 60, "what was acknowledged is kept"
    rooms.close_database()
