"""One process has everything imported, for all tests here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.crash.reaper import Forge, a_forge


@pytest.fixture(scope="session")
def forge() -> Iterator[Forge]:
    with a_forge() as forge:
        yield forge
