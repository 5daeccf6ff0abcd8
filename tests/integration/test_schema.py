"""The database's shape: the steps that lead to it and the tables themselves say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from dondoc.errors import Refused, Unreachable
from dondoc.store.database import open_engine
from dondoc.store.schema import create_fresh, migrate
from dondoc.store.tables import Row


def shape(url: str) -> dict[str, list[str]]:
    """Every table, index and trigger as SQLite keeps it, without what differs only in layout and order."""
    with open_engine(url).connect() as connection:
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")).all()
    return {name: _parts(sql) for name, sql in rows}


def _parts(sql: str) -> list[str]:
    return sorted(filter(None, (part.strip(" \t,)") for part in re.split(r"[,\n]", sql.replace('"', "")))))


def test_migrated_is_the_same_as_fresh(tmp_path: Path) -> None:
    migrated, fresh = f"sqlite:///{tmp_path}/migrated.db", f"sqlite:///{tmp_path}/fresh.db"

    migrate(open_engine(migrated))
    create_fresh(open_engine(fresh))

    with open_engine(migrated).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Row.metadata) == []
    assert shape(migrated) == shape(fresh)


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/dondoc.db"
    migrate(open_engine(url))
    once = shape(url)

    migrate(open_engine(url))

    assert shape(url) == once


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/dondoc.db")
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(Refused, match=r"written by a newer Dondoc \(schema 9999"):
        migrate(engine)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "dondoc.db").write_bytes(b"not a database at all" * 100)

    with pytest.raises(Unreachable, match=r"dondoc\.db cannot be used: file is not a database"):
        migrate(open_engine(f"sqlite:///{tmp_path}/dondoc.db"))
