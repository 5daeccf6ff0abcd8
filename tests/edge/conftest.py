"""An installation as it runs for real work, for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.up import Up


@pytest.fixture(scope="session")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """`dondoc up --production` with nothing else configured."""
    running = Up(tmp_path_factory.mktemp("production") / "var", options=("--production",))
    try:
        running.start()
        yield running
    finally:
        running.stop()
