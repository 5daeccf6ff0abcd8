"""Copying a whole record while others work on it, and putting a copy in its place.

SQLite is copied by its own online backup, PostgreSQL by its own pg_dump and pg_restore.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import URL, text
from sqlalchemy.engine import make_url

from dondoc.errors import Refused, Unreachable, Unreadable
from dondoc.store.database import open_engine, reachable

_PATIENCE: Final = 30.0
_OTHERS: Final = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
_WRITABLE: Final = "-c default_transaction_read_only=off"


def kind_of(url: str) -> str:
    """`sqlite` or `postgresql`."""
    return make_url(url).get_backend_name()


def copy_sqlite(source: Path, target: Path) -> None:
    """Make `target` a copy of `source` in one step: whoever reads it sees all of it or nothing.

    Raises Unreachable when one of them is no database, or is locked for too long.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=_PATIENCE)) as there,
            closing(sqlite3.connect(target, timeout=_PATIENCE)) as here,
        ):
            there.backup(here)
            said = here.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.Error as error:
        raise Unreachable(f"{source} cannot be copied to {target}: {error}") from None
    if said != "ok":
        raise Unreachable(f"the copy {target} is damaged: {said}")


def dump_postgresql(url: str, target: Path) -> None:
    """Write everything as pg_dump does, in its own format."""
    _run(url, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")


@contextmanager
def replacing_postgresql(url: str, source: Path) -> Iterator[str]:
    """Put what was dumped into `source` in place of everything, and yield the URL under which it can be written.

    From before the first step to the end of the block nobody else can change anything there, also when we are killed
    in between: then restoring again is the way out. Raises Refused while somebody else is connected.
    """
    _run(url, "pg_restore", "--list", str(source))  # before anything is lost for a file that is none
    writable = make_url(url).update_query_dict({"options": _WRITABLE}).render_as_string(hide_password=False)
    engine = open_engine(writable)
    name = _quoted(make_url(url).database or "")
    try:
        with reachable(engine), engine.connect() as connection:
            others = (
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            if count := connection.scalar(text(others)):
                raise Refused(f"{count} others are connected to the database: stop Dondoc on all machines first")
            connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
            connection.commit()
        _run(url, "psql", "--quiet", "--command=DROP SCHEMA public CASCADE", "--command=CREATE SCHEMA public")
        _run(url, "pg_restore", "--no-owner", "--no-privileges", "--single-transaction", *_into(url), str(source))
        yield writable
        _run(url, "psql", "--quiet", f"--command=ALTER DATABASE {name} RESET default_transaction_read_only")
    finally:
        engine.dispose()


def _into(url: str) -> tuple[str, ...]:
    return (f"--dbname={make_url(url).database}",)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _run(url: str, program: str, *arguments: str) -> None:
    try:
        done = subprocess.run(
            [program, *arguments], env=os.environ | _access(make_url(url)), capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise Refused(f"{program} is not installed: apt install postgresql-client, of the server's version") from None
    if done.returncode:
        raise Unreachable(f"{program}: {' '.join(done.stderr.split())[:300]}")


def _access(url: URL) -> Mapping[str, str]:
    """How libpq's programs reach the database; in the environment, because everybody can read arguments."""
    given = {
        "PGHOST": url.host,
        "PGPORT": str(url.port) if url.port else None,
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        "PGOPTIONS": _WRITABLE,
    }
    return {name: value for name, value in given.items() if value}


def sqlite_file(url: str) -> Path:
    """Where a SQLite record is kept. Raises Unreadable for one that is kept nowhere."""
    database = make_url(url).database
    if not database or database == ":memory:":
        raise Unreadable("a record in memory can be neither kept nor restored")
    return Path(database)
