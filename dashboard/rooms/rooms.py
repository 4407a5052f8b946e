"""Rooms: open one, ask, guess, close, reveal. Every method is one transaction, and may be called from any thread."""

import json
import logging
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from dashboard.rooms import results, tables
from dashboard.rooms.errors import RoomError
from dashboard.rooms.notes import Notes
from dashboard.rooms.question import Question
from dashboard.rooms.results import Distribution
from dashboard.rooms.tables import guesses, participants, questions, rooms, steps
from dashboard.token_bucket import ClientBuckets
from scenarios.dataclass_json import from_json, to_json

LIFETIME = 24 * 3600  # seconds
ROOMS_PER_CLIENT = 1 / 120, 20  # a second, and at once: teachers of a school share an address
MOST_ROOMS, MOST_PARTICIPANTS, MOST_ROUNDS = 500, 1000, 500
_SECRET_BYTES, _TOKEN_BYTES = 24, 16
_CODES = range(100_000, 1_000_000)  # digits alone: phones show a keypad, and no two look alike

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OpenedRoom:
    """A new room. Its secret makes its holder the presenter; only a digest of it is stored."""

    code: str
    secret: str


@dataclass(frozen=True)
class Participant:
    """One phone. The token is its only identity: no name, no address."""

    number: int
    token: str


@dataclass(frozen=True)
class Counts:
    """How many phones are in a room, and how many of them have guessed."""

    participants: int
    guesses: int


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The state of a room that phones, and the screen in front of the room, may see.

    Parameters
    ----------
    code : str
        Of the room.
    version : int
        Grows with each change of the others.
    round : int
        Identifies the question; a new one is greater than all before. 0 before the first.
    state : str
        "waiting" before the first question and at a step without one, then "asked", "closed" or "revealed".
    question : Question or None
        Without its answer until that is revealed.
    distribution : Distribution or None
        None until the answer is revealed.
    removed : frozenset of bytes
        Digests of tokens that were removed.
    number : int
        Of the question, as people count them.
    """

    code: str
    version: int
    round: int
    state: str
    question: Question | None
    distribution: Distribution | None
    removed: frozenset[bytes]
    number: int

    def is_removed(self, token: str) -> bool:
        """Return whether a participant was removed."""
        return _digest(token) in self.removed


@dataclass(frozen=True)
class Overview:
    """The presenter's view of a room, with the answer and the guesses so far."""

    code: str
    round: int
    state: str
    question: Question | None
    counts: Counts
    distribution: Distribution | None
    locked: bool
    ends: float  # seconds since 1970
    participants: tuple[tuple[int, float | None], ...]  # numbers, with their guesses
    notes: Notes | None  # notes of the room's current lesson step
    number: int  # number of the question, from 1


class Rooms:
    """All rooms of one database, which is opened on the first call.

    Parameters
    ----------
    database : str
        "" for memory, a folder, or the address of a PostgreSQL database.
    clock : callable
        Returns seconds since 1970.
    """

    def __init__(self, database: str = "", clock: Callable[[], float] = time.time) -> None:
        self._database, self._clock = database, clock
        self._engine: Engine | None = None
        self._opening = Lock()
        # SQLite has one connection here, for one thread at a time.
        self._turn: AbstractContextManager[Any] = nullcontext() if self.is_shared else Lock()
        self._openings = ClientBuckets(*ROOMS_PER_CLIENT)
        self._listeners: list[Callable[[str], None]] = []

    @property
    def is_shared(self) -> bool:
        """Whether rooms are in a database server."""
        return self._database.startswith("postgresql:")

    @property
    def is_served(self) -> bool:
        """Whether phones reach this process's rooms: `streamlit run dashboard/app.py` serves pages alone."""
        return bool(self._listeners)

    @property
    def is_kept(self) -> bool:
        """Whether rooms outlive this process."""
        return bool(self._database)

    @property
    def is_open(self) -> bool:
        """Whether there may be anything to delete."""
        return self.is_kept or self._engine is not None

    def on_change(self, listener: Callable[[str], None]) -> None:
        """Have a function called with the code of each room that this process changes."""
        self._listeners.append(listener)

    def close_database(self) -> None:
        """Close all connections, which deletes rooms in memory."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    # -- The presenter -------------------------------------------------------------------------------------------------

    def open(self, client: str = "") -> OpenedRoom:
        """Open a room for a day, for a client address. Raises RoomError ("busy") if there are too many."""
        if not self._openings.take_if_any(client):
            raise RoomError("busy")
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        with self._transaction() as connection:
            self._delete_ended(connection)
            if connection.scalar(select(func.count()).select_from(rooms)) >= MOST_ROOMS:  # type: ignore[operator]
                raise RoomError("busy")
            taken = set(connection.scalars(select(rooms.c.code)))
            code = str(secrets.choice(_CODES))
            while code in taken:
                code = str(secrets.choice(_CODES))
            row = {
                "secret": _digest(secret),
                "ends": self._clock() + LIFETIME,
                "version": 1,
                "round": 0,
                "locked": False,
            }
            connection.execute(insert(rooms).values(code=code, **row))
        return OpenedRoom(code, secret)

    def ask(self, code: str, secret: str, question: Question) -> int:
        """Ask a question; the one before is closed if it was not. Returns its round."""
        with self._commanded(code, secret) as (connection, room):
            self._set_state(connection, room, "closed", ("asked",))
            return self._begin_round(connection, room, json.dumps(question.as_json()))

    def turn_to(self, code: str, secret: str, notes: Notes, question: Question | None = None) -> int:
        """Turn to a step of a lesson. Returns its round: a new one, or that of the same step before.

        Phones then have its question, with its guesses, and wait if it has none. A question that is left while it is
        open takes guesses again once the lesson returns to it.
        """
        kept, body = json.dumps(to_json(notes)), json.dumps(question.as_json()) if question else ""
        step = sha256(f"{kept}\n{body}".encode()).digest()
        with self._commanded(code, secret) as (connection, room):
            same = (steps.c.code == code) & (steps.c.step == step)
            before: int | None = connection.scalar(select(func.max(steps.c.round)).where(same))
            turned = before or self._begin_round(connection, room, body)
            if before is None:
                connection.execute(insert(steps).values(code=code, round=turned, step=step, notes=kept))
            connection.execute(update(rooms).where(rooms.c.code == code).values(round=turned))
            return turned

    def close(self, code: str, secret: str) -> None:
        """Take no more guesses."""
        with self._commanded(code, secret) as (connection, room):
            self._set_state(connection, room, "closed", ("asked",))

    def reveal(self, code: str, secret: str) -> None:
        """Show the answer and the distribution; no guess is taken any more."""
        with self._commanded(code, secret) as (connection, room):
            self._set_state(connection, room, "revealed", ("asked", "closed"))

    def restart(self, code: str, secret: str) -> int:
        """Ask the current question again, without its guesses. Returns the new round."""
        with self._commanded(code, secret) as (connection, room):
            here = (questions.c.code == code) & (questions.c.round == room.round)
            body = connection.scalar(select(questions.c.body).where(here))
            if body is None:
                raise RoomError("no_question")
            begun = self._begin_round(connection, room, body)
            for table in (questions, guesses):
                connection.execute(delete(table).where(table.c.code == code, table.c.round == room.round))
            at = (steps.c.code == code) & (steps.c.round == room.round)
            connection.execute(update(steps).where(at).values(round=begun))
            return begun

    def remove(self, code: str, secret: str, number: int) -> None:
        """Remove a participant, with their guesses. Their phone can join again unless the room is locked."""
        with self._commanded(code, secret) as (connection, _):
            who = (participants.c.code == code) & (participants.c.number == number)
            connection.execute(update(participants).where(who).values(removed=True))
            connection.execute(delete(guesses).where(guesses.c.code == code, guesses.c.number == number))

    def lock(self, code: str, secret: str, *, locked: bool = True) -> None:
        """Close the room to new participants, or open it again."""
        with self._commanded(code, secret) as (connection, _):
            connection.execute(update(rooms).where(rooms.c.code == code).values(locked=locked))

    def end(self, code: str, secret: str) -> None:
        """Delete the room and all of its questions and guesses."""
        with self._commanded(code, secret) as (connection, _):
            _delete(connection, [code])
        self._overwrite_log()

    def overview(self, code: str, secret: str) -> Overview:
        """Return the presenter's view."""
        with self._transaction() as connection:
            room = self._presented(connection, code, secret)
            state, question = self._question(connection, room)
            own = (guesses.c.code == participants.c.code) & (guesses.c.number == participants.c.number)
            theirs = participants.outerjoin(guesses, own & (guesses.c.round == room.round))
            rows = connection.execute(
                select(participants.c.number, guesses.c.value)
                .select_from(theirs)
                .where(participants.c.code == code, ~participants.c.removed)
                .order_by(participants.c.number)
            ).all()
            number = self._number(connection, room)
            kept = connection.scalar(select(steps.c.notes).filter_by(code=code, round=room.round))
        values = [value for _, value in rows if value is not None]
        return Overview(
            code,
            room.round,
            state,
            question,
            Counts(len(rows), len(values)),
            Distribution.of(question, values) if question else None,
            room.locked,
            room.ends,
            tuple((number, value) for number, value in rows),
            from_json(Notes, json.loads(kept)) if kept else None,
            number,
        )

    def export(self, code: str, secret: str) -> str:
        """Return all guesses of the room as CSV."""
        with self._transaction() as connection:
            self._presented(connection, code, secret)
            asked = select(questions.c.round, questions.c.body).where(questions.c.code == code)
            given = select(guesses.c.round, guesses.c.number, guesses.c.value).where(guesses.c.code == code)
            bodies = connection.execute(asked.order_by(questions.c.round)).all()
            rows = connection.execute(given.order_by(guesses.c.number)).all()
        return results.table(
            [
                (_read(body), [(number, value) for each, number, value in rows if each == round_])
                for round_, body in bodies
            ]
        )

    # -- Participants --------------------------------------------------------------------------------------------------

    def join(self, code: str) -> Participant:
        """Take a place in a room. Raises RoomError if there is none."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        with self._transaction() as connection:
            room = self._room(connection, code, "change")
            if room.locked:
                raise RoomError("locked")
            here = select(func.count(), func.coalesce(func.max(participants.c.number), 0))
            count, last = connection.execute(here.where(participants.c.code == code)).one()
            if count >= MOST_PARTICIPANTS:
                raise RoomError("full")
            who = {"code": code, "token": _digest(token), "number": last + 1, "removed": False}
            connection.execute(insert(participants).values(**who))
        return Participant(last + 1, token)

    def guess(self, code: str, token: str, round_: int, value: object) -> float:
        """Guess once. Returns the guess that counts, which is the first: sending it again changes nothing.

        Raises
        ------
        RoomError
            "closed" if the question takes no guesses any more, "invalid" for a value that makes no sense, "removed" for
            somebody who is not, or no longer, in the room.
        """
        try:
            return self._guess(code, token, round_, value)
        except IntegrityError:  # the same was sent twice at once, and the other one was first
            return self._guess(code, token, round_, value)

    def _guess(self, code: str, token: str, round_: int, value: object) -> float:
        with self._transaction() as connection:
            room = self._room(connection, code, "keep")
            who = select(participants.c.number, participants.c.removed)
            mine = connection.execute(
                who.where(participants.c.code == code, participants.c.token == _digest(token))
            ).first()
            if mine is None or mine.removed:
                raise RoomError("removed")
            place = {"code": code, "round": round_, "number": mine.number}
            first: float | None = connection.scalar(select(guesses.c.value).filter_by(**place))
            if first is not None:
                return first
            # Closing the question waits for this transaction, so that no guess arrives after the answer is revealed.
            asked = select(questions).where(questions.c.code == code, questions.c.round == round_)
            question = connection.execute(asked.with_for_update(read=True)).first()
            if question is None or question.state != "asked" or round_ != room.round:
                raise RoomError("closed")
            checked = _read(question.body).checked(value)
            connection.execute(insert(guesses).values(**place, value=checked))
            return checked

    def snapshot(self, code: str) -> Snapshot:
        """Return the public view of a room."""
        with self._transaction() as connection:
            room = self._room(connection, code)
            state, question = self._question(connection, room)
            values: Iterable[float] = ()
            if state == "revealed":
                given = select(guesses.c.value).where(guesses.c.code == code, guesses.c.round == room.round)
                values = list(connection.scalars(given))
            gone = select(participants.c.token).where(participants.c.code == code, participants.c.removed)
            removed = frozenset(map(bytes, connection.scalars(gone)))
            number = self._number(connection, room)
        distribution = None
        if question is not None and state == "revealed":
            distribution = Distribution.of(question, values)
        elif question is not None:
            question = question.without_answer()
        return Snapshot(code, room.version, room.round, state, question, distribution, removed, number)

    def counts(self, code: str) -> Counts:
        """Return how many are in a room, and how many of them have guessed."""
        with self._transaction() as connection:
            room = self._room(connection, code)
            there = select(func.count()).select_from(participants)
            there = there.where(participants.c.code == code, ~participants.c.removed)
            guessed = select(func.count()).select_from(guesses)
            guessed = guessed.where(guesses.c.code == code, guesses.c.round == room.round)
            return Counts(connection.scalar(there) or 0, connection.scalar(guessed) or 0)

    def versions(self, codes: Iterable[str]) -> dict[str, int]:
        """Return the versions of several rooms by their codes; those that have ended are left out."""
        with self._transaction() as connection:
            wanted = select(rooms.c.code, rooms.c.version)
            alive = wanted.where(rooms.c.code.in_(list(codes)), rooms.c.ends > self._clock())
            return {row.code: row.version for row in connection.execute(alive)}

    def delete_ended(self) -> None:
        """Delete the rooms whose day is over."""
        with self._transaction() as connection:
            deleted = self._delete_ended(connection)
        if deleted:
            self._overwrite_log()

    # -- Inside a transaction ------------------------------------------------------------------------------------------

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """Begin, and commit at the end. Raises RoomError ("unavailable") if the database does not answer."""
        try:
            with self._turn, self._opened().begin() as connection:
                yield connection
        except IntegrityError:
            raise
        except (DBAPIError, PoolTimeoutError, OSError) as error:
            log.warning("the database of rooms does not answer: %s %s", type(error).__name__, _error_code(error))
            raise RoomError("unavailable") from error

    def _opened(self) -> Engine:
        with self._opening:
            if self._engine is None:
                engine = tables.engine_of(self._database)
                with engine.begin() as connection:
                    tables.create(connection)
                self._engine = engine
            return self._engine

    @contextmanager
    def _commanded(self, code: str, secret: str) -> Iterator[tuple[Connection, Row[Any]]]:
        """Begin a change by the presenter, of which phones are notified."""
        with self._transaction() as connection:
            room = self._presented(connection, code, secret, "change")
            connection.execute(update(rooms).where(rooms.c.code == code).values(version=room.version + 1))
            yield connection, room
        for listener in self._listeners:
            listener(code)

    def _room(self, connection: Connection, code: str, lock: str = "") -> Row[Any]:
        """Read a room. lock: "" for none, "change" for one change at a time, "keep" to hinder its deletion alone.

        To lock a question or add rows, a transaction locks the room first: no two then wait for each other.
        """
        wanted = select(rooms).where(rooms.c.code == code, rooms.c.ends > self._clock())
        if lock:
            wanted = wanted.with_for_update(read=lock == "keep", key_share=True)
        room = connection.execute(wanted).first()
        if room is None:
            raise RoomError("unknown")
        return room

    def _presented(self, connection: Connection, code: str, secret: str, lock: str = "") -> Row[Any]:
        room = self._room(connection, code, lock)
        if not compare_digest(bytes(room.secret), _digest(secret)):
            raise RoomError("secret")
        return room

    def _question(self, connection: Connection, room: Row[Any]) -> tuple[str, Question | None]:
        wanted = select(questions.c.state, questions.c.body)
        row = connection.execute(wanted.where(questions.c.code == room.code, questions.c.round == room.round)).first()
        return (row.state, _read(row.body)) if row else ("waiting", None)

    def _number(self, connection: Connection, room: Row[Any]) -> int:
        """Count the questions up to the current one: a lesson's steps without a question have rounds, too."""
        asked = select(func.count()).select_from(questions)
        return connection.scalar(asked.where(questions.c.code == room.code, questions.c.round <= room.round)) or 0

    def _set_state(self, connection: Connection, room: Row[Any], state: str, before: tuple[str, ...]) -> None:
        here = (questions.c.code == room.code) & (questions.c.round == room.round)
        connection.execute(update(questions).where(here, questions.c.state.in_(before)).values(state=state))

    def _begin_round(self, connection: Connection, room: Row[Any], body: str) -> int:
        """Begin a round beyond all before, with a question unless its body is empty."""
        used = (connection.scalar(select(func.max(t.c.round)).where(t.c.code == room.code)) for t in (questions, steps))
        begun: int = max(room.round, *(each or 0 for each in used)) + 1
        if begun > MOST_ROUNDS:
            raise RoomError("full")
        if body:
            row = {"code": room.code, "round": begun, "state": "asked", "body": body}
            connection.execute(insert(questions).values(**row))
        connection.execute(update(rooms).where(rooms.c.code == room.code).values(round=begun))
        return begun

    def _delete_ended(self, connection: Connection) -> int:
        ended = list(connection.scalars(select(rooms.c.code).where(rooms.c.ends <= self._clock())))
        if ended:
            _delete(connection, ended)
        return len(ended)

    def _overwrite_log(self) -> None:
        with self._turn:
            tables.overwrite_log(self._opened())


def _error_code(error: Exception) -> str:
    """Return PostgreSQL's code of an error. Its message may have a guess in it, which belongs into no log."""
    arguments = getattr(getattr(error, "orig", None), "args", ())
    fields = arguments[0] if arguments and isinstance(arguments[0], dict) else {}
    return str(fields.get("C", ""))


def _delete(connection: Connection, codes: list[str]) -> None:
    connection.execute(delete(rooms).where(rooms.c.code.in_(codes)))  # and with it all rows of the other tables


def _digest(token: str) -> bytes:
    return sha256(token.encode(errors="replace")).digest()


def _read(body: str) -> Question:
    return Question.of_json(json.loads(body))
