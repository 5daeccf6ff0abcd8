"""Opening the database: SQLite by default, PostgreSQL by one setting."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import SQLITE_BUSY, SQLITE_FULL, OperationalError
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from dondoc.errors import Unreachable, Unreadable
from dondoc.log import say

_WRITERS: Final = 0x446F6E646F63
"""Names the lock of those who write alone: "Dondoc" in ASCII."""

PATIENCE = 30
"""Seconds to wait for somebody else who writes; then the run ends, and the next one goes on."""


class Sessions:
    """Opens short transactions.

    `writing` is alone: whoever decides by what is recorded waits for the others in the beginning instead of failing
    in the middle. `sharing` is for rows that the transaction has claimed; on PostgreSQL many do so side by side.
    `reading` sees one moment, and never waits for a writer. `marking` is `sharing` for many small transactions.

    `boot`: in which start of the machine we are, where the database is a file on it; by default what the system says.
    """

    def __init__(self, engine: Engine, boot: str | None = None) -> None:
        self.engine = engine
        self.boot = (boot or _this_boot()) if engine.dialect.name == "sqlite" else None
        self._sharing = engine.execution_options(begin="SHARING")
        self._reading = reading_only(engine)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with Session(self.engine, expire_on_commit=False) as session:
            with session.begin():
                yield session
            _tell(session)

    @contextmanager
    def sharing(self) -> Iterator[Session]:
        with Session(self._sharing, expire_on_commit=False) as session:
            with session.begin():
                yield session
            _tell(session)

    @contextmanager
    def marking(self, *, synced: bool) -> Iterator[Connection]:
        """A connection for one short transaction after the other, each with `begin()`.

        Unless `synced`, SQLite does not wait for the disk with them: what they wrote outlives this process, and the
        machine from the next other transaction on (https://sqlite.org/pragma.html#pragma_synchronous, NORMAL).
        """
        with self._sharing.connect() as connection:
            if synced or connection.dialect.name != "sqlite":
                yield connection
                return
            driver = connection.connection.driver_connection
            assert driver is not None  # noqa: S101 - it was opened just now
            (before,) = driver.execute("PRAGMA synchronous").fetchone()
            driver.execute(f"PRAGMA synchronous={min(before, _NORMAL)}")
            try:
                yield connection
            finally:
                connection.rollback()  # the pragma is refused within a transaction
                driver.execute(f"PRAGMA synchronous={before}")

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with Session(self._reading, expire_on_commit=False, autoflush=False) as session:
            yield session


_NORMAL: Final = 1
"""What SQLite calls syncing only what a checkpoint needs."""


def _this_boot() -> str | None:
    """What Linux calls this start of the machine; None where nothing tells one from the next."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None


_HAPPENED: Final = "happened"


def happened(session: Session, event: str, **fields: str | float | None) -> None:
    """Have an event logged once the transaction that records it is through."""
    session.info.setdefault(_HAPPENED, []).append((event, fields))


def _tell(session: Session) -> None:
    for what, fields in session.info.pop(_HAPPENED, ()):
        say(what, **fields)


def reading_only(engine: Engine) -> Engine:
    """The same database, for transactions that see one moment and change nothing."""
    if engine.dialect.name == "postgresql":
        return engine.execution_options(begin="READING", isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return engine.execution_options(begin="READING")


def open_engine(url: str, *, durable: bool = True) -> Engine:
    """Connect lazily to `url`. Without `durable` nothing is synced to disk: for rehearsals only.

    Raises Unreadable when the URL is not one.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise Unreadable("DONDOC_DATABASE_URL is not a database URL: expected e.g. sqlite:///var/dondoc.db") from None
    match parsed.get_backend_name():
        case "sqlite":
            return _open_sqlite(parsed, durable)
        case "postgresql":
            engine = create_engine(
                parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, hide_parameters=True
            )
            event.listen(engine, "begin", _begin_postgresql)
            return engine
        case other:
            raise Unreadable(f"DONDOC_DATABASE_URL names {other}: Dondoc keeps its record in sqlite or postgresql")


def _open_sqlite(parsed: URL, durable: bool) -> Engine:
    if parsed.database and parsed.database != ":memory:":
        folder = Path(parsed.database).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unreachable(f"the folder {folder} of the database cannot be made: {error.strerror}") from None
    engine = create_engine(parsed, connect_args={"timeout": PATIENCE}, hide_parameters=True)  # letters are among them
    event.listen(engine, "connect", _settle_durable if durable else _settle_fleeting)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _settle_durable(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we begin transactions ourselves
    _keep_a_log(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _keep_a_log(connection: Any) -> None:
    """Switch to WAL. Of processes that open a new file together some are told at once that it is locked, whatever
    their timeout, so they ask again.
    """
    for patience in range(300, -1, -1):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except OperationalError:
            if patience == 0:
                raise
            time.sleep(0.1)


def _settle_fleeting(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=MEMORY", "synchronous=OFF", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get("begin") == "READING"
    straight(connection, "BEGIN DEFERRED" if reads else "BEGIN IMMEDIATE")


def straight(connection: Connection, statement: str, parameters: dict[str, Any] | None = None) -> int:
    """Run a statement in the driver's own words, for what is done so often that all that is done around it counts.

    The number of rows that it changed. Raises what SQLAlchemy raises.
    """
    driver: Any = connection.connection.driver_connection
    try:
        return int(driver.execute(statement, parameters or {}).rowcount)
    except connection.dialect.loaded_dbapi.Error as error:
        kind = connection.dialect.loaded_dbapi.Error
        raise DBAPIError.instance(statement, None, error, kind, True, dialect=connection.dialect) from error


def _begin_postgresql(connection: Connection) -> None:
    """Wait for whoever else writes alone; the lock ends with the transaction, also when its process is killed."""
    if connection.get_execution_options().get("begin") is None:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{PATIENCE}s'")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS})")


@contextmanager
def reachable(engine: Engine) -> Iterator[None]:
    """Turn a driver's complaint about the database itself into one sentence; what we asked wrongly stays a fault."""
    try:
        yield
    except DatabaseError as error:
        if isinstance(error, (DataError, IntegrityError, ProgrammingError)):
            raise
        raise Unreachable(_sentence(engine, error)) from error


_LOCKED, _FULL = (SQLITE_BUSY, "55P03"), (SQLITE_FULL, "53100")
"""What SQLite and PostgreSQL call it."""


def _sentence(engine: Engine, error: DatabaseError) -> str:
    """What is wrong with the database, and the way out; every transaction that ended before is kept."""
    url = engine.url.render_as_string(hide_password=True)
    code = getattr(error.orig, "sqlite_errorcode", None) or getattr(error.orig, "sqlstate", None)
    if code in _LOCKED:
        return f"the database {url} is locked by another program: end that one, or try again later"
    if code in _FULL:
        return f"the disk of the database {url} is full: make room on it, then try again"
    return f"the database {url} cannot be used: {' '.join(str(error.orig).split())}"
