"""Where an office of a test keeps its record: SQLite in its folder, or a PostgreSQL database of its own."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import pytest

from dondoc.store.database import open_engine
from dondoc.store.schema import migrate
from tests.integration.postgres import Postgres

SERVER: ContextVar[Postgres | None] = ContextVar("SERVER", default=None)
"""The server that offices keep their record in; None: they use SQLite."""


@contextmanager
def a_database(folder: Path) -> Iterator[str]:
    """The URL of a database with Dondoc's tables and nothing in them; commands that the test runs find it, too."""
    server = SERVER.get()
    if server is None:
        folder.mkdir(exist_ok=True)
        (folder / "dondoc.db").write_bytes(_empty_file())
        yield f"sqlite:///{folder}/dondoc.db"
        return
    with server.database() as url, pytest.MonkeyPatch.context() as environment:
        environment.setenv("DONDOC_DATABASE_URL", url)
        yield url


@functools.lru_cache
def _empty_file() -> bytes:
    """An SQLite database with Dondoc's tables; copied, because making it takes a while."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/dondoc.db")
        migrate(engine)
        engine.dispose()  # the last to leave writes the journal into the file
        return Path(folder, "dondoc.db").read_bytes()
