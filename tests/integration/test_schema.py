"""The database's shape: the steps that lead to it and the tables themselves say the same."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, MetaData, select, text
from sqlalchemy.orm import Session

from dondoc.config import PROJECT
from dondoc.errors import Refused, Unreachable, Unreadable
from dondoc.store.database import open_engine
from dondoc.store.schema import create_fresh, migrate
from dondoc.store.tables import LetterRow, Row
from tests.integration.databases import SERVER

in_each_database = pytest.mark.usefixtures("each_database")


@contextmanager
def an_empty_database(folder: Path) -> Iterator[Engine]:
    """One without any table, in SQLite or PostgreSQL."""
    server = SERVER.get()
    if server is None:
        with closing_engine(f"sqlite:///{folder}/dondoc.db") as engine:
            yield engine
        return
    with server.database(like="template0") as url, closing_engine(url) as engine:
        yield engine


@contextmanager
def closing_engine(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def shape(engine: Engine) -> dict[str, list[str]]:
    """Every table, index, trigger and function as the database keeps it, without what differs only in order."""
    server = SERVER.get()
    if server is not None:
        dump = [str(server.programs / "pg_dump"), "--schema-only", _plain(engine)]
        said = subprocess.run(dump, check=True, capture_output=True, text=True).stdout
        said = re.sub(r"(?m)^(--|\\).*$", "", said)  # comments, and psql's own words with a random key
        return {"".join(found.split()[:6]): _parts(found) for found in said.split(";\n") if found.strip()}
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")).all()
    return {name: _parts(sql) for name, sql in rows}


def _plain(engine: Engine) -> str:
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


def _parts(sql: str) -> list[str]:
    return sorted(filter(None, (part.strip(" \t,)") for part in re.split(r"[,\n]", sql.replace('"', "")))))


@in_each_database
def test_migrated_is_the_same_as_fresh(tmp_path: Path) -> None:
    (tmp_path / "fresh").mkdir()
    with an_empty_database(tmp_path) as migrated, an_empty_database(tmp_path / "fresh") as fresh:
        migrate(migrated)
        create_fresh(fresh)

        with migrated.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), Row.metadata) == []
        assert len(shape(migrated)) > 20
        assert shape(migrated) == shape(fresh)


@in_each_database
def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    with an_empty_database(tmp_path) as engine:
        migrate(engine)
        once = shape(engine)

        migrate(engine)

        assert shape(engine) == once


@in_each_database
def test_processes_that_start_together_agree_on_one_that_migrates(tmp_path: Path) -> None:
    code = "import sys; from dondoc.store import database, schema; schema.migrate(database.open_engine(sys.argv[1]))"
    with an_empty_database(tmp_path) as engine:
        command = [sys.executable, "-c", code, engine.url.render_as_string(hide_password=False)]
        together = [subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.PIPE) for _ in range(3)]
        said = [process.communicate(timeout=60)[1].decode() for process in together]

        assert [process.returncode for process in together] == [0, 0, 0], said
        with engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), Row.metadata) == []


@in_each_database
def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    with an_empty_database(tmp_path) as engine:
        migrate(engine)
        with engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

        with pytest.raises(Refused, match=r"written by a newer Dondoc \(schema 9999"):
            migrate(engine)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "dondoc.db").write_bytes(b"not a database at all" * 100)

    with pytest.raises(Unreachable, match=r"dondoc\.db cannot be used: file is not a database"):
        migrate(open_engine(f"sqlite:///{tmp_path}/dondoc.db"))


def test_a_server_that_is_away_is_named_without_its_password() -> None:
    with pytest.raises(Unreachable, match=r"postgresql.*127\.0\.0\.1:9/dondoc cannot be used: .*refused") as refused:
        migrate(open_engine("postgresql://dondoc:hidden@127.0.0.1:9/dondoc"))

    assert "hidden" not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        pytest.param("mysql://root@127.0.0.1/dondoc", "names mysql: Dondoc keeps its record in", id="another kind"),
        pytest.param("dondoc.db", "is not a database URL", id="no URL"),
    ],
)
def test_another_kind_of_database_is_refused_in_one_sentence(url: str, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        open_engine(url)


@in_each_database
def test_letters_of_an_older_version_keep_their_bytes(tmp_path: Path) -> None:
    with an_empty_database(tmp_path) as engine:
        with engine.begin() as connection:
            config = Config()
            config.set_main_option("script_location", str(PROJECT / "src" / "dondoc" / "store" / "migrations"))
            config.attributes["connection"] = connection
            command.upgrade(config, "0009")
            old = MetaData()
            old.reflect(connection, only=["plans", "letters"])
            now = datetime(2024, 4, 1, 8, tzinfo=UTC)
            plan = {"id": "a", "year": 2024, "version": 1, "document": "{}", "digest": "x", "loaded_at": now}
            plan["starts_on"] = now.date()
            connection.execute(old.tables["plans"].insert(), plan)
            letter = {
                **dict.fromkeys(("key", "kind", "addressee", "address", "subject"), "x"),
                **{"plan_id": "a", "only_while_open": False, "state": "queued", "attempts": 0},
                **{"created_at": now, "not_before": now},
            }
            letters = [
                letter | {"key": str(n), "message_id": f"<{n}@example.org>", "content": b"%d\r\n" % n} for n in range(3)
            ]
            connection.execute(old.tables["letters"].insert(), letters)

        migrate(engine)

        with Session(engine) as session:
            found = session.execute(select(LetterRow.key, LetterRow.content).order_by(LetterRow.key)).all()
        assert [(row.key, row.content) for row in found] == [(str(n), b"%d\r\n" % n) for n in range(3)]
