"""Moments in the plan's own time zone."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from dondoc.domain.zone import local


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Tokyo"])
def _machine_elsewhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose own zone is not that of Việt Nam."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("_machine_elsewhere")
def test_a_moment_without_a_zone_is_vietnamese_wherever_the_machine_stands() -> None:
    written = datetime(2024, 3, 4, 9, 10)  # noqa: DTZ001 - a moment without a zone is what is tested

    assert local(written) == datetime(2024, 3, 4, 2, 10, tzinfo=UTC)
    assert local(written).utcoffset() == timedelta(hours=7)


@pytest.mark.usefixtures("_machine_elsewhere")
def test_a_moment_with_a_zone_stays_the_same_moment() -> None:
    evening = datetime(2024, 1, 8, 17, 30, tzinfo=UTC)

    assert local(evening) == evening
    assert local(evening).isoformat() == "2024-01-09T00:30:00+07:00"
