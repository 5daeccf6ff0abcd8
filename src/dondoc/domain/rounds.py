"""The rounds in which everything that fell due is followed up, as in `prefect.yaml`, and which of them were missed."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final

from dondoc.domain.calendar import WorkingCalendar

ROUNDS: Final = (time(8, 15), time(17, 5))
_LATE: Final = timedelta(hours=1)
"""How late a round may be without being missed."""


def missed_rounds(since: datetime, now: datetime, calendar: WorkingCalendar) -> int:
    """How many rounds should have been made after the last one at `since`, before the one that is made `now`."""
    day, missed = since.date(), 0
    while day <= now.date():
        moments = (datetime.combine(day, at, now.tzinfo) for at in ROUNDS)
        missed += sum(since < at < now - _LATE for at in moments) if calendar.is_working(day) else 0
        day += timedelta(days=1)
    return missed
