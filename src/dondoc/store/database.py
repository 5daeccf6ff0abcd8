"""Opening the database: SQLite by default, PostgreSQL by one setting."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError
from sqlalchemy.orm import Session

from dondoc.errors import Unreachable, Unreadable


class Sessions:
    """Opens short transactions.

    `writing` takes SQLite's write lock at once, so that two runs wait for each other in the beginning
    instead of failing in the middle; `reading` never waits for a writer.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._deferred = engine.execution_options(begin="DEFERRED")

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with Session(self._deferred, expire_on_commit=False, autoflush=False) as session:
            yield session


def open_engine(url: str, *, durable: bool = True) -> Engine:
    """Connect lazily to `url`. Without `durable` nothing is synced to disk: for rehearsals only.

    Raises Unreadable when the URL is not one.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise Unreadable("DONDOC_DATABASE_URL is not a database URL: expected e.g. sqlite:///var/dondoc.db") from None
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": 30})
    event.listen(engine, "connect", _settle_durable if durable else _settle_fleeting)
    event.listen(engine, "begin", _begin)
    return engine


def _settle_durable(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we begin transactions ourselves
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _settle_fleeting(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=MEMORY", "synchronous=OFF", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get('begin', 'IMMEDIATE')}")


@contextmanager
def reachable(engine: Engine) -> Iterator[None]:
    """Turn a driver's complaint about the database itself into one sentence."""
    try:
        yield
    except DatabaseError as error:
        url = engine.url.render_as_string(hide_password=True)
        raise Unreachable(f"the database {url} cannot be used: {error.orig}") from error
