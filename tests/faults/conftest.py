"""An office that commands find, in this process and in others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.office import Desk, an_office


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The plan is in force since the morning of 1 April 2024; commands find this office, too."""
    with an_office(tmp_path / "office", "2024-04-01 08:00") as desk:
        monkeypatch.setenv("DONDOC_DATA", str(desk.settings.data))
        yield desk
