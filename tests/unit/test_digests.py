"""On which days the head gets a digest."""

from datetime import date

import pytest

from dondoc.domain.calendar import vietnam
from dondoc.domain.digests import digest_day, opens_month

VIETNAM = vietnam()


@pytest.mark.parametrize(
    ("today", "digest"),
    [
        pytest.param(date(2024, 3, 11), date(2024, 3, 11), id="on a Monday"),
        pytest.param(date(2024, 3, 15), date(2024, 3, 11), id="missed since Monday"),
        pytest.param(date(2024, 3, 17), date(2024, 3, 11), id="Sunday still belongs to its week"),
        pytest.param(date(2024, 2, 1), date(2024, 2, 1), id="a month begins on a Thursday"),
        pytest.param(date(2024, 2, 2), date(2024, 2, 1), id="the month's digest is the later one"),
        pytest.param(date(2024, 6, 1), date(2024, 5, 27), id="a month that begins on a Saturday waits for Monday"),
        pytest.param(date(2024, 4, 29), date(2024, 4, 22), id="a Monday off has none"),
        pytest.param(date(2024, 2, 14), date(2024, 2, 5), id="none in Tết"),
        pytest.param(date(2024, 2, 15), date(2024, 2, 15), id="the week after Tết begins on a Thursday"),
        pytest.param(date(2026, 2, 22), date(2026, 2, 9), id="a week that is all Tết has none"),
    ],
)
def test_a_digest_is_due_on_the_first_working_day_of_a_week_and_of_a_month(today: date, digest: date) -> None:
    assert digest_day(today, VIETNAM) == digest


@pytest.mark.parametrize(
    ("day", "opens"),
    [
        pytest.param(date(2024, 4, 1), True, id="the first, a Monday"),
        pytest.param(date(2024, 1, 1), False, id="the first, a day off"),
        pytest.param(date(2024, 1, 2), True, id="the day after it"),
        pytest.param(date(2024, 1, 8), False, id="another Monday"),
    ],
)
def test_the_whole_year_is_looked_at_when_a_month_begins(day: date, opens: bool) -> None:
    assert opens_month(day, VIETNAM) is opens
