"""An installation as it runs for real work, for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.up import Up


@pytest.fixture(scope="session")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """`dondoc up --production` as units would reach it, on a disk of which it thinks that it is full."""
    running = Up(tmp_path_factory.mktemp("production") / "var", options=("--production",))
    try:
        running.start(DONDOC_PUBLIC_URL="https://cum.example.org", DONDOC_DISK_SPARE_MB="999999999")
        running.rest()
        yield running
    finally:
        running.stop()
