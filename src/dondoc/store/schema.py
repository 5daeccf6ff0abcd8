"""Bringing a database to the shape that this version of Dondoc knows."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from dondoc.errors import Refused
from dondoc.store import (  # noqa: F401 - their tables belong to the metadata
    tables_access,
    tables_incidents,
    tables_life,
    tables_money,
    tables_people,
    tables_restores,
    tables_runs,
    tables_work,
)
from dondoc.store.database import reachable, reading_only
from dondoc.store.tables import Row

_MIGRATIONS = Path(__file__).parent / "migrations"


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def migrate(engine: Engine) -> None:
    """Create the tables, or bring them up to date; doing it twice does nothing.

    Raises Refused when a newer Dondoc has written the database, Unreachable when it cannot be opened.
    """
    with reachable(engine):
        with reading_only(engine).connect() as connection:
            if _revision(connection) == _head():
                return  # without waiting for those who write
        with engine.begin() as connection:
            _upgrade(engine, connection)


def is_current(engine: Engine) -> bool:
    """Whether the tables have the shape that this version knows; raises the driver's error when nothing can be read."""
    with reading_only(engine).connect() as connection:
        return _revision(connection) == _head()


@lru_cache
def _head() -> str | None:
    return ScriptDirectory(str(_MIGRATIONS)).get_current_head()


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _upgrade(engine: Engine, connection: Connection) -> None:
    """Take the steps that are missing: alone, so that of several processes that start together one takes them."""
    config, current = _config(connection), _revision(connection)
    script = ScriptDirectory.from_config(config)
    known = {revision.revision for revision in script.walk_revisions()}
    if current is not None and current not in known:
        url = engine.url.render_as_string(hide_password=True)
        raise Refused(
            f"the database {url} was written by a newer Dondoc (schema {current}, this one knows "
            f"{script.get_current_head()}): install that version, or restore an older backup"
        )
    command.upgrade(config, "head")


def create_fresh(engine: Engine) -> None:
    """Create the tables at once, without the steps that led to them; for rehearsals, which start empty."""
    with engine.begin() as connection:
        Row.metadata.create_all(connection)
        command.stamp(_config(connection), "head")
