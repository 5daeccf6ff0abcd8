"""When the head gets a digest: on the first working day of each week and of each month."""

from __future__ import annotations

from datetime import date, timedelta

from dondoc.domain.calendar import WorkingCalendar

_DAY = timedelta(days=1)


def digest_day(today: date, calendar: WorkingCalendar) -> date:
    """The latest day, `today` included, that has a digest: what was missed then is said now."""
    day = today
    while not (_opens_week(day, calendar) or opens_month(day, calendar)):
        day -= _DAY
    return day


def opens_month(day: date, calendar: WorkingCalendar) -> bool:
    """Whether the digest of that day looks at the whole year."""
    return day == calendar.first_of_month(day.year, day.month)


def _opens_week(day: date, calendar: WorkingCalendar) -> bool:
    return day == calendar.on_or_after(day - day.weekday() * _DAY)
