"""The databases that tests run on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.databases import SERVER
from tests.integration.postgres import POSTGRES, Postgres, postgres


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgres]:
    if POSTGRES is None:
        pytest.skip("PostgreSQL is not installed")
    with postgres() as server:
        server.prepare()
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def each_database(request: pytest.FixtureRequest) -> Iterator[None]:
    """What uses this runs twice: its offices keep their record in SQLite, then in PostgreSQL."""
    server = request.getfixturevalue("postgresql") if request.param == "postgresql" else None
    token = SERVER.set(server)
    yield
    SERVER.reset(token)
