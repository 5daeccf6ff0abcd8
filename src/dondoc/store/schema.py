"""Bringing a database to the shape that this version of Dondoc knows."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from dondoc.errors import Refused
from dondoc.store import (  # noqa: F401 - their tables belong to the metadata
    tables_life,
    tables_money,
    tables_people,
    tables_work,
)
from dondoc.store.database import reachable
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
    with reachable(engine), engine.begin() as connection:
        config = _config(connection)
        script = ScriptDirectory.from_config(config)
        head = script.get_current_head()
        current = MigrationContext.configure(connection).get_current_revision()
        if current == head:
            return
        known = {revision.revision for revision in script.walk_revisions()}
        if current is not None and current not in known:
            url = engine.url.render_as_string(hide_password=True)
            raise Refused(
                f"the database {url} was written by a newer Dondoc (schema {current}, this one knows {head}): "
                "install that version, or restore an older backup"
            )
        command.upgrade(config, "head")


def create_fresh(engine: Engine) -> None:
    """Create the tables at once, without the steps that led to them; for rehearsals, which start empty."""
    with engine.begin() as connection:
        Row.metadata.create_all(connection)
        command.stamp(_config(connection), "head")
