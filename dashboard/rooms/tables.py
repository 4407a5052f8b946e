"""The tables of rooms, and an engine for them: SQLite in memory or in a folder, or PostgreSQL."""

import logging
import os
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Engine,
    Float,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.pool import StaticPool

_PATIENCE = 5  # seconds, for a database that does not answer
_LOCK = 0x5175_6963_6B31  # PostgreSQL lock for the creation of the tables
_FILE = "rooms.sqlite"

_metadata = MetaData()
# Another layout of the tables needs other names: two versions of the product may share a database during an update.
rooms = Table(
    "quick_study_rooms_1",
    _metadata,
    Column("code", String(6), primary_key=True),
    Column("secret", LargeBinary(32), nullable=False),  # a digest, like a participant's token
    Column("ends", Float, nullable=False, index=True),  # seconds since 1970
    Column("version", Integer, nullable=False),  # grows with each change that phones are to see
    Column("round", Integer, nullable=False),  # of the current question; 0 before the first
    Column("locked", Boolean, nullable=False),
)


def _of_room() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["code"], [rooms.c.code], ondelete="CASCADE")


participants = Table(
    "quick_study_participants_1",
    _metadata,
    Column("code", String(6), primary_key=True),
    Column("token", LargeBinary(32), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("removed", Boolean, nullable=False),
    _of_room(),
)
questions = Table(
    "quick_study_questions_1",
    _metadata,
    Column("code", String(6), primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("state", String(8), nullable=False),  # asked, closed, revealed
    Column("body", Text, nullable=False),  # JSON
    _of_room(),
)
guesses = Table(
    "quick_study_guesses_1",
    _metadata,
    Column("code", String(6), primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("value", Float, nullable=False),
    _of_room(),
)
steps = Table(
    "quick_study_steps_1",
    _metadata,
    Column("code", String(6), primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("step", LargeBinary(32), nullable=False),  # a digest of the notes and the question
    Column("notes", Text, nullable=False),  # JSON
    _of_room(),
)


def engine_of(database: str) -> Engine:
    """Return an engine.

    Parameters
    ----------
    database : str
        "" for memory, the address of a PostgreSQL database, or a folder, which is made if need be.
    """
    if database.startswith("postgresql:"):
        # The pool throws away connections to a database that has restarted, and would log each at length.
        logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)
        # pg8000 is Python alone and under a BSD licence; a second is long for any statement here.
        return create_engine(
            make_url(database).set(drivername="postgresql+pg8000"),
            pool_pre_ping=True,  # after a restart of the database, connections are opened anew
            pool_size=4,
            max_overflow=4,
            pool_timeout=_PATIENCE,
            connect_args={"timeout": _PATIENCE},
            hide_parameters=True,  # an error goes to a log, which must not contain guesses
        )
    engine = create_engine(
        f"sqlite:///{_file_in(Path(database))}" if database else "sqlite://",
        poolclass=StaticPool,
        connect_args={"check_same_thread": False, "timeout": _PATIENCE, "isolation_level": None},
        hide_parameters=True,
    )
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def _file_in(folder: Path) -> Path:
    """Return the database file of a folder, readable by this user only."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder.absolute() / _FILE
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    return file


def _configure(connection: Any, _: object) -> None:
    """Lose nothing if a process dies, and at most the last seconds in a power cut; overwrite deleted data."""
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "secure_delete=ON", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")  # replicas that share a file wait for each other here, and only here


def create(connection: Connection) -> None:
    """Create the tables if there are none; replicas that start at once do so one after another."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    _metadata.create_all(connection)


def overwrite_log(engine: Engine) -> None:
    """Empty SQLite's log, in which deleted rows may still stand. PostgreSQL sees to its own."""
    if engine.dialect.name == "sqlite":
        connection = engine.raw_connection()
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
